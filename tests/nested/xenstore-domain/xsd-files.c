// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into xenstored in a domain of its own, where it opens two files that only dom0's kernel has:
 * /proc/xen/xsd_port  the event channel to dom0: here a file that init writes
 * /proc/xen/xsd_kva   dom0's page of xenstore: the same page, which dom0 grants (GNTTAB_RESERVED_XENSTORE,
 *                     include/public/grant_table.h), to be mapped at offset 0 as there
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RESERVED_XENSTORE 1

/* Linux: include/uapi/xen/gntdev.h */
struct map_grant_ref {
    uint32_t count, pad;
    uint64_t index;
    uint32_t domid, ref;
};
#define IOCTL_MAP_GRANT_REF _IOC(_IOC_NONE, 'G', 0, sizeof(struct map_grant_ref))

static int open_granted(int (*next)(const char *, int, ...), int flags)
{
    struct map_grant_ref map = {.count = 1, .ref = RESERVED_XENSTORE};
    int fd = next("/dev/xen/gntdev", flags);

    /* The first mapping of a file has the index 0. */
    if (fd >= 0 && ioctl(fd, IOCTL_MAP_GRANT_REF, &map)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...);
    va_list args;
    int mode;

    *(void **)&next = dlsym(RTLD_NEXT, "open");
    if (!strcmp(path, "/proc/xen/xsd_kva"))
        return open_granted(next, flags);
    if (!strcmp(path, "/proc/xen/xsd_port"))
        return next("/run/xen/xsd_port", flags);
    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    return next(path, flags, mode);
}
