/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile: what a guest's kernel may do to itself, and what the next Xen has to bear. Each trick
 * is a hypercall that Xen takes from any guest; how many were taken is said at the end. Then it
 * sleeps, with the pages that it gave away in its hands.
 *
 * Needs xen-privcmd, unrestricted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define __XEN_INTERFACE_VERSION__                                                                  \
    0x00040e00 /* else event_channel_op is an old one, which is gone */
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sys/privcmd.h>
#include <xen/xen.h>

#define PAGE 4096u
#define FAR  (1ull << 35) /* a gfn that p2m and nested tables have, and no guest's addresses reach */

static int privcmd;
static uint8_t *pages; /* ours, resident */
static unsigned int next_page;

static long hypercall(unsigned long number, unsigned long a, unsigned long b)
{
    privcmd_hypercall_t call = {.op = number, .arg = {a, b}};
    int rc = ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &call);

    return rc < 0 ? -errno : rc;
}

/* The gfn of a page of ours: in a PVH guest that is its pfn. */
static uint64_t gfn_of(const void *page)
{
    uint64_t entry = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

    if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)page / PAGE * 8)) != 8) {
        perror("pagemap");
        exit(EXIT_FAILURE);
    }
    close(fd);
    return entry & ((1ull << 55) - 1);
}

static void *new_page(void)
{
    return pages + (size_t)next_page++ * PAGE;
}

static long give_away(uint64_t gfn)
{
    xen_pfn_t frame = gfn;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    long rc;

    set_xen_guest_handle(r.extent_start, &frame);
    rc = hypercall(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (unsigned long)&r);
    return rc == 1 ? 0 : rc ? rc : -ENXIO;
}

/* An interrupt that it has no right to, and behind which there is none. */
static long bind_pirq(void)
{
    struct evtchn_bind_pirq bind = {.pirq = 20};

    return hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, (unsigned long)&bind);
}

static long many_ports(void)
{
    long rc = 0;

    for (unsigned int i = 0; i < 1500 && !rc; i++) {
        struct evtchn_alloc_unbound port = {.dom = DOMID_SELF, .remote_dom = 0};

        rc = hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (unsigned long)&port);
    }
    return rc;
}

/* A page of its own at a gfn beyond its physical addresses. */
static long far_page(void)
{
    struct xen_add_to_physmap to = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_gmfn, .idx = gfn_of(new_page()), .gpfn = FAR};

    return hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (unsigned long)&to);
}

/* A page that stays its own, and is nowhere. */
static long lost_page(void)
{
    struct xen_remove_from_physmap from = {.domid = DOMID_SELF, .gpfn = gfn_of(new_page())};

    return hypercall(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, (unsigned long)&from);
}

/* One more page of event words, which is then given away. */
static long fifo_page(void)
{
    uint64_t gfn = gfn_of(new_page());
    struct evtchn_expand_array more = {.array_gfn = gfn};
    long rc = hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_expand_array, (unsigned long)&more);

    return rc ? rc : give_away(gfn);
}

/* The page that it shares with xenstored, which has it mapped. */
static long store_page(void)
{
    struct xen_hvm_param p = {.domid = DOMID_SELF, .index = HVM_PARAM_STORE_PFN};
    long rc = hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (unsigned long)&p);

    return rc ? rc : give_away(p.value);
}

int main(void)
{
    static const struct {
        const char *name;
        long (*do_it)(void);
    } tricks[] = {
        {"pirq", bind_pirq},      {"ports", many_ports},    {"far-page", far_page},
        {"lost-page", lost_page}, {"fifo-page", fifo_page}, {"store-page", store_page},
    };
    unsigned int taken = 0;

    privcmd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    pages = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED, -1, 0);
    if (privcmd < 0 || pages == MAP_FAILED || mlockall(MCL_CURRENT | MCL_FUTURE)) {
        perror("hostile");
        return EXIT_FAILURE;
    }
    memset(pages, 0x5a, (size_t)16 * PAGE);
    for (size_t i = 0; i < sizeof(tricks) / sizeof(*tricks); i++) {
        long rc = tricks[i].do_it();

        printf("%s: %s\n", tricks[i].name, rc ? strerror((int)-rc) : "taken");
        taken += !rc;
    }
    printf("hostile: %u of %zu\n", taken, sizeof(tricks) / sizeof(*tricks));
    fflush(stdout);
    pause();
    return EXIT_SUCCESS;
}
