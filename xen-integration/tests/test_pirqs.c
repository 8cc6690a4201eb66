/* SPDX-License-Identifier: GPL-2.0-only */
/* state/dom0_pirq.c: a PV dom0's interrupts, written by one Xen and mapped and bound by the next. */
#include "region_bench.h"

#include <stdio.h>

#include <xen/irq.h>
#include <xen/pci_regs.h>

#include <asm/io_apic.h>
#include <asm/msi.h>

#include <public/physdev.h>

#include "private/private.h"
#include "region/region.h"
#include "state/state.h"

/* ---- Xen's interrupts ---- */

hw_irq_controller no_irq_type = { "none" };
static hw_irq_controller edge = { "IO-APIC-edge" };
static hw_irq_controller level = { "IO-APIC-level" };
static hw_irq_controller message = { "PCI-MSI/-X" };

struct irq_desc world_irqs[WORLD_IRQS];
unsigned int nr_irqs_gsi = 24;

/* How its pin is set up; bound: by dom0. */
static struct {
    bool has_pin, level, low;
    bool bound, shareable;
} lines[WORLD_IRQS];

static struct domain *dom0;
static bool pcidevs;       /* locked */
static bool asks;          /* dom0 is current */
static char steps[1024];   /* what was asked of Xen, in turn */
static unsigned int fails; /* the n-th step fails; 0: none */
static int failure;

static int step(const char *format, ...)
{
    size_t used = strlen(steps);
    va_list list;

    va_start(list, format);
    vsnprintf(steps + used, sizeof(steps) - used, format, list);
    va_end(list);

    return fails && !--fails ? failure : 0;
}

struct irq_desc *pirq_spin_lock_irq_desc(const struct pirq *pirq,
                                         unsigned long *flags)
{
    if ( pirq->arch.irq <= 0 )
        return NULL;
    spin_lock(&world_irqs[pirq->arch.irq].lock);
    *flags = 0;

    return &world_irqs[pirq->arch.irq];
}

struct pirq *pirq_get_info(struct domain *d, int pirq)
{
    static struct pirq infos[WORLD_ITEMS];
    void **item = &d->pirq_tree.item[pirq];

    assert_in_range(pirq, 0, d->nr_pirqs - 1);
    if ( !*item )
    {
        infos[pirq] = (struct pirq){ .pirq = pirq };
        *item = &infos[pirq];
    }

    return *item;
}

int domain_pirq_to_irq(const struct domain *d, int pirq)
{
    const struct pirq *info = d->pirq_tree.item[pirq];

    return info ? info->arch.irq : 0;
}

/* Of one that is mapped to something else Xen's says nothing. */
int map_domain_pirq(struct domain *d, int pirq, int irq, int type, void *data)
{
    int rc = step("map %d to %d, ", pirq, irq);

    assert_true(asks && d->event_lock.taken);
    if ( !rc && !domain_pirq_to_irq(d, pirq) )
        pirq_get_info(d, pirq)->arch.irq = irq;

    return rc;
}

int allocate_and_map_msi_pirq(struct domain *d, int index, int *pirq, int type,
                              struct msi_info *msi)
{
    assert_true(asks && !d->event_lock.taken && !pcidevs);
    assert_int_equal(index, -1);
    assert_int_equal(type, MAP_PIRQ_TYPE_MSI);

    return step("message %d of %x %d at %lx, ", *pirq, msi->sbdf.sbdf,
                msi->entry_nr, msi->table_base);
}

void send_guest_pirq(struct domain *d, const struct pirq *pirq)
{
    assert_true(d->event_lock.taken);
    assert_int_not_equal(pirq->evtchn, 0);
    step("event %d, ", pirq->pirq);
}

int mp_register_gsi(uint32_t gsi, int triggering, int polarity)
{
    assert_true(asks);

    return step("pin %u %d %d, ", gsi, triggering, polarity);
}

void pcidevs_lock(void)
{
    assert_false(pcidevs);
    pcidevs = true;
}

void pcidevs_unlock(void)
{
    assert_true(pcidevs);
    pcidevs = false;
}

#define TABLE_OFFSET 0x2800 /* in the BAR */

int pci_find_cap_offset(uint16_t seg, uint8_t bus, uint8_t slot, uint8_t func,
                        uint8_t id)
{
    assert_int_equal(id, PCI_CAP_ID_MSIX);

    return 0x60;
}

static uint16_t vendor, command; /* what the function answers */

uint16_t pci_conf_read16(pci_sbdf_t sbdf, unsigned int reg)
{
    assert_true(pcidevs);
    assert_true(reg == PCI_VENDOR_ID || reg == PCI_COMMAND);

    return reg == PCI_VENDOR_ID ? vendor : command;
}

uint32_t pci_conf_read32(pci_sbdf_t sbdf, unsigned int reg)
{
    assert_true(pcidevs);
    assert_int_equal(reg, 0x64);

    return TABLE_OFFSET | 1; /* BAR 1 */
}

bool interrex_irq_guest(const struct irq_desc *desc, const struct domain *d,
                        bool *shareable)
{
    assert_true(desc->lock.taken);
    *shareable = lines[desc->irq].shareable;

    return lines[desc->irq].bound;
}

bool interrex_pin_of(unsigned int irq, bool *is_level, bool *low)
{
    *is_level = lines[irq].level;
    *low = lines[irq].low;

    return lines[irq].has_pin;
}

void interrex_pin_hold(struct irq_desc *desc, bool on)
{
    assert_true(desc->lock.taken);
    step("%s %d, ", on ? "hold" : "let go", desc->irq);
}

int interrex_port_bind_pirq(struct domain *d, unsigned int p, bool shareable,
                            bool masked)
{
    return step("bind %u%s%s, ", p, shareable ? " shareable" : "",
                masked ? " masked" : "");
}

void interrex_ports_without_pirq(struct domain *d)
{
    step("rest");
}

struct vcpu *interrex_dom0_asks(struct domain *d)
{
    assert_false(asks);
    asks = true;

    return d->vcpu[0];
}

void interrex_dom0_asked(struct vcpu *self)
{
    assert_true(asks);
    asks = false;
}

/* ---- A dom0 with one interrupt of each kind, bound to the port 100 above its number ---- */

#define EDGE  8
#define LEVEL 21
#define MSI   120
#define MSIX  121

static struct arch_msix table = { .table.first = 0xfe202 };
static struct pci_dev function = { .bus = 1, .sbdf.sbdf = 0x108 };
static struct msi_desc msgs[2];

static void give(unsigned int pirq, unsigned int irq,
                 hw_irq_controller *handler)
{
    struct pirq *info = pirq_get_info(dom0, pirq);

    info->arch.irq = irq;
    info->evtchn = pirq + 100;
    world_irqs[irq].handler = handler;
    lines[irq].bound = true;
    lines[irq].has_pin = irq < nr_irqs_gsi;
}

static void next_xen(void)
{
    unsigned int i;

    memset(&dom0->pirq_tree, 0, sizeof(dom0->pirq_tree));
    memset(lines, 0, sizeof(lines));
    memset(world_irqs, 0, sizeof(world_irqs));
    for ( i = 0; i < WORLD_IRQS; i++ )
    {
        world_irqs[i].irq = i;
        world_irqs[i].handler = &no_irq_type;
    }
    steps[0] = '\0';
}

static int pirqs_begin(void **state)
{
    int rc = region_begin(state);

    dom0 = world_domain(0, 1);
    dom0->nr_pirqs = WORLD_ITEMS;
    fails = 0;
    failure = -ENOMEM;
    pcidevs = asks = false;
    vendor = 0x8086;
    command = PCI_COMMAND_MEMORY;
    function.msix = &table;
    next_xen();

    give(EDGE, 8, &edge);
    give(LEVEL, 21, &level);
    lines[21].level = lines[21].low = lines[21].shareable = true;
    give(MSI, 30, &message);
    msgs[0] = (struct msi_desc){ .msi_attrib.type = PCI_CAP_ID_MSI,
                                 .msi.nvec = 1,
                                 .dev = &function };
    world_irqs[30].msi_desc = &msgs[0];
    give(MSIX, 31, &message);
    msgs[1] = (struct msi_desc){
        .msi_attrib = { .type = PCI_CAP_ID_MSIX,
                        .guest_masked = true,
                        .entry_nr = 3 },
        .mask_base = &msgs, /* where MSI has its number of messages */
        .dev = &function
    };
    world_irqs[31].msi_desc = &msgs[1];

    return rc;
}

static int pirqs_end(void **state)
{
    unsigned int i;

    assert_false(asks);
    assert_false(pcidevs);
    assert_false(dom0->event_lock.taken);
    for ( i = 0; i < WORLD_IRQS; i++ )
        assert_false(world_irqs[i].lock.taken);

    return world_end(state);
}
#define PIRQS_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, pirqs_begin, pirqs_end)

static int export(struct irx_stream *s)
{
    const struct irx_domain_record rec = { .handle = { 1 } };
    struct irx_anchor *a = interrex_anchor();
    struct irx_stream_error err;
    struct irx_writer w;
    int rc;

    assert_int_equal(interrex_section_begin(&w, &a->late, IRX_SECTION_LATE),
                     0);
    irx_writer_record(&w, IRX_REC_DOMAIN, 0, &rec, sizeof(rec));
    rc = interrex_pirqs_export(&w, dom0);
    if ( rc )
        return rc;
    assert_int_equal(irx_writer_finish(&w, &a->late_used, NULL), 0);
    if ( irx_stream_validate(s, interrex_at(a->late.off), a->late_used,
                             IRX_SECTION_LATE, &err) )
        fail_msg("%s", irx_stream_error_text(err.code));

    return 0;
}

/* What was written of this pirq; false: nothing. */
static bool written(unsigned int pirq, struct irx_pv_pirq *out)
{
    const struct irx_record *rec;
    struct irx_stream s;
    size_t i;

    assert_int_equal(export(&s), 0);
    rec = irx_stream_find(&s, IRX_REC_PV_PIRQ, 0, NULL);
    assert_non_null(rec);
    for ( i = 0; i < irx_record_count(&s, rec); i++ )
    {
        assert_int_equal(irx_record_get(&s, rec, i, out, sizeof(*out)), 0);
        if ( out->pirq == pirq )
            return true;
    }

    return false;
}

/* ---- Export ---- */

static void lines_are_written_with_their_pins(void **state)
{
    struct irx_pv_pirq p = {};

    assert_true(written(EDGE, &p));
    assert_int_equal(p.kind, IRX_PIRQ_GSI);
    assert_int_equal(p.entry, 8);
    assert_int_equal(p.evtchn, EDGE + 100);
    assert_int_equal(p.flags, IRX_PIRQ_F_SET_UP | IRX_PIRQ_F_BOUND);
    assert_true(written(LEVEL, &p));
    assert_int_equal(p.entry, 21);
    assert_int_equal(p.flags, IRX_PIRQ_F_SET_UP | IRX_PIRQ_F_LEVEL |
                                  IRX_PIRQ_F_LOW | IRX_PIRQ_F_BOUND |
                                  IRX_PIRQ_F_SHAREABLE);
}

/* Mapped, and the guest has not told of its pin yet: the next Xen must not take it for an edge. */
static void pin_that_is_not_set_up(void **state)
{
    struct irx_pv_pirq p = {};

    world_irqs[21].handler = &no_irq_type;
    assert_true(written(LEVEL, &p));
    assert_false(p.flags & (IRX_PIRQ_F_SET_UP | IRX_PIRQ_F_LEVEL));
    give(2, 2, &edge); /* the cascade's is the timer's pin */
    assert_true(written(2, &p));
    assert_false(p.flags & IRX_PIRQ_F_SET_UP);
}

static void messages_are_written_with_their_functions(void **state)
{
    struct irx_pv_pirq p = {};

    assert_true(written(MSI, &p));
    assert_int_equal(p.kind, IRX_PIRQ_MSI);
    assert_int_equal(p.sbdf, 0x108);
    assert_int_equal(p.table_base, 0);
    assert_int_equal(p.flags, IRX_PIRQ_F_BOUND);
    assert_true(written(MSIX, &p));
    assert_int_equal(p.kind, IRX_PIRQ_MSIX);
    assert_int_equal(p.entry, 3);
    assert_int_equal(p.table_base, 0xfe200000);
    assert_int_equal(p.flags, IRX_PIRQ_F_BOUND | IRX_PIRQ_F_MASKED);
}

static void bound_by_nobody_or_by_another(void **state)
{
    struct irx_pv_pirq p = {};

    lines[8].bound = false;
    pirq_get_info(dom0, MSI)->evtchn = 0;
    assert_true(written(EDGE, &p));
    assert_int_equal(p.flags & IRX_PIRQ_F_BOUND, 0);
    assert_int_equal(p.evtchn, 0);
    assert_true(written(MSI, &p));
    assert_int_equal(p.flags, 0);
}

static void numbers_without_an_interrupt(void **state)
{
    struct irx_pv_pirq p = {};

    pirq_get_info(dom0, 77)->arch.irq = PIRQ_ALLOCATED;
    pirq_get_info(dom0, 78);                 /* nobody's */
    pirq_get_info(dom0, 79)->arch.irq = -12; /* unmapped while it was bound */
    assert_true(written(77, &p));
    assert_int_equal(p.kind, IRX_PIRQ_NONE);
    assert_int_equal(p.flags, 0);
    assert_false(written(78, &p));
    assert_false(written(79, &p));
}

static void several_messages_are_refused(void **state)
{
    struct irx_stream s;

    msgs[0].msi.nvec = 4;
    assert_int_equal(export(&s), -EOPNOTSUPP);
    msgs[0].msi.nvec = 0; /* one of those that follow the first */
    msgs[0].msi_attrib.entry_nr = 1;
    assert_int_equal(export(&s), -EOPNOTSUPP);
    assert_non_null(strstr(world_log, "pirq 120"));
    msgs[0].dev = NULL;
    assert_int_equal(export(&s), -ENODEV);
}

/* ---- Import ---- */

static void each_comes_back_at_its_number(void **state)
{
    struct irx_stream s;

    pirq_get_info(dom0, 200)->arch.irq = PIRQ_ALLOCATED;
    assert_int_equal(export(&s), 0);
    next_xen();
    assert_int_equal(interrex_pirqs_import(&s, dom0), 0);
    assert_string_equal(steps, "pin 8 0 0, map 8 to 8, bind 108, "
                               "pin 21 1 1, map 21 to 21, bind 121 shareable, "
                               "message 120 of 108 0 at 0, bind 220, "
                               "message 121 of 108 3 at fe200000, "
                               "bind 221 masked, rest");
    assert_int_equal(domain_pirq_to_irq(dom0, 200), PIRQ_ALLOCATED);
}

static void pins_that_xen_has_set_up_itself(void **state)
{
    struct irx_stream s;

    assert_int_equal(export(&s), 0);
    next_xen();
    world_irqs[8].handler = &edge;
    lines[8].has_pin = true;
    world_irqs[21].handler = &edge; /* not like this */
    lines[21].has_pin = true;
    assert_int_equal(interrex_pirqs_import(&s, dom0), 0);
    assert_non_null(strstr(steps, "map 8 to 8, bind 108, pin 21 1 1, "));
    assert_null(strstr(steps, "pin 8"));
}

/* Xen uses the line itself, or has set the pin up once already. */
static void pin_that_xen_keeps(void **state)
{
    struct irx_stream s;

    assert_int_equal(export(&s), 0);
    next_xen();
    fails = 1;
    failure = -EEXIST;
    assert_int_equal(interrex_pirqs_import(&s, dom0), 0);
    assert_non_null(strstr(steps, "pin 8 0 0, map 8 to 8, "));
}

static void whichever_step_fails_it_ends(void **state)
{
    unsigned int n, done;
    struct irx_stream s;
    const char *p;
    int rc = 1;

    assert_int_equal(export(&s), 0);
    for ( n = 1; rc; n++ )
    {
        next_xen();
        fails = n;
        rc = interrex_pirqs_import(&s, dom0);
        for ( done = 0, p = steps; *p; p++ )
            done += *p == ',';
        assert_true(rc ? done == n && !strstr(steps, "rest") : done == 10);
    }
    assert_int_equal(
        n, 12); /* ten steps that can fail, and once without an error */
}

static void numbers_that_do_not_fit(void **state)
{
    struct irx_stream s;

    assert_int_equal(export(&s), 0);

    next_xen();
    dom0->nr_pirqs = MSI;
    assert_int_equal(interrex_pirqs_import(&s, dom0), -EINVAL);
    assert_null(strstr(steps, "message"));
    dom0->nr_pirqs = WORLD_ITEMS;

    next_xen();
    pirq_get_info(dom0, EDGE)->arch.irq = 9;
    assert_int_equal(interrex_pirqs_import(&s, dom0), -EEXIST);
    assert_null(strstr(steps, "bind"));

    next_xen();
    pirq_get_info(dom0, MSI)->arch.irq = 40;
    assert_int_equal(interrex_pirqs_import(&s, dom0), -EEXIST);
    assert_null(strstr(steps, "message"));

    next_xen();
    nr_irqs_gsi = 21; /* fewer lines than the Xen before */
    assert_int_equal(interrex_pirqs_import(&s, dom0), -EINVAL);
    assert_null(strstr(steps, "pin 21"));
    nr_irqs_gsi = 24;
}

/* Xen would take it for MSI. */
static void msix_without_its_table(void **state)
{
    struct irx_stream s;

    table.table.first = PFN_DOWN(TABLE_OFFSET);
    assert_int_equal(export(&s), 0);
    table.table.first = 0xfe202;
    next_xen();
    assert_int_equal(interrex_pirqs_import(&s, dom0), -EINVAL);
    assert_null(strstr(steps, "message 121"));
}

static void none_were_written(void **state)
{
    struct irx_stream s;

    memset(&dom0->pirq_tree, 0, sizeof(dom0->pirq_tree));
    assert_int_equal(export(&s), 0);
    assert_int_equal(interrex_pirqs_import(&s, dom0), 0);
    assert_string_equal(steps, "rest");
}

/* ---- Holding back, raising ---- */

static void only_lines_are_held(void **state)
{
    pirq_get_info(dom0, 5)->arch.irq = 5; /* mapped, not bound */
    world_irqs[5].handler = &edge;
    interrex_lines_hold(dom0, true);
    assert_string_equal(steps, "hold 8, hold 21, ");
    steps[0] = '\0';
    interrex_lines_hold(dom0, false);
    assert_string_equal(steps, "let go 8, event 8, let go 21, ");
}

static void what_does_not_come_anew_is_raised(void **state)
{
    interrex_pirqs_raise(dom0, false);
    assert_string_equal(steps, "event 8, event 120, ");
    steps[0] = '\0';
    interrex_pirqs_raise(dom0, true);
    assert_string_equal(steps, "event 8, event 120, event 121, ");
    steps[0] = '\0';
    pirq_get_info(dom0, EDGE)->evtchn = 0;
    lines[30].bound = false;
    interrex_pirqs_raise(dom0, false);
    assert_string_equal(steps, "");
}

/* In the middle of a reset, or asleep: the next Xen could not map its messages. */
static void a_function_that_does_not_answer(void **state)
{
    struct irx_stream s;

    command = 0;
    assert_int_equal(export(&s), -EAGAIN);
    command = PCI_COMMAND_MEMORY;
    vendor = 0xffff;
    assert_int_equal(export(&s), -EAGAIN);
    vendor = 0x8086;
    assert_int_equal(export(&s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PIRQS_CASE(lines_are_written_with_their_pins),
        PIRQS_CASE(pin_that_is_not_set_up),
        PIRQS_CASE(messages_are_written_with_their_functions),
        PIRQS_CASE(bound_by_nobody_or_by_another),
        PIRQS_CASE(numbers_without_an_interrupt),
        PIRQS_CASE(several_messages_are_refused),
        PIRQS_CASE(each_comes_back_at_its_number),
        PIRQS_CASE(pins_that_xen_has_set_up_itself),
        PIRQS_CASE(pin_that_xen_keeps),
        PIRQS_CASE(whichever_step_fails_it_ends),
        PIRQS_CASE(numbers_that_do_not_fit),
        PIRQS_CASE(msix_without_its_table),
        PIRQS_CASE(none_were_written),
        PIRQS_CASE(only_lines_are_held),
        PIRQS_CASE(what_does_not_come_anew_is_raised),
        PIRQS_CASE(a_function_that_does_not_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
