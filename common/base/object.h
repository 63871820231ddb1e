/* SPDX-License-Identifier: BSD-2-Clause */
/* The BPF object of the tool: its maps and variables, by their names. */
#pragma once
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* What every skeleton begins with. */
struct skel {
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
};

/* The library's: the skeleton that map_fd() and bpf_variable() look into from now on. */
void object_use(struct skel *);

/* A map of the loaded skeleton by name; its file descriptor, or negative. */
int map_fd(const char *name);
/* A global variable of the BPF program before it is loaded; NULL if it has none. */
void *bpf_rodata(const struct bpf_object *, const char *name, size_t size);
/* A variable of the loaded program that both can change, NULL if it has none of that name. */
void *bpf_variable(const char *name, size_t size);
