/* SPDX-License-Identifier: GPL-2.0-only */
#include "session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "reasons.h"
#include "view.h"

#define TRIES          4u   /* of a claim and of a return */
#define TRY_PAUSE_MS   250u /* between them */
#define HOLD_STEP_MS   500u
#define SHOW_NS        2000000000u /* between two lines about the times */
#define REASONS_MAX    4096u
#define DOMID_RESERVED 0x7ff0u /* DOMID_FIRST_RESERVED of xen/include/public/xen.h */

/* ---- phases ---- */

/* The host's TSC now; it runs on across a kexec, which the clock of dom0 need not. */
static uint64_t now_tsc(struct irx_session *s)
{
    struct irx_op_info info;

    if (irx_xen_info(s->xen, &info))
        return s->phase_count ? s->phases[s->phase_count - 1].start_tsc : s->start_tsc;
    return info.tsc;
}

static struct irx_phase *phase_begin(struct irx_session *s, const char *name)
{
    static struct irx_phase spare;
    struct irx_phase *phase = &spare;

    if (!s->times) /* else the times are one phase to whoever watches */
        irx_progress_phase(&s->progress, name);
    for (unsigned int i = 0; s->time && i < s->phase_count; i++)
        if (!strcmp(s->phases[i].name, name)) {
            s->phases[i].begun_tsc = now_tsc(s);
            return &s->phases[i];
        }
    if (s->phase_count < IRX_SESSION_PHASES_MAX)
        phase = &s->phases[s->phase_count++];
    phase->name = name;
    phase->start_tsc = phase->end_tsc = phase->begun_tsc = now_tsc(s);
    return phase;
}

static void phase_end(struct irx_session *s, struct irx_phase *phase)
{
    phase->end_tsc += now_tsc(s) - phase->begun_tsc;
}

static int stopped(struct irx_session *s, struct irx_error *e)
{
    if (s->committed || !s->stop || !*s->stop)
        return 0;
    return irx_fail(e, -EINTR, NULL, "stopped by signal %d", (int)*s->stop);
}

/* What Xen's answer to an operation on a domain means. */
static int domain_failed(struct irx_error *e, int rc, const char *verb, const struct irx_guest *g)
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

/* ---- opening ---- */

static void name_guest(struct irx_session *s, struct irx_guest *g)
{
    if (s->xen->ops->name(s->xen->ctx, g->domid, g->name, sizeof(g->name)))
        snprintf(g->name, sizeof(g->name), "domain %u", g->domid);
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

        if (list[i].domid == 0 || list[i].domid >= DOMID_RESERVED || list[i].dying)
            continue;
        g->domid = list[i].domid;
        g->vcpus = list[i].vcpus;
        g->memory_mib = list[i].memory_kib / 1024;
        name_guest(s, g);
        s->guest_count++;
    }
    free(list);
    return count < 0 ? irx_fail(e, count, NULL, "cannot list the domains: %s", strerror(-count))
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
        return irx_fail(e, rc, NULL, "Xen does not describe itself: %s", strerror(-rc));
    if (s->before.host_state > IRX_HOST_LOADED) /* a session that another process began */
        s->held_cpus = irx_view_lent(xen);
    s->cpus = s->host.online_cpus + s->held_cpus;
    return list_guests(s, e);
}

void irx_session_free(struct irx_session *s)
{
    for (unsigned int i = 0; i < s->guest_count; i++)
        free(s->guests[i].samples);
    free(s->guests);
    s->guests = NULL;
    s->guest_count = 0;
}

struct irx_guest *irx_session_guest(struct irx_session *s, uint32_t domid)
{
    for (unsigned int i = 0; i < s->guest_count; i++)
        if (s->guests[i].domid == domid)
            return &s->guests[i];
    return NULL;
}

/* ---- check ---- */

static void subject_of(struct irx_session *s, uint16_t domid, char *subject, size_t size)
{
    const struct irx_guest *g = irx_session_guest(s, domid);

    if (domid == IRX_DOMID_HOST)
        snprintf(subject, size, "host");
    else if (domid == 0)
        snprintf(subject, size, "Domain-0 (0)");
    else if (g)
        snprintf(subject, size, "%s (%u)", g->name, domid);
    else
        snprintf(subject, size, "domain %u", domid);
}

static void add_reasons(struct irx_session *s, bool loaded, const struct irx_op_reason *reasons,
                        unsigned int count, struct irx_findings *f)
{
    for (unsigned int i = 0; i < count; i++) {
        struct irx_finding finding = {0};

        if (reasons[i].code == IRX_REASON_NOT_LOADED && !loaded)
            continue;
        irx_reason_describe(&reasons[i], &finding);
        subject_of(s, reasons[i].domid, finding.subject, sizeof(finding.subject));
        irx_findings_add(f, &finding);
    }
}

static void add_passed(struct irx_session *s, const struct irx_op_reason *reasons,
                       unsigned int count, struct irx_findings *f)
{
    bool host = true;
    char subject[80];

    for (unsigned int i = 0; i < count; i++)
        if (reasons[i].domid == IRX_DOMID_HOST && reasons[i].code != IRX_REASON_NOT_LOADED)
            host = false;
    if (host)
        irx_findings_ok(f, "host", "%u CPUs, %" PRIu64 " MiB, region of %" PRIu64 " MiB, %s",
                        s->cpus, s->host.memory_mib, s->before.region_size >> 20,
                        irx_host_state_name(s->before.host_state));
    for (unsigned int g = 0; g < s->guest_count; g++) {
        const struct irx_guest *guest = &s->guests[g];
        bool passed = true;

        for (unsigned int i = 0; i < count; i++)
            passed &= reasons[i].domid != guest->domid;
        subject_of(s, (uint16_t)guest->domid, subject, sizeof(subject));
        if (passed)
            irx_findings_ok(f, subject, "%u vCPU%s, %" PRIu64 " MiB", guest->vcpus,
                            guest->vcpus == 1 ? "" : "s", guest->memory_mib);
    }
}

int irx_session_check(struct irx_session *s, bool loaded, struct irx_findings *f,
                      struct irx_error *e)
{
    struct irx_op_reason *reasons = calloc(REASONS_MAX, sizeof(*reasons));
    struct irx_phase *phase = phase_begin(s, "check");
    unsigned int count = 0, kept;
    int rc = reasons ? irx_xen_check(s->xen, reasons, REASONS_MAX, &count) : -ENOMEM;

    if (rc) {
        free(reasons);
        return irx_fail(e, rc, NULL, "Xen does not check the host: %s", strerror(-rc));
    }
    kept = count < REASONS_MAX ? count : REASONS_MAX;
    add_passed(s, reasons, kept, f);
    add_reasons(s, loaded, reasons, kept, f);
    if (count > kept) {
        struct irx_error more = {0};

        irx_fail(&more, -E2BIG, "remove the ones that are shown first",
                 "%u more reasons than can be shown", count - kept);
        irx_findings_error(f, "host", &more);
    }
    free(reasons);
    phase_end(s, phase);
    irx_progress_step(&s->progress, 1, 1, "%s",
                      irx_findings_passed(f) ? "nothing refuses" : "refused");
    return 0;
}

/* ---- load ---- */

static int load_shim(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    struct irx_op_load load = {
        .image_size = target->flat.size,
        .mem_size = target->flat.mem_size,
        .entry = target->flat.entry,
        .note = target->shim.note,
    };
    int rc = irx_xen_load_shim(s->xen, &load, target->flat.data);

    switch (rc) {
    case 0:
        return 0;
    case -EBUSY:
        return irx_fail(e, rc, "run `interrex abort` first", "the host is %s: a shim is in use",
                        irx_host_state_name(s->before.host_state));
    case -ENODEV:
        return irx_fail(e, rc, "boot Xen with liveupdate=<size> on its command line",
                        "Xen has no live-update region");
    case -ENOSPC:
        return irx_fail(e, rc, "boot Xen with a larger liveupdate=",
                        "the shim (%" PRIu64 " KiB in memory) does not fit the region of %" PRIu64
                        " MiB",
                        load.mem_size >> 10, s->before.region_size >> 20);
    default:
        return irx_fail(e, rc, NULL, "Xen does not take the shim %s: %s", target->shim_file.path,
                        strerror(-rc));
    }
}

static int load_xen(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    struct irx_op_info info;
    struct irx_image image;
    int rc = irx_xen_require(s->xen, &info, e); /* the slot, as the shim's load laid R out */

    if (rc == 0)
        rc = irx_target_image(target, &info, &image, e);
    if (rc)
        return rc;
    rc = s->xen->ops->kexec_load(s->xen->ctx, &image);
    irx_image_free(&image);
    if (rc)
        return irx_fail(
            e, rc,
            rc == -EINVAL ? "the running Xen may not take live-update images: update it "
                            "by a reboot, once"
                          : "see `xl dmesg`",
            "Xen does not take the target %s: %s", target->xen_file.path, strerror(-rc));
    return 0;
}

int irx_session_load(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "load");
    int rc = stopped(s, e);

    if (rc == 0)
        rc = load_shim(s, target, e);
    if (rc)
        return rc;
    irx_progress_step(&s->progress, 1, target->with_xen ? 2 : 1, "shim, %" PRIu64 " KiB",
                      target->flat.mem_size >> 10);
    if (target->with_xen) {
        rc = load_xen(s, target, e);
        if (rc) {
            struct irx_error ignored;

            irx_session_unload(s, &ignored);
            return rc;
        }
        snprintf(s->target.build_id, sizeof(s->target.build_id), "%s", target->xen.build_id);
        irx_progress_step(&s->progress, 2, 2, "target %s", target->xen_file.path);
    }
    phase_end(s, phase);
    return 0;
}

int irx_session_unload(struct irx_session *s, struct irx_error *e)
{
    int target = s->xen->ops->kexec_unload(s->xen->ctx);
    int shim = irx_xen_unload(s->xen);
    int rc = shim ? shim : target;

    return rc ? irx_fail(e, rc, NULL, "Xen does not unload: %s", strerror(-rc)) : 0;
}

/* ---- lend, prepare, enter ---- */

int irx_session_lend(struct irx_session *s, const uint32_t *cpus, unsigned int count,
                     struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "lend");
    int rc = stopped(s, e);

    if (rc)
        return rc;
    s->touched = true;
    rc = irx_xen_lend(s->xen, cpus, count);
    if (rc)
        return irx_fail(e, rc,
                        rc == -ETIMEDOUT ? "see `interrex status --log` for where the shim stopped"
                                         : "run `interrex check`, and see `xl dmesg`",
                        "cannot lend the CPUs: %s", strerror(-rc));
    s->held_cpus = irx_view_lent(s->xen);
    phase_end(s, phase);
    irx_progress_step(&s->progress, 1, 1, "%u of %u CPUs held by the shim", s->held_cpus, s->cpus);
    return 0;
}

int irx_session_prepare(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "prepare");

    for (unsigned int i = 0; i < s->guest_count; i++) {
        struct irx_guest *g = &s->guests[i];
        int rc = stopped(s, e);

        if (rc)
            return rc;
        s->touched = true;
        g->prepare = (struct irx_op_domain){.domid = g->domid};
        rc = irx_xen_domain_op(s->xen, IRX_OP_PREPARE, &g->prepare);
        if (rc == -ESRCH) {
            g->gone = true;
            irx_progress_step(&s->progress, i + 1, s->guest_count, "%s has ended", g->name);
            continue;
        }
        if (rc)
            return domain_failed(e, rc, "prepare", g);
        g->prepared = true;
        irx_progress_step(&s->progress, i + 1, s->guest_count, "%s (domain %u), %" PRIu64 " MiB",
                          g->name, g->domid, g->memory_mib);
    }
    phase_end(s, phase);
    return 0;
}

int irx_session_enter(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "enter");

    for (unsigned int i = 0; i < s->guest_count; i++) {
        struct irx_guest *g = &s->guests[i];
        int rc = stopped(s, e);

        if (rc)
            return rc;
        if (g->gone)
            continue;
        g->enter = (struct irx_op_domain){.domid = g->domid};
        rc = irx_xen_domain_op(s->xen, IRX_OP_ENTER, &g->enter);
        if (rc)
            return domain_failed(e, rc, "enter", g);
        g->entered = true;
        irx_measure_entered(s, g);
        irx_progress_step(&s->progress, i + 1, s->guest_count, "%s (domain %u) runs in the shim",
                          g->name, g->domid);
    }
    phase_end(s, phase);
    return 0;
}

/* ---- hold ---- */

/* Every entered domain still runs, every CPU is still held. */
static int check_held(struct irx_session *s, struct irx_error *e)
{
    struct irx_view view;
    int rc = irx_view_read(s->xen, &view, e);

    if (rc == 0 && view.anchor.shim_state == IRX_SHIM_FAILED)
        rc = irx_fail(e, -EIO, "see `interrex status --log`", "the shim failed: %s",
                      strerror(-view.anchor.shim_error));
    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++)
        if (view.domains[i].d.state == IRX_DOM_FAILED) {
            const struct irx_domain *d = &view.domains[i].d;
            const struct irx_guest *g = irx_session_guest(s, d->domid);

            rc = irx_fail(e, -EIO, "see `interrex status --log`", "%s (domain %u) failed: %s",
                          g ? g->name : "?", d->domid, strerror(-d->error));
        }
    irx_view_free(&view);
    return rc;
}

int irx_session_hold(struct irx_session *s, unsigned int ms, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "hold");
    uint64_t start = s->xen->ops->now_ns(s->xen->ctx), passed = 0;
    unsigned int shown = 0;
    int rc = 0;

    while (passed < ms && rc == 0) {
        unsigned int left = ms - (unsigned int)passed;

        s->xen->ops->sleep_ms(s->xen->ctx, left < HOLD_STEP_MS ? left : HOLD_STEP_MS);
        passed = (s->xen->ops->now_ns(s->xen->ctx) - start) / 1000000;
        if (passed > ms)
            passed = ms;
        rc = stopped(s, e);
        if (rc == 0)
            rc = check_held(s, e);
        if (rc == 0 && (passed * 10 / ms != shown || passed == ms)) {
            shown = (unsigned int)(passed * 10 / ms);
            irx_progress_step(&s->progress, passed, ms, "%u.%u of %u.%u s",
                              (unsigned int)passed / 1000, (unsigned int)passed % 1000 / 100,
                              ms / 1000, ms % 1000 / 100);
        }
    }
    phase_end(s, phase);
    return rc;
}

/* ---- kexec ---- */

/* A domain that was made after we listed them would be lost. */
static int check_newcomers(struct irx_session *s, struct irx_error *e)
{
    struct irx_xen_domain *list = calloc(IRX_SESSION_DOMAINS_MAX, sizeof(*list));
    int count = list ? s->xen->ops->domains(s->xen->ctx, list, IRX_SESSION_DOMAINS_MAX) : -ENOMEM;
    int rc = 0;

    if (count < 0)
        rc = irx_fail(e, count, NULL, "cannot list the domains: %s", strerror(-count));
    for (int i = 0; rc == 0 && i < count; i++) {
        const struct irx_guest *g = irx_session_guest(s, list[i].domid);

        if (list[i].domid == 0 || list[i].domid >= DOMID_RESERVED || (g && g->entered))
            continue;
        rc = irx_fail(e, -EAGAIN, "create and destroy no domains during an update; try again",
                      "domain %u is not held: it came up during the update, or is being destroyed",
                      list[i].domid);
    }
    free(list);
    return rc;
}

int irx_session_exec(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "kexec");
    uint64_t called;
    int rc = check_newcomers(s, e);

    if (rc == 0)
        rc = stopped(s, e);
    if (rc)
        return rc;
    irx_progress_step(&s->progress, 0, 1, "dom0 stops here until the next Xen resumes it");
    s->committed = true;
    called = now_tsc(s);
    phase->start_tsc = called;
    /* The point of no return is inside this call: it fails in this Xen, or succeeds in the next. */
    rc = s->xen->ops->kexec_exec(s->xen->ctx);
    if (rc) {
        s->committed = false;
        return irx_fail(e, rc, "see `xl dmesg`", "Xen does not start the target: %s",
                        strerror(-rc));
    }
    rc = irx_xen_require(s->xen, &s->after, e);
    if (rc)
        return rc; /* in the next Xen, but deaf: the caller says that guests are still held */
    if (s->after.boot_tsc == s->before.boot_tsc) {
        s->committed = false;
        return irx_fail(e, -EIO, "see `xl dmesg`",
                        "Xen came back from the jump without having made it");
    }
    s->executed = true;
    irx_measure_stall(s, phase);
    if (s->xen->ops->version(s->xen->ctx, &s->target))
        memset(&s->target, 0, sizeof(s->target));
    irx_progress_step(&s->progress, 1, 1, "Xen %s resumed dom0", s->target.version);
    return 0;
}

/* ---- claim, return ---- */

static bool needs_claim(uint32_t state)
{
    switch (state) {
    case IRX_DOM_WITH_XEN:
    case IRX_DOM_CLAIMED:
    case IRX_DOM_PARKED:
        return false;
    default:
        return true;
    }
}

/* A guest of R; one that we did not list (abort by another process, after a kexec) is added. */
static struct irx_guest *guest_of(struct irx_session *s, const struct irx_domain *d)
{
    struct irx_guest *g = irx_session_guest(s, d->domid);

    if (!g && s->guest_count < IRX_SESSION_DOMAINS_MAX) {
        g = &s->guests[s->guest_count++];
        g->domid = d->domid;
        g->vcpus = d->vcpu_count;
        name_guest(s, g);
    }
    return g;
}

/* held: it runs in the shim; else it was only prepared, and Xen may have let go of it by itself. */
static int claim_one(struct irx_session *s, struct irx_guest *g, bool held, struct irx_error *e)
{
    int rc = 0;

    g->claim_tsc = now_tsc(s);
    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        g->claim = (struct irx_op_domain){.domid = g->domid};
        rc = irx_xen_domain_op(s->xen, IRX_OP_CLAIM, &g->claim);
        if (rc == -ENOENT && !held)
            return 0;
        if (rc == 0 || rc == -ESRCH) {
            g->claimed = rc == 0;
            g->gone = rc == -ESRCH;
            return 0;
        }
    }
    return domain_failed(e, rc, "claim", g);
}

int irx_session_claim(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "claim");
    unsigned int of = 0, done = 0;
    struct irx_view view;
    int failed = 0, rc = irx_view_read(s->xen, &view, e);

    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++)
        of += needs_claim(view.domains[i].d.state);
    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++) {
        const struct irx_domain *d = &view.domains[i].d;
        struct irx_guest *g = needs_claim(d->state) ? guest_of(s, d) : NULL;
        struct irx_error this = {0};
        bool held = d->state >= IRX_DOM_ENTERING && d->state <= IRX_DOM_FROZEN;

        if (!g)
            continue;
        g->vcpu_first = d->vcpu_first;
        g->vcpu_count = d->vcpu_count;
        if (claim_one(s, g, held, &this)) {
            irx_progress_step(&s->progress, done, of, "%s", this.what);
            if (!failed)
                *e = this;
            failed = this.err;
            continue;
        }
        g->measure = held && g->claimed;
        irx_progress_step(&s->progress, ++done, of, "%s (domain %u) %s", g->name, g->domid,
                          held ? "runs in Xen again" : "was not held");
    }
    irx_view_free(&view);
    phase_end(s, phase);
    return rc ? rc : failed;
}

/* left: the guests ran again since, and R says when. */
static void measure(struct irx_session *s, bool left)
{
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < s->guest_count; i++)
            if (s->guests[i].measure)
                irx_measure_claimed(s, &view.anchor, &s->guests[i], left);
    irx_view_free(&view);
}

/* In between the guests on the boot CPU, which Xen keeps for itself meanwhile, get their turn. */
static int return_all(struct irx_session *s)
{
    int rc;

    do {
        rc = irx_xen_return(s->xen);
    } while (rc == -EAGAIN);
    return rc;
}

int irx_session_return(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = phase_begin(s, "return");
    int rc = 0;

    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        rc = return_all(s);
        if (rc == 0)
            break;
    }
    if (rc)
        return irx_fail(e, rc,
                        "run `interrex abort` again; see `interrex status --log`, `xl dmesg`",
                        "cannot take the CPUs back: %s", strerror(-rc));
    phase_end(s, phase);
    measure(s, true);
    irx_progress_step(&s->progress, 1, 1, "all CPUs are online");
    s->touched = false;
    return 0;
}

/* ---- many times ---- */

void irx_session_times_begin(struct irx_session *s, unsigned int times)
{
    irx_progress_phase(&s->progress, "repeat");
    s->times = times;
    s->shown_ns = s->xen->ops->now_ns(s->xen->ctx);
    s->progress_out = s->progress.out;
    s->progress.out = NULL;
}

/* The next enter of a guest starts from nothing; what R says of the last one will be gone. */
static void forget(struct irx_guest *g)
{
    free(g->samples);
    g->samples = NULL;
    g->prepared = g->entered = g->claimed = g->measure = false;
}

void irx_session_time_done(struct irx_session *s)
{
    uint64_t now = s->xen->ops->now_ns(s->xen->ctx);

    s->time++;
    s->progress.out = s->progress_out;
    if (s->time == s->times || now - s->shown_ns >= SHOW_NS) {
        s->shown_ns = now;
        irx_progress_step(&s->progress, s->time, s->times, "%u of %u times", s->time, s->times);
    }
    if (s->time == s->times)
        return; /* the last one is measured when the CPUs are back */
    s->progress.out = NULL;
    measure(s, false);
    for (unsigned int i = 0; i < s->guest_count; i++)
        forget(&s->guests[i]);
}

void irx_session_times_end(struct irx_session *s)
{
    s->progress.out = s->progress_out;
    s->times = 0;
}

static bool in_use(uint32_t host_state)
{
    return host_state != IRX_HOST_IDLE && host_state != IRX_HOST_LOADED;
}

int irx_session_go_back(struct irx_session *s, struct irx_error *e)
{
    struct irx_op_info info;
    int claimed, rc = irx_xen_require(s->xen, &info, e);

    if (rc)
        return rc;
    s->committed = true; /* a second signal does not stop the way back */
    if (!in_use(info.host_state))
        return 0;
    claimed = irx_session_claim(s, e);
    if (claimed)
        return claimed;
    return irx_session_return(s, e);
}
