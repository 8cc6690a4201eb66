/* SPDX-License-Identifier: GPL-2.0-only */
#include "gmem.h"

#include "core/lib.h"
#include "core/npt.h"
#include "core/pte.h"
#include "core/window.h"

#define WALK_RETRIES 4u

#define NO_ENTRY_HAS 0x7ff0000000000000ull /* of PAE entries */
#define PKEY_SHIFT   59u
#define PKEY_MASK    0xfu
#define PKRU_AD(key) (1u << ((key)*2)) /* Intel SDM volume 3, 4.6.2; AMD64 APM volume 2, 5.6.7 */
#define PKRU_WD(key) (2u << ((key)*2))

struct walk {
    unsigned int levels;     /* 4: long mode, 3: PAE, 2: legacy */
    unsigned int index_bits; /* 9 or 10 */
    unsigned int entry_size; /* 8 or 4 */
    uint64_t root;           /* guest physical address of the top table */
    uint64_t reserved;       /* bits that no entry may have set */
};

/* What a walk has come by. */
struct step {
    void *entry;
    uint64_t value;
};

/* The rights that all entries on the way gave, and the leaf's. */
struct rights {
    bool rw, us, nx;
    uint32_t key;
};

static bool mode_of(const struct vcpu *v, struct walk *w)
{
    if (v->cr4 & X86_CR4_LA57)
        return false;
    *w = (struct walk){.levels = 4, .index_bits = 9, .entry_size = 8, .root = v->cr3 & PTE_ADDR};
    w->reserved = (PTE_ADDR & ~(BIT(v->d->phys_bits) - 1)) | (v->efer & EFER_NXE ? 0 : PTE_NX);
    if (v->efer & EFER_LMA)
        return true;
    if (v->cr4 & X86_CR4_PAE) {
        w->levels = 3;
        w->root = v->cr3 & 0xffffffe0u;
        w->reserved |= NO_ENTRY_HAS;
    } else {
        *w = (struct walk){
            .levels = 2, .index_bits = 10, .entry_size = 4, .root = v->cr3 & 0xfffff000u};
    }
    return true;
}

static void *map_gpa(struct pcpu *pc, const struct dom *d, uint64_t gpa, bool *writable)
{
    mfn_t mfn;

    if (!npt_lookup(d, GFN(gpa >> PAGE_SHIFT), &mfn, writable))
        return NULL;
    return (uint8_t *)window_map(pc, mfn) + (gpa & (PAGE_SIZE - 1));
}

/* Sets A (and D) like the CPU; false: the guest changed the entry under us. */
static bool mark_used(const struct walk *w, struct step at, uint64_t bits)
{
    uint32_t narrow = (uint32_t)at.value;

    if ((at.value & bits) == bits)
        return true;
    if (w->entry_size == 8)
        return __atomic_compare_exchange_n((uint64_t *)at.entry, &at.value, at.value | bits, false,
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return __atomic_compare_exchange_n((uint32_t *)at.entry, &narrow, narrow | (uint32_t)bits,
                                       false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* guest_rsvd_bits(), guest_l4e_rsvd_bits() and so on: such a translation does not exist. */
static bool reserved_bits(const struct vcpu *v, const struct walk *w, uint64_t entry,
                          unsigned int level)
{
    uint64_t bits = w->reserved;
    unsigned int shift = PAGE_SHIFT + w->index_bits * (level - 1);

    if (w->entry_size == 4) /* 2-level tables are walked for instructions only */
        return false;
    if (level == 4)
        bits |= PTE_PS | v->d->top_reserved;
    else if (level == 3 && w->levels == 4 && !shim.host.page_1g)
        bits |= PTE_PS;
    if ((level == 2 || level == 3) && w->levels == 4 && (entry & PTE_PS))
        bits |= (BIT(shift) - 1) & ~(BIT(PAGE_SHIFT + 1) - 1); /* above PAT */
    return entry & bits;
}

/* PKRU lets it; the guest's is in the CPU. */
static bool key_allows(const struct vcpu *v, uint32_t key, enum gmem_access access)
{
    uint32_t pkru;

    if (!(v->cr4 & X86_CR4_PKE) || !(v->efer & EFER_LMA))
        return true;
    pkru = hw_pkru();
    return !(pkru & PKRU_AD(key)) &&
           (access != GMEM_WRITE || !(pkru & PKRU_WD(key)) || !(v->cr0 & X86_CR0_WP));
}

/* guest_walk_tables(): data as the supervisor, instructions as the CPL. */
static bool allowed(const struct vcpu *v, enum gmem_access access, const struct rights *r)
{
    if (access == GMEM_FETCH)
        return !(r->nx && (v->efer & EFER_NXE)) &&
               (v->cpl == 3 ? r->us : !(r->us && (v->cr4 & X86_CR4_SMEP)));
    if (r->us && !key_allows(v, r->key, access))
        return false;
    if (r->us && (v->cr4 & X86_CR4_SMAP) && !(v->rflags & X86_EFLAGS_AC))
        return false;
    return access != GMEM_WRITE || r->rw || !(v->cr0 & X86_CR0_WP);
}

static bool read_entry(struct pcpu *pc, const struct vcpu *v, const struct walk *w, uint64_t gpa,
                       struct step *at)
{
    bool writable;

    at->entry = map_gpa(pc, v->d, gpa, &writable);
    if (!at->entry || !writable) /* A and D are set in it */
        return false;
    at->value = w->entry_size == 8 ? __atomic_load_n((uint64_t *)at->entry, __ATOMIC_RELAXED)
                                   : __atomic_load_n((uint32_t *)at->entry, __ATOMIC_RELAXED);
    return at->value & PTE_P;
}

static gfn_t frame_of(const struct walk *w, uint64_t entry, unsigned int level, uint64_t va)
{
    unsigned int shift = PAGE_SHIFT + w->index_bits * (level - 1);
    uint64_t offset = va & (BIT(shift) - 1), base = entry & PTE_ADDR;

    if (level > 1 && w->entry_size == 4) /* PSE-36 */
        base = (entry & 0xffc00000u) | ((entry & 0x1fe000u) << 19);
    base &= ~(BIT(shift) - 1);
    return GFN((base + offset) >> PAGE_SHIFT);
}

/* 1: found, 0: no translation, -1: try again. */
static int walk_once(struct pcpu *pc, struct vcpu *v, const struct walk *w, uint64_t va,
                     enum gmem_access access, gfn_t *gfn)
{
    struct rights r = {.rw = true, .us = true};
    struct step steps[4];
    uint64_t table = w->root;
    unsigned int level = w->levels;
    bool pae_root, leaf;

    for (;; level--) {
        unsigned int shift = PAGE_SHIFT + w->index_bits * (level - 1);
        uint64_t index = (va >> shift) & ((1u << w->index_bits) - 1), entry;
        struct step *at = &steps[level - 1];

        pae_root = w->levels == 3 && level == 3;
        if (!read_entry(pc, v, w, table + (pae_root ? (va >> 30 & 3) : index) * w->entry_size, at))
            return 0;
        entry = at->value;
        if (!pae_root) {
            if (reserved_bits(v, w, entry, level))
                return 0;
            r.rw &= !!(entry & PTE_RW);
            r.us &= !!(entry & PTE_US);
            r.nx |= !!(entry & PTE_NX);
        }
        leaf = level == 1 || (level <= 3 && !pae_root && (entry & PTE_PS) &&
                              (w->entry_size == 8 || (v->cr4 & X86_CR4_PSE)));
        if (leaf)
            break;
        table = entry & (w->entry_size == 8 ? PTE_ADDR : 0xfffff000u);
    }
    r.key = (uint32_t)(steps[level - 1].value >> PKEY_SHIFT) & PKEY_MASK;
    if (!allowed(v, access, &r))
        return 0;
    for (unsigned int i = level; i <= w->levels; i++) {
        uint64_t bits = PTE_A | (i == level && access == GMEM_WRITE ? PTE_D : 0);

        if (!(w->levels == 3 && i == 3) && !mark_used(w, steps[i - 1], bits))
            return -1;
    }
    *gfn = frame_of(w, steps[level - 1].value, level, va);
    return 1;
}

bool gmem_translate(struct pcpu *pc, struct vcpu *v, uint64_t va, enum gmem_access access,
                    gfn_t *gfn)
{
    struct walk w;
    int rc = -1;

    if (!(v->efer & EFER_LMA))
        va = (uint32_t)va;
    else if (!is_canonical(va))
        return false;
    if (!(v->cr0 & X86_CR0_PG)) {
        gfn->v = va >> PAGE_SHIFT;
        return true;
    }
    if (!mode_of(v, &w))
        return false;
    for (unsigned int i = 0; i < WALK_RETRIES && rc < 0; i++)
        rc = walk_once(pc, v, &w, va, access, gfn);
    return rc > 0;
}

/* What lies at `va` up to the end of its page; NULL: no translation. */
static uint8_t *map_va(struct pcpu *pc, struct vcpu *v, uint64_t va, enum gmem_access access,
                       bool *writable)
{
    gfn_t gfn;

    if (!gmem_translate(pc, v, va, access, &gfn))
        return NULL;
    return map_gpa(pc, v->d, (gfn.v << PAGE_SHIFT) | (va & (PAGE_SIZE - 1)), writable);
}

static unsigned int rest_of_page(uint64_t va, unsigned int len)
{
    return (unsigned int)MIN(len, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
}

/* How much was copied. */
static unsigned int read_some(struct pcpu *pc, struct vcpu *v, uint64_t va, uint8_t *to,
                              unsigned int len, enum gmem_access access)
{
    unsigned int done = 0;
    bool writable;

    while (done < len) {
        unsigned int part = rest_of_page(va + done, len - done);
        const uint8_t *p = map_va(pc, v, va + done, access, &writable);

        if (!p)
            break;
        memcpy(to + done, p, part);
        done += part;
    }
    return done;
}

bool gmem_read(struct pcpu *pc, struct vcpu *v, uint64_t va, void *to, unsigned int len)
{
    return read_some(pc, v, va, to, len, GMEM_READ) == len;
}

bool gmem_write(struct pcpu *pc, struct vcpu *v, uint64_t va, const void *from, unsigned int len)
{
    bool writable;

    for (unsigned int done = 0; done < len;) {
        unsigned int part = rest_of_page(va + done, len - done);
        uint8_t *p = map_va(pc, v, va + done, GMEM_WRITE, &writable);

        if (!p)
            return false;
        if (writable) /* else it is lost, as p2m_is_discard_write() has it in __hvm_copy() */
            memcpy(p, (const uint8_t *)from + done, part);
        done += part;
    }
    return true;
}

void *gmem_map(struct pcpu *pc, struct vcpu *v, uint64_t va, unsigned int len)
{
    bool writable;
    void *p;

    if (rest_of_page(va, len) < len)
        return NULL;
    p = map_va(pc, v, va, GMEM_WRITE, &writable);
    return p && writable ? p : NULL;
}

unsigned int gmem_fetch(struct pcpu *pc, struct vcpu *v, uint8_t *to, unsigned int len)
{
    uint64_t at = v->mode == 8 ? v->rip : (uint32_t)(v->cs_base + v->rip);

    return read_some(pc, v, at, to, len, GMEM_FETCH);
}
