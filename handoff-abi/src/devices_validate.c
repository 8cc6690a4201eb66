/* SPDX-License-Identifier: GPL-2.0-only */
/* What the late section has of dom0 alone: see interrex/sections.h. */
#include "late_internal.h"

#define BYTE_MAX     255u
#define MSI_VECTORS  32u   /* PCI Local Bus 3.0, 6.8.1.3 */
#define MSIX_ENTRIES 2048u /* 6.8.2.3 */

/* ---- The memory map that it sees ---- */

static int check_e820(const struct irx_items *map, struct irx_live_error *err)
{
    uint32_t i;

    if (!map->count)
        return irx_live_refuse(err, IRX_LE_MISSING, "e820", 0, 0, 1);
    for (i = 0; i < map->count; i++) {
        struct irx_memmap_entry copy;
        const struct irx_memmap_entry *e = irx_item(map, i, &copy);

        if (e->size > IRX_NOWHERE - e->addr)
            return irx_live_refuse(err, IRX_LE_BOUNDS, "memmap_entry.size", i, e->size,
                                   IRX_NOWHERE - e->addr);
        if (!e->type)
            return irx_live_refuse(err, IRX_LE_RANGE, "memmap_entry.type", i, 0, 1);
    }
    return 0;
}

/* ---- Its IO-APICs ---- */

static int check_vioapic(const struct irx_vioapic *chip, uint32_t index, struct irx_live_error *err)
{
    const uint32_t max = sizeof(chip->redirtbl) / sizeof(chip->redirtbl[0]);
    int rc = irx_live_at_most(err, "vioapic.nr_pins", index, chip->nr_pins, max);

    if (!rc && !chip->nr_pins)
        rc = irx_live_refuse(err, IRX_LE_RANGE, "vioapic.nr_pins", index, 0, 1);
    /* IOREGSEL may be anything: Xen keeps all 32 bits that dom0 writes (hvm/vioapic.c). */
    return rc ? rc : irx_live_at_most(err, "vioapic.id", index, chip->id, BYTE_MAX);
}

static int check_vioapics(const struct irx_late *late, const struct irx_group *g,
                          struct irx_live_error *err)
{
    const struct irx_record *rec = NULL;
    struct irx_vioapic chip;
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && (rec = irx_group_find(late, g, IRX_REC_VIOAPIC, rec)); i++) {
        irx_record_copy(rec, &chip, sizeof(chip));
        rc = check_vioapic(&chip, i, err);
    }
    return rc;
}

/* ---- Its PCI functions ---- */

static int check_function(const struct irx_pci_device *f, uint32_t i, struct irx_live_error *err)
{
    const uint32_t flags = IRX_PCI_F_EXTFN | IRX_PCI_F_VIRTFN | IRX_PCI_F_MSI | IRX_PCI_F_MSIX |
                           IRX_PCI_F_MSIX_MASKALL | IRX_PCI_F_MSIX_READY;

    if (f->flags & ~flags)
        return irx_live_refuse(err, IRX_LE_RANGE, "pci_device.flags", i, f->flags, flags);
    if ((f->flags & IRX_PCI_F_MSI) && (f->flags & IRX_PCI_F_MSIX)) /* PCI 3.0, 6.8 */
        return irx_live_refuse(err, IRX_LE_RANGE, "pci_device.flags", i, f->flags, IRX_PCI_F_MSI);
    if (f->msi_vectors > MSI_VECTORS || (f->msi_vectors & (f->msi_vectors - 1)) ||
        ((f->flags & IRX_PCI_F_MSI) && !f->msi_vectors))
        return irx_live_refuse(err, IRX_LE_RANGE, "pci_device.msi_vectors", i, f->msi_vectors,
                               MSI_VECTORS);
    if (f->physfn && !(f->flags & IRX_PCI_F_VIRTFN))
        return irx_live_refuse(err, IRX_LE_MISMATCH, "pci_device.physfn", i, f->physfn, 0);
    return 0;
}

/* The entries of a function are together, in the order of the functions. */
static int check_msix(const struct irx_items *functions, const struct irx_items *entries,
                      struct irx_live_error *err)
{
    uint32_t at = 0, i;
    int rc = 0;

    for (i = 0; !rc && i < entries->count; i++) {
        struct irx_pci_msix copy;
        struct irx_pci_device other;
        const struct irx_pci_msix *e = irx_item(entries, i, &copy);

        while (at < functions->count &&
               ((const struct irx_pci_device *)irx_item(functions, at, &other))->sbdf != e->sbdf)
            at++;
        if (at == functions->count)
            return irx_live_refuse(err, IRX_LE_MISSING, "pci_msix.sbdf", i, e->sbdf, 0);
        rc = irx_live_at_most(err, "pci_msix.entry", i, e->entry, MSIX_ENTRIES - 1);
        if (!rc)
            rc = irx_live_at_most(err, "pci_msix.masked", i, e->masked, 1);
    }
    return rc;
}

static int check_pci(const struct irx_late *late, const struct irx_group *g,
                     struct irx_live_error *err)
{
    struct irx_items functions = irx_group_items(late, g, IRX_REC_PCI_DEVICE);
    struct irx_items entries = irx_group_items(late, g, IRX_REC_PCI_MSIX);
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < functions.count; i++) {
        struct irx_pci_device copy;

        rc = check_function(irx_item(&functions, i, &copy), i, err);
    }
    return rc ? rc : check_msix(&functions, &entries, err);
}

/* No guest has any of these. */
static int check_guest(const struct irx_late *late, const struct irx_group *g,
                       struct irx_live_error *err)
{
    static const struct {
        uint32_t type;
        const char *what;
    } dom0s[] = {
        {IRX_REC_E820, "e820"},         {IRX_REC_VIOAPIC, "vioapic"},
        {IRX_REC_CPUPOOLS, "cpupool"},  {IRX_REC_PCI_DEVICE, "pci_device"},
        {IRX_REC_PCI_MSIX, "pci_msix"}, {IRX_REC_PV_PIRQ, "pv_pirq"},
        {IRX_REC_PV_MMCFG, "pv_mmcfg"},
    };
    uint32_t i;

    for (i = 0; i < sizeof(dom0s) / sizeof(dom0s[0]); i++)
        if (irx_group_find(late, g, dom0s[i].type, NULL))
            return irx_live_refuse(err, IRX_LE_OWNER, dom0s[i].what, 0, g->rec.domid, 0);
    return 0;
}

int irx_devices_validate(const struct irx_late *late, const struct irx_group *g,
                         struct irx_live_error *err)
{
    bool pv = irx_domain_entry(late->a, g->rec.entry)->flags & IRX_DOMF_PV;
    struct irx_items map;
    int rc = 0;

    if (g->rec.domid)
        return check_guest(late, g, err);
    map = irx_group_items(late, g, IRX_REC_E820);
    if (!pv) /* it asks for the host's own map */
        rc = check_e820(&map, err);
    if (!rc)
        rc = check_vioapics(late, g, err);
    return rc ? rc : check_pci(late, g, err);
}
