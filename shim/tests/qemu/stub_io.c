/* SPDX-License-Identifier: GPL-2.0-only */
/* What a freestanding program lacks: memory, ports, a serial line, a clock; and how the test ends. */
#include "stub.h"

uint64_t khz;

void *memcpy(void *dst, const void *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)dst)[i] = ((const uint8_t *)src)[i];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)dst)[i] = (uint8_t)c;
    return dst;
}

void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void print(const char *s)
{
    for (; *s; s++) {
        while (!(in(0x3fd) & 0x20))
            ;
        out(0x3f8, (uint8_t)*s);
    }
}

void number(const char *name, uint64_t value)
{
    char text[17];

    print(name);
    for (int i = 15; i >= 0; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    text[16] = 0;
    print(text);
    print("\n");
}

static void print_log(void)
{
    const struct irx_log *log = (const struct irx_log *)(REGION + OFF_LOG);
    const char *text = (const char *)(log + 1);

    for (uint64_t i = log->head > log->size ? log->head - log->size : 0; i < log->head; i++) {
        char c[2] = {text[i % log->size], 0};

        print(c);
    }
}

void ok(const char *what)
{
    print("ok - ");
    print(what);
    print("\n");
}

void finish(int failed)
{
    print("---- log of the shim ----\n");
    print_log();
    print(failed ? "FAILED\n" : "PASSED\n");
    __asm__ volatile("cli");
    out(0xf4, failed ? 1 : 0); /* isa-debug-exit: exit status value * 2 + 1 */
    for (;;)
        __asm__ volatile("hlt");
}

void fail(const char *why, uint64_t value)
{
    print("not ok - ");
    number(why, value);
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        const struct irx_domain *d = guests[i].d;

        if (!d)
            continue;
        number("domain state ", d->state);
        number("  error ", (uint64_t)(int64_t)d->error);
        for (uint32_t v = 0; v < guests[i].vcpus; v++) {
            const struct irx_vcpu *r = (const void *)(REGION + OFF_VCPUS +
                                                      (d->vcpu_first + v) * VCPU_STRIDE);

            number("  vcpu state ", r->state);
            number("    exit ", r->exit_code);
            number("    info2 ", r->exit_info2);
            number("    upcalls ", r->upcalls);
            number("    events in ", r->events_in);
            number("    timers ", r->timers_fired);
            for (uint32_t e = 0; e < IRX_NR_EXITS; e++)
                number("    served ", r->served[e]);
        }
    }
    finish(1);
}

uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

void delay_ms(uint64_t ms)
{
    uint64_t end = rdtsc() + ms * khz;

    while (rdtsc() < end)
        __asm__ volatile("pause");
}

/* The timer chip's channel 2 counts 50 ms. */
void measure_tsc(void)
{
    uint16_t count = 59659;
    uint64_t start;

    out(0x61, (uint8_t)((in(0x61) & ~2) | 1));
    out(0x43, 0xb0);
    out(0x42, (uint8_t)count);
    out(0x42, (uint8_t)(count >> 8));
    start = rdtsc();
    while (!(in(0x61) & 0x20))
        ;
    khz = (rdtsc() - start) / 50;
}
