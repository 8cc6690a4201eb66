/* SPDX-License-Identifier: GPL-2.0-only */
#include "early_bench.h"

#include <xen/vmap.h>

/* ---- What the section has of files that are not tested here ---- */

void interrex_clock_export(struct irx_writer *w)
{
    const struct irx_time_record r = { .tsc_khz = cpu_khz,
                                       .scale = { .mul = 1 },
                                       .wc_sec = 77 };

    irx_writer_record(w, IRX_REC_TIME, 0, &r, sizeof(r));
}

bool interrex_grant_frames_next(struct domain *d, unsigned int *i,
                                struct irx_grant_frame *frame)
{
    if ( *i == GRANT_FRAMES )
        return false;
    *frame = (struct irx_grant_frame){
        .index = *i, .mfn = virt_to_mfn(d->shared_info) + 1 + *i
    };
    ++*i;

    return true;
}

unsigned long interrex_grant_frames_count(const struct domain *d)
{
    return GRANT_FRAMES;
}

unsigned long bench_granted[BENCH_VANISHED], bench_vanished[BENCH_VANISHED];

/* Grant n of any domain that owns it. */
bool interrex_grants_next(struct domain *d, uint32_t *ref,
                          struct irx_grant_active *grant)
{
    for ( ; *ref < BENCH_VANISHED; ++*ref )
        if ( bench_granted[*ref] &&
             page_get_owner(mfn_to_page(_mfn(bench_granted[*ref]))) == d )
        {
            *grant = (struct irx_grant_active){ .mfn = bench_granted[*ref] };
            ++*ref;
            return true;
        }

    return false;
}

bool interrex_page_vanished(mfn_t mfn)
{
    unsigned int i;

    for ( i = 0; i < BENCH_VANISHED; i++ )
        if ( bench_vanished[i] && bench_vanished[i] == mfn_x(mfn) )
            return true;

    return false;
}

/* ---- Domains ---- */

struct domain *carried(domid_t domid, const struct irx_extent *extents,
                       unsigned int nr)
{
    struct domain *d = world_domain(domid, 1);
    struct interrex_hold *h = interrex_hold_new(d);
    struct irx_domain *r = interrex_domain_rec(h->entry);
    unsigned int i;

    assert_int_equal(interrex_data_alloc(h, (nr + 1) * sizeof(*extents)), 0);
    r->state = IRX_DOM_RUNNING;
    r->extents = h->data_off;
    r->extent_count = nr;
    if ( nr )
        memcpy(interrex_at(r->extents), extents, nr * sizeof(*extents));
    for ( i = 0; i < nr; i++ )
        if ( extents[i].type <= IRX_P2M_RAM_RO )
            d->world_pages += extents[i].nr;
    d->shared_info = mfn_to_virt(PFN_DOWN(MB(8) + MB(1) * domid));

    return d;
}

int early_begin(void **state)
{
    int rc = region_begin(state);
    unsigned int i;

    memset(bench_granted, 0, sizeof(bench_granted));
    memset(bench_vanished, 0, sizeof(bench_vanished));
    interrex_holds_reset();
    for ( i = 0; i < 16; i++ )
        interrex_anchor()->handoff_id[i] = i + 1;
    interrex_anchor()->host_state = IRX_HOST_HANDING_OVER;
    interrex_anchor()->shim_state = IRX_SHIM_READY;
    interrex_anchor()->time.mul = 1;
    interrex_anchor()->late_used = 8; /* it is looked at later */

    return rc;
}

int early_end(void **state)
{
    interrex_holds_reset();

    return world_end(state);
}

int early_export(void)
{
    struct interrex_preserved_list l;
    int rc = interrex_early_export(&l);

    vfree(l.entry);

    return rc;
}
