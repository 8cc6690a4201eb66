/* SPDX-License-Identifier: GPL-2.0-only */
#include "upcall.h"

#include "core/sched.h"
#include "core/window.h"
#include "vlapic.h"

uint8_t *vcpu_info_map(struct pcpu *pc, const struct vcpu *v)
{
    if (v->info_mfn.v == ~0ull)
        return NULL;
    return (uint8_t *)window_map(pc, v->info_mfn) + v->info_offset;
}

bool upcall_pending(struct pcpu *pc, const struct vcpu *v)
{
    const uint8_t *info = vcpu_info_map(pc, v);

    return info && __atomic_load_n(&info[VCPU_INFO_UPCALL_PENDING], __ATOMIC_ACQUIRE);
}

void upcall_unmask(struct pcpu *pc, struct vcpu *v)
{
    uint8_t *info = vcpu_info_map(pc, v);

    if (info)
        __atomic_store_n(&info[VCPU_INFO_UPCALL_MASK], 0, __ATOMIC_SEQ_CST);
}

/* vcpu_mark_events_pending() and hvm_assert_evtchn_irq() */
void upcall_raise(struct pcpu *pc, struct vcpu *v)
{
    uint8_t *info = vcpu_info_map(pc, v);

    if (!info || (__atomic_fetch_or(&info[VCPU_INFO_UPCALL_PENDING], 1, __ATOMIC_SEQ_CST) & 1))
        return;
    if (v->rec->upcall_vector) {
        if (vlapic_enabled(v))
            vlapic_raise(pc, v, (uint8_t)v->rec->upcall_vector);
    } else if (v->d->callback_vector) {
        sched_kick(pc, v);
    }
}

/* evtchn_check_pollers() */
void upcall_pollers(struct pcpu *pc, struct dom *d, uint32_t port)
{
    for (uint32_t w = 0; w < DIV_UP(d->vcpu_count, 64u); w++) {
        uint64_t polling = __atomic_load_n(&d->poll_mask[w], __ATOMIC_SEQ_CST);

        for (; polling; polling &= polling - 1) {
            uint32_t bit = (uint32_t)__builtin_ctzll(polling);
            struct vcpu *v = &d->vcpus[w * 64 + bit];
            int32_t waits = __atomic_load_n(&v->rec->poll_port, __ATOMIC_SEQ_CST);

            if (waits > 0 && (uint32_t)waits != port)
                continue;
            if (__atomic_fetch_and(&d->poll_mask[w], ~BIT(bit), __ATOMIC_SEQ_CST) & BIT(bit))
                sched_kick(pc, v);
        }
    }
}
