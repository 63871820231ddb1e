// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "filelife.h"
#include "lib/ending.bpf.h"
#include "lib/event.bpf.h"
#include "lib/path.bpf.h"
#include "lib/task.bpf.h"

#define FMODE_CREATED   0x100000
#define RENAME_EXCHANGE 2

const volatile struct conf conf;

/* A file: not its dentry, which the kernel may forget, nor its name, which may change. */
struct file_key {
	u32 dev, generation;
	u64 ino;
};
struct birth {
	u64 ts;
	struct vfsmount *mnt; /* where it was created; NULL if that is not known */
};
/* The latest files: only those that live long are ever forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768);
	__type(key, struct file_key);
	__type(value, struct birth);
} births SEC(".maps");

struct dying {
	struct ending ending;
	struct file_key file;
	u64 born;
	struct life_event e;
};
enum slots { SLOT_UNLINK, SLOT_RENAME, SLOTS };
EVENT_SCRATCH(struct dying, SLOTS);
PATH_NAMES(dying, e.names, e.len, NAMES_LEN)

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 10240);
	__type(key, u32); /* thread */
	__type(value, struct dying);
} dying SEC(".maps");

static __always_inline struct file_key file_key(struct inode *inode)
{
	struct inode___names *more = (void *)inode;
	struct file_key key = {
		.dev = BPF_CORE_READ(inode, i_sb, s_dev),
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

/* Each open ends here, as soon as the file is there. */
KFUNC(do_dentry_open, (void *arg))
{
	struct file___names *f = arg;
	struct file *file = arg;

	if (!(ARG_READ(f, f_mode) & FMODE_CREATED))
		return 0;
	return created(BPF_CORE_READ(file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
}

/* mknod(2), and servers in the kernel.  The argument before the last was the first until 5.11. */
KFUNC_RET(vfs_create, (void *a, void *b, void *c), int ret)
{
	return ret ? 0 : created(vfs_create_nargs > 4 ? c : b, NULL);
}

static __always_inline void put_names(struct life_event *e, u32 slot, struct dentry *dentry,
				      const struct birth *birth)
{
	struct path start = { .dentry = dentry, .mnt = birth->mnt };
	struct vfsmount___names *mnt = (void *)start.mnt;
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);

	e->len = 0;
	if (!conf.full_path) {
		long n = bpf_probe_read_kernel_str(e->names, PATH_NAME,
						   BPF_CORE_READ(dentry, d_name.name));

		if (n > 0)
			e->len = n;
		return;
	}
	/* if it is not mounted there any more, or that is not known: where it may be */
	if (BPF_CORE_READ(mnt, mnt_sb) != sb) {
		start.mnt = BPF_CORE_READ(task_current(), fs, pwd.mnt);
		mnt = (void *)start.mnt;
		if (BPF_CORE_READ(mnt, mnt_sb) != sb)
			start.mnt = BPF_CORE_READ(task_current(), fs, root.mnt);
	}
	path_names(slot, start);
}

static __always_inline int begin(u32 slot, struct dentry *dentry, bool ends)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	struct inode___names *more = (void *)inode;
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	struct file_key key = {};
	u64 id = bpf_get_current_pid_tgid();
	u32 tid = id;
	struct birth *birth;
	struct dying *d;
	bool inside = ending_inside(bpf_map_lookup_elem(&dying, &tid), sb);

	/* with another name it lives on */
	if (!ends || !inode || BPF_CORE_READ(more, i_nlink) > 1 || !task_wanted())
		return 0;
	key = file_key(inode);
	birth = bpf_map_lookup_elem(&births, &key);
	if (!birth)
		return 0;
	if (inside) {
		bpf_map_delete_elem(&births, &key);
		return 0;
	}
	d = scratch_get(&scratch, slot);
	if (!d)
		return 0;
	d->ending.sb = sb;
	d->ending.depth = 0;
	d->file = key;
	d->born = birth->ts;
	d->e.pid = id >> 32;
	d->e.tid = tid;
	d->e.replaced = slot == SLOT_RENAME;
	bpf_get_current_comm(d->e.comm, sizeof(d->e.comm));
	put_names(&d->e, slot, dentry, birth);
	map_put(&dying, &tid, d);
	return 0;
}

static __always_inline int end(s32 ret)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct dying *d = bpf_map_lookup_elem(&dying, &tid);
	u32 len;

	if (!d || !ending_over(&d->ending))
		return 0;
	len = d->e.len;
	if (!ret) {
		d->e.ts = bpf_ktime_get_ns();
		d->e.age = d->e.ts - d->born;
		if (len <= sizeof(d->e.names))
			event_output(&d->e, offsetof(struct life_event, names) + len);
		bpf_map_delete_elem(&births, &d->file);
	}
	bpf_map_delete_elem(&dying, &tid);
	return 0;
}

KFUNC(vfs_unlink, (void *a, void *b, void *c))
{
	return begin(SLOT_UNLINK, UNLINK_DENTRY(b, c), true);
}

/* A rename may take a name that another file has. */
KFUNC(vfs_rename, (void *a))
{
	struct renamedata *rd = a;
	bool exchange = vfs_rename_nargs == 1 && BPF_CORE_READ(rd, flags) & RENAME_EXCHANGE;

	return begin(SLOT_RENAME, RENAME_NEW(a), !exchange);
}

ENDING_RET(vfs_unlink, end)
ENDING_RET(vfs_rename, end)
