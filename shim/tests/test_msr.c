/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs: what the guest gets is what Xen would have given, or the vCPU is parked. */
#include "help_guest.h"

#include "fake/fake.h"
#include "guest/handlers.h"

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
    static const uint32_t unknown[] = {0x179, 0x408, 0xc0010200, 0x40000000, 0x1a0, 0xffffffff};
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

/* Controls of speculation and masks of debug registers, of which this guest was not told. */
static void msr_not_offered(void **state)
{
    static const uint32_t hidden[] = {0x48,       0x49,       0xc001011f, 0xc0011019,
                                      0xc001101a, 0xc001101b, 0xc0011027};
    struct vcpu *v = current(1);

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(hidden); i++) {
        assert_true(rdmsr_faults(v, hidden[i]));
        assert_false(wrmsr(v, hidden[i], 0));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(msr_reads),  ENV_CASE(msr_unknown_parks), ENV_CASE(msr_not_offered),
        ENV_CASE(msr_writes), ENV_CASE(msr_tsc_aux),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
