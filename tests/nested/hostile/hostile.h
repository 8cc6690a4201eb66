/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest without an operating system that asks what no sane guest asks, and writes the answers
 * down. vCPU 0 (main.c) hands case after case to the other vCPUs, the workers (worker.c); one that
 * does not answer in time is left alone and the next one goes on behind its question, so that a
 * parked vCPU costs one worker and not the run. What is asked is in the files of the groups.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answers.h"
#include "../guest-regs/instructions.h"
#include "narrow.h"
#include "vectors.h"

#define WORKERS    48u /* at most; shared_info has room for 32 vCPUs, the others have none */
#define STACK_SIZE 8192u

#define SEL_CODE    0x08u
#define SEL_DATA    0x10u
#define SEL_UDATA   0x1bu
#define SEL_UCODE   0x23u
#define SEL_TSS     0x28u
#define SEL_CODE32  0x38u /* 32-bit code, at CPL 0 and 3 */
#define SEL_UCODE32 0x43u

#define FLAG_FIXED (1u << 1)
#define FLAG_IF    (1u << 9)

#define PAGE 4096u

#define NARROW_NOWHERE 0x7fc00000u /* 4 MiB that 32-bit page tables leave out */

/* The order of the stubs' pushes; also what a piece of code is started with and ends with. */
struct frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, code;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* From the top of each trap stack the vCPU is found. */
struct stack {
    uint8_t space[STACK_SIZE - 16];
    struct worker *worker;
    uint64_t box; /* of a 32-bit vCPU: narrow_vcpu.S */
};

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct gate {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
};

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3], reserved1, ist[7], reserved2;
    uint16_t reserved3, iomap;
} __attribute__((packed));

/* Pages at places that matter, in a window of each vCPU's own. */
enum window_page {
    WIN_DATA,     /* read and written */
    WIN_NONE,     /* not present */
    WIN_DATA2,    /* read and written, before a read-only one */
    WIN_RO,       /* read only */
    WIN_CODE,     /* read and written, before */
    WIN_CODE2,    /* another one, before */
    WIN_NONE2,    /* none */
    WIN_HOLE,     /* a gfn without a page */
    WIN_HOST,     /* a gfn whose number is that of a page of the hypervisor's region */
    WIN_RESERVED, /* a reserved bit in its entry */
    WIN_APIC,     /* the local APIC's */
    WIN_SYSTEM,   /* not for CPL 3 */
    WIN_NX,       /* not executable */
    WIN_PAGES
};

struct worker {
    struct stack stacks[3] __attribute__((aligned(STACK_SIZE))); /* traps, NMI, C code */
    uint8_t data[2][PAGE] __attribute__((aligned(PAGE)));
    uint8_t code[2][PAGE] __attribute__((aligned(PAGE)));
    uint64_t pt[512] __attribute__((aligned(PAGE)));
    struct gate idt[256];
    uint64_t gdt[10];
    struct tss tss;
    unsigned int id;       /* of the vCPU */
    enum narrow_mode mode; /* NARROW_NONE: long mode */
    struct narrow_box box;
    bool x2apic;
    uint32_t port, timer_port;

    /* From vCPU 0 to the worker, by an event on `port`. */
    volatile uint32_t job, word, pass;
    volatile bool busy, replaced;
    volatile uint64_t beat; /* the worker's: it goes on */

    /* Where traps lead: out of a piece of code (run()), else out of a case (protect()). */
    uint64_t run_sp, case_sp;
    struct frame *run_frame;
    volatile uint32_t irqs[256];
};

extern struct hostile_board board;
extern struct worker workers[WORKERS];
extern unsigned int vcpus;
struct query;
typedef uint64_t ask_fn(struct worker *w, const struct query *k, unsigned int word);

/* A case as its group describes it. */
struct query {
    ask_fn *ask;
    unsigned int patience; /* after so many late answers the rest is not asked */
    bool fresh;            /* of a vCPU that was asked nothing before */
    uint64_t a, b;
    const void *p;
};

/* main.c: one more case. The name is a format with %s, %x, %u of its arguments, in their order. */
void add(ask_fn *ask, unsigned int words, uint64_t a, uint64_t b, const void *p, const char *name,
         ...) __attribute__((format(printf, 6, 7)));
/* Of the cases that are added from now on. All ones, but where the questions of a case differ in nothing
   that is looked at before it parks. */
extern unsigned int patience;
/* The same: whether they ask a vCPU that was asked nothing before, one a pass. Needs the group apic. */
extern bool fresh;
/* Whether a group was asked for on the command line. */
bool option(const char *name, uint64_t *value);

/* worker.c */
_Noreturn void vcpu_main(struct worker *w);
/* A piece of code (up to its INT VECTOR_END) at this CPL with these registers; 0, or HOSTILE_TRAP.
   f is what it ended with. */
uint64_t run(struct worker *w, const void *code, unsigned int cpl, struct frame *f);
/* The same in 32-bit code, that has to lie below 4 GiB. */
uint64_t run32(struct worker *w, const void *code, unsigned int cpl, struct frame *f);
static inline uint64_t fold(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9e3779b97f4a7c15ull;
    return h ^ h >> 29;
}
uint64_t fold_bytes(uint64_t h, const void *p, size_t n);
void trap(struct frame *f);
/* Time that may pass in a case without an answer: it goes on. */
static inline void beat(struct worker *w)
{
    w->beat++;
}

/* tables.c */
void tables_init(struct worker *w);
void tables_load(struct worker *w);
uint64_t window(const struct worker *w, enum window_page page);

/* xen.c */
bool xen_init(uint64_t start_info, const char **command_line);
void xen_start_worker(struct worker *w);
/* With a struct vcpu_hvm_context. */
void xen_start_vcpu(struct worker *w, const void *context);
/* Where its struct vcpu_info is: below 4 GiB. */
uint32_t xen_vcpu_info(unsigned int vcpu);
void xen_init_vcpu(struct worker *w);
long hypercall5(unsigned int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
uint64_t xen_now_ns(void);
void xen_send(uint32_t port);
/* Waits for the port's event, and takes it; until_ns 0: for ever. */
void xen_await(uint32_t port, uint64_t until_ns);
uint32_t xen_bind_ipi(unsigned int vcpu);
bool xen_take(uint32_t port);
/* Masks it or not; whether it was masked. */
bool xen_mask(uint32_t port, bool masked);
void xen_ack_upcall(unsigned int vcpu);

/* traps.S */
uint64_t protect(uint64_t *sp, ask_fn *ask, struct worker *w, const struct query *k,
                 unsigned int word);
void enter(const struct frame *f, uint64_t *sp);
_Noreturn void leave(uint64_t sp, uint64_t value);
extern const char start_vcpu[];
struct stub {
    uint64_t vector, entry;
};
extern const struct stub stubs[], stubs_end[];

/* apic.c: on, in the mode that the guest was told. */
void apic_init(struct worker *w);

/* control.c */
void control_init(void);

/* race.c: whether this is the vCPU that disturbs another, and did so. */
bool race_disturbs(struct worker *w);

/* fifo.c */
extern bool fifo; /* the guest has the FIFO ABI */
bool fifo_init(unsigned int count);
bool fifo_take(uint32_t port);
bool fifo_mask(uint32_t port, bool masked);

/* end.c */
void end_guest(uint64_t way);

/* hoard.c: how many mappings it got of its own grants, at least `wanted` if Xen made them all: up to 130,048. */
uint64_t hoard(uint64_t wanted);

/* The groups. */
void group_fifo(void);
void group_cpuid(void);
void group_msr(void);
void group_hypercall(void);
void group_evtchn(void);
void group_apic(void);
void group_timer(void);
void group_control(void);
void group_insn(void);
void group_race(void);
void group_compat(void);
void group_narrow(void);

/* snippets.S: pieces of code that end with INT VECTOR_END */
extern const char code_cpuid[], code_rdmsr[], code_wrmsr[], code_vmmcall[], code_xsetbv[],
    code_xgetbv[], code_load8[], code_load4[], code_load2[], code_load1[], code_store8[],
    code_store4[], code_store2[], code_store1[], code_moffs[];

#endif
