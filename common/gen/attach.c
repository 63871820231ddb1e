// SPDX-License-Identifier: BSD-2-Clause
#include "gen/attach.h"
#include "base/message.h"
#include "base/object.h"
#include "base/run.h"
#include "kernel/attach_many.h"
#include "kernel/diag.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include "kernel/usdt_places.h"
#include "lib/gen.h"
#include "output/loss.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *gen_probe_parse(struct gen_probe *p, const char *text)
{
	const char *after = spec_parse(&p->spec, text), *colon;
	char *typed;

	pattern_parse(&p->pattern, p->spec.place, false);
	if (p->spec.kind == 'r') {
		/* The pattern is the function's; in messages it is as it was typed. */
		p->pattern.text = typed = strdup(p->spec.place);
		*typed = 'r';
	}
	colon = strrchr(p->pattern.name, ':');
	p->name = colon ? colon + 1 : p->pattern.name;
	return after;
}

/* ---- places and names ---- */

static void find_kernel_func(struct gen_probe *g)
{
	static const char *const prefixes[] = { "__x64_sys_", "__arm64_sys_" };
	struct pattern *p = &g->pattern;
	char name[128];

	for (size_t i = 0; i < 2 && !strncmp(p->name, "sys_", 4) && !probe_has_symbol(p->name);
	     i++) {
		snprintf(name, sizeof(name), "%s%s", prefixes[i], p->name + 4);
		if (probe_has_symbol(name))
			p->name = strdup(name);
	}
	for (size_t i = 0; i < 2; i++)
		g->is_syscall |= !strncmp(p->name, prefixes[i], strlen(prefixes[i]));
	/* From 6.10 on, functions that allocate memory have other names: __kmalloc_noprof. */
	snprintf(name, sizeof(name), "%s_noprof", p->name);
	if (!probe_has_symbol(p->name) && probe_has_symbol(name))
		p->name = strdup(name);
	pattern_find(p, 0);
}

void gen_probe_find(struct gen_probe *p, u32 pid)
{
	const char *func = NULL;

	if (p->pattern.kind == KERNEL_FUNC)
		find_kernel_func(p);
	else
		pattern_expand(&p->pattern, pid);
	if (p->pattern.kind == KERNEL_FUNC && !p->is_syscall)
		func = p->pattern.name;
	spec_scope(&p->spec, &p->scope, func);
	if (p->pattern.kind == TRACEPOINT)
		spec_fields(&p->scope, p->pattern.name);
	if (!strncmp(p->pattern.name, "__ia32_sys_", 11)) {
		p->scope.n_names = p->scope.n_entry = 0;
		p->scope.no_args = "the arguments of 32-bit system calls can't be read";
	}
}

/* The first place in a tree that needs what IS says, or NULL. */
static const struct expr *
first_use(const struct expr *e, bool (*is)(const struct expr *, const void *arg), const void *arg)
{
	const struct expr *found = NULL;

	if (!e || is(e, arg))
		return e;
	for (int i = 0; i < 3 && !found; i++)
		found = first_use(e->kid[i], is, arg);
	return found;
}

static const struct expr *probe_first_use(const struct gen_probe *p,
					  bool (*is)(const struct expr *, const void *arg),
					  const void *arg)
{
	const struct expr *found = first_use(p->filter, is, arg);

	for (u32 i = 0; i < p->n_values && !found; i++)
		found = first_use(p->values[i].is, is, arg);
	return found;
}

/* ---- programs ---- */

static bool is_arg(const struct expr *e, const void *arg)
{
	(void)arg;
	return e->op == E_ARG && e->off >= offsetof(struct gen_frame, args) &&
	       e->off < offsetof(struct gen_frame, latency);
}

static bool is_latency(const struct expr *e, const void *arg)
{
	(void)arg;
	return e->op == E_ARG && e->off == offsetof(struct gen_frame, latency);
}

/* Does a program at the entry keep what one at the return needs? */
static bool keeps_calls(const struct gen_probe *p)
{
	return p->spec.kind == 'r' && !p->keeps_calls && (p->uses_args || p->uses_latency);
}

static const char *program_name(const struct gen_probe *p)
{
	if (p->pattern.kind == TRACEPOINT)
		return "tracepoint";
	if (p->pattern.kind == USDT)
		return "usdt";
	if (p->spec.kind == 'r')
		return keeps_calls(p) ? "call_returned" : "returned";
	return p->is_syscall ? "syscall_entered" : "entered";
}

static const char *entry_name(const struct gen_probe *p)
{
	return p->is_syscall ? "syscall_called" : "called";
}

static const char *fentry_name(const struct gen_probe *p)
{
	if (p->spec.kind == 'r')
		return !keeps_calls(p)   ? "trampoline_returned"
		       : p->uses_latency ? "trampoline_timed"
					 : "trampoline_call_returned";
	return "trampoline_entered";
}

static u64 read_faults(void)
{
	const u64 *faults = bpf_variable("gen_faults", sizeof(*faults));

	return faults ? *faults : 0;
}

static void wanted(const struct bpf_object *object, const char *program)
{
	bpf_program__set_autoload(bpf_object__find_program_by_name(object, program), true);
}

void gen_probes_prepare(struct bpf_object *object, struct gen_probe *probes, u32 n, size_t size)
{
	struct bpf_program *program;
	struct bpf_map *map;
	bool fentry = probe_best_flavour(object) == PROBE_FENTRY, any_calls = false;
	u32 n_sites = 0;

	bpf_object__for_each_program (program, object)
		bpf_program__set_autoload(program, false);
	for (u32 i = 0; i < n; i++) {
		struct gen_probe *p = (void *)((char *)probes + i * size);

		p->uses_args = probe_first_use(p, is_arg, NULL);
		p->uses_latency = probe_first_use(p, is_latency, NULL);
		p->by_fentry = fentry && p->fentry_will_do && p->pattern.kind == KERNEL_FUNC &&
			       !p->is_syscall && !p->spec.offset &&
			       kbtf_func_words(p->pattern.name) >= 0;
		n_sites += p->pattern.kind == USDT ? p->pattern.n_places : 0;
		any_calls |= keeps_calls(p);
		/* What fentry won't do, kprobes may. */
		wanted(object, program_name(p));
		if (keeps_calls(p))
			wanted(object, entry_name(p));
		if (p->by_fentry)
			wanted(object, fentry_name(p));
		if (p->by_fentry && keeps_calls(p) && p->uses_latency)
			wanted(object, "trampoline_called");
	}
	map = bpf_object__find_map_by_name(object, "usdt_sites");
	if (map)
		bpf_map__set_max_entries(map, n_sites ?: 1);
	map = bpf_object__find_map_by_name(object, "gen_calls");
	if (map)
		bpf_map__set_autocreate(map, any_calls);
	loss_side("faults", "values: their memory could not be read", read_faults);
	loss_side("hits", "hits: the CPU was already inside a probe", attach_missed);
}

/* A copy of a program for this probe, with its number as probe_id(); less than 0 with errno. */
static int load_as(enum bpf_prog_type type, struct bpf_prog_load_opts *o, const struct gen_probe *p,
		   const struct bpf_object *object, const char *name, u32 id)
{
	static struct gen_code filter, values;
	static char log[1 << 22];
	const struct bpf_program *template = bpf_object__find_program_by_name(object, name);
	size_t n = bpf_program__insn_cnt(template);
	struct probe_types types = probe_types(template);
	struct gen_numbers numbers = p->numbers;
	struct bpf_insn *insns;
	int fd;

	numbers.id = id;
	if (p->by_fentry)
		numbers.nargs = kbtf_func_words(p->pattern.name);
	filter.text = values.text = p->spec.text;
	filter.binary = values.binary = p->binary;
	gen_filter(&filter, p->filter);
	if (p->one_number)
		gen_number(&values, p->values->is);
	else
		gen_values(&values, p->values, p->n_values);
	insns = gen_splice(bpf_program__insns(template), &n, &filter, &values, &numbers,
			   types.funcs, types.n);
	probe_tell_types(&types, o);
	o->log_buf = log;
	o->log_size = sizeof(log);
	o->log_level = run.verbose;
	fd = bpf_prog_load(type, run.tool->name, "Dual BSD/GPL", insns, n, o);
	if (run.verbose)
		message("%s\n", log);
	free(types.funcs);
	free(insns);
	if (fd >= 0)
		attach_hold_program(fd);
	return fd;
}

static int load(const struct gen_probe *p, const struct bpf_object *object, const char *name,
		u32 id)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o);
	int fd = load_as(p->pattern.kind == TRACEPOINT ? BPF_PROG_TYPE_TRACEPOINT
						       : BPF_PROG_TYPE_KPROBE,
			 &o, p, object, name, id);

	if (fd < 0)
		err(1, "the kernel rejected the program for '%s'", p->spec.text);
	return fd;
}

static bool is_unknown(const struct expr *e, const void *site)
{
	size_t first = offsetof(struct gen_frame, args);

	return e->op == E_ARG && e->off >= first &&
	       ((const struct usdt_site *)site)->args[(e->off - first) / 8].kind == USDT_NONE;
}

static int load_usdt(const struct gen_probe *p, const struct bpf_object *object, u64 offset)
{
	static u32 id;
	const struct expr *none;
	struct usdt_site site;

	if (!usdt_site_at(&p->pattern, offset, &site))
		errx(1, "the USDT probe '%s' has gone", p->spec.place);
	none = probe_first_use(p, is_unknown, &site);
	if (none)
		gen_error(p->spec.text, none->is,
			  "the USDT probe has no such argument at one of its places, or it can't "
			  "be read");
	if (bpf_map_update_elem(map_fd("usdt_sites"), &id, &site, BPF_ANY))
		err(1, "cannot fill the BPF map usdt_sites");
	return load(p, object, program_name(p), id++);
}

/* ---- attaching ---- */

static int attach_at(const struct gen_probe *p, const struct place *at, bool returns, int prog,
		     u32 pid)
{
	struct user_place user = { p->pattern.file, at->at + p->spec.offset, at->semaphore,
				   returns };

	if (p->pattern.kind == USDT || p->pattern.kind == USER_FUNC)
		return attach_user(&user, prog, pid);
	return attach_kernel(&p->pattern, at, p->spec.offset, returns, prog);
}

/* A program for this function's trampoline; less than 0 with errno. */
static int load_trampoline(const struct gen_probe *p, const struct bpf_object *object,
			   enum bpf_attach_type type, const char *name)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = type);
	int btf = 0, id = kbtf_func_id(p->pattern.name, &btf);

	if (id < 0)
		return -1;
	o.attach_btf_id = id;
	o.attach_btf_obj_fd = btf;
	return load_as(BPF_PROG_TYPE_TRACING, &o, p, object, name, 0);
}

static bool attach_fentry(const struct gen_probe *p, const struct bpf_object *object)
{
	bool returns = p->spec.kind == 'r', timed = keeps_calls(p) && p->uses_latency;
	int prog, entry = -1;

	if (!p->by_fentry)
		return false;
	prog = load_trampoline(p, object, returns ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY,
			       fentry_name(p));
	if (prog >= 0 && timed)
		entry = load_trampoline(p, object, BPF_TRACE_FENTRY, "trampoline_called");
	if (prog < 0 || (timed && entry < 0) || attach_trampoline(prog))
		return false;
	if (timed && attach_trampoline(entry))
		err(1, "cannot trace calls of '%s'", p->spec.place);
	probe_say(returns ? "fexit" : "fentry");
	return true;
}

bool gen_probe_attach(const struct gen_probe *p, const struct bpf_object *object, u32 pid)
{
	const struct pattern *at = &p->pattern;
	int prog = -1, entry = -1, why = 0;
	size_t refused = 0;

	if (attach_fentry(p, object))
		return true;
	if (at->kind != USDT)
		prog = load(p, object, program_name(p), 0);
	if (keeps_calls(p))
		entry = load(p, object, entry_name(p), 0);
	for (size_t i = 0; i < at->n_places; i++) {
		int failed;

		if (at->kind == USDT)
			prog = load_usdt(p, object, at->places[i].at);
		/* Returns first: a call that is seen must be seen to return. */
		failed = attach_at(p, &at->places[i], p->spec.kind == 'r', prog, pid);
		if (!failed && entry >= 0)
			failed = attach_at(p, &at->places[i], false, entry, pid);
		refused += failed != 0;
		why = failed ?: why;
	}
	if (refused == at->n_places)
		errx(1, "cannot trace '%s': %s", p->spec.place,
		     why == EOPNOTSUPP ? "this kernel has no probes of this kind" : diag_why(why));
	if (refused)
		warnx("%zu of %zu places of '%s' can't be traced", refused, at->n_places,
		      p->spec.place);
	probe_say(at->kind == TRACEPOINT    ? "tracepoint"
		  : at->kind == KERNEL_FUNC ? "kprobe"
					    : "uprobe");
	return false;
}
