/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID: what the guest gets is its policy with the bits that Xen makes by itself. */
#include "help_guest.h"

#include "fake/fake.h"
#include "guest/handlers.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(cpuid_policy_and_dynamic_bits),
        ENV_CASE(cpuid_xen_leaves),
        ENV_CASE(cpuid_topology),
        ENV_CASE(cpuid_unknown_is_zero),
        ENV_CASE(cpuid_xsave_size),
        ENV_CASE(cpuid_faulting),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
