/* SPDX-License-Identifier: GPL-2.0-only */
#include "recovery.h"

#include <stdlib.h>
#include <string.h>

#include <interrex/abi/anchor.h>

#include "json_get.h"
#include "text.h"

#define TEXT_MAX    (64u << 10)
#define SHOWN_LINES 12u

/* By IRX_BOOT_*. */
static const struct {
    const char *name, *words;
} stages[] = {
    {"early", "it was about to look at its memory"},
    {"heap", "it gathered its memory"},
    {"guests", "it made the guests anew"},
    {"dom0", "it made dom0 anew"},
    {"links", "it joined the domains"},
    {"ready", "dom0 was next"},
};

#define NR_STAGES (sizeof(stages) / sizeof(*stages))

static const char *stage_name(uint32_t stage)
{
    return stage < NR_STAGES ? stages[stage].name : "?";
}

static const char *stage_words(const char *stage)
{
    for (size_t i = 0; i < NR_STAGES; i++)
        if (!strcmp(stage, stages[i].name))
            return stages[i].words;
    return "it booted";
}

static const char *cause_name(uint32_t cause)
{
    static const char *const names[] = {"restart", "halt", "silence", "deaf"};

    return cause < sizeof(names) / sizeof(*names) ? names[cause] : "?";
}

static json_t *hex(uint64_t value)
{
    char number[24];

    snprintf(number, sizeof(number), "0x%llx", (unsigned long long)value);
    return json_string(number);
}

/* Any bytes, as lines that can be shown. */
static json_t *console_json(const struct irx_xen *xen, irx_off_t off, uint32_t size)
{
    char *console = size <= TEXT_MAX ? calloc(1, size + 1) : NULL, *rest = console, *line;
    json_t *lines = json_array();

    if (console && irx_xen_read(xen, off, console, size) == 0) {
        for (uint32_t i = 0; i < size; i++)
            if (!console[i] || console[i] == '\r')
                console[i] = ' ';
        while ((line = strsep(&rest, "\n"))) {
            irx_text_clean(line);
            if (line[strspn(line, " ")])
                json_array_append_new(lines, json_string(line));
        }
    }
    free(console);
    return lines;
}

static json_t *failure_json(const struct irx_xen *xen, const struct irx_anchor *a)
{
    struct irx_failure failure;
    char id[2 * sizeof(failure.build_id) + 1] = "";

    if (a->failure.size < sizeof(failure) ||
        irx_xen_read(xen, a->failure.off, &failure, sizeof(failure)) ||
        failure.generation != a->generation ||
        failure.text_size > a->failure.size - sizeof(failure))
        return json_null();
    for (size_t i = 0; i < sizeof(failure.build_id); i++)
        snprintf(id + 2 * i, 3, "%02x", failure.build_id[i]);
    return json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "attempt",
                     (int)failure.attempt, "stage", stage_name(failure.stage), "cause",
                     cause_name(failure.cause), "build_id", id, "tsc", hex(failure.tsc), "rip",
                     hex(failure.rip), "rsp", hex(failure.rsp), "cr2", hex(failure.cr2), "cr3",
                     hex(failure.cr3), "cr4", hex(failure.cr4), "console",
                     console_json(xen, a->failure.off + sizeof(failure), failure.text_size));
}

json_t *irx_recovery_gather(const struct irx_xen *xen)
{
    struct irx_anchor a;

    if (irx_xen_read(xen, 0, &a, sizeof(a)) || a.magic != IRX_ANCHOR_MAGIC ||
        a.version < IRX_VERSION(1, 1) || !a.attempts)
        return json_null();
    return json_pack("{s:i, s:i, s:o}", "attempts", (int)a.attempts, "attempts_max",
                     (int)a.attempts_max, "failed", failure_json(xen, &a));
}

const json_t *irx_session_recovery(struct irx_session *s)
{
    if (!s->recovery)
        s->recovery = s->executed ? irx_recovery_gather(s->xen) : json_null();
    return s->recovery;
}

void irx_recovery_say(const json_t *recovery, char *words, size_t size)
{
    const json_t *failed = json_object_get(recovery, "failed");
    const char *cause = irx_json_text(failed, "cause", "");

    snprintf(words, size, "the target %s while %s; fallback %lld of %lld runs",
             !strcmp(cause, "deaf")      ? "fell silent, deaf to an NMI,"
             : !strcmp(cause, "silence") ? "fell silent"
                                         : "failed",
             stage_words(irx_json_text(failed, "stage", "unknown")),
             (long long)json_integer_value(json_object_get(recovery, "attempts")),
             (long long)json_integer_value(json_object_get(recovery, "attempts_max")));
}

void irx_recovery_print(const json_t *recovery, FILE *out)
{
    const json_t *failed = json_object_get(recovery, "failed");
    const json_t *console = json_object_get(failed, "console");
    size_t lines = json_array_size(console);
    char words[160];

    if (!json_is_object(recovery))
        return;
    irx_recovery_say(recovery, words, sizeof(words));
    fprintf(out, "recovery %s\n", words);
    if (!json_is_object(failed) || !strcmp(irx_json_text(failed, "cause", ""), "deaf"))
        return; /* of one that is deaf nothing else is known */
    fprintf(out, "failed   build id %s, %s, at %s; cr2 %s\n",
            irx_json_text(failed, "build_id", "unknown"), irx_json_text(failed, "cause", "unknown"),
            irx_json_text(failed, "rip", "unknown"), irx_json_text(failed, "cr2", "unknown"));
    for (size_t i = lines > SHOWN_LINES ? lines - SHOWN_LINES : 0; i < lines; i++)
        fprintf(out, "console  %s\n", json_string_value(json_array_get(console, i)));
}
