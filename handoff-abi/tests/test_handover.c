/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A region that was handed over, as a whole: what is missing, what does not fit
 * together, what only its own Xen could go on with; and noise, of which nothing
 * leads out of R.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "help_handoff.h"
#include "help_reader.h"
#include "help_region.h"

static struct irx_port *port(uint32_t entry, uint32_t i)
{
    return (struct irx_port *)at(domain(entry)->ports) + i;
}

static struct irx_extent *extent(uint32_t entry, uint32_t i)
{
    return (struct irx_extent *)at(domain(entry)->extents) + i;
}

/* The record of this type and instance, in the section it belongs to. */
static struct irx_record *record(uint32_t type, uint32_t instance)
{
    bool late = irx_schema_type(&irx_schema_native, type)->section == IRX_SECTION_LATE;
    const struct irx_record *rec;
    struct irx_stream s;

    assert_int_equal(irx_stream_validate(&s, at(late ? anchor->late.off : anchor->early.off),
                                         late ? anchor->late_used : anchor->early_used, 0, NULL),
                     0);
    rec = irx_stream_find(&s, type, instance, NULL);
    assert_non_null(rec);
    return at((uint64_t)((const uint8_t *)rec - (const uint8_t *)region));
}

/* Refused with this code, by this name, as this domain's; then all is as before. */
static void refused(uint32_t code, const char *what, uint32_t domid)
{
    memset(&err, 0, sizeof(err));
    help_seal_region(region);
    assert_int_not_equal(help_read(region, &err), 0);
    assert_string_equal(err.what, what);
    assert_int_equal(err.code, code);
    assert_int_equal(err.domid, domid);
    fill_region(NULL);
}

static void accepted(void)
{
    help_seal_region(region);
    assert_int_equal(help_read(region, &err), 0);
    fill_region(NULL);
}

/* ---- Records ---- */

/* One that readers skip is in its place. */
static void take_out(uint32_t type, uint32_t instance)
{
    record(type, instance)->type = IRX_RECORD_OPTIONAL | 1;
}

static void records_that_must_be_there(void **state)
{
    static const struct {
        uint32_t type, instance;
        const char *what;
    } needed[] = {
        {IRX_REC_TIME, 0, "time_record"},        {IRX_REC_FIRMWARE, 0, "firmware_record"},
        {IRX_REC_PRESERVED, 0, "preserved"},     {IRX_REC_CPUS, 0, "cpu_record"},
        {IRX_REC_CPUPOOLS, 0, "cpupool"},        {IRX_REC_SCHED, 2, "sched"},
        {IRX_REC_GRANT_TABLE, 1, "grant_table"}, {IRX_REC_E820, 0, "e820"},
    };
    uint32_t i;

    (void)state;
    for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        bool one = i < 5;

        take_out(needed[i].type, needed[i].instance);
        refused(IRX_LE_MISSING, needed[i].what, one ? IRX_LE_NO_DOMAIN : needed[i].instance);
    }
    take_out(IRX_REC_AFFINITY, 2);
    refused(IRX_LE_SIZE, "affinity", 2);
    take_out(IRX_REC_GRANT_FRAMES, 2);
    refused(IRX_LE_SIZE, "grant_frame", 2);
    take_out(IRX_REC_MEMMAP, 0);
    accepted();
    take_out(IRX_REC_CONSOLE, 0);
    accepted();
}

static void sections_of_another_handoff(void **state)
{
    struct irx_stream_header *h;

    (void)state;
    h = at(anchor->early.off);
    h->handoff_id[3] ^= 1;
    refused(IRX_LE_MISMATCH, "anchor.handoff_id", IRX_LE_NO_DOMAIN);
    h = at(anchor->late.off);
    h->handoff_id[3] ^= 1;
    refused(IRX_LE_MISMATCH, "anchor.handoff_id", IRX_LE_NO_DOMAIN);
}

static void a_domain_that_one_side_lacks(void **state)
{
    (void)state;
    domain(2)->state = IRX_DOM_WITH_XEN;
    refused(IRX_LE_MISMATCH, "domain_record.entry", 2);
    take_out(IRX_REC_DOMAIN, 2); /* its records are then out of order */
    refused(IRX_SE_ORDER, HELP_LATE_STREAM, 0);
    *domain(1) = *domain(2); /* a stale entry comes alive, and no record tells of it */
    domain(1)->domid = 7;
    extent(1, 0)->owner = extent(1, 1)->owner = 2;
    refused(IRX_LE_OWNER, "extent.owner", 7);
}

static void an_entry_that_no_record_tells_of(void **state)
{
    struct irx_domain *d = domain(1);
    struct irx_extent *e = at(anchor->data.off + 0x3000);

    (void)state;
    *d = *domain(2);
    d->domid = 7;
    d->extents = anchor->data.off + 0x3000;
    e[0] = e[1] = (struct irx_extent){.mfn = 0x60000, .nr = 1, .owner = 7, .access = 7};
    e[1].gfn = 1;
    refused(IRX_LE_MISSING, "domain_record", IRX_LE_NO_DOMAIN);
}

static void records_of_dom0_in_a_guest(void **state)
{
    struct irx_record *rec = record(IRX_REC_AFFINITY, 2);

    (void)state;
    rec->type = IRX_REC_PCI_DEVICE;
    memset(rec + 1, 0, rec->length);
    refused(IRX_LE_OWNER, "pci_device", 2);
}

static void dom0_is_the_one_that_was_saved(void **state)
{
    (void)state;
    domain(HELP_DOM0_ENTRY)->flags = 0;
    refused(IRX_LE_STATE, "domain.state", 0);
    domain(2)->flags |= IRX_DOMF_DOM0;
    domain(2)->state = IRX_DOM_SAVED;
    vcpu(1)->state = vcpu(2)->state = IRX_VCPU_BLOCKED;
    refused(IRX_LE_MISMATCH, "domain.flags", 2);
}

/* ---- CPUs ---- */

static void cpus_of_one_side_only(void **state)
{
    struct irx_cpu *cpus = at(anchor->cpus.off);
    struct irx_cpu_record *told;

    (void)state;
    cpus[3].state = IRX_CPU_HELD; /* held, and the list does not say so */
    cpus[3].apic_id = 3;
    refused(IRX_LE_MISMATCH, "cpu_record.held", IRX_LE_NO_DOMAIN);
    cpus[2].state = IRX_CPU_RELEASED;
    refused(IRX_LE_STATE, "cpu.state", IRX_LE_NO_DOMAIN);
    cpus[2].state = IRX_CPU_DRAINING;
    accepted();
    cpus[2].state = IRX_CPU_DEAD;
    accepted(); /* it is nobody's: the next Xen does not start it either */
    told = (struct irx_cpu_record *)(record(IRX_REC_CPUS, 0) + 1);
    told[2].cpu_entry = 1; /* two in one entry */
    refused(IRX_LE_MISMATCH, "cpu.apic_id", IRX_LE_NO_DOMAIN);
}

/* ---- Between domains ---- */

static void two_domains_in_one_place(void **state)
{
    struct irx_extent *e = at(anchor->data.off + 0x10e0);

    (void)state;
    domain(0)->vcpu_first = 1; /* dom2's first vCPU has the same number */
    domain(0)->evtchn_abi = IRX_EVTCHN_2L;
    domain(0)->fifo_array_count = 0;
    refused(IRX_LE_OVERLAP, "domain.vcpu_first", 2);
    *e = *extent(0, 0); /* among dom2's arrays, though on none of them */
    domain(0)->extents = anchor->data.off + 0x10e0;
    domain(0)->extent_count = 1;
    refused(IRX_LE_OVERLAP, "domain.data", 2);
}

static void ends_that_do_not_meet(void **state)
{
    (void)state;
    port(HELP_DOM0_ENTRY, 13)->state = IRX_PORT_UNBOUND;
    refused(IRX_LE_MISMATCH, "port.remote_port", 2);
    port(HELP_DOM0_ENTRY, 13)->remote_port = 2;
    refused(IRX_LE_MISMATCH, "port.remote_port", 2);
    port(HELP_DOM0_ENTRY, 13)->remote_domid = 1;
    refused(IRX_LE_MISMATCH, "port.remote_port", 2);
    port(0, 1)->remote_domid = 1; /* with itself, as it should be */
    port(0, 1)->remote_port = 3;
    port(0, 3)->state = IRX_PORT_INTERDOMAIN;
    port(0, 3)->remote_domid = 1;
    port(0, 3)->remote_port = 1;
    port(HELP_DOM0_ENTRY, 12)->state = IRX_PORT_CLOSED;
    accepted();
}

/* XSM's dummy lets dom0 map pages of Xen itself (DOMID_XEN): nobody brings those back. */
static void pages_of_nobody(void **state)
{
    (void)state;
    extent(HELP_DOM0_ENTRY, 2)->type = IRX_P2M_FOREIGN;
    extent(HELP_DOM0_ENTRY, 2)->owner = 0x7ff2;
    refused(IRX_LE_CARRIED, "extent.owner", 0);
}

/* ---- What only its own Xen can go on with ---- */

static void ports_that_are_not_carried(void **state)
{
    const struct irx_limits none = IRX_LIMITS_NONE;
    struct irx_domain_view view;

    (void)state;
    port(2, 2)->flags = IRX_PORT_F_CONSUMER;
    port(2, 2)->consumer = 3;
    assert_int_equal(irx_domain_validate_events(anchor, 2, IRX_STAGE_ENTER, &none, &view, NULL), 0);
    assert_int_equal(irx_domain_validate_events(anchor, 2, IRX_STAGE_HANDOVER, &none, &view, NULL),
                     -EOPNOTSUPP);
    refused(IRX_LE_CARRIED, "port.flags", 2);
    port(2, 2)->state = IRX_PORT_PIRQ;
    assert_int_equal(irx_domain_validate_events(anchor, 2, IRX_STAGE_ENTER, &none, &view, NULL), 0);
    accepted(); /* a guest's: nothing stands behind it */
    port(HELP_DOM0_ENTRY, 2)->state = IRX_PORT_PIRQ;
    refused(IRX_LE_CARRIED, "port.state", 0);
}

/* What a guest had before it took another layout of shared_info stays. */
static void what_a_guest_had_before_its_layout(void **state)
{
    (void)state;
    vcpu(1)->vcpu_info_offset = 68;
    accepted();
    domain(2)->flags |= IRX_DOMF_SHINFO_32BIT;
    vcpu(1)->vcpu_info_offset = 66;
    refused(IRX_LE_ALIGNMENT, "vcpu.vcpu_info_offset", 2);
}

static void a_page_of_events_that_is_nowhere(void **state)
{
    uint64_t *gfn = at(domain(0)->fifo_array);

    (void)state;
    *gfn = ~0ull;
    accepted();
    *gfn = ~0ull - 1;
    refused(IRX_LE_BOUNDS, "domain.fifo_array[]", 1);
}

/* ---- The reader's machine ---- */

static void limits_of_the_reader(void **state)
{
    struct irx_limits limits = {.end_mfn = 0x14000, .end_gfn = 0xfeff1};
    struct irx_domain_view view;

    (void)state;
    assert_int_equal(irx_domain_validate_memory(anchor, 0, &limits, &view, &err), 0);
    assert_ptr_equal(view.d, domain(0));
    assert_ptr_equal(view.extents, extent(0, 0));
    limits.end_mfn--;
    assert_int_equal(irx_domain_validate_memory(anchor, 0, &limits, &view, &err), -EINVAL);
    assert_string_equal(err.what, "extent.mfn");
    assert_int_equal(err.domid, 1);
    assert_null(view.d);
    limits = (struct irx_limits){.end_mfn = 0x14000, .end_gfn = 0xfeff0};
    assert_int_equal(irx_domain_validate_memory(anchor, 0, &limits, &view, &err), -EINVAL);
    assert_string_equal(err.what, "extent.gfn");
}

/* ---- Noise ---- */

/* R between pages that nobody may touch. */
static uint8_t *map_region(void)
{
    const size_t page = 4096;
    uint8_t *all = mmap(NULL, HELP_REGION_SIZE + 2 * page, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    assert_ptr_not_equal(all, MAP_FAILED);
    assert_int_equal(mprotect(all + page, HELP_REGION_SIZE, PROT_READ | PROT_WRITE), 0);
    return all + page;
}

/* One byte changed under right CRCs: refused or not, and nothing outside R is read. */
static void noise_stays_in_r(void **state)
{
    static const uint8_t values[] = {0x00, 0x7f, 0xff};
    uint8_t *r = map_region();
    unsigned int seen[2] = {0}, v;
    size_t n;

    (void)state;
    memcpy(r, region, sizeof(region));
    for (n = 0; n < sizeof(region); n++)
        for (v = 0; v < sizeof(values); v++) {
            if (((const uint8_t *)region)[n] == values[v] || (n > 0x6000 && n % 7))
                continue;
            r[n] = values[v];
            seen[!help_read(r, &err)]++;
            if (n >= HELP_SECTIONS || (n >= 0xf000 && n < 0x12000)) {
                help_seal_region(r);
                seen[!help_read(r, &err)]++;
                memcpy(r + 0x2000, (uint8_t *)region + 0x2000, 0x1000); /* the CRCs too */
                memcpy(r + HELP_SECTIONS, (uint8_t *)region + HELP_SECTIONS,
                       sizeof(region) - HELP_SECTIONS);
            }
            r[n] = ((const uint8_t *)region)[n];
        }
    assert_true(seen[0] > 1000);
    assert_true(seen[1] > 1000);
    munmap(r - 4096, HELP_REGION_SIZE + 2 * 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(records_that_must_be_there, fill_region),
        cmocka_unit_test_setup(sections_of_another_handoff, fill_region),
        cmocka_unit_test_setup(a_domain_that_one_side_lacks, fill_region),
        cmocka_unit_test_setup(an_entry_that_no_record_tells_of, fill_region),
        cmocka_unit_test_setup(records_of_dom0_in_a_guest, fill_region),
        cmocka_unit_test_setup(dom0_is_the_one_that_was_saved, fill_region),
        cmocka_unit_test_setup(cpus_of_one_side_only, fill_region),
        cmocka_unit_test_setup(two_domains_in_one_place, fill_region),
        cmocka_unit_test_setup(ends_that_do_not_meet, fill_region),
        cmocka_unit_test_setup(pages_of_nobody, fill_region),
        cmocka_unit_test_setup(ports_that_are_not_carried, fill_region),
        cmocka_unit_test_setup(what_a_guest_had_before_its_layout, fill_region),
        cmocka_unit_test_setup(a_page_of_events_that_is_nowhere, fill_region),
        cmocka_unit_test_setup(limits_of_the_reader, fill_region),
        cmocka_unit_test_setup(noise_stays_in_r, fill_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
