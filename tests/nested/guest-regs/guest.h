/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest without an operating system that fills every register of its vCPUs with patterns,
 * waits, and compares bit by bit. Each round: main.c chooses, round.c fills and compares, sysregs.c
 * (with segments.c, debug.c, apic.c) and fpu.c know the registers, trap.c meets what comes in
 * between.
 */
#ifndef GUEST_REGS_GUEST_H
#define GUEST_REGS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instructions.h"
#include "status.h"
#include "vectors.h"

#define STACK_SIZE 8192u

/* Selectors; see tables.c. Two LDTs of which each has the data segments 0x07 and 0x0f. */
#define SEL_CODE      0x08u
#define SEL_DATA      0x10u
#define SEL_UDATA     0x1bu
#define SEL_UCODE     0x23u
#define SEL_UDATA2    0x2bu /* its limit tells the GDTs apart */
#define SEL_TSS       0x30u
#define SEL_LDT(i)    (0x40u + 16 * (i))
#define SEL_LDATA     0x07u
#define SEL_UCODE32   0x63u
#define SEL_HIDDEN(i) (0x6bu + 8 * (i)) /* of four segments: hidden.c */

#define FLAG_TF    (1u << 8)
#define FLAG_IF    (1u << 9)
#define FLAG_FIXED (1u << 1)
#define FLAG_RF    (1u << 16)

/* The order of the stubs' pushes; the exit is IRETQ. */
struct frame {
    uint64_t gpr[15]; /* r15 to rax, without RSP */
    uint64_t vector, code;
    uint64_t rip, cs, rflags, rsp, ss;
};
#define GPR_R8  7
#define GPR_RBX 11
#define GPR_RDX 12
#define GPR_RCX 13
#define GPR_RAX 14

/* From the top of each trap stack the vCPU is found. */
struct stack {
    uint8_t space[STACK_SIZE - 16];
    struct cpu *cpu;
    uint64_t unused;
};

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3], reserved1, ist[7], reserved2;
    uint16_t reserved3, iomap;
} __attribute__((packed));

#define SYSREGS_MAX 96u
#define FPU_SIZE    1024u /* FXSAVE's 512 bytes, or XSAVE with AVX's 832 */

struct cpu {
    struct stack stacks[3]
        __attribute__((aligned(STACK_SIZE))); /* traps, NMI, what should never come */
    uint8_t fpu_want[FPU_SIZE] __attribute__((aligned(64)));
    uint8_t fpu_found[FPU_SIZE] __attribute__((aligned(64)));
    uint64_t gdt[2][18];
    uint64_t ldt[2][2];
    struct tss tss;
    unsigned int id;
    bool x2apic, xsave, avx;
    uint64_t features; /* CPUID 1: ECX in the upper, EDX in the lower half */
    struct regs_vcpu *status;
    uint32_t timer_port;
    uint64_t random;
    uint64_t last_tsc, last_ns;

    /* the round */
    enum regs_kind kind;
    volatile bool in_round, timer_fired;
    uint64_t kernel_stack;
    struct frame image; /* what the vCPU is started with */
    uint64_t end_rip;   /* where it has to be in the end */
    uint64_t sysreg[SYSREGS_MAX];
    uint64_t ldt_limit, xcr0;
    uint64_t paused_ns;              /* at the fill */
    uint64_t counted, to_count, dr6; /* exceptions so far and in all; DR6 between steps */
    volatile uint64_t self_count, nmi_count;
    volatile unsigned int nmi_depth;
    bool self_pending;
    uint32_t hidden[4]; /* what data segments lead to: hidden.c */
    bool probing;
    struct frame probe;
};

struct options {
    uint64_t interval_us, rest_us;
    bool park;
    /* One bit of one register changes behind the guest's back: the check has to see it. */
    char spoil[REGS_NAME];
    unsigned int spoil_bit;
    uint64_t spoil_round;
};

extern struct options options;
extern struct regs_status status;
extern struct cpu cpus[REGS_VCPUS];

/* main.c */
_Noreturn void vcpu_main(struct cpu *c);
uint64_t random64(struct cpu *c);

/* tables.c: descriptor tables, and four page tables of the same content */
void tables_init(struct cpu *c);
uint64_t tables_root(unsigned int i);
struct table_pointer tables_gdt(const struct cpu *c, unsigned int i);
/* The descriptor of SEL_HIDDEN(i), made or taken away. */
void tables_hidden(struct cpu *c, unsigned int i, uint64_t base, bool present);

/* xen.c */
bool xen_init(uint64_t start_info, const char **command_line);
void xen_start_vcpu(struct cpu *c);
void xen_init_vcpu(struct cpu *c);
uint64_t xen_now_ns(void);
uint64_t xen_paused_ns(const struct cpu *c);
void xen_set_timer(const struct cpu *c, uint64_t ns);
void xen_stop_timer(const struct cpu *c);
void xen_send_nmi(const struct cpu *c);
void xen_sleep(uint64_t ns);
/* Waits for nothing. HLT with interrupts off would end the domain, and nobody could look at it. */
_Noreturn void xen_stop(void);
/* Takes what is pending; true: the timer's event was among it. */
bool xen_take_events(const struct cpu *c);

/* sysregs.c, apic.c, debug.c */
void sysregs_init(struct cpu *c);
void sysregs_fill(struct cpu *c, bool user);
void sysregs_compare(struct cpu *c);
/* What this one was given by another way than sysregs_fill(). */
void sysregs_expect(struct cpu *c, const char *name, uint64_t value);
/* Reading or writing another's value at once is right too: for the local APIC of either kind. */
uint32_t apic_read(const struct cpu *c, unsigned int reg);
void apic_write(const struct cpu *c, unsigned int reg, uint32_t value);
void apic_send_self(const struct cpu *c);
/* TS and EM off: the FPU can be used. */
void sysregs_fpu_on(void);
uint64_t read_dr6(void);
void write_dr6(uint64_t value);
#define APIC_EOI 0x0bu

/* fpu.c */
void fpu_init(struct cpu *c);
void fpu_fill(struct cpu *c);
void fpu_compare(struct cpu *c);

/* hidden.c */
void hidden_fill(struct cpu *c);
void hidden_compare(struct cpu *c);

/* round.c */
bool same(const char *a, const char *b);
void round_init(struct cpu *c);
void round_run(struct cpu *c, enum regs_kind kind);
/* From trap(): the round is over, the frame is what it left. */
_Noreturn void round_end(struct cpu *c, const struct frame *f);
void mismatch(struct cpu *c, const char *name, uint64_t expected, uint64_t found);
/* The bit to flip in this register now, or 0. */
uint64_t spoil(const struct cpu *c, const char *name);
void check_time(struct cpu *c);

/* trap.c */
_Noreturn void fatal(const struct frame *f);
/* Xen refused something with this error. */
_Noreturn void refused(const struct cpu *c, long rc, uint64_t rip);
void trap(struct frame *f);

/* traps.S */
void round_enter(const struct frame *image, uint64_t *stack);
_Noreturn void round_leave(uint64_t stack);
extern const char start_vcpu[], spin[], spin_off[], spin_off_end[], spin_halt[], spin_exceptions[],
    spin_ud2[], spin_exceptions_end[], spin_sti[], spin_sti_shadow[], spin_sti_end[], spin_mov_ss[],
    spin_mov_ss_shadow[], spin_mov_ss_end[], spin_park[], spin_park_end[], probe[];
struct stub {
    uint64_t vector, entry;
};
extern const struct stub stubs[], stubs_end[];

#endif
