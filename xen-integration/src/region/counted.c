/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/init.h>
#include <xen/keyhandler.h>
#include <xen/lib.h>
#include <xen/string.h>

#include "region/counted.h"

#define PORT 0x1e2 /* tests/nested/bedlib/counts.py */

/*
 * What gcc 12 makes of each file that counts (gcc/coverage.cc, libgcc/libgcov.h): struct gcov_info,
 * gcov_fn_info and gcov_ctr_info. The build says only `arcs`, so there is one kind of counters.
 * Whether it was gcc 12 is looked at where they are read (build-aux/gcda.py).
 */
#define KINDS 8

struct unit {
    uint32_t version;
    struct unit *next;
    uint32_t stamp, checksum;
    const char *file;
    void (*merge[KINDS])(void);
    uint32_t nr_functions;
    const struct function {
        const struct unit *of;
        uint32_t ident, lines, graph;
        struct {
            uint32_t nr;
            const uint64_t *counts;
        } arcs;
    } *const *functions;
};

/* All of them, which bed/0035 has the linker put there. */
#ifdef CONFIG_INTERREX_COUNTED
extern const struct unit *const interrex_counted_start[],
    *const interrex_counted_end[];
#else
static const struct unit *const interrex_counted_start[1];
#define interrex_counted_end interrex_counted_start
#endif

/* Named by every file that counts; gcc's library would call it. */
void __gcov_merge_add(void);
void __gcov_merge_add(void)
{
}

static void put(const void *data, size_t size)
{
    asm volatile("rep outsb" : "+S"(data), "+c"(size) : "d"(PORT) : "memory");
}

static void put_function(const struct unit *u, const struct function *f)
{
    static const struct function none;

    if ( !f || f->of != u ) /* another file has it */
        f = &none;
    put(&f->ident, sizeof(f->ident));
    put(&f->lines, sizeof(f->lines));
    put(&f->graph, sizeof(f->graph));
    put(&f->arcs.nr, sizeof(f->arcs.nr));
    put(f->arcs.counts, f->arcs.nr * sizeof(*f->arcs.counts));
}

static void put_unit(const struct unit *u)
{
    unsigned int i;

    put(u->file, strlen(u->file) + 1);
    put(&u->version, sizeof(u->version));
    put(&u->stamp, sizeof(u->stamp));
    put(&u->checksum, sizeof(u->checksum));
    put(&u->nr_functions, sizeof(u->nr_functions));
    for ( i = 0; i < u->nr_functions; i++ )
        put_function(u, u->functions[i]);
}

void interrex_counted(void)
{
    const struct unit *const *u = interrex_counted_start;

    if ( u == interrex_counted_end )
        return;
    for ( ; u < interrex_counted_end; u++ )
        put_unit(*u);
    put("", 1);
}

static void cf_check asked(unsigned char key)
{
    interrex_counted();
}

static int __init cf_check init(void)
{
    register_keyhandler('K', asked, "Interrex: write the counters out", 0);

    return 0;
}
__initcall(init);
