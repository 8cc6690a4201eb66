/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0's interrupts: a PVH one's virtual IO-APICs and physical lines; see state.h. */

#include <xen/sched.h>
#include <xen/iommu.h>
#include <xen/pci.h>

#include <asm/hvm/domain.h>
#include <asm/hvm/irq.h>
#include <asm/hvm/vioapic.h>
#include <asm/hvm/vlapic.h>
#include <asm/io_apic.h>
#include <asm/mpspec.h>
#include <asm/msi.h>

#include "state/state.h"

struct vcpu *__init interrex_dom0_asks(struct domain *d)
{
    struct vcpu *self = current;

    /* It runs on this Xen's own page tables: its mapcache is not in them. */
    if ( is_pv_domain(d) )
        mapcache_override_current(idle_vcpu[smp_processor_id()]);
    set_current(d->vcpu[0]);

    return self;
}

void __init interrex_dom0_asked(struct vcpu *self)
{
    set_current(self);
    mapcache_override_current(NULL);
}

/* -ENOENT past the last chip. */
static int export_chip(const struct domain *d, unsigned int index,
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

int interrex_vioapics_export(struct irx_writer *w, const struct domain *d)
{
    struct irx_vioapic chip;
    unsigned int i;
    int rc;

    for ( i = 0; (rc = export_chip(d, i, &chip)) == 0; i++ )
        irx_writer_record(w, IRX_REC_VIOAPIC, d->domain_id, &chip,
                          sizeof(chip));

    return rc == -ENOENT ? 0 : rc;
}

/* Does it fit chip `index` of d: same address, base and pins? */
static int validate_chip(const struct domain *d, unsigned int index,
                         const struct irx_vioapic *in)
{
    const struct hvm_vioapic *chip;

    if ( index >= d->arch.hvm.nr_vioapics )
        return -ENOENT;

    chip = domain_vioapic(d, index);

    return in->base_address == chip->base_address &&
                   in->base_gsi == chip->base_gsi &&
                   in->nr_pins == chip->nr_pins
               ? 0
               : -EINVAL;
}

static void import_chip(struct domain *d, unsigned int index,
                        const struct irx_vioapic *in)
{
    struct hvm_vioapic *chip = domain_vioapic(d, index);
    unsigned int pin;

    chip->id = in->id;
    chip->ioregsel = in->ioregsel;

    for ( pin = 0; pin < chip->nr_pins; pin++ )
    {
        chip->redirtbl[pin].bits = in->redirtbl[pin];
        /* Assertions belong to the lines, which this Xen sees for itself. */
        chip->redirtbl[pin].fields.remote_irr = 0;
    }
}

/* Two passes over the chips: all fit, then all are imported. */
int __init interrex_vioapics_import(const struct irx_stream *late,
                                    struct domain *d)
{
    bool import = false;

    do
    {
        const struct irx_record *rec = NULL;
        unsigned int i = 0;

        while ( (rec = irx_stream_find(late, IRX_REC_VIOAPIC, d->domain_id,
                                       rec)) != NULL )
        {
            struct irx_vioapic chip;
            int rc = 0;

            irx_record_copy(rec, &chip, sizeof(chip));
            if ( import )
                import_chip(d, i, &chip);
            else
                rc = validate_chip(d, i, &chip);
            if ( rc )
                return rc;
            i++;
        }

        if ( i != d->arch.hvm.nr_vioapics )
            return -EINVAL;

        import = !import;
    } while ( import );

    return 0;
}

/* The steps of vioapic_hwdom_map_gsi(), which serves current only. */
static int __init bind_gsi(struct domain *d, unsigned int gsi,
                           union vioapic_redir_entry ent)
{
    struct xen_domctl_bind_pt_irq bind = {
        .irq_type = PT_IRQ_TYPE_PCI,
        .machine_irq = gsi,
    };
    struct vcpu *self;
    int pirq = gsi;
    int rc = mp_register_gsi(gsi, ent.fields.trig_mode, ent.fields.polarity);

    if ( rc )
        return rc == -EEXIST ? 0 : rc;

    self = interrex_dom0_asks(d);
    rc = allocate_and_map_gsi_pirq(d, pirq, &pirq);
    interrex_dom0_asked(self);
    if ( rc )
        return rc;

    pcidevs_lock();
    rc = pt_irq_create_bind(d, &bind);
    pcidevs_unlock();

    return rc;
}

/*
 * An interrupt of a level line that dom0 has not ended yet was this Xen's
 * predecessor's to unmask; its EOI must not end one that this Xen knows nothing
 * of (hvm_pirq_eoi() would count below zero). The trigger mode register says
 * which EOIs go to the IO-APIC (SDM vol. 3, 10.8.4), so it starts empty, and a
 * line that is still asserted enters its vector again.
 */
static void __init forget_levels(struct vcpu *v)
{
    struct vlapic *vlapic = vcpu_vlapic(v);
    unsigned int i;

    for ( i = 0; i < X86_NR_VECTORS / 32; i++ )
        vlapic_set_reg(vlapic, APIC_TMR + i * 0x10, 0);
}

static int __init bind_chip(struct domain *d, const struct hvm_vioapic *chip)
{
    unsigned int pin;

    for ( pin = 0; pin < chip->nr_pins; pin++ )
    {
        union vioapic_redir_entry ent = chip->redirtbl[pin];
        unsigned int gsi = chip->base_gsi + pin;
        int rc;

        if ( ent.fields.mask || !gsi )
            continue;

        rc = bind_gsi(d, gsi, ent);
        if ( rc )
        {
            printk(XENLOG_ERR "Interrex: %pd: cannot bind GSI %u: %d\n", d,
                   gsi, rc);
            return rc;
        }
    }

    return 0;
}

int __init interrex_vioapics_start(struct domain *d)
{
    struct vcpu *v;
    unsigned int i;
    int rc = 0;

    for_each_vcpu (d, v)
        forget_levels(v);
    for ( i = 0; !rc && i < d->arch.hvm.nr_vioapics; i++ )
        rc = bind_chip(d, domain_vioapic(d, i));

    return rc;
}

static bool is_msix(const struct pirq *pirq)
{
    unsigned long flags;
    struct irq_desc *desc = pirq_spin_lock_irq_desc(pirq, &flags);
    bool yes;

    if ( !desc )
        return false;
    yes = desc->msi_desc && desc->msi_desc->msi_attrib.type == PCI_CAP_ID_MSIX;
    spin_unlock_irqrestore(&desc->lock, flags);

    return yes;
}

static int cf_check raise(struct domain *d, struct hvm_pirq_dpci *dpci,
                          void *arg)
{
    const bool *msix = arg;
    struct pirq *pirq = dpci_pirq(dpci);

    if ( dpci->flags & HVM_IRQ_DPCI_MACH_MSI
             ? *msix || !is_msix(pirq)
             : dpci->flags & HVM_IRQ_DPCI_NO_EOI )
        hvm_do_IRQ_dpci(d, pirq);

    return 0;
}

void interrex_dom0_irq_raise(struct domain *d, bool msix)
{
    if ( is_pv_domain(d) )
    {
        interrex_pirqs_raise(d, msix);
        return;
    }

    read_lock(&d->event_lock);
    pt_pirq_iterate(d, raise, &msix);
    read_unlock(&d->event_lock);
}
