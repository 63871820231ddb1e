// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "swapin.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

TABLE(counts, struct swapin_key, u64, 10240);

static __noinline int count(void)
{
	struct swapin_key key = {};
	u64 zero = 0, *n;

	if (!task_wanted())
		return 0;
	task_comm_key(key.comm);
	key.pid = task_pid();
	n = table_get(&counts, &key, &zero);
	if (n)
		count_add(n, 1);
	return 0;
}

/* Their arguments differ from kernel to kernel, and we need none. */
KFUNC(swap_read_folio, ())
{
	return count();
}

/* Before Linux 6.10. */
KFUNC(swap_readpage, ())
{
	return count();
}
