// SPDX-License-Identifier: BSD-2-Clause
#include "lib/types.h"
/* The tools' own can have more in it: its size is run.tool->key_size. */
struct off_key {
	struct stack_key target;
};
#include "base/object.h"
#include "domain/offcpu.h"
#include "domain/sched.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct off_conf off_conf;
bool off_complete, off_edges;

void offcpu_state(const char *arg)
{
	off_conf.has_state = true;
	off_conf.state = parse_u64(arg, "state", 0, UINT32_MAX);
}

static const struct stack_key *target(struct rec r)
{
	return r.p; /* the key's first member */
}

struct value offcpu_kernel(struct rec r)
{
	return stack_value(STACK_KERNEL(target(r)->stack.kernel), "");
}

struct value offcpu_user(struct rec r)
{
	return stack_value(STACK_USER(target(r)->stack.user, target(r)->pid), "");
}

void offcpu_parsed(void)
{
	stack_parsed();
	if (off_conf.user_threads && off_conf.kernel_threads)
		usage_error("-u and -k exclude each other");
	if (off_conf.kernel_threads && stack_show.user_only)
		usage_error("-k and -U exclude each other: kernel threads have no user stacks");
	off_edges = !off_complete;
	block_time_parsed(&off_conf.min_ns, &off_conf.max_ns);
	stack_show.unit = "us";
	stack_show.counted = "off_ns";
	stack_show.per = 1000;
	stack_show.from_probe = true;
	stack_show.keep_ids = true;
}

void offcpu_prepare(void *skel)
{
	struct off_conf *c = bpf_rodata(((struct skel *)skel)->obj, "off_conf", sizeof(*c));

	*c = off_conf;
	sched_prepare(skel);
}

static int sleepers = -1; /* goes through the threads that sleep already */

void offcpu_loaded(void *skel)
{
	struct bpf_program *p =
		bpf_object__find_program_by_name(((struct skel *)skel)->obj, "sleepers");
	struct bpf_link *link;

	bpf_program__set_autoattach(p, false);
	if (!probe_chosen(p))
		return;
	link = bpf_program__attach_iter(p, NULL);
	if (link)
		sleepers = bpf_iter_create(bpf_link__fd(link));
	if (sleepers < 0)
		err(1, "cannot go through the threads");
	probe_hold(link);
}

/* When everything is attached: a thread that starts to sleep from now on is seen. */
int offcpu_watch(void)
{
	struct stack_before b;
	size_t have = 0;
	ssize_t n;

	while (sleepers >= 0 && (n = read(sleepers, (char *)&b + have, sizeof(b) - have))) {
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err(1, "cannot go through the threads");
		have += n < 0 ? 0 : n;
		if (have == sizeof(b)) {
			stack_before(&b);
			have = 0;
		}
	}
	return stack_watch();
}

/* Records: a key, then a struct offcpu_value. */
static char *list;
static size_t n_list;

/* Room for N more records, at the list's end. */
static char *add(size_t n)
{
	char *end;

	list = reallocarray(list, n_list + n + 1, run.tool->rec_size);
	if (!list)
		err(1, NULL);
	end = list + n_list * run.tool->rec_size;
	n_list += n;
	return end;
}

static void add_records(const void *recs, size_t n)
{
	memcpy(add(n), recs, n * run.tool->rec_size);
}

static u64 ended; /* CLOCK_MONOTONIC */

/* A thread that was still off the CPU. */
static void add_off(const struct off *o)
{
	struct offcpu_value v = { o->since < ended ? ended - o->since : 0, 1 };
	char *rec;

	if (v.ns < off_conf.min_ns || v.ns > off_conf.max_ns)
		return;
	rec = add(1);
	memcpy(rec, &o->key, run.tool->key_size);
	memcpy(rec + run.tool->key_size, &v, sizeof(v));
}

static void add_all_off(void)
{
	size_t size = offsetof(struct off, key) + run.tool->key_size;
	const char *offs = bpf_variable("offs", TASK_STATES_SLOTS * size);
	struct off *o = malloc(size);
	int fd = map_fd("offs_spilled");
	u32 tid;

	if (!o)
		err(1, NULL);
	for (size_t i = 0; i < TASK_STATES_SLOTS; i++)
		if (((const struct off *)(offs + i * size))->head.claims)
			add_off((const struct off *)(offs + i * size));
	for (bool more = !bpf_map_get_next_key(fd, NULL, &tid); more;
	     more = !bpf_map_get_next_key(fd, &tid, &tid))
		if (!bpf_map_lookup_elem(fd, &tid, o))
			add_off(o);
	free(o);
}

/*
 * From stack_stop() on, nothing changes: who is off the CPU then was so to the end.  What was counted until
 * then is in the table, also what came after RECS were read.
 */
char *offcpu_merge(char *recs, size_t *n)
{
	char *more;
	size_t n_more;

	if (!run.began) /* a replay */
		return recs;
	ended = time_mono();
	stack_stop();
	add_records(recs, *n);
	free(recs);
	more = table_drain(&n_more);
	add_records(more, n_more);
	free(more);
	if (!off_complete)
		add_all_off();
	*n = n_list;
	return stack_merge(list, n);
}

int offcpu_compare(const void *a, const void *b)
{
	const struct offcpu_value *x = (const void *)((const char *)a + run.tool->key_size);
	const struct offcpu_value *y = (const void *)((const char *)b + run.tool->key_size);

	return (x->ns > y->ns) - (x->ns < y->ns) ?: memcmp(a, b, run.tool->rec_size);
}
