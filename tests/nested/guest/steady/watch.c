// SPDX-License-Identifier: GPL-2.0-only
/* Debug registers: four places of a child are watched, and it stops at each write to one, and at no other. */
#define _GNU_SOURCE
#include "steady.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PLACES      4u
#define DR7_ALL     (0x55ul | 0xdddd0000ul) /* each: local, of 4 bytes, by writes */
#define REGISTER(n) (offsetof(struct user, u_debugreg) + 8 * (n))

static volatile uint32_t places[PLACES][16]; /* the first word of each is watched */
static pid_t child;

static _Noreturn void write_places(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    for (;;)
        for (unsigned int i = 0; i < PLACES; i++) {
            places[i][1]++; /* beside it */
            places[i][0]++;
        }
}

void watch_begin(struct work *w)
{
    int status;

    child = fork();
    if (!child)
        write_places();
    expect(w, waitpid(child, &status, 0) == child && WIFSTOPPED(status), "the child does not stop");
    for (unsigned int i = 0; i < PLACES; i++)
        expect(w, !ptrace(PTRACE_POKEUSER, child, REGISTER(i), &places[i][0]), "DR%u cannot be set",
               i);
    expect(w, !ptrace(PTRACE_POKEUSER, child, REGISTER(7), DR7_ALL), "DR7 cannot be set");
}

/* One write. */
void watch_round(struct work *w)
{
    const unsigned int n = w->rounds % PLACES;
    int status = 0;
    long dr6;

    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    expect(w,
           waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP,
           "write %u did not stop it: status %#x", n, (unsigned int)status);
    dr6 = ptrace(PTRACE_PEEKUSER, child, REGISTER(6), NULL);
    expect(w, (dr6 & 0xf) == 1 << n, "DR6 is %#lx at write %u", (unsigned long)dr6, n);
    for (unsigned int i = 0; i < PLACES; i++)
        expect(w, ptrace(PTRACE_PEEKUSER, child, REGISTER(i), NULL) == (long)&places[i][0],
               "DR%u is another", i);
    ptrace(PTRACE_POKEUSER, child, REGISTER(6), 0);
}
