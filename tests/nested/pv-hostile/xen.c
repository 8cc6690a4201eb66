/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls, traps, and the second vCPU. */
#include "pv.h"

#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define VCPUS    2u
#define STACK    16384u
#define CALLBACK 256u
#define FAR_NS   1000000000000000ull

/* As start.S pushes them. */
struct frame {
    uint64_t gpr[15];
    uint64_t vector, code;
    uint64_t rip, cs, rflags, rsp, ss;
};

const struct start_info *start_info;
static struct shared_info *shared;
static struct trap_info traps[20];
static uint8_t second_stack[STACK] __attribute__((aligned(16)));
static struct vcpu_guest_context second_context;
static uint32_t own_port;
static volatile bool leaves_undone;
static void *undone[5]; /* of __builtin_setjmp() */

long hypercall(unsigned int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    register uint64_t r10 __asm__("r10") = d;
    register uint64_t r8 __asm__("r8") = e;
    long answer = number;

    __asm__ volatile("syscall"
                     : "+a"(answer), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
                     :
                     : "memory", "rcx", "r11");
    return answer;
}

_Noreturn void die(const char *what, uint64_t value)
{
    struct sched_shutdown crash = {.reason = SHUTDOWN_crash};

    say("\n{\"died\": \"");
    say(what);
    say_number("\", \"value\": ", value);
    say("}\n");
    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&crash, 0, 0, 0);
}

void must(long rc, const char *what)
{
    if (rc)
        die(what, (uint64_t)-rc);
}

/* ---- Traps ---- */

/* The rest of what was interrupted stays undone. */
static void leave_undone(void)
{
    leaves_undone = false;
    __builtin_longjmp(undone, 1);
}

static void take_event(void)
{
    /* Xen has masked events. There is one port, of the second vCPU's. */
    shared->vcpu_info[1].evtchn_upcall_pending = 0;
    shared->vcpu_info[1].evtchn_pending_sel = 0;
    __atomic_and_fetch(&shared->evtchn_pending[own_port / 64], ~(1ul << own_port % 64),
                       __ATOMIC_SEQ_CST);
}

void trap(struct frame *f);
void trap(struct frame *f)
{
    if (f->vector == CALLBACK) {
        take_event();
        f->rflags &= ~(1ull << 9); /* events stay masked */
        if (leaves_undone)
            leave_undone();
        return;
    }
    if (f->vector == 14 && f->rip == (uintptr_t)probe_at) {
        f->rip = (uintptr_t)probe_fault;
        return;
    }
    say_number("\ntrap ", f->vector);
    say_number(" code ", f->code);
    say_number(" cr2 ", shared->vcpu_info[0].arch.cr2);
    die("trap", f->rip);
}

static void init_traps(void)
{
    unsigned int n = 0;

    for (const struct stub *s = stubs; s < stubs_end; s++)
        if (s->vector != CALLBACK)
            traps[n++] = (struct trap_info){
                .vector = (uint8_t)s->vector,
                .flags = 4, /* events masked */
                .cs = FLAT_KERNEL_CS,
                .address = s->entry,
            };
    must(hypercall(__HYPERVISOR_set_trap_table, (uintptr_t)traps, 0, 0, 0, 0), "set_trap_table");
}

static uint64_t callback(void)
{
    for (const struct stub *s = stubs; s < stubs_end; s++)
        if (s->vector == CALLBACK)
            return s->entry;
    return 0;
}

void xen_init(const struct start_info *info)
{
    start_info = info;
    init_traps();
    must(hypercall(__HYPERVISOR_set_callbacks, callback(), callback(), callback(), 0, 0),
         "set_callbacks");
}

static void map_shared_info(void)
{
    unsigned int pfn;

    if (shared)
        return;
    pfn = take(); /* for its address */
    kind[pfn] = KEPT;
    must(map(va(pfn), start_info->shared_info | P_WRITE), "shared_info");
    shared = va(pfn);
}

/* ---- Time ---- */

uint64_t now_ns(void)
{
    volatile struct vcpu_time_info *t;
    uint32_t version, low, high;
    uint64_t ns;

    map_shared_info();
    t = &shared->vcpu_info[0].time;
    do {
        version = t->version;
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
        ns = ((uint64_t)high << 32 | low) - t->tsc_timestamp;
        ns = t->tsc_shift < 0 ? ns >> -t->tsc_shift : ns << t->tsc_shift;
        ns = (uint64_t)((unsigned __int128)ns * t->tsc_to_system_mul >> 32) + t->system_time;
    } while (version & 1 || version != t->version);
    return ns;
}

/* Events are masked, so that nothing but the time wakes it. */
void sleep_ms(unsigned int ms)
{
    struct sched_poll poll = {.nr_ports = 0, .timeout = now_ns() + ms * 1000000ull};

    must(hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0, 0, 0), "poll");
}

/* ---- The second vCPU ---- */

unsigned int self(void)
{
    const uintptr_t at = (uintptr_t)__builtin_frame_address(0);

    return at >= (uintptr_t)second_stack && at < (uintptr_t)second_stack + STACK;
}

uint32_t ipi_port(unsigned int vcpu)
{
    struct evtchn_bind_ipi bind = {.vcpu = vcpu};

    must(hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (uintptr_t)&bind, 0, 0, 0),
         "bind_ipi");
    return bind.port;
}

void start_second(uint64_t cr3)
{
    struct vcpu_guest_context *c = &second_context;
    struct vcpu_runstate_info info;

    map_shared_info();
    if (hypercall(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 1, (uintptr_t)&info, 0, 0))
        die("it has one vCPU", 0);
    own_port = ipi_port(1);
    shared->vcpu_info[1].evtchn_upcall_mask = 1;
    c->flags = VGCF_in_kernel;
    c->user_regs.rip = (uintptr_t)start_vcpu;
    c->user_regs.rsp = (uintptr_t)second_stack + STACK;
    c->user_regs.rflags = 1u << 12; /* IOPL 1 is the kernel's */
    c->user_regs.cs = FLAT_KERNEL_CS;
    c->user_regs.ss = FLAT_KERNEL_SS;
    c->kernel_ss = FLAT_KERNEL_SS;
    c->kernel_sp = c->user_regs.rsp;
    for (unsigned int i = 0; i < sizeof(traps) / sizeof(traps[0]); i++)
        if (traps[i].address)
            c->trap_ctxt[traps[i].vector] = traps[i];
    c->event_callback_eip = c->failsafe_callback_eip = c->syscall_callback_eip = callback();
    c->ctrlreg[3] = cr3;
    must(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, (uintptr_t)c, 0, 0),
         "VCPUOP_initialise");
    must(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_up, 1, 0, 0, 0), "VCPUOP_up");
}

static bool op_until_event(unsigned int cmd, unsigned int pfn, long *rc)
{
    struct evtchn_send send = {.port = own_port};
    bool left_it = __builtin_setjmp(undone);

    if (left_it)
        return true;
    must(hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send, 0, 0, 0),
         "send");
    leaves_undone = true;
    __atomic_store_n(&shared->vcpu_info[1].evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
    *rc = mmuext(cmd, mfn(pfn));
    /* Not interrupted, or an event came before it began, and it is to be asked again. */
    leaves_undone = false;
    shared->vcpu_info[1].evtchn_upcall_mask = 1;
    return false;
}

bool interrupted_op(unsigned int cmd, unsigned int pfn, long *rc)
{
    return op_until_event(cmd, pfn, rc);
}
