/* SPDX-License-Identifier: GPL-2.0-only */
#include "world.h"

#include <stdio.h>
#include <sys/mman.h>

#include <xen/multiboot.h>
#include <xen/pfn.h>
#include <xen/softirq.h>
#include <xen/version.h>
#include <xen/vmap.h>

#include <acpi/acpi.h>

#include <asm/e820.h>
#include <asm/processor.h>
#include <asm/setup.h>

#define MAX_PAGES 4096

uint8_t *world_memory;
char world_log[4096];
bool world_panic_expected;
jmp_buf world_panicked;
unsigned int world_alloc_fails, world_softirqs, world_bootstrap_maps;

/* ---- Begin and end ---- */

/* The section in which our files keep what the boot sets, and how it was at first. */
extern char __start_boot_data[] __attribute__((weak));
extern char __stop_boot_data[] __attribute__((weak));
static char *boot_data_at_first;

void world_boot(void)
{
    size_t size = __stop_boot_data - __start_boot_data;

    if ( !size )
        return;
    if ( !boot_data_at_first )
    {
        boot_data_at_first = malloc(size);
        memcpy(boot_data_at_first, __start_boot_data, size);
    }
    memcpy(__start_boot_data, boot_data_at_first, size);
}

static void reset_cpus(void)
{
    unsigned int cpu;

    nr_cpu_ids = 4;
    cpumask_clear(&cpu_present_map);
    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
        x86_cpu_to_apicid[cpu] = 2 * cpu;
    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        cpumask_set_cpu(cpu, &cpu_present_map);
    cpu_online_map = cpu_present_map;
}

static void reset_memory(void)
{
    if ( !world_memory )
        world_memory = mmap(NULL, WORLD_MEMORY, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                            0);
    else
        madvise(world_memory, WORLD_MEMORY, MADV_DONTNEED);
    assert_true(world_memory != MAP_FAILED);

    world_nr_mapped = world_nr_heap = world_bootstrap_maps = 0;
    world_alloc_fails = world_softirqs = world_nr_set = world_p2m_fails = 0;
    paddr_bits = 46;
    e820 = (struct e820map){
        .nr_map = 2,
        .map = { { 0, KB(636), E820_RAM },
                 { MB(1), WORLD_MEMORY - MB(1), E820_RAM } },
    };
    total_pages = PFN_DOWN(WORLD_MEMORY);
    xen_phys_start = 0;
    world_xen_start = MB(2);
    world_xen_end = MB(6);
}

int world_begin(void **state)
{
    reset_memory();
    reset_cpus();
    world_boot();
    cpu_khz = 2000000;
    boot_tsc_stamp = 1;
    world_log[0] = '\0';

    return 0;
}

void printk(const char *format, ...)
{
    size_t used = strlen(world_log);
    va_list list;

    va_start(list, format);
    vsnprintf(world_log + used, sizeof(world_log) - used, format, list);
    va_end(list);
}

void panic(const char *format, ...)
{
    size_t used = strlen(world_log);
    va_list list;

    va_start(list, format);
    vsnprintf(world_log + used, sizeof(world_log) - used, format, list);
    va_end(list);
    if ( !world_panic_expected )
        fail_msg("panic: %s", world_log);
    longjmp(world_panicked, 1);
}

unsigned long long simple_strtoull(const char *text, const char **end,
                                   unsigned int base)
{
    char *rest;
    unsigned long long value = strtoull(text, &rest, base);

    if ( end )
        *end = rest;

    return value;
}

unsigned long long parse_size_and_unit(const char *text, const char **end)
{
    static const char units[] = "BKMGT";
    const char *rest, *unit;
    unsigned long long value = simple_strtoull(text, &rest, 0);

    unit = *rest ? strchr(units, *rest & ~0x20) : NULL;
    if ( unit )
    {
        value <<= 10 * (unit - units);
        rest++;
    }
    else if ( !end )
        value <<= 10;
    if ( end )
        *end = rest;

    return value;
}

/* ---- CPUs ---- */

unsigned int nr_cpu_ids;
cpumask_t cpu_present_map, cpu_online_map;
uint32_t x86_cpu_to_apicid[NR_CPUS];
unsigned long cpu_khz;
uint64_t boot_tsc_stamp;

s_time_t NOW(void)
{
    static s_time_t now;

    return now += MILLISECS(1);
}

void process_pending_softirqs(void)
{
    world_softirqs++;
}

/* ---- Memory ---- */

struct e820map e820;
unsigned long total_pages, xen_phys_start;
paddr_t world_xen_start, world_xen_end;
struct world_range world_mapped[WORLD_RANGES], world_heap[WORLD_RANGES];
unsigned int world_nr_mapped, world_nr_heap;

paddr_t __pa(const void *pointer)
{
    if ( pointer == _start )
        return world_xen_start;
    if ( pointer == _end )
        return world_xen_end;

    return (const uint8_t *)pointer - world_memory;
}

int reserve_e820_ram(struct e820map *map, uint64_t start, uint64_t end)
{
    unsigned int i;

    for ( i = 0; i < map->nr_map; i++ )
    {
        struct e820entry *e = &map->map[i], old = *e;
        struct e820entry below = { old.addr, start - old.addr, E820_RAM };
        struct e820entry above = { end, old.addr + old.size - end, E820_RAM };

        if ( old.type != E820_RAM || start < old.addr ||
             end > old.addr + old.size )
            continue;
        memmove(e + 2, e, (map->nr_map - i) * sizeof(*e));
        e[0] = below;
        e[1] = (struct e820entry){ start, end - start, E820_RESERVED };
        e[2] = above;
        map->nr_map += 2;
        return 1;
    }

    return 0;
}

static void note(struct world_range *ranges, unsigned int *nr, uint64_t start,
                 uint64_t end)
{
    assert_true(start < end);
    assert_true(*nr < WORLD_RANGES);
    ranges[(*nr)++] = (struct world_range){ start, end };
}

void set_pdx_range(unsigned long start, unsigned long end)
{
    assert_true(start < end);
}

int map_pages_to_xen(unsigned long virt, mfn_t mfn, unsigned long nr,
                     unsigned int flags)
{
    assert_int_equal(virt, (unsigned long)mfn_to_virt(mfn_x(mfn)));
    note(world_mapped, &world_nr_mapped, pfn_to_paddr(mfn_x(mfn)),
         pfn_to_paddr(mfn_x(mfn) + nr));

    return 0;
}

void init_domheap_pages(paddr_t start, paddr_t end)
{
    note(world_heap, &world_nr_heap, start, end);
}

void *bootstrap_map(const module_t *module)
{
    paddr_t start;

    if ( !module )
    {
        world_bootstrap_maps = 0;
        return NULL;
    }
    start = pfn_to_paddr(module->mod_start);
    if ( start >= WORLD_MEMORY || module->mod_end > WORLD_MEMORY - start )
        return NULL;
    world_bootstrap_maps++;

    return maddr_to_virt(start);
}

int xen_build_id(const void **id, unsigned int *length)
{
    *id = "0123456789abcdefghij";
    *length = 20;

    return 0;
}

paddr_t acpi_os_get_root_pointer(void)
{
    return 0xf5a20;
}

void *world_alloc(size_t size)
{
    if ( world_alloc_fails && !--world_alloc_fails )
        return NULL;

    return calloc(1, size);
}

/* Xen's sort() takes any swap; this one is for small lists. */
void sort(void *base, size_t nr, size_t size,
          int (*compare)(const void *, const void *),
          void (*swap)(void *, void *, size_t))
{
    char *entry = base;
    size_t i, j;

    for ( i = 1; i < nr; i++ )
        for ( j = i;
              j && compare(entry + (j - 1) * size, entry + j * size) > 0; j-- )
            swap(entry + (j - 1) * size, entry + j * size, size);
}

/* ---- Pages and p2m ---- */

static struct page_info pages[MAX_PAGES];
static unsigned long gpfns[MAX_PAGES]; /* plus one; 0: not said */
static unsigned int nr_pages;

void world_pages(unsigned long mfn, unsigned int nr, struct domain *d,
                 bool xen_heap)
{
    while ( nr-- )
    {
        assert_true(nr_pages < MAX_PAGES);
        gpfns[nr_pages] = 0;
        pages[nr_pages++] = (struct page_info){
            .count_info = d ? 1 : 0,
            .owner = d,
            .mfn = mfn++,
            .xen_heap = xen_heap,
        };
    }
}

static struct page_info *find_page(mfn_t mfn)
{
    unsigned int i;

    for ( i = 0; i < nr_pages; i++ )
        if ( pages[i].mfn == mfn_x(mfn) )
            return &pages[i];

    return NULL;
}

bool mfn_valid(mfn_t mfn)
{
    return find_page(mfn);
}

/* As in Xen, it can be computed of any frame, and used only if that is valid. */
struct page_info *mfn_to_page(mfn_t mfn)
{
    struct page_info *page = find_page(mfn);

    return page ?: &pages[MAX_PAGES - 1];
}

struct domain *page_get_owner(const struct page_info *page)
{
    return page->owner;
}

bool is_xen_heap_mfn(mfn_t mfn)
{
    return find_page(mfn)->xen_heap;
}

int assign_pages(struct page_info *page, unsigned int nr, struct domain *d,
                 unsigned int flags)
{
    if ( nr > d->max_pages - d->world_pages )
        return -E2BIG;
    d->world_pages += nr;
    while ( nr-- )
    {
        assert_int_equal(page->count_info, 0);
        assert_null(page->owner);
        page->count_info = 1;
        page++->owner = d;
    }

    return 0;
}

void set_gpfn_from_mfn(unsigned long mfn, unsigned long pfn)
{
    struct page_info *page = find_page(_mfn(mfn));

    assert_non_null(page);
    gpfns[page - pages] = pfn + 1;
}

unsigned long world_gpfn(unsigned long mfn)
{
    return gpfns[find_page(_mfn(mfn)) - pages] - 1;
}

struct world_entry world_set[WORLD_SET];
unsigned int world_nr_set, world_p2m_fails, paddr_bits;

int p2m_set_entry(struct p2m_domain *p2m, gfn_t gfn, mfn_t mfn,
                  unsigned int order, p2m_type_t type, p2m_access_t access)
{
    assert_true(p2m->lock.taken);
    assert_true(IS_ALIGNED(gfn.n | mfn.n, 1UL << order));
    if ( world_p2m_fails && !--world_p2m_fails )
        return -ENOMEM;
    assert_true(world_nr_set < WORLD_SET);
    world_set[world_nr_set++] = (struct world_entry){ gfn.n, mfn.n, order,
                                                      type, access };

    return 0;
}

void world_p2m(struct domain *d, const struct world_entry *entries,
               unsigned int nr)
{
    unsigned long last = 0;

    if ( nr )
        last = entries[nr - 1].gfn + (1UL << entries[nr - 1].order) - 1;
    d->world_p2m.entries = entries;
    d->world_p2m.nr = nr;
    d->world_p2m.p2m.domain = d;
    d->world_p2m.p2m.max_mapped_pfn = last;
}

struct p2m_domain *p2m_get_hostp2m(struct domain *d)
{
    return &d->world_p2m.p2m;
}

/* A hole is as large as Xen would find it: up to 2 MiB, to the next entry. */
static unsigned int hole_order(const struct domain *d, unsigned long gfn)
{
    unsigned int i, order = 9;

    for ( i = 0; i < d->world_p2m.nr; i++ )
        while ( order &&
                (d->world_p2m.entries[i].gfn | ((1UL << order) - 1)) ==
                    (gfn | ((1UL << order) - 1)) )
            order--;

    return order;
}

mfn_t get_gfn_type_access(struct p2m_domain *p2m, unsigned long gfn,
                          p2m_type_t *type, p2m_access_t *access,
                          unsigned int query, unsigned int *order)
{
    struct domain *d = p2m->domain;
    unsigned int i;

    d->world_p2m.locked++;
    for ( i = 0; i < d->world_p2m.nr; i++ )
    {
        const struct world_entry *e = &d->world_p2m.entries[i];

        if ( gfn < e->gfn || gfn >= e->gfn + (1UL << e->order) )
            continue;
        *type = e->type;
        *access = e->access;
        *order = e->order;
        return _mfn(e->mfn + (gfn - e->gfn));
    }
    *type = p2m_invalid;
    *access = 0;
    *order = hole_order(d, gfn);

    return _mfn(~0UL);
}

void put_gfn(struct domain *d, unsigned long gfn)
{
    assert_true(d->world_p2m.locked);
    d->world_p2m.locked--;
}

/* ---- Domains ---- */

struct domain *domain_list;
rcu_read_lock_t domlist_read_lock;
static struct cpupool pool0;

struct domain *world_domain(domid_t id, unsigned int vcpus)
{
    struct domain *d = calloc(1, sizeof(*d)), **last;
    unsigned int i;

    d->domain_id = id;
    memset(d->handle, id, sizeof(d->handle));
    d->max_vcpus = vcpus;
    d->max_pages = ~0U;
    d->cpupool = &pool0;
    d->world_p2m.p2m.domain = d;
    d->arch.cpu_policy = calloc(1, sizeof(*d->arch.cpu_policy));
    d->arch.cpu_policy->extd.maxphysaddr = 40;
    pool0.cpu_valid = cpu_present_map;
    d->vcpu = calloc(vcpus ? vcpus : 1, sizeof(*d->vcpu));
    for ( i = 0; i < vcpus; i++ )
    {
        struct vcpu *v = d->vcpu[i] = calloc(1, sizeof(*v));

        v->vcpu_id = i;
        v->domain = d;
        v->sched_unit = calloc(1, sizeof(*v->sched_unit));
        v->sched_unit->cpu_hard_affinity = malloc(sizeof(cpumask_t));
        v->sched_unit->cpu_soft_affinity = malloc(sizeof(cpumask_t));
        cpumask_setall(v->sched_unit->cpu_hard_affinity);
        cpumask_setall(v->sched_unit->cpu_soft_affinity);
    }
    for ( last = &domain_list; *last; last = &(*last)->world_next )
        ;
    *last = d;

    return d;
}

static void free_domain(struct domain *d)
{
    unsigned int i;

    for ( i = 0; i < d->max_vcpus; i++ )
    {
        free(d->vcpu[i]->sched_unit->cpu_hard_affinity);
        free(d->vcpu[i]->sched_unit->cpu_soft_affinity);
        free(d->vcpu[i]->sched_unit);
        free(d->vcpu[i]);
    }
    free(d->vcpu);
    free(d->arch.cpu_policy);
    free(d);
}

int world_end(void **state)
{
    struct domain *d;

    while ( (d = domain_list) != NULL )
    {
        assert_int_equal(d->world_refs, 0);
        assert_int_equal(d->world_p2m.locked, 0);
        assert_false(d->event_lock.taken);
        assert_false(d->world_p2m.p2m.lock.taken);
        domain_list = d->world_next;
        free_domain(d);
    }
    assert_false(domlist_read_lock.taken);
    nr_pages = 0;

    return 0;
}

bool get_domain(struct domain *d)
{
    if ( d->world_dying )
        return false;
    d->world_refs++;

    return true;
}

void put_domain(struct domain *d)
{
    assert_true(d->world_refs);
    d->world_refs--;
}

struct domain *rcu_lock_domain_by_id(domid_t id)
{
    struct domain *d;

    for_each_domain (d)
        if ( d->domain_id == id )
        {
            d->world_refs++;
            return d;
        }

    return NULL;
}

void rcu_unlock_domain(struct domain *d)
{
    put_domain(d);
}

void rcu_read_lock(rcu_read_lock_t *lock)
{
    lock->taken = true;
}

void rcu_read_unlock(rcu_read_lock_t *lock)
{
    lock->taken = false;
}

int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *hard)
{
    unsigned int cpu;

    for_each_cpu (cpu, hard)
        if ( cpu_online(cpu) )
        {
            cpumask_copy(v->sched_unit->cpu_hard_affinity, hard);
            return 0;
        }

    return -EINVAL;
}

const cpumask_t *cpupool_valid_cpus(const struct cpupool *pool)
{
    return &pool->cpu_valid;
}
