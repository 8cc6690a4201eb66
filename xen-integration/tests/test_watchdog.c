/* SPDX-License-Identifier: GPL-2.0-only */
/* state/watchdog.c: a domain's watchdogs over a hold, and dom0's over its stall. */
#include "world.h"

#include "state/state.h"

#define MINUTE (60 * 1000 * MILLISECS(1))

void set_timer(struct timer *timer, s_time_t expires)
{
    timer->expires = expires;
    timer->world_armed = true;
}

void stop_timer(struct timer *timer)
{
    timer->world_armed = false;
}

static struct domain *d;
static struct irx_domain r;
static struct vcpu_info info;
struct vcpu_info dummy_vcpu_info;

static int watchdog_begin(void **state)
{
    int rc = world_begin(state);

    d = world_domain(0, 2);
    info = (struct vcpu_info){};
    d->vcpu[0]->vcpu_info = &info;
    d->vcpu[1]->vcpu_info = &dummy_vcpu_info;
    r = (struct irx_domain){};
    /* The first of two is in use, and has a minute. */
    d->watchdog_inuse_map = 1;
    set_timer(&d->watchdog_timer[0], MINUTE);

    return rc;
}
#define WATCHDOG_CASE(test)                                                   \
    cmocka_unit_test_setup_teardown(test, watchdog_begin, world_end)

static void stands_still_and_goes_on(void **state)
{
    interrex_watchdog_export(d, &r);
    assert_false(d->watchdog_timer[0].world_armed);
    assert_int_equal(r.watchdog[0], MINUTE);
    assert_int_equal(r.watchdog[1], 0);
    d->watchdog_inuse_map = 2;
    interrex_watchdog_import(d, &r);
    assert_int_equal(d->watchdog_inuse_map, 1);
    assert_true(d->watchdog_timer[0].world_armed);
    assert_int_equal(d->watchdog_timer[0].expires, MINUTE);
    assert_false(d->watchdog_timer[1].world_armed);
}

static void has_as_much_longer_as_the_domain_stood(void **state)
{
    interrex_watchdog_export(d, &r);
    interrex_watchdog_stood(d, &r, 2 * MINUTE);
    interrex_watchdog_import(d, &r);
    assert_int_equal(d->watchdog_timer[0].expires, 3 * MINUTE);
    assert_int_equal(d->watchdog_inuse_map,
                     1); /* and none that was not there */
    assert_int_equal(info.time.flags, XEN_PVCLOCK_GUEST_STOPPED);
    assert_int_equal(dummy_vcpu_info.time.flags, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WATCHDOG_CASE(stands_still_and_goes_on),
        WATCHDOG_CASE(has_as_much_longer_as_the_domain_stood),
    };

    return cmocka_run_group_tests_name("xen watchdog", tests, NULL, NULL);
}
