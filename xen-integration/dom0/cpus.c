/* SPDX-License-Identifier: GPL-2.0-only */
#include "cpus.h"

#include <errno.h>
#include <string.h>

#define CPUS_MAX 4096u /* as irx_parse_cpus() takes */

static bool is_online(const uint8_t *map, unsigned int cpu)
{
    return cpu < CPUS_MAX && map[cpu / 8] >> cpu % 8 & 1;
}

/* "0-3,8": as far as it goes into `to`. */
static void describe(const uint8_t *map, char *to, size_t size)
{
    size_t used = 0;

    to[0] = 0;
    for (unsigned int first = 0, last; first < CPUS_MAX; first = last + 1) {
        last = first;
        if (!is_online(map, first))
            continue;
        while (is_online(map, last + 1))
            last++;
        if (used + 16 >= size)
            return;
        used += (size_t)snprintf(to + used, size - used, "%s%u", used ? "," : "", first);
        if (last > first)
            used += (size_t)snprintf(to + used, size - used, "-%u", last);
    }
}

void irx_cpus_check(const struct irx_xen *xen, const struct irx_cpu_list *list,
                    struct irx_findings *f)
{
    uint8_t map[CPUS_MAX / 8];
    struct irx_error e;
    char online[128];
    int rc;

    if (!list->count)
        return;
    rc = xen->ops->online(xen->ctx, map, sizeof(map));
    if (rc) {
        irx_fail(&e, rc, "leave --cpus away", "cannot tell which CPUs are online: %s",
                 strerror(-rc));
        irx_findings_error(f, "--cpus", &e);
        return;
    }
    describe(map, online, sizeof(online));
    for (unsigned int i = 0; i < list->count; i++) {
        if (is_online(map, list->cpus[i]))
            continue;
        irx_fail(&e, -ENODEV,
                 "name CPUs that are online, or bring it online (xen-hptool cpu-online)",
                 "CPU %u is not online; these are: %s", list->cpus[i], online);
        irx_findings_error(f, "--cpus", &e);
    }
}
