/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's local APIC: vectors, priorities, IPIs, timer, as MSRs and as a page; and time scales. */
#include "help_guest.h"

#include <string.h>

#include "core/sched.h"
#include "core/time.h"
#include "core/vendor.h"
#include "guest/timer.h"
#include "guest/vlapic.h"

#define X2(reg) (0x800u + ((reg) >> 4))

static uint32_t reg(const struct vcpu *v, uint32_t offset)
{
    return *(const uint32_t *)(const void *)(v->rec->lapic_regs + offset);
}

static void set_reg(struct vcpu *v, uint32_t offset, uint32_t value)
{
    *(uint32_t *)(void *)(v->rec->lapic_regs + offset) = value;
}

static enum msr_result wr(struct vcpu *v, uint32_t offset, uint64_t value)
{
    return vlapic_wrmsr(env_cpu(0), v, X2(offset), value);
}

static uint64_t rd(struct vcpu *v, uint32_t offset)
{
    uint64_t value = 0;

    assert_int_equal(vlapic_rdmsr(v, X2(offset), &value), MSR_DONE);
    return value;
}

static bool has_irr(const struct vcpu *v, uint8_t vector)
{
    return reg(v, 0x200 + vector / 32 * 16) & 1u << (vector % 32);
}

/* ---- vectors ---- */

static void priorities(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_int_equal(vlapic_pending(v), -1);
    vlapic_raise(env_cpu(0), v, 0x41);
    vlapic_raise(env_cpu(0), v, 0xf3);
    vlapic_raise(env_cpu(0), v, 0x45);
    assert_int_equal(vlapic_pending(v), 0xf3);
    vlapic_ack(v, 0xf3);
    assert_int_equal(vlapic_pending(v), -1); /* lower priority waits for the end of 0xf3 */
    vlapic_raise(env_cpu(0), v, 0xf3);
    assert_int_equal(vlapic_pending(v), -1);
    assert_int_equal(wr(v, 0xb0, 0), MSR_DONE);
    assert_int_equal(vlapic_pending(v), 0xf3);
    vlapic_ack(v, 0xf3);
    wr(v, 0xb0, 0);
    assert_int_equal(vlapic_pending(v), 0x45);
    vlapic_ack(v, 0x45);
    wr(v, 0xb0, 0);
    assert_int_equal(vlapic_pending(v), 0x41);
    wr(v, 0xb0, 0); /* nothing in service: no harm */
    vcpu_hw_lapic(v)->disabled = IRX_LAPIC_SW_DISABLED;
    assert_int_equal(vlapic_pending(v), -1);
}

static void processor_priority(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    assert_int_equal(wr(v, 0x80, 0x35), MSR_DONE);
    assert_int_equal(rd(v, 0xa0), 0x35);
    vlapic_raise(env_cpu(0), v, 0x61);
    vlapic_ack(v, 0x61);
    assert_int_equal(rd(v, 0xa0), 0x60);
    vlapic_set_tpr(v, 0x95); /* the guest wrote CR8 */
    assert_int_equal(rd(v, 0x80), 0x95);
    assert_int_equal(wr(v, 0x80, 0x100), MSR_FAULT);
}

static void illegal_vectors(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    set_reg(v, 0x370, 0x55); /* LVTERR, unmasked */
    vlapic_raise(env_cpu(0), v, 15);
    assert_int_equal(rd(v, 0x280), 0x40);
    assert_true(has_irr(v, 0x55));
    assert_int_equal(wr(v, 0x300, 0x40003), MSR_DONE); /* to self, vector 3 */
    assert_int_equal(rd(v, 0x280), 0x60);
}

/* ---- IPIs ---- */

static void ipi_by_destination(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 4));
    struct vcpu *v = env_current(d, 0);

    (void)state;
    assert_int_equal(wr(v, 0x300, 4ull << 32 | 0x71), MSR_DONE); /* APIC id 4: vCPU 2 */
    assert_true(has_irr(env_vcpu(d, 2), 0x71));
    assert_false(has_irr(env_vcpu(d, 1), 0x71));
    assert_int_equal(env_vcpu(d, 2)->kicked, 1);
    wr(v, 0x300, 0xc0072); /* all but self */
    assert_false(has_irr(v, 0x72));
    assert_true(has_irr(env_vcpu(d, 1), 0x72) && has_irr(env_vcpu(d, 3), 0x72));
    wr(v, 0x300, 0x80073); /* all */
    assert_true(has_irr(v, 0x73) && has_irr(env_vcpu(d, 3), 0x73));
    wr(v, 0x300, 0xffffffffull << 32 | 0x74); /* broadcast */
    assert_true(has_irr(v, 0x74) && has_irr(env_vcpu(d, 1), 0x74));
    wr(v, 0x3f0, 0x75); /* self IPI */
    assert_true(has_irr(v, 0x75));
    assert_false(has_irr(env_vcpu(d, 1), 0x75));
    wr(v, 0x300, 0x14ull << 32 | 0x800 | 0x76); /* logical, ids 2 and 4 */
    assert_true(has_irr(env_vcpu(d, 1), 0x76) && has_irr(env_vcpu(d, 2), 0x76));
    assert_false(has_irr(v, 0x76) || has_irr(env_vcpu(d, 3), 0x76));
    assert_int_equal(rd(v, 0x300), 0x14ull << 32 | 0x876);
}

static void ipi_lowest_priority(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 3));
    struct vcpu *v = env_current(d, 0);

    (void)state;
    set_reg(env_vcpu(d, 1), 0x80, 0x50);
    set_reg(v, 0x80, 0x60);
    wr(v, 0x300, 0x15ull << 32 | 0x800 | 0x100 | 0x77);
    assert_true(has_irr(env_vcpu(d, 2), 0x77));
    assert_false(has_irr(v, 0x77) || has_irr(env_vcpu(d, 1), 0x77));
}

static void ipi_nmi_and_the_rest(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;
    struct vcpu *v;

    (void)state;
    env_vcpu_rec(r, 1)->state = IRX_VCPU_DOWN;
    d = env_run(r);
    v = env_current(d, 0);
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x400), MSR_DONE);
    assert_true(env_vcpu(d, 1)->rec->flags & IRX_VCPUF_NMI_PENDING);
    assert_true(sched_is_up(env_vcpu(d, 1))); /* an NMI wakes who is down */
    set_reg(v, 0x310, 7);
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x4500), MSR_PARK); /* INIT */
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x4609), MSR_PARK); /* STARTUP */
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x200), MSR_PARK);  /* SMI */
    assert_int_equal(reg(v, 0x310), 7);                            /* nothing was written */
    assert_int_equal(wr(v, 0x300, 1u << 12), MSR_FAULT);           /* read-only bit */
}

static void x2apic_faults(void **state)
{
    struct vcpu *v = current(1);
    uint64_t value;

    (void)state;
    assert_int_equal(vlapic_rdmsr(v, 0x80b, &value), MSR_FAULT); /* EOI is write-only */
    assert_int_equal(vlapic_rdmsr(v, 0x8ff, &value), MSR_FAULT);
    assert_int_equal(wr(v, 0xb0, 1), MSR_FAULT);
    assert_int_equal(wr(v, 0x20, 1), MSR_FAULT); /* the id */
    assert_int_equal(wr(v, 0xf0, 1u << 12), MSR_FAULT);
    vcpu_hw_lapic(v)->apic_base_msr &= ~APIC_BASE_EXTD; /* xAPIC mode has no MSRs */
    assert_int_equal(vlapic_rdmsr(v, 0x802, &value), MSR_FAULT);
    assert_int_equal(wr(v, 0xb0, 0), MSR_FAULT);
}

static void software_disable_masks(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    set_reg(v, 0x350, 0x700);
    assert_int_equal(wr(v, 0xf0, 0xff), MSR_DONE);
    assert_false(vlapic_enabled(v));
    assert_false(vlapic_hw_disabled(v));
    assert_int_equal(vcpu_hw_lapic(v)->disabled, IRX_LAPIC_SW_DISABLED);
    assert_true(reg(v, 0x350) & 0x10000);
    assert_int_equal(wr(v, 0x360, 0x400), MSR_DONE);
    assert_true(reg(v, 0x360) & 0x10000);
    assert_int_equal(wr(v, 0xf0, 0x1ff), MSR_DONE);
    assert_true(vlapic_enabled(v));
}

/* ---- the timer: one count is 10 ns, divided ---- */

static void timer_one_shot(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    wr(v, 0x3e0, 0xb); /* by 1 */
    wr(v, 0x320, 0x61);
    wr(v, 0x380, 1000);
    assert_in_range(v->next_tsc, fake.tsc + 9900, fake.tsc + 10010);
    fake.tsc += 4000;
    assert_in_range(rd(v, 0x390), 590, 600);
    fake.tsc = v->next_tsc;
    timer_run(env_cpu(0), hw_tsc());
    assert_true(has_irr(v, 0x61));
    assert_int_equal(v->next_tsc, TSC_NEVER);
    fake.tsc += 1000;
    assert_int_equal(rd(v, 0x390), 0);
}

static void timer_periodic_and_divided(void **state)
{
    struct vcpu *v = current(1);
    uint64_t first;

    (void)state;
    wr(v, 0x3e0, 0x3); /* by 16 */
    wr(v, 0x320, 0x20062);
    wr(v, 0x380, 100);
    first = v->next_tsc;
    assert_in_range(first, fake.tsc + 15900, fake.tsc + 16010);
    fake.tsc = first;
    timer_run(env_cpu(0), hw_tsc());
    assert_true(has_irr(v, 0x62));
    assert_in_range(v->next_tsc - first, 15900, 16100);
    wr(v, 0x320, 0x30062 & ~0x20000u); /* masked, one shot */
    wr(v, 0x380, 0);
    assert_int_equal(v->next_tsc, TSC_NEVER);
}

static void timer_masked(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    wr(v, 0x320, 0x10061);
    wr(v, 0x380, 1000);
    fake.tsc = v->next_tsc;
    timer_run(env_cpu(0), hw_tsc());
    assert_false(has_irr(v, 0x61));
}

static void timer_tsc_deadline(void **state)
{
    struct vcpu *v = current(1);
    uint64_t guest_tsc;

    (void)state;
    vlapic_set_tsc_deadline(env_cpu(0), v, 12345); /* not in that mode: ignored */
    assert_int_equal(v->next_tsc, TSC_NEVER);
    wr(v, 0x320, 0x40063);
    guest_tsc = fake.tsc + 0x1000;
    vlapic_set_tsc_deadline(env_cpu(0), v, guest_tsc + 5000);
    assert_int_equal(vlapic_tsc_deadline(v), guest_tsc + 5000);
    assert_in_range(v->next_tsc, fake.tsc + 4900, fake.tsc + 5010);
    fake.tsc = v->next_tsc;
    timer_run(env_cpu(0), hw_tsc());
    assert_true(has_irr(v, 0x63));
    assert_int_equal(vlapic_tsc_deadline(v), 0);
    vlapic_ack(v, 0x63);
    vlapic_set_tsc_deadline(env_cpu(0), v, 1); /* long ago: at once */
    assert_true(has_irr(v, 0x63));
}

static void timer_armed_at_enter(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint32_t *regs = (uint32_t *)(void *)env_vcpu_rec(r, 0)->lapic_regs;
    struct vcpu *v;

    (void)state;
    regs[0x320 / 4] = 0x61;
    regs[0x380 / 4] = 500;
    v = env_current(env_run(r), 0);
    assert_in_range(v->next_tsc, fake.tsc + 4000, fake.tsc + 5010);
}

/* ---- the page ---- */

static void xapic_page(void **state)
{
    struct vcpu *v = current(1);
    uint64_t rip = v->rip;

    (void)state;
    env_code(v, "\x89\x08", 2); /* mov %ecx,(%rax) */
    v->gpr[RCX] = 0;
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfee000b0)); /* in x2APIC mode it is not there */
    vcpu_hw_lapic(v)->apic_base_msr &= ~APIC_BASE_EXTD;
    vlapic_raise(env_cpu(0), v, 0x44);
    vlapic_ack(v, 0x44);
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee000b0));
    assert_int_equal(v->rip, rip + 2);
    assert_int_equal(reg(v, 0x100 + 0x44 / 32 * 16), 0);
    v->rip = rip;
    env_code(v, "\x8b\x10", 2); /* mov (%rax),%edx */
    v->gpr[RDX] = ~0ull;
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee000f0));
    assert_int_equal(v->gpr[RDX], 0x1ff);
    v->rip = rip;
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfee000f4)); /* between registers */
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfee003f0));
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfec00000));
    env_code(v, "\x88\x08", 2); /* a byte */
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfee000b0));
    assert_int_equal(v->rip, rip);
}

/* ---- time ---- */

static void time_scales(void **state)
{
    static const struct irx_time_scale scales[] = {
        {.tsc_stamp = 1000000, .stime_stamp = 5000000, .mul = 0x80000000u, .shift = 1},
        {.tsc_stamp = 0, .stime_stamp = 0, .mul = 0xc0000000u, .shift = -1}, /* 2.67 GHz */
        {.tsc_stamp = 1ull << 60, .stime_stamp = 1ull << 50, .mul = 0xffffffffu, .shift = 3},
        {.tsc_stamp = 77, .stime_stamp = 99, .mul = 0x80000001u, .shift = -2},
    };
    const uint64_t deltas[] = {0, 1, 999, 1000000, 123456789, 1ull << 40, 1ull << 45};

    (void)state;
    for (unsigned int s = 0; s < ARRAY_SIZE(scales); s++) {
        for (unsigned int i = 0; i < ARRAY_SIZE(deltas); i++) {
            uint64_t when = scales[s].stime_stamp + deltas[i];
            uint64_t tsc = time_to_tsc(&scales[s], when);

            assert_true(time_from_tsc(&scales[s], tsc) >= when); /* never early */
            assert_true(time_from_tsc(&scales[s], tsc) - when <= 40);
        }
    }
    assert_int_equal(time_to_tsc(&scales[0], NS_NEVER), TSC_NEVER);
    assert_int_equal(time_to_tsc(&scales[3], 1ull << 63), TSC_NEVER); /* out of reach */
    assert_int_equal(time_to_tsc(&scales[1], 0), 0);
    assert_int_equal(time_from_tsc(&scales[0], 1000000 - 100),
                     5000000 - 100); /* before the stamp */
    assert_true(time_to_tsc(&scales[0], 1) <= 1000000);
    assert_int_equal(time_to_tsc(&(struct irx_time_scale){.mul = 0}, 5), TSC_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(priorities),           ENV_CASE(processor_priority),
        ENV_CASE(illegal_vectors),      ENV_CASE(ipi_by_destination),
        ENV_CASE(ipi_lowest_priority),  ENV_CASE(ipi_nmi_and_the_rest),
        ENV_CASE(x2apic_faults),        ENV_CASE(software_disable_masks),
        ENV_CASE(timer_one_shot),       ENV_CASE(timer_periodic_and_divided),
        ENV_CASE(timer_masked),         ENV_CASE(timer_tsc_deadline),
        ENV_CASE(timer_armed_at_enter), ENV_CASE(xapic_page),
        ENV_CASE(time_scales),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
