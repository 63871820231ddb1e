/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that change what the kernel does (bpf/lib/hook.bpf.h), for tools that say .acts.  Such a tool only
 * shows what it would do, unless it gets --enforce.  A hook that this kernel lacks is the end of the tool:
 * nothing weaker takes its place.  The kernel removes the programs when the process ends, however it ends.
 *
 *	static const struct hook hooks[] = {
 *		{ "update_socket_protocol", .needs = "Linux 6.6 with MPTCP" }, { 0 } };
 *	TOOL(mptcpify, HOOKS("makes TCP sockets MPTCP sockets", hooks), ...)
 */
#pragma once
#include <bpf/libbpf.h>

struct hook {
	const char *func;  /* of FMOD_RET() */
	const char *needs; /* what has it, for messages */
};

#define HOOKS(what, table) .acts = what, .hooks = table, .hook_select = hook_select

/* For the library.  Mark the programs to load, which are then attached as all others are; exits if a hook is missing. */
void hook_select(struct bpf_object *, const struct hook *);
