/* SPDX-License-Identifier: GPL-2.0-only */
#include "limit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "input.h"
#include "session.h"

#define FILE_SIZE_MAX (1u << 20)
#define DIGITS_MAX    7u /* before the point */
#define DECIMALS_MAX  3u

static const struct {
    const char *name, *key, *limit;
} figures[IRX_FIGURES] = {
    [IRX_BLACKOUT] = {"blackout", "blackout", "max_blackout_ms"},
    [IRX_BROWNOUT] = {"brown-out", "brownout", "max_brownout_ms"},
    [IRX_STALL] = {"stall", "stall", "max_stall_ms"},
};

const char *irx_figure_name(enum irx_figure figure)
{
    return figures[figure].name;
}

const char *irx_figure_key(enum irx_figure figure)
{
    return figures[figure].key;
}

/* Digits of *text into *value, at most `most` of them; how many. */
static unsigned int take_digits(const char **text, unsigned int most, uint64_t *value)
{
    unsigned int count = 0;

    for (; **text >= '0' && **text <= '9' && count < most; (*text)++, count++)
        *value = *value * 10 + (uint64_t)(**text - '0');
    return count;
}

static bool in_range(uint64_t us)
{
    return us >= 1 && us <= IRX_LIMIT_MAX_MS * 1000ull;
}

bool irx_limit_parse(const char *text, uint64_t *us)
{
    uint64_t value = 0;
    unsigned int decimals = 0;

    if (!take_digits(&text, DIGITS_MAX, &value))
        return false;
    if (*text == '.') {
        text++;
        decimals = take_digits(&text, DECIMALS_MAX, &value);
        if (!decimals)
            return false;
    }
    for (; decimals < DECIMALS_MAX; decimals++)
        value *= 10;
    if (*text || !in_range(value))
        return false;
    *us = value;
    return true;
}

bool irx_over_limit_parse(const char *text, bool *goes_on)
{
    *goes_on = !strcmp(text, "continue");
    return *goes_on || !strcmp(text, "abort");
}

/* ---- the file ---- */

/* The file that is read, for what is said of it. */
struct source {
    const char *shown;
    struct irx_error *e;
};

static int wrong_value(const struct source *src, const char *domain, const char *key,
                       const json_t *value, const char *remedy)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(12));

    irx_fail(src->e, -EINVAL, remedy, "%s: \"%s\" of domain \"%.64s\" is %.64s", src->shown, key,
             domain, text ? text : "unreadable");
    free(text);
    return -EINVAL;
}

static int read_limit(const struct source *src, const char *domain, const json_t *value,
                      enum irx_figure figure, struct irx_limits *limits)
{
    const double us = json_number_value(value) * 1000.0;

    /* First as it stands: what is too large for an integer has not become one yet. */
    if (!json_is_number(value) || us < 0.5 || us > IRX_LIMIT_MAX_MS * 1000.0 ||
        !in_range((uint64_t)(us + 0.5)))
        return wrong_value(src, domain, figures[figure].limit, value,
                           "give it a number of ms from 0.001 to 3600000");
    limits->max_us[figure] = (uint64_t)(us + 0.5);
    limits->own[figure] = true;
    return 0;
}

static int read_key(const struct source *src, const char *domain, const char *key,
                    const json_t *value, struct irx_limits *limits)
{
    for (unsigned int i = 0; i < IRX_FIGURES; i++)
        if (!strcmp(key, figures[i].limit))
            return read_limit(src, domain, value, (enum irx_figure)i, limits);
    if (strcmp(key, "over_limit") != 0)
        return irx_fail(src->e, -EINVAL,
                        "these are: max_blackout_ms, max_brownout_ms, max_stall_ms, over_limit",
                        "%s: domain \"%.64s\" has an unknown key \"%.64s\"", src->shown, domain,
                        key);
    if (!json_is_string(value) || !irx_over_limit_parse(json_string_value(value), &limits->goes_on))
        return wrong_value(src, domain, key, value, "make it \"abort\" or \"continue\"");
    limits->own_goes_on = true;
    return 0;
}

static struct irx_guest *guest_named(struct irx_session *s, const char *name)
{
    for (unsigned int i = 0; i < s->guest_count; i++)
        if (!strcmp(s->guests[i].name, name))
            return &s->guests[i];
    return NULL;
}

static int read_domain(struct irx_session *s, const struct source *src, const char *name,
                       const json_t *object)
{
    struct irx_guest *g = guest_named(s, name);
    const char *key;
    json_t *value;
    int rc;

    if (!g)
        return irx_fail(src->e, -ENOENT, "take it out of the file, or correct it: see `xl list`",
                        "%s: there is no domain \"%.64s\" on this host", src->shown, name);
    if (!json_is_object(object))
        return irx_fail(src->e, -EINVAL, "give it an object, such as {\"max_blackout_ms\": 5}",
                        "%s: domain \"%.64s\" has no object", src->shown, name);
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        rc = read_key(src, name, key, value, &g->limits);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_domains(struct irx_session *s, const struct source *src, const json_t *root)
{
    const char *key, *form = "its form is {\"domains\": {\"NAME\": {\"max_blackout_ms\": 5}}}";
    json_t *domains, *value;
    int rc;

    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        if (strcmp(key, "domains") != 0)
            return irx_fail(src->e, -EINVAL, form, "%s: there is an unknown key \"%.64s\"",
                            src->shown, key);
    }
    domains = json_object_get(root, "domains");
    if (!json_is_object(domains))
        return irx_fail(src->e, -EINVAL, form, "%s: there is no object \"domains\"", src->shown);
    json_object_foreach(domains, key, value)
    {
        rc = read_domain(s, src, key, value);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_file(struct irx_session *s, const char *path, struct irx_error *e)
{
    struct irx_input file;
    struct source src;
    json_error_t why;
    json_t *root = NULL;
    int rc = irx_input_read(path, "--limits", &file, e);

    if (rc)
        return rc;
    src = (struct source){.shown = file.shown, .e = e};
    if (file.size > FILE_SIZE_MAX) {
        rc = irx_fail(e, -EFBIG, "name a file of limits with --limits",
                      "%s: %zu bytes are too many for a file of limits", file.shown, file.size);
    } else {
        root = json_loadb((const char *)file.data, file.size, JSON_REJECT_DUPLICATES, &why);
        rc = root ? read_domains(s, &src, root)
                  : irx_fail(e, -EINVAL, "correct it: it has to be JSON", "%s: %.160s (line %d)",
                             file.shown, why.text, why.line);
    }
    json_decref(root);
    irx_input_free(&file);
    return rc;
}

/* ---- what counts ---- */

static void give_all(struct irx_session *s, const struct irx_limits *all)
{
    s->limits = *all;
    for (unsigned int i = 0; i < s->guest_count; i++)
        s->guests[i].limits = *all;
}

static bool any(const struct irx_limits *limits)
{
    for (unsigned int i = 0; i < IRX_FIGURES; i++)
        if (limits->max_us[i])
            return true;
    return false;
}

void irx_limits_apply(struct irx_session *s, const struct irx_limits_request *request,
                      struct irx_findings *f)
{
    struct irx_error e;

    if (request->time_s)
        s->give_up_ns = s->xen->ops->now_ns(s->xen->ctx) + request->time_s * 1000000000ull;
    s->step_ms = request->step_ms;
    give_all(s, &request->all);
    s->limits_file = request->file;
    if (request->file && read_file(s, request->file, &e)) {
        give_all(s, &request->all);
        irx_findings_error(f, "limits", &e);
    }
    s->limited = any(&s->limits);
    for (unsigned int i = 0; i < s->guest_count; i++)
        s->limited |= any(&s->guests[i].limits);
}

static json_t *limits_json(const struct irx_limits *limits)
{
    json_t *json = json_object();

    for (unsigned int i = 0; i < IRX_FIGURES; i++)
        json_object_set_new(json, figures[i].limit,
                            limits->max_us[i] ? json_real((double)limits->max_us[i] / 1000.0)
                                              : json_null());
    json_object_set_new(json, "over_limit", json_string(limits->goes_on ? "continue" : "abort"));
    return json;
}

json_t *irx_limits_json(const struct irx_session *s)
{
    json_t *json, *domains;

    if (!s->limited)
        return NULL;
    json = limits_json(&s->limits);
    domains = json_object();
    for (unsigned int i = 0; i < s->guest_count; i++) {
        const struct irx_limits *own = &s->guests[i].limits;

        if (own->own[IRX_BLACKOUT] || own->own[IRX_BROWNOUT] || own->own[IRX_STALL] ||
            own->own_goes_on)
            json_object_set_new(domains, s->guests[i].name, limits_json(own));
    }
    json_object_set_new(json, "domains", domains);
    return json;
}
