/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0's PCI functions and their messages; see state.h. */

#include <xen/irq.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vpci.h>

#include <asm/hvm/irq.h>
#include <asm/interrex-boot.h>
#include <asm/msi.h>

#include "state/state.h"

static unsigned int capability(const struct pci_dev *pdev, unsigned int id)
{
    return pci_find_cap_offset(pdev->seg, pdev->bus, PCI_SLOT(pdev->devfn),
                               PCI_FUNC(pdev->devfn), id);
}

uint16_t interrex_msix_enable(void)
{
    return interrex_resumed() && system_state < SYS_STATE_active
               ? 0
               : PCI_MSIX_FLAGS_ENABLE;
}

/* ---- Holding messages back ---- */

static void mask(struct msi_desc *entry, bool on)
{
    struct irq_desc *desc;
    unsigned long flags;

    if ( entry->irq < 0 )
        return;

    desc = irq_to_desc(entry->irq);
    spin_lock_irqsave(&desc->lock, flags);
    if ( desc->msi_desc == entry && !(desc->status & IRQ_DISABLED) )
    {
        if ( on )
            mask_msi_irq(desc);
        else
            unmask_msi_irq(desc);
    }
    spin_unlock_irqrestore(&desc->lock, flags);
}

/* Reads back, so that what the function sent before is ahead of the answer. */
static void turn(const struct pci_dev *pdev, bool on)
{
    unsigned int reg = msi_control_reg(capability(pdev, PCI_CAP_ID_MSI));
    uint16_t control = pci_conf_read16(pdev->sbdf, reg);

    pci_conf_write16(pdev->sbdf, reg,
                     on ? control | PCI_MSI_FLAGS_ENABLE
                        : control & ~PCI_MSI_FLAGS_ENABLE);
    pci_conf_read16(pdev->sbdf, reg);
}

static void raise(struct domain *d, const struct msi_desc *entry)
{
    struct pirq *pirq = pirq_info(d, domain_irq_to_pirq(d, entry->irq));

    if ( pirq )
        hvm_do_IRQ_dpci(d, pirq);
}

static void hold(struct domain *d, struct pci_dev *pdev, bool on)
{
    struct msi_desc *entry;

    list_for_each_entry (entry, &pdev->msi_list, list)
    {
        unsigned int i, nr = entry->msi_attrib.type == PCI_CAP_ID_MSIX
                                 ? 1
                                 : entry->msi.nvec;

        if ( !msi_maskable_irq(entry) && pdev->vpci->msi->enabled )
            turn(pdev, !on);
        for ( i = 0; i < nr; i++ )
            if ( msi_maskable_irq(entry) )
                mask(entry + i, on);
            else if ( !on )
                raise(d, entry + i);
    }
}

static void hold_all(struct domain *d, bool on)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    for_each_pdev(d, pdev) if ( pdev->vpci ) hold(d, pdev, on);
    pcidevs_unlock();
}

void interrex_pci_hold(struct domain *d)
{
    struct vcpu *v;

    /* A vCPU that turned memory decoding on or off finishes it on its way back. */
    for_each_vcpu (d, v)
        while ( vpci_process_pending(v) )
            process_pending_softirqs();

    hold_all(d, true);
    /* An interrupt that was taken is a softirq until it is the domain's. */
    process_pending_softirqs();
}

void interrex_pci_hold_undo(struct domain *d)
{
    hold_all(d, false);
}

/* ---- Export ---- */

static void export_function(const struct pci_dev *pdev,
                            struct irx_pci_device *out)
{
    const struct vpci_msi *msi = pdev->vpci->msi;
    const struct vpci_msix *msix = pdev->vpci->msix;

    *out = (struct irx_pci_device){ .sbdf = pdev->sbdf.sbdf };

    if ( pdev->info.is_virtfn )
    {
        out->flags |= IRX_PCI_F_VIRTFN;
        out->physfn = pdev->info.physfn.bus << 8 | pdev->info.physfn.devfn;
    }
    else if ( pdev->info.is_extfn )
        out->flags |= IRX_PCI_F_EXTFN;

    if ( msi )
    {
        out->flags |= msi->enabled ? IRX_PCI_F_MSI : 0;
        out->msi_vectors = msi->vectors;
        out->msi_address = msi->address;
        out->msi_data = msi->data;
        out->msi_mask = msi->mask;
    }
    if ( msix )
        out->flags |= (msix->enabled ? IRX_PCI_F_MSIX : 0) |
                      (msix->masked ? IRX_PCI_F_MSIX_MASKALL : 0);
}

static void export_msix(struct irx_writer *w, const struct pci_dev *pdev)
{
    const struct vpci_msix *msix = pdev->vpci->msix;
    unsigned int i;

    for ( i = 0; msix && i < msix->max_entries; i++ )
    {
        const struct irx_pci_msix e = {
            .sbdf = pdev->sbdf.sbdf,
            .entry = i,
            .address = msix->entries[i].addr,
            .data = msix->entries[i].data,
            .masked = msix->entries[i].masked,
        };

        if ( e.address || e.data || !e.masked )
            irx_writer_put(w, &e, sizeof(e));
    }
}

/* pdev_list has the youngest first. */
void interrex_pci_export(struct irx_writer *w, struct domain *d)
{
    struct irx_pci_device device;
    struct pci_dev *pdev;

    pcidevs_lock();

    irx_writer_begin(w, IRX_REC_PCI_DEVICE, d->domain_id, 0);
    list_for_each_entry_reverse(pdev, &d->pdev_list,
                                domain_list) if ( pdev->vpci )
    {
        export_function(pdev, &device);
        irx_writer_put(w, &device, sizeof(device));
    }
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_PCI_MSIX, d->domain_id, 0);
    list_for_each_entry_reverse(pdev, &d->pdev_list,
                                domain_list) if ( pdev->vpci )
        export_msix(w, pdev);
    irx_writer_end(w);

    pcidevs_unlock();
}

/* ---- Import ---- */

static struct pci_dev *__init find(struct domain *d, uint32_t sbdf)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(d, (pci_sbdf_t){ .sbdf = sbdf });
    pcidevs_unlock();

    return pdev && pdev->vpci ? pdev : NULL;
}

static int __init cf_check import_function(struct domain *d,
                                           const struct irx_pci_device *in)
{
    const pci_sbdf_t sbdf = { .sbdf = in->sbdf };
    const struct pci_dev_info info = {
        .is_extfn = in->flags & IRX_PCI_F_EXTFN,
        .is_virtfn = in->flags & IRX_PCI_F_VIRTFN,
        .physfn = { .bus = in->physfn >> 8, .devfn = in->physfn & 0xff },
    };
    struct pci_dev *pdev;
    struct vpci_msi *msi;
    int rc = pci_add_device(sbdf.seg, sbdf.bus, sbdf.devfn, &info,
                            NUMA_NO_NODE);

    if ( rc )
        return rc;

    pdev = find(d, in->sbdf);
    msi = pdev ? pdev->vpci->msi : NULL;
    if ( !pdev || !msi != !in->msi_vectors ||
         (msi && in->msi_vectors > pdev->msi_maxvec) ||
         (!pdev->vpci->msix && in->flags & IRX_PCI_F_MSIX) )
        return -ENODEV;

    if ( msi )
    {
        msi->address = in->msi_address;
        msi->data = in->msi_data;
        msi->mask = in->msi_mask;
        msi->vectors = in->msi_vectors;
    }

    return 0;
}

static int __init import_msix(struct domain *d, const struct irx_pci_msix *in)
{
    struct pci_dev *pdev = find(d, in->sbdf);
    struct vpci_msix *msix = pdev ? pdev->vpci->msix : NULL;

    if ( !msix || in->entry >= msix->max_entries )
        return -EINVAL;

    msix->entries[in->entry].addr = in->address;
    msix->entries[in->entry].data = in->data;
    msix->entries[in->entry].masked = in->masked;
    /* vPCI makes the hardware's entry when it is next in use. */
    msix->entries[in->entry].updated = true;

    return 0;
}

/* control_write() of drivers/vpci/msi.c, which is its own. */
static int __init start_msi(struct pci_dev *pdev)
{
    struct vpci_msi *msi = pdev->vpci->msi;
    unsigned int reg = msi_control_reg(capability(pdev, PCI_CAP_ID_MSI));
    int rc = vpci_msi_arch_enable(msi, pdev, msi->vectors);
    uint16_t control;

    if ( rc )
        return rc;

    msi->enabled = true;
    control = pci_conf_read16(pdev->sbdf, reg) & ~PCI_MSI_FLAGS_QSIZE;
    multi_msi_enable(control, msi->vectors);
    pci_conf_write16(pdev->sbdf, reg, control | PCI_MSI_FLAGS_ENABLE);

    return 0;
}

static void __init start_msix(struct pci_dev *pdev, bool maskall)
{
    unsigned int reg = msix_control_reg(capability(pdev, PCI_CAP_ID_MSIX));

    vpci_write(pdev->sbdf, reg, 2,
               PCI_MSIX_FLAGS_ENABLE | (maskall ? PCI_MSIX_FLAGS_MASKALL : 0));
}

static int __init cf_check start_function(struct domain *d,
                                          const struct irx_pci_device *in)
{
    struct pci_dev *pdev = find(d, in->sbdf);
    struct vcpu *self = current;
    int rc = 0;

    if ( !pdev )
        return -ENODEV;

    /*
     * Xen serves the domain that asks here. No softirq runs meanwhile, so nobody
     * else looks at who is current.
     */
    set_current(d->vcpu[0]);
    if ( in->flags & IRX_PCI_F_MSI )
        rc = start_msi(pdev);
    if ( in->flags & IRX_PCI_F_MSIX )
        start_msix(pdev, in->flags & IRX_PCI_F_MSIX_MASKALL);
    set_current(self);

    return rc;
}

/* Calls fn for each function that dom0 had, until one fails. */
static int __init for_each_function(const struct irx_stream *late,
                                    struct domain *d,
                                    int (*fn)(struct domain *d,
                                              const struct irx_pci_device *in))
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PCI_DEVICE,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = 0;

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_pci_device f;

        rc = irx_record_get(late, rec, i, &f, sizeof(f));
        if ( !rc )
            rc = fn(d, &f);
        if ( rc )
            printk(XENLOG_ERR "Interrex: %pp of %pd: %d\n",
                   &(pci_sbdf_t){ .sbdf = f.sbdf }, d, rc);
    }

    return rc;
}

int __init interrex_pci_import(const struct irx_stream *late, struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PCI_MSIX,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = for_each_function(late, d, import_function);

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_pci_msix entry;

        rc = irx_record_get(late, rec, i, &entry, sizeof(entry));
        if ( !rc )
            rc = import_msix(d, &entry);
    }

    return rc;
}

int __init interrex_pci_start(const struct irx_stream *late, struct domain *d)
{
    return for_each_function(late, d, start_function);
}
