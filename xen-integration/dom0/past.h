/* SPDX-License-Identifier: GPL-2.0-only */
/* What the last drill and the last update of this host measured: from the reports that they left. */
#ifndef INTERREX_DOM0_PAST_H
#define INTERREX_DOM0_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct irx_past_guest {
    char name[64];
    uint32_t vcpus;
    uint64_t memory_mib;
    bool has_blackout, has_brownout; /* it was measured */
    uint64_t blackout_us;            /* the longer one of enter and leave */
    uint64_t brownout_us;
};

struct irx_past {
    char started[24]; /* UTC, as in the report */
    uint32_t cpus, held_cpus;
    uint64_t memory_mib;
    uint64_t pv_tables; /* page tables of PV guests; UINT64_MAX: it does not tell */
    uint64_t stall_us;  /* without boot_delay_us, which was asked for; of an update */
    uint64_t vcpus;     /* of all guests */
    unsigned int guest_count;
    struct irx_past_guest *guests;
};

/*
 * Reads the newest file `name` of these directories, the report of a command that ended with `result`
 * ("drilled", "updated"). All that is taken from it is validated first. -ENOENT: there is none, and
 * nothing to say; another errno: *e. Free with irx_past_free(), also after a failure.
 */
int irx_past_read(struct irx_past *past, const char *const *directories, const char *name,
                  const char *result, struct irx_error *e);
void irx_past_free(struct irx_past *past);

/* The guest of this name, if it had as many vCPUs and as much memory; NULL: none. */
const struct irx_past_guest *irx_past_guest(const struct irx_past *past, const char *name,
                                            uint32_t vcpus, uint64_t memory_mib);

#endif
