/* SPDX-License-Identifier: GPL-2.0-only */
/* Events into the guest: by EVENTINJ, or under QEMU by VINTR, kept where an exit cuts them off. */
#include "help_svm.h"

#include "core/vendor.h"
#include "guest/intr.h"
#include "guest/park.h"
#include "guest/vlapic.h"

static void raise_upcall(void)
{
    ((uint8_t *)env_page(0, GFN_INFO))[0] = 1;
}

static void interrupt_by_eventinj(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    raise_upcall();
    intr_assist(env_cpu(0), v);
    enter(v, &served);
    assert_int_equal(fake_svm.entered.event_inject, EVENT_VALID | EVENT_INTR | ENV_UPCALL);
    assert_true(fake_svm.entered.vintr & VINTR_IRQ); /* the window behind: it is still pending */
    assert_true(fake_svm.entered.intercept_1 & INTERCEPT_VINTR);
    assert_false(vendor_event_pending(v));
    assert_false(v->recheck);
}

/* The exit comes as soon as the guest can take the next one, and no CPU looks in between. */
static void window_behind_an_interrupt(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    v->d->callback_vector = 0;
    vlapic_raise(env_cpu(0), v, 0x51);
    vlapic_raise(env_cpu(0), v, 0x31);
    intr_assist(env_cpu(0), v);
    assert_false(v->recheck);
    enter(v, &served);
    assert_int_equal(fake_svm.entered.event_inject, EVENT_VALID | EVENT_INTR | 0x51);
    assert_false(fake_svm.entered.intercept_1 & INTERCEPT_VINTR); /* of lower priority */
    vlapic_raise(env_cpu(0), v, 0x61);
    v->rflags &= ~X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    enter(v, &served);
    assert_true(fake_svm.entered.intercept_1 & INTERCEPT_VINTR);
    assert_int_equal(fake_svm.entered.vintr >> 16 & 0xf, 6);
    assert_int_equal(exit_class(v, EXIT_VINTR, 0, &served), IRX_EXIT_VINTR);
    v->rflags |= X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    enter(v, &served);
    assert_int_equal(fake_svm.entered.event_inject, EVENT_VALID | EVENT_INTR | 0x61);
}

static void no_window_behind_a_virtual_one(void **state)
{
    struct vcpu *v = current();

    (void)state;
    raise_upcall();
    intr_assist(env_cpu(0), v);
    assert_true(v->recheck);
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
    b->exit_int_info = EVENT_VALID | (fake.is_tcg ? EVENT_EXCEPTION : 0) | ENV_UPCALL;
}

static void cut_off_double_fault(struct vcpu *v, struct vmcb *b)
{
    (void)v;
    b->exit_code = EXIT_EXCP0 + TRAP_AC;
    b->exit_int_info = EVENT_VALID | EVENT_EXCEPTION | EVENT_HAS_CODE | TRAP_DF;
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
    assert_false((vmcb(v)->vintr & VINTR_IRQ) && !(vmcb(v)->intercept_1 & INTERCEPT_VINTR));
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

/* The domain shuts down: APM volume 2, 8.2.9. */
static void exception_meets_a_double_fault(void **state)
{
    struct vcpu *v = current();
    bool served;

    (void)state;
    vmcb(v)->event_inject = EVENT_VALID | EVENT_EXCEPTION | EVENT_HAS_CODE | TRAP_DF;
    fake_svm.guest = cut_off_double_fault;
    assert_int_equal(enter(v, &served), IRX_EXIT_SHUTDOWN);
    assert_false(served);
    assert_true(v->triple_fault);
    assert_int_equal(v->d->stopped, 1);
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
        SVM_CASE(interrupt_by_eventinj),
        SVM_CASE(window_behind_an_interrupt),
        TCG_CASE(interrupt_goes_in_as_virtual_one),
        TCG_CASE(interrupt_not_taken_is_kept),
        TCG_CASE(no_window_behind_a_virtual_one),
        SVM_CASE(interrupt_cut_off_by_an_exit),
        TCG_CASE(interrupt_cut_off_by_an_exit),
        SVM_CASE(window_when_it_cannot_take_it),
        TCG_CASE(window_when_it_cannot_take_it),
        SVM_CASE(exception_meets_a_double_fault),
        SVM_CASE(exceptions_and_nmi_by_eventinj),
        SVM_CASE(exceptions_combine),
        SVM_CASE(single_step_after_an_exit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
