/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit handlers: what the guest gets is what Xen would have given, or the vCPU is parked untouched. */
#include "env.h"

#include <string.h>

#include "core/regs.h"
#include "core/sched.h"
#include "fake/fake.h"
#include "guest/gmem.h"
#include "guest/handlers.h"
#include "guest/insn.h"
#include "guest/intr.h"

#define CODE(v, ...)                                                                               \
    do {                                                                                           \
        static const uint8_t bytes_[] = {__VA_ARGS__};                                             \
        env_code(v, bytes_, sizeof(bytes_));                                                       \
    } while (0)

static struct dom *run(uint32_t vcpus)
{
    return env_run(env_domain(0, 1, vcpus));
}

static struct vcpu *current(uint32_t vcpus)
{
    return env_current(run(vcpus), 0);
}

/* ---- CPUID ---- */

static void cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    uint64_t rip = v->rip;

    CODE(v, 0x0f, 0xa2);
    v->gpr[RAX] = leaf;
    v->gpr[RCX] = subleaf;
    assert_true(guest_cpuid(env_cpu(0), v));
    assert_int_equal(v->rip, rip + 2);
    v->rip = rip;
}

static void cpuid_policy_and_dynamic_bits(void **state)
{
    struct dom *d = run(3);
    struct vcpu *v = env_current(d, 2);

    (void)state;
    cpuid(v, 1, 0);
    assert_int_equal(v->gpr[RBX], 0x04000800); /* APIC id 2 * vCPU */
    assert_int_equal(v->gpr[RCX], 0x80202001);
    v->cr4 |= X86_CR4_OSXSAVE;
    cpuid(v, 1, 0);
    assert_int_equal(v->gpr[RCX], 0x88202001);
    assert_int_equal(v->gpr[RDX], 0x1783fbff);
    vcpu_hw_lapic(v)->disabled = IRX_LAPIC_HW_DISABLED;
    cpuid(v, 1, 0);
    assert_int_equal(v->gpr[RDX], 0x1783f9ff); /* no APIC */
    cpuid(v, 0x80000001, 0);
    assert_int_equal(v->gpr[RDX], 0x2193f9ff);
    v->cr4 |= X86_CR4_PKE;
    cpuid(v, 7, 0);
    assert_int_equal(v->gpr[RCX], 0x10);
    assert_int_equal(v->gpr[RBX], 0x00100081);
    cpuid(v, 7, 1);
    assert_int_equal(v->gpr[RBX] | v->gpr[RCX], 0);
}

static void cpuid_xen_leaves(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 1);

    (void)state;
    cpuid(v, 0x40000000, 0); /* the later, long form */
    assert_int_equal(v->gpr[RAX], 0x40000005);
    assert_int_equal(v->gpr[RBX], 0x566e6558);
    cpuid(v, 0x40000003, 1);
    assert_int_equal(v->gpr[RAX], 31);
    cpuid(v, 0x40000003, 7);
    assert_int_equal(v->gpr[RAX], 0);
    cpuid(v, 0x40000004, 0);
    assert_int_equal(v->gpr[RAX], 0x18);
    assert_int_equal(v->gpr[RBX], 1);
    cpuid(v, 0x40000004, 1);
    assert_int_equal(v->gpr[RAX] | v->gpr[RBX], 0);
}

static void cpuid_topology(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 1);

    (void)state;
    cpuid(v, 0xb, 1);
    assert_int_equal(v->gpr[RCX], 1);
    assert_int_equal(v->gpr[RDX], 2);
    cpuid(v, 0xb, 2);
    assert_int_equal(v->gpr[RCX] | v->gpr[RDX], 0);
}

static void cpuid_unknown_is_zero(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    v->gpr[RBX] = v->gpr[RDX] = ~0ull;
    cpuid(v, 0x12345678, 5);
    assert_int_equal(v->gpr[RAX] | v->gpr[RBX] | v->gpr[RCX] | v->gpr[RDX], 0);
}

static void cpuid_xsave_size(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    env_add_leaf(d, (xen_cpuid_leaf_t){.leaf = 0xd, .subleaf = 0, .a = 7, .b = 1, .c = 0x340});
    env_leaves(d)[1].c |= 1u << 26;
    env_seal(d);
    fake.cpuid_d0_ebx = 0x240;
    v = env_current(env_run(d), 0);
    cpuid(v, 0xd, 0);
    assert_int_equal(v->gpr[RBX], 0x240); /* by the XCR0 in the CPU */
    assert_int_equal(v->gpr[RCX], 0x340);
}

static void cpuid_faulting(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0x0f, 0xa2);
    v->rec->msr_count = 1;
    v->rec->msrs[0] = (struct irx_msr){.index = 0x140, .value = 1};
    cpuid(v, 0, 0); /* the kernel may */
    v->cpl = 3;
    assert_true(guest_cpuid(env_cpu(0), v));
    assert_int_equal(v->rip, rip);
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    assert_true(fake_vcpu(v)->event_has_code);
}

/* ---- registers between records and vCPU ---- */

static void saved_msrs(void **state)
{
    struct irx_vcpu *r = env_vcpu_rec(env_domain(0, 1, 1), 0);

    (void)state;
    assert_int_equal(regs_msr(r, 0x48), 0);
    regs_set_msr(r, 0x48, 0); /* absent already says so */
    assert_int_equal(r->msr_count, 0);
    regs_set_msr(r, 0x48, 5);
    regs_set_msr(r, 0x49, 6);
    regs_set_msr(r, 0x48, 0);
    assert_int_equal(r->msr_count, 2);
    assert_int_equal(regs_msr(r, 0x48), 0);
    assert_int_equal(regs_msr(r, 0x49), 6);
    for (uint32_t i = 0; i < IRX_NR_MSRS; i++)
        regs_set_msr(r, 0x100 + i, 1);
    assert_int_equal(r->msr_count, IRX_NR_MSRS);
    assert_int_equal(regs_msr(r, 0x100 + IRX_NR_MSRS - 1), 0); /* no room */
}

static void registers_of_all_vendors(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu, before;
    uint64_t *w = &c->rax;

    (void)state;
    for (unsigned int i = 0; i < 16; i++) /* rax to r15 */
        w[i] = 0x1111111111111111ull * (i + 1);
    c->dr0 = 0xd0;
    c->dr1 = 0xd1;
    c->dr2 = 0xd2;
    c->dr3 = 0xd3;
    before = *c;
    assert_int_equal(env_vcpu(env_run(r), 0)->gpr[RBP], c->rbp);
    memset(c, 0, offsetof(struct hvm_hw_cpu, cs_sel)); /* to DR7 */
    env_freeze(r);
    assert_memory_equal(&c->rax, &before.rax, 16 * 8);
    assert_int_equal(c->rip, before.rip);
    assert_int_equal(c->rflags, before.rflags);
    assert_int_equal(c->cr0, before.cr0);
    assert_int_equal(c->cr3, before.cr3);
    assert_int_equal(c->cr4, before.cr4);
    assert_int_equal(c->msr_efer, before.msr_efer);
    assert_memory_equal(&c->dr0, &before.dr0, 4 * 8);
}

/* ---- instruction length ---- */

static void lengths(void **state)
{
    struct vcpu *v = current(1);
    struct pcpu *pc = env_cpu(0);

    (void)state;
    CODE(v, 0x0f, 0xa2);
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 2);
    assert_int_equal(insn_length(pc, v, INSN_RDMSR), 0);
    CODE(v, 0x66, 0x67, 0xf2, 0x2e, 0x48, 0x0f, 0xa2);
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 7);
    CODE(v, 0x48, 0x66, 0x0f, 0xa2); /* REX not last: it is void, and the rest no CPUID to us */
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 0);
    CODE(v, 0x90);
    assert_int_equal(insn_length(pc, v, INSN_PAUSE), 0);
    CODE(v, 0xf3, 0x90);
    assert_int_equal(insn_length(pc, v, INSN_PAUSE), 2);
    CODE(v, 0x0f, 0x01, 0xd9);
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 3);
    v->next_rip = v->rip + 5; /* the CPU knows best */
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 5);
    assert_int_equal(insn_match(pc, v, INSN_HYPERCALL), 3);
    v->next_rip = v->rip + 16; /* no instruction is that long */
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 3);
}

static void instruction_at_the_end_of_what_is_mapped(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);

    (void)state;
    v->rip = (GFN_CODE << 12) + 4094;
    CODE(v, 0x0f, 0xa2);
    pt[GFN_CODE + 1] = 0;
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 2);
    v->rip++;
    env_code(v, "\x0f", 1);
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 0);
    assert_false(guest_cpuid(env_cpu(0), v));
}

static void instruction_across_pages(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    v->rip = (GFN_CODE << 12) + 4095;
    env_code(v, "\x0f", 1);
    ((uint8_t *)env_page(0, GFN_CODE + 1))[0] = 0xa2;
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 2);
}

static void another_instruction_is_parked(void **state)
{
    struct vcpu *v = current(1);
    struct vcpu before;

    (void)state;
    CODE(v, 0x90, 0x90);
    before = *v;
    before.park_detail = (uint32_t)v->gpr[RAX];
    assert_false(guest_cpuid(env_cpu(0), v));
    assert_memory_equal(v->gpr, before.gpr, sizeof(v->gpr));
    assert_int_equal(v->rip, before.rip);
    assert_false(guest_rdmsr(env_cpu(0), v));
    assert_false(guest_wrmsr(env_cpu(0), v));
    assert_false(guest_hlt(env_cpu(0), v));
    assert_false(guest_pause(env_cpu(0), v));
    assert_false(guest_hypercall(env_cpu(0), v));
    assert_false(guest_cache(env_cpu(0), v, INSN_INVD));
    assert_false(guest_cr(env_cpu(0), v));
    assert_int_equal(v->rip, before.rip);
    assert_memory_equal(v->gpr, before.gpr, sizeof(v->gpr));
}

static void mmio_forms(void **state)
{
    struct vcpu *v = current(1);
    struct insn_mov m;

    (void)state;
    CODE(v, 0x89, 0x08); /* mov %ecx,(%rax) */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.to_memory && !m.immediate && m.reg == RCX && m.length == 2);
    CODE(v, 0x44, 0x8b, 0x14, 0x25, 0, 0xb0, 0x5f, 0xff); /* mov 0xffffffffff5fb000,%r10d */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(!m.to_memory && m.reg == R10 && m.length == 8);
    CODE(v, 0xc7, 0x80, 0xb0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12); /* movl $0x12345678,0xb0(%rax) */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.to_memory && m.immediate && m.value == 0x12345678 && m.length == 10);
    CODE(v, 0x8b, 0x44, 0x98, 0x10); /* mov 0x10(%rax,%rbx,4),%eax */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.length, 4);
    CODE(v, 0x8b, 0x05, 1, 2, 3, 4); /* mov rip-relative */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.length, 6);
    CODE(v, 0x66, 0x89, 0x08); /* 16 bits */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    CODE(v, 0x48, 0x89, 0x08); /* 64 bits */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    CODE(v, 0x89, 0xc8); /* register to register */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    CODE(v, 0x88, 0x08); /* a byte */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    v->insn_len = 2; /* what the CPU gave, not what lies at RIP now */
    memcpy(v->insn, "\x8b\x11", 2);
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(!m.to_memory && m.reg == RDX);
    v->insn_len = 1;
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
}

/* ---- guest memory ---- */

static bool translates(struct vcpu *v, uint64_t va, enum gmem_access access, uint64_t want)
{
    gfn_t gfn = {0};

    return gmem_translate(env_cpu(0), v, va, access, &gfn) && gfn.v == want;
}

static void walk_long_mode(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3), *pd = env_page(0, GFN_PML4 + 2);
    uint64_t *pdpt = env_page(0, GFN_PML4 + 1);

    (void)state;
    assert_true(translates(v, 0x5123, GMEM_READ, 5));
    assert_false(translates(v, NOT_MAPPED_VA, GMEM_READ, 0));
    assert_false(translates(v, 0x8000000000005000ull, GMEM_READ, 5)); /* not canonical */
    pt[5] &= ~2ull;
    assert_true(translates(v, 0x5000, GMEM_READ, 5));
    assert_false(translates(v, 0x5000, GMEM_WRITE, 5));
    v->cr0 &= ~X86_CR0_WP;
    assert_true(translates(v, 0x5000, GMEM_WRITE, 5));
    v->cr0 |= X86_CR0_WP;
    pt[6] |= 1ull << 63;
    assert_false(translates(v, 0x6000, GMEM_FETCH, 6));
    assert_true(translates(v, 0x6000, GMEM_READ, 6));
    pt[7] &= ~4ull; /* a supervisor page */
    v->cpl = 3;
    assert_false(translates(v, 0x7000, GMEM_FETCH, 7));
    v->cpl = 0;
    pd[1] = 0x200000 | 0x80 | 0x67;
    assert_true(translates(v, 0x2abcde, GMEM_READ, 0x2ab));
    pdpt[1] = 0x40000000 | 0x80 | 0x67;
    assert_true(translates(v, 0x40000000 + 0x12345678, GMEM_READ, 0x52345));
    v->cr4 |= X86_CR4_LA57;
    assert_false(translates(v, 0x5000, GMEM_READ, 5));
}

static void walk_sets_accessed_and_dirty(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);

    (void)state;
    pt[5] &= ~0x60ull;
    assert_true(translates(v, 0x5000, GMEM_READ, 5));
    assert_int_equal(pt[5] & 0x60, 0x20);
    assert_true(translates(v, 0x5000, GMEM_WRITE, 5));
    assert_int_equal(pt[5] & 0x60, 0x60);
}

/* Tables that the guest points outside of its memory lead nowhere. */
static void walk_hostile_tables(void **state)
{
    static const uint64_t outside[] = {(uint64_t)ENV_PAGES << 12, ENV_REGION, 0xfee00000,
                                       0x000ffffffffff000ull};
    struct vcpu *v = current(1);
    uint8_t byte;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(outside); i++) {
        ((uint64_t *)env_page(0, GFN_PML4))[1] = outside[i] | 0x67;
        assert_false(gmem_read(env_cpu(0), v, 1ull << 39, &byte, 1));
        ((uint64_t *)env_page(0, GFN_PML4 + 3))[9] = outside[i] | 0x67;
        assert_false(gmem_read(env_cpu(0), v, 0x9000, &byte, 1));
        assert_false(gmem_write(env_cpu(0), v, 0x9000, &byte, 1));
        v->cr3 = outside[i];
        assert_false(gmem_read(env_cpu(0), v, 0x5000, &byte, 1));
        v->cr3 = GFN_PML4 << 12;
    }
    ((uint64_t *)env_page(0, GFN_PML4))[2] = GFN_PML4 << 12 | 0x67; /* a table of itself */
    gmem_read(env_cpu(0), v, 2ull << 39, &byte, 1);
}

static void walk_pae_and_legacy(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pdpt = env_page(0, 40), *pd = env_page(0, 41);
    uint32_t *legacy = env_page(0, 42), *table = env_page(0, 43);

    (void)state;
    v->mode = 4;
    v->efer = 0;
    pdpt[4 + 3] = 41 << 12 | 1; /* a root need not begin a page */
    pd[1] = 0x200000 | 0x80 | 0x67;
    v->cr3 = (40 << 12) + 32;
    assert_true(translates(v, 0xc0234567, GMEM_WRITE, 0x234));
    assert_false(translates(v, 0x1000, GMEM_READ, 1));
    v->cr4 &= ~X86_CR4_PAE;
    v->cr4 |= X86_CR4_PSE;
    v->cr3 = 42 << 12;
    legacy[1] = 43 << 12 | 0x67;
    table[5] = 0x77000 | 0x67;
    assert_true(translates(v, 0x405123, GMEM_READ, 0x77));
    legacy[2] = 0x400000 | 0x80 | 0x67 | 1 << 13; /* 4 MiB, address bit 32 */
    assert_true(translates(v, 0x923456, GMEM_READ, 0x100000 + 0x400 + 0x123));
    v->cr0 &= ~X86_CR0_PG;
    assert_true(translates(v, 0xffffffff00012345ull, GMEM_READ, 0x12));
}

static void copies_across_pages(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);
    char text[16];

    (void)state;
    pt[20] = 22ull << 12 | 0x67; /* neighbours that lie apart */
    pt[21] = 24ull << 12 | 0x67;
    assert_true(gmem_write(env_cpu(0), v, (20 << 12) + 4090, "0123456789", 11));
    assert_memory_equal((char *)env_page(0, 22) + 4090, "012345", 6);
    assert_memory_equal(env_page(0, 24), "6789", 5);
    assert_true(gmem_read(env_cpu(0), v, (20 << 12) + 4090, text, 11));
    assert_string_equal(text, "0123456789");
    pt[21] = 0;
    assert_false(gmem_read(env_cpu(0), v, (20 << 12) + 4090, text, 11));
}

/* ---- MSRs ---- */

static bool rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    CODE(v, 0x0f, 0x32);
    v->gpr[RCX] = msr;
    if (!guest_rdmsr(env_cpu(0), v))
        return false;
    *value = (uint32_t)v->gpr[RAX] | v->gpr[RDX] << 32;
    return true;
}

/* Serves the WRMSR; was it without a fault? */
static bool wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t rip = v->rip;
    bool retired;

    CODE(v, 0x0f, 0x30);
    v->gpr[RCX] = msr;
    v->gpr[RAX] = (uint32_t)value;
    v->gpr[RDX] = value >> 32;
    assert_true(guest_wrmsr(env_cpu(0), v));
    retired = v->rip != rip;
    if (!retired) {
        assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
        fake_vcpu(v)->event_valid = false;
    }
    v->rip = rip;
    return retired;
}

static bool wrmsr_parks(struct vcpu *v, uint32_t msr, uint64_t value)
{
    CODE(v, 0x0f, 0x30);
    v->gpr[RCX] = msr;
    v->gpr[RAX] = (uint32_t)value;
    v->gpr[RDX] = value >> 32;
    return !guest_wrmsr(env_cpu(0), v) && v->park_detail == msr;
}

static uint64_t read_msr(struct vcpu *v, uint32_t msr)
{
    uint64_t value = 0, rip = v->rip;

    assert_true(rdmsr(v, msr, &value));
    assert_int_equal(v->rip, rip + 2);
    v->rip = rip;
    return value;
}

static bool rdmsr_faults(struct vcpu *v, uint32_t msr)
{
    uint64_t value, rip = v->rip;

    fake_vcpu(v)->event_valid = false;
    assert_true(rdmsr(v, msr, &value));
    return v->rip == rip && fake_vcpu(v)->event_valid && fake_vcpu(v)->event_vector == TRAP_GP;
}

static void msr_reads(void **state)
{
    struct vcpu *v = current(1);
    uint64_t value, now;

    (void)state;
    assert_int_equal(read_msr(v, 0xc0000080), 0xd01);
    now = fake.tsc + 0x1000;
    value = read_msr(v, 0x10);
    assert_true(value >= now && value < now + 100);
    v->rec->tsc_adjust = 5;
    assert_int_equal(read_msr(v, 0x3b), 5);
    assert_int_equal(read_msr(v, 0x1b), 0xfee00c00);
    assert_int_equal(read_msr(v, 0x8b), 0x123);
    assert_int_equal(read_msr(v, 0xc0011029), 2);
    assert_int_equal(read_msr(v, 0xc0010015), 0);
    assert_int_equal(read_msr(v, 0x174), 0x77); /* the vendor's */
    assert_true(rdmsr_faults(v, 0xc0000103));   /* TSC_AUX: the policy has none */
    assert_int_equal(read_msr(v, 0x17a), 0);    /* MCG_STATUS and two banks of machine checks */
    for (uint32_t msr = 0x400; msr < 0x408; msr++)
        assert_true(read_msr(v, msr) == (msr % 4 ? 0 : ~0ull));
    vcpu_hw_mtrr(v)->msr_mtrr_cap = 0x508;
    vcpu_hw_mtrr(v)->msr_mtrr_var[15] = 0xabc;
    vcpu_hw_mtrr(v)->msr_mtrr_fixed[10] = 0xdef;
    assert_int_equal(read_msr(v, 0xfe), 0x508);
    assert_int_equal(read_msr(v, 0x20f), 0xabc);
    assert_int_equal(read_msr(v, 0x26f), 0xdef);
    vcpu_hw_mtrr(v)->msr_mtrr_cap = 0x507;
    assert_true(rdmsr_faults(v, 0x20f));
}

static void msr_unknown_parks(void **state)
{
    static const uint32_t unknown[] = {0x179, 0x408,      0xc0010200, 0x40000000,
                                       0x1a0, 0xffffffff, 0x48,       0xc001011f};
    struct vcpu *v = current(1);
    uint64_t rip = v->rip, value;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
        v->gpr[RAX] = 1;
        v->gpr[RDX] = 2;
        assert_false(rdmsr(v, unknown[i], &value));
        assert_int_equal(v->park_detail, unknown[i]);
        assert_true(wrmsr_parks(v, unknown[i], 3));
        assert_int_equal(v->rip, rip);
        assert_false(fake_vcpu(v)->event_valid);
    }
}

static void msr_writes(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_true(wrmsr(v, 0xc0000080, 0x101)); /* EFER without NXE */
    assert_int_equal(v->efer, 0xd01 & ~EFER_NXE);
    assert_true(wrmsr_parks(v, 0xc0000080, 0x1d01)); /* SVME */
    assert_true(wrmsr_parks(v, 0xc0000080, 1));      /* out of long mode */
    assert_true(wrmsr(v, 0x1b, 0xfee00c00));
    assert_true(wrmsr_parks(v, 0x1b, 0xfee00800)); /* to another APIC mode */
    assert_false(wrmsr(v, 0xfe, 0));
    assert_false(wrmsr(v, 0x8b, 0));
    assert_true(wrmsr(v, 0xc0011029, 0));
    assert_true(wrmsr_parks(v, 0x200, 0)); /* MTRR */
}

static void msr_tsc_aux(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    env_leaves(d)[9].d |= 1u << 27; /* RDTSCP */
    env_seal(d);
    v = env_current(env_run(d), 0);
    assert_true(wrmsr(v, 0xc0000103, 0x1234));
    assert_int_equal(read_msr(v, 0xc0000103), 0x1234);
    assert_false(wrmsr(v, 0xc0000103, 1ull << 32));
}

/* ---- HLT, PAUSE, control registers ---- */

static void hlt_blocks(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0xf4);
    assert_true(guest_hlt(env_cpu(0), v));
    assert_int_equal(v->rip, rip + 1);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    assert_int_equal(v->rec->runstate, RUNSTATE_blocked);
}

static void hlt_with_something_pending(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    CODE(v, 0xf4);
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1; /* evtchn_upcall_pending */
    fake_vcpu(v)->shadow = true;               /* STI; HLT: the shadow ends with HLT */
    assert_true(guest_hlt(env_cpu(0), v));
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
}

static void hlt_with_interrupts_off(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    CODE(v, 0xf4);
    v->rflags &= ~X86_EFLAGS_IF;
    assert_true(guest_hlt(env_cpu(0), v));
    assert_int_equal(v->rec->state, IRX_VCPU_DOWN);
    v = env_current(d, 1);
    CODE(v, 0xf4);
    v->rflags &= ~X86_EFLAGS_IF;
    assert_false(guest_hlt(env_cpu(0), v)); /* the last one would shut the domain down */
    assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
}

static void control_registers(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0x0f, 0x22, 0xc1); /* mov %rcx,%cr0 */
    v->gpr[RCX] = v->cr0 | X86_CR0_TS;
    assert_true(guest_cr(env_cpu(0), v));
    assert_true(v->cr0 & X86_CR0_TS);
    assert_int_equal(v->rip, rip + 3);
    v->rip = rip;
    CODE(v, 0x0f, 0x06); /* clts */
    assert_true(guest_cr(env_cpu(0), v));
    assert_false(v->cr0 & X86_CR0_TS);
    v->rip = rip;
    CODE(v, 0x41, 0x0f, 0x22, 0xe1); /* mov %r9,%cr4 */
    v->gpr[R9] = v->cr4 ^ X86_CR4_PGE;
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(v->cr4, v->gpr[R9]);
    assert_int_equal(fake_vcpu(v)->flushes, 1);
    v->rip = rip;
    CODE(v, 0x0f, 0x20, 0xe0); /* mov %cr4,%rax */
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(v->gpr[RAX], v->cr4);
}

static void control_registers_refused(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip, cr0 = v->cr0, cr4 = v->cr4;

    (void)state;
    CODE(v, 0x0f, 0x22, 0xc1);
    v->gpr[RCX] = cr0 | 1ull << 32;
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    v->gpr[RCX] = cr0 & ~X86_CR0_PG; /* paging off: the next Xen's business */
    assert_false(guest_cr(env_cpu(0), v));
    CODE(v, 0x0f, 0x22, 0xe1);
    fake_vcpu(v)->event_valid = false;
    v->gpr[RCX] = cr4 | X86_CR4_PKE; /* not in the policy */
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    fake_vcpu(v)->event_valid = false;
    v->gpr[RCX] = cr4 & ~X86_CR4_PAE;
    assert_true(guest_cr(env_cpu(0), v));
    assert_true(fake_vcpu(v)->event_valid);
    CODE(v, 0x0f, 0x22, 0xd9); /* CR3 never exits */
    assert_false(guest_cr(env_cpu(0), v));
    assert_int_equal(v->rip, rip);
    assert_int_equal(v->cr0, cr0);
    assert_int_equal(v->cr4, cr4);
}

static void cache_and_tsc(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip, now;

    (void)state;
    CODE(v, 0x0f, 0x09);
    assert_true(guest_cache(env_cpu(0), v, INSN_WBINVD));
    assert_int_equal(v->rip, rip + 2);
    v->rip = rip;
    CODE(v, 0x0f, 0x31);
    now = fake.tsc + 0x1000;
    assert_true(guest_rdtsc(env_cpu(0), v, INSN_RDTSC));
    assert_true((v->gpr[RAX] | v->gpr[RDX] << 32) - now < 100);
    v->rip = rip;
    assert_true(guest_rdtsc(env_cpu(0), v, INSN_RDTSCP)); /* no RDTSCP in the policy */
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_UD);
    assert_int_equal(v->rip, rip);
}

static void xsetbv(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0x0f, 0x01, 0xd1);
    v->rec->flags |= IRX_VCPUF_XSAVE;
    v->xcr0_accum = 7;
    v->gpr[RCX] = 0;
    v->gpr[RAX] = 3;
    assert_true(guest_xsetbv(env_cpu(0), v));
    assert_int_equal(v->xcr0, 3);
    assert_int_equal(fake.xcr0, 3);
    v->rip = rip;
    v->gpr[RAX] = 0xff; /* more than ever before */
    assert_false(guest_xsetbv(env_cpu(0), v));
    v->gpr[RAX] = 2;
    assert_false(guest_xsetbv(env_cpu(0), v));
    v->cpl = 3;
    assert_true(guest_xsetbv(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    assert_int_equal(v->rip, rip);
}

/* ---- interrupts ---- */

static void nmi_first_and_once(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1;
    v->rec->flags |= IRX_VCPUF_NMI_PENDING;
    v->rflags &= ~X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_type, 2);
    assert_false(v->rec->flags & IRX_VCPUF_NMI_PENDING);
    assert_true(fake_vcpu(v)->window); /* for the upcall behind it */
    fake_vcpu(v)->event_valid = false;
    fake_vcpu(v)->window = false;
    v->rec->flags |= IRX_VCPUF_NMI_PENDING;
    intr_assist(env_cpu(0), v); /* the handler has not returned: IRET is the window */
    assert_false(fake_vcpu(v)->event_valid);
    assert_false(fake_vcpu(v)->window);
}

static void not_on_top_of_an_event(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1;
    vendor_inject_exception(v, TRAP_PF, true, 2);
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_PF);
    assert_true(fake_vcpu(v)->window);
    fake_vcpu(v)->event_valid = false;
    fake_vcpu(v)->shadow = true;
    intr_assist(env_cpu(0), v);
    assert_false(fake_vcpu(v)->event_valid);
    fake_vcpu(v)->shadow = false;
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_vector, ENV_UPCALL);
    assert_true(v->recheck); /* the callback's level still stands: looked at again soon */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cpuid_policy_and_dynamic_bits),
        TEST(cpuid_xen_leaves),
        TEST(cpuid_topology),
        TEST(cpuid_unknown_is_zero),
        TEST(cpuid_xsave_size),
        TEST(cpuid_faulting),
        TEST(saved_msrs),
        TEST(registers_of_all_vendors),
        TEST(lengths),
        TEST(instruction_at_the_end_of_what_is_mapped),
        TEST(instruction_across_pages),
        TEST(another_instruction_is_parked),
        TEST(mmio_forms),
        TEST(walk_long_mode),
        TEST(walk_sets_accessed_and_dirty),
        TEST(walk_hostile_tables),
        TEST(walk_pae_and_legacy),
        TEST(copies_across_pages),
        TEST(msr_reads),
        TEST(msr_unknown_parks),
        TEST(msr_writes),
        TEST(msr_tsc_aux),
        TEST(hlt_blocks),
        TEST(hlt_with_something_pending),
        TEST(hlt_with_interrupts_off),
        TEST(control_registers),
        TEST(control_registers_refused),
        TEST(cache_and_tsc),
        TEST(xsetbv),
        TEST(nmi_first_and_once),
        TEST(not_on_top_of_an_event),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
