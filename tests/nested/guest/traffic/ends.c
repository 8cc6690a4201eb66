// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traffic's ends: the page that two share, their ports, and how they come together.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "xen.h"

#define DOMID_SELF 0x7ff0u
#define MAGIC      0x66617274u
#define PAGE       4096
#define HELLO_MS   2000 /* for the events that come with binding */

_Static_assert(sizeof(struct page) <= PAGE, "one grant");

/* Where the ports of this name are delivered. */
static void steer(const char *name, int cpu)
{
    FILE *file = fopen("/proc/interrupts", "r");
    char line[1024], path[64], suffix[32];

    snprintf(suffix, sizeof(suffix), " evtchn:%s\n", name);
    while (file && fgets(line, sizeof(line), file)) {
        size_t len = strlen(line);
        int irq = atoi(line), fd;

        if (len < strlen(suffix) || strcmp(line + len - strlen(suffix), suffix) != 0)
            continue;
        snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || dprintf(fd, "%d\n", cpu) < 0)
            fail("%s: %s", path, strerror(errno));
        close(fd);
    }
    if (file)
        fclose(file);
}

/* The driver names a port's interrupt by the thread that opened it. */
static void open_ports(struct end *e, const char *name)
{
    prctl(PR_SET_NAME, name);
    e->fd = open_device("/dev/xen/evtchn");
}

static void offer_ports(struct end *e, unsigned int domid)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        struct ioctl_evtchn_bind_unbound_port bind = {.remote_domain = domid};

        e->port[lane] = (uint32_t)request(e->fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind, "a port");
        e->page->ports[lane] = e->port[lane];
    }
    e->page->lanes = e->f->lanes;
    atomic_store_explicit(&e->page->magic, MAGIC, memory_order_release);
}

/* Xen raises the port of whoever binds to another, in case something was sent before. */
static void join_ports(struct end *e, unsigned int domid)
{
    int64_t end = now_ns() + HELLO_MS * MS_NS;
    uint32_t ports[LANES];

    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        struct ioctl_evtchn_bind_interdomain bind = {.remote_domain = domid,
                                                     .remote_port = e->page->ports[lane]};

        e->port[lane] = (uint32_t)request(e->fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind, "a port");
    }
    for (unsigned int seen = 0; seen < e->f->lanes && now_ns() < end;) {
        unsigned int n = wait_events(e, ports, TICK_MS);

        unmask(e, ports, n);
        seen += n;
    }
}

static struct page *give_page(unsigned int domid, uint32_t *ref)
{
    struct ioctl_gntalloc_alloc_gref give = {
        .domid = (uint16_t)domid, .flags = GNTALLOC_FLAG_WRITABLE, .count = 1};
    int fd = open_device("/dev/xen/gntalloc");
    void *at;

    request(fd, IOCTL_GNTALLOC_ALLOC_GREF, &give, "a grant");
    at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)give.index);
    if (at == MAP_FAILED)
        fail("the granted page: %s", strerror(errno));
    *ref = give.gref_ids[0];
    return at;
}

static struct page *map_page(unsigned int domid, uint32_t ref)
{
    struct ioctl_gntdev_map_grant_ref map = {.count = 1, .refs = {{.domid = domid, .ref = ref}}};
    int fd = open_device("/dev/xen/gntdev");
    void *at;

    request(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map, "a mapping");
    at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.index);
    if (at == MAP_FAILED)
        fail("the page of d%u, grant %u: %s", domid, ref, strerror(errno));
    return at;
}

void offer(const char *name, unsigned int domid)
{
    struct end e = {.me = 0, .cpu = -1};
    uint32_t ref;

    go_to_background();
    e.f = new_figures(name, "events", opt.lanes);
    open_ports(&e, name);
    e.page = give_page(domid, &ref);
    offer_ports(&e, domid);
    answer("%u\n", ref);
    exchange(&e);
}

void join(const char *name, unsigned int domid, uint32_t ref)
{
    struct end e = {.me = 1, .cpu = -1};

    go_to_background();
    e.page = map_page(domid, ref);
    if (atomic_load_explicit(&e.page->magic, memory_order_acquire) != MAGIC || !e.page->lanes ||
        e.page->lanes > LANES)
        fail("the page of d%u, grant %u, is not traffic's", domid, ref);
    e.f = new_figures(name, "events", e.page->lanes);
    open_ports(&e, name);
    join_ports(&e, domid);
    answer("%u lanes\n", e.f->lanes);
    begin(&e);
    exchange(&e);
}

void local(const char *name, int first, int second)
{
    static struct page page __attribute__((aligned(PAGE)));
    static struct end ends[2];

    go_to_background();
    for (unsigned int i = 0; i < 2; i++) {
        char own[32];

        snprintf(own, sizeof(own), "%s.%u", name, i);
        ends[i] = (struct end){.me = i, .page = &page, .cpu = i ? second : first};
        ends[i].f = new_figures(own, "events", opt.lanes);
        open_ports(&ends[i], own);
        if (i)
            join_ports(&ends[i], DOMID_SELF);
        else
            offer_ports(&ends[i], DOMID_SELF);
        steer(own, ends[i].cpu);
    }
    answer("%u lanes\n", opt.lanes);
    begin(&ends[1]);
    start(exchange, &ends[1]);
    exchange(&ends[0]);
}
