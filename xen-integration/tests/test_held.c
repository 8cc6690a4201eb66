/* SPDX-License-Identifier: GPL-2.0-only */
/* hold/held.c: what others may do to a domain that the shim runs. */
#include "world.h"

#include <public/domctl.h>
#include <public/sched.h>

#include "hold/hold.h"

static struct interrex_hold hold;

static struct domain *held_domain(bool held)
{
    struct domain *d = world_domain(7, 1);

    hold = (struct interrex_hold){ .d = d, .held = held };
    d->arch.interrex = &hold;

    return d;
}

static void nothing_is_refused_of_one_that_is_not_held(void **state)
{
    struct domain *d = held_domain(false);
    uint32_t cmd;

    for ( cmd = 0; cmd < 200; cmd++ )
        assert_int_equal(interrex_domctl(d, cmd), 0);
    assert_int_equal(interrex_change(d), 0);
    assert_int_equal(interrex_domctl(NULL, XEN_DOMCTL_createdomain), 0);
}

static void what_would_change_it_is_refused(void **state)
{
    static const uint32_t refused[] = {
        XEN_DOMCTL_pausedomain,       XEN_DOMCTL_unpausedomain,
        XEN_DOMCTL_resumedomain,      XEN_DOMCTL_getvcpucontext,
        XEN_DOMCTL_setvcpucontext,    XEN_DOMCTL_gethvmcontext,
        XEN_DOMCTL_sethvmcontext,     XEN_DOMCTL_shadow_op,
        XEN_DOMCTL_set_cpu_policy,    XEN_DOMCTL_settscinfo,
        XEN_DOMCTL_getpageframeinfo3, XEN_DOMCTL_max_vcpus,
        XEN_DOMCTL_memory_mapping,    199,
    };
    struct domain *d = held_domain(true);
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(refused); i++ )
        assert_int_equal(interrex_domctl(d, refused[i]), -EBUSY);
    assert_int_equal(interrex_change(d), -EBUSY);
}

static void what_only_concerns_xen_is_not(void **state)
{
    static const uint32_t harmless[] = {
        XEN_DOMCTL_destroydomain,   XEN_DOMCTL_getdomaininfo,
        XEN_DOMCTL_getvcpuinfo,     XEN_DOMCTL_setvcpuaffinity,
        XEN_DOMCTL_setnodeaffinity, XEN_DOMCTL_scheduler_op,
        XEN_DOMCTL_max_mem,
    };
    struct domain *d = held_domain(true);
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(harmless); i++ )
        assert_int_equal(interrex_domctl(d, harmless[i]), 0);
}

/*
 * A save reads the policy before it asks the guest to suspend (xg_sr_save.c): refused there it has
 * done nothing yet. Let through, it would wait for a guest that cannot obey, and leave it suspended.
 */
static void a_save_ends_before_it_asks_the_guest(void **state)
{
    struct domain *d = held_domain(true);

    assert_int_equal(interrex_domctl(d, XEN_DOMCTL_get_cpu_policy), -EBUSY);
    assert_int_equal(interrex_domctl(d, XEN_DOMCTL_gettscinfo), -EBUSY);
}

static void saved_is_not_any_shutdown(void **state)
{
    struct domain *d = world_domain(7, 1);
    int code;

    d->creation_finished = true;
    assert_int_equal(interrex_domctl(d, XEN_DOMCTL_get_cpu_policy), 0);
    assert_false(interrex_is_saved(d));
    d->is_shut_down = true;
    for ( code = SHUTDOWN_poweroff; code <= SHUTDOWN_MAX; code++ )
    {
        d->shutdown_code = code;
        assert_int_equal(interrex_is_saved(d), code == SHUTDOWN_suspend);
    }
    d->is_shut_down = false;
    d->shutdown_code = SHUTDOWN_suspend;
    assert_false(interrex_is_saved(d));
    assert_int_equal(interrex_domctl(d, XEN_DOMCTL_destroydomain), 0);
}

/* It stands as one that crashed does, and nobody waits for it: a guest does not stop the host's updates. */
static void one_that_suspends_itself_is_not_saved(void **state)
{
    struct domain *d = world_domain(7, 1);

    d->is_shut_down = true;
    d->shutdown_code = SHUTDOWN_suspend;
    assert_false(interrex_is_saved(d));
    /* The toolstack asks while it makes one: that is no save. */
    d->creation_finished = false;
    assert_int_equal(interrex_domctl(d, XEN_DOMCTL_get_cpu_policy), 0);
    assert_false(interrex_is_saved(d));
}

/* Resumed, as after a checkpoint, or destroyed: the next one with its number is another. */
static void a_save_ends(void **state)
{
    static const uint32_t ends[] = { XEN_DOMCTL_resumedomain,
                                     XEN_DOMCTL_destroydomain };
    struct domain *d = world_domain(7, 1);
    unsigned int i;

    d->creation_finished = true;
    d->is_shut_down = true;
    d->shutdown_code = SHUTDOWN_suspend;
    for ( i = 0; i < ARRAY_SIZE(ends); i++ )
    {
        assert_int_equal(interrex_domctl(d, XEN_DOMCTL_get_cpu_policy), 0);
        assert_true(interrex_is_saved(d));
        assert_int_equal(interrex_domctl(d, XEN_DOMCTL_getdomaininfo), 0);
        assert_true(interrex_is_saved(d));
        assert_int_equal(interrex_domctl(d, ends[i]), 0);
        assert_false(interrex_is_saved(d));
    }
}

/* A save that is refused has not begun. */
static void a_save_of_a_held_one_does_not_begin(void **state)
{
    struct domain *d = held_domain(true);

    d->creation_finished = true;
    assert_int_equal(interrex_domctl(d, XEN_DOMCTL_get_cpu_policy), -EBUSY);
    d->is_shut_down = true;
    d->shutdown_code = SHUTDOWN_suspend;
    assert_false(interrex_is_saved(d));
}

static void changes_of_its_memory_are_counted(void **state)
{
    struct domain *d = held_domain(false);

    assert_int_equal(interrex_p2m_change(d), 0);
    assert_int_equal(hold.p2m_changes, 1);
    hold.held = true;
    assert_int_equal(interrex_p2m_change(d), -EBUSY);
    assert_int_equal(hold.p2m_changes, 2);
    d->arch.interrex = NULL;
    assert_int_equal(interrex_p2m_change(d), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(nothing_is_refused_of_one_that_is_not_held),
        CASE(what_would_change_it_is_refused),
        CASE(what_only_concerns_xen_is_not),
        CASE(a_save_ends_before_it_asks_the_guest),
        CASE(saved_is_not_any_shutdown),
        CASE(one_that_suspends_itself_is_not_saved),
        CASE(a_save_ends),
        CASE(a_save_of_a_held_one_does_not_begin),
        CASE(changes_of_its_memory_are_counted),
    };

    return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
