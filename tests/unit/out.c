// SPDX-License-Identifier: BSD-2-Clause
/* Cells: what a value looks like, and where it is cut. */
#include "output/out.h"
#include "main/tool.h"
#include "test.h"
#include <arpa/inet.h>
#include <stdlib.h>

struct sample {
	u64 ts;
	char name[16];
};

static const struct col cols[] = {
	{ COL("NAME", -6, sample, name), TRUNCATED },
	{ COL("TS", 1, sample, ts) },
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
	struct sample r = {};
	const char *p;
	size_t len;

	memcpy(r.name, name, strnlen(name, sizeof(r.name)));
	out_rec(o, (struct rec){ &r, sizeof(r) }, 0);
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

static struct value words(struct rec r)
{
	static struct list l;
	const struct sample *e = r.p;

	l = (struct list){ .others = { e->name, e->name + strnlen(e->name, sizeof(e->name)) } };
	return value_list(&l);
}

static const struct col aligned[] = {
	{ COL("LEFT", -6, sample, name) },
	{ COL("RIGHT", 6, sample, name) },
	{ COLF("WORDS", -6, words) },
	{ COL("TS", 1, sample, ts) },
	{ 0 },
};

/* ---- values ---- */

static struct value the; /* of the only column of: */

static struct value cell(struct rec r)
{
	(void)r;
	return the;
}

static const struct col one[] = { { COLF("V", 0, cell) }, { 0 } };
static const struct col one_wide[] = { { COLF("V", 12, cell) }, { 0 } };

static const char *taken(size_t from, size_t less)
{
	static char text[2][512];
	static int i;
	size_t len;
	const char *p = out_take(&len);

	i = !i;
	snprintf(text[i], sizeof(text[i]), "%.*s", (int)(len - from - less), p + from);
	return text[i];
}

static const char *as_text(void)
{
	out_rec(out_new(one, false, none_given), (struct rec){}, 0);
	return taken(0, 1);
}

static const char *as_json(void)
{
	static const char before[] = "{\"time\":\"1970-01-01T00:00:00.000000000+00:00\",\"v\":";

	out_rec(out_new(one, true, none_given), (struct rec){}, 0);
	return taken(strlen(before), 2);
}

static void looks(struct value v, const char *text, const char *json, enum value_class class,
		  const char *name)
{
	the = v;
	is_str(as_text(), text, name);
	is_str(as_json(), json, "... in JSON");
	is_num(value_class(v), class, "... for OpenMetrics");
}

/* A string's value for OpenMetrics. */
static const char *as_string(struct value v)
{
	static char text[64];
	struct out *o = out_new(one, true, none_given);
	size_t len;
	const char *s = out_string(o, v, (struct rec){}, &len);

	snprintf(text, sizeof(text), "%.*s", (int)len, s);
	return text;
}

static void pieces(struct out *o, struct rec r)
{
	(void)r;
	out_plain("longer than a word, ");
	out_char(o, '"');
	out_plain_int(-12);
	out_if_plain(o, "in", 2, true);
}

static const char *name_of(u64 id)
{
	return id == 7 ? "seven" : NULL;
}

static void test_values(void)
{
	static const struct value_kind named = KIND_NAMED(name_of);
	const unsigned char addr[16] = { 192, 0, 2, 1 }, addr6[16] = { [15] = 1 };
	struct endpoint v4 = { AF_INET, addr, 80 }, v6 = { AF_INET6, addr6, 443 };
	static const char rest[] = "a b\0c\n", quote[] = "a\"b", letters[] = "a\0b";
	struct list args = { "cat", { rest, rest + sizeof(rest) }, LIST_ARGS, true };
	struct list quoted = { "cat", { quote, quote + sizeof(quote) }, LIST_QUOTED, false };
	struct list commas = { NULL, { letters, letters + sizeof(letters) }, LIST_COMMAS, false };
	struct list empty = { NULL, { NULL, NULL }, LIST_COMMAS, false };
	struct member members[] = { { "a", value_uint(1) },
				    { "b", value_none("-") },
				    { "c", value_as(&kind_seconds9, 5) },
				    { NULL, {} } };
	struct noted noted = { "a\nx", " (b)", 2 };
	struct hist h = { .slots = { 1, 0, 5000000000, [63] = 2 } }, h0 = {};
	struct value hist = { .hist = &h, .kind = &kind_hist };
	struct value hist0 = { .hist = &h0, .kind = &kind_hist };

	looks(value_uint(~0ull), "18446744073709551615", "18446744073709551615", CLASS_NUMBER,
	      "a number");
	looks(value_int(-7), "-7", "-7", CLASS_NUMBER, "a negative one");
	looks(value_int(INT64_MIN), "-9223372036854775808", "-9223372036854775808", CLASS_NUMBER,
	      "the smallest");
	looks(value_none("-"), "-", "null", CLASS_NONE, "none");
	looks(value_maybe(NULL), "", "null", CLASS_NONE, "a string that may not be there");
	looks(value_str("a\"\\\n\377"), "a\"\\\\012\\377", "\"a\\\"\\\\\\u000a\\\\377\"",
	      CLASS_STRING, "a string");
	is_str(as_string(value_str("a\"\n")), "a\"\\012", "it can be shown, and is not JSON's");
	looks(value_strn("abc", 0), "", "\"\"", CLASS_STRING, "an empty one");
	looks(value_written(pieces), "longer than a word, \"-12\"in\"",
	      "\"longer than a word, \\\"-12\\\"in\\\"\"", CLASS_STRING, "a string in pieces");
	is_str(as_string(value_written(pieces)), "longer than a word, \"-12\"in\"", "all of them");
	looks(value_bool(true, NULL), "yes", "true", CLASS_BOOL, "yes");
	looks(value_bool(false, NULL), "no", "false", CLASS_BOOL, "no");
	looks(value_bool(true, "less"), "less", "true", CLASS_BOOL, "in other words");
	looks(value_as(&kind_ms, 1234567), "1.23", "1234567", CLASS_NUMBER, "milliseconds");
	looks(value_as(&kind_ms, 995000), "1.00", "995000", CLASS_NUMBER, "rounded");
	looks(value_as(&kind_ms3, 1234567), "1.235", "1234567", CLASS_NUMBER, "three decimals");
	looks(value_as(&kind_ms_exact, 1234567), "1.234567", "1234567", CLASS_NUMBER, "all");
	looks(value_as(&kind_us, 1999), "1", "1999", CLASS_NUMBER, "microseconds");
	looks(value_as(&kind_us_exact, 1999), "1.999", "1999", CLASS_NUMBER, "all decimals");
	looks(value_as(&kind_s, 1995000000), "2.00", "1995000000", CLASS_NUMBER, "seconds");
	looks(value_as(&kind_kib, 2047), "1", "2047", CLASS_NUMBER, "KiB");
	looks(value_as(&kind_kib_exact, 1536), "1.5", "1536", CLASS_NUMBER, "with decimals");
	looks(value_as(&kind_kib_exact, 1025), "1.0009765625", "1025", CLASS_NUMBER, "all");
	looks(value_as(&kind_mib, 3 << 19), "2", "1572864", CLASS_NUMBER, "MiB");
	run.report_ns = 2000000000;
	looks(value_as(&kind_rate, 10), "5", "10", CLASS_NUMBER, "a rate");
	looks(value_as(&named, 7), "seven", "7", CLASS_NUMBER, "a number with a name");
	looks(value_as(&named, 8), "8", "8", CLASS_NUMBER, "without");
	looks(value_as(&kind_octal4, 8), "0010", "\"0010\"", CLASS_STRING, "octal");
	looks(value_as(&kind_octal8, 02000100), "02000100", "\"02000100\"", CLASS_STRING, "more");
	looks(value_hex(0), "0", "\"0\"", CLASS_STRING, "hexadecimal digits");
	looks(value_hex(~0ull), "ffffffffffffffff", "\"ffffffffffffffff\"", CLASS_STRING, "all");
	looks(value_as(&kind_address, 0x10ab), "0x10ab", "\"0x10ab\"", CLASS_STRING, "an address");
	is_str(as_string(value_as(&kind_address, 0x10ab)), "0x10ab", "as a label");
	looks(value_named("five", "[unknown: %u]", 5), "five", "\"five\"", CLASS_STRING, "a name");
	looks(value_named(NULL, "[unknown: %u]", 5), "[unknown: 5]", "\"[unknown: 5]\"",
	      CLASS_STRING, "of which no name is known");
	looks(value_as(&kind_us2, 1995), "2.00", "1995", CLASS_NUMBER, "two decimals");
	looks(value_as(&kind_us2, 1005), "1.00", "1005", CLASS_NUMBER, "rounded as by printf()");
	looks(value_as(&kind_signed3, 1500), "1.500", "1.500", CLASS_OTHER, "thousandths");
	looks(value_as(&kind_signed3, -50), "-0.050", "-0.050", CLASS_OTHER, "below 0");
	looks(value_as(&kind_clock_ms, 61002000000), "00:01:01.002", "\"00:01:01.002\"",
	      CLASS_STRING, "a time of day");
	looks(value_as(&kind_clock_colon, 0), "00:00:00:", "\"00:00:00:\"", CLASS_STRING,
	      "with a colon");
	looks(value_ip(&v4), "192.0.2.1", "\"192.0.2.1\"", CLASS_STRING, "an address");
	looks(value_ip_port(&v6), "::1:443", "\"::1:443\"", CLASS_STRING, "with a port");
	is_str(as_string(value_ip_port(&v4)), "192.0.2.1:80", "as a label");
	looks(value_as(&kind_fixed2, 5), "0.05", "0.05", CLASS_OTHER, "decimals");
	looks(value_percent(&kind_percent1, 1, 8), "12.5%", "12.50", CLASS_OTHER, "a percentage");
	looks(value_percent(&kind_percent2, 1, 0), "0.00%", "0.00", CLASS_OTHER, "of nothing");
	looks(value_as(&kind_seconds2, 1995000000), "2.00", "1.995000000", CLASS_OTHER, "seconds");
	looks(value_as(&kind_seconds3, 1999500000), "2.000", "1.999500000", CLASS_OTHER,
	      "three decimals are rounded");
	looks(value_as(&kind_seconds6, 1999999999), "1.999999", "1.999999999", CLASS_OTHER,
	      "six decimals are cut");
	looks(value_noted(&noted), "a\\012 (b)", "\"a\\u000a\"", CLASS_STRING, "a note");
	is_str(as_string(value_noted(&noted)), "a\\012 (b)", "as a label");
	looks(value_list(&args), "cat a b c\\n ...", "[\"cat\",\"a b\",\"c\\u000a\"]", CLASS_OTHER,
	      "a list");
	looks(value_list(&quoted), "\"cat\" \"a\\\"b\"", "[\"cat\",\"a\\\"b\"]", CLASS_OTHER,
	      "in quotes");
	looks(value_list(&commas), "a, b", "[\"a\",\"b\"]", CLASS_OTHER, "with commas");
	looks(value_list(&empty), "", "[]", CLASS_OTHER, "an empty one");
	looks(value_object(members), "", "{\"a\":1,\"b\":null,\"c\":0.000000005}", CLASS_OTHER,
	      "an object");
	looks(hist, "",
	      "[{\"lo\":0,\"hi\":1,\"count\":1},{\"lo\":4,\"hi\":7,\"count\":5000000000},"
	      "{\"lo\":9223372036854775808,\"hi\":18446744073709551615,\"count\":2}]",
	      CLASS_OTHER, "a histogram");
	looks(hist0, "", "[]", CLASS_OTHER, "an empty one");
	looks(value_fmt("%d-%s", 5, "x"), "5-x", "\"5-x\"", CLASS_STRING, "a format");
	the = value_as(&kind_seconds2, 1000000000);
	out_rec(out_new(one_wide, false, none_given), (struct rec){}, 0);
	is_str(taken(0, 0), "        1.00\n", "at the right");
}

/* ---- a field ---- */

static void test_fields(void)
{
	static const struct col strings[] = { { COL("NAME", 0, sample, name) }, { 0 } };
	struct sample r = { 0, "abcdefghijklmno" };
	struct out *o = out_new(strings, false, none_given);

	out_rec(o, (struct rec){ &r, offsetof(struct sample, name) + 5 }, 0);
	is_str(taken(0, 1), "abcde", "a string ends where the record does");
	out_rec(o, (struct rec){ &r, offsetof(struct sample, name) }, 0);
	is_str(taken(0, 1), "", "also one that is not there");
}

struct process {
	u32 pid;
};

static u32 its_pid;

static void take_pid(u32 pid)
{
	its_pid = pid;
}

static void test_pid(void)
{
	static const struct col cols[] = { { COL("PID", 0, process, pid), NONE("0") }, { 0 } };
	struct out *o = out_new(cols, true, none_given);
	struct process r = { 12 };

	out_json_also(take_pid);
	out_rec(o, (struct rec){ &r, sizeof(r) }, 0);
	is_num(its_pid, 12, "the row's process");
	r.pid = 0;
	out_rec(o, (struct rec){ &r, sizeof(r) }, 0);
	is_num(its_pid, 0, "a row without one");
	taken(0, 0);
}

static void test_prose(void)
{
	static const struct col cols[] = { { COLF("V", 95, time_now) },
					   { COLF("V", 0, cell) },
					   { 0 } };

	time_wall_is_mono();
	the = value_prose("a b cde fghijkl");
	out_rec(out_new(cols, false, none_given), (struct rec){}, 0);
	is_str(strchr(taken(0, 0), 'a'),
	       "a b\n"
	       "                                                "
	       "                        "
	       "                        cde\n"
	       "                                                "
	       "                                                fghijkl\n",
	       "words are not broken, but lines are");
}

static u8 address[16];
static int version;

static struct endpoint endpoint(void)
{
	return (struct endpoint){ version, address, 65535 };
}

static struct value ip(struct rec r)
{
	static struct endpoint e;

	(void)r;
	e = endpoint();
	return value_ip(&e);
}

static struct value ip_and_port(struct rec r)
{
	static struct endpoint e;

	(void)r;
	e = endpoint();
	return value_ip_port(&e);
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
		out_rec(o, (struct rec){}, 0);
		snprintf(shown, sizeof(shown), "%.*s", (int)sizeof(shown) - 1, out_take(&len));
		shown[len < sizeof(shown) ? len : sizeof(shown) - 1] = 0;
		if (strcmp(shown, want) && !wrong++)
			is_str(shown, want, "an address");
	}
	is_num(wrong, 0, "100,000 addresses as inet_ntop() writes them");
}

static void test_csv(void)
{
	struct out *o, *list;
	const char *text;
	struct sample r = { .ts = 7, .name = "a,\"b\"" };
	static const char letters[] = "a\0b";
	struct list commas = { NULL, { letters, letters + sizeof(letters) }, LIST_COMMAS, false };
	size_t len;

	run.csv = true;
	o = out_new(cols, false, none_given);
	list = out_new(one, false, none_given);
	run.csv = false;
	out_head(o);
	out_rec(o, (struct rec){ &r, sizeof(r) }, 0);
	strcpy(r.name, "\033,");
	out_rec(o, (struct rec){ &r, sizeof(r) }, 0);
	strcpy(r.name, "seven77");
	out_rec(o, (struct rec){ &r, sizeof(r) }, 0);
	text = out_take(&len);
	is_str(strndup(text, len), "NAME,TS\n\"a,\"\"b\"\"\",7\n\"\\033,\",7\nseven77,7\n",
	       "CSV: no padding, nothing cut, quotes where needed");
	the = value_fmt("1,5");
	out_rec(list, (struct rec){}, 0);
	the = value_list(&commas);
	out_rec(list, (struct rec){}, 0);
	is_str(taken(0, 0), "\"1,5\"\n\"a, b\"\n", "CSV: also around what is no string");
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
	setenv("TZ", "UTC", 1);
	time_wall_is_mono();
	test_values();
	test_addresses();
	test_csv();
	test_fields();
	test_prose();
	test_pid();
	return done();
}
