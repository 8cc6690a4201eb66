/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex audit: what it says of what Xen answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench.h"

static const struct irx_op_audit same = {.spoilt = UINT64_MAX,
                                         .domains = 3,
                                         .pages = 1000,
                                         .tables = {40, 30, 20, 10},
                                         .partial = 1,
                                         .pins = 5,
                                         .entries = 700,
                                         .foreign = 6,
                                         .mappings = 7,
                                         .paused_ns = 12345678};

static const struct irx_audit_difference difference = {
    .mfn = 0x4711,
    .pfn = UINT64_MAX,
    .domid = 2,
    .what = IRX_AUDIT_WHAT_REFS | IRX_AUDIT_WHAT_FLAGS,
    .expected = {.refs = 3,
                 .type_refs = 2,
                 .type = IRX_AUDIT_L4,
                 .flags = IRX_AUDIT_PINNED | IRX_AUDIT_VALIDATED},
    .found = {.refs = 2, .type_refs = 2, .type = IRX_AUDIT_L4, .flags = IRX_AUDIT_PINNED},
};

static json_int_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void is_list(const json_t *object, const char *key, const char *const *words)
{
    const json_t *list = json_object_get(object, key);
    size_t count = 0;

    for (; words[count]; count++)
        assert_string_equal(json_string_value(json_array_get(list, count)), words[count]);
    assert_int_equal(json_array_size(list), count);
}

/* It says so, and what it looked at; a domain that is being destroyed is waited for. No region is needed. */
static void nothing_differs(void **state)
{
    struct bench *b = *state;
    json_t *audit;

    b->xen.audit = &same;
    b->xen.audits_again = 3;
    b->xen.no_region = true;
    assert_int_equal(bench_run(b, "audit --json"), IRX_RC_DONE);
    audit = bench_json(b);
    assert_int_equal(number(audit, "count"), 0);
    assert_int_equal(number(audit, "pages"), 1000);
    assert_int_equal(number(audit, "foreign"), 6);
    assert_int_equal(number(audit, "paused_us"), 12345);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(audit, "tables"), 3)), 10);
    assert_true(json_is_null(json_object_get(audit, "spoilt")));
    json_decref(audit);
    assert_int_equal(b->xen.spoil, IRX_AUDIT_SPOIL_NOTHING);
    assert_int_equal(b->xen.changes, 0);

    assert_int_equal(bench_run(b, "audit"), IRX_RC_DONE);
    assert_non_null(strstr(b->out, "0 differences in 1000 pages of 3 domains\n"));
}

static void a_difference(void **state)
{
    static const char *const what[] = {"refs", "flags", NULL};
    static const char *const flags[] = {"pinned", "validated", NULL};
    struct irx_op_audit answer = same;
    struct bench *b = *state;
    json_t *audit, *list, *first;

    answer.count = 1;
    answer.spoilt = 0x4711;
    b->xen.audit = &answer;
    b->xen.differences = &difference;
    assert_int_equal(bench_run(b, "audit --json --spoil pin"), IRX_RC_REFUSED);
    assert_int_equal(b->xen.spoil, IRX_AUDIT_SPOIL_PIN);
    audit = bench_json(b);
    list = json_object_get(audit, "differences");
    assert_int_equal(json_array_size(list), 1);
    first = json_array_get(list, 0);
    assert_int_equal(number(audit, "spoilt"), 0x4711);
    assert_int_equal(number(first, "mfn"), 0x4711);
    assert_true(json_is_null(json_object_get(first, "pfn")));
    is_list(first, "what", what);
    is_list(json_object_get(first, "expected"), "flags", flags);
    assert_int_equal(number(json_object_get(first, "found"), "refs"), 2);
    json_decref(audit);

    assert_int_equal(bench_run(b, "audit"), IRX_RC_REFUSED);
    assert_non_null(strstr(b->out, "frame 0x4711 (of domain 2"));
    assert_non_null(strstr(b->out, " refs flags:\n  expected 3 references, 2 of type l4, pinned, "
                                   "validated\n  found    2 references"));
}

/* All are counted, and no more are shown than Xen tells of. */
static void many_differences(void **state)
{
    static struct irx_audit_difference found[16];
    struct irx_op_audit answer = same;
    struct bench *b = *state;
    json_t *audit;

    answer.count = 5000;
    b->xen.audit = &answer;
    b->xen.differences = found;
    assert_int_equal(bench_run(b, "audit --json"), IRX_RC_REFUSED);
    audit = bench_json(b);
    assert_int_equal(number(audit, "count"), 5000);
    assert_int_equal(json_array_size(json_object_get(audit, "differences")), 16);
    json_decref(audit);
}

static void it_cannot_be_done(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "audit"), IRX_RC_ERROR);
    assert_non_null(strstr(b->err, "CONFIG_INTERREX_FAULTS"));
    b->xen.audit = &same;
    b->xen.audits_again = 1000000;
    assert_int_equal(bench_run(b, "audit"), IRX_RC_ERROR);
    assert_non_null(strstr(b->err, "failed"));
}

/* It is no operator's. */
static void the_help_does_not_name_it(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "nothing"), IRX_RC_USAGE);
    assert_null(strstr(b->err, "audit"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(nothing_differs), CASE(a_difference),
                                       CASE(many_differences), CASE(it_cannot_be_done),
                                       CASE(the_help_does_not_name_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
