// SPDX-License-Identifier: BSD-2-Clause
/* Cells that are cut to their width are never cut within a character or an escape. */
#include "output/out.h"
#include "main/tool.h"
#include "test.h"
#include <arpa/inet.h>

struct rec {
	u64 ts;
	char name[16];
	u32 none;
};

static const struct col cols[] = {
	{ COL("NAME", -6, rec, name), TRUNCATED },
	{ COL("TS", 1, rec, ts) },
	{ 0 },
};

static bool none_given(int opt)
{
	(void)opt;
	return false;
}

/* The name as a row shows it. */
static const char *row_of(const struct col *cols, const char *name)
{
	static char text[64];
	struct out *o = out_new(cols, false, none_given);
	struct rec r = {};
	const char *p;
	size_t len;

	memcpy(r.name, name, strnlen(name, sizeof(r.name)));
	out_rec(o, &r, 0);
	p = out_take(&len);
	snprintf(text, sizeof(text), "%.*s", (int)len, p);
	return text;
}

static const char *row(const char *name)
{
	return row_of(cols, name);
}

/* The name as text outside a table shows it. */
static const char *named(const char *name, size_t width, size_t most)
{
	static char text[64];
	const char *p;
	size_t len;

	text_name(name, 16, width, most);
	p = out_take(&len);
	snprintf(text, sizeof(text), "%.*s", (int)len, p);
	return text;
}

/* ---- columns of the terminal ---- */

static void words(struct out *o, const void *rec)
{
	const struct rec *e = rec;

	out_list_begin(o);
	out_list_str(o, e->name, strnlen(e->name, sizeof(e->name)));
	out_list_end(o);
}

static const struct col aligned[] = {
	{ COL("LEFT", -6, rec, name) },
	{ COL("RIGHT", 6, rec, name) },
	{ COLF("WORDS", -6, words) },
	{ COL("TS", 1, rec, ts) },
	{ 0 },
};

/* ---- cells as values ---- */

static void pieces(struct out *o, const void *rec)
{
	(void)rec;
	out_string_begin(o);
	out_plain("longer than a word, ");
	out_char(o, '"');
	out_plain_int(-12);
	out_if_plain(o, "in", 2, true);
	out_string_end(o);
}
CELL(negative, rec, out_int, -(s64)e->ts)
CELL(text_of, rec, out_strn, e->name, sizeof(e->name))
CELL(yes, rec, out_bool, e->ts)
CELL(null, rec, out_null, "none")
CELL(decimals, rec, out_fixed, e->ts, 2)
static void nothing(struct out *o, const void *rec)
{
	(void)o;
	(void)rec;
}
static void list(struct out *o, const void *rec)
{
	(void)rec;
	out_list_begin(o);
	out_list_str(o, "a", 1);
	out_list_end(o);
}

static const struct col values[] = {
	{ COL("TS", 1, rec, ts) },
	{ COLF("NEGATIVE", 1, negative) },
	{ COLF("TEXT", 1, text_of) },
	{ COLF("PIECES", 1, pieces) },
	{ COLF("YES", 1, yes) },
	{ COLF("NULL", 1, null) },
	{ COL("NONE", 1, rec, none), NONE("-") },
	{ COLF("DECIMALS", 1, decimals) },
	{ COLF("LIST", 1, list) },
	{ COLF("NOTHING", 1, nothing) },
	{ 0 },
};

static void test_values(void)
{
	struct rec r = { .ts = 7,
			 .name = "a\"\\\n"
				 "0123456789ab" };
	struct out *o = out_new(values, true, none_given);
	char shown[64];
	struct value v;
	size_t len;

	v = out_cell_value(o, 0, &r);
	ok(v.kind == VALUE_NUMBER && !v.negative && v.number == 7, "a number");
	v = out_cell_value(o, 1, &r);
	ok(v.kind == VALUE_NUMBER && v.negative && (s64)v.number == -7, "a negative one");
	v = out_cell_value(o, 2, &r);
	snprintf(shown, sizeof(shown), "%.*s", (int)v.len, v.s);
	ok(v.kind == VALUE_STRING, "a string");
	is_str(shown, "a\"\\\\0120123456789ab", "it can be shown, and is not JSON's");
	v = out_cell_value(o, 3, &r);
	snprintf(shown, sizeof(shown), "%.*s", (int)v.len, v.s);
	ok(v.kind == VALUE_STRING, "a string in pieces");
	is_str(shown, "longer than a word, \"-12\"in\"", "all of them");
	v = out_cell_value(o, 4, &r);
	ok(v.kind == VALUE_BOOL && v.number == 1, "a bool");
	is_num(out_cell_value(o, 5, &r).kind, VALUE_NULL, "null");
	is_num(out_cell_value(o, 6, &r).kind, VALUE_NULL, "a number that is none");
	is_num(out_cell_value(o, 7, &r).kind, VALUE_OTHER, "decimals");
	is_num(out_cell_value(o, 8, &r).kind, VALUE_OTHER, "a list");
	is_num(out_cell_value(o, 9, &r).kind, VALUE_NULL, "a cell that puts nothing");
	out_take(&len);
	is_num(len, 0, "values are not printed");
	out_rec(o, &r, 0);
	snprintf(shown, sizeof(shown), "%.*s", 35, strstr(out_take(&len), "\"pieces\""));
	is_str(shown, "\"pieces\":\"longer than a word, \\\"-12", "the next row is");
}

static u8 address[16];
static int version;

static void ip(struct out *o, const void *rec)
{
	(void)rec;
	out_ip(o, version, address);
}

static void ip_and_port(struct out *o, const void *rec)
{
	(void)rec;
	out_addr(o, version, address, 65535);
}

static const struct col addresses[] = { { COLF("IP", 0, ip) },
					{ COLF("A", 0, ip_and_port) },
					{ 0 } };

/* Every shape that an address can have is inet_ntop()'s. */
static void test_addresses(void)
{
	struct out *o = out_new(addresses, false, none_given);
	char want[2 * INET6_ADDRSTRLEN + 16], shown[128], text[INET6_ADDRSTRLEN];
	unsigned int x = 1, wrong = 0;
	size_t len;

	for (int i = 0; i < 100000; i++) {
		for (int byte = 0; byte < 16; byte++) {
			x = x * 1103515245 + 12345;
			address[byte] = x >> 16;
			/* Half of the 16-bit words are zero, some end in zero; the sixth is often 0xffff. */
			if (i >> byte / 2 & 1)
				address[byte] = 0;
			if (x >> 28 == 0)
				address[byte] = 0;
		}
		if (i & 1 << 10)
			address[10] = address[11] = 0xff;
		version = i & 1 << 11 ? AF_INET : AF_INET6;
		inet_ntop(version, address, text, sizeof(text));
		snprintf(want, sizeof(want), "%s %s:65535\n", text, text);
		out_rec(o, address, 0);
		snprintf(shown, sizeof(shown), "%.*s", (int)sizeof(shown) - 1, out_take(&len));
		shown[len < sizeof(shown) ? len : sizeof(shown) - 1] = 0;
		if (strcmp(shown, want) && !wrong++)
			is_str(shown, want, "an address");
	}
	is_num(wrong, 0, "100,000 addresses as inet_ntop() writes them");
}

static void test_csv(void)
{
	struct out *o;
	const char *text;
	struct rec r = { .ts = 7, .name = "a,\"b\"" };
	size_t len;

	run.csv = true;
	o = out_new(cols, false, none_given);
	run.csv = false;
	out_head(o);
	out_rec(o, &r, 0);
	strcpy(r.name, "\033,");
	out_rec(o, &r, 0);
	strcpy(r.name, "seven77");
	out_rec(o, &r, 0);
	text = out_take(&len);
	is_str(strndup(text, len), "NAME,TS\n\"a,\"\"b\"\"\",7\n\"\\033,\",7\nseven77,7\n",
	       "CSV: no padding, nothing cut, quotes where needed");
}

int main(void)
{
	is_str(row("abc"), "abc    0\n", "shorter: blanks behind it");
	is_str(row("abcdef"), "abcdef 0\n", "just as long");
	is_str(row("abcdefg"), "abcdef 0\n", "longer: cut");
	is_str(row("abcd\xc3\xa9"), "abcd\xc3\xa9  0\n", "a character of two bytes: one column");
	is_str(row("abcde\xc3\xa9"), "abcde\xc3\xa9 0\n", "columns count, not bytes: two bytes");
	is_str(row("abcde\xe2\x82\xac"), "abcde\xe2\x82\xac 0\n", "three");
	is_str(row("abcde\xf0\x9f\x98\x80"), "abcde  0\n", "no half wide character, of four bytes");
	is_str(row("abcdef\xc3\xa9"), "abcdef 0\n", "no character behind the last column");
	is_str(row("\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97\xe5\xad\x97"),
	       "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97 0\n",
	       "wide characters are cut at two columns each");
	is_str(row("abcdee\xcc\x81x"), "abcdee\xcc\x81 0\n", "a mark stays with its letter");
	is_str(row("ab\033"), "ab\\033 0\n", "an escape that just fits");
	is_str(row("abc\033"), "abc    0\n", "no half escape");
	is_str(row("\xff\xfe"), "\\377   0\n", "one of two escapes");
	is_str(row("abcde\\"), "abcde\\ 0\n", "a backslash is no escape");
	is_str(row("abcdefghijklmnop"), "abcdef 0\n", "without a NUL");
	is_str(named("abc", 5, SIZE_MAX), "abc  ", "text: blanks behind it");
	is_str(named("abcdefgh", 5, SIZE_MAX), "abcdefgh", "text: longer than its width");
	is_str(named("abc\xff", 6, 6), "abc   ", "text: no half escape");
	is_str(named("abcd\xe4\xb8\xad", 8, 8), "abcd\xe4\xb8\xad  ",
	       "text: as wide as its columns");
	is_str(named("abcde\xe4\xb8\xad", 6, 6), "abcde ", "text: no half wide character");
	is_str(row_of(aligned, "\xc3\xa9t\xc3\xa9"),
	       "\xc3\xa9t\xc3\xa9       \xc3\xa9t\xc3\xa9 \xc3\xa9t\xc3\xa9    0\n",
	       "padding is by columns");
	is_str(row_of(aligned, "\xe4\xb8\xad\033"),
	       "\xe4\xb8\xad\\033 \xe4\xb8\xad\\033 \xe4\xb8\xad\\033 0\n",
	       "wide characters and escapes, just as wide");
	test_values();
	test_addresses();
	test_csv();
	return done();
}
