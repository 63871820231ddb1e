// SPDX-License-Identifier: BSD-2-Clause
/* ksnoop: calls of kernel functions, with their arguments and results.  After libbpf-tools', by Alan Maguire. */
#include "ksnoop.h"
#include "gen/attach.h"
#include "gen/shape.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "kernel/probe.h"
#include "ksnoop.skel.h"
#include "lib/gen.h"
#include "main/args.h"
#include "main/tool.h"
#include "output/loss.h"
#include "output/print.h"
#include "output/recording.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_VALUES 6              /* that the user can name */
#define ALL_VALUES  (GEN_ARGS + 1) /* of a function without such names */
#define HELD_MOST   (64 << 20)

static struct conf conf;
static bool info;

/* ---- functions ---- */

enum when { ENTRY, RETURN };

/* What is printed when a function begins, or when it returns. */
struct row {
	struct gen_value values[ALL_VALUES]; /* for the program */
	struct shape shapes[ALL_VALUES];
	u32 n;
	struct expr *filter;
};

static struct func {
	const char *text; /* as it was typed */
	const char *name;
	struct expr *exprs[MOST_VALUES]; /* a value, perhaps compared */
	u32 n_exprs;
	bool all; /* no values were named */
	struct btf *btf;
	struct row rows[2];
	struct pattern place;
	bool fentry_will_do;
	struct gen_probe *probes[2]; /* or NULL */
	struct ksnoop_func told;
	bool seen; /* an event of it */
} funcs[KSNOOP_FUNCS];
static u32 n_funcs;

static char *copied(const char *s, size_t n)
{
	char *copy = gen_alloc(n + 1);

	memcpy(copy, s, n);
	return copy;
}

/* NAME, or NAME(VALUE, ...) */
static void parse_func(struct func *f, const char *text)
{
	struct lexer l;

	f->text = text;
	lex_begin(&l, text, text);
	if (l.now.kind != T_NAME)
		gen_error(text, l.now.is, "expected the name of a function");
	f->name = copied(l.now.is.at, l.now.is.len);
	lex_next(&l);
	f->all = !lex_accept(&l, '(');
	while (!f->all && (!f->n_exprs || lex_accept(&l, ','))) {
		if (f->n_exprs == MOST_VALUES)
			gen_error(text, l.now.is, "at most %d values of a function can be shown",
				  MOST_VALUES);
		f->exprs[f->n_exprs++] = parse_expr(&l);
	}
	if (!f->all)
		lex_expect(&l, ')');
	if (l.now.kind != T_END)
		gen_error(text, l.now.is, "expected nothing behind the function");
	for (const struct func *other = funcs; other < f; other++)
		if (!strcmp(other->name, f->name))
			usage_error("%s is named twice", f->name);
}

static bool is_command(const char *arg, const char *command)
{
	return *arg && !strncmp(arg, command, strlen(arg));
}

static int positional(unsigned int n, const char *arg)
{
	if (!n && is_command(arg, "help"))
		args_help();
	if (!n && (is_command(arg, "trace") || is_command(arg, "info"))) {
		info = *arg == 'i';
		return 1;
	}
	if (n_funcs == KSNOOP_FUNCS)
		usage_error("at most %d functions", KSNOOP_FUNCS);
	parse_func(&funcs[n_funcs++], arg);
	return 1;
}

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ 0 },
};

/* ---- types ---- */

static struct btf *types_of(const char *name)
{
	static struct btf *kernel;

	kernel = kernel ?: kbtf_types();
	if (!kernel)
		errx(1, "cannot read the kernel's types (BTF)");
	if (btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) >= 0)
		return kernel;
	return kbtf_types_of_module(kernel, name);
}

static const struct btf_type *prototype(const struct func *f)
{
	s32 id = btf__find_by_name_kind(f->btf, f->name, BTF_KIND_FUNC);

	return btf__type_by_id(f->btf, btf__type_by_id(f->btf, id)->type);
}

static void find_types(struct func *f)
{
	f->btf = types_of(f->name);
	if (!f->btf && probe_has_symbol(f->name))
		errx(1,
		     "the kernel's types (BTF) don't describe %s; before Linux 5.11, they lack all "
		     "functions of modules",
		     f->name);
	if (!f->btf)
		errx(1,
		     "the kernel's types (BTF) describe no function %s: perhaps it is in a module "
		     "that is not loaded, or has another name here",
		     f->name);
	gen_types(f->btf);
}

/* Does an expression need the function to have returned? */
static bool is_of_return(const struct expr *e)
{
	static const char *const names[] = { "return", "$latency", "$retval" };

	if (!e)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((e->op == E_NAME || e->op == E_VARIABLE) && e->name.len == strlen(names[i]) &&
		    !memcmp(e->name.at, names[i], e->name.len))
			return true;
	return e->op == E_ENTRY || is_of_return(e->kid[0]) || is_of_return(e->kid[1]) ||
	       is_of_return(e->kid[2]);
}

static bool is_condition(const struct expr *e)
{
	return (e->op >= E_LT && e->op <= E_NE) || e->op == E_LAND || e->op == E_LOR ||
	       e->op == E_NOT || e->op == E_STRCMP;
}

/* What a condition is about. */
static struct expr *subject(struct expr *e)
{
	while (is_condition(e))
		e = e->kid[0]->op == E_NUMBER && e->kid[1] ? e->kid[1] : e->kid[0];
	return e;
}

static void add_value(struct func *f, enum when when, struct expr *e, struct piece name)
{
	struct row *row = &f->rows[when];
	struct str s = {};

	row->values[row->n] = shape_value(f->btf, e);
	shape_put(&s, f->btf, &row->values[row->n], name);
	if (!shape_take(&row->shapes[row->n], s.p, s.len))
		errx(1, "cannot describe %.*s", (int)name.len, name.at);
	row->n++;
}

static bool has_value(const struct row *row, struct piece name)
{
	for (u32 i = 0; i < row->n; i++)
		if (strlen(shape_name(&row->shapes[i])) == name.len &&
		    !memcmp(shape_name(&row->shapes[i]), name.at, name.len))
			return true;
	return false;
}

static void add_expr(struct func *f, struct expr *e, const struct gen_scope *scopes)
{
	enum when when = is_of_return(e) ? RETURN : ENTRY;
	const struct gen_scope *scope = &scopes[when];
	struct row *row = &f->rows[when];
	struct expr *both;

	gen_type(e, scope);
	if (is_condition(e)) {
		both = e;
		if (row->filter) {
			both = gen_make(E_LAND, e->is);
			both->kid[0] = row->filter;
			both->kid[1] = e;
			both->type = e->type;
		}
		row->filter = both;
		e = subject(e);
	}
	if (e->type.depth || (e->type.base != C_RECORD && e->type.base != C_ARRAY))
		gen_value_type(e, scope);
	else if (!gen_is_place(e))
		gen_error(f->text, e->is, "this has no address to read it at");
	if (!has_value(row, e->is))
		add_value(f, when, e, e->is);
}

/* All arguments that are in registers, and the result. */
static void add_all(struct func *f, const struct gen_scope *scopes)
{
	const struct gen_scope *entry = &scopes[ENTRY];
	u32 n = btf_vlen(prototype(f));

	for (enum when when = ENTRY; when <= RETURN; when++)
		for (u32 i = 0; i < scopes[when].n_names; i++) {
			const struct gen_name *name = &scopes[when].names[i];
			struct expr *e = gen_make(name->op,
						  (struct piece){ name->name, strlen(name->name) });

			e->type = name->type;
			e->off = name->off;
			add_value(f, when, e, e->is);
		}
	if (n > entry->n_names)
		warnx("%s: only the first %u of its %u arguments can be read", f->name,
		      entry->n_names, n);
}

static void type_func(struct func *f)
{
	struct gen_scope scopes[2] = { { .text = f->text }, { .text = f->text, .returns = true } };
	struct gen_name result = { "return", {}, E_ARG, offsetof(struct gen_frame, ret), false };
	u32 n_params;

	find_types(f);
	n_params = btf_vlen(prototype(f));
	gen_func(&scopes[ENTRY], f->name, &result.type);
	for (u32 i = 0; i < scopes[ENTRY].n_names; i++) {
		struct gen_name *name = &scopes[ENTRY].names[i];

		if (!*name->name)
			name->name = copied((char[]){ 'a', 'r', 'g', '1' + i }, 4);
	}
	scopes[RETURN].entry = scopes[ENTRY].names;
	scopes[RETURN].n_entry = scopes[ENTRY].n_names;
	if (gen_is_number(result.type))
		gen_add(&scopes[RETURN].names, &scopes[RETURN].n_names, &result);
	else if (result.type.base != C_VOID && f->all)
		warnx("%s: what it returns is no single value, and can't be read", f->name);
	for (u32 i = 0; i < f->n_exprs; i++)
		add_expr(f, f->exprs[i], scopes);
	if (f->all)
		add_all(f, scopes);
	/* Where a struct takes several registers, BTF does not tell how many arguments a trampoline has. */
	f->fentry_will_do = scopes[ENTRY].n_names == n_params || scopes[ENTRY].n_names == GEN_ARGS;
}

/* ---- ksnoop info ---- */

static void print_prototype(const struct func *f)
{
	const struct btf_type *t = prototype(f);
	struct str s = {};

	shape_declare(&s, f->btf, t->type, "");
	str_put(&s, " ", s.p[s.len - 1] != '*');
	str_put(&s, f->name, strlen(f->name));
	str_put(&s, "(", 1);
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_param *p = &btf_params(t)[i];
		const char *name = btf__str_by_offset(f->btf, p->name_off);

		str_put(&s, ", ", i ? 2 : 0);
		if (!p->type)
			str_put(&s, "...", 3);
		else
			shape_declare(&s, f->btf, p->type, name);
	}
	if (!btf_vlen(t))
		str_put(&s, "void", 4);
	str_put(&s, ");", 2);
	if (run.json) {
		out_plain("{\"func\":");
		json_str(f->name, strlen(f->name));
		out_plain(",\"prototype\":");
		json_str(s.p, s.len);
		out_plain("}");
	} else {
		text_str(s.p, s.len);
	}
	out_plain("\n");
	free(s.p);
}

static void print_info(void)
{
	if (run.command)
		usage_error("info runs no command");
	for (u32 i = 0; i < n_funcs; i++)
		find_types(&funcs[i]);
	for (u32 i = 0; i < n_funcs; i++)
		print_prototype(&funcs[i]);
	out_flush();
	exit(0);
}

/* ---- programs ---- */

static u32 values_size(const struct row *row)
{
	u32 size = sizeof(struct ksnoop_event);

	for (u32 i = 0; i < row->n; i++)
		size += shape_size(&row->shapes[i]);
	return size;
}

static void find_place(struct func *f)
{
	pattern_parse(&f->place, f->name, false);
	if (!probe_has_symbol(f->name) && !kaddr(f->name))
		errx(1,
		     "cannot trace %s: the compiler has put it into its callers, or changed its "
		     "arguments",
		     f->name);
	if (!probe_has_kprobe(f->name) && !probe_has_fentry())
		errx(1, "cannot trace %s: this kernel has neither fentry nor kprobes", f->name);
	pattern_find(&f->place, 0);
	if (f->place.n_places > 1)
		errx(1,
		     "cannot trace %s: the kernel has %zu functions of this name, and its types "
		     "don't say which of them they describe",
		     f->name, f->place.n_places);
}

/* Calls from the function's own file can go to a part that the compiler made of it. */
static void warn_of_parts(const struct func *f)
{
	static const char *const parts[] = { "part", "constprop", "isra" };
	char name[256];

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(name, sizeof(name), "%s.%s.0", f->name, parts[i]);
		if (probe_has_symbol(name))
			warnx("%s: calls can be missing, as the compiler has made %s of it",
			      f->name, name);
	}
}

/* Which events there are, and what waits for what. */
static void choose_events(struct func *f, u32 i)
{
	const struct row *entry = &f->rows[ENTRY], *ret = &f->rows[RETURN];
	u64 bit = 1ull << i;
	bool chosen = entry->filter || ret->filter;
	bool waits = conf.stack || (chosen && entry->n && ret->n);

	f->told = (struct ksnoop_func){ .holds = waits,
					.stack = conf.stack,
					.last = i == n_funcs - 1,
					.returns = ret->n != 0 };
	conf.begins |= waits || entry->n || !ret->n ? bit : 0;
	conf.returns |= waits || ret->n ? bit : 0;
	conf.holds |= waits ? bit : 0;
}

static struct gen_probe probes[2 * KSNOOP_FUNCS];

static struct gen_probe *make_probe(struct gen_probe *p, const struct func *f, enum when when)
{
	const struct row *row = &f->rows[when];

	*p = (struct gen_probe){
		.spec = { .text = f->text,
			  .kind = when == RETURN ? 'r' : 'p',
			  .place = (char *)f->name },
		.pattern = f->place,
		.name = f->name,
		.filter = row->filter,
		.values = (struct gen_value *)row->values,
		.n_values = row->n,
		.fentry_will_do = f->fentry_will_do,
		.keeps_calls = true,
		.numbers = { .size = values_size(row), .probe = f - funcs },
	};
	return p;
}

static struct bpf_object *object;

static void prepare(void *skel)
{
	u32 n = 0;

	object = ((struct ksnoop_bpf *)skel)->obj;
	conf.self = getpid();
	for (u32 i = 0; i < n_funcs; i++) {
		struct func *f = &funcs[i];

		if (!f->btf) { /* a second attempt has them */
			type_func(f);
			find_place(f);
			warn_of_parts(f);
			choose_events(f, i);
		}
		f->probes[ENTRY] = make_probe(&probes[n++], f, ENTRY);
		if (conf.returns >> i & 1)
			f->probes[RETURN] = make_probe(&probes[n++], f, RETURN);
	}
	gen_probes_prepare(object, probes, n, sizeof(*probes));
}

/* For --record: what a replay has to know. */
static void save(u32 func, u32 kind, const void *what, size_t size, const void *more, size_t n)
{
	struct ksnoop_event e = { .func = func, .kind = kind };
	struct str s = {};

	if (!replay_saved)
		return;
	str_put(&s, &e, sizeof(e));
	str_put(&s, what, size);
	str_put(&s, more, n);
	replay_save(s.p, s.len);
	free(s.p);
}

static void save_func(const struct func *f, u32 i)
{
	save(i, KSNOOP_FUNC, &f->told, sizeof(f->told), f->name, strlen(f->name));
	for (enum when when = ENTRY; when <= RETURN; when++)
		for (u32 j = 0; j < f->rows[when].n; j++)
			save(i, KSNOOP_VALUE, &(struct ksnoop_value){ .returned = when },
			     sizeof(struct ksnoop_value), f->rows[when].shapes[j].head,
			     shape_len(&f->rows[when].shapes[j]));
}

static void attach(void *skel)
{
	(void)skel;
	for (u32 i = 0; i < n_funcs; i++) {
		struct func *f = &funcs[i];
		struct gen_probe *entry = f->probes[ENTRY], *ret = f->probes[RETURN];

		gen_types(f->btf);
		/* A call that is seen must be seen to return, by the same kind of probe: that tells calls apart. */
		if (ret)
			entry->by_fentry = gen_probe_attach(ret, object, 0);
		if (gen_probe_attach(entry, object, 0) != entry->by_fentry && ret)
			errx(1,
			     "cannot trace calls of %s as its returns; try SNOOPKIT_PROBES=kprobe",
			     f->name);
		save_func(f, i);
	}
}

/* ---- calls that wait for their return ---- */

static struct held {
	struct held *next;
	bool shown;
	struct rec r;
	struct ksnoop_event e[]; /* all of the record */
} * held[1024], *begun;          /* BEGUN: what the row that is being printed began with, or NULL */
static u64 held_bytes, not_held;

static u64 count_not_held(void)
{
	return not_held;
}

static struct held **held_at(u32 runner, u32 func, u64 frame)
{
	struct held **h = &held[(frame / 8 * 31 + runner + func) % 1024];

	while (*h &&
	       ((*h)->e->frame != frame || (*h)->e->runner != runner || (*h)->e->func != func))
		h = &(*h)->next;
	return h;
}

static struct held *take(const struct ksnoop_event *e)
{
	struct held **at = held_at(e->runner, e->func, e->frame), *h = *at;

	if (h) {
		*at = h->next;
		held_bytes -= h->r.len;
	}
	return h;
}

static void hold(struct rec r)
{
	const struct ksnoop_event *e = r.p;
	struct held *h;

	free(take(e)); /* its return was lost */
	if (held_bytes + r.len > HELD_MOST) {
		not_held++;
		return;
	}
	h = malloc(sizeof(*h) + r.len);
	if (!h)
		err(1, NULL);
	memcpy(h->e, e, r.len);
	h->r = (struct rec){ h->e, r.len };
	h->shown = false;
	h->next = NULL;
	*held_at(e->runner, e->func, e->frame) = h;
	held_bytes += r.len;
}

static bool has_row(const struct ksnoop_event *e)
{
	const struct func *f = &funcs[e->func];

	return e->kind == KSNOOP_RETURN ? f->told.returns : f->rows[ENTRY].n || !f->told.returns;
}

/* The last function of the chain has been reached: show the calls that led to it. */
static void show_chain(u32 runner, u32 func, u64 frame)
{
	struct held *h = *held_at(runner, func, frame);

	if (!h || h->shown)
		return;
	if (func)
		show_chain(runner, func - 1, h->e->parent);
	h->shown = true;
	if (has_row(h->e))
		record_row_at(h->r, h->e->ts);
}

/* ---- replay ---- */

/* A recording begins with its first function. */
static void forget_all(void)
{
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++)
		while (held[i])
			free(take(held[i]->e));
	memset(funcs, 0, sizeof(funcs));
	gen_free();
}

static void take_func(struct func *f, struct rec r)
{
	const char *from = (const char *)r.p + sizeof(struct ksnoop_event);
	size_t n = r.len - sizeof(struct ksnoop_event);

	if (f == funcs)
		forget_all();
	if (n <= sizeof(f->told) || f->name)
		record_damaged();
	memcpy(&f->told, from, sizeof(f->told));
	f->name = copied(from + sizeof(f->told), n - sizeof(f->told));
}

static void take_value(struct func *f, struct rec r)
{
	const char *from = (const char *)r.p + sizeof(struct ksnoop_event);
	size_t n = r.len - sizeof(struct ksnoop_event);
	struct ksnoop_value v;
	struct row *row;

	if (n <= sizeof(v) || !f->name || f->seen)
		record_damaged();
	memcpy(&v, from, sizeof(v));
	n -= sizeof(v);
	if (v.returned > RETURN)
		record_damaged();
	row = &f->rows[v.returned];
	if (row->n == ALL_VALUES ||
	    !shape_take(&row->shapes[row->n], copied(from + sizeof(v), n), n))
		record_damaged();
	row->n++;
}

/* ---- output ---- */

static void each_value(struct rec r, void (*each)(const struct shape *, const struct gen_told *))
{
	const struct ksnoop_event *e = r.p;
	const struct row *row = &funcs[e->func].rows[e->kind == KSNOOP_RETURN ? RETURN : ENTRY];
	const char *at = e->values;

	for (u32 i = 0; i < row->n; i++) {
		each(&row->shapes[i], (const void *)at);
		at += shape_size(&row->shapes[i]);
	}
}

static bool is_sound;
static u64 cut;

static u64 count_cut(void)
{
	return cut;
}

static void check_value(const struct shape *s, const struct gen_told *v)
{
	is_sound &= shape_is_sound(s, v);
}

static bool keep(struct rec r)
{
	const struct ksnoop_event *e = r.p;
	struct func *f;
	struct held *h;

	free(begun);
	begun = NULL;
	if (e->func >= (replay_path ? KSNOOP_FUNCS : n_funcs) || e->kind > KSNOOP_VALUE)
		record_damaged();
	f = &funcs[e->func];
	if (e->kind == KSNOOP_FUNC || e->kind == KSNOOP_VALUE) {
		if (!replay_path)
			record_damaged();
		(e->kind == KSNOOP_FUNC ? take_func : take_value)(f, r);
		return false;
	}
	f->seen = true;
	is_sound = f->name && r.len == (e->kind == KSNOOP_OVER
						? sizeof(*e)
						: values_size(&f->rows[e->kind == KSNOOP_RETURN]));
	if (is_sound && e->kind != KSNOOP_OVER)
		each_value(r, check_value);
	if (!is_sound)
		record_damaged();
	if (!f->told.holds)
		return e->kind != KSNOOP_OVER && has_row(e);
	if (e->kind == KSNOOP_CALL) {
		hold(r);
		if (f->told.stack && f->told.last)
			show_chain(e->runner, e->func, e->frame);
		return false;
	}
	h = take(e);
	if (!h || e->kind == KSNOOP_OVER) {
		free(h);
		return false;
	}
	if (f->told.stack) {
		bool shown = h->shown;

		free(h);
		return shown && has_row(e);
	}
	begun = h;
	return true;
}

static const char *separator;

static void value_line(const struct shape *s, const struct gen_told *v)
{
	cut += shape_is_cut(s, v);
	text("%s", separator);
	shape_text(s, v, 35);
	separator = ",\n";
}

static void values_text(struct out *o, struct value v, struct rec r)
{
	(void)o;
	(void)v;
	separator = "\n";
	if (begun)
		each_value(begun->r, value_line);
	each_value(r, value_line);
	text("\n%31s);\n", "");
}

static void value_member(const struct shape *s, const struct gen_told *v)
{
	cut += shape_is_cut(s, v);
	out_plain(separator);
	json_str(shape_name(s), strlen(shape_name(s)));
	out_plain(":");
	shape_json(s, v);
	separator = ",";
}

static void values_json(struct out *o, struct value v, struct rec r)
{
	(void)o;
	(void)v;
	out_plain("{");
	separator = "";
	if (begun)
		each_value(begun->r, value_member);
	each_value(r, value_member);
	out_plain("}");
}

static const struct value_kind kind_values = { .class = CLASS_OTHER,
					       .text = values_text,
					       .json = values_json };

CELL(func_name, ksnoop_event, value_str(funcs[e->func].name))
CELL(func_opened, ksnoop_event, value_fmt("%s(", funcs[e->func].name))
CELL(event, ksnoop_event, value_str(begun ? "both" : e->kind == KSNOOP_RETURN ? "return" : "call"))
CELL(latency, ksnoop_event, e->ns ? value_uint(e->ns) : value_none(""))
CELL(all_values, ksnoop_event, value_as(&kind_values, 0))

static const struct col cols[] = {
	{ COL("TIME", 16, ksnoop_event, ts), TEXT_ONLY,
	  HELP("Nanoseconds since the machine started, without those when it was suspended") },
	{ COL("CPU", 4, ksnoop_event, cpu), HELP("CPU") },
	{ COL("PID", 8, ksnoop_event, pid), HELP("Process ID") },
	{ COL("tid", 0, ksnoop_event, tid), JSON_ONLY, HELP("Thread ID") },
	{ COL("comm", 0, ksnoop_event, comm), JSON_ONLY, HELP("Name of the thread") },
	{ COLF("FUNCTION/ARGS", 0, func_opened), TEXT_ONLY,
	  HELP("Function, and below it the values") },
	{ COLF("func", 0, func_name), JSON_ONLY, HELP("Function") },
	{ COLF("event", 0, event), JSON_ONLY,
	  HELP("\"call\": the function begins; \"return\": it returns; \"both\": values of both") },
	{ COLF("latency_ns", 0, latency), JSON_ONLY,
	  HELP("How long the call took, in nanoseconds, if it has returned and was seen to "
	       "begin") },
	{ COLF("values", 0, all_values), .flags = COL_BELOW,
	  HELP("The values, by their names: numbers, strings, objects with a struct's members; a "
	       "pointer is an object with its address and, as value, what it points to") },
	{ 0 },
};

/* ---- options ---- */

/* A number of pages for each CPU. */
static void set_pages(const char *arg)
{
	set_buffer_pages(arg);
	run.buffer *= libbpf_num_possible_cpus();
	if (run.buffer > 1u << 31)
		usage_error("with %d CPUs, that is more than 2 GB", libbpf_num_possible_cpus());
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_CALL('P', "pages", "N", set_pages, "Size of the event buffer, in pages for each CPU"),
	OPT_FLAG('s', "stack", &conf.stack,
		 "Show only calls that are made in the order of the functions, each inside the one "
		 "before it"),
	OPT_FLAG('d', "debug", &run.verbose, "The same as --verbose"),
	OPT_UID,
	OPT_CONTAINER('c'),
	{ 0 },
};

static void parsed(void)
{
	if (!n_funcs && !replay_path) /* it says what was traced */
		usage_error("which function should be traced? Name at least one");
	if (info)
		print_info();
	loss_side("held", "calls: too many had not returned", count_not_held);
	loss_also("cut", count_cut);
}

TOOL(ksnoop, .summary = "Trace calls of kernel functions, with their arguments and results.",
     .args = "[trace|info|help] FUNCTION...",
     .examples = "Examples:\n"
		 "  ksnoop info vfs_read                  # how the function is declared\n"
		 "  ksnoop vfs_unlink                     # all arguments, and the result\n"
		 "  ksnoop 'vfs_read(file->f_pos, count, return)'\n"
		 "  ksnoop 'vfs_read(count > 4096, return < 0)'\n"
		 "  ksnoop -s ksys_write vfs_write        # one inside the other",
     CONF(conf), .rec_size = sizeof(struct ksnoop_event), .rec_max = 1 << 18,
     .tail = { TAIL_BYTES }, .trials = trials, .opts = opts, .cols = cols, .positional = positional,
     .parsed = parsed, .prepare = prepare, .attach = attach, .keep = keep)
