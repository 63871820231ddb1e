// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kvmexit.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

#define VMX_REASON 0xffff /* above are flags */

const volatile struct conf conf;

TABLE(exits, typeof(((struct exits *)0)->k), u64, 10240);

static __always_inline u32 member(const void *record, u32 at)
{
	u32 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), record + at);
	return v;
}

/* By the record, as the arguments differ: until 5.15, the reason was one. */
SEC("?tp/kvm/kvm_exit") int exited(void *record)
{
	typeof(((struct exits *)0)->k) key = {};
	u64 zero = 0, ids, *n;

	if (!task_wanted() || (conf.vcpu >= 0 && member(record, conf.vcpu_at) != (u32)conf.vcpu))
		return 0;
	ids = task_ids();
	key.pid = ids >> 32;
	key.tid = conf.by_process ? 0 : (u32)ids;
	key.isa = member(record, conf.isa_at);
	key.reason = member(record, conf.reason_at);
	if (key.isa == VMX)
		key.reason &= VMX_REASON;
	n = table_get(&exits, &key, &zero);
	if (n)
		count_add(n, 1);
	return 0;
}
