# make			build every tool: build/opensnoop ...
# make STATIC=1		build/static/: every tool as a static binary, and snoopkit, all of them in one
# make ARCH=arm64	build/arm64/: built for arm64 by Debian's cross compiler (packaging/deps --arm64)
# make install		DESTDIR= PREFIX= PROGRAM_PREFIX= PROGRAM_SUFFIX= (install-strip: without symbols;
#			STATIC=1: snoopkit under the names of all tools)
# make dist		build/snoopkit-VERSION.tar.xz, which needs neither clang nor bpftool
# make deb, make rpm	packages, in build/packages/
# make deps		install what the build and the tests need (Debian, Ubuntu, Fedora)
# make btf-min BTF=FILE	what the tools need of a kernel's types: build/btf-min/FILE.btf (choose with TOOLS="opensnoop" OUT=FILE)
# make demo		see a tool at work (TOOL=opensnoop)
# make check-fleet	the way to Prometheus and rsyslog, the container, the DaemonSet
# make container		an image of the static binary, in buildah's storage (IMAGE=snoopkit:0.1)
# make check		the tests, in the oldest and the newest kernel (choose with KERNELS="6.1 7" TOOLS="opensnoop")
# make check-all	everything: all kernels, arm64 too, sanitizers, packages, a Debian with nothing on it
# make fuzz		libFuzzer on what parses outside input (choose with FUZZ="btf records" FUZZ_SECONDS=60)
# make check-packages	packages are built, installed and removed in clean chroots
# make check-bcc	compare our text with that of Debian's bpfcc-tools: of golden records, and in a guest (KERNEL=6.12)
# make bench		what the tools and their peers cost, counted in a guest (KERNEL=6.12)
# make bench-check	fails where a tool became dearer than tests/bench/baseline.json (TOOLS="opensnoop")
# make bench-baseline	what the tools cost now is the new baseline
# make verify-costs	what the verifier spends on each program, by kernel and compiler, is the new tests/verify/costs.tsv
#			(choose with KERNELS="6.1 7" TOOLS="opensnoop"; NEWEST=clang-19 instead of Debian's newest, or none)
# make man		bring the generated parts of man/ and README.md up to date
# V=1 shows the commands.  BPF_LINES=1 keeps the lines of the BPF sources, for the verifier to quote.

VERSION := 0.1
# The date in man pages.
RELEASED := 2026-11-28

# Cross-built: the programs' own compiler and libraries; BPF programs are the same ones.
ifeq ($(ARCH),arm64)
CROSS	:= aarch64-linux-gnu
ifeq ($(origin CC),default)
CC	:= $(CROSS)-gcc
endif
export PKG_CONFIG_LIBDIR ?= /usr/lib/$(CROSS)/pkgconfig:/usr/share/pkgconfig
endif

CC	?= cc
CLANG	?= clang
# Who is not root has no sbin in PATH.
BPFTOOL	?= $(firstword $(shell command -v bpftool) $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
LLVM_STRIP ?= llvm-strip
READELF	?= readelf
PKG_CONFIG ?= pkg-config
CFLAGS	?= -O2 -g
BUILD	?= build$(if $(CROSS),/$(ARCH))$(if $(STATIC),/static)
# Skeletons are the same for all; completions are asked of tools that run here.
NATIVE	:= $(if $(CROSS),build,$(BUILD))
SKELS	:= $(NATIVE)/bpf

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

# What the user chose, for the targets that run tests and measurements.
CHOSEN	:= $(TOOLS)
EVERY	:= $(sort $(patsubst tools/%.c,%,$(wildcard tools/*.c)))
TOOLS	:= $(EVERY)
# Other names of tools: those whose man page is one line, which names the tool's.
ALIASES := $(patsubst man/%.8,%,$(shell grep -l '^\.so man8/' man/*.8))
tool_of	= $(shell sed -n 's,^\.so man8/\(.*\)\.8$$,\1,p' man/$(1).8)
NAMES	:= $(TOOLS) $(ALIASES)
COMMON	:= $(patsubst %.c,$(BUILD)/%.o,$(filter-out common/main/multi.c,$(wildcard common/*/*.c)))
CHECK	:= $(patsubst %.c,$(BUILD)/%.o,$(wildcard tools/check/*.c))
VERIFY	:= $(BUILD)/tests/verify/costs
UNIT	:= $(patsubst %.c,$(BUILD)/%,$(filter-out tests/unit/tools.c,$(wildcard tests/unit/*.c)))
TABLES	:= $(BUILD)/tests/unit/tools
FLAME	:= $(BUILD)/man/pictures/flame
# Fuzz targets: linked with libFuzzer, or with what feeds them the inputs that are kept.
FUZZERS	:= $(filter-out exits replay records printed,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
KEPT	:= $(patsubst %,$(BUILD)/tests/unit/fuzz_%,$(FUZZERS) records)
# Tools that only the tests have.
PROBES	:= $(patsubst %.c,$(BUILD)/%,$(filter-out %.bpf.c,$(wildcard tests/probe/*.c)))
WORK	:= $(patsubst %.c,$(BUILD)/%,$(filter-out tests/work/arm32.c tests/work/libreadline.c tests/work/chains.c tests/work/attaches.c,$(wildcard tests/work/*.c)))

LIBBPF_CFLAGS := $(shell $(PKG_CONFIG) --cflags libbpf 2>/dev/null)
LIBS	:= $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs libbpf libelf zlib liblzma 2>/dev/null || echo -lbpf -lelf -lz -llzma)
# libiberty, if it is there, demangles Rust, and C++ in a static program, which can't open libstdc++.
IBERTY	:= $(if $(filter /%,$(shell $(CC) -print-file-name=libiberty.a 2>/dev/null)),-liberty)
LIBS	+= $(IBERTY)
# Where the C library has no argp, as musl, it is one of its own.
LIBS	+= $(if $(filter /%,$(shell $(CC) -print-file-name=libargp.a 2>/dev/null)),-largp)

ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -Wall -Wextra \
	     -Wno-missing-field-initializers -Wno-override-init \
	     -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -Ibpf -Icommon -I$(SKELS) \
	     $(LIBBPF_CFLAGS) $(if $(STATIC),-DSTATIC) $(CPPFLAGS) $(CFLAGS)
# Tables full of pointers: relocations of a few bits each, where the C library knows them (glibc 2.36),
# and the linker (arm64's does not in Debian 12).
RELR	:= $(shell grep -qs GLIBC_ABI_DT_RELR "$$($(CC) -print-file-name=libc.so.6 2>/dev/null)" && \
	     ! $(CC) -nostdlib -Wl,-z,pack-relative-relocs,--version 2>&1 | grep -q 'relocs ignored' && \
	     echo -Wl,-z,pack-relative-relocs)
# Constants can't be executed; other linkers than GNU's don't know how to do it without larger files.
COMMA	:= ,
RODATA	:= $(if $(findstring GNU ld,$(shell $(CC) -Wl,--version 2>/dev/null)),-Wl$(COMMA)-z$(COMMA)noseparate-code \
	     -Wl$(COMMA)-T$(COMMA)common/rodata.ld)
# Newer libelf.a has a crc32() that is zlib's.
MULDEFS := -Wl,-z,muldefs
ALL_LDFLAGS = -Wl,--gc-sections -Wl,-O1 -Wl,--as-needed $(RODATA) $(if $(STATIC),-static $(MULDEFS),$(RELR)) $(LDFLAGS)
# Objects are the same for every 64-bit little-endian CPU and every folder.
# -mcpu=v2: the oldest kernels know no atomic instruction that returns a value.
BPF_CFLAGS = -g -O2 -Wall -Wextra -Wno-unused-function -Wno-unused-parameter -target bpf -mcpu=v2 -fdebug-compilation-dir=. \
	     -idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null) \
	     $(LIBBPF_CFLAGS) -Ibpf

COMPLETIONS := $(foreach s,bash zsh fish,$(NAMES:%=$(BUILD)/completions/%.$(s)))
ifeq ($(origin AR),default)
AR	:= $(or $(shell $(CC) -print-prog-name=ar 2>/dev/null),ar)
endif
ifdef STATIC
MULTI	:= $(BUILD)/snoopkit
endif

all: $(NAMES:%=$(BUILD)/%) $(BUILD)/snoopkit-check $(MULTI)

# A tool that needs more libraries names their pkg-config packages: /* LIBS: ncursesw */
own_libs = $$(cat $(1) | sed -n 's,^/\* LIBS: \(.*\) \*/$$,\1,p' | xargs -r $(PKG_CONFIG) $(if $(STATIC),--static) --libs)

$(TOOLS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/tools/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,-Map=$@.map $^ $(LIBS) $(call own_libs,tools/$*.c) -o $@

$(ALIASES:%=$(BUILD)/%): $(BUILD)/%: | man/%.8 $(TOOLS:%=$(BUILD)/%)
	$(Q)ln -sf $(call tool_of,$*) $@

# The directory changes when a tool is added.
$(BUILD)/tools/check/installed.o: ALL_CFLAGS += -DTOOL_NAMES='$(EVERY:%="%",)'
$(BUILD)/tools/check/installed.o: tools


$(BUILD)/snoopkit-check: $(CHECK) $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

# What runs once, or once for many events, is compiled to be small.
ONCE	:= args attach_many block cmd debuginfod demangle diag earlier elfimage elfsyms emit escape format filter flame fs gotable graph hist jread kbtf ksym lex loop \
	   loss man message minidebug object objfile openmetrics opt parse pattern percentiles perfmap priv probe procmaps recording sample spec splice stack syscalls table tool \
	   trial type unpack usdt user_probe usym usymwatch
$(foreach o,$(ONCE),$(filter %/$(o).o,$(COMMON))): ALL_CFLAGS += -Os

$(BUILD)/common/symbols/demangle.o $(BUILD)/tests/unit/demangle.o: ALL_CFLAGS += $(if $(IBERTY),-DIBERTY)

# All tools in one program, whatever TOOLS says.
$(BUILD)/snoopkit: $(BUILD)/common/main/multi.o $(EVERY:%=$(BUILD)/tools/%.o) $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) $(call own_libs,tools/*.c) -o $@

$(BUILD)/common/main/multi.o: ALL_CFLAGS += -DALIASES='$(foreach a,$(ALIASES),{"$(a)","$(call tool_of,$(a))"},)'
$(BUILD)/common/main/multi.o: $(ALIASES:%=man/%.8)

# The tools' own tables say what can be completed.
ifdef CROSS
completions:
	$(Q)env -u PKG_CONFIG_LIBDIR $(MAKE) --no-print-directory ARCH= STATIC= BUILD=$(NATIVE) completions
else
completions: $(COMPLETIONS)
endif
$(BUILD)/completions/%.bash $(BUILD)/completions/%.zsh $(BUILD)/completions/%.fish: $(BUILD)/% packaging/completions
	$(call say,COMPL,$*)
	$(Q)mkdir -p $(@D) && packaging/completions $< $(@D)

$(EVERY:%=$(BUILD)/tools/%.o): $(BUILD)/tools/%.o: $(SKELS)/%.skel.h

$(BUILD)/common.a: $(COMMON)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# CALL(read, 0) for each system call of the C library's headers.
$(BUILD)/syscall_names.h: | needs
	$(Q)mkdir -p $(@D) && echo '#include <sys/syscall.h>' | $(CC) $(ALL_CFLAGS) -E -dM - | \
		sed -nE 's@^#define __NR_([a-z0-9_]+) (.*)@CALL(\1, \2)@p' | sort >$@
$(BUILD)/common/kernel/syscalls.o: $(BUILD)/syscall_names.h
# The same for the calls of 32-bit programs: only x86 has a header for them.
$(BUILD)/syscall_names32.h: | needs
	$(Q)mkdir -p $(@D) && { echo '#if defined __x86_64__'; echo '#include <asm/unistd_32.h>'; echo '#endif'; } | \
		$(CC) $(ALL_CFLAGS) -E -dM - | sed -nE 's@^#define __NR_([a-z0-9_]+) ([0-9]+)@CALL(\1, \2)@p' | sort >$@
$(BUILD)/common/kernel/syscall_name.o: $(BUILD)/syscall_names32.h
$(BUILD)/common/kernel/syscalls.o $(BUILD)/common/kernel/syscall_name.o: ALL_CFLAGS += -I$(BUILD)

# What flame graphs contain, as C strings.
$(BUILD)/flame.js.h $(BUILD)/flame.css.h: $(BUILD)/flame.%.h: common/output/flame.%
	$(Q)mkdir -p $(@D) && sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $< >$@
$(BUILD)/common/output/flame.o: $(BUILD)/flame.js.h $(BUILD)/flame.css.h
$(BUILD)/common/output/flame.o: ALL_CFLAGS += -I$(BUILD)

$(BUILD)/%.o: %.c | needs
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# A release has the skeletons in skel/ (git has no such folder), and checksums of what they were made
# from.  While those hold, neither clang nor bpftool is needed; once bpf/ is changed, they are.
PREBUILT := $(if $(wildcard skel/SOURCES),$(shell sha256sum -c skel/SOURCES >/dev/null 2>&1 && echo skel))
ifdef PREBUILT
$(SKELS)/%.skel.h: skel/%.skel.h
	$(Q)mkdir -p $(@D) && cp $< $@
endif

$(SKELS)/%.bpf.o: bpf/%.bpf.c | needs
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(SKELS)/%.bpf.o: tests/probe/%.bpf.c | needs
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -Itests/probe -MMD -MP -c $< -o $@

$(SKELS)/%.skel.h: $(SKELS)/%.bpf.o bpf/skeleton
	$(call say,SKEL,$@)
	$(Q)BPFTOOL="$(BPFTOOL)" LLVM_STRIP="$(LLVM_STRIP)" READELF="$(READELF)" BPF_LINES="$(BPF_LINES)" bpf/skeleton $< $@

$(UNIT) $(FLAME): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

$(BUILD)/tests/unit/usym: LDFLAGS += -rdynamic

# Linked with the tools whose tables it checks; which they were is in a file, for it to be linked anew with others.
$(TABLES): $(TABLES).o $(TOOLS:%=$(BUILD)/tools/%.o) $(BUILD)/common.a $(TABLES).of
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(filter-out %.of,$^) $(LIBS) $(call own_libs,$(TOOLS:%=tools/%.c)) -o $@
$(TABLES).of: FORCE
	$(Q)mkdir -p $(@D) && { echo '$(TOOLS)' | cmp -s - $@ || echo '$(TOOLS)' >$@; }
FORCE:

$(FUZZERS:%=$(BUILD)/tests/unit/fuzz_%): $(BUILD)/tests/unit/fuzz_%: $(BUILD)/tests/fuzz/%.o \
		$(BUILD)/tests/fuzz/exits.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@

$(BUILD)/tests/unit/fuzz_records: $(BUILD)/tests/fuzz/records.o
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $^ -o $@

# libFuzzer has main().
$(FUZZERS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/exits.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer $^ $(LIBS) -o $@

$(BUILD)/tests/fuzz/btf.o $(BUILD)/tests/unit/kbtf.o: $(SKELS)/opensnoop.skel.h

# All tools in one, as snoopkit has them.
$(BUILD)/fuzz/printed: $(BUILD)/tests/fuzz/printed.o $(BUILD)/tests/fuzz/exits.o $(EVERY:%=$(BUILD)/tools/%.o) $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer $^ $(LIBS) $(call own_libs,tools/*.c) -o $@

fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%) $(BUILD)/fuzz/printed $(BUILD)/tests/unit/fuzz_records $(TOOLS:%=$(BUILD)/%)

$(PROBES): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $^ $(LIBS) -o $@
$(PROBES:%=%.o): $(BUILD)/tests/probe/%.o: $(SKELS)/%.skel.h

$(WORK): $(BUILD)/%: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -g -fno-omit-frame-pointer -MMD -MP $< -o $@ -pthread

# A library with a readline(), and a program that is linked with it.
WORK	+= $(BUILD)/tests/work/bash
$(BUILD)/tests/work/libreadline.so.8: tests/work/libreadline.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -fPIC -shared -Wl,-soname,$(@F) $< -o $@
$(BUILD)/tests/work/bash: tests/work/libreadline.c $(BUILD)/tests/work/libreadline.so.8
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -DPROGRAM $^ -Wl,-rpath,'$$ORIGIN' -o $@

# A library that a tool is started with.
WORK	+= $(BUILD)/tests/work/attaches.so
$(BUILD)/tests/work/attaches.so: tests/work/attaches.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -fPIC -shared $< -o $@ -ldl

# Programs with a C library of their own.
WORK	+= $(BUILD)/tests/work/lockorder-static $(BUILD)/tests/work/switches-static
$(BUILD)/tests/work/%-static: tests/work/%.c tests/work/work.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O1 -g -fno-omit-frame-pointer -static $< -o $@ -pthread

# A program with functions of its own for what is else in the C library.
WORK	+= $(BUILD)/tests/work/resolves-own
$(BUILD)/tests/work/resolves-own: tests/work/resolves.c tests/work/work.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -fno-inline -g -DOWN -static $< -o $@ -pthread

# Programs without frame pointers: with a library and symbols, with a library and without symbols, static.
CHAINS	:= $(addprefix $(BUILD)/tests/work/,chains chains-stripped chains-static)
WORK	+= $(CHAINS)
CHAINS_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 -fomit-frame-pointer -fno-optimize-sibling-calls
$(BUILD)/tests/work/libchains.so: tests/work/chains.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CHAINS_CFLAGS) -DLIBRARY -fPIC -shared -Wl,-soname,$(@F) $< -o $@
$(BUILD)/tests/work/chains: tests/work/chains.c tests/work/work.h $(BUILD)/tests/work/libchains.so
	$(call say,CC,$@)
	$(Q)$(CC) $(CHAINS_CFLAGS) $< $(@D)/libchains.so -Wl,-z,lazy -Wl,-rpath,'$$ORIGIN' -o $@ -pthread
$(BUILD)/tests/work/chains-stripped: tests/work/chains.c tests/work/work.h $(BUILD)/tests/work/libchains.so
	$(call say,CC,$@)
	$(Q)$(CC) $(CHAINS_CFLAGS) -s -rdynamic $< $(@D)/libchains.so -Wl,-rpath,'$$ORIGIN' -o $@ -pthread
$(BUILD)/tests/work/chains-static: tests/work/chains.c tests/work/work.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(CHAINS_CFLAGS) -DALONE -static $< -o $@ -pthread

# A 32-bit program for arm64's kernels.  It needs no library, so it needs no compiler of its own.
ifdef CROSS
WORK	+= $(BUILD)/tests/work/arm32
$(BUILD)/tests/work/arm32: tests/work/arm32.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) --target=arm-linux-gnueabi -march=armv7-a -Wall -Wextra -O1 -ffreestanding \
		-fno-pic -fno-builtin -nostdlib -c $< -o $@.o && $(CROSS)-ld -m armelf_linux_eabi -o $@ $@.o
endif

# Say at once what the build lacks, in words.
needs: ;
ifeq ($(filter clean deps ready demo check check-all check-packages bench bench-check bench-baseline verify-costs dist deb rpm uninstall print-%,$(MAKECMDGOALS)),)
	@BUILD="$(BUILD)" PKG_CONFIG="$(PKG_CONFIG)" CC="$(CC)" CLANG="$(CLANG)" BPFTOOL="$(BPFTOOL)" LLVM_STRIP="$(LLVM_STRIP)" \
		packaging/needs $(if $(PREBUILT),,skeletons) $(if $(STATIC),static)
endif

skeletons: $(TOOLS:%=$(SKELS)/%.skel.h)

man: all
	$(Q)man/generate $(BUILD) $(TOOLS) snoopkit-check snoopkit snoopkit-probes

# What the tests run: unit tests, inputs that fuzzers found, workloads, and, but for the tests of chosen
# tools, what needs all of them: what makes smaller files of types, and the verifier's costs; and what draws pictures.
tests: $(UNIT) $(TABLES) $(KEPT) $(WORK) $(if $(PREBUILT),,$(PROBES)) $(if $(CHOSEN),,$(BUILD)/snoopkit $(VERIFY) $(FLAME))

# For kernels without type information of their own: see README.md.
BTF_MIN := $(BUILD)/btf-min
OUT	?= $(BTF_MIN)/$(patsubst %.btf,%,$(notdir $(BTF))).btf
btf-min: $(BUILD)/snoopkit
	@[ "$(BTF)" ] || { echo "make btf-min BTF=FILE: which file has the kernel's type information?" >&2; exit 2; }
	$(Q)mkdir -p $(BTF_MIN)
	$(Q)$< --btf-min "$(BTF)" "$(OUT)" $(if $(filter file,$(origin TOOLS)),,$(TOOLS))
	$(call say,BTF,"$(OUT)")

deps:
	packaging/deps

# Root leaves no files in somebody else's tree, where every later build of theirs would fail: what is built,
# is built by the owner of the tree, and the rest is given to them.  As root in a tree of root's nothing differs.
OWNED	:= packaging/owned $(firstword $(subst /, ,$(BUILD)))

# On a fresh machine: what is missing first, then a make that knows of it.
ready:
	@packaging/deps --check || packaging/deps
	@for a in $(ARCHES); do packaging/deps --check --$$a || packaging/deps --$$a || exit; done
	@$(OWNED) $(MAKE) --no-print-directory -j$$(nproc) all tests

TOOL ?= opensnoop
demo:
	@packaging/deps --check --demo || packaging/deps --demo
	@[ ! -e man/$(TOOL).8 ] || $(OWNED) $(MAKE) --no-print-directory -j$$(nproc) BUILD=build build/$(TOOL) \
		TOOLS=$(if $(wildcard man/$(TOOL).8),$(or $(call tool_of,$(TOOL)),$(TOOL)))
	@tests/demo $(TOOL); status=$$?; $(OWNED); exit $$status

check: ready
	@TOOLS="$(CHOSEN)" ARCHES="$(ARCHES)" tests/check; status=$$?; $(OWNED); exit $$status

# Tiers: tests/README.md.
check-all:
	packaging/deps
	packaging/deps --packages
	packaging/deps --fleet
	packaging/deps --arm64
	@$(MAKE) --no-print-directory check TIER=all ARCHES=arm64 SANITIZE=1 MORE=1
	@$(MAKE) --no-print-directory check-bcc
	@$(MAKE) --no-print-directory check-packages

check-fleet: ready
	@bats --timing tests/fleet

check-bcc: ready
	@tests/beside-bcc/run $(KERNEL)

IMAGE ?= snoopkit:$(VERSION)
container:
	@packaging/container/build $(BUILD) $(IMAGE)
.PHONY: check-fleet check-bcc container

KERNEL ?= 6.12
BENCH	:= $(BUILD)/bench/ops $(BUILD)/bench/nothing $(BUILD)/bench/floor
bench: ready $(BENCH)
	@TOOLS="$(CHOSEN)" tests/bench/run $(KERNEL)

bench-check bench-baseline: bench-%: ready $(BENCH)
	@TOOLS="$(CHOSEN)" tests/bench/run --$* $(KERNEL)

$(BUILD)/bench/ops: tests/bench/ops.c tests/work/md.h | ready
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 $< -o $@ -pthread

$(BUILD)/bench/floor: tests/bench/floor.c | ready
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -O2 $< -o $@ $(shell pkg-config --cflags --libs libbpf)

$(BUILD)/bench/nothing: tests/bench/nothing.c | ready
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -Wall -Wextra -O2 -static -nostdlib $< -o $@

# The tools with a main() that says what loading them costs the verifier; in a folder of CLANG's own
# for another compiler's objects, see tests/verify/measure.
$(VERIFY): $(BUILD)/tests/verify/costs.o $(EVERY:%=$(BUILD)/tools/%.o) $(BUILD)/common.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Wl,--wrap=bpf_object__load_skeleton $(ALL_LDFLAGS) $^ $(LIBS) $(call own_libs,tools/*.c) -o $@
$(BUILD)/tests/verify/costs.o: ALL_CFLAGS += -DCLANG_VERSION='"$(or $(shell $(CLANG) -dumpversion 2>/dev/null),unknown)"'

verify-costs: ready
	@TOOLS="$(CHOSEN)" CLANG="$(CLANG)" tests/verify/measure

readme: all $(FLAME)
	@tests/readme

compile_commands.json: Makefile
	@{ echo '['; sep=; for f in $(wildcard common/*/*.c tools/*.c tools/check/*.c); do \
		printf '%s{"directory":"%s","file":"%s","command":"$(CC) $(subst ",\\\",$(ALL_CFLAGS)) -c %s"}\n' \
			"$$sep" "$(CURDIR)" "$$f" "$$f"; sep=,; done; echo ']'; } >$@

# In the loops below: what $$t is called where it is installed, and the same for the tool that alias $$t names.
installed = $(PROGRAM_PREFIX)$(1)$(PROGRAM_SUFFIX)
NAME_AS	= $(call installed,$$t)
TOOL_AS	= $(call installed,$$(sed -n 's,^\.so man8/\(.*\)\.8$$,\1,p' man/$$t.8))
SNOOPKIT_AS = $(call installed,snoopkit)
CHECK_AS = $(call installed,snoopkit-check)

# Whatever the umask is, everybody may run what is installed; a folder may have blanks in its name.
TO	= "$(DESTDIR)"$(1)
FOR_ALL	= set -e; umask 022;
install: all completions
	$(FOR_ALL) install -d $(foreach d,$(SBINDIR) $(MANDIR)/man7 $(MANDIR)/man8 $(BASHDIR) $(ZSHDIR) $(FISHDIR),$(call TO,$(d)))
ifdef STATIC
	install $(STRIP) -m755 $(BUILD)/snoopkit $(call TO,$(SBINDIR))/$(SNOOPKIT_AS)
	set -e; for t in $(NAMES); do ln -sf $(SNOOPKIT_AS) $(call TO,$(SBINDIR))/$(NAME_AS); done
else
	set -e; for t in $(TOOLS); do install $(STRIP) -m755 $(BUILD)/$$t $(call TO,$(SBINDIR))/$(NAME_AS); done
	set -e; for t in $(ALIASES); do ln -sf $(TOOL_AS) $(call TO,$(SBINDIR))/$(NAME_AS); done
endif
	install $(STRIP) -m755 $(BUILD)/snoopkit-check $(call TO,$(SBINDIR))/$(CHECK_AS)
	set -e; for t in $(TOOLS) snoopkit-check; do install -m644 man/$$t.8 $(call TO,$(MANDIR))/man8/$(NAME_AS).8; done
	install -m644 man/snoopkit.7 $(call TO,$(MANDIR))/man7/$(SNOOPKIT_AS).7
	install -m644 man/snoopkit-probes.7 $(call TO,$(MANDIR))/man7/$(call installed,snoopkit-probes).7
	$(FOR_ALL) for t in $(ALIASES); do \
		page=$(call TO,$(MANDIR))/man8/$(NAME_AS).8; \
		rm -f "$$page"; \
		echo ".so man8/$(TOOL_AS).8" >"$$page"; \
	done
	$(FOR_ALL) complete() { rm -f "$$2"; sed "s/@PROGRAM@/$(NAME_AS)/g" "$$1" >"$$2"; }; for t in $(NAMES); do \
		c=$(NATIVE)/completions/$$t; \
		complete $$c.bash $(call TO,$(BASHDIR))/$(NAME_AS); \
		complete $$c.zsh $(call TO,$(ZSHDIR))/_$(NAME_AS); \
		complete $$c.fish $(call TO,$(FISHDIR))/$(NAME_AS).fish; \
	done

install-strip:
	$(MAKE) install STRIP="-s$(if $(CROSS), --strip-program=$(CROSS)-strip)"

uninstall:
	for t in $(NAMES) snoopkit-check; do rm -f $(foreach f,$(SBINDIR)/$(NAME_AS) $(MANDIR)/man8/$(NAME_AS).8 \
		$(BASHDIR)/$(NAME_AS) $(ZSHDIR)/_$(NAME_AS) $(FISHDIR)/$(NAME_AS).fish,$(call TO,$(f))); done
	rm -f $(call TO,$(SBINDIR))/$(SNOOPKIT_AS) $(call TO,$(MANDIR))/man7/$(SNOOPKIT_AS).7 $(call TO,$(MANDIR))/man7/$(call installed,snoopkit-probes).7

dist:
	@packaging/dist $(VERSION) $(BUILD)

deb rpm: dist
	@packaging/make-$@ $(VERSION) $(BUILD)

check-packages: ready
	@bats --timing tests/packaging/packages.bats tests/packaging/install.bats

FUZZ	?= $(FUZZERS) printed records
FUZZ_FLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz:
	@echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | $(CLANG) -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null || \
		{ echo "make fuzz needs clang's libFuzzer (libclang-rt-dev): sudo make deps" >&2; exit 1; }
	@$(MAKE) --no-print-directory BUILD=build/fuzz NATIVE=build CC=$(CLANG) CFLAGS="$(FUZZ_FLAGS)" fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run build/fuzz $(FUZZ)

# The guest kernels stay: they are slow to fetch.
clean:
	[ ! -e $(BUILD) ] || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name vm -exec rm -rf {} +

# For scripts: make -s print-ALIASES
print-%:
	@echo $($*)

.PHONY: all man tests fuzz fuzzers btf-min deps ready demo check check-all check-packages bench bench-check bench-baseline verify-costs readme completions skeletons \
	install install-strip uninstall dist deb rpm clean needs FORCE
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
