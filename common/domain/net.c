// SPDX-License-Identifier: BSD-2-Clause
#include "domain/net.h"
#include "domain/errname.h"
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct net_filter filter;

struct ports {
	const char *map;
	u16 *list;
	size_t n;
};
static struct ports lports = { "filter_lports" }, rports = { "filter_rports" }, *adding;

static void only(bool *one, const bool *other)
{
	if (*other)
		usage_error("-4 and -6 exclude each other; without them, both are traced");
	*one = true;
}

void net_only_ipv4(const char *arg)
{
	(void)arg;
	only(&filter.ipv4, &filter.ipv6);
}

void net_only_ipv6(const char *arg)
{
	(void)arg;
	only(&filter.ipv6, &filter.ipv4);
}

static void add_port(u64 port)
{
	adding->list = reallocarray(adding->list, adding->n + 1, sizeof(*adding->list));
	if (!adding->list)
		err(1, NULL);
	adding->list[adding->n++] = port;
}

/* "80", or "3000-3006" in either order. */
static void add_range(const char *word)
{
	const char *dash = strchr(word, '-');
	char first[16] = "";
	u64 from, to;

	if (!dash || dash == word || (size_t)(dash - word) >= sizeof(first)) {
		add_port(parse_u64(word, "port", 1, 65535));
		return;
	}
	memcpy(first, word, dash - word);
	from = parse_u64(first, "port", 1, 65535);
	to = parse_u64(dash + 1, "port", 1, 65535);
	for (u64 port = from < to ? from : to; port <= (from < to ? to : from); port++)
		add_port(port);
}

static void add_ports(struct ports *to, const char *list)
{
	adding = to;
	parse_words(list, add_range);
}

void net_lports(const char *ports)
{
	add_ports(&lports, ports);
	filter.lports = true;
}

void net_rports(const char *ports)
{
	add_ports(&rports, ports);
	filter.rports = true;
}

static u32 netns_pid; /* trace only this process's; 0: not asked for */

static void only_netns(u64 inode)
{
	if ((filter.netns && filter.netns != inode) || netns_pid)
		usage_error("only one network namespace can be chosen");
	filter.netns = inode;
}

void netns(const char *arg)
{
	struct stat s;
	int fd;

	if (*arg >= '0' && *arg <= '9') {
		only_netns(parse_u64(arg, "netns", 1, UINT32_MAX));
		return;
	}
	if (stat(arg, &s))
		usage_error("%s: %s", arg, strerror(errno));
	fd = S_ISREG(s.st_mode) ? open(arg, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		usage_error("'%s' is no network namespace", arg);
	close(fd);
	only_netns(s.st_ino);
}

void netns_of_pid(const char *arg)
{
	u32 pid = parse_u64(arg, "PID", 1, INT32_MAX);

	if (filter.netns)
		usage_error("only one network namespace can be chosen");
	netns_pid = pid;
}

static u32 netns_find(u32 pid)
{
	char path[64];
	struct stat s;

	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	if (!stat(path, &s))
		return s.st_ino;
	if (errno == ENOENT)
		errx(1, "there is no process %u", pid);
	err(1, "%s", path);
}

static void prepare_ports(struct bpf_object *obj, const struct ports *p)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj, p->map);

	if (map && p->n)
		bpf_map__set_max_entries(map, p->n);
	else if (map)
		bpf_map__set_autocreate(map, false);
}

void net_prepare(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	struct net_filter *f = bpf_rodata(obj, "net_filter", sizeof(*f));

	if (netns_pid)
		filter.netns = netns_find(netns_pid);
	if (f)
		*f = filter;
	prepare_ports(obj, &lports);
	prepare_ports(obj, &rports);
}

static void put_ports(const struct ports *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (bpf_map_update_elem(map_fd(p->map), &p->list[i], &(u8){ 1 }, BPF_ANY))
			err(1, "cannot fill the BPF map %s", p->map);
}

void net_loaded(void *skel)
{
	(void)skel;
	put_ports(&lports);
	put_ports(&rports);
}

bool net_has_mptcp(void)
{
	return !access("/proc/sys/net/mptcp", F_OK);
}

struct value ip_value(u32 family, const void *addr)
{
	static struct endpoint e;

	e = (struct endpoint){ family, addr, 0 };
	return value_ip(&e);
}

struct value laddr_value(const void *ends)
{
	const struct endpoints *e = ends;

	return ip_value(e->family, e->laddr);
}

struct value raddr_value(const void *ends)
{
	const struct endpoints *e = ends;

	return ip_value(e->family, e->raddr);
}

struct value lport_value(const void *ends)
{
	return value_uint(((const struct endpoints *)ends)->lport);
}

struct value rport_value(const void *ends)
{
	return value_uint(((const struct endpoints *)ends)->rport);
}

struct value local_value(const void *ends)
{
	static struct endpoint end;
	const struct endpoints *e = ends;

	end = (struct endpoint){ e->family, e->laddr, e->lport };
	return value_ip_port(&end);
}

struct value remote_value(const void *ends)
{
	static struct endpoint end;
	const struct endpoints *e = ends;

	end = (struct endpoint){ e->family, e->raddr, e->rport };
	return value_ip_port(&end);
}

struct value ip_version_value(const void *ends)
{
	return value_uint(((const struct endpoints *)ends)->family == AF_INET6 ? 6 : 4);
}

struct value netns_value(const void *ends)
{
	return value_uint(((const struct endpoints *)ends)->netns);
}

struct value connect_result_value(const void *result)
{
	s32 v = *(const s32 *)result;

	return value_str(v == CONNECT_CLOSED ? "closed" : !v ? "ok" : errname(v) ?: "?");
}

struct value connect_errno_value(const void *result)
{
	s32 v = *(const s32 *)result;

	return value_int(v > 0 ? v : 0);
}

struct value tcp_state_value(const void *state)
{
	return value_str(tcp_state_name(*(const u32 *)state));
}

const char *ip_protocol_name(u32 protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
		return "ICMP";
	case IPPROTO_IGMP:
		return "IGMP";
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_DCCP:
		return "DCCP";
	case IPPROTO_GRE:
		return "GRE";
	case IPPROTO_ESP:
		return "ESP";
	case IPPROTO_ICMPV6:
		return "ICMPV6";
	case IPPROTO_SCTP:
		return "SCTP";
	case IPPROTO_UDPLITE:
		return "UDPLITE";
	case IPPROTO_RAW:
		return "RAW";
	case IPPROTO_MPTCP:
		return "MPTCP";
	default:
		return "?";
	}
}

const char *tcp_state_name(u32 state)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED",
		[TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECV] = "SYN_RECV",
		[TCP_FIN_WAIT1] = "FIN_WAIT1",
		[TCP_FIN_WAIT2] = "FIN_WAIT2",
		[TCP_TIME_WAIT] = "TIME_WAIT",
		[TCP_CLOSE] = "CLOSE",
		[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_LAST_ACK] = "LAST_ACK",
		[TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
		[TCP_NEW_SYN_RECV] = "NEW_SYN_RECV",
	};

	return NAME_OF(names, state);
}
