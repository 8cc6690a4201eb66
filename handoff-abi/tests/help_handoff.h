/* SPDX-License-Identifier: GPL-2.0-only */
/* Handoffs as a host would write them, of fixed data: for golden files and tests. */
#ifndef INTERREX_TESTS_HELP_HANDOFF_H
#define INTERREX_TESTS_HELP_HANDOFF_H

#include <interrex/stream.h>

#define HELP_FEATURES (IRX_FEATURE_SVM | IRX_FEATURE_PVH_GUEST | IRX_FEATURE_EVTCHN_2L)

extern const uint8_t help_build_id[20];
extern const uint8_t help_handoff_id[16];

/* A number that depends on seed alone and looks like noise. */
uint64_t help_pattern(uint64_t seed);

/* A writer of this build's version. */
void help_writer(struct irx_writer *w, void *buf, size_t size, uint32_t section);

/* All records of the early section of a host with 3 CPUs. */
void help_fill_early(struct irx_writer *w);

/* Those of the late one: dom0 and domains 1 and 2. */
void help_fill_late(struct irx_writer *w);

/* Those of one domain that every domain has. */
void help_fill_domain(struct irx_writer *w, uint16_t domid, uint32_t vcpus);

#define HELP_REGION_BASE  0x30000000ull
#define HELP_REGION_SIZE  (64ull << 20)
#define HELP_SECTIONS     0x14000u /* where the early and then the late section lie */
#define HELP_REGION_FRONT 0x1e000u /* bytes up to the end of the late section */
#define HELP_GENERATION   7u
#define HELP_VCPUS        5u
#define HELP_DOM0_ENTRY   3u
#define HELP_PORTS        70u

/*
 * The front of a region that is handed over, and passes every validator: domain
 * 1 in entry 0 with one vCPU and FIFO event channels, domain 2 in entry 2 with
 * two, dom0 in the last with two; a stale entry between. `region` is 8-byte
 * aligned, zero, HELP_REGION_FRONT bytes.
 */
void help_fill_region(void *region);

/* The same with a PV dom0. */
void help_fill_region_pv(void *region);

#endif
