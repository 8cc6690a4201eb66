// SPDX-License-Identifier: GPL-2.0-only
/* A process that knows what it has, and looks all the time whether it still has it: see main.c. */
#ifndef STEADY_H
#define STEADY_H

#include <stdbool.h>
#include <stdint.h>

#define STEADY_FILE  "/tmp/steady.state"
#define STEADY_MAGIC 0x79646165747331ull
#define WORDS        96

/* What a worker has done, in a file that all of them have mapped. */
struct work {
    char name[16];
    volatile uint64_t rounds, wrong;
    char first[WORDS]; /* the first that was wrong */
};

struct steady {
    uint64_t magic, workers;
    struct work work[8];
};

/* A worker does one round, again and again. */
struct worker {
    const char *name;
    void (*begin)(struct work *w);
    void (*round)(struct work *w);
};

extern const char *disk; /* what `blocks` writes to */
uint64_t pattern(void);
/* Counts what is wrong, and keeps the first: as with printf(). */
void expect(struct work *w, bool good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void registers_round(struct work *w);
void bases_round(struct work *w);
void watch_begin(struct work *w);
void watch_round(struct work *w);
void ports_begin(struct work *w);
void ports_round(struct work *w);
void copies_round(struct work *w);
void files_round(struct work *w);
void blocks_round(struct work *w);

#endif
