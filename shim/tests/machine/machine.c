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
}

void hw_invlpg(uint64_t va)
{
    (void)va;
}

struct cpuid_regs hw_cpuid(uint32_t leaf, uint32_t subleaf)
{
    if (leaf == 0xd && subleaf == 0)
        return (struct cpuid_regs){(uint32_t)fake.cpuid_d0_eax, fake.cpuid_d0_ebx, 0x240,
                                   (uint32_t)(fake.cpuid_d0_eax >> 32)};
    if (leaf == 1)
        return (struct cpuid_regs){fake.signature, 0, 0, 0};
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
    *value = msr == MSR_PATCHLEVEL ? 0x123 : fake_msr(msr);
    return msr == MSR_PATCHLEVEL || find_msr(msr);
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

void hw_fxsave(void *area)
{
    memcpy(area, fake.fpu, sizeof(fake.fpu));
}

void hw_fxrstor(const void *area)
{
    memcpy(fake.fpu, area, sizeof(fake.fpu));
}

void hw_xsave(void *area, uint64_t mask)
{
    assert_int_equal(mask & ~fake.xcr0, 0);
    hw_fxsave(area);
}

void hw_xrstor(const void *area, uint64_t mask)
{
    assert_int_equal(mask & ~fake.xcr0, 0);
    hw_fxrstor(area);
}

void hw_set_xcr0(uint64_t value)
{
    fake.xcr0 = value;
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
