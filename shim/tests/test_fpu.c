/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's FPU between its records and the CPU, and XCR0. */
#include "help_sched.h"

#include <string.h>

#include <interrex/live.h>

#include "core/fpu.h"

static void stays_with_its_vcpu(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct hvm_hw_cpu *c;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        c = (struct hvm_hw_cpu *)env_vcpu_rec(r, i)->cpu;
        c->flags = XEN_X86_FPU_INITIALISED;
        memset(c->fpu_regs, (int)(0x10 + i), sizeof(c->fpu_regs));
    }
    env_run(r);
    loops(0, 1);
    memset(fake.fpu + 160, 0x55, 16); /* the one that runs now changes a register */
    loops(0, 40);
    env_freeze(r);
    c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    if (c->fpu_regs[160] != 0x55)
        c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu;
    assert_int_equal(c->fpu_regs[160], 0x55);
    assert_int_equal(c->fpu_regs[159], c->fpu_regs[200]);
    c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    assert_int_equal(c->fpu_regs[200], 0x10);
    assert_int_equal(c->flags, XEN_X86_FPU_INITIALISED);
    c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu;
    assert_int_equal(c->fpu_regs[200], 0x11);
}

static void of_a_vcpu_that_never_used_it(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    const struct hvm_hw_cpu *c = (const struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    uint32_t mxcsr;

    (void)state;
    memset(fake.fpu, 0xcc, sizeof(fake.fpu)); /* somebody else's */
    env_run(r);
    loops(0, 1);
    assert_int_equal(fake.fpu[0], 0x40);
    assert_int_equal(fake.fpu[200], 0);
    env_freeze(r);
    memcpy(&mxcsr, c->fpu_regs + 24, sizeof(mxcsr));
    assert_int_equal(mxcsr, 0x1f80);
}

static void by_xsave(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    uint8_t *image = env_use_xsave(r, 0, 3, 7);
    struct dom *d;

    (void)state;
    memset(image, 0x21, 512);
    d = env_run(r);
    loops(0, 1);
    assert_int_equal(fake.xcr0, 3); /* what the guest has on */
    assert_int_equal(fake.fpu[200], 0x21);
    fake.fpu[201] = 0x99;
    env_vcpu(d, 0)->xcr0 = 7;
    env_freeze(r);
    assert_int_equal(((uint64_t *)rv->xsave)[1], 7);
    assert_int_equal(image[201], 0x99);
    assert_int_equal(((struct hvm_hw_cpu *)rv->cpu)->fpu_regs[201], 0x99); /* both agree */
}

/* ---- MXCSR ---- */

static uint32_t mxcsr_of(const uint8_t *image)
{
    uint32_t value;

    memcpy(&value, image + 24, sizeof(value));
    return value;
}

/* AMD has bit 17, MM; what no CPU has would fault in the shim. */
static void mxcsr(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
    const uint32_t value = 0x80031fa0;

    (void)state;
    c->flags = XEN_X86_FPU_INITIALISED;
    memcpy(c->fpu_regs + 24, &value, sizeof(value));
    env_run(r);
    loops(0, 1);
    assert_int_equal(mxcsr_of(fake.fpu), 0x21fa0 & 0x2ffff);
    env_freeze(r);
    assert_int_equal(mxcsr_of(c->fpu_regs), 0x21fa0 & 0x2ffff);
}

/* The mask is the CPU's own, and without one the oldest CPUs'. */
static void mxcsr_mask_of_the_host(void **state)
{
    struct host_features h = {0};
    const uint32_t mask = 0x2ffff;

    (void)state;
    memcpy(fake.fpu + 28, &mask, sizeof(mask));
    host_features_read(&h);
    assert_int_equal(h.mxcsr_mask, 0x2ffff);
    memset(fake.fpu + 28, 0, 4);
    host_features_read(&h);
    assert_int_equal(h.mxcsr_mask, 0xffbf);
}

/* ---- FIP and FDP ---- */

/* A vCPU's FPU goes to the CPU and back; what is in FIP and FDP afterwards. */
static uint8_t *there_and_back(uint64_t width, uint8_t word_size, uint64_t fip, uint64_t fdp)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint8_t *image = env_use_xsave(r, 0, 7, 7);

    r->params[HVM_PARAM_X87_FIP_WIDTH] = width;
    image[511] = word_size;
    memcpy(image + 8, &fip, 8);
    memcpy(image + 16, &fdp, 8);
    env_run(r);
    loops(0, 1);
    env_freeze(r);
    return image;
}

static uint64_t word(const uint8_t *image, unsigned int at)
{
    uint64_t value;

    memcpy(&value, image + at, 8);
    return value;
}

static void selectors_of_32_bit_code(void **state)
{
    const uint8_t *image;

    (void)state;
    image = there_and_back(4, 4, 0x00230804a123, 0x002b0804b456);
    assert_int_equal(fake.selectors.code, 0x23); /* they were in the CPU */
    assert_int_equal(fake.selectors.data, 0x2b);
    assert_int_equal(word(image, 8), 0x00230804a123);
    assert_int_equal(word(image, 16), 0x002b0804b456);
    assert_int_equal(image[511], 4);
}

static void addresses_of_64_bit_code(void **state)
{
    const uint8_t *image;

    (void)state;
    image = there_and_back(8, 8, 0x7f8812345678, 0x7f8812349999);
    assert_int_equal(word(image, 8), 0x7f8812345678);
    assert_int_equal(image[511], 8);
}

/* By what is in them: x87_fip_width 0. */
static void either_code(void **state)
{
    const uint8_t *image;

    (void)state;
    image = there_and_back(0, 4, 0x00230804a123, 0x002b0804b456);
    assert_int_equal(word(image, 8), 0x00230804a123);
    assert_int_equal(image[511], 4);
    env_teardown(state);
    setup(state);
    image = there_and_back(0, 0, 0x7f8812345678, 0x7f8812349999);
    assert_int_equal(word(image, 8), 0x7f8812345678);
    assert_int_equal(image[511], 8);
}

/* CPUs before Zen save and load them only with an exception pending. */
static void pointers_are_no_others(void **state)
{
    const uint8_t *image;

    (void)state;
    shim.host.fpu_ptrs_bug = true;
    fake.fip_not_written = true;
    image = there_and_back(0, 4, 0x00230804a123, 0x002b0804b456);
    assert_int_equal(fake.fpu_forgotten, 1); /* not those of who ran before */
    assert_int_equal(word(image, 8), 0x00230804a123);
    assert_int_equal(image[511], 4);
}

static void pointers_with_an_exception(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    uint8_t *image = env_use_xsave(r, 0, 7, 7);

    (void)state;
    shim.host.fpu_ptrs_bug = true;
    image[0] = 0x7e; /* FCW: invalid operation is not masked */
    image[2] = 0x81; /* FSW: and pending */
    env_run(r);
    loops(0, 1);
    assert_int_equal(fake.fpu_forgotten, 0);
}

/* ---- XCR0 ---- */

static struct vcpu *with_xcr0(uint64_t xcr0, uint64_t accum, uint64_t host)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    if (accum)
        env_use_xsave(r, 0, xcr0, accum);
    shim.host.xsave = true;
    fake.cpuid_d0_eax = host;
    env_add_leaf(r, (xen_cpuid_leaf_t){.leaf = 0xd, .a = (uint32_t)host});
    return env_current(env_run(r), 0);
}

static void combinations(void **state)
{
    struct vcpu *v = with_xcr0(7, 7, 0x2ff);

    (void)state;
    for (uint64_t x = 0; x < 0x400; x++) {
        bool avx512 = (x & 0xe0) == 0xe0, mpx = (x & 0x18) == 0x18;
        bool valid = (x & 1) && !(x & 0x100) && (!(x & 4) || (x & 2)) &&
                     (avx512 ? (x & 4) : !(x & 0xe0)) && (mpx || !(x & 0x18));

        assert_int_equal(fpu_set_xcr0(v, x), valid ? 0 : -SHIM_EINVAL);
        if (valid)
            assert_int_equal(v->xcr0, x);
    }
}

/* What it never used comes up as after reset, not as somebody left it; MXCSR stays. */
static void new_components(void **state)
{
    struct vcpu *v = with_xcr0(3, 3, 0x2e7);
    struct irx_vcpu *r = v->rec;

    (void)state;
    memset(fake.fpu, 0, sizeof(fake.fpu));
    fake.fpu[24] = 0xa0;
    fake.components_reset = 0;
    assert_int_equal(fpu_set_xcr0(v, 7), 0);
    assert_int_equal(fake.components_reset, 4);
    assert_int_equal(fake.fpu[24], 0xa0);
    assert_int_equal(fpu_set_xcr0(v, 0x2e7), 0);
    assert_int_equal(fake.components_reset, 0x2e4);
    assert_int_equal(fpu_set_xcr0(v, 3), 0);
    assert_int_equal(v->xcr0_accum, 0x2e7);
    env_freeze(v->d->rec);
    assert_int_equal(((uint64_t *)r->xsave)[1], 3);
    assert_int_equal(((uint64_t *)r->xsave)[2], 0x2e7);
    assert_int_equal(r->xsave_size, 24 + 2440);
}

/* A vCPU that was brought up while it is held turns XSAVE on. */
static void first_use(void **state)
{
    struct vcpu *v = with_xcr0(0, 0, 7);
    struct irx_vcpu *r = v->rec;

    (void)state;
    fake.fpu[200] = 0x77;
    assert_int_equal(fpu_set_xcr0(v, 7), 0);
    assert_int_equal(fake.components_reset, 4);
    assert_int_equal(fake.fpu[200], 0x77);
    env_freeze(v->d->rec);
    assert_true(r->flags & IRX_VCPUF_XSAVE);
    assert_int_equal(r->xsave_size, 24 + 832);
    assert_int_equal(r->xsave[24 + 200], 0x77);
    assert_int_equal(((uint64_t *)r->xsave)[3 + 64], 7); /* XSTATE_BV */
}

/* SSE needs no XCR0, and is in the image: xcr0_accum says so at the end. */
static void sse_without_xcr0(void **state)
{
    struct vcpu *v = with_xcr0(1, 1, 7);
    const uint64_t *x = (const uint64_t *)v->rec->xsave;

    (void)state;
    env_freeze(v->d->rec);
    assert_int_equal(x[1], 1);
    assert_int_equal(x[3 + 64] & ~x[2], 0); /* or validate_xstate() refuses */
    assert_int_equal(x[2], 3);
}

static void refused_by_the_cpu(void **state)
{
    struct vcpu *v = with_xcr0(3, 3, 7);

    (void)state;
    fake.xcr0_refused = true;
    assert_int_equal(fpu_set_xcr0(v, 7), -SHIM_ENOTSUP);
    assert_int_equal(v->xcr0, 3);
    assert_int_equal(v->xcr0_accum, 3);
}

static void pkru_without_xcr0(void **state)
{
    struct vcpu *v = with_xcr0(7, 7, 0x207);

    (void)state;
    fake.components_reset = 0;
    assert_int_equal(fpu_use_pkru(v), 0);
    assert_int_equal(v->xcr0, 7);
    assert_int_equal(fake.xcr0, 7);
    assert_int_equal(v->xcr0_accum, 0x207);
    assert_int_equal(fake.components_reset, 0x200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASE(stays_with_its_vcpu),
        LOOP_CASE(of_a_vcpu_that_never_used_it),
        LOOP_CASE(by_xsave),
        LOOP_CASE(mxcsr),
        LOOP_CASE(mxcsr_mask_of_the_host),
        LOOP_CASE(selectors_of_32_bit_code),
        LOOP_CASE(addresses_of_64_bit_code),
        LOOP_CASE(either_code),
        LOOP_CASE(pointers_are_no_others),
        LOOP_CASE(pointers_with_an_exception),
        LOOP_CASE(combinations),
        LOOP_CASE(new_components),
        LOOP_CASE(first_use),
        LOOP_CASE(sse_without_xcr0),
        LOOP_CASE(refused_by_the_cpu),
        LOOP_CASE(pkru_without_xcr0),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
