/* SPDX-License-Identifier: GPL-2.0-only */
#include "log.h"

#include <interrex/abi/anchor.h>
#include <stdarg.h>

#include "hw.h"
#include "lock.h"

#define LINE_MAX 160u

static struct {
    struct lock lock;
    struct irx_log *ring;
} sink;

struct line {
    char text[LINE_MAX];
    unsigned int len;
};

static void put(struct line *l, char c)
{
    if (l->len < LINE_MAX - 1)
        l->text[l->len++] = c;
}

static void put_number(struct line *l, uint64_t value, unsigned int base)
{
    char digits[20];
    unsigned int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (n)
        put(l, digits[--n]);
}

static void put_signed(struct line *l, int64_t value)
{
    if (value < 0)
        put(l, '-');
    put_number(l, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

static void format(struct line *l, const char *fmt, va_list args)
{
    for (; *fmt; fmt++) {
        bool wide = false;

        if (*fmt != '%') {
            put(l, *fmt);
            continue;
        }
        if (*++fmt == 'l') {
            wide = true;
            fmt++;
        }
        switch (*fmt) {
        case 'u':
            put_number(l, wide ? va_arg(args, uint64_t) : va_arg(args, unsigned int), 10);
            break;
        case 'x':
            put_number(l, wide ? va_arg(args, uint64_t) : va_arg(args, unsigned int), 16);
            break;
        case 'd':
            put_signed(l, wide ? va_arg(args, int64_t) : va_arg(args, int));
            break;
        case 's':
            for (const char *s = va_arg(args, const char *); *s; s++)
                put(l, *s);
            break;
        case '\0':
            return;
        default:
            put(l, *fmt);
        }
    }
}

void log_init(struct irx_log *ring, uint64_t size)
{
    sink = (typeof(sink)){0};
    if (size <= sizeof(*ring))
        return;
    ring->size = (uint32_t)MIN(size - sizeof(*ring), 0xffffffffull);
    ring->reserved = 0;
    ring->head = 0;
    sink.ring = ring;
}

void log_line(const char *fmt, ...)
{
    struct line l = {.len = 0};
    va_list args;
    char *text;
    uint64_t head;

    if (!sink.ring)
        return;
    put(&l, '[');
    put_number(&l, hw_tsc(), 10);
    put(&l, ']');
    put(&l, ' ');
    put_number(&l, hw_cpu_index(), 10);
    put(&l, ' ');
    va_start(args, fmt);
    format(&l, fmt, args);
    va_end(args);
    l.text[l.len++] = '\n';

    lock_take(&sink.lock, hw_cpu_index());
    text = (char *)(sink.ring + 1);
    head = sink.ring->head;
    for (unsigned int i = 0; i < l.len; i++)
        text[(head + i) % sink.ring->size] = l.text[i];
    __atomic_store_n(&sink.ring->head, head + l.len, __ATOMIC_RELEASE);
    lock_drop(&sink.lock);
}

void log_recover(uint32_t cpu)
{
    lock_drop_if_held(&sink.lock, cpu);
}
