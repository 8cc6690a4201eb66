// SPDX-License-Identifier: GPL-2.0-only
/* Registers that a process has, filled for a while in which it computes, or sleeps in its kernel. */
#define _GNU_SOURCE
#include "steady.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <asm/prctl.h>

#define GPRS  9u
#define SPINS 100000u

/* FXSAVE's image (of which xmm0 is at 160), what AVX has above it, general registers. */
struct image {
    uint8_t fx[512];
    uint8_t ymm[16][32];
    uint64_t gpr[GPRS]; /* rbx, rbp, r8 to r10, r12 to r15 */
} __attribute__((aligned(64)));

/* Fills from `in`, computes so long or sleeps, where there is a time, and stores to `out`. */
void hold_registers(const struct image *in, struct image *out, uint64_t avx, uint64_t spins,
                    const struct timespec *ts);

/* clang-format off */
__asm__(
    ".text\n"
    "hold_registers:\n"
    "   push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdx; push %rsi\n"
    "   fxrstor64 (%rdi)\n"
    "   mov %r8, %rax\n"
    "   test %edx, %edx; jz 1f\n"
    ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
    "   vmovdqu (512 + 32 * \\n)(%rdi), %ymm\\n\n"
    ".endr\n"
    "1: mov 1024(%rdi), %rbx; mov 1032(%rdi), %rbp; mov 1040(%rdi), %r8; mov 1048(%rdi), %r9\n"
    "   mov 1056(%rdi), %r10; mov 1064(%rdi), %r12; mov 1072(%rdi), %r13; mov 1080(%rdi), %r14\n"
    "   mov 1088(%rdi), %r15\n"
    "   test %rax, %rax; jnz 3f\n"
    "2: dec %rcx; jnz 2b\n"
    "   jmp 4f\n"
    "3: mov %rax, %rdi; xor %esi, %esi; mov $35, %eax; syscall\n" /* nanosleep() */
    "4: pop %rsi; pop %rdx\n"
    "   mov %rbx, 1024(%rsi); mov %rbp, 1032(%rsi); mov %r8, 1040(%rsi); mov %r9, 1048(%rsi)\n"
    "   mov %r10, 1056(%rsi); mov %r12, 1064(%rsi); mov %r13, 1072(%rsi); mov %r14, 1080(%rsi)\n"
    "   mov %r15, 1088(%rsi)\n"
    "   test %edx, %edx; jz 5f\n"
    ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
    "   vmovdqu %ymm\\n, (512 + 32 * \\n)(%rsi)\n"
    ".endr\n"
    "   vzeroupper\n"
    "5: fxsave64 (%rsi)\n"
    "   fninit\n"
    "   pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "   ret\n");
/* clang-format on */

static void random_bytes(void *to, unsigned int n)
{
    for (unsigned int i = 0; i < n; i += 8) {
        uint64_t word = pattern();

        memcpy((uint8_t *)to + i, &word, 8);
    }
}

/* x87 registers are doubles that are none of the special kinds; all are in use. */
static void fill(struct image *in)
{
    static const uint32_t mxcsr[] = {0x1f80, 0x3f80, 0x5f80, 0x9fc0};
    const uint32_t control = mxcsr[pattern() % 4];
    const uint16_t fcw = (uint16_t)(0x37f | pattern() % 4 << 10);

    memset(in, 0, sizeof(*in));
    random_bytes(in->ymm, sizeof(in->ymm));
    random_bytes(in->gpr, sizeof(in->gpr));
    memcpy(in->fx, &fcw, 2);
    in->fx[4] = 0xff;
    memcpy(in->fx + 24, &control, 4);
    for (unsigned int i = 0; i < 8; i++) {
        const uint64_t mantissa = pattern() | 1ull << 63;
        const uint16_t exponent = (uint16_t)(0x3fff + pattern() % 64);

        memcpy(in->fx + 32 + 16 * i, &mantissa, 8);
        memcpy(in->fx + 40 + 16 * i, &exponent, 2);
    }
    for (unsigned int i = 0; i < 16; i++)
        memcpy(in->fx + 160 + 16 * i, in->ymm[i], 16);
}

static void compare(struct work *w, const struct image *in, const struct image *out, bool avx)
{
    for (unsigned int i = 0; i < GPRS; i++)
        expect(w, in->gpr[i] == out->gpr[i], "general register %u is %#lx, not %#lx", i,
               out->gpr[i], in->gpr[i]);
    expect(w, !memcmp(in->fx, out->fx, 2), "x87's control word is another");
    expect(w, in->fx[4] == out->fx[4], "x87's registers are others: %#x", out->fx[4]);
    expect(w, !memcmp(in->fx + 24, out->fx + 24, 4), "MXCSR is another");
    for (unsigned int i = 0; i < 8; i++)
        expect(w, !memcmp(in->fx + 32 + 16 * i, out->fx + 32 + 16 * i, 10), "st%u is another", i);
    for (unsigned int i = 0; i < 16; i++) {
        expect(w, !memcmp(in->fx + 160 + 16 * i, out->fx + 160 + 16 * i, 16), "xmm%u is another",
               i);
        expect(w, !avx || !memcmp(in->ymm[i], out->ymm[i], 32), "ymm%u is another", i);
    }
}

void registers_round(struct work *w)
{
    static struct image in, out;
    const struct timespec ts = {.tv_nsec = 20000000};
    const bool avx = __builtin_cpu_supports("avx");

    fill(&in);
    memset(&out, 0, sizeof(out));
    hold_registers(&in, &out, avx, SPINS, w->rounds % 2 ? &ts : NULL);
    compare(w, &in, &out, avx);
}

/* FS is the C library's; GS is nobody's. */
void bases_round(struct work *w)
{
    static uint64_t fs, places[2];
    uint64_t *const place = &places[w->rounds % 2], base, value = pattern(), found;

    if (!fs)
        syscall(SYS_arch_prctl, ARCH_GET_FS, &fs);
    *place = value;
    syscall(SYS_arch_prctl, ARCH_SET_GS, place);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    __asm__ volatile("mov %%gs:0, %0" : "=r"(found) : : "memory");
    expect(w, found == value, "GS leads to %#lx, not %#lx", found, value);
    syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
    expect(w, base == (uintptr_t)place, "GS is at %#lx, not at %p", base, (void *)place);
    __asm__ volatile("mov %%fs:0, %0" : "=r"(found));
    syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
    expect(w, base == fs && found == fs, "FS is at %#lx and says %#lx, not %#lx", base, found, fs);
}
