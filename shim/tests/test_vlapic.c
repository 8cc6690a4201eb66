/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's local APIC: vectors, priorities, IPIs, as MSRs and as a page; and time scales. */
#include "help_lapic.h"

#include <string.h>

#include "core/sched.h"
#include "core/time.h"
#include "core/vendor.h"

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

/* Of equals each in its turn, as round_robin_prev_vcpu. */
static void ipi_lowest_priority_in_turn(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 3));
    struct vcpu *v = env_current(d, 0);

    (void)state;
    for (unsigned int i = 0; i < 6; i++) {
        wr(v, 0x300, 0x15ull << 32 | 0x800 | 0x100 | (0x80 + i));
        for (uint32_t n = 0; n < 3; n++)
            assert_int_equal(has_irr(env_vcpu(d, n), (uint8_t)(0x80 + i)), n == (i + 1) % 3);
    }
    wr(v, 0x300, 0x15ull << 32 | 0x800 | 0x100 | 0x0f); /* no vector, and still a turn */
    assert_int_equal(rd(v, 0x280), 0x20);
    wr(v, 0x300, 0x15ull << 32 | 0x800 | 0x100 | 0x90);
    assert_true(has_irr(env_vcpu(d, 2), 0x90));
}

static void ipi_logical_models(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    struct vcpu *v = env_current(d, 0), *other = env_vcpu(d, 1);
    uint64_t rip = v->rip;

    (void)state;
    vcpu_hw_lapic(v)->apic_base_msr &= ~APIC_BASE_EXTD;
    vcpu_hw_lapic(other)->apic_base_msr &= ~APIC_BASE_EXTD;
    set_reg(other, 0xd0, 0x12000000);
    set_reg(v, 0x310, 0x12000000);
    env_code(v, "\x89\x08", 2); /* mov %ecx,(%rax) */
    v->gpr[RCX] = 0x8a1;
    set_reg(other, 0xe0, ~0u);
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee00300));
    assert_true(has_irr(other, 0xa1)); /* flat */
    v->rip = rip;
    v->gpr[RCX] = 0x8a2;
    set_reg(other, 0xe0, 0x0fffffff);
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee00300));
    assert_true(has_irr(other, 0xa2)); /* cluster */
    v->rip = rip;
    v->gpr[RCX] = 0x8a3;
    set_reg(other, 0xe0, 0x7fffffff);
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee00300));
    assert_false(has_irr(other, 0xa3)); /* neither */
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
    env_vcpu(d, 1)->rec->flags &= ~IRX_VCPUF_INITIALISED;
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x4609), MSR_PARK); /* STARTUP */
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x700), MSR_PARK);  /* Xen ends the domain */
    assert_int_equal(reg(v, 0x310), 7);                            /* nothing was written */
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x200), MSR_DONE);  /* SMI, remote read: ignored */
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x300), MSR_DONE);
    assert_int_equal(rd(v, 0x300), 2ull << 32 | 0x300);
    assert_int_equal(wr(v, 0x300, 1u << 12), MSR_FAULT); /* read-only bit */
}

/* INIT and STARTUP that change no vCPU, and the reserved mode for nobody. */
static void ipi_without_effect(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 3);
    struct vcpu *v;

    (void)state;
    env_vcpu_rec(r, 2)->flags &= ~IRX_VCPUF_INITIALISED;
    env_vcpu_rec(r, 2)->state = IRX_VCPU_DOWN;
    v = env_current(env_run(r), 0);
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x8500), MSR_DONE); /* INIT level de-assert */
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0xc500), MSR_PARK);
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x500), MSR_PARK); /* by edge it is an INIT */
    assert_int_equal(rd(v, 0x300), 2ull << 32 | 0x8500);
    assert_int_equal(wr(v, 0x300, 2ull << 32 | 0x4609), MSR_DONE); /* STARTUP of one that runs */
    assert_int_equal(wr(v, 0x300, 4ull << 32 | 0x4500), MSR_DONE); /* INIT of one that never did */
    assert_int_equal(wr(v, 0x300, 4ull << 32 | 0x4609), MSR_PARK);
    assert_int_equal(wr(v, 0x300, 0x84500), MSR_PARK); /* all: some have registers */
    assert_int_equal(wr(v, 0x300, 0x84609), MSR_PARK); /* all: one has none */
    for (uint64_t mode = 5; mode < 8; mode++)
        assert_int_equal(wr(v, 0x300, 0x7full << 32 | 0x4000 | mode << 8), MSR_DONE);
    assert_int_equal(rd(v, 0x300), 0x7full << 32 | 0x4700);
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

static void enabling_sees_upcall(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    env_use_fifo(r);
    v = env_current(env_run(r), 0);
    assert_int_equal(wr(v, 0xf0, 0xff), MSR_DONE);
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1; /* evtchn_upcall_pending */
    assert_int_equal(wr(v, 0xf0, 0x1ff), MSR_DONE);
    assert_true(has_irr(v, ENV_UPCALL));
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
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfec00000));
    env_code(v, "\x09\x08", 2); /* or %ecx,(%rax): for an emulator */
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfee000b0));
    assert_int_equal(v->rip, rip);
}

static uint64_t read_at(struct vcpu *v, uint32_t offset, const char *code, unsigned int len)
{
    v->rip = GFN_CODE << 12;
    env_code(v, code, len);
    v->gpr[RDX] = 0x1111111111111111;
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee00000 + offset));
    assert_int_equal(v->rip, (GFN_CODE << 12) + len);
    return v->gpr[RDX];
}

static void write_at(struct vcpu *v, uint32_t offset, const char *code, unsigned int len)
{
    v->rip = GFN_CODE << 12;
    env_code(v, code, len);
    v->gpr[RCX] = 0xa5a4a3a2a1a09f9e;
    assert_true(vlapic_mmio(env_cpu(0), v, 0xfee00000 + offset));
}

/* vlapic_mmio_read(), vlapic_mmio_write(): what lies in a register; else zeros, and no effect. */
static void xapic_page_in_parts(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    vcpu_hw_lapic(v)->apic_base_msr &= ~APIC_BASE_EXTD;
    set_reg(v, 0x350, 0x81c7);
    assert_int_equal(read_at(v, 0x350, "\x8b\x10", 2), 0x81c7);
    assert_int_equal(read_at(v, 0x350, "\x8a\x10", 2), 0x11111111111111c7); /* %dl */
    assert_int_equal(read_at(v, 0x351, "\x8a\x30", 2), 0x1111111111118111); /* %dh */
    assert_int_equal(read_at(v, 0x350, "\x66\x8b\x10", 3), 0x11111111111181c7);
    assert_int_equal(read_at(v, 0x351, "\x66\x8b\x10", 3), 0x1111111111110081);
    assert_int_equal(read_at(v, 0x350, "\x48\x8b\x10", 3), 0);                /* 8 bytes */
    assert_int_equal(read_at(v, 0x352, "\x8b\x10", 2), 0);                    /* out of it */
    assert_int_equal(read_at(v, 0x354, "\x8b\x10", 2), 0);                    /* between */
    assert_int_equal(read_at(v, 0x3f0, "\x8b\x10", 2), 0);                    /* behind all */
    assert_int_equal(read_at(v, 0x350, "\x0f\xb6\x10", 3), 0xc7);             /* movzx */
    assert_int_equal(read_at(v, 0x350, "\x0f\xbe\x10", 3), 0xffffffc7);       /* movsx */
    assert_int_equal(read_at(v, 0x350, "\x48\x0f\xbe\x10", 4), ~0ull - 0x38); /* to 64 bits */
    assert_int_equal(read_at(v, 0x350, "\x66\x0f\xbe\x10", 4), 0x111111111111ffc7);
    assert_int_equal(read_at(v, 0x350, "\x48\x63\x10", 3), 0x81c7);
    v->gpr[RAX] = 7;
    read_at(v, 0x350, "\xa1\x50\x03\xe0\xfe\x00\x00\x00\x00", 9); /* mov 0xfee00350,%eax */
    assert_int_equal(v->gpr[RAX], 0x81c7);
    read_at(v, 0x350, "\x67\xa1\x50\x03\xe0\xfe", 6);
    assert_int_equal(v->gpr[RAX], 0x81c7);
    write_at(v, 0x351, "\x88\x08", 2);       /* mov %cl,(%rax) */
    assert_int_equal(reg(v, 0x350), 0x96c7); /* bit 11 is reserved */
    write_at(v, 0x352, "\x66\x89\x08", 3);
    assert_int_equal(reg(v, 0x350), 0x96c7 | (0x9f9e0000 & 0x10000));
    write_at(v, 0x350, "\x48\x89\x08", 3);
    write_at(v, 0x353, "\x66\x89\x08", 3);
    write_at(v, 0x354, "\x89\x08", 2);
    write_at(v, 0x3f0, "\x89\x08", 2);
    assert_int_equal(reg(v, 0x350), 0x96c7 | (0x9f9e0000 & 0x10000));
    write_at(v, 0x350, "\xc6\x00\x44", 3); /* movb $0x44,(%rax) */
    assert_int_equal(reg(v, 0x350) & 0xff, 0x44);
    v->rip = GFN_CODE << 12;
    env_code(v, "\x89\x08", 2);
    assert_false(vlapic_mmio(env_cpu(0), v, 0xfee00ffe)); /* out of the page */
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
        ENV_CASE(priorities),
        ENV_CASE(processor_priority),
        ENV_CASE(illegal_vectors),
        ENV_CASE(ipi_by_destination),
        ENV_CASE(ipi_lowest_priority),
        ENV_CASE(ipi_nmi_and_the_rest),
        ENV_CASE(ipi_without_effect),
        ENV_CASE(ipi_lowest_priority_in_turn),
        ENV_CASE(ipi_logical_models),
        ENV_CASE(x2apic_faults),
        ENV_CASE(software_disable_masks),
        ENV_CASE(enabling_sees_upcall),
        ENV_CASE(xapic_page),
        ENV_CASE(xapic_page_in_parts),
        ENV_CASE(time_scales),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
