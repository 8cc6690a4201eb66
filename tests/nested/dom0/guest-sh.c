// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest-sh GUEST COMMAND [SECONDS]: runs a shell command on a guest's console and prints what it
 * printed. Exit status: the command's; 124 without an answer.
 *
 * The input goes to the terminal that xenconsoled made, the output is read from its log: so it works
 * whether or not anyone is attached with "xl console".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../guest/xenstore.h"

#define TIMED_OUT 124
#define PAUSE_NS  50000000

static const char *guest;
static char begin[32], end[32]; /* lines before and after the command's own */

static void fail(const char *what)
{
    fprintf(stderr, "guest-sh: %s: %s\n", guest, what);
    exit(EXIT_FAILURE);
}

/* The log of the guest's console, at its end; its terminal's path. */
static int find_console(char *terminal)
{
    char path[96];
    struct xs xs;
    int domid, log;

    xs_open(&xs);
    domid = xs_domid(&xs, guest);
    snprintf(path, sizeof(path), "/local/domain/%d/console/tty", domid);
    if (domid < 0 || !xs_read(&xs, path, terminal))
        fail("there is no such guest, or it has no console");
    snprintf(path, sizeof(path), "/var/log/xen/console/guest-%s.log", guest);
    log = open(path, O_RDONLY);
    if (log < 0 || lseek(log, 0, SEEK_END) < 0)
        fail("its console has no log");
    return log;
}

/* The quotes keep the marks out of the terminal's echo. */
static void type(const char *terminal, const char *command)
{
    int tty = open(terminal, O_WRONLY | O_NOCTTY);

    if (tty < 0 || dprintf(tty, "echo 'be''%s'; %s; r=$?; echo; echo \"e\"%s $r\n", begin + 2,
                           command, end + 1) < 0)
        fail("cannot write to its console");
    close(tty);
}

/* Reads what has come since, without carriage returns; text has *length of *room bytes. */
static char *read_more(int log, char *text, size_t *length, size_t *room)
{
    for (;;) {
        char piece[4096];
        ssize_t got = read(log, piece, sizeof(piece));

        if (got <= 0)
            return text;
        if (*length + (size_t)got + 1 > *room) {
            *room = 2 * *room + sizeof(piece);
            text = realloc(text, *room);
            if (!text)
                fail("out of memory");
        }
        for (ssize_t i = 0; i < got; i++)
            if (piece[i] != '\r')
                text[(*length)++] = piece[i];
        text[*length] = '\0';
    }
}

/* Shows what is between the marks; the last line may be the empty one that the end begins with. */
static int show(char *text, char *stop)
{
    char mark[40], *from;
    int status = atoi(stop + 1 + strlen(end));

    snprintf(mark, sizeof(mark), "%s\n", begin);
    *stop = '\0';
    from = strstr(text, mark);
    from = from ? from + strlen(mark) : stop;
    if (from < stop && stop[-1] != '\n')
        *stop++ = '\n';
    if (from < stop)
        fwrite(from, 1, (size_t)(stop - from), stdout);
    return status;
}

int main(int argc, char **argv)
{
    char terminal[XS_MAX + 1], *text = NULL, *stop, mark[40];
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    size_t length = 0, room = 0;
    struct timespec now, last;
    int log;

    if (argc < 3) {
        fprintf(stderr, "usage: guest-sh GUEST COMMAND [SECONDS]\n");
        return EXIT_FAILURE;
    }
    guest = argv[1];
    clock_gettime(CLOCK_MONOTONIC, &last);
    snprintf(begin, sizeof(begin), "begin%ld%d", last.tv_nsec, getpid());
    snprintf(end, sizeof(end), "end%ld%d", last.tv_nsec, getpid());
    snprintf(mark, sizeof(mark), "\n%s ", end);
    last.tv_sec += argc > 3 ? atol(argv[3]) : 20;
    log = find_console(terminal);
    type(terminal, argv[2]);
    do {
        text = read_more(log, text, &length, &room);
        stop = text ? strstr(text, mark) : NULL;
        if (stop && strchr(stop + 1, '\n'))
            return show(text, stop);
        nanosleep(&pause, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (now.tv_sec < last.tv_sec);
    fprintf(stderr, "guest-sh: no answer from %s\n", guest);
    return TIMED_OUT;
}
