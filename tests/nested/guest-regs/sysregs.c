/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers that are not in a trap's frame: control registers and MSRs, and with segments.c,
 * debug.c and apic.c all others. Each has a pattern that differs from round to round, or keeps what
 * it was given at the start.
 */
#include "sysregs.h"

struct sysreg {
    const char *name;
    uint64_t (*read)(const struct cpu *c, uint32_t arg);
    void (*write)(const struct cpu *c, uint32_t arg, uint64_t value);
    uint64_t (*pattern)(struct cpu *c, bool user); /* NULL: it stays as it is */
    uint32_t arg;
    bool (*offered)(const struct cpu *c);
};

/* ---- patterns ---- */

static uint64_t any(struct cpu *c, bool user)
{
    (void)user;
    return random64(c);
}

static uint64_t any32(struct cpu *c, bool user)
{
    (void)user;
    return (uint32_t)random64(c);
}

/* A canonical address that nothing here is at. */
static uint64_t address(struct cpu *c, bool user)
{
    (void)user;
    return (uint64_t)((int64_t)(random64(c) << 16) >> 16) | 1ull << 46;
}

/* ---- control registers ---- */

#define APIC_TPR 0x08u
#define CR0_BITS 0x0005002eull /* MP, EM, TS, NE, WP, AM */
#define CR0_BASE 0x80000011ull /* PG, ET, PE */
#define CR0_FPU  0x0000000cull /* EM, TS */
/* MCE always: without an exit for reads of CR4 (README.md, faults of the emulator) Xen's own is seen. */
#define CR4_BASE    0x00000260ull /* OSFXSR, MCE, PAE */
#define CR4_BITS    0x0000059cull /* TSD, DE, PSE, PGE, PCE, OSXMMEXCPT */
#define CR4_OSXSAVE (1u << 18)

static uint64_t read_cr(const struct cpu *c, uint32_t n)
{
    uint64_t v = 0;

    (void)c;
    switch (n) {
    case 0:
        __asm__ volatile("mov %%cr0, %0" : "=r"(v));
        break;
    case 2:
        __asm__ volatile("mov %%cr2, %0" : "=r"(v));
        break;
    case 3:
        __asm__ volatile("mov %%cr3, %0" : "=r"(v));
        break;
    case 4:
        __asm__ volatile("mov %%cr4, %0" : "=r"(v));
        break;
    case 8:
        __asm__ volatile("mov %%cr8, %0" : "=r"(v));
        break;
    }
    return v;
}

/* CR8 through the local APIC: QEMU 7.2 ends with an assertion if MOV to CR8 meets a virtual
   interrupt that waits. */
static void write_cr(const struct cpu *c, uint32_t n, uint64_t v)
{
    switch (n) {
    case 0:
        __asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
        break;
    case 2:
        __asm__ volatile("mov %0, %%cr2" : : "r"(v));
        break;
    case 3:
        __asm__ volatile("mov %0, %%cr3" : : "r"(v) : "memory");
        break;
    case 4:
        __asm__ volatile("mov %0, %%cr4" : : "r"(v) : "memory");
        break;
    case 8:
        apic_write(c, APIC_TPR, (uint32_t)v << 4);
        break;
    }
}

void sysregs_fpu_on(void)
{
    write_cr(NULL, 0, read_cr(NULL, 0) & ~CR0_FPU);
}

static uint64_t cr0_pattern(struct cpu *c, bool user)
{
    (void)user;
    return (random64(c) & CR0_BITS) | CR0_BASE;
}

static uint64_t cr3_pattern(struct cpu *c, bool user)
{
    uint64_t r = random64(c);

    (void)user;
    return tables_root(r >> 32 & 3) | (r & 0x18); /* PWT, PCD */
}

static uint64_t cr4_pattern(struct cpu *c, bool user)
{
    (void)user;
    return (random64(c) & CR4_BITS) | CR4_BASE | (c->xsave ? CR4_OSXSAVE : 0);
}

/* The second vCPU's upcall comes through the local APIC, in class 15; a pending vector is kept out. */
static uint64_t cr8_pattern(struct cpu *c, bool user)
{
    uint64_t r = random64(c) & 15;

    (void)user;
    if (c->id && r == 15)
        r = 14;
    return c->self_pending && r < VECTOR_SELF >> 4 ? 7 : r;
}

static uint64_t efer_pattern(struct cpu *c, bool user)
{
    (void)user;
    return 0x500 | (random64(c) & 0x801); /* LMA, LME; NXE, SCE */
}

/* ---- MSRs ---- */

#define MSR_TSC_ADJUST 0x3bu
#define MTRR_CAP       0xfeu
#define MTRR_PHYS      0x200u
#define MTRR_DEF_TYPE  0x2ffu
#define TSC_ADJUST     0x123456u

static const uint32_t mtrr_fixed[] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
                                      0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

static uint64_t read_msr(const struct cpu *c, uint32_t msr)
{
    (void)c;
    return rdmsr(msr);
}

static void write_msr(const struct cpu *c, uint32_t msr, uint64_t v)
{
    (void)c;
    wrmsr(msr, v);
}

static bool has_mtrr(const struct cpu *c)
{
    return c->features & 1u << 12;
}

static bool has_tsc_aux(const struct cpu *c)
{
    uint32_t r[4];

    (void)c;
    cpuid(0x80000001u, r);
    return r[3] & 1u << 27; /* RDTSCP */
}

/* All MTRRs in one word: what a WRMSR changes is known to Xen alone, so they stay. */
static uint64_t read_mtrrs(const struct cpu *c, uint32_t variable)
{
    uint64_t sum = 0;

    (void)c;
    if (variable)
        for (uint32_t i = 0; i < 2 * (rdmsr(MTRR_CAP) & 0xff); i++)
            sum = (sum << 7 | sum >> 57) ^ rdmsr(MTRR_PHYS + i);
    else
        for (unsigned int i = 0; i < sizeof(mtrr_fixed) / sizeof(mtrr_fixed[0]); i++)
            sum = (sum << 7 | sum >> 57) ^ rdmsr(mtrr_fixed[i]);
    return sum;
}

static void write_mtrrs(struct cpu *c)
{
    static const uint8_t types[] = {0, 1, 4, 5, 6, 6, 4, 1};

    for (unsigned int i = 0; i < sizeof(mtrr_fixed) / sizeof(mtrr_fixed[0]); i++) {
        uint64_t r = random64(c), v = 0;

        for (unsigned int n = 0; n < 8; n++)
            v |= (uint64_t)types[r >> (8 * n) & 7] << (8 * n);
        wrmsr(mtrr_fixed[i], v);
    }
    for (uint32_t i = 0; i < (rdmsr(MTRR_CAP) & 0xff); i++) {
        uint64_t r = random64(c);

        wrmsr(MTRR_PHYS + 2 * i, (r & 0xfff00000) | types[r & 7]);
        wrmsr(MTRR_PHYS + 2 * i + 1, 0xfffffff000ull | (r >> 32 & 0x800));
    }
    wrmsr(MTRR_DEF_TYPE, 0xc06);
}

/* ---- all of them, in the order in which they are filled ---- */

static const struct sysreg sysregs[] = {
    {"gdt_base", read_table_base, NULL, NULL, 0, NULL},
    {"gdt_limit", read_table_limit, NULL, NULL, 0, NULL},
    {"idt_base", read_table_base, NULL, NULL, 1, NULL},
    {"idt_limit", read_table_limit, NULL, NULL, 1, NULL},
    {"tr", read_selector, NULL, NULL, 5, NULL},
    {"ldtr", read_selector, write_selector, ldt_selector, 4, NULL},
    {"ds", read_selector, write_selector, data_selector, 0, NULL},
    {"es", read_selector, write_selector, data_selector, 1, NULL},
    {"fs", read_selector, write_selector, data_selector, 2, NULL},
    {"gs", read_selector, write_selector, data_selector, 3, NULL},
    {"fs_base", read_msr, write_msr, address, 0xc0000100u, NULL},
    {"gs_base", read_msr, write_msr, address, 0xc0000101u, NULL},
    {"kernel_gs_base", read_msr, write_msr, address, 0xc0000102u, NULL},
    {"star", read_msr, write_msr, any, 0xc0000081u, NULL},
    {"lstar", read_msr, write_msr, address, 0xc0000082u, NULL},
    {"cstar", read_msr, write_msr, address, 0xc0000083u, NULL},
    {"sfmask", read_msr, write_msr, any32, 0xc0000084u, NULL},
    {"sysenter_cs", read_msr, write_msr, any32, 0x174, NULL},
    {"sysenter_esp", read_msr, write_msr, address, 0x175, NULL},
    {"sysenter_eip", read_msr, write_msr, address, 0x176, NULL},
    {"tsc_aux", read_msr, write_msr, any32, 0xc0000103u, has_tsc_aux},
    {"efer", read_msr, write_msr, efer_pattern, 0xc0000080u, NULL},
    {"tsc_adjust", read_msr, NULL, NULL, MSR_TSC_ADJUST, NULL},
    {"apic_base", read_msr, NULL, NULL, MSR_APIC_BASE, NULL},
    {"mtrr_def_type", read_msr, NULL, NULL, MTRR_DEF_TYPE, has_mtrr},
    {"mtrrs_fixed", read_mtrrs, NULL, NULL, 0, has_mtrr},
    {"mtrrs_variable", read_mtrrs, NULL, NULL, 1, has_mtrr},
    {"dr0", read_dr, write_dr, address, 0, NULL},
    {"dr1", read_dr, write_dr, address, 1, NULL},
    {"dr2", read_dr, write_dr, address, 2, NULL},
    {"dr3", read_dr, write_dr, address, 3, NULL},
    {"dr6", read_dr, write_dr, dr6_pattern, 6, NULL},
    {"dr7", read_dr, write_dr, dr7_pattern, 7, NULL},
    {"apic_id", read_apic, NULL, NULL, 0x02, NULL},
    {"apic_version", read_apic, NULL, NULL, 0x03, NULL},
    {"apic_ldr", read_apic, NULL, NULL, 0x0d, NULL},
    {"apic_svr", read_apic, write_apic, svr_pattern, APIC_SVR, NULL},
    {"lvt_timer", read_apic, write_apic, lvt_pattern, APIC_LVT, NULL},
    {"lvt_thermal", read_apic, write_apic, lvt_pattern, APIC_LVT + 1, NULL},
    {"lvt_perf", read_apic, write_apic, lvt_pattern, APIC_LVT + 2, NULL},
    {"lvt_lint0", read_apic, write_apic, lvt_pattern, APIC_LVT + 3, NULL},
    {"lvt_lint1", read_apic, write_apic, lvt_pattern, APIC_LVT + 4, NULL},
    {"lvt_error", read_apic, write_apic, lvt_pattern, APIC_LVT + 5, NULL},
    {"apic_divide", read_apic, write_apic, divide_pattern, APIC_TDCR, NULL},
    {"apic_count", read_apic, write_apic, count_pattern, APIC_TMICT, NULL},
    {"cr2", read_cr, write_cr, any, 2, NULL},
    {"cr3", read_cr, write_cr, cr3_pattern, 3, NULL},
    {"cr4", read_cr, write_cr, cr4_pattern, 4, NULL},
    {"cr8", read_cr, write_cr, cr8_pattern, 8, NULL},
    {"cr0", read_cr, write_cr, cr0_pattern, 0, NULL},
    {"limit_gdt", read_limit, NULL, NULL, SEL_UDATA2, NULL},
};
#define SYSREGS (sizeof(sysregs) / sizeof(sysregs[0]))

_Static_assert(SYSREGS <= SYSREGS_MAX, "room in struct cpu");

void sysregs_init(struct cpu *c)
{
    init_apic(c);
    if (has_mtrr(c))
        write_mtrrs(c);
    if (c->id == 0) /* the second vCPU's TSC starts as the first one's is then */
        wrmsr(MSR_TSC_ADJUST, TSC_ADJUST);
    for (unsigned int i = 0; i < SYSREGS; i++)
        if (!sysregs[i].pattern && (!sysregs[i].offered || sysregs[i].offered(c)))
            c->sysreg[i] = sysregs[i].read(c, sysregs[i].arg);
}

/* Descriptor tables take turns; what hangs on them is known when LDTR is loaded. */
static void fill_tables(struct cpu *c)
{
    struct table_pointer gdt = tables_gdt(c, (unsigned int)(random64(c) >> 40));

    __asm__ volatile("lgdt %0" : : "m"(gdt));
    for (unsigned int i = 0; i < 2; i++) /* gdt_base, gdt_limit */
        c->sysreg[i] = i ? gdt.limit : gdt.base;
    c->sysreg[SYSREGS - 1] = read_limit(c, SEL_UDATA2);
}

void sysregs_fill(struct cpu *c, bool user)
{
    fill_tables(c);
    for (unsigned int i = 0; i < SYSREGS; i++) {
        const struct sysreg *r = &sysregs[i];
        uint64_t value, kept;

        if (!r->pattern || (r->offered && !r->offered(c)))
            continue;
        value = r->pattern(c, user);
        r->write(c, r->arg, value);
        kept = r->read(c, r->arg);
        if (kept != value)
            mismatch(c, r->name, value, kept);
        if (spoil(c, r->name))
            r->write(c, r->arg, value ^ spoil(c, r->name));
        c->sysreg[i] = value;
    }
    c->ldt_limit = read_limit(c, SEL_LDATA);
}

void sysregs_expect(struct cpu *c, const char *name, uint64_t value)
{
    for (unsigned int i = 0; i < SYSREGS; i++)
        if (same(sysregs[i].name, name))
            c->sysreg[i] = value;
}

void sysregs_compare(struct cpu *c)
{
    for (unsigned int i = 0; i < SYSREGS; i++) {
        const struct sysreg *r = &sysregs[i];
        uint64_t found;

        if (r->offered && !r->offered(c))
            continue;
        found = r->read(c, r->arg);
        if (found != c->sysreg[i])
            mismatch(c, r->name, c->sysreg[i], found);
    }
    if (apic_read(c, APIC_TPR) != read_cr(c, 8) << 4)
        mismatch(c, "apic_tpr", read_cr(c, 8) << 4, apic_read(c, APIC_TPR));
    if (read_limit(c, SEL_LDATA) != c->ldt_limit)
        mismatch(c, "limit_ldt", c->ldt_limit, read_limit(c, SEL_LDATA));
    sysregs_fpu_on();
    write_cr(c, 8, 0);
}
