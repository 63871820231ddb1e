// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "profile.h"
#include "lib/stack_key.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* Samples can come at any time, also in an NMI, so the table must not allocate. */
TABLE(counts, struct stack_key, u64, 40960);

SEC("perf_event") int sample(void *ctx)
{
	u64 zero = 0, *count;
	struct stack_key key;

	if (stack_window.done || (!conf.idle && !(u32)bpf_get_current_pid_tgid()) || !task_wanted())
		return 0;
	stack_key_get(ctx, true, &key);
	count = stack_table_get(&counts, &key, &zero);
	if (count)
		count_add(count, 1);
	return 0;
}
