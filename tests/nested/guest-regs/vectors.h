/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_REGS_VECTORS_H
#define GUEST_REGS_VECTORS_H

#define VECTOR_END         0x30 /* INT: the round is over */
#define VECTOR_SELF        0x31 /* sent to itself through the local APIC */
#define VECTOR_UPCALL_APIC 0xf1 /* HVMOP_set_evtchn_upcall_vector */
#define VECTOR_UPCALL      0xf3 /* HVM_PARAM_CALLBACK_IRQ */

#define PROBE_AT 0x40 /* offset in a segment that hidden.c looks at */

#endif
