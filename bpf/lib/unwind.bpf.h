/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User stacks of programs that have no frame pointers, by the rules that compilers leave for exceptions (.eh_frame).
 * User space reads these from a program's files when the program is first seen (common/symbols/unwind.h).  Until then,
 * and where a file has no rules, we follow frame pointers.
 *
 * Functions that are not static are verified once, and not again for each call.
 */
#pragma once
#include "alone.bpf.h"
#include "args.bpf.h"
#include "map.bpf.h"
#include "task_regs.bpf.h"
#include "unwind.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Calls of functions with return probes, innermost first. */
struct return_instance {
	unsigned long stack;          /* where the stack pointer was when the function began */
	unsigned long orig_ret_vaddr; /* where it returns to */
	struct return_instance *next;
};
struct uprobe_task {
	struct return_instance *return_instances;
};
struct task_struct___uprobes {
	struct uprobe_task *utask;
};

#pragma clang attribute pop

const volatile struct unwind_conf unwind_conf;

/* What user space writes, through a mapping.  It changes nothing that a process in unwind_processes refers to. */
#define UNWIND_ARRAY(name, vtype, n)               \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, n);            \
		__type(key, u32);                  \
		__type(value, vtype);              \
	} name SEC(".maps")
UNWIND_ARRAY(unwind_rules, struct unwind_rule, UNWIND_RULES);
UNWIND_ARRAY(unwind_ranges, struct unwind_range, UNWIND_RANGES);
struct unwind_chunk {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, UNWIND_CHUNK);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct unwind_row));
};
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, UNWIND_CHUNKS);
	__type(key, u32);
	__array(values, struct unwind_chunk);
} unwind_rows SEC(".maps");
HASH(unwind_processes, u32, struct unwind_process, UNWIND_PROCESSES);

/* Where a walk has come. */
struct unwind_state {
	u64 pc, sp, fp, lr;
	bool exact; /* pc is the next instruction of its frame; else it is after a call, maybe in the next function */
	u32 busy;
	struct unwind_process process;
	struct return_instance *probed; /* calls that the walk has not come to yet */
	u32 range;                      /* the last one */
	u32 depth;
	struct unwound stack;
};
PERCPU_ARRAY(unwind_states, struct unwind_state, 1);

/* Where rows were found for addresses of this hash: a hint, which is tried before all rows are searched. */
#define UNWIND_HINTS (1 << 14)
static u16 unwind_hints[UNWIND_HINTS];

/* The number of the rule for PC among COUNT rows of the chunk, from FIRST on. */
__noinline int unwind_find_rule(u32 chunk, u32 first, u32 count, u32 pc)
{
	struct unwind_row *row;
	u32 at, end = first + count;
	int rule = 0;
	u16 *hint;
	void *rows;

	if (!unwind_conf.on) /* the verifier goes no further */
		return 0;
	rows = bpf_map_lookup_elem(&unwind_rows, &chunk);
	if (!rows)
		return 0;
	hint = &unwind_hints[((pc ^ chunk << 24) * 0x9e3779b9) >> 18 & (UNWIND_HINTS - 1)];
	at = *hint;
	if (at >= first && at < end && (row = bpf_map_lookup_elem(rows, &at)) && row->pc <= pc) {
		rule = row->rule;
		if (++at == end)
			return rule;
		row = bpf_map_lookup_elem(rows, &at);
		if (row && row->pc > pc)
			return rule;
		rule = 0;
	}
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 17 && count; i++) {
		u32 half = count / 2;

		at = first + half;
		row = bpf_map_lookup_elem(rows, &at);
		if (!row)
			break;
		if (row->pc <= pc) {
			rule = row->rule;
			*hint = at;
			first = at + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return rule;
}

/* The number of the range that holds PC among COUNT from FIRST on, or -1. */
__noinline int unwind_find_range(u32 first, u32 count, u64 pc)
{
	if (!unwind_conf.on)
		return -1;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 15 && count; i++) {
		u32 half = count / 2, at = first + half;
		struct unwind_range *range = bpf_map_lookup_elem(&unwind_ranges, &at);

		if (!range)
			break;
		if (pc < range->start) {
			count = half;
		} else if (pc >= range->end) {
			first = at + 1;
			count -= half + 1;
		} else {
			return at;
		}
	}
	return -1;
}

static __always_inline bool user_word(u64 addr, u64 *word)
{
	return !bpf_probe_read_user(word, sizeof(*word), (void *)addr);
}

/* Where a signal's frame has the registers of what it interrupted, from the stack pointer on. */
#define X86_SIGNAL_FP   120
#define X86_SIGNAL_SP   160
#define X86_SIGNAL_PC   168
#define ARM64_SIGNAL_FP 544
#define ARM64_SIGNAL_LR 552
#define ARM64_SIGNAL_SP 560
#define ARM64_SIGNAL_PC 568

static __always_inline bool is_arm64(void)
{
	const struct pt_regs___x86 *x = NULL;

	return !bpf_core_field_exists(x->ip);
}

static __always_inline bool unwind_signal(struct unwind_state *s)
{
	u64 sp = s->sp, pc, fp, next;

	if (!user_word(sp + (is_arm64() ? ARM64_SIGNAL_PC : X86_SIGNAL_PC), &pc) ||
	    !user_word(sp + (is_arm64() ? ARM64_SIGNAL_FP : X86_SIGNAL_FP), &fp) ||
	    !user_word(sp + (is_arm64() ? ARM64_SIGNAL_SP : X86_SIGNAL_SP), &next))
		return false;
	if (is_arm64() && !user_word(sp + ARM64_SIGNAL_LR, &s->lr))
		return false;
	s->pc = pc;
	s->fp = fp;
	s->sp = next;
	s->exact = true;
	return true;
}

/* On arm64, a return address can be signed in the bits that addresses don't use. */
static __always_inline u64 unsigned_address(u64 addr)
{
	return is_arm64() ? addr & ((1ull << 48) - 1) : addr;
}

/* By the frame pointer: what it points to is the caller's, and then where the caller goes on. */
static __always_inline bool unwind_by_fp(struct unwind_state *s)
{
	u64 up[2], fp = s->fp;

	if (fp < s->sp || fp & 7 || bpf_probe_read_user(up, sizeof(up), (void *)fp))
		return false;
	s->fp = up[0];
	s->pc = unsigned_address(up[1]);
	s->sp = fp + sizeof(up);
	s->exact = false;
	return true;
}

static __always_inline bool unwind_by_rule(struct unwind_state *s, const struct unwind_rule *r)
{
	u64 cfa, pc, fp = s->fp, up[2];

	switch (r->cfa_from) {
	case UNWIND_SP:
		cfa = s->sp + r->cfa;
		break;
	case UNWIND_FP:
		cfa = fp + r->cfa;
		break;
	case UNWIND_PLT:
		cfa = s->sp + 8 + ((s->pc & 15) >= (u32)r->cfa ? 8 : 0);
		break;
	case UNWIND_FP_AT:
		if (!user_word(fp + r->cfa, &cfa))
			return false;
		cfa += r->add;
		break;
	case UNWIND_SP_AT:
		if (!user_word(s->sp + r->cfa, &cfa))
			return false;
		cfa += r->add;
		break;
	case UNWIND_SIGNAL:
		return unwind_signal(s);
	case UNWIND_NONE:
		return unwind_by_fp(s);
	default:
		return false;
	}
	/* A function that has called another one has used its stack; only the innermost may not have done so yet. */
	if (cfa < s->sp || (cfa == s->sp && s->stack.n > 1))
		return false;
	if (r->fp_from == UNWIND_AT_CFA && r->ra_from == UNWIND_AT_CFA && r->ra == r->fp + 8) {
		if (bpf_probe_read_user(up, sizeof(up), (void *)cfa + r->fp))
			return false;
		fp = up[0];
		pc = up[1];
	} else {
		if (r->ra_from == UNWIND_SAME)
			pc = s->lr;
		else if (r->ra_from != UNWIND_AT_CFA || !user_word(cfa + r->ra, &pc))
			return false;
		if (r->fp_from == UNWIND_AT_CFA && !user_word(cfa + r->fp, &fp))
			return false;
		if (r->fp_from == UNWIND_AT_FP && !user_word(fp + r->fp, &fp))
			return false;
	}
	s->pc = unsigned_address(pc);
	s->fp = fp;
	s->sp = cfa;
	s->exact = false;
	return true;
}

/*
 * A return probe has put its own address in place of the one that the function returns to, at the stack pointer that the
 * function began with.
 */
#define UNWIND_PROBED 8 /* the same place, if functions jump to others at their end */

static __always_inline bool unwind_probed(struct unwind_state *s)
{
	u64 began = s->sp - (is_arm64() ? 0 : sizeof(u64));

	if (!bpf_core_type_exists(struct return_instance)) /* a kernel without user probes */
		return false;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < UNWIND_PROBED && s->probed; i++) {
		struct return_instance *r = s->probed;
		u64 at = BPF_CORE_READ(r, stack);

		if (at > began)
			return false;
		s->probed = BPF_CORE_READ(r, next);
		if (at == began) {
			s->pc = BPF_CORE_READ(r, orig_ret_vaddr);
			return true;
		}
	}
	return false;
}

/* The range that the walk has come to, or NULL. */
static __always_inline struct unwind_range *unwind_range_of(struct unwind_state *s)
{
	struct unwind_range *range = bpf_map_lookup_elem(&unwind_ranges, &s->range);
	u64 pc = s->pc - !s->exact;
	u32 at;

	if (!range || pc < range->start || pc >= range->end) {
		at = unwind_find_range(s->process.first, s->process.count, pc);
		range = bpf_map_lookup_elem(&unwind_ranges, &at);
		s->range = at;
	}
	return range;
}

/* Take in one frame, and go to its caller.  0 if there may be more. */
__noinline int unwind_step(u32 zero)
{
	struct unwind_state *s = bpf_map_lookup_elem(&unwind_states, &zero);
	struct unwind_range *range;
	struct unwind_rule *r;
	u64 pc, hash;
	u32 n, rule;

	if (!unwind_conf.on || !s)
		return 1;
	n = s->stack.n;
	range = unwind_range_of(s);
	if (s->probed && n && (!range || !range->count) && unwind_probed(s))
		range = unwind_range_of(s);
	pc = s->pc - !s->exact;
	if ((n && !range) || n >= UNWIND_FRAMES || n >= s->depth)
		return 1; /* not code, so it was no return address */
	s->stack.addrs[n] = s->pc;
	s->stack.n = n + 1;
	hash = (s->stack.hash ^ s->pc) * 0x9e3779b97f4a7c15;
	s->stack.hash = hash ^ hash >> 29;
	rule = 0;
	if (range && range->count && pc - range->bias <= (u32)-1)
		rule = unwind_find_rule(range->chunk, range->first, range->count, pc - range->bias);
	r = bpf_map_lookup_elem(&unwind_rules, &rule);
	return !r || !unwind_by_rule(s, r);
}

#define UNWIND_STEPS 32

/* Several at once: loops in loops that the verifier goes through one after the other, not one in the other. */
__noinline int unwind_steps(u32 zero)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < UNWIND_STEPS; i++)
		if (unwind_step(zero))
			return 1;
	return 0;
}

/* Where a walk begins. */
enum unwind_from {
	UNWIND_TASK, /* where the task entered the kernel */
	UNWIND_SAMPLE, /* the context is that of a perf event: there, if it is in user space, else as above */
	UNWIND_REGISTERS, /* the context has the registers of user space */
	UNWIND_CALLER,    /* the same, at a function's first instruction: in its caller */
};

/* Where the function goes back to that begins now. */
static __always_inline bool unwind_caller(void *ctx, u64 *caller)
{
	if (!is_arm64())
		return user_word(KREG(ctx, sp, sp), caller);
	*caller = KREG(ctx, bp, regs[30]);
	return true;
}

static __always_inline bool unwind_start(struct unwind_state *s, void *ctx,
					 const enum unwind_from from)
{
	struct pt_regs___x86 *x;
	struct pt_regs___arm64 *a;
	const void *regs;

	s->exact = from != UNWIND_CALLER;
	if (from == UNWIND_REGISTERS || from == UNWIND_CALLER ||
	    (from == UNWIND_SAMPLE && (s64)KREG_IP(ctx) > 0)) {
		s->pc = KREG_IP(ctx);
		s->sp = KREG(ctx, sp, sp);
		s->fp = KREG(ctx, bp, regs[29]);
		s->lr = is_arm64() ? KREG(ctx, bp, regs[30]) : 0;
		if (from == UNWIND_CALLER) {
			if (!unwind_caller(ctx, &s->pc))
				return false;
			s->sp += is_arm64() ? 0 : sizeof(u64);
		}
	} else if (task_regs_typed()) {
		regs = task_regs();
		s->pc = KREG_IP(regs);
		s->sp = KREG(regs, sp, sp);
		s->fp = KREG(regs, bp, regs[29]);
		s->lr = is_arm64() ? KREG(regs, bp, regs[30]) : 0;
	} else {
		x = task_regs();
		a = (void *)x;
		s->pc = is_arm64() ? BPF_CORE_READ(a, pc) : BPF_CORE_READ(x, ip);
		s->sp = is_arm64() ? BPF_CORE_READ(a, sp) : BPF_CORE_READ(x, sp);
		s->fp = is_arm64() ? BPF_CORE_READ(a, regs[29]) : BPF_CORE_READ(x, bp);
		s->lr = is_arm64() ? BPF_CORE_READ(a, regs[30]) : 0;
	}
	return true;
}

/* The current task's calls of functions with return probes. */
static __always_inline struct return_instance *unwind_probed_calls(void)
{
	struct task_struct___uprobes *t = (void *)bpf_get_current_task();
	struct uprobe_task *utask;

	if (!bpf_core_field_exists(t->utask))
		return NULL;
	utask = BPF_CORE_READ(t, utask);
	return utask ? BPF_CORE_READ(utask, return_instances) : NULL;
}

static __always_inline bool is_32bit(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();

	return !(BPF_CORE_READ(t, mm, task_size) >> 32);
}

/*
 * Walk the current task's user stack, of process PID, which runs PROGRAM (see stack_meet()), and take at most DEPTH frames.
 * NULL if user space has not prepared this process, or another walk is under way on this CPU: then the kernel's helpers must
 * do.  Afterwards, call unwind_end().
 */
static __always_inline struct unwind_state *unwind_begin(void *ctx, const enum unwind_from from,
							 u32 pid, u32 program, u32 depth)
{
	struct unwind_process *process;
	struct unwind_state *s;
	u32 zero = 0;

	if (!unwind_conf.on)
		return NULL;
	process = bpf_map_lookup_elem(&unwind_processes, &pid);
	s = bpf_map_lookup_elem(&unwind_states, &zero);
	if (!process || (process->program && process->program != program) || !s ||
	    !alone_try(&s->busy))
		return NULL;
	if (!unwind_start(s, ctx, from) || is_32bit()) {
		alone_end(&s->busy);
		return NULL;
	}
	s->probed = unwind_probed_calls();
	s->process = *process;
	s->range = process->first;
	s->depth = depth;
	s->stack.n = 0;
	s->stack.hash = 14695981039346656037ull;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < UNWIND_FRAMES / UNWIND_STEPS; i++)
		if (unwind_steps(0))
			break;
	return s;
}

static __always_inline void unwind_end(struct unwind_state *s)
{
	alone_end(&s->busy);
}

__noinline int unwind_task_walk(u32 pid, u32 program, u32 depth)
{
	return !!unwind_begin(NULL, UNWIND_TASK, pid, program, depth);
}

/* The same from where the task entered the kernel.  At a user probe, too, that is with the registers that the context has. */
static __always_inline struct unwind_state *unwind_task(u32 pid, u32 program, u32 depth)
{
	u32 zero = 0;

	if (!unwind_conf.on || !unwind_task_walk(pid, program, depth))
		return NULL;
	return bpf_map_lookup_elem(&unwind_states, &zero);
}

#define UNWOUND_KEY ((1u << STACK_MAP_SHIFT) - 1)

/* The ID under which a walk's stack is stored in the map, or as stack_id_in(). */
static __always_inline s32 unwound_id(struct unwind_state *s, void *map)
{
	u32 key = s->stack.hash >> 32 & UNWOUND_KEY;
	struct unwound *w;

	for (u32 i = 0; i < 3; i++) { /* two stacks rarely want the same key */
		w = bpf_map_lookup_elem(map, &key);
		if (!w && bpf_map_update_elem(map, &key, &s->stack, BPF_NOEXIST))
			break;
		if (!w || w->hash == s->stack.hash)
			return key;
		key = (key + 1) & UNWOUND_KEY;
	}
	count_add(&loss.stacks, 1);
	return -12;
}
