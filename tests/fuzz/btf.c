// SPDX-License-Identifier: BSD-2-Clause
/* A file that stands in for the kernel's type information: --btf, SNOOPKIT_BTF. */
#include "../../common/kernel/kbtf.c"
#include "fuzz.h"
#include "opensnoop.h"
#include "opensnoop.skel.h"

/* Forget it: the next input is another file. */
static void forget(void)
{
	free(new_ids);
	free(queue);
	new_ids = queue = NULL;
	kbtf_forget();
	foreign = whole = false;
	n_answers = 0;
}

static void see(const char *name, u32 value)
{
	if (strlen(name) == value)
		foreign = true;
}

/* What we cut out of a sound file must be sound, too. */
static void check_copy(void)
{
	char data[1 << 16];
	ssize_t n = pread(copy_fd, data, sizeof(data), 0);

	if (n < 0 || n == sizeof(data))
		return;
	free_types(&k);
	k.len = n;
	k.data = malloc(n);
	memcpy((char *)k.data, data, n);
	if (!header_is_sound(&k))
		abort();
	k.types = k.data + sizeof(struct btf_header);
	k.strs = k.types + ((const struct btf_header *)k.data)->str_off;
	k.strs_len = ((const struct btf_header *)k.data)->str_len;
	if (index_types(&k, ((const struct btf_header *)k.data)->type_len) != INDEXED ||
	    !file_is_sound())
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct opensnoop_bpf *skel;
	static char path[32];
	int fd = fuzz_file(data, size);

	if (!skel)
		skel = opensnoop_bpf__open();
	if (!skel)
		abort();
	snprintf(path, sizeof(path), "%s", fuzz_path(fd));
	run.btf = path;
	CATCH_EXIT({
		kbtf_path();
		kbtf_copy(skel->obj);
		kbtf_func_args("do_sys_openat2");
		kbtf_tracepoint_args("sched_switch");
		kbtf_has_member("io_kiocb", "cqe");
		for (int i = 0; i < KBTF_ENUMS; i++)
			kbtf_enum(i, see);
		check_copy();
	});
	forget();
	close(fd);
	return 0;
}
