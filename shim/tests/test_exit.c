/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done about an exit, by its class: guest/exit.c's table. */
#include "env.h"

#include "fake/fake.h"
#include "guest/exit.h"
#include "run/loop.h"

static struct vm_exit next_exit;

static struct vm_exit comes_out(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    (void)v;
    return next_exit;
}

static struct vcpu *current(void)
{
    return env_current(env_run(env_domain(0, 1, 1)), 0);
}

static bool serve(struct vcpu *v, struct vm_exit e)
{
    return exit_serve(env_cpu(0), v, &e);
}

/* Nothing that a handler would know is at RIP: it parks, and is seen to have been asked by the
   detail that it leaves. */
static void each_class_has_its_handler(void **state)
{
    static const struct {
        struct vm_exit exit;
        uint32_t detail;
    } cases[] = {
        {{.class = IRX_EXIT_CPUID}, 0xaaaa},
        {{.class = IRX_EXIT_MSR}, 0xcccc},
        {{.class = IRX_EXIT_MSR, .write = true}, 0xcccc},
        {{.class = IRX_EXIT_HYPERCALL}, 0xaaaa},
        {{.class = IRX_EXIT_XSETBV}, 0xcccc},
        {{.class = IRX_EXIT_NPF, .gpa = 0x123456789}, 0x123456},
        {{.class = IRX_EXIT_IO, .info = 0x3f8}, 0x3f8},
        {{.class = IRX_EXIT_EXCEPTION, .info = TRAP_MC}, TRAP_MC},
        {{.class = IRX_EXIT_HLT}, 0},
        {{.class = IRX_EXIT_PAUSE}, 0},
        {{.class = IRX_EXIT_CR}, 0},
        {{.class = IRX_EXIT_CACHE, .info = INSN_INVD}, 0},
        {{.class = IRX_EXIT_TSC, .info = INSN_RDTSC}, 0},
        {{.class = IRX_EXIT_SHUTDOWN}, 0},
        {{.class = IRX_EXIT_OTHER}, 0},
        {{.class = IRX_NR_EXITS}, 0},
    };
    struct vcpu *v = current();
    uint64_t rip = v->rip;

    (void)state;
    v->gpr[RAX] = 0xaaaa;
    v->gpr[RCX] = 0xcccc;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        v->park_detail = 0;
        assert_false(serve(v, cases[i].exit));
        assert_int_equal(v->park_detail, cases[i].detail);
        assert_int_equal(v->rip, rip);
        assert_false(fake_vcpu(v)->event_valid);
    }
}

static void write_tells_wrmsr_from_rdmsr(void **state)
{
    struct vcpu *v = current();

    (void)state;
    v->gpr[RCX] = 0x3b; /* TSC_ADJUST */
    v->gpr[RAX] = 5;
    v->gpr[RDX] = 0;
    v->next_rip = v->rip + 2;
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_MSR, .write = true}));
    assert_int_equal(v->rec->tsc_adjust, 5);
    v->gpr[RAX] = 7;
    v->next_rip = v->rip + 2;
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_MSR}));
    assert_int_equal(v->gpr[RAX], 5);
}

static void info_tells_the_instruction(void **state)
{
    struct vcpu *v = current();

    (void)state;
    env_code(v, "\x0f\x09\x0f\x08", 4); /* WBINVD, INVD */
    assert_false(serve(v, (struct vm_exit){.class = IRX_EXIT_CACHE, .info = INSN_INVD}));
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_CACHE, .info = INSN_WBINVD}));
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_CACHE, .info = INSN_INVD}));
    env_code(v, "\x0f\x31", 2);
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_TSC, .info = INSN_RDTSC}));
}

static void exceptions_go_back_in(void **state)
{
    struct vcpu *v = current();

    (void)state;
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_EXCEPTION, .info = TRAP_DB}));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_DB);
    assert_false(fake_vcpu(v)->event_has_code);
    assert_true(
        serve(v, (struct vm_exit){.class = IRX_EXIT_EXCEPTION, .info = TRAP_AC, .error_code = 9}));
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_AC);
    assert_true(fake_vcpu(v)->event_has_code);
    assert_int_equal(fake_vcpu(v)->event_code, 9);
}

static void debug_registers_are_given(void **state)
{
    struct vcpu *v = current();

    (void)state;
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_DR}));
    assert_true(fake_vcpu(v)->dr_given);
}

static void what_came_for_the_host_is_over(void **state)
{
    static const struct vm_exit over[] = {
        {.class = IRX_EXIT_INTR},
        {.class = IRX_EXIT_NMI},
        {.class = IRX_EXIT_VINTR},
        {.class = IRX_EXIT_OTHER, .info = VM_OTHER_HOST},
    };
    struct vcpu *v = current();

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(over); i++) {
        assert_true(serve(v, over[i]));
        assert_false(fake_vcpu(v)->event_valid);
    }
}

static void not_offered_is_undefined(void **state)
{
    struct vcpu *v = current();

    (void)state;
    assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_OTHER, .info = VM_OTHER_UNDEFINED}));
    assert_int_equal(fake_vcpu(v)->event_type, 3);
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_UD);
}

/* The loop counts what was served and what was not, and parks the latter. */
static void counted_by_class(void **state)
{
    struct vcpu *v = env_vcpu(env_run(env_domain(0, 1, 1)), 0);

    (void)state;
    fake_guest = comes_out;
    next_exit = (struct vm_exit){.class = IRX_EXIT_DR};
    loop_once(env_on(0));
    loop_once(env_on(0));
    assert_int_equal(v->rec->served[IRX_EXIT_DR], 2);
    next_exit = (struct vm_exit){.class = IRX_EXIT_IO, .info = 0x60};
    loop_once(env_on(0));
    assert_int_equal(v->rec->parked[IRX_EXIT_IO], 1);
    assert_int_equal(v->rec->served[IRX_EXIT_IO], 0);
    assert_int_equal(v->rec->state, IRX_VCPU_PARKED);
    assert_int_equal(v->rec->park_class, IRX_EXIT_IO);
    assert_int_equal(v->rec->park_detail, 0x60);
}

static struct vm_exit writes_cr8(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    assert_int_equal(v->tpr, 0x53);
    v->tpr = 0x93;
    return (struct vm_exit){.class = IRX_EXIT_INTR};
}

static void task_priority_goes_in_and_out(void **state)
{
    struct vcpu *v = env_vcpu(env_run(env_domain(0, 1, 1)), 0);

    (void)state;
    fake_guest = writes_cr8;
    v->rec->lapic_regs[0x80] = 0x53;
    loop_once(env_on(0));
    assert_int_equal(v->rec->lapic_regs[0x80], 0x93);
    v->rec->lapic_regs[0x80] = 0x53;
    vcpu_hw_lapic(v)->disabled = IRX_LAPIC_HW_DISABLED;
    loop_once(env_on(0));
    assert_int_equal(v->rec->lapic_regs[0x80], 0x53);
}

static int setup(void **state)
{
    fake_guest = NULL;
    return env_setup(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, env_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_class_has_its_handler),    TEST(write_tells_wrmsr_from_rdmsr),
        TEST(info_tells_the_instruction),    TEST(exceptions_go_back_in),
        TEST(debug_registers_are_given),     TEST(what_came_for_the_host_is_over),
        TEST(not_offered_is_undefined),      TEST(counted_by_class),
        TEST(task_priority_goes_in_and_out),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
