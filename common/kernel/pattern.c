// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/pattern.h"
#include "base/opt.h"
#include "kernel/attach_many.h"
#include "kernel/kfuncs.h"
#include "kernel/probe.h"
#include "kernel/tracepoints.h"
#include "symbols/ksym.h"
#include "symbols/objfile.h"
#include <ctype.h>
#include <err.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy(const char *s)
{
	char *c = strdup(s);

	if (!c)
		err(1, NULL);
	return c;
}

/* Cut off the first of the colon-separated parts. */
static char *part(char **rest)
{
	return strchr(*rest, ':') ? strsep(rest, ":") : NULL;
}

void pattern_parse(struct pattern *p, const char *text, bool regex)
{
	char *rest = copy(text), type = 'p';

	*p = (struct pattern){ .text = text, .is_regex = regex, .wildcard = regex };
	if (*rest && rest[1] == ':' && strchr("ptu", *rest)) {
		type = *rest;
		rest += 2;
	}
	if (type == 't') {
		p->kind = TRACEPOINT;
		if (!regex && !strpbrk(rest, ":*?"))
			usage_error("'%s': a tracepoint is t:CATEGORY:EVENT", text);
	} else {
		p->library = part(&rest) ?: "";
		p->kind = type == 'u' ? USDT : *p->library ? USER_FUNC : KERNEL_FUNC;
		if (type == 'u' && !*p->library)
			usage_error("'%s': a USDT probe is u:LIBRARY:PROBE", text);
	}
	p->provider = p->kind == USDT ? part(&rest) ?: "" : "";
	p->name = rest;
	if (!*p->name)
		usage_error("'%s' names no function or probe", text);
	p->wildcard |= strpbrk(p->name, "*?[") || strpbrk(p->provider, "*?[");
	if (regex)
		parse_regex(&p->regex, p->name, 0);
}

static bool matches(const struct pattern *p, const char *name)
{
	regmatch_t m;

	if (p->is_regex)
		return !regexec(&p->regex, name, 1, &m, 0) && !m.rm_so;
	return p->wildcard ? !fnmatch(p->name, name, 0) : !strcmp(p->name, name);
}

/* ---- matches, before they are sorted ---- */

struct found {
	char *name;
	u64 at, semaphore;
};

static struct found *found;
static size_t n_found, name_bytes;
static const char *sought;
#define MAX_FOUND (4 << 20)
#define MAX_NAMES (256 << 20) /* bytes */

static void add(const char *name, u64 at, u64 semaphore)
{
	if (!(n_found & (n_found - 1))) {
		found = reallocarray(found, n_found ? 2 * n_found : 1, sizeof(*found));
		if (!found)
			err(1, NULL);
	}
	/* A hostile file can give each of millions of symbols the longest name. */
	name_bytes += strlen(name);
	if (n_found == MAX_FOUND || name_bytes > MAX_NAMES)
		errx(1, "too many names match '%s'", sought);
	found[n_found++] = (struct found){ copy(name), at, semaphore };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->name, ((const struct found *)b)->name);
}

/* If a place has several names, the plainest comes first: read before __read. */
static int by_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	size_t u = strspn(x->name, "_"), v = strspn(y->name, "_");

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (u != v)
		return u < v ? -1 : 1;
	u = strlen(x->name);
	v = strlen(y->name);
	return u != v ? (u < v ? -1 : 1) : strcmp(x->name, y->name);
}

static int by_name_and_place(const void *a, const void *b)
{
	return by_name(a, b) ?: by_place(a, b);
}

/* One name for each place, and one ID for each name. */
static void put_in_order(struct pattern *p)
{
	size_t n = 0;

	qsort(found, n_found, sizeof(*found), by_place);
	for (size_t i = 0; i < n_found; i++) {
		const struct found *f = &found[i], *last = n ? &found[n - 1] : NULL;

		if (last && f->at && f->at == last->at &&
		    (p->kind != USDT || !strcmp(f->name, last->name)))
			continue;
		found[n++] = *f;
	}
	n_found = n;
	qsort(found, n, sizeof(*found), by_name_and_place);
	p->names = calloc(n, sizeof(*p->names));
	p->places = calloc(n, sizeof(*p->places));
	if (!p->names || !p->places)
		err(1, NULL);
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(found[i].name, found[i - 1].name))
			p->names[p->n_names++] = found[i].name;
		p->places[i] = (struct place){ p->n_names - 1, found[i].at, found[i].semaphore };
	}
	p->n_places = n;
	free(found);
	found = NULL;
	n_found = 0;
}

/* ---- functions of the kernel ---- */

static void on_kernel_func(const char *name, const char *module, void *ctx)
{
	(void)module;
	if (matches(ctx, name))
		add(name, 0, 0);
}

/* Several functions can have the same name; only addresses tell them apart. */
struct addresses {
	struct found *names;
	size_t n;
};

static void on_kernel_addr(const char *name, u64 addr, void *ctx)
{
	const struct addresses *a = ctx;
	struct found key = { .name = (char *)name };

	if (bsearch(&key, a->names, a->n, sizeof(key), by_name))
		add(name, addr, 0);
}

static void on_matching_addr(const char *name, u64 addr, void *ctx)
{
	if (matches(ctx, name))
		add(name, addr, 0);
}

/* What all names begin with that the pattern matches. */
static char *prefix_of(const struct pattern *p)
{
	const char *s = p->name + (p->is_regex && *p->name == '^');
	char *prefix = copy(s);
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	if (p->is_regex && n && s[n] && strchr("*+?{", s[n]))
		n--; /* that character may be missing */
	if (p->is_regex && strchr(s, '|'))
		n = 0;
	prefix[n] = '\0';
	return prefix;
}

/* Can ftrace trace all that was found?  The list of what it can trace takes several times as long. */
static bool all_traceable(void)
{
	u64 *addrs = calloc(n_found + 1, sizeof(*addrs));
	bool are;

	if (!addrs)
		err(1, NULL);
	for (size_t i = 0; i < n_found; i++)
		addrs[i] = found[i].at;
	are = n_found && attach_takes(addrs, n_found);
	free(addrs);
	return are;
}

/* Take what was found out of the list. */
static struct found *take_found(size_t *n)
{
	struct found *list = found;

	*n = n_found;
	found = NULL;
	n_found = 0;
	return list;
}

static void find_by_wildcard(struct pattern *p)
{
	char *prefix = prefix_of(p);
	bool searched = kfuncs_each(prefix, on_matching_addr, p);
	struct addresses a;
	struct found *with_addr;
	size_t n;

	free(prefix);
	if (searched && all_traceable())
		return;
	with_addr = take_found(&n);
	if (!searched || n)
		kfunc_each(on_kernel_func, p);
	if (n_found)
		qsort(found, n_found, sizeof(*found), by_name);
	a.names = take_found(&a.n);
	for (size_t i = 0; i < n; i++) {
		if (a.n)
			on_kernel_addr(with_addr[i].name, with_addr[i].at, &a);
		free(with_addr[i].name);
	}
	free(with_addr);
	if (a.n && !searched)
		kfunc_each_addr(on_kernel_addr, &a);
	while (a.n)
		free(a.names[--a.n].name);
	free(a.names);
}

static void find_kernel_funcs(struct pattern *p)
{
	if (p->wildcard)
		find_by_wildcard(p);
	else
		kfunc_each_addr(on_matching_addr, p);
}

/* ---- functions and probes of programs ---- */

static bool met_ifunc;
static char *implementation; /* of an indirect function that the user seems to have asked for */

static void on_user_func(const char *name, u64 offset, bool ifunc, void *ctx)
{
	const struct pattern *p = ctx;

	if (!matches(p, name)) {
		if (!p->wildcard && !ifunc && !implementation && strstr(name, p->name))
			implementation = copy(name);
		return;
	}
	if (ifunc)
		met_ifunc = true;
	else
		add(name, offset, 0);
}

static void on_usdt(const struct objfile_usdt *u, void *ctx)
{
	const struct pattern *p = ctx;

	if (matches(p, u->name) && (!*p->provider || !fnmatch(p->provider, u->provider, 0)))
		add(u->name, u->offset, u->semaphore);
}

static void find_in_file(struct pattern *p, u32 pid)
{
	static struct objfile file; /* stays open, because its path may come to lead elsewhere */
	const char *why;

	if (!objfile_find(&file, p->library, pid) && file.irregular)
		errx(1, "cannot probe %s: it is not a regular file", p->library);
	if (file.fd < 0)
		errx(1, "there is no library or program '%s'%s", p->library,
		     pid ? " for that process" : "");
	p->shown = file.shown;
	p->go = objfile_is_go(&file);
	if (asprintf(&p->file, "/proc/self/fd/%d", file.fd) < 0)
		err(1, NULL);
	if (!(p->kind == USDT ? objfile_each_usdt(&file, &why, on_usdt, p)
			      : objfile_each_func(&file, pid, &why, on_user_func, p)))
		errx(1, "cannot probe %s: %s", p->shown, why);
	if (!n_found && met_ifunc && implementation)
		errx(1,
		     "%s in %s only runs once, to choose one of several functions for this CPU: "
		     "probe those, such as '%s:*%s*'",
		     p->name, p->shown, p->library, p->name);
	if (!n_found && met_ifunc)
		errx(1,
		     "%s in %s only runs once, to choose one of several functions for this CPU, "
		     "and the file has no symbols for those",
		     p->name, p->shown);
}

/* ---- tracepoints ---- */

static u64 tracepoint_number(const char *category, const char *event)
{
	unsigned long long number = 0;
	char path[768];
	FILE *f;

	snprintf(path, sizeof(path), "%s/events/%s/%s/id", tracefs(), category, event);
	f = fopen(path, "re");
	if (f && fscanf(f, "%llu", &number) != 1)
		number = 0;
	if (f)
		fclose(f);
	return number;
}

static void on_tracepoint(const char *category, const char *event, void *ctx)
{
	char name[512];

	snprintf(name, sizeof(name), "%.200s:%.255s", category, event);
	if (matches(ctx, name))
		add(name, tracepoint_number(category, event), 0);
}

static void find_tracepoints(struct pattern *p)
{
	if (!tracefs())
		errx(1, "cannot trace '%s': %s", p->text, tracefs_why_not());
	tracepoints_each(on_tracepoint, p);
}

void pattern_expand(struct pattern *p, u32 pid)
{
	static const char *const kinds[] = { "function of the kernel", "function", "tracepoint",
					     "USDT probe" };

	sought = p->text;
	name_bytes = 0;
	if (p->kind == KERNEL_FUNC)
		find_kernel_funcs(p);
	else if (p->kind == TRACEPOINT)
		find_tracepoints(p);
	else
		find_in_file(p, pid);
	if (!n_found)
		errx(1, "no %s matches '%s'%s%s", kinds[p->kind], p->text, p->shown ? " in " : "",
		     p->shown ?: "");
	put_in_order(p);
}

void pattern_find(struct pattern *p, u32 pid)
{
	u64 addr;

	if (p->kind != KERNEL_FUNC || p->wildcard || !probe_has_only(p->name, &addr)) {
		pattern_expand(p, pid);
		return;
	}
	p->names = calloc(1, sizeof(*p->names));
	p->places = calloc(1, sizeof(*p->places));
	if (!p->names || !p->places)
		err(1, NULL);
	p->names[0] = p->name;
	p->places[0].at = addr;
	p->n_names = p->n_places = 1;
}

bool pattern_only_place(const struct pattern *p, const struct place *at)
{
	size_t i = at - p->places;

	return (!i || p->places[i - 1].id != at->id) &&
	       (i + 1 == p->n_places || p->places[i + 1].id != at->id);
}
