/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit code: what it is told by CPUID and MSRs, and its hypercalls, whose arguments are in EBX, ECX,
 * EDX, ESI, EDI and whose structures are the 32-bit ABI's. Xen goes by the code segment, not by how
 * the guest was started (hvm_guest_x86_mode()).
 */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

struct call {
    const char *name;
    uint32_t number, sub, content;
};

static uint64_t ask_cpuid(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = k->a};
    uint64_t trapped = run32(w, code_cpuid, (unsigned int)k->b, &f);

    (void)word;
    if (k->a == 1)
        f.rbx &= 0xffffff;
    return trapped ? trapped : fold(fold(fold(f.rax, f.rbx), f.rcx), f.rdx);
}

static uint64_t ask_rdmsr(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rcx = k->a};
    uint64_t trapped = run32(w, code_rdmsr, (unsigned int)k->b, &f);

    (void)word;
    return trapped ? trapped : f.rax | f.rdx << 32;
}

/* Words: with something to point at, with nothing there. */
static uint64_t ask_hypercall(struct worker *w, const struct query *k, unsigned int word)
{
    const struct call *call = k->p;
    uint32_t *buffer = (void *)(w->data[0] + 512), good = (uint32_t)(uintptr_t)buffer;
    bool vcpu = call->number == __HYPERVISOR_vcpu_op;
    struct frame f = {.rax = call->number, .rbx = call->sub};
    uint64_t trapped;

    for (unsigned int i = 0; i < 64; i++)
        buffer[i] = 0;
    buffer[0] = call->content;
    f.rcx = vcpu ? w->id : word == 1 ? 0x7ffff000 : good;
    f.rdx = word == 1 ? 0x7ffff000 : good;
    trapped = run32(w, code_vmmcall, (unsigned int)k->b, &f);
    if (trapped)
        return trapped;
    /* Times go on. */
    if ((vcpu && call->sub == VCPUOP_get_runstate_info) ||
        (call->number == __HYPERVISOR_hvm_op && call->sub == HVMOP_get_time))
        return f.rax;
    return fold_bytes(0, buffer, 256) << 32 | (uint32_t)f.rax;
}

void group_compat(void)
{
    static const struct call calls[] = {
        {"version", __HYPERVISOR_xen_version, XENVER_version, 0},
        {"capabilities", __HYPERVISOR_xen_version, XENVER_capabilities, 0},
        {"features", __HYPERVISOR_xen_version, XENVER_get_features, 0},
        {"parameters", __HYPERVISOR_xen_version, XENVER_platform_parameters, 0},
        {"send", __HYPERVISOR_event_channel_op, EVTCHNOP_send, 900},
        {"status", __HYPERVISOR_event_channel_op, EVTCHNOP_status, DOMID_SELF},
        {"unmask", __HYPERVISOR_event_channel_op, EVTCHNOP_unmask, 900},
        {"yield", __HYPERVISOR_sched_op, SCHEDOP_yield, 0},
        {"vcpu up", __HYPERVISOR_vcpu_op, VCPUOP_is_up, 0},
        {"run state", __HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0},
        {"time", __HYPERVISOR_hvm_op, HVMOP_get_time, 0},
        {"parameter", __HYPERVISOR_hvm_op, HVMOP_get_param, DOMID_SELF},
        {"reservation", __HYPERVISOR_memory_op, XENMEM_current_reservation, DOMID_SELF},
        {"gpfn", __HYPERVISOR_memory_op, XENMEM_maximum_gpfn, DOMID_SELF},
        {"console", __HYPERVISOR_console_io, 99, 0},
        {"unknown", 60, 0, 0},
        {"beyond", 0xffff, 0, 0},
    };
    static const uint32_t leaves[] = {0, 1, 7, 0xd, 0x40000000, 0x40000001, 0x80000001, 0x80000008};
    static const uint32_t msrs[] = {0x1b, 0x174, 0xc0000080, 0xc0000082, 0xc0000100};

    for (uint64_t cpl = 0; cpl <= 3; cpl += 3) {
        const char *level = cpl ? " user" : "";

        for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
            add(ask_cpuid, 1, leaves[i], cpl, NULL, "compat cpuid %x%s", leaves[i], level);
        for (unsigned int i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
            add(ask_rdmsr, 1, msrs[i], cpl, NULL, "compat rdmsr %x%s", msrs[i], level);
        for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
            add(ask_hypercall, cpl ? 1 : 2, 0, cpl, &calls[i], "compat %s%s", calls[i].name, level);
    }
}
