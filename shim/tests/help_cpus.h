/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD's CPUs as far as speculation goes, and what Xen 4.17.5 does on them by its defaults: read off
 * xen/arch/x86/spec_ctrl.c (init_speculation_mitigations and what it calls), current microcode.
 */
#ifndef TESTS_HELP_CPUS_H
#define TESTS_HELP_CPUS_H

#include <interrex/abi/anchor.h>

struct test_cpu {
    const char *name;
    uint32_t signature;   /* CPUID 1 EAX */
    uint32_t speculation; /* CPUID 0x80000008 EBX */
    uint32_t svm_edx;     /* CPUID 0x8000000a EDX */
    struct irx_spec spec; /* Xen's settings */
    /* svm_enter(): what it does around the guest, in order; see test_vmrun.c */
    const char *sequence;
};

#define CPU_IBPB   (1u << 12)
#define CPU_IBRS   (1u << 14)
#define CPU_STIBP  (1u << 15)
#define CPU_SSBD   (1u << 24)
#define CPU_PSFD   (1u << 28)
#define CPU_BTC_NO (1u << 29)
#define CPU_ZEN2   (CPU_IBPB | CPU_IBRS | CPU_STIBP | CPU_SSBD)
#define CPU_ZEN3   (CPU_ZEN2 | CPU_PSFD | CPU_BTC_NO)
#define V_SPEC     (1u << 20)

/* opt_rsb_hvm is on everywhere, and so is the barrier after exits: BTC, or SRSO with new microcode.
 * With PV guests compiled in there is then none at the switch. */
#define SPEC_ALL (IRX_SPEC_GIVEN | IRX_SPEC_RSB_EXIT | IRX_SPEC_RSB_IBPB)

static const struct test_cpu test_cpus[] = {
    {"before Zen, no microcode",
     0x00600f20,
     0,
     0,
     {.flags = IRX_SPEC_GIVEN | IRX_SPEC_RSB_EXIT, .ssbd = IRX_SSBD_LS_CFG},
     "clgi vmload(guest) sti vmrun vmsave vmload(host) rsb stgi cli ret"},
    {"Zen 1",
     0x00800f12,
     CPU_IBPB,
     0,
     {.flags = SPEC_ALL | IRX_SPEC_IBPB_EXIT | IRX_SPEC_DIV_ENTRY, .ssbd = IRX_SSBD_LS_CFG},
     "clgi vmload(guest) div sti vmrun vmsave vmload(host) ibpb rsb stgi cli ret"},
    {"Zen 1 with SMT, Xen without 32-bit PV",
     0x00800f12,
     CPU_IBPB,
     0,
     {.flags = SPEC_ALL | IRX_SPEC_IBPB_EXIT | IRX_SPEC_DIV_ENTRY | IRX_SPEC_RSB_IDLE,
      .ssbd = IRX_SSBD_LS_CFG},
     "clgi vmload(guest) div sti vmrun vmsave vmload(host) ibpb rsb stgi cli ret"},
    {"Zen 2: its VMCB has no SPEC_CTRL, so STIBP stays",
     0x00830f10,
     CPU_ZEN2,
     0,
     {.flags = SPEC_ALL | IRX_SPEC_IBPB_EXIT, .host_ctrl = 2, .ssbd = IRX_SSBD_SPEC_CTRL},
     "clgi vmload(guest) sti vmrun vmsave vmload(host) ibpb rsb stgi cli ret"},
    {"Zen 3 with shadow stacks in Xen, old microcode",
     0x00a00f11,
     CPU_ZEN3,
     V_SPEC,
     {.flags = SPEC_ALL | IRX_SPEC_GUEST_CTRL | IRX_SPEC_IBPB_SWITCH,
      .host_ctrl = 3,
      .ssbd = IRX_SSBD_SPEC_CTRL},
     "clgi vmload(guest) ctrl=0 sti vmrun vmsave vmload(host) rsb ctrl=3 stgi cli ret"},
    {"Zen 3",
     0x00a00f11,
     CPU_ZEN3,
     V_SPEC,
     {.flags = SPEC_ALL | IRX_SPEC_GUEST_CTRL | IRX_SPEC_IBPB_EXIT | IRX_SPEC_VERW_ENTRY,
      .host_ctrl = 3,
      .ssbd = IRX_SSBD_SPEC_CTRL},
     "clgi vmload(guest) ctrl=0 sti verw vmrun vmsave vmload(host) ibpb rsb ctrl=3 stgi cli ret"},
    {"Zen 3 with SMT, Xen without shadow stacks",
     0x00a00f11,
     CPU_ZEN3,
     V_SPEC,
     {.flags = SPEC_ALL | IRX_SPEC_GUEST_CTRL | IRX_SPEC_IBPB_EXIT | IRX_SPEC_VERW_ENTRY |
               IRX_SPEC_VERW_IDLE,
      .host_ctrl = 2,
      .ssbd = IRX_SSBD_SPEC_CTRL},
     "clgi vmload(guest) sti verw vmrun vmsave vmload(host) ibpb rsb stgi cli ret"},
    {"Zen 4 with SMT",
     0x00a10f11,
     CPU_ZEN3,
     V_SPEC,
     {.flags = SPEC_ALL | IRX_SPEC_GUEST_CTRL | IRX_SPEC_IBPB_EXIT | IRX_SPEC_VERW_ENTRY |
               IRX_SPEC_VERW_IDLE,
      .host_ctrl = 3,
      .ssbd = IRX_SSBD_SPEC_CTRL},
     "clgi vmload(guest) ctrl=0 sti verw vmrun vmsave vmload(host) ibpb rsb ctrl=3 stgi cli ret"},
    {"Zen 4, spec-ctrl=ssbd",
     0x00a10f11,
     CPU_ZEN3,
     V_SPEC,
     {.flags = SPEC_ALL | IRX_SPEC_GUEST_CTRL | IRX_SPEC_IBPB_EXIT | IRX_SPEC_VERW_ENTRY |
               IRX_SPEC_SSBD_ALWAYS,
      .host_ctrl = 0x87,
      .ssbd = IRX_SSBD_SPEC_CTRL},
     "clgi vmload(guest) ctrl=0 sti verw vmrun vmsave vmload(host) ibpb rsb ctrl=87 stgi cli ret"},
    {"spec-ctrl=no",
     0x00a10f11,
     CPU_ZEN3,
     V_SPEC,
     {.flags = IRX_SPEC_GIVEN},
     "clgi vmload(guest) sti vmrun vmsave vmload(host) stgi cli ret"},
};

#endif
