/* SPDX-License-Identifier: GPL-2.0-only */
/* Events into the guest: by VINTR or EVENTINJ, kept where an exit cuts them off. */
#include "help_svm.h"

#include "core/vendor.h"
#include "guest/intr.h"
#include "guest/park.h"

static void raise_upcall(void)
{
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1;
}

static void guest_takes_virq(struct vcpu *v, struct vmcb *b)
{
    (void)v;
    if ((b->vintr & VINTR_IRQ) && !(b->intercept_1 & INTERCEPT_VINTR))
        b->vintr &= ~VINTR_IRQ; /* it is in its handler */
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 0;
}

static void interrupt_goes_in_as_virtual_one(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    raise_upcall();
    intr_assist(env_cpu(0), v);
    fake_svm.guest = guest_takes_virq;
    enter(v, &served);
    assert_true(fake_svm.entered.vintr & VINTR_IRQ);
    assert_true(fake_svm.entered.vintr & VINTR_IGNORE_TPR);
    assert_int_equal((uint8_t)(fake_svm.entered.vintr >> 32), ENV_UPCALL);
    assert_false(fake_svm.entered.event_inject & EVENT_VALID);
    assert_false(vendor_event_pending(v));
}

static void interrupt_not_taken_is_kept(void **state)
{
    struct dom *d = run(1);
    struct vcpu *v = env_current(d, 0);
    bool served;

    (void)state;
    raise_upcall();
    intr_assist(env_cpu(0), v);
    enter(v, &served); /* a physical interrupt was faster */
    assert_true(vendor_event_pending(v));
    assert_false(vmcb(v)->vintr & VINTR_IRQ);
    intr_assist(env_cpu(0), v); /* does not open a window on top of it */
    enter(v, &served);
    assert_true(fake_svm.entered.vintr & VINTR_IRQ);
    assert_false(fake_svm.entered.intercept_1 & INTERCEPT_VINTR);
    env_freeze(d->rec);
    assert_int_equal(vcpu_hw_cpu(v)->pending_event, 0x80000000 | ENV_UPCALL);
}

static void cut_off(struct vcpu *v, struct vmcb *b)
{
    (void)v;
    b->exit_code = EXIT_NPF;
    b->exit_info2 = 0x12345000;
    b->exit_int_info = EVENT_VALID | EVENT_EXCEPTION | ENV_UPCALL; /* as QEMU has it */
}

static void interrupt_cut_off_by_an_exit(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    raise_upcall();
    intr_assist(env_cpu(0), v);
    fake_svm.guest = cut_off;
    assert_int_equal(enter(v, &served), IRX_EXIT_NPF);
    assert_false(served);
    assert_int_equal(vmcb(v)->event_inject, EVENT_VALID | EVENT_INTR | ENV_UPCALL);
    assert_false(vmcb(v)->vintr & VINTR_IRQ);
    vcpu_park(env_cpu(0), v, IRX_EXIT_NPF);
    assert_int_equal(v->rec->park_detail, 0x12345);
    assert_int_equal(v->rec->exit_code, EXIT_NPF);
    assert_int_equal(v->rec->exit_info2, 0x12345000);
}

static void window_when_it_cannot_take_it(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    raise_upcall();
    v->rflags &= ~X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    enter(v, &served);
    assert_true(fake_svm.entered.intercept_1 & INTERCEPT_VINTR);
    assert_true(fake_svm.entered.vintr & VINTR_IRQ);
    assert_int_equal(exit_class(v, EXIT_VINTR, 0, &served), IRX_EXIT_VINTR);
    assert_true(served);
    assert_false(vmcb(v)->vintr & VINTR_IRQ);
    assert_false(vmcb(v)->intercept_1 & INTERCEPT_VINTR);
}

static void exceptions_and_nmi_by_eventinj(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    vendor_inject_exception(v, TRAP_GP, true, 0x18);
    enter(v, &served);
    assert_int_equal(fake_svm.entered.event_inject, 0x1800000b0dull | EVENT_VALID);
    vendor_inject_nmi(v);
    enter(v, &served);
    assert_int_equal(fake_svm.entered.event_inject, EVENT_VALID | EVENT_NMI | 2);
    assert_true(vendor_nmi_blocked(v));
    assert_int_equal(exit_class(v, EXIT_IRET, 0, &served), IRX_EXIT_NMI);
    assert_false(vendor_nmi_blocked(v));
    assert_true(vendor_intr_shadow(v));
}

static void exceptions_combine(void **state)
{
    static const struct {
        unsigned int first, second, both;
    } cases[] = {
        {TRAP_GP, TRAP_GP, TRAP_DF}, {TRAP_PF, TRAP_PF, TRAP_DF}, {TRAP_PF, TRAP_GP, TRAP_DF},
        {TRAP_GP, TRAP_PF, TRAP_PF}, {TRAP_DB, TRAP_GP, TRAP_GP}, {0, 11, TRAP_DF},
        {TRAP_GP, TRAP_UD, TRAP_UD},
    };
    struct vcpu *v = current();

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        vmcb(v)->event_inject = 0;
        vendor_inject_exception(v, cases[i].first, false, 0);
        vendor_inject_exception(v, cases[i].second, false, 0);
        assert_int_equal(EVENT_VECTOR(vmcb(v)->event_inject), cases[i].both);
    }
}

static void single_step_after_an_exit(void **state)
{
    struct vcpu *v = current();
    uint64_t rip = v->rip;

    (void)state;
    v->rflags |= X86_EFLAGS_TF | X86_EFLAGS_RF;
    vmcb(v)->interrupt_shadow = SHADOW_ACTIVE;
    v->dr[1] = 0x4711;
    vendor_retire(v, 2);
    assert_int_equal(v->rip, rip + 2);
    assert_false(v->rflags & X86_EFLAGS_RF);
    assert_false(vendor_intr_shadow(v));
    assert_int_equal(EVENT_VECTOR(vmcb(v)->event_inject), TRAP_DB);
    assert_true(vmcb(v)->dr6 & 1u << 14);
    assert_int_equal(fake.dr[1], 0x4711);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SVM_CASE(interrupt_goes_in_as_virtual_one), SVM_CASE(interrupt_not_taken_is_kept),
        SVM_CASE(interrupt_cut_off_by_an_exit),     SVM_CASE(window_when_it_cannot_take_it),
        SVM_CASE(exceptions_and_nmi_by_eventinj),   SVM_CASE(exceptions_combine),
        SVM_CASE(single_step_after_an_exit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
