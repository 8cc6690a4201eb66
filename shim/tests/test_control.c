/* SPDX-License-Identifier: GPL-2.0-only */
/* HLT, control registers, caches, TSC, XSETBV. */
#include "help_guest.h"

#include "fake/fake.h"
#include "guest/handlers.h"

static void hlt_blocks(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0xf4);
    ((uint8_t *)env_page(0, GFN_INFO))[1] = 1; /* evtchn_upcall_mask */
    assert_true(guest_hlt(env_cpu(0), v));
    assert_int_equal(v->rip, rip + 1);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    assert_int_equal(((uint8_t *)env_page(0, GFN_INFO))[1], 0); /* as SCHEDOP_block */
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
    fake_vcpu(v)->event_valid = false;
    v->gpr[RCX] = cr0 & ~X86_CR0_PG; /* paging off: not in 64-bit code */
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    v->mode = 4; /* else the next Xen's business */
    assert_false(guest_cr(env_cpu(0), v));
    v->mode = 8;
    CODE(v, 0x0f, 0x22, 0xe1);
    fake_vcpu(v)->event_valid = false;
    v->gpr[RCX] = cr4 | X86_CR4_PKE; /* not in the policy */
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    fake_vcpu(v)->event_valid = false;
    v->gpr[RCX] = cr4 | X86_CR4_CET; /* nor is this */
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

static void caches_off_and_lmsw(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip, cr0 = v->cr0;

    (void)state;
    CODE(v, 0x0f, 0x22, 0xc1);
    v->gpr[RCX] = cr0 | X86_CR0_CD | X86_CR0_NW; /* no device sees its memory: as it likes */
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(v->cr0, cr0 | X86_CR0_CD | X86_CR0_NW);
    v->rip = rip;
    v->gpr[RCX] = cr0 | X86_CR0_NW; /* VMRUN would fail: Xen's to judge */
    assert_false(guest_cr(env_cpu(0), v));
    assert_int_equal(v->rip, rip);
    CODE(v, 0x0f, 0x01, 0xf1); /* lmsw %cx */
    v->gpr[RCX] = 0xfff8;      /* TS on, PE stays, MP off, nothing else */
    assert_true(guest_cr(env_cpu(0), v));
    assert_int_equal(v->cr0,
                     ((cr0 | X86_CR0_CD | X86_CR0_NW) & ~X86_CR0_MP) | X86_CR0_TS | X86_CR0_PE);
    assert_int_equal(v->rip, rip + 3);
    v->rip = rip;
    CODE(v, 0x0f, 0x01, 0xe1); /* smsw: another */
    assert_false(guest_cr(env_cpu(0), v));
}

/* A policy with XSAVE and PKU on a host that has them. */
static struct vcpu *with_xsave(void)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    env_use_xsave(d, 0, 3, 7);
    fake.cpuid_d0_eax = 0x2e7;
    env_leaves(d)[1].c |= 1u << 26;
    env_leaves(d)[2].c |= 1u << 3;
    env_add_leaf(d, (xen_cpuid_leaf_t){.leaf = 0xd, .a = 0x2e7});
    return env_current(env_run(d), 0);
}

static void xsave_and_pku(void **state)
{
    struct vcpu *v = with_xsave();
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0x0f, 0x22, 0xe1);
    v->gpr[RCX] = v->cr4 | X86_CR4_OSXSAVE;
    assert_true(guest_cr(env_cpu(0), v));
    assert_true(v->cr4 & X86_CR4_OSXSAVE);
    v->rip = rip;
    v->gpr[RCX] = v->cr4 | X86_CR4_PKE;
    assert_true(guest_cr(env_cpu(0), v));
    assert_true(v->cr4 & X86_CR4_PKE);
    assert_true(v->xcr0_accum & 0x200); /* PKRU goes with the vCPU */
    assert_int_equal(v->xcr0, 3);
    assert_false(fake_vcpu(v)->event_valid);
}

static void xsetbv(void **state)
{
    static const uint64_t refused[] = {2, 4, 5, 0x27, 0x67, 0xe3, 0x307};
    struct vcpu *v = with_xsave();
    uint64_t rip = v->rip;

    (void)state;
    CODE(v, 0x0f, 0x01, 0xd1);
    v->gpr[RCX] = 0;
    for (uint64_t x = 7; x <= 0xe7; x += 0xe0) {
        v->gpr[RAX] = x;
        assert_true(guest_xsetbv(env_cpu(0), v));
        assert_int_equal(v->xcr0, x);
        assert_int_equal(fake.xcr0, x);
        assert_int_equal(v->rip, rip + 3);
        v->rip = rip;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        fake_vcpu(v)->event_valid = false;
        v->gpr[RAX] = refused[i];
        assert_true(guest_xsetbv(env_cpu(0), v));
        assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
        assert_int_equal(v->xcr0, 0xe7);
        assert_int_equal(fake.xcr0, 0xe7);
    }
    v->gpr[RAX] = 7;
    v->gpr[RCX] = 1; /* there is no XCR1 to write */
    fake_vcpu(v)->event_valid = false;
    assert_true(guest_xsetbv(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    v->gpr[RCX] = 0;
    fake.xcr0_refused = true; /* the CPU does not do as it says */
    assert_false(guest_xsetbv(env_cpu(0), v));
    assert_int_equal(v->xcr0, 0xe7);
    v->cpl = 3;
    fake_vcpu(v)->event_valid = false;
    assert_true(guest_xsetbv(env_cpu(0), v));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    assert_int_equal(v->rip, rip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(hlt_blocks),
        ENV_CASE(hlt_with_something_pending),
        ENV_CASE(hlt_with_interrupts_off),
        ENV_CASE(control_registers),
        ENV_CASE(control_registers_refused),
        ENV_CASE(cache_and_tsc),
        ENV_CASE(caches_off_and_lmsw),
        ENV_CASE(xsave_and_pku),
        ENV_CASE(xsetbv),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
