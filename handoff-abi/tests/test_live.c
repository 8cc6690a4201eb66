/* SPDX-License-Identifier: GPL-2.0-only */
/* Validation of anchor and live tables: a sound region passes, each broken field is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <interrex/crc32c.h>
#include <interrex/live.h>

#include "help_region.h"

static const struct irx_limits none = IRX_LIMITS_NONE;

static uint32_t check_anchor(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_anchor_validate(anchor, HELP_REGION_BASE, HELP_REGION_SIZE, &err);
    return err.code;
}

static uint32_t check_handover(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_anchor_validate_handover(anchor, &err);
    return err.code;
}

static uint32_t check_domain(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_domain_validate(anchor, domain(2), 2, IRX_STAGE_ENTER, &none, &err);
    return err.code;
}

static uint32_t check_vcpu(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_vcpu_validate(anchor, domain(2), vcpu(2), 1, &none, &err);
    return err.code;
}

/* Sets a field, expects the code with this name, puts the field back. */
#define BREAK(check, object, field, value_, code_, what_)                                          \
    do {                                                                                           \
        __typeof__((object)->field) kept = (object)->field;                                        \
                                                                                                   \
        (object)->field = (value_);                                                                \
        assert_int_equal(check(), code_);                                                          \
        assert_string_equal(err.what, what_);                                                      \
        (object)->field = kept;                                                                    \
        assert_int_equal(check(), IRX_LE_NONE);                                                    \
    } while (0)

/* ---- Anchor ---- */

static void sound_region_passes(void **state)
{
    (void)state;
    assert_int_equal(irx_anchor_validate(anchor, HELP_REGION_BASE, HELP_REGION_SIZE, NULL), 0);
    assert_int_equal(irx_anchor_validate_handover(anchor, NULL), 0);
    assert_int_equal(irx_domain_validate(anchor, domain(0), 0, IRX_STAGE_HANDOVER, &none, NULL), 0);
    assert_int_equal(irx_domain_validate(anchor, domain(2), 2, IRX_STAGE_HANDOVER, &none, NULL), 0);
    assert_int_equal(irx_vcpu_validate(anchor, domain(0), vcpu(0), 0, &none, NULL), 0);
    assert_int_equal(irx_vcpu_validate(anchor, domain(2), vcpu(1), 0, &none, NULL), 0);
    assert_int_equal(irx_vcpu_validate(anchor, domain(2), vcpu(2), 1, &none, NULL), 0);
}

/* A fallback finds the hand-over as the target did, and that it is one. */
static void hand_over_to_a_fallback(void **state)
{
    (void)state;
    anchor->host_state = IRX_HOST_RECOVERING;
    assert_int_equal(irx_anchor_validate_handover(anchor, NULL), 0);
    BREAK(check_handover, anchor, attempts, 0, IRX_LE_STATE, "anchor.host_state");
    BREAK(check_handover, anchor, version, IRX_VERSION(1, 0), IRX_LE_STATE, "anchor.host_state");
}

static void anchor_identity(void **state)
{
    (void)state;
    BREAK(check_anchor, anchor, magic, 1, IRX_LE_MAGIC, "anchor.magic");
    BREAK(check_anchor, anchor, version, IRX_VERSION(2, 0), IRX_LE_VERSION, "anchor.version");
    BREAK(check_anchor, anchor, version, IRX_ABI_VERSION + 1, IRX_LE_VERSION, "anchor.version");
    BREAK(check_anchor, anchor, version, 0, IRX_LE_VERSION, "anchor.version");
    BREAK(check_anchor, anchor, size, sizeof(*anchor) - 8, IRX_LE_SIZE, "anchor.size");
    BREAK(check_anchor, anchor, region_base, 0, IRX_LE_PLACE, "anchor.region_base");
    BREAK(check_anchor, anchor, region_size, 4096, IRX_LE_PLACE, "anchor.region_size");
    assert_int_equal(irx_anchor_validate(anchor, 0x200000, HELP_REGION_SIZE, &err), -EINVAL);
}

static void anchor_place_of_region(void **state)
{
    (void)state;
    anchor->region_base = 0x30001000;
    assert_int_equal(irx_anchor_validate(anchor, 0x30001000, HELP_REGION_SIZE, &err), -EINVAL);
    assert_int_equal(err.code, IRX_LE_ALIGNMENT);
    anchor->region_base = 0xfe000000; /* its end is above 4 GiB */
    assert_int_equal(irx_anchor_validate(anchor, 0xfe000000, HELP_REGION_SIZE, &err), -EINVAL);
    assert_int_equal(err.code, IRX_LE_BOUNDS);
    anchor->region_base = ~0ull << 21;
    assert_int_equal(irx_anchor_validate(anchor, ~0ull << 21, HELP_REGION_SIZE, &err), -EINVAL);
    assert_int_equal(err.code, IRX_LE_BOUNDS);
}

static void anchor_states(void **state)
{
    (void)state;
    BREAK(check_anchor, anchor, host_state, 7, IRX_LE_RANGE, "anchor.host_state");
    BREAK(check_anchor, anchor, shim_state, 3, IRX_LE_RANGE, "anchor.shim_state");
    BREAK(check_anchor, anchor, xen_alive, 2, IRX_LE_RANGE, "anchor.xen_alive");
    BREAK(check_anchor, anchor, features, 1ull << 50, IRX_LE_RANGE, "anchor.features");
    BREAK(check_anchor, anchor, time.shift, 33, IRX_LE_RANGE, "anchor.time.shift");
    BREAK(check_anchor, anchor, time.shift, INT32_MIN, IRX_LE_RANGE, "anchor.time.shift");
    BREAK(check_anchor, anchor, slots[1].state, 3, IRX_LE_RANGE, "anchor.slots[].state");
    BREAK(check_anchor, anchor, slots[0].reserved, 1, IRX_LE_RESERVED, "irx_anchor");
    BREAK(check_anchor, anchor, xen.extraversion[15], 'x', IRX_LE_RANGE, "anchor.xen");
    BREAK(check_anchor, anchor, xen.compile_info[143], 'x', IRX_LE_RANGE, "anchor.xen");
    BREAK(check_anchor, anchor, xen.capabilities[1023], 'x', IRX_LE_RANGE, "anchor.xen");
    BREAK(check_anchor, anchor, xen.changeset[63], 'x', IRX_LE_RANGE, "anchor.xen");
    anchor->xen_alive = 1;
    BREAK(check_anchor, anchor, xen_vector, 31, IRX_LE_RANGE, "anchor.xen_vector");
    BREAK(check_anchor, anchor, xen_vector, 256, IRX_LE_RANGE, "anchor.xen_vector");
}

static void anchor_tables(void **state)
{
    (void)state;
    BREAK(check_anchor, anchor, cpus.stride, 64, IRX_LE_SIZE, "anchor.cpus");
    BREAK(check_anchor, anchor, vcpus.stride, anchor->vcpus.stride + 8, IRX_LE_ALIGNMENT,
          "anchor.vcpus");
    BREAK(check_anchor, anchor, domains.off, 0x2020, IRX_LE_ALIGNMENT, "anchor.domains");
    BREAK(check_anchor, anchor, cpus.off, 0, IRX_LE_BOUNDS, "anchor.cpus");
    BREAK(check_anchor, anchor, cpus.count, 0, IRX_LE_BOUNDS, "anchor.cpus");
    BREAK(check_anchor, anchor, vcpus.count, ~0u, IRX_LE_BOUNDS, "anchor.vcpus");
    BREAK(check_anchor, anchor, vcpus.off, ~0ull << 6, IRX_LE_BOUNDS, "anchor.vcpus");
    BREAK(check_anchor, anchor, cpus.count, 64, IRX_LE_OVERLAP, "anchor.domains");
}

static void anchor_spans(void **state)
{
    (void)state;
    BREAK(check_anchor, anchor, log.size, 8, IRX_LE_SIZE, "anchor.log");
    BREAK(check_anchor, anchor, data.off, 0xf008, IRX_LE_ALIGNMENT, "anchor.data");
    BREAK(check_anchor, anchor, slots[0].span.off, 0x801000, IRX_LE_ALIGNMENT, "anchor.slots[0]");
    BREAK(check_anchor, anchor, shim.size, ~0ull, IRX_LE_BOUNDS, "anchor.shim");
    BREAK(check_anchor, anchor, shim_heap.off, HELP_REGION_SIZE, IRX_LE_BOUNDS, "anchor.shim_heap");
    BREAK(check_anchor, anchor, early.off, 0, IRX_LE_BOUNDS, "anchor.early");
    BREAK(check_anchor, anchor, shim_heap.off, 0x300000, IRX_LE_OVERLAP, "anchor.shim_heap");
    BREAK(check_anchor, anchor, data_used, 0x5001, IRX_LE_BOUNDS, "anchor.data_used");
    BREAK(check_anchor, anchor, early_used, 0x2001, IRX_LE_BOUNDS, "anchor.early_used");
    BREAK(check_anchor, anchor, late_used, ~0ull, IRX_LE_BOUNDS, "anchor.late_used");
    BREAK(check_anchor, anchor, shim_image_size, 0x200001, IRX_LE_BOUNDS, "anchor.shim_image_size");
    BREAK(check_anchor, anchor, shim_entry, 0x12345, IRX_LE_BOUNDS, "anchor.shim_entry");
}

/* Every two pieces of R laid over one another are seen. */
static void anchor_overlap_of_any_two(void **state)
{
    uint64_t *offs[] = {
        &anchor->cpus.off,      &anchor->domains.off,       &anchor->vcpus.off,
        &anchor->log.off,       &anchor->data.off,          &anchor->early.off,
        &anchor->late.off,      &anchor->entry.off,         &anchor->shim.off,
        &anchor->shim_heap.off, &anchor->slots[0].span.off, &anchor->slots[1].span.off};
    const unsigned int n = sizeof(offs) / sizeof(offs[0]);
    unsigned int i, j;

    (void)state;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            uint64_t kept = *offs[i];

            if (i == j || (i >= 10 && *offs[j] % 0x200000))
                continue; /* a slot moved there would be misaligned first */
            *offs[i] = *offs[j];
            assert_int_equal(check_anchor(), IRX_LE_OVERLAP);
            *offs[i] = kept;
        }
    assert_int_equal(check_anchor(), IRX_LE_NONE);
}

static void absent_spans_are_allowed(void **state)
{
    (void)state;
    memset(&anchor->early, 0, sizeof(anchor->early));
    memset(&anchor->slots, 0, sizeof(anchor->slots));
    memset(anchor->watch.text, 0, sizeof(anchor->watch.text));
    anchor->early_used = 0;
    assert_int_equal(check_anchor(), IRX_LE_NONE);
}

/* ---- Recovery ---- */

/* Whatever lies behind an anchor of 1.0 is not read. */
static void an_older_anchor_has_no_recovery(void **state)
{
    (void)state;
    anchor->version = IRX_VERSION(1, 0);
    anchor->size = irx_layout_size(&irx_layout_irx_anchor, IRX_VERSION(1, 0));
    anchor->failure.off = anchor->fallback.off = 1;
    anchor->fallback_used = ~0ull;
    anchor->attempts = anchor->deadman.limit_ms = ~0u;
    /* Its CPUs' entries are larger than 1.0's, which is allowed. */
    assert_int_equal(check_anchor(), IRX_LE_NONE);
}

static struct irx_fallback fallback;

static int fallback_setup(void **state)
{
    const irx_off_t off = 0x2800000;

    fill_region(state);
    fallback = (struct irx_fallback){
        .size = sizeof(fallback),
        .tables = off + 0x2000,
        .own = off + 0x8000,
        .cpus = off + 0xa000,
        .code = off + 0x1000,
        .image = off + 0xb000,
        .image_size = 0x400000,
        .dest = anchor->slots[1].span.off,
        .entry = anchor->slots[1].span.off + 0x3ff000,
    };
    return 0;
}

static uint32_t check_fallback(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_fallback_validate(anchor, &fallback, &err);
    return err.code;
}

static void what_the_fallback_says(void **state)
{
    struct irx_fallback *f = &fallback;

    (void)state;
    assert_int_equal(check_fallback(), IRX_LE_NONE);
    f->dest = anchor->slots[0].span.off;
    f->entry = f->dest;
    assert_int_equal(check_fallback(), IRX_LE_NONE);
    BREAK(check_fallback, f, size, 8, IRX_LE_SIZE, "fallback.size");
    BREAK(check_fallback, anchor, fallback_used, sizeof(*f) - 1, IRX_LE_SIZE, "fallback.size");
    BREAK(check_fallback, f, tables, anchor->shim.off, IRX_LE_PLACE, "fallback.tables");
    BREAK(check_fallback, f, tables, f->tables + 8, IRX_LE_PLACE, "fallback.tables");
    BREAK(check_fallback, f, own, anchor->fallback.off + anchor->fallback.size - 0x1000,
          IRX_LE_PLACE, "fallback.own");
    BREAK(check_fallback, f, code, 0, IRX_LE_PLACE, "fallback.code");
    BREAK(check_fallback, f, image, ~0xfffull, IRX_LE_PLACE, "fallback.image");
    BREAK(check_fallback, f, image_size, 0, IRX_LE_PLACE, "fallback.image");
    BREAK(check_fallback, f, image_size, f->image_size + 8, IRX_LE_PLACE, "fallback.image");
    BREAK(check_fallback, f, image_size, ~0xfffull, IRX_LE_PLACE, "fallback.image");
    BREAK(check_fallback, f, dest, anchor->data.off, IRX_LE_PLACE, "fallback.dest");
    BREAK(check_fallback, f, dest, anchor->slots[1].span.off + 0xc01000, IRX_LE_PLACE,
          "fallback.dest");
    BREAK(check_fallback, f, entry, f->dest + f->image_size, IRX_LE_PLACE, "fallback.entry");
    BREAK(check_fallback, f, entry, f->dest - 1, IRX_LE_PLACE, "fallback.entry");
    BREAK(check_fallback, f, cpus, anchor->data.off, IRX_LE_PLACE, "fallback.cpus");
    BREAK(check_fallback, f, cpu_count, IRX_FALLBACK_CPUS + 1, IRX_LE_RANGE, "fallback.cpu_count");
}

/* ---- CPUs ---- */

static void cpus(void **state)
{
    struct irx_cpu *c = at(anchor->cpus.off + anchor->cpus.stride);

    (void)state;
    assert_int_equal(irx_cpu_validate(c, 1, NULL), 0);
    c->state = IRX_CPU_DEAD;
    assert_int_equal(irx_cpu_validate(c, 1, NULL), 0);
    c->state = IRX_CPU_DEAD + 1;
    assert_int_equal(irx_cpu_validate(c, 1, &err), -EINVAL);
    assert_string_equal(err.what, "cpu.state");
    c->state = IRX_CPU_HELD;
    c->request = IRX_CPU_REQ_RELEASE_IDLE + 1;
    assert_int_equal(irx_cpu_validate(c, 1, &err), -EINVAL);
    assert_string_equal(err.what, "cpu.request");
}

/* In a table of version 1.0 the next entry follows after 128 bytes. */
static void a_cpu_of_version_1_0(void **state)
{
    uint8_t table[2 * 128];

    (void)state;
    memset(table, 0xff, sizeof(table));
    memset(table, 0, 128);
    assert_int_equal(irx_cpu_validate((const struct irx_cpu *)table, 0, NULL), 0);
}

/* ---- Domains ---- */

static void domain_identity(void **state)
{
    struct irx_domain *d = domain(2);

    (void)state;
    BREAK(check_domain, d, state, 10, IRX_LE_RANGE, "domain.state");
    BREAK(check_domain, d, generation, 6, IRX_LE_RANGE, "domain.generation");
    BREAK(check_domain, d, domid, 0x7ff0, IRX_LE_RANGE, "domain.domid");
    BREAK(check_domain, d, flags, 128, IRX_LE_RANGE, "domain.flags");
    BREAK(check_domain, d, flags, IRX_DOMF_PV, IRX_LE_STATE, "domain.state"); /* one in the shim */
    BREAK(check_domain, d, vcpu_count, 0, IRX_LE_BOUNDS, "domain.vcpu_first");
    BREAK(check_domain, d, vcpu_count, 5, IRX_LE_BOUNDS, "domain.vcpu_first");
    BREAK(check_domain, d, vcpu_count, ~0u, IRX_LE_RANGE, "domain.vcpu_count");
    BREAK(check_domain, d, vcpu_first, 5, IRX_LE_BOUNDS, "domain.vcpu_first");
    BREAK(check_domain, d, tsc_mode, 3, IRX_LE_RANGE, "domain.tsc_mode");
    BREAK(check_domain, d, reserved2, 1, IRX_LE_RESERVED, "irx_domain");
    BREAK(check_domain, d, reserved[sizeof(d->reserved) - 1], 1, IRX_LE_RESERVED, "irx_domain");
}

static void domain_guest_time(void **state)
{
    struct irx_domain *d = domain(2);

    (void)state;
    BREAK(check_domain, d, flags, IRX_DOMF_VTSC, IRX_LE_RANGE, "domain.tsc_mode"); /* native */
    BREAK(check_domain, d, guest_time.to_ns_mul, 0, IRX_LE_RANGE, "domain.guest_time.to_ns");
    BREAK(check_domain, d, guest_time.to_ns_shift, 33, IRX_LE_RANGE, "domain.guest_time.to_ns");
    BREAK(check_domain, d, guest_time.to_ns_shift, -33, IRX_LE_RANGE, "domain.guest_time.to_ns");
    BREAK(check_domain, d, guest_time.to_tsc_shift, 33, IRX_LE_RANGE, "domain.guest_time.to_tsc");
    d->guest_time.to_tsc_mul = 0; /* nobody makes a TSC of it */
    assert_int_equal(check_domain(), IRX_LE_NONE);
    d->tsc_mode = 1;
    d->flags = IRX_DOMF_VTSC;
    assert_int_equal(check_domain(), IRX_LE_RANGE);
    assert_string_equal(err.what, "domain.guest_time.to_tsc");
    d->guest_time.to_tsc_mul = 1;
    assert_int_equal(check_domain(), IRX_LE_NONE);
}

static void domain_arrays(void **state)
{
    struct irx_domain *d = domain(2);

    (void)state;
    BREAK(check_domain, d, extents, 0xf001, IRX_LE_ALIGNMENT, "domain.extents");
    BREAK(check_domain, d, extents, 0, IRX_LE_BOUNDS, "domain.extents");
    BREAK(check_domain, d, extents, anchor->early.off, IRX_LE_BOUNDS, "domain.extents");
    BREAK(check_domain, d, extents, ~0ull << 3, IRX_LE_BOUNDS, "domain.extents");
    BREAK(check_domain, d, extent_count, 0, IRX_LE_SIZE, "domain.extent_count");
    BREAK(check_domain, d, extent_count, ~0u, IRX_LE_BOUNDS, "domain.extents");
    BREAK(check_domain, d, leaf_count, 0, IRX_LE_SIZE, "domain.leaf_count");
    BREAK(check_domain, d, leaves, d->msrs, IRX_LE_OVERLAP, "domain.msrs");
    BREAK(check_domain, d, ports, 0, IRX_LE_BOUNDS, "domain.ports");
    BREAK(check_domain, d, to_guest, d->to_xen + 8, IRX_LE_OVERLAP, "domain.to_xen");
    BREAK(check_domain, d, to_xen, 0x1000, IRX_LE_BOUNDS, "domain.to_xen");
    anchor->data_used = 0x1000; /* the second domain's arrays lie beyond */
    assert_int_equal(check_domain(), IRX_LE_BOUNDS);
}

static void domain_event_channels(void **state)
{
    struct irx_domain *d = domain(2);

    (void)state;
    BREAK(check_domain, d, evtchn_abi, 2, IRX_LE_RANGE, "domain.evtchn_abi");
    BREAK(check_domain, d, port_count, 0, IRX_LE_RANGE, "domain.port_count");
    BREAK(check_domain, d, port_count, 4097, IRX_LE_RANGE, "domain.port_count");
    BREAK(check_domain, d, shared_info_mfn, ~0ull, IRX_LE_BOUNDS, "domain.shared_info_mfn");
    BREAK(check_domain, d, fifo_array_count, 1, IRX_LE_RANGE, "domain.fifo_array_count");
    d->flags = IRX_DOMF_CALLBACK_VECTOR;
    d->callback_vector = 0xf3;
    BREAK(check_domain, d, callback_vector, 256, IRX_LE_RANGE, "domain.callback_vector");
    d->callback_vector = 0; /* Xen takes any */
    assert_int_equal(check_domain(), IRX_LE_NONE);
    d->flags |= IRX_DOMF_SHINFO_32BIT;
    d->port_count = 1025; /* made before the layout was taken; here there is no room for them */
    assert_int_equal(check_domain(), IRX_LE_BOUNDS);
    d->port_count = 4;
    BREAK(check_domain, d, callback_vector, 256, IRX_LE_RANGE, "domain.callback_vector");
    d->evtchn_abi = IRX_EVTCHN_FIFO;
    BREAK(check_domain, d, fifo_array_count, 129, IRX_LE_RANGE, "domain.fifo_array_count");
    BREAK(check_domain, d, fifo_array_count, 1, IRX_LE_BOUNDS, "domain.fifo_array");
}

static void prepare_looks_at_memory_and_policy_only(void **state)
{
    struct irx_domain *d = domain(2);

    (void)state;
    d->ports = 0;
    d->evtchn_abi = 9;
    assert_int_equal(irx_domain_validate(anchor, d, 2, IRX_STAGE_PREPARE, &none, NULL), 0);
    assert_int_equal(irx_domain_validate(anchor, d, 2, IRX_STAGE_ENTER, &none, NULL), -EINVAL);
}

static void policy_crc(void **state)
{
    struct irx_domain *d = domain(2);
    uint8_t *leaves = at(d->leaves);

    (void)state;
    assert_int_equal(irx_policy_validate(d, leaves, at(d->msrs), NULL), 0);
    leaves[47] ^= 1;
    assert_int_equal(irx_policy_validate(d, leaves, at(d->msrs), &err), -EILSEQ);
    assert_string_equal(err.what, "domain.policy_crc");
}

/* Who writes makes both CRCs, and only of what the readers will take. */
static void the_writer_seals_what_is_right(void **state)
{
    struct irx_domain *d = domain(2);
    struct irx_extent *first = at(d->extents);
    struct irx_domain_view view;

    (void)state;
    ((uint8_t *)at(d->leaves))[47] ^= 1;
    d->extents_crc = 1;
    assert_int_equal(irx_domain_seal_memory(anchor, d, 2, &none, &err), 0);
    assert_int_equal(irx_domain_validate_memory(anchor, 2, &none, &view, &err), 0);
    assert_ptr_equal(view.extents, first);
    d->extents_crc = 1;
    first->access = 0;
    assert_int_equal(irx_domain_seal_memory(anchor, d, 2, &none, &err), -EINVAL);
    assert_string_equal(err.what, "extent.access");
    assert_int_equal(err.domid, d->domid);
    assert_int_equal(d->extents_crc, 1);
}

/* In pieces of any size it says the same, and no call looks at more than it may. */
static void memory_in_pieces(void **state)
{
    struct irx_domain *d = domain(2);
    struct irx_extent *last = (struct irx_extent *)at(d->extents) + d->extent_count - 1;
    struct irx_domain_view view;
    uint32_t budget;

    (void)state;
    assert_true(d->extent_count > 1);
    for (budget = 1; budget < 2 * d->extent_count + 2; budget++) {
        struct irx_walk w = {.count = 0};
        uint32_t calls = 1;

        for (; irx_domain_validate_memory_some(anchor, 2, &none, &w, budget, &view, &err) == 1;
             calls++) {
            assert_true(w.summed + w.seen <= calls * budget);
            assert_null(view.d);
        }
        assert_int_equal(calls, (2 * d->extent_count + budget - 1) / budget);
        assert_ptr_equal(view.d, d);
    }
    last->access = 0;
    d->extents_crc = irx_extents_crc(d, at(d->extents));
    for (budget = 1; budget < 3; budget++) {
        struct irx_walk w = {.count = 0};
        int rc;

        do
            rc = irx_domain_validate_memory_some(anchor, 2, &none, &w, budget, &view, &err);
        while (rc == 1);
        assert_int_equal(rc, -EINVAL);
        assert_string_equal(err.what, "extent.access");
        assert_int_equal(err.domid, d->domid);
    }
}

/* What was looked at is no longer what the entry names. */
static void memory_that_moves_between_pieces(void **state)
{
    struct irx_domain *d = domain(2);
    struct irx_domain_view view;
    struct irx_walk w = {.count = 0};

    (void)state;
    assert_int_equal(irx_domain_validate_memory_some(anchor, 2, &none, &w, 1, &view, &err), 1);
    d->extent_count--;
    assert_int_equal(irx_domain_validate_memory_some(anchor, 2, &none, &w, 1, &view, &err),
                     -EINVAL);
    assert_int_equal(err.code, IRX_LE_MISMATCH);
    assert_string_equal(err.what, "domain.extents");
}

static void ports_in_pieces(void **state)
{
    struct irx_domain *d = domain(2);
    struct irx_domain_view view;
    uint32_t budget;

    (void)state;
    for (budget = 1; budget < d->port_count + 2; budget++) {
        struct irx_walk w = {.count = 0};
        uint32_t calls = 1;

        while (irx_domain_validate_events_some(anchor, 2, IRX_STAGE_ENTER, &none, &w, budget, &view,
                                               &err) == 1)
            assert_int_equal(w.seen, budget * calls++);
        assert_int_equal(calls, (d->port_count + budget - 1) / budget);
        assert_ptr_equal(view.d, d);
    }
    ((struct irx_port *)at(d->ports))[d->port_count - 1].state = 9;
    assert_int_equal(irx_domain_validate_events_some(anchor, 2, IRX_STAGE_ENTER, &none,
                                                     &(struct irx_walk){.count = 0}, ~0u, &view,
                                                     &err),
                     -EINVAL);
    assert_string_equal(err.what, "port.state");
}

/* ---- Extents ---- */

static struct irx_extent extents[3];
static struct irx_domain owner;
static struct irx_limits limits;

static int extents_setup(void **state)
{
    fill_region(state);
    owner = (struct irx_domain){.domid = 5, .extent_count = 3};
    limits = (struct irx_limits){.end_mfn = 1ull << 28, .end_gfn = 1ull << 36};
    extents[0] = (struct irx_extent){.mfn = 0x1000, .nr = 16, .owner = 5, .access = 7};
    extents[1] = (struct irx_extent){.gfn = 16, .mfn = 0x2000, .nr = 1, .owner = 5, .access = 7};
    extents[2] = (struct irx_extent){
        .gfn = 100, .mfn = 0x100, .nr = 2, .type = IRX_P2M_FOREIGN, .owner = 9, .access = 7};
    return 0;
}

static uint32_t check_extents(void)
{
    memset(&err, 0, sizeof(err));
    owner.extents_crc = irx_crc32c(0, extents, sizeof(extents));
    (void)irx_extents_validate(anchor, &owner, extents, &limits, &err);
    return err.code;
}

static void extents_in_order(void **state)
{
    (void)state;
    assert_int_equal(check_extents(), IRX_LE_NONE);
    BREAK(check_extents, &extents[1], gfn, 15, IRX_LE_ORDER, "extent.gfn");
    BREAK(check_extents, &extents[2], gfn, 16, IRX_LE_ORDER, "extent.gfn");
    BREAK(check_extents, &extents[1], nr, 0, IRX_LE_RANGE, "extent.nr");
    owner.extents_crc++;
    assert_int_equal(irx_extents_validate(anchor, &owner, extents, &limits, &err), -EILSEQ);
    assert_string_equal(err.what, "domain.extents_crc");
}

static void extents_in_bounds(void **state)
{
    const uint64_t r = HELP_REGION_BASE / 4096, end = r + HELP_REGION_SIZE / 4096;

    (void)state;
    BREAK(check_extents, &extents[2], nr, ~0ull, IRX_LE_BOUNDS, "extent.gfn");
    BREAK(check_extents, &extents[2], gfn, (1ull << 36) - 1, IRX_LE_BOUNDS, "extent.gfn");
    BREAK(check_extents, &extents[1], mfn, 1ull << 28, IRX_LE_BOUNDS, "extent.mfn");
    BREAK(check_extents, &extents[0], mfn, (1ull << 28) - 15, IRX_LE_BOUNDS, "extent.mfn");
    BREAK(check_extents, &extents[1], mfn, 255, IRX_LE_BOUNDS, "extent.mfn");
    BREAK(check_extents, &extents[0], mfn, r, IRX_LE_OVERLAP, "extent.mfn");
    BREAK(check_extents, &extents[0], mfn, r - 15, IRX_LE_OVERLAP, "extent.mfn");
    BREAK(check_extents, &extents[1], mfn, end - 1, IRX_LE_OVERLAP, "extent.mfn");
    extents[0].mfn = r - 16; /* up to R, and from its end on */
    extents[1].mfn = end;
    assert_int_equal(check_extents(), IRX_LE_NONE);
}

static void extents_types(void **state)
{
    (void)state;
    BREAK(check_extents, &extents[1], type, IRX_P2M_MMIO, IRX_LE_RANGE, "extent.type");
    BREAK(check_extents, &extents[1], type, IRX_P2M_FOREIGN + 1, IRX_LE_RANGE, "extent.type");
    BREAK(check_extents, &extents[1], access, 3, IRX_LE_RANGE, "extent.access");
    BREAK(check_extents, &extents[1], owner, 6, IRX_LE_OWNER, "extent.owner");
    owner.flags = IRX_DOMF_DOM0;
    extents[1].type = IRX_P2M_MMIO;
    extents[1].mfn = 255;
    assert_int_equal(check_extents(), IRX_LE_NONE);
}

/* ---- Ports ---- */

static uint32_t check_ports(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_ports_validate(domain(2), at(domain(2)->ports), IRX_STAGE_ENTER, &err);
    return err.code;
}

static void ports(void **state)
{
    struct irx_port *p = at(domain(2)->ports);

    (void)state;
    assert_int_equal(check_ports(), IRX_LE_NONE);
    BREAK(check_ports, &p[1], state, 6, IRX_LE_RANGE, "port.state");
    BREAK(check_ports, &p[1], flags, 4, IRX_LE_RANGE, "port.flags");
    BREAK(check_ports, &p[1], priority, 16, IRX_LE_RANGE, "port.priority");
    BREAK(check_ports, &p[1], last_priority, 16, IRX_LE_RANGE, "port.last_priority");
    BREAK(check_ports, &p[1], notify_vcpu, 2, IRX_LE_RANGE, "port.notify_vcpu");
    BREAK(check_ports, &p[69], last_vcpu, 2, IRX_LE_RANGE, "port.last_vcpu");
    BREAK(check_ports, &p[1], remote_port, 1u << 17, IRX_LE_RANGE, "port.remote_port");
    BREAK(check_ports, &p[1], remote_domid, 0x7ff0, IRX_LE_RANGE, "port.remote_domid");
    BREAK(check_ports, &p[69], reserved, 1, IRX_LE_RESERVED, "irx_port");
    assert_int_equal(domain(2)->port_count, HELP_PORTS);
}

static uint32_t check_moved(void)
{
    memset(&err, 0, sizeof(err));
    (void)irx_ports_validate_moved(domain(2), at(domain(2)->ports), &err);
    return err.code;
}

static void what_the_shim_moves_of_a_port(void **state)
{
    struct irx_port *p = at(domain(2)->ports);

    (void)state;
    assert_int_equal(check_moved(), IRX_LE_NONE);
    BREAK(check_moved, &p[1], notify_vcpu, 2, IRX_LE_RANGE, "port.notify_vcpu");
    BREAK(check_moved, &p[69], last_vcpu, 2, IRX_LE_RANGE, "port.last_vcpu");
}

/* A table of version 1.0 has another entry where a later one has more fields. */
static void an_older_table_has_no_answers(void **state)
{
    (void)state;
    domain(2)->answers.flags = ~0u;
    assert_int_not_equal(check_domain(), IRX_LE_NONE);
    anchor->version = IRX_VERSION(1, 0);
    assert_int_equal(check_domain(), IRX_LE_NONE);
}

/* ---- vCPUs ---- */

static void vcpu_state_and_time(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    assert_int_equal(check_vcpu(), IRX_LE_NONE);
    BREAK(check_vcpu, v, vcpu_id, 0, IRX_LE_RANGE, "vcpu.vcpu_id");
    BREAK(check_vcpu, v, state, 5, IRX_LE_RANGE, "vcpu.state");
    BREAK(check_vcpu, v, flags, v->flags | 1u << 31, IRX_LE_RANGE, "vcpu.flags");
    BREAK(check_vcpu, v, flags, 0, IRX_LE_RANGE, "vcpu.flags"); /* runs, yet never initialised */
    BREAK(check_vcpu, v, park_class, IRX_NR_EXITS, IRX_LE_RANGE, "vcpu.park_class");
    BREAK(check_vcpu, v, cpu_hint, 4, IRX_LE_RANGE, "vcpu.cpu_hint");
    BREAK(check_vcpu, v, runstate, 4, IRX_LE_RANGE, "vcpu.runstate");
    BREAK(check_vcpu, v, periodic_period, 999999, IRX_LE_RANGE, "vcpu.periodic_period");
    BREAK(check_vcpu, v, poll_port, -2, IRX_LE_RANGE, "vcpu.poll_port");
    BREAK(check_vcpu, v, poll_port, 1 << 17, IRX_LE_RANGE, "vcpu.poll_port");
    BREAK(check_vcpu, v, time.shift, -33, IRX_LE_RANGE, "vcpu.time.shift");
    BREAK(check_vcpu, v, msrs[0].reserved, 1, IRX_LE_RESERVED, "irx_vcpu");
    v->cpu_hint = ~0u;
    assert_int_equal(check_vcpu(), IRX_LE_NONE);
}

static void vcpu_places_and_records(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    BREAK(check_vcpu, v, vcpu_info_offset, 4096 - 63, IRX_LE_BOUNDS, "vcpu.vcpu_info_offset");
    BREAK(check_vcpu, v, upcall_vector, 15, IRX_LE_RANGE, "vcpu.upcall_vector");
    BREAK(check_vcpu, v, upcall_vector, 256, IRX_LE_RANGE, "vcpu.upcall_vector");
    BREAK(check_vcpu, v, msr_count, 33, IRX_LE_RANGE, "vcpu.msr_count");
    BREAK(check_vcpu, v, xsave_size, 4097, IRX_LE_RANGE, "vcpu.xsave_size");
    BREAK(check_vcpu, v, xsave_size, 23, IRX_LE_SIZE, "vcpu.xsave_size");
    BREAK(check_vcpu, v, xsave_size, 599, IRX_LE_SIZE, "vcpu.xsave_size");
    domain(2)->evtchn_abi = IRX_EVTCHN_FIFO;
    v->fifo_control_gfn = 7;
    BREAK(check_vcpu, v, fifo_control_offset, 4, IRX_LE_BOUNDS, "vcpu.fifo_control_offset");
    BREAK(check_vcpu, v, fifo_control_offset, 4032, IRX_LE_BOUNDS, "vcpu.fifo_control_offset");
    BREAK(check_vcpu, v, fifo_tail[15], 1u << 17, IRX_LE_RANGE, "vcpu.fifo_tail");
}

/* A guest uses x87 and SSE whatever its XCR0 says, and Xen's XSAVE counts them. */
static void xsave_of_sse_without_xcr0(void **state)
{
    static const uint64_t x87 = 1, both = 3;
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    memcpy(v->xsave + 8, &x87, 8);
    memcpy(v->xsave + 16, &x87, 8);
    memcpy(v->xsave + 536, &both, 8);
    assert_int_equal(check_vcpu(), IRX_LE_NONE);
    assert_true(irx_xcr0_valid(0xe7) && irx_xcr0_valid(0x2e7) && irx_xcr0_valid(0x1f));
    assert_false(irx_xcr0_valid(0) || irx_xcr0_valid(0xe3) || irx_xcr0_valid(0xb));
}

/* Where a table of version 1.0 is narrower, another entry lies. */
static void vcpu_timer_of_an_older_table(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    BREAK(check_vcpu, v, apic_timer.flags, 8, IRX_LE_RANGE, "vcpu.apic_timer.flags");
    v->apic_timer.flags = ~0u;
    anchor->version = IRX_VERSION(1, 0);
    assert_int_equal(check_vcpu(), IRX_LE_NONE);
}

/* Nobody loads its registers, and so nobody looks at them; the rest is as of any other. */
static void a_vcpu_that_is_lost(void **state)
{
    struct irx_vcpu *v = vcpu(2);

    (void)state;
    v->msr_count = IRX_NR_MSRS + 1;
    v->flags |= IRX_VCPUF_LOST;
    assert_int_equal(check_vcpu(), IRX_LE_RANGE); /* how long an array is */
    v->msr_count = 0;
    memset(v->cpu, 0xff, sizeof(v->cpu));
    assert_int_equal(check_vcpu(), IRX_LE_NONE);
    BREAK(check_vcpu, v, flags, v->flags & ~IRX_VCPUF_LOST, IRX_LE_RANGE, err.what);
    BREAK(check_vcpu, v, runstate, 4, IRX_LE_RANGE, "vcpu.runstate");
    domain(2)->state = IRX_DOM_ENTERING; /* it does not go on */
    assert_int_equal(check_vcpu(), IRX_LE_STATE);
    domain(2)->state = IRX_DOM_RUNNING;
    anchor->version = IRX_VERSION(1, 0);
    assert_int_equal(check_vcpu(), IRX_LE_STATE);
}

static void every_code_has_words(void **state)
{
    uint32_t i;

    (void)state;
    for (i = 0; i <= IRX_LE_MAX; i++)
        assert_string_not_equal(irx_live_error_text(i), "unknown error");
    assert_string_equal(irx_live_error_text(IRX_LE_MAX + 1), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sound_region_passes, fill_region),
        cmocka_unit_test_setup(hand_over_to_a_fallback, fill_region),
        cmocka_unit_test_setup(anchor_identity, fill_region),
        cmocka_unit_test_setup(anchor_place_of_region, fill_region),
        cmocka_unit_test_setup(anchor_states, fill_region),
        cmocka_unit_test_setup(anchor_tables, fill_region),
        cmocka_unit_test_setup(anchor_spans, fill_region),
        cmocka_unit_test_setup(anchor_overlap_of_any_two, fill_region),
        cmocka_unit_test_setup(absent_spans_are_allowed, fill_region),
        cmocka_unit_test_setup(an_older_anchor_has_no_recovery, fill_region),
        cmocka_unit_test_setup(what_the_fallback_says, fallback_setup),
        cmocka_unit_test_setup(cpus, fill_region),
        cmocka_unit_test_setup(a_cpu_of_version_1_0, fill_region),
        cmocka_unit_test_setup(domain_identity, fill_region),
        cmocka_unit_test_setup(domain_guest_time, fill_region),
        cmocka_unit_test_setup(domain_arrays, fill_region),
        cmocka_unit_test_setup(domain_event_channels, fill_region),
        cmocka_unit_test_setup(prepare_looks_at_memory_and_policy_only, fill_region),
        cmocka_unit_test_setup(policy_crc, fill_region),
        cmocka_unit_test_setup(the_writer_seals_what_is_right, fill_region),
        cmocka_unit_test_setup(memory_in_pieces, fill_region),
        cmocka_unit_test_setup(memory_that_moves_between_pieces, fill_region),
        cmocka_unit_test_setup(ports_in_pieces, fill_region),
        cmocka_unit_test_setup(extents_in_order, extents_setup),
        cmocka_unit_test_setup(extents_in_bounds, extents_setup),
        cmocka_unit_test_setup(extents_types, extents_setup),
        cmocka_unit_test_setup(ports, fill_region),
        cmocka_unit_test_setup(what_the_shim_moves_of_a_port, fill_region),
        cmocka_unit_test_setup(an_older_table_has_no_answers, fill_region),
        cmocka_unit_test_setup(what_the_shim_moves_of_a_port, fill_region),
        cmocka_unit_test_setup(vcpu_state_and_time, fill_region),
        cmocka_unit_test_setup(vcpu_places_and_records, fill_region),
        cmocka_unit_test_setup(xsave_of_sse_without_xcr0, fill_region),
        cmocka_unit_test_setup(vcpu_timer_of_an_older_table, fill_region),
        cmocka_unit_test_setup(a_vcpu_that_is_lost, fill_region),
        cmocka_unit_test(every_code_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
