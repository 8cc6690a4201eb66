/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_MACHINE_SVM_H
#define TESTS_MACHINE_SVM_H

#include "svm/svm.h"

struct fake_svm {
    struct vmcb entered;  /* the VMCB as VMRUN found it */
    struct svm_spec spec; /* the same of this */
    unsigned int entries;
    void (*guest)(struct vcpu *v, struct vmcb *b); /* runs the guest, sets the exit */
};

extern struct fake_svm fake_svm;

#endif
