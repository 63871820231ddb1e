// SPDX-License-Identifier: BSD-2-Clause
/* sofdsnoop: trace file descriptors passed through sockets.  After BCC's, by Jiri Olsa. */
#include "sofdsnoop.h"
#include "domain/path.h"
#include "main/tool.h"
#include "sofdsnoop.skel.h"
#include <stdio.h>
#include <string.h>

static const struct probe probes[] = {
	{ "descriptors that are sent", { "__scm_send" } },
	{ "descriptors that are received", { "scm_detach_fds" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,           OPT_TID('t'), OPT_UID, OPT_CONTAINER(0), OPT_COMM('n', "name"),
	OPT_DURATION('d'), { 0 },
};

CELL(action, fd_event, value_str(e->action == FD_SEND ? "SEND" : "RECV"))

CELL(sock, fd_event,
     e->sock_fd < 0 ? value_none("-1:N/A") : value_fmt("%d:socket:[%llu]", e->sock_fd, e->sock_ino))

static size_t names_len(struct rec r)
{
	struct strings names = REC_STRINGS(r, fd_event, names);

	return names.end - names.p;
}

/* Shared memory without a file in any directory: "memfd:...". */
static bool has_only_name(struct rec r)
{
	const struct fd_event *e = r.p;

	return names_len(r) > 1 && *e->names != '/' &&
	       (!strncmp(e->fs, "tmpfs", sizeof(e->fs)) ||
		!strncmp(e->fs, "hugetlbfs", sizeof(e->fs)));
}

/* The text of the link in /proc/PID/fd. */
static struct value name(struct rec r)
{
	const struct fd_event *e = r.p;
	static const char gone[] = " (deleted)";
	static char s[sizeof(e->names) + PATH_MARK_LEN + sizeof(gone)];
	char fs[sizeof(e->fs) + 1] = "";
	const char *type = memcpy(fs, e->fs, sizeof(e->fs));
	size_t n, len = names_len(r);

	if (e->is_path || has_only_name(r)) {
		n = path_join(s, e->names, len);
		if (e->deleted) {
			memcpy(s + n, gone, sizeof(gone));
			n += sizeof(gone) - 1;
		}
		return value_strn(s, n);
	}
	if (!*type)
		return value_none("N/A");
	if (!strcmp(type, "anon_inodefs") || !strcmp(type, "pidfs"))
		return value_fmt("anon_inode:%s", *type == 'p' ? "[pidfd]" : len ? e->names : "");
	if (len == 2 && *e->names == '/' && strcmp(type, "nsfs"))
		return value_str("/");
	type = !strcmp(type, "sockfs") ? "socket" : !strcmp(type, "pipefs") ? "pipe" : type;
	return value_fmt("%s:[%llu]", type, e->ino);
}

static const struct col cols[] = {
	{ COL_TIME_S(-13, fd_event), HELP("Seconds since the first event"),
	  SHOW('T', "timestamp", "Show the time") },
	{ COLF("ACTION", -6, action), HELP("SEND or RECV") },
	{ COL("pid", 0, fd_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("TID", -6, fd_event, tid), HELP("Thread ID") },
	{ COL("COMM", -16, fd_event, comm), HELP("Name of the thread") },
	{ COLF("SOCKET", -25, sock), HELP("Descriptor and name of the socket") },
	{ COL("FD", -5, fd_event, fd), HELP("Descriptor that is sent, or the receiver's new one") },
	{ COLF("NAME", 0, name), HELP("The file it refers to, as in /proc/PID/fd") },
	{ 0 },
};

TOOL(sofdsnoop, .summary = "Trace file descriptors passed through sockets.",
     .examples = "Examples:\n"
		 "  sofdsnoop             # every descriptor that is sent or received\n"
		 "  sofdsnoop -T -p 181   # by process 181, with the time\n"
		 "  sofdsnoop -n sshd     # by threads named sshd\n"
		 "  sofdsnoop -- ssh localhost true",
     .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(fd_event, names, TAIL_NONE))
