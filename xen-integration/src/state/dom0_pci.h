/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dom0_pci.c asks of the two kinds of dom0: a PVH one has the registers of vPCI
 * (dom0_vpci.c), a PV one the hardware's, and Xen's tables for them (dom0_pv_pci.c). Of a
 * function that pci_add_device() knows; what is written or changed of it is said in state.h.
 */
#ifndef INTERREX_STATE_DOM0_PCI_H
#define INTERREX_STATE_DOM0_PCI_H

#include <interrex/abi/late.h>

struct irx_stream;
struct irx_writer;
struct msi_desc;
struct pci_dev;

/* ---- dom0_pci.c ---- */

/* Offset of a capability in the configuration space; 0: there is none. */
unsigned int interrex_pci_capability(const struct pci_dev *pdev,
                                     unsigned int id);
/* Turns MSI on or off. Reads back, so that what was sent before is ahead of the answer. */
void interrex_pci_turn_msi(const struct pci_dev *pdev, bool on);

/* ---- dom0_vpci.c ---- */

/* Adds MSI and MSI-X as dom0 wrote them. */
void interrex_vpci_export(const struct pci_dev *pdev,
                          struct irx_pci_device *out);
void interrex_vpci_export_msix(struct irx_writer *w,
                               const struct pci_dev *pdev);
/* -ENODEV: it is another function than that. */
int interrex_vpci_import(struct pci_dev *pdev,
                         const struct irx_pci_device *in);
int interrex_vpci_import_msix(struct pci_dev *pdev,
                              const struct irx_pci_msix *in);
/* dom0 is current. */
int interrex_vpci_start(struct pci_dev *pdev, const struct irx_pci_device *in);

/* ---- dom0_pv_pci.c ---- */

/* Turns an MSI off that cannot be masked, if it is on; and such a one on again. */
void interrex_pv_msi_hold(struct pci_dev *pdev, struct msi_desc *entry,
                          bool on);
void interrex_pv_pci_export(const struct pci_dev *pdev,
                            struct irx_pci_device *out);
int interrex_pv_pci_import(struct pci_dev *pdev,
                           const struct irx_pci_device *in);
/* Once its messages are mapped. */
void interrex_pv_pci_start(struct pci_dev *pdev,
                           const struct irx_pci_device *in);
/* Extended configuration space that is in use. */
void interrex_mmcfg_export(struct irx_writer *w, const struct domain *d);
void interrex_mmcfg_import(const struct irx_stream *late,
                           const struct domain *d);

#endif /* INTERREX_STATE_DOM0_PCI_H */
