/* SPDX-License-Identifier: GPL-2.0-only */
/* xen_version: every sub-operation as Xen answers an unprivileged domain. */
#include "help_hypercall.h"

#define TEXT 0x200u /* where answers go */

static struct vcpu *guest(void)
{
    struct irx_xen_info *x = &shim.anchor->xen;

    x->virt_start = 0xffff800000000000ull;
    memcpy(x->extraversion, ".5-test", 7);
    memcpy(x->compile_info, "gcc", 3);
    memcpy(x->compile_info + 64, "me", 2);
    memcpy(x->capabilities, "hvm-3.0-x86_64 ", 15);
    memcpy(x->changeset, "unknown", 7);
    return env_current(run(1), 0);
}

static int64_t version(struct vcpu *v, int op)
{
    memset(guest_data(TEXT), 0xee, 1100);
    return served(v, __HYPERVISOR_xen_version, (uint64_t)op, env_data_va(TEXT), 0);
}

static void texts(void **state)
{
    struct vcpu *v = guest();
    const char *text = guest_data(TEXT);

    (void)state;
    assert_int_equal(version(v, XENVER_extraversion), 0);
    assert_string_equal(text, ".5-test");
    assert_int_equal((uint8_t)text[15], 0); /* the whole buffer, no more */
    assert_int_equal((uint8_t)text[16], 0xee);
    assert_int_equal(version(v, XENVER_compile_info), 0);
    assert_string_equal(text, "gcc");
    assert_string_equal(text + 64, "me");
    assert_int_equal((uint8_t)text[144], 0xee);
    assert_int_equal(version(v, XENVER_capabilities), 0);
    assert_string_equal(text, "hvm-3.0-x86_64 ");
    assert_int_equal((uint8_t)text[1023], 0);
    assert_int_equal((uint8_t)text[1024], 0xee);
    assert_int_equal(version(v, XENVER_changeset), 0);
    assert_string_equal(text, "unknown");
    assert_int_equal(version(v, XENVER_commandline), 0);
    assert_string_equal(text, "<denied>");
    assert_int_equal((uint8_t)text[9], 0xee);
    assert_int_equal(version(v, XENVER_build_id), -SHIM_EPERM);
    assert_int_equal(version(v, XENVER_platform_parameters), 0);
    assert_int_equal(*(uint64_t *)guest_data(TEXT), 0xffff800000000000ull);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_changeset, UNMAPPED, 0),
                     -SHIM_EFAULT);
}

static void features(void **state)
{
    struct vcpu *v = guest();
    struct xen_feature_info f = {.submap_idx = 0};

    (void)state;
    memcpy(guest_data(0), &f, sizeof(f));
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_get_features, env_data_va(0), 0),
                     0);
    memcpy(&f, guest_data(0), sizeof(f));
    assert_int_equal(f.submap, v->d->rec->answers.xen_features);
    f.submap_idx = 1;
    memcpy(guest_data(0), &f, sizeof(f));
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_get_features, env_data_va(0), 0),
                     -SHIM_EINVAL);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_get_features, UNMAPPED, 0),
                     -SHIM_EFAULT);
}

static void numbers(void **state)
{
    struct vcpu *v = guest();

    (void)state;
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_version, UNMAPPED, 0), 0x40011);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0), 4096);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_pagesize, 1, 0), -SHIM_EINVAL);
}

/* FLASK may deny a domain each of these, but for the three that no policy is asked about. */
static void another_policy(void **state)
{
    static const int asked[] = {XENVER_extraversion, XENVER_compile_info, XENVER_capabilities,
                                XENVER_changeset,    XENVER_pagesize,     XENVER_guest_handle,
                                XENVER_commandline,  XENVER_build_id};
    struct vcpu *v = guest();

    (void)state;
    v->d->rec->answers.flags = 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(asked); i++)
        parks(v, __HYPERVISOR_xen_version, (uint64_t)asked[i], env_data_va(TEXT), 0);
    assert_int_equal(version(v, XENVER_version), 0x40011);
    assert_int_equal(version(v, XENVER_platform_parameters), 0);
    memset(guest_data(TEXT), 0, 4);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_get_features, env_data_va(TEXT), 0),
                     0);
}

/* A Xen of ABI 1.0 says no more than these three. */
static void an_older_xen(void **state)
{
    struct vcpu *v = guest();

    (void)state;
    shim.anchor->version = IRX_VERSION(1, 0);
    assert_int_equal(version(v, XENVER_version), 0x40011);
    assert_int_equal(served(v, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0), 4096);
    assert_int_equal(version(v, XENVER_guest_handle), 0);
    parks(v, __HYPERVISOR_xen_version, XENVER_extraversion, env_data_va(TEXT), 0);
    parks(v, __HYPERVISOR_xen_version, XENVER_get_features, env_data_va(TEXT), 0);
    parks(v, __HYPERVISOR_xen_version, XENVER_commandline, env_data_va(TEXT), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(texts),          ENV_CASE(features),     ENV_CASE(numbers),
        ENV_CASE(another_policy), ENV_CASE(an_older_xen),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
