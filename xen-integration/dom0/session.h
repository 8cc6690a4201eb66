/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: what one command that changes the host knows of the host, its guests and its own
 * course. The steps that it takes are in sequence.h.
 */
#ifndef INTERREX_DOM0_SESSION_H
#define INTERREX_DOM0_SESSION_H

#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <jansson.h>

#include <interrex/abi/live.h>

#include "findings.h"
#include "forecast.h"
#include "limit.h"
#include "over.h"
#include "phase.h"
#include "progress.h"
#include "repeat.h"
#include "xen.h"

#define IRX_SESSION_DOMAINS_MAX 1024u

/* A vCPU right after enter: did it run at once? */
struct irx_vcpu_sample {
    uint32_t state;
    uint64_t first_tsc;
};

/* A domain U in this session. TSC values are the host's. */
struct irx_guest {
    uint32_t domid;
    char name[64];
    uint32_t vcpus;
    uint64_t memory_mib;
    bool pv; /* not held: it is parked as long as dom0 is */
    bool entered, claimed;
    bool carried; /* quarantined before, and it stays with the shim until the jump */
    bool measure; /* it came back from the shim: irx_measure_all() */
    bool gone;    /* it ended before it was entered */
    struct irx_finding *quarantine;  /* why the Xen that runs cannot take it; NULL: it can */
    uint64_t entered_tsc;            /* end of the operation that entered it */
    uint64_t claim_tsc;              /* when its claim was asked for, the first time */
    uint32_t vcpu_first, vcpu_count; /* in the anchor's table */
    struct irx_vcpu_sample *samples; /* vcpu_count of them */
    struct irx_limits limits;
    struct irx_estimate blackout, brownout; /* with the session's forecast.made */
    /* results; has_*: known */
    bool has_enter, has_leave, has_counts, has_brownout, has_stop;
    uint64_t enter_tsc; /* longest blackout of one of its vCPUs at enter */
    uint64_t leave_tsc;
    uint64_t stop_tsc;         /* of a parked one: how long it stood still */
    uint64_t brownout_tsc;     /* longest time that one of its vCPUs waited for a CPU */
    unsigned int parked_vcpus; /* parked when it was claimed */
    uint64_t longest_park_tsc;
    uint64_t served[IRX_NR_EXITS], parked[IRX_NR_EXITS];
    uint64_t events_in, events_out, timers_fired;
};

struct irx_session {
    const struct irx_xen *xen;
    struct irx_progress progress;
    const volatile sig_atomic_t *stop; /* a signal asks to stop */
    bool committed;                    /* past the point of no return: stop is not looked at */
    bool executed;                     /* the next Xen runs */
    struct irx_op_info before, after;  /* after: with executed */
    /* source: empty when not known; target: after executed, or build id of the file */
    struct irx_xen_version source, target;
    struct irx_xen_host host;
    struct irx_op_walks walks; /* when the forecast was made; zeros without has_walks */
    bool has_walks;
    uint32_t cpus;      /* of the host, held ones too */
    uint32_t held_cpus; /* most that the shim had in this session */
    /* CPUs to lend, as irx_session_lend() was told, and how many of them Xen still has */
    const uint32_t *lend;
    unsigned int lend_count;
    uint32_t lend_left;
    json_t *recovery; /* irx_session_recovery(); NULL: not asked for yet */
    json_t *deadman;  /* irx_session_deadman(); NULL: not asked for */
    uint64_t start_tsc;
    time_t started; /* wall clock, for the report */
    unsigned int guest_count;
    struct irx_guest *guests;
    unsigned int quarantined; /* of them */
    bool carries;             /* an update beside guests that are quarantined: they are carried */
    const struct irx_guest *only;   /* the one that is to be claimed; NULL: all */
    unsigned int checked_cpu_count; /* that met machine checks: machine_check.h */
    struct irx_cpu *checked_cpus;
    unsigned int phase_count;
    struct irx_phase phases[IRX_PHASES_MAX];
    struct irx_repeat repeat;
    bool limited;             /* there are limits, of the host or of a guest */
    struct irx_limits limits; /* of the command line; each guest has what counts for it */
    const char *limits_file;  /* the caller's; NULL: none */
    uint64_t give_up_ns;      /* before the jump; 0: never */
    unsigned int step_ms;     /* see struct irx_limits_request */
    struct irx_forecast forecast;
    struct irx_over over;
};

/* Reads what the session starts from. `progress`: where its lines go, NULL = nowhere. */
int irx_session_open(struct irx_session *s, const struct irx_xen *xen, FILE *progress,
                     unsigned int phases, const volatile sig_atomic_t *stop, struct irx_error *e);
void irx_session_free(struct irx_session *s);

/*
 * This session goes on with the update that another process began and that the Xen before has left:
 * the Xen that runs is its target.
 */
void irx_session_continue(struct irx_session *s);

/* Has a signal asked to stop, or is the time over, and can we still? 0, or -EINTR, -ETIME with *e. */
int irx_session_stopped(const struct irx_session *s, struct irx_error *e);

/* The limit of a step that has this one by default (0: Xen's own): no less than was asked for. */
static inline uint32_t irx_step_ms(const struct irx_session *s, uint32_t usual)
{
    return s->step_ms > usual ? s->step_ms : usual;
}

/* A domain of the host that an update carries: not dom0, none of Xen's own. */
bool irx_session_carries(const struct irx_xen_domain *domain);

/* The domain is not there any more, or on its way out: what Xen said of it is no failure. */
bool irx_session_has_ended(struct irx_session *s, uint32_t domid);
/*
 * The first domain of the host that this session has not entered, though an update carries it, and which Xen does
 * not carry by itself (PV).
 * 1: *other; 0: there is none; a negative errno with *e.
 */
int irx_session_unheld(struct irx_session *s, struct irx_xen_domain *other, struct irx_error *e);

/* The guest with this domid, or NULL. */
struct irx_guest *irx_session_guest(struct irx_session *s, uint32_t domid);
/*
 * The guest of a domain in R; added when it was not there when the session began, as after a jump
 * that another process made. NULL: no room.
 */
struct irx_guest *irx_session_guest_of(struct irx_session *s, const struct irx_domain *d);

/* Xen's answer `rc` to an operation on a guest, in words: *e. `verb`: "prepare". Returns rc. */
int irx_guest_failed(struct irx_error *e, int rc, const char *verb, const struct irx_guest *g);

#endif
