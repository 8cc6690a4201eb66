/* SPDX-License-Identifier: GPL-2.0-only */
#include "park.h"

#include <stdio.h>

#include <interrex/abi/live.h>

#define NAME(table, index) ((index) < sizeof(table) / sizeof(*(table)) ? (table)[index] : NULL)

/* Names and numbers: Xen's public headers. */

static const char *const sched_ops[] = {
    [0] = "yield",           [1] = "block",         [2] = "shutdown", [3] = "poll",
    [4] = "remote_shutdown", [5] = "shutdown_code", [6] = "watchdog", [7] = "pin_override",
};

static const char *const memory_ops[] = {
    [0] = "increase_reservation",
    [1] = "decrease_reservation",
    [2] = "maximum_ram_page",
    [3] = "current_reservation",
    [4] = "maximum_reservation",
    [5] = "machphys_mfn_list",
    [6] = "populate_physmap",
    [7] = "add_to_physmap",
    [8] = "translate_gpfn_list",
    [9] = "memory_map",
    [10] = "machine_memory_map",
    [11] = "exchange",
    [12] = "machphys_mapping",
    [13] = "set_memory_map",
    [14] = "maximum_gpfn",
    [15] = "remove_from_physmap",
    [16] = "set_pod_target",
    [17] = "get_pod_target",
    [18] = "get_sharing_freed_pages",
    [19] = "get_sharing_shared_pages",
    [20] = "paging_op",
    [21] = "access_op",
    [22] = "sharing_op",
    [23] = "add_to_physmap_batch",
    [24] = "claim_pages",
    [25] = "machphys_compat_mfn_list",
    [26] = "get_vnumainfo",
    [27] = "reserved_device_memory_map",
    [28] = "acquire_resource",
};

static const char *const version_ops[] = {
    [0] = "version",      [1] = "extraversion",        [2] = "compile_info", [3] = "capabilities",
    [4] = "changeset",    [5] = "platform_parameters", [6] = "get_features", [7] = "pagesize",
    [8] = "guest_handle", [9] = "commandline",         [10] = "build_id",
};

static const char *const grant_ops[] = {
    [0] = "map_grant_ref",     [1] = "unmap_grant_ref",   [2] = "setup_table",
    [3] = "dump_table",        [4] = "transfer",          [5] = "copy",
    [6] = "query_size",        [7] = "unmap_and_replace", [8] = "set_version",
    [9] = "get_status_frames", [10] = "get_version",
};

static const char *const vcpu_ops[] = {
    [0] = "initialise",
    [1] = "up",
    [2] = "down",
    [3] = "is_up",
    [4] = "get_runstate_info",
    [5] = "register_runstate_memory_area",
    [6] = "set_periodic_timer",
    [7] = "stop_periodic_timer",
    [8] = "set_singleshot_timer",
    [9] = "stop_singleshot_timer",
    [10] = "register_vcpu_info",
    [11] = "send_nmi",
    [12] = "get_physid",
    [13] = "register_vcpu_time_memory_area",
};

static const char *const evtchn_ops[] = {
    [0] = "bind_interdomain",
    [1] = "bind_virq",
    [2] = "bind_pirq",
    [3] = "close",
    [4] = "send",
    [5] = "status",
    [6] = "alloc_unbound",
    [7] = "bind_ipi",
    [8] = "bind_vcpu",
    [9] = "unmask",
    [10] = "reset",
    [11] = "init_control",
    [12] = "expand_array",
    [13] = "set_priority",
    [14] = "reset_cont",
};

static const char *const physdev_ops[] = {
    [5] = "irq_status_query",
    [6] = "set_iopl",
    [7] = "set_iobitmap",
    [8] = "apic_read",
    [9] = "apic_write",
    [10] = "alloc_irq_vector",
    [11] = "free_irq_vector",
    [12] = "eoi",
    [13] = "map_pirq",
    [14] = "unmap_pirq",
    [15] = "manage_pci_add",
    [16] = "manage_pci_remove",
    [17] = "pirq_eoi_gmfn_v1",
    [19] = "restore_msi",
    [20] = "manage_pci_add_ext",
    [21] = "setup_gsi",
    [23] = "get_free_pirq",
    [24] = "pci_mmcfg_reserved",
    [25] = "pci_device_add",
    [26] = "pci_device_remove",
    [27] = "restore_msi_ext",
    [28] = "pirq_eoi_gmfn_v2",
    [29] = "dbgp_op",
    [30] = "prepare_msix",
    [31] = "release_msix",
};

static const char *const hvm_ops[] = {
    [0] = "set_param",
    [1] = "get_param",
    [2] = "set_pci_intx_level",
    [3] = "set_isa_irq_level",
    [4] = "set_pci_link_route",
    [5] = "flush_tlbs",
    [9] = "pagetable_dying",
    [10] = "get_time",
    [11] = "xentrace",
    [12] = "set_mem_access",
    [13] = "get_mem_access",
    [15] = "get_mem_type",
    [23] = "set_evtchn_upcall_vector",
    [24] = "guest_request_vm_event",
};

static const struct {
    const char *name;
    const char *const *ops;
    size_t count;
} hypercalls[] = {
    [0] = {"set_trap_table", NULL, 0},
    [1] = {"mmu_update", NULL, 0},
    [2] = {"set_gdt", NULL, 0},
    [3] = {"stack_switch", NULL, 0},
    [4] = {"set_callbacks", NULL, 0},
    [5] = {"fpu_taskswitch", NULL, 0},
    [6] = {"sched_op_compat", NULL, 0},
    [7] = {"platform_op", NULL, 0},
    [8] = {"set_debugreg", NULL, 0},
    [9] = {"get_debugreg", NULL, 0},
    [10] = {"update_descriptor", NULL, 0},
    [12] = {"memory_op", memory_ops, sizeof(memory_ops) / sizeof(*memory_ops)},
    [13] = {"multicall", NULL, 0},
    [14] = {"update_va_mapping", NULL, 0},
    [15] = {"set_timer_op", NULL, 0},
    [16] = {"event_channel_op_compat", NULL, 0},
    [17] = {"xen_version", version_ops, sizeof(version_ops) / sizeof(*version_ops)},
    [18] = {"console_io", NULL, 0},
    [19] = {"physdev_op_compat", NULL, 0},
    [20] = {"grant_table_op", grant_ops, sizeof(grant_ops) / sizeof(*grant_ops)},
    [21] = {"vm_assist", NULL, 0},
    [22] = {"update_va_mapping_otherdomain", NULL, 0},
    [23] = {"iret", NULL, 0},
    [24] = {"vcpu_op", vcpu_ops, sizeof(vcpu_ops) / sizeof(*vcpu_ops)},
    [25] = {"set_segment_base", NULL, 0},
    [26] = {"mmuext_op", NULL, 0},
    [27] = {"xsm_op", NULL, 0},
    [28] = {"nmi_op", NULL, 0},
    [29] = {"sched_op", sched_ops, sizeof(sched_ops) / sizeof(*sched_ops)},
    [30] = {"callback_op", NULL, 0},
    [31] = {"xenoprof_op", NULL, 0},
    [32] = {"event_channel_op", evtchn_ops, sizeof(evtchn_ops) / sizeof(*evtchn_ops)},
    [33] = {"physdev_op", physdev_ops, sizeof(physdev_ops) / sizeof(*physdev_ops)},
    [34] = {"hvm_op", hvm_ops, sizeof(hvm_ops) / sizeof(*hvm_ops)},
    [35] = {"sysctl", NULL, 0},
    [36] = {"domctl", NULL, 0},
    [37] = {"kexec_op", NULL, 0},
    [38] = {"tmem_op", NULL, 0},
    [39] = {"argo_op", NULL, 0},
    [40] = {"xenpmu_op", NULL, 0},
    [41] = {"dm_op", NULL, 0},
    [42] = {"hypfs_op", NULL, 0},
};

#define MEMORY_OP      12u
#define MEMORY_OP_MASK 0x3fu /* MEMOP_CMD_MASK of Xen: above it where to go on */

static void describe_hypercall(uint32_t number, uint32_t sub, char *to, size_t size)
{
    const char *op;

    if (number >= sizeof(hypercalls) / sizeof(*hypercalls) || !hypercalls[number].name) {
        snprintf(to, size, "a hypercall that Xen does not have");
        return;
    }
    if (number == MEMORY_OP)
        sub &= MEMORY_OP_MASK;
    op = sub < hypercalls[number].count ? hypercalls[number].ops[sub] : NULL;
    if (op)
        snprintf(to, size, "%s, %s", hypercalls[number].name, op);
    else if (hypercalls[number].ops)
        snprintf(to, size, "%s, number %u", hypercalls[number].name, sub);
    else
        snprintf(to, size, "%s", hypercalls[number].name);
}

static const char *msr_name(uint32_t index)
{
    /* Of those that guests use; AMD APM volume 2, appendix A. */
    switch (index) {
    case 0x10:
        return "TSC";
    case 0x1b:
        return "APIC_BASE";
    case 0x277:
        return "PAT";
    case 0xc0000080:
        return "EFER";
    case 0xc0000081:
        return "STAR";
    case 0xc0010015:
        return "HWCR";
    case 0x40000000:
        return "Xen's hypercall page";
    }
    return index >= 0x200 && index <= 0x2ff   ? "an MTRR"
           : index >= 0x800 && index <= 0x8ff ? "x2APIC"
                                              : NULL;
}

static const char *exception_name(uint32_t vector)
{
    static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
                                        "#NM", "#DF", NULL,  "#TS", "#NP", "#SS", "#GP",
                                        "#PF", NULL,  "#MF", "#AC", "#MC", "#XM"};

    return NAME(names, vector);
}

void irx_park_describe(uint32_t class, uint32_t detail, uint64_t exit_info1, char *to, size_t size)
{
    const char *name = NULL;

    to[0] = 0;
    switch (class) {
    case IRX_EXIT_HYPERCALL:
        describe_hypercall(detail & 0xffff, detail >> 16, to, size);
        break;
    case IRX_EXIT_MSR:
        name = msr_name(detail);
        snprintf(to, size, "%s of MSR 0x%x%s%s", exit_info1 & 1 ? "write" : "read", detail,
                 name ? ", " : "", name ? name : "");
        break;
    case IRX_EXIT_CPUID:
        snprintf(to, size, "leaf 0x%x", detail);
        break;
    case IRX_EXIT_NPF:
        snprintf(to, size, "address 0x%llx", (unsigned long long)detail << 12);
        break;
    case IRX_EXIT_IO:
        snprintf(to, size, "port 0x%x", detail & 0xffff);
        break;
    case IRX_EXIT_CR:
        snprintf(to, size, "CR%u", detail);
        break;
    case IRX_EXIT_EXCEPTION:
        name = exception_name(detail);
        snprintf(to, size, "vector %u%s%s", detail, name ? ", " : "", name ? name : "");
        break;
    case IRX_EXIT_SHUTDOWN:
        snprintf(to, size, "triple fault");
        break;
    case IRX_EXIT_XSETBV:
        snprintf(to, size, "XCR%u", detail);
        break;
    case IRX_EXIT_CACHE:
        snprintf(to, size, "INVD or WBINVD");
        break;
    }
}
