/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports and status: the figures in them, what is kept, what is merged in.
 * With `--emit DIR` no tests: writes a report of each kind into DIR, for
 * test_program.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <interrex/release.h>

#include "bench.h"
#include "fake_parts.h"
#include "../report.h"

static json_t *guest(json_t *report, const char *name)
{
    json_t *g;
    size_t i;

    json_array_foreach(json_object_get(report, "guests"), i, g)
    {
        if (strcmp(json_string_value(json_object_get(g, "name")), name) == 0)
            return g;
    }
    fail_msg("no guest %s", name);
    return NULL;
}

static long long number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    assert_true(json_is_integer(value));
    return (long long)json_integer_value(value);
}

/* ---- figures ---- */

static void blackouts_are_the_longest_of_a_domain(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = bench_json(b);
    /* do_enter(): vCPU i runs after 200 + 100 i us; do_claim(): 50 to 300 us */
    assert_int_equal(number(guest(report, "g1"), "blackout_enter_us"), 200);
    assert_int_equal(number(guest(report, "g2"), "blackout_enter_us"), 300);
    assert_int_equal(number(guest(report, "g1"), "blackout_leave_us"), 250);
    assert_int_equal(number(guest(report, "g2"), "blackout_leave_us"), 250);
    assert_int_equal(number(guest(report, "g2"), "vcpus"), 2);
    assert_int_equal(number(guest(report, "g2"), "memory_mib"), 256);
    assert_true(json_is_null(json_object_get(guest(report, "g1"), "held_progress")));
    json_decref(report);
}

static void an_idle_vcpu_counts_until_it_could_have_run(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.guests[0].idle = true;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = bench_json(b);
    /* to the end of enter; from the asking for the claim: one call before it */
    assert_int_equal(number(guest(report, "g1"), "blackout_enter_us"), 500);
    assert_int_equal(number(guest(report, "g1"), "blackout_leave_us"), 300 + FAKE_OP_NS / 1000);
    json_decref(report);
}

/* What it waited before is its brown-out. */
static void a_vcpu_that_waited_its_turn_counts_from_the_claim(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.guests[0].waits = true;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = bench_json(b);
    assert_int_equal(number(guest(report, "g1"), "blackout_leave_us"), 300 + FAKE_OP_NS / 1000);
    json_decref(report);
}

static void brownout_is_the_longest_wait(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.guests[0].wait_xen_ns = 7000000; /* one tick of the fake's TSC is 1 ns */
    b->xen.guests[0].wait_shim_ns = 3000000;
    b->xen.guests[1].wait_xen_ns = 2000000;
    b->xen.guests[1].wait_shim_ns = 4000000;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    assert_int_equal(number(guest(report, "g1"), "brownout_us"), 7000);
    assert_int_equal(number(guest(report, "g2"), "brownout_us"), 4000);
    assert_float_equal(json_number_value(json_object_get(report, "brownout_ms")), 7.0, 0.001);
    json_decref(report);
    assert_int_equal(bench_run(b, "drill --seconds 0 --times 3 --shim SHIM"), IRX_RC_DONE);
    assert_true(strstr(b->out, "7.000  (longest wait of a vCPU") != NULL);
    /* A hold has not come to its end. */
    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    report = bench_json(b);
    assert_true(json_is_null(json_object_get(report, "brownout_ms")));
    assert_true(json_is_null(json_object_get(guest(report, "g1"), "brownout_us")));
    json_decref(report);
}

static void a_parked_vcpu_is_told(void **state)
{
    struct bench *b = *state;
    json_t *report, *held;

    b->xen.guests[1].parks = true;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = bench_json(b);
    held = json_object_get(guest(report, "g2"), "held");
    assert_int_equal(number(held, "parked_vcpus"), 1);
    assert_in_range(number(held, "longest_park_us"), 2000000, 2100000);
    assert_int_equal(number(json_object_get(held, "exits_parked"), "io"), 1);
    assert_int_equal(number(json_object_get(held, "exits_served"), "hlt"), 14); /* of two vCPUs */
    assert_int_equal(number(held, "events_in"), 6);
    json_decref(report);
}

static void phases_follow_each_other(void **state)
{
    static const char *const names[] = {"check",  "load",  "check", "lend",  "prepare",
                                        "enter",  "kexec", "jump",  "boot",  "rebuild",
                                        "resume", "wake",  "claim", "return"};
    struct bench *b = *state;
    json_t *report, *phases;
    double end = 0;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    report = bench_json(b);
    phases = json_object_get(report, "phases");
    assert_int_equal(json_array_size(phases), sizeof(names) / sizeof(*names));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const json_t *phase = json_array_get(phases, i);
        double start = json_number_value(json_object_get(phase, "start"));

        assert_string_equal(json_string_value(json_object_get(phase, "name")), names[i]);
        assert_true(start >= end - 0.001);
        end = start + json_number_value(json_object_get(phase, "length"));
    }
    /* fake_kexec_exec() and do_info(): jump, boot, rebuild, resume */
    for (size_t i = 0; i < 4; i++) {
        static const double lengths[] = {2, 400, 80, 20};

        assert_float_equal(
            json_number_value(json_object_get(json_array_get(phases, 7 + i), "length")), lengths[i],
            0.001);
    }
    json_decref(report);
}

/* ---- kept, shown again, merged ---- */

static void the_report_is_kept_and_shown_again(void **state)
{
    struct bench *b = *state;
    json_t *first, *again;

    assert_int_equal(bench_run(b, "report"), IRX_RC_ERROR);
    assert_true(strstr(b->err, "no report") != NULL);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    first = bench_json(b);
    assert_int_equal(bench_run(b, "report --json"), IRX_RC_DONE);
    again = bench_json(b);
    assert_true(json_equal(first, again));
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_true(strstr(b->out, "update: updated") != NULL);
    assert_true(strstr(b->out, "stall") != NULL);
    json_decref(first);
    json_decref(again);
}

static void a_report_that_cannot_be_kept_is_still_shown(void **state)
{
    static const char *const nowhere[] = {"/proc/nowhere", NULL};
    struct bench *b = *state;

    b->env.state_directories = nowhere;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_true(strstr(b->err, "cannot keep the report") != NULL);
    json_decref(bench_json(b));
}

static void write_guests(struct bench *b, char *path, size_t size, const char *text)
{
    snprintf(path, size, "%s/guests.json", b->directory);
    bench_write(path, text, strlen(text));
}

static void what_guests_know_is_merged_in(void **state)
{
    struct bench *b = *state;
    char path[128], command[192];
    json_t *report, *g;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    write_guests(
        b, path, sizeof(path),
        "{\"guests\": [{\"name\": \"g1\", \"largest_gap_us\": 1200, \"held_progress\": 0.9,"
        "\"events_lost\": 0, \"checksum_ok\": true}, {\"domid\": 3, \"checksum_ok\": false,"
        "\"blackout_leave_us\": 700}]}");
    snprintf(command, sizeof(command), "report --json --merge-guests %s", path);
    assert_int_equal(bench_run(b, command), IRX_RC_DONE);
    report = bench_json(b);
    g = guest(report, "g1");
    assert_int_equal(number(g, "largest_gap_us"), 1200);
    assert_float_equal(json_number_value(json_object_get(g, "held_progress")), 0.9, 1e-9);
    assert_int_equal(number(g, "blackout_enter_us"), 200); /* stays */
    g = guest(report, "g2");
    assert_true(json_is_false(json_object_get(g, "checksum_ok")));
    assert_int_equal(number(g, "blackout_leave_us"), 700);
    json_decref(report);
}

static void what_does_not_fit_is_not_merged(void **state)
{
    static const char *const wrong[] = {
        "{\"guests\": [{\"name\": \"g9\", \"events_lost\": 0}]}",
        "{\"guests\": [{\"name\": \"g1\", \"events_lost\": \"none\"}]}",
        "{\"guests\": [{\"name\": \"g1\", \"vcpus\": 8}]}",
        "{\"guests\": {}}",
        "{",
    };
    struct bench *b = *state;
    char path[128], command[192];

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        write_guests(b, path, sizeof(path), wrong[i]);
        snprintf(command, sizeof(command), "report --merge-guests %s", path);
        assert_int_equal(bench_run(b, command), IRX_RC_ERROR);
    }
}

/* ---- status ---- */

static void status_of_a_held_host(void **state)
{
    struct bench *b = *state;
    json_t *status, *domain, *vcpu;

    b->xen.guests[1].parks = true;
    b->shim_note.release = IRX_RELEASE(7, 8, 9);
    bench_files(b, 0);
    assert_int_equal(bench_run(b, "hold --shim SHIM"), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "status --json --log"), IRX_RC_DONE);
    status = bench_json(b);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(status, "host"), "state")), "holding");
    assert_int_equal(json_array_size(json_object_get(status, "cpus")), FAKE_CPUS - 1);
    domain = json_array_get(json_object_get(status, "domains"), 1);
    assert_string_equal(json_string_value(json_object_get(domain, "state")), "running");
    vcpu = json_array_get(json_object_get(domain, "vcpus"), 1);
    assert_string_equal(json_string_value(json_object_get(vcpu, "state")), "parked");
    assert_string_equal(json_string_value(json_object_get(json_object_get(vcpu, "park"), "class")),
                        "io");
    assert_string_equal(json_string_value(json_object_get(json_object_get(vcpu, "park"), "detail")),
                        "0x64");
    assert_string_equal(json_string_value(json_array_get(json_object_get(status, "log"), 0)),
                        "shim: ready");
    json_decref(status);
    assert_int_equal(bench_run(b, "status --log=5"), IRX_RC_DONE);
    assert_true(strstr(b->out, ", Interrex " IRX_RELEASE_TEXT ", ABI " ABI_TEXT "\n") != NULL);
    assert_true(strstr(b->out, "host     holding; 1 of 4 CPUs online") != NULL);
    assert_true(strstr(b->out, "shim     ready, Interrex 7.8.9\n") != NULL);
    assert_true(strstr(b->out, "g2 (3): running") != NULL);
    assert_true(strstr(b->out, "io 0x64") != NULL);
    assert_true(strstr(b->out, "log      shim: ready") != NULL);
}

static void status_of_an_idle_host_and_of_one_without_a_region(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "host     idle; 4 of 4 CPUs online, 512 of 1024 MiB free") != NULL);
    assert_true(strstr(b->out, "region   64 MiB at 0x8000000, 16 MiB for a target") != NULL);
    b->xen.no_region = true;
    b->xen.cmdline = "dom0=pvh";
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "boot Xen with liveupdate=") != NULL);
}

static void a_log_that_wrapped_begins_with_a_whole_line(void **state)
{
    struct bench *b = *state;
    json_t *status, *log, *line;
    size_t i;
    char text[32];

    assert_int_equal(bench_run(b, "load --shim SHIM --shim-only"), IRX_RC_DONE);
    for (unsigned int n = 0; n < 100; n++) {
        snprintf(text, sizeof(text), "line %03u\n", n);
        fake_log(&b->xen, text);
    }
    assert_int_equal(bench_run(b, "status --json --log"), IRX_RC_DONE);
    status = bench_json(b);
    log = json_object_get(status, "log");
    /* 256 bytes of 9 a line: 28 whole ones, the newest last */
    assert_int_equal(json_array_size(log), 28);
    json_array_foreach(log, i, line)
    {
        snprintf(text, sizeof(text), "line %03zu", 72 + i);
        assert_string_equal(json_string_value(line), text);
    }
    json_decref(status);
    assert_int_equal(bench_run(b, "status --log=3"), IRX_RC_DONE);
    assert_null(strstr(b->out, "line 096"));
    assert_true(strstr(b->out, "line 097") != NULL);
}

static void a_damaged_anchor_is_refused(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "hold --shim SHIM"), IRX_RC_DONE);
    fake_anchor(&b->xen)->vcpus.off += 64ull << 20;
    assert_int_equal(bench_run(b, "status"), IRX_RC_ERROR);
    assert_true(strstr(b->err, "anchor is damaged") != NULL);
    assert_int_equal(bench_run(b, "abort"), IRX_RC_HELD);
}

/* ---- --emit ---- */

/* before: a command that is run first, and leaves something to `command`; NULL: none */
static void emit_one(const char *directory, const char *name, const char *before,
                     const char *command, void (*prepare)(struct fake_xen *x))
{
    void *state;
    struct bench *b;
    char path[256];

    if (bench_setup(&state))
        exit(1);
    b = state;
    if (prepare)
        prepare(&b->xen);
    if (before) {
        bench_run(b, before);
        b->xen.failure.cmd = 0;
    }
    bench_run(b, command);
    snprintf(path, sizeof(path), "%s/%s.json", directory, name);
    bench_write(path, b->out, b->out_size);
    bench_teardown(&state);
}

static void refuse(struct fake_xen *x)
{
    x->reasons[0] = (struct irx_op_reason){.domid = 3, .code = IRX_REASON_POD, .detail = 5};
    x->reasons[1] = (struct irx_op_reason){.domid = IRX_DOMID_HOST, .code = IRX_REASON_IOMMU};
    x->reason_count = 2;
}

static void fail_enter(struct fake_xen *x)
{
    x->failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .domid = 3, .rc = -ETIMEDOUT};
}

static void fail_claim(struct fake_xen *x)
{
    x->failure = (struct fake_failure){.cmd = IRX_OP_CLAIM, .domid = 3, .rc = -ETIMEDOUT};
}

static void park_and_idle(struct fake_xen *x)
{
    x->guests[0].idle = true;
    x->guests[1].parks = true;
}

static void machine_check(struct fake_xen *x)
{
    struct irx_cpu *cpu = fake_cpu(x, 2);

    if (cpu->state == IRX_CPU_HELD)
        cpu->mce = (struct irx_machine_check){.count = 1, .banks = 1, .domid = 3};
}

static void meet_machine_checks(struct fake_xen *x)
{
    x->on_op = machine_check;
}

static void go_on_by_itself(struct fake_xen *x)
{
    x->on_op = fake_deadman;
}

static int emit(const char *directory)
{
    emit_one(directory, "updated", NULL, UPDATE, NULL);
    emit_one(directory, "updated-parked", NULL, UPDATE, park_and_idle);
    emit_one(directory, "drilled", NULL, DRILL, NULL);
    emit_one(directory, "drilled-machine-check", NULL, DRILL, meet_machine_checks);
    emit_one(directory, "held", NULL, HOLD, NULL);
    emit_one(directory, "limits-kept", DRILL, UPDATE " --max-stall 900 --boot-delay 5", NULL);
    emit_one(directory, "limits-passed", UPDATE,
             UPDATE " --max-stall 1 --max-blackout 0.1 --max-brownout 5 --over-limit continue",
             NULL);
    emit_one(directory, "limits-refused", NULL, DRILL " --max-blackout 0.001", NULL);
    emit_one(directory, "limits-aborted", NULL, UPDATE " --max-blackout 0.25", NULL);
    emit_one(directory, "refused", NULL, UPDATE, refuse);
    emit_one(directory, "aborted", NULL, UPDATE, fail_enter);
    emit_one(directory, "failed", NULL, UPDATE, fail_claim);
    emit_one(directory, "abort", HOLD, "abort --json", NULL);
    emit_one(directory, "abort-of-nothing", NULL, "abort --json", NULL);
    emit_one(directory, "finished", UPDATE, "finish --json", fail_claim);
    emit_one(directory, "updated-by-xen", NULL, UPDATE, go_on_by_itself);
    emit_one(directory, "finish-of-nothing", NULL, "finish --json", NULL);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        CASE(blackouts_are_the_longest_of_a_domain),
        CASE(an_idle_vcpu_counts_until_it_could_have_run),
        CASE(a_vcpu_that_waited_its_turn_counts_from_the_claim),
        CASE(brownout_is_the_longest_wait),
        CASE(a_parked_vcpu_is_told),
        CASE(phases_follow_each_other),
        CASE(the_report_is_kept_and_shown_again),
        CASE(a_report_that_cannot_be_kept_is_still_shown),
        CASE(what_guests_know_is_merged_in),
        CASE(what_does_not_fit_is_not_merged),
        CASE(status_of_a_held_host),
        CASE(status_of_an_idle_host_and_of_one_without_a_region),
        CASE(a_log_that_wrapped_begins_with_a_whole_line),
        CASE(a_damaged_anchor_is_refused),
    };

    if (argc == 3 && strcmp(argv[1], "--emit") == 0)
        return emit(argv[2]);
    return cmocka_run_group_tests_name("dom0 report", tests, NULL, NULL);
}
