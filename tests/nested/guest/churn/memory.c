/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables: of processes that come and go, of copies on write, of mappings. */
#define _GNU_SOURCE

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "churn.h"

#define STORM       4u
#define COPY_PAGES  96u
#define SHARE_PAGES 16u

static uint8_t *map(unsigned int pages, int flags)
{
    uint8_t *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        fail("mmap");
    return at;
}

static void unmap(uint8_t *at, unsigned int pages)
{
    if (munmap(at, pages * PAGE))
        fail("munmap");
}

/* All at once; every other one becomes another program. */
void churn_forks(uint32_t seed)
{
    int children[STORM];

    for (unsigned int i = 0; i < STORM; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            if ((seed + i) % 2)
                execl("/bin/busybox", "true", (char *)NULL);
            _exit(0);
        }
    }
    for (unsigned int i = 0; i < STORM; i++)
        await(children[i]);
}

/* A child and a grandchild write what is the parent's; nobody sees that. */
void churn_copies(uint32_t seed)
{
    uint8_t *at = map(COPY_PAGES, MAP_PRIVATE);
    int child;

    fill(at, COPY_PAGES, seed);
    child = fork();
    if (child == 0) {
        int grandchild;

        fill(at, COPY_PAGES / 2, ~seed);
        grandchild = fork();
        if (grandchild == 0) {
            fill(at, COPY_PAGES, seed + 7);
            _exit(filled(at, COPY_PAGES, seed + 7) ? 0 : 1);
        }
        await(grandchild);
        _exit(filled(at, COPY_PAGES / 2, ~seed) ? 0 : 1);
    }
    fill(at, 3, seed);
    await(child);
    if (!filled(at, COPY_PAGES, seed))
        fail("pages of a parent are wrong");
    unmap(at, COPY_PAGES);
}

/* Protection, a hole, another place, memory that is shared with a child. */
void churn_maps(uint32_t seed)
{
    uint8_t *at = map(COPY_PAGES, MAP_PRIVATE), *shared = map(SHARE_PAGES, MAP_SHARED);
    int child;

    fill(at, COPY_PAGES, seed);
    if (mprotect(at, COPY_PAGES * PAGE, PROT_READ) || !filled(at, COPY_PAGES, seed) ||
        mprotect(at, COPY_PAGES / 2 * PAGE, PROT_READ | PROT_WRITE) ||
        mprotect(at + 3 * PAGE, PAGE, PROT_NONE) ||
        mprotect(at, COPY_PAGES * PAGE, PROT_READ | PROT_WRITE))
        fail("mprotect");
    at = mremap(at, COPY_PAGES * PAGE, 2 * COPY_PAGES * PAGE, MREMAP_MAYMOVE);
    if (at == MAP_FAILED || !filled(at, COPY_PAGES, seed))
        fail("mremap");
    if (madvise(at, 5 * PAGE, MADV_DONTNEED) || *at)
        fail("madvise");
    unmap(at + 8 * PAGE, 8);
    unmap(at, 2 * COPY_PAGES);

    child = fork();
    if (child == 0) {
        fill(shared, SHARE_PAGES, seed);
        _exit(0);
    }
    await(child);
    if (!filled(shared, SHARE_PAGES, seed))
        fail("pages that are shared are wrong");
    unmap(shared, SHARE_PAGES);
}
