/* SPDX-License-Identifier: GPL-2.0-only */
#include "machine_check.h"

#include "json_get.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STATUS_UC  (1ull << 61) /* of a bank: AMD APM volume 2, 9.3.2 */
#define STATUS_PCC (1ull << 57)

static json_t *hex(uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

/* How bad the worst of its banks is. */
static const char *severity(const struct irx_machine_check *m)
{
    if (!m->banks)
        return "unknown";
    return m->status & STATUS_PCC ? "fatal" : m->status & STATUS_UC ? "uncorrected" : "corrected";
}

json_t *irx_machine_check_json(const struct irx_cpu *cpu, const char *name)
{
    const struct irx_machine_check *m = &cpu->mce;
    json_t *json;

    if (!m->count)
        return json_null();
    json = json_pack("{s:i, s:I, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "cpu", (int)cpu->xen_cpu,
                     "count", (json_int_t)m->count, "severity", severity(m), "banks",
                     (json_int_t)m->banks, "bank", (json_int_t)m->bank, "status", hex(m->status),
                     "addr", hex(m->addr), "misc", hex(m->misc), "mcg_status", hex(m->mcg_status),
                     "rip", hex(m->rip));
    if (!json)
        return NULL;
    if (m->domid == IRX_MCE_NOBODY) {
        json_object_set_new(json, "guest", json_null());
        json_object_set_new(json, "domid", json_null());
        json_object_set_new(json, "vcpu", json_null());
    } else {
        json_object_set_new(json, "guest", json_string(name));
        json_object_set_new(json, "domid", json_integer(m->domid));
        json_object_set_new(json, "vcpu", json_integer(m->vcpu_id));
    }
    return json;
}

void irx_machine_check_print(const json_t *check, FILE *out)
{
    if (!json_is_object(check))
        return;
    fprintf(out, "MACHINE CHECK  CPU %lld, %s, bank %lld: status %s addr %s misc %s",
            irx_json_integer(check, "cpu"), irx_json_text(check, "severity", "?"),
            irx_json_integer(check, "bank"), irx_json_text(check, "status", "?"),
            irx_json_text(check, "addr", "?"), irx_json_text(check, "misc", "?"));
    if (irx_json_integer(check, "count") > 1)
        fprintf(out, "; the last of %lld", irx_json_integer(check, "count"));
    if (json_is_string(json_object_get(check, "guest")))
        fprintf(out,
                "\n               while %s (domain %lld) vCPU %lld ran: it has crashed, or will "
                "when it is claimed\n",
                irx_json_text(check, "guest", "?"), irx_json_integer(check, "domid"),
                irx_json_integer(check, "vcpu"));
    else
        fputs("\n               while no guest ran: the shim lets none run there any more\n", out);
}

/* ---- of a session ---- */

static struct irx_cpu *noted(struct irx_session *s, uint32_t xen_cpu)
{
    struct irx_cpu *more;

    for (unsigned int i = 0; i < s->checked_cpu_count; i++)
        if (s->checked_cpus[i].xen_cpu == xen_cpu)
            return &s->checked_cpus[i];
    more = realloc(s->checked_cpus, (s->checked_cpu_count + 1) * sizeof(*more));
    if (!more)
        return NULL;
    s->checked_cpus = more;
    return &more[s->checked_cpu_count++];
}

void irx_machine_checks_note(struct irx_session *s, const struct irx_view *view)
{
    for (unsigned int i = 0; i < view->cpu_count; i++) {
        struct irx_cpu *to = view->cpus[i].mce.count ? noted(s, view->cpus[i].xen_cpu) : NULL;

        if (to)
            *to = view->cpus[i];
    }
}

void irx_machine_checks_look(struct irx_session *s)
{
    struct irx_error ignored = {0};
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        irx_machine_checks_note(s, &view);
    irx_view_free(&view);
}

json_t *irx_machine_checks_json(const struct irx_session *s)
{
    json_t *list = json_array();

    for (unsigned int i = 0; i < s->checked_cpu_count; i++) {
        const struct irx_cpu *cpu = &s->checked_cpus[i];
        char name[64] = "";

        for (unsigned int k = 0; k < s->guest_count; k++)
            if (s->guests[k].domid == cpu->mce.domid)
                snprintf(name, sizeof(name), "%s", s->guests[k].name);
        if (!name[0])
            snprintf(name, sizeof(name), "domain %u", cpu->mce.domid);
        json_array_append_new(list, irx_machine_check_json(cpu, name));
    }
    return list;
}
