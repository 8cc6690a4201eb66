/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs: what the guest gets is what Xen would have given, or the vCPU is parked. */
#include "help_guest.h"

#include "core/regs.h"
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

static bool rdmsr_parks(struct vcpu *v, uint32_t msr)
{
    uint64_t value;

    return !rdmsr(v, msr, &value) && v->park_detail == msr;
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

/* What Xen answers at once of what guests of an AMD policy may ask (msr.c, svm.c). */
static void msr_of_the_model(void **state)
{
    static const struct {
        uint32_t first, last;
        uint64_t value;
    } reads[] = {
        {0x0, 0x1, 0},     /* P5_MC_ADDR, P5_MC_TYPE */
        {0x2c, 0x2c, 0},   /* EBC_FREQUENCY_ID */
        {0xce, 0xce, 0},   /* PLATFORM_INFO: the policy has none here */
        {0x179, 0x179, 2}, /* MCG_CAP: the vendor's */
        {0x17a, 0x17b, 0}, /* MCG_STATUS, MCG_CTL */
        {0x280, 0x29f, 0}, /* MCi_CTL2 */
        {0x408, 0x47f, 0}, /* banks that the guest does not have */
        {0x40000000, 0x40000000, 0},
        {0xc0000104, 0xc0000104, 0},          /* TSC_RATIO */
        {0xc0000408, 0xc000040a, 1ull << 61}, /* MC4_MISC1 to 3: locked */
        {0xc0010000, 0xc0010007, 0},          /* performance counters */
        {0xc0010010, 0xc0010010, 0},          /* SYSCFG */
        {0xc0010117, 0xc0010117, 0},          /* VM_HSAVE_PA */
        {0xc0010200, 0xc001020b, 0},
        {0xc001102c, 0xc001102c, 0}, /* EX_CFG */
    };
    struct vcpu *v = current(1);

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(reads); i++)
        for (uint32_t msr = reads[i].first; msr <= reads[i].last; msr++)
            assert_true(read_msr(v, msr) == reads[i].value);
    v->d->rec->answers.flags &= ~IRX_ANSWER_NO_VPMU;
    assert_true(rdmsr_parks(v, 0xc0010004));
    assert_true(wrmsr_parks(v, 0xc0010200, 1));
}

/* Xen does not know them: #GP, or zero where the host has them and the guest was created so. */
static void msr_unknown(void **state)
{
    static const uint32_t unknown[] = {0x17,       0x3a,       0x48,       0x198,      0x560,
                                       0x40000001, 0x400002ff, 0xda0,      0xc0010020, 0xc0010112,
                                       0xc0010140, 0xc001011f, 0xc0011023, 0xc001102a, 0xc0011027,
                                       0xffffffff, 0x300,      0x20f0,     0x49,       0x4d0};
    struct vcpu *v = current(1);

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++)
        assert_true(rdmsr_faults(v, unknown[i]));
    fake.relaxed_msr = 0x300;
    assert_true(rdmsr_faults(v, 0x300));
    v->d->rec->answers.flags |= IRX_ANSWER_MSR_RELAXED;
    assert_int_equal(read_msr(v, 0x300), 0);
    assert_true(wrmsr(v, 0x300, 7));
    assert_true(rdmsr_faults(v, 0x301));
    fake.relaxed_msr = 0x3a; /* refused whoever asks */
    assert_true(rdmsr_faults(v, 0x3a));
    shim.anchor->version = IRX_VERSION(1, 0); /* does not say how the guest was created */
    assert_true(rdmsr_parks(v, 0x300));
    assert_true(wrmsr_parks(v, 0x300, 7));
}

/* What the policy offers and another part serves, or the next Xen. */
static void msr_offered_elsewhere(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    env_add_leaf(r, (xen_cpuid_leaf_t){
                        .leaf = 0x80000008, .subleaf = ~0u, .a = 40, .b = 1u << 14 | 1u << 25});
    env_add_leaf(r, (xen_cpuid_leaf_t){.leaf = 0xd, .subleaf = 1, .a = 1u << 3});
    v = env_current(env_run(r), 0);
    assert_true(rdmsr_parks(v, 0x48));
    assert_true(rdmsr_parks(v, 0xc001011f));
    assert_int_equal(read_msr(v, 0xda0), 0);
    assert_true(wrmsr(v, 0xda0, 0));
    assert_false(wrmsr(v, 0xda0, 1));
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

/* hvm_set_efer(): all that is wrong with it is #GP, and only a mode that begins or ends is left. */
static void efer_writes(void **state)
{
    static const uint64_t refused[] = {
        0x1d01, 1, 0xd03, 0xd81, 0xf01, 0x2d01, 0x4d01, 0x8d01, 1ull << 63 | 0xd01};
    struct vcpu *v = current(1);

    (void)state;
    assert_true(wrmsr(v, 0xc0000080, 0x101)); /* NXE off; what is said of LMA does not matter */
    assert_int_equal(v->efer, 0xd01 & ~EFER_NXE);
    assert_true(wrmsr(v, 0xc0000080, 0xd01));
    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
        assert_false(wrmsr(v, 0xc0000080, refused[i]));
    assert_int_equal(v->efer, 0xd01);
    v->cr0 &= ~X86_CR0_PG;
    v->efer = 1;
    assert_true(wrmsr_parks(v, 0xc0000080, 0x101));
}

/* Kept while it is held, and gone with it: no Xen's record has it. */
static void mcg_status(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_true(wrmsr(v, 0x17a, ~0ull));
    assert_true(read_msr(v, 0x17a) == ~0ull);
    assert_int_equal(read_msr(v, 0x17b), 0);
    regs_import(v);
    assert_int_equal(read_msr(v, 0x17a), 0);
}

static void msr_writes(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_true(wrmsr(v, 0xc0000080, 0x101)); /* EFER without NXE */
    assert_int_equal(v->efer, 0xd01 & ~EFER_NXE);
    assert_false(wrmsr(v, 0xfe, 0));
    assert_false(wrmsr(v, 0x8b, 0));
    assert_false(wrmsr(v, 0xce, 0));
    assert_false(wrmsr(v, 0x2c, 0));
    assert_false(wrmsr(v, 0xc0010015, 0));   /* HWCR */
    assert_false(wrmsr(v, 0xc0011023, 0));   /* the host has none */
    assert_true(wrmsr(v, 0xc0010020, 0x99)); /* microcode: dropped */
    assert_true(wrmsr(v, 0xc0011029, 0));
    assert_true(wrmsr(v, 0xc0010010, 5));
    assert_true(wrmsr(v, 0xc001102c, 5));
    assert_true(wrmsr(v, 0xc0000408, 5));
    assert_true(wrmsr(v, 0xc0010000, 5));
    assert_true(wrmsr(v, 0xc0000104, 0));
    assert_false(wrmsr(v, 0xc0000104, 1ull << 40));
    assert_true(wrmsr_parks(v, 0xc0000104, 1ull << 32));
    assert_false(wrmsr(v, 0xc0010117, 0x1001));
    assert_true(wrmsr_parks(v, 0xc0010117, 0x1000));
    assert_true(wrmsr_parks(v, 0x40000000, 0x5000)); /* the hypercall page */
    assert_false(wrmsr(v, 0x40000000, 0x5001));
}

/* vmce_wrmsr() */
static void msr_machine_checks(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_true(wrmsr(v, 0x179, 5)); /* read-only, and says nothing */
    assert_int_equal(read_msr(v, 0x179), 2);
    assert_true(wrmsr(v, 0x17b, 5));
    assert_true(wrmsr(v, 0x404, 0)); /* MC1_CTL: stays all ones */
    assert_true(read_msr(v, 0x404) == ~0ull);
    for (uint32_t msr = 0x405; msr < 0x408; msr++) {
        assert_true(wrmsr(v, msr, 0));
        assert_false(wrmsr(v, msr, 1));
    }
    assert_true(wrmsr(v, 0x409, 1)); /* of a bank that is not there */
    assert_true(wrmsr(v, 0x285, 1));
    assert_false(wrmsr(v, 0x4d0, 1));
}

static void msr_memory_types(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    env_add_leaf(r, (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .a = 40});
    v = env_current(env_run(r), 0);
    vcpu_hw_mtrr(v)->msr_mtrr_cap = 0x502; /* two variable ranges */
    assert_true(wrmsr(v, 0x200, 0x80000006));
    assert_int_equal(vcpu_hw_mtrr(v)->msr_mtrr_var[0], 0x80000006);
    assert_true(wrmsr(v, 0x203, 0xff80000800));
    assert_int_equal(vcpu_hw_mtrr(v)->msr_mtrr_var[3], 0xff80000800);
    assert_false(wrmsr(v, 0x200, 2));          /* no such type */
    assert_false(wrmsr(v, 0x200, 0x100));      /* reserved */
    assert_false(wrmsr(v, 0x200, 1ull << 40)); /* beyond its memory */
    assert_false(wrmsr(v, 0x201, 0x400));
    assert_false(wrmsr(v, 0x204, 6)); /* a third one */
    assert_true(rdmsr_faults(v, 0x204));
    vcpu_hw_mtrr(v)->msr_mtrr_var[2] = 0x102; /* from elsewhere: may be written as it is */
    assert_true(wrmsr(v, 0x202, 0x102));
    assert_true(wrmsr(v, 0x26f, 0x0606060606060606));
    assert_int_equal(read_msr(v, 0x26f), 0x0606060606060606);
    assert_false(wrmsr(v, 0x26f, 0x0606060206060606));
    assert_true(wrmsr(v, 0x2ff, 0xc06));
    assert_int_equal(read_msr(v, 0x2ff), 0xc06);
    assert_false(wrmsr(v, 0x2ff, 0x1c06));
    assert_false(wrmsr(v, 0x2ff, 0xc07));
}

/* guest_wrmsr_apic_base() */
static void msr_apic_base(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_true(wrmsr(v, 0x1b, 0xfee00c00));
    assert_true(wrmsr(v, 0x1b, 0xfee00d00)); /* the boot CPU's bit is but a bit */
    assert_int_equal(read_msr(v, 0x1b), 0xfee00d00);
    assert_false(wrmsr(v, 0x1b, 0xfee00801)); /* reserved */
    assert_false(wrmsr(v, 0x1b, 0xfee00800)); /* out of x2APIC mode: not this way */
    assert_false(wrmsr(v, 0x1b, 0xfee00400));
    assert_true(wrmsr_parks(v, 0x1b, 0xfee00000)); /* off */
    vcpu_hw_lapic(v)->apic_base_msr = 0xfee00800;
    assert_false(wrmsr(v, 0x1b, 0xfed00800)); /* its page moves nowhere */
    assert_true(wrmsr_parks(v, 0x1b, 0xfee00c00));
}

static void msr_cpuid_faulting(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v = env_current(env_run(r), 0);

    (void)state;
    assert_true(wrmsr(v, 0x140, 0));
    assert_false(wrmsr(v, 0x140, 1)); /* not offered */
    env_freeze(r);
    *env_msrs(r) = (xen_msr_entry_t){.idx = 0xce, .val = 1u << 31};
    r->msr_count = 1;
    env_seal(r);
    v = env_current(env_run(r), 0);
    assert_int_equal(read_msr(v, 0xce), 1u << 31);
    assert_true(wrmsr(v, 0x140, 1));
    assert_int_equal(read_msr(v, 0x140), 1);
    assert_false(wrmsr(v, 0x140, 2));
    assert_int_equal(regs_msr(v->rec, 0x140), 1);
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
        ENV_CASE(msr_reads),          ENV_CASE(msr_of_the_model),
        ENV_CASE(msr_unknown),        ENV_CASE(msr_offered_elsewhere),
        ENV_CASE(msr_not_offered),    ENV_CASE(msr_writes),
        ENV_CASE(efer_writes),        ENV_CASE(mcg_status),
        ENV_CASE(msr_machine_checks), ENV_CASE(msr_memory_types),
        ENV_CASE(msr_apic_base),      ENV_CASE(msr_cpuid_faulting),
        ENV_CASE(msr_tsc_aux),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
