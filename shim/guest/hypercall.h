/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the hypercalls, a file a kind (hypercall_*.c). Each function serves one hypercall
 * of c->v on its owner CPU: true, with c->result for the guest; false: park, nothing of the
 * guest was changed.
 */
#ifndef SHIM_GUEST_HYPERCALL_H
#define SHIM_GUEST_HYPERCALL_H

#include "core/domain.h"

struct call {
    struct pcpu *pc;
    struct vcpu *v;
    uint64_t arg[5];
    int64_t result; /* 0 or more, or a negative errno; 0 to begin with */
};

/* Copies from or to the guest's `va`, at most a page. False: c->result is -EFAULT. */
bool call_fetch(struct call *c, uint64_t va, void *to, unsigned int len);
bool call_answer(struct call *c, uint64_t va, const void *from, unsigned int len);
/* Says in irx_vcpu.park_detail what is parked: number, and sub-operation above it. False. */
bool call_park(struct call *c, uint64_t number, uint64_t sub);
/* Served with this result. True. */
bool call_result(struct call *c, int64_t result);

bool hypercall_event_channel(struct call *c);
bool hypercall_sched(struct call *c);
bool hypercall_vcpu(struct call *c);
bool hypercall_version(struct call *c);
bool hypercall_hvm(struct call *c);
/* Those of which only refusals are served: memory, grant tables, physical devices, Xen's console. */
bool hypercall_memory(struct call *c);
bool hypercall_grant_table(struct call *c);
bool hypercall_physdev(struct call *c);
bool hypercall_console(struct call *c);

#endif
