/* SPDX-License-Identifier: GPL-2.0-only */
/* A PV dom0's interrupts, by the numbers (pirqs) that it knows them by; see state.h. */

#include <xen/event.h>
#include <xen/irq.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/pfn.h>
#include <xen/radix-tree.h>
#include <xen/sched.h>

#include <asm/io_apic.h>
#include <asm/mpspec.h>
#include <asm/msi.h>

#include <public/physdev.h>

#include "private/private.h"
#include "state/state.h"

/* The first pirq of d with a number >= from; under d's event_lock. NULL: there is none. */
static struct pirq *next_pirq(struct domain *d, unsigned int from)
{
    struct pirq *pirq;

    return radix_tree_gang_lookup(&d->pirq_tree, (void **)&pirq, from, 1)
               ? pirq
               : NULL;
}

#define for_each_pirq(d, pirq)                                                \
    for ( (pirq) = next_pirq(d, 0); pirq;                                     \
          (pirq) = next_pirq(d, (pirq)->pirq + 1) )

/* ---- Export ---- */

static void export_gsi(const struct irq_desc *desc, struct irx_pv_pirq *out)
{
    bool level, low;

    out->kind = IRX_PIRQ_GSI;
    out->entry = desc->irq;
    if ( desc->handler == &no_irq_type || !IO_APIC_IRQ(desc->irq) ||
         !interrex_pin_of(desc->irq, &level, &low) )
        return;
    out->flags |= IRX_PIRQ_F_SET_UP | (level ? IRX_PIRQ_F_LEVEL : 0) |
                  (low ? IRX_PIRQ_F_LOW : 0);
}

/*
 * The BAR that the guest said the table is in, which Xen has not kept. Less than a page of it
 * would be rounded down, and the next Xen reads it from the function where it can.
 */
static uint64_t table_base(const struct pci_dev *pdev)
{
    unsigned int pos = pci_find_cap_offset(
        pdev->seg, pdev->bus, PCI_SLOT(pdev->devfn), PCI_FUNC(pdev->devfn),
        PCI_CAP_ID_MSIX);
    uint32_t offset = pci_conf_read32(pdev->sbdf, msix_table_offset_reg(pos)) &
                      ~PCI_MSIX_BIRMASK;

    return pfn_to_paddr(pdev->msix->table.first - PFN_DOWN(offset));
}

/* Asleep, or in the middle of a reset: the next Xen could not read its capabilities. */
static bool is_awake(const struct msi_desc *msi)
{
    const pci_sbdf_t sbdf = msi->dev->sbdf;

    if ( pci_conf_read16(sbdf, PCI_VENDOR_ID) != 0xffff &&
         (msi->msi_attrib.type != PCI_CAP_ID_MSIX ||
          pci_conf_read16(sbdf, PCI_COMMAND) & PCI_COMMAND_MEMORY) )
        return true;
    printk(XENLOG_ERR "Interrex: %pp is asleep or being reset\n", &sbdf);

    return false;
}

/*
 * -EOPNOTSUPP: a message of several, which Xen gives only where an IOMMU remaps interrupts; -EAGAIN: of
 * a function that does not answer now.
 */
static int export_message(const struct msi_desc *msi, struct irx_pv_pirq *out)
{
    if ( !msi->dev )
        return -ENODEV;
    if ( !is_awake(msi) )
        return -EAGAIN;
    out->sbdf = msi->dev->sbdf.sbdf;
    if ( msi->msi_attrib.guest_masked )
        out->flags |= IRX_PIRQ_F_MASKED;

    if ( msi->msi_attrib.type == PCI_CAP_ID_MSIX )
    {
        out->kind = IRX_PIRQ_MSIX;
        out->entry = msi->msi_attrib.entry_nr;
        out->table_base = table_base(msi->dev);
        return 0;
    }
    out->kind = IRX_PIRQ_MSI;

    return msi->msi_attrib.entry_nr || msi->msi.nvec > 1 ? -EOPNOTSUPP : 0;
}

/* -ENOENT: nothing of the host is behind it, or not any more. */
static int export_pirq(const struct domain *d, const struct pirq *pirq,
                       struct irx_pv_pirq *out)
{
    struct irq_desc *desc;
    unsigned long flags;
    bool shareable;
    int rc = 0;

    *out = (struct irx_pv_pirq){ .pirq = pirq->pirq };
    if ( pirq->arch.irq == PIRQ_ALLOCATED )
    {
        out->kind = IRX_PIRQ_NONE;
        return 0;
    }

    desc = pirq_spin_lock_irq_desc(pirq, &flags);
    if ( !desc )
        return -ENOENT;
    if ( desc->msi_desc )
        rc = export_message(desc->msi_desc, out);
    else
        export_gsi(desc, out);
    if ( pirq->evtchn && interrex_irq_guest(desc, d, &shareable) )
    {
        out->evtchn = pirq->evtchn;
        out->flags |= IRX_PIRQ_F_BOUND |
                      (shareable ? IRX_PIRQ_F_SHAREABLE : 0);
    }
    spin_unlock_irqrestore(&desc->lock, flags);

    return rc;
}

int interrex_pirqs_export(struct irx_writer *w, struct domain *d)
{
    const struct pirq *pirq;
    int rc = 0;

    irx_writer_begin(w, IRX_REC_PV_PIRQ, d->domain_id, 0);

    pcidevs_lock(); /* messages are their functions' */
    read_lock(&d->event_lock);
    for_each_pirq(d, pirq)
    {
        struct irx_pv_pirq out;

        rc = export_pirq(d, pirq, &out);
        if ( rc == -ENOENT )
            rc = 0;
        else if ( !rc )
            irx_writer_put(w, &out, sizeof(out));
        else
        {
            printk(XENLOG_ERR "Interrex: %pd: pirq %d cannot be carried: %d\n",
                   d, pirq->pirq, rc);
            break;
        }
    }
    read_unlock(&d->event_lock);
    pcidevs_unlock();

    irx_writer_end(w);

    return rc;
}

/* ---- Import ---- */

/* As PHYSDEVOP_setup_gsi, where this Xen has not set the pin up like that itself (ISA). */
static int __init set_pin_up(const struct irx_pv_pirq *in)
{
    const bool want_level = in->flags & IRX_PIRQ_F_LEVEL;
    const bool want_low = in->flags & IRX_PIRQ_F_LOW;
    bool level, low;
    int rc;

    if ( irq_to_desc(in->entry)->handler != &no_irq_type &&
         interrex_pin_of(in->entry, &level, &low) && level == want_level &&
         low == want_low )
        return 0;

    rc = mp_register_gsi(in->entry, want_level, want_low);

    return rc < 0 && rc != -EEXIST ? rc : 0;
}

static int __init import_gsi(struct domain *d, const struct irx_pv_pirq *in)
{
    int rc = 0;

    if ( in->entry >= nr_irqs_gsi )
        return -EINVAL;
    if ( in->flags & IRX_PIRQ_F_SET_UP )
        rc = set_pin_up(in);
    if ( rc )
        return rc;

    write_lock(&d->event_lock);
    rc = map_domain_pirq(d, in->pirq, in->entry, MAP_PIRQ_TYPE_GSI, NULL);
    write_unlock(&d->event_lock);

    /* Of one that is another's it says nothing. */
    if ( !rc && domain_pirq_to_irq(d, in->pirq) != (int)in->entry )
        rc = -EEXIST;

    return rc;
}

static int __init import_message(struct domain *d,
                                 const struct irx_pv_pirq *in)
{
    const bool msix = in->kind == IRX_PIRQ_MSIX;
    struct msi_info msi = {
        .sbdf.sbdf = in->sbdf,
        .entry_nr = in->entry,
        .table_base = msix ? in->table_base : 0,
    };
    int pirq = in->pirq;

    if ( msix && !in->table_base ) /* Xen would take it for MSI */
        return -EINVAL;
    if ( domain_pirq_to_irq(d, pirq) )
        return -EEXIST;

    return allocate_and_map_msi_pirq(d, -1, &pirq, MAP_PIRQ_TYPE_MSI, &msi);
}

/* As PHYSDEVOP_get_free_pirq. */
static int __init import_number(struct domain *d, unsigned int pirq)
{
    struct pirq *info;

    write_lock(&d->event_lock);
    info = pirq_get_info(d, pirq);
    if ( info && !info->arch.irq )
        info->arch.irq = PIRQ_ALLOCATED;
    write_unlock(&d->event_lock);

    return info ? 0 : -ENOMEM;
}

static int __init map_pirq(struct domain *d, const struct irx_pv_pirq *in)
{
    struct vcpu *self;
    int rc;

    if ( in->pirq >= d->nr_pirqs )
        return -EINVAL;
    if ( in->kind == IRX_PIRQ_NONE )
        return import_number(d, in->pirq);

    self = interrex_dom0_asks(d);
    rc = in->kind == IRX_PIRQ_GSI ? import_gsi(d, in) : import_message(d, in);
    interrex_dom0_asked(self);

    return rc;
}

static int __init import_pirq(struct domain *d, const struct irx_pv_pirq *in)
{
    int rc = map_pirq(d, in);

    if ( rc || !(in->flags & IRX_PIRQ_F_BOUND) )
        return rc;

    return interrex_port_bind_pirq(d, in->evtchn,
                                   in->flags & IRX_PIRQ_F_SHAREABLE,
                                   in->flags & IRX_PIRQ_F_MASKED);
}

int __init interrex_pirqs_import(const struct irx_stream *late,
                                 struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_PIRQ,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = 0;

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_pv_pirq in;

        rc = irx_record_get(late, rec, i, &in, sizeof(in));
        if ( !rc )
            rc = import_pirq(d, &in);
        if ( rc )
            printk(XENLOG_ERR "Interrex: pirq %u of %pd: %d\n", in.pirq, d,
                   rc);
    }
    if ( !rc )
        interrex_ports_without_pirq(d);

    return rc;
}

/* ---- Holding lines back, raising ---- */

static bool is_level(const struct irq_desc *desc)
{
    return !strcmp(desc->handler->typename, "IO-APIC-level");
}

/* Locked, if it is bound to d. */
static struct irq_desc *lock_bound(const struct domain *d,
                                   const struct pirq *pirq,
                                   unsigned long *flags)
{
    struct irq_desc *desc = pirq->evtchn ? pirq_spin_lock_irq_desc(pirq, flags)
                                         : NULL;
    bool shareable;

    if ( !desc || interrex_irq_guest(desc, d, &shareable) )
        return desc;
    spin_unlock_irqrestore(&desc->lock, *flags);

    return NULL;
}

static void hold_line(struct domain *d, const struct pirq *pirq, bool on)
{
    unsigned long flags;
    struct irq_desc *desc = lock_bound(d, pirq, &flags);
    bool edge = false;

    if ( !desc )
        return;
    if ( !desc->msi_desc && IO_APIC_IRQ(desc->irq) )
    {
        interrex_pin_hold(desc, on);
        edge = !on && !is_level(desc);
    }
    spin_unlock_irqrestore(&desc->lock, flags);
    if ( edge )
        send_guest_pirq(d, pirq);
}

void interrex_lines_hold(struct domain *d, bool on)
{
    const struct pirq *pirq;

    read_lock(&d->event_lock);
    for_each_pirq(d, pirq) hold_line(d, pirq, on);
    read_unlock(&d->event_lock);
}

/* Does what happened while nobody listened come by itself? */
static bool comes_anew(const struct irq_desc *desc, bool msix_too)
{
    if ( !desc->msi_desc )
        return is_level(desc);

    return desc->msi_desc->msi_attrib.type == PCI_CAP_ID_MSIX && !msix_too;
}

void interrex_pirqs_raise(struct domain *d, bool msix)
{
    const struct pirq *pirq;

    read_lock(&d->event_lock);
    for_each_pirq(d, pirq)
    {
        unsigned long flags;
        struct irq_desc *desc = lock_bound(d, pirq, &flags);
        bool raise = desc && !comes_anew(desc, msix);

        if ( desc )
            spin_unlock_irqrestore(&desc->lock, flags);
        if ( raise )
            send_guest_pirq(d, pirq);
    }
    read_unlock(&d->event_lock);
}
