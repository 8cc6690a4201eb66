/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that others gave, and what the process does for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "help_answer.h"
#include "../process.h"
#include "../text.h"

/* ---- words of others ---- */

static void names_that_are_no_text_do_not_hide_a_reason(void **state)
{
    struct bench *b = *state;
    json_t *json;

    b->xen.guests[1].name = "g\xff\x1b[2J\xc3\xa4";
    b->xen.reasons[0] = (struct irx_op_reason){.domid = 3, .code = IRX_REASON_POD};
    b->xen.reason_count = 1;
    assert_int_equal(bench_run(b, UPDATE), IRX_RC_REFUSED);
    json = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(json, "reasons")), 1);
    assert_int_equal(json_array_size(json_object_get(json, "guests")), 2);
    json_decref(json);
    assert_says(b, "g??[2J\xc3\xa4 (3)");
    assert_int_equal(bench_run(b, "check --json --xen XEN --shim \xff\xfe"), IRX_RC_REFUSED);
    json = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(json, "reasons")), 2);
    json_decref(json);
}

static void text_is_made_fit(void **state)
{
    static const char *const pairs[][2] = {
        {"plain", "plain"},
        {"a\nb\tc\x7f", "a?b?c?"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xc3", "?"},
        {"\xe2\x82", "??"},
        {"\xc0\x80", "??"},           /* overlong */
        {"\xed\xa0\x80", "???"},      /* half of a surrogate pair */
        {"\xf4\x90\x80\x80", "????"}, /* above U+10FFFF */
        {"\xc2\x9b", "??"},           /* CSI */
        {"", ""},
    };
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        strcpy(text, pairs[i][0]); /* NOLINT: fits */
        irx_text_clean(text);
        assert_string_equal(text, pairs[i][1]);
    }
}

/* ---- the process ---- */

static unsigned long locked_kib(void)
{
    char line[128];
    unsigned long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");

    assert_non_null(file);
    while (fgets(line, sizeof(line), file))
        sscanf(line, "VmLck: %lu", &kib); /* NOLINT: checked below */
    fclose(file);
    return kib;
}

static void the_process_is_not_the_first_to_go(void **state)
{
    struct bench *b = *state;
    char path[96], text[16] = "";
    FILE *file;
    bool may = mlockall(MCL_CURRENT) == 0;

    munlockall();
    snprintf(path, sizeof(path), "%s/guests.json", b->directory);
    bench_write(path, "0", 1);
    irx_process_protect(path);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "-1000");
    assert_int_equal(locked_kib() > 0, may);
    munlockall();
    irx_process_protect("/nowhere/at/all"); /* no failure */
    munlockall();
}

/* As much as a command needs while guests are held: the process need not ask the kernel for it. */
static void memory_is_there_before_it_is_needed(void **state)
{
    void *pieces[32];
    const char *end;

    (void)state;
    irx_process_protect("/nowhere/at/all");
    end = sbrk(0);
    for (unsigned int round = 0; round < 2; round++) {
        for (unsigned int i = 0; i < 32; i++) {
            pieces[i] = malloc(60000);
            assert_non_null(pieces[i]);
            assert_true((char *)pieces[i] < end);
        }
        for (unsigned int i = 0; i < 32; i++)
            free(pieces[i]);
    }
    assert_ptr_equal(sbrk(0), end);
    munlockall();
}

static unsigned int protected;

static void note_protection(void)
{
    protected++;
}

static void what_changes_the_host_is_protected(void **state)
{
    struct bench *b = *state;

    b->env.protect = note_protection;
    bench_run(b, HOLD);
    bench_run(b, "abort");
    bench_run(b, UPDATE);
    bench_run(b, DRILL);
    assert_int_equal(protected, 4);
    bench_run(b, "status");
    bench_run(b, "report");
    assert_int_equal(protected, 4);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(names_that_are_no_text_do_not_hide_a_reason),
        cmocka_unit_test(text_is_made_fit),
        CASE(the_process_is_not_the_first_to_go),
        cmocka_unit_test(memory_is_there_before_it_is_needed),
        CASE(what_changes_the_host_is_protected),
    };

    return cmocka_run_group_tests_name("dom0 process", tests, NULL, NULL);
}
