// SPDX-License-Identifier: BSD-2-Clause
/*
 * bpfprogs FILE WORD...: loads and runs BPF programs, by bpf(2) alone.  FILE gets {"pid":N,"what":N,...} for all that
 * it holds then.  The words, in order:
 *	maps N		makes N maps of 64 KiB
 *	progs N		loads N programs, which use the last map, if there is one
 *	link		runs one when a process executes a program
 *	kprobe, uprobe	runs one when a function is called, by a perf event
 *	places N	runs one at N places of this program, by perf events
 *	behind		a program that calls a function, and one that replaces it; status 77: not here
 *	xdp, netlink	one for the packets of the loopback interface, with a link and without; status 77: not here
 *	cgroup DIR	attaches one to a cgroup, without a link
 *	pin DIR		pins what was loaded: DIR/prog, DIR/dispatcher, DIR/behind (a link)
 *	get DIR		the same programs, of one that pinned them
 *	run N, pass N	runs the first program, the dispatcher N times
 *	wait		writes FILE, and waits until stdin ends
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef unsigned int u32;
typedef unsigned long long u64;

static const char *file;
static int maps, progs, links, kprobes, uprobes;
static int prog = -1, dispatcher = -1, behind_link = -1;
static int ids[3]; /* of the program, the dispatcher, and what is behind it */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static u64 ptr(const void *p)
{
	return (unsigned long)p;
}

/* ---- types: int main(struct xdp_md *ctx), int sub(struct xdp_md *ctx) ---- */

enum { TYPE_MAIN = 5, TYPE_SUB = 6 };
#define KIND(kind, n) ((kind) << 24 | (n))
static const char strings[] = "\0int\0xdp_md\0ctx\0dispatcher_main\0replaced_function_name";
static const u32 types[] = {
	1,  KIND(1, 0),  4, 1 << 24 | 32,    /* int */
	5,  KIND(4, 0),  0,                  /* struct xdp_md */
	0,  KIND(2, 0),  2,                  /* its address */
	0,  KIND(13, 1), 1, 12,           3, /* int (struct xdp_md *ctx) */
	16, KIND(12, 1), 4,                  /* global functions */
	32, KIND(12, 1), 4,
};

static int load_types(void)
{
	static char blob[512];
	struct {
		unsigned short magic;
		unsigned char version, flags;
		u32 hdr_len, type_off, type_len, str_off, str_len;
	} h = { 0xeb9f, 1, 0, 24, 0, sizeof(types), sizeof(types), sizeof(strings) };
	union bpf_attr attr = {};
	int fd;

	memcpy(blob, &h, sizeof(h));
	memcpy(blob + sizeof(h), types, sizeof(types));
	memcpy(blob + sizeof(h) + sizeof(types), strings, sizeof(strings));
	attr.btf = ptr(blob);
	attr.btf_size = sizeof(h) + sizeof(types) + sizeof(strings);
	fd = bpf(BPF_BTF_LOAD, &attr);
	if (fd < 0)
		die("BTF_LOAD");
	return fd;
}

/* ---- programs ---- */

struct func {
	u32 insn, type;
};

static int load(union bpf_attr *attr, const char *name, const struct bpf_insn *insns, int n)
{
	static char log[65536];
	int fd;

	strcpy(attr->prog_name, name);
	attr->insns = ptr(insns);
	attr->insn_cnt = n;
	attr->license = ptr("GPL");
	fd = bpf(BPF_PROG_LOAD, attr);
	if (fd < 0 && errno == EPERM && attr->prog_type == BPF_PROG_TYPE_EXT)
		exit(77); /* as some hosts have it */
	if (fd < 0) {
		attr->log_buf = ptr(log);
		attr->log_size = sizeof(log);
		attr->log_level = 1;
		bpf(BPF_PROG_LOAD, attr);
		fprintf(stderr, "%s: %s\n%s", name, strerror(errno), log);
		exit(1);
	}
	progs++;
	return fd;
}

static const struct bpf_insn ret2[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 2 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static int map = -1; /* the last that was made */

static int load_simple(u32 type)
{
	struct bpf_insn with_map[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = map },
		{},
		ret2[0],
		ret2[1],
	};
	union bpf_attr attr = { .prog_type = type };

	if (map >= 0)
		return load(&attr, "snoopkit_prog", with_map, 4);
	return load(&attr, "snoopkit_prog", ret2, 2);
}

static void behind(void)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const struct func funcs[] = { { 0, TYPE_MAIN }, { 2, TYPE_SUB } },
				 sub[] = { { 0, TYPE_SUB } };
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_XDP };
	int btf = load_types(), fd;

	attr.prog_btf_fd = btf;
	attr.func_info_rec_size = sizeof(*funcs);
	attr.func_info = ptr(funcs);
	attr.func_info_cnt = 2;
	dispatcher = load(&attr, "snoopkit_disp", insns, 4);
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_EXT;
	attr.prog_btf_fd = btf;
	attr.func_info_rec_size = sizeof(*funcs);
	attr.func_info = ptr(sub);
	attr.func_info_cnt = 1;
	attr.attach_prog_fd = dispatcher;
	attr.attach_btf_id = TYPE_SUB;
	/* As libbpf names it, and the kernel keeps it */
	fd = load(&attr, "replaced_functi", ret2, 2);
	memset(&attr, 0, sizeof(attr));
	/* At once where it was loaded for */
	attr.link_create.prog_fd = fd;
	behind_link = bpf(BPF_LINK_CREATE, &attr);
	if (behind_link < 0) {
		memset(&attr, 0, sizeof(attr));
		attr.raw_tracepoint.prog_fd = fd;
		behind_link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	}
	if (behind_link < 0)
		die("freplace");
	links++;
	close(btf);
	close(fd);
	progs--; /* held by the link only */
}

static u32 prog_of_link(int fd)
{
	struct bpf_link_info info = {};
	union bpf_attr attr = { .info = { fd, sizeof(info), ptr(&info) } };

	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		die("link info");
	return info.prog_id;
}

/* How often it ran while somebody had the kernel count. */
static u64 counted(int fd)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = { .info = { fd, sizeof(info), ptr(&info) } };

	return fd < 0 || bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : info.run_cnt;
}

static u32 id_of(int fd)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = { .info = { fd, sizeof(info), ptr(&info) } };

	if (fd < 0)
		return 0;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		die("program info");
	return info.id;
}

static void run(int fd, const char *n)
{
	static char packet[64], out[256];
	union bpf_attr attr = {};

	attr.test.prog_fd = fd;
	attr.test.data_in = ptr(packet);
	attr.test.data_size_in = sizeof(packet);
	attr.test.data_out = ptr(out);
	attr.test.data_size_out = sizeof(out);
	attr.test.repeat = atoi(n);
	if (bpf(BPF_PROG_TEST_RUN, &attr))
		die("PROG_TEST_RUN");
	if (attr.test.retval != 2) {
		fprintf(stderr, "the program returned %u\n", attr.test.retval);
		exit(1);
	}
}

/* ---- pins ---- */

static void pin(const char *dir, const char *name, int fd)
{
	char path[256];
	union bpf_attr attr = { .pathname = ptr(path), .bpf_fd = fd };

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (fd >= 0 && bpf(BPF_OBJ_PIN, &attr))
		die(path);
}

static int get(const char *dir, const char *name)
{
	char path[256];
	union bpf_attr attr = { .pathname = ptr(path) };

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return bpf(BPF_OBJ_GET, &attr);
}

/* ---- attaching ---- */

static void link_exec(void)
{
	union bpf_attr attr = {};

	attr.raw_tracepoint.name = ptr("sched_process_exec");
	attr.raw_tracepoint.prog_fd = load_simple(BPF_PROG_TYPE_RAW_TRACEPOINT);
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attr) < 0)
		die("raw tracepoint");
	links++;
}

#define LOOPBACK 1

static void xdp_link(void)
{
	union bpf_attr attr = {};

	attr.link_create.prog_fd = load_simple(BPF_PROG_TYPE_XDP);
	attr.link_create.target_ifindex = LOOPBACK;
	attr.link_create.attach_type = BPF_XDP;
	attr.link_create.flags = XDP_FLAGS_SKB_MODE;
	if (bpf(BPF_LINK_CREATE, &attr) < 0)
		exit(errno == EPERM || errno == EINVAL ? 77 : 1);
	links++;
}

/* fd -1: detach. */
static void xdp_netlink(int fd)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
		struct nlattr xdp, fd;
		int fd_value;
		struct nlattr flags;
		u32 flags_value;
	} msg = {
		.h = { .nlmsg_len = sizeof(msg),
		       .nlmsg_type = RTM_SETLINK,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.i = { .ifi_index = LOOPBACK },
		.xdp = { sizeof(msg) - sizeof(msg.h) - sizeof(msg.i), NLA_F_NESTED | IFLA_XDP },
		.fd = { 8, IFLA_XDP_FD },
		.fd_value = fd,
		.flags = { 8, IFLA_XDP_FLAGS },
		.flags_value = XDP_FLAGS_SKB_MODE,
	};
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char more[256];
	} answer = {};
	int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (s < 0 || send(s, &msg, sizeof(msg), 0) != sizeof(msg) ||
	    recv(s, &answer, sizeof(answer), 0) < 0)
		die("netlink");
	if (answer.e.error) {
		fprintf(stderr, "XDP by netlink: %s\n", strerror(-answer.e.error));
		exit(77);
	}
	close(s);
}

static void attach_cgroup(const char *dir)
{
	static const struct bpf_insn allow[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_SOCK };
	int fd = load(&attr, "snoopkit_cgroup", allow, 2);

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	attr.attach_bpf_fd = fd;
	attr.target_fd = open(dir, O_RDONLY);
	if (bpf(BPF_PROG_ATTACH, &attr))
		die(dir);
}

void __attribute__((noinline)) probed(void)
{
	__asm__ volatile(".rept 128\n\tnop\n\t.endr");
}

static unsigned long offset_in_file(const void *p)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long from, to, at, a = (unsigned long)p;

	while (f && fscanf(f, "%lx-%lx %*s %lx %*[^\n]", &from, &to, &at) == 3)
		if (from <= a && a < to)
			return a - from + at;
	die("/proc/self/maps");
	return 0;
}

/* BPF_FD is run; AFTER: so many bytes after the function's beginning. */
static void probe_by(const char *kind, int bpf_fd, int after)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	char path[80], self[256];
	int fd;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", kind);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%u", &attr.type) != 1)
		die(path);
	fclose(f);
	if (*kind == 'k') {
		attr.kprobe_func = ptr("vfs_fsync_range");
	} else {
		n = readlink("/proc/self/exe", self, sizeof(self) - 1);
		if (n < 0)
			die("/proc/self/exe");
		self[n] = 0;
		attr.uprobe_path = ptr(self);
		attr.probe_offset = offset_in_file(probed) + after;
	}
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, bpf_fd))
		die(kind);
	*(*kind == 'k' ? &kprobes : &uprobes) += 1;
}

static void probe(const char *kind)
{
	probe_by(kind, load_simple(BPF_PROG_TYPE_KPROBE), 0);
}

static void places(int n)
{
	int fd = load_simple(BPF_PROG_TYPE_KPROBE);

	for (int i = 0; i < n; i++)
		probe_by("uprobe", fd, 4 * i); /* as long as an instruction is on arm64 */
}

/* ---- */

static void say(void)
{
	FILE *f = fopen(file, "w");

	if (!f)
		die(file);
	fprintf(f,
		"{\"pid\":%d,\"prog\":%d,\"map\":%d,\"link\":%d,\"kprobe\":%d,\"uprobe\":%d,"
		"\"ids\":[%d,%d,%d],\"counted\":%llu}\n",
		getpid(), progs, maps, links, kprobes, uprobes, ids[0], ids[1], ids[2],
		counted(prog));
	fclose(f);
}

int main(int argc, char **argv)
{
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	int by_netlink = 0;
	char byte;

	if (argc < 3)
		return 2;
	setrlimit(RLIMIT_MEMLOCK, &none);
	file = argv[1];
	for (argv += 2; *argv; argv++) {
		const char *word = argv[0], *arg = argv[1];

		if (!strcmp(word, "link")) {
			link_exec();
		} else if (!strcmp(word, "kprobe") || !strcmp(word, "uprobe")) {
			probe(word);
		} else if (!strcmp(word, "xdp")) {
			xdp_link();
		} else if (!strcmp(word, "netlink")) {
			xdp_netlink(load_simple(BPF_PROG_TYPE_XDP));
			by_netlink = 1;
		} else if (!strcmp(word, "behind")) {
			behind();
		} else if (!strcmp(word, "wait")) {
			say();
			while (read(0, &byte, 1) > 0)
				;
			if (by_netlink)
				xdp_netlink(-1);
			return 0;
		} else if (!arg) {
			return 2;
		} else if (argv++, !strcmp(word, "maps")) {
			for (int i = atoi(arg); i; i--, maps++) {
				union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY,
							.key_size = 4,
							.value_size = 1024,
							.max_entries = 64 };

				map = bpf(BPF_MAP_CREATE, &attr);
				if (map < 0)
					die("map");
			}
		} else if (!strcmp(word, "progs")) {
			for (int i = atoi(arg); i; i--) {
				int fd = load_simple(BPF_PROG_TYPE_SOCKET_FILTER);

				prog = prog < 0 ? fd : prog;
			}
		} else if (!strcmp(word, "places")) {
			places(atoi(arg));
		} else if (!strcmp(word, "cgroup")) {
			attach_cgroup(arg);
		} else if (!strcmp(word, "pin")) {
			pin(arg, "prog", prog);
			pin(arg, "dispatcher", dispatcher);
			pin(arg, "behind", behind_link);
		} else if (!strcmp(word, "get")) {
			prog = get(arg, "prog");
			dispatcher = get(arg, "dispatcher");
			behind_link = get(arg, "behind");
		} else if (!strcmp(word, "run")) {
			run(prog, arg);
		} else if (!strcmp(word, "pass")) {
			run(dispatcher, arg);
		} else {
			return 2;
		}
		ids[0] = id_of(prog);
		ids[1] = id_of(dispatcher);
		ids[2] = behind_link < 0 ? 0 : prog_of_link(behind_link);
	}
	say();
	return 0;
}
