/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs that go round their loop, and guests that spin, halt or do I/O. */
#ifndef TESTS_HELP_SCHED_H
#define TESTS_HELP_SCHED_H

#include "env.h"

#include "core/vendor.h"

#define US 1000u /* TSC ticks */

/* As env_setup(), with guests that spin for 100 us. */
int setup(void **state);
#define LOOP_CASE(f) cmocka_unit_test_setup_teardown(f, setup, env_teardown)

extern uint64_t guest_takes; /* ticks that a guest runs until its next exit */

/* For fake_guest. */
struct vm_exit spins(struct pcpu *pc, struct vcpu *v);
struct vm_exit halts(struct pcpu *pc, struct vcpu *v);
struct vm_exit does_io(struct pcpu *pc, struct vcpu *v);

/* The CPU goes round n times. */
void loops(uint32_t cpu, unsigned int n);
/* How often the vCPU was entered. */
unsigned int runs(struct dom *d, uint32_t vcpu);

#endif
