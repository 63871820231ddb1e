// SPDX-License-Identifier: BSD-2-Clause
#include "output/out.h"
#include "base/nsec.h"
#include "base/run.h"
#include "base/text.h"
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

/* A column's last cell as it was put: rows that follow each other often have the same PID, name, address or error. */
struct repeat {
	u64 value[2]; /* tells what the cell looks like */
	u8 len;       /* 0: none */
	char text[31];
};

struct shown {
	const struct col *col;
	char *key; /* JSON: `,"key":` */
	u32 key_len;
	u32 width; /* text: padded to this with spaces, */
	bool left; /* after it (true) or before it */
	bool gap;  /* text: a space comes first */
	bool last; /* nothing follows it, not even padding */
	bool cut;  /* to the width */
	/* The value is a field of the record as it is, which most are. */
	enum { OTHER, IS_U32, IS_S32, IS_U64, IS_STRING } field;
	struct repeat repeat;
};

struct out {
	bool json;
	bool quoting;      /* pieces go into a JSON string */
	char sep;          /* text: between columns */
	struct shown *pid; /* the column that is the row's process, or NULL */
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

/* The same for what is rare: smaller. */
static __attribute__((noinline)) void put_rare(const char *s, size_t n)
{
	put(s, n);
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

static int field_of(const struct col *c)
{
	if (!c->kind || c->none || c->kind->class == CLASS_OTHER)
		return OTHER;
	if (c->kind == &kind_string)
		return IS_STRING;
	if (c->kind == &kind_int)
		return c->size == sizeof(s32) ? IS_S32 : OTHER;
	return c->size == sizeof(u32) ? IS_U32 : c->size == sizeof(u64) ? IS_U64 : OTHER;
}

__attribute__((cold)) struct out *out_new(const struct col *cols, bool json, bool (*given)(int opt))
{
	size_t n = 0, widths = 0;
	struct shown *last = NULL;
	struct out *o;

	for (const struct col *c = cols; c->name; c++)
		n++;
	o = calloc(1, sizeof(*o) + n * sizeof(*o->cols));
	if (!o)
		err(1, NULL);
	room(1);
	o->json = json;
	o->sep = run.csv && !json ? ',' : ' ';
	o->end = o->cols;
	for (const struct col *c = cols; c->name; c++)
		if (visible(c, json, given)) {
			struct shown *s = o->end++;

			s->col = c;
			s->key = json ? json_key(c) : NULL;
			s->key_len = json ? strlen(s->key) : 0;
			if (json && !strcmp(s->key, ",\"pid\":"))
				o->pid = s;
			s->width = json || run.csv ? 0 : abs(c->width);
			s->left = c->width < 0 && !(c->flags & COL_RIGHT);
			s->cut = c->flags & COL_TRUNCATE;
			s->field = field_of(c);
			s->gap = !json && s > o->cols && !(c->flags & COL_BELOW) &&
				 (run.csv || !(s[-1].col->flags & COL_NO_BLANK));
			if (last && !(c->flags & COL_BELOW))
				last->last = false;
			if (!(c->flags & COL_BELOW))
				last = s;
			last->last = true;
		}
	for (struct shown *s = o->cols; s < o->end; s++)
		widths += 1 + s->width + DIGITS + 8;
	if (widths > SPARE)
		errx(1, "the columns are too wide");
	return o;
}

void out_widen(struct out *o, const char *header, u32 width)
{
	for (struct shown *s = o->cols; s < o->end; s++)
		if (s->width && s->width < width && !strcmp(s->col->name, header))
			s->width = width;
}

/* ---- numbers ---- */

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

/* V or, if negative, -V. */
static __attribute__((noinline)) void put_number(u64 v, bool negative)
{
	char text[2 * DIGITS], *end = text + DIGITS, *from = digits_before(end, v);

	if (negative)
		*--from = '-';
	memcpy(room(DIGITS), from, DIGITS); /* more than it has; the rest gets overwritten */
	buf.len += end - from;
}

static __attribute__((noinline)) void put_decimals(u64 v, int decimals)
{
	char b[32], *p = b + sizeof(b);

	for (int i = 0; i < decimals; i++, v /= 10)
		*--p = '0' + v % 10;
	if (decimals)
		*--p = '.';
	p = digits_before(p, v);
	put_rare(p, b + sizeof(b) - p);
}

/* ---- times ---- */

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

static u64 u64_at(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static u64 since_first(u64 ts)
{
	static u64 first;

	if (!first)
		first = ts;
	/* Events from two CPUs can be out of order; don't print a huge unsigned number then. */
	return ts > first ? ts - first : 0;
}

struct value time_s(const void *ts)
{
	return value_as(&kind_seconds9, since_first(u64_at(ts)));
}

struct value time_s6(const void *ts)
{
	return value_as(&kind_seconds6, since_first(u64_at(ts)));
}

struct value time_s3(const void *ts)
{
	return value_as(&kind_seconds3, since_first(u64_at(ts)));
}

struct value time_began(const void *at)
{
	u64 ts = u64_at(at);

	if (!run.began) /* replayed */
		ts = since_first(ts);
	else
		ts = ts > run.began ? ts - run.began : 0;
	return value_as(&kind_seconds3, ts);
}

struct value time_now(struct rec r)
{
	(void)r;
	return value_as(&kind_clock, time_mono());
}

struct value time_now_colon(struct rec r)
{
	(void)r;
	return value_as(&kind_clock_colon, time_mono());
}

/* "time":"2026-01-31T23:59:59.123456789+01:00" begins every JSON line, in RFC 3339 format. */
static void put_json_time(u64 ns)
{
	const char *t = wall(ns, "%FT%T%z");
	size_t len = strlen(t);
	u64 frac = ns % 1000000000;
	char b[10];

	put_rare("{\"time\":\"", 9);
	put_rare(t, 19);
	b[0] = '.';
	for (int i = 9; i > 0; i--, frac /= 10)
		b[i] = '0' + frac % 10;
	put_rare(b, 10);
	put_rare(t + 19, len - 21);
	putch(':');
	put_rare(t + len - 2, 2);
	putch('"');
}

/* ---- values ---- */

struct value value_fmt(const char *fmt, ...)
{
	static struct str s;
	va_list ap;
	int n;

	for (;;) {
		va_start(ap, fmt);
		n = vsnprintf(s.p, s.room, fmt, ap);
		va_end(ap);
		if (n < 0)
			err(1, NULL);
		if ((size_t)n < s.room)
			return value_strn(s.p, n);
		str_room(&s, n + 1);
	}
}

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

struct value result_fd(const void *ret)
{
	s32 v = get_int(ret, sizeof(v));

	return value_int(v < 0 ? -1 : v);
}

struct value result_err(const void *ret)
{
	return value_uint(ret_error(get_int(ret, sizeof(s32))));
}

static const char *no_parent(u64 pid)
{
	return pid ? NULL : "?";
}

struct value parent_pid(const void *ppid)
{
	static const struct value_kind kind_parent = KIND_NAMED(no_parent);
	u32 pid = get_uint(ppid, sizeof(pid));

	return pid ? value_uint(pid) : value_as(&kind_parent, 0);
}

/* A string ends where the record does. */
static inline struct value string_value(const struct col *c, struct rec r)
{
	size_t n = r.len - c->off;

	return value_chars((const char *)r.p + c->off, n < c->size ? n : c->size);
}

/* The field of a column. */
static __attribute__((noinline)) struct value field_value(const struct col *c, struct rec r)
{
	const char *p = (const char *)r.p + c->off;
	struct value v;
	u64 n;

	if (c->kind == &kind_string) {
		v = string_value(c, r);
		return !value_len(v) && c->none ? value_none(c->none) : v;
	}
	if (c->kind == &kind_int)
		return value_int(get_int(p, c->size));
	if (c->kind->class == CLASS_OTHER) /* a histogram */
		return (struct value){ .p = p, .kind = c->kind };
	n = get_uint(p, c->size);
	return !n && c->none ? value_none(c->none) : value_as(c->kind, n);
}

/* What a cell is. */
static inline __attribute__((always_inline)) struct value cell(const struct col *c, struct rec r)
{
	if (c->value)
		return c->value(r);
	if (c->value_of)
		return c->value_of((const char *)r.p + c->off);
	return field_value(c, r);
}

struct value out_cell(const struct col *c, struct rec r)
{
	return cell(c, r);
}

/* ---- pieces of a string ---- */

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
	put_number(v < 0 ? -(u64)v : (u64)v, v < 0);
}

void out_plain_uint(u64 v)
{
	put_number(v, false);
}

/* In a JSON string, what needs an escape there has one. */
static inline char *set_char(char *p, const struct out *o, char c)
{
	if ((c == '"' || c == '\\') && o && o->quoting)
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

/* ---- text ---- */

/* Cut what was put from AT on to WIDTH columns, or pad it with spaces. */
static __attribute__((cold, noinline)) void fit(size_t at, size_t width)
{
	size_t columns;

	buf.len = at + text_fit(buf.p + at, buf.len - at, width, &columns);
	memset(room(width), ' ', width - columns);
	buf.len += width - columns;
}

static __attribute__((noinline)) size_t columns_from(size_t at)
{
	const u64 high = 0x8080808080808080;
	size_t i = at;
	u64 word;

	/* ASCII takes as many columns as bytes. */
	for (; i + sizeof(word) <= buf.len; i += sizeof(word)) {
		memcpy(&word, buf.p + i, sizeof(word));
		if (word & high)
			return text_width(buf.p + at, buf.len - at);
	}
	for (; i < buf.len; i++)
		if (buf.p[i] & 0x80)
			return text_width(buf.p + at, buf.len - at);
	return i - at;
}

void text_end(const struct endpoint *e, const char *before, const char *between, size_t width)
{
	size_t at = buf.len, len;

	put_rare(before, strlen(before));
	kind_ip.text(NULL, value_ip(e), (struct rec){});
	put_rare(between, strlen(between));
	put_number(e->port, false);
	len = buf.len - at;
	if (len < width) {
		memset(room(width - len), ' ', width - len);
		buf.len += width - len;
	}
}

void text_name(const char *s, size_t size, size_t width, size_t most)
{
	size_t at = buf.len, columns;

	text_str(s, strnlen(s, size));
	columns = columns_from(at);
	fit(at, columns < width ? width : columns < most ? columns : most);
}

/* Pad the cell from AT on, which takes COLUMNS, to its width. */
static inline __attribute__((always_inline)) void pad(const struct shown *s, size_t at,
						      size_t columns)
{
	size_t width = s->width, more = width - columns;

	if (columns < width) {
		char *p = room(more);

		if (!s->left) {
			p = buf.p + at;
			memmove(p + more, p, buf.len - at);
			memset(p, ' ', more);
		} else if (!s->last) {
			set_blanks(p, more);
		} else {
			return;
		}
		buf.len += more;
	} else if (columns > width && s->cut) {
		fit(at, width);
	}
}

/* CSV: quotes around a cell with a comma or a quote, which is then doubled (RFC 4180). */
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

/* Text that was put from AT on, and takes COLUMNS, is a cell. */
static inline __attribute__((always_inline)) void end(const struct out *o, const struct shown *s,
						      size_t at, size_t columns)
{
	if (__builtin_expect(o->sep == ',', 0))
		quote_csv(at);
	else
		pad(s, at, columns);
}

static __attribute__((noinline)) void end_measured(const struct out *o, const struct shown *s,
						   size_t at)
{
	end(o, s, at, s->width ? columns_from(at) : 0);
}

static inline size_t begin(const struct out *o, const struct shown *s)
{
	buf.p[buf.len] = o->sep;
	return buf.len += s->gap;
}

/* If the cell is the same as the column's last one, put that. */
static inline __attribute__((always_inline)) bool put_again(const struct shown *s, u64 first,
							    u64 second)
{
	const struct repeat *r = &s->repeat;

	if (r->value[0] != first || r->value[1] != second || !r->len)
		return false;
	memcpy(buf.p + buf.len, r->text, sizeof(r->text));
	buf.len += r->len;
	return true;
}

/* The cell that was put from AT on. */
static inline void remember(struct shown *s, size_t at, u64 first, u64 second)
{
	struct repeat *r = &s->repeat;
	size_t len = buf.len - at;

	r->len = len <= sizeof(r->text) ? len : 0;
	r->value[0] = first;
	r->value[1] = second;
	memcpy(r->text, buf.p + at, sizeof(r->text));
}

static __attribute__((noinline)) void number_text(const struct out *o, struct shown *s, u64 v,
						  bool negative)
{
	char text[2 * DIGITS], *from = text + DIGITS, *p = buf.p + buf.len;
	size_t len, more, at = buf.len;

	if (put_again(s, v, negative))
		return;
	*p = o->sep;
	p += s->gap;
	from = digits_before(from, v);
	if (negative)
		*--from = '-';
	len = text + DIGITS - from;
	more = s->width > len ? s->width - len : 0;
	/* Copies more than the number has; the rest gets overwritten. */
	if (!s->left) {
		set_blanks(p, more);
		memcpy(p + more, from, DIGITS);
	} else {
		memcpy(p, from, DIGITS);
		set_blanks(p + len, more);
		if (s->last)
			more = 0;
	}
	buf.len = p + len + more - buf.p;
	remember(s, at, v, negative);
}

static __attribute__((cold, noinline)) void escaped_text(const struct out *o, const struct shown *s,
							 const char *str, size_t n)
{
	size_t at = buf.len;

	put_escaped(str, n, TEXT_TERMINAL);
	end_measured(o, s, at);
}

static inline __attribute__((always_inline)) void
string_text(const struct out *o, const struct shown *s, const char *str, size_t n)
{
	size_t at = begin(o, s);

	if (!copy_plain(room(n), str, n, false)) {
		escaped_text(o, s, str, n);
		return;
	}
	buf.len += n;
	end(o, s, at, n);
}

/* A string that is printable ASCII. */
static void ascii_json(struct out *o, struct value v, struct rec r)
{
	putch('"');
	v.kind->text(o, v, r);
	putch('"');
}

/* The kinds that are rarer than numbers and strings. */
static __attribute__((noinline)) void other_text(struct out *o, struct shown *s, struct value v,
						 struct rec r)
{
	u64 same = v.kind->same ? v.kind->same(v) : 0;
	size_t before = buf.len, at;

	if (same && put_again(s, same, 0))
		return;
	at = begin(o, s);
	v.kind->text(o, v, r);
	if (v.kind->json == ascii_json) /* as many columns as bytes */
		end(o, s, at, buf.len - at);
	else
		end_measured(o, s, at);
	if (same)
		remember(s, before, same, 0);
}

/* The name of a task. */
static void comm_text(const struct out *o, struct shown *s, struct rec r)
{
	const char *comm = (const char *)r.p + s->col->off;
	size_t at = buf.len;
	u64 words[2];

	memcpy(words, comm, sizeof(words));
	if (put_again(s, words[0], words[1]))
		return;
	string_text(o, s, comm, strnlen(comm, sizeof(words)));
	remember(s, at, words[0], words[1]);
}

static inline __attribute__((always_inline)) void cell_text(struct out *o, struct shown *s,
							    struct value v, struct rec r)
{
	if (value_is_string(v))
		string_text(o, s, v.s, value_len(v));
	else if (v.kind == &kind_uint)
		number_text(o, s, v.number, false);
	else if (v.kind == &kind_int)
		number_text(o, s, (s64)v.number < 0 ? -v.number : v.number, (s64)v.number < 0);
	else if (v.kind->shown)
		number_text(o, s, v.kind->shown(v.number), false);
	else
		other_text(o, s, v, r);
}

/* What cell() says, without a call for most fields. */
static __attribute__((noinline)) void cells_text(struct out *o, struct shown *from,
						 const struct shown *end, struct rec r)
{
	for (struct shown *s = from; s < end; s++) {
		const struct col *c = s->col;
		const char *p = (const char *)r.p + c->off;
		struct value v;

		switch (s->field) {
		case IS_U32:
			v = value_as(c->kind, *(const u32 *)p);
			break;
		case IS_S32:
			v = value_int(*(const s32 *)p);
			break;
		case IS_U64:
			v = value_as(c->kind, *(const u64 *)p);
			break;
		case IS_STRING:
			if (c->size == COMM_LEN && r.len - c->off >= COMM_LEN) {
				comm_text(o, s, r);
				continue;
			}
			v = string_value(c, r);
			break;
		default:
			v = cell(c, r);
		}
		cell_text(o, s, v, r);
	}
}

void out_value_text(struct out *o, size_t i, struct rec r)
{
	struct shown alone = o->cols[i];

	room(1);
	alone.gap = false;
	alone.repeat.len = 0;
	cells_text(o, &alone, &alone + 1, r);
}

void out_head(struct out *o)
{
	if (o->json)
		return;
	room(1);
	for (const struct shown *s = o->cols; s < o->end; s++) {
		struct value name = value_none(s->col->name);
		struct shown head = *s;

		head.left = s->col->width < 0;
		if (!(s->col->flags & COL_BELOW))
			other_text(o, &head, name, (struct rec){});
	}
	putch('\n');
}

/* ---- JSON ---- */

static __attribute__((noinline)) void value_json(struct out *o, struct value v, struct rec r)
{
	bool negative = v.kind == &kind_int && (s64)v.number < 0;

	if (value_is_string(v))
		json_str(v.s, value_len(v));
	else if (v.kind->class == CLASS_NUMBER)
		put_number(negative ? -v.number : v.number, negative);
	else if (v.kind->class == CLASS_NONE)
		put_rare("null", 4);
	else
		v.kind->json(o, v, r);
}

/* ---- records ---- */

const struct col *out_nth(const struct out *o, size_t i)
{
	return o->cols + i < o->end ? o->cols[i].col : NULL;
}

struct value out_value(const struct out *o, size_t i, struct rec r)
{
	return cell(o->cols[i].col, r);
}

const char *out_string(struct out *o, struct value v, struct rec r, size_t *len)
{
	size_t at = buf.len;

	if (value_is_string(v))
		put_safe(v.s, value_len(v));
	else
		v.kind->text(o, v, r);
	*len = buf.len - at;
	buf.len = at;
	return buf.p + at;
}

const char *out_json(struct out *o, struct value v, struct rec r, size_t *len)
{
	size_t at = buf.len;

	value_json(o, v, r);
	*len = buf.len - at;
	buf.len = at;
	return buf.p + at;
}

static void (*put_also)(u32 pid);

void out_json_also(void (*put)(u32 pid))
{
	put_also = put;
}

static u32 pid_of(const struct out *o, struct rec r)
{
	struct value v = o->pid ? cell(o->pid->col, r) : value_none("");

	return value_class(v) == CLASS_NUMBER ? v.number : 0;
}

static __attribute__((noinline)) void rec_json(struct out *o, struct rec r, u64 mono_ns)
{
	put_json_time(time_wall(mono_ns));
	if (put_also)
		put_also(pid_of(o, r));
	for (const struct shown *s = o->cols; s < o->end; s++) {
		put(s->key, s->key_len);
		value_json(o, cell(s->col, r), r);
	}
	putch('}');
}

void out_rec(struct out *o, struct rec r, u64 mono_ns)
{
	room(1);
	if (o->json)
		rec_json(o, r, mono_ns);
	else
		cells_text(o, o->cols, o->end, r);
	putch('\n');
}

/* ---- kinds ---- */

#define KIND(name, class, decimals, text, json) \
	const struct value_kind kind_##name = { class, decimals, text, json, NULL, NULL }
#define KIND_SHOWN(name, shown) \
	const struct value_kind kind_##name = { CLASS_NUMBER, 0, NULL, NULL, NULL, shown }
#define UNUSED __attribute__((unused))
#define TEXT(name) \
	static void name(struct out *o UNUSED, struct value v UNUSED, struct rec r UNUSED)

TEXT(s_text)
{
	put_safe(v.s, strlen(v.s));
}
KIND(none, CLASS_NONE, 0, s_text, NULL);

/* These have ways of their own, see cell_text() and value_json(). */
KIND(uint, CLASS_NUMBER, 0, NULL, NULL);
KIND(int, CLASS_NUMBER, 0, NULL, NULL);
KIND(string, CLASS_STRING, 0, NULL, NULL);

TEXT(decimals)
{
	put_decimals(v.number, v.kind->decimals);
}

/* Of ten. */
static const u64 powers[] = { 1,      10,      100,      1000,      10000,
			      100000, 1000000, 10000000, 100000000, 1000000000 };

TEXT(ms_text)
{
	u64 unit = powers[6 - v.kind->decimals];

	put_decimals((v.number + unit / 2) / unit, v.kind->decimals);
}
KIND(ms, CLASS_NUMBER, 2, ms_text, NULL);
KIND(ms3, CLASS_NUMBER, 3, ms_text, NULL);
KIND(ms_exact, CLASS_NUMBER, 6, decimals, NULL);

static u64 us_of(u64 ns)
{
	return ns / 1000;
}
KIND_SHOWN(us, us_of);
KIND(us_exact, CLASS_NUMBER, 3, decimals, NULL);

/* Rounded as BCC does, by printf(): 1.005 is nearer to 1.00. */
TEXT(us_text)
{
	text("%.2f", v.number / 1e3);
}
KIND(us2, CLASS_NUMBER, 2, us_text, NULL);

TEXT(seconds_text)
{
	u64 unit = powers[9 - v.kind->decimals];

	put_decimals((v.number + unit / 2) / unit, v.kind->decimals);
}
KIND(s, CLASS_NUMBER, 2, seconds_text, NULL);

static u64 kib_of(u64 bytes)
{
	return bytes >> 10;
}
KIND_SHOWN(kib, kib_of);

/* KiB with fraction, and always with a decimal, as Python divides. */
TEXT(kib_exact_text)
{
	u64 fraction = (v.number & 1023) * 9765625; /* of 10^10 */
	int decimals = 10;

	for (; decimals > 1 && fraction % 10 == 0; decimals--)
		fraction /= 10;
	text("%llu.%0*llu", v.number >> 10, decimals, fraction);
}
KIND(kib_exact, CLASS_NUMBER, 0, kib_exact_text, NULL);

static u64 mib_of(u64 bytes)
{
	return (bytes + (1 << 19)) >> 20;
}
KIND_SHOWN(mib, mib_of);

u64 per_second(u64 n)
{
	/* Rounding hides that the timer is a few microseconds late. */
	u64 ms = (run.report_ns + 500000) / 1000000;

	return ms ? (n * 1000 + ms / 2) / ms : n;
}

KIND_SHOWN(rate, per_second);

void named_text(struct out *o UNUSED, struct value v, struct rec r UNUSED)
{
	const char *name = v.kind->name(v.number);

	if (name)
		text_str(name, strlen(name));
	else
		put_number(v.number, false);
}

TEXT(octal_text)
{
	char b[DIGITS], *p = b + sizeof(b);

	do
		*--p = '0' + (v.number & 7);
	while ((v.number >>= 3) || b + sizeof(b) - p < v.kind->decimals);
	put_rare(p, b + sizeof(b) - p);
}
KIND(octal4, CLASS_STRING, 4, octal_text, ascii_json);
KIND(octal8, CLASS_STRING, 8, octal_text, ascii_json);

TEXT(hex_text)
{
	char b[16], *p = b + sizeof(b);

	do
		*--p = "0123456789abcdef"[v.number & 15];
	while (v.number >>= 4);
	put_rare(p, b + sizeof(b) - p);
}
KIND(hex, CLASS_STRING, 0, hex_text, ascii_json);

TEXT(address_text)
{
	put_rare("0x", 2);
	hex_text(o, v, r);
}
KIND(address, CLASS_STRING, 0, address_text, ascii_json);

TEXT(clock_text)
{
	put_rare(time_hms(v.number), 8);
}
KIND(clock, CLASS_STRING, 0, clock_text, ascii_json);

TEXT(clock_ms_text)
{
	u64 ms = time_wall(v.number) / 1000000 % 1000;
	char b[4] = { '.', '0' + ms / 100, '0' + ms / 10 % 10, '0' + ms % 10 };

	clock_text(o, v, r);
	put_rare(b, sizeof(b));
}
KIND(clock_ms, CLASS_STRING, 0, clock_ms_text, ascii_json);

TEXT(clock_colon_text)
{
	clock_text(o, v, r);
	putch(':');
}
KIND(clock_colon, CLASS_STRING, 0, clock_colon_text, ascii_json);

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

/* inet_ntop() says the same, but takes ten times as long. */
TEXT(ip_text)
{
	const void *addr = v.endpoint->addr;
	char *p = room(INET6_ADDRSTRLEN);

	if (v.endpoint->family == AF_INET)
		buf.len = put_ip4(p, addr) - buf.p;
	else if (v.endpoint->family == AF_INET6)
		buf.len = put_ip6(p, addr) - buf.p;
	else
		putch('?');
}

static u64 ip_same(struct value v)
{
	u32 addr;

	if (v.endpoint->family != AF_INET)
		return 0;
	memcpy(&addr, v.endpoint->addr, sizeof(addr));
	return 1ull << 32 | addr;
}

const struct value_kind kind_ip = {
	.class = CLASS_STRING, .text = ip_text, .json = ascii_json, .same = ip_same
};

TEXT(ip_port_text)
{
	ip_text(o, v, r);
	putch(':');
	put_number(v.endpoint->port, false);
}
KIND(ip_port, CLASS_STRING, 0, ip_port_text, ascii_json);

/* In lines as wide as a terminal, each from the cell's column on. */
TEXT(prose_text)
{
	size_t at = buf.len, indent, room, left = strlen(v.s);
	const char *s = v.s;

	while (at && buf.p[at - 1] != '\n')
		at--;
	indent = buf.len - at;
	room = 99 - indent;
	while (left > room) {
		size_t n = room;

		while (n && s[n] != ' ')
			n--;
		while (n == 0 || (n < left && s[n] != ' ')) /* a long word */
			n++;
		put_safe(s, n);
		s += n;
		left -= n;
		if (!left)
			return;
		text("\n%*s", (int)indent, "");
		s++;
		left--;
	}
	put_safe(s, left);
}

TEXT(prose_json)
{
	json_str(v.s, strlen(v.s));
}
KIND(prose, CLASS_STRING, 0, prose_text, prose_json);

TEXT(written_text)
{
	v.write(o, r);
}

TEXT(written_json)
{
	putch('"');
	o->quoting = true;
	v.write(o, r);
	o->quoting = false;
	putch('"');
}
KIND(written, CLASS_STRING, 0, written_text, written_json);

TEXT(noted_text)
{
	put_safe(v.noted->s, v.noted->len);
	put_safe(v.noted->note, strlen(v.noted->note));
}

TEXT(noted_json)
{
	json_str(v.noted->s, v.noted->len);
}
KIND(noted, CLASS_STRING, 0, noted_text, noted_json);

TEXT(true_json)
{
	put_rare("true", 4);
}
KIND(true, CLASS_BOOL, 0, s_text, true_json);

TEXT(false_json)
{
	put_rare("false", 5);
}
KIND(false, CLASS_BOOL, 0, s_text, false_json);

KIND(fixed2, CLASS_OTHER, 2, decimals, decimals);
KIND(fixed6, CLASS_OTHER, 6, decimals, decimals);
KIND(fixed9, CLASS_OTHER, 9, decimals, decimals);

TEXT(signed_decimals)
{
	if ((s64)v.number < 0) {
		putch('-');
		v.number = -v.number;
	}
	decimals(o, v, r);
}
KIND(signed3, CLASS_OTHER, 3, signed_decimals, signed_decimals);

TEXT(percent_text)
{
	text("%.*f%%", v.kind->decimals, v.percent);
}

TEXT(percent_json)
{
	put_decimals(v.percent * 100 + 0.5, 2);
}
KIND(percent1, CLASS_OTHER, 1, percent_text, percent_json);
KIND(percent2, CLASS_OTHER, 2, percent_text, percent_json);

TEXT(seconds_cut_text)
{
	put_decimals(v.number / powers[9 - v.kind->decimals], v.kind->decimals);
}

TEXT(seconds_json)
{
	put_decimals(v.number, 9);
}
KIND(seconds2, CLASS_OTHER, 2, seconds_text, seconds_json);
KIND(seconds3, CLASS_OTHER, 3, seconds_text, seconds_json);
KIND(seconds6, CLASS_OTHER, 6, seconds_cut_text, seconds_json);
KIND(seconds9, CLASS_OTHER, 9, seconds_cut_text, seconds_json);

/* A command's argument. */
static void put_arg(const char *s, size_t n, bool quoted)
{
	put("\"", quoted);
	if (copy_plain(room(n), s, n, quoted)) /* most are */
		buf.len += n;
	else
		put_escaped(s, n, quoted ? TEXT_QUOTED : TEXT_ARG);
	put("\"", quoted);
}

TEXT(list_text)
{
	const struct list *l = v.list;
	struct strings left = l->others;
	const char *s = l->first;
	size_t n = s ? strlen(s) : 0;

	if (!s)
		s = strings_next(&left, &n);
	while (s) {
		put_arg(s, n, l->style == LIST_QUOTED);
		s = strings_next(&left, &n);
		if (s && l->style == LIST_COMMAS)
			put_rare(", ", 2);
		else if (s)
			putch(' ');
	}
	if (l->more)
		put_rare(" ...", 4);
}

TEXT(list_json)
{
	struct strings left = v.list->others;
	const char *s = v.list->first;
	size_t n = s ? strlen(s) : 0;

	putch('[');
	if (!s)
		s = strings_next(&left, &n);
	while (s) {
		json_str(s, n);
		s = strings_next(&left, &n);
		if (s)
			putch(',');
	}
	putch(']');
}
KIND(list, CLASS_OTHER, 0, list_text, list_json);

TEXT(no_text)
{
}

TEXT(object_json)
{
	putch('{');
	for (const struct member *m = v.members; m->key; m++) {
		if (m != v.members)
			putch(',');
		json_str(m->key, strlen(m->key));
		putch(':');
		value_json(o, m->v, r);
	}
	putch('}');
}
KIND(object, CLASS_OTHER, 0, no_text, object_json);

TEXT(hist_json)
{
	const char *sep = "";

	putch('[');
	for (int i = 0; i < HIST_SLOTS; i++)
		if (v.hist->slots[i]) {
			text("%s{\"lo\":%llu,\"hi\":%llu,\"count\":%llu}", sep, hist_lo(i),
			     hist_hi(i), v.hist->slots[i]);
			sep = ",";
		}
	putch(']');
}
KIND(hist, CLASS_OTHER, 0, no_text, hist_json);
