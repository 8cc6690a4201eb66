/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The early section, read by the Xen that an update started, in __start_xen()
 * before anything is allocated.
 *
 * From here on preserved memory is known. Where it cannot be known although an
 * update is under way, this Xen stops: whatever it allocated might be a guest's.
 */
#include <xen/init.h>
#include <xen/kexec.h>
#include <xen/pfn.h>

#include <asm/e820.h>
#include <asm/interrex-boot.h>
#include <asm/setup.h>

#include "lend/lend.h"
#include "resume/resume.h"
#include "state/state.h"

/* What xen-integration/dom0/image.c writes as the name of the boot loader. */
#define LOADER_NAME "Interrex"

/* A piece of R, before the direct map has it. Valid until bootstrap_map(NULL). */
static const void *__init map_piece(irx_off_t off, uint64_t size)
{
    paddr_t addr = interrex_region.start + off;
    module_t piece = {
        .mod_start = PFN_DOWN(addr),
        .mod_end = (addr & ~PAGE_MASK) + size,
    };
    const void *p;

    if ( !size || size > MB(512) )
        return NULL;

    p = bootstrap_map(&piece);

    return p ? p + (addr & ~PAGE_MASK) : NULL;
}

static bool __init inside_region(irx_off_t off, uint64_t size)
{
    return off >= PAGE_SIZE && !(off & ~PAGE_MASK) &&
           off <= interrex_region.size && size <= interrex_region.size - off;
}

/* What is wrong with the anchor, or NULL. */
static const char *__init check_anchor(const struct irx_anchor *a)
{
    if ( a->magic != IRX_ANCHOR_MAGIC )
        return "no anchor";
    if ( a->version >> 16 != IRX_ABI_MAJOR )
        return "another major version of the ABI";
    if ( a->size < sizeof(*a) || a->region_base != interrex_region.start ||
         a->region_size != interrex_region.size )
        return "the anchor is of another region";
    if ( a->host_state != IRX_HOST_HANDING_OVER )
        return "nothing is being handed over";
    if ( !inside_region(a->early.off, a->early.size) ||
         a->early_used > a->early.size || !a->early_used )
        return "no early section";

    return NULL;
}

/* An array in R: where it is mapped, where it lies, and how long it is. */
struct array {
    const void *p; /* NULL: there is none */
    irx_off_t off;
    unsigned int nr;
};

static struct array __init find_array(const struct irx_stream *s,
                                      const struct irx_anchor *a,
                                      const void *section, uint32_t type)
{
    const struct irx_record *rec = irx_stream_find(s, type, 0, NULL);
    struct array array = {};

    if ( rec )
    {
        array.p = irx_record_payload(rec);
        array.off = a->early.off + (array.p - section);
        array.nr = irx_record_count(s, rec);
    }

    return array;
}

/*
 * Validates the section and reads what is small; the lists of preserved memory and
 * of CPUs are used where they lie. Returns what is wrong, or NULL.
 */
static const char *__init read_section(const struct irx_anchor *a,
                                       struct e820map *boot_e820)
{
    const void *section = map_piece(a->early.off, a->early_used);
    struct irx_stream_error err;
    struct irx_stream s;
    struct array preserved, cpus;

    if ( !section )
        return "cannot map the early section";
    if ( irx_stream_validate(&s, section, a->early_used, IRX_SECTION_EARLY,
                             &err) )
    {
        printk(XENLOG_ERR "Interrex: early section, offset %#lx: %s\n",
               (unsigned long)err.offset, irx_stream_error_text(err.code));
        return "the early section is not valid";
    }
    if ( !irx_stream_of_handoff(&s, a->handoff_id) )
        return "the early section is of another handoff";
    if ( interrex_clock_import(&s) ||
         !irx_stream_find(&s, IRX_REC_FIRMWARE, 0, NULL) )
        return "no time or firmware record";

    preserved = find_array(&s, a, section, IRX_REC_PRESERVED);
    if ( !preserved.p )
        return "no list of preserved memory";
    if ( !interrex_preserved_validate(preserved.p, preserved.nr, boot_e820) )
        return "the list of preserved memory is not valid";
    cpus = find_array(&s, a, section, IRX_REC_CPUS);
    if ( !cpus.p )
        return "no list of CPUs";

    interrex_preserved_import(boot_e820, preserved.p, preserved.off,
                              preserved.nr);
    interrex_cpu_list_import(cpus.off, cpus.nr);
    printk("Interrex: update %lu, %u pieces of preserved memory\n",
           (unsigned long)a->generation, preserved.nr);

    return NULL;
}

bool __init interrex_early(struct e820map *boot_e820, const char *loader,
                           module_t *mod, unsigned int nr_mods)
{
    const struct irx_anchor *a;
    const char *wrong;
    unsigned int i;

    if ( strcmp(loader, LOADER_NAME) ||
         !interrex_in_region(xen_phys_start + XEN_IMG_OFFSET) )
        return false;

    a = map_piece(0, sizeof(*a));
    wrong = a ? check_anchor(a) : "cannot map the anchor";
    if ( !wrong )
        wrong = read_section(a, boot_e820);
    bootstrap_map(NULL);
    if ( wrong )
        panic("Interrex: started by an update, but %s\n", wrong);

    /* They stay in R: they are for the recovery, not for this Xen. */
    for ( i = 0; i < nr_mods; i++ )
        mod[i].reserved = 1;

    interrex_begin_resumed();
    interrex_time_begin_frozen();

    return true;
}
