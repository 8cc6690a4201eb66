/* SPDX-License-Identifier: GPL-2.0-only */
/* Command line: the name of a mode (modes.c). A report is a line of JSON on the console, every half second. */
#include "pv.h"

#include <xen/version.h>

#define REST_MS 500u

static const struct mode *mode;

static void report(void)
{
    char xen[XEN_EXTRAVERSION_LEN] = "";

    hypercall(__HYPERVISOR_xen_version, XENVER_extraversion, (uintptr_t)xen, 0, 0, 0);
    say("{\"mode\": \"");
    say(mode->name);
    say("\", \"xen\": \"");
    say(xen);
    say_number("\", \"rounds\": ", result.rounds[0]);
    say_number(", \"second\": ", mode->second ? result.rounds[1] : result.rounds[0]);
    say_number(", \"tables\": ", result.tables);
    say_number(", \"asked\": ", result.asked);
    say_number(", \"interrupted\": ", result.interrupted);
    say_number(", \"dropped\": ", result.dropped);
    say_number(", \"wrong\": ", result.wrong);
    if (result.what) {
        say(", \"first\": \"");
        say(result.what);
        say_number("\", \"where\": ", result.where);
        say_number(", \"found\": ", result.found);
    }
    say("}\n");
}

/* Called by start.S. */
_Noreturn void vcpu_main(void);
_Noreturn void vcpu_main(void)
{
    for (;;) {
        mode->second();
        result.rounds[1]++;
    }
}

_Noreturn void guest_main(const struct start_info *info);
_Noreturn void guest_main(const struct start_info *info)
{
    xen_init(info);
    memory_init();
    console_init();
    prove_init();
    mode = find_mode((const char *)info->cmd_line);
    if (!mode)
        die("there is no such mode", 0);
    mode->setup();
    if (mode->second)
        start_second(mfn(root()) * PAGE);
    for (;;) {
        mode->round();
        result.rounds[0]++;
        report();
        sleep_ms(REST_MS);
    }
}
