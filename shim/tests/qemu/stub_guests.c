/* SPDX-License-Identifier: GPL-2.0-only */
/* R and two small guests in it, as a Xen would hand them over. */
#include <interrex/crc32c.h>

#include "stub.h"

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/arch-x86/xen.h>
#include <xen/hvm/save.h>
#include <xen/arch-x86/cpuid.h>

struct guest guests[NR_GUESTS] = {
    {.domid = 1, .memory = 0x4000000, .vcpus = 2, .fifo = 0},
    {.domid = 2, .memory = 0x6000000, .vcpus = 1, .fifo = 1},
};

static uint64_t data_next;

extern const uint8_t guest_image[], guest_image_end[];

static void *data(uint64_t size, irx_off_t *off)
{
    void *p = (void *)(REGION + OFF_DATA + data_next);

    *off = OFF_DATA + data_next;
    data_next += (size + 63) & ~63ull;
    memset(p, 0, size);
    return p;
}

void lay_out(const void *image, uint64_t size)
{
    memset((void *)REGION, 0, OFF_SHIM + 0x40000);
    memcpy((void *)(REGION + OFF_SHIM), image, size);
    anchor->magic = IRX_ANCHOR_MAGIC;
    anchor->version = IRX_ABI_VERSION;
    anchor->size = sizeof(*anchor);
    anchor->region_base = REGION;
    anchor->region_size = REGION_SIZE;
    anchor->generation = 7;
    anchor->xen_alive = 1;
    anchor->xen_vector = XEN_VECTOR;
    anchor->tsc_khz = khz;
    anchor->time.mul = 1;
    anchor->cpus = (struct irx_table){OFF_CPUS, 192, 2};
    anchor->domains = (struct irx_table){OFF_DOMAINS, 1024, 4};
    anchor->vcpus = (struct irx_table){OFF_VCPUS, VCPU_STRIDE, 8};
    anchor->log = (struct irx_span){OFF_LOG, LOG_SIZE};
    anchor->data = (struct irx_span){OFF_DATA, DATA_SIZE};
    anchor->shim = (struct irx_span){OFF_SHIM, OFF_HEAP - OFF_SHIM};
    anchor->shim_heap = (struct irx_span){OFF_HEAP, REGION_SIZE - OFF_HEAP};
    anchor->shim_image_size = size;
}

/* The first 2 MiB lie backwards, page by page; the rest in order. */
static uint64_t machine(const struct guest *g, uint64_t gfn)
{
    return g->memory + ((gfn < 0x200 ? 0x1ff - gfn : gfn) << 12);
}

void *page(const struct guest *g, uint64_t gfn)
{
    return (void *)machine(g, gfn);
}

static void fill_memory(const struct guest *g)
{
    uint64_t size = (uint64_t)(guest_image_end - guest_image);
    uint64_t *pml4, *pdpt, *pd;
    struct box *box = page(g, GFN_BOX);

    memset((void *)g->memory, 0, (uint64_t)GUEST_PAGES << 12);
    pml4 = page(g, GFN_PML4);
    pdpt = page(g, GFN_PML4 + 1);
    pd = page(g, GFN_PML4 + 2);
    pml4[0] = ((GFN_PML4 + 1) << 12) | 3;
    pdpt[0] = ((GFN_PML4 + 2) << 12) | 3;
    for (uint64_t i = 0; i < GUEST_PAGES / 512; i++)
        pd[i] = i << 21 | 0x83;
    for (uint64_t i = 0; i * 4096 < size; i++)
        memcpy(page(g, GFN_CODE + i), guest_image + i * 4096, 4096);
    box->fifo = g->fifo;
    box->vcpus = g->vcpus;
    box->has_peer = 1;
    for (uint32_t p = 0; p < NR_PORTS && g->fifo; p++) /* as Linux: made masked, then unmasked */
        ((uint32_t *)page(g, GFN_ARRAY))[p] = 0;
}

static void add_extents(struct guest *g)
{
    uint32_t nr = 0x200 + 1;
    struct irx_extent *e = data(nr * sizeof(*e), &g->d->extents);

    for (uint64_t i = 0; i < 0x200; i++)
        e[i] = (struct irx_extent){.gfn = i, .mfn = machine(g, i) >> 12, .nr = 1};
    e[0x200] = (struct irx_extent){
        .gfn = 0x200, .mfn = machine(g, 0x200) >> 12, .nr = GUEST_PAGES - 0x200};
    for (uint32_t i = 0; i < nr; i++) {
        e[i].type = e[i].gfn == GFN_SHARED ? IRX_P2M_XEN_PAGE : IRX_P2M_RAM_RW;
        e[i].owner = g->domid;
        e[i].access = 7;
    }
    g->d->extent_count = nr;
    g->d->extents_crc = irx_crc32c(0, e, nr * sizeof(*e));
}

static void add_policy(struct guest *g)
{
    static const xen_cpuid_leaf_t leaves[] = {
        {.leaf = 0, .subleaf = ~0u, .a = 0xd, .b = 0x68747541, .c = 0x444d4163, .d = 0x69746e65},
        {.leaf = 1, .subleaf = ~0u, .c = 0x80200000, .d = 0x1783fbff},
        {.leaf = 0x40000000, .subleaf = ~0u, .a = 0},
        {.leaf = 0x80000000, .subleaf = ~0u, .a = 0x80000008},
        {.leaf = 0x80000001, .subleaf = ~0u, .d = 0x2193fbff},
        {.leaf = 0x40000000,
         .a = 0x40000005,
         .b = XEN_CPUID_SIGNATURE_EBX,
         .c = XEN_CPUID_SIGNATURE_ECX,
         .d = XEN_CPUID_SIGNATURE_EDX},
        {.leaf = 0x40000004, .a = 0x18},
    };
    void *p = data(sizeof(leaves), &g->d->leaves);

    memcpy(p, leaves, sizeof(leaves));
    g->d->leaf_count = sizeof(leaves) / sizeof(leaves[0]);
    g->d->policy_crc = irx_crc32c(0, p, sizeof(leaves));
    g->d->xen_version = VERSION;
}

static void add_ports(struct guest *g)
{
    struct irx_port *p = data(NR_PORTS * sizeof(*p), &g->d->ports);
    uint64_t *array;

    g->d->port_count = NR_PORTS;
    g->d->evtchn_abi = g->fifo;
    data(NR_PORTS / 8, &g->d->to_guest);
    data(NR_PORTS / 8, &g->d->to_xen);
    p[0].state = IRX_PORT_RESERVED;
    for (uint32_t v = 0; v < g->vcpus; v++) {
        p[PORT_TIMER(v)] = (struct irx_port){.state = IRX_PORT_VIRQ, .notify_vcpu = (uint16_t)v};
        p[PORT_IPI(v)] = (struct irx_port){.state = IRX_PORT_IPI, .notify_vcpu = (uint16_t)v};
    }
    p[PORT_XEN] = (struct irx_port){.state = IRX_PORT_INTERDOMAIN, .remote_port = 9};
    p[PORT_PEER] = (struct irx_port){.state = IRX_PORT_INTERDOMAIN,
                                     .remote_port = PORT_PEER,
                                     .remote_domid = (uint16_t)(3 - g->domid)};
    for (uint32_t i = 1; i < NR_PORTS; i++)
        p[i].priority = p[i].last_priority = 7;
    array = data(sizeof(*array), &g->d->fifo_array);
    *array = GFN_ARRAY;
    g->d->fifo_array_count = g->fifo;
}

struct irx_vcpu *vcpu(const struct guest *g, uint32_t i)
{
    return (struct irx_vcpu *)(REGION + OFF_VCPUS + (g->d->vcpu_first + i) * VCPU_STRIDE);
}

static void set_registers(struct irx_vcpu *r, uint32_t i)
{
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)r->cpu;
    struct hvm_hw_lapic *l = (struct hvm_hw_lapic *)r->lapic;
    uint32_t *regs = (uint32_t *)r->lapic_regs;
    struct hvm_hw_mtrr *m = (struct hvm_hw_mtrr *)r->mtrr;

    c->rip = GFN_CODE << 12;
    c->rsp = ((GFN_STACK + (i + 1) * 8) << 12) - 16;
    c->rdi = i;
    c->rflags = 2;
    c->cr0 = 0x80050033;
    c->cr3 = GFN_PML4 << 12;
    c->cr4 = 0x6a0;
    c->msr_efer = 0xd01;
    c->dr6 = 0xffff0ff0;
    c->dr7 = 0x400;
    c->cs_sel = 8;
    c->cs_limit = ~0u;
    c->cs_arbytes = 0xa9b;
    c->ss_sel = c->ds_sel = c->es_sel = 16;
    c->ss_limit = c->ds_limit = c->es_limit = ~0u;
    c->ss_arbytes = c->ds_arbytes = c->es_arbytes = 0xc93;
    c->tr_arbytes = 0x8b;
    c->tr_limit = 0x67;
    c->ldtr_arbytes = 0x82;
    l->apic_base_msr = 0xfee00c00 | (i ? 0 : 0x100); /* x2APIC */
    l->timer_divisor = 2;
    regs[0x20 / 4] = i * 2;
    regs[0xf0 / 4] = 0x1ff;
    for (uint32_t lvt = 0x320; lvt <= 0x370; lvt += 0x10)
        regs[lvt / 4] = 0x10000;
    m->msr_pat_cr = 0x0007040600070406ull;
}

void add_vcpu(struct guest *g, uint32_t i)
{
    struct irx_vcpu *r = vcpu(g, i);
    struct box *box = page(g, GFN_BOX);
    uint64_t mul = (1000000ull << 32) / khz;

    memset(r, 0, sizeof(*r));
    r->state = IRX_VCPU_RUNNABLE;
    r->flags = IRX_VCPUF_INITIALISED;
    r->vcpu_id = i;
    r->cpu_hint = ~0u;
    r->tsc_offset = TSC_OFFSET;
    if (!box->stamp) /* one clock for all of a guest's vCPUs */
        box->stamp = rdtsc();
    r->time.tsc_stamp = box->stamp;
    while (mul >> 32) {
        mul >>= 1;
        r->time.shift++;
    }
    r->time.mul = (uint32_t)mul;
    box->mul = mul << r->time.shift;
    box->vtsc = g->fifo;
    r->runstate = 3;
    if (g->fifo) {
        r->upcall_vector = UPCALL_VECTOR;
        r->vcpu_info_gfn = GFN_INFO;
        r->vcpu_info_offset = 0;
        r->fifo_control_gfn = GFN_CONTROL;
    } else {
        r->vcpu_info_gfn = GFN_SHARED;
        r->vcpu_info_offset = i * 64;
        r->fifo_control_gfn = ~0ull;
    }
    r->vcpu_info_mfn = machine(g, r->vcpu_info_gfn) >> 12;
    set_registers(r, i);
}

void make_guest(struct guest *g, uint32_t entry)
{
    struct irx_domain *d = (struct irx_domain *)(REGION + OFF_DOMAINS + entry * 1024);

    memset(d, 0, sizeof(*d));
    g->d = d;
    fill_memory(g);
    d->domid = g->domid;
    d->generation = anchor->generation;
    d->vcpu_first = entry * 4;
    d->vcpu_count = g->vcpus;
    d->tsc_mode = g->fifo ? 1 : 2;
    d->guest_time.to_ns_mul = d->guest_time.to_tsc_mul = 0x80000000u; /* a tick is a ns */
    d->guest_time.to_ns_shift = d->guest_time.to_tsc_shift = 1;
    d->shared_info_gfn = GFN_SHARED;
    d->shared_info_mfn = machine(g, GFN_SHARED) >> 12;
    if (g->fifo) {
        d->flags = IRX_DOMF_VTSC;
    } else {
        d->flags = IRX_DOMF_CALLBACK_VECTOR;
        d->callback_vector = CALLBACK_VECTOR;
    }
    add_extents(g);
    add_policy(g);
    add_ports(g);
    anchor->data_used = data_next;
}
