// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "runqlen.h"
#include "lib/map.bpf.h"
#include "lib/rq.bpf.h"

/* Samples can come in an interrupt, so the table must not allocate. */
TABLE(lengths, struct length_key, u64, 4096);

SEC("perf_event") int sample(void *ctx)
{
	u32 n = rq_length(rq_here());
	struct length_key key = { .cpu = bpf_get_smp_processor_id() };
	u64 zero = 0, *count;

	if (n && (u32)bpf_get_current_pid_tgid()) /* it runs; the idle task is not on the queue */
		n--;
	key.length = n < LENGTH_MOST ? n : LENGTH_MOST;
	count = table_get(&lengths, &key, &zero);
	if (count)
		count_add(count, 1);
	return 0;
}
