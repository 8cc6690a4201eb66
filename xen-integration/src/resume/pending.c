/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that the Xen before was not there to take: they wait in the local APIC of the boot CPU,
 * which keeps its IRR when it is switched off and on (Intel SDM volume 3, 11.4.7.2).
 */
#include <xen/init.h>
#include <xen/kernel.h>
#include <xen/sched.h>

#include <asm/apic.h>
#include <asm/interrex-boot.h>
#include <asm/irq.h>

#include <irq_vectors.h>

/* Looks until the last of them has come: each is seven uncached reads at most. */
#define PATIENCE 1000

static bool waits(void)
{
    unsigned int v;

    for ( v = FIRST_DYNAMIC_VECTOR; v < X86_NR_VECTORS; v += 32 )
        if ( apic_read(APIC_IRR + v / 2) )
            return true;

    return false;
}

/*
 * One with a vector that is a legacy line's here would be taken for the 8259A's, as the IO-APIC
 * is not set up yet: the local APIC would never get its EOI, and would let nothing of that priority
 * through. So they come while no vector is anybody's: do_IRQ() says so, and sends the EOI. What a device
 * wanted is asked of it again (state/dom0_pci.c).
 */
void interrex_apic_take_pending(bool bsp)
{
    static vector_irq_t kept;
    vector_irq_t *irqs = &this_cpu(vector_irq);
    unsigned int i;
    unsigned long flags;

    if ( !bsp || !interrex_resumed() || system_state >= SYS_STATE_active )
        return;

    local_irq_save(flags);
    memcpy(kept, *irqs, sizeof(kept));
    for ( i = 0; i < X86_NR_VECTORS; i++ )
        (*irqs)[i] = INT_MIN;

    apic_write(APIC_TASKPRI, 0);
    apic_write(APIC_SPIV, APIC_SPIV_APIC_ENABLED | SPURIOUS_APIC_VECTOR);
    local_irq_enable();
    for ( i = 0; i < PATIENCE && waits(); i++ )
        cpu_relax();
    local_irq_disable();

    apic_write(APIC_TASKPRI, (FIRST_IRQ_VECTOR & 0xF0) - 0x10);
    memcpy(*irqs, kept, sizeof(kept));
    local_irq_restore(flags);
}
