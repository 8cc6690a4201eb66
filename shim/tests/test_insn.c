/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions of exits: their length, MMIO's forms; another one is parked untouched. */
#include "help_guest.h"

#include <string.h>

#include "core/vendor.h"
#include "fake/fake.h"
#include "guest/exit.h"
#include "guest/handlers.h"
#include "guest/insn.h"

static void lengths(void **state)
{
    struct vcpu *v = current(1);
    struct pcpu *pc = env_cpu(0);

    (void)state;
    CODE(v, 0x0f, 0xa2);
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 2);
    assert_int_equal(insn_length(pc, v, INSN_RDMSR), 0);
    CODE(v, 0x66, 0x67, 0xf2, 0x2e, 0x48, 0x0f, 0xa2);
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 7);
    CODE(v, 0x48, 0x66, 0x0f, 0xa2); /* REX not last: it is void */
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 4);
    CODE(v, 0x48, 0x41, 0x0f, 0xa2); /* two */
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 4);
    v->mode = 4;
    assert_int_equal(insn_length(pc, v, INSN_CPUID), 0); /* dec %eax, inc %ecx */
    v->mode = 8;
    CODE(v, 0x90);
    assert_int_equal(insn_length(pc, v, INSN_PAUSE), 0);
    CODE(v, 0xf3, 0x90);
    assert_int_equal(insn_length(pc, v, INSN_PAUSE), 2);
    CODE(v, 0x0f, 0x01, 0xd9);
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 3);
    v->next_rip = v->rip + 5; /* the CPU knows best */
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 5);
    assert_int_equal(insn_match(pc, v, INSN_HYPERCALL), 3);
    v->next_rip = v->rip; /* nor is that one */
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 3);
    v->next_rip = v->rip + 16; /* no instruction is that long */
    assert_int_equal(insn_length(pc, v, INSN_HYPERCALL), 3);
}

static void instruction_at_the_end_of_what_is_mapped(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);

    (void)state;
    v->rip = (GFN_CODE << 12) + 4094;
    CODE(v, 0x0f, 0xa2);
    pt[GFN_CODE + 1] = 0;
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 2);
    v->rip++;
    env_code(v, "\x0f", 1);
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 0);
    assert_false(guest_cpuid(env_cpu(0), v));
}

static void instruction_across_pages(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    v->rip = (GFN_CODE << 12) + 4095;
    env_code(v, "\x0f", 1);
    ((uint8_t *)env_page(0, GFN_CODE + 1))[0] = 0xa2;
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 2);
}

static void another_instruction_is_parked(void **state)
{
    struct vcpu *v = current(1);
    struct vcpu before;

    (void)state;
    CODE(v, 0x90, 0x90);
    before = *v;
    before.park_detail = (uint32_t)v->gpr[RAX];
    assert_false(guest_cpuid(env_cpu(0), v));
    assert_memory_equal(v->gpr, before.gpr, sizeof(v->gpr));
    assert_int_equal(v->rip, before.rip);
    assert_false(guest_rdmsr(env_cpu(0), v));
    assert_false(guest_wrmsr(env_cpu(0), v));
    assert_false(guest_hlt(env_cpu(0), v));
    assert_false(guest_pause(env_cpu(0), v));
    assert_false(guest_hypercall(env_cpu(0), v));
    assert_false(guest_cache(env_cpu(0), v, INSN_INVD));
    assert_false(guest_cr(env_cpu(0), v));
    assert_int_equal(v->rip, before.rip);
    assert_memory_equal(v->gpr, before.gpr, sizeof(v->gpr));
}

static void mmio_forms(void **state)
{
    struct vcpu *v = current(1);
    struct insn_mov m;

    (void)state;
    CODE(v, 0x89, 0x08); /* mov %ecx,(%rax) */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.to_memory && !m.immediate && m.reg == RCX && m.length == 2);
    CODE(v, 0x44, 0x8b, 0x14, 0x25, 0, 0xb0, 0x5f, 0xff); /* mov 0xffffffffff5fb000,%r10d */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(!m.to_memory && m.reg == R10 && m.length == 8);
    CODE(v, 0xc7, 0x80, 0xb0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12); /* movl $0x12345678,0xb0(%rax) */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.to_memory && m.immediate && m.value == 0x12345678 && m.length == 10);
    CODE(v, 0x8b, 0x44, 0x98, 0x10); /* mov 0x10(%rax,%rbx,4),%eax */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.length, 4);
    CODE(v, 0x8b, 0x05, 1, 2, 3, 4); /* mov rip-relative */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.length, 6);
    CODE(v, 0x44, 0x66, 0x8b, 0x10); /* mov (%rax),%dx: REX is void */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(!m.to_memory && m.reg == RDX && m.size == 2 && m.length == 4);
    CODE(v, 0x48, 0x89, 0x08); /* 64 bits */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.size, 8);
    CODE(v, 0x40, 0x88, 0x20); /* mov %spl,(%rax) */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.to_memory && m.size == 1 && m.reg == RSP && !m.high);
    CODE(v, 0x88, 0x20); /* mov %ah,(%rax) */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.reg == RAX && m.high);
    CODE(v, 0x45, 0x0f, 0xb7, 0x08); /* movzwl (%r8),%r9d */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.size == 2 && m.to == 4 && m.reg == R9 && !m.is_signed && m.length == 4);
    CODE(v, 0xa3, 1, 2, 3, 4, 5, 6, 7, 8); /* mov %eax,moffs64 */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.to_memory && m.reg == RAX && m.size == 4 && m.length == 9);
    CODE(v, 0x66, 0xc7, 0x00, 0x34, 0x12);
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.value == 0x1234 && m.size == 2 && m.length == 5);
    CODE(v, 0xc7, 0x08, 1, 2, 3, 4); /* C7 /1: no MOV */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    CODE(v, 0x89, 0xc8); /* register to register */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    CODE(v, 0x87, 0x08); /* xchg */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
}

static void mmio_in_narrow_modes(void **state)
{
    struct vcpu *v = current(1);
    struct insn_mov m;

    (void)state;
    v->mode = 4;
    CODE(v, 0x89, 0x05, 1, 2, 3, 4); /* mov %eax,0x4030201 */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(m.size == 4 && m.length == 6);
    CODE(v, 0x67, 0x89, 0x06, 1, 2); /* with a 16-bit address */
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.length, 5);
    CODE(v, 0x63, 0x08); /* ARPL here */
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
    for (uint8_t mode = 1; mode <= 2; mode++) {
        v->mode = mode;
        CODE(v, 0x89, 0x44, 0x10); /* mov %ax,0x10(%si) */
        assert_true(insn_decode_mmio(env_cpu(0), v, &m));
        assert_true(m.size == 2 && m.length == 3);
        CODE(v, 0x66, 0x67, 0x8b, 0x44, 0x98, 0x10); /* mov 0x10(%eax,%ebx,4),%eax */
        assert_true(insn_decode_mmio(env_cpu(0), v, &m));
        assert_true(m.size == 4 && m.length == 6);
    }
}

/* The CPU gives fewer bytes where a page ends, and the rest is read. */
static void bytes_of_the_cpu(void **state)
{
    struct vcpu *v = current(1);
    struct insn_mov m;

    (void)state;
    CODE(v, 0x90);
    v->insn_len = 15; /* what the CPU gave, not what lies at RIP now */
    memset(v->insn, 0x90, 15);
    memcpy(v->insn, "\x8b\x11", 2);
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_true(!m.to_memory && m.reg == RDX);
    v->rip = (GFN_CODE << 12) + 4095;
    env_code(v, "\x8b", 1);
    ((uint8_t *)env_page(0, GFN_CODE + 1))[0] = 0x1a;
    v->insn_len = 1;
    v->insn[0] = 0x8b;
    assert_true(insn_decode_mmio(env_cpu(0), v, &m));
    assert_int_equal(m.reg, RBX);
    ((uint64_t *)env_page(0, GFN_PML4 + 3))[GFN_CODE + 1] = 0;
    assert_false(insn_decode_mmio(env_cpu(0), v, &m));
}

/* Another thread changed the code meanwhile: svm_get_insn_len(). */
static void instruction_is_gone(void **state)
{
    struct vcpu *v = current(1);
    uint64_t *pt = env_page(0, GFN_PML4 + 3);
    struct vm_exit e = {.class = IRX_EXIT_CPUID};

    (void)state;
    v->cpl = 3;
    CODE(v, 0x90, 0x90);
    assert_true(exit_serve(env_cpu(0), v, &e));
    assert_true(fake_vcpu(v)->event_valid);
    assert_int_equal(fake_vcpu(v)->event_vector, TRAP_GP);
    assert_int_equal(v->rip, GFN_CODE << 12);
    fake_vcpu(v)->event_valid = false;
    pt[GFN_CODE] = 0; /* it meets its page fault itself */
    assert_true(exit_serve(env_cpu(0), v, &e));
    assert_false(fake_vcpu(v)->event_valid);
    v->cpl = 0;
    assert_false(exit_serve(env_cpu(0), v, &e));
}

/* It was another one when the handler looked, and is the old one again. */
static void instruction_is_back(void **state)
{
    struct vcpu *v = current(1);
    struct vm_exit call = {.class = IRX_EXIT_HYPERCALL};

    (void)state;
    CODE(v, 0x0f, 0x0b);
    assert_int_equal(insn_length(env_cpu(0), v, INSN_CPUID), 0);
    CODE(v, 0x0f, 0xa2);
    assert_true(insn_gone(env_cpu(0), v, INSN_CPUID));
    assert_false(fake_vcpu(v)->event_valid);
    assert_int_equal(v->rip, GFN_CODE << 12);
    /* What was missed is of that exit: another one's handler parks though its instruction is there. */
    CODE(v, 0x0f, 0x01, 0xd9);
    v->gpr[RAX] = __HYPERVISOR_memory_op;
    assert_false(exit_serve(env_cpu(0), v, &call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(lengths),
        ENV_CASE(instruction_at_the_end_of_what_is_mapped),
        ENV_CASE(instruction_across_pages),
        ENV_CASE(another_instruction_is_parked),
        ENV_CASE(mmio_forms),
        ENV_CASE(mmio_in_narrow_modes),
        ENV_CASE(bytes_of_the_cpu),
        ENV_CASE(instruction_is_gone),
        ENV_CASE(instruction_is_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
