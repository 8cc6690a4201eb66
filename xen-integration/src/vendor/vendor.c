/* SPDX-License-Identifier: GPL-2.0-only */
/* Which vendor's table is this host's. */
#include <asm/processor.h>

#include "vendor/vendor.h"

const struct interrex_vendor *interrex_vendor(void)
{
    return cpu_has_svm ? &interrex_svm : NULL;
}
