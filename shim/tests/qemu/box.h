/* SPDX-License-Identifier: GPL-2.0-only */
/* What the stand-in Xen and its guests share: one page of guest memory each, and numbers. */
#ifndef TESTS_QEMU_BOX_H
#define TESTS_QEMU_BOX_H

#include <stdint.h>

/* Guest frames */
#define GFN_PML4    0x1u
#define GFN_SHARED  0x10u
#define GFN_INFO    0x11u /* vcpu_info of the FIFO guest */
#define GFN_CONTROL 0x12u
#define GFN_ARRAY   0x13u
#define GFN_BOX     0x20u
#define GFN_CODE    0x100u
#define GFN_STACK   0x1c0u /* vCPU n: pages 0x1c0 + 8n up to + 7 */
#define GUEST_PAGES 0x800u

/* Ports, the same numbers in both guests */
#define PORT_TIMER(v) (1u + (v)) /* VIRQ_TIMER of vCPU v, 1 and 2 */
#define PORT_IPI(v)   (3u + (v)) /* IPI to vCPU v, 3 and 4 */
#define PORT_XEN      5u         /* to the stand-in Xen, which answers */
#define PORT_PEER     6u         /* to the other guest, which answers */
#define NR_PORTS      64u

#define CALLBACK_VECTOR 0xf3u
#define UPCALL_VECTOR   0x50u
#define SELF_VECTOR     0x41u

#define PARKING_CALL 12u     /* memory_op, of which the shim serves nothing */
#define PARK_ANSWER  0x1234u /* what the stand-in Xen answers to it */
#define VERSION      0x40011u
#define TSC_OFFSET   0x123456789000ull

/* box.step: how far vCPU 0 came */
#define STEP_READY  1u /* its tests are done; it counts */
#define STEP_PARKED 2u /* it came back from the unknown hypercall */
#define STEP_FAILED 99u

/* box.command (the stand-in Xen) */
#define CMD_PARK 1u
#define CMD_IDLE 2u

struct box {
    uint64_t fifo; /* 1: FIFO ABI and an upcall vector; 0: 2-level and the callback vector */
    uint64_t vcpus;
    uint64_t has_peer;
    uint64_t vtsc; /* 1: its TSC is emulated, a tick a ns */
    uint64_t mul;  /* pvclock, in host TSC */
    uint64_t stamp;
    uint64_t command;
    uint64_t step;
    uint64_t failed_line;
    uint64_t failed_value;
    uint64_t count[2]; /* each vCPU's progress */
    uint64_t events[NR_PORTS];
    uint64_t self_ipis;
    uint64_t worst_late_ns;
    uint64_t early; /* timers that fired before their time */
    uint64_t fpu_checks;
    uint64_t
        cpuid_ticks; /* TSC ticks of a CPUID, a hypercall, an IPI to itself; the least of many */
    uint64_t call_ticks;
    uint64_t yield_ticks;
};

#endif
