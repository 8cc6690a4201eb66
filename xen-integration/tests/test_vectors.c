/* SPDX-License-Identifier: GPL-2.0-only */
/* lend/vectors.c: do interrupts find vectors on the CPUs that stay? */
#include "world.h"

#include <xen/irq.h>

#include <irq_vectors.h>

#include <mach_apic.h>

#include "lend/lend.h"

#define VECTORS 190u /* of one CPU, for interrupts of devices */

struct irq_desc world_irqs[WORLD_IRQS];
unsigned int nr_irqs;
static cpumask_t stay, shared[NR_CPUS];

const cpumask_t *vector_allocation_cpumask(unsigned int cpu)
{
    return &shared[cpu];
}

static void cpus(cpumask_t *mask, unsigned int bits)
{
    unsigned int cpu;

    cpumask_clear(mask);
    for ( cpu = 0; cpu < 8; cpu++ )
        if ( bits >> cpu & 1 )
            cpumask_set_cpu(cpu, mask);
}

static bool fit(unsigned int bits)
{
    cpus(&stay, bits);

    return interrex_vectors_fit(&stay);
}

/* Each CPU has its own vectors; so many interrupts have one. */
static void begin(unsigned int interrupts)
{
    unsigned int i;

    for ( i = 0; i < 8; i++ )
        cpus(&shared[i], 1u << i);
    nr_cpu_ids = 8;
    nr_irqs = interrupts + 18;
    assert_true(nr_irqs <= WORLD_IRQS);
    for ( i = 0; i < nr_irqs; i++ )
        world_irqs[i].arch.vector = FIRST_DYNAMIC_VECTOR + 16 + i % VECTORS;
    world_irqs[16].arch.vector = -1;   /* nobody has asked for it */
    world_irqs[17].arch.vector = 0xf1; /* and this is Xen's own */
}

static void each_cpu_has_its_own(void **state)
{
    begin(VECTORS);
    assert_true(fit(0x01));
    begin(VECTORS + 1);
    assert_false(fit(0x01));
    assert_true(fit(0x81));
    begin(2 * VECTORS);
    assert_true(fit(0x81));
    begin(2 * VECTORS + 1);
    assert_false(fit(0x81));
    assert_true(fit(0x83));
}

/* An interrupt that goes to any of them takes its vector on all. */
static void some_share_theirs(void **state)
{
    unsigned int i;

    begin(VECTORS + 1);
    for ( i = 0; i < 8; i++ )
        cpus(&shared[i], i < 4 ? 0x0f : 0xf0);
    assert_false(fit(0x0f));
    assert_true(fit(0x1f));
    begin(0);
    assert_true(fit(0x01));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cpu_has_its_own),
        cmocka_unit_test(some_share_theirs),
    };

    return cmocka_run_group_tests_name("xen vectors", tests, NULL, NULL);
}
