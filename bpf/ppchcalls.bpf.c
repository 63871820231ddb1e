// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ppchcalls.h"
#include "lib/alone.bpf.h"
#include "lib/runner.bpf.h"
#include "lib/task_other.bpf.h"

const volatile struct conf conf;

/* Not only by who runs: an interrupt can come before the end of a call is told, and make calls itself. */
struct call_in {
	u64 call;
	u32 runner, pad;
};
HASH(since, struct call_in, u64, 10240);

TABLE(hcalls, struct hcall_key, struct hcall_times, 10240);
static struct hcall_times none;

static __always_inline void timed(struct hcall_times *v, u64 ns)
{
	count_add(&v->ns, ns);
	if (!alone_begin(&v->busy))
		return;
	if (!v->min_ns || ns < v->min_ns)
		v->min_ns = ns ?: 1;
	if (ns > v->max_ns)
		v->max_ns = ns;
	alone_end(&v->busy);
}

/* Only kernels of PowerPC machines have these; raw_tracepoint is tried on others, too, as in criticalstat.bpf.c. */
SEC("?raw_tracepoint/hcall_entry") int entered(u64 *ctx)
{
	struct call_in in = { .call = ctx[0], .runner = runner_id() };
	u64 now = bpf_ktime_get_ns();

	if ((!conf.one || in.call == conf.call) && task_wanted())
		map_put(&since, &in, &now);
	return 0;
}

SEC("?raw_tracepoint/hcall_exit") int left(u64 *ctx)
{
	struct call_in in = { .call = ctx[0], .runner = runner_id() };
	struct hcall_key key = { .call = in.call };
	s64 ret = ctx[1];
	struct hcall_times *v;
	u64 *began, ns = 0;

	if ((conf.one && in.call != conf.call) || !task_wanted())
		return 0;
	if (conf.latency) {
		began = bpf_map_lookup_elem(&since, &in);
		if (!began)
			return 0;
		ns = bpf_ktime_get_ns() - *began;
		bpf_map_delete_elem(&since, &in);
	}
	if ((conf.failed && ret >= 0) || (conf.error && ret != -(s64)conf.error))
		return 0;
	if (conf.by_process) {
		key.call = 0;
		key.pid = task_pid();
		if (!pid_shared(key.pid))
			key.id = bpf_get_current_pid_tgid() >> 32;
	}
	v = table_get(&hcalls, &key, &none);
	if (!v)
		return 0;
	/* Each time, because a process can execute another program. */
	if (conf.by_process && key.id)
		process_comm_key(v->comm, false);
	count_add(&v->count, 1);
	if (conf.latency)
		timed(v, ns);
	return 0;
}
