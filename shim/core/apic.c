/* SPDX-License-Identifier: GPL-2.0-only */
#include "apic.h"

#include "apic_regs.h"
#include "log.h"

#define TDCR_DIVIDE_BY_1 0x0bu

#define CALIBRATE_READS 50u
#define CLOSE_ENOUGH    100u /* of a millisecond: two reads that are not further apart will do */
#define CALIBRATE_MS    2u   /* the guests wait while the first CPU does this */
#define SEND_SPINS_MAX  1000000u
#define TIMER_TICKS_MAX 0x7fffffffu

static struct {
    bool x2apic;
    bool deadline;
    paddr_t base;
    uint64_t ticks_per_tsc; /* 32.32 fixed point */
} apic;

static uint32_t apic_read(uint32_t reg)
{
    if (apic.x2apic)
        return (uint32_t)hw_rdmsr(MSR_X2APIC_FIRST + (reg >> 4));
    return *(volatile uint32_t *)(uintptr_t)(apic.base + reg);
}

static void apic_write(uint32_t reg, uint32_t value)
{
    if (apic.x2apic)
        hw_wrmsr(MSR_X2APIC_FIRST + (reg >> 4), value);
    else
        *(volatile uint32_t *)(uintptr_t)(apic.base + reg) = value;
}

/*
 * The timer's count and the TSC at one moment. The two reads are apart; on a virtual
 * machine they can be far apart, so the closest of some pairs is taken.
 */
static uint32_t read_count(tsc_t *at)
{
    uint64_t best = ~0ull;
    uint32_t count = 0;

    *at = hw_tsc();
    for (unsigned int i = 0; i < CALIBRATE_READS && best > shim.tsc_khz / CLOSE_ENOUGH; i++) {
        tsc_t before = hw_tsc();
        uint32_t now = apic_read(APIC_TMCCT);
        uint64_t apart = hw_tsc() - before;

        if (apart < best) {
            best = apart;
            count = now;
            *at = before + apart / 2;
        }
    }
    return count;
}

static void calibrate(void)
{
    uint64_t want = shim.tsc_khz * CALIBRATE_MS;
    uint32_t first, last;
    tsc_t start, end;

    apic_write(APIC_TDCR, TDCR_DIVIDE_BY_1);
    apic_write(APIC_LVTT, LVT_MASKED | IRX_SHIM_TIMER_VECTOR);
    apic_write(APIC_TMICT, 0xffffffffu);
    first = read_count(&start);
    while (hw_tsc() - start < want)
        hw_pause();
    last = read_count(&end);
    apic_write(APIC_TMICT, 0);
    apic.ticks_per_tsc = ((uint64_t)(first - last) << 32) / (end - start);
    log_line("local APIC timer: %u ticks in %lu TSC ticks", first - last, end - start);
}

int apic_init(void)
{
    uint64_t base = hw_rdmsr(MSR_APIC_BASE);

    if (!(base & APIC_BASE_ENABLE))
        return -SHIM_ENODEV;
    apic.x2apic = base & APIC_BASE_EXTD;
    apic.base = base & APIC_BASE_ADDR;
    apic.deadline = shim.host.tsc_deadline;
    if (!apic.deadline)
        calibrate();
    return apic.deadline || apic.ticks_per_tsc ? 0 : -SHIM_ENODEV;
}

void apic_cpu_init(struct pcpu *pc)
{
    pc->spurious_vector = (uint8_t)apic_read(APIC_SPIV);
    apic_write(APIC_TPR, 0);
    apic_write(APIC_TDCR, TDCR_DIVIDE_BY_1);
    apic_write(APIC_TMICT, 0);
    apic_write(APIC_LVTT, IRX_SHIM_TIMER_VECTOR | (apic.deadline ? TIMER_DEADLINE : 0));
    pc->armed = TSC_NEVER;
}

void apic_cpu_exit(void)
{
    apic_timer_set(TSC_NEVER);
    apic_write(APIC_LVTT, LVT_MASKED | IRX_SHIM_TIMER_VECTOR);
}

void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

/* `what`: the low half of the ICR. */
static void send(uint32_t apic_id, uint32_t what)
{
    if (apic.x2apic) {
        /* The write is not serialising: what the other CPU is to see comes first. */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        hw_wrmsr(MSR_X2APIC_FIRST + (APIC_ICR >> 4), ((uint64_t)apic_id << 32) | ICR_ASSERT | what);
        return;
    }
    for (uint32_t i = 0; (apic_read(APIC_ICR) & ICR_BUSY) && i < SEND_SPINS_MAX; i++)
        hw_pause();
    apic_write(APIC_ICR2, apic_id << 24);
    apic_write(APIC_ICR, ICR_ASSERT | what);
}

void apic_send(uint32_t apic_id, uint8_t vector)
{
    send(apic_id, vector);
}

void apic_send_nmi(uint32_t apic_id)
{
    send(apic_id, MODE_NMI);
}

void apic_send_init(uint32_t apic_id)
{
    send(apic_id, MODE_INIT | ICR_LEVEL);
}

void apic_timer_set(tsc_t when)
{
    uint64_t delta, ticks;
    tsc_t now;

    if (apic.deadline) {
        hw_wrmsr(MSR_TSC_DEADLINE, when == TSC_NEVER ? 0 : MAX(when, 1));
        return;
    }
    if (when == TSC_NEVER) {
        apic_write(APIC_TMICT, 0);
        return;
    }
    now = hw_tsc();
    delta = when > now ? when - now : 0;
    if (delta >> 32)
        delta = 0xffffffffu;
    ticks = ((delta * (apic.ticks_per_tsc & 0xffffffffu)) >> 32) +
            delta * (apic.ticks_per_tsc >> 32) + 1;
    apic_write(APIC_TMICT, (uint32_t)MIN(ticks, TIMER_TICKS_MAX));
}
