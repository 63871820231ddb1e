/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls with their arguments and result, made by 32-bit and 64-bit programs.
 *
 *   SYSCALL_X64(statfs, body, what)	__x64_sys_statfs: by 64-bit programs on x86
 *   SYSCALL_IA32(sys_statx, body, what)	__ia32_sys_statx: by 32-bit programs on x86
 *   SYSCALL_ARM64(sys_statfs, body, what)	__arm64_sys_statfs: on arm64, where 32-bit programs
 *	use the same function or one of their own (compat_sys_statfs).
 *	These use fexit or kprobes, and cost other system calls nothing.
 *   SYSCALL_TP(statfs, 2, body, what)	statfs_enter and statfs_exit
 *	use tracepoints, which slow down every system call, and see only 64-bit programs.
 *
 *   SYSCALL_64(statfs, 2, body, what)
 *	all but SYSCALL_IA32, for calls that 32-bit programs have variants of;
 *   SYSCALL(statx, 5, body, what)
 *	all of them.
 *
 * Each calls body(what, args, ret).  Don't inline the body, so that the object has one copy of it
 * instead of one for each way.  In int arguments, the bits above 32 are garbage or zero.
 */
#pragma once
#include "probe.bpf.h"
#include "task.bpf.h"
#include "task_regs.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The registers of a system call, which hold its arguments. */
struct pt_regs___x86_syscall {
	unsigned long di, si, dx, r10, r8, bx, cx;
};
struct pt_regs___arm64_syscall {
	u64 regs[31];
};

#pragma clang attribute pop

/* Its first argument, for 32-bit and 64-bit programs. */
static __always_inline s32 syscall_first_arg(void)
{
	struct pt_regs___x86_syscall *x86 = task_regs();
	struct pt_regs___arm64_syscall *arm64 = (void *)x86;

	if (!bpf_core_field_exists(x86->di))
		return BPF_CORE_READ(arm64, regs[0]);
	if (syscall_is_compat())
		return BPF_CORE_READ(x86, bx);
	return BPF_CORE_READ(x86, di);
}

#define SYSCALL_ARGS(type, a, b, c, d, e)                      \
	{                                                      \
		.args = {                                      \
			BPF_CORE_READ((struct type *)regs, a), \
			BPF_CORE_READ((struct type *)regs, b), \
			BPF_CORE_READ((struct type *)regs, c), \
			BPF_CORE_READ((struct type *)regs, d), \
			BPF_CORE_READ((struct type *)regs, e)  \
		}                                              \
	}

#define SYSCALL_FUNC(f, body, what, ...)                      \
	KFUNC_RET(f, (void *regs), long ret)                  \
	{                                                     \
		struct call call = SYSCALL_ARGS(__VA_ARGS__); \
		return body(what, &call, ret);                \
	}

#define SYSCALL_X64(name, body, what) \
	SYSCALL_FUNC(__x64_sys_##name, body, what, pt_regs___x86_syscall, di, si, dx, r10, r8)
#define SYSCALL_IA32(name, body, what) \
	SYSCALL_FUNC(__ia32_##name, body, what, pt_regs___x86_syscall, bx, cx, dx, si, di)
#define SYSCALL_ARM64(name, body, what)                                                     \
	SYSCALL_FUNC(__arm64_##name, body, what, pt_regs___arm64_syscall, regs[0], regs[1], \
		     regs[2], regs[3], regs[4])

enum { CALL_SYSCALL = 1000 }; /* in calls_in_flight: a thread is in one at a time */

static __noinline int syscall_enter(struct call *call)
{
	return task_wanted() ? call_enter(CALL_SYSCALL, call) : 0;
}

/* N: how many arguments the call has.  The kernel won't load a program that reads more. */
#define SYSCALL_TP(name, n, body, what) SYSCALL_TP_DO(name, n, body(what, &call, ctx->ret))

/* The same for bodies that differ more: DO is an expression with call.args[], ctx and ctx->ret. */
#define SYSCALL_NTH(i, n) ((n) > (i) ? ctx->args[i] : 0)
#define SYSCALL_TP_DO(name, n, do)                                                             \
	SEC("?tp/syscalls/sys_enter_" #name) int name##_enter(struct syscall_trace_enter *ctx) \
	{                                                                                      \
		struct call call = { .args = { SYSCALL_NTH(0, n), SYSCALL_NTH(1, n),           \
					       SYSCALL_NTH(2, n), SYSCALL_NTH(3, n),           \
					       SYSCALL_NTH(4, n) } };                          \
		return syscall_enter(&call);                                                   \
	}                                                                                      \
	SEC("?tp/syscalls/sys_exit_" #name) int name##_exit(struct syscall_trace_exit *ctx)    \
	{                                                                                      \
		struct call call;                                                              \
		return call_leave(CALL_SYSCALL, &call) ? (do) : 0;                             \
	}

#define SYSCALL_64(name, n, body, what)       \
	SYSCALL_X64(name, body, what)         \
	SYSCALL_ARM64(sys_##name, body, what) \
	SYSCALL_TP(name, n, body, what)
#define SYSCALL(name, n, body, what)    \
	SYSCALL_64(name, n, body, what) \
	SYSCALL_IA32(sys_##name, body, what)

/*
 * Forget the call that thread TID is in: the thread has executed a program, and the call will return
 * under the process's ID.  FUNCS is the value of __COUNTER__ after the last of the macros above.
 */
static __always_inline void syscall_forget(u32 tid, const u32 funcs)
{
	call_forget(CALL_SYSCALL, tid);
	for (u32 func = 0; func < funcs; func++)
		call_forget(func, tid);
}
