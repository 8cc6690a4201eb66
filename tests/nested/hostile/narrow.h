/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vCPUs in protected mode without paging, with tables of two levels, with PAE. They have no code of
 * their own but a loop (narrow_vcpu.S): vCPU 0 writes a question into the box of one, and reads its
 * answer there.
 */
#ifndef HOSTILE_NARROW_H
#define HOSTILE_NARROW_H

#include <stdbool.h>
#include <stdint.h>

#include "vectors.h"

enum narrow_mode { NARROW_NONE, NARROW_FLAT, NARROW_TWO_LEVEL, NARROW_PAE, NARROW_MODES };

/* As PUSHA leaves it, the stubs' pushes, and what IRET takes. */
struct narrow_frame {
    uint32_t edi, esi, ebp, unused, ebx, edx, ecx, eax;
    uint32_t vector, code;
    uint32_t eip, cs, eflags, esp, ss;
};

struct narrow_box {
    struct narrow_frame in, out;
    volatile uint32_t go, done; /* vCPU 0's, and the answer's */
    volatile uint32_t irqs;     /* interrupts that it took meanwhile, but for the upcall */
    uint32_t vcpu_info;
};

_Static_assert(sizeof(struct narrow_frame) == NARROW_FRAME, "narrow_vcpu.S copies it");
_Static_assert(__builtin_offsetof(struct narrow_box, out) == NARROW_OUT, "narrow_vcpu.S");
_Static_assert(__builtin_offsetof(struct narrow_box, go) == NARROW_GO, "narrow_vcpu.S");
_Static_assert(__builtin_offsetof(struct narrow_box, done) == NARROW_DONE, "narrow_vcpu.S");
_Static_assert(__builtin_offsetof(struct narrow_box, irqs) == NARROW_IRQS, "narrow_vcpu.S");
_Static_assert(__builtin_offsetof(struct narrow_box, vcpu_info) == NARROW_VCPU_INFO,
               "narrow_vcpu.S");

struct worker;
struct query;

/* narrow_tables.c: starts it in its mode. */
void narrow_start(struct worker *w);

/* narrow.c, on vCPU 0: puts a question to it, and what its answer came to (an ask_fn). */
void narrow_begin(struct worker *w, const struct query *k, unsigned int word);
uint64_t narrow_answer(struct worker *w, const struct query *k, unsigned int word);
enum narrow_mode narrow_mode(const struct query *k);

#endif
