/* SPDX-License-Identifier: GPL-2.0-only */
/* Corrupt slots are refused, and nothing has changed. */
#include "env.h"

#include <string.h>

#include "core/mem.h"
#include "fake/fake.h"

/* PREPARING is refused with `error`, and every page is free again. */
static void refused(struct irx_domain *d, int error)
{
    uint64_t before = mem_free_pages();

    env_prepare(d);
    assert_int_equal(d->state, IRX_DOM_FAILED);
    assert_int_equal(d->error, error);
    assert_int_equal(mem_free_pages(), before);
    assert_int_equal(shim.doms[0].phase, DOM_EMPTY);
}

static void accepted(struct irx_domain *d)
{
    env_prepare(d);
    assert_int_equal(d->state, IRX_DOM_PREPARED);
    assert_int_equal(d->error, 0);
}

static void enter_refused(struct irx_domain *d)
{
    uint64_t before;

    accepted(d);
    before = mem_free_pages();
    env_enter(d);
    assert_int_equal(d->state, IRX_DOM_FAILED);
    assert_int_equal(d->error, -SHIM_EINVAL);
    assert_int_equal(mem_free_pages(), before);
    assert_false(shim.doms[0].live);
    assert_null(env_cpu(0)->list);
}

/* ---- extents ---- */

static void a_good_slot_is_prepared(void **state)
{
    (void)state;
    accepted(env_domain(0, 1, 2));
}

static void extents_crc(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    env_extents(d)[0].nr--;
    refused(d, -84); /* -EILSEQ */
}

static void extents_overlap(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);
    struct irx_extent *e = env_extents(d);

    (void)state;
    e[1] = e[0];
    e[1].gfn = e[0].nr - 1;
    d->extent_count = 2;
    env_seal(d);
    refused(d, -SHIM_EINVAL);
}

static void extents_unsorted(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);
    struct irx_extent *e = env_extents(d);

    (void)state;
    e[1] = e[0];
    e[0].gfn = ENV_PAGES;
    d->extent_count = 2;
    env_seal(d);
    refused(d, -SHIM_EINVAL);
}

/* One extent, changed; all of these are refused. */
static void bad_extents(void **state)
{
    static const struct irx_extent bad[] = {
        {.gfn = 0, .mfn = ENV_REGION >> 12, .nr = 1},       /* R itself */
        {.gfn = 0, .mfn = (ENV_REGION >> 12) - 1, .nr = 2}, /* reaches into R */
        {.gfn = 0, .mfn = (ENV_REGION + ENV_REGION_SIZE - 1) >> 12, .nr = 1},
        {.gfn = 0, .mfn = 1, .nr = 1}, /* below 1 MiB */
        {.gfn = 0, .mfn = 0x50000, .nr = 0},
        {.gfn = 0, .mfn = 1ull << 28, .nr = 1}, /* beyond 40 address bits */
        {.gfn = 0, .mfn = (1ull << 28) - 1, .nr = 2},
        {.gfn = 1ull << 36, .mfn = 0x50000, .nr = 1},
        {.gfn = (1ull << 36) - 1, .mfn = 0x50000, .nr = 2},
        {.gfn = ~0ull, .mfn = 0x50000, .nr = 2},
        {.gfn = 0, .mfn = ~0ull, .nr = 2},
        {.gfn = 0, .mfn = 0x50000, .nr = ~0ull},
        {.gfn = 0, .mfn = 0x50000, .nr = 1, .type = IRX_P2M_MMIO},
        {.gfn = 0, .mfn = 0x50000, .nr = 1, .type = 7},
        {.gfn = 0xfee00, .mfn = 0x50000, .nr = 1}, /* the local APIC's page */
        {.gfn = 0xfed00, .mfn = 0x50000, .nr = 0x200},
    };

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct irx_domain *d = env_domain(0, 1, 1);
        struct irx_extent *e = env_extents(d);

        *e = bad[i];
        e->owner = 1;
        e->access = 7;
        env_seal(d);
        refused(d, -SHIM_EINVAL);
    }
}

/* As far as the guest's own physical addresses reach, and no further. */
static void beyond_the_guests_addresses(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    env_extents(d)->gfn = (1u << 20) - ENV_PAGES + 1;
    env_add_leaf(d, (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .a = 32});
    refused(d, -SHIM_EINVAL);
    env_extents(d)->gfn--;
    env_seal(d);
    accepted(d);
}

static void arrays_out_of_place(void **state)
{
    static const irx_off_t bad[] = {0,         8,     ENV_REGION_SIZE, ENV_REGION_SIZE - 8,
                                    ~0ull - 7, ~0ull, 0x100000 - 8,    0x80001};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct irx_domain *d = env_domain(0, 1, 1);

        d->extents = bad[i];
        refused(d, -SHIM_EINVAL);
        d = env_domain(0, 1, 1);
        d->leaves = bad[i];
        refused(d, -SHIM_EINVAL);
    }
}

static void counts_out_of_range(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    d->extent_count = ~0u;
    refused(d, -SHIM_EINVAL);
    d = env_domain(0, 1, 1);
    d->extent_count = 0;
    refused(d, -SHIM_EINVAL);
    d = env_domain(0, 1, 1);
    d->vcpu_count = 0;
    refused(d, -SHIM_EINVAL);
    d->vcpu_count = 17; /* of 16 in the table */
    refused(d, -SHIM_EINVAL);
    d->vcpu_count = 2;
    d->vcpu_first = 15;
    refused(d, -SHIM_EINVAL);
    d->vcpu_first = ~0u;
    refused(d, -SHIM_EINVAL);
}

static void dom0_never_runs(void **state)
{
    struct irx_domain *d = env_domain(0, 0, 1);

    (void)state;
    env_extents(d)->owner = 0;
    d->flags |= IRX_DOMF_DOM0;
    env_seal(d);
    refused(d, -SHIM_ENOTSUP);
}

static void guest_time(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    d->guest_time.to_ns_mul = 0;
    refused(d, -SHIM_EINVAL);
    d = env_domain(0, 1, 1);
    d->tsc_mode = 1;
    d->flags |= IRX_DOMF_VTSC;
    refused(d, -SHIM_EINVAL); /* no factor to make a TSC with */
    d->guest_time.to_tsc_mul = 0x80000000u;
    d->guest_time.to_tsc_shift = 33;
    refused(d, -SHIM_EINVAL);
    d->guest_time.to_tsc_shift = 1;
    env_run(d);
}

/* A slot that an earlier update wrote is empty, whatever it says. */
static void stale_generation(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    d->generation--;
    env_prepare(d);
    assert_int_equal(d->state, IRX_DOM_PREPARING);
    assert_int_equal(shim.doms[0].phase, DOM_EMPTY);
}

static void policy_crc(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    env_leaves(d)[1].a ^= 1;
    refused(d, -84);
}

static void two_slots_in_conflict(void **state)
{
    struct irx_domain *d = env_domain(1, 1, 2);

    (void)state;
    accepted(env_domain(0, 1, 2));
    env_prepare(d);
    assert_int_equal(d->error, -SHIM_EEXIST); /* the same domid */
    d->domid = 2;
    d->vcpu_first = 1;
    env_extents(d)->owner = 2;
    env_seal(d);
    env_prepare(d);
    assert_int_equal(d->error, -SHIM_EEXIST); /* a vCPU in common */
    d->vcpu_first = 2;
    accepted(d);
}

/* ---- out of memory ---- */

static void no_memory_changes_nothing(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 2);
    void *all[4096];
    unsigned int n = 0;

    (void)state;
    while (mem_free_pages() > 5)
        all[n++] = mem_alloc(1);
    refused(d, -SHIM_ENOMEM);
    while (n)
        mem_free(all[--n], 1);
    accepted(d);
}

static void no_memory_for_the_vendor(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 4);

    (void)state;
    for (fake_vendor_fails_in = 0; fake_vendor_fails_in < 4; fake_vendor_fails_in++) {
        int at = fake_vendor_fails_in;

        refused(d, -SHIM_ENOMEM);
        fake_vendor_fails_in = at;
    }
    fake_vendor_fails_in = -1;
    accepted(d);
}

static void preparing_again_leaks_nothing(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 2);
    uint64_t empty = mem_free_pages(), built;

    (void)state;
    accepted(d);
    built = mem_free_pages();
    for (unsigned int i = 0; i < 50; i++) {
        accepted(d);
        assert_int_equal(mem_free_pages(), built);
    }
    d->state = IRX_DOM_WITH_XEN;
    env_cpu(0)->doorbell = 1;
    env_prepare(env_domain(1, 2, 1)); /* any look at the mailbox frees what was taken back */
    shim_domain_rec(1)->state = IRX_DOM_WITH_XEN;
    env_prepare(d);
    d->state = IRX_DOM_WITH_XEN;
    env_prepare(env_domain(2, 3, 1));
    shim_domain_rec(2)->state = IRX_DOM_WITH_XEN;
    shim.doms[0].rec->state = IRX_DOM_WITH_XEN;
    env_prepare(env_domain(3, 4, 1));
    shim_domain_rec(3)->state = IRX_DOM_WITH_XEN;
    env_prepare(env_domain(2, 3, 1));
    shim_domain_rec(2)->state = IRX_DOM_WITH_XEN;
    env_enter(shim_domain_rec(0)); /* nothing is prepared: refused */
    assert_int_equal(shim_domain_rec(0)->state, IRX_DOM_FAILED);
    assert_int_equal(mem_free_pages(), empty);
}

/* ---- enter ---- */

static void places_outside_the_guest(void **state)
{
    struct irx_domain *d;

    (void)state;
    d = env_domain(0, 1, 1);
    d->shared_info_mfn++;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    d->shared_info_gfn = ENV_PAGES + 5;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    d->shared_info_gfn = ~0ull;
    d->shared_info_mfn = ENV_REGION >> 12;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_vcpu_rec(d, 0)->vcpu_info_mfn = ENV_REGION >> 12;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_vcpu_rec(d, 0)->vcpu_info_gfn = ~0ull; /* then it is in shared_info, or nowhere */
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_vcpu_rec(d, 0)->vcpu_info_offset = 4096 - 63;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_use_fifo(d);
    env_vcpu_rec(d, 0)->fifo_control_gfn = ENV_PAGES;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_use_fifo(d);
    env_vcpu_rec(d, 0)->fifo_control_offset = 4;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_use_fifo(d);
    *(uint64_t *)(ENV_REGION + d->fifo_array) = ENV_PAGES;
    enter_refused(d);
    d = env_domain(0, 1, 1);
    env_use_fifo(d);
    env_vcpu_rec(d, 0)->fifo_tail[3] = 1024; /* the array has no word for it */
    enter_refused(d);
}

/* A page that the guest can only read is no place for Xen's writes either. */
static void read_only_places(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);
    struct irx_extent *e = env_extents(d);

    (void)state;
    e->type = IRX_P2M_RAM_RO;
    env_seal(d);
    enter_refused(d);
}

static void bad_ports(void **state)
{
    static const struct irx_port bad[] = {
        {.state = 6},
        {.state = IRX_PORT_IPI, .notify_vcpu = 1},
        {.state = IRX_PORT_IPI, .last_vcpu = 1},
        {.state = IRX_PORT_IPI, .priority = 16},
        {.state = IRX_PORT_IPI, .last_priority = 16},
    };

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct irx_domain *d = env_domain(0, 1, 1);

        env_ports(d)[30] = bad[i];
        enter_refused(d);
    }
}

static void bad_registers(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 17; i++) {
        struct irx_domain *d = env_domain(0, 1, 1);
        struct irx_vcpu *r = env_vcpu_rec(d, 0);
        struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)r->cpu;
        struct hvm_hw_lapic *l = (struct hvm_hw_lapic *)r->lapic;

        switch (i) {
        case 0:
            c->cr0 &= ~1ull; /* paging without protection */
            break;
        case 1:
            c->msr_efer |= 1u << 12; /* SVME */
            break;
        case 2:
            c->msr_efer &= ~(1ull << 8); /* LMA without LME */
            break;
        case 3:
            c->pending_event = 0x80000100; /* type 1 */
            break;
        case 4:
            c->pending_event = 0x80000500;
            break;
        case 5:
            c->dr7 = 1ull << 32;
            break;
        case 6:
            c->cr4 |= 1u << 12; /* five-level paging */
            break;
        case 7:
            c->pad0 = 1;
            break;
        case 8:
            c->msr_tsc_aux = 1ull << 32;
            break;
        case 9:
            r->time.mul = 0;
            break;
        case 10:
            r->time.shift = 33;
            break;
        case 11:
            r->vcpu_id = 1;
            break;
        case 12:
            r->flags = 0; /* runnable and never brought up */
            break;
        case 13:
            r->upcall_vector = 3;
            break;
        case 14:
            l->timer_divisor = 0;
            break;
        case 15:
            l->timer_divisor = 3;
            break;
        case 16:
            r->state = IRX_VCPU_RUNNING; /* it does not run yet */
            break;
        }
        enter_refused(d);
    }
}

static void bad_fpu(void **state)
{
    (void)state;
    fake.cpuid_d0_eax = 7;
    shim.host.xsave = true;
    for (unsigned int i = 0; i < 7; i++) {
        struct irx_domain *d = env_domain(0, 1, 1);
        struct irx_vcpu *r = env_vcpu_rec(d, 0);
        uint64_t *x = (uint64_t *)r->xsave; /* mask, xcr0, xcr0_accum, image */

        r->flags |= IRX_VCPUF_XSAVE;
        r->xsave_size = 24 + 832;
        x[0] = x[1] = x[2] = 7;
        switch (i) {
        case 0:
            x[1] = 6; /* without x87 */
            break;
        case 1:
            x[1] = 7, x[2] = 3; /* on, but never used */
            break;
        case 2:
            x[2] = x[1] = 0xff; /* the host has not */
            break;
        case 3:
            x[3 + 64] = 8; /* xstate_bv beyond xcr0_accum */
            break;
        case 4:
            x[3 + 65] = 1ull << 63; /* compact format */
            break;
        case 5:
            r->xsave_size = 24 + 575;
            break;
        case 6:
            shim.host.xsave = false;
            break;
        }
        enter_refused(d);
    }
}

static void another_domain_than_prepared(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 2);

    (void)state;
    accepted(d);
    d->vcpu_count = 1;
    env_enter(d);
    assert_int_equal(d->state, IRX_DOM_FAILED);
}

static void a_failed_enter_can_be_repeated(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    accepted(d);
    env_vcpu_rec(d, 0)->vcpu_id = 3;
    env_enter(d);
    assert_int_equal(d->state, IRX_DOM_FAILED);
    env_vcpu_rec(d, 0)->vcpu_id = 0;
    env_enter(d);
    assert_int_equal(d->state, IRX_DOM_RUNNING);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_slot_is_prepared),
        TEST(extents_crc),
        TEST(extents_overlap),
        TEST(extents_unsorted),
        TEST(bad_extents),
        TEST(beyond_the_guests_addresses),
        TEST(arrays_out_of_place),
        TEST(counts_out_of_range),
        TEST(dom0_never_runs),
        TEST(guest_time),
        TEST(stale_generation),
        TEST(policy_crc),
        TEST(two_slots_in_conflict),
        TEST(no_memory_changes_nothing),
        TEST(no_memory_for_the_vendor),
        TEST(preparing_again_leaks_nothing),
        TEST(places_outside_the_guest),
        TEST(read_only_places),
        TEST(bad_ports),
        TEST(bad_registers),
        TEST(bad_fpu),
        TEST(another_domain_than_prepared),
        TEST(a_failed_enter_can_be_repeated),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
