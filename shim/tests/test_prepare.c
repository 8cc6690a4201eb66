/* SPDX-License-Identifier: GPL-2.0-only */
/* PREPARING: corrupt slots, and those for which no memory is left, are refused, and nothing has changed. */
#include "help_prepare.h"

#include "core/mem.h"
#include "fake/fake.h"
#include "run/mailbox.h"

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

/* Xen maps a guest's page wherever it asks for it: beyond its own addresses, over its local APIC. */
static void odd_places_of_pages(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    (void)state;
    env_extents(d)->gfn = (1u << 20) - ENV_PAGES + 1;
    env_add_leaf(d, (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .a = 32});
    accepted(d);
    d = env_domain(0, 1, 1);
    env_extents(d)->gfn = 0xfee00 - 1;
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
    d->vcpu_count = ENV_DOMAINS * ENV_VCPUS + 1; /* of those in the table */
    refused(d, -SHIM_EINVAL);
    d->vcpu_count = 2;
    d->vcpu_first = ENV_DOMAINS * ENV_VCPUS - 1;
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

/* Xen took it back, and the entry is another domain's, before anybody here has looked: it begins anew. */
static void another_one_in_its_place(void **state)
{
    struct irx_domain *d = env_domain(0, 1, 2);

    (void)state;
    d->state = IRX_DOM_PREPARING;
    mailbox_poll(env_cpu(0));
    assert_int_equal(shim.doms[0].phase, DOM_CHECKING);
    while (shim.doms[0].phase == DOM_CHECKING)
        mailbox_step(env_cpu(0));
    assert_int_equal(shim.doms[0].phase, DOM_BUILDING);
    accepted(env_domain(0, 2, 1));
    assert_int_equal(shim.doms[0].domid, 2);
    assert_int_equal(shim.doms[0].vcpu_count, 1);
    env_enter(d);
    assert_int_equal(d->state, IRX_DOM_RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(a_good_slot_is_prepared),
        ENV_CASE(extents_crc),
        ENV_CASE(extents_overlap),
        ENV_CASE(extents_unsorted),
        ENV_CASE(bad_extents),
        ENV_CASE(odd_places_of_pages),
        ENV_CASE(arrays_out_of_place),
        ENV_CASE(counts_out_of_range),
        ENV_CASE(dom0_never_runs),
        ENV_CASE(guest_time),
        ENV_CASE(stale_generation),
        ENV_CASE(policy_crc),
        ENV_CASE(two_slots_in_conflict),
        ENV_CASE(no_memory_changes_nothing),
        ENV_CASE(no_memory_for_the_vendor),
        ENV_CASE(preparing_again_leaks_nothing),
        ENV_CASE(another_one_in_its_place),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
