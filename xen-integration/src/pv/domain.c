/* SPDX-License-Identifier: GPL-2.0-only */
/* What only a PV domain has beside memory and vCPUs; see pv.h. */
#include <xen/domain_page.h>
#include <xen/sched.h>

#include <asm/mm.h>
#include <asm/pv/domain.h>

#include "pv/pv.h"

void interrex_pv_domain_export(struct irx_writer *w, struct domain *d)
{
    struct irx_pv_domain out = {
        .cf8 = d->arch.pci_cf8,
        .cmos_index = d->arch.cmos_idx,
        .kernel_pte = put_pte_flags(_PAGE_GUEST_KERNEL),
        .grant_pte = put_pte_flags(_PAGE_GNTTAB),
    };

    BUILD_BUG_ON(sizeof(out.pit) != sizeof(d->arch.vpit.hw));
    memcpy(out.pit, &d->arch.vpit.hw, sizeof(out.pit));
    interrex_pv_tables_count(d, out.tables);
    if ( d->arch.pirq_eoi_map )
    {
        out.flags |= IRX_PV_F_EOI_MAP;
        if ( d->arch.auto_unmask )
            out.flags |= IRX_PV_F_AUTO_UNMASK;
        out.eoi_map_mfn = d->arch.pirq_eoi_map_mfn;
    }
    irx_writer_record(w, IRX_REC_PV_DOMAIN, d->domain_id, &out, sizeof(out));
}

static int __init read_domain(const struct irx_stream *late,
                              const struct domain *d, struct irx_pv_domain *in)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_DOMAIN,
                                                   d->domain_id, NULL);

    if ( !rec )
        return -ENOENT;
    irx_record_copy(rec, in, sizeof(*in));

    return 0;
}

int __init interrex_pv_domain_import(const struct irx_stream *late,
                                     struct domain *d)
{
    struct irx_pv_domain in;
    int rc = read_domain(late, d, &in);

    if ( rc )
        return rc;
    d->arch.pci_cf8 = in.cf8;
    d->arch.cmos_idx = in.cmos_index;
    memcpy(&d->arch.vpit.hw, in.pit, sizeof(in.pit));

    return 0;
}

/* The steps of PHYSDEVOP_pirq_eoi_gmfn_v1 and _v2, which serve current only. */
int __init interrex_pv_eoi_map_import(const struct irx_stream *late,
                                      struct domain *d)
{
    struct irx_pv_domain in;
    struct page_info *page;
    void *map;
    int rc = read_domain(late, d, &in);

    if ( rc || !(in.flags & IRX_PV_F_EOI_MAP) )
        return rc;

    page = mfn_to_page(_mfn(in.eoi_map_mfn));
    if ( !mfn_valid(_mfn(in.eoi_map_mfn)) ||
         !get_page_and_type(page, d, PGT_writable_page) )
        return -EINVAL;
    map = __map_domain_page_global(page);
    if ( !map )
    {
        put_page_and_type(page);
        return -ENOMEM;
    }
    d->arch.pirq_eoi_map = map;
    d->arch.pirq_eoi_map_mfn = in.eoi_map_mfn;
    d->arch.auto_unmask = !!(in.flags & IRX_PV_F_AUTO_UNMASK);

    return 0;
}
