/* SPDX-License-Identifier: GPL-2.0-only */
/* core/spec.c and svm/ssbd.c: from Xen's settings and the CPU to what the CPU is told, in order. */
#include "help_svm.h"

#include <stdio.h>
#include <string.h>

#include "core/policy.h"
#include "core/regs.h"
#include "core/sched.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "guest/handlers.h"
#include "help_cpus.h"
#include "run/loop.h"
#include "run/switch.h"

#define LS_CFG    0xc0011020u
#define ZEN1_SSBD BIT(10)

/* The host is this CPU, both of its CPUs just lent by a Xen with these settings. */
static int become(const struct test_cpu *c)
{
    int rc;

    fake.signature = c->signature;
    fake.speculation = c->speculation;
    fake.svm_edx = c->svm_edx;
    shim.anchor->spec = c->spec;
    shim.host.ibpb = c->speculation & CPU_IBPB;
    fake_set_msr(LS_CFG, 0x42);
    rc = spec_init(shim.anchor);
    if (!rc)
        rc = vendor_init();
    for (uint32_t i = 0; i < 2 && !rc; i++) {
        spec_cpu_init(env_on(i));
        rc = vendor_cpu_init(env_on(i));
    }
    env_on(0);
    fake.nr_ops = 0;
    return rc;
}

static const struct test_cpu *cpu(const char *name)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(test_cpus); i++)
        if (!strcmp(test_cpus[i].name, name))
            return &test_cpus[i];
    fail();
    return NULL;
}

/* The operations since the last call, in words. */
static const char *ops(void)
{
    static char text[512];
    size_t at = 0;

    text[0] = 0;
    for (unsigned int i = 0; i < fake.nr_ops && i < ARRAY_SIZE(fake.ops); i++) {
        const struct fake_op *o = &fake.ops[i];
        const char *sep = at ? " " : "";

        if (o->msr == OP_RSB)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%srsb", sep);
        else if (o->msr == OP_VERW)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%sverw", sep);
        else if (o->msr == MSR_PRED_CMD)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%sibpb", sep);
        else
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%x=%lx", sep, o->msr,
                                   (unsigned long)o->value);
        assert_true(at < sizeof(text));
    }
    fake.nr_ops = 0;
    return text;
}

static void settings_of_each_cpu(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(test_cpus); i++) {
        const struct irx_spec *s = &test_cpus[i].spec;

        print_message("# %s\n", test_cpus[i].name);
        assert_int_equal(become(&test_cpus[i]), 0);
        assert_int_equal(spec.flags, s->flags);
        for (uint32_t c = 0; c < 2; c++) {
            const struct svm_spec *at = &svm_cpu(env_cpu(c))->spec;

            assert_int_equal(at->flags, s->flags);
            assert_int_equal(at->host_ctrl, s->host_ctrl);
            assert_int_equal(at->last_ctrl, s->host_ctrl);
        }
        if (test_cpus[i].speculation & CPU_IBRS) { /* the CPU has Xen's value before any guest */
            spec_cpu_init(env_cpu(0));
            assert_int_equal(fake.ops[fake.nr_ops - 1].msr, MSR_SPEC_CTRL);
            assert_int_equal(fake.ops[fake.nr_ops - 1].value, s->host_ctrl);
        }
    }
}

/* Each of Xen's settings on a CPU that lacks what it takes: the first write would fault. */
static void settings_that_the_cpu_lacks(void **state)
{
    static const struct {
        uint32_t flags, ctrl, ssbd;
    } wrong[] = {
        {IRX_SPEC_IBPB_EXIT, 0, 0},
        {IRX_SPEC_IBPB_SWITCH, 0, 0},
        {IRX_SPEC_GUEST_CTRL, 0, 0},
        {0, 1, 0},
        {0, 2, 0},
        {0, 4, 0},
        {0, 0x80, 0},
        {0, 0, IRX_SSBD_SPEC_CTRL},
        {0, 0, IRX_SSBD_VIRT},
    };
    struct test_cpu c = {.signature = 0x00800f12};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++) {
        c.spec = (struct irx_spec){.flags = IRX_SPEC_GIVEN | wrong[i].flags,
                                   .host_ctrl = wrong[i].ctrl,
                                   .ssbd = wrong[i].ssbd};
        assert_int_equal(become(&c), -SHIM_ENODEV);
    }
    c = *cpu("Zen 3");
    c.svm_edx = 0; /* the vendor's part */
    assert_int_equal(become(&c), -SHIM_ENODEV);
    c = *cpu("Zen 1");
    c.signature = 0x00a00f11; /* no family with a bit in LS_CFG */
    assert_int_equal(become(&c), -SHIM_ENODEV);
    assert_int_equal(become(cpu("Zen 1")), 0);
}

/* An anchor of version 1.0, or one without settings. */
static void without_settings_the_safest(void **state)
{
    const uint32_t always = IRX_SPEC_RSB_EXIT | IRX_SPEC_RSB_IDLE | IRX_SPEC_VERW_ENTRY |
                            IRX_SPEC_VERW_IDLE | IRX_SPEC_DIV_ENTRY;
    const uint32_t barriers = IRX_SPEC_IBPB_EXIT | IRX_SPEC_IBPB_SWITCH | IRX_SPEC_RSB_IBPB;
    struct test_cpu c = *cpu("Zen 1");

    (void)state;
    c.spec = (struct irx_spec){.flags = 0};
    assert_int_equal(become(&c), 0);
    assert_int_equal(spec.flags, always | barriers);
    assert_int_equal(spec.ssbd, IRX_SSBD_LS_CFG);

    c = *cpu("Zen 2: its VMCB has no SPEC_CTRL, so STIBP stays");
    c.spec = (struct irx_spec){.flags = 0};
    assert_int_equal(become(&c), 0);
    assert_int_equal(spec.flags, always | barriers);
    assert_int_equal(spec.host_ctrl, 7);
    assert_int_equal(spec.ssbd, IRX_SSBD_SPEC_CTRL);

    c = *cpu("Zen 4 with SMT");
    shim.anchor->version = IRX_VERSION(1, 0);
    assert_int_equal(become(&c), 0); /* what lies behind its end is nobody's */
    assert_int_equal(spec.flags, always | barriers | IRX_SPEC_GUEST_CTRL);
    fake.srso = 1u << 29; /* with BTC_NO, a CPU that needs no barrier after exits */
    assert_int_equal(become(&c), 0);
    assert_false(spec.flags & IRX_SPEC_IBPB_EXIT);
    assert_true(spec.flags & IRX_SPEC_IBPB_SWITCH);

    c = (struct test_cpu){.signature = 0x00600f20};
    assert_int_equal(become(&c), 0); /* it has nothing */
    assert_int_equal(spec.flags, always);
    assert_int_equal(spec.host_ctrl, 0);
}

static void at_the_switch(void **state)
{
    struct test_cpu c = *cpu("Zen 3 with shadow stacks in Xen, old microcode");
    struct dom *d = run(2);
    struct vcpu *v = env_vcpu(d, 0), *w = env_vcpu(d, 1);

    (void)state;
    assert_int_equal(become(&c), 0);
    switch_to(env_cpu(0), v);
    assert_string_equal(ops(), "ibpb rsb");
    switch_to(env_cpu(0), v);
    assert_string_equal(ops(), "");
    switch_unload(env_cpu(0)); /* idle, and back: the same guest context */
    switch_to(env_cpu(0), v);
    assert_string_equal(ops(), "");
    switch_to(env_cpu(0), w);
    assert_string_equal(ops(), "ibpb rsb");
    spec.flags &= ~IRX_SPEC_RSB_IBPB; /* IBPB_RET: the barrier does it */
    switch_to(env_cpu(0), v);
    assert_string_equal(ops(), "ibpb");

    assert_int_equal(become(cpu("Zen 3")), 0); /* each exit has had its barrier */
    switch_unload(env_cpu(0));
    switch_to(env_cpu(0), v);
    assert_string_equal(ops(), "ibpb rsb"); /* what ran before it was lent had none */
    switch_to(env_cpu(0), w);
    assert_string_equal(ops(), "");
}

static void before_it_idles(void **state)
{
    (void)state;
    assert_int_equal(become(cpu("Zen 1 with SMT, Xen without 32-bit PV")), 0);
    loop_once(env_on(0));
    assert_int_equal(fake.idles, 1);
    assert_string_equal(ops(), "rsb");
    assert_int_equal(become(cpu("Zen 4 with SMT")), 0);
    loop_once(env_on(0));
    assert_string_equal(ops(), "verw");
    assert_int_equal(become(cpu("Zen 3")), 0);
    loop_once(env_on(0));
    assert_string_equal(ops(), "");
}

static void when_a_cpu_goes_back(void **state)
{
    (void)state;
    assert_int_equal(become(cpu("Zen 3")), 0);
    vendor_cpu_exit(env_cpu(0));
    assert_string_equal(ops(), "ibpb rsb c0000080=0");
}

static void after_a_fault_of_the_shim(void **state)
{
    (void)state;
    assert_int_equal(become(cpu("Zen 3")), 0);
    svm_cpu(env_cpu(0))->spec.last_ctrl = 0; /* it was on its way into a guest */
    vendor_cpu_recover(env_cpu(0));
    assert_string_equal(ops(), "48=3");
    assert_int_equal(svm_cpu(env_cpu(0))->spec.last_ctrl, 3);
}

/* ---- SSBD ---- */

static struct dom *run_with_virt_ssbd(uint32_t vcpus)
{
    struct irx_domain *d = env_domain(0, 1, vcpus);

    env_add_leaf(d, (xen_cpuid_leaf_t){.leaf = 0x80000008u, .subleaf = ~0u, .b = 1u << 25});
    return env_run(d);
}

static uint64_t wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t rip = v->rip;

    CODE(v, 0x0f, 0x30);
    v->gpr[RCX] = msr;
    v->gpr[RAX] = (uint32_t)value;
    v->gpr[RDX] = value >> 32;
    assert_true(guest_wrmsr(env_cpu(fake.cpu), v));
    rip = v->rip - rip;
    v->rip -= rip;
    return rip; /* 0: it faulted */
}

static uint64_t rdmsr(struct vcpu *v, uint32_t msr)
{
    uint64_t rip = v->rip;

    CODE(v, 0x0f, 0x32);
    v->gpr[RCX] = msr;
    assert_true(guest_rdmsr(env_cpu(fake.cpu), v));
    assert_int_equal(v->rip, rip + 2);
    v->rip = rip;
    return (uint32_t)v->gpr[RAX] | v->gpr[RDX] << 32;
}

static void ssbd_by_spec_ctrl(void **state)
{
    struct dom *d = run_with_virt_ssbd(2);
    struct svm_spec *at = &svm_cpu(env_cpu(0))->spec;
    struct vcpu *v;
    bool served;

    (void)state;
    assert_int_equal(become(cpu("Zen 3 with SMT, Xen without shadow stacks")), 0);
    v = env_current(d, 0);
    assert_int_equal(at->guest_ctrl, 2);
    fake.nr_ops = 0;
    assert_true(wrmsr(v, MSR_VIRT_SPEC_CTRL, ~0ull)); /* other bits are ignored */
    assert_int_equal(rdmsr(v, MSR_VIRT_SPEC_CTRL), SPEC_CTRL_SSBD);
    assert_string_equal(ops(), ""); /* at the next entry */
    enter(v, &served);
    assert_int_equal(fake_svm.spec.guest_ctrl, 6);
    switch_to(env_cpu(0), env_vcpu(d, 1));
    assert_int_equal(at->guest_ctrl, 2);
    switch_to(env_cpu(0), v);
    assert_int_equal(at->guest_ctrl, 6);
    assert_true(wrmsr(v, MSR_VIRT_SPEC_CTRL, 0));
    assert_int_equal(at->guest_ctrl, 2);
}

static void ssbd_by_the_hosts_own(void **state)
{
    struct test_cpu c = {.speculation = 1u << 25,
                         .spec = {.flags = IRX_SPEC_GIVEN, .ssbd = IRX_SSBD_VIRT}};
    struct dom *d = run_with_virt_ssbd(2);
    struct vcpu *v, *w = env_vcpu(d, 1);

    (void)state;
    assert_int_equal(become(&c), 0);
    v = env_current(d, 0);
    fake.nr_ops = 0;
    wrmsr(v, MSR_VIRT_SPEC_CTRL, SPEC_CTRL_SSBD);
    assert_string_equal(ops(), "c001011f=4");
    wrmsr(v, MSR_VIRT_SPEC_CTRL, SPEC_CTRL_SSBD);
    assert_string_equal(ops(), "");
    switch_to(env_cpu(0), w);
    assert_string_equal(ops(), "c001011f=0");
    switch_to(env_cpu(0), v);
    assert_string_equal(ops(), "c001011f=4");
    env_freeze(d->rec); /* the record goes to Xen, the CPU is as it was */
    assert_string_equal(ops(), "c001011f=0");
    assert_int_equal(regs_msr(env_vcpu_rec(d->rec, 0), MSR_VIRT_SPEC_CTRL), SPEC_CTRL_SSBD);

    c.spec.flags |= IRX_SPEC_SSBD_ALWAYS;
    assert_int_equal(become(&c), 0);
    d->rec->state = IRX_DOM_ENTERING;
    env_enter(d->rec);
    v = env_current(d, 0);
    wrmsr(v, MSR_VIRT_SPEC_CTRL, 0);
    assert_string_equal(ops(), "");
}

/* Zen 1: one bit for the threads of a core. */
static void ssbd_by_the_core(void **state)
{
    struct dom *d = run_with_virt_ssbd(2);
    struct vcpu *v, *w = env_vcpu(d, 1);

    (void)state;
    assert_int_equal(become(cpu("Zen 1")), 0);
    env_cpu(0)->rec->package_core = env_cpu(1)->rec->package_core = 3;
    v = env_current(d, 0);
    switch_to(env_on(1), w);
    fake.nr_ops = 0;
    wrmsr(w, MSR_VIRT_SPEC_CTRL, SPEC_CTRL_SSBD);
    assert_string_equal(ops(), "c0011020=442");
    env_on(0);
    wrmsr(v, MSR_VIRT_SPEC_CTRL, SPEC_CTRL_SSBD);
    assert_string_equal(ops(), ""); /* it is set */
    switch_unload(env_on(1));
    assert_string_equal(ops(), ""); /* the other thread wants it still */
    switch_unload(env_on(0));
    assert_string_equal(ops(), "c0011020=42");

    env_cpu(1)->rec->package_core = 4; /* two cores */
    switch_to(env_on(0), v);
    switch_to(env_on(1), w);
    env_on(0);
    fake.nr_ops = 0;
    switch_unload(env_on(0));
    assert_string_equal(ops(), "c0011020=42");
}

static void ssbd_not_offered(void **state)
{
    struct vcpu *v = current();

    (void)state;
    assert_int_equal(wrmsr(v, MSR_VIRT_SPEC_CTRL, SPEC_CTRL_SSBD), 0);
    assert_int_equal(regs_msr(v->rec, MSR_VIRT_SPEC_CTRL), 0);
}

/* ---- address masks of debug registers: XSA-444 ---- */

static struct vcpu *with_masks(bool told)
{
    struct irx_domain *d = env_domain(0, 1, 1);

    if (told)
        env_add_leaf(d, (xen_cpuid_leaf_t){
                            .leaf = 0x80000001u, .subleaf = ~0u, .c = 1u << 26, .d = 0x2193fbff});
    svm.dbext = true;
    for (unsigned int i = 0; i < 4; i++)
        fake_set_msr(i ? MSR_DR1_MASK + i - 1 : MSR_DR0_MASK, 0xbad); /* of who ran before */
    regs_set_msr(env_vcpu_rec(d, 0), MSR_DR1_MASK + 1, 0x22);
    return env_current(env_run(d), 0);
}

static void masks_come_with_the_registers(void **state)
{
    struct vcpu *v = with_masks(true);

    (void)state;
    fake.nr_ops = 0;
    assert_int_equal(rdmsr(v, MSR_DR1_MASK + 1), 0x22);
    assert_true(wrmsr(v, MSR_DR0_MASK, 0x11));
    assert_string_equal(ops(), ""); /* not before it uses them */
    vendor_dr_give(v);
    assert_string_equal(ops(), "c0011027=11 c0011019=0 c001101a=22 c001101b=0");
    assert_true(wrmsr(v, MSR_DR1_MASK + 2, 0x33));
    assert_string_equal(ops(), "c001101b=33");
    assert_int_equal(wrmsr(v, MSR_DR1_MASK, 1ull << 32), 0);
    env_freeze(v->d->rec);
    assert_int_equal(regs_msr(env_vcpu_rec(v->d->rec, 0), MSR_DR0_MASK), 0x11);
    assert_int_equal(regs_msr(env_vcpu_rec(v->d->rec, 0), MSR_DR1_MASK + 2), 0x33);
}

/* Nobody told it of masks, and another guest's are in the CPU. */
static void masks_of_another_are_cleared(void **state)
{
    struct vcpu *v = with_masks(false);

    (void)state;
    v->rec->msr_count = 0;
    fake.nr_ops = 0;
    vendor_dr_give(v);
    assert_string_equal(ops(), "c0011027=0 c0011019=0 c001101a=0 c001101b=0");
    assert_int_equal(wrmsr(v, MSR_DR0_MASK, 0x11), 0);
    vendor_dr_take(v);
    svm.dbext = false; /* a CPU without: they would fault */
    fake.nr_ops = 0;
    vendor_dr_give(v);
    assert_string_equal(ops(), "");
}

/* ---- an index that a guest chose ---- */

static void index_is_masked(void **state)
{
    (void)state;
    assert_int_equal(index_nospec(0, 1), 0);
    assert_int_equal(index_nospec(5, 6), 5);
    assert_int_equal(index_nospec(6, 6), 0);
    assert_int_equal(index_nospec(~0u, 6), 0);
    assert_int_equal(index_nospec(~0u - 1, ~0u), ~0u - 1);
    assert_int_equal(index_nospec(3, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SVM_CASE(settings_of_each_cpu),
        SVM_CASE(settings_that_the_cpu_lacks),
        SVM_CASE(without_settings_the_safest),
        SVM_CASE(at_the_switch),
        SVM_CASE(before_it_idles),
        SVM_CASE(when_a_cpu_goes_back),
        SVM_CASE(after_a_fault_of_the_shim),
        SVM_CASE(ssbd_by_spec_ctrl),
        SVM_CASE(ssbd_by_the_hosts_own),
        SVM_CASE(ssbd_by_the_core),
        SVM_CASE(ssbd_not_offered),
        SVM_CASE(masks_come_with_the_registers),
        SVM_CASE(masks_of_another_are_cleared),
        SVM_CASE(index_is_masked),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
