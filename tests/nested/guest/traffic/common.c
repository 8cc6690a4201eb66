// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the traffic's files share: errors, clock, threads, Xen's devices, the background.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "xen.h"

static int answer_fd = -1; /* to the parent */

void fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "traffic: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

int open_device(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        fail("%s: %s", path, strerror(errno));
    return fd;
}

int request(int fd, unsigned long number, void *arg, const char *what)
{
    int rc = ioctl(fd, number, arg);

    if (rc < 0)
        fail("%s: %s", what, strerror(errno));
    return rc;
}

void pin(int cpu, int priority)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((unsigned int)cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) ||
        sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER,
                           &(struct sched_param){.sched_priority = priority}))
        fail("cannot pin to vCPU %d: %s", cpu, strerror(errno));
}

void start(void *(*run)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, arg))
        fail("cannot start a thread");
}

void go_to_background(void)
{
    char text[256];
    size_t len = 0;
    int ends[2];
    ssize_t n;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        fail("pipe: %s", strerror(errno));
    pid = fork();
    if (pid < 0)
        fail("fork: %s", strerror(errno));
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        setsid();
        dup2(null, 0);
        dup2(null, 1);
        dup2(ends[1], 2); /* what fails until the answer is seen */
        answer_fd = ends[1];
        return;
    }
    close(ends[1]);
    while (len < sizeof(text) - 1 && (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = 0;
    fputs(strncmp(text, "ok", 2) == 0 ? text + 3 : text, stdout);
    exit(strncmp(text, "ok", 2) != 0);
}

void answer(const char *format, ...)
{
    va_list args;

    dprintf(answer_fd, "ok ");
    va_start(args, format);
    vdprintf(answer_fd, format, args);
    va_end(args);
    dup2(0, 2);
    close(answer_fd);
}
