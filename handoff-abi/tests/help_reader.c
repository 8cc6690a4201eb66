/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_reader.h"

#include <interrex/crc32c.h>

#include "help_handoff.h"
#include "help_stream.h"

#define NR_ENTRIES (HELP_DOM0_ENTRY + 1)

static const struct irx_limits none = IRX_LIMITS_NONE;

static int read_stream(const struct irx_anchor *a, const struct irx_span *span, uint64_t used,
                       uint32_t section, struct irx_stream *s, struct irx_live_error *err)
{
    struct irx_stream_error e;
    int rc = irx_stream_validate(s, (const uint8_t *)a + span->off, used, section, &e);

    if (rc)
        *err = (struct irx_live_error){.code = e.code,
                                       .index = e.index,
                                       .what = section == IRX_SECTION_EARLY ? HELP_EARLY_STREAM
                                                                            : HELP_LATE_STREAM,
                                       .value = e.value,
                                       .expected = e.expected};
    return rc;
}

static int read_early(const struct irx_anchor *a, struct irx_live_error *err)
{
    struct irx_stream s;
    struct irx_early early;
    int rc = read_stream(a, &a->early, a->early_used, IRX_SECTION_EARLY, &s, err);

    if (!rc)
        rc = irx_early_validate(&s, a, &none, &early, err);
    return rc ? rc : irx_cpus_validate(a, early.cpus, early.nr_cpus, err);
}

static int read_domains(const struct irx_anchor *a, struct irx_domain_view *views,
                        struct irx_live_error *err)
{
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < NR_ENTRIES; i++) {
        if (!irx_domain_in_use(a, irx_domain_entry(a, i)))
            continue;
        rc = irx_domain_validate_memory(a, i, &none, &views[i], err);
        if (!rc)
            rc = irx_domain_validate_events(a, i, IRX_STAGE_HANDOVER, &none, &views[i], err);
        if (!rc)
            rc = irx_domain_validate_vcpus(a, &views[i], &none, err);
    }
    return rc;
}

int help_read(const void *region, struct irx_live_error *err)
{
    struct irx_domain_view views[NR_ENTRIES] = {{.d = NULL}};
    const struct irx_anchor *a = region;
    struct irx_stream late;
    int rc = irx_anchor_validate(a, HELP_REGION_BASE, HELP_REGION_SIZE, err);

    if (!rc)
        rc = irx_anchor_validate_handover(a, err);
    if (!rc)
        rc = read_early(a, err);
    if (!rc)
        rc = read_domains(a, views, err);
    if (!rc)
        rc = read_stream(a, &a->late, a->late_used, IRX_SECTION_LATE, &late, err);
    if (!rc)
        rc = irx_late_validate(&late, a, &none, err);
    return rc ? rc : irx_links_validate(views, NR_ENTRIES, err);
}

static void seal_domain(uint8_t *region, struct irx_domain *d)
{
    d->extents_crc = irx_crc32c(0, region + d->extents,
                                d->extent_count * sizeof(struct irx_extent));
    d->policy_crc = irx_crc32c(0, region + d->leaves, d->leaf_count * 24);
    d->policy_crc = irx_crc32c(d->policy_crc, region + d->msrs, d->msr_count * 16);
}

void help_seal_region(void *region)
{
    const struct irx_anchor *a = region;
    uint32_t i;

    for (i = 0; i < NR_ENTRIES; i++)
        if (irx_domain_in_use(a, irx_domain_entry(a, i)))
            seal_domain(region, (struct irx_domain *)irx_domain_entry(a, i));
    help_seal_bytes((uint8_t *)region + a->early.off, a->early_used);
    help_seal_bytes((uint8_t *)region + a->late.off, a->late_used);
}
