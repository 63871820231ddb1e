// SPDX-License-Identifier: BSD-2-Clause
/* bpflist: processes that hold BPF programs and maps.  After BCC's, by Sasha Goldshtein. */
#include "bpflist.h"
#include "base/priv.h"
#include "base/str.h"
#include "bpflist.skel.h"
#include "domain/bpf_fds.h"
#include "main/tool.h"
#include "output/print.h"
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static u32 verbosity;

static void more(const char *arg)
{
	(void)arg;
	verbosity++;
}

static const struct opt opts[] = {
	OPT_CALL('v', "verbosity", NULL, more,
		 "Also count kprobes and uprobes; -vv: list them, too"),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("PID", -6, holding, k.pid), HELP("Process ID") },
	{ COL("COMM", -16, holding, v.comm), NONE("[unknown]"), HELP("Name of the process") },
	{ COL("TYPE", -4, holding, k.type),
	  HELP("What it holds: prog, map, link, btf and so on; with -v also kprobe and uprobe") },
	{ COL("COUNT", 0, holding, v.count), HELP("How many of these it holds"),
	  .flags = COL_GAUGE },
	{ 0 },
};

/* ---- what was found ---- */

static struct holding *found;
static size_t n_found;

static struct holding *holding_of(u32 pid, const char *type)
{
	struct holding *h = found;

	for (; h < found + n_found; h++)
		if (h->k.pid == pid && !strncmp(h->k.type, type, TYPE_LEN - 1))
			return h;
	/* Room for one more is what a report wants. */
	found = reallocarray(found, n_found + 2, sizeof(*found));
	if (!found)
		err(1, NULL);
	h = memset(found + n_found++, 0, sizeof(*h));
	h->k.pid = pid;
	strncat(h->k.type, type, TYPE_LEN - 1);
	process_name(pid, h->v.comm);
	return h;
}

/* ---- kprobes and uprobes ---- */

enum { KPROBE, UPROBE, N_KINDS };
static const char *const kinds[N_KINDS] = { "kprobe", "uprobe" };
static struct str lists[N_KINDS]; /* for -vv */

/*
 * Those with which a program runs on a perf event.  Listed as tracefs lists the others, in the group pid_PID, and with
 * the program's ID as the name.
 */
static void on_perf_event(const struct bpf_fd *at)
{
	u32 prog, how, len;
	char where[256] = "", line[400];
	u64 offset, addr;
	int kind;

	len = sizeof(where);
	if (bpf_task_fd_query(at->pid, at->fd, 0, where, &len, &prog, &how, &offset, &addr))
		return;
	switch (how) {
	case BPF_FD_TYPE_KPROBE:
	case BPF_FD_TYPE_KRETPROBE:
		kind = KPROBE;
		break;
	case BPF_FD_TYPE_UPROBE:
	case BPF_FD_TYPE_URETPROBE:
		kind = UPROBE;
		break;
	default:
		return;
	}
	holding_of(at->pid, kinds[kind])->v.count++;
	if (kind == KPROBE && !*where)
		snprintf(where, sizeof(where), "0x%llx", (unsigned long long)addr);
	len = snprintf(line, sizeof(line), "%c:pid_%u/prog_%u %s%s0x%llx\n",
		       how == BPF_FD_TYPE_KRETPROBE || how == BPF_FD_TYPE_URETPROBE ? 'r' : 'p',
		       at->pid, prog, where, kind == KPROBE ? "+" : ":",
		       (unsigned long long)offset);
	str_put(&lists[kind], line, len < sizeof(line) ? len : sizeof(line) - 1);
}

/* The places of a kprobe.multi or uprobe.multi link. */
static void on_link(const struct bpf_fd *at)
{
	enum { TYPE_KPROBE_MULTI = 8, TYPE_UPROBE_MULTI = 12 };
	/* libbpf's own struct can be older than the kernel. */
	union {
		struct {
			u32 type, id, prog, pad;
			union {
				struct {
					u64 addrs;
					u32 count;
				} kprobes;
				struct {
					u64 path, offsets, ref_ctr_offsets, cookies;
					u32 path_size, count;
				} uprobes;
			};
		};
		u8 room[128];
	} info = {};
	u32 size = sizeof(info), count;
	char line[64];
	int fd = bpf_link_get_fd_by_id(bpf_fd_number(at, "link_id")), kind;

	if (fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.type = 0;
	close(fd);
	kind = info.type == TYPE_KPROBE_MULTI ? KPROBE : UPROBE;
	if (info.type != TYPE_KPROBE_MULTI && info.type != TYPE_UPROBE_MULTI)
		return;
	/* Before 6.6 and 6.8 the kernel doesn't tell how many. */
	count = (kind == KPROBE ? info.kprobes.count : info.uprobes.count) ?: 1;
	holding_of(at->pid, kinds[kind])->v.count += count;
	str_put(&lists[kind], line,
		snprintf(line, sizeof(line), "p:pid_%u/prog_%u %u places\n", at->pid, info.prog,
			 count));
}

#define PID_MOST 4194304 /* the kernel's limit */

/*
 * Those that are in tracefs, where BCC puts the process's ID into their names.  A process that has perf events for them
 * has been counted.
 */
static void read_tracefs(int kind)
{
	char path[96], line[1024], *bcc;
	struct holding *counted = NULL;
	struct str list = {};
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s_events", tracefs() ?: "", kinds[kind]);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *end;
		unsigned long pid;

		str_put(&list, line, strlen(line));
		bcc = strstr(line, "_bcc_");
		pid = bcc ? strtoul(bcc + 5, &end, 10) : 0;
		if (!pid || pid > PID_MOST || (*end != ' ' && *end != '\t'))
			continue;
		counted = holding_of(pid, kinds[kind]);
		if (++counted->v.lines > counted->v.count)
			counted->v.count = counted->v.lines;
	}
	if (f)
		fclose(f);
	/* First, as they are in the file. */
	if (lists[kind].len)
		str_put(&list, lists[kind].p, lists[kind].len);
	lists[kind] = list;
}

/* ---- the report ---- */

static void on_fd(const struct bpf_fd *at)
{
	if (strcmp(at->type, "perf_event"))
		holding_of(at->pid, at->type)->v.count++;
	else if (verbosity)
		on_perf_event(at);
	if (verbosity && !strcmp(at->type, "link"))
		on_link(at);
}

static char *collect(size_t *n)
{
	u32 hidden = bpf_fds_each(on_fd);

	for (int kind = 0; verbosity && kind < N_KINDS; kind++)
		read_tracefs(kind);
	if (hidden)
		warnx("cannot see what %u process%s: no permission", hidden,
		      hidden == 1 ? " holds" : "es hold");
	/* Even an empty report has room for one. */
	found = reallocarray(found, n_found + 1, sizeof(*found));
	if (!found)
		err(1, NULL);
	*n = n_found;
	return (char *)found;
}

static int compare(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int d = (x->k.pid > y->k.pid) - (x->k.pid < y->k.pid);

	return d ?: strncmp(x->k.type, y->k.type, TYPE_LEN);
}

static bool keep(struct rec r)
{
	const struct holding *h = r.p;

	out_widen(records_out(false), "TYPE", strnlen(h->k.type, TYPE_LEN) + 1);
	return true;
}

static void report_begin(void)
{
	for (int kind = 0; verbosity > 1 && kind < N_KINDS; kind++) {
		const char *line = lists[kind].p, *end = line + lists[kind].len;

		text("open %ss:\n", kinds[kind]);
		for (; line < end; line += strcspn(line, "\n") + 1) {
			text_str(line, strcspn(line, "\n"));
			text("\n");
		}
		text("\n");
	}
}

static void parsed(void)
{
	bpf_fds_prepare();
	priv_keep(CAP_SYS_ADMIN); /* to ask what perf events and links are */
}

TOOL(bpflist, .summary = "Show processes that hold BPF programs and maps.",
     .examples = "Examples:\n"
		 "  bpflist\n"
		 "  bpflist -v  # also count kprobes and uprobes\n"
		 "  bpflist -vv # list them, too",
     .opts = opts, .cols = cols, COLLECTED(collect, holding), .no_interval = true,
     .compare = compare, .parsed = parsed, .keep = keep, .report_begin = report_begin)
