/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cell is a value: a column's function says what it is, and out.c how it looks: as text, as JSON and
 * for OpenMetrics.
 */
#pragma once
#include "base/rec.h"
#include <string.h>

struct out;
struct value;

enum value_class { CLASS_NONE, CLASS_NUMBER, CLASS_STRING, CLASS_BOOL, CLASS_OTHER };

/*
 * A kind of value.  Those below are in out.c, and only those that a tool uses are linked; others can be
 * anywhere.
 */
struct value_kind {
	u8 class;    /* enum value_class: what JSON and OpenMetrics see */
	u8 decimals; /* in text */
	/* Put it as text; as JSON, unless it is a number, whose JSON it is, or null. */
	void (*text)(struct out *, struct value, struct rec);
	void (*json)(struct out *, struct value, struct rec);
	const char *(*name)(u64);  /* of a number, see KIND_NAMED */
	u64 (*shown)(u64);         /* of a number that is another in text; TEXT is NULL */
	u64 (*same)(struct value); /* what tells its looks in text from others; 0: nothing does */
};

/* A number that has a name in text.  Without (NULL) it is the number there, too. */
#define KIND_NAMED(name_of)                                                \
	{                                                                  \
		.class = CLASS_NUMBER, .text = named_text, .name = name_of \
	}
void named_text(struct out *, struct value, struct rec);

extern const struct value_kind kind_none; /* S in text */
/* Numbers. */
extern const struct value_kind kind_uint, kind_int;
/* Of ns; in text milliseconds, rounded to two decimals, or three; with all six. */
extern const struct value_kind kind_ms, kind_ms3, kind_ms_exact;
/* The same in microseconds, rounded down; with all three decimals. */
extern const struct value_kind kind_us, kind_us_exact;
extern const struct value_kind kind_us2;       /* the same rounded to two decimals */
extern const struct value_kind kind_s;         /* the same in seconds, rounded to two decimals */
extern const struct value_kind kind_kib;       /* of bytes; in text KiB, rounded down */
extern const struct value_kind kind_kib_exact; /* the same with all decimals, at least one */
extern const struct value_kind kind_mib;       /* the same in MiB, rounded */
extern const struct value_kind kind_rate;      /* counted in the interval; in text per second */
/* Strings. */
extern const struct value_kind kind_string;  /* only of a column */
extern const struct value_kind kind_prose;   /* S, of several words; in text broken into lines */
extern const struct value_kind kind_written; /* WRITE puts it piece by piece */
extern const struct value_kind kind_noted;   /* in text, a note follows */
extern const struct value_kind kind_octal4, kind_octal8; /* of at least so many digits */
extern const struct value_kind kind_hex;                 /* the digits of a number */
extern const struct value_kind kind_address;             /* the same after 0x */
/* The HH:MM:SS of a record's time; with milliseconds; with a colon after it. */
extern const struct value_kind kind_clock, kind_clock_ms, kind_clock_colon;
extern const struct value_kind kind_ip, kind_ip_port; /* an ENDPOINT */
/* What JSON has a shape of its own for, and OpenMetrics none. */
extern const struct value_kind kind_true, kind_false; /* S in text */
extern const struct value_kind kind_fixed2, kind_fixed6,
	kind_fixed9; /* NUMBER with so many decimals */
/* The same with three, of a number that can be negative. */
extern const struct value_kind kind_signed3;
/* In text with so many decimals and a %, in JSON with two. */
extern const struct value_kind kind_percent1, kind_percent2;
/* Of ns; in text with so many decimals, rounded; in JSON with nine. */
extern const struct value_kind kind_seconds2, kind_seconds3;
/* The same with the rest cut off. */
extern const struct value_kind kind_seconds6, kind_seconds9;
extern const struct value_kind kind_list, kind_object;
extern const struct value_kind kind_hist; /* in text below the row: see record_print_hist() */

/* A string, of which text says more. */
struct noted {
	const char *s, *note;
	size_t len;
};

/* Strings: an array in JSON. */
struct list {
	const char *first; /* NULL: none but the others */
	struct strings others;
	enum {
		LIST_ARGS,   /* in text with spaces between them, and \n for a newline */
		LIST_QUOTED, /* the same in double quotes, with \" for each quote in them */
		LIST_COMMAS, /* with commas */
	} style;
	bool more; /* in text, ... follows */
};

struct endpoint {
	int family; /* AF_INET or AF_INET6 */
	const void *addr;
	u16 port;
};

/* Sixteen bytes, so that functions return it in registers.  What it points to lives until the next is made. */
struct value {
	union {
		u64 number;
		double percent;
		const char *s;
		const void *p;
		void (*write)(struct out *, struct rec);
		const struct noted *noted;
		const struct list *list;
		const struct member *members;
		const struct endpoint *endpoint;
		const struct hist *hist;
	};
	union {
		const struct value_kind *kind;
		u64 odd; /* a string of any bytes: twice its length, plus one, as no address of a kind is */
	};
};

struct member {
	const char *key; /* NULL: the last one */
	struct value v;
};

static inline bool value_is_string(struct value v)
{
	return v.odd & 1;
}
static inline size_t value_len(struct value v)
{
	return v.odd >> 1;
}

static inline struct value value_as(const struct value_kind *kind, u64 n)
{
	return (struct value){ .number = n, .kind = kind };
}
static inline struct value value_uint(u64 n)
{
	return value_as(&kind_uint, n);
}
static inline struct value value_int(s64 n)
{
	return value_as(&kind_int, n);
}
static inline struct value value_strn(const char *s, size_t n)
{
	return (struct value){ .s = s, .odd = 2 * n + 1 };
}
static inline struct value value_str(const char *s)
{
	return value_strn(s, strlen(s));
}
/* A field of SIZE bytes. */
static inline struct value value_chars(const char *s, size_t size)
{
	return value_strn(s, strnlen(s, size));
}
static inline struct value value_none(const char *text)
{
	return (struct value){ .s = text, .kind = &kind_none };
}
static inline struct value value_hex(u64 n)
{
	return value_as(&kind_hex, n);
}
/* NULL: no value. */
static inline struct value value_maybe(const char *s)
{
	return s ? value_str(s) : value_none("");
}
static inline struct value value_prose(const char *s)
{
	return (struct value){ .s = s, .kind = &kind_prose };
}
/* TEXT: what text has instead of yes or no, or NULL. */
static inline struct value value_bool(bool is, const char *text)
{
	return (struct value){ .s = text
					    ?: is ? "yes"
						  : "no",
			       .kind = is ? &kind_true : &kind_false };
}
/* 0 if WHOLE is 0. */
static inline struct value value_percent(const struct value_kind *kind, u64 part, u64 whole)
{
	return (struct value){ .percent = whole ? 100.0 * part / whole : 0, .kind = kind };
}
static inline struct value value_written(void (*write)(struct out *, struct rec))
{
	return (struct value){ .write = write, .kind = &kind_written };
}
static inline struct value value_noted(const struct noted *n)
{
	return (struct value){ .noted = n, .kind = &kind_noted };
}
static inline struct value value_list(const struct list *l)
{
	return (struct value){ .list = l, .kind = &kind_list };
}
static inline struct value value_object(const struct member *m)
{
	return (struct value){ .members = m, .kind = &kind_object };
}
static inline struct value value_ip(const struct endpoint *e)
{
	return (struct value){ .endpoint = e, .kind = &kind_ip };
}
static inline struct value value_ip_port(const struct endpoint *e)
{
	return (struct value){ .endpoint = e, .kind = &kind_ip_port };
}
/* A string, of memory that the next call uses again. */
struct value value_fmt(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A name or, if it is NULL, what value_fmt() makes of the rest, such as "[unknown: %u]". */
#define value_named(name, ...)                                           \
	({                                                               \
		const char *the_name = (name);                           \
                                                                         \
		the_name ? value_str(the_name) : value_fmt(__VA_ARGS__); \
	})

static inline enum value_class value_class(struct value v)
{
	return value_is_string(v) ? CLASS_STRING : v.kind->class;
}
