/* SPDX-License-Identifier: GPL-2.0-only */
/* vPCI's registers of a PVH dom0's function, as dom0 wrote them; see dom0_pci.h. */

#include <xen/pci.h>
#include <xen/pci_regs.h>
#include <xen/sched.h>
#include <xen/vpci.h>

#include <asm/msi.h>

#include "state/dom0_pci.h"
#include "state/state.h"

void interrex_vpci_export(const struct pci_dev *pdev,
                          struct irx_pci_device *out)
{
    const struct vpci_msi *msi = pdev->vpci->msi;
    const struct vpci_msix *msix = pdev->vpci->msix;

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

void interrex_vpci_export_msix(struct irx_writer *w,
                               const struct pci_dev *pdev)
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

int __init interrex_vpci_import(struct pci_dev *pdev,
                                const struct irx_pci_device *in)
{
    struct vpci_msi *msi = pdev->vpci->msi;

    if ( !msi != !in->msi_vectors ||
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

int __init interrex_vpci_import_msix(struct pci_dev *pdev,
                                     const struct irx_pci_msix *in)
{
    struct vpci_msix *msix = pdev->vpci ? pdev->vpci->msix : NULL;

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
    unsigned int reg = msi_control_reg(
        interrex_pci_capability(pdev, PCI_CAP_ID_MSI));
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
    unsigned int reg = msix_control_reg(
        interrex_pci_capability(pdev, PCI_CAP_ID_MSIX));

    vpci_write(pdev->sbdf, reg, 2,
               PCI_MSIX_FLAGS_ENABLE | (maskall ? PCI_MSIX_FLAGS_MASKALL : 0));
}

int __init interrex_vpci_start(struct pci_dev *pdev,
                               const struct irx_pci_device *in)
{
    int rc = 0;

    if ( in->flags & IRX_PCI_F_MSI )
        rc = start_msi(pdev);
    if ( in->flags & IRX_PCI_F_MSIX )
        start_msix(pdev, in->flags & IRX_PCI_F_MSIX_MASKALL);

    return rc;
}
