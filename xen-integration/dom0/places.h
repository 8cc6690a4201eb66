/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the process keeps things. A test's process has places of its own. */
#ifndef INTERREX_DOM0_PLACES_H
#define INTERREX_DOM0_PLACES_H

/* Of reports, best first; NULL-terminated. */
const char *const *irx_place_reports(void);
/* Of the lock. */
const char *irx_place_lock(void);

#endif
