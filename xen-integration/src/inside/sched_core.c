/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/sched/core.c: a vCPU's
 * soft affinity, which only the toolstack's interface can set otherwise.
 */
#include "../affinity_record.h"

int interrex_set_soft_affinity(struct vcpu *v, const cpumask_t *mask)
{
    return vcpu_set_soft_affinity(v, mask);
}
