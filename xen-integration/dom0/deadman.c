/* SPDX-License-Identifier: GPL-2.0-only */
#include "deadman.h"

#include <time.h>

#include <interrex/abi/anchor.h>

#include "counters.h"
#include "json_get.h"

/* By the wall clock, of a TSC value that has been; 0: null. */
static json_t *when(const struct irx_op_info *info, uint64_t tsc)
{
    uint64_t ago_us = info->tsc > tsc ? irx_ticks_to_us(info->tsc - tsc, info->tsc_khz) : 0;
    time_t then = time(NULL) - (time_t)(ago_us / 1000000);
    char text[32] = "";
    struct tm tm;

    if (!tsc || !gmtime_r(&then, &tm))
        return json_null();
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return json_string(text);
}

json_t *irx_deadman_gather(const struct irx_xen *xen)
{
    const struct irx_deadman *d;
    struct irx_op_info info;
    struct irx_anchor a;
    char tsc[24];

    if (irx_xen_info(xen, &info) || !info.region_size || irx_xen_read(xen, 0, &a, sizeof(a)) ||
        a.magic != IRX_ANCHOR_MAGIC || a.version < IRX_VERSION(1, 1) || !a.deadman.limit_ms)
        return json_null();
    d = &a.deadman;
    snprintf(tsc, sizeof(tsc), "0x%llx", (unsigned long long)d->start_tsc);
    return json_pack("{s:i, s:o, s:o, s:i, s:i, s:i, s:s}", "limit_ms", (int)d->limit_ms, "began",
                     when(&info, d->start_tsc), "ended", when(&info, d->end_tsc), "claimed",
                     (int)d->claimed, "cpus", (int)d->cpus, "left", (int)d->left, "tsc", tsc);
}

const json_t *irx_session_deadman(struct irx_session *s)
{
    if (!s->deadman)
        s->deadman = irx_deadman_gather(s->xen);
    return s->deadman;
}

bool irx_deadman_began(const json_t *deadman)
{
    return json_is_string(json_object_get(deadman, "began"));
}

bool irx_deadman_is_told(const json_t *deadman, const json_t *report)
{
    return json_equal(json_object_get(deadman, "tsc"),
                      json_object_get(json_object_get(report, "deadman"), "tsc"));
}

void irx_deadman_print(const json_t *deadman, FILE *out)
{
    long long left = irx_json_integer(deadman, "left");
    const char *ended = irx_json_text(deadman, "ended", "");

    if (!irx_deadman_began(deadman))
        return;
    fprintf(
        out, "by Xen   at %s nobody had gone on with the update for %lld s: Xen did by itself\n",
        irx_json_text(deadman, "began", "unknown"), irx_json_integer(deadman, "limit_ms") / 1000);
    fprintf(out, "         %lld guests and %lld CPUs came back",
            irx_json_integer(deadman, "claimed"), irx_json_integer(deadman, "cpus"));
    if (!ended[0])
        fprintf(out, "; then a command went on, or it still is at it\n");
    else if (left)
        fprintf(out, "; at %s %lld guests were left: `interrex status` says why\n", ended, left);
    else
        fprintf(out, "; at %s nothing was left to do\n", ended);
}
