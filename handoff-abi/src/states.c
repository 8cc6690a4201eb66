/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated from states.table by tools/generate.py: do not edit. */
/* clang-format off */
#include <interrex/states.h>

/* irx_anchor.host_state */
_Static_assert(IRX_NR_HOST_STATES == IRX_HOST_RECOVERING + 1, "states of host");
const struct irx_next irx_next_host[IRX_NR_HOST_STATES] = {
    [IRX_HOST_IDLE] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_LOADED,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_HOST_LOADED] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_IDLE | 1u << IRX_HOST_LENDING | 1u << IRX_HOST_HANDING_OVER,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_HOST_LENDING] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_LOADED | 1u << IRX_HOST_HOLDING,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_HOST_HOLDING] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_LOADED | 1u << IRX_HOST_HANDING_OVER | 1u << IRX_HOST_CLAIMING,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_HOST_HANDING_OVER] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_CLAIMING | 1u << IRX_HOST_RECOVERING,
        [IRX_BY_SHIM] = 1u << IRX_HOST_RECOVERING,
    }},
    [IRX_HOST_CLAIMING] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_LOADED | 1u << IRX_HOST_HOLDING | 1u << IRX_HOST_RECOVERING,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_HOST_RECOVERING] = {{
        [IRX_BY_XEN] = 1u << IRX_HOST_CLAIMING,
        [IRX_BY_SHIM] = 0,
    }},
};

/* irx_cpu.state */
_Static_assert(IRX_NR_CPU_STATES == IRX_CPU_DEAD + 1, "states of cpu");
const struct irx_next irx_next_cpu[IRX_NR_CPU_STATES] = {
    [IRX_CPU_XEN] = {{
        [IRX_BY_XEN] = 1u << IRX_CPU_LENT,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_CPU_LENT] = {{
        [IRX_BY_XEN] = 1u << IRX_CPU_RELEASED,
        [IRX_BY_SHIM] = 1u << IRX_CPU_HELD | 1u << IRX_CPU_RELEASED,
    }},
    [IRX_CPU_HELD] = {{
        [IRX_BY_XEN] = 1u << IRX_CPU_DEAD,
        [IRX_BY_SHIM] = 1u << IRX_CPU_DRAINING | 1u << IRX_CPU_RELEASED,
    }},
    [IRX_CPU_DRAINING] = {{
        [IRX_BY_XEN] = 1u << IRX_CPU_DEAD,
        [IRX_BY_SHIM] = 1u << IRX_CPU_XEN | 1u << IRX_CPU_HELD | 1u << IRX_CPU_RELEASED,
    }},
    [IRX_CPU_RELEASED] = {{
        [IRX_BY_XEN] = 1u << IRX_CPU_XEN,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_CPU_DEAD] = {{
        [IRX_BY_XEN] = 0,
        [IRX_BY_SHIM] = 0,
    }},
};

/* irx_domain.state */
_Static_assert(IRX_NR_DOMAIN_STATES == IRX_DOM_SAVED + 1, "states of domain");
const struct irx_next irx_next_domain[IRX_NR_DOMAIN_STATES] = {
    [IRX_DOM_WITH_XEN] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_PREPARING | 1u << IRX_DOM_SAVED,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_DOM_PREPARING] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_WITH_XEN,
        [IRX_BY_SHIM] = 1u << IRX_DOM_PREPARED | 1u << IRX_DOM_FAILED,
    }},
    [IRX_DOM_PREPARED] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_WITH_XEN | 1u << IRX_DOM_ENTERING,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_DOM_ENTERING] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_WITH_XEN | 1u << IRX_DOM_FROZEN,
        [IRX_BY_SHIM] = 1u << IRX_DOM_RUNNING | 1u << IRX_DOM_FAILED,
    }},
    [IRX_DOM_RUNNING] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_FREEZING,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_DOM_FREEZING] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_FROZEN,
        [IRX_BY_SHIM] = 1u << IRX_DOM_FROZEN,
    }},
    [IRX_DOM_FROZEN] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_ENTERING | 1u << IRX_DOM_CLAIMED,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_DOM_CLAIMED] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_WITH_XEN,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_DOM_FAILED] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_WITH_XEN | 1u << IRX_DOM_ENTERING | 1u << IRX_DOM_CLAIMED,
        [IRX_BY_SHIM] = 0,
    }},
    [IRX_DOM_SAVED] = {{
        [IRX_BY_XEN] = 1u << IRX_DOM_WITH_XEN,
        [IRX_BY_SHIM] = 0,
    }},
};

/* irx_vcpu.state */
_Static_assert(IRX_NR_VCPU_STATES == IRX_VCPU_PARKED + 1, "states of vcpu");
const struct irx_next irx_next_vcpu[IRX_NR_VCPU_STATES] = {
    [IRX_VCPU_DOWN] = {{
        [IRX_BY_XEN] = 1u << IRX_VCPU_RUNNABLE | 1u << IRX_VCPU_BLOCKED,
        [IRX_BY_SHIM] = 1u << IRX_VCPU_RUNNABLE,
    }},
    [IRX_VCPU_RUNNABLE] = {{
        [IRX_BY_XEN] = 1u << IRX_VCPU_DOWN | 1u << IRX_VCPU_BLOCKED,
        [IRX_BY_SHIM] = 1u << IRX_VCPU_RUNNING | 1u << IRX_VCPU_PARKED,
    }},
    [IRX_VCPU_RUNNING] = {{
        [IRX_BY_XEN] = 1u << IRX_VCPU_DOWN | 1u << IRX_VCPU_RUNNABLE | 1u << IRX_VCPU_BLOCKED | 1u << IRX_VCPU_PARKED,
        [IRX_BY_SHIM] = 1u << IRX_VCPU_DOWN | 1u << IRX_VCPU_RUNNABLE | 1u << IRX_VCPU_BLOCKED | 1u << IRX_VCPU_PARKED,
    }},
    [IRX_VCPU_BLOCKED] = {{
        [IRX_BY_XEN] = 1u << IRX_VCPU_DOWN | 1u << IRX_VCPU_RUNNABLE,
        [IRX_BY_SHIM] = 1u << IRX_VCPU_RUNNABLE | 1u << IRX_VCPU_PARKED,
    }},
    [IRX_VCPU_PARKED] = {{
        [IRX_BY_XEN] = 1u << IRX_VCPU_DOWN | 1u << IRX_VCPU_RUNNABLE | 1u << IRX_VCPU_BLOCKED,
        [IRX_BY_SHIM] = 1u << IRX_VCPU_RUNNABLE,
    }},
};
