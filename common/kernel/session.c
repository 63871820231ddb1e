// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/session.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "lib/session.h"
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the headers of libbpf and the system may lack; the numbers and layouts are kernel ABI. */
#define TRACE_KPROBE_SESSION 56
#define FUNC_tail_call       12
#define FUNC_attach_cookie   174
#define PSEUDO_KFUNC_CALL    2

struct kprobe_multi_attr {
	u32 prog, target, attach_type, flags;
	u32 multi_flags, n;
	u64 names, addrs, cookies;
};
struct kprobe_multi_info {
	u32 type, id, prog, pad;
	u64 addrs;
	u32 n, flags;
	u64 missed; /* since 6.7 */
	u64 later[16];
};

/* Their descriptors; 0: not tried yet, -1: this kernel has none. */
static int dispatcher, programs = -1;
#define LINKS 4

/*
 * The cookie is a function's number, and PROGRAMS has two programs for each: for its entry and its return.
 * The kernel function that tells them apart takes the context only since 7.0.
 */
static int load_dispatcher(int is_return)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = TRACE_KPROBE_SESSION);
	struct bpf_insn insns[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, PSEUDO_KFUNC_CALL, 0, is_return },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_7, BPF_REG_0, 0, 0 },
		{ BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_7, 0, 0, 1 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, FUNC_attach_cookie },
		{ BPF_ALU64 | BPF_LSH | BPF_K, BPF_REG_0, 0, 0, 1 },
		{ BPF_ALU64 | BPF_OR | BPF_X, BPF_REG_0, BPF_REG_7, 0, 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_0, 0, 0 },
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_2, BPF_PSEUDO_MAP_FD, 0, programs },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0 },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, FUNC_tail_call },
		/* It has no such program. */
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "session", "GPL", insns,
			     sizeof(insns) / sizeof(*insns), &o);
}

static void close_fd(int *fd, int is_now)
{
	if (*fd > 0)
		close(*fd);
	*fd = is_now;
}

bool session_works(void)
{
	int is_return;

	if (dispatcher)
		return dispatcher > 0;
	dispatcher = -1;
	if (kbtf_foreign()) /* its IDs may be others than the kernel's */
		return false;
	is_return = kbtf_find("bpf_session_is_return", BTF_KIND_FUNC);
	if (is_return < 0 || !kaddr_works())
		return false;
	programs = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "session", 4, 4, 2 * SESSION_MOST, NULL);
	if (programs >= 0)
		dispatcher = load_dispatcher(is_return);
	if (dispatcher < 0)
		close_fd(&programs, -1);
	return dispatcher > 0;
}

/* Before 7.0 these take no argument, and then don't look at it. */
static void name_functions(struct bpf_program *p)
{
	struct bpf_insn *insns = (struct bpf_insn *)bpf_program__insns(p);

	for (size_t i = 0; i < bpf_program__insn_cnt(p); i++) {
		const char *func = insns[i].imm == SESSION_IS_RETURN ? "bpf_session_is_return"
				   : insns[i].imm == SESSION_COOKIE  ? "bpf_session_cookie"
								     : NULL;

		if (insns[i].code != (BPF_JMP | BPF_CALL) || insns[i].src_reg || !func)
			continue;
		insns[i].src_reg = PSEUDO_KFUNC_CALL;
		insns[i].imm = kbtf_find(func, BTF_KIND_FUNC);
	}
}

void session_take(struct bpf_program *p)
{
	bpf_program__set_expected_attach_type(p, TRACE_KPROBE_SESSION);
	name_functions(p);
}

bool session_has(const struct bpf_program *p)
{
	return (int)bpf_program__expected_attach_type(p) == TRACE_KPROBE_SESSION;
}

static int put(u32 slot, int prog)
{
	return prog < 0 ? 0 : bpf_map_update_elem(programs, &slot, &prog, BPF_ANY);
}

static int *links, n_links;

int session_link(int prog, const u64 *addrs, const u64 *cookies, u32 n)
{
	struct kprobe_multi_attr attr = { .prog = prog,
					  .attach_type = TRACE_KPROBE_SESSION,
					  .n = n,
					  .addrs = (unsigned long)addrs,
					  .cookies = (unsigned long)cookies };
	int fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	if (fd < 0)
		return -1;
	links = reallocarray(links, n_links + 1, sizeof(*links));
	if (!links)
		err(1, NULL);
	links[n_links++] = fd;
	return fd;
}

/* One link for those that are not attached yet, each place once.  How many these are, or -1. */
static int attach_link(const struct session_func *funcs, u32 n, bool *attached)
{
	u64 addrs[SESSION_MOST], cookies[SESSION_MOST];
	u32 put = 0;

	for (u32 i = 0; i < n; i++) {
		u32 j = 0;

		while (j < put && addrs[j] != funcs[i].addr)
			j++;
		if (attached[i] || j < put)
			continue;
		addrs[put] = funcs[i].addr;
		cookies[put++] = i;
		attached[i] = true;
	}
	return session_link(dispatcher, addrs, cookies, put) < 0 ? -1 : (int)put;
}

int session_attach(const struct session_func *funcs, u32 n)
{
	bool attached[SESSION_MOST] = { false };
	u32 done = 0;

	if (!session_works() || n > SESSION_MOST) {
		errno = EOPNOTSUPP;
		return -1;
	}
	for (u32 i = 0; i < n; i++)
		if (put(2 * i, funcs[i].entry) || put(2 * i + 1, funcs[i].exit))
			return -1;
	while (done < n && n_links < LINKS) {
		int more = attach_link(funcs, n, attached);

		if (more < 0)
			return -1;
		done += more;
	}
	errno = E2BIG;
	return done < n ? -1 : 0;
}

void session_detach(void)
{
	while (n_links)
		close(links[--n_links]);
	close_fd(&programs, -1);
	close_fd(&dispatcher, 0);
}

u64 session_missed(void)
{
	u64 missed = 0;

	for (int i = 0; i < n_links; i++) {
		struct kprobe_multi_info info = {};
		u32 len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(links[i], &info, &len))
			missed += info.missed;
	}
	return missed;
}

u64 session_nested(void)
{
	struct bpf_prog_info info = {};
	u32 len = sizeof(info);

	if (!n_links || bpf_obj_get_info_by_fd(dispatcher, &info, &len))
		return 0;
	return info.recursion_misses;
}
