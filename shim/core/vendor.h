/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The narrow interface to the CPU's virtualisation, the one between all else and a
 * vendor's folder: svm/ has it, tests/fake/ for the host tests. Resolved at link time.
 * A vendor calls core/ and nothing above it. Functions with a pcpu argument run on that CPU.
 */
#ifndef SHIM_CORE_VENDOR_H
#define SHIM_CORE_VENDOR_H

#include "domain.h"
#include "insn.h"

/* What an exit of class IRX_EXIT_OTHER is. */
enum vm_other {
    VM_OTHER_UNKNOWN,   /* nothing that the shim serves */
    VM_OTHER_HOST,      /* something came for the host and is over */
    VM_OTHER_UNDEFINED, /* an instruction that guests are not offered */
};

/* Why the guest came out, in no vendor's words. What a class does not name is 0. */
struct vm_exit {
    uint32_t class; /* IRX_EXIT_*: it is counted as this, and guest/exit.c serves it by this */
    uint32_t info;  /* EXCEPTION: vector; IO: port; TSC, CACHE: enum insn; OTHER: enum vm_other */
    bool icebp;     /* EXCEPTION: #DB by the instruction ICEBP, which is not yet behind */
    uint64_t gpa;   /* NPF: the address */
    uint32_t error_code; /* EXCEPTION */
    bool write;          /* MSR, NPF, IO: the guest writes */
    uint8_t size;        /* IO: bytes; 0: of a string of them */
    uint64_t next_rip;   /* IO: the instruction behind */
};

/* First CPU, after spec_init(): does the host have what the vendor needs? Allocates what all CPUs share. */
int vendor_init(void);
/* Each CPU, before its first guest: 0, or -ENOMEM with nothing changed. */
int vendor_cpu_init(struct pcpu *pc);
/* After a fault in the shim on this CPU: interrupts can be taken again. */
void vendor_cpu_recover(struct pcpu *pc);
/* Switches virtualisation off on this CPU, for the way back to Xen. */
void vendor_cpu_exit(struct pcpu *pc);

/* PREPARE: allocate what a domain or a vCPU needs. 0 or -ENOMEM; free is idempotent. */
int vendor_domain_init(struct dom *d);
void vendor_domain_free(struct dom *d);
int vendor_vcpu_init(struct vcpu *v);
void vendor_vcpu_free(struct vcpu *v);

/* ENTER: registers from the (validated) records in R, and from v what regs_import() put there. */
void vendor_vcpu_load(struct vcpu *v);
/* FREEZE: registers into the records, but for what regs_export() does. The vCPU is not running. */
void vendor_vcpu_save(struct vcpu *v);

/*
 * Enters the guest until the next exit; takes pending interrupts on the way back.
 * Registers are in v afterwards, v->tpr among them. `flush`: drop this CPU's
 * translations. An exit of class INTR, NMI or VINTR is over when this returns.
 */
struct vm_exit vendor_run(struct pcpu *pc, struct vcpu *v, bool flush);
/* The exit as the CPU gave it, for irx_vcpu.exit_*. */
void vendor_exit_info(const struct vcpu *v, uint64_t *code, uint64_t *info1, uint64_t *info2);

/* Moves past an instruction: RIP, interrupt shadow, RF, single-step trap. */
void vendor_retire(struct vcpu *v, unsigned int len);
/* Together with one that is on its way in they are one, or a double fault; with a double fault on
   its way they are none, but v->triple_fault. */
void vendor_inject_exception(struct vcpu *v, unsigned int vector, bool has_code, uint32_t code);
void vendor_inject_interrupt(struct vcpu *v, uint8_t vector);
void vendor_inject_nmi(struct vcpu *v);
/* An event waits to be delivered at the next entry. */
bool vendor_event_pending(const struct vcpu *v);
/* Under the shadow of STI or MOV SS. */
bool vendor_intr_shadow(const struct vcpu *v);
bool vendor_nmi_blocked(const struct vcpu *v);
/*
 * Exit as soon as the guest can take an interrupt of this vector. False: not together
 * with what is injected already; the caller has to look again soon.
 */
bool vendor_open_window(struct vcpu *v, uint8_t vector, bool ignore_tpr);

void vendor_set_cr0(struct vcpu *v, uint64_t value);
void vendor_set_cr4(struct vcpu *v, uint64_t value);
void vendor_set_efer(struct vcpu *v, uint64_t value);
/* What the CPU adds to the host's TSC where the guest reads its own without an exit. */
void vendor_set_tsc_offset(struct vcpu *v, uint64_t value);
/* Translations of this vCPU are stale. */
void vendor_flush(struct vcpu *v);
/* Gives the guest its debug registers, or takes them back (at a switch of vCPUs). */
void vendor_dr_give(struct vcpu *v);
void vendor_dr_take(struct vcpu *v);
bool vendor_dr_active(const struct vcpu *v);

/*
 * At a switch of vCPUs: v, about to run on this CPU, finds there what it set of what the CPU has
 * one of; the next one does not find it.
 */
void vendor_switch_in(struct pcpu *pc, struct vcpu *v);
void vendor_switch_out(struct pcpu *pc);

/* What becomes of RDMSR or WRMSR. */
enum msr_result {
    MSR_DONE,
    MSR_FAULT, /* #GP */
    MSR_PARK,  /* not answered here */
    MSR_OTHER, /* not one of those that were asked for it */
};

/* The guest's interrupt descriptor table. */
void vendor_idt(const struct vcpu *v, uint64_t *base, uint32_t *limit);

/* MSRs that live in the vendor's structure. get: false, it has no such MSR. */
bool vendor_get_msr(const struct vcpu *v, uint32_t msr, uint64_t *value);
enum msr_result vendor_set_msr(struct vcpu *v, uint32_t msr, uint64_t value);

/* The instruction of its hypercalls. */
extern const struct opcode vendor_hypercall;

/* How entries of its nested tables look; npt.c makes them (shim.npt). */
extern const struct npt_format vendor_npt;

#endif
