/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that may exit: at CPL 0 and 3, with prefixes, across pages, changed under way, and
 * exceptions while an exception is delivered. An answer is the trap, or what is in RAX to RDX and
 * how long the instruction was.
 */
#include "hostile.h"

#define MOST 15u

struct insn {
    const char *name;
    uint8_t bytes[MOST];
    uint8_t length;
    uint8_t flags;
};

enum {
    NO_RESULT = 1, /* what it answers goes on, or is another vCPU's */
    KERNEL = 2,    /* not at CPL 3: it could not be told from its trap */
    ONLY64 = 4,    /* not in 32-bit code */
    USER = 8,      /* at CPL 3 only: it would end the vCPU */
};

#define INSN(name, flags, ...)                                                                     \
    {                                                                                              \
        name, {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), flags                               \
    }

/* RAX, RCX, RDX are 0 before, RSI and RDI point at memory. */
static const struct insn insns[] = {
    INSN("cpuid", 0, 0x0f, 0xa2),
    INSN("rdtsc", NO_RESULT, 0x0f, 0x31),
    INSN("rdtscp", NO_RESULT, 0x0f, 0x01, 0xf9),
    INSN("rdpmc", 0, 0x0f, 0x33),
    INSN("rdmsr 0", 0, 0x0f, 0x32),
    INSN("hlt", USER, 0xf4),
    INSN("pause", 0, 0xf3, 0x90),
    INSN("monitor", 0, 0x0f, 0x01, 0xc8),
    INSN("mwait", 0, 0x0f, 0x01, 0xc9),
    INSN("vmmcall", 0, 0x0f, 0x01, 0xd9),
    INSN("vmcall", 0, 0x0f, 0x01, 0xc1),
    INSN("vmrun", 0, 0x0f, 0x01, 0xd8),
    INSN("vmload", 0, 0x0f, 0x01, 0xda),
    INSN("vmsave", 0, 0x0f, 0x01, 0xdb),
    INSN("stgi", 0, 0x0f, 0x01, 0xdc),
    INSN("clgi", 0, 0x0f, 0x01, 0xdd),
    INSN("skinit", 0, 0x0f, 0x01, 0xde),
    INSN("invlpga", 0, 0x0f, 0x01, 0xdf),
    INSN("invlpg", 0, 0x0f, 0x01, 0x3f),
    INSN("invd", 0, 0x0f, 0x08),
    INSN("wbinvd", 0, 0x0f, 0x09),
    INSN("wbnoinvd", 0, 0xf3, 0x0f, 0x09),
    INSN("clts", 0, 0x0f, 0x06),
    INSN("smsw", 0, 0x0f, 0x01, 0xe0),
    INSN("lmsw", 0, 0x48, 0xc7, 0xc0, 0x31, 0, 0, 0, 0x0f, 0x01, 0xf0),
    INSN("sgdt", 0, 0x0f, 0x01, 0x07),
    INSN("sidt", 0, 0x0f, 0x01, 0x0f),
    INSN("sldt", 0, 0x0f, 0x00, 0xc0),
    INSN("str", 0, 0x0f, 0x00, 0xc8),
    INSN("lldt 0", 0, 0x0f, 0x00, 0xd0),
    INSN("ltr bad", 0, 0x66, 0xb8, 0xf8, 0xff, 0x0f, 0x00, 0xd8), /* of 0: ends the emulator */
    INSN("lldt bad", 0, 0x66, 0xb8, 0xf8, 0xff, 0x0f, 0x00, 0xd0),
    INSN("xgetbv", 0, 0x0f, 0x01, 0xd0),
    INSN("xsetbv", 0, 0x0f, 0x01, 0xd1),
    INSN("int1", 0, 0xf1),
    INSN("int3", 0, 0xcc),
    INSN("into", 0, 0xce),
    INSN("int 1", 0, 0xcd, 1),
    INSN("int 2", KERNEL, 0xcd, 2),
    INSN("int 3", 0, 0xcd, 3),
    INSN("int d", USER, 0xcd, 13), /* without the error code that its gate's code expects */
    INSN("ud0", 0, 0x0f, 0xff, 0xc0),
    INSN("ud1", 0, 0x0f, 0xb9, 0xc0),
    INSN("ud2", 0, 0x0f, 0x0b),
    INSN("div 0", 0, 0xf7, 0xf1),
    INSN("syscall", KERNEL | ONLY64, 0x0f, 0x0b),
    INSN("sysenter", 0, 0x0f, 0x34),
    INSN("rsm", 0, 0x0f, 0xaa),
    INSN("getsec", 0, 0x0f, 0x37),
    INSN("in 80", 0, 0xe4, 0x80),
    INSN("out 80", 0, 0xe6, 0x80),
    INSN("out ed", 0, 0xe6, 0xed),
    INSN("in ed", 0, 0xe4, 0xed),
    INSN("in dx", 0, 0x66, 0xba, 0xf8, 0x03, 0xec),
    INSN("outl cf8", 0, 0x66, 0xba, 0xf8, 0x0c, 0xef),
    INSN("inl cfc", 0, 0x66, 0xba, 0xfc, 0x0c, 0xed),
    INSN("outsb", 0, 0x66, 0xba, 0xf8, 0x03, 0x6e),
    INSN("insb", 0, 0x66, 0xba, 0xf8, 0x03, 0x6c),
    INSN("cli", KERNEL, 0xfa),
    INSN("popf tf", 0, 0x68, 0x02, 0x01, 0, 0, 0x9d, 0x90, 0x90),
    INSN("mov ss", KERNEL, 0x8e, 0xd0),
    INSN("mov cr2", 0, 0x0f, 0x22, 0xd0),
    INSN("lock cpuid", 0, 0xf0, 0x0f, 0xa2),
    INSN("lock vmmcall", 0, 0xf0, 0x0f, 0x01, 0xd9),
    INSN("xabort", ONLY64, 0xc6, 0xf8, 0x00),
    INSN("fsgsbase", 0, 0xf3, 0x0f, 0xae, 0xc0),
    INSN("swapgs", KERNEL | ONLY64, 0x0f, 0x01, 0xf8, 0x0f, 0x01, 0xf8),
    INSN("aam none", 0, 0xd4, 0x0a),
    INSN("far jump", ONLY64, 0xea),
    INSN("alignment", 0, 0x8b, 0x47, 0x01),
    INSN("unmapped read", ONLY64, 0x48, 0xa1, 0, 0, 0, 0, 0x40, 0, 0, 0),
    INSN("noncanonical read", ONLY64, 0x48, 0xa1, 0, 0, 0, 0, 0, 0, 0, 0x80),
};

/* Puts code where it ends with INT VECTOR_END, and runs it. */
static uint64_t run_at(struct worker *w, uint64_t at, uint8_t *to, const struct insn *i,
                       unsigned int cpl)
{
    struct frame f = {.rdi = window(w, WIN_DATA) + 256, .rsi = window(w, WIN_DATA) + 512};
    uint64_t trapped;

    for (unsigned int n = 0; n < i->length; n++)
        to[n] = i->bytes[n];
    to[i->length] = 0xcd;
    to[i->length + 1] = VECTOR_END;
    for (unsigned int n = 256; n < 1024; n++)
        w->data[0][n] = 0;
    trapped = run(w, (void *)at, cpl, &f);
    if (trapped)
        return trapped;
    if (i->flags & NO_RESULT)
        return f.rip - at;
    if (i->bytes[0] == 0x0f && i->bytes[1] == 0xa2)
        f.rbx = 0;
    return fold(fold(fold(fold(f.rip - at, f.rax), f.rbx), f.rcx), f.rdx);
}

static uint64_t ask_plain(struct worker *w, const struct query *k, unsigned int word)
{
    const struct insn *i = k->p;

    (void)word;
    return run_at(w, window(w, WIN_CODE), w->code[0], i, (unsigned int)k->b);
}

/* In 32-bit code; some of the bytes are other instructions there. */
static uint64_t ask_compat(struct worker *w, const struct query *k, unsigned int word)
{
    const struct insn *i = k->p;
    struct frame f = {.rdi = (uintptr_t)w->data[0] + 256, .rsi = (uintptr_t)w->data[0] + 512};
    uint64_t trapped;

    for (unsigned int n = 0; n < i->length; n++)
        w->code[0][n] = i->bytes[n];
    w->code[0][i->length] = 0xcd;
    w->code[0][i->length + 1] = VECTOR_END;
    for (unsigned int n = 256; n < 1024; n++)
        w->data[0][n] = 0;
    (void)word;
    trapped = run32(w, w->code[0], (unsigned int)k->b, &f);
    if (trapped)
        return trapped;
    f.rip -= (uintptr_t)w->code[0];
    return i->flags & NO_RESULT ? f.rip : fold(fold(f.rip, f.rax), f.rdx);
}

/* Word: where the last byte of the page is in the instruction; the first ones with a page behind. */
static uint64_t ask_crossing(struct worker *w, const struct query *k, unsigned int word)
{
    const struct insn *i = k->p;
    bool none = word >= i->length;
    unsigned int before = none ? word - i->length + 1 : word + 1;
    uint8_t *to = w->code[none ? 1 : 0] + PAGE - before;
    uint64_t at = window(w, none ? WIN_CODE2 : WIN_CODE) + PAGE - before;
    struct frame f = {0};
    uint8_t bytes[MOST + 2];

    for (unsigned int n = 0; n < i->length; n++)
        bytes[n] = i->bytes[n];
    bytes[i->length] = 0xcd;
    bytes[i->length + 1] = VECTOR_END;
    for (unsigned int n = 0; n < i->length + 2u; n++) {
        if (n < before)
            to[n] = bytes[n];
        else if (!none)
            w->code[1][n - before] = bytes[n];
    }
    f.rcx = k->a;
    return fold(run(w, (void *)at, (unsigned int)k->b, &f),
                i->flags & NO_RESULT ? 0 : fold(f.rax, f.rdx));
}

/* Prefixes before an instruction; a: the second one, 0 for none. */
static uint64_t ask_prefix(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint8_t prefixes[] = {0x66, 0x67, 0x2e, 0x36, 0x3e, 0x26, 0x64,
                                       0x65, 0xf2, 0xf3, 0xf0, 0x40, 0x48, 0x4f};
    const struct insn *base = k->p;
    struct insn i = *base;
    unsigned int n = 0;

    i.bytes[n++] = prefixes[word];
    if (k->a)
        i.bytes[n++] = (uint8_t)k->a;
    for (unsigned int b = 0; b < base->length; b++)
        i.bytes[n++] = base->bytes[b];
    i.length = (uint8_t)n;
    return run_at(w, window(w, WIN_CODE), w->code[0], &i, (unsigned int)k->b);
}

/* So many prefixes: 15 bytes are the most that an instruction has. */
static uint64_t ask_long(struct worker *w, const struct query *k, unsigned int word)
{
    const struct insn *base = k->p;
    struct frame f = {0};
    unsigned int count = 12 + word;

    for (unsigned int n = 0; n < count; n++)
        w->code[0][n] = 0x66;
    for (unsigned int n = 0; n < base->length; n++)
        w->code[0][count + n] = base->bytes[n];
    w->code[0][count + base->length] = 0xcd;
    w->code[0][count + base->length + 1] = VECTOR_END;
    return run(w, (void *)window(w, WIN_CODE), (unsigned int)k->b, &f);
}

/* In a loop it writes the next turn's instruction over itself: CPUID, PAUSE, VMMCALL by turns. */
static uint64_t ask_modifying(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint8_t turns[][3] = {{0x0f, 0xa2, 0x90}, {0xf3, 0x90, 0x90}, {0x0f, 0x01, 0xd9}};
    uint64_t h = 0;

    for (unsigned int n = 0; n < 30; n++) {
        const uint8_t *t = turns[(n + word) % 3];
        struct frame f = {.rax = n % 3 == 0 ? 0x40000000 : 17, .rdi = 0};

        for (unsigned int b = 0; b < 3; b++)
            w->code[0][b] = t[b];
        w->code[0][3] = 0xcd;
        w->code[0][4] = VECTOR_END;
        h = fold(h, run(w, (void *)window(w, k->a ? WIN_CODE : WIN_CODE), 0, &f));
        h = fold(h, f.rax);
    }
    return h;
}

/* ---- exceptions while an exception is delivered ---- */

#define IDT_BAD_SELECTOR 1u
#define IDT_ABSENT       2u
#define IDT_BAD_STACK    4u /* its stack is not present */
#define IDT_ODD_STACK    5u /* not canonical */
#define IDT_SHORT        6u /* the table ends before it */

/* The gate of vector a is bad in way b, and the exception comes; what comes of it. */
static uint64_t ask_delivery(struct worker *w, const struct query *k, unsigned int word)
{
    static const struct insn de = INSN("", 0, 0xf7, 0xf1), ud = INSN("", 0, 0x0f, 0x0b),
                             gp = INSN("", 0, 0x66, 0xb8, 0xf8, 0xff, 0x0f, 0x00, 0xd0),
                             pf = INSN("", 0, 0x48, 0xa1, 0, 0, 0, 0, 0x40, 0, 0, 0),
                             db = INSN("", 0, 0xf1);
    const struct insn *which = k->a == 0    ? &de
                               : k->a == 6  ? &ud
                               : k->a == 13 ? &gp
                               : k->a == 1  ? &db
                                            : &pf;
    struct gate *g = &w->idt[k->a], old = *g;
    struct table_pointer idt = {(uint16_t)(16 * k->a - 1), (uintptr_t)w->idt};
    uint64_t answer, stack = w->tss.ist[3];

    if (k->b == IDT_BAD_SELECTOR)
        g->selector = 0xfff8;
    if (k->b == IDT_ABSENT)
        g->type = 0x0e;
    if (k->b == IDT_BAD_STACK || k->b == IDT_ODD_STACK)
        g->ist = 4;
    w->tss.ist[3] = k->b == IDT_BAD_STACK ? window(w, WIN_NONE) + 512 : 0x800000000000ull;
    if (k->b == IDT_SHORT)
        __asm__ volatile("lidt %0" : : "m"(idt) : "memory");
    answer = run_at(w, window(w, WIN_CODE), w->code[0], which, word ? 3 : 0);
    tables_load(w);
    *g = old;
    w->tss.ist[3] = stack;
    return answer;
}

void group_insn(void)
{
    static const struct insn served[] = {
        INSN("cpuid", 0, 0x0f, 0xa2),
        INSN("rdmsr", 0, 0x0f, 0x32),
        INSN("rdtsc", NO_RESULT, 0x0f, 0x31),
        INSN("pause", 0, 0xf3, 0x90),
        INSN("vmmcall", 0, 0x0f, 0x01, 0xd9),
        INSN("wbinvd", 0, 0x0f, 0x09),
        INSN("invd", 0, 0x0f, 0x08),
        INSN("mov-cr0", 0, 0x0f, 0x20, 0xc0),
        INSN("int1", 0, 0xf1),
    };
    static const uint8_t second[] = {0x48, 0x66, 0xf2, 0xf3};
    static const uint8_t vectors[] = {0, 1, 6, 13, 14};
    static const char *const bad[] = {"", "selector", "absent", "", "stack", "odd-stack", "short"};

    for (unsigned int i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
        for (uint64_t cpl = 0; cpl <= 3; cpl += 3) {
            const char *level = cpl ? " user" : "";

            if (insns[i].flags & (cpl ? KERNEL : USER))
                continue;
            add(ask_plain, 1, 0, cpl, &insns[i], "insn %s%s", insns[i].name, level);
            if (!(insns[i].flags & ONLY64))
                add(ask_compat, 1, 0, cpl, &insns[i], "insn32 %s%s", insns[i].name, level);
        }
    }
    for (unsigned int i = 0; i < sizeof(served) / sizeof(served[0]); i++) {
        const struct insn *s = &served[i];

        for (uint64_t cpl = 0; cpl <= 3; cpl += 3) {
            const char *level = cpl ? " user" : "";

            add(ask_crossing, 2u * s->length - 1, 0xc0000080, cpl, s, "crossing %s%s", s->name,
                level);
            add(ask_prefix, 14, 0, cpl, s, "prefix %s%s", s->name, level);
            for (unsigned int n = 0; n < 4; n++)
                add(ask_prefix, 14, second[n], cpl, s, "prefix %s %x%s", s->name, second[n], level);
            add(ask_long, 4, 0, cpl, s, "long %s%s", s->name, level);
        }
    }
    add(ask_modifying, 3, 0, 0, NULL, "self-modifying");
    for (unsigned int v = 0; v < sizeof(vectors); v++)
        for (unsigned int b = 1; b < 7; b++)
            if (bad[b][0] && !(b == IDT_SHORT && vectors[v] < 9)) /* #DF has to be in it */
                add(ask_delivery, 2, vectors[v], b, NULL, "delivery %u %s", vectors[v], bad[b]);
}
