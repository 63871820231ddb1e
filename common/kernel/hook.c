// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/hook.h"
#include "base/object.h"
#include "base/run.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include <err.h>
#include <stdio.h>
#include <time.h>

static struct bpf_program *program_of(struct bpf_object *obj, const struct hook *h)
{
	char name[128];
	struct bpf_program *p;

	snprintf(name, sizeof(name), "%s_mod", h->func);
	p = bpf_object__find_program_by_name(obj, name);
	if (!p)
		errx(1, "the BPF object has no program %s", name);
	return p;
}

void hook_select(struct bpf_object *obj, const struct hook *hooks)
{
	struct acting *acting = bpf_rodata(obj, "acting", sizeof(*acting));
	struct timespec now;
	int fd;

	if (!acting)
		errx(1, "the BPF object does not ask whether to act");
	acting->enforce = run.enforce;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (run.duration)
		acting->until = (now.tv_sec + run.duration) * 1000000000ull + now.tv_nsec;
	for (const struct hook *h = hooks; h->func; h++) {
		if (kbtf_foreign())
			errx(1,
			     "cannot change %s: that needs the kernel's own type information "
			     "(BTF), "
			     "in /sys/kernel/btf/vmlinux",
			     h->func);
		if (kbtf_func_id(h->func, &fd) < 0)
			errx(1, "cannot change %s: this kernel has no such function. It needs %s.",
			     h->func, h->needs);
		if (!probe_has_fentry())
			errx(1,
			     "cannot change %s: this kernel lacks fentry, on which that is built",
			     h->func);
		bpf_program__set_autoload(program_of(obj, h), true);
	}
}
