/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems, and their functions that tools trace under stand-ins such as fs_read. */
#pragma once
#include "lib/fs.h"
#include "tool.h"

struct fs {
	const char *name, *title; /* for options, for banners */
	const char *modules[2];   /* where its functions are, unless they are built in */
	/* Of each operation, NULL: not traced; and a second function of opens. */
	const char *funcs[FS_OPS], *open4;
};

/* The names, for OPT_CHOICE(), and in the same order the rest. */
extern const char *const fs_names[];
extern const struct fs file_systems[];

/* The file system of a tool's alias such as ext4dist; NULL: that is none. */
const struct fs *fs_of_alias(const char *alias);

/*
 * For .targets: trace the operations of a file system that are in the mask (1 << enum fs_op).
 * Exits with a sentence if this kernel doesn't have it (now).
 */
void fs_target(const struct fs *, u32 ops);
/* For .probes, and for .trials. */
extern const struct probe fs_probes[];
extern const struct trial fs_trials[];

/* "read", ... */
const char *fs_op_name(enum fs_op);
