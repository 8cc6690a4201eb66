/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <interrex/note.h>

#include "make_elf.h"
#include "../commands.h"

void bench_write(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void bench_files(struct bench *b, uint32_t memsz)
{
    static uint8_t file[16384];

    bench_write(b->shim, file, make_shim(file, sizeof(file), &b->shim_note));
    bench_write(b->target, file,
                make_xen(file, sizeof(file), &b->target_note, memsz ? memsz : 1 << 20));
}

int bench_setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    uint64_t offers = IRX_FEATURE_ALL & ~IRX_FEATURE_VMX;

    assert_non_null(b);
    fake_init(&b->xen);
    strcpy(b->directory, "/tmp/interrex-test-XXXXXX"); /* NOLINT: fits */
    assert_non_null(mkdtemp(b->directory));
    snprintf(b->shim, sizeof(b->shim), "%s/shim.elf", b->directory);
    snprintf(b->target, sizeof(b->target), "%s/xen", b->directory);
    snprintf(b->lock, sizeof(b->lock), "%s/lock", b->directory);
    b->shim_note = (struct irx_note)IRX_NOTE_INIT(IRX_PRODUCER_SHIM, 0, 0, offers);
    b->target_note = (struct irx_note)IRX_NOTE_INIT(IRX_PRODUCER_XEN, 0, IRX_FEATURE_SVM, offers);
    bench_files(b, 0);
    b->directories[0] = b->directory;
    b->env = (struct irx_env){.connect = fake_connect,
                              .state_directories = b->directories,
                              .lock = b->lock,
                              .stop = &b->stop};
    *state = b;
    return 0;
}

int bench_teardown(void **state)
{
    static const char *const names[] = {
        "shim.elf",         "xen",        "lock",        "last-report.json",
        "shim.elf.sha256",  "xen.sha256", "guests.json", "last-drill.json",
        "last-update.json", "limits.json"};
    struct bench *b = *state;
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "%s/%s", b->directory, names[i]);
        unlink(path);
    }
    rmdir(b->directory);
    fake_free(&b->xen);
    free(b->out);
    free(b->err);
    free(b);
    return 0;
}

int bench_arguments(struct bench *b, char *line, char *argv[BENCH_ARGUMENTS])
{
    int argc = 0;

    while ((argv[argc] = strsep(&line, " "))) {
        if (strcmp(argv[argc], "SHIM") == 0)
            argv[argc] = b->shim;
        else if (strcmp(argv[argc], "XEN") == 0)
            argv[argc] = b->target;
        argc++;
    }
    return argc;
}

int bench_run(struct bench *b, const char *command)
{
    char line[256], *argv[BENCH_ARGUMENTS];
    int argc, rc;

    snprintf(line, sizeof(line), "%s", command);
    argc = bench_arguments(b, line, argv);
    free(b->out);
    free(b->err);
    b->env.json = false;
    b->env.out = open_memstream(&b->out, &b->out_size);
    b->env.err = open_memstream(&b->err, &b->err_size);
    rc = irx_command(&b->env, argc, argv);
    fclose(b->env.out);
    fclose(b->env.err);
    return rc;
}

json_t *bench_json(struct bench *b)
{
    json_error_t why;
    json_t *json = json_loads(b->out, 0, &why);

    if (!json)
        fail_msg("no JSON: %s\n%s", why.text, b->out);
    return json;
}
