// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtc-ticks FILE: counts the seconds that the CMOS clock interrupts for (Linux' update
 * interrupts: an alarm a second, each armed when the one before came; an edge at IRQ 8).
 *
 * FILE always holds one line of JSON:
 *   ticks     seconds that Linux counted
 *   elapsed   seconds by the clock itself, from the first tick to the last
 * A lost interrupt ends the ticks; one that came twice makes more ticks than seconds. Exit status
 * 1 when the clock cannot be used.
 */
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DAY 86400

static int now(int clock)
{
    struct rtc_time t;

    if (ioctl(clock, RTC_RD_TIME, &t))
        return -1;
    return (t.tm_hour * 60 + t.tm_min) * 60 + t.tm_sec;
}

static int put(const char *path, unsigned long ticks, long elapsed)
{
    char name[256];
    FILE *f;

    snprintf(name, sizeof(name), "%s.new", path);
    f = fopen(name, "w");
    if (!f)
        return -1;
    fprintf(f, "{\"ticks\": %lu, \"elapsed\": %ld}\n", ticks, elapsed);
    return fclose(f) || rename(name, path) ? -1 : 0;
}

int main(int argc, char **argv)
{
    int clock = open("/dev/rtc0", O_RDONLY);
    unsigned long ticks = 0, data;
    long elapsed = 0;
    int before = -1;

    if (argc != 2 || clock < 0 || ioctl(clock, RTC_UIE_ON, 0)) {
        perror("rtc-ticks");
        return 1;
    }
    /* Each read: how many came, above the lowest byte (rtc.4). */
    while (read(clock, &data, sizeof(data)) == sizeof(data)) {
        int at = now(clock);
        long step = before < 0 ? 0 : (at - before + DAY) % DAY;

        if (before >= 0)
            ticks += data >> 8;
        before = at;
        elapsed += step;
        if (at < 0 || put(argv[1], ticks, elapsed))
            break;
    }
    perror("rtc-ticks");
    return 1;
}
