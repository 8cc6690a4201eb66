/* SPDX-License-Identifier: GPL-2.0-only */
/* HVM parameters of a domain, and how it takes its upcalls. */
#include <xen/sched.h>

#include <asm/hvm/domain.h>
#include <asm/hvm/irq.h>
#include <asm/hvm/support.h>

#include <public/hvm/params.h>

#include "state/state.h"

#define VIA_VECTOR                                                            \
    MASK_INSR(HVM_PARAM_CALLBACK_TYPE_VECTOR, HVM_PARAM_CALLBACK_IRQ_TYPE_MASK)

/* Parameters that HVMOP_get_param gives to the guest itself: hvm_allow_get_param(). */
static const uint8_t readable_params[] = {
    HVM_PARAM_CALLBACK_IRQ,          HVM_PARAM_VM86_TSS,
    HVM_PARAM_VM86_TSS_SIZED,        HVM_PARAM_ACPI_IOPORTS_LOCATION,
    HVM_PARAM_VM_GENERATION_ID_ADDR, HVM_PARAM_STORE_PFN,
    HVM_PARAM_STORE_EVTCHN,          HVM_PARAM_CONSOLE_PFN,
    HVM_PARAM_CONSOLE_EVTCHN,        HVM_PARAM_ALTP2M,
    HVM_PARAM_X87_FIP_WIDTH,
};

void interrex_params_export(const struct domain *d, struct irx_domain *r)
{
    const struct hvm_irq *irq = hvm_domain_irq(d);
    unsigned int i;

    BUILD_BUG_ON(HVM_NR_PARAMS > ARRAY_SIZE(r->params));

    for ( i = 0; i < HVM_NR_PARAMS; i++ )
        r->params[i] = d->arch.hvm.params[i];
    r->params[HVM_PARAM_X87_FIP_WIDTH] = d->arch.x87_fip_width;
    r->params[HVM_PARAM_VM86_TSS_SIZED] &= ~VM86_TSS_UPDATED;
    r->params[HVM_PARAM_VM86_TSS] =
        (uint32_t)d->arch.hvm.params[HVM_PARAM_VM86_TSS_SIZED];

    for ( i = 0; i < ARRAY_SIZE(readable_params); i++ )
        r->params_readable |= 1ULL << readable_params[i];

    if ( irq->callback_via_type == HVMIRQ_callback_vector )
    {
        r->flags |= IRX_DOMF_CALLBACK_VECTOR;
        r->callback_vector = irq->callback_via.vector;
    }
}

void interrex_params_import(struct domain *d, const struct irx_domain *r)
{
    unsigned int i;

    for ( i = 0; i < HVM_NR_PARAMS; i++ )
    {
        switch ( i )
        {
        /* Kept elsewhere, and 0 here in the Xen before too. */
        case HVM_PARAM_CALLBACK_IRQ:
        case HVM_PARAM_X87_FIP_WIDTH:
        case HVM_PARAM_VM86_TSS:
            continue;
        }
        d->arch.hvm.params[i] = r->params[i];
    }

    d->arch.x87_fip_width = r->params[HVM_PARAM_X87_FIP_WIDTH];

    /* A guest may have written another since, which Xen did not take. */
    if ( r->flags & IRX_DOMF_CALLBACK_VECTOR )
        hvm_set_callback_via(d, VIA_VECTOR | r->callback_vector);
    d->arch.hvm.params[HVM_PARAM_CALLBACK_IRQ] =
        r->params[HVM_PARAM_CALLBACK_IRQ];
}
