/* SPDX-License-Identifier: GPL-2.0-only */
/* From where Xen starts a PVH guest (public/arch-x86/hvm/start_info.h) to long mode. */
        .section .note.Xen, "a", @note
        .balign 4
        .long   4, 4, 18                /* XEN_ELFNOTE_PHYS32_ENTRY */
        .asciz  "Xen"
        .long   start32

        .text
        .code32
        .globl  start32
start32:                                /* EBX: struct hvm_start_info */
        cld
        mov     $(1 << 10) | (1 << 9) | (1 << 5), %eax  /* OSXMMEXCPT, OSFXSR, PAE */
        mov     %eax, %cr4
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx       /* EFER: NXE, LME, SCE */
        mov     $0x901, %eax
        xor     %edx, %edx
        wrmsr
        mov     $0x80010033, %eax       /* PG, WP, NE, ET, MP, PE */
        mov     %eax, %cr0
        lgdt    boot_gdtr
        ljmp    $8, $start64

        .code64
start64:
        mov     $16, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        mov     $boot_stack_end, %rsp
        mov     %ebx, %edi
        call    guest_main
        ud2

/* Where VCPUOP_initialise starts the second vCPU: RDI, RSP are set. */
        .globl  start_vcpu
start_vcpu:
        call    vcpu_main
        ud2

        .data
        .balign 8
boot_gdt:
        .quad   0, 0x00209b0000000000, 0x00cf93000000ffff
boot_gdtr:
        .word   23
        .quad   boot_gdt

/* The first and the fourth GiB (local APIC) at their own address, for all privilege levels. */
        .balign 4096
        .globl  pml4
pml4:   .quad   pdpt + 7
        .fill   511, 8, 0
pdpt:   .quad   low + 7, 0, 0, high + 7
        .fill   508, 8, 0
low:    i = 0
        .rept   512
        .quad   (i << 21) + 0xe7
        i = i + 1
        .endr
high:   .rept   512
        .quad   ((i + 1024) << 21) + 0xe7
        i = i + 1
        .endr

        .bss
        .balign 16
boot_stack:
        .skip   16384
boot_stack_end:
        .section .note.GNU-stack, "", @progbits
