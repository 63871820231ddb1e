// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cachetop.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

TABLE(processes, struct process_key, struct page_counts, 10240);

static __always_inline struct page_counts *page_counts_get(void)
{
	struct page_counts zero = {};
	struct process_key key;

	if (!task_wanted())
		return NULL;
	key.pid = task_pid();
	key.uid = bpf_get_current_uid_gid();
	task_comm_key(key.comm);
	return table_get(&processes, &key, &zero);
}

#include "lib/page_cache.bpf.h"
