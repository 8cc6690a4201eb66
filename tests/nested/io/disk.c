// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verified writes. Each thread has a share of the device and remembers how many times it
 * wrote each block. A turn: read what was there and check it, write it anew, from
 * time to time have it flushed, read it back and check it. Even threads go through
 * their share in runs of blocks, odd ones take single blocks at random.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "io.h"
#include "pattern.h"

#define THREADS     4
#define BLOCK       4096
#define RUN         32 /* blocks: 128 KiB, more than a request without indirect segments holds */
#define FLUSH_EVERY 4  /* turns */

static struct worker {
    unsigned int id;
    int fd;
    uint64_t first, blocks; /* its share */
    uint32_t *times;        /* each block was written; 0: its content is not known */
    uint64_t *data;         /* RUN blocks */
    uint64_t random;
    uint64_t turns, written, verified, flushes, io_errors, corrupt, stale;
    int first_errno;
    uint64_t bad_block, bad_expected, bad_found; /* the first wrong one, and its words 1 */
    struct delay worst;
} workers[THREADS];

static unsigned long rest_us;

/* One system call's result against what it should be. */
static bool good(struct worker *w, int64_t start, ssize_t got, ssize_t wanted)
{
    if (got != wanted) {
        if (w->io_errors++ == 0)
            w->first_errno = got < 0 ? errno : -1;
        return false;
    }
    delay_note(&w->worst, start);
    return true;
}

static void check_block(struct worker *w, uint64_t block, const uint64_t *data)
{
    enum pattern_verdict verdict = pattern_check(data, BLOCK, block, w->times[block - w->first]);

    w->verified++;
    if (verdict == PATTERN_RIGHT)
        return;
    if (!w->corrupt && !w->stale) {
        w->bad_block = block;
        w->bad_expected = w->times[block - w->first];
        w->bad_found = data[1];
    }
    w->corrupt += verdict == PATTERN_CORRUPT;
    w->stale += verdict == PATTERN_OTHER;
}

static void read_back(struct worker *w, uint64_t block, uint64_t count)
{
    ssize_t bytes = (ssize_t)(count * BLOCK);
    int64_t start = now_ns();

    /* So that what is checked was read. */
    memset(w->data, 0xff, (size_t)bytes);
    if (!good(w, start, pread(w->fd, w->data, (size_t)bytes, (off_t)(block * BLOCK)), bytes))
        return;
    for (uint64_t i = 0; i < count; i++)
        if (w->times[block - w->first + i])
            check_block(w, block + i, w->data + i * BLOCK / sizeof(*w->data));
}

static void write_anew(struct worker *w, uint64_t block, uint64_t count)
{
    ssize_t bytes = (ssize_t)(count * BLOCK);

    for (uint64_t i = 0; i < count; i++)
        pattern_fill(w->data + i * BLOCK / sizeof(*w->data), BLOCK, block + i,
                     ++w->times[block - w->first + i]);

    int64_t start = now_ns();
    if (good(w, start, pwrite(w->fd, w->data, (size_t)bytes, (off_t)(block * BLOCK)), bytes))
        w->written += count;
    else
        memset(&w->times[block - w->first], 0, count * sizeof(*w->times));
}

static void flush(struct worker *w)
{
    int64_t start = now_ns();

    if (good(w, start, fsync(w->fd), 0))
        w->flushes++;
}

static uint64_t random_block(struct worker *w)
{
    /* xorshift64 */
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random % w->blocks;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    uint64_t at = 0;

    for (;; w->turns++) {
        uint64_t count = w->id % 2 ? 1 : RUN;
        uint64_t block = w->first + (w->id % 2 ? random_block(w) : at);

        read_back(w, block, count);
        write_anew(w, block, count);
        if (w->turns % FLUSH_EVERY == 0)
            flush(w);
        read_back(w, block, count);
        at = at + 2 * RUN <= w->blocks ? at + RUN : 0;
        rest(rest_us);
    }
    return NULL;
}

static uint64_t size_in_blocks(const char *device)
{
    uint64_t bytes = 0;
    int fd = open(device, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) || bytes / BLOCK / THREADS < RUN) {
        fprintf(stderr, "io: %s is no disk of at least %d KiB\n", device,
                RUN * THREADS * BLOCK / 1024);
        exit(1);
    }
    close(fd);
    return bytes / BLOCK;
}

void disk_start(const char *device, unsigned long rest)
{
    uint64_t share = size_in_blocks(device) / THREADS;

    rest_us = rest;
    for (unsigned int i = 0; i < THREADS; i++) {
        struct worker *w = &workers[i];

        w->id = i;
        w->first = i * share;
        w->blocks = share;
        w->random = 88172645463325252u + i;
        w->times = calloc(share, sizeof(*w->times));
        w->fd = open(device, O_RDWR | O_DIRECT | O_CLOEXEC);
        if (w->fd < 0 || !w->times ||
            posix_memalign((void **)&w->data, BLOCK, (size_t)RUN * BLOCK)) {
            perror("io: disk");
            exit(1);
        }
        start_thread(work, w);
    }
}

void disk_report(void)
{
    put(",\"disk\":[");
    for (unsigned int i = 0; i < THREADS; i++) {
        const struct worker *w = &workers[i];

        put("%s{\"turns\":%" PRIu64 ",\"written\":%" PRIu64 ",\"verified\":%" PRIu64
            ",\"flushes\":%" PRIu64 ",\"io_errors\":%" PRIu64 ",\"errno\":%d,\"corrupt\":%" PRIu64
            ",\"stale\":%" PRIu64 ",",
            i ? "," : "", w->turns, w->written, w->verified, w->flushes, w->io_errors,
            w->first_errno, w->corrupt, w->stale);
        if (w->corrupt || w->stale)
            put("\"bad\":[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "],", w->bad_block, w->bad_expected,
                w->bad_found);
        put_delay("worst", &w->worst);
        put("}");
    }
    put("]");
}
