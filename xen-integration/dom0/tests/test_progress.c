/* SPDX-License-Identifier: GPL-2.0-only */
/* Progress on a terminal that was stopped, or into a pipe that nobody reads, holds nothing up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "help_answer.h"
#include "../commands.h"
#include "../progress.h"

#define TOO_LONG_S 60 /* then the case hangs, and the program ends */

static void fill(int fd)
{
    char much[4096];
    int flags = fcntl(fd, F_GETFL);

    memset(much, 'x', sizeof(much));
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (write(fd, much, sizeof(much)) > 0)
        ;
    while (write(fd, much, 1) > 0)
        ;
    fcntl(fd, F_SETFL, flags);
}

/* All that is there. */
static size_t drain(int fd, char *text, size_t size)
{
    size_t got = 0;
    ssize_t now;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    while (got + 1 < size && (now = read(fd, text + got, size - 1 - got)) > 0)
        got += (size_t)now;
    text[got] = 0;
    return got;
}

static void a_pipe_that_nobody_reads(void **state)
{
    static char text[1 << 20];
    struct bench *b = *state;
    struct irx_progress p;
    struct irx_error e;
    struct irx_xen xen;
    int ends[2];
    FILE *out;

    fake_connect(&xen, &e);
    assert_int_equal(pipe(ends), 0);
    out = fdopen(ends[1], "w");
    alarm(TOO_LONG_S);
    irx_progress_start(&p, out, &xen, 3);
    irx_progress_phase(&p, "claim");
    irx_progress_step(&p, 0, 1, "%s", "before");
    fill(ends[1]);
    for (unsigned int i = 0; i < 10000; i++)
        irx_progress_step(&p, 0, 1, "lost %u", i);
    assert_true(drain(ends[0], text, sizeof(text)) > 4096);
    assert_non_null(strstr(text, "before\n"));
    assert_null(strstr(text, "lost"));
    irx_progress_step(&p, 1, 1, "after");
    irx_progress_say(&p, "%s: going back\n", "it");
    drain(ends[0], text, sizeof(text));
    assert_non_null(strstr(text, " 1/3  claim    100 %  after\nit: going back\n"));
    alarm(0);
    irx_progress_end(&p);
    assert_int_equal(fclose(out), 0);
    close(ends[0]);
    (void)b;
}

static int open_terminal(int *master)
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(*master >= 0);
    assert_int_equal(grantpt(*master) || unlockpt(*master), 0);
    return open(ptsname(*master), O_RDWR | O_NOCTTY);
}

/* Somebody has typed Ctrl-S. The terminal is others', too: their way of writing stays. */
static void a_terminal_that_was_stopped(void **state)
{
    struct bench *b = *state;
    char line[] = UPDATE, *argv[BENCH_ARGUMENTS], text[4096];
    int master, terminal = open_terminal(&master), argc = bench_arguments(b, line, argv);

    assert_int_equal(tcflow(terminal, TCOOFF), 0);
    b->env.out = open_memstream(&b->out, &b->out_size);
    b->env.err = fdopen(terminal, "w");
    alarm(TOO_LONG_S);
    assert_int_equal(irx_command(&b->env, argc, argv), IRX_RC_DONE);
    alarm(0);
    fclose(b->env.out);
    assert_result(b, "updated");
    assert_true(fake_normal(&b->xen));
    assert_int_equal(fcntl(terminal, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(tcflow(terminal, TCOON), 0);
    drain(master, text, sizeof(text));
    assert_null(strstr(text, "runs in Xen again"));
    fclose(b->env.err);
    close(master);
}

/* What is no terminal and no pipe takes lines as ever, in their order. */
static void a_file(void **state)
{
    struct bench *b = *state;
    char path[128], text[512];
    struct irx_progress p;
    struct irx_error e;
    struct irx_xen xen;
    FILE *out;
    int fd;

    fake_connect(&xen, &e);
    snprintf(path, sizeof(path), "%s/guests.json", b->directory);
    out = fopen(path, "w");
    assert_non_null(out);
    fputs("first\n", out);
    irx_progress_start(&p, out, &xen, 1);
    irx_progress_say(&p, "second\n");
    fputs("third\n", out);
    irx_progress_end(&p);
    fclose(out);
    fd = open(path, O_RDONLY);
    drain(fd, text, sizeof(text));
    close(fd);
    assert_string_equal(text, "first\nsecond\nthird\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_pipe_that_nobody_reads),
        CASE(a_terminal_that_was_stopped),
        CASE(a_file),
    };

    return cmocka_run_group_tests_name("dom0 progress", tests, NULL, NULL);
}
