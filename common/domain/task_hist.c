// SPDX-License-Identifier: BSD-2-Clause
#include "domain/task_hist.h"
#include <string.h>

bool task_hist_pids, task_hist_tids, task_hist_pidnss, task_hist_names;
static struct task_hist_conf conf = { .unit = 1000 };

void task_hist_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000000;
}

/* As in BCC, -L goes before -P, and -P before --pidnss. */
void task_hist_parsed(void)
{
	conf.by = task_hist_tids     ? BY_TID
		  : task_hist_pids   ? BY_PID
		  : task_hist_pidnss ? BY_PIDNS
				     : BY_NOTHING;
	if (conf.by == BY_TID)
		opt_imply(TASK_HIST_TID);
	if (conf.by == BY_TID || conf.by == BY_PID)
		opt_imply(TASK_HIST_PID);
	if (conf.by == BY_PIDNS)
		opt_imply(TASK_HIST_PIDNS);
}

void task_hist_prepare(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	struct task_hist_conf *c = bpf_rodata(obj, "task_hist_conf", sizeof(*c));

	*c = conf;
	if (conf.by == BY_NOTHING)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "task_hists_first"), 1);
}

static const char *unit(void)
{
	return conf.unit == 1000 ? "usecs" : "msecs";
}

void task_hist_unfold(void *rec, const void *entry)
{
	const struct task_hist_all *all = entry;

	((struct task_hist *)rec)->v.hist = all->v;
}

int task_hist_compare(const void *a, const void *b)
{
	const struct task_hist *x = a, *y = b;

	return (x->k.id > y->k.id) - (x->k.id < y->k.id);
}

static u64 total, count; /* of a report */

void task_hist_row(struct rec r)
{
	const struct task_hist *t = r.p;

	total += t->v.hist.sum;
	count += hist_count(&t->v.hist);
	if (conf.by == BY_PIDNS)
		text("\npidns = %llu\n", t->k.id);
	if (conf.by == BY_PID)
		text("\npid = %u", t->v.pid);
	if (conf.by == BY_TID)
		text("\ntid = %u", t->v.tid);
	if (conf.by == BY_PID || conf.by == BY_TID) {
		text(task_hist_names ? " " : "");
		text_str(t->v.comm, task_hist_names ? strnlen(t->v.comm, COMM_LEN) : 0);
		text("\n");
	}
	hist_text(&t->v.hist, unit());
}

void task_hist_extension(void)
{
	hist_total_text(total / conf.unit, count, unit());
	total = count = 0;
}
