/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output: one table of columns describes a tool's records, and every rendering
 * of them (text header, rows, JSON lines, man page) is derived from it.
 *
 * Rows gather in one buffer, which is written once per batch.  Cells are padded and cut here, by
 * columns of the terminal, and JSON is quoted; base/text.h decides what is escaped, and how.
 */
#pragma once
#include "base/str.h"
#include <stdint.h>
#include <string.h>

struct out;

enum col_kind { COL_UINT, COL_INT, COL_STR, COL_FN, COL_HIST };

enum col_flags {
	COL_ONLY_IF = 1,   /* also left out of JSON without its option: there is no data then */
	COL_UNLESS = 2,    /* hidden when its option is given, instead of shown */
	COL_JSON_ONLY = 4, /* not in text */
	COL_TEXT_ONLY = 8, /* other JSON keys say the same */
	COL_TRUNCATE =
		16, /* text is cut to the width, as in BCC: by columns, never within a character */
	COL_NO_BLANK = 32, /* no space after it, as in some of BCC's rows */
	COL_GAUGE = 64,    /* a state; other numbers of reports are added up */
};

struct col {
	const char *name; /* header; in lower case also the JSON key */
	const char *key;  /* JSON key, if not the header */
	const char *help; /* what it means, for the man page */
	int width;        /* as in printf: negative is left-aligned, 0 is no padding */
	enum col_kind kind;
	u16 off, size;                              /* of the field in the record */
	void (*fmt)(struct out *, const void *rec); /* COL_FN: put one cell */
	char opt;                                   /* shown only if this option is given */
	u8 flags;
	const char *optname, *opthelp; /* set: the column declares the option itself */
	const char *none; /* set: text for an empty string or 0, which are null in JSON */
};

#define COL_KIND(x) \
	_Generic((x), char * : COL_STR, const char * : COL_STR, s8 : COL_INT, s16 : COL_INT,       \
		 s32 : COL_INT, s64 : COL_INT, struct hist : COL_HIST,                      \
		 default : COL_UINT)
#define COL_FIELD(type, m) (((struct type *)0)->m)

/* A column that is a field of struct TYPE. */
#define COL(n, w, type, m)                                           \
	.name = n, .width = w, .kind = COL_KIND(COL_FIELD(type, m)), \
	.off = offsetof(struct type, m), .size = sizeof(COL_FIELD(type, m))
/* A column that a function prints; with FIELD(type, m), the function and OpenMetrics find its field. */
#define COLF(n, w, f)  .name = n, .width = w, .kind = COL_FN, .fmt = f
#define FIELD(type, m) .off = offsetof(struct type, m), .size = sizeof(COL_FIELD(type, m))
#define KEY(k)         .key = k
#define HELP(h)        .help = h
#define NONE(text)     .none = text
/* The column declares its option, and appears with it.  JSON always has it. */
#define SHOW(k, n, h) .opt = k, .optname = n, .opthelp = h
/* The column appears with an option that another row declares. */
#define WITH(k)        .opt = k
#define ONLY_IF(k)     .opt = k, .flags = COL_ONLY_IF
#define UNLESS(k)      .opt = k, .flags = COL_UNLESS
#define ONLY_UNLESS(k) .opt = k, .flags = COL_ONLY_IF | COL_UNLESS
#define JSON_ONLY      .flags = COL_JSON_ONLY
#define TRUNCATED      .flags = COL_TRUNCATE

/* Seconds since the first event, from the record's u64 ts (CLOCK_MONOTONIC, ns). */
#define COL_TIME_S(w, type) COLF("TIME(s)", w, out_time_s), KEY("time_s"), FIELD(type, ts)
/* The same with six decimals; nine in JSON. */
#define COL_TIME_S6(w, type) COLF("TIME(s)", w, out_time_s6), KEY("time_s"), FIELD(type, ts)
/* The same with three decimals; nine in JSON. */
#define COL_TIME_S3(w, type) COLF("TIME(s)", w, out_time_s3), KEY("time_s"), FIELD(type, ts)
/* Seconds since tracing began, with three decimals; nine in JSON. */
#define COL_TIME_BEGAN(w, type) COLF("TIME(s)", w, out_time_began), KEY("time_s"), FIELD(type, ts)
/* Wall-clock HH:MM:SS; in text only, as JSON has "time" in every row. */
#define COL_TIME(w, type) COLF("TIME", w, out_time_hms), FIELD(type, ts), .flags = COL_TEXT_ONLY

/*
 * The result of a system call, from the record's s32 ret, which is negative for an error.  FD is
 * the file descriptor (or other result), or -1; ERR is the error number, or 0.
 */
#define COL_FD(w, type)  COLF("FD", w, out_fd), FIELD(type, ret)
#define COL_ERR(w, type) COLF("ERR", w, out_err), FIELD(type, ret)

/* The process ID of the parent, from the record's u32 ppid; in text, ? if there is none. */
#define COL_PPID(w, type) COLF("PPID", w, out_ppid), FIELD(type, ppid)

/*
 * Define NAME, a function for a COLF(), which prints the cell with one call of PUT.  E is the record, a struct TYPE.
 *	CELL(ratio, cachestat, out_percent, page_hits(&e->v), e->v.read, 2)
 */
#define CELL(name, type, put, ...)                                  \
	static void name(struct out *o, const void *rec)            \
	{                                                           \
		const struct type *e __attribute__((unused)) = rec; \
                                                                    \
		put(o, __VA_ARGS__);                                \
	}
/* Element I of an array of names, or "?" if it has none. */
#define NAME_OF(names, i) \
	((size_t)(i) < sizeof(names) / sizeof(*(names)) && (names)[i] ? (names)[i] : "?")

/* The error number, or the byte count, of a result that is one or the other; else 0. */
static inline u64 ret_error(s64 ret)
{
	return ret < 0 ? -ret : 0;
}
static inline u64 ret_bytes(s64 ret)
{
	return ret > 0 ? ret : 0;
}

/* One rendering of one column table.  GIVEN(opt) tells whether an option was given. */
struct out *out_new(const struct col *cols, bool json, bool (*given)(int opt));
/* An out lives as long as the process; all share the buffer and stdout. */
void out_head(struct out *);
/* MONO_NS is the record's time, for the JSON key "time". */
void out_rec(struct out *, const void *rec, u64 mono_ns);

/* Have PUT add fields to each JSON row, after the time; PID is the row's, or 0. */
void out_json_also(void (*put)(u32 pid));

/* The I-th column shown, or NULL; and its cell alone. */
const struct col *out_nth(const struct out *, size_t i);
void out_cell_text(struct out *, size_t i, const void *rec);
/* A cell's value, as JSON has it. */
struct value {
	enum {
		VALUE_NULL,
		VALUE_NUMBER, /* an integer */
		VALUE_STRING,
		VALUE_BOOL,
		VALUE_OTHER, /* decimals, lists, objects */
	} kind;
	bool negative; /* NUMBER is an s64 */
	u64 number;    /* also of a BOOL */
	const char *
		s; /* of a STRING, or OTHER as JSON: LEN printable bytes, valid until more is put */
	size_t len;
};
/* The value of the I-th column shown. */
struct value out_cell_value(struct out *, size_t i, const void *rec);
/* A column's key in JSON, which is also the name of its metric or label. */
void out_key(const struct col *, char *key, size_t size);
/* In a COLF()'s function, if JSON has a shape of its own: puts the key; the caller then writes the value. */
void out_json_begin(struct out *);

/* For a COLF()'s function: put its one cell. */
void out_int(struct out *, s64 v);
void out_uint(struct out *, u64 v);
void out_octal(struct out *, u64 v, int digits);
void out_fixed(struct out *, u64 v, int decimals); /* v / 10^decimals */
/* "12.34%", in JSON without the %; 0 if WHOLE is 0. */
void out_percent(struct out *, u64 part, u64 whole, int decimals);
void out_str(struct out *, const char *s); /* NUL-terminated, any bytes */
void out_strn(struct out *, const char *s, size_t n);
void out_bool(struct out *, bool v);
void out_maybe(struct out *, const char *s); /* NULL: no value */
void out_fmt(struct out *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_null(struct out *, const char *text); /* no value: this text, or JSON null */
void out_time_s(struct out *, const void *rec);
/* The same with fewer decimals in text. */
void out_time_s6(struct out *, const void *rec);
void out_time_s3(struct out *, const void *rec);
void out_time_began(struct out *, const void *rec);
void out_fd(struct out *, const void *rec);
void out_err(struct out *, const void *rec);
void out_ppid(struct out *, const void *rec);
/* In text milliseconds, rounded to DECIMALS; in JSON nanoseconds. */
void out_ms(struct out *, u64 ns, int decimals);
/* For a column whose FIELD() is a u64 of bytes: KiB, rounded down; in JSON bytes. */
void out_kib(struct out *, const void *rec);
void out_time_hms(struct out *, const void *rec);
void out_time_now(struct out *, const void *rec);       /* HH:MM:SS of the report */
void out_time_now_colon(struct out *, const void *rec); /* the same, followed by a colon */
/* In text, the rate per second of a field that counts over the interval; in JSON, the count. */
void out_rate(struct out *, const void *rec);
/* ADDR:PORT in text and in JSON; family is AF_INET or AF_INET6. */
void out_addr(struct out *, int family, const void *addr, u16 port);
void out_ip(struct out *, int family, const void *addr);
/* A JSON array of strings; in text, the strings with spaces between them. */
void out_list_begin(struct out *);
void out_list_str(struct out *, const char *s, size_t n);
/*
 * The same for a command's argument: in text a newline is \n; if QUOTED, the argument is in double
 * quotes, with \" for each quote in it.
 */
void out_list_arg(struct out *, const char *s, size_t n, bool quoted);
void out_list_args(struct out *, struct strings, bool quoted);
void out_list_end(struct out *);
/*
 * One string, put piece by piece between these two.  Outside of a cell the pieces are text, and the
 * OUT is NULL.
 */
void out_string_begin(struct out *);
void out_string_end(struct out *);
/* Printable ASCII without quotes and backslashes. */
void out_bytes(const char *s, size_t n);
void out_word(u64 bytes, size_t n); /* the first N of them */
static inline void out_plain(const char *s)
{
	size_t n = strlen(s);
	u64 word = 0;

	if (__builtin_constant_p(n) && n <= sizeof(word)) {
		memcpy(&word, s, n);
		out_word(word, n);
	} else {
		out_bytes(s, n);
	}
}
void out_plain_int(s64 v);
/* One character of printable ASCII. */
void out_char(struct out *, char c);
/* Any bytes, perhaps in quotes.  False: they are not as out_bytes() wants them, and were not put. */
bool out_if_plain(struct out *, const char *s, size_t n, bool quoted);
bool out_is_json(const struct out *);
const struct col *out_col(const struct out *); /* the column being put */

/* Text outside cells: banners, blank lines, histograms.  Not for JSON. */
void text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A traced name in such text; bytes that can't be shown are escaped as \ooo. */
void text_str(const char *s, size_t n);
/* A name from a field of SIZE bytes, padded to WIDTH columns and cut to MOST (SIZE_MAX: not cut). */
void text_name(const char *s, size_t size, size_t width, size_t most);
/* A JSON string, quoted. */
void json_str(const char *s, size_t n);

/*
 * Write the buffer, or part of it: see stdout_write().  False once nobody reads stdout any more;
 * exits on other errors.
 */
bool out_flush(void);
/* How many lines were dropped because the reader stalled at the end. */
u64 out_lost(void);
/* Like out_flush(), but only once a batch has gathered: for long reports.  True if it was written. */
bool out_flush_batch(void);

/* Take the buffer's content instead of writing it; valid until more is put. */
const char *out_take(size_t *len);

/* CLOCK_MONOTONIC ns as wall-clock ns. */
u64 time_wall(u64 mono_ns);
u64 time_mono(void);
/* The wall clock's HH:MM:SS at MONO_NS; valid until the next call. */
const char *time_hms(u64 mono_ns);
/* For recorded events: the clock they were recorded with is gone, so treat it as the wall clock. */
void time_wall_is_mono(void);
