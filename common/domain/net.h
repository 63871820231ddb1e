/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets: options that choose them, and columns with their two ends and their owners. */
#pragma once
#include "lib/net.h"
#include "main/tool.h"

/* For tools whose BPF program calls endpoints_wanted(); they also need NET_FILTER in their TOOL(). */
#define OPT_FAMILY                                                                                \
	OPT_CALL('4', "ipv4", NULL, net_only_ipv4,                                                \
		 "Trace only IPv4, which includes IPv6 sockets that talk IPv4 (::ffff:1.2.3.4)"), \
		OPT_CALL('6', "ipv6", NULL, net_only_ipv6, "Trace only IPv6")
#define OPT_LPORTS(k, n)                   \
	OPT_CALL(k, n, "PORT", net_lports, \
		 "Trace only this local port, or several: 22,80,3000-3006")
#define OPT_RPORTS(k, n)                   \
	OPT_CALL(k, n, "PORT", net_rports, \
		 "Trace only this remote port, or several: 22,80,3000-3006")
#define OPT_NETNS(k, n)                                                                    \
	OPT_CALL(k, n, "NS", netns,                                                        \
		 "Trace only this network namespace: its inode number, or a file such as " \
		 "/proc/181/ns/net")

void net_only_ipv4(const char *);
void net_only_ipv6(const char *);
void net_lports(const char *ports);
void net_rports(const char *ports);
void netns(const char *arg);
/* The network namespace of a process. */
void netns_of_pid(const char *arg);

/* For .prepare and .loaded, or to be called there: these options reach the BPF program. */
void net_prepare(void *skel);
void net_loaded(void *skel);
#define NET_FILTER .prepare = net_prepare, .loaded = net_loaded

/* In .probes of a tool whose BPF program has ACCEPTS(). */
#define ACCEPTS_SEEN                                             \
	{                                                        \
		"accepts",                                       \
		{                                                \
			"security_sock_graft", "inet_csk_accept" \
		}                                                \
	}

/* In .probes of a tool whose BPF program has OWNERS_ACCEPTING(). */
#define OWNERS_SEEN                                                                    \
	{                                                                              \
		"the owners of connections that they only accepted",                   \
			{ "security_sock_graft", "inet_csk_accept" }, .optional = true \
	}

/* The same for OWNERS, also. */
#define OWNERS_KEPT                          \
	{                                    \
		"the owners of connections", \
		{                            \
			"owners_change"      \
		}                            \
	}

/*
 * In .probes of a tool whose BPF program includes lib/tcp_bytes.bpf.h.  WANTED points to whether it wants any, or
 * is NULL: it does.  MPTCP points to the same for MPTCP, which a kernel without it can't have.
 */
#define TCP_SENDS_SEEN(want, mptcp)                                                       \
	{ "sends", { "tcp_sendmsg tcp_sendpage", "tcp_sendmsg" }, .wanted = want },       \
	{                                                                                 \
		"sends by MPTCP", { "mptcp_sendmsg" }, .optional = true, .wanted = mptcp, \
						       .rare = true                       \
	}
#define TCP_RECEIVES_SEEN(want, mptcp)                                          \
	{ "receives", { "tcp_recvmsg" }, .wanted = want },                      \
		{ "receives by MPTCP",                                          \
		  { "mptcp_recvmsg mptcp_splice_read", "mptcp_recvmsg" },       \
		  .optional = true,                                             \
		  .wanted = mptcp,                                              \
		  .rare = true },                                               \
		{ "receives by splice",                                         \
		  { "tcp_splice_read" },                                        \
		  .optional = true,                                             \
		  .wanted = want,                                               \
		  .rare = true },                                               \
	{                                                                       \
		"receives by TCP_ZEROCOPY_RECEIVE", { "tcp_zerocopy_receive" }, \
			.optional = true, .wanted = want, .rare = true          \
	}
/* In .probes of a tool whose BPF program includes lib/udp_datagrams.bpf.h. */
#define DATAGRAMS_SEEN                                                                          \
	{ "sends", { "udp_send_skb", "ip_send_skb" } },                                         \
		{ "sends over IPv6", { "udp_v6_send_skb", "ip6_send_skb" }, .optional = true }, \
	{                                                                                       \
		"receives",                                                                     \
		{                                                                               \
			"skb_consume_udp"                                                       \
		}                                                                               \
	}
/* Was this kernel built with MPTCP? */
bool net_has_mptcp(void);

/* Columns of struct TYPE's member M, a struct endpoints.  W is the width. */
#define COL_LADDR(name, w, type, m) \
	COL_OF(laddr_value, name, w, type, m), KEY("laddr"), HELP("Local address")
#define COL_LPORT(name, w, type, m) \
	COL_OF(lport_value, name, w, type, m), KEY("lport"), HELP("Local port")
#define COL_RADDR(name, w, type, m) \
	COL_OF(raddr_value, name, w, type, m), KEY("raddr"), HELP("Remote address")
#define COL_RPORT(name, w, type, m) \
	COL_OF(rport_value, name, w, type, m), KEY("rport"), HELP("Remote port")
#define COL_IP(w, type, m)                                         \
	COL_OF(ip_version_value, "IP", w, type, m), KEY("family"), \
		HELP("IP version: 4 or 6 (JSON: family)")
#define COL_NETNS(w, type, m)                                   \
	COL_OF(netns_value, "NETNS", w, type, m), KEY("netns"), \
		HELP("Inode number of the network namespace")
#define COL_FAMILY_JSON(type, m) \
	COL_OF(ip_version_value, "family", 0, type, m), JSON_ONLY, HELP("IP version: 4 or 6")
/* Both ends as most tools have them: four columns in a row, and one for JSON. */
#define COLS_ENDPOINTS(type, m, addr_w, port_w)                                                   \
	{ COL_LADDR("LADDR", addr_w, type, m) }, { COL_LPORT("LPORT", port_w, type, m) },         \
		{ COL_RADDR("RADDR", addr_w, type, m) }, { COL_RPORT("RPORT", port_w, type, m) }, \
	{                                                                                         \
		COL_NETNS(0, type, m), JSON_ONLY                                                  \
	}

/* The owner, M.pid and M.comm of a struct owner; a socket nobody is known to have used has 0 and "?". */
#define COL_OWNER_PID(name, w, type, m)                   \
	COL(name, w, type, m.pid), KEY("pid"), NONE("0"), \
		HELP("Process that the socket belongs to; 0 if it is not known")
#define COL_OWNER_COMM(name, w, type, m)                    \
	COL(name, w, type, m.comm), KEY("comm"), NONE("?"), \
		HELP("Name of its thread; ? if it is not known")

/* How an attempt to connect ended, the member M of struct TYPE: two columns. */
#define COLS_RESULT(k, type, m)                                                                  \
	{ COL_OF(connect_result_value, "RESULT", -12, type, m),                                  \
	  HELP("ok, the error's name, or closed: the program closed the socket before it knew"), \
	  SHOW(k, "result", "Also show attempts that failed, and how each ended") },             \
	{                                                                                        \
		COL_OF(connect_errno_value, "errno", 0, type, m), JSON_ONLY,                     \
			HELP("The error's number, or 0")                                         \
	}
/* The same of a call, such as bind(2), that either works or fails. */
#define COLS_CALL_RESULT(k, type, m)                                                           \
	{ COL_OF(connect_result_value, "RESULT", 0, type, m), HELP("ok, or the error's name"), \
	  SHOW(k, "result", "Also show those that failed, and the error of each") },           \
	{                                                                                      \
		COL_OF(connect_errno_value, "errno", 0, type, m), JSON_ONLY,                   \
			HELP("The error's number, or 0")                                       \
	}
struct value connect_result_value(const void *s32_result);
struct value connect_errno_value(const void *s32_result);

/* An address of AF_INET or AF_INET6. */
struct value ip_value(u32 family, const void *addr);
/* Of a struct endpoints, for a COL_OF(). */
struct value laddr_value(const void *ends);
struct value lport_value(const void *ends);
struct value raddr_value(const void *ends);
struct value rport_value(const void *ends);
struct value local_value(const void *ends); /* address and port */
struct value remote_value(const void *ends);
struct value ip_version_value(const void *ends);
struct value netns_value(const void *ends);

/* The name of a socket's protocol (IPPROTO_*), such as "TCP", or "?". */
const char *ip_protocol_name(u32 protocol);

/* A state's name, such as "SYN_SENT", or "?". */
const char *tcp_state_name(u32 state);
struct value tcp_state_value(const void *u32_state);
