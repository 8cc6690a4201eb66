/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_APIC_H
#define TESTS_ASM_APIC_H

/* Of the ICR. */
#define APIC_DM_INIT       0x00500
#define APIC_INT_ASSERT    0x04000
#define APIC_INT_LEVELTRIG 0x08000

#endif
