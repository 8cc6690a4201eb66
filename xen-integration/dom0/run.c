/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmd.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "deadman.h"
#include "lock.h"
#include "quarantine.h"
#include "recovery.h"
#include "report.h"
#include "view.h"

void irx_json_error(struct irx_env *env, const struct irx_error *e)
{
    json_t *json = json_pack("{s:s, s:{s:s, s:s, s:i}}", "result", "error", "error", "what",
                             e->what, "remedy", e->remedy, "errno", -e->err);

    irx_json_print(json, env->out);
    json_decref(json);
}

int irx_say_error(struct irx_env *env, const struct irx_error *e)
{
    fprintf(env->err, "interrex: %s\n", e->what);
    if (e->remedy[0])
        fprintf(env->err, "interrex: remedy: %s\n", e->remedy);
    if (env->json)
        irx_json_error(env, e);
    return IRX_RC_ERROR;
}

int irx_run_begin(struct irx_run *run, struct irx_env *env, const char *command,
                  unsigned int phases)
{
    FILE *progress = env->json ? env->err : env->out;
    struct irx_error e = {0};

    *run = (struct irx_run){.env = env, .command = command, .lock = -1};
    if (env->lock) {
        run->lock = irx_lock_take(env->lock, command, &e);
        if (run->lock < 0)
            return irx_say_error(env, &e);
    }
    if (env->protect)
        env->protect();
    if (env->connect(&run->xen, &e) ||
        irx_session_open(&run->session, &run->xen, progress, phases, env->stop, &e)) {
        irx_run_end(run);
        return irx_say_error(env, &e);
    }
    return IRX_RC_DONE;
}

void irx_run_end(struct irx_run *run)
{
    irx_findings_free(&run->findings);
    irx_session_free(&run->session);
    irx_xen_close(&run->xen);
    if (run->lock >= 0)
        close(run->lock);
    run->lock = -1;
}

bool irx_run_idle(struct irx_run *run)
{
    uint32_t state = run->session.before.host_state;
    struct irx_error e = {0};
    char remedy[64];

    if (!irx_host_in_use(state))
        return true;
    snprintf(remedy, sizeof(remedy), "run `interrex %s` first", irx_host_way_out(state));
    irx_fail(&e, -EBUSY, remedy, "the host is %s", irx_host_state_name(state));
    irx_findings_error(&run->findings, "host", &e);
    return false;
}

bool irx_run_may_update(struct irx_run *run, struct irx_target_request *request)
{
    if (!irx_session_carry(&run->session))
        return irx_run_idle(run);
    request->shim = NULL;
    return true;
}

void irx_run_limits(struct irx_run *run, const struct irx_limits_request *request,
                    const struct irx_cpu_list *cpus, unsigned int boot_delay_ms, bool jumps)
{
    struct irx_session *s = &run->session;

    irx_limits_apply(s, request, &run->findings);
    irx_forecast_make(s, run->env->state_directories, cpus->count, boot_delay_ms, &run->findings);
    irx_forecast_show(s, &run->findings);
    irx_over_forecast(s, jumps, &run->findings);
}

int irx_run_say(struct irx_run *run, const char *result, int rc)
{
    struct irx_env *env = run->env;

    if (env->json) {
        json_t *json = json_pack("{s:s, s:o, s:o}", "result", result, "reasons",
                                 irx_findings_json(&run->findings), "warnings",
                                 irx_findings_warnings_json(&run->findings));

        irx_json_print(json, env->out);
        json_decref(json);
    } else {
        irx_findings_print(&run->findings, env->out, true);
        fprintf(env->out, "%s\n", result);
    }
    return rc;
}

int irx_run_report(struct irx_run *run, const char *result, const struct irx_error *e, int rc)
{
    struct irx_env *env = run->env;
    struct irx_error failed = {0};
    json_t *report;

    irx_session_recovery(&run->session);
    if (strcmp(result, IRX_RESULT_REFUSED) != 0)
        irx_over_afterwards(&run->session);
    if (run->session.executed)
        irx_session_deadman(&run->session);
    report = irx_report_build(&run->session, run->command, result, &run->findings, e);
    if (run->session.over.late && !run->session.executed && rc == IRX_RC_DONE)
        rc = IRX_RC_OVER_LIMIT;
    if (run->session.quarantined &&
        (rc == IRX_RC_DONE || (rc == IRX_RC_ABORTED && !run->session.carries)))
        rc = IRX_RC_QUARANTINED;
    if (!report) {
        fprintf(env->err, "interrex: out of memory for the report; result: %s\n", result);
        return rc;
    }
    if (!run->nothing && strcmp(result, IRX_RESULT_REFUSED) != 0 &&
        irx_report_store(report, env->state_directories, &failed))
        fprintf(env->err, "interrex: %s\ninterrex: remedy: %s\n", failed.what, failed.remedy);
    if (env->json)
        irx_json_print(report, env->out);
    else
        irx_report_print(report, env->out);
    json_decref(report);
    return rc;
}

int irx_refused_rc(const struct irx_findings *f)
{
    return irx_findings_only_limits(f) ? IRX_RC_OVER_LIMIT : IRX_RC_REFUSED;
}

int irx_run_refuse(struct irx_run *run)
{
    return irx_run_report(run, IRX_RESULT_REFUSED, NULL, irx_refused_rc(&run->findings));
}

int irx_run_undo(struct irx_run *run, const struct irx_error *e)
{
    struct irx_error held = {0};

    irx_progress_say(&run->session.progress, "%s: going back\n", e->what);
    if (irx_session_bring_back(&run->session, &held)) {
        struct irx_error both;

        irx_fail(&both, held.err,
                 "guests may still be held; run `interrex status`, then `interrex abort`",
                 "%.150s; and the way back failed: %.120s", e->what, held.what);
        return irx_run_report(run, IRX_RESULT_FAILED, &both, IRX_RC_HELD);
    }
    irx_carried_note(&run->session);
    return irx_run_report(run, IRX_RESULT_ABORTED, e,
                          run->session.over.stopped ? IRX_RC_OVER_LIMIT : IRX_RC_ABORTED);
}
