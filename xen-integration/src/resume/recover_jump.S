/* SPDX-License-Identifier: GPL-2.0-only */
/* Out of this Xen's page tables into the fallback's, which have R, and this Xen's image where it is. */
#include <asm/asm_defns.h>

        .section .text, "ax", @progbits

/*
 * int interrex_recover_jump(paddr_t tables, void *stack_end);
 *
 * Calls interrex_recover_in_region() there, and answers what it does if it comes back. IF = 0,
 * CR4.PGE = CR4.PCIDE = CR4.CET = 0.
 */
ENTRY(interrex_recover_jump)
        push    %rbp
        push    %rbx
        mov     %cr3, %rbx
        mov     %rsp, %rbp
        mov     %rsi, %rsp
        mov     %rdi, %cr3
        call    interrex_recover_in_region
        mov     %rbx, %cr3
        mov     %rbp, %rsp
        pop     %rbx
        pop     %rbp
        ret
        .type interrex_recover_jump, @function
        .size interrex_recover_jump, . - interrex_recover_jump
