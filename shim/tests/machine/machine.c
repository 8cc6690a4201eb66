/* SPDX-License-Identifier: GPL-2.0-only */
/* core/hw.h, core/apic.h and core/paging.h on the fake machine. */
#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/apic.h"
#include "core/hw.h"
#include "core/paging.h"

struct fake_machine fake;

struct pcpu *this_cpu(void)
{
    return shim.pcpu ? shim.pcpu[fake.cpu] : NULL;
}

uint32_t hw_cpu_index(void)
{
    return fake.cpu;
}

/* Time passes whenever it is looked at, so that no loop waits for ever. */
tsc_t hw_tsc(void)
{
    return fake.tsc++;
}

void hw_pause(void)
{
    if (fake.on_pause)
        fake.on_pause();
}

void hw_invlpg(uint64_t va)
{
    (void)va;
}

/* Size and offset of XSAVE components, as Zen 4 and Zen 5 have them. */
static const uint32_t xstate_sizes[][2] = {
    [2] = {256, 576}, [5] = {64, 832}, [6] = {512, 896}, [7] = {1024, 1408}, [9] = {8, 2432}};

struct cpuid_regs hw_cpuid(uint32_t leaf, uint32_t subleaf)
{
    if (leaf == 0xd && subleaf == 0)
        return (struct cpuid_regs){(uint32_t)fake.cpuid_d0_eax, fake.cpuid_d0_ebx, 0x240,
                                   (uint32_t)(fake.cpuid_d0_eax >> 32)};
    if (leaf == 0xd && subleaf < ARRAY_SIZE(xstate_sizes))
        return (struct cpuid_regs){xstate_sizes[subleaf][0], xstate_sizes[subleaf][1], 0, 0};
    if (leaf == 0x40000000u && fake.is_tcg)
        return (struct cpuid_regs){0x40000001u, 0x54474354u, 0x43544743u, 0x47435447u};
    if (leaf == 1)
        return (struct cpuid_regs){fake.signature, 0, fake.is_tcg ? 1u << 31 : 0, 0};
    if (leaf == 0x80000000u && fake.has_svm)
        return (struct cpuid_regs){0x80000021u, 0, 0, 0};
    if (leaf == 0x80000001u && fake.has_svm)
        return (struct cpuid_regs){0, 0, fake.ext_ecx | 1u << 2, 0};
    if (leaf == 0x80000008u)
        return (struct cpuid_regs){40, fake.speculation, 0, 0};
    if (leaf == 0x8000000au && fake.has_svm)
        return (struct cpuid_regs){0, 0, 0, fake.svm_edx | 1};
    if (leaf == 0x80000021u)
        return (struct cpuid_regs){fake.srso, 0, 0, 0};
    return (struct cpuid_regs){0, 0, 0, 0};
}

static uint64_t *find_msr(uint32_t index)
{
    for (unsigned int i = 0; i < fake.nr_msrs; i++)
        if (fake.msrs[i].index == index)
            return &fake.msrs[i].value;
    return NULL;
}

void fake_set_msr(uint32_t index, uint64_t value)
{
    uint64_t *at = find_msr(index);

    if (!at) {
        assert_true(fake.nr_msrs < ARRAY_SIZE(fake.msrs));
        fake.msrs[fake.nr_msrs].index = index;
        at = &fake.msrs[fake.nr_msrs++].value;
    }
    *at = value;
}

uint64_t fake_msr(uint32_t index)
{
    const uint64_t *at = find_msr(index);

    return at ? *at : 0;
}

static void note(uint32_t msr, uint64_t value)
{
    if (fake.nr_ops < ARRAY_SIZE(fake.ops))
        fake.ops[fake.nr_ops] = (struct fake_op){msr, value};
    fake.nr_ops++;
}

uint64_t hw_rdmsr(uint32_t msr)
{
    return fake_msr(msr);
}

void hw_wrmsr(uint32_t msr, uint64_t value)
{
    uint64_t *at = find_msr(msr);

    note(msr, value);
    if (at)
        *at = value;
    if (msr == MSR_PRED_CMD)
        fake.ibpbs++;
}

void hw_overwrite_rsb(void)
{
    note(OP_RSB, 0);
}

void hw_verw(void)
{
    note(OP_VERW, 0);
}

bool hw_rdmsr_safe(uint32_t msr, uint64_t *value)
{
    *value = find_msr(msr) ? fake_msr(msr) : 0x123;
    return msr == MSR_PATCHLEVEL || (fake.relaxed_msr && msr == fake.relaxed_msr) || find_msr(msr);
}

void hw_irq_window(void)
{
}

void hw_idle(void)
{
    fake.idles++;
    if (fake.on_idle)
        fake.on_idle();
}

_Noreturn void hw_stop(void)
{
    fake.stopped = true;
    mock_assert(0, "hw_stop", __FILE__, __LINE__); /* back to the test: expect_assert_failure() */
    abort();
}

void hw_set_tables(paddr_t root)
{
    fake.tables = root;
}

_Noreturn void hw_start(const void *code, uint64_t rdi, uint64_t rsi)
{
    fake.started = (struct fake_start){code, rdi, rsi};
    mock_assert(0, "hw_start", __FILE__, __LINE__); /* as hw_stop() */
    abort();
}

/* ---- FPU: its registers look as FXSAVE writes them ---- */

#define FIP          8u
#define FDP          16u
#define MXCSR        24u
#define WORD_SIZE    511u /* of the hypervisor's own, and not of the CPU's */
#define XSTATE_BV    512u
#define MXCSR_NEEDED 6u /* SSE and AVX: XRSTOR loads MXCSR for either */

static void put_fpu(uint8_t *area, bool wide)
{
    uint8_t fip[16], word_size = area[WORD_SIZE];

    memcpy(fip, area + FIP, sizeof(fip));
    memcpy(area, fake.fpu, sizeof(fake.fpu));
    area[WORD_SIZE] = word_size;
    if (fake.fip_not_written) {
        memcpy(area + FIP, fip, sizeof(fip));
        return;
    }
    if (wide)
        return;
    memcpy(area + FIP + 4, &fake.selectors.code, 2);
    memset(area + FIP + 6, 0, 2);
    memcpy(area + FDP + 4, &fake.selectors.data, 2);
    memset(area + FDP + 6, 0, 2);
}

static void take_fpu(const uint8_t *area, bool wide)
{
    uint32_t mxcsr;

    memcpy(&mxcsr, area + MXCSR, sizeof(mxcsr));
    assert_int_equal(mxcsr & ~fake_mxcsr_mask, 0); /* #GP */
    memcpy(fake.fpu, area, sizeof(fake.fpu));
    if (wide)
        return;
    memcpy(&fake.selectors.code, area + FIP + 4, 2);
    memcpy(&fake.selectors.data, area + FDP + 4, 2);
    memset(fake.fpu + FIP + 4, 0, 4);
    memset(fake.fpu + FDP + 4, 0, 4);
}

void hw_fxsave(void *area, bool wide)
{
    put_fpu(area, wide);
}

void hw_fxrstor(const void *area, bool wide)
{
    take_fpu(area, wide);
}

void hw_xsave(void *area, uint64_t mask, bool wide)
{
    assert_int_equal(mask & ~fake.xcr0, 0);
    put_fpu(area, wide);
    memcpy((uint8_t *)area + XSTATE_BV, &mask, sizeof(mask));
}

void hw_xrstor(const void *area, uint64_t mask, bool wide)
{
    uint64_t bv;
    const uint8_t *image = area;

    assert_int_equal(mask & ~fake.xcr0, 0);
    memcpy(&bv, image + XSTATE_BV, sizeof(bv));
    assert_int_equal(bv & ~fake.xcr0, 0);
    fake.components_reset |= mask & ~bv;
    if (mask & 3)
        take_fpu(image, wide);
    else if (mask & MXCSR_NEEDED)
        memcpy(fake.fpu + MXCSR, image + MXCSR, 4);
}

uint32_t hw_mxcsr(void)
{
    uint32_t value;

    memcpy(&value, fake.fpu + MXCSR, sizeof(value));
    return value;
}

struct fpu_selectors hw_fpu_selectors(void)
{
    return fake.selectors;
}

void hw_fpu_forget(const void *area)
{
    (void)area;
    fake.fpu_forgotten++;
}

bool hw_set_xcr0(uint64_t value)
{
    if (fake.xcr0_refused)
        return false;
    fake.xcr0 = value;
    return true;
}

uint32_t hw_pkru(void)
{
    return fake.pkru;
}

uint64_t hw_read_dr(unsigned int n)
{
    return fake.dr[n];
}

void hw_write_dr(unsigned int n, uint64_t value)
{
    fake.dr[n] = value;
}

/* ---- local APIC ---- */

void apic_send(uint32_t apic_id, uint8_t vector)
{
    assert_true(fake.nr_ipis < ARRAY_SIZE(fake.ipis));
    fake.ipis[fake.nr_ipis++] = (struct fake_ipi){apic_id, vector};
}

void apic_send_nmi(uint32_t apic_id)
{
    fake.nmis++;
    fake.nmi_to = apic_id;
}

void apic_send_init(uint32_t apic_id)
{
    assert_true(fake.nr_inits < ARRAY_SIZE(fake.inits));
    fake.inits[fake.nr_inits++] = apic_id;
}

void apic_timer_set(tsc_t when)
{
    fake.timer = when;
}

void apic_cpu_exit(void)
{
    fake.timer = TSC_NEVER;
}

unsigned int fake_count_ipis(uint32_t apic_id, uint8_t vector)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < fake.nr_ipis; i++)
        n += fake.ipis[i].apic_id == apic_id && fake.ipis[i].vector == vector;
    return n;
}

void fake_clear_ipis(void)
{
    fake.nr_ipis = 0;
}

/* ---- the address space: all is mapped where it is ---- */

paddr_t paging_region(void)
{
    return FAKE_TABLES;
}

/* ---- windows: the frames are mapped where they are ---- */

void *paging_window_va(const struct pcpu *pc, uint32_t window)
{
    return (void *)(uintptr_t)(pc->window_mfn[window].v << PAGE_SHIFT);
}

void paging_window_set(struct pcpu *pc, uint32_t window, mfn_t mfn)
{
    (void)pc;
    (void)window;
    (void)mfn;
}

void paging_window_clear(struct pcpu *pc, uint32_t window)
{
    (void)pc;
    (void)window;
    fake.flushed_windows++;
}
