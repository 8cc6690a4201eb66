/* SPDX-License-Identifier: GPL-2.0-only */
#include "insn.h"

#include "core/lib.h"
#include "core/vendor.h"
#include "gmem.h"

#define INSN_MAX 15u

/* AMD64 APM volume 3. */
static const struct opcode opcodes[NR_INSNS] = {
    [INSN_CPUID] = {{0x0f, 0xa2}, 2, false},
    [INSN_RDMSR] = {{0x0f, 0x32}, 2, false},
    [INSN_WRMSR] = {{0x0f, 0x30}, 2, false},
    [INSN_HLT] = {{0xf4}, 1, false},
    [INSN_PAUSE] = {{0x90}, 1, true},
    [INSN_RDTSC] = {{0x0f, 0x31}, 2, false},
    [INSN_RDTSCP] = {{0x0f, 0x01, 0xf9}, 3, false},
    [INSN_XSETBV] = {{0x0f, 0x01, 0xd1}, 3, false},
    [INSN_INVD] = {{0x0f, 0x08}, 2, false},
    [INSN_WBINVD] = {{0x0f, 0x09}, 2, false},
    [INSN_CLTS] = {{0x0f, 0x06}, 2, false},
};

struct decoder {
    uint8_t bytes[INSN_MAX + 1];
    unsigned int have, at;
    uint8_t rex;
    bool rep, opsize, addrsize;
};

/* What the CPU gave with the exit, else what lies at RIP. */
static void fetch(struct pcpu *pc, struct vcpu *v, struct decoder *d)
{
    memset(d, 0, sizeof(*d));
    if (v->insn_len) {
        d->have = MIN(v->insn_len, INSN_MAX);
        memcpy(d->bytes, v->insn, d->have);
    } else {
        d->have = gmem_fetch(pc, v, d->bytes, INSN_MAX);
    }
}

static void skip_prefixes(const struct vcpu *v, struct decoder *d)
{
    for (; d->at < d->have; d->at++) {
        switch (d->bytes[d->at]) {
        case 0xf3:
            d->rep = true;
            break;
        case 0x66:
            d->opsize = true;
            break;
        case 0x67:
            d->addrsize = true;
            break;
        case 0xf2:
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
            break;
        default:
            if (v->mode == 8 && (d->bytes[d->at] & 0xf0) == 0x40)
                d->rex = d->bytes[d->at++]; /* must be the last prefix */
            return;
        }
    }
}

unsigned int insn_length(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    if (v->next_rip && v->next_rip - v->rip <= INSN_MAX)
        return (unsigned int)(v->next_rip - v->rip);
    return insn_match(pc, v, insn);
}

unsigned int insn_match(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    const struct opcode *o = insn == INSN_HYPERCALL ? &vendor_hypercall : &opcodes[insn];
    struct decoder d;

    fetch(pc, v, &d);
    skip_prefixes(v, &d);
    if (d.at + o->len > d.have || memcmp(d.bytes + d.at, o->bytes, o->len) || (o->rep && !d.rep))
        return 0;
    return d.at + o->len;
}

/* Length of ModRM, SIB and displacement; 0: not all there. 32- and 64-bit addressing. */
static unsigned int modrm_length(const struct vcpu *v, const struct decoder *d)
{
    unsigned int len = 1, need;
    uint8_t modrm, mod, rm;

    if (d->at >= d->have || v->mode == 2 || (v->mode == 4 && d->addrsize))
        return 0;
    modrm = d->bytes[d->at];
    mod = modrm >> 6;
    rm = modrm & 7;
    if (mod != 3 && rm == 4) { /* SIB */
        if (d->at + 1 >= d->have)
            return 0;
        len++;
        if (mod == 0 && (d->bytes[d->at + 1] & 7) == 5)
            len += 4;
    } else if (mod == 0 && rm == 5) {
        len += 4;
    }
    len += mod == 1 ? 1 : mod == 2 ? 4 : 0;
    need = d->at + len;
    return need <= d->have ? len : 0;
}

bool insn_decode_mmio(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov)
{
    struct decoder d;
    unsigned int len;
    uint8_t opcode, modrm;

    fetch(pc, v, &d);
    skip_prefixes(v, &d);
    if (d.at >= d.have || d.opsize || (d.rex & 8)) /* 32-bit accesses only */
        return false;
    opcode = d.bytes[d.at++];
    len = modrm_length(v, &d);
    modrm = d.bytes[d.at];
    if (!len || modrm >> 6 == 3)
        return false;
    *mov = (struct insn_mov){.size = 4, .reg = (uint8_t)((modrm >> 3 & 7) | (d.rex & 4 ? 8 : 0))};
    d.at += len;
    switch (opcode) {
    case 0x89:
        mov->to_memory = true;
        break;
    case 0x8b:
        break;
    case 0xc7:
        if ((modrm >> 3 & 7) || d.at + 4 > d.have)
            return false;
        mov->to_memory = true;
        mov->immediate = true;
        memcpy(&mov->value, d.bytes + d.at, 4);
        d.at += 4;
        break;
    default:
        return false;
    }
    mov->length = d.at;
    return true;
}

bool insn_decode_cr(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov)
{
    struct decoder d;
    uint8_t opcode, modrm;

    fetch(pc, v, &d);
    skip_prefixes(v, &d);
    if (d.at + 3 > d.have || d.bytes[d.at] != 0x0f)
        return false;
    opcode = d.bytes[d.at + 1];
    modrm = d.bytes[d.at + 2]; /* mod is ignored: always a register */
    if (opcode != 0x20 && opcode != 0x22)
        return false;
    *mov = (struct insn_mov){
        .length = d.at + 3,
        .to_memory = opcode == 0x22,
        .cr = (uint8_t)((modrm >> 3 & 7) | (d.rex & 4 ? 8 : 0)),
        .reg = (uint8_t)((modrm & 7) | (d.rex & 1 ? 8 : 0)),
        .size = v->mode == 8 ? 8 : 4,
    };
    return true;
}
