/* SPDX-License-Identifier: GPL-2.0-only */
/* The next Xen goes on by itself: what it is told, what is said of it, and a command that was only slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "help_answer.h"

static struct irx_deadman *record(struct bench *b)
{
    return &fake_anchor(&b->xen)->deadman;
}

/* Nothing of the command comes after the jump; whether it left a report of an earlier time is for the case. */
static void killed_after_the_jump(struct bench *b, const char *command, bool with_report)
{
    char path[128];

    b->xen.deaf = true;
    assert_int_equal(bench_run(b, command), IRX_RC_HELD);
    b->xen.deaf = false;
    assert_int_equal(fake_held(&b->xen), 2);
    snprintf(path, sizeof(path), "%s/last-report.json", b->directory);
    if (!with_report)
        unlink(path);
}

static void the_limit_goes_to_the_target(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_int_equal(record(b)->limit_ms, 30000);
    assert_int_equal(bench_run(b, UPDATE " --claim-after 5"), IRX_RC_DONE);
    assert_int_equal(record(b)->limit_ms, 5000);
    assert_int_equal(bench_run(b, UPDATE " --claim-after 3600"), IRX_RC_DONE);
    assert_int_equal(record(b)->limit_ms, IRX_DEADMAN_LIMIT_MAX_MS);
    assert_int_equal(bench_run(b, UPDATE " --claim-after 0"), IRX_RC_DONE);
    assert_int_equal(record(b)->limit_ms, 0);
    assert_int_equal(bench_run(b, "load --shim SHIM --xen XEN"), IRX_RC_DONE);
    assert_int_equal(record(b)->limit_ms, 30000);
}

static void an_older_xen_is_told_nothing(void **state)
{
    struct bench *b = *state;

    b->xen.no_deadman = true;
    killed_after_the_jump(b, UPDATE, false);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "`interrex finish` completes the update") != NULL);
    assert_true(strstr(b->out, "by itself") == NULL);
    assert_int_equal(bench_run(b, "finish"), IRX_RC_DONE);
}

static void a_xen_that_refuses_goes_back(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_DEADMAN, .rc = -EPERM};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "does not take --claim-after");
    assert_true(fake_normal(&b->xen));
}

static void what_xen_did_is_said(void **state)
{
    struct bench *b = *state;
    json_t *report;

    killed_after_the_jump(b, UPDATE, false);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "nobody: `interrex finish` completes the update");
    assert_says(b, "else Xen does by itself, when nobody has gone on for 30 s");
    assert_true(strstr(b->out, "by Xen") == NULL);

    fake_deadman(&b->xen);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "nobody had gone on with the update for 30 s: Xen did by itself");
    assert_says(b, "2 guests and 3 CPUs came back");
    assert_says(b, "nothing was left to do");
    assert_true(strstr(b->out, "at work") == NULL);

    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_says(b, "update: finished");
    assert_says(b, "Xen did by itself");
    assert_int_equal(bench_run(b, "report --json"), IRX_RC_DONE);
    report = bench_json(b);
    assert_string_equal(json_string_value(json_object_get(report, "command")), "update");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(report, "deadman"), "claimed")), 2);
    assert_true(json_number_value(json_object_get(report, "service_stall_ms")) > 0);
    json_decref(report);

    /* finish is harmless: it says so, and keeps it; and then there is nothing to say any more. */
    assert_int_equal(bench_run(b, "finish --json"), IRX_RC_DONE);
    assert_result(b, "finished");
    assert_says(b, "\"deadman\"");
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_says(b, "finish: finished");
    assert_says(b, "Xen did by itself");

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_result(b, "updated");
    assert_true(strstr(b->out, "deadman") == NULL);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "by Xen") == NULL);
}

/* The report that is kept is of an earlier command: it is not this update's. */
static void an_earlier_report_is_not_taken_for_it(void **state)
{
    struct bench *b = *state;

    killed_after_the_jump(b, UPDATE, true);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_says(b, "update: failed");
    fake_deadman(&b->xen);
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_says(b, "update: finished");
}

static void what_xen_could_not_do_is_said(void **state)
{
    struct bench *b = *state;

    b->xen.quarantines = 3;
    killed_after_the_jump(b, UPDATE, false);
    fake_deadman(&b->xen);
    assert_int_equal(fake_held(&b->xen), 1);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "nobody: `interrex finish` completes the update");
    assert_true(strstr(b->out, "else Xen does") == NULL);
    assert_says(b, "1 guests and 2 CPUs came back");
    assert_says(b, "1 guests were left");
    assert_says(b, "quarantined: ");
    assert_int_equal(bench_run(b, "report --json"), IRX_RC_DONE);
    assert_result(b, "failed");
    assert_says(b, "but for 1 guests");
    assert_int_equal(bench_run(b, "abandon g2"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

/* ---- A command that was slow: Xen finishes before its n-th operation after the jump ---- */

static unsigned int until;

static void finish_meanwhile(struct fake_xen *x)
{
    if (fake_anchor(x)->host_state == IRX_HOST_CLAIMING && until-- == 0)
        fake_deadman(x);
}

static void a_slow_command_finds_it_done(void **state)
{
    struct bench *b = *state;
    unsigned int met = 0;

    for (unsigned int n = 0; n < 80; n++) {
        until = n;
        b->xen.on_op = finish_meanwhile;
        assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
        assert_result(b, "updated");
        assert_true(fake_normal(&b->xen));
        if (record(b)->start_tsc) {
            met++;
            assert_says(b, "\"deadman\"");
        }
        b->xen.on_op = NULL;
        assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
        assert_says(b, "update: updated");
    }
    assert_in_range(met, 8, 79); /* at every one of them, and at none */
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_limit_goes_to_the_target),          CASE(an_older_xen_is_told_nothing),
        CASE(a_xen_that_refuses_goes_back),          CASE(what_xen_did_is_said),
        CASE(an_earlier_report_is_not_taken_for_it), CASE(what_xen_could_not_do_is_said),
        CASE(a_slow_command_finds_it_done),
    };

    return cmocka_run_group_tests_name("dom0 deadman", tests, NULL, NULL);
}
