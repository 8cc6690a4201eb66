/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FIFO ABI of event channels (option fifo: the guest is switched to it at boot), and links,
 * heads and flags that no guest would write. Source of the words' layout: public/event_channel.h.
 */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/event_channel.h>

#define PENDING  (1u << EVTCHN_FIFO_PENDING)
#define MASKED   (1u << EVTCHN_FIFO_MASKED)
#define LINKED   (1u << EVTCHN_FIFO_LINKED)
#define BUSY     (1u << EVTCHN_FIFO_BUSY)
#define LINK     EVTCHN_FIFO_LINK_MASK
#define PRIORITY EVTCHN_FIFO_PRIORITY_DEFAULT

static uint32_t words[PAGE / 4] __attribute__((aligned(PAGE))); /* of the first 1024 ports */
static union {                                                  /* none goes beyond its page */
    struct evtchn_fifo_control_block block;
    uint8_t room[128];
} controls[WORKERS] __attribute__((aligned(PAGE)));
static uint32_t ports[3]; /* events of vCPU 0 that nothing else uses */
bool fifo;

static long op(unsigned int sub, void *arg)
{
    return hypercall5(__HYPERVISOR_event_channel_op, sub, (uintptr_t)arg, 0, 0, 0);
}

/* Of the vCPUs from 0 on, before any has a port; false: the guest keeps the 2-level ABI. */
bool fifo_init(unsigned int count)
{
    struct evtchn_expand_array expand = {.array_gfn = (uintptr_t)words / PAGE};

    if (!option("fifo", NULL))
        return false;
    for (unsigned int i = 0; i < count; i++) {
        struct evtchn_init_control init = {.control_gfn = (uintptr_t)&controls[i] / PAGE,
                                           .offset = (uintptr_t)&controls[i] % PAGE,
                                           .vcpu = i};

        if (op(EVTCHNOP_init_control, &init))
            return false;
    }
    fifo = op(EVTCHNOP_expand_array, &expand) == 0;
    return fifo;
}

bool fifo_take(uint32_t port)
{
    return __atomic_fetch_and(&words[port % 1024], ~PENDING, __ATOMIC_SEQ_CST) & PENDING;
}

bool fifo_mask(uint32_t port, bool masked)
{
    uint32_t *word = &words[port % 1024];
    uint32_t old = masked ? __atomic_fetch_or(word, MASKED, __ATOMIC_SEQ_CST)
                          : __atomic_fetch_and(word, ~MASKED, __ATOMIC_SEQ_CST);

    return old & MASKED;
}

/* Numbers of ports are not the same in each guest: those of ours are told by their place. */
static uint32_t shown(uint32_t word)
{
    for (uint32_t i = 0; i < 3; i++)
        if ((word & LINK) == ports[i])
            return (word & ~LINK) | (0x100 + i);
    return word & LINK ? (word & ~LINK) | 0x1ff : word;
}

static const struct spoil {
    const char *name;
    uint32_t words[3]; /* before the sends; an n in the link: ports[n - 1] */
} spoils[] = {
    {"clean", {0, 0, 0}},
    {"masked", {MASKED, 0, 0}},
    {"linked", {LINKED, 0, 0}},
    {"to itself", {LINKED | 1, 0, 0}},
    {"to another", {LINKED | 2, LINKED | 1, 0}},
    {"beyond", {LINKED | 0x1ffff, 0, 0}},
    {"busy", {BUSY, 0, 0}},
    {"busy and linked", {BUSY | LINKED | 2, 0, 0}},
    {"pending", {PENDING, 0, 0}},
    {"pending and linked", {PENDING | LINKED, 0, 0}},
    {"all", {~0u, ~0u, ~0u}},
    {"links without flag", {2, 3, 1}},
};

/* Xen's queue ends with the last of them, whatever was sent to that vCPU before. */
static void settle(void)
{
    for (unsigned int i = 0; i < 3; i++) {
        words[ports[i]] = 0;
        op(EVTCHNOP_send, &ports[i]);
    }
    for (unsigned int i = 0; i < 3; i++)
        words[ports[i]] = 0;
    controls[1].block.head[PRIORITY] = controls[1].block.ready = 0;
}

/* Words: all three are sent, unmasked, sent with a head, sent with a head beyond all ports. */
static uint64_t ask(struct worker *w, const struct query *k, unsigned int word)
{
    const struct spoil *s = k->p;
    struct evtchn_fifo_control_block *c = &controls[1].block;
    uint64_t h = 0;

    (void)w;
    settle();
    for (unsigned int i = 0; i < 3; i++) {
        uint32_t link = s->words[i] & LINK;

        words[ports[i]] = (s->words[i] & ~LINK) | (link && link <= 3 ? ports[link - 1] : link);
    }
    c->head[PRIORITY] = word == 2 ? ports[0] : word == 3 ? 0x1ffff : 0;
    c->ready = 0;
    for (unsigned int i = 0; i < 3; i++)
        h = fold(h, (uint64_t)op(word == 1 ? EVTCHNOP_unmask : EVTCHNOP_send, &ports[i]));
    for (unsigned int i = 0; i < 3; i++)
        h = fold(h, shown(words[ports[i]]));
    h = fold(fold(h, c->ready), shown(c->head[PRIORITY]));
    for (unsigned int i = 0; i < 3; i++)
        words[ports[i]] = 0;
    c->head[PRIORITY] = c->ready = 0;
    return h;
}

void group_fifo(void)
{
    if (!fifo)
        return;
    for (unsigned int i = 0; i < 3; i++)
        ports[i] = xen_bind_ipi(1);
    for (unsigned int i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++)
        add(ask, 4, 0, 0, &spoils[i], "fifo %s", spoils[i].name);
}
