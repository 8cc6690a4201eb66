/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "help_limits.h"

#include <stdio.h>
#include <string.h>

int run_limited(struct bench *b, const char *command, const char *limits)
{
    char path[96], line[256];

    snprintf(path, sizeof(path), "%s/limits.json", b->directory);
    bench_write(path, limits, strlen(limits));
    snprintf(line, sizeof(line), "%s --limits %s", command, path);
    return bench_run(b, line);
}

static const char *text_of(const json_t *object, const char *key, const char *absent)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value ? value : absent;
}

void assert_over(struct bench *b, const char *text)
{
    json_t *answer = bench_json(b), *over = json_object_get(answer, "over"), *entry;
    char found[512] = "";
    size_t i;

    assert_true(json_is_array(over));
    json_array_foreach(over, i, entry)
    {
        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s %s %s", i ? ", " : "",
                 text_of(entry, "figure", "?"), text_of(entry, "guest", "host"),
                 text_of(entry, "seen", "?"));
        assert_true(json_number_value(json_object_get(entry, "value_ms")) >
                    json_number_value(json_object_get(entry, "limit_ms")));
    }
    assert_string_equal(found, text);
    json_decref(answer);
}

static void assert_estimate(const json_t *estimate, double ms, const char *from)
{
    assert_float_equal(json_number_value(json_object_get(estimate, "ms")), ms, 0.0005);
    assert_string_equal(text_of(estimate, "from", "?"), from);
    assert_true(strlen(text_of(estimate, "source", "")) > 10);
}

void assert_forecast(struct bench *b, const char *figure, double ms, const char *from)
{
    json_t *answer = bench_json(b);

    assert_estimate(json_object_get(json_object_get(answer, "forecast"), figure), ms, from);
    json_decref(answer);
}

void assert_guest_forecast(struct bench *b, const char *guest, const char *figure, double ms,
                           const char *from)
{
    json_t *answer = bench_json(b), *entry, *found = NULL;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(answer, "forecast"), "guests"), i, entry)
    {
        if (!strcmp(text_of(entry, "name", ""), guest))
            found = entry;
    }
    assert_non_null(found);
    assert_estimate(json_object_get(found, figure), ms, from);
    json_decref(answer);
}

static void place(struct bench *b, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", b->directory, name);
}

json_t *kept(struct bench *b, const char *name)
{
    char path[128];
    json_t *report;

    place(b, name, path, sizeof(path));
    report = json_load_file(path, 0, NULL);
    assert_non_null(report);
    return report;
}

void keep(struct bench *b, const char *name, json_t *report)
{
    char path[128];

    place(b, name, path, sizeof(path));
    assert_int_equal(json_dump_file(report, path, JSON_INDENT(2)), 0);
    json_decref(report);
}
