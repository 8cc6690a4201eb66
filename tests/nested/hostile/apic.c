/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC: each register read and written, by MSR or in its page as the guest was told
 * (x2apic), accesses of every width, interrupts to itself, its timer in each mode.
 */
#include "hostile.h"

#define APIC_PAGE     0xfee00000ull
#define MSR_X2APIC    0x800u
#define MSR_BASE      0x1bu
#define MSR_DEADLINE  0x6e0u
#define APIC_ID       0x20u
#define APIC_TPR      0x80u
#define APIC_PPR      0xa0u
#define APIC_LDR      0xd0u
#define APIC_SVR      0xf0u
#define APIC_IRR      0x200u
#define APIC_ESR      0x280u
#define APIC_ICR      0x300u
#define APIC_ICR2     0x310u
#define APIC_LVTT     0x320u
#define APIC_LVTERR   0x370u
#define APIC_TMICT    0x380u
#define APIC_TMCCT    0x390u
#define APIC_TDCR     0x3e0u
#define LVT_MASKED    (1u << 16)
#define MODE_ONESHOT  0u
#define MODE_PERIODIC (1u << 17)
#define MODE_DEADLINE (2u << 17)
#define SPIN_TSC      600000u
#define NOBODY        0x7f0001u /* no vCPU's id, and of no vCPU's cluster */
#define NOBODY_XAPIC  0xfeu
#define ICR_ASSERT    (1u << 14)

static uint64_t read(struct worker *w, uint32_t reg, uint64_t *value)
{
    struct frame f = {.rcx = MSR_X2APIC + (reg >> 4), .rdi = APIC_PAGE + reg};
    uint64_t trapped = run(w, w->x2apic ? code_rdmsr : code_load4, 0, &f);

    *value = w->x2apic ? (uint32_t)f.rax | f.rdx << 32 : f.rax;
    return trapped;
}

static uint64_t write(struct worker *w, uint32_t reg, uint64_t value)
{
    struct frame f = {.rcx = MSR_X2APIC + (reg >> 4), .rdi = APIC_PAGE + reg, .rax = value};

    if (w->x2apic) {
        f.rax = (uint32_t)value;
        f.rdx = value >> 32;
    }
    return run(w, w->x2apic ? code_wrmsr : code_store4, 0, &f);
}

static uint64_t get(struct worker *w, uint32_t reg)
{
    uint64_t value = 0;

    read(w, reg, &value);
    return value;
}

void apic_init(struct worker *w)
{
    uint64_t base = rdmsr(MSR_BASE);

    w->x2apic = option("x2apic", NULL);
    if (w->x2apic)
        wrmsr(MSR_BASE, base | 1u << 10);
    write(w, APIC_SVR, 0x1ff);
}

/* ---- what each question begins with ---- */

static void open_for(uint64_t tsc)
{
    uint64_t end = rdtsc() + tsc;

    __asm__ volatile("sti" : : : "memory");
    while (rdtsc() < end)
        ;
    __asm__ volatile("cli" : : : "memory");
}

static uint64_t counted(struct worker *w)
{
    uint64_t h = w->irqs[2] | w->irqs[VECTOR_A] << 8 | w->irqs[VECTOR_B] << 16;

    w->irqs[2] = w->irqs[VECTOR_A] = w->irqs[VECTOR_B] = 0;
    return h;
}

/* To itself, or to nobody. */
static uint64_t send(struct worker *w, uint32_t icr, bool self)
{
    uint32_t to = self ? 2 * w->id : w->x2apic ? NOBODY : NOBODY_XAPIC;

    if (w->x2apic)
        return write(w, APIC_ICR, icr | (uint64_t)to << 32);
    write(w, APIC_ICR2, (uint64_t)to << 24);
    return write(w, APIC_ICR, icr);
}

/*
 * The registers that questions leave behind, the errors, and no interrupt that waits, the upcall that
 * woke the vCPU neither. Xen's ESR keeps an error for good, and each comes once: both are here already
 * (but for ask_errors()).
 */
static void begin(struct worker *w)
{
    write(w, APIC_TPR, 0);
    write(w, APIC_SVR, 0x1ff);
    write(w, APIC_LVTERR, 0); /* that it cannot be delivered is an error of its own */
    send(w, ICR_ASSERT, true);
    for (uint32_t reg = APIC_LVTT; reg <= APIC_LVTERR; reg += 0x10)
        write(w, reg, LVT_MASKED);
    write(w, APIC_TMICT, 0);
    write(w, APIC_TDCR, 0);
    send(w, ICR_ASSERT | VECTOR_A, false);
    open_for(10000);
    counted(w);
}

/* What tells the vCPUs apart is taken out. */
static uint64_t without_id(const struct worker *w, uint32_t reg, uint64_t value)
{
    uint32_t id = 2 * w->id;

    if (reg == APIC_ID)
        return value ^ (w->x2apic ? id : id << 24);
    if (reg == APIC_LDR && w->x2apic)
        return value ^ (id >> 4 << 16 | 1u << (id & 15));
    return value;
}

static uint64_t ask_read(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t value, trapped;

    begin(w);
    trapped = read(w, (uint32_t)k->a + word, &value);
    return trapped ? trapped : without_id(w, (uint32_t)k->a, value);
}

/* Written, what is read then, and put back. */
static uint64_t ask_write(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t values[] = {0, 0xffffffff, 0x12345678, 0x100000000};
    uint32_t reg = (uint32_t)k->a;
    uint64_t old, now, trapped, none;

    begin(w);
    none = read(w, reg, &old);
    trapped = write(w, reg, values[word]);
    read(w, reg, &now);
    if (reg != APIC_TMICT && !none)
        write(w, reg, old);
    write(w, APIC_TMICT, 0);
    write(w, APIC_SVR, 0x1ff);
    return trapped ? trapped : none ? none : without_id(w, reg, now);
}

/* In the page only: accesses that are not 32 bits at the register's place. */
static uint64_t ask_width(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t places[] = {0x30, 0x31, 0x32, 0x34, 0x80, 0x84, 0xffc, 0xffe, 0xfff};
    struct frame f = {.rdi = APIC_PAGE + places[word], .rax = 0x20};
    uint64_t trapped, now;

    begin(w);
    trapped = run(w, k->p, 0, &f);
    now = get(w, APIC_TPR);
    write(w, APIC_TPR, 0);
    return trapped ? trapped : fold(f.rax, now);
}

/* ---- interrupts ---- */

/* An IPI (a: what is in the ICR; b: the destination is itself) comes or not, and what ESR says. */
static uint64_t ask_ipi(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t trapped, before, errors;

    begin(w);
    if (word == 1)
        write(w, APIC_TPR, 0x50);
    trapped = send(w, (uint32_t)k->a, k->b);
    open_for(50000);
    before = counted(w);
    write(w, APIC_TPR, 0);
    open_for(50000);
    write(w, APIC_ESR, 0);
    errors = get(w, APIC_ESR);
    write(w, APIC_ESR, 0);
    return trapped ? trapped : before | counted(w) << 24 | errors << 48;
}

/*
 * Errors come once: on a vCPU that had none, one after the other. A vector that cannot be sent, that
 * again, a timer's that cannot be received; ESR keeps them whatever is written to it.
 */
static uint64_t ask_errors(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t came;

    (void)k;
    open_for(10000);
    counted(w);
    write(w, APIC_LVTERR, VECTOR_B);
    if (word == 1 || word == 2)
        send(w, ICR_ASSERT | 5, true);
    if (word == 3) {
        write(w, APIC_LVTT, 5);
        write(w, APIC_TMICT, 1000);
    }
    if (word == 4)
        write(w, APIC_ESR, 0);
    open_for(SPIN_TSC);
    came = counted(w);
    write(w, APIC_TMICT, 0);
    write(w, APIC_LVTT, LVT_MASKED);
    write(w, APIC_LVTERR, LVT_MASKED);
    return came | get(w, APIC_ESR) << 32;
}

/* What IRR and PPR say of an interrupt that waits, by the task's priority. */
static uint64_t ask_priority(struct worker *w, const struct query *k, unsigned int word)
{
    /* Never of the class of VECTOR_A or VECTOR_B: the emulated CPU would not go on (README.md). */
    static const uint8_t tprs[] = {0, 0x18, 0x30, 0x3f, 0x50, 0x5f, 0x78, 0xa8};
    uint64_t h = 0;

    (void)k;
    begin(w);
    write(w, APIC_TPR, tprs[word]);
    write(w, APIC_ICR, 1u << 18 | 1u << 14 | VECTOR_A);
    write(w, APIC_ICR, 1u << 18 | 1u << 14 | VECTOR_B);
    for (uint32_t reg = 0; reg < 8; reg++)
        h = fold(h, get(w, APIC_IRR + 16 * reg));
    h = fold(h, get(w, APIC_PPR));
    open_for(30000);
    h = fold(h, counted(w));
    h = fold(h, get(w, APIC_PPR));
    write(w, APIC_TPR, 0);
    open_for(30000);
    return fold(h, counted(w));
}

/* ---- its timer ---- */

/* Whether it came, once or more often. Word: the divider. */
static uint64_t ask_timer(struct worker *w, const struct query *k, unsigned int word)
{
    const uint32_t dividers[] = {0, 1, 2, 3, 8, 9, 10, 11}, mode = (uint32_t)k->a;
    const unsigned int shift = (word + 1) & 7; /* by 2, 4, ... 128, 1 */
    uint64_t count = k->b ? k->b : 20000u >> shift, came;

    begin(w);
    write(w, APIC_TDCR, dividers[word]);
    write(w, APIC_LVTT, mode | VECTOR_A);
    if ((mode & (3u << 17)) == MODE_DEADLINE)
        wrmsr(MSR_DEADLINE, k->b ? k->b : rdtsc() + 200000);
    else
        write(w, APIC_TMICT, count);
    open_for(SPIN_TSC);
    came = w->irqs[VECTOR_A];
    write(w, APIC_TMICT, 0);
    write(w, APIC_LVTT, LVT_MASKED);
    write(w, APIC_TDCR, 0);
    open_for(10000);
    counted(w);
    return came > 1 ? 2 : came;
}

#define EXPIRES_NS 200000u

/* One that expires while it is masked, and is unmasked then; one that is changed under way. */
static uint64_t ask_masked(struct worker *w, const struct query *k, unsigned int word)
{
    const uint32_t mode = word & 1 ? MODE_PERIODIC : MODE_ONESHOT;
    unsigned int tries = 0;
    uint64_t came, begun;

    (void)k;
    begin(w);
    write(w, APIC_TDCR, 11); /* by 1 */
    do {                     /* until nobody else had a turn on this CPU meanwhile */
        w->irqs[VECTOR_A] = 0;
        write(w, APIC_LVTT, mode | LVT_MASKED | VECTOR_A);
        begun = rdtsc();
        write(w, APIC_TMICT, EXPIRES_NS / 10);
        open_for(word & 2 ? EXPIRES_NS / 2 : 500000);
        write(w, APIC_LVTT, mode | VECTOR_A);
    } while ((word & 2) && rdtsc() - begun > EXPIRES_NS && ++tries < 1000);
    open_for(500000);
    came = w->irqs[VECTOR_A];
    write(w, APIC_TMICT, 0);
    write(w, APIC_LVTT, LVT_MASKED);
    write(w, APIC_TDCR, 0);
    open_for(10000);
    counted(w);
    return came > 1 ? 2 : came;
}

#define AT_ONCE_TSC 40000 /* what is read in less was read at one moment */

/* The remaining count, and when it was: others may have had their turns while it was read. */
static uint64_t count_at(struct worker *w, uint64_t *tsc)
{
    uint64_t count, before, after;
    unsigned int tries = 0;

    do {
        before = rdtsc();
        count = get(w, APIC_TMCCT);
        after = rdtsc();
    } while (after - before > AT_ONCE_TSC && ++tries < 1000);
    *tsc = before + (after - before) / 2;
    return count;
}

/* The remaining count goes down, by the divider's pace (to an eighth of the undivided one). */
static uint64_t ask_count(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t from, to, begun, ended;

    (void)k;
    begin(w);
    write(w, APIC_TDCR, word ? 0 : 11); /* by 1, by 2 */
    write(w, APIC_LVTT, LVT_MASKED | VECTOR_A);
    write(w, APIC_TMICT, 0x10000000);
    from = count_at(w, &begun);
    open_for(2000000);
    to = count_at(w, &ended);
    write(w, APIC_TMICT, 0);
    write(w, APIC_TDCR, 0);
    return get(w, APIC_TMCCT) << 32 | ((from - to) * 80 + (ended - begun) / 2) / (ended - begun);
}

/* Changes of mode that are none. Words: values of APIC_BASE from where it is. */
static uint64_t ask_base(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t flips[] = {1ull << 10, 1ull << 8,  1ull << 9, 1ull << 12,
                                     1ull << 40, 1ull << 63, 1};
    uint64_t old = rdmsr(MSR_BASE), value = old ^ flips[word], trapped;
    struct frame f = {.rcx = MSR_BASE, .rax = (uint32_t)value, .rdx = value >> 32};

    (void)k;
    begin(w);
    if (word == 0 && !w->x2apic)
        return 0; /* from here it is a way without return but by off */
    trapped = run(w, code_wrmsr, 0, &f);
    value = rdmsr(MSR_BASE);
    if (value != old)
        wrmsr(MSR_BASE, old);
    return trapped ? trapped : (value ^ old) & 0xffffffffff00;
}

void group_apic(void)
{
    static const struct {
        const char *name;
        uint32_t icr, self;
    } ipis[] = {
        {"self", 1u << 14 | VECTOR_A, 1},
        {"shorthand", 1u << 18 | 1u << 14 | VECTOR_A, 1},
        {"nobody", 1u << 14 | VECTOR_A, 0},
        {"logical nobody", 1u << 14 | 1u << 11 | VECTOR_A, 0},
        {"lowest", 1u << 14 | 1u << 8 | VECTOR_A, 1},
        {"nmi self", 1u << 14 | 4u << 8, 1},
        {"nmi nobody", 1u << 14 | 4u << 8, 0},
        {"vector 5", 1u << 14 | 5, 1},
        {"vector 5 shorthand", 1u << 18 | 1u << 14 | 5, 1},
        {"vector 0", 1u << 14, 1},
        {"smi", 1u << 14 | 2u << 8, 1},
        {"remote read", 1u << 14 | 3u << 8, 1},
        {"init nobody", 1u << 14 | 5u << 8, 0},
        {"sipi nobody", 1u << 14 | 6u << 8 | 8, 0},
        /* ExtINT: Xen ends the domain. */
        {"deassert", 1u << 15 | 5u << 8, 0},
        {"level", 1u << 15 | 1u << 14 | VECTOR_B, 1},
    };
    static const struct {
        const char *name;
        uint32_t mode;
        uint64_t count;
    } timers[] = {
        {"oneshot", MODE_ONESHOT, 0},
        {"oneshot 1", MODE_ONESHOT, 1},
        {"oneshot far", MODE_ONESHOT, 0xffffffff},
        {"periodic", MODE_PERIODIC, 0},
        {"periodic 1", MODE_PERIODIC, 1},
        {"periodic far", MODE_PERIODIC, 0xffffffff},
        {"deadline", MODE_DEADLINE, 0},
        {"deadline past", MODE_DEADLINE, 1},
        {"deadline far", MODE_DEADLINE, 1ull << 62},
        {"deadline -1", MODE_DEADLINE, ~0ull},
        {"mode 3", 3u << 17, 0},
        {"masked", LVT_MASKED, 0},
    };
    static const struct {
        const char *name;
        const char *code;
    } widths[] = {{"load1", code_load1},   {"load2", code_load2},   {"load8", code_load8},
                  {"store1", code_store1}, {"store2", code_store2}, {"store8", code_store8},
                  {"moffs", code_moffs}};
    const char *mode = option("x2apic", NULL) ? "x2apic" : "xapic";

    for (uint32_t reg = 0; reg < 0x400; reg += 0x10) {
        add(ask_read, 1, reg, 0, NULL, "%s read %x", mode, reg);
        if (reg != APIC_ICR && reg != APIC_ICR2 && reg != 0x3f0)
            add(ask_write, 4, reg, 0, NULL, "%s write %x", mode, reg);
    }
    for (unsigned int i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
        if (!option("x2apic", NULL))
            add(ask_width, i == 6 ? 1 : 9, 0, 0, widths[i].code, "%s %s", mode, widths[i].name);
    for (unsigned int i = 0; i < sizeof(ipis) / sizeof(ipis[0]); i++)
        add(ask_ipi, 2, ipis[i].icr, ipis[i].self, NULL, "%s ipi %s", mode, ipis[i].name);
    fresh = true;
    add(ask_errors, 5, 0, 0, NULL, "%s errors", mode);
    fresh = false;
    add(ask_priority, 8, 0, 0, NULL, "%s priority", mode);
    for (unsigned int i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
        add(ask_timer, (timers[i].mode & MODE_DEADLINE) ? 1 : 8, timers[i].mode, timers[i].count,
            NULL, "%s timer %s", mode, timers[i].name);
    add(ask_masked, 4, 0, 0, NULL, "%s timer unmasked late", mode);
    add(ask_count, 2, 0, 0, NULL, "%s timer count", mode);
    add(ask_base, 7, 0, 0, NULL, "%s base", mode);
}
