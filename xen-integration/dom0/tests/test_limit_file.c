/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of some domains, from the file that --limits names; of a wrong file nothing counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "help_answer.h"
#include "help_limits.h"

static void the_file_counts_before_the_options(void **state)
{
    struct bench *b = *state;

    /* more than the option for one, less for the other */
    assert_int_equal(run_limited(b, UPDATE " --max-blackout 0.25",
                                 "{\"domains\": {\"g2\": {\"max_blackout_ms\": 0.3}}}"),
                     IRX_RC_DONE);
    assert_over(b, "");
    assert_int_equal(run_limited(b, UPDATE " --max-blackout 0.3",
                                 "{\"domains\": {\"g2\": {\"max_blackout_ms\": 0.2}}}"),
                     IRX_RC_OVER_LIMIT);
    assert_says(b, "over the limit of 0.200 ms (max_blackout_ms in /tmp/");
    assert_says(b, "\"domains\": {\n      \"g2\": {\n        \"max_blackout_ms\": 0.2,");
    assert_over(b, "blackout g2 forecast");
    assert_int_equal(
        run_limited(b, "check --shim SHIM --xen XEN", "{\"domains\": {\"g1\": {}, \"g2\": {}}}"),
        IRX_RC_DONE);
}

static void each_domain_aborts_or_goes_on_as_the_file_says(void **state)
{
    struct bench *b = *state;

    assert_int_equal(run_limited(b, UPDATE " --max-blackout 0.15",
                                 "{\"domains\": {\"g1\": {\"over_limit\": \"continue\"}}}"),
                     IRX_RC_OVER_LIMIT);
    assert_result(b, "aborted"); /* g2's, when g1's had gone on */
    assert_over(b, "blackout g1 meanwhile, blackout g2 meanwhile");
    assert_says(b, "or say --over-limit continue");
    assert_int_equal(run_limited(b, UPDATE " --max-blackout 0.15 --over-limit continue",
                                 "{\"domains\": {\"g2\": {\"over_limit\": \"abort\"}}}"),
                     IRX_RC_OVER_LIMIT);
    assert_over(b, "blackout g1 meanwhile, blackout g2 meanwhile");
    assert_says(b, "or say \\\"over_limit\\\": \\\"continue\\\" there");
    assert_int_equal(run_limited(b, UPDATE " --max-blackout 0.15",
                                 "{\"domains\": {\"g1\": {\"over_limit\": \"continue\"},"
                                 "\"g2\": {\"over_limit\": \"continue\"}}}"),
                     IRX_RC_DONE);
    assert_result(b, "updated");
}

static void a_domain_has_a_stall_of_its_own(void **state)
{
    static const char *const limits = "{\"domains\": {\"g2\": {\"max_stall_ms\": 30}}}";
    struct bench *b = *state;

    assert_int_equal(run_limited(b, UPDATE " --max-stall 600", limits), IRX_RC_OVER_LIMIT);
    assert_over(b, "stall g2 forecast");
    assert_says(b, "over the limit of 30.000 ms (max_stall_ms in ");
    assert_int_equal(run_limited(b, "update --shim SHIM --xen XEN --max-stall 600",
                                 "{\"domains\": {\"g2\": {\"max_stall_ms\": 99.5, \"over_limit\": "
                                 "\"continue\"}}}"),
                     IRX_RC_DONE);
    assert_says(b, "limits of g2: stall 99.500 ms, past one: continue");
    assert_says(b, "OVER     g2                   stall 502.000 ms, limit 99.500 ms (afterwards)");
}

static void a_wrong_file_is_refused(void **state)
{
    static const struct {
        const char *file, *text, *remedy;
    } cases[] = {
        {"", "the file is empty", "--limits"},
        {"{", "limits.json: ", "JSON"},
        {"\x1f\x8b\x08 packed", "packed with gzip", "gunzip"},
        {"[]", "there is no object \\\"domains\\\"", "its form is"},
        {"7", "JSON", "JSON"},
        {"{}", "there is no object \\\"domains\\\"", "its form is"},
        {"{\"domains\": []}", "there is no object \\\"domains\\\"", "its form is"},
        {"{\"domains\": {}, \"domains\": {}}", "duplicate", "JSON"},
        {"{\"domains\": {}, \"guests\": 1}", "unknown key \\\"guests\\\"", "its form is"},
        {"{\"domains\": {\"g9\": {}}}", "no domain \\\"g9\\\" on this host", "xl list"},
        {"{\"domains\": {\"Domain-0\": {}}}", "no domain \\\"Domain-0\\\"", "xl list"},
        {"{\"domains\": {\"g1\": 5}}", "domain \\\"g1\\\" has no object", "max_blackout_ms"},
        {"{\"domains\": {\"g1\": {\"max_blackout\": 5}}}", "an unknown key \\\"max_blackout\\\"",
         "max_blackout_ms, max_brownout_ms"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": \"5\"}}}",
         "\\\"max_stall_ms\\\" of domain \\\"g1\\\" is \\\"5\\\"", "a number of ms from 0.001"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": 0}}}", "is 0", "a number of ms from 0.001"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": -1}}}", "is -1", "a number of ms from 0.001"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": 1e300}}}", "e300", "a number of ms from 0.001"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": 3600000.01}}}", "is 3600000.01", "to 3600000"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": null}}}", "is null", "a number of ms"},
        {"{\"domains\": {\"g1\": {\"over_limit\": \"ignore\"}}}",
         "\\\"over_limit\\\" of domain \\\"g1\\\" is \\\"ignore\\\"", "\\\"abort\\\" or"},
        {"{\"domains\": {\"g1\": {\"over_limit\": true}}}", "is true", "\\\"abort\\\" or"},
        {"{\"domains\": {\"g1\": {\"max_stall_ms\": 1, \"max_stall_ms\": 900}}}", "duplicate",
         "JSON"},
    };
    struct bench *b = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        static const char *const commands[] = {CHECK " --json", UPDATE, DRILL};

        for (size_t c = 0; c < sizeof(commands) / sizeof(*commands); c++) {
            assert_int_equal(run_limited(b, commands[c], cases[i].file), IRX_RC_REFUSED);
            assert_says(b, "\"subject\": \"limits\"");
            assert_says(b, "limits.json");
            assert_says(b, cases[i].text);
            assert_says(b, cases[i].remedy);
            assert_null(strstr(b->out, "\"limits\": {")); /* nothing of it counts */
            assert_int_equal(b->xen.changes, 0);
        }
    }
}

static void nothing_of_a_wrong_file_counts(void **state)
{
    struct bench *b = *state;

    assert_int_equal(
        run_limited(b, CHECK " --json --max-blackout 1",
                    "{\"domains\": {\"g1\": {\"max_blackout_ms\": 0.001}, \"x\": {}}}"),
        IRX_RC_REFUSED);
    assert_over(b, ""); /* g1's would be */
    assert_says(b, "\"domains\": {}");
}

static void a_large_file_is_refused(void **state)
{
    static char text[(1 << 20) + 2];
    struct bench *b = *state;

    memset(text, ' ', sizeof(text) - 1);
    memcpy(text, "{\"domains\": {}}", 15);
    assert_int_equal(run_limited(b, CHECK, text), IRX_RC_REFUSED);
    assert_says(b, "1048577 bytes are too many for a file of limits");
    text[sizeof(text) - 2] = 0;
    assert_int_equal(run_limited(b, CHECK, text), IRX_RC_DONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_file_counts_before_the_options),
        CASE(each_domain_aborts_or_goes_on_as_the_file_says),
        CASE(a_domain_has_a_stall_of_its_own),
        CASE(a_wrong_file_is_refused),
        CASE(nothing_of_a_wrong_file_counts),
        CASE(a_large_file_is_refused),
    };

    return cmocka_run_group_tests_name("dom0 limits by file", tests, NULL, NULL);
}
