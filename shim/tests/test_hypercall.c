/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls: served exactly, or parked with VMMCALL not retired. */
#include "help_hypercall.h"

#include "core/sched.h"
#include "core/time.h"
#include "core/vendor.h"
#include "guest/timer.h"

#define SCHED_DATA 0x100u

/* ---- sched_op ---- */

static int64_t poll(struct vcpu *v, uint32_t count, const uint32_t *ports, uint64_t timeout)
{
    struct sched_poll p = {.nr_ports = count, .timeout = timeout};

    memcpy(guest_data(SCHED_DATA), ports, count * sizeof(*ports));
    set_xen_guest_handle(p.ports, (evtchn_port_t *)env_data_va(SCHED_DATA));
    memcpy(guest_data(0), &p, sizeof(p));
    return served(v, __HYPERVISOR_sched_op, SCHEDOP_poll, env_data_va(0), 0);
}

static void poll_one_port(void **state)
{
    struct dom *d = run(1);
    struct vcpu *v = env_current(d, 0);
    uint32_t port = 11;

    (void)state;
    v->rflags &= ~X86_EFLAGS_IF;
    assert_int_equal(poll(v, 1, &port, 0), 0);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    assert_int_equal(v->rec->poll_port, 11);
    assert_int_equal(d->poll_mask[0], 1);
    assert_false(v->rec->flags & IRX_VCPUF_POLL_DEADLINE);
    assert_int_equal(v->next_tsc, TSC_NEVER);
}

static void poll_pending_port(void **state)
{
    struct dom *d = run(1);
    struct vcpu *v = env_current(d, 0);
    uint32_t ports[] = {20, 11};

    (void)state;
    v->rflags &= ~X86_EFLAGS_IF;
    ((uint64_t *)env_page(0, GFN_SHARED))[256] = 1ull << 11;
    assert_int_equal(poll(v, 2, ports, 0), 0);
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
    assert_int_equal(v->rec->poll_port, 0);
    assert_int_equal(d->poll_mask[0], 0);
}

static void poll_with_deadline(void **state)
{
    struct dom *d = run(1);
    struct vcpu *v = env_current(d, 0);
    uint32_t ports[] = {20, 11};
    uint64_t deadline = time_now(v) + 5000;

    (void)state;
    v->rflags &= ~X86_EFLAGS_IF;
    assert_int_equal(poll(v, 2, ports, deadline), 0);
    assert_int_equal(v->rec->poll_port, -1);
    assert_int_equal(v->rec->poll_deadline, deadline);
    assert_in_range(v->next_tsc, fake.tsc + 4000, fake.tsc + 6000);
    v->kicked = 0;
    fake.tsc = v->next_tsc;
    timer_run(env_cpu(0), hw_tsc());
    assert_int_equal(v->kicked, 1);
    assert_int_equal(d->poll_mask[0], 0);
    assert_int_equal(v->next_tsc, TSC_NEVER);
    sched_pick(env_cpu(0), hw_tsc());
    assert_int_equal(v->rec->poll_port, 0);
}

static void poll_refused(void **state)
{
    struct vcpu *v = env_current(run(1), 0);
    uint32_t bad = 5000;
    struct sched_poll p = {.nr_ports = 129};

    (void)state;
    v->rflags &= ~X86_EFLAGS_IF;
    assert_int_equal(poll(v, 1, &bad, 0), -SHIM_EINVAL);
    bad = 100; /* closed: nothing would ever come */
    assert_int_equal(poll(v, 1, &bad, 0), -SHIM_EINVAL);
    bad = 0; /* reserved */
    assert_int_equal(poll(v, 1, &bad, 1), -SHIM_EINVAL);
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
    assert_int_equal(v->d->poll_mask[0], 0);
    memcpy(guest_data(0), &p, sizeof(p));
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_poll, env_data_va(0), 0),
                     -SHIM_EINVAL);
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_poll, UNMAPPED, 0), -SHIM_EFAULT);
    p.nr_ports = 1;
    set_xen_guest_handle(p.ports, (evtchn_port_t *)UNMAPPED);
    memcpy(guest_data(0), &p, sizeof(p));
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_poll, env_data_va(0), 0),
                     -SHIM_EFAULT);
    assert_int_equal(v->rec->poll_port, 0);
}

static void block_and_yield(void **state)
{
    struct vcpu *v = env_current(run(1), 0);
    uint8_t *info = env_page(0, GFN_INFO);

    (void)state;
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0), 0);
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
    info[1] = 1; /* evtchn_upcall_mask */
    info[0] = 1;
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0), 0);
    assert_int_equal(info[1], 0);
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING); /* an upcall is due */
    info[0] = 0;
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0), 0);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    parks(v, __HYPERVISOR_sched_op, SCHEDOP_shutdown, env_data_va(0), 0);
}

/* ---- vcpu_op and timers ---- */

static int64_t singleshot(struct vcpu *v, uint32_t vcpu, uint64_t when, uint32_t flags)
{
    struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = when, .flags = flags};

    memcpy(guest_data(0), &t, sizeof(t));
    return served(v, __HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, vcpu, env_data_va(0));
}

static bool timer_pending(void)
{
    return ((uint64_t *)env_page(0, GFN_SHARED))[256] & 2; /* VIRQ_TIMER of vCPU 0 is port 1 */
}

static void singleshot_in_time(void **state)
{
    struct vcpu *v = env_current(run(2), 0);
    uint64_t when = time_now(v) + 100000;

    (void)state;
    assert_int_equal(singleshot(v, 0, when, 0), 0);
    assert_true(v->rec->flags & IRX_VCPUF_SINGLESHOT);
    assert_true(v->next_tsc >= when && v->next_tsc < when + 10); /* 1 tick is 1 ns */
    fake.tsc = v->next_tsc - 20;
    timer_run(env_cpu(0), hw_tsc());
    assert_false(timer_pending());
    fake.tsc = v->next_tsc + 1;
    timer_run(env_cpu(0), hw_tsc());
    assert_true(timer_pending());
    assert_false(v->rec->flags & IRX_VCPUF_SINGLESHOT);
    assert_int_equal(v->rec->timers_fired, 1);
    assert_int_equal(v->next_tsc, TSC_NEVER);
}

static void singleshot_in_the_past(void **state)
{
    struct vcpu *v = env_current(run(2), 0);

    (void)state;
    assert_int_equal(singleshot(v, 0, time_now(v) - 1, VCPU_SSHOTTMR_future), 0);
    assert_true(timer_pending()); /* as Xen 4.17, which ignores the flag */
    assert_false(v->rec->flags & IRX_VCPUF_SINGLESHOT);
    assert_int_equal(singleshot(v, 1, 0, 0), -SHIM_EINVAL); /* of another vCPU */
    assert_int_equal(singleshot(v, 2, 0, 0), -SHIM_ENOENT);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, UNMAPPED),
                     -SHIM_EFAULT);
    singleshot(v, 0, time_now(v) + 50, 0);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0), 0);
    assert_false(v->rec->flags & IRX_VCPUF_SINGLESHOT);
}

static void periodic(void **state)
{
    struct vcpu *v = env_current(run(1), 0);
    struct vcpu_set_periodic_timer t = {.period_ns = 999999};

    (void)state;
    memcpy(guest_data(0), &t, sizeof(t));
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, env_data_va(0)),
                     -SHIM_EINVAL);
    t.period_ns = 1000000;
    memcpy(guest_data(0), &t, sizeof(t));
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, env_data_va(0)),
                     0);
    assert_int_equal(v->rec->timers_fired, 1); /* long since its last tick */
    for (unsigned int i = 2; i < 10; i++) {
        fake.tsc = v->next_tsc;
        timer_run(env_cpu(0), hw_tsc());
        assert_int_equal(v->rec->timers_fired, i);
        assert_in_range(v->next_tsc - fake.tsc, 999900, 1000100);
    }
    fake.tsc += 5000000; /* a gap: one tick, not five */
    timer_run(env_cpu(0), hw_tsc());
    timer_run(env_cpu(0), hw_tsc());
    assert_int_equal(v->rec->timers_fired, 10);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0);
    assert_int_equal(v->next_tsc, TSC_NEVER);
}

/* Of another vCPU, which its owner alone touches: as soon as that looks. */
static void periodic_of_another(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 0), *other = env_vcpu(d, 1);
    struct vcpu_set_periodic_timer t = {.period_ns = 1000000};

    (void)state;
    memcpy(guest_data(0), &t, sizeof(t));
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 1, env_data_va(0)),
                     0);
    assert_int_equal(other->rec->periodic_period, 0);
    timer_run(other->cpu, hw_tsc());
    assert_int_equal(other->rec->periodic_period, 1000000);
    assert_int_equal(other->rec->timers_fired, 1);
    assert_int_equal(v->rec->timers_fired, 0);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 1, 0), 0);
    env_freeze(d->rec); /* no time was left to look */
    assert_int_equal(other->rec->periodic_period, 0);
}

/* Times before Xen's start are over, and not almost for ever away. */
static void negative_deadlines(void **state)
{
    struct vcpu *v = env_current(run(1), 0);
    uint32_t port = 11;

    (void)state;
    assert_int_equal(singleshot(v, 0, 1ull << 63, 0), 0);
    assert_true(timer_pending());
    assert_false(v->rec->flags & IRX_VCPUF_SINGLESHOT);
    v->rflags &= ~X86_EFLAGS_IF;
    assert_int_equal(poll(v, 1, &port, ~0ull), 0);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    assert_true((int64_t)v->rec->poll_deadline > 0);
    v->kicked = 0;
    timer_run(env_cpu(0), hw_tsc());
    assert_int_equal(v->kicked, 1);
}

static void set_timer_op(void **state)
{
    struct vcpu *v = env_current(run(1), 0);
    uint64_t now = time_now(v);

    (void)state;
    assert_int_equal(served(v, __HYPERVISOR_set_timer_op, now + 7000, 0, 0), 0);
    assert_int_equal(v->rec->singleshot_deadline, now + 7000);
    assert_int_equal(served(v, __HYPERVISOR_set_timer_op, 0, 0, 0), 0);
    assert_false(v->rec->flags & IRX_VCPUF_SINGLESHOT);
    served(v, __HYPERVISOR_set_timer_op, ~0ull, 0, 0); /* absurd: 100 ms */
    assert_in_range(v->rec->singleshot_deadline, now + 99000000, now + 101000000);
    served(v, __HYPERVISOR_set_timer_op, now + (1ull << 51), 0, 0);
    assert_in_range(v->rec->singleshot_deadline, now + 99000000, now + 101000000);
    served(v, __HYPERVISOR_set_timer_op, 1, 0, 0); /* long ago: at once */
    assert_true(timer_pending());
}

static void vcpu_up_and_down(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 3);
    struct dom *d;
    struct vcpu *v;

    (void)state;
    env_vcpu_rec(r, 1)->state = IRX_VCPU_DOWN;
    env_vcpu_rec(r, 2)->state = IRX_VCPU_DOWN;
    env_vcpu_rec(r, 2)->flags = 0;
    d = env_run(r);
    v = env_current(d, 0);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, 0), 1);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 1, 0), 0);
    parks(v, __HYPERVISOR_vcpu_op, VCPUOP_down, 0, 0); /* the last: shuts the domain down */
    parks(v, __HYPERVISOR_vcpu_op, VCPUOP_up, 2, 0);   /* its registers are with Xen */
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_up, 1, 0), 0);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 1, 0), 1);
    sched_pick(env_cpu(0), hw_tsc());
    assert_int_equal(env_vcpu(d, 1)->rec->state, IRX_VCPU_RUNNABLE);
    v = env_current(d, 0);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_down, 0, 0), 0);
    assert_int_equal(v->rec->state, IRX_VCPU_DOWN);
    parks(v, __HYPERVISOR_vcpu_op, VCPUOP_down, 1, 0);
    parks(v, __HYPERVISOR_vcpu_op, VCPUOP_initialise, 2, 0);
}

static void runstate(void **state)
{
    struct vcpu *v = env_current(run(1), 0);
    struct vcpu_runstate_info info;

    (void)state;
    fake.tsc += 1000000;
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0, env_data_va(0)),
                     0);
    memcpy(&info, guest_data(0), sizeof(info));
    assert_int_equal(info.state, RUNSTATE_running);
    assert_in_range(info.time[RUNSTATE_running], 1000000, 1001000);
    assert_int_equal(info.state_entry_time, v->rec->runstate_entry_time);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_get_physid, 0, env_data_va(0)),
                     -SHIM_EINVAL);
}

static void send_nmi(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    env_vcpu(d, 1)->kicked = 0;
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_send_nmi, 1, 0), 0);
    assert_true(env_vcpu(d, 1)->rec->flags & IRX_VCPUF_NMI_PENDING);
    assert_int_equal(env_vcpu(d, 1)->kicked, 1);
    assert_int_equal(served(v, __HYPERVISOR_vcpu_op, VCPUOP_send_nmi, 1, 8), -SHIM_EINVAL);
}

/* ---- the rest ---- */

static void version_and_params(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = HVM_PARAM_STORE_PFN};
    struct xen_hvm_get_time t;
    struct vcpu *v;

    (void)state;
    r->params[HVM_PARAM_STORE_PFN] = 0xfeffc;
    r->params_readable = BIT(HVM_PARAM_STORE_PFN);
    r->handle[3] = 0x77;
    v = env_current(env_run(r), 0);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_version, 0, 0), 0x40011);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0), 4096);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_guest_handle, env_data_va(0), 0),
                     0);
    assert_int_equal(((uint8_t *)guest_data(0))[3], 0x77);
    memcpy(guest_data(0), &p, sizeof(p));
    assert_int_equal(served(v, __HYPERVISOR_hvm_op, HVMOP_get_param, env_data_va(0), 0), 0);
    memcpy(&p, guest_data(0), sizeof(p));
    assert_int_equal(p.value, 0xfeffc);
    p.index = HVM_PARAM_IDENT_PT;
    memcpy(guest_data(0), &p, sizeof(p));
    assert_int_equal(served(v, __HYPERVISOR_hvm_op, HVMOP_get_param, env_data_va(0), 0),
                     -SHIM_EPERM);
    p.index = HVM_PARAM_BUFIOREQ_EVTCHN;
    memcpy(guest_data(0), &p, sizeof(p));
    assert_int_equal(served(v, __HYPERVISOR_hvm_op, HVMOP_get_param, env_data_va(0), 0),
                     -SHIM_EINVAL);
    r->answers.flags = 0; /* another policy may say otherwise */
    parks(v, __HYPERVISOR_hvm_op, HVMOP_get_param, env_data_va(0), 0);
    p.index = HVM_NR_PARAMS;
    memcpy(guest_data(0), &p, sizeof(p));
    assert_int_equal(served(v, __HYPERVISOR_hvm_op, HVMOP_get_param, env_data_va(0), 0),
                     -SHIM_EINVAL);
    assert_int_equal(served(v, __HYPERVISOR_hvm_op, HVMOP_get_time, env_data_va(0), 0), 0);
    memcpy(&t, guest_data(0), sizeof(t));
    assert_in_range(t.now, time_now(v) - 1000, time_now(v));
    parks(v, __HYPERVISOR_hvm_op, HVMOP_set_param, env_data_va(0), 0);
}

/* What only a Xen can do. */
static void everything_else_parks(void **state)
{
    static const uint32_t numbers[] = {
        __HYPERVISOR_memory_op, __HYPERVISOR_grant_table_op, __HYPERVISOR_console_io,
        __HYPERVISOR_multicall, __HYPERVISOR_argo_op,        __HYPERVISOR_xsm_op,
        __HYPERVISOR_mmuext_op, __HYPERVISOR_vm_assist,      __HYPERVISOR_kexec_op,
        __HYPERVISOR_sysctl,    __HYPERVISOR_domctl,         __HYPERVISOR_hypfs_op,
        __HYPERVISOR_dm_op,     __HYPERVISOR_platform_op,    __HYPERVISOR_xenpmu_op,
        __HYPERVISOR_arch_1,
    };
    struct vcpu *v = env_current(run(1), 0);

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++)
        parks(v, numbers[i], 0, env_data_va(0), 0);
}

/* hvm64 of Xen's table has none: call_handlers_hvm64(). */
static void numbers_that_xen_does_not_know(void **state)
{
    static const uint64_t numbers[] = {
        __HYPERVISOR_set_trap_table,
        __HYPERVISOR_sched_op_compat,
        __HYPERVISOR_nmi_op,
        __HYPERVISOR_xenoprof_op,
        __HYPERVISOR_tmem_op,
        __HYPERVISOR_arch_0,
        __HYPERVISOR_event_channel_op_compat,
        43,
        47,
        50,
        63,
        64,
        0x80000000,
        0x100000020, /* 64 bits count */
        ~0ull,
    };
    struct vcpu *v = env_current(run(1), 0);

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++)
        assert_int_equal(served(v, numbers[i], 0, env_data_va(0), 0), -SHIM_ENOSYS);
}

static void operations_that_xen_does_not_know(void **state)
{
    static const struct {
        uint64_t number, op;
    } ops[] = {
        {__HYPERVISOR_event_channel_op, 15},
        {__HYPERVISOR_event_channel_op, ~0ull},
        {__HYPERVISOR_sched_op, 8},
        {__HYPERVISOR_vcpu_op, 14},
        {__HYPERVISOR_xen_version, 11},
        {__HYPERVISOR_hvm_op, 2}, /* set_pci_intx_level: dm_op's since 4.9 */
        {__HYPERVISOR_hvm_op, 26},
        {__HYPERVISOR_memory_op, XENMEM_machphys_mapping},
        {__HYPERVISOR_grant_table_op, GNTTABOP_transfer},
        {__HYPERVISOR_grant_table_op, GNTTABOP_get_status_frames},
        {__HYPERVISOR_grant_table_op, GNTTABOP_cache_flush},
        {__HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq}, /* no physical interrupts */
        {__HYPERVISOR_physdev_op, PHYSDEVOP_pci_device_add},
        {__HYPERVISOR_physdev_op, 99},
    };
    struct vcpu *v = env_current(run(1), 0);

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
        assert_int_equal(served(v, ops[i].number, ops[i].op, 0, 0), -SHIM_ENOSYS);
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_pin_override, env_data_va(0), 0),
                     -SHIM_EPERM);
    assert_int_equal(served(v, __HYPERVISOR_memory_op, XENMEM_machine_memory_map, 0, 0),
                     -SHIM_EPERM);
    parks(v, __HYPERVISOR_grant_table_op, GNTTABOP_query_size, 0, 0);
    parks(v, __HYPERVISOR_memory_op, XENMEM_decrease_reservation, 0, 0);
    v->d->rec->answers.xen_features |= 1u << XENFEAT_hvm_pirqs;
    parks(v, __HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, 0, 0);
    v->d->rec->answers.flags &= ~IRX_ANSWER_DEFAULT_POLICY;
    parks(v, __HYPERVISOR_memory_op, XENMEM_machine_memory_map, 0, 0);
    parks(v, __HYPERVISOR_console_io, 0, 0, 0);
    v->d->rec->answers.flags |= IRX_ANSWER_NO_CONSOLE;
    assert_int_equal(served(v, __HYPERVISOR_console_io, 0, 0, 0), -SHIM_EPERM);
    assert_int_equal(served(v, __HYPERVISOR_console_io, 99, 0, 0), -SHIM_EPERM);
}

static void from_user_mode_and_32_bits(void **state)
{
    struct vcpu *v = env_current(run(1), 0);

    (void)state;
    v->mode = 4;
    parks(v, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
    v->mode = 8;
    v->next_rip = v->rip + 3;
    v->cpl = 3;
    assert_int_equal(served(v, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0), -SHIM_EPERM);
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(poll_one_port),
        ENV_CASE(poll_pending_port),
        ENV_CASE(poll_with_deadline),
        ENV_CASE(poll_refused),
        ENV_CASE(block_and_yield),
        ENV_CASE(singleshot_in_time),
        ENV_CASE(singleshot_in_the_past),
        ENV_CASE(periodic),
        ENV_CASE(periodic_of_another),
        ENV_CASE(negative_deadlines),
        ENV_CASE(set_timer_op),
        ENV_CASE(vcpu_up_and_down),
        ENV_CASE(runstate),
        ENV_CASE(send_nmi),
        ENV_CASE(version_and_params),
        ENV_CASE(everything_else_parks),
        ENV_CASE(numbers_that_xen_does_not_know),
        ENV_CASE(operations_that_xen_does_not_know),
        ENV_CASE(from_user_mode_and_32_bits),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
