/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of Interrex that is compiled inside arch/x86/irq.c: who has an interrupt bound. */
#include "private.h"

bool interrex_irq_guest(const struct irq_desc *desc, const struct domain *d,
                        bool *shareable)
{
    const irq_guest_action_t *action = guest_action(desc);
    unsigned int i;

    for ( i = 0; action && i < action->nr_guests; i++ )
        if ( action->guest[i] == d )
        {
            *shareable = action->shareable;
            return true;
        }

    return false;
}
