/* SPDX-License-Identifier: GPL-2.0-only */
#include "states.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STATES  (16u << 20)
#define SLOT_BITS   25
#define SLOTS       (1u << SLOT_BITS)
#define CPU_BITS    16u /* of word[0], from bit 32 on */
#define CPUS_AT     32u
#define DOMAIN_BITS 32u /* of word[1] */

static struct packed *states;
static uint32_t *slots, count;
static uint32_t places[MAX_VARS], nr_places; /* bits of word[1] that tell of a CPU */

bool states_begin(struct table *t)
{
    uint32_t used[] = {0, CPUS_AT, 0}, i;

    nr_places = count = 0;
    for (i = 0; i < t->vars; i++) {
        struct var *v = &t->var[i];

        v->shift = used[v->scope];
        used[v->scope] += v->bits;
        if (v->place)
            places[nr_places++] = v->shift;
        if (v->place && v->scope != SCOPE_DOMAIN)
            return false;
    }
    if (used[SCOPE_ONE] > CPUS_AT || used[SCOPE_CPU] > CPUS_AT + CPU_BITS ||
        used[SCOPE_DOMAIN] > DOMAIN_BITS)
        return false;
    states = malloc(sizeof(*states) * MAX_STATES);
    slots = malloc(sizeof(*slots) * SLOTS);
    if (!states || !slots)
        return false;
    memset(slots, 0xff, sizeof(*slots) * SLOTS);
    return true;
}

void states_end(void)
{
    free(states);
    free(slots);
}

/* Where the n-th of it is. */
static uint32_t shift_of(const struct var *v, uint32_t n)
{
    return v->shift + n * (v->scope == SCOPE_CPU ? CPU_BITS : DOMAIN_BITS);
}

static struct packed pack(const struct table *t, const struct values *v)
{
    struct packed p = {{0, 0}};
    uint32_t i, n;

    for (i = 0; i < t->vars; i++)
        for (n = 0; n < instances(t, &t->var[i]); n++)
            p.word[t->var[i].scope == SCOPE_DOMAIN] |= (uint64_t)v->v[i][n]
                                                       << shift_of(&t->var[i], n);
    return p;
}

void states_get(const struct table *t, uint32_t number, struct values *v)
{
    const struct packed *p = &states[number];
    uint32_t i, n;

    memset(v, 0, sizeof(*v));
    for (i = 0; i < t->vars; i++) {
        const struct var *var = &t->var[i];

        for (n = 0; n < instances(t, var); n++)
            v->v[i][n] = p->word[var->scope == SCOPE_DOMAIN] >> shift_of(var, n) &
                         ((1u << var->bits) - 1);
    }
}

uint32_t states_count(void)
{
    return count;
}

static bool is_less(const struct packed *a, const struct packed *b)
{
    return a->word[0] < b->word[0] || (a->word[0] == b->word[0] && a->word[1] < b->word[1]);
}

/* The two CPUs change names: 1 and 2 of each place. */
static void swap_cpus(struct packed *p)
{
    const uint64_t mask = (1u << CPU_BITS) - 1;
    uint64_t first = p->word[0] >> CPUS_AT & mask, second = p->word[0] >> (CPUS_AT + CPU_BITS);
    uint32_t i, shift;

    p->word[0] = (p->word[0] & ((1ull << CPUS_AT) - 1)) | second << CPUS_AT |
                 first << (CPUS_AT + CPU_BITS);
    for (i = 0; i < nr_places; i++)
        for (shift = places[i]; shift < 64; shift += DOMAIN_BITS)
            if (p->word[1] >> shift & 3)
                p->word[1] ^= 3ull << shift;
}

static void swap_domains(struct packed *p)
{
    p->word[1] = p->word[1] >> DOMAIN_BITS | p->word[1] << DOMAIN_BITS;
}

/* The same for all states that differ in names alone. */
static struct packed canonical(const struct table *t, const struct values *v)
{
    struct packed p = pack(t, v), least = p;
    uint32_t i;

    for (i = 0; i < t->domains; i++) {
        if (i) {
            swap_domains(&p);
            if (is_less(&p, &least))
                least = p;
        }
        swap_cpus(&p);
        if (is_less(&p, &least))
            least = p;
    }
    return least;
}

uint32_t states_add(const struct table *t, const struct values *v)
{
    struct packed p = canonical(t, v);
    uint64_t hash = (p.word[0] ^ p.word[1] * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    uint32_t at = (uint32_t)(hash >> (64 - SLOT_BITS));

    for (; slots[at] != NO_STATE; at = (at + 1) % SLOTS)
        if (!memcmp(&states[slots[at]], &p, sizeof(p)))
            return slots[at];
    if (count == MAX_STATES)
        return NO_STATE;
    slots[at] = count;
    states[count] = p;
    return count++;
}
