/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The validators of the anchor and the tables, where no wrong field of a sound region leads: what is
 * absent, what an older version lacks, states that come together, edges that are still legal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/sections.h>

#include "help_region.h"

static const struct irx_limits none = IRX_LIMITS_NONE;

/* ---- The anchor ---- */

static int judge_anchor(void)
{
    return irx_anchor_validate(anchor, anchor->region_base, anchor->region_size, &err);
}

static void size_of_the_region(void **state)
{
    (void)state;
    anchor->region_size = HELP_REGION_SIZE - 0x1000;
    says(judge_anchor(), IRX_LE_ALIGNMENT, "anchor.region_base");
    anchor->region_size = 0;
    says(judge_anchor(), IRX_LE_BOUNDS, "anchor.region_size");
}

static void a_log_has_to_be_there(void **state)
{
    (void)state;
    memset(&anchor->log, 0, sizeof(anchor->log));
    says(judge_anchor(), IRX_LE_SIZE, "anchor.log");
}

static void no_image_has_no_entry(void **state)
{
    (void)state;
    anchor->shim_image_size = 0;
    anchor->shim_entry = ~0u;
    says(judge_anchor(), IRX_LE_NONE, NULL);
}

/* What 1.1 has and 1.0 has not may be anything in an anchor of 1.0. */
static void an_anchor_of_version_1_0(void **state)
{
    (void)state;
    anchor->xen.changeset[sizeof(anchor->xen.changeset) - 1] = 'x';
    anchor->spec.flags = ~0u;
    assert_int_not_equal(judge_anchor(), 0);
    anchor->version = IRX_VERSION(1, 0);
    anchor->size = irx_layout_size(&irx_layout_irx_anchor, anchor->version);
    assert_true(anchor->size < sizeof(*anchor));
    says(judge_anchor(), IRX_LE_NONE, NULL);
}

static void settings_that_were_not_given(void **state)
{
    (void)state;
    memset(&anchor->spec, 0, sizeof(anchor->spec));
    says(judge_anchor(), IRX_LE_NONE, NULL);
    anchor->spec.ssbd = IRX_SSBD_SPEC_CTRL;
    says(judge_anchor(), IRX_LE_RANGE, "anchor.spec.ssbd");
    anchor->spec.ssbd = 0;
    anchor->spec.host_ctrl = 2;
    says(judge_anchor(), IRX_LE_RANGE, "anchor.spec.host_ctrl");
}

/* ---- CPUs ---- */

static void a_host_that_holds_none(void **state)
{
    static const struct irx_cpu_record boot = {.cpu_entry = ~0u};
    struct irx_cpu *cpus = at(anchor->cpus.off);

    (void)state;
    anchor->shim_state = IRX_SHIM_FAILED;
    says(irx_cpus_validate(anchor, &boot, 1, &err), IRX_LE_STATE, "anchor.shim_state");
    cpus[1].state = cpus[2].state = IRX_CPU_XEN;
    says(irx_cpus_validate(anchor, &boot, 1, &err), IRX_LE_NONE, NULL);
}

/* Since 1.1: no shim of before says so. */
static void a_dead_cpu(void **state)
{
    static const struct irx_cpu_record boot = {.cpu_entry = ~0u};
    struct irx_cpu *cpus = at(anchor->cpus.off);

    (void)state;
    cpus[1].state = IRX_CPU_XEN;
    cpus[2].state = IRX_CPU_DEAD;
    anchor->version = IRX_VERSION(1, 0);
    says(irx_cpus_validate(anchor, &boot, 1, &err), IRX_LE_STATE, "cpu.state");
    cpus[2].state = IRX_CPU_XEN;
    says(irx_cpus_validate(anchor, &boot, 1, &err), IRX_LE_NONE, NULL);
}

/* The early section is older than the CPU that left, and tells of it as held. */
static void cpus_past_a_deaf_one(void **state)
{
    static const struct irx_cpu_record records[] = {{.apic_id = 0, .cpu_entry = ~0u},
                                                    {.apic_id = 1, .held = 1, .cpu_entry = 1},
                                                    {.apic_id = 2, .held = 1, .cpu_entry = 2}};
    struct irx_cpu *cpus = at(anchor->cpus.off);

    (void)state;
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_NONE, NULL);
    cpus[1].state = IRX_CPU_XEN;
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_STATE, "cpu.state");
    anchor->watch.deaf = 1;
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_STATE, "cpu.state");
    anchor->xen_apic_id = 1;
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_NONE, NULL);
    cpus[2].state = IRX_CPU_RELEASED; /* a thread of its core */
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_NONE, NULL);
    cpus[2].state = IRX_CPU_DRAINING;
    cpus[0] = (struct irx_cpu){.state = IRX_CPU_DEAD,
                               .apic_id = 0}; /* what the fallback makes of it */
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_NONE, NULL);
    cpus[0].state = IRX_CPU_HELD;
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_STATE, "cpu.state");
    cpus[0].state = IRX_CPU_DEAD;
    anchor->version = IRX_VERSION(1, 0);
    says(irx_cpus_validate(anchor, records, 3, &err), IRX_LE_STATE, "cpu.state");
}

/* ---- Domains ---- */

static int judge_domain(uint32_t stage)
{
    return irx_domain_validate(anchor, domain(2), 2, stage, &none, &err);
}

static void states_by_stage(void **state)
{
    static const uint32_t held[] = {IRX_DOM_RUNNING, IRX_DOM_FREEZING, IRX_DOM_FROZEN};
    static const uint32_t before[] = {IRX_DOM_PREPARED, IRX_DOM_ENTERING, IRX_DOM_CLAIMED};
    struct irx_domain *d = domain(2);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        d->state = held[i];
        says(judge_domain(IRX_STAGE_HANDOVER), IRX_LE_NONE, NULL);
        d->flags |= IRX_DOMF_DOM0; /* which is never held */
        says(judge_domain(IRX_STAGE_HANDOVER), IRX_LE_STATE, "domain.state");
        d->flags &= ~IRX_DOMF_DOM0;
        d->state = before[i];
        says(judge_domain(IRX_STAGE_PREPARE), IRX_LE_NONE, NULL);
        says(judge_domain(IRX_STAGE_ENTER), IRX_LE_NONE, NULL);
        says(judge_domain(IRX_STAGE_HANDOVER), IRX_LE_STATE, "domain.state");
    }
    d->state = IRX_DOM_PREPARING;
    says(judge_domain(IRX_STAGE_PREPARE), IRX_LE_NONE, NULL);
    says(judge_domain(IRX_STAGE_ENTER), IRX_LE_STATE, "domain.state");
}

/* One of PV stays with Xen: at no stage does the shim have it. */
static void a_pv_domain_is_never_in_the_shim(void **state)
{
    static const uint32_t states[] = {IRX_DOM_PREPARED, IRX_DOM_ENTERING, IRX_DOM_RUNNING,
                                      IRX_DOM_FREEZING, IRX_DOM_FROZEN,   IRX_DOM_CLAIMED};
    static const uint32_t stages[] = {IRX_STAGE_PREPARE, IRX_STAGE_ENTER, IRX_STAGE_HANDOVER};
    struct irx_domain *d = domain(2);

    (void)state;
    d->flags |= IRX_DOMF_PV;
    for (uint32_t stage = 0; stage < 3; stage++) {
        for (uint32_t i = 0; i < 6; i++) {
            d->state = states[i];
            says(judge_domain(stages[stage]), IRX_LE_STATE, "domain.state");
        }
        d->state = IRX_DOM_SAVED;
        says(judge_domain(stages[stage]), IRX_LE_NONE, NULL);
    }
}

static void widths_of_fip(void **state)
{
    static const uint64_t right[] = {0, 4, 8}, wrong[] = {1, 5, 9, 1ull << 32 | 4};
    uint64_t *fip = &domain(2)->params[36];

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        *fip = right[i];
        says(judge_domain(IRX_STAGE_HANDOVER), IRX_LE_NONE, NULL);
    }
    for (uint32_t i = 0; i < 4; i++) {
        *fip = wrong[i];
        says(judge_domain(IRX_STAGE_HANDOVER), IRX_LE_RANGE, "domain.params");
        says(judge_domain(IRX_STAGE_ENTER), IRX_LE_NONE, NULL);
    }
}

/* As many extents, but others. */
static void extents_that_move_between_pieces(void **state)
{
    struct irx_domain *d = domain(2);
    struct irx_domain_view view;
    struct irx_walk w = {.count = 0};
    uint64_t elsewhere = anchor->data.off + 0x3000;

    (void)state;
    assert_int_equal(irx_domain_validate_memory_some(anchor, 2, &none, &w, 1, &view, &err), 1);
    memcpy(at(elsewhere), at(d->extents), d->extent_count * sizeof(struct irx_extent));
    d->extents = elsewhere;
    says(irx_domain_validate_memory_some(anchor, 2, &none, &w, 1, &view, &err), IRX_LE_MISMATCH,
         "domain.extents");
    assert_null(view.d);
}

static void what_is_wrong_is_not_sealed(void **state)
{
    struct irx_domain *d = domain(2);
    uint32_t policy = d->policy_crc;
    uint32_t *msr = at(d->msrs);

    (void)state;
    msr[1] = 1; /* flags */
    says(irx_domain_seal_memory(anchor, d, 2, &none, &err), IRX_LE_RESERVED, "domain.msrs[].flags");
    msr[1] = 0;
    d->leaf_count = 0;
    says(irx_domain_seal_memory(anchor, d, 2, &none, &err), IRX_LE_SIZE, "domain.leaf_count");
    d->leaf_count = 1; /* another policy: only now there is a new sum */
    says(irx_domain_seal_memory(anchor, d, 2, &none, &err), IRX_LE_NONE, NULL);
    assert_int_not_equal(d->policy_crc, policy);
}

/* What the shim may have changed, and nothing else of the ports, is looked at again. */
static void a_claim(void **state)
{
    struct irx_domain *d = domain(2);
    struct irx_domain_view view = {.d = NULL};
    struct irx_port *ports = at(d->ports);

    (void)state;
    ports[1].state = 77;
    says(irx_domain_validate_claim(anchor, 2, &none, &view, &err), IRX_LE_NONE, NULL);
    assert_ptr_equal(view.d, d);
    assert_ptr_equal(view.ports, ports);
    view.d = NULL;
    ports[1].last_vcpu = d->vcpu_count;
    assert_int_equal(irx_domain_validate_claim(anchor, 2, &none, &view, &err), -EINVAL);
    assert_int_equal(err.domid, d->domid);
    says(-1, IRX_LE_RANGE, "port.last_vcpu");
    d->port_count = 0;
    says(irx_domain_validate_claim(anchor, 2, &none, &view, &err), IRX_LE_RANGE,
         "domain.port_count");
    assert_null(view.d);
}

/* ---- Between domains ---- */

static struct irx_domain_view view_of(uint32_t entry)
{
    struct irx_domain_view view;

    assert_int_equal(
        irx_domain_validate_events(anchor, entry, IRX_STAGE_HANDOVER, &none, &view, &err), 0);
    return view;
}

static void any_order_of_domains(void **state)
{
    struct irx_domain_view views[] = {view_of(HELP_DOM0_ENTRY), view_of(2), view_of(0)};

    (void)state;
    says(irx_links_validate(views, 3, &err), IRX_LE_NONE, NULL);
}

static void links_that_lead_nowhere(void **state)
{
    struct irx_domain_view views[] = {view_of(0), view_of(2), view_of(HELP_DOM0_ENTRY)};
    struct irx_port *end = (struct irx_port *)at(domain(2)->ports) + 1;

    (void)state;
    end->remote_port = HELP_PORTS;
    says(irx_links_validate(views, 3, &err), IRX_LE_BOUNDS, "port.remote_port");
    assert_int_equal(irx_links_validate(views, 3, NULL), -EINVAL);
    end->remote_port = 13;
    domain(2)->domid = 1;
    says(irx_links_validate(views, 3, &err), IRX_LE_OVERLAP, "domain.domid");
}

/* ---- vCPUs ---- */

static int judge_vcpu(uint32_t entry, uint32_t id)
{
    const struct irx_domain *d = domain(entry);

    return irx_vcpu_validate(anchor, d, vcpu(d->vcpu_first + id), id, &none, &err);
}

static void who_runs_and_who_does_not(void **state)
{
    (void)state;
    domain(2)->state = IRX_DOM_FREEZING;
    says(judge_vcpu(2, 0), IRX_LE_NONE, NULL);
    domain(2)->state = IRX_DOM_FROZEN;
    says(judge_vcpu(2, 0), IRX_LE_STATE, "vcpu.state");
}

/* One that was never brought up: its registers are nobody's. */
static void a_vcpu_without_registers(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    v->state = IRX_VCPU_DOWN;
    v->flags = IRX_VCPUF_INITIALISED;
    memset(v->cpu, 0xff, sizeof(v->cpu));
    assert_int_not_equal(judge_vcpu(2, 1), 0);
    v->flags = 0;
    says(judge_vcpu(2, 1), IRX_LE_NONE, NULL);
}

static void a_vcpu_without_extended_state(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    v->xsave_size = 0;
    memset(v->xsave, 0xff, sizeof(v->xsave));
    says(judge_vcpu(2, 1), IRX_LE_SIZE, "vcpu.xsave_size");
    v->flags &= ~IRX_VCPUF_XSAVE;
    says(judge_vcpu(2, 1), IRX_LE_NONE, NULL);
}

static void periods(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    v->periodic_period = 0; /* no timer */
    says(judge_vcpu(2, 1), IRX_LE_NONE, NULL);
    v->periodic_period = ~0ull >> 2;
    says(judge_vcpu(2, 1), IRX_LE_NONE, NULL);
    v->periodic_period++;
    says(judge_vcpu(2, 1), IRX_LE_RANGE, "vcpu.periodic_period");
}

static void where_vcpu_info_is(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    v->vcpu_info_gfn = ~0ull; /* in shared_info, or given away */
    says(judge_vcpu(2, 1), IRX_LE_MISMATCH, "vcpu.vcpu_info_mfn");
    v->vcpu_info_mfn = domain(2)->shared_info_mfn;
    says(judge_vcpu(2, 1), IRX_LE_NONE, NULL);
    v->vcpu_info_mfn = ~0ull; /* it has none */
    v->vcpu_info_offset = ~0u;
    says(judge_vcpu(2, 1), IRX_LE_NONE, NULL);
    v->vcpu_info_gfn = ~0ull - 1;
    says(judge_vcpu(2, 1), IRX_LE_BOUNDS, "vcpu.vcpu_info_gfn");
}

static void no_control_block(void **state)
{
    struct irx_vcpu *v = vcpu(0);

    (void)state;
    v->fifo_control_offset = 4;
    says(judge_vcpu(0, 0), IRX_LE_BOUNDS, "vcpu.fifo_control_offset");
    v->fifo_control_gfn = ~0ull;
    says(judge_vcpu(0, 0), IRX_LE_NONE, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(size_of_the_region, fill_region),
        cmocka_unit_test_setup(a_log_has_to_be_there, fill_region),
        cmocka_unit_test_setup(no_image_has_no_entry, fill_region),
        cmocka_unit_test_setup(an_anchor_of_version_1_0, fill_region),
        cmocka_unit_test_setup(settings_that_were_not_given, fill_region),
        cmocka_unit_test_setup(a_host_that_holds_none, fill_region),
        cmocka_unit_test_setup(a_dead_cpu, fill_region),
        cmocka_unit_test_setup(cpus_past_a_deaf_one, fill_region),
        cmocka_unit_test_setup(states_by_stage, fill_region),
        cmocka_unit_test_setup(a_pv_domain_is_never_in_the_shim, fill_region),
        cmocka_unit_test_setup(widths_of_fip, fill_region),
        cmocka_unit_test_setup(extents_that_move_between_pieces, fill_region),
        cmocka_unit_test_setup(what_is_wrong_is_not_sealed, fill_region),
        cmocka_unit_test_setup(a_claim, fill_region),
        cmocka_unit_test_setup(any_order_of_domains, fill_region),
        cmocka_unit_test_setup(links_that_lead_nowhere, fill_region),
        cmocka_unit_test_setup(who_runs_and_who_does_not, fill_region),
        cmocka_unit_test_setup(a_vcpu_without_registers, fill_region),
        cmocka_unit_test_setup(a_vcpu_without_extended_state, fill_region),
        cmocka_unit_test_setup(periods, fill_region),
        cmocka_unit_test_setup(where_vcpu_info_is, fill_region),
        cmocka_unit_test_setup(no_control_block, fill_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
