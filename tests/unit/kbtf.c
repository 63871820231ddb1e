// SPDX-License-Identifier: BSD-2-Clause
/* Damaged files of types, and a kernel with kinds of types that we don't know, but libbpf does. */
#define done kbtf_done /* test.h has one, too */
#include "../../common/kernel/kbtf.c"
#undef done
#include "opensnoop.h"
#include "opensnoop.skel.h"
#include "test.h"
#include <sys/wait.h>

/* The exit status after loading a file of types, and the message. */
static const char *refusal(const char *path)
{
	static char said[512];
	int status, fds[2];
	ssize_t n;
	pid_t pid;

	if (pipe(fds))
		err(1, NULL);
	pid = fork();
	if (!pid) {
		dup2(fds[1], STDERR_FILENO);
		kbtf_forget();
		run.btf = path;
		load();
		_exit(0);
	}
	close(fds[1]);
	waitpid(pid, &status, 0); /* the pipe has room for all of it */
	n = read(fds[0], said + 2, sizeof(said) - 3);
	said[0] = '0' + WEXITSTATUS(status);
	said[1] = ' ';
	said[2 + (n < 0 ? 0 : n)] = 0;
	return said;
}

#define SOUND "tests/fuzz/corpus/btf/sound"

/* Is a file with this content refused, with this message? */
static bool is_refused(const void *data, size_t len, const char *why)
{
	char path[64], want[128];
	int fd = memfd_create("types", MFD_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	snprintf(want, sizeof(want), "1 kbtf: %s: %s\n", path, why);
	if (write(fd, data, len) != (ssize_t)len)
		err(1, NULL);
	if (strcmp(refusal(path), want)) {
		printf("# %s\n", refusal(path));
		want[0] = 0;
	}
	close(fd);
	return want[0];
}

#define DAMAGED_SAYS "this type information is damaged"
#define TAIL         sizeof(struct btf_type)

/* Change one number of a sound file. */
static void damaged_numbers(void)
{
	static const struct {
		const char *what;
		u32 id, off, value;
	} damages[] = {
		{ "the ID of a member", 2, TAIL + 4, 999 },
		{ "the name of a member", 2, TAIL, 0x7fffff00 },
		{ "a member that is a function", 2, TAIL + 4, 5 },
		{ "a member without name or type", 9, TAIL + 4, 0 },
		{ "a struct in itself", 9, TAIL + 4, 9 },
		{ "a typedef of itself", 13, 8, 13 },
		{ "a pointer", 3, 8, 999 },
		{ "an array", 11, TAIL, 999 },
		{ "the index of an array", 11, TAIL + 4, 999 },
		{ "the name of an enum's value", 10, TAIL, 999 },
		{ "the name of a large enum's value", 12, TAIL, 999 },
		{ "the type of an argument", 4, TAIL + 4, 999 },
		{ "the name of an argument", 4, TAIL, 999 },
		{ "the type of a result", 4, 8, 999 },
		{ "a function of a struct's type", 5, 8, 2 },
		{ "a function without a type", 5, 8, 0 },
		{ "the name of a type", 1, 0, 999 },
		{ "the length of a struct", 2, 4, BTF_KIND_STRUCT << 24 | 0xffff },
	};
	size_t len = 0;
	char *data;

	if (!load_from(&k, SOUND, true))
		err(1, SOUND);
	data = malloc(k.len);
	for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		size_t at = k.types - k.data + k.at[damages[i].id] + damages[i].off;

		memcpy(data, k.data, k.len);
		memcpy(data + at, &damages[i].value, sizeof(u32));
		ok(is_refused(data, k.len, DAMAGED_SAYS), damages[i].what);
	}
	while (len < k.len && is_refused(k.data, len, "this is not type information"))
		len++;
	is_num(len, k.len, "a file that is cut, anywhere");
	free(data);
	kbtf_forget();
}

/* A path that only begins like that of the kernel's own types, which are not checked. */
static void detour(void)
{
	char path[] = "/tmp/kbtf-XXXXXX", way[128], want[256];
	int fd = mkstemp(path);

	if (!load_from(&k, SOUND, true))
		err(1, SOUND);
	((char *)k.data)[k.types - k.data + k.at[4] + 8] = 99;
	if (write(fd, k.data, k.len) != (ssize_t)k.len)
		err(1, "%s", path);
	close(fd);
	kbtf_forget();
	snprintf(way, sizeof(way), "%s../../..%s", OWN_FOLDER, path);
	snprintf(want, sizeof(want), "1 kbtf: %s: %s\n", way, DAMAGED_SAYS);
	if (access(way, R_OK))
		skip("a detour over the kernel's types", "there are none");
	else
		is_str(refusal(way), want, "a detour over the kernel's types");
	unlink(path);
}

/* Each union contains the one before it twice: 2^30 members. */
static void too_many_members(void)
{
	struct {
		struct btf_header h;
		struct {
			struct btf_type t;
			struct btf_member m[2];
		} types[30];
		char strs[4];
	} file = { .h = { .magic = BTF_MAGIC,
			  .version = 1,
			  .hdr_len = sizeof(file.h),
			  .type_len = sizeof(file.types),
			  .str_off = sizeof(file.types),
			  .str_len = 4 },
		   .strs = { 0, 'a', 'b', 0 } };

	for (u32 i = 0; i < 30; i++) {
		file.types[i].t = (struct btf_type){ .info = BTF_KIND_UNION << 24 | 2, .size = 8 };
		for (int j = 0; j < 2; j++)
			file.types[i].m[j] =
				(struct btf_member){ .name_off = !i, .type = i ? i : 0 };
	}
	ok(is_refused(&file, offsetof(typeof(file), strs) + 4, DAMAGED_SAYS),
	   "members that double");
}

int main(void)
{
	struct opensnoop_bpf *skel = opensnoop_bpf__open();
	struct btf *all;

	damaged_numbers();
	too_many_members();
	detour();
	is_str(refusal("/dev/zero"), "1 kbtf: /dev/zero: this is not a regular file\n",
	       "a device is not read");
	memset(tails + 16, 0, 16 * sizeof(*tails));
	ok(strstr(refusal("tests/fuzz/corpus/btf/unknown-kind"), "1 kbtf: tests/fuzz/corpus/btf/"
								 "unknown-kind: unknown kind of "
								 "type\n"),
	   "a file with an unknown kind is refused");
	if (access(OWN_TYPES, R_OK) || !skel) {
		skip("the kernel's own types", "there are none");
		return done();
	}
	kbtf_path();
	kbtf_copy(skel->obj);
	if (!whole) {
		skip("the kernel's own types", "they are of kinds that are older");
		return done();
	}
	is_num(lseek(copy_fd, 0, SEEK_END), k.len, "libbpf gets them as they are");
	all = btf__parse(kbtf_path(), NULL);
	if (!ok(all, "and takes them"))
		return done();
	is_num(k.n, btf__type_cnt(all), "all are found");
	is_num(kbtf_find("task_struct", BTF_KIND_STRUCT),
	       btf__find_by_name_kind(all, "task_struct", BTF_KIND_STRUCT), "a struct's ID");
	is_num(kbtf_find("vfs_read", BTF_KIND_FUNC),
	       btf__find_by_name_kind(all, "vfs_read", BTF_KIND_FUNC), "a function's ID");
	is_num(kbtf_func_args("vfs_read"), 4, "a function's arguments");
	ok(kbtf_has_member("task_struct", "tgid"), "a member of a struct");
	btf__free(all);
	return done();
}
