/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmdline.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A word of a command line: "name", "no-name" or "name=value", as Xen's parse_params() takes it. */
struct word {
    const char *text, *name, *value; /* value: NULL, there is none */
    size_t length, name_length, value_length;
    bool negated;
};

/*
 * The next word from *rest on, which moves behind it. False: no more. What follows "--" is of
 * dom0's kernel.
 */
static bool next_word(const char **rest, struct word *w)
{
    const char *equals;

    *rest += strspn(*rest, " \t");
    *w = (struct word){.text = *rest, .length = strcspn(*rest, " \t")};
    if (!w->length || (w->length == 2 && memcmp(w->text, "--", 2) == 0))
        return false;
    *rest += w->length;
    w->name = w->text;
    w->name_length = w->length;
    equals = memchr(w->text, '=', w->length);
    if (equals) {
        w->name_length = (size_t)(equals - w->text);
        w->value = equals + 1;
        w->value_length = w->length - w->name_length - 1;
    }
    if (w->name_length > 3 && memcmp(w->name, "no-", 3) == 0) {
        w->negated = true;
        w->name += 3;
        w->name_length -= 3;
    }
    return true;
}

static bool same(const struct word *a, const struct word *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* Xen's parse_bool(): 1, 0, or -1 for what is none. */
static int as_bool(const char *value, size_t length)
{
    static const char *const yes[] = {"yes", "on", "true", "enable", "1"}, *const no[] = {
                                                                               "no", "off", "false",
                                                                               "disable", "0"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
        if (strlen(yes[i]) == length && memcmp(yes[i], value, length) == 0)
            return 1;
        if (strlen(no[i]) == length && memcmp(no[i], value, length) == 0)
            return 0;
    }
    return -1;
}

/* The word's value in one form, so that "no-hap", "hap=off" and "hap=0" are the same. */
static void normal_value(const struct word *w, char *to, size_t size)
{
    int value = w->value ? as_bool(w->value, w->value_length) : 1;

    if (value >= 0)
        snprintf(to, size, "%d", value != w->negated);
    else
        snprintf(to, size, "%s%.*s", w->negated ? "no-" : "", (int)w->value_length, w->value);
}

/* What this option is on this line. */
static void value_on(const char *line, const struct irx_option *option, char *to, size_t size)
{
    struct word w;
    size_t used = 0;

    snprintf(to, size, "%s", option->absent ? option->absent : "");
    while (next_word(&line, &w)) {
        if (!irx_option_is(option, w.name, w.name_length))
            continue;
        if (used && option->adds_up && used + 1 < size)
            to[used++] = ',';
        else
            used = 0;
        normal_value(&w, to + used, size - used);
        used += strlen(to + used);
    }
}

bool irx_cmdline_value(const char *line, const char *name, char *to, size_t size)
{
    const size_t length = strlen(name);
    bool found = false;
    struct word w;

    while (next_word(&line, &w))
        if (w.name_length == length && memcmp(w.name, name, length) == 0) {
            normal_value(&w, to, size);
            found = true;
        }
    return found;
}

/* 0 is "no limit" for those that are 0 where they are not given. */
static uint64_t as_limit(const struct irx_option *option, const char *value)
{
    uint64_t limit = strtoull(value, NULL, 0);

    return !limit && option->absent[0] == '0' ? UINT64_MAX : limit;
}

static const char *shown(const char *value)
{
    return value[0] ? value : "not given";
}

static void check_option(const struct irx_option *option, const char *running, const char *next,
                         struct irx_findings *f)
{
    char old[IRX_CMDLINE_MAX], new[IRX_CMDLINE_MAX], remedy[128];
    struct irx_error e;

    value_on(running, option, old, sizeof(old));
    value_on(next, option, new, sizeof(new));
    if (strcmp(old, new) == 0 ||
        (option->rule == IRX_OPTION_LEAST && as_limit(option, new) >= as_limit(option, old)))
        return;
    if (option->rule == IRX_OPTION_TOLD) {
        irx_findings_warn(f, "target", "see that this is meant",
                          "the command line's %s is %.80s, the running Xen's %.80s: %s",
                          option->name, shown(new), shown(old), option->why);
        return;
    }
    snprintf(remedy, sizeof(remedy),
             "leave %s in --cmdline as the running Xen has it, or change it by a reboot",
             option->name);
    irx_fail(&e, -EINVAL, remedy, "the command line's %s is %.80s, the running Xen's %.80s: %s",
             option->name, shown(new), shown(old), option->why);
    irx_findings_error(f, "target", &e);
}

static bool has_word(const char *line, const struct word *word)
{
    struct word w;

    while (next_word(&line, &w))
        if (same(&w, word))
            return true;
    return false;
}

static void check_word(const struct word *w, const char *running, struct irx_findings *f)
{
    const struct irx_option *option = irx_option_find(w->name, w->name_length);

    if (has_word(running, w))
        return;
    if (!option)
        irx_findings_warn(f, "target", "see that it is spelt as the target wants it",
                          "Xen 4.17 has no option \"%.*s\"", (int)(w->length < 80 ? w->length : 80),
                          w->text);
    else if (option->rule == IRX_OPTION_BOOT)
        irx_findings_warn(f, "target", "leave it away: interrex sets it itself",
                          "\"%.*s\" of --cmdline is not passed on",
                          (int)(w->length < 80 ? w->length : 80), w->text);
}

void irx_cmdline_check(const char *running, const char *next, struct irx_findings *f)
{
    const struct irx_option *option;
    const char *rest = next;
    struct word w;

    for (unsigned int i = 0; (option = irx_option_at(i)); i++)
        if (option->rule != IRX_OPTION_ANY && option->rule != IRX_OPTION_BOOT)
            check_option(option, running, next, f);
    while (next_word(&rest, &w))
        check_word(&w, running, f);
}

int irx_cmdline_clean(const char *from, char *to, size_t size)
{
    const struct irx_option *option;
    size_t used = 0;
    struct word w;

    while (next_word(&from, &w)) {
        option = irx_option_find(w.name, w.name_length);
        if (option && option->rule == IRX_OPTION_BOOT)
            continue;
        if (used + w.length + 2 > size)
            return -E2BIG;
        if (used)
            to[used++] = ' ';
        memcpy(to + used, w.text, w.length);
        used += w.length;
    }
    to[used] = 0;
    return 0;
}
