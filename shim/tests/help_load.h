/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Held CPUs side by side over seconds of virtual time, under vCPUs that spin, or run and
 * sleep in turn. Nothing else takes time, but for what the fake machine's clock counts itself.
 */
#ifndef TESTS_HELP_LOAD_H
#define TESTS_HELP_LOAD_H

#include "help_sched.h"

#define MS (1000u * US)

/* As env_setup(), with so many CPUs held. */
int load_setup(uint32_t cpus);
#define LOAD_CASE(f) cmocka_unit_test_setup_teardown(f, load_setup_1, env_teardown)
int load_setup_1(void **state);

/* A domain's vCPUs, entered, with this weight and cap (0: not told); they spin. */
struct dom *load_domain(uint32_t entry, uint32_t vcpus, uint32_t weight, uint32_t cap);
/* The same, bound to some CPUs. */
struct dom *load_bound(uint32_t entry, uint32_t vcpus, uint64_t cpus);
/* A vCPU runs for `runs`, then sleeps for `sleeps` or a quarter more or less, again and again. */
void load_sleeper(struct dom *d, uint32_t vcpu, tsc_t runs, tsc_t sleeps);

/* All CPUs go on for so long. */
void load_run(tsc_t ticks);
/* From here on shares and waits are counted. */
void load_begin(void);
/* What it got of one CPU since load_begin(), in tenths of a percent. */
uint64_t load_share(struct dom *d, uint32_t vcpu);
uint64_t load_share_of(struct dom *d);
/* A share is within 5 % of this one. */
#define assert_share(is, right) assert_in_range(is, (right) - (right) / 20, (right) + (right) / 20)
/* The longest time that it waited since load_begin(), in microseconds. */
uint64_t load_wait_us(struct dom *d, uint32_t vcpu);

#endif
