/* SPDX-License-Identifier: GPL-2.0-only */
/* Do the running Xen, the shim and the target understand each other? From their notes alone. */
#ifndef INTERREX_DOM0_VERSIONS_H
#define INTERREX_DOM0_VERSIONS_H

#include <interrex/abi/version.h>

#include "findings.h"

/*
 * Adds a line, ok or refused, for each pair of the three that hand over to each
 * other, with every reason. shim, target, fallback: NULL when it is not to be loaded, or
 * could not be read. region: irx_anchor.version, which all of them have to understand; 0: there is
 * no region.
 */
void irx_versions_check(struct irx_findings *f, uint32_t region, const struct irx_note *running,
                        const struct irx_note *shim, const struct irx_note *target,
                        const struct irx_note *fallback);

#endif
