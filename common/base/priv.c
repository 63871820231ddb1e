// SPDX-License-Identifier: BSD-2-Clause
#include "base/priv.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static u64 kept, kept_as_user;
static const char *written[2]; /* the folders where files are opened or replaced later */

struct caps {
	u64 effective, permitted;
};

static struct caps caps_get(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {};

	if (syscall(SYS_capget, &h, d))
		err(1, "cannot read the capabilities");
	return (struct caps){ d[0].effective | (u64)d[1].effective << 32,
			      d[0].permitted | (u64)d[1].permitted << 32 };
}

static void caps_set(struct caps c)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ .effective = c.effective, .permitted = c.permitted },
		{ .effective = c.effective >> 32, .permitted = c.permitted >> 32 },
	};

	if (syscall(SYS_capset, &h, d))
		err(1, "cannot drop capabilities");
}

bool priv_has(int cap)
{
	return caps_get().effective >> cap & 1;
}

void priv_keep(int cap)
{
	kept |= 1ull << cap;
}

void priv_keep_unless_root(int cap)
{
	kept_as_user |= 1ull << cap;
}

void priv_writes(const char *dir)
{
	written[written[0] ? 1 : 0] = dir;
}

/* May this process query its own map with no capability in effect? */
static bool map_needs_cap(int map_fd)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);

	return map_fd >= 0 && bpf_obj_get_info_by_fd(map_fd, &info, &len) && errno == EPERM;
}

/* ---- the user ---- */

/*
 * Not "nobody", whose other processes could send us signals: one of those that systemd gives to services
 * (DynamicUser=), which another tool hardly has at the same time.
 */
#define FIRST_USER 61184
#define N_USERS    4336

/* Become a user that nobody else is, and keep the capabilities.  False if that is not possible or not wanted. */
static bool leave_root(u64 had)
{
	const u64 needed = 1ull << CAP_SETUID | 1ull << CAP_SETGID | kept;
	uid_t user = FIRST_USER + getpid() % N_USERS;

	if (geteuid() || written[0] || (had & needed) != needed)
		return false;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		err(1, "cannot give up privileges");
	/* In a user namespace there may be no such user, and no way to leave groups. */
	return !setgroups(0, NULL) && !setresgid(user, user, user) && !setresuid(user, user, user);
}

/* ---- system calls ---- */

#ifdef __aarch64__
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#define OUR_ARCH AUDIT_ARCH_X86_64
#endif

/* What no tool does once it traces. */
static const u16 denied[] = {
	SYS_execve,
	SYS_execveat,
	/* other processes */
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_kcmp,
	438 /* pidfd_getfd */,
	/* connections; io_uring can do what is denied here */
	SYS_socket,
	SYS_socketpair,
	SYS_bind,
	SYS_connect,
	SYS_listen,
	SYS_accept,
	SYS_accept4,
	425 /* io_uring_setup */,
	/* the system */
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_setns,
	SYS_unshare,
	428 /* open_tree */,
	429 /* move_mount */,
	430 /* fsopen */,
	432 /* fsmount */,
	433 /* fspick */,
	442 /* mount_setattr */,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_reboot,
	SYS_swapon,
	SYS_swapoff,
	SYS_acct,
	SYS_quotactl,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	SYS_userfaultfd,
	SYS_perf_event_open,
#ifdef __x86_64__
	SYS_iopl,
	SYS_ioperm,
#endif
};

/* What changes files, unless priv_writes() was called. */
static const u16 changes[] = {
	SYS_truncate,  SYS_mkdirat,     SYS_mknodat,      SYS_unlinkat,     SYS_symlinkat,
	SYS_linkat,    SYS_renameat,    SYS_renameat2,    SYS_fchmod,       SYS_fchmodat,
	SYS_fchown,    SYS_fchownat,    SYS_utimensat,    SYS_setxattr,     SYS_lsetxattr,
	SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
#ifdef __x86_64__
	SYS_creat,     SYS_mkdir,       SYS_mknod,        SYS_unlink,       SYS_rmdir,
	SYS_symlink,   SYS_link,        SYS_rename,       SYS_chmod,        SYS_chown,
	SYS_lchown,    SYS_utime,       SYS_utimes,       SYS_futimesat,
#endif
};

static struct sock_filter filter[512];
static u16 n_filter;

static void add(u16 code, u32 k, u8 yes, u8 no)
{
	filter[n_filter++] = (struct sock_filter){ code, yes, no, k };
}

static void answer(u32 error)
{
	add(BPF_RET | BPF_K, error ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_ALLOW, 0, 0);
}

static void load_field(u32 offset)
{
	add(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void deny(u32 call, u32 error)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
	answer(error);
}

/* Deny a call if its argument has one of these bits; else allow it. */
static void deny_bits(u32 call, int arg, u32 bits)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
	load_field(offsetof(struct seccomp_data, args) + 8 * arg); /* its low half: little-endian */
	add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	answer(EPERM);
	answer(0);
}

static void filter_calls(bool names_functions)
{
	struct sock_fprog program = { .filter = filter };

	load_field(offsetof(struct seccomp_data, arch));
	add(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	answer(EPERM);
	load_field(offsetof(struct seccomp_data, nr));
	add(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* x32 has other numbers */
	answer(EPERM);
	for (size_t i = 0; i < sizeof(denied) / sizeof(*denied); i++)
		deny(denied[i], EPERM);
	deny(435 /* clone3 */, ENOSYS); /* then libc uses clone */
	if (!written[0]) {
		for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
			deny(changes[i], EPERM);
		deny_bits(SYS_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
#ifdef SYS_open
		deny_bits(SYS_open, 1, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
#endif
	}
	/* Its flags are in memory, so they can't be seen here; who can't do without it keeps it. */
	if (!written[0] && !names_functions)
		deny(437 /* openat2 */, EPERM);
	deny_bits(SYS_clone, 0, CLONE_NEWUSER);
	answer(0);
	program.len = n_filter;
	/* A kernel can be without: the rest must do then. */
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/* ---- Landlock ---- */

/* From linux/landlock.h, which not every system has. */
enum {
	LL_EXECUTE = 1 << 0,
	LL_WRITE_FILE = 1 << 1,
	LL_REMOVE_DIR = 1 << 4,
	LL_REMOVE_FILE = 1 << 5,
	LL_MAKE_REG = 1 << 8,
	LL_MAKE_ANY = 0x7f << 6, /* of any kind */
};

/* Changes, of those handled, are allowed in these folders only.  By trial: it may be missing, or not be enabled. */
static void allow_changes(u64 handled, u64 allowed, const char *const *dirs, int n)
{
	struct {
		u64 allowed;
		s32 dir;
	} __attribute__((packed)) rule = { allowed, -1 };
	int rules = syscall(444 /* landlock_create_ruleset */, &handled, sizeof(handled), 0);
	bool ok = true;

	if (rules < 0)
		return;
	for (int i = 0; i < n && dirs[i] && ok; i++) {
		rule.dir = open(dirs[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		ok = rule.dir >= 0 &&
		     !syscall(445 /* landlock_add_rule */, rules, 1 /* PATH_BENEATH */, &rule, 0);
		if (rule.dir >= 0)
			close(rule.dir);
	}
	if (ok)
		syscall(446 /* landlock_restrict_self */, rules, 0);
	close(rules);
}

#define LL_CHANGES (LL_EXECUTE | LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_ANY)

static void forbid_changes(void)
{
	allow_changes(LL_CHANGES, LL_WRITE_FILE | LL_REMOVE_FILE | LL_MAKE_REG, written, 2);
}

void priv_drop_all(const char *dir)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "cannot give up privileges");
	caps_set((struct caps){ 0 });
	allow_changes(LL_CHANGES, LL_CHANGES & ~LL_EXECUTE, &dir, 1);
}

void priv_unpreempted(bool on)
{
	static int policy = -1; /* what it was before */
	struct sched_param least = { .sched_priority = 1 }, none = { 0 };

	if (on) {
		policy = sched_getscheduler(0);
		if (policy != SCHED_OTHER && policy != SCHED_BATCH && policy != SCHED_IDLE)
			policy = -1;
		if (policy >= 0 && sched_setscheduler(0, SCHED_FIFO, &least))
			policy = -1;
	} else if (policy >= 0) {
		sched_setscheduler(0, policy, &none);
	}
}

void priv_drop(int map_fd)
{
	struct caps had = caps_get(), c = had;
	bool names_functions = kept & 1ull << CAP_SYS_PTRACE;

	if (priv_has(CAP_SYS_NICE)) /* the command has been forked, and inherits no part of it */
		setrlimit(RLIMIT_RTPRIO, &(struct rlimit){ 1, 1 }); /* for priv_unpreempted() */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "cannot give up privileges");
	if (leave_root(had.effective))
		kept |= kept_as_user;
	c.effective = 0;
	caps_set(c);
	if (map_needs_cap(map_fd))
		kept |= had.effective & (1ull << CAP_BPF) ? 1ull << CAP_BPF : 1ull << CAP_SYS_ADMIN;
	c.effective = c.permitted = had.effective & kept;
	caps_set(c);
	if (!names_functions)
		forbid_changes();
	filter_calls(names_functions);
}
