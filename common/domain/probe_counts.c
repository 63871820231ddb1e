// SPDX-License-Identifier: BSD-2-Clause
#include "domain/probe_counts.h"
#include "kernel/attach_many.h"
#include "kernel/probe.h"
#include "output/loss.h"

struct pattern probe_counts_pattern;

struct value probe_counts_name(struct rec r)
{
	u32 id = ((const struct hits *)r.p)->id;

	if (id < probe_counts_pattern.n_names)
		return value_str(probe_counts_pattern.names[id]);
	return value_fmt("[%u]", id);
}

int probe_counts_compare(const void *a, const void *b)
{
	const struct hits *x = a, *y = b;

	return x->v != y->v ? (x->v > y->v) - (x->v < y->v) : (x->id > y->id) - (x->id < y->id);
}

static struct bpf_program *program(const struct bpf_object *obj, bool multi)
{
	return bpf_object__find_program_by_name(obj, multi ? "multi" : "single");
}

/* Load the programs for system calls, and their map, only if they are needed. */
static void prepare_syscalls(struct bpf_object *obj)
{
	struct bpf_program *enter = probe_program(obj, "on_sys_enter");
	bool wanted = attach_by_number(&probe_counts_pattern);

	if (!enter) /* the tool has no tracepoints */
		return;
	bpf_program__set_autoload(enter, wanted);
	bpf_program__set_autoload(probe_program(obj, "on_sys_exit"), wanted);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(obj, "syscall_ids"), wanted);
}

void probe_counts_prepare(void *skel, u32 pid)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	struct bpf_map *counts;
	int multi;

	if (!probe_counts_pattern.n_names)
		pattern_expand(&probe_counts_pattern, pid);
	multi = attach_multi_type(&probe_counts_pattern);
	attach_check_limit(&probe_counts_pattern, multi);
	bpf_program__set_autoload(program(obj, !multi), false);
	bpf_program__set_autoload(program(obj, multi), true);
	if (multi)
		bpf_program__set_expected_attach_type(program(obj, true), multi);
	counts = bpf_object__find_map_by_name(obj, "counts");
	if (counts)
		bpf_map__set_max_entries(counts, probe_counts_pattern.n_names);
	prepare_syscalls(obj);
}

size_t probe_counts_attach(void *skel, u32 pid, bool debug)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	bool multi = bpf_program__autoload(program(obj, true));

	if (attach_by_number(&probe_counts_pattern))
		attach_syscalls(&probe_counts_pattern, probe_program(obj, "on_sys_enter"),
				probe_program(obj, "on_sys_exit"),
				bpf_object__find_map_fd_by_name(obj, "syscall_ids"));
	loss_side("hits", "calls: the CPU was already inside a probe", attach_missed);
	return attach_pattern(&probe_counts_pattern, program(obj, multi), pid, debug);
}
