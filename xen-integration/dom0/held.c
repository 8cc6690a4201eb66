/* SPDX-License-Identifier: GPL-2.0-only */
#include "held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "quarantine.h"
#include "report.h"
#include "view.h"

error_t irx_held_parse(int key, char *arg, struct argp_state *state)
{
    struct irx_held_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        return 0;
    case ARGP_KEY_ARG:
        if (args->domain)
            argp_error(state, "one domain at a time%s", args->needed ? "" : ", or none for all");
        args->domain = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        if (args->needed)
            argp_error(state, "which domain?");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static bool is_held(const struct irx_domain *d)
{
    return d->state >= IRX_DOM_ENTERING && d->state != IRX_DOM_CLAIMED && d->state != IRX_DOM_SAVED;
}

static bool is_number(const char *text)
{
    return text[0] && text[strspn(text, "0123456789")] == '\0';
}

struct irx_guest *irx_held_find(struct irx_session *s, const char *domain)
{
    struct irx_guest *found = NULL;
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.domain_count && !found; i++) {
            const struct irx_domain *d = &view.domains[i];
            struct irx_guest *g = NULL;

            if (is_held(d))
                g = irx_session_guest_of(s, d);
            if (g && (strcmp(g->name, domain) == 0 ||
                      (is_number(domain) && strtoul(domain, NULL, 10) == g->domid)))
                found = g;
        }
    irx_view_free(&view);
    return found;
}

void irx_held_note_others(struct irx_session *s)
{
    struct irx_error ignored;
    struct irx_view view;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.domain_count; i++)
            if (view.domains[i].state == IRX_DOM_RUNNING) {
                struct irx_guest *g = irx_session_guest_of(s, &view.domains[i]);

                if (g)
                    irx_quarantine_note(s, g);
            }
    irx_view_free(&view);
}

unsigned int irx_held_count(struct irx_session *s)
{
    struct irx_error ignored;
    struct irx_view view;
    unsigned int count = 0;

    if (irx_view_read(s->xen, &view, &ignored) == 0)
        for (unsigned int i = 0; i < view.domain_count; i++)
            count += is_held(&view.domains[i]);
    irx_view_free(&view);
    return count;
}

int irx_held_none(struct irx_run *run, const char *domain, const char *others)
{
    char remedy[96];
    struct irx_error e;

    snprintf(remedy, sizeof(remedy), "`interrex status` lists those that are%s", others);
    irx_fail(&e, -ENOENT, remedy, "the shim runs no domain %s", domain);
    irx_findings_error(&run->findings, domain, &e);
    return irx_run_say(run, IRX_RESULT_REFUSED, IRX_RC_REFUSED);
}
