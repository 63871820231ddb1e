// SPDX-License-Identifier: BSD-2-Clause
/* bpftop: what BPF programs cost, and whose they are. */
/* LIBS: ncursesw */
#include "bpftop.h"
#include "base/priv.h"
#include "bpftop.skel.h"
#include "domain/bpf_fds.h"
#include "kernel/probe.h"
#include "main/tool.h"
#include "output/fields.h"
#include "output/screen.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BY_CPU, BY_RUNS, BY_NS, BY_MISSES, BY_MAPS };
static const char *const sorts[] = { "cpu", "runs", "ns", "misses", "maps", NULL };
static u32 sort;
static u64 limit; /* in thousandths of a percent; 0: none */
static u64 most;  /* what all programs took in the costliest interval, likewise */

static void set_limit(const char *arg)
{
	char *end;
	double percent = strtod(arg, &end);

	if (end == arg || (*end && strcmp(end, "%")) || !(percent >= 0.001 && percent <= 1e6))
		usage_error("'%s' is not a percentage, such as 2%%", arg);
	limit = percent * 1000;
}

static const struct opt opts[] = {
	OPT_TOP,
	OPT_CHOICE('s', "sort", "FIELD", &sort, sorts, "Sort by cpu, runs, ns, misses or maps"),
	OPT_CALL(0, "limit", "PERCENT", set_limit,
		 "End with status 1 if all programs together took more than this much of one CPU "
		 "in an interval"),
	{ 0 },
};

/* ---- columns ---- */

static const char *type_name(u64 type)
{
	return libbpf_bpf_prog_type_str(type) ?: "?";
}

CELL(type, prog_use, value_str(type_name(e->k.type)))
CELL(runs_per_s, prog_use, e->v.uncounted ? value_none("-") : value_as(&kind_rate, e->v.runs))
CELL(runs, prog_use, e->v.uncounted ? value_none("-") : value_uint(e->v.runs))
CELL(run_ns, prog_use, e->v.uncounted ? value_none("-") : value_uint(e->v.ns))
CELL(ns_a_run, prog_use, e->v.runs ? value_uint(e->v.ns / e->v.runs) : value_none("-"))
/* What was recorded took a second. */
CELL(cpu, prog_use,
     e->v.uncounted ? value_none("-")
		    : value_percent(&kind_percent2, e->v.ns, run.report_ns ?: 1000000000))
CELL(owner, prog_use,
     e->v.pid       ? value_fmt("%.*s[%u]", COMM_LEN, e->v.comm, e->v.pid)
     : *e->v.pinned ? value_chars(e->v.pinned, sizeof(e->v.pinned))
		    : value_none("-"))

static const struct col cols[] = {
	{ COL("ID", -7, prog_use, k.id), HELP("ID of the program") },
	{ COLF("TYPE", -16, type), HELP("Its type") },
	{ COL("NAME", -24, prog_use, v.name), NONE("-"), TRUNCATED, HELP("Its name") },
	{ COLF("RUNS/s", 9, runs_per_s), TEXT_ONLY,
	  HELP("How often it ran per second (JSON: runs, in the interval)") },
	{ COLF("runs", 0, runs), HELP("How often it ran in the interval"), JSON_ONLY },
	{ COLF("NS/RUN", 8, ns_a_run), TEXT_ONLY,
	  HELP("How many nanoseconds a run took (JSON: run_ns, all runs of the interval)") },
	{ COLF("run_ns", 0, run_ns), HELP("How long it ran in the interval"), JSON_ONLY },
	{ COLF("CPU%", 7, cpu), KEY("cpu_percent"), .flags = COL_GAUGE,
	  HELP("The same as a share of one CPU") },
	{ COL("MISSES", 7, prog_use, v.misses),
	  HELP("How often it was skipped, as it was running on the CPU already") },
	{ COL_AS(kind_kib, "MAPS_Kb", 8, prog_use, v.map_bytes), KEY("map_bytes"),
	  .flags = COL_GAUGE, HELP("Memory of its maps, in KiB (JSON: map_bytes, in bytes)") },
	{ COLF("OWNER", -32, owner), .flags = COL_TEXT_ONLY | COL_TRUNCATE,
	  HELP("A process that holds it, or where it is pinned") },
	{ COL("ATTACHED", 0, prog_use, v.attached), NONE("-"), HELP("What it is attached to") },
	{ COL("code_bytes", 0, prog_use, v.code_bytes), .flags = COL_GAUGE | COL_JSON_ONLY,
	  HELP("Size of its machine code") },
	{ COL("maps", 0, prog_use, v.maps), .flags = COL_GAUGE | COL_JSON_ONLY,
	  HELP("How many maps it uses; several programs can share one") },
	{ COL("pid", 0, prog_use, v.pid), NONE(""), HELP("A process that holds it"), JSON_ONLY },
	{ COL("comm", 0, prog_use, v.comm), NONE(""), HELP("Its name"), JSON_ONLY },
	{ COL("holders", 0, prog_use, v.holders), .flags = COL_GAUGE | COL_JSON_ONLY,
	  HELP("How many processes hold it") },
	{ COL("pinned", 0, prog_use, v.pinned), NONE(""),
	  HELP("Where it, or a link to it, is pinned"), JSON_ONLY },
	{ COL("behind", 0, prog_use, v.behind), NONE(""), .flags = COL_GAUGE | COL_JSON_ONLY,
	  HELP("The ID of the program of which it replaces a function") },
	{ COL("uid", 0, prog_use, v.uid), HELP("The user who loaded it"), JSON_ONLY },
	{ 0 },
};

/* ---- programs that are known ---- */

struct prog {
	struct prog_use use;  /* what the next report says */
	u64 runs, ns, misses; /* all, as of the last report */
	int slot;             /* of those whose runs we count, or -1 */
	int probes[2];
	u32 link;   /* one of its links, or 0 */
	u32 holder; /* the last process that was seen to hold it */
	bool seen;
};
static struct prog *progs;
static size_t n_progs;
static struct bpftop_bpf *bpf;

static struct prog *prog_of(u32 id)
{
	for (struct prog *p = progs; p < progs + n_progs; p++)
		if (p->use.k.id == id)
			return p;
	return NULL;
}

/* Ours are not shown. */
static u32 *ours;
static size_t n_ours;

static void is_ours(int fd)
{
	struct bpf_prog_info info = {};
	u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	ours = reallocarray(ours, n_ours + 1, sizeof(*ours));
	if (!ours)
		err(1, NULL);
	ours[n_ours++] = info.id;
}

static bool among_ours(u32 id)
{
	for (size_t i = 0; i < n_ours; i++)
		if (ours[i] == id)
			return true;
	return false;
}

/* ---- names ---- */

/* The BTF type of a program's first function, or 0. */
static u32 main_function(int fd, u32 *btf)
{
	struct bpf_prog_info info = {};
	struct {
		u32 insn, type, more[14];
	} func = {};
	u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len) || !info.btf_id || !info.nr_func_info ||
	    info.func_info_rec_size > sizeof(func))
		return 0;
	*btf = info.btf_id;
	info = (struct bpf_prog_info){ .func_info = (unsigned long)&func,
				       .nr_func_info = 1,
				       .func_info_rec_size = info.func_info_rec_size };
	len = sizeof(info);
	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : func.type;
}

static void name_of_type(u32 btf_id, u32 type, char *name, size_t size)
{
	static struct btf *btf;
	static u32 last;
	const struct btf_type *t;

	/* The kernel's own are asked for again and again. */
	if (btf_id != last) {
		btf__free(btf);
		btf = btf__load_from_kernel_by_id(btf_id);
		btf = libbpf_get_error(btf) ? NULL : btf;
		last = btf_id;
	}
	t = btf ? btf__type_by_id(btf, type) : NULL;
	if (t)
		snprintf(name, size, "%s", btf__name_by_offset(btf, t->name_off));
}

/* ---- what it is attached to ---- */

static void attached(struct prog *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void attached(struct prog *p, const char *fmt, ...)
{
	static const char more[] = ", ...";
	char *to = p->use.v.attached;
	size_t at = strlen(to), len;
	char what[sizeof(p->use.v.attached) - sizeof(more)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	len = strlen(what);
	for (const char *s = to; (s = strstr(s, what)); s++)
		if ((s == to || s[-1] == ' ') && (!s[len] || s[len] == ','))
			return;
	if (!at)
		strcpy(to, what);
	else if (at + 2 + len + sizeof(more) <= sizeof(p->use.v.attached))
		sprintf(to + at, ", %s", what);
	else if (!strstr(to, more))
		strcpy(to + at, more);
}

static const char *interface_name(u32 index)
{
	static char name[32];
	DIR *d = opendir("/sys/class/net");
	char path[300];
	struct dirent *e;
	u32 n;

	snprintf(name, sizeof(name), "interface %u", index);
	while (d && (e = readdir(d))) {
		FILE *f;

		snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", e->d_name);
		f = *e->d_name == '.' ? NULL : fopen(path, "re");
		if (f && fscanf(f, "%u", &n) == 1 && n == index)
			snprintf(name, sizeof(name), "%.31s", e->d_name);
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	return name;
}

static const char *attach_type(u32 type)
{
	return libbpf_bpf_attach_type_str(type) ?: "?";
}

/* Types of links that the C library's headers may lack. */
enum { KPROBE_MULTI = 8, NETFILTER = 10, TCX = 11, UPROBE_MULTI = 12, NETKIT = 13 };

static void on_link_info(struct prog *p, const struct bpf_link_info *info, const char *name)
{
	char function[128] = "";
	/* Those of newer kernels. */
	const struct {
		u32 type, id, prog, pad, words[12];
	} *raw = (const void *)info;

	switch (info->type) {
	case BPF_LINK_TYPE_RAW_TRACEPOINT:
		attached(p, "raw_tracepoint %s", name);
		break;
	case BPF_LINK_TYPE_TRACING:
		if (p->use.k.type == BPF_PROG_TYPE_EXT) {
			p->use.v.behind = info->tracing.target_obj_id;
			if (p->use.v.behind)
				attached(p, "in program %u", p->use.v.behind);
			else
				attached(p, "in another program");
			break;
		}
		name_of_type(info->tracing.target_obj_id, info->tracing.target_btf_id, function,
			     sizeof(function));
		attached(p, "%s %s", attach_type(info->tracing.attach_type), function);
		break;
	case BPF_LINK_TYPE_CGROUP:
		attached(p, "%s %s", attach_type(info->cgroup.attach_type),
			 fields_cgroup_path(info->cgroup.cgroup_id) ?: "?");
		break;
	case BPF_LINK_TYPE_XDP:
		attached(p, "xdp %s", interface_name(info->xdp.ifindex));
		break;
	case BPF_LINK_TYPE_NETNS:
		attached(p, "%s netns:[%u]", attach_type(info->netns.attach_type),
			 info->netns.netns_ino);
		break;
	case BPF_LINK_TYPE_ITER:
		attached(p, "iter/%s", name);
		break;
	case TCX:
	case NETKIT:
		attached(p, "%s %s", info->type == TCX ? "tcx" : "netkit",
			 interface_name(raw->words[0]));
		break;
	case KPROBE_MULTI: /* the addresses, their number */
	case UPROBE_MULTI: /* four addresses, the length of the path, the number */
		attached(p, "%u %s", raw->words[info->type == KPROBE_MULTI ? 2 : 9],
			 info->type == KPROBE_MULTI ? "kprobes" : "uprobes");
		break;
	case NETFILTER:
		attached(p, "netfilter");
		break;
	case BPF_LINK_TYPE_PERF_EVENT:
		break; /* the perf event tells more */
	default:
		attached(p, "%s", libbpf_bpf_link_type_str(info->type) ?: "a link");
	}
}

static void read_links(void)
{
	u32 id = 0, len;

	while (!bpf_link_get_next_id(id, &id)) {
		/* With room for what newer kernels tell */
		union {
			struct bpf_link_info info;
			u8 room[128];
		} u = {};
		char name[128] = "";
		int fd = bpf_link_get_fd_by_id(id);
		struct prog *p;

		len = sizeof(u);
		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &u.info, &len)) {
			u32 type = u.info.type;

			/* Once more for the name: only these two have one. */
			if (type == BPF_LINK_TYPE_RAW_TRACEPOINT || type == BPF_LINK_TYPE_ITER) {
				memset(&u, 0, sizeof(u));
				u.info.raw_tracepoint.tp_name = (unsigned long)name;
				u.info.raw_tracepoint.tp_name_len = sizeof(name);
				len = sizeof(u);
				bpf_obj_get_info_by_fd(fd, &u.info, &len);
			}
			p = prog_of(u.info.prog_id);
			if (p) {
				p->link = id;
				on_link_info(p, &u.info, name);
			}
		}
		close(fd);
	}
}

static void on_perf_event(const struct bpf_fd *at)
{
	static const char *const hows[] = { "raw_tracepoint", "tracepoint", "kprobe",
					    "kretprobe",      "uprobe",     "uretprobe" };
	char where[256] = "";
	u32 id, how, len = sizeof(where);
	u64 offset, addr;
	struct prog *p;

	if (bpf_task_fd_query(at->pid, at->fd, 0, where, &len, &id, &how, &offset, &addr))
		return;
	p = prog_of(id);
	if (!p)
		return;
	if (offset)
		attached(p, "%s %s+0x%llx", NAME_OF(hows, how), where, (unsigned long long)offset);
	else
		attached(p, "%s %s", NAME_OF(hows, how), where);
}

/* Those that are attached without a link: how libxdp attaches its dispatcher. */
static void read_xdp(void)
{
	DIR *d = opendir("/sys/class/net");
	char path[300];
	struct dirent *e;
	FILE *f;

	while (d && (e = readdir(d))) {
		u32 index = 0, id = 0;
		struct prog *p;

		snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", e->d_name);
		f = *e->d_name == '.' ? NULL : fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%u", &index) == 1 && !bpf_xdp_query_id(index, 0, &id) &&
		    (p = prog_of(id)))
			attached(p, "xdp %s", e->d_name);
		fclose(f);
	}
	if (d)
		closedir(d);
}

/* ---- cgroups: programs attached to them without a link ---- */

static const struct {
	u8 type, attach;
} cgroup_hooks[] = {
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE },
	{ BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETPEERNAME },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETSOCKNAME },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT },
};
#define N_CGROUP_HOOKS (sizeof(cgroup_hooks) / sizeof(*cgroup_hooks))

/* WANTED: types of programs, as bits.  ROOT: how long the path of the file system is. */
static void read_cgroup(const char *dir, size_t root, u32 wanted)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[1024];

	for (size_t i = 0; d && i < N_CGROUP_HOOKS; i++) {
		u32 ids[64], n = 64, flags;
		struct prog *p;

		if (!(wanted >> cgroup_hooks[i].type & 1) ||
		    bpf_prog_query(dirfd(d), cgroup_hooks[i].attach, 0, &flags, ids, &n))
			continue;
		while (n)
			if ((p = prog_of(ids[--n])))
				attached(p, "%s %s", attach_type(cgroup_hooks[i].attach),
					 dir[root] ? dir + root : "/");
	}
	while (d && (e = readdir(d)))
		if (e->d_type == DT_DIR && *e->d_name != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) < (int)sizeof(path))
			read_cgroup(path, root, wanted);
	if (d)
		closedir(d);
}

static void each_mount(const char *type, void (*f)(const char *dir))
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;

	while (mounts && (m = getmntent(mounts)))
		if (!strcmp(m->mnt_type, type))
			f(m->mnt_dir);
	if (mounts)
		endmntent(mounts);
}

static void read_cgroups(const char *dir)
{
	u32 wanted = 0;

	for (const struct prog *p = progs; p < progs + n_progs; p++)
		if (!*p->use.v.attached && p->use.k.type < 32)
			wanted |= 1u << p->use.k.type;
	for (size_t i = 0; i < N_CGROUP_HOOKS; i++)
		if (wanted >> cgroup_hooks[i].type & 1) {
			read_cgroup(dir, strlen(dir), wanted);
			return;
		}
}

/* ---- whose it is ---- */

static void on_fd(const struct bpf_fd *at)
{
	struct prog *p;

	if (!strcmp(at->type, "perf_event")) {
		on_perf_event(at);
		return;
	}
	if (strcmp(at->type, "prog") && strcmp(at->type, "link"))
		return;
	p = prog_of(bpf_fd_number(at, "prog_id"));
	/* The same process can hold it twice: as a program, and by a link. */
	if (!p || p->holder == at->pid)
		return;
	p->holder = at->pid;
	p->use.v.holders++;
	if (p->use.v.pid)
		return;
	p->use.v.pid = at->pid;
	process_name(at->pid, p->use.v.comm);
}

static void on_pin(const char *path)
{
	union {
		struct bpf_prog_info prog;
		struct bpf_link_info link;
		u8 room[512];
	} info = {};
	u32 len = sizeof(info);
	struct prog *p = NULL;
	char self[64], target[64];
	int fd = bpf_obj_get(path);
	ssize_t n;

	if (fd < 0)
		return;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = 0;
	if (strstr(target, "bpf-prog") && !bpf_obj_get_info_by_fd(fd, &info, &len))
		p = prog_of(info.prog.id);
	else if ((strstr(target, "bpf_link") || strstr(target, "bpf-link")) &&
		 !bpf_obj_get_info_by_fd(fd, &info, &len))
		p = prog_of(info.link.prog_id);
	if (p && !*p->use.v.pinned)
		snprintf(p->use.v.pinned, sizeof(p->use.v.pinned), "%.*s",
			 (int)sizeof(p->use.v.pinned) - 1, path);
	close(fd);
}

static void read_pins(const char *dir, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[1024];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    snprintf(path, sizeof(path), "%s/%s", dir, e->d_name) >= (int)sizeof(path))
			continue;
		if (e->d_type == DT_REG)
			on_pin(path);
		else if (e->d_type == DT_DIR && depth < 16)
			read_pins(path, depth + 1);
	}
	if (d)
		closedir(d);
}

static void read_pins_below(const char *dir)
{
	read_pins(dir, 0);
}

/* ---- runs that the kernel doesn't count ---- */

static int behind_probe(const struct bpf_program *prog, enum bpf_attach_type type, int target,
			u32 function, int slot, int *link)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type, .attach_prog_fd = target,
		    .attach_btf_id = function);
	int fd = probe_copy(prog, BPF_PROG_TYPE_TRACING, slot, &o);

	if (fd < 0)
		return -1;
	is_ours(fd);
	*link = bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	return *link;
}

static bool used[BEHIND_MAX];

static void read_behind(int slot, u64 *runs, u64 *ns)
{
	int cpus = libbpf_num_possible_cpus();
	struct behind *counts = calloc(cpus, sizeof(*counts));
	u32 key = slot;

	if (!counts)
		err(1, NULL);
	bpf_map_lookup_elem(bpf_map__fd(bpf->maps.behinds), &key, counts);
	*runs = *ns = 0;
	for (int i = 0; i < cpus; i++) {
		*runs += counts[i].runs;
		*ns += counts[i].ns;
	}
	free(counts);
}

static void count_behind(struct prog *p, int fd)
{
	u32 btf, function = main_function(fd, &btf);
	int slot = 0;

	p->use.v.uncounted = true;
	while (slot < BEHIND_MAX && used[slot])
		slot++;
	if (!function || slot == BEHIND_MAX)
		return;
	/* It may have had another program. */
	read_behind(slot, &p->runs, &p->ns);
	/* First the end, which does nothing without a beginning. */
	if (behind_probe(bpf->progs.behind_ends, BPF_TRACE_FEXIT, fd, function, slot,
			 &p->probes[1]) < 0)
		return;
	if (behind_probe(bpf->progs.behind_begins, BPF_TRACE_FENTRY, fd, function, slot,
			 &p->probes[0]) < 0) {
		close(p->probes[1]);
		return;
	}
	used[slot] = true;
	p->slot = slot;
	p->use.v.uncounted = false;
}

static void leave(struct prog *p)
{
	if (p->slot < 0)
		return;
	used[p->slot] = false;
	close(p->probes[0]);
	close(p->probes[1]);
	p->slot = -1;
	p->use.v.uncounted = true;
}

/* Once it replaces nothing any more, only our probes would keep it in the kernel. */
static void leave_unlinked(struct prog *p)
{
	int fd = p->slot < 0 || !p->link ? -1 : bpf_link_get_fd_by_id(p->link);

	if (fd >= 0)
		close(fd);
	else
		leave(p);
}

/* ---- a report ---- */

static u64 map_bytes(u32 id)
{
	struct bpf_fd at = { .pid = getpid() };
	int fd = bpf_map_get_fd_by_id(id);
	u64 bytes;

	if (fd < 0)
		return 0;
	at.fd = fd;
	bytes = bpf_fd_number(&at, "memlock");
	close(fd);
	return bytes;
}

static struct prog *new_prog(int fd, const struct bpf_prog_info *info)
{
	struct prog *p;
	u32 btf, function;

	progs = reallocarray(progs, n_progs + 1, sizeof(*progs));
	if (!progs)
		err(1, NULL);
	p = memset(progs + n_progs++, 0, sizeof(*p));
	p->use.k.id = info->id;
	p->use.k.type = info->type;
	p->use.v.uid = info->created_by_uid;
	p->use.v.code_bytes = info->jited_prog_len;
	snprintf(p->use.v.name, sizeof(p->use.v.name), "%s", info->name);
	/* The kernel cuts it. */
	if (strlen(info->name) == BPF_OBJ_NAME_LEN - 1 && (function = main_function(fd, &btf))) {
		name_of_type(btf, function, p->use.v.name, sizeof(p->use.v.name));
		if (strncmp(p->use.v.name, info->name, BPF_OBJ_NAME_LEN - 1))
			snprintf(p->use.v.name, sizeof(p->use.v.name), "%s", info->name);
	}
	p->slot = -1;
	if (info->type == BPF_PROG_TYPE_EXT)
		count_behind(p, fd);
	return p;
}

/* False if the program with this ID is gone, or ours; *FRESH if it was not known. */
static void read_prog(u32 id, bool *fresh)
{
	u32 maps[64], len;
	struct bpf_prog_info info = { .map_ids = (unsigned long)maps, .nr_map_ids = 64 };
	struct prog *p = prog_of(id);
	u64 runs, ns;
	int fd = among_ours(id) ? -1 : bpf_prog_get_fd_by_id(id);

	len = sizeof(info);
	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		close(fd);
		return;
	}
	if (!p) {
		p = new_prog(fd, &info);
		*fresh = true;
	}
	close(fd);
	p->seen = true;
	runs = info.run_cnt;
	ns = info.run_time_ns;
	if (p->slot >= 0)
		read_behind(p->slot, &runs, &ns);
	p->use.v.runs = runs - p->runs;
	p->use.v.ns = ns - p->ns;
	p->use.v.misses = info.recursion_misses - p->misses;
	p->runs = runs;
	p->ns = ns;
	p->misses = info.recursion_misses;
	p->use.v.maps = info.nr_map_ids;
	p->use.v.map_bytes = 0;
	for (u32 i = 0; i < info.nr_map_ids && i < 64; i++)
		p->use.v.map_bytes += map_bytes(maps[i]);
}

/* Whose programs are, and what they are attached to: looked up when there are others, and now and then. */
#define LOOK_UP_EVERY 10

static void look_up(void)
{
	for (struct prog *p = progs; p < progs + n_progs; p++) {
		p->use.v.pid = p->use.v.holders = p->holder = p->link = 0;
		memset(p->use.v.comm, 0, sizeof(p->use.v.comm));
		memset(p->use.v.pinned, 0, sizeof(p->use.v.pinned));
		/* Once privileges are dropped, XDP can't be asked for again. */
		if (strncmp(p->use.v.attached, "xdp ", 4))
			memset(p->use.v.attached, 0, sizeof(p->use.v.attached));
	}
	read_links();
	bpf_fds_each(on_fd);
	each_mount("bpf", read_pins_below);
	each_mount("cgroup2", read_cgroups);
}

static void read_all(void)
{
	static u32 reports;
	bool changed = reports++ % LOOK_UP_EVERY == 0;
	size_t left = 0;
	u32 id = 0;

	for (struct prog *p = progs; p < progs + n_progs; p++)
		p->seen = false;
	while (!bpf_prog_get_next_id(id, &id))
		read_prog(id, &changed);
	if (errno != ENOENT)
		bpf_not_listed();
	for (size_t i = 0; i < n_progs; i++) {
		if (progs[i].seen) {
			progs[left++] = progs[i];
		} else {
			leave(&progs[i]);
			changed = true;
		}
	}
	n_progs = left;
	if (changed)
		look_up();
	for (struct prog *p = progs; p < progs + n_progs; p++)
		leave_unlinked(p);
}

static char *collect(size_t *n)
{
	struct prog_use *uses;
	u64 now = time_mono(), total = 0, took;
	static u64 last;

	read_all();
	uses = calloc(n_progs + 1, sizeof(*uses));
	if (!uses)
		err(1, NULL);
	for (size_t i = 0; i < n_progs; i++) {
		uses[i] = progs[i].use;
		total += uses[i].v.ns;
	}
	took = now - (last ?: run.began);
	last = now;
	if (took && total * 100000 / took > most)
		most = total * 100000 / took;
	*n = n_progs;
	return (char *)uses;
}

static u64 sorted_by(const struct prog_use *u)
{
	switch (sort) {
	case BY_RUNS:
		return u->v.runs;
	case BY_NS:
		return u->v.runs ? u->v.ns / u->v.runs : 0;
	case BY_MISSES:
		return u->v.misses;
	case BY_MAPS:
		return u->v.map_bytes;
	default:
		return u->v.ns;
	}
}

static int compare(const void *a, const void *b)
{
	const struct prog_use *x = a, *y = b;
	u64 m = sorted_by(x), n = sorted_by(y);

	return m != n ? (m < n) - (m > n) : (x->k.id > y->k.id) - (x->k.id < y->k.id);
}

static void parsed(void)
{
	static const char *const headers[] = { "CPU%", "RUNS/s", "NS/RUN", "MISSES", "MAPS_Kb" };

	bpf_fds_prepare();
	fields_cgroup_paths();
	priv_keep(CAP_SYS_ADMIN);
	priv_keep(CAP_BPF);
	priv_keep(CAP_PERFMON);
	priv_keep(CAP_NET_ADMIN);                /* to ask what is attached to cgroups */
	priv_keep_unless_root(CAP_DAC_OVERRIDE); /* to open pins */
	screen_sorted_by(headers[sort], false);
}

/* Instead of attaching: statistics are on for as long as this descriptor is open. */
static void attach(void *skel)
{
	bpf = skel;
	is_ours(bpf_program__fd(bpf->progs.behind_begins));
	is_ours(bpf_program__fd(bpf->progs.behind_ends));
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0 && errno != EPERM)
		err(1, "cannot have the kernel count the runs of BPF programs");
	read_all();
	read_xdp();
}

static void end(void)
{
	out_flush();
	if (limit && most > limit)
		errx(1, "BPF programs took %llu.%03llu %% of a CPU, more than %llu.%03llu %%",
		     most / 1000, most % 1000, limit / 1000, limit % 1000);
}

TOOL(bpftop, .summary = "Show what BPF programs cost, and whose they are.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  bpftop                   # every second\n"
		 "  bpftop -s maps -r 10     # those whose maps take most memory\n"
		 "  bpftop --limit 2% 60 1   # for scripts: fail if they take more in this minute",
     .opts = opts, .cols = cols, COLLECTED(collect, prog_use), TOP_SCREEN, .interval = 1,
     .compare = compare, .parsed = parsed, .attach = attach, .begin = table_begin, .end = end,
     .goodbye = "Detaching...")
