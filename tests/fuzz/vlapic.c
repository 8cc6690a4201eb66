/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APICs of a guest with two vCPUs beside a plain model of them (lapic_model.h): registers
 * written and read by MSR or in the page, vectors raised and taken, IPIs, time. After each step
 * what the guest can see of both is what the model says.
 */
#include "held.h"

#include "core/apic_regs.h"
#include "core/time.h"
#include "core/vendor.h"
#include "fake/fake.h"
#include "guest/vlapic.h"
#include "lapic_model.h"

#define PAGE     0xfee00000ull
#define PERIODIC (1u << 17)
/* How far the fake machine's clock gets within one step: it goes on by 1 ns with each look at it. */
#define STEP_NS 64u

static struct lapic_model model;
static struct vcpu *vcpus[LAPICS];

static uint32_t raw(const struct vcpu *v, uint32_t reg)
{
    uint32_t value;

    memcpy(&value, v->rec->lapic_regs + reg, sizeof(value));
    return value;
}

static void compare_vectors(const struct vcpu *v, const bool *vectors, uint32_t block)
{
    bool there[256] = {false};

    for (uint32_t word = 0; word < 8; word++)
        for (uint32_t bits = raw(v, block + word * 16); bits; bits &= bits - 1)
            there[word * 32 + (uint32_t)__builtin_ctz(bits)] = true;
    MUST(!memcmp(there, vectors, sizeof(there)));
}

static void compare(void)
{
    for (uint32_t i = 0; i < LAPICS; i++) {
        const struct lapic *l = &model.lapics[i];
        const struct vcpu *v = vcpus[i];

        compare_vectors(v, l->irr, APIC_IRR);
        compare_vectors(v, l->isr, APIC_ISR);
        MUST(raw(v, APIC_TPR) == l->tpr && raw(v, APIC_ESR) == l->esr);
        MUST(raw(v, APIC_SPIV) == l->spiv && raw(v, APIC_LDR) == l->ldr);
        MUST(raw(v, APIC_DFR) == l->dfr && raw(v, APIC_ID) == l->id);
        MUST(raw(v, APIC_ICR) == l->icr && raw(v, APIC_ICR2) == l->icr2);
        for (uint32_t n = 0; n < LVTS; n++)
            MUST(raw(v, APIC_LVTT + n * 16) == l->lvt[n]);
        MUST(raw(v, APIC_TMICT) == l->tmict && raw(v, APIC_TDCR) == l->tdcr);
        MUST(vlapic_enabled(v) == l->enabled);
        MUST(vlapic_pending(v) == lapic_pending(l));
        MUST(!!(v->rec->flags & IRX_VCPUF_NMI_PENDING) == l->nmi);
    }
}

static void begin(bool x2apic)
{
    memset(&model, 0, sizeof(model));
    model.x2apic = x2apic;
    model.last_lowest = held_guest(HELD_2L)->lowest_last;
    for (uint32_t i = 0; i < LAPICS; i++) {
        struct vcpu *v = vcpus[i] = held_guest(HELD_2L)->vcpus + i;
        struct lapic *l = &model.lapics[i];

        if (!x2apic)
            vcpu_hw_lapic(v)->apic_base_msr &= ~(1ull << 10);
        *l = (struct lapic){.id = raw(v, APIC_ID),
                            .tpr = raw(v, APIC_TPR),
                            .ldr = raw(v, APIC_LDR),
                            .dfr = raw(v, APIC_DFR),
                            .spiv = raw(v, APIC_SPIV),
                            .tmict = raw(v, APIC_TMICT),
                            .tdcr = raw(v, APIC_TDCR),
                            .divisor = vcpu_hw_lapic(v)->timer_divisor,
                            .enabled = vlapic_enabled(v),
                            .initialised = v->rec->flags & IRX_VCPUF_INITIALISED};
        for (uint32_t n = 0; n < LVTS; n++)
            l->lvt[n] = raw(v, APIC_LVTT + n * 16);
    }
    compare(); /* nothing waits */
}

/* A tick that waits and is let through is pending: its vector is the one that LVTT has. */
static void tick_of(uint32_t i)
{
    const struct apic_timer *t = &vcpus[i]->timer;
    const struct lapic *l = &model.lapics[i];

    if (t->on && t->ticks && l->enabled && !(l->lvt[0] & LAPIC_MASKED))
        lapic_raise(&model, i, l->lvt[0] & 0xff);
}

/* Is it what the model's count is, some time in a step around now? size: of a read in the page; 0: by MSR. */
static bool count_fits(uint64_t got, uint32_t i, uint32_t offset, uint32_t size)
{
    for (uint64_t at = fake.tsc - STEP_NS; at <= fake.tsc + STEP_NS; at++) {
        uint64_t want = 0;

        if (size)
            want = lapic_read_page(&model, i, offset, size, at);
        else
            (void)lapic_read_msr(&model, i, APIC_TMCCT, at, &want);
        if (got == want)
            return true;
    }
    return false;
}

/* ---- By MSR ---- */

static void write_msr(struct pcpu *pc, uint32_t i, uint32_t reg, uint64_t value)
{
    enum msr_result want = MSR_DONE;

    switch (lapic_write_msr(&model, i, reg, value, fake.tsc)) {
    case LAPIC_FAULT:
        want = MSR_FAULT;
        break;
    case LAPIC_OTHERS:
        want = MSR_PARK;
        break;
    case LAPIC_DONE:
        break;
    }
    MUST(vlapic_wrmsr(pc, vcpus[i], MSR_X2APIC_FIRST + (reg >> 4), value) == want);
}

static void read_msr(uint32_t i, uint32_t reg)
{
    uint64_t got = 0, want = 0;
    bool known = lapic_read_msr(&model, i, reg, fake.tsc, &want);
    enum msr_result rc = vlapic_rdmsr(vcpus[i], MSR_X2APIC_FIRST + (reg >> 4), &got);

    MUST((rc == MSR_DONE) == known);
    if (reg == APIC_TMCCT)
        MUST(model.lapics[i].count_known ? count_fits(got, i, 0, 0) : got <= model.lapics[i].tmict);
    else if (known && reg != APIC_LVR && reg != APIC_CMCI)
        MUST(got == want);
}

/* ---- In its page ---- */

static void in_page(struct pcpu *pc, uint32_t i, uint32_t offset, uint64_t value, uint8_t how)
{
    static const uint8_t writes[4][4] = {
        {0x88, 0x03}, {0x66, 0x89, 0x03}, {0x89, 0x03}, {0x48, 0x89, 0x03}};
    static const uint8_t reads[4][4] = {
        {0x8a, 0x03}, {0x66, 0x8b, 0x03}, {0x8b, 0x03}, {0x48, 0x8b, 0x03}};
    struct vcpu *v = vcpus[i];
    uint32_t size = 1u << (how & 3), reg = offset & ~15u;
    uint64_t rip = v->rip, mask = size < 8 ? (1ull << size * 8) - 1 : ~0ull;
    bool write = how & 4, served;

    memset(v->insn, 0, sizeof(v->insn));
    memcpy(v->insn, write ? writes[how & 3] : reads[how & 3], 4);
    v->insn_len = 15; /* all of them: nothing is fetched */
    v->next_rip = 0;
    v->mode = 8;
    v->gpr[RAX] = value;
    served = vlapic_mmio(pc, v, PAGE + offset);
    if (offset + size > PAGE_SIZE) {
        MUST(!served);
    } else if (write) {
        MUST(served == (lapic_write_page(&model, i, offset, size, value, fake.tsc) == LAPIC_DONE));
    } else {
        uint64_t got = v->gpr[RAX] & mask, want;

        MUST(served);
        want = lapic_read_page(&model, i, offset, size, fake.tsc);
        if (reg == APIC_TMCCT)
            MUST(!model.lapics[i].count_known || count_fits(got, i, offset, size));
        else if (reg != APIC_LVR && reg != APIC_CMCI)
            MUST(got == want);
    }
    MUST(served == (v->rip != rip)); /* what is not served is as it was */
}

/* ---- Vectors and time ---- */

static void take_one(struct pcpu *pc, uint32_t i)
{
    struct lapic *l = &model.lapics[i];
    int vector = lapic_pending(l);

    MUST(vlapic_pending(vcpus[i]) == vector);
    if (vector < 0)
        return;
    lapic_take(l, (uint8_t)vector);
    vlapic_ack(vcpus[i], (uint8_t)vector);
    if (l->lvt[0] & PERIODIC) /* it counts from when its tick is taken */
        l->count_known = false;
    vlapic_timer_taken(pc, vcpus[i], (uint8_t)vector);
    if (vcpus[i]->timer.asserted)
        tick_of(i);
}

/* A count that has come to its end, or has not; `since` and now are each known to a step. */
static void expect_end(const struct lapic *l, bool ended)
{
    if (ended)
        MUST(lapic_expired(l, fake.tsc + STEP_NS));
    else
        MUST(fake.tsc < l->since + STEP_NS || !lapic_expired(l, fake.tsc - STEP_NS));
}

static void pass(struct pcpu *pc, uint64_t ns)
{
    fake.tsc += ns;
    for (uint32_t i = 0; i < LAPICS; i++) {
        struct vcpu *v = vcpus[i];
        ns_t due = vlapic_timer_next(v), now = time_now(v);

        if (due != NS_NEVER && lapic_one_shot(&model.lapics[i]))
            expect_end(&model.lapics[i], due <= now);
        vlapic_timer_fire(pc, v, now);
        MUST(due > now || vlapic_timer_next(v) == NS_NEVER); /* till it is taken */
        if (due <= now)
            tick_of(i);
    }
}

static uint64_t value_for(struct input *in, uint64_t kind)
{
    static const uint64_t modes[] = {0, PERIODIC, 2 * PERIODIC, 3 * PERIODIC};
    uint64_t vector = take(in, 1);

    switch (kind & 7) {
    case 0:
        return take(in, 8);
    case 1: /* an LVT, or an IPI to self, all, others */
        return vector | modes[kind >> 3 & 3] | (kind & 0x20 ? LAPIC_MASKED : 0);
    case 2: /* an IPI by destination */
        return vector | (kind >> 3 & 15) << 8 | take(in, 4) << 32;
    case 3:
        return vector | 1u << 8; /* SPIV, on */
    case 4:
        return take(in, 4);
    default:
        return vector;
    }
}

static void step(struct pcpu *pc, struct input *in)
{
    uint64_t what = take(in, 1), kind = take(in, 1);
    uint32_t i = what & 1, reg = (uint32_t)take(in, 1) << 4;

    fake_clear_ipis();
    switch (what >> 1 & 7) {
    case 0:
    case 1:
        if (reg >= 0x400)
            reg &= 0x3f0;
        if (model.x2apic)
            write_msr(pc, i, reg, value_for(in, kind));
        else
            in_page(pc, i, reg + (kind & 0x40 ? kind & 15 : 0), value_for(in, kind),
                    4 | (kind & 0x80 ? take(in, 1) & 3 : 2));
        tick_of(i);
        break;
    case 2:
        if (model.x2apic)
            read_msr(i, reg);
        else
            in_page(pc, i, reg + (kind & 15), 0, kind >> 4 & 3);
        break;
    case 3:
        vlapic_raise(pc, vcpus[i], (uint8_t)kind);
        lapic_raise(&model, i, kind & 0xff);
        break;
    case 4:
        take_one(pc, i);
        break;
    case 5: /* CR8 */
        vlapic_set_tpr(vcpus[i], (uint8_t)kind);
        model.lapics[i].tpr = kind & 0xff;
        break;
    default:
        pass(pc, kind << (reg >> 4 & 31));
        break;
    }
    compare();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned int steps = 0;
    uint64_t mode = take(&in, 1);

    held_again();
    (void)held_current(HELD_2L, 0);
    begin(mode & 1);
    while (in.left && steps++ < 64)
        step(env_on(0), &in);
    return 0;
}
