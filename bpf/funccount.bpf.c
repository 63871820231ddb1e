// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "funccount.h"
#include "lib/kernel_record.h"
#include "lib/map.bpf.h"
#include "lib/probe_id.bpf.h"
#include "lib/syscall_ids.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* One element per name that the pattern matches. */
PERCPU_ARRAY(counts, u64, 1);

static __always_inline int hit(u32 id)
{
	u64 *count;

	if (conf.cpu >= 0 && conf.cpu != (s32)bpf_get_smp_processor_id())
		return 0;
	if (!task_wanted() || !(count = bpf_map_lookup_elem(&counts, &id)))
		return 0;
	/* Atomic even though per CPU: the task can be preempted inside a uprobe. */
	count_add(count, 1);
	return 0;
}

SEC("?kprobe") int single(void *ctx)
{
	return hit(probe_id());
}

SEC("?kprobe.multi") int multi(void *ctx)
{
	return hit(bpf_get_attach_cookie(ctx));
}

SEC("?raw_tp/sys_enter") int on_sys_enter(u64 *ctx)
{
	u32 id;

	return syscall_id(ctx[1], false, &id) ? hit(id) : 0;
}

SEC("?raw_tp/sys_exit") int on_sys_exit(u64 *ctx)
{
	u32 id;

	return syscall_id(syscall_exit_number((void *)ctx[0]), true, &id) ? hit(id) : 0;
}

/* Where those can be preempted: see tracepoint.bpf.h. */
SEC("?tp/raw_syscalls/sys_enter") int on_sys_enter_perf(struct trace_event_raw_sys_enter *ctx)
{
	u32 id;

	return syscall_id(ctx->id, false, &id) ? hit(id) : 0;
}

SEC("?tp/raw_syscalls/sys_exit") int on_sys_exit_perf(struct trace_event_raw_sys_exit *ctx)
{
	u32 id;

	return syscall_id(ctx->id, true, &id) ? hit(id) : 0;
}
