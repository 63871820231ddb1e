// SPDX-License-Identifier: BSD-2-Clause
#include "stack.h"
#include "ksym.h"
#include "out.h"
#include "tool.h"
#include "usym.h"
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

/*
 * All frames but the innermost hold the address behind a call, which may already
 * belong to the next function: look up the address before it.
 */
static struct frame frame_of(u64 addr, u32 pid, bool innermost)
{
	struct frame f = { .addr = addr, .kernel = !pid };
	u64 back = !innermost;
	struct ksym k;
	struct usym u;

	if (f.kernel && ksym_find(addr - back, &k)) {
		f.name = k.name;
		f.module = k.module;
		f.offset = k.offset + back;
	} else if (!f.kernel && usym_find(pid, addr - back, &u)) {
		f.name = u.name;
		f.module = u.module;
		f.offset = (u.name ? u.offset : u.module_offset) + back;
	}
	return f;
}

size_t stack_frames(s32 id, u32 pid, struct frame *frames)
{
	u64 addrs[STACK_MAX];
	size_t n = 0;

	if (id < 0 || bpf_map_lookup_elem(map_fd("stacks"), &id, addrs))
		return 0;
	if (pid)
		usym_drain();
	while (n < STACK_MAX && addrs[n]) {
		frames[n] = frame_of(addrs[n], pid, !n);
		n++;
	}
	return n;
}

void frame_text(const struct frame *f, bool offset)
{
	const char *name = f->name ?: "[unknown]";

	text_str(name, strlen(name));
	if (offset && f->name)
		text("+0x%llx", f->offset);
}

static void frames_json(s32 id, u32 pid, const char **sep)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(id, pid, frames);
	char b[4096];

	for (size_t i = 0; i < n; i++, *sep = ",") {
		const struct frame *f = &frames[i];

		if (f->name)
			snprintf(b, sizeof(b), "%s+0x%llx", f->name, f->offset);
		else if (f->module)
			snprintf(b, sizeof(b), "%s+0x%llx", f->module, f->offset);
		else
			snprintf(b, sizeof(b), "0x%llx", f->addr);
		text("%s", *sep);
		json_str(b, strlen(b));
	}
}

void stack_json(const struct stack_ids *ids, u32 pid)
{
	const char *sep = "";

	text("[");
	frames_json(ids->kernel, 0, &sep);
	frames_json(ids->user, pid, &sep);
	text("]");
}
