/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of tracepoints, as perf's programs get them. */
#pragma once
#include "types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

enum zone_type { ZONE_NORMAL = 2 }; /* the kernel's configuration decides */
enum skb_drop_reason { SKB_DROP_REASON_NOT_SPECIFIED };

struct trace_event_raw_inet_sock_set_state {
	const void *skaddr;
	int oldstate, newstate;
};
struct trace_event_raw_tcp_retransmit_skb {
	const void *skbaddr, *skaddr;
	int err; /* 6.16: a failure is traced, too */
};
struct trace_event_raw_tcp_probe {
	const void *skaddr, *skbaddr; /* 6.10 */
};
struct trace_event_raw_tcp_event_sk {
	const void *skaddr;
};
struct trace_event_raw_tcp_cong_state_set {
	const void *skaddr;
	u8 cong_state;
};
struct trace_event_raw_kfree_skb {
	void *skbaddr, *location;
	const void *rx_sk;           /* 6.11 */
	enum skb_drop_reason reason; /* 5.17 */
};
struct trace_event_raw_task_newtask {
	int pid;
	unsigned long clone_flags;
};
struct trace_event_raw_sched_process_exit {
	bool group_dead; /* 6.17 */
};
struct trace_event_raw_sched_process_exec {
	int old_pid;
};
struct trace_event_raw_cpu {
	u32 state, cpu_id;
};
struct trace_event_raw_workqueue_execute_start {
	void *work;
};
struct trace_event_raw_sys_enter {
	long id;
};
struct trace_event_raw_sys_exit {
	long id, ret;
};
struct trace_event_raw_mm_vmscan_direct_reclaim_begin_template {
	int order;
	u64 memcg_id; /* 7.3 */
};
struct trace_event_raw_mm_vmscan_direct_reclaim_end_template {
	unsigned long nr_reclaimed;
};
struct trace_event_raw_mm_compaction_begin {
	bool sync;
};
struct trace_event_raw_mm_compaction_end {
	int status;
};
struct trace_event_raw_mm_compaction_suitable_template {
	int nid;
	enum zone_type idx;
	int order;
};

/* As they are from Linux 6.1 on. */
struct trace_event_raw_kmalloc {
	const void *ptr;
	size_t bytes_alloc;
};
struct trace_event_raw_kmem_cache_alloc {
	const void *ptr;
	size_t bytes_alloc;
};
struct trace_event_raw_kfree {
	const void *ptr;
};
struct trace_event_raw_kmem_cache_free {
	const void *ptr;
};
struct trace_event_raw_mm_page_alloc {
	unsigned long pfn;
	unsigned int order;
};
struct trace_event_raw_mm_page_free {
	unsigned long pfn;
};
struct trace_event_raw_percpu_alloc_percpu {
	unsigned long call_site;
	size_t size;
	void *ptr;
};
struct trace_event_raw_percpu_free_percpu {
	void *ptr;
};
struct trace_event_raw_contention_begin {
	void *lock_addr;
	unsigned int flags;
};
struct trace_event_raw_contention_end {
	void *lock_addr;
};

#pragma clang attribute pop
