// SPDX-License-Identifier: BSD-2-Clause
/* trace: print the hits of probes, with values that the user chooses.  After BCC's, by Sasha Goldshtein. */
#include "trace.h"
#include "gen/attach.h"
#include "gen/format.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "output/loss.h"
#include "output/print.h"
#include "symbols/ksym.h"
#include "symbols/stack.h"
#include "trace.skel.h"
#include <err.h>
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
	struct gen_probe probe;
	bool has_format;
	struct format format;
	struct expr *args[FORMAT_VALUES];
	struct gen_value values[FORMAT_VALUES];
} probes[MAX_PROBES];
static u32 n_probes;

/* [(FILTER)] ["FORMAT", VALUE ...] */
static void parse_action(struct traced *t, const char *from)
{
	const char *text = t->probe.spec.text;
	struct lexer l;
	struct piece format;
	u32 n = 0;

	lex_begin(&l, text, from);
	if (lex_accept(&l, '(')) {
		t->probe.filter = parse_expr(&l);
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

	if (n == MAX_PROBES)
		usage_error("at most %d probes", MAX_PROBES);
	parse_action(t, gen_probe_parse(&t->probe, text));
	n_probes++;
	return 1;
}

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ "tracepoints", "t:sched:sched_switch" },
	{ 0 },
};

/* ---- types and programs ---- */

static void type_probe(struct traced *t)
{
	struct gen_probe *p = &t->probe;

	if (p->filter) {
		gen_type(p->filter, &p->scope);
		gen_value_type(p->filter, &p->scope);
	}
	for (u32 i = 0; i < t->format.n; i++) {
		bool is_string = t->format.values[i].kind == 's';
		struct ctype type;

		gen_type(t->args[i], &p->scope);
		type = gen_value_type(t->args[i], &p->scope);
		if (is_string && !type.depth && type.size < 8)
			gen_error(p->spec.text, t->args[i]->is,
				  "%%s wants a string, but this is a number of %u byte%s",
				  type.size, type.size == 1 ? "" : "s");
		t->values[i] = (struct gen_value){ t->args[i], is_string ? string_size : 0 };
	}
	p->values = t->values;
	p->n_values = t->format.n;
}

static u32 stacks_size(void)
{
	return (kernel_stacks + user_stacks) * EVENT_FRAMES * sizeof(u64);
}

static u64 cut;

static u64 cut_strings(void)
{
	return cut;
}

static struct bpf_object *object;

static void prepare(void *skel)
{
	object = ((struct trace_bpf *)skel)->obj;
	gen_types(kbtf_types());
	for (u32 i = 0; i < n_probes; i++) {
		struct traced *t = &probes[i];

		gen_probe_find(&t->probe, filter_only_pid());
		type_probe(t);
		t->probe.binary = binary;
		t->probe.numbers = (struct gen_numbers){
			.size = sizeof(struct trace_event) + stacks_size() +
				format_size(&t->format, string_size),
			.probe = i,
		};
	}
	gen_probes_prepare(object, &probes->probe, n_probes, sizeof(*probes));
	conf.self = include_self ? 0 : getpid();
	conf.kernel_stack = kernel_stacks;
	conf.user_stack = user_stacks;
	loss_also("cut", cut_strings);
}

static void attach(void *skel)
{
	(void)skel;
	for (u32 i = 0; i < n_probes; i++)
		gen_probe_attach(&probes[i].probe, object, filter_only_pid());
}

/* ---- output ---- */

static struct rec current; /* for symbol() */

static const char *symbol(char kind, u64 addr)
{
	static struct frame frames[STACK_MAX];
	const struct trace_event *e = current.p;
	struct stack one = { .addrs = &addr, .n = 1, .ts = e->ts, .pid = kind == 'U' ? e->pid : 0 };

	return stack_frames(one, frames) && frames->name ? frame_value(frames, kind == 'U').s
							 : "[unknown]";
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
	u64 ts = ((const struct trace_event *)r.p)->ts;

	first = first ?: ts;
	return value_fmt("%.6f", (ts > first ? ts - first : 0) / 1e9);
}

static struct value unix_time(struct rec r)
{
	return value_as(&kind_seconds6, time_wall(((const struct trace_event *)r.p)->ts));
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
		out_plain(i ? "," : "");
		if (!format_value(&f->values[i], &at, string_size, &n, &s, &len)) {
			out_plain("null");
		} else if (s) {
			json_str(s, len);
		} else if (f->values[i].kind == 'K' || f->values[i].kind == 'U') {
			current = r;
			s = symbol(f->values[i].kind, n);
			json_str(s, strlen(s));
		} else if (f->values[i].kind == 'd') {
			out_plain_int(n);
		} else {
			out_plain_uint(n);
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

CELL(func, trace_event, value_str(probe_of(r)->probe.name))
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
	{ COLF("TIME", -8, time_offset), WITH(OFFSET), .flags = COL_TEXT_ONLY | COL_TRUNCATE,
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
	OPT_USER_FRAMES,
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
	stack_show.user_events = user_stacks;
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
