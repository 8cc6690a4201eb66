// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bed's agent in dom0: runs commands that the driver on the host gives it, and gives back their
 * output and exit status.
 *
 * The two meet in the mailbox: memory of an ivshmem device of the emulator's, which is a file on the
 * host. No interrupt, no kernel driver and no serial port is needed, so nothing of it has to survive
 * an update of Xen but the process, and a command costs the domain no instruction on the way.
 *
 * Between two commands the agent waits in one of two ways, as the driver says:
 *   poll   looks at the mailbox every few milliseconds. Time goes on.
 *   gate   writes a byte to a port whose other end, a pipe, is full: the emulator stands still within
 *          this instruction until the driver lets the byte through. No virtual time passes however
 *          long the driver takes, so a run is the same on each machine and each time. There are two
 *          gates, for requests of even and of odd number: the driver closes one while the other one
 *          is what the agent comes to next.
 *
 * One command at a time. Its process group is killed when its time is over; what it has put into
 * another session lives on.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define IVSHMEM_ID "0x1af4 0x1110" /* QEMU, docs/specs/ivshmem-spec.txt */
#define GATE_PORT                                                                                  \
    0x1e0 /* and the next one: isa-debugcon devices. Not 0x402, SeaBIOS writes there. */
#define POLL_NS      (2 * 1000 * 1000)
#define TIMEOUT_CODE 124
#define BROKEN_CODE  126 /* the command cannot be run, or the agent died of it */

/* The mailbox; bedlib/mailbox.py is the other end. */
struct mailbox {
    uint32_t gated;                  /* driver: wait at the gates */
    _Atomic uint32_t request;        /* driver: number of the newest request, 1 and up */
    uint32_t timeout_s, command_len; /* driver: of this request */
    _Atomic uint32_t started;        /* agent: it is there */
    _Atomic uint32_t reply;          /* agent: number of the newest request that is done */
    uint32_t status;                 /* agent: exit status of it */
    _Atomic uint32_t
        output_len; /* agent: bytes of output so far; the driver clears it with a request */
    uint64_t begin_tsc, end_tsc; /* agent: of the newest request */
    uint32_t lost;               /* agent: bytes of output that had no room; cleared likewise */
};

#define COMMAND_AT 4096
#define OUTPUT_AT  (1024 * 1024)

static struct mailbox *box;
static char *area; /* the whole memory */
static size_t area_size;
static int ports;             /* /dev/port */
static sigset_t child_signal; /* SIGCHLD */

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Whether this folder of a PCI device is the mailbox's. */
static bool is_ivshmem(const char *folder)
{
    char path[300], id[16] = "";
    unsigned int found[2] = {0, 0};
    static const char *const names[] = {"vendor", "device"};

    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        int fd = open(path, O_RDONLY);
        if (fd < 0 || read(fd, id, sizeof(id) - 1) <= 0)
            return false;
        close(fd);
        found[i] = (unsigned int)strtoul(id, NULL, 16);
    }
    snprintf(path, sizeof(path), "0x%04x 0x%04x", found[0], found[1]);
    return !strcmp(path, IVSHMEM_ID);
}

/* Maps the device's memory, its BAR 2. */
static void map_mailbox(void)
{
    static const char root[] = "/sys/bus/pci/devices";
    DIR *all = opendir(root);
    char folder[280], path[300];
    struct stat st;

    for (struct dirent *e; all && (e = readdir(all));) {
        snprintf(folder, sizeof(folder), "%s/%s", root, e->d_name);
        if (e->d_name[0] == '.' || !is_ivshmem(folder))
            continue;
        snprintf(path, sizeof(path), "%s/resource2", folder);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st))
            die(path);
        area_size = (size_t)st.st_size;
        area = mmap(NULL, area_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (area == MAP_FAILED)
            die(path);
        box = (struct mailbox *)area;
        closedir(all);
        return;
    }
    fprintf(stderr, "agent: this machine has no mailbox\n");
    exit(1);
}

/*
 * Until the request of this number is there. At a gate always once at least: whether the driver was
 * quicker must make no difference.
 */
static void await(uint32_t number)
{
    unsigned char byte = 0;

    do {
        if (!box->gated)
            nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
        else if (pwrite(ports, &byte, 1, GATE_PORT + number % 2) != 1)
            die("/dev/port");
    } while (atomic_load(&box->request) != number);
}

static void put_output(const char *data, size_t n)
{
    size_t at = atomic_load(&box->output_len), room = area_size - OUTPUT_AT - at;

    if (n > room) {
        box->lost += (uint32_t)(n - room);
        n = room;
    }
    memcpy(area + OUTPUT_AT + at, data, n);
    atomic_store(&box->output_len, (uint32_t)(at + n));
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
        sigprocmask(SIG_UNBLOCK, &child_signal, NULL);
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

/* Takes what is in the pipe; false when nobody can write to it any more. */
static bool take_output(int fd)
{
    char buf[65536];
    ssize_t n = read(fd, buf, sizeof(buf));

    if (n > 0)
        put_output(buf, (size_t)n);
    return n > 0;
}

/* It only has to end ppoll(). */
static void on_child(int number)
{
    (void)number;
}

/*
 * Forwards output until the command itself has ended (not until the pipe is closed: a daemon that it
 * started may keep it), then what is still in the pipe. SIGCHLD is let through in ppoll() only, so
 * that the end is seen at once and nothing is polled for.
 */
static int forward(pid_t pid, int fd, int64_t end)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    sigset_t none;
    int status = 0;

    sigemptyset(&none);
    while (waitpid(pid, &status, WNOHANG) != pid) {
        int64_t left = end - now_ms();

        if (left <= 0) {
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            return TIMEOUT_CODE;
        }
        struct timespec wait = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        if (ppoll(&p, 1, &wait, &none) > 0 && !take_output(fd))
            p.fd = -1;
    }
    while (p.fd >= 0 && poll(&p, 1, 0) > 0 && take_output(fd))
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int serve(void)
{
    char *command = area + COMMAND_AT;
    int fd = -1, code = BROKEN_CODE;

    if (box->command_len >= OUTPUT_AT - COMMAND_AT)
        return code;
    command[box->command_len] = 0;
    pid_t pid = start(command, &fd);
    if (pid > 0)
        code = forward(pid, fd, now_ms() + (int64_t)box->timeout_s * 1000);
    if (fd >= 0)
        close(fd);
    return code;
}

static void finish(uint32_t number, int code)
{
    box->status = (uint32_t)code;
    box->end_tsc = __rdtsc();
    atomic_store(&box->reply, number);
}

int main(void)
{
    struct sigaction child = {.sa_handler = on_child};

    ports = open("/dev/port", O_RDWR | O_CLOEXEC);
    if (ports < 0)
        die("/dev/port");
    map_mailbox();
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, NULL);
    sigaction(SIGCHLD, &child, NULL);
    if (atomic_load(&box->request) != atomic_load(&box->reply))
        finish(atomic_load(&box->request), BROKEN_CODE);
    atomic_store(&box->started, 1);
    for (;;) {
        uint32_t number = atomic_load(&box->reply) + 1;

        await(number);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        box->begin_tsc = __rdtsc();
        finish(number, serve());
    }
}
