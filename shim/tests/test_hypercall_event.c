/* SPDX-License-Identifier: GPL-2.0-only */
/* event_channel_op: what of it is served. */
#include "help_hypercall.h"

static int64_t port_op(struct vcpu *v, int op, uint32_t port)
{
    memcpy(guest_data(0), &port, sizeof(port));
    return served(v, __HYPERVISOR_event_channel_op, (uint64_t)op, env_data_va(0), 0);
}

static void event_channel_op(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    assert_int_equal(port_op(v, EVTCHNOP_send, 12), 0);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 12);
    assert_int_equal(port_op(v, EVTCHNOP_send, 12345), -SHIM_EINVAL);
    assert_int_equal(port_op(v, EVTCHNOP_unmask, 12), 0);
    assert_int_equal(served(v, __HYPERVISOR_event_channel_op, EVTCHNOP_send, UNMAPPED, 0),
                     -SHIM_EFAULT);
    parks(v, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, env_data_va(0), 0);
    assert_int_equal(v->park_detail >> 16, EVTCHNOP_bind_ipi);
    parks(v, __HYPERVISOR_event_channel_op, EVTCHNOP_close, env_data_va(0), 0);
}

static int64_t bind_vcpu(struct vcpu *v, uint32_t port, uint32_t vcpu)
{
    struct evtchn_bind_vcpu bind = {.port = port, .vcpu = vcpu};

    memcpy(guest_data(0), &bind, sizeof(bind));
    return served(v, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_vcpu, env_data_va(0), 0);
}

/* irqbalance in a guest */
static void event_channel_bind_vcpu(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;
    struct vcpu *v;

    (void)state;
    env_ports(r)[30] = (struct irx_port){.state = IRX_PORT_VIRQ, .remote_port = VIRQ_DOM_EXC};
    env_ports(r)[31] = (struct irx_port){.state = IRX_PORT_VIRQ, .remote_port = VIRQ_DEBUG};
    d = env_run(r);
    v = env_current(d, 0);
    assert_int_equal(bind_vcpu(v, 20, 1), 0); /* between domains */
    assert_int_equal(d->ports[20].notify_vcpu, 1);
    assert_int_equal(bind_vcpu(v, 21, 1), 0); /* unbound */
    assert_int_equal(bind_vcpu(v, 30, 1), 0);
    assert_int_equal(d->ports[30].notify_vcpu, 1);
    assert_int_equal(bind_vcpu(v, 31, 1), -SHIM_EINVAL); /* a vCPU's own */
    assert_int_equal(bind_vcpu(v, 1, 1), -SHIM_EINVAL);
    assert_int_equal(bind_vcpu(v, 11, 1), -SHIM_EINVAL); /* IPI */
    assert_int_equal(d->ports[11].notify_vcpu, 0);
    assert_int_equal(bind_vcpu(v, 100, 1), -SHIM_EINVAL);
    assert_int_equal(bind_vcpu(v, ENV_PORTS, 1), -SHIM_EINVAL);
    assert_int_equal(bind_vcpu(v, 20, 2), -SHIM_ENOENT);
    d->ports[20].flags = IRX_PORT_F_CONSUMER;
    assert_int_equal(bind_vcpu(v, 20, 0), -SHIM_EINVAL);
    d->ports[20].flags = 0;
    shim.anchor->version = IRX_VERSION(1, 0); /* whoever claims it would not look */
    parks(v, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_vcpu, env_data_va(0), 0);
}

static struct evtchn_status status(struct vcpu *v, uint16_t dom, uint32_t port, int64_t want)
{
    struct evtchn_status s = {.dom = dom, .port = port};

    memcpy(guest_data(0), &s, sizeof(s));
    assert_int_equal(served(v, __HYPERVISOR_event_channel_op, EVTCHNOP_status, env_data_va(0), 0),
                     want);
    memcpy(&s, guest_data(0), sizeof(s));
    return s;
}

static void event_channel_status(void **state)
{
    struct dom *d = run(2);
    struct vcpu *v = env_current(d, 0);
    struct evtchn_status s;

    (void)state;
    s = status(v, DOMID_SELF, 12, 0);
    assert_int_equal(s.status, EVTCHNSTAT_ipi);
    assert_int_equal(s.vcpu, 1);
    s = status(v, 1, 20, 0);
    assert_int_equal(s.status, EVTCHNSTAT_interdomain);
    assert_int_equal(s.u.interdomain.port, 99);
    assert_int_equal(status(v, DOMID_SELF, 0, 0).status, EVTCHNSTAT_closed);
    assert_int_equal(status(v, DOMID_SELF, 21, 0).status, EVTCHNSTAT_unbound);
    assert_int_equal(status(v, DOMID_SELF, 1, 0).status, EVTCHNSTAT_virq);
    status(v, DOMID_SELF, ENV_PORTS, -SHIM_EINVAL);
    d->ports[12].flags = IRX_PORT_F_CONSUMER;
    status(v, DOMID_SELF, 12, -13);
    s.dom = 7;
    memcpy(guest_data(0), &s, sizeof(s));
    parks(v, __HYPERVISOR_event_channel_op, EVTCHNOP_status, env_data_va(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(event_channel_op),
        ENV_CASE(event_channel_status),
        ENV_CASE(event_channel_bind_vcpu),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
