/* SPDX-License-Identifier: GPL-2.0-only */
/* Which command lines a target may have beside the running Xen's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "help_answer.h"
#include "../cmdline.h"

#define RUNNING "dom0=pvh dom0_mem=512M,max:512M console=com1 liveupdate=64M gnttab_max_frames=128"

static struct irx_findings findings;

static void compare(const char *running, const char *next)
{
    irx_findings_free(&findings);
    irx_cmdline_check(running, next, &findings);
}

static unsigned int warnings(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < findings.count; i++)
        count += findings.list[i].warning;
    return count;
}

/* The one finding has this in it, and is a refusal or a warning. */
static void assert_one(bool refused, const char *text)
{
    if (findings.count != 1)
        fail_msg("%u findings, not one about %s", findings.count, text);
    assert_int_equal(findings.list[0].refused, refused);
    assert_int_equal(findings.list[0].warning, !refused);
    if (!strstr(findings.list[0].what, text))
        fail_msg("\"%s\" is not in: %s", text, findings.list[0].what);
    assert_true(strlen(findings.list[0].remedy) > 10);
}

static void what_differs_and_has_to_agree_is_refused_by_name(void **state)
{
    static const struct {
        const char *running, *next, *text;
    } cases[] = {
        {"", "hap=0", "hap is 0, the running Xen's 1"},
        {"", "no-hap", "hap is 0, the running Xen's 1"},
        {"", "hap=off", "hap is 0"},
        {"hap=no", "", "hap is 1, the running Xen's 0"},
        {"", "maxcpus=1", "maxcpus is 1"},
        {"maxcpus=4", "maxcpus=2", "maxcpus is 2, the running Xen's 4"},
        {"", "nosmp", "nosmp is 1"},
        {"", "smt=0", "smt is 0, the running Xen's not given"},
        {"", "gnttab=max-ver:1", "gnttab is max-ver:1"},
        {"gnttab_max_frames=128", "", "gnttab_max_frames is 64, the running Xen's 128"},
        {"", "gnttab_max_frames=0", "gnttab_max_frames is 0"},
        {"gnttab_max_maptrack_frames=0x800", "gnttab_max_maptrack_frames=1024", "is 1024"},
        {"", "cpuid=no-avx2", "cpuid is no-avx2"},
        {"vpmu=1", "", "vpmu is not given, the running Xen's 1"},
        {"dom0=pvh", "dom0=pv", "dom0 is pv, the running Xen's pvh"},
        {"dom0=pvh", "", "dom0 is not given"},
        {"", "dom0_max_vcpus=2", "dom0_max_vcpus is 2"},
        {"dom0_mem=512M", "dom0_mem=1024M", "dom0_mem is 1024M"},
        {"", "dom0-iommu=none", "dom0-iommu is none"},
        {"", "pcid=0", "pcid is 0"},
        {"", "smap=0", "smap is 0"},
        {"", "no-smep", "smep is 0"},
        {"", "xsave=0", "xsave is 0"},
        {"", "no-x2apic", "x2apic is 0"},
        {"", "mem=1G", "mem is 1G"},
        {"", "xsm=flask", "xsm is flask"},
        {"", "iommu=0", "iommu is 0"},
        {"cpuid=no-avx", "cpuid=no-avx cpuid=no-avx2", "cpuid is no-avx,no-avx2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        compare(cases[i].running, cases[i].next);
        assert_one(true, cases[i].text);
        assert_false(irx_findings_passed(&findings));
    }
}

static void what_may_differ_passes(void **state)
{
    static const struct {
        const char *running, *next;
    } cases[] = {
        {RUNNING, RUNNING},
        {RUNNING, RUNNING " noreboot loglvl=all sched=credit watchdog"},
        {RUNNING " console=vga", RUNNING},
        {"hap", "hap=yes"},
        {"", "hap smap=on no-nosmp argo=off"},
        {"maxcpus=4", "maxcpus=8"},
        {"maxcpus=4", ""},
        {"", "maxcpus=0"},
        {"gnttab_max_frames=32", "gnttab_max_frames=64"},
        {"smap=0 smap=1", ""},                         /* the last one counts */
        {"dom0=pvh dom0=verbose", "dom0=pvh,verbose"}, /* they add up */
        {"  dom0=pvh ", "dom0=pvh"},
        {"dom0=pvh -- hap=0", "dom0=pvh"}, /* of dom0's kernel */
        {"strange=1", "strange=1"},        /* a patch of the host's own */
        {"", "ivrs_ioapic[4]=00:14.0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        compare(cases[i].running, cases[i].next);
        if (findings.count)
            fail_msg("case %zu: %s", i, findings.list[0].what);
    }
}

static void what_is_odd_is_a_warning(void **state)
{
    static const struct {
        const char *running, *next, *text;
    } cases[] = {
        {"", "happ=0", "no option \"happ=0\""},
        {"strange=1", "strange=2", "no option \"strange=2\""},
        {"", "spec-ctrl=no", "spec-ctrl is"},
        {"clocksource=tsc", "", "clocksource is not given, the running Xen's tsc"},
        {"crashkernel=64M", "", "crashkernel is not given"},
        {"liveupdate=64M", "liveupdate=128M", "\"liveupdate=128M\" of --cmdline is not passed on"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        compare(cases[i].running, cases[i].next);
        assert_one(false, cases[i].text);
        assert_true(irx_findings_passed(&findings));
    }
    compare("liveupdate=64M", "liveupdate=64M");
    assert_int_equal(findings.count, 0); /* the running line with a word more: what people give */
}

static void all_that_is_wrong_is_told(void **state)
{
    (void)state;
    compare(RUNNING, "hap=0 maxcpus=1 nonsense");
    assert_int_equal(findings.refused, 5); /* dom0, dom0_mem and gnttab_max_frames are not there */
    assert_int_equal(warnings(), 1);
}

/* One table, each name once; a rule that says something has words for it. */
static void the_table_is_in_order(void **state)
{
    const struct irx_option *option;
    unsigned int binding = 0;

    (void)state;
    for (unsigned int i = 0; (option = irx_option_at(i)); i++) {
        if (option->name[strlen(option->name) - 1] != '[')
            assert_ptr_equal(irx_option_find(option->name, strlen(option->name)), option);
        if (option->rule == IRX_OPTION_ANY || option->rule == IRX_OPTION_BOOT) {
            assert_null(option->why);
            continue;
        }
        assert_true(strlen(option->why) > 10);
        binding++;
    }
    assert_true(binding > 50);
    assert_null(irx_option_find("hapx", 4));
    assert_null(irx_option_find("ha", 2));
}

static void lines_as_long_as_they_get(void **state)
{
    char line[IRX_CMDLINE_MAX], to[IRX_CMDLINE_MAX];

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = 0;
    compare("", line);
    assert_one(false, "no option");
    memcpy(line, "cpuid=", 6);
    compare("", line);
    assert_one(true, "cpuid is xxx");
    assert_int_equal(irx_cmdline_clean("dom0=pvh liveupdate=64M -- ro quiet", to, sizeof(to)), 0);
    assert_string_equal(to, "dom0=pvh");
}

/* As the review found them: check said that the host can be updated, and the update killed it. */
static void check_and_update_refuse(void **state)
{
    struct bench *b = *state;
    json_t *json;

    b->xen.cmdline = "console=com1";
    assert_int_equal(bench_run(b, CHECK " --cmdline hap=0"), IRX_RC_REFUSED);
    assert_says(b, "hap is 0, the running Xen's 1");
    assert_int_equal(bench_run(b, UPDATE " --cmdline maxcpus=1"), IRX_RC_REFUSED);
    assert_says(b, "maxcpus is 1");
    assert_int_equal(b->xen.changes, 0);
    assert_int_equal(b->xen.number, 0);
    assert_int_equal(bench_run(b, CHECK " --cmdline consol=vga"), IRX_RC_DONE);
    assert_says(b, "warning  target               Xen 4.17 has no option \"consol=vga\"");
    assert_int_equal(bench_run(b, CHECK " --json --cmdline consol=vga"), IRX_RC_DONE);
    json = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(json, "warnings")), 1);
    json_decref(json);
    assert_int_equal(bench_run(b, UPDATE " --cmdline consol=vga"), IRX_RC_DONE);
    json = bench_json(b);
    assert_int_equal(json_array_size(json_object_get(json, "warnings")), 1);
    json_decref(json);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_and_has_to_agree_is_refused_by_name),
        cmocka_unit_test(what_may_differ_passes),
        cmocka_unit_test(what_is_odd_is_a_warning),
        cmocka_unit_test(all_that_is_wrong_is_told),
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(lines_as_long_as_they_get),
        CASE(check_and_update_refuse),
    };
    int failed = cmocka_run_group_tests_name("dom0 cmdline", tests, NULL, NULL);

    irx_findings_free(&findings);
    return failed;
}
