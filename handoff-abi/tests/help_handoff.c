/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_handoff.h"

#include <interrex/crc32c.h>
#include <interrex/live.h>

const uint8_t help_build_id[20] = {0xde, 0xb1, 0xa4, 0x17, 5};
const uint8_t help_handoff_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

uint64_t help_pattern(uint64_t seed)
{
    seed += 0x9e3779b97f4a7c15ull; /* splitmix64, Steele et al. 2014 */
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ull;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111ebull;
    return seed ^ seed >> 31;
}

void help_writer(struct irx_writer *w, void *buf, size_t size, uint32_t section)
{
    irx_writer_init(w, buf, size, section, IRX_PRODUCER_XEN, help_build_id, help_handoff_id,
                    HELP_FEATURES, IRX_ABI_VERSION);
}

#define PUT(w, type, instance, ...)                                                                \
    irx_writer_record(w, type, instance, &(__VA_ARGS__), sizeof(__VA_ARGS__))

/* ---- Streams ---- */

void help_fill_early(struct irx_writer *w)
{
    PUT(w, IRX_REC_PRESERVED, 0,
        (struct irx_preserved[]){{.mfn = 0x10000, .nr = 0x10000, .owner = 1},
                                 {.mfn = 0x20400, .nr = 512, .owner = 2},
                                 {.mfn = 0x20600, .nr = 1, .kind = IRX_PRESERVED_XEN_PAGE},
                                 {.mfn = 0x40000, .nr = 0x80000}});
    PUT(w, IRX_REC_MEMMAP, 0,
        (struct irx_memmap_entry[]){{.size = 0x9fc00, .type = 1},
                                    {.addr = 0xf0000, .size = 0x10000, .type = 2},
                                    {.addr = 0x100000, .size = 0x7fee0000, .type = 1},
                                    {.addr = 1ull << 32, .size = 1ull << 31, .type = 1}});
    PUT(w, IRX_REC_CPUS, 0,
        (struct irx_cpu_record[]){{.cpu_entry = ~0u},
                                  {.apic_id = 1, .held = 1, .cpu_entry = 1},
                                  {.apic_id = 2, .held = 1, .cpu_entry = 2},
                                  {.apic_id = 3, .cpu_entry = ~0u, .offline = 1}});
    PUT(w, IRX_REC_TIME, 0,
        (struct irx_time_record){.tsc_khz = 1000000,
                                 .scale = {.tsc_stamp = 123456789012ull,
                                           .stime_stamp = 123000000000ull,
                                           .mul = 0x80000000u,
                                           .shift = -1},
                                 .wc_sec = 1700000000,
                                 .wc_nsec = 999999999,
                                 .apic_timer_hz = 62500000});
    PUT(w, IRX_REC_FIRMWARE, 0,
        (struct irx_firmware_record){.rsdp = 0xf5a40, .bda_ebda_seg = 0x9fc0, .bda_base_kib = 639});
    PUT(w, IRX_REC_CONSOLE, 0,
        (struct irx_console_record){.xen_cmdline = "loglvl=all liveupdate=64M dom0=pvh"});
}

static void fill_affinity(struct irx_writer *w, uint16_t domid, uint32_t vcpus)
{
    uint32_t i;

    irx_writer_begin(w, IRX_REC_AFFINITY, domid, 0);
    for (i = 0; i < vcpus; i++) {
        const struct irx_affinity a = {
            .vcpu_id = i, .hard_all = 1, .soft_all = i & 1, .soft = {i & 1 ? 0 : 6}};

        irx_writer_put(w, &a, sizeof(a));
    }
    irx_writer_end(w);
}

void help_fill_domain(struct irx_writer *w, uint16_t domid, uint32_t vcpus)
{
    PUT(w, IRX_REC_DOMAIN, domid,
        (struct irx_domain_record){.domid = domid,
                                   .entry = domid ? domid == 1 ? 0 : 2 : HELP_DOM0_ENTRY,
                                   .handle = {(uint8_t)domid, 0xaa, 0xbb},
                                   .flags = 3,
                                   .max_vcpus = vcpus,
                                   .max_evtchn_port = 1023,
                                   .max_grant_frames = 64,
                                   .max_maptrack_frames = 1024,
                                   .max_pages = 65536,
                                   .paging_pool_pages = 640,
                                   .time_offset_seconds = -3600,
                                   .tsc_mode = 2,
                                   .tsc_khz = 1000000,
                                   .tsc_incarnation = 1,
                                   .shutdown_code = ~0u,
                                   .node_affinity = domid,
                                   .target = ~0u});
    fill_affinity(w, domid, vcpus);
    PUT(w, IRX_REC_SCHED, domid,
        (struct irx_sched){.sched_id = IRX_SCHED_CREDIT2, .params = {256u | 50u << 16}});
    PUT(w, IRX_REC_GRANT_TABLE, domid,
        (struct irx_grant_table){.version = 1, .nr_frames = 2, .maptrack_limit = domid ? 0 : 512});
    PUT(w, IRX_REC_GRANT_FRAMES, domid,
        (struct irx_grant_frame[]){{.mfn = 0x3100u + domid, .gfn = 0xfeff1},
                                   {.mfn = 0x3200u + domid, .gfn = ~0ull, .index = 1}});
}

static void fill_vioapics(struct irx_writer *w)
{
    struct irx_vioapic chip = {.base_address = 0xfec00000, .nr_pins = 48};

    chip.redirtbl[4] = 0x10000;
    chip.redirtbl[9] = 0xa034;
    chip.gsi_assert_count[9] = 1;
    PUT(w, IRX_REC_VIOAPIC, 0, chip);
    PUT(w, IRX_REC_VIOAPIC, 0,
        (struct irx_vioapic){.base_address = 0xfec01000, .id = 1, .base_gsi = 48, .nr_pins = 24});
}

static void fill_pci(struct irx_writer *w)
{
    PUT(w, IRX_REC_PCI_DEVICE, 0,
        (struct irx_pci_device[]){{.sbdf = 0x10, .msi_vectors = 1, .flags = IRX_PCI_F_MSI},
                                  {.sbdf = 0x18, .flags = IRX_PCI_F_MSIX},
                                  {.sbdf = 0x19, .physfn = 0x18, .flags = IRX_PCI_F_VIRTFN}});
    PUT(w, IRX_REC_PCI_MSIX, 0,
        (struct irx_pci_msix[]){{.sbdf = 0x18, .address = 0xfee00000, .data = 0x31},
                                {.sbdf = 0x18, .entry = 3, .masked = 1}});
}

/* What a PV dom0 has, and a PVH one has not. */
static void fill_pv(struct irx_writer *w)
{
    uint32_t i;

    PUT(w, IRX_REC_PV_DOMAIN, 0,
        (struct irx_pv_domain){.flags = IRX_PV_F_EOI_MAP,
                               .cf8 = 0x80001810,
                               .cmos_index = 0x0c,
                               .tables = {1, 1, 1, 1},
                               .eoi_map_mfn = 0x28010,
                               .kernel_pte = 1ull << 52});
    PUT(w, IRX_REC_PV_FRAMES, 0,
        (struct irx_pv_run[]){
            {.mfn = 0x28000, .nr = 0x3ff0, .step = 1},
            {.mfn = 0x2bff0, .pfn = ~0ull, .nr = 0x10, .flags = IRX_PV_RUN_GIVEN_UP}});
    PUT(w, IRX_REC_PV_TABLES, 0,
        (struct irx_pv_table[]){{.mfn = 0x28100, .level = 4, .pinned = 1},
                                {.mfn = 0x28101, .level = 3},
                                {.mfn = 0x28102, .level = 2},
                                {.mfn = 0x28103, .level = 1}});
    irx_writer_begin(w, IRX_REC_PV_VCPU, 0, 0);
    for (i = 0; i < 2; i++) {
        const struct irx_pv_vcpu v = {.vcpu_id = i, .sysenter_cs = 0xe033, .async_old_mask = {2}};

        irx_writer_put(w, &v, sizeof(v));
    }
    irx_writer_end(w);
    PUT(w, IRX_REC_PV_PIRQ, 0,
        (struct irx_pv_pirq[]){{.pirq = 9,
                                .entry = 9,
                                .evtchn = 3,
                                .flags = IRX_PIRQ_F_LEVEL | IRX_PIRQ_F_LOW | IRX_PIRQ_F_BOUND},
                               {.pirq = 55, .kind = IRX_PIRQ_MSI, .sbdf = 0x10},
                               {.pirq = 56, .kind = IRX_PIRQ_MSIX, .sbdf = 0x18, .entry = 3}});
    PUT(w, IRX_REC_PV_MMCFG, 0,
        (struct irx_pv_mmcfg[]){{.address = 0xb0000000, .end_bus = 255, .flags = 1}});
}

static bool with_pv_dom0;

void help_fill_late(struct irx_writer *w)
{
    help_fill_domain(w, 0, 2);
    PUT(w, IRX_REC_MAPTRACK, 0, (struct irx_maptrack[]){{.ref = 8, .domid = 1, .flags = 2}});
    PUT(w, IRX_REC_FOREIGN, 0, (struct irx_foreign[]){{.gfn = 0x500, .mfn = 0x10500, .owner = 1}});
    if (!with_pv_dom0)
        fill_vioapics(w);
    PUT(w, IRX_REC_PIRQ, 0, (struct irx_pirq[]){{.pirq = 9, .gsi = 9, .evtchn = 5, .flags = 7}});
    PUT(w, IRX_REC_RIGHTS, 0,
        (struct irx_right[]){{.first = 0xfed00, .last = 0xfed00},
                             {.first = 0, .last = 0xcf7, .kind = IRX_RIGHT_IOPORT},
                             {.first = 1, .last = 15, .kind = IRX_RIGHT_IRQ}});
    PUT(w, IRX_REC_E820, 0,
        (struct irx_memmap_entry[]){{.size = 0x9f000, .type = 1},
                                    {.addr = 0x100000, .size = 0x3ff00000, .type = 1}});
    PUT(w, IRX_REC_DOM0_STATE, 0, (struct irx_dom0_state){.start_info_gpa = 0x1000000});
    PUT(w, IRX_REC_CPUPOOLS, 0,
        (struct irx_cpupool[]){
            {.sched_id = IRX_SCHED_CREDIT2, .params = {1000}, .cpus = {3}},
            {.id = 1, .sched_id = IRX_SCHED_CREDIT, .params = {30, 1000, 0}, .cpus = {4}}});
    fill_pci(w);
    if (with_pv_dom0)
        fill_pv(w);

    help_fill_domain(w, 1, 1);
    PUT(w, IRX_REC_GRANT_ACTIVE, 1,
        (struct irx_grant_active[]){
            {.ref = 8, .pin = 0x100, .length = 4096, .mfn = 0x10008, .gfn = 8, .trans_domid = 1}});
    help_fill_domain(w, 2, 2);
}

/* ---- The region ---- */

/* Offsets of the pieces. */
enum {
    AT_CPUS = 0x1000,
    AT_DOMAINS = 0x2000,
    AT_VCPUS = 0x4000,
    AT_LOG = 0xe000,
    AT_DATA = 0xf000,
    AT_EARLY = 0x14000,
    AT_LATE = 0x16000,
};

#define STRIDE(type)  ((sizeof(type) + 63) & ~63ull)
#define VCPU_STRIDE   STRIDE(struct irx_vcpu)
#define DOMAIN_STRIDE STRIDE(struct irx_domain)
#define LOG_TEXT      64u

static void *at(void *region, uint64_t off)
{
    return (uint8_t *)region + off;
}

static void fill_anchor(struct irx_anchor *a)
{
    *a = (struct irx_anchor){
        .magic = IRX_ANCHOR_MAGIC,
        .version = IRX_ABI_VERSION,
        .size = sizeof(*a),
        .region_base = HELP_REGION_BASE,
        .region_size = HELP_REGION_SIZE,
        .generation = HELP_GENERATION,
        .host_state = IRX_HOST_HANDING_OVER,
        .shim_state = IRX_SHIM_READY,
        .xen_vector = 0xf0,
        .features = HELP_FEATURES,
        .tsc_khz = 1000000,
        .time = {.tsc_stamp = 5000, .stime_stamp = 6000, .mul = 0x80000000u, .shift = 1},
        .cpus = {.off = AT_CPUS, .stride = STRIDE(struct irx_cpu), .count = 4},
        .domains = {.off = AT_DOMAINS, .stride = DOMAIN_STRIDE, .count = HELP_DOM0_ENTRY + 1},
        .vcpus = {.off = AT_VCPUS, .stride = VCPU_STRIDE, .count = HELP_VCPUS},
        .log = {.off = AT_LOG, .size = 0x1000},
        .data = {.off = AT_DATA, .size = 0x5000},
        .early = {.off = AT_EARLY, .size = 0x2000},
        .late = {.off = AT_LATE, .size = 0x8000},
        .entry = {.off = 0x100000, .size = 0x10000},
        .shim = {.off = 0x200000, .size = 0x200000},
        .shim_heap = {.off = 0x400000, .size = 0x400000},
        .slots = {{.span = {.off = 0x800000, .size = 0x1000000}, .state = IRX_SLOT_RUNNING},
                  {.span = {.off = 0x1800000, .size = 0x1000000}, .state = IRX_SLOT_LOADED}},
        .shim_entry = 0x100,
        .shim_image_size = 0x12345,
        .data_used = 0x5000,
        .shim_release = IRX_RELEASE(0, 2, 0),
        .spec = {.flags = IRX_SPEC_GIVEN | IRX_SPEC_GUEST_CTRL | IRX_SPEC_RSB_EXIT,
                 .host_ctrl = 2,
                 .ssbd = IRX_SSBD_SPEC_CTRL},
        .failure = {.off = 0x110000, .size = 0x5000},
        .fallback = {.off = 0x2800000, .size = 0x800000},
        .fallback_used = 0x410000,
        .attempts = 1,
        .attempts_max = 2,
        .watch = {.deadline = 900000000000,
                  .limit = 10000000000,
                  .answers = 1,
                  .noticed = 1,
                  .stage = IRX_BOOT_GUESTS,
                  .text = {{0x1800000, 0x180000}, {0x1a00000, 0x80000}}},
        .deadman = {.limit_ms = 30000},
    };
    memcpy(a->handoff_id, help_handoff_id, sizeof(help_handoff_id));
}

static void fill_ports(void *region, struct irx_domain *d, uint64_t off)
{
    struct irx_port *ports = at(region, off);

    d->ports = off;
    d->port_count = HELP_PORTS;
    ports[0].state = IRX_PORT_RESERVED;
    ports[1] = (struct irx_port){.state = IRX_PORT_INTERDOMAIN, .remote_port = 11u + d->domid};
    ports[2] = (struct irx_port){.state = IRX_PORT_UNBOUND, .flags = IRX_PORT_F_PENDING};
    ports[69] = (struct irx_port){.state = IRX_PORT_VIRQ, .priority = 15, .last_priority = 15};
    d->to_guest = off + HELP_PORTS * sizeof(*ports);
    d->to_xen = d->to_guest + 16;
    *(uint64_t *)at(region, d->to_guest) = 2;
    d->to_guest_summary = 1;
    if (d->domid)
        return;
    ports[1] = (struct irx_port){.state = IRX_PORT_IPI};
    ports[12] = (struct irx_port){
        .state = IRX_PORT_INTERDOMAIN, .remote_domid = 1, .remote_port = 1};
    ports[13] = (struct irx_port){
        .state = IRX_PORT_INTERDOMAIN, .remote_domid = 2, .remote_port = 1};
}

/* Domain 1's event array; its vCPU's control block is beside it. */
static void use_fifo(void *region, struct irx_domain *d, uint64_t off)
{
    d->evtchn_abi = IRX_EVTCHN_FIFO;
    d->fifo_array = off;
    d->fifo_array_count = 1;
    *(uint64_t *)at(region, off) = 0x200;
}

static void fill_policy(void *region, struct irx_domain *d, uint64_t leaves, uint64_t msrs)
{
    static const uint32_t leaf[2][6] = {
        {0, ~0u, 0xd, 0x68747541, 0x444d4163, 0x69746e65},
        {0x80000008, ~0u, 0x3024}, /* 36 bits of guest-physical addresses */
    };

    memcpy(at(region, leaves), leaf, sizeof(leaf));
    *(uint32_t *)at(region, msrs) = 0xce;
    d->leaves = leaves;
    d->leaf_count = 2;
    d->msrs = msrs;
    d->msr_count = 1;
    d->policy_crc = irx_crc32c(irx_crc32c(0, leaf, sizeof(leaf)), at(region, msrs), 16);
}

static void fill_extents(void *region, struct irx_domain *d, uint64_t off, uint32_t entry)
{
    const struct irx_extent all[] = {
        {.mfn = 0x10000u + entry * 0x8000u, .nr = 0x4000, .owner = d->domid, .access = 7},
        {.gfn = 0xfeff0,
         .mfn = d->shared_info_mfn,
         .nr = 1,
         .type = IRX_P2M_XEN_PAGE,
         .owner = d->domid,
         .access = 7},
        {.gfn = 0xfeff8,
         .mfn = 0x10008,
         .nr = 1,
         .type = IRX_P2M_GRANT_RW,
         .owner = 1,
         .access = 7},
        {.gfn = 0xff000, .mfn = 0xfed00, .nr = 1, .type = IRX_P2M_MMIO, .access = 7},
    };

    d->extents = off;
    d->extent_count = d->domid ? 2 : 4;
    memcpy(at(region, off), all, d->extent_count * sizeof(*all));
    d->extents_crc = irx_crc32c(0, all, d->extent_count * sizeof(*all));
}

/* The entry of a domain, its arrays at `data`. */
static void fill_entry(void *region, uint32_t entry, uint16_t domid, uint32_t first, uint32_t vcpus,
                       uint64_t data)
{
    struct irx_domain *d = at(region, AT_DOMAINS + entry * DOMAIN_STRIDE);

    *d = (struct irx_domain){.state = domid ? IRX_DOM_RUNNING : IRX_DOM_SAVED,
                             .domid = domid,
                             .callback_vector = 0xf3,
                             .flags = domid ? IRX_DOMF_CALLBACK_VECTOR : IRX_DOMF_DOM0,
                             .generation = HELP_GENERATION,
                             .handle = {(uint8_t)domid, 0xaa, 0xbb},
                             .vcpu_first = first,
                             .vcpu_count = vcpus,
                             .xen_version = 4u << 16 | 17,
                             .shared_info_gfn = 0xfeff0,
                             .shared_info_mfn = 0x3001u + entry,
                             .tsc_mode = 2,
                             .params = {[0] = domid ? 2ull << 56 | 0xf3 : 0, [1] = 0xfeffd000},
                             .params_readable = 2,
                             .pause_tsc = 1000,
                             .run_tsc = 1100,
                             .guest_time = {.offset = -500ull,
                                            .last = 400,
                                            .to_tsc_mul = 0x80000000u,
                                            .to_tsc_shift = 2,
                                            .to_ns_mul = 0x80000000u,
                                            .to_ns_shift = -1},
                             .watchdog = {0, 7000000000},
                             .sched_weight = 512,
                             .sched_cap = 50};
    fill_extents(region, d, data, entry);
    fill_policy(region, d, data + 0x100, data + 0x200);
    fill_ports(region, d, data + 0x400);
    if (domid == 1)
        use_fifo(region, d, data + 0x900);
}

/* Registers that a CPU may have; the others are noise. struct hvm_hw_cpu and its neighbours. */
static void fill_records(struct irx_vcpu *v, uint32_t index)
{
    static const struct {
        uint32_t at;
        uint64_t value;
    } cpu[] = {
        {656, 0x80050033},     /* cr0 */
        {680, 0x6a0},          /* cr4 */
        {720, 0xffff0ff0},     /* dr6 */
        {728, 0x400},          /* dr7 */
        {992, 0xd01},          /* msr_efer */
        {1000, 3},             /* msr_tsc_aux */
        {1016, 0x80000b0eull}, /* a page fault, with a code of 0 */
        {1024, 1},             /* flags: the FPU is in use */
    };
    static const uint64_t xcr0 = 7;
    uint32_t divisor = 2, i;

    for (i = 0; i < sizeof(v->cpu); i++)
        v->cpu[i] = (uint8_t)help_pattern(i + index);
    for (i = 0; i < sizeof(cpu) / sizeof(cpu[0]); i++)
        memcpy(v->cpu + cpu[i].at, &cpu[i].value, sizeof(cpu[i].value));
    memcpy(v->lapic + 12, &divisor, sizeof(divisor));
    for (i = 0; i < 3; i++) /* xfeature_mask, xcr0, xcr0_accum */
        memcpy(v->xsave + i * 8, &xcr0, sizeof(xcr0));
    memcpy(v->xsave + 24 + 512, &xcr0, sizeof(xcr0)); /* xstate_bv */
}

static void fill_vcpu(void *region, uint32_t index, uint32_t id, uint32_t state)
{
    struct irx_vcpu *v = at(region, AT_VCPUS + index * VCPU_STRIDE);

    *v = (struct irx_vcpu){.state = state,
                           .flags = IRX_VCPUF_INITIALISED | IRX_VCPUF_XSAVE | IRX_VCPUF_SINGLESHOT,
                           .vcpu_id = id,
                           .cpu_hint = id,
                           .tsc_offset = -1000ull,
                           .time = {.mul = 0x80000000u, .shift = -3},
                           .singleshot_deadline = 99999,
                           .periodic_period = 1000000,
                           .poll_port = -1,
                           .vcpu_info_gfn = 0x100 + id,
                           .vcpu_info_mfn = 0x10100 + id,
                           .vcpu_info_offset = 64,
                           .fifo_control_gfn = index ? ~0ull : 0x201,
                           .fifo_control_offset = index ? 0 : 128,
                           .upcall_vector = index ? 0 : 0xf4,
                           .runstate = 1,
                           .msr_count = 1,
                           .xsave_size = 600,
                           .msrs = {{.index = 0xc0000103, .value = id}},
                           .guest_time_offset = id,
                           .cpus_allowed = {id},
                           .apic_timer = {.flags = IRX_APIC_TIMER_GIVEN | IRX_APIC_TIMER_ON,
                                          .due = 77777,
                                          .counted_from = 66666}};
    if (state == IRX_VCPU_PARKED) {
        v->park_class = IRX_EXIT_HYPERCALL;
        v->park_detail = 20;
        v->parked[IRX_EXIT_HYPERCALL] = 1;
    }
    v->fifo_tail[7] = index ? 0 : 5;
    fill_records(v, index);
    v->served[IRX_EXIT_CPUID] = 4711;
}

/* A ring that has come round: it holds less than was written. */
static void fill_log(void *region)
{
    static const char line[] = "shim: ready, 2 CPUs\nd1: running \"in place\"\n";
    struct irx_log *log = at(region, AT_LOG);
    uint8_t *text = at(region, AT_LOG + sizeof(*log));
    uint32_t i;

    log->size = LOG_TEXT;
    for (i = 0; i < 2 * (sizeof(line) - 1); i++)
        text[log->head++ % LOG_TEXT] = (uint8_t)line[i % (sizeof(line) - 1)];
}

static void fill_streams(void *region, struct irx_anchor *a)
{
    struct irx_writer w;

    help_writer(&w, at(region, AT_EARLY), a->early.size, IRX_SECTION_EARLY);
    help_fill_early(&w);
    irx_writer_finish(&w, &a->early_used, NULL);
    help_writer(&w, at(region, AT_LATE), a->late.size, IRX_SECTION_LATE);
    help_fill_late(&w);
    irx_writer_finish(&w, &a->late_used, NULL);
}

void help_fill_region(void *region)
{
    struct irx_anchor *a = region;
    struct irx_cpu *cpus = at(region, AT_CPUS);

    fill_anchor(a);
    cpus[1] = (struct irx_cpu){.state = IRX_CPU_HELD, .apic_id = 1, .xen_cpu = 1, .switches = 42};
    cpus[2] = (struct irx_cpu){.state = IRX_CPU_HELD, .apic_id = 2, .xen_cpu = 2, .error = -16};
    fill_entry(region, 0, 1, 0, 1, AT_DATA);
    fill_entry(region, 2, 2, 1, 2, AT_DATA + 0x1000);
    fill_entry(region, HELP_DOM0_ENTRY, 0, 3, 2, AT_DATA + 0x2000);
    ((struct irx_domain *)at(region, AT_DOMAINS + DOMAIN_STRIDE))->generation = HELP_GENERATION - 1;
    fill_vcpu(region, 0, 0, IRX_VCPU_BLOCKED);
    fill_vcpu(region, 1, 0, IRX_VCPU_RUNNING);
    fill_vcpu(region, 2, 1, IRX_VCPU_PARKED);
    fill_vcpu(region, 3, 0, IRX_VCPU_BLOCKED);
    fill_vcpu(region, 4, 1, IRX_VCPU_RUNNABLE);
    fill_log(region);
    if (with_pv_dom0) {
        struct irx_domain *d = at(region, AT_DOMAINS + HELP_DOM0_ENTRY * DOMAIN_STRIDE);

        d->flags |= IRX_DOMF_PV;
        ((struct irx_port *)at(region, d->ports))[3] = (struct irx_port){.state = IRX_PORT_PIRQ,
                                                                         .remote_port = 9};
    }
    fill_streams(region, a);
}

void help_fill_region_pv(void *region)
{
    with_pv_dom0 = true;
    help_fill_region(region);
    with_pv_dom0 = false;
}
