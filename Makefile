# SPDX-License-Identifier: Apache-2.0
# perturb - see README.md; "make help" lists the targets.

VERSION := 0.1.0

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/perturb
SYSCONFDIR ?= /etc
DATADIR ?= $(PREFIX)/share/perturb
MANDIR ?= $(PREFIX)/share/man
COMPLETIONS ?= $(PREFIX)/share

# Debian packages that each job needs; "make deps" installs the missing ones.
DEPS_BUILD := gcc libc6-dev pkg-config libnl-3-dev libnl-route-3-dev libcurl4-openssl-dev \
	libyaml-dev libcjson-dev libmd-dev libseccomp-dev libmicrohttpd-dev libpq-dev
DEPS_CHECK := $(DEPS_BUILD) check iproute2 iputils-ping iperf3 curl jq python3 python3-jsonschema python3-yaml \
	busybox-static docker.io podman crun iptables nftables user-mode-linux kmod binutils procps \
	nginx-light postgresql prometheus python3-grpcio redis-server wrk
DEPS_LINT := $(DEPS_BUILD) check clang libclang-rt-14-dev clang-format clang-tidy cppcheck mandoc shellcheck

PKG_CONFIG ?= pkg-config
PACKAGES := libnl-3.0 libnl-route-3.0 libcurl yaml-0.1 libcjson libmd libseccomp
# Libraries that a build can do without: NAME=package. Where the package is, PERTURB_NAME is defined;
# WITHOUT_NAME=1 leaves it out all the same.
OPTIONAL := POSTGRES=libpq

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

# Variants live side by side: build/release, build/san (SAN=1), build/fuzz (SAN=fuzz, clang only).
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
ifeq ($(SAN),1)
VARIANT := san
CFLAGS ?= -O1 -g
HARDENING := $(SANITIZERS) -fno-omit-frame-pointer
LDHARDENING := $(SANITIZERS)
else ifeq ($(SAN),fuzz)
VARIANT := fuzz
CFLAGS ?= -O1 -g
HARDENING := $(SANITIZERS) -fsanitize=fuzzer-no-link -fno-omit-frame-pointer
LDHARDENING := $(SANITIZERS)
else
VARIANT := release
CFLAGS ?= -O2 -g
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	-fstack-clash-protection -fPIE
LDHARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif

BUILD := build
OUT := $(BUILD)/$(VARIANT)

# pkg-config is asked once, when the first recipe needs it: not before "make deps" had its turn.
pkg = $(or $(shell $(PKG_CONFIG) $1),$(error $(PKG_CONFIG) $1 found nothing: run "make deps"))
name_of = $(firstword $(subst =, ,$1))
package_of = $(lastword $(subst =, ,$1))
optional = $(if $(WITHOUT_$(call name_of,$1)),,$(if $(shell $(PKG_CONFIG) --exists $(call \
	package_of,$1) && echo yes),$1))
OPTIONAL_FOUND = $(eval OPTIONAL_FOUND := $(foreach each,$(OPTIONAL),$(call \
	optional,$(each))))$(OPTIONAL_FOUND)
PACKAGES_ALL = $(PACKAGES) $(foreach each,$(OPTIONAL_FOUND),$(call package_of,$(each)))
PKG_CFLAGS = $(eval PKG_CFLAGS := $(call pkg,--cflags $(PACKAGES_ALL)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(call pkg,--libs $(PACKAGES_ALL)))$(PKG_LIBS)

OPTIONAL_DEFINES = $(foreach each,$(OPTIONAL_FOUND),-DPERTURB_$(call name_of,$(each)))
CPPFLAGS_ALL = -I. -I$(OUT) -D_GNU_SOURCE -DPERTURB_VERSION='"$(VERSION)"' $(OPTIONAL_DEFINES) \
	$(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(WARNINGS) $(HARDENING) $(CFLAGS) $(PKG_CFLAGS)
LDFLAGS_ALL = $(CFLAGS) $(LDHARDENING) -Wl,--as-needed $(LDFLAGS)
LDLIBS_ALL = $(PKG_LIBS) -lm -lpthread

# Short output; V=1 shows the commands.
ifneq ($(V),1)
say = @printf '%s\n' '$1 $(@:$(BUILD)/%=%)';
else
say =
endif

COMPILE = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
LINK = $(CC) $(LDFLAGS_ALL)

LIBRARY := $(OUT)/libperturb.a
LIBRARY_SOURCES := $(sort $(wildcard reports/*.c faults/*.c faults/*/*.c experiments/*.c \
	experiments/*/*.c) $(filter-out cli/main.c,$(wildcard cli/*.c)))
SERVICES_SOURCES := $(sort $(wildcard cli/demo-services/*.c))
UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
HELPER_SOURCES := $(sort $(wildcard tests/helpers/*.c))
BENCH_SOURCES := $(sort $(wildcard tests/bench/*.c))
SOURCES := $(LIBRARY_SOURCES) cli/main.c $(SERVICES_SOURCES) $(UNIT_SOURCES) $(FUZZ_SOURCES) \
	$(HELPER_SOURCES) $(BENCH_SOURCES)
HEADERS := $(sort $(wildcard cli/*.h cli/*/*.h experiments/*.h experiments/*/*.h faults/*.h \
	faults/*/*.h reports/*.h))

LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(OUT)/%.o)
SERVICES_OBJECTS := $(SERVICES_SOURCES:%.c=$(OUT)/%.o)
UNIT_PROGRAMS := $(UNIT_SOURCES:%.c=$(OUT)/%)
FUZZ_PROGRAMS := $(FUZZ_SOURCES:%.c=$(OUT)/%)
# A program each, but for what is preloaded into other programs.
PRELOADED := $(BUILD)/helpers/xstate.so $(BUILD)/helpers/fail.so
HELPERS := $(filter-out $(PRELOADED:.so=),$(HELPER_SOURCES:tests/helpers/%.c=$(BUILD)/helpers/%))
BENCHES := $(BENCH_SOURCES:tests/bench/%.c=$(BUILD)/bench/%)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: FORCE

.PHONY: all
all: $(BUILD)/perturb $(OUT)/perturb-demo-services ## builds build/perturb (SAN=1: with sanitizers)

$(BUILD)/perturb: $(OUT)/perturb FORCE
	@ln -sf $(VARIANT)/perturb $@

$(OUT)/perturb: $(OUT)/cli/main.o $(LIBRARY)
	$(call say,LD) $(LINK) -o $@ $^ $(LDLIBS_ALL)

$(OUT)/perturb-demo-services: $(SERVICES_OBJECTS)
	$(call say,LD) $(LINK) -o $@ $^ $(call pkg,--libs libmicrohttpd libcurl) -lpthread

$(LIBRARY): $(LIBRARY_OBJECTS) $(OUT)/objects
	@rm -f $@
	$(call say,AR) $(AR) rcs $@ $(LIBRARY_OBJECTS)

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -MMD -MP -c -o $@ $<

# What the assembler includes, which -MMD does not see.
$(OUT)/reports/schema.o: reports/report.schema.json
$(OUT)/experiments/schema_experiment.o: experiments/experiment.schema.json

# What is generated: the experiment of the demo, and where "make install" puts things.
QUICKSTART := $(OUT)/cli/quickstart.inc
PATHS := $(OUT)/cli/paths.h
POLICY_PATH := $(OUT)/cli/policy_path.h
GENERATED := $(QUICKSTART) $(PATHS) $(POLICY_PATH)
$(QUICKSTART): experiments/catalog/quickstart.yaml
	@mkdir -p $(@D)
	$(call say,GEN) sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $< >$@
$(OUT)/cli/demo.o: $(QUICKSTART)
$(OUT)/experiments/schema_experiment.o: experiments/experiment.schema.json
$(OUT)/reports/schema.o: reports/report.schema.json
$(OUT)/cli/demo_services.o: $(PATHS)
$(OUT)/cli/runner_protection.o $(OUT)/cli/doctor_policy.o: $(POLICY_PATH)

# Texts that are written anew only when they change: then everything, or what needs the paths, is
# built again; the last one notices source files that come and go.
$(OUT)/flags: TEXT = $(COMPILE) $(LDFLAGS_ALL)
$(PATHS): TEXT = \#define LIBEXEC_DIRECTORY "$(LIBEXECDIR)"
$(POLICY_PATH): TEXT = \#define POLICY_FILE "$(SYSCONFDIR)/perturb/policy.yaml"
$(OUT)/objects: TEXT = $(LIBRARY_OBJECTS)
$(OUT)/flags $(PATHS) $(POLICY_PATH) $(OUT)/objects: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(TEXT))' >$@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv -f $@.new $@; fi

-include $(patsubst %.c,$(OUT)/%.d,$(SOURCES)) $(HELPERS:=.d) $(PRELOADED:.so=.d) $(BENCHES:=.d)

# --- what tests are made of --------------------------------------------------------------------

$(OUT)/tests/unit/%: $(OUT)/tests/unit/%.o $(LIBRARY)
	$(call say,LD) $(LINK) -o $@ $^ $(call pkg,--libs check) $(LDLIBS_ALL)

$(OUT)/tests/fuzz/%: $(OUT)/tests/fuzz/%.o $(LIBRARY)
	$(call say,LD) $(LINK) -fsanitize=fuzzer -o $@ $^ $(LDLIBS_ALL)

$(BUILD)/helpers/%: tests/helpers/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -MMD -MP -o $@ $< $(LDFLAGS_ALL) \
		$(call pkg,--libs libmicrohttpd) $(LDLIBS_ALL) -lpthread

$(BUILD)/helpers/%.so: tests/helpers/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(CC) $(CPPFLAGS_ALL) -std=c11 $(WARNINGS) $(CFLAGS) -fPIC -shared -MMD -MP -o $@ $<

$(BUILD)/bench/%: tests/bench/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -MMD -MP -o $@ $< $(LDFLAGS_ALL) $(LDLIBS_ALL) -lpthread

.PHONY: unit-programs check-programs fuzz-programs bench-programs
unit-programs: $(UNIT_PROGRAMS)
check-programs: all $(HELPERS) $(PRELOADED)
fuzz-programs: $(FUZZ_PROGRAMS)
bench-programs: all $(BENCHES) $(HELPERS)

# --- what a person types -----------------------------------------------------------------------

# As many jobs as there are processors, unless the caller has decided.
SUBMAKE = $(MAKE) --no-print-directory \
	$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: demo
demo: deps-build ## installs what is missing, builds, and runs the quickstart experiment
	@$(SUBMAKE) all
	$(BUILD)/perturb demo

.PHONY: check
check: deps-check ## installs what is missing and runs every test (TESTS=… runs some)
	@$(SUBMAKE) check-programs
	@$(SUBMAKE) SAN=1 unit-programs
	@tests/run $(TESTS)

.PHONY: sweep
sweep: deps-check ## kills each process of perturb after every call, fails every call of it once
	@$(SUBMAKE) check-programs
	@SWEEP_POINTS=0 TEST_TIMEOUT=36000 tests/run tests/sweep/test_sweep.sh tests/sweep/test_failures.sh

.PHONY: fuzz
FUZZ_SECONDS ?= 60
fuzz: deps-lint ## runs every fuzzer for FUZZ_SECONDS (0: until it is stopped)
	@$(SUBMAKE) SAN=fuzz CC=clang fuzz-programs
	@tests/fuzz/run $(FUZZ_SECONDS)

.PHONY: bench
bench: deps-check ## measures what the README promises, as root
	@$(SUBMAKE) bench-programs
	@tests/bench/run

.PHONY: deps deps-build deps-check deps-lint
deps: deps-check deps-lint ## installs every Debian package that building and testing needs
deps-build: PACKAGES_WANTED = $(DEPS_BUILD)
deps-check: PACKAGES_WANTED = $(DEPS_CHECK)
deps-lint: PACKAGES_WANTED = $(DEPS_LINT)
# No service is started by being installed: the tests start their own.
deps-lint: | $(if $(filter deps,$(MAKECMDGOALS)),deps-check) # apt-get locks: one at a time
deps-build deps-check deps-lint:
	@if ! command -v dpkg-query >/dev/null; then \
		echo "$@: not Debian; expecting the equivalents of: $(PACKAGES_WANTED)"; exit 0; \
	fi; \
	missing=; \
	for package in $(PACKAGES_WANTED); do \
		dpkg-query -W -f='$${db:Status-Status}\n' $$package 2>/dev/null | \
			grep -qx installed || missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" -ne 0 ]; then \
		echo "missing packages; as root: apt-get install$$missing" >&2; exit 1; \
	fi; \
	echo "installing$$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	policy=/usr/sbin/policy-rc.d; \
	if [ ! -e $$policy ]; then \
		trap "rm -f $$policy" EXIT; trap 'exit 130' HUP INT TERM; \
		printf '#!/bin/sh\nexit 101\n' >$$policy && chmod 755 $$policy; \
	fi; \
	install() { apt-get install -qq -y -o Dpkg::Use-Pty=0 \
		--no-install-recommends $$missing </dev/null >/dev/null; }; \
	set -- /var/lib/apt/lists/*_Packages*; \
	{ [ -e "$$1" ] && install; } || { apt-get update -qq && install; }

# --- lint --------------------------------------------------------------------------------------

SCRIPTS = tests/run tests/lib.sh .ci/run $(wildcard tests/*/run tests/*/*.sh)

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-scripts lint-man lint-headers
lint: deps-lint ## clang-format, clang-tidy, cppcheck, shellcheck, mandoc, headers, layers
	@$(SUBMAKE) --output-sync=target lint-format lint-tidy lint-cppcheck lint-scripts lint-man \
		lint-headers layers

lint-format:
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS)

TIDY = $(SOURCES:%=tidy-%)
.PHONY: $(TIDY)
lint-tidy: $(TIDY)
$(TIDY): tidy-%: compile_commands.json $(GENERATED)
	@clang-tidy --quiet -p . $* 2>/dev/null

lint-cppcheck: $(GENERATED)
	cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,performance,portability \
		--suppressions-list=.cppcheck -j 2 -I. -I$(OUT) -I/usr/include/cjson -D_GNU_SOURCE -DPERTURB_VERSION='""' \
		$(OPTIONAL_DEFINES) $(SOURCES)

lint-scripts:
	shellcheck --severity=warning --exclude=SC2034,SC2154 --shell=bash --external-sources --source-path=SCRIPTDIR $(SCRIPTS)

lint-man:
	mandoc -T lint -W warning $(wildcard man/*.[1-8])

HEADER_CHECKS = $(HEADERS:%=header-%)
.PHONY: $(HEADER_CHECKS)
lint-headers: $(HEADER_CHECKS)
$(HEADER_CHECKS): header-%:
	@$(COMPILE) -fsyntax-only -x c $*

.PHONY: layers
layers: ## holds the line cli -> experiments -> faults -> reports
	@tests/cli/test_layers.sh

quote = $(subst ",\",$(subst \,\\,$1))
compile_commands.json: Makefile FORCE ## for clangd and clang-tidy
	$(file >$@,[)
	$(foreach source,$(SOURCES),$(file >>$@,$(if $(filter $(source),$(firstword $(SOURCES))),,$(,)) \
		{"directory": "$(CURDIR)"$(,) "file": "$(source)"$(,) \
		"command": "$(call quote,$(COMPILE) -c $(source))"}))
	$(file >>$@,])
	@:
, := ,

# --- install -----------------------------------------------------------------------------------

.PHONY: install
install: all ## installs below DESTDIR and PREFIX
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DATADIR)/catalog
	install -m 755 $(OUT)/perturb $(DESTDIR)$(BINDIR)/perturb
	install -m 755 $(OUT)/perturb-demo-services $(DESTDIR)$(LIBEXECDIR)/
	install -m 644 experiments/catalog/*.yaml $(DESTDIR)$(DATADIR)/catalog/
	install -d $(MAN_PAGES:%=$(DESTDIR)$(MANDIR)/man%) $(dir $(INSTALLED_COMPLETIONS))
	for page in $(wildcard man/*.[1-8]); do \
		install -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/ || exit 1; \
	done
	$(OUT)/perturb completion bash >$(DESTDIR)$(BASH_COMPLETION)
	$(OUT)/perturb completion zsh >$(DESTDIR)$(ZSH_COMPLETION)
	$(OUT)/perturb completion fish >$(DESTDIR)$(FISH_COMPLETION)

MAN_PAGES = $(sort $(patsubst .%,%,$(suffix $(wildcard man/*.[1-8]))))
BASH_COMPLETION = $(COMPLETIONS)/bash-completion/completions/perturb
ZSH_COMPLETION = $(COMPLETIONS)/zsh/site-functions/_perturb
FISH_COMPLETION = $(COMPLETIONS)/fish/vendor_completions.d/perturb.fish
INSTALLED_COMPLETIONS = $(addprefix $(DESTDIR),$(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION))

.PHONY: uninstall
uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(BINDIR)/perturb $(INSTALLED_COMPLETIONS)
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(DATADIR)
	for page in $(wildcard man/*.[1-8]); do \
		rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
	done

.PHONY: help
help: ## shows this
	@sed -n 's/^\([a-z_.-]*\):[^#=]*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r target text; do printf '  %-22s %s\n' "$$target" "$$text"; done

.PHONY: clean
clean: ## removes what was built
	rm -rf $(BUILD) compile_commands.json
