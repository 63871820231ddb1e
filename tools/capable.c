// SPDX-License-Identifier: BSD-2-Clause
/* capable: trace checks of capabilities.  After BCC's, by Brendan Gregg. */
#include "capable.h"
#include "capable.skel.h"
#include "main/tool.h"
#include "symbols/stack.h"
#include <string.h>
#include <unistd.h>

static struct conf conf;

static const struct probe probes[] = {
	{ "checks of capabilities", { "cap_capable", "cap_checked" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('v', "verbose", &conf.all, "Also show checks that the kernel doesn't audit"),
	OPT_PID,
	OPT_UID,
	OPT_FLAG('K', "kernel-stack", &conf.kernel_stack,
		 "Show the kernel functions that led to the check"),
	OPT_FLAG('U', "user-stack", &conf.user_stack,
		 "Show the program's functions that led to the check"),
	OPT_USER_FRAMES,
	OPT_FLAG('d', "denied", &conf.denied, "Show only checks that fail"),
	OPT_FLAG(
		0, "unique", &conf.unique,
		"Show a check only once for each process, or with --cgroup or --cgroupmap for each "
		"cgroup; with -K or -U, once for each stack"),
	OPT_CONTAINER('c'),
	{ 0 },
};

/* From linux/capability.h. */
static const char *const names[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST",
	"CAP_NET_ADMIN",
	"CAP_NET_RAW",
	"CAP_IPC_LOCK",
	"CAP_IPC_OWNER",
	"CAP_SYS_MODULE",
	"CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE",
	"CAP_SYS_PACCT",
	"CAP_SYS_ADMIN",
	"CAP_SYS_BOOT",
	"CAP_SYS_NICE",
	"CAP_SYS_RESOURCE",
	"CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG",
	"CAP_MKNOD",
	"CAP_LEASE",
	"CAP_AUDIT_WRITE",
	"CAP_AUDIT_CONTROL",
	"CAP_SETFCAP",
	"CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN",
	"CAP_SYSLOG",
	"CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND",
	"CAP_AUDIT_READ",
	"CAP_PERFMON",
	"CAP_BPF",
	"CAP_CHECKPOINT_RESTORE",
};

static bool told(const struct cap_event *e)
{
	return !(e->opts & CAP_OPTS_UNTOLD);
}

static struct value yes_no(const struct cap_event *e, bool is)
{
	return told(e) ? value_bool(is, is ? "1" : "0") : value_none("N/A");
}

static struct stack kernel_stack(struct rec r)
{
	static u64 frames[EVENT_FRAMES];
	const struct cap_event *e = r.p;
	size_t n = (r.len - offsetof(struct cap_event, frames)) / sizeof(*frames);

	memcpy(frames, e->frames, n * sizeof(*frames));
	return (struct stack){ .addrs = frames, .n = n, .ts = e->ts };
}

CELL(name, cap_event, value_str(NAME_OF(names, e->cap)))
CELL(audit, cap_event, yes_no(e, !(e->opts & CAP_OPT_NOAUDIT)))
CELL(insetid, cap_event, yes_no(e, e->opts &CAP_OPT_INSETID))
CELL(verdict, cap_event, value_str(e->result ? "deny" : "allow"))
CELL(error, cap_event, value_uint(ret_error(e->result)))
CELL(kernel_frames, cap_event, stack_value(kernel_stack(r), "        "))
CELL(user_frames, cap_event, stack_value(stack_of_event(e->ts, e->pid, e->tid), "        "))

static const struct col cols[] = {
	{ COL_TIME(-9, cap_event), HELP("Time of day") },
	{ COL("UID", -6, cap_event, uid), HELP("User ID") },
	{ COL("PID", -6, cap_event, pid), HELP("Process ID") },
	{ COL("TID", -6, cap_event, tid), HELP("Thread ID"),
	  SHOW('x', "extra-fields", "Also show the thread and INSETID") },
	{ COL("COMM", -16, cap_event, comm), HELP("Name of the thread") },
	{ COL("CAP", -4, cap_event, cap), HELP("Number of the capability") },
	{ COLF("NAME", -20, name), HELP("Name of the capability, or ?; see capabilities(7)") },
	{ COLF("AUDIT", -6, audit),
	  HELP("Is the check one that counts as use of the capability?  0: only with -v; N/A: the "
	       "kernel does not tell") },
	{ COLF("INSETID", -7, insetid),
	  HELP("Was the check made by a setid system call, such as setuid(2)?"), WITH('x') },
	{ COLF("VERDICT", 0, verdict), HELP("allow or deny"),
	  SHOW('r', "result", "Show whether the check was passed") },
	{ COLF("errno", 0, error), HELP("The error's number, or 0"), JSON_ONLY },
	{ COL("userns", 0, cap_event, userns),
	  HELP("User namespace that the capability was asked for in: its inode number"),
	  JSON_ONLY },
	{ COLF("kernel_stack", 0, kernel_frames),
	  HELP("Kernel functions that led to the check, innermost first"), .opt = 'K',
	  .flags = COL_BELOW | COL_ONLY_IF },
	{ COLF("user_stack", 0, user_frames),
	  HELP("Functions of the program that led to the check, innermost first"), .opt = 'U',
	  .flags = COL_BELOW | COL_ONLY_IF },
	{ 0 },
};

static void parsed(void)
{
	stack_show.user_events = conf.user_stack;
}

static void prepare(void *skel)
{
	(void)skel;
	conf.self = getpid();
	stack_show.from_probe = true;
	stack_show.style = FRAME_OFFSET | FRAME_MODULE;
}

/* Functions get names even after their process has ended. */
static int side_open(void)
{
	return conf.user_stack ? stack_watch() : -1;
}

TOOL(capable, .summary = "Trace checks of capabilities.",
     .examples = "Examples:\n"
		 "  capable                 # every check that counts as use\n"
		 "  capable -v              # also those that only probe\n"
		 "  capable -d              # what was denied\n"
		 "  capable --unique -p 181 # which ones process 181 needs\n"
		 "  capable -KU             # with the functions that led to each",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols,
     EVENTS_TO(cap_event, frames, TAIL_BYTES), .parsed = parsed, .prepare = prepare,
     .side_open = side_open, .side_read = stack_watched)
