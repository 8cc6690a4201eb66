/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_PV_DOMAIN_H
#define TESTS_ASM_PV_DOMAIN_H

/* In an L4 table; Xen has those between. */
#define is_guest_l4_slot(d, slot) ((slot) < 256 || (slot) > 271)

#endif
