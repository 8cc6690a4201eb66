/* SPDX-License-Identifier: GPL-2.0-only */
/* handover/early_export.c: what the next Xen must know before it allocates anything. */
#include "early_bench.h"

#include <xen/vmap.h>

/* The records that were written. */
static void read_section(struct irx_stream *s)
{
    const struct irx_anchor *a = interrex_anchor();
    struct irx_stream_error err;

    assert_int_equal(irx_stream_validate(s, interrex_at(a->early.off),
                                         a->early_used, IRX_SECTION_EARLY,
                                         &err),
                     0);
}

static const struct irx_preserved *preserved(unsigned int *nr)
{
    static struct irx_stream s;
    const struct irx_record *rec;

    read_section(&s);
    rec = irx_stream_find(&s, IRX_REC_PRESERVED, 0, NULL);
    *nr = irx_record_count(&s, rec);

    return irx_record_payload(rec);
}

static const struct irx_extent one_piece[] = {
    { .gfn = 0, .mfn = 0x16000, .nr = 0x100, .type = IRX_P2M_RAM_RW },
};

static void list_has_memory_and_pages_of_xen(void **state)
{
    const struct irx_preserved *list;
    unsigned int nr;

    carried(3, one_piece, 1);
    assert_int_equal(early_export(), 0);
    list = preserved(&nr);
    assert_int_equal(nr, 2);
    /* shared_info and the grant frames follow on. */
    assert_int_equal(list[0].mfn, PFN_DOWN(MB(11)));
    assert_int_equal(list[0].nr, 1 + GRANT_FRAMES);
    assert_int_equal(list[0].kind, IRX_PRESERVED_XEN_PAGE);
    assert_int_equal(list[0].owner, 3);
    assert_int_equal(list[1].mfn, 0x16000);
    assert_int_equal(list[1].nr, 0x100);
    assert_int_equal(list[1].kind, IRX_PRESERVED_DOMAIN);
}

/* R lies in it, too, and the next Xen wants 32 MiB and its tables. */
static void no_room_for_the_next_xen(void **state)
{
    carried(3, one_piece, 1); /* one MiB, from 352 MiB on */
    e820 = (struct e820map){ 1, { { MB(60), MB(293), E820_RAM } } };
    assert_int_equal(early_export(), 0);
    e820 = (struct e820map){ 1, { { MB(62), MB(291), E820_RAM } } };
    assert_int_equal(early_export(), -ENOSPC);
    assert_non_null(strstr(world_log, "too small pieces"));
}

static void list_is_sorted_and_joined(void **state)
{
    static const struct irx_extent one[] = {
        { .gfn = 0, .mfn = 0x19000, .nr = 16, .type = IRX_P2M_RAM_RW },
        { .gfn = 16, .mfn = 0x16000, .nr = 16, .type = IRX_P2M_RAM_RW },
        { .gfn = 32, .mfn = 0x16010, .nr = 16, .type = IRX_P2M_RAM_RO },
    };
    static const struct irx_extent two[] = {
        { .gfn = 0, .mfn = 0x16020, .nr = 16, .type = IRX_P2M_RAM_RW },
        { .gfn = 99, .mfn = 0x18ff0, .nr = 16, .type = IRX_P2M_RAM_RW },
    };
    const struct irx_preserved *list;
    unsigned int nr, i;

    carried(1, one, 3);
    carried(2, two, 2);
    assert_int_equal(early_export(), 0);
    list = preserved(&nr);
    for ( i = 1; i < nr; i++ )
        assert_true(list[i].mfn >= list[i - 1].mfn + list[i - 1].nr);
    assert_int_equal(nr, 6);
    /* What follows on is joined where it is the same domain's. */
    assert_int_equal(list[2].mfn, 0x16000);
    assert_int_equal(list[2].nr, 32);
    assert_int_equal(list[3].mfn, 0x16020);
    assert_int_equal(list[3].owner, 2);
    assert_int_equal(list[4].owner, 2);
    assert_int_equal(list[5].owner, 1);
}

/* Mapped from another domain, MMIO: not this domain's memory. */
static void what_is_not_its_own_is_left_out(void **state)
{
    static const struct irx_extent extents[] = {
        { .gfn = 0, .mfn = 0x16000, .nr = 1, .type = IRX_P2M_RAM_RW },
        { .gfn = 1, .mfn = 0x17000, .nr = 9, .type = IRX_P2M_FOREIGN },
        { .gfn = 10, .mfn = 0x17100, .nr = 9, .type = IRX_P2M_GRANT_RW },
        { .gfn = 20, .mfn = 0x17200, .nr = 9, .type = IRX_P2M_GRANT_RO },
        { .gfn = 30, .mfn = 0xfee00, .nr = 9, .type = IRX_P2M_MMIO },
        { .gfn = 40, .mfn = 0x17300, .nr = 1, .type = IRX_P2M_XEN_PAGE },
    };
    unsigned int nr;

    struct domain *d = carried(1, extents, ARRAY_SIZE(extents));

    assert_int_equal(interrex_preserved_pieces(interrex_hold_of(d)), 1);
    assert_int_equal(early_export(), 0);
    assert_int_equal(preserved(&nr)[1].nr, 1);
    assert_int_equal(nr, 2);
}

/* Looked up: the first and the last frame of each piece, and those around them. */
static void what_is_in_the_list(void **state)
{
    static const struct irx_extent extents[] = {
        { .gfn = 0, .mfn = 0x16000, .nr = 8, .type = IRX_P2M_RAM_RW },
        { .gfn = 8, .mfn = 0x17000, .nr = 1, .type = IRX_P2M_RAM_RW },
        { .gfn = 9, .mfn = 0x18000, .nr = 2, .type = IRX_P2M_RAM_RW },
    };
    struct interrex_preserved_list l, none = {};
    unsigned int i;

    carried(1, extents, ARRAY_SIZE(extents));
    assert_int_equal(interrex_early_export(&l), 0);
    assert_true(l.used >= ARRAY_SIZE(extents) + 1);
    for ( i = 0; i < ARRAY_SIZE(extents); i++ )
    {
        const unsigned long first = extents[i].mfn, nr = extents[i].nr;

        assert_false(interrex_preserved_has(&l, first - 1));
        assert_true(interrex_preserved_has(&l, first));
        assert_true(interrex_preserved_has(&l, first + nr - 1));
        assert_false(interrex_preserved_has(&l, first + nr));
        assert_false(interrex_preserved_has(&none, first));
    }
    assert_false(interrex_preserved_has(&l, 0));
    assert_false(interrex_preserved_has(&l, ~0UL));
    vfree(l.entry);
}

static void domain_without_memory(void **state)
{
    unsigned int nr;

    carried(1, NULL, 0);
    assert_int_equal(early_export(), 0);
    preserved(&nr);
    assert_int_equal(nr, 1);
}

static void page_of_two_domains_is_refused(void **state)
{
    static const struct irx_extent other[] = {
        { .gfn = 0, .mfn = 0x160ff, .nr = 1, .type = IRX_P2M_RAM_RW },
    };

    carried(1, one_piece, 1);
    carried(2, other, 1);
    assert_int_equal(early_export(), -EXDEV);
    assert_non_null(strstr(world_log, "0x160ff belongs to d1 and d2"));
    assert_int_equal(interrex_anchor()->early_used, 0);
}

static void more_memory_than_it_owns_is_refused(void **state)
{
    carried(1, one_piece, 1)->world_pages--;
    assert_int_equal(early_export(), -EXDEV);
    assert_non_null(strstr(world_log, "255 pages, 256 are mapped"));
}

/*
 * What a guest gave away goes along where another has it mapped, by a grant or by
 * foreign mappings, however often; what nobody has mapped does not.
 */
static void pages_that_were_given_away(void **state)
{
    static const struct irx_extent mapped[] = {
        { .gfn = 0,
          .mfn = 0x18001,
          .nr = 2,
          .type = IRX_P2M_FOREIGN,
          .owner = 1 },
        { .gfn = 8,
          .mfn = 0x18001,
          .nr = 1,
          .type = IRX_P2M_FOREIGN,
          .owner = 1 },
        { .gfn = 9,
          .mfn = 0x16000,
          .nr = 1,
          .type = IRX_P2M_FOREIGN,
          .owner = 1 },
    };
    const struct irx_preserved *list;
    struct domain *d = carried(1, one_piece, 1);
    unsigned int i, nr;

    carried(2, mapped, 3);
    d->world_pages += 4;
    world_pages(0x16000, 0x100, d, false);
    world_pages(0x18000, 4, d, false);
    for ( i = 0; i < 4; i++ )
        bench_vanished[i] = 0x18000 + i;
    bench_granted[0] = 0x18000;
    bench_granted[1] = 0x18001;
    bench_granted[2] = 0x16001;
    assert_int_equal(early_export(), 0);
    list = preserved(&nr);
    assert_int_equal(list[nr - 2].mfn, 0x16000);
    assert_int_equal(list[nr - 2].nr, 0x100);
    assert_int_equal(list[nr - 1].mfn, 0x18000);
    assert_int_equal(list[nr - 1].nr, 3);
    assert_int_equal(list[nr - 1].owner, 1);
    assert_int_equal(list[nr - 1].kind, IRX_PRESERVED_DOMAIN);
}

/* What the next Xen would refuse is refused before there is one. */
static void memory_of_the_region_is_refused(void **state)
{
    static const struct irx_extent inside[] = {
        { .mfn = PFN_DOWN(BENCH_START + MB(32)),
          .nr = 1,
          .type = IRX_P2M_RAM_RW },
    };

    carried(1, inside, 1);
    assert_int_equal(early_export(), -EINVAL);
    assert_non_null(strstr(world_log, "preserved.mfn"));
}

static void without_heap_nothing_is_written(void **state)
{
    carried(1, one_piece, 1);
    world_alloc_fails = 1;
    assert_int_equal(early_export(), -ENOMEM);
    assert_int_equal(interrex_anchor()->early_used, 0);
}

static void section_that_is_full(void **state)
{
    carried(1, one_piece, 1);
    interrex_anchor()->early.size = PAGE_SIZE;
    assert_int_equal(early_export(), 0);
    interrex_anchor()->early.size = interrex_anchor()->early_used - 8;
    interrex_anchor()->early_used = 0;
    assert_int_equal(early_export(), -ENOSPC);
}

static void cpus_and_who_has_them(void **state)
{
    const struct irx_record *rec;
    struct irx_cpu_record c[4];
    struct irx_stream s;
    unsigned int i;

    interrex_cpu_rec(5)->apic_id = 4;
    interrex_cpu_rec(5)->state = IRX_CPU_HELD;
    interrex_cpu_rec(6)->apic_id = 2;
    interrex_cpu_rec(6)->state = IRX_CPU_RELEASED;
    cpu_online_map.cpu[1] = cpu_online_map.cpu[2] = 0;

    assert_int_equal(early_export(), 0);
    read_section(&s);
    rec = irx_stream_find(&s, IRX_REC_CPUS, 0, NULL);
    assert_int_equal(irx_record_count(&s, rec), 4);
    for ( i = 0; i < 4; i++ )
        assert_int_equal(irx_record_get(&s, rec, i, &c[i], sizeof(c[i])), 0);
    assert_int_equal(c[0].held + c[0].offline, 0);
    assert_int_equal(c[1].held, 0);
    assert_int_equal(c[1].offline, 1);
    assert_int_equal(c[2].apic_id, 4);
    assert_int_equal(c[2].held, 1);
    assert_int_equal(c[2].offline, 0);
    assert_int_equal(c[3].held + c[3].offline, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EARLY_CASE(list_has_memory_and_pages_of_xen),
        EARLY_CASE(no_room_for_the_next_xen),
        EARLY_CASE(list_is_sorted_and_joined),
        EARLY_CASE(what_is_not_its_own_is_left_out),
        EARLY_CASE(what_is_in_the_list),
        EARLY_CASE(domain_without_memory),
        EARLY_CASE(page_of_two_domains_is_refused),
        EARLY_CASE(more_memory_than_it_owns_is_refused),
        EARLY_CASE(pages_that_were_given_away),
        EARLY_CASE(memory_of_the_region_is_refused),
        EARLY_CASE(without_heap_nothing_is_written),
        EARLY_CASE(section_that_is_full),
        EARLY_CASE(cpus_and_who_has_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
