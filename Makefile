# make			build every tool: build/opensnoop ...
# make STATIC=1		build/static/: every tool as a static binary, and snoopkit, all of them in one
# make install		DESTDIR= PREFIX= PROGRAM_PREFIX= PROGRAM_SUFFIX= (install-strip: without symbols;
#			STATIC=1: snoopkit under the names of all tools)
# make dist		build/snoopkit-VERSION.tar.xz, which needs neither clang nor bpftool
# make deb, make rpm	packages, in build/packages/
# make deps		install what the build and the tests need (Debian, Ubuntu, Fedora)
# make demo		see a tool at work (TOOL=opensnoop)
# make check		all tests (KERNELS="6.1 7" TOOLS="opensnoop" choose)
# make check-packages	packages are built, installed and removed in clean chroots
# make bench		what the tools and their peers cost, counted in a guest (KERNEL=6.12)
# make man		bring the generated parts of man/ and README.md up to date
# V=1 shows the commands.  BPF_LINES=1 keeps the lines of the BPF sources, for the verifier to quote.

VERSION := 0.1

CC	?= cc
CLANG	?= clang
BPFTOOL	?= $(firstword $(shell command -v bpftool /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
LLVM_STRIP ?= llvm-strip
READELF	?= readelf
PKG_CONFIG ?= pkg-config
CFLAGS	?= -O2 -g
BUILD	?= build$(if $(STATIC),/static)

PREFIX	?= /usr/local
SBINDIR	?= $(PREFIX)/sbin
MANDIR	?= $(PREFIX)/share/man
BASHDIR	?= $(PREFIX)/share/bash-completion/completions
ZSHDIR	?= $(PREFIX)/share/zsh/site-functions
FISHDIR	?= $(PREFIX)/share/fish/vendor_completions.d
PROGRAM_PREFIX ?=
PROGRAM_SUFFIX ?=

Q	:= $(if $(V),,@)
say	= $(if $(V),,@printf '  %-8s%s\n' $(1) $(2))

TOOLS	:= $(sort $(patsubst tools/%.c,%,$(wildcard tools/*.c)))
# Other names of tools: those whose man page is one line, which names the tool's.
ALIASES := $(patsubst man/%.8,%,$(shell grep -l '^\.so man8/' man/*.8))
tool_of	= $(shell sed -n 's,^\.so man8/\(.*\)\.8$$,\1,p' man/$(1).8)
NAMES	:= $(TOOLS) $(ALIASES)
COMMON	:= $(patsubst %.c,$(BUILD)/%.o,$(filter-out common/multi.c,$(wildcard common/*.c)))
UNIT	:= $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
WORK	:= $(patsubst %.c,$(BUILD)/%,$(wildcard tests/work/*.c))

LIBBPF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libbpf 2>/dev/null)
LIBS	:= $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs libbpf libelf zlib 2>/dev/null || echo -lbpf -lelf -lz)
# Where the C library has no argp, as musl, it is one of its own.
LIBS	+= $(if $(filter /%,$(shell $(CC) -print-file-name=libargp.a)),-largp)

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Wall -Wextra \
	     -Wno-missing-field-initializers -Wno-override-init \
	     -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -Ibpf -Icommon -I$(BUILD)/bpf \
	     $(LIBBPF_CFLAGS) $(if $(STATIC),-DSTATIC) $(CPPFLAGS) $(CFLAGS)
# Tables full of pointers: relocations of a few bits each, where the C library knows them (glibc 2.36).
RELR	:= $(shell grep -qs GLIBC_ABI_DT_RELR "$$($(CC) -print-file-name=libc.so.6)" && echo -Wl,-z,pack-relative-relocs)
ALL_LDFLAGS = -Wl,--gc-sections -Wl,-O1 -Wl,--as-needed -Wl,-z,noseparate-code $(if $(STATIC),-static,$(RELR)) $(LDFLAGS)
# Objects are the same for every 64-bit little-endian CPU and every folder.
# -mcpu=v2: the oldest kernels know no atomic instruction that returns a value.
BPF_CFLAGS = -g -O2 -Wall -Wextra -Wno-unused-function -Wno-unused-parameter -target bpf -mcpu=v2 -fdebug-compilation-dir=. \
	     -idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null) \
	     $(LIBBPF_CFLAGS) -Ibpf

COMPLETIONS := $(foreach s,bash zsh fish,$(NAMES:%=$(BUILD)/completions/%.$(s)))
ifdef STATIC
MULTI	:= $(BUILD)/snoopkit
endif

all: $(NAMES:%=$(BUILD)/%) $(MULTI)

$(TOOLS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tools/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

$(ALIASES:%=$(BUILD)/%): $(BUILD)/%: | man/%.8 $(TOOLS:%=$(BUILD)/%)
	$(Q)ln -sf $(call tool_of,$*) $@

# What runs once, or once for many events, is compiled to be small.
ONCE	:= args attach block check cmd diag elfsyms filter flame fs hist kbtf ksym loop loss man objfile opt pattern perfmap \
	   priv probe procmaps replay sample stack table tool unpack usym usymwatch
$(ONCE:%=$(BUILD)/common/%.o): ALL_CFLAGS += -Os

# All tools in one program.
$(BUILD)/snoopkit: $(BUILD)/common/multi.o $(TOOLS:%=$(BUILD)/tools/%.o) $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

$(BUILD)/common/multi.o: ALL_CFLAGS += -DALIASES='$(foreach a,$(ALIASES),{"$(a)","$(call tool_of,$(a))"},)'
$(BUILD)/common/multi.o: $(ALIASES:%=man/%.8)

# The tools' own tables say what can be completed.
completions: $(COMPLETIONS)
$(BUILD)/completions/%.bash $(BUILD)/completions/%.zsh $(BUILD)/completions/%.fish: $(BUILD)/% packaging/completions
	$(call say,COMPL,$*)
	$(Q)mkdir -p $(@D) && packaging/completions $< $(@D)

$(TOOLS:%=$(BUILD)/tools/%.o): $(BUILD)/tools/%.o: $(BUILD)/bpf/%.skel.h

$(BUILD)/common.a: $(COMMON)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c | needs
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# A release has the skeletons in skel/ (git has no such folder), and checksums of what they were made
# from.  While those hold, neither clang nor bpftool is needed; once bpf/ is changed, they are.
PREBUILT := $(if $(wildcard skel/SOURCES),$(shell sha256sum -c skel/SOURCES >/dev/null 2>&1 && echo skel))
ifdef PREBUILT
$(BUILD)/bpf/%.skel.h: skel/%.skel.h
	$(Q)mkdir -p $(@D) && cp $< $@
endif

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | needs
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o bpf/skeleton
	$(call say,SKEL,$@)
	$(Q)BPFTOOL="$(BPFTOOL)" LLVM_STRIP="$(LLVM_STRIP)" READELF="$(READELF)" BPF_LINES="$(BPF_LINES)" bpf/skeleton $< $@

$(UNIT): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

$(WORK): $(BUILD)/%: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -g -fno-omit-frame-pointer -MMD -MP $< -o $@ -pthread

# Say at once what the build lacks, in words.
needs: ;
ifeq ($(filter clean deps ready demo check check-packages bench dist deb rpm uninstall print-%,$(MAKECMDGOALS)),)
	@PKG_CONFIG="$(PKG_CONFIG)" CC="$(CC)" CLANG="$(CLANG)" BPFTOOL="$(BPFTOOL)" LLVM_STRIP="$(LLVM_STRIP)" \
		packaging/needs $(if $(PREBUILT),,skeletons) $(if $(STATIC),static)
endif

skeletons: $(TOOLS:%=$(BUILD)/bpf/%.skel.h)

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

# In the loops below: what $$t is called where it is installed, and the same for the tool that alias $$t names.
installed = $(PROGRAM_PREFIX)$(1)$(PROGRAM_SUFFIX)
NAME_AS	= $(call installed,$$t)
TOOL_AS	= $(call installed,$$(sed -n 's,^\.so man8/\(.*\)\.8$$,\1,p' man/$$t.8))
SNOOPKIT_AS = $(call installed,snoopkit)

install: all completions
	install -d $(foreach d,$(SBINDIR) $(MANDIR)/man8 $(BASHDIR) $(ZSHDIR) $(FISHDIR),$(DESTDIR)$(d))
ifdef STATIC
	install $(STRIP) -m755 $(BUILD)/snoopkit $(DESTDIR)$(SBINDIR)/$(SNOOPKIT_AS)
	set -e; for t in $(NAMES); do ln -sf $(SNOOPKIT_AS) $(DESTDIR)$(SBINDIR)/$(NAME_AS); done
else
	set -e; for t in $(TOOLS); do install $(STRIP) -m755 $(BUILD)/$$t $(DESTDIR)$(SBINDIR)/$(NAME_AS); done
	set -e; for t in $(ALIASES); do ln -sf $(TOOL_AS) $(DESTDIR)$(SBINDIR)/$(NAME_AS); done
endif
	set -e; for t in $(TOOLS); do install -m644 man/$$t.8 $(DESTDIR)$(MANDIR)/man8/$(NAME_AS).8; done
	set -e; for t in $(ALIASES); do echo ".so man8/$(TOOL_AS).8" >$(DESTDIR)$(MANDIR)/man8/$(NAME_AS).8; done
	set -e; for t in $(NAMES); do \
		c=$(BUILD)/completions/$$t; \
		sed "s/@PROGRAM@/$(NAME_AS)/g" $$c.bash >$(DESTDIR)$(BASHDIR)/$(NAME_AS); \
		sed "s/@PROGRAM@/$(NAME_AS)/g" $$c.zsh >$(DESTDIR)$(ZSHDIR)/_$(NAME_AS); \
		sed "s/@PROGRAM@/$(NAME_AS)/g" $$c.fish >$(DESTDIR)$(FISHDIR)/$(NAME_AS).fish; \
	done

install-strip:
	$(MAKE) install STRIP=-s

uninstall:
	for t in $(NAMES); do rm -f $(foreach f,$(SBINDIR)/$(NAME_AS) $(MANDIR)/man8/$(NAME_AS).8 \
		$(BASHDIR)/$(NAME_AS) $(ZSHDIR)/_$(NAME_AS) $(FISHDIR)/$(NAME_AS).fish,$(DESTDIR)$(f)); done
	rm -f $(DESTDIR)$(SBINDIR)/$(SNOOPKIT_AS)

dist:
	@packaging/dist $(VERSION) $(BUILD)

deb rpm: dist
	@packaging/make-$@ $(VERSION) $(BUILD)

check-packages: ready
	@bats --timing tests/packaging/packages.bats

# The guest kernels stay: they are slow to fetch.
clean:
	[ ! -e $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name vm -exec rm -rf {} +

# For scripts: make -s print-ALIASES
print-%:
	@echo $($*)

.PHONY: all man tests deps ready demo check check-packages bench readme completions skeletons \
	install install-strip uninstall dist deb rpm clean needs
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
