/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake machine on which the shim's sources run on the host: TSC, MSRs, CPUID,
 * local APIC, and (fake_vendor.c) a CPU whose exits a test scripts. Memory is real:
 * R and the guest's frames are mapped at their physical addresses.
 */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include "core/domain.h"

struct fake_ipi {
    uint32_t apic_id;
    uint8_t vector;
};

struct fake_machine {
    tsc_t tsc;
    uint32_t cpu; /* whose code runs: index of the CPU */
    uint64_t xcr0;
    uint64_t dr[4];
    uint32_t cpuid_d0_ebx; /* CPUID 0xd, 0: EBX, XSAVE area size */
    uint64_t cpuid_d0_eax; /* XSAVE components that the CPU has */
    uint32_t ibpbs;        /* branch-predictor barriers */
    uint32_t idles;        /* times halted */
    uint32_t flushed_windows;
    tsc_t timer; /* what the local APIC's timer is set to */
    struct fake_ipi ipis[64];
    unsigned int nr_ipis;
    void (*on_idle)(void); /* what happens while the CPU is halted */
    bool has_svm;          /* CPUID says SVM with nested paging, and nothing more */
    bool stopped;          /* a CPU went back to Xen */
    uint8_t fpu[512];      /* the CPU's FPU registers */
};

extern struct fake_machine fake;

/* IPIs to one CPU with one vector since the last fake_clear_ipis(). */
unsigned int fake_count_ipis(uint32_t apic_id, uint8_t vector);
void fake_clear_ipis(void);

/* ---- fake_vendor.c only ---- */

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
    unsigned int saves, loads;
};

static inline struct fake_vcpu *fake_vcpu(const struct vcpu *v)
{
    return v->vendor;
}

/* The guest's code: called at each entry; sets what the exit is. */
extern void (*fake_guest)(struct pcpu *pc, struct vcpu *v);
/* Serves the exit; default: nothing to serve, class INTR. */
extern uint32_t (*fake_exit)(struct pcpu *pc, struct vcpu *v, bool *served);
/* vendor_*_init() fail with -ENOMEM when this many more allocations were made; -1: never. */
extern int fake_vendor_fails_in;

#endif
