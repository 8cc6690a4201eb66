# SPDX-License-Identifier: GPL-2.0-only
# Fuzzing by libFuzzer, under the address and undefined-behaviour sanitizers; README.md beside this
# says what each target is. Included by the top-level Makefile, behind the parts.
#
#   make fuzz MINUTES=5        every target for that long, from its corpus on; what was found
#   make fuzz-corpus           folds what that found new into tests/fuzz/corpus
# `make check` runs each corpus again, and a little more (tests/fuzz/run --short).

FUZZ := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g -MMD -MP -fno-strict-aliasing -fno-omit-frame-pointer \
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
  -Ihandoff-abi/include -Ishim -Ishim/tests -Wno-missing-field-initializers
fuzz_objects = $(patsubst %.c,$(FUZZ)/%.o,$1)

FUZZ_TARGETS := stream live note image insn events exits vlapic operator
FUZZ_HELD := $(SHIM_PORTABLE) shim/tests/fake/fake.c tests/fuzz/held.c
FUZZ_HANDOFF := $(ABI_CORE) handoff-abi/tests/help_handoff.c
FUZZ_SRC_stream := $(FUZZ_HANDOFF) handoff-abi/tests/help_stream.c
FUZZ_SRC_live := $(FUZZ_HANDOFF)
FUZZ_SRC_note := $(ABI_CORE) handoff-abi/src/hosted/note_file.c handoff-abi/src/hosted/file.c
FUZZ_TOOL := $(ABI_CORE) handoff-abi/src/hosted/note_file.c handoff-abi/src/hosted/file.c $(DOM0_COMMON:%=$(DOM0_DIR)/%.c)
FUZZ_SRC_image := $(FUZZ_TOOL)
FUZZ_SRC_insn := shim/guest/insn.c
FUZZ_SRC_events := $(FUZZ_HELD)
FUZZ_SRC_exits := $(FUZZ_HELD)
FUZZ_SRC_vlapic := $(FUZZ_HELD) tests/fuzz/lapic_model.c
FUZZ_SRC_operator := $(FUZZ_TOOL) $(addprefix $(DOM0_DIR)/tests/,fake_xen.c fake_ops.c)
FUZZ_LIBS := -lcmocka -lelf -ljansson
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(FUZZ)/%)

$(FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	@$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<

define FUZZ_TARGET
$$(FUZZ)/$1: $$(call fuzz_objects,tests/fuzz/$1.c $$(FUZZ_SRC_$1))
	@echo '  FUZZ $$@'
	@$$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $$@ $$^ $$(FUZZ_LIBS)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call FUZZ_TARGET,$t)))

MINUTES ?= 1
.PHONY: fuzz fuzz-corpus
fuzz: setup
	@mkdir -p $(FUZZ)
	@echo 'compiling the fuzz targets (log: $(FUZZ)/compile.log) ...'
	@$(MAKE) --no-print-directory -j$(JOBS) $(FUZZ_PROGRAMS) >$(FUZZ)/compile.log 2>&1 || \
	    { tail -n 40 $(FUZZ)/compile.log; exit 1; }
	@tests/fuzz/run --minutes $(MINUTES) $(FUZZ_TARGETS)

fuzz-corpus: $(FUZZ_PROGRAMS)
	@tests/fuzz/run --fold $(FUZZ_TARGETS)

-include $(shell [ ! -d $(FUZZ) ] || find $(FUZZ) -name '*.d')
