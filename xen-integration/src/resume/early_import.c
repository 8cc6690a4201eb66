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
#include <asm/mpspec.h>
#include <asm/setup.h>

#include "lend/lend.h"
#include "resume/resume.h"
#include "state/state.h"

/* What xen-integration/dom0/image.c writes as the name of the boot loader. */
#define LOADER_NAME "Interrex"

void *__init interrex_map_piece(irx_off_t off, uint64_t size)
{
    paddr_t addr = interrex_region.start + off;
    module_t piece = {
        .mod_start = PFN_DOWN(addr),
        .mod_end = (addr & ~PAGE_MASK) + size,
    };
    void *p;

    if ( !size || size > MB(512) )
        return NULL;

    p = bootstrap_map(&piece);

    return p ? p + (addr & ~PAGE_MASK) : NULL;
}

/* What is wrong with the anchor, or NULL. */
static const char *__init check_anchor(const struct irx_anchor *a)
{
    struct irx_live_error err;
    int rc = irx_anchor_validate(a, interrex_region.start,
                                 interrex_region.size, &err);

    if ( !rc )
        rc = irx_anchor_validate_handover(a, &err);

    return interrex_validated(rc, &err) ? "the anchor is not valid" : NULL;
}

/* Validates the section, whole. False, after saying what is wrong. */
static bool __init check_section(const struct irx_anchor *a,
                                 const void *section, struct irx_early *early)
{
    const struct irx_limits limits = interrex_limits();
    struct irx_stream_error form;
    struct irx_live_error err;
    struct irx_stream s;
    int rc = irx_stream_validate(&s, section, a->early_used, IRX_SECTION_EARLY,
                                 &form);

    if ( interrex_stream_validated(rc, &form) )
        return false;
    rc = irx_early_validate(&s, a, &limits, early, &err);

    return !interrex_validated(rc, &err);
}

/*
 * Reads what is small; the lists of preserved memory and of CPUs are used where
 * they lie. Returns what is wrong, or NULL.
 */
static const char *__init read_section(const struct irx_anchor *a,
                                       struct e820map *boot_e820)
{
    const void *section = interrex_map_piece(a->early.off, a->early_used);
    struct irx_early early;

    if ( !section )
        return "cannot map the early section";
    if ( !check_section(a, section, &early) )
        return "the early section is not valid";
    if ( !interrex_preserved_is_ram(early.preserved, early.nr_preserved,
                                    boot_e820) )
        return "the list of preserved memory is not this host's";

    interrex_clock_import(&early.time);
    interrex_preserved_import(boot_e820, early.preserved,
                              a->early.off +
                                  ((void *)early.preserved - section),
                              early.nr_preserved);
    interrex_cpu_list_import(a->early.off + ((void *)early.cpus - section),
                             early.nr_cpus);
    printk("Interrex: update %lu, %u pieces of preserved memory\n",
           (unsigned long)a->generation, early.nr_preserved);

    return NULL;
}

/* A hand-over to whoever boots now is at most so old, by the TSC, which a reset of the machine resets. */
#define JUMP_MAX_S 60u

/*
 * The Xen before has just jumped, whatever loaded this one: what lies in R are the
 * guests that the shim runs. R may also be left from before a reset.
 */
static bool __init just_jumped(const struct irx_anchor *a)
{
    uint64_t handed_over, now = boot_tsc_stamp;

    /* handoff_id of handover.c: the generation, and when. */
    memcpy(&handed_over, a->handoff_id + sizeof(a->generation),
           sizeof(handed_over));

    return a->magic == IRX_ANCHOR_MAGIC &&
           (a->host_state == IRX_HOST_HANDING_OVER ||
            a->host_state == IRX_HOST_RECOVERING) &&
           now >= handed_over &&
           now - handed_over < a->tsc_khz * 1000 * JUMP_MAX_S;
}

/* In R runs only what a Xen before started; the tool's loader has a name. */
static bool __init is_update(const char *loader)
{
    const struct irx_anchor *a;
    bool jumped;

    if ( !interrex_in_region(xen_phys_start + XEN_IMG_OFFSET) )
        return false;
    if ( !strcmp(loader, LOADER_NAME) )
        return true;

    a = interrex_map_piece(0, sizeof(*a));
    jumped = a && just_jumped(a);
    bootstrap_map(NULL);
    if ( jumped )
        printk(XENLOG_WARNING "Interrex: started by an update, loaded by %s\n",
               loader);

    return jumped;
}

bool __init interrex_early(struct e820map *boot_e820, const char *loader,
                           module_t *mod, unsigned int nr_mods)
{
    /*
     * CPUs have other numbers here than in the Xen before, and the logical APIC ids of those that are held, or
     * deaf, are of the numbers that they had: what is sent by such an id would reach them, too.
     */
    bool is_past_deaf = false;
    struct irx_anchor *a;
    const char *wrong;
    unsigned int i;

    if ( !is_update(loader) )
        return false;

    a = interrex_map_piece(0, sizeof(*a));
    wrong = a ? check_anchor(a) : "cannot map the anchor";
    if ( !wrong )
    {
        is_past_deaf = a->version >= IRX_VERSION(1, 1) && a->watch.deaf;
        interrex_recover_begin(a);
        wrong = read_section(a, boot_e820);
    }
    bootstrap_map(NULL);
    if ( wrong )
        panic("Interrex: started by an update, but %s\n", wrong);

    /* They stay in R: they are for the recovery, not for this Xen. */
    for ( i = 0; i < nr_mods; i++ )
        mod[i].reserved = 1;

    interrex_begin_resumed();
    interrex_stage(IRX_BOOT_EARLY);
    if ( is_past_deaf )
        def_to_bigsmp = true;
    interrex_time_begin_frozen();

    return true;
}
