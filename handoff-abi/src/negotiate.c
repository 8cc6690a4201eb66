/* SPDX-License-Identifier: GPL-2.0-only */
/* Design rule 4, as functions of two or three notes. See interrex/negotiate.h. */
#include <interrex/negotiate.h>

static uint32_t major_of(uint32_t version)
{
    return version >> 16;
}

static uint32_t older(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

#define AT(field) ((uint32_t)offsetof(struct irx_note, field) + 1)

uint32_t irx_note_validate(const struct irx_note *note)
{
    if (note->size < sizeof(*note))
        return AT(size);
    if (note->producer < IRX_PRODUCER_XEN || note->producer > IRX_PRODUCER_TOOL)
        return AT(producer);
    if (!major_of(note->native))
        return AT(native);
    if (note->oldest_read > note->native || major_of(note->oldest_read) != major_of(note->native))
        return AT(oldest_read);
    if (note->oldest_write > note->native || major_of(note->oldest_write) != major_of(note->native))
        return AT(oldest_write);
    if (note->no_downgrade > 1)
        return AT(no_downgrade);
    return 0;
}

static void refuse(struct irx_negotiation *out, uint32_t code, uint64_t mine, uint64_t peer)
{
    out->reasons[out->nr_reasons++] = (struct irx_refusal){
        .code = code, .mine = mine, .peer = peer};
}

static void check_notes(const struct irx_note *mine, const struct irx_note *peer,
                        struct irx_negotiation *out)
{
    uint32_t bad = irx_note_validate(mine);

    if (bad)
        refuse(out, IRX_NEG_MY_NOTE, bad - 1, 0);
    bad = irx_note_validate(peer);
    if (bad)
        refuse(out, IRX_NEG_PEER_NOTE, 0, bad - 1);
}

static void check_versions(const struct irx_note *mine, const struct irx_note *peer,
                           struct irx_negotiation *out)
{
    if (major_of(mine->native) != major_of(peer->native)) {
        refuse(out, IRX_NEG_MAJOR, mine->native, peer->native);
        return;
    }
    if (peer->native < mine->oldest_write)
        refuse(out, IRX_NEG_PEER_TOO_OLD, mine->oldest_write, peer->native);
    if (mine->native < peer->oldest_read)
        refuse(out, IRX_NEG_PEER_TOO_NEW, mine->native, peer->oldest_read);
    if (mine->no_downgrade && peer->native < mine->native)
        refuse(out, IRX_NEG_DOWNGRADE, mine->native, peer->native);
}

static void check_features(const struct irx_note *mine, const struct irx_note *peer,
                           struct irx_negotiation *out)
{
    uint64_t peer_lacks = mine->required & ~peer->optional;
    uint64_t i_lack = peer->required & ~mine->optional;

    if (peer_lacks)
        refuse(out, IRX_NEG_PEER_FEATURES, 0, peer_lacks);
    if (i_lack)
        refuse(out, IRX_NEG_MY_FEATURES, i_lack, 0);
}

int irx_negotiate(const struct irx_note *mine, const struct irx_note *peer,
                  struct irx_negotiation *out)
{
    memset(out, 0, sizeof(*out));
    check_notes(mine, peer, out);
    if (!out->nr_reasons) {
        check_versions(mine, peer, out);
        check_features(mine, peer, out);
    }
    if (out->nr_reasons)
        return -EOPNOTSUPP;
    out->version = older(mine->native, peer->native);
    out->features = mine->optional & peer->optional;
    return 0;
}

/* A third party may hold the version down below what one of the pair still writes or reads. */
static void check_common(const struct irx_note *writer, const struct irx_note *reader,
                         uint32_t version, struct irx_negotiation *out)
{
    if (out->nr_reasons)
        return;
    if (version < writer->oldest_write)
        refuse(out, IRX_NEG_PEER_TOO_OLD, writer->oldest_write, version);
    if (version < reader->oldest_read)
        refuse(out, IRX_NEG_PEER_TOO_NEW, version, reader->oldest_read);
    out->version = version;
}

int irx_negotiate_update(const struct irx_note *sender, const struct irx_note *shim,
                         const struct irx_note *target, struct irx_negotiation out[3],
                         uint32_t *version, uint64_t *features)
{
    const struct irx_note *const writer[3] = {sender, shim, sender};
    const struct irx_note *const reader[3] = {shim, target, target};
    bool refused = false;
    unsigned int i;

    *version = older(older(sender->native, shim->native), target->native);
    *features = sender->optional & shim->optional & target->optional;
    for (i = 0; i < 3; i++) {
        irx_negotiate(writer[i], reader[i], &out[i]);
        check_common(writer[i], reader[i], *version, &out[i]);
        refused |= out[i].nr_reasons != 0;
    }
    if (!refused)
        return 0;
    *version = 0;
    *features = 0;
    return -EOPNOTSUPP;
}

int irx_negotiate_region(uint32_t version, const struct irx_note *peer, struct irx_refusal *why)
{
    uint32_t bad = irx_note_validate(peer), oldest;

    *why = (struct irx_refusal){.mine = version};
    if (bad) {
        *why = (struct irx_refusal){.code = IRX_NEG_PEER_NOTE, .peer = bad - 1};
        return -EOPNOTSUPP;
    }
    oldest = peer->oldest_read > peer->oldest_write ? peer->oldest_read : peer->oldest_write;
    if (major_of(version) != major_of(peer->native)) {
        why->code = IRX_NEG_MAJOR;
        why->peer = peer->native;
    } else if (version > peer->native) {
        why->code = IRX_NEG_REGION_TOO_NEW;
        why->peer = peer->native;
    } else if (version < oldest) {
        why->code = IRX_NEG_REGION_TOO_OLD;
        why->peer = oldest;
    }
    return why->code ? -EOPNOTSUPP : 0;
}

const char *irx_negotiate_text(uint32_t code)
{
    static const char *const text[IRX_NEG_MAX + 1] = {
        [IRX_NEG_MY_NOTE] = "own version note contradicts itself: rebuild this side",
        [IRX_NEG_PEER_NOTE] = "the peer's version note contradicts itself: rebuild the peer",
        [IRX_NEG_MAJOR] = "major versions of the ABI differ: use a peer of the same major version",
        [IRX_NEG_PEER_TOO_OLD] = "the peer is older than this side can still write for: update by "
                                 "way of a version in between",
        [IRX_NEG_PEER_TOO_NEW] = "the peer no longer reads this side's version: update by way of a "
                                 "version in between",
        [IRX_NEG_DOWNGRADE] = "the peer is older and this side allows no downgrade: use a peer at "
                              "least as new",
        [IRX_NEG_PEER_FEATURES] = "the peer lacks features that this side requires: use a peer "
                                  "that has them",
        [IRX_NEG_MY_FEATURES] = "this side lacks features that the peer requires: use another peer "
                                "or update this side first",
        [IRX_NEG_REGION_TOO_NEW] = "the region is of a newer ABI than it reads: use one of that "
                                   "ABI at least; the region keeps its ABI until the host boots",
        [IRX_NEG_REGION_TOO_OLD] = "the region is of an older ABI than it still reads and writes: "
                                   "use an older one, or boot the host with it",
    };

    return code <= IRX_NEG_MAX && text[code] ? text[code] : "unknown reason";
}

const char *irx_feature_name(uint32_t bit)
{
    static const char *const name[] = {"SVM",       "VMX",         "PVH_GUEST",    "PVH_DOM0",
                                       "EVTCHN_2L", "EVTCHN_FIFO", "RUN_IN_PLACE", "PV_DOM0"};

    _Static_assert(IRX_FEATURE_ALL == (1ull << sizeof(name) / sizeof(name[0])) - 1,
                   "every feature has a name");
    return bit < sizeof(name) / sizeof(name[0]) ? name[bit] : NULL;
}
