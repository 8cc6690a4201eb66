/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls of 64-bit guests: what a guest asks for in steady state, and what Xen refuses
 * at once. All else is parked, the instruction not retired. Source: Xen's hvm/hypercall.c and
 * the column hvm64 of its table, include/hypercall-defs.c.
 */
#include "hypercall.h"

#include "core/vendor.h"
#include "core/xenabi.h"
#include "gmem.h"
#include "handlers.h"
#include "insn.h"
#include "timer.h"

bool call_fetch(struct call *c, uint64_t va, void *to, unsigned int len)
{
    if (gmem_read(c->pc, c->v, va, to, len))
        return true;
    c->result = -SHIM_EFAULT;
    return false;
}

bool call_answer(struct call *c, uint64_t va, const void *from, unsigned int len)
{
    if (gmem_write(c->pc, c->v, va, from, len))
        return true;
    c->result = -SHIM_EFAULT;
    return false;
}

bool call_park(struct call *c, uint64_t number, uint64_t sub)
{
    c->v->park_detail = (uint32_t)((number & 0xffff) | sub << 16);
    return false;
}

bool call_result(struct call *c, int64_t result)
{
    c->result = result;
    return true;
}

static bool dispatch(struct call *c, uint64_t number)
{
    switch (number) {
    case __HYPERVISOR_event_channel_op:
        return hypercall_event_channel(c);
    case __HYPERVISOR_sched_op:
        return hypercall_sched(c);
    case __HYPERVISOR_vcpu_op:
        return hypercall_vcpu(c);
    case __HYPERVISOR_set_timer_op:
        timer_set_op(c->pc, c->v, c->arg[0]);
        return true;
    case __HYPERVISOR_xen_version:
        return hypercall_version(c);
    case __HYPERVISOR_hvm_op:
        return hypercall_hvm(c);
    case __HYPERVISOR_memory_op:
        return hypercall_memory(c);
    case __HYPERVISOR_grant_table_op:
        return hypercall_grant_table(c);
    case __HYPERVISOR_physdev_op:
        return hypercall_physdev(c);
    case __HYPERVISOR_console_io:
        return hypercall_console(c);
    case __HYPERVISOR_platform_op:
    case __HYPERVISOR_multicall:
    case __HYPERVISOR_vm_assist:
    case __HYPERVISOR_mmuext_op:
    case __HYPERVISOR_xsm_op:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_domctl:
    case __HYPERVISOR_kexec_op: /* our patch gives it to HVM guests */
    case __HYPERVISOR_argo_op:
    case __HYPERVISOR_xenpmu_op:
    case __HYPERVISOR_dm_op:
    case __HYPERVISOR_hypfs_op:
    case __HYPERVISOR_arch_1: /* paging_domctl_cont */
        return call_park(c, number, c->arg[0]);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}

bool guest_hypercall(struct pcpu *pc, struct vcpu *v)
{
    uint64_t number = v->gpr[RAX];
    unsigned int length = insn_length(pc, v, INSN_HYPERCALL);
    struct call c = {
        .pc = pc,
        .v = v,
        .arg = {v->gpr[RDI], v->gpr[RSI], v->gpr[RDX], v->gpr[R10], v->gpr[R8]},
    };

    v->park_detail = (uint32_t)number;
    if (!length)
        return false;
    if (v->cpl) {
        c.result = -SHIM_EPERM;
    } else if (v->mode != 8 || !dispatch(&c, number)) {
        return false;
    }
    v->gpr[RAX] = (uint64_t)c.result;
    vendor_retire(v, length);
    return true;
}
