// SPDX-License-Identifier: BSD-2-Clause
#include "output/out.h"
#include "base/nsec.h"
#include "base/run.h"
#include "base/text.h"
#include "output/hist.h"
#include "output/streams.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH (64 << 10)

/* Output that is not written yet. */
static struct {
	char *p;
	size_t len, room;
	u64 lost; /* lines dropped because nobody reads them */
} buf;

#define DIGITS 24 /* no number has more */

struct shown {
	const struct col *col;
	char *key; /* JSON: `,"key":` */
	u32 key_len;
	u32 width; /* text: padded to this with spaces, */
	bool left; /* after it (true) or before it */
	bool gap;  /* text: a space comes first */
	bool last; /* nothing follows it, not even padding */
};

struct out {
	bool json;
	char sep;          /* text: between columns */
	struct shown *cur; /* the column being put */
	size_t cell;       /* where its text begins in the buffer */
	struct shown *pid; /* the column that is the row's process, or NULL */
	int items;         /* put in the current list */
	struct value
		*value;    /* JSON: where the cell's value is wanted instead of its text, or NULL */
	struct shown *end; /* of the columns shown: */
	struct shown cols[];
};

static u64 wall_offset; /* from CLOCK_MONOTONIC, measured once per batch; 0: not yet */

/*
 * Slack after `room`: enough for all numbers and padding of a row, so that only strings and rows
 * have to check for room.
 */
#define SPARE 4096

static __attribute__((cold, noinline)) void grow(size_t n)
{
	buf.room = 2 * (buf.len + n) + 2 * BATCH;
	buf.p = realloc(buf.p, buf.room + SPARE);
	if (!buf.p)
		err(1, NULL);
}

static inline char *room(size_t n)
{
	if (__builtin_expect(buf.len + n > buf.room, 0))
		grow(n);
	return buf.p + buf.len;
}

static void put(const char *s, size_t n)
{
	memcpy(room(n), s, n);
	buf.len += n;
}

static inline void putch(char c)
{
	*room(1) = c;
	buf.len++;
}

/* Padding is mostly a few spaces, so write eight at a time; up to eight too many get overwritten. */
static inline void set_blanks(char *p, size_t n)
{
	const u64 blanks = 0x2020202020202020;
	size_t i = 0;

	do
		memcpy(p + i, &blanks, 8);
	while ((i += 8) < n);
}

bool out_flush(void)
{
	size_t done = stdout_write(buf.p, buf.len);

	wall_offset = 0;
	buf.len -= done;
	if (!buf.len)
		return !stdout_gone();
	if (!stdout_gone()) {
		memmove(buf.p, buf.p + done, buf.len);
		return true;
	}
	for (size_t i = 0; i < buf.len; i++)
		buf.lost += buf.p[done + i] == '\n';
	buf.len = 0;
	return false;
}

u64 out_lost(void)
{
	return stdout_stalled() ? buf.lost : 0;
}

bool out_flush_batch(void)
{
	if (buf.len <= BATCH)
		return false;
	out_flush();
	return true;
}

const char *out_take(size_t *len)
{
	*len = buf.len;
	buf.len = 0;
	wall_offset = 0;
	return buf.p;
}

/* ---- time ---- */

static bool wall_is_mono; /* also, a report's time is 0, so that a replay always prints the same */

u64 time_mono(void)
{
	struct timespec t;

	if (wall_is_mono)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void time_wall_is_mono(void)
{
	wall_is_mono = true;
}

u64 time_wall(u64 mono_ns)
{
	if (wall_is_mono)
		return mono_ns;
	if (!wall_offset)
		wall_offset = clock_offset_ns(CLOCK_REALTIME);
	return mono_ns + wall_offset;
}

/* ---- strings: a traced process chooses its own names ---- */

static bool plain(unsigned char c, bool json)
{
	return c >= 0x20 && c < 0x7f && !(json && (c == '"' || c == '\\'));
}

/* plain() for eight bytes at once: the high bit of each byte is set if it is not plain. */
static inline bool all_plain(u64 w, bool json)
{
	const u64 ones = 0x0101010101010101, high = ones << 7;
	u64 bad = ((w - ones * 0x20) & ~w) | w | (w + ones);

	if (json) {
		u64 quote = w ^ ones * '"', slash = w ^ ones * '\\';

		bad |= ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
	}
	return !(bad & high);
}

/* Copy S if all of it is plain, eight bytes at a time; the last copy can overlap the one before. */
static inline __attribute__((always_inline)) bool copy_plain(char *to, const char *s, size_t n,
							     bool json)
{
	u64 w;

	if (n >= 8) {
		for (size_t i = 0; i < n - 8; i += 8) {
			memcpy(&w, s + i, 8);
			memcpy(to + i, &w, 8);
			if (!all_plain(w, json))
				return false;
		}
		memcpy(&w, s + n - 8, 8);
		memcpy(to + n - 8, &w, 8);
		return all_plain(w, json);
	}
	if (n >= 4) {
		u32 begin, end;

		memcpy(&begin, s, 4);
		memcpy(&end, s + n - 4, 4);
		memcpy(to, &begin, 4);
		memcpy(to + n - 4, &end, 4);
		return all_plain(begin | (u64)end << 32, json);
	}
	for (size_t i = 0; i < n; i++) {
		if (!plain(s[i], json))
			return false;
		to[i] = s[i];
	}
	return true;
}

static __attribute__((cold, noinline)) void put_escaped(const char *s, size_t n,
							enum text_style style)
{
	size_t len;

	for (size_t i = 0; i < n; buf.len += len) {
		char *p = room(TEXT_UNIT);

		if (plain(s[i], style != TEXT_TERMINAL)) { /* most of a name is, even so */
			*p = s[i++];
			len = 1;
		} else {
			i += text_unit(style, s + i, n - i, p, &len);
		}
	}
}

static __attribute__((noinline)) void put_safe(const char *s, size_t n)
{
	if (copy_plain(room(n), s, n, false))
		buf.len += n;
	else
		put_escaped(s, n, TEXT_TERMINAL);
}

void json_str(const char *s, size_t n)
{
	char *p = room(n + 2);

	*p = '"';
	if (copy_plain(p + 1, s, n, true)) { /* most are */
		p[n + 1] = '"';
		buf.len += n + 2;
		return;
	}
	buf.len++;
	put_escaped(s, n, TEXT_JSON);
	putch('"');
}

void text_str(const char *s, size_t n)
{
	put_safe(s, n);
}

void text(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room(512), 512, fmt, ap);
	va_end(ap);
	if (n >= 512) {
		va_start(ap, fmt);
		vsnprintf(room(n + 1), n + 1, fmt, ap);
		va_end(ap);
	}
	buf.len += n;
}

/* ---- cells ---- */

void out_key(const struct col *c, char *key, size_t size)
{
	const char *s = c->key ?: c->name;

	for (; *s && size > 1; s++, size--)
		*key++ = isalnum((unsigned char)*s) ? tolower((unsigned char)*s) : '_';
	*key = 0;
}

static char *json_key(const struct col *c)
{
	char name[64], *key;

	out_key(c, name, sizeof(name));
	if (asprintf(&key, ",\"%s\":", name) < 0)
		err(1, NULL);
	return key;
}

static bool visible(const struct col *c, bool json, bool (*given)(int))
{
	if (c->flags & (json ? COL_TEXT_ONLY : COL_JSON_ONLY))
		return false;
	if (!c->opt)
		return true;
	if (json && !(c->flags & COL_ONLY_IF))
		return true;
	return given(c->opt) != !!(c->flags & COL_UNLESS);
}

__attribute__((cold)) struct out *out_new(const struct col *cols, bool json, bool (*given)(int opt))
{
	size_t n = 0, widths = 0;
	struct out *o;

	for (const struct col *c = cols; c->name; c++)
		n++;
	o = calloc(1, sizeof(*o) + n * sizeof(*o->cols));
	if (!o)
		err(1, NULL);
	room(1);
	o->json = json;
	o->sep = run.csv && !json ? ',' : ' ';
	o->cur = o->end = o->cols;
	for (const struct col *c = cols; c->name; c++)
		if (visible(c, json, given)) {
			struct shown *s = o->end++;

			s->col = c;
			s->key = json ? json_key(c) : NULL;
			s->key_len = json ? strlen(s->key) : 0;
			if (json && !strcmp(s->key, ",\"pid\":"))
				o->pid = s;
			s->width = json || run.csv ? 0 : abs(c->width);
			s->left = c->width < 0;
			s->gap = !json && s > o->cols &&
				 (run.csv || !(s[-1].col->flags & COL_NO_BLANK));
		}
	if (o->end > o->cols)
		o->end[-1].last = true;
	for (struct shown *s = o->cols; s < o->end; s++)
		widths += 1 + s->width + DIGITS + 8;
	if (widths > SPARE)
		errx(1, "the columns are too wide");
	return o;
}

bool out_is_json(const struct out *o)
{
	return o->json;
}

const struct col *out_col(const struct out *o)
{
	return o->cur->col;
}

/* Inlined for strings and numbers, which most cells are; called for the others. */
static inline __attribute__((always_inline)) void begin(struct out *o)
{
	if (o->json)
		put(o->cur->key, o->cur->key_len);
	buf.p[buf.len] = o->sep;
	buf.len += o->cur->gap;
	o->cell = buf.len;
}

static __attribute__((noinline)) void cell_begin(struct out *o)
{
	begin(o);
}

void out_json_begin(struct out *o)
{
	cell_begin(o);
}

/* Cut the text from AT on to WIDTH columns, or pad it with spaces. */
static __attribute__((cold, noinline)) void fit(size_t at, size_t width)
{
	size_t columns;

	buf.len = at + text_fit(buf.p + at, buf.len - at, width, &columns);
	memset(room(width), ' ', width - columns);
	buf.len += width - columns;
}

void text_name(const char *s, size_t size, size_t width, size_t most)
{
	size_t at = buf.len, columns;

	text_str(s, strnlen(s, size));
	columns = text_width(buf.p + at, buf.len - at);
	fit(at, columns < width ? width : columns < most ? columns : most);
}

/* Pad the text since cell_begin(), which takes that many columns, to the column's width. */
static inline __attribute__((always_inline)) void end(struct out *o, size_t columns)
{
	size_t width = o->cur->width;

	if (columns < width) {
		size_t len = buf.len - o->cell, pad = width - columns;
		char *p = room(width) - len;

		if (!o->cur->left) {
			memmove(p + pad, p, len);
			memset(p, ' ', pad);
		} else if (!o->cur->last) {
			set_blanks(p + len, pad);
		} else {
			return;
		}
		buf.len += pad;
	} else if (width && columns > width && out_col(o)->flags & COL_TRUNCATE) {
		fit(o->cell, width);
	}
}

/* The same for text that is not only ASCII. */
static __attribute__((noinline)) void end_measured(struct out *o)
{
	if (o->cur->width)
		end(o, text_width(buf.p + o->cell, buf.len - o->cell));
}

static __attribute__((noinline)) void cell_end(struct out *o)
{
	end(o, buf.len - o->cell);
}

/* Write V so that it ends at END.  Returns where it begins. */
static inline char *digits_before(char *end, u64 v)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	u32 low;

	for (; v > UINT32_MAX; v /= 100)
		memcpy(end -= 2, pairs + 2 * (v % 100), 2);
	for (low = v; low >= 100; low /= 100) /* cheaper in 32 bits */
		memcpy(end -= 2, pairs + 2 * (low % 100), 2);
	if (low >= 10)
		memcpy(end -= 2, pairs + 2 * low, 2);
	else
		*--end = '0' + low;
	return end;
}

static __attribute__((cold, noinline)) void take_number(struct out *o, u64 v, bool negative)
{
	o->value->kind = VALUE_NUMBER;
	o->value->negative = negative;
	o->value->number = negative ? -v : v;
}

static __attribute__((noinline)) void put_number_json(struct out *o, u64 v, bool negative)
{
	char text[DIGITS], *from;

	if (__builtin_expect(!!o->value, 0)) {
		take_number(o, v, negative);
		return;
	}
	from = digits_before(text + DIGITS, v);
	if (negative)
		*--from = '-';
	begin(o);
	put(from, text + DIGITS - from);
}

static __attribute__((noinline)) void put_number_cell(struct out *o, u64 v, bool negative)
{
	char text[2 * DIGITS], *from = text + DIGITS, *p = buf.p + buf.len;
	const struct shown *s = o->cur;
	size_t len, pad;

	if (o->json) {
		put_number_json(o, v, negative);
		return;
	}
	*p = o->sep;
	p += s->gap;
	from = digits_before(from, v);
	if (negative)
		*--from = '-';
	len = text + DIGITS - from;
	pad = s->width > len ? s->width - len : 0;
	/* Copies more than the number has; the rest gets overwritten. */
	if (!s->left) {
		set_blanks(p, pad);
		memcpy(p + pad, from, DIGITS);
	} else {
		memcpy(p, from, DIGITS);
		set_blanks(p + len, pad);
		if (s->last)
			pad = 0;
	}
	buf.len = p + len + pad - buf.p;
}

void out_uint(struct out *o, u64 v)
{
	put_number_cell(o, v, false);
}

void out_int(struct out *o, s64 v)
{
	put_number_cell(o, v < 0 ? -(u64)v : (u64)v, v < 0);
}

/* JSON has no octal numbers, so there it is a string. */
void out_octal(struct out *o, u64 v, int digits)
{
	char b[24], *p = b + sizeof(b);

	do
		*--p = '0' + (v & 7);
	while ((v >>= 3) || b + sizeof(b) - p < digits);
	out_strn(o, p, b + sizeof(b) - p);
}

static void put_fixed(u64 v, int decimals)
{
	char b[32], *p = b + sizeof(b);

	for (int i = 0; i < decimals; i++, v /= 10)
		*--p = '0' + v % 10;
	if (decimals)
		*--p = '.';
	p = digits_before(p, v);
	put(p, b + sizeof(b) - p);
}

void out_fixed(struct out *o, u64 v, int decimals)
{
	cell_begin(o);
	put_fixed(v, decimals);
	cell_end(o);
}

void out_percent(struct out *o, u64 part, u64 whole, int decimals)
{
	double percent = whole ? 100.0 * part / whole : 0;

	for (int i = 0; i < decimals; i++)
		percent *= 10;
	cell_begin(o);
	put_fixed(percent + 0.5, decimals);
	if (!o->json)
		putch('%');
	cell_end(o);
}

/* The value is the string that was put since begin(). */
static void take_string(struct out *o)
{
	o->value->kind = VALUE_STRING;
	o->value->s = buf.p + o->cell;
	o->value->len = buf.len - o->cell;
}

static __attribute__((cold, noinline)) void take_safe(struct out *o, const char *s, size_t n)
{
	put_safe(s, n);
	take_string(o);
}

static __attribute__((noinline)) void put_string_json(struct out *o, const char *s, size_t n)
{
	if (__builtin_expect(!o->value, 1))
		json_str(s, n);
	else
		take_safe(o, s, n);
}

/* CSV: quotes around a string with a comma or a quote, which is then doubled (RFC 4180). */
static __attribute__((cold, noinline)) void quote_csv(size_t at)
{
	size_t n = buf.len - at, quotes = 0;

	for (size_t i = 0; i < n; i++)
		quotes += buf.p[at + i] == '"';
	if (!quotes && !memchr(buf.p + at, ',', n))
		return;
	room(quotes + 2);
	buf.len += quotes + 2;
	buf.p[buf.len - 1] = '"';
	for (char *from = buf.p + at + n, *to = buf.p + buf.len - 1; from > buf.p + at;) {
		*--to = *--from;
		if (*from == '"')
			*--to = '"';
	}
	buf.p[at] = '"';
}

void out_strn(struct out *o, const char *s, size_t n)
{
	begin(o);
	if (o->json) {
		put_string_json(o, s, n);
		return;
	}
	if (copy_plain(room(n), s, n, false)) { /* most are */
		buf.len += n;
		if (__builtin_expect(o->sep == ',', 0))
			quote_csv(o->cell);
		end(o, buf.len - o->cell);
	} else {
		put_escaped(s, n, TEXT_TERMINAL);
		if (o->sep == ',')
			quote_csv(o->cell);
		end_measured(o);
	}
}

void out_str(struct out *o, const char *s)
{
	out_strn(o, s, strlen(s));
}

void out_bool(struct out *o, bool v)
{
	if (o->value) {
		o->value->kind = VALUE_BOOL;
		o->value->number = v;
		return;
	}
	cell_begin(o);
	put(v ? "true" : "false", v ? 4 : 5);
	cell_end(o);
}

void out_null(struct out *o, const char *s)
{
	if (o->value) {
		o->value->kind = VALUE_NULL;
		return;
	}
	cell_begin(o);
	if (o->json)
		s = "null";
	put(s, strlen(s));
	cell_end(o);
}

void out_maybe(struct out *o, const char *s)
{
	if (s)
		out_str(o, s);
	else
		out_null(o, "");
}

void out_fmt(struct out *o, const char *fmt, ...)
{
	char b[512], *whole = b;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(b, sizeof(b), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(b)) {
		va_start(ap, fmt);
		n = vasprintf(&whole, fmt, ap);
		va_end(ap);
	}
	if (n < 0)
		err(1, NULL);
	out_strn(o, whole, n);
	if (whole != b)
		free(whole);
}

static u64 field(const struct out *o, const void *rec)
{
	u64 v;

	memcpy(&v, (const char *)rec + out_col(o)->off, sizeof(v));
	return v;
}

static u64 since_first(const struct out *o, const void *rec)
{
	static u64 first;
	u64 ts = field(o, rec);

	if (!first)
		first = ts;
	/* Events from two CPUs can be out of order; don't print a huge unsigned number then. */
	return ts > first ? ts - first : 0;
}

void out_time_s(struct out *o, const void *rec)
{
	out_fixed(o, since_first(o, rec), 9);
}

void out_time_s6(struct out *o, const void *rec)
{
	u64 ns = since_first(o, rec);

	out_fixed(o, o->json ? ns : ns / 1000, o->json ? 9 : 6);
}

void out_time_s3(struct out *o, const void *rec)
{
	u64 ns = since_first(o, rec);

	out_fixed(o, o->json ? ns : ns / 1000000, o->json ? 9 : 3);
}

void out_time_began(struct out *o, const void *rec)
{
	u64 ts = field(o, rec), ns;

	if (run.began)
		ns = ts > run.began ? ts - run.began : 0;
	else /* replayed */
		ns = since_first(o, rec);
	out_fixed(o, o->json ? ns : (ns + 500000) / 1000000, o->json ? 9 : 3);
}

void out_ms(struct out *o, u64 ns, int decimals)
{
	u64 unit = 1000000;

	for (int i = 0; i < decimals; i++)
		unit /= 10;
	if (o->json)
		out_uint(o, ns);
	else
		out_fixed(o, (ns + unit / 2) / unit, decimals);
}

void out_kib(struct out *o, const void *rec)
{
	u64 bytes = field(o, rec);

	out_uint(o, o->json ? bytes : bytes >> 10);
}

/* Formatting local time is slow, and a thousand rows can share a second. */
static const char *wall(u64 ns, const char *fmt)
{
	static char text[40];
	static const char *last_fmt;
	static time_t last;
	time_t t = ns / 1000000000;

	if (t != last || fmt != last_fmt) {
		strftime(text, sizeof(text), fmt, localtime_r(&t, &(struct tm){ 0 }));
		last = t;
		last_fmt = fmt;
	}
	return text;
}

const char *time_hms(u64 mono_ns)
{
	return wall(time_wall(mono_ns), "%T");
}

void out_time_hms(struct out *o, const void *rec)
{
	out_str(o, time_hms(field(o, rec)));
}

void out_time_now(struct out *o, const void *rec)
{
	(void)rec;
	out_str(o, time_hms(time_mono()));
}

void out_time_now_colon(struct out *o, const void *rec)
{
	(void)rec;
	out_str(o, wall(time_wall(time_mono()), "%T:"));
}

/* "time":"2026-01-31T23:59:59.123456789+01:00" begins every JSON line, in RFC 3339 format. */
static void put_json_time(u64 ns)
{
	const char *t = wall(ns, "%FT%T%z");
	size_t len = strlen(t);
	u64 frac = ns % 1000000000;
	char b[10];

	put("{\"time\":\"", 9);
	put(t, 19);
	b[0] = '.';
	for (int i = 9; i > 0; i--, frac /= 10)
		b[i] = '0' + frac % 10;
	put(b, 10);
	put(t + 19, len - 21);
	putch(':');
	put(t + len - 2, 2);
	putch('"');
}

static char *put_ip4(char *p, const u8 *a)
{
	for (int i = 0; i < 4; i++) {
		if (a[i] >= 100)
			*p++ = '0' + a[i] / 100;
		if (a[i] >= 10)
			*p++ = '0' + a[i] / 10 % 10;
		*p++ = '0' + a[i] % 10;
		*p++ = '.';
	}
	return p - 1;
}

/* The longest run of zeros, of two or more, is "::"; the first if there are several. */
static char *put_ip6(char *p, const u8 *a)
{
	int zeros = 0, at = -1, run = 0;
	u16 w[8];

	for (int i = 0; i < 8; i++) {
		w[i] = a[2 * i] << 8 | a[2 * i + 1];
		run = w[i] ? 0 : run + 1;
		if (run > zeros) {
			zeros = run;
			at = i + 1 - run;
		}
	}
	if (zeros < 2)
		at = -1;
	for (int i = 0; i < 8; i++) {
		int shift = 12;

		if (i == at) {
			*p++ = ':';
			i += zeros - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		if (i == 6 && !at && (zeros == 6 || (zeros == 5 && w[5] == 0xffff)))
			return put_ip4(p, a + 12);
		while (shift && !(w[i] >> shift))
			shift -= 4;
		for (; shift >= 0; shift -= 4)
			*p++ = "0123456789abcdef"[w[i] >> shift & 15];
	}
	return p;
}

/* inet_ntop() says the same, but takes ten times as long.  Returns the length. */
static size_t ip_text(char text[INET6_ADDRSTRLEN], int family, const void *addr)
{
	char *end = text;

	if (family == AF_INET)
		end = put_ip4(text, addr);
	else if (family == AF_INET6)
		end = put_ip6(text, addr);
	else
		*end++ = '?';
	*end = 0;
	return end - text;
}

void out_ip(struct out *o, int family, const void *addr)
{
	char b[INET6_ADDRSTRLEN];

	out_strn(o, b, ip_text(b, family, addr));
}

void out_addr(struct out *o, int family, const void *addr, u16 port)
{
	char b[INET6_ADDRSTRLEN + 8];
	size_t n = ip_text(b, family, addr);
	char digits[8], *from = digits_before(digits + sizeof(digits), port);

	b[n++] = ':';
	memcpy(b + n, from, digits + sizeof(digits) - from);
	out_strn(o, b, n + (digits + sizeof(digits) - from));
}

void out_list_begin(struct out *o)
{
	cell_begin(o);
	o->items = 0;
	if (o->json)
		putch('[');
}

void out_list_str(struct out *o, const char *s, size_t n)
{
	if (o->items++)
		putch(o->json ? ',' : ' ');
	if (o->json)
		json_str(s, n);
	else
		put_safe(s, n);
}

void out_list_arg(struct out *o, const char *s, size_t n, bool quoted)
{
	if (o->json) {
		out_list_str(o, s, n);
		return;
	}
	if (o->items++)
		putch(' ');
	put("\"", quoted);
	if (copy_plain(room(n), s, n, quoted)) /* most are */
		buf.len += n;
	else
		put_escaped(s, n, quoted ? TEXT_QUOTED : TEXT_ARG);
	put("\"", quoted);
}

void out_list_args(struct out *o, struct strings args, bool quoted)
{
	const char *s;
	size_t n;

	while ((s = strings_next(&args, &n)))
		out_list_arg(o, s, n, quoted);
}

void out_list_end(struct out *o)
{
	if (o->json)
		putch(']');
	else
		end_measured(o);
}

void out_string_begin(struct out *o)
{
	begin(o);
	if (o->json && !o->value)
		putch('"');
}

void out_string_end(struct out *o)
{
	if (o->value)
		take_string(o);
	else if (o->json)
		putch('"');
	else
		end_measured(o);
}

void out_bytes(const char *s, size_t n)
{
	put(s, n);
}

void out_word(u64 bytes, size_t n)
{
	memcpy(room(sizeof(bytes)), &bytes, sizeof(bytes));
	buf.len += n;
}

void out_plain_int(s64 v)
{
	char text[DIGITS], *from = digits_before(text + DIGITS, v < 0 ? -(u64)v : (u64)v);

	if (v < 0)
		*--from = '-';
	put(from, text + DIGITS - from);
}

/* In a JSON string, what needs an escape there has one. */
static inline char *set_char(char *p, const struct out *o, char c)
{
	if ((c == '"' || c == '\\') && o && o->json && !o->value)
		*p++ = '\\';
	*p++ = c;
	return p;
}

void out_char(struct out *o, char c)
{
	buf.len = set_char(room(2), o, c) - buf.p;
}

bool out_if_plain(struct out *o, const char *s, size_t n, bool quoted)
{
	char *p = room(n + 4);

	if (quoted)
		p = set_char(p, o, '"');
	if (!copy_plain(p, s, n, true))
		return false;
	p += n;
	if (quoted)
		p = set_char(p, o, '"');
	buf.len = p - buf.p;
	return true;
}

/* ---- records ---- */

static u64 get_uint(const void *p, size_t size)
{
	switch (size) {
	case 1:
		return *(const u8 *)p;
	case 2:
		return *(const u16 *)p;
	case 4:
		return *(const u32 *)p;
	default:
		return *(const u64 *)p;
	}
}

static s64 get_int(const void *p, size_t size)
{
	switch (size) {
	case 1:
		return *(const s8 *)p;
	case 2:
		return *(const s16 *)p;
	case 4:
		return *(const s32 *)p;
	default:
		return *(const s64 *)p;
	}
}

static s32 result(const struct out *o, const void *rec)
{
	return get_int((const char *)rec + out_col(o)->off, sizeof(s32));
}

void out_fd(struct out *o, const void *rec)
{
	s32 ret = result(o, rec);

	out_int(o, ret < 0 ? -1 : ret);
}

void out_err(struct out *o, const void *rec)
{
	s32 ret = result(o, rec);

	out_int(o, ret < 0 ? -ret : 0);
}

void out_ppid(struct out *o, const void *rec)
{
	u32 ppid = get_uint((const char *)rec + out_col(o)->off, sizeof(ppid));

	if (ppid || o->json)
		out_uint(o, ppid);
	else
		out_null(o, "?");
}

/* The text for no value, in a column with NONE(). */
static bool is_none(const struct col *c, const void *p)
{
	return c->kind == COL_STR ? !*(const char *)p : !get_uint(p, c->size);
}

/* Every row comes here, so it is inlined. */
static inline __attribute__((always_inline)) void put_cell(struct out *o, const void *rec)
{
	const struct col *c = out_col(o);
	const void *p = (const char *)rec + c->off;

	if (c->fmt) {
		c->fmt(o, rec);
		return;
	}
	if (c->none && is_none(c, p)) {
		out_null(o, c->none);
		return;
	}
	switch (c->kind) {
	case COL_INT:
		out_int(o, get_int(p, c->size));
		break;
	case COL_STR:
		out_strn(o, p, strnlen(p, c->size));
		break;
	case COL_HIST:
		cell_begin(o);
		hist_json(p);
		break;
	default:
		out_uint(o, get_uint(p, c->size));
	}
}

const struct col *out_nth(const struct out *o, size_t i)
{
	return o->cols + i < o->end ? o->cols[i].col : NULL;
}

static __attribute__((noinline)) void put_cell_alone(struct out *o, const void *rec)
{
	put_cell(o, rec);
}

void out_cell_text(struct out *o, size_t i, const void *rec)
{
	bool gap = o->cols[i].gap;

	o->cur = &o->cols[i];
	o->cur->gap = false;
	put_cell_alone(o, rec);
	o->cols[i].gap = gap;
}

struct value out_cell_value(struct out *o, size_t i, const void *rec)
{
	struct value v = { .kind = VALUE_OTHER };
	size_t at = buf.len;

	o->cur = &o->cols[i];
	o->value = &v;
	put_cell_alone(o, rec);
	o->value = NULL;
	if (v.kind == VALUE_OTHER) {
		v.s = buf.p + o->cell;
		v.len = buf.len - o->cell;
	}
	if (v.kind == VALUE_OTHER && buf.len == at)
		v.kind = VALUE_NULL;
	buf.len = at;
	return v;
}

static void (*put_also)(u32 pid);

void out_json_also(void (*put)(u32 pid))
{
	put_also = put;
}

static u32 pid_of(struct out *o, const void *rec)
{
	return o->pid ? out_cell_value(o, o->pid - o->cols, rec).number : 0;
}

void out_rec(struct out *o, const void *rec, u64 mono_ns)
{
	room(1);
	if (o->json)
		put_json_time(time_wall(mono_ns));
	if (o->json && put_also)
		put_also(pid_of(o, rec));
	for (struct shown *s = o->cols; s < o->end; s++) {
		o->cur = s;
		put_cell(o, rec);
	}
	if (o->json)
		putch('}');
	putch('\n');
}

void out_head(struct out *o)
{
	if (o->json)
		return;
	for (o->cur = o->cols; o->cur < o->end; o->cur++)
		out_str(o, out_col(o)->name);
	putch('\n');
}
