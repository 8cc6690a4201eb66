/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrex audit: are all references to pages where they are expected? For those who test Xen: only
 * test builds answer it, and `interrex --help` does not name it.
 */
#include "cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report.h"

#define SHOWN_MAX 16u /* Xen tells of no more */

struct audit_args {
    struct irx_env *env;
    uint32_t spoil;
};

static const char *const spoils[] = {"", "ref", "type", "table", "pin"};
static const char *const types[] = {"none", "l1",       "l2",     "l3",
                                    "l4",   "segments", "shared", "writable"};
static const char *const flags[] = {"pinned", "validated", "partial", "odd", "conflict"};
static const char *const whats[] = {"refs", "type", "type_refs", "flags", "owner", "l4_pages"};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct audit_args *args = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = args->env;
        return 0;
    case 's':
        for (uint32_t i = 1; i <= IRX_AUDIT_SPOIL_MAX; i++)
            if (!strcmp(arg, spoils[i]))
                args->spoil = i;
        if (!args->spoil)
            argp_error(state, "--spoil is ref, type, table or pin, not \"%s\"", arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unexpected argument \"%s\"", arg);
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
    {"spoil", 's', "WHAT", 0,
     "Make one page's count wrong meanwhile: ref, type, table or pin; the audit has to find it", 0},
    {0}};

static const struct argp_child children[] = {{&irx_argp_common, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "For tests of Xen: counts what refers to each page of each domain, and compares it with "
           "Xen's own counts. All domains stand meanwhile. Only test builds of Xen do it.\v"
           "Exit code: 0 all are as expected, 1 it could not be done, 3 some are not.",
};

static json_t *names_of(uint32_t bits, const char *const *names, unsigned int count)
{
    json_t *list = json_array();

    for (unsigned int i = 0; i < count; i++)
        if (bits >> i & 1)
            json_array_append_new(list, json_string(names[i]));
    return list;
}

#define NAMES(bits, names) names_of(bits, names, sizeof(names) / sizeof(*(names)))

static json_t *page_json(const struct irx_audit_page *p)
{
    const char *type = p->type <= IRX_AUDIT_WRITABLE ? types[p->type] : "?";

    return json_pack("{s:I, s:s, s:I, s:o}", "refs", (json_int_t)p->refs, "type", type, "type_refs",
                     (json_int_t)p->type_refs, "flags", NAMES(p->flags, flags));
}

/* A frame's number; null: none. */
static json_t *frame_json(uint64_t frame)
{
    return frame == UINT64_MAX ? json_null() : json_integer((json_int_t)frame);
}

static json_t *difference_json(const struct irx_audit_difference *d)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o}", "mfn", frame_json(d->mfn), "pfn", frame_json(d->pfn),
        "domid", d->domid == IRX_DOMID_HOST ? json_null() : json_integer(d->domid), "what",
        NAMES(d->what, whats), "expected", page_json(&d->expected), "found", page_json(&d->found));
}

static unsigned int shown(const struct irx_op_audit *op)
{
    return op->count < SHOWN_MAX ? (unsigned int)op->count : SHOWN_MAX;
}

static json_t *audit_json(const struct irx_op_audit *op, const struct irx_audit_difference *found)
{
    json_t *list = json_array(), *tables = json_array();

    for (unsigned int i = 0; i < shown(op); i++)
        json_array_append_new(list, difference_json(&found[i]));
    for (unsigned int i = 0; i < 4; i++)
        json_array_append_new(tables, json_integer((json_int_t)op->tables[i]));
    return json_pack("{s:I, s:o, s:o, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "count",
                     (json_int_t)op->count, "differences", list, "spoilt", frame_json(op->spoilt),
                     "domains", (json_int_t)op->domains, "pages", (json_int_t)op->pages, "tables",
                     tables, "partial", (json_int_t)op->partial, "pins", (json_int_t)op->pins,
                     "entries", (json_int_t)op->entries, "foreign", (json_int_t)op->foreign,
                     "mappings", (json_int_t)op->mappings, "paused_us",
                     (json_int_t)(op->paused_ns / 1000));
}

static void print_page(FILE *out, const struct irx_audit_page *p)
{
    fprintf(out, "%" PRIu64 " references, %" PRIu64 " of type %s", p->refs, p->type_refs,
            p->type <= IRX_AUDIT_WRITABLE ? types[p->type] : "?");
    for (unsigned int i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (p->flags >> i & 1)
            fprintf(out, ", %s", flags[i]);
}

static void print(const struct irx_op_audit *op, const struct irx_audit_difference *found,
                  FILE *out)
{
    for (unsigned int i = 0; i < shown(op); i++) {
        fprintf(out, "frame 0x%" PRIx64 " (of domain %u, at 0x%" PRIx64 ")", found[i].mfn,
                found[i].domid, found[i].pfn);
        for (unsigned int j = 0; j < sizeof(whats) / sizeof(*whats); j++)
            if (found[i].what >> j & 1)
                fprintf(out, " %s", whats[j]);
        fprintf(out, ":\n  expected ");
        print_page(out, &found[i].expected);
        fprintf(out, "\n  found    ");
        print_page(out, &found[i].found);
        fprintf(out, "\n");
    }
    fprintf(out,
            "%" PRIu64 " differences in %" PRIu64 " pages of %u domains\n"
            "page tables: %" PRIu64 " L1, %" PRIu64 " L2, %" PRIu64 " L3, %" PRIu64 " L4; %" PRIu64
            " in the making, %" PRIu64 " pins\n%" PRIu64 " entries, %" PRIu64
            " of pages of others; %" PRIu64 " mappings; %" PRIu64 " us\n",
            op->count, op->pages, op->domains, op->tables[0], op->tables[1], op->tables[2],
            op->tables[3], op->partial, op->pins, op->entries, op->foreign, op->mappings,
            op->paused_ns / 1000);
}

static int ask(struct irx_env *env, struct irx_op_audit *op, struct irx_audit_difference *found,
               struct irx_error *e)
{
    struct irx_op_info info;
    struct irx_xen xen = {0};
    int rc = env->connect(&xen, e);

    if (rc == 0)
        rc = irx_xen_require(&xen, &info, e);
    if (rc == 0) {
        rc = irx_xen_audit(&xen, op, found, SHOWN_MAX);
        if (rc == -EOPNOTSUPP)
            irx_fail(e, rc,
                     "boot a test build of Xen (CONFIG_INTERREX_FAULTS), with no 32-bit PV guest",
                     "this Xen audits no references to pages");
        else if (rc)
            irx_fail(e, rc, "see `xl dmesg`", "the audit of references to pages failed: %s",
                     strerror(-rc));
    }
    irx_xen_close(&xen);
    return rc;
}

int irx_cmd_audit(struct irx_env *env, int argc, char **argv)
{
    struct audit_args args = {.env = env};
    struct irx_audit_difference found[SHOWN_MAX];
    struct irx_op_audit op = {0};
    struct irx_error e = {0};
    json_t *json;

    irx_parse(env, &argp, argc, argv, &args);
    op.spoil = args.spoil;
    if (ask(env, &op, found, &e))
        return irx_say_error(env, &e);
    if (env->json) {
        json = audit_json(&op, found);
        irx_json_print(json, env->out);
        json_decref(json);
    } else {
        print(&op, found, env->out);
    }
    return op.count ? IRX_RC_REFUSED : IRX_RC_DONE;
}
