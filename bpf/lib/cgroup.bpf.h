/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths of cgroups, which may be gone by the time that a row is printed. */
#pragma once
#include "kernel_sched.h"
#include "map.bpf.h"
#include "path.h"

#define CGROUP_NAME  256 /* a name with its end */
#define CGROUP_DEPTH 64

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___6_15 *since = (void *)kn;

	if (bpf_core_field_exists(since->__parent))
		return BPF_CORE_READ(since, __parent);
	return BPF_CORE_READ(kn, parent);
}

/*
 * Put the names of a cgroup and those above it into NAMES, as in path.h, from *END on, and move *END past
 * them.  The root is an empty name.  LEN is a power of two, and NAMES has CGROUP_NAME bytes more.
 */
static __always_inline void cgroup_names(struct cgroup *g, char *names, u32 *end, const u32 len)
{
	struct kernfs_node *kn = BPF_CORE_READ(g, kn), *parent;
	u32 begin = *end, off = begin;
	bool cut = true;
	u64 at;
	long n;

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < CGROUP_DEPTH; i++) {
		parent = kernfs_parent(kn);
		if (!parent) {
			cut = false;
			break;
		}
		if (off >= len)
			break;
		at = off;
		asm volatile("" : "+r"(at)); /* mask it after this, as in path.bpf.h */
		n = bpf_probe_read_kernel_str(names + (at & (len - 1)), CGROUP_NAME,
					      BPF_CORE_READ(kn, name));
		if (n < 1)
			break;
		off += n;
		kn = parent;
	}
	at = off;
	asm volatile("" : "+r"(at));
	if (at <= len + CGROUP_NAME - PATH_MARK_BYTES && (cut || off == begin)) {
		names[at] = cut ? '/' : 0;
		names[at + 1] = 0;
		off += cut ? 2 : 1;
	}
	if (cut)
		count_add(&loss.cut, 1);
	*end = off;
}
