/* SPDX-License-Identifier: BSD-2-Clause */
/* The maps and variables of the tool's BPF object, by name. */
#pragma once
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* What every skeleton begins with. */
struct skel {
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
};

/* For the library: map_fd() and bpf_variable() look into this skeleton from now on. */
void object_use(struct skel *);

/* The file descriptor of a map of the loaded skeleton, by name, or a negative number. */
int map_fd(const char *name);
/* The types of the loaded skeleton's programs: a file descriptor that is libbpf's, or a negative number. */
int object_types(void);
/* A global variable of the BPF program, before loading; NULL if there is none of that name. */
void *bpf_rodata(const struct bpf_object *, const char *name, size_t size);
/* A variable of the loaded program that both sides can change; NULL if there is none of that name. */
void *bpf_variable(const char *name, size_t size);
