// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest-hostile DOMID: the cases of a guest of hostile/ and where the answers of its passes differ, as
 * one line of JSON, from the pages that it keeps for that (hostile/answers.h).
 * guest-hostile DOMID order PASS: has it ask all its questions, or go on with those that are left.
 * guest-hostile DOMID wait SECONDS: until it has, or needs vCPUs that are served again.
 * guest-hostile DOMID late SECONDS: until no late answer is outstanding.
 *
 * Exit status: 0; 1 if its pages cannot be read, the guest is not (yet) one of these, or the time is
 * over; 2 for bad arguments.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <xenforeignmemory.h>

#include "../hostile/answers.h"

#define PAGE          4096u
#define DIFFERS_SHOWN 8u
#define POLL_NS       20000000

static const char *const states[] = {"booting", "ready", "running", "short", "broken"};
static xenforeignmemory_handle *handle;
static uint32_t domid;

/* NULL: it cannot be mapped. */
static void *map(uint64_t gfn, size_t bytes, int prot)
{
    size_t n = (bytes + PAGE - 1) / PAGE;
    xen_pfn_t *gfns = calloc(n, sizeof(*gfns));
    int *err = calloc(n, sizeof(*err));
    void *pages = NULL;

    for (size_t i = 0; gfns && i < n; i++)
        gfns[i] = gfn + i;
    if (gfns && err)
        pages = xenforeignmemory_map(handle, domid, prot, n, gfns, err);
    for (size_t i = 0; pages && i < n; i++)
        if (err[i]) {
            xenforeignmemory_unmap(handle, pages, n);
            pages = NULL;
        }
    free(gfns);
    free(err);
    return pages;
}

static bool is_wanted(const struct hostile_board *b)
{
    return b->magic == HOSTILE_MAGIC && b->cases <= HOSTILE_CASES && b->words <= HOSTILE_WORDS &&
           b->state <= HOSTILE_BROKEN;
}

/* A name of the guest's, in which nothing is trusted. */
static void print_name(const char *name)
{
    putchar('"');
    for (unsigned int i = 0; i < HOSTILE_NAME && name[i]; i++)
        putchar(strchr(" _.:+-", name[i]) || (name[i] >= '0' && name[i] <= '9') ||
                        (name[i] >= 'a' && name[i] <= 'z')
                    ? name[i]
                    : '?');
    putchar('"');
}

static void print_differences(const struct hostile_case *c, uint64_t *const answers[])
{
    unsigned int found = 0;
    uint32_t asked = c->words;

    for (unsigned int p = 0; p < HOSTILE_PASSES; p++)
        asked = c->pass[p].asked < asked ? c->pass[p].asked : asked;
    printf(", \"differs\": [");
    for (uint32_t i = c->first; i < c->first + asked; i++) {
        if (answers[0][i] == answers[1][i] && answers[0][i] == answers[2][i])
            continue;
        if (found++ < DIFFERS_SHOWN)
            printf("%s[%" PRIu32, found > 1 ? ", " : "", i - c->first);
        for (unsigned int p = 0; p < HOSTILE_PASSES && found <= DIFFERS_SHOWN; p++)
            printf(", \"%" PRIx64 "\"%s", answers[p][i], p + 1 == HOSTILE_PASSES ? "]" : "");
    }
    printf("], \"differing\": %u", found);
}

static void print_case(const struct hostile_case *c, uint64_t *const answers[])
{
    printf("{\"name\": ");
    print_name(c->name);
    printf(", \"words\": %" PRIu32 ", \"first\": \"%" PRIx64 "\"", c->words, answers[0][c->first]);
    for (unsigned int what = 0; what < 4; what++) {
        static const char *const names[] = {"asked", "answered", "late", "first_late"};

        printf(", \"%s\": [", names[what]);
        for (unsigned int p = 0; p < HOSTILE_PASSES; p++)
            printf("%s%" PRIu32, p ? ", " : "",
                   what == 0   ? c->pass[p].asked
                   : what == 1 ? c->pass[p].answered
                   : what == 2 ? c->pass[p].late
                               : c->pass[p].first_late);
        printf("]");
    }
    print_differences(c, answers);
    printf("}");
}

static int show(const struct hostile_board *shared)
{
    struct hostile_board b = *shared;
    struct hostile_case *cases = malloc(HOSTILE_CASES * sizeof(*cases));
    void *pages = map(b.cases_gfn, HOSTILE_CASES * sizeof(*cases), PROT_READ);
    uint64_t *answers[HOSTILE_PASSES];

    if (!pages || !cases)
        return 1;
    memcpy(cases, pages, HOSTILE_CASES * sizeof(*cases));
    for (unsigned int p = 0; p < HOSTILE_PASSES; p++)
        if (!(answers[p] = map(b.answers_gfn[p], HOSTILE_WORDS * sizeof(uint64_t), PROT_READ)))
            return 1;
    printf("{\"state\": \"%s\", \"outstanding\": %" PRIu64 ", \"at\": ", states[b.state],
           b.outstanding);
    print_name(b.at_case < b.cases ? cases[b.at_case].name : "");
    printf(", \"at_word\": %" PRIu64 ", \"trap\": [%" PRIu64 ", \"%" PRIx64 "\"], \"cases\": [",
           b.at_word, b.broken_vector, b.broken_rip);
    for (uint64_t i = 0; i < b.cases; i++) {
        if (cases[i].words > HOSTILE_WORDS || cases[i].first > HOSTILE_WORDS - cases[i].words)
            return 1;
        printf("%s", i ? ", " : "");
        print_case(&cases[i], answers);
    }
    printf("]}\n");
    return 0;
}

static int await(const volatile struct hostile_board *b, const char *verb, unsigned long seconds)
{
    struct timespec end, now;
    bool late = !strcmp(verb, "late");

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)seconds;
    do {
        if (late ? b->outstanding == 0 : b->obeyed == b->order && b->state != HOSTILE_RUNNING)
            return 0;
        nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < end.tv_sec);
    fprintf(stderr, "guest-hostile: domain %u: the time is over\n", domid);
    return 1;
}

/* Whether a text is a number below the limit. */
static bool number(const char *text, unsigned long limit, unsigned long *n)
{
    char *end;

    *n = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && *n < limit;
}

int main(int argc, char **argv)
{
    struct hostile_board *b;
    unsigned long id = 0, value = 0;
    const char *verb = argc > 2 ? argv[2] : "show";
    bool order = !strcmp(verb, "order");

    if ((argc != 2 && argc != 4) || !number(argv[1], 0x7ff0, &id) ||
        (argc == 4 && ((strcmp(verb, "wait") && strcmp(verb, "late") && !order) ||
                       !number(argv[3], order ? HOSTILE_PASSES : 1000, &value)))) {
        fprintf(stderr, "usage: guest-hostile DOMID [order PASS | wait SECONDS | late SECONDS]\n");
        return 2;
    }
    domid = (uint32_t)id;
    handle = xenforeignmemory_open(NULL, 0);
    b = handle ? map(HOSTILE_BOARD_GFN, PAGE, order ? PROT_READ | PROT_WRITE : PROT_READ) : NULL;
    if (!b || !is_wanted(b)) {
        fprintf(stderr, "guest-hostile: domain %u %s\n", domid,
                b ? "has not come up" : "cannot be read");
        return 1;
    }
    if (argc == 2)
        return show(b);
    if (order) {
        __atomic_store_n(&b->order, (b->order / 4 + 1) * 4 + value, __ATOMIC_RELEASE);
        return 0;
    }
    return await(b, verb, value);
}
