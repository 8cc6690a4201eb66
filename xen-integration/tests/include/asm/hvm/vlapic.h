/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_HVM_VLAPIC_H
#define TESTS_ASM_HVM_VLAPIC_H

#include <asm/hvm/vpt.h>

struct vlapic {
    uint64_t timer_last_update;
    struct periodic_time pt;
};

#define vcpu_vlapic(v) (&(v)->arch.hvm.vlapic)

#endif
