/* SPDX-License-Identifier: GPL-2.0-only */
/* A host to run commands on: a played Xen, files in a temporary folder, output in memory. */
#ifndef INTERREX_DOM0_TESTS_BENCH_H
#define INTERREX_DOM0_TESTS_BENCH_H

#include <signal.h>

#include <jansson.h>

#include "fake_xen.h"
#include "../cmd.h"

struct bench {
    struct fake_xen xen;
    struct irx_env env;
    char directory[64];
    const char *directories[2];
    char shim[96], target[96], lock[96];
    struct irx_note shim_note, target_note;
    char *out, *err; /* of the last command */
    size_t out_size, err_size;
    volatile sig_atomic_t stop;
};

/* Setup and teardown of cmocka; *state becomes a struct bench. */
int bench_setup(void **state);
int bench_teardown(void **state);
#define CASE(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

/* Writes the two files anew, from the notes. memsz 0: 1 MiB. */
void bench_files(struct bench *b, uint32_t memsz);
void bench_write(const char *path, const void *data, size_t size);

#define BENCH_ARGUMENTS 16

/* Splits a command line, which is written over; SHIM, XEN: the files. How many there are. */
int bench_arguments(struct bench *b, char *line, char *argv[BENCH_ARGUMENTS]);
/* Runs a command line such as "drill --seconds 2"; SHIM, XEN: the files. Returns IRX_RC_*. */
int bench_run(struct bench *b, const char *command);
#define CHECK  "check --shim SHIM --xen XEN"
#define DRILL  "drill --seconds 2 --shim SHIM --json"
#define HOLD   "hold --shim SHIM --json"
#define UPDATE "update --shim SHIM --xen XEN --json"
/* What the last command wrote, as JSON; fails the test if it is none. Free with json_decref(). */
json_t *bench_json(struct bench *b);

#endif
