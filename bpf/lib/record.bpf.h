/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arguments of tracepoints, from the records that programs of perf's tracepoints get; for TRACEPOINT_IN_TASKS()
 * (tracepoint.bpf.h).  Of each tracepoint:
 *
 *   RECORD_GROUP_point	its directory in tracefs
 *   RECORD_point	the type of its record
 *   record_args_point()	sets the arguments, at most four.  Those that no program uses stay 0.
 */
#pragma once
#include "kernel.h"
#include "kernel_record.h"
#include "record.h"

/*
 * A kernel pointer as one to a type that the verifier knows, and reads what it leads to, but trusts in nothing else:
 * by bpf_rdonly_cast(), which costs nothing.  libbpf would read all of the kernel's types to find that function, so
 * this calls a number that no helper has, which common/kernel/probe.c replaces.
 */
static void *(*const rdonly_cast)(const void *p, u32 type) = (void *)RDONLY_CAST;
static const volatile struct cast_types cast_types __attribute__((unused));

#define CAST_TYPE(name) struct name;
CAST_TYPES(CAST_TYPE)
#undef CAST_TYPE

#define RECORD_ARGS(point) \
	static __always_inline void record_args_##point(u64 *args, struct RECORD_##point *r)

#define RECORD_GROUP_inet_sock_set_state "sock"
#define RECORD_inet_sock_set_state       trace_event_raw_inet_sock_set_state
RECORD_ARGS(inet_sock_set_state)
{
	args[0] = (u64)rdonly_cast(r->skaddr, cast_types.sock);
	args[1] = r->oldstate;
	args[2] = r->newstate;
}

#define RECORD_GROUP_tcp_retransmit_skb "tcp"
#define RECORD_tcp_retransmit_skb       trace_event_raw_tcp_retransmit_skb
RECORD_ARGS(tcp_retransmit_skb)
{
	args[0] = (u64)rdonly_cast(r->skaddr, cast_types.sock);
	args[1] = (u64)rdonly_cast(r->skbaddr, cast_types.sk_buff);
	if (bpf_core_field_exists(r->err))
		args[2] = r->err;
}

#define RECORD_GROUP_tcp_probe "tcp"
#define RECORD_tcp_probe       trace_event_raw_tcp_probe
RECORD_ARGS(tcp_probe)
{
	args[0] = (u64)rdonly_cast(r->skaddr, cast_types.sock);
	args[1] = (u64)rdonly_cast(r->skbaddr, cast_types.sk_buff);
}

/* These share the type of their record. */
#define RECORD_GROUP_tcp_rcv_space_adjust "tcp"
#define RECORD_tcp_rcv_space_adjust       trace_event_raw_tcp_event_sk
RECORD_ARGS(tcp_rcv_space_adjust)
{
	args[0] = (u64)rdonly_cast(r->skaddr, cast_types.sock);
}

#define RECORD_GROUP_tcp_destroy_sock "tcp"
#define RECORD_tcp_destroy_sock       trace_event_raw_tcp_event_sk
RECORD_ARGS(tcp_destroy_sock)
{
	args[0] = (u64)rdonly_cast(r->skaddr, cast_types.sock);
}

#define RECORD_GROUP_tcp_cong_state_set "tcp"
#define RECORD_tcp_cong_state_set       trace_event_raw_tcp_cong_state_set
RECORD_ARGS(tcp_cong_state_set)
{
	args[0] = (u64)rdonly_cast(r->skaddr, cast_types.sock);
	args[1] = r->cong_state;
}

#define RECORD_GROUP_kfree_skb "skb"
#define RECORD_kfree_skb       trace_event_raw_kfree_skb
RECORD_ARGS(kfree_skb)
{
	args[0] = (u64)rdonly_cast(r->skbaddr, cast_types.sk_buff);
	args[1] = (u64)r->location;
	if (bpf_core_field_exists(r->reason))
		args[2] = r->reason;
	if (bpf_core_field_exists(r->rx_sk))
		args[3] = (u64)rdonly_cast(r->rx_sk, cast_types.sock);
}

#define RECORD_GROUP_task_newtask "task"
#define RECORD_task_newtask       trace_event_raw_task_newtask
RECORD_ARGS(task_newtask)
{
	args[1] = r->clone_flags;
}

#define RECORD_GROUP_sched_process_exit "sched"
#define RECORD_sched_process_exit       trace_event_raw_sched_process_exit
RECORD_ARGS(sched_process_exit)
{
	args[0] = (u64)bpf_get_current_task_btf();
	if (bpf_core_field_exists(r->group_dead))
		args[1] = r->group_dead;
}

#define RECORD_GROUP_sched_process_exec "sched"
#define RECORD_sched_process_exec       trace_event_raw_sched_process_exec
RECORD_ARGS(sched_process_exec)
{
	args[0] = (u64)bpf_get_current_task_btf();
	args[1] = r->old_pid;
}

#define RECORD_GROUP_cpu_frequency "power"
#define RECORD_cpu_frequency       trace_event_raw_cpu
RECORD_ARGS(cpu_frequency)
{
	args[0] = r->state;
	args[1] = r->cpu_id;
}

#define RECORD_GROUP_workqueue_execute_start "workqueue"
#define RECORD_workqueue_execute_start       trace_event_raw_workqueue_execute_start
RECORD_ARGS(workqueue_execute_start)
{
	args[0] = (u64)r->work; /* only as an address */
}

#define RECORD_GROUP_sys_enter "raw_syscalls"
#define RECORD_sys_enter       trace_event_raw_sys_enter
RECORD_ARGS(sys_enter)
{
	args[1] = r->id;
}

#define RECORD_GROUP_sys_exit "raw_syscalls"
#define RECORD_sys_exit       trace_event_raw_sys_exit
RECORD_ARGS(sys_exit)
{
	args[0] = bpf_task_pt_regs(bpf_get_current_task_btf());
	args[1] = r->ret;
}

/* Where the tracepoint has a cgroup, the order is its second argument. */
#define RECORD_GROUP_mm_vmscan_direct_reclaim_begin "vmscan"
#define RECORD_mm_vmscan_direct_reclaim_begin \
	trace_event_raw_mm_vmscan_direct_reclaim_begin_template
RECORD_ARGS(mm_vmscan_direct_reclaim_begin)
{
	args[bpf_core_field_exists(r->memcg_id) ? 1 : 0] = r->order;
}

#define RECORD_GROUP_mm_vmscan_direct_reclaim_end "vmscan"
#define RECORD_mm_vmscan_direct_reclaim_end       trace_event_raw_mm_vmscan_direct_reclaim_end_template
RECORD_ARGS(mm_vmscan_direct_reclaim_end)
{
	args[0] = r->nr_reclaimed;
}

#define RECORD_GROUP_contention_begin "lock"
#define RECORD_contention_begin       trace_event_raw_contention_begin
RECORD_ARGS(contention_begin)
{
	args[0] = (u64)r->lock_addr; /* only as an address */
	args[1] = r->flags;
}

#define RECORD_GROUP_contention_end "lock"
#define RECORD_contention_end       trace_event_raw_contention_end
RECORD_ARGS(contention_end)
{
	args[0] = (u64)r->lock_addr;
}
