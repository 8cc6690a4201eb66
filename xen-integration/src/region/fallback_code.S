/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starts the fallback: copied into R, so that it can overwrite the slot of whoever
 * calls it. The contract is struct irx_fallback's (abi/anchor.h).
 */
#include <asm/asm_defns.h>
#include <asm/msr-index.h>
#include <asm/x86-defns.h>

/* Of struct irx_fallback. */
#define F_IMAGE      32
#define F_IMAGE_SIZE 40
#define F_DEST       48
#define F_ENTRY      56

#define DATA32 0x08
#define CODE32 0x10

        .section .rodata, "a", @progbits

        .balign 64
/* RDI = region_base, RSI = the fallback's structure; long mode, R where it is. */
ENTRY(interrex_fallback_code)
        .code64
        lea     .Lstack(%rip), %rsp
        cld
        mov     %rsi, %rdx
        mov     F_ENTRY(%rdx), %rbp
        add     %rdi, %rbp
        mov     F_IMAGE_SIZE(%rdx), %rcx
        shr     $3, %rcx
        mov     F_IMAGE(%rdx), %rsi
        add     %rdi, %rsi
        add     F_DEST(%rdx), %rdi
        rep movsq

        /* What the image sets up itself begins as it does in a machine that was just started. */
        mov     $X86_CR4_PAE, %eax
        mov     %rax, %cr4

        push    $0
        push    $0
        lidt    (%rsp)
        movw    $.Lgdt_end - .Lgdt - 1, (%rsp)
        lea     .Lgdt(%rip), %rax
        mov     %rax, 2(%rsp)
        lgdt    (%rsp)
        lea     .Lcompat(%rip), %rax
        push    $CODE32
        push    %rax
        lretq

        .code32
.Lcompat:
        mov     $DATA32, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss

        mov     $X86_CR0_PE | X86_CR0_ET, %eax
        mov     %eax, %cr0
        mov     $MSR_EFER, %ecx
        xor     %eax, %eax
        xor     %edx, %edx
        wrmsr
        mov     %eax, %cr4

        jmp     *%ebp
        .code64

        .balign 8
.Lgdt:
        .quad   0
        .quad   0x00cf93000000ffff /* data, flat */
        .quad   0x00cf9b000000ffff /* code, flat, 32 bit */
.Lgdt_end:
        .fill   8, 8, 0
.Lstack:
GLOBAL(interrex_fallback_code_end)
