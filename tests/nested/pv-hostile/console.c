/* SPDX-License-Identifier: GPL-2.0-only */
/* The console's ring, of which dom0 keeps a log. A line that does not fit is waited for. */
#include "pv.h"

#include <xen/event_channel.h>
#include <xen/io/console.h>

static struct xencons_interface *ring;

void console_init(void)
{
    ring = va(pfn_of(start_info->console.domU.mfn));
    kind[pfn_of(start_info->console.domU.mfn)] = KEPT;
}

void say(const char *text)
{
    struct evtchn_send send = {.port = start_info->console.domU.evtchn};

    if (!ring)
        return;
    for (; *text; text++) {
        while (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) >=
               sizeof(ring->out)) {
            hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send, 0, 0, 0);
            sleep_ms(1);
        }
        ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = *text;
        __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
    }
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send, 0, 0, 0);
}

void say_number(const char *name, uint64_t value)
{
    char text[24], *p = text + sizeof(text) - 1;

    *p = '\0';
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    say(name);
    say(p);
}
