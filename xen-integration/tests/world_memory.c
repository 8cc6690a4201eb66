/* SPDX-License-Identifier: GPL-2.0-only */
#include "world.h"
#include "world_parts.h"

#include <sys/mman.h>

#include <xen/multiboot.h>
#include <xen/version.h>
#include <xen/vmap.h>

#include <acpi/acpi.h>

#include <asm/e820.h>
#include <asm/setup.h>

struct e820map e820;
uint8_t *world_memory;
unsigned long total_pages, xen_phys_start;
paddr_t world_xen_start, world_xen_end;
struct world_range world_mapped[WORLD_RANGES], world_heap[WORLD_RANGES];
unsigned int world_nr_mapped, world_nr_heap;
unsigned int world_alloc_fails, world_bootstrap_maps;

void world_reset_memory(void)
{
    if ( !world_memory )
        world_memory = mmap(NULL, WORLD_MEMORY, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                            0);
    else
        madvise(world_memory, WORLD_MEMORY, MADV_DONTNEED);
    assert_true(world_memory != MAP_FAILED);

    world_nr_mapped = world_nr_heap = world_bootstrap_maps = 0;
    world_alloc_fails = 0;
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
