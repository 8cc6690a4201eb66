/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speculative store bypass, disabled for a guest that asks for it with VIRT_SPEC_CTRL.SSBD. Source:
 * Xen's cpu/amd.c (set_legacy_ssbd, core_set_legacy_ssbd, amd_set_legacy_ssbd), hvm/svm/svm.c
 * (svm_ctxt_switch_from, svm_ctxt_switch_to), hvm/svm/vmcb.c (construct_vmcb).
 */
#include "core/regs.h"
#include "core/spec.h"
#include "svm.h"

#define MSR_LS_CFG 0xc0011020u

/* The bit of LS_CFG; 0: this family has none. */
static uint64_t ls_cfg_bit(void)
{
    switch (svm.family) {
    case 0x15:
        return BIT(54);
    case 0x16:
        return BIT(33);
    case 0x17:
    case 0x18:
        return BIT(10);
    }
    return 0;
}

bool svm_ssbd_init(void)
{
    uint32_t eax = hw_cpuid(1, 0).a;
    uint64_t value;

    svm.family = (uint8_t)((eax >> 8 & 0xf) + ((eax >> 8 & 0xf) == 0xf ? eax >> 20 & 0xff : 0));
    if (spec.ssbd != IRX_SSBD_LS_CFG || (ls_cfg_bit() && hw_rdmsr_safe(MSR_LS_CFG, &value)))
        return true;
    spec.ssbd = IRX_SSBD_NONE;
    return !(spec.flags & IRX_SPEC_GIVEN);
}

/* Threads of one core of these families share the bit: it is set while one of them wants it. */
static bool is_sibling(const struct pcpu *pc, const struct pcpu *other)
{
    return other && other != pc && other->vendor && (svm.family == 0x17 || svm.family == 0x18) &&
           other->rec->package_core == pc->rec->package_core;
}

static void set_ls_cfg(struct pcpu *pc, bool on)
{
    uint64_t value = 0;
    bool shared = false;

    lock_take(&svm.ssbd_lock, pc->index);
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (is_sibling(pc, shim.pcpu[i]) && svm_cpu(shim.pcpu[i])->spec.ssbd)
            shared = true;
    svm_cpu(pc)->spec.ssbd = on;
    if (!shared) {
        value = hw_rdmsr(MSR_LS_CFG) & ~ls_cfg_bit();
        hw_wrmsr(MSR_LS_CFG, value | (on ? ls_cfg_bit() : 0));
    }
    lock_drop(&svm.ssbd_lock);
}

static void set(struct pcpu *pc, bool on)
{
    if ((spec.flags & IRX_SPEC_SSBD_ALWAYS) || svm_cpu(pc)->spec.ssbd == on)
        return;
    if (spec.ssbd == IRX_SSBD_LS_CFG) {
        set_ls_cfg(pc, on);
    } else if (spec.ssbd == IRX_SSBD_VIRT) {
        svm_cpu(pc)->spec.ssbd = on;
        hw_wrmsr(MSR_VIRT_SPEC_CTRL, on ? SPEC_CTRL_SSBD : 0);
    }
}

void svm_ssbd_take(struct pcpu *pc, const struct vcpu *v)
{
    bool on = regs_msr(v->rec, MSR_VIRT_SPEC_CTRL) & SPEC_CTRL_SSBD;
    uint32_t ctrl = spec.host_ctrl == SPEC_CTRL_STIBP ? SPEC_CTRL_STIBP : 0;

    if (on && spec.ssbd == IRX_SSBD_SPEC_CTRL)
        ctrl |= SPEC_CTRL_SSBD;
    svm_cpu(pc)->spec.guest_ctrl = ctrl;
    set(pc, on);
}

void svm_ssbd_drop(struct pcpu *pc)
{
    set(pc, false);
}
