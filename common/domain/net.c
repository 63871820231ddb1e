// SPDX-License-Identifier: BSD-2-Clause
#include "domain/net.h"
#include "domain/errname.h"
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static void add_ports(struct ports *to, const char *list)
{
	adding = to;
	parse_list(list, "port", 1, 65535, add_port);
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

	if (*arg >= '0' && *arg <= '9') {
		only_netns(parse_u64(arg, "netns", 1, UINT32_MAX));
		return;
	}
	if (stat(arg, &s))
		usage_error("%s: %s", arg, strerror(errno));
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

/* The column being put is one of struct endpoints. */
static const struct endpoints *ends(const struct out *o, const void *rec)
{
	return (const void *)((const char *)rec + out_col(o)->off);
}

void out_laddr(struct out *o, const void *rec)
{
	out_ip(o, ends(o, rec)->family, ends(o, rec)->laddr);
}

void out_raddr(struct out *o, const void *rec)
{
	out_ip(o, ends(o, rec)->family, ends(o, rec)->raddr);
}

void out_lport(struct out *o, const void *rec)
{
	out_uint(o, ends(o, rec)->lport);
}

void out_rport(struct out *o, const void *rec)
{
	out_uint(o, ends(o, rec)->rport);
}

void out_local_end(struct out *o, const void *rec)
{
	const struct endpoints *e = ends(o, rec);

	out_addr(o, e->family, e->laddr, e->lport);
}

void out_remote_end(struct out *o, const void *rec)
{
	const struct endpoints *e = ends(o, rec);

	out_addr(o, e->family, e->raddr, e->rport);
}

void out_ip_version(struct out *o, const void *rec)
{
	out_uint(o, ends(o, rec)->family == AF_INET6 ? 6 : 4);
}

void out_netns(struct out *o, const void *rec)
{
	out_uint(o, ends(o, rec)->netns);
}

static s32 result(const struct out *o, const void *rec)
{
	s32 v;

	memcpy(&v, (const char *)rec + out_col(o)->off, sizeof(v));
	return v;
}

void out_connect_result(struct out *o, const void *rec)
{
	s32 v = result(o, rec);

	out_str(o, v == CONNECT_CLOSED ? "closed" : !v ? "ok" : errname(v) ?: "?");
}

void out_connect_errno(struct out *o, const void *rec)
{
	s32 v = result(o, rec);

	out_int(o, v > 0 ? v : 0);
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
