// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/attach_calls.h"
#include "base/object.h"
#include "kernel/attach_many.h"
#include "kernel/diag.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include "kernel/session.h"
#include "lib/nested.h"
#include "output/loss.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Attached to one by one, so many kernel functions take less than a second. */
#define FEW 16

#define TRAMPOLINE_ARGS 7 /* fexit_ret() knows no more */

static bool use_session, use_fentry;

static struct bpf_program *program(const struct bpf_object *obj, const char *name)
{
	return bpf_object__find_program_by_name(obj, name);
}

static u64 too_deep(void)
{
	const u64 *n = bpf_variable("nested_too_deep", sizeof(*n));

	return n ? *n : 0;
}

static bool forced(const char *flavour)
{
	const char *name = secure_getenv("SNOOPKIT_PROBES");

	return name && !strcmp(name, flavour);
}

/* All of it: a link is for one pattern. */
static bool choose_session(const struct pattern *p, size_t n, bool kprobes)
{
	bool wanted = n == 1 && (forced("session") || p->n_places > FEW);

	if (n != 1 || p->kind != KERNEL_FUNC || kprobes || forced("kprobe") || forced("fentry"))
		return false;
	return wanted && p->places[0].at && session_works();
}

static void refuse_go(const struct pattern *p)
{
	if (p->go)
		errx(1,
		     "%s is a Go program: Go moves stacks, and a program whose returns are traced "
		     "then "
		     "crashes",
		     p->shown);
}

void calls_prepare(struct bpf_object *obj, const struct pattern *p, size_t n, bool kprobes)
{
	bool kernel = false;

	use_session = choose_session(p, n, kprobes);
	use_fentry = !use_session && !kprobes && probe_best_flavour(obj) == PROBE_FENTRY;
	for (size_t i = 0; i < n; i++) {
		kernel |= p[i].kind == KERNEL_FUNC;
		refuse_go(&p[i]);
		attach_check_limit(&p[i], use_session);
		/* Each attached on its own costs 8 million instructions. */
		use_fentry &= p[i].kind != KERNEL_FUNC || p[i].n_places <= FEW || forced("fentry");
	}
	bpf_program__set_autoload(program(obj, "entered"), !use_session);
	bpf_program__set_autoload(program(obj, "returned"), !use_session);
	bpf_program__set_autoload(program(obj, "fentered"), kernel && use_fentry);
	bpf_program__set_autoload(program(obj, "fexited"), kernel && use_fentry);
	bpf_program__set_autoload(program(obj, "both"), use_session);
	if (use_session)
		session_take(program(obj, "both"));
	loss_side("hits", "calls: the CPU was already inside a probe", attach_missed);
	loss_side("deep", "calls: too many calls inside one another", too_deep);
}

/* One program, as one for trampolines.  0, or an errno. */
static int attach_tracing(const struct bpf_program *template, enum bpf_attach_type type,
			  const char *func, u32 id)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type);
	int btf = 0, func_id = kbtf_func_id(func, &btf), words = kbtf_func_words(func), prog;

	if (func_id < 0 || words < 0 || words > TRAMPOLINE_ARGS)
		return ENOENT;
	o.attach_btf_id = func_id;
	o.attach_btf_obj_fd = btf;
	prog = probe_copy(template, BPF_PROG_TYPE_TRACING, id | words << NESTED_NARGS_SHIFT, &o);
	if (prog < 0)
		return errno;
	attach_hold_program(prog);
	return attach_trampoline(prog);
}

/* First where it returns: else a call could begin that is not seen to return. */
static int attach_fentry(struct bpf_object *obj, const char *func, u32 id)
{
	return attach_tracing(program(obj, "fexited"), BPF_TRACE_FEXIT, func, id)
		       ?: attach_tracing(program(obj, "fentered"), BPF_TRACE_FENTRY, func, id);
}

static int attach_one(const struct pattern *p, const struct place *at, bool returns, int prog,
		      u32 pid)
{
	struct user_place user = { p->file, at->at, 0, returns };

	return p->kind == USER_FUNC ? attach_user(&user, prog, pid)
				    : attach_kernel(p, at, 0, returns, prog);
}

static const char *way_of(const struct pattern *p)
{
	return p->kind == USER_FUNC ? "uprobe" : "kprobe";
}

/* All places of a pattern, one by one.  Returns how many names have a probe; their numbers begin at FIRST. */
static size_t attach_singles(struct bpf_object *obj, const struct pattern *p, u32 first, u32 pid)
{
	int entered = -1, returned = -1, why = 0;
	size_t names = 0, refused = 0;
	u32 copied = -1, last = -1;

	for (size_t i = 0; i < p->n_places; i++) {
		const struct place *at = &p->places[i];
		u32 id = first + at->id;
		int failed = -1;

		if (p->kind == KERNEL_FUNC && use_fentry && pattern_only_place(p, at))
			failed = attach_fentry(obj, p->names[at->id], id);
		if (!failed)
			probe_say("fentry");
		if (failed && id != copied) {
			entered = attach_copy(program(obj, "entered"), id);
			returned = attach_copy(program(obj, "returned"), id);
			copied = id;
		}
		if (failed) {
			failed = attach_one(p, at, true, returned, pid)
					 ?: attach_one(p, at, false, entered, pid);
			if (!failed)
				probe_say(way_of(p));
		}
		why = failed ?: why;
		refused += failed != 0;
		names += !failed && at->id != last;
		last = failed ? last : at->id;
	}
	if (!names)
		errx(1, "cannot trace '%s': %s", p->text,
		     why == EOPNOTSUPP ? "this kernel has no probes of this kind" : diag_why(why));
	if (refused)
		warnx("%zu of %zu functions can't be probed", refused, p->n_places);
	return names;
}

size_t calls_attach(struct bpf_object *obj, const struct pattern *p, size_t n, u32 pid)
{
	u32 names = 0, attached = 0;

	if (use_session)
		return attach_pattern(p, program(obj, "both"), 0, false);
	for (size_t i = 0; i < n; i++) {
		attached += attach_singles(obj, &p[i], names, pid);
		names += p[i].n_names;
	}
	return attached;
}
