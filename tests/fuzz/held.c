/* SPDX-License-Identifier: GPL-2.0-only */
#include "held.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake/fake.h"

#define PAGES      ((ENV_REGION_SIZE + ENV_MEMORY_SIZE) / PAGE_SIZE)
#define KEPT_PAGES 96u /* that may be written without a fault when an input begins */

static struct fake_machine fake_before;
static struct shim shim_before;
static struct dom *doms_before;
static struct dom *guests[2];

/*
 * Pages that were written since they were last protected, and what was in them before. They stay
 * open from input to input: nearly all inputs write to the same few.
 */
static struct {
    uint8_t *page, *before;
} opened[PAGES];
static unsigned int nr_opened;
static uint8_t *before; /* room for all */
static struct sigaction other_faults;

/* How often this runs is not what an input is about. */
#define UNCOUNTED __attribute__((no_sanitize("coverage")))

static UNCOUNTED bool in_host(uint64_t at)
{
    return at - ENV_REGION < ENV_REGION_SIZE || at - ENV_MEMORY < ENV_MEMORY_SIZE;
}

static UNCOUNTED void protect(void)
{
    MUST(!mprotect((void *)ENV_REGION, ENV_REGION_SIZE, PROT_READ));
    MUST(!mprotect((void *)ENV_MEMORY, ENV_MEMORY_SIZE, PROT_READ));
    nr_opened = 0;
}

/* A first write to a page. All other faults are libFuzzer's: they come again. */
static UNCOUNTED void on_fault(int number, siginfo_t *info, void *context)
{
    uint64_t at = (uint64_t)(uintptr_t)info->si_addr & ~(uint64_t)(PAGE_SIZE - 1);

    (void)context;
    if (!in_host(at) || info->si_code != SEGV_ACCERR) {
        sigaction(number, &other_faults, NULL);
        return;
    }
    opened[nr_opened].page = (uint8_t *)(uintptr_t)at;
    opened[nr_opened].before = before + (uint64_t)nr_opened * PAGE_SIZE;
    memcpy(opened[nr_opened].before, opened[nr_opened].page, PAGE_SIZE);
    nr_opened++;
    MUST(!mprotect((void *)(uintptr_t)at, PAGE_SIZE, PROT_READ | PROT_WRITE));
}

/* From now on what is there is what every page falls back to. */
static void freeze(void)
{
    struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    before = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    MUST(before != MAP_FAILED && !sigaction(SIGSEGV, &ours, &other_faults));
    protect();
}

static UNCOUNTED void put_back(void)
{
    for (unsigned int i = 0; i < nr_opened; i++)
        memcpy(opened[i].page, opened[i].before, PAGE_SIZE);
    if (nr_opened > KEPT_PAGES)
        protect();
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
    fake_before = fake;
    shim_before = shim;
    size = shim.domain_count * sizeof(*shim.doms);
    doms_before = malloc(size);
    MUST(doms_before);
    memcpy(doms_before, shim.doms, size);
    freeze();
}

void held_again(void)
{
    if (!doms_before) {
        set_up();
        return;
    }
    put_back();
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
