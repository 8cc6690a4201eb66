/* SPDX-License-Identifier: GPL-2.0-only */
/* HVM parameters of a domain that comes back, and how it takes its upcalls. */
#include <xen/sched.h>

#include <asm/hvm/irq.h>
#include <asm/hvm/support.h>

#include <public/hvm/params.h>

#include "resume/resume.h"

int interrex_params_import(struct domain *d, const struct irx_domain *r)
{
    unsigned int i;

    if ( (r->flags & IRX_DOMF_CALLBACK_VECTOR) &&
         (r->callback_vector < 32 || r->callback_vector > 255) )
        return -EINVAL;

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

    if ( r->params[HVM_PARAM_CALLBACK_IRQ] )
    {
        hvm_set_callback_via(d, r->params[HVM_PARAM_CALLBACK_IRQ]);
        d->arch.hvm.params[HVM_PARAM_CALLBACK_IRQ] =
            r->params[HVM_PARAM_CALLBACK_IRQ];
    }

    return 0;
}
