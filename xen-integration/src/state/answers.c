/* SPDX-License-Identifier: GPL-2.0-only */
/* What this Xen answers its guests, for the shim to answer in its place. */
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <xen/version.h>

#include <asm/vpmu.h>
#include <public/features.h>
#include <public/version.h>

#include "state/state.h"

/* XENVER_get_features of an HVM guest: common/kernel.c. */
static uint32_t features(const struct domain *d)
{
    uint32_t map = (1U << XENFEAT_memory_op_vnode_supported) |
                   (1U << XENFEAT_writable_page_tables) |
                   (1U << XENFEAT_auto_translated_physmap) |
                   (1U << XENFEAT_hvm_safe_pvclock) |
                   (1U << XENFEAT_hvm_callback_vector);

    if ( VM_ASSIST(d, pae_extended_cr3) )
        map |= 1U << XENFEAT_pae_pgdir_above_4gb;
    if ( is_hardware_domain(d) )
        map |= 1U << XENFEAT_dom0;
    if ( has_pirq(d) )
        map |= 1U << XENFEAT_hvm_pirqs;

    return map |
           (1U << (is_domain_direct_mapped(d) ? XENFEAT_direct_mapped
                                              : XENFEAT_not_direct_mapped));
}

static uint32_t answers(struct domain *d)
{
    uint32_t flags = 0;

    /* With FLASK every domain has a label; the default policy asks what it is. */
    if ( !interrex_domain_label(d) && !is_control_domain(d) )
        flags |= IRX_ANSWER_DEFAULT_POLICY;
    /* xsm_console_io(); a Xen with that option prints what any guest says. */
    if ( (flags & IRX_ANSWER_DEFAULT_POLICY) && !d->is_console &&
         !IS_ENABLED(CONFIG_VERBOSE_DEBUG) )
        flags |= IRX_ANSWER_NO_CONSOLE;
    if ( d->arch.msr_relaxed )
        flags |= IRX_ANSWER_MSR_RELAXED;
    if ( vpmu_mode == XENPMU_MODE_OFF || (vpmu_mode & XENPMU_MODE_ALL) )
        flags |= IRX_ANSWER_NO_VPMU;
    if ( VM_ASSIST(d, runstate_update_flag) )
        flags |= IRX_ANSWER_RUNSTATE_FLAG;

    return flags;
}

void interrex_answers_export(struct domain *d, struct irx_domain *r)
{
    if ( !interrex_abi(1) )
        return;

    r->answers = (struct irx_answers){
        .flags = answers(d),
        .xen_features = features(d),
    };
}

static void put_text(uint8_t *to, size_t size, const char *text)
{
    strlcpy((char *)to, text, size);
}

static void put_compile_info(uint8_t *to, size_t size)
{
    xen_compile_info_t info = {};

    safe_strcpy(info.compiler, xen_compiler());
    safe_strcpy(info.compile_by, xen_compile_system_maintainer_local());
    safe_strcpy(info.compile_domain, xen_compile_system_maintainer_domain());
    safe_strcpy(info.compile_date, xen_compile_date());
    memcpy(to, &info, size);
}

void interrex_xen_export(struct irx_anchor *a)
{
    struct irx_xen_info *x = &a->xen;

    if ( !interrex_abi(1) )
        return;

    memset(x, 0, sizeof(*x));
    x->virt_start = HYPERVISOR_VIRT_START;
    put_text(x->extraversion, sizeof(x->extraversion), xen_extra_version());
    put_text(x->changeset, sizeof(x->changeset), xen_changeset());
    BUILD_BUG_ON(sizeof(x->extraversion) != sizeof(xen_extraversion_t));
    BUILD_BUG_ON(sizeof(x->changeset) != sizeof(xen_changeset_info_t));
    BUILD_BUG_ON(sizeof(x->compile_info) != sizeof(xen_compile_info_t));
    BUILD_BUG_ON(sizeof(x->capabilities) != sizeof(xen_capabilities_info_t));
    put_compile_info(x->compile_info, sizeof(x->compile_info));
    arch_get_xen_caps((xen_capabilities_info_t *)x->capabilities);
}
