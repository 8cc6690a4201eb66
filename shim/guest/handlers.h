/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit handlers, called by exit.c on the CPU that took the exit. True: served
 * completely, as Xen would have (retired, or an exception injected). False: park;
 * nothing of the guest was changed, and v->park_detail says what it was about.
 */
#ifndef SHIM_GUEST_HANDLERS_H
#define SHIM_GUEST_HANDLERS_H

#include "core/domain.h"
#include "core/insn.h"
#include "core/vendor.h"

bool guest_cpuid(struct pcpu *pc, struct vcpu *v);
bool guest_rdmsr(struct pcpu *pc, struct vcpu *v);
bool guest_wrmsr(struct pcpu *pc, struct vcpu *v);
bool guest_hlt(struct pcpu *pc, struct vcpu *v);
bool guest_pause(struct pcpu *pc, struct vcpu *v);
bool guest_hypercall(struct pcpu *pc, struct vcpu *v);
/* INSN_RDTSC, INSN_RDTSCP. */
bool guest_rdtsc(struct pcpu *pc, struct vcpu *v, enum insn insn);
bool guest_xsetbv(struct pcpu *pc, struct vcpu *v);
/* INSN_INVD, INSN_WBINVD. */
bool guest_cache(struct pcpu *pc, struct vcpu *v, enum insn insn);
/* INT1: opcode F1. */
bool guest_icebp(struct pcpu *pc, struct vcpu *v);
/* MOV to or from CR0 or CR4, CLTS, LMSW. */
bool guest_cr(struct pcpu *pc, struct vcpu *v);

/* IN and OUT. */
bool guest_io(struct vcpu *v, const struct vm_exit *e);

/* A machine check came while v ran: it is recorded, v and its domain end. */
void guest_machine_check(struct pcpu *pc, struct vcpu *v);

#endif
