/* SPDX-License-Identifier: GPL-2.0-only */
/* state/memory.c, state/mappings.c: the extents as a domain's memory again, or given up. */
#include "memory_bench.h"

/* ---- Import ---- */

#define MB_GFN(n) ((uint64_t)(n) << (20 - PAGE_SHIFT))

static struct irx_domain_view view_of(const struct irx_extent *e,
                                      unsigned int count)
{
    rec->extent_count = count;

    return (struct irx_domain_view){ .d = rec, .extents = e };
}

static int import_all(const struct irx_extent *e, unsigned int count)
{
    const struct irx_domain_view view = view_of(e, count);

    return interrex_memory_import(d, &view);
}

static int import_one(uint64_t gfn, uint64_t mfn, uint64_t nr, uint32_t type)
{
    const struct irx_extent e = { .gfn = gfn,
                                  .mfn = mfn,
                                  .nr = nr,
                                  .type = type,
                                  .owner = 3,
                                  .access = p2m_access_rwx };

    return import_all(&e, 1);
}

static void memory_is_the_domains_again(void **state)
{
    unsigned int i;

    world_pages(0x1000, 8, NULL, false);
    assert_int_equal(import_one(5, 0x1000, 8, IRX_P2M_RAM_RW), 0);
    assert_int_equal(d->world_pages, 8);
    assert_int_equal(world_nr_set, 8);
    for ( i = 0; i < 8; i++ )
    {
        assert_ptr_equal(page_get_owner(mfn_to_page(_mfn(0x1000 + i))), d);
        assert_int_equal(world_gpfn(0x1000 + i), 5 + i);
        assert_int_equal(world_set[i].gfn, 5 + i);
        assert_int_equal(world_set[i].mfn, 0x1000 + i);
        assert_int_equal(world_set[i].type, p2m_ram_rw);
    }
}

static void large_pages_where_both_are_aligned(void **state)
{
    world_pages(MB_GFN(8) - 1, 1026, NULL, false);
    assert_int_equal(
        import_one(MB_GFN(4) - 1, MB_GFN(8) - 1, 1026, IRX_P2M_RAM_RO), 0);
    assert_int_equal(world_nr_set, 4);
    assert_int_equal(world_set[0].order, 0);
    assert_int_equal(world_set[1].order, 9);
    assert_int_equal(world_set[2].order, 9);
    assert_int_equal(world_set[3].order, 0);
    assert_int_equal(world_set[1].type, p2m_ram_ro);
}

static void small_pages_where_one_is_not(void **state)
{
    world_pages(MB_GFN(8), 512, NULL, false);
    assert_int_equal(import_one(MB_GFN(4) + 1, MB_GFN(8), 512, IRX_P2M_RAM_RW),
                     0);
    assert_int_equal(world_nr_set, 512);
}

/* Its limit is for what it asks next: a guest that has more keeps that. */
static void limit_does_not_count(void **state)
{
    d->max_pages = 4;
    world_pages(0x1000, 8, NULL, false);
    assert_int_equal(import_one(0, 0x1000, 8, IRX_P2M_RAM_RW), 0);
    assert_int_equal(d->max_pages, 4);
    world_p2m_fails = 1;
    world_pages(0x2000, 1, NULL, false);
    assert_int_equal(import_one(9, 0x2000, 1, IRX_P2M_RAM_RW), -ENOMEM);
    assert_int_equal(d->max_pages, 4);
}

/* Bounds and types are validated before: handoff-abi. What is RAM, only Xen knows. */
static void frames_that_are_not_ram(void **state)
{
    world_pages(0x1000, 4, NULL, false);
    assert_int_equal(import_one(0, 0x1000, 5, IRX_P2M_RAM_RW), -EINVAL);
    assert_int_equal(import_one(0, 0xfff, 1, IRX_P2M_RAM_RW), -EINVAL);
    assert_int_equal(world_nr_set, 0);
    assert_int_equal(d->world_pages, 0);
}

static void pages_in_use_are_refused(void **state)
{
    world_pages(0x1000, 1, NULL, false);
    world_pages(0x1001, 1, world_domain(9, 1), false);
    mfn_to_page(_mfn(0x1000))->count_info = 1;
    assert_int_equal(import_one(0, 0x1000, 1, IRX_P2M_RAM_RW), -EBUSY);
    assert_int_equal(import_one(0, 0x1001, 1, IRX_P2M_RAM_RW), -EBUSY);
}

/* All are looked at before the first one is touched. */
static void nothing_is_touched_where_one_is_wrong(void **state)
{
    const struct irx_extent two[] = {
        { .gfn = 0, .mfn = 0x1000, .nr = 4, .access = p2m_access_rwx },
        { .gfn = 8, .mfn = 0x2000, .nr = 1, .access = p2m_access_rwx },
    };

    world_pages(0x1000, 4, NULL, false);
    assert_int_equal(import_all(two, 2), -EINVAL);
    assert_int_equal(d->world_pages, 0);
    assert_int_equal(world_nr_set, 0);
}

static void pages_of_xen_are_adopted_before(void **state)
{
    world_pages(0x1000, 1, NULL, false);
    world_pages(0x1001, 1, d, true);
    world_pages(0x1002, 1, d, false);
    world_pages(0x1003, 1, world_domain(9, 1), true);
    assert_int_equal(import_one(0, 0x1000, 1, IRX_P2M_XEN_PAGE), -EINVAL);
    assert_int_equal(import_one(0, 0x1002, 1, IRX_P2M_XEN_PAGE), -EINVAL);
    assert_int_equal(import_one(0, 0x1003, 1, IRX_P2M_XEN_PAGE), -EINVAL);
    assert_int_equal(import_one(7, 0x1001, 1, IRX_P2M_XEN_PAGE), 0);
    assert_int_equal(world_gpfn(0x1001), 7);
    assert_int_equal(d->world_pages, 0);
}

static void device_memory_is_mapped_as_it_is(void **state)
{
    d->domain_id = 0;
    assert_int_equal(import_one(0xfee00, 0xfee00, 1, IRX_P2M_MMIO), 0);
    assert_int_equal(world_set[0].type, p2m_mmio_direct);
}

/* ---- What is another domain's ---- */

static int map_one(uint64_t gfn, uint64_t mfn, uint64_t nr, uint32_t type,
                   domid_t owner)
{
    const struct irx_extent e = { .gfn = gfn,
                                  .mfn = mfn,
                                  .nr = nr,
                                  .type = type,
                                  .owner = owner,
                                  .access = p2m_access_rwx };
    const struct irx_domain_view view = view_of(&e, 1);

    return interrex_mappings_import(d, &view);
}

/* p2m_entry_modify() does not bear a foreign mapping above 4 KiB. */
static void mappings_are_of_small_pages(void **state)
{
    world_pages(MB_GFN(8), 512, world_domain(9, 1), false);
    assert_int_equal(map_one(MB_GFN(4), MB_GFN(8), 512, IRX_P2M_FOREIGN, 9),
                     0);
    assert_int_equal(world_nr_set, 512);
    assert_int_equal(world_set[0].order, 0);
    assert_int_equal(world_set[511].type, p2m_map_foreign);
    /* The frames are at another place, in their owner's memory. */
    assert_int_equal(world_gpfn(MB_GFN(8)), ~0UL);
    assert_int_equal(d->world_pages, 0);
}

static void mappings_that_are_refused(void **state)
{
    world_pages(0x1000, 2, world_domain(9, 1), false);
    world_pages(0x1002, 1, world_domain(7, 1), false);
    assert_int_equal(map_one(0, 0x1000, 1, IRX_P2M_FOREIGN, 8), -ENOENT);
    assert_int_equal(map_one(0, 0x1001, 2, IRX_P2M_GRANT_RW, 9), -EINVAL);
    assert_int_equal(map_one(0, 0x5000, 1, IRX_P2M_GRANT_RO, 9), -EINVAL);
    assert_int_equal(map_one(0, 0x1000, 1, IRX_P2M_FOREIGN, 3), -EINVAL);
    assert_int_equal(world_nr_set, 0);
    assert_int_equal(map_one(0, 0x1000, 2, IRX_P2M_GRANT_RO, 9), 0);
}

/* Its owner has it no more but for this mapping: there it goes on, and ends with it. */
static void page_that_was_given_away(void **state)
{
    struct domain *owner = world_domain(9, 1);

    owner->max_pages = 0;
    world_pages(0x1000, 1, NULL, false);
    assert_int_equal(map_one(5, 0x1000, 1, IRX_P2M_FOREIGN, 9), 0);
    assert_ptr_equal(page_get_owner(mfn_to_page(_mfn(0x1000))), owner);
    assert_int_equal(owner->world_pages, 1);
    assert_int_equal(owner->max_pages, 0);
    assert_int_equal(mfn_to_page(_mfn(0x1000))->count_info, 2);
    assert_int_equal(world_gpfn(0x1000), ~0UL);
}

/* What another cannot have of a quarantined domain is left out; the rest is there. */
static void mappings_of_a_quarantined_domain(void **state)
{
    struct domain *owner = world_domain(9, 1);
    struct interrex_hold *h = interrex_hold_new(owner);

    interrex_domain_rec(h->entry)->state = IRX_DOM_RUNNING;
    world_pages(0x1000, 1, owner, false);
    world_pages(0x1001, 1, world_domain(7, 1), false);
    interrex_quarantine(h->entry, IRX_QUARANTINE_GRANTS, -EINVAL);
    assert_int_equal(map_one(1, 0x1001, 1, IRX_P2M_FOREIGN, 9), 0);
    assert_int_equal(map_one(2, 0x1000, 1, IRX_P2M_GRANT_RW, 9), 0);
    assert_int_equal(world_nr_set, 0);
    assert_int_equal(map_one(3, 0x1000, 1, IRX_P2M_FOREIGN, 9), 0);
    assert_int_equal(world_nr_set, 1);
}

/* ---- Giving up ---- */

/* Some was imported before it failed: the rest is taken too, in steps, and all goes with d. */
static void memory_of_an_abandoned_domain(void **state)
{
    const struct irx_extent all[] = {
        { .gfn = 0, .mfn = 0x1000, .nr = 0x10 },
        { .gfn = 0x10000, .mfn = 0x8000, .nr = 1, .type = IRX_P2M_RAM_RO },
        { .gfn = 0x10001, .mfn = 0x9000, .nr = 1, .type = IRX_P2M_XEN_PAGE },
        { .gfn = 0x10002, .mfn = 0x9001, .nr = 1, .type = IRX_P2M_FOREIGN },
    };
    unsigned int turns = 0;
    int rc;

    memcpy(extents, all, sizeof(all));
    rec->extent_count = 4;
    d->max_pages = 4;
    world_pages(0x1000, 0x10, NULL, false);
    world_pages(0x8000, 1, NULL, false);
    world_pages(0x9000, 2, NULL, false);
    assert_int_equal(assign_pages(mfn_to_page(_mfn(0x1000)), 4, d, 0), 0);
    while ( (rc = interrex_memory_reclaim(d, rec)) == -ERESTART )
        turns++;
    assert_int_equal(rc, 0);
    assert_int_equal(turns, 2);
    assert_int_equal(d->world_pages, 0x11);
    assert_int_equal(d->max_pages, 4);
    assert_int_equal(adopted, 1);
    assert_int_equal(unshared, 1);
    assert_null(page_get_owner(mfn_to_page(_mfn(0x9001))));
}

/*
 * Another that the shim goes on with has some of it mapped: that stays in use until the other one ends.
 * Neither what that one has of others does, nor what somebody mapped whom Xen knows all of.
 */
static void memory_that_another_has_mapped(void **state)
{
    struct domain *owner = world_domain(9, 1);
    struct interrex_hold *given = interrex_hold_new(owner);
    const struct irx_extent all[] = {
        { .gfn = 1,
          .mfn = 0x1000,
          .nr = 2,
          .type = IRX_P2M_GRANT_RW,
          .owner = 9 },
        { .gfn = 3,
          .mfn = 0x1002,
          .nr = 1,
          .type = IRX_P2M_GRANT_RO,
          .owner = 7 },
        { .gfn = 4,
          .mfn = 0x1003,
          .nr = 1,
          .type = IRX_P2M_FOREIGN,
          .owner = 9 },
        { .gfn = 5,
          .mfn = 0x1001,
          .nr = 1,
          .type = IRX_P2M_GRANT_RO,
          .owner = 9 },
        { .gfn = 6,
          .mfn = 0x3000,
          .nr = 1,
          .type = IRX_P2M_GRANT_RO,
          .owner = 9 },
    };
    const unsigned int kept[] = { 2, 3, 1, 1 };
    unsigned int i;

    world_pages(0x1000, 4, NULL, false);
    assert_int_equal(assign_pages(mfn_to_page(_mfn(0x1000)), 4, owner, 0), 0);
    memcpy(extents, all, sizeof(all));
    rec->extent_count = ARRAY_SIZE(all);

    interrex_mappings_keep(given); /* its grants are here */
    interrex_quarantine(given->entry, IRX_QUARANTINE_GRANTS, -EINVAL);
    interrex_mappings_keep(given); /* nobody is in the shim */
    hold->held = true;
    interrex_mappings_keep(given); /* nor came with the jump */
    hold->came = true;
    rec->flags = IRX_DOMF_PV;
    interrex_mappings_keep(given); /* nor runs there */
    rec->flags = 0;
    interrex_mappings_drop(hold);
    for ( i = 0; i < 4; i++ )
        assert_int_equal(mfn_to_page(_mfn(0x1000 + i))->count_info, 1);

    interrex_mappings_keep(given);
    for ( i = 0; i < 4; i++ )
        assert_int_equal(mfn_to_page(_mfn(0x1000 + i))->count_info, kept[i]);
    assert_true(interrex_mappings_kept(9));
    assert_false(interrex_mappings_kept(7));
    assert_false(interrex_mappings_kept(DOMID_FIRST_RESERVED));
    interrex_mappings_drop(given);
    interrex_mappings_drop(hold);
    for ( i = 0; i < 4; i++ )
        assert_int_equal(mfn_to_page(_mfn(0x1000 + i))->count_info, 1);
    hold->held = false;
}

static void each_import_takes_its_own_kind(void **state)
{
    const struct irx_extent both[] = {
        { .gfn = 0, .mfn = 0x1000, .nr = 1, .access = p2m_access_rwx },
        { .gfn = 1,
          .mfn = 0x2000,
          .nr = 1,
          .type = IRX_P2M_FOREIGN,
          .owner = 9,
          .access = p2m_access_rwx },
    };
    struct irx_domain_view view;

    world_pages(0x1000, 1, NULL, false);
    world_pages(0x2000, 1, world_domain(9, 1), false);
    assert_int_equal(import_all(both, 2), 0);
    assert_int_equal(world_nr_set, 1);
    view = view_of(both, 2);
    assert_int_equal(interrex_mappings_import(d, &view), 0);
    assert_int_equal(world_nr_set, 2);
    assert_int_equal(world_set[1].gfn, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY_CASE(memory_is_the_domains_again),
        MEMORY_CASE(large_pages_where_both_are_aligned),
        MEMORY_CASE(small_pages_where_one_is_not),
        MEMORY_CASE(limit_does_not_count),
        MEMORY_CASE(frames_that_are_not_ram),
        MEMORY_CASE(pages_in_use_are_refused),
        MEMORY_CASE(nothing_is_touched_where_one_is_wrong),
        MEMORY_CASE(pages_of_xen_are_adopted_before),
        MEMORY_CASE(device_memory_is_mapped_as_it_is),
        MEMORY_CASE(mappings_are_of_small_pages),
        MEMORY_CASE(mappings_that_are_refused),
        MEMORY_CASE(page_that_was_given_away),
        MEMORY_CASE(mappings_of_a_quarantined_domain),
        MEMORY_CASE(memory_of_an_abandoned_domain),
        MEMORY_CASE(memory_that_another_has_mapped),
        MEMORY_CASE(each_import_takes_its_own_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
