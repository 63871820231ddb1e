// SPDX-License-Identifier: BSD-2-Clause
#include "output/flame.h"
#include "base/text.h"
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Pixels, for viewers without scripts; the script lays the graph out again for the window's width. */
#define WIDTH     1200
#define PAD       12
#define TOP       62
#define BOTTOM    34
#define ROW       18
#define CHAR      7.22 /* of the fonts below; the script measures it */
#define MIN_WIDTH 0.15 /* a frame narrower than this is left out */

struct node {
	u64 count;
	u32 name;                         /* offset in names */
	u32 parent, child, sibling, next; /* next in the hash chain; 0 is none */
	bool kernel;
};

struct flame {
	struct node *nodes; /* the first is the root, "all" */
	u32 n, room;
	u32 *buckets; /* by parent and name */
	u32 nbuckets; /* a power of two */
	char *names;
	size_t len, size;
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

static u32 node_add(struct flame *f, u32 parent, const char *name)
{
	size_t len = strlen(name);
	struct node *node;

	if (f->n == f->room) {
		f->room = f->room * 2 ?: 256;
		f->nodes = grow(f->nodes, f->room * sizeof(*f->nodes));
	}
	if (f->len + len + 1 > f->size) {
		f->size = (f->len + len + 1) * 2;
		f->names = grow(f->names, f->size);
	}
	if (f->len + len + 1 > UINT32_MAX || f->n == UINT32_MAX)
		errx(1, "flame graph: too many different stacks");
	node = &f->nodes[f->n];
	*node = (struct node){ .name = f->len, .parent = parent };
	if (len > 4 && !strcmp(name + len - 4, "_[k]")) {
		node->kernel = true;
		len -= 4;
	}
	memcpy(f->names + f->len, name, len);
	f->names[f->len + len] = '\0';
	f->len += len + 1;
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

struct flame *flame_new(void)
{
	struct flame *f = calloc(1, sizeof(*f));

	if (!f)
		err(1, NULL);
	rehash(f);
	node_add(f, 0, "all");
	return f;
}

void flame_free(struct flame *f)
{
	if (!f)
		return;
	free(f->nodes);
	free(f->buckets);
	free(f->names);
	free(f);
}

/* The stored name has no mark; the node's kernel flag replaces it. */
static u32 child_get(struct flame *f, u32 parent, const char *name)
{
	size_t len = strlen(name);
	bool kernel = len > 4 && !strcmp(name + len - 4, "_[k]");
	u32 i, *b;
	char *plain;

	if (f->n > f->nbuckets)
		rehash(f);
	i = node_add(f, parent, name); /* kept if there is none yet */
	plain = f->names + f->nodes[i].name;
	b = &f->buckets[hash(parent, plain) & (f->nbuckets - 1)];
	for (u32 j = *b; j; j = f->nodes[j].next)
		if (f->nodes[j].parent == parent && f->nodes[j].kernel == kernel &&
		    !strcmp(f->names + f->nodes[j].name, plain)) {
			f->n--;
			f->len = f->nodes[i].name;
			return j;
		}
	f->nodes[i].next = *b;
	*b = i;
	f->nodes[i].sibling = f->nodes[parent].child;
	f->nodes[parent].child = i;
	return i;
}

void flame_add(struct flame *f, const char *const *frames, size_t n, u64 count)
{
	u32 at = 0;

	if (__builtin_add_overflow(f->nodes[0].count, count, &f->nodes[0].count))
		errx(1, "flame graph: the sum of all counts is over 64 bits");
	for (size_t i = 0; i < n; i++) {
		at = child_get(f, at, frames[i] ?: "[unknown]");
		f->nodes[at].count += count;
	}
}

/* Write a name for XML, in at most MAX columns, the last one "…" if it takes more; 0 is no limit. */
static void put_text(FILE *out, const char *s, size_t max)
{
	size_t size, columns, fits;
	char *safe;
	FILE *f = open_memstream(&safe, &size);

	if (!f)
		err(1, NULL);
	text_write(f, TEXT_TERMINAL, s, strlen(s));
	if (fclose(f))
		err(1, NULL);
	fits = max && text_width(safe, size) > max ? text_fit(safe, size, max - 1, &columns) : size;
	text_write(out, TEXT_XML, safe, fits);
	if (fits < size)
		fputs("…", out);
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

/* A function always has the same colour: red to yellow for user code, blue for the kernel. */
static unsigned int colour(const struct node *n, const char *name)
{
	u32 h = hash(0, name);
	double hue = n->kernel ? 196 + h % 27 : 12 + h % 38;
	double sat = n->kernel ? .50 + (h >> 8) % 16 / 100. : .80 + (h >> 8) % 16 / 100.;
	double light = n->kernel ? .69 + (h >> 16) % 9 / 100. : .62 + (h >> 16) % 11 / 100.;
	double chroma = (1 - (2 * light > 1 ? 2 * light - 1 : 1 - 2 * light)) * sat;
	double base = light - chroma / 2, x, r, g, b;

	if (n->kernel) { /* hue 180 to 240: full blue, less and less green */
		x = chroma * (240 - hue) / 60;
		r = 0, g = x, b = chroma;
	} else { /* hue 0 to 60: full red, more and more green */
		x = chroma * hue / 60;
		r = chroma, g = x, b = 0;
	}
	return (unsigned int)((r + base) * 255) << 16 | (unsigned int)((g + base) * 255) << 8 |
	       (unsigned int)((b + base) * 255);
}

static const char style[] =
	"text{font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,\"Liberation Mono\","
	"monospace;font-size:12px;fill:#2b2118}\n"
	"#title{font-family:system-ui,\"Segoe UI\",\"DejaVu Sans\",\"Helvetica Neue\",Arial,"
	"sans-serif;font-size:18px;font-weight:600}\n"
	".note,#reset,#found{font-family:system-ui,\"Segoe UI\",\"DejaVu Sans\","
	"\"Helvetica Neue\",Arial,sans-serif;fill:#7a6a5a}\n"
	"#reset{fill:#a8400a;cursor:pointer;text-decoration:underline}\n"
	".f{cursor:pointer}\n"
	".f text{pointer-events:none}\n"
	".f:hover rect{stroke:#2b2118;stroke-width:1}\n"
	".up{opacity:.55}\n"
	".hit rect{fill:#c58af9}\n"
	".off{display:none}\n"
	"input{box-sizing:border-box;width:100%;height:24px;padding:0 8px;font:13px system-ui,"
	"sans-serif;color:#2b2118;background:#fff;border:1px solid #cdbfae;border-radius:5px;"
	"outline:none}\n"
	"input:focus{border-color:#e0762c}\n";

static const char script[] =
	"(function () {\n"
	"'use strict';\n"
	"var svg = document.currentScript.ownerSVGElement;\n"
	"var PAD = 12, W = 1200, CHAR = 7.22, total = +svg.getAttribute('data-total');\n"
	"function id(x) { return svg.getElementById(x); }\n"
	"var info = id('info'), rest = info.textContent, found = id('found'), query = "
	"id('query');\n"
	"var byNode = new Map();\n"
	"var frames = Array.from(svg.querySelectorAll('.f'), function (g) {\n"
	"	var r = g.querySelector('rect'), tip = g.querySelector('title').textContent;\n"
	"	var f = { g: g, r: r, t: g.querySelector('text'), tip: tip,\n"
	"		name: tip.slice(0, tip.lastIndexOf(' (')),\n"
	"		s: +g.getAttribute('data-s'), n: +g.getAttribute('data-n'),\n"
	"		y: +r.getAttribute('y') };\n"
	"	byNode.set(g, f);\n"
	"	return f;\n"
	"});\n"
	"var root = frames[0], zoom = root;\n"
	"/* Columns of a fixed-width font, much as base/text.c has them. */\n"
	"function columns(c) {\n"
	"	if (/[\\p{Mn}\\p{Me}]/u.test(c)) return 0;\n"
	"	return "
	"/[\\u1100-\\u115e\\u2e80-\\ua4c6\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff"
	"\\ufe10-\\ufe6b\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{1b2fb}\\u{1f300}-\\u{1faff}"
	"\\u{20000}-\\u{3fffd}]/u.test(c) ? 2 : 1;\n"
	"}\n"
	"function cut(name, room) {\n"
	"	if (!/[^ -~]/.test(name))\n"
	"		return name.length <= room ? name : name.slice(0, room - 1) + '…';\n"
	"	var c = Array.from(name), w = c.map(columns), n = 0, all = 0, fit = 0;\n"
	"	w.forEach(function (x) { all += x; });\n"
	"	if (all <= room) return name;\n"
	"	while (n < c.length && fit + w[n] < room) fit += w[n++];\n"
	"	return c.slice(0, n).join('') + '…';\n"
	"}\n"
	"function measure() {\n"
	"	var all = root && root.t.textContent, w = all ? root.t.getComputedTextLength() : "
	"0;\n"
	"	if (w > 0) CHAR = w / Array.from(all).length;\n"
	"}\n"
	"function draw() {\n"
	"	var end = zoom.s + zoom.n, scale = (W - 2 * PAD) / zoom.n;\n"
	"	frames.forEach(function (f) {\n"
	"		var up = f.y > zoom.y && f.s <= zoom.s && f.s + f.n >= end;\n"
	"		var show = up || (f.y <= zoom.y && f.s >= zoom.s && f.s + f.n <= end);\n"
	"		var w = up ? W - 2 * PAD : f.n * scale;\n"
	"		var x = up ? PAD : PAD + (f.s - zoom.s) * scale;\n"
	"		if (w < 0.15) show = false;\n"
	"		f.g.setAttribute('class', 'f' + (show ? '' : ' off') + (up ? ' up' : '') "
	"+\n"
	"			(f.hit ? ' hit' : ''));\n"
	"		if (!show) return;\n"
	"		f.r.setAttribute('x', x.toFixed(2));\n"
	"		f.r.setAttribute('width', Math.max(w - 0.6, 0.1).toFixed(2));\n"
	"		var room = Math.floor((w - 8) / CHAR);\n"
	"		f.t.setAttribute('x', (x + 4).toFixed(2));\n"
	"		f.t.textContent = room < 2 ? '' : cut(f.name, room);\n"
	"	});\n"
	"	id('reset').setAttribute('class', zoom === root ? 'off' : '');\n"
	"}\n"
	"function fit() {\n"
	"	W = Math.max(window.innerWidth || 1200, 500);\n"
	"	var h = svg.getAttribute('data-height');\n"
	"	svg.setAttribute('width', W);\n"
	"	svg.setAttribute('viewBox', '0 0 ' + W + ' ' + h);\n"
	"	id('box').setAttribute('x', W - PAD - 220);\n"
	"	found.setAttribute('x', W - PAD);\n"
	"	draw();\n"
	"}\n"
	"function search() {\n"
	"	var q = query.value, re = null, sum = 0, end = -1;\n"
	"	if (q) {\n"
	"		try { re = new RegExp(q, 'i'); }\n"
	"		catch (e) { re = new RegExp(q.replace(/[^A-Za-z0-9_ ]/g, '\\\\$&'), 'i'); "
	"}\n"
	"	}\n"
	"	frames.forEach(function (f) { f.hit = !!re && f !== root && re.test(f.name); });\n"
	"	frames.filter(function (f) { return f.hit; })\n"
	"		.sort(function (a, b) { return a.s - b.s || b.n - a.n; })\n"
	"		.forEach(function (f) {\n"
	"			if (f.s >= end) { sum += f.n; end = f.s + f.n; }\n"
	"		});\n"
	"	found.textContent = !re ? '' :\n"
	"		'matched: ' + (100 * sum / total).toFixed(2) + '%';\n"
	"	draw();\n"
	"}\n"
	"function frameOf(e) {\n"
	"	var g = e.target.closest ? e.target.closest('.f') : null;\n"
	"	return g ? byNode.get(g) : null;\n"
	"}\n"
	"function reset() { zoom = root; draw(); }\n"
	"svg.addEventListener('mouseover', function (e) {\n"
	"	var f = frameOf(e);\n"
	"	info.textContent = f ? f.tip : rest;\n"
	"});\n"
	"svg.addEventListener('mouseleave', function () { info.textContent = rest; });\n"
	"svg.addEventListener('click', function (e) {\n"
	"	var f = frameOf(e);\n"
	"	if (f) { zoom = f; draw(); }\n"
	"});\n"
	"id('reset').addEventListener('click', reset);\n"
	"query.addEventListener('input', search);\n"
	"window.addEventListener('keydown', function (e) {\n"
	"	if ((e.ctrlKey || e.metaKey) && e.key === 'f' || e.key === '/' &&\n"
	"	    document.activeElement !== query) {\n"
	"		e.preventDefault(); query.focus(); query.select();\n"
	"	} else if (e.key === 'Escape') {\n"
	"		if (query.value) { query.value = ''; search(); } else reset();\n"
	"		query.blur();\n"
	"	}\n"
	"});\n"
	"window.addEventListener('resize', fit);\n"
	"id('box').setAttribute('class', '');\n"
	"if (root) { measure(); fit(); }\n"
	"})();\n";

struct drawing {
	struct flame *f;
	FILE *out;
	const char *unit;
	double scale; /* pixels per count */
	unsigned int height;
	u32 *order; /* room for sorting siblings */
};

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct flame *f = ctx;
	const struct node *x = &f->nodes[*(const u32 *)a], *y = &f->nodes[*(const u32 *)b];
	int c = strcmp(f->names + x->name, f->names + y->name);

	return c ?: x->kernel - y->kernel;
}

static bool is_visible(const struct drawing *d, u32 i)
{
	return d->f->nodes[i].count * d->scale >= MIN_WIDTH;
}

/* The height of the visible part, in rows. Not recursive, because stacks can be deep. */
static unsigned int rows(const struct drawing *d)
{
	unsigned int *depth = calloc(d->f->n, sizeof(*depth)), max = 0;

	if (!depth)
		err(1, NULL);
	for (u32 i = 1; i < d->f->n; i++) { /* a parent comes before its children */
		depth[i] = depth[d->f->nodes[i].parent] + 1;
		if (depth[i] > max && is_visible(d, i))
			max = depth[i];
	}
	free(depth);
	return max + 1;
}

static void put_frame(const struct drawing *d, u32 i, u64 start, unsigned int depth)
{
	const struct node *n = &d->f->nodes[i];
	const char *name = d->f->names + n->name;
	double x = PAD + start * d->scale, w = n->count * d->scale;
	int y = d->height - BOTTOM - (depth + 1) * ROW, chars = (w - 8) / CHAR;

	fprintf(d->out, "<g class=\"f\" data-s=\"%llu\" data-n=\"%llu\"><title>", start, n->count);
	put_text(d->out, name, 0);
	fputs(" (", d->out);
	put_count(d->out, n->count);
	putc(' ', d->out);
	put_text(d->out, d->unit, 0);
	fprintf(d->out,
		", %.2f%%)</title><rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" rx=\"2\" "
		"fill=\"#%06x\"/><text x=\"%.2f\" y=\"%d\">",
		100. * n->count / d->f->nodes[0].count, x, y, w > .7 ? w - .6 : .1, ROW - 1,
		i ? colour(n, name) : 0xe9ddcb, x + 4, y + 13);
	if (chars >= 2)
		put_text(d->out, name, chars);
	fputs("</text></g>\n", d->out);
}

/* Frames in preorder, siblings by name, so that equal stacks look alike in every graph. */
static void put_frames(struct drawing *d)
{
	struct todo {
		u32 node;
		unsigned int depth;
		u64 start;
	} *todo = grow(NULL, d->f->n * sizeof(*todo));
	size_t n = 0;

	todo[n++] = (struct todo){ 0 };
	while (n) {
		struct todo t = todo[--n];
		u64 end = t.start + d->f->nodes[t.node].count;
		size_t k = 0;

		put_frame(d, t.node, t.start, t.depth);
		for (u32 i = d->f->nodes[t.node].child; i; i = d->f->nodes[i].sibling)
			d->order[k++] = i;
		qsort_r(d->order, k, sizeof(*d->order), by_name, d->f);
		end = t.start;
		for (size_t i = 0; i < k; i++)
			end += d->f->nodes[d->order[i]].count;
		while (k--) { /* push the last first */
			end -= d->f->nodes[d->order[k]].count;
			if (is_visible(d, d->order[k]))
				todo[n++] = (struct todo){ d->order[k], t.depth + 1, end };
		}
	}
	free(todo);
}

int flame_write(struct flame *f, FILE *out, const char *title, const char *unit)
{
	struct drawing d = { .f = f, .out = out, .unit = unit };
	u64 total = f->nodes[0].count;
	bool kernel = false;

	d.scale = total ? (double)(WIDTH - 2 * PAD) / total : 0;
	d.height = TOP + BOTTOM + (total ? rows(&d) : 2) * ROW;
	for (u32 i = 1; i < f->n && !kernel; i++)
		kernel = f->nodes[i].kernel;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\" data-total=\"%llu\" data-height=\"%u\">\n<title>",
		WIDTH, d.height, WIDTH, d.height, total, d.height);
	put_text(out, title, 0);
	fprintf(out,
		"</title>\n<style><![CDATA[\n%s]]></style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fffcf6\"/>\n"
		"<text id=\"title\" x=\"%d\" y=\"28\">",
		style, PAD);
	put_text(out, title, 80);
	fprintf(out, "</text>\n<text class=\"note\" x=\"%d\" y=\"48\">", PAD);
	if (total) {
		put_count(out, total);
		putc(' ', out);
		put_text(out, unit, 0);
		if (kernel)
			fputs("<tspan dx=\"14\" fill=\"#f0803c\">■</tspan> user"
			      "<tspan dx=\"10\" fill=\"#7db4d8\">■</tspan> kernel",
			      out);
	} else {
		fputs("Nothing was counted.", out);
	}
	fprintf(out,
		"</text>\n<text id=\"reset\" class=\"off\" x=\"%d\" y=\"48\">reset zoom</text>\n"
		"<text id=\"found\" text-anchor=\"end\" x=\"%d\" y=\"52\"></text>\n"
		"<foreignObject id=\"box\" class=\"off\" x=\"%d\" y=\"10\" width=\"220\" "
		"height=\"26\"><input xmlns=\"http://www.w3.org/1999/xhtml\" id=\"query\" "
		"type=\"search\" placeholder=\"Search (Ctrl-F)\"/></foreignObject>\n",
		340, WIDTH - PAD, WIDTH - PAD - 220);
	if (total) {
		d.order = grow(NULL, f->n * sizeof(*d.order));
		put_frames(&d);
		free(d.order);
	}
	fprintf(out,
		"<text id=\"info\" x=\"%d\" y=\"%u\">%s</text>\n"
		"<script><![CDATA[\n%s]]></script>\n</svg>\n",
		PAD, d.height - 12, total ? "Click a frame to zoom in." : "", script);
	if (fflush(out) || ferror(out)) {
		if (!errno)
			errno = EIO;
		return -1;
	}
	return 0;
}
