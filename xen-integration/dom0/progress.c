/* SPDX-License-Identifier: GPL-2.0-only */
#include "progress.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_SIZE 512u

/*
 * The same terminal or pipe once more, opened so that writing to it does not wait: the flag is this
 * opening's, and whoever else has the terminal keeps his. -1: it is a file, which is always taken, or cannot be
 * opened.
 */
static int open_again(FILE *out)
{
    int fd = out ? fileno(out) : -1;
    char path[32];
    struct stat st;

    if (fd < 0 || fstat(fd, &st) || !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
        return -1;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void irx_progress_start(struct irx_progress *p, FILE *out, const struct irx_xen *xen,
                        unsigned int total)
{
    *p = (struct irx_progress){.out = out, .xen = xen, .total = total, .phase = ""};
    p->start_ns = xen->ops->now_ns(xen->ctx);
    if (out)
        fflush(out); /* nothing of ours has begun */
    p->fd = open_again(out);
}

void irx_progress_end(struct irx_progress *p)
{
    if (p->out && p->fd >= 0)
        close(p->fd);
    *p = (struct irx_progress){.fd = -1};
}

void irx_progress_phase(struct irx_progress *p, const char *phase)
{
    p->phase = phase;
    p->index++;
    if (p->index > p->total)
        p->total = p->index; /* going back adds phases */
}

/* Does writing a line to this not wait? For what cannot be opened again, as a terminal after su(1). */
static bool takes_a_line(FILE *out)
{
    struct pollfd p = {.fd = fileno(out), .events = POLLOUT};

    return p.fd < 0 || poll(&p, 1, 0) != 0;
}

/* Guests may be in the shim: a line that a stuck terminal does not take is lost, or cut. */
static void put(struct irx_progress *p, char *line, size_t length)
{
    ssize_t written;

    if (p->fd < 0) {
        if (takes_a_line(p->out)) {
            fwrite(line, 1, length, p->out);
            fflush(p->out);
        }
        return;
    }
    if (p->is_cut && write(p->fd, "\n", 1) != 1)
        return;
    written = write(p->fd, line, length);
    p->is_cut = written > 0 && (size_t)written < length;
}

void irx_progress_say(struct irx_progress *p, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list args;
    int length;

    if (!p->out)
        return;
    va_start(args, format);
    length = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (length > 0)
        put(p, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

void irx_progress_step(struct irx_progress *p, uint64_t done, uint64_t of, const char *format, ...)
{
    char words[LINE_SIZE - 64];
    uint64_t ms;
    va_list args;

    if (!p->out)
        return;
    ms = (p->xen->ops->now_ns(p->xen->ctx) - p->start_ns) / 1000000;
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    irx_progress_say(p, "%5llu.%03u s  %u/%u  %-8s %3u %%  %s\n", (unsigned long long)(ms / 1000),
                     (unsigned int)(ms % 1000), p->index, p->total, p->phase,
                     (unsigned int)(of ? done * 100 / of : 100), words);
}
