/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arguments of tracepoints, from the records that programs of perf's tracepoints get; for TRACEPOINT_IN_TASKS()
 * (tracepoint.bpf.h).  Of each tracepoint:
 *
 *   RECORD_GROUP_point	its directory in tracefs
 *   RECORD_point	the type of its record
 *   RECORD_TYPED_point	are all pointers among the arguments ones that the verifier knows the types of?
 *   record_args_point()	sets the arguments, at most four.  Those that no program uses stay 0.
 */
#pragma once
#include "kernel.h"
#include "kernel_record.h"

#define RECORD_ARGS(point) \
	static __always_inline void record_args_##point(u64 *args, struct RECORD_##point *r)

#define RECORD_GROUP_inet_sock_set_state "sock"
#define RECORD_inet_sock_set_state       trace_event_raw_inet_sock_set_state
#define RECORD_TYPED_inet_sock_set_state false
RECORD_ARGS(inet_sock_set_state)
{
	args[0] = (u64)r->skaddr;
	args[1] = r->oldstate;
	args[2] = r->newstate;
}

#define RECORD_GROUP_tcp_retransmit_skb "tcp"
#define RECORD_tcp_retransmit_skb       trace_event_raw_tcp_retransmit_skb
#define RECORD_TYPED_tcp_retransmit_skb false
RECORD_ARGS(tcp_retransmit_skb)
{
	args[0] = (u64)r->skaddr;
	args[1] = (u64)r->skbaddr;
	if (bpf_core_field_exists(r->err))
		args[2] = r->err;
}

#define RECORD_GROUP_tcp_probe "tcp"
#define RECORD_tcp_probe       trace_event_raw_tcp_probe
#define RECORD_TYPED_tcp_probe false
RECORD_ARGS(tcp_probe)
{
	args[0] = (u64)r->skaddr;
}

#define RECORD_GROUP_kfree_skb "skb"
#define RECORD_kfree_skb       trace_event_raw_kfree_skb
#define RECORD_TYPED_kfree_skb false
RECORD_ARGS(kfree_skb)
{
	args[0] = (u64)r->skbaddr;
	args[1] = (u64)r->location;
	if (bpf_core_field_exists(r->reason))
		args[2] = r->reason;
	if (bpf_core_field_exists(r->rx_sk))
		args[3] = (u64)r->rx_sk;
}

#define RECORD_GROUP_task_newtask "task"
#define RECORD_task_newtask       trace_event_raw_task_newtask
#define RECORD_TYPED_task_newtask true
RECORD_ARGS(task_newtask)
{
	args[1] = r->clone_flags;
}

#define RECORD_GROUP_sched_process_exit "sched"
#define RECORD_sched_process_exit       trace_event_raw_sched_process_exit
#define RECORD_TYPED_sched_process_exit true
RECORD_ARGS(sched_process_exit)
{
	args[0] = (u64)bpf_get_current_task_btf();
	if (bpf_core_field_exists(r->group_dead))
		args[1] = r->group_dead;
}

#define RECORD_GROUP_sched_process_exec "sched"
#define RECORD_sched_process_exec       trace_event_raw_sched_process_exec
#define RECORD_TYPED_sched_process_exec true
RECORD_ARGS(sched_process_exec)
{
	args[0] = (u64)bpf_get_current_task_btf();
	args[1] = r->old_pid;
}

#define RECORD_GROUP_sys_enter "raw_syscalls"
#define RECORD_sys_enter       trace_event_raw_sys_enter
#define RECORD_TYPED_sys_enter true
RECORD_ARGS(sys_enter)
{
	args[1] = r->id;
}

#define RECORD_GROUP_sys_exit "raw_syscalls"
#define RECORD_sys_exit       trace_event_raw_sys_exit
#define RECORD_TYPED_sys_exit true
RECORD_ARGS(sys_exit)
{
	args[0] = bpf_task_pt_regs(bpf_get_current_task_btf());
	args[1] = r->ret;
}
