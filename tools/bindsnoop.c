// SPDX-License-Identifier: BSD-2-Clause
/* bindsnoop: trace sockets that are bound to addresses.  After BCC's, by Pavel Dubovitsky. */
#include "bindsnoop.h"
#include "bindsnoop.skel.h"
#include "domain/net.h"
#include "main/tool.h"
#include <string.h>

static struct conf conf;
static bool wide;
static struct tool *tool;

static const struct probe probes[] = {
	{ "binds", { "inet_bind" }, .rare = true },
	{ "binds of IPv6 sockets", { "inet6_bind" }, .optional = true, .rare = true },
	/* A kernel without the first has no such sockets. */
	{ "binds of Multipath TCP", { "mptcp_bind", "inet_bind" }, .rare = true },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('w', "wide", &wide,
		 "Make room for IPv6 addresses, and with -E for error messages"),
	OPT_PID,
	OPT_LPORTS('P', "port"),
	OPT_FAMILY,
	OPT_UID,
	OPT_FLAG(0, "count", &conf.count, "Count binds by address and port, and report at the end"),
	OPT_CONTAINER(0),
	OPT_NETNS(0, "netns"),
	{ 0 },
};

CELL(code, bind_event, value_int(-e->result))
CELL(message, bind_event, value_str(strerror(e->result)))
CELL(protocol, bind_event, value_str(ip_protocol_name(e->protocol)))

/* A letter for each option that is set, in the order of enum bind_option, else a dot. */
static const char *letters(u32 options)
{
	static const char all[] = "FTNRr";
	static char text[sizeof(all)];

	for (int i = 0; i < 5; i++)
		text[i] = options & 1u << i ? all[i] : '.';
	return text;
}
CELL(options, bind_event, value_str(letters(e->options)))

enum { TIME, UID, RC, PID, TID, COMM, PROT, ADDR };
static struct col cols[] = {
	[TIME] = { COL_TIME_S6(-9, bind_event), HELP("Time in seconds since the first row"),
		   SHOW('t', "timestamp", "Show the time in seconds") },
	[UID] = { COL("UID", 6, bind_event, uid), HELP("User ID"),
		  SHOW('U', "print-uid", "Show the user") },
	[RC] = { COLF("RC", 3, code),
		 HELP("0, or the error's number, negative; with -w the error's message (JSON: "
		      "result "
		      "and errno)"),
		 .opt = 'E', .flags = COL_TEXT_ONLY, .optname = "errors",
		 .opthelp = "Also show binds that failed, and the error of each" },
	[PID] = { COL("PID", 8, bind_event, pid), HELP("Process ID") },
	[TID] = { COL("tid", 0, bind_event, tid), HELP("Its thread"), JSON_ONLY },
	[COMM] = { COL("COMM", -12, bind_event, comm), HELP("Name of the thread"), TRUNCATED },
	[PROT] = { COLF("PROT", -4, protocol), KEY("protocol"), HELP("Protocol of the socket"),
		   TRUNCATED },
	[ADDR] = { COL_LADDR("ADDR", -15, bind_event, ends), TRUNCATED },
	{ COL_LPORT("PORT ", 5, bind_event, ends) },
	{ COLF(" OPTS", -5, options), KEY("opts"),
	  HELP("Options of the socket, a letter or a dot each: F freebind, T transparent, N "
	       "bind_address_no_port, R reuseaddr, r reuseport") },
	{ COL("IF", 2, bind_event, ifindex), KEY("ifindex"),
	  HELP("Number of the interface that the socket is bound to (SO_BINDTODEVICE), or 0") },
	{ COL_FAMILY_JSON(bind_event, ends) },
	{ COL_NETNS(0, bind_event, ends), JSON_ONLY },
	{ COL_OF(connect_result_value, "result", 0, bind_event, result),
	  HELP("ok, or the error's name"), JSON_ONLY },
	{ COL_OF(connect_errno_value, "errno", 0, bind_event, result),
	  HELP("The error's number, or 0"), JSON_ONLY },
	{ 0 },
};

/* With --count.  BCC has five blanks between the numbers. */
CELL(blank, bind_count, value_str(""))
static const struct col count_cols[] = {
	{ COL_LADDR("LADDR", -32, bind_count, key) },
	{ COL_LPORT("LPORT", 20, bind_count, key) },
	{ COLF("", -3, blank), .flags = COL_TEXT_ONLY },
	{ COL("BINDS", -10, bind_count, v.binds), HELP("Number of binds") },
	{ COL_FAMILY_JSON(bind_count, key) },
	{ COL_NETNS(0, bind_count, key), JSON_ONLY },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	u64 x = ((const struct bind_count *)a)->v.binds,
	    y = ((const struct bind_count *)b)->v.binds;

	return (x < y) - (x > y);
}

static void called_as(struct tool *me, const char *name)
{
	(void)name;
	tool = me;
}

static void parsed(void)
{
	if (conf.count && given('E'))
		usage_error("--count counts binds that succeed; it has no room for the errors of "
			    "others (-E)");
	conf.failed = given('E') || (run.json && !conf.count);
	if (wide) {
		cols[RC].width = -25;
		cols[RC].value = message;
		cols[PID].width = 10;
		cols[ADDR].width = -39;
		cols[PROT].flags = cols[ADDR].flags = 0;
	}
	if (!conf.count)
		return;
	tool->cols = count_cols;
	tool->lead = true;
	tool->compare = compare;
	tool->map = "counts";
	tool->table = &table_ops;
	tool->rec_size = sizeof(struct bind_count);
	tool->rec_max = 0;
	tool->key_size = offsetof(struct bind_count, v);
}

TOOL(bindsnoop, .summary = "Trace sockets that are bound to addresses.",
     .examples = "Examples:\n"
		 "  bindsnoop            # every bind\n"
		 "  bindsnoop -E         # also those that fail, with the error\n"
		 "  bindsnoop -w         # with room for IPv6 addresses\n"
		 "  bindsnoop -P 80,81   # to these ports\n"
		 "  bindsnoop -U -u www  # of a user\n"
		 "  bindsnoop --count    # count them",
     .banner = "Tracing binds ... Hit Ctrl-C to end", CONF(conf), .probes = probes, .opts = opts,
     .cols = cols, EVENTS(bind_event), .called_as = called_as, .parsed = parsed, NET_FILTER)
