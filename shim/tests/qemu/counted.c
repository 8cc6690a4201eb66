/* SPDX-License-Identifier: GPL-2.0-only */
/* A shim with counters: what its objects name of gcc's library and never call (SHIM_COUNTED). */

void __gcov_merge_add(void); /* NOLINT(bugprone-reserved-identifier): gcc's name */

void __gcov_merge_add(void) /* NOLINT(bugprone-reserved-identifier): gcc's name */
{
}
