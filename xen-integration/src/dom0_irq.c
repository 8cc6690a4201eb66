/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0's virtual IO-APICs and physical lines; see dom0_irq.h. */

#include <xen/sched.h>
#include <xen/iommu.h>
#include <xen/pci.h>

#include <asm/hvm/domain.h>
#include <asm/hvm/irq.h>
#include <asm/hvm/vioapic.h>
#include <asm/io_apic.h>
#include <asm/mpspec.h>

#include "dom0_irq.h"

int interrex_vioapic_export(const struct domain *d, unsigned int index,
                            struct irx_vioapic *out)
{
    const struct hvm_irq *hvm_irq = hvm_domain_irq(d);
    const struct hvm_vioapic *chip;
    unsigned int pin;

    if ( index >= d->arch.hvm.nr_vioapics )
        return -ENOENT;

    chip = domain_vioapic(d, index);
    if ( chip->nr_pins > ARRAY_SIZE(out->redirtbl) )
        return -E2BIG;

    *out = (struct irx_vioapic){
        .base_address = chip->base_address,
        .id = chip->id,
        .base_gsi = chip->base_gsi,
        .nr_pins = chip->nr_pins,
        .ioregsel = chip->ioregsel,
    };

    for ( pin = 0; pin < chip->nr_pins; pin++ )
    {
        out->redirtbl[pin] = chip->redirtbl[pin].bits;
        if ( chip->base_gsi + pin < hvm_irq->nr_gsis )
            out->gsi_assert_count[pin] =
                hvm_irq->gsi_assert_count[chip->base_gsi + pin];
    }

    return 0;
}

int interrex_vioapic_validate(const struct domain *d, unsigned int index,
                              const struct irx_vioapic *in)
{
    const struct hvm_vioapic *chip;

    if ( index >= d->arch.hvm.nr_vioapics )
        return -ENOENT;

    chip = domain_vioapic(d, index);

    return in->base_address == chip->base_address &&
                   in->base_gsi == chip->base_gsi &&
                   in->nr_pins == chip->nr_pins &&
                   in->nr_pins <= ARRAY_SIZE(in->redirtbl)
               ? 0
               : -EINVAL;
}

/* The steps of vioapic_hwdom_map_gsi(), which serves current only. */
static int bind_gsi(struct domain *d, unsigned int gsi,
                    union vioapic_redir_entry ent)
{
    struct xen_domctl_bind_pt_irq bind = {
        .irq_type = PT_IRQ_TYPE_PCI,
        .machine_irq = gsi,
    };
    struct vcpu *self = current;
    int pirq = gsi;
    int rc = mp_register_gsi(gsi, ent.fields.trig_mode, ent.fields.polarity);

    if ( rc )
        return rc == -EEXIST ? 0 : rc;

    /*
     * It serves the domain that asks. No softirq runs meanwhile, so nobody else
     * looks at who is current.
     */
    set_current(d->vcpu[0]);
    rc = allocate_and_map_gsi_pirq(d, pirq, &pirq);
    set_current(self);
    if ( rc )
        return rc;

    pcidevs_lock();
    rc = pt_irq_create_bind(d, &bind);
    pcidevs_unlock();

    return rc;
}

int interrex_vioapic_restore(struct domain *d, unsigned int index,
                             const struct irx_vioapic *in)
{
    struct hvm_vioapic *chip = domain_vioapic(d, index);
    unsigned int pin;

    chip->id = in->id;
    chip->ioregsel = in->ioregsel;

    for ( pin = 0; pin < chip->nr_pins; pin++ )
    {
        union vioapic_redir_entry *ent = &chip->redirtbl[pin];
        unsigned int gsi = chip->base_gsi + pin;
        int rc;

        ent->bits = in->redirtbl[pin];
        /* Assertions belong to the lines, which this Xen sees for itself. */
        ent->fields.remote_irr = 0;

        if ( ent->fields.mask || !gsi )
            continue;

        rc = bind_gsi(d, gsi, *ent);
        if ( rc )
        {
            printk(XENLOG_ERR "interrex: %pd: cannot bind GSI %u: %d\n", d,
                   gsi, rc);
            return rc;
        }
    }

    return 0;
}
