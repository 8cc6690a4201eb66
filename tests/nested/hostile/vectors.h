/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOSTILE_VECTORS_H
#define HOSTILE_VECTORS_H

#define VECTOR_END    0x30 /* INT: the piece of code is over */
#define VECTOR_A      0x41 /* through the local APIC */
#define VECTOR_B      0x62
#define VECTOR_UPCALL 0xf3 /* HVM_PARAM_CALLBACK_IRQ */

/* What 32-bit code (narrow.S) finds where: struct narrow_box and the top of a stack. */
#define NARROW_STACK     8192
#define NARROW_BOX_AT    8184 /* in the stack */
#define NARROW_FRAME     60   /* bytes: registers, trap and what IRET takes */
#define NARROW_OUT       60   /* in the box: the frame that it ended with */
#define NARROW_GO        120
#define NARROW_DONE      124
#define NARROW_IRQS      128
#define NARROW_VCPU_INFO 132

#endif
