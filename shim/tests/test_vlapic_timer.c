/* SPDX-License-Identifier: GPL-2.0-only */
/* The timer of the guest's local APIC: one count is 10 ns, divided. */
#include "help_lapic.h"

#include "core/sched.h"
#include "core/time.h"
#include "core/vendor.h"
#include "fake/fake.h"
#include "guest/intr.h"
#include "guest/timer.h"
#include "run/loop.h"

#define US     1000u /* TSC ticks, and ns */
#define MS     (1000u * US)
#define SECOND (1000ull * MS)
#define VECTOR 0x62

static struct vcpu *with_mode(uint64_t mode)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    r->params[HVM_PARAM_TIMER_MODE] = mode;
    return env_current(env_run(r), 0);
}

static void run_timers(void)
{
    timer_run(env_cpu(0), hw_tsc());
}

/* The guest takes an interrupt, if one can be taken, and ends it. */
static bool takes(struct vcpu *v)
{
    intr_assist(env_cpu(0), v);
    if (!fake_vcpu(v)->event_valid)
        return false;
    fake_vcpu(v)->event_valid = false;
    wr(v, 0xb0, 0);
    return true;
}

static void one_shot(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    wr(v, 0x3e0, 0xb); /* by 1 */
    wr(v, 0x320, 0x61);
    wr(v, 0x380, 1000);
    assert_in_range(v->next_tsc, fake.tsc + 9900, fake.tsc + 10010);
    fake.tsc += 4000;
    assert_in_range(rd(v, 0x390), 590, 600);
    fake.tsc = v->next_tsc;
    run_timers();
    assert_true(has_irr(v, 0x61));
    assert_int_equal(v->next_tsc, TSC_NEVER);
    fake.tsc += 1000;
    assert_int_equal(rd(v, 0x390), 0);
    assert_true(takes(v));
    fake.tsc += SECOND;
    run_timers();
    assert_false(takes(v));
}

/* The first tick comes half a period late, so as not to meet other timers: create_periodic_time(). */
static void periodic_and_divided(void **state)
{
    struct vcpu *v = current(1);
    uint64_t first;

    (void)state;
    wr(v, 0x3e0, 0x3); /* by 16 */
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x380, 1000);
    first = v->next_tsc;
    assert_in_range(first, fake.tsc + 239900, fake.tsc + 240010);
    fake.tsc = first;
    run_timers();
    assert_true(has_irr(v, VECTOR));
    assert_int_equal(v->next_tsc, TSC_NEVER); /* not before this one is taken */
    assert_true(takes(v));
    assert_in_range(v->next_tsc - first, 159990, 160010);
    wr(v, 0x320, 0x10000 | VECTOR); /* masked, one shot */
    wr(v, 0x380, 0);
    assert_int_equal(v->next_tsc, TSC_NEVER);
}

/* HVM_PARAM_VPT_ALIGN: ticks of all vCPUs at the same time. */
static void periodic_aligned(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    r->params[HVM_PARAM_VPT_ALIGN] = 1;
    v = env_current(env_run(r), 0);
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x3e0, 0xb);
    wr(v, 0x380, 100000); /* 1 ms */
    assert_int_equal(v->timer.due % MS, 0);
    assert_in_range(v->timer.due, fake.tsc + MS - 100, fake.tsc + 2 * MS);
}

/* At most every 100 us, however short the period, and not while the guest does not take it. */
static void shortest_period(void **state)
{
    struct vcpu *v = with_mode(HVMPTM_no_delay_for_missed_ticks);
    unsigned int n = 0;
    uint64_t from;

    (void)state;
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x380, 1);
    from = fake.tsc;
    while (fake.tsc < from + 10 * MS) {
        fake.tsc += US;
        run_timers();
        n += takes(v);
    }
    assert_in_range(n, 98, 101);
    v->rflags &= ~X86_EFLAGS_IF;
    fake.tsc += 200 * US;
    run_timers();
    assert_int_equal(v->next_tsc, TSC_NEVER);
    assert_false(takes(v));
}

/* Ticks stay in the phase of the first one. */
static void phase(void **state)
{
    struct vcpu *v = with_mode(HVMPTM_no_delay_for_missed_ticks);
    uint64_t first;

    (void)state;
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x380, 100000);
    first = v->timer.due;
    for (unsigned int i = 0; i < 50; i++) {
        fake.tsc = v->next_tsc + 300 * US; /* late each time */
        run_timers();
        assert_true(takes(v));
        assert_false(takes(v));
    }
    assert_int_equal(v->timer.due, first + 50 * MS);
}

/* Ticks taken when `n` periods passed since the first one was due. */
static unsigned int late_by(struct vcpu *v, unsigned int n)
{
    unsigned int got = 0;

    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x380, 100000);
    fake.tsc += 1500 * US + n * MS;
    run_timers();
    while (takes(v))
        got++;
    return got;
}

static void missed_ticks(void **state)
{
    (void)state;
    /* pt_process_missed_ticks() counts them when the first one is taken. */
    assert_int_equal(late_by(with_mode(HVMPTM_no_delay_for_missed_ticks), 5), 6);
}

static void missed_ticks_are_one(void **state)
{
    struct vcpu *v = with_mode(HVMPTM_one_missed_tick_pending);
    uint64_t first;

    (void)state;
    assert_int_equal(late_by(v, 5), 1);
    first = v->timer.due;
    assert_true(first > time_now(v) && first <= time_now(v) + MS);
}

/* It waits for its CPU: pt_save_timer(), pt_restore_timer(). */
static void missed_while_it_waits(void **state)
{
    static const unsigned int ticks[] = {
        [HVMPTM_no_delay_for_missed_ticks] = 6,
        [HVMPTM_no_missed_ticks_pending] = 0,
        [HVMPTM_one_missed_tick_pending] = 1,
    };
    struct vcpu *v;
    unsigned int n = 0;
    uint64_t mode = *(const uint64_t *)*state;

    v = with_mode(mode);
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x380, 100000);
    v->rec->state = IRX_VCPU_RUNNABLE;
    fake.tsc += 1500 * US + 5 * MS;
    run_timers();
    assert_false(has_irr(v, VECTOR));
    assert_int_equal(v->next_tsc, TSC_NEVER);
    v->rec->state = IRX_VCPU_RUNNING;
    timer_runs(env_cpu(0), v);
    while (takes(v))
        n++;
    assert_int_equal(n, ticks[mode]);
    assert_true(v->next_tsc > fake.tsc && v->next_tsc < fake.tsc + MS);
}

/* Who may not run has no timer, and keeps no CPU awake. */
static void not_of_who_may_not_run(void **state)
{
    static const uint32_t states[] = {IRX_VCPU_DOWN, IRX_VCPU_PARKED};

    for (unsigned int i = 0; i < 2; i++) {
        struct vcpu *v;

        if (i) {
            env_teardown(state);
            env_setup(state);
        }
        v = current(1);
        wr(v, 0x3e0, 0xb);
        wr(v, 0x320, 0x20000 | VECTOR);
        wr(v, 0x380, 100000);
        v->rec->state = states[i];
        fake.tsc += 10 * MS;
        run_timers();
        assert_int_equal(v->next_tsc, TSC_NEVER);
        assert_false(has_irr(v, VECTOR));
    }
}

static struct vm_exit nothing(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    (void)v;
    fake.tsc += 10 * US;
    return (struct vm_exit){.class = IRX_EXIT_INTR};
}

/* A neighbour's shortest timer leaves the CPU to who shares it. */
static void neighbour_runs(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1)), *other = env_run(env_domain(1, 2, 1));
    struct vcpu *v = env_current(d, 0);
    unsigned int timer_due = 0;

    (void)state;
    fake_guest = nothing;
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, 0x20000 | VECTOR);
    wr(v, 0x380, 1);
    for (unsigned int i = 0; i < 2000; i++) {
        loop_once(env_on(0));
        timer_due += env_cpu(0)->current == env_vcpu(other, 0) && env_cpu(0)->armed <= fake.tsc;
    }
    assert_true(fake_vcpu(env_vcpu(other, 0))->runs > 500);
    assert_true(timer_due < 50);
}

/* One that expires while it is masked waits; to write LVTT starts the count anew, which is over. */
static void masked(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, 0x10000 | VECTOR);
    wr(v, 0x380, 1000);
    fake.tsc = v->next_tsc;
    run_timers();
    assert_false(has_irr(v, VECTOR));
    assert_int_equal(v->timer.ticks, 1);
    wr(v, 0x320, VECTOR);
    assert_false(has_irr(v, VECTOR)); /* vlapic_update_timer() destroyed it */
    assert_int_equal(v->timer.ticks, 0);
}

static void masked_by_the_whole(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, VECTOR);
    wr(v, 0x380, 1000);
    vcpu_hw_lapic(v)->disabled = IRX_LAPIC_SW_DISABLED;
    fake.tsc = v->next_tsc;
    run_timers();
    assert_false(has_irr(v, VECTOR));
    wr(v, 0xf0, 0x1ff); /* enabled: pt_may_unmask_irq() */
    assert_true(has_irr(v, VECTOR));
}

static void mode_changes(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    wr(v, 0x3e0, 0xb);
    wr(v, 0x320, VECTOR);
    wr(v, 0x380, 100000); /* 1 ms */
    fake.tsc += 400 * US;
    wr(v, 0x3e0, 0x0); /* by 2: what is left takes twice as long */
    assert_in_range(v->next_tsc, fake.tsc + 1199 * US, fake.tsc + 1201 * US);
    assert_in_range(rd(v, 0x390), 59900, 60000);
    wr(v, 0x320, 0x40000 | VECTOR); /* to TSC deadline: off */
    assert_int_equal(v->next_tsc, TSC_NEVER);
    assert_int_equal(rd(v, 0x380), 0);
}

static void tsc_deadline(void **state)
{
    struct vcpu *v = current(1);
    uint64_t guest_tsc;

    (void)state;
    vlapic_set_tsc_deadline(env_cpu(0), v, 12345); /* not in that mode: ignored */
    assert_int_equal(v->next_tsc, TSC_NEVER);
    wr(v, 0x320, 0x40063);
    guest_tsc = fake.tsc + 0x1000;
    vlapic_set_tsc_deadline(env_cpu(0), v, guest_tsc + 5000);
    assert_int_equal(vlapic_tsc_deadline(v), guest_tsc + 5000);
    assert_in_range(v->next_tsc, fake.tsc + 4900, fake.tsc + 5010);
    fake.tsc = v->next_tsc;
    run_timers();
    assert_true(has_irr(v, 0x63));
    assert_int_equal(vlapic_tsc_deadline(v), guest_tsc + 5000); /* until it is taken */
    assert_true(takes(v));
    assert_int_equal(vlapic_tsc_deadline(v), 0);
    vlapic_set_tsc_deadline(env_cpu(0), v, 1); /* long ago: at once */
    assert_true(has_irr(v, 0x63));
    assert_int_equal(vlapic_tsc_deadline(v), 0);
    assert_true(takes(v));
    guest_tsc = fake.tsc + 0x1000;
    vlapic_set_tsc_deadline(env_cpu(0), v, guest_tsc + (1ull << 62)); /* far */
    assert_false(has_irr(v, 0x63));
    vlapic_set_tsc_deadline(env_cpu(0), v,
                            guest_tsc + INT64_MAX); /* behind the end of Xen's time */
    assert_true(has_irr(v, 0x63));
    vlapic_set_tsc_deadline(env_cpu(0), v, 0);
    assert_int_equal(v->next_tsc, TSC_NEVER);
}

static void armed_at_enter(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint32_t *regs = (uint32_t *)(void *)env_vcpu_rec(r, 0)->lapic_regs;
    struct vcpu *v;

    (void)state;
    regs[0x320 / 4] = 0x61;
    regs[0x380 / 4] = 500;
    v = env_current(env_run(r), 0);
    assert_in_range(v->next_tsc, fake.tsc + 4000, fake.tsc + 5010);
}

/* A deadline that passed in Xen comes at once, also for who sleeps. */
static void passed_at_enter(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint32_t *regs = (uint32_t *)(void *)env_vcpu_rec(r, 0)->lapic_regs;
    struct vcpu *v;

    (void)state;
    regs[0x320 / 4] = 0x40063;
    ((struct hvm_hw_lapic *)env_vcpu_rec(r, 0)->lapic)->tdt_msr = 99;
    env_vcpu_rec(r, 0)->state = IRX_VCPU_BLOCKED;
    fake_guest = nothing;
    v = env_vcpu(env_run(r), 0);
    loop_once(env_on(0));
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
    assert_int_equal(reg(v, 0x100 + 0x63 / 32 * 16), 1u << (0x63 % 32)); /* in service */
}

static uint64_t mode_1 = HVMPTM_no_delay_for_missed_ticks, mode_2 = HVMPTM_no_missed_ticks_pending,
                mode_3 = HVMPTM_one_missed_tick_pending;

#define MODE_CASE(f, mode)                                                                         \
    {                                                                                              \
#f "(" #mode ")", f, env_setup, env_teardown, &(mode)                                      \
    }

/* ---- from Xen and back: struct irx_apic_timer ---- */

/* A vCPU whose LVTT and initial count are these, entered with what is told of its timer. */
static struct vcpu *told(uint32_t lvtt, uint32_t count, struct irx_apic_timer timer)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint32_t *regs = (uint32_t *)(void *)env_vcpu_rec(r, 0)->lapic_regs;

    r->params[HVM_PARAM_TIMER_MODE] = HVMPTM_no_delay_for_missed_ticks;
    regs[0x320 / 4] = lvtt;
    regs[0x380 / 4] = count;
    env_vcpu_rec(r, 0)->apic_timer = timer;
    env_vcpu_rec(r, 0)->apic_timer.flags |= IRX_APIC_TIMER_GIVEN;
    return env_current(env_run(r), 0);
}

/* It fired in Xen and was taken: it does not fire again, here nor there. */
static void over_at_enter(void **state)
{
    struct vcpu *v = told(VECTOR, 500, (struct irx_apic_timer){.counted_from = fake.tsc - MS});

    (void)state;
    assert_int_equal(v->next_tsc, TSC_NEVER);
    assert_int_equal(rd(v, 0x380), 500);
    assert_int_equal(rd(v, 0x390), 0);
    env_freeze(v->d->rec);
    assert_int_equal(v->rec->apic_timer.flags, IRX_APIC_TIMER_GIVEN);
}

/* What is left of a one-shot is less than the whole. */
static void part_at_enter(void **state)
{
    uint64_t due = fake.tsc + 400 * US;
    struct vcpu *v = told(
        VECTOR, 100000,
        (struct irx_apic_timer){.flags = IRX_APIC_TIMER_ON, .due = due, .counted_from = due - MS});

    (void)state;
    assert_in_range(v->next_tsc, due, due + 10);
    assert_in_range(rd(v, 0x390), 39900, 40000);
    env_freeze(v->d->rec);
    assert_int_equal(v->rec->apic_timer.flags, IRX_APIC_TIMER_GIVEN | IRX_APIC_TIMER_ON);
    assert_int_equal(v->rec->apic_timer.due, due);
    assert_int_equal(v->rec->apic_timer.counted_from, due - MS);
}

/* Ticks that wait in Xen are taken here, and the phase goes on. */
static void ticks_at_enter(void **state)
{
    uint64_t due = fake.tsc + 400 * US;
    struct vcpu *v = told(
        0x20000 | VECTOR, 100000,
        (struct irx_apic_timer){
            .flags = IRX_APIC_TIMER_ON, .ticks = 2, .due = due, .counted_from = due - MS});

    (void)state;
    assert_true(takes(v));
    assert_true(takes(v));
    assert_false(takes(v));
    assert_in_range(v->next_tsc, due, due + 10);
    fake.tsc = due + 10;
    run_timers();
    intr_assist(env_cpu(0), v);
    fake.tsc += MS;
    run_timers(); /* the next one waits behind it */
    env_freeze(v->d->rec);
    assert_int_equal(v->rec->apic_timer.flags,
                     IRX_APIC_TIMER_GIVEN | IRX_APIC_TIMER_ON | IRX_APIC_TIMER_ASSERTED);
    assert_int_equal(v->rec->apic_timer.ticks, 1);
    assert_int_equal(v->rec->apic_timer.due, due + 2 * MS);
}

/* ABI 1.0 says nothing of it, and nothing is said. */
static void not_told(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);

    (void)state;
    shim.anchor->version = IRX_VERSION(1, 0);
    ((uint32_t *)(void *)rv->lapic_regs)[0x320 / 4] = VECTOR;
    ((uint32_t *)(void *)rv->lapic_regs)[0x380 / 4] = 500;
    rv->apic_timer.flags = IRX_APIC_TIMER_GIVEN; /* another entry's, in a narrower table */
    env_current(env_run(r), 0);
    assert_true(env_vcpu(&shim.doms[0], 0)->timer.on);
    env_freeze(r);
    assert_int_equal(rv->apic_timer.flags, IRX_APIC_TIMER_GIVEN);
    assert_int_equal(rv->apic_timer.due, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(one_shot),
        ENV_CASE(periodic_and_divided),
        ENV_CASE(periodic_aligned),
        ENV_CASE(shortest_period),
        ENV_CASE(phase),
        ENV_CASE(missed_ticks),
        ENV_CASE(missed_ticks_are_one),
        MODE_CASE(missed_while_it_waits, mode_1),
        MODE_CASE(missed_while_it_waits, mode_2),
        MODE_CASE(missed_while_it_waits, mode_3),
        ENV_CASE(not_of_who_may_not_run),
        ENV_CASE(neighbour_runs),
        ENV_CASE(masked),
        ENV_CASE(masked_by_the_whole),
        ENV_CASE(mode_changes),
        ENV_CASE(tsc_deadline),
        ENV_CASE(armed_at_enter),
        ENV_CASE(passed_at_enter),
        ENV_CASE(over_at_enter),
        ENV_CASE(part_at_enter),
        ENV_CASE(ticks_at_enter),
        ENV_CASE(not_told),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
