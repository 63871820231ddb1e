/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems, and their functions, which tools trace through stand-ins such as fs_read. */
#pragma once
#include "lib/fs.h"
#include "main/tool.h"

struct fs {
	const char *name, *title; /* for options, for banners */
	const char *modules[2];   /* that contain its functions, unless it is built in */
	/* The function of each operation (NULL: not traced), and a second one for opens. */
	const char *funcs[FS_OPS], *open4;
};

/* The names, for OPT_FS. */
extern const char *const fs_names[];

/* The file system to trace, and whether the tool was called by its alias, such as ext4dist. */
extern const struct fs *fs_traced;
extern bool fs_by_alias;

/* For .aliases: each file system's name, followed by SUFFIX. */
#define FS_ALIASES(suffix)                                                                       \
	"btrfs" suffix, "ext4" suffix, "fuse" suffix, "nfs" suffix, "xfs" suffix, "f2fs" suffix, \
		"zfs" suffix, "bcachefs" suffix, NULL
/* The option that names the file system if no alias does. */
#define OPT_FS                                            \
	OPT_CHOICE('t', "type", "FS", &fs_type, fs_names, \
		   "File system to trace: btrfs, ext4, fuse, nfs, xfs, f2fs, bcachefs, zfs")
extern u32 fs_type;
/* In .called_as: is NAME an alias?  If so, removes OPT_FS from OPTS, the tool's options. */
bool fs_called_as(struct tool *me, const char *name, struct opt *opts);
/* In .parsed: sets fs_traced. */
void fs_parsed(void);

/*
 * For .targets: trace the operations in the mask (1 << enum fs_op).
 * Exits with a message if this kernel doesn't have the file system, or hasn't loaded it.
 */
void fs_target(u32 ops);
/* For .probes, and for .trials. */
extern const struct probe fs_probes[];
extern const struct trial fs_trials[];

/* "read", ... */
const char *fs_op_name(enum fs_op);
