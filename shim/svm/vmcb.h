/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMCB: AMD64 APM volume 2, appendix B. */
#ifndef SHIM_SVM_VMCB_H
#define SHIM_SVM_VMCB_H

#include "core/types.h"

struct vmcb_segment {
    uint16_t selector, attributes;
    uint32_t limit;
    uint64_t base;
};

struct vmcb {
    /* control area */
    uint32_t intercept_cr; /* reads 0-15, writes 16-31 */
    uint32_t intercept_dr;
    uint32_t intercept_exceptions;
    uint32_t intercept_1;
    uint32_t intercept_2;
    uint32_t reserved1[10];
    uint16_t pause_threshold, pause_count;
    uint64_t iopm, msrpm;
    uint64_t tsc_offset;
    uint32_t asid;
    uint8_t tlb_control;
    uint8_t reserved2[3];
    uint64_t vintr;
    uint64_t interrupt_shadow;
    uint64_t exit_code, exit_info1, exit_info2;
    uint64_t exit_int_info;
    uint64_t nested_control;
    uint64_t reserved3[2];
    uint64_t event_inject;
    uint64_t nested_cr3;
    uint64_t virt_ext;
    uint32_t clean, reserved4;
    uint64_t next_rip;
    uint8_t insn_len, insn[15];
    uint8_t reserved5[0x400 - 0xe0];
    /* state save area */
    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved6[43];
    uint8_t cpl;
    uint32_t reserved7;
    uint64_t efer;
    uint64_t reserved8[14];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint64_t reserved9[11];
    uint64_t rsp;
    uint64_t s_cet, ssp, isst;
    uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint64_t reserved10[4];
    uint64_t pat, debugctl, br_from, br_to, last_excp_from, last_excp_to;
    uint64_t reserved11[9];
    uint64_t spec_ctrl;
    uint8_t reserved12[0x1000 - 0x6e8];
};

_Static_assert(sizeof(struct vmcb) == 4096, "one page");
_Static_assert(offsetof(struct vmcb, iopm) == 0x40, "iopm");
_Static_assert(offsetof(struct vmcb, vintr) == 0x60, "vintr");
_Static_assert(offsetof(struct vmcb, event_inject) == 0xa8, "event_inject");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "next_rip");
_Static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "cpl");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "efer");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548, "cr4");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "rsp");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "rax");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "cr2");
_Static_assert(offsetof(struct vmcb, pat) == 0x668, "pat");
_Static_assert(offsetof(struct vmcb, spec_ctrl) == 0x6e0, "spec_ctrl");

/* intercept_1 */
#define INTERCEPT_INTR        BIT(0)
#define INTERCEPT_NMI         BIT(1)
#define INTERCEPT_SMI         BIT(2)
#define INTERCEPT_INIT        BIT(3)
#define INTERCEPT_VINTR       BIT(4)
#define INTERCEPT_RDTSC       BIT(14)
#define INTERCEPT_CPUID       BIT(18)
#define INTERCEPT_IRET        BIT(20)
#define INTERCEPT_INVD        BIT(22)
#define INTERCEPT_PAUSE       BIT(23)
#define INTERCEPT_HLT         BIT(24)
#define INTERCEPT_INVLPGA     BIT(26)
#define INTERCEPT_IOIO        BIT(27)
#define INTERCEPT_MSR         BIT(28)
#define INTERCEPT_TASK_SWITCH BIT(29)
#define INTERCEPT_SHUTDOWN    BIT(31)

/* intercept_2 */
#define INTERCEPT_VMRUN   BIT(0)
#define INTERCEPT_VMMCALL BIT(1)
#define INTERCEPT_VMLOAD  BIT(2)
#define INTERCEPT_VMSAVE  BIT(3)
#define INTERCEPT_STGI    BIT(4)
#define INTERCEPT_CLGI    BIT(5)
#define INTERCEPT_SKINIT  BIT(6)
#define INTERCEPT_RDTSCP  BIT(7)
#define INTERCEPT_ICEBP   BIT(8)
#define INTERCEPT_WBINVD  BIT(9)
#define INTERCEPT_MONITOR BIT(10)
#define INTERCEPT_MWAIT   BIT(11)
#define INTERCEPT_XSETBV  BIT(13)
#define INTERCEPT_RDPRU   BIT(14)

#define CR_READ(n)  BIT(n)
#define CR_WRITE(n) BIT((n) + 16)

/* vintr */
#define VINTR_TPR        0xffull
#define VINTR_IRQ        BIT(8)
#define VINTR_PRIO(p)    ((uint64_t)(p) << 16)
#define VINTR_PRIO_MASK  (0xfull << 16)
#define VINTR_IGNORE_TPR BIT(20)
#define VINTR_MASKING    BIT(24)
#define VINTR_VECTOR     (0xffull << 32)

/* event_inject, exit_int_info */
#define EVENT_VECTOR(e) ((uint8_t)(e))
#define EVENT_TYPE(e)   (((e) >> 8) & 7)
#define EVENT_INTR      (0ull << 8)
#define EVENT_NMI       (2ull << 8)
#define EVENT_EXCEPTION (3ull << 8)
#define EVENT_HAS_CODE  BIT(11)
#define EVENT_VALID     BIT(31)
#define EVENT_KNOWN     (EVENT_VALID | EVENT_HAS_CODE | 0x7ffull)
#define EVENT_CODE(c)   ((uint64_t)(c) << 32)

#define SHADOW_ACTIVE BIT(0)

#define TLB_KEEP       0u
#define TLB_FLUSH_ALL  1u
#define TLB_FLUSH_ASID 3u

#define NESTED_ENABLE BIT(0)
#define VIRT_EXT_LBR  BIT(0) /* virt_ext */

/* exit_code: appendix C */
#define EXIT_CR0_READ   0x000ull
#define EXIT_CR15_WRITE 0x01full
#define EXIT_DR0_READ   0x020ull
#define EXIT_DR15_WRITE 0x03full
#define EXIT_EXCP0      0x040ull
#define EXIT_EXCP31     0x05full
#define EXIT_INTR       0x060ull
#define EXIT_NMI        0x061ull
#define EXIT_SMI        0x062ull
#define EXIT_INIT       0x063ull
#define EXIT_VINTR      0x064ull
#define EXIT_RDTSC      0x06eull
#define EXIT_CPUID      0x072ull
#define EXIT_IRET       0x074ull
#define EXIT_INVD       0x076ull
#define EXIT_PAUSE      0x077ull
#define EXIT_HLT        0x078ull
#define EXIT_INVLPGA    0x07aull
#define EXIT_IOIO       0x07bull
#define EXIT_MSR        0x07cull
#define EXIT_SHUTDOWN   0x07full
#define EXIT_VMRUN      0x080ull
#define EXIT_VMMCALL    0x081ull
#define EXIT_VMLOAD     0x082ull
#define EXIT_VMSAVE     0x083ull
#define EXIT_STGI       0x084ull
#define EXIT_CLGI       0x085ull
#define EXIT_SKINIT     0x086ull
#define EXIT_RDTSCP     0x087ull
#define EXIT_ICEBP      0x088ull
#define EXIT_WBINVD     0x089ull
#define EXIT_MONITOR    0x08aull
#define EXIT_MWAIT      0x08bull
#define EXIT_MWAIT_COND 0x08cull
#define EXIT_XSETBV     0x08dull
#define EXIT_RDPRU      0x08eull
#define EXIT_NPF        0x400ull

#endif
