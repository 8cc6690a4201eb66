/* SPDX-License-Identifier: GPL-2.0-only */
#include "note_text.h"

#include <interrex/negotiate.h>
#include <interrex/note_file.h>

static const char *producer(uint32_t number)
{
    static const char *const names[] = {"?", "Xen", "shim", "tool"};

    return number < sizeof(names) / sizeof(names[0]) ? names[number] : names[0];
}

static void print_features(const char *title, uint64_t set, FILE *out)
{
    uint32_t bit;

    fprintf(out, "%-10s", title);
    for (bit = 0; bit < 64; bit++) {
        const char *name = irx_feature_name(bit);

        if (!(set >> bit & 1))
            continue;
        if (name)
            fprintf(out, " %s", name);
        else
            fprintf(out, " bit-%u", bit); /* of a later version */
    }
    fputc('\n', out);
}

static void print_version(uint32_t version, const char *after, FILE *out)
{
    fprintf(out, " %u.%u%s", version >> 16, version & 0xffff, after);
}

void irx_note_text(const struct irx_handoff *h, FILE *out)
{
    const struct irx_note *note = &h->note;
    char release[IRX_RELEASE_TEXT_MAX];
    const char *why = "";

    fprintf(out, "%-10s %s\n", "made as", producer(note->producer));
    fprintf(out, "%-10s %s\n", "Interrex", irx_release_text(note->release, release));
    fprintf(out, "%-10s", "ABI");
    print_version(note->native, "; reads from", out);
    print_version(note->oldest_read, " on, writes from", out);
    print_version(note->oldest_write, " on", out);
    fprintf(out, "%s\n", note->no_downgrade ? "; hands over to nobody older" : "");
    print_features("requires", note->required, out);
    print_features("offers", note->optional, out);
    fprintf(out, "%-10s %s\n", "seal",
            irx_seal_verify(h->data, h->size, &why) ? why : "right: it is what was sealed");
}
