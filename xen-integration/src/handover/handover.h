/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last act of a Xen that goes: the two sections in R that the next one reads. Both
 * are written with dom0 stopped and every domain in R; nothing changes any domain
 * until the jump, and nothing but R is changed.
 */
#ifndef INTERREX_HANDOVER_H
#define INTERREX_HANDOVER_H

/*
 * What the next Xen reads before its first allocation: the early section, which is
 * validated once it is written. 0,
 * -ENOMEM, -ENOSPC when R has no room for the list, -EXDEV when a domain's memory is
 * not what its extents say.
 */
int interrex_early_export(void);

/*
 * What it needs of every domain beyond the live tables: the late section, which is
 * validated once it is written. 0; -ENOSPC: R's late span is too small; another
 * -errno.
 */
int interrex_late_export(void);

#endif /* INTERREX_HANDOVER_H */
