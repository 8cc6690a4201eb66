/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies in R is looked at by handoff-abi's validators, by the Xen that writes and
 * by the one that reads. Here is what they have to know of this host, and what is said
 * when they refuse.
 */
#include <asm/processor.h>

#include "region/region.h"

#define GFN_BITS 36 /* four levels of nested page tables */

struct irx_limits interrex_limits(void)
{
    return (struct irx_limits){
        .end_mfn = 1UL << (paddr_bits - PAGE_SHIFT),
        .end_gfn = 1UL << GFN_BITS,
    };
}

int interrex_validated(int rc, const struct irx_live_error *err)
{
    if ( !rc )
        return 0;

    if ( err->domid != IRX_LE_NO_DOMAIN )
        printk(XENLOG_ERR "Interrex: d%u:", err->domid);
    else
        printk(XENLOG_ERR "Interrex:");
    printk(" %s[%u] %s: found %#" PRIx64 ", expected %#" PRIx64 "\n",
           err->what, err->index, irx_live_error_text(err->code), err->value,
           err->expected);

    return rc;
}

int interrex_stream_validated(int rc, const struct irx_stream_error *err)
{
    if ( rc )
        printk(XENLOG_ERR "Interrex: record %u (type %#x) of d%u, offset "
                          "%#" PRIx64 ": %s (found %#" PRIx64
                          ", expected %#" PRIx64 ")\n",
               err->index, err->type, err->instance, err->offset,
               irx_stream_error_text(err->code), err->value, err->expected);

    return rc;
}

int interrex_domain_validate_memory(unsigned int entry,
                                    struct irx_domain_view *view)
{
    const struct irx_limits limits = interrex_limits();
    struct irx_live_error err;
    int rc = irx_domain_validate_memory(interrex_anchor(), entry, &limits,
                                        view, &err);

    return interrex_validated(rc, &err);
}

int interrex_domain_seal_memory(unsigned int entry)
{
    const struct irx_limits limits = interrex_limits();
    struct irx_live_error err;
    int rc = irx_domain_seal_memory(
        interrex_anchor(), interrex_domain_rec(entry), entry, &limits, &err);

    return interrex_validated(rc, &err);
}

int interrex_domain_validate_events(unsigned int entry, uint32_t stage,
                                    struct irx_domain_view *view)
{
    const struct irx_limits limits = interrex_limits();
    struct irx_live_error err;
    int rc = irx_domain_validate_events(interrex_anchor(), entry, stage,
                                        &limits, view, &err);

    return interrex_validated(rc, &err);
}

int interrex_domain_validate_vcpus(const struct irx_domain_view *view)
{
    const struct irx_limits limits = interrex_limits();
    struct irx_live_error err;
    int rc = irx_domain_validate_vcpus(interrex_anchor(), view, &limits, &err);

    return interrex_validated(rc, &err);
}

int interrex_domain_validate_claim(unsigned int entry)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_limits limits = interrex_limits();
    struct irx_domain_view view;
    struct irx_live_error err;
    int rc = irx_domain_validate_claim(a, entry, &limits, &view, &err);

    if ( !rc )
        rc = irx_domain_validate_vcpus(a, &view, &limits, &err);

    return interrex_validated(rc, &err);
}
