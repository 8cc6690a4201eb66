/* SPDX-License-Identifier: GPL-2.0-only */
/* What an update is expected to cost: by sizes, by the last drill or update, and never by a bad file. */
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
#include "../report.h"

#define CHECK_JSON CHECK " --json"

static void check(struct bench *b)
{
    assert_int_equal(bench_run(b, CHECK_JSON), IRX_RC_DONE);
}

/* ---- by sizes ---- */

static void without_a_drill_it_is_by_size(void **state)
{
    struct bench *b = *state;

    check(b);
    assert_forecast(b, "blackout", 0.04, "sizes");
    assert_forecast(b, "brownout", 0, "sizes");  /* 3 vCPUs, 3 CPUs */
    assert_forecast(b, "stall", 37.55, "sizes"); /* held guests of 512 MiB */
    assert_int_equal(b->xen.changes, 0);
    b->xen.memory_mib = 1048576; /* docs/status.md: 61 ms with a TiB, and 256 MiB of guests */
    check(b);
    assert_forecast(b, "stall", 37.55 + 1022 * 0.025, "sizes");
}

/* Both Xens go through their memory and page tables; a guest may make tables of all of its. */
static void pv_domains_make_it_longer(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.pv_pages = 256000;
    b->xen.pv_tables = 1000;
    check(b);
    assert_forecast(b, "stall", 37.55 + 24.32 + 54, "sizes");
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "; 1000 MiB of PV domains, 25 ms a GiB, and 1000 page tables of PV guests");
    /* Measured with 1000; there are more now, or fewer, or the report is of a release that did not count them. */
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    b->xen.pv_tables = 3000;
    check(b);
    assert_forecast(b, "stall", 502 + 108, "update");
    b->xen.pv_tables = 0;
    check(b);
    assert_forecast(b, "stall", 502, "update");
    b->xen.pv_tables = 3000;
    report = kept(b, IRX_REPORT_UPDATE);
    json_object_del(json_object_get(report, "host"), "pv_tables");
    keep(b, IRX_REPORT_UPDATE, report);
    check(b);
    assert_forecast(b, "stall", 502, "update");
}

static void vcpus_that_share_cpus_wait_by_turns(void **state)
{
    struct bench *b = *state;

    b->xen.guests[1].vcpus = 7; /* 8 with the other one, on 3 CPUs: up to 3 on one */
    check(b);
    assert_guest_forecast(b, "g1", "brownout", 20, "sizes");
    assert_int_equal(bench_run(b, CHECK_JSON " --cpus 1,2"), IRX_RC_DONE);
    assert_guest_forecast(b, "g2", "brownout", 30, "sizes");
}

static void a_host_without_guests_has_a_stall(void **state)
{
    struct bench *b = *state;
    json_t *answer;

    b->xen.guests[0].domid = b->xen.guests[1].domid = 0;
    check(b);
    assert_forecast(b, "stall", 33, "sizes");
    answer = bench_json(b);
    assert_true(json_is_null(json_object_get(json_object_get(answer, "forecast"), "blackout")));
    json_decref(answer);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "stall 33.000 ms (by size: 1024 MiB; the emulated bed takes 33 ms");
    assert_null(strstr(b->out, "blackout"));
}

static void a_wait_that_is_asked_for_is_added(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, CHECK_JSON " --boot-delay 100"), IRX_RC_DONE);
    assert_forecast(b, "stall", 137.55, "sizes");
    /* and is none of the host's own: the played Xen takes 502 ms and does not look at the delay */
    assert_int_equal(bench_run(b, UPDATE " --boot-delay 400"), IRX_RC_DONE);
    report = bench_json(b);
    assert_int_equal(json_integer_value(json_object_get(report, "boot_delay_ms")), 400);
    json_decref(report);
    check(b);
    assert_forecast(b, "stall", 102, "update");
    assert_int_equal(bench_run(b, CHECK_JSON " --boot-delay 30"), IRX_RC_DONE);
    assert_forecast(b, "stall", 132, "update");
}

/* ---- by what was measured ---- */

static void the_last_drill_tells(void **state)
{
    struct bench *b = *state;

    b->xen.guests[0].wait_shim_ns = 7000000;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_forecast(b, "blackout", 0.04, "sizes"); /* what it was before it */
    check(b);
    assert_forecast(b, "blackout", 0.3, "drill");
    assert_guest_forecast(b, "g1", "blackout", 0.25, "drill"); /* its leave was longer */
    assert_guest_forecast(b, "g1", "brownout", 7, "drill");
    assert_guest_forecast(b, "g2", "brownout", 0, "drill");
    assert_forecast(b, "stall", 37.55, "sizes");
    /* which a drill does not have */
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "blackout 0.300 ms, of g2 (the drill of 20");
    assert_says(b, "brown-out 7.000 ms, of g1 (the drill of 20");
}

static void what_does_not_come_to_its_end_tells_nothing(void **state)
{
    struct bench *b = *state;

    b->xen.failure = (struct fake_failure){.cmd = IRX_OP_ENTER, .rc = -ETIMEDOUT, .after = 1};
    assert_int_equal(bench_run(b, DRILL), IRX_RC_ABORTED);
    b->xen.failure.cmd = 0;
    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_int_equal(bench_run(b, "abort"), IRX_RC_DONE);
    check(b);
    assert_forecast(b, "blackout", 0.04, "sizes");
}

static void the_later_one_tells(void **state)
{
    struct bench *b = *state;
    json_t *report;

    b->xen.guests[0].idle = true; /* 0.5 ms: do_enter() */
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    check(b);
    assert_guest_forecast(b, "g1", "blackout", 0.5, "update");
    assert_forecast(b, "stall", 502, "update");
    b->xen.guests[0].idle = false;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    check(b);
    assert_guest_forecast(b, "g1", "blackout", 0.25, "drill");
    assert_forecast(b, "stall", 502, "update");
    report = kept(b, IRX_REPORT_DRILL);
    json_object_set_new(report, "started", json_string("2001-01-01T00:00:00Z"));
    keep(b, IRX_REPORT_DRILL, report);
    check(b);
    assert_guest_forecast(b, "g1", "blackout", 0.5, "update");
}

static void another_guest_is_by_size(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    b->xen.guests[0].name = "g9";
    check(b);
    assert_guest_forecast(b, "g9", "blackout", 0.04, "sizes");
    assert_guest_forecast(b, "g2", "blackout", 0.3, "drill");
    b->xen.guests[1].vcpus = 1;
    check(b);
    assert_guest_forecast(b, "g2", "blackout", 0.04, "sizes");
    b->xen.guests[0].name = "g1";
    report = kept(b, IRX_REPORT_DRILL);
    json_object_set_new(json_array_get(json_object_get(report, "guests"), 0), "memory_mib",
                        json_integer(512));
    keep(b, IRX_REPORT_DRILL, report);
    check(b);
    assert_guest_forecast(b, "g1", "blackout", 0.04, "sizes");
}

/* A brown-out is by who else wants the CPUs, and how many there are; a blackout is not. */
static void another_crowd_is_by_size(void **state)
{
    struct bench *b = *state;

    b->xen.guests[0].wait_shim_ns = 7000000;
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    b->xen.guests[2] = (struct fake_guest){.domid = 5, .vcpus = 1, .name = "g3"};
    check(b);
    assert_guest_forecast(b, "g1", "blackout", 0.25, "drill");
    assert_guest_forecast(b, "g1", "brownout", 10, "sizes");
    b->xen.guests[2].domid = 0;
    assert_int_equal(bench_run(b, CHECK_JSON " --cpus 1"), IRX_RC_DONE);
    assert_guest_forecast(b, "g1", "brownout", 20, "sizes");
    assert_int_equal(bench_run(b, CHECK_JSON " --cpus 1-3"), IRX_RC_DONE);
    assert_guest_forecast(b, "g1", "brownout", 7, "drill");
}

static void another_host_is_a_warning_and_by_size(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    b->xen.memory_mib = 4096;
    check(b);
    assert_forecast(b, "blackout", 0.04, "sizes");
    assert_forecast(b, "stall", 37.55 + 2 * 0.025, "sizes");
    assert_says(b,
                "the last drill was of a host with 4 CPUs and 1024 MiB, this one has 4 and 4096");
    assert_says(b, "the last update was of a host");
}

/* ---- by no bad file ---- */

struct damage {
    const char *object, *key; /* object: NULL: the report; "guest": the first one */
    const char *value;        /* JSON; NULL: it is taken out */
};

static json_t *object_of(json_t *report, const char *name)
{
    if (!name)
        return report;
    return strcmp(name, "guest") ? json_object_get(report, name)
                                 : json_array_get(json_object_get(report, "guests"), 0);
}

static void assert_damage_is_seen(struct bench *b, const char *name, const struct damage *damage)
{
    json_t *good = kept(b, name), *report = json_deep_copy(good);
    json_t *object = object_of(report, damage->object);

    if (damage->value)
        json_object_set_new(object, damage->key, json_loads(damage->value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(object, damage->key);
    keep(b, name, report);
    check(b);
    assert_says(b, name);
    assert_says(b, "it is not used");
    assert_forecast(b, strcmp(name, IRX_REPORT_DRILL) ? "stall" : "blackout",
                    strcmp(name, IRX_REPORT_DRILL) ? 37.55 : 0.04, "sizes");
    keep(b, name, good);
}

static void a_damaged_report_is_a_warning_and_not_used(void **state)
{
    static const struct damage all[] = {
        {NULL, "schema", "2"},
        {NULL, "result", "\"aborted\""},
        {NULL, "started", NULL},
        {NULL, "started", "\"2026-01-01 00:00:00Z\""},
        {NULL, "started", "\"20x6-01-01T00:00:00Z\""},
        {NULL, "started", "\"2026-01-01T00:00:00Z and more\""},
        {NULL, "started", "7"},
        {NULL, "host", NULL},
        {"host", "cpus", "\"4\""},
        {"host", "cpus", "0"},
        {"host", "held_cpus", "5"},
        {"host", "held_cpus", "null"},
        {"host", "memory_mib", "-1"},
        {"host", "memory_mib", "1024.5"},
        {NULL, "boot_delay_ms", "60001"},
        {NULL, "boot_delay_ms", "\"1\""},
        {NULL, "guests", "{}"},
        {NULL, "guests", "[7]"},
        {"guest", "name", NULL},
        {"guest", "name", "\"\""},
        {"guest", "vcpus", "0"},
        {"guest", "vcpus", "1e9"},
        {"guest", "memory_mib", "null"},
        {"guest", "blackout_enter_us", NULL},
        {"guest", "blackout_enter_us", "-1"},
        {"guest", "blackout_leave_us", "\"x\""},
        {"guest", "blackout_leave_us", "1e300"},
        {"guest", "brownout_us", "true"},
    };
    struct bench *b = *state;
    char name[80] = "\"";

    memset(name + 1, 'x', 70);
    name[71] = '"';
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        assert_damage_is_seen(b, IRX_REPORT_DRILL, &all[i]);
    assert_damage_is_seen(b, IRX_REPORT_DRILL, &(struct damage){"guest", "name", name});
    assert_damage_is_seen(b, IRX_REPORT_DRILL, &(struct damage){NULL, "service_stall_ms", "5"});
    check(b);
    assert_forecast(b, "blackout", 0.3, "drill"); /* as it was before all that */
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_DONE);
    assert_damage_is_seen(b, IRX_REPORT_UPDATE, &(struct damage){NULL, "service_stall_ms", "null"});
    assert_damage_is_seen(b, IRX_REPORT_UPDATE, &(struct damage){NULL, "service_stall_ms", "-2"});
    assert_damage_is_seen(b, IRX_REPORT_UPDATE, &(struct damage){NULL, "boot_delay_ms", "503"});
}

static void no_json_is_a_warning_and_not_used(void **state)
{
    static const char *const texts[] = {"", "{", "[]", "7", "{}", "\xff\xfe"};
    struct bench *b = *state;
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", b->directory, IRX_REPORT_DRILL);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        bench_write(path, texts[i], strlen(texts[i]));
        check(b);
        assert_says(b, "last-drill.json");
        assert_says(b, "delete the file");
        assert_forecast(b, "blackout", 0.04, "sizes");
    }
    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE); /* which mends it */
    check(b);
    assert_forecast(b, "blackout", 0.3, "drill");
}

static void what_nobody_measured_is_by_size(void **state)
{
    struct bench *b = *state;
    json_t *report;

    assert_int_equal(bench_run(b, DRILL), IRX_RC_DONE);
    report = kept(b, IRX_REPORT_DRILL);
    json_object_set_new(object_of(report, "guest"), "blackout_leave_us", json_null());
    json_object_set_new(object_of(report, "guest"), "brownout_us", json_null());
    keep(b, IRX_REPORT_DRILL, report);
    check(b);
    assert_guest_forecast(b, "g1", "blackout", 0.04, "sizes");
    assert_guest_forecast(b, "g1", "brownout", 0, "sizes");
    assert_guest_forecast(b, "g2", "blackout", 0.3, "drill");
}

static void a_report_shows_it_beside_what_was_measured(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "update --shim SHIM --xen XEN --max-stall 900"), IRX_RC_DONE);
    assert_says(b, "blackout          0.040        0.300            -  by size: what the emulated");
    assert_says(b, "stall            37.550      502.000      900.000  by size: 1024 MiB");
    assert_int_equal(bench_run(b, "report"), IRX_RC_DONE);
    assert_says(b, "stall            37.550      502.000      900.000  by size: 1024 MiB");
    assert_int_equal(bench_run(b, HOLD), IRX_RC_DONE);
    assert_null(strstr(b->out, "forecast"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(without_a_drill_it_is_by_size),
        CASE(vcpus_that_share_cpus_wait_by_turns),
        CASE(pv_domains_make_it_longer),
        CASE(a_host_without_guests_has_a_stall),
        CASE(a_wait_that_is_asked_for_is_added),
        CASE(the_last_drill_tells),
        CASE(what_does_not_come_to_its_end_tells_nothing),
        CASE(the_later_one_tells),
        CASE(another_guest_is_by_size),
        CASE(another_crowd_is_by_size),
        CASE(another_host_is_a_warning_and_by_size),
        CASE(a_damaged_report_is_a_warning_and_not_used),
        CASE(no_json_is_a_warning_and_not_used),
        CASE(what_nobody_measured_is_by_size),
        CASE(a_report_shows_it_beside_what_was_measured),
    };

    return cmocka_run_group_tests_name("dom0 forecast", tests, NULL, NULL);
}
