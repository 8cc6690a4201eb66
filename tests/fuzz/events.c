/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels over pages that the guest filled: shared_info, vcpu_info, control blocks and the
 * event array of FIFO. Raising, unmasking, polling and sending end, leave a raised port pending,
 * and touch nothing but those pages.
 */
#include "held.h"

#include "core/sched.h"
#include "guest/evtchn.h"

static const uint64_t gfns[] = {GFN_SHARED, GFN_INFO, GFN_CONTROL, GFN_ARRAY};

static uint64_t sum(unsigned int entry, uint64_t gfn)
{
    const uint64_t *p = env_page(entry, gfn);
    uint64_t n = 0;

    for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
        n = n * 31 + p[i];
    return n;
}

static bool pending(const struct dom *d, unsigned int entry, uint32_t port)
{
    const uint64_t *bits = env_page(entry, GFN_SHARED);
    const uint32_t *words = env_page(entry, GFN_ARRAY);

    if (d->fifo)
        return words[port] >> 31;
    return bits[offsetof(struct shared_info, evtchn_pending) / 8 + port / 64] >> (port % 64) & 1;
}

static void act(struct dom *d, unsigned int entry, struct input *in)
{
    uint64_t what = take(in, 1), page = take(in, 1), offset = take(in, 2);
    uint32_t port = (uint32_t)(offset % (d->port_count + 2));
    struct vcpu *v = &d->vcpus[page >> 4 & 1];
    struct pcpu *pc = env_on(what >> 4 & 1);
    uint64_t value;

    fake_clear_ipis();
    switch (what & 7) {
    default: /* the guest writes */
        value = take(in, 8);
        memcpy((uint8_t *)env_page(entry, gfns[page % 4]) + offset % (PAGE_SIZE - 7), &value, 8);
        break;
    case 0:
        if (port < d->port_count) {
            evtchn_raise(pc, d, port);
            MUST(pending(d, entry, port) || d->ports[port].state == IRX_PORT_RESERVED ||
                 d->ports[port].state == IRX_PORT_CLOSED);
        }
        break;
    case 1:
        evtchn_unmask(pc, d, port);
        break;
    case 2:
        evtchn_poll(pc, d, port);
        break;
    case 3:
        evtchn_send(pc, v, port);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned int entry = take(&in, 1) & 1, steps = 0;
    uint64_t code, tables;

    held_again();
    code = sum(entry, GFN_CODE);
    tables = sum(entry, GFN_PML4);
    while (in.left && steps++ < 64)
        act(held_guest(entry), entry, &in);
    MUST(code == sum(entry, GFN_CODE) && tables == sum(entry, GFN_PML4));
    return 0;
}
