/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the next Xen reads before its first allocation: the early section.
 *
 * early_write.c runs in the Xen that goes, early.c in the one that comes,
 * memory.c keeps the latter out of preserved memory.
 */
#ifndef INTERREX_EARLY_H
#define INTERREX_EARLY_H

#include <interrex/abi/early.h>
#include <interrex/stream.h>

/* ---- early_write.c ---- */

/*
 * Writes the early section. Every domain has its slot, with extents; nothing
 * changes any domain's memory until the jump. Returns 0, -ENOMEM, -ENOSPC when
 * R has no room for the list, -EXDEV when a domain's memory is not what its
 * extents say.
 */
int interrex_early_export(void);

/* ---- early.c ---- */

/* The records that this Xen came with; NULL if no update started it. */
const struct irx_time_record *interrex_early_time(void);
const struct irx_firmware_record *interrex_early_firmware(void);

/* APIC id of the n-th CPU that the Xen before knew. False: there are not so many. */
bool interrex_early_cpu(unsigned int n, uint32_t *apic_id);
/* The CPU with this APIC id was offline in the Xen before. */
bool interrex_early_cpu_offline(uint32_t apic_id);

/* Sorted, not overlapping. Until the end of boot. */
const struct irx_preserved *interrex_preserved(unsigned int *nr);

/* ---- memory.c ---- */

/*
 * Checks a list that comes from R: sorted, not overlapping, in the RAM of map,
 * outside R, above 1 MiB. No effect.
 */
bool interrex_preserved_validate(const struct irx_preserved *list,
                                 unsigned int nr, const struct e820map *map);

/* Takes preserved memory out of what the boot allocator gets. Validated. */
void interrex_exclude(struct e820map *boot_e820,
                      const struct irx_preserved *list, unsigned int nr);

#endif /* INTERREX_EARLY_H */
