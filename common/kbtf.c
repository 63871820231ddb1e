// SPDX-License-Identifier: BSD-2-Clause
#include "kbtf.h"
#include "tool.h"
#include <err.h>
#include <fcntl.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/*
 * The kernel's types, and those of modules in use, whose IDs and offsets of names go on
 * where the kernel's end.
 */
static struct types {
	const char *data;
	size_t len;
	bool mapped;
	const char *types, *strs;
	u32 strs_len;
	u32 *at; /* where a type is in types, by ID; [0] is void, or a module's none */
	u32 n;
} k, modules[4];
static const char *module_names[4];
static bool foreign; /* not from the running kernel itself */

/* Called for each of more than 100,000 types. */
#define EACH_TYPE static inline __attribute__((always_inline))

EACH_TYPE const struct btf_type *type(u32 id)
{
	return (const void *)(k.types + k.at[id]);
}

/* What follows a type of each kind, in bytes: at least, and for each of what vlen counts. */
static const struct tail {
	u8 len, each;
	bool known;
} tails[32] = {
	[BTF_KIND_INT] = { 4, 0, true },
	[BTF_KIND_PTR] = { 0, 0, true },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0, true },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member), true },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member), true },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum), true },
	[BTF_KIND_FWD] = { 0, 0, true },
	[BTF_KIND_TYPEDEF] = { 0, 0, true },
	[BTF_KIND_VOLATILE] = { 0, 0, true },
	[BTF_KIND_CONST] = { 0, 0, true },
	[BTF_KIND_RESTRICT] = { 0, 0, true },
	[BTF_KIND_FUNC] = { 0, 0, true }, /* vlen is its linkage */
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param), true },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0, true },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo), true },
	[16] = { 0, 0, true },  /* FLOAT */
	[17] = { 4, 0, true },  /* DECL_TAG */
	[18] = { 0, 0, true },  /* TYPE_TAG */
	[19] = { 0, 12, true }, /* ENUM64 */
};

EACH_TYPE u32 tail_len(const struct btf_type *t)
{
	const struct tail *tail = &tails[btf_kind(t)];

	return tail->len + btf_vlen(t) * tail->each;
}

static bool index_types(struct types *m, u32 len)
{
	u32 room = len / 24, n = 1, at = 0, strs_len = m->strs_len + (m == &k ? 0 : k.strs_len);
	const char *types = m->types;

	m->at = malloc((room + 1) * sizeof(*m->at));
	if (!m->at)
		err(1, NULL);
	while (at < len) {
		const struct btf_type *t = (const void *)(types + at);

		if (len - at < sizeof(*t) || !tails[btf_kind(t)].known || t->name_off >= strs_len)
			return false;
		if (n > room) {
			room = 2 * room + 1;
			m->at = reallocarray(m->at, room + 1, sizeof(*m->at));
			if (!m->at)
				err(1, NULL);
		}
		m->at[n++] = at;
		at += sizeof(*t) + tail_len(t);
	}
	m->n = n;
	return at == len;
}

static void file_free(struct types *m)
{
	if (m->mapped)
		munmap((void *)m->data, m->len);
	else
		free((void *)m->data);
	m->data = NULL;
	m->mapped = false;
}

/* The kernel's object with its own types ("vmlinux") or a module's: a file descriptor, or -1. */
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
 * The running kernel's types, in one copy.  False before 5.11, without CAP_SYS_ADMIN, or where
 * no BPF program was ever loaded: then there is the file.
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

#define OWN_TYPES "/sys/kernel/btf/vmlinux"

/* Newer kernels (6.16) let the file be mapped; others copy it, twice, a page at a time. */
static void read_file(struct types *m, const char *path, int fd, size_t size)
{
	char *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	ssize_t n = -1;

	if (data == MAP_FAILED && !strcmp(path, OWN_TYPES) && copy_object(m, size))
		return;
	m->mapped = data != MAP_FAILED;
	m->len = m->mapped ? size : 0;
	if (!m->mapped && !(data = malloc(size + 1)))
		err(1, NULL);
	while (m->len < size && (n = read(fd, data + m->len, size - m->len)) > 0)
		m->len += n;
	m->data = data;
}

/* The section .BTF of an ELF file, such as an uncompressed vmlinux; the rest is given back. */
static bool take_section(struct types *m)
{
	Elf *elf = elf_version(EV_CURRENT) ? elf_memory((char *)m->data, m->len) : NULL;
	Elf_Scn *scn = NULL;
	Elf_Data *d = NULL;
	char *copy = NULL;
	size_t len = 0, names;

	if (elf && !elf_getshdrstrndx(elf, &names))
		while (!d && (scn = elf_nextscn(elf, scn))) {
			Elf64_Shdr *h = elf64_getshdr(scn);
			const char *name = h ? elf_strptr(elf, names, h->sh_name) : NULL;

			if (name && !strcmp(name, ".BTF"))
				d = elf_getdata(scn, NULL);
		}
	if (d && (copy = malloc(d->d_size)))
		memcpy(copy, d->d_buf, len = d->d_size);
	elf_end(elf);
	file_free(m);
	m->data = copy;
	m->len = len;
	return copy;
}

/* Take the types from this file; false if there is none. */
static bool load_from(struct types *m, const char *path)
{
	const struct btf_header *h;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (fstat(fd, &st))
		err(1, "%s", path);
	read_file(m, path, fd, st.st_size);
	close(fd);
	if (m->len > SELFMAG && !memcmp(m->data, ELFMAG, SELFMAG) && !take_section(m))
		errx(1, "%s: this file has no section .BTF", path);
	h = (const void *)m->data;
	if (m->len < sizeof(*h) || h->magic != BTF_MAGIC ||
	    (u64)h->hdr_len + h->type_off + h->type_len > m->len ||
	    (u64)h->hdr_len + h->str_off + h->str_len > m->len || !h->str_len ||
	    m->data[h->hdr_len + h->str_off + h->str_len - 1])
		errx(1, "%s: this is no type information", path);
	m->types = m->data + h->hdr_len + h->type_off;
	m->strs = m->data + h->hdr_len + h->str_off;
	m->strs_len = h->str_len;
	if (!index_types(m, h->type_len))
		errx(1, "%s: a kind of type that is not known yet", path);
	return true;
}

/* Where distributions put an image of the kernel with its type information. */
static bool load_from_image(void)
{
	static const char *const places[] = {
		"/boot/vmlinux-%s",
		"/lib/modules/%s/vmlinux",
		"/lib/modules/%s/build/vmlinux",
		"/usr/lib/debug/boot/vmlinux-%s",
		"/usr/lib/debug/lib/modules/%s/vmlinux",
	};
	struct utsname u;
	char path[256];
	bool found = false;

	uname(&u);
	for (size_t i = 0; !found && i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), places[i], u.release);
		found = load_from(&k, path);
	}
	return found;
}

static void load(void)
{
	const char *chosen = run.btf ?: getenv("SNOOPKIT_BTF");

	if (k.data)
		return;
	if (chosen) {
		if (!load_from(&k, chosen))
			err(1, "%s", chosen);
		foreign = true;
	} else if (!load_from(&k, OWN_TYPES)) {
		if (!load_from_image())
			errx(1,
			     "this kernel has no type information (%s): it was built without "
			     "CONFIG_DEBUG_INFO_BTF. If there is a file with it, name it with "
			     "--btf.",
			     OWN_TYPES);
		foreign = true;
	}
}

bool kbtf_foreign(void)
{
	load();
	return foreign;
}

EACH_TYPE const char *name_of(const struct btf_type *t)
{
	return k.strs + t->name_off;
}

/*
 * The beginning of a name as a number, to tell most names apart at once: its first eight
 * bytes, those behind its end taken as 0.
 */
EACH_TYPE u64 head_of(const char *name, size_t room)
{
	const u64 ones = 0x0101010101010101;
	u64 head = 0, ends;

	memcpy(&head, name, room < 8 ? room : 8);
	ends = (head - ones) & ~head & ones << 7; /* the lowest bit set: where it ends */
	return ends ? head & (((ends & -ends) >> 7) - 1) : head;
}

EACH_TYPE u64 head(const struct btf_type *t)
{
	return head_of(name_of(t), k.strs_len - t->name_off);
}

static int find(const char *name, u32 kind)
{
	u64 wanted = head_of(name, strlen(name) + 1);

	for (u32 id = 1; id < k.n; id++) {
		const struct btf_type *t = type(id);

		if (btf_kind(t) == kind && head(t) == wanted && !strcmp(name_of(t), name))
			return id;
	}
	return -1;
}

int kbtf_find(const char *name, u32 kind)
{
	static struct {
		char name[64];
		u32 kind;
		int id;
	} found[64];
	static u32 n_found;
	int id;

	for (u32 i = 0; i < n_found; i++)
		if (found[i].kind == kind && !strcmp(found[i].name, name))
			return found[i].id;
	load();
	id = find(name, kind);
	if (n_found < 64 && strlen(name) < sizeof(found[0].name)) {
		strcpy(found[n_found].name, name);
		found[n_found].kind = kind;
		found[n_found++].id = id;
	}
	return id;
}

void kbtf_use_module(const char *name)
{
	int i = 0;

	while (i < 3 && module_names[i] && strcmp(module_names[i], name))
		i++;
	module_names[i] = name;
}

/* The ID of a function in a module's own types, or 0. */
static u32 find_in_module(struct types *m, const char *name, const char *func)
{
	char path[96];

	load();
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", name);
	if (!m->data && (foreign || !load_from(m, path)))
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

int kbtf_func_args(const char *func)
{
	int id = kbtf_find(func, BTF_KIND_FUNC);

	load();
	if (id >= 0)
		return btf_vlen(type(type(id)->type));
	for (int i = 0; i < 4 && module_names[i]; i++) {
		struct types *m = &modules[i];
		const struct btf_type *t;

		id = find_in_module(m, module_names[i], func);
		if (!id)
			continue;
		t = (const void *)(m->types + m->at[id]);
		t = t->type < k.n ? type(t->type)
				  : (const void *)(m->types + m->at[t->type - k.n + 1]);
		return btf_vlen(t);
	}
	return -1;
}

int kbtf_func_id(const char *func, int *btf_fd)
{
	int id = kbtf_find(func, BTF_KIND_FUNC);

	*btf_fd = 0;
	for (int i = 0; id < 0 && i < 4 && module_names[i]; i++) {
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
	if (id < 0)
		return -1;
	/* a pointer to the function's type; void *data comes first */
	return (int)btf_vlen(type(type(type(id)->type)->type)) - 1;
}

bool kbtf_enum(const char *member, void (*each)(const char *name, u32 value))
{
	load();
	for (u32 id = 1; id < k.n; id++) {
		const struct btf_type *t = type(id);
		const struct btf_enum *e = btf_enum(t);
		int n = btf_kind(t) == BTF_KIND_ENUM ? btf_vlen(t) : 0, i = 0;

		while (i < n && strcmp(k.strs + e[i].name_off, member))
			i++;
		if (i == n)
			continue;
		for (i = 0; i < n; i++)
			each(k.strs + e[i].name_off, e[i].val);
		return true;
	}
	return false;
}

/* ---- a small copy ---- */

static u32 *new_ids;             /* of the types in the copy, 0: not in it */
static u32 *queue, queued, done; /* the kernel's IDs, in the order of their new ones */

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

/* BPF code names a version of a type by a suffix: struct request___old. */
static size_t essential_len(const char *name)
{
	const char *suffix = strstr(name, "___");

	return suffix && suffix != name ? (size_t)(suffix - name) : strlen(name);
}

#define WANTED 1024 /* a power of two */

static u32 slot_of(u64 head)
{
	return (head * 0x9e3779b97f4a7c15) >> 54;
}

EACH_TYPE bool is_named(const struct btf_type *t)
{
	const u32 kinds = 1 << BTF_KIND_STRUCT | 1 << BTF_KIND_UNION | 1 << BTF_KIND_ENUM |
			  1 << BTF_KIND_TYPEDEF | 1 << BTF_KIND_INT | 1 << BTF_KIND_FLOAT | 1 << 19;

	return kinds >> btf_kind(t) & 1;
}

/* All types of the kernel that have one of the local names; kinds are libbpf's to compare. */
static void take_named(const struct btf *local)
{
	static struct {
		u64 head;
		const char *name;
		size_t len;
	} wanted[WANTED];
	u32 n_local = btf__type_cnt(local), n_wanted = 0;

	memset(wanted, 0, sizeof(wanted));
	for (u32 id = 1; id < n_local && n_wanted < WANTED / 2; id++) {
		const struct btf_type *t = btf__type_by_id(local, id);
		const char *name = btf__name_by_offset(local, t->name_off);
		size_t n = essential_len(name);
		u64 head = head_of(name, n);
		u32 slot = slot_of(head);

		if (!is_named(t) || !*name)
			continue;
		while (wanted[slot].name &&
		       (wanted[slot].len != n || memcmp(wanted[slot].name, name, n)))
			slot = (slot + 1) & (WANTED - 1);
		if (wanted[slot].name)
			continue;
		wanted[slot].head = head;
		wanted[slot].name = name;
		wanted[slot].len = n;
		n_wanted++;
	}
	for (u32 id = 1; id < k.n; id++) {
		const struct btf_type *t = type(id);
		u64 h;

		if (!t->name_off || !is_named(t))
			continue;
		h = head(t);
		for (u32 slot = slot_of(h); wanted[slot].name; slot = (slot + 1) & (WANTED - 1))
			if (wanted[slot].head == h &&
			    !strncmp(name_of(t), wanted[slot].name, wanted[slot].len) &&
			    !name_of(t)[wanted[slot].len]) {
				take(id);
				break;
			}
	}
}

/* Queue what the type with this ID consists of. */
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
			take(btf_members(t)[i].type);
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case 18: /* TYPE_TAG */
		take(t->type);
		break;
	}
}

struct text {
	char *p;
	size_t len, room;
};

static u32 put(struct text *t, const void *p, size_t n)
{
	u32 at = t->len;

	if (t->len + n > t->room) {
		t->room = 2 * (t->len + n) + 4096;
		t->p = realloc(t->p, t->room);
		if (!t->p)
			err(1, NULL);
	}
	memcpy(t->p + t->len, p, n);
	t->len += n;
	return at;
}

static u32 put_name(struct text *strs, u32 off)
{
	const char *name = k.strs + off;

	return *name ? put(strs, name, strlen(name) + 1) : 0;
}

static void put_type(struct text *types, struct text *strs, const struct btf_type *from)
{
	struct btf_type *t;
	size_t len = sizeof(*t) + tail_len(from);
	u32 at = put(types, from, len);

	t = (void *)(types->p + at);
	t->name_off = put_name(strs, t->name_off);
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		t->type = 0; /* to anything: libbpf doesn't compare what pointers lead to */
		break;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case 18: /* TYPE_TAG */
		t->type = take(t->type);
		break;
	case BTF_KIND_ARRAY:
		btf_array(t)->type = take(btf_array(t)->type);
		btf_array(t)->index_type = take(btf_array(t)->index_type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (int i = 0; i < btf_vlen(t); i++) {
			struct btf_member *m = btf_members(t) + i;

			m->name_off = put_name(strs, m->name_off);
			m->type = take(m->type);
		}
		break;
	case BTF_KIND_ENUM:
		for (int i = 0; i < btf_vlen(t); i++)
			btf_enum(t)[i].name_off = put_name(strs, btf_enum(t)[i].name_off);
		break;
	case 19: /* ENUM64: name, low and high half of each value */
		for (int i = 0; i < btf_vlen(t); i++) {
			u32 *e = (u32 *)(t + 1) + 3 * i;

			*e = put_name(strs, *e);
		}
		break;
	}
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

void kbtf_copy(const struct btf *local)
{
	struct btf_header h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(h) };
	struct text types = {}, strs = {};

	if (!local || lseek(copy_fd, 0, SEEK_CUR)) /* it is there already */
		return;
	load();
	new_ids = calloc(k.n, sizeof(*new_ids));
	queue = calloc(k.n, sizeof(*queue));
	if (!new_ids || !queue)
		err(1, NULL);
	queued = done = 0;
	put(&strs, "", 1);
	take_named(local);
	while (done < queued)
		take_parts(queue[done++]);
	for (u32 i = 0; i < queued; i++)
		put_type(&types, &strs, type(queue[i]));
	free(new_ids);
	free(queue);
	h.type_len = types.len;
	h.str_off = types.len;
	h.str_len = strs.len;
	if (write(copy_fd, &h, sizeof(h)) != sizeof(h) ||
	    write(copy_fd, types.p, types.len) != (ssize_t)types.len ||
	    write(copy_fd, strs.p, strs.len) != (ssize_t)strs.len)
		err(1, "cannot copy the kernel's types");
	free(types.p);
	free(strs.p);
}

static void free_types(struct types *m)
{
	free(m->at);
	file_free(m);
	memset(m, 0, sizeof(*m));
}

void kbtf_forget(void)
{
	free_types(&k);
	for (int i = 0; i < 4; i++)
		free_types(&modules[i]);
	if (copy_fd >= 0)
		close(copy_fd);
	copy_fd = -1;
}
