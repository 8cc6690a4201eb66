/* SPDX-License-Identifier: GPL-2.0-only */
/* What must hold of every page, in every Xen. */
#include "pv.h"

struct result result;
static unsigned int windows[2]; /* of each vCPU: an address whose page was given up for it */

void expect(bool good, const char *what, uint64_t where, uint64_t found)
{
    __atomic_fetch_add(&result.asked, 1, __ATOMIC_RELAXED);
    if (good)
        return;
    if (!__atomic_fetch_add(&result.wrong, 1, __ATOMIC_RELAXED)) {
        result.where = where;
        result.found = found;
        result.what = what;
    }
}

void prove_init(void)
{
    for (unsigned int i = 0; i < 2; i++) {
        windows[i] = take();
        kind[windows[i]] = KEPT;
    }
}

static void *window(unsigned int pfn, long *rc, uint64_t flags)
{
    *rc = map(va(windows[self()]), mfn(pfn) * PAGE | flags);
    return va(windows[self()]);
}

static void close_window(void *at)
{
    must(map(at, 0), "close_window");
}

void prove_table(unsigned int pfn)
{
    long rc;
    void *at = window(pfn, &rc, P_WRITE);

    expect(rc < 0, "a table can be mapped writable", pfn, (uint64_t)rc);
    expect(!probe_write(va(pfn)), "a table can be written", pfn, kind[pfn]);
    if (!rc)
        close_window(at);
}

void prove_all(void)
{
    uint64_t tables = 0;

    for (unsigned int pfn = 0; pfn < nr_pages; pfn++)
        if (kind[pfn] >= L1 && kind[pfn] <= L4) {
            prove_table(pfn);
            tables++;
        }
    result.tables = tables;
}

bool prove_exclusive(unsigned int pfn, unsigned int level)
{
    long rc;
    void *at = window(pfn, &rc, P_WRITE);
    const bool none = !rc;

    if (!rc) {
        rc = pin(pfn, level);
        expect(rc < 0, "a page that is mapped writable can be pinned", pfn, (uint64_t)rc);
        close_window(at);
    }
    rc = pin(pfn, level);
    expect(!rc, "a table cannot be pinned again", pfn, (uint64_t)-rc);
    prove_table(pfn);

    return none;
}

void prove_no_table(unsigned int pfn)
{
    long rc = pin(pfn, 1);

    expect(rc < 0, "a page that another writes to can be pinned", pfn, (uint64_t)rc);
    if (!rc)
        unpin(pfn);
}
