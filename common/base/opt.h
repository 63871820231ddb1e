/* SPDX-License-Identifier: BSD-2-Clause */
/* Command-line options as a table; a row writes straight into a variable. */
#pragma once
#include "lib/types.h"
#include <regex.h>

struct opt {
	int key;          /* option letter, or 0 for a long option only */
	const char *name; /* long option; '_' and '-' are the same in it */
	const char *arg;  /* what its argument is called, or NULL */
	const char *help;
	/* Take the argument; exits with 2 and a sentence if it is not one. */
	void (*set)(const struct opt *, const char *arg);
	void *to;
	u64 min, max;
	const char *const *choices; /* NULL-terminated; stores the index */
	void (*call)(const char *arg);
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
/* An extended regular expression; P, the address of a regex_t *, is NULL until it is given. */
#define OPT_REGEX(k, n, p, h)                                                     \
	{                                                                         \
		.key = k, .name = n, .arg = "REGEX", .help = h, .set = opt_regex, \
		.to = (regex_t **)                                                \
		{                                                                 \
			p                                                         \
		}                                                                 \
	}
/* CALL takes the argument, NULL for an option without one. */
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

/* Let a row take its argument. */
void opt_take(const struct opt *, const char *arg);
/* Was this option letter (or the column with it) given? */
bool given(int opt);

/*
 * A usage error: one sentence on stderr, then exit status 2.  While an option takes its argument, its
 * name comes first.
 */
void usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * A whole number in [lo, hi], decimal or 0x...; anything else is a usage error.  WHAT names it where no
 * option does.
 */
u64 parse_u64(const char *arg, const char *what, u64 lo, u64 hi);
/* The same with K, M or G behind it (powers of 1024); in bytes. */
u64 parse_size(const char *arg, const char *what, u64 lo, u64 hi);
/* Call f for each number of a list such as "12,34"; every one in [lo, hi]. */
void parse_list(const char *arg, const char *what, u64 lo, u64 hi, void (*f)(u64));
/* Call f for each word of a comma-separated list. */
void parse_words(const char *arg, void (*f)(const char *));
/* Compile an extended regular expression; FLAGS are regcomp(3)'s. */
void parse_regex(regex_t *, const char *arg, int flags);

/* Does what OPT_REGEX() took match S, anywhere in it?  If it was not given, everything does. */
bool regex_matches(const regex_t *, const char *s);
