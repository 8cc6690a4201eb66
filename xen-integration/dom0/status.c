/* SPDX-License-Identifier: GPL-2.0-only */
#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/note_file.h>

#include "cmdline.h"
#include "counters.h"
#include "dead.h"
#include "deadman.h"
#include "heap.h"
#include "json_get.h"
#include "lock.h"
#include "machine_check.h"
#include "park.h"
#include "quarantine.h"
#include "recovery.h"
#include "text.h"
#include "view.h"

static json_t *hex(uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

static json_t *cpu_json(const struct irx_xen *xen, const struct irx_cpu *cpu,
                        const struct irx_op_info *info)
{
    uint64_t all = cpu->busy_tsc + cpu->idle_tsc;
    char name[64] = "";

    if (cpu->mce.count && cpu->mce.domid != IRX_MCE_NOBODY)
        irx_xen_name(xen, cpu->mce.domid, name, sizeof(name));
    return json_pack(
        "{s:i, s:i, s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:I, s:o}", "cpu", (int)cpu->xen_cpu,
        "apic_id", (int)cpu->apic_id, "state", irx_cpu_state_name(cpu->state), "error",
        (int)cpu->error, "busy_percent", (int)(all ? cpu->busy_tsc * 100 / all : 0), "switches",
        (json_int_t)cpu->switches, "doorbells", (json_int_t)cpu->doorbells, "timer_irqs",
        (json_int_t)cpu->timer_irqs, "nmis", (json_int_t)cpu->nmis, "heartbeat_us",
        (json_int_t)(cpu->heartbeat_tsc && info->tsc > cpu->heartbeat_tsc
                         ? irx_ticks_to_us(info->tsc - cpu->heartbeat_tsc, info->tsc_khz)
                         : 0),
        "machine_check", irx_machine_check_json(cpu, name));
}

static json_t *park_json(const struct irx_vcpu *v, const struct irx_op_info *info)
{
    char words[96];

    if (v->state != IRX_VCPU_PARKED)
        return json_null();
    irx_park_describe(v->park_class, v->park_detail, v->exit_info1, words, sizeof(words));
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:I}", "class", irx_exit_name(v->park_class),
                     "detail", hex(v->park_detail), "words", words, "exit_code", hex(v->exit_code),
                     "exit_info1", hex(v->exit_info1), "exit_info2", hex(v->exit_info2), "since_us",
                     (json_int_t)(info->tsc > v->park_tsc
                                      ? irx_ticks_to_us(info->tsc - v->park_tsc, info->tsc_khz)
                                      : 0));
}

static json_t *vcpu_json(const struct irx_vcpu *v, const struct irx_op_info *info)
{
    return json_pack("{s:i, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "vcpu", (int)v->vcpu_id,
                     "state", irx_vcpu_state_name(v->state), "park", park_json(v, info),
                     "exits_served", irx_exits_json(v->served), "exits_parked",
                     irx_exits_json(v->parked), "events_in", (json_int_t)v->events_in, "events_out",
                     (json_int_t)v->events_out, "timers_fired", (json_int_t)v->timers_fired,
                     "max_wait_us", (json_int_t)irx_ticks_to_us(v->max_wait_tsc, info->tsc_khz));
}

static json_t *domain_json(const struct irx_xen *xen, const struct irx_view *view,
                           const struct irx_quarantine *q, const struct irx_domain *d,
                           const struct irx_op_info *info, struct irx_error *e)
{
    /* Before it is entered R has nothing of its vCPUs. */
    bool entered = d->state != IRX_DOM_WITH_XEN && d->state != IRX_DOM_PREPARING &&
                   d->state != IRX_DOM_PREPARED;
    json_t *vcpus = json_array(), *json;
    struct irx_finding why = {0};
    char name[64] = "";

    irx_xen_name(xen, d->domid, name, sizeof(name));
    for (uint32_t i = 0; entered && i < d->vcpu_count; i++) {
        struct irx_vcpu v;

        if (irx_view_vcpu(xen, &view->anchor, d->vcpu_first + i, &v, e)) {
            json_decref(vcpus);
            return NULL;
        }
        if (v.vcpu_id == i)
            json_array_append_new(vcpus, vcpu_json(&v, info));
    }
    json = json_pack("{s:s, s:i, s:s, s:i, s:b, s:o}", "name", name, "domid", (int)d->domid,
                     "state", irx_domain_state_name(d->state), "error", (int)d->error, "paused",
                     entered && d->flags & IRX_DOMF_PAUSED, "vcpus", vcpus);
    if (json && irx_quarantine_reason(q, d->domid, &why))
        json_object_set_new(json, "quarantined",
                            json_pack("{s:s, s:s}", "what", why.what, "remedy", why.remedy));
    return json;
}

static json_t *log_json(const struct irx_xen *xen, const struct irx_anchor *anchor,
                        struct irx_error *e)
{
    json_t *lines = json_array();
    char *text = irx_view_log(xen, anchor, e), *rest = text, *line;

    if (!text) {
        json_decref(lines);
        return NULL;
    }
    while ((line = strsep(&rest, "\n"))) {
        /* A line half overwritten need not be UTF-8: jansson then gives NULL. */
        json_t *string = json_string(line);

        if (line[0])
            json_array_append_new(lines, string ? string : json_string("(unreadable line)"));
        else
            json_decref(string);
    }
    free(text);
    return lines;
}

/* What R tells; the host has a region. */
static int add_view(json_t *status, const struct irx_xen *xen, const struct irx_op_info *info,
                    bool with_log, struct irx_error *e)
{
    json_t *cpus = json_array(), *domains = json_array(), *log = NULL;
    char release[IRX_RELEASE_TEXT_MAX];
    struct irx_quarantine quarantine = {0};
    struct irx_view view;
    int rc;

    json_object_set_new(status, "cpus", cpus);
    json_object_set_new(status, "domains", domains);
    rc = irx_view_read(xen, &view, e);
    if (rc)
        goto done;
    json_object_set_new(status, "shim",
                        json_pack("{s:s, s:s, s:i}", "state",
                                  irx_shim_state_name(view.anchor.shim_state), "interrex",
                                  irx_release_text(view.anchor.shim_release, release), "error",
                                  (int)view.anchor.shim_error));
    for (unsigned int i = 0; i < view.cpu_count; i++)
        json_array_append_new(cpus, cpu_json(xen, &view.cpus[i], info));
    if (view.domain_count)
        irx_quarantine_ask(xen, &quarantine);
    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++) {
        json_t *domain = domain_json(xen, &view, &quarantine, &view.domains[i], info, e);

        rc = domain ? json_array_append_new(domains, domain) : e->err;
    }
    if (rc == 0 && with_log) {
        log = log_json(xen, &view.anchor, e);
        rc = log ? json_object_set_new(status, "log", log) : e->err;
    }
done:
    irx_quarantine_free(&quarantine);
    irx_view_free(&view);
    return rc;
}

static bool laid_out(const struct irx_op_info *info)
{
    return info->region_size && info->host_state != IRX_HOST_IDLE;
}

/* MiB that a region must have at least, if there is one that is too small; else 0. */
static uint64_t region_needed(const struct irx_xen *xen)
{
    struct irx_op_reason reasons[8];
    struct irx_op_check check;

    if (irx_xen_check(xen, &check, reasons, 8))
        return 0;
    for (unsigned int i = 0; i < check.count && i < 8; i++)
        if (reasons[i].code == IRX_REASON_REGION_SMALL)
            return (reasons[i].detail + (1 << 20) - 1) >> 20;
    return 0;
}

/* What was asked for on Xen's command line, and what is needed if there is too little. */
static void add_missing_region(json_t *host, const struct irx_xen *xen, const char *cmdline)
{
    char asked[64];

    json_object_set_new(host, "region_needed_mib", json_integer((json_int_t)region_needed(xen)));
    json_object_set_new(host, "region_asked",
                        irx_cmdline_value(cmdline, "liveupdate", asked, sizeof(asked))
                            ? json_string(asked)
                            : json_null());
}

/* Is somebody at work, and if nobody is, what has to be done? */
static void add_work(json_t *host, const char *lock, uint32_t host_state)
{
    char who[80] = "";
    int rc = lock ? irx_lock_owner(lock, who, sizeof(who)) : 0;

    irx_text_clean(who);
    json_object_set_new(host, "at_work", rc == 1 ? json_string(who) : json_null());
    json_object_set_new(host, "next",
                        rc != 1 && irx_host_in_use(host_state)
                            ? json_string(irx_host_way_out(host_state))
                            : json_null());
}

json_t *irx_status_gather(const struct irx_xen *xen, const char *lock, bool with_log,
                          struct irx_error *e)
{
    struct irx_op_info info;
    struct irx_xen_version version = {0};
    struct irx_xen_host host = {0};
    json_t *status, *dead;
    char abi[24], release[IRX_RELEASE_TEXT_MAX];

    if (irx_xen_require(xen, &info, e))
        return NULL;
    dead = info.region_size ? irx_dead_gather(xen) : json_array();
    xen->ops->version(xen->ctx, &version);
    xen->ops->host(xen->ctx, &host);
    snprintf(abi, sizeof(abi), "%u.%u", info.note.native >> 16, info.note.native & 0xffff);
    status = json_pack(
        "{s:{s:s, s:s, s:s, s:s}, s:{s:s, s:i, s:i, s:I, s:I, s:I, s:o}}", "xen", "version",
        version.version, "build_id", version.build_id, "interrex",
        irx_release_text(info.note.release, release), "abi", abi, "host", "state",
        irx_host_state_name(info.host_state), "cpus",
        (int)(host.online_cpus + irx_view_lent(xen) + json_array_size(dead)), "online_cpus",
        (int)info.online_cpus, "generation", (json_int_t)info.generation, "memory_mib",
        (json_int_t)host.memory_mib, "free_mib", (json_int_t)host.free_mib, "region",
        info.region_size ? json_pack("{s:o, s:I, s:I}", "base", hex(info.region_base), "mib",
                                     (json_int_t)(info.region_size >> 20), "slot_mib",
                                     (json_int_t)(info.slot_size >> 20))
                         : json_null());
    if (status) {
        json_t *own = json_object_get(status, "host");

        add_work(own, lock, info.host_state);
        irx_heap_add(own, xen, &info);
        if (!info.region_size)
            add_missing_region(own, xen, version.cmdline);
    }
    if (status)
        json_object_set(status, "dead_cpus", dead);
    json_decref(dead);
    if (status && info.region_size) {
        json_object_set_new(status, "recovery", irx_recovery_gather(xen));
        json_object_set_new(status, "deadman", irx_deadman_gather(xen));
    }
    /* The log stays readable after an abort or update, when the host is idle again. */
    if (status && (laid_out(&info) || (with_log && info.region_size)) &&
        add_view(status, xen, &info, with_log, e)) {
        json_decref(status);
        return NULL;
    }
    if (!status)
        irx_fail(e, -ENOMEM, "free some memory in dom0", "out of memory");
    return status;
}

/* ---- for people ---- */

static void print_exits(const char *title, const json_t *exits, FILE *out)
{
    const char *class;
    json_t *count;

    if (!json_object_size(exits))
        return;
    fprintf(out, "             %-7s", title);
    json_object_foreach((json_t *)(uintptr_t)exits, class, count)
        fprintf(out, " %s %lld", class, (long long)json_integer_value(count));
    fputc('\n', out);
}

/* paused: of a domain whose vCPUs do not run, whatever they would do. */
static void print_vcpu(const json_t *v, bool paused, FILE *out)
{
    const json_t *park = json_object_get(v, "park");
    const char *state = paused && !json_is_object(park) ? "paused" : irx_json_text(v, "state", "");

    fprintf(out, "    vCPU %-3lld %-9s in %lld, out %lld events, %lld timers\n",
            irx_json_integer(v, "vcpu"), state, irx_json_integer(v, "events_in"),
            irx_json_integer(v, "events_out"), irx_json_integer(v, "timers_fired"));
    if (json_is_object(park))
        fprintf(out, "             parked for %lld ms: %s %s%s%s (exit %s, %s, %s)\n",
                irx_json_integer(park, "since_us") / 1000, irx_json_text(park, "class", ""),
                irx_json_text(park, "detail", ""), irx_json_text(park, "words", "")[0] ? ": " : "",
                irx_json_text(park, "words", ""), irx_json_text(park, "exit_code", ""),
                irx_json_text(park, "exit_info1", ""), irx_json_text(park, "exit_info2", ""));
    print_exits("served", json_object_get(v, "exits_served"), out);
    print_exits("parked", json_object_get(v, "exits_parked"), out);
}

static void print_cpus(const json_t *cpus, FILE *out)
{
    const json_t *cpu;
    size_t i;

    json_array_foreach(cpus, i, cpu)
    {
        fprintf(out,
                "CPU %-4lld APIC %-3lld %-9s busy %lld %%, %lld switches, %lld doorbells, "
                "seen %lld ms ago",
                irx_json_integer(cpu, "cpu"), irx_json_integer(cpu, "apic_id"),
                irx_json_text(cpu, "state", ""), irx_json_integer(cpu, "busy_percent"),
                irx_json_integer(cpu, "switches"), irx_json_integer(cpu, "doorbells"),
                irx_json_integer(cpu, "heartbeat_us") / 1000);
        if (irx_json_integer(cpu, "error"))
            fprintf(out, ", error: %s", strerror((int)-irx_json_integer(cpu, "error")));
        fputc('\n', out);
        irx_machine_check_print(json_object_get(cpu, "machine_check"), out);
    }
}

static void print_domains(const json_t *domains, FILE *out)
{
    const json_t *domain, *vcpu;
    size_t i, k;

    json_array_foreach(domains, i, domain)
    {
        bool paused = json_is_true(json_object_get(domain, "paused"));

        fprintf(out, "%s (%lld): %s", irx_json_text(domain, "name", ""),
                irx_json_integer(domain, "domid"), irx_json_text(domain, "state", ""));
        if (irx_json_integer(domain, "error"))
            fprintf(out, ", %s", strerror((int)-irx_json_integer(domain, "error")));
        if (paused)
            fputs(", paused or shut down: its vCPUs do not run until it is claimed", out);
        else if (!strcmp(irx_json_text(domain, "state", ""), "prepared"))
            fputs(", runs in Xen", out);
        fputc('\n', out);
        if (json_is_object(json_object_get(domain, "quarantined")))
            fprintf(out, "    quarantined: %s\n    remedy: %s\n",
                    irx_json_text(json_object_get(domain, "quarantined"), "what", ""),
                    irx_json_text(json_object_get(domain, "quarantined"), "remedy", ""));
        json_array_foreach(json_object_get(domain, "vcpus"), k, vcpu) print_vcpu(vcpu, paused, out);
    }
}

/* Who is at it, and what ends it if nobody is. */
static void print_work(const json_t *host, const json_t *deadman, FILE *out)
{
    const char *next = irx_json_text(host, "next", ""), *who = irx_json_text(host, "at_work", "");
    bool finish = !strcmp(next, "finish");

    if (who[0])
        fprintf(out, "at work  interrex %s\n", who);
    else if (next[0])
        fprintf(out, "at work  nobody: `interrex %s` %s\n", next,
                finish ? "completes the update" : "goes back");
    if (!who[0] && finish && json_is_object(deadman) && !irx_deadman_began(deadman))
        fprintf(out, "         else Xen does by itself, when nobody has gone on for %lld s\n",
                irx_json_integer(deadman, "limit_ms") / 1000);
}

void irx_status_print(const json_t *status, unsigned int log_lines, FILE *out)
{
    const json_t *xen = json_object_get(status, "xen"), *host = json_object_get(status, "host");
    const json_t *region = json_object_get(host, "region"), *log = json_object_get(status, "log");
    const json_t *shim = json_object_get(status, "shim");
    size_t lines = json_array_size(log);

    fprintf(out, "Xen      %s, build id %s, Interrex %s, ABI %s\n",
            irx_json_text(xen, "version", ""), irx_json_text(xen, "build_id", ""),
            irx_json_text(xen, "interrex", ""), irx_json_text(xen, "abi", ""));
    fprintf(out,
            "host     %s; %lld of %lld CPUs online, %lld of %lld MiB free, update number %lld\n",
            irx_json_text(host, "state", ""), irx_json_integer(host, "online_cpus"),
            irx_json_integer(host, "cpus"), irx_json_integer(host, "free_mib"),
            irx_json_integer(host, "memory_mib"), irx_json_integer(host, "generation"));
    irx_heap_print(host, out);
    print_work(host, json_object_get(status, "deadman"), out);
    if (json_is_object(region))
        fprintf(out, "region   %lld MiB at %s, %lld MiB for a target\n",
                irx_json_integer(region, "mib"), irx_json_text(region, "base", ""),
                irx_json_integer(region, "slot_mib"));
    else if (irx_json_integer(host, "region_needed_mib"))
        fprintf(out, "region   too small for this host: boot Xen with liveupdate=%lldM or more\n",
                irx_json_integer(host, "region_needed_mib"));
    else if (irx_json_text(host, "region_asked", "")[0])
        fprintf(out, "region   none: liveupdate=%s could not be set aside, see `interrex check`\n",
                irx_json_text(host, "region_asked", ""));
    else
        fprintf(out, "region   none: boot Xen with liveupdate=<size>\n");
    if (shim)
        fprintf(out, "shim     %s%s%s, Interrex %s\n", irx_json_text(shim, "state", ""),
                irx_json_integer(shim, "error") ? ": " : "",
                irx_json_integer(shim, "error") ? strerror((int)-irx_json_integer(shim, "error"))
                                                : "",
                irx_json_text(shim, "interrex", ""));
    irx_recovery_print(json_object_get(status, "recovery"), out);
    irx_deadman_print(json_object_get(status, "deadman"), out);
    print_cpus(json_object_get(status, "cpus"), out);
    irx_dead_print(json_object_get(status, "dead_cpus"), out);
    print_domains(json_object_get(status, "domains"), out);
    for (size_t i = log_lines && lines > log_lines ? lines - log_lines : 0; i < lines; i++)
        fprintf(out, "log      %s\n", json_string_value(json_array_get(log, i)));
}
