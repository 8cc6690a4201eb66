/* SPDX-License-Identifier: GPL-2.0-only */
#include "file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, uint8_t *data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = read(fd, data + done, size - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return -EIO; /* shrank while it was read */
        done += (size_t)n;
    }
    return 0;
}

int irx_file_read(const char *path, uint8_t **data, size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = 0;

    *data = NULL;
    *size = 0;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        rc = -errno;
    else if (!S_ISREG(st.st_mode))
        rc = -EINVAL;
    else if ((uint64_t)st.st_size > IRX_FILE_MAX)
        rc = -EFBIG;
    if (!rc) {
        *size = (size_t)st.st_size;
        *data = malloc(*size ? *size : 1);
        rc = *data ? read_all(fd, *data, *size) : -ENOMEM;
    }
    close(fd);
    if (rc) {
        free(*data);
        *data = NULL;
    }
    return rc;
}
