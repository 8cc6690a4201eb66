/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI Local Bus 3.0, 6.8 and appendix H. */
#ifndef TESTS_XEN_PCI_REGS_H
#define TESTS_XEN_PCI_REGS_H

#define PCI_VENDOR_ID      0
#define PCI_COMMAND        4
#define PCI_COMMAND_MEMORY 2

#define PCI_CAP_ID_MSI   0x05
#define PCI_CAP_ID_MSIX  0x11
#define PCI_MSIX_BIRMASK 7

#endif
