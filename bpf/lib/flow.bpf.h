/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables of how much each process sent and received between which addresses: see flow.h. */
#pragma once
#include "flow.h"
#include "net.bpf.h"
#include "task.bpf.h"

/* The two tables, with values of VTYPE. */
#define FLOWS(vtype)                                   \
	TABLE(flows4, struct flow4_key, vtype, 10240); \
	TABLE(flows6, struct flow_key, vtype, 10240)

/* The current task is the one that sends or receives. */
#define flow_task(key, typed)                            \
	({                                               \
		(key)->pid = task_pid();                 \
		task_comm_key_typed((key)->comm, typed); \
	})
