/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The validators of the sections' records, where no wrong field of a sound section leads: several
 * of a kind, grants of version 2, nothing at all, arrays that have grown since, a PV dom0.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/sections.h>

#include "help_region.h"
#include "help_stream.h"

static const struct irx_limits none = IRX_LIMITS_NONE;
static struct help_stream t;
static struct irx_stream s;

static int setup(void **state)
{
    help_early(&t);
    return fill_region(state);
}

/* What the first record of this type and instance holds, in `t`. */
static void *payload(uint32_t type, uint32_t instance)
{
    const struct irx_record *rec;

    help_seal(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, 0, NULL), 0);
    rec = irx_stream_find(&s, type, instance, NULL);
    assert_non_null(rec);
    return help_bytes(&t) + ((const uint8_t *)(rec + 1) - help_bytes(&t));
}

/* ---- The early section ---- */

static int judge_early(void)
{
    struct irx_early early;

    help_seal(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, IRX_SECTION_EARLY, NULL), 0);
    return irx_early_validate(&s, anchor, &none, &early, &err);
}

static void a_host_whose_timer_was_not_measured(void **state)
{
    struct irx_time_record *time = payload(IRX_REC_TIME, 0);

    (void)state;
    time->apic_timer_hz = 0;
    says(judge_early(), IRX_LE_NONE, NULL);
    time->apic_timer_hz = 1;
    says(judge_early(), IRX_LE_RANGE, "time_record.apic_timer_hz");
}

static void write_cpus(uint32_t n)
{
    static const struct irx_cpu_record plain = {.cpu_entry = ~0u};
    const struct irx_time_record time = {.tsc_khz = 1000000, .scale = {.mul = 1}};
    const struct irx_firmware_record firmware = {.rsdp = 0};
    struct irx_writer w;

    help_writer(&w, t.words, sizeof(t.words), IRX_SECTION_EARLY);
    irx_writer_record(&w, IRX_REC_PRESERVED, 0, &plain, 0);
    irx_writer_begin(&w, IRX_REC_CPUS, 0, 0);
    for (uint32_t i = 0; i < n; i++)
        irx_writer_put(&w, &plain, sizeof(plain));
    irx_writer_end(&w);
    irx_writer_record(&w, IRX_REC_TIME, 0, &time, sizeof(time));
    irx_writer_record(&w, IRX_REC_FIRMWARE, 0, &firmware, sizeof(firmware));
    assert_int_equal(irx_writer_finish(&w, &t.size, NULL), 0);
}

static void as_many_cpus_as_there_is_room_for(void **state)
{
    (void)state;
    write_cpus(0);
    says(judge_early(), IRX_LE_SIZE, "cpu_record");
    write_cpus(anchor->cpus.count);
    says(judge_early(), IRX_LE_NONE, NULL);
    write_cpus(anchor->cpus.count + 1);
    says(judge_early(), IRX_LE_SIZE, "cpu_record");
}

/* Of a build whose arrays have grown: it cannot use the stream's where they lie. */
static void arrays_that_have_grown(void **state)
{
    static const uint32_t types[] = {IRX_REC_PRESERVED, IRX_REC_CPUS};
    static const char *const names[] = {"preserved", "cpu_record"};
    struct irx_type_info later[64];
    struct irx_early early;
    struct irx_stream read;

    (void)state;
    assert_true(irx_schema_native.nr_types <= 64);
    for (uint32_t i = 0; i < 2; i++) {
        const struct irx_type_info *info = irx_schema_type(&irx_schema_native, types[i]);
        const uint32_t size = irx_layout_native(info->layout);
        const struct irx_form forms[] = {{IRX_VERSION(1, 0), size}, {IRX_VERSION(1, 9), size + 8}};
        const struct irx_layout grown = {.name = "grown", .forms = forms, .nr_forms = 2};
        struct irx_schema schema = irx_schema_native;

        memcpy(later, schema.types, schema.nr_types * sizeof(later[0]));
        later[info - schema.types].layout = &grown;
        schema.types = later;
        assert_int_equal(irx_stream_validate(&read, t.words, t.size, 0, NULL), 0);
        read.schema = &schema;
        says(irx_early_validate(&read, anchor, &none, &early, &err), IRX_LE_VERSION, names[i]);
    }
}

/* ---- The late section ---- */

static int judge_late(struct irx_live_error *to)
{
    help_seal(&t);
    assert_int_equal(irx_stream_validate(&s, t.words, t.size, IRX_SECTION_LATE, NULL), 0);
    return irx_late_validate(&s, anchor, &none, to);
}

static void begin_late(struct irx_writer *w)
{
    help_writer(w, t.words, sizeof(t.words), IRX_SECTION_LATE);
}

static void finish(struct irx_writer *w)
{
    assert_int_equal(irx_writer_finish(w, &t.size, NULL), 0);
}

/* dom0 with two mappings, domain 1 with two grants that it has mapped, domain 2. */
static void write_late(void)
{
    static const struct irx_memmap_entry e820 = {.size = 0x9f000, .type = 1};
    static const struct irx_cpupool pool = {.sched_id = IRX_SCHED_CREDIT2, .cpus = {7}};
    static const struct irx_maptrack maps[] = {{.ref = 8, .domid = 1, .flags = 2},
                                               {.ref = 9, .domid = 1, .flags = 2, .handle = 1}};
    static const struct irx_grant_active grants[] = {
        {.ref = 8, .pin = 1, .length = 4096, .mfn = 0x10008, .trans_domid = 1},
        {.ref = 9, .pin = 1, .length = 4096, .mfn = 0x10009, .trans_domid = 1}};
    struct irx_writer w;

    begin_late(&w);
    help_fill_domain(&w, 0, 2);
    irx_writer_record(&w, IRX_REC_MAPTRACK, 0, maps, sizeof(maps));
    irx_writer_record(&w, IRX_REC_E820, 0, &e820, sizeof(e820));
    irx_writer_record(&w, IRX_REC_CPUPOOLS, 0, &pool, sizeof(pool));
    help_fill_domain(&w, 1, 1);
    irx_writer_record(&w, IRX_REC_GRANT_ACTIVE, 1, grants, sizeof(grants));
    help_fill_domain(&w, 2, 2);
    finish(&w);
}

static void a_section_without_dom0(void **state)
{
    struct irx_writer w;

    (void)state;
    begin_late(&w);
    finish(&w);
    says(judge_late(&err), IRX_LE_MISSING, "domain_record");
    begin_late(&w);
    help_fill_domain(&w, 1, 1);
    finish(&w);
    says(judge_late(&err), IRX_LE_MISSING, "domain_record");
}

static void grants_in_order(void **state)
{
    struct irx_grant_active *grants;
    struct irx_maptrack *maps;

    (void)state;
    write_late();
    says(judge_late(&err), IRX_LE_NONE, NULL);
    grants = payload(IRX_REC_GRANT_ACTIVE, 1);
    grants[1].ref = 8; /* once more */
    says(judge_late(&err), IRX_LE_ORDER, "grant_active.ref");
    assert_int_equal(judge_late(NULL), -EINVAL);
    write_late();
    maps = payload(IRX_REC_MAPTRACK, 0);
    maps[0].handle = 5;
    says(judge_late(&err), IRX_LE_ORDER, "maptrack.handle");
}

/* A table of version 2: half as many entries in a frame, and frames of their states. */
static void grants_of_version_2(void **state)
{
    struct irx_grant_table *table;
    struct irx_grant_frame *frames;
    struct irx_grant_active *grants;

    (void)state;
    write_late();
    table = payload(IRX_REC_GRANT_TABLE, 1);
    frames = payload(IRX_REC_GRANT_FRAMES, 1);
    grants = payload(IRX_REC_GRANT_ACTIVE, 1);
    table->version = 2;
    table->nr_frames = table->nr_status_frames = 1;
    frames[1].status = 1;
    frames[1].index = 0;
    says(judge_late(&err), IRX_LE_NONE, NULL);
    grants[1].ref = 256; /* where a table of version 1 has one more */
    says(judge_late(&err), IRX_LE_BOUNDS, "grant_active.ref");
    frames[1].index = 1;
    says(judge_late(&err), IRX_LE_ORDER, "grant_frame.index");
}

static void what_one_domain_alone_has(void **state)
{
    struct irx_domain_record *one, *two;

    (void)state;
    write_late();
    one = payload(IRX_REC_DOMAIN, 1);
    two = payload(IRX_REC_DOMAIN, 2);
    one->virqs = 1u << 3;
    two->virqs = 1u << 4;
    two->target = 1; /* whose device model it is */
    says(judge_late(&err), IRX_LE_NONE, NULL);
    two->virqs |= 1u << 3;
    says(judge_late(&err), IRX_LE_OVERLAP, "domain_record.virqs");
    two->virqs = 0;
    two->target = 3;
    says(judge_late(&err), IRX_LE_MISSING, "domain_record.target");
}

/* ---- A PV dom0 ---- */

/* The late section of a region that has one; the anchor and the tables are its own. */
static int setup_pv(void **state)
{
    (void)state;
    memset(region, 0, sizeof(region));
    help_fill_region_pv(region);
    memcpy(t.words, at(anchor->late.off), anchor->late_used);
    t.size = anchor->late_used;
    return 0;
}

static void a_domain_that_is_not_pv(void **state)
{
    (void)state;
    says(judge_late(&err), IRX_LE_NONE, NULL);
    domain(HELP_DOM0_ENTRY)->flags &= ~IRX_DOMF_PV;
    says(judge_late(&err), IRX_LE_OWNER, "pv_domain");
}

static void no_map_of_eois(void **state)
{
    struct irx_pv_domain *d = payload(IRX_REC_PV_DOMAIN, 0);

    (void)state;
    d->eoi_map_mfn = 0;
    says(judge_late(&err), IRX_LE_BOUNDS, "pv_domain.eoi_map_mfn");
    d->flags = 0; /* then its frame is none, too */
    says(judge_late(&err), IRX_LE_NONE, NULL);
}

static void vcpus_without_a_record(void **state)
{
    struct irx_record *rec = (struct irx_record *)payload(IRX_REC_PV_VCPU, 0) - 1;

    (void)state;
    rec->type = IRX_RECORD_OPTIONAL | 1; /* which readers skip */
    says(judge_late(&err), IRX_LE_SIZE, "pv_vcpu");
}

static void pirqs_in_order(void **state)
{
    struct irx_pv_pirq *p = payload(IRX_REC_PV_PIRQ, 0);

    (void)state;
    p[2].pirq = p[1].pirq; /* once more */
    says(judge_late(&err), IRX_LE_ORDER, "pv_pirq.pirq");
    p[2].pirq = p[1].pirq + 1;
    says(judge_late(&err), IRX_LE_NONE, NULL);
}

static void a_pirq_with_nothing_behind_it(void **state)
{
    struct irx_pv_pirq *p = payload(IRX_REC_PV_PIRQ, 0);

    (void)state;
    p[1].kind = IRX_PIRQ_NONE;
    p[1].sbdf = 0x11; /* of no meaning */
    says(judge_late(&err), IRX_LE_NONE, NULL);
    p[1].flags = IRX_PIRQ_F_SHAREABLE; /* legal where something is mapped */
    says(judge_late(&err), IRX_LE_MISMATCH, "pv_pirq.flags");
}

static void the_port_of_another_pirq(void **state)
{
    struct irx_pv_pirq *p = payload(IRX_REC_PV_PIRQ, 0);
    struct irx_port *port = (struct irx_port *)at(domain(HELP_DOM0_ENTRY)->ports) + p->evtchn;

    (void)state;
    port->remote_port = p->pirq + 1;
    says(judge_late(&err), IRX_LE_MISMATCH, "pv_pirq.evtchn");
    port->remote_port = p->pirq;
    says(judge_late(&err), IRX_LE_NONE, NULL);
}

/* Nobody has looked at the domain's entry before its records. */
static void ports_that_are_not_in_the_region(void **state)
{
    struct irx_domain *d = domain(HELP_DOM0_ENTRY);
    const uint64_t ports = d->ports, end = HELP_REGION_SIZE;
    const uint64_t wrong[] = {ports + 4, end + 8, end - 8, ~7ull};
    struct irx_pv_pirq *p;

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        d->ports = wrong[i];
        says(judge_late(&err), IRX_LE_BOUNDS, "domain.ports");
    }
    p = payload(IRX_REC_PV_PIRQ, 0);
    p->flags &= ~IRX_PIRQ_F_BOUND; /* then none of them is looked at */
    says(judge_late(&err), IRX_LE_NONE, NULL);
}

static void buses_that_end_before_they_start(void **state)
{
    struct irx_pv_mmcfg *m = payload(IRX_REC_PV_MMCFG, 0);

    (void)state;
    m->start_bus = m->end_bus = 7; /* one */
    says(judge_late(&err), IRX_LE_NONE, NULL);
    m->start_bus = 8;
    says(judge_late(&err), IRX_LE_BOUNDS, "pv_mmcfg.end_bus");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_host_whose_timer_was_not_measured, setup),
        cmocka_unit_test_setup(as_many_cpus_as_there_is_room_for, setup),
        cmocka_unit_test_setup(arrays_that_have_grown, setup),
        cmocka_unit_test_setup(a_section_without_dom0, setup),
        cmocka_unit_test_setup(grants_in_order, setup),
        cmocka_unit_test_setup(grants_of_version_2, setup),
        cmocka_unit_test_setup(what_one_domain_alone_has, setup),
        cmocka_unit_test_setup(a_domain_that_is_not_pv, setup_pv),
        cmocka_unit_test_setup(no_map_of_eois, setup_pv),
        cmocka_unit_test_setup(vcpus_without_a_record, setup_pv),
        cmocka_unit_test_setup(pirqs_in_order, setup_pv),
        cmocka_unit_test_setup(a_pirq_with_nothing_behind_it, setup_pv),
        cmocka_unit_test_setup(the_port_of_another_pirq, setup_pv),
        cmocka_unit_test_setup(ports_that_are_not_in_the_region, setup_pv),
        cmocka_unit_test_setup(buses_that_end_before_they_start, setup_pv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
