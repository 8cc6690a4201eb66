/* SPDX-License-Identifier: GPL-2.0-only */
/* 2-level event channels: bits in shared_info, a selector in vcpu_info. */
#include "core/spec.h"
#include "core/window.h"
#include "evtchn_abi.h"
#include "upcall.h"

/* struct shared_info: 32 vcpu_info of 64 bytes, then pending[], then mask[]. */
#define SHARED_PENDING 2048u
#define WORDS_64       64u
#define WORDS_32       32u

static uint32_t word_bits(const struct dom *d)
{
    return d->shinfo_32bit ? 32 : 64;
}

static bool in_range(const struct dom *d, uint32_t port)
{
    return port < word_bits(d) * word_bits(d);
}

/* Bitmaps are byte arrays on x86, whatever their width. */
static uint8_t *bit_at(struct pcpu *pc, const struct dom *d, uint32_t port, bool mask)
{
    uint32_t size = d->shinfo_32bit ? WORDS_32 * 4 : WORDS_64 * 8;

    return (uint8_t *)window_map(pc, d->shared_info) + SHARED_PENDING + (mask ? size : 0) +
           index_nospec(port, size * 8) / 8; /* in_range(), for who guesses wrong */
}

static bool test(const uint8_t *byte, uint32_t port)
{
    return __atomic_load_n(byte, __ATOMIC_SEQ_CST) & (1u << (port % 8));
}

static bool test_and_set(uint8_t *byte, uint32_t bit)
{
    uint8_t mask = (uint8_t)(1u << (bit % 8));

    return __atomic_fetch_or(byte, mask, __ATOMIC_SEQ_CST) & mask;
}

static void select(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    uint8_t *info = vcpu_info_map(pc, v);
    uint32_t word = port / word_bits(v->d);

    if (!info)
        return;
    info += v->d->shinfo_32bit ? VCPU_INFO_SEL_32 : VCPU_INFO_SEL_64;
    if (!test_and_set(info + word / 8, word))
        upcall_raise(pc, v);
}

void twolevel_set_pending(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    struct dom *d = v->d;

    if (!in_range(d, port) || test_and_set(bit_at(pc, d, port, false), port))
        return;
    if (!test(bit_at(pc, d, port, true), port))
        select(pc, v, port);
    upcall_pollers(pc, d, port);
}

void twolevel_unmask(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    struct dom *d = v->d;
    uint8_t bit = (uint8_t)(1u << (port % 8));

    if (!in_range(d, port))
        return;
    if ((__atomic_fetch_and(bit_at(pc, d, port, true), (uint8_t)~bit, __ATOMIC_SEQ_CST) & bit) &&
        test(bit_at(pc, d, port, false), port))
        select(pc, v, port);
}

bool twolevel_is_pending(struct pcpu *pc, const struct dom *d, uint32_t port)
{
    return in_range(d, port) && test(bit_at(pc, d, port, false), port);
}
