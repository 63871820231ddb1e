/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User stacks at user probes, each stored once under its hash.
 *
 * The kernel's own helpers, bpf_get_stackid() and bpf_get_stack(), collect a stack in a buffer of the CPU.  Newer
 * kernels can preempt a program at a user probe, and then two tasks write to that buffer.  So this follows the frame
 * pointers itself.
 */
#pragma once
#include "args.bpf.h"
#include "map.bpf.h"
#include "unwind.bpf.h"
#include "user_walk.h"

SPARSE_HASH(walks, u64, struct user_walk, 16384); /* --stack-storage-size */
static const struct user_walk walk_none;

struct walk_at {
	u64 ip, frame;
};

/* To the caller's frame; its ip is 0 if there is none. */
static __always_inline void walk_up(struct walk_at *at)
{
	u64 up[2]; /* the caller's frame pointer, and where it goes on */

	if (bpf_probe_read_user(up, sizeof(up), (void *)at->frame)) {
		at->ip = 0;
		return;
	}
	at->frame = up[0];
	at->ip = up[1];
}

/* The key of a stack that was found by rules; 0 as below. */
static __noinline u64 user_walk_unwound(struct unwind_state *s)
{
	u64 hash = s->stack.hash ?: 1;

	if (bpf_map_lookup_elem(&walks, &hash))
		return hash;
	_Static_assert(offsetof(struct unwound, addrs) - offsetof(struct unwound, n) ==
			       offsetof(struct user_walk, addrs),
		       "the same layout");
	if (s->stack.n > WALK_FRAMES)
		s->stack.n = WALK_FRAMES;
	if (!bpf_map_update_elem(&walks, &hash, &s->stack.n, BPF_ANY))
		return hash;
	count_add(&loss.stacks, 1);
	return 0;
}

/*
 * The key of the stack at IP, whose frame pointer is FRAME, of at most DEPTH frames, by frame pointers.  A global function:
 * the verifier goes through it once, not for each path that leads to it.
 */
__noinline u64 user_walk_from(u64 ip, u64 frame, u32 depth)
{
	struct walk_at first = { ip, frame }, at = first;
	struct user_walk *w;
	u64 hash = 14695981039346656037ull;
	u32 n;

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < WALK_FRAMES && i < depth && at.ip; i++) {
		hash = (hash ^ at.ip) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
		walk_up(&at);
	}
	hash = hash ?: 1;
	w = bpf_map_lookup_elem(&walks, &hash);
	if (w)
		return hash;
	bpf_map_update_elem(&walks, &hash, &walk_none, BPF_NOEXIST);
	w = bpf_map_lookup_elem(&walks, &hash);
	if (!w) {
		count_add(&loss.stacks, 1);
		return 0;
	}
	at = first;
#pragma clang loop unroll(disable)
	for (n = 0; n < WALK_FRAMES && n < depth && at.ip; n++) {
		w->addrs[n] = at.ip;
		walk_up(&at);
	}
	w->n = n;
	return hash;
}

static __always_inline u64 user_walk_kept(struct unwind_state *s)
{
	u64 key = user_walk_unwound(s);

	unwind_end(s);
	return key;
}

/*
 * The key of the current user stack, as the registers in CTX have it, of process PID, which runs PROGRAM (see
 * stack_meet()), of at most DEPTH frames; without rules not at a function's first instruction, where it has no frame yet.
 * 0, and counted as a loss, if the table is full.
 */
static __noinline u64 user_walk(void *ctx, u32 pid, u32 program, u32 depth)
{
	struct unwind_state *s = unwind_begin(ctx, UNWIND_REGISTERS, pid, program, depth);

	return s ? user_walk_kept(s) : user_walk_from(KREG_IP(ctx), KREG(ctx, bp, regs[29]), depth);
}

/* The same at a function's first instruction, without the function itself. */
static __noinline u64 user_walk_caller(void *ctx, u32 pid, u32 program, u32 depth)
{
	struct unwind_state *s = unwind_begin(ctx, UNWIND_CALLER, pid, program, depth);
	u64 caller;

	if (s)
		return user_walk_kept(s);
	return unwind_caller(ctx, &caller) ? user_walk_from(caller, KREG(ctx, bp, regs[29]), depth)
					   : 0;
}
