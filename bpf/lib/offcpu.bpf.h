/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long threads are off the CPU, by their stacks.  A tool defines off_began(o), which is called for each thread that
 * leaves the CPU, to fill in what else is in its struct off_key.
 */
#pragma once
#include "offcpu.h"
#include "sched.bpf.h"
#include "stack_key.bpf.h"
#include "task_state.bpf.h"

const volatile struct off_conf off_conf;

TABLE(times, struct off_key, struct offcpu_value, 40960);
TASK_STATES(off, offs);

static __always_inline void off_began(struct off *o);

static __always_inline bool off_counted(struct task_struct *t, u32 state, const bool typed)
{
	struct task_struct___sched *s = (void *)t;

	if (!off_conf.idle && !ARG_READ(t, pid))
		return false;
	if (off_conf.user_threads && ARG_READ(s, flags) & PF_KTHREAD)
		return false;
	if (off_conf.kernel_threads && !(ARG_READ(s, flags) & PF_KTHREAD))
		return false;
	if (off_conf.has_state && (off_conf.state ? !(state & off_conf.state) : state))
		return false;
	return !(state & TASK_DEAD);
}

static __always_inline void off_left(u64 *ctx, u64 now, const bool typed)
{
	struct task_struct *t = SWITCH_PREV;
	u32 state = switch_state(ctx, typed);
	struct stack_key *key;
	struct off *o;

	if (!off_counted(t, state, typed) || !task_wanted())
		return;
	o = task_state_begin(offs, runner_id_of(t, typed));
	if (!o)
		return;
	o->since = now;
	o->state = state;
	key = &o->key.target;
	key->pid = typed && !pid_ns.inum ? t->tgid : task_pid_of(t);
	key->tid = typed && !pid_ns.inum ? t->pid : task_tid_of(t);
	key->program = key->pad = 0;
	task_comm_key_of(t, key->comm, typed);
	stack_key_stacks(ctx, key);
	off_began(o);
}

/* How long it has been off. */
static __always_inline u64 off_ns(const struct off *o, u64 now)
{
	return o->since < now ? now - o->since : 0; /* another CPU's clock can be ahead */
}

TRACEPOINT(sched_switch, switched)
{
	u32 id = runner_id_of(SWITCH_NEXT, typed);
	u64 ns, now = bpf_ktime_get_ns();
	struct offcpu_value zero = {}, *v;
	struct off_key key;
	struct off *o;

	/* From the end of tracing on, who is off the CPU stays so, for user space to read. */
	if (stack_window.done)
		return 0;
	off_left(ctx, now, typed);
	o = task_state_find(offs, id);
	if (!o)
		return 0;
	ns = off_ns(o, now);
	key = o->key;
	task_state_end(offs, id, o);
	if (ns < off_conf.min_ns || ns > off_conf.max_ns)
		return 0;
	v = stack_table_get(&times, &key, &zero);
	if (v) {
		count_add(&v->ns, ns);
		count_add(&v->count, 1);
	}
	return 0;
}

PERCPU_ARRAY(before, struct stack_before, 1);

/* Run once for each thread, when tracing begins: for those that are off the CPU already. */
SEC("iter/task") int sleepers(u64 *ctx)
{
	struct bpf_iter_meta *meta = (void *)ctx[0];
	struct task_struct *t = (void *)ctx[1];
	struct task_struct___sched *s = (void *)t;
	const bool typed = true;
	struct stack_before *b;
	struct stack_key *key;
	u32 zero = 0, id, state;
	struct off *o;

	if (!t || s->on_cpu)
		return 0;
	id = t->pid;
	state = task_state(t, typed);
	if (!id || !off_counted(t, state, typed) || !task_wanted_of(t, typed))
		return 0;
	o = task_state_find(offs, id);
	if (!o) {
		o = task_state_begin(offs, id);
		if (!o)
			return 0;
		o->since = bpf_ktime_get_ns();
		o->state = state;
		key = &o->key.target;
		key->pid = task_pid_of(t);
		key->tid = task_tid_of(t);
		key->program = key->pad = 0;
		task_comm_key_of(t, key->comm, typed);
		key->stack.kernel = stack_filter.no_kernel ? -1 : STACK_BEFORE;
		key->stack.user = stack_filter.no_user ? -1 : -14;
		off_began(o);
	}
	key = &o->key.target;
	if (key->stack.kernel != STACK_BEFORE)
		return 0;
	b = bpf_map_lookup_elem(&before, &zero);
	if (!b)
		return 0;
	b->tid = key->tid;
	b->bytes = bpf_get_task_stack(t, b->frames, sizeof(b->frames), 0);
	/* If the buffer is full, the kernel calls this program for the same thread again. */
	bpf_seq_write(meta->seq, b, sizeof(*b));
	return 0;
}
