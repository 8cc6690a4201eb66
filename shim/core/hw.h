/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU's instructions that C has no words for. On the target core/hw.c has
 * them, in the host tests tests/machine/machine.c. All but hw_tsc() are called with
 * interrupts off.
 */
#ifndef SHIM_CORE_HW_H
#define SHIM_CORE_HW_H

#include "types.h"

struct cpuid_regs {
    uint32_t a, b, c, d;
};

/* Index of this CPU in irx_anchor.cpus. */
uint32_t hw_cpu_index(void);
tsc_t hw_tsc(void);
void hw_pause(void);
void hw_invlpg(uint64_t va);
struct cpuid_regs hw_cpuid(uint32_t leaf, uint32_t subleaf);
uint64_t hw_rdmsr(uint32_t msr);
void hw_wrmsr(uint32_t msr, uint64_t value);
/* Reads an MSR that the CPU may not have; false on #GP. */
bool hw_rdmsr_safe(uint32_t msr, uint64_t *value);

/* Lets pending interrupts in, once, and returns with interrupts off. */
void hw_irq_window(void);
/* Halts until an interrupt came and was taken; returns with interrupts off. */
void hw_idle(void);
/* Halts with interrupts off, for ever. */
_Noreturn void hw_stop(void);

/* Page tables for CR3: what runs is mapped in them, too. */
void hw_set_tables(paddr_t root);
/* Out of the shim, for ever: jumps to `code` with RDI and RSI as given (struct irx_fallback). */
_Noreturn void hw_start(const void *code, uint64_t rdi, uint64_t rsi);

/* Fills the stack of predicted returns with places where nothing goes on (rsb.S). */
void hw_overwrite_rsb(void);
/* VERW for its side effect: overwrites the CPU's buffers where its microcode does that. */
void hw_verw(void);

/* Guest FPU. `area` is 64-byte aligned, PAGE_SIZE bytes. `wide`: FIP and FDP are 64 bits without
   selectors, else 32 bits with them. */
void hw_fxsave(void *area, bool wide);
void hw_fxrstor(const void *area, bool wide);
void hw_xsave(void *area, uint64_t mask, bool wide);
void hw_xrstor(const void *area, uint64_t mask, bool wide);
uint32_t hw_mxcsr(void);
/* False: the CPU refuses the value, and nothing has changed. */
bool hw_set_xcr0(uint64_t value);
/* Selectors of the last x87 instruction and its operand; masks x87 exceptions. */
struct fpu_selectors {
    uint16_t code, data;
};
struct fpu_selectors hw_fpu_selectors(void);
/* Overwrites FIP, FDP and FOP in the CPU with those of an access to `area`. */
void hw_fpu_forget(const void *area);

/* The guest's protection-key rights: PKRU is in the CPU while its FPU is. It has protection keys. */
uint32_t hw_pkru(void);

/* Debug address registers 0 to 3. */
uint64_t hw_read_dr(unsigned int n);
void hw_write_dr(unsigned int n, uint64_t value);

/* MSRs that the shim itself uses (AMD64 APM volume 2, appendix A). */
#define MSR_EFER         0xc0000080u
#define MSR_GS_BASE      0xc0000101u
#define MSR_APIC_BASE    0x0000001bu
#define MSR_SPEC_CTRL    0x00000048u
#define MSR_PRED_CMD     0x00000049u
#define MSR_TSC_AUX      0xc0000103u
#define MSR_TSC_DEADLINE 0x000006e0u
#define MSR_PATCHLEVEL   0x0000008bu
#define APIC_BASE_EXTD   BIT(10)
#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_ADDR   0x000ffffffffff000ull
#define EFER_SCE         BIT(0)
#define EFER_LME         BIT(8)
#define EFER_LMA         BIT(10)
#define EFER_NXE         BIT(11)
#define EFER_FFXSE       BIT(14)

#define X86_CR0_PE BIT(0)
#define X86_CR0_MP BIT(1)
#define X86_CR0_EM BIT(2)
#define X86_CR0_TS BIT(3)
#define X86_CR0_ET BIT(4)
#define X86_CR0_NE BIT(5)
#define X86_CR0_WP BIT(16)
#define X86_CR0_AM BIT(18)
#define X86_CR0_NW BIT(29)
#define X86_CR0_CD BIT(30)
#define X86_CR0_PG BIT(31)

#define X86_CR4_VME        BIT(0)
#define X86_CR4_PVI        BIT(1)
#define X86_CR4_TSD        BIT(2)
#define X86_CR4_DE         BIT(3)
#define X86_CR4_PSE        BIT(4)
#define X86_CR4_PAE        BIT(5)
#define X86_CR4_MCE        BIT(6)
#define X86_CR4_PGE        BIT(7)
#define X86_CR4_PCE        BIT(8)
#define X86_CR4_OSFXSR     BIT(9)
#define X86_CR4_OSXMMEXCPT BIT(10)
#define X86_CR4_UMIP       BIT(11)
#define X86_CR4_LA57       BIT(12)
#define X86_CR4_FSGSBASE   BIT(16)
#define X86_CR4_PCIDE      BIT(17)
#define X86_CR4_OSXSAVE    BIT(18)
#define X86_CR4_SMEP       BIT(20)
#define X86_CR4_SMAP       BIT(21)
#define X86_CR4_PKE        BIT(22)
#define X86_CR4_CET        BIT(23)

#define X86_EFLAGS_MBS BIT(1)
#define X86_EFLAGS_TF  BIT(8)
#define X86_EFLAGS_IF  BIT(9)
#define X86_EFLAGS_RF  BIT(16)
#define X86_EFLAGS_VM  BIT(17)
#define X86_EFLAGS_AC  BIT(18)

#define TRAP_DB 1u
#define TRAP_BP 3u
#define TRAP_OF 4u
#define TRAP_UD 6u
#define TRAP_DF 8u
#define TRAP_NP 11u
#define TRAP_GP 13u
#define TRAP_PF 14u
#define TRAP_AC 17u
#define TRAP_MC 18u

#endif
