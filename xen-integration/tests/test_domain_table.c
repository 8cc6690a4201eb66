/* SPDX-License-Identifier: GPL-2.0-only */
/* region/domain_table.c: which domain, vCPU and piece of data has which place in R. */
#include "region_bench.h"

#include <xen/err.h>

#include "region/region.h"

/* Where the data span ends, from its start. */
static uint64_t data_size(void)
{
    return interrex_anchor()->data.size;
}

static int table_begin(void **state)
{
    int rc = region_begin(state);

    interrex_holds_reset();

    return rc;
}

/* Nothing is left of a case: every hold is freed, and its reference with it. */
static int table_end(void **state)
{
    unsigned int i;

    for ( i = 0; i < INTERREX_MAX_DOMAINS; i++ )
        if ( interrex_hold_at(i) )
            interrex_hold_free(interrex_hold_at(i));

    return world_end(state);
}
#define TABLE_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, table_begin, table_end)

static void domain_gets_an_entry_and_gives_it_back(void **state)
{
    struct domain *d = world_domain(5, 3);
    struct interrex_hold *h = interrex_hold_new(d);
    const struct irx_domain *r;

    assert_false(IS_ERR(h));
    assert_ptr_equal(h->d, d);
    assert_ptr_equal(interrex_hold_of(d), h);
    assert_ptr_equal(interrex_hold_at(h->entry), h);
    assert_int_equal(d->world_refs, 1);
    r = interrex_domain_rec(h->entry);
    assert_int_equal(r->domid, 5);
    assert_int_equal(r->generation, interrex_anchor()->generation);
    assert_int_equal(r->vcpu_count, 3);
    assert_memory_equal(r->handle, d->handle, sizeof(r->handle));

    interrex_hold_free(h);
    assert_null(interrex_hold_of(d));
    assert_null(interrex_hold_at(0));
    assert_int_equal(d->world_refs, 0);
    /* The report still reads it. */
    assert_int_equal(interrex_domain_rec(0)->domid, 5);
}

static void what_was_in_an_entry_is_gone(void **state)
{
    struct irx_domain *r = interrex_domain_rec(0);
    unsigned int i;

    memset(r, 0xff, sizeof(*r));
    for ( i = 0; i < INTERREX_MAX_DOMAINS; i++ )
        interrex_domain_rec(i)->vcpu_count = 0;
    assert_false(IS_ERR(interrex_hold_new(world_domain(1, 1))));
    assert_int_equal(r->state, IRX_DOM_WITH_XEN);
    assert_int_equal(r->extents, 0);
    assert_int_equal(r->watchdog[1], 0);
}

static void entries_and_vcpus_of_two_never_overlap(void **state)
{
    static const unsigned int vcpus[] = { 1, 8, 3, 128, 1, 2 };
    struct irx_domain *r[ARRAY_SIZE(vcpus)];
    unsigned int i, j;

    for ( i = 0; i < ARRAY_SIZE(vcpus); i++ )
    {
        struct interrex_hold *h = interrex_hold_new(world_domain(i, vcpus[i]));

        assert_false(IS_ERR(h));
        r[i] = interrex_domain_rec(h->entry);
        assert_true(r[i]->vcpu_first + vcpus[i] <=
                    interrex_anchor()->vcpus.count);
        for ( j = 0; j < i; j++ )
        {
            assert_ptr_not_equal(r[i], r[j]);
            assert_true(r[i]->vcpu_first >= r[j]->vcpu_first + vcpus[j] ||
                        r[j]->vcpu_first >= r[i]->vcpu_first + vcpus[i]);
        }
    }
}

static void full_table_takes_no_domain(void **state)
{
    struct domain *more = world_domain(1000, 1);
    unsigned int i;

    for ( i = 0; i < INTERREX_MAX_DOMAINS; i++ )
        assert_false(IS_ERR(interrex_hold_new(world_domain(i, 1))));
    assert_int_equal(PTR_ERR(interrex_hold_new(more)), -ENOSPC);
    assert_int_equal(more->world_refs, 0);
    assert_null(interrex_hold_of(more));

    interrex_hold_free(interrex_hold_at(17));
    assert_int_equal(interrex_hold_new(more)->entry, 17);
}

static void full_vcpu_table_takes_no_domain(void **state)
{
    unsigned int total = interrex_anchor()->vcpus.count;
    struct domain *d = world_domain(1, total - 4);
    struct domain *large = world_domain(2, 5), *small = world_domain(3, 4);

    assert_false(IS_ERR(interrex_hold_new(d)));
    assert_int_equal(PTR_ERR(interrex_hold_new(large)), -ENOSPC);
    assert_int_equal(large->world_refs, 0);
    assert_int_equal(
        interrex_domain_rec(interrex_hold_new(small)->entry)->vcpu_first,
        total - 4);
    assert_int_equal(PTR_ERR(interrex_hold_new(world_domain(4, total + 1))),
                     -ENOSPC);
}

/* Free vCPU entries that lie apart are none for a domain that wants them in a row. */
static void vcpus_are_consecutive(void **state)
{
    unsigned int quarter = interrex_anchor()->vcpus.count / 4, i;
    struct domain *large = world_domain(10, 2 * quarter);

    for ( i = 0; i < 4; i++ )
        assert_false(IS_ERR(interrex_hold_new(world_domain(i, quarter))));
    interrex_hold_free(interrex_hold_at(0));
    interrex_hold_free(interrex_hold_at(2));
    assert_int_equal(PTR_ERR(interrex_hold_new(large)), -ENOSPC);
    interrex_hold_free(interrex_hold_at(1));
    assert_false(IS_ERR(interrex_hold_new(large)));
    assert_int_equal(
        interrex_domain_rec(interrex_hold_of(large)->entry)->vcpu_first, 0);
}

static void dying_domain_gets_none(void **state)
{
    struct domain *d = world_domain(1, 1);

    d->world_dying = true;
    assert_int_equal(PTR_ERR(interrex_hold_new(d)), -ESRCH);
    assert_null(interrex_hold_at(0));
    assert_int_equal(PTR_ERR(interrex_hold_import(d, 0)), -ESRCH);
}

/* What R tells of a domain stays as long as there is another entry. */
static void domain_comes_back_to_where_it_was(void **state)
{
    struct domain *one = world_domain(1, 2), *two = world_domain(2, 2);
    struct domain *three = world_domain(3, 2);
    unsigned int entry;

    interrex_hold_new(one);
    entry = interrex_hold_new(two)->entry;
    interrex_hold_free(interrex_hold_of(one));
    interrex_hold_free(interrex_hold_of(two));
    assert_int_not_equal(interrex_hold_new(three)->entry, entry);
    assert_int_equal(interrex_domain_rec(entry)->domid, 2);
    assert_int_equal(interrex_hold_new(two)->entry, entry);
}

static void entries_of_another_generation_are_empty(void **state)
{
    struct domain *one = world_domain(1, 2), *two = world_domain(2, 2);

    interrex_hold_new(one);
    interrex_hold_free(interrex_hold_of(one));
    interrex_anchor()->generation++;
    interrex_holds_reset();
    assert_int_equal(interrex_hold_new(two)->entry, 0);
    assert_int_equal(interrex_domain_rec(0)->vcpu_first, 0);
}

static void reset_frees_what_is_there(void **state)
{
    struct domain *d = world_domain(1, 1);

    interrex_hold_new(d);
    interrex_holds_reset();
    assert_int_equal(d->world_refs, 0);
    assert_null(interrex_hold_of(d));
}

/* Damage: an anchor that claims more entries than there may be. */
static void reset_takes_no_more_than_there_is_room_for(void **state)
{
    interrex_anchor()->domains.count = INTERREX_MAX_DOMAINS + 1;
    interrex_holds_reset();
    assert_null(interrex_hold_at(INTERREX_MAX_DOMAINS));
    assert_null(interrex_hold_at(~0U));
    assert_int_equal(PTR_ERR(interrex_hold_import(world_domain(1, 1),
                                                  INTERREX_MAX_DOMAINS)),
                     -EINVAL);
}

static void held_ones_are_found(void **state)
{
    struct interrex_hold *h = interrex_hold_new(world_domain(1, 1));

    assert_false(interrex_any_held());
    h->held = true;
    assert_true(interrex_any_held());
    h->held = false;
    assert_false(interrex_any_held());
}

static unsigned int calls;

static void count_call(struct interrex_hold *h)
{
    assert_true(h->held);
    calls++;
}

static void each_held_one_is_called_for(void **state)
{
    unsigned int i;

    for ( i = 0; i < 5; i++ )
        interrex_hold_new(world_domain(i, 1))->held = i & 1;
    calls = 0;
    interrex_for_each_held(count_call);
    assert_int_equal(calls, 2);
    for ( i = 0; i < 5; i++ )
        interrex_hold_at(i)->held = false;
}

static void held_domain_is_not_freed(void **state)
{
    struct interrex_hold *h = interrex_hold_new(world_domain(1, 1));

    h->held = true;
    expect_assert_failure(interrex_hold_free(h));
    h->held = false;
    h->paused = true;
    expect_assert_failure(interrex_hold_free(h));
    h->paused = false;
}

/* ---- Data ---- */

static void data_is_zeroed_and_aligned(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    struct interrex_hold *h = interrex_hold_new(world_domain(1, 1));
    uint8_t *data = interrex_at(a->data.off);

    memset(data, 0xff, 8192);
    assert_int_equal(interrex_data_alloc(h, 1000), 0);
    assert_int_equal(h->data_off, a->data.off);
    assert_int_equal(h->data_size, 1024);
    assert_int_equal(data[0], 0);
    assert_int_equal(data[1023], 0);
    assert_int_equal(data[1024], 0xff);
    assert_int_equal(a->data_used, 1024);
}

static void pieces_do_not_overlap(void **state)
{
    struct interrex_hold *one = interrex_hold_new(world_domain(1, 1));
    struct interrex_hold *two = interrex_hold_new(world_domain(2, 1));
    struct interrex_hold *three = interrex_hold_new(world_domain(3, 1));

    assert_int_equal(interrex_data_alloc(one, PAGE_SIZE), 0);
    assert_int_equal(interrex_data_alloc(two, PAGE_SIZE), 0);
    assert_int_equal(interrex_data_alloc(three, PAGE_SIZE), 0);
    assert_int_equal(two->data_off, one->data_off + PAGE_SIZE);
    assert_int_equal(three->data_off, two->data_off + PAGE_SIZE);
    assert_int_equal(interrex_anchor()->data_used, 3 * PAGE_SIZE);

    /* The gap that the second one leaves is filled first, with what fits. */
    interrex_hold_free(two);
    assert_int_equal(interrex_data_alloc(one, 2 * PAGE_SIZE), 0);
    assert_int_equal(one->data_off, interrex_anchor()->data.off);
    assert_int_equal(interrex_data_alloc(one, 2 * PAGE_SIZE + 1), 0);
    assert_int_equal(one->data_off, three->data_off + PAGE_SIZE);
}

static void data_up_to_the_last_byte(void **state)
{
    struct interrex_hold *one = interrex_hold_new(world_domain(1, 1));
    struct interrex_hold *two = interrex_hold_new(world_domain(2, 1));

    assert_int_equal(interrex_data_alloc(one, data_size()), 0);
    assert_int_equal(interrex_anchor()->data_used, data_size());
    assert_int_equal(interrex_data_alloc(two, 1), -ENOSPC);
    assert_int_equal(two->data_size, 0);
    assert_int_equal(interrex_data_alloc(one, data_size() + 1), -ENOSPC);
    assert_int_equal(one->data_size, 0);
    assert_int_equal(interrex_anchor()->data_used, 0);
    assert_int_equal(interrex_data_alloc(one, data_size() - 64), 0);
    assert_int_equal(interrex_data_alloc(two, 64), 0);
    assert_int_equal(interrex_data_alloc(two, 65), -ENOSPC);
}

static void sizes_beyond_all_bounds(void **state)
{
    struct interrex_hold *one = interrex_hold_new(world_domain(1, 1));
    struct interrex_hold *two = interrex_hold_new(world_domain(2, 1));

    assert_int_equal(interrex_data_alloc(two, PAGE_SIZE), 0);
    assert_int_equal(interrex_data_alloc(one, 1ULL << 63), -ENOSPC);
    assert_int_equal(interrex_data_alloc(one, ~0ULL - 63), -ENOSPC);
}

/* ---- In the Xen that an update started ---- */

static void import_knows_what_is_the_domains(void **state)
{
    struct domain *d = world_domain(4, 2), *other = world_domain(5, 1);
    struct irx_domain *r = interrex_domain_rec(9);
    struct interrex_hold *h;

    *r = (struct irx_domain){
        .domid = 4,
        .generation = interrex_anchor()->generation,
        .vcpu_first = 3,
        .vcpu_count = 2,
        .leaves = interrex_anchor()->data.off + 128,
        .leaf_count = 1,
        .extents = interrex_anchor()->data.off + 4096,
        .extent_count = 2,
        .p2m_generation = 77,
    };
    h = interrex_hold_import(d, 9);
    assert_false(IS_ERR(h));
    assert_int_equal(h->entry, 9);
    assert_ptr_equal(interrex_hold_of(d), h);
    assert_int_equal(h->p2m_changes, 77);
    assert_int_equal(h->data_off, r->leaves);
    assert_true(h->data_size >= 4096 - 128 + 2 * sizeof(struct irx_extent));
    assert_int_equal(d->world_refs, 1);

    /* Its places are taken. */
    assert_int_equal(PTR_ERR(interrex_hold_import(other, 9)), -EINVAL);
    assert_int_equal(PTR_ERR(interrex_hold_import(d, 8)), -EINVAL);
    interrex_hold_new(other);
    assert_int_equal(
        interrex_domain_rec(interrex_hold_of(other)->entry)->vcpu_first, 0);
    assert_int_equal(interrex_data_alloc(interrex_hold_of(other), 256), 0);
    assert_true(interrex_hold_of(other)->data_off >=
                h->data_off + h->data_size);
}

/* Whatever the order in which the Xen before laid its arrays out. */
static void import_knows_arrays_in_any_order(void **state)
{
    struct irx_domain *r = interrex_domain_rec(1);
    uint64_t data = interrex_anchor()->data.off;
    struct interrex_hold *h;

    r->leaves = data + 4096;
    r->leaf_count = 2;
    r->ports = data + 64;
    r->port_count = 1;
    r->extents = data + 256;
    r->extent_count = 1;
    r->to_guest = r->to_xen = data + 512;
    h = interrex_hold_import(world_domain(1, 1), 1);
    assert_false(IS_ERR(h));
    assert_int_equal(h->data_off, data + 64);
    assert_int_equal(h->data_size, 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_CASE(domain_gets_an_entry_and_gives_it_back),
        TABLE_CASE(what_was_in_an_entry_is_gone),
        TABLE_CASE(entries_and_vcpus_of_two_never_overlap),
        TABLE_CASE(full_table_takes_no_domain),
        TABLE_CASE(full_vcpu_table_takes_no_domain),
        TABLE_CASE(vcpus_are_consecutive),
        TABLE_CASE(dying_domain_gets_none),
        TABLE_CASE(domain_comes_back_to_where_it_was),
        TABLE_CASE(entries_of_another_generation_are_empty),
        TABLE_CASE(reset_frees_what_is_there),
        TABLE_CASE(reset_takes_no_more_than_there_is_room_for),
        TABLE_CASE(held_ones_are_found),
        TABLE_CASE(each_held_one_is_called_for),
        TABLE_CASE(held_domain_is_not_freed),
        TABLE_CASE(data_is_zeroed_and_aligned),
        TABLE_CASE(pieces_do_not_overlap),
        TABLE_CASE(data_up_to_the_last_byte),
        TABLE_CASE(sizes_beyond_all_bounds),
        TABLE_CASE(import_knows_what_is_the_domains),
        TABLE_CASE(import_knows_arrays_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
