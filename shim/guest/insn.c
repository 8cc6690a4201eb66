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
    [INSN_ICEBP] = {{0xf1}, 1, false},
};

struct decoder {
    uint8_t bytes[INSN_MAX + 1];
    unsigned int have, at;
    uint8_t rex;
    bool rep, opsize, addrsize;
};

/* What the CPU gave with the exit, else what lies at RIP. Fewer than it can give: they ended where a
   page does (APM volume 2, 15.8.4), and what is behind is read. */
static void fetch(struct pcpu *pc, struct vcpu *v, struct decoder *d)
{
    memset(d, 0, sizeof(*d));
    if (v->insn_len >= INSN_MAX) {
        d->have = INSN_MAX;
        memcpy(d->bytes, v->insn, d->have);
        return;
    }
    d->have = gmem_fetch(pc, v, d->bytes, INSN_MAX);
    if (v->insn_len > d->have) {
        d->have = v->insn_len;
        memcpy(d->bytes, v->insn, d->have);
    }
}

/* Legacy prefixes in any order, then REX: one that is not right before the opcode is void
   (APM volume 3, 1.2.7). */
static void skip_prefixes(const struct vcpu *v, struct decoder *d)
{
    for (; d->at < d->have; d->at++) {
        uint8_t byte = d->bytes[d->at];

        if (v->mode == 8 && (byte & 0xf0) == 0x40) {
            d->rex = byte;
            continue;
        }
        switch (byte) {
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
            return;
        }
        d->rex = 0;
    }
}

/* As the CPU gave it; 0: it did not. */
static unsigned int length_of_the_cpu(const struct vcpu *v)
{
    uint64_t length = v->next_rip - v->rip;

    return v->next_rip && length <= INSN_MAX ? (unsigned int)length : 0;
}

unsigned int insn_length(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    unsigned int length = length_of_the_cpu(v);

    return length ? length : insn_match(pc, v, insn);
}

static bool is_insn(const struct decoder *d, enum insn insn)
{
    const struct opcode *o = insn == INSN_HYPERCALL ? &vendor_hypercall : &opcodes[insn];

    return d->at + o->len <= d->have && !memcmp(d->bytes + d->at, o->bytes, o->len) &&
           (d->rep || !o->rep);
}

unsigned int insn_match(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    struct decoder d;

    fetch(pc, v, &d);
    skip_prefixes(v, &d);
    if (!is_insn(&d, insn)) {
        v->insn_missed = true;
        return 0;
    }
    return d.at + (insn == INSN_HYPERCALL ? vendor_hypercall.len : opcodes[insn].len);
}

bool insn_gone(struct pcpu *pc, struct vcpu *v, enum insn insn)
{
    struct decoder d;

    if (length_of_the_cpu(v))
        return false;
    fetch(pc, v, &d);
    skip_prefixes(v, &d);
    if (is_insn(&d, insn)) /* it is back, and is met again */
        return v->insn_missed;
    if (d.have < INSN_MAX && d.at + 3 > d.have) /* it is met again, and faults for itself */
        return v->cpl == 3;
    vendor_inject_exception(v, TRAP_GP, true, 0);
    return true;
}

static unsigned int operand_size(const struct vcpu *v, const struct decoder *d)
{
    if (d->rex & 8)
        return 8;
    return (v->mode <= 2) != d->opsize ? 2 : 4;
}

static unsigned int address_size(const struct vcpu *v, const struct decoder *d)
{
    if (v->mode == 8)
        return d->addrsize ? 4 : 8;
    return (v->mode <= 2) != d->addrsize ? 2 : 4;
}

/* Length of ModRM, SIB and displacement, APM volume 3, 1.4; 0: not all there. */
static unsigned int modrm_length(const struct vcpu *v, const struct decoder *d)
{
    unsigned int len = 1;
    uint8_t mod, rm;

    if (d->at >= d->have)
        return 0;
    mod = d->bytes[d->at] >> 6;
    rm = d->bytes[d->at] & 7;
    if (mod == 3)
        return 1;
    if (address_size(v, d) == 2) {
        len += mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
    } else {
        if (rm == 4) { /* SIB */
            if (d->at + 1 >= d->have)
                return 0;
            len++;
            rm = d->bytes[d->at + 1] & 7;
        }
        len += mod == 1 ? 1 : mod == 2 || rm == 5 ? 4 : 0;
    }
    return d->at + len <= d->have ? len : 0;
}

/* The register that ModRM names. Of bytes, without REX, 4 to 7 are AH, CH, DH, BH. */
static void set_register(const struct decoder *d, unsigned int modrm, unsigned int bytes,
                         struct insn_mov *mov)
{
    unsigned int reg = modrm >> 3 & 7;

    mov->high = bytes == 1 && !d->rex && reg >= 4;
    mov->reg = (uint8_t)(mov->high ? reg - 4 : reg | (d->rex & 4 ? 8u : 0));
}

/* MOV to and from an address in the instruction. */
static bool decode_moffs(const struct vcpu *v, struct decoder *d, struct insn_mov *mov)
{
    mov->reg = RAX;
    d->at += address_size(v, d);
    return d->at <= d->have;
}

static bool decode_modrm(const struct vcpu *v, struct decoder *d, unsigned int bytes,
                         struct insn_mov *mov)
{
    unsigned int len = modrm_length(v, d);

    if (!len || d->bytes[d->at] >> 6 == 3)
        return false;
    set_register(d, d->bytes[d->at], bytes, mov);
    d->at += len;
    return true;
}

/* C6 and C7 with 0 in the place of a register. */
static bool decode_immediate(const struct vcpu *v, struct decoder *d, struct insn_mov *mov)
{
    unsigned int bytes = MIN(mov->size, 4u);
    uint8_t modrm = d->bytes[d->at]; /* if there is none, the next line refuses */

    if (!decode_modrm(v, d, 0, mov) || (modrm >> 3 & 7) || d->at + bytes > d->have)
        return false;
    mov->immediate = true;
    memcpy(&mov->value, d->bytes + d->at, bytes);
    d->at += bytes;
    return true;
}

/* MOVZX, MOVSX: behind 0F. */
static bool decode_extending(const struct vcpu *v, struct decoder *d, struct insn_mov *mov)
{
    uint8_t opcode;

    if (d->at >= d->have)
        return false;
    opcode = d->bytes[d->at++];
    if ((opcode & 0xf6) != 0xb6) /* B6, B7, BE, BF */
        return false;
    mov->size = opcode & 1 ? 2 : 1;
    mov->is_signed = opcode & 8;
    return decode_modrm(v, d, mov->to, mov);
}

bool insn_decode_mmio(struct pcpu *pc, struct vcpu *v, struct insn_mov *mov)
{
    struct decoder d;
    bool ok = false;
    uint8_t opcode;

    fetch(pc, v, &d);
    skip_prefixes(v, &d);
    if (d.at >= d.have)
        return false;
    opcode = d.bytes[d.at++];
    *mov = (struct insn_mov){.size = (uint8_t)operand_size(v, &d)};
    mov->to = mov->size;
    if ((opcode & 0xfc) == 0x88 || (opcode & 0xfc) == 0xa0 || (opcode & 0xfe) == 0xc6)
        mov->size = mov->to = opcode & 1 ? mov->size : 1;
    switch (opcode) {
    case 0x0f:
        ok = decode_extending(v, &d, mov);
        break;
    case 0x63: /* MOVSXD */
        mov->size = MIN(mov->size, 4u);
        mov->is_signed = true;
        ok = v->mode == 8 && decode_modrm(v, &d, mov->to, mov);
        break;
    case 0x88:
    case 0x89:
        mov->to_memory = true;
        ok = decode_modrm(v, &d, mov->size, mov);
        break;
    case 0x8a:
    case 0x8b:
        ok = decode_modrm(v, &d, mov->size, mov);
        break;
    case 0xa0:
    case 0xa1:
        ok = decode_moffs(v, &d, mov);
        break;
    case 0xa2:
    case 0xa3:
        mov->to_memory = true;
        ok = decode_moffs(v, &d, mov);
        break;
    case 0xc6:
    case 0xc7:
        mov->to_memory = true;
        ok = decode_immediate(v, &d, mov);
        break;
    }
    mov->length = d.at;
    return ok;
}

uint64_t insn_source(const struct vcpu *v, const struct insn_mov *mov)
{
    return mov->immediate ? mov->value : v->gpr[mov->reg] >> (mov->high ? 8 : 0);
}

/* APM volume 3, 1.2.7: 32 bits clear the upper half, 8 and 16 leave the rest. */
void insn_set_target(struct vcpu *v, const struct insn_mov *mov, uint64_t value)
{
    unsigned int from = 64 - 8u * mov->size, shift = mov->high ? 8 : 0;
    uint64_t mask = mov->to < 4 ? BIT(8 * mov->to) - 1 : ~0ull;

    value <<= from;
    value = mov->is_signed ? (uint64_t)((int64_t)value >> from) : value >> from;
    if (mov->to == 4)
        value = (uint32_t)value;
    v->gpr[mov->reg] = (v->gpr[mov->reg] & ~(mask << shift)) | (value & mask) << shift;
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
    *mov = (struct insn_mov){
        .length = d.at + 3,
        .to_memory = opcode != 0x20,
        .cr = (uint8_t)((modrm >> 3 & 7) | (d.rex & 4 ? 8 : 0)),
        .reg = (uint8_t)((modrm & 7) | (d.rex & 1 ? 8 : 0)),
        .size = v->mode == 8 ? 8 : 4,
    };
    if (opcode == 0x20 || opcode == 0x22)
        return true;
    /* LMSW from a register: 0F 01 /6 */
    mov->cr = 0;
    mov->size = 2;
    return opcode == 0x01 && modrm >> 6 == 3 && (modrm >> 3 & 7) == 6;
}
