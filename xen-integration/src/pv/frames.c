/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of a PV domain; see pv.h. */
#include <xen/domain_page.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vmap.h>

#include <asm/mm.h>

#include "pv/pv.h"
#include "state/state.h"

#define LEVELS        4u
#define SOFTIRQ_EVERY 64u /* page tables between two looks at softirqs */

/* Bits by machine frame, of the domain that was looked at last. */
static struct {
    const struct domain *d;
    unsigned long end;    /* frames below it */
    unsigned long *own;   /* d's */
    unsigned long *table; /* of them: page tables */
    unsigned long *given; /* of them: given back, and still referred to */
    uint32_t tables[LEVELS];
} seen;

#define for_each_table(mfn)                                                   \
    for ( (mfn) = find_first_bit(seen.table, seen.end); (mfn) < seen.end;     \
          (mfn) = find_next_bit(seen.table, seen.end, (mfn) + 1) )

void interrex_pv_frames_forget(void)
{
    vfree(seen.own);
    seen.own = NULL;
    seen.d = NULL;
}

static int make_room(const struct domain *d)
{
    const size_t words = BITS_TO_LONGS(max_page);

    interrex_pv_frames_forget();
    memset(&seen, 0, sizeof(seen));
    seen.own = vzalloc(3 * words * sizeof(*seen.own));
    if ( !seen.own )
        return -ENOMEM;
    seen.table = seen.own + words;
    seen.given = seen.table + words;
    seen.end = max_page;
    seen.d = d;

    return 0;
}

/*
 * It was mapped without caches: what the next Xen reads as a page table has to be what is in memory
 * (_get_page_type()), and it does not know.
 */
static void flush(const struct page_info *pg)
{
    void *va = __map_domain_page(pg);

    cache_flush(va, PAGE_SIZE);
    unmap_domain_page(va);
}

/* What a page of d's own is. */
static int look_at(const struct page_info *pg)
{
    const unsigned long type = pg->u.inuse.type_info;
    const unsigned long mfn = mfn_x(page_to_mfn(pg));
    const unsigned int level = MASK_EXTR(type, PGT_type_mask);

    __set_bit(mfn, seen.own);
    if ( unlikely(!(pg->count_info & PGC_allocated)) )
        __set_bit(mfn, seen.given);
    if ( unlikely(pg->count_info & (PGC_broken | PGC_state)) )
    {
        printk(XENLOG_ERR
               "Interrex: %pd: page %#lx is broken, or is taken out "
               "of use\n",
               seen.d, mfn);
        return -EOPNOTSUPP;
    }
    if ( unlikely(type & PGT_non_coherent) )
        flush(pg);
    if ( !level || level > LEVELS || !(type & PGT_count_mask) )
        return 0;
    if ( !(type & PGT_validated) )
        return -EAGAIN;

    __set_bit(mfn, seen.table);
    seen.tables[level - 1]++;

    return 0;
}

/* Calls for each run of bits: *from begins it, the result is where it ends; 0: there is none. */
static unsigned long next_run(const unsigned long *bits, unsigned long *from)
{
    *from = find_next_bit(bits, seen.end, *from);

    return *from < seen.end ? find_next_zero_bit(bits, seen.end, *from) : 0;
}

long interrex_pv_frames_look(struct domain *d)
{
    unsigned long mfn = 0, end;
    const struct page_info *pg;
    long count = 0;
    int rc = make_room(d);

    if ( rc )
        return rc;

    spin_lock_recursive(&d->page_alloc_lock);
    page_list_for_each (pg, &d->page_list)
    {
        rc = look_at(pg);
        if ( rc )
            break;
    }
    spin_unlock_recursive(&d->page_alloc_lock);

    if ( rc )
    {
        interrex_pv_frames_forget();
        return rc;
    }

    for ( ; (end = next_run(seen.own, &mfn)) != 0; mfn = end )
        count++;

    return count;
}

long interrex_pv_extents(const struct domain *d, struct irx_extent *extents,
                         unsigned long capacity)
{
    unsigned long mfn = 0, end;
    long count = 0;

    if ( seen.d != d )
        return -EINVAL;

    for ( ; (end = next_run(seen.own, &mfn)) != 0; mfn = end )
    {
        if ( count >= capacity )
            return -E2BIG;
        extents[count++] = (struct irx_extent){
            .gfn = mfn,
            .mfn = mfn,
            .nr = end - mfn,
            .type = IRX_P2M_RAM_RW,
            .owner = d->domain_id,
            .access = p2m_access_rwx,
        };
    }

    return count;
}

/* ---- What the machine-to-physical table says ---- */

static bool grows(struct irx_pv_run *run, unsigned long mfn, unsigned long pfn,
                  unsigned int flags)
{
    long step = pfn - run->pfn;

    if ( !run->nr || run->mfn + run->nr != mfn || run->flags != flags ||
         run->nr == UINT_MAX )
        return false;
    if ( run->nr == 1 )
    {
        if ( step < -1 || step > 1 )
            return false;
        run->step = step;
    }
    else if ( pfn != run->pfn + (long)run->nr * run->step )
        return false;

    run->nr++;

    return true;
}

static void export_runs(struct irx_writer *w)
{
    struct irx_pv_run run = {};
    unsigned long mfn = 0, end;

    for ( ; (end = next_run(seen.own, &mfn)) != 0; )
        for ( ; mfn < end; mfn++ )
        {
            unsigned long pfn = get_gpfn_from_mfn(mfn);
            unsigned int flags = test_bit(mfn, seen.given)
                                     ? IRX_PV_RUN_GIVEN_UP
                                     : 0;

            if ( grows(&run, mfn, pfn, flags) )
                continue;
            if ( run.nr )
                irx_writer_put(w, &run, sizeof(run));
            run = (struct irx_pv_run){
                .mfn = mfn,
                .pfn = pfn,
                .nr = 1,
                .flags = flags,
            };
        }
    if ( run.nr )
        irx_writer_put(w, &run, sizeof(run));
}

static void export_tables(struct irx_writer *w)
{
    unsigned long mfn;

    for_each_table(mfn)
    {
        const unsigned long type = mfn_to_page(_mfn(mfn))->u.inuse.type_info;
        const struct irx_pv_table table = {
            .mfn = mfn,
            .level = MASK_EXTR(type, PGT_type_mask),
            .pinned = !!(type & PGT_pinned),
        };

        irx_writer_put(w, &table, sizeof(table));
    }
}

void interrex_pv_frames_export(struct irx_writer *w, const struct domain *d)
{
    irx_writer_begin(w, IRX_REC_PV_FRAMES, d->domain_id, 0);
    export_runs(w);
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_PV_TABLES, d->domain_id, 0);
    export_tables(w);
    irx_writer_end(w);
}

void interrex_pv_tables_count(uint32_t tables[LEVELS])
{
    memcpy(tables, seen.tables, sizeof(seen.tables));
}

/* ---- Would the next Xen take the tables? ---- */

/* A page of Xen's own that goes along: shared_info, or of the grant table. */
static bool is_carried_xen_page(struct domain *owner, unsigned long mfn)
{
    struct irx_grant_frame frame;
    unsigned int i = 0;

    if ( mfn == virt_to_mfn(owner->shared_info) )
        return true;
    while ( interrex_grant_frames_next(owner, &i, &frame) )
        if ( frame.mfn == mfn )
            return true;

    return false;
}

/*
 * A page that its owner gave back goes along where it is granted (state/preserved.c): it is the owner's
 * as long as it is mapped.
 */
static bool is_granted(struct domain *owner, unsigned long mfn)
{
    struct irx_grant_active active;
    uint32_t ref = 0;

    while ( interrex_grants_next(owner, &ref, &active) )
        if ( active.mfn == mfn )
            return true;

    return false;
}

/* Memory that is its owner's in the next Xen, too; or none at all. */
static bool is_carried(const struct domain *d, unsigned long mfn)
{
    const struct page_info *pg = mfn_to_page(_mfn(mfn));
    struct domain *owner;

    if ( !mfn_valid(_mfn(mfn)) )
        return true;
    owner = page_get_owner(pg);
    if ( owner == dom_io )
        return true;
    if ( !owner || is_system_domain(owner) || !interrex_hold_of(owner) )
        return false;
    if ( is_xen_heap_page(pg) )
        return is_carried_xen_page(owner, mfn);

    return owner == d || !interrex_page_vanished(_mfn(mfn)) ||
           is_granted(owner, mfn);
}

static int refuse(const struct domain *d, unsigned long table,
                  unsigned int level, unsigned int slot, intpte_t pte)
{
    const unsigned long mfn = paddr_to_pfn(pte & PADDR_MASK);
    const struct domain *owner = mfn_valid(_mfn(mfn))
                                     ? page_get_owner(mfn_to_page(_mfn(mfn)))
                                     : NULL;

    printk(XENLOG_ERR
           "Interrex: %pd: L%u table %#lx, entry %u: %#" PRIx64
           " leads to memory (of d%d) that the next Xen does not have or "
           "would not let it map\n",
           d, level, table, slot, (uint64_t)pte,
           owner ? owner->domain_id : -1);

    return -EBUSY;
}

static bool is_own(unsigned long mfn)
{
    return mfn < seen.end && test_bit(mfn, seen.own);
}

/* Nearly all of the work: as few steps for each entry as can be. */
static int check_l1(const struct domain *d, unsigned long table,
                    const intpte_t *pte)
{
    unsigned int i;

    for ( i = 0; i < L1_PAGETABLE_ENTRIES; i++ )
    {
        const unsigned long mfn = paddr_to_pfn(pte[i] & PADDR_MASK);

        if ( !(pte[i] & _PAGE_PRESENT) )
            continue;
        if ( likely(is_own(mfn))
                 ? (pte[i] & _PAGE_RW) && test_bit(mfn, seen.table)
                 : !is_carried(d, mfn) )
            return refuse(d, table, 1, i, pte[i]);
    }

    return 0;
}

static int check_upper(const struct domain *d, unsigned long table,
                       unsigned int level, const intpte_t *pte)
{
    unsigned int i;

    for ( i = 0; i < L1_PAGETABLE_ENTRIES; i++ )
    {
        const unsigned long mfn = paddr_to_pfn(pte[i] & PADDR_MASK);

        if ( !(pte[i] & _PAGE_PRESENT) ||
             (level == LEVELS && !is_guest_l4_slot(d, i)) )
            continue;
        if ( !is_own(mfn) || ((level == LEVELS || !(pte[i] & _PAGE_PSE)) &&
                              !test_bit(mfn, seen.table)) )
            return refuse(d, table, level, i, pte[i]);
    }

    return 0;
}

int interrex_pv_tables_check(struct domain *d)
{
    unsigned int done = 0;
    unsigned long mfn;
    int rc = 0;

    for_each_table(mfn)
    {
        const unsigned int level = MASK_EXTR(
            mfn_to_page(_mfn(mfn))->u.inuse.type_info, PGT_type_mask);
        const intpte_t *pte = map_domain_page(_mfn(mfn));

        rc = level == 1 ? check_l1(d, mfn, pte)
                        : check_upper(d, mfn, level, pte);
        unmap_domain_page(pte);
        if ( rc )
            break;
        if ( !(++done % SOFTIRQ_EVERY) )
            process_pending_softirqs();
    }

    return rc;
}

/* ---- Import ---- */

static void __init import_run(const struct irx_pv_run *run)
{
    uint32_t i;

    for ( i = 0; i < run->nr; i++ )
        set_gpfn_from_mfn(run->mfn + i, run->pfn + (long)i * run->step);
}

static void __init settle_run(struct domain *d, const struct irx_pv_run *run)
{
    uint32_t i;

    for ( i = 0; i < run->nr; i++ )
    {
        struct page_info *pg = mfn_to_page(_mfn(run->mfn + i));

        if ( !get_page(pg, d) )
            continue;
        put_page_alloc_ref(pg);
        put_page(pg);
    }
}

/* Only of frames that are d's: what R says of others has no effect. */
static bool __init is_own_run(const struct domain *d,
                              const struct irx_pv_run *run)
{
    uint32_t i;

    for ( i = 0; i < run->nr; i++ )
        if ( !mfn_valid(_mfn(run->mfn + i)) ||
             page_get_owner(mfn_to_page(_mfn(run->mfn + i))) != d )
            return false;

    return true;
}

static void __init for_each_run(const struct irx_stream *late,
                                struct domain *d, bool settle)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_FRAMES,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;

    for ( i = 0; i < n; i++ )
    {
        struct irx_pv_run run;

        if ( irx_record_get(late, rec, i, &run, sizeof(run)) ||
             (settle && !(run.flags & IRX_PV_RUN_GIVEN_UP)) ||
             !is_own_run(d, &run) )
            continue;
        if ( settle )
            settle_run(d, &run);
        else
            import_run(&run);
        if ( !(i % 1024) )
            process_pending_softirqs();
    }
}

void __init interrex_pv_frames_import(const struct irx_stream *late,
                                      struct domain *d)
{
    for_each_run(late, d, false);
}

void __init interrex_pv_frames_settle(const struct irx_stream *late,
                                      struct domain *d)
{
    for_each_run(late, d, true);
}
