/* SPDX-License-Identifier: MIT */
/*
 * Versions, features and the ELF note: what A, the shim, B and the tools each
 * publish about themselves, readable from the file without running it.
 */
#ifndef INTERREX_ABI_VERSION_H
#define INTERREX_ABI_VERSION_H

#include "types.h"

/* 1.0 is RELEASED: from here on it only grows. 1.1 is being made. docs/abi.md, "Changing it", says how. */
#define IRX_ABI_MAJOR             1u
#define IRX_ABI_MINOR             1u
#define IRX_VERSION(major, minor) (((uint32_t)(major) << 16) | (uint32_t)(minor))
#define IRX_ABI_VERSION           IRX_VERSION(IRX_ABI_MAJOR, IRX_ABI_MINOR)

/* A release of Interrex, the product: 0.2.0 and the like, each number at most 255. */
#define IRX_RELEASE(major, minor, patch)                                                           \
    (((uint32_t)(major) << 16) | ((uint32_t)(minor) << 8) | (uint32_t)(patch))

/* Feature bits. `required`: the peer must have it. `optional`: used if both have it. */
#define IRX_FEATURE_SVM          (1ull << 0) /* holds guests on AMD SVM with nested paging */
#define IRX_FEATURE_VMX          (1ull << 1) /* reserved: Intel VMX with EPT */
#define IRX_FEATURE_PVH_GUEST    (1ull << 2) /* PVH guests without a device model */
#define IRX_FEATURE_PVH_DOM0     (1ull << 3) /* PVH dom0, saved and resumed */
#define IRX_FEATURE_EVTCHN_2L    (1ull << 4) /* 2-level event channels */
#define IRX_FEATURE_EVTCHN_FIFO  (1ull << 5) /* FIFO event channels */
#define IRX_FEATURE_RUN_IN_PLACE (1ull << 6) /* target runs where it was loaded, inside R */
#define IRX_FEATURE_PV_DOM0      (1ull << 7) /* PV dom0, saved and resumed; since 1.1 */
#define IRX_FEATURE_ALL          0xffull

/* Who published a note or wrote a stream. */
#define IRX_PRODUCER_XEN  1u
#define IRX_PRODUCER_SHIM 2u
#define IRX_PRODUCER_TOOL 3u

/* The ELF note: section .note.interrex, owner "Interrex". */
#define IRX_NOTE_NAME "Interrex"
#define IRX_NOTE_TYPE 0x49525801u

/* Payload of the note. Versions are IRX_VERSION(). */
struct irx_note {
    uint32_t size;         /* sizeof(struct irx_note); later versions append */
    uint32_t producer;     /* IRX_PRODUCER_* */
    uint32_t native;       /* version that it writes when not asked for another */
    uint32_t oldest_read;  /* oldest version that it reads */
    uint32_t oldest_write; /* oldest version that it can write */
    uint32_t no_downgrade; /* 1: refuses to hand over to a peer with an older native version */
    uint64_t required;     /* features that the peer must offer */
    uint64_t optional;     /* features that it offers */
    uint32_t release;      /* IRX_RELEASE() that it was built from, for people; 0: not known */
    uint32_t reserved;
};
IRX_SIZE(struct irx_note, 48);
IRX_OFFSET(struct irx_note, required, 24);
IRX_OFFSET(struct irx_note, optional, 32);
IRX_OFFSET(struct irx_note, release, 40);

/* The seal: a second note beside the first, with the checksum of the file that it is in. */
#define IRX_SEAL_TYPE 0x49525802u

/* Payload of the seal. `interrex-abi seal` fills it in after the last link. */
struct irx_seal {
    uint32_t size;   /* sizeof(struct irx_seal); later versions append */
    uint32_t sealed; /* 1: crc holds; 0: not filled in yet */
    uint32_t crc;    /* CRC-32C of the whole file, with this field as zero */
    uint32_t reserved;
};
IRX_SIZE(struct irx_seal, 16);
IRX_OFFSET(struct irx_seal, crc, 8);

#endif
