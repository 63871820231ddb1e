/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which USDT probes of interpreters and virtual machines tell what about the programs that they run; the programs for them are
 * those of bpf/lib/lang.bpf.h and of the tools.
 */
#pragma once
#include "base/opt.h"
#include "base/rec.h"
#include "kernel/probe.h"
#include "kernel/user_probe.h"
#include "lib/lang.h"

/* What a tool wants to know. */
enum {
	LANG_ENTRIES = 1, /* methods begin */
	LANG_RETURNS = 2, /* methods return */
	LANG_GCS = 4,     /* garbage is collected, with times */
	LANG_OBJECTS = 8, /* objects are made */
	LANG_THREADS = 16,
	LANG_STATS = 32, /* all that ustat counts */
	LANG_CALLS = 64, /* methods begin, or if the language does not tell that, return */
};

/* For USER_PROBES(): filled in by lang_targets(). */
extern struct user_probe lang_probes[];
/* For .probes of a tool that has no others: not all of its programs are needed. */
extern const struct probe lang_only[];

/* The languages that this tool knows, NULL-terminated, and the one that the user chose: OPT_LANG. */
extern u32 lang_choice;
#define OPT_LANG(languages)                                           \
	OPT_CHOICE(                                                   \
		'l', "language", "LANGUAGE", &lang_choice, languages, \
		"Trace this language (default: that of the process's program): " languages##_are)

/* A file with probes, instead of those that are found. */
extern const char *lang_file;
#define OPT_LANG_FILE                                                                             \
	OPT_STR('x', "file", "PATH", &lang_file,                                                  \
		"Trace by the probes of this program or library (default: those of the process, " \
		"or "                                                                             \
		"of the command)")

/* For .called_as: an alias such as javacalls chooses the language. */
void lang_called_as(const char *name, const char *const *languages);
/* For .positional: PID, and for tools with reports [INTERVAL [COUNT]]. */
int lang_positional(unsigned int n, const char *arg);
/* For .parsed: which language the user chose. */
void lang_choose(const char *const *languages);
/* The same: a process, a command, a file or a language must be given. */
void lang_parsed(const char *const *languages);
/*
 * For .targets: find the files of the language that have probes, and choose the probes.  Without -l, the language is that of
 * the process.  Exits with a sentence if there is nothing to trace by, unless NOTHING_WILL_DO.  The last argument is for the
 * programs of LANG_METHODS(), otherwise NULL.
 */
void lang_targets(u32 what, const char *const *languages, bool nothing_will_do, struct lang_conf *);

/* "java", "none". */
const char *lang_name(void);
/* Does it tell when methods begin?  Python 3.11 does so only when they return. */
bool lang_tells_entries(void);
/* "Tracing calls in process 12 (language: java)... Ctrl-C to quit." */
void lang_banner(const char *what);
/* "in java process 12" */
const char *lang_process(void);
/* For .merge: those TOP that are the last by .compare; 0: all. */
char *lang_top(char *recs, size_t *n, u32 top);
/* For .keep of events, if nothing else is to be done. */
bool lang_seen(struct rec);
/* For .end: if nothing was seen, what the reason may be. */
void lang_end(void);

/* Cells: the class; it and the method, with a point between them. */
struct value lang_class_value(const struct lang_method *);
struct value lang_method_value(const struct lang_method *);
