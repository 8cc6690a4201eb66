/* SPDX-License-Identifier: GPL-2.0-only */
#include "vlapic.h"

#include "core/sched.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "insn.h"
#include "timer.h"
#include "tsc.h"

/* Register offsets: Intel SDM volume 3, table 10-1. */
#define REG_ID       0x020u
#define REG_LVR      0x030u
#define REG_TPR      0x080u
#define REG_PPR      0x0a0u
#define REG_EOI      0x0b0u
#define REG_LDR      0x0d0u
#define REG_DFR      0x0e0u
#define REG_SPIV     0x0f0u
#define REG_ISR      0x100u
#define REG_TMR      0x180u
#define REG_IRR      0x200u
#define REG_ESR      0x280u
#define REG_CMCI     0x2f0u
#define REG_ICR      0x300u
#define REG_ICR2     0x310u
#define REG_LVTT     0x320u
#define REG_LVTERR   0x370u
#define REG_LVT0     0x350u
#define REG_LVT1     0x360u
#define REG_TMICT    0x380u
#define REG_TMCCT    0x390u
#define REG_TDCR     0x3e0u
#define REG_SELF_IPI 0x3f0u

#define SPIV_ENABLED     BIT(8)
#define SPIV_FOCUS       BIT(9)
#define LVT_MASKED       BIT(16)
#define LVT_VECTOR       0xffu
#define LVT_SEND_PENDING BIT(12)
#define LVT_MASK         (LVT_MASKED | LVT_SEND_PENDING | LVT_VECTOR)
#define LINT_MASK        (LVT_MASK | MODE_MASK | BIT(13) | BIT(14) | BIT(15))
#define MODE_MASK        0x700u
#define TIMER_MODE       (3u << 17)
#define TIMER_ONESHOT    0u
#define TIMER_PERIODIC   (1u << 17)
#define TIMER_DEADLINE   (2u << 17)

#define MODE_FIXED   0x000u
#define MODE_LOWEST  0x100u
#define MODE_SMI     0x200u
#define MODE_NMI     0x400u
#define MODE_INIT    0x500u
#define MODE_STARTUP 0x600u

#define ICR_LOGICAL   BIT(11)
#define ICR_BUSY      BIT(12)
#define ICR_ASSERT    BIT(14)
#define ICR_LEVEL     BIT(15)
#define ICR_SHORT     (3u << 18)
#define ICR_TO_SELF   (1u << 18)
#define ICR_TO_ALL    (2u << 18)
#define ICR_TO_OTHERS (3u << 18)

#define ESR_SEND_ILLEGAL BIT(5)
#define ESR_RECV_ILLEGAL BIT(6)

#define BUS_CYCLE_NS 10u /* APIC_BUS_CYCLE_NS */
#define X2APIC_FIRST 0x800u
#define APIC_PAGE    0xfee00000ull

static uint32_t *reg_at(const struct vcpu *v, uint32_t reg)
{
    return (uint32_t *)(void *)(v->rec->lapic_regs + reg);
}

static uint32_t get(const struct vcpu *v, uint32_t reg)
{
    return __atomic_load_n(reg_at(v, reg), __ATOMIC_RELAXED);
}

static void set(struct vcpu *v, uint32_t reg, uint32_t value)
{
    __atomic_store_n(reg_at(v, reg), value, __ATOMIC_RELAXED);
}

static bool x2apic(const struct vcpu *v)
{
    return vcpu_hw_lapic(v)->apic_base_msr & APIC_BASE_EXTD;
}

bool vlapic_enabled(const struct vcpu *v)
{
    return !vcpu_hw_lapic(v)->disabled;
}

bool vlapic_hw_disabled(const struct vcpu *v)
{
    return vcpu_hw_lapic(v)->disabled & IRX_LAPIC_HW_DISABLED;
}

/* ---- vectors ---- */

static bool test_and_set_vector(struct vcpu *v, uint32_t block, uint8_t vector)
{
    uint32_t bit = 1u << (vector % 32);

    return __atomic_fetch_or(reg_at(v, block + vector / 32 * 16), bit, __ATOMIC_SEQ_CST) & bit;
}

static void clear_vector(struct vcpu *v, uint32_t block, uint8_t vector)
{
    __atomic_fetch_and(reg_at(v, block + vector / 32 * 16), ~(1u << (vector % 32)),
                       __ATOMIC_SEQ_CST);
}

static int highest(const struct vcpu *v, uint32_t block)
{
    for (int word = 7; word >= 0; word--) {
        uint32_t bits = get(v, block + (uint32_t)word * 16);

        if (bits)
            return word * 32 + 31 - __builtin_clz(bits);
    }
    return -1;
}

/* vlapic_error(); a bad LVTERR vector is folded in. */
static void error(struct pcpu *pc, struct vcpu *v, uint32_t bit)
{
    uint32_t esr = get(v, REG_ESR), lvt = get(v, REG_LVTERR);

    if (esr & bit)
        return;
    if (!(lvt & LVT_MASKED) && (lvt & LVT_VECTOR) < 16)
        bit |= ESR_RECV_ILLEGAL;
    set(v, REG_ESR, esr | bit);
    if (!(lvt & LVT_MASKED) && (lvt & LVT_VECTOR) >= 16)
        vlapic_raise(pc, v, (uint8_t)lvt);
}

void vlapic_raise(struct pcpu *pc, struct vcpu *v, uint8_t vector)
{
    if (vector < 16) {
        error(pc, v, ESR_RECV_ILLEGAL);
        return;
    }
    clear_vector(v, REG_TMR, vector);
    if (!test_and_set_vector(v, REG_IRR, vector))
        sched_kick(pc, v);
}

int vlapic_pending(const struct vcpu *v)
{
    int irr, isr;

    if (!vlapic_enabled(v))
        return -1;
    irr = highest(v, REG_IRR);
    if (irr < 0)
        return -1;
    isr = highest(v, REG_ISR);
    return isr >= 0 && (irr & 0xf0) <= (isr & 0xf0) ? -1 : irr;
}

void vlapic_ack(struct vcpu *v, uint8_t vector)
{
    test_and_set_vector(v, REG_ISR, vector);
    clear_vector(v, REG_IRR, vector);
}

static uint32_t ppr(const struct vcpu *v)
{
    uint32_t tpr = get(v, REG_TPR);
    int isr = highest(v, REG_ISR);
    uint32_t service = isr > 0 ? (uint32_t)isr : 0;

    return (tpr & 0xf0) >= (service & 0xf0) ? tpr & 0xff : service & 0xf0;
}

uint8_t vlapic_tpr(const struct vcpu *v)
{
    return (uint8_t)get(v, REG_TPR);
}

void vlapic_set_tpr(struct vcpu *v, uint8_t tpr)
{
    if (!vlapic_hw_disabled(v))
        set(v, REG_TPR, tpr);
}

/* ---- timer ---- */

static uint32_t timer_mode(const struct vcpu *v)
{
    return get(v, REG_LVTT) & TIMER_MODE;
}

static uint64_t timer_period(const struct vcpu *v)
{
    return (uint64_t)get(v, REG_TMICT) * BUS_CYCLE_NS * vcpu_hw_lapic(v)->timer_divisor;
}

static void timer_stop(struct vcpu *v)
{
    v->apic_timer_deadline = NS_NEVER;
    v->apic_timer_period = 0;
    v->apic_timer_last = 0;
    timer_update(v);
}

static void timer_start(struct vcpu *v, ns_t now, uint64_t delta, uint64_t period, bool periodic)
{
    v->apic_timer_deadline = now + delta;
    v->apic_timer_period = periodic ? period : 0;
    v->apic_timer_last = now + delta - period;
    timer_update(v);
}

/* vlapic_update_timer(): `lvtt` is the new value, `old_divisor` that of before. */
static void timer_changed(struct vcpu *v, uint32_t lvtt, bool new_count, uint32_t old_divisor)
{
    uint32_t divisor = vcpu_hw_lapic(v)->timer_divisor;
    uint64_t period = (uint64_t)get(v, REG_TMICT) * BUS_CYCLE_NS * old_divisor, delta = 0;
    ns_t now = timer_now(v);

    if (new_count) {
        delta = period;
    } else if (period && v->apic_timer_last) {
        uint64_t passed = now - v->apic_timer_last;

        if (timer_mode(v) == TIMER_PERIODIC)
            passed %= period;
        if (passed < period)
            delta = period - passed;
    }
    if (delta && (lvtt & TIMER_MODE) <= TIMER_PERIODIC) {
        if (divisor != old_divisor)
            delta = delta / old_divisor * divisor;
        timer_start(v, now, delta, timer_period(v), (lvtt & TIMER_MODE) == TIMER_PERIODIC);
    } else {
        timer_stop(v);
    }
}

void vlapic_timer_fire(struct pcpu *pc, struct vcpu *v, ns_t now)
{
    uint32_t lvtt = get(v, REG_LVTT);

    if (v->apic_timer_period) {
        v->apic_timer_last = now;
        v->apic_timer_deadline = now + v->apic_timer_period;
    } else {
        v->apic_timer_deadline = NS_NEVER;
    }
    if (timer_mode(v) == TIMER_DEADLINE)
        vcpu_hw_lapic(v)->tdt_msr = 0;
    if (!(lvtt & LVT_MASKED) && vlapic_enabled(v))
        vlapic_raise(pc, v, (uint8_t)lvtt);
}

static uint32_t timer_count(const struct vcpu *v)
{
    uint32_t initial = get(v, REG_TMICT);
    uint64_t passed;

    if (!initial || !v->apic_timer_last || timer_mode(v) > TIMER_PERIODIC)
        return 0;
    passed = (timer_now(v) - v->apic_timer_last) / (BUS_CYCLE_NS * vcpu_hw_lapic(v)->timer_divisor);
    if (timer_mode(v) == TIMER_PERIODIC)
        passed %= initial;
    return passed < initial ? initial - (uint32_t)passed : 0;
}

uint64_t vlapic_tsc_deadline(const struct vcpu *v)
{
    return timer_mode(v) == TIMER_DEADLINE ? vcpu_hw_lapic(v)->tdt_msr : 0;
}

/* gtsc_to_gtime(), at least 0 as Xen reads it: signed. */
static uint64_t deadline_delta(const struct vcpu *v, uint64_t ticks)
{
    int64_t delta = (int64_t)tsc_ticks_to_ns(v->d, ticks);

    return delta > 0 ? (uint64_t)delta : 0;
}

void vlapic_set_tsc_deadline(struct pcpu *pc, struct vcpu *v, uint64_t value)
{
    uint64_t guest_now;

    if (vlapic_hw_disabled(v) || timer_mode(v) != TIMER_DEADLINE)
        return;
    guest_now = tsc_read(v);
    vcpu_hw_lapic(v)->tdt_msr = value > guest_now ? value : 0;
    if (value > guest_now) {
        v->apic_timer_deadline = timer_now(v) + deadline_delta(v, value - guest_now);
        timer_update(v);
    } else if (value) {
        vlapic_timer_fire(pc, v, timer_now(v));
        timer_update(v);
    } else {
        timer_stop(v);
    }
}

void vlapic_load(struct vcpu *v)
{
    struct hvm_hw_lapic *hw = vcpu_hw_lapic(v);
    ns_t now = timer_now(v);

    if (!hw->timer_divisor)
        hw->timer_divisor = 1; /* never zero in a Xen record: a division by it follows */
    v->apic_timer_deadline = NS_NEVER;
    v->apic_timer_period = 0;
    v->apic_timer_last = 0;
    if (timer_mode(v) == TIMER_DEADLINE) {
        uint64_t guest_now = tsc_read(v);
        uint64_t ahead = hw->tdt_msr > guest_now ? hw->tdt_msr - guest_now : 0;

        if (hw->tdt_msr)
            v->apic_timer_deadline = now + deadline_delta(v, ahead);
    } else if (get(v, REG_TMICT)) {
        timer_start(v, now, timer_period(v), timer_period(v), timer_mode(v) == TIMER_PERIODIC);
    }
}

void vlapic_save(struct vcpu *v)
{
    set(v, REG_PPR, ppr(v));
}

/* ---- interprocessor interrupts ---- */

static bool matches_logical(const struct vcpu *v, uint32_t dest)
{
    uint32_t ldr = get(v, REG_LDR);

    if (x2apic(v))
        return ldr >> 16 == dest >> 16 && (uint16_t)(ldr & dest);
    ldr >>= 24;
    dest &= 0xff;
    if (get(v, REG_DFR) == 0xffffffffu) /* flat */
        return ldr & dest;
    return ldr >> 4 == dest >> 4 && (ldr & dest & 0xf);
}

static bool matches(const struct vcpu *v, const struct vcpu *from, uint32_t icr, uint32_t dest)
{
    uint32_t id;

    switch (icr & ICR_SHORT) {
    case ICR_TO_SELF:
        return v == from;
    case ICR_TO_ALL:
        return true;
    case ICR_TO_OTHERS:
        return v != from;
    }
    if (icr & ICR_LOGICAL)
        return matches_logical(v, dest);
    id = x2apic(v) ? get(v, REG_ID) : get(v, REG_ID) >> 24;
    return dest == id || dest == (x2apic(v) ? 0xffffffffu : 0xffu);
}

static void nmi(struct pcpu *pc, struct vcpu *v)
{
    if (__atomic_fetch_or(&v->rec->flags, IRX_VCPUF_NMI_PENDING, __ATOMIC_SEQ_CST) &
        IRX_VCPUF_NMI_PENDING)
        return;
    if ((v->rec->flags & IRX_VCPUF_INITIALISED) && !sched_is_up(v))
        sched_bring_up(pc, v);
    sched_kick(pc, v);
}

static void send_lowest(struct pcpu *pc, struct vcpu *from, uint32_t icr, uint32_t dest)
{
    struct vcpu *best = NULL;

    for (uint32_t i = 0; i < from->d->vcpu_count; i++) {
        struct vcpu *v = &from->d->vcpus[i];

        if (matches(v, from, icr, dest) && vlapic_enabled(v) && (!best || ppr(v) < ppr(best)))
            best = v;
    }
    if (best)
        vlapic_raise(pc, best, (uint8_t)icr);
}

/* False: INIT, STARTUP and the reserved modes are the next Xen's. */
static bool send(struct pcpu *pc, struct vcpu *from, uint32_t icr, uint32_t high)
{
    uint32_t dest = x2apic(from) ? high : high >> 24;
    uint32_t mode = icr & MODE_MASK;

    if (mode != MODE_FIXED && mode != MODE_LOWEST && mode != MODE_NMI)
        return false;
    if (mode != MODE_NMI && (icr & LVT_VECTOR) < 16) {
        error(pc, from, ESR_SEND_ILLEGAL);
        return true;
    }
    if (mode == MODE_LOWEST) {
        send_lowest(pc, from, icr, dest);
        return true;
    }
    for (uint32_t i = 0; i < from->d->vcpu_count; i++) {
        struct vcpu *v = &from->d->vcpus[i];

        if (!matches(v, from, icr, dest))
            continue;
        if (mode == MODE_NMI)
            nmi(pc, v);
        else if (vlapic_enabled(v))
            vlapic_raise(pc, v, (uint8_t)icr);
    }
    return true;
}

/* ---- registers ---- */

static void end_of_interrupt(struct vcpu *v)
{
    int vector = highest(v, REG_ISR);

    if (vector >= 0) /* no IO-APIC to tell: a PVH domU has none */
        clear_vector(v, REG_ISR, (uint8_t)vector);
}

static void write_spiv(struct pcpu *pc, struct vcpu *v, uint32_t value)
{
    struct hvm_hw_lapic *hw = vcpu_hw_lapic(v);

    (void)pc;
    set(v, REG_SPIV, value & 0x3ff);
    if (value & SPIV_ENABLED) {
        hw->disabled &= ~IRX_LAPIC_SW_DISABLED;
        return;
    }
    hw->disabled |= IRX_LAPIC_SW_DISABLED;
    for (uint32_t r = REG_LVTT; r <= REG_LVTERR; r += 0x10)
        set(v, r, get(v, r) | LVT_MASKED);
}

static void write_lvt(struct vcpu *v, uint32_t reg, uint32_t value)
{
    static const uint32_t masks[] = {LVT_MASK | TIMER_MODE,
                                     LVT_MASK | MODE_MASK,
                                     LVT_MASK | MODE_MASK,
                                     LINT_MASK,
                                     LINT_MASK,
                                     LVT_MASK};

    if (reg == REG_LVTT) {
        if ((timer_mode(v) == TIMER_DEADLINE) != ((value & TIMER_MODE) == TIMER_DEADLINE)) {
            set(v, REG_TMICT, 0);
            vcpu_hw_lapic(v)->tdt_msr = 0;
        }
        timer_changed(v, value, false, vcpu_hw_lapic(v)->timer_divisor);
    }
    if (vcpu_hw_lapic(v)->disabled & IRX_LAPIC_SW_DISABLED)
        value |= LVT_MASKED;
    set(v, reg, value & masks[(reg - REG_LVTT) >> 4]);
}

static void write_tdcr(struct vcpu *v, uint32_t value)
{
    struct hvm_hw_lapic *hw = vcpu_hw_lapic(v);
    uint32_t old = hw->timer_divisor;

    value &= 0xb;
    set(v, REG_TDCR, value);
    hw->timer_divisor = 1u << ((((value & 3) | ((value & 8) >> 1)) + 1) & 7);
    timer_changed(v, get(v, REG_LVTT), false, old);
}

/* vlapic_reg_write(); false: park. */
static bool write_reg(struct pcpu *pc, struct vcpu *v, uint32_t reg, uint32_t value)
{
    switch (reg) {
    case REG_ID:
        set(v, REG_ID, value);
        break;
    case REG_TPR:
        set(v, REG_TPR, value & 0xff);
        break;
    case REG_EOI:
        end_of_interrupt(v);
        break;
    case REG_LDR:
        set(v, REG_LDR, value & 0xff000000u);
        break;
    case REG_DFR:
        set(v, REG_DFR, value | 0x0fffffffu);
        break;
    case REG_SPIV:
        if ((value & SPIV_ENABLED) && v->rec->upcall_vector &&
            (vcpu_hw_lapic(v)->disabled & IRX_LAPIC_SW_DISABLED))
            return false; /* Xen looks for a pending upcall here: at boot only */
        write_spiv(pc, v, value);
        break;
    case REG_ICR:
        value &= ~(uint32_t)ICR_BUSY;
        if (!send(pc, v, value, get(v, REG_ICR2)))
            return false;
        set(v, REG_ICR, value);
        break;
    case REG_ICR2:
        set(v, REG_ICR2, value & 0xff000000u);
        break;
    case REG_LVTT:
    case 0x330:
    case 0x340:
    case REG_LVT0:
    case REG_LVT1:
    case REG_LVTERR:
        write_lvt(v, reg, value);
        break;
    case REG_TMICT:
        if (timer_mode(v) <= TIMER_PERIODIC) {
            set(v, REG_TMICT, value);
            timer_changed(v, get(v, REG_LVTT), true, vcpu_hw_lapic(v)->timer_divisor);
        }
        break;
    case REG_TDCR:
        write_tdcr(v, value);
        break;
    }
    return true; /* others: no effect, as in Xen */
}

static uint32_t read_reg(const struct vcpu *v, uint32_t reg)
{
    switch (reg) {
    case REG_PPR:
        return ppr(v);
    case REG_TMCCT:
        return timer_count(v);
    case REG_TMICT:
        return timer_mode(v) <= TIMER_PERIODIC ? get(v, reg) : 0;
    default:
        return get(v, reg);
    }
}

/* guest_rdmsr_x2apic(): which registers can be read. */
static bool readable(uint32_t reg)
{
    switch (reg) {
    case REG_ID:
    case REG_LVR:
    case REG_TPR:
    case REG_PPR:
    case REG_LDR:
    case REG_SPIV:
    case REG_ESR:
    case REG_CMCI:
    case REG_ICR:
    case REG_TMICT:
    case REG_TMCCT:
    case REG_TDCR:
        return true;
    }
    return (reg >= REG_ISR && reg < REG_ESR) || (reg >= REG_LVTT && reg <= REG_LVTERR);
}

enum vlapic_result vlapic_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    uint32_t reg = (msr - X2APIC_FIRST) << 4;

    if (!x2apic(v) || !readable(reg))
        return VLAPIC_FAULT;
    *value = read_reg(v, reg);
    if (reg == REG_ICR)
        *value |= (uint64_t)get(v, REG_ICR2) << 32;
    return VLAPIC_DONE;
}

/* guest_wrmsr_x2apic(): bits that may be set; 0 with *known false: no such register. */
static uint64_t writable_bits(uint32_t reg, bool *known)
{
    *known = true;
    switch (reg) {
    case REG_TPR:
        return 0xff;
    case REG_SPIV:
        return LVT_VECTOR | SPIV_ENABLED | SPIV_FOCUS;
    case REG_LVTT:
        return LVT_MASK | TIMER_MODE;
    case 0x330:
    case 0x340:
    case REG_CMCI:
        return LVT_MASK | MODE_MASK;
    case REG_LVT0:
    case REG_LVT1:
        return LINT_MASK;
    case REG_LVTERR:
        return LVT_MASK;
    case REG_TMICT:
        return ~0ull;
    case REG_TDCR:
        return 0xb;
    case REG_ICR:
        return ~0xffffffffull | LVT_VECTOR | MODE_MASK | ICR_LOGICAL | ICR_ASSERT | ICR_LEVEL |
               ICR_SHORT;
    case REG_SELF_IPI:
        return LVT_VECTOR;
    case REG_EOI:
    case REG_ESR:
        return 0;
    }
    *known = false;
    return 0;
}

enum vlapic_result vlapic_wrmsr(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint32_t reg = (msr - X2APIC_FIRST) << 4, old_high = get(v, REG_ICR2);
    bool known;

    if (!x2apic(v) || (value & ~writable_bits(reg, &known)) || !known)
        return VLAPIC_FAULT;
    if (reg == REG_ICR) {
        set(v, REG_ICR2, (uint32_t)(value >> 32));
    } else if (reg == REG_SELF_IPI) {
        reg = REG_ICR;
        value = ICR_TO_SELF | (value & LVT_VECTOR);
    }
    if (write_reg(pc, v, reg, (uint32_t)value))
        return VLAPIC_DONE;
    set(v, REG_ICR2, old_high);
    return VLAPIC_PARK;
}

bool vlapic_mmio(struct pcpu *pc, struct vcpu *v, uint64_t gpa)
{
    uint32_t offset = (uint32_t)(gpa & (PAGE_SIZE - 1));
    struct insn_mov mov;

    if ((gpa & PAGE_MASK) != APIC_PAGE || vlapic_hw_disabled(v) || x2apic(v) || (offset & 0xf) ||
        offset > REG_TDCR || !insn_decode_mmio(pc, v, &mov))
        return false;
    if (!mov.to_memory)
        v->gpr[mov.reg] = read_reg(v, offset);
    else if (!write_reg(pc, v, offset, mov.immediate ? mov.value : (uint32_t)v->gpr[mov.reg]))
        return false;
    vendor_retire(v, mov.length);
    return true;
}
