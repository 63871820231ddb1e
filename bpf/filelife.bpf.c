// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "filelife.h"
#include "lib/ending.bpf.h"
#include "lib/event.bpf.h"
#include "lib/path.bpf.h"
#include "lib/task.bpf.h"

#define FMODE_CREATED   0x100000
#define RENAME_EXCHANGE 2

const volatile struct conf conf;

/* Identifies a file: not by its dentry, which the kernel may drop, nor its name, which may change. */
struct file_key {
	u64 where; /* address of its superblock */
	u64 ino;
	u64 generation;
};

/*
 * Files in two subvolumes can have all of these in common, so there we use the inode's address.  If
 * memory is short, the kernel drops inodes of files that are not open, and we may miss their end.
 */
#define BTRFS_MAGIC    0x9123683e
#define BCACHEFS_MAGIC 0xca451a4e
struct birth {
	u64 ts;
	struct vfsmount *mnt; /* on which it was created; NULL if unknown */
};
/* The latest files: only long-lived ones are ever dropped. */
LRU_HASH(births, struct file_key, struct birth, 32768);

struct dying {
	struct ending ending;
	struct file_key file;
	struct birth birth;
	struct dentry *dir;
	u32 replaced, len;
	char name[PATH_NAME]; /* before the removal: NFS renames files that are open */
};
ENDINGS(struct dying, report)

enum slots { SLOT_UNLINK, SLOT_RENAME, SLOTS };
EVENT_SCRATCH(struct life_event, SLOTS);
PATH_NAMES(life_event, names, len, NAMES_LEN)

static __always_inline struct file_key file_key(struct inode *inode)
{
	struct inode___names *more = (void *)inode;
	struct super_block___names *sb = (void *)BPF_CORE_READ(inode, i_sb);
	u32 magic = BPF_CORE_READ(sb, s_magic);
	bool subvolumes = magic == BTRFS_MAGIC || magic == BCACHEFS_MAGIC;
	struct file_key key = {
		.where = subvolumes ? (u64)inode : (u64)sb,
		.generation = BPF_CORE_READ(more, i_generation),
		.ino = BPF_CORE_READ(inode, i_ino),
	};

	return key;
}

static __always_inline int created(struct dentry *dentry, struct vfsmount *mnt)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct birth birth = { .ts = bpf_ktime_get_ns(), .mnt = mnt };
	struct file_key key;

	if (!inode || !task_wanted())
		return 0;
	key = file_key(inode);
	bpf_map_update_elem(&births, &key, &birth, BPF_ANY);
	return 0;
}

/* Every open comes here at its end, once the file exists. */
KFUNC(do_dentry_open, (void *arg))
{
	struct file___names *f = arg;
	struct file *file = arg;

	if (!(ARG_READ(f, f_mode) & FMODE_CREATED))
		return 0;
	return created(BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
}

/* mknod(2), and servers in the kernel.  The dentry is the third of five arguments (from 5.12 on), or the second of fewer. */
KFUNC_RET(vfs_create, (void *a, void *b, void *c), int ret)
{
	return ret ? 0 : created(vfs_create_nargs > 4 ? c : b, NULL);
}

static __always_inline int begin(struct dentry *dentry, bool replaced, bool ends)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct inode___names *more = (void *)inode;
	struct dying d = {
		.ending.sb = BPF_CORE_READ(dentry, d_sb),
		.replaced = replaced,
	};
	u32 tid = bpf_get_current_pid_tgid();
	bool inside = ending_inside(bpf_map_lookup_elem(&endings, &tid), d.ending.sb);
	struct birth *birth;

	/* it lives on under another name */
	if (!ends || !inode || BPF_CORE_READ(more, i_nlink) > 1 || !task_wanted())
		return 0;
	d.file = file_key(inode);
	birth = bpf_map_lookup_elem(&births, &d.file);
	if (!birth)
		return 0;
	d.birth = *birth;
	if (inside) {
		bpf_map_delete_elem(&births, &d.file);
		return 0;
	}
	if (conf.full_path)
		d.dir = BPF_CORE_READ(dentry, d_parent);
	d.len = read_name(d.name, sizeof(d.name), BPF_CORE_READ(dentry, d_name.name));
	map_put(&endings, &tid, &d);
	return 0;
}

/* Where the file was: on the mount on which it was created, if that still has its file system. */
static __always_inline struct path directory(const struct dying *d)
{
	struct path path = { .dentry = d->dir, .mnt = d->birth.mnt };
	struct vfsmount___names *mnt = (void *)path.mnt;

	/* it isn't mounted there any more, or we don't know where: any mount of it will do */
	if (BPF_CORE_READ(mnt, mnt_sb) != d->ending.sb) {
		path.mnt = BPF_CORE_READ(task_current(), fs, pwd.mnt);
		mnt = (void *)path.mnt;
		if (BPF_CORE_READ(mnt, mnt_sb) != d->ending.sb)
			path.mnt = BPF_CORE_READ(task_current(), fs, root.mnt);
		mnt = (void *)path.mnt;
		if (BPF_CORE_READ(mnt, mnt_sb) != d->ending.sb)
			path.mnt = NULL;
	}
	return path;
}

static __always_inline void report(struct dying *d)
{
	u32 slot = d->replaced ? SLOT_RENAME : SLOT_UNLINK;
	struct life_event *e = scratch_get(&scratch, slot);

	if (!e)
		return;
	event_begin(e);
	e->age = e->ts - d->birth.ts;
	e->replaced = d->replaced;
	e->len = d->len;
	__builtin_memcpy(e->names, d->name, sizeof(d->name));
	if (conf.full_path)
		path_names(slot, directory(d));
	event_output_to(e, names, e->len);
	bpf_map_delete_elem(&births, &d->file);
}

KFUNC(vfs_unlink, (void *a, void *b))
{
	return begin(UNLINK_DENTRY(b), false, true);
}

/* A rename can replace another file. */
KFUNC(vfs_rename, (void *a))
{
	struct renamedata *rd = a;
	bool exchange = vfs_rename_nargs == 1 && BPF_CORE_READ(rd, flags) & RENAME_EXCHANGE;

	return begin(RENAME_NEW(a), true,
		     !exchange && rename_changes(RENAME_OLD(a), RENAME_NEW(a)));
}

ENDING_RET(vfs_unlink)
ENDING_RET(vfs_rename)
