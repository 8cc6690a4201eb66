/* SPDX-License-Identifier: GPL-2.0-only */
#include "dead.h"

#include "json_get.h"
#include "view.h"

/* The vCPUs of one domain that were lost with the CPU of this entry. */
static void add_lost(json_t *lost, const struct irx_xen *xen, const struct irx_view *view,
                     const struct irx_domain *d, uint32_t entry)
{
    char name[64] = "";

    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct irx_error ignored;
        struct irx_vcpu v;

        if (irx_view_vcpu(xen, &view->anchor, d->vcpu_first + i, &v, &ignored) ||
            !(v.flags & IRX_VCPUF_LOST) || v.park_detail != entry)
            continue;
        irx_xen_name(xen, d->domid, name, sizeof(name));
        json_array_append_new(lost, json_pack("{s:s, s:i, s:i}", "guest", name, "domid",
                                              (int)d->domid, "vcpu", (int)v.vcpu_id));
    }
}

json_t *irx_dead_gather(const struct irx_xen *xen)
{
    json_t *list = json_array();
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.dead_count; i++) {
            const struct irx_dead_cpu *dead = &view.dead[i];
            json_t *lost = json_array();

            for (unsigned int k = 0; k < view.domain_count; k++)
                add_lost(lost, xen, &view, &view.domains[k], dead->entry);
            json_array_append_new(list, json_pack("{s:i, s:i, s:o}", "cpu", (int)dead->cpu.xen_cpu,
                                                  "apic_id", (int)dead->cpu.apic_id, "lost", lost));
        }
    irx_view_free(&view);
    return list;
}

json_t *irx_dead_json(const struct irx_session *s)
{
    json_t *list = irx_dead_gather(s->xen), *cpu, *vcpu;
    size_t i, k;

    json_array_foreach(list, i, cpu) json_array_foreach(
        json_object_get(cpu, "lost"), k,
        vcpu) for (unsigned int n = 0; n < s->guest_count;
                   n++) if (s->guests[n].domid == irx_json_integer(vcpu, "domid"))
        json_object_set_new(vcpu, "guest", json_string(s->guests[n].name));
    return list;
}

void irx_dead_print(const json_t *dead, FILE *out)
{
    const json_t *cpu, *vcpu;
    size_t i, k;

    json_array_foreach(dead, i, cpu)
    {
        fprintf(out, "DEAD CPU  CPU %lld (APIC %lld) did not answer in the shim: it is stopped\n",
                irx_json_integer(cpu, "cpu"), irx_json_integer(cpu, "apic_id"));
        json_array_foreach(json_object_get(cpu, "lost"), k, vcpu)
            fprintf(out,
                    "          with it was lost %s (domain %lld) vCPU %lld: the guest has crashed, "
                    "or will when it is claimed\n",
                    irx_json_text(vcpu, "guest", "?"), irx_json_integer(vcpu, "domid"),
                    irx_json_integer(vcpu, "vcpu"));
    }
    if (json_array_size(dead))
        fputs(
            "          remedy: reboot the host when its guests allow; until then it works, and is "
            "updated, without\n",
            out);
}
