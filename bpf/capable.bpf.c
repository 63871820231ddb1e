// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "capable.h"
#include "lib/event.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/stack_event.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct user_namespace {
	struct ns_common ns;
};

#pragma clang attribute pop

enum slots { SLOT_CHECK, SLOTS };
EVENT_SCRATCH(struct cap_event, SLOTS);
EVENT_STACKS(SLOTS);

/* With --unique, the checks that were shown. */
struct check {
	u64 who, stacks;
	s32 cap, result;
};
SPARSE_HASH(seen, struct check, u8, 65536);

static __always_inline u64 hash_frames(const u64 *frames, u32 bytes)
{
	u64 hash = 0;

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < EVENT_FRAMES; i++) {
		if (i * sizeof(u64) >= bytes)
			break;
		hash = (hash ^ frames[i]) * 0x100000001b3;
		hash ^= hash >> 32;
	}
	return hash;
}

/*
 * Hashes of the stacks, of so many bytes.  They are global functions, so that the verifier looks at each by
 * itself: in line, it would follow each length of one stack through each length of the other.
 */
u64 hash_kernel(u32 bytes);
u64 hash_user(u32 bytes);

__noinline u64 hash_kernel(u32 bytes)
{
	struct cap_event *e = scratch_get(&scratch, SLOT_CHECK);

	return e ? hash_frames(e->frames, bytes) : 0;
}

__noinline u64 hash_user(u32 bytes)
{
	struct stack_event *s = scratch_get(&stack_events, SLOT_CHECK);

	return s ? hash_frames(s->frames, bytes) : 0;
}

/* Was this check shown before?  KERNEL and USER: bytes of its stacks, or errors. */
static __always_inline bool is_repeated(struct cap_event *e, long kernel, long user)
{
	struct check check = { .cap = e->cap, .result = e->result };
	u8 one = 1;

	if (task_filter.cgroup || task_filter.cgroupmap)
		check.who = bpf_get_current_cgroup_id();
	else
		check.who = bpf_get_current_pid_tgid() >> 32;
	if (conf.kernel_stack)
		check.stacks = hash_kernel(kernel > 0 ? kernel : 0);
	if (conf.user_stack)
		check.stacks = check.stacks * 31 + hash_user(user > 0 ? user : 0);
	if (bpf_map_lookup_elem(&seen, &check))
		return true;
	/* If there is no room, it is shown again. */
	map_put(&seen, &check, &one);
	return false;
}

static __always_inline int checked(void *ctx, struct user_namespace *ns, int cap, u32 opts,
				   int result)
{
	long kernel = 0, user = 0;
	struct cap_event *e;

	if ((opts & CAP_OPT_NOAUDIT && !conf.all) || (conf.denied && !result) || !task_wanted() ||
	    !(e = scratch_get(&scratch, SLOT_CHECK)))
		return 0;
	event_begin(e);
	if (e->pid == conf.self)
		return 0;
	e->uid = bpf_get_current_uid_gid();
	e->cap = cap;
	e->result = result;
	e->opts = opts;
	e->userns = BPF_CORE_READ(ns, ns.inum);
	e->pad = 0;
	if (conf.kernel_stack)
		kernel = bpf_get_stack(ctx, e->frames, sizeof(e->frames), 0);
	if (conf.user_stack)
		user = event_stack_get(ctx, SLOT_CHECK);
	if (conf.unique && is_repeated(e, kernel, user))
		return 0;
	if (conf.user_stack)
		event_stack_send(SLOT_CHECK, e->ts, user);
	return event_output_to(e, frames, kernel > 0 ? kernel : 0);
}

KFUNC_RET(cap_capable, (void *cred, struct user_namespace *ns, int cap, u32 opts), int result)
{
	return checked(ctx, ns, cap, opts, result);
}

/* From 6.13 on, for kernels with neither fentry nor kprobes. */
SEC("?raw_tp/cap_capable") int cap_checked(u64 *ctx)
{
	return checked(ctx, (void *)ctx[1], ctx[3], CAP_OPTS_UNTOLD, ctx[4]);
}
