/* SPDX-License-Identifier: GPL-2.0-only */
#include "dead.h"

#include "core/doorbell.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/place.h"
#include "core/sched.h"
#include "guest/evtchn.h"
#include "mailbox.h"

#define LOOK_MS 5u

static bool is_new(uint32_t i)
{
    return shim.pcpu[i] && !shim.pcpu[i]->buried && lock_cpu_is_dead(i);
}

/* Its domain does not go on: whoever claims it ends it. The neighbours do not notice. */
static void lose(struct pcpu *pc, const struct pcpu *dead, struct vcpu *v)
{
    struct irx_vcpu *r = v->rec;

    log_line("d%uv%u is lost with CPU %u", v->d->domid, v->id, dead->index);
    v->lost = true;
    r->park_class = IRX_EXIT_OTHER;
    r->park_detail = dead->index;
    r->exit_code = r->exit_info1 = r->exit_info2 = 0;
    r->park_tsc = hw_tsc();
    if (sched_may_run(v))
        sched_park(pc, v);
    __atomic_fetch_or(&r->flags, IRX_VCPUF_LOST, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->d->stopped, 1, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < v->d->vcpu_count; i++)
        if (i != v->id)
            sched_kick(pc, &v->d->vcpus[i]);
}

/* Found by where they are, not by its lists: it may have been changing those. */
static void take_vcpus(struct pcpu *pc, struct pcpu *dead, struct dom *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];

        if (!v->live || !place_is_left_behind(pc, dead, v))
            continue;
        if (v == dead->current || v == dead->loaded)
            lose(pc, dead, v);
        place_first(pc, v);
    }
}

static void break_locks(struct pcpu *pc, uint32_t dead)
{
    log_recover(dead);
    mem_recover(dead);
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (shim.pcpu[i])
            lock_drop_if_held(&shim.pcpu[i]->inbox_lock, dead);
    for (uint32_t i = 0; i < shim.domain_count; i++) {
        struct dom *d = &shim.doms[i];

        if (d->lock.broken || __atomic_load_n(&d->lock.holder, __ATOMIC_RELAXED) == dead + 1)
            evtchn_raise_all(pc, d);
    }
}

static void bury(struct pcpu *pc, struct pcpu *dead)
{
    log_line("CPU %u is dead", dead->index);
    place_close_dead(pc, dead);
    mailbox_take_over(pc, dead);
    for (uint32_t i = 0; i < shim.domain_count; i++) {
        struct dom *d = &shim.doms[i];

        if (d->phase == DOM_LIVE || d->phase == DOM_FREEZING)
            take_vcpus(pc, dead, d);
    }
    break_locks(pc, dead->index);
    place_forget(dead);
    doorbell_leave(dead); /* it may have been about to ring Xen */
    dead->buried = true;
}

void dead_bury(struct pcpu *pc)
{
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (is_new(i))
            bury(pc, shim.pcpu[i]);
    shim.mailbox_lock.broken = 0;
}

void dead_look(struct pcpu *pc, tsc_t now)
{
    uint32_t first = 0;

    if (now < pc->dead_look_at)
        return;
    pc->dead_look_at = now + shim.tsc_khz * LOOK_MS;
    while (first < shim.cpu_count && !is_new(first))
        first++;
    if (first == shim.cpu_count || !lock_try(&shim.mailbox_lock, pc->index))
        return;
    dead_bury(pc);
    lock_drop(&shim.mailbox_lock);
}
