/* SPDX-License-Identifier: GPL-2.0-only */
#include "findings.h"

#include <stdarg.h>
#include <stdlib.h>

#include <interrex/abi/op.h>

#include "reasons.h"
#include "text.h"

void irx_findings_add(struct irx_findings *f, const struct irx_finding *finding)
{
    if (f->count == f->room) {
        unsigned int room = f->room ? f->room * 2 : 32;
        struct irx_finding *list = realloc(f->list, room * sizeof(*list));

        if (!list) {
            f->lost = true;
            return;
        }
        f->list = list;
        f->room = room;
    }
    f->list[f->count] = *finding;
    irx_text_clean(f->list[f->count].subject);
    irx_text_clean(f->list[f->count].what);
    irx_text_clean(f->list[f->count].remedy);
    f->count++;
    f->refused += finding->refused;
    f->refused_by_limit += finding->refused && finding->limit;
}

void irx_findings_ok(struct irx_findings *f, const char *subject, const char *format, ...)
{
    struct irx_finding finding = {.domid = IRX_DOMID_HOST};
    va_list args;

    snprintf(finding.subject, sizeof(finding.subject), "%s", subject);
    va_start(args, format);
    vsnprintf(finding.what, sizeof(finding.what), format, args);
    va_end(args);
    irx_findings_add(f, &finding);
}

void irx_findings_warn(struct irx_findings *f, const char *subject, const char *remedy,
                       const char *format, ...)
{
    struct irx_finding finding = {.warning = true, .domid = IRX_DOMID_HOST};
    va_list args;

    snprintf(finding.subject, sizeof(finding.subject), "%s", subject);
    snprintf(finding.remedy, sizeof(finding.remedy), "%s", remedy);
    va_start(args, format);
    vsnprintf(finding.what, sizeof(finding.what), format, args);
    va_end(args);
    irx_findings_add(f, &finding);
}

void irx_findings_error(struct irx_findings *f, const char *subject, const struct irx_error *e)
{
    struct irx_finding finding = {.refused = true, .domid = IRX_DOMID_HOST};

    snprintf(finding.subject, sizeof(finding.subject), "%s", subject);
    snprintf(finding.what, sizeof(finding.what), "%s", e->what);
    snprintf(finding.remedy, sizeof(finding.remedy), "%s", e->remedy);
    irx_findings_add(f, &finding);
}

bool irx_findings_passed(const struct irx_findings *f)
{
    return f->refused == 0 && !f->lost;
}

bool irx_findings_only_limits(const struct irx_findings *f)
{
    return f->refused && f->refused == f->refused_by_limit && !f->lost;
}

void irx_findings_free(struct irx_findings *f)
{
    free(f->list);
    *f = (struct irx_findings){0};
}

void irx_findings_print(const struct irx_findings *f, FILE *out, bool only_refused)
{
    for (unsigned int i = 0; i < f->count; i++) {
        const struct irx_finding *finding = &f->list[i];

        if (only_refused && !finding->refused && !finding->warning)
            continue;
        fprintf(out, "%-8s %-20s %s\n",
                finding->refused   ? "REFUSED"
                : finding->warning ? "warning"
                                   : "ok",
                finding->subject, finding->what);
        if (finding->remedy[0])
            fprintf(out, "%-8s %-20s remedy: %s\n", "", "", finding->remedy);
    }
    if (f->lost)
        fprintf(out, "%-8s %-20s out of memory: not every reason is shown\n", "REFUSED", "tool");
}

static json_t *finding_json(const struct irx_finding *finding)
{
    return json_pack(
        "{s:s, s:o, s:i, s:s, s:s, s:s, s:I}", "subject", finding->subject, "domid",
        finding->domid == IRX_DOMID_HOST ? json_null() : json_integer(finding->domid), "code",
        (int)finding->code, "name", finding->limit ? "over-limit" : irx_reason_name(finding->code),
        "what", finding->what, "remedy", finding->remedy, "detail", (json_int_t)finding->detail);
}

json_t *irx_findings_json(const struct irx_findings *f)
{
    json_t *list = json_array();

    for (unsigned int i = 0; i < f->count; i++)
        if (f->list[i].refused)
            json_array_append_new(list, finding_json(&f->list[i]));
    return list;
}

json_t *irx_findings_warnings_json(const struct irx_findings *f)
{
    json_t *list = json_array();

    for (unsigned int i = 0; i < f->count; i++)
        if (f->list[i].warning)
            json_array_append_new(list, finding_json(&f->list[i]));
    return list;
}
