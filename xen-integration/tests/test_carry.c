/* SPDX-License-Identifier: GPL-2.0-only */
/* hold/carry.c, region/quarantine.c: beside which guests an update may begin. */
#include "region_bench.h"

#include <xen/err.h>
#include <xen/xmalloc.h>

#include "hold/hold.h"
#include "lend/lend.h"

static unsigned int held_cpus;

unsigned int interrex_held_cpus(void)
{
    return held_cpus;
}

/* ---- Two guests that the shim had when this Xen came ---- */

static struct interrex_hold *q1, *q2;

static struct interrex_hold *came(domid_t domid, unsigned int entry)
{
    struct irx_domain *r = interrex_domain_rec(entry);
    struct interrex_hold *h;

    *r = (struct irx_domain){
        .state = IRX_DOM_RUNNING,
        .domid = domid,
        .generation = interrex_anchor()->generation,
        .vcpu_first = entry,
        .vcpu_count = 1,
        .extents = interrex_anchor()->data.off + entry * PAGE_SIZE,
    };
    h = interrex_hold_import(world_domain(domid, 1), entry);
    if ( !IS_ERR(h) )
        h->held = true;

    return h;
}

static int carry_begin(void **state)
{
    int rc = region_begin(state);

    interrex_holds_reset();
    q1 = came(5, 2);
    q2 = came(6, 3);
    held_cpus = 1;
    *interrex_cpu_rec(1) = (struct irx_cpu){
        .state = IRX_CPU_HELD,
        .xen_cpu = 1,
    };

    return rc || IS_ERR(q1) || IS_ERR(q2) ? -1 : 0;
}

static int carry_end(void **state)
{
    unsigned int i;

    for ( i = 0; i < INTERREX_MAX_DOMAINS; i++ )
        if ( interrex_hold_at(i) )
        {
            interrex_hold_at(i)->held = false;
            interrex_hold_free(interrex_hold_at(i));
        }

    return world_end(state);
}
#define CARRY_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, carry_begin, carry_end)

/* As late_import.c does for a guest that this Xen cannot make as it was. */
static void refuse(const struct interrex_hold *h, uint32_t what)
{
    interrex_quarantine(h->entry, what, -EINVAL);
    interrex_quarantine_keep(h->entry, xzalloc(struct interrex_kept));
}

static void maps(const struct interrex_hold *h, uint32_t type, domid_t owner)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    struct irx_extent *e = interrex_at(r->extents);

    e[r->extent_count++] = (struct irx_extent){
        .nr = 1,
        .type = type,
        .owner = owner,
    };
}

static void all_that_is_left_is_quarantined(void **state)
{
    assert_int_equal(interrex_may_carry(), -EBUSY); /* they can be claimed */
    refuse(q1, IRX_QUARANTINE_CREATE);
    assert_true(interrex_is_carried(q1));
    assert_false(interrex_is_carried(q2));
    assert_int_equal(interrex_may_carry(), -EBUSY);
    refuse(q2, IRX_QUARANTINE_POLICY);
    assert_int_equal(interrex_may_carry(), 0);
    assert_true(interrex_only_came());
}

/* This Xen has all of it, and knows by itself what the next one has to be told. */
static void one_that_was_only_not_claimed(void **state)
{
    refuse(q1, IRX_QUARANTINE_SETTING);
    interrex_quarantine(q2->entry, IRX_QUARANTINE_CLAIM, -EINVAL);
    assert_null(interrex_quarantine_kept(q2->entry));
    assert_int_equal(interrex_may_carry(), 0);
}

static void what_is_a_part_here_is_not_carried(void **state)
{
    static const uint32_t parts[] = {
        IRX_QUARANTINE_STATE,  IRX_QUARANTINE_SHELL,  IRX_QUARANTINE_GRANTS,
        IRX_QUARANTINE_MEMORY, IRX_QUARANTINE_EVENTS,
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(parts); i++ )
    {
        refuse(q1, IRX_QUARANTINE_CREATE);
        refuse(q1, parts[i]);
        assert_false(interrex_is_carried(q1));
        interrex_quarantine_end(q1->entry);
    }
    refuse(q1, IRX_QUARANTINE_CREATE);
    interrex_quarantine_keep(q1->entry, NULL); /* there was no memory */
    assert_false(interrex_is_carried(q1));
}

/* d9 was given up. */
bool interrex_mappings_kept(domid_t owner)
{
    return owner == 9;
}

static void who_maps_what_was_given_up_is_not_carried(void **state)
{
    refuse(q1, IRX_QUARANTINE_CREATE);
    refuse(q2, IRX_QUARANTINE_POLICY);
    maps(q2, IRX_P2M_FOREIGN, 9);
    assert_true(interrex_is_carried(q2));
    maps(q2, IRX_P2M_GRANT_RW, 9);
    assert_false(interrex_is_carried(q2));
}

/* Nothing here keeps pages whose grants were lost: nobody gets them mapped anew. */
static void who_maps_what_was_lost_is_not_carried(void **state)
{
    refuse(q1, IRX_QUARANTINE_CREATE);
    refuse(q2, IRX_QUARANTINE_POLICY);
    maps(q2, IRX_P2M_RAM_RW, 6);
    maps(q2, IRX_P2M_GRANT_RW, 0);
    maps(q2, IRX_P2M_FOREIGN, 5);
    maps(q1, IRX_P2M_GRANT_RO, 6); /* its owner has them here, too */
    assert_int_equal(interrex_may_carry(), 0);
    maps(q2, IRX_P2M_GRANT_RO, 5);
    assert_true(interrex_is_carried(q1));
    assert_false(interrex_is_carried(q2));
    assert_int_equal(interrex_may_carry(), -EBUSY);
}

static void cpus_are_where_this_xen_looks_for_them(void **state)
{
    refuse(q1, IRX_QUARANTINE_CREATE);
    refuse(q2, IRX_QUARANTINE_CREATE);
    interrex_cpu_rec(1)->xen_cpu = 2;
    assert_int_equal(interrex_may_carry(), -EOPNOTSUPP);
    interrex_cpu_rec(1)->xen_cpu = 1;
    interrex_cpu_rec(3)->state = IRX_CPU_LENT;
    assert_int_equal(interrex_may_carry(), -EBUSY);
    interrex_cpu_rec(3)->state = IRX_CPU_XEN;
    held_cpus = 0;
    assert_int_equal(interrex_may_carry(), -ENODEV);
}

static void there_is_somebody_to_be_carried(void **state)
{
    q1->held = q2->held = false;
    interrex_hold_free(q1);
    interrex_hold_free(q2);
    assert_int_equal(interrex_may_carry(), -EBUSY);
    assert_false(interrex_only_came());
}

/* Whoever enters here is this Xen's: with it in the shim the way back is not over. */
static void others_enter_beside_them(void **state)
{
    struct interrex_hold *h = interrex_hold_new(world_domain(7, 1));

    refuse(q1, IRX_QUARANTINE_CREATE);
    refuse(q2, IRX_QUARANTINE_CREATE);
    assert_false(IS_ERR(h));
    assert_false(interrex_only_came());
    assert_false(interrex_is_carried(h));
    assert_int_equal(interrex_may_carry(), -EBUSY);
    interrex_hold_free(h);
    assert_int_equal(interrex_may_carry(), 0);
}

/* With the entry goes what was kept: else it would be a leak. */
static void what_was_kept_goes_with_the_guest(void **state)
{
    refuse(q1, IRX_QUARANTINE_CREATE);
    refuse(q1, IRX_QUARANTINE_POLICY);
    assert_non_null(interrex_quarantine_kept(q1->entry));
    q1->held = false;
    interrex_hold_free(q1);
    assert_null(interrex_quarantine_kept(2));
    assert_int_equal(interrex_quarantined(2), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CARRY_CASE(all_that_is_left_is_quarantined),
        CARRY_CASE(one_that_was_only_not_claimed),
        CARRY_CASE(what_is_a_part_here_is_not_carried),
        CARRY_CASE(who_maps_what_was_lost_is_not_carried),
        CARRY_CASE(who_maps_what_was_given_up_is_not_carried),
        CARRY_CASE(cpus_are_where_this_xen_looks_for_them),
        CARRY_CASE(there_is_somebody_to_be_carried),
        CARRY_CASE(others_enter_beside_them),
        CARRY_CASE(what_was_kept_goes_with_the_guest),
    };

    return cmocka_run_group_tests_name("carry", tests, NULL, NULL);
}
