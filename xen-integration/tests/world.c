/* SPDX-License-Identifier: GPL-2.0-only */
#include "world_parts.h"

#include <stdio.h>

#include <xen/softirq.h>
#include <xen/version.h>
#include <xen/vmap.h>

#include <acpi/acpi.h>

#include <asm/cpufeature.h>
#include <asm/setup.h>

char world_log[4096];
bool world_panic_expected;
jmp_buf world_panicked;
unsigned int world_alloc_fails, world_softirqs;

/* ---- Begin and end ---- */

/* The section in which our files keep what the boot sets, and how it was at first. */
extern char __start_boot_data[] __attribute__((weak));
extern char __stop_boot_data[] __attribute__((weak));
static char *boot_data_at_first;

void world_boot(void)
{
    size_t size = __stop_boot_data - __start_boot_data;

    if ( !size )
        return;
    if ( !boot_data_at_first )
    {
        boot_data_at_first = malloc(size);
        memcpy(boot_data_at_first, __start_boot_data, size);
    }
    memcpy(__start_boot_data, boot_data_at_first, size);
}

static void reset_cpus(void)
{
    unsigned int cpu;

    nr_cpu_ids = 4;
    cpumask_clear(&cpu_present_map);
    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
    {
        x86_cpu_to_apicid[cpu] = 2 * cpu;
        cpumask_clear(&world_siblings[cpu]);
        cpumask_set_cpu(cpu, &world_siblings[cpu]);
    }
    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        cpumask_set_cpu(cpu, &cpu_present_map);
    cpu_online_map = cpu_present_map;
}

int world_begin(void **state)
{
    world_memory_begin();
    reset_cpus();
    world_boot();
    cpu_khz = 2000000;
    boot_tsc_stamp = 1;
    world_alloc_fails = world_softirqs = 0;
    world_log[0] = '\0';

    return 0;
}

int world_end(void **state)
{
    world_domains_end();
    if ( !strstr(world_log, "does not follow") ) /* region/states.c */
        return 0;
    fprintf(stderr, "%s", world_log);

    return -1;
}

/* ---- What Xen says, and what it can do with text ---- */

void printk(const char *format, ...)
{
    size_t used = strlen(world_log);
    va_list list;

    va_start(list, format);
    vsnprintf(world_log + used, sizeof(world_log) - used, format, list);
    va_end(list);
}

void panic(const char *format, ...)
{
    size_t used = strlen(world_log);
    va_list list;

    va_start(list, format);
    vsnprintf(world_log + used, sizeof(world_log) - used, format, list);
    va_end(list);
    if ( !world_panic_expected )
        fail_msg("panic: %s", world_log);
    longjmp(world_panicked, 1);
}

unsigned long long simple_strtoull(const char *text, const char **end,
                                   unsigned int base)
{
    char *rest;
    unsigned long long value = strtoull(text, &rest, base);

    if ( end )
        *end = rest;

    return value;
}

unsigned long long parse_size_and_unit(const char *text, const char **end)
{
    static const char units[] = "BKMGT";
    const char *rest, *unit;
    unsigned long long value = simple_strtoull(text, &rest, 0);

    unit = *rest ? strchr(units, *rest & ~0x20) : NULL;
    if ( unit )
    {
        value <<= 10 * (unit - units);
        rest++;
    }
    else if ( !end )
        value <<= 10;
    if ( end )
        *end = rest;

    return value;
}

/* ---- CPUs ---- */

unsigned int nr_cpu_ids;
cpumask_t cpu_present_map, cpu_online_map;
uint32_t x86_cpu_to_apicid[NR_CPUS];
cpumask_t world_siblings[NR_CPUS];
bool cpu_has_page1gb;
unsigned long cpu_khz;
uint64_t boot_tsc_stamp;

s_time_t NOW(void)
{
    static s_time_t now;

    return now += MILLISECS(1);
}

void process_pending_softirqs(void)
{
    world_softirqs++;
}

/* ---- Other parts of Xen ---- */

int xen_build_id(const void **id, unsigned int *length)
{
    *id = "0123456789abcdefghij";
    *length = 20;

    return 0;
}

paddr_t acpi_os_get_root_pointer(void)
{
    return 0xf5a20;
}

void *world_alloc(size_t size)
{
    if ( world_alloc_fails && !--world_alloc_fails )
        return NULL;

    return calloc(1, size);
}

/* Xen's sort() takes any swap; this one is for small lists. */
void sort(void *base, size_t nr, size_t size,
          int (*compare)(const void *, const void *),
          void (*swap)(void *, void *, size_t))
{
    char *entry = base;
    size_t i, j;

    for ( i = 1; i < nr; i++ )
        for ( j = i;
              j && compare(entry + (j - 1) * size, entry + j * size) > 0; j-- )
            swap(entry + (j - 1) * size, entry + j * size, size);
}
