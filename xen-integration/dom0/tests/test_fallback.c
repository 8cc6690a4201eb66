/* SPDX-License-Identifier: GPL-2.0-only */
/* The fallback: which it is, whether there is room for it, and what is said when it had to stand in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "help_answer.h"

#define NAMED UPDATE " --fallback XEN"

static int with_room(void **state)
{
    int rc = bench_setup(state);
    struct bench *b = *state;

    b->xen.takes_fallback = true;
    b->xen.fallback_room = 8 << 20;
    return rc;
}
#define ROOM_CASE(f) cmocka_unit_test_setup_teardown(f, with_room, bench_teardown)

static void one_that_is_named_is_loaded(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, NAMED), IRX_RC_DONE);
    assert_result(b, "updated");
    assert_true(fake_anchor(&b->xen)->fallback_used > 1 << 20);
    assert_int_equal(fake_anchor(&b->xen)->attempts_max, 2);
    assert_true(strstr(b->err, ", fallback ") != NULL);
}

/* No file of /boot is the played Xen's. */
static void without_its_own_file_is_a_warning(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_says(b, "the running Xen's own file is not in /boot");
    assert_int_equal(fake_anchor(&b->xen)->fallback_used, 0);

    assert_int_equal(bench_run(b, UPDATE " --no-fallback"), IRX_RC_DONE);
    assert_true(strstr(b->out, "fallback") == NULL);
}

static void small_region_refuses_one_that_is_named(void **state)
{
    struct bench *b = *state;

    b->xen.fallback_room = 0;
    b->xen.fallback_need = 90 << 20;
    assert_int_equal(bench_run(b, NAMED), IRX_RC_REFUSED);
    assert_says(b, "has no room for a fallback");
    assert_says(b, "liveupdate=90M");
    assert_int_equal(b->xen.changes, 0);

    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_says(b, "liveupdate=90M");
}

static void what_does_not_fit_is_refused(void **state)
{
    struct bench *b = *state;

    b->xen.fallback_room = 1 << 20;
    assert_int_equal(bench_run(b, NAMED), IRX_RC_REFUSED);
    assert_says(b, "do not fit the image slot");
    assert_int_equal(bench_run(b, UPDATE " --fallback SHIM"), IRX_RC_REFUSED);
    assert_says(b, "is not a fallback");
    assert_int_equal(bench_run(b, UPDATE " --fallback /nowhere"), IRX_RC_REFUSED);
    assert_int_equal(b->xen.changes, 0);
}

/* The played target's file, which does not read R either: both are told of. */
static void one_that_does_not_read_the_region(void **state)
{
    struct bench *b = *state;
    struct irx_note *note = &b->target_note;

    note->native = note->oldest_read = note->oldest_write = IRX_VERSION(1, 0);
    bench_files(b, 0);
    assert_int_equal(bench_run(b, NAMED), IRX_RC_REFUSED);
    assert_says(b, "region to fallback");
    assert_int_equal(b->xen.changes, 0);
}

static void older_xen_takes_none(void **state)
{
    struct bench *b = *state;

    b->xen.takes_fallback = false;
    assert_int_equal(bench_run(b, NAMED), IRX_RC_REFUSED);
    assert_says(b, "takes no fallback");
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_true(strstr(b->out, "fallback") == NULL);
}

static void refusal_by_xen_goes_back(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_FALLBACK, .rc = -EFAULT, .after = 2};
    assert_int_equal(bench_run(b, NAMED), IRX_RC_ABORTED);
    assert_says(b, "does not take the fallback");
    assert_true(fake_normal(&b->xen));
}

static void target_that_fails_is_told_of(void **state)
{
    struct bench *b = *state;

    b->xen.target_fails = true;
    assert_int_equal(bench_run(b, NAMED), IRX_RC_ABORTED);
    assert_result(b, "recovered");
    assert_says(b, "failed while it made the guests anew");
    assert_says(b, "abcd00");
    assert_says(b, "Panic on CPU 0:");
    assert_says(b, "no ? go");
    assert_true(fake_normal(&b->xen)); /* claimed, and the CPUs are back */

    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_true(strstr(b->out, "update: recovered") != NULL);
    assert_true(strstr(b->out, "\nconsole  (XEN) [    1.000000] Panic on CPU 0:") != NULL);
    assert_int_equal(bench_run(b, "status"), IRX_RC_DONE);
    assert_true(strstr(b->out, "fallback 1 of 2 runs") != NULL);
}

/* 1 kHz is the played Xen's TSC, and it has 2 GiB less one page table's worth. */
static void silence_counts_after_a_while(void **state)
{
    struct bench *b = *state;
    const struct irx_watch *w;

    assert_int_equal(bench_run(b, NAMED), IRX_RC_DONE);
    w = &fake_anchor(&b->xen)->watch;
    assert_int_equal(w->limit, 5000 + 100);
    assert_int_equal(bench_run(b, "check --shim SHIM --xen XEN --fallback XEN"), IRX_RC_DONE);
    assert_true(strstr(b->out, "at a failure or silence of 5100 ms") != NULL);

    assert_int_equal(bench_run(b, NAMED " --silence-limit 300"), IRX_RC_DONE);
    assert_int_equal(w->limit, 300);
    assert_int_equal(bench_run(b, NAMED " --on-silence recover"), IRX_RC_DONE);
    assert_int_equal(w->limit, 5100);
    assert_int_equal(bench_run(b, NAMED " --on-silence=wait --silence-limit 300"), IRX_RC_DONE);
    assert_int_equal(w->limit, 0);
}

static void is_told_of(struct bench *b, uint32_t cause, const char *words, const char *name)
{
    b->xen.target_fails = true;
    b->xen.failure_cause = cause;
    assert_int_equal(bench_run(b, NAMED), IRX_RC_ABORTED);
    assert_result(b, "recovered");
    assert_says(b, words);
    assert_int_equal(bench_run(b, "report --json"), IRX_RC_DONE);
    assert_true(strstr(b->out, name) != NULL);
}

static void a_silent_target_is_told_of(void **state)
{
    is_told_of(*state, IRX_CAUSE_SILENCE, "the target fell silent while it made the guests anew",
               "\"silence\"");
}

static void one_that_took_no_nmi_is_told_of(void **state)
{
    is_told_of(*state, IRX_CAUSE_DEAF,
               "the target fell silent, deaf to an NMI, while it made the guests anew", "\"deaf\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROOM_CASE(one_that_is_named_is_loaded),
        ROOM_CASE(without_its_own_file_is_a_warning),
        ROOM_CASE(small_region_refuses_one_that_is_named),
        ROOM_CASE(what_does_not_fit_is_refused),
        ROOM_CASE(one_that_does_not_read_the_region),
        ROOM_CASE(older_xen_takes_none),
        ROOM_CASE(refusal_by_xen_goes_back),
        ROOM_CASE(target_that_fails_is_told_of),
        ROOM_CASE(silence_counts_after_a_while),
        ROOM_CASE(a_silent_target_is_told_of),
        ROOM_CASE(one_that_took_no_nmi_is_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
