/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Traces many system calls with two programs, on the beginning and the end of all system calls. Removing a
 * tracepoint of a single one (syscalls:sys_enter_read) takes the kernel 20 ms or more. common/kernel/attach_many.c fills the map.
 */
#pragma once
#include "kernel.h"
#include "map.bpf.h"
#include "syscall_ids.h"
#include "task.bpf.h"
#include "task_regs.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * SYSCALL_NUMBERS);
	__type(key, u32);
	__type(value, u32);
} syscall_ids SEC(".maps");

/* Set *ID to the call's ID; false if the user did not ask for this call. */
static __always_inline bool syscall_id(u64 number, bool exit, u32 *id)
{
	u32 key = number + exit * SYSCALL_NUMBERS, *known;

	if (number >= SYSCALL_NUMBERS)
		return false;
	known = bpf_map_lookup_elem(&syscall_ids, &key);
	/* 32-bit programs use other numbers; the tracepoints leave out their calls, too. */
	if (!known || !*known || syscall_is_compat())
		return false;
	*id = *known - 1;
	return true;
}
