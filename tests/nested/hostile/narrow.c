/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 32-bit guests: protected mode without paging, with page tables of two levels, with PAE. A question is
 * a piece of code with its registers; the answer is the trap, or registers, memory and interrupts.
 */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#define MOST   48u
#define BUFFER 256u

enum {
    NO_RESULT = 1, /* what it answers goes on */
    KERNEL = 2,    /* at CPL 0 only */
    USER = 4,      /* at CPL 3 only */
    FLAT = 8,      /* without paging only: with it there is no way back */
    PAGED = 16,
    CALL = 32,   /* a hypercall: ECX and EDX point at memory */
    VCPU = 64,   /* ECX is the own vCPU */
    VARIES = 128 /* memory is not compared */
};

struct piece {
    const char *name;
    uint8_t bytes[MOST];
    uint8_t length, flags;
    uint32_t a, b, c; /* EAX, EBX, ECX */
    uint32_t content; /* of the memory, for a hypercall */
};

#define BYTES(...) {__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__})
#define WORD(n)    (n) & 0xff, (n) >> 8 & 0xff, (n) >> 16 & 0xff, (uint32_t)(n) >> 24

/* MOV EAX, CRn; MOV EBX, EAX; XOR EAX, bits; MOV CRn, EAX; MOV ECX, CRn; MOV CRn, EBX. CR4.MCE is
   Xen's own on this bed: it is not looked at. */
#define TOGGLE(cr, bits)                                                                           \
    BYTES(0x0f, 0x20, 0xc0 | (cr) << 3, 0x89, 0xc3, 0x35, WORD(bits), 0x0f, 0x22,                  \
          0xc0 | (cr) << 3, 0x0f, 0x20, 0xc1 | (cr) << 3, 0x0f, 0x22, 0xc3 | (cr) << 3, 0x83,      \
          0xe1, 0xbf, 0x31, 0xc0, 0x31, 0xdb)
/* RDMSR; MOV EBX, EAX; XOR EAX, bits; WRMSR; RDMSR; MOV EDI, EAX; MOV EAX, EBX; WRMSR. */
#define TOGGLE_MSR(bits)                                                                           \
    BYTES(0x0f, 0x32, 0x89, 0xc3, 0x35, WORD(bits), 0x0f, 0x30, 0x0f, 0x32, 0x89, 0xc7, 0x89,      \
          0xd8, 0x0f, 0x30)
#define APIC(reg) WORD(0xfee00000u + (reg))
/* MOV DWORD [register], value */
#define STORE(reg, value) 0xc7, 0x05, APIC(reg), WORD(value)
#define LOAD(reg)         0x8b, 0x0d, APIC(reg)

static const struct piece pieces[] = {
    {"rdtsc", BYTES(0x0f, 0x31), NO_RESULT, 0, 0, 0, 0},
    {"rdtscp", BYTES(0x0f, 0x01, 0xf9), NO_RESULT, 0, 0, 0, 0},
    {"rdpmc", BYTES(0x0f, 0x33), 0, 0, 0, 0, 0},
    {"pause", BYTES(0xf3, 0x90), 0, 0, 0, 0, 0},
    {"hlt", BYTES(0xf4), USER, 0, 0, 0, 0},
    {"invd", BYTES(0x0f, 0x08), 0, 0, 0, 0, 0},
    {"wbinvd", BYTES(0x0f, 0x09), 0, 0, 0, 0, 0},
    {"int1", BYTES(0xf1), 0, 0, 0, 0, 0},
    {"int3", BYTES(0xcc), 0, 0, 0, 0, 0},
    {"into", BYTES(0x31, 0xc0, 0x83, 0xe8, 0x01, 0xce), 0, 0, 0, 0, 0},
    {"ud2", BYTES(0x0f, 0x0b), 0, 0, 0, 0, 0},
    {"monitor", BYTES(0x0f, 0x01, 0xc8), 0, 0, 0, 0, 0},
    {"mwait", BYTES(0x0f, 0x01, 0xc9), 0, 0, 0, 0, 0},
    {"xgetbv", BYTES(0x0f, 0x01, 0xd0), 0, 0, 0, 0, 0},
    {"xsetbv", BYTES(0x0f, 0x01, 0xd1), 0, 1, 0, 0, 0},
    {"vmrun", BYTES(0x0f, 0x01, 0xd8), 0, 0, 0, 0, 0},
    {"vmload", BYTES(0x0f, 0x01, 0xda), 0, 0, 0, 0, 0},
    {"stgi", BYTES(0x0f, 0x01, 0xdc), 0, 0, 0, 0, 0},
    {"clgi", BYTES(0x0f, 0x01, 0xdd), 0, 0, 0, 0, 0},
    {"invlpga", BYTES(0x0f, 0x01, 0xdf), 0, 0, 0, 0, 0},
    {"clts", BYTES(0x0f, 0x06), 0, 0, 0, 0, 0},
    {"smsw", BYTES(0x0f, 0x01, 0xe0), 0, 0, 0, 0, 0},
    {"lmsw", BYTES(0x0f, 0x01, 0xf0), 0, 0x31, 0, 0, 0},
    {"rsm", BYTES(0x0f, 0xaa), 0, 0, 0, 0, 0},
    {"lock cpuid", BYTES(0xf0, 0x0f, 0xa2), 0, 0, 0, 0, 0},
    {"opsize cpuid", BYTES(0x66, 0x0f, 0xa2), 0, 0x40000000, 0, 0, 0},
    {"mov dr7", BYTES(0x0f, 0x23, 0xf8), 0, 0x400, 0, 0, 0},
    {"mov from dr6", BYTES(0x0f, 0x21, 0xf0), 0, 0, 0, 0, 0},
    {"unmapped read", BYTES(0xa1, WORD(NARROW_NOWHERE)), PAGED, 0, 0, 0, 0},
    {"in al", BYTES(0xe4, 0x80), 0, 0, 0, 0, 0},
    {"in eax", BYTES(0xe5, 0x80), 0, 0, 0, 0, 0},
    {"out al", BYTES(0xe6, 0x80), 0, 0, 0, 0, 0},
    {"out ed", BYTES(0xe6, 0xed), 0, 0, 0, 0, 0},
    {"in dx", BYTES(0x66, 0xba, 0xf8, 0x03, 0xec), 0, 0, 0, 0, 0},
    {"out dx", BYTES(0x66, 0xba, 0xf8, 0x03, 0xee), 0, 0, 0, 0, 0},
    {"in cfc", BYTES(0x66, 0xba, 0xfc, 0x0c, 0xed), 0, 0, 0, 0, 0},
    {"insb", BYTES(0x66, 0xba, 0xf8, 0x03, 0x6c), 0, 0, 0, 0, 0},
    {"rep outsb", BYTES(0x66, 0xba, 0xf8, 0x03, 0xf3, 0x6e), 0, 0, 0, 2, 0},
    {"cr0 mp", TOGGLE(0, 2), KERNEL, 0, 0, 0, 0},
    {"cr0 em", TOGGLE(0, 4), KERNEL, 0, 0, 0, 0},
    {"cr0 ts", TOGGLE(0, 8), KERNEL, 0, 0, 0, 0},
    {"cr0 wp", TOGGLE(0, 1 << 16), KERNEL, 0, 0, 0, 0},
    {"cr0 cd", TOGGLE(0, 1 << 30), KERNEL, 0, 0, 0, 0},
    {"cr0 cd nw", TOGGLE(0, 3 << 29), KERNEL, 0, 0, 0, 0},
    {"cr0 pg", TOGGLE(0, 1u << 31), KERNEL, 0, 0, 0, 0},
    {"cr0 pe", TOGGLE(0, 1), KERNEL | PAGED, 0, 0, 0, 0},
    {"cr3", TOGGLE(3, 8), KERNEL, 0, 0, 0, 0},
    {"cr4 tsd", TOGGLE(4, 4), KERNEL, 0, 0, 0, 0},
    {"cr4 de", TOGGLE(4, 8), KERNEL, 0, 0, 0, 0},
    {"cr4 pse", TOGGLE(4, 0x10), KERNEL | FLAT, 0, 0, 0, 0},
    {"cr4 pae", TOGGLE(4, 0x20), KERNEL | FLAT, 0, 0, 0, 0},
    {"cr4 pge", TOGGLE(4, 0x80), KERNEL, 0, 0, 0, 0},
    {"cr4 pce", TOGGLE(4, 0x100), KERNEL, 0, 0, 0, 0},
    {"cr4 osfxsr", TOGGLE(4, 0x200), KERNEL, 0, 0, 0, 0},
    {"cr4 umip", TOGGLE(4, 0x800), KERNEL, 0, 0, 0, 0},
    {"cr4 la57", TOGGLE(4, 0x1000), KERNEL, 0, 0, 0, 0},
    {"cr4 vmxe", TOGGLE(4, 0x2000), KERNEL, 0, 0, 0, 0},
    {"cr4 fsgsbase", TOGGLE(4, 0x10000), KERNEL, 0, 0, 0, 0},
    {"cr4 pcide", TOGGLE(4, 0x20000), KERNEL, 0, 0, 0, 0},
    {"cr4 osxsave", TOGGLE(4, 0x40000), KERNEL, 0, 0, 0, 0},
    {"efer sce", TOGGLE_MSR(1), KERNEL, 0, 0, 0xc0000080, 0},
    {"efer bit 1", TOGGLE_MSR(2), KERNEL, 0, 0, 0xc0000080, 0},
    /* Without paging and CR4.PAE it is the end of the emulated CPU (README.md). */
    {"efer lme", TOGGLE_MSR(0x100), KERNEL | PAGED, 0, 0, 0xc0000080, 0},
    {"efer lma", TOGGLE_MSR(0x400), KERNEL, 0, 0, 0xc0000080, 0},
    {"efer nxe", TOGGLE_MSR(0x800), KERNEL, 0, 0, 0xc0000080, 0},
    {"efer svme", TOGGLE_MSR(0x1000), KERNEL, 0, 0, 0xc0000080, 0},
    {"sysenter-cs", TOGGLE_MSR(0x1234), KERNEL, 0, 0, 0x174, 0},
    {"lstar", TOGGLE_MSR(0x1234), KERNEL, 0, 0, 0xc0000082, 0},
    {"misc-features", TOGGLE_MSR(1), KERNEL, 0, 0, 0x140, 0},
    {"debugctl", TOGGLE_MSR(2), KERNEL, 0, 0, 0x1d9, 0},
    {"apic version", BYTES(LOAD(0x30)), 0, 0, 0, 0, 0},
    {"apic moffs", BYTES(0xa1, APIC(0x30)), 0, 0, 0, 0, 0},
    {"apic byte", BYTES(0x8a, 0x0d, APIC(0x30)), 0, 0, 0, 0, 0},
    {"apic word", BYTES(0x66, 0x8b, 0x0d, APIC(0x30)), 0, 0, 0, 0, 0},
    {"apic movzx", BYTES(0x0f, 0xb6, 0x0d, APIC(0x30)), 0, 0, 0, 0, 0},
    {"apic svr", BYTES(LOAD(0xf0)), 0, 0, 0, 0, 0},
    {"apic lvtt", BYTES(LOAD(0x320)), 0, 0, 0, 0, 0},
    {"apic none", BYTES(LOAD(0x40)), 0, 0, 0, 0, 0},
    {"apic esr", BYTES(STORE(0x280, 0), LOAD(0x280)), 0, 0, 0, 0, 0},
    {"apic tpr", BYTES(STORE(0x80, 0x57), LOAD(0x80), STORE(0x80, 0)), KERNEL, 0, 0, 0, 0},
    {"apic tpr by eax", BYTES(0xa3, APIC(0x80), LOAD(0xa0), STORE(0x80, 0)), KERNEL, 0x42, 0, 0, 0},
    {"apic ipi", BYTES(STORE(0x300, 0x44041), 0xfb, 0x90, 0x90, 0xfa), KERNEL, 0, 0, 0, 0},
    {"apic ipi masked",
     BYTES(STORE(0x80, 0x50), STORE(0x300, 0x44041), 0xfb, 0x90, 0xfa, STORE(0x80, 0)), KERNEL, 0,
     0, 0, 0},
    /* One shot, while LOOP turns. */
    {"apic timer",
     BYTES(STORE(0x320, 0x41), STORE(0x3e0, 11), STORE(0x380, 20000), 0xfb, 0xe2, 0xfe, 0xfa,
           STORE(0x320, 0x10000)),
     KERNEL, 0, 0, 600000, 0},
};

/* Numbers, first arguments and contents, as in compat.c: what they are answered at each privilege. */
#define CALL_OF(name, number, sub, content, flags)                                                 \
    {                                                                                              \
        "call " name, BYTES(0x0f, 0x01, 0xd9), CALL | (flags), __HYPERVISOR_##number, sub, 0,      \
            content                                                                                \
    }

static const struct piece calls[] = {
    CALL_OF("version", xen_version, XENVER_version, 0, 0),
    CALL_OF("features", xen_version, XENVER_get_features, 0, 0),
    CALL_OF("send", event_channel_op, EVTCHNOP_send, 900, 0),
    CALL_OF("status", event_channel_op, EVTCHNOP_status, DOMID_SELF, 0),
    CALL_OF("unmask", event_channel_op, EVTCHNOP_unmask, 900, 0),
    CALL_OF("yield", sched_op, SCHEDOP_yield, 0, 0),
    CALL_OF("vcpu up", vcpu_op, VCPUOP_is_up, 0, VCPU),
    CALL_OF("run state", vcpu_op, VCPUOP_get_runstate_info, 0, VCPU | VARIES),
    CALL_OF("time", hvm_op, HVMOP_get_time, 0, VARIES),
    CALL_OF("reservation", memory_op, XENMEM_current_reservation, DOMID_SELF, 0),
    {"call unknown", BYTES(0x0f, 0x01, 0xd9), CALL, 60, 0, 0, 0},
    {"call beyond", BYTES(0x0f, 0x01, 0xd9), CALL, 0xffff, 0, 0, 0},
};

static struct piece cpuids[8], msrs[16]; /* made from numbers */

/* ---- a question and its answer, on vCPU 0 ---- */

/* In k->b: the mode, at CPL 3, with pointers at nothing. */
#define MODE(b)    ((enum narrow_mode)((b)&3))
#define IS_USER    4u
#define IS_NOWHERE 8u

enum narrow_mode narrow_mode(const struct query *k)
{
    return k->ask == narrow_answer ? MODE(k->b) : NARROW_NONE;
}

void narrow_begin(struct worker *w, const struct query *k, unsigned int word)
{
    const struct piece *p = k->p;
    uint32_t *buffer = (void *)(w->data[0] + 512), at = (uint32_t)(uintptr_t)buffer;
    bool user = k->b & IS_USER;

    (void)word;
    for (unsigned int i = 0; i < BUFFER / 4; i++)
        buffer[i] = 0;
    buffer[0] = p->content;
    for (unsigned int i = 0; i < p->length; i++)
        w->code[0][i] = p->bytes[i];
    w->code[0][p->length] = 0xcd;
    w->code[0][p->length + 1] = VECTOR_END;
    if (k->b & IS_NOWHERE)
        at = NARROW_NOWHERE;
    w->box.in = (struct narrow_frame){
        .eax = p->a,
        .ebx = p->b,
        .ecx = p->flags & VCPU   ? w->id
               : p->flags & CALL ? at
                                 : p->c,
        .edx = p->flags & CALL ? at : 0,
        .esi = (uint32_t)(uintptr_t)buffer,
        .edi = (uint32_t)(uintptr_t)buffer,
        .eip = (uint32_t)(uintptr_t)w->code[0],
        .cs = user ? SEL_UCODE : SEL_CODE,
        .ss = user ? SEL_UDATA : SEL_DATA,
        .eflags = FLAG_FIXED,
        .esp = (uint32_t)(uintptr_t)w->data[1] + PAGE / 2,
    };
    w->box.irqs = 0;
    w->box.done = 0;
    __atomic_store_n(&w->box.go, 1, __ATOMIC_SEQ_CST);
}

uint64_t narrow_answer(struct worker *w, const struct query *k, unsigned int word)
{
    const struct piece *p = k->p;
    const struct narrow_frame *f = &w->box.out;
    uint32_t at = f->eip - (uint32_t)(uintptr_t)w->code[0], moved;
    uint64_t h = fold(w->box.irqs, at);

    (void)word;
    if (f->vector != VECTOR_END)
        return HOSTILE_TRAP(f->vector, at, f->code);
    if (p->flags & NO_RESULT)
        return h;
    moved = f->edi - (uint32_t)(uintptr_t)w->data[0];
    h = fold(fold(h, f->eax), moved < PAGE ? moved : f->edi);
    if (!(p->flags & CALL))
        h = fold(fold(fold(h, f->ebx), f->ecx), f->edx);
    if (!(p->flags & VARIES))
        h = fold_bytes(h, w->data[0] + 512, BUFFER);
    return h >> 32 << 32 | (uint32_t)f->eax; /* what it answered can be read */
}

/* ---- the cases ---- */

static void ask(const struct piece *p, const char *mode, uint64_t b)
{
    if (!(p->flags & USER))
        add(narrow_answer, 1, 0, b, p, "%s %s", mode, p->name);
    if (!(p->flags & KERNEL))
        add(narrow_answer, 1, 0, b | IS_USER, p, "%s %s user", mode, p->name);
    if ((p->flags & CALL) && !(p->flags & VARIES))
        add(narrow_answer, 1, 0, b | IS_NOWHERE, p, "%s %s nowhere", mode, p->name);
}

static void make_numbers(void)
{
    static const uint32_t leaves[] = {0,          7,          0xd,        0x40000000,
                                      0x40000001, 0x80000000, 0x80000001, 0x80000008};
    /* Not PAT: see settle() of msr.c. */
    static const uint32_t numbers[] = {0x1b,       0x174,      0x179,      0x17b,
                                       0x1d9,      0xfe,       0x2ff,      0x800,
                                       0xc0000080, 0xc0000081, 0xc0000082, 0xc0000100,
                                       0xc0000102, 0xc0010015, 0x40000000, 0x12345};

    for (unsigned int i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
        cpuids[i] = (struct piece){"cpuid", BYTES(0x0f, 0xa2), 0, leaves[i], 0, 0, 0};
    for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        msrs[i] = (struct piece){"rdmsr", BYTES(0x0f, 0x32), 0, 0, 0, numbers[i], 0};
}

void group_narrow(void)
{
    static const char *const names[NARROW_MODES] = {"", "flat", "2-level", "pae"};

    make_numbers();
    for (unsigned int m = NARROW_FLAT; m < NARROW_MODES; m++) {
        const uint8_t never = m == NARROW_FLAT ? PAGED : FLAT;

        for (unsigned int i = 0; i < sizeof(cpuids) / sizeof(cpuids[0]); i++)
            for (unsigned int user = 0; user < 2; user++)
                add(narrow_answer, 1, 0, m | (user ? IS_USER : 0), &cpuids[i],
                    user ? "%s cpuid %x user" : "%s cpuid %x", names[m], cpuids[i].a);
        for (unsigned int i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
            add(narrow_answer, 1, 0, m, &msrs[i], "%s rdmsr %x", names[m], msrs[i].c);
        for (unsigned int i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
            if (!(pieces[i].flags & never))
                ask(&pieces[i], names[m], m);
        for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
            ask(&calls[i], names[m], m);
    }
}
