/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The options of a Xen on x86, and which of them bind an update. Names and defaults are those of
 * Xen 4.17.5: its *_param() lines, docs/misc/xen-command-line.pandoc; what a difference does is
 * what domain_create(), recalculate_cpuid_policy(), smpboot.c and setup.c do with them.
 */
#include "cmdline.h"

#include <string.h>

#define ANY(name)                                                                                  \
    {                                                                                              \
        name, IRX_OPTION_ANY, NULL, NULL, false                                                    \
    }
#define SAME(name, absent, why)                                                                    \
    {                                                                                              \
        name, IRX_OPTION_SAME, absent, why, false                                                  \
    }
#define SAME_SUM(name, why)                                                                        \
    {                                                                                              \
        name, IRX_OPTION_SAME, NULL, why, true                                                     \
    }
#define LEAST(name, absent, why)                                                                   \
    {                                                                                              \
        name, IRX_OPTION_LEAST, absent, why, false                                                 \
    }
#define TOLD(name, absent, why)                                                                    \
    {                                                                                              \
        name, IRX_OPTION_TOLD, absent, why, false                                                  \
    }
#define TOLD_SUM(name, why)                                                                        \
    {                                                                                              \
        name, IRX_OPTION_TOLD, NULL, why, true                                                     \
    }
#define BOOT(name)                                                                                 \
    {                                                                                              \
        name, IRX_OPTION_BOOT, NULL, NULL, false                                                   \
    }

#define CPUS   "CPUs that the shim holds would not come back"
#define CPUID  "running guests would see other CPU features than they were started with"
#define GRANTS "domains that were made with the running Xen's limits would be refused"
#define DOM0   "dom0 is carried over as it is"
#define MEMORY "guests' memory would lie where the target sees none"
#define APIC   "CPUs that the shim holds are in the running Xen's APIC mode"

static const struct irx_option options[] = {
    /* What domains are made with. */
    SAME("hap", "1", "guests with hardware-assisted paging would be refused"),
    SAME_SUM("gnttab", GRANTS),
    LEAST("gnttab_max_frames", "64", GRANTS),
    LEAST("gnttab_max_maptrack_frames", "1024", GRANTS),
    SAME_SUM("vpmu", "guests with performance counters would be refused"),
    SAME("argo", "0", "domains that use it would lose it"),
    SAME("xsm", NULL, "domains would lose their security labels"),
    SAME("flask", NULL, "domains would lose their security labels"),
    SAME_SUM("iommu", "dom0 and its devices would not fit the target"),
    SAME("sched-gran", "cpu", "CPU pools that schedule several CPUs as one are not carried"),
    /* What guests see of the CPU. */
    SAME_SUM("cpuid", CPUID),
    SAME("cpuid_mask_cpu", NULL, CPUID),
    SAME("cpuid_mask_ecx", NULL, CPUID),
    SAME("cpuid_mask_edx", NULL, CPUID),
    SAME("cpuid_mask_ext_ecx", NULL, CPUID),
    SAME("cpuid_mask_ext_edx", NULL, CPUID),
    SAME("cpuid_mask_l7s0_eax", NULL, CPUID),
    SAME("cpuid_mask_l7s0_ebx", NULL, CPUID),
    SAME("cpuid_mask_thermal_ecx", NULL, CPUID),
    SAME("cpuid_mask_xsave_eax", NULL, CPUID),
    SAME("cet", NULL, CPUID),
    SAME("hvm_fep", "0", CPUID),
    SAME("invpcid", "1", CPUID),
    SAME("pcid", NULL, CPUID),
    SAME("pku", "1", CPUID),
    SAME("smap", "1", CPUID),
    SAME("smep", "1", CPUID),
    SAME("tsx", NULL, CPUID),
    SAME("xsave", "1", CPUID),
    TOLD_SUM("spec-ctrl", "guests may see other CPU features than they were started with"),
    /* CPUs, and what the shim and the target have to do in the same way. */
    LEAST("maxcpus", "0", CPUS),
    SAME("nosmp", "0", CPUS),
    SAME("smt", NULL, CPUS),
    SAME_SUM("acpi", CPUS),
    SAME("apic", NULL, APIC),
    SAME("lapic", NULL, APIC),
    SAME("noapic", "0", APIC),
    SAME("nolapic", NULL, APIC),
    SAME("x2apic", "1", APIC),
    SAME("x2apic-mode", NULL, APIC),
    SAME("x2apic_phys", NULL, APIC),
    SAME_SUM("tsc", "time goes on by the TSC as the running Xen took it"),
    TOLD("clocksource", NULL, "time goes on, by another clock"),
    TOLD_SUM("numa", "NUMA affinities may not mean the same nodes"),
    /* Memory. */
    SAME("mem", NULL, MEMORY),
    SAME("availmem", NULL, MEMORY),
    SAME("highmem-start", NULL, MEMORY),
    SAME("e820-mtrr-clip", NULL, MEMORY),
    SAME_SUM("badpage", MEMORY),
    TOLD_SUM("crashkernel", "the crash kernel's memory is set aside at a boot of the machine"),
    LEAST("nr_irqs", "0", "dom0's interrupts would not fit"),
    LEAST("max_gsi_irqs", "0", "dom0's interrupts would not fit"),
    /* dom0. */
    SAME_SUM("dom0", DOM0),
    SAME_SUM("dom0-cpuid", DOM0),
    SAME_SUM("dom0-iommu", DOM0),
    SAME("dom0_ioports_disable", NULL, DOM0),
    SAME("dom0_max_vcpus", NULL, DOM0),
    SAME_SUM("dom0_mem", DOM0),
    SAME_SUM("dom0_nodes", DOM0),
    SAME("dom0_vcpus_pin", "0", DOM0),
    SAME("hardware_dom", "0", DOM0),
    SAME("pv-shim", "0", DOM0),
    /* Of one boot. */
    BOOT("liveupdate"),
    BOOT("liveupdate-boot-delay"),
    BOOT("real-mode"),
    /* All others: they may be another in the target. */
    ANY("acpi_apic_instance"),
    ANY("acpi_pstate_strict"),
    ANY("acpi_skip_timer_override"),
    ANY("acpi_sleep"),
    ANY("allow_unsafe"),
    ANY("altp2m"),
    ANY("apic_verbosity"),
    ANY("apicv"),
    ANY("arat"),
    ANY("asid"),
    ANY("async-show-all"),
    ANY("ats"),
    ANY("bootscrub"),
    ANY("bootscrub_chunk"),
    ANY("cmci-threshold"),
    ANY("cmos-rtc-probe"),
    ANY("com1"),
    ANY("com2"),
    ANY("conring_size"),
    ANY("console"),
    ANY("console_timestamps"),
    ANY("console_to_ring"),
    ANY("conswitch"),
    ANY("core_parking"),
    ANY("cpu_type"),
    ANY("cpufreq"),
    ANY("cpuidle"),
    ANY("cpuinfo"),
    ANY("crash-debug-debugkey"),
    ANY("crash-debug-hwdom"),
    ANY("crash-debug-kexeccmd"),
    ANY("crash-debug-panic"),
    ANY("crash-debug-watchdog"),
    ANY("crashinfo_maxaddr"),
    ANY("credit2_balance_over"),
    ANY("credit2_balance_under"),
    ANY("credit2_cap_period_ms"),
    ANY("credit2_load_precision_shift"),
    ANY("credit2_load_window_shift"),
    ANY("credit2_runqueue"),
    ANY("dbgp"),
    ANY("debug_stack_lines"),
    ANY("debugtrace"),
    ANY("dit"),
    ANY("dma_bits"),
    ANY("dtuart"),
    ANY("e820-verbose"),
    ANY("edd"),
    ANY("edid"),
    ANY("efi"),
    ANY("ept"),
    ANY("extra_guest_irqs"),
    ANY("font"),
    ANY("force-ept"),
    ANY("gdb"),
    ANY("global-pages"),
    ANY("guest_loglvl"),
    ANY("hap_1gb"),
    ANY("hap_2mb"),
    ANY("hest_disable"),
    ANY("hpet"),
    ANY("hpetbroadcast"),
    ANY("hvm_debug"),
    ANY("hvm_port80"),
    ANY("idle_latency_factor"),
    ANY("ioapic_ack"),
    ANY("iommu_dev_iotlb_timeout"),
    ANY("iommu_inclusive_mapping"),
    ANY("irq-max-guests"),
    ANY("irq_ratelimit"),
    ANY("irq_vector_map"),
    ANY("ivmd"),
    ANY("ivrs_hpet["),
    ANY("ivrs_ioapic["),
    ANY("lapic_timer_c2_ok"),
    ANY("ler"),
    ANY("liveupdate-heap-pause"),
    ANY("loglvl"),
    ANY("low_crashinfo"),
    ANY("low_mem_virq_limit"),
    ANY("max_cstate"),
    ANY("mce"),
    ANY("mce_fb"),
    ANY("mce_verbosity"),
    ANY("memop-max-order"),
    ANY("mmcfg"),
    ANY("mmio-relax"),
    ANY("msi"),
    ANY("mtrr.show"),
    ANY("mwait-idle"),
    ANY("nmi"),
    ANY("noirqbalance"),
    ANY("noreboot"),
    ANY("pci"),
    ANY("pci-phantom"),
    ANY("placeholder"),
    ANY("ple_gap"),
    ANY("ple_window"),
    ANY("preferred-cstates"),
    ANY("psr"),
    ANY("pv"),
    ANY("pv-l1tf"),
    ANY("pv-linear-pt"),
    ANY("rcu-idle-timer-period-ms"),
    ANY("reboot"),
    ANY("rmrr"),
    ANY("ro-hpet"),
    ANY("sched"),
    ANY("sched_credit2_max_cpus_runqueue"),
    ANY("sched_credit2_migrate_resist"),
    ANY("sched_credit_tslice_ms"),
    ANY("sched_ratelimit_us"),
    ANY("sched_smt_power_savings"),
    ANY("scrub-domheap"),
    ANY("serial_tx_buffer"),
    ANY("shim_mem"),
    ANY("snb_igd_quirk"),
    ANY("sync_console"),
    ANY("tboot"),
    ANY("tbuf_size"),
    ANY("tdt"),
    ANY("tevt_mask"),
    ANY("tickle_one_idle_cpu"),
    ANY("timer_slop"),
    ANY("ucode"),
    ANY("unrestricted_guest"),
    ANY("vcpu_migration_delay"),
    ANY("vesa-ram"),
    ANY("vga"),
    ANY("viridian-spinlock-retry-count"),
    ANY("viridian-version"),
    ANY("vm-notify-window"),
    ANY("vpid"),
    ANY("watchdog"),
    ANY("watchdog_timeout"),
    ANY("xpti"),
};

#define NR_OPTIONS (sizeof(options) / sizeof(*options))

const struct irx_option *irx_option_at(unsigned int index)
{
    return index < NR_OPTIONS ? &options[index] : NULL;
}

bool irx_option_is(const struct irx_option *option, const char *name, size_t length)
{
    size_t own = strlen(option->name);

    if (option->name[own - 1] == '[')
        return length > own && memcmp(option->name, name, own) == 0;
    return length == own && memcmp(option->name, name, own) == 0;
}

const struct irx_option *irx_option_find(const char *name, size_t length)
{
    for (size_t i = 0; i < NR_OPTIONS; i++)
        if (irx_option_is(&options[i], name, length))
            return &options[i];
    return NULL;
}
