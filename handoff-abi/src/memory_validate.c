/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's memory and its CPU policy: see interrex/live.h. */
#include <interrex/crc32c.h>

#include "live_internal.h"

#define ACCESS_RWX 7u /* p2m_access_rwx, xen/mem_access.h */

/* xen_cpuid_leaf_t and xen_msr_entry_t, public/arch-x86/xen.h */
struct leaf {
    uint32_t leaf, subleaf, a, b, c, d;
};
struct msr {
    uint32_t idx, flags;
    uint64_t val;
};

/* ---- CPU policy ---- */

uint32_t irx_policy_crc(const struct irx_domain *d, const void *leaves, const void *msrs)
{
    uint32_t crc = irx_crc32c(0, leaves, (size_t)d->leaf_count * sizeof(struct leaf));

    return irx_crc32c(crc, msrs, (size_t)d->msr_count * sizeof(struct msr));
}

int irx_policy_contents(const struct irx_domain *d, const void *msrs, struct irx_live_error *err)
{
    const struct msr *m = msrs;
    uint32_t i;

    for (i = 0; i < d->msr_count; i++)
        if (m[i].flags) /* none is defined */
            return irx_live_refuse(err, IRX_LE_RESERVED, "domain.msrs[].flags", i, m[i].flags, 0);
    return 0;
}

int irx_policy_validate(const struct irx_domain *d, const void *leaves, const void *msrs,
                        struct irx_live_error *err)
{
    uint32_t crc = irx_policy_crc(d, leaves, msrs);

    if (crc != d->policy_crc)
        return irx_live_refuse(err, IRX_LE_CRC, "domain.policy_crc", 0, d->policy_crc, crc);
    return irx_policy_contents(d, msrs, err);
}

/* ---- Extents ---- */

static int check_kind(const struct irx_domain *d, const struct irx_extent *e, uint32_t i,
                      struct irx_live_error *err)
{
    bool mapped = e->type >= IRX_P2M_GRANT_RW; /* another domain's */

    if (e->type > IRX_P2M_FOREIGN || (e->type == IRX_P2M_MMIO && !(d->flags & IRX_DOMF_DOM0)))
        return irx_live_refuse(err, IRX_LE_RANGE, "extent.type", i, e->type, IRX_P2M_FOREIGN);
    if (e->access != ACCESS_RWX)
        return irx_live_refuse(err, IRX_LE_RANGE, "extent.access", i, e->access, ACCESS_RWX);
    if (!mapped && e->owner != d->domid)
        return irx_live_refuse(err, IRX_LE_OWNER, "extent.owner", i, e->owner, d->domid);
    return 0;
}

static int check_extent(const struct irx_anchor *a, const struct irx_domain *d,
                        const struct irx_extent *e, uint32_t i, uint64_t from,
                        const struct irx_limits *limits, struct irx_live_error *err)
{
    int rc = check_kind(d, e, i, err);

    if (rc)
        return rc;
    if (!e->nr)
        return irx_live_refuse(err, IRX_LE_RANGE, "extent.nr", i, 0, 1);
    if (e->gfn < from)
        return irx_live_refuse(err, IRX_LE_ORDER, "extent.gfn", i, e->gfn, from);
    if (e->gfn >= limits->end_gfn || e->nr > limits->end_gfn - e->gfn)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "extent.gfn", i, e->gfn, limits->end_gfn);
    return irx_live_frames(err, "extent.mfn", i, e->mfn, e->nr,
                           d->flags & IRX_DOMF_DOM0 ? 0 : IRX_LOW_FRAMES, a, limits);
}

uint32_t irx_extents_crc(const struct irx_domain *d, const struct irx_extent *extents)
{
    return irx_crc32c(0, extents, (size_t)d->extent_count * sizeof(*extents));
}

/* The next extents, as far as `budget` goes. 1: there are more. */
static int look_at_some(const struct irx_anchor *a, const struct irx_domain *d,
                        const struct irx_extent *extents, const struct irx_limits *limits,
                        struct irx_walk *w, uint32_t budget, struct irx_live_error *err)
{
    for (; w->seen < d->extent_count; w->seen++, budget--) {
        const struct irx_extent *e = &extents[w->seen];
        int rc;

        if (!budget)
            return 1;
        rc = check_extent(a, d, e, w->seen, w->from, limits, err);
        if (rc)
            return rc;
        w->from = e->gfn + e->nr;
    }
    return 0;
}

int irx_extents_contents(const struct irx_anchor *a, const struct irx_domain *d,
                         const struct irx_extent *extents, const struct irx_limits *limits,
                         struct irx_live_error *err)
{
    struct irx_walk w = {.seen = 0};

    return look_at_some(a, d, extents, limits, &w, d->extent_count, err);
}

int irx_extents_some(const struct irx_anchor *a, const struct irx_domain *d,
                     const struct irx_extent *extents, const struct irx_limits *limits,
                     struct irx_walk *w, uint32_t budget, struct irx_live_error *err)
{
    uint32_t n = d->extent_count - w->summed;

    if (n > budget)
        n = budget;
    w->crc = irx_crc32c(w->crc, extents + w->summed, (size_t)n * sizeof(*extents));
    w->summed += n;
    if (w->summed < d->extent_count)
        return 1;
    if (w->crc != d->extents_crc)
        return irx_live_refuse(err, IRX_LE_CRC, "domain.extents_crc", 0, d->extents_crc, w->crc);
    return look_at_some(a, d, extents, limits, w, budget - n, err);
}

int irx_extents_validate(const struct irx_anchor *a, const struct irx_domain *d,
                         const struct irx_extent *extents, const struct irx_limits *limits,
                         struct irx_live_error *err)
{
    struct irx_walk w = {.seen = 0};
    int rc;

    do
        rc = irx_extents_some(a, d, extents, limits, &w, d->extent_count, err);
    while (rc > 0);
    return rc;
}
