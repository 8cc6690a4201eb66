/* SPDX-License-Identifier: GPL-2.0-only */
/* What an update's Xen has still to give to its heap: status and report tell of it, while there is something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench.h"

static const json_t *host_of(const json_t *json)
{
    return json_object_get(json, "host");
}

static void status_tells_what_is_to_come(void **state)
{
    struct bench *b = *state;
    json_t *status;

    b->xen.heap = (struct irx_op_heap){.to_come = 1023};
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    status = bench_json(b);
    assert_int_equal(json_integer_value(json_object_get(host_of(status), "heap_to_come_mib")), 4);
    assert_true(json_is_null(json_object_get(host_of(status), "heap_full_ms")));
    json_decref(status);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "memory   4 MiB of what is free are on their way") != NULL);
}

static void the_report_tells_when_it_was_full(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.heap = (struct irx_op_heap){.full_tsc = UINT64_MAX / 2};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    assert_int_equal(json_integer_value(json_object_get(host_of(report), "heap_to_come_mib")), 0);
    assert_true(json_real_value(json_object_get(host_of(report), "heap_full_ms")) > 0);
    json_decref(report);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_null(strstr(b->out, "on their way"));
    assert_non_null(strstr(b->out, "(after dom0 ran again: all in the heap)"));
}

/* Guests and CPUs, too: one after the other. */
static void the_report_tells_when_all_was_back(void **state)
{
    struct bench *b = *state;
    double claimed, back;
    json_t *report;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    claimed = json_real_value(json_object_get(host_of(report), "guests_claimed_ms"));
    back = json_real_value(json_object_get(host_of(report), "cpus_back_ms"));
    json_decref(report);
    assert_true(claimed > 0);
    assert_true(back > claimed);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_non_null(strstr(b->out, "(after dom0 ran again: all claimed)"));
    assert_non_null(strstr(b->out, "(after dom0 ran again: all back)"));
}

/* What did not come to its end has no such figures. */
static void what_fails_is_not_back(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_CLAIM, .rc = -EINVAL};
    assert_int_not_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    assert_true(json_is_number(json_object_get(report, "service_stall_ms")));
    assert_null(json_object_get(host_of(report), "guests_claimed_ms"));
    assert_null(json_object_get(host_of(report), "cpus_back_ms"));
    json_decref(report);
}

/* Of a Xen that no update started, or an older one. */
static void else_nothing_is_said(void **state)
{
    struct bench *b = *state;
    json_t *json;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    json = bench_json(b);
    assert_null(json_object_get(host_of(json), "heap_to_come_mib"));
    assert_null(json_object_get(host_of(json), "guests_claimed_ms"));
    assert_null(json_object_get(host_of(json), "cpus_back_ms"));
    json_decref(json);
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    json = bench_json(b);
    assert_null(json_object_get(host_of(json), "heap_full_ms"));
    json_decref(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(status_tells_what_is_to_come),
        CASE(the_report_tells_when_it_was_full),
        CASE(the_report_tells_when_all_was_back),
        CASE(what_fails_is_not_back),
        CASE(else_nothing_is_said),
    };

    return cmocka_run_group_tests_name("dom0 heap", tests, NULL, NULL);
}
