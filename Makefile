# make			build every tool: build/opensnoop ...
# make install		DESTDIR= PREFIX= PROGRAM_PREFIX= PROGRAM_SUFFIX=
# make deps		install what the build and the tests need (Debian, Ubuntu, Fedora)
# make demo		see a tool at work (TOOL=opensnoop)
# make check-fleet	the way to Prometheus and rsyslog, the container, the DaemonSet
# make container		an image of the static binary, in buildah's storage (IMAGE=snoopkit:0.1)
# make check		all tests (KERNELS="6.1 7" TOOLS="opensnoop" choose)
# make bench		what the tools and their peers cost, counted in a guest (KERNEL=6.12)
# make man		bring the generated parts of man/ and README.md up to date
# V=1 shows the commands.

VERSION := 0.1

CC	?= cc
CLANG	?= clang
BPFTOOL	?= $(firstword $(shell command -v bpftool /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
CFLAGS	?= -O2 -g
LDFLAGS	?= -Wl,--gc-sections -Wl,-O1 -Wl,--as-needed
BUILD	?= build

PREFIX	?= /usr/local
SBINDIR	?= $(PREFIX)/sbin
MANDIR	?= $(PREFIX)/share/man
PROGRAM_PREFIX ?=
PROGRAM_SUFFIX ?=

Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-8s%s\n' $(1) $(2))

TOOLS	:= $(sort $(patsubst tools/%.c,%,$(wildcard tools/*.c)))
# Other names of tools: their man pages are one line, ".so man8/TOOL.8".
ALIASES	:= $(patsubst man/%.8,%,$(shell grep -l '^\.so man8/' man/*.8))
COMMON	:= $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
UNIT	:= $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
WORK	:= $(patsubst %.c,$(BUILD)/%,$(wildcard tests/work/*.c))

LIBBPF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libbpf 2>/dev/null)
LIBS	:= $(shell $(PKG_CONFIG) --libs libbpf 2>/dev/null || echo -lbpf) -lelf -lz

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Wall -Wextra \
	     -Wno-missing-field-initializers -Wno-override-init -ffunction-sections -fdata-sections -Ibpf -Icommon -I$(BUILD)/bpf \
	     $(LIBBPF_CFLAGS) $(CFLAGS)
# Objects are the same for every 64-bit little-endian CPU and every folder.
# -mcpu=v2: the oldest kernels know no atomic instruction that returns a value.
BPF_CFLAGS = -g -O2 -Wall -Wextra -Wno-unused-function -Wno-unused-parameter -target bpf -mcpu=v2 -fdebug-compilation-dir=. \
	     -idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null) \
	     $(LIBBPF_CFLAGS) -Ibpf

all: $(TOOLS:%=$(BUILD)/%) $(ALIASES:%=$(BUILD)/%)

$(ALIASES:%=$(BUILD)/%): $(BUILD)/%: man/%.8
	$(Q)mkdir -p $(@D) && ln -sf $$(sed -n 's,^\.so man8/\(.*\)\.8$$,\1,p' $<) $@

# A tool that needs more libraries names their pkg-config packages: /* LIBS: ncursesw */
own_libs = $$(sed -n 's,^/\* LIBS: \(.*\) \*/$$,\1,p' tools/$*.c | xargs -r $(PKG_CONFIG) --libs)

$(TOOLS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tools/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) $(own_libs) -o $@

$(TOOLS:%=$(BUILD)/tools/%.o): $(BUILD)/tools/%.o: $(BUILD)/bpf/%.skel.h

$(BUILD)/common.a: $(COMMON)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c | needs
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | needs
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

# Linking by bpftool drops DWARF and with it the builder's paths.
$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen object $(@:.skel.h=.linked.o) $< && \
		$(BPFTOOL) gen skeleton $(@:.skel.h=.linked.o) name $*_bpf >$@.tmp && mv $@.tmp $@

$(UNIT): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

$(WORK): $(BUILD)/%: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -g -fno-omit-frame-pointer -MMD -MP $< -o $@ -pthread

# Say at once what the build lacks, in words.
needs: ;
ifeq ($(filter clean deps ready demo check bench uninstall,$(MAKECMDGOALS)),)
	@$(PKG_CONFIG) --exists 'libbpf >= 1.1' || { echo "snoopkit needs libbpf 1.1 or newer (and pkg-config): sudo make deps" >&2; exit 1; }
	@$(PKG_CONFIG) --exists ncursesw || { echo "snoopkit needs ncurses (cachetop): sudo make deps" >&2; exit 1; }
endif

man: all
	$(Q)man/generate $(BUILD) $(TOOLS)

# What the tests run: unit tests and workloads.
tests: $(UNIT) $(WORK)

deps:
	packaging/deps

# On a fresh machine: what is missing first, then a make that knows of it.
ready:
	@packaging/deps --check || packaging/deps
	@$(MAKE) --no-print-directory -j$$(nproc) all tests

TOOL ?= opensnoop
demo: ready
	@tests/demo $(TOOL)

check: ready
	@tests/check

check-fleet: ready
	@bats --timing tests/fleet

IMAGE ?= snoopkit:$(VERSION)
container:
	@packaging/container/build $(BUILD) $(IMAGE)
.PHONY: check-fleet container

KERNEL ?= 6.12
BENCH	:= $(BUILD)/bench/ops $(BUILD)/bench/nothing
bench: ready $(BENCH)
	@tests/bench/run $(KERNEL)

$(BUILD)/bench/ops: tests/bench/ops.c | ready
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 $< -o $@

$(BUILD)/bench/nothing: tests/bench/nothing.c | ready
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Wall -Wextra -O2 -static -nostdlib $< -o $@

readme: all
	@tests/readme

compile_commands.json: Makefile
	@{ echo '['; sep=; for f in $(wildcard common/*.c tools/*.c); do \
		printf '%s{"directory":"%s","file":"%s","command":"$(CC) $(subst ",\\\",$(ALL_CFLAGS)) -c %s"}\n' \
			"$$sep" "$(CURDIR)" "$$f" "$$f"; sep=,; done; echo ']'; } >$@

install: all
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man8
	for t in $(TOOLS); do \
		install -m755 $(BUILD)/$$t $(DESTDIR)$(SBINDIR)/$(PROGRAM_PREFIX)$$t$(PROGRAM_SUFFIX) && \
		install -m644 man/$$t.8 $(DESTDIR)$(MANDIR)/man8/$(PROGRAM_PREFIX)$$t$(PROGRAM_SUFFIX).8 || exit 1; \
	done

uninstall:
	for t in $(TOOLS); do \
		rm -f $(DESTDIR)$(SBINDIR)/$(PROGRAM_PREFIX)$$t$(PROGRAM_SUFFIX) \
			$(DESTDIR)$(MANDIR)/man8/$(PROGRAM_PREFIX)$$t$(PROGRAM_SUFFIX).8; \
	done

# The guest kernels stay: they are slow to fetch.
clean:
	find $(BUILD) -mindepth 1 -maxdepth 1 ! -name vm -exec rm -rf {} +

.PHONY: all man tests deps ready demo check bench readme install uninstall clean needs
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
