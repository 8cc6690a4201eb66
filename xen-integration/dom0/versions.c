/* SPDX-License-Identifier: GPL-2.0-only */
#include "versions.h"

#include <errno.h>
#include <string.h>

#include <interrex/negotiate.h>

#define SUBJECT "versions"

/* Names of the features in a set: "svm, pvh-guest". */
static void name_features(uint64_t set, char *to, size_t size)
{
    size_t used = 0;

    to[0] = 0;
    for (uint32_t bit = 0; bit < 64; bit++) {
        const char *name = set >> bit & 1 ? irx_feature_name(bit) : NULL;
        char number[16];

        if (!(set >> bit & 1))
            continue;
        snprintf(number, sizeof(number), "bit %u", bit);
        used += (size_t)snprintf(to + used, size - used, "%s%s", used ? ", " : "",
                                 name ? name : number);
        if (used >= size)
            return;
    }
}

/* The values that clash, in words that fit the kind of refusal. */
static void describe(const struct irx_refusal *r, char *to, size_t size)
{
    char features[128];

    switch (r->code) {
    case IRX_NEG_PEER_FEATURES:
    case IRX_NEG_MY_FEATURES:
        name_features(r->code == IRX_NEG_MY_FEATURES ? r->mine : r->peer, features,
                      sizeof(features));
        snprintf(to, size, "%s", features);
        break;
    case IRX_NEG_MY_NOTE:
    case IRX_NEG_PEER_NOTE:
        snprintf(to, size, "field at %llu", (unsigned long long)(r->mine | r->peer));
        break;
    default:
        snprintf(to, size, "%u.%u, %u.%u", (unsigned int)(r->mine >> 16),
                 (unsigned int)(r->mine & 0xffff), (unsigned int)(r->peer >> 16),
                 (unsigned int)(r->peer & 0xffff));
    }
}

/* irx_negotiate_text() is "what it means: what to do". */
static void refuse(struct irx_findings *f, const char *pair, const struct irx_refusal *r)
{
    const char *text = irx_negotiate_text(r->code), *colon = strchr(text, ':');
    int length = colon ? (int)(colon - text) : (int)strlen(text);
    char values[160];
    struct irx_error e;

    describe(r, values, sizeof(values));
    irx_fail(&e, -EPROTO, colon ? colon + 1 + strspn(colon + 1, " ") : "use builds that fit",
             "%s: %.*s (%s)", pair, length, text, values);
    irx_findings_error(f, SUBJECT, &e);
}

/* With a region what is written is of its version. */
static void check_pair(struct irx_findings *f, const char *pair, uint32_t region,
                       const struct irx_note *mine, const struct irx_note *peer)
{
    struct irx_negotiation n;
    char features[160];

    if (!mine || !peer)
        return;
    if (irx_negotiate(mine, peer, &n)) {
        for (uint32_t i = 0; i < n.nr_reasons; i++)
            refuse(f, pair, &n.reasons[i]);
        return;
    }
    if (region)
        n.version = region;
    name_features(n.features, features, sizeof(features));
    irx_findings_ok(f, SUBJECT, "%s: ABI %u.%u (%s)", pair, n.version >> 16, n.version & 0xffff,
                    features);
}

/* Of notes and majors the pairs have told. */
static void check_region(struct irx_findings *f, const char *pair, uint32_t region,
                         const struct irx_note *peer)
{
    struct irx_refusal why;

    if (!region || !peer || !irx_negotiate_region(region, peer, &why))
        return;
    if (why.code == IRX_NEG_REGION_TOO_NEW || why.code == IRX_NEG_REGION_TOO_OLD)
        refuse(f, pair, &why);
}

void irx_versions_check(struct irx_findings *f, uint32_t region, const struct irx_note *running,
                        const struct irx_note *shim, const struct irx_note *target,
                        const struct irx_note *fallback)
{
    check_pair(f, "running Xen to shim", region, running, shim);
    check_pair(f, "shim to target", region, shim, target);
    check_pair(f, "running Xen to target", region, running, target);
    check_region(f, "region to shim", region, shim);
    check_region(f, "region to target", region, target);
    check_region(f, "region to fallback", region, fallback);
}
