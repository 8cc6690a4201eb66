/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The region R: `liveupdate=<size>[@<address>]`, set aside before anything is
 * allocated, and its anchor.
 *
 * R is contiguous, 2 MiB aligned, below 4 GiB, and separate from the crash
 * kernel's area. Its pages never reach the heap: like those of the crash area
 * they keep a zeroed page_info, with no owner.
 */
#include <xen/init.h>
#include <xen/kexec.h>
#include <xen/param.h>
#include <xen/pdx.h>

#include <asm/e820.h>
#include <asm/interrex-boot.h>
#include <asm/page.h>
#include <asm/setup.h>

#include "region/region.h"

#define REGION_ALIGN MB(2)
#define REGION_END   GB(4)

struct interrex_region __ro_after_init interrex_region;
static bool __ro_after_init resumed;
struct interrex_stamps __read_mostly interrex_stamps;
unsigned long interrex_heap_to_come;

static uint64_t __initdata wanted_size;
static paddr_t __initdata wanted_start;

static int __init cf_check parse_liveupdate(const char *s)
{
    const char *end, *unit;

    wanted_size = parse_size_and_unit(s, &end);
    /* Bytes when no unit is said, as kexec-tools writes it. */
    if ( *end == '@' )
    {
        wanted_start = simple_strtoull(end + 1, &unit, 0);
        if ( *unit )
            wanted_start = parse_size_and_unit(end + 1, &unit);
        end = unit;
    }

    if ( !*end && wanted_size && IS_ALIGNED(wanted_start, REGION_ALIGN) &&
         wanted_size < REGION_END && wanted_start < REGION_END - wanted_size )
    {
        wanted_size = ROUNDUP(wanted_size, REGION_ALIGN);
        return 0;
    }

    wanted_size = 0;

    return -EINVAL;
}
custom_param("liveupdate", parse_liveupdate);

static bool __init overlaps(uint64_t s, uint64_t e, uint64_t s2, uint64_t e2)
{
    return s < e2 && s2 < e;
}

/* Where something begins that lies in s to e now; 0: nothing does. */
static uint64_t __init find_overlap(uint64_t s, uint64_t e,
                                    const module_t *mod, unsigned int nr_mods)
{
    unsigned int i;

    for ( i = 0; i < nr_mods; i++ )
    {
        uint64_t ms = (uint64_t)mod[i].mod_start << PAGE_SHIFT;

        if ( overlaps(s, e, ms, ms + PAGE_ALIGN(mod[i].mod_end)) )
            return ms;
    }

    if ( overlaps(s, e, __pa(_start), __pa(_end)) )
        return __pa(_start);

    return 0;
}

/* Highest place below 4 GiB that is free RAM. 0: none. */
static paddr_t __init find_place(const struct e820map *map,
                                 const module_t *mod, unsigned int nr_mods)
{
    unsigned int i = map->nr_map;

    while ( i-- )
    {
        uint64_t s = max_t(uint64_t, map->map[i].addr, MB(16));
        uint64_t e = min(map->map[i].addr + map->map[i].size,
                         (uint64_t)REGION_END);

        if ( map->map[i].type != E820_RAM )
            continue;

        while ( e > s && e - s >= wanted_size )
        {
            uint64_t start = (e - wanted_size) & ~(REGION_ALIGN - 1);

            if ( start < s )
                break;
            e = find_overlap(start, start + wanted_size, mod, nr_mods);
            if ( !e )
                return start;
        }
    }

    return 0;
}

/* Is all of s to e memory by this map, of one type: entry by entry, in any order? */
static bool __init is_of_type(const struct e820map *map, uint64_t s,
                              uint64_t e, uint32_t type)
{
    bool moved = true;
    unsigned int i;

    while ( s < e && moved )
    {
        moved = false;
        for ( i = 0; i < map->nr_map; i++ )
            if ( map->map[i].type == type && map->map[i].addr <= s &&
                 s < map->map[i].addr + map->map[i].size )
            {
                s = map->map[i].addr + map->map[i].size;
                moved = true;
            }
    }

    return s >= e;
}

/*
 * A region with an address may be reserved by firmware or the loader already,
 * and holds what runs now when this Xen was started by an update. What the map
 * does not know, or knows as something else, may be a device.
 */
static bool __init reserve(struct e820map *map, paddr_t s, uint64_t size)
{
    return reserve_e820_ram(map, s, s + size) ||
           is_of_type(map, s, s + size, E820_RESERVED);
}

void __init interrex_reserve_region(struct e820map *boot_e820,
                                    const module_t *mod, unsigned int nr_mods)
{
    paddr_t start = wanted_start;

    interrex_stamps.boot_tsc = boot_tsc_stamp;

    if ( !wanted_size )
        return;

    if ( !start )
        start = find_place(boot_e820, mod, nr_mods);

    if ( !start || !reserve(boot_e820, start, wanted_size) )
    {
        printk(XENLOG_ERR "Interrex: no place for %" PRIu64
                          " MiB below 4 GiB\n",
               wanted_size >> 20);
        return;
    }

    interrex_region.start = start;
    interrex_region.size = wanted_size;
    printk("Interrex: region of %" PRIu64 " MiB at %#" PRIpaddr "\n",
           wanted_size >> 20, start);
}

void __init interrex_map_region(void)
{
    unsigned long s = PFN_DOWN(interrex_region.start);
    unsigned long e = s + PFN_DOWN(interrex_region.size);

    if ( !interrex_region.size )
        return;

    set_pdx_range(s, e);
    map_pages_to_xen((unsigned long)mfn_to_virt(s), _mfn(s), e - s,
                     PAGE_HYPERVISOR);
}

/*
 * A first Xen, or one whose predecessor left nothing, starts with an anchor of
 * its own. The layout stays for the life of R: images run in it.
 */
static int __init cf_check region_init(void)
{
    struct irx_anchor *a = interrex_anchor();
    uint64_t need;

    if ( !a || resumed )
        return 0;

    clear_page(a);
    a->size = sizeof(*a);
    a->version = IRX_ABI_VERSION;
    a->region_base = interrex_region.start;
    a->region_size = interrex_region.size;
    a->host_state = IRX_HOST_IDLE;
    a->tsc_khz = cpu_khz;

    if ( interrex_layout(a, interrex_region.size, &need) )
    {
        printk(XENLOG_ERR "Interrex: region too small, %" PRIu64
                          " MiB are needed\n",
               (uint64_t)(ROUNDUP(need, MB(2)) >> 20));
        clear_page(a);
        return 0;
    }

    memset(interrex_at(a->cpus.off), 0, a->entry.off - a->cpus.off);
    ((struct irx_log *)interrex_at(a->log.off))->size = a->log.size -
                                                        sizeof(struct irx_log);
    smp_wmb();
    a->magic = IRX_ANCHOR_MAGIC;

    return 0;
}
presmp_initcall(region_init);

void __init interrex_begin_resumed(void)
{
    resumed = true;
}

bool interrex_resumed(void)
{
    return resumed;
}

struct irx_anchor *interrex_anchor(void)
{
    return interrex_region.size ? maddr_to_virt(interrex_region.start) : NULL;
}

bool interrex_ready(void)
{
    const struct irx_anchor *a = interrex_anchor();

    return a && a->magic == IRX_ANCHOR_MAGIC;
}

bool interrex_abi(uint32_t minor)
{
    return interrex_anchor()->version >= IRX_VERSION(IRX_ABI_MAJOR, minor);
}

void interrex_clear_entry(void *entry, const struct irx_table *table,
                          size_t size)
{
    memset(entry, 0, min_t(size_t, size, table->stride));
}

void *interrex_at(irx_off_t off)
{
    ASSERT(off < interrex_region.size);

    return maddr_to_virt(interrex_region.start + off);
}

static void *entry_of(const struct irx_table *table, unsigned int i)
{
    ASSERT(i < table->count);

    return interrex_at(table->off + (uint64_t)i * table->stride);
}

struct irx_cpu *interrex_cpu_rec(unsigned int entry)
{
    return entry_of(&interrex_anchor()->cpus, entry);
}

struct irx_domain *interrex_domain_rec(unsigned int entry)
{
    return entry_of(&interrex_anchor()->domains, entry);
}

unsigned int interrex_entry_of(const struct irx_domain *r)
{
    const struct irx_table *t = &interrex_anchor()->domains;

    return ((const void *)r - interrex_at(t->off)) / t->stride;
}

unsigned int interrex_entry_find(domid_t domid)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int i;

    for ( i = 0; i + 1 < a->domains.count; i++ )
        if ( irx_domain_in_use(a, interrex_domain_rec(i)) &&
             interrex_domain_rec(i)->domid == domid )
            break;

    return i;
}

struct irx_vcpu *interrex_vcpu_rec(unsigned int entry)
{
    return entry_of(&interrex_anchor()->vcpus, entry);
}

/* The entry of the CPU with this APIC id, if it is in one of these states; ~0. */
static uint32_t entry_in(uint32_t apic_id, unsigned int states)
{
    unsigned int i;

    for ( i = 0; i < interrex_anchor()->cpus.count; i++ )
    {
        const struct irx_cpu *c = interrex_cpu_rec(i);
        uint32_t state = read_atomic(&c->state);

        if ( c->apic_id == apic_id && state <= IRX_CPU_DEAD &&
             (states & (1U << state)) )
            return i;
    }

    return ~0U;
}

uint32_t interrex_held_entry(uint32_t apic_id)
{
    return entry_in(apic_id, (1U << IRX_CPU_HELD) | (1U << IRX_CPU_DRAINING) |
                                 (1U << IRX_CPU_DEAD));
}

uint32_t interrex_away_entry(uint32_t apic_id)
{
    return entry_in(apic_id, (1U << IRX_CPU_LENT) | (1U << IRX_CPU_HELD) |
                                 (1U << IRX_CPU_DRAINING) |
                                 (1U << IRX_CPU_DEAD));
}

bool interrex_has_deaf(void)
{
    return interrex_ready() && interrex_abi(1) &&
           interrex_anchor()->watch.deaf;
}

bool interrex_is_deaf(uint32_t apic_id)
{
    return interrex_has_deaf() && interrex_anchor()->watch.deaf - 1 == apic_id;
}
