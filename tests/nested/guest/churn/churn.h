/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Load for an audit of references to pages: what makes a kernel change its page tables, descriptor
 * tables and grants. Each kind of load is one round, which may be done again and again.
 */
#ifndef GUEST_CHURN_H
#define GUEST_CHURN_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE 4096u

/* Ends the program, and says why with errno's words. */
_Noreturn void fail(const char *what);
/* Waits for a child that is to end well. */
void await(int child);
/* Pages of this size are filled with words of their own; true: they still are. */
void fill(uint8_t *at, unsigned int pages, uint32_t seed);
bool filled(const uint8_t *at, unsigned int pages, uint32_t seed);

/* Processes that fork and run programs; copy-on-write; mappings; LDTs. */
void churn_forks(uint32_t seed);
void churn_copies(uint32_t seed);
void churn_maps(uint32_t seed);
void churn_ldt(uint32_t seed);
/* Pages that this domain grants to itself (domid) and maps. */
void churn_grants(uint32_t seed);
/* Whether there are the devices for that; sets this domain's number. */
bool churn_has_grants(unsigned int domid);

#endif
