/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grants by the hundred thousand (option hoard=N): the guest grants its pages to itself and maps them again and
 * again, far beyond its memory. To Xen that is a few of its pages; all of it has to be told to the next one.
 */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/arch-x86/cpuid.h>

#define TABLE_GFN   0x30001u   /* beside shared_info (xen.c) */
#define FRAMES      2u         /* of the table */
#define GRANTED_GFN 0x1800u    /* pages of ours that nobody uses, one a grant */
#define MAPPED_GFN  0x800000ul /* from here on they are mapped */
#define RESERVED    8u         /* grants of the toolstack's */
#define ENTRIES     (FRAMES * PAGE / sizeof(struct grant_entry_v1))
#define OFTEN                                                                                      \
    128u /* a grant can be mapped in one way: in a byte whose highest bit says that it is full */

static domid_t own_id(void)
{
    uint32_t eax = XEN_CPUID_FIRST_LEAF + 4, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return eax & XEN_HVM_CPUID_DOMID_PRESENT ? (domid_t)ecx : DOMID_INVALID;
}

static struct grant_entry_v1 *table(void)
{
    for (unsigned int i = 0; i < FRAMES; i++) {
        const struct xen_add_to_physmap map = {
            .domid = DOMID_SELF,
            .space = XENMAPSPACE_grant_table,
            .idx = i,
            .gpfn = TABLE_GFN + i,
        };

        if (hypercall5(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uintptr_t)&map, 0, 0, 0))
            return NULL;
    }
    return (void *)((uintptr_t)TABLE_GFN * PAGE);
}

/* Each grant once, at gfns that follow on as its pages do; how many of them Xen mapped. */
static uint64_t map_all(domid_t id, uint64_t gfn)
{
    static struct gnttab_map_grant_ref maps[ENTRIES];
    uint64_t made = 0;

    for (uint32_t ref = RESERVED; ref < ENTRIES; ref++)
        maps[ref] = (struct gnttab_map_grant_ref){
            .host_addr = (gfn + ref) * PAGE,
            .flags = GNTMAP_host_map | GNTMAP_readonly,
            .ref = ref,
            .dom = id,
        };
    if (hypercall5(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, (uintptr_t)&maps[RESERVED],
                   ENTRIES - RESERVED, 0, 0))
        return 0;
    for (uint32_t ref = RESERVED; ref < ENTRIES; ref++)
        made += maps[ref].status == GNTST_okay;
    return made;
}

uint64_t hoard(uint64_t wanted)
{
    struct grant_entry_v1 *entries = table();
    const domid_t id = own_id();
    uint64_t made = 0;

    for (uint32_t ref = RESERVED; entries && ref < ENTRIES; ref++)
        entries[ref] = (struct grant_entry_v1){
            .flags = GTF_permit_access | GTF_readonly, .domid = id, .frame = GRANTED_GFN + ref};
    for (uint64_t i = 0; entries && made < wanted && i < OFTEN; i++)
        made += map_all(id, MAPPED_GFN + i * ENTRIES);
    return made;
}
