/* SPDX-License-Identifier: GPL-2.0-only */
#include "tsc.h"

#include "core/time.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "upcall.h"

static uint64_t to_tsc(const struct dom *d, uint64_t ns)
{
    const struct irx_guest_time *t = &d->rec->guest_time;

    return time_scale(t->to_tsc_mul, t->to_tsc_shift, ns);
}

uint64_t tsc_ticks_to_ns(const struct dom *d, uint64_t ticks)
{
    const struct irx_guest_time *t = &d->rec->guest_time;

    return time_scale(t->to_ns_mul, t->to_ns_shift, ticks);
}

/* hvm_get_guest_time() */
static uint64_t guest_time(struct vcpu *v)
{
    struct irx_guest_time *t = &v->d->rec->guest_time;
    uint64_t last = __atomic_load_n(&t->last, __ATOMIC_SEQ_CST), now;

    do {
        now = time_now(v) + t->offset;
        if ((int64_t)(now - last) <= 0)
            now = last + 1;
    } while (!__atomic_compare_exchange_n(&t->last, &last, now, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return now + v->rec->guest_time_offset;
}

/* Without the offset. */
static uint64_t base(struct vcpu *v)
{
    return v->d->vtsc ? to_tsc(v->d, guest_time(v)) : hw_tsc();
}

uint64_t tsc_read(struct vcpu *v)
{
    return base(v) + v->rec->tsc_offset;
}

/* ---- the guest writes it ---- */

/* The TSC at which the line of the guest's clock begins: __update_vcpu_system_time(). */
static uint64_t stamp(const struct vcpu *v)
{
    const struct irx_time_scale *line = &v->rec->time;
    uint64_t at;

    if (!v->d->vtsc)
        return line->tsc_stamp;
    at = line->stime_stamp + v->d->rec->guest_time.offset + v->rec->guest_time_offset;
    return (int64_t)at >= 0 ? to_tsc(v->d, at) : -to_tsc(v->d, -at);
}

/* update_vcpu_system_time(): on the line that the guest's clock is on already. */
static void publish(struct pcpu *pc, const struct vcpu *v)
{
    const struct irx_guest_time *t = &v->d->rec->guest_time;
    const struct irx_time_scale *line = &v->rec->time;
    uint8_t *info = vcpu_info_map(pc, v);
    struct vcpu_time_info *u;
    uint32_t version;

    if (!info)
        return;
    u = (struct vcpu_time_info *)(void *)(info + offsetof(struct vcpu_info, time));
    version = (u->version + 1) | 1; /* version_update_begin() */
    __atomic_store_n(&u->version, version, __ATOMIC_SEQ_CST);
    u->tsc_timestamp = stamp(v) + v->rec->tsc_offset;
    u->system_time = line->stime_stamp;
    u->tsc_to_system_mul = v->d->vtsc ? t->to_ns_mul : line->mul;
    u->tsc_shift = (int8_t)(v->d->vtsc ? t->to_ns_shift : line->shift);
    __atomic_store_n(&u->version, version + 1, __ATOMIC_SEQ_CST);
}

/* A copy of the page at an address of the guest's is Xen's to write. */
static bool has_copy(const struct vcpu *v)
{
    return v->rec->time_area != 0;
}

static void set_offset(struct pcpu *pc, struct vcpu *v, uint64_t offset, uint64_t adjust)
{
    v->rec->tsc_offset = offset;
    v->rec->tsc_adjust = adjust;
    vendor_set_tsc_offset(v, offset);
    publish(pc, v);
}

bool tsc_write(struct pcpu *pc, struct vcpu *v, uint64_t value)
{
    uint64_t old = v->rec->tsc_offset, offset;

    if (has_copy(v))
        return false;
    offset = value - base(v);
    set_offset(pc, v, offset, v->rec->tsc_adjust + offset - old);
    return true;
}

bool tsc_write_adjust(struct pcpu *pc, struct vcpu *v, uint64_t value)
{
    if (has_copy(v))
        return false;
    set_offset(pc, v, v->rec->tsc_offset + value - v->rec->tsc_adjust, value);
    return true;
}
