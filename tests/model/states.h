/* SPDX-License-Identifier: GPL-2.0-only */
/* The states that were seen, packed: each one once, whichever CPU and domain is called the first. */
#ifndef TESTS_MODEL_STATES_H
#define TESTS_MODEL_STATES_H

#include "table.h"

/* In word[0] what there is once and the CPUs, in word[1] the domains. */
struct packed {
    uint64_t word[2];
};

#define NO_STATE (~0u)

/* Makes room; false: there is too little memory, or the table has too much in it. */
bool states_begin(struct table *t);
void states_end(void);

/* The state's number, a new one if it was not seen before; NO_STATE: there is no more room. */
uint32_t states_add(const struct table *t, const struct values *v);
/* The state with this number, below states_count(). */
void states_get(const struct table *t, uint32_t number, struct values *v);
uint32_t states_count(void);

#endif
