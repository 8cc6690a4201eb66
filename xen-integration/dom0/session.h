/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sequence of an update, a drill or an abort: one step a function, each
 * measured and reported, and the way back from each.
 *
 *   check -> load -> lend -> prepare -> enter -> hold | kexec -> claim -> return
 *
 * Up to kexec everything is reversible: irx_session_go_back(). After it the
 * steps are the same in the next Xen, and the only way is forward.
 */
#ifndef INTERREX_DOM0_SESSION_H
#define INTERREX_DOM0_SESSION_H

#include <signal.h>

#include <interrex/abi/live.h>

#include "findings.h"
#include "progress.h"
#include "target.h"
#include "xen.h"

#define IRX_SESSION_DOMAINS_MAX 1024u
#define IRX_SESSION_PHASES_MAX  32u

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
    bool prepared, entered, claimed;
    bool measure; /* it came back from the shim: irx_measure_claimed() */
    bool gone;    /* it ended before it was entered */
    struct irx_op_domain prepare, enter, claim;
    uint64_t claim_tsc;              /* when its claim was asked for, the first time */
    uint32_t vcpu_first, vcpu_count; /* in the anchor's table */
    struct irx_vcpu_sample *samples; /* vcpu_count of them */
    /* results; has_*: known */
    bool has_enter, has_leave, has_counts;
    uint64_t enter_tsc; /* longest blackout of one of its vCPUs at enter */
    uint64_t leave_tsc;
    unsigned int parked_vcpus; /* parked when it was claimed */
    uint64_t longest_park_tsc;
    uint64_t served[IRX_NR_EXITS], parked[IRX_NR_EXITS];
    uint64_t events_in, events_out, timers_fired;
};

/* Of a phase that is gone through several times: start of the first one, end so that end - start
   is the sum of all. */
struct irx_phase {
    const char *name;
    uint64_t start_tsc, end_tsc;
    uint64_t begun_tsc; /* this time */
};

struct irx_session {
    const struct irx_xen *xen;
    struct irx_progress progress;
    const volatile sig_atomic_t *stop;     /* a signal asks to stop */
    bool committed;                        /* past the point of no return: stop is not looked at */
    bool touched;                          /* CPUs were lent or a domain prepared */
    bool executed;                         /* the next Xen runs */
    struct irx_op_info before, after;      /* after: with executed */
    struct irx_xen_version source, target; /* target: after executed, or build id of the file */
    struct irx_xen_host host;
    uint32_t cpus;      /* of the host, held ones too */
    uint32_t held_cpus; /* most that the shim had in this session */
    uint64_t start_tsc;
    time_t started; /* wall clock, for the report */
    unsigned int guest_count;
    struct irx_guest *guests;
    unsigned int phase_count;
    struct irx_phase phases[IRX_SESSION_PHASES_MAX];
    unsigned int times, time; /* prepare to claim: how many times (0: not repeated), done so far */
    FILE *progress_out;       /* meanwhile: progress' own, which is silent */
    uint64_t shown_ns;        /* when a line last told of the times */
};

/* Reads what the session starts from. `progress`: where its lines go, NULL = nowhere. */
int irx_session_open(struct irx_session *s, const struct irx_xen *xen, FILE *progress,
                     unsigned int phases, const volatile sig_atomic_t *stop, struct irx_error *e);
void irx_session_free(struct irx_session *s);

/*
 * Asks Xen for its reasons; adds lines to *f, also one for each domain without
 * a reason. loaded: the target is, so that "not loaded" counts as a reason.
 */
int irx_session_check(struct irx_session *s, bool loaded, struct irx_findings *f,
                      struct irx_error *e);

/* Shim, and target if it has one, into R. On failure R is empty again. */
int irx_session_load(struct irx_session *s, const struct irx_target *target, struct irx_error *e);

/* Shim and target out of R again: the host is idle. */
int irx_session_unload(struct irx_session *s, struct irx_error *e);

/* count 0: all CPUs but the boot CPU. */
int irx_session_lend(struct irx_session *s, const uint32_t *cpus, unsigned int count,
                     struct irx_error *e);
/* All domains U; guests run on. */
int irx_session_prepare(struct irx_session *s, struct irx_error *e);
int irx_session_enter(struct irx_session *s, struct irx_error *e);
/* Guests stay held; ends early with -EINTR when asked to stop, -EIO when a guest failed. */
int irx_session_hold(struct irx_session *s, unsigned int ms, struct irx_error *e);
/* Jumps to the loaded target. Success returns in the next Xen. */
int irx_session_exec(struct irx_session *s, struct irx_error *e);
/*
 * Claims every domain that R has, with retries, the others also when one fails,
 * into the Xen that runs now. Nothing to claim is no error.
 */
int irx_session_claim(struct irx_session *s, struct irx_error *e);
/* CPUs back and online. */
int irx_session_return(struct irx_session *s, struct irx_error *e);
/* Claim and return, from any state: the reverse of all steps since lend. 0: nothing is held. */
int irx_session_go_back(struct irx_session *s, struct irx_error *e);

/*
 * Prepare to claim many times between one lend and one return: begin, time_done after each
 * claim, end after the last one or a failure. The report then has of each guest the longest
 * blackout at enter of all times, the counts of all, and the blackout at leave of the last, since
 * only return tells when vCPUs ran again.
 */
void irx_session_times_begin(struct irx_session *s, unsigned int times);
void irx_session_time_done(struct irx_session *s);
void irx_session_times_end(struct irx_session *s);

/* The guest with this domid, or NULL. */
struct irx_guest *irx_session_guest(struct irx_session *s, uint32_t domid);

#endif
