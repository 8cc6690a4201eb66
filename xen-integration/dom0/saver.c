/* SPDX-License-Identifier: GPL-2.0-only */
#include "saver.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The helper's arguments: libxl-save-helper --save-domain FD BACK_FD DOMID ... (or
 * --restore-domain); run_helper() in Xen's tools/libs/light/libxl_save_callout.c.
 */
#define ARG_MODE  1u
#define ARG_DOMID 4u

/* Argument n of a command line as /proc has it, each with a zero behind it; NULL: there is none. */
static const char *argument(const char *line, size_t size, unsigned int n)
{
    const char *end = line + size;

    for (; line < end; line += strlen(line) + 1)
        if (n-- == 0)
            return line;
    return NULL;
}

static bool is_saver_of(const char *line, size_t size, uint32_t domid)
{
    const char *program = argument(line, size, 0), *mode = argument(line, size, ARG_MODE);
    const char *number = argument(line, size, ARG_DOMID), *name;
    char *end;

    if (!program || !mode || !number)
        return false;
    name = strrchr(program, '/');
    if (strcmp(name ? name + 1 : program, "libxl-save-helper") != 0 ||
        (strcmp(mode, "--save-domain") != 0 && strcmp(mode, "--restore-domain") != 0))
        return false;
    return strtoul(number, &end, 10) == domid && end != number && !*end;
}

/* A process that has just ended has none. */
static size_t read_line(int folder, const char *process, char *line, size_t size)
{
    char path[280];
    ssize_t got;
    int fd;

    snprintf(path, sizeof(path), "%s/cmdline", process);
    fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    got = read(fd, line, size - 1);
    close(fd);
    if (got < 0)
        got = 0;
    line[got] = 0;
    return (size_t)got;
}

bool irx_saver_runs(const char *proc, uint32_t domid)
{
    DIR *folder = opendir(proc);
    const struct dirent *process;
    bool found = false;
    char line[512];

    if (!folder)
        return false;
    while (!found && (process = readdir(folder)))
        if (process->d_name[0] >= '1' && process->d_name[0] <= '9')
            found = is_saver_of(line, read_line(dirfd(folder), process->d_name, line, sizeof(line)),
                                domid);
    closedir(folder);
    return found;
}
