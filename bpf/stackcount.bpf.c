// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "stackcount.h"
#define HITS_ALIKE
#include "lib/args.bpf.h"
#include "lib/matches.bpf.h"
#include "lib/stack_key.bpf.h"

const volatile struct conf conf;

struct hit_key {
	struct stack_key key;
	u64 caller;
};

/* Kernel functions can be called at any time, also in an NMI, so the table must not allocate. */
TABLE(counts, struct hit_key, u64, 40960);

/* Of a user function that begins. */
static __always_inline u64 return_address(void *ctx)
{
	u64 at = KREG(ctx, sp, regs[30]), addr = 0;

	if (!bpf_core_field_exists(struct pt_regs___x86, sp))
		return at; /* arm64 has it in a register */
	bpf_probe_read_user(&addr, sizeof(addr), (void *)at);
	return addr;
}

static __always_inline int hit(void *ctx, u32 id)
{
	struct hit_key key = {};
	u64 zero = 0, *count;

	if (stack_window.done || !hit_wanted())
		return 0;
	stack_key_get(ctx, false, &key.key);
	if (!conf.pids)
		key.key.pid = 0;
	if (!conf.per_process)
		__builtin_memset(key.key.comm, 0, sizeof(key.key.comm));
	if (conf.functions && key.key.stack.user >= 0)
		key.caller = return_address(ctx);
	count = stack_table_get(&counts, &key, &zero);
	if (count)
		count_add(count, 1);
	return 0;
}
