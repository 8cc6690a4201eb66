/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from the headers in include/interrex/abi by tools/generate.py: do not edit. */
/* clang-format off */
#include "fields.h"

static const struct irx_name irx_answer_names[] = {{0x1ull, "DEFAULT_POLICY"}, {0x2ull, "MSR_RELAXED"}, {0x4ull, "NO_VPMU"}, {0x8ull, "RUNSTATE_FLAG"}, {0x10ull, "NO_CONSOLE"}, {0, NULL}};
static const struct irx_name irx_apic_timer_names[] = {{0x1ull, "GIVEN"}, {0x2ull, "ON"}, {0x4ull, "ASSERTED"}, {0, NULL}};
static const struct irx_name irx_audit_spoil_names[] = {{0x0ull, "NOTHING"}, {0x1ull, "REF"}, {0x2ull, "TYPE"}, {0x3ull, "TABLE"}, {0x4ull, "PIN"}, {0, NULL}};
static const struct irx_name irx_audit_what_names[] = {{0x1ull, "REFS"}, {0x2ull, "TYPE"}, {0x4ull, "TYPE_REFS"}, {0x8ull, "FLAGS"}, {0x10ull, "OWNER"}, {0x20ull, "L4_PAGES"}, {0, NULL}};
static const struct irx_name irx_boot_names[] = {{0x0ull, "EARLY"}, {0x1ull, "HEAP"}, {0x2ull, "GUESTS"}, {0x3ull, "DOM0"}, {0x4ull, "LINKS"}, {0x5ull, "READY"}, {0, NULL}};
static const struct irx_name irx_cause_names[] = {{0x0ull, "RESTART"}, {0x1ull, "HALT"}, {0x2ull, "SILENCE"}, {0x3ull, "DEAF"}, {0, NULL}};
static const struct irx_name irx_cpu_names[] = {{0x0ull, "XEN"}, {0x1ull, "LENT"}, {0x2ull, "HELD"}, {0x3ull, "DRAINING"}, {0x4ull, "RELEASED"}, {0x5ull, "DEAD"}, {0, NULL}};
static const struct irx_name irx_cpu_req_names[] = {{0x0ull, "NONE"}, {0x1ull, "RELEASE"}, {0x2ull, "RELEASE_IDLE"}, {0, NULL}};
static const struct irx_name irx_disposition_names[] = {{0x0ull, "RUN"}, {0x1ull, "PAUSED"}, {0, NULL}};
static const struct irx_name irx_domf_names[] = {{0x1ull, "SHINFO_32BIT"}, {0x2ull, "CALLBACK_VECTOR"}, {0x4ull, "DOM0"}, {0x8ull, "X2APIC"}, {0x10ull, "VTSC"}, {0x20ull, "PAUSED"}, {0x40ull, "PV"}, {0, NULL}};
static const struct irx_name irx_dom_names[] = {{0x0ull, "WITH_XEN"}, {0x1ull, "PREPARING"}, {0x2ull, "PREPARED"}, {0x3ull, "ENTERING"}, {0x4ull, "RUNNING"}, {0x5ull, "FREEZING"}, {0x6ull, "FROZEN"}, {0x7ull, "CLAIMED"}, {0x8ull, "FAILED"}, {0x9ull, "SAVED"}, {0, NULL}};
static const struct irx_name irx_evtchn_names[] = {{0x0ull, "2L"}, {0x1ull, "FIFO"}, {0, NULL}};
static const struct irx_name irx_exit_names[] = {{0x0ull, "CPUID"}, {0x1ull, "MSR"}, {0x2ull, "HLT"}, {0x3ull, "PAUSE"}, {0x4ull, "HYPERCALL"}, {0x5ull, "NPF"}, {0x6ull, "INTR"}, {0x7ull, "NMI"}, {0x8ull, "VINTR"}, {0x9ull, "EXCEPTION"}, {0xaull, "CR"}, {0xbull, "DR"}, {0xcull, "XSETBV"}, {0xdull, "CACHE"}, {0xeull, "TSC"}, {0xfull, "IO"}, {0x10ull, "SHUTDOWN"}, {0x11ull, "OTHER"}, {0, NULL}};
static const struct irx_name irx_feature_names[] = {{0x1ull, "SVM"}, {0x2ull, "VMX"}, {0x4ull, "PVH_GUEST"}, {0x8ull, "PVH_DOM0"}, {0x10ull, "EVTCHN_2L"}, {0x20ull, "EVTCHN_FIFO"}, {0x40ull, "RUN_IN_PLACE"}, {0x80ull, "PV_DOM0"}, {0, NULL}};
static const struct irx_name irx_granularity_names[] = {{0x0ull, "CPU"}, {0x1ull, "CORE"}, {0x2ull, "SOCKET"}, {0, NULL}};
static const struct irx_name irx_host_names[] = {{0x0ull, "IDLE"}, {0x1ull, "LOADED"}, {0x2ull, "LENDING"}, {0x3ull, "HOLDING"}, {0x4ull, "HANDING_OVER"}, {0x5ull, "CLAIMING"}, {0x6ull, "RECOVERING"}, {0, NULL}};
static const struct irx_name irx_op_names[] = {{0x1ull, "INFO"}, {0x2ull, "LOAD_SHIM"}, {0x3ull, "CHECK"}, {0x4ull, "LEND"}, {0x5ull, "PREPARE"}, {0x6ull, "ENTER"}, {0x7ull, "CLAIM"}, {0x8ull, "RETURN"}, {0x9ull, "READ"}, {0xaull, "UNLOAD"}, {0xbull, "ABANDON"}, {0xcull, "FALLBACK"}, {0xdull, "DEADMAN"}, {0xeull, "AUDIT"}, {0xfull, "WALKS"}, {0x10ull, "HEAP"}, {0, NULL}};
static const struct irx_name irx_p2m_names[] = {{0x0ull, "RAM_RW"}, {0x1ull, "RAM_RO"}, {0x2ull, "XEN_PAGE"}, {0x3ull, "MMIO"}, {0x4ull, "GRANT_RW"}, {0x5ull, "GRANT_RO"}, {0x6ull, "FOREIGN"}, {0, NULL}};
static const struct irx_name irx_pirq_names[] = {{0x0ull, "GSI"}, {0x1ull, "MSI"}, {0x2ull, "MSIX"}, {0x3ull, "NONE"}, {0, NULL}};
static const struct irx_name irx_pirq_f_names[] = {{0x1ull, "LEVEL"}, {0x2ull, "LOW"}, {0x4ull, "BOUND"}, {0x8ull, "SHAREABLE"}, {0x10ull, "MASKED"}, {0x20ull, "SET_UP"}, {0, NULL}};
static const struct irx_name irx_port_names[] = {{0x0ull, "CLOSED"}, {0x1ull, "UNBOUND"}, {0x2ull, "INTERDOMAIN"}, {0x3ull, "PIRQ"}, {0x4ull, "VIRQ"}, {0x5ull, "IPI"}, {0xffull, "RESERVED"}, {0, NULL}};
static const struct irx_name irx_port_f_names[] = {{0x1ull, "PENDING"}, {0x2ull, "CONSUMER"}, {0, NULL}};
static const struct irx_name irx_preserved_names[] = {{0x0ull, "DOMAIN"}, {0x1ull, "XEN_PAGE"}, {0, NULL}};
static const struct irx_name irx_producer_names[] = {{0x1ull, "XEN"}, {0x2ull, "SHIM"}, {0x3ull, "TOOL"}, {0, NULL}};
static const struct irx_name irx_pv_names[] = {{0x1ull, "RUN_GIVEN_UP"}, {0x2ull, "ASYNC"}, {0x38ull, "PIT_SIZE"}, {0x1430ull, "CONTEXT_SIZE"}, {0, NULL}};
static const struct irx_name irx_pv_f_names[] = {{0x1ull, "EOI_MAP"}, {0x2ull, "AUTO_UNMASK"}, {0, NULL}};
static const struct irx_name irx_reason_names[] = {{0x1ull, "NO_REGION"}, {0x2ull, "NOT_LOADED"}, {0x3ull, "CPU_VENDOR"}, {0x4ull, "NO_CPU"}, {0x5ull, "REGION_SMALL"}, {0x6ull, "IOMMU"}, {0x7ull, "DOM0_NOT_PVH"}, {0x8ull, "PV"}, {0x9ull, "DEVICE_MODEL"}, {0xaull, "PASSTHROUGH"}, {0xbull, "ALTP2M"}, {0xcull, "POD"}, {0xdull, "MEM_SHARING"}, {0xeull, "MEM_PAGING"}, {0xfull, "NESTED"}, {0x10ull, "VM_EVENT"}, {0x11ull, "IOREQ"}, {0x12ull, "LOG_DIRTY"}, {0x13ull, "SHADOW"}, {0x14ull, "TSC_MODE"}, {0x15ull, "DYING"}, {0x16ull, "TOO_MANY_VCPUS"}, {0x17ull, "TOO_MANY_DOMAINS"}, {0x18ull, "GRANT_IN_TRANSIT"}, {0x19ull, "CPUPOOL"}, {0x1aull, "MONITOR"}, {0x1bull, "MEMORY_LOW"}, {0x1cull, "XSAVE_SIZE"}, {0x1dull, "FRAGMENTED"}, {0x1eull, "VIRIDIAN"}, {0x1full, "UNKNOWN"}, {0x20ull, "SCHEDULER"}, {0x21ull, "LABEL"}, {0x22ull, "QUARANTINED"}, {0x23ull, "SUSPENDED"}, {0x24ull, "TOO_MANY_CPUS"}, {0x25ull, "PV_TABLES"}, {0x26ull, "UNFINISHED"}, {0x27ull, "REGION_SHARE"}, {0x28ull, "DEAF_CPU"}, {0, NULL}};
static const struct irx_name irx_record_f_names[] = {{0x1ull, "TAIL_IGNORABLE"}, {0, NULL}};
static const struct irx_name irx_rec_names[] = {{0x1ull, "PRESERVED"}, {0x2ull, "MEMMAP"}, {0x3ull, "CPUS"}, {0x4ull, "TIME"}, {0x5ull, "FIRMWARE"}, {0x6ull, "CONSOLE"}, {0x101ull, "DOMAIN"}, {0x102ull, "AFFINITY"}, {0x103ull, "SCHED"}, {0x110ull, "GRANT_TABLE"}, {0x111ull, "GRANT_FRAMES"}, {0x112ull, "GRANT_ACTIVE"}, {0x113ull, "MAPTRACK"}, {0x114ull, "FOREIGN"}, {0x120ull, "HVM_CONTEXT"}, {0x121ull, "VIOAPIC"}, {0x122ull, "PIRQ"}, {0x123ull, "RIGHTS"}, {0x124ull, "E820"}, {0x125ull, "DOM0_STATE"}, {0x126ull, "CPUPOOLS"}, {0x130ull, "PCI_DEVICE"}, {0x131ull, "PCI_MSIX"}, {0x140ull, "PV_DOMAIN"}, {0x141ull, "PV_FRAMES"}, {0x142ull, "PV_TABLES"}, {0x143ull, "PV_VCPU"}, {0x144ull, "PV_PIRQ"}, {0x145ull, "PV_MMCFG"}, {0, NULL}};
static const struct irx_name irx_sched_names[] = {{0x5ull, "CREDIT"}, {0x6ull, "CREDIT2"}, {0, NULL}};
static const struct irx_name irx_section_names[] = {{0x1ull, "EARLY"}, {0x2ull, "LATE"}, {0, NULL}};
static const struct irx_name irx_shim_names[] = {{0x0ull, "NONE"}, {0x1ull, "READY"}, {0x2ull, "FAILED"}, {0xf1ull, "DOORBELL_VECTOR"}, {0xf2ull, "TIMER_VECTOR"}, {0xf3ull, "KICK_VECTOR"}, {0, NULL}};
static const struct irx_name irx_slot_names[] = {{0x0ull, "EMPTY"}, {0x1ull, "LOADED"}, {0x2ull, "RUNNING"}, {0, NULL}};
static const struct irx_name irx_spec_names[] = {{0x1ull, "GIVEN"}, {0x2ull, "GUEST_CTRL"}, {0x4ull, "IBPB_EXIT"}, {0x8ull, "IBPB_SWITCH"}, {0x10ull, "RSB_IBPB"}, {0x20ull, "RSB_EXIT"}, {0x40ull, "RSB_IDLE"}, {0x80ull, "VERW_ENTRY"}, {0x100ull, "VERW_IDLE"}, {0x200ull, "DIV_ENTRY"}, {0x400ull, "SSBD_ALWAYS"}, {0, NULL}};
static const struct irx_name irx_ssbd_names[] = {{0x0ull, "NONE"}, {0x1ull, "SPEC_CTRL"}, {0x2ull, "VIRT"}, {0x3ull, "LS_CFG"}, {0, NULL}};
static const struct irx_name irx_taken_names[] = {{0x0ull, "NOBODY"}, {0x1ull, "XEN"}, {0x2ull, "SHIM"}, {0, NULL}};
static const struct irx_name irx_vcpuf_names[] = {{0x1ull, "INTR_SHADOW"}, {0x2ull, "NMI_PENDING"}, {0x4ull, "NMI_BLOCKED"}, {0x8ull, "SINGLESHOT"}, {0x10ull, "INITIALISED"}, {0x20ull, "POLL_DEADLINE"}, {0x40ull, "XSAVE"}, {0x80ull, "MACHINE_CHECK"}, {0x100ull, "LOST"}, {0, NULL}};
static const struct irx_name irx_vcpu_names[] = {{0x0ull, "DOWN"}, {0x1ull, "RUNNABLE"}, {0x2ull, "RUNNING"}, {0x3ull, "BLOCKED"}, {0x4ull, "PARKED"}, {0, NULL}};

static const struct irx_field irx_note_members[] = {
    {"size", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"producer", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, irx_producer_names, NULL},
    {"native", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"oldest_read", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"oldest_write", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"no_downgrade", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"required", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 24, 8, 1, NULL, NULL},
    {"optional", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 32, 8, 1, NULL, NULL},
    {"release", IRX_FIELD_UNSIGNED, 0, 40, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 44, 4, 1, NULL, NULL},
};
const struct irx_fields irx_note_fields = {"irx_note", 48, 10, irx_note_members};

static const struct irx_field irx_seal_members[] = {
    {"size", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"sealed", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"crc", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_seal_fields = {"irx_seal", 16, 4, irx_seal_members};

static const struct irx_field irx_stream_header_members[] = {
    {"magic", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"version", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"oldest_reader", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"header_size", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"section", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, irx_section_names, NULL},
    {"total_size", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"record_count", IRX_FIELD_UNSIGNED, 0, 32, 4, 1, NULL, NULL},
    {"producer", IRX_FIELD_UNSIGNED, 0, 36, 4, 1, irx_producer_names, NULL},
    {"build_id", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 40, 1, 20, NULL, NULL},
    {"valid", IRX_FIELD_UNSIGNED, 0, 60, 4, 1, NULL, NULL},
    {"handoff_id", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 64, 1, 16, NULL, NULL},
    {"features", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 80, 8, 1, irx_feature_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 88, 4, 1, NULL, NULL},
    {"crc", IRX_FIELD_UNSIGNED, 0, 92, 4, 1, NULL, NULL},
};
const struct irx_fields irx_stream_header_fields = {"irx_stream_header", 96, 14, irx_stream_header_members};

static const struct irx_field irx_record_members[] = {
    {"type", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, irx_rec_names, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 4, 4, 1, irx_record_f_names, NULL},
    {"instance", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"crc", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"length", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
};
const struct irx_fields irx_record_fields = {"irx_record", 24, 5, irx_record_members};

static const struct irx_field irx_table_members[] = {
    {"off", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"stride", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"count", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_table_fields = {"irx_table", 16, 3, irx_table_members};

static const struct irx_field irx_span_members[] = {
    {"off", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"size", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
};
const struct irx_fields irx_span_fields = {"irx_span", 16, 2, irx_span_members};

static const struct irx_field irx_image_slot_members[] = {
    {"span", IRX_FIELD_STRUCT, 0, 0, 16, 1, NULL, &irx_span_fields},
    {"state", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, irx_slot_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_image_slot_fields = {"irx_image_slot", 24, 3, irx_image_slot_members};

static const struct irx_field irx_time_scale_members[] = {
    {"tsc_stamp", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"stime_stamp", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"mul", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"shift", IRX_FIELD_SIGNED, 0, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_time_scale_fields = {"irx_time_scale", 24, 4, irx_time_scale_members};

static const struct irx_field irx_xen_info_members[] = {
    {"virt_start", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"extraversion", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 8, 1, 16, NULL, NULL},
    {"compile_info", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 24, 1, 144, NULL, NULL},
    {"capabilities", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 168, 1, 1024, NULL, NULL},
    {"changeset", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 1192, 1, 64, NULL, NULL},
};
const struct irx_fields irx_xen_info_fields = {"irx_xen_info", 1256, 5, irx_xen_info_members};

static const struct irx_field irx_spec_members[] = {
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 0, 4, 1, irx_spec_names, NULL},
    {"host_ctrl", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"ssbd", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, irx_ssbd_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_spec_fields = {"irx_spec", 16, 4, irx_spec_members};

static const struct irx_field irx_watch_members[] = {
    {"deadline", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"limit", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"answers", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"noticed", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"stage", IRX_FIELD_UNSIGNED, 0, 24, 4, 1, irx_boot_names, NULL},
    {"taken", IRX_FIELD_UNSIGNED, 0, 28, 4, 1, irx_taken_names, NULL},
    {"deaf", IRX_FIELD_UNSIGNED, 0, 32, 4, 1, NULL, NULL},
    {"heard", IRX_FIELD_UNSIGNED, 0, 36, 4, 1, NULL, NULL},
    {"text", IRX_FIELD_STRUCT, IRX_FIELD_ARRAY, 40, 16, 2, NULL, &irx_span_fields},
};
const struct irx_fields irx_watch_fields = {"irx_watch", 72, 9, irx_watch_members};

static const struct irx_field irx_deadman_members[] = {
    {"limit_ms", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"claimed", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"left", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"cpus", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"start_tsc", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"end_tsc", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
};
const struct irx_fields irx_deadman_fields = {"irx_deadman", 32, 6, irx_deadman_members};

static const struct irx_field irx_anchor_members[] = {
    {"magic", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"version", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"size", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"region_base", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"region_size", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"generation", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"handoff_id", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 40, 1, 16, NULL, NULL},
    {"host_state", IRX_FIELD_UNSIGNED, 0, 56, 4, 1, irx_host_names, NULL},
    {"shim_state", IRX_FIELD_UNSIGNED, 0, 60, 4, 1, irx_shim_names, NULL},
    {"shim_error", IRX_FIELD_SIGNED, 0, 64, 4, 1, NULL, NULL},
    {"xen_alive", IRX_FIELD_UNSIGNED, 0, 68, 4, 1, NULL, NULL},
    {"xen_vector", IRX_FIELD_UNSIGNED, 0, 72, 4, 1, NULL, NULL},
    {"xen_apic_id", IRX_FIELD_UNSIGNED, 0, 76, 4, 1, NULL, NULL},
    {"features", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 80, 8, 1, irx_feature_names, NULL},
    {"tsc_khz", IRX_FIELD_UNSIGNED, 0, 88, 8, 1, NULL, NULL},
    {"time", IRX_FIELD_STRUCT, 0, 96, 24, 1, NULL, &irx_time_scale_fields},
    {"cpus", IRX_FIELD_STRUCT, 0, 120, 16, 1, NULL, &irx_table_fields},
    {"domains", IRX_FIELD_STRUCT, 0, 136, 16, 1, NULL, &irx_table_fields},
    {"vcpus", IRX_FIELD_STRUCT, 0, 152, 16, 1, NULL, &irx_table_fields},
    {"log", IRX_FIELD_STRUCT, 0, 168, 16, 1, NULL, &irx_span_fields},
    {"data", IRX_FIELD_STRUCT, 0, 184, 16, 1, NULL, &irx_span_fields},
    {"early", IRX_FIELD_STRUCT, 0, 200, 16, 1, NULL, &irx_span_fields},
    {"late", IRX_FIELD_STRUCT, 0, 216, 16, 1, NULL, &irx_span_fields},
    {"entry", IRX_FIELD_STRUCT, 0, 232, 16, 1, NULL, &irx_span_fields},
    {"shim", IRX_FIELD_STRUCT, 0, 248, 16, 1, NULL, &irx_span_fields},
    {"shim_heap", IRX_FIELD_STRUCT, 0, 264, 16, 1, NULL, &irx_span_fields},
    {"slots", IRX_FIELD_STRUCT, IRX_FIELD_ARRAY, 280, 24, 2, NULL, &irx_image_slot_fields},
    {"shim_entry", IRX_FIELD_UNSIGNED, 0, 328, 8, 1, NULL, NULL},
    {"shim_image_size", IRX_FIELD_UNSIGNED, 0, 336, 8, 1, NULL, NULL},
    {"data_used", IRX_FIELD_UNSIGNED, 0, 344, 8, 1, NULL, NULL},
    {"early_used", IRX_FIELD_UNSIGNED, 0, 352, 8, 1, NULL, NULL},
    {"late_used", IRX_FIELD_UNSIGNED, 0, 360, 8, 1, NULL, NULL},
    {"shim_release", IRX_FIELD_UNSIGNED, 0, 368, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 372, 4, 1, NULL, NULL},
    {"xen", IRX_FIELD_STRUCT, 0, 376, 1256, 1, NULL, &irx_xen_info_fields},
    {"spec", IRX_FIELD_STRUCT, 0, 1632, 16, 1, NULL, &irx_spec_fields},
    {"failure", IRX_FIELD_STRUCT, 0, 1648, 16, 1, NULL, &irx_span_fields},
    {"fallback", IRX_FIELD_STRUCT, 0, 1664, 16, 1, NULL, &irx_span_fields},
    {"fallback_used", IRX_FIELD_UNSIGNED, 0, 1680, 8, 1, NULL, NULL},
    {"attempts", IRX_FIELD_UNSIGNED, 0, 1688, 4, 1, NULL, NULL},
    {"attempts_max", IRX_FIELD_UNSIGNED, 0, 1692, 4, 1, NULL, NULL},
    {"watch", IRX_FIELD_STRUCT, 0, 1696, 72, 1, NULL, &irx_watch_fields},
    {"deadman", IRX_FIELD_STRUCT, 0, 1768, 32, 1, NULL, &irx_deadman_fields},
};
const struct irx_fields irx_anchor_fields = {"irx_anchor", 1800, 43, irx_anchor_members};

static const struct irx_field irx_log_members[] = {
    {"size", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 4, 4, 1, NULL, NULL},
    {"head", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
};
const struct irx_fields irx_log_fields = {"irx_log", 16, 3, irx_log_members};

static const struct irx_field irx_fallback_members[] = {
    {"size", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"crc", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"tables", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"own", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"code", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"image", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"image_size", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"dest", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"entry", IRX_FIELD_UNSIGNED, 0, 56, 8, 1, NULL, NULL},
    {"build_id", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 64, 1, 20, NULL, NULL},
    {"cpu_count", IRX_FIELD_UNSIGNED, 0, 84, 4, 1, NULL, NULL},
    {"cpus", IRX_FIELD_UNSIGNED, 0, 88, 8, 1, NULL, NULL},
};
const struct irx_fields irx_fallback_fields = {"irx_fallback", 96, 12, irx_fallback_members};

static const struct irx_field irx_failure_members[] = {
    {"generation", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"tsc", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"attempt", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"stage", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, irx_boot_names, NULL},
    {"cause", IRX_FIELD_UNSIGNED, 0, 24, 4, 1, irx_cause_names, NULL},
    {"text_size", IRX_FIELD_UNSIGNED, 0, 28, 4, 1, NULL, NULL},
    {"rip", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"rsp", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"cr2", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"cr3", IRX_FIELD_UNSIGNED, 0, 56, 8, 1, NULL, NULL},
    {"cr4", IRX_FIELD_UNSIGNED, 0, 64, 8, 1, NULL, NULL},
    {"build_id", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 72, 1, 20, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 92, 4, 1, NULL, NULL},
};
const struct irx_fields irx_failure_fields = {"irx_failure", 96, 13, irx_failure_members};

static const struct irx_field irx_preserved_members[] = {
    {"mfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"nr", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"owner", IRX_FIELD_UNSIGNED, 0, 16, 2, 1, NULL, NULL},
    {"kind", IRX_FIELD_UNSIGNED, 0, 18, 2, 1, irx_preserved_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_preserved_fields = {"irx_preserved", 24, 5, irx_preserved_members};

static const struct irx_field irx_memmap_entry_members[] = {
    {"addr", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"size", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"type", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_memmap_entry_fields = {"irx_memmap_entry", 24, 4, irx_memmap_entry_members};

static const struct irx_field irx_cpu_record_members[] = {
    {"apic_id", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"held", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"cpu_entry", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"offline", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_cpu_record_fields = {"irx_cpu_record", 16, 4, irx_cpu_record_members};

static const struct irx_field irx_time_record_members[] = {
    {"tsc_khz", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"scale", IRX_FIELD_STRUCT, 0, 8, 24, 1, NULL, &irx_time_scale_fields},
    {"wc_sec", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"wc_nsec", IRX_FIELD_UNSIGNED, 0, 40, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 44, 4, 1, NULL, NULL},
    {"apic_timer_hz", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
};
const struct irx_fields irx_time_record_fields = {"irx_time_record", 56, 6, irx_time_record_members};

static const struct irx_field irx_firmware_record_members[] = {
    {"rsdp", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"efi_table", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"smbios", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"bda_ebda_seg", IRX_FIELD_UNSIGNED, 0, 24, 4, 1, NULL, NULL},
    {"bda_base_kib", IRX_FIELD_UNSIGNED, 0, 28, 4, 1, NULL, NULL},
};
const struct irx_fields irx_firmware_record_fields = {"irx_firmware_record", 32, 5, irx_firmware_record_members};

static const struct irx_field irx_console_record_members[] = {
    {"xen_cmdline", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 0, 1, 1024, NULL, NULL},
};
const struct irx_fields irx_console_record_fields = {"irx_console_record", 1024, 1, irx_console_record_members};

static const struct irx_field irx_machine_check_members[] = {
    {"tsc", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"mcg_status", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"status", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"addr", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"misc", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"rip", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"bank", IRX_FIELD_UNSIGNED, 0, 48, 4, 1, NULL, NULL},
    {"count", IRX_FIELD_UNSIGNED, 0, 52, 4, 1, NULL, NULL},
    {"domid", IRX_FIELD_UNSIGNED, 0, 56, 2, 1, NULL, NULL},
    {"vcpu_id", IRX_FIELD_UNSIGNED, 0, 58, 2, 1, NULL, NULL},
    {"banks", IRX_FIELD_UNSIGNED, 0, 60, 4, 1, NULL, NULL},
};
const struct irx_fields irx_machine_check_fields = {"irx_machine_check", 64, 11, irx_machine_check_members};

static const struct irx_field irx_cpu_members[] = {
    {"state", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, irx_cpu_names, NULL},
    {"apic_id", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"xen_cpu", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"request", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, irx_cpu_req_names, NULL},
    {"error", IRX_FIELD_SIGNED, 0, 16, 4, 1, NULL, NULL},
    {"package_core", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"irq_pending", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 24, 8, 4, NULL, NULL},
    {"busy_tsc", IRX_FIELD_UNSIGNED, 0, 56, 8, 1, NULL, NULL},
    {"idle_tsc", IRX_FIELD_UNSIGNED, 0, 64, 8, 1, NULL, NULL},
    {"switches", IRX_FIELD_UNSIGNED, 0, 72, 8, 1, NULL, NULL},
    {"doorbells", IRX_FIELD_UNSIGNED, 0, 80, 8, 1, NULL, NULL},
    {"timer_irqs", IRX_FIELD_UNSIGNED, 0, 88, 8, 1, NULL, NULL},
    {"nmis", IRX_FIELD_UNSIGNED, 0, 96, 8, 1, NULL, NULL},
    {"heartbeat_tsc", IRX_FIELD_UNSIGNED, 0, 104, 8, 1, NULL, NULL},
    {"reserved", IRX_FIELD_BYTES, IRX_FIELD_RESERVED | IRX_FIELD_ARRAY, 112, 1, 16, NULL, NULL},
    {"mce", IRX_FIELD_STRUCT, 0, 128, 64, 1, NULL, &irx_machine_check_fields},
};
const struct irx_fields irx_cpu_fields = {"irx_cpu", 192, 16, irx_cpu_members};

static const struct irx_field irx_extent_members[] = {
    {"gfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"mfn", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"nr", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"type", IRX_FIELD_UNSIGNED, 0, 24, 4, 1, irx_p2m_names, NULL},
    {"owner", IRX_FIELD_UNSIGNED, 0, 28, 2, 1, NULL, NULL},
    {"access", IRX_FIELD_UNSIGNED, 0, 30, 2, 1, NULL, NULL},
};
const struct irx_fields irx_extent_fields = {"irx_extent", 32, 6, irx_extent_members};

static const struct irx_field irx_port_members[] = {
    {"state", IRX_FIELD_UNSIGNED, 0, 0, 1, 1, irx_port_names, NULL},
    {"priority", IRX_FIELD_UNSIGNED, 0, 1, 1, 1, NULL, NULL},
    {"notify_vcpu", IRX_FIELD_UNSIGNED, 0, 2, 2, 1, NULL, NULL},
    {"remote_port", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"remote_domid", IRX_FIELD_UNSIGNED, 0, 8, 2, 1, NULL, NULL},
    {"last_vcpu", IRX_FIELD_UNSIGNED, 0, 10, 2, 1, NULL, NULL},
    {"last_priority", IRX_FIELD_UNSIGNED, 0, 12, 1, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 13, 1, 1, irx_port_f_names, NULL},
    {"consumer", IRX_FIELD_UNSIGNED, 0, 14, 1, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 15, 1, 1, NULL, NULL},
};
const struct irx_fields irx_port_fields = {"irx_port", 16, 10, irx_port_members};

static const struct irx_field irx_guest_time_members[] = {
    {"offset", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"last", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"to_tsc_mul", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"to_tsc_shift", IRX_FIELD_SIGNED, 0, 20, 4, 1, NULL, NULL},
    {"to_ns_mul", IRX_FIELD_UNSIGNED, 0, 24, 4, 1, NULL, NULL},
    {"to_ns_shift", IRX_FIELD_SIGNED, 0, 28, 4, 1, NULL, NULL},
};
const struct irx_fields irx_guest_time_fields = {"irx_guest_time", 32, 6, irx_guest_time_members};

static const struct irx_field irx_answers_members[] = {
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 0, 4, 1, irx_answer_names, NULL},
    {"xen_features", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
};
const struct irx_fields irx_answers_fields = {"irx_answers", 8, 2, irx_answers_members};

static const struct irx_field irx_domain_members[] = {
    {"state", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, irx_dom_names, NULL},
    {"domid", IRX_FIELD_UNSIGNED, 0, 4, 2, 1, NULL, NULL},
    {"callback_vector", IRX_FIELD_UNSIGNED, 0, 6, 2, 1, NULL, NULL},
    {"error", IRX_FIELD_SIGNED, 0, 8, 4, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 12, 4, 1, irx_domf_names, NULL},
    {"generation", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"handle", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 24, 1, 16, NULL, NULL},
    {"vcpu_first", IRX_FIELD_UNSIGNED, 0, 40, 4, 1, NULL, NULL},
    {"vcpu_count", IRX_FIELD_UNSIGNED, 0, 44, 4, 1, NULL, NULL},
    {"extents", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"extent_count", IRX_FIELD_UNSIGNED, 0, 56, 4, 1, NULL, NULL},
    {"extents_crc", IRX_FIELD_UNSIGNED, 0, 60, 4, 1, NULL, NULL},
    {"p2m_generation", IRX_FIELD_UNSIGNED, 0, 64, 8, 1, NULL, NULL},
    {"leaves", IRX_FIELD_UNSIGNED, 0, 72, 8, 1, NULL, NULL},
    {"msrs", IRX_FIELD_UNSIGNED, 0, 80, 8, 1, NULL, NULL},
    {"leaf_count", IRX_FIELD_UNSIGNED, 0, 88, 4, 1, NULL, NULL},
    {"msr_count", IRX_FIELD_UNSIGNED, 0, 92, 4, 1, NULL, NULL},
    {"policy_crc", IRX_FIELD_UNSIGNED, 0, 96, 4, 1, NULL, NULL},
    {"xen_version", IRX_FIELD_UNSIGNED, 0, 100, 4, 1, NULL, NULL},
    {"ports", IRX_FIELD_UNSIGNED, 0, 104, 8, 1, NULL, NULL},
    {"port_count", IRX_FIELD_UNSIGNED, 0, 112, 4, 1, NULL, NULL},
    {"evtchn_abi", IRX_FIELD_UNSIGNED, 0, 116, 4, 1, irx_evtchn_names, NULL},
    {"to_guest", IRX_FIELD_UNSIGNED, 0, 120, 8, 1, NULL, NULL},
    {"to_xen", IRX_FIELD_UNSIGNED, 0, 128, 8, 1, NULL, NULL},
    {"to_guest_summary", IRX_FIELD_UNSIGNED, 0, 136, 8, 1, NULL, NULL},
    {"to_xen_summary", IRX_FIELD_UNSIGNED, 0, 144, 8, 1, NULL, NULL},
    {"fifo_array", IRX_FIELD_UNSIGNED, 0, 152, 8, 1, NULL, NULL},
    {"fifo_array_count", IRX_FIELD_UNSIGNED, 0, 160, 4, 1, NULL, NULL},
    {"reserved1", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 164, 4, 1, NULL, NULL},
    {"shared_info_gfn", IRX_FIELD_UNSIGNED, 0, 168, 8, 1, NULL, NULL},
    {"shared_info_mfn", IRX_FIELD_UNSIGNED, 0, 176, 8, 1, NULL, NULL},
    {"wallclock_sec", IRX_FIELD_UNSIGNED, 0, 184, 8, 1, NULL, NULL},
    {"tsc_mode", IRX_FIELD_UNSIGNED, 0, 192, 4, 1, NULL, NULL},
    {"reserved2", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 196, 4, 1, NULL, NULL},
    {"params", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 200, 8, 64, NULL, NULL},
    {"params_readable", IRX_FIELD_UNSIGNED, 0, 712, 8, 1, NULL, NULL},
    {"pause_tsc", IRX_FIELD_UNSIGNED, 0, 720, 8, 1, NULL, NULL},
    {"run_tsc", IRX_FIELD_UNSIGNED, 0, 728, 8, 1, NULL, NULL},
    {"freeze_tsc", IRX_FIELD_UNSIGNED, 0, 736, 8, 1, NULL, NULL},
    {"resume_tsc", IRX_FIELD_UNSIGNED, 0, 744, 8, 1, NULL, NULL},
    {"guest_time", IRX_FIELD_STRUCT, 0, 752, 32, 1, NULL, &irx_guest_time_fields},
    {"watchdog", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 784, 8, 2, NULL, NULL},
    {"reserved", IRX_FIELD_BYTES, IRX_FIELD_RESERVED | IRX_FIELD_ARRAY, 800, 1, 224, NULL, NULL},
    {"answers", IRX_FIELD_STRUCT, 0, 1024, 8, 1, NULL, &irx_answers_fields},
    {"sched_weight", IRX_FIELD_UNSIGNED, 0, 1032, 4, 1, NULL, NULL},
    {"sched_cap", IRX_FIELD_UNSIGNED, 0, 1036, 4, 1, NULL, NULL},
};
const struct irx_fields irx_domain_fields = {"irx_domain", 1040, 46, irx_domain_members};

static const struct irx_field irx_msr_members[] = {
    {"index", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 4, 4, 1, NULL, NULL},
    {"value", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
};
const struct irx_fields irx_msr_fields = {"irx_msr", 16, 3, irx_msr_members};

static const struct irx_field irx_apic_timer_members[] = {
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 0, 4, 1, irx_apic_timer_names, NULL},
    {"ticks", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"due", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"counted_from", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
};
const struct irx_fields irx_apic_timer_fields = {"irx_apic_timer", 24, 4, irx_apic_timer_members};

static const struct irx_field irx_vcpu_members[] = {
    {"state", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, irx_vcpu_names, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 4, 4, 1, irx_vcpuf_names, NULL},
    {"vcpu_id", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"cpu_hint", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"park_class", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, irx_exit_names, NULL},
    {"park_detail", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"exit_code", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"exit_info1", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"exit_info2", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"park_tsc", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"tsc_offset", IRX_FIELD_UNSIGNED, 0, 56, 8, 1, NULL, NULL},
    {"time", IRX_FIELD_STRUCT, 0, 64, 24, 1, NULL, &irx_time_scale_fields},
    {"singleshot_deadline", IRX_FIELD_UNSIGNED, 0, 88, 8, 1, NULL, NULL},
    {"periodic_period", IRX_FIELD_UNSIGNED, 0, 96, 8, 1, NULL, NULL},
    {"periodic_last", IRX_FIELD_UNSIGNED, 0, 104, 8, 1, NULL, NULL},
    {"poll_deadline", IRX_FIELD_UNSIGNED, 0, 112, 8, 1, NULL, NULL},
    {"poll_port", IRX_FIELD_SIGNED, 0, 120, 4, 1, NULL, NULL},
    {"upcall_vector", IRX_FIELD_UNSIGNED, 0, 124, 4, 1, NULL, NULL},
    {"vcpu_info_gfn", IRX_FIELD_UNSIGNED, 0, 128, 8, 1, NULL, NULL},
    {"vcpu_info_mfn", IRX_FIELD_UNSIGNED, 0, 136, 8, 1, NULL, NULL},
    {"vcpu_info_offset", IRX_FIELD_UNSIGNED, 0, 144, 4, 1, NULL, NULL},
    {"fifo_control_offset", IRX_FIELD_UNSIGNED, 0, 148, 4, 1, NULL, NULL},
    {"fifo_control_gfn", IRX_FIELD_UNSIGNED, 0, 152, 8, 1, NULL, NULL},
    {"fifo_tail", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 160, 4, 16, NULL, NULL},
    {"runstate", IRX_FIELD_UNSIGNED, 0, 224, 4, 1, NULL, NULL},
    {"reserved1", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 228, 4, 1, NULL, NULL},
    {"runstate_entry_time", IRX_FIELD_UNSIGNED, 0, 232, 8, 1, NULL, NULL},
    {"runstate_time", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 240, 8, 4, NULL, NULL},
    {"stop_tsc", IRX_FIELD_UNSIGNED, 0, 272, 8, 1, NULL, NULL},
    {"first_tsc", IRX_FIELD_UNSIGNED, 0, 280, 8, 1, NULL, NULL},
    {"last_tsc", IRX_FIELD_UNSIGNED, 0, 288, 8, 1, NULL, NULL},
    {"resume_tsc", IRX_FIELD_UNSIGNED, 0, 296, 8, 1, NULL, NULL},
    {"served", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 304, 8, 20, NULL, NULL},
    {"parked", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 464, 8, 20, NULL, NULL},
    {"run_tsc", IRX_FIELD_UNSIGNED, 0, 624, 8, 1, NULL, NULL},
    {"exit_tsc", IRX_FIELD_UNSIGNED, 0, 632, 8, 1, NULL, NULL},
    {"events_in", IRX_FIELD_UNSIGNED, 0, 640, 8, 1, NULL, NULL},
    {"events_out", IRX_FIELD_UNSIGNED, 0, 648, 8, 1, NULL, NULL},
    {"upcalls", IRX_FIELD_UNSIGNED, 0, 656, 8, 1, NULL, NULL},
    {"timers_fired", IRX_FIELD_UNSIGNED, 0, 664, 8, 1, NULL, NULL},
    {"max_wait_tsc", IRX_FIELD_UNSIGNED, 0, 672, 8, 1, NULL, NULL},
    {"runstate_area", IRX_FIELD_UNSIGNED, 0, 680, 8, 1, NULL, NULL},
    {"time_area", IRX_FIELD_UNSIGNED, 0, 688, 8, 1, NULL, NULL},
    {"msr_count", IRX_FIELD_UNSIGNED, 0, 696, 4, 1, NULL, NULL},
    {"xsave_size", IRX_FIELD_UNSIGNED, 0, 700, 4, 1, NULL, NULL},
    {"cpu", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 704, 1, 1032, NULL, NULL},
    {"lapic", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 1736, 1, 24, NULL, NULL},
    {"lapic_regs", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 1760, 1, 1024, NULL, NULL},
    {"mtrr", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 2784, 1, 240, NULL, NULL},
    {"tsc_adjust", IRX_FIELD_UNSIGNED, 0, 3024, 8, 1, NULL, NULL},
    {"msrs", IRX_FIELD_STRUCT, IRX_FIELD_ARRAY, 3032, 16, 32, NULL, &irx_msr_fields},
    {"xsave", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 3544, 1, 4096, NULL, NULL},
    {"guest_time_offset", IRX_FIELD_UNSIGNED, 0, 7640, 8, 1, NULL, NULL},
    {"debugctl", IRX_FIELD_UNSIGNED, 0, 7648, 8, 1, NULL, NULL},
    {"last_branch", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 7656, 8, 4, NULL, NULL},
    {"cpus_allowed", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 7688, 8, 4, NULL, NULL},
    {"apic_timer", IRX_FIELD_STRUCT, 0, 7720, 24, 1, NULL, &irx_apic_timer_fields},
    {"xen_wait_ns", IRX_FIELD_UNSIGNED, 0, 7744, 8, 1, NULL, NULL},
};
const struct irx_fields irx_vcpu_fields = {"irx_vcpu", 7752, 58, irx_vcpu_members};

static const struct irx_field irx_domain_record_members[] = {
    {"domid", IRX_FIELD_UNSIGNED, 0, 0, 2, 1, NULL, NULL},
    {"disposition", IRX_FIELD_UNSIGNED, 0, 2, 2, 1, irx_disposition_names, NULL},
    {"entry", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"handle", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 8, 1, 16, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 24, 4, 1, NULL, NULL},
    {"iommu_opts", IRX_FIELD_UNSIGNED, 0, 28, 4, 1, NULL, NULL},
    {"max_vcpus", IRX_FIELD_UNSIGNED, 0, 32, 4, 1, NULL, NULL},
    {"max_evtchn_port", IRX_FIELD_UNSIGNED, 0, 36, 4, 1, NULL, NULL},
    {"max_grant_frames", IRX_FIELD_SIGNED, 0, 40, 4, 1, NULL, NULL},
    {"max_maptrack_frames", IRX_FIELD_SIGNED, 0, 44, 4, 1, NULL, NULL},
    {"grant_opts", IRX_FIELD_UNSIGNED, 0, 48, 4, 1, NULL, NULL},
    {"cpupool_id", IRX_FIELD_UNSIGNED, 0, 52, 4, 1, NULL, NULL},
    {"emulation_flags", IRX_FIELD_UNSIGNED, 0, 56, 4, 1, NULL, NULL},
    {"misc_flags", IRX_FIELD_UNSIGNED, 0, 60, 4, 1, NULL, NULL},
    {"ssidref", IRX_FIELD_UNSIGNED, 0, 64, 4, 1, NULL, NULL},
    {"tsc_mode", IRX_FIELD_UNSIGNED, 0, 68, 4, 1, NULL, NULL},
    {"max_pages", IRX_FIELD_UNSIGNED, 0, 72, 8, 1, NULL, NULL},
    {"paging_pool_pages", IRX_FIELD_UNSIGNED, 0, 80, 8, 1, NULL, NULL},
    {"time_offset_seconds", IRX_FIELD_SIGNED, 0, 88, 8, 1, NULL, NULL},
    {"tsc_khz", IRX_FIELD_UNSIGNED, 0, 96, 4, 1, NULL, NULL},
    {"tsc_incarnation", IRX_FIELD_UNSIGNED, 0, 100, 4, 1, NULL, NULL},
    {"vtsc_offset", IRX_FIELD_UNSIGNED, 0, 104, 8, 1, NULL, NULL},
    {"shutdown_code", IRX_FIELD_UNSIGNED, 0, 112, 4, 1, NULL, NULL},
    {"controller_pause_count", IRX_FIELD_UNSIGNED, 0, 116, 4, 1, NULL, NULL},
    {"vm_assist", IRX_FIELD_UNSIGNED, 0, 120, 8, 1, NULL, NULL},
    {"suspend_evtchn", IRX_FIELD_UNSIGNED, 0, 128, 4, 1, NULL, NULL},
    {"vmtrace_size", IRX_FIELD_UNSIGNED, 0, 132, 4, 1, NULL, NULL},
    {"hv_limit", IRX_FIELD_UNSIGNED, 0, 136, 4, 1, NULL, NULL},
    {"hv2_limit", IRX_FIELD_UNSIGNED, 0, 140, 4, 1, NULL, NULL},
    {"node_affinity", IRX_FIELD_UNSIGNED, 0, 144, 8, 1, NULL, NULL},
    {"target", IRX_FIELD_UNSIGNED, 0, 152, 4, 1, NULL, NULL},
    {"virqs", IRX_FIELD_UNSIGNED, 0, 156, 4, 1, NULL, NULL},
};
const struct irx_fields irx_domain_record_fields = {"irx_domain_record", 160, 32, irx_domain_record_members};

static const struct irx_field irx_affinity_members[] = {
    {"vcpu_id", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"hard_all", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"soft_all", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 12, 4, 1, NULL, NULL},
    {"hard", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 16, 8, 4, NULL, NULL},
    {"soft", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 48, 8, 4, NULL, NULL},
};
const struct irx_fields irx_affinity_fields = {"irx_affinity", 80, 6, irx_affinity_members};

static const struct irx_field irx_sched_members[] = {
    {"sched_id", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, irx_sched_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 4, 4, 1, NULL, NULL},
    {"params", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 8, 4, 4, NULL, NULL},
};
const struct irx_fields irx_sched_fields = {"irx_sched", 24, 3, irx_sched_members};

static const struct irx_field irx_cpupool_members[] = {
    {"id", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"sched_id", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, irx_sched_names, NULL},
    {"granularity", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, irx_granularity_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 12, 4, 1, NULL, NULL},
    {"params", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 16, 4, 4, NULL, NULL},
    {"cpus", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 32, 8, 4, NULL, NULL},
};
const struct irx_fields irx_cpupool_fields = {"irx_cpupool", 64, 6, irx_cpupool_members};

static const struct irx_field irx_grant_table_members[] = {
    {"version", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"nr_frames", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"nr_status_frames", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"maptrack_limit", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_grant_table_fields = {"irx_grant_table", 16, 4, irx_grant_table_members};

static const struct irx_field irx_grant_frame_members[] = {
    {"mfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"gfn", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"index", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"status", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_grant_frame_fields = {"irx_grant_frame", 24, 4, irx_grant_frame_members};

static const struct irx_field irx_grant_active_members[] = {
    {"ref", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"pin", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"domid", IRX_FIELD_UNSIGNED, 0, 8, 2, 1, NULL, NULL},
    {"start", IRX_FIELD_UNSIGNED, 0, 10, 2, 1, NULL, NULL},
    {"length", IRX_FIELD_UNSIGNED, 0, 12, 2, 1, NULL, NULL},
    {"is_sub_page", IRX_FIELD_UNSIGNED, 0, 14, 2, 1, NULL, NULL},
    {"mfn", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"gfn", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"trans_gref", IRX_FIELD_UNSIGNED, 0, 32, 4, 1, NULL, NULL},
    {"trans_domid", IRX_FIELD_UNSIGNED, 0, 36, 2, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 38, 2, 1, NULL, NULL},
};
const struct irx_fields irx_grant_active_fields = {"irx_grant_active", 40, 11, irx_grant_active_members};

static const struct irx_field irx_maptrack_members[] = {
    {"handle", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"ref", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"domid", IRX_FIELD_UNSIGNED, 0, 8, 2, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 10, 2, 1, NULL, NULL},
    {"vcpu_id", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_maptrack_fields = {"irx_maptrack", 16, 5, irx_maptrack_members};

static const struct irx_field irx_foreign_members[] = {
    {"gfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"mfn", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"owner", IRX_FIELD_UNSIGNED, 0, 16, 2, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED | IRX_FIELD_ARRAY, 18, 2, 3, NULL, NULL},
};
const struct irx_fields irx_foreign_fields = {"irx_foreign", 24, 4, irx_foreign_members};

static const struct irx_field irx_vioapic_members[] = {
    {"base_address", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"id", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"base_gsi", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
    {"nr_pins", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"ioregsel", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"redirtbl", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 24, 8, 128, NULL, NULL},
    {"gsi_assert_count", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 1048, 1, 128, NULL, NULL},
};
const struct irx_fields irx_vioapic_fields = {"irx_vioapic", 1176, 7, irx_vioapic_members};

static const struct irx_field irx_pirq_members[] = {
    {"pirq", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"gsi", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"evtchn", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_pirq_fields = {"irx_pirq", 16, 4, irx_pirq_members};

static const struct irx_field irx_right_members[] = {
    {"first", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"last", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"kind", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_right_fields = {"irx_right", 24, 4, irx_right_members};

static const struct irx_field irx_pci_device_members[] = {
    {"sbdf", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 4, 4, 1, NULL, NULL},
    {"physfn", IRX_FIELD_UNSIGNED, 0, 8, 2, 1, NULL, NULL},
    {"msi_vectors", IRX_FIELD_UNSIGNED, 0, 10, 2, 1, NULL, NULL},
    {"msi_data", IRX_FIELD_UNSIGNED, 0, 12, 2, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 14, 2, 1, NULL, NULL},
    {"msi_mask", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"reserved1", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 20, 4, 1, NULL, NULL},
    {"msi_address", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
};
const struct irx_fields irx_pci_device_fields = {"irx_pci_device", 32, 9, irx_pci_device_members};

static const struct irx_field irx_pci_msix_members[] = {
    {"sbdf", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"entry", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"address", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"data", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"masked", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_pci_msix_fields = {"irx_pci_msix", 24, 5, irx_pci_msix_members};

static const struct irx_field irx_pv_domain_members[] = {
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 0, 4, 1, irx_pv_f_names, NULL},
    {"cf8", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"cmos_index", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"tables", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 12, 4, 4, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 28, 4, 1, NULL, NULL},
    {"eoi_map_mfn", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"kernel_pte", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"grant_pte", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"pit", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 56, 1, 56, NULL, NULL},
};
const struct irx_fields irx_pv_domain_fields = {"irx_pv_domain", 112, 9, irx_pv_domain_members};

static const struct irx_field irx_pv_run_members[] = {
    {"mfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"pfn", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"nr", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"step", IRX_FIELD_SIGNED, 0, 20, 2, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 22, 2, 1, NULL, NULL},
};
const struct irx_fields irx_pv_run_fields = {"irx_pv_run", 24, 5, irx_pv_run_members};

static const struct irx_field irx_pv_table_members[] = {
    {"mfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"level", IRX_FIELD_UNSIGNED, 0, 8, 2, 1, NULL, NULL},
    {"pinned", IRX_FIELD_UNSIGNED, 0, 10, 2, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_pv_table_fields = {"irx_pv_table", 16, 4, irx_pv_table_members};

static const struct irx_field irx_pv_vcpu_members[] = {
    {"vcpu_id", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 4, 4, 1, irx_pv_names, NULL},
    {"sysenter_eip", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"syscall32_eip", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"sysenter_cs", IRX_FIELD_UNSIGNED, 0, 24, 2, 1, NULL, NULL},
    {"syscall32_cs", IRX_FIELD_UNSIGNED, 0, 26, 2, 1, NULL, NULL},
    {"bounce_cs", IRX_FIELD_UNSIGNED, 0, 28, 2, 1, NULL, NULL},
    {"bounce_flags", IRX_FIELD_UNSIGNED, 0, 30, 2, 1, NULL, NULL},
    {"bounce_error", IRX_FIELD_UNSIGNED, 0, 32, 4, 1, NULL, NULL},
    {"iobmp_limit", IRX_FIELD_UNSIGNED, 0, 36, 4, 1, NULL, NULL},
    {"bounce_eip", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"iobmp", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"async_mask", IRX_FIELD_UNSIGNED, 0, 56, 1, 1, NULL, NULL},
    {"async_pending", IRX_FIELD_UNSIGNED, 0, 57, 1, 1, NULL, NULL},
    {"async_old_mask", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 58, 1, 6, NULL, NULL},
    {"context", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 64, 1, 5168, NULL, NULL},
};
const struct irx_fields irx_pv_vcpu_fields = {"irx_pv_vcpu", 5232, 16, irx_pv_vcpu_members};

static const struct irx_field irx_pv_pirq_members[] = {
    {"pirq", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"kind", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, irx_pirq_names, NULL},
    {"entry", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 12, 4, 1, irx_pirq_f_names, NULL},
    {"evtchn", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"sbdf", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"table_base", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
};
const struct irx_fields irx_pv_pirq_fields = {"irx_pv_pirq", 32, 7, irx_pv_pirq_members};

static const struct irx_field irx_pv_mmcfg_members[] = {
    {"address", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"segment", IRX_FIELD_UNSIGNED, 0, 8, 2, 1, NULL, NULL},
    {"start_bus", IRX_FIELD_UNSIGNED, 0, 10, 1, 1, NULL, NULL},
    {"end_bus", IRX_FIELD_UNSIGNED, 0, 11, 1, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_pv_mmcfg_fields = {"irx_pv_mmcfg", 16, 5, irx_pv_mmcfg_members};

static const struct irx_field irx_dom0_state_members[] = {
    {"start_info_gpa", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"acpi_pm_base", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_dom0_state_fields = {"irx_dom0_state", 16, 3, irx_dom0_state_members};

static const struct irx_field irx_op_reason_members[] = {
    {"domid", IRX_FIELD_UNSIGNED, 0, 0, 2, 1, NULL, NULL},
    {"code", IRX_FIELD_UNSIGNED, 0, 2, 2, 1, irx_reason_names, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 4, 4, 1, NULL, NULL},
    {"detail", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
};
const struct irx_fields irx_op_reason_fields = {"irx_op_reason", 16, 4, irx_op_reason_members};

static const struct irx_field irx_op_info_members[] = {
    {"region_base", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"region_size", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"host_state", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, irx_host_names, NULL},
    {"online_cpus", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"slot_base", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"slot_size", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"generation", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"system_time", IRX_FIELD_UNSIGNED, 0, 48, 8, 1, NULL, NULL},
    {"tsc", IRX_FIELD_UNSIGNED, 0, 56, 8, 1, NULL, NULL},
    {"tsc_khz", IRX_FIELD_UNSIGNED, 0, 64, 8, 1, NULL, NULL},
    {"boot_tsc", IRX_FIELD_UNSIGNED, 0, 72, 8, 1, NULL, NULL},
    {"dom0_tsc", IRX_FIELD_UNSIGNED, 0, 80, 8, 1, NULL, NULL},
    {"exec_tsc", IRX_FIELD_UNSIGNED, 0, 88, 8, 1, NULL, NULL},
    {"rebuild_tsc", IRX_FIELD_UNSIGNED, 0, 96, 8, 1, NULL, NULL},
    {"rebuilt_tsc", IRX_FIELD_UNSIGNED, 0, 104, 8, 1, NULL, NULL},
    {"note", IRX_FIELD_STRUCT, 0, 112, 48, 1, NULL, &irx_note_fields},
};
const struct irx_fields irx_op_info_fields = {"irx_op_info", 160, 16, irx_op_info_members};

static const struct irx_field irx_op_load_members[] = {
    {"image", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"image_size", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"mem_size", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"entry", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"note", IRX_FIELD_STRUCT, 0, 32, 48, 1, NULL, &irx_note_fields},
};
const struct irx_fields irx_op_load_fields = {"irx_op_load", 80, 5, irx_op_load_members};

static const struct irx_field irx_op_check_members[] = {
    {"reasons", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"capacity", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"count", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, NULL, NULL},
};
const struct irx_fields irx_op_check_fields = {"irx_op_check", 16, 3, irx_op_check_members};

static const struct irx_field irx_op_cpus_members[] = {
    {"count", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"cpu", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 4, 4, 15, NULL, NULL},
    {"max", IRX_FIELD_UNSIGNED, 0, 64, 4, 1, NULL, NULL},
    {"left", IRX_FIELD_UNSIGNED, 0, 68, 4, 1, NULL, NULL},
};
const struct irx_fields irx_op_cpus_fields = {"irx_op_cpus", 72, 4, irx_op_cpus_members};

static const struct irx_field irx_op_domain_members[] = {
    {"domid", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"timeout_ms", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"start_tsc", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"end_tsc", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
};
const struct irx_fields irx_op_domain_fields = {"irx_op_domain", 24, 4, irx_op_domain_members};

static const struct irx_field irx_op_read_members[] = {
    {"off", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"size", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"buffer", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
};
const struct irx_fields irx_op_read_fields = {"irx_op_read", 24, 3, irx_op_read_members};

static const struct irx_field irx_op_fallback_members[] = {
    {"image", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"image_size", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"entry", IRX_FIELD_UNSIGNED, 0, 16, 8, 1, NULL, NULL},
    {"dest", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"room", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"need", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"build_id", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 48, 1, 20, NULL, NULL},
    {"attempts_max", IRX_FIELD_UNSIGNED, 0, 68, 4, 1, NULL, NULL},
    {"silence_ms", IRX_FIELD_UNSIGNED, 0, 72, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 76, 4, 1, NULL, NULL},
};
const struct irx_fields irx_op_fallback_fields = {"irx_op_fallback", 80, 10, irx_op_fallback_members};

static const struct irx_field irx_op_deadman_members[] = {
    {"limit_ms", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 4, 4, 1, NULL, NULL},
};
const struct irx_fields irx_op_deadman_fields = {"irx_op_deadman", 8, 2, irx_op_deadman_members};

static const struct irx_field irx_audit_page_members[] = {
    {"refs", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"type_refs", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"type", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"flags", IRX_FIELD_UNSIGNED, IRX_FIELD_MASK, 20, 4, 1, NULL, NULL},
};
const struct irx_fields irx_audit_page_fields = {"irx_audit_page", 24, 4, irx_audit_page_members};

static const struct irx_field irx_audit_difference_members[] = {
    {"mfn", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"pfn", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
    {"domid", IRX_FIELD_UNSIGNED, 0, 16, 2, 1, NULL, NULL},
    {"reserved", IRX_FIELD_UNSIGNED, IRX_FIELD_RESERVED, 18, 2, 1, NULL, NULL},
    {"what", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, irx_audit_what_names, NULL},
    {"expected", IRX_FIELD_STRUCT, 0, 24, 24, 1, NULL, &irx_audit_page_fields},
    {"found", IRX_FIELD_STRUCT, 0, 48, 24, 1, NULL, &irx_audit_page_fields},
};
const struct irx_fields irx_audit_difference_fields = {"irx_audit_difference", 72, 7, irx_audit_difference_members};

static const struct irx_field irx_op_audit_members[] = {
    {"differences", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"capacity", IRX_FIELD_UNSIGNED, 0, 8, 4, 1, NULL, NULL},
    {"spoil", IRX_FIELD_UNSIGNED, 0, 12, 4, 1, irx_audit_spoil_names, NULL},
    {"timeout_ms", IRX_FIELD_UNSIGNED, 0, 16, 4, 1, NULL, NULL},
    {"domains", IRX_FIELD_UNSIGNED, 0, 20, 4, 1, NULL, NULL},
    {"spoilt", IRX_FIELD_UNSIGNED, 0, 24, 8, 1, NULL, NULL},
    {"count", IRX_FIELD_UNSIGNED, 0, 32, 8, 1, NULL, NULL},
    {"pages", IRX_FIELD_UNSIGNED, 0, 40, 8, 1, NULL, NULL},
    {"tables", IRX_FIELD_UNSIGNED, IRX_FIELD_ARRAY, 48, 8, 4, NULL, NULL},
    {"partial", IRX_FIELD_UNSIGNED, 0, 80, 8, 1, NULL, NULL},
    {"pins", IRX_FIELD_UNSIGNED, 0, 88, 8, 1, NULL, NULL},
    {"entries", IRX_FIELD_UNSIGNED, 0, 96, 8, 1, NULL, NULL},
    {"foreign", IRX_FIELD_UNSIGNED, 0, 104, 8, 1, NULL, NULL},
    {"mappings", IRX_FIELD_UNSIGNED, 0, 112, 8, 1, NULL, NULL},
    {"paused_ns", IRX_FIELD_UNSIGNED, 0, 120, 8, 1, NULL, NULL},
};
const struct irx_fields irx_op_audit_fields = {"irx_op_audit", 128, 15, irx_op_audit_members};

static const struct irx_field irx_op_walks_members[] = {
    {"pv_pages", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"pv_tables", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
};
const struct irx_fields irx_op_walks_fields = {"irx_op_walks", 16, 2, irx_op_walks_members};

static const struct irx_field irx_op_heap_members[] = {
    {"to_come", IRX_FIELD_UNSIGNED, 0, 0, 8, 1, NULL, NULL},
    {"full_tsc", IRX_FIELD_UNSIGNED, 0, 8, 8, 1, NULL, NULL},
};
const struct irx_fields irx_op_heap_fields = {"irx_op_heap", 16, 2, irx_op_heap_members};

static const struct irx_field irx_op_members[] = {
    {"cmd", IRX_FIELD_UNSIGNED, 0, 0, 4, 1, irx_op_names, NULL},
    {"version", IRX_FIELD_UNSIGNED, 0, 4, 4, 1, NULL, NULL},
    {"u", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, 8, 1, 248, NULL, NULL},
};
const struct irx_fields irx_op_fields = {"irx_op", 256, 3, irx_op_members};

const struct irx_record_fields irx_record_table[] = {
    {IRX_REC_PRESERVED, &irx_preserved_fields},
    {IRX_REC_MEMMAP, &irx_memmap_entry_fields},
    {IRX_REC_CPUS, &irx_cpu_record_fields},
    {IRX_REC_TIME, &irx_time_record_fields},
    {IRX_REC_FIRMWARE, &irx_firmware_record_fields},
    {IRX_REC_CONSOLE, &irx_console_record_fields},
    {IRX_REC_DOMAIN, &irx_domain_record_fields},
    {IRX_REC_AFFINITY, &irx_affinity_fields},
    {IRX_REC_SCHED, &irx_sched_fields},
    {IRX_REC_GRANT_TABLE, &irx_grant_table_fields},
    {IRX_REC_GRANT_FRAMES, &irx_grant_frame_fields},
    {IRX_REC_GRANT_ACTIVE, &irx_grant_active_fields},
    {IRX_REC_MAPTRACK, &irx_maptrack_fields},
    {IRX_REC_FOREIGN, &irx_foreign_fields},
    {IRX_REC_VIOAPIC, &irx_vioapic_fields},
    {IRX_REC_PIRQ, &irx_pirq_fields},
    {IRX_REC_RIGHTS, &irx_right_fields},
    {IRX_REC_E820, &irx_memmap_entry_fields},
    {IRX_REC_DOM0_STATE, &irx_dom0_state_fields},
    {IRX_REC_CPUPOOLS, &irx_cpupool_fields},
    {IRX_REC_PCI_DEVICE, &irx_pci_device_fields},
    {IRX_REC_PCI_MSIX, &irx_pci_msix_fields},
    {IRX_REC_PV_DOMAIN, &irx_pv_domain_fields},
    {IRX_REC_PV_FRAMES, &irx_pv_run_fields},
    {IRX_REC_PV_TABLES, &irx_pv_table_fields},
    {IRX_REC_PV_VCPU, &irx_pv_vcpu_fields},
    {IRX_REC_PV_PIRQ, &irx_pv_pirq_fields},
    {IRX_REC_PV_MMCFG, &irx_pv_mmcfg_fields},
    {0, NULL},
};
