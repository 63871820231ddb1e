// SPDX-License-Identifier: BSD-2-Clause
#include "output/flame.h"

#include <stdlib.h>

#include "test.h"

#define ADD(f, count, ...)                                 \
	flame_add(f, (const char *const[]){ __VA_ARGS__ }, \
		  sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), count)

static char *graph(struct flame *f, const char *title)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (flame_write(f, out, title, "samples"))
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

	ADD(f, 10, "app", "main", "work");
	ADD(f, 20, "app", "main", "read", "vfs_read_[k]");
	ADD(f, 5, "app", "main", "work");
	ADD(f, 1, "app", "main", "vfs_read");
	ADD(f, 1200, "other");
	s = graph(f, "title <1>");
	ok(well_formed(s), "well-formed");
	is_num(count(s, "<g class=\"f\""), 8, "one frame for each place in the tree, and the root");
	ok(strstr(s, ">work (15 samples, 1.21%)<"), "equal stacks are added up");
	ok(strstr(s, ">all (1,236 samples, 100.00%)<"), "the root has all");
	ok(strstr(s, ">title &lt;1&gt;<"), "the title is escaped");
	ok(!strstr(s, "_[k]"), "the kernel mark is not shown");
	a = strstr(s, ">vfs_read (20 ");
	b = strstr(s, ">vfs_read (1 ");
	if (ok(a && b, "a kernel and a user frame of one name are two")) {
		a = strstr(a, "fill=\"#");
		b = strstr(b, "fill=\"#");
		ok(a[11] > 'a' || a[11] > a[7], "the kernel's is blue");
		ok(strncmp(a, b, 13), "their colours differ");
	}
	ok(strstr(s, "data-s=\"0\" data-n=\"36\"><title>app "), "siblings are sorted by name");
	ok(strstr(s, "data-s=\"36\" data-n=\"1200\"><title>other "), "and lie side by side");
	ok(!strstr(s, "http") || count(s, "http") == count(s, "http://www.w3.org/"),
	   "nothing comes from the network");
	free(s);
	flame_free(f);
}

static void test_hostile(void)
{
	struct flame *f = flame_new();
	char *s;

	ADD(f, 1, "<script>alert(1)</script>", "a&b\"c'd");
	ADD(f, 1, "\033[31mred", "\xff\xc0\xaf", "caf\xc3\xa9", "\xed\xa0\x80", "\xef\xbf\xbf");
	ADD(f, 1, "", "_[k]", "]]>", "\xe2\x80\xae", "\xc2\x85", "end\xe2");
	flame_add(f, (const char *const[]){ NULL }, 1, 1);
	s = graph(f, "\033]0;x\007 <b> \xfe");
	ok(well_formed(s), "hostile names leave it well-formed");
	ok(!strstr(s, "<script>alert") && strstr(s, "&lt;script&gt;alert(1)&lt;/script&gt; ("),
	   "markup is escaped");
	ok(strstr(s, "a&amp;b&quot;c'd ("), "so are & and quotes");
	ok(strstr(s, ">\\033[31mred ("), "control bytes are shown as numbers");
	ok(strstr(s, ">\\377\\300\\257 ("), "so is what is not UTF-8");
	ok(strstr(s, ">caf\xc3\xa9 ("), "UTF-8 stays");
	ok(strstr(s, ">\\355\\240\\200 (") && strstr(s, ">\\357\\277\\277 ("),
	   "surrogates and noncharacters do not");
	ok(strstr(s, ">\\342\\200\\256 (") && strstr(s, ">\\302\\205 ("),
	   "nor do direction marks and C1 controls");
	ok(strstr(s, ">end\\342 ("), "a character cut off at the end");
	ok(strstr(s, ">[unknown] ("), "NULL is an unknown frame");
	ok(strstr(s, ">_[k] ("), "a mark alone is a name");
	ok(strstr(s, ">\\033]0;x\\007 &lt;b&gt; \\376<"), "the title too");
	free(s);
	flame_free(f);
}

static void test_edges(void)
{
	static const char *deep[5000];
	struct flame *f = flame_new();
	char *s, name[32];
	FILE *full;

	s = graph(f, "nothing");
	ok(well_formed(s) && strstr(s, "Nothing was counted."), "no stacks");
	free(s);
	ADD(f, 0, "zero");
	s = graph(f, "nothing");
	ok(well_formed(s) && strstr(s, "Nothing was counted."), "a stack counted 0 times");
	free(s);
	flame_add(f, NULL, 0, 7);
	s = graph(f, "one");
	ok(well_formed(s) && strstr(s, ">all (7 samples"), "a stack of no frames");
	free(s);
	for (size_t i = 0; i < 5000; i++)
		deep[i] = i & 1 ? "ping" : "pong";
	flame_add(f, deep, 5000, 1ULL << 60);
	s = graph(f, "deep");
	is_num(count(s, "<g class=\"f\""), 5001, "5,000 frames deep, 2^60 times");
	ok(well_formed(s), "well-formed");
	free(s);
	flame_free(f);

	f = flame_new();
	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "f%d", i % 50000);
		ADD(f, i % 50000 ? 1 : 1000000, "main", name);
	}
	s = graph(f, "wide");
	is_num(count(s, "<g class=\"f\""), 3, "frames too narrow to see are left out");
	free(s);
	flame_free(f);

	f = flame_new();
	ADD(f, 9, "other");
	ADD(f, 1, "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d");
	s = graph(f, "cut");
	ok(strstr(s, ">\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d…<"),
	   "a name is cut by the columns that it takes");
	free(s);
	full = fopen("/dev/full", "we");
	if (full) {
		ok(flame_write(f, full, "x", "y") == -1, "a full disk is reported");
		fclose(full);
	} else {
		skip("a full disk is reported", "/dev/full is not there");
	}
	flame_free(f);
}

int main(void)
{
	test_shape();
	test_hostile();
	test_edges();
	return done();
}
