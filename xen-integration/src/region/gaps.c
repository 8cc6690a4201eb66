/* SPDX-License-Identifier: GPL-2.0-only */
/* Gaps between preserved memory; see gaps.h. */
#include <xen/mm.h>
#include <xen/pfn.h>

#include <asm/cpufeature.h>
#include <asm/page.h>

#include "region/gaps.h"

/* What a Xen needs for itself before it has a heap, beyond the tables below. */
#define BOOT_RESERVE MB(32)
/* Of low memory a Xen gets so much to boot in, if there is as much. */
#define LOW_FIRST MB(32)
/* A frame's entries in the machine-to-physical tables: Xen's, and that of 32-bit guests. */
#define M2P_ENTRY (sizeof(unsigned long) + sizeof(unsigned int))
#define LOW_END   GB(4)

bool interrex_gap_next(struct interrex_gap_walk *w, struct interrex_gap *gap)
{
    for ( ; w->entry < w->free->nr_map; w->entry++, w->pos = 0 )
    {
        const struct e820entry *ram = &w->free->map[w->entry];
        paddr_t s = max_t(paddr_t, w->pos, PAGE_ALIGN(ram->addr));
        paddr_t e = (ram->addr + ram->size) & PAGE_MASK;

        s = max_t(paddr_t, s, MB(1));
        if ( ram->type != E820_RAM )
            continue;

        while ( s < e )
        {
            paddr_t ps, pe;

            while ( w->next < w->nr && pfn_to_paddr(w->list[w->next].mfn +
                                                    w->list[w->next].nr) <= s )
                w->next++;

            if ( w->next == w->nr ||
                 (ps = pfn_to_paddr(w->list[w->next].mfn)) >= e )
            {
                *gap = (struct interrex_gap){ s, e };
                w->pos = e;
                return true;
            }

            pe = pfn_to_paddr(w->list[w->next].mfn + w->list[w->next].nr);
            if ( s < ps )
            {
                *gap = (struct interrex_gap){ s, ps };
                w->pos = pe;
                return true;
            }
            s = pe;
        }
    }

    return false;
}

static paddr_t size_of(const struct interrex_gap *gap)
{
    return gap->e - gap->s;
}

/* The piece that has to lie below 4 GiB: the largest one there. nr: there is none. */
static unsigned int low_piece(const struct interrex_gaps *gaps)
{
    unsigned int i, low = gaps->nr;

    for ( i = 0; i < gaps->nr && gaps->gap[i].e <= LOW_END; i++ )
        if ( low == gaps->nr ||
             size_of(&gaps->gap[i]) > size_of(&gaps->gap[low]) )
            low = i;

    return low;
}

/* The smallest one that may go; what has to lie below 4 GiB keeps its largest. */
static unsigned int least(const struct interrex_gaps *gaps)
{
    const unsigned int low = low_piece(gaps);
    unsigned int i, least = gaps->nr;

    for ( i = 0; i < gaps->nr; i++ )
        if ( i != low &&
             (least == gaps->nr ||
              size_of(&gaps->gap[i]) < size_of(&gaps->gap[least])) )
            least = i;

    return least;
}

/* Puts a gap, behind all others, among the largest ones. */
static void choose(struct interrex_gaps *gaps, paddr_t s, paddr_t e)
{
    struct interrex_gap g = {
        .s = ROUNDUP(s, MB(2)),
        .e = e & ~(paddr_t)(MB(2) - 1),
    };
    unsigned int out;

    if ( g.s >= g.e )
        return;

    if ( gaps->nr == INTERREX_NR_GAPS )
    {
        out = least(gaps);
        /* A low one may be larger than what is kept for that. */
        if ( size_of(&g) <= size_of(&gaps->gap[out]) )
            return;
        memmove(&gaps->gap[out], &gaps->gap[out + 1],
                (gaps->nr - out - 1) * sizeof(g));
        gaps->nr--;
    }
    gaps->gap[gaps->nr++] = g;
}

void interrex_gaps_choose(struct interrex_gaps *gaps,
                          const struct e820map *free,
                          const struct irx_preserved *list, unsigned int nr)
{
    struct interrex_gap_walk w = { .free = free, .list = list, .nr = nr };
    struct interrex_gap gap;

    gaps->nr = 0;
    while ( interrex_gap_next(&w, &gap) )
    {
        /* One over 4 GiB is two. */
        if ( gap.s < LOW_END && gap.e > LOW_END )
        {
            choose(gaps, gap.s, LOW_END);
            gap.s = LOW_END;
        }
        choose(gaps, gap.s, gap.e);
    }
}

static uint64_t ram_pages(const struct e820map *all)
{
    uint64_t ram = 0;
    unsigned int i;

    for ( i = 0; i < all->nr_map; i++ )
        if ( all->map[i].type == E820_RAM )
            ram += all->map[i].size;

    return ram >> PAGE_SHIFT;
}

/* Pieces of a whole GiB, at a multiple of it. */
static uint64_t whole_gibs(const struct interrex_gaps *gaps)
{
    uint64_t count = 0;
    unsigned int i;

    for ( i = 0; i < gaps->nr; i++ )
    {
        paddr_t s = ROUNDUP(gaps->gap[i].s, GB(1));
        paddr_t e = gaps->gap[i].e & ~(paddr_t)(GB(1) - 1);

        count += e > s ? (e - s) >> 30 : 0;
    }

    return count;
}

static uint64_t frames_size(const struct e820map *all)
{
    return ram_pages(all) * sizeof(struct page_info);
}

uint64_t interrex_gaps_size(const struct interrex_gaps *gaps)
{
    uint64_t bytes = 0;
    unsigned int i;

    for ( i = 0; i < gaps->nr; i++ )
        bytes += size_of(&gaps->gap[i]);

    return bytes;
}

/* init_frametable_chunk() takes 1 GiB at once where it can map as much at once. */
static bool enough_gibs(const struct interrex_gaps *gaps,
                        const struct e820map *all)
{
    return !cpu_has_page1gb || whole_gibs(gaps) >= frames_size(all) >> 30;
}

static uint64_t need_of(const struct interrex_gaps *gaps,
                        const struct e820map *all, uint64_t more)
{
    const uint64_t need = frames_size(all) + ram_pages(all) * M2P_ENTRY +
                          BOOT_RESERVE + more;

    return interrex_gaps_size(gaps) >= need && gaps->gap[0].e <= LOW_END &&
                   enough_gibs(gaps, all)
               ? 0
               : need;
}

uint64_t interrex_gaps_need(const struct interrex_gaps *gaps,
                            const struct e820map *all)
{
    return need_of(gaps, all, 0);
}

/* The end of a gap, so many bytes of it. */
static struct interrex_gap end_of(const struct interrex_gap *gap,
                                  uint64_t bytes)
{
    struct interrex_gap end = *gap;

    if ( bytes < size_of(gap) )
        end.s = (gap->e - bytes) & ~(paddr_t)(MB(2) - 1);

    return end;
}

static bool better(const struct interrex_gap *a, const struct interrex_gap *b)
{
    const bool low_a = a->s < LOW_END, low_b = b->s < LOW_END;

    return low_a != low_b ? low_b : size_of(a) > size_of(b);
}

void interrex_gaps_trim(struct interrex_gaps *gaps,
                        const struct interrex_gaps *all, uint64_t bytes)
{
    const unsigned int low = low_piece(all);
    uint64_t keep[INTERREX_NR_GAPS] = { 0 }, got = 0;
    unsigned int i;

    if ( low < all->nr )
        got = keep[low] = min_t(uint64_t, size_of(&all->gap[low]), LOW_FIRST);

    /* The largest ones, as much as is wanted of each; low memory is for those who need that. */
    while ( got < bytes )
    {
        unsigned int largest = all->nr;

        for ( i = 0; i < all->nr; i++ )
            if ( keep[i] < size_of(&all->gap[i]) &&
                 (largest == all->nr ||
                  better(&all->gap[i], &all->gap[largest])) )
                largest = i;
        if ( largest == all->nr )
            break;
        got -= keep[largest];
        keep[largest] = min_t(uint64_t, size_of(&all->gap[largest]),
                              bytes - got);
        got += keep[largest];
    }

    gaps->nr = 0;
    for ( i = 0; i < all->nr; i++ )
        if ( keep[i] )
            gaps->gap[gaps->nr++] = end_of(&all->gap[i], keep[i]);
}

void interrex_gaps_insert(struct interrex_gaps *gaps,
                          const struct interrex_gap *piece)
{
    unsigned int i = 0;

    if ( piece->s >= piece->e )
        return;
    if ( gaps->nr == INTERREX_NR_GAPS )
    {
        const unsigned int out = least(gaps);

        memmove(&gaps->gap[out], &gaps->gap[out + 1],
                (--gaps->nr - out) * sizeof(*piece));
    }
    while ( i < gaps->nr && gaps->gap[i].s < piece->s )
        i++;
    memmove(&gaps->gap[i + 1], &gaps->gap[i],
            (gaps->nr++ - i) * sizeof(*piece));
    gaps->gap[i] = *piece;
}

void interrex_gaps_cut(struct interrex_gaps *gaps,
                       const struct interrex_gap *piece)
{
    unsigned int i;

    for ( i = 0; i < gaps->nr; i++ )
        if ( gaps->gap[i].s <= piece->s && piece->e <= gaps->gap[i].e )
        {
            const struct interrex_gap above = { piece->e, gaps->gap[i].e };

            gaps->gap[i].e = piece->s;
            if ( gaps->gap[i].s == gaps->gap[i].e )
                memmove(&gaps->gap[i], &gaps->gap[i + 1],
                        (--gaps->nr - i) * sizeof(above));
            interrex_gaps_insert(gaps, &above);
            return;
        }
}

/* Takes s to e, all of it of one entry, out of map. */
static void cut(struct e820map *map, uint64_t s, uint64_t e)
{
    unsigned int i;

    for ( i = 0; i < map->nr_map; i++ )
    {
        struct e820entry *entry = &map->map[i];
        uint64_t end = entry->addr + entry->size;

        if ( entry->type != E820_RAM || s < entry->addr || e > end )
            continue;
        entry->size = s - entry->addr;
        if ( e == end || map->nr_map == ARRAY_SIZE(map->map) )
            return;
        memmove(entry + 2, entry + 1, (map->nr_map - i - 1) * sizeof(*entry));
        entry[1] = (struct e820entry){ e, end - e, E820_RAM };
        map->nr_map++;
        return;
    }
}

uint64_t interrex_boot_need(const struct irx_preserved *list, unsigned int nr,
                            uint64_t more)
{
    static struct e820map free; /* operations are serialised */
    static struct interrex_gaps gaps;

    free = e820;
    cut(&free, interrex_region.start,
        interrex_region.start + interrex_region.size);
    interrex_gaps_choose(&gaps, &free, list, nr);

    return need_of(&gaps, &e820, more);
}
