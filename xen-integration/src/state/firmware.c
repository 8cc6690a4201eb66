/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware left: a reader of the early section expects to be told. */
#include <xen/init.h>
#include <xen/mm.h>

#include <acpi/acpi.h>

#include "state/state.h"

/* What finds the tables is gone once Xen has booted. */
static paddr_t __ro_after_init rsdp;

static int __init cf_check remember_rsdp(void)
{
    rsdp = acpi_os_get_root_pointer();

    return 0;
}
__initcall(remember_rsdp);

/* A word of the BIOS data area, which need not be aligned. */
static uint16_t bda_word(paddr_t addr)
{
    uint16_t word;

    memcpy(&word, maddr_to_virt(addr), sizeof(word));

    return word;
}

void interrex_firmware_export(struct irx_writer *w)
{
    struct irx_firmware_record f = {
        .rsdp = rsdp,
        .bda_ebda_seg = bda_word(0x40e),
        .bda_base_kib = bda_word(0x413),
    };

    irx_writer_record(w, IRX_REC_FIRMWARE, 0, &f, sizeof(f));
}
