// SPDX-License-Identifier: BSD-2-Clause
/* What every tool does, in order: parse, load, attach, loop, report losses. */
#include "main/tool.h"
#include "kernel/diag.h"
#include "kernel/kbtf.h"
#include "kernel/pidns.h"
#include "main/args.h"
#include "main/cmd.h"
#include "main/loop.h"
#include "main/trial.h"
#include "output/loss.h"
#include "output/print.h"
#include "output/recording.h"
#include "output/streams.h"
#include "symbols/names.h"
#include "symbols/stack.h"
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Only tools that store stacks link common/symbols/stack.c and its symbol tables; names.c likewise. */
#pragma weak stack_prepare
#pragma weak stack_end
#pragma weak names_prepare
#pragma weak names_end

static struct skel *skel;

static void allocate_entries_first(struct bpf_map *map)
{
	u32 flags = map ? bpf_map__map_flags(map) : 0;

	if (flags & BPF_F_NO_PREALLOC && bpf_map__type(map) == BPF_MAP_TYPE_HASH &&
	    kbtf_find("bpf_mem_alloc", BTF_KIND_STRUCT) < 0)
		bpf_map__set_map_flags(map, flags & ~BPF_F_NO_PREALLOC);
}

/*
 * Without a struct bpf_mem_alloc (until Linux 6.0), a program that allocates an entry uses the allocator of the
 * kernel, which it may have interrupted.  So the kernel logs a warning, and one with panic_on_warn stops.
 */
static void allocate_first(void)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, skel->obj) {
		allocate_entries_first(map);
		allocate_entries_first(bpf_map__inner_map(map));
	}
}

/*
 * One ring buffer for all CPUs, with a size per CPU: all can fill it during the 10 ms
 * between two reads, and for as long as the reader has to wait for a CPU.
 */
static void size_ring_buffer(void)
{
	struct bpf_map *events = bpf_object__find_map_by_name(skel->obj, "events");
	u64 size = sysconf(_SC_PAGESIZE), want = run.buffer;

	if (!events)
		return;
	if (!want)
		want = (u64)libbpf_num_possible_cpus() << 19;
	if (!run.buffer && want > 64 << 20)
		want = 64 << 20;
	while (size < want)
		size *= 2;
	bpf_map__set_max_entries(events, size);
	run.buffer = size;
}

static int load(const char **what)
{
	const struct tool *tool = run.tool;
	LIBBPF_OPTS(bpf_object_open_opts, o, .btf_custom_path = kbtf_path(),
		    .kernel_log_level = run.verbose ? 4 : 0);
	size_t n_pids;
	const u32 *pids = filter_pids(&n_pids);
	void *conf;

	skel = tool->open(&o);
	if (!skel)
		err(1, "cannot open the BPF object");
	object_use(skel);
	/* Without programs, nothing of it is needed in the kernel, nor the right to load it. */
	if (!bpf_object__next_program(skel->obj, NULL)) {
		loss_init(skel->obj, bpf_variable("loss", sizeof(struct loss)));
		if (tool->attach)
			tool->attach(skel);
		return 0;
	}
	diag_may_load();
	kbtf_copy(skel->obj);
	pidns_prepare(skel->obj);
	filter_prepare(skel->obj);
	if (stack_prepare)
		stack_prepare(skel->obj);
	if (names_prepare)
		names_prepare();
	if (tool->targets)
		tool->targets();
	probe_select(skel->obj, tool->probes, probe_best_flavour(skel->obj));
	if (tool->user_probes)
		tool->user_probe_ops->select(skel->obj, tool->user_probes, pids, n_pids);
	if (tool->hooks)
		tool->hook_select(skel->obj, tool->hooks);
	size_ring_buffer();
	allocate_first();
	if (tool->prepare)
		tool->prepare(skel);
	conf = tool->conf ? bpf_rodata(skel->obj, "conf", tool->conf_size) : NULL;
	if (conf)
		memcpy(conf, tool->conf, tool->conf_size);
	*what = NULL;
	if (bpf_object__load_skeleton(skel->skeleton))
		return -1;
	filter_loaded(skel->obj);
	if (tool->loaded)
		tool->loaded(skel);
	loss_init(skel->obj, bpf_variable("loss", sizeof(struct loss)));
	if (tool->table)
		tool->table->loaded(skel->obj, tool);
	if (tool->attach)
		tool->attach(skel);
	else if (probe_attach(skel->obj, what))
		return -1;
	if (tool->user_probes)
		tool->user_probe_ops->attach(skel->obj, filter_only_pid());
	return 0;
}

/* A function can be in BTF and still reject a trampoline; then kprobes may work. */
static void load_and_attach(void)
{
	const char *what;

	probe_keep_types();
	while (load(&what)) {
		/* What acts has no weaker fallback. */
		if (errno == EPERM || errno == ENOMEM || run.tool->hooks || !probe_try_another())
			diag_load_failed(errno, what);
		probe_detach();
		bpf_object__destroy_skeleton(skel->skeleton);
	}
	loss_also("returns", probe_missed);
	loss_also("nested", probe_nested);
	kbtf_forget();
}

/* The name it was called by, without the prefix and suffix it can be installed with: x-ext4dist-y. */
static const char *called(const struct tool *tool)
{
	const char *by = program_invocation_short_name, *name = tool->name;
	size_t longest = strstr(by, name) ? strlen(name) : 0;

	for (const char *const *a = tool->aliases; a && *a; a++)
		if (strlen(*a) > longest && strstr(by, *a)) {
			name = *a;
			longest = strlen(name);
		}
	return name;
}

static void trace(void)
{
	diag_start();
	probe_init();
	tzset(); /* opens a file now, before we trace; localtime_r() does not open it again */
	load_and_attach();
	trial_attached(skel->obj);
	loop();
	loss_report(true);
}

int tool_main(const struct tool *tool, int argc, char **argv)
{
	static struct tool me;
	u64 lost;

	streams_init();
	me = *tool;
	me.name = called(tool);
	run.tool = &me;
	if (me.called_as)
		me.called_as(&me, me.name);
	run.interval = me.interval;
	argc = trial_begin(argc, &argv);
	argc = args_commands(argc, argv);
	args_parse(argc, argv);
	records_init();
	if (me.table)
		me.table->init();
	if (!replay_run())
		trace();
	if (stack_end)
		stack_end();
	if (names_end)
		names_end();
	out_flush();
	if (out_lost()) {
		warnx("lost the last %llu lines: the reader of stdout has stopped reading",
		      out_lost());
		return 1;
	}
	lost = replay_lost();
	if (lost) {
		warnx("lost the last %llu records: nobody reads them", lost);
		return 1;
	}
	return cmd_status();
}
