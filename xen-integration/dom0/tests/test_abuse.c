/* SPDX-License-Identifier: GPL-2.0-only */
/* What an operator's abuse found (docs/findings.md): guests that end, others at work, reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "help_answer.h"
#include "../lock.h"
#include "../park.h"
#include "../saver.h"

/* ---- guests that end, or are saved ---- */

static void goes(struct fake_xen *x)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (x->guests[i].dying)
            x->guests[i] = (struct fake_guest){0};
}

/* g2 is destroyed when it has been prepared: Xen lets go of it, and it stays for a while. */
static void dies_while_listed(struct fake_xen *x)
{
    if (fake_domain(x, 3))
        x->guests[1].dying = true;
}

static void a_guest_that_ends_between_prepare_and_enter_is_left_out(void **state)
{
    struct bench *b = *state;

    b->xen.on_op = dies_while_listed;
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .domid = 3, .rc = -ENOENT};
    b->xen.on_sleep = goes;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_result(b, "updated");
    assert_null(strstr(b->out, "\"g2\""));
    assert_true(fake_normal(&b->xen));
}

static void one_that_does_not_go_stops_the_jump(void **state)
{
    struct bench *b = *state;

    b->xen.on_op = dies_while_listed;
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .domid = 3, .rc = -ENOENT};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "domain 3 is being destroyed, and is still there after 10 s");
    assert_int_equal(b->xen.number, 0);
}

static void an_enter_that_fails_for_another_reason_goes_back(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .domid = 3, .rc = -ENOENT};
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ABORTED);
    assert_says(b, "cannot enter g2 (domain 3)");
    assert_true(fake_normal(&b->xen));
}

static void a_guest_that_is_being_saved_is_refused(void **state)
{
    struct bench *b = *state;

    b->xen.guests[1].suspends = true;
    assert_refused(b, "a save, migration or restore of it is under way");
    assert_int_equal(bench_run(b, DRILL), IRX_RC_REFUSED);
    assert_int_equal(bench_run(b, HOLD), IRX_RC_REFUSED);
    assert_says(b, "g2 (3)");
    assert_int_equal(b->xen.changes, 0);
}

static void put_process(struct bench *b, const char *number, const char *line, size_t size)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s", b->directory, number);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/%s/cmdline", b->directory, number);
    bench_write(path, line, size);
}

static void drop_process(struct bench *b, const char *number)
{
    char path[160];

    snprintf(path, sizeof(path), "%s/%s/cmdline", b->directory, number);
    unlink(path);
    snprintf(path, sizeof(path), "%s/%s", b->directory, number);
    rmdir(path);
}

/* Processes as /proc shows them. */
static void the_helper_of_a_save_is_found(void **state)
{
    static const struct {
        const char *line;
        size_t size;
        bool found; /* of domain 7 */
    } cases[] = {
#define LINE(text) text, sizeof(text)
        {LINE("/usr/lib/xen/bin/libxl-save-helper\0--save-domain\0"
              "12\0"
              "-1\0"
              "7\0"
              "1\0"
              "4\0"
              "0"),
         true},
        {LINE("libxl-save-helper\0--restore-domain\0"
              "12\0"
              "-1\0"
              "7\0"
              "1"),
         true},
        {LINE("/usr/lib/xen/bin/libxl-save-helper\0--save-domain\0"
              "7\0"
              "-1\0"
              "8\0"
              "1"),
         false},
        {LINE("libxl-save-helper\0--save-domain\0"
              "12\0"
              "-1\0"
              "77\0"
              "1"),
         false},
        {LINE("libxl-save-helper\0--save-domain\0"
              "12\0"
              "-1\0"
              "7x\0"
              "1"),
         false},
        {LINE("libxl-save-helper\0--save-domain\0"
              "12\0"
              "-1\0"
              "\0"
              "1"),
         false},
        {LINE("libxl-save-helper\0--save-domain\0"
              "12"),
         false},
        {LINE("xl\0save\0"
              "7\0"
              "7\0"
              "7"),
         false},
        {LINE(""), false},
        {NULL, 0, false},
#undef LINE
    };
    struct bench *b = *state;

    assert_false(irx_saver_runs("/nowhere/at/all", 7));
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        put_process(b, "4711", cases[i].line, cases[i].size);
        assert_int_equal(irx_saver_runs(b->directory, 7), cases[i].found);
        drop_process(b, "4711");
    }
    put_process(b, "self", cases[0].line, cases[0].size); /* no number, no process */
    assert_false(irx_saver_runs(b->directory, 7));
    drop_process(b, "self");
}

/* ---- CPUs ---- */

static void cpus_that_are_not_there_are_refused_before_anything(void **state)
{
    static const char *const commands[] = {CHECK " --cpus 1,7", UPDATE " --cpus 7",
                                           DRILL " --cpus 7-8", HOLD " --cpus 2,7"};
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        assert_int_equal(bench_run(b, commands[i]), IRX_RC_REFUSED);
        assert_says(b, "CPU 7 is not online; these are: 0-3");
        assert_int_equal(b->xen.changes, 0);
    }
    assert_int_equal(bench_run(b, CHECK " --cpus 1-3"), IRX_RC_DONE);
}

/* ---- others at work ---- */

/* Xen does one operation at a time; looking waits for it. */
static void looking_beside_another_waits_for_it(void **state)
{
    static const uint32_t ops[] = {IRX_OP_INFO, IRX_OP_READ};
    struct bench *b = *state;
    uint64_t before;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    for (size_t i = 0; i < 2; i++) {
        b->xen.failure = (struct fake_failure){.cmd = ops[i], .rc = -EBUSY, .times = 200};
        assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
        assert_int_equal(b->xen.failure.cmd, 0);
    }
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_INFO, .rc = -EBUSY};
    assert_int_equal(bench_run(b, "status"), IRX_RC_ERROR); /* it does not wait for ever */
    /* Nor once for each domain: only what Xen has to be asked for is not there. */
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_CHECK, .rc = -EBUSY};
    before = b->xen.now;
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "g2 (3): running");
    assert_in_range(b->xen.now - before, 0, 16000000000ull);
    b->xen.failure.cmd = 0;
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
}

static void status_says_who_is_at_work_and_what_is_next(void **state)
{
    struct bench *b = *state;
    struct irx_error e;
    json_t *status, *host;
    int lock;

    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_null(strstr(b->out, "at work"));
    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "at work  nobody: `interrex abort` goes back");
    lock = irx_lock_take(b->lock, "drill", &e);
    assert_true(lock >= 0);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "at work  interrex drill, process ");
    assert_int_equal(bench_run(b, "abort"), IRX_RC_ERROR);
    assert_true(strstr(b->err, "at work on this host: drill, process ") != NULL);
    close(lock);
    fake_anchor(&b->xen)->host_state = IRX_HOST_CLAIMING;
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    status = bench_json(b);
    host = json_object_get(status, "host");
    assert_true(json_is_null(json_object_get(host, "at_work")));
    assert_string_equal(json_string_value(json_object_get(host, "next")), "finish");
    json_decref(status);
}

/* What a lock file that cannot be opened wants is not always root. */
static void a_lock_that_cannot_be_opened_says_what_helps(void **state)
{
    struct bench *b = *state;
    char path[128];

    assert_string_equal(irx_file_remedy(ENOSPC), "make room on its file system");
    assert_string_equal(irx_file_remedy(EROFS), "make its file system writable");
    assert_string_equal(irx_file_remedy(EACCES), "run it as root");
    snprintf(path, sizeof(path), "%s/shim.elf/lock", b->directory); /* a file is in the way */
    b->env.lock = path;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ERROR);
    assert_true(strstr(b->err, "shim.elf/lock: Not a directory") != NULL);
    assert_true(strstr(b->err, "remedy: make the folder") != NULL);
    b->env.lock = b->directory;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_ERROR);
    assert_true(strstr(b->err, "remedy: move the folder of that name away") != NULL);
    assert_int_equal(b->xen.changes, 0);
}

/* ---- reports ---- */

static void assert_last_report(struct bench *b, const char *result)
{
    assert_int_equal(bench_run(b, "report --json"), IRX_RC_DONE);
    assert_result(b, result);
}

static void what_did_nothing_leaves_the_report(void **state)
{
    static const char *const commands[] = {"abort", "finish", "abandon g1", UPDATE, DRILL, HOLD};
    struct bench *b = *state;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        b->xen.reasons[0] = (struct irx_op_reason){.domid = 3, .code = IRX_REASON_POD};
        b->xen.reason_count = 1;
        bench_run(b, commands[i]);
        assert_last_report(b, "updated");
    }
    b->xen.reason_count = 0;
    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_last_report(b, "held");
    assert_int_equal(bench_run(b, "abandon nobody"), IRX_RC_REFUSED);
    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ABANDON, .rc = -EBUSY};
    assert_int_equal(bench_run(b, "abandon g1"), IRX_RC_HELD);
    b->xen.failure.cmd = 0;
    assert_last_report(b, "held");
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    assert_last_report(b, "aborted");
}

static void a_refusal_shows_no_table_of_guests(void **state)
{
    struct bench *b = *state;

    b->xen.reasons[0] = (struct irx_op_reason){.domid = 3, .code = IRX_REASON_POD};
    b->xen.reason_count = 1;
    assert_int_equal(bench_run(b, "update --shim SHIM --xen XEN"), IRX_RC_REFUSED);
    assert_says(b, "REFUSED  g2 (3)");
    assert_null(strstr(b->out, "enter ms"));
    b->xen.reason_count = 0;
    assert_int_equal(bench_run(b, "update --shim SHIM --xen XEN"), IRX_RC_DONE);
    assert_says(b, "enter ms");
}

/* ---- status ---- */

static void a_region_that_is_too_small_is_no_missing_one(void **state)
{
    struct bench *b = *state;

    b->xen.no_region = true;
    b->xen.reasons[0] = (struct irx_op_reason){
        .domid = IRX_DOMID_HOST, .code = IRX_REASON_REGION_SMALL, .detail = (96u << 20) + 1};
    b->xen.reason_count = 1;
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "region   too small for this host: boot Xen with liveupdate=97M or more");
    b->xen.reasons[0].code = IRX_REASON_NO_REGION;
    b->xen.cmdline = "dom0=pvh liveupdate=8G";
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "region   none: liveupdate=8G could not be set aside");
    assert_refused(b, "Xen was booted with liveupdate=8G, and could not set that aside");
    assert_says(b, "in one piece below 4 GiB");
    b->xen.cmdline = "dom0=pvh";
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "region   none: boot Xen with liveupdate=<size>");
    assert_refused(b, "Xen was booted without a live-update region");
}

static void a_prepared_guest_has_no_vcpus_yet(void **state)
{
    struct bench *b = *state;
    json_t *status, *domain;
    size_t i;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    fake_domain(&b->xen, 3)->state = IRX_DOM_PREPARED;
    for (uint32_t n = 0; n < 2; n++)
        *fake_vcpu(&b->xen, fake_domain(&b->xen, 3)->vcpu_first + n) = (struct irx_vcpu){0};
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    status = bench_json(b);
    json_array_foreach(json_object_get(status, "domains"), i, domain)
    {
        size_t vcpus = json_array_size(json_object_get(domain, "vcpus"));

        assert_int_equal(vcpus, json_integer_value(json_object_get(domain, "domid")) == 3 ? 0 : 1);
    }
    json_decref(status);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "g2 (3): prepared, runs in Xen");
}

static void a_paused_guest_is_shown_paused(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    fake_domain(&b->xen, 3)->flags |= IRX_DOMF_PAUSED;
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "g2 (3): running, paused or shut down: its vCPUs do not run");
    assert_says(b, "vCPU 1   paused");
    assert_says(b, "vCPU 0   running"); /* g1's */
}

static void parks_are_told_in_words(void **state)
{
    static const struct {
        uint32_t class, detail;
        uint64_t info;
        const char *words;
    } cases[] = {
        {IRX_EXIT_HYPERCALL, 0x1000c, 0, "memory_op, decrease_reservation"},
        {IRX_EXIT_HYPERCALL, 12 | (6 | 5 << 6) << 16, 0, "memory_op, populate_physmap"},
        {IRX_EXIT_HYPERCALL, 0x2001d, 0, "sched_op, shutdown"},
        {IRX_EXIT_HYPERCALL, 20, 0, "grant_table_op, map_grant_ref"},
        {IRX_EXIT_HYPERCALL, 0xff0014, 0, "grant_table_op, number 255"},
        {IRX_EXIT_HYPERCALL, 36, 0, "domctl"},
        {IRX_EXIT_HYPERCALL, 0xffff, 0, "a hypercall that Xen does not have"},
        {IRX_EXIT_MSR, 0x277, 1, "write of MSR 0x277, PAT"},
        {IRX_EXIT_MSR, 0xc0000099, 0, "read of MSR 0xc0000099"},
        {IRX_EXIT_IO, 0x64, 0, "port 0x64"},
        {IRX_EXIT_NPF, 0xfee00, 0, "address 0xfee00000"},
        {IRX_EXIT_CR, 4, 0, "CR4"},
        {IRX_EXIT_EXCEPTION, 18, 0, "vector 18, #MC"},
        {IRX_EXIT_EXCEPTION, 200, 0, "vector 200"},
        {IRX_EXIT_SHUTDOWN, 0, 0, "triple fault"},
        {IRX_EXIT_OTHER, 7, 0, ""},
        {99, 7, 0, ""},
    };
    struct bench *b = *state;
    char words[96];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        irx_park_describe(cases[i].class, cases[i].detail, cases[i].info, words, sizeof(words));
        assert_string_equal(words, cases[i].words);
    }
    b->xen.guests[1].parks = true;
    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_says(b, "io 0x64: port 0x64 (exit ");
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_DONE);
    assert_says(b, "\"words\": \"port 0x64\"");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_guest_that_ends_between_prepare_and_enter_is_left_out),
        CASE(one_that_does_not_go_stops_the_jump),
        CASE(an_enter_that_fails_for_another_reason_goes_back),
        CASE(a_guest_that_is_being_saved_is_refused),
        CASE(the_helper_of_a_save_is_found),
        CASE(cpus_that_are_not_there_are_refused_before_anything),
        CASE(looking_beside_another_waits_for_it),
        CASE(status_says_who_is_at_work_and_what_is_next),
        CASE(a_lock_that_cannot_be_opened_says_what_helps),
        CASE(what_did_nothing_leaves_the_report),
        CASE(a_refusal_shows_no_table_of_guests),
        CASE(a_region_that_is_too_small_is_no_missing_one),
        CASE(a_prepared_guest_has_no_vcpus_yet),
        CASE(a_paused_guest_is_shown_paused),
        CASE(parks_are_told_in_words),
    };

    return cmocka_run_group_tests_name("dom0 abuse", tests, NULL, NULL);
}
