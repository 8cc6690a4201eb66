/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest asks of Xen: a timer's event for each vCPU, NMIs, the time. */
#include "guest.h"

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

static uint8_t hypercalls[4096] __attribute__((aligned(4096)));
static uint8_t ap_stack[STACK_SIZE] __attribute__((aligned(16)));

static volatile struct shared_info *shared_info(void)
{
    return (void *)((uintptr_t)SHARED_INFO_GFN << 12);
}

/* A debug build of Xen spoils the registers of the arguments. */
static long hypercall(unsigned int number, uint64_t a, uint64_t b, const void *arg)
{
    uint64_t third = (uintptr_t)arg;
    long result;

    __asm__ volatile("call *%4"
                     : "=a"(result), "+D"(a), "+S"(b), "+d"(third)
                     : "r"(hypercalls + 32 * number)
                     : "memory", "rcx", "r8", "r10");
    return result;
}

static long op(unsigned int number, unsigned int sub, const void *arg)
{
    return hypercall(number, sub, (uintptr_t)arg, NULL);
}

static long vcpu_op(unsigned int sub, const struct cpu *c, const void *arg)
{
    return hypercall(__HYPERVISOR_vcpu_op, sub, c->id, arg);
}

static __attribute__((noinline)) void must(const struct cpu *c, long rc)
{
    if (rc)
        refused(c, rc, (uintptr_t)__builtin_return_address(0));
}

static bool find_hypercalls(void)
{
    uint32_t r[4];

    for (uint32_t leaf = XEN_LEAF; leaf < XEN_LEAF + 0x10000; leaf += 0x100) {
        cpuid(leaf, r);
        if (r[1] != 0x566e6558 || r[2] != 0x65584d4d || r[3] != 0x4d4d566e)
            continue;
        cpuid(leaf + 2, r);
        wrmsr(r[1], (uintptr_t)hypercalls);
        return true;
    }
    return false;
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

    if (info->magic != XEN_HVM_START_MAGIC_VALUE || !find_hypercalls())
        return false;
    *command_line = info->cmdline_paddr ? (const char *)info->cmdline_paddr : "";
    must(&cpus[0], op(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &map));
    must(&cpus[0], op(__HYPERVISOR_hvm_op, HVMOP_set_param, &callback));
    return true;
}

void xen_start_vcpu(struct cpu *c)
{
    static struct vcpu_hvm_context context;

    context.mode = VCPU_HVM_MODE_64B;
    context.cpu_regs.x86_64.rip = (uintptr_t)start_vcpu;
    context.cpu_regs.x86_64.rsp = (uintptr_t)(ap_stack + sizeof(ap_stack));
    context.cpu_regs.x86_64.rdi = (uintptr_t)c;
    context.cpu_regs.x86_64.rflags = FLAG_FIXED;
    __asm__("mov %%cr0, %0" : "=r"(context.cpu_regs.x86_64.cr0));
    __asm__("mov %%cr3, %0" : "=r"(context.cpu_regs.x86_64.cr3));
    __asm__("mov %%cr4, %0" : "=r"(context.cpu_regs.x86_64.cr4));
    context.cpu_regs.x86_64.efer = rdmsr(0xc0000080u);
    must(c, vcpu_op(VCPUOP_initialise, c, &context));
    must(c, vcpu_op(VCPUOP_up, c, NULL));
}

/* The second vCPU is told of events by its local APIC too, and then twice: the second one is spurious. */
void xen_init_vcpu(struct cpu *c)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER, .vcpu = c->id};
    struct xen_hvm_evtchn_upcall_vector upcall = {.vcpu = c->id, .vector = VECTOR_UPCALL_APIC};

    must(c, op(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &virq));
    c->timer_port = virq.port;
    must(c, vcpu_op(VCPUOP_stop_periodic_timer, c, NULL));
    if (c->id)
        must(c, op(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, &upcall));
}

uint64_t xen_now_ns(void)
{
    struct xen_hvm_get_time t = {0};

    op(__HYPERVISOR_hvm_op, HVMOP_get_time, &t);
    return t.now;
}

uint64_t xen_paused_ns(const struct cpu *c)
{
    struct vcpu_runstate_info info = {0};

    vcpu_op(VCPUOP_get_runstate_info, c, &info);
    return info.time[RUNSTATE_offline];
}

void xen_set_timer(const struct cpu *c, uint64_t ns)
{
    struct vcpu_set_singleshot_timer set = {.timeout_abs_ns = ns};

    vcpu_op(VCPUOP_set_singleshot_timer, c, &set);
}

void xen_stop_timer(const struct cpu *c)
{
    vcpu_op(VCPUOP_stop_singleshot_timer, c, NULL);
}

void xen_send_nmi(const struct cpu *c)
{
    vcpu_op(VCPUOP_send_nmi, c, NULL);
}

void xen_sleep(uint64_t ns)
{
    struct sched_poll nothing = {.timeout = xen_now_ns() + ns};

    do /* any event ends a poll */
        op(__HYPERVISOR_sched_op, SCHEDOP_poll, &nothing);
    while (xen_now_ns() < nothing.timeout);
}

_Noreturn void xen_stop(void)
{
    struct sched_poll nothing = {0};

    for (;;)
        op(__HYPERVISOR_sched_op, SCHEDOP_poll, &nothing);
}

bool xen_take_events(const struct cpu *c)
{
    volatile struct vcpu_info *v = &shared_info()->vcpu_info[c->id];
    bool timer = false;
    uint64_t words;

    v->evtchn_upcall_pending = 0;
    words = __atomic_exchange_n(&v->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (unsigned int w = 0; w < 64; w++) {
        uint64_t bit = 1ull << (c->timer_port % 64);

        if ((words >> w & 1) && w == c->timer_port / 64)
            timer |= __atomic_fetch_and(&shared_info()->evtchn_pending[w], ~bit, __ATOMIC_SEQ_CST) &
                     bit;
    }
    return timer;
}
