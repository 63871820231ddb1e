/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * USDT probes.
 *
 *   USDT(query, (const char *text, u64 length)) { ... }
 *	runs at a USDT probe, with up to eight leading arguments; see user_probe.bpf.h.
 *
 * libbpf can do this, too, but before 5.15, where there are no attach cookies, not in libraries of all
 * processes, and it refuses probes with an argument that is a variable.
 */
#pragma once
#include "args.bpf.h"
#include "map.bpf.h"
#include "probe_id.bpf.h"
#include "task_stack.bpf.h"
#include "usdt.h"

/* Where the arguments are, by probe_id(): the same probe can have them in other places each time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* set by the library */
	__type(key, u32);
	__type(value, struct usdt_site);
} usdt_sites SEC(".maps");

/* Registers at an offset that is not known in advance can't be loaded from the context. */
static __always_inline u64 usdt_register(void *ctx, u32 at)
{
	u64 v = 0;

	bpf_probe_read_kernel(&v, sizeof(v), ctx + at);
	return v;
}

static __always_inline u64 usdt_value(void *ctx, const struct usdt_arg *a)
{
	u64 v = a->number;

	if (a->kind == USDT_NONE)
		return 0;
	if (a->has_reg)
		v += usdt_register(ctx, a->reg);
	if (a->has_index)
		v += usdt_register(ctx, a->index) << (a->shift & 7);
	if (a->kind == USDT_MEMORY) {
		u64 at = v;
		u32 size = a->bits / 8;

		v = 0;
		if (size <= sizeof(v))
			bpf_probe_read_user(&v, size, (void *)at);
	}
	v <<= (64 - a->bits) & 63;
	return a->is_signed ? (u64)((s64)v >> ((64 - a->bits) & 63)) : v >> ((64 - a->bits) & 63);
}

#define KF_USDT0
#define KF_USDT1 , (void *)usdt_value(ctx, &site->args[0])
#define KF_USDT2 KF_USDT1, (void *)usdt_value(ctx, &site->args[1])
#define KF_USDT3 KF_USDT2, (void *)usdt_value(ctx, &site->args[2])
#define KF_USDT4 KF_USDT3, (void *)usdt_value(ctx, &site->args[3])
#define KF_USDT5 KF_USDT4, (void *)usdt_value(ctx, &site->args[4])
#define KF_USDT6 KF_USDT5, (void *)usdt_value(ctx, &site->args[5])
#define KF_USDT7 KF_USDT6, (void *)usdt_value(ctx, &site->args[6])
#define KF_USDT8 KF_USDT7, (void *)usdt_value(ctx, &site->args[7])

/* NAME##_usdt tells the library how many arguments it must find. */
#define USDT(name, params)                                                              \
	const volatile u32 name##_usdt = KF_COUNT params;                               \
	static __always_inline int name##_body(void *ctx KF_LIST params);               \
	KF_BEGIN                                                                        \
	SEC("?uprobe") int name(void *ctx)                                              \
	{                                                                               \
		u32 id = probe_id();                                                    \
		const struct usdt_site *site = bpf_map_lookup_elem(&usdt_sites, &id);   \
                                                                                        \
		on_task_stack(ctx);                                                     \
		if (!site)                                                              \
			return 0;                                                       \
		return name##_body(ctx KF_APPLY(KF_USDT, KF_COUNT params));             \
	}                                                                               \
	KF_END static __always_inline int name##_body(void *ctx __attribute__((unused)) \
						      KF_LIST params)
