/* SPDX-License-Identifier: GPL-2.0-only */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Somebody who only looks, below, has it for an instant. */
#define TRIES        5u
#define TRY_PAUSE_NS 20000000

/* The first line of the file; for people only, since it may be cut short on a full device. */
static void read_owner(int fd, char *who, size_t size)
{
    ssize_t got = pread(fd, who, size - 1, 0);

    who[got > 0 ? got : 0] = 0;
    who[strcspn(who, "\n")] = 0;
    if (!who[0])
        snprintf(who, size, "unknown");
}

static int lock_now(int fd, int how)
{
    return flock(fd, how | LOCK_NB) ? -errno : 0;
}

int irx_lock_take(const char *path, const char *command, struct irx_error *e)
{
    const struct timespec pause = {.tv_nsec = TRY_PAUSE_NS};
    char text[256], who[80], *directory;
    int fd, rc;

    snprintf(text, sizeof(text), "%s", path);
    directory = dirname(text);
    if (mkdir(directory, 0755) && errno != EEXIST)
        return irx_fail(e, -errno, irx_file_remedy(errno), "cannot make %s for %s: %s", directory,
                        path, strerror(errno));
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return irx_fail(e, -errno, irx_file_remedy(errno), "cannot open %s: %s", path,
                        strerror(errno));
    rc = lock_now(fd, LOCK_EX);
    for (unsigned int try = 1; rc == -EWOULDBLOCK && try < TRIES; try++) {
        nanosleep(&pause, NULL);
        rc = lock_now(fd, LOCK_EX);
    }
    if (rc == -EWOULDBLOCK) {
        read_owner(fd, who, sizeof(who));
        irx_fail(e, rc, "wait until it has ended, or stop it (it goes back first)",
                 "another interrex is at work on this host: %s", who);
    } else if (rc) {
        irx_fail(e, rc, irx_file_remedy(-rc), "cannot lock %s: %s", path, strerror(-rc));
    }
    if (rc) {
        close(fd);
        return rc;
    }
    snprintf(who, sizeof(who), "%s, process %ld\n", command, (long)getpid());
    /* A device may be full: then nobody can read who it is, which does not matter. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, who, strlen(who), 0) < 0)
        errno = 0;
    return fd;
}

int irx_lock_owner(const char *path, char *who, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

    who[0] = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    rc = lock_now(fd, LOCK_SH);
    if (rc == -EWOULDBLOCK) {
        read_owner(fd, who, size);
        rc = 1;
    }
    close(fd);
    return rc;
}
