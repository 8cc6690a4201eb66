/* SPDX-License-Identifier: GPL-2.0-only */
/* Offsets that the assembly needs; hw.c and the vendor check them against the structures. */
#ifndef SHIM_CORE_OFFSETS_H
#define SHIM_CORE_OFFSETS_H

#define STACK_PAGES 4
#define STACK_SIZE  (STACK_PAGES * 4096)
#define PCPU_STACK  8

#define SEL_CODE 0x08
#define SEL_DATA 0x10
#define SEL_TSS  0x18

#define VCPU_RCX 8
#define VCPU_RDX 16
#define VCPU_RBX 24
#define VCPU_RBP 40
#define VCPU_RSI 48
#define VCPU_RDI 56
#define VCPU_R8  64
#define VCPU_R9  72
#define VCPU_R10 80
#define VCPU_R11 88
#define VCPU_R12 96
#define VCPU_R13 104
#define VCPU_R14 112
#define VCPU_R15 120

#endif
