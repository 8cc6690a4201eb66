/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU that takes no NMI still does to memory nobody knows: it may be in firmware, or stand in the middle
 * of its boot and go on in a second. So nothing is left to go on with: all that it executes becomes HLT before
 * the fallback begins. What it stands on while it boots, its tables, its stack and its structures, is in its image,
 * and that is left as it is: where interrupts or NMIs lead, there is HLT, too. It never gets an INIT, which would
 * start firmware on a boot CPU. What its other CPUs stand on is memory that the fallback gives to others: those get one.
 * A device's DMA is dom0's, and goes on as over any jump.
 *
 * Known is what it executes from the moment on at which it takes NMIs (irx_watch.text). Before that nothing
 * is done.
 */
#include "recover.h"

#include <interrex/crc32c.h>
#include <interrex/live.h>

#include "core/apic.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/paging.h"
#include "core/place.h"
#include "core/sched.h"
#include "core/state.h"
#include "core/vendor.h"
#include "mailbox.h"
#include "stop.h"

#define HLT      0xf4
#define CORE_MS  100u /* until its other threads are gone */
#define QUIET_MS 500u /* a held CPU whose loop stood for so long is not counted on */
#define FENCE_US                                                                                   \
    1000u /* what is under way comes to its end: AMD64 APM volume 2, 7.6.1, cross-modifying code */

static void say(const char *why)
{
    if (!shim.deaf_said)
        log_line("the fallback is not started past a deaf CPU: %s", why);
    shim.deaf_said = true;
}

static void *at(irx_off_t off)
{
    return (void *)(uintptr_t)(shim.region_base + off);
}

/* ---- whether ---- */

static bool is_of_core(const struct pcpu *other, const struct pcpu *pc)
{
    return other && other->core == pc->core;
}

static bool is_held(const struct pcpu *pc)
{
    return __atomic_load_n(&pc->rec->state, __ATOMIC_ACQUIRE) == IRX_CPU_HELD;
}

static bool goes_round(const struct pcpu *pc)
{
    tsc_t beat = __atomic_load_n(&pc->rec->heartbeat_tsc, __ATOMIC_RELAXED);

    return (int64_t)(hw_tsc() - beat) < (int64_t)(shim.tsc_khz * QUIET_MS);
}

/* Guests go on elsewhere. */
static bool can_be_spared(const struct pcpu *pc)
{
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        const struct pcpu *other = shim.pcpu[i];

        if (other && !is_of_core(other, pc) && is_held(other) && !other->closed && !other->stops &&
            goes_round(other))
            return true;
    }
    return false;
}

/* The fallback's slot is not the deaf one's: it would overwrite what that needs to come to an end. */
static const char *what_forbids(const struct pcpu *pc)
{
    const struct irx_anchor *a = shim.anchor;

    if (pc->stops || !is_held(pc))
        return "this CPU cannot";
    if (a->host_state != IRX_HOST_HANDING_OVER || a->attempts || !a->attempts_max ||
        a->fallback_used < sizeof(struct irx_fallback))
        return "there is none left";
    if (a->watch.deaf || !a->watch.text[0].size)
        return "nobody knows what that one executes";
    if (!can_be_spared(pc))
        return "no other CPU would be left to the guests";
    return NULL;
}

/* In tables that have all of R. */
static bool is_whole(const struct irx_anchor *a)
{
    const struct irx_fallback *f = at(a->fallback.off);
    struct irx_live_error err;

    return !irx_anchor_validate(a, shim.region_base, shim.region_size, &err) &&
           !irx_fallback_validate(a, f, &err) &&
           irx_crc32c(0, at(f->image), f->image_size) == f->crc;
}

static bool look(const struct pcpu *pc, paddr_t tables)
{
    bool whole;

    hw_set_tables(tables);
    whole = is_whole(shim.anchor);
    hw_set_tables(pc->root);
    return whole;
}

/* ---- out of the shim ---- */

void recover_leave(struct pcpu *pc)
{
    uint32_t *core = __atomic_load_n(&shim.leaving, __ATOMIC_ACQUIRE);

    if (core && core == pc->core && mailbox_leave(pc, false))
        cpu_release(pc, 0);
}

static bool threads_are_gone(struct pcpu *pc)
{
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        struct pcpu *other = shim.pcpu[i];

        if (other != pc && is_of_core(other, pc) && !other->buried &&
            __atomic_load_n(&other->rec->state, __ATOMIC_ACQUIRE) != IRX_CPU_RELEASED)
            return false;
    }
    return true;
}

static void wait_for_threads(struct pcpu *pc)
{
    tsc_t end = hw_tsc() + shim.tsc_khz * CORE_MS;

    __atomic_store_n(&shim.leaving, pc->core, __ATOMIC_RELEASE);
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (is_of_core(shim.pcpu[i], pc))
            sched_poke(pc, shim.pcpu[i]);
    while (!threads_are_gone(pc) && hw_tsc() < end)
        hw_pause();
    __atomic_store_n(&shim.leaving, NULL, __ATOMIC_RELEASE);
    if (!threads_are_gone(pc))
        log_line("a thread of CPU %u's core stays with the shim", pc->index);
}

/* ---- the fallback ---- */

/* Of the CPUs that the host has: is it one that the deaf one may have started? */
static bool may_be_its(uint32_t apic_id, const struct pcpu *pc)
{
    if (apic_id == shim.anchor->xen_apic_id || apic_id == pc->apic_id)
        return false;
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        const struct irx_cpu *c = shim_cpu_rec(i);

        if (c->state != IRX_CPU_XEN && c->apic_id == apic_id)
            return false; /* the shim's, or waiting for an INIT as it is */
    }
    return true;
}

/* Nothing goes on of what the deaf one has begun. In tables that have all of R. */
static void fence(const struct irx_anchor *a, const struct pcpu *pc)
{
    const struct irx_fallback *f = at(a->fallback.off);
    const uint32_t *cpus = at(f->cpus);
    const struct irx_span *text = a->watch.text;
    tsc_t end;

    for (unsigned int i = 0; i < ARRAY_SIZE(a->watch.text); i++)
        memset(at(text[i].off), HLT, text[i].size);
    for (uint32_t i = 0; i < f->cpu_count; i++)
        if (may_be_its(cpus[i], pc))
            apic_send_init(cpus[i]);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    end = hw_tsc() + shim.tsc_khz * FENCE_US / 1000;
    while (hw_tsc() < end)
        hw_pause();
}

static void remember(const struct irx_anchor *a)
{
    struct irx_failure *f = at(a->failure.off);

    if (a->failure.size < sizeof(*f))
        return;
    *f = (struct irx_failure){
        .generation = a->generation,
        .tsc = hw_tsc(),
        .stage = a->watch.stage,
        .cause = IRX_CAUSE_DEAF,
    };
}

/* R as the fallback finds it. Nobody else takes it on meanwhile: there is no deadline, and it is taken. */
static void hand_over(struct irx_anchor *a, struct pcpu *pc)
{
    struct irx_watch *w = &a->watch;

    __atomic_store_n(&w->deadline, 0, __ATOMIC_SEQ_CST);
    remember(a);
    w->deaf = a->xen_apic_id + 1;
    a->xen_apic_id = pc->apic_id;
    a->xen_alive = 0;
    a->attempts++;
    a->host_state = IRX_HOST_RECOVERING;
    memset(w->text, 0, sizeof(w->text));
    w->answers = 0;
    w->heard = 0;
    w->stage = IRX_BOOT_EARLY;
    w->noticed = 0;
    state_cpu(pc->rec, IRX_CPU_XEN);
    __atomic_store_n(&w->deadline, hw_tsc() + w->limit, __ATOMIC_SEQ_CST);
    __atomic_store_n(&w->taken, IRX_TAKEN_NOBODY, __ATOMIC_SEQ_CST);
}

/* What keeps it from being done; NULL: nothing. */
static const char *judge(const struct pcpu *pc)
{
    const char *why = what_forbids(pc);

    if (why)
        return why;
    shim.deaf_for_good = !look(pc, paging_region());
    return shim.deaf_for_good ? "it is damaged" : NULL;
}

/* Comes back where this CPU has to stay. */
static void take_over(struct pcpu *pc, tsc_t deadline)
{
    struct irx_anchor *a = shim.anchor;
    const char *why;

    if (__atomic_load_n(&a->watch.deadline, __ATOMIC_SEQ_CST) != deadline)
        return; /* it gets on */
    why = judge(pc);
    if (why) {
        say(why);
        return;
    }
    if (!mailbox_leave(pc, false))
        return; /* none of the others takes the guests any more */
    log_line("APIC %u takes no NMI: CPU %u starts the fallback in its place", a->xen_apic_id,
             pc->index);
    wait_for_threads(pc);
    cpu_leave(pc);
    hw_set_tables(paging_region());
    fence(a, pc);
    hand_over(a, pc);
    hw_start(at(((struct irx_fallback *)at(a->fallback.off))->code), shim.region_base,
             shim.region_base + a->fallback.off);
}

void recover_past_deaf(struct pcpu *pc, tsc_t deadline)
{
    uint32_t *taken = &shim.anchor->watch.taken, nobody = IRX_TAKEN_NOBODY;

    /* That CPU has heard it after all, or another one is at it. */
    if (shim.deaf_for_good || !__atomic_compare_exchange_n(taken, &nobody, IRX_TAKEN_SHIM, false,
                                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    take_over(pc, deadline);
    __atomic_store_n(taken, IRX_TAKEN_NOBODY, __ATOMIC_SEQ_CST);
}
