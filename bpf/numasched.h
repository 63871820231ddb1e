/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define CPUS_MOST 4096

struct conf {
	u16 nodes[CPUS_MOST]; /* of each CPU */
};

/* A thread is moved to a CPU of another node. */
struct node_change {
	u64 ts;
	u32 pid, tid;
	u32 src_cpu, dst_cpu;
	u32 src_node, dst_node;
	char comm[COMM_LEN];
};
