// SPDX-License-Identifier: BSD-2-Clause
/* Files that others choose: what is not opened, and what reading costs at most. */
#include "symbols/safe_file.h"
#include "symbols/objfile.h"
#include "symbols/perfmap.h"
#include "test.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[] = "/tmp/safe_file-XXXXXX";

static const char *in_dir(const char *name)
{
	static char paths[4][256];
	static int i;
	char *path = paths[i++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static bool put(const char *name, const char *text)
{
	FILE *f = fopen(in_dir(name), "w");

	return f && fputs(text, f) >= 0 && !fclose(f);
}

/* A process of its own whose root is the folder, if we may; else whose root is ours. */
static pid_t start(bool rooted)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		if (!rooted || (!chroot(dir) && !chdir("/")))
			(void)!write(ready[1], "x", 1);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- opening ---- */

/* Not opened, without waiting, and what is there is told. */
static void refused(const char *path, mode_t kind, const char *name)
{
	struct objfile o;
	struct stat st;
	int fd;

	alarm(10);
	fd = safe_open_host(path, NULL, &st);
	ok(fd == -1 && (st.st_mode & S_IFMT) == kind, name);
	ok(!objfile_find(&o, path, 0) && o.irregular, "  nor is it taken for a program");
	alarm(0);
	if (fd >= 0)
		close(fd);
}

static void test_kinds(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	struct objfile o;
	struct stat st;

	mkfifo(in_dir("fifo"), 0600);
	strcpy(a.sun_path, in_dir("socket"));
	(void)!bind(s, (struct sockaddr *)&a, sizeof(a));
	(void)!symlink("fifo", in_dir("link"));
	refused(in_dir("fifo"), S_IFIFO, "a FIFO is not opened");
	refused(in_dir("link"), S_IFIFO, "nor a link to one");
	refused("/dev/zero", S_IFCHR, "nor a device");
	refused(dir, S_IFDIR, "nor a folder");
	refused(in_dir("socket"), S_IFSOCK, "nor a socket");
	close(s);
	fd = safe_open_host(in_dir("nothing"), NULL, &st);
	ok(fd == -1 && errno == ENOENT && !st.st_mode, "nothing is there");
	ok(!objfile_find(&o, in_dir("nothing"), 0) && !o.irregular, "  and so no program");

	put("file", "text");
	fd = safe_open_host(in_dir("file"), NULL, &st);
	ok(fd >= 0 && st.st_size == 4, "a file is opened");
	ok(fcntl(fd, F_GETFL) & O_NONBLOCK && fcntl(fd, F_GETFD) & FD_CLOEXEC,
	   "it can't make us wait, and no command inherits it");
	close(fd);
	fd = safe_open_host(in_dir("file"), &(struct want){ st.st_dev, st.st_ino + 1 }, &st);
	is_num(fd, -1, "another file than was mapped is not");
}

/* Paths in a process lead to what is below its root, whatever its links say. */
static void test_root(void)
{
	struct stat st, ours;
	struct objfile o;
	pid_t pid;
	int fd;

	put("outside", "ours");
	mkdir(in_dir("etc"), 0700);
	put("etc/secret", "theirs");
	(void)!symlink("/etc/passwd", in_dir("passwd"));
	(void)!symlink("/etc/secret", in_dir("secret"));
	(void)!symlink("../../../../../../etc/passwd", in_dir("etc/up"));
	(void)!symlink("/proc/self/root/etc/passwd", in_dir("magic"));
	pid = start(true);
	if (pid < 0) {
		skip("a process with a root of its own", "chroot(2) is not allowed");
		return;
	}
	fd = safe_open_in_process(pid, "/secret", NULL, &st);
	ok(fd >= 0 && st.st_size == 6, "an absolute link is followed below the process's root");
	close(fd);
	is_num(safe_open_in_process(pid, "/passwd", NULL, &st), -1,
	       "a link does not lead out of it");
	is_num(safe_open_in_process(pid, "/etc/up", NULL, &st), -1, "nor does ..");
	is_num(safe_open_in_process(pid, "/../../etc/passwd", NULL, &st), -1, "nor in the path");
	is_num(safe_open_in_process(pid, "/magic", NULL, &st), -1, "nor /proc");
	ok(stat("/etc/passwd", &ours) || !objfile_find(&o, "/passwd", pid), "nor for a program");
	alarm(10);
	fd = safe_open_in_process(pid, "/fifo", NULL, &st);
	ok(fd == -1 && S_ISFIFO(st.st_mode), "its FIFO is not opened");
	alarm(0);
	stop(pid);
	is_num(safe_open_in_process(pid, "/secret", NULL, &st), -1, "a process that is gone");
}

/* ---- reading ---- */

static void test_read(void)
{
	char buf[16] = "";
	struct src s;
	struct stat st;
	char *copy;
	int fd;

	put("short", "0123456789");
	fd = safe_open_host(in_dir("short"), NULL, &st);
	s = (struct src){ .fd = fd, .size = st.st_size };
	ok(src_read(&s, 8, buf, 2) && !memcmp(buf, "89", 2), "the end");
	ok(!src_read(&s, 8, buf, 3) && !src_read(&s, 11, buf, 0) &&
		   !src_read(&s, UINT64_MAX, buf, 2),
	   "not beyond it");
	is_num(src_read_some(&s, 8, buf, 9), 2, "as much as there is");
	is_num(src_read_some(&s, UINT64_MAX, buf, 9), 0, "beyond it nothing");
	copy = src_copy(&s, 2, 3, 3);
	is_str(copy, "234", "a copy has a NUL");
	free(copy);
	ok(!src_copy(&s, 2, 4, 3), "no more than may be");
	ok(!src_copy(&s, 8, 3, 99) && !src_copy(&s, UINT64_MAX, 2, 99) &&
		   !src_copy(&s, 2, UINT64_MAX, 99),
	   "no more than there is");

	if (truncate(in_dir("short"), 4))
		perror("truncate");
	ok(!src_read(&s, 2, buf, 8), "truncated since it was opened: less, and no signal");
	is_num(src_read_some(&s, 2, buf, 8), 2, "  what is left");
	ok(!src_copy(&s, 2, 8, 99), "  no copy");
	close(fd);
}

/* An ELF file of 64 bits with one segment and N sections of this type, each of them the same SIZE at 4096. */
static void put_elf(const char *name, u32 n, u32 type, u64 size, u64 entry)
{
	Elf64_Ehdr e = { .e_ident = ELFMAG,
			 .e_type = ET_DYN,
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phoff = sizeof(e),
			 .e_phnum = 1,
			 .e_shoff = sizeof(e) + sizeof(Elf64_Phdr),
			 .e_shentsize = sizeof(Elf64_Shdr),
			 .e_shnum = n };
	Elf64_Phdr p = { .p_type = PT_LOAD, .p_flags = PF_X, .p_filesz = 4096 };
	FILE *f = fopen(in_dir(name), "w");

	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	fwrite(&e, sizeof(e), 1, f);
	fwrite(&p, sizeof(p), 1, f);
	for (u32 i = 0; i < n; i++) {
		Elf64_Shdr s = { .sh_type = i ? type : 0,
				 .sh_link = 1,
				 .sh_offset = 1 << 20,
				 .sh_size = size,
				 .sh_entsize = entry };

		fwrite(&s, sizeof(s), 1, f);
	}
	fclose(f);
	if (truncate(in_dir(name), (1 << 20) + size)) /* a hole, which takes no disk */
		perror("truncate");
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void count(const char *name, u64 offset, bool ifunc, void *ctx)
{
	(void)name;
	(void)offset;
	(void)ifunc;
	++*(int *)ctx;
}

static const char *why;
static bool good;

static void read_huge(void)
{
	struct objfile o;
	int n = 0;

	good = objfile_find(&o, in_dir("huge"), 0) && objfile_each_func(&o, 0, &why, count, &n);
	objfile_close(&o);
}

static void read_ahead(void)
{
	struct objfile o;
	int n = 0;

	for (int i = 0; i < 20; i++) {
		good = objfile_find(&o, in_dir("huge"), 0) &&
		       objfile_each_func(&o, 0, &why, count, &n);
		objfile_close(&o);
	}
}

static void test_budget(void)
{
	const char *text;
	double begin;
	struct stat st;
	struct src s;
	char byte;
	int fd;

	/* 20,000 tables of symbols, each of them the same 200 MB that are not there. */
	put_elf("huge", 20000, SHT_SYMTAB, 200 << 20, sizeof(Elf64_Sym));
	begin = seconds();
	text = stderr_of(read_huge);
	ok(!good, "a file that asks for 4 TB");
	is_str(why, "it takes too long to read", "  is said to");
	ok(strstr(text, "reading symbols takes too long"), "  on stderr, too");
	ok(seconds() - begin < 20, "  and does not take long");

	begin = seconds();
	stderr_of(read_ahead);
	ok(!good && seconds() - begin < 5, "many such files take no more than one");

	fd = safe_open_host(in_dir("huge"), NULL, &st);
	s = (struct src){ .fd = fd, .size = st.st_size };
	ok(!src_read(&s, 0, &byte, 1) && !budget_left() && !budget_bytes(), "nothing is read then");
	budget_set(1 << 20);
	ok(budget_left() && src_read(&s, 0, &byte, 1), "the budget is renewed");
	is_num(budget_bytes(), (1 << 20) - 1, "  and counted");
	ok(!src_copy(&s, 0, 1 << 20, UINT64_MAX) && !src_read(&s, 0, &byte, 1), "no byte more");
	budget_set(1 << 30);
	close(fd);
}

/* ---- perf maps ---- */

static const char *named(struct perfmap **j, pid_t pid, u64 addr)
{
	struct perfmap_name n;

	return perfmap_find(j, pid, getuid(), addr, &n) ? n.name : NULL;
}

static void test_perfmap(void)
{
	char path[64], *line = malloc(200000);
	struct perfmap *j = NULL;
	pid_t pid = start(false);
	struct stat st;
	double begin;
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	mkfifo(path, 0600);
	alarm(10);
	ok(!named(&j, pid, 0x1000), "a perf map that is a FIFO");
	alarm(0);
	unlink(path);
	perfmap_drop(&j);

	memset(line, 'x', 199999);
	line[199999] = 0;
	f = fopen(path, "w");
	fprintf(f,
		"1000 10 first\n2000 10 %s\n3000 10 third\n4000 10 %.4000s\nnonsense\n5000 10 last",
		line, line);
	fclose(f);
	is_str(named(&j, pid, 0x1008), "first", "a line of a perf map");
	ok(!named(&j, pid, 0x2000), "not one that is too long");
	is_str(named(&j, pid, 0x3000), "third", "the one after it");
	is_num(strlen(named(&j, pid, 0x4000) ?: ""), 4000, "a long one");
	is_str(named(&j, pid, 0x500f), "last", "the last, without a newline");
	f = fopen(path, "a");
	fprintf(f, "er\n6000 10 new\n");
	fclose(f);
	usleep(20000);
	is_str(named(&j, pid, 0x6000), "new", "what it grew by");
	is_str(named(&j, pid, 0x5000), "laster", "and the rest of its last line");
	perfmap_drop(&j);

	if (truncate(path, 1ll << 40)) /* some file systems have smaller ones */
		skip("a perf map of a terabyte", "it can't be made");
	begin = seconds();
	is_str(named(&j, pid, 0x1008), "first", "a perf map of a terabyte of nothing");
	ok(seconds() - begin < 20, "does not take long");
	perfmap_drop(&j);
	perfmap_free_unused();
	unlink(path);
	ok(stat(path, &st), "it is gone");
	stop(pid);
	free(line);
}

int main(void)
{
	char command[64];

	if (!mkdtemp(dir))
		return 1;
	chmod(dir, 0755);
	test_kinds();
	test_root();
	test_read();
	test_budget();
	test_perfmap();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) || done();
}
