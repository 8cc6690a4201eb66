/* SPDX-License-Identifier: GPL-2.0-only */
/* resume/memory.c: a Xen boots beside preserved memory. */
#include "heap_noted.h"

#include <xen/kexec.h>

#include <asm/cpufeature.h>
#include <asm/e820.h>
#include <asm/interrex-boot.h>
#include <asm/setup.h>

#include "resume/resume.h"

/* The list, in R. */
#define LIST_OFF   MB(1)
#define MAX_PIECES 2048
void interrex_stage(uint32_t stage)
{
}

static struct irx_preserved *list;
static unsigned int nr;

/* ---- A machine ---- */

/* Memory as firmware tells of it, which is what is booted with. */
static struct e820map boot_map;

static void machine(const struct e820map *map)
{
    boot_map = e820 = *map;
}

static void preserve(uint64_t start, uint64_t end)
{
    assert_true(nr < MAX_PIECES);
    list[nr++] = (struct irx_preserved){
        .mfn = PFN_DOWN(start),
        .nr = PFN_DOWN(end - start),
        .owner = 1,
        .kind = IRX_PRESERVED_DOMAIN,
    };
}

static const struct e820map plain = { 3,
                                      { { 0, KB(636), E820_RAM },
                                        { MB(1), GB(2) - MB(1), E820_RAM },
                                        { GB(4), GB(4), E820_RAM } } };

static int memory_begin(void **state)
{
    int rc = world_begin(state);

    machine(&plain);
    interrex_region.start = MB(16);
    interrex_region.size = MB(64);
    list = maddr_to_virt(interrex_region.start + LIST_OFF);
    nr = 0;
    cpu_has_page1gb = false;
    interrex_begin_resumed();

    return rc;
}
#define MEMORY_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, memory_begin, world_end)

/* ---- The list ---- */

static bool valid(void)
{
    return interrex_preserved_is_ram(list, nr, &boot_map);
}

static void good_lists(void **state)
{
    assert_true(valid()); /* none at all */
    preserve(MB(1), MB(2));
    preserve(MB(2), MB(4)); /* follows at once */
    preserve(MB(100), GB(2));
    preserve(GB(4), GB(8));
    assert_true(valid());
    assert_string_equal(world_log, "");
}

static void pieces_outside_of_memory(void **state)
{
    static const struct {
        uint64_t start, end;
    } wrong[] = {
        { GB(2) - PAGE_SIZE, GB(2) + PAGE_SIZE },
        { GB(2), GB(2) + PAGE_SIZE }, /* a hole */
        { GB(1), GB(5) },             /* over one */
        { GB(8), GB(8) + PAGE_SIZE }, /* behind all */
        { GB(4) - PAGE_SIZE, GB(4) + PAGE_SIZE },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(wrong); i++ )
    {
        nr = 0;
        preserve(wrong[i].start, wrong[i].end);
        assert_false(valid());
        assert_non_null(strstr(world_log, "is not RAM"));
    }
    boot_map.map[1].type = E820_RESERVED;
    nr = 0;
    preserve(MB(16), MB(32));
    assert_false(valid());
}

/* A page is RAM only if all of it is. */
static void edges_of_ram_within_a_page(void **state)
{
    boot_map.map[1].addr = MB(1) + 1;
    boot_map.map[1].size = MB(16);
    preserve(MB(1), MB(2));
    assert_false(valid());
    nr = 0;
    preserve(MB(1) + PAGE_SIZE, MB(2));
    assert_true(valid());
    nr = 0;
    preserve(MB(17), MB(17) + PAGE_SIZE);
    assert_false(valid());
}

/* ---- What the boot allocator and the heap get ---- */

static void exclude(void)
{
    interrex_preserved_import(&boot_map, list, LIST_OFF, nr);
}

static bool overlap(uint64_t s, uint64_t e, uint64_t s2, uint64_t e2)
{
    return s < e2 && s2 < e;
}

static void overlaps_nothing_preserved(uint64_t start, uint64_t end)
{
    unsigned int i;

    for ( i = 0; i < nr; i++ )
        assert_false(overlap(start, end, pfn_to_paddr(list[i].mfn),
                             pfn_to_paddr(list[i].mfn + list[i].nr)));
}

/*
 * Boots, and looks that the two together have each whole page of RAM from 1 MiB
 * on that is not preserved, once. Returns how many pieces the allocator got.
 */
static unsigned int boot(void)
{
    const struct e820map before = boot_map;
    uint64_t ram = 0, kept = 0, given = 0, last = MB(1);
    unsigned int i, j, pieces = 0;

    assert_true(valid());
    exclude();
    interrex_free_rest();

    for ( i = 0; i < before.nr_map; i++ )
    {
        uint64_t s = max(PAGE_ALIGN(before.map[i].addr), (uint64_t)MB(1));
        uint64_t e = (before.map[i].addr + before.map[i].size) & PAGE_MASK;

        if ( before.map[i].type == E820_RAM && e > s )
            ram += e - s;
    }
    for ( i = 0; i < nr; i++ )
        kept += pfn_to_paddr(list[i].nr);

    for ( i = 0; i < boot_map.nr_map; i++ )
    {
        const struct e820entry *e = &boot_map.map[i];

        if ( e->addr < MB(1) )
            continue;
        assert_int_equal(e->type, E820_RAM);
        assert_true(e->addr >= last);
        assert_true(e->size);
        assert_true(IS_ALIGNED(e->addr, MB(2)));
        assert_true(IS_ALIGNED(e->size, MB(2)));
        last = e->addr + e->size;
        overlaps_nothing_preserved(e->addr, last);
        given += e->size;
        pieces++;
        for ( j = 0; j < world_nr_heap; j++ )
            assert_false(overlap(e->addr, last, world_heap[j].start,
                                 world_heap[j].end));
    }
    for ( i = 0; i < world_nr_heap; i++ )
    {
        assert_true(IS_ALIGNED(world_heap[i].start, PAGE_SIZE));
        assert_true(IS_ALIGNED(world_heap[i].end, PAGE_SIZE));
        assert_true(!i || world_heap[i].start >= world_heap[i - 1].end);
        overlaps_nothing_preserved(world_heap[i].start, world_heap[i].end);
        given += world_heap[i].end - world_heap[i].start;
    }
    assert_int_equal(given, ram - kept);

    return pieces;
}

static void nothing_preserved(void **state)
{
    assert_int_equal(boot(), 2);
    /* Below 1 MiB all is as it was. */
    assert_int_equal(boot_map.map[0].addr, 0);
    assert_int_equal(boot_map.map[0].size, KB(636));
}

static void few_large_pieces(void **state)
{
    preserve(MB(64), MB(320));
    preserve(GB(1), GB(1) + MB(512));
    preserve(GB(4), GB(5));
    assert_int_equal(boot(), 2); /* of them it boots in */
}

static void pieces_that_do_not_end_at_2_mib(void **state)
{
    preserve(MB(64) + PAGE_SIZE, MB(320) - PAGE_SIZE);
    preserve(MB(320) + 3 * PAGE_SIZE,
             MB(321)); /* a gap of four pages before it */
    preserve(MB(323) - PAGE_SIZE,
             MB(325) + PAGE_SIZE); /* and one without 2 MiB in a row */
    assert_int_equal(boot(), 2);
    assert_true(world_nr_heap >= 4);
}

/* A guest of 20,000 pieces looks like this. */
static void more_gaps_than_the_allocator_can_have(void **state)
{
    unsigned int i;

    for ( i = 0; i < 150; i++ )
        preserve(MB(8 + 8 * i), MB(8 + 8 * i) + PAGE_SIZE);
    for ( i = 0; i < 10; i++ )
        preserve(GB(4) + MB(400 * i), GB(4) + MB(400 * i + 100));
    /* It is taken from the largest one, and of low memory. */
    assert_int_equal(boot(), 2);
    assert_int_equal(boot_map.map[boot_map.nr_map - 1].addr +
                         boot_map.map[boot_map.nr_map - 1].size,
                     GB(8));
}

static void every_second_page(void **state)
{
    unsigned int i;

    for ( i = 0; i < 200; i++ )
        preserve(MB(16) + 2 * i * PAGE_SIZE, MB(16) + (2 * i + 1) * PAGE_SIZE);
    assert_int_equal(boot(), 2);
}

static void ram_that_begins_and_ends_within_a_page(void **state)
{
    static const struct e820map odd = { 4,
                                        { { 0, KB(636) + 17, E820_RAM },
                                          { MB(1) + 5, MB(64) + 11, E820_RAM },
                                          { MB(128), MB(64), E820_RESERVED },
                                          { MB(256) - 1, GB(1), E820_RAM } } };

    machine(&odd);
    preserve(MB(32), MB(33));
    boot();
}

static void ram_over_the_first_mib(void **state)
{
    static const struct e820map odd = { 1, { { 0, GB(1), E820_RAM } } };

    machine(&odd);
    preserve(MB(1), MB(4));
    boot();
}

static void nothing_is_left(void **state)
{
    preserve(MB(1), GB(2));
    preserve(GB(4), GB(8));
    expect_panic(exclude());
    assert_non_null(strstr(world_log, "too little free memory"));
}

/* Enough in all, but in pieces of less than 2 MiB. */
static void only_small_pieces_are_left(void **state)
{
    static const struct e820map small = { 1,
                                          { { MB(1), MB(511), E820_RAM } } };
    unsigned int i;

    machine(&small);
    for ( i = 0; i < 511; i++ )
        preserve(MB(1 + i), MB(1 + i) + PAGE_SIZE);
    expect_panic(exclude());
}

/* What has to lie below 4 GiB has no place. */
static void nothing_is_left_below_4_gib(void **state)
{
    preserve(MB(1), GB(2));
    expect_panic(exclude());
}

/* However small it is beside the others. */
static void a_gap_below_4_gib_is_kept(void **state)
{
    unsigned int i;

    preserve(MB(1), MB(64));
    preserve(MB(66), GB(2));
    for ( i = 0; i < 65; i++ )
        preserve(GB(4) + MB(60 * i), GB(4) + MB(60 * i + 30));
    assert_int_equal(boot(), 2);
    assert_int_equal(boot_map.map[1].addr, MB(64));
    assert_int_equal(boot_map.map[1].size, MB(2));
}

static void a_gap_over_4_gib_is_two(void **state)
{
    static const struct e820map through = { 1,
                                            { { MB(1), GB(6), E820_RAM } } };

    machine(&through);
    preserve(MB(1), GB(3));
    assert_int_equal(boot(), 2);
}

/* Frame tables of large hosts are made of whole GiB, where the CPU maps these. */
static void whole_gibs_for_a_large_frame_table(void **state)
{
    static const struct e820map large = {
        2, { { MB(1), GB(2), E820_RAM }, { GB(4), GB(160), E820_RAM } }
    };
    unsigned int i;

    machine(&large);
    preserve(GB(1), GB(1) + PAGE_SIZE);
    for ( i = 0; i < 160; i++ )
        preserve(GB(4 + i), GB(4 + i) + PAGE_SIZE);
    cpu_has_page1gb = true;
    expect_panic(exclude());
    machine(&large);
    nr = 80; /* the second half is free */
    exclude();
    machine(&large);
    nr = 161;
    cpu_has_page1gb = false;
    exclude();
}

/* The machine-to-physical tables take a third as much as the frame table does. */
static void too_little_for_the_m2p(void **state)
{
    static const struct e820map large = {
        2, { { MB(1), MB(127), E820_RAM }, { GB(4), GB(32), E820_RAM } }
    };

    /* 8,224,512 frames: 251 MiB, and 94 MiB more; 32 MiB for all else. */
    machine(&large);
    preserve(MB(16), MB(128));
    preserve(GB(4) + MB(300), GB(36));
    expect_panic(exclude());
    machine(&large);
    nr = 0;
    preserve(MB(16), MB(128));
    preserve(GB(4) + MB(400), GB(36));
    exclude();
}

/* The frame table alone takes 1/128 of memory. */
static void too_little_for_the_frame_table(void **state)
{
    static const struct e820map large = {
        2, { { MB(1), MB(127), E820_RAM }, { GB(4), GB(32), E820_RAM } }
    };

    machine(&large);
    preserve(GB(4), GB(36));
    expect_panic(exclude());
}

static bool in_boot_map(uint64_t start, uint64_t end)
{
    unsigned int i;

    for ( i = 0; i < boot_map.nr_map; i++ )
        if ( boot_map.map[i].addr <= start &&
             boot_map.map[i].addr + boot_map.map[i].size >= end )
            return true;

    return false;
}

static uint64_t given_to_boot(void)
{
    uint64_t bytes = 0;
    unsigned int i;

    for ( i = 0; i < boot_map.nr_map; i++ )
        bytes += boot_map.map[i].addr < MB(1) ? 0 : boot_map.map[i].size;

    return bytes;
}

/* Tables of what it uses, and 96 MiB for all else: dom0 is not to wait for more. */
static void boots_in_little(void **state)
{
    static const struct e820map sizes[] = {
        { 1, { { MB(1), GB(2) - MB(1), E820_RAM } } },
        { 2,
          { { MB(1), GB(2) - MB(1), E820_RAM },
            { GB(4), GB(62), E820_RAM } } },
        { 2,
          { { MB(1), GB(2) - MB(1), E820_RAM },
            { GB(4), GB(1020), E820_RAM } } },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(sizes); i++ )
    {
        uint64_t need;
        unsigned int area;

        world_nr_heap = nr = 0;
        machine(&sizes[i]);
        preserve(MB(64), MB(128));
        if ( i )
            preserve(GB(5) + MB(1), GB(6) + MB(2));
        boot();
        need = MB(96) + interrex_areas_size(&e820);
        assert_true(given_to_boot() >= need);
        assert_true(given_to_boot() <= need + MB(4));
        assert_int_equal(heap_noted.settled, 1);
        /* All but the holes, the first, those with what is preserved, and with what it boots in. */
        for ( area = 6; i && area + 1 < sizes[i].map[1].size >> 30; area++ )
            assert_int_equal(heap_noted.later[area], area > 6);
        assert_false(heap_noted.later[0]);
    }
}

/* As high as may be, below its limit; one whose place is said is not looked for. */
static void room_for_a_crash_kernel(void **state)
{
    static const struct {
        paddr_t limit, end;
    } cases[] = { { ~(paddr_t)0, GB(8) },
                  { GB(6), GB(6) },
                  { GB(4), GB(2) },
                  { MB(777) + 5, MB(776) },
                  { MB(64), 0 } };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        world_nr_heap = nr = 0;
        machine(&plain);
        preserve(MB(1), MB(320));
        kexec_crash_area = (xen_kexec_reserve_t){ .size = MB(100) + 1 };
        kexec_crash_area_limit = cases[i].limit;
        boot();
        assert_int_equal(kexec_crash_area.start,
                         cases[i].end ? cases[i].end - MB(102) : 0);
        if ( cases[i].end )
            assert_true(in_boot_map(cases[i].end - MB(102), cases[i].end));
    }
    kexec_crash_area = (xen_kexec_reserve_t){ .size = MB(100), .start = 1 };
    machine(&plain);
    nr = 0;
    exclude();
    assert_int_equal(kexec_crash_area.start, 1);
    kexec_crash_area = (xen_kexec_reserve_t){ 0 };
    kexec_crash_area_limit = ~(paddr_t)0;
}

/* What has to lie there finds 32 MiB, if there are. */
static void low_memory_to_begin_with(void **state)
{
    preserve(MB(1), MB(512));
    exclude();
    assert_true(boot_map.map[1].addr < GB(4));
    assert_true(boot_map.map[1].size >= MB(32));
}

static void all_ram_is_mapped(void **state)
{
    preserve(MB(64), GB(2));
    exclude();
    interrex_map_preserved();
    assert_int_equal(world_nr_mapped, 2);
    assert_int_equal(world_mapped[0].start, MB(1));
    assert_int_equal(world_mapped[0].end, GB(2));
    assert_int_equal(world_mapped[1].start, GB(4));
    assert_int_equal(world_mapped[1].end, GB(8));
}

static void ordinary_boot_does_nothing(void **state)
{
    world_end(state);
    world_begin(state);
    interrex_map_preserved();
    interrex_free_rest();
    assert_int_equal(world_nr_mapped, 0);
    assert_int_equal(world_nr_heap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY_CASE(good_lists),
        MEMORY_CASE(pieces_outside_of_memory),
        MEMORY_CASE(edges_of_ram_within_a_page),
        MEMORY_CASE(nothing_preserved),
        MEMORY_CASE(few_large_pieces),
        MEMORY_CASE(pieces_that_do_not_end_at_2_mib),
        MEMORY_CASE(more_gaps_than_the_allocator_can_have),
        MEMORY_CASE(every_second_page),
        MEMORY_CASE(ram_that_begins_and_ends_within_a_page),
        MEMORY_CASE(ram_over_the_first_mib),
        MEMORY_CASE(nothing_is_left),
        MEMORY_CASE(only_small_pieces_are_left),
        MEMORY_CASE(nothing_is_left_below_4_gib),
        MEMORY_CASE(a_gap_below_4_gib_is_kept),
        MEMORY_CASE(a_gap_over_4_gib_is_two),
        MEMORY_CASE(boots_in_little),
        MEMORY_CASE(room_for_a_crash_kernel),
        MEMORY_CASE(low_memory_to_begin_with),
        MEMORY_CASE(whole_gibs_for_a_large_frame_table),
        MEMORY_CASE(too_little_for_the_m2p),
        MEMORY_CASE(too_little_for_the_frame_table),
        MEMORY_CASE(all_ram_is_mapped),
        MEMORY_CASE(ordinary_boot_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
