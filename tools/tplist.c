// SPDX-License-Identifier: BSD-2-Clause
/* tplist: tracepoints with their fields, and USDT probes with their arguments.  After BCC's, by Sasha Goldshtein. */
#include "tplist.h"
#include "base/priv.h"
#include "kernel/tracepoints.h"
#include "kernel/usdt.h"
#include "main/tool.h"
#include "symbols/objfile.h"
#include "tplist.skel.h"
#include <err.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static u32 pid, verbosity;
static const char *lib, *filter;

static void more(const char *arg)
{
	(void)arg;
	verbosity++;
}

static const struct opt opts[] = {
	OPT_U32('p', "pid", "PID", &pid, 1, INT32_MAX,
		"List the USDT probes of all files whose code this process has mapped"),
	OPT_STR('l', "lib", "LIB", &lib, "List the USDT probes of this library or program"),
	OPT_CALL('v', "verbosity", NULL, more,
		 "Also show fields of tracepoints and numbers of arguments; -vv: each argument"),
	{ 0 },
};

/* ---- what was found ---- */

static void *grow(void *p, size_t n, size_t size)
{
	if (!(n & (n - 1)))
		p = reallocarray(p, n ? 2 * n : 1, size);
	if (!p)
		err(1, NULL);
	return p;
}

static char *copy(const char *s)
{
	char *c = strdup(s);

	if (!c)
		err(1, NULL);
	return c;
}

/* A place of a USDT probe. */
struct place {
	char *file, *provider, *name, *args;
	u64 addr, offset, semaphore;
};
static struct place *places;
static size_t n_places;

/* A tracepoint, with its fields, or a USDT probe, with its places. */
struct point {
	char *file, *group, *name;
	struct tracepoint_field *fields;
	const struct place *places;
	size_t n;
};
static struct point *points;
static size_t n_points;

/* As in BCC, the filter is for GROUP:NAME. */
static bool wanted(const char *group, const char *name)
{
	char *both;
	bool is;

	if (!filter)
		return true;
	if (asprintf(&both, "%s:%s", group, name) < 0)
		err(1, NULL);
	is = !fnmatch(filter, both, 0);
	free(both);
	return is;
}

static void on_field(struct tracepoint_field *f, void *ctx)
{
	struct point *p = ctx;

	p->fields = grow(p->fields, p->n, sizeof(*f));
	p->fields[p->n++] = *f;
}

static void on_tracepoint(const char *category, const char *event, void *ctx)
{
	(void)ctx;
	if (!wanted(category, event))
		return;
	points = grow(points, n_points, sizeof(*points));
	points[n_points++] = (struct point){ .group = copy(category), .name = copy(event) };
}

static int by_name(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return strcmp(x->group, y->group) ?: strcmp(x->name, y->name);
}

static void find_tracepoints(void)
{
	if (!tracefs())
		errx(1, "cannot list tracepoints: %s", tracefs_why_not());
	tracepoints_each(on_tracepoint, NULL);
	if (n_points)
		qsort(points, n_points, sizeof(*points), by_name);
	for (size_t i = 0; (verbosity || run.json) && i < n_points; i++) {
		char *name;

		if (asprintf(&name, "%s:%s", points[i].group, points[i].name) < 0)
			err(1, NULL);
		if (!tracepoint_fields(name, on_field, &points[i]))
			warn("cannot read the fields of the tracepoint %s", name);
		free(name);
	}
}

static void on_usdt(const struct objfile_usdt *u, void *file)
{
	if (!wanted(u->provider, u->name))
		return;
	places = grow(places, n_places, sizeof(*places));
	places[n_places++] =
		(struct place){ file,    copy(u->provider), copy(u->name),    copy(u->args),
				u->addr, u->offset,         u->semaphore_addr };
}

/* NULL, or why it can't be read. */
static const char *read_file(const struct objfile *o)
{
	const char *why;

	/* The name is kept even if there are no probes: that is a few bytes. */
	return objfile_each_usdt(o, &why, on_usdt, copy(o->shown)) ? NULL : why;
}

static void on_mapped(struct objfile o, void *ctx)
{
	(void)ctx;
	read_file(&o); /* what is not an ELF file has no probes */
	objfile_close(&o);
}

static int by_probe(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return strcmp(x->file, y->file) ?: strcmp(x->provider, y->provider)
		?: strcmp(x->name, y->name) ?: (x->addr > y->addr) - (x->addr < y->addr);
}

static bool is_same_probe(const struct place *a, const struct place *b)
{
	return !strcmp(a->file, b->file) && !strcmp(a->provider, b->provider) &&
	       !strcmp(a->name, b->name);
}

static void find_in_process(void)
{
	int failed = objfile_each_mapped(pid, on_mapped, NULL);

	if (failed < 0)
		err(1, "cannot read what process %u has mapped", pid);
	if (failed)
		warnx("%d files that process %u has mapped can't be opened", failed, pid);
}

static void find_in_file(void)
{
	struct objfile o;
	const char *why;

	if (!objfile_find(&o, lib, pid) && o.irregular)
		errx(1, "cannot read %s: it is not a regular file", lib);
	if (o.fd < 0)
		errx(1, "there is no library or program '%s'%s", lib,
		     pid ? " for that process" : "");
	why = read_file(&o);
	if (why)
		errx(1, "cannot read %s: %s", o.shown, why);
	objfile_close(&o);
}

static void find_usdt(void)
{
	if (pid)
		filter_check(pid, false);
	if (lib)
		find_in_file();
	else
		find_in_process();
	if (n_places)
		qsort(places, n_places, sizeof(*places), by_probe);
	for (size_t i = 0; i < n_places; i++) {
		if (!i || !is_same_probe(&places[i - 1], &places[i])) {
			points = grow(points, n_points, sizeof(*points));
			points[n_points++] = (struct point){ .file = places[i].file,
							     .group = places[i].provider,
							     .name = places[i].name,
							     .places = &places[i] };
		}
		points[n_points - 1].n++;
	}
}

static u32 count_args(const char *args)
{
	size_t len;
	u32 n = 0;

	while (usdt_text(args, n, &len))
		n++;
	return n;
}

static char *collect(size_t *n)
{
	bool is_usdt = pid || lib;
	struct listed *recs;

	if (is_usdt)
		find_usdt();
	else
		find_tracepoints();
	if (!n_points)
		warnx(filter ? "no %s matches '%s'" : "there are no %ss",
		      is_usdt ? "USDT probe" : "tracepoint", filter);
	/* Room for one more is what a report wants. */
	recs = calloc(n_points + 1, sizeof(*recs));
	if (!recs)
		err(1, NULL);
	for (size_t i = 0; i < n_points; i++) {
		const struct point *p = &points[i];
		struct listed *l = &recs[i];

		l->k.number = i;
		l->k.is_usdt = is_usdt;
		if (is_usdt) {
			l->v.semaphore = p->places->semaphore;
			l->v.locations = p->n;
			l->v.arguments = count_args(p->places->args);
			strncpy(l->v.file, p->file, sizeof(l->v.file) - 1);
		}
		strncpy(l->v.group, p->group, sizeof(l->v.group) - 1);
		strncpy(l->v.name, p->name, sizeof(l->v.name) - 1);
	}
	*n = n_points;
	return (char *)recs;
}

/* What a record stands for; NULL in a replay. */
static const struct point *point_of(const struct listed *l)
{
	return l->k.number < n_points ? &points[l->k.number] : NULL;
}

/* ---- arguments ---- */

/* An argument as sdt.h notes it, "-4@%edi". */
struct argument {
	u32 bytes;
	bool is_signed, is_float;
	const char *place; /* "%edi" */
	int place_len;
};

/* The N-th of a list.  False: there is none. */
static bool argument_of(const char *args, u32 n, struct argument *a)
{
	size_t len;
	const char *s = usdt_text(args, n, &len), *at = s ? memchr(s, '@', len) : NULL;
	long size = at ? strtol(s, NULL, 10) : 0;

	if (!s)
		return false;
	*a = (struct argument){ .place = s, .place_len = len };
	/* Before sdt.h had sizes there were only places. */
	if (!at)
		return true;
	a->is_signed = size < 0;
	a->bytes = labs(size);
	a->is_float = at > s && at[-1] == 'f';
	a->place = at + 1;
	a->place_len = s + len - at - 1;
	return true;
}

static const char *kind_of(const struct argument *a)
{
	return a->is_float ? "float" : a->is_signed ? "signed" : "unsigned";
}

/* ---- text ---- */

static void field_rows(const struct point *p)
{
	for (size_t i = 0; i < p->n; i++) {
		text("    ");
		text_str(p->fields[i].text, strlen(p->fields[i].text));
		text(";\n");
	}
}

static void place_rows(const struct point *p)
{
	struct argument a;

	for (size_t i = 0; i < p->n; i++) {
		text("  location #%zu ", i + 1);
		text_str(p->file, strlen(p->file));
		text(" 0x%llx\n", p->places[i].addr);
		for (u32 k = 0; argument_of(p->places[i].args, k, &a); k++) {
			text("    argument #%u %u %-8s bytes @ ", k + 1, a.bytes, kind_of(&a));
			text_str(a.place, a.place_len);
			text("\n");
		}
	}
}

static void name_text(const char *whole, const char *cut, size_t size)
{
	text_str(whole ?: cut, whole ? strlen(whole) : strnlen(cut, size));
}

static void row(struct rec r)
{
	const struct listed *l = r.p;
	const struct point *p = point_of(l);

	if (l->k.is_usdt && !verbosity) {
		name_text(p ? p->file : NULL, l->v.file, sizeof(l->v.file));
		text(" ");
	}
	name_text(p ? p->group : NULL, l->v.group, sizeof(l->v.group));
	text(":");
	name_text(p ? p->name : NULL, l->v.name, sizeof(l->v.name));
	if (l->k.is_usdt && verbosity)
		text(" [sema 0x%llx]", l->v.semaphore);
	text("\n");
	if (!l->k.is_usdt && verbosity && p)
		field_rows(p);
	else if (l->k.is_usdt && verbosity > 1 && p)
		place_rows(p);
	else if (l->k.is_usdt && verbosity)
		text("  %u location(s)\n  %u argument(s)\n", l->v.locations, l->v.arguments);
}

/* ---- JSON ---- */

static void member(const char *sep, const char *key, const char *s, size_t n)
{
	text("%s\"%s\":", sep, key);
	json_str(s, n);
}

static void fields_json(struct out *o, struct value v, struct rec r)
{
	const struct point *p = point_of(r.p);

	(void)o;
	(void)v;
	text("[");
	for (size_t i = 0; i < p->n; i++) {
		const struct tracepoint_field *f = &p->fields[i];
		const char *name = strrchr(f->text, ' ') ?: f->text;
		char type[sizeof(f->text)];
		int type_len;

		/* "char comm[16]" */
		name += *name == ' ';
		type_len = name > f->text ? name - f->text - 1 : 0;
		snprintf(type, sizeof(type), "%.*s%s", type_len, f->text, strchr(name, '[') ?: "");
		member(i ? ",{" : "{", "name", name, strcspn(name, "["));
		member(",", "type", type, strlen(type));
		text(",\"offset\":%u,\"bytes\":%u,\"signed\":%s}", f->off, f->size,
		     f->is_signed ? "true" : "false");
	}
	text("]");
}

static void locations_json(struct out *o, struct value v, struct rec r)
{
	const struct point *p = point_of(r.p);
	struct argument a;

	(void)o;
	(void)v;
	text("[");
	for (size_t i = 0; i < p->n; i++) {
		const struct place *at = &p->places[i];

		text("%s{\"address\":%llu,\"offset\":%llu,\"arguments\":[", i ? "," : "", at->addr,
		     at->offset);
		for (u32 k = 0; argument_of(at->args, k, &a); k++) {
			text("%s{\"bytes\":%u", k ? "," : "", a.bytes);
			member(",", "kind", kind_of(&a), strlen(kind_of(&a)));
			member(",", "place", a.place, a.place_len);
			text("}");
		}
		text("]}");
	}
	text("]");
}

static const struct value_kind kind_fields = { .class = CLASS_OTHER, .json = fields_json };
static const struct value_kind kind_locations = { .class = CLASS_OTHER, .json = locations_json };

static struct value whole_or_cut(const char *whole, const char *cut, size_t size)
{
	return whole ? value_str(whole) : value_chars(cut, size);
}

#define WHOLE(m) whole_or_cut(point_of(e) ? point_of(e)->m : NULL, e->v.m, sizeof(e->v.m))

CELL(file, listed, WHOLE(file))
CELL(group, listed, WHOLE(group))
CELL(name, listed, WHOLE(name))
CELL(fields, listed, point_of(e) ? value_as(&kind_fields, 0) : value_none(""))
CELL(locations, listed, point_of(e) ? value_as(&kind_locations, 0) : value_none(""))
CELL(semaphore, listed, e->v.semaphore ? value_uint(e->v.semaphore) : value_none(""))

static const struct col cols[] = {
	{ COLF("category", 0, group), HELP("The tracepoint's category"), JSON_ONLY },
	{ COLF("event", 0, name), HELP("Its name"), JSON_ONLY },
	{ COLF("fields", 0, fields),
	  HELP("Its fields, each with name, type, offset, bytes and signed"), JSON_ONLY },
	{ 0 },
};

static const struct col usdt_cols[] = {
	{ COLF("file", 0, file), HELP("The file with the USDT probe"), JSON_ONLY },
	{ COLF("provider", 0, group), HELP("Who provides it, such as libc"), JSON_ONLY },
	{ COLF("probe", 0, name), HELP("Its name"), JSON_ONLY },
	{ COLF("semaphore", 0, semaphore),
	  HELP("Address of the number that tells it that it is watched; null if it has none"),
	  JSON_ONLY },
	{ COLF("locations", 0, locations),
	  HELP("Where it is: address, offset in the file, and arguments, each with bytes, kind "
	       "(signed, unsigned or float) and place"),
	  JSON_ONLY },
	{ 0 },
};

static bool is_usdt(struct rec r)
{
	return ((const struct listed *)r.p)->k.is_usdt;
}

/* ---- */

static int positional(unsigned int n, const char *arg)
{
	filter = arg;
	return !n;
}

static void parsed(void)
{
	/* For tracefs, and for what other users' processes have mapped. */
	priv_keep(CAP_DAC_READ_SEARCH);
	if (!pid)
		return;
	priv_keep(CAP_SYS_PTRACE);
	priv_keep(CAP_CHECKPOINT_RESTORE);
}

static int compare(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	return x->k.is_usdt != y->k.is_usdt
		       ? (int)x->k.is_usdt - (int)y->k.is_usdt
		       : (x->k.number > y->k.number) - (x->k.number < y->k.number);
}

TOOL(tplist, .summary = "List tracepoints with their fields, and USDT probes with their arguments.",
     .args = "[FILTER]",
     .examples = "Examples:\n"
		 "  tplist -v 'sched:*switch'  # tracepoints, with their fields\n"
		 "  tplist -l c                # USDT probes of libc\n"
		 "  tplist -vv -p 181          # those of process 181, with their arguments",
     .opts = opts, .cols = cols, .alt_cols = usdt_cols, .is_alt = is_usdt,
     COLLECTED(collect, listed), .no_interval = true, .compare = compare, .row = row,
     .positional = positional, .parsed = parsed)
