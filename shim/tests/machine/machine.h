/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake machine on which the shim's sources run on the host: TSC, MSRs, CPUID,
 * local APIC. Memory is real: R and the guest's frames are mapped at their physical
 * addresses. What virtualises the CPU is a vendor's: svm/ over machine/svm.c, or fake/.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include "core/domain.h"
#include "core/hw.h"

struct fake_ipi {
    uint32_t apic_id;
    uint8_t vector;
};

/* What the CPU was told to do, in order. */
struct fake_op {
    uint32_t msr; /* written; or OP_* */
    uint64_t value;
};
#define OP_RSB  1u /* no MSR has these numbers */
#define OP_VERW 2u

/* What hw_start() was called with. */
struct fake_start {
    const void *code;
    uint64_t rdi, rsi;
};
#define FAKE_TABLES 0x12345000u /* what paging_region() answers */

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
    unsigned int nmis; /* sent, and the last one's APIC id */
    uint32_t nmi_to;
    uint32_t inits[8]; /* sent, in order */
    unsigned int nr_inits;
    void (*on_idle)(void);  /* what happens while the CPU is halted */
    void (*on_pause)(void); /* and while it waits for another */
    bool has_svm;           /* CPUID says SVM with nested paging, and nothing more */
    bool is_tcg;            /* CPUID says that QEMU emulates it */
    bool stopped;           /* a CPU went back to Xen */
    paddr_t tables;         /* what CR3 was set to last */
    struct fake_start started;
    uint8_t fpu[512]; /* the CPU's FPU registers, as FXSAVE64 shows them */
    struct fpu_selectors selectors;
    bool fip_not_written;       /* FIP and FDP are not saved: no exception is pending */
    unsigned int fpu_forgotten; /* times that FIP and FDP were overwritten */
    uint64_t components_reset;  /* XSAVE components that XRSTOR set to their initial state */
    bool xcr0_refused;          /* XSETBV faults */
    struct fake_op ops[64];     /* since nr_ops was set to 0; further ones are counted only */
    unsigned int nr_ops;
    struct {
        uint32_t index;
        uint64_t value;
    } msrs[32]; /* that exist; reading another one faults, or gives 0 */
    unsigned int nr_msrs;
    uint32_t speculation; /* CPUID 0x80000008 EBX */
    uint32_t srso;        /* CPUID 0x80000021 EAX */
    uint32_t signature;   /* CPUID 1 EAX */
    uint32_t ext_ecx;     /* CPUID 0x80000001 ECX, beside SVM's bit */
    uint32_t svm_edx;     /* CPUID 0x8000000a EDX, beside nested paging's */
};

extern struct fake_machine fake;

#define fake_mxcsr_mask 0x2ffffu /* AMD: with the misaligned-exception mask */

/* IPIs to one CPU with one vector since the last fake_clear_ipis(). */
unsigned int fake_count_ipis(uint32_t apic_id, uint8_t vector);
void fake_clear_ipis(void);
/* Makes an MSR exist, or gives it a value; what it holds. */
void fake_set_msr(uint32_t index, uint64_t value);
uint64_t fake_msr(uint32_t index);

#endif
