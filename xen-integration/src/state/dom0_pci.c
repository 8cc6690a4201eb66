/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0's PCI functions and their messages; see state.h. */

#include <xen/event.h>
#include <xen/irq.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/vpci.h>

#include <asm/hvm/irq.h>
#include <asm/interrex-boot.h>
#include <asm/msi.h>

#include "state/dom0_pci.h"
#include "state/state.h"

unsigned int interrex_pci_capability(const struct pci_dev *pdev,
                                     unsigned int id)
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

/* One that dom0 has told of: of a PVH one vPCI knows those. */
static bool is_dom0s(const struct domain *d, const struct pci_dev *pdev)
{
    return is_pv_domain(d) || pdev->vpci;
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

void interrex_pci_turn_msi(const struct pci_dev *pdev, bool on)
{
    unsigned int reg = msi_control_reg(
        interrex_pci_capability(pdev, PCI_CAP_ID_MSI));
    uint16_t control = pci_conf_read16(pdev->sbdf, reg);

    pci_conf_write16(pdev->sbdf, reg,
                     on ? control | PCI_MSI_FLAGS_ENABLE
                        : control & ~PCI_MSI_FLAGS_ENABLE);
    pci_conf_read16(pdev->sbdf, reg);
}

static void raise(struct domain *d, const struct msi_desc *entry)
{
    struct pirq *pirq = pirq_info(d, domain_irq_to_pirq(d, entry->irq));

    if ( !pirq )
        return;
    if ( !is_pv_domain(d) )
        hvm_do_IRQ_dpci(d, pirq);
    else if ( pirq->evtchn )
        send_guest_pirq(d, pirq);
}

static void turn(struct domain *d, struct pci_dev *pdev,
                 struct msi_desc *entry, bool on)
{
    if ( is_pv_domain(d) )
        interrex_pv_msi_hold(pdev, entry, !on);
    else if ( pdev->vpci->msi->enabled )
        interrex_pci_turn_msi(pdev, on);
}

static void hold(struct domain *d, struct pci_dev *pdev, bool on)
{
    struct msi_desc *entry;

    list_for_each_entry (entry, &pdev->msi_list, list)
    {
        unsigned int i, nr = entry->msi_attrib.type == PCI_CAP_ID_MSIX
                                 ? 1
                                 : entry->msi.nvec;

        if ( !msi_maskable_irq(entry) )
            turn(d, pdev, entry, !on);
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
    for_each_pdev(d, pdev) if ( is_dom0s(d, pdev) ) hold(d, pdev, on);
    pcidevs_unlock();
    if ( is_pv_domain(d) )
        interrex_lines_hold(d, on);
}

/* A vCPU that turned memory decoding on or off finishes it on its way back. */
static void finish_decoding(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu (d, v)
        while ( vpci_process_pending(v) )
            process_pending_softirqs();
}

void interrex_pci_hold(struct domain *d)
{
    if ( has_vpci(d) )
        finish_decoding(d);

    hold_all(d, true);
    /* An interrupt that was taken is a softirq until it is the domain's. */
    process_pending_softirqs();
}

void interrex_pci_hold_undo(struct domain *d)
{
    hold_all(d, false);
}

/* ---- Export ---- */

static void export_function(const struct domain *d, const struct pci_dev *pdev,
                            struct irx_pci_device *out)
{
    *out = (struct irx_pci_device){ .sbdf = pdev->sbdf.sbdf };

    if ( pdev->info.is_virtfn )
    {
        out->flags |= IRX_PCI_F_VIRTFN;
        out->physfn = pdev->info.physfn.bus << 8 | pdev->info.physfn.devfn;
    }
    else if ( pdev->info.is_extfn )
        out->flags |= IRX_PCI_F_EXTFN;

    if ( is_pv_domain(d) )
        interrex_pv_pci_export(pdev, out);
    else
        interrex_vpci_export(pdev, out);
}

/* pdev_list has the youngest first. */
void interrex_pci_export(struct irx_writer *w, struct domain *d)
{
    struct irx_pci_device device;
    struct pci_dev *pdev;

    pcidevs_lock();

    irx_writer_begin(w, IRX_REC_PCI_DEVICE, d->domain_id, 0);
    list_for_each_entry_reverse(pdev, &d->pdev_list,
                                domain_list) if ( is_dom0s(d, pdev) )
    {
        export_function(d, pdev, &device);
        irx_writer_put(w, &device, sizeof(device));
    }
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_PCI_MSIX, d->domain_id, 0);
    list_for_each_entry_reverse(pdev, &d->pdev_list,
                                domain_list) if ( pdev->vpci )
        interrex_vpci_export_msix(w, pdev);
    irx_writer_end(w);

    pcidevs_unlock();

    if ( is_pv_domain(d) )
        interrex_mmcfg_export(w, d);
}

/* ---- Import ---- */

static struct pci_dev *__init find(struct domain *d, uint32_t sbdf)
{
    struct pci_dev *pdev;

    pcidevs_lock();
    pdev = pci_get_pdev(d, (pci_sbdf_t){ .sbdf = sbdf });
    pcidevs_unlock();

    return pdev && is_dom0s(d, pdev) ? pdev : NULL;
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
    int rc = pci_add_device(sbdf.seg, sbdf.bus, sbdf.devfn, &info,
                            NUMA_NO_NODE);

    if ( rc )
        return rc;

    pdev = find(d, in->sbdf);
    if ( !pdev )
        return -ENODEV;

    return is_pv_domain(d) ? interrex_pv_pci_import(pdev, in)
                           : interrex_vpci_import(pdev, in);
}

static int __init import_msix(struct domain *d, const struct irx_pci_msix *in)
{
    struct pci_dev *pdev = find(d, in->sbdf);

    return pdev ? interrex_vpci_import_msix(pdev, in) : -EINVAL;
}

static int __init cf_check start_function(struct domain *d,
                                          const struct irx_pci_device *in)
{
    struct pci_dev *pdev = find(d, in->sbdf);
    struct vcpu *self;
    int rc = 0;

    if ( !pdev )
        return -ENODEV;

    self = interrex_dom0_asks(d);
    if ( is_pv_domain(d) )
        interrex_pv_pci_start(pdev, in);
    else
        rc = interrex_vpci_start(pdev, in);
    interrex_dom0_asked(self);

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
    int rc;

    if ( is_pv_domain(d) ) /* capabilities of the functions are there */
        interrex_mmcfg_import(late, d);
    rc = for_each_function(late, d, import_function);

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
