/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of Interrex that is compiled inside arch/x86/io_apic.c: the pin behind a line. */
#include "private.h"

bool interrex_pin_of(unsigned int irq, bool *level, bool *low)
{
    const struct irq_pin_list *pin;
    struct IO_APIC_route_entry entry;

    if ( !irq_2_pin || irq >= nr_irqs_gsi )
        return false;
    pin = &irq_2_pin[irq];
    if ( pin->pin < 0 )
        return false;
    entry = ioapic_read_entry(pin->apic, pin->pin, false);
    *level = entry.trigger;
    *low = entry.polarity;

    return true;
}

/* What Xen does about a line while it is disabled: whoever ends it leaves its pins masked. */
void interrex_pin_hold(struct irq_desc *desc, bool on)
{
    if ( on )
    {
        desc->status |= IRQ_DISABLED;
        mask_IO_APIC_irq(desc);
    }
    else
    {
        desc->status &= ~IRQ_DISABLED;
        unmask_IO_APIC_irq(desc);
    }
}
