/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits and hypercalls, one after another, on two CPUs: registers, memory and the exit itself are
 * the input's. Whatever the guest does the shim serves it or parks the vCPU; where it parks, the
 * guest's registers are as they were. The guest of the other entry, a neighbour, is not changed.
 */
#include "held.h"

#include "core/sched.h"
#include "fake/fake.h"
#include "guest/exit.h"
#include "run/loop.h"

/* What the next exit is. */
static struct vm_exit next;
static uint64_t gprs[NR_GPRS];

/* Values that mean something: pointers of all kinds, small numbers, edges. */
static uint64_t value(struct input *in)
{
    static const uint64_t known[] = {0,
                                     1,
                                     ~0ull,
                                     GFN_DATA << PAGE_SHIFT,
                                     (GFN_DATA << PAGE_SHIFT) + 8,
                                     (GFN_DATA << PAGE_SHIFT) + 0xff8,
                                     (GFN_DATA << PAGE_SHIFT) + 0xffe,
                                     GFN_CODE << PAGE_SHIFT,
                                     NOT_MAPPED_VA,
                                     ENV_REGION,
                                     0xfee00300,
                                     1ull << 47,
                                     ~0ull << 12,
                                     1ull << 63,
                                     0x7fffffff,
                                     0xffffffff};
    uint64_t kind = take(in, 1);

    if (kind < 16)
        return known[kind];
    if (kind < 128)
        return kind - 16;
    if (kind < 192)
        return take(in, 4);
    return take(in, 8);
}

/* The instruction that an exit of this class stands for. */
static void put_instruction(struct vcpu *v, uint32_t class)
{
    static const uint8_t code[IRX_NR_EXITS][4] = {
        [IRX_EXIT_CPUID] = {0x0f, 0xa2},
        [IRX_EXIT_MSR] = {0x0f, 0x32},
        [IRX_EXIT_HLT] = {0xf4},
        [IRX_EXIT_PAUSE] = {0xf3, 0x90},
        [IRX_EXIT_HYPERCALL] = {0x0f, 1, 0xd9},
        [IRX_EXIT_NPF] = {0x89, 0x03},
        [IRX_EXIT_CR] = {0x0f, 0x22, 0xc0},
        [IRX_EXIT_XSETBV] = {0x0f, 1, 0xd1},
        [IRX_EXIT_CACHE] = {0x0f, 0x09},
        [IRX_EXIT_TSC] = {0x0f, 0x31},
    };

    v->insn_len = 4;
    memcpy(v->insn, code[class % IRX_NR_EXITS], 4);
    if (class == IRX_EXIT_MSR && next.write)
        v->insn[1] = 0x30;
}

static struct vm_exit guest(struct pcpu *pc, struct vcpu *v)
{
    struct vm_exit e = next;

    (void)pc;
    next = (struct vm_exit){.class = IRX_EXIT_INTR}; /* for whoever runs behind */
    if (e.class == IRX_EXIT_INTR)
        return e;
    memcpy(v->gpr, gprs, sizeof(gprs));
    return e;
}

static void take_exit(struct input *in)
{
    uint64_t bits = take(in, 1);

    next = (struct vm_exit){.class = (uint32_t)(take(in, 1) % (IRX_NR_EXITS + 1)),
                            .info = (uint32_t)take(in, 1),
                            .write = bits & 1,
                            .error_code = (uint32_t)(bits >> 1 & 3)};
    if (next.class >= IRX_NR_EXITS || bits & 0x80)
        next.class = IRX_EXIT_HYPERCALL;
    if (next.class == IRX_EXIT_NPF)
        next.gpa = bits & 8 ? 0xfee00000 + (take(in, 1) << 4) : value(in);
    if (next.class == IRX_EXIT_TSC) /* the rest is what a vendor says, and not the guest */
        next.info = next.info & 1 ? INSN_RDTSCP : INSN_RDTSC;
    if (next.class == IRX_EXIT_CACHE)
        next.info = next.info & 1 ? INSN_INVD : INSN_WBINVD;
    if (next.class == IRX_EXIT_OTHER)
        next.info %= VM_OTHER_UNDEFINED + 1;
    gprs[RAX] = value(in);
    gprs[RDI] = gprs[RCX] = value(in);
    gprs[RSI] = value(in);
    gprs[RDX] = value(in);
    gprs[RBX] = value(in);
}

/* Served directly, so that what a park leaves can be compared. */
static void serve(struct input *in, struct vcpu *v)
{
    struct vcpu before;

    take_exit(in);
    memcpy(v->gpr, gprs, sizeof(gprs));
    put_instruction(v, next.class);
    before = *v;
    if (exit_serve(env_on(0), v, &next))
        return;
    MUST(!memcmp(v->gpr, before.gpr, sizeof(v->gpr)) && v->rip == before.rip &&
         v->rflags == before.rflags && v->cr0 == before.cr0 && v->cr3 == before.cr3 &&
         v->cr4 == before.cr4 && v->efer == before.efer);
}

static void step(struct input *in, unsigned int entry)
{
    uint64_t what = take(in, 1);
    uint64_t v;

    fake_clear_ipis();
    switch (what & 3) {
    case 0: /* the guest writes what hypercalls read */
        v = value(in);
        memcpy((uint8_t *)env_page(entry, GFN_DATA) + (take(in, 2) & 0xff8), &v, 8);
        break;
    case 1: /* time passes */
        fake.tsc += take(in, 4);
        break;
    default:
        take_exit(in);
        loop_once(env_on(what >> 4 & 1));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    uint64_t mode = take(&in, 1);
    unsigned int entry = mode & 1, steps = 0;
    struct vcpu *v;

    held_again();
    fake_guest = guest;
    next = (struct vm_exit){.class = IRX_EXIT_INTR};
    if (mode & 2) {
        v = held_current(entry, mode >> 2 & 1);
        while (in.left && steps++ < 8 && sched_may_run(v))
            serve(&in, v);
        return 0;
    }
    while (in.left && steps++ < 32)
        step(&in, entry);
    return 0;
}
