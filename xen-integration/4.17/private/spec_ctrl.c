/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside arch/x86/spec_ctrl.c: what
 * init_speculation_mitigations() decided for HVM guests on this host.
 */
#include "private.h"

/* amd_init_ssbd(), guest_wrmsr(): which of the three amd_set_legacy_ssbd() takes. */
static uint32_t interrex_ssbd(void)
{
    if ( cpu_has_amd_ssbd )
        return IRX_SSBD_SPEC_CTRL;
    if ( cpu_has_virt_ssbd )
        return IRX_SSBD_VIRT;

    return amd_legacy_ssbd ? IRX_SSBD_LS_CFG : IRX_SSBD_NONE;
}

void interrex_spec_export(struct irx_spec *spec)
{
    const struct {
        bool on;
        uint32_t flag;
    } settings[] = {
        { true, IRX_SPEC_GIVEN },
        { boot_cpu_has(X86_FEATURE_SC_MSR_HVM), IRX_SPEC_GUEST_CTRL },
        { boot_cpu_has(X86_FEATURE_IBPB_ENTRY_HVM), IRX_SPEC_IBPB_EXIT },
        { opt_ibpb_ctxt_switch, IRX_SPEC_IBPB_SWITCH },
        { boot_cpu_has(X86_BUG_IBPB_NO_RET), IRX_SPEC_RSB_IBPB },
        { boot_cpu_has(X86_FEATURE_SC_RSB_HVM), IRX_SPEC_RSB_EXIT },
        { boot_cpu_has(X86_FEATURE_SC_RSB_IDLE), IRX_SPEC_RSB_IDLE },
        { opt_verw_hvm || opt_verw_mmio, IRX_SPEC_VERW_ENTRY },
        { boot_cpu_has(X86_FEATURE_SC_VERW_IDLE), IRX_SPEC_VERW_IDLE },
        { boot_cpu_has(X86_FEATURE_SC_DIV), IRX_SPEC_DIV_ENTRY },
        { opt_ssbd, IRX_SPEC_SSBD_ALWAYS },
    };
    unsigned int i;

    *spec = (struct irx_spec){
        .host_ctrl = default_xen_spec_ctrl,
        .ssbd = interrex_ssbd(),
    };
    for ( i = 0; i < ARRAY_SIZE(settings); i++ )
        if ( settings[i].on )
            spec->flags |= settings[i].flag;
}
