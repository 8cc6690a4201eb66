/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts follow CPUs that go, to vectors of those that stay: Xen leaves one that finds none where it was,
 * where it is lost (fixup_irqs()), and the next Xen could not give it back to dom0.
 */
#include <xen/irq.h>

#include <irq_vectors.h>
#include <mach_apic.h>

#include "lend/lend.h"

#define LEGACY (LAST_LEGACY_VECTOR - FIRST_LEGACY_VECTOR + 1)
/* _assign_irq_vector(): not those of the legacy lines, nor the gates of INT 0x80 and 0x82. */
#define VECTORS (NR_DYNAMIC_VECTORS - LEGACY - 2)

static unsigned int in_use(void)
{
    unsigned int irq, count = 0;

    for ( irq = LEGACY; irq < nr_irqs; irq++ )
    {
        const int vector = irq_to_vector(irq);

        count += vector >= FIRST_DYNAMIC_VECTOR &&
                 vector <= LAST_DYNAMIC_VECTOR;
    }

    return count;
}

bool interrex_vectors_fit(const cpumask_t *stay)
{
    static cpumask_t left; /* operations are serialised */
    const unsigned int wanted = in_use();
    unsigned int room = 0;

    /* Where an interrupt goes to several CPUs at once, they share its vector. */
    cpumask_copy(&left, stay);
    while ( room < wanted && !cpumask_empty(&left) )
    {
        unsigned int cpu = cpumask_last(&left);

        cpumask_andnot(&left, &left, vector_allocation_cpumask(cpu));
        cpumask_clear_cpu(cpu, &left);
        room += VECTORS;
    }

    return room >= wanted;
}
