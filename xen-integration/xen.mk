# SPDX-License-Identifier: GPL-2.0-only
# Host tests of our files in Xen: what is arithmetic or bookkeeping is compiled as it is, against
# stand-ins for Xen's headers (tests/include) and with the sanitizers. Xen itself is built by the
# bed (tests/nested).
#
#   make xen                those files, for the host
#   make xen-check          their tests alone
#
# Works alone too, from the top: make -f xen-integration/xen.mk xen-check

ifeq ($(.DEFAULT_GOAL),)
.DEFAULT_GOAL := xen
endif
ifndef ABI_LIB
include handoff-abi/abi.mk
endif

XEN_DIR := xen-integration
XEN_BUILD := $(BUILD)/xen-host
XEN_OPTIMIZE ?= -O1
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=undefined
# Xen's own C, with its own warnings; unused arguments are those of its stand-ins.
XEN_CFLAGS := $(HOST_CFLAGS) -std=gnu11 $(XEN_OPTIMIZE) -Wno-unused-parameter -Wno-sign-compare \
  -Wno-missing-field-initializers -DCONFIG_INTERREX -DXEN_IMG_OFFSET=0x200000 \
  $(SANITIZE) -I$(XEN_DIR)/tests/include \
  -iquote $(XEN_DIR)/src -iquote $(XEN_DIR)/src/private -iquote $(XEN_DIR)/tests/include/xen -I$(XEN_DIR)/src/include -Ihandoff-abi/include -I$(XEN_DIR)/tests

XEN_WORLD := tests/world tests/world_memory tests/world_domains

# test_NAME: what it is a test of, in src/; helpers of its own, in tests/. All of handoff-abi is there.
layout_UNITS := region/layout
image_UNITS := region/image region/region region/layout
image_HELPERS := region_bench
domain_table_UNITS := region/domain_table region/quarantine region/region region/layout
domain_table_HELPERS := region_bench
region_UNITS := region/region region/layout
boot_memory_UNITS := resume/memory region/gaps region/region region/layout
boot_memory_HELPERS := heap_noted
heap_UNITS := resume/heap
frame_set_UNITS := pv/frame_set
early_export_UNITS := handover/early_export state/preserved region/gaps state/cpu_list state/firmware region/section \
  region/validate region/domain_table region/quarantine region/region region/layout
early_export_HELPERS := region_bench early_bench
rehearse_UNITS := $(early_export_UNITS) handover/rehearse
rehearse_HELPERS := region_bench early_bench no_pv
early_import_UNITS := $(early_export_UNITS) resume/early_import resume/memory region/image
early_import_HELPERS := region_bench early_bench heap_noted
claim_UNITS := hold/claim hold/abandon hold/wait lend/dead region/busy region/states region/quarantine region/domain_table region/region \
  region/layout
claim_HELPERS := region_bench
memory_UNITS := state/memory state/mappings region/busy region/quarantine region/domain_table region/region region/layout
carry_UNITS := hold/carry region/quarantine region/domain_table region/region region/layout
carry_HELPERS := region_bench
memory_HELPERS := region_bench memory_bench memory_adopt no_pv
memory_import_UNITS := $(memory_UNITS)
memory_import_HELPERS := $(memory_HELPERS)
affinity_UNITS := lend/affinity lend/homes lend/scheduling state/cpu_list region/section region/validate \
  region/region region/layout
affinity_HELPERS := region_bench
share_UNITS := lend/share lend/affinity lend/homes region/region region/layout
share_HELPERS := region_bench
ports_UNITS := state/evtchn_rebuild region/region region/layout
ports_HELPERS := region_bench
spec_export_UNITS := region/region region/layout
timers_UNITS := state/timers
evtchn_UNITS := state/evtchn region/region region/layout
evtchn_HELPERS := region_bench
choose_UNITS := lend/choose region/region region/layout
choose_HELPERS := region_bench
vectors_UNITS := lend/vectors
cpus_UNITS := lend/cpus region/region region/layout
cpus_HELPERS := region_bench
return_UNITS := lend/return lend/dead region/states region/region region/layout
return_HELPERS := region_bench
waits_UNITS := state/waits
watchdog_UNITS := state/watchdog
held_UNITS := hold/held
deadman_UNITS := resume/deadman op/deadman region/busy region/quarantine region/domain_table region/states region/region \
  region/layout
deadman_HELPERS := region_bench
fallback_UNITS := op/fallback region/watch region/image region/validate region/region region/layout
fallback_HELPERS := region_bench
load_UNITS := op/load region/watch region/states region/region region/layout
load_HELPERS := region_bench
watch_UNITS := region/watch region/region region/layout
watch_HELPERS := region_bench
limits_UNITS := op/limits region/region region/layout
limits_HELPERS := region_bench
room_UNITS := handover/room region/domain_table region/quarantine region/busy region/region region/layout
room_HELPERS := region_bench
op_UNITS := op/op region/busy lend/choose region/quarantine region/domain_table region/image region/region region/layout
op_HELPERS := region_bench
op_steps_UNITS := $(op_UNITS)
op_steps_HELPERS := region_bench
pirqs_UNITS := state/dom0_pirq region/section region/validate region/region region/layout
pirqs_HELPERS := region_bench
cpupools_UNITS := lend/cpupools lend/affinity lend/homes

audit_UNITS := audit/walk audit/compare

XEN_TESTS := $(patsubst $(XEN_DIR)/tests/test_%.c,%,$(wildcard $(XEN_DIR)/tests/test_*.c))
xen_TESTS := $(XEN_TESTS:%=$(XEN_BUILD)/test_%)

.PHONY: xen
xen: $(sort $(foreach t,$(XEN_TESTS),$($t_UNITS:%=$(XEN_BUILD)/src/%.o)))

.PHONY: xen-check
xen-check: $(xen_TESTS)
	@set -e; for t in $(xen_TESTS); do $$t; done

$(XEN_BUILD)/%.o: $(XEN_DIR)/%.c
	@mkdir -p $(@D)
	@$(HOST_CC) $(XEN_CFLAGS) -c -o $@ $<

$(XEN_BUILD)/abi/%.o: handoff-abi/src/%.c
	@mkdir -p $(@D)
	@$(HOST_CC) $(XEN_CFLAGS) -c -o $@ $<

XEN_ABI := $(XEN_BUILD)/abi.a
$(XEN_ABI): $(ABI_CORE:handoff-abi/src/%.c=$(XEN_BUILD)/abi/%.o)
	@rm -f $@
	@ar rcs $@ $^

xen_test_objects = $(patsubst %,$(XEN_BUILD)/%.o,tests/test_$1 $(XEN_WORLD) $($1_HELPERS:%=tests/%) \
  $($1_UNITS:%=src/%)) $(XEN_ABI)
$(foreach t,$(XEN_TESTS),$(eval $(XEN_BUILD)/test_$t: $(call xen_test_objects,$t)))
$(xen_TESTS):
	@$(HOST_CC) $(XEN_CFLAGS) -o $@ $^ -lcmocka

-include $(wildcard $(XEN_BUILD)/tests/*.d $(XEN_BUILD)/src/*/*.d $(XEN_BUILD)/abi/*.d)
