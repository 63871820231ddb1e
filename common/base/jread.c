// SPDX-License-Identifier: BSD-2-Clause
#include "base/jread.h"
#include "base/text.h"
#include <string.h>

#define DEEPEST 32 /* brackets inside what is skipped */

struct jread jread_begin(char *text, size_t len)
{
	return (struct jread){ .p = text, .end = text + len };
}

static void bad(struct jread *j, const char *what)
{
	j->bad = j->bad ?: what;
	j->p = j->end;
}

/* The next character that is no blank, or 0 at the end. */
static char peek(struct jread *j)
{
	while (j->p < j->end && (*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'))
		j->p++;
	return j->p < j->end ? *j->p : 0;
}

static bool take(struct jread *j, char c, const char *otherwise)
{
	if (!j->bad && peek(j) == c) {
		j->p++;
		return true;
	}
	bad(j, otherwise);
	return false;
}

void jread_open(struct jread *j, char bracket)
{
	j->fresh = take(j, bracket, bracket == '{' ? "no JSON object" : "not an array");
}

bool jread_more(struct jread *j, char back)
{
	bool fresh = j->fresh;

	j->fresh = false;
	if (j->bad)
		return false;
	if (peek(j) == back) {
		j->p++;
		return false;
	}
	return fresh ? peek(j) || take(j, back, "the end is missing")
		     : take(j, ',', "a comma or the end is missing");
}

static int hex(struct jread *j)
{
	int n = 0;

	for (int i = 0; i < 4; i++, j->p++) {
		int c = j->p < j->end ? *j->p : 0, low = c | 0x20;

		if (c >= '0' && c <= '9')
			n = n << 4 | (c - '0');
		else if (low >= 'a' && low <= 'f')
			n = n << 4 | (low - 'a' + 10);
		else
			return -1;
	}
	return n;
}

static char *put_utf8(char *to, u32 c)
{
	if (c < 0x80) {
		*to++ = c;
	} else if (c < 0x800) {
		*to++ = 0xc0 | c >> 6;
		*to++ = 0x80 | (c & 0x3f);
	} else if (c < 0x10000) {
		*to++ = 0xe0 | c >> 12;
		*to++ = 0x80 | (c >> 6 & 0x3f);
		*to++ = 0x80 | (c & 0x3f);
	} else {
		*to++ = 0xf0 | c >> 18;
		*to++ = 0x80 | (c >> 12 & 0x3f);
		*to++ = 0x80 | (c >> 6 & 0x3f);
		*to++ = 0x80 | (c & 0x3f);
	}
	return to;
}

/* After a backslash: what it stands for goes to TO, and is shorter.  NULL: nothing. */
static char *escape(struct jread *j, char *to)
{
	static const char from[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	const char *at;
	int c, low;

	if (j->p == j->end)
		return NULL;
	at = memchr(from, *j->p, sizeof(from) - 1);
	if (at) {
		j->p++;
		*to++ = means[at - from];
		return to;
	}
	if (*j->p++ != 'u')
		return NULL;
	c = hex(j);
	if (c >= 0xd800 && c < 0xdc00) {
		if (j->end - j->p < 6 || *j->p++ != '\\' || *j->p++ != 'u')
			return NULL;
		low = hex(j);
		if (low < 0xdc00 || low >= 0xe000)
			return NULL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return NULL;
	}
	return c > 0 ? put_utf8(to, c) : NULL;
}

const char *jread_string(struct jread *j)
{
	char *from, *to;

	if (!take(j, '"', "no string"))
		return "";
	from = to = j->p;
	while (j->p < j->end) {
		u32 c;
		size_t len = text_decode(j->p, j->end - j->p, &c);

		if (*j->p == '"') {
			j->p++;
			*to = 0; /* at the latest where the quote was */
			return from;
		}
		if (!len || c < 0x20)
			break;
		if (c == '\\') {
			j->p++;
			to = escape(j, to);
			if (!to)
				break;
			continue;
		}
		memmove(to, j->p, len);
		to += len;
		j->p += len;
	}
	bad(j, "a string is damaged");
	return "";
}

const char *jread_key(struct jread *j)
{
	const char *key = jread_string(j);

	return take(j, ':', "a colon is missing") ? key : "";
}

u64 jread_u64(struct jread *j)
{
	u64 n = 0;
	char c = j->bad ? 0 : peek(j), *first = j->p;

	if (c < '0' || c > '9') {
		bad(j, "not a whole number");
		return 0;
	}
	for (; j->p < j->end && *j->p >= '0' && *j->p <= '9'; j->p++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (u64)(*j->p - '0'), &n)) {
			bad(j, "a number is over 64 bits");
			return 0;
		}
	if ((c == '0' && j->p - first > 1) || (j->p < j->end && strchr(".eE", *j->p))) {
		bad(j, "not a whole number");
		return 0;
	}
	return n;
}

static bool word(struct jread *j, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(j->end - j->p) < n || memcmp(j->p, s, n))
		return false;
	j->p += n;
	return true;
}

bool jread_null(struct jread *j)
{
	return !j->bad && peek(j) == 'n' && word(j, "null");
}

static size_t digits(struct jread *j)
{
	char *first = j->p;

	while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
		j->p++;
	return j->p - first;
}

static bool is_at(struct jread *j, const char *any)
{
	return j->p < j->end && strchr(any, *j->p);
}

static bool number(struct jread *j)
{
	size_t whole;
	bool zero;

	j->p += is_at(j, "-");
	zero = is_at(j, "0");
	whole = digits(j);
	if (!whole || (zero && whole > 1))
		return false;
	if (is_at(j, ".")) {
		j->p++;
		if (!digits(j))
			return false;
	}
	if (is_at(j, "eE")) {
		j->p++;
		j->p += is_at(j, "+-");
		return digits(j);
	}
	return true;
}

static void skip_one(struct jread *j)
{
	if (peek(j) == '"')
		jread_string(j);
	else if (!word(j, "null") && !word(j, "true") && !word(j, "false") && !number(j))
		bad(j, "a value is missing");
}

/* Not recursive: the brackets that are open are in BACK. */
void jread_skip(struct jread *j)
{
	char back[DEEPEST];
	size_t n = 0;

	do {
		char c = j->bad ? 0 : peek(j);

		if (c == '{' || c == '[') {
			if (n == DEEPEST) {
				bad(j, "too many brackets");
				return;
			}
			jread_open(j, c);
			back[n++] = c == '{' ? '}' : ']';
		} else {
			skip_one(j);
		}
		while (n && !jread_more(j, back[n - 1]))
			n--;
		if (n && back[n - 1] == '}')
			jread_key(j);
	} while (n && !j->bad);
}

void jread_end(struct jread *j)
{
	if (!j->bad && peek(j))
		bad(j, "there is more than one value");
}
