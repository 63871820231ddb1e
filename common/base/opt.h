/* SPDX-License-Identifier: BSD-2-Clause */
/* Command-line options as a table, whose rows write straight into variables. */
#pragma once
#include "lib/types.h"
#include <regex.h>

struct opt {
	int key;          /* option letter, or 0 for a long option only */
	const char *name; /* long option; users can write '_' for '-' */
	const char *
		arg; /* what its argument is called; in brackets, as in [PATH]: it can be left out */
	const char *help;
	/* Take the argument; on a bad one, exits with status 2 and a message. */
	void (*set)(const struct opt *, const char *arg);
	void *to;
	u64 min, max;
	const char *const *choices; /* NULL-terminated; stores the index */
	void (*call)(const char *arg);
	bool may_be_empty; /* the argument */
};

#define OPT_FLAG(k, n, p, h)                                                    \
	{                                                                       \
		.key = k, .name = n, .help = h, .set = opt_flag, .to = (bool *) \
		{                                                               \
			p                                                       \
		}                                                               \
	}
#define OPT_U32(k, n, a, p, lo, hi, h)                                                        \
	{                                                                                     \
		.key = k, .name = n, .arg = a, .help = h, .set = opt_u32, .to = (u32 *){ p }, \
		.min = lo, .max = hi                                                          \
	}
#define OPT_STR(k, n, a, p, h)                                                                  \
	{                                                                                       \
		.key = k, .name = n, .arg = a, .help = h, .set = opt_str, .to = (const char **) \
		{                                                                               \
			p                                                                       \
		}                                                                               \
	}
#define OPT_CHOICE(k, n, a, p, c, h)                                                             \
	{                                                                                        \
		.key = k, .name = n, .arg = a, .help = h, .set = opt_choice, .to = (u32 *){ p }, \
		.choices = c                                                                     \
	}
/* An extended regular expression.  P is the address of a regex_t *, which is NULL unless the option is given. */
#define OPT_REGEX(k, n, p, h)                                                     \
	{                                                                         \
		.key = k, .name = n, .arg = "REGEX", .help = h, .set = opt_regex, \
		.to = (regex_t **)                                                \
		{                                                                 \
			p                                                         \
		}                                                                 \
	}
/* CALL takes the argument, NULL for an option without one, or if it was left out. */
#define OPT_CALL(k, n, a, f, h)                                                      \
	{                                                                            \
		.key = k, .name = n, .arg = a, .help = h, .set = opt_call, .call = f \
	}

void opt_flag(const struct opt *, const char *arg);
void opt_u32(const struct opt *, const char *arg);
void opt_str(const struct opt *, const char *arg);
void opt_choice(const struct opt *, const char *arg);
void opt_regex(const struct opt *, const char *arg);
void opt_call(const struct opt *, const char *arg);

/* Have a row take its argument. */
void opt_take(const struct opt *, const char *arg);
/* Was this option letter (or the column with it) given? */
bool given(int opt);
/*
 * Have given() be true of this letter.  One below ' ' can stand for columns that appear with any of
 * several options.
 */
void opt_imply(int letter);

/*
 * Report a usage error on stderr, and exit with status 2.  While an option takes its argument, the
 * message begins with the option's name.
 */
void usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * A whole number in [lo, hi], decimal or 0x...; anything else is a usage error.  WHAT names it in the
 * message if it is not an option's argument.
 */
u64 parse_u64(const char *arg, const char *what, u64 lo, u64 hi);
/* The same, in bytes; a suffix K, M or G multiplies by powers of 1024. */
u64 parse_size(const char *arg, const char *what, u64 lo, u64 hi);
/* Milliseconds, perhaps with decimals, as in "0.5".  Returns nanoseconds; at most a day. */
u64 parse_ms(const char *arg, const char *what);
/* The same in microseconds. */
u64 parse_us(const char *arg, const char *what);
/* Call f for each number in a list such as "12,34"; all must be in [lo, hi]. */
void parse_list(const char *arg, const char *what, u64 lo, u64 hi, void (*f)(u64));
/* Call f for each word of a comma-separated list. */
void parse_words(const char *arg, void (*f)(const char *));
/* Compile an extended regular expression; FLAGS are those of regcomp(3). */
void parse_regex(regex_t *, const char *arg, int flags);

/* Does the expression from OPT_REGEX() match anywhere in S?  NULL, for an option not given, always matches. */
bool regex_matches(const regex_t *, const char *s);
