/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instruction decoder. Whatever it takes for an instruction has a length that was there, and
 * is the same instruction without the bytes behind it; without its last byte it is none.
 */
#include "fuzz.h"

#include "core/vendor.h"
#include "guest/gmem.h"
#include "guest/insn.h"

const struct opcode vendor_hypercall = {{0x0f, 0x01, 0xd9}, 3, false};

/* The decoder is given the bytes with the exit: nothing is fetched but an empty piece. */
unsigned int gmem_fetch(struct pcpu *pc, struct vcpu *v, uint8_t *to, unsigned int len)
{
    (void)pc;
    (void)v;
    (void)to;
    (void)len;
    return 0;
}

/* What else the decoder has to say of an instruction that is another one by now. */
void vendor_inject_exception(struct vcpu *v, unsigned int vector, bool has_code, uint32_t code)
{
    (void)v;
    (void)vector;
    (void)has_code;
    (void)code;
}

static unsigned int decode(struct vcpu *v, unsigned int kind, struct insn_mov *mov)
{
    memset(mov, 0, sizeof(*mov));
    if (kind < NR_INSNS)
        return insn_match(NULL, v, (enum insn)kind);
    if (kind == NR_INSNS ? insn_decode_mmio(NULL, v, mov) : insn_decode_cr(NULL, v, mov))
        return mov->length;
    return 0;
}

static bool same(const struct insn_mov *a, const struct insn_mov *b)
{
    return a->length == b->length && a->to_memory == b->to_memory && a->immediate == b->immediate &&
           a->reg == b->reg && a->cr == b->cr && a->size == b->size && a->value == b->value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vcpu v;
    struct insn_mov mov, again;
    unsigned int kind, len;

    if (size < 3 || size > 17)
        return 0;
    kind = data[0] % (NR_INSNS + 2);
    v.mode = data[1] % 3 == 0 ? 8 : data[1] % 3 == 1 ? 4 : 2;
    v.insn_len = (uint8_t)(size - 2);
    memset(v.insn, 0, sizeof(v.insn));
    memcpy(v.insn, data + 2, size - 2);
    len = decode(&v, kind, &mov);
    if (!len)
        return 0;
    MUST(len <= 15 && len <= size - 2);
    MUST(mov.reg < NR_GPRS && mov.cr < 16);
    v.insn_len = (uint8_t)len;
    memset(v.insn + len, 0xff, sizeof(v.insn) - len);
    MUST(decode(&v, kind, &again) == len && same(&mov, &again));
    v.insn_len--;
    MUST(!v.insn_len || !decode(&v, kind, &again));
    return 0;
}
