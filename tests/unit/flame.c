// SPDX-License-Identifier: BSD-2-Clause
#include "output/flame.h"

#include <stdlib.h>

#include "test.h"

/* Frames: of a program, of one of its libraries, generated code, the kernel, and what is no code. */
#define U(name)                        \
	{                              \
		name, NULL, FLAME_USER \
	}
#define L(name, lib)                  \
	{                             \
		name, lib, FLAME_USER \
	}
#define J(name)                       \
	{                             \
		name, NULL, FLAME_JIT \
	}
#define K(name)                              \
	{                                    \
		name, "kernel", FLAME_KERNEL \
	}
#define N(name)                        \
	{                              \
		name, NULL, FLAME_NAME \
	}

#define FRAMES(...) ((const struct flame_frame[]){ __VA_ARGS__ })
#define ADD_BY(add, f, count, ...) \
	add(f, FRAMES(__VA_ARGS__), sizeof(FRAMES(__VA_ARGS__)) / sizeof(struct flame_frame), count)
#define ADD(f, count, ...)    ADD_BY(flame_add, f, count, __VA_ARGS__)
#define BEFORE(f, count, ...) ADD_BY(flame_add_before, f, count, __VA_ARGS__)

static char *graph(struct flame *f, const char *title)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (flame_write(f, out, title, "samples", "old.json"))
		printf("# flame_write failed\n");
	fclose(out);
	return text;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

/* Tags open and close in pairs, no stray markup, no byte that XML forbids. */
static bool well_formed(const char *s)
{
	size_t open = 0;

	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t')
			return false;
		if (!strncmp(s, "<![CDATA[", 9)) {
			s = strstr(s, "]]>");
			if (!s)
				return false;
			s += 2;
		} else if (*s == '&') {
			if (strncmp(s, "&amp;", 5) && strncmp(s, "&lt;", 4) &&
			    strncmp(s, "&gt;", 4) && strncmp(s, "&quot;", 6))
				return false;
		} else if (*s == '<') {
			const char *end = strchr(s, '>');

			if (!end)
				return false;
			if (s[1] == '/') {
				if (!open--)
					return false;
			} else if (s[1] != '?' && end[-1] != '/') {
				open++;
			}
			s = end;
		}
	}
	return !open;
}

static void test_shape(void)
{
	struct flame *f = flame_new();
	char *s, *a, *b;

	ADD(f, 10, N("app"), U("main"), U("work"));
	ADD(f, 20, N("app"), U("main"), L("read", "libc.so.6"), K("vfs_read"));
	ADD(f, 5, N("app"), U("main"), U("work"));
	ADD(f, 1, N("app"), U("main"), U("vfs_read"));
	ADD(f, 1200, N("other"));
	s = graph(f, "title <1>");
	ok(well_formed(s), "well-formed");
	is_num(count(s, "<g class=\"f"), 8, "one frame for each place in the tree, and the root");
	ok(strstr(s, ">work\n15 samples, 1.21%<"), "equal stacks are added up");
	ok(strstr(s, ">all\n1,236 samples, 100.00%<"), "the root has all");
	ok(strstr(s, ">title &lt;1&gt;<"), "the title is escaped");
	ok(strstr(s, ">read\n[libc.so.6] 20 samples, 1.62%<"), "the library is told");
	a = strstr(s, ">vfs_read\n[kernel] 20 ");
	b = strstr(s, ">vfs_read\n1 ");
	if (ok(a && b, "a kernel and a user frame of one name are two")) {
		a = strstr(a, "fill=\"#");
		b = strstr(b, "fill=\"#");
		ok(a[11] > 'a' || a[11] > a[7], "the kernel's is blue");
		ok(strncmp(a, b, 13), "their colours differ");
	}
	ok(strstr(s, "data-s=\"0\" data-n=\"36\" data-d=\"1\"><title>app\n"),
	   "siblings are sorted by name");
	ok(strstr(s, "data-s=\"36\" data-n=\"1200\" data-d=\"1\"><title>other\n"),
	   "and lie side by side");
	ok(!strstr(s, "http") || count(s, "http") == count(s, "http://www.w3.org/"),
	   "nothing comes from the network");
	free(s);
	flame_free(f);
}

static void test_hostile(void)
{
	struct flame *f = flame_new();
	char *s;

	ADD(f, 1, U("<script>alert(1)</script>"), L("a&b\"c'd", "]]></style>\n<b>.so"));
	ADD(f, 1, U("\033[31mred"), U("\xff\xc0\xaf"), U("caf\xc3\xa9"), U("\xed\xa0\x80"),
	    U("\xef\xbf\xbf"));
	ADD(f, 1, U(""), U("_[k]"), U("]]>"), U("\xe2\x80\xae"), U("\xc2\x85"), U("end\xe2"),
	    U("a\nb"));
	ADD(f, 1, U(NULL));
	s = graph(f, "\033]0;x\007 <b> \xfe");
	ok(well_formed(s), "hostile names leave it well-formed");
	ok(!strstr(s, "<script>alert") && strstr(s, "&lt;script&gt;alert(1)&lt;/script&gt;\n"),
	   "markup is escaped");
	ok(strstr(s, ">a&amp;b&quot;c'd\n"), "so are & and quotes");
	ok(strstr(s, ">\\033[31mred\n"), "control bytes are shown as numbers");
	ok(strstr(s, ">\\377\\300\\257\n"), "so is what is not UTF-8");
	ok(strstr(s, ">caf\xc3\xa9\n"), "UTF-8 stays");
	ok(strstr(s, ">\\355\\240\\200\n") && strstr(s, ">\\357\\277\\277\n"),
	   "surrogates and noncharacters do not");
	ok(strstr(s, ">\\342\\200\\256\n") && strstr(s, ">\\302\\205\n"),
	   "nor do direction marks and C1 controls");
	ok(strstr(s, ">end\\342\n"), "a character cut off at the end");
	ok(strstr(s, ">a\\012b\n"), "a newline does not end the name");
	ok(strstr(s, "\n[]]&gt;&lt;/style&gt;\\012&lt;b&gt;.so] 1 samples"),
	   "libraries are as hostile");
	ok(strstr(s, ">[unknown]\n"), "NULL is an unknown frame");
	ok(strstr(s, ">_[k]\n"), "a name may look like a mark");
	ok(strstr(s, ">\\033]0;x\\007 &lt;b&gt; \\376<"), "the title too");
	free(s);
	flame_free(f);
}

static void test_edges(void)
{
	static struct flame_frame deep[5000];
	struct flame *f = flame_new();
	char *s, name[32];
	FILE *full;

	s = graph(f, "nothing");
	ok(well_formed(s) && strstr(s, "Nothing was counted."), "no stacks");
	free(s);
	ADD(f, 0, N("zero"));
	s = graph(f, "nothing");
	ok(well_formed(s) && strstr(s, "Nothing was counted."), "a stack counted 0 times");
	free(s);
	flame_add(f, NULL, 0, 7);
	s = graph(f, "one");
	ok(well_formed(s) && strstr(s, ">all\n7 samples"), "a stack of no frames");
	free(s);
	for (size_t i = 0; i < 5000; i++)
		deep[i] = (struct flame_frame)U(i & 1 ? "ping" : "pong");
	flame_add(f, deep, 5000, 1ULL << 60);
	s = graph(f, "deep");
	is_num(count(s, "<g class=\"f"), 5001, "5,000 frames deep, 2^60 times");
	is_num(count(s, "<g class=\"f off\""), 5001 - FLAME_ROWS + 1,
	       "what is too high to see is there");
	ok(strstr(s, "<g class=\"still fold\"><title>4952 more frames, the first is pong\n"),
	   "and one frame says how much that is");
	ok(count(s, ">4952 more frames<") == 1, "in its text, too");
	ok(strstr(s, "data-rows=\"50\"") && strstr(s, "height=\"946\""), "the height is bounded");
	ok(well_formed(s), "well-formed");
	free(s);
	flame_free(f);

	f = flame_new();
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "f%d", i % 50000);
		ADD(f, i % 50000 ? 1 : 1000000, U("main"), U(name));
	}
	s = graph(f, "wide");
	is_num(count(s, "<g class=\"f"), 3, "frames too narrow to see are left out");
	ok(strstr(s, ">Click a frame to zoom in. Not drawn, because they are too narrow: 49,999 "
		     "frames.<"),
	   "with a word");
	free(s);
	flame_free(f);

	f = flame_new();
	ADD(f, 9, N("other"));
	ADD(f, 1, N("\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"));
	s = graph(f, "cut");
	ok(strstr(s, ">\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d…<"),
	   "a name is cut by the columns that it takes");
	free(s);
	full = fopen("/dev/full", "we");
	if (full) {
		ok(flame_write(f, full, "x", "y", NULL) == -1, "a full disk is reported");
		fclose(full);
	} else {
		skip("a full disk is reported", "/dev/full is not there");
	}
	flame_free(f);
}

static void test_recursion(void)
{
	struct flame *f = flame_new();
	char *s;

	ADD(f, 10, N("app"), U("main"), U("fib"), U("fib"), U("fib"), U("leaf"));
	ADD(f, 5, N("app"), U("main"), U("fib"), U("fib"), U("leaf"));
	ADD(f, 2, N("app"), U("main"), U("walk"), U("walk"), U("walk"), U("walk"), K("walk"),
	    K("walk"));
	ADD(f, 3, N("app"), U("main"), U("fib"));
	ADD(f, 1, N("make"), N("make"), U("once"));
	s = graph(f, "recursion");
	ok(strstr(s, ">fib ×1–3\n18 samples, 85.71%<"),
	   "calls of a function by itself are one frame");
	ok(count(s, "<title>leaf\n15 samples") == 1, "what it calls is added up");
	ok(strstr(s, ">walk ×4\n2 samples") && strstr(s, ">walk ×2\n[kernel] 2 samples"),
	   "not where one is the kernel's");
	ok(count(s, "<title>make\n1 samples") == 2, "nor what is no code");
	ok(count(s, ">fib ×1–3</text>") == 1, "it is in the frame's text, too");
	free(s);
	flame_free(f);
}

/* The fill of the frame with this name. */
static const char *fill(const char *s, const char *name)
{
	static char colour[4][8];
	static int i;
	const char *at = strstr(s, name);

	at = at ? strstr(at, "fill=\"#") : NULL;
	i = (i + 1) % 4;
	snprintf(colour[i], sizeof(colour[i]), "%.6s", at ? at + 7 : "");
	return colour[i];
}

static void test_colours(void)
{
	struct flame *f = flame_new(), *g = flame_new();
	char *s, *t;

	ADD(f, 50, N("app"), L("main", "app"), L("malloc", "libc.so.6"), K("do_page_fault"));
	ADD(f, 25, N("app"), L("main", "app"), J("Main::run"));
	ADD(f, 25, N("app"), L("main", "app"), L("malloc", "libc.so.6"));
	ADD(g, 1, N("another"), L("begin", "another"), L("malloc", "libc.so.6"),
	    K("do_page_fault"));
	ADD(g, 1, N("another"), L("malloc", "libmalloc.so.2"), J("Main::run"));
	s = graph(f, "one");
	t = graph(g, "other");
	is_str(fill(s, "<title>malloc\n[libc"), fill(t, "<title>malloc\n[libc"),
	       "a function has the same colour in each graph");
	ok(strcmp(fill(t, "<title>malloc\n[libc"), fill(t, "<title>malloc\n[libm")),
	   "unless it is another library's");
	is_str(fill(s, "<title>do_page"), fill(t, "<title>do_page"), "the kernel's, too");
	is_str(fill(s, "<title>Main"), fill(t, "<title>Main"), "and generated code");
	ok(strstr(s, "</tspan> kernel 50%<") && strstr(s, "</tspan> generated code (JIT) 25%<") &&
		   strstr(s, "</tspan> libc.so.6 25%<") && !strstr(s, "</tspan> app"),
	   "the legend tells where the samples were");
	free(s);
	free(t);
	flame_free(f);
	flame_free(g);
}

static char said[1024];

static void say(const struct flame_difference *d)
{
	size_t n = strlen(said);

	for (size_t i = 0; i < d->n; i++)
		n += snprintf(said + n, sizeof(said) - n, "%s;", d->names[i]);
	snprintf(said + n, sizeof(said) - n, " %llu %llu %+.4f\n", d->before, d->now, d->change);
}

static void test_compare(void)
{
	struct flame *f = flame_new();
	char *s;

	/* Of 40 there were 10, 20, 9 and 1; of 80 there are 60, 8, 0, 2 and 10. */
	BEFORE(f, 10, N("app"), U("main"), U("more"));
	BEFORE(f, 20, N("app"), U("main"), U("less"));
	BEFORE(f, 5, N("app"), U("main"), U("gone"), U("deep"));
	BEFORE(f, 4, N("app"), U("main"), U("gone"));
	BEFORE(f, 1, N("app"), U("main"));
	ADD(f, 60, N("app"), U("main"), U("more"));
	ADD(f, 8, N("app"), U("main"), U("less"));
	ADD(f, 10, N("app"), K("new"));
	ADD(f, 2, N("app"), U("main"));
	flame_differences(f, say);
	is_str(said,
	       "app;main; 1 2 +0.0000\n"
	       "app;main;gone; 4 0 -0.1000\n"
	       "app;new; 0 10 +0.1250\n"
	       "app;main;gone;deep; 5 0 -0.1250\n"
	       "app;main;less; 20 8 -0.4000\n"
	       "app;main;more; 10 60 +0.5000\n",
	       "all stacks are told, those that changed most last");
	s = graph(f, "difference");
	ok(well_formed(s), "well-formed");
	ok(strstr(s, ">more\n60 samples, 75.00%; before 10, 25.00% (+50.00)<"), "more, by shares");
	ok(strstr(s, ">less\n8 samples, 10.00%; before 20, 50.00% (-40.00)<"), "less");
	ok(strstr(s, ">new\n[kernel] 10 samples, 12.50%; new<"), "new");
	ok(!strstr(s, ">gone\n") && strstr(s, ">22.50% of these are gone<"),
	   "what is gone has no width");
	ok(fill(s, "<title>more")[0] > fill(s, "<title>more")[4], "more is red");
	ok(fill(s, "<title>less")[0] < fill(s, "<title>less")[4], "less is blue");
	ok(strstr(s, "compared by shares with old.json: 40, <"), "the totals are told");
	free(s);
	flame_free(f);
}

int main(void)
{
	test_shape();
	test_hostile();
	test_edges();
	test_recursion();
	test_colours();
	test_compare();
	return done();
}
