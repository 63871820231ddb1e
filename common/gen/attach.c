// SPDX-License-Identifier: BSD-2-Clause
#include "gen/attach.h"
#include "base/message.h"
#include "base/object.h"
#include "base/run.h"
#include "kernel/attach_many.h"
#include "kernel/diag.h"
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

	pattern_parse(&p->pattern, p->spec.place, false);
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
	/* By name, unless only kallsyms knows more. */
	if (!probe_has_symbol(p->name)) {
		pattern_expand(p, 0);
		return;
	}
	p->names = calloc(1, sizeof(*p->names));
	p->places = calloc(1, sizeof(*p->places));
	if (!p->names || !p->places)
		err(1, NULL);
	p->names[0] = p->name;
	p->n_names = p->n_places = 1;
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

static bool is_of_call(const struct expr *e, const void *arg)
{
	(void)arg;
	return e->op == E_ARG && e->off >= offsetof(struct gen_frame, args);
}

static const char *program_name(const struct gen_probe *p)
{
	if (p->pattern.kind == TRACEPOINT)
		return "tracepoint";
	if (p->pattern.kind == USDT)
		return "usdt";
	if (p->spec.kind == 'r')
		return p->keeps_calls ? "call_returned" : "returned";
	return p->is_syscall ? "syscall_entered" : "entered";
}

static const char *entry_name(const struct gen_probe *p)
{
	return p->is_syscall ? "syscall_called" : "called";
}

static u64 read_faults(void)
{
	const u64 *faults = bpf_variable("gen_faults", sizeof(*faults));

	return faults ? *faults : 0;
}

void gen_probes_prepare(struct bpf_object *object, struct gen_probe *probes, u32 n, size_t size)
{
	struct bpf_program *program;
	bool keeps_calls = false;
	u32 n_sites = 0;

	bpf_object__for_each_program (program, object)
		bpf_program__set_autoload(program, false);
	for (u32 i = 0; i < n; i++) {
		struct gen_probe *p = (void *)((char *)probes + i * size);

		p->keeps_calls = p->spec.kind == 'r' && probe_first_use(p, is_of_call, NULL);
		keeps_calls |= p->keeps_calls;
		n_sites += p->pattern.kind == USDT ? p->pattern.n_places : 0;
		bpf_program__set_autoload(bpf_object__find_program_by_name(object, program_name(p)),
					  true);
		if (p->keeps_calls)
			bpf_program__set_autoload(
				bpf_object__find_program_by_name(object, entry_name(p)), true);
	}
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "usdt_sites"), n_sites ?: 1);
	bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "gen_calls"), keeps_calls);
	loss_side("faults", "values: their memory could not be read", read_faults);
	loss_side("hits", "hits: the CPU was already inside a probe", attach_missed);
}

/* A copy of a program for this probe.  ID is that of its USDT arguments. */
static int load(const struct gen_probe *p, const struct bpf_object *object, const char *name,
		u32 id)
{
	static struct gen_code filter, values;
	static char log[1 << 22];
	LIBBPF_OPTS(bpf_prog_load_opts, o, .log_buf = log, .log_size = sizeof(log),
		    .log_level = run.verbose);
	const struct bpf_program *template = bpf_object__find_program_by_name(object, name);
	size_t n = bpf_program__insn_cnt(template);
	struct gen_numbers numbers = p->numbers;
	struct bpf_insn *insns;
	int fd;

	numbers.id = id;
	filter.text = values.text = p->spec.text;
	filter.binary = values.binary = p->binary;
	gen_filter(&filter, p->filter);
	if (p->one_number)
		gen_number(&values, p->values->is);
	else
		gen_values(&values, p->values, p->n_values);
	insns = gen_splice(bpf_program__insns(template), &n, &filter, &values, &numbers);
	fd = bpf_prog_load(p->pattern.kind == TRACEPOINT ? BPF_PROG_TYPE_TRACEPOINT
							 : BPF_PROG_TYPE_KPROBE,
			   run.tool->name, "Dual BSD/GPL", insns, n, &o);
	if (run.verbose)
		message("%s\n", log);
	if (fd < 0)
		err(1, "the kernel rejected the program for '%s'", p->spec.text);
	free(insns);
	attach_hold_program(fd);
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

void gen_probe_attach(const struct gen_probe *p, const struct bpf_object *object, u32 pid)
{
	const struct pattern *at = &p->pattern;
	int prog = at->kind == USDT ? -1 : load(p, object, program_name(p), 0), why = 0;
	int entry = p->keeps_calls ? load(p, object, entry_name(p), 0) : -1;
	size_t refused = 0;

	for (size_t i = 0; i < at->n_places; i++) {
		int failed;

		if (at->kind == USDT)
			prog = load_usdt(p, object, at->places[i].at);
		/* Returns first: a call that is seen must be seen to return. */
		failed = attach_at(p, &at->places[i], p->spec.kind == 'r', prog, pid);
		if (!failed && p->keeps_calls)
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
}
