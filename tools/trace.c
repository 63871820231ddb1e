// SPDX-License-Identifier: BSD-2-Clause
/* trace: print the hits of probes, with values that the user chooses.  After BCC's, by Sasha Goldshtein. */
#include "trace.h"
#include "base/message.h"
#include "gen/format.h"
#include "gen/spec.h"
#include "kernel/attach_many.h"
#include "kernel/diag.h"
#include "kernel/kbtf.h"
#include "kernel/usdt_places.h"
#include "lib/gen.h"
#include "main/tool.h"
#include "output/loss.h"
#include "output/print.h"
#include "symbols/ksym.h"
#include "symbols/stack.h"
#include "trace.skel.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PROBES 64
#define LONGEST    4096

static struct conf conf;
static bool offsets, unix_times, times, kernel_stacks, user_stacks, addresses, binary, aggregate,
	include_self;
static u32 string_size = 80, max_events, shown;
static const char *message_part;

/* ---- probes ---- */

static struct traced {
	struct spec spec;
	struct pattern pattern;
	struct gen_scope scope;
	struct expr *filter;
	bool has_format;
	struct format format;
	struct expr *args[FORMAT_VALUES];
	const char *func; /* as it is shown */
	bool is_syscall;
} probes[MAX_PROBES];
static u32 n_probes;

/* [(FILTER)] ["FORMAT", VALUE ...] */
static void parse_action(struct traced *t, const char *from)
{
	const char *text = t->spec.text;
	struct lexer l;
	struct piece format;
	u32 n = 0;

	lex_begin(&l, text, from);
	if (lex_accept(&l, '(')) {
		t->filter = parse_expr(&l);
		lex_expect(&l, ')');
	}
	format = l.now.is;
	if (l.now.kind == T_STRING) {
		t->has_format = true;
		format_parse(&t->format, text, format);
		lex_next(&l);
		while (lex_accept(&l, ',')) {
			if (n == t->format.n)
				gen_error(text, l.now.is, "the format has no place for this value");
			t->args[n++] = parse_expr(&l);
		}
	}
	if (l.now.kind != T_END)
		gen_error(text, l.now.is,
			  t->has_format ? "expected a comma or an operator"
					: "expected a filter in parentheses or a format in quotes");
	if (n < t->format.n)
		gen_error(text, format, "the format has %u value%s, but %u follow%s it",
			  t->format.n, t->format.n == 1 ? "" : "s", n, n == 1 ? "s" : "");
}

static int positional(unsigned int n, const char *text)
{
	struct traced *t = &probes[n];
	const char *colon;

	if (n == MAX_PROBES)
		usage_error("at most %d probes", MAX_PROBES);
	parse_action(t, spec_parse(&t->spec, text));
	pattern_parse(&t->pattern, t->spec.place, false);
	colon = strrchr(t->pattern.name, ':');
	t->func = colon ? colon + 1 : t->pattern.name;
	n_probes++;
	return 1;
}

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ "tracepoints", "t:sched:sched_switch" },
	{ 0 },
};

/* ---- places and types ---- */

static void find_kernel_func(struct traced *t)
{
	static const char *const prefixes[] = { "__x64_sys_", "__arm64_sys_" };
	struct pattern *p = &t->pattern;
	char name[128];

	for (size_t i = 0; i < 2 && !strncmp(p->name, "sys_", 4) && !probe_has_symbol(p->name);
	     i++) {
		snprintf(name, sizeof(name), "%s%s", prefixes[i], p->name + 4);
		if (probe_has_symbol(name))
			p->name = strdup(name);
	}
	for (size_t i = 0; i < 2; i++)
		t->is_syscall |= !strncmp(p->name, prefixes[i], strlen(prefixes[i]));
	pattern_find(p, 0);
}

static void type_probe(struct traced *t)
{
	const char *func =
		t->pattern.kind == KERNEL_FUNC && !t->is_syscall ? t->pattern.name : NULL;

	spec_scope(&t->spec, &t->scope, func);
	if (t->pattern.kind == TRACEPOINT)
		spec_fields(&t->scope, t->pattern.name);
	if (!strncmp(t->pattern.name, "__ia32_sys_", 11)) {
		t->scope.n_names = 0;
		t->scope.no_args = "the arguments of 32-bit system calls can't be read";
	}
	if (t->filter) {
		gen_type(t->filter, &t->scope);
		gen_value_type(t->filter, &t->scope);
	}
	for (u32 i = 0; i < t->format.n; i++) {
		struct ctype type;

		gen_type(t->args[i], &t->scope);
		type = gen_value_type(t->args[i], &t->scope);
		if (t->format.values[i].kind == 's' && !type.depth && type.size < 8)
			gen_error(t->spec.text, t->args[i]->is,
				  "%%s wants a string, but this is a number of %u byte%s",
				  type.size, type.size == 1 ? "" : "s");
	}
}

static const char *program_name(const struct traced *t)
{
	if (t->pattern.kind == TRACEPOINT)
		return "tracepoint";
	if (t->pattern.kind == USDT)
		return "usdt";
	return t->spec.kind == 'r' ? "returned" : t->is_syscall ? "syscall_entered" : "entered";
}

/* ---- programs ---- */

static struct bpf_object *object;
static u32 n_sites;

static struct bpf_program *program(const struct traced *t)
{
	return bpf_object__find_program_by_name(object, program_name(t));
}

static u32 stacks_size(void)
{
	return (kernel_stacks + user_stacks) * EVENT_FRAMES * sizeof(u64);
}

static u64 read_faults(void)
{
	const u64 *faults = bpf_variable("gen_faults", sizeof(*faults));

	return faults ? *faults : 0;
}

static u64 cut;

static u64 cut_strings(void)
{
	return cut;
}

static void prepare(void *skel)
{
	object = ((struct trace_bpf *)skel)->obj;
	gen_types(kbtf_types());
	for (u32 i = 0; i < n_probes; i++) {
		struct traced *t = &probes[i];

		if (t->pattern.kind == KERNEL_FUNC)
			find_kernel_func(t);
		else
			pattern_expand(&t->pattern, filter_only_pid());
		type_probe(t);
		n_sites += t->pattern.kind == USDT ? t->pattern.n_places : 0;
		bpf_program__set_autoload(program(t), true);
	}
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "usdt_sites"), n_sites ?: 1);
	conf.self = include_self ? 0 : getpid();
	conf.kernel_stack = kernel_stacks;
	conf.user_stack = user_stacks;
	loss_side("faults", "values: their memory could not be read", read_faults);
	loss_also("cut", cut_strings);
	loss_side("hits", "hits: the CPU was already inside a probe", attach_missed);
}

/* The probe's own copy of its program.  ID is that of its USDT arguments. */
static int load(const struct traced *t, u32 id)
{
	static struct gen_code filter, values;
	static char log[1 << 22];
	LIBBPF_OPTS(bpf_prog_load_opts, o, .log_buf = log, .log_size = sizeof(log),
		    .log_level = run.verbose);
	struct gen_value sent[FORMAT_VALUES];
	const struct bpf_program *p = program(t);
	size_t n = bpf_program__insn_cnt(p);
	struct gen_numbers numbers = { sizeof(struct trace_event) + stacks_size() +
					       format_size(&t->format, string_size),
				       t - probes, id };
	struct bpf_insn *insns;
	int fd;

	for (u32 i = 0; i < t->format.n; i++)
		sent[i] = (struct gen_value){ t->args[i],
					      t->format.values[i].kind == 's' ? string_size : 0 };
	filter.text = values.text = t->spec.text;
	filter.binary = values.binary = binary;
	gen_filter(&filter, t->filter);
	gen_values(&values, sent, t->format.n);
	insns = gen_splice(bpf_program__insns(p), &n, &filter, &values, &numbers);
	fd = bpf_prog_load(t->pattern.kind == TRACEPOINT ? BPF_PROG_TYPE_TRACEPOINT
							 : BPF_PROG_TYPE_KPROBE,
			   "trace", "Dual BSD/GPL", insns, n, &o);
	if (run.verbose)
		message("%s\n", log);
	if (fd < 0)
		err(1, "the kernel rejected the program for '%s'", t->spec.text);
	free(insns);
	attach_hold_program(fd);
	return fd;
}

/* Where an expression uses an argument of which nothing is known, or NULL. */
static const struct expr *uses_none(const struct expr *e, const struct usdt_site *site)
{
	const struct expr *found = NULL;
	size_t first = offsetof(struct gen_frame, args);

	if (!e)
		return NULL;
	if (e->op == E_ARG && e->off >= first && site->args[(e->off - first) / 8].kind == USDT_NONE)
		return e;
	for (int i = 0; i < 3 && !found; i++)
		found = uses_none(e->kid[i], site);
	return found;
}

static int load_usdt(const struct traced *t, u64 offset)
{
	static u32 id;
	const struct expr *none;
	struct usdt_site site;

	if (!usdt_site_at(&t->pattern, offset, &site))
		errx(1, "the USDT probe '%s' has gone", t->spec.place);
	none = uses_none(t->filter, &site);
	for (u32 i = 0; i < t->format.n && !none; i++)
		none = uses_none(t->args[i], &site);
	if (none)
		gen_error(t->spec.text, none->is,
			  "the USDT probe has no such argument at one of its places, or it can't "
			  "be read");
	if (bpf_map_update_elem(map_fd("usdt_sites"), &id, &site, BPF_ANY))
		err(1, "cannot fill the BPF map usdt_sites");
	return load(t, id++);
}

static void attach_probe(const struct traced *t)
{
	const struct pattern *p = &t->pattern;
	int prog = p->kind == USDT ? -1 : load(t, 0), why = 0;
	size_t refused = 0;

	for (size_t i = 0; i < p->n_places; i++) {
		const struct place *at = &p->places[i];
		struct user_place user = { p->file, at->at + t->spec.offset, at->semaphore,
					   t->spec.kind == 'r' };
		int failed;

		if (p->kind == USDT)
			prog = load_usdt(t, at->at);
		if (p->kind == USDT || p->kind == USER_FUNC)
			failed = attach_user(&user, prog, filter_only_pid());
		else
			failed = attach_kernel(p, at, t->spec.offset, t->spec.kind == 'r', prog);
		refused += failed != 0;
		why = failed ?: why;
	}
	if (refused == p->n_places)
		errx(1, "cannot trace '%s': %s", t->spec.place,
		     why == EOPNOTSUPP ? "this kernel has no probes of this kind" : diag_why(why));
	if (refused)
		warnx("%zu of %zu places of '%s' can't be traced", refused, p->n_places,
		      t->spec.place);
	probe_say(p->kind == TRACEPOINT    ? "tracepoint"
		  : p->kind == KERNEL_FUNC ? "kprobe"
					   : "uprobe");
}

static void attach(void *skel)
{
	(void)skel;
	for (u32 i = 0; i < n_probes; i++)
		attach_probe(&probes[i]);
}

/* ---- output ---- */

static struct rec current; /* for symbol() */

static const char *symbol(char kind, u64 addr)
{
	static struct frame frames[STACK_MAX];
	static char text[512];
	const struct trace_event *e = current.p;
	struct stack one = { .addrs = &addr, .n = 1, .ts = e->ts, .pid = kind == 'U' ? e->pid : 0 };
	const char *base;

	if (!stack_frames(one, frames) || !frames->name) {
		snprintf(text, sizeof(text), "[unknown]");
	} else if (kind == 'K') {
		snprintf(text, sizeof(text), "%s+0x%llx", frames->name, frames->offset);
	} else {
		base = frames->module ? strrchr(frames->module, '/') : NULL;
		snprintf(text, sizeof(text), "%s+0x%llx [%s]", frames->name, frames->offset,
			 base ? base + 1 : frames->module ?: "unknown");
	}
	return text;
}

static const struct traced *probe_of(struct rec r)
{
	return &probes[((const struct trace_event *)r.p)->probe];
}

static const char *values_of(struct rec r)
{
	return (const char *)r.p + ((const struct trace_event *)r.p)->values;
}

static const struct str *message_of(struct rec r)
{
	static struct str s;

	current = r;
	s.len = 0;
	format_text(&probe_of(r)->format, values_of(r), string_size, &s, symbol);
	return &s;
}

static struct value time_offset(struct rec r)
{
	static u64 first;
	static char text[32];
	u64 ts = ((const struct trace_event *)r.p)->ts;

	first = first ?: ts;
	snprintf(text, sizeof(text), "%.6f", (ts - first) / 1e9);
	return value_strn(text, strnlen(text, 8));
}

static struct value unix_time(struct rec r)
{
	u64 ns = time_wall(((const struct trace_event *)r.p)->ts);

	return value_fmt("%llu.%06llu", ns / 1000000000, ns % 1000000000 / 1000);
}

static struct value message_value(struct rec r)
{
	const struct str *s;

	if (!probe_of(r)->has_format)
		return value_none("");
	s = message_of(r);
	return value_strn(s->p, s->len);
}

static void values_json(struct out *o, struct value v, struct rec r)
{
	const struct format *f = &probe_of(r)->format;
	const char *at = values_of(r), *s;
	size_t len;
	u64 n;

	(void)o;
	(void)v;
	out_plain("[");
	for (u32 i = 0; i < f->n; i++) {
		char number[24];

		out_plain(i ? "," : "");
		if (!format_value(&f->values[i], &at, string_size, &n, &s, &len)) {
			out_plain("null");
		} else if (s) {
			json_str(s, len);
		} else if (f->values[i].kind == 'K' || f->values[i].kind == 'U') {
			current = r;
			s = symbol(f->values[i].kind, n);
			json_str(s, strlen(s));
		} else {
			snprintf(number, sizeof(number), f->values[i].kind == 'd' ? "%lld" : "%llu",
				 n);
			out_bytes(number, strlen(number));
		}
	}
	out_plain("]");
}

static void no_text(struct out *o, struct value v, struct rec r)
{
	(void)o;
	(void)v;
	(void)r;
}

static const struct value_kind kind_values = { .class = CLASS_OTHER,
					       .text = no_text,
					       .json = values_json };

static struct stack kernel_stack_of(const struct trace_event *e)
{
	return stack_in_room(e->frames, e->kernel, 0, e->ts);
}

static struct stack user_stack_of(const struct trace_event *e)
{
	return stack_in_room(e->frames + (kernel_stacks ? EVENT_FRAMES : 0), e->user, e->pid,
			     e->ts);
}

static void put_line(struct out *o, struct rec r)
{
	(void)o;
	(void)r;
	text("\n");
}

CELL(func, trace_event, value_str(probe_of(r)->func))
CELL(all_values, trace_event, value_as(&kind_values, 0))
CELL(kernel_stack, trace_event, stack_value(kernel_stack_of(e), "        "))
CELL(user_stack, trace_event, stack_value(user_stack_of(e), "        "))
CELL(blank_line, trace_event, value_written(put_line))

/* With -A: rows that are the same but for their time and CPU. */
static struct group {
	struct rec r;
	u64 count;
} * groups;
static u32 n_groups;
static u64 group_count; /* of the row being printed */

static bool same_stack(const struct stack *a, const struct stack *b)
{
	return a->n == b->n && !memcmp(a->addrs, b->addrs, a->n * sizeof(u64));
}

static bool same(struct rec x, struct rec y)
{
	const struct trace_event *a = x.p, *b = y.p;
	struct stack user_a = user_stack_of(a), user_b = user_stack_of(b);
	struct stack kernel_a = kernel_stack_of(a), kernel_b = kernel_stack_of(b);

	return x.len == y.len && a->pid == b->pid && a->tid == b->tid && a->probe == b->probe &&
	       !strncmp(a->comm, b->comm, COMM_LEN) && same_stack(&kernel_a, &kernel_b) &&
	       same_stack(&user_a, &user_b) &&
	       !memcmp(values_of(x), values_of(y), x.len - a->values);
}

static void add_to_group(struct rec r)
{
	struct group *g = groups;
	void *copy;

	while (g < groups + n_groups && !same(g->r, r))
		g++;
	if (g < groups + n_groups) {
		g->count++;
		return;
	}
	groups = reallocarray(groups, n_groups + 1, sizeof(*groups));
	copy = malloc(r.len);
	if (!groups || !copy)
		err(1, NULL);
	memcpy(copy, r.p, r.len);
	groups[n_groups++] = (struct group){ { copy, r.len }, 1 };
}

static void end(void)
{
	for (u32 i = 0; i < n_groups; i++) {
		group_count = groups[i].count;
		record_row(groups[i].r);
	}
}

static void count_text(struct out *o, struct value v, struct rec r)
{
	(void)o;
	(void)r;
	text("-->COUNT %llu\n", v.number);
}

static const struct value_kind kind_count = { .class = CLASS_NUMBER, .text = count_text };
CELL(count, trace_event, value_as(&kind_count, group_count))

/* Columns that several options decide about. */
enum { CLOCK = 1, OFFSET, UNIX, MESSAGE, STACKS };

static const struct col cols[] = {
	{ COL_TIME(-8, trace_event), WITH(CLOCK), HELP("Time of day") },
	{ COLF("TIME", -8, time_offset), WITH(OFFSET), .flags = COL_TEXT_ONLY,
	  HELP("Seconds since the first row, with -t") },
	{ COLF("TIME", -17, unix_time), WITH(UNIX), .flags = COL_TEXT_ONLY,
	  HELP("Seconds since 1970, with -t and -u") },
	{ COL("CPU", -3, trace_event, cpu), SHOW('C', "print-cpu", "Show the CPU"), HELP("CPU") },
	{ COL("PID", -7, trace_event, pid), HELP("Process ID") },
	{ COL("TID", -7, trace_event, tid), HELP("Thread ID") },
	{ COL("COMM", -15, trace_event, comm), HELP("Name of the thread") },
	{ COLF("FUNC", -16, func), HELP("Function, tracepoint or USDT probe") },
	{ COLF("-", 0, message_value), KEY("message"), WITH(MESSAGE),
	  HELP("The message that the format makes, or null (JSON: message)") },
	{ COLF("values", 0, all_values), JSON_ONLY,
	  HELP("The message's values; null for a string that could not be read") },
	{ COLF("kernel_stack", 0, kernel_stack), HELP("Kernel functions, innermost first, with -K"),
	  .opt = 'K', .flags = COL_BELOW | COL_ONLY_IF },
	{ COLF("user_stack", 0, user_stack),
	  HELP("Functions of the process, innermost first, with -U"), .opt = 'U',
	  .flags = COL_BELOW | COL_ONLY_IF },
	{ COLF("count", 0, count), HELP("How many rows were the same, with -A"), .opt = 'A',
	  .flags = COL_BELOW | COL_ONLY_IF },
	{ COLF("", 0, blank_line), .opt = STACKS,
	  .flags = COL_TEXT_ONLY | COL_BELOW | COL_ONLY_IF },
	{ 0 },
};

static void count_cut(struct rec r)
{
	const struct format *f = &probe_of(r)->format;
	const char *at = values_of(r), *s;
	size_t len;
	u64 n;

	for (u32 i = 0; i < f->n; i++) {
		bool known = format_value(&f->values[i], &at, string_size, &n, &s, &len);

		cut += known && s && len + 1 == string_size;
	}
}

static bool keep(struct rec r)
{
	const struct trace_event *e = r.p;
	const s32 most = EVENT_FRAMES * sizeof(u64);
	const struct str *s;

	if (e->probe >= n_probes || e->values != sizeof(*e) + stacks_size() || e->kernel > most ||
	    e->user > most || r.len != e->values + format_size(&probe_of(r)->format, string_size))
		record_damaged();
	if (max_events && shown == max_events)
		return false;
	s = message_part ? message_of(r) : NULL;
	if (s && !memmem(s->p, s->len, message_part, strlen(message_part)))
		return false;
	count_cut(r);
	shown++;
	if (shown == max_events && run.began)
		raise(SIGTERM);
	if (aggregate)
		add_to_group(r);
	return !aggregate;
}

static int side_open(void)
{
	bool names = user_stacks;

	for (u32 i = 0; i < n_probes; i++)
		for (u32 j = 0; j < probes[i].format.n; j++)
			names |= probes[i].format.values[j].kind == 'U';
	return names ? stack_watch() : -1;
}

/* ---- options ---- */

static void header_file(const char *path)
{
	(void)path; /* types come from the kernel: see snoopkit-probes(7) */
}

static void symbol_files(const char *path)
{
	if (access(path, R_OK))
		usage_error("cannot read %s", path);
}

static void set_symbol_files(const char *list)
{
	parse_words(list, symbol_files);
}

static const struct opt opts[] = {
	OPT_BUFFER_PAGES('b'),
	OPT_PID,
	OPT_TID('L'),
	OPT_CALL(0, "uid", "USER", filter_uid, "Trace only this user, by name or number"),
	OPT_COMM('n', "name"),
	OPT_STR('f', "msg-filter", "TEXT", &message_part, "Show only messages that contain this"),
	OPT_CALL('c', "cgroup-path", "PATH", filter_cgroup,
		 "Trace only this cgroup v2 directory and below"),
	OPT_CALL(0, "cgroupmap", "PATH", filter_cgroupmap,
		 "Trace only the cgroups in this pinned BPF map"),
	OPT_CALL(0, "mntnsmap", "PATH", filter_mntnsmap,
		 "Trace only the mount namespaces in this pinned BPF map"),
	OPT_U32('Z', "string-size", "BYTES", &string_size, 2, LONGEST / 4,
		"Bytes to read of each string (default: 80)"),
	OPT_FLAG('S', "include-self", &include_self, "Also trace this tool"),
	OPT_U32('M', "max-events", "N", &max_events, 1, ~0u, "Stop after this many rows"),
	OPT_FLAG('t', "timestamp", &offsets, "Show the time since the first row"),
	OPT_FLAG('u', "unix-timestamp", &unix_times, "With -t, show the time since 1970 instead"),
	OPT_FLAG('T', "time", &times, "Show the time of day"),
	OPT_FLAG('B', "bin_cmp", &binary, "Have STRCMP compare bytes, which can be NULs"),
	OPT_CALL('s', "sym_file_list", "FILES", set_symbol_files,
		 "Without effect: symbols are found in the files that a process has mapped"),
	OPT_FLAG('K', "kernel-stack", &kernel_stacks, "Show the kernel stack"),
	OPT_FLAG('U', "user-stack", &user_stacks, "Show the process's stack"),
	OPT_FLAG('a', "address", &addresses, "Show addresses in stacks"),
	OPT_CALL('I', "include", "HEADER", header_file,
		 "Without effect: the kernel tells its types"),
	OPT_FLAG('A', "aggregate", &aggregate,
		 "Count rows that are the same, and show them at the end; needs -M"),
	{ 0 },
};

static void parsed(void)
{
	if (!n_probes)
		usage_error("what should be traced? The probe is missing");
	if (unix_times && !offsets)
		usage_error("-u needs -t");
	if (aggregate && !max_events)
		usage_error("-A needs -M");
	if (offsets || times)
		opt_imply(times && !offsets ? CLOCK : unix_times ? UNIX : OFFSET);
	if (kernel_stacks || user_stacks)
		opt_imply(STACKS);
	for (u32 i = 0; i < n_probes; i++)
		if (probes[i].has_format)
			opt_imply(MESSAGE);
	stack_show.style = FRAME_OFFSET | FRAME_MODULE | (addresses ? FRAME_ADDRESS : 0);
	stack_show.from_probe = true;
}

TOOL(trace, .summary = "Trace functions, tracepoints and USDT probes, with values that you choose.",
     .args = "PROBE...",
     .examples = "Examples:\n"
		 "  trace do_sys_openat2                            # calls of a kernel function\n"
		 "  trace 'vfs_read \"%s\", file->f_path.dentry->d_name.name'\n"
		 "  trace 'vfs_write (count > 4096) \"%d bytes\", count'\n"
		 "  trace 'r::vfs_read (retval < 0) \"%d\", retval'   # what a function returns\n"
		 "  trace 't:sched:sched_process_exec \"%s\", args->filename'\n"
		 "  trace -U 'c:open \"%s\", arg1'                    # a function of libc\n"
		 "See snoopkit-probes(7) for what a probe can be.",
     CONF(conf), .rec_size = sizeof(struct trace_event), .rec_max = 1 << 16, .tail = { TAIL_BYTES },
     .trials = trials, .opts = opts, .cols = cols, .positional = positional, .parsed = parsed,
     .prepare = prepare, .attach = attach, .keep = keep, .end = end, .side_open = side_open,
     .side_read = stack_watched)
