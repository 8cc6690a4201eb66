/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0's PCI functions: that Xen knows of them, and their MSI and MSI-X as dom0
 * set them up through vPCI. A PVH dom0 tells Xen of a function once, when it finds
 * it (PHYSDEVOP_pci_device_add); so the next Xen learns it here, or its vPCI would
 * let dom0 at the hardware's registers.
 */
#ifndef INTERREX_DOM0_PCI_H
#define INTERREX_DOM0_PCI_H

#include <xen/types.h>

struct domain;
struct irx_pci_device;
struct irx_pci_msix;
struct irx_writer;

/*
 * No message of d's functions is sent from here on, nor lost: MSI-X vectors and
 * maskable MSI are masked, other MSI is turned off. What was on its way is in
 * d's local APICs when this returns. d is paused; interrupts are enabled.
 */
void interrex_pci_hold(struct domain *d);
/* Undoes it; what may have been missed is raised. */
void interrex_pci_release(struct domain *d);

/* Writes d's functions and MSI-X entries as records. d is paused. */
void interrex_pci_export(struct irx_writer *w, struct domain *d);

/* -EINVAL: no function of d can be like this. No effect. */
int interrex_pci_validate(const struct irx_pci_device *in);

/*
 * Makes the function known and vPCI's registers what dom0 wrote, MSI not yet on.
 * While this Xen boots; all of them before any is started.
 */
int cf_check interrex_pci_import(struct domain *d,
                                 const struct irx_pci_device *in);
int interrex_msix_import(struct domain *d, const struct irx_pci_msix *in);
/* Turns MSI or MSI-X on as dom0 had it. d's local APICs have their state. */
int cf_check interrex_pci_start(struct domain *d,
                                const struct irx_pci_device *in);

#endif
