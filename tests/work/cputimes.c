/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cputimes TOOLS WORKLOADS: adds up the processor time of all threads that end (taskstats, as accounting tools
 * read it), by what ran: a tool, a workload, a shell, jq or another command.  TOOLS and WORKLOADS
 * are lists of names.  At SIGTERM it prints a line for each kind, in the form that tests/check reads:
 * "# time KIND SECONDS all".
 */
#include <err.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const kinds[] = { "tools", "workloads", "shells", "jq", "others" };
static double seconds[5];
static const char *tools, *workloads;
static volatile sig_atomic_t ended;

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

/* Names of threads are cut at 15 bytes. */
static bool in_list(const char *list, const char *comm)
{
	size_t n = strlen(comm);

	for (const char *p = list; (p = strstr(p, comm)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n] || n == 15))
			return true;
	return false;
}

static int kind_of(const char *comm)
{
	if (in_list("bash sh bats", comm))
		return 2;
	if (in_list("jq gojq", comm))
		return 3;
	if (*comm && in_list(tools, comm))
		return 0;
	if (*comm && in_list(workloads, comm))
		return 1;
	return 4;
}

/* Send a request to generic netlink; its answer is put into BUF. */
static void request(int fd, int type, int cmd, int attr, const char *text, char *buf, size_t size)
{
	struct {
		struct nlmsghdr n;
		struct genlmsghdr g;
		struct nlattr a;
		char text[64];
	} m = { .n.nlmsg_type = type,
		.n.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.g.cmd = cmd,
		.g.version = 1 };

	m.a.nla_type = attr;
	m.a.nla_len = NLA_HDRLEN + strlen(text) + 1;
	strcpy(m.text, text);
	m.n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(m.a.nla_len);
	if (send(fd, &m, m.n.nlmsg_len, 0) < 0 || recv(fd, buf, size, 0) < 0)
		err(1, "netlink");
}

static struct nlattr *attr_of(char *p, char *end, int type)
{
	for (struct nlattr *a = (void *)p;
	     (char *)a + NLA_HDRLEN <= end && a->nla_len >= NLA_HDRLEN;
	     a = (void *)((char *)a + NLA_ALIGN(a->nla_len)))
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
	return NULL;
}

static void add_up(struct nlmsghdr *n)
{
	char *end = (char *)n + n->nlmsg_len;
	struct nlattr *a =
		attr_of((char *)NLMSG_DATA(n) + GENL_HDRLEN, end, TASKSTATS_TYPE_AGGR_PID);
	struct taskstats s = {};
	size_t n_bytes;

	if (a)
		a = attr_of((char *)a + NLA_HDRLEN, (char *)a + a->nla_len, TASKSTATS_TYPE_STATS);
	if (!a)
		return;
	n_bytes = a->nla_len - NLA_HDRLEN;
	memcpy(&s, (char *)a + NLA_HDRLEN, n_bytes < sizeof(s) ? n_bytes : sizeof(s));
	seconds[kind_of(s.ac_comm)] += (s.ac_utime + s.ac_stime) / 1e6;
}

int main(int argc, char **argv)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct sigaction sa = { .sa_handler = on_term };
	static char buf[65536] __attribute__((aligned(8)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), room = 1 << 23;
	struct nlattr *id;
	char cpus[32];

	if (argc != 3)
		errx(2, "usage: cputimes TOOLS WORKLOADS");
	tools = argv[1];
	workloads = argv[2];
	sigaction(SIGTERM, &sa, NULL);
	if (fd < 0 || bind(fd, (void *)&addr, sizeof(addr)))
		err(1, "netlink");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	request(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME,
		buf, sizeof(buf));
	id = attr_of((char *)NLMSG_DATA((struct nlmsghdr *)buf) + GENL_HDRLEN,
		     buf + ((struct nlmsghdr *)buf)->nlmsg_len, CTRL_ATTR_FAMILY_ID);
	if (((struct nlmsghdr *)buf)->nlmsg_type == NLMSG_ERROR || !id)
		errx(1, "this kernel has no taskstats");
	snprintf(cpus, sizeof(cpus), "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	request(fd, *(unsigned short *)((char *)id + NLA_HDRLEN), TASKSTATS_CMD_GET,
		TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus, buf, sizeof(buf));
	while (!ended) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			err(1, "netlink");
		for (struct nlmsghdr *h = (void *)buf; n > 0 && NLMSG_OK(h, n);
		     h = NLMSG_NEXT(h, n))
			if (h->nlmsg_type != NLMSG_ERROR)
				add_up(h);
	}
	for (int i = 0; i < 5; i++)
		printf("# time %s %.1f all\n", kinds[i], seconds[i]);
	return 0;
}
