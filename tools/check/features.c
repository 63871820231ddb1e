// SPDX-License-Identifier: BSD-2-Clause
/* Finds out what a kernel offers for tracing, by trying. */
#include "check.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A function that every kernel has, that is never inlined, and that we can make it call. */
#ifdef __aarch64__
#define FUNC "__arm64_sys_getpgid"
#else
#define FUNC "__x64_sys_getpgid"
#endif

/* Each trial starts with the note to show if it succeeds. */
static void __attribute__((format(printf, 2, 3))) note(struct feature *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->note, sizeof(f->note), fmt, ap);
	va_end(ap);
}

#define no(f, ...) (note(f, __VA_ARGS__), (f)->has = NO)

/* ---- the state of this system ---- */

/* The first line of a file; -1 and errno. */
static int read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");

	*line = 0;
	if (!f)
		return -1;
	if (fgets(line, size, f))
		line[strcspn(line, "\n")] = 0;
	fclose(f);
	return 0;
}

/* "none", "integrity" or "confidentiality"; NULL and errno if that can't be read. */
static const char *lockdown_state(void)
{
	static char line[128];
	char *at;

	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return NULL;
	at = strchr(line, '[');
	return at ? strtok(at + 1, "]") : NULL;
}

static bool capable(int cap)
{
	unsigned long long effective = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	if (f)
		fclose(f);
	return effective >> cap & 1;
}

/* In any other user namespace, capabilities don't count for BPF. */
static bool in_first_user_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) || st.st_ino == 0xeffffffd;
}

static bool may_trace(void)
{
	return in_first_user_namespace() &&
	       (capable(CAP_SYS_ADMIN) || (capable(CAP_BPF) && capable(CAP_PERFMON)));
}

/* Above 2, Debian's and Ubuntu's kernels require CAP_SYS_ADMIN for all perf events. */
static bool perf_is_for_admin(void)
{
	char line[16];

	return !read_line("/proc/sys/kernel/perf_event_paranoid", line, sizeof(line)) &&
	       atoi(line) > 2 && !capable(CAP_SYS_ADMIN);
}

static const char *reason(int error)
{
	static char text[128];
	const char *lockdown = lockdown_state();

	snprintf(text, sizeof(text), "%s", strerror(error));
	if (error != EPERM && error != EACCES)
		return text;
	if (!may_trace())
		strcat(text, " (capabilities)");
	else if (error == EACCES && perf_is_for_admin())
		strcat(text, " (kernel.perf_event_paranoid)");
	else if (lockdown && strcmp(lockdown, "none"))
		snprintf(text, sizeof(text), "%s (lockdown: %s)", strerror(error), lockdown);
	return text;
}

/* ---- small programs, and where they are attached ---- */

static bool has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

/* A map with one number, which programs set when they run; or -errno. */
static int ran_map(void)
{
	static int fd;

	if (!fd)
		fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ran", sizeof(u32), sizeof(u64), 1, NULL);
	return fd;
}

/*
 * Load a program that returns 0.  Returns its descriptor or -errno.  If a type in the
 * kernel's BTF is named, the program is for that type.
 */
static int load(enum bpf_prog_type type, enum bpf_attach_type attach, const char *name, u32 kind)
{
	struct bpf_insn insns[] = {
		/* *ran = 1; return 0; */
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = ran_map() },
		{ 0 },
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_1, .imm = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = attach);
	int id = 0;

	if (name && !has_btf())
		return -ENODATA;
	if (name && (id = kbtf_find(name, kind)) < 0)
		return -ESRCH;
	if (ran_map() < 0)
		return ran_map();
	o.attach_btf_id = id;
	return bpf_prog_load(type, "check", "GPL", insns, sizeof(insns) / sizeof(*insns), &o);
}

/* Have the program run on each of these events, of this process or all (-1). */
static int attach_event(int prog, const struct perf_event_attr *attr, pid_t pid)
{
	int error, fd = syscall(SYS_perf_event_open, attr, pid, pid < 0 ? 0 : -1, -1,
				PERF_FLAG_FD_CLOEXEC);

	if (fd >= 0 && !ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog))
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	return -error;
}

static void call_func(void)
{
	syscall(SYS_getpgid, 0);
}

static void sleep_shortly(void)
{
	usleep(1000);
}

static void open_file(void)
{
	close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

/* Does the kernel run the program when its event happens?  Attaching alone doesn't prove that. */
static bool runs(void (*provoke)(void))
{
	u32 zero = 0;
	u64 ran = 0;

	bpf_map_update_elem(ran_map(), &zero, &ran, BPF_ANY);
	for (int i = 0; i < 10; i++)
		provoke();
	return bpf_map_lookup_elem(ran_map(), &zero, &ran) || ran;
}

/* The end of most trials.  PROG and LINK are descriptors or -errno. */
static void tried(struct feature *f, int prog, int link, void (*provoke)(void))
{
	if (prog == -ENODATA)
		no(f, "it needs BTF");
	else if (prog == -ESRCH)
		no(f, "this kernel's BTF lacks the function it was tried on");
	else if (prog < 0)
		no(f, "its programs are rejected: %s", reason(-prog));
	else if (link < 0)
		no(f, "its programs can't be attached: %s", reason(-link));
	else if (!runs(provoke))
		no(f, "its programs attach, but the kernel does not run them");
	else
		f->has = YES;
	if (prog >= 0)
		close(prog);
	if (link >= 0)
		close(link);
}

static void try_tracing(struct feature *f, enum bpf_prog_type type, enum bpf_attach_type attach,
			const char *name, u32 kind, void (*provoke)(void))
{
	int prog = load(type, attach, name, kind);

	tried(f, prog, prog < 0 ? -1 : bpf_raw_tracepoint_open(NULL, prog), provoke);
}

/* The type number of such perf events, or -1. */
static int event_type(const char *source)
{
	char path[80], line[16];

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", source);
	return read_line(path, line, sizeof(line)) ? -1 : atoi(line);
}

/* ---- features ---- */

static void btf(struct feature *f)
{
	u16 magic = 0;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		no(f, "%s", strerror(errno));
	else if (fd < 0)
		no(f, "built without CONFIG_DEBUG_INFO_BTF: no tool works");
	else if (read(fd, &magic, 2) != 2 || magic != 0xeb9f)
		no(f, "/sys/kernel/btf/vmlinux is not BTF");
	else
		f->has = YES;
	if (fd >= 0)
		close(fd);
}

static void trace_fs(struct feature *f)
{
	f->has = tracefs() ? YES : NO;
	note(f, "%s", tracefs() ?: tracefs_why_not());
}

static void tracepoints(struct feature *f)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	char path[80], line[16];
	int prog;

	snprintf(path, sizeof(path), "%s/events/sched/sched_switch/id", tracefs() ?: "");
	if (!tracefs()) {
		no(f, "they need tracefs");
	} else if (read_line(path, line, sizeof(line))) {
		no(f, "%s: %s", path, reason(errno));
	} else {
		attr.config = atoi(line);
		prog = load(BPF_PROG_TYPE_TRACEPOINT, 0, NULL, 0);
		tried(f, prog, prog < 0 ? -1 : attach_event(prog, &attr, -1), sleep_shortly);
	}
}

static void tp_btf(struct feature *f)
{
	try_tracing(f, BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, "btf_trace_sched_switch",
		    BTF_KIND_TYPEDEF, sleep_shortly);
}

static void fentry(struct feature *f)
{
	try_tracing(f, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, FUNC, BTF_KIND_FUNC, call_func);
}

static void kprobes(struct feature *f)
{
	struct perf_event_attr attr = { .type = event_type("kprobe"), .size = sizeof(attr) };
	int prog;

	if ((int)attr.type < 0) {
		no(f, "built without CONFIG_KPROBE_EVENTS");
		return;
	}
	attr.config1 = (unsigned long)FUNC;
	prog = load(BPF_PROG_TYPE_KPROBE, 0, NULL, 0);
	tried(f, prog, prog < 0 ? -1 : attach_event(prog, &attr, -1), call_func);
}

static void kprobe_multi(struct feature *f)
{
	LIBBPF_OPTS(bpf_link_create_opts, o);
	const char *func = FUNC;
	int prog = load(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, NULL, 0);
	int link;

	o.kprobe_multi.syms = &func;
	o.kprobe_multi.cnt = 1;
	link = prog < 0 ? -1 : bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o);
	if (link == -EINVAL || link == -EOPNOTSUPP) {
		no(f, "needs Linux 5.18 and CONFIG_FPROBE");
		close(prog);
		return;
	}
	tried(f, prog, link, call_func);
}

/* The file offset of ADDRESS, which is in our own program. */
static u64 file_offset(const void *address)
{
	u64 start, end, offset, at = (unsigned long)address;
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	u64 found = 0;

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx-%llx %*s %llx", &start, &end, &offset) == 3 && at >= start &&
		    at < end)
			found = at - start + offset;
	if (f)
		fclose(f);
	return found;
}

static __attribute__((noinline)) void place(void)
{
	__asm__ volatile("nop"); /* a USDT probe is a nop */
}

static volatile u16 semaphore __attribute__((section(".probes")));

static void try_place(struct feature *f, bool usdt)
{
	struct perf_event_attr attr = { .type = event_type("uprobe"), .size = sizeof(attr) };
	int prog, link;

	if ((int)attr.type < 0) {
		no(f, "built without CONFIG_UPROBE_EVENTS");
		return;
	}
	attr.config = usdt ? file_offset((const void *)&semaphore) << 32 : 0;
	attr.config1 = (unsigned long)"/proc/self/exe";
	attr.config2 = file_offset(place);
	prog = load(BPF_PROG_TYPE_KPROBE, 0, NULL, 0);
	link = prog < 0 ? -1 : attach_event(prog, &attr, 0);
	if (usdt && link >= 0 && !semaphore) {
		no(f, "a probe's semaphore stays 0, so programs skip the probe");
		close(prog);
		close(link);
		return;
	}
	tried(f, prog, link, place);
	if (link == -EACCES && !perf_is_for_admin() && !capable(CAP_SYS_ADMIN))
		no(f, "its programs can't be attached: newer kernels need CAP_SYS_ADMIN for it");
}

static void uprobes(struct feature *f)
{
	try_place(f, false);
}

static void usdt(struct feature *f)
{
	try_place(f, true);
}

static void ring_buffer(struct feature *f)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "check", 0, 0, sysconf(_SC_PAGESIZE), NULL);

	if (fd < 0) {
		no(f, "%s", reason(-fd));
		return;
	}
	f->has = YES;
	close(fd);
}

static void lsm(struct feature *f)
{
	char line[256];

	try_tracing(f, BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf_lsm_file_open", BTF_KIND_FUNC,
		    open_file);
	if (has_btf() && kbtf_find("bpf_lsm_file_open", BTF_KIND_FUNC) < 0)
		no(f, "built without CONFIG_BPF_LSM");
	else if (!read_line("/sys/kernel/security/lsm", line, sizeof(line)) && !strstr(line, "bpf"))
		no(f, "the boot parameter lsm= does not include bpf: %s", line);
}

/* The CPU's counters, which not every virtual machine has. */
static void hardware_events(struct feature *f)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_HW_CPU_CYCLES };
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	u64 count = 0;

	if (fd < 0 && (errno == ENOENT || errno == EOPNOTSUPP))
		no(f, "the CPU or the virtual machine offers no counters");
	else if (fd < 0)
		no(f, "%s", reason(errno));
	else if (read(fd, &count, sizeof(count)) != sizeof(count) || !count)
		no(f, "the CPU's cycle counter does not count");
	else
		f->has = YES;
	if (fd >= 0)
		close(fd);
}

static void kernel_symbols(struct feature *f)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	unsigned long long address = 0;
	char line[512];

	if (!symbols) {
		no(f, "/proc/kallsyms: %s", reason(errno));
		return;
	}
	for (int i = 0; i < 1000 && !address && fgets(line, sizeof(line), symbols); i++)
		sscanf(line, "%llx", &address);
	fclose(symbols);
	if (address)
		f->has = YES;
	else
		no(f, "addresses are hidden: kernel.kptr_restrict, or no CAP_SYSLOG");
}

static void lockdown(struct feature *f)
{
	const char *state = lockdown_state();

	f->has = SETTING;
	snprintf(f->value, sizeof(f->value), "%s", state ?: "");
	if (!state)
		note(f, "unknown: %s",
		     errno == ENOENT ? "not built in, or securityfs is not mounted"
				     : strerror(errno));
	else if (!strcmp(state, "confidentiality"))
		note(f, "BPF may not read kernel memory: few tools work");
	else if (!strcmp(state, "integrity"))
		note(f, "tracing may read kernel memory, but not write to it");
}

static void setting(struct feature *f)
{
	static const struct {
		const char *name, *value, *means;
	} others[] = {
		{ "kernel.unprivileged_bpf_disabled", "0", "some BPF programs need no capability" },
		{ "kernel.kptr_restrict", "2", "nobody sees the addresses of kernel functions" },
		{ "net.core.bpf_jit_enable", "0", "BPF is interpreted: slow, and without fentry" },
	};
	char path[80] = "/proc/sys/", *p = path + strlen(path);

	f->has = SETTING;
	strcpy(p, f->name);
	while ((p = strchr(p, '.')))
		*p = '/';
	if (read_line(path, f->value, sizeof(f->value)))
		note(f, "unknown: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!strcmp(f->name, others[i].name) && !strcmp(f->value, others[i].value))
			note(f, "%s", others[i].means);
	if (!strcmp(f->name, "kernel.perf_event_paranoid") && atoi(f->value) > 2)
		note(f, "above 2, Debian and Ubuntu require CAP_SYS_ADMIN for kprobes, uprobes, "
			"tracepoints and samples");
}

static void capability(struct feature *f, int cap)
{
	bool by_admin = cap == CAP_BPF || cap == CAP_PERFMON;

	f->has = capable(cap) || (by_admin && capable(CAP_SYS_ADMIN)) ? YES : NO;
	if (f->has == YES && !in_first_user_namespace())
		no(f, "only in this user namespace, which does not count for BPF");
}

void features_try(void (*each)(const struct feature *))
{
	static const struct {
		const char *name;
		void (*try)(struct feature *); /* NULL: the feature is the capability below */
		const char *use;
		int cap;
	} features[] = {
		{ "BTF", btf, "the kernel's types: every tool needs them" },
		{ "tracefs", trace_fs, "" },
		{ "tracepoints", tracepoints, "events that the kernel declares" },
		{ "tracepoints by BTF", tp_btf, "the same, but cheaper" },
		{ "fentry", fentry, "kernel functions" },
		{ "kprobes", kprobes, "the same, also where fentry can't, but costlier" },
		{ "kprobe.multi", kprobe_multi, "many kernel functions at once" },
		{ "uprobes", uprobes, "functions in programs and libraries" },
		{ "USDT", usdt, "probes that programs declare" },
		{ "ring buffer", ring_buffer, "carries events to a tool" },
		{ "BPF LSM", lsm, "the kernel's access decisions" },
		{ "perf hardware events", hardware_events, "the CPU's counters" },
		{ "kernel symbols", kernel_symbols, "names of kernel functions in stacks" },
		{ "lockdown", lockdown, "" },
		{ "kernel.unprivileged_bpf_disabled", setting, "BPF needs CAP_BPF" },
		{ "kernel.perf_event_paranoid", setting, "matters only without CAP_PERFMON" },
		{ "kernel.kptr_restrict", setting,
		  "addresses of kernel functions need CAP_SYSLOG" },
		{ "kernel.perf_event_max_sample_rate", setting, "samples per second, at most" },
		{ "net.core.bpf_jit_enable", setting, "BPF is compiled" },
		{ "CAP_BPF", NULL, "loads BPF programs: every tool", CAP_BPF },
		{ "CAP_PERFMON", NULL, "attaches them, reads kernel memory: every tool",
		  CAP_PERFMON },
		{ "CAP_SYS_ADMIN", NULL, "uprobes and USDT, in newer kernels", CAP_SYS_ADMIN },
		{ "CAP_SYSLOG", NULL, "names kernel functions in stacks", CAP_SYSLOG },
		{ "CAP_SYS_PTRACE", NULL, "names functions of other users' processes",
		  CAP_SYS_PTRACE },
		{ "CAP_DAC_READ_SEARCH", NULL, "reads tracefs and other users' files",
		  CAP_DAC_READ_SEARCH },
	};

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		struct feature f = { .name = features[i].name };

		note(&f, "%s", features[i].use);
		if (features[i].try)
			features[i].try(&f);
		else
			capability(&f, features[i].cap);
		each(&f);
	}
}
