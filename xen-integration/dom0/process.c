/* SPDX-License-Identifier: GPL-2.0-only */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd.h"

static volatile sig_atomic_t *mark;

static void on_signal(int number)
{
    *mark = number;
}

/*
 * A signal only leaves a mark: the sequence looks at it between two steps before
 * the jump, where it can go back, and not at all after it.
 */
static void catch_signals(void)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(stopping) / sizeof(*stopping); i++)
        sigaction(stopping[i], &action, NULL);
    /* A reader of our output that goes away must not end us half way. */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

/* Else the lock, or the hypervisor, would be what is written to. Opened so that writing fails. */
static void fill_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(IRX_RC_ERROR);
}

static void check_output(int status, void *unused)
{
    int failed = ferror(stdout);

    (void)unused;
    errno = 0;
    if (fclose(stdout) == 0 && !failed)
        return;
    fprintf(stderr, "interrex: cannot write to standard output: %s\n",
            errno ? strerror(errno) : "not all of it was taken");
    fprintf(stderr, "interrex: remedy: see that it can be written to; `interrex report` shows a "
                    "report again\n");
    if (status == IRX_RC_DONE)
        _exit(IRX_RC_UNHEARD);
}

void irx_process_start(volatile sig_atomic_t *stop)
{
    fill_streams();
    mark = stop;
    catch_signals();
    on_exit(check_output, NULL);
}

#define RESERVE_PIECES 64u
#define RESERVE_PIECE  (64u << 10)
/* From so many bytes on: images, which are for the time before a jump. */
#define OWN_MAPPINGS (1 << 20)

/*
 * What is allocated while guests are held comes from here: dom0 may have no memory then. Freed again, it
 * stays with the process.
 */
static void reserve_heap(void)
{
    void *pieces[RESERVE_PIECES];

    mallopt(M_MMAP_THRESHOLD, OWN_MAPPINGS);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    for (size_t i = 0; i < RESERVE_PIECES; i++) {
        pieces[i] = malloc(RESERVE_PIECE);
        if (pieces[i])
            explicit_bzero(pieces[i], RESERVE_PIECE); /* unlike memset(), it is done */
    }
    for (size_t i = 0; i < RESERVE_PIECES; i++)
        free(pieces[i]);
}

#define STACK_DEPTH (128u << 10)

/* And the stack is as deep as it will be. */
static void reserve_stack(void)
{
    volatile char stack[STACK_DEPTH];

    for (size_t i = 0; i < sizeof(stack); i += 4096)
        stack[i] = 1;
}

void irx_process_protect(const char *oom_score_adj)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    int fd = open(oom_score_adj, O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        if (write(fd, "-1000", 5) < 0) /* OOM_SCORE_ADJ_MIN, proc(5) */
            errno = 0;
        close(fd);
    }
    /* Under a limit what is allocated later would be refused instead of not locked. */
    if (mlockall(setrlimit(RLIMIT_MEMLOCK, &all) ? MCL_CURRENT : MCL_CURRENT | MCL_FUTURE))
        errno = 0;
    reserve_heap();
    reserve_stack();
}
