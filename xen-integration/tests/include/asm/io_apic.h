/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_IO_APIC_H
#define TESTS_ASM_IO_APIC_H

int mp_register_gsi(uint32_t gsi, int triggering, int polarity);

#endif
