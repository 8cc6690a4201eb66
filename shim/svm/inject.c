/* SPDX-License-Identifier: GPL-2.0-only */
/* Past an instruction, events into the guest, and what keeps them out. */
#include "core/vendor.h"
#include "svm.h"

#define DR6_STEP BIT(14)

/* __update_guest_eip() */
void vendor_retire(struct vcpu *v, unsigned int len)
{
    v->rip += len;
    if (v->mode != 8)
        v->rip = (uint32_t)v->rip;
    v->rflags &= ~X86_EFLAGS_RF;
    vmcb_of(v)->interrupt_shadow &= ~SHADOW_ACTIVE;
    if (v->rflags & X86_EFLAGS_TF)
        vendor_inject_exception(v, TRAP_DB, false, 0);
}

/* hvm_combine_hw_exceptions(), APM volume 2, table 8-2. `first` is no double fault. */
static unsigned int combine(unsigned int first, unsigned int second)
{
    const uint32_t contributory = (1u << 0) | (1u << 10) | (1u << 11) | (1u << 12) | (1u << 13);

    if (first == TRAP_PF)
        return TRAP_DF;
    if (!((1u << first) & contributory) || second == TRAP_PF)
        return second;
    return (1u << second) & contributory ? TRAP_DF : second;
}

void vendor_inject_exception(struct vcpu *v, unsigned int vector, bool has_code, uint32_t code)
{
    struct vmcb *b = vmcb_of(v);
    uint64_t pending = b->event_inject;

    if (vector == TRAP_DB && (v->rflags & X86_EFLAGS_TF)) {
        vendor_dr_give(v);
        b->dr6 |= DR6_STEP;
    }
    if ((pending & EVENT_VALID) && EVENT_TYPE(pending) == 3) {
        unsigned int both;

        if (EVENT_VECTOR(pending) == TRAP_DF) {
            v->triple_fault = true;
            return;
        }
        both = combine(EVENT_VECTOR(pending), vector);
        if (both == TRAP_DF) {
            has_code = true;
            code = 0;
        }
        vector = both;
    }
    b->event_inject = EVENT_VALID | EVENT_EXCEPTION | vector | (has_code ? EVENT_HAS_CODE : 0) |
                      EVENT_CODE(has_code ? code : 0);
}

void vendor_inject_interrupt(struct vcpu *v, uint8_t vector)
{
    vmcb_of(v)->event_inject = EVENT_VALID | EVENT_INTR | vector;
}

/* SVM does not mask NMIs: the exit on the next IRET stands for the end of the handler. */
void vendor_inject_nmi(struct vcpu *v)
{
    struct vmcb *b = vmcb_of(v);

    b->event_inject = EVENT_VALID | EVENT_NMI | 2;
    b->intercept_1 |= (uint32_t)INTERCEPT_IRET;
}

bool vendor_event_pending(const struct vcpu *v)
{
    return vmcb_of(v)->event_inject & EVENT_VALID;
}

bool vendor_intr_shadow(const struct vcpu *v)
{
    return vmcb_of(v)->interrupt_shadow & SHADOW_ACTIVE;
}

bool vendor_nmi_blocked(const struct vcpu *v)
{
    return vmcb_of(v)->intercept_1 & INTERCEPT_IRET;
}

/* svm_enable_intr_window(): a dummy virtual interrupt that is intercepted. */
bool vendor_open_window(struct vcpu *v, uint8_t vector, bool ignore_tpr)
{
    struct vmcb *b = vmcb_of(v);

    if (svm.extint_by_virq && event_is_interrupt(b->event_inject))
        return false; /* it goes in by the same way */
    b->vintr &= ~(VINTR_PRIO_MASK | VINTR_IGNORE_TPR | VINTR_VECTOR);
    b->vintr |= VINTR_IRQ | VINTR_PRIO(vector >> 4) | (ignore_tpr ? VINTR_IGNORE_TPR : 0);
    b->intercept_1 |= (uint32_t)INTERCEPT_VINTR;
    return true;
}
