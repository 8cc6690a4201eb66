/* SPDX-License-Identifier: GPL-2.0-only */
#include "held.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fake/fake.h"

static struct fake_machine fake_before;
static struct shim shim_before;
static struct dom *doms_before;
static struct dom *guests[2];
static int memory, region;

/* From now on what is there is what every page falls back to. */
static int freeze(uint64_t address, uint64_t size)
{
    int fd = memfd_create("held", 0);

    MUST(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    for (uint64_t at = 0; at < size;) {
        ssize_t n = pwrite(fd, (const void *)(uintptr_t)(address + at), size - at, (off_t)at);

        MUST(n > 0);
        at += (uint64_t)n;
    }
    MUST(mmap((void *)(uintptr_t)address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd,
              0) != MAP_FAILED);
    return fd;
}

static void set_up(void)
{
    size_t size;

    MUST(env_setup(NULL) == 0);
    guests[HELD_2L] = env_run(env_domain(HELD_2L, 1, 2));
    {
        struct irx_domain *d = env_domain(HELD_FIFO, 2, 2);

        env_use_fifo(d);
        guests[HELD_FIFO] = env_run(d);
    }
    fake_clear_ipis();
    region = freeze(ENV_REGION, ENV_REGION_SIZE);
    memory = freeze(ENV_MEMORY, ENV_MEMORY_SIZE);
    fake_before = fake;
    shim_before = shim;
    size = shim.domain_count * sizeof(*shim.doms);
    doms_before = malloc(size);
    MUST(doms_before);
    memcpy(doms_before, shim.doms, size);
}

void held_again(void)
{
    if (!doms_before) {
        set_up();
        return;
    }
    MUST(madvise((void *)ENV_REGION, ENV_REGION_SIZE, MADV_DONTNEED) == 0);
    MUST(madvise((void *)ENV_MEMORY, ENV_MEMORY_SIZE, MADV_DONTNEED) == 0);
    fake = fake_before;
    shim = shim_before;
    memcpy(shim.doms, doms_before, shim.domain_count * sizeof(*shim.doms));
    fake_guest = NULL;
}

struct dom *held_guest(unsigned int entry)
{
    return guests[entry];
}

struct vcpu *held_current(unsigned int entry, unsigned int vcpu)
{
    return env_current(guests[entry], vcpu);
}
