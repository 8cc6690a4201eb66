/* SPDX-License-Identifier: MIT */
/*
 * Validation of CPU pools and of what their schedulers were told: across
 * records, which the stream's reader looks at one by one. By the Xen that
 * comes, before it makes the first pool, and by the tools.
 *
 * Allocation-free and without any effect.
 */
#ifndef INTERREX_POOLS_H
#define INTERREX_POOLS_H

#include "live.h"

#include <interrex/abi/late.h>

/*
 * All pools of a host: Pool-0 is there and has a CPU, ids ascend, no CPU is in
 * two pools, and scheduler and granularity are ones that are carried. 0, or
 * -EINVAL and *err, which may be NULL.
 */
int irx_pools_validate(const struct irx_cpupool *pools, uint32_t count, struct irx_live_error *err);

/*
 * A domain's pool and parameters: the pool is one of the `count` validated ones,
 * and runs the scheduler that the parameters are for. 0, or -EINVAL and *err.
 */
int irx_sched_validate(const struct irx_sched *sched, uint32_t pool_id,
                       const struct irx_cpupool *pools, uint32_t count, struct irx_live_error *err);

#endif
