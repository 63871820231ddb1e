// SPDX-License-Identifier: BSD-2-Clause
/* mountsnoop: trace mounts and unmounts.  After BCC's, by Omar Sandoval. */
#include "mountsnoop.h"
#include "errname.h"
#include "mountsnoop.skel.h"
#include "tool.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool detailed;

static const struct probe probes[] = {
	{ "mounts",
	  { "__x64_sys_mount __x64_sys_umount __x64_sys_fsopen __x64_sys_fsconfig "
	    "__x64_sys_fsmount __x64_sys_move_mount",
	    "__arm64_sys_mount __arm64_sys_umount __arm64_sys_fsopen __arm64_sys_fsconfig "
	    "__arm64_sys_fsmount __arm64_sys_move_mount",
	    "mount_enter mount_exit umount_enter umount_exit fsopen_enter fsopen_exit "
	    "fsconfig_enter fsconfig_exit fsmount_enter fsmount_exit move_mount_enter "
	    "move_mount_exit" } },
#ifdef __x86_64__
	{ "mounts by 32-bit programs",
	  { "__ia32_sys_mount __ia32_sys_umount __ia32_sys_fsopen __ia32_sys_fsconfig "
	    "__ia32_sys_fsmount __ia32_sys_move_mount" },
	  .optional = true },
#endif
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_CONTAINER(0),
	OPT_FLAG('d', "detailed", &detailed, "Print each call as a block of lines"),
	{ 0 },
};

/* ---- the call, as in C ---- */

static char line[1 << 17]; /* room for each byte of each string as \xNN */
static size_t line_len;

__attribute__((format(printf, 1, 2))) static void put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_len += vsnprintf(line + line_len, sizeof(line) - line_len, fmt, ap);
	va_end(ap);
}

static void put_char(unsigned char c)
{
	static const char escaped[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";
	const char *at = c ? strchr(escaped, c) : NULL;

	if (at)
		put("\\%c", letters[at - escaped]);
	else if (c >= 0x20 && c <= 0x7e)
		put("%c", c);
	else
		put("\\x%02x", c);
}

static void put_string(const char *s)
{
	put("\"");
	while (*s)
		put_char(*s++);
	put("\"");
}

/* The Nth string of a call. */
static const char *string(const struct mount_event *e, int n)
{
	const char *s = e->text, *end = e->text + e->len;

	for (; n && s < end; n--)
		s += strnlen(s, end - s) + 1;
	return s < end ? s : "";
}

struct flag {
	const char *name;
	u32 bits;
};

static const struct flag mount_flags[] = {
	{ "MS_RDONLY", 1 },
	{ "MS_NOSUID", 2 },
	{ "MS_NODEV", 4 },
	{ "MS_NOEXEC", 8 },
	{ "MS_SYNCHRONOUS", 16 },
	{ "MS_REMOUNT", 32 },
	{ "MS_MANDLOCK", 64 },
	{ "MS_DIRSYNC", 128 },
	{ "MS_NOSYMFOLLOW", 256 },
	{ "MS_NOATIME", 1024 },
	{ "MS_NODIRATIME", 2048 },
	{ "MS_BIND", 4096 },
	{ "MS_MOVE", 8192 },
	{ "MS_REC", 16384 },
	{ "MS_SILENT", 32768 },
	{ "MS_POSIXACL", 1 << 16 },
	{ "MS_UNBINDABLE", 1 << 17 },
	{ "MS_PRIVATE", 1 << 18 },
	{ "MS_SLAVE", 1 << 19 },
	{ "MS_SHARED", 1 << 20 },
	{ "MS_RELATIME", 1 << 21 },
	{ "MS_KERNMOUNT", 1 << 22 },
	{ "MS_I_VERSION", 1 << 23 },
	{ "MS_STRICTATIME", 1 << 24 },
	{ "MS_LAZYTIME", 1 << 25 },
	{ "MS_ACTIVE", 1 << 30 },
	{ "MS_NOUSER", 1U << 31 },
	{ 0 },
};
static const struct flag umount_flags[] = {
	{ "MNT_FORCE", 1 },
	{ "MNT_DETACH", 2 },
	{ "MNT_EXPIRE", 4 },
	{ "UMOUNT_NOFOLLOW", 8 },
	{ 0 },
};
static const struct flag fsopen_flags[] = { { "FSOPEN_CLOEXEC", 1 }, { 0 } };
static const struct flag fsmount_flags[] = { { "FSMOUNT_CLOEXEC", 1 }, { 0 } };
static const struct flag mount_attrs[] = {
	{ "MOUNT_ATTR_RDONLY", 1 },
	{ "MOUNT_ATTR_NOSUID", 2 },
	{ "MOUNT_ATTR_NODEV", 4 },
	{ "MOUNT_ATTR_NOEXEC", 8 },
	{ "MOUNT_ATTR_NOATIME", 0x10 },
	{ "MOUNT_ATTR_STRICTATIME", 0x20 },
	{ "MOUNT_ATTR_NODIRATIME", 0x80 },
	{ "MOUNT_ATTR_IDMAP", 0x100000 },
	{ "MOUNT_ATTR_NOSYMFOLLOW", 0x200000 },
	{ 0 },
};
static const struct flag move_mount_flags[] = {
	{ "MOVE_MOUNT_F_SYMLINKS", 1 },
	{ "MOVE_MOUNT_F_AUTOMOUNTS", 2 },
	{ "MOVE_MOUNT_F_EMPTY_PATH", 4 },
	{ "MOVE_MOUNT_T_SYMLINKS", 0x10 },
	{ "MOVE_MOUNT_T_AUTOMOUNTS", 0x20 },
	{ "MOVE_MOUNT_T_EMPTY_PATH", 0x40 },
	{ "MOVE_MOUNT_SET_GROUP", 0x100 },
	{ "MOVE_MOUNT_BENEATH", 0x200 },
	{ 0 },
};

#define MS_MGC_VAL 0xc0ed0000 /* in the upper half, of programs older than Linux 2.4 */

static void put_flags(u64 value, const struct flag *flags)
{
	const char *separator = "";

	if (flags == mount_flags && (u32)(value & 0xffff0000) == MS_MGC_VAL) {
		put("MS_MGC_VAL");
		separator = "|";
		value &= ~0xffff0000ULL;
	}
	for (; flags->name; flags++)
		if (value & flags->bits) {
			put("%s%s", separator, flags->name);
			separator = "|";
			value &= ~(u64)flags->bits;
		}
	if (value || !*separator)
		put("%s0x%llx", separator, (unsigned long long)value);
}

static const struct flag *flags_of(const struct mount_event *e, u64 *value)
{
	static const struct {
		const struct flag *names;
		int arg;
	} of[CALLS] = {
		[CALL_MOUNT] = { mount_flags, 3 },           [CALL_UMOUNT] = { umount_flags, 1 },
		[CALL_FSOPEN] = { fsopen_flags, 1 },         [CALL_FSMOUNT] = { fsmount_flags, 1 },
		[CALL_MOVE_MOUNT] = { move_mount_flags, 4 },
	};

	*value = e->args[of[e->call].arg];
	if (e->call != CALL_MOUNT)
		*value = (u32)*value;
	return of[e->call].names;
}

static void put_flags_of(const struct mount_event *e)
{
	u64 value;
	const struct flag *names = flags_of(e, &value);

	put_flags(value, names);
}

static void put_command(u32 cmd)
{
	static const char *const names[] = {
		"FSCONFIG_SET_FLAG",   "FSCONFIG_SET_STRING",      "FSCONFIG_SET_BINARY",
		"FSCONFIG_SET_PATH",   "FSCONFIG_SET_PATH_EMPTY",  "FSCONFIG_SET_FD",
		"FSCONFIG_CMD_CREATE", "FSCONFIG_CMD_RECONFIGURE", "FSCONFIG_CMD_CREATE_EXCL",
	};

	if (cmd < sizeof(names) / sizeof(*names))
		put("%s", names[cmd]);
	else
		put("0x%x", cmd);
}

static void put_dfd(s32 fd)
{
	if (fd == -100)
		put("AT_FDCWD");
	else
		put("%d", fd);
}

static void put_result(s32 ret)
{
	const char *name = ret < 0 ? errname(-ret) : NULL;

	if (name)
		put("-%s", name);
	else
		put("%d", ret);
}

static const char *const call_names[CALLS] = { "mount",    "umount",  "fsopen",
					       "fsconfig", "fsmount", "move_mount" };

/*
 * The arguments of each call: 0-3 its strings in their order, a-e an argument that is a
 * number, A-E one that is a directory's descriptor, k a command, f flags, m attributes.
 */
static const char *const shapes[CALLS] = { "012f3", "0f", "0f", "ak01e", "afm", "A0C1f" };

static void put_arg(const struct mount_event *e, char what)
{
	if (what >= '0' && what <= '3')
		put_string(string(e, what - '0'));
	else if (what >= 'a' && what <= 'e')
		put("%d", (s32)e->args[what - 'a']);
	else if (what >= 'A' && what <= 'E')
		put_dfd(e->args[what - 'A']);
	else if (what == 'k')
		put_command(e->args[1]);
	else if (what == 'f')
		put_flags_of(e);
	else
		put_flags((u32)e->args[2], mount_attrs);
}

static void call(struct out *o, const void *rec)
{
	const struct mount_event *e = rec;

	line_len = 0;
	put("%s", call_names[e->call]);
	for (const char *shape = shapes[e->call], *p = shape; *p; p++) {
		put("%s", p == shape ? "(" : ", ");
		put_arg(e, *p);
	}
	put(") = ");
	put_result(e->ret);
	out_strn(o, line, line_len);
}

/* ---- parts of it ---- */

/* Which of a call's strings this is; -1: none. */
enum part { SOURCE, TARGET, FS, DATA, KEY_NAME, VALUE, PARTS };
static const s8 part_of[CALLS][PARTS] = {
	[CALL_MOUNT] = { 0, 1, 2, 3, -1, -1 },       [CALL_UMOUNT] = { -1, 0, -1, -1, -1, -1 },
	[CALL_FSOPEN] = { -1, -1, 0, -1, -1, -1 },   [CALL_FSCONFIG] = { -1, -1, -1, -1, 0, 1 },
	[CALL_FSMOUNT] = { -1, -1, -1, -1, -1, -1 }, [CALL_MOVE_MOUNT] = { 0, 1, -1, -1, -1, -1 },
};

static void put_part(struct out *o, const struct mount_event *e, enum part part)
{
	int n = part_of[e->call][part];

	if (n < 0)
		out_null(o, "");
	else
		out_str(o, string(e, n));
}

#define PART(name, part)                                 \
	static void name(struct out *o, const void *rec) \
	{                                                \
		put_part(o, rec, part);                  \
	}
PART(source, SOURCE)
PART(target, TARGET)
PART(fs, FS)
PART(data, DATA)
PART(key, KEY_NAME)
PART(value, VALUE)

static void name(struct out *o, const void *rec)
{
	out_str(o, call_names[((const struct mount_event *)rec)->call]);
}

static void flags(struct out *o, const void *rec)
{
	u64 value;

	if (flags_of(rec, &value))
		out_uint(o, value);
	else
		out_null(o, "");
}

static void text_part(const struct mount_event *e, enum part part, const char *label)
{
	int n = part_of[e->call][part];

	if (n < 0)
		return;
	line_len = 0;
	put_string(string(e, n));
	text("%-8s%.*s\n", label, (int)line_len - 2, line + 1);
}

static void row_detailed(const void *rec)
{
	const struct mount_event *e = rec;
	time_t when = time_wall(e->ts) / 1000000000;
	char hms[16];
	u64 value;

	strftime(hms, sizeof(hms), "%H:%M:%S", localtime(&when));
	if (given('t'))
		text("%-8s%s\n", "TIME:", hms);
	text("%-8s%u\n%-8s%u\n%-8s", "PID:", e->pid, "TID:", e->tid, "COMM:");
	text_str(e->comm, strnlen(e->comm, COMM_LEN));
	line_len = 0;
	put_result(e->ret);
	text("\n%-8s%s\n%-8s%s\n%-8s%u\n", "OP:", call_names[e->call], "RET:", line,
	     "MNT_NS:", e->mnt_ns);
	text_part(e, FS, "FS:");
	text_part(e, SOURCE, "SOURCE:");
	text_part(e, TARGET, "TARGET:");
	text_part(e, DATA, "DATA:");
	text_part(e, KEY_NAME, "KEY:");
	text_part(e, VALUE, "VALUE:");
	line_len = 0;
	if (flags_of(e, &value)) {
		put_flags_of(e);
		text("%-8s%s\n", "FLAGS:", line);
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
	  HELP("System call with its arguments and its result, or the name of its error") },
	{ COLF("op", 0, name), HELP("Name of the system call"), JSON_ONLY },
	{ COL("ret", 0, mount_event, ret), HELP("Result, or a negative error number; see errno(3)"),
	  JSON_ONLY },
	{ COLF("flags", 0, flags), HELP("Flags as a number"), JSON_ONLY },
	{ COLF("fs", 0, fs), HELP("Type of the file system"), JSON_ONLY },
	{ COLF("source", 0, source), HELP("What is mounted or moved"), JSON_ONLY },
	{ COLF("target", 0, target), HELP("Where"), JSON_ONLY },
	{ COLF("data", 0, data), HELP("Options of the file system"), JSON_ONLY },
	{ COLF("key", 0, key), HELP("Name of a parameter of fsconfig(2)"), JSON_ONLY },
	{ COLF("value", 0, value), HELP("Its value, if that is a string or a path"), JSON_ONLY },
	{ 0 },
};

TOOL(mountsnoop, .summary = "Trace mounts and unmounts.",
     .examples = "Examples:\n"
		 "  mountsnoop          # every mount and unmount\n"
		 "  mountsnoop -P       # and the parent of who does it\n"
		 "  mountsnoop -d       # each in a block of lines\n"
		 "  mountsnoop -- mount -a",
     .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(mount_event, text),
     .row = row_detailed, .row_if = &detailed)
