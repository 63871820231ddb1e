// SPDX-License-Identifier: BSD-2-Clause
/* argdist: count the values of arguments and results.  After BCC's, by Sasha Goldshtein. */
#include "argdist.h"
#include "argdist.skel.h"
#include "base/str.h"
#include "gen/attach.h"
#include "kernel/kbtf.h"
#include "lib/gen.h"
#include "main/tool.h"
#include "output/hist.h"
#include "output/loss.h"
#include "output/print.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VALUES 12

static struct conf conf;
static struct tool *me;
static bool cumulative;
static u32 string_size = 80, top;

static struct counted {
	struct gen_probe probe;
	bool is_hist;
	bool by_default; /* no expression was given */
	const char *label;
	struct counted_value {
		struct type_name *type; /* NULL: as it is */
		char *name;             /* as rows show it */
		struct ctype is;
	} shown[MAX_VALUES];
	struct gen_value values[MAX_VALUES];
	u64 slots[ARGDIST_BUCKETS]; /* of the report's histogram */
	bool any;                   /* of them */
} specs[ARGDIST_SPECS];
static u32 n_specs;

/* ---- specifiers ---- */

/* A copy of the expression, with x for $entry(x), as BCC shows it. */
static char *value_name(struct piece is)
{
	static const char entry[] = "$entry(";
	char *name = strndup(is.at, is.len), *at, *end;

	if (!name)
		err(1, NULL);
	while ((at = strstr(name, entry)) && (end = strchr(at, ')'))) {
		memmove(at, at + strlen(entry), end - at - strlen(entry));
		at += end - at - strlen(entry);
		memmove(at, end + 1, strlen(end + 1) + 1);
	}
	return name;
}

static bool is_string(const struct counted_value *v)
{
	return v->type && v->type->depth == 1 && !strcmp(v->type->name, "char");
}

static struct expr *cast_to(struct expr *e, struct type_name *type)
{
	struct expr *cast = gen_alloc(sizeof(*cast));

	cast->op = E_CAST;
	cast->is = e->is;
	cast->cast = type;
	cast->kid[0] = e;
	return cast;
}

/* :TYPE[,TYPE...]:EXPRESSION[,EXPRESSION...][:FILTER], or ::FILTER */
static void parse_values(struct counted *c, struct lexer *l)
{
	const char *text = c->probe.spec.text;
	struct expr *e;
	u32 n = 0;

	lex_expect(l, ':');
	while (!lex_is(l, ':')) {
		if (n == MAX_VALUES)
			gen_error(text, l->now.is, "there can be at most %d values", MAX_VALUES);
		c->shown[n++].type = parse_type(l);
		if (!lex_accept(l, ','))
			break;
	}
	lex_expect(l, ':');
	for (u32 i = 0; i < n; i++) {
		if (i)
			lex_expect(l, ',');
		/* Enough to print what was recorded; type_value() finds the kernel's types, too. */
		gen_find_type(c->shown[i].type, &c->shown[i].is);
		e = parse_expr(l);
		c->shown[i].name = value_name(e->is);
		c->values[i].is = is_string(&c->shown[i]) ? e : cast_to(e, c->shown[i].type);
	}
	if (lex_is(l, ','))
		gen_error(text, l->now.is, "there are more values than types, which are %u", n);
	c->probe.n_values = n;
	if (!n || lex_accept(l, ':'))
		c->probe.filter = parse_expr(l);
}

/* What a function returns, or nothing. */
static void default_values(struct counted *c)
{
	static const char retval[] = "retval";
	struct lexer l;

	c->by_default = true;
	if (c->probe.spec.kind != 'r')
		return;
	lex_begin(&l, retval, retval);
	c->values->is = parse_expr(&l);
	c->shown->name = strdup(retval);
	c->shown->is = gen_int(8, true);
	c->probe.n_values = 1;
}

static struct piece whole(const char *text)
{
	return (struct piece){ text, strlen(text) };
}

static void parse_spec(const char *text, bool is_hist)
{
	struct counted *c = &specs[n_specs];
	struct gen_probe *p = &c->probe;
	struct lexer l;

	if (n_specs == ARGDIST_SPECS)
		usage_error("at most %d specifiers", ARGDIST_SPECS);
	c->is_hist = is_hist;
	p->values = c->values;
	lex_begin(&l, text, gen_probe_parse(p, text));
	if (lex_is(&l, ':'))
		parse_values(c, &l);
	if (lex_is(&l, '#'))
		c->label = l.at;
	else if (l.now.kind != T_END)
		gen_error(text, l.now.is, "expected an operator, a colon or a # here");
	if (!p->n_values)
		default_values(c);
	if (is_hist && p->n_values != 1)
		gen_error(text, whole(text), "a histogram is of one value, but this has %u",
			  p->n_values);
	if (is_hist && is_string(c->shown))
		gen_error(text, c->shown->type->is, "a histogram is of numbers, not of strings");
	n_specs++;
}

static void add_count(const char *text)
{
	parse_spec(text, false);
}

static void add_hist(const char *text)
{
	parse_spec(text, true);
}

/* ---- records ---- */

static u32 counters_of(const struct counted *c)
{
	if (c->is_hist)
		return conf.step ? ARGDIST_BUCKETS : HIST_SLOTS;
	return !c->probe.n_values;
}

static u32 values_size(struct counted *c)
{
	u32 size = 0;

	for (u32 i = 0; i < c->probe.n_values; i++) {
		c->values[i].room = is_string(&c->shown[i]) ? string_size : 0;
		size += gen_value_size(&c->values[i]);
	}
	return size;
}

static void set_me(struct tool *tool, const char *name)
{
	(void)name;
	me = tool;
}

/* How long records are, which depends on the specifiers. */
static void parsed(void)
{
	u32 first = 0, size = sizeof(u64); /* a counter's bucket */

	if (!n_specs)
		usage_error("at least one specifier is required: -C or -H");
	for (u32 i = 0; i < n_specs; i++) {
		u32 n = counters_of(&specs[i]), its = values_size(&specs[i]);

		conf.specs[i].counters = n;
		conf.specs[i].first = first;
		first += n;
		if (n)
			continue;
		if (sizeof(struct argdist_row) + its > ARGDIST_KEY_MOST)
			gen_error(specs[i].probe.spec.text, whole(specs[i].probe.spec.text),
				  "these values take %u bytes, but at most %zu can be counted "
				  "together: shorten strings with -z",
				  its, ARGDIST_KEY_MOST - sizeof(struct argdist_row));
		if (its > size)
			size = its;
	}
	conf.key_size = sizeof(struct argdist_row) + size;
	me->key_size = conf.key_size;
	me->rec_size = me->key_size + sizeof(u64);
	run.from_start = cumulative;
}

static const struct argdist_row *row_of(struct rec r)
{
	return r.p;
}

/* A damaged record, which keep() has not seen yet, can name any. */
static struct counted *spec_of(struct rec r)
{
	u32 spec = row_of(r)->spec;

	return &specs[spec < n_specs ? spec : 0];
}

static void check(const struct argdist_row *r)
{
	if (r->spec >= n_specs ||
	    (conf.specs[r->spec].counters && r->values[0] >= conf.specs[r->spec].counters))
		record_damaged();
}

static u64 *count_at(const void *rec)
{
	return (u64 *)((char *)rec + run.tool->key_size);
}

static void unfold(void *rec, const void *entry)
{
	const struct argdist_counter *c = entry;
	struct argdist_row *r = rec;

	while (r->spec + 1 < n_specs &&
	       (!conf.specs[r->spec].counters ||
		c->at - conf.specs[r->spec].first >= conf.specs[r->spec].counters))
		r->spec++;
	r->values[0] = c->at - conf.specs[r->spec].first;
	*count_at(rec) = c->v;
}

/* ---- types and programs ---- */

static bool uses_ids(const struct expr *e)
{
	if (!e)
		return false;
	return (e->op == E_ARG && e->off / 8 == offsetof(struct gen_frame, ids) / 8) ||
	       uses_ids(e->kid[0]) || uses_ids(e->kid[1]) || uses_ids(e->kid[2]);
}

static void type_value(struct counted *c, u32 i)
{
	struct gen_probe *p = &c->probe;
	struct counted_value *v = &c->shown[i];
	struct expr *e = c->values[i].is;

	gen_type(e, &p->scope);
	v->is = gen_value_type(e, &p->scope);
	if (is_string(v) && !v->is.depth && v->is.size < 8)
		gen_error(p->spec.text, e->is,
			  "expected a string, but this is a number of %u byte%s", v->is.size,
			  v->is.size == 1 ? "" : "s");
}

static struct bpf_object *object;
static u64 cut;

static u64 cut_strings(void)
{
	return cut;
}

static void size_rows(struct bpf_map *map)
{
	if (bpf_map__set_key_size(map, conf.key_size))
		err(1, "cannot set up the BPF map %s", bpf_map__name(map));
}

static void prepare(void *skel)
{
	struct argdist_bpf *s = skel;
	u32 counters = 0;

	object = s->obj;
	gen_types(kbtf_types());
	for (u32 i = 0; i < n_specs; i++) {
		struct counted *c = &specs[i];
		struct gen_probe *p = &c->probe;

		gen_probe_find(p, filter_only_pid());
		if (p->filter) {
			gen_type(p->filter, &p->scope);
			gen_value_type(p->filter, &p->scope);
		}
		conf.ids |= uses_ids(p->filter);
		for (u32 j = 0; j < p->n_values; j++) {
			type_value(c, j);
			conf.ids |= uses_ids(c->values[j].is);
		}
		p->one_number = c->is_hist;
		p->fentry_will_do = true;
		p->numbers.probe = i;
		counters += conf.specs[i].counters;
	}
	gen_probes_prepare(object, &specs->probe, n_specs, sizeof(*specs));
	bpf_map__set_max_entries(s->maps.counters, counters ?: 1);
	size_rows(s->maps.rows_first);
	size_rows(bpf_map__inner_map(s->maps.rows));
	loss_also("cut", cut_strings);
}

static void attach(void *skel)
{
	(void)skel;
	for (u32 i = 0; i < n_specs; i++)
		gen_probe_attach(&specs[i].probe, object, filter_only_pid());
}

/* ---- reports ---- */

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, run.tool->key_size);
}

/* By specifier, then the smallest count first. */
static int compare(const void *a, const void *b)
{
	const struct argdist_row *x = a, *y = b;
	u64 m = *count_at(a), n = *count_at(b);

	if (x->spec != y->spec)
		return x->spec < y->spec ? -1 : 1;
	return (m > n) - (m < n) ?: by_key(a, b);
}

/* The value at *AT, which is moved to the next: its string, or if that is NULL its number.  False: there is none. */
static bool next_value(const struct gen_value *v, const char **at, u64 *number, const char **s,
		       size_t *len)
{
	const struct gen_string *string = (const void *)*at;

	*at += gen_value_size(v);
	*s = NULL;
	if (!v->room) {
		memcpy(number, string, sizeof(*number));
		return true;
	}
	*s = string->bytes;
	*len = string->len < 0 ? 0 : strnlen(string->bytes, v->room);
	return string->len >= 0;
}

static void count_cut(const void *rec)
{
	const struct argdist_row *r = rec;
	const struct counted *c = &specs[r->spec];
	const char *at = (const char *)r->values, *s;
	size_t len;
	u64 n;

	for (u32 i = 0; !conf.specs[r->spec].counters && i < c->probe.n_values; i++)
		if (next_value(&c->values[i], &at, &n, &s, &len) && s && len + 1 == string_size)
			cut += *count_at(rec);
}

/* With -c, all that was counted since the start, as a copy to free(). */
static char *accumulate(char *recs, size_t *n)
{
	static char *all;
	static size_t n_all;
	size_t size = run.tool->rec_size, kept = 0;

	all = reallocarray(all, n_all + *n + 1, size);
	recs = reallocarray(recs, n_all + *n + 1, size);
	if (!all || !recs)
		err(1, NULL);
	memcpy(all + n_all * size, recs, *n * size);
	n_all += *n;
	qsort(all, n_all, size, by_key);
	for (size_t i = 0; i < n_all; i++) {
		char *rec = all + i * size, *last = all + (kept - 1) * size;

		if (kept && !by_key(rec, last))
			*count_at(last) += *count_at(rec);
		else
			memmove(all + kept++ * size, rec, size);
	}
	*n = n_all = kept;
	memcpy(recs, all, n_all * size);
	return recs;
}

/* With -T, only the last rows of each specifier. */
static size_t keep_top(char *recs, size_t n)
{
	size_t size = run.tool->rec_size, kept = 0;

	qsort(recs, n, size, compare);
	for (size_t i = 0; i < n; i++) {
		const struct argdist_row *r = (void *)(recs + i * size),
					 *after = (void *)(recs + (i + top) * size);

		if (i + top < n && after->spec == r->spec && !conf.specs[r->spec].counters)
			continue;
		memmove(recs + kept++ * size, r, size);
	}
	return kept;
}

static u32 shown; /* specifiers whose part of the report was printed */
/* As text, histograms are not in a table of their own: all is in the order of the command line. */
static bool as_text = true;

static void begin_report(void)
{
	shown = 0;
	for (u32 i = 0; i < n_specs; i++) {
		memset(specs[i].slots, 0, sizeof(specs[i].slots));
		specs[i].any = false;
	}
}

static char *merge(char *recs, size_t *n)
{
	as_text = false;
	begin_report();
	for (size_t i = 0; i < *n; i++) {
		check((void *)(recs + i * run.tool->rec_size));
		count_cut(recs + i * run.tool->rec_size);
	}
	if (cumulative)
		recs = accumulate(recs, n);
	if (top)
		*n = keep_top(recs, *n);
	return recs;
}

/* The first bucket of each histogram stands for all of them. */
static bool keep(struct rec r)
{
	const struct argdist_row *row = row_of(r);
	struct counted *c = spec_of(r);
	bool first;

	check(row);
	first = !c->any;
	if (!c->is_hist)
		return true;
	c->slots[row->values[0]] += *count_at(r.p);
	c->any = true;
	return first;
}

static bool is_hist(struct rec r)
{
	return spec_of(r)->is_hist && (run.json || !as_text);
}

static const char *text_of(const struct counted *c)
{
	return c->label ?: c->probe.spec.text;
}

/* "size = 16, fd = 3" */
static const struct str *event_of(struct rec r)
{
	static struct str s;
	const struct counted *c = spec_of(r);
	const char *at = (const char *)row_of(r)->values, *string;
	char number[32];
	size_t len;
	u64 n;

	s.len = 0;
	if (!c->probe.n_values)
		str_put(&s, "total calls", strlen("total calls"));
	for (u32 i = 0; i < c->probe.n_values; i++) {
		const struct counted_value *v = &c->shown[i];

		next_value(&c->values[i], &at, &n, &string, &len);
		if (!string) {
			string = number;
			len = snprintf(number, sizeof(number),
				       v->is.is_signed && !v->is.depth ? "%lld" : "%llu", n);
		}
		if (i)
			str_put(&s, ", ", 2);
		str_put(&s, v->name, strlen(v->name));
		str_put(&s, " = ", 3);
		str_put(&s, string, len);
	}
	return &s;
}

/* What all rows of a specifier come below. */
static void head(const struct counted *c)
{
	const char *title = text_of(c);

	if (c->is_hist)
		return;
	text_str(title, strlen(title));
	text("\n\t%-10s %s\n", "COUNT", "EVENT");
}

static struct hist_linear linear_of(const struct counted *c)
{
	return (struct hist_linear){ c->slots, ARGDIST_BUCKETS, conf.step, true };
}

static void hist_row(const struct counted *c)
{
	const char *unit = c->label ?: c->shown->name;
	struct hist_linear linear = linear_of(c);
	struct hist h = {};

	memcpy(h.slots, c->slots, sizeof(h.slots));
	if (conf.step)
		hist_linear_text(&linear, unit);
	else
		hist_text(&h, unit);
}

static void heads_up_to(u32 spec)
{
	for (; shown < spec; shown++)
		head(&specs[shown]);
}

static void row(struct rec r)
{
	const struct counted *c = spec_of(r);
	const struct str *s;

	heads_up_to(row_of(r)->spec + 1);
	if (c->is_hist) {
		hist_row(c);
		return;
	}
	s = event_of(r);
	text("\t%-10llu ", *count_at(r.p));
	text_str(s->p, s->len);
	text("\n");
}

static void report_begin(void)
{
	as_text = true;
	text("[%s]\n", time_hms(time_mono()));
}

static void report_end(void)
{
	heads_up_to(n_specs);
}

/* ---- columns ---- */

static struct value event(struct rec r)
{
	const struct str *s = event_of(r);

	return value_strn(s->p, s->len);
}

static void no_text(struct out *o, struct value v, struct rec r)
{
	(void)o, (void)v, (void)r;
}

static void values_json(struct out *o, struct value v, struct rec r)
{
	const struct counted *c = spec_of(r);
	const char *at = (const char *)row_of(r)->values, *s;
	size_t len;
	u64 n;

	(void)o, (void)v;
	out_plain("[");
	for (u32 i = 0; i < c->probe.n_values; i++) {
		bool is_signed = c->shown[i].is.is_signed && !c->shown[i].is.depth;

		out_plain(i ? "," : "");
		if (!next_value(&c->values[i], &at, &n, &s, &len))
			out_plain("null");
		else if (s)
			json_str(s, len);
		else
			text(is_signed ? "%lld" : "%llu", n);
	}
	out_plain("]");
}

static struct value hist(struct rec r)
{
	static struct hist h;
	static struct hist_linear linear;
	const struct counted *c = spec_of(r);

	linear = linear_of(c);
	memcpy(h.slots, c->slots, sizeof(h.slots));
	return conf.step ? hist_linear_value(&linear)
			 : (struct value){ .hist = &h, .kind = &kind_hist };
}

static struct value hist_total(struct rec r)
{
	u64 n = 0;

	for (u32 i = 0; i < ARGDIST_BUCKETS; i++)
		n += spec_of(r)->slots[i];
	return value_uint(n);
}

static const struct value_kind kind_values = { .class = CLASS_OTHER,
					       .text = no_text,
					       .json = values_json };

CELL(specifier, argdist_row, value_str(spec_of(r)->probe.spec.text))
CELL(label, argdist_row, value_maybe(spec_of(r)->label))
CELL(all_values, argdist_row, value_as(&kind_values, 0))
CELL(count, argdist_row, value_uint(*count_at(e)))
CELL(value_of, argdist_row, value_str(spec_of(r)->shown->name))

#define COLS_SPECIFIER                                                         \
	{ COLF("specifier", 0, specifier), HELP("The specifier"), JSON_ONLY }, \
	{                                                                      \
		COLF("label", 0, label), HELP("Its label, or null"), JSON_ONLY \
	}

static const struct col cols[] = {
	COLS_SPECIFIER,
	{ COLF("COUNT", -10, count), HELP("How often it happened") },
	{ COLF("EVENT", 0, event), HELP("The expressions with their values; total calls without") },
	{ COLF("values", 0, all_values), JSON_ONLY,
	  HELP("The values; null for a string that could not be read") },
	{ 0 },
};

static const struct col hist_cols[] = {
	COLS_SPECIFIER,
	{ COLF("expression", 0, value_of), JSON_ONLY, HELP("What a histogram is of") },
	{ COLF("count", 0, hist_total), JSON_ONLY, HELP("How many values it has") },
	{ COLF("hist", 0, hist), HELP("How many values fell into each bucket") },
	{ 0 },
};

/* ---- options ---- */

static void header_file(const char *path)
{
	(void)path; /* types come from the kernel: see snoopkit-probes(7) */
}

static const struct opt opts[] = {
	OPT_CALL('H', "histogram", "SPECIFIER", add_hist, "Show a histogram of this value"),
	OPT_CALL('C', "count", "SPECIFIER", add_count, "Count how often these values occur"),
	OPT_PID,
	OPT_TID('t'),
	OPT_U32('z', "string-size", "BYTES", &string_size, 2, ARGDIST_KEY_MOST,
		"Bytes to read of each string (default: 80)"),
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_U32('n', "number", "N", &run.count, 1, ~0u, "Stop after this many reports"),
	OPT_FLAG('c', "cumulative", &cumulative,
		 "Report what was counted since the start, not since the last report"),
	OPT_U32('T', "top", "N", &top, 1, ~0u,
		"Show at most this many rows of a -C, the most frequent"),
	OPT_U32(0, "linear", "WIDTH", &conf.step, 1, ~0u,
		"Histograms with buckets of this width, not powers of two"),
	OPT_CALL('I', "include", "HEADER", header_file,
		 "Without effect: the kernel tells its types"),
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct trial trials[] = {
	{ "kernel functions", "-C p::vfs_read" },
	{ "functions of programs", "-C p:c:abort" },
	{ "tracepoints", "-C t:sched:sched_switch" },
	{ 0 },
};

TOOL(argdist, .summary = "Count values of arguments and results, or show them as histograms.",
     .examples =
	     "Examples:\n"
	     "  argdist -C 'p::vfs_read(struct file *f, char *buf, size_t count):size_t:count'\n"
	     "  argdist -H 'r::vfs_read():u64:$latency/1000#us in vfs_read'\n"
	     "  argdist -H 't:block:block_rq_complete():u32:args->nr_sector'\n"
	     "  argdist -C 'p:c:malloc(size_t size):size_t:size:size > 4096' -T 5\n"
	     "  argdist -C 'r:c:open(char *path):char*,int:$entry(path),$retval:$retval < 0'\n"
	     "See snoopkit-probes(7) for what a specifier can be.",
     CONF(conf), .opts = opts, .cols = cols, .alt_cols = hist_cols, .is_alt = is_hist,
     .trials = trials, ENTRIES("rows", argdist_counter), ALSO_ENTRIES("counters", argdist_counter),
     .unfold = unfold, .interval = 1, .no_interval = true, .own_gaps = true, .called_as = set_me,
     .parsed = parsed, .prepare = prepare, .attach = attach, .merge = merge, .keep = keep,
     .compare = compare, .row = row, .report_begin = report_begin, .report_end = report_end)
