/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tool may print: UTF-8 without control bytes, and with --json a JSON object a line. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Does this tool pass on bytes as they are?  Not as JSON. */
static bool is_raw(const char *tool, bool as_json)
{
	return !strcmp(tool, "ttysnoop") && !as_json;
}

/* The first thing that is wrong with this output, or NULL. */
static const char *bad_text(const unsigned char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		unsigned char c = s[i];
		uint32_t code;

		len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
		if (!len || i + len > n)
			return "a byte that is not UTF-8";
		if (len == 1 && (c < 0x20 || c == 0x7f) && c != '\n' && c != '\t')
			return "a control byte";
		code = c & (0xff >> (len + 1));
		for (size_t j = 1; j < len; j++) {
			if ((s[i + j] & 0xc0) != 0x80)
				return "a character that is cut";
			code = code << 6 | (s[i + j] & 0x3f);
		}
		if (len > 1 && code < 0xa0)
			return "a control character";
		if ((len == 3 && code < 0x800) || (code >= 0xd800 && code < 0xe000) ||
		    (len == 4 && (code < 0x10000 || code > 0x10ffff)))
			return "a character that is none";
	}
	return NULL;
}

static const char *json; /* what is left of a line */

static bool json_is(char c)
{
	return *json == c && json++;
}

static bool json_string(void)
{
	if (!json_is('"'))
		return false;
	for (; *json && *json != '"'; json++)
		if (*json == '\\') {
			json++;
			if (*json == 'u' && strspn(json + 1, "0123456789abcdefABCDEF") >= 4)
				json += 4;
			else if (!*json || !strchr("\"\\/bfnrt", *json))
				return false;
		}
	return json_is('"');
}

static bool json_value(void);

static bool json_members(char end, bool keys)
{
	if (json_is(end))
		return true;
	do
		if ((keys && (!json_string() || !json_is(':'))) || !json_value())
			return false;
	while (json_is(','));
	return json_is(end);
}

static bool json_value(void)
{
	static const char *const words[] = { "true", "false", "null" };
	char *after;

	if (json_is('{'))
		return json_members('}', true);
	if (json_is('['))
		return json_members(']', false);
	if (*json == '"')
		return json_string();
	for (int i = 0; i < 3; i++)
		if (!strncmp(json, words[i], strlen(words[i]))) {
			json += strlen(words[i]);
			return true;
		}
	if (!strchr("-0123456789", *json) || !*json)
		return false;
	strtod(json, &after);
	if (strspn(json, "-+.eE0123456789") != (size_t)(after - json))
		return false;
	json = after;
	return true;
}

/* The same for lines of JSON, which this overwrites. */
static const char *bad_json(char *s)
{
	for (char *line; (line = strsep(&s, "\n")) && *line;) {
		json = line;
		if (*json != '{' || !json_value() || *json)
			return "a line that is not JSON";
	}
	return NULL;
}
