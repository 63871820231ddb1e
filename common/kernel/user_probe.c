// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/user_probe.h"
#include "base/object.h"
#include "base/opt.h"
#include "base/priv.h"
#include "kernel/attach_many.h"
#include "kernel/diag.h"
#include "kernel/usdt.h"
#include "output/loss.h"
#include "symbols/objfile.h"
#include <elf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __aarch64__
#define MACHINE EM_AARCH64
#else
#define MACHINE EM_X86_64
#endif

/* An element more, zeroed. */
static void *more(void *array, size_t n, size_t size)
{
	array = reallocarray(array, n + 1, size);
	if (!array)
		err(1, NULL);
	memset((char *)array + n * size, 0, size);
	return array;
}

/* ---- files ---- */

struct file {
	struct objfile o;
	char path[32];              /* leads to it even if its own path does not */
	u32 pid;                    /* of a process that sees it at o.shown; 0: we do */
	const struct user_file *of; /* NULL: a library that was only found through another file */
	struct stat st;
};

static struct file *files;
static size_t n_files;

/* Takes over the objfile.  A file that is already known keeps its number. */
static size_t add_file(struct objfile o, u32 pid, const struct user_file *of)
{
	struct file *f;
	struct stat st;

	if (fstat(o.fd, &st))
		err(1, "%s", o.shown);
	for (size_t i = 0; i < n_files; i++)
		if (files[i].of == of && files[i].st.st_dev == st.st_dev &&
		    files[i].st.st_ino == st.st_ino) {
			objfile_close(&o);
			return i;
		}
	files = more(files, n_files, sizeof(*files));
	f = &files[n_files];
	f->o = o;
	f->pid = pid;
	f->of = of;
	f->st = st;
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", o.fd);
	return n_files++;
}

/* "/usr/bin/bash of process 12", in a message. */
static const char *file_name(const struct file *f)
{
	static char *name;

	free(name);
	if (f->pid ? asprintf(&name, "%s of process %u", f->o.shown, f->pid) < 0
		   : asprintf(&name, "%s", f->o.shown) < 0)
		err(1, NULL);
	return name;
}

static void on_copy(struct objfile o, u32 pid, void *of)
{
	add_file(o, pid, of);
}

static void find_named(const struct user_file *of, const char *name, const u32 *pids, size_t n)
{
	struct objfile o;

	for (size_t i = 0; i < n; i++)
		if (objfile_find(&o, name, pids[i]))
			add_file(o, pids[i], of);
	if (!n && of->everywhere && !(of->instead && *of->instead)) {
		u32 denied = objfile_each_copy(name, on_copy, (void *)of);
		static bool said;

		if (denied && !said && !priv_has(CAP_SYS_PTRACE))
			warnx("copies of %s in containers are not seen: without CAP_SYS_PTRACE, "
			      "we can't look at %u process%s",
			      name, denied, denied > 1 ? "es" : "");
		said |= denied;
	} else if (!n && objfile_find(&o, name, 0)) {
		add_file(o, 0, of);
	}
}

static void find_files(const struct user_file *of, const u32 *pids, size_t n)
{
	char *names, *rest, *name;

	for (size_t i = 0; i < n_files; i++)
		if (files[i].of == of)
			return;
	if (of->instead && *of->instead) {
		find_named(of, *of->instead, pids, n);
		return;
	}
	names = rest = strdup(of->names);
	if (!names)
		err(1, NULL);
	while ((name = strsep(&rest, " ")))
		find_named(of, name, pids, n);
	free(names);
}

/* No file of this row exists. */
static void no_file(const struct user_probe *p, const u32 *pids, size_t n)
{
	const char *given = p->file->instead ? *p->file->instead : NULL;
	const char *name = given ?: p->file->names;
	char whose[64] = "";

	if (n)
		snprintf(whose, sizeof(whose), n > 1 ? " for those processes" : " for process %u",
			 pids[0]);
	if (given)
		usage_error("there is no file '%s'%s", name, whose);
	errx(1, "there is no program or library '%s'%s",
	     strrchr(name, ' ') ? strrchr(name, ' ') + 1 : name, whose);
}

/* ---- names that are nearly right ---- */

struct nearest {
	const char *wanted;
	char *name;
	size_t distance;
	size_t seen; /* names */
};

#define NEAR_LEN 128

/* How many characters must be inserted, removed, replaced or exchanged with the next; MOST if it is no less. */
static size_t distance(const char *a, const char *b, size_t most)
{
	static u8 d[NEAR_LEN + 1][NEAR_LEN + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > NEAR_LEN || m > NEAR_LEN || (n > m ? n - m : m - n) >= most)
		return most;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			int best = i ? d[i - 1][j] + 1 : (int)j;

			if (j && d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i && j && d[i - 1][j - 1] + (a[i - 1] != b[j - 1]) < best)
				best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m] < most ? d[n][m] : most;
}

static void nearest_add(struct nearest *near, const char *name)
{
	size_t d;

	near->seen++;
	if (!near->name)
		near->distance = strlen(near->wanted) / 2 + 1;
	d = distance(near->wanted, name, near->distance);
	if (d >= near->distance)
		return;
	free(near->name);
	near->name = strdup(name);
	near->distance = d;
}

static void near_func(const char *name, u64 offset, bool ifunc, void *near)
{
	(void)offset;
	(void)ifunc;
	nearest_add(near, name);
}

static void near_usdt(const struct objfile_usdt *u, void *near)
{
	char name[256];

	snprintf(name, sizeof(name), "%s:%s", u->provider, u->name);
	nearest_add(near, name);
}

/* ---- places ---- */

struct spot {
	const struct user_probe *probe;
	size_t file;
	u64 offset, semaphore;
	s32 site; /* of the arguments of a USDT probe, or -1 */
};

static struct spot *spots;
static size_t n_spots;
static struct usdt_site *sites;
static size_t n_sites;

/* The same arguments need only one site, and one copy of the program. */
static s32 add_site(const struct usdt_site *site)
{
	for (size_t i = 0; i < n_sites; i++)
		if (!memcmp(&sites[i], site, sizeof(*site)))
			return i;
	sites = more(sites, n_sites, sizeof(*sites));
	sites[n_sites] = *site;
	return n_sites++;
}

static void add_spot(const struct spot *new)
{
	for (size_t i = 0; i < n_spots; i++)
		if (spots[i].probe == new->probe &&
		    spots[i].file == new->file &&spots[i].offset == new->offset)
			return;
	spots = more(spots, n_spots, sizeof(*spots));
	spots[n_spots++] = *new;
}

/* A probe in a file. */
struct search {
	const struct user_probe *probe;
	size_t file;
	u32 nargs;   /* that the program takes */
	size_t word; /* the place in its list of the symbol that was found, or SIZE_MAX */
	size_t first;
	bool ifunc, found;
	size_t where; /* the file of the ifunc */
};

/* The place of a symbol in a list of words, or SIZE_MAX. */
static size_t word_of(const char *words, const char *symbol)
{
	size_t len = strlen(symbol), n = 0;

	for (const char *w = words; *w; n++) {
		size_t this = strcspn(w, " ");

		if (this == len && !memcmp(w, symbol, len))
			return n;
		w += this;
		w += *w == ' ';
	}
	return SIZE_MAX;
}

static void on_func(const char *name, u64 offset, bool ifunc, void *ctx)
{
	struct search *s = ctx;
	size_t word = word_of(s->probe->symbol, name);

	if (word == SIZE_MAX || (word > s->word && !s->probe->each))
		return;
	if (ifunc) {
		s->ifunc = true;
		s->where = s->file;
		return;
	}
	if (word < s->word &&
	    !s->probe->each) /* it comes earlier in the list than what was found so far */
		n_spots = s->first;
	s->word = word;
	s->found = true;
	add_spot(&(struct spot){ s->probe, s->file, offset, 0, -1 });
}

static bool find_variable(void *o, const char *name, u64 *addr)
{
	return objfile_variable(o, name, addr);
}

static void check_args(const struct search *s, const struct usdt_site *site,
		       const struct objfile_usdt *u, u32 n)
{
	const struct file *f = &files[s->file];
	size_t len;

	if (s->nargs > n)
		errx(1, "the USDT probe %s in %s has %u argument%s, and %u are needed",
		     s->probe->usdt, file_name(f), n, n == 1 ? "" : "s", s->nargs);
	for (u32 i = 0; i < s->nargs; i++)
		if (site->args[i].kind == USDT_NONE) {
			const char *text = usdt_text(u->args, i, &len);

			errx(1,
			     "argument %u of the USDT probe %s in %s can't be read: it is '%.*s'",
			     i + 1, s->probe->usdt, file_name(f), (int)len, text);
		}
}

static void on_usdt(const struct objfile_usdt *u, void *ctx)
{
	struct search *s = ctx;
	struct objfile *o = &files[s->file].o;
	struct usdt_variables variables = { find_variable, o };
	size_t len = strlen(u->provider);
	struct usdt_site site;
	u32 n;

	if (strncmp(s->probe->usdt, u->provider, len) || s->probe->usdt[len] != ':' ||
	    strcmp(s->probe->usdt + len + 1, u->name))
		return;
	n = usdt_parse(&site, u->args, u->addr, MACHINE, &variables);
	check_args(s, &site, u, n);
	/* What the program does not take makes no difference. */
	memset(&site.args[s->nargs], 0, (USDT_ARGS - s->nargs) * sizeof(*site.args));
	s->found = true;
	add_spot(&(struct spot){ s->probe, s->file, u->offset, u->semaphore, add_site(&site) });
}

/* Find the places in one file.  False, with a reason in *why, if it can't be probed at all. */
static bool search_file(struct search *s, size_t file, const char **why)
{
	const struct file *f = &files[file];

	s->file = file;
	s->first = n_spots;
	s->word = SIZE_MAX;
	return s->probe->usdt ? objfile_each_usdt(&f->o, why, on_usdt, s)
			      : objfile_each_func(&f->o, f->pid, why, on_func, s);
}

/* A library that the file is linked with. */
static bool on_needed(const char *name, void *ctx)
{
	struct search *s = ctx;
	size_t from = s->file, lib;
	u32 pid = files[from].pid;
	struct objfile o;
	const char *why;

	if (!objfile_find(&o, name, pid))
		return true;
	lib = add_file(o, pid, NULL);
	search_file(s, lib, &why);
	s->file = from;
	return !s->found;
}

/* Say, in one sentence, why there is no place in this file. */
static char *reason(const struct search *s, size_t file, const char *why)
{
	const struct file *f = &files[file];
	struct nearest near = { .wanted = s->probe->usdt ?: s->probe->symbol };
	char *text, wanted[256];
	const char *ignored;
	int n;

	if (why) {
		n = asprintf(&text, "%s can't be probed: %s", file_name(f), why);
	} else if (s->ifunc) {
		n = asprintf(&text,
			     "%s in %s only runs once, to choose one of several functions for this "
			     "CPU",
			     s->probe->symbol, file_name(&files[s->where]));
	} else if (s->probe->usdt) {
		objfile_each_usdt(&f->o, &ignored, near_usdt, &near);
		n = asprintf(&text, "%s has no USDT probe %s%s%s%s", file_name(f), near.wanted,
			     near.seen ? "" : ", nor any other",
			     near.name ? "; its nearest is " : "", near.name ?: "");
	} else {
		/* The last of a list is the most common one. */
		snprintf(wanted, sizeof(wanted), "%s",
			 strrchr(near.wanted, ' ') ? strrchr(near.wanted, ' ') + 1 : near.wanted);
		near.wanted = wanted;
		objfile_each_func(&f->o, f->pid, &ignored, near_func, &near);
		n = asprintf(&text, "%s has no function %s%s%s%s", file_name(f), wanted,
			     objfile_has_symbols(&f->o, f->pid)
				     ? ""
				     : " among those it exports, and it is stripped of all other "
				       "names",
			     near.name ? "; its nearest is " : "", near.name ?: "");
	}
	if (n < 0)
		err(1, NULL);
	free(near.name);
	return text;
}

/* Find a row's places in all of its files. */
static void search_row(const struct user_probe *p, u32 nargs, const u32 *pids, size_t n)
{
	bool named = p->file->instead && *p->file->instead;
	bool some = p->file->alternatives && !named; /* will do */
	bool quiet = p->file->alternatives && p->optional;
	size_t found = 0, tried = 0, known;
	char *last = NULL;

	find_files(p->file, pids, n);
	known = n_files;
	for (size_t i = 0; i < known; i++) {
		struct search s = { .probe = p, .nargs = nargs };
		const char *why = NULL;

		if (files[i].of != p->file)
			continue;
		tried++;
		if (search_file(&s, i, &why)) {
			why = NULL;
			if (!s.found && !s.ifunc && !some)
				objfile_each_needed(&files[i].o, on_needed, &s);
		}
		if (s.found) {
			found++;
			continue;
		}
		if (quiet)
			continue;
		if (last && !some)
			warnx("%s", last);
		free(last);
		last = reason(&s, i, why);
	}
	if (!tried && !p->optional)
		no_file(p, pids, n);
	/* One that the user named is bad input. */
	if (last && !found && !p->optional && named)
		usage_error("%s", last);
	if (last && !found && !p->optional)
		errx(1, "%s", last);
	if (last && !(some && found))
		warnx("%s", last);
	free(last);
}

/* ---- programs ---- */

static struct bpf_program *program(struct bpf_object *obj, const char *name, const char *suffix)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s", name, suffix);
	return bpf_object__find_program_by_name(obj, full);
}

static const struct user_probe *table;

static bool is_wanted(const struct user_probe *p)
{
	return !p->wanted || *p->wanted;
}

/* With so many places, one link for all that a program has in a file. */
#define MANY 8
static bool multi;

static void load_if(struct bpf_program *p, bool wanted)
{
	if (!p)
		return;
	if (wanted && multi)
		bpf_program__set_expected_attach_type(p, TRACE_UPROBE_MULTI);
	bpf_program__set_autoload(p, wanted);
	bpf_program__set_autoattach(p, false); /* by us */
}

/* NAME_enter is attached with NAME: in a row of its own it would count each call twice. */
static void refuse_own_row(struct bpf_object *obj, const struct user_probe *probes,
			   const struct user_probe *row)
{
	for (const struct user_probe *p = probes; p->program; p++) {
		size_t n = strlen(p->program);

		if (!strncmp(row->program, p->program, n) && !strcmp(row->program + n, "_enter") &&
		    program(obj, p->program, ""))
			errx(1,
			     "the BPF program '%s' is attached with '%s', and has a row of its own",
			     row->program, p->program);
	}
}

static void select_programs(struct bpf_object *obj, const struct user_probe *probes,
			    const u32 *pids, size_t n)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, "usdt_sites");
	char name[128];
	const struct user_probe *first = NULL;

	for (const struct user_probe *p = probes; p->program && !table; p++) {
		u32 *nargs;

		refuse_own_row(obj, probes, p);
		if (!is_wanted(p))
			continue;
		first = first ?: p;
		if (!program(obj, p->program, ""))
			errx(1, "no BPF program is called '%s'", p->program);
		snprintf(name, sizeof(name), "%s_usdt", p->program);
		nargs = bpf_rodata(obj, name, sizeof(*nargs));
		search_row(p, nargs ? *nargs : 0, pids, n);
	}
	if (first && !n_spots)
		no_file(first, pids, n);
	table = probes;
	multi = n_spots >= MANY && !n_sites && attach_has_user_multi();
	for (const struct user_probe *p = probes; p->program; p++) {
		bool wanted = false;

		/* Several rows can have the same program. */
		for (size_t i = 0; i < n_spots; i++)
			wanted |= !strcmp(spots[i].probe->program, p->program);
		load_if(program(obj, p->program, ""), wanted);
		load_if(program(obj, p->program, "_enter"), wanted);
	}
	if (map)
		bpf_map__set_max_entries(map, n_sites ?: 1);
}

/* The descriptor of the program for this place. */
static int program_for(const struct spot *at, const struct bpf_program *p)
{
	static struct {
		const struct bpf_program *of;
		s32 site;
		int fd;
	} * copies;
	static size_t n_copies;

	if (at->site < 0)
		return bpf_program__fd(p);
	for (size_t i = 0; i < n_copies; i++)
		if (copies[i].of == p && copies[i].site == at->site)
			return copies[i].fd;
	if (!n_copies)
		loss_side("hits", "calls: the CPU was already inside a probe", attach_missed);
	copies = more(copies, n_copies, sizeof(*copies));
	copies[n_copies].of = p;
	copies[n_copies].site = at->site;
	copies[n_copies].fd = attach_copy(p, at->site);
	return copies[n_copies++].fd;
}

static bool at_returns(const struct bpf_program *p)
{
	return strstr(bpf_program__section_name(p), "uretprobe");
}

/* The place, with all those of its program in the same file that come after it. */
static int attach_spots(struct bpf_object *obj, const struct spot *first, u32 only)
{
	const char *name = first->probe->program, *const suffixes[] = { "", "_enter" };
	u64 *offsets = calloc(n_spots, sizeof(*offsets));
	int why = 0;
	u32 n = 0;

	if (!offsets)
		err(1, NULL);
	for (const struct spot *s = spots; s < spots + n_spots; s++)
		if (s->file == first->file && !strcmp(s->probe->program, name)) {
			/* A row before had it. */
			if (s < first)
				goto done;
			offsets[n++] = s->offset;
		}
	for (int i = 0; i < 2 && !why; i++) {
		struct bpf_program *p = program(obj, name, suffixes[i]);

		if (p)
			why = attach_user_multi(files[first->file].path, offsets, n, at_returns(p),
						bpf_program__fd(p), only);
	}
done:
	free(offsets);
	return why;
}

static int attach_spot(struct bpf_object *obj, const struct spot *at, u32 only)
{
	static const char *const suffixes[] = { "", "_enter" };
	int why = 0;

	if (multi)
		return attach_spots(obj, at, only);
	for (int i = 0; i < 2 && !why; i++) {
		struct bpf_program *p = program(obj, at->probe->program, suffixes[i]);
		struct user_place place = { files[at->file].path, at->offset, at->semaphore };

		if (!p)
			continue;
		place.returns = at_returns(p);
		why = attach_user(&place, program_for(at, p), only);
	}
	return why;
}

static void attach_programs(struct bpf_object *obj, u32 only)
{
	int map = bpf_object__find_map_fd_by_name(obj, "usdt_sites");
	size_t failed = 0;

	for (u32 i = 0; i < n_sites; i++)
		if (bpf_map_update_elem(map, &i, &sites[i], BPF_ANY))
			err(1, "cannot fill the BPF map usdt_sites");
	for (size_t i = 0; i < n_spots; i++) {
		const struct spot *at = &spots[i];
		int why = attach_spot(obj, at, only);

		if (!why)
			continue;
		if (++failed == n_spots)
			errx(1, "cannot probe %s in %s: %s", at->probe->usdt ?: at->probe->symbol,
			     file_name(&files[at->file]), diag_why(why));
		warnx("cannot probe %s in %s: %s", at->probe->usdt ?: at->probe->symbol,
		      file_name(&files[at->file]), diag_why(why));
	}
	for (size_t i = 0; i < n_files; i++)
		objfile_close(&files[i].o);
}

const struct user_probe_ops user_probe_ops = { select_programs, attach_programs };
