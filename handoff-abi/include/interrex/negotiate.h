/* SPDX-License-Identifier: MIT */
/*
 * Which version and features two builds hand over with: design rule 4. Pure
 * functions of the notes; nothing is started to find out.
 */
#ifndef INTERREX_NEGOTIATE_H
#define INTERREX_NEGOTIATE_H

#include "platform.h"
#include "abi/version.h"

/* irx_refusal.code; `mine` and `peer` are the values that clash. */
#define IRX_NEG_MY_NOTE       1u /* my note contradicts itself; mine: offset of the field */
#define IRX_NEG_PEER_NOTE     2u /* the peer's does; peer: offset of the field */
#define IRX_NEG_MAJOR         3u /* major versions differ */
#define IRX_NEG_PEER_TOO_OLD  4u /* mine: oldest that I write; peer: its native */
#define IRX_NEG_PEER_TOO_NEW  5u /* mine: my native; peer: oldest that it reads */
#define IRX_NEG_DOWNGRADE     6u /* I hand over to nobody older; versions */
#define IRX_NEG_PEER_FEATURES 7u /* peer: required features that the peer lacks */
#define IRX_NEG_MY_FEATURES   8u /* mine: features that the peer requires and I lack */
/* mine: the region's version; peer: its native, or the oldest that it reads or writes */
#define IRX_NEG_REGION_TOO_NEW 9u
#define IRX_NEG_REGION_TOO_OLD 10u
#define IRX_NEG_MAX            10u

struct irx_refusal {
    uint32_t code; /* IRX_NEG_* */
    uint64_t mine;
    uint64_t peer;
};

struct irx_negotiation {
    uint32_t version;                        /* that the writer writes; 0 with reasons */
    uint32_t nr_reasons;                     /* 0: go ahead */
    uint64_t features;                       /* that both offer; 0 with reasons */
    struct irx_refusal reasons[IRX_NEG_MAX]; /* every one of them, at most one of each code */
};

/*
 * `mine` writes (and starts the handoff), `peer` reads. The version is the
 * newest that both know: the reader asks for its own, or the writer's if that is
 * older. Returns 0, or -EOPNOTSUPP with every reason in *out. Notes are
 * untrusted.
 */
int irx_negotiate(const struct irx_note *mine, const struct irx_note *peer,
                  struct irx_negotiation *out);

/*
 * A whole update: `sender` writes R's live tables and the streams, `shim` reads
 * and writes the live tables, `target` reads all. One version for the three,
 * features that all offer. Reasons by pair: out[0] sender and shim, out[1] shim
 * and target, out[2] sender and target. Returns 0 and *version, *features; or
 * -EOPNOTSUPP.
 */
int irx_negotiate_update(const struct irx_note *sender, const struct irx_note *shim,
                         const struct irx_note *target, struct irx_negotiation out[3],
                         uint32_t *version, uint64_t *features);

/*
 * Does `peer`, a shim or a target, understand the region? All of R, and the sections with it, is of
 * the version of the Xen that made R, whatever the builds of an update could agree on. Returns 0;
 * or -EOPNOTSUPP and the reason in *why.
 */
int irx_negotiate_region(uint32_t version, const struct irx_note *peer, struct irx_refusal *why);

/* 0, or the offset + 1 of the first field of the note that cannot be. */
uint32_t irx_note_validate(const struct irx_note *note);

/* What an IRX_NEG_* means and, after a colon, what to do about it. Never NULL. */
const char *irx_negotiate_text(uint32_t code);

/* Name of a feature by its bit number, as in IRX_FEATURE_*; NULL: it has none here. */
const char *irx_feature_name(uint32_t bit);

#endif
