// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traffic's figures: a file for each end, which the end has mapped.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#define NAME_MAX_LEN 15 /* as a thread's */

void path_of(const char *name, char path[64])
{
    if (!*name || strlen(name) > NAME_MAX_LEN || strchr(name, '/'))
        fail("'%s' is no name", name);
    snprintf(path, 64, FIGURES "/%s", name);
}

static struct figures *map_file(const char *path, int flags)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0644);
    void *at;

    if (fd < 0 || (flags && ftruncate(fd, sizeof(struct figures))))
        fail("%s: %s", path, strerror(errno));
    at = mmap(NULL, sizeof(struct figures), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        fail("%s: %s", path, strerror(errno));
    close(fd);
    return at;
}

struct figures *map_figures(const char *name)
{
    char path[64];

    path_of(name, path);
    return map_file(path, 0);
}

struct figures *new_figures(const char *name, const char *kind, unsigned int lanes)
{
    struct figures *f;
    char path[64];

    path_of(name, path);
    mkdir(FIGURES, 0755);
    unlink(path); /* of one that failed */
    f = map_file(path, O_CREAT | O_EXCL);
    snprintf(f->kind, sizeof(f->kind), "%s", kind);
    f->pid = getpid();
    f->lanes = lanes;
    f->start_tsc = f->last_tsc = __rdtsc();
    f->start_ns = now_ns();
    return f;
}

void note_message(struct figures *f)
{
    uint64_t now = __rdtsc();
    uint64_t index = now >> WINDOW_SHIFT;
    unsigned int slot = index % WINDOWS;

    if (f->window_index[slot] != index) {
        f->window_count[slot] = 0;
        f->window_index[slot] = index;
    }
    f->window_count[slot]++;
    if (now - f->last_tsc > f->gap_end - f->gap_start) {
        f->gap_start = f->last_tsc;
        f->gap_end = now;
    }
    f->last_tsc = now;
}

void note_reset(struct figures *f)
{
    unsigned int resets = atomic_load(&f->resets);

    if (f->seen == resets)
        return;
    f->seen = resets;
    f->gap_start = f->gap_end = 0;
    for (unsigned int i = 0; i < f->lanes; i++)
        f->lane[i].received_before = f->lane[i].received;
}

uint64_t messages_between(const struct figures *f, uint64_t start, uint64_t end)
{
    uint64_t sum = 0;

    for (uint64_t i = (start >> WINDOW_SHIFT) + 1; i < end >> WINDOW_SHIFT; i++)
        if (f->window_index[i % WINDOWS] == i)
            sum += f->window_count[i % WINDOWS];
    return sum;
}
