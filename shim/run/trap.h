/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts and exceptions that the shim itself takes. */
#ifndef SHIM_RUN_TRAP_H
#define SHIM_RUN_TRAP_H

#include "core/pcpu.h"

/* As entry.S pushes it. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

extern const uint8_t trap_gates[]; /* 256 gates, 16 bytes each (entry.S) */

/* Called by the gates. Changes f where it goes on somewhere else; does not return if the CPU stops. */
void trap_handle(struct trap_frame *f);

#endif
