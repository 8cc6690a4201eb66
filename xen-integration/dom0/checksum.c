/* SPDX-License-Identifier: GPL-2.0-only */
#include "checksum.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sha256.h"

#define HEX_SIZE (IRX_SHA256_SIZE * 2)

/* The digest in the file beside, as lower-case hexadecimal. 0; -ENOENT: there is none. */
static int read_expected(const char *path, char expected[HEX_SIZE + 1])
{
    FILE *file = fopen(path, "re");
    size_t got;

    if (!file)
        return -errno;
    got = fread(expected, 1, HEX_SIZE, file);
    expected[got] = 0;
    fclose(file);
    for (size_t i = 0; i < got; i++)
        if (expected[i] >= 'A' && expected[i] <= 'F')
            expected[i] = (char)(expected[i] - 'A' + 'a');
    return got == HEX_SIZE && strspn(expected, "0123456789abcdef") == HEX_SIZE ? 0 : -EINVAL;
}

bool irx_checksum_verify(const struct irx_input *file, const char *subject, struct irx_findings *f)
{
    char path[4096], shown[160], expected[HEX_SIZE + 1], actual[HEX_SIZE + 1];
    uint8_t digest[IRX_SHA256_SIZE];
    struct irx_error e = {0};
    int rc;

    snprintf(path, sizeof(path), "%s.sha256", file->path);
    snprintf(shown, sizeof(shown), "%s.sha256", file->shown);
    rc = read_expected(path, expected);
    if (rc == -ENOENT)
        return true;
    irx_sha256(file->data, file->size, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(actual + 2 * i, 3, "%02x", digest[i]);
    if (rc)
        irx_fail(&e, rc, "make it again with sha256sum, or remove it", "cannot read %s: %s", shown,
                 rc == -EINVAL ? "no SHA-256 digest in it" : strerror(-rc));
    else if (strcmp(actual, expected) != 0)
        irx_fail(&e, -EBADMSG, "copy it again from where it was built",
                 "%s is damaged: its SHA-256 is %.16s..., not %.16s... as in %s", file->shown,
                 actual, expected, shown);
    if (e.err)
        irx_findings_error(f, subject, &e);
    else
        irx_findings_ok(f, subject, "%s: SHA-256 %.16s... fits", file->shown, actual);
    return e.err == 0;
}
