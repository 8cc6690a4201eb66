/* SPDX-License-Identifier: GPL-2.0-only */
#include "uses.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEVICE "/dev/watchdog" /* and watchdog0, ... */

static bool has_watchdog_open(const char *fds)
{
    DIR *dir = opendir(fds);
    const struct dirent *entry;
    bool found = false;

    while (dir && !found && (entry = readdir(dir)) != NULL) {
        char path[600], target[64];
        ssize_t length;

        snprintf(path, sizeof(path), "%s/%s", fds, entry->d_name);
        length = readlink(path, target, sizeof(target) - 1);
        if (length < 0)
            continue;
        target[length] = '\0';
        found = strncmp(target, DEVICE, strlen(DEVICE)) == 0;
    }
    if (dir)
        closedir(dir);
    return found;
}

static void name_of(const char *proc, const char *pid, char *name, size_t size)
{
    char path[300];
    FILE *file;

    snprintf(name, size, "process %s", pid);
    snprintf(path, sizeof(path), "%.200s/%.32s/comm", proc, pid);
    file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(name, (int)size, file))
        name[strcspn(name, "\n")] = '\0';
    fclose(file);
}

int irx_watchdog_user(const char *proc, char *name, size_t size)
{
    DIR *dir = opendir(proc);
    const struct dirent *entry;
    int found = 0;

    while (dir && !found && (entry = readdir(dir)) != NULL) {
        char fds[300];

        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(fds, sizeof(fds), "%.200s/%.32s/fd", proc, entry->d_name);
        if (!has_watchdog_open(fds))
            continue;
        name_of(proc, entry->d_name, name, size);
        found = 1;
    }
    if (dir)
        closedir(dir);
    return found;
}

void irx_uses_check(const struct irx_xen *xen, struct irx_findings *f)
{
    char name[64];

    if (xen->ops->crash_image(xen->ctx) > 0)
        irx_findings_warn(f, "Domain-0 (0)", "load it again after the update (kdump-config reload)",
                          "the crash kernel that is loaded for kdump does not come along");
    if (xen->ops->watchdog_user(xen->ctx, name, sizeof(name)) > 0)
        irx_findings_warn(f, "Domain-0 (0)",
                          "give the hardware watchdog more time than an update takes, or stop who "
                          "uses it for the time",
                          "%s has /dev/watchdog open: dom0 stands still while Xen is replaced, and "
                          "a watchdog that runs out resets the host",
                          name);
}
