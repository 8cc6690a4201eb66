/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of the state machines as handoff-abi/tools/states.py writes it for the model. */
#ifndef TESTS_MODEL_TABLE_H
#define TESTS_MODEL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define EACH      2u /* CPUs, and domains, at most */
#define MAX_VARS  32u
#define MAX_STEPS 192u
#define MAX_PARTS 16u
#define MAX_VALUE 16u
#define NAME_SIZE 80u

enum scope { SCOPE_ONE, SCOPE_CPU, SCOPE_DOMAIN };

struct var {
    char name[NAME_SIZE];
    enum scope scope;
    uint32_t place; /* its values are: no CPU, this one, the other one */
    uint32_t count;
    char value[MAX_VALUE][NAME_SIZE];
    uint32_t shift, bits; /* where it is in a packed state: states.c */
};

/* A variable (-1: none) and the set of its values. */
struct test {
    int32_t var;
    uint32_t mask;
};

enum change_how { CHANGE_SELF, CHANGE_OTHER, CHANGE_EACH, CHANGE_THOSE };
struct change {
    enum change_how how;
    uint32_t optional; /* else the step is not to be had where `from` does not hold */
    struct test from;
    int32_t to; /* -1: the value before */
    struct test only;
};

enum condition_how { HOLDS_SELF, HOLDS_OTHER, HOLDS_ANY, HOLDS_ALL, HOLDS_NONE };
struct condition {
    enum condition_how how;
    struct test first, second; /* both, of one CPU or domain */
};

enum step_kind { STEP_DONE, STEP_FAULT, STEP_NEVER, STEP_REST };
struct step {
    enum step_kind kind;
    uint32_t of_cpu, of_domain; /* one for each */
    uint32_t alone;             /* only where there is one domain */
    uint32_t changes, conditions;
    char name[NAME_SIZE];
    struct change change[MAX_PARTS];
    struct condition condition[MAX_PARTS];
    uint64_t taken; /* by the search */
};

struct table {
    uint32_t domains; /* 1 or 2 */
    uint32_t vars, steps;
    struct var var[MAX_VARS];
    struct step step[MAX_STEPS];
};

/* All variables of a state, unpacked; of one CPU or domain where they have several. */
struct values {
    uint8_t v[MAX_VARS][EACH];
};

/* Reads a table, for so many domains; false, after saying why: it is none. */
bool table_read(struct table *t, const char *path, uint32_t domains);

/* How many there are of it. */
static inline uint32_t instances(const struct table *t, const struct var *v)
{
    return v->scope == SCOPE_ONE ? 1 : v->scope == SCOPE_CPU ? EACH : t->domains;
}

/* The step can be done for this CPU and domain; then *to is what comes of it. */
bool step_do(const struct table *t, const struct step *s, const struct values *from, uint32_t cpu,
             uint32_t domain, struct values *to);

/* What a `never` or a `rest` tells of holds, for some CPU and domain. */
bool step_holds(const struct table *t, const struct step *s, const struct values *v);

static inline uint32_t step_cpus(const struct step *s)
{
    return s->of_cpu ? EACH : 1;
}

static inline uint32_t step_domains(const struct table *t, const struct step *s)
{
    return s->of_domain ? t->domains : 1;
}

#endif
