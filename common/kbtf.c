// SPDX-License-Identifier: BSD-2-Clause
#include "kbtf.h"
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The kernel's types, and those of modules in use, whose IDs and offsets of
 * strings go on where the kernel's end.
 */
static struct types {
	char *data;
	const char *strs;
	u32 strs_len;
	const struct btf_type **types; /* by ID; [0] is void. A module's first is in [1], too */
	u32 n;
} k, modules[4];
static const char *module_names[4];

/* What follows a type of this kind, in bytes; -1: a kind we don't know. */
static int tail_len(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case 17: /* DECL_TAG */
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case 19: /* ENUM64 */
		return btf_vlen(t) * 12;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return btf_vlen(t) * 8;
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case 16: /* FLOAT */
	case 18: /* TYPE_TAG */
		return 0;
	}
	return -1;
}

static bool index_types(struct types *m, const char *p, const char *end)
{
	u32 room = (end - p) / 24, strs_len = m->strs_len + (m == &k ? 0 : k.strs_len);

	m->types = malloc((room + 1) * sizeof(*m->types));
	if (!m->types)
		err(1, NULL);
	for (m->n = 1; p + sizeof(struct btf_type) <= end; m->n++) {
		const struct btf_type *t = (const void *)p;
		int tail = tail_len(t);

		if (tail < 0 || t->name_off >= strs_len)
			return false;
		if (m->n > room) {
			room = 2 * room + 1;
			m->types = reallocarray(m->types, room + 1, sizeof(*m->types));
			if (!m->types)
				err(1, NULL);
		}
		m->types[m->n] = t;
		p += sizeof(*t) + tail;
	}
	return p == end;
}

/* What is wrong with the file, or NULL. */
static const char *read_types(struct types *m, const char *path)
{
	const struct btf_header *h;
	size_t len = 0;
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		return "this kernel has no type information: it was built without "
		       "CONFIG_DEBUG_INFO_BTF";
	m->data = malloc(st.st_size + 1);
	if (!m->data)
		err(1, NULL);
	while (len < (size_t)st.st_size && (n = read(fd, m->data + len, st.st_size - len)) > 0)
		len += n;
	close(fd);
	h = (const void *)m->data;
	if (len < sizeof(*h) || h->magic != BTF_MAGIC ||
	    (u64)h->hdr_len + h->type_off + h->type_len > len ||
	    (u64)h->hdr_len + h->str_off + h->str_len > len || !h->str_len)
		return "this is no type information";
	m->data[len] = 0; /* the strings come last, and end so */
	m->strs = m->data + h->hdr_len + h->str_off;
	m->strs_len = h->str_len;
	if (!index_types(m, m->data + h->hdr_len + h->type_off,
			 m->data + h->hdr_len + h->type_off + h->type_len))
		return "a kind of type that is not known yet";
	return NULL;
}

static void load(void)
{
	const char *path = "/sys/kernel/btf/vmlinux", *wrong;

	if (!k.data && (wrong = read_types(&k, path)))
		errx(1, "%s: %s", path, wrong);
}

static const char *name_of(const struct btf_type *t)
{
	return k.strs + t->name_off;
}

int kbtf_find(const char *name, u32 kind)
{
	static struct {
		char name[64];
		u32 kind;
		int id;
	} found[64];
	static u32 n_found;

	for (u32 i = 0; i < n_found && i < 64; i++)
		if (found[i].kind == kind && !strcmp(found[i].name, name))
			return found[i].id;
	load();
	for (u32 id = 1; id <= k.n; id++) {
		const struct btf_type *t = id < k.n ? k.types[id] : NULL;

		if (t && (btf_kind(t) != kind || *name_of(t) != *name || strcmp(name_of(t), name)))
			continue;
		if (n_found < 64 && strlen(name) < sizeof(found[0].name)) {
			strcpy(found[n_found].name, name);
			found[n_found].kind = kind;
			found[n_found++].id = t ? (int)id : -1;
		}
		return t ? (int)id : -1;
	}
	return -1;
}

static int module_func_args(int i, const char *func)
{
	struct types *m = &modules[i];
	char path[96];

	load();
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module_names[i]);
	if (!m->data && read_types(m, path))
		m->n = 0; /* not loaded, built in, or before 5.11 */
	for (u32 id = 1; id < m->n; id++) {
		const struct btf_type *t = m->types[id];
		u32 off = t->name_off;

		if (btf_kind(t) != BTF_KIND_FUNC ||
		    strcmp(off < k.strs_len ? k.strs + off : m->strs + off - k.strs_len, func))
			continue;
		t = t->type < k.n ? k.types[t->type] : m->types[t->type - k.n + 1];
		return btf_vlen(t);
	}
	return -1;
}

int kbtf_func_args(const char *func)
{
	int id = kbtf_find(func, BTF_KIND_FUNC), n = -1;

	load();
	if (id >= 0)
		return btf_vlen(k.types[k.types[id]->type]);
	for (int i = 0; n < 0 && i < 4 && module_names[i]; i++)
		n = module_func_args(i, func);
	return n;
}

void kbtf_use_module(const char *name)
{
	int i = 0;

	while (i < 3 && module_names[i] && strcmp(module_names[i], name))
		i++;
	module_names[i] = name;
}

int kbtf_tracepoint_args(const char *name)
{
	char type[128];
	int id;

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = kbtf_find(type, BTF_KIND_TYPEDEF);
	load();
	if (id < 0)
		return -1;
	/* a pointer to the function's type; void *data comes first */
	return (int)btf_vlen(k.types[k.types[k.types[id]->type]->type]) - 1;
}

bool kbtf_enum(const char *member, void (*each)(const char *name, u32 value))
{
	load();
	for (u32 id = 1; id < k.n; id++) {
		const struct btf_type *t = k.types[id];
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

static u32 slot_of(const char *name, size_t n)
{
	u32 h = n;

	for (size_t i = 0; i < n && i < 8; i++)
		h = h * 31 + name[i];
	return (h * 2654435761u) >> 22;
}

static bool is_named(const struct btf_type *t)
{
	u32 kind = btf_kind(t);

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_ENUM ||
	       kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_INT || kind == BTF_KIND_FLOAT ||
	       kind == 19;
}

/* All types of the kernel that have one of the local names; kinds are libbpf's to compare. */
static void take_named(const struct btf *local)
{
	const char *wanted[WANTED] = {};
	u32 n_local = btf__type_cnt(local), n_wanted = 0;

	for (u32 id = 1; id < n_local && n_wanted < WANTED / 2; id++) {
		const struct btf_type *t = btf__type_by_id(local, id);
		const char *name = btf__name_by_offset(local, t->name_off);
		size_t n = essential_len(name);
		u32 slot = slot_of(name, n) & (WANTED - 1);

		if (!is_named(t) || !*name)
			continue;
		while (wanted[slot] &&
		       (essential_len(wanted[slot]) != n || memcmp(wanted[slot], name, n)))
			slot = (slot + 1) & (WANTED - 1);
		n_wanted += !wanted[slot];
		wanted[slot] = name;
	}
	for (u32 id = 1; id < k.n; id++) {
		const char *name = name_of(k.types[id]);
		u32 slot;
		size_t n;

		if (!*name || !is_named(k.types[id]))
			continue;
		n = essential_len(name);
		for (slot = slot_of(name, n) & (WANTED - 1); wanted[slot];
		     slot = (slot + 1) & (WANTED - 1))
			if (essential_len(wanted[slot]) == n && !memcmp(wanted[slot], name, n)) {
				take(id);
				break;
			}
	}
}

/* Queue what the type with this ID consists of. */
static void take_parts(u32 id)
{
	const struct btf_type *t = k.types[id];

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

const char *kbtf_for(const struct btf *local)
{
	struct btf_header h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(h) };
	struct text types = {}, strs = {};

	if (!local)
		return NULL;
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
		put_type(&types, &strs, k.types[queue[i]]);
	free(new_ids);
	free(queue);
	h.type_len = types.len;
	h.str_off = types.len;
	h.str_len = strs.len;
	copy_fd = memfd_create("kbtf", MFD_CLOEXEC);
	if (copy_fd < 0 || write(copy_fd, &h, sizeof(h)) != sizeof(h) ||
	    write(copy_fd, types.p, types.len) != (ssize_t)types.len ||
	    write(copy_fd, strs.p, strs.len) != (ssize_t)strs.len)
		err(1, "cannot copy the kernel's types");
	free(types.p);
	free(strs.p);
	snprintf(copy_path, sizeof(copy_path), "/proc/self/fd/%d", copy_fd);
	return copy_path;
}

static void free_types(struct types *m)
{
	free(m->types);
	free(m->data);
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
