// SPDX-License-Identifier: BSD-2-Clause
#include "attach.h"
#include "check.h"
#include "diag.h"
#include "lib/probe_id.bpf.h"
#include "opt.h"
#include "probe.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what holds the probes ---- */

static int *probes, *programs; /* file descriptors: perf events or links, programs */
static size_t n_probes, n_programs;

static void hold(int **fds, size_t *n, int fd)
{
	*fds = reallocarray(*fds, *n + 1, sizeof(**fds));
	if (!*fds)
		err(1, NULL);
	(*fds)[(*n)++] = fd;
}

static void write_knob(int fd, const char *value)
{
	if (pwrite(fd, value, 1, 0) != 1)
		warn("/sys/kernel/rcu_expedited");
}

/*
 * Removing a probe waits until no CPU can be inside it, 10 ms and more, and each
 * waits for itself: 1,000 take half a minute.  Where expedited waiting is
 * not in use, and no other tool is about to switch it, it is on meanwhile.
 */
static int expedite(void)
{
	int fd = n_probes < 16 ? -1 : open("/sys/kernel/rcu_expedited", O_RDWR | O_CLOEXEC);
	char now = 0;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) || pread(fd, &now, 1, 0) != 1 || now != '0') {
		close(fd);
		return -1;
	}
	write_knob(fd, "1");
	return fd;
}

static void detach(void)
{
	int knob = expedite();

	while (n_probes)
		close(probes[--n_probes]);
	if (knob >= 0)
		write_knob(knob, "0");
}

static volatile sig_atomic_t ended_by;

static void on_signal(int sig)
{
	ended_by = sig;
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

/* Those that are ignored, as SIGHUP below nohup(1), stay so. */
static void set_signals(void (*handler)(int))
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (signal(signals[i], handler) == SIG_IGN)
			signal(signals[i], SIG_IGN);
}

/* Detaching is slow enough that it must not be left to the kernel. */
static void end_if_signalled(void)
{
	if (!ended_by)
		return;
	detach();
	set_signals(SIG_DFL);
	raise(ended_by);
}

/* ---- one place ---- */

static const char *const sources[] = { "kprobe", "uprobe", NULL, "uprobe" };

/* The perf event type of kprobes or uprobes; -1 if the kernel has none. */
static int source_type(const char *source)
{
	char path[80];
	int type = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", source);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &type) != 1)
		type = -1;
	if (f)
		fclose(f);
	return type;
}

/* A perf event that occurs whenever this place is passed; -1 and errno. */
static int event_open(const struct pattern *p, const struct place *at, int type, u32 pid)
{
	struct perf_event_attr attr = { .type = type, .size = sizeof(attr) };

	switch (p->kind) {
	case KERNEL_FUNC: /* by address: several functions can have one name */
		attr.config1 = at->at ? 0 : (u64)(unsigned long)p->names[at->id];
		attr.config2 = at->at;
		pid = 0;
		break;
	case TRACEPOINT:
		attr.config = at->at;
		pid = 0;
		break;
	default:
		attr.config = at->semaphore << 32;
		attr.config1 = (u64)(unsigned long)p->file;
		attr.config2 = at->at;
	}
	return syscall(SYS_perf_event_open, &attr, pid ? (int)pid : -1, pid ? -1 : 0, -1,
		       PERF_FLAG_FD_CLOEXEC);
}

/* A copy of the program that has ID for its probe_id(). */
static int program_copy(const struct bpf_program *prog, enum bpf_prog_type type, u32 id)
{
	size_t n = bpf_program__insn_cnt(prog), marks = 0;
	struct bpf_insn *insns = malloc(n * sizeof(*insns));
	int fd;

	if (!insns)
		err(1, NULL);
	memcpy(insns, bpf_program__insns(prog), n * sizeof(*insns));
	for (size_t i = 0; i < n; i++)
		if (insns[i].code == (BPF_ALU64 | BPF_MOV | BPF_K) &&
		    insns[i].imm == PROBE_ID_MARK) {
			insns[i].imm = id;
			marks++;
		}
	if (!marks)
		errx(1, "the BPF program %s does not ask for its probe_id()",
		     bpf_program__name(prog));
	fd = bpf_prog_load(type, bpf_program__name(prog), "Dual BSD/GPL", insns, n, NULL);
	free(insns);
	return fd;
}

static void say(const struct pattern *p, const struct place *at, const char *source)
{
	const char *name = p->names[at->id];

	if (p->kind == TRACEPOINT)
		fprintf(stderr, "%s: tracepoint %llu\n", name, at->at);
	else if (p->kind == KERNEL_FUNC)
		fprintf(stderr, "%s: %s at 0x%llx\n", name, source, at->at);
	else if (at->semaphore)
		fprintf(stderr, "%s: %s at %s+0x%llx, semaphore at 0x%llx\n", name, source,
			p->shown, at->at, at->semaphore);
	else
		fprintf(stderr, "%s: %s at %s+0x%llx\n", name, source, p->shown, at->at);
}

/* ---- all places ---- */

static bool *attached; /* places */

static int attach_singles(const struct pattern *p, const struct bpf_program *prog, u32 pid)
{
	enum bpf_prog_type type =
		p->kind == TRACEPOINT ? BPF_PROG_TYPE_TRACEPOINT : BPF_PROG_TYPE_KPROBE;
	int source = p->kind == TRACEPOINT ? PERF_TYPE_TRACEPOINT : source_type(sources[p->kind]);
	int copy = -1, why = 0;
	u32 copy_id = -1;

	if (source < 0)
		errx(1, "cannot trace '%s': this kernel has no %ss", p->text, sources[p->kind]);
	for (size_t i = 0; i < p->n_places && !ended_by; i++) {
		const struct place *at = &p->places[i];
		int event;

		if (at->id != copy_id) {
			copy = program_copy(prog, type, at->id);
			if (copy < 0)
				err(1, "the kernel refuses the BPF programs");
			hold(&programs, &n_programs, copy);
			copy_id = at->id;
		}
		event = event_open(p, at, source, pid);
		if (event >= 0 && !ioctl(event, PERF_EVENT_IOC_SET_BPF, copy)) {
			hold(&probes, &n_probes, event);
			attached[i] = true;
			continue;
		}
		why = errno;
		if (event >= 0)
			close(event);
	}
	return why;
}

static int multi_link(int prog, const u64 *addrs, const u64 *ids, u32 n)
{
	LIBBPF_OPTS(bpf_link_create_opts, o);

	o.kprobe_multi.addrs = (const unsigned long *)addrs;
	o.kprobe_multi.cookies = (const __u64 *)ids;
	o.kprobe_multi.cnt = n;
	return bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o);
}

/* One that can't be probed spoils a link: halve until it is found. */
static int attach_multi(int prog, const u64 *addrs, const u64 *ids, size_t first, size_t n)
{
	int fd = multi_link(prog, addrs + first, ids + first, n), why = errno;

	if (fd >= 0) {
		hold(&probes, &n_probes, fd);
		memset(attached + first, true, n);
		return 0;
	}
	if (n == 1 || ended_by || why == EPERM || why == ENOMEM)
		return why;
	why = attach_multi(prog, addrs, ids, first, n / 2);
	return attach_multi(prog, addrs, ids, first + n / 2, n - n / 2) ?: why;
}

static int attach_all_multi(const struct pattern *p, int prog)
{
	u64 *addrs = calloc(p->n_places, sizeof(*addrs)), *ids = calloc(p->n_places, sizeof(*ids));
	int why;

	if (!addrs || !ids)
		err(1, NULL);
	for (size_t i = 0; i < p->n_places; i++) {
		addrs[i] = p->places[i].at;
		ids[i] = p->places[i].id;
	}
	why = attach_multi(prog, addrs, ids, 0, p->n_places);
	free(addrs);
	free(ids);
	return why;
}

bool attach_can_multi(const struct pattern *p)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	const char *func = "vfs_read", *forced = getenv("SNOOPKIT_PROBES");
	LIBBPF_OPTS(bpf_link_create_opts, o);
	int prog, link;

	/* An exact name may be one that ftrace, and so kprobe.multi, doesn't know. */
	if (p->kind != KERNEL_FUNC || !p->wildcard || !p->places[0].at ||
	    (forced && !strcmp(forced, "kprobe")))
		return false;
	prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "probe", "GPL", insns, 2, &load);
	o.kprobe_multi.syms = &func;
	o.kprobe_multi.cnt = 1;
	link = prog < 0 ? -1 : bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o);
	if (link >= 0)
		close(link);
	if (prog >= 0)
		close(prog);
	return link >= 0;
}

void attach_check_limit(const struct pattern *p, bool multi)
{
	const char *set = getenv("BCC_PROBE_LIMIT");
	u64 limit = set ? parse_u64(set, "BCC_PROBE_LIMIT", 1, 1 << 20) : multi ? 1 << 20 : 1000;

	if (p->n_places > limit)
		errx(1,
		     "'%s' matches %zu probes, and at most %llu are attached: narrow it down, "
		     "or set BCC_PROBE_LIMIT",
		     p->text, p->n_places, limit);
}

/* Two descriptors for each probe. */
static void allow_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

size_t attach_pattern(const struct pattern *p, const struct bpf_program *prog, u32 pid, bool debug)
{
	bool multi = bpf_program__expected_attach_type(prog) == BPF_TRACE_KPROBE_MULTI;
	size_t names = 0, refused = 0;
	u32 last = -1;
	int why;

	attached = calloc(p->n_places, sizeof(*attached));
	if (!attached)
		err(1, NULL);
	allow_files();
	set_signals(on_signal);
	atexit(detach);
	why = multi ? attach_all_multi(p, bpf_program__fd(prog)) : attach_singles(p, prog, pid);
	end_if_signalled();
	for (size_t i = 0; i < p->n_places; i++) {
		const struct place *at = &p->places[i];

		refused += !attached[i];
		if (!attached[i])
			continue;
		names += at->id != last;
		last = at->id;
		if (debug)
			say(p, at, multi ? "kprobe.multi" : sources[p->kind]);
	}
	if (!names)
		errx(1, "cannot probe '%s': %s", p->text, diag_why(why));
	check_probe(multi ? "kprobe.multi" : sources[p->kind] ?: "tracepoint");
	if (refused)
		warnx("%zu of %zu functions can't be probed", refused, p->n_places);
	set_signals(SIG_DFL);
	end_if_signalled();
	free(attached);
	return names;
}

u64 attach_missed(void)
{
	u64 sum = 0;

	for (size_t i = 0; i < n_programs; i++) {
		struct bpf_prog_info info = {};
		u32 len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(programs[i], &info, &len))
			sum += info.recursion_misses;
	}
	return sum;
}
