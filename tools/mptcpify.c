// SPDX-License-Identifier: BSD-2-Clause
/* mptcpify: makes TCP sockets MPTCP sockets.  After BCC's, by Gregory Detal and Matthieu Baerts. */
#include "mptcpify.h"
#include "kernel/hook.h"
#include "main/tool.h"
#include "mptcpify.skel.h"
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct conf conf;
static const char *targets;

static const struct probe probes[] = { { 0 } };
static const struct hook hooks[] = {
	{ "update_socket_protocol", .needs = "Linux 6.6 or newer, with MPTCP" },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_STR('t', "targets", "NAME,...", &targets,
		"Only programs (threads, to be exact) with these names"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

CELL(family, mptcp_event, value_str(e->family == AF_INET6 ? "IPv6" : "IPv4"))
CELL(action, mptcp_event, value_str(e->forced ? "forced" : "would be forced"))
CELL(forced, mptcp_event, value_bool(e->forced, NULL))

static const struct col cols[] = {
	{ COL_TIME(-8, mptcp_event), HELP("Time of day") },
	{ COL("PID", -7, mptcp_event, pid), HELP("Process ID") },
	{ COL("COMM", -16, mptcp_event, comm), HELP("Name of the thread") },
	{ COLF("FAMILY", -6, family), FIELD(mptcp_event, family), HELP("IPv4 or IPv6") },
	{ COLF("ACTION", 0, action), HELP("What was done with the socket"),
	  .flags = COL_TEXT_ONLY },
	{ COL("tid", 0, mptcp_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COLF("forced", 0, forced), HELP("Whether it became an MPTCP socket"), JSON_ONLY },
	{ 0 },
};

static void check_name(const char *name)
{
	if (strlen(name) >= COMM_LEN)
		usage_error("'%s' is too long; the kernel keeps only %d characters", name,
			    COMM_LEN - 1);
}

static void parsed(void)
{
	conf.named = targets;
	if (targets)
		parse_words(targets, check_name);
}

/* If MPTCP is switched off, programs would get an error instead of a socket. */
static void prepare(void *skel)
{
	FILE *f = fopen("/proc/sys/net/mptcp/enabled", "re");
	int on = f ? fgetc(f) : EOF;

	(void)skel;
	if (f)
		fclose(f);
	if (on != '1')
		errx(1, "this kernel %s. %s", f ? "has MPTCP switched off" : "has no MPTCP",
		     f ? "Switch it on: sysctl net.mptcp.enabled=1" : "It needs CONFIG_MPTCP.");
}

static void add_name(const char *name)
{
	char comm[COMM_LEN] = "";
	u8 one = 1;

	strcpy(comm, name);
	if (bpf_map_update_elem(map_fd("names"), comm, &one, BPF_ANY))
		err(1, "cannot fill the BPF map names");
}

static void loaded(void *skel)
{
	(void)skel;
	if (targets)
		parse_words(targets, add_name);
}

static void begin(void)
{
	text(run.enforce ? "MPTCP is been forced for  "
			 : "MPTCP would be forced, with --enforce, for  ");
	if (targets) {
		text("[");
		text_str(targets, strlen(targets));
		text("]\n");
	} else {
		text("all applications\n");
	}
}

TOOL(mptcpify, .summary = "Make the TCP sockets that programs open MPTCP sockets.",
     .examples = "Examples:\n"
		 "  mptcpify                    # which sockets would become MPTCP sockets?\n"
		 "  mptcpify --enforce -t curl  # make those of curl\n"
		 "  mptcpify --enforce --for 60 # make all of them, for a minute",
     HOOKS("makes TCP sockets MPTCP sockets", hooks), CONF(conf), .probes = probes, .opts = opts,
     .cols = cols, EVENTS(mptcp_event), .parsed = parsed, .prepare = prepare, .loaded = loaded,
     .begin = begin)
