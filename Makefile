# SPDX-License-Identifier: GPL-2.0-only
#
# Interrex: the one Makefile. `make help` says what it can do.
#
# Each part of the house brings a fragment, included below, in which every path is
# relative to the top. A fragment of part P (abi, shim, xen, dom0) defines
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
-include xen-integration/xen.mk
-include xen-integration/dom0/dom0.mk
-include tests/nested/nested.mk
-include tests/fuzz/fuzz.mk
-include tests/model/model.mk

# Parts that exist.
HAVE := $(strip $(if $(wildcard handoff-abi/abi.mk),abi) $(if $(wildcard shim/shim.mk),shim) \
                $(if $(wildcard xen-integration/xen.mk),xen) \
                $(if $(wildcard xen-integration/dom0/dom0.mk),dom0))
HOST_TESTS := $(foreach p,$(HAVE),$($(p)_TESTS))
FRAME_TESTS := $(wildcard tests/frame/test_*.py tests/report/test_*.py tests/model/test_*.py tests/nested/tests/test_*.py)
BED_TOOL := $(wildcard tests/nested/bed)
# Names and tags of the nested scenarios that `make check` runs; without any, all but the long ones.
SCENARIOS ?=
CHECKED = $(or $(SCENARIOS),--without long)

# ---- What people type ----------------------------------------------------------------

.PHONY: help
help:
	@echo 'make check         everything: set-up, formatting, clang-tidy, licences, host tests, nested scenarios'
	@echo '               SCENARIOS="demo events": of these only those named or tagged so (tests/nested/bed list)'
	@echo 'make check-host    the same without the nested scenarios'
	@echo 'make check-long    only the nested scenarios that take long (hours)'
	@echo 'make demo          a Linux guest runs on while the Xen under it is replaced; report: build/demo/report.json'
	@echo 'make soak          a hundred updates under eight guests, in one run of the bed'
	@echo 'make faults    the campaign: every fault at every place, about three hundred updates and drills; build/faults/table.txt'
	@echo 'make bench     what an update costs by the sizes of host, guests and dom0, and what one does without it; build/bench/'
	@echo 'make fuzz      MINUTES=n: every fuzz target for that long; what was found'
	@echo 'make model     goes through all states of the state machines, with every fault'
	@echo 'make coverage  which lines and branches the host tests go through, by folder; fails below the limits'
	@echo '               BED=1: and the shim and Xen themselves in emulated machines'
	@echo 'make build         build everything, Xen included'
	@echo 'make format        format all C;  make format-check: only say what is not formatted'
	@echo 'make tidy          clang-tidy, warnings are errors'
	@echo 'make house         the plan of the house: which folder uses which, as text and as docs/house.svg'
	@echo 'make states        the state machines: docs/states.svg, and the list of arrows in docs/design.md'
	@echo 'make setup         install the Debian packages that the above need (done by each of them)'
	@echo 'make clean         remove build/'

.PHONY: setup
setup:
	@build-aux/setup

.PHONY: build
build: setup
	+@$(quiet_compile)
	@tests/nested/bed build

.PHONY: demo
demo: first-time setup
	@tests/nested/bed demo

.PHONY: soak
soak: setup
	@tests/nested/bed run soak --set rounds=10 --set updates=5

# ROUNDS=1: each fault once. ONLY=regex: only scenarios whose name matches.
.PHONY: faults
faults: setup
	@mkdir -p $(BUILD)/check
	@tests/nested/bed faults --jobs $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only '$(ONLY)') >$(BUILD)/check/faults.list
	@tests/run --budget 28800 $(BUILD)/check/faults.list; status=$$?; tests/nested/bed faults && exit $$status

# LONG=1: the hosts that take longest, too. ONLY=regex (a $ is make's): only hosts whose name matches.
.PHONY: bench
bench: setup
	@mkdir -p $(BUILD)/check
	@tests/nested/bed bench --jobs $(if $(LONG),--long) $(if $(ONLY),--only '$(ONLY)') >$(BUILD)/check/bench.list
	@tests/run --budget 14400 $(BUILD)/check/bench.list; status=$$?; tests/nested/bed bench && exit $$status

# Before anything that takes long without a word.
.PHONY: first-time
first-time:
	@[ -e $(BUILD)/setup.stamp ] || \
	    echo 'The first time this takes about ten minutes: packages are fetched, Xen is compiled; then one or two.'

.PHONY: check check-host check-long
check: $(BUILD)/check/all.list
	@tests/run $<

check-host: $(BUILD)/check/host.list
	@tests/run $<

check-long: $(BUILD)/check/long.list
	@tests/run --budget 43200 $<

.PHONY: format format-check
format: setup
	@build-aux/format

format-check: setup
	@build-aux/format --check

.PHONY: tidy
tidy: setup
	@build-aux/tidy $(TIDY_TARGETS)
	@[ ! -e $(BUILD)/xen/A/.done ] || build-aux/tidy --xen

.PHONY: house
house: setup
	@$(MAKE) --no-print-directory -j$(JOBS) compile >/dev/null
	@build-aux/house --plan --draw

.PHONY: states
states:
	@build-aux/states --draw

# The host tests once more, built with counters, in a folder of their own. Without optimisation and
# sanitizers, so that a branch is one of the source's.
COVERAGE := $(BUILD)/coverage
COVERAGE_FLAGS := $(filter-out -O%,$(HOST_CFLAGS)) -O0 -fprofile-update=atomic
.PHONY: coverage coverage-tests
coverage: setup
	@echo 'compiling with counters (log: $(COVERAGE)/compile.log) ...'
	@mkdir -p $(COVERAGE); $(MAKE) --no-print-directory -j$(JOBS) BUILD=$(COVERAGE) HOST_CC='$(HOST_CC) --coverage' \
	    HOST_CFLAGS='$(COVERAGE_FLAGS)' SANITIZE= XEN_OPTIMIZE=-O0 coverage-tests >$(COVERAGE)/compile.log 2>&1 || \
	    { tail -n 40 $(COVERAGE)/compile.log; exit 1; }
	@find $(COVERAGE) -name '*.gcda' -delete
	@BUILD=$(COVERAGE) tests/run --logs $(COVERAGE)/logs $(COVERAGE)/tests.list
	+@$(if $(STARTS_BED),$(coverage_bed))
	+@$(if $(STARTS_BED),$(coverage_xen))
	@build-aux/coverage $(if $(BED),--bed $(COVERAGE_BED) --xen $(COVERAGE_XEN)) $(COVERAGE)

# BED=1: also what the shim itself goes through in an emulated machine, on its own instructions.
COVERAGE_BED := $(BUILD)/coverage-bed
# make -n only says what it would do, but for lines that make others.
STARTS_BED = $(if $(findstring n,$(firstword -$(MAKEFLAGS))),,$(BED))
BED_MEMORY := $(COVERAGE_BED)/memory
define coverage_bed
mkdir -p $(COVERAGE_BED); rm -f $(BED_MEMORY); echo 'the shim with counters, in an emulated machine ...'; \
$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(COVERAGE_BED) HOST_CC=gcc SHIM_COUNTED=1 \
    $(COVERAGE_BED)/shim/qemu/quick >$(COVERAGE_BED)/compile.log 2>&1 || \
    { tail -n 40 $(COVERAGE_BED)/compile.log; exit 1; }; \
shim/tests/qemu/run $(COVERAGE_BED)/shim/qemu $(BED_MEMORY) >$(COVERAGE_BED)/test.log || \
    { tail -n 40 $(COVERAGE_BED)/test.log; exit 1; }; \
build-aux/coverage_image $(COVERAGE_BED)/shim/shim-svm.elf $(BED_MEMORY) && rm -f $(BED_MEMORY)
endef

# And Xen's side, in scenarios that between them do what there is to do.
COVERAGE_SCENARIOS ?= demo parked recover quarantine pv-dom0 changes deadman settings pv-interrupts dead-cpu
COVERAGE_XEN := $(BUILD)/coverage-xen
define coverage_xen
tests/nested/bed build --counted && \
rm -rf $(COVERAGE_XEN) && mkdir -p $(COVERAGE_XEN) && \
printf '%s\n' $(foreach s,$(COVERAGE_SCENARIOS),'&counted-$s 3600 tests/nested/bed run --no-build --counted $s') \
    >$(COVERAGE_XEN)/scenarios.list && \
tests/run --logs $(COVERAGE_XEN)/logs $(COVERAGE_XEN)/scenarios.list && \
build-aux/coverage_xen $(COVERAGE_XEN) $(COVERAGE_SCENARIOS:%=$(BUILD)/nested/%/counts)
endef

coverage-tests: $(filter-out %.py %/quick,$(HOST_TESTS)) $(ABI_TOOL) $(ABI_BUILD)/golden_make $(DOM0_BUILD)/interrex
	$(file >$(BUILD)/tests.list,$(COVERAGE_LIST))

define COVERAGE_LIST
$(foreach t,$(filter-out %/quick shim/tests/%.py %/test_released.py,$(HOST_TESTS)),&$(call test_name,$t) 1200 $(call test_command,$t)
)
endef

.PHONY: clean
clean:
	rm -rf $(BUILD)

# ---- How -----------------------------------------------------------------------------

# Everything that the machine's own compiler builds: parts and their host tests.
.PHONY: compile
compile: $(HAVE) $(filter-out %.py,$(HOST_TESTS)) $(FUZZ_PROGRAMS) $(MODEL)

# All of that in one line, or with the end of its log where it fails.
define quiet_compile
mkdir -p $(BUILD)/check; echo 'compiling (log: $(BUILD)/check/compile.log) ...'; \
$(MAKE) --no-print-directory -j$(JOBS) compile >$(BUILD)/check/compile.log 2>&1 || \
    { tail -n 40 $(BUILD)/check/compile.log; exit 1; }
endef

# The lists of tests that tests/run works through: name, time limit in seconds, command. The limits are
# there to end what hangs, and generous: everything may take several times as long as usual.
test_name = $(subst /,-,$(patsubst $(BUILD)/%,%,$(basename $1)))
test_command = $(if $(filter %.py,$1),$(PYTHON) $1,$1)
# Parts that name no tests have a target that runs them, or none at all.
fragment_abi := handoff-abi/abi.mk
fragment_shim := shim/shim.mk
fragment_xen := xen-integration/xen.mk
fragment_dom0 := xen-integration/dom0/dom0.mk
whole_parts = $(foreach p,$(HAVE),$(if $($(p)_TESTS),,$(if $(shell grep '^$p-check:' $(fragment_$p)),$p)))

# Two at a time, but for what runs an emulator with several threads.
define HOST_LIST
&licences 300 build-aux/check-licences
&content 300 build-aux/check-content
&format 600 build-aux/format --check
&shell 600 build-aux/check-shell
&house 300 build-aux/house
$(if $(wildcard handoff-abi/states.table),&states 300 build-aux/states
)$(foreach t,$(FRAME_TESTS),&$(call test_name,$t) 1200 $(PYTHON) $t
)$(foreach p,$(whole_parts),&$p 1200 $(MAKE) --no-print-directory $p-check
)$(foreach t,$(filter-out %/quick,$(HOST_TESTS)),&$(call test_name,$t) 600 $(call test_command,$t)
)$(if $(FUZZ_PROGRAMS),&fuzz 1200 tests/fuzz/run --short $(FUZZ_TARGETS)
)$(foreach t,$(filter %/quick,$(HOST_TESTS)),$(call test_name,$t) 600 $(call test_command,$t)
)
endef

# It takes what the nested scenarios leave of the machine, and should not disturb them.
TIDY_LIST = $(if $(HAVE),&tidy 3600 nice -n 10 build-aux/tidy $(TIDY_TARGETS))
# What looks at Xen as it was built: after that.
define XEN_LIST
&house-built 300 build-aux/house --built
&tidy-xen 3600 nice -n 10 build-aux/tidy --xen
endef

.PHONY: $(BUILD)/check/all.list $(BUILD)/check/host.list $(BUILD)/check/long.list
$(BUILD)/check/host.list: | ready
	$(file >$@,$(HOST_LIST))
	$(file >>$@,$(TIDY_LIST))

$(BUILD)/check/all.list: | ready
	$(file >$(BUILD)/check/first.list,$(HOST_LIST))
	$(file >$(BUILD)/check/last.list,$(TIDY_LIST))
	$(if $(and $(BED_TOOL),$(filter xen,$(HAVE))),$(file >>$(BUILD)/check/last.list,$(XEN_LIST)))
	@cat $(BUILD)/check/first.list $(BUILD)/check/nested.list $(BUILD)/check/last.list >$@

$(BUILD)/check/long.list: | ready
	@$(BED_TOOL) list --jobs long >$@

# Set up, see which scenarios are meant, then compile: in this order also under -j, and before a list is made.
.PHONY: ready
ready: setup
	@mkdir -p $(BUILD)/check
	@$(if $(BED_TOOL),$(BED_TOOL) list --jobs $(CHECKED),:) >$(BUILD)/check/nested.list
	+@$(quiet_compile)
