// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/elfsyms.h"
#include "base/nsec.h"
#include "symbols/elfimage.h"
#include "symbols/gotable.h"
#include "symbols/minidebug.h"
#include "symbols/safe_file.h"
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <zlib.h>

/* These limit what a hostile process can cost us. */
#define MAX_SYMS  (4 << 20)   /* functions of one file */
#define MAX_CACHE (512 << 20) /* bytes of symbols of all files, if memory has no limit */

static void keep_segments(const struct image *im, struct elf *e)
{
	struct segment segs[MAX_SEGMENTS];
	size_t n = image_segments(im, segs);

	e->segs = n ? malloc(n * sizeof(*segs)) : NULL;
	if (!e->segs)
		return;
	memcpy(e->segs, segs, n * sizeof(*segs));
	e->nsegs = n;
}

/* A symbol as read, before we choose the best one for each address. */
struct raw {
	u64 addr;
	u64 size; /* if it has none (see RANK_SIZE), up to the end of its section */
	u32 name;
	u32 rank; /* higher is better */
};

static int raw_order(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->rank < y->rank) - (x->rank > y->rank);
}

#define RANK_SIZE 8 /* part of a rank: the symbol has a size */

/* 0 for a symbol that must not name any address. */
static int sym_rank(const struct image *im, const Elf64_Sym *s)
{
	int type = ELF64_ST_TYPE(s->st_info), rank = s->st_size ? RANK_SIZE : 1;
	bool in_text = s->st_shndx < im->nsh && im->sh[s->st_shndx].sh_flags & SHF_EXECINSTR;

	if (s->st_shndx == SHN_UNDEF || !s->st_value || !s->st_name)
		return 0;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		rank += 4;
	else if (type != STT_NOTYPE || !in_text)
		return 0;
	if (ELF64_ST_BIND(s->st_info) != STB_LOCAL)
		rank += 2;
	return rank;
}

/*
 * Does the table name more than exported symbols? Nearly all tables that do name every function.
 */
static bool is_local(const Elf64_Sym *s)
{
	int type = ELF64_ST_TYPE(s->st_info);

	return ELF64_ST_BIND(s->st_info) == STB_LOCAL && s->st_name &&
	       (type == STT_FILE || type == STT_FUNC || type == STT_NOTYPE);
}

/* How far a symbol without a size can reach. */
static u64 section_rest(const struct image *im, u16 section, u64 addr)
{
	const Elf64_Shdr *s = section < im->nsh ? &im->sh[section] : NULL;

	return s && s->sh_addr + s->sh_size > addr ? s->sh_addr + s->sh_size - addr : 1;
}

/* The symbols of one or more tables. */
struct reading {
	const struct image *im; /* of the table that is being read */
	struct raw *v;
	size_t n, room;
	char *strings; /* of all tables */
	size_t size;
	u32 base; /* where this table's strings begin */
	u32 seen;
	bool full;
};

static bool push(struct reading *r, struct raw new)
{
	if (r->n == r->room) {
		size_t room = r->room * 2 ?: 256;
		struct raw *more = r->n < MAX_SYMS ? realloc(r->v, room * sizeof(*r->v)) : NULL;

		if (!more)
			return false;
		r->v = more;
		r->room = room;
	}
	r->v[r->n++] = new;
	return true;
}

static bool enough(struct reading *r)
{
	return !(++r->seen & 0xffff) && !budget_left();
}

static bool on_sym(const Elf64_Sym *s, void *ctx)
{
	struct reading *r = ctx;
	int rank = sym_rank(r->im, s);
	u64 addr;

	if (enough(r))
		return false;
	r->full |= is_local(s);
	if (!rank)
		return true;
	/* On arm, bit 0 of a function marks Thumb code. */
	addr = r->im->eh.e_machine == EM_ARM ? s->st_value & ~1ULL : s->st_value;
	return push(r, (struct raw){ addr, s->st_size ?: section_rest(r->im, s->st_shndx, addr),
				     r->base + s->st_name, rank });
}

static void reading_free(struct reading *r)
{
	free(r->v);
	free(r->strings);
}

/* Add the strings of a table. */
static bool add_strings(struct reading *r, const struct image *im, const Elf64_Shdr *sec)
{
	size_t size;
	char *strings = image_strings(im, sec, &size), *all;

	if (strings && r->strings) {
		all = r->size + size <= UINT32_MAX ? realloc(r->strings, r->size + size) : NULL;
		if (all) {
			memcpy(all + r->size, strings, size);
			r->strings = all;
		}
		free(strings);
		strings = all;
	} else if (strings) {
		r->strings = strings;
	}
	if (strings)
		r->size += size;
	return strings;
}

/* The names of the symbols from this one on are in this section. False if there are none. */
static bool end_table(struct reading *r, size_t first, const struct image *im,
		      const Elf64_Shdr *strings)
{
	size_t kept = first;

	if (r->n == first || !add_strings(r, im, strings)) {
		r->n = first;
		return false;
	}
	for (size_t i = first; i < r->n; i++) /* not those beyond its end */
		if (r->v[i].name >= r->base && r->v[i].name < r->size)
			r->v[kept++] = r->v[i];
	r->n = kept;
	return true;
}

/* Add the symbols of a table of this type. */
static bool add_table(struct reading *r, const struct image *im, u32 type)
{
	const Elf64_Shdr *tab = NULL;
	size_t first = r->n;

	for (u32 i = 0; i < im->nsh && !tab; i++)
		if (im->sh[i].sh_type == type)
			tab = &im->sh[i];
	if (!tab || tab->sh_link >= im->nsh)
		return false;
	r->im = im;
	r->base = r->size;
	image_each_sym(im, tab, on_sym, r);
	return end_table(r, first, im, &im->sh[tab->sh_link]);
}

static bool on_go(const struct go_func *f, void *ctx)
{
	struct reading *r = ctx;

	return !enough(r) &&
	       push(r, (struct raw){ f->addr, f->size, r->base + f->name, RANK_SIZE });
}

/* Add the functions that Go's compiler made. */
static bool add_go(struct reading *r, const struct image *im)
{
	Elf64_Shdr strings;
	size_t first = r->n;

	r->base = r->size;
	return go_table(im, &strings, on_go, r) && end_table(r, first, im, &strings);
}

/* Names made by the compiler and assembler: "$x" marks code on arm, ".L5" is a local label. */
static bool is_marker(const char *s)
{
	return !*s || *s == '$' || (*s == '.' && s[1] == 'L');
}

static int underscores(const char *s)
{
	int n = 0;

	while (n < 8 && s[n] == '_')
		n++;
	return n;
}

/*
 * Sort the symbols, and keep one per address. In a full table, a symbol without a size, as in
 * hand-written assembly, reaches to the next symbol or to its section's end. If only exported symbols
 * are left, the code after it can belong to another function, so it names only its own address. Inside
 * another symbol that has a size, it is just a label.
 */
static size_t syms_choose(struct raw *v, size_t n, bool full, const char *strings)
{
	u64 covered = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_marker(strings + v[i].name))
			v[kept++] = v[i];
	n = kept;
	kept = 0;
	qsort(v, n, sizeof(*v), raw_order);
	for (size_t i = 0, j; i < n; i = j) {
		size_t best = i;

		for (j = i + 1; j < n && v[j].addr == v[i].addr; j++)
			if (v[j].rank == v[best].rank &&
			    underscores(strings + v[j].name) < underscores(strings + v[best].name))
				best = j; /* "write" rather than "__write" */
		if (!(v[best].rank & RANK_SIZE)) {
			if (v[best].addr < covered)
				continue;
		} else if (v[best].addr + v[best].size > covered) {
			covered = v[best].addr + v[best].size;
		}
		v[kept++] = v[best];
	}
	for (size_t i = 0; i < kept; i++) {
		if (v[i].rank & RANK_SIZE)
			continue;
		if (!full)
			v[i].size = 1;
		else if (i + 1 < kept && v[i + 1].addr - v[i].addr < v[i].size)
			v[i].size = v[i + 1].addr - v[i].addr;
	}
	return kept;
}

static size_t cache_bytes;

/* Make the file's symbols of those that were read. False if there are none. */
static bool keep_symbols(struct reading *r, struct elf *e)
{
	size_t n, total = 0;

	if (!r->n)
		return false;
	n = syms_choose(r->v, r->n, r->full, r->strings);
	for (size_t i = 0; i < n; i++) { /* "memcpy@@GLIBC_2.14" */
		char *at = strchr(r->strings + r->v[i].name, '@');

		if (at && at != r->strings + r->v[i].name)
			*at = '\0';
	}
	e->syms = n ? malloc(n * sizeof(*e->syms)) : NULL;
	if (!e->syms)
		return false;
	for (size_t i = 0; i < n && total < r->size; i++)
		total += strlen(r->strings + r->v[i].name) + 1;
	e->names = total < r->size ? malloc(total) : NULL; /* else names overlap: leave them so */
	total = 0;
	for (size_t i = 0; i < n; i++) {
		const struct raw *v = &r->v[i];

		e->syms[i].addr = v->addr;
		e->syms[i].size = v->size < UINT32_MAX ? v->size : UINT32_MAX;
		e->syms[i].name = e->names ? total : v->name;
		if (e->names)
			total = stpcpy(e->names + total, r->strings + v->name) + 1 - e->names;
	}
	cache_bytes += n * sizeof(*e->syms) + (e->names ? total : r->size);
	if (!e->names) {
		e->names = r->strings;
		r->strings = NULL;
	}
	e->nsyms = n;
	return true;
}

/* Add the file's functions from MiniDebugInfo. */
static bool add_mini(const struct image *im, void *r)
{
	return add_table(r, im, SHT_SYMTAB);
}

/*
 * Fill in the symbols from a table of this type, and from what completes it. False if that does not give the names of
 * all functions.
 */
static bool image_symbols(const struct image *im, u32 type, struct elf *e)
{
	struct reading r = { 0 };
	bool good = false;

	if (cache_bytes <= 2 * MAX_CACHE) {
		good = add_table(&r, im, type);
		if (type == SHT_DYNSYM) {
			good = mini_debug(im, add_mini, &r);
			good |= add_go(&r, im);
		}
		good &= keep_symbols(&r, e);
	}
	reading_free(&r);
	return good;
}

/*
 * The symbol that contains the address. We also try those before the nearest, because a cold part or a
 * label can lie inside a function.
 */
const struct sym *sym_find(const struct elf *e, u64 addr)
{
	size_t lo = 0, hi = e->nsyms;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (e->syms[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t tries = 0; lo && tries < 16; tries++) {
		const struct sym *s = &e->syms[--lo];

		if (addr - s->addr < s->size)
			return s;
	}
	return NULL;
}

bool elf_vaddr(const struct elf *e, u64 off, u64 *addr)
{
	for (int exec = 1; exec >= 0; exec--) /* two segments can share a page of the file */
		for (size_t i = 0; i < e->nsegs; i++) {
			const struct segment *s = &e->segs[i];

			if (s->exec == exec && off >= s->off && off - s->off < s->size) {
				*addr = off - s->off + s->addr;
				return true;
			}
		}
	return false;
}

/* Debug files: matched by build ID, or else by checksum. */

static bool crc_matches(const struct src *s, u32 want)
{
	u8 buf[16 << 10];
	u32 crc = crc32(0, NULL, 0);

	if (s->size > budget_bytes() / 2) { /* leave something for other files */
		budget_warn();
		return false;
	}
	for (u64 off = 0; off < s->size && budget_left(); off += sizeof(buf)) {
		size_t n = s->size - off < sizeof(buf) ? s->size - off : sizeof(buf);

		if (!src_read(s, off, buf, n))
			return false;
		crc = crc32(crc, buf, n);
	}
	return budget_left() && crc == want;
}

struct debug_user {
	bool (*use)(const struct image *, void *ctx);
	void *ctx;
};

static bool debug_try(int fd, const struct stat *st, const u8 *id, size_t id_len, const u32 *crc,
		      const struct debug_user *u)
{
	struct image im;
	u8 theirs[64];
	bool good = false;
	size_t n;

	if (fd < 0)
		return false;
	if (image_open(&im, (struct src){ .fd = fd, .size = st->st_size })) {
		n = image_build_id(&im, theirs);
		if (id_len && n)
			good = n == id_len && !memcmp(id, theirs, n);
		else
			good = crc && crc_matches(&im.src, *crc);
		good = good && u->use(&im, u->ctx);
	}
	image_close(&im);
	close(fd);
	return good;
}

/*
 * Try the host's file first. The process's own file can be anything, so there only a build ID counts,
 * which is quick to compare.
 */
static bool debug_path(u32 pid, const char *path, const u8 *id, size_t id_len, const u32 *crc,
		       const struct debug_user *u)
{
	struct stat st;

	return debug_try(safe_open_host(path, NULL, &st), &st, id, id_len, crc, u) ||
	       (pid && id_len &&
		debug_try(safe_open_in_process(pid, path, NULL, &st), &st, id, id_len, NULL, u));
}

bool elf_debug(const struct image *im, const char *path, u32 pid,
	       bool (*use)(const struct image *, void *ctx), void *ctx)
{
	static const char *const where[] = { "%.*s/%s", "%.*s/.debug/%s", "/usr/lib/debug%.*s/%s" };
	const Elf64_Shdr *link = image_section(im, ".gnu_debuglink", SHT_PROGBITS);
	const struct debug_user user = { use, ctx }, *u = &user;
	char try[2 * PATH_MAX], name[256];
	u8 id[64];
	size_t id_len = image_build_id(im, id), n, len;
	const char *slash = strrchr(path, '/');
	u32 crc;

	if (id_len) {
		n = sprintf(try, "/usr/lib/debug/.build-id/%02x/", id[0]);
		for (size_t i = 1; i < id_len; i++)
			n += sprintf(try + n, "%02x", id[i]);
		strcpy(try + n, ".debug");
		if (debug_path(pid, try, id, id_len, NULL, u))
			return true;
	}
	if (!link || !slash || slash - path >= PATH_MAX || link->sh_size < 8 ||
	    link->sh_size > sizeof(name) ||
	    !src_read(&im->src, link->sh_offset, name, link->sh_size))
		return false;
	len = strnlen(name, link->sh_size);
	if (!len || ((len + 4) & ~3UL) + 4 > link->sh_size || strchr(name, '/'))
		return false;
	memcpy(&crc, name + ((len + 4) & ~3UL), 4);
	for (size_t i = 0; i < sizeof(where) / sizeof(*where); i++) {
		snprintf(try, sizeof(try), where[i], (int)(slash - path), path, name);
		if (strcmp(try, path) && debug_path(pid, try, id, id_len, &crc, u))
			return true;
	}
	return false;
}

static bool use_symbols(const struct image *im, void *ctx)
{
	return image_symbols(im, SHT_SYMTAB, ctx);
}

static struct elf *elfs[256];

/* Symbols take at most a quarter of the memory that our cgroup may use. */
static size_t cache_limit(void)
{
	static size_t limit;
	char line[4096] = "", path[4200], *end;
	unsigned long long most;
	FILE *f;

	if (limit)
		return limit;
	limit = MAX_CACHE;
	f = fopen("/proc/self/cgroup", "re");
	while (f && fgets(line, sizeof(line), f) && strncmp(line, "0::/", 4))
		;
	if (f)
		fclose(f);
	if (strncmp(line, "0::/", 4))
		return limit;
	line[strcspn(line, "\n")] = '\0';
	while ((end = strrchr(line, '/'))) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup%s/memory.max", line + 3);
		f = fopen(path, "re");
		if (f && fscanf(f, "%llu", &most) == 1 && most / 4 < limit)
			limit = most / 4;
		if (f)
			fclose(f);
		*end = '\0';
	}
	return limit;
}

static void elf_free(struct elf *e)
{
	cache_bytes -= e->bytes;
	free(e->segs);
	free(e->syms);
	free(e->names);
	free(e);
}

static struct elf **oldest(void)
{
	struct elf **old = NULL;

	for (size_t i = 0; i < 256; i++)
		for (struct elf **e = &elfs[i]; *e; e = &(*e)->next)
			if (!old || (*e)->used < (*old)->used)
				old = e;
	return old;
}

void elf_trim(void (*forget)(const struct elf *))
{
	struct elf **at;

	if (cache_bytes <= cache_limit())
		return;
	while (cache_bytes > cache_limit() / 2 && (at = oldest())) {
		struct elf *e = *at;

		*at = e->next;
		forget(e);
		elf_free(e);
	}
}

void elf_use(struct elf *e)
{
	static u64 uses;

	e->used = ++uses;
}

static void ask(const struct image *im, struct elf *e)
{
	u8 id[64];
	size_t n = debuginfod_fd() >= 0 ? image_build_id(im, id) : 0;

	if (debuginfod_ask(id, n)) {
		memcpy(e->id, id, n);
		e->n_id = n;
	}
}

/* The symbols of the file become those of its debug file, if that is what it is. */
static void use_fetched(struct elf *e, int fd)
{
	struct elf fresh = { 0 };
	size_t before = cache_bytes, own = sizeof(*e) + e->nsegs * sizeof(*e->segs), added;
	struct image im = { 0 };
	struct stat st;
	u8 id[64];

	if (!budget_left() || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	budget_begin();
	if (image_open(&im, (struct src){ .fd = fd, .size = st.st_size }) &&
	    image_build_id(&im, id) == e->n_id && !memcmp(id, e->id, e->n_id))
		image_symbols(&im, SHT_SYMTAB, &fresh);
	image_close(&im);
	budget_end();
	if (!fresh.nsyms)
		return;
	added = cache_bytes - before;
	cache_bytes -= e->bytes - own;
	e->bytes = own + added;
	free(e->syms);
	free(e->names);
	e->syms = fresh.syms;
	e->nsyms = fresh.nsyms;
	e->names = fresh.names;
}

void elf_fetched(void)
{
	struct debuginfod_answer a;

	while (debuginfod_next(&a)) {
		for (size_t i = 0; i < 256; i++)
			for (struct elf *e = elfs[i]; e; e = e->next) {
				if (e->n_id != a.n || memcmp(e->id, a.id, a.n))
					continue;
				if (a.fd >= 0)
					use_fetched(e, a.fd);
				e->n_id = 0;
			}
		if (a.fd >= 0)
			close(a.fd);
	}
}

static struct elf *elf_read(struct image *im, const struct stat *st, const char *path, u32 pid)
{
	struct elf *e = calloc(1, sizeof(*e));
	size_t before = cache_bytes;

	if (!e)
		return NULL;
	e->dev = st->st_dev;
	e->ino = st->st_ino;
	e->ctime = ts_ns(&st->st_ctim);
	e->mtime = ts_ns(&st->st_mtim);
	e->size = st->st_size;
	keep_segments(im, e);
	if (!image_symbols(im, SHT_SYMTAB, e) && !elf_debug(im, path, pid, use_symbols, e) &&
	    !image_symbols(im, SHT_DYNSYM, e))
		ask(im, e);
	cache_bytes += sizeof(*e) + e->nsegs * sizeof(*e->segs);
	e->bytes = cache_bytes - before;
	elf_use(e);
	return e;
}

struct elf *elf_get(int fd, const struct stat *st, const char *path, u32 pid)
{
	u64 mtime = ts_ns(&st->st_mtim), ctime = ts_ns(&st->st_ctim);
	struct elf **slot = &elfs[(st->st_ino ^ st->st_dev) % 256], *e;
	struct image im;

	for (e = *slot; e; e = e->next)
		if (e->ino == st->st_ino && e->dev == st->st_dev && e->ctime == ctime &&
		    e->mtime == mtime && e->size == (u64)st->st_size)
			return e;
	if (cache_bytes > cache_limit() + cache_limit() / 2 || !budget_left())
		return NULL;
	budget_begin();
	if (image_open(&im, (struct src){ .fd = fd, .size = st->st_size }))
		e = elf_read(&im, st, path, pid);
	image_close(&im);
	if (e && !budget_left()) { /* it was not read completely */
		elf_free(e);
		e = NULL;
	}
	budget_end();
	if (e) {
		e->next = *slot;
		*slot = e;
	}
	return e;
}

static struct {
	bool loaded;
	u64 size; /* of our own mapping */
	struct elf elf;
} vdso;

struct src elf_vdso_memory(void)
{
	unsigned long at = getauxval(AT_SYSINFO_EHDR);
	FILE *f = at ? fopen("/proc/self/maps", "re") : NULL;
	struct src src = { .fd = -1, .mem = (const u8 *)at };
	u64 start, end;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx-%llx", &start, &end) == 2 && start == at)
			src.size = end - start;
	if (f)
		fclose(f);
	return src;
}

static void vdso_load(void)
{
	struct src src = elf_vdso_memory();
	struct image im;

	vdso.loaded = true;
	vdso.size = src.size;
	if (vdso.size && image_open(&im, src)) {
		keep_segments(&im, &vdso.elf);
		if (!image_symbols(&im, SHT_SYMTAB, &vdso.elf))
			image_symbols(&im, SHT_DYNSYM, &vdso.elf);
		image_close(&im);
	}
}

const struct elf *elf_vdso(u64 size)
{
	if (!vdso.loaded)
		vdso_load();
	return size == vdso.size ? &vdso.elf : NULL;
}
