// SPDX-License-Identifier: BSD-2-Clause
#include "usym.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* What a hostile process can make us spend is bounded by these. */
#define MAX_SECTIONS (128 << 10)
#define MAX_SEGMENTS 64
#define MAX_SYMS     (4 << 20)   /* functions of one file */
#define MAX_STRINGS  (256 << 20) /* bytes of names of one file */
#define MAX_NAME     4096        /* bytes of one name; the rest is cut */
#define MAX_CACHE    (512 << 20) /* bytes of symbols of all files */
#define MAX_DEBUG    (1 << 30)   /* bytes to sum up of one debug file */
#define MAX_NOTES    1024
#define MAX_MAPS     16384      /* executable mappings of one process */
#define MAX_DEAD     32768      /* ended processes remembered */
#define MAX_HELD     256        /* files kept open because their path won't lead there later */
#define MAX_JIT      (64 << 20) /* bytes of a perf map's names */
#define MAX_JIT_FILE (1 << 28)
#define MAX_JIT_SYMS (1 << 20)

#define GENERATIONS 4  /* programs remembered per pid: before and after each exec */
#define RING_PAGES  16 /* per CPU */
#define MS          1000000ULL

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static uint64_t ts_ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000ULL + ts->tv_nsec;
}

/*
 * ELF files. Read with pread, not mmap: a file that its owner truncates meanwhile must not kill us.
 */

/* What to parse: a file, or memory (the vDSO). */
struct src {
	int fd;
	const uint8_t *mem;
	uint64_t size;
};

static bool src_read(const struct src *s, uint64_t off, void *buf, size_t n)
{
	if (off > s->size || n > s->size - off)
		return false;
	if (s->mem) {
		memcpy(buf, s->mem + off, n);
		return true;
	}
	while (n) {
		ssize_t got = pread(s->fd, buf, n, off);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		buf = (char *)buf + got;
		off += got;
		n -= got;
	}
	return true;
}

struct segment {
	uint64_t off, size, addr;
	bool exec;
};

struct sym {
	uint64_t addr;
	uint32_t size;
	uint32_t name;
};

/* One file's symbols, shared by all processes and all names it is mapped by. */
struct elf {
	struct elf *next;
	uint64_t dev, ino, mtime, size;
	struct segment *segs;
	size_t nsegs;
	struct sym *syms; /* by address, one per address */
	size_t nsyms;
	char *names;
};

/* An ELF file while it is parsed; 32-bit structures widened. */
struct image {
	struct src src;
	bool wide;
	Elf64_Ehdr eh;
	Elf64_Shdr *sh;
	uint32_t nsh;
};

static bool image_shdr(const struct image *im, uint64_t i, Elf64_Shdr *out)
{
	Elf32_Shdr s;

	if (im->wide)
		return src_read(&im->src, im->eh.e_shoff + i * sizeof(*out), out, sizeof(*out));
	if (!src_read(&im->src, im->eh.e_shoff + i * sizeof(s), &s, sizeof(s)))
		return false;
	*out = (Elf64_Shdr){ .sh_name = s.sh_name,
			     .sh_type = s.sh_type,
			     .sh_flags = s.sh_flags,
			     .sh_addr = s.sh_addr,
			     .sh_offset = s.sh_offset,
			     .sh_size = s.sh_size,
			     .sh_link = s.sh_link,
			     .sh_entsize = s.sh_entsize };
	return true;
}

static bool image_phdr(const struct image *im, uint64_t i, Elf64_Phdr *out)
{
	Elf32_Phdr p;

	if (im->wide)
		return src_read(&im->src, im->eh.e_phoff + i * sizeof(*out), out, sizeof(*out));
	if (!src_read(&im->src, im->eh.e_phoff + i * sizeof(p), &p, sizeof(p)))
		return false;
	*out = (Elf64_Phdr){ .p_type = p.p_type,
			     .p_flags = p.p_flags,
			     .p_offset = p.p_offset,
			     .p_vaddr = p.p_vaddr,
			     .p_filesz = p.p_filesz };
	return true;
}

/* Sections may be missing or unreadable (im->nsh is 0 then); the header must be good. */
static bool image_open(struct image *im, struct src src)
{
	const unsigned char order =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned char id[EI_NIDENT];
	Elf64_Shdr first;
	Elf32_Ehdr e;
	uint64_t n;

	*im = (struct image){ .src = src };
	if (!src_read(&src, 0, id, sizeof(id)) || memcmp(id, ELFMAG, SELFMAG) ||
	    id[EI_DATA] != order)
		return false;
	im->wide = id[EI_CLASS] == ELFCLASS64;
	if (im->wide) {
		if (!src_read(&src, 0, &im->eh, sizeof(im->eh)))
			return false;
	} else if (id[EI_CLASS] != ELFCLASS32 || !src_read(&src, 0, &e, sizeof(e))) {
		return false;
	} else {
		im->eh = (Elf64_Ehdr){ .e_type = e.e_type,
				       .e_machine = e.e_machine,
				       .e_phoff = e.e_phoff,
				       .e_shoff = e.e_shoff,
				       .e_phentsize = e.e_phentsize,
				       .e_phnum = e.e_phnum,
				       .e_shentsize = e.e_shentsize,
				       .e_shnum = e.e_shnum,
				       .e_shstrndx = e.e_shstrndx };
	}
	if (im->eh.e_phentsize != (im->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		im->eh.e_phnum = 0;
	if (im->eh.e_shentsize != (im->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)) ||
	    im->eh.e_shoff > src.size || !im->eh.e_shoff || !image_shdr(im, 0, &first))
		return true;
	n = im->eh.e_shnum ?: first.sh_size; /* 65,280 sections and more are counted there */
	if (im->eh.e_shstrndx == SHN_XINDEX)
		im->eh.e_shstrndx = first.sh_link < 0xffff ? first.sh_link : 0;
	if (n > MAX_SECTIONS || !(im->sh = calloc(n, sizeof(*im->sh))))
		return true;
	while (im->nsh < n && image_shdr(im, im->nsh, &im->sh[im->nsh]))
		im->nsh++;
	return true;
}

static void image_close(struct image *im)
{
	free(im->sh);
	im->sh = NULL;
}

static const Elf64_Shdr *image_section(const struct image *im, const char *name)
{
	char buf[32];
	size_t n = strlen(name) + 1;

	if (im->eh.e_shstrndx >= im->nsh)
		return NULL;
	for (uint32_t i = 1; i < im->nsh; i++)
		if (im->sh[i].sh_type == SHT_PROGBITS &&
		    src_read(&im->src, im->sh[im->eh.e_shstrndx].sh_offset + im->sh[i].sh_name, buf,
			     n) &&
		    !memcmp(buf, name, n))
			return &im->sh[i];
	return NULL;
}

/* Copies the build ID to id (at least 64 bytes) and returns its size, 0 if there is none. */
static size_t image_build_id(const struct image *im, uint8_t *id)
{
	int notes = 0;

	for (uint32_t i = 0; i < im->nsh; i++) {
		uint64_t off = im->sh[i].sh_offset, left = im->sh[i].sh_size;
		Elf64_Nhdr nh; /* the 32-bit one is the same */

		if (im->sh[i].sh_type != SHT_NOTE || left > 64 << 10)
			continue;
		while (left >= sizeof(nh) && src_read(&im->src, off, &nh, sizeof(nh)) &&
		       notes++ < MAX_NOTES) {
			uint64_t name = ((uint64_t)nh.n_namesz + 3) & ~3ULL;
			uint64_t all = sizeof(nh) + name + (((uint64_t)nh.n_descsz + 3) & ~3ULL);
			char owner[4];

			if (nh.n_type == NT_GNU_BUILD_ID && nh.n_namesz == 4 && nh.n_descsz >= 2 &&
			    nh.n_descsz <= 64 && src_read(&im->src, off + sizeof(nh), owner, 4) &&
			    !memcmp(owner, "GNU", 4) &&
			    src_read(&im->src, off + sizeof(nh) + name, id, nh.n_descsz))
				return nh.n_descsz;
			if (all > left)
				break;
			off += all;
			left -= all;
		}
	}
	return 0;
}

static void image_segments(const struct image *im, struct elf *e)
{
	Elf64_Phdr p;

	e->segs = malloc(MAX_SEGMENTS * sizeof(*e->segs));
	for (int i = 0; e->segs && i < im->eh.e_phnum && e->nsegs < MAX_SEGMENTS; i++) {
		if (!image_phdr(im, i, &p))
			break;
		if (p.p_type == PT_LOAD && p.p_filesz)
			e->segs[e->nsegs++] = (struct segment){ p.p_offset, p.p_filesz, p.p_vaddr,
								p.p_flags & PF_X };
	}
	if (e->nsegs)
		e->segs = realloc(e->segs, e->nsegs * sizeof(*e->segs)) ?: e->segs;
}

/* A symbol as read, before the best of each address is chosen. */
struct raw {
	uint64_t addr, size;
	uint32_t name;
	uint16_t section;
	uint16_t rank; /* higher is better */
};

static int raw_order(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->rank < y->rank) - (x->rank > y->rank);
}

/* 0 for a symbol that no address is to be named after. */
static int sym_rank(const struct image *im, const Elf64_Sym *s)
{
	int type = ELF64_ST_TYPE(s->st_info), rank = s->st_size ? 8 : 1;
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

static struct raw *syms_read(const struct image *im, const Elf64_Shdr *tab, size_t *n)
{
	size_t entry = im->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym), room = 0;
	uint64_t count = tab->sh_size / entry;
	union {
		Elf64_Sym s64[512];
		Elf32_Sym s32[512];
	} block;
	struct raw *v = NULL;

	*n = 0;
	if (tab->sh_entsize != entry)
		return NULL;
	if (count > 4 * MAX_SYMS)
		count = 4 * MAX_SYMS;
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Sym s;
		int rank;

		if (i % 512 == 0) {
			size_t part = count - i < 512 ? count - i : 512;

			if (!src_read(&im->src, tab->sh_offset + i * entry, &block, part * entry))
				break; /* truncated: the part before is good */
		}
		if (im->wide) {
			s = block.s64[i % 512];
		} else {
			Elf32_Sym *t = &block.s32[i % 512];

			s = (Elf64_Sym){ t->st_name,  t->st_info,  t->st_other,
					 t->st_shndx, t->st_value, t->st_size };
		}
		rank = sym_rank(im, &s);
		if (!rank)
			continue;
		if (im->eh.e_machine == EM_ARM)
			s.st_value &= ~1ULL; /* Thumb */
		if (*n == room) {
			struct raw *more;

			room = room * 2 ?: 256;
			more = *n < MAX_SYMS ? realloc(v, room * sizeof(*v)) : NULL;
			if (!more)
				break;
			v = more;
		}
		v[(*n)++] = (struct raw){ s.st_value, s.st_size, s.st_name, s.st_shndx, rank };
	}
	return v;
}

/* The names; none is longer than MAX_NAME, all end. */
static char *strings_read(const struct image *im, const Elf64_Shdr *sec, size_t *size)
{
	uint64_t n = sec->sh_size;
	size_t run = 0;
	char *s;

	if (sec->sh_offset >= im->src.size)
		return NULL;
	if (n > im->src.size - sec->sh_offset)
		n = im->src.size - sec->sh_offset;
	if (!n || n > MAX_STRINGS || !(s = malloc(n)))
		return NULL;
	if (!src_read(&im->src, sec->sh_offset, s, n)) {
		free(s);
		return NULL;
	}
	s[n - 1] = '\0';
	for (size_t i = 0; i < n; i++) {
		run = s[i] ? run + 1 : 0;
		if (run == MAX_NAME) {
			s[i] = '\0';
			run = 0;
		}
	}
	*size = n;
	return s;
}

/* Names the compiler and assembler make: "$x" marks code on arm, ".L5" is a local label. */
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
 * Sorted, one per address. A symbol of size 0 reaches to the next one or its section's end; within
 * another that has a size it is just a label.
 */
static size_t syms_choose(const struct image *im, struct raw *v, size_t n, const char *strings,
			  size_t size)
{
	uint64_t covered = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i].name < size && !is_marker(strings + v[i].name))
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
		if (!v[best].size && v[best].addr < covered)
			continue;
		if (v[best].addr + v[best].size > covered)
			covered = v[best].addr + v[best].size;
		v[kept++] = v[best];
	}
	for (size_t i = 0; i < kept; i++) {
		uint64_t end = i + 1 < kept ? v[i + 1].addr : v[i].addr + 4096;

		if (v[i].size)
			continue;
		if (v[i].section < im->nsh) {
			const Elf64_Shdr *s = &im->sh[v[i].section];

			if (s->sh_addr + s->sh_size > v[i].addr &&
			    (s->sh_addr + s->sh_size < end || i + 1 == kept))
				end = s->sh_addr + s->sh_size;
		}
		v[i].size = end - v[i].addr;
	}
	return kept;
}

static size_t cache_bytes;

/* Fill in the symbols from a table of this type. False if that gives none. */
static bool image_symbols(const struct image *im, uint32_t type, struct elf *e)
{
	const Elf64_Shdr *tab = NULL;
	size_t n, size, total = 0;
	struct raw *v;
	char *strings;

	for (uint32_t i = 0; i < im->nsh && !tab; i++)
		if (im->sh[i].sh_type == type)
			tab = &im->sh[i];
	if (!tab || tab->sh_link >= im->nsh || cache_bytes > MAX_CACHE)
		return false;
	v = syms_read(im, tab, &n);
	strings = v ? strings_read(im, &im->sh[tab->sh_link], &size) : NULL;
	if (!strings) {
		free(v);
		return false;
	}
	n = syms_choose(im, v, n, strings, size);
	for (size_t i = 0; i < n; i++) { /* "memcpy@@GLIBC_2.14" */
		char *at = strchr(strings + v[i].name, '@');

		if (at && at != strings + v[i].name)
			*at = '\0';
	}
	e->syms = n ? malloc(n * sizeof(*e->syms)) : NULL;
	if (!e->syms) {
		free(strings);
		free(v);
		return false;
	}
	for (size_t i = 0; i < n && total < size; i++)
		total += strlen(strings + v[i].name) + 1;
	e->names = total < size ? malloc(total) : NULL; /* else names overlap: keep them so */
	total = 0;
	for (size_t i = 0; i < n; i++) {
		const char *name = strings + v[i].name;

		e->syms[i].addr = v[i].addr;
		e->syms[i].size = v[i].size < UINT32_MAX ? v[i].size : UINT32_MAX;
		e->syms[i].name = e->names ? total : v[i].name;
		if (e->names)
			total = stpcpy(e->names + total, name) + 1 - e->names;
	}
	cache_bytes += n * sizeof(*e->syms) + (e->names ? total : size);
	if (e->names)
		free(strings);
	else
		e->names = strings;
	free(v);
	e->nsyms = n;
	return true;
}

/*
 * The symbol that holds the address. Those before the nearest are tried too: a cold part or a label
 * can lie within a function.
 */
static const struct sym *sym_find(const struct sym *v, size_t n, uint64_t addr, bool newest)
{
	const struct sym *best = NULL;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (size_t tries = 0; lo && tries < 16; tries++) {
		const struct sym *s = &v[--lo];

		if (addr - s->addr >= s->size)
			continue;
		if (!newest)
			return s;
		if (!best || s->name > best->name)
			best = s;
	}
	return best;
}

/* Where in the address space of its symbol table the file's byte lies. False if nowhere. */
static bool elf_vaddr(const struct elf *e, uint64_t off, uint64_t *addr)
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

/*
 * Opening files that others name. A path can lead to a device or a FIFO by now, and opening one
 * does things: look first (O_PATH), open regular files only.
 */

struct want { /* the file that was mapped */
	uint64_t dev, ino;
};

/*
 * btrfs, overlayfs and others report one device in mappings and another in stat: if either is
 * such an anonymous device the inode alone must do.
 */
static bool same_file(const struct stat *st, const struct want *w)
{
	return S_ISREG(st->st_mode) && st->st_ino == w->ino &&
	       (st->st_dev == w->dev || !major(st->st_dev) || !major(w->dev));
}

static int open_checked(int path_fd, const struct want *w, struct stat *st)
{
	char self[64];
	int fd = -1;

	if (path_fd < 0)
		return -1;
	if (!fstat(path_fd, st) && S_ISREG(st->st_mode) && (!w || same_file(st, w))) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
		fd = open(self, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	}
	close(path_fd);
	return fd;
}

static int open_here(const char *path, const struct want *w, struct stat *st)
{
	return open_checked(open(path, O_PATH | O_CLOEXEC), w, st);
}

/* A path as the process sees it: symbolic links too are resolved below its root. */
static int open_there(uint32_t pid, const char *path, const struct want *w, struct stat *st)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	char root[64];
	int dir, fd;

	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	close(dir);
	return open_checked(fd, w, st);
}

static int open_mapped(uint32_t pid, uint64_t start, uint64_t end, const struct want *w,
		       struct stat *st)
{
	char link[128];

	snprintf(link, sizeof(link), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, pid, start, end);
	return open_here(link, w, st);
}

/* Debug files: known to belong by build ID, else by checksum. */

static bool crc_matches(const struct src *s, uint32_t want)
{
	uint8_t buf[16 << 10];
	uint32_t crc = crc32(0, NULL, 0);

	if (s->size > MAX_DEBUG)
		return false;
	for (uint64_t off = 0; off < s->size; off += sizeof(buf)) {
		size_t n = s->size - off < sizeof(buf) ? s->size - off : sizeof(buf);

		if (!src_read(s, off, buf, n))
			return false;
		crc = crc32(crc, buf, n);
	}
	return crc == want;
}

static bool debug_try(int fd, const struct stat *st, const uint8_t *id, size_t id_len,
		      const uint32_t *crc, struct elf *e)
{
	struct image im;
	uint8_t theirs[64];
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
		good = good && image_symbols(&im, SHT_SYMTAB, e);
	}
	image_close(&im);
	close(fd);
	return good;
}

/*
 * The host's file first. The process's own can be anything: only a build ID, which is quick to
 * compare, will do.
 */
static bool debug_path(uint32_t pid, const char *path, const uint8_t *id, size_t id_len,
		       const uint32_t *crc, struct elf *e)
{
	struct stat st;

	return debug_try(open_here(path, NULL, &st), &st, id, id_len, crc, e) ||
	       (pid && id_len &&
		debug_try(open_there(pid, path, NULL, &st), &st, id, id_len, NULL, e));
}

static bool debug_symbols(const struct image *im, const char *path, uint32_t pid, struct elf *e)
{
	static const char *const where[] = { "%.*s/%s", "%.*s/.debug/%s", "/usr/lib/debug%.*s/%s" };
	const Elf64_Shdr *link = image_section(im, ".gnu_debuglink");
	char try[2 * PATH_MAX], name[256];
	uint8_t id[64];
	size_t id_len = image_build_id(im, id), n, len;
	const char *slash = strrchr(path, '/');
	uint32_t crc;

	if (id_len) {
		n = sprintf(try, "/usr/lib/debug/.build-id/%02x/", id[0]);
		for (size_t i = 1; i < id_len; i++)
			n += sprintf(try + n, "%02x", id[i]);
		strcpy(try + n, ".debug");
		if (debug_path(pid, try, id, id_len, NULL, e))
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
		if (strcmp(try, path) && debug_path(pid, try, id, id_len, &crc, e))
			return true;
	}
	return false;
}

static struct elf *elfs[256];

/* The symbols of an open file; fd stays open. NULL if it is no ELF file, or memory is short. */
static struct elf *elf_get(int fd, const struct stat *st, const char *path, uint32_t pid)
{
	uint64_t mtime = ts_ns(&st->st_mtim);
	struct elf **slot = &elfs[(st->st_ino ^ st->st_dev) % 256], *e;
	struct image im;

	for (e = *slot; e; e = e->next)
		if (e->ino == st->st_ino && e->dev == st->st_dev && e->mtime == mtime &&
		    e->size == (uint64_t)st->st_size)
			return e;
	if (cache_bytes > MAX_CACHE)
		return NULL;
	if (!image_open(&im, (struct src){ .fd = fd, .size = st->st_size }))
		return NULL;
	e = calloc(1, sizeof(*e));
	if (e) {
		e->dev = st->st_dev;
		e->ino = st->st_ino;
		e->mtime = mtime;
		e->size = st->st_size;
		image_segments(&im, e);
		if (!image_symbols(&im, SHT_SYMTAB, e) && !debug_symbols(&im, path, pid, e))
			image_symbols(&im, SHT_DYNSYM, e);
		cache_bytes += sizeof(*e) + e->nsegs * sizeof(*e->segs);
		e->next = *slot;
		*slot = e;
	}
	image_close(&im);
	return e;
}

static struct {
	bool loaded;
	uint64_t size; /* of our own mapping */
	struct elf elf;
} vdso;

/* All processes of our word size map the same vDSO, so ours, read from memory, tells. */
static void vdso_load(void)
{
	unsigned long at = getauxval(AT_SYSINFO_EHDR);
	FILE *f = at ? fopen("/proc/self/maps", "re") : NULL;
	uint64_t start, end;
	struct image im;
	char line[512];

	vdso.loaded = true;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2 && start == at)
			vdso.size = end - start;
	if (f)
		fclose(f);
	if (vdso.size &&
	    image_open(&im,
		       (struct src){ .fd = -1, .mem = (const uint8_t *)at, .size = vdso.size })) {
		image_segments(&im, &vdso.elf);
		if (!image_symbols(&im, SHT_SYMTAB, &vdso.elf))
			image_symbols(&im, SHT_DYNSYM, &vdso.elf);
		image_close(&im);
	}
}

/* What is mapped: a file by one name, or memory with a name. Shared by all processes. */
struct dso {
	struct dso *next;
	uint32_t refs, hash;
	struct want file; /* ino is 0 if it is no file */
	uint64_t generation;
	uint64_t seen; /* when it was mapped first, CLOCK_REALTIME ns */
	struct elf *elf;
	bool vdso;
	uint8_t tries;     /* to open it */
	uint32_t last_pid; /* that the last try was made with */
	int fd;            /* held, or -1 */
	char path[];
};

static struct dso *dsos[4096];
static struct dso *unused_dsos; /* until the next drain: somebody may still print the path */
static size_t held;

static void dso_put(struct dso *d)
{
	struct dso **p = &dsos[d->hash % 4096];

	if (--d->refs)
		return;
	while (*p && *p != d)
		p = &(*p)->next;
	if (*p)
		*p = d->next;
	d->next = unused_dsos;
	unused_dsos = d;
}

static void dso_free_unused(void)
{
	while (unused_dsos) {
		struct dso *d = unused_dsos;

		unused_dsos = d->next;
		if (d->fd >= 0) {
			close(d->fd);
			held--;
		}
		free(d);
	}
}

static bool dso_changed(const struct dso *d)
{
	struct stat st;

	return d->elf && !stat(d->path, &st) && same_file(&st, &d->file) &&
	       (ts_ns(&st.st_mtim) != d->elf->mtime || (uint64_t)st.st_size != d->elf->size);
}

/* Takes a reference. NULL if memory is short. seen: see above. */
static struct dso *dso_get(const char *path, uint64_t dev, uint64_t ino, uint64_t generation,
			   uint64_t seen, bool *fresh)
{
	size_t len = strlen(path);
	uint32_t hash = 2166136261u;
	struct dso *d;

	if (path[0] != '/' || path[1] == '/')
		ino = 0; /* "//anon", "[heap]" */
	if (!ino)
		dev = generation = 0;
	else if (len > 10 && !strcmp(path + len - 10, " (deleted)"))
		len -= 10;
	if (!strcmp(path, "//anon") || !len) {
		path = "[anon]";
		len = 6;
	}
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 16777619;
	hash ^= ino * 2654435761u;
	*fresh = false;
	for (d = dsos[hash % 4096]; d; d = d->next)
		if (d->hash == hash && d->file.ino == ino && d->file.dev == dev &&
		    d->generation == generation && !strncmp(d->path, path, len) && !d->path[len]) {
			if (ino && dso_changed(d))
				continue; /* written anew in place: this mapping is of the new */
			d->refs++;
			return d;
		}
	d = calloc(1, sizeof(*d) + len + 1);
	if (!d)
		return NULL;
	*fresh = true;
	memcpy(d->path, path, len);
	d->hash = hash;
	d->refs = 1;
	d->file = (struct want){ dev, ino };
	d->generation = generation;
	d->seen = seen;
	d->fd = -1;
	d->vdso = !strcmp(d->path, "[vdso]");
	d->next = dsos[hash % 4096];
	dsos[hash % 4096] = d;
	return d;
}

/* The mappings of a process; shared by parent and child until one of them changes. */
struct map {
	uint64_t start, end, off;
	struct dso *dso;
};

struct maps {
	uint32_t refs;
	uint32_t n, room;
	struct map v[];
};

static void maps_put(struct maps *m)
{
	if (!m || --m->refs)
		return;
	for (uint32_t i = 0; i < m->n; i++)
		dso_put(m->v[i].dso);
	free(m);
}

static struct maps *maps_new(uint32_t room)
{
	struct maps *m = malloc(sizeof(*m) + room * sizeof(m->v[0]));

	if (m)
		*m = (struct maps){ .refs = 1, .room = room };
	return m;
}

/* Make *mp ours alone, with room for two more. */
static bool maps_own(struct maps **mp)
{
	struct maps *m = *mp, *more;

	if (m && m->refs == 1 && m->n + 2 <= m->room)
		return true;
	more = maps_new(m ? m->n + m->n / 2 + 6 : 8);
	if (!more)
		return false;
	if (m) {
		more->n = m->n;
		memcpy(more->v, m->v, m->n * sizeof(m->v[0]));
		for (uint32_t i = 0; i < m->n; i++)
			m->v[i].dso->refs++;
		maps_put(m);
	}
	*mp = more;
	return true;
}

/* The first mapping that ends after addr. */
static uint32_t maps_at(const struct maps *m, uint64_t addr)
{
	uint32_t lo = 0, hi = m->n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (m->v[mid].end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Put a mapping over whatever was there. Takes over the reference to new.dso. */
static void maps_insert(struct maps **mp, struct map new)
{
	struct map part[3];
	uint32_t i, j, n = 0;
	struct maps *m = *mp;

	if (m) {
		i = maps_at(m, new.start);
		if (i < m->n && m->v[i].start == new.start && m->v[i].end == new.end &&
		    m->v[i].off == new.off && m->v[i].dso == new.dso) {
			dso_put(new.dso);
			return;
		}
	}
	if (new.start >= new.end || (m && m->n >= MAX_MAPS) || !maps_own(mp)) {
		dso_put(new.dso);
		return;
	}
	m = *mp;
	i = maps_at(m, new.start);
	for (j = i; j < m->n && m->v[j].start < new.end; j++)
		;
	if (i < j && m->v[i].start < new.start) {
		part[n] = m->v[i];
		part[n].dso->refs++;
		part[n++].end = new.start;
	}
	part[n++] = new;
	if (i < j && m->v[j - 1].end > new.end) {
		part[n] = m->v[j - 1];
		part[n].dso->refs++;
		part[n].off += new.end - part[n].start;
		part[n++].start = new.end;
	}
	for (uint32_t k = i; k < j; k++)
		dso_put(m->v[k].dso);
	memmove(m->v + i + n, m->v + j, (m->n - j) * sizeof(m->v[0]));
	memcpy(m->v + i, part, n * sizeof(part[0]));
	m->n = m->n - (j - i) + n;
}

static const struct map *maps_find(const struct maps *m, uint64_t addr)
{
	uint32_t i = m ? maps_at(m, addr) : 0;

	return m && i < m->n && m->v[i].start <= addr ? &m->v[i] : NULL;
}

/* What a just-in-time compiler tells about its code: /tmp/perf-PID.map. */
#define CHUNK (64 << 10)

struct jit {
	struct jit *next; /* in unused_jits */
	uint64_t dev, ino, size;
	uint64_t read;    /* how far */
	uint64_t checked; /* when, CLOCK_MONOTONIC ns */
	struct sym *syms; /* by address, then age; a name's number grows with age */
	size_t nsyms, room;
	char **chunks; /* of names: they must not move */
	size_t nchunks, used;
	char path[40];
};

static struct jit *unused_jits;

static void jit_drop(struct jit **j)
{
	if (*j) {
		(*j)->next = unused_jits;
		unused_jits = *j;
		*j = NULL;
	}
}

static void jit_free_unused(void)
{
	while (unused_jits) {
		struct jit *j = unused_jits;

		unused_jits = j->next;
		while (j->nchunks)
			free(j->chunks[--j->nchunks]);
		free(j->chunks);
		free(j->syms);
		free(j);
	}
}

static void jit_add(struct jit *j, uint64_t addr, uint64_t size, const char *name)
{
	size_t len = strlen(name) + 1;

	if (j->nsyms >= MAX_JIT_SYMS || len > MAX_NAME)
		return;
	if (j->nsyms == j->room) {
		size_t room = j->room * 2 ?: 256;
		struct sym *v = realloc(j->syms, room * sizeof(*v));

		if (!v)
			return;
		j->syms = v;
		j->room = room;
	}
	if (!j->nchunks || j->used + len > CHUNK) {
		char **v, *chunk;

		if (j->nchunks >= MAX_JIT / CHUNK)
			return;
		v = realloc(j->chunks, (j->nchunks + 1) * sizeof(*v));
		if (v)
			j->chunks = v;
		chunk = v ? malloc(CHUNK) : NULL;
		if (!chunk)
			return;
		v[j->nchunks++] = chunk;
		j->used = 0;
	}
	memcpy(j->chunks[j->nchunks - 1] + j->used, name, len);
	j->syms[j->nsyms++] = (struct sym){ addr, size < UINT32_MAX ? size : UINT32_MAX,
					    (j->nchunks - 1) * CHUNK + j->used };
	j->used += len;
}

static int sym_order(const void *a, const void *b)
{
	const struct sym *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

/* Lines "START SIZE NAME", numbers in hex; the file can be cut off in the middle of one. */
static void jit_read(struct jit *j, int fd)
{
	FILE *f = fdopen(fd, "r");
	char line[MAX_NAME + 64];
	bool whole = true;
	size_t at = 0;

	if (!f) {
		close(fd);
		return;
	}
	if (fseeko(f, j->read, SEEK_SET))
		j->read = UINT64_MAX;
	while (j->read < j->size && at < MAX_JIT_FILE && j->nsyms < MAX_JIT_SYMS &&
	       fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);
		bool ends = len && line[len - 1] == '\n', begins = whole;
		uint64_t addr, size;
		char *end;

		if (ends)
			line[len - 1] = '\0';
		whole = ends;
		at += ends ? len : sizeof(line);
		if (ends)
			j->read = ftello(f);
		if (!begins)
			continue; /* the rest of an overlong line */
		addr = strtoull(line, &end, 16);
		if (end == line || *end != ' ')
			continue;
		size = strtoull(end, &end, 16);
		if (*end != ' ' || !size || !end[1])
			continue;
		jit_add(j, addr, size, end + 1);
	}
	fclose(f);
	if (j->nsyms)
		qsort(j->syms, j->nsyms, sizeof(*j->syms), sym_order);
}

/*
 * Processes.
 */
struct proc {
	struct proc *next;
	uint32_t pid;
	bool complete; /* gen[0] holds all mappings, not just some that came later */
	bool dead;
	uint32_t death;    /* its number among deaths */
	uint64_t since;    /* gen[0] is as of then, CLOCK_MONOTONIC ns: older records are in it */
	uint64_t tried;    /* when /proc was last asked for mappings */
	uint64_t checked;  /* and for identity */
	uint64_t identity; /* see proc_identity(); 0 if not known */
	struct maps *gen[GENERATIONS]; /* newest first; more than one after an exec or pid reuse */
	struct jit *jit;
};

static struct proc *procs[8192];
static struct {
	uint32_t pid, death;
} deaths[MAX_DEAD];
static uint32_t death_count;

static struct proc *proc_find(uint32_t pid)
{
	struct proc *p = procs[pid % 8192];

	while (p && p->pid != pid)
		p = p->next;
	return p;
}

static struct proc *proc_get(uint32_t pid)
{
	struct proc *p = proc_find(pid);

	if (!p && (p = calloc(1, sizeof(*p)))) {
		p->pid = pid;
		p->next = procs[pid % 8192];
		procs[pid % 8192] = p;
	}
	return p;
}

static void proc_forget(struct proc *p)
{
	struct proc **at = &procs[p->pid % 8192];

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	for (int i = 0; i < GENERATIONS; i++)
		maps_put(p->gen[i]);
	jit_drop(&p->jit);
	free(p);
}

/* The oldest dead make room. */
static void proc_died(struct proc *p)
{
	uint32_t slot = death_count % MAX_DEAD;
	struct proc *old = death_count >= MAX_DEAD ? proc_find(deaths[slot].pid) : NULL;

	if (p->dead)
		return;
	if (old && old != p && old->dead && old->death == deaths[slot].death)
		proc_forget(old);
	p->dead = true;
	p->death = death_count++;
	deaths[slot].pid = p->pid;
	deaths[slot].death = p->death;
}

/* A new program under this pid; its mappings as given (a reference is taken over) or none yet. */
static void proc_renew(struct proc *p, struct maps *m)
{
	if (p->gen[0] || m) {
		maps_put(p->gen[GENERATIONS - 1]);
		memmove(p->gen + 1, p->gen, (GENERATIONS - 1) * sizeof(p->gen[0]));
		p->gen[0] = m;
	}
	jit_drop(&p->jit);
	p->identity = 0;
	p->dead = false;
}

/* Changes when the pid is used anew, and at an exec. 0 if the process is gone. */
static uint64_t proc_identity(uint32_t pid)
{
	char buf[1024], *s;
	uint64_t id = 1;
	ssize_t n;
	int fd;

	snprintf(buf, sizeof(buf), "/proc/%u/stat", pid);
	fd = open(buf, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	s = strrchr(buf, ')'); /* the end of field 2, comm */
	for (int field = 3; s && field <= 28 && (s = strchr(s, ' ')); field++) {
		s++;
		if (field == 22 || field == 28) /* starttime, startstack */
			id = id * 1000003 + strtoull(s, NULL, 10);
	}
	return id ?: 1;
}

static bool parse_map(char *s, struct map *m, uint64_t *dev, uint64_t *ino, char **path)
{
	unsigned int maj, min;
	char x;
	int at = 0;

	if (sscanf(s, "%" SCNx64 "-%" SCNx64 " %*c%*c%c%*c %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &m->start, &m->end, &x, &m->off, &maj, &min, ino, &at) != 7 ||
	    !at || x != 'x')
		return false;
	s[strcspn(s, "\n")] = '\0';
	*dev = makedev(maj, min);
	*path = s + at;
	return true;
}

/* Take over the mappings as they are now. False if the process is gone or secret. */
static bool proc_read(struct proc *p)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC), seen = clock_ns(CLOCK_REALTIME);
	uint64_t identity = proc_identity(p->pid), dev, ino;
	char name[64], *line = NULL, *path;
	size_t size = 0;
	struct map m;
	bool fresh;
	FILE *f;

	p->checked = p->tried = start;
	snprintf(name, sizeof(name), "/proc/%u/maps", p->pid);
	f = identity ? fopen(name, "re") : NULL;
	if (!f) {
		if (!identity)
			proc_died(p);
		return false;
	}
	if (p->dead || (p->identity && p->identity != identity))
		proc_renew(p, NULL);
	while (getline(&line, &size, f) > 0) {
		if (!parse_map(line, &m, &dev, &ino, &path))
			continue;
		m.dso = dso_get(path, dev, ino, 0, seen, &fresh);
		if (m.dso)
			maps_insert(&p->gen[0], m);
	}
	free(line);
	fclose(f);
	p->since = start;
	p->identity = identity;
	p->complete = true;
	return true;
}

static bool watching;
static uint64_t lost;

/* Is it time to ask /proc again? now is of the coarse clock, which can lag behind. */
static bool is_due(uint64_t last, uint64_t now)
{
	return !last || (now > last && now - last > 100 * MS);
}

/* Without all records a pid can come to mean another process, or another program, unnoticed. */
static void proc_check(struct proc *p, uint64_t now)
{
	uint64_t identity;

	if ((watching && !lost) || !is_due(p->checked, now))
		return;
	p->checked = now;
	identity = proc_identity(p->pid);
	if (!identity)
		proc_died(p);
	else if (p->dead || identity != p->identity)
		proc_read(p);
}

void usym_note(uint32_t pid)
{
	struct proc *p = proc_get(pid);
	uint64_t now;

	if (!p || (p->complete && watching && !lost))
		return;
	now = clock_ns(CLOCK_MONOTONIC_COARSE);
	if (p->complete)
		proc_check(p, now);
	else if (is_due(p->tried, now))
		proc_read(p);
}

/*
 * Find and open the file behind a mapping. What the process itself points to is right even if the
 * path leads elsewhere by now. By path alone a file must not have been written since.
 */
static int dso_open(struct dso *d, const struct proc *p, const struct map *m, struct stat *st)
{
	int fd = -1;

	if (d->fd >= 0) {
		fd = d->fd;
		d->fd = -1;
		held--;
		if (!fstat(fd, st))
			return fd;
		close(fd);
		fd = -1;
	}
	if (!p->dead) {
		fd = open_mapped(p->pid, m->start, m->end, &d->file, st);
		if (fd < 0)
			fd = open_there(p->pid, d->path, &d->file, st);
	}
	if (fd < 0) {
		fd = open_here(d->path, &d->file, st);
		if (fd >= 0 && ts_ns(&st->st_mtim) > d->seen && ts_ns(&st->st_ctim) > d->seen) {
			close(fd);
			fd = -1;
		}
	}
	return fd;
}

static const struct elf *dso_elf(struct dso *d, const struct proc *p, const struct map *m)
{
	struct stat st;
	int fd;

	/* Where one process led nowhere another may lead to the file. */
	if (d->elf || d->tries >= 16 || (d->tries && d->last_pid == p->pid))
		return d->elf;
	d->tries++;
	d->last_pid = p->pid;
	fd = dso_open(d, p, m, &st);
	if (fd >= 0) {
		d->elf = elf_get(fd, &st, d->path, p->dead ? 0 : p->pid);
		d->tries = 16;
		close(fd);
	}
	return d->elf;
}

/* The pid within its own namespace, and its user. False if the process is gone. */
static bool proc_status(uint32_t pid, uint32_t *nspid, uint32_t *uid)
{
	char line[256];
	bool found = false;
	FILE *f;

	*nspid = pid;
	snprintf(line, sizeof(line), "/proc/%u/status", pid);
	f = fopen(line, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Uid:%*u%u", uid) == 1)
			found = true;
		else if (!strncmp(line, "NSpid:", 6) && strrchr(line, '\t'))
			*nspid = strtoul(strrchr(line, '\t'), NULL, 10);
	}
	fclose(f);
	return found;
}

/* Read the perf map, or the part it grew by. miss: an address was not found in it. */
static void jit_refresh(struct proc *p, bool miss)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC_COARSE);
	struct jit *j = p->jit;
	uint32_t nspid, uid;
	struct stat st;
	bool alive;
	char path[40];
	int fd;

	if (j && now - j->checked < (miss ? 10 : 1000) * MS)
		return;
	alive = proc_status(p->pid, &nspid, &uid);
	snprintf(path, sizeof(path), "/tmp/perf-%u.map", nspid);
	fd = alive ? open_there(p->pid, path, NULL, &st) : -1;
	if (fd < 0) {
		snprintf(path, sizeof(path), "/tmp/perf-%u.map", p->pid);
		fd = open_here(path, NULL, &st);
	}
	/* /tmp is everybody's: nobody may name another user's code */
	if (fd >= 0 && alive && st.st_uid != uid && st.st_uid) {
		close(fd);
		fd = -1;
	}
	if (j && (fd < 0 || (j->dev == st.st_dev && j->ino == st.st_ino &&
			     j->size == (uint64_t)st.st_size))) {
		j->checked = now;
		if (fd >= 0)
			close(fd);
		return;
	}
	if (j && j->ino &&
	    (j->dev != st.st_dev || j->ino != st.st_ino || j->size > (uint64_t)st.st_size)) {
		jit_drop(&p->jit);
		j = NULL;
	}
	if (!j)
		j = p->jit = calloc(1, sizeof(*j));
	if (j)
		j->checked = now;
	if (fd < 0)
		return;
	if (!j) {
		close(fd);
		return;
	}
	strcpy(j->path, path);
	j->dev = st.st_dev;
	j->ino = st.st_ino;
	j->size = st.st_size;
	jit_read(j, fd);
}

static bool jit_find(struct proc *p, uint64_t addr, struct usym *out)
{
	const struct sym *s;

	jit_refresh(p, false);
	s = p->jit ? sym_find(p->jit->syms, p->jit->nsyms, addr, true) : NULL;
	if (!s && p->jit) {
		jit_refresh(p, true);
		s = p->jit ? sym_find(p->jit->syms, p->jit->nsyms, addr, true) : NULL;
	}
	if (!s)
		return false;
	out->name = p->jit->chunks[s->name / CHUNK] + s->name % CHUNK;
	out->module = p->jit->path;
	out->offset = addr - s->addr;
	return true;
}

static const struct map *proc_map(const struct proc *p, uint64_t addr)
{
	const struct map *m = NULL;

	for (int i = 0; !m && i < GENERATIONS; i++)
		m = maps_find(p->gen[i], addr);
	return m;
}

bool usym_find(uint32_t pid, uint64_t addr, struct usym *out)
{
	const struct elf *e = NULL;
	const struct sym *s = NULL;
	const struct map *m;
	struct proc *p;

	usym_note(pid);
	p = proc_find(pid);
	if (!p)
		return false;
	m = proc_map(p, addr);
	if (!m && !p->dead && is_due(p->tried, clock_ns(CLOCK_MONOTONIC_COARSE)) && proc_read(p))
		m = proc_map(p, addr); /* mapped since */
	if (!m)
		return false;
	*out = (struct usym){ .module = m->dso->path, .module_offset = addr - m->start };
	if (m->dso->vdso) {
		if (!vdso.loaded)
			vdso_load();
		if (m->end - m->start == vdso.size && (sizeof(long) == 4) == !(m->start >> 32)) {
			e = &vdso.elf;
			s = sym_find(e->syms, e->nsyms, out->module_offset, false);
		}
	} else if (m->dso->file.ino) {
		out->module_offset += m->off;
		e = dso_elf(m->dso, p, m);
		if (e && elf_vaddr(e, out->module_offset, &out->module_offset))
			s = sym_find(e->syms, e->nsyms, out->module_offset, false);
	}
	if (s) {
		out->name = e->names + s->name;
		out->offset = out->module_offset - s->addr;
	} else if (!e) {
		jit_find(p, addr, out);
	}
	return true;
}

/*
 * The watch: the kernel's own records of forks, execs and mappings, from one ring per CPU.
 */
struct ring {
	int fd;
	struct perf_event_mmap_page *page;
	const uint8_t *data;
};

struct pending {
	uint64_t time;
	size_t at; /* in records */
};

static struct {
	int epoll;
	struct ring *rings;
	size_t nrings;
	uint8_t *records; /* taken from the rings, not yet applied */
	size_t len, room;
	struct pending *queue;
	size_t queue_room;
} watch;

static size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static bool ring_open(struct ring *r, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.watermark = 1,
		.wakeup_watermark = page_size(), /* about three short processes */
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	void *p;

	r->fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd < 0)
		return false;
	p = mmap(NULL, (1 + RING_PAGES) * page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		 0);
	if (p == MAP_FAILED) {
		int error = errno;

		close(r->fd);
		errno = error;
		return false;
	}
	r->page = p;
	r->data = (uint8_t *)p + page_size();
	return true;
}

int usym_watch(void)
{
	long ncpus = sysconf(_SC_NPROCESSORS_CONF);
	int error;

	if (watching)
		return watch.epoll;
	watch.epoll = epoll_create1(EPOLL_CLOEXEC);
	watch.rings = calloc(ncpus, sizeof(*watch.rings));
	if (watch.epoll < 0 || !watch.rings)
		goto fail;
	for (int cpu = 0; cpu < ncpus; cpu++) {
		struct epoll_event ev = { .events = EPOLLIN };
		struct ring *r = &watch.rings[watch.nrings];

		if (!ring_open(r, cpu)) {
			if (errno == ENODEV || errno == ENXIO)
				continue; /* offline */
			goto fail;
		}
		watch.nrings++;
		if (epoll_ctl(watch.epoll, EPOLL_CTL_ADD, r->fd, &ev))
			goto fail;
	}
	if (watch.nrings) {
		watching = true;
		return watch.epoll;
	}
	errno = ENODEV;
fail:
	error = errno;
	while (watch.nrings) {
		struct ring *r = &watch.rings[--watch.nrings];

		munmap(r->page, (1 + RING_PAGES) * page_size());
		close(r->fd);
	}
	free(watch.rings);
	watch.rings = NULL;
	if (watch.epoll >= 0)
		close(watch.epoll);
	errno = error;
	return -1;
}

/* Move a ring's content to watch.records. Without memory it is lost, and counted as one record. */
static void ring_take(struct ring *r)
{
	uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = r->page->data_tail, size = RING_PAGES * page_size();
	size_t n = head - tail, at = tail % size, first = n < size - at ? n : size - at;

	if (!n)
		return;
	if (watch.len + n > watch.room) {
		size_t room = (watch.len + n) * 2;
		uint8_t *more = realloc(watch.records, room);

		if (!more) {
			lost++;
			goto release;
		}
		watch.records = more;
		watch.room = room;
	}
	memcpy(watch.records + watch.len, r->data + at, first);
	memcpy(watch.records + watch.len + first, r->data, n - first);
	watch.len += n;
release:
	__atomic_store_n(&r->page->data_tail, head, __ATOMIC_RELEASE);
}

/* The records' layouts, as perf_event_open(2) gives them. */
struct rec_mmap2 {
	struct perf_event_header h;
	uint32_t pid, tid;
	uint64_t addr, len, off;
	uint32_t maj, min;
	uint64_t ino, generation;
	uint32_t prot, flags;
	char path[];
};

struct rec_comm {
	struct perf_event_header h;
	uint32_t pid, tid;
};

struct rec_task { /* fork and exit */
	struct perf_event_header h;
	uint32_t pid, ppid, tid, ptid;
};

struct rec_lost {
	struct perf_event_header h;
	uint64_t id, lost;
};

/*
 * A file just mapped whose path does not lead to it from here (a container's, or deleted already)
 * is opened while its process still leads there, and kept until its symbols are wanted.
 */
static void dso_hold(struct dso *d, uint32_t pid, const struct map *m)
{
	struct stat st;

	if (!d->file.ino || held >= MAX_HELD || (!stat(d->path, &st) && same_file(&st, &d->file)))
		return;
	d->fd = open_mapped(pid, m->start, m->end, &d->file, &st);
	if (d->fd < 0)
		d->fd = open_there(pid, d->path, &d->file, &st);
	held += d->fd >= 0;
}

static void apply_mmap(const struct rec_mmap2 *r, uint64_t time, uint64_t to_real)
{
	struct map m = { r->addr, r->addr + r->len, r->off, NULL };
	struct proc *p;
	bool fresh;

	if (r->pid == UINT32_MAX || r->h.misc & PERF_RECORD_MISC_MMAP_DATA ||
	    r->h.size <= sizeof(*r) + 8 || m.end < m.start ||
	    !memchr(r->path, 0, r->h.size - sizeof(*r) - 8))
		return;
	p = proc_get(r->pid);
	if (!p || time < p->since)
		return;
	m.dso = dso_get(r->path, makedev(r->maj, r->min), r->ino, r->generation, time + to_real,
			&fresh);
	if (!m.dso)
		return;
	if (fresh)
		dso_hold(m.dso, p->pid, &m);
	maps_insert(&p->gen[0], m);
}

static void apply_exec(const struct rec_comm *r, uint64_t time)
{
	struct proc *p = proc_get(r->pid);

	if (!p || time < p->since)
		return;
	proc_renew(p, NULL);
	p->complete = true;
	p->since = time;
}

static void apply_fork(const struct rec_task *r, uint64_t time)
{
	struct proc *p, *parent;
	struct maps *m = NULL;

	if (r->pid == r->ppid) /* a thread */
		return;
	usym_note(r->ppid); /* before p is had: it can forget a process */
	p = proc_get(r->pid);
	if (!p || time < p->since)
		return;
	parent = proc_find(r->ppid);
	if (parent && parent->gen[0]) {
		m = parent->gen[0];
		m->refs++;
	}
	proc_renew(p, m);
	p->complete = parent && parent->complete;
	p->since = time;
	p->checked = p->tried = 0;
}

static void apply(const struct perf_event_header *h, uint64_t time, uint64_t to_real)
{
	const void *r = h;
	struct proc *p;

	switch (h->type) {
	case PERF_RECORD_MMAP2:
		apply_mmap(r, time, to_real);
		break;
	case PERF_RECORD_COMM:
		if (h->misc & PERF_RECORD_MISC_COMM_EXEC && h->size >= sizeof(struct rec_comm))
			apply_exec(r, time);
		break;
	case PERF_RECORD_FORK:
		if (h->size >= sizeof(struct rec_task))
			apply_fork(r, time);
		break;
	case PERF_RECORD_EXIT: {
		const struct rec_task *t = r;

		if (h->size < sizeof(*t) || t->pid != t->tid)
			break;
		p = proc_find(t->pid);
		if (p && time >= p->since)
			proc_died(p);
		break;
	}
	case PERF_RECORD_LOST:
		if (h->size >= sizeof(struct rec_lost))
			lost += ((const struct rec_lost *)r)->lost;
		break;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

void usym_drain(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC), to_real = clock_ns(CLOCK_REALTIME) - now;
	size_t n = 0, kept = 0;

	dso_free_unused();
	jit_free_unused();
	if (!watching)
		return;
	for (size_t i = 0; i < watch.nrings; i++)
		ring_take(&watch.rings[i]);
	for (size_t at = 0; at + sizeof(struct perf_event_header) + 8 <= watch.len; n++) {
		struct perf_event_header h;

		memcpy(&h, watch.records + at, sizeof(h));
		if (h.size < sizeof(h) + 8 || h.size > watch.len - at)
			break; /* can't be: the kernel writes whole records */
		if (n == watch.queue_room) {
			size_t room = n * 2 ?: 256;
			struct pending *q = realloc(watch.queue, room * sizeof(*q));

			if (!q) {
				lost++;
				break;
			}
			watch.queue = q;
			watch.queue_room = room;
		}
		memcpy(&watch.queue[n].time, watch.records + at + h.size - 8, 8);
		watch.queue[n].at = at;
		at += h.size;
	}
	/*
	 * A process runs on any CPU: its records come from several rings and must be put in order.
	 * One later than now can have a forerunner in a ring that was read before that was written.
	 */
	if (n)
		qsort(watch.queue, n, sizeof(*watch.queue), by_time);
	for (size_t i = 0; i < n; i++) {
		const void *r = watch.records + watch.queue[i].at;

		if (watch.queue[i].time <= now)
			apply(r, watch.queue[i].time, to_real);
		else
			kept++;
	}
	if (kept) { /* few: they came while this ran */
		uint8_t *rest = malloc(watch.len);
		size_t len = 0;

		for (size_t i = n - kept; rest && i < n; i++) {
			const uint8_t *r = watch.records + watch.queue[i].at;
			uint16_t size = ((const struct perf_event_header *)r)->size;

			memcpy(rest + len, r, size);
			len += size;
		}
		if (!rest)
			lost += kept;
		else
			memcpy(watch.records, rest, len);
		free(rest);
		watch.len = len;
	} else {
		watch.len = 0;
	}
	if (watch.room > 1 << 20 && !watch.len) {
		free(watch.records);
		watch.records = NULL;
		watch.room = 0;
	}
}

uint64_t usym_lost(void)
{
	return lost;
}
