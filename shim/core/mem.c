/* SPDX-License-Identifier: GPL-2.0-only */
#include "mem.h"

#include "lock.h"
#include "lib.h"

static struct {
    struct lock lock;
    uint64_t *map; /* bit set = in use */
    paddr_t base;
    uint64_t pages, free, hint;
} mem;

static bool page_used(uint64_t i)
{
    return mem.map[i / 64] & BIT(i % 64);
}

static void mark(uint64_t first, uint64_t count, bool used)
{
    for (uint64_t i = first; i < first + count; i++) {
        if (used)
            mem.map[i / 64] |= BIT(i % 64);
        else
            mem.map[i / 64] &= ~BIT(i % 64);
    }
}

int mem_init(paddr_t base, uint64_t size)
{
    uint64_t pages = size / PAGE_SIZE;
    uint64_t map_pages = DIV_UP(DIV_UP(pages, 64) * 8, PAGE_SIZE);

    if (!ALIGNED(base, PAGE_SIZE) || pages < map_pages + 16)
        return -SHIM_ENOMEM;
    memset(&mem, 0, sizeof(mem));
    mem.map = (uint64_t *)(uintptr_t)base;
    mem.base = base;
    mem.pages = pages;
    mem.free = pages - map_pages;
    memset(mem.map, 0, map_pages * PAGE_SIZE);
    mark(0, map_pages, true);
    return 0;
}

/* First run of `count` free pages at or after `from`; mem.pages if there is none. */
static uint64_t find_run(uint64_t from, unsigned int count)
{
    uint64_t run = 0;

    for (uint64_t i = from; i < mem.pages; i++) {
        if (!run && ALIGNED(i, 64) && mem.map[i / 64] == ~0ull) {
            i += 63;
            continue;
        }
        run = page_used(i) ? 0 : run + 1;
        if (run == count)
            return i + 1 - count;
    }
    return mem.pages;
}

void *mem_alloc(unsigned int count)
{
    uint32_t cpu = hw_cpu_index();
    void *p = NULL;
    uint64_t i;

    if (!count)
        return NULL;
    lock_take(&mem.lock, cpu);
    i = find_run(mem.hint, count);
    if (i == mem.pages)
        i = find_run(0, count);
    if (i != mem.pages) {
        mark(i, count, true);
        mem.free -= count;
        mem.hint = i + count;
        p = (void *)(uintptr_t)(mem.base + i * PAGE_SIZE);
    }
    lock_drop(&mem.lock);
    if (p)
        memset(p, 0, count * PAGE_SIZE);
    return p;
}

void mem_free(void *page, unsigned int count)
{
    uint64_t i;

    if (!page)
        return;
    i = ((paddr_t)(uintptr_t)page - mem.base) / PAGE_SIZE;
    lock_take(&mem.lock, hw_cpu_index());
    mark(i, count, false);
    mem.free += count;
    if (i < mem.hint)
        mem.hint = i;
    lock_drop(&mem.lock);
}

uint64_t mem_free_pages(void)
{
    return mem.free;
}

void mem_recover(uint32_t cpu)
{
    lock_drop_if_held(&mem.lock, cpu);
}
