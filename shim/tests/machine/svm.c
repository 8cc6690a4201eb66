/* SPDX-License-Identifier: GPL-2.0-only */
/* svm/vmrun.S on the fake machine: VMRUN is what the test says. */
#include "svm.h"

struct fake_svm fake_svm;

void svm_enter(struct vcpu *v, paddr_t vmcb, paddr_t host, struct svm_spec *speculation)
{
    struct vmcb *b = (struct vmcb *)vmcb;

    (void)host;
    fake_svm.spec = *speculation;
    fake_svm.entered = *b;
    fake_svm.entries++;
    b->event_inject &= ~EVENT_VALID; /* delivered */
    b->exit_int_info = 0;
    b->exit_code = EXIT_INTR;
    if (fake_svm.guest)
        fake_svm.guest(v, b);
}

void svm_stgi(void)
{
}

void svm_vmsave(paddr_t page)
{
    (void)page;
}
