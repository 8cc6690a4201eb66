/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Xen that an update started does where it cannot go on before dom0 runs in it: it
 * starts the fallback, which boots from the same sections beside the guests, as it did itself.
 *
 * Nothing that was handed over has been used up by then (interrex_dom0_starts() is the commit
 * point). Afterwards, and in a Xen that no update started, a failure is what it always was.
 */
#include <xen/console.h>
#include <xen/init.h>
#include <xen/kernel.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/shutdown.h>
#include <xen/smp.h>
#include <xen/version.h>

#include <asm/interrex-boot.h>
#include <asm/page.h>
#include <asm/processor.h>

#include <interrex/crc32c.h>

#include "private/private.h"
#include "region/region.h"
#include "resume/resume.h"

#define TEXT_SIZE   KB(16)
#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)
#define PAGE_FLAGS  (TABLE_FLAGS | _PAGE_DIRTY | _PAGE_PSE)

/* All of it is part of this Xen's image, and so in the tables of interrex_recover_begin(). */
static struct {
    bool armed;
    bool begun;
    uint32_t stage; /* IRX_BOOT_* */
    uint32_t attempts, attempts_max;
    paddr_t region; /* where it is in the tables of the fallback, too */
    irx_off_t place,
        record; /* of the fallback and of irx_failure, as they were validated */
    uint64_t record_size;
    struct irx_fallback fallback;
    struct irx_failure failure;
    char text[TEXT_SIZE];
} recovery;
static uint8_t __aligned(PAGE_SIZE) stack[PAGE_SIZE];

static const char *const stages[] = { "early", "heap",  "guests",
                                      "dom0",  "links", "ready" };

/* ---- Getting ready ---- */

/* Where this Xen is, in the tables that have R: text, data and stack. In pages of 2 MiB. */
static void __init map_image(uint64_t *l4, uint64_t *own, paddr_t own_pa)
{
    unsigned long va = (unsigned long)_start & ~(MB(2) - 1);
    uint64_t *l3 = own, *l2 = own + L1_PAGETABLE_ENTRIES;

    memset(own, 0, 2 * PAGE_SIZE);
    l4[l4_table_offset(va)] = own_pa | TABLE_FLAGS;
    l3[l3_table_offset(va)] = (own_pa + PAGE_SIZE) | TABLE_FLAGS;
    for ( ; va < (unsigned long)_end; va += MB(2) )
        l2[l2_table_offset(va)] = __pa(va) | PAGE_FLAGS;
}

void __init interrex_recover_begin(const struct irx_anchor *a)
{
    const struct irx_fallback *f;
    struct irx_live_error err;
    uint64_t *l4, *own;

    if ( a->version < IRX_VERSION(1, 1) || !a->fallback_used )
        return;
    f = interrex_map_piece(a->fallback.off, sizeof(*f));
    if ( !f || interrex_validated(irx_fallback_validate(a, f, &err), &err) )
        return;
    l4 = interrex_map_piece(f->tables, PAGE_SIZE);
    own = interrex_map_piece(f->own, 2 * PAGE_SIZE);
    if ( !l4 || !own )
        return;

    map_image(l4, own, interrex_region.start + f->own);
    recovery.region = interrex_region.start;
    recovery.place = a->fallback.off;
    recovery.record = a->failure.off;
    recovery.record_size = a->failure.size;
    recovery.fallback = *f;
    recovery.attempts = a->attempts;
    recovery.attempts_max = a->attempts_max;
    recovery.failure.generation = a->generation;
    recovery.armed = true;
}

void interrex_recover_end(void)
{
    recovery.armed = false;
}

/* ---- Fault points, in test builds ---- */

#ifdef CONFIG_INTERREX_FAULTS
/* `interrex-fault=<stage>:<kind>`: this Xen fails there, in this way. */
static char __initdata opt_fault[24];
string_param("interrex-fault", opt_fault);

static void __init fault_point(uint32_t stage)
{
    size_t len = strlen(stages[stage]);
    const char *kind = opt_fault + len + 1;

    if ( strncmp(opt_fault, stages[stage], len) || opt_fault[len] != ':' )
        return;

    if ( !strcmp(kind, "panic") )
        panic("Interrex: as asked for\n");
    if ( !strcmp(kind, "bug") )
        BUG();
    if ( !strcmp(kind, "halt") )
        machine_halt();
    if ( !strcmp(kind, "restart") )
        machine_restart(0);
}
#else
static void __init fault_point(uint32_t stage)
{
}
#endif

void __init interrex_stage(uint32_t stage)
{
    if ( !interrex_resumed() )
        return;
    recovery.stage = stage;
    fault_point(stage);
}

/* ---- Failing ---- */

/* The guests do not need this Xen: they run on, as long as nobody resets the machine. */
static void noreturn stand(void)
{
    printk(XENLOG_ERR
           "Interrex: nothing else is tried. The guests run on in the shim, "
           "without disks, networks and consoles.\n"
           "Interrex: only a reset of the machine ends this, and the "
           "guests with it.\n");
    local_irq_disable();
    for ( ;; )
        halt();
}

/* What the next one is to know. */
static void remember(uint32_t cause)
{
    struct irx_failure *f = &recovery.failure;
    const void *id;
    unsigned int len;

    f->tsc = rdtsc();
    f->attempt = recovery.attempts;
    f->stage = recovery.stage;
    f->cause = cause;
    f->rip = (unsigned long)__builtin_return_address(0);
    f->rsp = (unsigned long)__builtin_frame_address(0);
    f->cr2 = read_cr2();
    f->cr3 = read_cr3();
    f->cr4 = read_cr4();
    if ( !xen_build_id(&id, &len) )
        memcpy(f->build_id, id, min_t(size_t, len, sizeof(f->build_id)));
    f->text_size = interrex_console_tail(recovery.text, sizeof(recovery.text));
}

/* As for a kexec: nothing of the machine's works for this Xen any more. */
static void quiesce(void)
{
    if ( system_state >= SYS_STATE_smp_boot )
    {
        local_irq_enable();
        smp_send_stop();
    }
    local_irq_disable();

    if ( read_cr4() & X86_CR4_CET )
        wrmsrl(MSR_S_CET, 0);
    write_cr4(read_cr4() & ~(X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_CET));
}

/*
 * On a stack of this file's, with R where it is and this Xen's image, and nothing else:
 * no printk(), no locks, nothing that asks which CPU this is. Returns what is wrong.
 */
int interrex_recover_in_region(void)
{
    void (*start)(paddr_t region, struct irx_fallback * f);
    void *region = (void *)recovery.region;
    struct irx_anchor *a = region;
    struct irx_fallback *f = region + recovery.place;
    struct irx_failure *failure = region + recovery.record;

    if ( memcmp(f, &recovery.fallback, sizeof(*f)) ||
         irx_crc32c(0, region + f->image, f->image_size) != f->crc )
        return -EILSEQ;

    if ( recovery.record_size >=
         sizeof(*failure) + recovery.failure.text_size )
    {
        *failure = recovery.failure;
        memcpy(failure + 1, recovery.text, recovery.failure.text_size);
    }
    a->xen_alive = 0;
    a->attempts++;
    smp_wmb();

    start = region + f->code;
    start(recovery.region, f);

    return -EIO;
}

void interrex_failed(uint32_t cause)
{
    int rc;

    /* The boot CPU starts the next one; who called sends for it. */
    if ( !recovery.armed || smp_processor_id() )
        return;
    if ( recovery.begun )
        stand(); /* on the way there */
    recovery.begun = true;

    printk(XENLOG_ERR "Interrex: this Xen has failed while it was at \"%s\"\n",
           stages[recovery.stage]);
    if ( recovery.attempts >= recovery.attempts_max )
    {
        printk(XENLOG_ERR "Interrex: %u of %u fallbacks have been started\n",
               recovery.attempts, recovery.attempts_max);
        stand();
    }
    printk(XENLOG_ERR "Interrex: fallback %u of %u is started\n",
           recovery.attempts + 1, recovery.attempts_max);

    remember(cause);
    quiesce();
    rc = interrex_recover_jump(recovery.region + recovery.fallback.tables,
                               stack + sizeof(stack));
    printk(XENLOG_ERR "Interrex: the fallback is damaged: %d\n", rc);
    stand();
}
