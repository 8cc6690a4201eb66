// SPDX-License-Identifier: GPL-2.0-only
/*
 * fragment DOMID FIRST_GFN COUNT: takes every second page out of a guest's
 * memory, COUNT of them from FIRST_GFN on, so that what is left of it lies in
 * at least COUNT pieces of one page. The guest must not use that memory (start
 * it with Linux' mem= below FIRST_GFN).
 *
 * Prints the number of pages taken. Exit status: 0; 1 if Xen took fewer; 2 for
 * bad arguments or when the hypercall cannot be made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define __XEN_TOOLS__ 1 /* handles as structures, as libxencall wants them */
#include <xencall.h>
#include <xen/xen.h>
#include <xen/memory.h>

#define BATCH     1024ul
#define MAX_PAGES (1ul << 22)

struct args {
    unsigned long domid, first, count;
};

static int parse(const char *name, const char *text, unsigned long max, unsigned long *value)
{
    char *end;

    errno = 0;
    *value = strtoul(text, &end, 0);
    if (*text >= '0' && *text <= '9' && !*end && !errno && *value <= max)
        return 0;
    fprintf(stderr, "fragment: %s '%s' is not a number from 0 to %lu\n", name, text, max);
    return -1;
}

/* Takes n <= BATCH pages from gfn on, every second one. Returns how many Xen took. */
static long take(xencall_handle *call, unsigned long domid, unsigned long gfn, unsigned long n)
{
    struct xen_memory_reservation *r = xencall_alloc_buffer(call, sizeof(*r));
    xen_pfn_t *gfns = xencall_alloc_buffer(call, BATCH * sizeof(*gfns));
    long done = -1;

    if (r && gfns) {
        memset(r, 0, sizeof(*r));
        for (unsigned long i = 0; i < n; i++)
            gfns[i] = gfn + 2 * i;
        set_xen_guest_handle_raw(r->extent_start, gfns);
        r->nr_extents = n;
        r->domid = (domid_t)domid;
        done = xencall2(call, __HYPERVISOR_memory_op, XENMEM_decrease_reservation,
                        (uint64_t)(uintptr_t)r);
    }
    if (gfns)
        xencall_free_buffer(call, gfns);
    if (r)
        xencall_free_buffer(call, r);
    return done;
}

int main(int argc, char **argv)
{
    struct args a;
    xencall_handle *call;
    unsigned long taken = 0;

    if (argc != 4 || parse("domid", argv[1], 0x7fef, &a.domid) ||
        parse("first gfn", argv[2], ~0ul >> 13, &a.first) ||
        parse("count", argv[3], MAX_PAGES, &a.count)) {
        fprintf(stderr, "usage: fragment DOMID FIRST_GFN COUNT\n");
        return 2;
    }

    call = xencall_open(NULL, 0);
    if (!call) {
        perror("fragment: cannot open the hypercall interface");
        return 2;
    }

    while (taken < a.count) {
        unsigned long n = a.count - taken < BATCH ? a.count - taken : BATCH;
        long done = take(call, a.domid, a.first + 2 * taken, n);

        if (done > 0)
            taken += (unsigned long)done;
        if (done != (long)n)
            break;
    }

    xencall_close(call);
    printf("%lu\n", taken);
    return taken != a.count;
}
