// SPDX-License-Identifier: BSD-2-Clause
#include "objfile.h"
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* PATH if it is a file, else NULL and freed. */
static char *if_file(char *path)
{
	struct stat st;

	if (path && !stat(path, &st) && S_ISREG(st.st_mode))
		return path;
	free(path);
	return NULL;
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

/* The file of this name that a process has mapped, as seen from here. */
static char *find_mapped(const char *name, u32 pid)
{
	char maps[32], line[4352], *found = NULL;
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%u/maps", pid);
	f = fopen(maps, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *path = strchr(line, '/');

		line[strcspn(line, "\n")] = 0;
		if (path && is_called(strrchr(path, '/') + 1, name))
			found = if_file(path_of("/proc/%u/root%s", pid, path));
	}
	if (f)
		fclose(f);
	return found;
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

static char *find_in_cache(const char *cache, size_t size, const char *name)
{
	const struct cache_header *h = memmem(cache, size, "glibc-ld.so.cache1.1", 20);
	const struct cache_entry *e = (const void *)(h + 1);
	size_t left = h ? cache + size - (const char *)h : 0;

	if (left < sizeof(*h) || (left - sizeof(*h)) / sizeof(*e) < h->n)
		return NULL;
	for (u32 i = 0; i < h->n; i++, e++) /* CACHE is NUL-terminated by its reader */
		if (e->flags == CACHE_FLAGS && e->name < left && e->path < left &&
		    is_called((const char *)h + e->name, name)) {
			char *path = if_file(path_of("%s", (const char *)h + e->path));

			if (path)
				return path;
		}
	return NULL;
}

static char *find_cached(const char *name)
{
	int fd = open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC);
	char *cache = NULL, *found = NULL;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && (cache = calloc(st.st_size + 1, 1)) &&
	    read(fd, cache, st.st_size) == st.st_size)
		found = find_in_cache(cache, st.st_size, name);
	if (fd >= 0)
		close(fd);
	free(cache);
	return found;
}

static char *find_in(char *dirs, const char *fmt, const char *name)
{
	char *dir, *found = NULL;

	while (!found && (dir = strsep(&dirs, ":"))) {
		char *file = path_of(fmt, name);

		found = if_file(path_of("%s/%s", dir, file));
		free(file);
	}
	return found;
}

char *objfile_find(const char *name, u32 pid)
{
	char lib_dirs[] = "/lib64:/usr/lib64:/lib:/usr/lib:/usr/local/lib";
	char *found = NULL, *path;

	if (strchr(name, '/')) {
		if (pid && *name == '/')
			found = if_file(path_of("/proc/%u/root%s", pid, name));
		return found ?: if_file(path_of("%s", name));
	}
	if (pid)
		found = find_mapped(name, pid);
	if (!found)
		found = find_cached(name);
	if (!found)
		found = find_in(lib_dirs, "lib%s.so", name);
	if (found)
		return found;
	path = path_of("%s", getenv("PATH") ?: "");
	found = find_in(path, "%s", name);
	free(path);
	return found;
}

/* ---- contents ---- */

struct objfile {
	int fd;
	Elf *elf;
	const char *why; /* it is not one to probe */
};

static bool objfile_open(struct objfile *o, const char *path)
{
	*o = (struct objfile){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	elf_version(EV_CURRENT);
	if (o->fd < 0)
		o->why = "it can't be opened";
	else if (!(o->elf = elf_begin(o->fd, ELF_C_READ_MMAP, NULL)) ||
		 elf_kind(o->elf) != ELF_K_ELF)
		o->why = "it is not an ELF file";
	return !o->why;
}

static bool objfile_close(struct objfile *o, const char **why)
{
	elf_end(o->elf);
	if (o->fd >= 0)
		close(o->fd);
	*why = o->why;
	return !o->why;
}

/* Where an address lies in the file, or 0; the kernel wants it so. */
static u64 file_offset(Elf *elf, u64 addr, u32 flags)
{
	size_t n = 0;
	GElf_Phdr p;

	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(elf, i, &p) && p.p_type == PT_LOAD && (p.p_flags & flags) &&
		    addr >= p.p_vaddr && addr - p.p_vaddr < p.p_filesz)
			return addr - p.p_vaddr + p.p_offset;
	return 0;
}

bool objfile_each_func(const char *path, const char **why,
		       void (*f)(const char *name, u64 offset, bool ifunc, void *ctx), void *ctx)
{
	Elf_Scn *scn = NULL;
	struct objfile o;

	if (!objfile_open(&o, path))
		return objfile_close(&o, why);
	while ((scn = elf_nextscn(o.elf, scn))) {
		Elf_Data *data;
		GElf_Shdr sh;
		GElf_Sym sym;

		if (!gelf_getshdr(scn, &sh) ||
		    (sh.sh_type != SHT_SYMTAB && sh.sh_type != SHT_DYNSYM) || !sh.sh_entsize)
			continue;
		data = elf_getdata(scn, NULL);
		for (size_t i = 0; data && i < sh.sh_size / sh.sh_entsize; i++) {
			const char *name;
			u64 offset;
			int type;

			if (!gelf_getsym(data, i, &sym) || sym.st_shndx == SHN_UNDEF)
				continue;
			type = GELF_ST_TYPE(sym.st_info);
			if (type != STT_FUNC && type != STT_GNU_IFUNC)
				continue;
			name = elf_strptr(o.elf, sh.sh_link, sym.st_name);
			offset = file_offset(o.elf, sym.st_value, PF_X);
			if (name && *name && offset)
				f(name, offset, type == STT_GNU_IFUNC, ctx);
		}
	}
	return objfile_close(&o, why);
}

/* What a note of systemtap's sdt.h holds, behind it: provider, name, arguments. */
struct usdt_note {
	u64 location, base, semaphore;
};

static bool usdt_parse(Elf *elf, const char *desc, size_t size, struct usdt_note *n,
		       const char **provider, const char **name)
{
	size_t word = gelf_getclass(elf) == ELFCLASS32 ? 4 : 8;
	const char *end = desc + size;
	u64 w[3] = { 0 };

	if (size < 3 * word + 3 || end[-1])
		return false;
	for (int i = 0; i < 3; i++) /* little-endian, as all CPUs here */
		memcpy(&w[i], desc + i * word, word);
	*n = (struct usdt_note){ w[0], w[1], w[2] };
	*provider = desc + 3 * word;
	*name = *provider + strlen(*provider) + 1;
	return *name < end;
}

/* prelink(8) moves a file's addresses, but not those in notes: this section tells how far. */
static u64 usdt_base(Elf *elf, size_t names)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;

	while ((scn = elf_nextscn(elf, scn))) {
		const char *name =
			gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;

		if (name && !strcmp(name, ".stapsdt.base"))
			return sh.sh_addr;
	}
	return 0;
}

bool objfile_each_usdt(const char *path, const char **why,
		       void (*f)(const char *provider, const char *name, u64 offset, u64 semaphore,
				 void *ctx),
		       void *ctx)
{
	Elf_Scn *scn = NULL;
	struct objfile o;
	size_t names = 0;
	u64 base;

	if (!objfile_open(&o, path))
		return objfile_close(&o, why);
	elf_getshdrstrndx(o.elf, &names);
	base = usdt_base(o.elf, names);
	while ((scn = elf_nextscn(o.elf, scn))) {
		size_t at = 0, next, name_at, desc_at;
		const char *section, *provider, *name;
		Elf_Data *data;
		GElf_Shdr sh;
		GElf_Nhdr nh;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_NOTE ||
		    !(section = elf_strptr(o.elf, names, sh.sh_name)) ||
		    strcmp(section, ".note.stapsdt") || !(data = elf_getdata(scn, NULL)))
			continue;
		for (; (next = gelf_getnote(data, at, &nh, &name_at, &desc_at)); at = next) {
			struct usdt_note n;
			u64 moved, offset, semaphore = 0;

			if (nh.n_type != 3 || nh.n_namesz != sizeof("stapsdt") ||
			    memcmp((char *)data->d_buf + name_at, "stapsdt", sizeof("stapsdt")) ||
			    !usdt_parse(o.elf, (char *)data->d_buf + desc_at, nh.n_descsz, &n,
					&provider, &name))
				continue;
			moved = base && n.base ? base - n.base : 0;
			offset = file_offset(o.elf, n.location + moved, PF_X);
			if (n.semaphore)
				semaphore = file_offset(o.elf, n.semaphore + moved, PF_W);
			if (offset)
				f(provider, name, offset, semaphore, ctx);
		}
	}
	return objfile_close(&o, why);
}
