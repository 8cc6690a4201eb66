/* SPDX-License-Identifier: GPL-2.0-only */
/* state/timers.c: a vCPU's timers into R and out of it, above all its local APIC's. */
#include "world.h"

#include "region/region.h"
#include "state/state.h"

#define CPU 3u
#define OFFSET                                                                \
    5000u /* guest time is ahead of system time: of the domain and the vCPU */
#define DUE 777777

/* ---- Xen's timers ---- */

void init_timer(struct timer *timer, void (*function)(void *data), void *data,
                unsigned int cpu)
{
    assert_true(timer->world_dead);
    *timer = (struct timer){ .function = function, .data = data, .cpu = cpu };
}

void set_timer(struct timer *timer, s_time_t expires)
{
    assert_false(timer->world_dead);
    timer->expires = expires;
    timer->world_armed = true;
}

void stop_timer(struct timer *timer)
{
    timer->world_armed = false;
}

void kill_timer(struct timer *timer)
{
    timer->world_armed = false;
    timer->world_dead = true;
}

void migrate_timer(struct timer *timer, unsigned int cpu)
{
    timer->cpu = cpu;
}

bool timer_expires_before(struct timer *timer, s_time_t when)
{
    return timer->world_armed && timer->expires <= when;
}

unsigned int smp_processor_id(void)
{
    return CPU - 1;
}

void destroy_periodic_time(struct periodic_time *pt)
{
    if ( !pt->vcpu )
        return;
    pt->on_list = false;
    pt->pending_intr_nr = 0;
    kill_timer(&pt->timer);
}

/* ---- A vCPU, and the one that its record makes in the next Xen ---- */

static struct irx_anchor anchor;
static struct pl_time time_of_a, time_of_b;
static struct domain domain_a, domain_b;
static struct vcpu a, b;
static struct irx_vcpu rec;

struct irx_anchor *interrex_anchor(void)
{
    return &anchor;
}

static void fired(void *data)
{
}

static void make(struct vcpu *v, struct domain *d, struct pl_time *time)
{
    *d = (struct domain){ .arch.hvm.pl_time = time };
    *v = (struct vcpu){ .domain = d, .processor = CPU };
    time->stime_offset = OFFSET - 1000;
    v->arch.hvm.stime_offset = 1000;
}

/* create_periodic_time(), as the guest asks for it or as lapic_rearm() does. */
static struct periodic_time *create(struct vcpu *v, s_time_t due)
{
    struct periodic_time *pt = &v->arch.hvm.vlapic.pt;

    *pt = (struct periodic_time){
        .on_list = true, .vcpu = v, .scheduled = due, .timer.function = fired
    };
    pt->timer.data = pt;
    set_timer(&pt->timer, due);

    return pt;
}

static void begin(void)
{
    anchor.version = IRX_ABI_VERSION;
    make(&a, &domain_a, &time_of_a);
    make(&b, &domain_b, &time_of_b);
    rec = (struct irx_vcpu){};
}

static void goes_on(void **state)
{
    struct periodic_time *pt;

    begin();
    pt = create(&a, DUE);
    a.arch.hvm.vlapic.timer_last_update = 700000 + OFFSET;
    interrex_timers_export(&a, &rec);
    assert_false(pt->timer.world_armed);
    assert_int_equal(rec.apic_timer.flags,
                     IRX_APIC_TIMER_GIVEN | IRX_APIC_TIMER_ON);
    assert_int_equal(rec.apic_timer.due, DUE);
    assert_int_equal(rec.apic_timer.counted_from, 700000);

    pt = create(&b, 99999999);     /* anew, a whole period from now */
    b.arch.hvm.stime_offset += 50; /* what is guest time is B's to say */
    interrex_timers_import(&b, &rec);
    assert_true(pt->timer.world_armed);
    assert_int_equal(pt->timer.expires, DUE);
    assert_int_equal(pt->scheduled, DUE);
    assert_int_equal(pt->timer.cpu, CPU);
    assert_ptr_equal(pt->timer.function, fired);
    assert_ptr_equal(pt->timer.data, pt);
    assert_int_equal(b.arch.hvm.vlapic.timer_last_update,
                     700000 + OFFSET + 50);
}

/* A one-shot that was taken is not begun again. */
static void is_over(void **state)
{
    struct periodic_time *pt;

    begin();
    pt = create(&a, DUE);
    pt->on_list = false; /* pt_irq_fired() */
    a.arch.hvm.vlapic.timer_last_update = 1 + OFFSET;
    interrex_timers_export(&a, &rec);
    assert_int_equal(rec.apic_timer.flags, IRX_APIC_TIMER_GIVEN);

    pt = create(&b, 99999999);
    interrex_timers_import(&b, &rec);
    assert_false(pt->on_list || pt->timer.world_armed);
    assert_int_equal(b.arch.hvm.vlapic.timer_last_update, 1 + OFFSET);
}

/* Ticks that wait keep the timer off until they are taken. */
static void ticks_wait(void **state)
{
    struct periodic_time *pt;

    begin();
    pt = create(&a, DUE);
    pt->pending_intr_nr = 3;
    pt->irq_issued = true;
    interrex_timers_export(&a, &rec);
    assert_int_equal(rec.apic_timer.ticks, 3);
    assert_true(rec.apic_timer.flags & IRX_APIC_TIMER_ASSERTED);

    pt = create(&b, 99999999);
    pt->pending_intr_nr = 1; /* it has fired since */
    interrex_timers_import(&b, &rec);
    assert_false(pt->timer.world_armed);
    assert_int_equal(pt->pending_intr_nr, 3);
    assert_true(pt->irq_issued);
    assert_int_equal(pt->scheduled, DUE);

    /* Masked: off the list, and not over. */
    begin();
    pt = create(&a, DUE);
    pt->pending_intr_nr = 1;
    pt->on_list = false;
    interrex_timers_export(&a, &rec);
    assert_true(rec.apic_timer.flags & IRX_APIC_TIMER_ON);
    interrex_timers_import(&a, &rec); /* taken back */
    assert_int_equal(pt->pending_intr_nr, 1);
    assert_false(pt->timer.world_armed);
}

static void taken_back(void **state)
{
    struct periodic_time *pt;

    begin();
    pt = create(&a, DUE);
    interrex_timers_export(&a, &rec);
    interrex_timers_import(&a, &rec);
    assert_true(pt->timer.world_armed);
    assert_int_equal(pt->timer.expires, DUE);
}

/* One that was never used, and a region of ABI 1.0, which says nothing. */
static void nothing_to_tell(void **state)
{
    struct periodic_time *pt;

    begin();
    interrex_timers_export(&a, &rec);
    assert_int_equal(rec.apic_timer.flags, IRX_APIC_TIMER_GIVEN);
    assert_int_equal(rec.apic_timer.counted_from, 0);
    interrex_timers_import(&b, &rec);
    assert_int_equal(b.arch.hvm.vlapic.timer_last_update, 0);

    begin();
    anchor.version = IRX_VERSION(1, 0);
    create(&a, DUE);
    interrex_timers_export(&a, &rec);
    assert_int_equal(rec.apic_timer.flags, 0);
    rec.apic_timer.flags = IRX_APIC_TIMER_GIVEN; /* another entry's */
    pt = create(&b, 99999999);
    interrex_timers_import(&b, &rec);
    assert_true(pt->timer.world_armed);
    assert_int_equal(pt->timer.expires, 99999999);
}

static void the_others(void **state)
{
    begin();
    set_timer(&a.singleshot_timer, 111);
    set_timer(&a.poll_timer, 222);
    set_timer(&a.periodic_timer, 333);
    a.periodic_period = 2000000;
    a.periodic_last_event = 44;
    a.poll_evtchn = 7;
    interrex_timers_export(&a, &rec);
    assert_false(a.singleshot_timer.world_armed || a.poll_timer.world_armed ||
                 a.periodic_timer.world_armed);
    assert_int_equal(rec.flags,
                     IRX_VCPUF_SINGLESHOT | IRX_VCPUF_POLL_DEADLINE);
    assert_int_equal(rec.poll_port, 7);
    interrex_timers_import(&b, &rec);
    assert_int_equal(b.singleshot_timer.expires, 111);
    assert_int_equal(b.poll_timer.expires, 222);
    assert_true(b.singleshot_timer.world_armed && b.poll_timer.world_armed);
    assert_int_equal(b.poll_timer.cpu, CPU - 1);
    assert_int_equal(b.periodic_period, 2000000);
    assert_int_equal(b.periodic_last_event, 44);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(goes_on),    CASE(is_over),         CASE(ticks_wait),
        CASE(taken_back), CASE(nothing_to_tell), CASE(the_others),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
