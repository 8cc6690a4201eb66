/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the processor's vendor makes of a vCPU: its control block holds state that
 * no HVM record has. One table a vendor; calls nothing of ours.
 */
#ifndef INTERREX_VENDOR_H
#define INTERREX_VENDOR_H

#include <xen/types.h>

struct hvm_hw_cpu;
struct vcpu;

struct interrex_vendor {
    /* What of a paused v's CPU record Xen's own handler did not read from the control block. */
    void (*vcpu_export)(const struct vcpu *v, struct hvm_hw_cpu *cpu);
    /* Once Xen's handlers have loaded v's records: what they leave as it was. */
    void (*vcpu_import)(struct vcpu *v);
    /* On a CPU that is about to enter the shim: hardware virtualisation off. */
    void (*leave_cpu)(void);
};

/* This host's; NULL: guests cannot be held on its processors. Any context. */
const struct interrex_vendor *interrex_vendor(void);

/* The vendors. */
extern const struct interrex_vendor interrex_svm;

#endif /* INTERREX_VENDOR_H */
