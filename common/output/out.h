/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output: one table of columns describes a tool's records, and every rendering
 * of them (text header, rows, JSON lines, metrics, man page) is derived from it.
 *
 * Rows gather in one buffer, which is written once per batch.  Cells are padded and cut here, by
 * columns of the terminal, and JSON is quoted; base/text.h decides what is escaped, and how.
 */
#pragma once
#include "output/value.h"
#include <stdint.h>

enum col_flags {
	COL_ONLY_IF = 1,   /* also left out of JSON without its option: there is no data then */
	COL_UNLESS = 2,    /* hidden when its option is given, instead of shown */
	COL_JSON_ONLY = 4, /* not in text */
	COL_TEXT_ONLY = 8, /* other JSON keys say the same */
	COL_TRUNCATE =
		16, /* text is cut to the width, as in BCC: by columns, never within a character */
	COL_NO_BLANK = 32, /* no space after it, as in some of BCC's rows */
	COL_GAUGE = 64,    /* a state; other numbers of reports are added up */
	COL_RIGHT = 128,   /* cells are right-aligned below a header that is left-aligned */
	COL_BELOW =
		256, /* in text, the last column, without a header: the value has lines of its own */
	COL_REPEATED = 512, /* of several rows together, each of which has it: not added up */
};

/* A column has a function, or is a field of the record. */
struct col {
	const char *name; /* header; in lower case also the JSON key */
	const char *key;  /* JSON key, if not the header */
	const char *help; /* what it means, for the man page */
	int width;        /* as in printf: negative is left-aligned, 0 is no padding */
	char opt;         /* shown only if this option is given */
	u16 flags;
	u16 off, size;                               /* of the field in the record */
	const struct value_kind *kind;               /* of the field */
	struct value (*value)(struct rec);           /* what the cell is, */
	struct value (*value_of)(const void *field); /* or what it is by its field */
	const char *optname, *opthelp; /* set: the column declares the option itself */
	const char *none; /* set: text for an empty string or 0, which are null in JSON */
};

#define COL_KIND(x) \
	_Generic((x), char * : &kind_string, const char * : &kind_string, s8 : &kind_int,      \
		 s16 : &kind_int, s32 : &kind_int, s64 : &kind_int, struct hist : &kind_hist,  \
		 default : &kind_uint)
#define COL_FIELD(type, m) (((struct type *)0)->m)

#define FIELD(type, m) .off = offsetof(struct type, m), .size = sizeof(COL_FIELD(type, m))
/* A column that is a field of struct TYPE. */
#define COL(n, w, type, m) \
	.name = n, .width = w, .kind = COL_KIND(COL_FIELD(type, m)), FIELD(type, m)
/* The same for a number of another kind, such as kind_ms. */
#define COL_AS(as, n, w, type, m) .name = n, .width = w, .kind = &as, FIELD(type, m)
/* A column that is what F returns for a record, see CELL(); or, with a field of struct TYPE, for that. */
#define COLF(n, w, f)            .name = n, .width = w, .value = f
#define COL_OF(f, n, w, type, m) .name = n, .width = w, .value_of = f, FIELD(type, m)
#define KEY(k)                   .key = k
#define HELP(h)                  .help = h
#define NONE(text)               .none = text
/* The column declares its option, and appears with it.  JSON always has it. */
#define SHOW(k, n, h) .opt = k, .optname = n, .opthelp = h
/* The column appears with an option that another row declares. */
#define WITH(k)        .opt = k
#define ONLY_IF(k)     .opt = k, .flags = COL_ONLY_IF
#define UNLESS(k)      .opt = k, .flags = COL_UNLESS
#define ONLY_UNLESS(k) .opt = k, .flags = COL_ONLY_IF | COL_UNLESS
#define JSON_ONLY      .flags = COL_JSON_ONLY
#define TEXT_ONLY      .flags = COL_TEXT_ONLY
#define TRUNCATED      .flags = COL_TRUNCATE
#define RIGHT          .flags = COL_RIGHT

/* Seconds since the first event, from the record's u64 ts (CLOCK_MONOTONIC, ns). */
#define COL_TIME_S(w, type) COL_OF(time_s, "TIME(s)", w, type, ts), KEY("time_s")
/* The same with six decimals; nine in JSON. */
#define COL_TIME_S6(w, type) COL_OF(time_s6, "TIME(s)", w, type, ts), KEY("time_s")
/* The same with three decimals; nine in JSON. */
#define COL_TIME_S3(w, type) COL_OF(time_s3, "TIME(s)", w, type, ts), KEY("time_s")
/* Seconds since tracing began, with three decimals; nine in JSON. */
#define COL_TIME_BEGAN(w, type) COL_OF(time_began, "TIME(s)", w, type, ts), KEY("time_s")
/* Wall-clock HH:MM:SS; in text only, as JSON has "time" in every row. */
#define COL_TIME(w, type) COL_AS(kind_clock, "TIME", w, type, ts), TEXT_ONLY
/* The same of a report. */
#define COL_TIME_NOW(w)       COLF("TIME", w, time_now), TEXT_ONLY
#define COL_TIME_NOW_COLON(w) COLF("TIME", w, time_now_colon), TEXT_ONLY

/*
 * The result of a system call, from the record's s32 ret, which is negative for an error.  FD is
 * the file descriptor (or other result), or -1; ERR is the error number, or 0.
 */
#define COL_FD(w, type)  COL_OF(result_fd, "FD", w, type, ret)
#define COL_ERR(w, type) COL_OF(result_err, "ERR", w, type, ret)

/* The process ID of the parent, from the record's u32 ppid; in text, ? if there is none. */
#define COL_PPID(w, type) COL_OF(parent_pid, "PPID", w, type, ppid)

struct value time_s(const void *u64_ts);
struct value time_s6(const void *u64_ts);
struct value time_s3(const void *u64_ts);
struct value time_began(const void *u64_ts);
struct value time_now(struct rec);
struct value time_now_colon(struct rec);
struct value result_fd(const void *s32_ret);
struct value result_err(const void *s32_ret);
struct value parent_pid(const void *u32_ppid);

/*
 * Define NAME, a function for a COLF(), which returns a value.  E is the record, a struct TYPE; R has its
 * length, too.
 *	CELL(ratio, cachestat, value_percent(&kind_percent2, page_hits(&e->v), e->v.read))
 */
#define CELL(name, type, ...)                                       \
	static struct value name(struct rec r)                      \
	{                                                           \
		const struct type *e __attribute__((unused)) = r.p; \
                                                                    \
		return __VA_ARGS__;                                 \
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
void out_rec(struct out *, struct rec, u64 mono_ns);

/* In text, make the column with this header at least so wide: before the header is printed. */
void out_widen(struct out *, const char *header, u32 width);

/* Have PUT add fields to each JSON row, after the time; PID is the row's, or 0. */
void out_json_also(void (*put)(u32 pid));

/* The I-th column shown, or NULL; what it is for a record; and its text alone. */
const struct col *out_nth(const struct out *, size_t i);
struct value out_value(const struct out *, size_t i, struct rec);
void out_value_text(struct out *, size_t i, struct rec);
/* What a column is for a record, whether it is shown or not. */
struct value out_cell(const struct col *, struct rec);
/* The text of a value that is CLASS_STRING: *LEN printable bytes, valid until more is put. */
const char *out_string(struct out *, struct value, struct rec, size_t *len);
/* A value as JSON, likewise. */
const char *out_json(struct out *, struct value, struct rec, size_t *len);
/* A column's key in JSON, which is also the name of its metric or label. */
void out_key(const struct col *, char *key, size_t size);

/*
 * For a kind_written: put a piece.  Outside of cells, with NULL for the OUT, pieces are text.
 */
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
void out_plain_uint(u64 v);
/* One character of printable ASCII. */
void out_char(struct out *, char c);
/* Any bytes, perhaps in quotes.  False: they are not as out_bytes() wants them, and were not put. */
bool out_if_plain(struct out *, const char *s, size_t n, bool quoted);

/* How many that is per second, if it was counted over the interval of the current report. */
u64 per_second(u64 n);

/* The bounds of a histogram's slot. */
static inline u64 hist_lo(int slot)
{
	return slot ? 1ull << slot : 0;
}
static inline u64 hist_hi(int slot)
{
	return (2ull << slot) - 1;
}

/* Text outside cells: banners, blank lines, histograms.  Not for JSON. */
void text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A traced name in such text; bytes that can't be shown are escaped as \ooo. */
void text_str(const char *s, size_t n);
/* A name from a field of SIZE bytes, padded to WIDTH columns and cut to MOST (SIZE_MAX: not cut). */
void text_name(const char *s, size_t size, size_t width, size_t most);
/* An address and port, such as "[192.0.2.1]#80": what comes before them, and between.  Padded to WIDTH. */
void text_end(const struct endpoint *, const char *before, const char *between, size_t width);
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
