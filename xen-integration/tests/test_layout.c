/* SPDX-License-Identifier: GPL-2.0-only */
/* region/layout.c: where things are in R. */
#include "world.h"

#include "region/region.h"

static const uint64_t sizes[] = { MB(128),  MB(256), MB(258),
                                  MB(1024), GB(3),   GB(4) - MB(2) };

struct piece {
    uint64_t off, size;
};

/* Everything that the layout gives, in the order of the anchor. */
static unsigned int pieces(const struct irx_anchor *a, struct piece *p)
{
    const struct irx_table *tables[] = { &a->cpus, &a->domains, &a->vcpus };
    const struct irx_span *spans[] = {
        &a->log,      &a->failure,       &a->data,         &a->early,
        &a->late,     &a->entry,         &a->shim,         &a->shim_heap,
        &a->fallback, &a->slots[0].span, &a->slots[1].span
    };
    unsigned int i, n = 0;

    for ( i = 0; i < ARRAY_SIZE(tables); i++ )
        p[n++] = (struct piece){ tables[i]->off, (uint64_t)tables[i]->stride *
                                                     tables[i]->count };
    for ( i = 0; i < ARRAY_SIZE(spans); i++ )
        p[n++] = (struct piece){ spans[i]->off, spans[i]->size };

    return n;
}

static void nothing_overlaps_and_all_lies_inside(void **state)
{
    unsigned int s, i;

    for ( s = 0; s < ARRAY_SIZE(sizes); s++ )
    {
        struct irx_anchor a = {};
        struct piece p[16];
        uint64_t need, end = PAGE_SIZE; /* of the anchor */
        unsigned int n;

        assert_int_equal(interrex_layout(&a, sizes[s], &need), 0);
        assert_true(need <= sizes[s]);
        n = pieces(&a, p);
        for ( i = 0; i < n; i++ )
        {
            assert_true(p[i].off >= end);
            assert_true(p[i].size);
            assert_true(IS_ALIGNED(p[i].off, PAGE_SIZE));
            end = p[i].off + p[i].size;
        }
        assert_true(end <= sizes[s]);
    }
}

static void tables_hold_whole_entries(void **state)
{
    struct irx_anchor a = {};
    uint64_t need;

    assert_int_equal(interrex_layout(&a, MB(256), &need), 0);
    assert_true(a.cpus.stride >= sizeof(struct irx_cpu));
    assert_true(a.domains.stride >= sizeof(struct irx_domain));
    assert_true(a.vcpus.stride >= sizeof(struct irx_vcpu));
    assert_int_equal(a.cpus.stride % 64, 0);
    assert_int_equal(a.domains.stride % 64, 0);
    assert_int_equal(a.vcpus.stride % 64, 0);
    assert_int_equal(a.domains.count, INTERREX_MAX_DOMAINS);
    assert_true(a.log.size > sizeof(struct irx_log));
}

static void counts_follow_the_host_and_the_size(void **state)
{
    struct irx_anchor a = {};
    uint64_t need;

    assert_int_equal(interrex_layout(&a, MB(128), &need), 0);
    assert_int_equal(a.cpus.count, 64);
    assert_int_equal(a.vcpus.count, 256);

    nr_cpu_ids = NR_CPUS;
    assert_int_equal(interrex_layout(&a, GB(1), &need), 0);
    assert_int_equal(a.cpus.count, NR_CPUS);
    assert_int_equal(a.vcpus.count, 2048);
}

static void image_slots_are_alike_and_take_the_rest(void **state)
{
    unsigned int s;

    for ( s = 0; s < ARRAY_SIZE(sizes); s++ )
    {
        struct irx_anchor a = {};
        const struct irx_span *one = &a.slots[0].span, *two = &a.slots[1].span;
        uint64_t need;

        assert_int_equal(interrex_layout(&a, sizes[s], &need), 0);
        assert_int_equal(one->size, two->size);
        assert_true(one->size >= MB(16));
        assert_true(IS_ALIGNED(one->off, MB(2)));
        assert_true(IS_ALIGNED(two->off, MB(2)));
        assert_true(sizes[s] - (two->off + two->size) < MB(6));
    }
}

/* What docs/limits.md says: a host of 2 GB does with 64 MiB, and with 72 it has a fallback. */
static void small_host_has_enough(void **state)
{
    struct irx_anchor a = {};
    uint64_t need;

    total_pages = PFN_DOWN(GB(2));
    assert_int_equal(interrex_layout(&a, MB(64), &need), 0);
    assert_int_equal(a.fallback.size, 0);
    assert_int_equal(interrex_layout_with_fallback(MB(64)), MB(72));
}

/* Where there is no room for a fallback, the size that is named has it, and nothing smaller. */
static void fallback_where_there_is_room(void **state)
{
    struct irx_anchor a = {};
    uint64_t need, least, size;

    for ( size = MB(2); interrex_layout(&a, size, &need); size += MB(2) )
        ;
    assert_int_equal(a.fallback.size, 0);

    least = interrex_layout_with_fallback(MB(2));
    for ( size = MB(2); size < least; size += MB(2) )
    {
        memset(&a, 0, sizeof(a));
        interrex_layout(&a, size, &need);
        assert_int_equal(a.fallback.size, 0);
    }
    memset(&a, 0, sizeof(a));
    assert_int_equal(interrex_layout(&a, least, &need), 0);
    assert_true(a.fallback.size >= MB(8));
    assert_true(a.slots[0].span.size >= MB(16));
    assert_int_equal(interrex_layout_with_fallback(least), least);
}

/* The size that is named when R is too small is enough, and the least. */
static void too_small_says_how_much_is_needed(void **state)
{
    uint64_t size, need, again;
    struct irx_anchor a = {};

    for ( size = 0; size < MB(16); size += MB(2) )
    {
        assert_int_equal(interrex_layout(&a, size, &need), -ENOSPC);
        assert_true(need > size);
    }
    assert_int_equal(interrex_layout(&a, need, &again), 0);
    assert_int_equal(again, need);
    assert_true(a.slots[1].span.off + a.slots[1].span.size <= need);
    assert_int_equal(interrex_layout(&a, need - 1, &again), -ENOSPC);
}

/* A large host's nested page tables get a quarter of R, no more. */
static void heap_follows_memory_up_to_a_quarter(void **state)
{
    struct irx_anchor small = {}, large = {}, huge = {};
    uint64_t need;

    total_pages = PFN_DOWN(GB(2));
    assert_int_equal(interrex_layout(&small, GB(1), &need), 0);
    total_pages = PFN_DOWN(GB(64));
    assert_int_equal(interrex_layout(&large, GB(1), &need), 0);
    assert_true(large.shim_heap.size - small.shim_heap.size >=
                GB(62) / 512 - MB(2));
    total_pages = PFN_DOWN(GB(12ULL * 1024));
    assert_int_equal(interrex_layout(&huge, GB(1), &need), 0);
    assert_true(huge.shim_heap.size >= MB(256));
    assert_true(huge.shim_heap.size < MB(256) + MB(96));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_overlaps_and_all_lies_inside),
        CASE(tables_hold_whole_entries),
        CASE(counts_follow_the_host_and_the_size),
        CASE(image_slots_are_alike_and_take_the_rest),
        CASE(small_host_has_enough),
        CASE(fallback_where_there_is_room),
        CASE(too_small_says_how_much_is_needed),
        CASE(heap_follows_memory_up_to_a_quarter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
