// SPDX-License-Identifier: BSD-2-Clause
#include "domain/lang.h"
#include "base/message.h"
#include "base/str.h"
#include "main/cmd.h"
#include "main/filter.h"
#include "main/program.h"
#include "main/tool.h"
#include "output/out.h"
#include "output/recording.h"
#include "symbols/objfile.h"
#include <dirent.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- languages ---- */

struct lang_probe {
	u32 what;
	const char *usdt, *program;
};

struct lang {
	const char *name;
	const char
		*file; /* what its programs and libraries are called, without "lib" and version */
	const char *provider; /* of its probes */
	const char *build;    /* how to get the probes */
	const char *quiet;    /* why probes of methods may stay silent */
	bool quiet_objects;   /* and those of objects */
	bool method_first;    /* see struct lang_conf */
	const struct lang_probe *probes;
};

/* Before glibc 2.34, threads have a library of their own. */
static const char c_library[] = "pthread ld-musl-x86_64.so.1 ld-musl-aarch64.so.1 c";

static const struct lang langs[] = {
	{ "c", .probes = (const struct lang_probe[]){ { LANG_OBJECTS, "malloc", "allocating" },
						      { LANG_THREADS, "pthread_create",
							"pthread_creating" },
						      { 0 } } },
	{ "java", "jvm", "hotspot", "with --enable-dtrace",
	  "Java tells of methods and objects only if it was started with "
	  "-XX:+ExtendedDTraceProbes, "
	  "or from version 19 on -XX:+DTraceMethodProbes -XX:+DTraceAllocProbes",
	  .quiet_objects = true,
	  .probes =
		  (const struct lang_probe[]){
			  { LANG_ENTRIES, "hotspot:method__entry", "java_entered" },
			  { LANG_RETURNS, "hotspot:method__return", "java_returned" },
			  { LANG_GCS, "hotspot:gc__begin", "gc_began" },
			  { LANG_GCS, "hotspot:gc__end", "gc_ended" },
			  { LANG_GCS, "hotspot:mem__pool__gc__begin", "pool_began" },
			  { LANG_GCS, "hotspot:mem__pool__gc__end", "pool_ended" },
			  { LANG_OBJECTS, "hotspot:object__alloc", "java_object" },
			  { LANG_THREADS, "hotspot:thread__start", "java_started" },
			  { LANG_THREADS, "hotspot:thread__stop", "java_stopped" },
			  { LANG_STATS, "hotspot:method__entry", "count_method" },
			  { LANG_STATS, "hotspot:gc__begin", "count_gc" },
			  { LANG_STATS, "hotspot:mem__pool__gc__begin", "count_gc" },
			  { LANG_STATS, "hotspot:object__alloc", "count_object" },
			  { LANG_STATS, "hotspot:class__loaded", "count_class" },
			  { LANG_STATS, "hotspot:thread__start", "count_thread" },
			  { 0 } } },
	{ "node", "node", "node", "with --with-dtrace, which it can be up to version 18",
	  .probes = (const struct lang_probe[]){ { LANG_GCS, "node:gc__start", "node_began" },
						 { LANG_GCS, "node:gc__done", "node_ended" },
						 { LANG_STATS, "node:gc__start", "count_gc" },
						 { 0 } } },
	{ "perl", "perl", "perl", "with -Dusedtrace", .method_first = true,
	  .probes =
		  (const struct lang_probe[]){
			  { LANG_ENTRIES, "perl:sub__entry", "pair_entered" },
			  { LANG_RETURNS, "perl:sub__return", "pair_returned" },
			  { LANG_STATS, "perl:sub__entry", "count_method" },
			  { 0 } } },
	{ "php", "php", "php", "with --enable-dtrace",
	  "PHP tells of functions only if the environment variable USE_ZEND_DTRACE=1 was set when "
	  "it "
	  "was started",
	  .probes =
		  (const struct lang_probe[]){
			  { LANG_ENTRIES, "php:function__entry", "php_entered" },
			  { LANG_RETURNS, "php:function__return", "php_returned" },
			  { LANG_STATS, "php:function__entry", "count_method" },
			  { LANG_STATS, "php:compile__file__entry", "count_class" },
			  { LANG_STATS, "php:exception__thrown", "count_exception" },
			  { 0 } } },
	{ "python", "python", "python", "with --with-dtrace",
	  .probes =
		  (const struct lang_probe[]){
			  { LANG_ENTRIES, "python:function__entry", "pair_entered" },
			  { LANG_RETURNS, "python:function__return", "pair_returned" },
			  { LANG_GCS, "python:gc__start", "python_began" },
			  { LANG_GCS, "python:gc__done", "python_ended" },
			  { LANG_STATS, "python:function__return", "count_method" },
			  { LANG_STATS, "python:gc__start", "count_gc" },
			  { 0 } } },
	{ "ruby", "ruby", "ruby", "with --enable-dtrace",
	  "Ruby tells of methods that are written in Ruby only after the program has enabled a "
	  "TracePoint of calls",
	  .probes =
		  (const struct lang_probe[]){
			  { LANG_ENTRIES, "ruby:method__entry", "pair_entered" },
			  { LANG_RETURNS, "ruby:method__return", "pair_returned" },
			  { LANG_ENTRIES, "ruby:cmethod__entry", "pair_entered" },
			  { LANG_RETURNS, "ruby:cmethod__return", "pair_returned" },
			  { LANG_GCS, "ruby:gc__mark__begin", "mark_began" },
			  { LANG_GCS, "ruby:gc__mark__end", "mark_ended" },
			  { LANG_GCS, "ruby:gc__sweep__begin", "sweep_began" },
			  { LANG_GCS, "ruby:gc__sweep__end", "sweep_ended" },
			  { LANG_OBJECTS, "ruby:object__create", "ruby_object" },
			  { LANG_OBJECTS, "ruby:string__create", "ruby_string" },
			  { LANG_OBJECTS, "ruby:hash__create", "ruby_hash" },
			  { LANG_OBJECTS, "ruby:array__create", "ruby_array" },
			  { LANG_STATS, "ruby:method__entry", "count_method" },
			  { LANG_STATS, "ruby:cmethod__entry", "count_method" },
			  { LANG_STATS, "ruby:gc__mark__begin", "count_gc" },
			  { LANG_STATS, "ruby:gc__sweep__begin", "count_gc" },
			  { LANG_STATS, "ruby:object__create", "count_object" },
			  { LANG_STATS, "ruby:string__create", "count_object" },
			  { LANG_STATS, "ruby:hash__create", "count_object" },
			  { LANG_STATS, "ruby:array__create", "count_object" },
			  { LANG_STATS, "ruby:require__entry", "count_class" },
			  { LANG_STATS, "ruby:load__entry", "count_class" },
			  { LANG_STATS, "ruby:raise", "count_exception" },
			  { 0 } } },
	{ "tcl", "tcl", "tcl", "with --enable-dtrace",
	  .probes =
		  (const struct lang_probe[]){
			  { LANG_ENTRIES, "tcl:proc__entry", "single_entered" },
			  { LANG_RETURNS, "tcl:proc__return", "single_returned" },
			  { LANG_OBJECTS, "tcl:obj__create", "tcl_object" },
			  { LANG_STATS, "tcl:proc__entry", "count_method" },
			  { LANG_STATS, "tcl:obj__create", "count_object" },
			  { 0 } } },
	{ 0 },
};

static const struct lang *lang_named(const char *name)
{
	for (const struct lang *l = langs; l->name; l++)
		if (!strcmp(l->name, name))
			return l;
	return NULL;
}

/* Is a file called as those of the language are: python3.11, libpython3.11.so.1.0, tclsh8.6? */
static bool is_called_as(const struct lang *l, const char *base)
{
	size_t n = l->file ? strlen(l->file) : 0;

	if (!n)
		return false;
	base += strncmp(base, "lib", 3) ? 0 : 3;
	if (strncmp(base, l->file, n))
		return false;
	base += n;
	base += strncmp(base, "sh", 2) ? 0 : 2;
	return !*base || *base == '.' || *base == '-' || (*base >= '0' && *base <= '9');
}

/* ---- options ---- */

u32 lang_choice = UINT32_MAX;
static const struct lang *lang; /* NULL: none */
static const char *choice;
const char *lang_file;

void lang_called_as(const char *name, const char *const *languages)
{
	for (u32 i = 0; languages[i]; i++)
		if (!strncmp(name, languages[i], strlen(languages[i])))
			lang_choice = i;
}

int lang_positional(unsigned int n, const char *arg)
{
	if (!n)
		filter_pid(arg);
	else if (n == 1 && run.tool->table)
		run.interval = parse_u64(arg, "interval", 1, 99999999);
	else if (n == 2 && run.tool->table)
		run.count = parse_u64(arg, "count", 0, UINT32_MAX);
	else
		return 0;
	return 1;
}

void lang_choose(const char *const *languages)
{
	choice = lang_choice == UINT32_MAX ? NULL : languages[lang_choice];
	lang = choice ? lang_named(choice) : NULL;
}

void lang_parsed(const char *const *languages)
{
	size_t n;

	lang_choose(languages);
	filter_pids(&n);
	if (!n && !run.command && !lang_file && !choice && !replay_path)
		usage_error("which process?  Give its ID, or a command after --, or a language for "
			    "all of its processes");
}

/* ---- files ---- */

/* Files that have probes of a language, and one that should have. */
static struct {
	struct str names;
	char *without;
	size_t n;
	bool tells_entries;
} of[sizeof(langs) / sizeof(*langs)];

static struct stat *met;
static size_t n_met;

/* Was the file looked at before? */
static bool is_known(const struct objfile *o)
{
	struct stat st;

	if (fstat(o->fd, &st))
		return true;
	for (size_t i = 0; i < n_met; i++)
		if (met[i].st_ino == st.st_ino && met[i].st_dev == st.st_dev)
			return true;
	met = reallocarray(met, n_met + 1, sizeof(*met));
	if (!met)
		err(1, NULL);
	met[n_met++] = st;
	return false;
}

/* A bit for each language that has probes in the file. */
static void on_usdt(const struct objfile_usdt *u, void *bits)
{
	for (const struct lang *l = langs; l->name; l++)
		if (l->provider && !strcmp(u->provider, l->provider))
			*(u32 *)bits |= 1u << (l - langs);
}

static void look_at(const struct objfile *o)
{
	const char *slash = strrchr(o->shown, '/'), *base = slash ? slash + 1 : o->shown;
	const char *name = strchr(o->shown, ' ') ? base : o->shown, *why;
	u32 bits = 0;

	if (is_known(o))
		return;
	objfile_each_usdt(o, &why, on_usdt, &bits);
	for (size_t i = 0; langs[i].name; i++) {
		if (bits & 1u << i) {
			if (of[i].names.len)
				str_put(&of[i].names, " ", 1);
			str_put(&of[i].names, name, strlen(name));
			of[i].n++;
			of[i].tells_entries |= !strstr(base, "python3.11");
		} else if (!of[i].without && is_called_as(&langs[i], base)) {
			of[i].without = strdup(o->shown);
		}
	}
}

static void on_mapped(struct objfile o, void *ctx)
{
	(void)ctx;
	look_at(&o);
	objfile_close(&o);
}

static bool look_for(const char *name)
{
	struct objfile o;

	if (!objfile_find(&o, name, 0))
		return false;
	look_at(&o);
	objfile_close(&o);
	return true;
}

static bool on_needed(const char *name, void *ctx)
{
	(void)ctx;
	look_for(name);
	return true;
}

/* The command's program, and the libraries that it will load. */
static void look_at_command(void)
{
	char link[32], path[PATH_MAX], jvm[PATH_MAX + 32];
	struct objfile o;
	char *slash;

	if (!objfile_find(&o, cmd_program(), 0))
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", o.fd);
	if (realpath(link, path) && (slash = strrchr(path, '/')) && !strcmp(slash, "/java")) {
		*slash = 0;
		snprintf(jvm, sizeof(jvm), "%s/../lib/server/libjvm.so", path);
		if (realpath(jvm, path))
			look_for(path);
	}
	look_at(&o);
	objfile_each_needed(&o, on_needed, NULL);
	objfile_close(&o);
}

static void look_at_all(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (*e->d_name >= '1' && *e->d_name <= '9')
			objfile_each_mapped(atoi(e->d_name), on_mapped, NULL);
	if (proc)
		closedir(proc);
}

static void look(const u32 *pids, size_t n, bool all)
{
	if (lang_file) {
		if (!look_for(lang_file))
			usage_error("there is no file '%s'", lang_file);
		return;
	}
	for (size_t i = 0; i < n; i++)
		objfile_each_mapped(pids[i], on_mapped, NULL);
	if (!n && run.command)
		look_at_command();
	if (!n && (all || !run.command))
		look_at_all();
}

static bool knows(const char *const *languages, const struct lang *l)
{
	for (; *languages; languages++)
		if (!strcmp(*languages, l->name))
			return true;
	return false;
}

/* The language of the process, or of the command: one with probes, else one that lacks them. */
static const struct lang *detected(const char *const *languages)
{
	const struct lang *without = NULL;

	for (size_t i = 0; langs[i].name; i++) {
		if (!knows(languages, &langs[i]))
			continue;
		if (of[i].n)
			return &langs[i];
		if (of[i].without)
			without = &langs[i];
	}
	return without;
}

/* ---- probes ---- */

#define MOST_PROBES 64
struct user_probe lang_probes[MOST_PROBES + 1];
const struct probe lang_only[] = { { 0 } };
static struct user_file files[sizeof(langs) / sizeof(*langs)];
static size_t n_probes;

static void add_probes(const struct lang *l, u32 what, bool optional)
{
	struct user_file *file = &files[l - langs];

	str_put(&of[l - langs].names, "", 1);
	*file = (struct user_file){ .names = of[l - langs].names.p,
				    .everywhere = true,
				    .alternatives = true };
	for (const struct lang_probe *p = l->probes; p->what; p++)
		if (p->what & what && n_probes < MOST_PROBES)
			lang_probes[n_probes++] =
				(struct user_probe){ p->program, file, .usdt = p->usdt,
						     .optional = optional };
}

/* Functions of the C library, or of the program. */
static void add_c(u32 what)
{
	static struct user_file file = { .everywhere = true, .alternatives = true };
	const struct lang *c = lang_named("c");

	file.names = lang == c && lang_file ? lang_file : program_and(c_library);
	for (const struct lang_probe *p = c->probes; p->what; p++)
		if (p->what & what)
			lang_probes[n_probes++] =
				(struct user_probe){ p->program, &file, .symbol = p->usdt };
}

/* Does a file of the process in /proc contain this? */
static bool proc_has(u32 pid, const char *file, const char *what)
{
	char path[48], *text = NULL;
	size_t size = 0;
	bool has = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, file);
	f = fopen(path, "re");
	if (!f)
		return true; /* nobody knows */
	while (!has && getdelim(&text, &size, 0, f) > 0)
		has = strstr(text, what);
	free(text);
	fclose(f);
	return has;
}

static u32 asked_for;

/* Why probes may stay silent, if it is those that the tool asked for. */
static void warn_of_silence(const struct lang *l)
{
	u32 methods = LANG_ENTRIES | LANG_RETURNS | LANG_STATS;

	if (l && l->quiet && asked_for & (methods | (l->quiet_objects ? LANG_OBJECTS : 0)))
		warnx("%s", l->quiet);
}

/* Say at once what a process lacks, if that can be seen. */
static void look_for_silence(const struct lang *l)
{
	u32 pid = filter_only_pid();

	if (pid && ((!strcmp(l->name, "php") && !proc_has(pid, "environ", "USE_ZEND_DTRACE=1")) ||
		    (!strcmp(l->name, "java") && !proc_has(pid, "cmdline", "DTrace") &&
		     !proc_has(pid, "environ", "DTrace"))))
		warn_of_silence(l);
}

static void __attribute__((noreturn)) has_no_probes(const struct lang *l)
{
	const char *file = lang_file ?: of[l - langs].without;

	if (file)
		errx(1, "%s has no USDT probes of %s: it must have been built %s", file, l->name,
		     l->build);
	if (filter_only_pid())
		errx(1, "process %u uses no program or library with USDT probes of %s",
		     filter_only_pid(), l->name);
	if (!run.command)
		errx(1, "no process uses a program or library with USDT probes of %s", l->name);
	errx(1, "the command uses no program or library with USDT probes of %s; -x names one",
	     l->name);
}

void lang_targets(u32 what, const char *const *languages, bool nothing_will_do,
		  struct lang_conf *conf)
{
	size_t n;
	const u32 *pids = filter_pids(&n);
	bool all = what & LANG_STATS; /* of all processes and languages that were not chosen */

	if (n_probes) /* another attempt to load the programs */
		return;
	if ((lang && !lang->provider) || what & LANG_THREADS)
		add_c(what);
	if ((lang && !lang->provider) || (choice && !lang))
		return;
	look(pids, n, all);
	if (!choice)
		lang = detected(languages);
	for (const struct lang *l = langs; all && !choice && l->name; l++)
		if (of[l - langs].n)
			add_probes(l, what, true);
	if (all && n_probes)
		return;
	if (all && !lang)
		errx(1,
		     "no process uses a program or library with USDT probes of a known language");
	if (lang && !of[lang - langs].n && (choice || !nothing_will_do))
		has_no_probes(lang);
	if (!lang && !nothing_will_do)
		errx(1, "no language is known that the %s is written in; -l says which to look for",
		     n ? "process" : "command");
	if (!lang || !of[lang - langs].n)
		return;
	if (conf)
		conf->method_first = lang->method_first;
	if (what & LANG_CALLS)
		what |= lang_tells_entries() ? LANG_ENTRIES : LANG_RETURNS;
	add_probes(lang, what, what & LANG_STATS);
	asked_for = what;
	look_for_silence(lang);
}

bool lang_tells_entries(void)
{
	return !lang || !of[lang - langs].n || of[lang - langs].tells_entries;
}

/* ---- text ---- */

const char *lang_name(void)
{
	return lang ? lang->name : choice ?: "none";
}

void lang_banner(const char *what)
{
	u32 pid = filter_only_pid();

	text("Tracing %s in ", what);
	if (pid)
		text("process %u", pid);
	else
		text("%s", filter_context_plural());
	text(" (language: %s)... Ctrl-C to quit.\n", lang_name());
}

const char *lang_process(void)
{
	static char *s;

	free(s);
	if (asprintf(&s, filter_only_pid() ? "%s process %u" : "%s processes", lang_name(),
		     filter_only_pid()) < 0)
		err(1, NULL);
	return s;
}

static bool seen;

char *lang_top(char *recs, size_t *n, u32 top)
{
	size_t size = run.tool->rec_size, drop = top && *n > top ? *n - top : 0;

	seen |= *n > 0;
	if (drop)
		qsort(recs, *n, size, run.tool->compare);
	*n -= drop;
	memmove(recs, recs + drop * size, *n * size);
	return recs;
}

bool lang_seen(struct rec r)
{
	(void)r;
	seen = true;
	return true;
}

void lang_end(void)
{
	if (!seen && !replay_path)
		warn_of_silence(lang);
}

struct value lang_class_value(const struct lang_method *m)
{
	return *m->class ? value_chars(m->class, sizeof(m->class)) : value_none("");
}

struct value lang_method_value(const struct lang_method *m)
{
	static char name[sizeof(m->class) + sizeof(m->name) + 2];
	size_t n = strnlen(m->class, sizeof(m->class)), k = strnlen(m->name, sizeof(m->name));

	memcpy(name, m->class, n);
	if (n)
		name[n++] = '.';
	memcpy(name + n, m->name, k);
	return value_strn(name, n + k);
}
