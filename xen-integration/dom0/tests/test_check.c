/* SPDX-License-Identifier: GPL-2.0-only */
/* What check, load and update refuse, in which words, and that nothing changes then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <interrex/release.h>

#include "help_answer.h"
#include "../reasons.h"
#include "../uses.h"

static void a_good_host_passes(void **state)
{
    struct bench *b = *state;
    json_t *json;

    b->shim_note.release = IRX_RELEASE(7, 8, 9);
    b->target_note.release = 0;
    bench_files(b, 0);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "This host can be updated.");
    assert_says(b, "g2 (3)");
    assert_says(b, "4.17.5-fake-A: Interrex " IRX_RELEASE_TEXT ", ABI " ABI_TEXT);
    assert_says(b, "shim.elf: Interrex 7.8.9, ABI " ABI_TEXT);
    assert_says(b, "xen: Interrex unknown, ABI " ABI_TEXT);
    assert_null(strstr(b->out, "REFUSED"));
    assert_int_equal(bench_run(b, CHECK " --json"), IRX_RC_DONE);
    json = bench_json(b);
    assert_string_equal(json_string_value(json_object_get(json, "result")), "ok");
    assert_int_equal(json_array_size(json_object_get(json, "reasons")), 0);
    json_decref(json);
    assert_int_equal(b->xen.changes, 0);
}

static void every_reason_of_xen_has_name_words_and_remedy(void **state)
{
    (void)state;
    for (uint16_t code = 1; code <= IRX_REASON_MAX; code++) {
        struct irx_op_reason reason = {.domid = 3, .code = code, .detail = 5};
        struct irx_finding finding = {0};

        irx_reason_describe(&reason, &finding);
        assert_true(finding.refused);
        assert_true(strlen(finding.what) > 10);
        assert_true(strlen(finding.remedy) > 10);
        for (uint16_t other = 1; other < code; other++)
            assert_string_not_equal(irx_reason_name(code), irx_reason_name(other));
    }
}

static void pools_and_schedulers_are_named(void **state)
{
    static const struct {
        uint16_t code;
        uint64_t detail;
        const char *text;
    } cases[] = {
        {IRX_REASON_SCHEDULER, 7, "(arinc653)"}, {IRX_REASON_SCHEDULER, 8, "(rtds)"},
        {IRX_REASON_SCHEDULER, 9, "(null)"},     {IRX_REASON_SCHEDULER, 77, "(unknown)"},
        {IRX_REASON_CPUPOOL, 0, "(pool 0)"},     {IRX_REASON_CPUPOOL, 3, "(pool 3)"},
    };
    struct bench *b = *state;

    b->xen.reason_count = 1;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        b->xen.reasons[0] = (struct irx_op_reason){
            .domid = IRX_DOMID_HOST, .code = cases[i].code, .detail = cases[i].detail};
        assert_refused(b, cases[i].text);
    }
}

static void what_dom0_would_lose_is_a_warning(void **state)
{
    struct bench *b = *state;
    json_t *json, *warnings;

    b->xen.crash_image = true;
    b->xen.watchdog_user = "watchdogd";
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "warning  Domain-0 (0)         the crash kernel");
    assert_says(b, "remedy: load it again");
    assert_says(b, "watchdogd has /dev/watchdog open");
    assert_says(b, "This host can be updated.");
    assert_int_equal(bench_run(b, CHECK " --json"), IRX_RC_DONE);
    json = bench_json(b);
    warnings = json_object_get(json, "warnings");
    assert_int_equal(json_array_size(warnings), 2);
    assert_int_equal(json_array_size(json_object_get(json, "reasons")), 0);
    json_decref(json);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
}

/* A folder that looks like /proc, with one process; it has `device` open. */
static void processes(const char *proc, const char *device)
{
    char path[200];

    snprintf(path, sizeof(path), "%s/17", proc);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/17/comm", proc);
    bench_write(path, "systemd\n", 8);
    snprintf(path, sizeof(path), "%s/17/fd", proc);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/17/fd/3", proc);
    unlink(path);
    assert_int_equal(symlink(device, path), 0);
}

static void no_processes(const char *proc)
{
    static const char *const names[] = {"17/fd/3", "17/fd", "17/comm", "17"};
    char path[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "%s/%s", proc, names[i]);
        remove(path);
    }
    remove(proc);
}

static void who_has_a_watchdog_open(void **state)
{
    struct bench *b = *state;
    char proc[100], name[64] = "";

    snprintf(proc, sizeof(proc), "%s/proc", b->directory);
    mkdir(proc, 0700);
    assert_int_equal(irx_watchdog_user(proc, name, sizeof(name)), 0);
    processes(proc, "/dev/watch");
    assert_int_equal(irx_watchdog_user(proc, name, sizeof(name)), 0);
    processes(proc, "/dev/watchdog0");
    assert_int_equal(irx_watchdog_user(proc, name, sizeof(name)), 1);
    assert_string_equal(name, "systemd");
    assert_int_equal(irx_watchdog_user("/nowhere", name, sizeof(name)), 0);
    no_processes(proc);
}

static void what_the_region_has_room_for_is_told(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "room for 8 domains, 16 vCPUs, guests' memory in 128 pieces, 2 MiB of nested");
    assert_null(strstr(b->out, "warning"));
    b->xen.memory_mib = 2048; /* 4 MiB of tables at most, and 2 are there */
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "would need 4 MiB of nested page tables, and there is room for 2 MiB");
    assert_says(b, "a larger liveupdate=");
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE); /* it may well fit */
}

static void a_reason_of_a_later_xen_is_shown_too(void **state)
{
    struct bench *b = *state;

    b->xen.reasons[0] = (struct irx_op_reason){.domid = 3, .code = 999, .detail = 42};
    b->xen.reason_count = 1;
    assert_refused(b, "reason 999");
}

static void all_reasons_are_named_by_domain(void **state)
{
    static const struct irx_op_reason reasons[] = {
        {.domid = 1, .code = IRX_REASON_PV},
        {.domid = 3, .code = IRX_REASON_ALTP2M},
        {.domid = 3, .code = IRX_REASON_POD, .detail = 17},
        {.domid = IRX_DOMID_HOST, .code = IRX_REASON_REGION_SMALL, .detail = 96u << 20},
    };
    struct bench *b = *state;
    json_t *json, *reason;
    size_t i;

    memcpy(b->xen.reasons, reasons, sizeof(reasons));
    b->xen.reason_count = 4;
    assert_refused(b, "96 MiB needed");
    assert_int_equal(bench_run(b, CHECK " --json"), IRX_RC_REFUSED);
    json = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(json, "reasons")), 4);
    json_array_foreach(json_object_get(json, "reasons"), i, reason)
    {
        const json_t *domid = json_object_get(reason, "domid");

        assert_int_equal(json_integer_value(json_object_get(reason, "code")), reasons[i].code);
        if (reasons[i].domid == IRX_DOMID_HOST)
            assert_true(json_is_null(domid));
        else
            assert_int_equal(json_integer_value(domid), reasons[i].domid);
        assert_string_equal(json_string_value(json_object_get(reason, "subject")),
                            reasons[i].domid == 1   ? "g1 (1)"
                            : reasons[i].domid == 3 ? "g2 (3)"
                                                    : "host");
    }
    json_decref(json);
}

static void reasons_that_xen_only_counts_are_counted(void **state)
{
    struct bench *b = *state;
    json_t *json;

    b->xen.reasons[0] = (struct irx_op_reason){.domid = 3, .code = IRX_REASON_POD};
    b->xen.reason_count = 1;
    b->xen.reasons_untold = 600;
    assert_refused(b, "600 more reasons than can be shown");
    assert_int_equal(bench_run(b, CHECK), IRX_RC_REFUSED);
    assert_null(strstr(b->out, "g1 (1)")); /* nobody knows that it is in order */
    assert_int_equal(bench_run(b, CHECK " --json"), IRX_RC_REFUSED);
    json = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(json, "reasons")), 2);
    json_decref(json);
}

static void a_reason_that_shows_once_loaded_unloads_again(void **state)
{
    struct bench *b = *state;

    b->xen.reasons[0] = (struct irx_op_reason){.domid = IRX_DOMID_HOST,
                                               .code = IRX_REASON_FRAGMENTED};
    b->xen.reason_count = b->xen.reasons_after_load = 1;
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_says(b, "fragmented");
    assert_false(b->xen.loaded_target);
    assert_int_equal(fake_anchor(&b->xen)->host_state, IRX_HOST_IDLE);
}

/* ---- the host ---- */

static void no_region(void **state)
{
    struct bench *b = *state;

    b->xen.no_region = true;
    b->xen.reasons[0] = (struct irx_op_reason){.domid = IRX_DOMID_HOST,
                                               .code = IRX_REASON_NO_REGION};
    b->xen.reason_count = 1;
    assert_refused(b, "liveupdate=");
}

static void a_xen_without_interrex(void **state)
{
    struct bench *b = *state;

    b->xen.no_interrex = true;
    assert_int_equal(bench_run(b, CHECK), IRX_RC_ERROR);
    assert_true(strstr(b->err, "CONFIG_INTERREX") != NULL);
    assert_int_equal(bench_run(b, "status --json"), IRX_RC_ERROR);
    assert_says(b, "\"error\"");
}

static void a_xen_of_another_major(void **state)
{
    struct bench *b = *state;

    b->xen.note.native = IRX_VERSION(IRX_ABI_MAJOR + 1, 0);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_ERROR);
    assert_true(strstr(b->err, "speaks ABI") != NULL);
}

/* ---- versions ---- */

static void a_target_of_another_major(void **state)
{
    struct bench *b = *state;

    b->target_note.native = b->target_note.oldest_read = b->target_note.oldest_write = IRX_VERSION(
        IRX_ABI_MAJOR + 1, 0);
    bench_files(b, 0);
    assert_refused(b, "running Xen to target");
}

static void a_target_that_lacks_a_required_feature(void **state)
{
    struct bench *b = *state;

    b->target_note.optional &= ~IRX_FEATURE_SVM;
    bench_files(b, 0);
    assert_refused(b, "running Xen to target");
    assert_says(b, "VM"); /* the feature's name */
}

static void a_target_that_requires_what_we_lack(void **state)
{
    struct bench *b = *state;

    b->target_note.required = 1ull << 40;
    bench_files(b, 0);
    assert_refused(b, "bit 40");
}

static void older(struct irx_note *note)
{
    note->native = note->oldest_read = note->oldest_write = IRX_VERSION(1, 0);
}

/* Xen and target would agree on 1.0, but R is 1.1 and stays so: known before anything is loaded. */
static void a_target_that_does_not_read_the_region(void **state)
{
    struct bench *b = *state;

    older(&b->target_note);
    bench_files(b, 0);
    assert_refused(b, "region to target");
    assert_says(b, "keeps its ABI until the host boots");
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_false(b->xen.loaded_target);
    assert_int_equal(fake_anchor(&b->xen)->host_state, IRX_HOST_IDLE);
}

static void a_shim_that_does_not_read_the_region(void **state)
{
    struct bench *b = *state;

    older(&b->shim_note);
    bench_files(b, 0);
    assert_refused(b, "region to shim");
}

/* The other way: R of a 1.0, everything else of today. What is written is of 1.0, and so it is said. */
static void a_region_of_an_older_abi_passes(void **state)
{
    struct bench *b = *state;

    fake_anchor(&b->xen)->version = IRX_VERSION(1, 0);
    fake_anchor(&b->xen)->size = offsetof(struct irx_anchor, xen);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "running Xen to target: ABI 1.0");
    older(&b->target_note);
    bench_files(b, 0);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
}

static void a_note_that_contradicts_itself(void **state)
{
    struct bench *b = *state;

    b->shim_note.oldest_read = IRX_VERSION(IRX_ABI_MAJOR, IRX_ABI_MINOR + 5);
    bench_files(b, 0);
    assert_refused(b, "contradicts itself");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_good_host_passes),
        cmocka_unit_test(every_reason_of_xen_has_name_words_and_remedy),
        CASE(pools_and_schedulers_are_named),
        CASE(what_dom0_would_lose_is_a_warning),
        CASE(who_has_a_watchdog_open),
        CASE(what_the_region_has_room_for_is_told),
        CASE(a_reason_of_a_later_xen_is_shown_too),
        CASE(all_reasons_are_named_by_domain),
        CASE(reasons_that_xen_only_counts_are_counted),
        CASE(a_reason_that_shows_once_loaded_unloads_again),
        CASE(no_region),
        CASE(a_xen_without_interrex),
        CASE(a_xen_of_another_major),
        CASE(a_target_of_another_major),
        CASE(a_target_that_lacks_a_required_feature),
        CASE(a_target_that_requires_what_we_lack),
        CASE(a_target_that_does_not_read_the_region),
        CASE(a_shim_that_does_not_read_the_region),
        CASE(a_region_of_an_older_abi_passes),
        CASE(a_note_that_contradicts_itself),
    };

    return cmocka_run_group_tests_name("dom0 check", tests, NULL, NULL);
}
