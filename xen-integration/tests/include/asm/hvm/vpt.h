/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_HVM_VPT_H
#define TESTS_ASM_HVM_VPT_H

#include <xen/timer.h>

struct vcpu;

struct periodic_time {
    bool on_list, irq_issued;
    struct vcpu *vcpu;
    uint32_t pending_intr_nr;
    s_time_t scheduled;
    struct timer timer;
};

struct pl_time {
    uint64_t stime_offset;
};

void destroy_periodic_time(struct periodic_time *pt);

#endif
