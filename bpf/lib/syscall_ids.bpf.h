/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Many system calls by two programs: one on all that begin, one on all that end. A tracepoint for each
 * (syscalls:sys_enter_read) costs the kernel 20 ms and more to remove. common/kernel/attach_many.c fills the map.
 */
#pragma once
#include "kernel.h"
#include "map.bpf.h"
#include "syscall_ids.h"
#include "task.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___arm64_number {
	s32 syscallno;
};

#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * SYSCALL_NUMBERS);
	__type(key, u32);
	__type(value, u32);
} syscall_ids SEC(".maps");

/* In raw_tp/sys_exit: the number of the call that ends. */
static __always_inline u64 syscall_exit_number(void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64_number *arm64 = regs;

	return bpf_core_field_exists(x86->orig_ax) ? BPF_CORE_READ(x86, orig_ax)
						   : (u64)BPF_CORE_READ(arm64, syscallno);
}

/* What the user asked to know as *ID; false if that is not this call. */
static __always_inline bool syscall_id(u64 number, bool exit, u32 *id)
{
	u32 key = number + exit * SYSCALL_NUMBERS, *known;

	if (number >= SYSCALL_NUMBERS)
		return false;
	known = bpf_map_lookup_elem(&syscall_ids, &key);
	/* The numbers of 32-bit programs are others; the tracepoints leave their calls out, too. */
	if (!known || !*known || syscall_is_compat())
		return false;
	*id = *known - 1;
	return true;
}
