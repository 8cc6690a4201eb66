/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory map, its pages, and the p2m of domains. */
#include "world_parts.h"

#include <sys/mman.h>

#include <xen/multiboot.h>

#include <asm/e820.h>
#include <asm/setup.h>

#define MAX_PAGES 4096

uint8_t *world_memory;
unsigned int world_bootstrap_maps;

struct e820map e820;
unsigned long total_pages, xen_phys_start;
paddr_t world_xen_start, world_xen_end;
struct world_range world_mapped[WORLD_RANGES], world_heap[WORLD_RANGES];
unsigned int world_nr_mapped, world_nr_heap;

paddr_t __pa(const void *pointer)
{
    if ( pointer == _start )
        return world_xen_start;
    if ( pointer == _end )
        return world_xen_end;

    return (const uint8_t *)pointer - world_memory;
}

int reserve_e820_ram(struct e820map *map, uint64_t start, uint64_t end)
{
    unsigned int i;

    for ( i = 0; i < map->nr_map; i++ )
    {
        struct e820entry *e = &map->map[i], old = *e;
        struct e820entry below = { old.addr, start - old.addr, E820_RAM };
        struct e820entry above = { end, old.addr + old.size - end, E820_RAM };

        if ( old.type != E820_RAM || start < old.addr ||
             end > old.addr + old.size )
            continue;
        memmove(e + 2, e, (map->nr_map - i) * sizeof(*e));
        e[0] = below;
        e[1] = (struct e820entry){ start, end - start, E820_RESERVED };
        e[2] = above;
        map->nr_map += 2;
        return 1;
    }

    return 0;
}

static void note(struct world_range *ranges, unsigned int *nr, uint64_t start,
                 uint64_t end)
{
    assert_true(start < end);
    assert_true(*nr < WORLD_RANGES);
    ranges[(*nr)++] = (struct world_range){ start, end };
}

void set_pdx_range(unsigned long start, unsigned long end)
{
    assert_true(start < end);
}

int map_pages_to_xen(unsigned long virt, mfn_t mfn, unsigned long nr,
                     unsigned int flags)
{
    assert_int_equal(virt, (unsigned long)mfn_to_virt(mfn_x(mfn)));
    note(world_mapped, &world_nr_mapped, pfn_to_paddr(mfn_x(mfn)),
         pfn_to_paddr(mfn_x(mfn) + nr));

    return 0;
}

void init_domheap_pages(paddr_t start, paddr_t end)
{
    note(world_heap, &world_nr_heap, start, end);
}

void *bootstrap_map(const module_t *module)
{
    paddr_t start;

    if ( !module )
    {
        world_bootstrap_maps = 0;
        return NULL;
    }
    start = pfn_to_paddr(module->mod_start);
    if ( start >= WORLD_MEMORY || module->mod_end > WORLD_MEMORY - start )
        return NULL;
    world_bootstrap_maps++;

    return maddr_to_virt(start);
}

/* ---- Pages and p2m ---- */

static struct page_info pages[MAX_PAGES];
static unsigned long gpfns[MAX_PAGES]; /* plus one; 0: not said */
static unsigned int nr_pages;

void world_pages(unsigned long mfn, unsigned int nr, struct domain *d,
                 bool xen_heap)
{
    while ( nr-- )
    {
        assert_true(nr_pages < MAX_PAGES);
        gpfns[nr_pages] = 0;
        pages[nr_pages++] = (struct page_info){
            .count_info = d ? 1 : 0,
            .owner = d,
            .mfn = mfn++,
            .xen_heap = xen_heap,
        };
    }
}

static struct page_info *find_page(mfn_t mfn)
{
    unsigned int i;

    for ( i = 0; i < nr_pages; i++ )
        if ( pages[i].mfn == mfn_x(mfn) )
            return &pages[i];

    return NULL;
}

bool mfn_valid(mfn_t mfn)
{
    return find_page(mfn);
}

/* As in Xen, it can be computed of any frame, and used only if that is valid. */
struct page_info *mfn_to_page(mfn_t mfn)
{
    struct page_info *page = find_page(mfn);

    return page ?: &pages[MAX_PAGES - 1];
}

struct domain *page_get_owner(const struct page_info *page)
{
    return page->owner;
}

bool is_xen_heap_mfn(mfn_t mfn)
{
    return find_page(mfn)->xen_heap;
}

int assign_pages(struct page_info *page, unsigned int nr, struct domain *d,
                 unsigned int flags)
{
    if ( nr > d->max_pages - d->world_pages )
        return -E2BIG;
    d->world_pages += nr;
    while ( nr-- )
    {
        assert_int_equal(page->count_info, 0);
        assert_null(page->owner);
        page->count_info = 1;
        page++->owner = d;
    }

    return 0;
}

void set_gpfn_from_mfn(unsigned long mfn, unsigned long pfn)
{
    struct page_info *page = find_page(_mfn(mfn));

    assert_non_null(page);
    gpfns[page - pages] = pfn + 1;
}

int interrex_pages_assign(struct domain *d, struct page_info *first,
                          uint64_t nr)
{
    return assign_pages(first, nr, d, 0);
}

void interrex_m2p_set(unsigned long mfn, unsigned long gfn, unsigned long nr,
                      int step)
{
    for ( ; nr--; gfn += (long)step )
        set_gpfn_from_mfn(mfn++, gfn);
}

unsigned long get_gpfn_from_mfn(unsigned long mfn)
{
    return find_page(_mfn(mfn)) ? world_gpfn(mfn) : INVALID_M2P_ENTRY;
}

bool get_page(struct page_info *page, const struct domain *d)
{
    if ( page->owner != d )
        return false;
    page->count_info++;

    return true;
}

void put_page(struct page_info *page)
{
    assert_true(page->count_info & PGC_count_mask);
    page->count_info--;
}

void put_page_alloc_ref(struct page_info *page)
{
    assert_int_equal(page->count_info, 1);
    page->count_info = 2; /* of its mappings */
}

unsigned long world_gpfn(unsigned long mfn)
{
    return gpfns[find_page(_mfn(mfn)) - pages] - 1;
}

struct world_entry world_set[WORLD_SET];
unsigned int world_nr_set, world_p2m_fails, paddr_bits;

int p2m_set_entry(struct p2m_domain *p2m, gfn_t gfn, mfn_t mfn,
                  unsigned int order, p2m_type_t type, p2m_access_t access)
{
    assert_true(p2m->lock.taken);
    assert_true(IS_ALIGNED(gfn.n | mfn.n, 1UL << order));
    if ( world_p2m_fails && !--world_p2m_fails )
        return -ENOMEM;
    assert_true(world_nr_set < WORLD_SET);
    world_set[world_nr_set++] = (struct world_entry){ gfn.n, mfn.n, order,
                                                      type, access };

    return 0;
}

void world_p2m(struct domain *d, const struct world_entry *entries,
               unsigned int nr)
{
    unsigned long last = 0;

    if ( nr )
        last = entries[nr - 1].gfn + (1UL << entries[nr - 1].order) - 1;
    d->world_p2m.entries = entries;
    d->world_p2m.nr = nr;
    d->world_p2m.p2m.domain = d;
    d->world_p2m.p2m.max_mapped_pfn = last;
}

struct p2m_domain *p2m_get_hostp2m(struct domain *d)
{
    return &d->world_p2m.p2m;
}

/* A hole is as large as Xen would find it: up to 2 MiB, to the next entry. */
static unsigned int hole_order(const struct domain *d, unsigned long gfn)
{
    unsigned int i, order = 9;

    for ( i = 0; i < d->world_p2m.nr; i++ )
        while ( order &&
                (d->world_p2m.entries[i].gfn | ((1UL << order) - 1)) ==
                    (gfn | ((1UL << order) - 1)) )
            order--;

    return order;
}

mfn_t get_gfn_type_access(struct p2m_domain *p2m, unsigned long gfn,
                          p2m_type_t *type, p2m_access_t *access,
                          unsigned int query, unsigned int *order)
{
    struct domain *d = p2m->domain;
    unsigned int i;

    d->world_p2m.locked++;
    for ( i = 0; i < d->world_p2m.nr; i++ )
    {
        const struct world_entry *e = &d->world_p2m.entries[i];

        if ( gfn < e->gfn || gfn >= e->gfn + (1UL << e->order) )
            continue;
        *type = e->type;
        *access = e->access;
        *order = e->order;
        return _mfn(e->mfn + (gfn - e->gfn));
    }
    *type = p2m_invalid;
    *access = 0;
    *order = hole_order(d, gfn);

    return _mfn(~0UL);
}

void put_gfn(struct domain *d, unsigned long gfn)
{
    assert_true(d->world_p2m.locked);
    d->world_p2m.locked--;
}

void world_memory_begin(void)
{
    if ( !world_memory )
        world_memory = mmap(NULL, WORLD_MEMORY, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                            0);
    else
        madvise(world_memory, WORLD_MEMORY, MADV_DONTNEED);
    assert_true(world_memory != MAP_FAILED);

    world_nr_mapped = world_nr_heap = world_bootstrap_maps = 0;
    world_nr_set = world_p2m_fails = nr_pages = 0;
    paddr_bits = 46;
    e820 = (struct e820map){
        .nr_map = 2,
        .map = { { 0, KB(636), E820_RAM },
                 { MB(1), WORLD_MEMORY - MB(1), E820_RAM } },
    };
    total_pages = PFN_DOWN(WORLD_MEMORY);
    xen_phys_start = 0;
    world_xen_start = MB(2);
    world_xen_end = MB(6);
}
