// SPDX-License-Identifier: BSD-2-Clause
/*
 * floor fexit|kprobe|tracepoint NAME...	until SIGINT: what probes that do nothing cost
 * floor uprobe NAME...			the same in libc: at the beginning of NAME, or with NAME/return at its end
 * floor rows NAME				and probes that send 64 bytes, printed unparsed
 *
 * The least that a tool with the same probes can cost: programs of two instructions, and programs
 * that only send a record.  Records are read and written as in common/main/loop.c, without a
 * filter, a clock, a name or a number.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <err.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ROW = 64, RING = 1 << 20 };

static struct btf *btf;
static int ring_map;
static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	stopped = sig;
}

static int load(enum bpf_prog_type type, enum bpf_attach_type attach, const char *name, bool row)
{
	struct bpf_insn insns[32] = {}, *i = insns;
	LIBBPF_OPTS(bpf_prog_load_opts, o);
	char log[4096] = "";
	int fd;

	if (row) {
		for (int at = ROW; at > 0; at -= 4)
			*i++ = (struct bpf_insn){ .code = BPF_ST | BPF_MEM | BPF_W,
						  .dst_reg = 10,
						  .off = -at,
						  .imm = 0x6f6f6f6f };
		*i++ = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					  .dst_reg = 1,
					  .src_reg = BPF_PSEUDO_MAP_FD,
					  .imm = ring_map };
		i++;
		*i++ = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
					  .dst_reg = 2,
					  .src_reg = 10 };
		*i++ = (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K,
					  .dst_reg = 2,
					  .imm = -ROW };
		*i++ = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
					  .dst_reg = 3,
					  .imm = ROW };
		*i++ = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4 };
		*i++ = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					  .imm = BPF_FUNC_ringbuf_output };
	}
	*i++ = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K };
	*i++ = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	o.log_buf = log;
	o.log_size = sizeof(log);
	if (type == BPF_PROG_TYPE_TRACING) {
		int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

		if (id < 0)
			errx(1, "the kernel's types have no function %s", name);
		o.expected_attach_type = attach;
		o.attach_btf_id = id;
	}
	fd = bpf_prog_load(type, "floor", "GPL", insns, i - insns, &o);
	if (fd < 0)
		err(1, "cannot load: %s", log);
	return fd;
}

static void probe(const char *kind, const char *name, unsigned long at, bool at_return)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .config = at_return };
	char path[64];
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", kind);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%u", &attr.type) != 1)
		errx(1, "the kernel has no %ss", kind);
	fclose(f);
	attr.config1 = (unsigned long)name;
	attr.config2 = at;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
	if (fd < 0 || ioctl(fd, PERF_EVENT_IOC_SET_BPF, load(BPF_PROG_TYPE_KPROBE, 0, "", false)) ||
	    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		err(1, "cannot probe %s", name);
}

/* What is loaded from the file's beginning on is at the same distance in memory. */
static void uprobe(const char *name)
{
	const char *slash = strchr(name, '/');
	char function[64];
	Dl_info lib;
	void *at;

	snprintf(function, sizeof(function), "%.*s", (int)(slash ? slash - name : 63), name);
	at = dlsym(RTLD_DEFAULT, function);
	if (!at || !dladdr(at, &lib))
		errx(1, "libc has no %s", function);
	probe("uprobe", lib.dli_fname, at - lib.dli_fbase, slash);
}

static char out[1 << 16];
static size_t out_len;

static void flush(void)
{
	if (out_len && write(STDOUT_FILENO, out, out_len) != (ssize_t)out_len)
		err(1, "cannot write");
	out_len = 0;
}

static int put(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (out_len + size > sizeof(out))
		flush();
	memcpy(out + out_len, data, size - 1);
	out[out_len + size - 1] = '\n';
	out_len += size;
	return 0;
}

static void rows(void)
{
	struct ring_buffer *ring = ring_buffer__new(ring_map, put, NULL, NULL);

	if (!ring)
		err(1, "cannot read the ring buffer");
	while (!stopped) {
		struct epoll_event ev;

		if (epoll_wait(ring_buffer__epoll_fd(ring), &ev, 1, -1) < 1)
			continue;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		ring_buffer__consume(ring);
		flush();
	}
	ring_buffer__consume(ring);
	flush();
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[1] : "";
	bool is_rows = !strcmp(kind, "rows");

	if (is_rows || !strcmp(kind, "fexit")) {
		btf = btf__load_vmlinux_btf();
		if (!btf)
			err(1, "cannot read the kernel's types");
	} else if (strcmp(kind, "kprobe") && strcmp(kind, "uprobe") && strcmp(kind, "tracepoint")) {
		errx(2, "usage: floor fexit|kprobe|uprobe|tracepoint|rows NAME...");
	}
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop }, NULL);
	if (is_rows) {
		ring_map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "floor", 0, 0, RING, NULL);
		if (ring_map < 0)
			err(1, "cannot create a ring buffer");
	}
	for (int i = 2; i < argc; i++) {
		if (btf) {
			int fd = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, argv[i], is_rows);

			if (bpf_raw_tracepoint_open(NULL, fd) < 0)
				err(1, "cannot attach to %s", argv[i]);
		} else if (*kind == 't') {
			int fd = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, "", false);

			if (bpf_raw_tracepoint_open(argv[i], fd) < 0)
				err(1, "cannot attach to %s", argv[i]);
		} else if (*kind == 'u') {
			uprobe(argv[i]);
		} else {
			probe("kprobe", argv[i], 0, false);
			probe("kprobe", argv[i], 0, true);
		}
	}
	btf__free(btf);
	if (is_rows)
		rows();
	else
		while (!stopped)
			pause();
	return 0;
}
