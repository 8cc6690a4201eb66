// SPDX-License-Identifier: GPL-2.0-only
/* Ports: what ioperm() gave can be written to, and no other. In a guest Xen lets writes go nowhere. */
#define _GNU_SOURCE
#include "steady.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <unistd.h>

#define GIVEN 0x80u /* where nothing is */
#define OTHER 0x84u

static sigjmp_buf back;

static void refused(int signal)
{
    (void)signal;
    siglongjmp(back, 1);
}

static bool can_write(unsigned short port)
{
    if (sigsetjmp(back, 1))
        return false;
    outb(0, port);
    return true;
}

void ports_begin(struct work *w)
{
    signal(SIGSEGV, refused);
    expect(w, !ioperm(GIVEN, 1, 1), "ioperm() is refused");
}

void ports_round(struct work *w)
{
    expect(w, can_write(GIVEN), "the port that was given is refused");
    expect(w, !can_write(OTHER), "a port that was not given can be written to");
}
