// SPDX-License-Identifier: BSD-2-Clause
/* bpftop: what BPF programs cost, and whose they are. */
/* LIBS: ncursesw */
#include "bpftop.h"
#include "base/priv.h"
#include "bpftop.skel.h"
#include "domain/bpf_fds.h"
#include "kernel/probe.h"
#include "kernel/sample.h"
#include "main/tool.h"
#include "output/fields.h"
#include "output/screen.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fnmatch.h>
#include <linux/perf_event.h>
#include <mntent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
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

/* ---- counters of the processor ---- */

#define CACHE_READ(cache, result) \
	PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_##cache | PERF_COUNT_HW_CACHE_RESULT_##result << 16

static const struct {
	const char *name;
	u32 type;
	u64 config;
} counters[COUNTERS] = {
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "l1d-loads", CACHE_READ(L1D, ACCESS) },
	{ "llc-misses", CACHE_READ(LL, MISS) },
	{ "itlb-misses", CACHE_READ(ITLB, MISS) },
	{ "dtlb-misses", CACHE_READ(DTLB, MISS) },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
};
#define COUNTER_NAMES                                                               \
	"cycles, instructions, branch-misses, l1d-loads, llc-misses, itlb-misses, " \
	"dtlb-misses or task-clock"

static struct conf conf;
static u32 chosen[COUNTERS]; /* conf.counters of them */

/* Columns of a counter appear with this option, those of any with that. */
#define WITH_COUNTER(i) (1 + (i))
#define WITH_COUNTERS   (1 + COUNTERS)

static void choose_counter(const char *name, size_t len)
{
	for (u32 i = 0; i < COUNTERS; i++)
		if (strlen(counters[i].name) == len && !memcmp(counters[i].name, name, len)) {
			if (!given(WITH_COUNTER(i)))
				chosen[conf.counters++] = i;
			opt_imply(WITH_COUNTER(i));
			return;
		}
	usage_error("'%.*s' is none of " COUNTER_NAMES, (int)len, name);
}

static void choose_counters(const char *arg)
{
	size_t len;

	for (;; arg += len + 1) {
		len = strcspn(arg, ",");
		choose_counter(arg, len);
		if (!arg[len])
			break;
	}
	opt_imply(WITH_COUNTERS);
}

static const char *wanted;

static bool is_wanted(const struct prog_use *u)
{
	char id[16], name[sizeof(u->v.name) + 1];

	snprintf(id, sizeof(id), "%u", u->k.id);
	snprintf(name, sizeof(name), "%.*s", (int)sizeof(u->v.name), u->v.name);
	return !wanted || !strcmp(wanted, id) || !fnmatch(wanted, name, 0);
}

static bool keep(struct rec r)
{
	return is_wanted(r.p);
}

static const struct opt opts[] = {
	OPT_TOP,
	OPT_STR('p', "program", "PROGRAM", &wanted,
		"Show only the program with this ID, or those with this name (with * and ?)"),
	OPT_CALL(0, "counters", "LIST", choose_counters,
		 "Also count, in each run of each program, some of: cycles, instructions, "
		 "branch-misses, l1d-loads, llc-misses, itlb-misses, dtlb-misses, task-clock"),
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

static const char *const why_not[] = { [NO_BTF] = "no BTF",
				       [TRACING] = "tracing",
				       [REPLACED] = "replaced",
				       [REFUSED] = "refused",
				       [TOO_MANY] = "too many" };

/* In a run, on average. */
static struct value each_run(const struct prog_use *e, int i)
{
	if (e->v.not_counted)
		return value_none(NAME_OF(why_not, e->v.not_counted));
	return e->v.counted ? value_as(&kind_fixed2, e->v.counts[i] * 100 / e->v.counted)
			    : value_none("-");
}

#define COUNTER_CELLS(i)                         \
	CELL(each_##i, prog_use, each_run(e, i)) \
	CELL(count_##i, prog_use, e->v.not_counted ? value_none("") : value_uint(e->v.counts[i]))
COUNTER_CELLS(0)
COUNTER_CELLS(1)
COUNTER_CELLS(2)
COUNTER_CELLS(3)
COUNTER_CELLS(4)
COUNTER_CELLS(5)
COUNTER_CELLS(6)
COUNTER_CELLS(7)
CELL(counted_runs, prog_use, e->v.not_counted ? value_none("") : value_uint(e->v.counted))
CELL(reason, prog_use,
     e->v.not_counted ? value_str(NAME_OF(why_not, e->v.not_counted)) : value_none(""))

#define COUNTER_COLS(i, header, json, what)                                               \
	{ COLF(header, 11, each_##i), .opt = WITH_COUNTER(i),                             \
	  .flags = COL_ONLY_IF | COL_TEXT_ONLY,                                           \
	  HELP("How many " what " a run took (JSON: " json ", of all counted runs)") },   \
	{                                                                                 \
		COLF(json, 0, count_##i), .opt = WITH_COUNTER(i),                         \
					  .flags = COL_ONLY_IF | COL_JSON_ONLY,           \
					  HELP("How many " what " its counted runs took") \
	}

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
	COUNTER_COLS(0, "CYCLES/RUN", "cycles", "cycles"),
	COUNTER_COLS(1, "INSNS/RUN", "instructions", "instructions"),
	COUNTER_COLS(2, "BRMISS/RUN", "branch_misses", "mispredicted branches"),
	COUNTER_COLS(3, "L1DLD/RUN", "l1d_loads", "loads from the first data cache"),
	COUNTER_COLS(4, "LLCMISS/RUN", "llc_misses", "loads that missed the last cache"),
	COUNTER_COLS(5, "ITLBMIS/RUN", "itlb_misses", "instructions whose page the TLB lacked"),
	COUNTER_COLS(6, "DTLBMIS/RUN", "dtlb_misses", "loads whose page the TLB lacked"),
	COUNTER_COLS(7, "TASKNS/RUN", "task_clock_ns", "nanoseconds by the kernel's task clock"),
	{ COLF("counted_runs", 0, counted_runs), .opt = WITH_COUNTERS,
	  .flags = COL_ONLY_IF | COL_JSON_ONLY,
	  HELP("How many runs began and ended while counters were read") },
	{ COLF("not_counted", 0, reason), .opt = WITH_COUNTERS,
	  .flags = COL_ONLY_IF | COL_JSON_ONLY, HELP("Why counters can't be read in its runs") },
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

/* Two probes of ours, at a program's beginning and its end, that count in an element of a map. */
struct pair {
	int slot; /* -1: there are none */
	int probes[2];
};

struct prog {
	struct prog_use use;  /* what the next report says */
	u64 runs, ns, misses; /* all, as of the last report */
	u64 counted, counts[COUNTERS];
	struct pair behind, counters; /* if we count its runs; if we read counters in them */
	u32 link;                     /* one of its links, or 0 */
	u32 holder;                   /* the last process that was seen to hold it */
	bool seen, kept;              /* kept: by something that we don't see, if not by us */
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

/* ---- our probes at programs ---- */

struct pairs {
	const struct bpf_program *begins, *ends;
	const struct bpf_map *map;
	int max;
	bool used[BEHIND_MAX];
};
static struct pairs behinds, counteds;

/* What the element has on all CPUs together, as N numbers. */
static void pair_read(const struct pairs *all, u32 slot, u64 *sums, size_t n)
{
	int cpus = libbpf_num_possible_cpus();
	u64 *values = calloc(cpus, n * sizeof(*values));

	if (!values)
		err(1, NULL);
	bpf_map_lookup_elem(bpf_map__fd(all->map), &slot, values);
	memset(sums, 0, n * sizeof(*sums));
	for (size_t i = 0; i < n * cpus; i++)
		sums[i % n] += values[i];
	free(values);
}

static int pair_probe(const struct bpf_program *prog, enum bpf_attach_type type, int target,
		      u32 function, int slot)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type, .attach_prog_fd = target,
		    .attach_btf_id = function);
	int fd = probe_copy(prog, BPF_PROG_TYPE_TRACING, slot, &o), link, error;

	if (fd < 0)
		return -1;
	is_ours(fd);
	link = bpf_raw_tracepoint_open(NULL, fd);
	error = errno;
	close(fd);
	errno = error;
	return link;
}

static enum not_counted pair_attach(struct pairs *all, struct pair *pair, int fd)
{
	u32 btf, function = main_function(fd, &btf);
	int slot = 0;

	pair->slot = -1;
	while (slot < all->max && all->used[slot])
		slot++;
	if (!function)
		return NO_BTF;
	if (slot == all->max)
		return TOO_MANY;
	/* First the end, which does nothing without a beginning. */
	pair->probes[1] = pair_probe(all->ends, BPF_TRACE_FEXIT, fd, function, slot);
	if (pair->probes[1] < 0)
		return errno == EBUSY ? REPLACED : REFUSED;
	pair->probes[0] = pair_probe(all->begins, BPF_TRACE_FENTRY, fd, function, slot);
	if (pair->probes[0] < 0) {
		close(pair->probes[1]);
		return REFUSED;
	}
	all->used[slot] = true;
	pair->slot = slot;
	return COUNTED;
}

static void pair_detach(struct pairs *all, struct pair *pair)
{
	if (pair->slot < 0)
		return;
	all->used[pair->slot] = false;
	close(pair->probes[0]);
	close(pair->probes[1]);
	pair->slot = -1;
}

/* What they count is counted from now on: the element may have had another program. */
static void read_behind(const struct prog *p, u64 *runs, u64 *ns)
{
	struct behind b;

	pair_read(&behinds, p->behind.slot, (u64 *)&b, sizeof(b) / sizeof(u64));
	*runs = b.runs;
	*ns = b.ns;
}

static void count_behind(struct prog *p, int fd)
{
	p->use.v.uncounted = pair_attach(&behinds, &p->behind, fd) != COUNTED;
	if (!p->use.v.uncounted)
		read_behind(p, &p->runs, &p->ns);
}

/* NEW: its use, what was counted since the last time.  NULL: count from now on. */
static void read_counters(struct prog *p, struct prog_use *new)
{
	struct counted c;

	if (new) {
		new->v.counted = 0;
		memset(new->v.counts, 0, sizeof(new->v.counts));
	}
	if (p->counters.slot < 0)
		return;
	pair_read(&counteds, p->counters.slot, (u64 *)&c, sizeof(c) / sizeof(u64));
	if (new)
		new->v.counted = c.runs - p->counted;
	p->counted = c.runs;
	for (u32 i = 0; i < conf.counters; i++) {
		if (new)
			new->v.counts[chosen[i]] = c.sums[i] - p->counts[i];
		p->counts[i] = c.sums[i];
	}
}

static void count_counters(struct prog *p, int fd)
{
	enum not_counted why = pair_attach(&counteds, &p->counters, fd);

	p->use.v.not_counted =
		why == REFUSED && p->use.k.type == BPF_PROG_TYPE_TRACING ? TRACING : why;
	read_counters(p, NULL);
}

static void leave(struct prog *p)
{
	if (p->behind.slot >= 0)
		p->use.v.uncounted = true;
	pair_detach(&behinds, &p->behind);
	pair_detach(&counteds, &p->counters);
}

/* Once it replaces nothing any more, only our probes would keep it in the kernel. */
static void leave_unlinked(struct prog *p)
{
	int fd = (p->behind.slot < 0 && p->counters.slot < 0) || !p->link ||
				 p->use.k.type != BPF_PROG_TYPE_EXT
			 ? -1
			 : bpf_link_get_fd_by_id(p->link);

	if (fd >= 0)
		close(fd);
	else if (p->use.k.type == BPF_PROG_TYPE_EXT)
		leave(p);
}

/* The same for others, once nobody is seen to hold it: if it does not go without our probes, it gets them again. */
static void leave_unheld(struct prog *p)
{
	int fd;

	if (p->counters.slot < 0 || p->kept || p->link || p->use.v.pid || *p->use.v.pinned)
		return;
	pair_detach(&counteds, &p->counters);
	fd = bpf_prog_get_fd_by_id(p->use.k.id);
	if (fd < 0)
		return;
	p->kept = true;
	count_counters(p, fd);
	close(fd);
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
	p->behind.slot = p->counters.slot = -1;
	if (is_wanted(&p->use) && info->type == BPF_PROG_TYPE_EXT)
		count_behind(p, fd);
	if (is_wanted(&p->use) && conf.counters)
		count_counters(p, fd);
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
	if (p->behind.slot >= 0)
		read_behind(p, &runs, &ns);
	read_counters(p, &p->use);
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

/*
 * Whose programs are, and what they are attached to: looked up when there are others, and now and then.  Each time where we
 * read counters, so as not to keep a program for long that nobody else does.
 */
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
	for (struct prog *p = progs; p < progs + n_progs; p++)
		leave_unheld(p);
}

static void read_all(void)
{
	static u32 reports;
	bool changed = reports++ % LOOK_UP_EVERY == 0 || conf.counters;
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
		total += is_wanted(&uses[i]) ? uses[i].v.ns : 0;
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

static void open_counter(u32 place)
{
	struct perf_event_attr attr = {
		.type = counters[chosen[place]].type,
		.size = sizeof(attr),
		.config = counters[chosen[place]].config,
		/* Always, or not at all: else it would count only a part of the time. */
		.pinned = 1,
	};
	bool any = false;

	for (u32 cpu = 0; cpu < conf.cpus; cpu++) {
		u32 key = place * conf.cpus + cpu;
		u64 count;
		int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

		if (fd < 0 && errno == ENODEV && (any || cpu + 1 < conf.cpus))
			continue; /* offline */
		if (fd < 0)
			sample_failed(&(struct sampling){ .type = attr.type,
							  .period = 1,
							  .cpu = -1,
							  .what = counters[chosen[place]].name });
		if (read(fd, &count, sizeof(count)) != sizeof(count))
			errx(1, "the processor does not count %s at the same time as the others",
			     counters[chosen[place]].name);
		if (bpf_map_update_elem(bpf_map__fd(bpf->maps.counters), &key, &fd, BPF_ANY))
			err(1, "cannot count %s", counters[chosen[place]].name);
		close(fd);
		any = true;
	}
}

static void prepare(void *skel)
{
	struct bpftop_bpf *s = skel;

	conf.cpus = libbpf_num_possible_cpus();
	bpf_map__set_max_entries(s->maps.counters, conf.counters ? conf.counters * conf.cpus : 1);
	bpf_program__set_autoload(s->progs.counted_begins, conf.counters);
	bpf_program__set_autoload(s->progs.counted_ends, conf.counters);
}

/* Instead of attaching: statistics are on for as long as this descriptor is open. */
static void attach(void *skel)
{
	bpf = skel;
	behinds = (struct pairs){ bpf->progs.behind_begins, bpf->progs.behind_ends,
				  bpf->maps.behinds, BEHIND_MAX };
	counteds = (struct pairs){ bpf->progs.counted_begins, bpf->progs.counted_ends,
				   bpf->maps.counteds, COUNTED_MAX };
	is_ours(bpf_program__fd(behinds.begins));
	is_ours(bpf_program__fd(behinds.ends));
	for (u32 i = 0; i < conf.counters; i++)
		open_counter(i);
	if (conf.counters) {
		is_ours(bpf_program__fd(counteds.begins));
		is_ours(bpf_program__fd(counteds.ends));
	}
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
		 "  bpftop -p 'xdp*' --counters cycles,instructions\n"
		 "  bpftop --limit 2% 60 1   # for scripts: fail if they take more in this minute",
     .opts = opts, .cols = cols, COLLECTED(collect, prog_use), TOP_SCREEN, .interval = 1,
     CONF(conf), .compare = compare, .keep = keep, .parsed = parsed, .prepare = prepare,
     .attach = attach, .begin = table_begin, .end = end, .goodbye = "Detaching...")
