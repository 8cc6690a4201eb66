/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Goes through every state that the table of the state machines can reach, with two CPUs, one or
 * two domains and every fault at every moment, and looks for
 *
 *   what never is             a `never` of the table
 *   a deadlock                only a fault leads on, and nothing may end there
 *   no way out                no `rest` can be reached without a further fault
 *   a step that is not taken  the table tells of something that does not happen (of those that are
 *                             `alone` with one domain, of all others with two)
 *
 * and prints the shortest way to it. usage: model TABLE DOMAINS; exit status 1: found something,
 * 2: not a table, or too many states.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "states.h"
#include "table.h"

#define MAX_WAY 1024u

/* Of each state: the one that it was first reached from, and where its ways without a fault begin. */
struct seen {
    uint32_t parent, first_way;
};

static struct table table;
static struct seen *seen;
static uint32_t *ways, nr_ways, room_ways, room_seen;

/* ---- what is found ---- */

static void print_step(const struct step *s, uint32_t cpu, uint32_t domain)
{
    printf("%s", s->name);
    if (s->of_cpu)
        printf(", CPU %u", cpu + 1);
    if (s->of_domain)
        printf(", domain %u", domain + 1);
    printf("\n");
}

static void print_values(const struct values *v)
{
    uint32_t i, n;

    for (i = 0; i < table.vars; i++) {
        printf("    %-9s", table.var[i].name);
        for (n = 0; n < instances(&table, &table.var[i]); n++)
            if (table.var[i].place && v->v[i][n])
                printf(" CPU-%u", v->v[i][n]);
            else
                printf(" %s", table.var[i].value[v->v[i][n]]);
        printf("\n");
    }
}

static bool is_taken(const struct step *s)
{
    return s->kind <= STEP_FAULT && !(s->alone && table.domains > 1);
}

/* A step that leads from *now to the state `next`, whatever the names; *now is then there. */
static bool find_step(struct values *now, uint32_t next)
{
    struct values to;
    uint32_t i, cpu, domain;

    for (i = 0; i < table.steps; i++) {
        const struct step *s = &table.step[i];

        for (cpu = 0; is_taken(s) && cpu < step_cpus(s); cpu++)
            for (domain = 0; domain < step_domains(&table, s); domain++) {
                if (!step_do(&table, s, now, cpu, domain, &to) || states_add(&table, &to) != next)
                    continue;
                print_step(s, cpu, domain);
                *now = to;
                return true;
            }
    }
    return false;
}

static int found(const char *what, uint32_t state)
{
    static uint32_t way[MAX_WAY];
    uint32_t n = 0, at;
    struct values now;

    printf("FOUND %s\n", what);
    for (at = state; at && n < MAX_WAY; at = seen[at].parent)
        way[n++] = at;
    states_get(&table, at, &now);
    for (at = 1; n && find_step(&now, way[--n]); at++)
        ;
    printf("  then\n");
    print_values(&now);
    return 1;
}

/* ---- the search ---- */

/* Room for `more` than n of it; false: there is none. */
static bool grow(void **array, uint32_t *room, uint32_t n, uint32_t more, size_t size)
{
    void *larger;

    if (n + more <= *room)
        return true;
    larger = realloc(*array, (size_t)(*room * 2 + more) * size);
    if (!larger)
        return false;
    *array = larger;
    *room = *room * 2 + more;
    return true;
}

static bool went(uint32_t from, uint32_t to, const struct step *s, uint32_t before)
{
    if (to == NO_STATE)
        return false;
    if (to == before) { /* a new one */
        if (!grow((void **)&seen, &room_seen, to, 1, sizeof(*seen)))
            return false;
        seen[to].parent = from;
    }
    if (s->kind == STEP_FAULT)
        return true;
    if (!grow((void **)&ways, &room_ways, nr_ways, 1, sizeof(*ways)))
        return false;
    ways[nr_ways++] = to;
    return true;
}

/* All that one step leads to; false: too many. */
static bool step_from(uint32_t state)
{
    struct values now, to;
    uint32_t i, cpu, domain;

    states_get(&table, state, &now);
    seen[state].first_way = nr_ways;
    for (i = 0; i < table.steps; i++) {
        struct step *s = &table.step[i];

        for (cpu = 0; is_taken(s) && cpu < step_cpus(s); cpu++)
            for (domain = 0; domain < step_domains(&table, s); domain++) {
                uint32_t before = states_count();

                if (!step_do(&table, s, &now, cpu, domain, &to))
                    continue;
                s->taken++;
                if (!went(state, states_add(&table, &to), s, before))
                    return false;
            }
    }
    return true;
}

/* The first `never` or `rest` of which this state is one; NULL: of none. */
static const struct step *is(uint32_t state, enum step_kind kind)
{
    struct values v;
    uint32_t i;

    states_get(&table, state, &v);
    for (i = 0; i < table.steps; i++)
        if (table.step[i].kind == kind && step_holds(&table, &table.step[i], &v)) {
            table.step[i].taken++;
            return &table.step[i];
        }
    return NULL;
}

/* 0: every state was seen, and none is one that never is. */
static int search(void)
{
    struct values first;
    uint32_t at;

    memset(&first, 0, sizeof(first));
    if (!grow((void **)&seen, &room_seen, 0, 1, sizeof(*seen)) || states_add(&table, &first))
        return 2;
    for (at = 0; at < states_count(); at++) {
        const struct step *never = is(at, STEP_NEVER);

        if (never)
            return found(never->name, at);
        if (!step_from(at)) {
            fprintf(stderr, "model: more than %u states\n", states_count());
            return 2;
        }
    }
    return 0;
}

static uint32_t ways_end(uint32_t state)
{
    return state + 1 < states_count() ? seen[state + 1].first_way : nr_ways;
}

/* Backwards from what may rest, until nothing is added; a state that is left has no way out. */
static int find_ways_out(void)
{
    uint8_t *ends = calloc(states_count(), 1); /* a rest can be reached from it */
    uint32_t at, way;
    bool more = true;
    int rc = 0;

    if (!ends)
        return 2;
    for (at = 0; at < states_count(); at++)
        ends[at] = is(at, STEP_REST) != NULL;
    while (more) {
        more = false;
        for (at = states_count(); at--;)
            for (way = seen[at].first_way; !ends[at] && way < ways_end(at); way++)
                if (ends[ways[way]])
                    ends[at] = more = true;
    }
    for (at = 0; at < states_count() && !rc; at++)
        if (!ends[at])
            rc = found(seen[at].first_way < ways_end(at) ? "no way out" : "a deadlock", at);
    free(ends);
    return rc;
}

static int find_idle_steps(void)
{
    uint32_t i;
    int rc = 0;

    for (i = 0; i < table.steps; i++) {
        const struct step *s = &table.step[i];

        if (s->taken || s->kind == STEP_NEVER || s->alone != (table.domains == 1))
            continue;
        printf("FOUND a step that is not taken\n  %s\n", s->name);
        rc = 1;
    }
    return rc;
}

int main(int argc, char **argv)
{
    uint32_t domains = argc == 3 && !strcmp(argv[2], "1") ? 1 : EACH;
    int rc;

    if (argc != 3 || !table_read(&table, argv[1], domains) || !states_begin(&table))
        return 2;
    rc = search();
    if (!rc)
        rc = find_ways_out();
    if (!rc)
        rc = find_idle_steps();
    printf("%u states, %u ways: 2 CPUs, domains: %u\n", states_count(), nr_ways, domains);
    states_end();
    free(seen);
    free(ways);
    return rc;
}
