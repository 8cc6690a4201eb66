/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables and grants. */
#define _GNU_SOURCE

#include <asm/ldt.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef uint16_t domid_t; /* which the next headers want */
typedef uint32_t grant_ref_t;
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#include "churn.h"

#define ENTRIES 1024u /* of an LDT: two pages */
#define GRANTS  4u

/* ---- LDT ---- */

static void write_entry(unsigned int number, void *base)
{
    struct user_desc entry = {
        .entry_number = number,
        .base_addr = (unsigned int)(uintptr_t)base,
        .limit = PAGE - 1,
        .seg_32bit = 1, /* a PV Linux has no others */
        .useable = 1,
    };

    if (syscall(SYS_modify_ldt, 1, &entry, sizeof(entry)))
        fail("modify_ldt");
}

/* Its limit, once it is loaded: so its descriptor's page is in the LDT that the CPU has. */
static uint32_t read_segment(unsigned int number)
{
    uint32_t selector = number << 3 | 7, limit = 0;

    __asm__ volatile("mov %1, %%es\n\t"
                     "lsl %1, %0"
                     : "+r"(limit)
                     : "r"(selector));
    return limit;
}

/* In a process of its own, which has the LDT as long as it lives; its child has a copy. */
void churn_ldt(uint32_t seed)
{
    static uint8_t data[PAGE];
    int child = fork();

    if (child)
        return await(child);

    write_entry(seed % ENTRIES, data);
    write_entry((seed + 517) % ENTRIES, data);
    child = fork();
    if (child == 0) {
        uint32_t limit = read_segment((seed + 517) % ENTRIES);

        usleep(50000);
        _exit(limit == PAGE - 1 ? 0 : 1);
    }
    if (read_segment(seed % ENTRIES) != PAGE - 1)
        fail("a segment of the LDT is wrong");
    usleep(50000);
    await(child);
    _exit(0);
}

/* ---- Grants ---- */

static int gntalloc, gntdev;
static unsigned int own_domid;

bool churn_has_grants(unsigned int domid)
{
    own_domid = domid;
    gntalloc = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
    gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
    return gntalloc >= 0 && gntdev >= 0;
}

static uint8_t *map_device(int fd, uint64_t index, int protection)
{
    uint8_t *at = mmap(NULL, GRANTS * PAGE, protection, MAP_SHARED, fd, (off_t)index);

    if (at == MAP_FAILED)
        fail("a page that is granted");
    return at;
}

/* Every other time they are mapped to be read only; a child has the grants' own pages, too. */
void churn_grants(uint32_t seed)
{
    union {
        struct ioctl_gntalloc_alloc_gref op;
        uint8_t room[sizeof(struct ioctl_gntalloc_alloc_gref) + GRANTS * sizeof(uint32_t)];
    } give = {
        .op = {.domid = (uint16_t)own_domid, .flags = GNTALLOC_FLAG_WRITABLE, .count = GRANTS}};
    union {
        struct ioctl_gntdev_map_grant_ref op;
        uint8_t room[sizeof(struct ioctl_gntdev_map_grant_ref) +
                     GRANTS * sizeof(struct ioctl_gntdev_grant_ref)];
    } take = {.op = {.count = GRANTS}};
    struct ioctl_gntalloc_dealloc_gref end = {.count = GRANTS};
    struct ioctl_gntdev_unmap_grant_ref drop = {.count = GRANTS};
    bool writes = seed / 0x10001u % 2;
    uint8_t *own, *mapped;

    if (ioctl(gntalloc, IOCTL_GNTALLOC_ALLOC_GREF, &give))
        fail("grants");
    own = map_device(gntalloc, give.op.index, PROT_READ | PROT_WRITE);
    for (unsigned int i = 0; i < GRANTS; i++)
        take.op.refs[i] = (struct ioctl_gntdev_grant_ref){own_domid, give.op.gref_ids[i]};
    if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &take))
        fail("mapping of grants");
    mapped = map_device(gntdev, take.op.index, PROT_READ | (writes ? PROT_WRITE : 0));

    fill(writes ? mapped : own, GRANTS, seed);
    usleep(50000);
    if (!filled(writes ? own : mapped, GRANTS, seed))
        fail("pages that are granted are wrong");

    munmap(mapped, GRANTS * PAGE);
    munmap(own, GRANTS * PAGE);
    drop.index = take.op.index;
    end.index = give.op.index;
    if (ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &drop) ||
        ioctl(gntalloc, IOCTL_GNTALLOC_DEALLOC_GREF, &end))
        fail("the end of grants");
}
