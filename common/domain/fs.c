// SPDX-License-Identifier: BSD-2-Clause
#include "domain/fs.h"
#include "kernel/kbtf.h"
#include <err.h>
#include <string.h>

struct fs {
	const char *title;      /* for banners of its aliases */
	const char *modules[2]; /* that contain its functions, unless it is built in */
	/* The function of each operation (NULL: not traced), and a second one for opens. */
	const char *funcs[FS_OPS], *open4;
};

const char *const fs_names[] = { EACH_FS(FS_WORD, FS_COMMA, ), NULL };

static const struct fs file_systems[FILE_SYSTEMS] = {
	[FS_btrfs] = { "btrfs",
		       { "btrfs" },
		       { "btrfs_file_read_iter", "btrfs_file_write_iter", "btrfs_file_open",
			 "btrfs_sync_file" } },
	[FS_ext4] = { "ext4",
		      { "ext4" },
		      { "ext4_file_read_iter", "ext4_file_write_iter", "ext4_file_open",
			"ext4_sync_file", "ext4_file_getattr" } },
	[FS_fuse] = { "fuse",
		      { "fuse" },
		      { "fuse_file_read_iter", "fuse_file_write_iter", "fuse_open", "fuse_fsync",
			"fuse_getattr" } },
	[FS_nfs] = { "NFS",
		     { "nfs", "nfsv4" },
		     { "nfs_file_read", "nfs_file_write", "nfs_file_open", "nfs_file_fsync",
		       "nfs_getattr" },
		     "nfs4_file_open" },
	[FS_xfs] = { "XFS",
		     { "xfs" },
		     { "xfs_file_read_iter", "xfs_file_write_iter", "xfs_file_open",
		       "xfs_file_fsync" } },
	[FS_f2fs] = { "f2fs",
		      { "f2fs" },
		      { "f2fs_file_read_iter", "f2fs_file_write_iter", "f2fs_file_open",
			"f2fs_sync_file", "f2fs_getattr" } },
	[FS_bcachefs] = { "bcachefs",
			  { "bcachefs" },
			  { "bch2_read_iter", "bch2_write_iter", "bch2_open", "bch2_fsync",
			    "bch2_getattr" } },
	[FS_zfs] = { "ZFS",
		     { "zfs" },
		     { "zpl_iter_read", "zpl_iter_write", "zpl_open", "zpl_fsync" } },
};

/* Those after ext4 come first: ext4's message is the reason given if none works, so it is the last. */
#define FS_TRIAL(fs, suffix) \
	[(FS_##fs + FILE_SYSTEMS - FS_ext4 - 1) % FILE_SYSTEMS] = { #fs, "-t " #fs }
const struct trial fs_trials[FILE_SYSTEMS + 1] = { EACH_FS(FS_TRIAL, FS_COMMA, ) };

static bool traced[FS_OPS], open4;

/* By enum fs_op, followed by the second function of opens. */
const struct probe fs_probes[] = {
	{ "reads", { "fs_read" }, .wanted = &traced[FS_READ] },
	{ "writes", { "fs_write" }, .wanted = &traced[FS_WRITE] },
	{ "opens", { "fs_open" }, .wanted = &traced[FS_OPEN] },
	{ "fsyncs", { "fs_fsync" }, .wanted = &traced[FS_FSYNC] },
	{ "getattrs", { "fs_getattr" }, .wanted = &traced[FS_GETATTR] },
	{ "opens by NFSv4", { "fs_open4" }, .wanted = &open4 },
	{ 0 },
};

bool fs_by_alias;
u32 fs_type = -1;

bool fs_called_as(struct tool *me, const char *name, struct opt *opts)
{
	for (int i = 0; fs_names[i]; i++)
		if (!strncmp(name, fs_names[i], strlen(fs_names[i])))
			fs_type = i;
	fs_by_alias = fs_type != (u32)-1;
	if (!fs_by_alias)
		return false;
	for (; opts->set; opts++)
		if (opts->to == &fs_type) {
			/* Move the following rows up; a row without a name ends them. */
			for (struct opt *o = opts; o->set; o++)
				*o = o[1];
			break;
		}
	me->examples = NULL;
	me->trials = NULL;
	return true;
}

void fs_parsed(void)
{
	if (fs_type == (u32)-1)
		usage_error("which file system? Name it: -t ext4");
}

const char *fs_title(void)
{
	return fs_by_alias ? file_systems[fs_type].title : fs_names[fs_type];
}

void fs_target(u32 ops)
{
	const struct fs *fs = &file_systems[fs_type];
	const char *name = fs_names[fs_type];

	for (int i = 0; i < 2 && fs->modules[i]; i++)
		kbtf_use_module(fs->modules[i]);
	if (!probe_has_func(fs->funcs[FS_READ]))
		errx(1,
		     "this kernel has no %s, or its module is not loaded (no function %s). "
		     "Run: modprobe %s",
		     name, fs->funcs[FS_READ], fs->modules[0]);
	for (int i = 0; i < FS_OPS; i++)
		if (fs->funcs[i] && (ops >> i & 1)) {
			probe_target(fs_probes[i].ways[0], fs->funcs[i]);
			traced[i] = probe_has_func(fs->funcs[i]);
			if (!traced[i])
				warnx("not seen on this kernel: %s of %s (it has no function %s)",
				      fs_probes[i].sees, name, fs->funcs[i]);
		}
	open4 = fs->open4 && traced[FS_OPEN] && probe_has_func(fs->open4);
	if (open4)
		probe_target("fs_open4", fs->open4);
}

const char *fs_op_name(enum fs_op op)
{
	static const char *const names[] = { "read", "write", "open", "fsync", "getattr" };

	return op < FS_OPS ? names[op] : "?";
}
