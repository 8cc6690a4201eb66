/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which domain has which entry, vCPU entries and piece of data in R.
 *
 * A domain has one piece of data, so that freeing it never leaves gaps that add
 * up; a first fit between at most 64 pieces is quick enough.
 */
#include <xen/err.h>

#include "region/region.h"

/* As many as a layout may have; they stay, because hooks look at them at any time. */
static struct interrex_hold holds[INTERREX_MAX_DOMAINS];
static unsigned int nr_holds;

/* The doorbell's tasklet walks them while an operation frees one. */
static DEFINE_SPINLOCK(holds_lock);

void interrex_holds_reset(void)
{
    unsigned int i;

    for ( i = 0; i < nr_holds; i++ )
        if ( holds[i].d )
            interrex_hold_free(&holds[i]);
    for ( i = 0; i < INTERREX_MAX_DOMAINS; i++ )
        interrex_quarantine_end(i);

    nr_holds = min_t(unsigned int, interrex_anchor()->domains.count,
                     INTERREX_MAX_DOMAINS);
}

void interrex_for_each_held(void (*fn)(struct interrex_hold *h))
{
    unsigned int i;

    spin_lock(&holds_lock);
    for ( i = 0; i < nr_holds; i++ )
        if ( holds[i].d && holds[i].held )
            fn(&holds[i]);
    spin_unlock(&holds_lock);
}

struct interrex_hold *interrex_hold_at(unsigned int entry)
{
    return entry < nr_holds && holds[entry].d ? &holds[entry] : NULL;
}

struct interrex_hold *interrex_hold_of(const struct domain *d)
{
    return d->arch.interrex;
}

/* R still tells about the domain that was here. */
static bool is_stale(unsigned int i)
{
    const struct irx_domain *r = interrex_domain_rec(i);

    return !holds[i].d && r->vcpu_count &&
           r->generation == interrex_anchor()->generation;
}

static bool vcpus_overlap(uint32_t first, uint32_t count, bool stale_too)
{
    unsigned int i;

    for ( i = 0; i < nr_holds; i++ )
    {
        const struct irx_domain *r = interrex_domain_rec(i);

        if ( !holds[i].d && !(stale_too && is_stale(i)) )
            continue;
        if ( first < r->vcpu_first + r->vcpu_count &&
             r->vcpu_first < first + count )
            return true;
    }

    return false;
}

static int find_vcpus(uint32_t count, uint32_t *first)
{
    uint32_t total = interrex_anchor()->vcpus.count;
    unsigned int pass;

    for ( pass = 0; pass < 2; pass++ )
        for ( *first = 0; *first + count <= total; (*first)++ )
            if ( !vcpus_overlap(*first, count, !pass) )
                return 0;

    return -ENOSPC;
}

/* The entry where d was before, else one that tells of nobody, else any. -1: none. */
static int find_entry(const struct domain *d)
{
    int empty = -1, any = -1;
    unsigned int i;

    for ( i = 0; i < nr_holds; i++ )
    {
        if ( holds[i].d )
            continue;
        if ( is_stale(i) && interrex_domain_rec(i)->domid == d->domain_id )
            return i;
        if ( any < 0 )
            any = i;
        if ( empty < 0 && !is_stale(i) )
            empty = i;
    }

    return empty >= 0 ? empty : any;
}

struct interrex_hold *interrex_hold_new(struct domain *d)
{
    struct irx_anchor *a = interrex_anchor();
    struct irx_domain *r;
    uint32_t first;
    int i = find_entry(d);

    if ( i < 0 )
        return ERR_PTR(-ENOSPC);

    r = interrex_domain_rec(i);
    interrex_clear_entry(r, &a->domains, sizeof(*r));
    if ( find_vcpus(d->max_vcpus, &first) )
        return ERR_PTR(-ENOSPC);

    if ( !get_domain(d) )
        return ERR_PTR(-ESRCH);

    r->domid = d->domain_id;
    r->generation = a->generation;
    BUILD_BUG_ON(sizeof(r->handle) != sizeof(d->handle));
    memcpy(r->handle, d->handle, sizeof(r->handle));
    r->vcpu_first = first;
    r->vcpu_count = d->max_vcpus;

    spin_lock(&holds_lock);
    holds[i] = (struct interrex_hold){ .d = d, .entry = i };
    spin_unlock(&holds_lock);
    write_atomic(&d->arch.interrex, &holds[i]);

    return &holds[i];
}

struct interrex_hold *interrex_hold_import(struct domain *d,
                                           unsigned int entry)
{
    const struct irx_domain *r = interrex_domain_rec(entry);
    struct irx_span data = irx_domain_data(r);

    if ( entry >= nr_holds || holds[entry].d || d->arch.interrex )
        return ERR_PTR(-EINVAL);

    if ( !get_domain(d) )
        return ERR_PTR(-ESRCH);

    spin_lock(&holds_lock);
    holds[entry] = (struct interrex_hold){
        .d = d,
        .entry = entry,
        .data_off = data.off,
        .data_size = ROUNDUP(data.size, 64),
        .p2m_changes = r->p2m_generation,
        .came = true,
    };
    spin_unlock(&holds_lock);
    write_atomic(&d->arch.interrex, &holds[entry]);

    return &holds[entry];
}

void interrex_hold_free(struct interrex_hold *h)
{
    struct domain *d = h->d;

    ASSERT(!h->held && !h->paused);

    interrex_quarantine_end(h->entry);
    spin_lock(&holds_lock);
    write_atomic(&d->arch.interrex, NULL);
    *h = (struct interrex_hold){};
    spin_unlock(&holds_lock);

    put_domain(d);
}

/* The end of a piece of data that overlaps off to off + size, or 0. */
static uint64_t data_overlap(uint64_t off, uint64_t size)
{
    unsigned int i;

    for ( i = 0; i < nr_holds; i++ )
        if ( holds[i].d && holds[i].data_size &&
             off < holds[i].data_off + holds[i].data_size &&
             holds[i].data_off < off + size )
            return holds[i].data_off + holds[i].data_size;

    return 0;
}

/* What is used ends with the last piece; there may be gaps before it. */
static void note_data_end(struct irx_anchor *a)
{
    uint64_t end = a->data.off;
    unsigned int i;

    for ( i = 0; i < nr_holds; i++ )
        if ( holds[i].d && holds[i].data_size )
            end = max(end, holds[i].data_off + holds[i].data_size);

    a->data_used = end - a->data.off;
}

int interrex_data_alloc(struct interrex_hold *h, uint64_t size)
{
    struct irx_anchor *a = interrex_anchor();
    uint64_t off = a->data.off, end = a->data.off + a->data.size, next;

    h->data_size = 0;
    size = ROUNDUP(size, 64);

    while ( size <= end - off )
    {
        next = data_overlap(off, size);
        if ( !next )
        {
            h->data_off = off;
            h->data_size = size;
            memset(interrex_at(off), 0, size);
            note_data_end(a);
            return 0;
        }
        off = ROUNDUP(next, 64);
        if ( off > end )
            break;
    }

    note_data_end(a);

    return -ENOSPC;
}

bool interrex_any_held(void)
{
    unsigned int i;

    for ( i = 0; i < nr_holds; i++ )
        if ( holds[i].d && holds[i].held )
            return true;

    return false;
}

bool interrex_only_came(void)
{
    unsigned int i;
    bool any = false;

    for ( i = 0; i < nr_holds; i++ )
    {
        if ( holds[i].d && !holds[i].came )
            return false;
        any |= holds[i].d != NULL;
    }

    return any;
}
