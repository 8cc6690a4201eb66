/* SPDX-License-Identifier: GPL-2.0-only */
/* core/paging.c: what is in the shim's address space, and what is in no CPU's reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "core/image.h"
#include "core/mem.h"
#include "core/paging.h"

#define REGION   0x40000000ull
#define SIZE     0x02000000ull
#define MB       (1ull << 20)
#define OFF_DATA 0x80000u
#define OFF_SHIM (4 * MB)
#define OFF_HEAP (6 * MB)
#define APIC     0xfee00000ull
#define WINDOW   (1ull << 39)

struct shim shim;

/* The image is where its linker script has it: here, at the start of `shim`. */
const uint8_t image_start[1], image_text_last[1], image_rodata_last[1], image_end[1];
static struct irx_anchor anchor;
static uint64_t apic_base;

uint32_t hw_cpu_index(void)
{
    return 0;
}

void hw_pause(void)
{
}

tsc_t hw_tsc(void)
{
    return 0;
}

void hw_invlpg(uint64_t va)
{
    (void)va;
}

uint64_t hw_rdmsr(uint32_t msr)
{
    assert_int_equal(msr, MSR_APIC_BASE);
    return apic_base;
}

static int setup(void **state)
{
    (void)state;
    assert_ptr_equal(mmap((void *)REGION, SIZE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
                     (void *)REGION);
    anchor = (struct irx_anchor){
        .cpus = {0x1000, 192, 4},
        .domains = {0x2000, 1024, 4},
        .vcpus = {0x4000, 7680, 4},
        .log = {0x40000, 0x10000},
        .data = {OFF_DATA, 0x80000},
        .early = {2 * MB, MB},
        .late = {3 * MB, MB},
        .shim = {OFF_SHIM, 0x10000},
        .shim_heap = {OFF_HEAP, 2 * MB},
        .slots = {{{8 * MB, 8 * MB}, IRX_SLOT_RUNNING, 0}, {{16 * MB, 8 * MB}, IRX_SLOT_LOADED, 0}},
    };
    shim = (struct shim){.anchor = &anchor, .region_base = REGION, .region_size = SIZE};
    apic_base = APIC | APIC_BASE_ENABLE;
    return mem_init(REGION + OFF_HEAP, 2 * MB);
}

static int teardown(void **state)
{
    (void)state;
    return munmap((void *)REGION, SIZE);
}

/* The entry that maps va in these tables, 0: none; *large: it is one of 2 MiB. */
static uint64_t walk(paddr_t root, uint64_t va, bool *large)
{
    uint64_t e = root | PTE_P;

    *large = false;
    for (unsigned int shift = 39; shift >= 12; shift -= 9) {
        e = ((const uint64_t *)(uintptr_t)(e & PTE_ADDR))[va >> shift & 511];
        if (!(e & PTE_P))
            return 0;
        if (shift == 21 && (e & PTE_PS)) {
            *large = true;
            return e;
        }
    }
    return e;
}

static bool mapped(paddr_t root, uint64_t off)
{
    bool large;
    uint64_t e = walk(root, REGION + off, &large);

    if (e) {
        assert_int_equal(e & PTE_ADDR & ~(large ? 2 * MB - 1 : 0),
                         (REGION + off) & ~(large ? 2 * MB - 1 : PAGE_SIZE - 1));
        assert_true(e & PTE_NX);
        assert_false(e & PTE_US);
    }
    return e;
}

static void what_it_uses_of_r(void **state)
{
    struct pcpu pc = {.index = 0};
    bool large;

    (void)state;
    assert_int_equal(paging_init(), 0);
    assert_int_equal(paging_cpu_init(&pc), 0);
    assert_true(mapped(pc.root, 0));
    assert_true(mapped(pc.root, 0x4000));
    assert_true(mapped(pc.root, OFF_DATA));
    assert_true(mapped(pc.root, OFF_SHIM));
    assert_true(mapped(pc.root, OFF_HEAP));
    assert_false(mapped(pc.root, 2 * MB)); /* what A tells B */
    assert_false(mapped(pc.root, 3 * MB));
    for (uint64_t off = 8 * MB; off < SIZE; off += PAGE_SIZE) /* A, and B */
        assert_false(mapped(pc.root, off));
    assert_true(walk(pc.root, APIC, &large) & PTE_PCD);
    assert_int_equal(walk(pc.root, WINDOW, &large), 0);
    apic_base |= APIC_BASE_EXTD;
    assert_int_equal(paging_init(), 0);
    assert_int_equal(walk(paging_root(), APIC, &large), 0);
}

/* For whoever leaves: writable and executable, the images too. */
static void all_of_r_for_who_leaves(void **state)
{
    bool large;

    (void)state;
    assert_int_equal(paging_init(), 0);
    for (uint64_t off = 0; off < SIZE; off += PAGE_SIZE) {
        uint64_t e = walk(paging_region(), REGION + off, &large);

        assert_true(large);
        assert_int_equal(e & PTE_ADDR, (REGION + off) & ~(2 * MB - 1));
        assert_int_equal(e & (PTE_RW | PTE_NX | PTE_US), PTE_RW);
    }
    assert_int_equal(walk(paging_region(), REGION + SIZE, &large), 0);
    assert_true(walk(paging_region(), APIC, &large) & PTE_PCD);
    assert_int_equal(walk(paging_region(), WINDOW, &large), 0);
}

static void a_window_is_its_cpus_alone(void **state)
{
    struct pcpu one = {.index = 1}, other = {.index = 2};
    bool large;

    (void)state;
    assert_int_equal(paging_init(), 0);
    assert_int_equal(paging_cpu_init(&one), 0);
    assert_int_equal(paging_cpu_init(&other), 0);
    paging_window_set(&one, 3, MFN(0x1234));
    assert_int_equal(walk(one.root, (uint64_t)(uintptr_t)paging_window_va(&one, 3), &large) &
                         PTE_ADDR,
                     0x1234000);
    for (uint32_t w = 0; w < WINDOWS; w++) {
        assert_int_equal(walk(other.root, (uint64_t)(uintptr_t)paging_window_va(&one, w), &large),
                         0);
        assert_int_equal(walk(other.root, (uint64_t)(uintptr_t)paging_window_va(&other, w), &large),
                         0);
    }
    paging_window_clear(&one, 3);
    assert_int_equal(walk(one.root, (uint64_t)(uintptr_t)paging_window_va(&one, 3), &large), 0);
}

static void heap_too_small(void **state)
{
    struct pcpu pc = {.index = 0};

    (void)state;
    assert_int_equal(paging_init(), 0);
    while (mem_alloc(1))
        ;
    assert_int_equal(paging_cpu_init(&pc), -SHIM_ENOMEM);
    assert_int_equal(paging_init(), -SHIM_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_uses_of_r, setup, teardown),
        cmocka_unit_test_setup_teardown(all_of_r_for_who_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(a_window_is_its_cpus_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(heap_too_small, setup, teardown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
