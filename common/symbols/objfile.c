// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/objfile.h"
#include "symbols/elfimage.h"
#include "symbols/elfsyms.h"
#include "symbols/safe_file.h"
#include <err.h>
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
	bool deleted;
};

static bool parse_mapped(char *line, struct mapped *m)
{
	unsigned int maj, min;
	size_t len;
	int at = 0;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%llx-%llx %*s %*x %x:%x %llu %n", &m->start, &m->end, &maj, &min,
		   &m->file.ino, &at) != 5 ||
	    !at || line[at] != '/')
		return false;
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

/*
 * The file of this name that a process has mapped, even if another has replaced it. THERE is the file
 * that the name leads to, if any.
 */
static bool find_mapped(struct objfile *o, const char *name, const struct stat *there, u32 pid)
{
	char maps[32], line[4352];
	int sure = 0, now;
	struct mapped m;
	struct stat st;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%u/maps", pid);
	f = fopen(maps, "re");
	while (f && fgets(line, sizeof(line), f)) {
		int fd;

		if (!parse_mapped(line, &m) || (now = is_meant(&m, name, there)) <= sure)
			continue;
		fd = open_mapped(pid, m.start, m.end, &m.file, &st);
		if (fd < 0)
			fd = safe_open_in_process(pid, m.path, &m.file, &st);
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
	    find_in(o, lib_dirs, "lib%s.so", name, pid))
		return true;
	path = path_of("%s", getenv("PATH") ?: "");
	found = find_in(o, path, "%s", name, pid);
	free(path);
	o->irregular = false; /* what is called so in some folder is not what was meant */
	return found;
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
	if (!each_table(&r.im, SHT_SYMTAB, &e))
		elf_debug(&r.im, o->shown, pid, on_debug, &e);
	return read_end(&r, why);
}

/* A note of systemtap's sdt.h, which is followed by provider, name and arguments. */
struct usdt_note {
	u64 location, base, semaphore;
};

static bool usdt_parse(const struct image *im, const char *desc, size_t size, struct usdt_note *n,
		       const char **provider, const char **name)
{
	size_t word = im->wide ? 8 : 4;
	const char *end = desc + size;
	u64 w[3] = { 0 };

	if (size < 3 * word + 3 || end[-1])
		return false;
	for (int i = 0; i < 3; i++) /* little-endian, like all our CPUs */
		memcpy(&w[i], desc + i * word, word);
	*n = (struct usdt_note){ w[0], w[1], w[2] };
	*provider = desc + 3 * word;
	*name = *provider + strlen(*provider) + 1;
	return *name < end && strlen(*provider) < MAX_NAME && strlen(*name) < MAX_NAME;
}

#define MAX_NOTES (64 << 20) /* bytes */

bool objfile_each_usdt(const struct objfile *o, const char **why,
		       void (*f)(const char *provider, const char *name, u64 offset, u64 semaphore,
				 void *ctx),
		       void *ctx)
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
		const char *provider, *name;
		u64 moved, offset, semaphore = 0, desc;
		struct usdt_note n;

		memcpy(&nh, v + at, sizeof(nh));
		desc = at + sizeof(nh) + (((u64)nh.n_namesz + 3) & ~3ull);
		next = desc + (((u64)nh.n_descsz + 3) & ~3ull);
		if (desc > size || nh.n_descsz > size - desc)
			break;
		if (next > size)
			next = size;
		if (nh.n_type != 3 || nh.n_namesz != sizeof("stapsdt") ||
		    memcmp(v + at + sizeof(nh), "stapsdt", sizeof("stapsdt")) ||
		    !usdt_parse(&r.im, v + desc, nh.n_descsz, &n, &provider, &name))
			continue;
		moved = base && n.base ? base->sh_addr - n.base : 0;
		offset = file_offset(&r, n.location + moved, true);
		if (n.semaphore)
			semaphore = file_offset(&r, n.semaphore + moved, false);
		if (offset)
			f(provider, name, offset, semaphore, ctx);
	}
	free(v);
	return read_end(&r, why);
}
