/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the shim's image its page tables let it write or execute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/image.h"
#include "core/mem.h"
#include "core/paging.h"
#include "core/pte.h"

#define SIZE_2M  (2ull << 20)
#define APIC     0xfee00000ull
#define IN_IMAGE (8 * PAGE_SIZE)

/* An image of two pages of text, one of constants, and data. It is mapped, and not looked at. */
_Alignas(4096) const uint8_t image_start[IN_IMAGE] = {1};
__asm__(".globl image_text_last, image_rodata_last, image_end\n"
        ".set image_text_last, image_start + 0x2000\n"
        ".set image_rodata_last, image_start + 0x3000\n"
        ".set image_end, image_start + 0x8000");

struct shim shim;
static struct irx_anchor anchor;

void *mem_alloc(unsigned int count)
{
    void *p = aligned_alloc(PAGE_SIZE, count * PAGE_SIZE);

    memset(p, 0, count * PAGE_SIZE);
    return p;
}

uint64_t hw_rdmsr(uint32_t msr)
{
    return msr == MSR_APIC_BASE ? APIC | APIC_BASE_ENABLE : 0;
}

void hw_invlpg(uint64_t va)
{
    (void)va;
}

/* The entry that maps an address; 0: none does. */
static uint64_t entry(uint64_t va)
{
    const uint64_t *table = (const uint64_t *)paging_root();

    for (unsigned int level = 4;; level--) {
        uint64_t e = table[va >> (12 + 9 * (level - 1)) & 511];

        if (level == 1 || !(e & PTE_P) || (e & PTE_PS))
            return e;
        table = (const uint64_t *)(e & PTE_ADDR);
    }
}

static void image_is_not_writable(void **state)
{
    paddr_t image = (paddr_t)image_start;

    (void)state;
    shim.region_base = (image & ~(SIZE_2M - 1)) - SIZE_2M;
    shim.region_size = 4 * SIZE_2M;
    anchor.data.size = shim.region_size; /* it uses all of R */
    shim.anchor = &anchor;
    shim.anchor = &(struct irx_anchor){.shim = {.size = shim.region_size}};
    assert_int_equal(paging_init(), 0);
    for (paddr_t p = shim.region_base; p < shim.region_base + shim.region_size; p += PAGE_SIZE) {
        bool text = p >= image && p < image + 2 * PAGE_SIZE;
        bool constants = p >= image + 2 * PAGE_SIZE && p < image + 3 * PAGE_SIZE;
        uint64_t e = entry(p);

        assert_true(e & PTE_P);
        assert_int_equal(!(e & PTE_RW), text || constants);
        assert_int_equal(!(e & PTE_NX), text);
        assert_int_equal((e & PTE_ADDR) + (e & PTE_PS ? p & (SIZE_2M - 1) : 0), p);
    }
    assert_int_equal(entry(shim.region_base - PAGE_SIZE) & PTE_P, 0);
    assert_int_equal(entry(APIC) & (PTE_NX | PTE_RW), PTE_NX | PTE_RW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(image_is_not_writable)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
