/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map that dom0 sees: it may ask again (XENMEM_memory_map). */
#include <xen/init.h>
#include <xen/xmalloc.h>

#include <asm/e820.h>

#include "state/state.h"

void interrex_e820_export(struct irx_writer *w, const struct domain *d)
{
    unsigned int i;

    irx_writer_begin(w, IRX_REC_E820, d->domain_id, 0);
    for ( i = 0; i < d->arch.nr_e820; i++ )
    {
        const struct irx_memmap_entry e = {
            .addr = d->arch.e820[i].addr,
            .size = d->arch.e820[i].size,
            .type = d->arch.e820[i].type,
        };

        irx_writer_put(w, &e, sizeof(e));
    }
    irx_writer_end(w);
}

int __init interrex_e820_import(const struct irx_stream *late,
                                struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_E820,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;

    if ( !n )
        return -ENOENT;

    xfree(d->arch.e820);
    d->arch.e820 = xzalloc_array(struct e820entry, n);
    if ( !d->arch.e820 )
        return -ENOMEM;

    for ( i = 0; i < n; i++ )
    {
        struct irx_memmap_entry e;
        int rc = irx_record_get(late, rec, i, &e, sizeof(e));

        if ( rc )
            return rc;

        d->arch.e820[i] = (struct e820entry){
            .addr = e.addr,
            .size = e.size,
            .type = e.type,
        };
    }

    d->arch.nr_e820 = n;

    return 0;
}
