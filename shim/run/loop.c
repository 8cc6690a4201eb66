/* SPDX-License-Identifier: GPL-2.0-only */
#include "loop.h"

#include "core/apic.h"
#include "core/doorbell.h"
#include "core/place.h"
#include "core/sched.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "guest/evtchn.h"
#include "guest/exit.h"
#include "guest/intr.h"
#include "guest/park.h"
#include "guest/runstate.h"
#include "guest/timer.h"
#include "guest/vlapic.h"
#include "dead.h"
#include "mailbox.h"
#include "prepare.h"
#include "recover.h"
#include "silence.h"
#include "stop.h"
#include "switch.h"

#define POLL_MS       20u  /* the mailbox is looked at this often even without a doorbell */
#define RETRY_US      100u /* another CPU was at the mailbox */
#define RECHECK_US    50u  /* until the interrupt behind the one just injected is looked at */
#define BUILD_TURN_US 200u /* a guest's turn while a domain is being prepared on the same CPU */

static void arm_timer(struct pcpu *pc, tsc_t when)
{
    if (pc->armed == when)
        return;
    pc->armed = when;
    apic_timer_set(when);
}

static tsc_t next_event(struct pcpu *pc)
{
    return MIN(sched_next_event(pc), doorbell_due(pc));
}

/* One entry, and what it came out for. */
static void enter_and_serve(struct pcpu *pc, struct vcpu *v, bool flush)
{
    tsc_t entered = hw_tsc(), left;
    struct vm_exit e;

    if (!v->rec->first_tsc) {
        v->rec->first_tsc = entered;
        if (!v->d->rec->run_tsc)
            v->d->rec->run_tsc = entered;
    }
    v->tpr = vlapic_tpr(v);
    e = vendor_run(pc, v, flush);
    vlapic_set_tpr(v, v->tpr);
    left = hw_tsc();
    v->rec->last_tsc = left;
    v->rec->run_tsc += left - entered;

    v->park_detail = 0;
    if (exit_serve(pc, v, &e)) {
        v->rec->served[e.class]++;
        v->rec->exit_tsc += hw_tsc() - left;
    } else {
        vcpu_park(pc, v, e.class);
    }
    if (pc->unsound)
        cpu_stop(pc);
}

static void run_guest(struct pcpu *pc, struct vcpu *v, tsc_t now, bool building)
{
    bool begins = sched_run(v, now), flush;
    tsc_t when;

    switch_to(pc, v);
    if (begins) {
        timer_runs(pc, v);
        runstate_area_update(pc, v);
    }
    pc->turn = v;
    __atomic_exchange_n(&v->kicked, 0, __ATOMIC_SEQ_CST);
    intr_assist(pc, v);
    when = next_event(pc);
    if (building)
        when = MIN(when, now + shim.tsc_khz * BUILD_TURN_US / 1000);
    if (v->recheck)
        when = MIN(when, now + shim.tsc_khz * RECHECK_US / 1000);
    arm_timer(pc, when);
    flush = pc->last != v || v->ran_on != pc;
    pc->last = v;
    v->ran_on = pc;
    enter_and_serve(pc, v, flush);
}

static void idle(struct pcpu *pc, tsc_t now)
{
    tsc_t from;

    place_ask(pc, now);
    arm_timer(pc, next_event(pc));
    from = hw_tsc();
    spec_idle();
    hw_idle();
    pc->rec->idle_tsc += hw_tsc() - from;
}

/* Events and requests. True: it took time that no vCPU is charged for. */
static bool look_around(struct pcpu *pc, tsc_t now, bool *building)
{
    bool did = false;

    if (pc->doorbell || now >= pc->next_poll) {
        pc->doorbell = 0;
        pc->next_poll = now + shim.tsc_khz * POLL_MS;
        silence_look(pc, now);
        dead_look(pc, now);
        evtchn_deliver_all(pc);
        if (!mailbox_poll(pc))
            pc->next_poll = now + shim.tsc_khz * RETRY_US / 1000;
        did = true;
    }
    place_take_inbox(pc);
    if (__atomic_load_n(&pc->freezing, __ATOMIC_ACQUIRE))
        mailbox_freeze_here(pc);
    if (__atomic_load_n(&pc->rec->request, __ATOMIC_ACQUIRE) != pc->handled_request)
        mailbox_cpu_request(pc);
    recover_leave(pc);
    if (prepare_any())
        *building = mailbox_step(pc);
    return did || *building;
}

void loop_once(struct pcpu *pc)
{
    tsc_t now = hw_tsc();
    bool building = false, did;
    struct vcpu *v;

    pc->rec->heartbeat_tsc = now;
    did = look_around(pc, now, &building);
    timer_run(pc, now);
    doorbell_run(pc, now);
    v = pc->stops ? NULL : sched_pick(pc, now);
    runstate_turn_over(pc, v);
    if (did)
        sched_forgive(pc, hw_tsc());
    if (!v && pc->loaded && sched_waits(pc->loaded))
        switch_unload(pc); /* it may go on elsewhere */
    place_balance(pc, now);
    if (v) {
        run_guest(pc, v, now, building);
        pc->rec->busy_tsc += hw_tsc() - now;
    } else if (!building) {
        idle(pc, now);
    } else {
        hw_irq_window();
    }
}

_Noreturn void loop_enter(struct pcpu *pc)
{
    for (;;)
        loop_once(pc);
}

_Noreturn void loop_restart(struct pcpu *pc)
{
    vendor_cpu_recover(pc);
    if (pc->stops)
        cpu_stop(pc);
    loop_enter(pc);
}
