/* SPDX-License-Identifier: GPL-2.0-only */
#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

#define DOMID_RESERVED 0x7ff0u /* DOMID_FIRST_RESERVED of xen/include/public/xen.h */

bool irx_session_carries(const struct irx_xen_domain *domain)
{
    return domain->domid != 0 && domain->domid < DOMID_RESERVED;
}

/* Calls fn with each domain that an update carries, until it answers true. As many, or -errno. */
static int for_each_domain(struct irx_session *s,
                           bool (*fn)(struct irx_session *s, const struct irx_xen_domain *d,
                                      void *arg),
                           void *arg)
{
    struct irx_xen_domain *list = calloc(IRX_SESSION_DOMAINS_MAX, sizeof(*list));
    int count = list ? s->xen->ops->domains(s->xen->ctx, list, IRX_SESSION_DOMAINS_MAX) : -ENOMEM;

    for (int i = 0; i < count; i++)
        if (irx_session_carries(&list[i]) && fn(s, &list[i], arg))
            break;
    free(list);
    return count;
}

static bool find_living(struct irx_session *s, const struct irx_xen_domain *d, void *domid)
{
    uint32_t *sought = domid;

    (void)s;
    if (d->domid != *sought || d->dying)
        return false;
    *sought = 0; /* found */
    return true;
}

bool irx_session_has_ended(struct irx_session *s, uint32_t domid)
{
    uint32_t sought = domid;

    return for_each_domain(s, find_living, &sought) >= 0 && sought;
}

static bool find_unheld(struct irx_session *s, const struct irx_xen_domain *d, void *other)
{
    const struct irx_guest *g = irx_session_guest(s, d->domid);

    if ((g && (g->entered || g->carried)) || (d->pv && !d->dying))
        return false;
    *(struct irx_xen_domain *)other = *d;
    return true;
}

int irx_session_unheld(struct irx_session *s, struct irx_xen_domain *other, struct irx_error *e)
{
    int rc;

    *other = (struct irx_xen_domain){0};
    rc = for_each_domain(s, find_unheld, other);
    if (rc < 0)
        return irx_fail(e, rc, "see `xl dmesg`", "cannot list the domains: %s", strerror(-rc));
    return other->domid != 0;
}

/* Domains U of the host that are not on their way out. */
static int list_guests(struct irx_session *s, struct irx_error *e)
{
    struct irx_xen_domain *list = calloc(IRX_SESSION_DOMAINS_MAX, sizeof(*list));
    int count = list ? s->xen->ops->domains(s->xen->ctx, list, IRX_SESSION_DOMAINS_MAX) : -ENOMEM;

    s->guests = calloc(IRX_SESSION_DOMAINS_MAX, sizeof(*s->guests));
    if (count >= 0 && !s->guests)
        count = -ENOMEM;
    for (int i = 0; i < count; i++) {
        struct irx_guest *g = &s->guests[s->guest_count];

        if (!irx_session_carries(&list[i]) || list[i].dying)
            continue;
        g->domid = list[i].domid;
        g->vcpus = list[i].vcpus;
        g->pv = list[i].pv;
        g->memory_mib = list[i].memory_kib / 1024;
        irx_xen_name(s->xen, g->domid, g->name, sizeof(g->name));
        s->guest_count++;
    }
    free(list);
    return count < 0 ? irx_fail(e, count, "see `xl dmesg`", "cannot list the domains: %s",
                                strerror(-count))
                     : 0;
}

int irx_session_open(struct irx_session *s, const struct irx_xen *xen, FILE *progress,
                     unsigned int phases, const volatile sig_atomic_t *stop, struct irx_error *e)
{
    int rc;

    memset(s, 0, sizeof(*s));
    s->xen = xen;
    s->stop = stop;
    s->started = time(NULL);
    irx_progress_start(&s->progress, progress, xen, phases);
    rc = irx_xen_require(xen, &s->before, e);
    if (rc)
        return rc;
    s->start_tsc = s->before.tsc;
    rc = xen->ops->version(xen->ctx, &s->source);
    if (rc == 0)
        rc = xen->ops->host(xen->ctx, &s->host);
    if (rc)
        return irx_fail(e, rc, "see `xl dmesg`", "Xen does not describe itself: %s", strerror(-rc));
    if (irx_host_in_use(s->before.host_state)) /* a session that another process began */
        s->held_cpus = irx_view_lent(xen);
    s->cpus = s->host.online_cpus + s->held_cpus;
    return list_guests(s, e);
}

void irx_session_free(struct irx_session *s)
{
    irx_progress_end(&s->progress);
    json_decref(s->recovery);
    free(s->over.list);
    s->over = (struct irx_over){0};
    json_decref(s->deadman);
    for (unsigned int i = 0; i < s->guest_count; i++) {
        free(s->guests[i].samples);
        free(s->guests[i].quarantine);
    }
    free(s->guests);
    s->guests = NULL;
    s->guest_count = 0;
    free(s->checked_cpus);
    s->checked_cpus = NULL;
    s->checked_cpu_count = 0;
}

struct irx_guest *irx_session_guest(struct irx_session *s, uint32_t domid)
{
    for (unsigned int i = 0; i < s->guest_count; i++)
        if (s->guests[i].domid == domid)
            return &s->guests[i];
    return NULL;
}

struct irx_guest *irx_session_guest_of(struct irx_session *s, const struct irx_domain *d)
{
    struct irx_guest *g = irx_session_guest(s, d->domid);

    if (!g && s->guest_count < IRX_SESSION_DOMAINS_MAX) {
        g = &s->guests[s->guest_count++];
        g->domid = d->domid;
        g->vcpus = d->vcpu_count;
        irx_xen_name(s->xen, g->domid, g->name, sizeof(g->name));
    }
    return g;
}

void irx_session_continue(struct irx_session *s)
{
    s->executed = true;
    s->after = s->before;
    s->target = s->source;
    s->source = (struct irx_xen_version){0};
}

int irx_session_stopped(const struct irx_session *s, struct irx_error *e)
{
    if (s->committed)
        return 0;
    if (s->give_up_ns && s->xen->ops->now_ns(s->xen->ctx) > s->give_up_ns)
        return irx_fail(e, -ETIME, "see in the report what took long, or raise --time-limit",
                        "the time limit is over");
    if (!s->stop || !*s->stop)
        return 0;
    return irx_fail(e, -EINTR, "run it again when it is to go on", "stopped by signal %d",
                    (int)*s->stop);
}

int irx_guest_failed(struct irx_error *e, int rc, const char *verb, const struct irx_guest *g)
{
    const char *remedy = "see `interrex status --log` and `xl dmesg`";

    switch (rc) {
    case -ETIMEDOUT:
        remedy = "the shim or the guest's memory took too long: see `interrex status --log`, "
                 "try again with a less loaded host";
        break;
    case -ENOSPC:
    case -ENOMEM:
        remedy = "its memory is in too many pieces for the region: boot with a larger liveupdate=";
        break;
    case -EOPNOTSUPP:
        remedy = "run `interrex check` for the reason";
        break;
    }
    return irx_fail(e, rc, remedy, "cannot %s %s (domain %u): %s", verb, g->name, g->domid,
                    strerror(-rc));
}
