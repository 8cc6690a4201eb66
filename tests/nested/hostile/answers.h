/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a hostile guest and dom0 (guest-hostile.c there) share: the board, in the image's first page,
 * and from there the table of cases and the answers, one array a pass.
 *
 * A case is a name and some questions; the answer to a question is one 64-bit word. `order` is
 * dom0's, all else the guest's. A question that is answered only after its time was over is late:
 * while a guest is held, its vCPU was parked or blocked.
 */
#ifndef HOSTILE_ANSWERS_H
#define HOSTILE_ANSWERS_H

#include <stdint.h>

#define HOSTILE_BOARD_GFN 0x100u
#define HOSTILE_MAGIC     0x656c697473682d31ull
#define HOSTILE_PASSES    3u /* twice in Xen, then held */
#define HOSTILE_CASES     1024u
#define HOSTILE_WORDS     16384u /* in all, a pass */
#define HOSTILE_NAME      40u

struct hostile_case {
    char name[HOSTILE_NAME]; /* [a-z0-9_.:+-] and blanks */
    uint32_t first, words;   /* in the pass's answers */
    struct {
        uint32_t asked;      /* the questions below this one were asked */
        uint32_t answered;   /* how many */
        uint32_t late;       /* how many of the answers came late, or not yet */
        uint32_t first_late; /* its number */
    } pass[HOSTILE_PASSES];
};

enum hostile_state {
    HOSTILE_BOOTING,
    HOSTILE_READY,   /* the order is carried out */
    HOSTILE_RUNNING, /* it is being carried out */
    HOSTILE_SHORT,   /* all vCPUs wait for late answers: order the same pass again */
    HOSTILE_BROKEN,  /* a trap that nothing explains: the case that was under way is named */
};

/* An answer that is a trap: the vector, the instruction's offset in its code, the error code. */
#define HOSTILE_TRAP(vector, at, code)                                                             \
    (1ull << 63 | (uint64_t)(vector) << 48 | ((uint64_t)(at)&0xffff) << 32 | (uint32_t)(code))

struct hostile_board {
    uint64_t magic;
    uint64_t state;       /* enum hostile_state */
    uint64_t order;       /* dom0 counts it up: number * 4 + pass */
    uint64_t obeyed;      /* the last order that was taken */
    uint64_t outstanding; /* late answers that have not come */
    uint64_t cases, words;
    uint64_t cases_gfn, answers_gfn[HOSTILE_PASSES];
    uint64_t at_case, at_word; /* under way */
    uint64_t broken_vector, broken_rip;
};

_Static_assert(sizeof(struct hostile_case) == 96, "read by dom0");
_Static_assert(sizeof(struct hostile_board) <= 4096, "one page");

#endif
