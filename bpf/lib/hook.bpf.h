/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that change what the kernel does, for tools that say .acts (common/kernel/hook.h).
 *
 *   FMOD_RET(update_socket_protocol) { ... }
 *	runs before this kernel function, with its arguments in ctx[0], ctx[1] ...  If it returns anything
 *	but 0, that is what the function returns, and it does not run.  The kernel allows this for
 *	functions named security_*, and few others.
 *
 * The program acts only if acting_now(); else it returns 0, and only says what it would have done.
 */
#pragma once
#include "kernel.h"

const volatile struct acting acting;

#define FMOD_RET(func) SEC("?fmod_ret/" #func) int func##_mod(u64 *ctx)

/* With --enforce, until the time that --for sets is over: even if the tool is stopped, and can't end. */
static __always_inline bool acting_now(void)
{
	return acting.enforce && (!acting.until || bpf_ktime_get_ns() < acting.until);
}
