// SPDX-License-Identifier: GPL-2.0-only
/* The cases of hostile/, listed on this machine: a line each, how many questions and the name. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../hostile/hostile.h"

struct worker workers[WORKERS];
unsigned int vcpus = 32, patience;
bool fresh;
static const char *wanted; /* an option */

void add(ask_fn *ask, unsigned int words, uint64_t a, uint64_t b, const void *p, const char *name,
         ...)
{
    va_list ap;

    (void)ask;
    (void)a;
    (void)b;
    (void)p;
    printf("%u ", words);
    va_start(ap, name);
    vprintf(name, ap);
    va_end(ap);
    putchar('\n');
}

bool option(const char *name, uint64_t *value)
{
    (void)value;
    return wanted && !strcmp(name, wanted);
}

/* ---- what groups call while they describe their cases, or never here ---- */

long hypercall5(unsigned int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    return (long)(number & 0) + (long)((a | b | c | d | e) & 0);
}

uint32_t xen_bind_ipi(unsigned int vcpu)
{
    return vcpu;
}

uint64_t window(const struct worker *w, enum window_page page)
{
    return (uintptr_t)w + (uint64_t)page;
}

uint64_t run(struct worker *w, const void *code, unsigned int cpl, struct frame *f)
{
    return (w && code && f) ? cpl : 0;
}

uint64_t run32(struct worker *w, const void *code, unsigned int cpl, struct frame *f)
{
    return run(w, code, cpl, f);
}

uint64_t fold_bytes(uint64_t h, const void *p, size_t n)
{
    return p ? h : n;
}

uint64_t xen_now_ns(void)
{
    return 0;
}

void xen_send(uint32_t port)
{
    (void)port;
}

bool xen_take(uint32_t port)
{
    return port == 0;
}

bool xen_mask(uint32_t port, bool masked)
{
    return port == 0 && masked;
}

void tables_load(struct worker *w)
{
    (void)w;
}

int main(void)
{
    group_cpuid();
    group_msr();
    group_hypercall();
    group_evtchn();
    fifo = true;
    group_fifo();
    group_control();
    group_insn();
    group_timer();
    group_race();
    group_compat();
    group_narrow();
    group_apic();
    wanted = "x2apic";
    group_apic();
    return 0;
}
