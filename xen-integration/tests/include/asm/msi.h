/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_MSI_H
#define TESTS_ASM_MSI_H

#include <xen/pci.h>

struct msi_desc {
    struct {
        uint8_t type;
        bool guest_masked;
        uint16_t entry_nr;
    } msi_attrib;
    union {
        void *mask_base;
        struct {
            unsigned int nvec;
        } msi;
    };
    struct pci_dev *dev;
};

struct msi_info {
    pci_sbdf_t sbdf;
    int entry_nr;
    uint64_t table_base;
};

#define msix_table_offset_reg(capability) ((capability) + 4)

#endif
