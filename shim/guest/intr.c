/* SPDX-License-Identifier: GPL-2.0-only */
#include "intr.h"

#include "core/vendor.h"
#include "upcall.h"
#include "vlapic.h"

enum source { SOURCE_NONE, SOURCE_NMI, SOURCE_VECTOR, SOURCE_LAPIC };

struct pending {
    enum source source;
    uint8_t vector;
};

/* hvm_vcpu_has_pending_irq() */
static struct pending find(struct pcpu *pc, struct vcpu *v)
{
    int vector;

    if (__atomic_load_n(&v->rec->flags, __ATOMIC_ACQUIRE) & IRX_VCPUF_NMI_PENDING)
        return (struct pending){SOURCE_NMI, 2};
    if (v->d->callback_vector && upcall_pending(pc, v))
        return (struct pending){SOURCE_VECTOR, (uint8_t)v->d->callback_vector};
    vector = vlapic_pending(v);
    if (vector >= 0)
        return (struct pending){SOURCE_LAPIC, (uint8_t)vector};
    return (struct pending){SOURCE_NONE, 0};
}

/* hvm_interrupt_blocked() */
static bool blocked(const struct vcpu *v, struct pending p)
{
    if (p.source != SOURCE_NMI && !(v->rflags & X86_EFLAGS_IF))
        return true;
    if (vendor_intr_shadow(v))
        return true;
    if (p.source == SOURCE_NMI)
        return vendor_nmi_blocked(v);
    if (p.source == SOURCE_LAPIC)
        return vlapic_tpr(v) >> 4 >= p.vector >> 4;
    return false;
}

static void open_window(struct vcpu *v, struct pending p)
{
    if (p.source == SOURCE_NMI && vendor_nmi_blocked(v))
        return; /* the exit on IRET is the window */
    if (!vendor_open_window(v, p.vector, p.source != SOURCE_LAPIC))
        v->recheck = true;
}

void intr_assist(struct pcpu *pc, struct vcpu *v)
{
    struct pending p = find(pc, v);

    v->recheck = false;
    if (p.source == SOURCE_NONE)
        return;
    if (vendor_event_pending(v) || blocked(v, p)) {
        open_window(v, p);
        return;
    }
    if (p.source == SOURCE_NMI) {
        __atomic_fetch_and(&v->rec->flags, ~IRX_VCPUF_NMI_PENDING, __ATOMIC_SEQ_CST);
        vendor_inject_nmi(v);
    } else {
        if (p.source == SOURCE_LAPIC)
            vlapic_ack(v, p.vector);
        if (p.source == SOURCE_VECTOR || p.vector == v->rec->upcall_vector)
            v->rec->upcalls++;
        vendor_inject_interrupt(v, p.vector);
        if (p.source == SOURCE_LAPIC)
            vlapic_timer_taken(pc, v, p.vector);
    }
    p = find(pc, v);
    if (p.source != SOURCE_NONE)
        open_window(v, p);
}

bool intr_needs_delivery(struct pcpu *pc, struct vcpu *v)
{
    struct pending p = find(pc, v);

    return p.source != SOURCE_NONE && !blocked(v, p);
}
