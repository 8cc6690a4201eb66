/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake machine on which the shim's sources run on the host: TSC, MSRs, CPUID,
 * local APIC. Memory is real: R and the guest's frames are mapped at their physical
 * addresses. What virtualises the CPU is a vendor's: svm/ over machine/svm.c, or fake/.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

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
    uint32_t pkru;
    uint32_t relaxed_msr;  /* one more that the CPU has, 0 = none */
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

#endif
