/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * svm/vmrun.S itself, an instruction at a time, as an ordinary program: the CPU traps after each
 * (RFLAGS.TF), and faults at the privileged ones, which are noted, done as far as a test can, and
 * passed over. What an exit costs in instructions is counted too.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "core/offsets.h"
#include "help_cpus.h"
#include "svm/svm.h"

#define TF         0x100ll
#define GUEST      0x6755555500000000ull /* + number of the register */
#define RSB_DEPTH  32u
#define OPCODE_MAX 4u

static struct {
    char ops[512];
    unsigned int instructions, calls;
    const uint8_t *noted; /* the last that was */
    struct vcpu *v;
    bool leaks; /* at STGI a register has a value of the guest's */
    uint16_t verw;
} run;

static struct vmcb vmcb, host;

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
    size_t at = strlen(run.ops);
    va_list args;

    if (at)
        run.ops[at++] = ' ';
    va_start(args, fmt);
    vsnprintf(run.ops + at, sizeof(run.ops) - at, fmt, args);
    va_end(args);
}

static bool is(const uint8_t *ip, unsigned int len, uint32_t opcode)
{
    uint32_t found = 0;

    for (unsigned int i = 0; i < len; i++)
        found = found << 8 | ip[i];
    return found == opcode;
}

/* What it is going to execute; svm_stgi() is behind svm_enter() in its file. */
static void look(const uint8_t *ip, const greg_t *r)
{
    if (ip < (const uint8_t *)(uintptr_t)svm_enter || ip >= (const uint8_t *)(uintptr_t)svm_stgi ||
        ip == run.noted)
        return;
    run.noted = ip;
    run.instructions++;
    if (ip[0] == 0xe8 && ++run.calls == RSB_DEPTH)
        note("rsb");
    else if (is(ip, 2, 0xf6f0))
        note("div");
    else if (ip[0] == 0xc3)
        note("ret");
    else if (is(ip, 3, 0x0f006c) || is(ip, 4, 0x0f006424)) {
        note("verw");
        memcpy(&run.verw, (const void *)(r[REG_RSP] + 4), sizeof(run.verw));
    }
}

static const struct {
    int index;
    unsigned int gpr;
} registers[] = {
    {REG_RCX, RCX}, {REG_RDX, RDX}, {REG_RBX, RBX}, {REG_RBP, RBP}, {REG_RSI, RSI},
    {REG_RDI, RDI}, {REG_R8, R8},   {REG_R9, R9},   {REG_R10, R10}, {REG_R11, R11},
    {REG_R12, R12}, {REG_R13, R13}, {REG_R14, R14}, {REG_R15, R15},
};

/* The guest finds its registers, and leaves others. */
static void guest(greg_t *r)
{
    note("vmrun");
    assert_int_equal(r[REG_RAX], (greg_t)(uintptr_t)&vmcb);
    for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++) {
        assert_int_equal(r[registers[i].index], registers[i].gpr);
        r[registers[i].index] = (greg_t)(GUEST + registers[i].gpr);
    }
}

static void at_stgi(const greg_t *r)
{
    static const int unloaded[] = {REG_RCX, REG_RDX, REG_RSI, REG_RDI,
                                   REG_R8,  REG_R9,  REG_R10, REG_R11};

    note("stgi");
    for (unsigned int i = 0; i < ARRAY_SIZE(unloaded); i++)
        run.leaks |= ((uint64_t)r[unloaded[i]] & ~0xffull) == GUEST;
}

static unsigned int privileged(const uint8_t *ip, greg_t *r)
{
    const char *whose = r[REG_RAX] == (greg_t)(uintptr_t)&host ? "host" : "guest";

    if (ip[0] == 0xfb || ip[0] == 0xfa) {
        note(ip[0] == 0xfb ? "sti" : "cli");
        return 1;
    }
    if (is(ip, 2, 0x0f30)) {
        assert_int_equal((uint32_t)r[REG_RDX], 0);
        if ((uint32_t)r[REG_RCX] == MSR_PRED_CMD) {
            assert_int_equal((uint32_t)r[REG_RAX], 1);
            note("ibpb");
        } else {
            assert_int_equal((uint32_t)r[REG_RCX], MSR_SPEC_CTRL);
            note("ctrl=%x", (unsigned int)r[REG_RAX]);
        }
        return 2;
    }
    assert_true(is(ip, 2, 0x0f01));
    switch (ip[2]) {
    case 0xd8:
        guest(r);
        break;
    case 0xda:
        note("vmload(%s)", whose);
        break;
    case 0xdb:
        assert_string_equal(whose, "guest");
        note("vmsave");
        break;
    case 0xdc:
        at_stgi(r);
        break;
    case 0xdd:
        note("clgi");
        break;
    default:
        fail();
    }
    return 3;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *ip = (const uint8_t *)r[REG_RIP];

    (void)info;
    look(ip, r);
    if (sig != SIGTRAP) {
        ip += privileged(ip, r);
        r[REG_RIP] = (greg_t)ip;
        look(ip, r); /* the next trap comes behind it */
    }
}

static void enter_stepped(struct vcpu *v, struct svm_spec *spec)
{
    register uint64_t saved __asm__("r12") = 0x1212;
    register struct svm_spec *fourth __asm__("rcx") = spec;
    paddr_t b = (paddr_t)(uintptr_t)&vmcb, h = (paddr_t)(uintptr_t)&host;

    __asm__ volatile("pushfq\n\t"
                     "orq $0x100, (%%rsp)\n\t"
                     "popfq\n\t"
                     "call svm_enter\n\t"
                     "pushfq\n\t"
                     "andq $~0x100, (%%rsp)\n\t"
                     "popfq"
                     : "+D"(v), "+S"(b), "+d"(h), "+r"(fourth), "+r"(saved)
                     :
                     : "rax", "r8", "r9", "r10", "r11", "memory", "cc");
    assert_int_equal(saved, 0x1212);
}

static void enter(const struct irx_spec *s, struct svm_spec *spec)
{
    static const int signals[] = {SIGTRAP, SIGSEGV, SIGILL};
    const struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    struct sigaction before[ARRAY_SIZE(signals)];
    static struct vcpu v;

    for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++)
        v.gpr[registers[i].gpr] = registers[i].gpr;
    memset(&run, 0, sizeof(run));
    run.v = &v;
    spec->flags = s->flags;
    spec->verw_sel = SEL_DATA;
    for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++) /* cmocka has its own for each test */
        sigaction(signals[i], &action, &before[i]);
    enter_stepped(&v, spec);
    for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
        sigaction(signals[i], &before[i], NULL);
    for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++)
        assert_true(v.gpr[registers[i].gpr] == GUEST + registers[i].gpr);
    assert_false(run.leaks);
    assert_int_equal(spec->last_ctrl, spec->host_ctrl);
}

static uint32_t guest_ctrl(const struct irx_spec *s)
{
    return s->host_ctrl == 2 ? 2 : 0; /* construct_vmcb() */
}

static void sequence_of_each_cpu(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(test_cpus); i++) {
        const struct irx_spec *s = &test_cpus[i].spec;
        struct svm_spec spec = {
            .host_ctrl = s->host_ctrl, .guest_ctrl = guest_ctrl(s), .last_ctrl = s->host_ctrl};

        for (unsigned int again = 0; again < 2; again++) {
            enter(s, &spec);
            print_message("# %s: %s; %u instructions\n", test_cpus[i].name, run.ops,
                          run.instructions);
            assert_string_equal(run.ops, test_cpus[i].sequence);
            assert_int_equal(run.calls, s->flags & IRX_SPEC_RSB_EXIT ? RSB_DEPTH : 0);
            if (s->flags & IRX_SPEC_VERW_ENTRY)
                assert_int_equal(run.verw, SEL_DATA);
        }
    }
}

static void a_guest_with_ssbd(void **state)
{
    const struct irx_spec s = {.flags = IRX_SPEC_GIVEN | IRX_SPEC_GUEST_CTRL | IRX_SPEC_DIV_ENTRY};
    struct svm_spec spec = {.host_ctrl = 2, .guest_ctrl = 6, .last_ctrl = 2};

    (void)state;
    enter(&s, &spec);
    assert_string_equal(run.ops, "clgi vmload(guest) ctrl=6 div sti vmrun vmsave vmload(host) "
                                 "ctrl=2 stgi cli ret");
}

/* What it was before there was anything about speculation in it, and what that added at most. */
static void what_it_costs(void **state)
{
    const unsigned int before = 59, added = 15;
    struct irx_spec s = {.flags = IRX_SPEC_GIVEN};
    struct svm_spec spec = {.flags = 0};
    unsigned int none;

    (void)state;
    enter(&s, &spec);
    none = run.instructions;
    assert_in_range(none, before, before + added);
    s.flags |= IRX_SPEC_RSB_EXIT;
    enter(&s, &spec);
    assert_in_range(run.instructions - none, RSB_DEPTH, RSB_DEPTH + 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequence_of_each_cpu),
        cmocka_unit_test(a_guest_with_ssbd),
        cmocka_unit_test(what_it_costs),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
