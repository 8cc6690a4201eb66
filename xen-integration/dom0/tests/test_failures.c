/* SPDX-License-Identifier: GPL-2.0-only */
/* A step of drill or update fails: the host goes back, or what is held is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "help_answer.h"

static void a_failure_at_any_time_goes_back(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){
        .cmd = IRX_OP_ENTER, .domid = 3, .rc = -ETIMEDOUT, .after = 4};
    assert_int_equal(bench_run(b, DRILL " --times 9"), IRX_RC_ABORTED);
    assert_result(b, "aborted");
    assert_says(b, "\"times\": 4");
    assert_says(b, "g2 (domain 3)");
    assert_true(strstr(b->err, "going back") != NULL);
    assert_true(fake_normal(&b->xen));
}

static void every_failure_before_the_jump_goes_back(void **state)
{
    static const struct fake_failure failures[] = {
        {.cmd = FAKE_KEXEC_LOAD, .rc = -EADDRNOTAVAIL},
        {.cmd = IRX_OP_LOAD_SHIM, .rc = -EIO},
        {.cmd = IRX_OP_LEND, .rc = -ETIMEDOUT},
        {.cmd = IRX_OP_PREPARE, .domid = 1, .rc = -ENOSPC},
        {.cmd = IRX_OP_PREPARE, .domid = 3, .rc = -ETIMEDOUT},
        {.cmd = IRX_OP_ENTER, .domid = 1, .rc = -ETIMEDOUT},
        {.cmd = IRX_OP_ENTER, .domid = 3, .rc = -EIO},
        {.cmd = FAKE_KEXEC_EXEC, .rc = -EINVAL},
    };

    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        struct bench *b;

        assert_int_equal(bench_setup(state), 0);
        b = *state;
        b->xen.failure = failures[i];
        assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
        assert_result(b, "aborted");
        assert_true(fake_normal(&b->xen));
        assert_int_equal(b->xen.number, 0);
        assert_says(b, failures[i].domid == 3   ? "g2 (domain 3)"
                       : failures[i].domid == 1 ? "g1 (domain 1)"
                                                : "\"what\"");
        bench_teardown(state);
    }
}

static void a_jump_that_does_not_happen_goes_back(void **state)
{
    struct bench *b = *state;

    b->xen.stays = true;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_true(fake_normal(&b->xen));
    assert_says(b, "without having made it");
}

static void a_domain_that_comes_up_meanwhile_stops_the_jump(void **state)
{
    struct bench *b = *state;

    b->xen.newcomer = true;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.number, 0);
    assert_says(b, "domain 77");
}

static void a_claim_is_tried_again(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){
        .cmd = IRX_OP_CLAIM, .domid = 1, .rc = -ETIMEDOUT, .times = 2};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_result(b, "updated");
    assert_true(fake_normal(&b->xen));
}

static void a_claim_that_never_works_leaves_one_held_and_says_so(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_CLAIM, .domid = 1, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    assert_result(b, "failed");
    assert_says(b, "interrex finish");
    assert_int_equal(fake_held(&b->xen), 1); /* the other one runs */
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_says(b, "interrex finish");
    b->xen.failure.cmd = 0;
    assert_int_equal(bench_run(b, "finish"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void a_way_back_that_fails_is_said(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_RETURN, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, DRILL), IRX_RC_HELD);
    assert_result(b, "failed");
    assert_says(b, "cannot take the CPUs back");
    b->xen.failure.cmd = 0;
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void a_next_xen_that_is_deaf_is_said(void **state)
{
    struct bench *b = *state;

    b->xen.deaf = true;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    assert_result(b, "failed");
    assert_says(b, "the next Xen runs");
}

/* As when the command was killed in the jump, and someone comes and looks. */
static void what_a_jump_left_is_finished_and_not_aborted(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.deaf = true;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    b->xen.deaf = false;
    assert_int_equal(bench_run(b, "abort --json"), IRX_RC_REFUSED);
    assert_result(b, "refused");
    assert_says(b, "4.17.5-fake-B runs: the jump has been made");
    assert_says(b, "interrex finish");
    assert_int_equal(fake_held(&b->xen), 2);
    assert_int_equal(bench_run(b, "finish --json"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.number, 1);
    report = bench_json(b);
    assert_string_equal(json_string_value(json_object_get(report, "result")), "finished");
    assert_true(
        json_is_null(json_object_get(json_object_get(report, "source"), "version"))); /* gone */
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(report, "target"), "version")),
        "4.17.5-fake-B");
    assert_float_equal(json_number_value(json_object_get(report, "service_stall_ms")), 502.0,
                       0.001);
    json_decref(report);
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE); /* nothing is held: nothing to refuse */
}

static void a_finish_that_fails_says_finish_again(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_RETURN, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    assert_says(b, "interrex finish");
    assert_int_equal(bench_run(b, "finish --json"), IRX_RC_HELD);
    assert_result(b, "failed");
    assert_says(b, "run `interrex finish`");
    b->xen.failure.cmd = 0;
    assert_int_equal(bench_run(b, "finish"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void what_is_held_before_a_jump_is_not_finished(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "finish"), IRX_RC_REFUSED);
    assert_says(b, "4.17.5-fake-A runs: no jump has been made");
    assert_says(b, "interrex abort");
    assert_int_equal(fake_held(&b->xen), 2);
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
}

static void fail_a_domain(struct fake_xen *x)
{
    struct irx_domain *d = fake_domain(x, 3);

    if (d && d->state == IRX_DOM_RUNNING)
        d->error = -EFAULT, fake_anchor(x)->shim_error = -EFAULT,
        fake_anchor(x)->shim_state = IRX_SHIM_FAILED;
}

static void a_shim_that_fails_ends_the_hold(void **state)
{
    struct bench *b = *state;

    b->xen.on_sleep = fail_a_domain;
    assert_int_equal(bench_run(b, "drill --seconds 60 --shim SHIM --json"), IRX_RC_ABORTED);
    assert_says(b, "the shim failed");
    assert_true(fake_normal(&b->xen));
}

static void one_that_the_next_xen_cannot_take_is_quarantined(void **state)
{
    struct bench *b = *state;

    b->xen.quarantines = 3;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_QUARANTINED);
    assert_result(b, "updated");
    assert_says(b, "\"quarantined\": {");
    assert_says(b, "its grants (Invalid argument)");
    assert_says(b, "abandon DOMAIN");
    assert_int_equal(fake_held(&b->xen), 1); /* the other came back */
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "quarantined: the shim runs it");
    assert_int_equal(bench_run(b, "finish --json"), IRX_RC_QUARANTINED);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);

    assert_int_equal(bench_run(b, "abandon g1"), IRX_RC_REFUSED);
    assert_int_equal(bench_run(b, "abandon 33"), IRX_RC_REFUSED);
    assert_int_equal(fake_held(&b->xen), 1);
    assert_int_equal(bench_run(b, "abandon g2 --json"), IRX_RC_DONE);
    assert_result(b, "abandoned");
    assert_true(fake_normal(&b->xen));
}

/* The Xen that refused it takes it now: the last one brings the CPUs back. */
static void one_that_is_quarantined_is_tried_again_alone(void **state)
{
    struct bench *b = *state;

    b->xen.quarantines = 3;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_QUARANTINED);
    assert_int_equal(bench_run(b, "finish g2 --json"), IRX_RC_QUARANTINED);
    assert_says(b, "its grants (Invalid argument)");
    assert_int_equal(fake_held(&b->xen), 1);
    b->xen.quarantines = 77;
    assert_int_equal(bench_run(b, "finish 3 --json"), IRX_RC_DONE);
    assert_result(b, "finished");
    assert_true(fake_normal(&b->xen));
    assert_int_equal(bench_run(b, "finish g2"), IRX_RC_REFUSED);
    assert_says(b, "runs no domain g2");
}

/* Those that nobody has tried yet stay, and so do the CPUs. */
static void finish_takes_the_one_that_was_named(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_CLAIM, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    b->xen.failure.cmd = 0;
    assert_int_equal(fake_held(&b->xen), 2);
    assert_int_equal(bench_run(b, "finish nobody"), IRX_RC_REFUSED);
    assert_int_equal(bench_run(b, "finish g1 --json"), IRX_RC_HELD);
    assert_says(b, "1 are still there");
    assert_int_equal(fake_held(&b->xen), 1);
    assert_null(fake_domain(&b->xen, 1));
    assert_int_equal(bench_run(b, "finish g2 --json"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void an_abandon_that_fails_can_be_asked_again(void **state)
{
    struct bench *b = *state;

    b->xen.quarantines = 1;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_QUARANTINED);
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ABANDON, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, "abandon 1 --json"), IRX_RC_HELD);
    assert_result(b, "failed");
    b->xen.failure = (struct fake_failure){0};
    assert_int_equal(bench_run(b, "abandon 1 --json"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

/* Where it is held as was asked for, the others stay held too. */
static void one_of_those_that_are_held_is_abandoned(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "abandon 3 --json"), IRX_RC_DONE);
    assert_int_equal(fake_held(&b->xen), 1);
    assert_int_equal(bench_run(b, "abort --json"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_failure_at_any_time_goes_back),
        cmocka_unit_test(every_failure_before_the_jump_goes_back),
        CASE(a_jump_that_does_not_happen_goes_back),
        CASE(a_domain_that_comes_up_meanwhile_stops_the_jump),
        CASE(a_claim_is_tried_again),
        CASE(a_claim_that_never_works_leaves_one_held_and_says_so),
        CASE(a_way_back_that_fails_is_said),
        CASE(a_next_xen_that_is_deaf_is_said),
        CASE(what_a_jump_left_is_finished_and_not_aborted),
        CASE(a_finish_that_fails_says_finish_again),
        CASE(what_is_held_before_a_jump_is_not_finished),
        CASE(a_shim_that_fails_ends_the_hold),
        CASE(one_that_the_next_xen_cannot_take_is_quarantined),
        CASE(one_that_is_quarantined_is_tried_again_alone),
        CASE(finish_takes_the_one_that_was_named),
        CASE(an_abandon_that_fails_can_be_asked_again),
        CASE(one_of_those_that_are_held_is_abandoned),
    };

    return cmocka_run_group_tests_name("dom0 failures", tests, NULL, NULL);
}
