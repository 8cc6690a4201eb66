// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bed's agent in dom0: runs commands that the driver on the host sends over
 * the second serial port (COM2), and sends back their output and exit status.
 *
 * It drives the UART itself, through /dev/port, without interrupts and without a
 * kernel driver. So nothing of this channel has to survive an update of Xen but
 * the process, and Xen's own log, on COM1, is never mixed with it.
 *
 * Lines, in both directions, end in '\n'; what does not begin with '@' is noise.
 *   host:   @SEQ TIMEOUT BASE64(shell command)
 *   agent:  @SEQ o BASE64(output)        any number of times
 *           @SEQ x STATUS                once; 124 when TIMEOUT seconds passed
 * One command at a time. The command's process group is killed when its time is
 * over; what it has put into another session lives on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* 16550 UART, National Semiconductor PC16550D data sheet, table II. */
#define COM2         0x2f8
#define UART_DATA    (COM2 + 0)
#define UART_IER     (COM2 + 1)
#define UART_FCR     (COM2 + 2)
#define UART_LCR     (COM2 + 3)
#define UART_MCR     (COM2 + 4)
#define UART_LSR     (COM2 + 5)
#define LCR_8N1      0x03
#define LCR_DLAB     0x80
#define FCR_ENABLE   0x07 /* enable and clear both FIFOs */
#define MCR_DTR_RTS  0x03
#define LSR_DATA     0x01
#define LSR_THRE     0x20
#define UART_FIFO    16
#define IDLE_POLL_NS (2 * 1000 * 1000)
#define LINE_MAX_LEN (256 * 1024)
#define CHUNK        1536 /* bytes of output in a line; a multiple of 3 */
#define TIMEOUT_CODE 124

static char line[LINE_MAX_LEN];
static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int ports; /* /dev/port */

static unsigned char in(unsigned int port)
{
    unsigned char value = 0;

    if (pread(ports, &value, 1, port) != 1)
        exit(1);
    return value;
}

static void out(unsigned char value, unsigned int port)
{
    if (pwrite(ports, &value, 1, port) != 1)
        exit(1);
}

static void uart_init(void)
{
    out(0, UART_IER);
    out(LCR_DLAB | LCR_8N1, UART_LCR);
    out(1, UART_DATA); /* 115200 */
    out(0, UART_IER);
    out(LCR_8N1, UART_LCR);
    out(FCR_ENABLE, UART_FCR);
    out(MCR_DTR_RTS, UART_MCR);
}

static void uart_write(const char *s, size_t n)
{
    while (n > 0) {
        while (!(in(UART_LSR)&LSR_THRE))
            ;
        for (unsigned int i = 0; i < UART_FIFO && n > 0; i++, n--)
            out((unsigned char)*s++, UART_DATA);
    }
}

/* Waits for a whole line; true if it fitted. */
static bool uart_read_line(void)
{
    size_t n = 0;
    unsigned int idle = 0;

    for (;;) {
        if (!(in(UART_LSR)&LSR_DATA)) {
            /* Amid a line the rest is on its way: look again soon. */
            if (n == 0 || ++idle > 2000) {
                nanosleep(&(struct timespec){.tv_nsec = IDLE_POLL_NS}, NULL);
                idle = 0;
            }
            continue;
        }
        idle = 0;
        char c = (char)in(UART_DATA);
        if (c == '\n') {
            line[n < sizeof(line) ? n : 0] = 0;
            return n < sizeof(line);
        }
        if (n < sizeof(line))
            line[n++] = c;
    }
}

/* Decodes in place; returns the length, or -1 if it is not base64. */
static ssize_t decode(char *s)
{
    uint32_t acc = 0;
    unsigned int bits = 0;
    size_t n = 0;

    for (const char *p = s; *p && *p != '='; p++) {
        const char *at = strchr(b64, *p);
        if (!at)
            return -1;
        acc = acc << 6 | (uint32_t)(at - b64);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            s[n++] = (char)(acc >> bits);
        }
    }
    s[n] = 0;
    return (ssize_t)n;
}

static void send_output(const char *seq, const unsigned char *data, size_t n)
{
    char text[CHUNK / 3 * 4 + 64];
    int at = snprintf(text, sizeof(text), "@%.20s o ", seq);

    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)data[i] << 16 | (i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0) |
                     (i + 2 < n ? data[i + 2] : 0);
        text[at++] = b64[v >> 18];
        text[at++] = b64[v >> 12 & 63];
        text[at++] = i + 1 < n ? b64[v >> 6 & 63] : '=';
        text[at++] = i + 2 < n ? b64[v & 63] : '=';
    }
    text[at++] = '\n';
    uart_write(text, (size_t)at);
}

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static pid_t start(const char *command, int *output)
{
    int fd[2];

    if (pipe2(fd, O_CLOEXEC))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDONLY);

        setpgid(0, 0);
        dup2(null, 0);
        dup2(fd[1], 1);
        dup2(fd[1], 2);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(fd[1]);
    *output = fd[0];
    return pid;
}

/*
 * Forwards output until the command itself has ended (not until the pipe is
 * closed: a daemon that it started may keep it), then what is still in the pipe.
 */
static int forward(const char *seq, pid_t pid, int fd, int64_t end)
{
    unsigned char buf[CHUNK];
    int status = 0;
    bool ended = false;
    bool open = true;

    for (;;) {
        struct pollfd p = {.fd = open ? fd : -1, .events = POLLIN};
        int ready = poll(&p, 1, ended ? 0 : 20);

        if (ready > 0) {
            ssize_t n = read(fd, buf, sizeof(buf));
            if (n > 0)
                send_output(seq, buf, (size_t)n);
            else
                open = false;
            if (n > 0)
                continue;
        }
        if (ended)
            break;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            ended = true;
        } else if (now_ms() > end) {
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            return TIMEOUT_CODE;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void serve(char *seq)
{
    char *timeout = strchr(seq, ' ');
    char *command = timeout ? strchr(timeout + 1, ' ') : NULL;
    char reply[64];
    int fd = -1;
    int code = 126;

    if (!command)
        return;
    *timeout++ = 0;
    *command++ = 0;
    if (decode(command) >= 0) {
        pid_t pid = start(command, &fd);
        if (pid > 0)
            code = forward(seq, pid, fd, now_ms() + strtoll(timeout, NULL, 10) * 1000);
        close(fd);
    }
    int n = snprintf(reply, sizeof(reply), "@%.20s x %d\n", seq, code);
    uart_write(reply, (size_t)n);
}

int main(void)
{
    ports = open("/dev/port", O_RDWR | O_CLOEXEC);
    if (ports < 0) {
        perror("agent: /dev/port");
        return 1;
    }
    uart_init();
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (uart_read_line() && line[0] == '@')
            serve(line + 1);
    }
}
