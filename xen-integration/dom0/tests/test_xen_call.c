/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real Xen's side of the tool (xen_call.c) over libraries that are played here: what reaches
 * Xen, what comes back, and that no hypercall buffer stays behind, whatever fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "../xen.h"
#include "libxen.h"

#define PERMISSION "run it as root in dom0 of a Xen host, with /dev/xen/privcmd present"

#define KEPT 1u /* buffers, while it is connected */

static struct irx_xen xen;

static int setup(void **state)
{
    struct irx_error e;

    (void)state;
    memset(&lib, 0, sizeof(lib));
    return irx_xen_connect(&xen, &e);
}

/* All that was taken is given back. */
static int teardown(void **state)
{
    (void)state;
    irx_xen_close(&xen);
    return lib.buffers || lib.opened ? -1 : 0;
}

static void connecting(void **state)
{
    struct irx_error e;
    struct irx_xen none;

    (void)state;
    lib.no_xc = true;
    assert_int_equal(irx_xen_connect(&none, &e), -EACCES);
    assert_string_equal(e.remedy, PERMISSION);
    lib.no_call = true;
    assert_int_equal(irx_xen_connect(&none, &e), -ENOENT);
    assert_non_null(strstr(e.what, "cannot reach Xen"));
    assert_int_equal(lib.opened, 3); /* the fixture's */
}

static void an_operation_without_a_buffer(void **state)
{
    struct irx_op op = {.cmd = IRX_OP_INFO, .version = 77};

    (void)state;
    assert_int_equal(xen.ops->op(xen.ctx, &op, NULL, 0), 0);
    assert_int_equal(lib.cmd, IRX_KEXEC_CMD);
    assert_int_equal(lib.arg.op.version, 77);
    assert_int_equal(op.u.info.region_size, 4711);
    op.u.info.region_size = 1;
    lib.error = ENOSYS;
    assert_int_equal(xen.ops->op(xen.ctx, &op, NULL, 0), -ENOSYS);
    assert_int_equal(op.u.info.region_size, 1);
}

static void a_buffer_to_xen(void **state)
{
    uint8_t image[5] = "shim";
    struct irx_op op = {.cmd = IRX_OP_LOAD_SHIM, .u.load.image_size = sizeof(image)};

    (void)state;
    assert_int_equal(xen.ops->op(xen.ctx, &op, image, sizeof(image)), 0);
    assert_memory_equal(lib.sent, image, sizeof(image));
    assert_ptr_not_equal((void *)(uintptr_t)lib.arg.op.u.load.image, image); /* a copy that stays */
    assert_string_equal((char *)image, "shim");
}

static void a_buffer_from_xen(void **state)
{
    static const uint8_t filled[8] = {0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a};
    static const uint8_t none[8];
    uint8_t bytes[8] = {0};
    struct irx_op op = {.cmd = IRX_OP_READ, .u.read.size = sizeof(bytes)};

    (void)state;
    lib.error = EINVAL;
    assert_int_equal(xen.ops->op(xen.ctx, &op, bytes, sizeof(bytes)), -EINVAL);
    assert_memory_equal(bytes, none, sizeof(bytes));
    lib.error = 0;
    assert_int_equal(xen.ops->op(xen.ctx, &op, bytes, sizeof(bytes)), 0);
    assert_memory_equal(bytes, filled, sizeof(bytes));
    op.cmd = IRX_OP_CHECK; /* Xen stores no reason */
    assert_int_equal(xen.ops->op(xen.ctx, &op, bytes, sizeof(bytes)), 0);
    assert_memory_equal(bytes, none, sizeof(bytes));
}

static void a_target(void **state)
{
    struct irx_image image = {.segments = {{.buf = "abc", .size = 3, .dest = 0x1000, .memsz = 4096},
                                           {.buf = "de", .size = 2, .dest = 0x5000, .memsz = 8192}},
                              .count = 2,
                              .entry = 0x1234};

    (void)state;
    assert_int_equal(xen.ops->kexec_load(xen.ctx, &image), 0);
    assert_int_equal(lib.cmd, KEXEC_CMD_kexec_load);
    assert_int_equal(lib.arg.load.type, IRX_KEXEC_TYPE_LIVE_UPDATE);
    assert_int_equal(lib.arg.load.arch, EM_386);
    assert_int_equal(lib.arg.load.nr_segments, 2);
    assert_int_equal(lib.arg.load.entry_maddr, 0x1234);
    assert_int_equal(lib.segments[0].buf_size, 3);
    assert_int_equal(lib.segments[0].dest_maddr, 0x1000);
    assert_int_equal(lib.segments[1].dest_size, 8192);
    lib.error = EBUSY;
    assert_int_equal(xen.ops->kexec_load(xen.ctx, &image), -EBUSY);
}

static void a_target_is_forgotten_and_started(void **state)
{
    (void)state;
    assert_int_equal(xen.ops->kexec_unload(xen.ctx), 0);
    assert_int_equal(lib.cmd, KEXEC_CMD_kexec_unload);
    assert_int_equal(lib.arg.exec.type, IRX_KEXEC_TYPE_LIVE_UPDATE);
    assert_int_equal(xen.ops->kexec_exec(xen.ctx), 0);
    assert_int_equal(lib.cmd, KEXEC_CMD_kexec);
    assert_int_equal(lib.arg.exec.type, IRX_KEXEC_TYPE_LIVE_UPDATE);
    lib.answer = 1;
    assert_int_equal(xen.ops->crash_image(xen.ctx), 1);
    assert_int_equal(lib.cmd, KEXEC_CMD_kexec_status);
    assert_int_equal(lib.arg.status.type, KEXEC_TYPE_CRASH);
}

/* Whichever buffer is not to be had: nothing reaches Xen, and none is left. */
static void no_memory(void **state)
{
    struct irx_image image = {.segments = {{.buf = "a", .size = 1}, {.buf = "b", .size = 1}},
                              .count = 2};
    static uint8_t bytes[IRX_XEN_READ_MAX + 1];
    struct irx_op op = {.cmd = IRX_OP_READ};

    (void)state;
    for (lib.no_memory_at = 1; lib.no_memory_at <= 4; lib.no_memory_at++) {
        lib.asked = 0;
        assert_int_equal(xen.ops->kexec_load(xen.ctx, &image), -ENOMEM);
        assert_int_equal(lib.buffers, KEPT);
    }
    lib.no_memory_at = 1;
    lib.asked = 0;
    assert_int_equal(xen.ops->op(xen.ctx, &op, bytes, sizeof(bytes)), -ENOMEM);
    assert_int_equal(lib.buffers, KEPT);
    lib.asked = 0;
    assert_int_equal(xen.ops->kexec_unload(xen.ctx), -ENOMEM);
    lib.asked = 0;
    assert_int_equal(xen.ops->kexec_exec(xen.ctx), -ENOMEM);
    lib.asked = 0;
    assert_int_equal(xen.ops->crash_image(xen.ctx), -ENOMEM);
    assert_int_equal(lib.calls, 0);
}

/* While guests are held dom0 may have none. */
static void operations_need_no_memory(void **state)
{
    static uint8_t bytes[IRX_XEN_READ_MAX];
    struct irx_op read = {.cmd = IRX_OP_READ, .u.read.size = sizeof(bytes)};
    struct irx_op claim = {.cmd = IRX_OP_CLAIM};

    (void)state;
    lib.asked = 0;
    assert_int_equal(xen.ops->op(xen.ctx, &claim, NULL, 0), 0);
    assert_int_equal(xen.ops->op(xen.ctx, &read, bytes, sizeof(bytes)), 0);
    assert_int_equal(bytes[sizeof(bytes) - 1], 0x5a);
    assert_int_equal(lib.asked, 0);

    lib.no_memory_at = 1;
    assert_int_equal(irx_xen_connect(&(struct irx_xen){0}, &(struct irx_error){0}), -ENOMEM);
    assert_int_equal(lib.opened, 3); /* the fixture's */
}

static void what_xen_says_it_is(void **state)
{
    struct irx_xen_version v;

    (void)state;
    assert_int_equal(xen.ops->version(xen.ctx, &v), 0);
    assert_string_equal(v.version, "4.17.5-interrex-A");
    assert_int_equal(strlen(v.cmdline), sizeof(xen_commandline_t) - 1);
    assert_int_equal(strlen(v.build_id), sizeof(v.build_id) - 2); /* as much as there is room for */
    assert_memory_equal(v.build_id, "a0a1a2", 6);
    lib.no_build_id = true;
    assert_int_equal(xen.ops->version(xen.ctx, &v), 0);
    assert_string_equal(v.build_id, "");
    lib.error = EPERM;
    assert_int_equal(xen.ops->version(xen.ctx, &v), -EPERM);
}

static void what_the_host_has(void **state)
{
    struct irx_image_memory memory[4];
    struct irx_xen_host host;

    (void)state;
    assert_int_equal(xen.ops->host(xen.ctx, &host), 0);
    assert_int_equal(host.online_cpus, 3);
    assert_int_equal(host.memory_mib, 2048);
    assert_int_equal(host.free_mib, 100);
    assert_int_equal(xen.ops->memory_map(xen.ctx, memory, 4), 1);
    assert_int_equal(memory[0].addr, 0x100000);
    assert_int_equal(memory[0].size, 1u << 30);
    lib.error = EPERM;
    assert_int_equal(xen.ops->host(xen.ctx, &host), -EPERM);
    assert_int_equal(xen.ops->memory_map(xen.ctx, memory, 4), -EPERM);
}

static void which_cpus_are_online(void **state)
{
    uint8_t map[4] = {0xff, 0xff, 0xff, 0xff};

    (void)state;
    assert_int_equal(xen.ops->online(xen.ctx, map, sizeof(map)), 0);
    assert_int_equal(map[0], 0x93); /* of Pool-0 and of none */
    assert_int_equal(map[1], 0x40);
    assert_int_equal(map[2] | map[3], 0);
    assert_int_equal(xen.ops->online(xen.ctx, map, 1), 0); /* and no more than there is room for */
    assert_int_equal(map[1], 0x40);
    lib.no_pools_left = true;
    assert_int_equal(xen.ops->online(xen.ctx, map, sizeof(map)), -EIO);
    lib.error = ENOMEM;
    assert_int_equal(xen.ops->online(xen.ctx, map, sizeof(map)), -ENOMEM);
}

static void which_domains_there_are(void **state)
{
    struct irx_xen_domain list[4];

    (void)state;
    assert_int_equal(xen.ops->domains(xen.ctx, list, 4), 2);
    assert_int_equal(list[0].vcpus, 2);
    assert_int_equal(list[0].memory_kib, 1024);
    assert_false(list[0].dying);
    assert_int_equal(list[1].domid, 7);
    assert_true(list[1].dying);
    lib.error = EFAULT;
    assert_int_equal(xen.ops->domains(xen.ctx, list, 4), -EFAULT);
}

static void names_of_domains(void **state)
{
    char name[8] = "before";

    (void)state;
    lib.name = "a long name";
    assert_int_equal(xen.ops->name(xen.ctx, 7, name, sizeof(name)), 0);
    assert_string_equal(name, "a long ");
    assert_string_equal(lib.path, "/local/domain/7/name");
    lib.name = NULL;
    assert_int_equal(xen.ops->name(xen.ctx, 7, name, sizeof(name)), -ENOENT);
    lib.no_xs = true;
    assert_int_equal(xen.ops->name(xen.ctx, 7, name, sizeof(name)), -ECONNREFUSED);
}

static void who_is_asked_to_suspend(void **state)
{
    (void)state;
    assert_false(xen.ops->suspends(xen.ctx, 7)); /* there is no such node */
    assert_string_equal(lib.path, "/local/domain/7/control/shutdown");
    lib.shutdown = "suspend";
    assert_true(xen.ops->suspends(xen.ctx, 7));
    lib.shutdown = "poweroff";
    assert_false(xen.ops->suspends(xen.ctx, 7));
    lib.no_xs = true;
    assert_false(xen.ops->suspends(xen.ctx, 7));
}

static void time_goes_on(void **state)
{
    uint64_t before = xen.ops->now_ns(xen.ctx);

    (void)state;
    xen.ops->sleep_ms(xen.ctx, 3);
    assert_true(xen.ops->now_ns(xen.ctx) - before >= 3000000);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(connecting),
        CASE(an_operation_without_a_buffer),
        CASE(a_buffer_to_xen),
        CASE(a_buffer_from_xen),
        CASE(a_target),
        CASE(a_target_is_forgotten_and_started),
        CASE(no_memory),
        CASE(operations_need_no_memory),
        CASE(what_xen_says_it_is),
        CASE(what_the_host_has),
        CASE(which_cpus_are_online),
        CASE(which_domains_there_are),
        CASE(names_of_domains),
        CASE(who_is_asked_to_suspend),
        CASE(time_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
