/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of what an update may cost, by options: what is refused, what goes back, what goes on. In the
 * played Xen g1 takes 0.2 ms to enter and 0.25 ms to leave, g2 0.3 and 0.25; dom0 stands for 502 ms.
 * By size it is 0.04 and 37.55 ms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "help_answer.h"
#include "help_limits.h"

static void numbers_of_ms(void **state)
{
    static const struct {
        const char *text;
        uint64_t us; /* 0: it is none */
    } cases[] = {
        {"1", 1000},
        {"0.001", 1},
        {"0.1", 100},
        {"12.34", 12340},
        {"3600000", 3600000000},
        {"007.5", 7500},
        {"0", 0},
        {"0.000", 0},
        {"3600000.001", 0},
        {"3600001", 0},
        {"12345678", 0},
        {"", 0},
        {".5", 0},
        {"5.", 0},
        {"0.0001", 0},
        {"-1", 0},
        {"+1", 0},
        {" 1", 0},
        {"1 ", 0},
        {"1ms", 0},
        {"0x10", 0},
        {"1e3", 0},
        {"inf", 0},
        {"nan", 0},
        {"1,5", 0},
        {"99999999999999999999", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t us = 77;

        if (irx_limit_parse(cases[i].text, &us) != (cases[i].us != 0))
            fail_msg("\"%s\"", cases[i].text);
        assert_int_equal(us, cases[i].us ? cases[i].us : 77);
    }
}

/* ---- the forecast ---- */

/* Nothing is touched, and the exit status is that of limits; what is said has the text. */
static void assert_over_limit(struct bench *b, const char *command, const char *text)
{
    unsigned int changes = b->xen.changes;

    assert_int_equal(bench_run(b, command), IRX_RC_OVER_LIMIT);
    assert_says(b, text);
    assert_int_equal(b->xen.changes, changes);
    assert_false(b->xen.loaded_target);
    assert_true(fake_normal(&b->xen));
}

static void a_forecast_over_the_limit_refuses(void **state)
{
    struct bench *b = *state;

    assert_over_limit(b, UPDATE " --max-stall 37.549",
                      "the stall is forecast at 37.550 ms (by size: 1024 MiB");
    assert_says(b, "over the limit of 37.549 ms (--max-stall)");
    assert_says(b, "raise --max-stall, or say --over-limit continue");
    assert_says(b, "\"name\": \"over-limit\"");
    assert_result(b, "refused");
    assert_over(b, "stall host forecast");
    assert_over_limit(b, CHECK " --max-stall 37.549", "Refused.");
    assert_over_limit(b, CHECK " --json --max-blackout 0.039", "run `interrex drill` without this");
    assert_over(b, "blackout g1 forecast, blackout g2 forecast");
    assert_over_limit(b, DRILL " --max-blackout 0.039", "(by size: what the emulated bed takes)");
    b->xen.guests[1].vcpus = 3; /* 4 on 3 CPUs */
    assert_over_limit(b, DRILL " --max-brownout 9.999", "the brown-out is forecast at 10.000 ms");
    assert_over_limit(
        b, "update --shim SHIM --xen XEN --max-brownout 9.999",
        "OVER     g1                   brownout 10.000 ms, limit 9.999 ms (forecast)");
}

static void at_the_limit_is_not_over_it(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, CHECK " --json --max-stall 43.2 --max-blackout 0.04"),
                     IRX_RC_DONE);
    assert_over(b, "");
    assert_int_equal(bench_run(b, DRILL " --max-blackout 0.3 --max-brownout 0.001"), IRX_RC_DONE);
    assert_over(b, "");
    assert_says(b, "\"max_blackout_ms\": 0.3");
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_null(strstr(b->out, "\"limits\"")); /* there are none */
    assert_null(strstr(b->out, "\"over\""));
}

static void what_a_drill_measured_refuses(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_over_limit(b, UPDATE " --max-blackout 0.299",
                      "the blackout is forecast at 0.300 ms (the drill of 20");
    assert_says(b, "at a quieter time");
    assert_over(b, "blackout g2 forecast");
    assert_says(b, "\"subject\": \"g2 (3)\"");
}

static void another_reason_is_no_matter_of_limits(void **state)
{
    struct bench *b = *state;

    b->xen.reasons[0] = (struct irx_op_reason){.domid = 3, .code = IRX_REASON_POD};
    b->xen.reason_count = 1;
    assert_int_equal(bench_run(b, UPDATE " --max-stall 1"), IRX_RC_REFUSED);
    assert_says(b, "--max-stall");
    assert_int_equal(bench_run(b, CHECK " --max-stall 1"), IRX_RC_REFUSED);
    assert_int_equal(bench_run(b, DRILL " --max-blackout 0.01"), IRX_RC_REFUSED);
    assert_int_equal(b->xen.changes, 0);
}

static void a_forecast_over_the_limit_may_go_on(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, CHECK " --max-stall 1 --over-limit continue"), IRX_RC_DONE);
    assert_says(b, "warning  host                 the stall is forecast at 37.550 ms");
    assert_says(b, "This host can be updated.");
    assert_int_equal(bench_run(b, UPDATE " --max-stall 1 --over-limit continue"), IRX_RC_DONE);
    assert_result(b, "updated");
    assert_over(b, "stall host forecast, stall host afterwards");
    assert_says(b, "it goes on past this limit");
    /* the last word counts */
    assert_over_limit(b, CHECK " --max-stall 1 --over-limit continue --over-limit abort",
                      "Refused");
}

static void a_drill_has_no_stall(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, DRILL " --max-stall 1"), IRX_RC_DONE);
    assert_says(b, "a drill has no stall; an update would be refused with this limit");
    assert_over(b, "stall host forecast");
}

/* ---- what is measured ---- */

static void a_blackout_over_the_limit_goes_back(void **state)
{
    static const char *const commands[] = {UPDATE " --max-blackout 0.299",
                                           DRILL " --max-blackout 0.299",
                                           DRILL " --times 9 --max-blackout 0.299"};

    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        struct bench *b;

        assert_int_equal(bench_setup(state), 0);
        b = *state;
        assert_int_equal(bench_run(b, commands[i]), IRX_RC_OVER_LIMIT);
        assert_result(b, "aborted");
        assert_says(b, "the blackout of g2 (domain 3) is 0.300 ms, over the limit of 0.299 ms "
                       "(--max-blackout)");
        assert_says(b, "raise --max-blackout, or say --over-limit continue");
        assert_over(b, "blackout g2 meanwhile");
        assert_true(strstr(b->err, "going back") != NULL);
        assert_int_equal(b->xen.done[IRX_OP_ENTER], 2);
        assert_true(fake_normal(&b->xen));
        assert_int_equal(b->xen.number, 0);
        bench_teardown(state);
    }
}

static void nobody_enters_after_the_one_that_was_over(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, UPDATE " --max-blackout 0.199"), IRX_RC_OVER_LIMIT);
    assert_int_equal(b->xen.done[IRX_OP_ENTER], 1);
    assert_over(b, "blackout g1 meanwhile");
    assert_true(fake_normal(&b->xen));
}

static void a_brownout_over_the_limit_goes_back(void **state)
{
    struct bench *b = *state;

    b->xen.guests[0].wait_shim_ns = 7000000;
    assert_int_equal(bench_run(b, UPDATE " --max-brownout 6.999"), IRX_RC_OVER_LIMIT);
    assert_says(b, "the brown-out of g1 (domain 1) is 7.000 ms, over the limit of 6.999 ms");
    assert_over(b, "brownout g1 meanwhile");
    b->xen.guests[0].wait_shim_ns = 0;
    b->xen.guests[1].wait_xen_ns = 8000000; /* before it was entered */
    assert_int_equal(bench_run(b, DRILL " --max-brownout 7"), IRX_RC_OVER_LIMIT);
    assert_over(b, "brownout g2 meanwhile");
    assert_int_equal(b->xen.number, 0);
    assert_true(fake_normal(&b->xen));
}

static void wait_long(struct fake_xen *x)
{
    const struct irx_domain *d = fake_domain(x, 1);

    if (d && d->state == IRX_DOM_RUNNING)
        fake_vcpu(x, d->vcpu_first)->max_wait_tsc = 9000000;
}

static void a_brownout_of_the_hold_ends_it(void **state)
{
    struct bench *b = *state;
    uint64_t start = b->xen.now;

    b->xen.on_sleep = wait_long;
    assert_int_equal(bench_run(b, "drill --seconds 60 --shim SHIM --json --max-brownout 8"),
                     IRX_RC_OVER_LIMIT);
    assert_over(b, "brownout g1 meanwhile");
    assert_in_range(b->xen.now - start, 0, 2000000000ull);
    assert_true(fake_normal(&b->xen));
}

/* g1 has no CPU yet; it would have needed 0.2 ms if it had. */
static void no_turn_yet(struct fake_xen *x)
{
    const struct irx_domain *d = fake_domain(x, 1);

    if (!d || d->state != IRX_DOM_RUNNING)
        return;
    fake_vcpu(x, d->vcpu_first)->state = IRX_VCPU_RUNNABLE;
    fake_vcpu(x, d->vcpu_first)->first_tsc = 0;
}

static void who_waits_for_its_first_turn_is_in_its_blackout(void **state)
{
    struct bench *b = *state;

    b->xen.on_op = no_turn_yet;
    assert_int_equal(run_limited(b, UPDATE, "{\"domains\": {\"g1\": {\"max_blackout_ms\": 0.9}}}"),
                     IRX_RC_OVER_LIMIT);
    assert_over(b, "blackout g1 meanwhile");
    assert_int_equal(b->xen.done[IRX_OP_ENTER], 2); /* it was when the other one had entered too */
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.number, 0);
}

static void what_is_measured_over_the_limit_may_go_on(void **state)
{
    struct bench *b = *state;

    b->xen.guests[0].wait_shim_ns = 7000000;
    assert_int_equal(
        bench_run(b, UPDATE " --max-blackout 0.25 --max-brownout 1 --over-limit continue"),
        IRX_RC_DONE);
    assert_result(b, "updated");
    assert_over(b, "brownout g1 meanwhile, blackout g2 meanwhile");
    assert_true(strstr(b->err, "brown-out of g1 is 7.000 ms, over --max-brownout; going on") !=
                NULL);
    assert_int_equal(b->xen.number, 1);
}

/* It is told once, and with the most that it came to. */
static void what_grows_is_told_as_it_ended(void **state)
{
    struct bench *b = *state;

    b->xen.guests[0].wait_shim_ns = 7000000;
    b->xen.on_sleep = wait_long;
    assert_int_equal(bench_run(b, DRILL " --max-brownout 5 --over-limit continue"), IRX_RC_DONE);
    assert_over(b, "brownout g1 meanwhile");
    assert_says(b, "\"value_ms\": 9.0");
}

static void what_shows_after_the_jump_is_reported(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run_limited(b, UPDATE " --max-stall 501.9",
                                 "{\"domains\": {\"g1\": {\"max_blackout_ms\": 0.249}}}"),
                     IRX_RC_DONE);
    assert_result(b, "updated");
    assert_over(b, "stall host afterwards, blackout g1 afterwards");
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_says(b, "OVER     host                 stall 502.000 ms, limit 501.900 ms (afterwards)");
    assert_over_limit(b, UPDATE " --max-stall 501.9", "forecast at 502.000 ms (the update of 20");
}

static void a_drill_that_was_over_it_is_done_and_says_so(void **state)
{
    static const char *const limits = "{\"domains\": {\"g1\": {\"max_blackout_ms\": 0.249}}}";
    struct bench *b = *state;

    assert_int_equal(run_limited(b, DRILL, limits), IRX_RC_OVER_LIMIT);
    assert_result(b, "drilled");
    assert_over(b, "blackout g1 afterwards");
    assert_true(fake_normal(&b->xen));
    assert_int_equal(run_limited(b, DRILL " --over-limit continue", limits), IRX_RC_DONE);
    assert_over(b, "blackout g1 forecast, blackout g1 afterwards"); /* it has learned */
}

static void a_failure_of_another_kind_stays_one(void **state)
{
    struct bench *b = *state;

    /* g1 is over when it leaves, which it does because g2 fails */
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .domid = 3, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, UPDATE " --max-blackout 0.249"), IRX_RC_ABORTED);
    assert_over(b, "blackout g1 afterwards");
}

static void a_way_back_that_fails_stays_one_too(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_CLAIM, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, UPDATE " --max-blackout 0.249"), IRX_RC_HELD);
    assert_result(b, "failed");
    assert_says(b, "the blackout of g2 (domain 3) is 0.300 ms");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(numbers_of_ms),
        CASE(a_forecast_over_the_limit_refuses),
        CASE(at_the_limit_is_not_over_it),
        CASE(what_a_drill_measured_refuses),
        CASE(another_reason_is_no_matter_of_limits),
        CASE(a_forecast_over_the_limit_may_go_on),
        CASE(a_drill_has_no_stall),
        CASE(nobody_enters_after_the_one_that_was_over),
        CASE(a_brownout_over_the_limit_goes_back),
        CASE(a_brownout_of_the_hold_ends_it),
        CASE(who_waits_for_its_first_turn_is_in_its_blackout),
        CASE(what_is_measured_over_the_limit_may_go_on),
        CASE(what_grows_is_told_as_it_ended),
        CASE(what_shows_after_the_jump_is_reported),
        CASE(a_drill_that_was_over_it_is_done_and_says_so),
        CASE(a_failure_of_another_kind_stays_one),
        CASE(a_way_back_that_fails_stays_one_too),
        cmocka_unit_test(a_blackout_over_the_limit_goes_back),
    };

    return cmocka_run_group_tests_name("dom0 limits", tests, NULL, NULL);
}
