/* SPDX-License-Identifier: GPL-2.0-only */
/* An update beside a guest that the Xen before left in the shim: it is carried on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"
#include "help_answer.h"

#include <errno.h>
#include <string.h>

/* The first update has left g2 in the shim; how it ended was looked at elsewhere. */
static int carry_setup(void **state)
{
    struct bench *b;

    if (bench_setup(state))
        return -1;
    b = *state;
    b->xen.quarantines = 3;
    b->xen.carries = true;
    b->xen.takes_fallback = true;
    return bench_run(b, UPDATE) == IRX_RC_QUARANTINED ? 0 : -1;
}
#define CARRY_CASE(test) cmocka_unit_test_setup_teardown(test, carry_setup, bench_teardown)

/* As the first update left it. */
static void assert_as_before(struct bench *b)
{
    assert_int_equal(fake_anchor(&b->xen)->host_state, IRX_HOST_CLAIMING);
    assert_int_equal(b->xen.number, 1);
    assert_int_equal(fake_held(&b->xen), 1);
    assert_int_equal(fake_domain(&b->xen, 3)->state, IRX_DOM_RUNNING);
    assert_null(fake_domain(&b->xen, 1));
}

static void the_next_xen_takes_it(void **state)
{
    struct bench *b = *state;
    const uint64_t generation = fake_anchor(&b->xen)->generation;
    const unsigned int prepared = b->xen.done[IRX_OP_PREPARE];

    b->xen.taken_by = 2;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_result(b, "updated");
    assert_non_null(strstr(b->err, "the shim stays"));
    assert_int_equal(b->xen.number, 2);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(fake_anchor(&b->xen)->generation, generation); /* its entries are of it */
    assert_int_equal(b->xen.done[IRX_OP_PREPARE], prepared + 1);    /* the other one's */
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);            /* and all is as ever */
    assert_int_equal(fake_anchor(&b->xen)->generation, generation + 1);
}

static void the_next_xen_does_not_take_it_either(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_QUARANTINED);
    assert_result(b, "updated");
    assert_says(b, "its CPU policy (Invalid argument)");
    assert_int_equal(b->xen.number, 2);
    assert_int_equal(fake_held(&b->xen), 1);
    b->xen.taken_by = 3;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void what_fails_before_the_jump_goes_back_to_it(void **state)
{
    static const struct fake_failure failures[] = {
        {.cmd = IRX_OP_LEND, .rc = -EBUSY},      {.cmd = IRX_OP_LEND, .rc = -ETIMEDOUT, .after = 1},
        {.cmd = IRX_OP_PREPARE, .rc = -ENOSPC},  {.cmd = IRX_OP_ENTER, .rc = -EFAULT},
        {.cmd = FAKE_KEXEC_EXEC, .rc = -EINVAL}, {.cmd = FAKE_KEXEC_LOAD, .rc = -EINVAL},
        {.cmd = IRX_OP_LOAD_SHIM, .rc = -EBUSY}, {.cmd = IRX_OP_DEADMAN, .rc = -EINVAL},
    };

    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        struct bench *b = *state;

        b->xen.failure = failures[i];
        assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
        assert_result(b, "aborted");
        assert_says(b, "\"quarantined\": {");
        assert_as_before(b);
        b->xen.failure = (struct fake_failure){0};
        assert_int_equal(bench_run(b, "finish --json"), IRX_RC_QUARANTINED);
        assert_as_before(b);
    }
}

/* As when the command was killed before the jump, and someone comes and looks. */
static void who_comes_later_goes_back_to_it_too(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_RETURN, .rc = -ETIMEDOUT};
    b->xen.stays = true;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    assert_says(b, "interrex abort");
    b->xen.failure = (struct fake_failure){0};
    assert_int_equal(fake_anchor(&b->xen)->host_state, IRX_HOST_HOLDING);
    assert_int_equal(bench_run(b, "abort --json"), IRX_RC_QUARANTINED);
    assert_result(b, "aborted");
    assert_as_before(b);
}

static void it_can_be_looked_at_before(void **state)
{
    struct bench *b = *state;
    const unsigned int changes = b->xen.changes;

    assert_int_equal(bench_run(b, "check --xen XEN --shim nowhere --json"), IRX_RC_DONE);
    assert_says(b, "\"result\": \"ok\"");
    assert_says(b, "it is carried on, and quarantined again where");
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "interrex update");
    assert_int_equal(b->xen.changes, changes);
}

/* A drill ends where it began, which takes what can be claimed. */
static void nothing_else_begins_beside_it(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "drill --shim SHIM --json"), IRX_RC_REFUSED);
    assert_says(b, "interrex finish");
    assert_int_equal(bench_run(b, "hold --shim SHIM --json"), IRX_RC_REFUSED);
    assert_int_equal(bench_run(b, "load --shim SHIM --xen XEN --json"), IRX_RC_REFUSED);
    assert_as_before(b);
}

static void one_that_cannot_be_carried_on_is_a_reason(void **state)
{
    struct bench *b = *state;

    b->xen.carries = false;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_says(b, "interrex abandon DOMAIN");
    assert_as_before(b);
}

/* Whoever can be claimed is claimed first. */
static void nothing_begins_beside_one_that_only_waits(void **state)
{
    struct bench *b;

    bench_teardown(state);
    assert_int_equal(bench_setup(state), 0);
    b = *state;
    b->xen.quarantines = 3;
    b->xen.carries = true;
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_CLAIM, .domid = 1, .rc = -ETIMEDOUT};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_HELD);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_says(b, "interrex finish");
    assert_int_equal(b->xen.number, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CARRY_CASE(the_next_xen_takes_it),
        CARRY_CASE(the_next_xen_does_not_take_it_either),
        CARRY_CASE(what_fails_before_the_jump_goes_back_to_it),
        CARRY_CASE(who_comes_later_goes_back_to_it_too),
        CARRY_CASE(it_can_be_looked_at_before),
        CARRY_CASE(nothing_else_begins_beside_it),
        CARRY_CASE(one_that_cannot_be_carried_on_is_a_reason),
        CARRY_CASE(nothing_begins_beside_one_that_only_waits),
    };

    return cmocka_run_group_tests_name("dom0 carry", tests, NULL, NULL);
}
