/* SPDX-License-Identifier: GPL-2.0-only */
/* PV guests, which are not held: they stand still as long as dom0 does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "help_answer.h"

/* The report's guest of this name. */
static json_t *guest_in(json_t *report, const char *name)
{
    json_t *guest;
    size_t i;

    json_array_foreach(json_object_get(report, "guests"), i, guest)
    {
        if (!strcmp(json_string_value(json_object_get(guest, "name")), name))
            return guest;
    }
    fail_msg("no guest %s in the report", name);
    return NULL;
}

static void a_pv_guest_stands_still_with_dom0(void **state)
{
    struct bench *b = *state;
    json_t *report, *pv, *held;

    b->xen.guests[2] = (struct fake_guest){.domid = 5, .vcpus = 2, .name = "old", .pv = true};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
    report = bench_json(b);
    pv = guest_in(report, "old");
    held = guest_in(report, "g1");
    assert_true(json_is_true(json_object_get(pv, "parked")));
    /* exec_tsc to dom0_tsc, without what let_parked_go_on() takes off at both ends */
    assert_float_equal(json_number_value(json_object_get(pv, "stop_ms")), 499.0, 0.001);
    assert_true(json_is_null(json_object_get(pv, "blackout_enter_us")));
    assert_true(json_is_null(json_object_get(pv, "quarantined")));
    assert_true(json_is_false(json_object_get(held, "parked")));
    assert_true(json_is_null(json_object_get(held, "stop_ms")));
    json_decref(report);
}

static void a_pv_guest_runs_on_through_a_drill(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.guests[2] = (struct fake_guest){.domid = 5, .vcpus = 2, .name = "old", .pv = true};
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
    report = bench_json(b);
    assert_true(json_is_true(json_object_get(guest_in(report, "old"), "parked")));
    assert_true(json_is_null(json_object_get(guest_in(report, "old"), "stop_ms")));
    json_decref(report);
}

static void a_pv_guest_that_cannot_go_on_is_named(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.guests[2] = (struct fake_guest){
        .domid = 5, .vcpus = 2, .name = "old", .pv = true, .crashes = true};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_QUARANTINED);
    report = bench_json(b);
    assert_true(json_is_object(json_object_get(guest_in(report, "old"), "quarantined")));
    assert_true(json_is_null(json_object_get(guest_in(report, "old"), "stop_ms")));
    assert_true(json_is_null(json_object_get(guest_in(report, "g1"), "quarantined")));
    json_decref(report);
}

static void check_says_what_becomes_of_it(void **state)
{
    struct bench *b = *state;

    b->xen.guests[2] = (struct fake_guest){.domid = 5, .vcpus = 2, .name = "old", .pv = true};
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "old (5)");
    assert_says(b, "PV: stands still for the service stall");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_pv_guest_stands_still_with_dom0),
        CASE(a_pv_guest_runs_on_through_a_drill),
        CASE(a_pv_guest_that_cannot_go_on_is_named),
        CASE(check_says_what_becomes_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
