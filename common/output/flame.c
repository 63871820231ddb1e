// SPDX-License-Identifier: BSD-2-Clause
#include "output/flame.h"
#include "base/text.h"
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Pixels, for viewers without scripts; the script lays the graph out again for the window's width. */
#define WIDTH     1200
#define PAD       12
#define TOP       62
#define BOTTOM    34
#define ROW       17
#define CHAR      7.22 /* of the fonts in flame.css; the script measures it */
#define MIN_WIDTH 0.3  /* a frame narrower than this is left out */
#define LEGEND    118  /* columns */

struct node {
	u64 count, before;
	u32 name;                         /* offset in names */
	u32 module;                       /* number; 0 is none */
	u32 parent, child, sibling, next; /* next in the hash chain; 0 is none */
	u32 least, most;                  /* calls by itself are one node: how many there were */
	u8 kind;
};

struct flame {
	struct node *nodes; /* the first is the root, "all" */
	u32 n, room;
	u32 *buckets; /* by parent and name */
	u32 nbuckets; /* a power of two */
	char *names;
	size_t len, size;
	struct module {
		u32 name, hash;
		u64 self;
	} * modules; /* the first is none */
	u32 n_modules;
	bool compares, code; /* code: not all frames are just names */
};

static void *grow(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		err(1, NULL);
	return p;
}

static u32 hash(u32 parent, const char *name)
{
	u32 h = 2166136261u ^ parent * 2654435761u;

	while (*name)
		h = (h ^ (unsigned char)*name++) * 16777619;
	return h ^ h >> 15;
}

/* Keep a name, as a terminal shows it: that is the same whether it comes from a stack or from JSON. */
static u32 name_add(struct flame *f, const char *name)
{
	size_t n = strlen(name), most = 4 * n + TEXT_UNIT + 1, at = f->len, len;

	if (at + most > UINT32_MAX)
		errx(1, "flame graph: too many different stacks");
	if (at + most > f->size) {
		f->size = (at + most) * 2;
		f->names = grow(f->names, f->size);
	}
	for (size_t i = 0; i < n; f->len += len)
		i += text_unit(TEXT_TERMINAL, name + i, n - i, f->names + f->len, &len);
	f->names[f->len++] = '\0';
	return at;
}

static u32 node_add(struct flame *f, u32 parent, u32 name, enum flame_kind kind)
{
	if (f->n == f->room) {
		f->room = f->room * 2 ?: 256;
		f->nodes = grow(f->nodes, f->room * sizeof(*f->nodes));
	}
	if (f->n == UINT32_MAX)
		errx(1, "flame graph: too many different stacks");
	f->nodes[f->n] = (struct node){ .name = name, .parent = parent, .kind = kind };
	return f->n++;
}

static void rehash(struct flame *f)
{
	f->nbuckets = f->nbuckets * 2 ?: 512;
	free(f->buckets);
	f->buckets = calloc(f->nbuckets, sizeof(*f->buckets));
	if (!f->buckets)
		err(1, NULL);
	for (u32 i = 1; i < f->n; i++) {
		u32 *b = &f->buckets[hash(f->nodes[i].parent, f->names + f->nodes[i].name) &
				     (f->nbuckets - 1)];

		f->nodes[i].next = *b;
		*b = i;
	}
}

/* There are few. */
static u32 module_get(struct flame *f, const char *module)
{
	size_t len = f->len;
	u32 name;

	if (!module)
		return 0;
	name = name_add(f, module);
	for (u32 i = 1; i < f->n_modules; i++)
		if (!strcmp(f->names + f->modules[i].name, f->names + name)) {
			f->len = len;
			return i;
		}
	f->modules = grow(f->modules, (f->n_modules + 1) * sizeof(*f->modules));
	f->modules[f->n_modules] = (struct module){ name, hash(0, f->names + name), 0 };
	return f->n_modules++;
}

struct flame *flame_new(void)
{
	struct flame *f = calloc(1, sizeof(*f));

	if (!f)
		err(1, NULL);
	f->modules = grow(NULL, sizeof(*f->modules));
	f->modules[0] = (struct module){ 0 };
	f->n_modules = 1;
	rehash(f);
	node_add(f, 0, name_add(f, "all"), FLAME_NAME);
	return f;
}

void flame_free(struct flame *f)
{
	if (!f)
		return;
	free(f->nodes);
	free(f->buckets);
	free(f->names);
	free(f->modules);
	free(f);
}

static u32 child_get(struct flame *f, u32 parent, const struct flame_frame *frame)
{
	size_t len = f->len;
	u32 name = name_add(f, frame->name ?: "[unknown]"), i, *b;

	if (f->n > f->nbuckets)
		rehash(f);
	b = &f->buckets[hash(parent, f->names + name) & (f->nbuckets - 1)];
	for (u32 j = *b; j; j = f->nodes[j].next)
		if (f->nodes[j].parent == parent && f->nodes[j].kind == frame->kind &&
		    !strcmp(f->names + f->nodes[j].name, f->names + name)) {
			f->len = len;
			return j;
		}
	i = node_add(f, parent, name, frame->kind);
	f->nodes[i].module = module_get(f, frame->module);
	f->nodes[i].next = *b;
	*b = i;
	f->nodes[i].sibling = f->nodes[parent].child;
	f->nodes[parent].child = i;
	return i;
}

/* How many frames from the first one on are calls of a function by itself. */
static size_t calls_itself(const struct flame_frame *f, size_t n)
{
	size_t i = 1;

	while (i < n && f->kind != FLAME_NAME && f[i].kind == f->kind && f->name && f[i].name &&
	       !strcmp(f[i].name, f->name))
		i++;
	return i;
}

static void add(struct flame *f, const struct flame_frame *frames, size_t n, u64 now, u64 before)
{
	u32 at = 0;

	if (__builtin_add_overflow(f->nodes[0].count, now, &f->nodes[0].count) ||
	    __builtin_add_overflow(f->nodes[0].before, before, &f->nodes[0].before))
		errx(1, "flame graph: the sum of all counts is over 64 bits");
	for (size_t i = 0, calls; i < n; i += calls) {
		struct node *node;

		calls = calls_itself(frames + i, n - i);
		f->code |= frames[i].kind != FLAME_NAME;
		at = child_get(f, at, &frames[i]);
		node = &f->nodes[at];
		node->count += now;
		node->before += before;
		if (!node->least || calls < node->least)
			node->least = calls;
		if (calls > node->most)
			node->most = calls;
	}
}

void flame_add(struct flame *f, const struct flame_frame *frames, size_t n, u64 count)
{
	add(f, frames, n, count, 0);
}

void flame_add_before(struct flame *f, const struct flame_frame *frames, size_t n, u64 count)
{
	f->compares = true;
	add(f, frames, n, 0, count);
}

struct flame_totals flame_totals(const struct flame *f)
{
	return (struct flame_totals){ f->nodes[0].count, f->nodes[0].before };
}

/* ---- differences ---- */

/* Without the mathematical library. */
static double size_of(double x)
{
	return x < 0 ? -x : x;
}

static double share(u64 part, u64 whole)
{
	return whole ? (double)part / whole : 0;
}

static double change(const struct flame *f, u64 now, u64 before)
{
	return share(now, f->nodes[0].count) - share(before, f->nodes[0].before);
}

/* Of each node, what is not its children's: *SELF of N elements. */
static struct self {
	u64 now, before;
	u32 node;
	double change;
} * selves(const struct flame *f)
{
	struct self *s = calloc(f->n, sizeof(*s));

	if (!s)
		err(1, NULL);
	for (u32 i = 0; i < f->n; i++) {
		const struct node *n = &f->nodes[i];

		s[i].node = i;
		s[i].now += n->count;
		s[i].before += n->before;
		if (i) {
			s[n->parent].now -= n->count;
			s[n->parent].before -= n->before;
		}
	}
	return s;
}

static int by_change(const void *a, const void *b)
{
	const struct self *x = a, *y = b;
	double i = size_of(x->change), j = size_of(y->change);

	return (i > j) - (i < j) ?: (x->node < y->node) - (x->node > y->node);
}

void flame_differences(struct flame *f, void (*each)(const struct flame_difference *))
{
	struct self *s = selves(f);
	const char **names = grow(NULL, f->n * sizeof(*names));

	for (u32 i = 0; i < f->n; i++)
		s[i].change = change(f, s[i].now, s[i].before);
	qsort(s, f->n, sizeof(*s), by_change);
	for (u32 i = 0; i < f->n; i++) {
		struct flame_difference d = { .now = s[i].now,
					      .before = s[i].before,
					      .change = s[i].change };
		u32 at = f->n;

		if (!d.now && !d.before)
			continue;
		for (u32 node = s[i].node; node; node = f->nodes[node].parent)
			names[--at] = f->names + f->nodes[node].name;
		d.names = names + at;
		d.n = f->n - at;
		each(&d);
	}
	free(names);
	free(s);
}

/* ---- text and colours ---- */

/* Write a name for XML, which is safe for a terminal, in at most MAX columns, the last one "…"; 0: no limit. */
static void put_safe(FILE *out, const char *s, size_t max)
{
	size_t size = strlen(s), columns, fits;

	fits = max && text_width(s, size) > max ? text_fit(s, size, max - 1, &columns) : size;
	text_write(out, TEXT_XML, s, fits);
	if (fits < size)
		fputs("…", out);
}

/* The same for any string. */
static void put_text(FILE *out, const char *s, size_t max)
{
	size_t size;
	char *safe;
	FILE *f = open_memstream(&safe, &size);

	if (!f)
		err(1, NULL);
	text_write(f, TEXT_TERMINAL, s, strlen(s));
	if (fclose(f))
		err(1, NULL);
	put_safe(out, safe, max);
	free(safe);
}

/* 1234567 as 1,234,567. */
static void put_count(FILE *out, u64 n)
{
	if (n >= 1000) {
		put_count(out, n / 1000);
		fprintf(out, ",%03u", (unsigned int)(n % 1000));
	} else {
		fprintf(out, "%u", (unsigned int)n);
	}
}

static unsigned int hsl(double hue, double sat, double light)
{
	static const u8 order[6][3] = { { 2, 1, 0 }, { 1, 2, 0 }, { 0, 2, 1 },
					{ 0, 1, 2 }, { 1, 0, 2 }, { 2, 0, 1 } };
	double chroma = (1 - size_of(2 * light - 1)) * sat, sixth = hue / 60; /* HUE: below 360 */
	double part[3] = { 0, chroma * (1 - size_of(sixth - 2 * (int)(sixth / 2) - 1)), chroma };
	unsigned int rgb = 0;

	for (int i = 0; i < 3; i++)
		rgb = rgb << 8 |
		      (unsigned int)((part[order[(int)sixth][i]] + light - chroma / 2) * 255);
	return rgb;
}

/* So that the hashes of lib1 and lib2 are far apart. */
static u32 spread(u32 hash)
{
	return hash * 2654435761u >> 12;
}

/* Of any number: one that is not blue, green or violet. */
static double hue_of(u32 n)
{
	return n % 160 < 105 ? n % 160 : n % 160 + 185;
}

/*
 * Each library has a colour of its own, in all graphs: neither the kernel's blue, the green of generated code, nor the
 * violet of what was searched for.  Functions differ a little from each other.
 */
static unsigned int kind_colour(const struct flame *f, enum flame_kind kind, u32 module, u32 h)
{
	u32 of = spread(f->modules[module].hash);
	double light = (h >> 16) % 7 / 100., sat = (h >> 8) % 10 / 100.;

	switch (kind) {
	case FLAME_KERNEL:
		return hsl(200 + of % 24, .50 + sat, .70 + light);
	case FLAME_JIT:
		return hsl(145 + h % 8, .40 + sat, .64 + light);
	case FLAME_USER:
		return module ? hsl(hue_of(of), .52 + sat, .63 + of / 160 % 3 * .05 + light)
			      : hsl(40, .08, .70 + light);
	case FLAME_NAME:
		break;
	}
	return f->code ? hsl(20 + h % 40, .45, .80 + light)
		       : hsl(hue_of(spread(h)), .50, .70 + light);
}

/* Grey if the share is what it was, more and more red or blue up to MOST. */
static unsigned int change_colour(double change, double most)
{
	double much = most > 0 ? size_of(change) / most : 0;

	much *= 2 - much; /* so that small changes show, too */
	return hsl(change > 0 ? 10 : 212, .12 + .70 * much, .86 - .26 * much);
}

/* The files themselves; Makefile makes strings of them. */
static const char style[] =
#include "flame.css.h"
	;
static const char script[] =
#include "flame.js.h"
	;

struct drawing {
	struct flame *f;
	FILE *out;
	const char *unit;
	double scale;         /* pixels per count */
	double most;          /* the largest change of a share */
	u32 *depth, *deepest; /* of each node, and of what is above it and can be seen */
	unsigned int rows, height;
	u64 narrow; /* frames left out */
	u32 *order; /* room for sorting siblings */
};

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct flame *f = ctx;
	const struct node *x = &f->nodes[*(const u32 *)a], *y = &f->nodes[*(const u32 *)b];
	int c = strcmp(f->names + x->name, f->names + y->name);

	return c ?: x->kind - y->kind;
}

static bool is_visible(const struct drawing *d, u32 i)
{
	return d->f->nodes[i].count * d->scale >= MIN_WIDTH;
}

/* Not recursive, because stacks can be deep.  A parent comes before its children. */
static void measure(struct drawing *d)
{
	const struct flame *f = d->f;

	d->depth = grow(NULL, f->n * sizeof(*d->depth));
	d->deepest = grow(NULL, f->n * sizeof(*d->deepest));
	d->order = grow(NULL, f->n * sizeof(*d->order));
	d->depth[0] = 0;
	for (u32 i = 0; i < f->n; i++) {
		const struct node *n = &f->nodes[i];
		double by = size_of(change(f, n->count, n->before));

		if (i)
			d->depth[i] = d->depth[n->parent] + 1;
		d->deepest[i] = d->depth[i];
		if (by > d->most && is_visible(d, i))
			d->most = by;
		d->narrow += n->count && !is_visible(d, i);
	}
	for (u32 i = f->n; --i;)
		if (is_visible(d, i) && d->deepest[i] > d->deepest[f->nodes[i].parent])
			d->deepest[f->nodes[i].parent] = d->deepest[i];
	d->rows = d->deepest[0] + 1 < FLAME_ROWS ? d->deepest[0] + 1 : FLAME_ROWS;
	d->height = TOP + BOTTOM + (d->rows < 2 ? 2 : d->rows) * ROW;
}

/* "name", "name ×3", or "name ×2–17" if that differs. */
static char *label_of(const struct flame *f, const struct node *n)
{
	const char *name = f->names + n->name;
	char *s;
	int len = n->most <= 1          ? asprintf(&s, "%s", name)
		  : n->least == n->most ? asprintf(&s, "%s ×%u", name, n->most)
					: asprintf(&s, "%s ×%u–%u", name, n->least, n->most);

	if (len < 0)
		err(1, NULL);
	return s;
}

/* "15 samples, 1.21%" and, compared with an earlier run, "; before 5, 0.40% (+0.81)". */
static void put_share(const struct drawing *d, const struct node *n)
{
	struct flame_totals t = flame_totals(d->f);

	put_count(d->out, n->count);
	putc(' ', d->out);
	put_text(d->out, d->unit, 0);
	fprintf(d->out, ", %.2f%%", 100 * share(n->count, t.now));
	if (!d->f->compares)
		return;
	if (!n->before) {
		fputs("; new", d->out);
		return;
	}
	fputs("; before ", d->out);
	put_count(d->out, n->before);
	fprintf(d->out, ", %.2f%% (%+.2f)", 100 * share(n->before, t.before),
		100 * change(d->f, n->count, n->before));
}

static unsigned int colour(const struct drawing *d, u32 i)
{
	const struct node *n = &d->f->nodes[i];

	if (d->f->compares)
		return change_colour(change(d->f, n->count, n->before), d->most);
	return i ? kind_colour(d->f, n->kind, n->module, hash(0, d->f->names + n->name))
		 : hsl(36, .40, .85);
}

static void put_box(const struct drawing *d, u32 i, u64 start, const char *label)
{
	double x = PAD + start * d->scale, w = d->f->nodes[i].count * d->scale;
	int y = d->height - BOTTOM - (d->depth[i] + 1) * ROW, chars = (w - 8) / CHAR;

	fprintf(d->out,
		"<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" rx=\"2\" fill=\"#%06x\"/>",
		x, y, w > .7 ? w - .6 : .1, ROW - 1, colour(d, i));
	if (chars < 2)
		return;
	fprintf(d->out, "<text x=\"%.2f\" y=\"%d\">", x + 4, y + 13);
	put_safe(d->out, label, chars);
	fputs("</text>", d->out);
}

static void put_frame(const struct drawing *d, u32 i, u64 start)
{
	const struct node *n = &d->f->nodes[i];
	bool folded = d->depth[i] >= FLAME_ROWS ||
		      (d->depth[i] == FLAME_ROWS - 1 && d->deepest[i] > d->depth[i]);
	char *label = label_of(d->f, n), rest[32];

	fprintf(d->out, "<g class=\"f%s\" data-s=\"%llu\" data-n=\"%llu\" data-d=\"%u\"><title>",
		folded ? " off" : "", start, n->count, d->depth[i]);
	put_safe(d->out, label, 0);
	putc('\n', d->out);
	if (n->module) {
		putc('[', d->out);
		put_safe(d->out, d->f->names + d->f->modules[n->module].name, 0);
		fputs("] ", d->out);
	}
	put_share(d, n);
	fputs("</title>", d->out);
	put_box(d, i, start, label);
	fputs("</g>\n", d->out);
	if (folded && d->depth[i] < FLAME_ROWS) {
		/* For viewers without scripts. */
		snprintf(rest, sizeof(rest), "%u more frames", d->deepest[i] - d->depth[i] + 1);
		fprintf(d->out, "<g class=\"still fold\"><title>%s, the first is ", rest);
		put_safe(d->out, label, 0);
		putc('\n', d->out);
		put_share(d, n);
		fputs("</title>", d->out);
		put_box(d, i, start, rest);
		fputs("</g>\n", d->out);
	}
	free(label);
}

/* Frames in preorder, siblings by name, so that equal stacks look alike in every graph. */
static void put_frames(struct drawing *d)
{
	struct todo {
		u32 node;
		u64 start;
	} *todo = grow(NULL, d->f->n * sizeof(*todo));
	size_t n = 0;

	todo[n++] = (struct todo){ 0 };
	while (n) {
		struct todo t = todo[--n];
		u64 end = t.start;
		size_t k = 0;

		put_frame(d, t.node, t.start);
		for (u32 i = d->f->nodes[t.node].child; i; i = d->f->nodes[i].sibling)
			d->order[k++] = i;
		qsort_r(d->order, k, sizeof(*d->order), by_name, d->f);
		for (size_t i = 0; i < k; i++)
			end += d->f->nodes[d->order[i]].count;
		while (k--) { /* push the last first */
			end -= d->f->nodes[d->order[k]].count;
			if (is_visible(d, d->order[k]))
				todo[n++] = (struct todo){ d->order[k], end };
		}
	}
	free(todo);
}

/* ---- the words around it ---- */

/* One entry of the legend, for PART of all, if it is not 0; false if there is no room, or it would be 0%. */
static bool put_entry(const struct drawing *d, int *room, unsigned int rgb, const char *name,
		      u64 part)
{
	int columns = text_width(name, strlen(name));

	columns = (columns > 24 ? 24 : columns) + 9;
	if (columns > *room || (part && share(part, d->f->nodes[0].count) < .005))
		return false;
	*room -= columns;
	fprintf(d->out, "<tspan dx=\"12\" fill=\"#%06x\">■</tspan> ", rgb);
	put_safe(d->out, name, 24);
	if (part)
		fprintf(d->out, " %.0f%%", 100 * share(part, d->f->nodes[0].count));
	return true;
}

static int by_self(const void *a, const void *b, void *ctx)
{
	const struct flame *f = ctx;
	const struct module *x = &f->modules[*(const u32 *)a], *y = &f->modules[*(const u32 *)b];

	return (x->self < y->self) - (x->self > y->self)
		       ?: strcmp(f->names + x->name, f->names + y->name);
}

/* What the colours mean, and how much was counted in which kind of code: that at the top of the stacks. */
static void put_legend(struct drawing *d)
{
	struct flame *f = d->f;
	struct self *s = selves(f);
	u64 kinds[FLAME_KERNEL + 1] = { 0 }, unknown = 0;
	u32 *order = grow(NULL, f->n_modules * sizeof(*order)), left = 0;
	int room = LEGEND;

	for (u32 i = 1; i < f->n; i++) {
		const struct node *n = &f->nodes[i];

		kinds[n->kind] += s[i].now;
		if (n->kind == FLAME_USER)
			f->modules[n->module].self += s[i].now;
	}
	unknown = f->modules[0].self;
	for (u32 i = 0; i < f->n_modules; i++)
		order[i] = i;
	qsort_r(order + 1, f->n_modules - 1, sizeof(*order), by_self, f);
	if (kinds[FLAME_KERNEL])
		put_entry(d, &room, kind_colour(f, FLAME_KERNEL, 0, 5 << 16), "kernel",
			  kinds[FLAME_KERNEL]);
	if (kinds[FLAME_JIT])
		put_entry(d, &room, kind_colour(f, FLAME_JIT, 0, 5 << 16), "generated code (JIT)",
			  kinds[FLAME_JIT]);
	for (u32 i = 1; i < f->n_modules && f->modules[order[i]].self; i++)
		left += !put_entry(d, &room, kind_colour(f, FLAME_USER, order[i], 5 << 16),
				   f->names + f->modules[order[i]].name, f->modules[order[i]].self);
	if (unknown &&
	    !put_entry(d, &room, kind_colour(f, FLAME_USER, 0, 5 << 16), "unknown file", unknown))
		left++;
	if (left)
		fprintf(d->out, "<tspan dx=\"12\">and %u more</tspan>", left);
	free(order);
	free(s);
}

/* The same of a comparison. */
static void put_comparison(struct drawing *d, const char *before)
{
	const struct flame *f = d->f;
	struct flame_totals t = flame_totals(f);
	u64 gone = 0;
	int room = LEGEND;

	for (u32 i = 1; i < f->n; i++)
		if (!f->nodes[i].count && f->nodes[f->nodes[i].parent].count)
			gone += f->nodes[i].before;
	fputs(t.now == t.before ? ", compared with " : ", compared by shares with ", d->out);
	put_text(d->out, before, 40);
	fputs(": ", d->out);
	put_count(d->out, t.before);
	if (gone)
		fprintf(d->out, ", <tspan>%.2f%% of these are gone</tspan>",
			100 * share(gone, t.before));
	put_entry(d, &room, change_colour(1, 1), "more", 0);
	put_entry(d, &room, change_colour(-1, 1), "less", 0);
}

static void put_info(const struct drawing *d)
{
	if (!d->f->nodes[0].count)
		return;
	fputs("Click a frame to zoom in.", d->out);
	if (d->narrow) {
		fputs(" Not drawn, because they are too narrow: ", d->out);
		put_count(d->out, d->narrow);
		fputs(d->narrow == 1 ? " frame." : " frames.", d->out);
	}
}

int flame_write(struct flame *f, FILE *out, const char *title, const char *unit, const char *before)
{
	struct drawing d = { .f = f, .out = out, .unit = unit };
	u64 total = f->nodes[0].count;

	d.scale = total ? (double)(WIDTH - 2 * PAD) / total : 0;
	measure(&d);
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\" data-total=\"%llu\" data-height=\"%u\" data-rows=\"%u\">\n"
		"<title>",
		WIDTH, d.height, WIDTH, d.height, total, d.height, d.rows);
	put_text(out, title, 0);
	fprintf(out,
		"</title>\n<style><![CDATA[\n%s]]></style>\n"
		"<rect class=\"page\" width=\"100%%\" height=\"100%%\" fill=\"#fffcf6\"/>\n"
		"<text id=\"title\" x=\"%d\" y=\"28\">",
		style, PAD);
	put_text(out, title, 80);
	fprintf(out, "</text>\n<text class=\"note\" x=\"%d\" y=\"48\">", PAD);
	if (total) {
		put_count(out, total);
		putc(' ', out);
		put_text(out, unit, 0);
		if (f->compares)
			put_comparison(&d, before ?: "an earlier run");
		else
			put_legend(&d);
	} else {
		fputs("Nothing was counted.", out);
	}
	fprintf(out,
		"</text>\n<text id=\"reset\" class=\"off\" text-anchor=\"end\" x=\"%d\" "
		"y=\"28\">reset "
		"zoom</text>\n"
		"<text id=\"found\" text-anchor=\"end\" x=\"%d\" y=\"50\"></text>\n"
		"<foreignObject id=\"box\" class=\"off\" x=\"%d\" y=\"10\" width=\"220\" "
		"height=\"26\"><input xmlns=\"http://www.w3.org/1999/xhtml\" id=\"query\" "
		"type=\"search\" placeholder=\"Search (Ctrl-F)\"/></foreignObject>\n",
		WIDTH - PAD - 232, WIDTH - PAD, WIDTH - PAD - 220);
	if (total)
		put_frames(&d);
	fprintf(out, "<text id=\"info\" x=\"%d\" y=\"%u\">", PAD, d.height - 12);
	put_info(&d);
	fprintf(out, "</text>\n<script><![CDATA[\n%s]]></script>\n</svg>\n", script);
	free(d.depth);
	free(d.deepest);
	free(d.order);
	if (fflush(out) || ferror(out)) {
		if (!errno)
			errno = EIO;
		return -1;
	}
	return 0;
}
