/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs of AMD's and Hygon's CPUs, for guests whose policy says that they have one. This is
 * the last to be asked: what Xen's own lists do not name, Xen refuses, and so do we. Source:
 * Xen's msr.c (guest_rdmsr, guest_wrmsr), hvm/hvm.c, hvm/svm/svm.c (svm_msr_read_intercept,
 * svm_msr_write_intercept).
 */
#include "core/policy.h"
#include "msr.h"

#define MSR_EBC_FREQUENCY 0x2cu
#define MSR_CORE_THREADS  0x35u
#define MSR_SPEC_CTRL     0x48u
#define MSR_UCODE_WRITE   0x79u
#define MSR_PLATFORM_INFO 0xceu
#define MSR_CORE_CAPS     0xcfu
#define MSR_ARCH_CAPS     0x10au
#define MSR_FLUSH_CMD     0x10bu
#define MSR_XSS           0xda0u
#define MSR_XEN_FIRST     0x40000000u
#define MSR_XEN_LAST      0x400002ffu
#define MSR_TSC_RATIO     0xc0000104u
#define MSR_MC4_MISC1     0xc0000408u
#define MSR_MC4_MISC2     0xc0000409u
#define MSR_MC4_MISC3     0xc000040au
#define MSR_EVNTSEL0      0xc0010000u
#define MSR_PERFCTR3      0xc0010007u
#define MSR_SYSCFG        0xc0010010u
#define MSR_HWCR          0xc0010015u
#define MSR_TOP_MEM1      0xc001001au
#define MSR_TOP_MEM2      0xc001001du
#define MSR_NB_CFG        0xc001001fu
#define MSR_PATCHLOADER   0xc0010020u
#define MSR_ENABLE_C1E    0xc0010055u
#define MSR_VM_CR         0xc0010114u
#define MSR_VM_HSAVE_PA   0xc0010117u
#define MSR_VIRT_SPEC     0xc001011fu
#define MSR_OSVW_LENGTH   0xc0010140u
#define MSR_OSVW_STATUS   0xc0010141u
#define MSR_EVNTSEL_15    0xc0010200u
#define MSR_PERFCTR5_15   0xc001020bu
#define MSR_DR1_MASK      0xc0011019u
#define MSR_DR2_MASK      0xc001101au
#define MSR_DR3_MASK      0xc001101bu
#define MSR_BU_CFG        0xc0011023u
#define MSR_DR0_MASK      0xc0011027u
#define MSR_DE_CFG        0xc0011029u
#define MSR_BU_CFG2       0xc001102au
#define MSR_EX_CFG        0xc001102cu

#define DE_CFG_LFENCE      BIT(1)
#define MC4_MISC_LOCKED    BIT(61)
#define BU_CFG_FAMILY_F    0x10200020u
#define TSC_RATIO_RESERVED (~0ull << 40)
#define HSAVE_PA_MOST      0xfd00000000ull

/* Bits of CPUID leaves that say that the policy has an MSR; by leaf and word. */
enum word { EAX, EBX, ECX, EDX };
struct feature {
    uint32_t leaf, subleaf;
    enum word word;
    uint32_t bit;
};

static const struct feature arch_caps = {7, 0, EDX, 29}, ibrsb = {7, 0, EDX, 26},
                            l1d_flush = {7, 0, EDX, 28}, ibrs = {0x80000008u, 0, EBX, 14},
                            ibpb = {0x80000008u, 0, EBX, 12}, virt_ssbd = {0x80000008u, 0, EBX, 25},
                            xsaves = {0xd, 1, EAX, 3}, osvw = {0x80000001u, 0, ECX, 9},
                            dbext = {0x80000001u, 0, ECX, 26};

static bool has(const struct vcpu *v, const struct feature *f)
{
    struct cpuid_regs r;
    uint32_t word;

    policy_leaf(v->d, f->leaf, f->subleaf, &r);
    word = f->word == EAX ? r.a : f->word == EBX ? r.b : f->word == ECX ? r.c : r.d;
    return word & BIT(f->bit);
}

static bool is_amd(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 0, 0, &r) && r.b == 0x68747541u && r.d == 0x69746e65u &&
           r.c == 0x444d4163u;
}

static bool is_hygon(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 0, 0, &r) && r.b == 0x6f677948u && r.d == 0x6e65476eu &&
           r.c == 0x656e6975u;
}

static enum msr_result answer(uint64_t *value, uint64_t is)
{
    *value = is;
    return MSR_DONE;
}

/* The policy lacks it: #GP. Where it has it, it is another's or the next Xen's to answer. */
static enum msr_result park_if(bool there)
{
    return there ? MSR_PARK : MSR_FAULT;
}

static bool is_performance(uint32_t msr)
{
    return (msr >= MSR_EVNTSEL0 && msr <= MSR_PERFCTR3) ||
           (msr >= MSR_EVNTSEL_15 && msr <= MSR_PERFCTR5_15);
}

/* Refused whoever asks and however: write-only, or not offered to guests. */
static bool never_read(uint32_t msr)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x17, 0x17},               /* PLATFORM_ID */
        {0x33, 0x33},               /* TEST_CTRL */
        {0x3a, 0x3a},               /* FEATURE_CONTROL */
        {0x49, 0x49},               /* PRED_CMD */
        {0x4e, 0x4f},               /* PPIN */
        {0x79, 0x79},               /* UCODE_WRITE */
        {0xcf, 0xcf},               /* CORE_CAPABILITIES */
        {0x10b, 0x10b},             /* FLUSH_CMD */
        {0x10f, 0x10f},             /* TSX_FORCE_ABORT */
        {0x122, 0x123},             /* TSX_CTRL, MCU_OPT_CTRL */
        {0x198, 0x199},             /* PERF_STATUS, PERF_CTL */
        {0x19c, 0x19c},             /* THERM_STATUS */
        {0x560, 0x58f},             /* RTIT_* */
        {0x6a0, 0x6a0},             /* U_CET */
        {0x6a2, 0x6a2},             /* S_CET */
        {0x6a4, 0x6a8},             /* PL0_SSP to INTERRUPT_SSP_TABLE */
        {0xd90, 0xd90},             /* BNDCFGS */
        {0xc0000105u, 0xc0000106u}, /* LWP */
        {0xc0010020u, 0xc0010020u}, /* PATCHLOADER */
        {0xc00102f0u, 0xc00102f1u}, /* PPIN */
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++)
        if (msr >= ranges[i].first && msr <= ranges[i].last)
            return true;
    return false;
}

static bool never_written(uint32_t msr)
{
    switch (msr) {
    case MSR_CORE_THREADS:
    case MSR_PLATFORM_INFO:
    case MSR_ARCH_CAPS:
    case MSR_PATCHLEVEL:
        return true;
    case 0x3a: /* no case of guest_wrmsr() */
    case 0x198:
    case 0x19c:
        return false;
    default:
        return never_read(msr);
    }
}

/* guest_rdmsr_xen(): the MSR of the hypercall page, which Xen's first leaf is followed by. */
static bool is_hypercall_page(const struct vcpu *v, uint32_t msr)
{
    struct cpuid_regs r;

    policy_leaf(v->d, 0x40000000u, 0, &r);
    return msr == MSR_XEN_FIRST && r.b == 0x566e6558u; /* "XenV" */
}

/* Of no list. Who asked for it at creation (msr_relaxed) finds zero where the host has one. */
static enum msr_result unknown(const struct vcpu *v, uint32_t msr)
{
    uint64_t host;

    if (!shim_abi(1))
        return MSR_PARK;
    return dom_answers(v->d, IRX_ANSWER_MSR_RELAXED) && hw_rdmsr_safe(msr, &host) ? MSR_DONE
                                                                                  : MSR_FAULT;
}

/* MSR_F10_BU_CFG, which Windows reads on family 0xf, too, where it may not be. */
static enum msr_result read_bu_cfg(uint64_t *value)
{
    uint32_t family = hw_cpuid(1, 0).a >> 8 & 0xf, extended = hw_cpuid(1, 0).a >> 20 & 0xff;

    if (hw_rdmsr_safe(MSR_BU_CFG, value))
        return MSR_DONE;
    return family == 0xf && !extended ? answer(value, BU_CFG_FAMILY_F) : MSR_FAULT;
}

/* What depends on the policy or the host. */
static enum msr_result read_offered(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_PATCHLEVEL:
        return is_amd(v->d) && hw_rdmsr_safe(msr, value) ? MSR_DONE : MSR_FAULT;
    case MSR_PLATFORM_INFO:
        return answer(value, policy_msr(v->d, msr));
    case MSR_ARCH_CAPS:
        return has(v, &arch_caps) ? answer(value, policy_msr(v->d, msr)) : MSR_FAULT;
    case MSR_XSS: /* none is offered to guests: 0 */
        return has(v, &xsaves) ? answer(value, 0) : MSR_FAULT;
    case MSR_SPEC_CTRL:
        return park_if(has(v, &ibrsb) || has(v, &ibrs));
    case MSR_VIRT_SPEC:
        return park_if(has(v, &virt_ssbd));
    case MSR_OSVW_LENGTH:
    case MSR_OSVW_STATUS:
        return park_if(has(v, &osvw));
    case MSR_DR0_MASK:
    case MSR_DR1_MASK:
    case MSR_DR2_MASK:
    case MSR_DR3_MASK:
        return park_if(has(v, &dbext));
    case MSR_BU_CFG:
        return read_bu_cfg(value);
    case MSR_BU_CFG2:
        return hw_rdmsr_safe(msr, value) ? MSR_DONE : MSR_FAULT;
    default:
        return MSR_OTHER;
    }
}

enum msr_result msr_amd_read(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    enum msr_result rc;

    if (!is_amd(v->d) && !is_hygon(v->d))
        return MSR_PARK;
    if (never_read(msr))
        return MSR_FAULT;
    rc = read_offered(v, msr, value);
    if (rc != MSR_OTHER)
        return rc;
    *value = 0;
    if (is_performance(msr))
        return dom_answers(v->d, IRX_ANSWER_NO_VPMU) ? MSR_DONE : MSR_PARK;
    if (msr >= MSR_XEN_FIRST && msr <= MSR_XEN_LAST)
        return is_hypercall_page(v, msr) ? MSR_DONE : MSR_FAULT;
    switch (msr) {
    case MSR_DE_CFG:
        return answer(value, DE_CFG_LFENCE);
    case MSR_MC4_MISC1:
    case MSR_MC4_MISC2:
    case MSR_MC4_MISC3:
        return answer(value, MC4_MISC_LOCKED);
    case MSR_HWCR:
    case MSR_SYSCFG:
    case MSR_TOP_MEM1:
    case MSR_TOP_MEM2:
    case MSR_VM_CR:
    case MSR_EX_CFG:
    case MSR_ENABLE_C1E:
    case MSR_NB_CFG:
    case MSR_EBC_FREQUENCY:
    case MSR_TSC_RATIO: /* of nested guests, of which there are none */
    case MSR_VM_HSAVE_PA:
        return MSR_DONE;
    default:
        return unknown(v, msr);
    }
}

static enum msr_result write_offered(const struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t host;

    switch (msr) {
    case MSR_PATCHLOADER: /* dropped */
        return is_amd(v->d) ? MSR_DONE : MSR_FAULT;
    case MSR_XSS:
        return has(v, &xsaves) && !value ? MSR_DONE : MSR_FAULT;
    case MSR_SPEC_CTRL:
        return park_if(has(v, &ibrsb) || has(v, &ibrs));
    case MSR_PRED_CMD:
        return park_if(has(v, &ibrsb) || has(v, &ibpb));
    case MSR_FLUSH_CMD:
        return park_if(has(v, &l1d_flush));
    case MSR_VIRT_SPEC:
        return park_if(has(v, &virt_ssbd));
    case MSR_OSVW_LENGTH:
    case MSR_OSVW_STATUS: /* dropped */
        return has(v, &osvw) ? MSR_DONE : MSR_FAULT;
    case MSR_DR0_MASK:
    case MSR_DR1_MASK:
    case MSR_DR2_MASK:
    case MSR_DR3_MASK:
        return park_if(has(v, &dbext));
    case MSR_BU_CFG:
    case MSR_BU_CFG2: /* dropped */
        return hw_rdmsr_safe(msr, &host) ? MSR_DONE : MSR_FAULT;
    case MSR_TSC_RATIO: /* kept by Xen for nested guests, and not carried */
        return value & TSC_RATIO_RESERVED ? MSR_FAULT : value ? MSR_PARK : MSR_DONE;
    case MSR_VM_HSAVE_PA:
        return (value & (PAGE_SIZE - 1)) || value > HSAVE_PA_MOST ? MSR_FAULT
               : value                                            ? MSR_PARK
                                                                  : MSR_DONE;
    default:
        return MSR_OTHER;
    }
}

enum msr_result msr_amd_write(const struct vcpu *v, uint32_t msr, uint64_t value)
{
    enum msr_result rc;

    if (!is_amd(v->d) && !is_hygon(v->d))
        return MSR_PARK;
    rc = write_offered(v, msr, value);
    if (rc != MSR_OTHER)
        return rc;
    if (never_written(msr))
        return MSR_FAULT;
    if (is_performance(msr))
        return dom_answers(v->d, IRX_ANSWER_NO_VPMU) ? MSR_DONE : MSR_PARK;
    if (msr >= MSR_XEN_FIRST && msr <= MSR_XEN_LAST) /* a hypercall page: Xen's to write */
        return is_hypercall_page(v, msr) && !(value & (PAGE_SIZE - 1)) ? MSR_PARK : MSR_FAULT;
    switch (msr) {
    case MSR_DE_CFG: /* all dropped */
    case MSR_SYSCFG:
    case MSR_TOP_MEM1:
    case MSR_TOP_MEM2:
    case MSR_VM_CR:
    case MSR_EX_CFG:
    case MSR_NB_CFG:
    case MSR_MC4_MISC1:
    case MSR_MC4_MISC2:
    case MSR_MC4_MISC3:
        return MSR_DONE;
    default:
        return unknown(v, msr);
    }
}
