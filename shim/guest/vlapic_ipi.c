/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts between a domain's vCPUs. */
#include "core/sched.h"
#include "vlapic.h"
#include "vlapic_regs.h"

static bool matches_logical(const struct vcpu *v, uint32_t dest)
{
    uint32_t ldr = lapic_get(v, APIC_LDR);

    if (lapic_is_x2apic(v))
        return ldr >> 16 == dest >> 16 && (uint16_t)(ldr & dest);
    ldr >>= 24;
    dest &= 0xff;
    switch (lapic_get(v, APIC_DFR)) {
    case DFR_FLAT:
        return ldr & dest;
    case DFR_CLUSTER:
        return ldr >> 4 == dest >> 4 && (ldr & dest & 0xf);
    }
    return false;
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
    id = lapic_is_x2apic(v) ? lapic_get(v, APIC_ID) : lapic_get(v, APIC_ID) >> 24;
    return dest == id || dest == (lapic_is_x2apic(v) ? 0xffffffffu : 0xffu);
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

/* vlapic_lowest_prio(): in turn, beginning behind the one that was chosen last. */
static struct vcpu *choose_lowest(const struct vcpu *from, uint32_t icr, uint32_t dest)
{
    struct dom *d = from->d;
    uint32_t first = __atomic_load_n(&d->lowest_last, __ATOMIC_RELAXED) + 1;
    struct vcpu *best = NULL;

    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[(first + i) % d->vcpu_count];

        if (matches(v, from, icr, dest) && vlapic_enabled(v) &&
            (!best || vlapic_ppr(v) < vlapic_ppr(best)))
            best = v;
    }
    if (best)
        __atomic_store_n(&d->lowest_last, best->id, __ATOMIC_RELAXED);
    return best;
}

static void send_lowest(struct pcpu *pc, struct vcpu *from, uint32_t icr, uint32_t dest)
{
    struct vcpu *target = choose_lowest(from, icr, dest);

    if ((icr & LVT_VECTOR) < 16)
        vlapic_error(pc, from, ESR_SEND_ILLEGAL);
    else if (target)
        vlapic_raise(pc, target, (uint8_t)icr);
}

/*
 * vlapic_init_sipi_one(), hvm_vcpu_reset_state(), vlapic_accept_irq(): whether what is neither an
 * interrupt nor an NMI does anything to v. A vCPU without registers has nothing to reset, one with them is
 * not started again, and the end of a level INIT is none. In the reserved mode Xen ends the domain.
 */
static bool is_for_xen(const struct vcpu *v, uint32_t icr)
{
    bool initialised = v->rec->flags & IRX_VCPUF_INITIALISED;

    switch (icr & MODE_MASK) {
    case MODE_INIT:
        return initialised && (icr & (ICR_LEVEL | ICR_ASSERT)) != ICR_LEVEL;
    case MODE_STARTUP:
        return !initialised;
    default:
        return true;
    }
}

/* INIT, STARTUP, the reserved mode: false where somebody is meant, the next Xen's. */
static bool send_to_start(const struct vcpu *from, uint32_t icr, uint32_t dest)
{
    for (uint32_t i = 0; i < from->d->vcpu_count; i++)
        if (matches(&from->d->vcpus[i], from, icr, dest) && is_for_xen(&from->d->vcpus[i], icr))
            return false;
    return true;
}

/* vlapic_ipi(). False: it is the next Xen's. */
bool vlapic_send(struct pcpu *pc, struct vcpu *from, uint32_t icr, uint32_t high)
{
    uint32_t dest = lapic_is_x2apic(from) ? high : high >> 24;
    uint32_t mode = icr & MODE_MASK;

    switch (mode) {
    case MODE_FIXED:
        if ((icr & LVT_VECTOR) < 16) {
            vlapic_error(pc, from, ESR_SEND_ILLEGAL);
            return true;
        }
        break;
    case MODE_LOWEST:
        send_lowest(pc, from, icr, dest);
        return true;
    case MODE_SMI: /* ignored: vlapic_accept_irq() */
    case MODE_REMOTE_READ:
        return true;
    case MODE_NMI:
        break;
    default:
        return send_to_start(from, icr, dest);
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
