/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_PCI_H
#define TESTS_XEN_PCI_H

#include <xen/lib.h>

typedef struct {
    uint32_t sbdf;
} pci_sbdf_t;

struct arch_msix {
    struct {
        unsigned long first;
    } table;
};

struct pci_dev {
    uint16_t seg;
    uint8_t bus, devfn;
    pci_sbdf_t sbdf;
    struct arch_msix *msix;
};

#define PCI_SLOT(devfn) ((devfn) >> 3 & 0x1f)
#define PCI_FUNC(devfn) ((devfn)&7)

void pcidevs_lock(void);
void pcidevs_unlock(void);
int pci_find_cap_offset(uint16_t seg, uint8_t bus, uint8_t slot, uint8_t func,
                        uint8_t id);
uint16_t pci_conf_read16(pci_sbdf_t sbdf, unsigned int reg);
uint32_t pci_conf_read32(pci_sbdf_t sbdf, unsigned int reg);

#endif
