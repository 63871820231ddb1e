// SPDX-License-Identifier: BSD-2-Clause
#include "domain/hits.h"
#include "kernel/attach.h"
#include "output/loss.h"

struct pattern hits_pattern;

void hits_name(struct out *o, const void *rec)
{
	u32 id = ((const struct hits *)rec)->id;

	if (id < hits_pattern.n_names)
		out_str(o, hits_pattern.names[id]);
	else
		out_fmt(o, "[%u]", id);
}

int hits_compare(const void *a, const void *b)
{
	const struct hits *x = a, *y = b;

	return x->v != y->v ? (x->v > y->v) - (x->v < y->v) : (x->id > y->id) - (x->id < y->id);
}

static struct bpf_program *program(const struct bpf_object *obj, bool multi)
{
	return bpf_object__find_program_by_name(obj, multi ? "multi" : "single");
}

/* Programs for system calls, and their map, only where they are needed. */
static void prepare_syscalls(const struct bpf_object *obj)
{
	struct bpf_program *enter = bpf_object__find_program_by_name(obj, "on_sys_enter");
	bool wanted = attach_by_number(&hits_pattern);

	if (!enter) /* the tool has no tracepoints */
		return;
	bpf_program__set_autoload(enter, wanted);
	bpf_program__set_autoload(bpf_object__find_program_by_name(obj, "on_sys_exit"), wanted);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(obj, "syscall_ids"), wanted);
}

void hits_prepare(void *skel, u32 pid)
{
	const struct bpf_object *obj = ((struct skel *)skel)->obj;
	int multi;

	if (!hits_pattern.n_names)
		pattern_expand(&hits_pattern, pid);
	multi = attach_multi_type(&hits_pattern);
	attach_check_limit(&hits_pattern, multi);
	bpf_program__set_autoload(program(obj, !multi), false);
	bpf_program__set_autoload(program(obj, multi), true);
	if (multi)
		bpf_program__set_expected_attach_type(program(obj, true), multi);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "counts"), hits_pattern.n_names);
	prepare_syscalls(obj);
}

size_t hits_attach(void *skel, u32 pid, bool debug)
{
	const struct bpf_object *obj = ((struct skel *)skel)->obj;
	bool multi = bpf_program__autoload(program(obj, true));

	if (attach_by_number(&hits_pattern))
		attach_syscalls(&hits_pattern,
				bpf_object__find_program_by_name(obj, "on_sys_enter"),
				bpf_object__find_program_by_name(obj, "on_sys_exit"),
				bpf_object__find_map_fd_by_name(obj, "syscall_ids"));
	loss_side("hits", "calls: the CPU was already inside a probe", attach_missed);
	return attach_pattern(&hits_pattern, program(obj, multi), pid, debug);
}
