// SPDX-License-Identifier: GPL-2.0-only
/* Copies of memory and of files: faults of all kinds, and what is read behind them. */
#define _GNU_SOURCE
#include "steady.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE   4096u
#define PAGES  32u
#define BLOCKS 64u

static uint64_t sum(const uint64_t *words, size_t bytes)
{
    uint64_t s = 0;

    for (size_t i = 0; i < bytes / 8; i++)
        s = (s ^ words[i]) * 0x100000001b3ull + 1;
    return s;
}

static uint64_t fill(uint64_t *words, size_t bytes)
{
    for (size_t i = 0; i < bytes / 8; i++)
        words[i] = pattern();
    return sum(words, bytes);
}

/* ---- fork(): the child's copy is its own ---- */

static _Noreturn void child(uint64_t *copy, uint64_t was)
{
    bool good = sum(copy, PAGES * PAGE) == was;

    for (unsigned int i = 0; i < PAGES; i += 3)
        copy[i * PAGE / 8] = i;
    for (unsigned int i = 0; i < PAGES; i += 3)
        good = good && copy[i * PAGE / 8] == i;
    _exit(!good);
}

static sigjmp_buf back;

static void faulted(int signal)
{
    (void)signal;
    siglongjmp(back, 1);
}

static bool can_write(volatile uint64_t *at)
{
    if (sigsetjmp(back, 1))
        return false;
    *at = *at;
    return true;
}

void copies_round(struct work *w)
{
    static uint64_t *memory;
    uint64_t was;
    int status;

    if (!memory) {
        signal(SIGSEGV, faulted);
        memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
    }
    was = fill(memory, PAGES * PAGE);
    for (unsigned int i = 0; i < 4; i++)
        if (!fork())
            child(memory, was);
    for (unsigned int i = 0; i < 4; i++)
        expect(w, wait(&status) > 0 && !status, "a child's copy was wrong");
    expect(w, sum(memory, PAGES * PAGE) == was, "memory changed while it was copied");
    mprotect(memory, PAGES * PAGE, PROT_READ);
    expect(w, !can_write(memory), "memory that is protected can be written");
    mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE);
    expect(w, can_write(memory), "memory that is not protected cannot be written");
    expect(w, sum(memory, PAGES * PAGE) == was, "memory changed while it was protected");
    madvise(memory, PAGES * PAGE, MADV_DONTNEED);
    expect(w, !memory[0] && !memory[PAGES * PAGE / 8 - 1], "fresh memory is not zero");
}

/* ---- Files that are mapped ---- */

void files_round(struct work *w)
{
    char path[48];
    uint64_t was, *shared, *own;
    int fd;

    snprintf(path, sizeof(path), "/tmp/steady.file.%u", (unsigned int)(w->rounds % 4));
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, PAGES * PAGE)) {
        expect(w, false, "%s cannot be made", path);
        return;
    }
    shared = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    own = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (shared == MAP_FAILED || own == MAP_FAILED) {
        expect(w, false, "%s cannot be mapped", path);
        exit(1);
    }
    was = fill(shared, PAGES * PAGE);
    expect(w, sum(own, PAGES * PAGE) == was, "a file has two contents");
    memset(own, 0, PAGE);
    expect(w, sum(shared, PAGES * PAGE) == was, "a file changed by what is not shared");
    munmap(shared, PAGES * PAGE);
    munmap(own, PAGES * PAGE);
    close(fd);
}

/* ---- Blocks of a disk ---- */

void blocks_round(struct work *w)
{
    static uint64_t *block, sums[BLOCKS];
    static int fd = -1;
    const unsigned int n = (unsigned int)(pattern() % BLOCKS);

    if (fd < 0) {
        fd = open(disk, O_RDWR | O_CREAT | O_DIRECT, 0600);
        if (fd < 0) /* a file system in memory knows no such thing */
            fd = open(disk, O_RDWR | O_CREAT, 0600);
        block = aligned_alloc(PAGE, PAGE);
    }
    if (sums[n]) {
        expect(w, pread(fd, block, PAGE, n * PAGE) == PAGE, "block %u cannot be read", n);
        expect(w, sum(block, PAGE) == sums[n], "block %u is another", n);
    }
    sums[n] = fill(block, PAGE);
    expect(w, pwrite(fd, block, PAGE, n * PAGE) == PAGE && !fdatasync(fd),
           "block %u cannot be written", n);
}
