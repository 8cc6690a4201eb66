/* SPDX-License-Identifier: GPL-2.0-only */
/* ENTERING: places, ports and registers that are corrupt are refused, and nothing has changed. */
#include "help_prepare.h"

#include "core/mem.h"

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
    for (unsigned int i = 0; i < 11; i++) {
        struct irx_domain *d = env_domain(0, 1, 1);
        struct irx_vcpu *r = env_vcpu_rec(d, 0);
        uint64_t *x = (uint64_t *)r->xsave; /* mask, xcr0, xcr0_accum, image */

        env_use_xsave(d, 0, 7, 7);
        switch (i) {
        case 0:
            x[1] = 6; /* without x87 */
            break;
        case 1:
            x[1] = 7, x[2] = 3; /* on, but never used */
            break;
        case 2:
            env_use_xsave(d, 0, 0xe7, 0xe7);
            fake.cpuid_d0_eax = 7; /* the host has not */
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
        case 7:
            env_use_xsave(d, 0, 0x27, 0xe7); /* AVX-512 in part */
            break;
        case 8:
            r->xsave_size = 24 + 576; /* AVX is cut off */
            break;
        case 9:
            r->xsave_size = 24 + 840; /* longer than its components */
            break;
        case 10:
            env_leaves(d)[d->leaf_count - 1].a = 3; /* the policy has not */
            env_seal(d);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(places_outside_the_guest),
        ENV_CASE(read_only_places),
        ENV_CASE(bad_ports),
        ENV_CASE(bad_registers),
        ENV_CASE(bad_fpu),
        ENV_CASE(another_domain_than_prepared),
        ENV_CASE(a_failed_enter_can_be_repeated),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
