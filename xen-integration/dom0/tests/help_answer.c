/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "help_answer.h"

#include <string.h>

void assert_says(struct bench *b, const char *text)
{
    if (!strstr(b->out, text))
        fail_msg("\"%s\" is not in:\n%s", text, b->out);
}

void assert_result(struct bench *b, const char *result)
{
    json_t *report = bench_json(b);

    assert_string_equal(json_string_value(json_object_get(report, "result")), result);
    json_decref(report);
}

void assert_refused(struct bench *b, const char *text)
{
    assert_int_equal(bench_run(b, CHECK), IRX_RC_REFUSED);
    assert_says(b, text);
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    assert_says(b, text);
    assert_true(fake_normal(&b->xen));
    assert_int_equal(b->xen.number, 0);
    assert_false(b->xen.loaded_target);
    assert_int_equal(b->xen.changes, 0);
}
