/* SPDX-License-Identifier: GPL-2.0-only */
#include "gmem.h"

#include "core/lib.h"
#include "core/npt.h"
#include "core/pte.h"
#include "core/window.h"

#define WALK_RETRIES 4u

struct walk {
    unsigned int levels;     /* 4: long mode, 3: PAE, 2: legacy */
    unsigned int index_bits; /* 9 or 10 */
    unsigned int entry_size; /* 8 or 4 */
    uint64_t root;           /* guest physical address of the top table */
};

static bool mode_of(const struct vcpu *v, struct walk *w)
{
    if (v->cr4 & X86_CR4_LA57)
        return false;
    *w = (struct walk){.levels = 4, .index_bits = 9, .entry_size = 8, .root = v->cr3 & PTE_ADDR};
    if (v->efer & EFER_LMA)
        return true;
    if (v->cr4 & X86_CR4_PAE) {
        w->levels = 3;
        w->root = v->cr3 & 0xffffffe0u;
    } else {
        *w = (struct walk){
            .levels = 2, .index_bits = 10, .entry_size = 4, .root = v->cr3 & 0xfffff000u};
    }
    return true;
}

static void *map_gpa(struct pcpu *pc, const struct dom *d, uint64_t gpa, bool write)
{
    bool writable;
    mfn_t mfn;

    if (!npt_lookup(d, GFN(gpa >> PAGE_SHIFT), &mfn, &writable) || (write && !writable))
        return NULL;
    return (uint8_t *)window_map(pc, mfn) + (gpa & (PAGE_SIZE - 1));
}

/* Sets A (and D) like the CPU; false: the guest changed the entry under us. */
static bool mark_used(void *entry, unsigned int size, uint64_t old, uint64_t bits)
{
    if ((old & bits) == bits)
        return true;
    if (size == 8)
        return __atomic_compare_exchange_n((uint64_t *)entry, &old, old | bits, false,
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    else {
        uint32_t expected = (uint32_t)old;

        return __atomic_compare_exchange_n((uint32_t *)entry, &expected, (uint32_t)(old | bits),
                                           false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
}

static bool allowed(const struct vcpu *v, enum gmem_access access, bool rw, bool us, bool nx)
{
    if (access == GMEM_WRITE)
        return rw || !(v->cr0 & X86_CR0_WP);
    if (access == GMEM_FETCH)
        return !(nx && (v->efer & EFER_NXE)) && (us || v->cpl != 3);
    return true;
}

/* 1: found, 0: no translation, -1: try again. */
static int walk_once(struct pcpu *pc, struct vcpu *v, const struct walk *w, uint64_t va,
                     enum gmem_access access, gfn_t *gfn)
{
    uint64_t table = w->root;
    bool rw = true, us = true, nx = false;

    for (unsigned int level = w->levels; level; level--) {
        unsigned int shift = PAGE_SHIFT + w->index_bits * (level - 1);
        uint64_t index = (va >> shift) & ((1u << w->index_bits) - 1);
        bool pae_root = w->levels == 3 && level == 3;
        uint64_t at = table + (pae_root ? (va >> 30 & 3) : index) * w->entry_size, entry, bits;
        void *p = map_gpa(pc, v->d, at, true);
        bool leaf;

        if (!p)
            return 0;
        entry = w->entry_size == 8 ? __atomic_load_n((uint64_t *)p, __ATOMIC_RELAXED)
                                   : __atomic_load_n((uint32_t *)p, __ATOMIC_RELAXED);
        if (!(entry & PTE_P))
            return 0;
        if (!pae_root) {
            rw &= !!(entry & PTE_RW);
            us &= !!(entry & PTE_US);
            nx |= !!(entry & PTE_NX);
        }
        leaf = level == 1 || (level <= 3 && !pae_root && (entry & PTE_PS) &&
                              (w->entry_size == 8 || (v->cr4 & X86_CR4_PSE)));
        if (leaf && !allowed(v, access, rw, us, nx))
            return 0;
        bits = pae_root ? 0 : PTE_A | (leaf && access == GMEM_WRITE ? PTE_D : 0);
        if (!mark_used(p, w->entry_size, entry, bits))
            return -1;
        if (leaf) {
            uint64_t offset = va & ((1ull << shift) - 1), base = entry & PTE_ADDR;

            if (level > 1 && w->entry_size == 4) /* PSE-36 */
                base = (entry & 0xffc00000u) | ((entry & 0x1fe000u) << 19);
            base &= ~((1ull << shift) - 1);
            gfn->v = (base + offset) >> PAGE_SHIFT;
            return 1;
        }
        table = entry & (w->entry_size == 8 ? PTE_ADDR : 0xfffff000u);
    }
    return 0;
}

bool gmem_translate(struct pcpu *pc, struct vcpu *v, uint64_t va, enum gmem_access access,
                    gfn_t *gfn)
{
    struct walk w;
    int rc = -1;

    if (v->mode != 8)
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

static bool copy(struct pcpu *pc, struct vcpu *v, uint64_t va, uint8_t *buffer, unsigned int len,
                 enum gmem_access access, unsigned int *done)
{
    *done = 0;
    while (*done < len) {
        uint64_t at = va + *done;
        unsigned int part = (unsigned int)MIN(len - *done, PAGE_SIZE - (at & (PAGE_SIZE - 1)));
        uint8_t *p;
        gfn_t gfn;

        if (!gmem_translate(pc, v, at, access, &gfn))
            return false;
        p = map_gpa(pc, v->d, (gfn.v << PAGE_SHIFT) | (at & (PAGE_SIZE - 1)), access == GMEM_WRITE);
        if (!p)
            return false;
        if (access == GMEM_WRITE)
            memcpy(p, buffer + *done, part);
        else
            memcpy(buffer + *done, p, part);
        *done += part;
    }
    return true;
}

bool gmem_read(struct pcpu *pc, struct vcpu *v, uint64_t va, void *to, unsigned int len)
{
    unsigned int done;

    return copy(pc, v, va, to, len, GMEM_READ, &done);
}

bool gmem_write(struct pcpu *pc, struct vcpu *v, uint64_t va, const void *from, unsigned int len)
{
    unsigned int done;

    return copy(pc, v, va, (uint8_t *)(uintptr_t)from, len, GMEM_WRITE, &done);
}

unsigned int gmem_fetch(struct pcpu *pc, struct vcpu *v, uint8_t *to, unsigned int len)
{
    uint64_t at = v->mode == 8 ? v->rip : v->cs_base + v->rip;
    unsigned int done;

    copy(pc, v, at, to, len, GMEM_FETCH, &done);
    return done;
}
