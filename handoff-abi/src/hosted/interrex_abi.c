/* SPDX-License-Identifier: GPL-2.0-only */
/* interrex-abi: shows, checks and seals files of a handoff. Manual: handoff-abi/tools/interrex-abi.1 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/note_file.h>
#include <interrex/release.h>

#include "dump_json.h"
#include "dump_text.h"
#include "file.h"
#include "note_text.h"

/* Exit statuses: stable, in the manual. */
#define EXIT_SOUND   0
#define EXIT_REFUSED 1 /* read and recognised, but refused */
#define EXIT_USAGE   2
#define EXIT_READ    3 /* the file cannot be read */
#define EXIT_KIND    4 /* no stream, region or ELF file with a note */

const char *argp_program_version = "interrex-abi " IRX_RELEASE_TEXT;

struct options {
    const char *command;
    const char *file;
    bool json;
};

static const struct argp_option option_list[] = {
    {"json", 'j', NULL, 0, "Print JSON", 0},
    {0},
};

static bool is_command(const char *word)
{
    static const char *const commands[] = {"dump", "check", "note", "seal"};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (!strcmp(word, commands[i]))
            return true;
    return false;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;

    switch (key) {
    case 'j':
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            o->command = arg;
        else if (state->arg_num == 1)
            o->file = arg;
        else
            argp_error(state, "one file at a time");
        return 0;
    case ARGP_KEY_END:
        if (!o->file)
            argp_error(state, "a command and a file are needed");
        if (!is_command(o->command))
            argp_error(state, "there is no command '%s': it is dump, check, note or seal",
                       o->command);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_list,
    .parser = parse_option,
    .args_doc = "dump FILE\ncheck FILE\nnote FILE\nseal FILE",
    .doc = "Show, check or seal a file of an Interrex handoff: a stream (early or late section), a "
           "raw dump of the region that starts with its anchor, or an ELF file with a version "
           "note, which `note` shows in words."
           "\vExit status: 0 sound, 1 refused, 2 usage, 3 the file cannot be read, 4 the file is "
           "of another kind.",
};

static void print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
}

static void print_problems(const struct irx_problems *p, const char *file, FILE *out)
{
    uint32_t shown = p->count < IRX_MAX_PROBLEMS ? p->count : IRX_MAX_PROBLEMS;
    uint32_t i;

    for (i = 0; i < shown; i++)
        fprintf(out, "%s: %s: %s\n", file, p->problem[i].part, p->problem[i].text);
    if (shown < p->count)
        fprintf(out, "%s: and %u more\n", file, p->count - shown);
}

static json_t *problems_json(const struct irx_problems *p)
{
    uint32_t shown = p->count < IRX_MAX_PROBLEMS ? p->count : IRX_MAX_PROBLEMS;
    json_t *json = json_object(), *array = json_array();
    uint32_t i;

    for (i = 0; i < shown; i++)
        json_array_append_new(
            array, json_pack("{s:s, s:s}", "part", p->problem[i].part, "text", p->problem[i].text));
    json_object_set_new(json, "sound", json_boolean(p->count == 0));
    json_object_set_new(json, "problem_count", json_integer(p->count));
    json_object_set_new(json, "problems", array);
    return json;
}

static void check(const struct options *o, const struct irx_handoff *h,
                  const struct irx_problems *problems)
{
    static const char *const kind[] = {"?", "stream", "region", "version note"};

    if (o->json)
        print_json(problems_json(problems));
    else if (problems->count)
        print_problems(problems, o->file, stdout);
    else
        printf("%s: %s is sound\n", o->file, kind[h->kind]);
}

static void dump(const struct options *o, const struct irx_handoff *h,
                 const struct irx_problems *problems)
{
    if (o->json)
        print_json(irx_handoff_json(h));
    else
        irx_handoff_text(h, stdout);
    if (problems->count) {
        fflush(stdout);
        print_problems(problems, o->file, stderr);
    }
}

/* What dump shows of a note, in words. */
static int note(const struct options *o, const struct irx_handoff *h)
{
    if (h->kind != IRX_FILE_NOTE) {
        fprintf(stderr, "%s: it is no ELF file with a note; `dump` shows what it is\n", o->file);
        return EXIT_KIND;
    }
    if (o->json)
        print_json(irx_handoff_json(h));
    else
        irx_note_text(h, stdout);
    return EXIT_SOUND;
}

/* Writes the checksum of an ELF file into its seal. */
static int seal(const char *file)
{
    const char *reason = "";
    uint8_t *data;
    size_t size;
    FILE *out;
    int rc = irx_file_read(file, &data, &size);

    if (rc) {
        fprintf(stderr, "%s: %s\n", file, strerror(-rc));
        return EXIT_READ;
    }
    rc = irx_seal_set(data, size, &reason);
    if (rc) {
        fprintf(stderr, "%s: %s\n", file, reason);
        free(data);
        return rc == -ENOEXEC || rc == -ENOENT ? EXIT_KIND : EXIT_REFUSED;
    }
    out = fopen(file, "r+e");
    rc = !out || fwrite(data, 1, size, out) != size;
    if ((out && fclose(out)) || rc) {
        fprintf(stderr, "%s: cannot be written: %s\n", file, strerror(errno));
        rc = EXIT_READ;
    }
    free(data);
    return rc;
}

int main(int argc, char **argv)
{
    static struct irx_problems problems;
    struct options o = {0};
    struct irx_handoff h;
    const char *reason;
    int rc;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (!strcmp(o.command, "seal"))
        return seal(o.file);

    rc = irx_handoff_open(&h, o.file, &reason);
    if (rc == -ENOEXEC) {
        fprintf(stderr, "%s: %s\n", o.file, reason);
        return EXIT_KIND;
    }
    if (rc) {
        fprintf(stderr, "%s: %s\n", o.file, strerror(-rc));
        return EXIT_READ;
    }
    if (!strcmp(o.command, "note")) {
        rc = note(&o, &h);
        irx_handoff_close(&h);
        return rc;
    }
    irx_handoff_check(&h, &problems);
    if (!strcmp(o.command, "check"))
        check(&o, &h, &problems);
    else
        dump(&o, &h, &problems);
    irx_handoff_close(&h);
    return problems.count ? EXIT_REFUSED : EXIT_SOUND;
}
