/* SPDX-License-Identifier: GPL-2.0-only */
/* Modes in which others have the guest's pages as well: by grants, and Xen itself. */
#include "tree.h"

#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/vcpu.h>

/* ---- grants: the guest grants its pages to itself; xenstored has one ---- */

enum { GRANT_TABLE = 8, GRANT_WRITE, GRANT_PTE, GRANTS_END }; /* those below are the toolstack's */

struct grant {
    unsigned int page;   /* that is granted */
    unsigned int window; /* whose address it is mapped at */
    uint32_t flags;      /* GNTMAP_* */
    uint32_t handle;
    uint64_t address, bus;
};

static struct grant grants[GRANTS_END];
static struct grant_entry_v1 *table;
static domid_t own_id;
static unsigned int store; /* xenstored's ring, which nobody uses */

/* Not told in any other way. */
static domid_t find_own_id(void)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF};
    struct evtchn_status s = {.dom = DOMID_SELF};

    must(hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, (uintptr_t)&a, 0, 0, 0),
         "alloc_unbound");
    b.remote_port = a.port;
    must(
        hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_interdomain, (uintptr_t)&b, 0, 0, 0),
        "bind_interdomain");
    s.port = b.local_port;
    must(hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status, (uintptr_t)&s, 0, 0, 0),
         "status");
    return s.u.interdomain.dom;
}

static void map_table(void)
{
    unsigned long frame = 0;
    unsigned int pfn = take();
    struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1};

    set_xen_guest_handle(s.frame_list, &frame);
    must(hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uintptr_t)&s, 1, 0, 0),
         "setup_table");
    must(s.status, "setup_table");
    kind[pfn] = KEPT;
    must(map(va(pfn), frame * PAGE | P_WRITE), "grant table");
    table = va(pfn);
}

static long map_grant(struct grant *g, uint32_t ref)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = g->address, .flags = g->flags, .ref = ref, .dom = own_id};

    must(hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, (uintptr_t)&m, 1, 0, 0),
         "map_grant_ref");
    g->handle = m.handle;
    g->bus = m.dev_bus_addr;
    return m.status;
}

static long unmap_grant(const struct grant *g)
{
    struct gnttab_unmap_grant_ref u = {
        .host_addr = g->address,
        .dev_bus_addr = g->flags & GNTMAP_device_map ? g->bus : 0,
        .handle = g->handle,
    };

    must(hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, (uintptr_t)&u, 1, 0, 0),
         "unmap_grant_ref");
    return u.status;
}

static void grant(unsigned int ref, unsigned int pfn, uint32_t flags)
{
    struct grant *g = &grants[ref];
    unsigned int slot;

    *g = (struct grant){.page = pfn, .window = take(), .flags = flags | GNTMAP_host_map};
    kind[g->window] = KEPT;
    must(map(va(g->window), 0), "window");
    g->address = (uintptr_t)va(g->window);
    if (flags & GNTMAP_contains_pte)
        g->address = mfn(l1_of(va(g->window), &slot)) * PAGE + slot * 8;
    table[ref] = (struct grant_entry_v1){
        .flags = (uint16_t)(GTF_permit_access | (flags & GNTMAP_readonly ? GTF_readonly : 0)),
        .domid = own_id,
        .frame = (uint32_t)mfn(pfn),
    };
    must(map_grant(g, ref), "grant");
}

void setup_grants(void)
{
    unsigned int l1 = take(), page = take(), other = take();

    own_id = find_own_id();
    map_table();
    fill_l1(l1, ENTRIES);
    make_table(l1, L1);
    must(pin(l1, 1), "pin");
    kind[page] = kind[other] = KEPT;
    grant(GRANT_TABLE, l1, GNTMAP_readonly | GNTMAP_device_map);
    grant(GRANT_WRITE, page, GNTMAP_device_map);
    grant(GRANT_PTE, other, GNTMAP_contains_pte);
    /* Not mapped any more by the guest itself, these two are writable by their grant alone. */
    must(map(va(page), 0), "unmap");
    must(map(va(other), 0), "unmap");
    store = pfn_of(start_info->store_mfn);
    kind[store] = KEPT;
    must(map(va(store), 0), "unmap");
}

/* A table that was granted to be read cannot be mapped to be written, by whatever the grant says now. */
static void prove_granted_table(void)
{
    const struct grant *held = &grants[GRANT_TABLE];
    struct grant g = {.address = (uintptr_t)va(held->window), .flags = GNTMAP_host_map};
    long rc;

    must(unmap_grant(held), "unmap");
    table[GRANT_TABLE].flags = GTF_permit_access;
    rc = map_grant(&g, GRANT_TABLE);
    expect(rc < 0, "a table can be mapped writable by a grant", held->page, 0);
    if (!rc)
        unmap_grant(&g);
    table[GRANT_TABLE].flags = GTF_permit_access | GTF_readonly;
    must(map_grant(&grants[GRANT_TABLE], GRANT_TABLE), "map again");
}

void round_grants(void)
{
    for (unsigned int ref = GRANT_TABLE; ref < GRANTS_END; ref++)
        expect(probe_write(va(grants[ref].window)) == (ref != GRANT_TABLE),
               "a grant's mapping is another one", ref, 0);
    prove_no_table(grants[GRANT_WRITE].page);
    prove_no_table(grants[GRANT_PTE].page);
    prove_no_table(store);
    prove_granted_table();
    for (unsigned int ref = GRANT_WRITE; ref < GRANTS_END; ref++) {
        expect(!unmap_grant(&grants[ref]), "a grant cannot be unmapped", ref, 0);
        expect(!probe_write(va(grants[ref].window)), "an unmapped grant can be written", ref, 0);
        expect(!pin(grants[ref].page, 1), "a page that nobody has mapped cannot be pinned", ref, 0);
        must(unpin(grants[ref].page), "unpin");
        must(map_grant(&grants[ref], ref), "map again");
    }
    prove_all();
}

/* ---- areas: pages that Xen itself writes to, and its tables of segments ---- */

static unsigned int info_page, control_page, array_page, gdt[2], run_state;

static void fifo(void)
{
    struct evtchn_init_control c = {.control_gfn = mfn(control_page), .vcpu = 0};
    struct evtchn_expand_array e = {.array_gfn = mfn(array_page)};

    must(hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_init_control, (uintptr_t)&c, 0, 0, 0),
         "init_control");
    must(hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_expand_array, (uintptr_t)&e, 0, 0, 0),
         "expand_array");
}

/* Xen is to write there, and cannot: the page is a table since. */
static void lose_run_state(void)
{
    struct vcpu_register_runstate_memory_area area = {0};

    area.addr.v = va(run_state);
    must(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0, (uintptr_t)&area,
                   0, 0),
         "run state");
    for (unsigned int i = 0; i < ENTRIES; i++)
        ((volatile uint64_t *)va(run_state))[i] = 0;
    make_table(run_state, L1);
    /* It may have been written to in between. */
    if (pin(run_state, 1))
        make_free(run_state);
}

void setup_areas(void)
{
    struct vcpu_register_vcpu_info info = {0};
    unsigned long frames[2];
    unsigned int *const pages[] = {&info_page, &control_page, &array_page,
                                   &gdt[0],    &gdt[1],       &run_state};

    for (unsigned int i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        *pages[i] = take();
        kind[*pages[i]] = KEPT;
    }
    info.mfn = mfn(info_page);
    info.offset = 1024;
    /* Of a vCPU that never runs. */
    must(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 1, (uintptr_t)&info, 0, 0),
         "vcpu_info");
    fifo();
    for (unsigned int i = 0; i < 2; i++) {
        frames[i] = mfn(gdt[i]);
        must(map(va(gdt[i]), mfn(gdt[i]) * PAGE | P_RO), "read-only");
    }
    must(hypercall(__HYPERVISOR_set_gdt, (uintptr_t)frames, 1024, 0, 0, 0), "set_gdt");
    lose_run_state();
    /* They are Xen's alone now. */
    must(map(va(info_page), 0), "unmap");
    must(map(va(control_page), 0), "unmap");
    must(map(va(array_page), 0), "unmap");
}

void round_areas(void)
{
    prove_no_table(info_page);
    prove_no_table(control_page);
    prove_no_table(array_page);
    for (unsigned int i = 0; i < 2; i++) {
        prove_no_table(gdt[i]);
        expect(map(va(gdt[i]), mfn(gdt[i]) * PAGE | P_WRITE) < 0,
               "a descriptor table can be mapped writable", gdt[i], 0);
    }
    prove_all();
}
