// SPDX-License-Identifier: BSD-2-Clause
#include "domain/matches.h"
#include "domain/functions.h"
#include "kernel/attach_many.h"
#include "output/loss.h"
#include <err.h>
#include <stdio.h>

struct pattern matches;
struct matches_show matches_show;
static struct matches_cpu only_cpu;
static const char *text_of_pattern;
static size_t traced; /* names */

const struct trial matches_trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ "tracepoints", "t:sched:sched_switch" },
	{ 0 },
};

void matches_set_cpu(const char *arg)
{
	only_cpu.set = true;
	only_cpu.cpu = parse_u64(arg, "cpu", 0, 1 << 16);
}

int matches_positional(unsigned int n, const char *arg)
{
	text_of_pattern = arg;
	return !n;
}

void matches_parsed(void)
{
	if (!text_of_pattern)
		usage_error("which functions? The pattern is missing");
	pattern_parse(&matches, text_of_pattern, matches_show.regex);
	whole_intervals();
}

void matches_begin(void)
{
	functions_counted(traced, matches.text);
}

void matches_not_hit(void)
{
	if (matches.kind == USDT)
		warnx("no probe was hit: some programs hit theirs only if told to, or never");
}

static struct bpf_program *program(const struct bpf_object *obj, bool user, bool multi)
{
	const char *name = user ? multi ? "user_multi" : "user_single" : multi ? "multi" : "single";

	return bpf_object__find_program_by_name(obj, name);
}

static bool is_user(void)
{
	return matches.kind == USER_FUNC || matches.kind == USDT;
}

/* Load the programs for system calls, and their map, only if they are needed. */
static void prepare_syscalls(struct bpf_object *obj)
{
	struct bpf_program *enter = probe_program(obj, "on_sys_enter");
	bool wanted = attach_by_number(&matches);

	bpf_program__set_autoload(enter, wanted);
	bpf_program__set_autoload(probe_program(obj, "on_sys_exit"), wanted);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(obj, "syscall_ids"), wanted);
}

void matches_prepare(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	struct matches_cpu *cpu = bpf_rodata(obj, "matches_cpu", sizeof(*cpu));
	int multi;

	if (only_cpu.set && only_cpu.cpu >= (u32)libbpf_num_possible_cpus())
		errx(1, "there is no CPU %u", only_cpu.cpu);
	*cpu = only_cpu;
	if (!matches.n_names)
		pattern_find(&matches, filter_only_pid());
	multi = attach_multi_type(&matches);
	attach_check_limit(&matches, multi);
	for (int i = 0; i < 4; i++)
		bpf_program__set_autoload(program(obj, i & 1, i & 2), false);
	bpf_program__set_autoload(program(obj, is_user(), multi), true);
	if (multi)
		bpf_program__set_expected_attach_type(program(obj, is_user(), true), multi);
	prepare_syscalls(obj);
}

void matches_attach(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	bool multi = bpf_program__autoload(program(obj, is_user(), true));

	if (attach_by_number(&matches))
		attach_syscalls(&matches, probe_program(obj, "on_sys_enter"),
				probe_program(obj, "on_sys_exit"),
				bpf_object__find_map_fd_by_name(obj, "syscall_ids"));
	loss_side("hits", "calls: the CPU was already inside a probe", attach_missed);
	traced = attach_pattern(&matches, program(obj, is_user(), multi), filter_only_pid(),
				matches_show.debug);
}
