// SPDX-License-Identifier: BSD-2-Clause
#include "base/object.h"
#include <bpf/btf.h>
#include <err.h>
#include <string.h>

static struct skel *skel;

void object_use(struct skel *s)
{
	skel = s;
}

int map_fd(const char *name)
{
	return skel ? bpf_object__find_map_fd_by_name(skel->obj, name) : -1;
}

int object_types(void)
{
	return skel ? bpf_object__btf_fd(skel->obj) : -1;
}

/* The map that holds a section of the BPF object, such as ".rodata". */
static struct bpf_map *section_map(const struct bpf_object *obj, const char *section)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, obj) {
		const char *name = strrchr(bpf_map__name(map), '.');

		if (name && !strcmp(name, section))
			return map;
	}
	return NULL;
}

/* The offset of a BPF program's variable in its section, or -1. */
static int var_offset(const struct bpf_object *obj, const char *section, const char *name,
		      size_t size)
{
	const struct btf *btf = bpf_object__btf(obj);
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *sec = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_var_secinfo *v = sec ? btf_var_secinfos(sec) : NULL;

	for (int i = 0; sec && i < btf_vlen(sec); i++, v++) {
		const struct btf_type *var = btf__type_by_id(btf, v->type);

		if (strcmp(btf__name_by_offset(btf, var->name_off), name))
			continue;
		if (v->size != size)
			errx(1, "%s: its size differs in the BPF program", name);
		return v->offset;
	}
	return -1;
}

void *bpf_rodata(const struct bpf_object *obj, const char *name, size_t size)
{
	int offset = var_offset(obj, ".rodata", name, size);
	size_t len;

	if (offset < 0)
		return NULL;
	return (char *)bpf_map__initial_value(section_map(obj, ".rodata"), &len) + offset;
}

void *bpf_variable(const char *name, size_t size)
{
	int offset = var_offset(skel->obj, ".bss", name, size);
	const struct bpf_map *map = section_map(skel->obj, ".bss");
	const struct bpf_object_skeleton *s = skel->skeleton;

	for (int i = 0; offset >= 0 && i < s->map_cnt; i++) {
		/* bpftool decides how large an entry is, not the header. */
		const struct bpf_map_skeleton *m =
			(const void *)((const char *)s->maps + i * s->map_skel_sz);

		if (*m->map == map)
			return (char *)*m->mmaped + offset;
	}
	return NULL;
}
