/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands, and what they share. */
#ifndef INTERREX_DOM0_CMD_H
#define INTERREX_DOM0_CMD_H

#include <argp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "error.h"
#include "findings.h"
#include "limit.h"
#include "sequence.h"
#include "xen.h"

/* Exit codes; documented in interrex.8, never renumbered. */
#define IRX_RC_DONE    0 /* what was asked for is done */
#define IRX_RC_ERROR   1 /* nothing could be begun (no Xen, no file, ...); nothing changed */
#define IRX_RC_USAGE   2 /* command line not understood */
#define IRX_RC_REFUSED 3 /* refused, with reasons; nothing changed */
#define IRX_RC_ABORTED 4 /* failed or stopped; everything went back to the same Xen */
#define IRX_RC_HELD    5 /* failed; something is still held or lent: `interrex abort` or `finish` */
/* Done, but for guests that stay in the shim: `interrex abandon`. */
#define IRX_RC_QUARANTINED 6
#define IRX_RC_UNHEARD     7 /* done, but what it says could not be written to standard output */
/* A limit of the operator's is passed, or would be: nothing changed, or everything went back. */
#define IRX_RC_OVER_LIMIT 8

#define IRX_CPUS_MAX 15u /* struct irx_op_cpus.cpu[] */

/* Where a command runs: the process (main.c) or a test. */
struct irx_env {
    FILE *out, *err;
    int (*connect)(struct irx_xen *xen, struct irx_error *e);
    void (*protect)(void);                /* see irx_process_protect(); NULL: not */
    const char *const *state_directories; /* where reports are kept, best first; NULL-terminated */
    const char *lock;                     /* file; one session at a time. NULL: none */
    const volatile sig_atomic_t *stop;
    bool json;
};

/* argv[0] is "interrex <command>". Each returns one of IRX_RC_*. */
int irx_cmd_audit(struct irx_env *env, int argc, char **argv);
int irx_cmd_check(struct irx_env *env, int argc, char **argv);
int irx_cmd_load(struct irx_env *env, int argc, char **argv);
int irx_cmd_unload(struct irx_env *env, int argc, char **argv);
int irx_cmd_drill(struct irx_env *env, int argc, char **argv);
int irx_cmd_hold(struct irx_env *env, int argc, char **argv);
int irx_cmd_update(struct irx_env *env, int argc, char **argv);
int irx_cmd_abort(struct irx_env *env, int argc, char **argv);
int irx_cmd_finish(struct irx_env *env, int argc, char **argv);
int irx_cmd_abandon(struct irx_env *env, int argc, char **argv);
int irx_cmd_status(struct irx_env *env, int argc, char **argv);
int irx_cmd_report(struct irx_env *env, int argc, char **argv);

/* ---- args.c ---- */

/* --json; input: struct irx_env. */
extern const struct argp irx_argp_common;
/* --shim, --xen, --cmdline, --module, --module-cmdline; input: struct irx_target_request. */
extern const struct argp irx_argp_target;
/* --max-blackout, --max-brownout, --max-stall, --over-limit, --limits; input: struct irx_limits_request. */
extern const struct argp irx_argp_limits;

/*
 * Parses; of a usage error it says what it is, with --json as JSON too, and exits with IRX_RC_USAGE.
 */
void irx_parse(struct irx_env *env, const struct argp *argp, int argc, char **argv, void *input);
/* One of the arguments is --json. */
bool irx_wants_json(int argc, char **argv);
/* A whole decimal number of min to max, or a usage error that names the option. */
unsigned int irx_parse_number(struct argp_state *state, const char *option, const char *text,
                              unsigned int min, unsigned int max);

/* CPUs to lend; count 0: all but the boot CPU. */
struct irx_cpu_list {
    unsigned int count;
    uint32_t cpus[IRX_CPUS_MAX];
};

/* Xen's numbers of CPUs, "1,3-5": each once, not 0, at most IRX_CPUS_MAX; or a usage error. */
void irx_parse_cpus(struct argp_state *state, const char *option, const char *text,
                    struct irx_cpu_list *list);

/* ---- run.c: what the commands that may change the host share ---- */

struct irx_run {
    struct irx_env *env;
    const char *command;
    struct irx_xen xen;
    struct irx_session session;
    struct irx_findings findings;
    int lock;
    bool nothing; /* there was nothing to do: the report of the last thing that was done stays */
};

/* Connects, takes the lock, opens the session. On failure it has said so; returns IRX_RC_*. */
int irx_run_begin(struct irx_run *run, struct irx_env *env, const char *command,
                  unsigned int phases);
void irx_run_end(struct irx_run *run);
/* Refused: adds a finding if a session is under way, or CPUs are lent. */
bool irx_run_idle(struct irx_run *run);
/*
 * The same for an update, which may also begin beside guests that are quarantined. Of those files the shim is not
 * asked for then: the one that has the guests stays.
 */
bool irx_run_may_update(struct irx_run *run, struct irx_target_request *request);
/*
 * What it will cost, and what it may: findings, and limits for all steps. cpus: that are to be lent;
 * jumps: it is for an update, not a drill.
 */
void irx_run_limits(struct irx_run *run, const struct irx_limits_request *request,
                    const struct irx_cpu_list *cpus, unsigned int boot_delay_ms, bool jumps);
/* Ends without a report: the result and why it was refused. Returns rc. */
int irx_run_say(struct irx_run *run, const char *result, int rc);
/*
 * Ends with a report: printed, and kept if anything was done. Returns rc; where all went well but
 * for quarantined guests, IRX_RC_QUARANTINED.
 */
int irx_run_report(struct irx_run *run, const char *result, const struct irx_error *e, int rc);
/* After findings that refuse: ends with a report of that. Returns irx_refused_rc(). */
int irx_run_refuse(struct irx_run *run);
/* IRX_RC_REFUSED, or where nothing but limits refuses IRX_RC_OVER_LIMIT. */
int irx_refused_rc(const struct irx_findings *f);
/* After a failure: goes back, says so, reports. Returns IRX_RC_ABORTED, IRX_RC_OVER_LIMIT
   or IRX_RC_HELD. */
int irx_run_undo(struct irx_run *run, const struct irx_error *e);

/* Says what went wrong: words on stderr; with --json also {"result": "error", ...} on stdout. */
int irx_say_error(struct irx_env *env, const struct irx_error *e);
/* The JSON of it alone. */
void irx_json_error(struct irx_env *env, const struct irx_error *e);

#endif
