/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files check and update refuse, in which words; and what is made of good ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <interrex/note_file.h>

#include "help_answer.h"
#include "make_elf.h"
#include "../sha256.h"
#include "../target.h"

static void files_that_are_not_there(void **state)
{
    struct bench *b = *state;

    unlink(b->target);
    assert_refused(b, "--xen");
    bench_files(b, 0);
    unlink(b->shim);
    assert_refused(b, "--shim");
    mkdir(b->shim, 0755);
    assert_refused(b, "not a regular file");
    rmdir(b->shim);
}

static void files_that_are_empty_packed_or_something_else(void **state)
{
    static const uint8_t packed[] = {0x1f, 0x8b, 8, 0, 0};
    struct bench *b = *state;

    bench_write(b->target, "", 0);
    assert_refused(b, "empty");
    bench_write(b->target, packed, sizeof(packed));
    assert_refused(b, "gunzip");
    bench_write(b->target, "#!/bin/sh\n", 10);
    assert_refused(b, "not an ELF file");
}

static void files_that_were_exchanged(void **state)
{
    struct bench *b = *state;

    assert_int_equal(bench_run(b, "check --shim XEN --xen SHIM"), IRX_RC_REFUSED);
    assert_says(b, "is not a shim");
    assert_says(b, "is not a target");
}

static void files_without_a_note(void **state)
{
    static uint8_t file[16384];
    struct bench *b = *state;

    bench_write(b->target, file, make_xen(file, sizeof(file), NULL, 1 << 20));
    assert_refused(b, "no Interrex note");
}

static void a_file_cut_short_anywhere(void **state)
{
    static uint8_t file[16384];
    struct bench *b = *state;
    size_t size = make_xen(file, sizeof(file), &b->target_note, 1 << 20);

    for (size_t cut = 1; cut < size; cut += 509) {
        bench_write(b->target, file, cut);
        assert_int_equal(bench_run(b, CHECK), IRX_RC_REFUSED);
    }
    size = make_shim(file, sizeof(file), &b->shim_note);
    bench_files(b, 0);
    for (size_t cut = 1; cut < size; cut += 509) {
        bench_write(b->shim, file, cut);
        assert_int_equal(bench_run(b, CHECK), IRX_RC_REFUSED);
    }
    assert_int_equal(b->xen.changes, 0);
}

/* Whichever byte is another one than was sealed, in what part ever. */
static void assert_every_flip_is_refused(struct bench *b, const char *path, uint8_t *file,
                                         size_t size)
{
    for (size_t at = 0; at < size; at += at < 800 ? 1 : 97) {
        file[at] ^= 1u << at % 8;
        bench_write(path, file, size);
        file[at] ^= 1u << at % 8;
        if (bench_run(b, CHECK) != IRX_RC_REFUSED)
            fail_msg("a bit of byte %zu of %s is wrong, and nobody sees it", at, path);
    }
    bench_write(path, file, size);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
}

static void a_byte_damaged_anywhere(void **state)
{
    static uint8_t file[16384];
    struct bench *b = *state;
    size_t size = make_shim(file, sizeof(file), &b->shim_note);

    assert_every_flip_is_refused(b, b->shim, file, size);
    size = make_xen(file, sizeof(file), &b->target_note, 1 << 20);
    assert_every_flip_is_refused(b, b->target, file, size);
    file[size - 1] ^= 1;
    bench_write(b->target, file, size);
    assert_refused(b, "damaged");
    assert_int_equal(b->xen.changes, 0);
}

/* The headers are looked at before the seal: whatever they say, it ends in an answer. */
static void a_header_damaged_before_it_was_sealed(void **state)
{
    static uint8_t file[16384];
    struct bench *b = *state;
    unsigned int refused = 0;

    for (size_t at = 0; at < 700; at++) {
        size_t size = make_shim(file, sizeof(file), &b->shim_note);
        int rc;

        file[at] ^= 0xff;
        irx_seal_set(file, size, NULL);
        bench_write(b->shim, file, size);
        rc = bench_run(b, CHECK);
        assert_true(rc == IRX_RC_DONE || rc == IRX_RC_REFUSED);
        refused += rc == IRX_RC_REFUSED;
    }
    assert_in_range(refused, 100, 700);
    assert_int_equal(b->xen.changes, 0);
}

static void a_file_that_was_never_sealed(void **state)
{
    static const struct irx_seal open = {.size = sizeof(open)};
    static uint8_t file[16384];
    struct bench *b = *state;
    size_t size = make_xen(file, sizeof(file), &b->target_note, 1 << 20);
    uint8_t *name = file;

    for (unsigned int ours = 0; ours < 2; name++) /* the second note of ours is the seal */
        ours += memcmp(name, IRX_NOTE_NAME, sizeof(IRX_NOTE_NAME)) == 0;
    memcpy(name - 1 + (sizeof(IRX_NOTE_NAME) + 3) / 4 * 4, &open, sizeof(open));
    bench_write(b->target, file, size);
    assert_refused(b, "never sealed");
    assert_says(b, "interrex-abi seal");
}

static void a_target_too_large_for_the_slot(void **state)
{
    struct bench *b = *state;

    bench_files(b, 17u << 20); /* the slot has 16 MiB */
    assert_refused(b, "larger liveupdate=");
}

static void write_checksum(const char *path, const void *data, size_t size)
{
    uint8_t digest[IRX_SHA256_SIZE];
    char text[256], beside[128];
    size_t used = 0;

    irx_sha256(data, size, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x", digest[i]);
    used += (size_t)snprintf(text + used, sizeof(text) - used, "  xen\n");
    snprintf(beside, sizeof(beside), "%s.sha256", path);
    bench_write(beside, text, used);
}

static void another_file_than_the_checksum_beside_it_says(void **state)
{
    static uint8_t file[16384];
    struct bench *b = *state;
    size_t size = make_xen(file, sizeof(file), &b->target_note, 1 << 20);

    write_checksum(b->target, file, size);
    assert_int_equal(bench_run(b, CHECK), IRX_RC_DONE);
    assert_says(b, "SHA-256");
    file[size - 1] ^= 1; /* sealed and well-formed, but not what was meant */
    irx_seal_set(file, size, NULL);
    bench_write(b->target, file, size);
    assert_refused(b, "is damaged");
}

static void sha256_of_known_messages(void **state)
{
    /* FIPS 180-4's examples (NIST, SHA256.pdf), and the empty message. */
    static const struct {
        const char *message;
        uint8_t first[4], last[2];
    } known[] = {
        {"", {0xe3, 0xb0, 0xc4, 0x42}, {0xb8, 0x55}},
        {"abc", {0xba, 0x78, 0x16, 0xbf}, {0x15, 0xad}},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         {0x24, 0x8d, 0x6a, 0x61},
         {0x06, 0xc1}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        uint8_t digest[IRX_SHA256_SIZE];

        irx_sha256(known[i].message, strlen(known[i].message), digest);
        assert_memory_equal(digest, known[i].first, 4);
        assert_memory_equal(digest + 30, known[i].last, 2);
    }
}

/* ---- the shim's image, the command line ---- */

static void a_shim_is_flattened(void **state)
{
    struct bench *b = *state;
    struct irx_input file;
    struct irx_flat_image flat;
    struct irx_error e = {0};

    assert_int_equal(irx_input_read(b->shim, "--shim", &file, &e), 0);
    assert_int_equal(irx_elf_flatten(&file, &flat, &e), 0);
    assert_int_equal(flat.size, 4096);
    assert_int_equal(flat.mem_size, 4096 + MAKE_SHIM_BSS);
    assert_int_equal(flat.entry, 16);
    for (size_t i = 0; i < flat.size; i++)
        assert_int_equal(flat.data[i], MAKE_SHIM_TEXT);
    irx_flat_image_free(&flat);
    irx_input_free(&file);
}

static void the_command_line_loses_its_region(void **state)
{
    char to[64];

    (void)state;
    assert_int_equal(irx_cmdline_clean("a liveupdate=64M@0x1  b=liveupdate=3 c", to, sizeof(to)),
                     0);
    assert_string_equal(to, "a b=liveupdate=3 c");
    assert_int_equal(irx_cmdline_clean("liveupdate=64M", to, sizeof(to)), 0);
    assert_string_equal(to, "");
    /* What an update puts there itself must not add up from one to the next. */
    assert_int_equal(
        irx_cmdline_clean("a no-real-mode liveupdate-boot-delay=5 no-real-modes", to, sizeof(to)),
        0);
    assert_string_equal(to, "a no-real-modes");
    assert_int_equal(irx_cmdline_clean("0123456789", to, 11), -7 /* E2BIG */);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(files_that_are_not_there),
        CASE(files_that_are_empty_packed_or_something_else),
        CASE(files_that_were_exchanged),
        CASE(files_without_a_note),
        CASE(a_file_cut_short_anywhere),
        CASE(a_byte_damaged_anywhere),
        CASE(a_header_damaged_before_it_was_sealed),
        CASE(a_file_that_was_never_sealed),
        CASE(a_target_too_large_for_the_slot),
        CASE(another_file_than_the_checksum_beside_it_says),
        cmocka_unit_test(sha256_of_known_messages),
        CASE(a_shim_is_flattened),
        cmocka_unit_test(the_command_line_loses_its_region),
    };

    return cmocka_run_group_tests_name("dom0 files", tests, NULL, NULL);
}
