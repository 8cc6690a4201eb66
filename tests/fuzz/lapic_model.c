/* SPDX-License-Identifier: GPL-2.0-only */
#include "lapic_model.h"

#include <string.h>

#define CYCLE_NS 10u /* of the bus clock */

enum {
    ID = 0x20,
    LVR = 0x30,
    TPR = 0x80,
    PPR = 0xa0,
    EOI = 0xb0,
    LDR = 0xd0,
    DFR = 0xe0,
    SPIV = 0xf0,
    ISR = 0x100,
    IRR = 0x200,
    ESR = 0x280,
    CMCI = 0x2f0,
    ICR = 0x300,
    ICR2 = 0x310,
    LVT = 0x320,
    LVT_LAST = 0x370,
    TMICT = 0x380,
    TMCCT = 0x390,
    TDCR = 0x3e0,
    SELF_IPI = 0x3f0,
};

/* ---- Vectors ---- */

static int highest(const bool *vectors)
{
    const bool *last = memrchr(vectors, true, 256);

    return last ? (int)(last - vectors) : -1;
}

int lapic_pending(const struct lapic *l)
{
    int wants = highest(l->irr), has = highest(l->isr);

    if (!l->enabled || wants < 0 || (has >= 0 && wants / 16 <= has / 16))
        return -1;
    return wants;
}

void lapic_take(struct lapic *l, uint8_t vector)
{
    l->irr[vector] = false;
    l->isr[vector] = true;
}

/* An error once, until... it stays: nobody clears ESR. An LVT with a vector below 16 is one too. */
static void error(struct lapic_model *m, uint32_t i, uint32_t bit)
{
    struct lapic *l = &m->lapics[i];
    uint32_t lvt = l->lvt[5];

    if (l->esr & bit)
        return;
    l->esr |= bit;
    if (lvt & LAPIC_MASKED)
        return;
    if ((lvt & 0xff) < 16)
        l->esr |= 1u << 6;
    else
        l->irr[lvt & 0xff] = true;
}

void lapic_raise(struct lapic_model *m, uint32_t i, uint32_t vector)
{
    if (vector < 16)
        error(m, i, 1u << 6);
    else
        m->lapics[i].irr[vector] = true;
}

static uint32_t priority(const struct lapic *l)
{
    int has = highest(l->isr);
    uint32_t served = has < 0 ? 0 : (uint32_t)has / 16 * 16;

    return l->tpr / 16 * 16 >= served ? l->tpr : served;
}

/* ---- Interrupts between them ---- */

static bool meant(const struct lapic_model *m, uint32_t i, uint32_t from, uint32_t icr,
                  uint32_t dest)
{
    const struct lapic *l = &m->lapics[i];
    uint32_t mine = l->ldr >> 24;

    switch (icr >> 18 & 3) {
    case 1:
        return i == from;
    case 2:
        return true;
    case 3:
        return i != from;
    default:
        break;
    }
    if (m->x2apic) {
        if (icr >> 11 & 1)
            return dest >> 16 == l->ldr >> 16 && (dest & l->ldr & 0xffff);
        return dest == 0xffffffffu || dest == l->id;
    }
    if (!(icr >> 11 & 1))
        return dest == 0xff || dest == l->id >> 24;
    if (l->dfr == 0xffffffffu) /* flat */
        return mine & dest;
    if (l->dfr == 0x0fffffffu) /* clusters */
        return mine >> 4 == dest >> 4 && (mine & dest & 15);
    return false;
}

static void send_lowest(struct lapic_model *m, uint32_t from, uint32_t icr, uint32_t dest)
{
    uint32_t best = LAPICS;

    for (uint32_t n = 1; n <= LAPICS; n++) {
        uint32_t i = (m->last_lowest + n) % LAPICS;

        if (meant(m, i, from, icr, dest) && m->lapics[i].enabled &&
            (best == LAPICS || priority(&m->lapics[i]) < priority(&m->lapics[best])))
            best = i;
    }
    if (best < LAPICS)
        m->last_lowest = best;
    if ((icr & 0xff) < 16)
        error(m, from, 1u << 5);
    else if (best < LAPICS)
        lapic_raise(m, best, icr & 0xff);
}

/* INIT: who has registers loses them, unless it is the end of one; STARTUP: who has none starts; else: the domain ends. */
static bool changes_somebody(const struct lapic_model *m, uint32_t from, uint32_t icr,
                             uint32_t dest)
{
    uint32_t mode = icr >> 8 & 7;
    bool ends = (icr >> 14 & 3) == 2; /* level-triggered, and not asserted */

    for (uint32_t i = 0; i < LAPICS; i++)
        if (meant(m, i, from, icr, dest) && (mode == 5   ? m->lapics[i].initialised && !ends
                                             : mode == 6 ? !m->lapics[i].initialised
                                                         : true))
            return true;
    return false;
}

static enum lapic_answer send(struct lapic_model *m, uint32_t from, uint32_t icr, uint32_t dest)
{
    uint32_t mode = icr >> 8 & 7;

    if (mode == 1)
        send_lowest(m, from, icr, dest);
    if (mode == 1 || mode == 2 || mode == 3) /* SMI and remote read do nothing */
        return LAPIC_DONE;
    if (mode > 4)
        return changes_somebody(m, from, icr, dest) ? LAPIC_OTHERS : LAPIC_DONE;
    if (mode == 0 && (icr & 0xff) < 16) {
        error(m, from, 1u << 5);
        return LAPIC_DONE;
    }
    for (uint32_t i = 0; i < LAPICS; i++) {
        struct lapic *l = &m->lapics[i];

        if (!meant(m, i, from, icr, dest))
            continue;
        if (mode == 4)
            l->nmi = true;
        else if (l->enabled)
            lapic_raise(m, i, icr & 0xff);
    }
    return LAPIC_DONE;
}

/* ---- The timer's count ---- */

static uint32_t timer_mode(const struct lapic *l)
{
    return l->lvt[0] >> 17 & 3; /* one shot, periodic, deadline, reserved */
}

static uint64_t cycles(const struct lapic *l, uint64_t now)
{
    return (now - l->since) / (CYCLE_NS * l->divisor);
}

static uint32_t count(const struct lapic *l, uint64_t now)
{
    uint64_t passed = cycles(l, now);

    if (!l->tmict || timer_mode(l) > 1)
        return 0;
    if (timer_mode(l) == 1)
        passed %= l->tmict;
    return passed < l->tmict ? l->tmict - (uint32_t)passed : 0;
}

bool lapic_one_shot(const struct lapic *l)
{
    return l->count_known && timer_mode(l) == 0 && l->tmict;
}

bool lapic_expired(const struct lapic *l, uint64_t now)
{
    return cycles(l, now) >= l->tmict;
}

/* ---- Registers ---- */

static void write_lvt(struct lapic *l, uint32_t n, uint32_t value)
{
    static const uint32_t kept[LVTS] = {0x710ff, 0x117ff, 0x117ff, 0x1f7ff, 0x1f7ff, 0x110ff};
    uint32_t before = timer_mode(l), after = value >> 17 & 3;

    if (n == 0 && (before == 2) != (after == 2)) {
        l->tmict = 0;
        l->count_known = true; /* none */
    } else if (n == 0 && before != after) {
        l->count_known = false;
    }
    if (!(l->spiv >> 8 & 1) && !l->enabled)
        value |= LAPIC_MASKED;
    l->lvt[n] = value & kept[n];
}

static void write_spiv(struct lapic *l, uint32_t value)
{
    l->spiv = value & 0x3ff;
    l->enabled = value >> 8 & 1;
    if (!l->enabled)
        for (uint32_t n = 0; n < LVTS; n++)
            l->lvt[n] |= LAPIC_MASKED;
}

static void end_of_interrupt(struct lapic *l)
{
    int vector = highest(l->isr);

    if (vector >= 0)
        l->isr[vector] = false;
}

static enum lapic_answer write_icr(struct lapic_model *m, uint32_t i, uint32_t value)
{
    struct lapic *l = &m->lapics[i];
    uint32_t icr = value & ~(1u << 12); /* never busy */

    if (send(m, i, icr, m->x2apic ? l->icr2 : l->icr2 >> 24) != LAPIC_DONE)
        return LAPIC_OTHERS;
    l->icr = icr;
    return LAPIC_DONE;
}

static void write_timer(struct lapic *l, uint32_t reg, uint32_t value, uint64_t now)
{
    if (reg == TDCR) {
        static const uint32_t divisors[] = {2, 4, 8, 16, 32, 64, 128, 1};
        uint32_t divisor = divisors[(value & 3) | (value >> 1 & 4)];

        if (divisor != l->divisor)
            l->count_known = false;
        l->divisor = divisor;
        l->tdcr = value & 0xb;
    } else if (timer_mode(l) < 2) {
        l->tmict = value;
        l->since = now;
        l->count_known = true;
    }
}

static enum lapic_answer write_reg(struct lapic_model *m, uint32_t i, uint32_t reg, uint32_t value,
                                   uint64_t now)
{
    struct lapic *l = &m->lapics[i];

    if (reg >= LVT && reg <= LVT_LAST)
        write_lvt(l, (reg - LVT) / 16, value);
    switch (reg) {
    case ID:
        l->id = value;
        break;
    case TPR:
        l->tpr = value & 0xff;
        break;
    case EOI:
        end_of_interrupt(l);
        break;
    case LDR:
        l->ldr = value & 0xff000000u;
        break;
    case DFR:
        l->dfr = value | 0x0fffffffu;
        break;
    case SPIV:
        write_spiv(l, value);
        break;
    case ICR:
        return write_icr(m, i, value);
    case ICR2:
        l->icr2 = value & 0xff000000u;
        break;
    case TMICT:
    case TDCR:
        write_timer(l, reg, value, now);
        break;
    default:
        break;
    }
    return LAPIC_DONE;
}

static uint32_t read_vectors(const bool *vectors, uint32_t word)
{
    uint32_t bits = 0;

    for (uint32_t n = 0; n < 32; n++)
        bits |= (uint32_t)vectors[word * 32 + n] << n;
    return bits;
}

static uint32_t read_reg(const struct lapic *l, uint32_t reg, uint64_t now)
{
    if (reg >= ISR && reg < ISR + 0x80)
        return read_vectors(l->isr, (reg - ISR) / 16);
    if (reg >= IRR && reg < IRR + 0x80)
        return read_vectors(l->irr, (reg - IRR) / 16);
    if (reg >= LVT && reg <= LVT_LAST)
        return l->lvt[(reg - LVT) / 16];
    switch (reg) {
    case ID:
        return l->id;
    case TPR:
        return l->tpr;
    case PPR:
        return priority(l);
    case LDR:
        return l->ldr;
    case DFR:
        return l->dfr;
    case SPIV:
        return l->spiv;
    case ESR:
        return l->esr;
    case ICR:
        return l->icr;
    case ICR2:
        return l->icr2;
    case TMICT:
        return timer_mode(l) < 2 ? l->tmict : 0;
    case TMCCT:
        return count(l, now);
    case TDCR:
        return l->tdcr;
    default:
        return 0; /* TMR: all are edges */
    }
}

/* ---- By MSR ---- */

/* What may be set; false: no such register. */
static bool writable(uint32_t reg, uint64_t *bits)
{
    static const struct {
        uint32_t reg;
        uint64_t bits;
    } all[] = {
        {TPR, 0xff},           {EOI, 0},
        {SPIV, 0x3ff},         {ESR, 0},
        {CMCI, 0x117ff},       {ICR, 0xffffffff000ccfffull},
        {LVT, 0x710ff},        {LVT + 0x10, 0x117ff},
        {LVT + 0x20, 0x117ff}, {LVT + 0x30, 0x1f7ff},
        {LVT + 0x40, 0x1f7ff}, {LVT_LAST, 0x110ff},
        {TMICT, ~0ull},        {TDCR, 0xb},
        {SELF_IPI, 0xff},
    };

    for (uint32_t n = 0; n < sizeof(all) / sizeof(all[0]); n++)
        if (all[n].reg == reg) {
            *bits = all[n].bits;
            return true;
        }
    return false;
}

enum lapic_answer lapic_write_msr(struct lapic_model *m, uint32_t i, uint32_t reg, uint64_t value,
                                  uint64_t now)
{
    struct lapic *l = &m->lapics[i];
    uint32_t high = l->icr2;
    enum lapic_answer answer;
    uint64_t bits;

    if (!writable(reg, &bits) || (value & ~bits))
        return LAPIC_FAULT;
    if (reg == SELF_IPI)
        return write_icr(m, i, 1u << 18 | (uint32_t)value);
    if (reg == ICR)
        l->icr2 = (uint32_t)(value >> 32);
    answer = write_reg(m, i, reg, (uint32_t)value, now);
    if (answer == LAPIC_OTHERS)
        l->icr2 = high;
    return answer;
}

bool lapic_read_msr(const struct lapic_model *m, uint32_t i, uint32_t reg, uint64_t now,
                    uint64_t *value)
{
    const struct lapic *l = &m->lapics[i];

    switch (reg) {
    case ID:
    case LVR:
    case TPR:
    case PPR:
    case LDR:
    case SPIV:
    case ESR:
    case CMCI:
    case TMICT:
    case TMCCT:
    case TDCR:
        break;
    case ICR:
        *value = (uint64_t)l->icr2 << 32 | l->icr;
        return true;
    default:
        if ((reg < ISR || reg >= ESR) && (reg < LVT || reg > LVT_LAST))
            return false;
    }
    *value = read_reg(l, reg, now);
    return true;
}

/* ---- In the page: what is not within the first four of 16 bytes is nothing ---- */

enum lapic_answer lapic_write_page(struct lapic_model *m, uint32_t i, uint32_t offset,
                                   uint32_t size, uint64_t value, uint64_t now)
{
    uint32_t reg = offset / 16 * 16, whole;

    if (offset % 16 + size > 4 || reg > TDCR)
        return LAPIC_DONE;
    whole = read_reg(&m->lapics[i], reg, now);
    for (uint32_t n = 0; n < size; n++) {
        uint32_t shift = (offset % 16 + n) * 8;

        whole &= ~(0xffu << shift);
        whole |= (uint32_t)(value >> n * 8 & 0xff) << shift;
    }
    return write_reg(m, i, reg, whole, now);
}

uint64_t lapic_read_page(const struct lapic_model *m, uint32_t i, uint32_t offset, uint32_t size,
                         uint64_t now)
{
    uint64_t value = 0;

    if (offset % 16 + size > 4 || offset / 16 * 16 > TDCR)
        return 0;
    for (uint32_t n = 0; n < size; n++)
        value |= (uint64_t)(read_reg(&m->lapics[i], offset / 16 * 16, now) >>
                                (offset % 16 + n) * 8 &
                            0xff)
                 << n * 8;
    return value;
}
