/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plain model of the local APICs of a guest's vCPUs as Xen has them: registers as numbers, vectors
 * as flags, no atomics, nothing of the shim's. Of the timer it knows the count, and when one shot is
 * over; not how ticks that were missed are made up for.
 */
#ifndef FUZZ_LAPIC_MODEL_H
#define FUZZ_LAPIC_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define LAPICS       2u
#define LVTS         6u
#define LAPIC_MASKED (1u << 16)

struct lapic {
    uint32_t id, tpr, ldr, dfr, spiv, esr, icr, icr2, tmict, tdcr, divisor;
    uint32_t lvt[LVTS]; /* timer, thermal, performance, LINT0, LINT1, error */
    bool irr[256], isr[256];
    bool enabled, nmi;
    bool initialised; /* its vCPU has registers */
    bool count_known; /* what TMCCT is, from `since` on */
    uint64_t since;   /* ns */
};

struct lapic_model {
    struct lapic lapics[LAPICS];
    bool x2apic;
    uint32_t last_lowest; /* who got the last IPI of lowest priority */
};

enum lapic_answer {
    LAPIC_DONE,
    LAPIC_FAULT,
    LAPIC_OTHERS, /* INIT, STARTUP, reserved, where they change something: not of the shim */
};

void lapic_raise(struct lapic_model *m, uint32_t i, uint32_t vector);
/* The vector that may be taken; -1: none. */
int lapic_pending(const struct lapic *l);
void lapic_take(struct lapic *l, uint8_t vector);

/* reg: its offset in the page; now: ns. */
enum lapic_answer lapic_write_msr(struct lapic_model *m, uint32_t i, uint32_t reg, uint64_t value,
                                  uint64_t now);
/* False: there is none to be read. */
bool lapic_read_msr(const struct lapic_model *m, uint32_t i, uint32_t reg, uint64_t now,
                    uint64_t *value);
/* offset + size is within the page. */
enum lapic_answer lapic_write_page(struct lapic_model *m, uint32_t i, uint32_t offset,
                                   uint32_t size, uint64_t value, uint64_t now);
uint64_t lapic_read_page(const struct lapic_model *m, uint32_t i, uint32_t offset, uint32_t size,
                         uint64_t now);

/* It counts down once and the model knows how far it is; then: has it come to its end? */
bool lapic_one_shot(const struct lapic *l);
bool lapic_expired(const struct lapic *l, uint64_t now);

#endif
