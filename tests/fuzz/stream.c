/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as an early or a late section. With an odd first byte CRCs, size and count are put
 * right first, so that what is behind them is reached. What passes is read to the end, and is
 * judged with the live tables of a sound region.
 */
#include "fuzz.h"

#include <interrex/sections.h>

#include "../../handoff-abi/tests/help_handoff.h"
#include "../../handoff-abi/tests/help_stream.h"

static uint64_t region[HELP_REGION_FRONT / 8];

static void read_all(const struct irx_stream *s)
{
    const struct irx_record *rec = NULL;
    uint8_t copy[2048];

    while ((rec = irx_stream_next(s, rec))) {
        const struct irx_type_info *info = irx_schema_type(s->schema, rec->type);

        for (size_t i = 0; i < irx_record_count(s, rec); i++)
            MUST(irx_record_get(s, rec, i, copy, irx_layout_native(info->layout)) == 0);
        irx_record_copy(rec, copy, sizeof(copy));
    }
}

static void judge(const struct irx_stream *s, uint32_t section)
{
    static const struct irx_limits limits = IRX_LIMITS_NONE;
    const struct irx_anchor *anchor = (const struct irx_anchor *)region;
    struct irx_early early;
    struct irx_live_error err = {0};
    int rc;

    if (!region[0])
        help_fill_region(region);
    rc = section == IRX_SECTION_EARLY ? irx_early_validate(s, anchor, &limits, &early, &err)
                                      : irx_late_validate(s, anchor, &limits, &err);
    MUST(!rc == (err.code == IRX_LE_NONE) && (!rc || err.what));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct help_stream t;
    struct irx_stream_error e;
    struct irx_stream s;
    void *exact;

    if (!size || size - 1 > sizeof(t.words))
        return 0;
    t.size = size - 1;
    memcpy(t.words, data + 1, t.size);
    if (data[0] & 1 && t.size >= sizeof(struct irx_stream_header))
        help_seal(&t);
    exact = malloc(t.size ? t.size : 1); /* of exactly that size: overruns are seen */
    if (!exact)
        return 0;
    memcpy(exact, t.words, t.size);
    if (!irx_stream_validate(&s, exact, t.size, 0, &e)) {
        read_all(&s);
        judge(&s, help_header(&t)->section);
    }
    free(exact);
    return 0;
}
