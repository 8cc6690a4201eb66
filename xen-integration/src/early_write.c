/* SPDX-License-Identifier: GPL-2.0-only */
/* The early section, written by the Xen that goes; see early.h. */
#include <xen/init.h>
#include <xen/sched.h>
#include <xen/sort.h>
#include <xen/version.h>
#include <xen/vmap.h>

#include <asm/acpi.h>
#include <asm/io_apic.h>
#include <asm/smp.h>
#include <asm/time.h>

#include <acpi/acpi.h>

#include "early.h"
#include "grants.h"
#include "handover.h"
#include "internal.h"

struct list {
    struct irx_preserved *entry;
    unsigned long used, room;
};

static int add(struct list *l, const struct domain *d, unsigned long mfn,
               unsigned long nr, uint16_t kind)
{
    if ( l->used == l->room )
        return -E2BIG;

    l->entry[l->used++] = (struct irx_preserved){
        .mfn = mfn,
        .nr = nr,
        .owner = d->domain_id,
        .kind = kind,
    };

    return 0;
}

/* Pages of Xen that the guest sees: shared_info and the grant table. */
static int add_xen_pages(struct list *l, struct domain *d)
{
    struct irx_grant_frame frame;
    unsigned int i, status;
    int rc = add(l, d, virt_to_mfn(d->shared_info), 1, IRX_PRESERVED_XEN_PAGE);

    for ( status = 0; !rc && status < 2; status++ )
        for ( i = 0; !rc && !interrex_gnttab_frame(d, i, status, &frame); i++ )
            rc = add(l, d, frame.mfn, 1, IRX_PRESERVED_XEN_PAGE);

    return rc;
}

static unsigned long count_xen_pages(struct domain *d)
{
    struct irx_grant_table t;

    interrex_gnttab_describe(d, &t);

    return 1UL + t.nr_frames + t.nr_status_frames;
}

/* The domain's own memory: all its pages, or the list would lack some. */
static int add_own_pages(struct list *l, const struct interrex_domain *id)
{
    const struct irx_domain *r = interrex_dom(id->slot);
    const struct irx_extent *e = interrex_at(r->extents);
    unsigned long pages = 0;
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < r->extent_count; i++ )
    {
        if ( e[i].type != IRX_P2M_RAM_RW && e[i].type != IRX_P2M_RAM_RO )
            continue;
        pages += e[i].nr;
        rc = add(l, id->d, e[i].mfn, e[i].nr, IRX_PRESERVED_DOMAIN);
    }

    if ( !rc && pages != domain_tot_pages(id->d) )
    {
        printk(XENLOG_ERR "Interrex: %pd owns %u pages, %lu are mapped\n",
               id->d, domain_tot_pages(id->d), pages);
        rc = -EXDEV;
    }

    return rc;
}

static int cf_check compare(const void *a, const void *b)
{
    const struct irx_preserved *x = a, *y = b;

    return x->mfn < y->mfn ? -1 : x->mfn > y->mfn;
}

static void cf_check swap(void *a, void *b, size_t size)
{
    struct irx_preserved *x = a, *y = b, t = *x;

    *x = *y;
    *y = t;
}

/* Sorts, joins what follows on. -EXDEV if two have the same page. */
static int tidy(struct list *l)
{
    unsigned long i, last = 0;

    sort(l->entry, l->used, sizeof(*l->entry), compare, swap);

    for ( i = 1; i < l->used; i++ )
    {
        struct irx_preserved *p = &l->entry[last];
        const struct irx_preserved *e = &l->entry[i];

        if ( e->mfn < p->mfn + p->nr )
        {
            printk(XENLOG_ERR "Interrex: page %#lx belongs to d%u and d%u\n",
                   (unsigned long)e->mfn, p->owner, e->owner);
            return -EXDEV;
        }

        if ( e->mfn == p->mfn + p->nr && e->owner == p->owner &&
             e->kind == p->kind )
            p->nr += e->nr;
        else
            l->entry[++last] = *e;
    }
    if ( l->used )
        l->used = last + 1;

    return 0;
}

/* l->entry is the caller's to vfree(), also after an error. */
static int collect(struct list *l)
{
    struct interrex_domain *id;
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
        if ( (id = interrex_slot(i)) != NULL )
            l->room += interrex_dom(i)->extent_count + count_xen_pages(id->d);

    l->entry = vzalloc(l->room * sizeof(*l->entry));
    if ( !l->entry )
        return -ENOMEM;

    for ( i = 0; !rc && i < interrex_anchor()->domains.count; i++ )
        if ( (id = interrex_slot(i)) != NULL )
            rc = add_own_pages(l, id) ?: add_xen_pages(l, id->d);

    return rc ?: tidy(l);
}

static void put_time(struct irx_writer *w)
{
    struct irx_time_record t = { .tsc_khz = cpu_khz };

    interrex_time_scale(&t.scale);
    interrex_clock_describe(&t);
    irx_writer_record(w, IRX_REC_TIME, 0, &t, sizeof(t));
}

/* What finds the tables is gone once Xen has booted. */
static paddr_t __ro_after_init rsdp;

static int __init cf_check remember_rsdp(void)
{
    rsdp = acpi_os_get_root_pointer();

    return 0;
}
__initcall(remember_rsdp);

static void put_firmware(struct irx_writer *w)
{
    struct irx_firmware_record f = {
        .rsdp = rsdp,
        .bda_ebda_seg = *(const uint16_t *)maddr_to_virt(0x40e),
        .bda_base_kib = *(const uint16_t *)maddr_to_virt(0x413),
    };

    irx_writer_record(w, IRX_REC_FIRMWARE, 0, &f, sizeof(f));
}

/* Every CPU that this Xen knows, in the order of its own numbers. */
static void put_cpus(struct irx_writer *w)
{
    unsigned int cpu, slot;

    irx_writer_begin(w, IRX_REC_CPUS, 0, 0);
    for_each_present_cpu (cpu)
    {
        struct irx_cpu_record c = {
            .apic_id = x86_cpu_to_apicid[cpu],
            .cpu_entry = ~0U,
            .offline = !cpu_online(cpu),
        };

        for ( slot = 0; slot < interrex_anchor()->cpus.count; slot++ )
        {
            const struct irx_cpu *r = interrex_cpu(slot);

            if ( r->apic_id != c.apic_id ||
                 (r->state != IRX_CPU_HELD && r->state != IRX_CPU_DRAINING) )
                continue;
            c.held = 1;
            c.offline = 0;
            c.cpu_entry = slot;
        }
        irx_writer_put(w, &c, sizeof(c));
    }
    irx_writer_end(w);
}

static void put_memmap(struct irx_writer *w)
{
    unsigned int i;

    irx_writer_begin(w, IRX_REC_MEMMAP, 0, 0);
    for ( i = 0; i < e820.nr_map; i++ )
    {
        struct irx_memmap_entry m = {
            .addr = e820.map[i].addr,
            .size = e820.map[i].size,
            .type = e820.map[i].type,
        };

        irx_writer_put(w, &m, sizeof(m));
    }
    irx_writer_end(w);
}

int interrex_early_write(void)
{
    struct irx_anchor *a = interrex_anchor();
    struct list l = {};
    struct irx_writer w;
    int rc = collect(&l);

    if ( !rc )
        rc = interrex_writer_init(&w, &a->early, IRX_SECTION_EARLY);
    if ( !rc )
    {
        put_time(&w);
        put_firmware(&w);
        put_cpus(&w);
        put_memmap(&w);
        irx_writer_record(&w, IRX_REC_PRESERVED, 0, l.entry,
                          l.used * sizeof(*l.entry));
        rc = irx_writer_finish(&w, &a->early_used, NULL);
    }
    vfree(l.entry);

    return rc;
}
