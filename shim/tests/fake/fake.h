/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vendor without a CPU: what the guest does is what a test says. All else knows a
 * vendor by core/vendor.h alone, so what runs on this one keeps to it.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "core/vendor.h"

struct fake_vcpu {
    bool event_valid;
    unsigned int event_type; /* 0 interrupt, 2 NMI, 3 exception */
    unsigned int event_vector;
    bool event_has_code;
    uint32_t event_code;
    bool shadow;
    bool nmi_blocked;
    bool window;
    uint8_t window_vector;
    unsigned int runs;
    unsigned int flushes;
    bool dr_given;
    uint64_t tsc_offset;
    uint64_t idt_base;
    uint32_t idt_limit;
    unsigned int saves, loads;
};

static inline struct fake_vcpu *fake_vcpu(const struct vcpu *v)
{
    return v->vendor;
}

/* The guest: called at each entry, answers why it came out. None: an interrupt, at once. */
extern struct vm_exit (*fake_guest)(struct pcpu *pc, struct vcpu *v);
/* vendor_*_init() fail with -ENOMEM when this many more allocations were made; -1: never. */
extern int fake_vendor_fails_in;

#endif
