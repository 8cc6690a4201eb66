/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOSTILE_VECTORS_H
#define HOSTILE_VECTORS_H

#define VECTOR_END    0x30 /* INT: the piece of code is over */
#define VECTOR_A      0x41 /* through the local APIC */
#define VECTOR_B      0x62
#define VECTOR_UPCALL 0xf3 /* HVM_PARAM_CALLBACK_IRQ */

#endif
