/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No exit that a guest's unprivileged process can bring about parks its vCPU: the table of
 * docs/limits.md, "What parks a vCPU". Xen's intercepts (construct_vmcb()), less those whose
 * instruction faults by its privilege before it is intercepted (AMD64 APM volume 2, table 15-7).
 */
#include "help_svm.h"

#include "core/vendor.h"

static const struct {
    const char *what;
    uint64_t code;
    uint8_t bytes[4];
    uint8_t len;
} exits[] = {
    {"interrupt of the host", EXIT_INTR, {0x90}, 1},
    {"NMI of the host", EXIT_NMI, {0x90}, 1},
    {"SMI", EXIT_SMI, {0x90}, 1},
    {"INIT", EXIT_INIT, {0x90}, 1},
    {"interrupt window", EXIT_VINTR, {0x90}, 1},
    {"#DB: single step, a breakpoint", EXIT_EXCP0 + TRAP_DB, {0x90}, 1},
    {"#AC", EXIT_EXCP0 + TRAP_AC, {0x90}, 1},
    {"CPUID", EXIT_CPUID, {0x0f, 0xa2}, 2},
    {"PAUSE", EXIT_PAUSE, {0xf3, 0x90}, 2},
    {"RDTSC where it is emulated", EXIT_RDTSC, {0x0f, 0x31}, 2},
    {"RDTSCP where it is emulated", EXIT_RDTSCP, {0x0f, 0x01, 0xf9}, 3},
    {"VMMCALL", EXIT_VMMCALL, {0x0f, 0x01, 0xd9}, 3},
    {"XSETBV", EXIT_XSETBV, {0x0f, 0x01, 0xd1}, 3},
    {"RDPRU", EXIT_RDPRU, {0x0f, 0x01, 0xfd}, 3},
    {"MONITOR", EXIT_MONITOR, {0x0f, 0x01, 0xc8}, 3},
    {"MWAIT", EXIT_MWAIT, {0x0f, 0x01, 0xc9}, 3},
    {"MWAIT, armed", EXIT_MWAIT_COND, {0x0f, 0x01, 0xc9}, 3},
    {"VMRUN", EXIT_VMRUN, {0x0f, 0x01, 0xd8}, 3},
    {"VMLOAD", EXIT_VMLOAD, {0x0f, 0x01, 0xda}, 3},
    {"VMSAVE", EXIT_VMSAVE, {0x0f, 0x01, 0xdb}, 3},
    {"STGI", EXIT_STGI, {0x0f, 0x01, 0xdc}, 3},
    {"CLGI", EXIT_CLGI, {0x0f, 0x01, 0xdd}, 3},
    {"SKINIT", EXIT_SKINIT, {0x0f, 0x01, 0xde}, 3},
    {"INT1", EXIT_ICEBP, {0xf1}, 1},
    {"INVLPGA", EXIT_INVLPGA, {0x0f, 0x01, 0xdf}, 3},
};

static struct vcpu *process(void)
{
    struct vcpu *v = current();

    vmcb(v)->cpl = 3;
    v->cpl = 3;
    return v;
}

static void none_parks(void **state)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(exits); i++) {
        struct vcpu *v = process();
        bool served = false;

        env_code(v, exits[i].bytes, exits[i].len);
        exit_class(v, exits[i].code, 0, &served);
        if (!served)
            fail_msg("%s parks", exits[i].what);
        env_teardown(state);
        setup(state);
    }
}

/* Whatever hypercall a process tries, it is not for it. */
static void every_hypercall_of_a_process(void **state)
{
    struct vcpu *v = process();

    (void)state;
    for (uint64_t number = 0; number < 64; number++) {
        bool served = false;

        CODE(v, 0x0f, 0x01, 0xd9);
        v->gpr[RAX] = number;
        exit_class(v, EXIT_VMMCALL, 0, &served);
        assert_true(served);
        assert_int_equal((int64_t)v->gpr[RAX], -SHIM_EPERM);
        v->rip -= 3;
    }
}

/* These it cannot bring about unless its kernel gave it memory, ports or tables of its own. */
static void what_takes_a_kernel(void **state)
{
    static const uint64_t codes[] = {EXIT_NPF, EXIT_IOIO, EXIT_SHUTDOWN};

    for (unsigned int i = 0; i < ARRAY_SIZE(codes); i++) {
        struct vcpu *v = process();
        bool served = true;

        exit_class(v, codes[i], 0, &served);
        assert_false(served);
        env_teardown(state);
        setup(state);
    }
}

/* What a kernel writes for a process that asks for it, without any right. */
static void what_a_kernel_does_for_them(void **state)
{
    static const struct {
        uint32_t msr;
        uint64_t value;
    } writes[] = {
        {0x1d9, 2}, /* DEBUGCTL.BTF: ptrace(PTRACE_SINGLEBLOCK) */
        {0x1d9, 0},
        {0x140, 1}, /* CPUID faulting: arch_prctl(ARCH_SET_CPUID, 0) */
        {0x140, 0},
    };
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    *env_msrs(r) = (xen_msr_entry_t){.idx = 0xce, .val = 1u << 31}; /* PLATFORM_INFO */
    r->msr_count = 1;
    env_seal(r);
    v = env_current(env_run(r), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(writes); i++) {
        bool served = false;

        CODE(v, 0x0f, 0x30);
        v->gpr[RCX] = writes[i].msr;
        v->gpr[RAX] = writes[i].value;
        v->gpr[RDX] = 0;
        vmcb(v)->event_inject = 0;
        exit_class(v, EXIT_MSR, 1, &served);
        assert_true(served);
        assert_int_equal(vmcb(v)->event_inject, 0);
        v->rip -= 2;
        CODE(v, 0x0f, 0x32);
        v->gpr[RAX] = ~0ull;
        exit_class(v, EXIT_MSR, 0, &served);
        assert_true(served);
        assert_int_equal(v->gpr[RAX], writes[i].value);
        v->rip -= 2;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SVM_CASE(none_parks),
        SVM_CASE(every_hypercall_of_a_process),
        SVM_CASE(what_takes_a_kernel),
        SVM_CASE(what_a_kernel_does_for_them),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
