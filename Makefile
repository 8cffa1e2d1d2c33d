# SPDX-License-Identifier: Apache-2.0
# perturb - see README.md; "make help" lists the targets.

VERSION := 0.1.0

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/perturb
DATADIR ?= $(PREFIX)/share/perturb
MANDIR ?= $(PREFIX)/share/man

CC ?= gcc
PKG_CONFIG ?= pkg-config
PACKAGES := libnl-3.0 libnl-route-3.0 libcurl yaml-0.1 libcjson libmd

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wwrite-strings
CPPFLAGS_ALL = -I. -D_GNU_SOURCE -DPERTURB_VERSION='"$(VERSION)"' \
	-DPERTURB_LIBEXECDIR='"$(LIBEXECDIR)"' -DPERTURB_DATADIR='"$(DATADIR)"' $(CPPFLAGS)

# Variants live side by side: build/release, build/san.
ifeq ($(SAN),1)
VARIANT := san
CFLAGS ?= -O1 -g
HARDENING := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDHARDENING := -fsanitize=address,undefined
else
VARIANT := release
CFLAGS ?= -O2 -g
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
LDHARDENING := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

BUILD := build
OUT := $(BUILD)/$(VARIANT)
CFLAGS_ALL = -std=c11 $(WARNINGS) $(HARDENING) $(CFLAGS) \
	$(shell $(PKG_CONFIG) --cflags $(PACKAGES))
LDLIBS_ALL = $(shell $(PKG_CONFIG) --libs $(PACKAGES)) -lm
LDFLAGS_ALL = $(LDHARDENING) -Wl,--as-needed $(LDFLAGS)

LIBRARY_SOURCES := $(sort $(wildcard reports/*.c faults/*.c faults/*/*.c experiments/*.c \
	experiments/*/*.c) $(filter-out cli/main.c,$(wildcard cli/*.c)))
LIBRARY_OBJECTS := $(LIBRARY_SOURCES:%.c=$(OUT)/%.o)
LIBRARY := $(OUT)/libperturb.a

.DELETE_ON_ERROR:
.PHONY: all
all: $(BUILD)/perturb

$(BUILD)/perturb: $(OUT)/perturb
	@ln -sf $(VARIANT)/perturb $@

$(OUT)/perturb: $(OUT)/cli/main.o $(LIBRARY)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

$(LIBRARY): $(LIBRARY_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

-include $(LIBRARY_OBJECTS:.o=.d) $(OUT)/cli/main.d

# Unit tests: one program per file, each with the library and Check.
UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
UNIT_PROGRAMS := $(UNIT_SOURCES:%.c=$(OUT)/%)

$(OUT)/tests/unit/%: $(OUT)/tests/unit/%.o $(LIBRARY)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL) $(shell $(PKG_CONFIG) --libs check)

.PHONY: clean
clean:
	rm -rf $(BUILD) compile_commands.json
