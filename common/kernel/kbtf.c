// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/kbtf.h"
#include "base/run.h"
#include "base/str.h"
#include "symbols/elfimage.h"
#include <bpf/bpf.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/*
 * The kernel's types, and those of modules in use, whose IDs and name offsets continue
 * where the kernel's end.
 */
#define MOST_MODULES 4

static struct types {
	const char *data;
	size_t len;
	bool mapped;
	const char *types, *strs;
	u32 strs_len;
	u32 *at; /* offset of each type in types, by ID; [0] is void, or unused for a module */
	u32 n;
} k, modules[MOST_MODULES];
static const char *module_names[MOST_MODULES];
static bool foreign;     /* not from the running kernel itself */
static bool whole;       /* only libbpf knows some kinds of types, so the copy has all types */
static char source[256]; /* the file that the kernel's types were read from */

#define OWN_FOLDER "/sys/kernel/btf/"
#define OWN_TYPES  OWN_FOLDER "vmlinux"
#define MARK_LEN   32 /* see mark_of() */

/* Called for each of more than 100,000 types. */
#define EACH_TYPE static inline __attribute__((always_inline))

EACH_TYPE const struct btf_type *type(u32 id)
{
	return (const void *)(k.types + k.at[id]);
}

/* What follows a type of each kind, in bytes: at least, and for each of what vlen counts. */
enum { KNOWN = 1, NAMED = 2, CALLED = 4 };
static struct tail { /* written by a test only, which forgets some kinds */
	u8 len, each;
	u8 kind; /* KNOWN, and NAMED if programs have it, too, CALLED if they attach to it */
} tails[32] = {
	[BTF_KIND_INT] = { 4, 0, KNOWN | NAMED },
	[BTF_KIND_PTR] = { 0, 0, KNOWN },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0, KNOWN },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member), KNOWN | NAMED },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member), KNOWN | NAMED },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum), KNOWN | NAMED },
	[BTF_KIND_FWD] = { 0, 0, KNOWN },
	[BTF_KIND_TYPEDEF] = { 0, 0, KNOWN | NAMED },
	[BTF_KIND_VOLATILE] = { 0, 0, KNOWN },
	[BTF_KIND_CONST] = { 0, 0, KNOWN },
	[BTF_KIND_RESTRICT] = { 0, 0, KNOWN },
	[BTF_KIND_FUNC] = { 0, 0, KNOWN | CALLED }, /* vlen is its linkage */
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param), KNOWN },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0, KNOWN },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo), KNOWN },
	[BTF_KIND_FLOAT] = { 0, 0, KNOWN | NAMED },
	[BTF_KIND_DECL_TAG] = { 4, 0, KNOWN },
	[BTF_KIND_TYPE_TAG] = { 0, 0, KNOWN },
	[BTF_KIND_ENUM64] = { 0, 12, KNOWN | NAMED }, /* name, low and high half of each value */
};

EACH_TYPE u32 tail_len(const struct btf_type *t)
{
	const struct tail *tail = &tails[btf_kind(t)];

	return tail->len + btf_vlen(t) * tail->each;
}

EACH_TYPE const char *name_of(const struct btf_type *t)
{
	return k.strs + t->name_off;
}

/*
 * The first eight bytes of a name as a number, which tells most names apart at once.  The
 * bytes after its end count as 0.
 */
EACH_TYPE u64 head_of(const char *name, size_t room)
{
	const u64 ones = 0x0101010101010101;
	u64 head = 0, ends;

	memcpy(&head, name, room < 8 ? room : 8);
	ends = (head - ones) & ~head & ones << 7; /* the lowest set bit is where it ends */
	return ends ? head & (((ends & -ends) >> 7) - 1) : head;
}

EACH_TYPE u64 head(const struct btf_type *t)
{
	return head_of(name_of(t), k.strs_len - t->name_off);
}

/* A suffix in BPF code names a version of a type: struct request___old. */
static size_t essential_len(const char *name)
{
	const char *suffix = strstr(name, "___");

	return suffix && suffix != name ? (size_t)(suffix - name) : strlen(name);
}

/* The wanted names, in a hash table, whose size is a power of two. */
enum { TYPE = 1, MEMBER = 2, FUNC = 4 };
static struct wanted {
	u64 head;
	const char *name;
	u32 len, as; /* TYPE, ... */
	u32 at;      /* its offset in the copy; 0: not there yet */
} * wanted;
static u32 n_wanted, wanted_room;

/*
 * A 4096-bit filter on a hash of the first three bytes, including a NUL, that rejects most names that
 * are not wanted.
 */
static u64 starts[64];

EACH_TYPE u32 start_of(u32 bytes)
{
	return (bytes & 0xffffff) * 0x9e3779b1 >> 20;
}

static void add_start(const char *name, size_t len)
{
	u32 bytes = 0, start;

	memcpy(&bytes, name, len < 3 ? len : 3);
	start = start_of(bytes);
	starts[start / 64] |= 1ull << start % 64;
	if (len < 2)
		memset(starts, 0xff, sizeof(starts));
}

EACH_TYPE bool starts_so(u32 name_off)
{
	u32 bytes, start;

	if (k.strs_len - name_off < sizeof(bytes))
		return true;
	memcpy(&bytes, k.strs + name_off, sizeof(bytes));
	start = start_of(bytes);
	return starts[start / 64] >> start % 64 & 1;
}

/* The kernel's types that have one of these names, by their IDs. */
static u32 *found, n_found;
static bool collected; /* it is complete; false once another name is wanted */

static struct wanted *slot(u64 head, u32 i)
{
	return &wanted[(((head * 0x9e3779b97f4a7c15) >> 40) + i) & (wanted_room - 1)];
}

/* The slot of a name if it is in the table, or else the free slot for it. */
static struct wanted *slot_of(u64 head, const char *name, size_t len)
{
	struct wanted *w;
	u32 i = 0;

	do
		w = slot(head, i++);
	while (w->name && (w->head != head || w->len != len || memcmp(w->name, name, len)));
	return w;
}

/* The wanted name that equals one of the kernel's, or NULL.  Comparing heads is mostly enough. */
static struct wanted *find_wanted(u32 name_off)
{
	const char *name = k.strs + name_off;
	u64 head = head_of(name, k.strs_len - name_off);
	struct wanted *w;

	for (u32 i = 0; (w = slot(head, i))->name; i++)
		if (w->head == head && !strncmp(name, w->name, w->len) && !name[w->len])
			return w;
	return NULL;
}

static bool is_wanted(u32 name_off, u32 as)
{
	struct wanted *w = find_wanted(name_off);

	return w && w->as & as;
}

/* Returns a hash of the name. */
static u64 want(const char *name, size_t len, u32 as)
{
	struct wanted *w, *old = wanted;
	u32 old_room = wanted_room;
	u64 hash = as;

	if (2 * n_wanted >= wanted_room) {
		wanted_room = 2 * wanted_room ?: 1024;
		wanted = calloc(wanted_room, sizeof(*wanted));
		if (!wanted)
			err(1, NULL);
		for (u32 i = 0; i < old_room; i++)
			if (old[i].name)
				*slot_of(old[i].head, old[i].name, old[i].len) = old[i];
		free(old);
	}
	w = slot_of(head_of(name, len), name, len);
	if (!w->name) {
		w->head = head_of(name, len);
		w->name = name;
		w->len = len;
		n_wanted++;
		collected = false;
	}
	w->as |= as;
	if (as != MEMBER)
		add_start(name, len);
	while (len--)
		hash = (hash ^ (unsigned char)*name++) * 0x100000001b3;
	return hash;
}

EACH_TYPE bool is_named(const struct btf_type *t)
{
	return tails[btf_kind(t)].kind & NAMED;
}

/* Remember a kernel type if its name is wanted. */
EACH_TYPE void collect(const struct btf_type *t, u32 id)
{
	if (!(tails[btf_kind(t)].kind & (NAMED | CALLED)) || !starts_so(t->name_off) ||
	    !find_wanted(t->name_off))
		return;
	if (!(n_found & (n_found + 1))) {
		found = reallocarray(found, 2 * n_found + 2, sizeof(*found));
		if (!found)
			err(1, NULL);
	}
	found[n_found++] = id;
}

static void collect_all(void)
{
	if (collected)
		return;
	n_found = 0;
	for (u32 id = 1; id < k.n; id++)
		collect(type(id), id);
	collected = true;
}

enum indexed { INDEXED, DAMAGED, UNKNOWN_KIND };

static enum indexed index_types(struct types *m, u64 len)
{
	u32 n = 1, strs_len = m->strs_len + (m == &k ? 0 : k.strs_len), last_name = 0;
	bool collects = m == &k && wanted, known = true;
	const char *types = m->types;
	u64 at = 0;

	/* Room for the highest possible number; unused pages are never touched. */
	m->at = malloc((len / sizeof(struct btf_type) + 1) * sizeof(*m->at));
	if (!m->at)
		err(1, NULL);
	while (known && at + sizeof(struct btf_type) <= len) {
		const struct btf_type *t = (const void *)(types + at);
		const struct tail *tail = &tails[btf_kind(t)];

		known = tail->kind;
		if (last_name < t->name_off)
			last_name = t->name_off;
		if (collects && t->name_off < strs_len)
			collect(t, n);
		m->at[n++] = at;
		at += sizeof(*t) + tail->len + btf_vlen(t) * tail->each;
	}
	m->n = n;
	collected |= m == &k;
	if (!known)
		return UNKNOWN_KIND;
	return at == len && last_name < strs_len ? INDEXED : DAMAGED;
}

/* The kernel's own BTF has a type of a kind whose length only libbpf knows. */
static bool index_by_libbpf(struct types *m)
{
	struct btf *btf = btf__new(m->data, m->len);
	const char *first;

	if (!btf)
		return false;
	m->n = btf__type_cnt(btf);
	first = m->n > 1 ? (const char *)btf__type_by_id(btf, 1) : NULL;
	for (u32 id = 1; id < m->n; id++)
		m->at[id] = (const char *)btf__type_by_id(btf, id) - first;
	btf__free(btf);
	collected = false;
	return true;
}

/* ---- checking a file ---- */

/*
 * The code here follows the IDs and names in the kernel's own BTF unchecked.  A file instead of it can
 * be truncated, damaged or malicious, so we check every ID and name in it once.
 */
static bool name_is_sound(u32 name_off)
{
	return name_off < k.strs_len;
}

/* Kinds of types that values can have; 0 is void. */
static bool type_is_sound(u32 id)
{
	if (id >= k.n)
		return false;
	switch (id ? btf_kind(type(id)) : 0) {
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_DECL_TAG:
		return false;
	}
	return true;
}

static bool is_qualifier(const struct btf_type *t)
{
	return btf_is_mod(t) || btf_is_typedef(t) || btf_kind(t) == BTF_KIND_TYPE_TAG;
}

/* Does a chain of typedefs and qualifiers end? */
static bool chain_ends(u32 id)
{
	for (int i = 0; i < 64; i++) {
		if (!id || !is_qualifier(type(id)))
			return true;
		id = type(id)->type;
	}
	return false;
}

#define NESTED_DEPTH 32
#define NESTED_MOST  (1 << 16)

/* MEMBERS: 1 + how many members a type has, including those of anonymous members; 0: not counted yet. */
static bool count_members(u32 id, u32 *members, int depth)
{
	const struct btf_type *t = type(id);
	u32 n = 1 + btf_vlen(t);

	if (members[id])
		return true;
	if (depth == NESTED_DEPTH)
		return false;
	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;

		if (m->name_off)
			continue;
		if (!m->type)
			return false;
		if (!btf_is_composite(type(m->type)))
			continue;
		if (!count_members(m->type, members, depth + 1))
			return false;
		n += members[m->type];
		if (n > NESTED_MOST)
			return false;
	}
	members[id] = n;
	return true;
}

/* Check all IDs and names in what follows the type itself. */
static bool tail_is_sound(const struct btf_type *t)
{
	const u32 *value = (const void *)(t + 1);
	bool sound = true;

	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
		return type_is_sound(t->type);
	case BTF_KIND_FUNC:
		return t->type && t->type < k.n && btf_is_func_proto(type(t->type));
	case BTF_KIND_DECL_TAG:
		return t->type < k.n;
	case BTF_KIND_ARRAY:
		return type_is_sound(btf_array(t)->type) && type_is_sound(btf_array(t)->index_type);
	case BTF_KIND_FUNC_PROTO:
		sound = type_is_sound(t->type);
	}
	for (int i = 0; sound && i < btf_vlen(t); i++)
		switch (btf_kind(t)) {
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			sound = name_is_sound(btf_members(t)[i].name_off) &&
				type_is_sound(btf_members(t)[i].type);
			break;
		case BTF_KIND_FUNC_PROTO:
			sound = name_is_sound(btf_params(t)[i].name_off) &&
				type_is_sound(btf_params(t)[i].type);
			break;
		case BTF_KIND_ENUM:
			sound = name_is_sound(btf_enum(t)[i].name_off);
			break;
		case BTF_KIND_ENUM64:
			sound = name_is_sound(value[3 * i]);
			break;
		case BTF_KIND_DATASEC:
			sound = btf_var_secinfos(t)[i].type < k.n;
			break;
		}
	return sound;
}

/* Check types that come from another file.  The types' names were checked before. */
static bool file_is_sound(void)
{
	u32 *members = calloc(k.n, sizeof(*members));
	bool sound = true;

	if (!members)
		err(1, NULL);
	for (u32 id = 1; sound && id < k.n; id++)
		sound = tail_is_sound(type(id));
	for (u32 id = 1; sound && id < k.n; id++)
		sound = btf_is_composite(type(id)) ? count_members(id, members, 0) : chain_ends(id);
	free(members);
	return sound;
}

/* ---- where the BTF is ---- */

static void file_free(struct types *m)
{
	if (m->mapped)
		munmap((void *)m->data, m->len);
	else
		free((void *)m->data);
	m->data = NULL;
	m->mapped = false;
}

static void free_types(struct types *m)
{
	free(m->at);
	file_free(m);
	memset(m, 0, sizeof(*m));
}

/* The descriptor of the kernel's own BTF object ("vmlinux") or a module's, or -1. */
static int kernel_btf_fd(const char *name)
{
	u32 id = 0;

	while (!bpf_btf_get_next_id(id, &id)) {
		char its_name[64] = "";
		struct bpf_btf_info info = { .name = (u64)(uintptr_t)its_name,
					     .name_len = sizeof(its_name) };
		u32 len = sizeof(info);
		int fd = bpf_btf_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) && info.kernel_btf &&
		    !strcmp(its_name, name))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

/*
 * Copy the running kernel's types in one go.  False before 5.11, without CAP_SYS_ADMIN, or if no
 * BPF program has been loaded since boot; use the file then.
 */
static bool copy_object(struct types *m, size_t size)
{
	int fd = kernel_btf_fd("vmlinux");
	struct bpf_btf_info info = { .btf_size = size };
	u32 len = sizeof(info);
	void *data = MAP_FAILED;

	if (fd >= 0)
		data = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	info.btf = (u64)(uintptr_t)data;
	m->mapped = data != MAP_FAILED && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    info.btf_size == size;
	if (m->mapped) {
		m->data = data;
		m->len = size;
	} else if (data != MAP_FAILED) {
		munmap(data, size);
	}
	if (fd >= 0)
		close(fd);
	return m->mapped;
}

/* Kernels since 6.16 allow mapping their own file; others copy it twice, a page at a time. */
static bool read_own(struct types *m, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;
	size_t size;
	char *data;

	if (fd < 0)
		return false;
	if (fstat(fd, &st))
		err(1, "%s", path);
	size = st.st_size;
	data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED && !strcmp(path, OWN_TYPES) && copy_object(m, size)) {
		close(fd);
		return true;
	}
	m->mapped = data != MAP_FAILED;
	m->len = m->mapped ? size : 0;
	if (!m->mapped && !(data = malloc(size + 1)))
		err(1, NULL);
	while (m->len < size && (n = read(fd, data + m->len, size - m->len)) > 0)
		m->len += n;
	m->data = data;
	close(fd);
	return true;
}

#define MAX_FILE (256 << 20) /* bytes of types */

/* Type information alone, or the .BTF section of an ELF file such as an uncompressed vmlinux. */
static void read_types(struct types *m, const struct src *file, bool *elf)
{
	const Elf64_Shdr *section;
	struct image im;
	char magic[SELFMAG];

	*elf = src_read(file, 0, magic, sizeof(magic)) && !memcmp(magic, ELFMAG, SELFMAG);
	if (!*elf) {
		m->data = src_copy(file, 0, file->size, MAX_FILE);
		m->len = m->data ? file->size : 0;
		return;
	}
	if (image_open(&im, *file) && (section = image_section(&im, ".BTF", SHT_PROGBITS))) {
		m->data = src_copy(file, section->sh_offset, section->sh_size, MAX_FILE);
		m->len = m->data ? section->sh_size : 0;
	}
	image_close(&im);
}

/* Read any other file.  False if it is not there, or has none and the user did not choose it. */
static bool read_file(struct types *m, const char *path, bool asked_for)
{
	struct stat st;
	int fd = safe_open_host(path, NULL, &st);
	bool elf;

	if (fd < 0 && st.st_mode && !S_ISREG(st.st_mode))
		errx(1, "%s: this is not a regular file", path);
	if (fd < 0)
		return false;
	budget_begin();
	read_types(m, &(struct src){ .fd = fd, .size = st.st_size }, &elf);
	budget_end();
	close(fd);
	if (elf && !m->data && asked_for)
		errx(1,
		     "%s: this file has no .BTF section. If it has DWARF, "
		     "pahole --btf_encode_detached=OUT makes one.",
		     path);
	return m->data || !elf;
}

/* Is this part within the file, and its start a multiple of ALIGNED? */
static bool part_is_sound(const struct types *m, u32 off, u32 len, u32 aligned)
{
	const struct btf_header *h = (const void *)m->data;
	u64 at = (u64)h->hdr_len + off;

	return at + len <= m->len && !(at % aligned);
}

static bool header_is_sound(const struct types *m)
{
	const struct btf_header *h = (const void *)m->data;

	return m->len >= sizeof(*h) && h->magic == BTF_MAGIC && h->hdr_len >= sizeof(*h) &&
	       part_is_sound(m, h->type_off, h->type_len, sizeof(u32)) &&
	       part_is_sound(m, h->str_off, h->str_len, 1) && h->str_len &&
	       /* A module's strings continue where the kernel's end. */
	       (m != &k || !m->data[(u64)h->hdr_len + h->str_off]) &&
	       !m->data[(u64)h->hdr_len + h->str_off + h->str_len - 1];
}

/* Is it a file of the running kernel, which need not be checked?  Not /sys/kernel/btf/../../.. */
static bool is_own(const char *path)
{
	size_t n = strlen(OWN_FOLDER);

	return !strncmp(path, OWN_FOLDER, n) && !strchr(path + n, '/') && path[n] != '.';
}

/* Take the types from this file.  False if it has none and the user did not choose it. */
static bool load_from(struct types *m, const char *path, bool asked_for)
{
	bool own = is_own(path);
	const struct btf_header *h;
	enum indexed indexed;

	if (!(own ? read_own(m, path) : read_file(m, path, asked_for)))
		return false;
	if (!header_is_sound(m) && m != &k) { /* for a module's functions, kprobes will do */
		free_types(m);
		return false;
	}
	if (!header_is_sound(m))
		errx(1, "%s: this is not type information", path);
	h = (const void *)m->data;
	m->types = m->data + h->hdr_len + h->type_off;
	m->strs = m->data + h->hdr_len + h->str_off;
	m->strs_len = h->str_len;
	indexed = index_types(m, h->type_len);
	if (indexed == UNKNOWN_KIND && own && m != &k) {
		free_types(m); /* kprobes need no types */
		return false;
	}
	if (indexed == UNKNOWN_KIND && own) {
		whole = index_by_libbpf(m);
		if (!whole)
			errx(1,
			     "%s: this kernel has kinds of types that neither this program nor "
			     "libbpf %s knows; newer versions may",
			     path, libbpf_version_string() + 1);
	} else if (indexed == UNKNOWN_KIND) {
		errx(1, "%s: unknown kind of type", path);
	}
	if (indexed == DAMAGED || (!own && !file_is_sound()))
		errx(1, "%s: this type information is damaged", path);
	if (m == &k)
		snprintf(source, sizeof(source), "%s", path);
	return true;
}

/* Where distributions put kernel images with type information. */
static bool load_from_image(void)
{
	static const char *const places[] = {
		"/boot/vmlinux-%s",
		"/lib/modules/%s/vmlinux",
		"/lib/modules/%s/kernel/vmlinux",
		"/lib/modules/%s/build/vmlinux",
		"/usr/lib/debug/boot/vmlinux-%s",
		"/usr/lib/debug/boot/vmlinux-%s.debug",
		"/usr/lib/debug/lib/modules/%s/vmlinux",
		"/usr/lib/debug/lib/modules/%s/vmlinux.debug",
	};
	struct utsname u;
	char path[256];
	bool found = false;

	uname(&u);
	for (size_t i = 0; !found && i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), places[i], u.release);
		found = load_from(&k, path, false);
	}
	return found;
}

static void load(void)
{
	const char *chosen = run.btf ?: secure_getenv("SNOOPKIT_BTF");

	if (k.data)
		return;
	if (chosen) {
		if (!load_from(&k, chosen, true))
			err(1, "%s: cannot read '%s'", run.btf ? "--btf" : "SNOOPKIT_BTF", chosen);
		foreign = true;
	} else if (!load_from(&k, OWN_TYPES, true)) {
		if (!load_from_image())
			errx(1,
			     "this kernel has no type information (%s), and no image in /boot or "
			     "/usr/lib/debug has it. Give a file that does with --btf or "
			     "SNOOPKIT_BTF.",
			     OWN_TYPES);
		foreign = true;
	}
}

bool kbtf_foreign(void)
{
	load();
	return foreign;
}

struct btf *kbtf_types(void)
{
	load();
	return btf__new(k.data, k.len);
}

static int find(const char *name, u32 kind)
{
	size_t len = strlen(name);
	u64 its_head = head_of(name, len + 1);
	bool among_found = wanted && collected && slot_of(its_head, name, len)->as & (TYPE | FUNC);
	u32 n = among_found ? n_found : k.n - 1;

	for (u32 i = 0; i < n; i++) {
		u32 id = among_found ? found[i] : i + 1;
		const struct btf_type *t = type(id);

		if (btf_kind(t) == kind && head(t) == its_head && !strcmp(name_of(t), name))
			return id;
	}
	return -1;
}

/* What kbtf_find() found. */
static struct {
	char name[64];
	u32 kind;
	int id;
} answers[64];
static u32 n_answers;

int kbtf_find(const char *name, u32 kind)
{
	int id;

	for (u32 i = 0; i < n_answers; i++)
		if (answers[i].kind == kind && !strcmp(answers[i].name, name))
			return answers[i].id;
	load();
	id = find(name, kind);
	if (n_answers < 64 && strlen(name) < sizeof(answers[0].name)) {
		strcpy(answers[n_answers].name, name);
		answers[n_answers].kind = kind;
		answers[n_answers++].id = id;
	}
	return id;
}

void kbtf_use_module(const char *name)
{
	int i = 0;

	while (i < MOST_MODULES && module_names[i] && strcmp(module_names[i], name))
		i++;
	if (i < MOST_MODULES)
		module_names[i] = name;
}

bool kbtf_uses_modules(void)
{
	return module_names[0];
}

static struct btf *module_types(struct btf *kernel, const char *name, const char *func)
{
	char path[320], buf[1 << 16];
	struct str data = {};
	struct btf *btf = NULL;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), OWN_FOLDER "%s", name);
	f = fopen(path, "re");
	while (f && (n = fread(buf, 1, sizeof(buf), f)))
		str_put(&data, buf, n);
	if (f)
		fclose(f);
	/* libbpf would take long to look into all modules. */
	if (data.len && memmem(data.p, data.len, func, strlen(func) + 1))
		btf = btf__parse_raw_split(path, kernel);
	free(data.p);
	if (btf && btf__find_by_name_kind(btf, func, BTF_KIND_FUNC) < 0) {
		btf__free(btf);
		btf = NULL;
	}
	return btf;
}

struct btf *kbtf_types_of_module(struct btf *kernel, const char *func)
{
	struct btf *btf = NULL;
	struct dirent *entry;
	DIR *folder;

	load();
	folder = foreign ? NULL : opendir(OWN_FOLDER);
	while (folder && !btf && (entry = readdir(folder))) {
		if (*entry->d_name == '.' || !strcmp(entry->d_name, "vmlinux"))
			continue;
		btf = module_types(kernel, entry->d_name, func);
		if (btf && !module_names[MOST_MODULES - 1])
			kbtf_use_module(strdup(entry->d_name));
	}
	if (folder)
		closedir(folder);
	return btf;
}

/* The ID of a function in a module's own types, or 0. */
static u32 find_in_module(struct types *m, const char *name, const char *func)
{
	char path[96];

	load();
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	if (!m->data && (foreign || !load_from(m, path, true)))
		return 0; /* not loaded, built in, or before 5.11 */
	for (u32 id = 1; id < m->n; id++) {
		const struct btf_type *t = (const void *)(m->types + m->at[id]);
		u32 off = t->name_off;

		if (btf_kind(t) == BTF_KIND_FUNC &&
		    !strcmp(off < k.strs_len ? k.strs + off : m->strs + off - k.strs_len, func))
			return id;
	}
	return 0;
}

/* A type of the kernel, or of the module M if it is not NULL. */
static const struct btf_type *type_in(const struct types *m, u32 id)
{
	return id < k.n || !m ? type(id) : (const void *)(m->types + m->at[id - k.n + 1]);
}

/* What a function's arguments are; *m: the module that it is in, or NULL. */
static const struct btf_type *prototype(const char *func, const struct types **m)
{
	int id = kbtf_find(func, BTF_KIND_FUNC);

	load();
	*m = NULL;
	if (id >= 0)
		return type(type(id)->type);
	for (int i = 0; i < MOST_MODULES && module_names[i]; i++) {
		const struct btf_type *t;

		id = find_in_module(&modules[i], module_names[i], func);
		if (!id)
			continue;
		*m = &modules[i];
		t = (const void *)(modules[i].types + modules[i].at[id]);
		return type_in(*m, t->type);
	}
	return NULL;
}

int kbtf_func_args(const char *func)
{
	const struct types *m;
	const struct btf_type *t = prototype(func, &m);

	return t ? btf_vlen(t) : -1;
}

u32 kbtf_arg_words(s64 size)
{
	return size < 0 || size > 16 ? 0 : (size + 7) / 8;
}

static s64 size_in(const struct types *m, u32 id)
{
	/* More modifiers than a type has, and none without end in a damaged file. */
	for (int i = 0; i < 32; i++) {
		const struct btf_type *t = type_in(m, id);

		if (btf_is_ptr(t))
			return 8;
		if (!btf_is_mod(t) && !btf_is_typedef(t))
			return btf_is_array(t) || btf_is_fwd(t) ? -1 : (s64)t->size;
		id = t->type;
	}
	return -1;
}

int kbtf_func_words(const char *func)
{
	const struct types *m;
	const struct btf_type *t = prototype(func, &m);
	int words = 0;

	for (u32 i = 0; t && i < btf_vlen(t); i++) {
		u32 n = kbtf_arg_words(size_in(m, btf_params(t)[i].type));

		if (!n)
			return -1;
		words += n;
	}
	return t ? words : -1;
}

static const struct btf_type *skip_modifiers(u32 id)
{
	const struct btf_type *t = type(id);

	while (btf_is_mod(t) || btf_is_typedef(t))
		t = type(t->type);
	return t;
}

bool kbtf_func_opaque(const char *func)
{
	int id = kbtf_find(func, BTF_KIND_FUNC);
	const struct btf_type *proto, *arg;

	load();
	if (id < 0 || foreign)
		return false;
	proto = type(type(id)->type);
	if (!btf_vlen(proto))
		return false;
	arg = skip_modifiers(btf_params(proto)->type);
	return btf_is_ptr(arg) && arg->type && btf_is_fwd(skip_modifiers(arg->type));
}

int kbtf_func_id(const char *func, int *btf_fd)
{
	int id = kbtf_find(func, BTF_KIND_FUNC);

	*btf_fd = 0;
	for (int i = 0; id < 0 && i < MOST_MODULES && module_names[i]; i++) {
		u32 in = find_in_module(&modules[i], module_names[i], func);

		if (in && (*btf_fd = kernel_btf_fd(module_names[i])) >= 0)
			id = k.n + in - 1;
	}
	return id;
}

int kbtf_tracepoint_args(const char *name)
{
	char alias[128];
	int id;

	snprintf(alias, sizeof(alias), "btf_trace_%s", name);
	id = kbtf_find(alias, BTF_KIND_TYPEDEF);
	load();
	/* a pointer to a function type, whose first argument is void *data */
	if (id > 0)
		id = type(id)->type;
	if (id > 0)
		id = btf_is_ptr(type(id)) ? type(id)->type : 0;
	return id > 0 && btf_is_func_proto(type(id)) ? (int)btf_vlen(type(id)) - 1 : -1;
}

/* Where a member begins, in bits, or -1.  Members of an anonymous struct or union belong to the enclosing one. */
static int find_member(const struct btf_type *t, const char *member)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; btf_is_composite(t) && i < btf_vlen(t); i++) {
		int inner = 0;

		if (m[i].name_off ? !strcmp(k.strs + m[i].name_off, member)
				  : (inner = find_member(type(m[i].type), member)) >= 0)
			return btf_member_bit_offset(t, i) + inner;
	}
	return -1;
}

int kbtf_offset(const char *name, const char *member)
{
	int id = kbtf_find(name, BTF_KIND_STRUCT), bits;

	load();
	bits = id >= 0 ? find_member(type(id), member) : -1;
	return bits < 0 ? -1 : bits / 8;
}

s64 kbtf_percpu_offset(const char *name)
{
	const struct btf_var_secinfo *v;
	int var, all;

	if (kbtf_foreign())
		return -1;
	var = kbtf_find(name, BTF_KIND_VAR);
	all = kbtf_find(".data..percpu", BTF_KIND_DATASEC);
	if (var < 0 || all < 0)
		return -1;
	load();
	v = btf_var_secinfos(type(all));
	for (u32 i = 0; i < btf_vlen(type(all)); i++)
		if (v[i].type == (u32)var)
			return v[i].offset;
	return -1;
}

bool kbtf_has_member(const char *name, const char *member)
{
	return kbtf_offset(name, member) >= 0;
}

/*
 * Some enums have no name, others were renamed, so each is identified by a member.  WITH: only tools whose BPF
 * programs know this type need it.
 */
static const struct {
	const char *member, *with;
} enums[KBTF_ENUMS] = {
	[KBTF_REQ_OPS] = { "REQ_OP_READ" },
	[KBTF_REQ_FLAGS] = { "__REQ_SYNC" },
	[KBTF_RQ_FLAGS] = { "__RQF_FLUSH_SEQ" },
	[KBTF_GFP_BITS] = { "___GFP_WRITE_BIT" },
	[KBTF_DROP_REASONS] = { "SKB_DROP_REASON_NOT_SPECIFIED", "trace_event_raw_kfree_skb" },
	[KBTF_COMPACT_RESULTS] = { "COMPACT_SKIPPED", "trace_event_raw_mm_compaction_end" },
	[KBTF_ZONES] = { "ZONE_NORMAL", "trace_event_raw_mm_compaction_end" },
};

/* The enum's ID, or 0 if there is none. */
static u32 find_enum(const char *member)
{
	for (u32 id = 1; id < k.n; id++) {
		const struct btf_type *t = type(id);
		int n = btf_kind(t) == BTF_KIND_ENUM ? btf_vlen(t) : 0;

		for (int i = 0; i < n; i++)
			if (!strcmp(k.strs + btf_enum(t)[i].name_off, member))
				return id;
	}
	return 0;
}

void kbtf_enum(enum kbtf_enum which, void (*each)(const char *name, u32 value))
{
	const struct btf_enum *e;
	u32 id;

	load();
	id = find_enum(enums[which].member);
	e = id ? btf_enum(type(id)) : NULL;
	for (int i = 0; id && i < btf_vlen(type(id)); i++)
		each(k.strs + e[i].name_off, e[i].val);
}

/* ---- a small copy ---- */

static u32 *new_ids;             /* of the types in the copy, 0: not in it */
static u32 *queue, queued, done; /* the kernel's IDs, in the order of their new IDs */

static u32 take(u32 id)
{
	if (!id || id >= k.n)
		return 0;
	if (!new_ids[id]) {
		new_ids[id] = queued + 1;
		queue[queued++] = id;
	}
	return new_ids[id];
}

/*
 * Want the types and members that the BPF object names.  It can't refer to others, whether to read
 * them or to ask if the kernel has them.  Returns a hash of all names.
 */
static u64 want_types(const struct btf *local)
{
	u32 n = btf__type_cnt(local);
	u64 hash = 0;

	for (u32 id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(local, id);
		const char *name = btf__name_by_offset(local, t->name_off);

		if (is_named(t) && *name)
			hash += want(name, essential_len(name), TYPE);
		for (int i = 0; btf_is_composite(t) && i < btf_vlen(t); i++) {
			name = btf__name_by_offset(local, btf_members(t)[i].name_off);
			if (*name)
				hash += want(name, strlen(name), MEMBER);
		}
	}
	return hash;
}

/* The functions and tracepoints that the object's programs attach to. */
static u64 want_targets(const struct bpf_object *obj)
{
	struct bpf_program *p;
	u64 hash = 0;

	bpf_object__for_each_program (p, obj) {
		const char *section = bpf_program__section_name(p);
		const char *target = strchr(section, '/');
		char *alias;

		if (!target++)
			continue;
		if (strstr(section, "tp_btf/") || strstr(section, "raw_tp/")) {
			if (asprintf(&alias, "btf_trace_%s", target) <
			    0) /* not freed: it is wanted */
				err(1, NULL);
			hash += want(alias, strlen(alias), TYPE);
		} else {
			hash += want(target, strlen(target), FUNC);
		}
	}
	return hash;
}

/* Queue all kernel types that have one of the names; libbpf will compare the kinds. */
static void take_named(bool funcs)
{
	collect_all();
	for (u32 i = 0; i < n_found; i++) {
		const struct btf_type *t = type(found[i]);
		u32 as = is_named(t) ? TYPE : funcs ? FUNC : 0;

		if (as && is_wanted(t->name_off, as))
			take(found[i]);
	}
}

/* Members of an anonymous struct or union belong to the enclosing one. */
static bool keeps(const struct btf_member *m)
{
	const struct btf_type *t = type(m->type);

	if (m->name_off)
		return is_wanted(m->name_off, MEMBER);
	for (int i = 0; btf_is_composite(t) && i < btf_vlen(t); i++)
		if (keeps(btf_members(t) + i))
			return true;
	return false;
}

/* Queue the types that the type with this ID refers to. */
static void take_parts(u32 id)
{
	const struct btf_type *t = type(id);

	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
		take(btf_array(t)->type);
		take(btf_array(t)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (int i = 0; i < btf_vlen(t); i++)
			if (keeps(btf_members(t) + i))
				take(btf_members(t)[i].type);
		break;
	case BTF_KIND_PTR:
		if (!t->type || btf_kind(type(t->type)) != BTF_KIND_FUNC_PROTO)
			break; /* to any type: libbpf doesn't compare what pointers point to */
			       /* fallthrough */
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_TYPE_TAG:
		take(t->type);
		break;
	}
}

/* Returns its offset. */
static u32 put(struct str *s, const void *p, size_t n)
{
	u32 at = s->len;

	str_put(s, p, n);
	return at;
}

static u32 put_name(struct str *strs, u32 off)
{
	const char *name = k.strs + off;
	struct wanted *w = find_wanted(off);
	u32 at = w ? w->at : 0;

	if (!at && *name)
		at = put(strs, name, strlen(name) + 1);
	if (w)
		w->at = at;
	return at;
}

/* Returns how many members are left. */
static int put_members(struct btf_member *m, int n, struct str *strs)
{
	int left = 0;

	for (int i = 0; i < n; i++)
		if (keeps(m + i)) {
			m[left] = m[i];
			m[left].name_off = put_name(strs, m[i].name_off);
			m[left++].type = take(m[i].type);
		}
	return left;
}

static void put_type(struct str *types, struct str *strs, const struct btf_type *from)
{
	struct btf_type *t;
	size_t len = sizeof(*t) + tail_len(from);
	u32 at = put(types, from, len);
	int n;

	t = (void *)(types->p + at);
	t->name_off = put_name(strs, t->name_off);
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_TYPE_TAG:
		t->type = new_ids[t->type];
		break;
	case BTF_KIND_ARRAY:
		btf_array(t)->type = take(btf_array(t)->type);
		btf_array(t)->index_type = take(btf_array(t)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		n = put_members(btf_members(t), btf_vlen(t), strs);
		t->info = (t->info & ~0xffffu) | n;
		types->len = at + sizeof(*t) + tail_len(t);
		break;
	case BTF_KIND_FUNC_PROTO: /* only the number of arguments matters */
		t->type = 0;
		memset(t + 1, 0, tail_len(t));
		break;
	case BTF_KIND_ENUM:
		for (int i = 0; i < btf_vlen(t); i++)
			btf_enum(t)[i].name_off = put_name(strs, btf_enum(t)[i].name_off);
		break;
	case BTF_KIND_ENUM64:
		for (int i = 0; i < btf_vlen(t); i++) {
			u32 *e = (u32 *)(t + 1) + 3 * i;

			*e = put_name(strs, *e);
		}
		break;
	}
}

/* Write the wanted types, and an empty type for each of these names.  -1 and errno on failure. */
static int write_copy(int fd, char (*marks)[MARK_LEN], u32 n_marks)
{
	struct btf_header h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(h) };
	struct str types = {}, strs = {};
	bool written;

	put(&strs, "", 1);
	take_named(n_marks);
	while (done < queued)
		take_parts(queue[done++]);
	for (u32 i = 0; i < queued; i++)
		put_type(&types, &strs, type(queue[i]));
	for (u32 i = 0; i < n_marks; i++) {
		struct btf_type t = { .info = BTF_KIND_TYPEDEF << 24 };

		t.name_off = put(&strs, marks[i], strlen(marks[i]) + 1);
		put(&types, &t, sizeof(t));
	}
	h.type_len = types.len;
	h.str_off = types.len;
	h.str_len = strs.len;
	written = write(fd, &h, sizeof(h)) == sizeof(h) &&
		  write(fd, types.p, types.len) == (ssize_t)types.len &&
		  write(fd, strs.p, strs.len) == (ssize_t)strs.len;
	free(types.p);
	free(strs.p);
	free(new_ids);
	free(queue);
	new_ids = queue = NULL;
	return written ? 0 : -1;
}

static void queue_init(void)
{
	load();
	new_ids = calloc(k.n, sizeof(*new_ids));
	queue = calloc(k.n, sizeof(*queue));
	if (!new_ids || !queue)
		err(1, NULL);
	queued = done = 0;
}

/* The mark in a file from kbtf_save(): it is for objects with this hash. */
#define MARK "snoopkit "
static void mark_of(char mark[MARK_LEN], u64 hash)
{
	snprintf(mark, MARK_LEN, MARK "%016llx", (unsigned long long)hash);
}

/*
 * A BPF program can't tell a type or member left out of a file from one that the kernel lacks.  It
 * would see less without saying so.
 */
static void check_complete(u64 hash)
{
	bool marked = false, funcs = false;
	char mark[MARK_LEN];

	mark_of(mark, hash);
	for (u32 id = 1; id < k.n; id++) {
		const struct btf_type *t = type(id);

		funcs |= btf_kind(t) == BTF_KIND_FUNC;
		if (btf_kind(t) != BTF_KIND_TYPEDEF || t->type)
			continue;
		if (!strcmp(name_of(t), mark))
			return;
		marked |= !strncmp(name_of(t), MARK, strlen(MARK));
	}
	if (marked || !funcs)
		errx(1,
		     "%s: this type information was minimized for other tools or another version. "
		     "Make it again with: make btf-min",
		     source);
}

static char copy_path[32];
static int copy_fd = -1;

const char *kbtf_path(void)
{
	if (copy_fd < 0) {
		copy_fd = memfd_create("kbtf", MFD_CLOEXEC);
		if (copy_fd < 0)
			err(1, "cannot copy the kernel's types");
		snprintf(copy_path, sizeof(copy_path), "/proc/self/fd/%d", copy_fd);
	}
	return copy_path;
}

static void forget_wanted(void)
{
	free(wanted);
	free(found);
	wanted = NULL;
	found = NULL;
	n_wanted = wanted_room = n_found = 0;
	memset(starts, 0, sizeof(starts));
	collected = false;
}

/* What probe.c and session.c look up for every tool: found with the rest, it costs nothing. */
static void want_ours(void)
{
	static const char *const names[] = { "bpf_fentry_test1", "do_coredump",
					     "bpf_session_is_return", "bpf_rdonly_cast" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		want(names[i], strlen(names[i]), FUNC);
}

void kbtf_copy(const struct bpf_object *obj)
{
	u64 hash;

	if (!bpf_object__btf(obj))
		return;
	forget_wanted(); /* those of an object that is now closed */
	hash = want_types(bpf_object__btf(obj)) + want_targets(obj);
	want_ours();
	load();
	collect_all();
	if (lseek(copy_fd, 0, SEEK_CUR)) /* already written */
		return;
	if (whole) {
		if (write(copy_fd, k.data, k.len) != (ssize_t)k.len)
			err(1, "cannot copy the kernel's types");
		return;
	}
	queue_init();
	if (foreign)
		check_complete(hash);
	if (write_copy(copy_fd, NULL, 0))
		err(1, "cannot copy the kernel's types");
}

static char (*marks)[MARK_LEN];
static u32 n_marks;
static bool enum_wanted[KBTF_ENUMS];

void kbtf_want(const struct bpf_object *obj)
{
	marks = reallocarray(marks, n_marks + 1, sizeof(*marks));
	if (!marks)
		err(1, NULL);
	mark_of(marks[n_marks++], want_types(bpf_object__btf(obj)) + want_targets(obj));
	for (int i = 0; i < KBTF_ENUMS; i++)
		enum_wanted[i] |= !enums[i].with ||
				  btf__find_by_name_kind(bpf_object__btf(obj), enums[i].with,
							 BTF_KIND_STRUCT) > 0;
}

void kbtf_save(const char *path)
{
	int fd;

	queue_init();
	if (whole)
		errx(1, "%s: unknown kind of type: cannot minimize the file", source);
	check_complete(0); /* no object has this hash: rejects any minimized file */
	for (int i = 0; i < KBTF_ENUMS; i++)
		if (enum_wanted[i])
			take(find_enum(enums[i].member));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write_copy(fd, marks, n_marks) || close(fd))
		err(1, "%s", path);
}

void kbtf_forget(void)
{
	forget_wanted();
	free_types(&k);
	for (int i = 0; i < 4; i++)
		free_types(&modules[i]);
	if (copy_fd >= 0)
		close(copy_fd);
	copy_fd = -1;
}
