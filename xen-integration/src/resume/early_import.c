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
#include <xen/mm.h>
#include <xen/multiboot.h>
#include <xen/param.h>
#include <xen/pfn.h>

#include <asm/e820.h>
#include <asm/interrex.h>
#include <asm/interrex-boot.h>
#include <asm/setup.h>

#include "resume/early.h"
#include "internal.h"

/* What xen-integration/dom0/image.c writes as the name of the boot loader. */
#define LOADER_NAME "Interrex"

static struct irx_time_record __initdata time_record;
static struct irx_firmware_record __initdata firmware_record;
static irx_off_t __initdata preserved_off, cpus_off; /* in R */
static unsigned int __initdata nr_preserved, nr_cpus;

bool interrex_resumed(void)
{
    return interrex_started_by_update;
}

const struct irx_time_record *__init interrex_early_time(void)
{
    return interrex_resumed() ? &time_record : NULL;
}

const struct irx_firmware_record *__init interrex_early_firmware(void)
{
    return interrex_resumed() ? &firmware_record : NULL;
}

const struct irx_preserved *__init interrex_preserved(unsigned int *nr)
{
    *nr = nr_preserved;

    return maddr_to_virt(interrex_region.start + preserved_off);
}

bool __init interrex_early_cpu(unsigned int n, uint32_t *apic_id)
{
    const struct irx_cpu_record *c = maddr_to_virt(interrex_region.start +
                                                   cpus_off);

    if ( n >= nr_cpus )
        return false;

    *apic_id = c[n].apic_id;

    return true;
}

bool __init interrex_early_cpu_offline(uint32_t apic_id)
{
    const struct irx_cpu_record *c = maddr_to_virt(interrex_region.start +
                                                   cpus_off);
    unsigned int n;

    for ( n = 0; n < nr_cpus; n++ )
        if ( c[n].apic_id == apic_id )
            return c[n].offline;

    return false;
}

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

/* The record of `type`, copied to dst if that is given. */
static const struct irx_record *__init get(const struct irx_stream *s,
                                           uint32_t type, void *dst,
                                           size_t size)
{
    const struct irx_record *rec = irx_stream_find(s, type, 0, NULL);

    if ( rec && dst )
        irx_record_copy(rec, dst, size);

    return rec;
}

/*
 * Validates the section and takes from it what is small; the list of preserved
 * memory is used where it lies. Returns what is wrong, or NULL.
 */
static const char *__init take_section(const struct irx_anchor *a,
                                       struct e820map *boot_e820)
{
    const void *section = map_piece(a->early.off, a->early_used);
    const struct irx_record *rec;
    struct irx_stream_error err;
    struct irx_stream s;

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
    if ( !get(&s, IRX_REC_TIME, &time_record, sizeof(time_record)) ||
         !get(&s, IRX_REC_FIRMWARE, &firmware_record,
              sizeof(firmware_record)) )
        return "no time or firmware record";

    rec = get(&s, IRX_REC_PRESERVED, NULL, 0);
    if ( !rec )
        return "no list of preserved memory";

    nr_preserved = irx_record_count(&s, rec);
    preserved_off = a->early.off + (irx_record_payload(rec) - section);
    if ( !interrex_preserved_validate(irx_record_payload(rec), nr_preserved,
                                      boot_e820) )
        return "the list of preserved memory is not valid";

    interrex_exclude(boot_e820, irx_record_payload(rec), nr_preserved);

    rec = get(&s, IRX_REC_CPUS, NULL, 0);
    if ( !rec )
        return "no list of CPUs";
    nr_cpus = irx_record_count(&s, rec);
    cpus_off = a->early.off + (irx_record_payload(rec) - section);

    return NULL;
}

bool __init interrex_early(struct e820map *boot_e820, const char *loader,
                           module_t *mod, unsigned int nr_mods)
{
    const struct irx_anchor *a;
    unsigned long generation;
    const char *wrong;
    unsigned int i;

    if ( strcmp(loader, LOADER_NAME) ||
         !interrex_in_region(xen_phys_start + XEN_IMG_OFFSET) )
        return false;

    a = map_piece(0, sizeof(*a));
    wrong = a ? check_anchor(a) : "cannot map the anchor";
    if ( !wrong )
        wrong = take_section(a, boot_e820);
    generation = a ? a->generation : 0;
    bootstrap_map(NULL);
    if ( wrong )
        panic("Interrex: started by an update, but %s\n", wrong);

    /* They stay in R: they are for the recovery, not for this Xen. */
    for ( i = 0; i < nr_mods; i++ )
        mod[i].reserved = 1;

    interrex_started_by_update = true;
    interrex_time_begin_frozen();
    printk("Interrex: update %lu, %u pieces of preserved memory\n", generation,
           nr_preserved);

    return true;
}
