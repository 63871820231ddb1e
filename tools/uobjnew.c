// SPDX-License-Identifier: BSD-2-Clause
/* uobjnew: count the objects that programs make.  After BCC's, by Sasha Goldshtein. */
#include "uobjnew.h"
#include "domain/lang.h"
#include "main/tool.h"
#include "uobjnew.skel.h"
#include <string.h>

static u32 top_count, top_size;

static const char *const languages[] = { "c", "java", "ruby", "tcl", NULL };
#define languages_are "c, java, ruby or tcl"

static const struct opt opts[] = {
	OPT_LANG(languages),
	OPT_LANG_FILE,
	OPT_U32('C', "top-count", "N", &top_count, 1, UINT32_MAX,
		"Show at most this many types, those with the most objects"),
	OPT_U32('S', "top-size", "N", &top_size, 1, UINT32_MAX,
		"Show at most this many types, those with the most bytes"),
	OPT_CONTAINER(0),
	{ 0 },
};

static struct value type(const struct objects *o)
{
	static const char *const names[] = {
		[OBJECT_STRING] = "string",
		[OBJECT_ARRAY] = "array",
		[OBJECT_HASH] = "hash",
		[OBJECT_ANY] = "<ALL>",
	};

	if (o->k.kind == OBJECT_NAMED)
		return value_chars(o->k.name, sizeof(o->k.name));
	if (o->k.kind == OBJECT_BLOCK)
		return value_fmt("block size %llu", o->k.size);
	return value_str(NAME_OF(names, o->k.kind));
}

CELL(name, objects, type(e))

static const struct col cols[] = {
	{ COLF("NAME/TYPE", -30, name), FIELD(objects, k), KEY("type"),
	  HELP("The objects' class or type; in C, the size of the block of memory") },
	{ COL("# ALLOCS", 8, objects, v.count), KEY("objects"), HELP("How many were made") },
	{ COL("# BYTES", 12, objects, v.bytes), KEY("bytes"),
	  HELP("Bytes that they have; in Ruby, elements of arrays and hashes; 0 if the language "
	       "does not tell") },
	{ 0 },
};

/* The most at the end, as in BCC. */
static int compare(const void *a, const void *b)
{
	const struct objects *x = a, *y = b;
	u64 m = top_count ? x->v.count : x->v.bytes, n = top_count ? y->v.count : y->v.bytes;

	return (m > n) - (m < n) ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

static char *merge(char *recs, size_t *n)
{
	return lang_top(recs, n, top_count ?: top_size);
}

static void called_as(struct tool *me, const char *name)
{
	(void)me;
	lang_called_as(name, languages);
}

static void parsed(void)
{
	if (top_count && top_size)
		usage_error("-C and -S exclude each other");
	lang_parsed(languages);
}

static void targets(void)
{
	lang_targets(LANG_OBJECTS, languages, false, NULL);
}

static void begin(void)
{
	lang_banner("allocations");
}

static const struct trial trials[] = {
	{ "objects of Java", "-l java" },
	{ "memory of C", "-l c" },
	{ 0 },
};

static const char *const aliases[] = { "cobjnew", "javaobjnew", "rubyobjnew", "tclobjnew", NULL };

TOOL(uobjnew, .summary = "Count the objects that programs make, in Java, Ruby, Tcl and C.",
     .args = "[PID [INTERVAL [COUNT]]]",
     .examples = "Examples:\n"
		 "  uobjnew 181             # the objects of process 181, until Ctrl-C\n"
		 "  uobjnew -S 10 181 5     # the ten types with most bytes, every five seconds\n"
		 "  uobjnew -l c -C 5 181   # malloc(3), the five sizes that are asked for most\n"
		 "  rubyobjnew 181",
     .probes = lang_only, USER_PROBES(lang_probes), .opts = opts, .cols = cols,
     ENTRIES("objects", objects), .compare = compare, .merge = merge, .aliases = aliases,
     .called_as = called_as, .positional = lang_positional, .parsed = parsed, .targets = targets,
     .begin = begin, .end = lang_end, .trials = trials)
