/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op. Source: Xen's common/domain.c (common_vcpu_op) and arch/x86/domain.c (do_vcpu_op). */
#include "core/sched.h"
#include "core/spec.h"
#include "core/xenabi.h"
#include "hypercall.h"
#include "runstate.h"
#include "timer.h"

#define PERIOD_MIN_NS 1000000ull
#define PERIOD_MAX_NS ((uint64_t)INT64_MAX / 4) /* STIME_DELTA_MAX */

static void runstate_info(struct call *c, const struct vcpu *v)
{
    struct vcpu_runstate_info info;

    runstate_get(v, &info);
    call_answer(c, c->arg[2], &info, sizeof(info));
}

/* Another vCPU's area is its owner's to change. */
static bool runstate_area(struct call *c, struct vcpu *v)
{
    struct vcpu_register_runstate_memory_area area;

    if (v != c->v || !runstate_area_served())
        return call_park(c, __HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area);
    if (call_fetch(c, c->arg[2], &area, sizeof(area)))
        runstate_area_set(c->pc, v, area.addr.p);
    return true;
}

static void set_periodic(struct call *c, struct vcpu *v)
{
    struct vcpu_set_periodic_timer set;

    if (!call_fetch(c, c->arg[2], &set, sizeof(set)))
        return;
    if (set.period_ns < PERIOD_MIN_NS || set.period_ns > PERIOD_MAX_NS)
        c->result = -SHIM_EINVAL;
    else
        timer_set_periodic(c->pc, v, set.period_ns);
}

/* VCPU_SSHOTTMR_future is ignored, as Xen 4.17 ignores it: a past deadline fires at once. */
static void set_singleshot(struct call *c, struct vcpu *v)
{
    struct vcpu_set_singleshot_timer set;

    if (v != c->v)
        c->result = -SHIM_EINVAL;
    else if (call_fetch(c, c->arg[2], &set, sizeof(set)))
        timer_set_singleshot(c->pc, v, set.timeout_abs_ns);
}

static void send_nmi(struct call *c, struct vcpu *v)
{
    if (c->arg[2])
        c->result = -SHIM_EINVAL;
    else if (!(__atomic_fetch_or(&v->rec->flags, IRX_VCPUF_NMI_PENDING, __ATOMIC_SEQ_CST) &
               IRX_VCPUF_NMI_PENDING))
        sched_kick(c->pc, v);
}

static bool bring_up(struct call *c, struct vcpu *v)
{
    if (!(v->rec->flags & IRX_VCPUF_INITIALISED)) /* its registers, if it has any, are with Xen */
        return call_park(c, __HYPERVISOR_vcpu_op, VCPUOP_up);
    if (!sched_is_up(v))
        sched_bring_up(c->pc, v);
    return true;
}

/* The last one that goes down shuts the domain down. */
static bool go_down(struct call *c, struct vcpu *v)
{
    if (v != c->v || !sched_others_up(v))
        return call_park(c, __HYPERVISOR_vcpu_op, VCPUOP_down);
    sched_down(v);
    return true;
}

bool hypercall_vcpu(struct call *c)
{
    struct vcpu *v;

    if ((uint32_t)c->arg[1] >= c->v->d->vcpu_count)
        return call_result(c, -SHIM_ENOENT);
    v = &c->v->d->vcpus[index_nospec((uint32_t)c->arg[1], c->v->d->vcpu_count)];
    switch ((int)c->arg[0]) {
    case VCPUOP_up:
        return bring_up(c, v);
    case VCPUOP_down:
        return go_down(c, v);
    case VCPUOP_is_up:
        return call_result(c, sched_is_up(v));
    case VCPUOP_get_runstate_info:
        runstate_info(c, v);
        return true;
    case VCPUOP_register_runstate_memory_area:
        return runstate_area(c, v);
    case VCPUOP_set_periodic_timer:
        set_periodic(c, v);
        return true;
    case VCPUOP_stop_periodic_timer:
        timer_set_periodic(c->pc, v, 0);
        return true;
    case VCPUOP_set_singleshot_timer:
        set_singleshot(c, v);
        return true;
    case VCPUOP_stop_singleshot_timer:
        if (v != c->v)
            return call_result(c, -SHIM_EINVAL);
        timer_stop_singleshot(v);
        return true;
    case VCPUOP_get_physid: /* for a pinned hardware domain only */
        return call_result(c, -SHIM_EINVAL);
    case VCPUOP_send_nmi:
        send_nmi(c, v);
        return true;
    case VCPUOP_initialise:
    case VCPUOP_register_vcpu_info:
    case VCPUOP_register_vcpu_time_memory_area:
        return call_park(c, __HYPERVISOR_vcpu_op, c->arg[0]);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}
