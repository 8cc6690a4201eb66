/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest asks of Xen for itself: vCPUs, events between them, the time. */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00 /* the default is compatible with Xen 3.0 */
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/params.h>
#include <xen/arch-x86/hvm/start_info.h>

#define XEN_LEAF        0x40000000u
#define SHARED_INFO_GFN 0x30000u /* above the guest's memory, within what start.S maps */

static struct shared_info *shared_info(void)
{
    return (void *)((uintptr_t)SHARED_INFO_GFN << 12);
}

long hypercall5(unsigned int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    long result = number;

    __asm__ volatile("vmmcall"
                     : "+a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
                     :
                     : "memory");
    return result;
}

static long op(unsigned int number, unsigned int sub, const void *arg)
{
    return hypercall5(number, sub, (uintptr_t)arg, 0, 0, 0);
}

static void must(long rc)
{
    if (rc)
        __asm__ volatile("ud2" : : "a"(rc));
}

bool xen_init(uint64_t start_info, const char **command_line)
{
    const struct hvm_start_info *info = (void *)start_info;
    struct xen_add_to_physmap map = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = SHARED_INFO_GFN,
    };
    struct xen_hvm_param callback = {
        .domid = DOMID_SELF,
        .index = HVM_PARAM_CALLBACK_IRQ,
        .value = 2ull << 56 | VECTOR_UPCALL,
    };

    if (info->magic != XEN_HVM_START_MAGIC_VALUE)
        return false;
    *command_line = info->cmdline_paddr ? (const char *)info->cmdline_paddr : "";
    must(op(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &map));
    must(op(__HYPERVISOR_hvm_op, HVMOP_set_param, &callback));
    return true;
}

void xen_start_worker(struct worker *w)
{
    static struct vcpu_hvm_context context;

    context.mode = VCPU_HVM_MODE_64B;
    context.cpu_regs.x86_64.rip = (uintptr_t)start_vcpu;
    context.cpu_regs.x86_64.rsp = (uintptr_t)&w->stacks[2].worker - 64;
    context.cpu_regs.x86_64.rdi = (uintptr_t)w;
    context.cpu_regs.x86_64.rflags = FLAG_FIXED;
    __asm__("mov %%cr0, %0" : "=r"(context.cpu_regs.x86_64.cr0));
    __asm__("mov %%cr3, %0" : "=r"(context.cpu_regs.x86_64.cr3));
    __asm__("mov %%cr4, %0" : "=r"(context.cpu_regs.x86_64.cr4));
    context.cpu_regs.x86_64.efer = rdmsr(0xc0000080u);
    xen_start_vcpu(w, &context);
}

void xen_start_vcpu(struct worker *w, const void *context)
{
    w->port = xen_bind_ipi(w->id);
    must(hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_initialise, w->id, (uintptr_t)context, 0, 0));
    must(hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, w->id, 0, 0, 0));
    must(hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_up, w->id, 0, 0, 0));
}

uint32_t xen_vcpu_info(unsigned int vcpu)
{
    return (uint32_t)(uintptr_t)&shared_info()->vcpu_info[vcpu];
}

/* On its own vCPU. */
void xen_init_vcpu(struct worker *w)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER, .vcpu = w->id};

    must(op(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &virq));
    w->timer_port = virq.port;
    must(hypercall5(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, w->id, 0, 0, 0));
}

uint64_t xen_now_ns(void)
{
    struct xen_hvm_get_time t = {0};

    op(__HYPERVISOR_hvm_op, HVMOP_get_time, &t);
    return t.now;
}

uint32_t xen_bind_ipi(unsigned int vcpu)
{
    struct evtchn_bind_ipi bind = {.vcpu = vcpu};

    must(op(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, &bind));
    return bind.port;
}

void xen_send(uint32_t port)
{
    op(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &port);
}

bool xen_mask(uint32_t port, bool masked)
{
    uint64_t *word = &shared_info()->evtchn_mask[port / 64], bit = 1ull << (port % 64), old;

    if (fifo)
        return fifo_mask(port, masked);
    old = masked ? __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST)
                 : __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST);

    return old & bit;
}

bool xen_take(uint32_t port)
{
    uint64_t bit = 1ull << (port % 64);

    if (fifo)
        return fifo_take(port);
    return __atomic_fetch_and(&shared_info()->evtchn_pending[port / 64], ~bit, __ATOMIC_SEQ_CST) &
           bit;
}

void xen_await(uint32_t port, uint64_t until_ns)
{
    struct sched_poll poll = {.nr_ports = 1, .timeout = until_ns};

    set_xen_guest_handle(poll.ports, &port);
    while (!xen_take(port)) {
        op(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll);
        if (until_ns && xen_now_ns() >= until_ns)
            break;
    }
    xen_take(port);
}

void xen_ack_upcall(unsigned int vcpu)
{
    volatile struct vcpu_info *v = &shared_info()->vcpu_info[vcpu];

    v->evtchn_upcall_pending = 0;
    __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
}
