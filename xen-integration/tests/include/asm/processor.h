/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_PROCESSOR_H
#define TESTS_ASM_PROCESSOR_H

/* Bits of an address of this host. */
extern unsigned int paddr_bits;

#endif
