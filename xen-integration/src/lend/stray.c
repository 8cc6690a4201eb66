/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts of someone else at a held CPU; see lend.h. */

#include <xen/irq.h>
#include <xen/xmalloc.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/smp.h>

#include "lend/lend.h"
#include "state/state.h"

/* What Xen knows of a CPU's vectors when it leaves. */
struct vectors {
    bool noted;
    vector_irq_t irq;      /* as per_cpu(vector_irq): ~irq once it has moved */
    uint64_t forwarded[4]; /* pending then: fixup_irqs() has seen to them */
};
static struct vectors *vectors[NR_CPUS];

int interrex_stray_prepare(unsigned int entry)
{
    if ( entry >= ARRAY_SIZE(vectors) )
        return -ENOSPC;

    if ( !vectors[entry] )
        vectors[entry] = xmalloc(struct vectors);
    if ( !vectors[entry] )
        return -ENOMEM;
    vectors[entry]->noted = false;

    return 0;
}

void interrex_stray_note(unsigned int entry)
{
    struct vectors *v = vectors[entry];
    unsigned int i;

    memcpy(v->irq, this_cpu(vector_irq), sizeof(v->irq));
    memset(v->forwarded, 0, sizeof(v->forwarded));
    for ( i = 0; i < X86_NR_VECTORS; i++ )
        if ( apic_irr_read(i) )
            v->forwarded[i / 64] |= 1UL << (i % 64);
    v->noted = true;
}

static void raise_irq(int irq)
{
    struct irq_desc *desc;
    unsigned long flags;
    cpumask_t cpus;
    unsigned int cpu;

    if ( irq < 0 )
        irq = ~irq;
    if ( irq >= nr_irqs )
        return; /* never an interrupt of a device: an IPI */

    desc = irq_to_desc(irq);
    spin_lock_irqsave(&desc->lock, flags);
    cpumask_and(&cpus, desc->arch.cpu_mask, &cpu_online_map);
    if ( desc->action && strcmp(desc->handler->typename, "IO-APIC-level") &&
         !cpumask_empty(&cpus) )
    {
        printk(XENLOG_INFO
               "Interrex: IRQ%d came to a held CPU: raised again\n",
               irq);
        cpu = cpumask_first(&cpus);
        if ( cpu == smp_processor_id() ) /* which send_IPI_mask() leaves out */
            send_IPI_self(desc->arch.vector);
        else
            send_IPI_mask(cpumask_of(cpu), desc->arch.vector);
    }
    spin_unlock_irqrestore(&desc->lock, flags);
}

static void raise_known(const struct vectors *v, unsigned int word,
                        uint64_t came)
{
    for ( came &= ~v->forwarded[word]; came; came &= came - 1 )
        raise_irq(v->irq[word * 64 + find_first_set_bit(came)]);
}

void interrex_stray_raise(unsigned int entry)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);
    const struct vectors *v = entry < ARRAY_SIZE(vectors) ? vectors[entry]
                                                          : NULL;
    bool unknown = false;
    unsigned int word;

    for ( word = 0; word < ARRAY_SIZE(c->irq_pending); word++ )
    {
        uint64_t came = xchg(&c->irq_pending[word], 0);

        if ( v && v->noted )
            raise_known(v, word, came);
        else
            unknown |= came;
    }

    if ( unknown )
    {
        printk(XENLOG_INFO "Interrex: interrupts came to a held CPU: dom0's "
                           "are raised\n");
        interrex_dom0_irq_raise(hardware_domain, true);
    }
}

void interrex_stray_raise_all(void)
{
    unsigned int entry;

    for ( entry = 0; entry < interrex_anchor()->cpus.count; entry++ )
        if ( interrex_cpu_rec(entry)->state != IRX_CPU_XEN )
            interrex_stray_raise(entry);
}
