// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cpufreq.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

struct freq_cpu freq_cpus[FREQ_CPUS];
u64 unknown; /* samples of CPUs whose frequency is not known */

/* Samples come in an interrupt, so the table must not allocate. */
TABLE(uses, struct freq_key, struct freq_counts, 4096);
static struct freq_counts none;

TRACEPOINT_IN_TASKS(cpu_frequency, changed)
{
	u32 khz = ctx[0], cpu = ctx[1];

	if (cpu < FREQ_CPUS)
		freq_cpus[cpu].told = khz;
	return 0;
}

SEC("perf_event") int sample(void *ctx)
{
	u64 cpu;
	u32 khz, slot;
	struct freq_key key = {};
	struct freq_counts *c;

	if (!task_wanted())
		return 0;
	cpu = bpf_get_smp_processor_id();
	if (cpu >= FREQ_CPUS)
		return 0;
	khz = freq_cpus[cpu].told ?: freq_cpus[cpu].read;
	if (!khz) {
		count_add(&unknown, 1);
		return 0;
	}
	if ((u32)bpf_get_current_pid_tgid())
		task_comm_key(key.comm);
	else
		key.whose = OF_IDLE;
	c = table_get(&uses, &key, &none);
	slot = khz / (FREQ_STEP * 1000);
	if (slot >= FREQ_SLOTS)
		slot = FREQ_SLOTS - 1;
	if (c)
		count_add(&c->slots[slot], 1);
	return 0;
}
