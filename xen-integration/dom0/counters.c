/* SPDX-License-Identifier: GPL-2.0-only */
#include "counters.h"

#include <stdio.h>

#include "view.h"

json_t *irx_exits_json(const uint64_t *counts)
{
    json_t *object = json_object();

    for (unsigned int i = 0; i < IRX_NR_EXITS; i++) {
        const char *name = irx_exit_name(i);
        char number[16];

        snprintf(number, sizeof(number), "class-%u", i); /* of a later shim */
        if (counts[i])
            json_object_set_new(object, name[0] == '?' ? number : name,
                                json_integer((json_int_t)counts[i]));
    }
    return object;
}

uint64_t irx_ticks_to_us(uint64_t ticks, uint64_t khz)
{
    return khz ? (uint64_t)((unsigned __int128)ticks * 1000 / khz) : 0;
}

uint64_t irx_ns_to_ticks(uint64_t ns, uint64_t khz)
{
    return (uint64_t)((unsigned __int128)ns * khz / 1000000);
}
