// SPDX-License-Identifier: BSD-2-Clause
/* shmsnoop: trace System V shared memory.  After BCC's, by Jiri Olsa. */
#include "shmsnoop.h"
#include "main/tool.h"
#include "shmsnoop.skel.h"

static struct conf conf;

static const struct probe probes[] = {
	{ "calls of shmget, shmat, shmdt and shmctl",
	  { SYSCALL_WAYS(shmget, shmat, shmdt, shmctl) },
	  .rare = true },
#ifdef __x86_64__
	{ "calls of 32-bit programs",
	  { "__ia32_sys_shmget __ia32_compat_sys_shmat __ia32_sys_shmdt __ia32_compat_sys_shmctl "
	    "__ia32_compat_sys_ipc" },
	  .optional = true,
	  .rare = true },
#else
	{ "calls of 32-bit programs",
	  { "__arm64_compat_sys_shmat __arm64_compat_sys_old_shmctl" },
	  .optional = true,
	  .rare = true },
#endif
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_DURATION('d'),
	OPT_COMM('n', "name"),
	OPT_FLAG('x', "failed", &conf.failed, "Show only failed calls"),
	{ 0 },
};

static const char *const calls[SHM_CALLS] = { "SHMGET", "SHMAT", "SHMDT", "SHMCTL" };

static const char *const commands[] = {
	[0] = "IPC_RMID",  [1] = "IPC_SET",   [2] = "IPC_STAT",
	[3] = "IPC_INFO",  [11] = "SHM_LOCK", [12] = "SHM_UNLOCK",
	[13] = "SHM_STAT", [14] = "SHM_INFO", [15] = "SHM_STAT_ANY",
};

#define IPC_64 0x100 /* which version of the buffer the caller knows */

#define HUGE_SHIFT   26
#define HUGE_MASK    (63u << HUGE_SHIFT)
#define SHM_HUGETLB_ 04000u

static const struct flag {
	u32 mask, value;
	const char *name;
} get_flags[] = {
	{ 01000, 01000, "IPC_CREAT" },
	{ 02000, 02000, "IPC_EXCL" },
	{ SHM_HUGETLB_, SHM_HUGETLB_, "SHM_HUGETLB" },
	{ HUGE_MASK, 21u << HUGE_SHIFT, "SHM_HUGE_2MB" },
	{ HUGE_MASK, 30u << HUGE_SHIFT, "SHM_HUGE_1GB" },
	{ 010000, 010000, "SHM_NORESERVE" },
	{ 0100000, 0100000, "SHM_EXEC" },
	{ 0 },
}, at_flags[] = {
	{ 010000, 010000, "SHM_RDONLY" },
	{ 020000, 020000, "SHM_RND" },
	{ 040000, 040000, "SHM_REMAP" },
	{ 0100000, 0100000, "SHM_EXEC" },
	{ 0 },
};

/* 0x3a4 (IPC_CREAT|0644); without names 0x0. */
static void put_flags(u32 value, const struct flag *flags)
{
	const char *sep = " (";

	text("0x%x", value);
	if (!value)
		return;
	for (; flags->name; flags++) {
		if ((value & flags->mask) != flags->value)
			continue;
		text("%s%s", sep, flags->name);
		value &= ~flags->mask;
		sep = "|";
	}
	if (value)
		text("%s0%o", sep, value);
	text(")");
}

static const char *command_name(const struct shm_event *e)
{
	return NAME_OF(commands, e->flags & ~IPC_64);
}

static void put_args(struct out *o, struct rec r)
{
	const struct shm_event *e = r.p;

	(void)o;
	switch (e->call) {
	case SHM_GET:
		text("key: 0x%x, size: %llu, shmflg: ", e->id, e->size);
		put_flags(e->flags, get_flags);
		break;
	case SHM_AT:
		text("shmid: 0x%x, shmaddr: 0x%llx, shmflg: ", e->id, e->addr);
		put_flags(e->flags, at_flags);
		break;
	case SHM_DT:
		text("shmaddr: 0x%llx", e->addr);
		break;
	case SHM_CTL:
		text("shmid: 0x%x, cmd: %u (%s), buf: 0x%llx", e->id, e->flags, command_name(e),
		     e->addr);
		break;
	}
}

static bool is(const struct shm_event *e, u32 call)
{
	return e->call == call;
}

static bool failed(const struct shm_event *e)
{
	return e->ret < 0 && e->ret >= -4095;
}

static struct value if_so(bool so, u64 n)
{
	return so ? value_uint(n) : value_none("");
}

CELL(call, shm_event, value_str(NAME_OF(calls, e->call)))
CELL(ret, shm_event, value_int(e->ret))
CELL(error, shm_event, value_uint(failed(e) ? -e->ret : 0))
CELL(args, shm_event, value_written(put_args))
CELL(key, shm_event, if_so(is(e, SHM_GET), e->id))
CELL(size, shm_event, if_so(is(e, SHM_GET), e->size))
CELL(shmid, shm_event, if_so(is(e, SHM_AT) || is(e, SHM_CTL), e->id))
CELL(shmaddr, shm_event, if_so(is(e, SHM_AT) || is(e, SHM_DT), e->addr))
CELL(shmflg, shm_event, if_so(is(e, SHM_GET) || is(e, SHM_AT), e->flags))
CELL(cmd, shm_event, is(e, SHM_CTL) ? value_str(command_name(e)) : value_none(""))
CELL(buf, shm_event, if_so(is(e, SHM_CTL), e->addr))

static const struct col cols[] = {
	{ COL_TIME_S(-13, shm_event), HELP("Seconds since the first call"),
	  SHOW('T', "timestamp", "Show the time of the call") },
	{ COL("PID", -6, shm_event, pid), HELP("Process ID"), UNLESS('t') },
	{ COL("TID", -6, shm_event, tid), HELP("Thread ID, with -t"), WITH('t') },
	{ COL("COMM", -16, shm_event, comm), HELP("Name of the thread") },
	{ COLF("SYS", 6, call), HELP("System call: SHMGET, SHMAT, SHMDT or SHMCTL") },
	{ COL_AS(kind_hex, "RET", 16, shm_event, ret),
	  HELP("Its result in hexadecimal: an ID, an address, 0, or the error's number, negative"),
	  .flags = COL_TEXT_ONLY },
	{ COLF("ret", 0, ret), HELP("Its result: an ID, an address, 0, or a negative errno"),
	  JSON_ONLY },
	{ COLF("errno", 0, error), HELP("The error's number, or 0"), JSON_ONLY },
	{ COLF("ARGs", 0, args), HELP("Its arguments"), .flags = COL_TEXT_ONLY },
	{ COLF("key", 0, key), HELP("Key of shmget(2); else null, as the next ones"), JSON_ONLY },
	{ COLF("size", 0, size), HELP("Bytes of shmget(2)"), JSON_ONLY },
	{ COLF("shmid", 0, shmid), HELP("ID of shmat(2) and shmctl(2)"), JSON_ONLY },
	{ COLF("shmaddr", 0, shmaddr), HELP("Address of shmat(2) and shmdt(2)"), JSON_ONLY },
	{ COLF("shmflg", 0, shmflg), HELP("Flags of shmget(2) and shmat(2)"), JSON_ONLY },
	{ COLF("cmd", 0, cmd), HELP("Command of shmctl(2), such as IPC_RMID, or ?"), JSON_ONLY },
	{ COLF("buf", 0, buf), HELP("Address of its buffer"), JSON_ONLY },
	{ 0 },
};

TOOL(shmsnoop, .summary = "Trace System V shared memory.",
     .examples = "Examples:\n"
		 "  shmsnoop             # every call\n"
		 "  shmsnoop -T          # with the time\n"
		 "  shmsnoop -x          # only calls that fail\n"
		 "  shmsnoop -p 181      # by process 181\n"
		 "  shmsnoop -n postgres # by threads with such a name",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(shm_event))
