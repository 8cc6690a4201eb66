// SPDX-License-Identifier: GPL-2.0-only
/*
 * kill-at TEXT COMMAND [ARGUMENT]...: runs the command under ptrace and kills it (SIGKILL) once
 * it has written TEXT, before it does anything else: where it dies depends on nothing but its
 * output. Exits with 0 if the command was killed so, with 1 if it ended without it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSTEM_CALL (SIGTRAP | 0x80) /* the stop's signal, by PTRACE_O_TRACESYSGOOD */
#define OPTIONS     (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

/* The system call's entry that pid stopped at: does it write text? */
static bool writes(pid_t pid, const struct __ptrace_syscall_info *call, const char *text)
{
    char bytes[4096];
    size_t size = call->entry.args[2] < sizeof(bytes) ? call->entry.args[2] : sizeof(bytes);
    struct iovec here = {bytes, size};
    struct iovec there = {(void *)call->entry.args[1], size};
    ssize_t got;

    if (call->entry.nr != SYS_write)
        return false;
    got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    return got > 0 && memmem(bytes, (size_t)got, text, strlen(text));
}

/* Runs the stopped child to its next stop; false: it has ended, or cannot be traced. */
static bool next_stop(pid_t pid, int *signal)
{
    int status;

    if (ptrace(PTRACE_SYSCALL, pid, 0, *signal) || waitpid(pid, &status, 0) != pid ||
        !WIFSTOPPED(status))
        return false;
    *signal = WSTOPSIG(status);
    if (*signal == SIGTRAP) /* that an exec has been done: not for the child */
        *signal = 0;
    return true;
}

static bool trace(pid_t pid, const char *text)
{
    struct __ptrace_syscall_info call;
    bool written = false;
    int signal = 0;

    while (next_stop(pid, &signal)) {
        if (signal != SYSTEM_CALL)
            continue;
        signal = 0;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(call), &call) < 0)
            break;
        if (call.op == PTRACE_SYSCALL_INFO_ENTRY)
            written = writes(pid, &call, text);
        else if (written)
            return kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid;
    }
    return false;
}

int main(int argc, char **argv)
{
    pid_t pid;

    if (argc < 3) {
        fputs("usage: kill-at TEXT COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(argv[2], argv + 2);
        fprintf(stderr, "kill-at: %s: %s\n", argv[2], strerror(errno));
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, NULL, 0) != pid || ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS)) {
        perror("kill-at");
        return 2;
    }
    if (trace(pid, argv[1]))
        return 0;
    fprintf(stderr, "kill-at: %s ended before it wrote \"%s\"\n", argv[2], argv[1]);
    return 1;
}
