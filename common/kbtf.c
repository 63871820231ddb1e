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

static struct {
	const char *data;
	size_t len;
	bool mapped;
	const char *types, *strs;
	u32 strs_len;
	u32 *at; /* where a type is in types, by ID; [0], void, is not there */
	u32 n;
} k;

static const struct btf_type *type(u32 id)
{
	return (const void *)(k.types + k.at[id]);
}

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

static bool index_types(u32 len)
{
	u32 room = len / 24;

	k.at = malloc((room + 1) * sizeof(*k.at));
	if (!k.at)
		err(1, NULL);
	k.n = 1;
	for (u32 at = 0; at < len; k.n++) {
		const struct btf_type *t = (const void *)(k.types + at);
		int tail = len - at >= sizeof(*t) ? tail_len(t) : -1;

		if (tail < 0 || t->name_off >= k.strs_len)
			return false;
		if (k.n > room) {
			room *= 2;
			k.at = reallocarray(k.at, room + 1, sizeof(*k.at));
			if (!k.at)
				err(1, NULL);
		}
		k.at[k.n] = at;
		at += sizeof(*t) + tail;
		if (at > len)
			return false;
	}
	return true;
}

/* Newer kernels (6.16) let the file be mapped; others copy it, a page at a time. */
static void read_file(int fd, size_t size)
{
	char *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	ssize_t n = -1;

	k.mapped = data != MAP_FAILED;
	if (k.mapped) {
		k.data = data;
		k.len = size;
		return;
	}
	data = malloc(size);
	if (!data)
		err(1, NULL);
	while (k.len < size && (n = read(fd, data + k.len, size - k.len)) > 0)
		k.len += n;
	k.data = data;
}

static void load(void)
{
	const char *path = "/sys/kernel/btf/vmlinux";
	const struct btf_header *h;
	struct stat st;
	int fd;

	if (k.data)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		errx(1,
		     "this kernel has no type information (%s): it was built without "
		     "CONFIG_DEBUG_INFO_BTF",
		     path);
	read_file(fd, st.st_size);
	close(fd);
	h = (const void *)k.data;
	if (k.len < sizeof(*h) || h->magic != BTF_MAGIC ||
	    (u64)h->hdr_len + h->type_off + h->type_len > k.len ||
	    (u64)h->hdr_len + h->str_off + h->str_len > k.len || !h->str_len ||
	    k.data[h->hdr_len + h->str_off + h->str_len - 1])
		errx(1, "%s: this is no type information", path);
	k.types = k.data + h->hdr_len + h->type_off;
	k.strs = k.data + h->hdr_len + h->str_off;
	k.strs_len = h->str_len;
	if (!index_types(h->type_len))
		errx(1, "%s: a kind of type that is not known yet", path);
}

static const char *name_of(const struct btf_type *t)
{
	return k.strs + t->name_off;
}

/*
 * The beginning of a name as a number, to tell most names apart at once: its first eight
 * bytes, those behind its end taken as 0.
 */
static u64 head_of(const char *name, size_t room)
{
	const u64 ones = 0x0101010101010101;
	u64 head = 0, ends;

	memcpy(&head, name, room < 8 ? room : 8);
	ends = (head - ones) & ~head & ones << 7; /* the lowest bit set: where it ends */
	return ends ? head & (((ends & -ends) >> 7) - 1) : head;
}

static u64 head(const struct btf_type *t)
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

int kbtf_func_args(const char *func)
{
	int id = kbtf_find(func, BTF_KIND_FUNC);

	load();
	return id < 0 ? -1 : (int)btf_vlen(type(type(id)->type));
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
		put_type(&types, &strs, type(queue[i]));
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

void kbtf_forget(void)
{
	free(k.at);
	if (k.mapped)
		munmap((void *)k.data, k.len);
	else
		free((void *)k.data);
	memset(&k, 0, sizeof(k));
	if (copy_fd >= 0)
		close(copy_fd);
	copy_fd = -1;
}
