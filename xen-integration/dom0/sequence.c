/* SPDX-License-Identifier: GPL-2.0-only */
/* The steps from the first lent CPU to the jump, or to the end of a hold. */
#include "sequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "machine_check.h"
#include "measure.h"
#include "over.h"
#include "reasons.h"
#include "turns.h"
#include "view.h"

#define HOLD_STEP_MS   500u
#define DYING_TRIES    100u
#define DYING_PAUSE_MS 100u

/* One core more. */
static int lend_next(struct irx_session *s, struct irx_error *e)
{
    int rc = irx_xen_lend(s->xen, s->lend, s->lend_count, &s->lend_left);
    uint32_t lent;

    if (rc)
        return irx_fail(
            e, rc,
            rc == -ETIMEDOUT ? "see `interrex status --log` for where the shim stopped"
            : rc == -ENOBUFS
                ? "the host's interrupts need more CPUs than would stay: lend fewer (--cpus)"
                : "run `interrex check`, and see `xl dmesg`",
            "cannot lend the CPUs: %s", strerror(-rc));
    lent = irx_view_lent(s->xen);
    if (lent > s->held_cpus)
        s->held_cpus = lent;
    return 0;
}

static void say_held(struct irx_session *s, uint64_t done, uint64_t of)
{
    irx_progress_step(&s->progress, done, of, "%u of %u CPUs held by the shim", s->held_cpus,
                      s->cpus);
}

int irx_session_lend(struct irx_session *s, const uint32_t *cpus, unsigned int count,
                     struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "lend");
    int rc = irx_session_stopped(s, e);

    s->lend = cpus;
    s->lend_count = count;
    if (rc == 0)
        rc = lend_next(s, e);
    if (rc)
        return rc;
    irx_phase_end(s, phase);
    say_held(s, 1, 1);
    return 0;
}

/* ---- prepare ---- */

#define TRIES        3u
#define TRY_PAUSE_MS 250u

/* The guest changed its memory or its ports meanwhile, or the host was too busy. */
static bool may_pass(int rc)
{
    return rc == -EAGAIN || rc == -E2BIG || rc == -ETIMEDOUT;
}

/* The guest runs meanwhile, so each try may take longer. */
static int prepare_one(struct irx_session *s, struct irx_guest *g)
{
    static const uint32_t limits_ms[TRIES] = {0, 10000, 30000};
    int rc = 0;

    for (unsigned int try = 0; try < TRIES; try++) {
        struct irx_op_domain prepare = {.domid = g->domid,
                                        .timeout_ms = irx_step_ms(s, limits_ms[try])};

        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        rc = irx_xen_domain_op(s->xen, IRX_OP_PREPARE, &prepare);
        if (!may_pass(rc))
            break;
    }
    return rc;
}

#define REASONS_MAX 512u /* that Xen tells in one answer: op/check.c */

/* The guests that take more of R than their share, in words; "": there are none. */
static void name_takers(struct irx_session *s, const struct irx_op_reason *reasons,
                        unsigned int count, char *words, size_t size)
{
    size_t used = 0;

    words[0] = '\0';
    for (unsigned int i = 0; i < count && used < size; i++) {
        const struct irx_guest *g = irx_session_guest(s, reasons[i].domid);

        if (reasons[i].code == IRX_REASON_REGION_SHARE && g)
            used += (size_t)snprintf(words + used, size - used, "%s%s (%" PRIu64 " KiB)",
                                     used ? ", " : "; more than its share takes ", g->name,
                                     reasons[i].detail >> 10);
    }
}

/*
 * Where the guests are is known only now: can the next Xen boot beside them, and has R room for dom0 and
 * the sections?
 */
static int check_room(struct irx_session *s, struct irx_error *e)
{
    struct irx_op_reason *reasons = calloc(REASONS_MAX, sizeof(*reasons));
    struct irx_op_check check = {0};
    struct irx_finding f = {0};
    unsigned int kept;
    char takers[160];
    int rc = reasons ? irx_xen_check(s->xen, &check, reasons, REASONS_MAX) : -ENOMEM;

    if (rc)
        irx_fail(e, rc, NULL, "Xen does not check the host: %s", strerror(-rc));
    kept = check.count < REASONS_MAX ? check.count : REASONS_MAX;
    for (unsigned int i = 0; rc == 0 && i < kept; i++)
        if (reasons[i].code == IRX_REASON_FRAGMENTED ||
            reasons[i].code == IRX_REASON_REGION_SMALL) {
            irx_reason_describe(&reasons[i], &f);
            name_takers(s, reasons, kept, takers, sizeof(takers));
            rc = irx_fail(e, -ENOSPC, f.remedy, "%s%s", f.what,
                          reasons[i].code == IRX_REASON_REGION_SMALL ? takers : "");
        }
    free(reasons);
    return rc;
}

/* Xen answered rc about guest i: because it has ended, which is no failure of ours? */
static bool left_out(struct irx_session *s, unsigned int i, int rc)
{
    struct irx_guest *g = &s->guests[i];

    if (rc != -ESRCH && !irx_session_has_ended(s, g->domid))
        return false;
    g->gone = true;
    irx_progress_step(&s->progress, i + 1, s->guest_count, "%s has ended", g->name);
    return true;
}

/*
 * R has no room for guest g's memory, but it need not be the one that takes it: a guest that tears its memory
 * into pieces would have its neighbours blamed. Names who of those that are in R has most.
 */
static void blame(struct irx_session *s, const struct irx_guest *g, struct irx_error *e)
{
    size_t length = strlen(e->what);
    const struct irx_domain *most = NULL;
    const struct irx_guest *other;
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.domain_count; i++)
            if (view.domains[i].domid &&
                (!most || view.domains[i].extent_count > most->extent_count))
                most = &view.domains[i];
    other = most ? irx_session_guest(s, most->domid) : NULL;
    if (other && other != g && most->extent_count)
        snprintf(e->what + length, sizeof(e->what) - length,
                 "; the memory of %s (domain %u) is in most pieces: %u", other->name, other->domid,
                 most->extent_count);
    irx_view_free(&view);
}

int irx_session_prepare(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "prepare");
    int rc;

    for (unsigned int i = 0; i < s->guest_count; i++) {
        struct irx_guest *g = &s->guests[i];

        rc = irx_session_stopped(s, e);
        if (rc)
            return rc;
        if (g->pv || g->carried)
            continue;
        rc = prepare_one(s, g);
        if (rc && left_out(s, i, rc))
            continue;
        if (rc) {
            irx_guest_failed(e, rc, "prepare", g);
            if (rc == -ENOSPC)
                blame(s, g, e);
            return rc;
        }
        irx_progress_step(&s->progress, i + 1, s->guest_count, "%s (domain %u), %" PRIu64 " MiB",
                          g->name, g->domid, g->memory_mib);
    }
    rc = check_room(s, e);
    if (rc == 0)
        irx_phase_end(s, phase);
    return rc;
}

/* ---- enter ---- */

/* After a failure it is as if it had never been prepared. */
static int enter_one(struct irx_session *s, struct irx_guest *g)
{
    struct irx_op_domain enter;
    int rc = 0;

    for (unsigned int try = 0; try < TRIES; try++) {
        if (try) {
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
            rc = prepare_one(s, g);
            if (rc)
                return rc;
        }
        enter = (struct irx_op_domain){.domid = g->domid, .timeout_ms = irx_step_ms(s, 0)};
        rc = irx_xen_domain_op(s->xen, IRX_OP_ENTER, &enter);
        if (!may_pass(rc))
            break;
    }
    if (rc)
        return rc;
    g->entered = true;
    g->entered_tsc = enter.end_tsc;
    irx_measure_entered(s, g);
    return 0;
}

/* The guests that are to be entered, in the order of their turns. */
static unsigned int plan(const struct irx_session *s, struct irx_turn *list,
                         struct irx_turns *turns)
{
    unsigned int count = 0;

    *turns = (struct irx_turns){.cpus = s->held_cpus + s->lend_left};
    for (unsigned int i = 0; i < s->guest_count; i++) {
        if (s->guests[i].gone || s->guests[i].pv)
            continue;
        if (s->guests[i].carried) {
            turns->vcpus += s->guests[i].vcpus;
            irx_turns_moved(turns, s->guests[i].vcpus);
            continue;
        }
        list[count++] = (struct irx_turn){.index = i, .vcpus = s->guests[i].vcpus};
        turns->vcpus += s->guests[i].vcpus;
    }
    irx_turns_sort(list, count, turns->cpus);
    return count;
}

static int enter_in_turn(struct irx_session *s, const struct irx_turn *list, unsigned int count,
                         struct irx_turns *turns, struct irx_error *e)
{
    unsigned int done = 0;

    while (done < count || s->lend_left) {
        struct irx_guest *g = done < count ? &s->guests[list[done].index] : NULL;
        int rc = irx_session_stopped(s, e);

        if (rc)
            return rc;
        if (s->lend_left && (!g || !irx_turns_fits(turns, s->held_cpus, g->vcpus))) {
            rc = lend_next(s, e);
            if (rc)
                return rc;
            say_held(s, done, count);
            continue;
        }
        rc = enter_one(s, g);
        g->gone = rc && (rc == -ESRCH || irx_session_has_ended(s, g->domid));
        if (rc && !g->gone)
            return irx_guest_failed(e, rc, "enter", g);
        irx_turns_moved(turns, g->vcpus);
        irx_progress_step(&s->progress, ++done, count, "%s (domain %u) %s", g->name, g->domid,
                          g->gone ? "has ended" : "runs in the shim");
        rc = g->gone ? 0 : irx_over_meanwhile(s, g, e);
        if (rc)
            return rc;
    }
    return 0;
}

int irx_session_enter(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "enter");
    struct irx_turn *list = calloc(s->guest_count + 1, sizeof(*list));
    struct irx_turns turns;
    int rc;

    if (!list)
        return irx_fail(e, -ENOMEM, NULL, "out of memory");
    rc = enter_in_turn(s, list, plan(s, list, &turns), &turns, e);
    free(list);
    if (rc == 0) /* those that came first waited for the CPUs that came last */
        rc = irx_over_meanwhile(s, NULL, e);
    if (rc == 0)
        irx_phase_end(s, phase);
    return rc;
}

/* ---- hold ---- */

/* Every entered domain still runs, every CPU is still held. */
static int check_held(struct irx_session *s, struct irx_error *e)
{
    struct irx_view view;
    int rc = irx_view_read(s->xen, &view, e);

    if (rc == 0)
        irx_machine_checks_note(s, &view);
    if (rc == 0 && view.anchor.shim_state == IRX_SHIM_FAILED)
        rc = irx_fail(e, -EIO, "see `interrex status --log`", "the shim failed: %s",
                      strerror(-view.anchor.shim_error));
    for (unsigned int i = 0; rc == 0 && i < view.domain_count; i++)
        if (view.domains[i].state == IRX_DOM_FAILED) {
            const struct irx_domain *d = &view.domains[i];
            const struct irx_guest *g = irx_session_guest(s, d->domid);

            rc = irx_fail(e, -EIO, "see `interrex status --log`", "%s (domain %u) failed: %s",
                          g ? g->name : "?", d->domid, strerror(-d->error));
        }
    irx_view_free(&view);
    return rc;
}

int irx_session_hold(struct irx_session *s, unsigned int ms, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "hold");
    uint64_t start = s->xen->ops->now_ns(s->xen->ctx), passed = 0;
    unsigned int shown = 0;
    int rc = 0;

    while (passed < ms && rc == 0) {
        unsigned int left = ms - (unsigned int)passed;

        s->xen->ops->sleep_ms(s->xen->ctx, left < HOLD_STEP_MS ? left : HOLD_STEP_MS);
        passed = (s->xen->ops->now_ns(s->xen->ctx) - start) / 1000000;
        if (passed > ms)
            passed = ms;
        rc = irx_session_stopped(s, e);
        if (rc == 0)
            rc = check_held(s, e);
        if (rc == 0)
            rc = irx_over_meanwhile(s, NULL, e);
        if (rc == 0 && (passed * 10 / ms != shown || passed == ms)) {
            shown = (unsigned int)(passed * 10 / ms);
            irx_progress_step(&s->progress, passed, ms, "%u.%u of %u.%u s",
                              (unsigned int)passed / 1000, (unsigned int)passed % 1000 / 100,
                              ms / 1000, ms % 1000 / 100);
        }
    }
    irx_phase_end(s, phase);
    return rc;
}

/* ---- kexec ---- */

/*
 * A domain that was made after we listed them would be lost. One that is being destroyed is waited
 * for: a jump is refused while it is there.
 */
static int check_newcomers(struct irx_session *s, struct irx_error *e)
{
    struct irx_xen_domain other;
    int rc = irx_session_unheld(s, &other, e);

    for (unsigned int try = 1; rc == 1 && other.dying && try < DYING_TRIES; try++) {
        s->xen->ops->sleep_ms(s->xen->ctx, DYING_PAUSE_MS);
        rc = irx_session_stopped(s, e);
        if (rc == 0)
            rc = irx_session_unheld(s, &other, e);
    }
    if (rc <= 0)
        return rc;
    if (other.dying)
        return irx_fail(e, -EAGAIN, "see why it stays (`xl list`, its backends), and try again",
                        "domain %u is being destroyed, and is still there after %u s", other.domid,
                        DYING_TRIES * DYING_PAUSE_MS / 1000);
    return irx_fail(e, -EAGAIN, "create no domains during an update; try again",
                    "domain %u is not held: it came up during the update", other.domid);
}

/* A dom0 that stands in the middle of making a page table runs on, and is stopped anew. */
static int jump(struct irx_session *s, struct irx_phase *phase)
{
    int rc = 0;

    for (unsigned int try = 0; try < TRIES; try++) {
        if (try)
            s->xen->ops->sleep_ms(s->xen->ctx, TRY_PAUSE_MS);
        phase->start_tsc = irx_phase_now(s);
        rc = s->xen->ops->kexec_exec(s->xen->ctx);
        if (rc != -EAGAIN)
            break;
    }
    return rc;
}

int irx_session_exec(struct irx_session *s, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "kexec");
    int rc = check_newcomers(s, e);

    if (rc == 0)
        rc = irx_session_stopped(s, e);
    if (rc)
        return rc;
    irx_progress_step(&s->progress, 0, 1, "dom0 stops here until the next Xen resumes it");
    s->committed = true;
    /* The point of no return is inside this call: it fails in this Xen, or succeeds in the next. */
    rc = jump(s, phase);
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
    irx_measure_parked(s);
    if (s->xen->ops->version(s->xen->ctx, &s->target))
        memset(&s->target, 0, sizeof(s->target));
    irx_progress_step(&s->progress, 1, 1, "Xen %s resumed dom0", s->target.version);
    return 0;
}
