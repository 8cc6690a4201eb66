/* SPDX-License-Identifier: GPL-2.0-only */
/* Which exit goes where, and what VMRUN is told of the next entry. */
#include "help_svm.h"

#include <string.h>

#include "core/vendor.h"

static void exits_and_their_classes(void **state)
{
    static const struct {
        uint64_t code;
        uint32_t class;
        bool served;
    } cases[] = {
        {EXIT_INTR, IRX_EXIT_INTR, true},
        {EXIT_NMI, IRX_EXIT_NMI, true},
        {EXIT_SMI, IRX_EXIT_OTHER, true},
        {EXIT_VINTR, IRX_EXIT_VINTR, true},
        {EXIT_IRET, IRX_EXIT_NMI, true},
        {EXIT_CPUID, IRX_EXIT_CPUID, true}, /* it is not there: #GP */
        {EXIT_MSR, IRX_EXIT_MSR, true},
        {EXIT_HLT, IRX_EXIT_HLT, true},
        {EXIT_PAUSE, IRX_EXIT_PAUSE, true},
        {EXIT_VMMCALL, IRX_EXIT_HYPERCALL, true},
        {EXIT_NPF, IRX_EXIT_NPF, false},
        {EXIT_IOIO, IRX_EXIT_IO, false},
        {EXIT_SHUTDOWN, IRX_EXIT_SHUTDOWN, false},
        {EXIT_XSETBV, IRX_EXIT_XSETBV, true},
        {EXIT_INVD, IRX_EXIT_CACHE, true},
        {EXIT_WBINVD, IRX_EXIT_CACHE, true},
        {EXIT_RDTSC, IRX_EXIT_TSC, true},
        {0x7d, IRX_EXIT_OTHER, false}, /* task switch */
        {EXIT_ICEBP, IRX_EXIT_EXCEPTION, true},
        {0x66, IRX_EXIT_OTHER, false},
        {~0ull, IRX_EXIT_OTHER, false}, /* invalid VMCB */
        {EXIT_CR0_READ + 16, IRX_EXIT_CR, false},
        {EXIT_DR0_READ + 7, IRX_EXIT_DR, true},
        {EXIT_EXCP0 + TRAP_DB, IRX_EXIT_EXCEPTION, true},
        {EXIT_EXCP0 + TRAP_AC, IRX_EXIT_EXCEPTION, true},
        {EXIT_EXCP0 + TRAP_MC, IRX_EXIT_EXCEPTION, false},
        {EXIT_EXCP0 + TRAP_PF, IRX_EXIT_EXCEPTION, false},
    };
    struct vcpu *v = current();
    uint64_t rip = v->rip;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        bool served = !cases[i].served;

        vmcb(v)->event_inject = 0;
        assert_int_equal(exit_class(v, cases[i].code, 0, &served), cases[i].class);
        assert_int_equal(served, cases[i].served);
        assert_int_equal(v->rip, rip);
    }
}

/* APM volume 2, 15.10.2: what the CPU says of a port, and how long the instruction is. */
static void ports(void **state)
{
    struct vcpu *v = current();
    uint64_t rip = v->rip;
    bool served = false;

    (void)state;
    v->gpr[RAX] = 0;
    exit_next_rip(v, EXIT_IOIO, 0x3f8ull << 16 | 1 << 4 | 1, rip + 1, &served);
    assert_true(served);
    assert_int_equal(v->gpr[RAX], 0xff);
    assert_int_equal(v->rip, rip + 1);
    exit_next_rip(v, EXIT_IOIO, 0xcf8ull << 16 | 4 << 4, rip + 3, &served);
    assert_true(served);
    assert_int_equal(v->gpr[RAX], 0xff);
    assert_int_equal(v->rip, rip + 3);
    exit_next_rip(v, EXIT_IOIO, 0x3f8ull << 16 | 1 << 4 | 1 << 2 | 1, rip + 4, &served); /* INS */
    assert_false(served);
    assert_int_equal(v->park_detail, 0x3f8);
    assert_int_equal(v->rip, rip + 3);
}

static void never_offered_is_undefined(void **state)
{
    static const uint64_t codes[] = {EXIT_VMRUN, EXIT_VMLOAD, EXIT_VMSAVE,  EXIT_STGI,
                                     EXIT_CLGI,  EXIT_SKINIT, EXIT_MONITOR, EXIT_MWAIT,
                                     EXIT_RDPRU, EXIT_INVLPGA};
    struct vcpu *v = current();
    bool served;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(codes); i++) {
        vmcb(v)->event_inject = 0;
        exit_class(v, codes[i], 0, &served);
        assert_true(served);
        assert_int_equal(vmcb(v)->event_inject, EVENT_VALID | EVENT_EXCEPTION | TRAP_UD);
    }
}

/*
 * What a guest's user can make exit, with what set_intercepts() intercepts (APM volume 2, 15.9, and
 * the order of exceptions and intercepts in table 15-7): other instructions are #UD or #GP
 * at CPL 3 before they are an exit. None parks, or a process could stop a vCPU until the next Xen.
 */
static void user_mode_parks_nothing(void **state)
{
    static const struct {
        uint64_t code;
        const char *insn;
        unsigned int len;
        bool fault; /* it raises an exception and stays where it is */
    } cases[] = {
        {EXIT_CPUID, "\x0f\xa2", 2, false},         {EXIT_RDTSC, "\x0f\x31", 2, false},
        {EXIT_RDTSCP, "\x0f\x01\xf9", 3, false},    {EXIT_PAUSE, "\xf3\x90", 2, false},
        {EXIT_VMMCALL, "\x0f\x01\xd9", 3, false},   {EXIT_ICEBP, "\xf1", 1, false},
        {EXIT_XSETBV, "\x0f\x01\xd1", 3, true},     {EXIT_RDPRU, "\x0f\x01\xfd", 3, true},
        {EXIT_MONITOR, "\x0f\x01\xc8", 3, true},    {EXIT_MWAIT, "\x0f\x01\xc9", 3, true},
        {EXIT_MWAIT_COND, "\x0f\x01\xc9", 3, true}, {EXIT_VMRUN, "\x0f\x01\xd8", 3, true},
        {EXIT_VMLOAD, "\x0f\x01\xda", 3, true},     {EXIT_VMSAVE, "\x0f\x01\xdb", 3, true},
        {EXIT_STGI, "\x0f\x01\xdc", 3, true},       {EXIT_CLGI, "\x0f\x01\xdd", 3, true},
        {EXIT_SKINIT, "\x0f\x01\xde", 3, true},     {EXIT_INVLPGA, "\x0f\x01\xdf", 3, true},
        {EXIT_EXCP0 + TRAP_DB, "\x90", 1, true},    {EXIT_EXCP0 + TRAP_AC, "\x90", 1, true},
    };
    struct irx_domain *r = env_domain(0, 1, 1);
    uint64_t *idt = env_page(0, GFN_DATA);
    struct vcpu *v;

    (void)state;
    env_leaves(r)[r->leaf_count - 1].d |= 1u << 27; /* RDTSCP */
    env_seal(r);
    v = env_current(env_run(r), 0);
    idt[2] = 0x00008e0000100000; /* a gate for #DB */
    vmcb(v)->idtr.base = env_data_va(0);
    vmcb(v)->idtr.limit = 0xfff;
    vmcb(v)->cpl = 3;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        for (unsigned int other = 0; other < 2; other++) { /* a thread changes the code */
            bool served;

            v->rip = GFN_CODE << PAGE_SHIFT;
            v->gpr[RAX] = 99; /* no such hypercall */
            vmcb(v)->event_inject = 0;
            env_code(v, cases[i].insn, cases[i].len);
            if (other)
                env_code(v, "\x0f\x0b", 2);
            exit_class(v, cases[i].code, 0, &served);
            assert_true(served);
            assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
            assert_int_equal(v->rip - (GFN_CODE << PAGE_SHIFT),
                             other || cases[i].fault ? 0 : cases[i].len);
            assert_int_equal(vendor_event_pending(v),
                             other || cases[i].fault || cases[i].code == EXIT_ICEBP);
        }
    }
}

static void alignment_check_keeps_its_code(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    exit_class(v, EXIT_EXCP0 + TRAP_AC, 0, &served);
    assert_int_equal(vmcb(v)->event_inject,
                     EVENT_VALID | EVENT_EXCEPTION | EVENT_HAS_CODE | TRAP_AC);
}

static void debug_registers_on_first_use(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 0);
    bool served;

    (void)state;
    v->dr[2] = 0xabc;
    fake.dr[2] = 0x5555; /* somebody else's */
    exit_class(v, EXIT_DR0_READ + 2, 0, &served);
    assert_int_equal(fake.dr[2], 0xabc);
    assert_int_equal(vmcb(v)->intercept_dr, 0);
    fake.dr[2] = 0xdef; /* the guest writes it */
    env_current(d, 1);
    assert_int_equal(v->dr[2], 0xdef);
    assert_int_equal(vmcb(v)->intercept_dr, ~0u);
    vmcb(v)->dr7 = 0x401; /* a breakpoint is on: loaded with the vCPU */
    fake.dr[2] = 0;
    env_current(d, 0);
    assert_int_equal(fake.dr[2], 0xdef);
    env_freeze(d->rec);
    assert_int_equal(vcpu_hw_cpu(v)->dr2, 0xdef);
    assert_int_equal(vcpu_hw_cpu(v)->dr7, 0x401);
}

static void guest_writes_cr8(struct vcpu *v, struct vmcb *b)
{
    (void)v;
    b->vintr = (b->vintr & ~VINTR_TPR) | 9;
}

static void task_priority_is_cr8(void **state)
{
    struct vcpu *v = current();

    (void)state;
    v->tpr = 0x53;
    vendor_run(env_cpu(0), v, false);
    assert_int_equal(fake_svm.entered.vintr & VINTR_TPR, 5);
    assert_int_equal(v->tpr, 0x53);
    fake_svm.guest = guest_writes_cr8;
    vendor_run(env_cpu(0), v, false);
    assert_int_equal(v->tpr, 0x93);
}

static void next_rip_and_bytes_of_the_cpu(void **state)
{
    struct vcpu *v = current();
    uint64_t rip = v->rip;
    bool served;

    (void)state;
    svm.next_rip = true;
    vmcb(v)->next_rip = rip + 2;
    v->gpr[RAX] = 0x40000000;
    assert_int_equal(exit_class(v, EXIT_CPUID, 0, &served), IRX_EXIT_CPUID);
    assert_true(served);
    assert_int_equal(v->rip, rip + 2);
    svm.decode = true;
    vmcb(v)->insn_len = 3;
    memcpy(vmcb(v)->insn, "\x8b\x04\x24", 3);
    exit_class(v, EXIT_NPF, 0, &served);
    assert_int_equal(v->insn_len, 3);
    assert_int_equal(v->insn[0], 0x8b);
    exit_class(v, EXIT_INTR, 0, &served);
    assert_int_equal(v->insn_len, 0);
}

static void tlb_flushes(void **state)
{
    struct vcpu *v = current();

    (void)state;
    vendor_run(env_cpu(0), v, false);
    assert_int_equal(fake_svm.entered.tlb_control, TLB_FLUSH_ALL); /* fresh from its records */
    vendor_run(env_cpu(0), v, false);
    assert_int_equal(fake_svm.entered.tlb_control, TLB_KEEP);
    vendor_run(env_cpu(0), v, true);
    assert_int_equal(fake_svm.entered.tlb_control, TLB_FLUSH_ALL);
    vendor_flush(v);
    svm.flush_by_asid = true;
    vendor_run(env_cpu(0), v, false);
    assert_int_equal(fake_svm.entered.tlb_control, TLB_FLUSH_ASID);
    vendor_run(env_cpu(0), v, false);
    assert_int_equal(fake_svm.entered.tlb_control, TLB_KEEP);
    assert_int_equal(fake_svm.entered.asid, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SVM_CASE(exits_and_their_classes),
        SVM_CASE(never_offered_is_undefined),
        SVM_CASE(ports),
        SVM_CASE(user_mode_parks_nothing),
        SVM_CASE(alignment_check_keeps_its_code),
        SVM_CASE(debug_registers_on_first_use),
        SVM_CASE(task_priority_is_cr8),
        SVM_CASE(next_rip_and_bytes_of_the_cpu),
        SVM_CASE(tlb_flushes),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
