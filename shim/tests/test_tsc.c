/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's TSC in all modes: RDTSC, RDTSCP, the MSRs, its clock, the TSC deadline. */
#include "env.h"

#include <string.h>

#include "core/sched.h"
#include "fake/fake.h"
#include "guest/handlers.h"
#include "guest/timer.h"
#include "guest/tsc.h"
#include "guest/vlapic.h"

#define MSR_TSC        0x10u
#define MSR_TSC_ADJUST 0x3bu
#define OFFSET         0x1000u      /* env_domain()'s */
#define START          400000000ull /* guest time 0, in system time */

/* A domain whose TSC is emulated: 2.5 ticks a ns. */
static struct irx_domain *emulated(uint32_t vcpus)
{
    struct irx_domain *d = env_domain(0, 1, vcpus);

    d->tsc_mode = 1;
    d->flags |= IRX_DOMF_VTSC;
    d->guest_time = (struct irx_guest_time){
        .offset = -START,
        .to_tsc_mul = 0xa0000000u, /* 0.625 * 4 */
        .to_tsc_shift = 2,
        .to_ns_mul = 0xcccccccdu, /* 0.8 / 2 */
        .to_ns_shift = -1,
    };
    return d;
}

static uint64_t rdtsc(struct vcpu *v)
{
    uint64_t rip = v->rip;

    CODE(v, 0x0f, 0x31);
    v->gpr[RAX] = v->gpr[RDX] = ~0ull;
    assert_true(guest_rdtsc(env_cpu(0), v, INSN_RDTSC));
    assert_int_equal(v->rip, rip + 2);
    v->rip = rip;
    assert_int_equal(v->gpr[RAX] >> 32, 0);
    assert_int_equal(v->gpr[RDX] >> 32, 0);
    return v->gpr[RAX] | v->gpr[RDX] << 32;
}

static uint64_t rdmsr(struct vcpu *v, uint32_t msr)
{
    uint64_t rip = v->rip;

    CODE(v, 0x0f, 0x32);
    v->gpr[RCX] = msr;
    assert_true(guest_rdmsr(env_cpu(0), v));
    v->rip = rip;
    return (uint32_t)v->gpr[RAX] | v->gpr[RDX] << 32;
}

static bool wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t rip = v->rip;
    bool served;

    CODE(v, 0x0f, 0x30);
    v->gpr[RCX] = msr;
    v->gpr[RAX] = (uint32_t)value;
    v->gpr[RDX] = value >> 32;
    served = guest_wrmsr(env_cpu(0), v);
    assert_int_equal(v->rip, served ? rip + 2 : rip);
    v->rip = rip;
    return served;
}

/* What the guest's TSC is when system time, which is the fake TSC, is `at`. */
static uint64_t expected(uint64_t at)
{
    return (at - START) * 5 / 2 + OFFSET;
}

#define assert_tsc(value, from)                                                                    \
    do {                                                                                           \
        uint64_t got = (value);                                                                    \
                                                                                                   \
        assert_in_range(got, expected(from), expected(fake.tsc) + 1);                              \
    } while (0)

static void native_is_the_offset(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;
    uint64_t from;

    (void)state;
    r->guest_time.last = 1ull << 62; /* has nothing to do with it */
    v = env_current(env_run(r), 0);
    from = fake.tsc;
    assert_in_range(rdtsc(v), from + OFFSET, fake.tsc + OFFSET);
    from = fake.tsc;
    assert_in_range(rdmsr(v, MSR_TSC), from + OFFSET, fake.tsc + OFFSET);
    assert_int_equal(r->guest_time.last, 1ull << 62);
}

static void emulated_is_guest_time(void **state)
{
    struct irx_domain *r = emulated(1);
    struct vcpu *v = env_current(env_run(r), 0);
    uint64_t from = fake.tsc;

    (void)state;
    assert_tsc(rdtsc(v), from);
    assert_in_range(r->guest_time.last, from - START, fake.tsc - START);
    fake.tsc += 3600ull * 1000000000; /* an hour */
    from = fake.tsc;
    assert_tsc(rdtsc(v), from);
    from = fake.tsc;
    assert_tsc(rdmsr(v, MSR_TSC), from);
    v->rec->guest_time_offset = -1000ull; /* the vCPU's own */
    from = fake.tsc;
    assert_in_range(rdtsc(v), expected(from - 1000), expected(fake.tsc - 1000) + 1);
}

/* No two answers are equal, on whichever vCPU, and time that was given out is not given again. */
static void emulated_is_monotonic(void **state)
{
    struct irx_domain *r = emulated(2);
    struct dom *d = env_run(r);
    uint64_t last, now;

    (void)state;
    r->guest_time.last = fake.tsc - START + 5000000; /* given out before it came here */
    last = rdtsc(env_current(d, 0));
    assert_int_equal(last, r->guest_time.last * 5 / 2 + OFFSET);
    for (unsigned int i = 1; i < 100; i++) {
        now = rdtsc(env_current(d, i % 2));
        assert_in_range(now - last, 1, 4); /* 1 ns */
        last = now;
    }
    fake.tsc += 6000000;
    now = fake.tsc;
    assert_tsc(rdtsc(env_current(d, 1)), now);
}

static void rdtscp_has_the_aux(void **state)
{
    struct irx_domain *r = emulated(1);
    struct vcpu *v;
    uint64_t rip, from;

    (void)state;
    env_leaves(r)[9].d |= 1u << 27; /* RDTSCP */
    env_seal(r);
    v = env_current(env_run(r), 0);
    rip = v->rip;
    vcpu_hw_cpu(v)->msr_tsc_aux = 0x1234;
    CODE(v, 0x0f, 0x01, 0xf9);
    from = fake.tsc;
    assert_true(guest_rdtsc(env_cpu(0), v, INSN_RDTSCP));
    assert_int_equal(v->rip, rip + 3);
    assert_int_equal(v->gpr[RCX], 0x1234);
    assert_tsc(v->gpr[RAX] | v->gpr[RDX] << 32, from);
}

/* ---- the guest writes it ---- */

static struct vcpu_time_info *clock_of(uint32_t vcpu)
{
    return (struct vcpu_time_info *)(void *)((uint8_t *)env_page(0, GFN_INFO) + vcpu * 64 + 32);
}

/* System time by the guest's clock, with a TSC that it has just read. */
static uint64_t clock_says(uint32_t vcpu, uint64_t tsc)
{
    const struct vcpu_time_info *u = clock_of(vcpu);
    uint64_t delta = tsc - u->tsc_timestamp;

    assert_int_equal(u->version % 2, 0);
    delta = u->tsc_shift >= 0 ? delta << u->tsc_shift : delta >> -u->tsc_shift;
    return u->system_time + (uint64_t)(((unsigned __int128)delta * u->tsc_to_system_mul) >> 32);
}

static void check_writes(struct vcpu *v)
{
    uint64_t from, adjust = v->rec->tsc_adjust = 77, offset = v->rec->tsc_offset, tsc;

    clock_of(0)->version = 4;
    clock_of(0)->flags = XEN_PVCLOCK_TSC_STABLE_BIT;
    from = fake.tsc;
    assert_true(wrmsr(v, MSR_TSC, 1ull << 40));
    tsc = rdtsc(v);
    assert_in_range(tsc, 1ull << 40, (1ull << 40) + (fake.tsc - from + 10) * 5 / 2);
    assert_int_equal(v->rec->tsc_adjust, adjust + v->rec->tsc_offset - offset);
    assert_int_equal(fake_vcpu(v)->tsc_offset, v->rec->tsc_offset);
    assert_int_equal(clock_of(0)->version, 6);
    assert_int_equal(clock_of(0)->flags, XEN_PVCLOCK_TSC_STABLE_BIT);
    assert_in_range(clock_says(0, rdtsc(v)), from, fake.tsc + 2);

    offset = v->rec->tsc_offset;
    assert_int_equal(rdmsr(v, MSR_TSC_ADJUST), v->rec->tsc_adjust);
    assert_true(wrmsr(v, MSR_TSC_ADJUST, adjust)); /* and back */
    assert_int_equal(rdmsr(v, MSR_TSC_ADJUST), adjust);
    assert_int_equal(v->rec->tsc_offset, OFFSET);
    assert_int_equal(fake_vcpu(v)->tsc_offset, OFFSET);
    assert_int_not_equal(offset, OFFSET);
    from = fake.tsc;
    assert_in_range(clock_says(0, rdtsc(v)), from - 2, fake.tsc + 2);
}

static void writes_of_a_native_tsc(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    check_writes(env_current(d, 0));
}

static void writes_of_an_emulated_tsc(void **state)
{
    struct irx_domain *r = emulated(1);

    (void)state;
    /* The line begins before the guest did, as Xen's may. */
    env_vcpu_rec(r, 0)->time.tsc_stamp = env_vcpu_rec(r, 0)->time.stime_stamp = START / 2;
    check_writes(env_current(env_run(r), 0));
}

/* A copy of the clock that the guest asked for at a linear address: Xen writes it. */
static void writes_with_a_copy_park(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct vcpu *v = env_current(d, 0);

    (void)state;
    v->rec->time_area = env_data_va(0);
    assert_false(wrmsr(v, MSR_TSC, 5));
    assert_int_equal(v->park_detail, MSR_TSC);
    assert_false(wrmsr(v, MSR_TSC_ADJUST, 5));
    assert_int_equal(v->rec->tsc_offset, OFFSET);
    assert_int_equal(v->rec->tsc_adjust, 0);
    assert_int_equal(clock_of(0)->version, 0);
}

static void writes_without_a_vcpu_info(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    env_vcpu_rec(r, 0)->vcpu_info_mfn = env_vcpu_rec(r, 0)->vcpu_info_gfn = ~0ull;
    v = env_current(env_run(r), 0);
    assert_true(wrmsr(v, MSR_TSC_ADJUST, 5));
    assert_int_equal(v->rec->tsc_offset, OFFSET + 5);
}

/* ---- the TSC deadline of the local APIC's timer ---- */

static bool has_irr(const struct vcpu *v, uint8_t vector)
{
    const uint32_t *irr = (const uint32_t *)(const void *)(v->rec->lapic_regs + 0x200);

    return irr[vector / 32 * 4] & 1u << (vector % 32);
}

static void deadline_of_an_emulated_tsc(void **state)
{
    struct irx_domain *r = emulated(1);
    struct vcpu *v = env_current(env_run(r), 0);

    (void)state;
    assert_int_equal(vlapic_wrmsr(env_cpu(0), v, 0x832, 0x40063), MSR_DONE); /* LVTT */
    vlapic_set_tsc_deadline(env_cpu(0), v, expected(fake.tsc) + 25000);
    assert_in_range(v->next_tsc, fake.tsc + 9900, fake.tsc + 10010); /* 2.5 ticks a ns */
    fake.tsc = v->next_tsc;
    timer_run(env_cpu(0), hw_tsc());
    assert_true(has_irr(v, 0x63));
}

/* Armed in Xen: as far ahead here. */
static void deadline_at_enter(void **state)
{
    struct irx_domain *r = emulated(1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    struct vcpu *v;
    uint64_t from;

    (void)state;
    *(uint32_t *)(void *)(rv->lapic_regs + 0x320) = 0x40063;
    ((struct hvm_hw_lapic *)rv->lapic)->tdt_msr = expected(fake.tsc) + 2500000;
    from = fake.tsc;
    v = env_vcpu(env_run(r), 0);
    assert_in_range(v->timer.due, from + 999000, from + 1001000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(native_is_the_offset),        ENV_CASE(emulated_is_guest_time),
        ENV_CASE(emulated_is_monotonic),       ENV_CASE(rdtscp_has_the_aux),
        ENV_CASE(writes_of_a_native_tsc),      ENV_CASE(writes_of_an_emulated_tsc),
        ENV_CASE(writes_with_a_copy_park),     ENV_CASE(writes_without_a_vcpu_info),
        ENV_CASE(deadline_of_an_emulated_tsc), ENV_CASE(deadline_at_enter),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
