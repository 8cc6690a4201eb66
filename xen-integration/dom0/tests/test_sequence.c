/* SPDX-License-Identifier: GPL-2.0-only */
/* Drill, hold, abort and update on a played Xen: how they end, and what the host is like then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "help_answer.h"

/* ---- all goes well ---- */

static void drill_returns_to_normal(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_result(b, "drilled");
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.number, 0);
    assert_true(strstr(b->err, "hold") != NULL); /* progress is on standard error */
}

static void drill_can_be_repeated_with_what_is_loaded(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_run(b, "drill --seconds 1"), IRX_RC_DONE);
        assert_true(fake_normal(&b->xen));
    }
    assert_true(strstr(b->out, "drill: drilled") != NULL);
    assert_int_equal(b->err_size, 0); /* without --json all goes to standard output */
}

static void drill_lasts_as_long_as_asked(void **state)
{
    struct bench *b = *state;
    uint64_t start = b->xen.now;

    assert_int_equal(bench_run(b, "drill --seconds 7 --shim SHIM"), IRX_RC_DONE);
    assert_in_range(b->xen.now - start, 7000000000ull, 7100000000ull);
}

static void drill_many_times_lends_once(void **state)
{
    struct bench *b = *state;
    uint64_t start = b->xen.now;
    json_t *report, *phases, *phase;
    size_t i;

    assert_int_equal(bench_run(b, DRILL " --times 25"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.done[IRX_OP_LEND], 3); /* each CPU once */
    assert_int_equal(b->xen.done[IRX_OP_RETURN], 1);
    assert_int_equal(b->xen.done[IRX_OP_ENTER], 25 * 2);
    assert_int_equal(b->xen.done[IRX_OP_CLAIM], 25 * 2);
    assert_in_range(b->xen.now - start, 50000000000ull, 51000000000ull); /* 25 times 2 s */
    assert_true(strstr(b->err, "5/5") != NULL);
    assert_true(strstr(b->err, "25 of 25 times") != NULL);
    assert_null(strstr(b->err, "runs in the shim")); /* not 25 times the same lines */
    report = bench_json(b);
    assert_int_equal(json_integer_value(json_object_get(report, "times")), 25);
    phases = json_object_get(report, "phases");
    json_array_foreach(phases, i, phase)
    {
        const char *name = json_string_value(json_object_get(phase, "name"));
        double length = json_number_value(json_object_get(phase, "length"));

        if (!strcmp(name, "hold")) /* the sum of all */
            assert_true(length >= 50000.0 && length < 51000.0);
    }
    assert_int_equal(json_array_size(phases), 8); /* each once: check, load, lend to return */
    json_decref(report);
}

static void drill_without_a_hold(void **state)
{
    struct bench *b = *state;
    uint64_t start = b->xen.now;

    assert_int_equal(bench_run(b, "drill --seconds 0 --times 3 --shim SHIM --json"), IRX_RC_DONE);
    assert_result(b, "drilled");
    assert_int_equal(b->xen.done[IRX_OP_ENTER], 3 * 2);
    assert_in_range(b->xen.now - start, 0, 500000000ull);
}

static void update_ends_in_the_next_xen(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.number, 1);
    report = bench_json(b);
    assert_string_equal(json_string_value(json_object_get(report, "result")), "updated");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(report, "source"), "version")),
        "4.17.5-fake-A");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(report, "target"), "version")),
        "4.17.5-fake-B");
    /* exec_tsc to dom0_tsc of fake_kexec_exec() */
    assert_float_equal(json_number_value(json_object_get(report, "service_stall_ms")), 502.0,
                       0.001);
    json_decref(report);
}

/* dom0 stood in the middle of a page table: a moment later it does not. */
static void a_jump_is_tried_again(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = FAKE_KEXEC_EXEC, .rc = -EAGAIN, .times = 2};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_int_equal(b->xen.number, 1);
    assert_true(fake_normal(&b->xen));
    b->xen.failure = (struct fake_failure){.cmd = FAKE_KEXEC_EXEC, .rc = -EAGAIN};
    assert_int_not_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_int_equal(b->xen.number, 1);
    assert_true(fake_normal(&b->xen));
}

static void updates_can_be_repeated(void **state)
{
    struct bench *b = *state;

    for (unsigned int i = 1; i <= 20; i++) {
        assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
        assert_int_equal(b->xen.number, i);
        assert_true(fake_normal(&b->xen));
    }
}

static void hold_stays_until_abort(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_result(b, "held");
    assert_int_equal(fake_held(&b->xen), 2);
    assert_int_equal(bench_run(b, "abort --json"), IRX_RC_DONE);
    assert_result(b, "aborted");
    assert_says(b, "\"cpus\": 4,\n    \"held_cpus\": 3");
    assert_true(fake_normal(&b->xen));
}

static void abort_and_finish_of_a_normal_host_change_nothing(void **state)
{
    struct bench *b = *state;
    unsigned int changes = b->xen.changes;

    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "finish"), IRX_RC_DONE);
    assert_int_equal(b->xen.changes, changes);
}

static void a_guest_that_ends_meanwhile_is_left_out(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){
        .cmd = IRX_OP_PREPARE, .domid = 3, .rc = -ESRCH, .times = 1};
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_result(b, "drilled");
    assert_null(strstr(b->out, "\"g2\""));
    b->xen.failure = (struct fake_failure){
        .cmd = IRX_OP_ENTER, .domid = 3, .rc = -ESRCH, .times = 1};
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_null(strstr(b->out, "\"g2\""));
    assert_true(fake_normal(&b->xen));
}

static void only_the_chosen_cpus_are_lent(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, HOLD " --cpus 3"), IRX_RC_DONE);
    assert_says(b, "\"held_cpus\": 1");
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    assert_int_equal(bench_run(b, HOLD " --cpus 1,2-3"), IRX_RC_DONE);
    assert_says(b, "\"held_cpus\": 3");
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

/* ---- guests and CPUs go in turn ---- */

/* Six guests with a vCPU each, on four CPUs of which three are held: two a CPU while held. */
static void six_guests(struct bench *b)
{
    static const char *const names[] = {"g1", "g2", "g3", "g4", "g5", "g6"};

    for (unsigned int i = 0; i < 6; i++)
        b->xen.guests[i] = (struct fake_guest){.domid = i + 1, .vcpus = 1, .name = names[i]};
}

static void nobody_shares_fewer_cpus_than_while_held(void **state)
{
    static const char *const commands[] = {DRILL, UPDATE, HOLD, "abort", (DRILL " --times 1")};
    static const unsigned int ways[] = {2, 2, 1, 1, 2}; /* 1: out, or back */
    struct bench *b = *state;

    six_guests(b);
    for (unsigned int i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        b->xen.crowd_here = b->xen.crowd_there = 0;
        memset(b->xen.done, 0, sizeof(b->xen.done));
        assert_int_equal(bench_run(b, commands[i]), IRX_RC_DONE);
        assert_in_range(b->xen.crowd_here, 100, 200);
        assert_int_equal(b->xen.crowd_there, 200);
        assert_int_equal(b->xen.done[IRX_OP_LEND] + b->xen.done[IRX_OP_RETURN], 3 * ways[i]);
    }
}

static void cpus_that_are_listed_go_in_turn_too(void **state)
{
    struct bench *b = *state;

    six_guests(b);
    assert_int_equal(bench_run(b, DRILL " --cpus 1,3"), IRX_RC_DONE);
    assert_int_equal(b->xen.done[IRX_OP_LEND], 2);
    assert_int_equal(b->xen.crowd_there, 300);
    assert_in_range(b->xen.crowd_here, 100, 200);
}

static void a_wide_guest_waits_for_its_cpus(void **state)
{
    struct bench *b = *state;

    six_guests(b);
    b->xen.guests[0].vcpus = 3; /* first of the list */
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_true(strstr(b->err, "3 of 4 CPUs held by the shim\n") <
                strstr(b->err, "g1 (domain 1) runs in the shim"));
    assert_true(strstr(b->err, "1 of 4 CPUs held by the shim\n") <
                strstr(b->err, "g2 (domain 2) runs in the shim"));
    assert_in_range(b->xen.crowd_here, 100, 500); /* it has one CPU for as long as an enter takes */
    assert_in_range(b->xen.crowd_there, 200, 300);
}

static void a_xen_of_1_0_lends_all_at_once(void **state)
{
    struct bench *b = *state;

    six_guests(b);
    b->xen.abi_1_0 = true;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_int_equal(b->xen.crowd_here, 600);
    assert_int_equal(b->xen.done[IRX_OP_LEND], 1);
    assert_int_equal(b->xen.done[IRX_OP_RETURN], 1);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void a_cpu_that_cannot_be_lent_takes_all_back(void **state)
{
    struct bench *b = *state;

    six_guests(b);
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_LEND, .rc = -ETIMEDOUT, .after = 2};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_in_range(b->xen.done[IRX_OP_ENTER], 2, 4);
    assert_true(fake_normal(&b->xen));
}

static void a_cpu_that_does_not_come_back_in_turn_comes_at_last(void **state)
{
    struct bench *b = *state;

    six_guests(b);
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_RETURN, .rc = -ETIMEDOUT, .times = 1};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_true(fake_normal(&b->xen));
}

static void what_changes_meanwhile_is_tried_again(void **state)
{
    static const struct fake_failure failures[] = {
        {.cmd = IRX_OP_PREPARE, .domid = 1, .rc = -E2BIG, .times = 2},
        {.cmd = IRX_OP_PREPARE, .domid = 1, .rc = -ETIMEDOUT, .times = 1},
        {.cmd = IRX_OP_ENTER, .domid = 3, .rc = -EAGAIN, .times = 2},
        {.cmd = IRX_OP_ENTER, .domid = 3, .rc = -ETIMEDOUT, .times = 1},
    };
    struct bench *b = *state;

    for (unsigned int i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        b->xen.failure = failures[i];
        assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
        assert_result(b, "updated");
        assert_int_equal(b->xen.failure.cmd, 0);
    }
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .domid = 3, .rc = -EAGAIN};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_true(fake_normal(&b->xen));
}

/* A drill of ten seconds is not over in three: all goes back, as with a signal. */
static void the_time_limit_goes_back(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "drill --shim SHIM --seconds 10 --time-limit 3 --json"),
                     IRX_RC_ABORTED);
    assert_result(b, "aborted");
    assert_says(b, "the time limit is over");
    assert_says(b, "--time-limit");
    assert_true(fake_normal(&b->xen));
    assert_int_equal(bench_run(b, "drill --shim SHIM --seconds 2 --time-limit 3 --json"),
                     IRX_RC_DONE);
    /* After the jump nothing goes back: the played target takes longer. */
    assert_int_equal(bench_run(b, UPDATE " --time-limit 1"), IRX_RC_DONE);
}

static void the_step_limit_reaches_xen(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_int_equal(b->xen.waits_ms[IRX_OP_ENTER], 0);
    assert_int_equal(bench_run(b, UPDATE " --step-limit 4500"), IRX_RC_DONE);
    assert_int_equal(b->xen.waits_ms[IRX_OP_PREPARE], 4500);
    assert_int_equal(b->xen.waits_ms[IRX_OP_ENTER], 4500);
    assert_int_equal(b->xen.waits_ms[IRX_OP_CLAIM], 4500);
    /* What is tried again has longer limits of its own: they are not shortened. */
    b->xen.failure = (struct fake_failure){
        .cmd = IRX_OP_PREPARE, .domid = 3, .rc = -ETIMEDOUT, .times = 1};
    assert_int_equal(bench_run(b, UPDATE " --step-limit 4500"), IRX_RC_DONE);
    assert_int_equal(b->xen.waits_ms[IRX_OP_PREPARE], 10000);
}

static void no_room_for_the_next_xen_goes_back_before_any_guest_moves(void **state)
{
    struct bench *b = *state;

    b->xen.no_room = IRX_REASON_FRAGMENTED;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "free memory in large pieces");
    assert_int_equal(b->xen.done[IRX_OP_ENTER], 0);
    assert_true(fake_normal(&b->xen));
}

/* The neighbour who took it is named beside who found none left; nobody is beside the first. */
static void who_is_in_most_pieces_is_named(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_PREPARE, .domid = 3, .rc = -ENOSPC};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(
        b, "cannot prepare g2 (domain 3): No space left on device; the memory of g1 (domain 1) "
           "is in most pieces: 7");
    b->xen.failure.domid = 1;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "cannot prepare g1 (domain 1): No space left on device");
    assert_null(strstr(b->out, "most pieces"));
    assert_true(fake_normal(&b->xen));
}

static void no_room_in_the_region_for_the_jump_goes_back_too(void **state)
{
    struct bench *b = *state;

    b->xen.no_room = IRX_REASON_REGION_SMALL;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "the live-update region is too small");
    assert_null(strstr(b->out, "its share"));
    assert_int_equal(b->xen.done[IRX_OP_ENTER], 0);
    assert_true(fake_normal(&b->xen));
    b->xen.takes_room = b->xen.guests[1].domid;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "; more than its share takes g2 (2000 KiB)");
    assert_true(fake_normal(&b->xen));
}

/* ---- signals, and others at work ---- */

static volatile sig_atomic_t *stop_flag;

static void raise_stop(struct fake_xen *x)
{
    (void)x;
    *stop_flag = SIGINT;
}

static void a_signal_during_the_hold_goes_back(void **state)
{
    struct bench *b = *state;
    uint64_t start = b->xen.now;

    stop_flag = &b->stop;
    b->xen.on_sleep = raise_stop;
    assert_int_equal(bench_run(b, "drill --seconds 60 --shim SHIM --json"), IRX_RC_ABORTED);
    assert_result(b, "aborted");
    assert_true(fake_normal(&b->xen));
    assert_in_range(b->xen.now - start, 0, 2000000000ull);
}

static void a_signal_ends_the_times(void **state)
{
    struct bench *b = *state;

    stop_flag = &b->stop;
    b->xen.on_sleep = raise_stop;
    assert_int_equal(bench_run(b, DRILL " --times 1000"), IRX_RC_ABORTED);
    assert_result(b, "aborted");
    assert_in_range(b->xen.done[IRX_OP_ENTER], 1, 2);
    assert_true(fake_normal(&b->xen));
}

static void a_signal_before_anything_changes_nothing(void **state)
{
    struct bench *b = *state;

    b->stop = SIGTERM;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_int_equal(b->xen.changes, 0);
}

static void a_signal_after_the_jump_is_not_looked_at(void **state)
{
    struct bench *b = *state;

    /* The first sleep is the one between two tries of a claim, in the next Xen. */
    stop_flag = &b->stop;
    b->xen.on_sleep = raise_stop;
    b->xen.failure = (struct fake_failure){
        .cmd = IRX_OP_CLAIM, .domid = 1, .rc = -EBUSY, .times = 1};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_int_equal(b->stop, SIGINT);
    assert_result(b, "updated");
    assert_true(fake_normal(&b->xen));
}

static void one_at_a_time(void **state)
{
    struct bench *b = *state;
    int other = open(b->lock, O_RDWR | O_CREAT, 0600);

    assert_true(other >= 0);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ERROR);
    assert_true(strstr(b->err, "another interrex") != NULL);
    assert_int_equal(b->xen.changes, 0);
    close(other);
}

static void what_is_held_is_not_begun_again(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_says(b, "interrex abort");
    assert_int_equal(bench_run(b, "load --shim SHIM --xen XEN"), IRX_RC_REFUSED);
    assert_int_equal(bench_run(b, "unload"), IRX_RC_REFUSED);
    assert_int_equal(fake_held(&b->xen), 2);
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(drill_returns_to_normal),
        CASE(drill_can_be_repeated_with_what_is_loaded),
        CASE(drill_lasts_as_long_as_asked),
        CASE(drill_many_times_lends_once),
        CASE(drill_without_a_hold),
        CASE(update_ends_in_the_next_xen),
        CASE(a_jump_is_tried_again),
        CASE(updates_can_be_repeated),
        CASE(only_the_chosen_cpus_are_lent),
        CASE(hold_stays_until_abort),
        CASE(abort_and_finish_of_a_normal_host_change_nothing),
        CASE(a_guest_that_ends_meanwhile_is_left_out),
        CASE(nobody_shares_fewer_cpus_than_while_held),
        CASE(cpus_that_are_listed_go_in_turn_too),
        CASE(a_wide_guest_waits_for_its_cpus),
        CASE(a_xen_of_1_0_lends_all_at_once),
        CASE(a_cpu_that_cannot_be_lent_takes_all_back),
        CASE(a_cpu_that_does_not_come_back_in_turn_comes_at_last),
        CASE(what_changes_meanwhile_is_tried_again),
        CASE(the_time_limit_goes_back),
        CASE(the_step_limit_reaches_xen),
        CASE(no_room_for_the_next_xen_goes_back_before_any_guest_moves),
        CASE(who_is_in_most_pieces_is_named),
        CASE(no_room_in_the_region_for_the_jump_goes_back_too),
        CASE(a_signal_during_the_hold_goes_back),
        CASE(a_signal_ends_the_times),
        CASE(a_signal_before_anything_changes_nothing),
        CASE(a_signal_after_the_jump_is_not_looked_at),
        CASE(one_at_a_time),
        CASE(what_is_held_is_not_begun_again),
    };

    return cmocka_run_group_tests_name("dom0 sequence", tests, NULL, NULL);
}
