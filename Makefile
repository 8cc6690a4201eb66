# SPDX-License-Identifier: GPL-2.0-only
#
# Interrex: the one Makefile. `make help` says what it can do.
#
# Each part of the house brings a fragment, included below, in which every path is
# relative to the top. A fragment of part P (abi, shim, dom0) defines
#   P            target: build it
#   P-check      target: run its host tests alone
#   P_TESTS      host tests: programs that the fragment says how to build, or .py files;
#                `make check` runs each with a time limit and counts its cases
# and builds below $(BUILD)/P. The flags to use: $(HOST_CC) $(HOST_CFLAGS).

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BUILD := build
PYTHON := python3
HOST_CC ?= gcc
HOST_CFLAGS ?= -std=c11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror -MMD -MP
JOBS := $(shell nproc 2>/dev/null || echo 1)
TIDY_TARGETS := compile

-include handoff-abi/abi.mk
-include shim/shim.mk
-include xen-integration/dom0/dom0.mk
-include tests/nested/nested.mk

# Parts that exist.
HAVE := $(strip $(if $(wildcard handoff-abi/abi.mk),abi) $(if $(wildcard shim/shim.mk),shim) \
                $(if $(wildcard xen-integration/dom0/dom0.mk),dom0))
HOST_TESTS := $(foreach p,$(HAVE),$($(p)_TESTS))
FRAME_TESTS := $(wildcard tests/frame/test_*.py tests/report/test_*.py tests/nested/tests/test_*.py)
BED := $(wildcard tests/nested/bed)
# `bed costs` runs those of its own.
SCENARIOS := $(filter-out costs-%,$(basename $(notdir $(wildcard tests/nested/scenarios/*.scn))))

# ---- What people type ----------------------------------------------------------------

.PHONY: help
help:
	@echo 'make check         everything: set-up, formatting, clang-tidy, licences, host tests, nested scenarios'
	@echo 'make check-host    the same without the nested scenarios'
	@echo 'make demo          a Linux guest runs on while the Xen under it is replaced; report: build/demo/report.json'
	@echo 'make soak          a hundred updates under eight guests, in one run of the bed'
	@echo 'make build         build everything, Xen included'
	@echo 'make format        format all C;  make format-check: only say what is not formatted'
	@echo 'make tidy          clang-tidy, warnings are errors'
	@echo 'make setup         install the Debian packages that the above need (done by each of them)'
	@echo 'make clean         remove build/'

.PHONY: setup
setup:
	@build-aux/setup

.PHONY: build
build: setup
	@$(MAKE) --no-print-directory -j$(JOBS) compile
	@tests/nested/bed build

.PHONY: demo
demo: setup
	@$(MAKE) --no-print-directory -j$(JOBS) compile
	@tests/nested/bed run demo

.PHONY: soak
soak: setup
	@$(MAKE) --no-print-directory -j$(JOBS) compile
	@tests/nested/bed run soak --set rounds=10 --set updates=5

.PHONY: check check-host
check: $(BUILD)/check/all.list
	@tests/run $<

check-host: $(BUILD)/check/host.list
	@tests/run $<

.PHONY: format format-check
format: setup
	@build-aux/format

format-check: setup
	@build-aux/format --check

.PHONY: tidy
tidy: setup
	@build-aux/tidy $(TIDY_TARGETS)

.PHONY: clean
clean:
	rm -rf $(BUILD)

# ---- How -----------------------------------------------------------------------------

# Everything that the machine's own compiler builds: parts and their host tests.
.PHONY: compile
compile: $(HAVE) $(filter-out %.py,$(HOST_TESTS))

# The lists of tests that tests/run works through: name, time limit in seconds, command.
# Quick ones first.
test_name = $(subst /,-,$(patsubst $(BUILD)/%,%,$(basename $1)))
test_command = $(if $(filter %.py,$1),$(PYTHON) $1,$1)
# Parts that name no tests have a target that runs them, or none at all.
fragment_abi := handoff-abi/abi.mk
fragment_shim := shim/shim.mk
fragment_dom0 := xen-integration/dom0/dom0.mk
whole_parts = $(foreach p,$(HAVE),$(if $($(p)_TESTS),,$(if $(shell grep '^$p-check:' $(fragment_$p)),$p)))

define HOST_LIST
licences 60 build-aux/check-licences
content 60 build-aux/check-content
format 120 build-aux/format --check
shell 120 build-aux/check-shell
$(if $(HAVE),tidy 600 build-aux/tidy $(TIDY_TARGETS))
$(foreach t,$(FRAME_TESTS),$(call test_name,$t) 300 $(PYTHON) $t
)$(foreach p,$(whole_parts),$p 300 $(MAKE) --no-print-directory $p-check
)$(foreach t,$(HOST_TESTS),$(call test_name,$t) 120 $(call test_command,$t)
)
endef

# A scenario whose emulator has one thread may run beside another.
MANY_THREADS := $(basename $(notdir $(shell grep -ls threads=multi tests/nested/scenarios/*.scn)))
define NESTED_LIST
$(if $(BED),bed-build 1500 $(BED) build --all
)$(foreach s,$(filter $(MANY_THREADS),$(SCENARIOS)),nested-$s 1800 $(BED) run --no-build $s
)$(foreach s,$(filter-out $(MANY_THREADS),$(SCENARIOS)),&nested-$s 1800 $(BED) run --no-build $s
)$(if $(BED),&costs 1200 $(BED) costs --no-build
)
endef

.PHONY: $(BUILD)/check/all.list $(BUILD)/check/host.list
$(BUILD)/check/host.list: | ready
	@mkdir -p $(@D)
	$(file >$@,$(HOST_LIST))

$(BUILD)/check/all.list: | ready
	@mkdir -p $(@D)
	$(file >$@,$(HOST_LIST)$(NESTED_LIST))

# Set up, then compile: in this order also under -j, and before a list is made.
.PHONY: ready
ready: setup
	@mkdir -p $(BUILD)/check
	@echo 'compiling (log: $(BUILD)/check/compile.log) ...'
	@$(MAKE) --no-print-directory -j$(JOBS) compile >$(BUILD)/check/compile.log 2>&1 || \
	    { tail -n 40 $(BUILD)/check/compile.log; exit 1; }
