// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/attach_many.h"
#include "base/message.h"
#include "base/opt.h"
#include "base/stop.h"
#include "base/str.h"
#include "kernel/diag.h"
#include "kernel/kaddr.h"
#include "kernel/probe.h"
#include "kernel/session.h"
#include "kernel/syscalls.h"
#include "lib/probe_id.bpf.h"
#include "lib/syscall_ids.h"
#include "output/loss.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- descriptors that hold the probes ---- */

static int *probes, *programs; /* file descriptors: perf events or links, programs */
static size_t n_probes, n_programs;
static size_t n_attached; /* places; one link can hold many */

static void hold(int **fds, size_t *n, int fd)
{
	*fds = reallocarray(*fds, *n + 1, sizeof(**fds));
	if (!*fds)
		err(1, NULL);
	(*fds)[(*n)++] = fd;
}

/* ---- detaching ---- */

/* Removing fewer than this takes well under a second. */
#define FEW         16
#define PATIENCE_MS 2000

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/*
 * In a child: close all descriptors inherited from the tool but the probes, and then, once GO says
 * that the tool has closed its own, the probes.
 */
static void __attribute__((noreturn)) detach_behind(int go, int done)
{
	char byte;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), from = STDERR_FILENO + 1;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	hold(&probes, &n_probes, go);
	hold(&probes, &n_probes, done);
	qsort(probes, n_probes, sizeof(*probes), compare_fds);
	for (size_t i = 0; i < n_probes; i++) {
		if (probes[i] > from)
			syscall(SYS_close_range, from, probes[i] - 1, 0);
		from = probes[i] + 1;
	}
	syscall(SYS_close_range, from, ~0u, 0);
	while (read(go, &byte, 1) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < n_probes; i++)
		if (probes[i] != done)
			close(probes[i]);
	_exit(0);
}

/*
 * The kernel removes a probe when its last descriptor is closed.  For each probe that doesn't share
 * a link with others, it waits until no CPU can be inside it: 20 ms or more, so a minute for a
 * thousand.  Closing them in several threads doesn't help, as these wait for each other.  A uprobe
 * must also be removed from every process that has mapped the file.  So a child closes the probes,
 * and the tool can end.
 */
static void detach(void)
{
	struct pollfd wait = { .events = POLLIN };
	int go[2], done[2];
	pid_t child = -1;

	if (n_attached >= FEW && !pipe2(go, O_CLOEXEC) && !pipe2(done, O_CLOEXEC))
		child = fork();
	if (!child) {
		close(go[1]);
		detach_behind(go[0], done[1]);
	}
	while (n_probes)
		close(probes[--n_probes]);
	if (child < 0)
		return;
	close(go[1]);
	close(done[1]);
	wait.fd = done[0];
	if (!poll(&wait, 1, PATIENCE_MS))
		warnx("the kernel needs more time to remove the probes, and continues in the "
		      "background");
}

/* Handle a signal that came while the probes were being attached. */
static void end_if_stopped(void)
{
	if (!stop_signal())
		return;
	detach();
	stop_now();
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

/* Only in a process, if PID is not 0; -1 and errno on failure. */
static int perf_open(struct perf_event_attr *attr, u32 pid)
{
	return syscall(SYS_perf_event_open, attr, pid ? (int)pid : -1, pid ? -1 : 0, -1,
		       PERF_FLAG_FD_CLOEXEC);
}

#define UPROBE_RETURNS 1ull /* in attr.config: when the function returns */

static int uprobe_open(const struct user_place *at, int type, u32 pid)
{
	struct perf_event_attr attr = { .type = type, .size = sizeof(attr) };

	attr.config = at->semaphore << 32 | (at->returns ? UPROBE_RETURNS : 0);
	attr.config1 = (u64)(unsigned long)at->file;
	attr.config2 = at->offset;
	return perf_open(&attr, pid);
}

/* A perf event that fires at this place; -1 and errno on failure. */
static int event_open(const struct pattern *p, const struct place *at, int type, u32 pid)
{
	struct perf_event_attr attr = { .type = type, .size = sizeof(attr) };

	switch (p->kind) {
	case KERNEL_FUNC: /* by address, because several functions can have the same name */
		attr.config1 = at->at ? 0 : (u64)(unsigned long)p->names[at->id];
		attr.config2 = at->at;
		break;
	case TRACEPOINT:
		attr.config = at->at;
		break;
	default:
		return uprobe_open(&(struct user_place){ p->file, at->at, at->semaphore, false },
				   type, pid);
	}
	return perf_open(&attr, 0);
}

static void say(const struct pattern *p, const struct place *at, const char *source)
{
	const char *name = p->names[at->id];

	if (p->kind == TRACEPOINT)
		message("%s: tracepoint %llu\n", name, at->at);
	else if (p->kind == KERNEL_FUNC && !at->at)
		message("%s: %s\n", name, source);
	else if (p->kind == KERNEL_FUNC)
		message("%s: %s at 0x%llx\n", name, source, at->at);
	else if (at->semaphore)
		message("%s: %s at %s+0x%llx, semaphore at 0x%llx\n", name, source, p->shown,
			at->at, at->semaphore);
	else
		message("%s: %s at %s+0x%llx\n", name, source, p->shown, at->at);
}

/* ---- all places ---- */

static bool one_by_one(void)
{
	const char *forced = secure_getenv("SNOOPKIT_PROBES");

	return forced && !strcmp(forced, "kprobe");
}

static bool *attached; /* places */

/*
 * For an event that was defined at run time, the letter of its kind, such as p or r for probes.  0 for an
 * event in the kernel's code; one of these can have the same name.
 */
static char made_as(const char *name)
{
	const char *event = strchr(name, ':') + 1;
	static struct str list;
	char grouped[512], path[64], buf[4096], *line;
	size_t n;
	FILE *f;

	if (!list.p) {
		snprintf(path, sizeof(path), "%s/dynamic_events", tracefs());
		f = fopen(path, "re");
		while (f && (n = fread(buf, 1, sizeof(buf), f)))
			str_put(&list, buf, n);
		if (f)
			fclose(f);
		str_put(&list, "", 1);
	}
	snprintf(grouped, sizeof(grouped), "%.*s/%s", (int)(event - 1 - name), name, event);
	/* "p:kprobes/open do_sys_openat2", "u:mine u32 count" */
	for (line = list.p; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *made = line + strcspn(line, ":\n");
		size_t len_made = *made == ':' ? strcspn(++made, " \n") : 0;

		if ((len_made == strlen(grouped) && !memcmp(made, grouped, len_made)) ||
		    (len_made == strlen(event) && !memcmp(made, event, len_made)))
			return *line;
	}
	return 0;
}

/*
 * Attach the program to the tracepoint directly, without a perf event: the kernel removes a thousand of
 * these in half a second.  False if there is no raw tracepoint of this name, as for single system calls, or
 * hits would be missed.
 */
static bool attach_raw(const struct pattern *p, const struct place *at,
		       const struct bpf_program *prog)
{
	const char *name = p->names[at->id];
	int copy, link;

	if (one_by_one() || made_as(name) || probe_preempts_tracepoints())
		return false;
	copy = probe_copy(prog, BPF_PROG_TYPE_RAW_TRACEPOINT, at->id, NULL);
	link = copy < 0 ? -1 : bpf_raw_tracepoint_open(strchr(name, ':') + 1, copy);
	if (link < 0) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	hold(&programs, &n_programs, copy);
	hold(&probes, &n_probes, link);
	return true;
}

/* ---- system calls, by number ---- */

/* The key in syscall_ids for a tracepoint of a single system call; -1 for others, or if the number is unknown. */
static int syscall_key(const struct pattern *p, const struct place *at)
{
	static const char enter[] = "syscalls:sys_enter_", exit[] = "syscalls:sys_exit_";
	const char *name = p->names[at->id];
	int number;

	if (p->kind != TRACEPOINT || made_as(name))
		return -1;
	if (!strncmp(name, enter, strlen(enter))) {
		number = syscall_number(name + strlen(enter));
		return number < SYSCALL_NUMBERS ? number : -1;
	}
	if (strncmp(name, exit, strlen(exit)))
		return -1;
	number = syscall_number(name + strlen(exit));
	return number >= 0 && number < SYSCALL_NUMBERS ? SYSCALL_NUMBERS + number : -1;
}

size_t attach_by_number(const struct pattern *p)
{
	size_t n = 0;

	for (size_t i = 0; p->kind == TRACEPOINT && i < p->n_places; i++)
		n += syscall_key(p, &p->places[i]) >= 0;
	/* perf's programs for tracepoints of single system calls can be preempted, those for all cannot. */
	return (n >= FEW || probe_preempts_tracepoints()) && !one_by_one() ? n : 0;
}

static void attached_init(const struct pattern *p)
{
	attached = attached ?: calloc(p->n_places, sizeof(*attached));
	if (!attached)
		err(1, NULL);
}

void attach_syscalls(const struct pattern *p, struct bpf_program *enter, struct bpf_program *exit,
		     int ids)
{
	struct bpf_program *progs[] = { enter, exit };
	bool wanted[2] = { false };

	attached_init(p);
	for (size_t i = 0; i < p->n_places; i++) {
		int key = syscall_key(p, &p->places[i]);
		u32 id = p->places[i].id + 1;

		if (key < 0)
			continue;
		if (bpf_map_update_elem(ids, &key, &id, BPF_ANY))
			err(1, "cannot fill the BPF map syscall_ids");
		wanted[key >= SYSCALL_NUMBERS] = attached[i] = true;
	}
	for (int i = 0; i < 2; i++) {
		struct bpf_link *link;

		if (!wanted[i])
			continue;
		link = probe_attach_program(progs[i]);
		if (!link)
			err(1, "cannot trace system calls by %s", probe_section(progs[i]));
		hold(&probes, &n_probes, bpf_link__fd(link));
		hold(&programs, &n_programs, bpf_program__fd(progs[i]));
	}
}

static int attach_singles(const struct pattern *p, const struct bpf_program *prog, u32 pid)
{
	enum bpf_prog_type type = BPF_PROG_TYPE_KPROBE, copy_type = type;
	int source = p->kind == TRACEPOINT ? PERF_TYPE_TRACEPOINT : source_type(sources[p->kind]);
	bool alike = !probe_asks_id(prog);
	int copy = -1, why = 0;
	u32 copy_id = -1;

	if (source < 0)
		errx(1, "cannot trace '%s': this kernel has no %ss", p->text, sources[p->kind]);
	for (size_t i = 0; i < p->n_places && !stop_signal(); i++) {
		const struct place *at = &p->places[i];
		int event;

		if (attached[i])
			continue;
		if (p->kind == TRACEPOINT && attach_raw(p, at, prog)) {
			attached[i] = true;
			continue;
		}
		if (p->kind == TRACEPOINT) {
			char kind = made_as(p->names[at->id]);

			type = kind == 'p' || kind == 'r' ? BPF_PROG_TYPE_KPROBE
							  : BPF_PROG_TYPE_TRACEPOINT;
		}
		if (copy < 0 || type != copy_type || (at->id != copy_id && !alike)) {
			copy = probe_copy(prog, type, at->id, NULL);
			if (copy < 0)
				err(1, "the kernel rejected the BPF programs");
			hold(&programs, &n_programs, copy);
			copy_id = at->id;
			copy_type = type;
		}
		event = event_open(p, at, source, pid);
		if (event >= 0 && !ioctl(event, PERF_EVENT_IOC_SET_BPF, copy)) {
			hold(&probes, &n_probes, event);
			attached[i] = true;
			n_attached++;
			continue;
		}
		why = errno;
		if (event >= 0)
			close(event);
	}
	return why;
}

/*
 * BPF_LINK_CREATE for many uprobes, which the headers of libbpf and the system may lack; the layout is
 * kernel ABI.
 */
#define UPROBE_MULTI_RETURNS 1 /* in multi_flags */
struct uprobe_multi_attr {
	u32 prog, target, attach_type, flags;
	u64 path, offsets, semaphores, cookies;
	u32 n, multi_flags, pid, pad;
};

static int uprobe_multi_link(struct uprobe_multi_attr attr, int prog)
{
	attr.prog = prog;
	attr.attach_type = TRACE_UPROBE_MULTI;
	return syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

static int kprobe_multi_link(int prog, const u64 *addrs, const u64 *ids, u32 n)
{
	LIBBPF_OPTS(bpf_link_create_opts, o);

	o.kprobe_multi.addrs = (const unsigned long *)addrs;
	o.kprobe_multi.cookies = (const __u64 *)ids;
	o.kprobe_multi.cnt = n;
	return bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o);
}

/* All places of a pattern, in the form that the kernel takes for one link. */
struct many {
	int prog;
	const char *file; /* NULL: kernel functions */
	bool session;     /* kernel functions, where they begin and return */
	u32 pid;
	u64 *at, *ids, *semaphores;
};

static u64 address(const void *p)
{
	return (unsigned long)p;
}

static int multi_link(const struct many *m, size_t first, size_t n)
{
	if (m->session)
		return session_link(m->prog, m->at + first, m->ids + first, n);
	if (!m->file)
		return kprobe_multi_link(m->prog, m->at + first, m->ids + first, n);
	return uprobe_multi_link((struct uprobe_multi_attr){ .path = address(m->file),
							     .offsets = address(m->at + first),
							     .semaphores =
								     address(m->semaphores + first),
							     .cookies = address(m->ids + first),
							     .n = n,
							     .pid = m->pid },
				 m->prog);
}

/* One place that can't be probed makes the whole link fail: bisect to find it. */
static int attach_multi(const struct many *m, size_t first, size_t n)
{
	int fd = multi_link(m, first, n), why = errno;

	if (fd >= 0) {
		hold(&probes, &n_probes, fd);
		memset(attached + first, true, n);
		n_attached += n;
		return 0;
	}
	if (n == 1 || stop_signal() || why == EPERM || why == ENOMEM)
		return why;
	why = attach_multi(m, first, n / 2);
	return attach_multi(m, first + n / 2, n - n / 2) ?: why;
}

static int attach_all_multi(const struct pattern *p, int prog, bool session, u32 pid)
{
	u64 *columns = calloc(3 * p->n_places, sizeof(*columns));
	struct many m = {
		.prog = prog, .file = p->file, .session = session, .pid = pid, .at = columns
	};
	int why;

	if (!columns)
		err(1, NULL);
	m.ids = columns + p->n_places;
	m.semaphores = m.ids + p->n_places;
	for (size_t i = 0; i < p->n_places; i++) {
		m.at[i] = p->places[i].at;
		m.ids[i] = p->places[i].id;
		m.semaphores[i] = p->places[i].semaphore;
	}
	why = attach_multi(&m, 0, p->n_places);
	free(columns);
	return why;
}

/* A program of this attach type that does nothing, or a negative number. */
static int load_nothing(int attach_type)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = attach_type);

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "probe", "GPL", insns, 2, &load);
}

static int kprobe_multi_works = -1; /* -1: not tried yet */

static bool has_kprobe_multi(void)
{
	LIBBPF_OPTS(bpf_link_create_opts, o);
	const char *func = "vfs_read";
	unsigned long addr = kaddr(func);
	int prog, link;

	if (kprobe_multi_works >= 0)
		return kprobe_multi_works;
	prog = load_nothing(BPF_TRACE_KPROBE_MULTI);
	if (prog < 0)
		return false;
	/* For a name, the kernel unpacks those of all its symbols. */
	if (addr)
		o.kprobe_multi.addrs = &addr;
	else
		o.kprobe_multi.syms = &func;
	o.kprobe_multi.cnt = 1;
	link = bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o);
	if (link >= 0)
		close(link);
	close(prog);
	kprobe_multi_works = link >= 0;
	return link >= 0;
}

bool attach_takes(const u64 *addrs, size_t n)
{
	int prog = one_by_one() ? -1 : load_nothing(BPF_TRACE_KPROBE_MULTI), link;

	if (prog < 0)
		return false;
	link = kprobe_multi_link(prog, addrs, NULL, n);
	close(prog);
	if (link < 0)
		return false;
	close(link);
	kprobe_multi_works = true;
	return true;
}

/*
 * Probing a directory must fail with EBADF on a kernel that has such links.  The first ones (6.6)
 * traced only one thread of a process, and would count too little.  They don't return an error for
 * the PID -1, which tells them apart.
 */
static bool has_uprobe_multi(void)
{
	u64 offset = 0;
	struct uprobe_multi_attr attr = { .path = address("/"),
					  .offsets = address(&offset),
					  .n = 1 };
	int prog = load_nothing(TRACE_UPROBE_MULTI);
	bool has;

	if (prog < 0)
		return false;
	has = uprobe_multi_link(attr, prog) < 0 && errno == EBADF;
	attr.pid = -1;
	has = has && uprobe_multi_link(attr, prog) < 0 && errno == EINVAL;
	close(prog);
	return has;
}

int attach_multi_type(const struct pattern *p)
{
	if (one_by_one())
		return 0;
	if (p->kind == USER_FUNC || p->kind == USDT)
		return p->n_places > 1 && has_uprobe_multi() ? TRACE_UPROBE_MULTI : 0;
	/* ftrace, and so kprobe.multi, may not know an exact name. */
	if (p->kind == KERNEL_FUNC && p->wildcard && p->places[0].at)
		return has_kprobe_multi() ? BPF_TRACE_KPROBE_MULTI : 0;
	return 0;
}

void attach_check_limit(const struct pattern *p, bool multi)
{
	const char *set = secure_getenv("BCC_PROBE_LIMIT");
	u64 limit = set ? parse_u64(set, "BCC_PROBE_LIMIT", 1, 1 << 20) : multi ? 1 << 20 : 1000;

	if (p->n_places > limit)
		errx(1,
		     "'%s' matches %zu probes, more than the limit of %llu: narrow it down, or "
		     "set BCC_PROBE_LIMIT",
		     p->text, p->n_places, limit);
}

/* Each probe takes two descriptors. */
static void allow_files(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* Before the first probe. */
static void attach_begin(void)
{
	static bool begun;

	if (begun)
		return;
	begun = true;
	allow_files();
	stop_catch();
	atexit(detach);
}

int attach_copy(const struct bpf_program *prog, u32 id)
{
	int copy = probe_copy(prog, BPF_PROG_TYPE_KPROBE, id, NULL);

	if (copy < 0)
		err(1, "the kernel rejected the BPF programs");
	hold(&programs, &n_programs, copy);
	return copy;
}

/* Run the program at a perf event, if there is one; MADE: by probe_return_event().  0, or an errno. */
static int run_at(int event, int prog, bool made)
{
	int why;

	if (event >= 0 && !ioctl(event, PERF_EVENT_IOC_SET_BPF, prog)) {
		if (made)
			probe_hold_event(event);
		else
			hold(&probes, &n_probes, event);
		n_attached++;
		end_if_stopped();
		return 0;
	}
	why = errno;
	if (event >= 0)
		close(event);
	return why;
}

/* A program can leave a function without returning, as the kernel can't. */
static void note_user_returns(void)
{
	loss_says("returns",
		  "function returns: calls were left in another way, as by longjmp(3), or too many "
		  "were in flight",
		  NULL);
}

int attach_user(const struct user_place *at, int prog, u32 pid)
{
	static int type;

	attach_begin();
	type = type ?: source_type("uprobe");
	if (type < 0)
		return EOPNOTSUPP;
	if (at->returns)
		note_user_returns();
	return run_at(uprobe_open(at, type, pid), prog, false);
}

/* After attach_begin().  0, or an errno. */
static int keep_link(int link)
{
	if (link < 0)
		return errno;
	hold(&probes, &n_probes, link);
	n_attached++;
	end_if_stopped();
	return 0;
}

int attach_trampoline(int prog)
{
	int link;

	attach_begin();
	link = bpf_raw_tracepoint_open(NULL, prog);
	return keep_link(link);
}

bool attach_has_user_multi(void)
{
	return !one_by_one() && has_uprobe_multi();
}

int attach_user_multi(const char *file, const u64 *offsets, u32 n, bool returns, int prog, u32 pid)
{
	struct uprobe_multi_attr attr = { .path = address(file),
					  .offsets = address(offsets),
					  .n = n,
					  .multi_flags = returns ? UPROBE_MULTI_RETURNS : 0,
					  .pid = pid };
	int link;

	attach_begin();
	if (returns)
		note_user_returns();
	link = uprobe_multi_link(attr, prog);
	return keep_link(link);
}

void attach_hold_program(int prog)
{
	hold(&programs, &n_programs, prog);
}

/* One of perf's own events, which miss returns of more than a few calls in flight. */
static int return_open(const struct pattern *p, const struct place *at, int type)
{
	struct perf_event_attr attr = { .type = type, .size = sizeof(attr), .config = 1 };

	attr.config1 = at->at ? 0 : (u64)(unsigned long)p->names[at->id];
	attr.config2 = at->at;
	return perf_open(&attr, 0);
}

int attach_kernel(const struct pattern *p, const struct place *at, u64 offset, bool returns,
		  int prog)
{
	struct place moved = *at;
	int type = p->kind == TRACEPOINT ? PERF_TYPE_TRACEPOINT : source_type("kprobe"), event;
	struct perf_event_attr attr = { .type = type, .size = sizeof(attr) };
	bool made = false; /* by probe_return_event() */

	attach_begin();
	if (type < 0)
		return EOPNOTSUPP;
	moved.at += offset;
	if (returns) {
		event = pattern_only_place(p, at) ? probe_return_event(p->names[at->id]) : -1;
		made = event >= 0;
		if (!made)
			event = return_open(p, at, type);
	} else if (p->kind == KERNEL_FUNC && !at->at) {
		attr.config1 = (u64)(unsigned long)p->names[at->id];
		attr.config2 = offset;
		event = perf_open(&attr, 0);
	} else {
		event = event_open(p, &moved, type, 0);
	}
	return run_at(event, prog, made);
}

size_t attach_pattern(const struct pattern *p, const struct bpf_program *prog, u32 pid, bool debug)
{
	int type = bpf_program__expected_attach_type(prog);
	const char *source = session_has(prog)                ? "kprobe.session"
			     : type == BPF_TRACE_KPROBE_MULTI ? "kprobe.multi"
			     : type == TRACE_UPROBE_MULTI     ? "uprobe.multi"
							      : NULL;
	size_t names = 0, refused = 0;
	u32 last = -1;
	int why;

	attached_init(p);
	attach_begin();
	why = source ? attach_all_multi(p, bpf_program__fd(prog), session_has(prog), pid)
		     : attach_singles(p, prog, pid);
	source = source ?: sources[p->kind];
	end_if_stopped();
	for (size_t i = 0; i < p->n_places; i++) {
		const struct place *at = &p->places[i];

		refused += !attached[i];
		if (!attached[i])
			continue;
		names += at->id != last;
		last = at->id;
		if (debug)
			say(p, at, source);
	}
	if (!names)
		errx(1, "cannot probe '%s': %s", p->text, diag_why(why));
	probe_say(source ?: "tracepoint");
	if (refused)
		warnx("%zu of %zu functions can't be probed", refused, p->n_places);
	end_if_stopped();
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
