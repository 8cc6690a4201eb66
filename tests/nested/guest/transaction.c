// SPDX-License-Identifier: GPL-2.0-only
/*
 * A transaction in xenstore that stays open, and a watch beside it; in dom0 and in guests.
 *
 *   transaction begin DIR   watches DIR/watched, opens a transaction, writes DIR/inside in it, and stays
 *                           in the background
 *   transaction end DIR     has it read DIR/inside in the transaction and commit, then fires the watch
 *
 * Says what it found, one line a fact; exit status 0: all of it is as it has to be. The same process,
 * transaction and watch all the way: none is opened a second time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PID_FILE "/tmp/transaction.pid"
#define OUT_FILE "/tmp/transaction.out"
#define VALUE    "written in the transaction"
#define WAIT_MS  15000

static char inside[128], watched[128];

static void __attribute__((format(printf, 1, 2), noreturn)) fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("transaction: ");
    vprintf(format, args);
    printf(": %s\n", strerror(errno));
    va_end(args);
    exit(1);
}

/* ---- xenstore: xen/include/public/io/xs_wire.h, through /dev/xen/xenbus ---- */

#define XS_READ              2
#define XS_WATCH             4
#define XS_TRANSACTION_START 6
#define XS_TRANSACTION_END   7
#define XS_WRITE             11
#define XS_RM                13
#define XS_WATCH_EVENT       15
#define XS_ERROR             16
#define XS_MAX               4096

struct header {
    uint32_t type, req_id, tx_id, len;
};

static int bus = -1;
static unsigned int fired; /* watch events that came */

static bool read_all(void *to, size_t n)
{
    for (char *p = to; n > 0;) {
        ssize_t got = read(bus, p, n);
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

/* One message; its type, its text in body. XS_ERROR also when there is no more to be had. */
static uint32_t receive(char body[XS_MAX + 1])
{
    struct header head;

    if (!read_all(&head, sizeof(head)) || head.len > XS_MAX || !read_all(body, head.len))
        fail("xenstore");
    body[head.len] = 0;
    fired += head.type == XS_WATCH_EVENT;
    return head.type;
}

/* A request of some text with its zero and, perhaps, more; the reply is left in body. */
static bool call(uint32_t type, uint32_t tx, const char *text, const char *more, size_t more_len,
                 char body[XS_MAX + 1])
{
    struct header head = {
        .type = type, .tx_id = tx, .len = (uint32_t)(strlen(text) + 1 + more_len)};
    char message[sizeof(head) + 512];
    uint32_t got;

    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), text, strlen(text) + 1);
    memcpy(message + sizeof(head) + strlen(text) + 1, more, more_len);
    if (write(bus, message, sizeof(head) + head.len) != (ssize_t)(sizeof(head) + head.len))
        fail("xenstore");
    do
        got = receive(body);
    while (got == XS_WATCH_EVENT);
    return got != XS_ERROR;
}

static bool write_node(uint32_t tx, const char *path, const char *value)
{
    char body[XS_MAX + 1];

    return call(XS_WRITE, tx, path, value, strlen(value), body);
}

static bool holds(uint32_t tx)
{
    char body[XS_MAX + 1];

    return call(XS_READ, tx, inside, "", 0, body) && strcmp(body, VALUE) == 0;
}

/* How many events the watch has had once this many ms have passed, or one came. */
static unsigned int events_within(int ms)
{
    char body[XS_MAX + 1];
    unsigned int count;

    for (struct pollfd p = {.fd = bus, .events = POLLIN}; poll(&p, 1, fired ? 0 : ms) > 0;)
        receive(body);
    count = fired;
    fired = 0;
    return count;
}

/* ---- begin and end ---- */

static bool say(FILE *out, const char *what, bool right)
{
    fprintf(out, "%s: %s\n", what, right ? "yes" : "NO");
    return right;
}

static void finish(uint32_t tx)
{
    FILE *out = fopen(OUT_FILE ".new", "w");
    char body[XS_MAX + 1];
    bool right = true;

    if (!out)
        return;
    right &= say(out, "the watch kept quiet", events_within(0) == 0);
    right &= say(out, "seen in the transaction", holds(tx));
    right &= say(out, "not seen outside before", !holds(0));
    right &= say(out, "committed", call(XS_TRANSACTION_END, tx, "T", "", 0, body));
    right &= say(out, "seen outside after", holds(0));
    right &= say(out, "written where it is watched", write_node(0, watched, "2"));
    right &= say(out, "the watch fired once", events_within(WAIT_MS) == 1);
    fprintf(out, "%s\n", right ? "all right" : "WRONG");
    fclose(out);
    rename(OUT_FILE ".new", OUT_FILE);
}

static void begin(void)
{
    char body[XS_MAX + 1];
    sigset_t wanted;
    uint32_t tx;
    FILE *pid;
    int got;

    unlink(OUT_FILE);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    setsid();
    bus = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
    if (bus < 0)
        fail("/dev/xen/xenbus");
    call(XS_RM, 0, inside, "", 0, body);
    if (!write_node(0, watched, "1") || !call(XS_WATCH, 0, watched, "w", 2, body))
        fail("%s: %s", watched, body);
    events_within(WAIT_MS); /* one comes when the watch is set */
    if (!call(XS_TRANSACTION_START, 0, "", "", 0, body))
        fail("a transaction: %s", body);
    tx = (uint32_t)strtoul(body, NULL, 10);
    if (!tx || !write_node(tx, inside, VALUE))
        fail("%s", inside);
    pid = fopen(PID_FILE ".new", "w");
    if (!pid || fprintf(pid, "%d\n", getpid()) < 0 || fclose(pid) ||
        rename(PID_FILE ".new", PID_FILE))
        fail(PID_FILE);
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        return;
    if (sigwait(&wanted, &got) == 0)
        finish(tx);
}

static int await(const char *path)
{
    for (int ms = 0; access(path, R_OK); ms += 50) {
        if (ms > 2 * WAIT_MS)
            fail("%s", path);
        usleep(50000);
    }
    return 0;
}

static int end(void)
{
    char line[128];
    bool right = false;
    int pid = 0;
    FILE *file = fopen(PID_FILE, "r");

    if (!file || fscanf(file, "%d", &pid) != 1 || kill(pid, SIGUSR1))
        fail(PID_FILE);
    fclose(file);
    unlink(PID_FILE);
    await(OUT_FILE);
    file = fopen(OUT_FILE, "r");
    while (file && fgets(line, sizeof(line), file)) {
        right = strcmp(line, "all right\n") == 0;
        fputs(line, stdout);
    }
    return right ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: transaction begin|end DIR\n");
        return 2;
    }
    snprintf(inside, sizeof(inside), "%s/inside", argv[2]);
    snprintf(watched, sizeof(watched), "%s/watched", argv[2]);
    if (strcmp(argv[1], "begin") == 0) {
        unlink(PID_FILE);
        if (fork() == 0) {
            begin();
            return 0;
        }
        return await(PID_FILE);
    }
    return end();
}
