/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last instructions of a lent CPU in Xen: entry's tables map this page at
 * its address in Xen, so the switch of CR3 goes unnoticed.
 */
#include <asm/asm_defns.h>

        .section .text, "ax", @progbits

/*
 * void noreturn interrex_jump(volatile unsigned int *cpu_state,
 *                             unsigned int dead_value, unsigned long cr3,
 *                             unsigned long region_base,
 *                             unsigned long cpu_entry, unsigned long target);
 *
 * IF = 0, CR4.PGE = CR4.PCIDE = 0. Once *cpu_state is written, the stack and the
 * IDT may be freed: nothing touches them any more. At most 64 bytes.
 */
        .balign 64
ENTRY(interrex_jump)
        mov     %esi, (%rdi)
        mov     %rdx, %cr3
        mov     %rcx, %rdi
        mov     %r8, %rsi
        jmp     *%r9
        int3
        .type interrex_jump, @function
        .size interrex_jump, . - interrex_jump
