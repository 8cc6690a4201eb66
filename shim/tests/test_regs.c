/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers between records and vCPU. */
#include "env.h"

#include <string.h>

#include "core/regs.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(saved_msrs),
        ENV_CASE(registers_of_all_vendors),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
