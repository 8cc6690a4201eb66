/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of a handoff as the tools see it: a stream, a raw dump of the region R
 * from its start on, or an ELF file with a version note. Recognised by content;
 * nothing of it is trusted.
 */
#ifndef INTERREX_HOSTED_HANDOFF_H
#define INTERREX_HOSTED_HANDOFF_H

#include <interrex/sections.h>

enum irx_file_kind { IRX_FILE_UNKNOWN, IRX_FILE_STREAM, IRX_FILE_REGION, IRX_FILE_NOTE };

struct irx_handoff {
    enum irx_file_kind kind;
    uint8_t *data;
    size_t size;
    struct irx_note note; /* IRX_FILE_NOTE */
};

/* A part of a handoff that is refused. */
struct irx_problem {
    const char *part; /* "stream", "anchor", "domain", ... */
    char text[256];   /* names the thing, the value and the remedy */
};

#define IRX_MAX_PROBLEMS 64u

struct irx_problems {
    uint32_t count; /* may be above IRX_MAX_PROBLEMS: the rest was not kept */
    struct irx_problem problem[IRX_MAX_PROBLEMS];
};

/*
 * Reads and recognises a file. 0; -errno of the system; -ENOEXEC for a file of
 * no known kind or an ELF file without a (sound) note, with *reason.
 */
int irx_handoff_open(struct irx_handoff *h, const char *path, const char **reason);

void irx_handoff_close(struct irx_handoff *h);

/*
 * Everything that is wrong with it. Streams of a region are looked at too. In a
 * dump that ends early what lies behind its end is not looked at.
 */
void irx_handoff_check(const struct irx_handoff *h, struct irx_problems *problems);

/*
 * `size` bytes at offset `off` of a region's dump, aligned as in R, or NULL if
 * the dump does not hold them.
 */
const void *irx_handoff_at(const struct irx_handoff *h, irx_off_t off, uint64_t size);

/* The stream in `data`, consumed or not, if it is sound. `data` is changed for a moment. */
int irx_handoff_stream(uint8_t *data, size_t size, struct irx_stream *s,
                       struct irx_stream_error *err);

/*
 * Entry i of the anchor's table `t`, NULL if the dump does not hold it. Of a dump of an older
 * version it is a copy, with what that version lacked as zero, until the next call for `t`.
 */
const void *irx_handoff_entry(const struct irx_handoff *h, const struct irx_table *t, uint32_t i);

#endif
