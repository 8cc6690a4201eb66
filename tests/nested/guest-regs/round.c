/* SPDX-License-Identifier: GPL-2.0-only */
/* One round: fill, spend some time where no instruction touches what was filled, compare. */
#include "guest.h"

#define OFF_TSC     4000000u /* what a loop with interrupts off is meant to last: its timer's share */
#define STORM       400u     /* pairs of exceptions */
#define STEPS       400u
#define SHADOWS     50000u
#define MTRR_LAST   0x20fu
#define NMI_WAIT_NS 1000000000u
#define CALIBRATION 1000000u

/* CF PF AF ZF SF DF OF, IOPL, NT, AC, ID */
#define FLAGS_ANY (0xcd5u | 3u << 12 | 1u << 14 | 1u << 18 | 1u << 21)

static const char *const gpr_names[] = {"r15", "r14", "r13", "r12", "r11", "r10", "r9", "r8",
                                        "rdi", "rsi", "rbp", "rbx", "rdx", "rcx", "rax"};
static uint64_t loops_us; /* iterations of LOOP in a microsecond */

/* How each kind runs: where from, where to, at which privilege. */
static const struct plan {
    const char *start, *end;
    bool user, interrupts, loop;
    uint64_t loops;
} plans[REGS_KINDS] = {
    [REGS_USER] = {spin, spin, true, true, false, 0},
    [REGS_KERNEL] = {spin, spin, false, true, false, 0},
    [REGS_COMPAT] = {spin, spin, true, true, false, 0},
    [REGS_OFF] = {spin_off, spin_off_end, false, false, true, 0},
    [REGS_HALT] = {spin_halt, spin_halt, false, true, false, 0},
    [REGS_EXCEPTIONS] = {spin_exceptions, spin_exceptions_end, true, true, true, STORM},
    [REGS_STEP] = {spin_off, spin_off_end, true, true, true, STEPS},
    [REGS_STI] = {spin_sti, spin_sti_end, false, false, true, SHADOWS},
    [REGS_MOV_SS] = {spin_mov_ss, spin_mov_ss_end, false, true, true, SHADOWS},
    [REGS_PARK] = {spin_park, spin_park_end, false, true, false, 0},
};

bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void mismatch(struct cpu *c, const char *name, uint64_t expected, uint64_t found)
{
    struct regs_mismatch *m = &c->status->first;

    if (c->status->mismatches == 0) {
        for (unsigned int i = 0; i < REGS_NAME - 1 && name[i]; i++)
            m->name[i] = name[i];
        m->expected = expected;
        m->found = found;
        m->round = c->status->rounds;
        m->kind = c->kind;
    }
    __atomic_store_n(&c->status->mismatches, c->status->mismatches + 1, __ATOMIC_RELEASE);
}

uint64_t spoil(const struct cpu *c, const char *name)
{
    if (c->id || c->status->rounds != options.spoil_round || !same(name, options.spoil))
        return 0;
    return 1ull << options.spoil_bit;
}

/* TSC and system time never go back, and the TSC is behind no other vCPU's. */
void check_time(struct cpu *c)
{
    static volatile uint64_t latest;
    uint64_t before = __atomic_load_n(&latest, __ATOMIC_ACQUIRE), now = rdtsc(), seen = before;

    if (now < c->last_tsc)
        mismatch(c, "tsc", c->last_tsc, now);
    else if (now < before)
        mismatch(c, "tsc_other_vcpu", before, now);
    c->last_tsc = now;
    while (now > seen && !__atomic_compare_exchange_n(&latest, &seen, now, false, __ATOMIC_SEQ_CST,
                                                      __ATOMIC_SEQ_CST))
        ;
}

static uint64_t check_system_time(struct cpu *c)
{
    uint64_t now = xen_now_ns();

    if (now < c->last_ns)
        mismatch(c, "system_time", c->last_ns, now);
    return c->last_ns = now;
}

/* ---- fill ---- */

static uint64_t loops_of(const struct cpu *c, const struct plan *p)
{
    if (c->kind == REGS_OFF)
        return loops_us * options.interval_us + 1;
    return p->loops;
}

static uint64_t flags_of(struct cpu *c, const struct plan *p)
{
    uint64_t flags = (random64(c) & FLAGS_ANY) | FLAG_FIXED;

    if (p->interrupts)
        flags |= FLAG_IF;
    if (c->kind == REGS_STEP)
        flags |= FLAG_TF;
    return flags;
}

static void fill_image(struct cpu *c, const struct plan *p)
{
    struct frame *f = &c->image;

    for (unsigned int i = 0; i < 15; i++)
        f->gpr[i] = random64(c);
    if (p->loop)
        f->gpr[GPR_RCX] = loops_of(c, p);
    if (c->kind == REGS_MOV_SS)
        f->gpr[GPR_R8] = SEL_DATA;
    if (c->kind == REGS_PARK) {
        f->gpr[GPR_RCX] = MTRR_LAST;
        f->gpr[GPR_RAX] = (uint32_t)rdmsr(MTRR_LAST);
        f->gpr[GPR_RDX] = rdmsr(MTRR_LAST) >> 32;
    }
    f->rip = (uintptr_t)p->start;
    f->rsp = random64(c);
    f->cs = c->kind == REGS_COMPAT ? SEL_UCODE32 : p->user ? SEL_UCODE : SEL_CODE;
    f->ss = p->user ? SEL_UDATA : SEL_DATA;
    f->rflags = flags_of(c, p);
    if (c->kind == REGS_COMPAT) { /* the upper halves are open then */
        for (unsigned int i = 0; i < 15; i++)
            f->gpr[i] = (uint32_t)f->gpr[i];
        f->rsp = (uint32_t)f->rsp;
    }
    c->end_rip = (uintptr_t)p->end;
    c->counted = 0;
    c->to_count = c->kind == REGS_EXCEPTIONS ? 2 * STORM : c->kind == REGS_STEP ? STEPS : 0;
}

/* On the way in and, so that the expectation is right, on the way out. */
static void spoil_image(struct cpu *c)
{
    struct frame *f = &c->image;

    for (unsigned int i = 0; i < 15; i++)
        f->gpr[i] ^= spoil(c, gpr_names[i]);
    f->rsp ^= spoil(c, "rsp");
    f->rflags ^= spoil(c, "rflags");
}

static void set_timer(struct cpu *c)
{
    uint64_t now = check_system_time(c);

    c->timer_fired = false;
    if (c->kind == REGS_OFF || c->kind == REGS_PARK)
        return;
    if (plans[c->kind].loop)
        xen_set_timer(c, now + 50000);
    else
        xen_set_timer(c, now + options.interval_us * 1000);
}

/* ---- compare ---- */

static void compare(struct cpu *c, const char *name, uint64_t expected, uint64_t found)
{
    if (expected != found)
        mismatch(c, name, expected, found);
}

static void compare_frame(struct cpu *c, const struct frame *f)
{
    struct frame *want = &c->image;

    spoil_image(c);
    if (plans[c->kind].loop)
        want->gpr[GPR_RCX] = 0;
    for (unsigned int i = 0; i < 15; i++)
        compare(c, gpr_names[i], want->gpr[i], f->gpr[i]);
    if (c->kind == REGS_HALT)
        c->end_rip = f->rip == (uintptr_t)spin_halt ? f->rip : (uintptr_t)spin_halt + 1;
    compare(c, "rip", c->end_rip, f->rip);
    compare(c, "cs", want->cs, f->cs);
    /* RF tells how the trap came: QEMU sets it for an interrupt, a CPU does not. */
    compare(c, "rflags", want->rflags, f->rflags & ~(uint64_t)FLAG_RF);
    compare(c, "rsp", want->rsp, f->rsp);
    compare(c, "ss", want->ss, f->ss);
    compare(c, "exceptions", c->to_count, c->counted);
}

static void count(struct cpu *c, uint64_t paused_ns)
{
    struct regs_count *k = &c->status->kind[c->kind];

    c->in_round = false;
    k->rounds++;
    if (paused_ns != c->paused_ns)
        k->spanned++;
}

_Noreturn void round_end(struct cpu *c, const struct frame *f)
{
    count(c, xen_paused_ns(c));
    check_time(c);
    compare_frame(c, f);
    sysregs_compare(c);
    fpu_compare(c);
    round_leave(c->kernel_stack);
}

/* ---- an interrupt that waits in the local APIC ---- */

static void send_self(struct cpu *c)
{
    c->self_pending = c->kind <= REGS_HALT && (random64(c) >> 62) == 0;
    c->self_count = 0;
    if (c->self_pending)
        apic_send_self(c);
}

static void window(void)
{
    __asm__ volatile("sti; nop; nop; cli" : : : "memory");
}

/* CR8 is 0 again: it comes now, once. */
static void take_self(struct cpu *c)
{
    compare(c, "self_early", 0, c->self_count);
    xen_stop_timer(c); /* or it would end the next round early */
    window();
    xen_now_ns();
    window();
    compare(c, "self", c->self_pending, c->self_count);
    c->self_pending = false;
}

/* ---- the kinds ---- */

static void run_plan(struct cpu *c, const struct plan *p)
{
    send_self(c);
    fill_image(c, p);
    fpu_fill(c);
    sysregs_fill(c, p->user);
    if (c->kind == REGS_COMPAT)
        hidden_fill(c);
    set_timer(c);
    check_time(c);
    c->paused_ns = xen_paused_ns(c);
    c->in_round = true;
    spoil_image(c);
    round_enter(&c->image, &c->kernel_stack);
    if (c->kind == REGS_COMPAT)
        hidden_compare(c);
    take_self(c);
}

/* An NMI sends itself another; see nmi() in trap.c. The general registers are the compiler's. */
static void run_nmi(struct cpu *c)
{
    uint64_t until;

    c->nmi_count = 0;
    fpu_fill(c);
    sysregs_fill(c, false);
    c->paused_ns = xen_paused_ns(c);
    c->in_round = true;
    xen_send_nmi(c);
    /* Xen lets the second one in at an exit, if interrupts are off. */
    for (until = xen_now_ns() + NMI_WAIT_NS; c->nmi_count < 2 && xen_now_ns() < until;)
        check_time(c);
    count(c, xen_paused_ns(c));
    compare(c, "nmis", 2, c->nmi_count);
    sysregs_compare(c);
    fpu_compare(c);
}

void round_run(struct cpu *c, enum regs_kind kind)
{
    c->kind = kind;
    if (kind == REGS_NMI)
        run_nmi(c);
    else
        run_plan(c, &plans[kind]);
    c->status->rounds++;
}

/* How long a loop lasts. */
void round_init(struct cpu *c)
{
    uint64_t start, ns, n = CALIBRATION;

    if (c->id)
        return;
    start = xen_now_ns();
    __asm__ volatile("1: loop 1b" : "+c"(n));
    ns = xen_now_ns() - start;
    loops_us = CALIBRATION * 1000ull / (ns ? ns : 1);
}
