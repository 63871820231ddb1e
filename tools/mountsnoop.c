// SPDX-License-Identifier: BSD-2-Clause
/* mountsnoop: trace mounts and unmounts.  After BCC's, by Omar Sandoval. */
#include "mountsnoop.h"
#include "domain/ctext.h"
#include "main/tool.h"
#include "mountsnoop.skel.h"
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool detailed;
static bool has_setattr, has_tree_attr; /* whether this kernel has them: since 5.12, 6.15 */

static const struct probe probes[] = {
	{ "mounts",
	  { SYSCALL_WAYS(mount, umount, fsopen, fsconfig, fsmount, move_mount) },
	  .rare = true },
	{ "mounts being copied and picked", { SYSCALL_WAYS(open_tree, fspick) }, .rare = true },
	{ "mount_setattr(2)",
	  { SYSCALL_WAYS(mount_setattr) },
	  .optional = true,
	  .wanted = &has_setattr,
	  .rare = true },
	{ "open_tree_attr(2)",
	  { SYSCALL_WAYS(open_tree_attr) },
	  .optional = true,
	  .wanted = &has_tree_attr,
	  .rare = true },
#ifdef __x86_64__
	{ "mounts by 32-bit programs",
	  { SYSCALLS(SYSCALL_WAY_IA32, mount, umount, fsopen, fsconfig, fsmount, move_mount) },
	  .optional = true,
	  .rare = true },
	{ "copies and attributes of mounts by 32-bit programs",
	  { SYSCALLS(SYSCALL_WAY_IA32, open_tree, fspick, mount_setattr, open_tree_attr),
	    SYSCALLS(SYSCALL_WAY_IA32, open_tree, fspick, mount_setattr),
	    SYSCALLS(SYSCALL_WAY_IA32, open_tree, fspick) },
	  .optional = true,
	  .rare = true },
#endif
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_CONTAINER(0),
	OPT_FLAG('d', "detailed", &detailed, "Print each call as a block of lines"),
	{ 0 },
};

static const char *const mount_flags[32] = { "MS_RDONLY",      "MS_NOSUID",
					     "MS_NODEV",       "MS_NOEXEC",
					     "MS_SYNCHRONOUS", "MS_REMOUNT",
					     "MS_MANDLOCK",    "MS_DIRSYNC",
					     "MS_NOSYMFOLLOW", [10] = "MS_NOATIME",
					     "MS_NODIRATIME",  "MS_BIND",
					     "MS_MOVE",        "MS_REC",
					     "MS_SILENT",      "MS_POSIXACL",
					     "MS_UNBINDABLE",  "MS_PRIVATE",
					     "MS_SLAVE",       "MS_SHARED",
					     "MS_RELATIME",    "MS_KERNMOUNT",
					     "MS_I_VERSION",   "MS_STRICTATIME",
					     "MS_LAZYTIME",    [30] = "MS_ACTIVE",
					     "MS_NOUSER" };
static const char *const umount_flags[32] = { "MNT_FORCE", "MNT_DETACH", "MNT_EXPIRE",
					      "UMOUNT_NOFOLLOW" };
static const char *const fsopen_flags[32] = { "FSOPEN_CLOEXEC" };
static const char *const fsmount_flags[32] = { "FSMOUNT_CLOEXEC" };
static const char *const mount_attrs[32] = {
	"MOUNT_ATTR_RDONLY",           "MOUNT_ATTR_NOSUID",       "MOUNT_ATTR_NODEV",
	"MOUNT_ATTR_NOEXEC",           "MOUNT_ATTR_NOATIME",      "MOUNT_ATTR_STRICTATIME",
	[7] = "MOUNT_ATTR_NODIRATIME", [20] = "MOUNT_ATTR_IDMAP", "MOUNT_ATTR_NOSYMFOLLOW"
};
static const char
	*const move_mount_flags[32] = { "MOVE_MOUNT_F_SYMLINKS",      "MOVE_MOUNT_F_AUTOMOUNTS",
					"MOVE_MOUNT_F_EMPTY_PATH",    [4] = "MOVE_MOUNT_T_SYMLINKS",
					"MOVE_MOUNT_T_AUTOMOUNTS",    "MOVE_MOUNT_T_EMPTY_PATH",
					[8] = "MOVE_MOUNT_SET_GROUP", "MOVE_MOUNT_BENEATH" };
#define AT_FLAGS                                                                       \
	[8] = "AT_SYMLINK_NOFOLLOW", [11] = "AT_NO_AUTOMOUNT", [12] = "AT_EMPTY_PATH", \
	[15] = "AT_RECURSIVE"
static const char *const open_tree_flags[32] = { "OPEN_TREE_CLONE",
						 AT_FLAGS, [19] = "OPEN_TREE_CLOEXEC" };
static const char *const fspick_flags[32] = { "FSPICK_CLOEXEC", "FSPICK_SYMLINK_NOFOLLOW",
					      "FSPICK_NO_AUTOMOUNT", "FSPICK_EMPTY_PATH" };
static const char *const setattr_flags[32] = { AT_FLAGS };
static const char *const commands[] = {
	"FSCONFIG_SET_FLAG",   "FSCONFIG_SET_STRING",      "FSCONFIG_SET_BINARY",
	"FSCONFIG_SET_PATH",   "FSCONFIG_SET_PATH_EMPTY",  "FSCONFIG_SET_FD",
	"FSCONFIG_CMD_CREATE", "FSCONFIG_CMD_RECONFIGURE", "FSCONFIG_CMD_CREATE_EXCL",
};

/* The meaning of a call's string. */
enum part { NONE, FS, SOURCE, TARGET, DATA, KEY_NAME, VALUE, PARTS };

/*
 * The arguments of each call: $ is its next string, a-e an argument that is a number,
 * A-E one that is a directory's descriptor, k a command, f flags, m attributes, s a struct
 * mount_attr.
 */
static const struct call {
	const char *name, *shape;
	enum part strings[STRINGS];
	const char *const *flags;
	int flags_arg;
} calls[CALLS + 1] = {
	[CALL_MOUNT] = { "mount", "$$$f$", { SOURCE, TARGET, FS, DATA }, mount_flags, 3 },
	[CALL_UMOUNT] = { "umount", "$f", { TARGET }, umount_flags, 1 },
	[CALL_FSOPEN] = { "fsopen", "$f", { FS }, fsopen_flags, 1 },
	[CALL_FSCONFIG] = { "fsconfig", "ak$$e", { KEY_NAME, VALUE } },
	[CALL_FSMOUNT] = { "fsmount", "afm", {}, fsmount_flags, 1 },
	[CALL_MOVE_MOUNT] = { "move_mount", "A$C$f", { SOURCE, TARGET }, move_mount_flags, 4 },
	[CALL_OPEN_TREE] = { "open_tree", "A$f", { SOURCE }, open_tree_flags, 2 },
	[CALL_FSPICK] = { "fspick", "A$f", { TARGET }, fspick_flags, 2 },
	[CALL_MOUNT_SETATTR] = { "mount_setattr", "A$fse", { TARGET }, setattr_flags, 2 },
	[CALL_OPEN_TREE_ATTR] = { "open_tree_attr", "A$fse", { SOURCE }, open_tree_flags, 2 },
	[CALLS] = { "?", "" },
};

static const struct call *call_of(const struct mount_event *e)
{
	return &calls[e->call < CALLS ? e->call : CALLS];
}

/* The Nth string of a call. */
static const char *string(struct rec r, int n)
{
	struct strings left = REC_STRINGS(r, mount_event, text);
	size_t len;

	while (n-- && strings_next(&left, &len))
		;
	return strings_next(&left, &len) ?: "";
}

/* A call's string with this meaning, or NULL. */
static const char *part(struct rec r, enum part part)
{
	const struct mount_event *e = r.p;

	for (int n = 0; n < STRINGS; n++)
		if (call_of(e)->strings[n] == part)
			return string(r, n);
	return NULL;
}

static u64 flags_of(const struct mount_event *e)
{
	u64 value = e->args[call_of(e)->flags_arg];

	return e->call == CALL_MOUNT ? value : (u32)value;
}

#define MS_MGC_VAL 0xc0ed0000 /* in the upper half, from programs older than Linux 2.4 */

static void put_flags(const struct mount_event *e)
{
	u64 value = flags_of(e);

	if (e->call == CALL_MOUNT && (u32)(value & 0xffff0000) == MS_MGC_VAL) {
		value &= ~0xffff0000ULL;
		out_plain(value ? "MS_MGC_VAL|" : "MS_MGC_VAL");
		if (!value)
			return;
	}
	ctext_flags(value, call_of(e)->flags);
}

/* Print the struct mount_attr, as mountsnoop.bpf.c has stored it. */
static void put_attr(const struct mount_event *e)
{
	out_plain("{attr_set=");
	ctext_flags(e->args[1], mount_attrs);
	out_plain(", attr_clr=");
	ctext_flags(e->args[3], mount_attrs);
	out_plain(", propagation=");
	ctext_flags(e->args[2] >> 32, mount_flags);
	out_plain(", userns_fd=");
	out_plain_int((s32)(e->args[0] >> 32));
	out_plain("}");
}

/* The next of those not put yet; one that the event does not have is empty. */
static void put_string(struct out *o, struct strings *left)
{
	size_t len = 0;
	const char *s = strings_next(left, &len);

	ctext_string(o, s ?: "", len);
}

static void put_arg(struct out *o, const struct mount_event *e, char what, struct strings *strings)
{
	if (what == '$')
		put_string(o, strings);
	else if (what >= 'a' && what <= 'e')
		out_plain_int((s32)e->args[what - 'a']);
	else if (what >= 'A' && what <= 'E')
		ctext_dfd(e->args[what - 'A']);
	else if (what == 'k')
		ctext_name(e->args[1], commands, sizeof(commands) / sizeof(*commands));
	else if (what == 'f')
		put_flags(e);
	else if (what == 's')
		put_attr(e);
	else
		ctext_flags((u32)e->args[2], mount_attrs);
}

static void put_call(struct out *o, struct rec r)
{
	const struct mount_event *e = r.p;
	struct strings strings = REC_STRINGS(r, mount_event, text);

	out_plain(call_of(e)->name);
	out_plain("(");
	for (const char *shape = call_of(e)->shape, *p = shape; *p; p++) {
		if (p > shape)
			out_plain(", ");
		put_arg(o, e, *p, &strings);
	}
	out_plain(") = ");
	ctext_result(e->ret);
}

CELL(call, mount_event, value_written(put_call))
CELL(name, mount_event, value_str(call_of(e)->name))
CELL(source, mount_event, value_maybe(part(r, SOURCE)))
CELL(target, mount_event, value_maybe(part(r, TARGET)))
CELL(fs, mount_event, value_maybe(part(r, FS)))
CELL(data, mount_event, value_maybe(part(r, DATA)))
CELL(key, mount_event, value_maybe(part(r, KEY_NAME)))
CELL(value, mount_event, value_maybe(part(r, VALUE)))

CELL(flags, mount_event, call_of(e)->flags ? value_uint(flags_of(e)) : value_none(""))

static void row_detailed(struct rec r)
{
	static const char *const labels[PARTS] = {
		[FS] = "FS:",     [SOURCE] = "SOURCE:", [TARGET] = "TARGET:",
		[DATA] = "DATA:", [KEY_NAME] = "KEY:",  [VALUE] = "VALUE:"
	};
	const struct mount_event *e = r.p;

	if (given('t'))
		text("%-8s%s\n", "TIME:", time_hms(e->ts));
	text("%-8s%u\n%-8s%u\n%-8s", "PID:", e->pid, "TID:", e->tid, "COMM:");
	text_str(e->comm, strnlen(e->comm, COMM_LEN));
	text("\n%-8s%s\n%-8s", "OP:", call_of(e)->name, "RET:");
	ctext_result(e->ret);
	text("\n%-8s%u\n", "MNT_NS:", e->mnt_ns);
	for (enum part p = FS; p < PARTS; p++) {
		const char *s = part(r, p);

		if (!s)
			continue;
		text("%-8s", labels[p]);
		ctext_escaped(NULL, s, strlen(s));
		text("\n");
	}
	if (call_of(e)->flags) {
		text("%-8s", "FLAGS:");
		put_flags(e);
		text("\n");
	}
	text("\n");
}

static const struct col cols[] = {
	{ COL_TIME(-8, mount_event), HELP("Time of day"),
	  SHOW('t', "timestamp", "Show the time of day") },
	{ COL("COMM", -16, mount_event, comm), HELP("Name of the thread") },
	{ COL("PID", -7, mount_event, pid), HELP("Process ID") },
	{ COL("TID", -7, mount_event, tid), HELP("Thread ID") },
	{ COL("PCOMM", -16, mount_event, pcomm), HELP("Name of the parent"),
	  SHOW('P', "parent-process", "Show the parent process") },
	{ COL("PPID", -7, mount_event, ppid), HELP("Process ID of the parent"), WITH('P') },
	{ COL("MNT_NS", -11, mount_event, mnt_ns), HELP("Inode of the mount namespace") },
	{ COLF("CALL", 0, call),
	  HELP("System call with its arguments and its result or error name") },
	{ COLF("op", 0, name), HELP("Name of the system call"), JSON_ONLY },
	{ COL("ret", 0, mount_event, ret), HELP("Result, or a negative error number; see errno(3)"),
	  JSON_ONLY },
	{ COLF("flags", 0, flags), HELP("Flags as a number"), JSON_ONLY },
	{ COLF("fs", 0, fs), HELP("File system type"), JSON_ONLY },
	{ COLF("source", 0, source), HELP("What is mounted or moved"), JSON_ONLY },
	{ COLF("target", 0, target), HELP("Where it is mounted"), JSON_ONLY },
	{ COLF("data", 0, data), HELP("File system options"), JSON_ONLY },
	{ COLF("key", 0, key), HELP("Name of the parameter set by fsconfig(2)"), JSON_ONLY },
	{ COLF("value", 0, value), HELP("Its value, if a string or a path"), JSON_ONLY },
	{ 0 },
};

/* Does the kernel have this call?  Its arguments are all invalid, so it does nothing. */
static bool has_call(long number)
{
	return syscall(number, -1, NULL, -1, NULL, 0) >= 0 || errno != ENOSYS;
}

static void parsed(void)
{
	has_setattr = has_call(442);
	has_tree_attr = has_call(467);
}

TOOL(mountsnoop, .summary = "Trace mounts and unmounts.",
     .examples = "Examples:\n"
		 "  mountsnoop          # every mount and unmount\n"
		 "  mountsnoop -P       # with the parent process\n"
		 "  mountsnoop -d       # a block of lines for each\n"
		 "  mountsnoop -- mount -a",
     .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(mount_event, text, TAIL_NONE),
     .row = row_detailed, .row_if = &detailed, .parsed = parsed)
