/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a Xen that an update started does where it cannot go on before dom0 runs in it: it
 * starts the fallback, which boots from the same sections beside the guests, as it did itself.
 * Where it hangs, a held CPU notices, and sends an NMI: that has the same effect. Where it takes none, a
 * held CPU starts the fallback in its place, after it has made HLT of all that this Xen executes.
 *
 * Nothing that was handed over has been used up by then (interrex_dom0_starts() is the commit
 * point). Afterwards, and in a Xen that no update started, a failure is what it always was.
 */
#include <xen/console.h>
#include <xen/init.h>
#include <xen/kernel.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/shutdown.h>
#include <xen/smp.h>
#include <xen/version.h>

#include <asm/apic.h>
#include <asm/hpet.h>
#include <asm/interrex-boot.h>
#include <asm/irq.h>
#include <asm/nmi.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <asm/smp.h>

#include <interrex/crc32c.h>

#include "private/private.h"
#include "region/counted.h"
#include "region/region.h"
#include "resume/resume.h"

#define TEXT_SIZE   KB(16)
#define SLACK       64 /* parts of a stage's limit */
#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)
#define PAGE_FLAGS  (TABLE_FLAGS | _PAGE_DIRTY | _PAGE_PSE)

/* All of it is part of this Xen's image, and so in the tables of interrex_recover_begin(). */
static struct {
    bool armed;
    bool begun;
    uint32_t stage;    /* IRX_BOOT_* */
    uint64_t deadline; /* of the stage, host TSC; 0: none */
    uint64_t slack;    /* TSC ticks before it in which an NMI is for it, too */
    bool stray;        /* an NMI may still come for one that had passed */
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

/* The next stage begins, or none. */
static void set_deadline(uint64_t deadline)
{
    if ( recovery.deadline && rdtsc() >= recovery.deadline )
        recovery.stray = true;
    recovery.deadline = deadline;
}

/* What this Xen executes: until dom0 runs, its text and that of its boot. */
static void __init tell_text(struct irx_watch *w)
{
    const struct {
        const char *start, *end;
    } text[] = { { _stext, _etext }, { _sinittext, _einittext } };
    unsigned int i;

    BUILD_BUG_ON(ARRAY_SIZE(text) != ARRAY_SIZE(w->text));
    for ( i = 0; i < ARRAY_SIZE(text); i++ )
        w->text[i] = (struct irx_span){
            .off = __pa(text[i].start) - interrex_region.start,
            .size = text[i].end - text[i].start,
        };
    smp_wmb();
}

static int cf_check silence_nmi(const struct cpu_user_regs *regs, int cpu);

void __init interrex_recover_begin(struct irx_anchor *a)
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
    recovery.slack = a->watch.limit / SLACK;
    set_nmi_callback(silence_nmi);
    tell_text(&a->watch);
    set_deadline(interrex_watch_next(a, IRX_BOOT_EARLY, true));
}

/* R is not in reach between the anchor and the heap. */
static bool has_region(void)
{
    return recovery.stage >= IRX_BOOT_HEAP;
}

/*
 * From here on it is this Xen's to start the fallback, or to see that none is started. A held CPU that is at it
 * makes HLT of what waits here, or goes back.
 */
static void take(uint32_t *taken)
{
    while ( cmpxchg(taken, IRX_TAKEN_NOBODY, IRX_TAKEN_XEN) !=
            IRX_TAKEN_NOBODY )
        cpu_relax();
}

void interrex_recover_end(void)
{
    uint32_t *taken = &interrex_anchor()->watch.taken;

    if ( !recovery.armed )
        return;

    take(taken);
    interrex_stage_waits();
    recovery.armed = false;
    write_atomic(taken, IRX_TAKEN_NOBODY);
}

/* Not while a held CPU is at giving this one up: as in take(). */
static void __init get_on(struct irx_anchor *a, uint32_t stage)
{
    while ( read_atomic(&a->watch.taken) == IRX_TAKEN_SHIM )
        cpu_relax();
    set_deadline(interrex_watch_next(a, stage, true));
}

void __init interrex_stage(uint32_t stage)
{
    if ( !interrex_resumed() )
        return;
    recovery.stage = stage;
    /* Of the first one interrex_recover_begin() has done it. */
    if ( recovery.armed && has_region() )
        get_on(interrex_anchor(), stage);
    if ( interrex_fault(stages[stage]) )
        panic("Interrex: an error as asked for\n");
}

void interrex_stage_waits(void)
{
    if ( !recovery.armed )
        return;
    interrex_watch_end(interrex_anchor());
    set_deadline(0);
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
static void remember(uint32_t cause, unsigned long rip, unsigned long rsp)
{
    struct irx_failure *f = &recovery.failure;
    const void *id;
    unsigned int len;

    f->tsc = rdtsc();
    f->attempt = recovery.attempts;
    f->stage = recovery.stage;
    f->cause = cause;
    f->rip = rip;
    f->rsp = rsp;
    f->cr2 = read_cr2();
    f->cr3 = read_cr3();
    f->cr4 = read_cr4();
    if ( !xen_build_id(&id, &len) )
        memcpy(f->build_id, id, min_t(size_t, len, sizeof(f->build_id)));
    f->text_size = interrex_console_tail(recovery.text, sizeof(recovery.text));
}

/*
 * Stops every CPU that this Xen may have started, wherever it is and whatever it holds: with
 * INIT, as nothing that has to be answered can be relied on. The boot CPU never gets one, and the
 * shim's are the shim's.
 */
static void stop_others(void)
{
    unsigned int cpu;

    for_each_present_cpu (cpu)
        if ( cpu != smp_processor_id() &&
             x86_cpu_to_apicid[cpu] != BAD_APICID &&
             interrex_held_entry(x86_cpu_to_apicid[cpu]) == ~0U &&
             !interrex_is_deaf(x86_cpu_to_apicid[cpu]) )
            interrex_send(x86_cpu_to_apicid[cpu],
                          APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT);
}

/* As for a kexec: nothing of the machine's works for this Xen any more. */
static void quiesce(void)
{
    local_irq_disable();
    if ( system_state >= SYS_STATE_smp_boot )
    {
        stop_others();
        if ( cpu_online(smp_processor_id()) )
        {
            disable_IO_APIC();
            hpet_disable();
            __stop_this_cpu();
        }
    }

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
    take(&a->watch.taken);

    if ( recovery.record_size >=
         sizeof(*failure) + recovery.failure.text_size )
    {
        *failure = recovery.failure;
        memcpy(failure + 1, recovery.text, recovery.failure.text_size);
    }
    a->xen_alive = 0;
    a->attempts++;
    a->host_state = IRX_HOST_RECOVERING;
    memset(a->watch.text, 0, sizeof(a->watch.text));
    interrex_watch_next(a, IRX_BOOT_EARLY, false);
    write_atomic(&a->watch.taken, IRX_TAKEN_NOBODY);
    smp_wmb();
    interrex_counted();

    start = region + f->code;
    start(recovery.region, f);

    return -EIO;
}

static void noreturn recover(uint32_t cause, unsigned long rip,
                             unsigned long rsp)
{
    int rc;

    if ( recovery.begun )
        stand(); /* on the way there */
    recovery.begun = true;
    if ( has_region() ) /* what follows may take its time */
        write_atomic(&interrex_anchor()->watch.heard, 1);
    recovery.deadline = 0;
    recovery.stray = true;

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

    remember(cause, rip, rsp);
    quiesce();
    rc = interrex_recover_jump(recovery.region + recovery.fallback.tables,
                               stack + sizeof(stack));
    printk(XENLOG_ERR "Interrex: the fallback is damaged: %d\n", rc);
    stand();
}

void interrex_failed(uint32_t cause)
{
    /* The boot CPU starts the next one; who called sends for it. */
    if ( recovery.armed && !smp_processor_id() )
        recover(cause, (unsigned long)__builtin_return_address(0),
                (unsigned long)__builtin_frame_address(0));
}

/*
 * A held CPU says that the deadline has passed. Its TSC may be a little ahead of this one's. What
 * was interrupted may hold the console's lock, and never gives it back.
 */
static int cf_check silence_nmi(const struct cpu_user_regs *regs, int cpu)
{
    if ( cpu )
        return 0;
    if ( !recovery.armed || !recovery.deadline ||
         rdtsc() + recovery.slack < recovery.deadline )
        return test_and_clear_bool(recovery.stray);

    console_force_unlock();
    printk(XENLOG_ERR "Interrex: silent for too long, at %pS\n",
           _p(regs->rip));
    recover(IRX_CAUSE_SILENCE, regs->rip, regs->rsp);
}
