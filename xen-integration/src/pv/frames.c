/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of a PV domain; see pv.h. */
#include <xen/domain_page.h>
#include <xen/list.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vmap.h>
#include <xen/xmalloc.h>

#include <asm/mm.h>

#include "pv/frame_set.h"
#include "pv/pv.h"
#include "state/state.h"

#define LEVELS        4u
#define SOFTIRQ_EVERY 64u /* page tables between two looks at softirqs */
#define PIECE                                                                 \
    1024u /* frames between two looks at who waits; pieces are aligned, and there or not as a whole */

/* What was seen of one domain. */
struct frames {
    struct list_head list;
    const struct domain *d;
    struct frame_set set;
    bool any_given;
    uint32_t tables[LEVELS];
};

/* Of every PV domain that was looked at, until all are forgotten. */
static LIST_HEAD(all_seen);

#define for_each_table(f, mfn)                                                \
    for ( (mfn) = interrex_frame_set_table(&(f)->set, 0); (mfn) != ~0UL;      \
          (mfn) = interrex_frame_set_table(&(f)->set, (mfn) + 1) )

static struct frames *seen_of(const struct domain *d)
{
    struct frames *f;

    list_for_each_entry (f, &all_seen, list)
        if ( f->d == d )
            return f;

    return NULL;
}

static void forget(struct frames *f)
{
    list_del(&f->list);
    interrex_frame_set_free(&f->set);
    xfree(f);
}

void interrex_pv_frames_forget(const struct domain *d)
{
    struct frames *f, *next;

    list_for_each_entry_safe (f, next, &all_seen, list)
        if ( !d || f->d == d )
            forget(f);
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

/* For what is to be seen of d, instead of what was. NULL: no memory. */
static struct frames *make_room(const struct domain *d)
{
    struct frames *f = seen_of(d);

    if ( f && f->set.nr * FRAME_CHUNK >= max_page )
    {
        interrex_frame_set_clear(&f->set);
        memset(f->tables, 0, sizeof(f->tables));
        f->any_given = false;
        return f;
    }
    if ( f ) /* the host has more memory since */
        forget(f);

    f = xzalloc(struct frames);
    if ( !f )
        return NULL;
    if ( interrex_frame_set_init(&f->set, max_page) )
    {
        xfree(f);
        return NULL;
    }
    f->d = d;
    list_add_tail(&f->list, &all_seen);

    return f;
}

/*
 * A page's level, if it is a page table that others may lead to; 0: it is none. -EAGAIN: it
 * is being made or taken apart.
 */
static int level_of(const struct page_info *pg)
{
    const unsigned long type = pg->u.inuse.type_info;
    const unsigned int level = MASK_EXTR(type, PGT_type_mask);

    if ( !level || level > LEVELS || !(type & PGT_count_mask) )
        return 0;

    return type & PGT_validated ? level : -EAGAIN;
}

/* As nearly all are: not given back, sound, and no page table, nor mapped without caches. */
static always_inline bool is_plain(const struct page_info *pg)
{
    const unsigned long type = pg->u.inuse.type_info &
                               (PGT_type_mask | PGT_non_coherent);

    return (pg->count_info & (PGC_allocated | PGC_broken | PGC_state)) ==
               PGC_allocated &&
           (type == PGT_writable_page || type == PGT_none);
}

/*
 * What another page of d's own is. A guest's table that is being made or taken apart is none: nothing that
 * is finished leads to it, and its domain does the whole of it again. dom0 is worth another try.
 */
static int look_closely(struct frames *f, struct frame_chunk *chunk,
                        const struct page_info *pg, unsigned long mfn)
{
    const int level = level_of(pg);

    if ( !(pg->count_info & PGC_allocated) )
    {
        __set_bit(mfn % FRAME_CHUNK, chunk->given);
        f->any_given = true;
    }
    if ( unlikely(pg->count_info & (PGC_broken | PGC_state)) )
    {
        printk(XENLOG_ERR
               "Interrex: %pd: page %#lx is broken, or is taken out "
               "of use\n",
               f->d, mfn);
        return -EOPNOTSUPP;
    }
    if ( unlikely(pg->u.inuse.type_info & PGT_non_coherent) )
        flush(pg);
    if ( level < 0 )
        return is_hardware_domain(f->d) ? level : 0;
    if ( level )
    {
        __set_bit(mfn % FRAME_CHUNK, chunk->table);
        f->tables[level - 1]++;
    }

    return 0;
}

/* There is no memory, or the host had fewer frames when this look began: the next one sees them. */
static int no_chunk(const struct frames *f, unsigned long mfn)
{
    return mfn / FRAME_CHUNK < f->set.nr ? -ENOMEM : -EAGAIN;
}

static int look_at(struct frames *f, const struct page_info *pg,
                   unsigned long mfn)
{
    struct frame_chunk *chunk = interrex_frame_set_chunk(&f->set, mfn);

    if ( !chunk )
        return no_chunk(f, mfn);
    __set_bit(mfn % FRAME_CHUNK, chunk->own);

    return is_plain(pg) ? 0 : look_closely(f, chunk, pg, mfn);
}

/*
 * Pages of d's list from *pg on that are neighbours also in memory, and *pg is the one behind them. Nearly all of the
 * look while everybody waits for it: as few steps for each page as can be.
 */
static int look_at_neighbours(struct frames *f,
                              const struct page_list_head *list,
                              const struct page_info **pg)
{
    const struct page_info *first = *pg, *p = first;
    const unsigned long mfn = mfn_x(page_to_mfn(first)),
                        most = FRAME_CHUNK - mfn % FRAME_CHUNK;
    struct frame_chunk *chunk = interrex_frame_set_chunk(&f->set, mfn);
    unsigned int next = page_to_pdx(first) + 1;
    unsigned long nr;
    int rc = 0;

    BUILD_BUG_ON(PDX_GROUP_COUNT % FRAME_CHUNK);
    if ( !chunk )
        return no_chunk(f, mfn);
    /* Links are numbers of pages. */
    while ( p < first + most && is_plain(p) && p->list.next == next++ )
        p++;

    nr = p - first;
    bitmap_set(chunk->own, mfn % FRAME_CHUNK, nr);
    if ( nr < most ) /* else it begins the next chunk */
    {
        rc = look_at(f, p, mfn + nr);
        p = page_list_next(p, list);
    }
    *pg = p;

    return rc;
}

static long count_runs(const struct frames *f)
{
    unsigned long mfn = 0, end;
    long count = 0;

    for ( ; (end = interrex_frame_set_run(&f->set, &mfn)) != 0; mfn = end )
        count++;

    return count;
}

/* All of d's pages as they are at one time. */
static long look_at_all(struct domain *d)
{
    struct frames *f = make_room(d);
    const struct page_info *pg;
    int rc = 0;

    if ( !f )
        return -ENOMEM;

    spin_lock_recursive(&d->page_alloc_lock);
    pg = page_list_first(&d->page_list);
    while ( pg && !rc )
        rc = look_at_neighbours(f, &d->page_list, &pg);
    spin_unlock_recursive(&d->page_alloc_lock);
    if ( rc )
        forget(f);

    return rc ?: count_runs(f);
}

/* Those of d's that are in one piece of the host's frames, without d's lock. */
static int look_at_piece(struct frames *f, struct interrex_walk *at)
{
    const struct page_info *pg = mfn_to_page(_mfn(at->gfn));
    const unsigned long owner = virt_to_pdx(f->d);
    unsigned int i, n = mfn_valid(_mfn(at->gfn)) ? PIECE : 0;
    int rc = 0;

    BUILD_BUG_ON(PDX_GROUP_COUNT % PIECE);
    for ( i = 0; i < n && !rc; i++, pg++ )
    {
        /* As page_get_owner(), for nearly all of them are others'. */
        if ( pg->v.inuse._domain != owner ||
             !(pg->count_info & PGC_count_mask) || is_xen_heap_page(pg) )
            continue;
        rc = look_at(f, pg, at->gfn + i);
        if ( rc == -EAGAIN ) /* it is in the making, and no page table yet */
            rc = 0;
    }
    at->gfn += PIECE;

    return rc;
}

/* All of d's frames, piece by piece. d goes on. */
static long look_in_pieces(const struct domain *d, struct interrex_walk *at,
                           s_time_t give_way)
{
    struct frames *f = at->gfn ? seen_of(d) : make_room(d);
    int rc = f ? 0 : -ENOMEM;

    while ( !rc && at->gfn < max_page )
    {
        rc = look_at_piece(f, at);
        if ( !rc && interrex_gives_way(give_way) )
            return -ERESTART;
        process_pending_softirqs();
    }

    *at = (struct interrex_walk){};

    return rc ?: count_runs(f);
}

long interrex_pv_frames_look(struct interrex_hold *h, s_time_t give_way)
{
    return give_way != STIME_MAX ? look_in_pieces(h->d, &h->walk, give_way)
                                 : look_at_all(h->d);
}

long interrex_pv_extents(const struct domain *d, struct irx_extent *extents,
                         unsigned long capacity)
{
    const struct frames *f = seen_of(d);
    unsigned long mfn = 0, end;
    long count = 0;

    if ( !f )
        return -EINVAL;

    for ( ; (end = interrex_frame_set_run(&f->set, &mfn)) != 0; mfn = end )
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

/* By how many of nr frames from mfn on the run simply goes on. Nobody has given any back. */
static unsigned long follow(const struct irx_pv_run *run, unsigned long mfn,
                            unsigned long nr)
{
    unsigned long i, pfn = run->pfn + (long)run->nr * run->step;

    if ( run->nr < 2 || run->mfn + run->nr != mfn || run->nr + nr > UINT_MAX )
        return 0;
    for ( i = 0; i < nr && get_gpfn_from_mfn(mfn + i) == pfn; i++ )
        pfn += run->step;

    return i;
}

/* Their number; w is NULL: they are only counted. */
static unsigned long export_runs(struct irx_writer *w, const struct frames *f)
{
    struct irx_pv_run run = {};
    unsigned long at = 0, end, count = 0, more;

    for ( ; (end = interrex_frame_set_run(&f->set, &at)) != 0; )
        while ( at < end )
        {
            unsigned long mfn, pfn;
            unsigned int flags;

            more = f->any_given ? 0 : follow(&run, at, end - at);
            run.nr += more;
            at += more;
            if ( at == end )
                break;

            mfn = at++;
            pfn = get_gpfn_from_mfn(mfn);
            flags = frame_is_given(&f->set, mfn) ? IRX_PV_RUN_GIVEN_UP : 0;
            if ( grows(&run, mfn, pfn, flags) )
                continue;
            if ( w && run.nr )
                irx_writer_put(w, &run, sizeof(run));
            count++;
            run = (struct irx_pv_run){
                .mfn = mfn,
                .pfn = pfn,
                .nr = 1,
                .flags = flags,
            };
        }
    if ( w && run.nr )
        irx_writer_put(w, &run, sizeof(run));

    return count;
}

static void export_tables(struct irx_writer *w, const struct frames *f)
{
    unsigned long mfn;

    for_each_table(f, mfn)
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
    const struct frames *f = seen_of(d);

    irx_writer_begin(w, IRX_REC_PV_FRAMES, d->domain_id, 0);
    if ( f )
        export_runs(w, f);
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_PV_TABLES, d->domain_id, 0);
    if ( f )
        export_tables(w, f);
    irx_writer_end(w);
}

void interrex_pv_tables_count(const struct domain *d, uint32_t tables[LEVELS])
{
    const struct frames *f = seen_of(d);

    memset(tables, 0, LEVELS * sizeof(*tables));
    if ( f )
        memcpy(tables, f->tables, sizeof(f->tables));
}

/* All of them: as they were seen, or else as they are now, also those that are being made. */
static unsigned long tables_total(struct domain *d)
{
    const struct frames *f = seen_of(d);
    const struct page_info *pg;
    unsigned long total = 0;
    unsigned int i;

    for ( i = 0; f && i < LEVELS; i++ )
        total += f->tables[i];
    if ( f )
        return total;

    spin_lock_recursive(&d->page_alloc_lock);
    page_list_for_each (pg, &d->page_list)
        total += level_of(pg) != 0;
    spin_unlock_recursive(&d->page_alloc_lock);

    return total;
}

/* `interrex-pv-tables`: a guest with more page tables is refused, for everybody waits for its walks. */
static unsigned int __read_mostly opt_tables = 65536;
integer_param("interrex-pv-tables", opt_tables);

unsigned long interrex_pv_tables_excess(struct domain *d)
{
    unsigned long total;

    if ( domain_tot_pages(d) <= opt_tables )
        return 0;
    total = tables_total(d);

    return total > opt_tables ? total : 0;
}

/* ---- How much of R that is ---- */

unsigned long interrex_pv_frames_room(struct domain *d,
                                      struct interrex_room *room)
{
    const bool seen = seen_of(d);
    const struct frames *f;
    unsigned long pieces, tables;

    *room = (struct interrex_room){};
    if ( !seen && look_at_all(d) < 0 )
        return 0;

    f = seen_of(d);
    pieces = count_runs(f);
    tables = tables_total(d);
    room->data = pieces * sizeof(struct irx_extent);
    room->early = pieces * sizeof(struct irx_preserved);
    room->late = export_runs(NULL, f) * sizeof(struct irx_pv_run) +
                 tables * sizeof(struct irx_pv_table);
    if ( !seen )
        forget(seen_of(d));

    return tables;
}

/* ---- Would the next Xen take the tables? ---- */

/* Memory that is its owner's in the next Xen, too. A guest can have as many entries of others' pages as it likes. */
static bool is_carried(const struct interrex_preserved_list *l,
                       unsigned long mfn)
{
    return interrex_preserved_has(l, mfn) ||
           page_get_owner(mfn_to_page(_mfn(mfn))) == dom_io;
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

/* How many present entries from this one on lead to frames that follow on, all of them writable or none. */
static unsigned int count_neighbours(const intpte_t *pte, unsigned int i)
{
    const intpte_t what = PADDR_MASK | _PAGE_PRESENT | _PAGE_RW;
    intpte_t next = pte[i] & what;
    unsigned int end = i;

    do
    {
        end++;
        next += PAGE_SIZE;
    } while ( end < L1_PAGETABLE_ENTRIES && (pte[end] & what) == next );

    return end - i;
}

/* How many of the nr frames from mfn on an entry may lead to; 0: not even to the first. */
static unsigned int may_lead_to(const struct frames *f,
                                const struct interrex_preserved_list *l,
                                unsigned long mfn, unsigned int nr,
                                bool writable)
{
    const unsigned int piece = 1U << PAGE_ORDER_2M;

    if ( frame_is_own(&f->set, mfn) )
        return !writable || !frame_is_table(&f->set, mfn);
    /* No memory, nor in the rest of its piece: of PCI configuration space there are many. */
    if ( !mfn_valid(_mfn(mfn)) )
        return min(nr, piece - (unsigned int)(mfn & (piece - 1)));

    return is_carried(l, mfn);
}

/* Nearly all of the work, and most of it for the table of all memory that each kernel has. */
static int check_l1(const struct frames *f,
                    const struct interrex_preserved_list *l,
                    unsigned long table, const intpte_t *pte)
{
    unsigned int i = 0, end, some;

    while ( i < L1_PAGETABLE_ENTRIES )
    {
        unsigned long mfn = paddr_to_pfn(pte[i] & PADDR_MASK);
        const bool writable = pte[i] & _PAGE_RW;

        if ( !(pte[i] & _PAGE_PRESENT) )
        {
            i++;
            continue;
        }
        end = i + count_neighbours(pte, i);
        if ( end - i > 1 &&
             interrex_frame_set_all(&f->set, mfn, end - i, writable) )
            i = end;
        for ( ; i < end; i += some, mfn += some )
        {
            some = may_lead_to(f, l, mfn, end - i, writable);
            if ( !some )
                return refuse(f->d, table, 1, i, pte[i]);
        }
    }

    return 0;
}

static int check_upper(const struct frames *f, unsigned long table,
                       unsigned int level, const intpte_t *pte)
{
    unsigned int i;

    for ( i = 0; i < L1_PAGETABLE_ENTRIES; i++ )
    {
        const unsigned long mfn = paddr_to_pfn(pte[i] & PADDR_MASK);

        if ( !(pte[i] & _PAGE_PRESENT) ||
             (level == LEVELS && !is_guest_l4_slot(f->d, i)) )
            continue;
        if ( !frame_is_own(&f->set, mfn) ||
             ((level == LEVELS || !(pte[i] & _PAGE_PSE)) &&
              !frame_is_table(&f->set, mfn)) )
            return refuse(f->d, table, level, i, pte[i]);
    }

    return 0;
}

int interrex_pv_tables_check(const struct domain *d,
                             const struct interrex_preserved_list *l)
{
    const struct frames *f = seen_of(d);
    unsigned int done = 0;
    unsigned long mfn;
    int rc = 0;

    if ( !f )
        return -EINVAL;

    for_each_table(f, mfn)
    {
        const unsigned int level = MASK_EXTR(
            mfn_to_page(_mfn(mfn))->u.inuse.type_info, PGT_type_mask);
        const intpte_t *pte = map_domain_page(_mfn(mfn));

        rc = level == 1 ? check_l1(f, l, mfn, pte)
                        : check_upper(f, mfn, level, pte);
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
    interrex_m2p_set(run->mfn, run->pfn, run->nr, run->step);
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
    const struct page_info *pg = mfn_to_page(_mfn(run->mfn));
    const unsigned long owner = virt_to_pdx(d);
    uint32_t i;

    if ( !interrex_frames_valid(run->mfn, run->nr) )
        return false;
    for ( i = 0; i < run->nr; i++, pg++ )
        if ( pg->v.inuse._domain != owner )
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
