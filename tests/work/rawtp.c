// SPDX-License-Identifier: BSD-2-Clause
/*
 * rawtp PROGRAM ARG...	run the raw tracepoint's program of this name, which some tool has loaded, with these arguments.
 *
 * For tracepoints that no test kernel hits.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
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

int main(int argc, char **argv)
{
	uint64_t args[12] = { 0 };
	union bpf_attr run = { 0 };

	if (argc < 2)
		return 2;
	for (int i = 2; i < argc && i < 14; i++)
		args[i - 2] = strtoull(argv[i], NULL, 0);
	run.test.prog_fd = find(argv[1]);
	if ((int)run.test.prog_fd < 0) {
		fprintf(stderr, "rawtp: no program %s\n", argv[1]);
		return 1;
	}
	run.test.ctx_in = (uintptr_t)args;
	run.test.ctx_size_in = sizeof(args);
	if (bpf(BPF_PROG_TEST_RUN, &run)) {
		fprintf(stderr, "rawtp: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return 0;
}
