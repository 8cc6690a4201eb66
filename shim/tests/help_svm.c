/* SPDX-License-Identifier: GPL-2.0-only */
#include "help_svm.h"

#include <string.h>

#include "core/vendor.h"
#include "guest/exit.h"

int setup(void **state)
{
    memset(&fake_svm, 0, sizeof(fake_svm));
    fake.has_svm = true;
    fake.is_tcg = false;
    return env_setup(state);
}

int setup_tcg(void **state)
{
    memset(&fake_svm, 0, sizeof(fake_svm));
    fake.has_svm = fake.is_tcg = true;
    return env_setup(state);
}

struct dom *run(uint32_t vcpus)
{
    return env_run(env_domain(0, 1, vcpus));
}

struct vcpu *current(void)
{
    return env_current(run(1), 0);
}

struct vmcb *vmcb(struct vcpu *v)
{
    return v->vendor;
}

uint32_t enter(struct vcpu *v, bool *served)
{
    struct vm_exit e = vendor_run(env_cpu(0), v, false);

    *served = exit_serve(env_cpu(0), v, &e);
    return e.class;
}

static uint64_t exit_code, exit_info1, exit_info2;

static void exit_with(struct vcpu *v, struct vmcb *b)
{
    (void)v;
    b->exit_code = exit_code;
    b->exit_info1 = exit_info1;
    b->exit_info2 = exit_info2;
}

uint32_t exit_next_rip(struct vcpu *v, uint64_t code, uint64_t info1, uint64_t next, bool *served)
{
    exit_code = code;
    exit_info1 = info1;
    exit_info2 = next;
    fake_svm.guest = exit_with;
    return enter(v, served);
}

uint32_t exit_class(struct vcpu *v, uint64_t code, uint64_t info1, bool *served)
{
    return exit_next_rip(v, code, info1, 0, served);
}
