/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A held host on the fake machine (shim/tests/env.h), set up once: two CPUs, a guest of two vCPUs
 * with 2-level events and one with FIFO's. held_again() puts back all of its memory, and the
 * shim's own, in a time that grows with what was changed alone.
 */
#ifndef FUZZ_HELD_H
#define FUZZ_HELD_H

#include "env.h"
#include "fuzz.h"

#define HELD_2L   0u /* entries of the guests */
#define HELD_FIFO 1u

/* The host as it was after its set-up, which the first call does. */
void held_again(void);
struct dom *held_guest(unsigned int entry);
/* The guest's vCPU, loaded on CPU 0 as if it had just come out. */
struct vcpu *held_current(unsigned int entry, unsigned int vcpu);

#endif
