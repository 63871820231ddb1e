// SPDX-License-Identifier: BSD-2-Clause
#include "base/opt.h"
#include "base/message.h"
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct opt *taking;
static bool letters[128]; /* given */

bool given(int opt)
{
	return opt > 0 && opt < 128 && letters[opt];
}

void opt_imply(int letter)
{
	letters[letter] = true;
}

void opt_take(const struct opt *o, const char *arg)
{
	taking = o;
	letters[o->key] = true; /* that of 0 is nobody's */
	if (arg && !*arg && !o->may_be_empty)
		usage_error("empty argument %s", o->arg);
	o->set(o, arg);
	taking = NULL;
}

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
}

void usage_error(const char *fmt, ...)
{
	char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	say("%s%s%s%s", taking ? "--" : "", taking ? taking->name : "", taking ? ": " : "",
	    what ?: "bad usage");
	exit(2);
}

/* Takes digits only; strtoull() would also take signs, spaces and an empty string. */
static bool parse(const char *arg, char **end, u64 *v)
{
	errno = 0;
	*v = strtoull(arg, end, !strncasecmp(arg, "0x", 2) ? 16 : 10);
	return isdigit((unsigned char)*arg) && !errno;
}

/* Like usage_error(), for a number that may not belong to an option. */
static void bad_number(const char *arg, const char *what, const char *wanted, u64 lo, u64 hi)
{
	usage_error("%s%s'%s' is not a %s from %llu to %llu", taking ? "" : what,
		    taking ? "" : ": ", arg, wanted, lo, hi);
}

u64 parse_u64(const char *arg, const char *what, u64 lo, u64 hi)
{
	char *end;
	u64 v;

	if (!parse(arg, &end, &v) || *end || v < lo || v > hi)
		bad_number(arg, what, "whole number", lo, hi);
	return v;
}

u64 parse_size(const char *arg, const char *what, u64 lo, u64 hi)
{
	static const char units[] = "kmg";
	char *end;
	u64 v;
	bool ok = parse(arg, &end, &v);

	if (ok && *end) {
		const char *u = strchr(units, tolower((unsigned char)*end));
		int shift = u ? 10 * (u - units + 1) : 0;

		ok = u && !end[1] && v << shift >> shift == v;
		v <<= shift;
	}
	if (!ok || v < lo || v > hi)
		bad_number(arg, what, "number of bytes, such as 512K or 8M,", lo, hi);
	return v;
}

/* A number of units, which are a power of ten of nanoseconds, perhaps with decimals; at most MOST. */
static u64 parse_decimals(const char *arg, const char *what, const char *kind, u64 unit, u64 most)
{
	const char *s = arg;
	u64 ns = 0;

	for (; isdigit((unsigned char)*s) && ns <= most; s++)
		ns = ns * 10 + *s - '0';
	if (s == arg || ns > most)
		bad_number(arg, what, kind, 0, most);
	ns *= unit;
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s); s++)
			ns += (*s - '0') * (unit /= 10);
	if (*s)
		bad_number(arg, what, kind, 0, most);
	return ns;
}

u64 parse_ms(const char *arg, const char *what)
{
	return parse_decimals(arg, what, "number of milliseconds", 1000000, 86400000);
}

u64 parse_us(const char *arg, const char *what)
{
	return parse_decimals(arg, what, "number of microseconds", 1000, 86400000000);
}

void parse_words(const char *arg, void (*f)(const char *))
{
	char *words = strdup(arg), *rest = words, *word;

	if (!words)
		err(1, NULL);
	while ((word = strsep(&rest, ",")))
		f(word);
	free(words);
}

void parse_list(const char *arg, const char *what, u64 lo, u64 hi, void (*f)(u64))
{
	char *words = strdup(arg), *rest = words, *word;

	if (!words)
		err(1, NULL);
	while ((word = strsep(&rest, ",")))
		f(parse_u64(word, what, lo, hi));
	free(words);
}

void opt_flag(const struct opt *o, const char *arg)
{
	(void)arg;
	*(bool *)o->to = true;
}

void opt_u32(const struct opt *o, const char *arg)
{
	*(u32 *)o->to = parse_u64(arg, o->name, o->min, o->max);
}

void opt_str(const struct opt *o, const char *arg)
{
	*(const char **)o->to = arg;
}

void opt_choice(const struct opt *o, const char *arg)
{
	char list[256] = "";

	for (u32 i = 0; o->choices[i]; i++) {
		if (!strcmp(arg, o->choices[i])) {
			*(u32 *)o->to = i;
			return;
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i ? ", " : "",
			 o->choices[i]);
	}
	usage_error("'%s' is not one of %s", arg, list);
}

void parse_regex(regex_t *re, const char *arg, int flags)
{
	int error = regcomp(re, arg, REG_EXTENDED | flags);
	char why[128];

	if (!error)
		return;
	regerror(error, re, why, sizeof(why));
	usage_error("'%s' is not a regular expression: %s", arg, why);
}

void opt_regex(const struct opt *o, const char *arg)
{
	regex_t *re = malloc(sizeof(*re));

	if (!re)
		err(1, NULL);
	parse_regex(re, arg, REG_NOSUB);
	*(regex_t **)o->to = re;
}

bool regex_matches(const regex_t *re, const char *s)
{
	return !re || !regexec(re, s, 0, NULL, 0);
}

void opt_call(const struct opt *o, const char *arg)
{
	o->call(arg);
}
