/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Command line: vcpus=N (1 or 2), interval_us=N (a round's length), rest_us=N (asleep after some rounds),
 * park=1 (also rounds that only a Xen can serve), spoil=REGISTER:BIT@ROUND (of the first vCPU).
 */
#include "guest.h"

struct regs_status status __attribute__((section(".status")));
struct options options = {.interval_us = 10000};
struct cpu cpus[REGS_VCPUS];

static unsigned int vcpus = 1;

/* Half of all rounds are the long ones that an enter or a leave meets best. */
static const enum regs_kind order[] = {
    REGS_USER,   REGS_KERNEL, REGS_EXCEPTIONS, REGS_USER, REGS_OFF,    REGS_STI,
    REGS_KERNEL, REGS_STEP,   REGS_USER,       REGS_HALT, REGS_COMPAT, REGS_KERNEL,
    REGS_MOV_SS, REGS_USER,   REGS_NMI,        REGS_OFF,
};

/* xorshift64* */
uint64_t random64(struct cpu *c)
{
    c->random ^= c->random >> 12;
    c->random ^= c->random << 25;
    c->random ^= c->random >> 27;
    return c->random * 0x2545f4914f6cdd1dull;
}

_Noreturn void vcpu_main(struct cpu *c)
{
    uint32_t r[4];

    cpuid(1, r);
    c->features = (uint64_t)r[2] << 32 | r[3];
    c->random = 0x9e3779b97f4a7c15ull * (c->id + 1);
    tables_init(c);
    fpu_init(c);
    xen_init_vcpu(c);
    sysregs_init(c);
    round_init(c);
    if (c->id + 1 < vcpus)
        xen_start_vcpu(&cpus[c->id + 1]);
    if (c->id + 1 == vcpus)
        status.state = REGS_RUNNING;
    for (unsigned int i = 0;; i++) {
        unsigned int n = i % (sizeof(order) / sizeof(order[0]));

        round_run(c, order[n]);
        if (options.park && n == 0)
            round_run(c, REGS_PARK);
        if (options.rest_us && n == 0)
            xen_sleep(options.rest_us * 1000);
    }
}

/* ---- the command line ---- */

static bool option(const char **at, const char *name)
{
    const char *p = *at;

    while (*name && *p == *name) {
        p++;
        name++;
    }
    if (*name || *p != '=')
        return false;
    *at = p + 1;
    return true;
}

static uint64_t number(const char **at)
{
    uint64_t n = 0;

    for (; **at >= '0' && **at <= '9'; ++*at)
        n = n * 10 + (uint64_t)(**at - '0');
    return n;
}

static void parse_spoil(const char **at)
{
    for (unsigned int i = 0; **at && **at != ':' && i < REGS_NAME - 1; i++)
        options.spoil[i] = *(*at)++;
    if (**at == ':')
        ++*at;
    options.spoil_bit = number(at) & 63;
    if (**at == '@')
        ++*at;
    options.spoil_round = number(at);
}

static void parse(const char *at)
{
    while (*at) {
        if (option(&at, "vcpus"))
            vcpus = number(&at) == 2 ? 2 : 1;
        else if (option(&at, "interval_us"))
            options.interval_us = number(&at);
        else if (option(&at, "rest_us"))
            options.rest_us = number(&at);
        else if (option(&at, "park"))
            options.park = number(&at);
        else if (option(&at, "spoil"))
            parse_spoil(&at);
        while (*at && *at != ' ')
            at++;
        while (*at == ' ')
            at++;
    }
}

/* Called by start.S. */
_Noreturn void guest_main(uint64_t start_info);
_Noreturn void guest_main(uint64_t start_info)
{
    const char *command_line;

    for (unsigned int i = 0; i < REGS_VCPUS; i++) {
        cpus[i].id = i;
        cpus[i].status = &status.vcpu[i];
    }
    if (!xen_init(start_info, &command_line))
        __asm__ volatile("ud2");
    parse(command_line);
    status.vcpus = vcpus;
    __atomic_store_n(&status.magic, REGS_MAGIC, __ATOMIC_RELEASE);
    vcpu_main(&cpus[0]);
    __builtin_unreachable();
}
