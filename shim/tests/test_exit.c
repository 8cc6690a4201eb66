/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done about an exit, by its class: guest/exit.c's table. */
#include "env.h"

#include "fake/fake.h"
#include "guest/exit.h"
#include "guest/handlers.h"
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

/* Nothing that a handler would know is at RIP: it is asked, as is seen by the detail that it leaves;
   then it parks, or the instruction that was to be there is gone. */
static void each_class_has_its_handler(void **state)
{
    static const struct {
        struct vm_exit exit;
        uint32_t detail;
        bool gone;
    } cases[] = {
        {{.class = IRX_EXIT_CPUID}, 0xaaaa, true},
        {{.class = IRX_EXIT_MSR}, 0xcccc, true},
        {{.class = IRX_EXIT_MSR, .write = true}, 0xcccc, true},
        {{.class = IRX_EXIT_HYPERCALL}, 0xaaaa, true},
        {{.class = IRX_EXIT_XSETBV}, 0xcccc, true},
        {{.class = IRX_EXIT_NPF, .gpa = 0x123456789}, 0x123456, false},
        {{.class = IRX_EXIT_IO, .info = 0x3f8}, 0x3f8, false},
        {{.class = IRX_EXIT_EXCEPTION, .info = TRAP_MC}, TRAP_MC, false},
        {{.class = IRX_EXIT_EXCEPTION, .info = TRAP_DB, .icebp = true}, TRAP_DB, true},
        {{.class = IRX_EXIT_HLT}, 0, true},
        {{.class = IRX_EXIT_PAUSE}, 0, true},
        {{.class = IRX_EXIT_CR}, 0, false},
        {{.class = IRX_EXIT_CACHE, .info = INSN_INVD}, 0, true},
        {{.class = IRX_EXIT_TSC, .info = INSN_RDTSC}, 0, true},
        {{.class = IRX_EXIT_SHUTDOWN}, 0, false},
        {{.class = IRX_EXIT_OTHER}, 0, false},
        {{.class = IRX_NR_EXITS}, 0, false},
    };
    struct vcpu *v = current();
    uint64_t rip = v->rip;

    (void)state;
    v->gpr[RAX] = 0xaaaa;
    v->gpr[RCX] = 0xcccc;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        v->park_detail = 0;
        fake_vcpu(v)->event_valid = false;
        assert_int_equal(serve(v, cases[i].exit), cases[i].gone);
        assert_int_equal(v->park_detail, cases[i].detail);
        assert_int_equal(v->rip, rip);
        assert_int_equal(fake_vcpu(v)->event_valid, cases[i].gone);
    }
}

/* Nobody's: reads are all ones, as many as were asked for, writes go nowhere. */
static void ports_are_nobodys(void **state)
{
    static const struct {
        uint32_t port;
        uint8_t size;
        bool write;
        uint64_t rax;
    } cases[] = {
        {0x80, 1, false, 0x12345678123456ff}, {0x80, 2, false, 0x123456781234ffff},
        {0xcfc, 4, false, 0xffffffff},        {0x80, 1, true, 0x1234567812345678},
        {0xcf8, 4, true, 0x1234567812345678}, {0xe9, 1, false, 0x12345678123456ff},
        {0xe9, 2, true, 0x1234567812345678},
    };
    struct vcpu *v = current();
    uint64_t rip = v->rip;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        v->rip = rip;
        v->gpr[RAX] = 0x1234567812345678;
        assert_true(serve(v, (struct vm_exit){.class = IRX_EXIT_IO,
                                              .info = cases[i].port,
                                              .size = cases[i].size,
                                              .write = cases[i].write,
                                              .next_rip = rip + 2}));
        assert_true(v->gpr[RAX] == cases[i].rax);
        assert_int_equal(v->rip, rip + 2);
    }
}

/* Strings need Xen's emulator, its debug console writes a log; and where the instruction ends has to be
   told. */
static void ports_that_park(void **state)
{
    struct vcpu *v = current();
    const struct vm_exit parks[] = {
        {.class = IRX_EXIT_IO, .info = 0x80, .size = 0, .next_rip = v->rip + 1},
        {.class = IRX_EXIT_IO, .info = 0xe9, .size = 1, .write = true, .next_rip = v->rip + 2},
        {.class = IRX_EXIT_IO, .info = 0x80, .size = 1, .next_rip = 0},
        {.class = IRX_EXIT_IO, .info = 0x80, .size = 1, .next_rip = v->rip},
        {.class = IRX_EXIT_IO, .info = 0x80, .size = 1, .next_rip = v->rip + 16},
        {.class = IRX_EXIT_IO, .info = 0x80, .size = 3, .next_rip = v->rip + 2},
    };
    uint64_t rip = v->rip;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(parks); i++) {
        assert_false(serve(v, parks[i]));
        assert_int_equal(v->park_detail, parks[i].info);
        assert_int_equal(v->rip, rip);
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
    assert_false(guest_cache(env_cpu(0), v, INSN_INVD));
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

/* ---- triple faults ---- */

static struct vm_exit shuts_down(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    return (struct vm_exit){.class = v->id ? IRX_EXIT_INTR : IRX_EXIT_SHUTDOWN};
}

/* hvm_triple_fault() stops the domain at once, whichever of its vCPUs it was. */
static void triple_fault_stops_the_domain(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 3), *other = env_domain(1, 2, 1);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_vcpu_rec(r, 2)->state = IRX_VCPU_BLOCKED;
    d = env_run(r);
    env_run(other);
    fake_guest = shuts_down;
    loop_once(env_on(1));
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_RUNNING);
    for (unsigned int i = 0; i < 4; i++) {
        fake.tsc += 2000000;
        loop_once(env_on(0));
    }
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 0)->park_class, IRX_EXIT_SHUTDOWN);
    assert_true(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR) > 0);
    loop_once(env_on(1));
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 2)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 1)->park_class, IRX_EXIT_OTHER);
    env_freeze(r);
    env_enter(r); /* taken back: it is not run again, nor are the others */
    assert_int_equal(r->state, IRX_DOM_RUNNING);
    for (unsigned int i = 0; i < 4; i++) {
        fake.tsc += 2000000;
        loop_once(env_on(0));
        loop_once(env_on(1));
    }
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(env_vcpu_rec(r, i)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 0)->park_class, IRX_EXIT_SHUTDOWN);
    assert_int_equal(d->stopped, 1);
}

/* ---- ICEBP ---- */

#define IDT_OFFSET 0x400u

static struct vcpu *at_icebp(uint64_t gate_low)
{
    struct vcpu *v = current();
    uint64_t *idt = (uint64_t *)(void *)((uint8_t *)env_page(0, GFN_DATA) + IDT_OFFSET);

    env_code(v, "\xf1", 1);
    idt[2] = gate_low; /* vector 1 */
    idt[3] = 0xffffffff;
    fake_vcpu(v)->idt_base = env_data_va(IDT_OFFSET);
    fake_vcpu(v)->idt_limit = 0xfff;
    v->cpl = 3;
    return v;
}

static const struct vm_exit icebp = {.class = IRX_EXIT_EXCEPTION, .info = TRAP_DB, .icebp = true};

static void icebp_is_a_trap(void **state)
{
    struct vcpu *v = at_icebp(0x00008e0000100000);
    uint64_t rip = v->rip;

    (void)state;
    v->rflags |= X86_EFLAGS_RF;
    assert_true(serve(v, icebp));
    assert_int_equal(v->rip, rip + 1);
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_DB);
    assert_false(fake_vcpu(v)->event_has_code);
}

/* What injection does not check: svm_emul_swint_injection(). */
static void icebp_without_a_gate(void **state)
{
    static const struct {
        uint64_t gate;
        unsigned int fault;
    } cases[] = {
        {0x00000e0000100000, TRAP_NP}, /* not present */
        {0x0000850000100000, TRAP_GP}, /* a task gate, in long mode */
        {0x0000920000100000, TRAP_GP}, /* data */
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        struct vcpu *v = at_icebp(cases[i].gate);

        assert_true(serve(v, icebp));
        assert_int_equal(fake_vcpu(v)->event_vector, cases[i].fault);
        assert_int_equal(fake_vcpu(v)->event_code, 0xb); /* vector 1, IDT, external */
        assert_int_equal(v->rip, GFN_CODE << 12);
        fake_vcpu(v)->idt_limit = 0x1e;
        assert_true(serve(v, icebp));
        assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
        fake_vcpu(v)->idt_limit = 0xfff;
        fake_vcpu(v)->idt_base = NOT_MAPPED_VA;
        assert_false(serve(v, icebp)); /* the kernel's own doing */
        env_teardown(state);
        env_setup(state);
    }
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
        TEST(each_class_has_its_handler),
        TEST(write_tells_wrmsr_from_rdmsr),
        TEST(ports_are_nobodys),
        TEST(ports_that_park),
        TEST(info_tells_the_instruction),
        TEST(exceptions_go_back_in),
        TEST(debug_registers_are_given),
        TEST(what_came_for_the_host_is_over),
        TEST(not_offered_is_undefined),
        TEST(counted_by_class),
        TEST(task_priority_goes_in_and_out),
        TEST(triple_fault_stops_the_domain),
        TEST(icebp_is_a_trap),
        TEST(icebp_without_a_gate),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
