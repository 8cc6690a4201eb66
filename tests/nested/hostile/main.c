/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command line: vcpus=N (2 to 32), and the names of the groups whose cases it asks: cpuid, msr, ...
 * (the table below). every=N: each N-th case only. x2apic: all vCPUs have their local APIC in this mode. end=N: it ends itself in
 * this way when it is to ask. hoard=N: it has its own grants mapped so often. narrow: no other group with it, since its vCPUs but vCPU 0 are 32-bit
 * ones.
 */
#include <stdarg.h>

#include "hostile.h"

/* For one answer, while nothing goes on; others on the same CPUs have their turns meanwhile. */
#define LIMIT_NS       100000000u
#define LOOK_NS        3000000u
#define NARROW_LOOK_NS 100000u /* a 32-bit vCPU tells nobody that it has an answer */
#define LATE_MAX       1u      /* of a case: then its other questions are left alone */

struct hostile_board board __attribute__((section(".status")));
struct worker workers[WORKERS];
struct hostile_case cases[HOSTILE_CASES] __attribute__((aligned(PAGE)));
struct query queries[HOSTILE_CASES];
unsigned int patience = ~0u;
bool fresh;
uint64_t answers[HOSTILE_PASSES][HOSTILE_WORDS] __attribute__((aligned(PAGE)));
unsigned int vcpus = 2;

static const char *command_line;
static const struct {
    const char *name;
    void (*add)(void);
} groups[] = {
    {"cpuid", group_cpuid},     {"msr", group_msr},       {"hypercall", group_hypercall},
    {"evtchn", group_evtchn},   {"apic", group_apic},     {"timer", group_timer},
    {"control", group_control}, {"insn", group_insn},     {"race", group_race},
    {"fifo", group_fifo},       {"compat", group_compat}, {"narrow", group_narrow},
};

/* ---- cases ---- */

static char *put_hex(char *to, const char *end, uint64_t n)
{
    int shift = 60;

    while (shift && !(n >> shift))
        shift -= 4;
    for (; shift >= 0 && to < end; shift -= 4)
        *to++ = "0123456789abcdef"[n >> shift & 15];
    return to;
}

static char *put_text(char *to, const char *end, const char *text)
{
    while (*text && to < end)
        *to++ = *text++;
    return to;
}

/* %s, %x and %u (below 1000) only. */
static void put_name(char *to, const char *end, const char *name, va_list ap)
{
    for (; *name && to < end; name++) {
        if (*name != '%') {
            *to++ = *name;
            continue;
        }
        name++;
        if (*name == 's') {
            to = put_text(to, end, va_arg(ap, const char *));
        } else if (*name == 'x') {
            to = put_hex(to, end, va_arg(ap, unsigned int));
        } else {
            unsigned int n = va_arg(ap, unsigned int);
            char digits[] = {(char)('0' + n / 100 % 10), (char)('0' + n / 10 % 10),
                             (char)('0' + n % 10), 0};

            to = put_text(to, end, digits + (n < 100) + (n < 10));
        }
    }
}

void add(ask_fn *ask, unsigned int words, uint64_t a, uint64_t b, const void *p, const char *name,
         ...)
{
    static uint64_t number, every = 1;
    struct hostile_case *c = &cases[board.cases];
    va_list ap;

    if ((option("every", &every) && every && number++ % every) || words == 0)
        return;
    if (board.cases == HOSTILE_CASES || board.words + words > HOSTILE_WORDS)
        __asm__ volatile("ud2");
    va_start(ap, name);
    put_name(c->name, c->name + HOSTILE_NAME - 1, name, ap);
    va_end(ap);
    c->first = (uint32_t)board.words;
    c->words = words;
    queries[board.cases] = (struct query){ask, patience, fresh, a, b, p};
    board.words += words;
    board.cases++;
}

/* ---- the command line ---- */

bool option(const char *name, uint64_t *value)
{
    for (const char *at = command_line; *at;) {
        const char *n = name;

        for (; *n && *at == *n; at++)
            n++;
        if (!*n && (!*at || *at == ' ' || *at == '=')) {
            uint64_t number = 0;

            if (*at == '=')
                for (at++; *at >= '0' && *at <= '9'; at++)
                    number = number * 10 + (uint64_t)(*at - '0');
            if (value)
                *value = number;
            return true;
        }
        while (*at && *at != ' ')
            at++;
        while (*at == ' ')
            at++;
    }
    return false;
}

/* ---- passes ---- */

static bool is_idle(const struct worker *w)
{
    return !__atomic_load_n(&w->busy, __ATOMIC_SEQ_CST);
}

/* One that can be asked, NULL: none can. The last vCPUs are kept: the one that disturbs another (race),
   and the fresh ones (apic). */
static struct worker *idle_worker(const struct query *k, uint32_t pass)
{
    unsigned int last = vcpus - option("race", NULL);

    if (k->fresh)
        return is_idle(&workers[last - 1 - pass]) ? &workers[last - 1 - pass] : NULL;
    if (option("apic", NULL))
        last -= HOSTILE_PASSES;
    for (unsigned int i = 1; i < last; i++)
        if (workers[i].mode == narrow_mode(k) && is_idle(&workers[i]))
            return &workers[i];
    return NULL;
}

/* Takes the answers that 32-bit vCPUs have. */
static void collect(void)
{
    for (unsigned int i = 1; i < vcpus; i++) {
        struct worker *w = &workers[i];
        struct hostile_case *c = &cases[w->job];

        if (!w->mode || !w->busy || !__atomic_load_n(&w->box.done, __ATOMIC_SEQ_CST))
            continue;
        answers[w->pass][c->first + w->word] = narrow_answer(w, &queries[w->job], w->word);
        c->pass[w->pass].answered++;
        w->box.done = 0;
        w->busy = false;
        if (w->replaced)
            __atomic_fetch_sub(&board.outstanding, 1, __ATOMIC_SEQ_CST);
    }
}

/* True: it has ended. False: it does not answer, and has been told that it is on its own. */
static bool await(struct worker *w)
{
    uint64_t seen = w->beat, now = xen_now_ns(), limit = now + LIMIT_NS;

    while (collect(), __atomic_load_n(&w->busy, __ATOMIC_SEQ_CST)) {
        board.at_word = w->word;
        if (w->beat != seen) {
            seen = w->beat;
            limit = now + LIMIT_NS;
        } else if (now > limit) {
            __atomic_fetch_add(&board.outstanding, 1, __ATOMIC_SEQ_CST);
            __atomic_store_n(&w->replaced, true, __ATOMIC_SEQ_CST);
            return false;
        }
        xen_await(workers[0].port, now + (w->mode ? NARROW_LOOK_NS : LOOK_NS));
        now = xen_now_ns();
    }
    return true;
}

/* Asks the questions of a case that are left; false: no worker is. */
static bool ask(uint32_t number, uint32_t pass)
{
    struct hostile_case *c = &cases[number];
    enum narrow_mode mode = narrow_mode(&queries[number]);

    while (c->pass[pass].asked < c->words && c->pass[pass].late < queries[number].patience) {
        struct worker *w = idle_worker(&queries[number], pass);
        uint32_t stuck;

        if (!w)
            return false;
        board.at_case = number;
        w->job = number;
        w->word = c->pass[pass].asked;
        w->pass = pass;
        w->replaced = false;
        if (mode) {
            narrow_begin(w, &queries[number], w->word);
            xen_take(w->port); /* it does not do so itself, and what is pending is not sent again */
        }
        __atomic_store_n(&w->busy, true, __ATOMIC_SEQ_CST);
        xen_send(w->port);
        if (await(w)) {
            c->pass[pass].asked = c->words;
            break;
        }
        stuck = w->word;
        if (!c->pass[pass].late++)
            c->pass[pass].first_late = stuck;
        c->pass[pass].asked = stuck + 1;
    }
    return true;
}

static void obey(uint64_t order)
{
    static uint32_t next, pass = HOSTILE_PASSES;
    uint64_t way;

    if (option("end", &way))
        end_guest(way);
    if ((order & 3) != pass) {
        pass = (uint32_t)(order & 3);
        next = 0;
    }
    if (pass >= HOSTILE_PASSES)
        return;
    board.state = HOSTILE_RUNNING;
    while (next < board.cases && ask(next, pass))
        next++;
    __atomic_store_n(&board.state, next < board.cases ? HOSTILE_SHORT : HOSTILE_READY,
                     __ATOMIC_SEQ_CST);
}

/* Called by start.S. */
_Noreturn void guest_main(uint64_t start_info);
_Noreturn void guest_main(uint64_t start_info)
{
    uint64_t number = 0;

    tables_init(&workers[0]);
    if (!xen_init(start_info, &command_line))
        __asm__ volatile("ud2");
    if (option("vcpus", &number) && number >= 2 && number <= 32)
        vcpus = (unsigned int)number;
    fifo_init(vcpus);
    xen_init_vcpu(&workers[0]);
    apic_init(&workers[0]);
    workers[0].port = xen_bind_ipi(0);
    for (unsigned int i = 1; i < vcpus; i++) {
        workers[i].id = i;
        if (option("narrow", NULL)) {
            workers[i].mode = NARROW_FLAT + (i - 1) % 3;
            narrow_start(&workers[i]);
        } else {
            xen_start_worker(&workers[i]);
        }
    }
    for (unsigned int i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (option(groups[i].name, NULL))
            groups[i].add();
    if (option("hoard", &number) && hoard(number) < number)
        __asm__ volatile("ud2");
    board.cases_gfn = (uintptr_t)cases / PAGE;
    for (unsigned int i = 0; i < HOSTILE_PASSES; i++)
        board.answers_gfn[i] = (uintptr_t)answers[i] / PAGE;
    board.state = HOSTILE_READY;
    __atomic_store_n(&board.magic, HOSTILE_MAGIC, __ATOMIC_SEQ_CST);
    for (;;) {
        uint64_t order = __atomic_load_n(&board.order, __ATOMIC_SEQ_CST);

        if (order != board.obeyed) {
            board.state = HOSTILE_RUNNING;
            __atomic_store_n(&board.obeyed, order, __ATOMIC_SEQ_CST);
            obey(order);
        }
        collect();
        xen_await(workers[0].port, xen_now_ns() + LOOK_NS);
    }
}
