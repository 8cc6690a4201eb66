/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page tables of a PV domain, at boot: from which is one, of which level, and which are pinned, all types
 * and counts are made in one pass. No domain runs in this Xen yet and it has one CPU: plain stores do.
 *
 * What get_page_type() would make of them one by one (arch/x86/mm.c) takes about five times as long,
 * and refuses what a domain has mapped of others: there it comes by a grant or by a hypercall.
 */
#include <xen/domain_page.h>
#include <xen/init.h>
#include <xen/iocap.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vmap.h>

#include <asm/mm.h>
#include <asm/pv/domain.h>

#include "pv/pv.h"

#define TOP           4u
#define SOFTIRQ_EVERY 64u /* page tables between two looks at softirqs */

/* Entries whose page is counted without a second look: nothing about caches. */
#define PLAIN_FLAGS                                                           \
    (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY |   \
     _PAGE_GLOBAL | _PAGE_AVAIL | _PAGE_GUEST_KERNEL | _PAGE_GNTTAB |         \
     _PAGE_NX)

struct table {
    struct page_info *pg;
    uint16_t counted; /* of its entries */
    uint8_t level;
    bool pinned;
    bool done;
};

struct walk {
    struct domain *d;
    struct table *tables;
    size_t nr;
    intpte_t strip; /* bits that only the Xen before set for itself */
    intpte_t
        special; /* entries with one of these are looked at by Xen's rules */
    /* The piece of 2 MiB of the last page that was looked at, which there are frames for, and the first of these. */
    unsigned long piece;
    struct page_info *frames;
    unsigned long hole; /* the last piece of 2 MiB that there are none for */
    struct page_info *stand_in;
    /* The last piece of 2 MiB with I/O memory, by its first frame; flags of entries that Xen took there as they were. */
    unsigned long io_piece;
    unsigned int io_flags;
    bool io_plain;
    unsigned int steps;
    unsigned int roots; /* that are held */
    bool pinned;        /* pins are counted */
};

/* An entry of a table, for messages. */
struct place {
    const struct table *t;
    unsigned int slot;
    intpte_t pte;
};

static int __init refuse(const struct walk *w, const struct place *p,
                         const char *why)
{
    printk(XENLOG_ERR "Interrex: %pd: L%u table %#lx, entry %u: %#" PRIx64
                      ": %s\n",
           w->d, p->t->level, mfn_x(page_to_mfn(p->t->pg)), p->slot,
           (uint64_t)p->pte, why);

    return -EINVAL;
}

static unsigned long __init level_type(unsigned int level)
{
    return MASK_INSR((unsigned long)level, PGT_type_mask);
}

static bool __init is_level(const struct page_info *pg, unsigned int level)
{
    return (pg->u.inuse.type_info & PGT_type_mask) == level_type(level);
}

/* ---- Which pages are tables ---- */

static int __init take(struct walk *w, const struct irx_pv_table *in,
                       struct table *t)
{
    struct page_info *pg = mfn_to_page(_mfn(in->mfn));

    if ( !mfn_valid(_mfn(in->mfn)) || page_get_owner(pg) != w->d ||
         is_xen_heap_page(pg) || pg->u.inuse.type_info )
    {
        printk(XENLOG_ERR "Interrex: %pd: %#lx is no page table of its own\n",
               w->d, (unsigned long)in->mfn);
        return -EINVAL;
    }

    pg->u.inuse.type_info = level_type(in->level);
    pg->nr_validated_ptes = 0;
    pg->partial_flags = 0;
    pg->linear_pt_count = 0;
    *t = (struct table){ .pg = pg, .level = in->level, .pinned = in->pinned };

    return 0;
}

static int __init read_tables(struct walk *w, const struct irx_stream *late)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_TABLES,
                                                   w->d->domain_id, NULL);
    size_t n = rec ? irx_record_count(late, rec) : 0;
    int rc = 0;

    w->tables = vzalloc((n ?: 1) * sizeof(*w->tables));
    if ( !w->tables )
        return -ENOMEM;

    while ( !rc && w->nr < n )
    {
        struct irx_pv_table in;

        rc = irx_record_get(late, rec, w->nr, &in, sizeof(in));
        if ( !rc )
            rc = take(w, &in, &w->tables[w->nr]);
        if ( !rc )
            w->nr++;
    }

    return rc;
}

/* ---- Marks: a table that counts, because something leads to it ---- */

static void __init mark(struct page_info *pg)
{
    pg->u.inuse.type_info |= PGT_validated;
}

static bool __init is_marked(const struct page_info *pg)
{
    return pg->u.inuse.type_info & PGT_validated;
}

static void __init count(struct page_info *pg)
{
    pg->count_info++;
    pg->u.inuse.type_info++;
}

static int __init cf_check hold_root(struct walk *w, mfn_t mfn)
{
    struct page_info *pg = mfn_to_page(mfn);

    if ( mfn_eq(mfn, INVALID_MFN) )
        return 0;
    if ( !mfn_valid(mfn) || page_get_owner(pg) != w->d || !is_level(pg, TOP) )
    {
        printk(XENLOG_ERR "Interrex: %pd: a vCPU runs on %#lx, which is no "
                          "page table\n",
               w->d, mfn_x(mfn));
        return -EINVAL;
    }
    mark(pg);
    count(pg);
    w->roots++;

    return 0;
}

/* 1: that was the last that is held. */
static int __init cf_check let_root_go(struct walk *w, mfn_t mfn)
{
    if ( !w->roots )
        return 1;
    if ( mfn_eq(mfn, INVALID_MFN) )
        return 0;
    mfn_to_page(mfn)->count_info--;
    w->roots--;

    return 0;
}

/* Calls fn for the tables that vCPUs run on, in their order, until it answers something. */
static int __init for_each_root(struct walk *w, const struct irx_stream *late,
                                int (*fn)(struct walk *w, mfn_t mfn))
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_VCPU,
                                                   w->d->domain_id, NULL);
    static struct irx_pv_vcpu __initdata pv;
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = 0;

    for ( i = 0; !rc && i < n; i++ )
    {
        mfn_t kernel, user;

        rc = irx_record_get(late, rec, i, &pv, sizeof(pv));
        if ( rc )
            break;
        interrex_pv_roots(&pv, &kernel, &user);
        rc = fn(w, kernel) ?: fn(w, user);
    }

    return rc;
}

/* ---- Entries ---- */

/* A table that maps one of its own level: get_*_linear_pagetable(). */
static int __init count_linear(const struct walk *w, const struct place *p,
                               struct page_info *child)
{
    struct page_info *pg = p->t->pg;

    if ( p->pte & _PAGE_RW )
        return refuse(w, p, "maps a page table writable");
    if ( pg->linear_pt_count < 0 || child->linear_pt_count > 0 )
        return refuse(w, p, "is linear twice");
    pg->linear_pt_count++;
    child->linear_pt_count--;
    mark(child);
    count(child);

    return 0;
}

static int __init count_child(const struct walk *w, const struct place *p,
                              unsigned long mfn)
{
    struct page_info *child = mfn_to_page(_mfn(mfn));

    if ( child == p->t->pg )
        return p->pte & _PAGE_RW ? refuse(w, p, "maps itself writable") : 0;
    if ( !mfn_valid(_mfn(mfn)) || page_get_owner(child) != w->d )
        return refuse(w, p, "leads to another's page");
    if ( is_level(child, p->t->level) )
        return count_linear(w, p, child);
    if ( !is_level(child, p->t->level - 1) )
        return refuse(w, p, "leads to no page table of the next level");
    mark(child);
    count(child);

    return 0;
}

/* 0; 1: it cannot be mapped writable, for it is a table or the like. */
static always_inline int count_writable(struct page_info *pg)
{
    const unsigned long type = pg->u.inuse.type_info;

    if ( (type & PGT_type_mask) == PGT_writable_page )
        pg->u.inuse.type_info = type + 1;
    else if ( likely(!(type & PGT_type_mask)) )
        pg->u.inuse.type_info = ((type & (PGT_count_mask | PGT_non_coherent)) |
                                 PGT_writable_page | PGT_validated) +
                                1;
    else
        return 1;
    pg->count_info++;

    return 0;
}

/* As put_data_pages() lets them go. */
static int __init count_superpage(const struct walk *w, const struct place *p,
                                  unsigned long mfn, unsigned long nr)
{
    unsigned long i;

    for ( i = 0; i < nr; i++ )
    {
        struct page_info *pg = mfn_to_page(_mfn(mfn + i));

        if ( !mfn_valid(_mfn(mfn + i)) || page_get_owner(pg) != w->d )
            return refuse(w, p, "leads to another's page");
        if ( !(p->pte & _PAGE_RW) )
            pg->count_info++;
        else if ( count_writable(pg) )
            return refuse(w, p, "maps a page table writable");
    }

    return 0;
}

/*
 * A page of a guest that is quarantined without its grants, or without its memory, when it is nobody's. As under a
 * PVH dom0 that is not its host's loss: what has it mapped reads zeroes from here on, and the guest can end.
 */
static bool __init is_lost(const struct domain *owner)
{
    unsigned int i, count = interrex_anchor()->domains.count;

    if ( owner )
        return !is_system_domain(owner) &&
               interrex_grants_lost(interrex_entry_find(owner->domain_id));
    for ( i = 0; i < count && !interrex_grants_lost(i); i++ )
        ;

    return i < count;
}

/* What stands in for such pages: one of the domain's own, which goes with its last mapping. */
static struct page_info *__init stand_in(struct walk *w)
{
    const unsigned int max_pages = w->d->max_pages;
    void *va;

    if ( w->stand_in )
        return w->stand_in;
    w->d->max_pages = UINT_MAX;
    w->stand_in = alloc_domheap_page(w->d, 0);
    w->d->max_pages = max_pages;
    if ( !w->stand_in )
        return NULL;
    va = __map_domain_page(w->stand_in);
    clear_page(va);
    unmap_domain_page(va);
    set_gpfn_from_mfn(mfn_x(page_to_mfn(w->stand_in)), INVALID_M2P_ENTRY);

    return w->stand_in;
}

static int __init lost_page(struct walk *w, const struct place *p,
                            intpte_t *entry)
{
    struct page_info *pg = stand_in(w);

    if ( !pg )
        return -ENOMEM;
    /* What is left of the flags is for memory as it is everywhere. */
    *entry = put_pte_flags(get_pte_flags(*entry) & ~PAGE_CACHE_ATTRS) |
             page_to_maddr(pg);
    if ( !(*entry & _PAGE_RW) )
        pg->count_info++;
    else if ( count_writable(pg) )
        return refuse(w, p, "maps a page table writable");

    return 0;
}

/*
 * What Xen says of an entry that leads to I/O memory depends on its flags, and on the frame by two sets of
 * ranges: in a piece all of which is in the one, and all or none of it in the other (as of MMCFG's), it says the same to
 * the same flags.
 */
static bool __init is_plain_io(struct walk *w, unsigned long mfn)
{
    const unsigned long s = mfn & ~((1UL << PAGE_ORDER_2M) - 1);
    const unsigned long e = s | ((1UL << PAGE_ORDER_2M) - 1);

    if ( w->io_piece != s )
    {
        w->io_piece = s;
        w->io_flags = 0;
        w->io_plain = iomem_access_permitted(w->d, s, e) &&
                      (rangeset_contains_range(mmio_ro_ranges, s, e) ||
                       !rangeset_overlaps_range(mmio_ro_ranges, s, e));
    }

    return w->io_plain;
}

/* By this Xen's own rules, which may change the entry. */
static int __init count_other(struct walk *w, const struct place *p,
                              intpte_t *entry)
{
    const unsigned long mfn = paddr_to_pfn(*entry & PADDR_MASK);
    l1_pgentry_t l1e = l1e_from_intpte(*entry & ~put_pte_flags(_PAGE_GNTTAB));
    const bool valid = mfn_valid(_mfn(mfn));
    struct domain *owner = valid ? page_get_owner(mfn_to_page(_mfn(mfn)))
                                 : NULL;
    const bool is_io = !valid || owner == dom_io;
    int rc;

    if ( is_io && is_plain_io(w, mfn) && l1e_get_flags(l1e) == w->io_flags )
        return 0;
    if ( !is_io && is_lost(owner) )
        return lost_page(w, p, entry);
    if ( !is_io && !owner )
        return refuse(w, p, "leads to a page that is nobody's");
    rc = get_page_from_l1e(l1e, w->d, is_io ? w->d : owner);
    if ( rc < 0 )
        return refuse(w, p, "is none that this Xen lets it have");
    if ( rc )
        *entry ^= put_pte_flags(rc);
    else if ( is_io )
        w->io_flags = l1e_get_flags(l1e);

    return 0;
}

/* The page that an entry leads to, or NULL: it has no page_info. */
static always_inline struct page_info *page_of(struct walk *w, intpte_t pte)
{
    const unsigned long mfn = paddr_to_pfn(pte & PADDR_MASK);
    const unsigned long piece = mfn >> PAGE_ORDER_2M;

    if ( unlikely(piece != w->piece) )
    {
        if ( piece == w->hole )
            return NULL;
        if ( !mfn_valid(_mfn(piece << PAGE_ORDER_2M)) )
        {
            w->hole = piece;
            return NULL;
        }
        w->piece = piece;
        w->frames = mfn_to_page(_mfn(piece << PAGE_ORDER_2M));
    }

    return w->frames + (mfn & ((1UL << PAGE_ORDER_2M) - 1));
}

/* One that is not simply a page of this domain's. */
static int __init count_entry(struct walk *w, struct place *p, intpte_t *entry)
{
    const unsigned long self = virt_to_pdx(w->d);
    struct page_info *pg;

    *entry &= ~w->strip;
    p->pte = *entry;
    pg = p->pte & w->special ? NULL : page_of(w, p->pte);
    if ( !pg || pg->v.inuse._domain != self )
        return count_other(w, p, entry);
    if ( !(p->pte & _PAGE_RW) )
        pg->count_info++;
    else if ( count_writable(pg) )
        return refuse(w, p, "maps a page table writable");

    return 0;
}

/*
 * Of nr entries from this one on, as long as each differs from the one before in nothing but the next frame, and that is
 * simply this domain's, from pg on: counts the mappings; how many that are.
 */
static always_inline unsigned int count_own(const intpte_t *entry,
                                            struct page_info *pg,
                                            unsigned int nr,
                                            unsigned long self)
{
    intpte_t next = *entry;
    const bool writable = next & _PAGE_RW;
    unsigned int i;

    for ( i = 0; i < nr && entry[i] == next && pg->v.inuse._domain == self;
          i++, pg++, next += PAGE_SIZE )
        if ( !writable )
            pg->count_info++;
        else if ( count_writable(pg) )
            break;

    return i;
}

/* Nearly all of the work: as few steps for each entry as can be. */
static int __init count_l1(struct walk *w, struct place *p, intpte_t *entries)
{
    const unsigned long self = virt_to_pdx(w->d);
    const intpte_t other = w->special | w->strip;
    unsigned int slot, some;
    int rc = 0;

    for ( slot = 0; !rc && slot < L1_PAGETABLE_ENTRIES; slot += some )
    {
        const intpte_t pte = entries[slot];
        struct page_info *pg;

        some = 1;
        if ( !(pte & _PAGE_PRESENT) )
            continue;
        pg = likely(!(pte & other)) ? page_of(w, pte) : NULL;
        if ( likely(pg) )
        {
            /* Frames follow one another to the end of their piece. */
            const unsigned int rest = L1_PAGETABLE_ENTRIES -
                                      max_t(unsigned int, slot,
                                            paddr_to_pfn(pte & PADDR_MASK) %
                                                L1_PAGETABLE_ENTRIES);

            some = count_own(&entries[slot], pg, rest, self);
            if ( likely(some) )
                continue;
            some = 1;
        }
        p->slot = slot;
        rc = count_entry(w, p, &entries[slot]);
    }
    p->slot = slot;

    return rc;
}

/* Tables above: few. */
static int __init count_upper(struct walk *w, struct place *p,
                              const intpte_t *entries)
{
    const unsigned int level = p->t->level;
    int rc = 0;

    for ( ; !rc && p->slot < L1_PAGETABLE_ENTRIES; p->slot++ )
    {
        const unsigned long mfn = paddr_to_pfn(entries[p->slot] & PADDR_MASK);

        p->pte = entries[p->slot];
        if ( !(p->pte & _PAGE_PRESENT) ||
             (level == TOP && !is_guest_l4_slot(w->d, p->slot)) )
            continue;
        if ( level == TOP || !(p->pte & _PAGE_PSE) )
            rc = count_child(w, p, mfn);
        else if ( !is_hardware_domain(w->d) )
            rc = refuse(w, p, "is of a large page");
        else
            rc = count_superpage(w, p, mfn,
                                 level == 2 ? 1UL << PAGE_ORDER_2M
                                            : 1UL << PAGE_ORDER_1G);
    }

    return rc;
}

/* ---- Tables ---- */

/* What an L4 has of Xen is that of the Xen before. */
static void __init adopt_top(const struct walk *w, const struct table *t,
                             intpte_t *entries)
{
    init_xen_l4_slots((l4_pgentry_t *)entries, page_to_mfn(t->pg), w->d,
                      INVALID_MFN, VM_ASSIST(w->d, m2p_strict));
    atomic_inc(&w->d->arch.pv.nr_l4_pages);
}

static int __init count_table(struct walk *w, struct table *t)
{
    intpte_t *entries = map_domain_page(page_to_mfn(t->pg));
    struct place p = { .t = t };
    int rc;

    t->done = true;
    t->pg->nr_validated_ptes = L1_PAGETABLE_ENTRIES;
    if ( t->level == TOP )
        adopt_top(w, t, entries);
    rc = t->level == 1 ? count_l1(w, &p, entries)
                       : count_upper(w, &p, entries);
    t->counted = rc ? p.slot - 1 : L1_PAGETABLE_ENTRIES;
    unmap_domain_page(entries);
    if ( !(++w->steps % SOFTIRQ_EVERY) )
        process_pending_softirqs();

    return rc;
}

/* What nothing leads to is no table any more: it was being made or taken apart, which its domain does again. */
static void __init drop_unmarked(struct walk *w, unsigned int level)
{
    size_t i;

    for ( i = 0; i < w->nr; i++ )
        if ( w->tables[i].level == level && !is_marked(w->tables[i].pg) )
            w->tables[i].pg->u.inuse.type_info = 0;
}

/* All tables of a level that something leads to: from above, which has been counted, or from its own. */
static int __init count_level(struct walk *w, unsigned int level)
{
    bool again;
    size_t i;
    int rc = 0;

    do
    {
        again = false;
        for ( i = 0; !rc && i < w->nr; i++ )
        {
            struct table *t = &w->tables[i];

            if ( t->level != level || t->done || !is_marked(t->pg) )
                continue;
            rc = count_table(w, t);
            again = true;
        }
    } while ( again && !rc );

    return rc;
}

static void __init pin(struct walk *w)
{
    size_t i;

    w->pinned = true;
    for ( i = 0; i < w->nr; i++ )
        if ( w->tables[i].pinned )
        {
            count(w->tables[i].pg);
            w->tables[i].pg->u.inuse.type_info |= PGT_pinned | PGT_validated;
        }
}

/* ---- The way back, of a guest that is refused: as if nothing of it had been counted ---- */

static void __init uncount_entry(const struct walk *w, const struct table *t,
                                 intpte_t pte)
{
    struct page_info *child = mfn_to_page(
        _mfn(paddr_to_pfn(pte & PADDR_MASK)));

    if ( t->level == 1 )
        put_page_from_l1e(l1e_from_intpte(pte & ~put_pte_flags(_PAGE_GNTTAB)),
                          w->d);
    else if ( child != t->pg )
        child->count_info--; /* its type goes as a whole */
}

static void __init uncount_table(const struct walk *w, const struct table *t)
{
    const intpte_t *entries = map_domain_page(page_to_mfn(t->pg));
    unsigned int i;

    for ( i = 0; i < t->counted; i++ )
        if ( (entries[i] & _PAGE_PRESENT) &&
             (t->level != TOP || is_guest_l4_slot(w->d, i)) )
            uncount_entry(w, t, entries[i]);
    unmap_domain_page(entries);
}

static void __init undo(struct walk *w, const struct irx_stream *late)
{
    size_t i;

    for ( i = 0; i < w->nr; i++ )
    {
        struct table *t = &w->tables[i];

        if ( t->done )
            uncount_table(w, t);
        if ( t->done && t->level == TOP )
            atomic_dec(&w->d->arch.pv.nr_l4_pages);
        if ( w->pinned && t->pinned )
            t->pg->count_info--;
    }
    for_each_root(w, late, let_root_go);

    /* One that was dropped may have been mapped writable since, and is not of its level any more. */
    for ( i = 0; i < w->nr; i++ )
        if ( is_level(w->tables[i].pg, w->tables[i].level) )
            w->tables[i].pg->u.inuse.type_info = 0;
}

/* ---- All of it ---- */

/* Bits that the Xen before set in entries, and this one does not know. -EINVAL: they mean another thing. */
static int __init compare_bits(struct walk *w, const struct irx_stream *late)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_DOMAIN,
                                                   w->d->domain_id, NULL);
    struct irx_pv_domain in;

    if ( !rec )
        return -ENOENT;
    irx_record_copy(rec, &in, sizeof(in));
    if ( in.kernel_pte != put_pte_flags(_PAGE_GUEST_KERNEL) )
    {
        printk(XENLOG_ERR "Interrex: %pd: its kernel's pages are marked by "
                          "%#" PRIx64 ", not by %#" PRIx64 "\n",
               w->d, in.kernel_pte, put_pte_flags(_PAGE_GUEST_KERNEL));
        return -EINVAL;
    }
    w->strip = in.grant_pte & ~put_pte_flags(_PAGE_GNTTAB);

    return 0;
}

int __init interrex_pv_tables_import(const struct irx_stream *late,
                                     struct domain *d)
{
    struct walk w = {
        .d = d,
        .special = put_pte_flags(0xffffff & ~PLAIN_FLAGS),
        .piece = ~0UL,
        .hole = ~0UL,
        .io_piece = ~0UL,
    };
    unsigned int level;
    int rc = compare_bits(&w, late);

    if ( !rc )
        rc = read_tables(&w, late);
    if ( !rc )
        rc = for_each_root(&w, late, hold_root);
    if ( !rc )
        pin(&w);
    for ( level = TOP; !rc && level; level-- )
    {
        rc = count_level(&w, level);
        /* Only from here on it is known what leads to them; and mappings are counted next. */
        if ( level > 1 )
            drop_unmarked(&w, level);
        if ( level == 2 )
            drop_unmarked(&w, 1);
    }
    if ( rc )
        undo(&w, late);
    vfree(w.tables);
    if ( w.stand_in )
        put_page_alloc_ref(w.stand_in);

    return rc;
}
