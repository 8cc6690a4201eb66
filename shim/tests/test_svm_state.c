/* SPDX-License-Identifier: GPL-2.0-only */
/* Records to VMCB and back, permission maps, nested tables; and that nothing is left behind. */
#include "help_svm.h"

#include <interrex/live.h>

#include "core/mem.h"
#include "core/regs.h"
#include "core/vendor.h"
#include "run/loop.h"

static void fill(struct hvm_hw_cpu *c)
{
    uint64_t *w = &c->rax;

    for (unsigned int i = 0; i < 16; i++) /* rax to r15 */
        w[i] = 0x1111111111111111ull * (i + 1);
    c->rip = GFN_CODE << PAGE_SHIFT;
    c->rflags = 0x202;
    c->cr2 = 0xc2;
    c->dr0 = 0xd0;
    c->dr3 = 0xd3;
    c->fs_base = 0xf5f5;
    c->gs_base = 0x6565;
    c->fs_limit = 0xfffff;
    c->fs_arbytes = 0x493; /* present, 32 bits, not granular */
    c->shadow_gs = 0x77;
    c->msr_lstar = 0x88;
    c->msr_star = 0x99;
    c->msr_cstar = 0xaa;
    c->msr_syscall_mask = 0xbb;
    c->sysenter_cs = 0x10;
    c->sysenter_esp = 0x20;
    c->sysenter_eip = 0x30;
    c->idtr_base = 0x1000;
    c->idtr_limit = 0xfff;
    c->gdtr_base = 0x2000;
    c->gdtr_limit = 0x7f;
    c->ldtr_sel = 0x28;
    c->tr_sel = 0x40;
    c->tr_base = 0x5000;
}

static void records_round_trip(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)rv->cpu, before;

    (void)state;
    fill(c);
    ((struct hvm_hw_mtrr *)rv->mtrr)->msr_pat_cr = 0x0407050600070106ull;
    before = *c;
    env_run(r);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_memory_equal(&c->rax, &before.rax, 16 * 8);
    assert_int_equal(c->rip, before.rip);
    assert_int_equal(c->rflags, before.rflags);
    assert_int_equal(c->cr0, before.cr0);
    assert_int_equal(c->cr2, before.cr2);
    assert_int_equal(c->cr3, before.cr3);
    assert_int_equal(c->cr4, before.cr4);
    assert_memory_equal(&c->dr0, &before.dr0, 6 * 8);
    assert_memory_equal(&c->cs_sel, &before.cs_sel, 8 * 4);
    assert_memory_equal(&c->cs_limit, &before.cs_limit, 10 * 4);
    assert_memory_equal(&c->cs_base, &before.cs_base, 10 * 8);
    assert_memory_equal(&c->cs_arbytes, &before.cs_arbytes, 8 * 4);
    assert_memory_equal(&c->sysenter_cs, &before.sysenter_cs, 3 * 8);
    assert_int_equal(c->shadow_gs, before.shadow_gs);
    assert_memory_equal(&c->msr_lstar, &before.msr_lstar, 6 * 8); /* to TSC_AUX */
    assert_int_equal(c->pending_event, 0);
    assert_in_range(c->tsc, fake.tsc + 0x1000 - 1000, fake.tsc + 0x1000);
    assert_int_equal(((struct hvm_hw_mtrr *)rv->mtrr)->msr_pat_cr, 0x0407050600070106ull);
    assert_int_equal(rv->flags, IRX_VCPUF_INITIALISED);
}

/* RDTSC and RDTSCP exit where Xen makes them exit. */
static void emulated_tsc_exits(void **state)
{
    const uint32_t rdtsc = 1u << 14, rdtscp = 1u << 7;
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v = env_vcpu(env_run(r), 0);
    bool served;

    (void)state;
    assert_false(vmcb(v)->intercept_1 & rdtsc || vmcb(v)->intercept_2 & rdtscp);
    vendor_set_tsc_offset(v, 77);
    assert_int_equal(vmcb(v)->tsc_offset, 77);
    env_freeze(r);
    r->tsc_mode = 1;
    r->flags |= IRX_DOMF_VTSC;
    r->guest_time.to_tsc_mul = 0x80000000u; /* a tick is a ns */
    r->guest_time.to_tsc_shift = 1;
    r->guest_time.offset = -400000000ull;
    env_enter(r);
    assert_int_equal(r->state, IRX_DOM_RUNNING);
    assert_true(vmcb(v)->intercept_1 & rdtsc && vmcb(v)->intercept_2 & rdtscp);
    assert_int_equal(vmcb(v)->tsc_offset, 0x1000);
    env_current(v->d, 0);
    env_code(v, "\x0f\x31", 2);
    assert_int_equal(exit_class(v, EXIT_RDTSC, 0, &served), IRX_EXIT_TSC);
    assert_true(served);
    assert_in_range(v->gpr[RAX] | v->gpr[RDX] << 32, fake.tsc - 400000000 + 0x1000 - 100,
                    fake.tsc - 400000000 + 0x1000);
    env_freeze(r);
    assert_in_range(vcpu_hw_cpu(v)->tsc, fake.tsc - 400000000 + 0x1000 - 100,
                    fake.tsc - 400000000 + 0x1000);
}

/* hvm_get_segment_register(): what the CPU leaves open is made canonical. */
static void segments_are_made_canonical(void **state)
{
    struct dom *d = run(1);
    struct hvm_hw_cpu *c = vcpu_hw_cpu(env_vcpu(d, 0));
    struct vmcb *b = vmcb(env_vcpu(d, 0));

    (void)state;
    b->cs.attributes = 0x21b; /* no P, no G, accessed */
    b->tr.attributes = 0x089;
    b->ss.attributes = 0x400; /* null: not present */
    b->cpl = 3;
    b->fs.attributes = 0x082; /* S and accessed lost */
    b->fs.limit = 0xfffff;
    env_freeze(d->rec);
    assert_int_equal(c->cs_arbytes, 0xa9b);
    assert_int_equal(c->tr_arbytes, 0x08b);
    assert_int_equal(c->ss_arbytes, 0x060);
    assert_int_equal(c->fs_arbytes, 0x093);
}

static void the_guests_view_of_efer_and_cr4(void **state)
{
    struct dom *d = run(1);
    struct vcpu *v = env_vcpu(d, 0);

    (void)state;
    assert_int_equal(vmcb(v)->efer, 0xd01 | EFER_SVME);
    assert_int_equal(v->efer, 0xd01);
    assert_true(vmcb(v)->cr4 & X86_CR4_MCE);
    vendor_set_cr4(v, 0x6a0 & ~X86_CR4_MCE);
    assert_true(vmcb(v)->cr4 & X86_CR4_MCE);
    assert_true(vmcb(v)->intercept_cr & CR_READ(4)); /* so that it does not see it */
    env_freeze(d->rec);
    assert_int_equal(vcpu_hw_cpu(v)->msr_efer, 0xd01);
    assert_int_equal(vcpu_hw_cpu(v)->cr4, 0x6a0 & ~X86_CR4_MCE);
}

static void pending_event_round_trip(void **state)
{
    static const struct {
        uint32_t event, code;
        bool kept;
    } cases[] = {
        {0x80000b0e, 2, true},  /* #PF */
        {0x800000f3, 0, true},  /* interrupt */
        {0x80000202, 0, true},  /* NMI */
        {0x80000303, 0, false}, /* INT3: met again */
        {0x80000480, 0, false}, /* INT n */
        {0x00000b0e, 2, false},
    };

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        struct irx_domain *r = env_domain(0, 1, 1);
        struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;

        c->pending_event = cases[i].event;
        c->error_code = cases[i].code;
        env_run(r);
        env_freeze(r);
        assert_int_equal(c->pending_event, cases[i].kept ? cases[i].event : 0);
        assert_int_equal(c->error_code, cases[i].kept ? cases[i].code : 0);
        r->state = IRX_DOM_WITH_XEN;
    }
}

static void shadows_round_trip(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    struct dom *d;

    (void)state;
    rv->flags |= IRX_VCPUF_INTR_SHADOW | IRX_VCPUF_NMI_BLOCKED | IRX_VCPUF_NMI_PENDING;
    d = env_run(r);
    assert_true(vendor_intr_shadow(env_vcpu(d, 0)));
    assert_true(vendor_nmi_blocked(env_vcpu(d, 0)));
    env_freeze(r);
    assert_int_equal(rv->flags, IRX_VCPUF_INITIALISED | IRX_VCPUF_INTR_SHADOW |
                                    IRX_VCPUF_NMI_BLOCKED | IRX_VCPUF_NMI_PENDING);
    env_enter(r);
    vmcb(env_vcpu(d, 0))->interrupt_shadow = 0;
    vmcb(env_vcpu(d, 0))->intercept_1 &= ~(uint32_t)INTERCEPT_IRET;
    env_freeze(r);
    assert_int_equal(rv->flags, IRX_VCPUF_INITIALISED | IRX_VCPUF_NMI_PENDING);
}

static void spec_ctrl_is_the_guests(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    const uint8_t *msrpm;
    struct dom *d;

    (void)state;
    svm.spec_ctrl = true;
    env_add_leaf(r,
                 (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .b = 1u << 14 | 1u << 24});
    rv->msr_count = 1;
    rv->msrs[0] = (struct irx_msr){.index = 0x48, .value = 1};
    d = env_run(r);
    msrpm = d->vendor;
    assert_int_equal(msrpm[0x48 / 4] & 3, 0);
    assert_int_equal(vmcb(env_vcpu(d, 0))->spec_ctrl, 1);
    vmcb(env_vcpu(d, 0))->spec_ctrl = 0x87; /* PSFD is the CPU's and not in the policy */
    env_freeze(r);
    assert_int_equal(rv->msrs[0].value, 7); /* guest_wrmsr() takes it */
}

/* The CPU has wider addresses than the guest's policy: the next Xen takes what is exported. */
static void cr3_of_the_policy(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_add_leaf(r, (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .a = 40});
    d = env_run(r);
    env_vcpu(d, 0)->cr3 = 1ull << 45 | 0x1007;
    env_freeze(r);
    assert_int_equal(vcpu_hw_cpu(env_vcpu(d, 0))->cr3, 0x1007);
}

/* What svm_vmcb_restore() and the segment loaders insist on. */
static void what_loaders_insist_on(void **state)
{
    struct dom *d = run(1);
    struct vcpu *v = env_vcpu(d, 0);
    struct hvm_hw_cpu *c = vcpu_hw_cpu(v);

    (void)state;
    vmcb(v)->event_inject = 0xdead00057fff0000ull | EVENT_VALID | 0xb0e;
    vmcb(v)->dr6 = ~0ull;
    vmcb(v)->dr7 = ~0ull;
    vmcb(v)->gdtr.limit = 0xabcd1234;
    vmcb(v)->idtr.limit = 0xabcd0fff;
    env_freeze(d->rec);
    assert_int_equal(c->pending_event, 0x80000b0e);
    assert_int_equal(c->error_code, 5);
    assert_int_equal(c->dr6, 0xffffffff);
    assert_int_equal(c->dr7, 0xffffffff);
    assert_int_equal(c->gdtr_limit, 0x1234);
    assert_int_equal(c->idtr_limit, 0x0fff);
}

static uint64_t dice = 88172645463325252ull;

static uint64_t roll(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    return dice ^= dice << 17;
}

/*
 * The save area is what the guest and the CPU made of it, and after a SHUTDOWN the CPU says nothing of
 * it (APM volume 2, 15.14.3). What comes of it passes the rules for R, and those of Xen's loaders.
 */
static void whatever_the_cpu_left(void **state)
{
    const struct irx_limits host = {.end_mfn = 1ull << 28, .end_gfn = 1ull << 36};

    (void)state;
    svm.spec_ctrl = true;
    for (unsigned int i = 0; i < 300; i++) {
        struct irx_domain *r = env_domain(0, 1, 1);
        struct irx_domain_view view;
        struct irx_live_error err = {.what = ""};
        struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)env_vcpu_rec(r, 0)->cpu;
        struct vcpu *v;

        env_add_leaf(
            r, (xen_cpuid_leaf_t){.leaf = 0x80000008, .subleaf = ~0u, .a = 40, .b = 1u << 14});
        v = env_current(env_run(r), 0);
        for (uint64_t *at = (uint64_t *)&vmcb(v)->es; at < (uint64_t *)(vmcb(v) + 1); at++)
            *at = roll();
        vmcb(v)->event_inject = roll();
        vmcb(v)->exit_code = EXIT_SHUTDOWN;
        svm_read_state(v);
        env_freeze(r);
        assert_int_equal(r->state, IRX_DOM_FROZEN);
        assert_int_equal(irx_domain_validate_claim(shim.anchor, 0, &host, &view, &err), 0);
        if (irx_domain_validate_vcpus(shim.anchor, &view, &host, &err))
            fail_msg("%s: %lx", err.what, err.value);
        assert_int_equal(c->cr3 >> 40, 0);
        assert_int_equal(regs_msr(env_vcpu_rec(r, 0), 0x48) & ~3ull, 0);
        assert_int_equal((c->cs_arbytes | c->ss_arbytes | c->tr_arbytes) >> 12, 0);
        assert_int_equal((c->gdtr_limit | c->idtr_limit) >> 16, 0);
        r->state = IRX_DOM_WITH_XEN;
        env_cpu(0)->doorbell = 1;
        loop_once(env_on(0)); /* forgets it */
        env_teardown(state);
        setup(state);
        svm.spec_ctrl = true;
    }
}

static void permission_maps(void **state)
{
    struct dom *d = run(1);
    const uint8_t *m = d->vendor, *io = (const uint8_t *)svm.iopm;
    unsigned int open = 0;

    (void)state;
    for (unsigned int i = 0; i < 2 * 4096 * 4; i++)
        open += !(m[i / 4] >> (i % 4 * 2) & 3);
    assert_int_equal(open, 8); /* FS, GS, kernel GS, STAR, LSTAR, CSTAR, SFMASK, PAT */
    assert_int_equal(m[0x277 / 4] >> (0x277 % 4 * 2) & 3, 0);
    assert_int_equal(m[0x800 + 0x82 / 4] >> (0x82 % 4 * 2) & 3, 0);
    assert_int_equal(m[0x800 + 0x80 / 4] >> (0x80 % 4 * 2) & 3, 3); /* EFER */
    for (unsigned int i = 0; i < 3 * 4096; i++)
        assert_int_equal(io[i], i == 0xed / 8 ? 0xff & ~(1 << 0xed % 8) : 0xff);
}

static void nested_entries(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    const uint64_t *table;

    (void)state;
    env_extents(r)[0].nr = 600;
    env_extents(r)[1] = (struct irx_extent){
        .gfn = 600, .mfn = 0x10000, .nr = 1, .type = IRX_P2M_GRANT_RO, .owner = 2, .access = 7};
    env_extents(r)[2] = (struct irx_extent){
        .gfn = 1024, .mfn = 0x20000, .nr = 512, .type = IRX_P2M_RAM_RW, .owner = 1, .access = 7};
    r->extent_count = 3;
    env_seal(r);
    table = (const uint64_t *)env_run(r)->npt_root;
    for (unsigned int level = 4; level > 2; level--) {
        assert_int_equal(table[0] & ~PTE_ADDR, 0x27); /* present, writable, user, accessed */
        table = (const uint64_t *)(table[0] & PTE_ADDR);
    }
    assert_int_equal(table[2], 0x20000000 | 0xe7); /* large and dirty, too */
    assert_int_equal(table[1] & ~PTE_ADDR, 0x27);
    table = (const uint64_t *)(table[1] & PTE_ADDR);
    assert_int_equal(table[0], ENV_MEMORY + (512 << PAGE_SHIFT) + 0x67);
    assert_int_equal(table[600 - 512], 0x10000000 | 0x65 | PTE_NX);
    assert_int_equal(table[601 - 512], 0);
}

static void msrs_in_the_vmcb(void **state)
{
    struct vcpu *v = current();
    uint64_t value;

    (void)state;
    assert_int_equal(vendor_set_msr(v, 0x175, 0xffff800000001000ull), MSR_DONE);
    assert_true(vendor_get_msr(v, 0x175, &value));
    assert_int_equal(value, 0xffff800000001000ull);
    assert_int_equal(vendor_set_msr(v, 0x176, 0x8000000000000000ull), MSR_FAULT);
    assert_true(vendor_get_msr(v, 0x176, &value));
    assert_int_equal(value, 0);
    assert_int_equal(vendor_set_msr(v, 0x174, 0x1234567800000010ull), MSR_DONE);
    vmcb(v)->sysenter_cs = 0x10; /* the CPU keeps half of it */
    assert_true(vendor_get_msr(v, 0x174, &value));
    assert_int_equal(value, 0x1234567800000010ull);
    assert_false(vendor_get_msr(v, 0x48, &value));
    assert_int_equal(vendor_set_msr(v, 0x48, 0), MSR_OTHER);
    assert_true(vendor_get_msr(v, 0x179, &value)); /* MCG_CAP */
    assert_int_equal(value, 2);
}

/* svm_msr_write_intercept(): LBR and BTF are the guest's, and the CPU switches them. */
static void debugctl(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;
    uint64_t value;

    (void)state;
    svm.lbr = true;
    env_vcpu_rec(r, 0)->debugctl = 1;
    env_vcpu_rec(r, 0)->last_branch[1] = 0xabc;
    v = env_current(env_run(r), 0);
    assert_int_equal(vmcb(v)->debugctl, 1);
    assert_int_equal(vmcb(v)->virt_ext, VIRT_EXT_LBR);
    assert_true(vendor_get_msr(v, 0x1dc, &value));
    assert_int_equal(value, 0xabc);
    assert_int_equal(vendor_set_msr(v, 0x1d9, 2), MSR_DONE); /* single-stepping by blocks */
    assert_int_equal(vmcb(v)->debugctl, 2);
    assert_int_equal(vendor_set_msr(v, 0x1d9, 0x40), MSR_PARK); /* a bit that no CPU has */
    assert_int_equal(vendor_set_msr(v, 0x1db, 1), MSR_PARK);    /* the CPU writes it itself */
    vmcb(v)->br_from = 0x111;
    vmcb(v)->last_excp_to = 0x444;
    env_freeze(r);
    assert_int_equal(env_vcpu_rec(r, 0)->debugctl, 2);
    assert_int_equal(env_vcpu_rec(r, 0)->last_branch[0], 0x111);
    assert_int_equal(env_vcpu_rec(r, 0)->last_branch[1], 0xabc);
    assert_int_equal(env_vcpu_rec(r, 0)->last_branch[3], 0x444);
}

/* Without LBR virtualisation the value is only kept, as Xen keeps it. */
static void debugctl_of_an_older_cpu(void **state)
{
    struct vcpu *v = current();
    uint64_t value;

    (void)state;
    svm.lbr = false;
    assert_int_equal(vendor_set_msr(v, 0x1d9, 2), MSR_DONE);
    assert_int_equal(vmcb(v)->virt_ext, 0);
    assert_true(vendor_get_msr(v, 0x1d9, &value));
    assert_int_equal(value, 2);
    assert_int_equal(vendor_set_msr(v, 0x1dd, 0x77), MSR_DONE);
    assert_true(vendor_get_msr(v, 0x1dd, &value));
    assert_int_equal(value, 0x77);
    shim.anchor->version = IRX_VERSION(1, 0); /* nobody would carry it */
    assert_int_equal(vendor_set_msr(v, 0x1d9, 2), MSR_DONE);
    assert_int_equal(vendor_set_msr(v, 0x1d9, 0), MSR_PARK);
    v->rec->debugctl = 0x55; /* another entry's */
    env_freeze(v->d->rec);
    assert_int_equal(v->rec->debugctl, 0x55);
}

static void host_without_svm(void **state)
{
    (void)state;
    fake.has_svm = false;
    assert_int_equal(vendor_init(), -SHIM_ENODEV);
}

static void nothing_leaks(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 3);
    uint64_t before = mem_free_pages();

    (void)state;
    env_run(r);
    env_freeze(r);
    r->state = IRX_DOM_WITH_XEN;
    env_cpu(0)->doorbell = 1;
    loop_once(env_on(0));
    assert_int_equal(mem_free_pages(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SVM_CASE(records_round_trip),
        SVM_CASE(emulated_tsc_exits),
        SVM_CASE(segments_are_made_canonical),
        SVM_CASE(the_guests_view_of_efer_and_cr4),
        SVM_CASE(pending_event_round_trip),
        SVM_CASE(shadows_round_trip),
        SVM_CASE(spec_ctrl_is_the_guests),
        SVM_CASE(cr3_of_the_policy),
        SVM_CASE(what_loaders_insist_on),
        SVM_CASE(whatever_the_cpu_left),
        SVM_CASE(permission_maps),
        SVM_CASE(nested_entries),
        SVM_CASE(msrs_in_the_vmcb),
        SVM_CASE(debugctl),
        SVM_CASE(debugctl_of_an_older_cpu),
        SVM_CASE(host_without_svm),
        SVM_CASE(nothing_leaks),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
