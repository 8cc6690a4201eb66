/* SPDX-License-Identifier: GPL-2.0-only */
/* The run-state area of a vCPU follows its turns while it is held. */
#include "help_hypercall.h"

#include "core/sched.h"
#include "fake/fake.h"
#include "guest/runstate.h"
#include "run/loop.h"

#define AREA 0x300u

static const struct vcpu_runstate_info *area(void)
{
    return guest_data(AREA);
}

static struct irx_domain *with_area(uint32_t vcpus)
{
    struct irx_domain *r = env_domain(0, 1, vcpus);

    env_vcpu_rec(r, 0)->runstate_area = env_data_va(AREA);
    return r;
}

static uint64_t entry_seen;
static int state_seen;

static struct vm_exit looks_and_halts(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    state_seen = area()->state;
    entry_seen = area()->state_entry_time;
    env_code(v, "\xf4", 1);
    return (struct vm_exit){.class = IRX_EXIT_HLT};
}

static void follows_its_turns(void **state)
{
    struct dom *d = env_run(with_area(1));
    struct vcpu *v = env_vcpu(d, 0);

    (void)state;
    fake_guest = looks_and_halts;
    loop_once(env_on(0));
    fake_guest = NULL;
    assert_int_equal(state_seen, RUNSTATE_running); /* when it looked itself */
    assert_false(entry_seen & XEN_RUNSTATE_UPDATE);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    assert_int_equal(area()->state, RUNSTATE_running);
    fake.tsc += 5000;
    loop_once(env_on(0)); /* nobody runs: others see that it does not */
    assert_int_equal(area()->state, RUNSTATE_blocked);
    assert_int_equal(area()->state_entry_time, v->rec->runstate_entry_time);
    assert_int_equal(area()->time[RUNSTATE_running], v->rec->runstate_time[RUNSTATE_running]);
    sched_kick(env_cpu(0), v);
    loop_once(env_on(0));
    assert_int_equal(area()->state, RUNSTATE_running);
    assert_true(area()->time[RUNSTATE_blocked] >= 5000);
}

static void follows_into_the_freeze(void **state)
{
    struct dom *d = env_run(with_area(1));

    (void)state;
    fake_guest = NULL;
    loop_once(env_on(0));
    assert_int_equal(area()->state, RUNSTATE_running);
    env_freeze(d->rec);
    assert_int_equal(area()->state, RUNSTATE_runnable);
    assert_null(env_cpu(0)->turn);
}

/* The mark is clear once the area is written, and not touched where the guest did not ask. */
static void marked_while_written(void **state)
{
    struct vcpu *v = env_current(env_run(with_area(1)), 0);

    (void)state;
    memset(guest_data(AREA), 0xff, sizeof(*area()));
    runstate_area_update(env_cpu(0), v);
    assert_int_equal(area()->state_entry_time, v->rec->runstate_entry_time);
    v->d->rec->answers.flags &= ~IRX_ANSWER_RUNSTATE_FLAG;
    memset(guest_data(AREA), 0xff, sizeof(*area()));
    runstate_area_update(env_cpu(0), v);
    assert_int_equal(area()->state_entry_time, v->rec->runstate_entry_time);
}

static void across_two_pages(void **state)
{
    struct irx_domain *r = with_area(1);
    struct vcpu *v;
    uint64_t at[2];

    (void)state;
    env_vcpu_rec(r, 0)->runstate_area = env_data_va(0) + PAGE_SIZE - 12; /* in the entry time */
    env_vcpu_rec(r, 0)->runstate_time[3] = 0x1122334455667788ull;
    v = env_current(env_run(r), 0);
    v->rec->runstate_time[3] = 0x1122334455667788ull;
    runstate_area_update(env_cpu(0), v);
    memcpy(&at[0], guest_data(PAGE_SIZE - 4), 8);
    memcpy(&at[1], guest_data(PAGE_SIZE + 28), 8);
    assert_int_equal(at[0], v->rec->runstate_entry_time);
    assert_int_equal(at[1], v->rec->runstate_time[3]);
}

/* struct compat_vcpu_runstate_info */
static void of_32_bits(void **state)
{
    struct vcpu *v = env_current(env_run(with_area(1)), 0);
    const uint8_t *p = guest_data(AREA);

    (void)state;
    v->rec->runstate_time[1] = 0x1122334455667788ull;
    v->d->shinfo_32bit = true;
    memset(guest_data(AREA), 0xee, 64);
    runstate_area_update(env_cpu(0), v);
    assert_memory_equal(p + 4, &v->rec->runstate_entry_time, 8);
    assert_memory_equal(p + 12, v->rec->runstate_time, 32);
    assert_int_equal(p[44], 0xee);
}

/* A kernel's address stays one while a 32-bit process of its runs. */
static void under_a_32_bit_process(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint64_t *top = env_page(0, GFN_PML4);
    struct vcpu *v;

    (void)state;
    top[511] = top[0];
    env_vcpu_rec(r, 0)->runstate_area = 0xffffff8000000000ull + env_data_va(AREA);
    v = env_current(env_run(r), 0);
    v->mode = 4;
    v->cpl = 3;
    memset(guest_data(AREA), 0xee, sizeof(*area()));
    runstate_area_update(env_cpu(0), v);
    assert_int_equal(area()->state, RUNSTATE_running);
    top[511] = 0;
    memset(guest_data(AREA), 0xee, sizeof(*area()));
    runstate_area_update(env_cpu(0), v); /* and is nobody's where it is not mapped */
    assert_int_equal(area()->state, (int)0xeeeeeeee);
}

static void named_by_the_guest(void **state)
{
    struct vcpu *v = env_current(run(2), 0);
    struct vcpu_register_runstate_memory_area a = {.addr.p = env_data_va(AREA)};
    const int op = VCPUOP_register_runstate_memory_area;

    (void)state;
    memcpy(guest_data(0), &a, sizeof(a));
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, op, 0, env_data_va(0)), 0);
    assert_int_equal(v->rec->runstate_area, a.addr.p);
    assert_int_equal(area()->state, RUNSTATE_running);
    parks(v, __HYPERVISOR_vcpu_op, op, 1, env_data_va(0));
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, op, 0, UNMAPPED), -SHIM_EFAULT);
}

/* Nothing is written that the guest has not mapped, and for a Xen of ABI 1.0, nothing at all. */
static void left_alone(void **state)
{
    struct vcpu *v = env_current(env_run(with_area(1)), 0);

    (void)state;
    v->rec->runstate_area = NOT_MAPPED_VA;
    runstate_area_update(env_cpu(0), v);
    v->rec->runstate_area = env_data_va(AREA);
    shim.anchor->version = IRX_VERSION(1, 0);
    memset(guest_data(AREA), 0xee, 48);
    runstate_area_update(env_cpu(0), v);
    assert_int_equal(area()->state, (int)0xeeeeeeee);
    parks(v, __HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0, env_data_va(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(follows_its_turns),
        ENV_CASE(follows_into_the_freeze),
        ENV_CASE(marked_while_written),
        ENV_CASE(across_two_pages),
        ENV_CASE(of_32_bits),
        ENV_CASE(named_by_the_guest),
        ENV_CASE(under_a_32_bit_process),
        ENV_CASE(left_alone),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
