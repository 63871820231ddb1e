// SPDX-License-Identifier: BSD-2-Clause
#include "elfsyms.h"
#include "foreign.h"
#include "nsec.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <zlib.h>

/* What a hostile process can make us spend is bounded by these. */
#define MAX_SECTIONS (128 << 10)
#define MAX_SEGMENTS 64
#define MAX_SYMS     (4 << 20)   /* functions of one file */
#define MAX_STRINGS  (256 << 20) /* bytes of names of one file */
#define MAX_CACHE    (512 << 20) /* bytes of symbols of all files */
#define MAX_DEBUG    (1 << 30)   /* bytes to sum up of one debug file */
#define MAX_NOTES    1024

/*
 * What to parse: a file, or memory (the vDSO). Read with pread, not mmap: a file that its owner
 * truncates meanwhile must not kill us.
 */
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

/*
 * Is it a table that names more than what is exported? Of those that do, nearly all name every
 * function.
 */
static bool is_local(const Elf64_Sym *s)
{
	int type = ELF64_ST_TYPE(s->st_info);

	return ELF64_ST_BIND(s->st_info) == STB_LOCAL && s->st_name &&
	       (type == STT_FILE || type == STT_FUNC || type == STT_NOTYPE);
}

static struct raw *syms_read(const struct image *im, const Elf64_Shdr *tab, size_t *n, bool *full)
{
	size_t entry = im->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym), room = 0;
	uint64_t count = tab->sh_size / entry;
	union {
		Elf64_Sym s64[512];
		Elf32_Sym s32[512];
	} block;
	struct raw *v = NULL;

	*n = 0;
	*full = false;
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
		*full |= is_local(&s);
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

/* Where the code of a symbol without a size ends at the latest; next is the symbol after it. */
static uint64_t sizeless_end(const struct image *im, const struct raw *v, const struct raw *next)
{
	const Elf64_Shdr *s = v->section < im->nsh ? &im->sh[v->section] : NULL;
	uint64_t end = v->addr + 1;

	if (s && s->sh_addr + s->sh_size > v->addr)
		end = s->sh_addr + s->sh_size;
	return next && next->addr < end ? next->addr : end;
}

/*
 * Sorted, one per address. In a full table a symbol without a size, as of hand-written assembly,
 * reaches to the next one or to its section's end. Where only exported symbols are left, what
 * comes after it may be anybody's: there it names its own address alone. Within another symbol
 * that has a size it is just a label.
 */
static size_t syms_choose(const struct image *im, struct raw *v, size_t n, bool full,
			  const char *strings, size_t size)
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
		const struct raw *next = i + 1 < kept ? &v[i + 1] : NULL;

		if (!v[i].size)
			v[i].size = full ? sizeless_end(im, &v[i], next) - v[i].addr : 1;
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
	bool full;

	for (uint32_t i = 0; i < im->nsh && !tab; i++)
		if (im->sh[i].sh_type == type)
			tab = &im->sh[i];
	if (!tab || tab->sh_link >= im->nsh || cache_bytes > MAX_CACHE)
		return false;
	v = syms_read(im, tab, &n, &full);
	strings = v ? strings_read(im, &im->sh[tab->sh_link], &size) : NULL;
	if (!strings) {
		free(v);
		return false;
	}
	n = syms_choose(im, v, n, full, strings, size);
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
const struct sym *sym_find(const struct elf *e, uint64_t addr)
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

bool elf_vaddr(const struct elf *e, uint64_t off, uint64_t *addr)
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

const struct elf *elf_get(int fd, const struct stat *st, const char *path, uint32_t pid)
{
	uint64_t mtime = ts_ns(&st->st_mtim), ctime = ts_ns(&st->st_ctim);
	struct elf **slot = &elfs[(st->st_ino ^ st->st_dev) % 256], *e;
	struct image im;

	for (e = *slot; e; e = e->next)
		if (e->ino == st->st_ino && e->dev == st->st_dev && e->ctime == ctime &&
		    e->mtime == mtime && e->size == (uint64_t)st->st_size)
			return e;
	if (cache_bytes > MAX_CACHE)
		return NULL;
	if (!image_open(&im, (struct src){ .fd = fd, .size = st->st_size }))
		return NULL;
	e = calloc(1, sizeof(*e));
	if (e) {
		e->dev = st->st_dev;
		e->ino = st->st_ino;
		e->ctime = ctime;
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

const struct elf *elf_vdso(uint64_t size)
{
	if (!vdso.loaded)
		vdso_load();
	return size == vdso.size ? &vdso.elf : NULL;
}
