/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs that Xen 4.17 knows (msr.c, hvm/hvm.c, hvm/svm/svm.c, cpu/vpmu_amd.c, cpu/mcheck/vmce.c) or that
 * systems ask for: each read, and written with what is in it, one bit changed, and all ones. The
 * local APIC's are in apic.c, those of time in timer.c.
 */
#include "hostile.h"

#define MSR_HYPERCALL 0x40000000u /* as CPUID 0x40000002 says */
#define MSR_PAT       0x277u
#define PAT_OF_RESET  0x0007040600070406ull

enum flag {
    KEEP = 1, /* not another valid value: it would outlive the question */
    TIME = 2, /* what is read goes on */
};

struct msrs {
    const char *name;
    uint32_t first, last;
    uint32_t flags;
};

/* APIC_BASE: apic.c. */
static const struct msrs known[] = {
    {"p5-mc", 0x0, 0x1, 0},
    {"monitor-filter", 0x6, 0x6, 0},
    {"tsc", 0x10, 0x10, KEEP | TIME},
    {"platform-id", 0x17, 0x17, 0},
    {"apic-base", 0x1b, 0x1b, KEEP},
    {"ebl-cr", 0x2a, 0x2c, 0},
    {"smi-count", 0x34, 0x35, 0},
    {"feature-control", 0x3a, 0x3a, 0},
    {"tsc-adjust", 0x3b, 0x3b, KEEP},
    {"spec-ctrl", 0x48, 0x48, 0},
    {"pred-cmd", 0x49, 0x49, 0},
    {"ppin", 0x4e, 0x4f, 0},
    {"ucode-write", 0x79, 0x79, 0},
    {"patch-level", 0x8b, 0x8b, 0},
    {"pmc", 0xc1, 0xc4, 0},
    {"core-caps", 0xcf, 0xcf, 0},
    {"fsb-freq", 0xcd, 0xcd, 0},
    {"platform-info", 0xce, 0xce, 0},
    {"mperf-aperf", 0xe7, 0xe8, TIME},
    {"mtrr-cap", 0xfe, 0xfe, 0},
    {"arch-caps", 0x10a, 0x10a, 0},
    {"flush-cmd", 0x10b, 0x10b, 0},
    {"bbl-cr-ctl3", 0x11e, 0x11e, 0},
    {"tsx", 0x122, 0x123, 0},
    {"misc-features", 0x140, 0x140, 0},
    {"sysenter-cs", 0x174, 0x174, 0},
    {"sysenter-esp", 0x175, 0x175, 0},
    {"sysenter-eip", 0x176, 0x176, 0},
    {"mcg-cap", 0x179, 0x179, 0},
    {"mcg-status", 0x17a, 0x17a, 0},
    {"mcg-ctl", 0x17b, 0x17b, 0},
    {"perfevtsel", 0x186, 0x189, 0},
    {"perf-status", 0x198, 0x199, 0},
    {"thermal", 0x19a, 0x19c, 0},
    {"misc-enable", 0x1a0, 0x1a0, 0},
    {"temperature", 0x1a2, 0x1a2, 0},
    {"prefetch", 0x1a4, 0x1a4, 0},
    {"turbo-ratio", 0x1ad, 0x1ad, 0},
    {"energy-bias", 0x1b0, 0x1b0, 0},
    {"lbr-tos", 0x1c8, 0x1c9, 0},
    {"debugctl", 0x1d9, 0x1d9, 0},
    {"last-branch", 0x1db, 0x1de, 0},
    {"smrr", 0x1f2, 0x1f3, 0},
    {"power-ctl", 0x1fc, 0x1fc, 0},
    {"mtrr-var", 0x200, 0x20f, KEEP},
    {"mtrr-var-more", 0x210, 0x21f, 0},
    {"mtrr-fix64k", 0x250, 0x250, KEEP},
    {"mtrr-fix16k", 0x258, 0x259, KEEP},
    {"mtrr-fix4k", 0x268, 0x26f, KEEP},
    {"pat", 0x277, 0x277, KEEP},
    {"mci-ctl2", 0x280, 0x29f, 0},
    {"mtrr-def", 0x2ff, 0x2ff, KEEP},
    {"fixed-ctr", 0x309, 0x30b, 0},
    {"perf-caps", 0x345, 0x345, 0},
    {"perf-global", 0x38d, 0x390, 0},
    {"pebs", 0x3f1, 0x3f1, 0},
    {"mc-bank0", 0x400, 0x403, 0},
    {"mc-bank1", 0x404, 0x407, 0},
    {"mc-bank2", 0x408, 0x40b, 0},
    {"mc-bank31", 0x47c, 0x47f, 0},
    {"vmx", 0x480, 0x492, 0},
    {"a-pmc", 0x4c1, 0x4c4, 0},
    {"rtit", 0x570, 0x571, 0},
    {"ds-area", 0x600, 0x600, 0},
    {"rapl", 0x606, 0x606, 0},
    {"pkg-energy", 0x611, 0x611, 0},
    {"cet", 0x6a0, 0x6a8, 0},
    {"tsc-deadline", 0x6e0, 0x6e0, KEEP},
    {"hwp", 0x770, 0x777, 0},
    {"bndcfgs", 0xd90, 0xd90, 0},
    {"xss", 0xda0, 0xda0, 0},
    {"lbr-from", 0x1500, 0x1501, 0},
    {"hypercall-page", MSR_HYPERCALL, MSR_HYPERCALL, KEEP},
    {"viridian-vp", 0x40000002, 0x40000003, 0},
    {"viridian-time", 0x40000020, 0x40000023, 0},
    {"viridian-apic", 0x40000070, 0x40000073, 0},
    {"hypercall-viridian", 0x40000200, 0x40000200, 0},
    {"efer", 0xc0000080, 0xc0000080, KEEP},
    {"star", 0xc0000081, 0xc0000081, 0},
    {"lstar", 0xc0000082, 0xc0000082, 0},
    {"cstar", 0xc0000083, 0xc0000083, 0},
    {"sfmask", 0xc0000084, 0xc0000084, 0},
    {"mperf-amd", 0xc00000e7, 0xc00000e9, 0},
    {"fs-base", 0xc0000100, 0xc0000100, 0},
    {"gs-base", 0xc0000101, 0xc0000101, 0},
    {"kernel-gs", 0xc0000102, 0xc0000102, 0},
    {"tsc-aux", 0xc0000103, 0xc0000103, 0},
    {"tsc-ratio", 0xc0000104, 0xc0000104, 0},
    {"mc-misc-amd", 0xc0000408, 0xc000040a, 0},
    {"evntsel-k7", 0xc0010000, 0xc0010003, 0},
    {"perfctr-k7", 0xc0010004, 0xc0010007, 0},
    {"syscfg", 0xc0010010, 0xc0010010, 0},
    {"hwcr", 0xc0010015, 0xc0010015, 0},
    {"iorr", 0xc0010016, 0xc0010019, 0},
    {"top-mem", 0xc001001a, 0xc001001a, 0},
    {"top-mem2", 0xc001001d, 0xc001001d, 0},
    {"nb-cfg", 0xc001001f, 0xc001001f, 0},
    {"patch-loader", 0xc0010020, 0xc0010020, 0},
    {"mc-mask", 0xc0010044, 0xc0010047, 0},
    {"c1e", 0xc0010055, 0xc0010055, 0},
    {"mmcfg-base", 0xc0010058, 0xc0010058, 0},
    {"pstates", 0xc0010061, 0xc0010064, 0},
    {"smm-base", 0xc0010111, 0xc0010113, 0},
    {"vm-cr", 0xc0010114, 0xc0010114, 0},
    {"ignne", 0xc0010115, 0xc0010116, 0},
    {"vm-hsave", 0xc0010117, 0xc0010117, 0},
    {"svm-lock-key", 0xc0010118, 0xc0010118, 0},
    {"virt-spec-ctrl", 0xc001011f, 0xc001011f, 0},
    {"ghcb", 0xc0010130, 0xc0010131, 0},
    {"osvw", 0xc0010140, 0xc0010141, 0},
    {"perf-f15", 0xc0010200, 0xc001020b, 0},
    {"perf-nb", 0xc0010240, 0xc0010247, 0},
    {"rapl-amd", 0xc0010299, 0xc001029b, 0},
    {"ppin-amd", 0xc00102f0, 0xc00102f1, 0},
    {"cpuid-override", 0xc0011002, 0xc0011005, 0},
    {"dr-mask", 0xc0011019, 0xc001101b, 0},
    {"ls-cfg", 0xc0011020, 0xc0011023, 0},
    {"dr0-mask", 0xc0011027, 0xc0011027, 0},
    {"bu-cfg2", 0xc0011028, 0xc001102c, 0},
    {"ibs", 0xc0011030, 0xc001103d, 0},
    {"amd-end", 0xc0011fff, 0xc0011fff, 0},
    {"unknown", 0x3000, 0x3001, 0},
    {"unknown-high", 0xc0020000, 0xc0020000, 0},
    {"unknown-top", 0xffffffff, 0xffffffff, 0},
};

/* The upper half of RCX stays clear: by it the emulator misses its bitmap of intercepts. */
static uint64_t read(struct worker *w, uint32_t msr, uint64_t *value)
{
    struct frame f = {.rcx = msr, .rax = ~0ull, .rdx = ~0ull};
    uint64_t trapped = run(w, code_rdmsr, 0, &f);

    *value = f.rax | f.rdx << 32;
    return trapped;
}

static uint64_t write(struct worker *w, uint32_t msr, uint64_t value)
{
    struct frame f = {
        .rcx = msr, .rax = (uint32_t)value | 0xcdull << 32, .rdx = value >> 32 | 0xefull << 32};

    return run(w, code_wrmsr, 0, &f);
}

/* The emulator does not switch PAT between guest and host: what is in it is whoever's wrote it last on this CPU. */
static void settle(struct worker *w, uint32_t msr)
{
    if (msr == MSR_PAT)
        write(w, msr, PAT_OF_RESET);
}

static uint64_t ask_read(struct worker *w, const struct query *k, unsigned int word)
{
    const struct msrs *m = k->p;
    uint64_t value, trapped;

    settle(w, m->first + word);
    trapped = read(w, m->first + word, &value);
    return trapped ? trapped : m->flags & TIME ? 1 : value;
}

/* The trap of the write, and what is read then; what was in it is put back. */
static uint64_t ask_write(struct worker *w, const struct query *k, unsigned int word)
{
    const struct msrs *m = k->p;
    const unsigned int ways = m->flags & KEEP ? 2 : 3;
    uint32_t msr = m->first + word / ways;
    uint64_t old, new, trapped, none, value;

    settle(w, msr);
    none = read(w, msr, &old);
    value = none ? 0 : old;
    value = word % ways == 0 ? ~0ull : word % ways == 1 ? value : value ^ 1;
    trapped = write(w, msr, value);
    if (none)
        return trapped;
    read(w, msr, &new);
    if (new != old)
        write(w, msr, old);
    return trapped ? trapped ^ (new != old) : new;
}

/* At CPL 3 it is a #GP whatever is asked for. */
static uint64_t ask_user(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rcx = k->a};

    return run(w, word ? code_wrmsr : code_rdmsr, 3, &f);
}

/* Where the hypercall page may be put, and which there is. */
static uint64_t ask_hypercall_page(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t values[] = {0x1ull, 0xfffull, ~0xfffull, 0x20000000ull, 1ull << 52};
    uint64_t trapped, sum;

    (void)k;
    if (word < 5)
        return write(w, MSR_HYPERCALL, values[word]);
    trapped = write(w, MSR_HYPERCALL, (uintptr_t)w->code[1]);
    sum = fold_bytes(trapped, w->code[1], PAGE);
    for (unsigned int i = 0; i < PAGE; i++)
        w->code[1][i] = 0;
    return sum;
}

void group_msr(void)
{
    for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const struct msrs *m = &known[i];
        unsigned int words = m->last - m->first + 1;

        add(ask_read, words, 0, 0, m, "rdmsr %s", m->name);
        if (!(m->flags & TIME))
            add(ask_write, words * (m->flags & KEEP ? 2 : 3), 0, 0, m, "wrmsr %s", m->name);
    }
    add(ask_user, 2, 0xc0000080, 0, NULL, "msr efer user");
    add(ask_user, 2, 0x10, 0, NULL, "msr tsc user");
    add(ask_user, 2, 0x12345, 0, NULL, "msr unknown user");
    add(ask_hypercall_page, 6, 0, 0, NULL, "wrmsr hypercall-page places");
}
