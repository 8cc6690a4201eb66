/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In turn: guests go to the other side as CPUs do, so that none of them shares fewer CPUs than it
 * will have there, or had before.
 *
 * Into the shim a CPU goes first and the guests that it has room for follow; back, guests that the
 * next CPU's worth of the host has room for come first, and then their CPU follows. "Room" is by
 * vCPUs: of all that move, as great a share as the CPUs have. A guest with several vCPUs waits until
 * there are as many CPUs, or all.
 */
#ifndef INTERREX_DOM0_TURNS_H
#define INTERREX_DOM0_TURNS_H

#include <stdbool.h>
#include <stdint.h>

struct irx_turns {
    uint32_t vcpus; /* of all guests that move */
    uint32_t cpus;  /* that the shim has at most */
    uint32_t moved; /* vCPUs that are on the other side */
};

/*
 * May a guest with so many vCPUs move now that `cpus` (1 to t->cpus) are there for those who moved?
 * With all CPUs there, always. The error is half of a guest at most, either way.
 */
bool irx_turns_fits(const struct irx_turns *t, uint32_t cpus, uint32_t vcpus);
/* It did. */
void irx_turns_moved(struct irx_turns *t, uint32_t vcpus);

/* One that waits for its turn: narrow guests before wide ones, else as told by `key`, then by index. */
struct irx_turn {
    unsigned int index; /* the caller's */
    uint32_t vcpus, key;
};

/* Puts them into the order of their turns; the shim has `cpus` at most. */
void irx_turns_sort(struct irx_turn *list, unsigned int count, uint32_t cpus);

#endif
