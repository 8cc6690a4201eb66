// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec KERNEL INITRD: loads them, to be started with this kernel's own command line, and starts
 * them at once: the guest's next kernel, without anything in between but Xen's soft reset.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    return fd;
}

int main(int argc, char **argv)
{
    char line[4096];
    ssize_t length;

    if (argc != 3) {
        fprintf(stderr, "usage: kexec KERNEL INITRD\n");
        return EXIT_FAILURE;
    }
    length = read(open_file("/proc/cmdline"), line, sizeof(line) - 1);
    if (length <= 0) {
        perror("/proc/cmdline");
        return EXIT_FAILURE;
    }
    line[length - 1] = '\0'; /* the newline */
    if (syscall(SYS_kexec_file_load, open_file(argv[1]), open_file(argv[2]), (unsigned long)length,
                line, 0UL)) {
        perror("kexec_file_load");
        return EXIT_FAILURE;
    }
    printf("kexec: %s\n", argv[1]);
    fflush(stdout);
    reboot(LINUX_REBOOT_CMD_KEXEC);
    perror("kexec");
    return EXIT_FAILURE;
}
