/* SPDX-License-Identifier: GPL-2.0-only */
/* struct svm_spec and IRX_SPEC_* for vmrun.S; run.c checks them. */
#ifndef SHIM_SVM_SPEC_OFFSETS_H
#define SHIM_SVM_SPEC_OFFSETS_H

#define SPEC_FLAGS 0
#define SPEC_HOST  8
#define SPEC_GUEST 12
#define SPEC_LAST  16

#define SPEC_GUEST_CTRL 2
#define SPEC_IBPB_EXIT  4
#define SPEC_RSB_EXIT   32
#define SPEC_VERW_ENTRY 128
#define SPEC_DIV_ENTRY  512

#endif
