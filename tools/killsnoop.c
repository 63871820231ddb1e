// SPDX-License-Identifier: BSD-2-Clause
/* killsnoop, sigsnoop: signals, and the calls that send them.  After BCC's, by Brendan Gregg and Hengqi Chen. */
#include "killsnoop.h"
#include "domain/signame.h"
#include "killsnoop.skel.h"
#include "main/tool.h"
#include "output/recording.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct conf conf;
static bool all_signals; /* called as sigsnoop */
static bool names;

static const struct probe probes[] = {
	{ "signals", { "generated" } },
	{ "calls that send signals",
	  { SYSCALL_WAYS(kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo,
			 pidfd_send_signal) },
	  .wanted = &conf.calls },
#ifdef __x86_64__
	{ "such calls by 32-bit programs",
	  { "__ia32_sys_kill __ia32_sys_tkill __ia32_sys_tgkill __ia32_compat_sys_rt_sigqueueinfo "
	    "__ia32_compat_sys_rt_tgsigqueueinfo __ia32_sys_pidfd_send_signal" },
	  .optional = true,
	  .wanted = &conf.calls },
#else
	{ "rt_sigqueueinfo by 32-bit programs",
	  { "__arm64_compat_sys_rt_sigqueueinfo __arm64_compat_sys_rt_tgsigqueueinfo" },
	  .optional = true,
	  .wanted = &conf.calls },
#endif
	{ 0 },
};

static void add_signal(const char *word)
{
	if (*word >= '0' && *word <= '9') {
		u64 n = parse_u64(word, "signal", 0, 64);

		if (n)
			conf.signals |= 1ull << (n & 63);
		else
			conf.null_signal = true;
		return;
	}
	if (!strncasecmp(word, "SIG", 3))
		word += 3;
	for (int i = 1; i <= 64; i++)
		if (signame(i) && !strcasecmp(signame(i), word)) {
			conf.signals |= 1ull << (i & 63);
			return;
		}
	usage_error("there is no signal '%s'", word);
}

static void set_signals(const char *arg)
{
	parse_words(arg, add_signal);
}

static void set_target(const char *arg)
{
	conf.target = parse_u64(arg, "tpid", 1, 1 << 22);
}

static void only_calls(const char *arg)
{
	(void)arg;
	all_signals = false;
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_CALL('T', "tpid", "PID", set_target, "Trace only signals to this process"),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_CALL('s', "signal", "LIST", set_signals,
		 "Trace only these signals, by number or name: 9,TERM"),
	OPT_FLAG('x', "failed", &conf.failed,
		 "Show only calls that fail; as sigsnoop, signals that are not delivered"),
	OPT_FLAG('n', "name", &names, "Show the names of signals, not their numbers"),
	OPT_CALL('k', "kill", NULL, only_calls,
		 "As sigsnoop, trace the calls that send signals, as killsnoop does"),
	{ 0 },
};

static const char *const bys[SIGNAL_BYS] = {
	[BY_KILL] = "kill",
	[BY_TKILL] = "tkill",
	[BY_TGKILL] = "tgkill",
	[BY_SIGQUEUE] = "rt_sigqueueinfo",
	[BY_TGSIGQUEUE] = "rt_tgsigqueueinfo",
	[BY_PIDFD] = "pidfd_send_signal",
	[BY_PROCESS] = "process",
	[BY_KERNEL] = "kernel",
};
CELL(by, signal_event, value_str(NAME_OF(bys, e->by)))

static const char *const outcomes[] = { "delivered", "ignored", "already pending", "no room",
					"information lost" };

static struct value outcome(struct rec r)
{
	const struct signal_event *e = r.p;

	if (e->by >= SIGNAL_CALLS)
		return value_str(NAME_OF(outcomes, e->ret));
	return value_str(e->ret < 0 ? "failed" : "sent");
}

/* "SIGKILL" */
static const char *long_name(u64 sig)
{
	static char name[24];

	snprintf(name, sizeof(name), "SIG%s", signame(sig));
	return name;
}
static const struct value_kind kind_signal = KIND_NAMED(long_name);

static struct value sig(const void *s32_sig)
{
	s32 n = *(const s32 *)s32_sig;

	return names && signame(n) ? value_as(&kind_signal, n) : value_int(n);
}

CELL(sig_name, signal_event, value_maybe(signame(e->sig)))
CELL(target, signal_event, !e->target && e->by == BY_PIDFD ? value_none("?") : value_int(e->target))

/* The widths are those of killsnoop. */
enum { TIME, PID, COMM, SIG, TPID, TCOMM };
static struct col cols[] = {
	[TIME] = { COL_TIME(-9, signal_event), HELP("Time of day") },
	[PID] = { COL("PID", -8, signal_event, pid),
		  HELP("Process that sent it; for some signals of the kernel's, the one that "
		       "happened to run") },
	[COMM] = { COL("COMM", -16, signal_event, comm), HELP("Name of the thread that sent it") },
	[SIG] = { COL_OF(sig, "SIG", -4, signal_event, sig), HELP("Signal: number or name") },
	[TPID] = { COLF("TPID", -8, target), FIELD(signal_event, target),
		   HELP("Process that it is for; from kill(2) also 0, -1 or the negative ID of a "
			"process group") },
	[TCOMM] = { COL("TCOMM", -16, signal_event, tcomm), NONE(""),
		    HELP("Name of that process (as sigsnoop; JSON: always); empty if none was "
			 "reached, or several") },
	{ COL("RESULT", 0, signal_event, ret),
	  HELP("Result of the call, a negative error number or 0; of a signal, 0: delivered, 1: "
	       "ignored, 2: "
	       "already pending, 3: no room for more, 4: delivered, but not its details") },
	{ COL("tid", 0, signal_event, tid), HELP("Thread that sent it"), JSON_ONLY },
	{ COL("ttid", 0, signal_event, thread), NONE(""),
	  HELP("Thread that it is for; null if it is for the whole process"), JSON_ONLY },
	{ COLF("signal", 0, sig_name), HELP("Name of the signal; null for 0, or if there is none"),
	  JSON_ONLY },
	{ COLF("by", 0, by), HELP("The system call; as sigsnoop, process or kernel"), JSON_ONLY },
	{ COLF("outcome", 0, outcome), HELP("RESULT in words"), JSON_ONLY },
	{ COL("code", 0, signal_event, code),
	  HELP("As sigsnoop, the signal's si_code, see sigaction(2); else 0"), JSON_ONLY },
	{ 0 },
};

static void called_as(struct tool *me, const char *name)
{
	(void)me;
	cols[TCOMM].flags = COL_JSON_ONLY;
	if (strcmp(name, "sigsnoop"))
		return;
	all_signals = true;
	cols[TIME].width = -8;
	cols[PID].width = cols[TPID].width = -7;
	cols[SIG].width = -12;
	cols[TCOMM].flags = 0;
}

/* BCC's columns for PIDs are one wider than the longest. */
static void parsed(void)
{
	FILE *f = replay_path ? NULL : fopen("/proc/sys/kernel/pid_max", "re");
	char digits[32];

	conf.calls = !all_signals;
	if (names)
		cols[SIG].width = -12;
	if (f && fgets(digits, sizeof(digits), f) && cols[TIME].width == -9)
		cols[PID].width = cols[TPID].width = -(int)strcspn(digits, "\n") - 1;
	if (f)
		fclose(f);
}

static const char *const aliases[] = { "sigsnoop", NULL };

TOOL(killsnoop, .summary = "Trace signals, and the calls that send them.",
     .examples =
	     "Examples:\n"
	     "  killsnoop              # who calls kill(2) and its kin?\n"
	     "  killsnoop -x           # calls that fail\n"
	     "  killsnoop -n -s KILL   # who kills?\n"
	     "  sigsnoop -T 181        # all signals that process 181 gets, also from the kernel",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(signal_event),
     .aliases = aliases, .called_as = called_as, .parsed = parsed)
