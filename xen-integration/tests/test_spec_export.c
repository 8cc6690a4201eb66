/* SPDX-License-Identifier: GPL-2.0-only */
/* 4.17/private/spec_ctrl.c: what of Xen's settings the shim is told, for CPUs as Xen sets them up. */
#include "world.h"

#include <interrex/live.h>

/* Stand-ins for what the file sees inside arch/x86/spec_ctrl.c. */
#define X86_FEATURE_SC_MSR_HVM     0
#define X86_FEATURE_IBPB_ENTRY_HVM 1
#define X86_BUG_IBPB_NO_RET        2
#define X86_FEATURE_SC_RSB_HVM     3
#define X86_FEATURE_SC_RSB_IDLE    4
#define X86_FEATURE_SC_VERW_IDLE   5
#define X86_FEATURE_SC_DIV         6

static uint32_t caps;
static int8_t opt_ibpb_ctxt_switch, opt_verw_hvm;
static bool opt_verw_mmio, opt_ssbd;
static bool cpu_has_amd_ssbd, cpu_has_virt_ssbd, amd_legacy_ssbd;
static unsigned int default_xen_spec_ctrl;

#define boot_cpu_has(cap) (caps >> (cap)&1)

/* NOLINTNEXTLINE(bugprone-suspicious-include): as the file of Xen that it is a part of has it */
#include "../4.17/private/spec_ctrl.c"

#define CAP(name) (1u << X86_FEATURE_##name)
#define NO_RET    (1u << X86_BUG_IBPB_NO_RET)

static struct irx_spec export(void)
{
    struct irx_spec spec = { .flags = ~0u, .reserved = 1 };

    interrex_spec_export(&spec);
    assert_int_equal(spec.reserved, 0);

    return spec;
}

/* Without microcode for IBPB and without a control at all. */
static void nothing_but_the_return_stack(void **state)
{
    struct irx_spec spec;

    caps = CAP(SC_RSB_HVM);
    opt_ibpb_ctxt_switch = opt_verw_hvm = 0;
    opt_verw_mmio = opt_ssbd = false;
    cpu_has_amd_ssbd = cpu_has_virt_ssbd = amd_legacy_ssbd = false;
    default_xen_spec_ctrl = 0;
    spec = export();
    assert_int_equal(spec.flags, IRX_SPEC_GIVEN | IRX_SPEC_RSB_EXIT);
    assert_int_equal(spec.host_ctrl, 0);
    assert_int_equal(spec.ssbd, IRX_SSBD_NONE);
}

static void zen1(void **state)
{
    struct irx_spec spec;

    caps = CAP(SC_RSB_HVM) | CAP(IBPB_ENTRY_HVM) | CAP(SC_DIV) |
           CAP(SC_RSB_IDLE) | NO_RET;
    opt_ibpb_ctxt_switch = opt_verw_hvm = 0;
    cpu_has_amd_ssbd = cpu_has_virt_ssbd = false;
    amd_legacy_ssbd = true;
    default_xen_spec_ctrl = 0;
    spec = export();
    assert_int_equal(spec.flags, IRX_SPEC_GIVEN | IRX_SPEC_RSB_EXIT |
                                     IRX_SPEC_IBPB_EXIT | IRX_SPEC_DIV_ENTRY |
                                     IRX_SPEC_RSB_IDLE | IRX_SPEC_RSB_IBPB);
    assert_int_equal(spec.ssbd, IRX_SSBD_LS_CFG);
}

static void zen4(void **state)
{
    struct irx_spec spec;

    caps = CAP(SC_MSR_HVM) | CAP(SC_RSB_HVM) | CAP(SC_VERW_IDLE) | NO_RET;
    opt_ibpb_ctxt_switch = opt_verw_hvm = 1;
    opt_ssbd = true;
    cpu_has_amd_ssbd = cpu_has_virt_ssbd = true;
    amd_legacy_ssbd = false;
    default_xen_spec_ctrl = 7;
    spec = export();
    assert_int_equal(spec.flags, IRX_SPEC_GIVEN | IRX_SPEC_GUEST_CTRL |
                                     IRX_SPEC_RSB_EXIT | IRX_SPEC_VERW_ENTRY |
                                     IRX_SPEC_VERW_IDLE |
                                     IRX_SPEC_IBPB_SWITCH | IRX_SPEC_RSB_IBPB |
                                     IRX_SPEC_SSBD_ALWAYS);
    assert_int_equal(spec.host_ctrl, 7);
    assert_int_equal(spec.ssbd, IRX_SSBD_SPEC_CTRL);
    cpu_has_amd_ssbd = false;
    assert_int_equal(export().ssbd, IRX_SSBD_VIRT);
    opt_verw_hvm = 0;
    opt_verw_mmio = true;
    assert_true(export().flags & IRX_SPEC_VERW_ENTRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_but_the_return_stack),
        cmocka_unit_test(zen1),
        cmocka_unit_test(zen4),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
