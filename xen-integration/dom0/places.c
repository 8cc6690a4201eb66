/* SPDX-License-Identifier: GPL-2.0-only */
#include "places.h"

#include <stddef.h>

const char *const *irx_place_reports(void)
{
    static const char *const directories[] = {"/var/lib/interrex", "/run/interrex", NULL};

    return directories;
}

const char *irx_place_lock(void)
{
    return "/run/interrex/lock";
}
