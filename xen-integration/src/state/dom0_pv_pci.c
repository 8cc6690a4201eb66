/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PV dom0's functions: it writes the hardware's registers, but for the messages and the masks,
 * which are Xen's (dom0_pirq.c). See dom0_pci.h.
 */

#include <xen/acpi.h>
#include <xen/irq.h>
#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>

#include <asm/msi.h>

#include <public/physdev.h>

#include "../../x86_64/mmconfig.h"
#include "state/dom0_pci.h"
#include "state/state.h"

static unsigned int msi_reg(const struct pci_dev *pdev)
{
    return msi_control_reg(interrex_pci_capability(pdev, PCI_CAP_ID_MSI));
}

static unsigned int msix_reg(const struct pci_dev *pdev)
{
    return msix_control_reg(interrex_pci_capability(pdev, PCI_CAP_ID_MSIX));
}

static bool msi_is_on(const struct pci_dev *pdev)
{
    return pdev->msi_maxvec &&
           pci_conf_read16(pdev->sbdf, msi_reg(pdev)) & PCI_MSI_FLAGS_ENABLE;
}

/* ---- Holding messages back ---- */

static bool is_bound(const struct msi_desc *entry)
{
    return entry->irq >= 0 && irq_to_desc(entry->irq)->action;
}

/*
 * `host_masked` says of one that is bound and cannot be masked that it was turned off: Xen itself sets it
 * where one is let go.
 */
void interrex_pv_msi_hold(struct pci_dev *pdev, struct msi_desc *entry,
                          bool on)
{
    if ( !is_bound(entry) ||
         (on ? !msi_is_on(pdev) : !entry->msi_attrib.host_masked) )
        return;

    interrex_pci_turn_msi(pdev, !on);
    entry->msi_attrib.host_masked = on;
}

/* ---- Export ---- */

/* Of messages that are mapped: those of type `cap`. NULL: none is. */
static const struct msi_desc *message(const struct pci_dev *pdev,
                                      unsigned int cap)
{
    const struct msi_desc *entry;

    list_for_each_entry (entry, &pdev->msi_list, list)
        if ( entry->msi_attrib.type == cap )
            return entry;

    return NULL;
}

static bool msi_was_on(const struct pci_dev *pdev)
{
    const struct msi_desc *entry = message(pdev, PCI_CAP_ID_MSI);

    return msi_is_on(pdev) ||
           (entry && is_bound(entry) && !msi_maskable_irq(entry) &&
            entry->msi_attrib.host_masked);
}

/* PHYSDEVOP_prepare_msix counts as an entry. */
static bool msix_is_ready(const struct pci_dev *pdev)
{
    unsigned int used = pdev->msix->used_entries;
    const struct msi_desc *entry;

    list_for_each_entry (entry, &pdev->msi_list, list)
        used -= entry->msi_attrib.type == PCI_CAP_ID_MSIX;

    return used;
}

void interrex_pv_pci_export(const struct pci_dev *pdev,
                            struct irx_pci_device *out)
{
    out->msi_vectors = pdev->msi_maxvec ? 1 : 0;
    if ( msi_was_on(pdev) )
        out->flags |= IRX_PCI_F_MSI;
    if ( !pdev->msix )
        return;

    if ( pci_conf_read16(pdev->sbdf, msix_reg(pdev)) & PCI_MSIX_FLAGS_ENABLE )
        out->flags |= IRX_PCI_F_MSIX;
    out->flags |= (pdev->msix->guest_maskall ? IRX_PCI_F_MSIX_MASKALL : 0) |
                  (msix_is_ready(pdev) ? IRX_PCI_F_MSIX_READY : 0);
}

/* ---- Import ---- */

int __init interrex_pv_pci_import(struct pci_dev *pdev,
                                  const struct irx_pci_device *in)
{
    const uint32_t msix = IRX_PCI_F_MSIX | IRX_PCI_F_MSIX_MASKALL |
                          IRX_PCI_F_MSIX_READY;

    if ( !pdev->msi_maxvec != !in->msi_vectors ||
         (!pdev->msix && in->flags & msix) )
    {
        if ( in->flags & (IRX_PCI_F_MSI | msix) )
            return -ENODEV;
        /* One that is asleep or being reset, and sends nothing: dom0 wakes it. */
        printk(XENLOG_WARNING "Interrex: %pp does not answer as it did\n",
               &pdev->sbdf);
        return 0;
    }

    if ( pdev->msix ) /* goes to the hardware with the first message */
        pdev->msix->guest_maskall = in->flags & IRX_PCI_F_MSIX_MASKALL;

    return in->flags & IRX_PCI_F_MSIX_READY
               ? pci_prepare_msix(pdev->seg, pdev->bus, pdev->devfn, false)
               : 0;
}

/*
 * MSI that could not be masked was off, the rest stayed on meanwhile, and mapping the messages
 * leaves that as it is. Without a message there is only that of the Xen before.
 */
void __init interrex_pv_pci_start(struct pci_dev *pdev,
                                  const struct irx_pci_device *in)
{
    if ( (in->flags & IRX_PCI_F_MSI) && message(pdev, PCI_CAP_ID_MSI) )
        interrex_pci_turn_msi(pdev, true);
}

/* ---- Extended configuration space ---- */

static bool mmcfg_is_on(const struct acpi_mcfg_allocation *cfg)
{
    unsigned int seg, bdf;

    return pci_mmcfg_decode(PFN_DOWN(cfg->address) +
                                PCI_BDF(cfg->start_bus_number, 0, 0),
                            &seg, &bdf);
}

void interrex_mmcfg_export(struct irx_writer *w, const struct domain *d)
{
    int i;

    irx_writer_begin(w, IRX_REC_PV_MMCFG, d->domain_id, 0);
    for ( i = 0; i < pci_mmcfg_config_num; i++ )
    {
        const struct acpi_mcfg_allocation *cfg = &pci_mmcfg_config[i];
        const struct irx_pv_mmcfg out = {
            .address = cfg->address,
            .segment = cfg->pci_segment,
            .start_bus = cfg->start_bus_number,
            .end_bus = cfg->end_bus_number,
            .flags = XEN_PCI_MMCFG_RESERVED,
        };

        if ( mmcfg_is_on(cfg) )
            irx_writer_put(w, &out, sizeof(out));
    }
    irx_writer_end(w);
}

/* What this Xen does not take is said by it, and missing is the extended part only. */
void __init interrex_mmcfg_import(const struct irx_stream *late,
                                  const struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_PV_MMCFG,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;

    for ( i = 0; i < n; i++ )
    {
        struct irx_pv_mmcfg in;
        int rc = irx_record_get(late, rec, i, &in, sizeof(in));

        if ( !rc )
            rc = pci_mmcfg_reserved(in.address, in.segment, in.start_bus,
                                    in.end_bus, in.flags);
        if ( rc )
            printk(XENLOG_WARNING "Interrex: no extended configuration space "
                                  "of segment %04x: %d\n",
                   in.segment, rc);
    }
}
