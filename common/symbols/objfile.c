// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/objfile.h"
#include "base/nsec.h"
#include "symbols/elfimage.h"
#include "symbols/elfsyms.h"
#include "symbols/minidebug.h"
#include "symbols/safe_file.h"
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* ---- names ---- */

static char *path_of(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *path_of(const char *fmt, ...)
{
	char *path;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&path, fmt, ap);
	va_end(ap);
	if (n < 0)
		err(1, NULL);
	return path;
}

/* The file at a path: below the root of a process if PID is not 0. */
static bool at_path(struct objfile *o, const char *path, u32 pid)
{
	struct stat st;

	o->fd = pid ? safe_open_in_process(pid, path, NULL, &st) : safe_open_host(path, NULL, &st);
	o->irregular = o->fd < 0 && st.st_mode;
	if (o->fd < 0)
		return false;
	o->shown = path_of("%s", path);
	return true;
}

/* Is FILE called NAME, libNAME.so, libNAME.so.6 or libNAME-2.31.so? */
static bool is_called(const char *file, const char *name)
{
	size_t n = strlen(name);

	if (!strcmp(file, name))
		return true;
	if (strncmp(file, "lib", 3) || strncmp(file + 3, name, n))
		return false;
	file += 3 + n;
	if (!strncmp(file, ".so", 3))
		return !file[3] || file[3] == '.';
	return file[0] == '-' && file[1] >= '0' && file[1] <= '9' && strstr(file, ".so");
}

/* A file that a process has mapped. */
struct mapped {
	u64 start, end;
	struct want file;
	char *path;
	bool deleted, code;
};

static bool parse_mapped(char *line, struct mapped *m)
{
	unsigned int maj, min;
	char allowed[5];
	size_t len;
	int at = 0;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%llx-%llx %4s %*x %x:%x %llu %n", &m->start, &m->end, allowed, &maj, &min,
		   &m->file.ino, &at) != 6 ||
	    !at || line[at] != '/')
		return false;
	m->code = allowed[2] == 'x';
	m->file.dev = makedev(maj, min);
	m->path = line + at;
	len = strlen(m->path);
	m->deleted = len > 10 && !strcmp(m->path + len - 10, " (deleted)");
	if (m->deleted)
		m->path[len - 10] = 0;
	return true;
}

/* Are these the same library, possibly in two versions, such as libx.so.1.2 and libx.so.1.3? */
static bool is_version(const char *a, const char *b)
{
	const char *so = strstr(a, ".so");

	return so && !strncmp(a, b, so + 3 - a) && (!b[so + 3 - a] || b[so + 3 - a] == '.');
}

/* How likely it is that NAME means this file; 0 is not at all. */
static int is_meant(const struct mapped *m, const char *name, const struct stat *there)
{
	const char *base = strrchr(m->path, '/') + 1, *slash = strrchr(name, '/');

	if (!slash)
		return is_called(base, name) ? 3 : 0;
	if (there && same_file(there, &m->file))
		return 3;
	if (!strcmp(m->path, name))
		return 2;
	/* A link that by now leads to a newer version. */
	return m->deleted && is_version(base, slash + 1) ? 1 : 0;
}

static int open_map(u32 pid, const struct mapped *m)
{
	struct stat st;
	int fd = open_mapped(pid, m->start, m->end, &m->file, &st);

	return fd >= 0 ? fd : safe_open_in_process(pid, m->path, &m->file, &st);
}

/*
 * The file of this name that a process has mapped, even if another has replaced it. THERE is the file
 * that the name leads to, if any.
 */
static bool find_mapped(struct objfile *o, const char *name, const struct stat *there, u32 pid)
{
	char maps[32], line[4352];
	int sure = 0, now;
	struct mapped m;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%u/maps", pid);
	f = fopen(maps, "re");
	while (f && fgets(line, sizeof(line), f)) {
		int fd;

		if (!parse_mapped(line, &m) || (now = is_meant(&m, name, there)) <= sure)
			continue;
		fd = open_map(pid, &m);
		if (fd < 0)
			continue;
		objfile_close(o);
		*o = (struct objfile){ .fd = fd, .shown = path_of("%s", m.path) };
		sure = now;
	}
	if (f)
		fclose(f);
	return sure;
}

/* The loader's cache, in the format of glibc 2.2 and newer. */
struct cache_header {
	char magic[20];
	u32 n, strings_len, unused[5];
};
struct cache_entry {
	s32 flags;
	u32 name, path, osversion;
	u64 hwcap;
};

#ifdef __aarch64__
#define CACHE_FLAGS 0xa03
#else
#define CACHE_FLAGS 0x303
#endif

#define MAX_LD_CACHE (64 << 20) /* bytes */
#define MAX_TRIES    16         /* files of one name in it */

static bool find_in_cache(struct objfile *o, const char *cache, size_t size, const char *name,
			  u32 pid)
{
	int tries = 0;
	const struct cache_header *h = memmem(cache, size, "glibc-ld.so.cache1.1", 20);
	const struct cache_entry *e = (const void *)(h + 1);
	size_t left = h ? cache + size - (const char *)h : 0;

	if (left < sizeof(*h) || (left - sizeof(*h)) / sizeof(*e) < h->n)
		return false;
	for (u32 i = 0; i < h->n; i++, e++) /* CACHE is NUL-terminated by its reader */
		if (e->flags == CACHE_FLAGS && e->name < left && e->path < left &&
		    is_called((const char *)h + e->name, name) && tries++ < MAX_TRIES &&
		    at_path(o, (const char *)h + e->path, pid))
			return true;
	return false;
}

static bool find_cached(struct objfile *o, const char *name, u32 pid)
{
	struct stat st;
	int fd = pid ? safe_open_in_process(pid, "/etc/ld.so.cache", NULL, &st)
		     : safe_open_host("/etc/ld.so.cache", NULL, &st);
	char *cache;
	bool found;

	if (fd < 0)
		return false;
	cache = src_copy(&(struct src){ .fd = fd, .size = st.st_size }, 0, st.st_size,
			 MAX_LD_CACHE);
	found = cache && find_in_cache(o, cache, st.st_size, name, pid);
	close(fd);
	free(cache);
	return found;
}

static bool find_in(struct objfile *o, char *dirs, const char *fmt, const char *name, u32 pid)
{
	bool found = false;
	char *dir;

	while (!found && (dir = strsep(&dirs, ":"))) {
		char *file = path_of(fmt, name), *path = path_of("%s/%s", dir, file);

		found = at_path(o, path, pid);
		free(path);
		free(file);
	}
	return found;
}

#ifdef __aarch64__
#define MUSL_PATHS "/etc/ld-musl-aarch64.path"
#else
#define MUSL_PATHS "/etc/ld-musl-x86_64.path"
#endif

/* musl's loader has no cache, but a list of directories, separated by colons or newlines. */
static bool find_by_musl(struct objfile *o, const char *name, u32 pid)
{
	struct stat st;
	int fd = pid ? safe_open_in_process(pid, MUSL_PATHS, NULL, &st)
		     : safe_open_host(MUSL_PATHS, NULL, &st);
	char *dirs;
	bool found;

	if (fd < 0)
		return false;
	dirs = src_copy(&(struct src){ .fd = fd, .size = st.st_size }, 0, st.st_size, 1 << 16);
	for (char *c = dirs; c && (c = strchr(c, '\n'));)
		*c = ':';
	found = dirs && find_in(o, dirs, strstr(name, ".so") ? "%s" : "lib%s.so", name, pid);
	close(fd);
	free(dirs);
	return found;
}

bool objfile_find(struct objfile *o, const char *name, u32 pid)
{
	char lib_dirs[] = "/lib64:/usr/lib64:/lib:/usr/lib:/usr/local/lib";
	struct objfile there;
	char *path;
	bool found;

	*o = (struct objfile){ .fd = -1 };
	if (strchr(name, '/')) {
		struct stat st;
		bool is;

		found = at_path(o, name, *name == '/' ? pid : 0);
		if (!pid)
			return found;
		/* The file there may have replaced the one that the process has mapped. */
		there = *o;
		is = found && !fstat(there.fd, &st);
		*o = (struct objfile){ .fd = -1 };
		if (!find_mapped(o, name, is ? &st : NULL, pid)) {
			*o = there;
			return found;
		}
		objfile_close(&there);
		return true;
	}
	if ((pid && find_mapped(o, name, NULL, pid)) || find_cached(o, name, pid) ||
	    find_by_musl(o, name, pid) ||
	    find_in(o, lib_dirs, strstr(name, ".so") ? "%s" : "lib%s.so", name, pid))
		return true;
	if (strstr(name, ".so")) /* not a program */
		return false;
	path = path_of("%s", getenv("PATH") ?: "");
	found = find_in(o, path, "%s", name, pid);
	free(path);
	o->irregular = false; /* what is called so in some folder is not what was meant */
	return found;
}

/* ---- copies ---- */

/*
 * Files that are one.  Below overlay mounts with the same lower directory, one file appears with
 * several devices, but it has one inode number and one time of change.
 */
struct identity {
	u64 dev, ino, ctime, size;
	bool anonymous; /* the device is */
};

static struct identity identity_of(const struct stat *st)
{
	return (struct identity){ st->st_dev, st->st_ino, ts_ns(&st->st_ctim), st->st_size,
				  !major(st->st_dev) };
}

static bool is_same(const struct identity *a, const struct identity *b)
{
	return a->ino == b->ino && a->ctime == b->ctime && a->size == b->size &&
	       (a->dev == b->dev || a->anonymous || b->anonymous);
}

struct root {
	u64 mntns, dev, ino;
};

struct copies {
	const char *name;
	void (*f)(struct objfile, u32 pid, void *ctx);
	void *ctx;
	struct identity *met;
	size_t n_met;
	struct root *roots;
	size_t n_roots;
	u32 denied; /* processes */
};

static void found_copy(struct copies *c, struct objfile o, u32 pid)
{
	struct identity id;
	struct stat st;
	size_t i = 0;

	if (fstat(o.fd, &st)) {
		objfile_close(&o);
		return;
	}
	id = identity_of(&st);
	while (i < c->n_met && !is_same(&c->met[i], &id))
		i++;
	if (i < c->n_met) {
		objfile_close(&o);
		return;
	}
	c->met = reallocarray(c->met, c->n_met + 1, sizeof(*c->met));
	if (!c->met)
		err(1, NULL);
	c->met[c->n_met++] = id;
	c->f(o, pid, c->ctx);
}

/* Is this process the first that we meet with its root? */
static bool new_root(struct copies *c, u32 pid)
{
	struct stat ns, dir;
	struct root r;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/ns/mnt", pid);
	if (stat(path, &ns)) {
		c->denied += errno == EACCES || errno == EPERM;
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%u/root", pid);
	if (stat(path, &dir))
		return false;
	r = (struct root){ ns.st_ino, dir.st_dev, dir.st_ino };
	for (size_t i = 0; i < c->n_roots; i++)
		if (!memcmp(&c->roots[i], &r, sizeof(r)))
			return false;
	c->roots = reallocarray(c->roots, c->n_roots + 1, sizeof(*c->roots));
	if (!c->roots)
		err(1, NULL);
	c->roots[c->n_roots++] = r;
	return true;
}

/* The copies that a process has mapped.  Most processes have none: only lines with the name are looked at. */
static void mapped_copies(struct copies *c, u32 pid)
{
	const char *slash = strrchr(c->name, '/'), *base = slash ? slash + 1 : c->name;
	char path[32], line[4352];
	u64 last = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		struct mapped m;
		struct objfile o;

		if (!strstr(line, base) || !parse_mapped(line, &m) || m.file.ino == last ||
		    !is_called(strrchr(m.path, '/') + 1, base))
			continue;
		last = m.file.ino;
		o.fd = open_map(pid, &m);
		if (o.fd < 0)
			continue;
		o.shown = path_of("%s", m.path);
		found_copy(c, o, pid);
	}
	if (f)
		fclose(f);
}

u32 objfile_each_copy(const char *name, void (*f)(struct objfile, u32 pid, void *ctx), void *ctx)
{
	struct copies c = { .name = name, .f = f, .ctx = ctx };
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct objfile o;

	if (objfile_find(&o, name, 0))
		found_copy(&c, o, 0);
	new_root(&c, getpid());
	while (proc && (e = readdir(proc))) {
		u32 pid = atoi(e->d_name);

		if (!pid || pid == (u32)getpid())
			continue;
		if (new_root(&c, pid) && objfile_find(&o, name, pid))
			found_copy(&c, o, pid);
		mapped_copies(&c, pid);
	}
	if (proc)
		closedir(proc);
	free(c.met);
	free(c.roots);
	return c.denied;
}

int objfile_each_mapped(u32 pid, void (*f)(struct objfile, void *ctx), void *ctx)
{
	char path[32], line[4352];
	struct want *met = NULL;
	size_t n_met = 0, i;
	int failed = 0;
	struct mapped m;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%u/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps)) {
		struct objfile o;

		if (!parse_mapped(line, &m) || !m.code)
			continue;
		for (i = 0; i < n_met && (met[i].dev != m.file.dev || met[i].ino != m.file.ino);)
			i++;
		if (i < n_met)
			continue;
		met = reallocarray(met, n_met + 1, sizeof(*met));
		if (!met)
			err(1, NULL);
		met[n_met++] = m.file;
		o = (struct objfile){ .fd = open_map(pid, &m) };
		failed += o.fd < 0;
		if (o.fd < 0)
			continue;
		o.shown = path_of("%s", m.path);
		f(o, ctx);
	}
	free(met);
	fclose(maps);
	return failed;
}

void objfile_close(struct objfile *o)
{
	if (o->fd >= 0)
		close(o->fd);
	free(o->shown);
	*o = (struct objfile){ .fd = -1 };
}

/* ---- contents ---- */

/* A file while it is read: what must be known of it to turn addresses into offsets. */
struct reading {
	struct image im;
	struct segment segs[MAX_SEGMENTS];
	size_t nsegs;
};

/* An address's offset in the file, as the kernel takes it, or 0. */
static u64 file_offset(const struct reading *r, u64 addr, bool code)
{
	for (size_t i = 0; i < r->nsegs; i++) {
		const struct segment *s = &r->segs[i];

		if ((code ? s->exec : s->write) && addr >= s->addr && addr - s->addr < s->size)
			return addr - s->addr + s->off;
	}
	return 0;
}

static bool read_begin(const struct objfile *o, struct reading *r, const char **why)
{
	struct stat st;

	*why = fstat(o->fd, &st) ? "it can't be read" : "it is not an ELF file";
	budget_begin();
	if (!image_open(&r->im, (struct src){ .fd = o->fd, .size = st.st_size })) {
		image_close(&r->im);
		budget_end();
		return false;
	}
	r->nsegs = image_segments(&r->im, r->segs);
	return true;
}

/* False if not all of it was read. */
static bool read_end(struct reading *r, const char **why)
{
	image_close(&r->im);
	budget_end();
	*why = "it takes too long to read";
	return budget_left();
}

struct each_func {
	const struct reading *file; /* that the addresses belong to */
	void (*f)(const char *name, u64 offset, bool ifunc, void *ctx);
	void *ctx;
	char *names;
	size_t size;
};

static bool on_sym(const Elf64_Sym *sym, void *ctx)
{
	const struct each_func *e = ctx;
	int type = ELF64_ST_TYPE(sym->st_info);
	u64 offset;

	if (sym->st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC) ||
	    sym->st_name >= e->size || !e->names[sym->st_name])
		return true;
	offset = file_offset(e->file, sym->st_value, true);
	if (offset)
		e->f(e->names + sym->st_name, offset, type == STT_GNU_IFUNC, e->ctx);
	return true;
}

/* Report the functions in tables of this type; true if there is such a table. */
static bool each_table(const struct image *im, u32 type, struct each_func *e)
{
	bool any = false;

	for (u32 i = 0; i < im->nsh; i++) {
		if (im->sh[i].sh_type != type || im->sh[i].sh_link >= im->nsh)
			continue;
		e->names = image_strings(im, &im->sh[im->sh[i].sh_link], &e->size);
		if (!e->names)
			continue;
		image_each_sym(im, &im->sh[i], on_sym, e);
		free(e->names);
		any = true;
	}
	return any;
}

static bool on_debug(const struct image *im, void *e)
{
	return each_table(im, SHT_SYMTAB, e);
}

bool objfile_each_func(const struct objfile *o, u32 pid, const char **why,
		       void (*f)(const char *name, u64 offset, bool ifunc, void *ctx), void *ctx)
{
	struct reading r;
	struct each_func e = { .file = &r, .f = f, .ctx = ctx };

	if (!read_begin(o, &r, why))
		return false;
	each_table(&r.im, SHT_DYNSYM, &e);
	if (!each_table(&r.im, SHT_SYMTAB, &e) && !elf_debug(&r.im, o->shown, pid, on_debug, &e))
		mini_debug(&r.im, on_debug, &e);
	return read_end(&r, why);
}

bool objfile_is_go(const struct objfile *o)
{
	struct reading r;
	const char *why;
	bool is;

	if (!read_begin(o, &r, &why))
		return false;
	/* Position-independent ones have the first one's name with a prefix. */
	is = image_section(&r.im, ".gopclntab", SHT_PROGBITS) ||
	     image_section(&r.im, ".data.rel.ro.gopclntab", SHT_PROGBITS) ||
	     image_section(&r.im, ".go.buildinfo", SHT_PROGBITS);
	read_end(&r, &why);
	return is;
}

/* A note of systemtap's sdt.h, which is followed by provider, name and arguments. */
struct usdt_note {
	u64 location, base, semaphore;
};

static bool usdt_parse(const struct image *im, const char *desc, size_t size, struct usdt_note *n,
		       struct objfile_usdt *u)
{
	size_t word = im->wide ? 8 : 4;
	const char *end = desc + size;
	u64 w[3] = { 0 };

	if (size < 3 * word + 3 || end[-1])
		return false;
	for (int i = 0; i < 3; i++) /* little-endian, like all our CPUs */
		memcpy(&w[i], desc + i * word, word);
	*n = (struct usdt_note){ w[0], w[1], w[2] };
	u->provider = desc + 3 * word;
	u->name = u->provider + strlen(u->provider) + 1;
	if (u->name >= end || strlen(u->provider) >= MAX_NAME || strlen(u->name) >= MAX_NAME)
		return false;
	u->args = u->name + strlen(u->name) + 1;
	if (u->args >= end)
		u->args = "";
	return true;
}

#define MAX_NOTES (64 << 20) /* bytes */

bool objfile_each_usdt(const struct objfile *o, const char **why,
		       void (*f)(const struct objfile_usdt *, void *ctx), void *ctx)
{
	/* prelink(8) moves a file's addresses, but not those in notes; the second one tells how far. */
	const Elf64_Shdr *notes, *base;
	char *v = NULL;
	struct reading r;
	Elf64_Nhdr nh; /* the 32-bit one is the same */
	u64 size, next;

	if (!read_begin(o, &r, why))
		return false;
	notes = image_section(&r.im, ".note.stapsdt", SHT_NOTE);
	base = image_section(&r.im, ".stapsdt.base", SHT_PROGBITS);
	if (notes)
		v = src_copy(&r.im.src, notes->sh_offset, notes->sh_size, MAX_NOTES);
	size = v ? notes->sh_size : 0;
	for (u64 at = 0; size - at >= sizeof(nh); at = next) {
		struct objfile_usdt u = { 0 };
		struct usdt_note n;
		u64 desc;

		memcpy(&nh, v + at, sizeof(nh));
		desc = at + sizeof(nh) + (((u64)nh.n_namesz + 3) & ~3ull);
		next = desc + (((u64)nh.n_descsz + 3) & ~3ull);
		if (desc > size || nh.n_descsz > size - desc)
			break;
		if (next > size)
			next = size;
		if (nh.n_type != 3 || nh.n_namesz != sizeof("stapsdt") ||
		    memcmp(v + at + sizeof(nh), "stapsdt", sizeof("stapsdt")) ||
		    !usdt_parse(&r.im, v + desc, nh.n_descsz, &n, &u))
			continue;
		u.moved = base && n.base ? base->sh_addr - n.base : 0;
		u.addr = n.location + u.moved;
		u.offset = file_offset(&r, u.addr, true);
		u.semaphore_addr = n.semaphore ? n.semaphore + u.moved : 0;
		if (n.semaphore)
			u.semaphore = file_offset(&r, u.semaphore_addr, false);
		if (u.offset)
			f(&u, ctx);
	}
	free(v);
	return read_end(&r, why);
}

static bool has_symtab(const struct image *im, void *ctx)
{
	bool has = false;

	(void)ctx;
	for (u32 i = 0; i < im->nsh; i++)
		has |= im->sh[i].sh_type == SHT_SYMTAB;
	return has;
}

bool objfile_has_symbols(const struct objfile *o, u32 pid)
{
	const char *why;
	struct reading r;
	bool has;

	if (!read_begin(o, &r, &why))
		return false;
	has = has_symtab(&r.im, NULL) || mini_debug_has(&r.im) ||
	      elf_debug(&r.im, o->shown, pid, has_symtab, NULL);
	read_end(&r, &why);
	return has;
}

struct find_variable {
	const char *name, *names;
	size_t size;
	u64 addr;
	bool found;
};

static bool on_variable(const Elf64_Sym *sym, void *ctx)
{
	struct find_variable *v = ctx;

	if (sym->st_shndx == SHN_UNDEF || sym->st_name >= v->size ||
	    strcmp(v->names + sym->st_name, v->name))
		return true;
	v->addr = sym->st_value;
	v->found = true;
	return false;
}

bool objfile_variable(const struct objfile *o, const char *name, u64 *addr)
{
	struct find_variable v = { .name = name };
	const char *why;
	struct reading r;
	const struct image *im = &r.im;

	if (!read_begin(o, &r, &why))
		return false;
	for (u32 i = 0; i < im->nsh && !v.found; i++) {
		u32 type = im->sh[i].sh_type;
		char *names;

		if ((type != SHT_DYNSYM && type != SHT_SYMTAB) || im->sh[i].sh_link >= im->nsh ||
		    !(names = image_strings(im, &im->sh[im->sh[i].sh_link], &v.size)))
			continue;
		v.names = names;
		image_each_sym(im, &im->sh[i], on_variable, &v);
		free(names);
	}
	read_end(&r, &why);
	*addr = v.addr;
	return v.found;
}

#define MAX_DYNAMIC 65536 /* entries */

void objfile_each_needed(const struct objfile *o, bool (*f)(const char *name, void *ctx), void *ctx)
{
	const Elf64_Shdr *dynamic;
	size_t size = 0, entry;
	char *names = NULL;
	const char *why;
	struct reading r;
	const struct image *im = &r.im;

	if (!read_begin(o, &r, &why))
		return;
	entry = im->wide ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
	dynamic = image_section(im, ".dynamic", SHT_DYNAMIC);
	if (dynamic && dynamic->sh_link < im->nsh)
		names = image_strings(im, &im->sh[dynamic->sh_link], &size);
	for (u64 i = 0; names && i < MAX_DYNAMIC && (i + 1) * entry <= dynamic->sh_size; i++) {
		u64 tag = 0, at = 0, off = dynamic->sh_offset + i * entry;

		if (!src_read(&im->src, off, &tag, entry / 2) ||
		    !src_read(&im->src, off + entry / 2, &at, entry / 2) || tag == DT_NULL)
			break;
		if (tag == DT_NEEDED && at < size && names[at] && !f(names + at, ctx))
			break;
	}
	free(names);
	read_end(&r, &why);
}
