/* SPDX-License-Identifier: GPL-2.0-only */
/* The stand-in Xen's way up: multiboot, long mode, application processors. */
        .set    MAGIC, 0x1badb002
        .set    FLAGS, 0x3

        .section .multiboot, "a"
        .balign 4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

        .section .text.start, "ax"
        .code32
        .globl  start
start:
        cli
        mov     %ebx, multiboot_info
        call    build_tables
        call    long_mode
        ljmp    $8, $start64

        /* Identity mapping of 4 GiB in 2 MiB pages. */
build_tables:
        movl    $pdpt + 3, pml4
        mov     $4, %ecx
        mov     $pds + 3, %eax
        mov     $pdpt, %edi
1:      mov     %eax, (%edi)
        add     $4096, %eax
        add     $8, %edi
        loop    1b
        mov     $2048, %ecx
        mov     $0x83, %eax
        mov     $pds, %edi
2:      mov     %eax, (%edi)
        add     $0x200000, %eax
        add     $8, %edi
        loop    2b
        ret

long_mode:
        mov     $0x620, %eax            /* PAE, OSFXSR, OSXMMEXCPT */
        mov     %eax, %cr4
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx
        rdmsr
        or      $0x900, %eax            /* LME, NXE */
        wrmsr
        mov     $0x80010033, %eax
        mov     %eax, %cr0
        lgdt    gdtr
        ret

        .code64
start64:
        mov     $16, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        lea     boot_stack_top(%rip), %rsp
        call    stub_main
1:      hlt
        jmp     1b

        /* Copied to 0x8000; a processor starts here in real mode. */
        .code16
        .globl  trampoline, trampoline_end
trampoline:
        cli
        xor     %ax, %ax
        mov     %ax, %ds
        lgdtl   0x8000 + (tramp_gdtr - trampoline)
        mov     $0x11, %eax
        mov     %eax, %cr0
        ljmpl   $24, $ap32
        .balign 8
tramp_gdtr:
        .word   31
        .long   gdt
trampoline_end:

        .code32
ap32:
        mov     $32, %eax
        mov     $16, %eax
        mov     %eax, %ds
        mov     %eax, %ss
        mov     $ap_stack_top, %esp
        call    long_mode
        ljmp    $8, $ap64
        .code64
ap64:
        lea     ap_stack_top(%rip), %rsp
        call    stub_ap                 /* one at a time: they share the stack */

        .globl  enter_shim
enter_shim:                             /* rdi, rsi as the ABI has them; rdx = entry */
        jmp     *%rdx

        .globl  doorbell_gate
doorbell_gate:
        push    %rax
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        cld
        call    stub_doorbell
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rax
        iretq
        .globl  nmi_gate
nmi_gate:
        iretq
        .globl  fault_gate
fault_gate:
        mov     %rsp, %rdi
        and     $-16, %rsp
        call    stub_fault

        .data
        .balign 8
        .globl  multiboot_info
multiboot_info: .quad 0
gdt:    .quad   0, 0x00209b0000000000, 0x00cf93000000ffff, 0x00cf9b000000ffff
gdtr:   .word   31
        .quad   gdt

        .globl  guest_image, guest_image_end
guest_image:
        .incbin GUEST_BIN
guest_image_end:

        .bss
        .balign 4096
pml4:   .skip   4096
pdpt:   .skip   4096
pds:    .skip   4 * 4096
        .skip   16384
boot_stack_top:
        .skip   4096
ap_stack_top:
        .section .note.GNU-stack, "", @progbits
