// SPDX-License-Identifier: BSD-2-Clause
/*
 * rawtp PROGRAM ARG... [, PROGRAM ARG...]...	run the raw tracepoint's program of this name, which some tool has loaded,
 *						with these arguments, then the next one
 *
 * For tracepoints that no test kernel hits.
 */
#include <err.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int find(const char *name)
{
	union bpf_attr next = { 0 };

	while (!bpf(BPF_PROG_GET_NEXT_ID, &next)) {
		struct bpf_prog_info info = { 0 };
		union bpf_attr get = { .prog_id = next.next_id }, ask = { 0 };
		int fd = bpf(BPF_PROG_GET_FD_BY_ID, &get);

		next.start_id = next.next_id;
		ask.info.bpf_fd = fd;
		ask.info.info_len = sizeof(info);
		ask.info.info = (uintptr_t)&info;
		if (fd >= 0 && !bpf(BPF_OBJ_GET_INFO_BY_FD, &ask) &&
		    info.type == BPF_PROG_TYPE_RAW_TRACEPOINT && !strcmp(info.name, name))
			return fd;
		close(fd);
	}
	return -1;
}

static void run(const char *name, uint64_t *args, size_t size)
{
	union bpf_attr run = { 0 };
	int fd = find(name);

	if (fd < 0)
		errx(1, "no program %s", name);
	run.test.prog_fd = fd;
	run.test.ctx_in = (uintptr_t)args;
	run.test.ctx_size_in = size;
	if (bpf(BPF_PROG_TEST_RUN, &run))
		err(1, "%s", name);
	close(fd);
}

int main(int argc, char **argv)
{
	while (++argv, --argc > 0) {
		const char *name = *argv;
		uint64_t args[12] = { 0 };

		for (int i = 0; argc > 1 && strcmp(argv[1], ",") && i < 12; i++) {
			args[i] = strtoull(*++argv, NULL, 0);
			argc--;
		}
		run(name, args, sizeof(args));
		argv++;
		argc--;
	}
	return 0;
}
