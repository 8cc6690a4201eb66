/* SPDX-License-Identifier: GPL-2.0-only */
#include "reasons.h"

#include <stdio.h>
#include <string.h>

#include "cmdline.h"

/* How the detail is shown: appended to what. */
enum detail {
    DETAIL_NONE,
    DETAIL_BYTES,
    DETAIL_HEX,
    DETAIL_LIMIT,
    DETAIL_NUMBER,
    DETAIL_POOL,
    DETAIL_SCHEDULER,
    DETAIL_QUARANTINE,
};

struct words {
    const char *name;
    const char *what;
    const char *remedy;
    enum detail detail;
};

#define SHUT_DOWN_OR_MOVE "shut the domain down or migrate it to another host for the update"

static const struct words table[IRX_REASON_MAX + 1] = {
    [0] = {"tool", "", "", DETAIL_NONE},
    [IRX_REASON_NO_REGION] = {"no-region", "Xen was booted without a live-update region",
                              "boot Xen with liveupdate=<size> on its command line, e.g. "
                              "liveupdate=128M",
                              DETAIL_NONE},
    [IRX_REASON_NOT_LOADED] = {"not-loaded", "no target or no shim is loaded",
                               "run `interrex load`", DETAIL_NONE},
    [IRX_REASON_CPU_VENDOR] = {"cpu-vendor",
                               "the CPUs have no AMD SVM with nested paging, which holding needs",
                               "update this host by a reboot", DETAIL_NONE},
    [IRX_REASON_NO_CPU] = {"no-cpu", "fewer than two cores are online: none can be lent",
                           "bring a second CPU online (xen-hptool cpu-online)", DETAIL_NONE},
    [IRX_REASON_REGION_SMALL] = {"region-small", "the live-update region is too small",
                                 "boot Xen with a larger liveupdate=", DETAIL_BYTES},
    [IRX_REASON_IOMMU] = {"iommu", "the host has an active IOMMU",
                          "boot Xen with iommu=0 (PVH dom0: dom0-iommu=none)", DETAIL_NONE},
    [IRX_REASON_DOM0_NOT_PVH] = {"dom0-not-pvh",
                                 "dom0 is a PV domain that this Xen cannot carry (32-bit)",
                                 "boot a 64-bit kernel, or Xen with dom0=pvh", DETAIL_NONE},
    [IRX_REASON_PV] = {"pv", "it is a 32-bit PV domain",
                       SHUT_DOWN_OR_MOVE ", or make it type=\"pvh\"", DETAIL_NONE},
    [IRX_REASON_DEVICE_MODEL] = {"device-model", "it has emulated devices (HVM)",
                                 SHUT_DOWN_OR_MOVE ", or make it type=\"pvh\"", DETAIL_HEX},
    [IRX_REASON_PASSTHROUGH] = {"passthrough",
                                "a device, or I/O memory, ports or interrupts of one, are passed "
                                "through to it",
                                "detach the device (xl pci-detach), or shut the domain down",
                                DETAIL_NONE},
    [IRX_REASON_ALTP2M] = {"altp2m", "it uses or may use alternate p2m views (altp2m)",
                           "stop the introspection tool, or remove altp2m= from its configuration",
                           DETAIL_NONE},
    [IRX_REASON_POD] = {"pod", "it has memory populated on demand",
                        "let it balloon down to its target, or start it with memory = maxmem",
                        DETAIL_NONE},
    [IRX_REASON_MEM_SHARING] = {"mem-sharing", "it shares memory with another domain",
                                "stop memory sharing for it", DETAIL_NONE},
    [IRX_REASON_MEM_PAGING] = {"mem-paging", "some of its memory is paged out",
                               "stop xenpaging for it", DETAIL_NONE},
    [IRX_REASON_NESTED] = {"nested", "it uses nested virtualisation",
                           "shut it down, or start it with nestedhvm=0", DETAIL_NONE},
    [IRX_REASON_VM_EVENT] = {"vm-event", "a tool listens to its VM events",
                             "stop the introspection tool", DETAIL_NONE},
    [IRX_REASON_IOREQ] = {"ioreq", "an emulator serves I/O requests for it",
                          "detach the emulator, or shut the domain down", DETAIL_NONE},
    [IRX_REASON_LOG_DIRTY] = {"log-dirty", "a migration or save of it is under way",
                              "wait until that has ended", DETAIL_NONE},
    [IRX_REASON_SHADOW] = {"shadow", "it does not use hardware-assisted paging",
                           "start it with hap=1", DETAIL_NONE},
    [IRX_REASON_TSC_MODE] = {"tsc-mode",
                             "its TSC is scaled by the CPU, or emulated and stops when it has to "
                             "wait for a CPU",
                             "start it with tsc_mode=\"native\", or without timer_mode=",
                             DETAIL_NUMBER},
    [IRX_REASON_DYING] = {"dying", "it is being destroyed", "wait until it is gone (xl list)",
                          DETAIL_NONE},
    [IRX_REASON_TOO_MANY_VCPUS] = {"too-many-vcpus", "too many vCPUs",
                                   "shut some domains down, or start them with fewer vCPUs",
                                   DETAIL_LIMIT},
    [IRX_REASON_TOO_MANY_DOMAINS] = {"too-many-domains", "too many domains",
                                     "shut some domains down or migrate them", DETAIL_LIMIT},
    [IRX_REASON_GRANT_IN_TRANSIT] = {"grant-in-transit", "a grant of it is in transit",
                                     "try again: it ends by itself", DETAIL_NONE},
    [IRX_REASON_CPUPOOL] = {"cpupool", "a CPU pool schedules several CPUs as one (sched-gran)",
                            "boot Xen with sched-gran=cpu, or give the pool that granularity "
                            "(xenhypfs write /cpupool/<id>/sched-gran cpu) while it has no CPUs",
                            DETAIL_POOL},
    [IRX_REASON_MONITOR] = {"monitor", "it is being monitored", "stop the monitoring tool",
                            DETAIL_NONE},
    [IRX_REASON_MEMORY_LOW] = {"memory-low", "it owns memory below 1 MiB", SHUT_DOWN_OR_MOVE,
                               DETAIL_NONE},
    [IRX_REASON_XSAVE_SIZE] = {"xsave-size", "its extended CPU state is larger than can be held",
                               "start it with fewer CPU features (xsave components)", DETAIL_BYTES},
    [IRX_REASON_FRAGMENTED] = {"fragmented",
                               "too little free memory in large pieces for the target",
                               "free some memory (balloon a guest down, or shut one down)",
                               DETAIL_BYTES},
    [IRX_REASON_VIRIDIAN] = {"viridian", "it uses Viridian (Hyper-V) enlightenments",
                             "start it with viridian=0", DETAIL_NONE},
    [IRX_REASON_SCHEDULER] = {"scheduler",
                              "a CPU pool has a scheduler whose settings cannot be carried over",
                              "use credit2 or credit: move its domains to another pool and destroy "
                              "it (xl cpupool-destroy); for Pool-0, boot Xen with sched=credit2",
                              DETAIL_SCHEDULER},
    [IRX_REASON_LABEL] = {"label", "it has a security label, which the next Xen may not know",
                          "boot Xen with flask=disabled, or update this host by a reboot",
                          DETAIL_NUMBER},
    [IRX_REASON_QUARANTINED] = {"quarantined", "the shim runs it, and this Xen cannot take it over",
                                "run `interrex finish DOMAIN` to try it again, or end it: "
                                "`interrex abandon DOMAIN`",
                                DETAIL_QUARANTINE},
    [IRX_REASON_SUSPENDED] = {"suspended", "it is suspended: a toolstack saves or migrates it",
                              "wait until that has ended; if nobody does, destroy it (xl destroy)",
                              DETAIL_NONE},
    [IRX_REASON_TOO_MANY_CPUS] = {"too-many-cpus", "the host has too many CPUs, online or not",
                                  "boot Xen with maxcpus= or smt=0, so that it has fewer",
                                  DETAIL_LIMIT},
    [IRX_REASON_PV_TABLES] = {"pv-tables", "it has too many page tables, and all wait for them",
                              "boot Xen with a larger interrex-pv-tables=, or make it "
                              "type=\"pvh\"",
                              DETAIL_NUMBER},
    [IRX_REASON_REGION_SHARE] = {"region-share",
                                 "its memory and its grants take more of the live-update region "
                                 "than is its share",
                                 "boot Xen with a larger liveupdate=, or " SHUT_DOWN_OR_MOVE,
                                 DETAIL_BYTES},
    [IRX_REASON_DEAF_CPU] = {"deaf-cpu",
                             "a CPU that hung in an update, and took no NMI, is in the place where "
                             "the next Xen would go",
                             "restart the host when its guests allow", DETAIL_NONE},
    [IRX_REASON_UNFINISHED] = {"unfinished", "it is still being created",
                               "wait until that has ended", DETAIL_NONE},
    [IRX_REASON_UNKNOWN] = {"unknown", "it has a kind of state that cannot be carried over yet",
                            SHUT_DOWN_OR_MOVE " and report the number", DETAIL_NUMBER},
};

static const struct words *words_of(uint16_t code)
{
    return code <= IRX_REASON_MAX && table[code].name ? &table[code] : NULL;
}

const char *irx_reason_name(uint16_t code)
{
    const struct words *w = words_of(code);

    return w ? w->name : "unknown";
}

/* XEN_SCHEDULER_* of public/domctl.h, without those that are carried. */
static const char *scheduler_name(uint64_t id)
{
    switch (id) {
    case 7:
        return "arinc653";
    case 8:
        return "rtds";
    case 9:
        return "null";
    }
    return "unknown";
}

/* IRX_QUARANTINE_* and an errno. */
static void put_quarantine(char *to, size_t size, uint64_t detail)
{
    static const char *const names[IRX_QUARANTINE_MAX + 1] = {
        [IRX_QUARANTINE_CREATE] = "limits or options that it was created with",
        [IRX_QUARANTINE_STATE] = "registers or timers",
        [IRX_QUARANTINE_SHELL] = "vCPUs, paging memory or time",
        [IRX_QUARANTINE_GRANTS] = "grants",
        [IRX_QUARANTINE_MEMORY] = "memory",
        [IRX_QUARANTINE_POLICY] = "CPU policy",
        [IRX_QUARANTINE_EVENTS] = "event channels",
        [IRX_QUARANTINE_SETTING] = "scheduling or rights",
        [IRX_QUARANTINE_CLAIM] = "state, when it was claimed",
    };
    uint32_t what = (uint32_t)detail & ~IRX_QUARANTINE_CARRIED;
    const char *name = what <= IRX_QUARANTINE_MAX ? names[what] : NULL;

    snprintf(to, size, ": its %s (%s)", name ? name : "state", strerror((int)(detail >> 32)));
}

static void put_detail(char *to, size_t size, enum detail kind, uint64_t detail)
{
    unsigned long long value = detail;

    switch (kind) {
    case DETAIL_NONE:
        break;
    case DETAIL_BYTES:
        snprintf(to, size, " (%llu MiB needed)", (value + (1 << 20) - 1) >> 20);
        break;
    case DETAIL_HEX:
        snprintf(to, size, " (0x%llx)", value);
        break;
    case DETAIL_LIMIT:
        snprintf(to, size, " (the limit is %llu)", value);
        break;
    case DETAIL_NUMBER:
        snprintf(to, size, " (%llu)", value);
        break;
    case DETAIL_POOL:
        snprintf(to, size, " (pool %llu)", value);
        break;
    case DETAIL_SCHEDULER:
        snprintf(to, size, " (%s)", scheduler_name(detail));
        break;
    case DETAIL_QUARANTINE:
        put_quarantine(to, size, detail);
        break;
    }
}

bool irx_reason_carried(const struct irx_op_reason *reason)
{
    return reason->code == IRX_REASON_QUARANTINED && reason->detail & IRX_QUARANTINE_CARRIED;
}

/* What was not rebuilt when that Xen came cannot be later. */
static bool quarantined_for_good(const struct irx_op_reason *reason)
{
    return reason->code == IRX_REASON_QUARANTINED &&
           ((uint32_t)reason->detail & ~IRX_QUARANTINE_CARRIED) != IRX_QUARANTINE_CLAIM;
}

static const char *remedy_of(const struct irx_op_reason *reason, const struct words *w)
{
    if (!quarantined_for_good(reason))
        return w->remedy;
    return irx_reason_carried(reason) ? "update to a Xen that takes it: `interrex update` carries "
                                        "it on as it is; or end it: "
                                        "`interrex abandon DOMAIN`"
                                      : "end the domain: `interrex abandon DOMAIN`";
}

void irx_reason_describe(const struct irx_op_reason *reason, struct irx_finding *finding)
{
    const struct words *w = words_of(reason->code);
    char detail[128] = "";

    finding->refused = true;
    finding->domid = reason->domid;
    finding->code = reason->code;
    finding->detail = reason->detail;
    if (!w || reason->code == 0) {
        snprintf(finding->what, sizeof(finding->what),
                 "Xen gives reason %u, which this tool does not know (%llu)", reason->code,
                 (unsigned long long)reason->detail);
        snprintf(finding->remedy, sizeof(finding->remedy),
                 "use the `interrex` that belongs to the running Xen");
        return;
    }
    if (reason->detail && reason->code == IRX_REASON_XSAVE_SIZE)
        snprintf(detail, sizeof(detail), " (%llu bytes)", (unsigned long long)reason->detail);
    else if (reason->detail || w->detail == DETAIL_POOL)
        put_detail(detail, sizeof(detail), w->detail, reason->detail);
    snprintf(finding->what, sizeof(finding->what), "%s%s", w->what, detail);
    snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy_of(reason, w));
}

void irx_reason_describe_region(const char *cmdline, struct irx_finding *finding)
{
    char asked[64];

    if (!irx_cmdline_value(cmdline, "liveupdate", asked, sizeof(asked)))
        return;
    snprintf(finding->what, sizeof(finding->what),
             "Xen was booted with liveupdate=%s, and could not set that aside", asked);
    snprintf(finding->remedy, sizeof(finding->remedy),
             "it has to be free memory in one piece below 4 GiB, at a multiple of 2 MiB: boot Xen "
             "with another size, and see `xl dmesg`");
}
