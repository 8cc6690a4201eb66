/* SPDX-License-Identifier: GPL-2.0-only */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1ll << 30)

static int read_all(int fd, uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got = read(fd, data + done, size - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return -EIO; /* it became shorter meanwhile */
        done += (size_t)got;
    }
    return 0;
}

static void show(struct irx_input *file)
{
    const size_t length = strlen(file->path), most = sizeof(file->shown) - 4;

    snprintf(file->shown, sizeof(file->shown), "%s%s", length > most ? "..." : "",
             length > most ? file->path + length - most : file->path);
}

int irx_input_read(const char *path, const char *option, struct irx_input *file,
                   struct irx_error *e)
{
    char remedy[128];
    struct stat st = {0};
    int rc = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    *file = (struct irx_input){.path = path};
    show(file);
    snprintf(remedy, sizeof(remedy), "name a readable file with %s", option);
    if (fd < 0 || fstat(fd, &st))
        rc = -errno;
    else if (!S_ISREG(st.st_mode))
        rc = -EISDIR;
    else if (st.st_size == 0)
        rc = -ENODATA;
    else if (st.st_size > FILE_MAX)
        rc = -EFBIG;
    if (rc == 0) {
        file->size = (size_t)st.st_size;
        file->data = malloc(file->size + 1);
        rc = file->data ? read_all(fd, file->data, file->size) : -ENOMEM;
    }
    if (fd >= 0)
        close(fd);
    if (rc) {
        irx_input_free(file);
        return irx_fail(e, rc, remedy, "cannot read %s: %s", file->shown,
                        rc == -EISDIR    ? "not a regular file"
                        : rc == -ENODATA ? "the file is empty"
                                         : strerror(-rc));
    }
    file->data[file->size] = 0;
    if (file->size > 2 && file->data[0] == 0x1f && file->data[1] == 0x8b) {
        irx_input_free(file);
        return irx_fail(e, -ENOEXEC, "unpack it with gunzip and name the result",
                        "%s is packed with gzip", file->shown);
    }
    return 0;
}

void irx_input_free(struct irx_input *file)
{
    free(file->data);
    file->data = NULL;
    file->size = 0;
}
