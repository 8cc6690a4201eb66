/* SPDX-License-Identifier: GPL-2.0-only */
/* A machine check while a guest runs: recorded, its domain ends, the neighbour goes on. */
#include "help_sched.h"

#include <string.h>

#include "core/mce.h"
#include "fake/fake.h"

#define MCG_CAP    0x179u
#define MCG_STATUS 0x17au
#define STATUS(n)  (0x401u + 4 * (n))
#define VAL        BIT(63)
#define UC         BIT(61)
#define MISCV      BIT(59)
#define ADDRV      BIT(58)
#define PCC        BIT(57)

static struct vcpu *hit; /* the vCPU that meets one */

static struct vm_exit guest(struct pcpu *pc, struct vcpu *v)
{
    spins(pc, v);
    if (v != hit)
        return (struct vm_exit){.class = IRX_EXIT_INTR};
    hit = NULL;
    return (struct vm_exit){.class = IRX_EXIT_EXCEPTION, .info = TRAP_MC};
}

/* A corrected error in bank 0, and in bank 2 what the test is about. */
static void banks(uint64_t status)
{
    fake_set_msr(MCG_CAP, 0x104);
    fake_set_msr(MCG_STATUS, 5); /* MCIP, RIPV */
    for (unsigned int i = 0; i < 4; i++)
        fake_set_msr(STATUS(i), 0);
    fake_set_msr(STATUS(0), VAL | 0x11);
    fake_set_msr(STATUS(2), status);
    fake_set_msr(STATUS(2) + 1, 0x12345678);
    fake_set_msr(STATUS(2) + 2, 0x9abc);
}

static struct dom *two_domains(struct dom **other)
{
    struct dom *d = env_run(env_domain(0, 1, 3));

    *other = env_run(env_domain(1, 2, 1));
    fake_guest = guest;
    env_vcpu_rec(d->rec, 2)->state = IRX_VCPU_BLOCKED;
    return d;
}

static void it_ends_its_domain_alone(void **state)
{
    const struct irx_machine_check *m = &env_cpu(0)->rec->mce;
    struct dom *other, *d = two_domains(&other);
    unsigned int ran, ran_other;

    (void)state;
    banks(VAL | UC | MISCV | ADDRV | 0x77);
    loops(0, 10);
    hit = env_vcpu(d, 1);
    loops(0, 60);
    assert_null(hit);
    assert_int_equal(m->count, 1);
    assert_int_equal(m->banks, 2);
    assert_int_equal(m->bank, 2); /* the worst */
    assert_true(m->status == (VAL | UC | MISCV | ADDRV | 0x77));
    assert_int_equal(m->addr, 0x12345678);
    assert_int_equal(m->misc, 0x9abc);
    assert_int_equal(m->mcg_status, 5);
    assert_int_equal(m->domid, 1);
    assert_int_equal(m->vcpu_id, 1);
    assert_true(m->rip == env_vcpu(d, 1)->rip);
    assert_true(m->tsc);
    /* The CPU takes the next one. */
    assert_int_equal(fake_msr(MCG_STATUS), 0);
    assert_int_equal(fake_msr(STATUS(0)), 0);
    assert_int_equal(fake_msr(STATUS(2)), 0);
    /* None of the domain goes on, running or blocked; who is asked for is told. */
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(env_vcpu_rec(d->rec, i)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(d->rec, 1)->park_class, IRX_EXIT_EXCEPTION);
    assert_int_equal(env_vcpu_rec(d->rec, 1)->park_detail, TRAP_MC);
    assert_true(env_vcpu_rec(d->rec, 1)->flags & IRX_VCPUF_MACHINE_CHECK);
    assert_false(env_vcpu_rec(d->rec, 0)->flags & IRX_VCPUF_MACHINE_CHECK);
    ran = runs(d, 0) + runs(d, 1) + runs(d, 2);
    ran_other = runs(other, 0);
    loops(0, 30);
    assert_int_equal(runs(d, 0) + runs(d, 1) + runs(d, 2), ran);
    assert_true(runs(other, 0) > ran_other);
    assert_false(env_cpu(0)->unsound);
}

/* The claim failed, and it is back in the shim: still over. */
static void it_stays_ended(void **state)
{
    struct dom *other, *d = two_domains(&other);
    unsigned int ran;

    (void)state;
    banks(VAL | UC);
    hit = env_vcpu(d, 0);
    loops(0, 40);
    env_freeze(d->rec);
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
    ran = runs(d, 0) + runs(d, 1);
    env_enter(d->rec);
    assert_int_equal(d->rec->state, IRX_DOM_RUNNING);
    loops(0, 40);
    assert_int_equal(runs(d, 0) + runs(d, 1), ran);
    env_freeze(d->rec);
    for (uint32_t i = 0; i < 3; i++) /* another update, and a Xen that made it anew */
        env_vcpu_rec(d->rec, i)->flags &= ~IRX_VCPUF_MACHINE_CHECK;
    env_enter(d->rec);
    loops(0, 40);
    assert_true(runs(d, 0) + runs(d, 1) > ran);
}

static void a_corrupt_context_stops_the_cpu(void **state)
{
    struct dom *other, *d = two_domains(&other);

    (void)state;
    env_open_cpu(1);
    banks(VAL | UC | PCC);
    hit = env_vcpu(d, 0);
    expect_assert_failure(loops(0, 40)); /* hw_stop() */
    assert_true(fake.stopped);
    assert_int_equal(env_cpu(0)->rec->error, -SHIM_EFAULT);
    assert_int_equal(env_cpu(0)->rec->mce.domid, 1);
    assert_int_equal(fake_msr(MCG_STATUS), 5); /* a further one shuts it down */
    assert_int_equal(env_vcpu_rec(d->rec, 0)->state, IRX_VCPU_PARKED);
}

static void in_the_shim_itself(void **state)
{
    (void)state;
    banks(0);
    fake_set_msr(STATUS(0), 0); /* no bank says anything */
    assert_true(mce_take(env_cpu(0), NULL, 0x4711));
    assert_int_equal(env_cpu(0)->rec->mce.domid, 0xffff);
    assert_int_equal(env_cpu(0)->rec->mce.rip, 0x4711);
    assert_int_equal(env_cpu(0)->rec->mce.status, 0);
    assert_true(mce_take(env_cpu(0), NULL, 0));
    assert_int_equal(env_cpu(0)->rec->mce.count, 2);
}

/* What raised nothing stays where it is, and is told. */
static void what_was_corrected_is_told(void **state)
{
    struct irx_machine_check none = {.count = 0};

    (void)state;
    banks(VAL | MISCV | 0x77);
    assert_int_equal(mce_log_corrected(env_cpu(0)), 2);
    assert_true(fake_msr(STATUS(2)) == (VAL | MISCV | 0x77));
    assert_memory_equal(&env_cpu(0)->rec->mce, &none, sizeof(none));
    banks(0);
    fake_set_msr(STATUS(0), 0);
    assert_int_equal(mce_log_corrected(env_cpu(0)), 0);
}

/* A table of version 1.0: no such field, and no such flag. */
static void with_an_older_xen(void **state)
{
    struct irx_machine_check none = {.count = 0};
    struct dom *other, *d = two_domains(&other);

    (void)state;
    shim.anchor->version = IRX_VERSION(1, 0);
    banks(VAL | UC);
    hit = env_vcpu(d, 0);
    loops(0, 40);
    assert_memory_equal(&env_cpu(0)->rec->mce, &none, sizeof(none));
    assert_int_equal(env_vcpu_rec(d->rec, 0)->state, IRX_VCPU_PARKED);
    assert_false(env_vcpu_rec(d->rec, 0)->flags & IRX_VCPUF_MACHINE_CHECK);
    assert_int_not_equal(env_vcpu_rec(d->rec, 1)->state, IRX_VCPU_PARKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASE(it_ends_its_domain_alone),        LOOP_CASE(it_stays_ended),
        LOOP_CASE(a_corrupt_context_stops_the_cpu), LOOP_CASE(in_the_shim_itself),
        LOOP_CASE(what_was_corrected_is_told),      LOOP_CASE(with_an_older_xen),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
