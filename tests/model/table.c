/* SPDX-License-Identifier: GPL-2.0-only */
#include "table.h"

#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

/* A number, at most `most`; false: there is none. */
static bool number(FILE *file, uint32_t most, uint32_t *n)
{
    return fscanf(file, "%u", n) == 1 && *n <= most; // NOLINT(cert-err34-c): range is checked
}

static bool test(FILE *file, const struct table *t, struct test *test)
{
    int32_t var;
    uint32_t mask;

    if (fscanf(file, "%d %u", &var, &mask) != 2 || var < -1 || // NOLINT(cert-err34-c)
        var >= (int32_t)t->vars)
        return false;
    *test = (struct test){.var = var, .mask = mask};
    return true;
}

static bool read_var(FILE *file, struct var *v)
{
    uint32_t scope, i;

    if (fscanf(file, "%79s", v->name) != 1 || !number(file, SCOPE_DOMAIN, &scope) ||
        !number(file, 1, &v->place) || !number(file, MAX_VALUE, &v->count))
        return false;
    v->scope = (enum scope)scope;
    for (i = 0; i < v->count; i++)
        if (fscanf(file, "%79s", v->value[i]) != 1)
            return false;
    while (1u << v->bits < v->count)
        v->bits++;
    return true;
}

static bool read_change(FILE *file, const struct table *t, struct change *c)
{
    uint32_t how;

    if (!number(file, CHANGE_THOSE, &how) || !number(file, 1, &c->optional) ||
        !test(file, t, &c->from) || c->from.var < 0 ||
        fscanf(file, "%d", &c->to) != 1 || // NOLINT(cert-err34-c)
        c->to >= (int32_t)t->var[c->from.var].count || !test(file, t, &c->only))
        return false;
    c->how = (enum change_how)how;
    return true;
}

static bool read_condition(FILE *file, const struct table *t, struct condition *c)
{
    uint32_t how;

    if (!number(file, HOLDS_NONE, &how) || !test(file, t, &c->first) || c->first.var < 0 ||
        !test(file, t, &c->second))
        return false;
    c->how = (enum condition_how)how;
    return true;
}

static bool read_step(FILE *file, const struct table *t, struct step *s)
{
    uint32_t kind, i;

    if (fscanf(file, " step") || !number(file, STEP_REST, &kind) || !number(file, 1, &s->of_cpu) ||
        !number(file, 1, &s->of_domain) || !number(file, 1, &s->alone) ||
        !number(file, MAX_PARTS, &s->changes) || !number(file, MAX_PARTS, &s->conditions) ||
        fscanf(file, " %79[^\n]", s->name) != 1)
        return false;
    s->kind = (enum step_kind)kind;
    for (i = 0; i < s->changes; i++)
        if (!read_change(file, t, &s->change[i]))
            return false;
    for (i = 0; i < s->conditions; i++)
        if (!read_condition(file, t, &s->condition[i]))
            return false;
    return true;
}

static bool read_all(FILE *file, struct table *t)
{
    uint32_t vars, steps;

    if (fscanf(file, " vars") || !number(file, MAX_VARS, &vars))
        return false;
    for (; t->vars < vars; t->vars++)
        if (!read_var(file, &t->var[t->vars]))
            return false;
    if (fscanf(file, " steps") || !number(file, MAX_STEPS, &steps))
        return false;
    for (; t->steps < steps; t->steps++)
        if (!read_step(file, t, &t->step[t->steps]))
            return false;
    return true;
}

bool table_read(struct table *t, const char *path, uint32_t domains)
{
    FILE *file = fopen(path, "r");
    bool read;

    memset(t, 0, sizeof(*t));
    t->domains = domains;
    if (!file) {
        fprintf(stderr, "model: %s: cannot be read\n", path);
        return false;
    }
    read = read_all(file, t);
    fclose(file);
    if (!read)
        fprintf(stderr, "model: %s: not a table, after %u variables and %u steps\n", path, t->vars,
                t->steps);
    return read;
}

/* ---- steps ---- */

/* Which instance a step of this CPU and domain means. */
static uint32_t own(const struct var *v, uint32_t cpu, uint32_t domain)
{
    return v->scope == SCOPE_CPU ? cpu : v->scope == SCOPE_DOMAIN ? domain : 0;
}

/* Places are kept as the CPU's number + 1, and told of from a CPU: this one, the other one. */
static uint32_t seen_from(const struct var *v, uint32_t value, uint32_t cpu)
{
    return !v->place || !value ? value : value - 1 == cpu ? 1 : 2;
}

static bool holds(const struct table *t, const struct test *test, const struct values *v,
                  uint32_t instance, uint32_t cpu)
{
    const struct var *var;

    if (test->var < 0)
        return true;
    var = &t->var[test->var];
    return test->mask >> seen_from(var, v->v[test->var][instance], cpu) & 1;
}

static bool condition_holds(const struct table *t, const struct condition *c,
                            const struct values *v, uint32_t cpu, uint32_t domain)
{
    const struct var *var = &t->var[c->first.var];
    uint32_t i, found = 0;

    if (c->how == HOLDS_SELF)
        return holds(t, &c->first, v, own(var, cpu, domain), cpu);
    if (c->how == HOLDS_OTHER)
        return holds(t, &c->first, v, 1 - cpu, cpu);
    for (i = 0; i < instances(t, var); i++)
        found += holds(t, &c->first, v, i, cpu) && holds(t, &c->second, v, i, cpu);
    return c->how == HOLDS_NONE ? !found : c->how == HOLDS_ANY ? found : found == instances(t, var);
}

static bool all_hold(const struct table *t, const struct step *s, const struct values *v,
                     uint32_t cpu, uint32_t domain)
{
    uint32_t i;

    for (i = 0; i < s->conditions; i++)
        if (!condition_holds(t, &s->condition[i], v, cpu, domain))
            return false;
    return true;
}

static void set(const struct table *t, const struct change *c, struct values *v, uint32_t instance,
                uint32_t cpu)
{
    uint8_t *value = &v->v[c->from.var][instance];

    if (c->to < 0)
        --*value;
    else if (t->var[c->from.var].place && c->to)
        *value = (uint8_t)(c->to == 1 ? cpu + 1 : 2 - cpu);
    else
        *value = (uint8_t)c->to;
}

/* Whether a change of several means this one: those at the CPU, and for which `only` holds. */
static bool is_meant(const struct table *t, const struct change *c, const struct values *v,
                     uint32_t instance, uint32_t cpu)
{
    uint32_t i;

    if (!holds(t, &c->only, v, instance, cpu))
        return false;
    if (c->how != CHANGE_THOSE)
        return true;
    for (i = 0; i < t->vars; i++)
        if (t->var[i].place && v->v[i][instance] == cpu + 1)
            return true;
    return false;
}

static bool change(const struct table *t, const struct change *c, struct values *v, uint32_t cpu,
                   uint32_t domain)
{
    const struct var *var = &t->var[c->from.var];
    uint32_t first = own(var, cpu, domain), count = 1, i;

    if (c->how == CHANGE_OTHER)
        first = 1 - cpu;
    if (c->how == CHANGE_EACH || c->how == CHANGE_THOSE) {
        first = 0;
        count = instances(t, var);
    }
    for (i = first; i < first + count; i++) {
        if (c->how >= CHANGE_EACH && !is_meant(t, c, v, i, cpu))
            continue;
        if (holds(t, &c->from, v, i, cpu))
            set(t, c, v, i, cpu);
        else if (!c->optional)
            return false;
    }
    return true;
}

bool step_do(const struct table *t, const struct step *s, const struct values *from, uint32_t cpu,
             uint32_t domain, struct values *to)
{
    uint32_t i;

    if (!all_hold(t, s, from, cpu, domain))
        return false;
    *to = *from;
    for (i = 0; i < s->changes; i++)
        if (!change(t, &s->change[i], to, cpu, domain))
            return false;
    return true;
}

bool step_holds(const struct table *t, const struct step *s, const struct values *v)
{
    uint32_t cpu, domain;

    for (cpu = 0; cpu < step_cpus(s); cpu++)
        for (domain = 0; domain < step_domains(t, s); domain++)
            if (all_hold(t, s, v, cpu, domain))
                return true;
    return false;
}
