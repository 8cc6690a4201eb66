/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that exits stand for: their length from the CPU (next RIP), or
 * from the opcode bytes, which must be the expected ones.
 */
#ifndef SHIM_GUEST_INSN_H
#define SHIM_GUEST_INSN_H

#include "core/domain.h"
#include "core/insn.h"

/* Length of the instruction at RIP; 0: it is not that instruction or cannot be read. */
unsigned int insn_length(struct pcpu *pc, struct vcpu *v, enum insn insn);
/* The same by the opcode bytes alone, where one exit stands for several instructions. */
unsigned int insn_match(struct pcpu *pc, struct vcpu *v, enum insn insn);

/* A MOV between a general register and memory or a control register, for MMIO and CR exits. */
struct insn_mov {
    unsigned int length;
    bool to_memory; /* or to the control register */
    bool immediate;
    uint8_t reg; /* general register */
    uint8_t cr;
    uint8_t size;   /* bytes: 4 or 8 */
    uint32_t value; /* with immediate */
};
/* MOV r32,m32; MOV m32,r32; MOV m32,imm32; XCHG is not among them. */
bool insn_decode_mmio(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov);
/* MOV CRn,r and MOV r,CRn. */
bool insn_decode_cr(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov);

#endif
