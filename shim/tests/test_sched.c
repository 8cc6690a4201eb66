/* SPDX-License-Identifier: GPL-2.0-only */
/* The loop: who runs when, waking, parking, freezing, CPUs that come and go. */
#include "env.h"

#include <string.h>

#include "core/apic.h"
#include "core/mem.h"
#include "core/sched.h"
#include "fake/fake.h"
#include "guest/evtchn.h"
#include "guest/timer.h"
#include "run/loop.h"
#include "run/mailbox.h"

#define US 1000u /* TSC ticks */

static uint64_t guest_takes; /* ticks that a guest runs until its next exit */

static struct vm_exit spins(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    (void)v;
    fake.tsc += guest_takes;
    return (struct vm_exit){.class = IRX_EXIT_INTR};
}

static struct vm_exit halts(struct pcpu *pc, struct vcpu *v)
{
    spins(pc, v);
    v->next_rip = v->rip + 1;
    return (struct vm_exit){.class = IRX_EXIT_HLT};
}

static struct vm_exit does_io(struct pcpu *pc, struct vcpu *v)
{
    spins(pc, v);
    return (struct vm_exit){.class = IRX_EXIT_IO, .info = 0x1234};
}

static int setup(void **state)
{
    fake_guest = spins;
    guest_takes = 100 * US;
    return env_setup(state);
}

static void loops(uint32_t cpu, unsigned int n)
{
    while (n--)
        loop_once(env_on(cpu));
}

static unsigned int runs(struct dom *d, uint32_t vcpu)
{
    return fake_vcpu(env_vcpu(d, vcpu))->runs;
}

/* ---- running ---- */

static void one_vcpu_runs_on(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    const struct irx_vcpu *r = env_vcpu(d, 0)->rec;

    (void)state;
    loops(0, 50);
    assert_int_equal(runs(d, 0), 50);
    assert_int_equal(fake_vcpu(env_vcpu(d, 0))->flushes, 1); /* the first time only */
    assert_int_equal(r->state, IRX_VCPU_RUNNING);
    assert_int_equal(r->served[IRX_EXIT_INTR], 50);
    assert_in_range(r->run_tsc, 50 * 100 * US, 50 * 101 * US);
    assert_in_range(r->first_tsc, 1, r->last_tsc - 49 * 100 * US);
    assert_int_equal(d->rec->run_tsc, r->first_tsc);
    assert_int_equal(env_cpu(0)->rec->switches, 1);
    assert_int_equal(env_cpu(0)->rec->idle_tsc, 0);
}

static void time_slices(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 3));

    (void)state;
    loops(0, 300); /* 30 ms: 20 slices of 1.5 ms */
    for (uint32_t i = 0; i < 3; i++) {
        assert_in_range(runs(d, i), 80, 120);
        assert_true(env_vcpu(d, i)->rec->max_wait_tsc < 5000 * US);
        assert_int_equal(fake_vcpu(env_vcpu(d, i))->flushes,
                         env_cpu(0)->rec->switches / 3 + (env_cpu(0)->rec->switches % 3 > i));
    }
    assert_in_range(env_cpu(0)->rec->switches, 15, 25);
}

static void the_timer_ends_the_slice(void **state)
{
    (void)state;
    env_run(env_domain(0, 1, 2));
    loops(0, 1);
    assert_int_equal(fake.timer, env_cpu(0)->slice_end);
    assert_in_range(fake.timer - fake.tsc, 1300 * US, 1500 * US);
}

static void the_timer_waits_for_the_next_deadline(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    (void)state;
    env_vcpu_rec(r, 0)->flags |= IRX_VCPUF_SINGLESHOT;
    env_vcpu_rec(r, 0)->singleshot_deadline = fake.tsc + 700 * US;
    env_run(r);
    loops(0, 1);
    assert_in_range(fake.timer, env_vcpu_rec(r, 0)->singleshot_deadline,
                    env_vcpu_rec(r, 0)->singleshot_deadline + 10);
}

static void a_deadline_that_passed_fires_once(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    (void)state;
    env_vcpu_rec(r, 0)->flags |= IRX_VCPUF_SINGLESHOT;
    env_vcpu_rec(r, 0)->singleshot_deadline = fake.tsc - 500000 * US;
    env_run(r);
    loops(0, 20);
    assert_int_equal(env_vcpu_rec(r, 0)->timers_fired, 1);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 2);
}

static void yield_gives_the_turn_away(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    struct vcpu *first;

    (void)state;
    loops(0, 1);
    first = env_cpu(0)->current;
    sched_yield(env_cpu(0), first);
    loops(0, 1);
    assert_ptr_not_equal(env_cpu(0)->current, first);
    assert_int_equal(first->rec->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(runs(d, 0) + runs(d, 1), 2);
}

/* ---- blocking and waking ---- */

static void all_blocked_idles(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct vcpu *v = env_vcpu(d, 0);

    (void)state;
    fake_guest = halts;
    loops(0, 1);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    loops(0, 3);
    assert_int_equal(fake.idles, 3);
    assert_int_equal(runs(d, 0), 1);
    assert_true(fake.timer > fake.tsc); /* it looks again by itself */
    evtchn_raise(env_on(0), d, 11);
    loops(0, 1);
    assert_int_equal(runs(d, 0), 2);
    assert_true(env_cpu(0)->rec->idle_tsc > 0);
}

static void a_kick_between_check_and_block_is_not_lost(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    fake_guest = halts;
    loops(0, 1);
    env_vcpu(d, 0)->kicked = 1; /* another CPU, just after the vCPU had looked */
    loops(0, 1);
    assert_int_equal(runs(d, 0), 2);
}

static void a_kick_reaches_the_other_cpu(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    assert_ptr_equal(env_vcpu(d, 1)->cpu, env_cpu(1));
    loops(0, 1);
    loops(1, 1);
    fake_clear_ipis();
    evtchn_raise(env_on(0), d, 12);
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    evtchn_raise(env_on(0), d, 20); /* vCPU 0, on this very CPU: no interrupt to itself */
    assert_int_equal(fake_count_ipis(10, IRX_SHIM_KICK_VECTOR), 0);
}

static void who_wakes_waits_a_little(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    struct vcpu *other;

    (void)state;
    guest_takes = 20 * US;
    fake_guest = halts;
    loops(0, 1); /* one blocks */
    fake_guest = spins;
    loops(0, 1); /* the other runs */
    other = env_cpu(0)->current == env_vcpu(d, 0) ? env_vcpu(d, 1) : env_vcpu(d, 0);
    assert_int_equal(other->rec->state, IRX_VCPU_BLOCKED);
    other->kicked = 1;
    loops(0, 5);
    assert_ptr_not_equal(env_cpu(0)->current, other);
    loops(0, 8); /* 200 us after the other's turn began, long before its slice ends */
    assert_ptr_equal(env_cpu(0)->current, other);
}

static void entered_blocked_sleeps_on(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 0)->state = IRX_VCPU_BLOCKED;
    env_vcpu_rec(r, 1)->state = IRX_VCPU_BLOCKED;
    ((uint8_t *)env_page(0, GFN_INFO))[64] = 1; /* vCPU 1 has an upcall to take */
    d = env_run(r);
    loops(0, 4);
    assert_int_equal(runs(d, 0), 0);
    assert_int_equal(runs(d, 1), 4);
}

static void entered_polling(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 0)->state = IRX_VCPU_BLOCKED;
    env_vcpu_rec(r, 0)->poll_port = 20;
    ((uint64_t *)env_page(0, GFN_SHARED))[320] = ~0ull; /* all masked */
    d = env_run(r);
    evtchn_raise(env_on(0), d, 11);
    loops(0, 2);
    assert_int_equal(runs(d, 0), 0);
    evtchn_raise(env_on(0), d, 20);
    loops(0, 1);
    assert_int_equal(runs(d, 0), 1);
    assert_int_equal(env_vcpu_rec(r, 0)->poll_port, 0);
}

/* ---- parking ---- */

static void parked_with_its_reason(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    const struct irx_vcpu *r;

    (void)state;
    fake_guest = does_io;
    loops(0, 1);
    fake_guest = spins;
    r = env_vcpu(d, 0)->rec->state == IRX_VCPU_PARKED ? env_vcpu(d, 0)->rec : env_vcpu(d, 1)->rec;
    assert_int_equal(r->state, IRX_VCPU_PARKED);
    assert_int_equal(r->park_class, IRX_EXIT_IO);
    assert_int_equal(r->park_detail, 0x1234);
    assert_int_equal(r->exit_code, 0xe0);
    assert_int_equal(r->exit_info1, 0xe1);
    assert_int_equal(r->exit_info2, 0xe2);
    assert_int_equal(r->parked[IRX_EXIT_IO], 1);
    assert_int_equal(r->runstate, RUNSTATE_offline);
    loops(0, 30);
    evtchn_raise(env_on(0), d, 11); /* nothing wakes it */
    evtchn_raise(env_on(0), d, 12);
    loops(0, 30);
    assert_int_equal(runs(d, 0) + runs(d, 1), 61);
    assert_true(runs(d, 0) == 1 || runs(d, 1) == 1);
    env_freeze(d->rec);
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(r->state, IRX_VCPU_PARKED);
}

/* Back into the shim: the exit is met again. */
static void parked_and_taken_back(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d = env_run(r);

    (void)state;
    fake_guest = does_io;
    loops(0, 1);
    env_freeze(r);
    fake_guest = spins;
    env_enter(r);
    assert_int_equal(r->state, IRX_DOM_RUNNING);
    loops(0, 3);
    assert_int_equal(runs(d, 0), 4);
}

/* ---- paused by the toolstack ---- */

static void paused_does_not_run(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *paused, *other;

    (void)state;
    r->flags |= IRX_DOMF_PAUSED;
    env_vcpu_rec(r, 1)->state = IRX_VCPU_BLOCKED;
    paused = env_run(r);
    other = env_run(env_domain(1, 2, 1));
    assert_int_equal(env_vcpu_rec(r, 0)->runstate, RUNSTATE_offline);
    assert_int_equal(env_vcpu_rec(r, 1)->runstate, RUNSTATE_blocked);
    loops(0, 20);
    evtchn_raise(env_on(0), paused, 11);
    evtchn_raise(env_on(0), paused, 12);
    loops(0, 20);
    assert_int_equal(runs(paused, 0) + runs(paused, 1), 0);
    assert_int_equal(runs(other, 0), 40);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    r->flags &= ~IRX_DOMF_PAUSED; /* entered again after `xl unpause` */
    env_enter(r);
    loops(0, 40);
    assert_true(runs(paused, 0) > 0);
}

static void all_paused_idles(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    r->flags |= IRX_DOMF_PAUSED;
    env_vcpu_rec(r, 0)->flags |= IRX_VCPUF_SINGLESHOT;
    env_vcpu_rec(r, 0)->singleshot_deadline = fake.tsc + 700 * US;
    d = env_run(r);
    loops(0, 20);
    assert_int_equal(runs(d, 0), 0);
    assert_int_equal(env_cpu(0)->rec->busy_tsc, 0);
}

/* ---- freezing ---- */

static void freeze_on_two_cpus(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 2);
    loops(1, 2);
    fake_clear_ipis();
    r->state = IRX_DOM_FREEZING;
    env_cpu(0)->doorbell = 1;
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FREEZING); /* the other CPU has not stopped yet */
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    assert_int_equal(runs(d, 0), 2);
    loops(1, 1);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(runs(d, 1), 2);
    assert_int_equal(fake_vcpu(env_vcpu(d, 0))->saves, 1);
    assert_int_equal(fake_vcpu(env_vcpu(d, 1))->saves, 1);
    assert_true(r->freeze_tsc >= env_vcpu_rec(r, 1)->last_tsc);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_null(env_cpu(0)->list);
    assert_null(env_cpu(1)->list);
    assert_int_equal(env_cpu(0)->nr + env_cpu(1)->nr, 0);
    loops(0, 3);
    assert_int_equal(runs(d, 0), 2);
}

/* Its hypercall was served: it waits for port 11. */
static struct vm_exit polls(struct pcpu *pc, struct vcpu *v)
{
    struct vm_exit e = spins(pc, v);

    v->rec->poll_port = 11;
    v->d->poll_mask[0] |= BIT(v->id);
    sched_block(v);
    return e;
}

static void mask_all(uint32_t entry)
{
    shared_info_t *shared = env_page(entry, GFN_SHARED);

    shared->evtchn_mask[0] = ~0ull;
}

/*
 * The polled port, which is masked as it is for a lock, is raised, and the domain freezes before
 * the poller was woken.
 */
static void freeze_wakes_the_kicked(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    fake_guest = polls;
    d = env_run(r);
    mask_all(0);
    loops(0, 4);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_BLOCKED);
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_BLOCKED);
    env_vcpu_rec(r, 1)->poll_port = 13; /* waits for another one */
    evtchn_raise(env_on(1), d, 11);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(env_vcpu_rec(r, 0)->poll_port, 0);
    assert_int_equal(env_vcpu_rec(r, 0)->runstate, RUNSTATE_runnable);
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_BLOCKED);
    assert_int_equal(env_vcpu_rec(r, 1)->poll_port, 13);
}

/* The same with a doorbell that is answered once all vCPUs have stopped. */
static void freeze_wakes_the_rung(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    fake_guest = polls;
    d = env_run(r);
    mask_all(0);
    loops(0, 2);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    d->to_guest[0] |= BIT(11);
    r->to_guest_summary |= 1;
    mailbox_freeze_here(env_on(0));
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(d->to_guest[0], 0);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(env_vcpu_rec(r, 0)->poll_port, 0);
}

static void freeze_leaves_others_alone(void **state)
{
    struct dom *a = env_run(env_domain(0, 1, 1)), *b = env_run(env_domain(1, 2, 1));

    (void)state;
    loops(0, 20);
    env_freeze(a->rec);
    assert_int_equal(a->rec->state, IRX_DOM_FROZEN);
    loops(0, 20);
    assert_int_equal(runs(a, 0) + runs(b, 0), 40);
    assert_true(runs(b, 0) >= 25);
    assert_int_equal(b->rec->state, IRX_DOM_RUNNING);
}

static void fpu_stays_with_its_vcpu(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct hvm_hw_cpu *c;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        c = (struct hvm_hw_cpu *)env_vcpu_rec(r, i)->cpu;
        c->flags = XEN_X86_FPU_INITIALISED;
        memset(c->fpu_regs, (int)(0x10 + i), sizeof(c->fpu_regs));
    }
    env_run(r);
    loops(0, 1);
    memset(fake.fpu + 160, 0x55, 16); /* the one that runs now changes a register */
    loops(0, 40);
    env_freeze(r);
    c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    if (c->fpu_regs[160] != 0x55)
        c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu;
    assert_int_equal(c->fpu_regs[160], 0x55);
    assert_int_equal(c->fpu_regs[159], c->fpu_regs[200]);
    c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    assert_int_equal(c->fpu_regs[200], 0x10);
    assert_int_equal(c->flags, XEN_X86_FPU_INITIALISED);
    c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu;
    assert_int_equal(c->fpu_regs[200], 0x11);
}

static void fpu_of_a_vcpu_that_never_used_it(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    const struct hvm_hw_cpu *c = (const struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    uint32_t mxcsr;

    (void)state;
    memset(fake.fpu, 0xcc, sizeof(fake.fpu)); /* somebody else's */
    env_run(r);
    loops(0, 1);
    assert_int_equal(fake.fpu[0], 0x40);
    assert_int_equal(fake.fpu[200], 0);
    env_freeze(r);
    memcpy(&mxcsr, c->fpu_regs + 24, sizeof(mxcsr));
    assert_int_equal(mxcsr, 0x1f80);
}

static void fpu_by_xsave(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    uint64_t *x = (uint64_t *)rv->xsave;
    struct dom *d;

    (void)state;
    shim.host.xsave = true;
    fake.cpuid_d0_eax = 7;
    rv->flags |= IRX_VCPUF_XSAVE;
    rv->xsave_size = 24 + 832;
    x[0] = 7, x[1] = 3, x[2] = 7;
    memset(x + 3, 0x21, 512);
    d = env_run(r);
    loops(0, 1);
    assert_int_equal(fake.xcr0, 3); /* what the guest has on */
    assert_int_equal(fake.fpu[200], 0x21);
    fake.fpu[201] = 0x99;
    env_vcpu(d, 0)->xcr0 = 7;
    env_freeze(r);
    assert_int_equal(x[1], 7);
    assert_int_equal(((uint8_t *)(x + 3))[201], 0x99);
    assert_int_equal(((struct hvm_hw_cpu *)rv->cpu)->fpu_regs[201], 0x99); /* both agree */
}

static void run_states_add_up(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    const struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    uint64_t start = fake.tsc, total;

    (void)state;
    env_run(r);
    loops(0, 100);
    env_freeze(r);
    total = rv->runstate_time[0] + rv->runstate_time[1] + rv->runstate_time[2] +
            rv->runstate_time[3];
    assert_in_range(total + fake.tsc - rv->runstate_entry_time, fake.tsc - start - 10,
                    fake.tsc - start);
    assert_in_range(rv->runstate_time[RUNSTATE_running], 3500 * US, 6500 * US);
    assert_in_range(rv->runstate_time[RUNSTATE_runnable], 3500 * US, 6500 * US);
}

/* ---- domains ---- */

static void barrier_between_domains(void **state)
{
    (void)state;
    shim.host.ibpb = true;
    env_run(env_domain(0, 1, 2));
    loops(0, 60);
    assert_int_equal(fake.ibpbs, 0);
    env_run(env_domain(1, 2, 1));
    loops(0, 60);
    assert_in_range(fake.ibpbs, 2, 12);
}

static void drills_leak_nothing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    uint64_t before = 0;

    (void)state;
    for (unsigned int i = 0; i < 30; i++) {
        env_run(r);
        loops(0, 5);
        env_freeze(r);
        assert_int_equal(r->state, IRX_DOM_FROZEN);
        r->state = IRX_DOM_WITH_XEN;
        env_cpu(0)->doorbell = 1;
        loops(0, 1);
        if (!i)
            before = mem_free_pages();
        assert_int_equal(mem_free_pages(), before);
    }
}

static void prepare_while_another_runs(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct irx_domain *r = env_domain(1, 2, 1);
    struct irx_extent *e = env_extents(r);
    unsigned int i;

    (void)state;
    e[0].mfn = 0x100001; /* page by page: takes several steps */
    e[0].nr = 40000;
    env_seal(r);
    r->state = IRX_DOM_PREPARING;
    env_cpu(0)->doorbell = 1;
    for (i = 0; r->state == IRX_DOM_PREPARING && i < 1000; i++)
        loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_PREPARED);
    assert_in_range(i, 10, 100);
    assert_int_equal(runs(d, 0), i); /* the guest had its turn in each round */
}

static void prepare_given_up(void **state)
{
    struct irx_domain *r = env_domain(1, 2, 1);
    uint64_t before = mem_free_pages();

    (void)state;
    env_extents(r)[0].mfn = 0x100001;
    env_extents(r)[0].nr = 40000;
    env_seal(r);
    r->state = IRX_DOM_PREPARING;
    env_cpu(0)->doorbell = 1;
    loops(0, 3);
    r->state = IRX_DOM_WITH_XEN;
    loops(0, 1);
    assert_false(mailbox_building());
    assert_int_equal(mem_free_pages(), before);
}

static void doorbell_wakes_a_guest(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    fake_guest = halts;
    loops(0, 1);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    env_cpu(0)->doorbell = 1;
    loops(0, 1);
    assert_int_equal(runs(d, 0), 2);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
}

/* Another CPU holds the mailbox for long: guests and their doorbells do not wait for it. */
static void busy_mailbox(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    lock_take(&shim.mailbox_lock, 1);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    d->rec->state = IRX_DOM_FREEZING;
    env_cpu(0)->doorbell = 1;
    loops(0, 3);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
    assert_int_equal(runs(d, 0), 3);
    lock_drop(&shim.mailbox_lock);
    loops(0, 2); /* looked at again within 100 us, without another doorbell */
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
}

/* Where Xen asks for nothing an event does not wait for who is at the mailbox, nor looks again. */
static void events_need_no_mailbox(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    lock_take(&shim.mailbox_lock, 1);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    env_cpu(0)->doorbell = 1;
    loops(0, 1);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
    assert_true(env_cpu(0)->next_poll - fake.tsc > 10000 * US);
    env_domain(1, 2, 1)->state = IRX_DOM_PREPARING;
    assert_false(mailbox_poll(env_on(0)));
    lock_drop(&shim.mailbox_lock);
}

/* A doorbell whose interrupt was lost is found all the same. */
static void doorbell_without_interrupt(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    loops(0, 2);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    loops(0, 250); /* 25 ms */
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
}

/* ---- CPUs ---- */

static void release_moves_vcpus(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 1);
    loops(1, 1);
    memset(fake.fpu, 0x42, sizeof(fake.fpu)); /* registers of vCPU 1 */
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1)); /* hw_stop() */
    assert_true(fake.stopped);
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_RELEASED);
    assert_int_equal(env_cpu(1)->rec->error, 0);
    assert_int_equal(fake.timer, TSC_NEVER);
    env_on(0);
    loops(0, 60);
    assert_ptr_equal(env_vcpu(d, 1)->cpu, env_cpu(0));
    assert_true(runs(d, 1) > 10);
    assert_int_equal(fake_vcpu(env_vcpu(d, 1))->flushes, fake_vcpu(env_vcpu(d, 0))->flushes);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(((struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu)->fpu_regs[100], 0x42);
}

static void release_while_freezing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    loops(0, 1);
    loops(1, 1);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    loops(0, 1); /* CPU 0 has done its part */
    assert_int_equal(r->state, IRX_DOM_FREEZING);
    env_cpu(1)->freezing = 0; /* the other goes just before it sees the request to freeze */
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1));
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
}

/* The vCPU arrives between the look at the inbox and the look at what freezes. */
static void moved_while_freezing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    env_cpu(1)->freezing = 0;
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1));
    mailbox_freeze_here(env_on(0));
    assert_int_equal(r->state, IRX_DOM_FROZEN);
}

static void the_last_cpu_stays(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1));
    env_cpu(0)->rec->request = IRX_CPU_REQ_RELEASE;
    loops(0, 3);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(env_cpu(0)->rec->error, -SHIM_EBUSY);
    assert_int_equal(runs(d, 0), 3);
    env_freeze(d->rec);
    env_cpu(0)->rec->request = IRX_CPU_REQ_NONE;
    loops(0, 1);
    env_cpu(0)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(0, 1));
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_RELEASED);
}

static void hints_and_balance(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 4);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 0)->cpu_hint = 1;
    env_vcpu_rec(r, 1)->cpu_hint = ~0u;
    env_vcpu_rec(r, 2)->cpu_hint = 3; /* not held */
    env_vcpu_rec(r, 3)->cpu_hint = ~0u;
    d = env_run(r);
    assert_ptr_equal(env_vcpu(d, 0)->cpu, env_cpu(1));
    assert_int_equal(env_cpu(0)->nr, 2);
    assert_int_equal(env_cpu(1)->nr, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, env_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_vcpu_runs_on),
        TEST(time_slices),
        TEST(the_timer_ends_the_slice),
        TEST(the_timer_waits_for_the_next_deadline),
        TEST(a_deadline_that_passed_fires_once),
        TEST(yield_gives_the_turn_away),
        TEST(all_blocked_idles),
        TEST(a_kick_between_check_and_block_is_not_lost),
        TEST(a_kick_reaches_the_other_cpu),
        TEST(who_wakes_waits_a_little),
        TEST(entered_blocked_sleeps_on),
        TEST(entered_polling),
        TEST(parked_with_its_reason),
        TEST(parked_and_taken_back),
        TEST(paused_does_not_run),
        TEST(all_paused_idles),
        TEST(freeze_on_two_cpus),
        TEST(freeze_wakes_the_kicked),
        TEST(freeze_wakes_the_rung),
        TEST(freeze_leaves_others_alone),
        TEST(fpu_stays_with_its_vcpu),
        TEST(fpu_of_a_vcpu_that_never_used_it),
        TEST(fpu_by_xsave),
        TEST(run_states_add_up),
        TEST(barrier_between_domains),
        TEST(drills_leak_nothing),
        TEST(prepare_while_another_runs),
        TEST(prepare_given_up),
        TEST(doorbell_wakes_a_guest),
        TEST(busy_mailbox),
        TEST(events_need_no_mailbox),
        TEST(doorbell_without_interrupt),
        TEST(release_moves_vcpus),
        TEST(release_while_freezing),
        TEST(moved_while_freezing),
        TEST(the_last_cpu_stays),
        TEST(hints_and_balance),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
