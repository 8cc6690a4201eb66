/* SPDX-License-Identifier: GPL-2.0-only */
/* The note: in this very program as a linker places it, in ELF files of our making, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <elf.h>
#include <interrex/note.h>
#include <interrex/note_file.h>

IRX_NOTE_DEFINE(own_note, IRX_PRODUCER_TOOL, 1, IRX_FEATURE_SVM,
                IRX_FEATURE_SVM | IRX_FEATURE_EVTCHN_FIFO);
IRX_SEAL_DEFINE(own_seal);

static const char *reason;
static struct irx_note note;

static void read_from_this_program(void **state)
{
    (void)state;
    assert_int_equal(irx_note_from_file("/proc/self/exe", &note, &reason), 0);
    assert_memory_equal(&note, &own_note.note, sizeof(note));
    assert_int_equal(note.native, IRX_ABI_VERSION);
    assert_int_equal(note.no_downgrade, 1);
    assert_int_equal(note.optional, IRX_FEATURE_SVM | IRX_FEATURE_EVTCHN_FIFO);
}

/* As Xen's mkelf32 leaves it: a 32-bit file, ours behind the build id in one segment. */
static struct {
    Elf32_Ehdr header;
    Elf32_Phdr segment;
    uint8_t text[256];
    struct {
        uint32_t namesz, descsz, type;
        char name[4];
        uint8_t id[20];
    } build_id;
    struct irx_elf_note ours;
    struct irx_elf_seal seal;
} elf32;

static int setup(void **state)
{
    (void)state;
    memset(&elf32, 0, sizeof(elf32));
    memcpy(elf32.header.e_ident, ELFMAG, SELFMAG);
    elf32.header.e_ident[EI_CLASS] = ELFCLASS32;
    elf32.header.e_ident[EI_DATA] = ELFDATA2LSB;
    elf32.header.e_ident[EI_VERSION] = EV_CURRENT;
    elf32.header.e_type = ET_EXEC;
    elf32.header.e_machine = EM_386;
    elf32.header.e_version = EV_CURRENT;
    elf32.header.e_phoff = sizeof(elf32.header);
    elf32.header.e_ehsize = sizeof(elf32.header);
    elf32.header.e_phentsize = sizeof(elf32.segment);
    elf32.header.e_phnum = 1;
    elf32.segment.p_type = PT_NOTE;
    elf32.segment.p_offset = offsetof(__typeof__(elf32), build_id);
    elf32.segment.p_filesz = sizeof(elf32.build_id) + sizeof(elf32.ours) + sizeof(elf32.seal);
    elf32.segment.p_align = 4;
    elf32.build_id.namesz = 4;
    elf32.build_id.descsz = 20;
    elf32.build_id.type = NT_GNU_BUILD_ID;
    memcpy(elf32.build_id.name, "GNU", 4);
    elf32.ours = own_note;
    elf32.seal = own_seal;
    return 0;
}

static int read_elf32(void)
{
    return irx_note_from_elf(&elf32, sizeof(elf32), &note, &reason);
}

static void behind_another_note_of_a_32_bit_file(void **state)
{
    (void)state;
    assert_int_equal(read_elf32(), 0);
    assert_memory_equal(&note, &own_note.note, sizeof(note));
}

static void file_without_one(void **state)
{
    (void)state;
    elf32.ours.type++;
    assert_int_equal(read_elf32(), -ENOENT);
    assert_string_equal(reason, "it has no Interrex note");
    elf32.ours.type--;
    elf32.ours.name[0] = 'i';
    assert_int_equal(read_elf32(), -ENOENT);
    assert_int_equal(note.size, 0);
}

static void short_or_contradictory(void **state)
{
    (void)state;
    elf32.ours.note.size = sizeof(note) - 4;
    assert_int_equal(read_elf32(), -EINVAL);
    elf32.ours.note.size = sizeof(note) + 4; /* more than the note holds */
    assert_int_equal(read_elf32(), -EINVAL);
    elf32.ours.note.size = sizeof(note);
    elf32.ours.note.oldest_read = IRX_VERSION(3, 0);
    assert_int_equal(read_elf32(), -EINVAL);
    elf32.ours.note.oldest_read = IRX_ABI_VERSION;
    elf32.ours.descsz = sizeof(note) - 4;
    assert_int_equal(read_elf32(), -EINVAL);
}

static void segment_outside_the_file(void **state)
{
    (void)state;
    elf32.segment.p_filesz = sizeof(elf32);
    assert_int_equal(read_elf32(), -ENOEXEC);
    elf32.segment.p_filesz = 16;
    elf32.segment.p_offset = ~0u;
    assert_int_equal(read_elf32(), -ENOEXEC);
    elf32.segment.p_offset = 0;
    elf32.header.e_phoff = ~0u;
    assert_int_not_equal(read_elf32(), 0);
}

static void no_elf_file(void **state)
{
    (void)state;
    assert_int_equal(irx_note_from_elf("", 0, &note, &reason), -ENOEXEC);
    assert_int_equal(irx_note_from_elf("#!/bin/sh\necho no\n", 18, &note, &reason), -ENOEXEC);
    assert_int_equal(irx_note_from_file("/nonexistent/file", &note, &reason), -ENOENT);
    assert_int_equal(irx_note_from_file("/dev", &note, NULL), -EINVAL);
}

/* Cut anywhere, every byte set to values that lengths break at: an answer, no crash. */
static void damaged_anywhere(void **state)
{
    static const uint8_t values[] = {0x00, 0x7f, 0xff};
    uint8_t good[sizeof(elf32)];
    uint8_t *copy;
    size_t i, v;

    (void)state;
    memcpy(good, &elf32, sizeof(good));
    for (i = 0; i < sizeof(good); i++) {
        copy = malloc(i ? i : 1);
        memcpy(copy, good, i);
        assert_int_not_equal(irx_note_from_elf(copy, i, &note, &reason), 0);
        free(copy);
        for (v = 0; v < sizeof(values); v++) {
            memcpy(&elf32, good, sizeof(good));
            ((uint8_t *)&elf32)[i] = values[v];
            if (read_elf32() == 0)
                assert_true(note.size >= sizeof(note));
        }
    }
}

static int verify(void)
{
    return irx_seal_verify(&elf32, sizeof(elf32), &reason);
}

static void sealed_once_final(void **state)
{
    (void)state;
    assert_int_equal(verify(), -ENOENT); /* still open */
    assert_int_equal(irx_seal_set(&elf32, sizeof(elf32), &reason), 0);
    assert_int_equal(verify(), 0);
    elf32.text[200] = 1; /* changed on purpose, and sealed anew */
    assert_int_equal(verify(), -EBADMSG);
    assert_int_equal(irx_seal_set(&elf32, sizeof(elf32), &reason), 0);
    assert_int_equal(verify(), 0);
    assert_int_equal(read_elf32(), 0);
}

static void no_place_for_a_seal(void **state)
{
    (void)state;
    elf32.seal.name[0] = 'i';
    assert_int_equal(verify(), -ENOENT);
    assert_int_equal(irx_seal_set(&elf32, sizeof(elf32), NULL), -ENOENT);
    elf32.seal.name[0] = 'I';
    elf32.seal.descsz = 12;
    assert_int_equal(irx_seal_set(&elf32, sizeof(elf32), NULL), -EINVAL);
    assert_int_equal(irx_seal_verify("", 0, &reason), -ENOEXEC);
}

static void every_flipped_bit_and_every_cut_is_seen(void **state)
{
    (void)state;
    assert_int_equal(irx_seal_set(&elf32, sizeof(elf32), NULL), 0);
    for (size_t bit = 0; bit < sizeof(elf32) * 8; bit++) {
        uint8_t *byte = (uint8_t *)&elf32 + bit / 8;

        *byte ^= 1u << bit % 8;
        assert_int_not_equal(verify(), 0);
        *byte ^= 1u << bit % 8;
    }
    for (size_t size = 0; size < sizeof(elf32); size++) {
        void *copy = malloc(size ? size : 1);

        memcpy(copy, &elf32, size);
        assert_int_not_equal(irx_seal_verify(copy, size, NULL), 0);
        free(copy);
    }
    assert_int_equal(verify(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_from_this_program),
        cmocka_unit_test_setup(behind_another_note_of_a_32_bit_file, setup),
        cmocka_unit_test_setup(file_without_one, setup),
        cmocka_unit_test_setup(short_or_contradictory, setup),
        cmocka_unit_test_setup(segment_outside_the_file, setup),
        cmocka_unit_test(no_elf_file),
        cmocka_unit_test_setup(damaged_anywhere, setup),
        cmocka_unit_test_setup(sealed_once_final, setup),
        cmocka_unit_test_setup(no_place_for_a_seal, setup),
        cmocka_unit_test_setup(every_flipped_bit_and_every_cut_is_seen, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
