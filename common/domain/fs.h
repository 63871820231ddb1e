/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems, and their functions, which tools trace through stand-ins such as fs_read. */
#pragma once
#include "lib/fs.h"
#include "main/tool.h"

/*
 * All file systems: F(name, ARG) of each, with SEPARATOR between them.  Each needs a row in fs.c, and a page
 * man/NAMEdist.8 and man/NAMEslower.8; tests/unit/tools.c says which are missing.
 */
#define EACH_FS(f, separator, arg)           \
	f(btrfs, arg) separator f(ext4, arg) \
	separator f(fuse, arg)               \
	separator f(nfs, arg)                \
	separator f(xfs, arg)                \
	separator f(f2fs, arg)               \
	separator f(bcachefs, arg)           \
	separator f(zfs, arg)
#define FS_COMMA              ,
#define FS_NUMBER(name, none) FS_##name
#define FS_WORD(name, suffix) #name suffix

enum { EACH_FS(FS_NUMBER, FS_COMMA, ), FILE_SYSTEMS };

/* The names, for OPT_FS. */
extern const char *const fs_names[];

/* The file system to trace, FS_ext4 ... (-1: none yet), and whether an alias such as ext4dist names it. */
extern u32 fs_type;
extern bool fs_by_alias;

/* For .aliases: each file system's name, followed by SUFFIX. */
#define FS_ALIASES(suffix) EACH_FS(FS_WORD, FS_COMMA, suffix), NULL
/* The option that names the file system if no alias does. */
#define OPT_FS                                            \
	OPT_CHOICE('t', "type", "FS", &fs_type, fs_names, \
		   "File system to trace: " EACH_FS(FS_WORD, ", ", ""))
/* In .called_as: is NAME an alias?  If so, removes OPT_FS from OPTS, the tool's options. */
bool fs_called_as(struct tool *me, const char *name, struct opt *opts);
/* In .parsed: exits if no file system was named. */
void fs_parsed(void);
/* What banners call it. */
const char *fs_title(void);

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
