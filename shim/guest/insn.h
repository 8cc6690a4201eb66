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

/*
 * After insn_length() was 0: another thread of the guest may have changed the code since the exit.
 * True: the exit is over, as for Xen's svm_get_insn_len(): #GP was injected where another
 * instruction is found, or the guest meets the instruction again because it is back, or its user meets
 * its page fault. False: park.
 */
bool insn_gone(struct pcpu *pc, struct vcpu *v, enum insn insn);

/* A MOV between a general register and memory or a control register, for MMIO and CR exits. */
struct insn_mov {
    unsigned int length;
    bool to_memory; /* or to the control register */
    bool immediate;
    bool is_signed; /* what is read is extended by its sign, else by zeros */
    bool high;      /* the register is AH, CH, DH or BH, and reg RAX, RCX, RDX or RBX */
    uint8_t reg;    /* general register */
    uint8_t cr;
    uint8_t size;   /* bytes in memory: 1, 2, 4 or 8; of a CR: 4 or 8, 2 is LMSW */
    uint8_t to;     /* bytes of the register that memory is read to */
    uint32_t value; /* with immediate */
};
/* MOV in all its forms, MOVZX, MOVSX, MOVSXD; nothing that reads and writes. */
bool insn_decode_mmio(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov);
/* What it writes: the lowest mov.size bytes. */
uint64_t insn_source(const struct vcpu *v, const struct insn_mov *mov);
/* Puts what it read into its register. */
void insn_set_target(struct vcpu *v, const struct insn_mov *mov, uint64_t value);
/* MOV CRn,r; MOV r,CRn; LMSW r. */
bool insn_decode_cr(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov);

#endif
