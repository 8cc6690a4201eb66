/* SPDX-License-Identifier: GPL-2.0-only */
#include "env.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <interrex/crc32c.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/place.h"
#include "core/sched.h"
#include "core/spec.h"
#include "core/state.h"
#include "core/validate.h"
#include "core/vendor.h"
#include "guest/timer.h"
#include "run/loop.h"
#include "run/mailbox.h"
#include "run/prepare.h"
#include "run/switch.h"

#define STRIDE(type) ((uint32_t)(sizeof(type) + 63) & ~63u)
#define OFF_CPUS     0x1000u
#define OFF_DOMAINS  0x2000u
#define NR_DOMAINS   ENV_DOMAINS
#define OFF_LOG      0x40000u
#define OFF_SHIM     0x100000u
#define OFF_HEAP     0x200000u
#define SIZE_HEAP    0xe00000u
#define OFF_VCPUS    (OFF_HEAP + SIZE_HEAP)
#define NR_VCPUS     (ENV_DOMAINS * ENV_VCPUS)
#define OFF_DATA     0x1400000u
#define SIZE_DATA    0x400000u
#define SPARE_LEAVES 8u

static struct irx_anchor *const anchor = (struct irx_anchor *)ENV_REGION;
static uint64_t data_next;
static struct pcpu *cpus[ENV_CPUS];
static struct dom doms[NR_DOMAINS];

static void *data(uint64_t size, irx_off_t *off)
{
    *off = OFF_DATA + data_next;
    data_next += (size + 63) & ~63ull;
    assert_true(data_next <= SIZE_DATA);
    return (void *)(ENV_REGION + *off);
}

static void map_at(uint64_t address, uint64_t size)
{
    void *p = mmap((void *)address, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    assert_ptr_equal(p, (void *)address);
}

static void fill_anchor(void)
{
    *anchor = (struct irx_anchor){
        .magic = IRX_ANCHOR_MAGIC,
        .version = IRX_ABI_VERSION,
        .size = sizeof(*anchor),
        .region_base = ENV_REGION,
        .region_size = ENV_REGION_SIZE,
        .generation = 5,
        .xen_alive = 1,
        .xen_vector = 0xe1,
        .xen_apic_id = 77,
        .tsc_khz = ENV_KHZ,
        .time = {.mul = 1},
        .cpus = {OFF_CPUS, STRIDE(struct irx_cpu), ENV_CPUS},
        .domains = {OFF_DOMAINS, STRIDE(struct irx_domain), NR_DOMAINS},
        .vcpus = {OFF_VCPUS, STRIDE(struct irx_vcpu), NR_VCPUS},
        .log = {OFF_LOG, 0x10000},
        .data = {OFF_DATA, SIZE_DATA},
        .shim = {OFF_SHIM, 0x10000},
        .spec = {.flags = IRX_SPEC_GIVEN},
        .shim_heap = {OFF_HEAP, SIZE_HEAP},
    };
}

void env_add_cpu(uint32_t i)
{
    struct pcpu *pc = mem_alloc(1);

    pc->self = pc;
    pc->index = i;
    pc->apic_id = 10 + i;
    pc->rec = shim_cpu_rec(i);
    pc->armed = TSC_NEVER;
    pc->last_id = SPEC_NOBODY;
    for (unsigned int w = 0; w < WINDOWS; w++)
        pc->window_mfn[w].v = ~0ull;
    pc->rec->state = IRX_CPU_HELD;
    pc->rec->apic_id = pc->apic_id;
    cpus[i] = pc;
    place_cpu_comes(pc);
    assert_int_equal(vendor_cpu_init(pc), 0);
}

/* The leak detector would walk memory that is R, or that is gone. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int env_setup(void **state)
{
    (void)state;
    map_at(ENV_REGION, ENV_REGION_SIZE);
    map_at(ENV_MEMORY, ENV_MEMORY_SIZE);
    fake = (struct fake_machine){.has_svm = fake.has_svm, .is_tcg = fake.is_tcg};
    fake.tsc = 1000000000;
    fake.timer = TSC_NEVER;
    memset(&shim, 0, sizeof(shim));
    memset(cpus, 0, sizeof(cpus));
    memset(doms, 0, sizeof(doms));
    data_next = 0;
    fill_anchor();
    assert_int_equal(anchor_validate(anchor, ENV_REGION), 0);
    anchor_take(anchor, &shim);
    shim.npt = vendor_npt;
    shim.host.phys_bits = 40;
    shim.host.page_1g = true;
    shim.host.mxcsr_mask = fake_mxcsr_mask;
    log_init((struct irx_log *)(ENV_REGION + OFF_LOG), 0x10000);
    assert_int_equal(spec_init(anchor), 0);
    assert_int_equal(mem_init(ENV_REGION + OFF_HEAP, anchor->shim_heap.size), 0);
    shim.pcpu = cpus;
    shim.doms = doms;
    for (uint32_t i = 0; i < NR_DOMAINS; i++) {
        doms[i].index = i;
        doms[i].rec = shim_domain_rec(i);
    }
    assert_int_equal(vendor_init(), 0);
    env_add_cpu(0);
    env_add_cpu(1);
    cpus[1]->closed = true;
    env_on(0);
    return 0;
}

int env_teardown(void **state)
{
    (void)state;
    munmap((void *)ENV_REGION, ENV_REGION_SIZE);
    munmap((void *)ENV_MEMORY, ENV_MEMORY_SIZE);
    return 0;
}

void env_open_cpu(uint32_t i)
{
    cpus[i]->closed = false;
}

struct pcpu *env_cpu(uint32_t i)
{
    return cpus[i];
}

struct pcpu *env_on(uint32_t i)
{
    fake.cpu = i;
    return cpus[i];
}

void *env_page(uint32_t entry, uint64_t gfn)
{
    return (void *)(ENV_MEMORY + (((uint64_t)entry * ENV_PAGES + gfn) << PAGE_SHIFT));
}

struct irx_vcpu *env_vcpu_rec(const struct irx_domain *d, uint32_t i)
{
    return shim_vcpu_rec(d->vcpu_first + i);
}

struct irx_extent *env_extents(const struct irx_domain *d)
{
    return (struct irx_extent *)(ENV_REGION + d->extents);
}

struct irx_port *env_ports(const struct irx_domain *d)
{
    return (struct irx_port *)(ENV_REGION + d->ports);
}

xen_msr_entry_t *env_msrs(const struct irx_domain *d)
{
    return (xen_msr_entry_t *)(ENV_REGION + d->msrs);
}

xen_cpuid_leaf_t *env_leaves(const struct irx_domain *d)
{
    return (xen_cpuid_leaf_t *)(ENV_REGION + d->leaves);
}

struct irx_extent *env_more_extents(struct irx_domain *d, uint32_t n)
{
    struct irx_extent *e = data(n * sizeof(*e), &d->extents);

    for (uint32_t i = 0; i < n; i++)
        e[i] = (struct irx_extent){.gfn = i * 2ull,
                                   .mfn = 0x100000 + i,
                                   .nr = 1,
                                   .type = IRX_P2M_RAM_RW,
                                   .owner = d->domid,
                                   .access = 7};
    d->extent_count = n;
    env_seal(d);
    return e;
}

struct irx_port *env_more_ports(struct irx_domain *d, uint32_t n)
{
    struct irx_port *ports = data(n * sizeof(*ports), &d->ports);

    memset(ports, 0, n * sizeof(*ports));
    ports[0].state = IRX_PORT_RESERVED;
    d->port_count = n;
    data(n / 8 + 8, &d->to_guest);
    data(n / 8 + 8, &d->to_xen);
    return ports;
}

void env_seal(struct irx_domain *d)
{
    d->extents_crc = irx_crc32c(0, env_extents(d), d->extent_count * sizeof(struct irx_extent));
    d->policy_crc = irx_crc32c(0, env_leaves(d), d->leaf_count * sizeof(xen_cpuid_leaf_t));
    d->policy_crc = irx_crc32c(d->policy_crc, env_msrs(d), d->msr_count * sizeof(xen_msr_entry_t));
}

void env_add_leaf(struct irx_domain *d, xen_cpuid_leaf_t leaf)
{
    env_leaves(d)[d->leaf_count++] = leaf;
    env_seal(d);
}

static void add_policy(struct irx_domain *d)
{
    static const xen_cpuid_leaf_t leaves[] = {
        {.leaf = 0, .subleaf = ~0u, .a = 0xd, .b = 0x68747541, .c = 0x444d4163, .d = 0x69746e65},
        {.leaf = 1, .subleaf = ~0u, .b = 0xff000800, .c = 0x80202001, .d = 0x1783fbff},
        {.leaf = 7, .subleaf = 0, .b = 0x00100081},
        {.leaf = 0x40000000, .subleaf = ~0u},
        {.leaf = 0x40000000, .subleaf = ~0u, .a = 0x40000005, .b = 0x566e6558},
        {.leaf = 0x40000003, .subleaf = 0, .a = 3},
        {.leaf = 0x40000003, .subleaf = 1, .a = 31},
        {.leaf = 0x40000004, .subleaf = ~0u, .a = 0x18},
        {.leaf = 0x80000000, .subleaf = ~0u, .a = 0x80000008},
        {.leaf = 0x80000001, .subleaf = ~0u, .d = 0x2193fbff},
    };
    void *p = data(sizeof(leaves) + SPARE_LEAVES * sizeof(leaves[0]), &d->leaves);

    memcpy(p, leaves, sizeof(leaves));
    d->leaf_count = ARRAY_SIZE(leaves);
    d->xen_version = 0x40011;
}

static void add_ports(struct irx_domain *d)
{
    struct irx_port *p = data(ENV_PORTS * sizeof(*p), &d->ports);

    memset(p, 0, ENV_PORTS * sizeof(*p));
    d->port_count = ENV_PORTS;
    memset(data(ENV_PORTS / 8, &d->to_guest), 0, ENV_PORTS / 8);
    memset(data(ENV_PORTS / 8, &d->to_xen), 0, ENV_PORTS / 8);
    data(8, &d->fifo_array);
    p[0].state = IRX_PORT_RESERVED;
    for (uint32_t i = 1; i < ENV_PORTS; i++)
        p[i].priority = p[i].last_priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    for (uint32_t v = 0; v < d->vcpu_count; v++) {
        p[1 + v].state = IRX_PORT_VIRQ; /* VIRQ_TIMER is 0 */
        p[1 + v].notify_vcpu = (uint16_t)v;
        p[11 + v].state = IRX_PORT_IPI;
        p[11 + v].notify_vcpu = (uint16_t)v;
    }
    p[20].state = IRX_PORT_INTERDOMAIN;
    p[20].remote_port = 99;
    p[21].state = IRX_PORT_UNBOUND;
}

static void add_registers(struct irx_vcpu *r, uint32_t i)
{
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)r->cpu;
    struct hvm_hw_lapic *l = (struct hvm_hw_lapic *)r->lapic;
    uint32_t *regs = (uint32_t *)(void *)r->lapic_regs;

    c->rip = GFN_CODE << PAGE_SHIFT;
    c->rsp = (GFN_DATA + 1) << PAGE_SHIFT;
    c->rflags = X86_EFLAGS_MBS | X86_EFLAGS_IF;
    c->cr0 = 0x80050033;
    c->cr3 = GFN_PML4 << PAGE_SHIFT;
    c->cr4 = 0x6a0;
    c->msr_efer = 0xd01;
    c->dr6 = 0xffff0ff0;
    c->dr7 = 0x400;
    c->cs_sel = 8;
    c->cs_limit = ~0u;
    c->cs_arbytes = 0xa9b;
    c->ss_sel = 16;
    c->ss_limit = ~0u;
    c->ss_arbytes = 0xc93;
    c->tr_arbytes = 0x8b;
    c->tr_limit = 0x67;
    l->apic_base_msr = 0xfee00c00;
    l->timer_divisor = 1;
    regs[0x20 / 4] = i * 2;
    regs[0xd0 / 4] = 1u << (i * 2 % 32);
    regs[0xf0 / 4] = 0x1ff;
    for (uint32_t lvt = 0x320; lvt <= 0x370; lvt += 0x10)
        regs[lvt / 4] = 0x10000;
}

static void add_vcpu(struct irx_domain *d, uint32_t entry, uint32_t i)
{
    struct irx_vcpu *r = env_vcpu_rec(d, i);

    memset(r, 0, sizeof(*r));
    r->state = IRX_VCPU_RUNNABLE;
    r->flags = IRX_VCPUF_INITIALISED;
    r->vcpu_id = i;
    r->cpu_hint = 0;
    r->tsc_offset = 0x1000;
    r->time = (struct irx_time_scale){.mul = 0x80000000u, .shift = 1}; /* ns = ticks */
    r->runstate = RUNSTATE_offline;
    r->runstate_entry_time = fake.tsc;
    r->vcpu_info_gfn = GFN_INFO;
    r->vcpu_info_mfn = (ENV_MEMORY >> PAGE_SHIFT) + (uint64_t)entry * ENV_PAGES + GFN_INFO;
    r->vcpu_info_offset = i * 64;
    r->fifo_control_gfn = ~0ull;
    add_registers(r, i);
}

/* Identity mapping of the first 2 MiB in 4 KiB pages: a table for the tests to break. */
static void add_page_tables(uint32_t entry)
{
    uint64_t *t[4];

    for (unsigned int i = 0; i < 4; i++)
        t[i] = env_page(entry, GFN_PML4 + i);
    for (unsigned int i = 0; i < 3; i++)
        t[i][0] = (uint64_t)(GFN_PML4 + i + 1) << PAGE_SHIFT | 0x27;
    for (uint64_t i = 0; i < 512; i++)
        t[3][i] = i << PAGE_SHIFT | 0x67;
}

struct irx_domain *env_domain(uint32_t entry, uint16_t domid, uint32_t vcpus)
{
    struct irx_domain *d = shim_domain_rec(entry);
    struct irx_extent *e;

    memset(d, 0, sizeof(*d));
    d->domid = domid;
    d->generation = anchor->generation;
    d->vcpu_first = entry * ENV_VCPUS;
    d->vcpu_count = vcpus;
    d->tsc_mode = 2;
    d->guest_time.to_ns_mul = 0x80000000u; /* ns = ticks */
    d->guest_time.to_ns_shift = 1;
    d->flags = IRX_DOMF_CALLBACK_VECTOR;
    d->callback_vector = ENV_UPCALL;
    d->answers.flags = IRX_ANSWER_DEFAULT_POLICY | IRX_ANSWER_NO_VPMU | IRX_ANSWER_RUNSTATE_FLAG;
    d->answers.xen_features = 0x12305;
    d->shared_info_gfn = GFN_SHARED;
    d->shared_info_mfn = (ENV_MEMORY >> PAGE_SHIFT) + (uint64_t)entry * ENV_PAGES + GFN_SHARED;
    e = data(16 * sizeof(*e), &d->extents);
    e[0] = (struct irx_extent){.gfn = 0,
                               .mfn = (ENV_MEMORY >> PAGE_SHIFT) + (uint64_t)entry * ENV_PAGES,
                               .nr = ENV_PAGES,
                               .type = IRX_P2M_RAM_RW,
                               .owner = domid,
                               .access = 7};
    d->extent_count = 1;
    add_policy(d);
    data(2 * sizeof(xen_msr_entry_t), &d->msrs);
    add_ports(d);
    for (uint32_t i = 0; i < vcpus; i++)
        add_vcpu(d, entry, i);
    add_page_tables(entry);
    env_seal(d);
    return d;
}

void env_use_fifo(struct irx_domain *d)
{
    d->evtchn_abi = IRX_EVTCHN_FIFO;
    d->flags &= ~IRX_DOMF_CALLBACK_VECTOR;
    d->fifo_array_count = 1;
    *(uint64_t *)(ENV_REGION + d->fifo_array) = GFN_ARRAY;
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        env_vcpu_rec(d, i)->upcall_vector = ENV_UPCALL;
        env_vcpu_rec(d, i)->fifo_control_gfn = GFN_CONTROL;
        env_vcpu_rec(d, i)->fifo_control_offset = i * 128;
    }
}

uint8_t *env_use_xsave(struct irx_domain *d, uint32_t vcpu, uint64_t xcr0, uint64_t xcr0_accum)
{
    struct irx_vcpu *r = env_vcpu_rec(d, vcpu);
    uint64_t *x = (uint64_t *)r->xsave; /* mask, xcr0, xcr0_accum, image */

    shim.host.xsave = true;
    fake.cpuid_d0_eax = 7 | xcr0_accum;
    env_add_leaf(d, (xen_cpuid_leaf_t){.leaf = 0xd, .a = (uint32_t)fake.cpuid_d0_eax});
    r->flags |= IRX_VCPUF_XSAVE;
    r->xsave_size = 24 + (xcr0_accum & 0x200  ? 2440
                          : xcr0_accum & 0xe0 ? 2432
                          : xcr0_accum & 4    ? 832
                                              : 576);
    x[0] = fake.cpuid_d0_eax;
    x[1] = xcr0;
    x[2] = xcr0_accum;
    return r->xsave + 24;
}

void env_prepare(struct irx_domain *d)
{
    struct pcpu *pc = env_on(0);

    d->state = IRX_DOM_PREPARING;
    mailbox_poll(pc);
    while (prepare_any())
        assert_true(mailbox_step(pc));
}

void env_enter(struct irx_domain *d)
{
    struct pcpu *pc = env_on(0);

    d->state = IRX_DOM_ENTERING;
    mailbox_poll(pc);
    while (prepare_any())
        assert_true(mailbox_step(pc));
    for (uint32_t i = 0; i < ENV_CPUS; i++)
        if (cpus[i])
            place_take_inbox(cpus[i]);
}

struct dom *env_run(struct irx_domain *d)
{
    env_prepare(d);
    assert_int_equal(d->state, IRX_DOM_PREPARED);
    env_enter(d);
    assert_int_equal(d->state, IRX_DOM_RUNNING);
    for (uint32_t i = 0; i < NR_DOMAINS; i++)
        if (doms[i].rec == d)
            return &doms[i];
    fail();
    return NULL;
}

void env_freeze(struct irx_domain *d)
{
    d->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    for (uint32_t i = 0; i < ENV_CPUS; i++)
        if (cpus[i] && cpus[i]->freezing)
            mailbox_freeze_here(env_on(i));
    env_on(0);
}

struct vcpu *env_vcpu(struct dom *d, uint32_t i)
{
    return &d->vcpus[i];
}

struct vcpu *env_current(struct dom *d, uint32_t vcpu)
{
    struct vcpu *v = &d->vcpus[vcpu];

    sched_run(v, hw_tsc());
    switch_to(env_on(0), v);
    timer_runs(env_cpu(0), v);
    env_cpu(0)->current = v;
    v->kicked = 0;
    return v;
}

void env_code(struct vcpu *v, const void *bytes, unsigned int len)
{
    memcpy((uint8_t *)env_page(v->d->index, GFN_CODE) + (v->rip & (PAGE_SIZE - 1)), bytes, len);
}

uint64_t env_data_va(unsigned int offset)
{
    return (GFN_DATA << PAGE_SHIFT) + offset;
}

/* Whatever else a test looks at: the shim wrote no state that may not follow the one before. */
static void __attribute__((destructor)) no_state_faults(void)
{
    if (!state_faults.count)
        return;
    fprintf(stderr, "%u states were written that do not follow; at last %s: %u after %u\n",
            state_faults.count, state_faults.what, state_faults.to, state_faults.from);
    _exit(1);
}
