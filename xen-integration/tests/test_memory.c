/* SPDX-License-Identifier: GPL-2.0-only */
/* state/memory.c: a domain's p2m as extents. */
#include "memory_bench.h"

static void is_extent(const struct irx_extent *e, uint64_t gfn, uint64_t mfn,
                      uint64_t nr, uint32_t type)
{
    assert_int_equal(e->gfn, gfn);
    assert_int_equal(e->mfn, mfn);
    assert_int_equal(e->nr, nr);
    assert_int_equal(e->type, type);
}

/* Exports this p2m; its frames exist and are d's. */
#define export_p2m(entries)                                                   \
    (world_p2m(d, entries, ARRAY_SIZE(entries)),                              \
     own_frames(entries, ARRAY_SIZE(entries)),                                \
     interrex_memory_export(hold, rec, CAPACITY, STIME_MAX))

static void own_frames(const struct world_entry *entries, unsigned int nr)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        if ( entries[i].type == p2m_ram_rw || entries[i].type == p2m_ram_ro )
            world_pages(entries[i].mfn, 1, d, false);
}

static void empty_p2m(void **state)
{
    world_p2m(d, NULL, 0);
    assert_int_equal(interrex_memory_count(hold, STIME_MAX), 0);
    assert_int_equal(interrex_memory_export(hold, rec, 0, STIME_MAX), 0);
    assert_int_equal(rec->extent_count, 0);
}

static void runs_are_joined(void **state)
{
    static const struct world_entry p2m[] = {
        { 0, 0x1000, 0, p2m_ram_rw, p2m_access_rwx },
        { 1, 0x1001, 0, p2m_ram_rw, p2m_access_rwx },
        { 2, 0x1002, 0, p2m_ram_rw, p2m_access_rwx },
        { 0x200, 0x1200, 9, p2m_ram_rw, p2m_access_rwx },
        { 0x400, 0x1400, 9, p2m_ram_rw, p2m_access_rwx },
        { 0x600, 0x1600, 0, p2m_ram_rw, p2m_access_rwx },
        { 0x40000, 0x80000, 18, p2m_ram_rw, p2m_access_rwx },
    };

    assert_int_equal(export_p2m(p2m), 0);
    assert_int_equal(interrex_memory_count(hold, STIME_MAX), 3);
    assert_int_equal(rec->extent_count, 3);
    is_extent(&extents[0], 0, 0x1000, 3, IRX_P2M_RAM_RW);
    is_extent(&extents[1], 0x200, 0x1200, 0x401, IRX_P2M_RAM_RW);
    is_extent(&extents[2], 0x40000, 0x80000, 0x40000, IRX_P2M_RAM_RW);
    assert_int_equal(extents[2].owner, 3);
}

static void what_ends_a_run(void **state)
{
    static const struct world_entry p2m[] = {
        { 0, 0x1000, 0, p2m_ram_rw, p2m_access_rwx },
        { 1, 0x1001, 0, p2m_ram_ro, p2m_access_rwx }, /* type */
        { 2, 0x1003, 0, p2m_ram_ro, p2m_access_rwx }, /* frame */
        { 4, 0x1004, 0, p2m_ram_ro, p2m_access_rwx }, /* place */
        { 5, 0x1005, 0, p2m_ram_ro, p2m_access_r },   /* access */
        { 6, 0x1004, 0, p2m_ram_ro, p2m_access_r },   /* backwards */
    };

    assert_int_equal(export_p2m(p2m), 0);
    assert_int_equal(rec->extent_count, ARRAY_SIZE(p2m));
    is_extent(&extents[1], 1, 0x1001, 1, IRX_P2M_RAM_RO);
    assert_int_equal(extents[4].access, p2m_access_r);
}

/* The next Xen keeps it for itself. */
static void memory_below_1_mib(void **state)
{
    static const struct world_entry low[] = {
        { 0, 0xff, 0, p2m_ram_rw, p2m_access_rwx },
    };
    static const struct world_entry above[] = {
        { 0, 0x100, 0, p2m_ram_rw, p2m_access_rwx },
    };

    assert_int_equal(export_p2m(low), -EOPNOTSUPP);
    assert_int_equal(export_p2m(above), 0);
}

static void owner_ends_a_run(void **state)
{
    static const struct world_entry p2m[] = {
        { 0, 0x2000, 0, p2m_map_foreign, p2m_access_rwx },
        { 1, 0x2001, 0, p2m_map_foreign, p2m_access_rwx },
    };

    world_pages(0x2000, 1, world_domain(7, 1), false);
    world_pages(0x2001, 1, world_domain(8, 1), false);
    assert_int_equal(export_p2m(p2m), 0);
    assert_int_equal(rec->extent_count, 2);
    assert_int_equal(extents[0].owner, 7);
    assert_int_equal(extents[1].owner, 8);
}

static void each_type_has_its_name(void **state)
{
    static const struct world_entry p2m[] = {
        { 0, 0x1000, 0, p2m_ram_rw, p2m_access_rwx },
        { 1, 0x1010, 0, p2m_ram_ro, p2m_access_rwx },
        { 2, 0x3000, 0, p2m_ram_rw, p2m_access_rwx }, /* in Xen's heap */
        { 3, 0xfee00, 0, p2m_mmio_direct, p2m_access_rwx },
        { 4, 0x2000, 0, p2m_grant_map_rw, p2m_access_rwx },
        { 5, 0x2010, 0, p2m_grant_map_ro, p2m_access_rwx },
        { 6, 0x2020, 0, p2m_map_foreign, p2m_access_rwx },
        { 7, 0, 0, p2m_mmio_dm, p2m_access_rwx }, /* nothing is there */
    };
    static const uint32_t types[] = { IRX_P2M_RAM_RW,   IRX_P2M_RAM_RO,
                                      IRX_P2M_XEN_PAGE, IRX_P2M_MMIO,
                                      IRX_P2M_GRANT_RW, IRX_P2M_GRANT_RO,
                                      IRX_P2M_FOREIGN };
    struct domain *other = world_domain(9, 1);
    unsigned int i;

    world_pages(0x3000, 1, d, true);
    world_pages(0x2000, 0x21, other, false);
    assert_int_equal(export_p2m(p2m), 0);
    assert_int_equal(rec->extent_count, ARRAY_SIZE(types));
    for ( i = 0; i < ARRAY_SIZE(types); i++ )
        is_extent(&extents[i], i, p2m[i].mfn, 1, types[i]);
    assert_int_equal(extents[3].owner, 3);
    assert_int_equal(extents[6].owner, 9);
}

/* -EOPNOTSUPP, which check names, and prepare and enter too. */
static void what_cannot_be_carried(void **state)
{
    static const struct world_entry wrong[] = {
        { 5, 0x9000, 0, p2m_ram_rw, p2m_access_rwx }, /* no such frame */
        { 5, 0x2000, 0, p2m_ram_rw, p2m_access_rwx }, /* another's */
        { 5, 0x2001, 0, p2m_ram_ro, p2m_access_rwx }, /* nobody's */
        { 5, 0x9000, 0, p2m_grant_map_rw, p2m_access_rwx },
        { 5, 0x2001, 0, p2m_map_foreign, p2m_access_rwx },
        { 5, 0x1000, 0, p2m_ram_logdirty, p2m_access_rwx },
        { 5, 0x1000, 0, p2m_ram_shared, p2m_access_rwx },
        { 5, 0x1000, 0, p2m_ram_paging_out, p2m_access_rwx },
    };
    unsigned int i;

    world_pages(0x1000, 1, d, false);
    world_pages(0x2000, 1, world_domain(9, 1), false);
    world_pages(0x2001, 1, NULL, false);
    for ( i = 0; i < ARRAY_SIZE(wrong); i++ )
    {
        world_p2m(d, &wrong[i], 1);
        assert_int_equal(interrex_memory_count(hold, STIME_MAX), -EOPNOTSUPP);
        assert_int_equal(
            interrex_memory_export(hold, rec, CAPACITY, STIME_MAX),
            -EOPNOTSUPP);
    }
}

static void no_more_than_there_is_room_for(void **state)
{
    static struct world_entry p2m[CAPACITY + 1];
    unsigned int i;

    for ( i = 0; i <= CAPACITY; i++ )
        p2m[i] = (struct world_entry){ 2 * i, 0x1000 + 2 * i, 0, p2m_ram_rw,
                                       p2m_access_rwx };
    memset(extents, 0xa5, (CAPACITY + 1) * sizeof(*extents));
    assert_int_equal(export_p2m(p2m), -E2BIG);
    assert_int_equal(((uint8_t *)&extents[CAPACITY])[0], 0xa5);
    assert_int_equal(interrex_memory_count(hold, STIME_MAX), CAPACITY + 1);
    world_p2m(d, p2m, CAPACITY);
    assert_int_equal(interrex_memory_export(hold, rec, CAPACITY, STIME_MAX),
                     0);
    assert_int_equal(rec->extent_count, CAPACITY);
    assert_int_equal(
        interrex_memory_export(hold, rec, CAPACITY - 1, STIME_MAX), -E2BIG);
}

static void generation_is_that_of_the_p2m(void **state)
{
    static const struct world_entry p2m[] = {
        { 0, 0x1000, 0, p2m_ram_rw, p2m_access_rwx },
    };

    hold->p2m_changes = 41;
    assert_int_equal(export_p2m(p2m), 0);
    assert_int_equal(rec->p2m_generation, 41);
}

static void large_walk_lets_others_work(void **state)
{
    static struct world_entry last;

    last = (struct world_entry){ 0x100000, 0x1000, 0, p2m_ram_rw,
                                 p2m_access_rwx };
    world_pages(0x1000, 1, d, false);
    world_p2m(d, &last, 1);
    assert_int_equal(interrex_memory_count(hold, STIME_MAX), 1);
    assert_true(world_softirqs >= 0x100000 / 512 / 256);
}

/* In pieces it comes to the same as at once, whoever waits. */
static void large_walk_gives_way(void **state)
{
    static struct world_entry p2m[600];
    unsigned int i, pieces = 1;
    long count;

    for ( i = 0; i < ARRAY_SIZE(p2m);
          i++ ) /* two of three runs begin in one piece and end in the next */
        p2m[i] = (struct world_entry){ i, 0x1000 + i + i / 200, 0, p2m_ram_rw,
                                       p2m_access_rwx };
    world_p2m(d, p2m, ARRAY_SIZE(p2m));
    own_frames(p2m, ARRAY_SIZE(p2m));
    while ( (count = interrex_memory_count(hold, 0)) == -ERESTART )
        pieces++;
    assert_int_equal(pieces, 3);
    assert_int_equal(count, 3);
    assert_int_equal(interrex_memory_count(hold, STIME_MAX), 3);

    hold->p2m_changes = 7;
    assert_int_equal(interrex_memory_export(hold, rec, 3, 0), -ERESTART);
    hold->p2m_changes = 8; /* while it is under way: stale */
    assert_int_equal(interrex_memory_export(hold, rec, 3, 0), -ERESTART);
    assert_int_equal(interrex_memory_export(hold, rec, 3, 0), 0);
    assert_int_equal(rec->p2m_generation, 7);
    assert_int_equal(rec->extent_count, 3);
    is_extent(&extents[1], 200, 0x1000 + 201, 200, IRX_P2M_RAM_RW);
    is_extent(&extents[2], 400, 0x1000 + 402, 200, IRX_P2M_RAM_RW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY_CASE(empty_p2m),
        MEMORY_CASE(runs_are_joined),
        MEMORY_CASE(what_ends_a_run),
        MEMORY_CASE(memory_below_1_mib),
        MEMORY_CASE(owner_ends_a_run),
        MEMORY_CASE(each_type_has_its_name),
        MEMORY_CASE(what_cannot_be_carried),
        MEMORY_CASE(no_more_than_there_is_room_for),
        MEMORY_CASE(generation_is_that_of_the_p2m),
        MEMORY_CASE(large_walk_lets_others_work),
        MEMORY_CASE(large_walk_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
