/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every hypercall and sub-operation that Xen 4.17 knows, and some that it does not, with pointers of
 * every kind. What an answer is made of: RAX, and what is in the guest's buffer then. Operations that
 * would end, block or change the guest for good are asked with bad pointers only.
 */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#define __XEN_TOOLS__             1
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#define BUFFER 256u

enum pointer {
    P_GOOD,     /* first: a bad one cannot tell what the answer is about */
    P_NULL,     /* nothing is there: tables.c */
    P_NONE,     /* not present */
    P_READONLY, /* cannot be written */
    P_CROSSING, /* goes on into a page that is not present */
    P_INTO_RO,  /* goes on into one that cannot be written */
    P_ODD,      /* not canonical */
    P_WRAPPING, /* goes on at 0 */
    P_HOLE,     /* a gfn without a page */
    P_HOST,     /* the number of one of the hypervisor's own pages */
    P_RESERVED, /* a reserved bit in its entry */
    P_APIC,     /* the local APIC's page */
    P_SYSTEM,   /* not for CPL 3 */
    P_KINDS
};

static uint64_t pointer(const struct worker *w, enum pointer kind)
{
    switch (kind) {
    case P_GOOD:
        return window(w, WIN_DATA) + 512;
    case P_NULL:
        return 0;
    case P_NONE:
        return window(w, WIN_NONE) + 64;
    case P_READONLY:
        return window(w, WIN_RO) + 512;
    case P_CROSSING:
        return window(w, WIN_NONE) - 2;
    case P_INTO_RO:
        return window(w, WIN_RO) - 2;
    case P_ODD:
        return 0x800000000000ull;
    case P_WRAPPING:
        return ~0ull - 3;
    case P_HOLE:
        return window(w, WIN_HOLE) + 512;
    case P_HOST:
        return window(w, WIN_HOST) + 512;
    case P_RESERVED:
        return window(w, WIN_RESERVED) + 512;
    case P_APIC:
        return window(w, WIN_APIC) + 0x30;
    case P_SYSTEM:
        return window(w, WIN_SYSTEM) + 512;
    default:
        return 0;
    }
}

static const enum pointer unreadable[] = {P_NULL, P_NONE,     P_CROSSING,
                                          P_ODD,  P_WRAPPING, P_RESERVED};
#define NR_UNREADABLE (sizeof(unreadable) / sizeof(unreadable[0]))

enum {
    BAD_ONLY = 1,  /* what could be read would end, block or change the guest */
    VCPU_SELF = 2, /* argument 1 is the own vCPU */
    VARIES = 4,    /* what it writes is another each time: RAX alone */
};

struct call {
    const char *name;
    uint8_t number, argument; /* which argument is the pointer; 0xff: none */
    uint8_t flags;
    uint64_t args[3];
    uint32_t content[6]; /* of the buffer */
};

#define EVTCHN(n, f, ...)                                                                          \
    {                                                                                              \
        "evtchn " #n, __HYPERVISOR_event_channel_op, 1, f, {EVTCHNOP_##n},                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SCHED(n, f, ...)                                                                           \
    {                                                                                              \
        "sched " #n, __HYPERVISOR_sched_op, 1, f, {SCHEDOP_##n},                                   \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define VCPU(n, f, ...)                                                                            \
    {                                                                                              \
        "vcpu " #n, __HYPERVISOR_vcpu_op, 2, (f) | VCPU_SELF, {VCPUOP_##n},                        \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define VERSION(n, ...)                                                                            \
    {                                                                                              \
        "version " #n, __HYPERVISOR_xen_version, 1, 0, {XENVER_##n},                               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define MEMORY(n, f, ...)                                                                          \
    {                                                                                              \
        "memory " #n, __HYPERVISOR_memory_op, 1, f, {XENMEM_##n},                                  \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define GRANT(n, f, ...)                                                                           \
    {                                                                                              \
        "grant " #n, __HYPERVISOR_grant_table_op, 1, f, {GNTTABOP_##n, 0, 1},                      \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define HVM(n, f, ...)                                                                             \
    {                                                                                              \
        "hvm " #n, __HYPERVISOR_hvm_op, 1, f, {HVMOP_##n},                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define PHYSDEV(n, f, ...)                                                                         \
    {                                                                                              \
        "physdev " #n, __HYPERVISOR_physdev_op, 1, f, {PHYSDEVOP_##n},                             \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct call calls[] = {
#include "calls.inc"
};

/* ---- asking ---- */

static uint64_t result(struct worker *w, struct frame *f, const void *buffer, bool varies)
{
    uint64_t trapped = run(w, code_vmmcall, 0, f), h = f->rax >> 32;

    if (trapped)
        return trapped;
    h = varies ? h : fold_bytes(h, buffer, BUFFER);
    return (uint32_t)f->rax | h << 32;
}

/* Words: kinds of pointers. */
static uint64_t ask_call(struct worker *w, const struct query *k, unsigned int word)
{
    const struct call *c = k->p;
    enum pointer kind = c->flags & BAD_ONLY ? unreadable[word] : (enum pointer)word;
    uint8_t *buffer = w->data[0] + 512, *end = w->data[0] + PAGE - BUFFER;
    uint64_t args[3] = {c->args[0], c->args[1], c->args[2]};
    struct frame f = {.rax = c->number, .r10 = 0, .r8 = 0};
    uint32_t content[6];

    for (unsigned int i = 0; i < 6; i++)
        content[i] = c->content[i];
    for (unsigned int i = 0; i < BUFFER; i++)
        buffer[i] = end[i] = 0;
    __builtin_memcpy(buffer, content, sizeof(content));
    __builtin_memcpy(w->data[0] + PAGE - 2, content, 2);
    __builtin_memcpy(w->data[1] + PAGE - 2, content, 2);
    for (unsigned int i = 0; i < sizeof(content) - 2; i++)
        w->data[0][i] = ((uint8_t *)content)[i + 2];
    if (c->flags & VCPU_SELF)
        args[1] = w->id;
    if (c->argument < 3)
        args[c->argument] = pointer(w, kind);
    f.rdi = args[0];
    f.rsi = args[1];
    f.rdx = args[2];
    return result(w, &f, kind == P_CROSSING ? end : buffer, c->flags & VARIES);
}

/* A sub-operation that there is not; a: the hypercall's number, b: the sub-operation. */
static uint64_t ask_unknown(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = k->a, .rdi = k->b, .rsi = pointer(w, word ? P_NONE : P_GOOD)};

    for (unsigned int i = 0; i < BUFFER; i++)
        w->data[0][512 + i] = 0;
    return result(w, &f, w->data[0] + 512, false);
}

/* Numbers from a on. A multicall of so many would go on for ever. */
static uint64_t ask_numbers(struct worker *w, const struct query *k, unsigned int word)
{
    struct query one = {.a = k->a + word, .b = 0xffff};

    return one.a == __HYPERVISOR_multicall ? 0 : ask_unknown(w, &one, 0);
}

/* At CPL 3 every one is refused. */
static uint64_t ask_user(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = word, .rdi = k->a, .rsi = k->b};
    uint64_t trapped = run(w, code_vmmcall, 3, &f);

    return trapped ? trapped : f.rax;
}

/* vcpu_op on vCPUs that there are, and that there are not. */
static uint64_t ask_vcpu(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t which[] = {0, 127, 128, 8191, 0xffffffff, 1ull << 32, ~0ull};
    struct frame f = {.rax = __HYPERVISOR_vcpu_op,
                      .rdi = k->a,
                      .rsi = which[word],
                      .rdx = pointer(w, k->b ? P_GOOD : P_NULL)};

    for (unsigned int i = 0; i < BUFFER; i++)
        w->data[0][512 + i] = 0;
    return result(w, &f, w->data[0] + 512, true);
}

/* Each parameter read: those that are its own and those that it may not see. */
static uint64_t ask_param(struct worker *w, const struct query *k, unsigned int word)
{
    const uint16_t domids[] = {DOMID_SELF, 0, 0x7ff3};
    struct xen_hvm_param *p = (void *)(w->data[0] + 512);
    struct frame f = {
        .rax = __HYPERVISOR_hvm_op, .rdi = HVMOP_get_param, .rsi = pointer(w, P_GOOD)};
    uint64_t answer;

    for (unsigned int i = 0; i < BUFFER; i++)
        w->data[0][512 + i] = 0;
    p->domid = domids[k->b];
    p->index = (uint32_t)k->a + word;
    answer = result(w, &f, p, true);
    return k->b ? answer : (uint32_t)answer ? answer : p->value;
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void group_hypercall(void)
{
    static const struct {
        const char *name;
        unsigned int number;
        uint32_t last; /* the highest sub-operation */
    } ends[] = {
        {"memory", __HYPERVISOR_memory_op, 28},
        {"version", __HYPERVISOR_xen_version, 10},
        {"vcpu", __HYPERVISOR_vcpu_op, 13},
        {"sched", __HYPERVISOR_sched_op, 7},
        {"evtchn", __HYPERVISOR_event_channel_op, 14},
        {"hvm", __HYPERVISOR_hvm_op, 27},
        {"grant", __HYPERVISOR_grant_table_op, 12},
        {"physdev", __HYPERVISOR_physdev_op, 31},
        {"console", __HYPERVISOR_console_io, 1},
    };
    static const uint32_t numbers[] = {64,      65,         0xff,       0x100,      0xffff,
                                       0x10000, 0x7fffffff, 0x80000000, 0x8000001d, 0xffffffff};
    unsigned int again = 0;

    patience = 1; /* whether a call waits for a Xen is seen before its pointer is used */
    for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        const struct call *c = &calls[i];

        again = i && same(c->name, calls[i - 1].name) ? again + 1 : 0;
        add(ask_call,
            c->argument > 2       ? 1
            : c->flags & BAD_ONLY ? NR_UNREADABLE
                                  : P_KINDS,
            0, 0, c, again ? "%s:%u" : "%s", c->name, again);
    }
    patience = ~0u;
    for (unsigned int i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        for (unsigned int n = 0; n < 2; n++)
            add(ask_unknown, 2, ends[i].number, n ? ~0ull : ends[i].last + 1, NULL, "%s %s",
                ends[i].name, n ? "-1" : "beyond");
    for (unsigned int n = 0; n < 72; n += 8)
        add(ask_numbers, 8, n, 0, NULL, "hypercall %u-%u", n, n + 7);
    for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        add(ask_unknown, 2, numbers[i], 0, NULL, "hypercall %x", numbers[i]);
    add(ask_unknown, 2, 1ull << 32 | __HYPERVISOR_xen_version, XENVER_version, NULL,
        "hypercall high-rax");
    add(ask_user, 64, 0, 0, NULL, "hypercall user");
    for (unsigned int sub = 0; sub <= 14; sub++)
        if (sub != VCPUOP_down)
            add(ask_vcpu, 7, sub, sub > 2, NULL, "vcpu-other %u", sub);
    for (unsigned int p = 0; p < HVM_NR_PARAMS + 1; p += 4) {
        add(ask_param, 4, p, 0, NULL, "hvm-param %u-%u", p, p + 3);
        add(ask_param, 4, p, 1, NULL, "hvm-param %u-%u of dom0", p, p + 3);
    }
    add(ask_param, 1, 0, 2, NULL, "hvm-param of a stranger");
}
