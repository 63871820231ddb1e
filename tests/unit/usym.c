// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/usym.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

#define PAGE 4096

static char dir[] = "/tmp/usym-test.XXXXXX";

/* Their bodies differ, so that the linker does not merge them. */
__attribute__((noinline, used)) static int static_function(int x)
{
	return x * 3 + getpid();
}

__attribute__((noinline, used)) int exported_function(int x)
{
	return x * 5 + getppid();
}

static char *in_dir(const char *name)
{
	static char path[8][256];
	static int n;

	n = (n + 1) % 8;
	snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
	return path[n];
}

static uint8_t *slurp(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p = NULL;

	if (fd >= 0 && !fstat(fd, &st) && (p = malloc(st.st_size)) &&
	    read(fd, p, st.st_size) != st.st_size) {
		free(p);
		p = NULL;
	}
	if (fd >= 0)
		close(fd);
	if (p)
		*size = st.st_size;
	return p;
}

static bool spill(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	bool good = fd >= 0 && write(fd, data, size) == (ssize_t)size;

	if (fd >= 0)
		close(fd);
	return good;
}

static bool copy(const char *from, const char *to)
{
	size_t size = 0;
	uint8_t *p = slurp(from, &size);
	bool good = p && spill(to, p, size);

	free(p);
	return good;
}

/* usym reads /proc for a process every 100 ms at most. */
static void settle(void)
{
	usleep(130000);
}

/*
 * A copy of this program, which says where its static_function() is, and lives until told to end.
 */
struct child {
	pid_t pid;
	uint64_t addr;
	int in, out;
};

static bool child_start(struct child *c, const char *program, bool (*before)(void))
{
	int to[2], from[2];
	char buf[32] = "";
	ssize_t n;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	c->pid = fork();
	if (!c->pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		if (before && !before())
			_exit(1);
		execl(program, program, "--child", NULL);
		_exit(1);
	}
	close(to[0]);
	close(from[1]);
	c->in = to[1];
	c->out = from[0];
	n = read(c->out, buf, sizeof(buf) - 1);
	c->addr = strtoull(buf, NULL, 16);
	return c->pid > 0 && n > 0;
}

static void child_end(struct child *c)
{
	close(c->in);
	close(c->out);
	waitpid(c->pid, NULL, 0);
}

static int child_main(void)
{
	char c;

	printf("%" PRIx64 "\n", (uint64_t)(uintptr_t)static_function);
	fflush(stdout);
	return read(0, &c, 1) != 0;
}

static void test_self(void)
{
	uint32_t pid = getpid();
	struct usym s = { .name = "untouched" };
	char exe[256] = "";

	readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	ok(!usym_find(pid, 16, &s), "the zero page is unknown");
	is_str(s.name, "untouched", "a failed lookup writes nothing");
	ok(!usym_find(0x7ffffff0, 4096, &s), "so is a process that does not exist");
	if (ok(usym_find(pid, (uintptr_t)static_function + 3, &s), "a static function")) {
		is_str(s.name, "static_function", "its name");
		is_num(s.offset, 3, "its offset");
		is_str(s.module, exe, "its module");
	}
	if (ok(usym_find(pid, (uintptr_t)exported_function, &s), "an exported function")) {
		is_str(s.name, "exported_function", "its name");
		is_num(s.offset, 0, "its offset");
	}
}

static void test_libc(void)
{
	void *f = dlsym(dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD) ?: RTLD_DEFAULT, "getppid");
	struct usym s;
	Dl_info info;

	if (!f || !dladdr(f, &info)) {
		skip("getppid of libc", "linked statically");
		return;
	}
	if (ok(usym_find(getpid(), (uintptr_t)f + 1, &s), "getppid of libc")) {
		is_str(s.name, "getppid", "its name");
		is_num(s.offset, 1, "its offset");
		is_num(s.module_offset, (uintptr_t)f + 1 - (uintptr_t)info.dli_fbase,
		       "its address in the file");
		ok(s.module && strstr(s.module, "/lib"), "its module");
	}
}

static void test_vdso(void)
{
	void *h = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	void *f = h ? dlsym(h, "__vdso_clock_gettime") ?: dlsym(h, "__kernel_clock_gettime") : NULL;
	struct usym s;

	if (!f) {
		skip("a function of the vDSO", "the linker does not tell where it is");
		return;
	}
	if (ok(usym_find(getpid(), (uintptr_t)f, &s), "a function of the vDSO")) {
		ok(s.name && strstr(s.name, "clock_gettime"), "its name");
		is_num(s.offset, 0, "its offset");
		is_str(s.module, "[vdso]", "its module");
	}
}

static void test_perf_map(void)
{
	char path[64], text[128];
	uint8_t *code = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t at = (uintptr_t)code;
	struct usym s;
	FILE *f;

	settle();
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	ok(usym_find(getpid(), at + 1, &s) && !s.name, "code without a perf map has no name");
	is_str(s.module, "[anon]", "its module");
	f = fopen(path, "we");
	if (!f) {
		skip("perf map", path);
		return;
	}
	fprintf(f, "%" PRIx64 " 20 first of all\nrubbish\n0x%" PRIx64 " 10 second\n", at, at + 32);
	fflush(f);
	usleep(20000);
	if (ok(usym_find(getpid(), at + 5, &s), "code with a perf map")) {
		is_str(s.name, "first of all", "its name");
		is_num(s.offset, 5, "its offset");
		is_str(s.module, path, "its module");
	}
	ok(usym_find(getpid(), at + 33, &s) && s.name && !strcmp(s.name, "second"), "0x is fine");
	ok(usym_find(getpid(), at + 64, &s) && !s.name, "beyond the last");
	fprintf(f, "%" PRIx64 " 10 third", at + 64); /* cut off */
	fflush(f);
	usleep(20000);
	ok(usym_find(getpid(), at + 64, &s) && s.name, "the map grew");
	fprintf(f, " man\n%" PRIx64 " 20 again\n", at);
	fflush(f);
	snprintf(text, sizeof(text), "%" PRIx64 " 1 fourth\n", at + 128);
	fputs(text, f);
	fclose(f);
	usleep(20000);
	ok(usym_find(getpid(), at + 128, &s) && s.name, "and again");
	ok(usym_find(getpid(), at + 64, &s) && s.name && !strcmp(s.name, "third man"),
	   "a line cut off is read again");
	ok(usym_find(getpid(), at, &s) && s.name && !strcmp(s.name, "again"),
	   "the newest name wins");
	unlink(path);
	munmap(code, PAGE);
}

static void test_alive(void)
{
	char *prog = in_dir("alive"), *other = in_dir("other");
	struct child c;
	struct usym s;

	if (!copy("/proc/self/exe", prog) || !copy("/bin/true", other) ||
	    !child_start(&c, prog, NULL)) {
		skip("another process", "cannot start it");
		return;
	}
	if (ok(usym_find(c.pid, c.addr + 1, &s), "another process")) {
		is_str(s.name, "static_function", "its function");
		is_str(s.module, prog, "its module");
	}
	child_end(&c);
	ok(usym_find(c.pid, c.addr + 2, &s) && s.name, "it is still known when it has ended");
	usym_drain();

	/* noted; then ended and replaced by a different program before anything is looked up */
	unlink(prog);
	copy("/proc/self/exe", prog);
	if (child_start(&c, prog, NULL)) {
		usym_note(c.pid);
		child_end(&c);
		rename(other, prog);
		if (ok(usym_find(c.pid, c.addr, &s), "a program since replaced")) {
			ok(!s.name || !strcmp(s.name, "static_function"),
			   "is not named after its replacement");
			is_str(s.module, prog, "but its module is known");
			ok(s.module_offset, "and the offset");
		}
	}
	/* the same, but the file is overwritten in place, so that the inode stays */
	unlink(prog);
	copy("/proc/self/exe", prog);
	if (child_start(&c, prog, NULL)) {
		usym_note(c.pid);
		child_end(&c);
		usleep(20000);
		copy("/bin/true", prog);
		ok(usym_find(c.pid, c.addr, &s) && !s.name, "a program since written over");
	}
	unlink(prog);
	copy("/proc/self/exe", prog);
	if (geteuid()) {
		skip("a deleted program that still runs", "not root");
		return;
	}
	if (child_start(&c, prog, NULL)) {
		unlink(prog);
		if (ok(usym_find(c.pid, c.addr, &s), "a deleted program that still runs")) {
			is_str(s.name, "static_function", "its function");
			is_str(s.module, prog, "its module");
		}
		child_end(&c);
	}
}

static bool run(const char *command)
{
	char buf[1024];

	snprintf(buf, sizeof(buf), "cd %s && { %s; } >/dev/null 2>&1", dir, command);
	return !system(buf);
}

static void test_stripped(void)
{
	char *prog = in_dir("stripped");
	struct child c;
	struct usym s;

	if (!copy("/proc/self/exe", in_dir("full")) || !run("objcopy --strip-all full stripped")) {
		skip("a stripped program", "objcopy is not there");
		return;
	}
	if (child_start(&c, prog, NULL)) {
		ok(usym_find(c.pid, c.addr, &s) && !s.name, "a stripped program");
		is_str(s.module, prog, "its module");
		child_end(&c);
	}
	if (ok(run("rm stripped && mkdir .debug && objcopy --only-keep-debug full .debug/x.debug "
		   "&& "
		   "objcopy --strip-all --add-gnu-debuglink=.debug/x.debug full stripped"),
	       "make a debug file") &&
	    child_start(&c, prog, NULL)) {
		ok(usym_find(c.pid, c.addr, &s), "a program with a debug file");
		is_str(s.name, "static_function", "its function");
		child_end(&c);
	}
	if (run("rm stripped && objcopy --remove-section=.note.gnu.build-id --strip-all "
		"--add-gnu-debuglink=.debug/x.debug full stripped") &&
	    child_start(&c, prog, NULL)) {
		ok(usym_find(c.pid, c.addr, &s), "a debug file that only its checksum ties");
		is_str(s.name, "static_function", "its function");
		child_end(&c);
	}
	if (run("objcopy --remove-section=.note.gnu.build-id .debug/x.debug; rm stripped; "
		"objcopy --strip-all --add-gnu-debuglink=.debug/x.debug full stripped; "
		"echo >>.debug/x.debug") &&
	    child_start(&c, prog, NULL)) {
		ok(usym_find(c.pid, c.addr, &s) && !s.name, "a debug file of something else");
		child_end(&c);
	}
}

/* As Fedora's find-debuginfo does it, but for the names of data. */
#define MINI_DEBUG                                                                             \
	"rm -f mini.xz stripped && "                                                           \
	"nm -D --format=posix --defined-only full | cut -d' ' -f1 | sort >dynamic && "         \
	"nm --format=posix --defined-only full | sed -n 's/ [Tt] .*//p' | sort >functions && " \
	"comm -13 dynamic functions >keep && objcopy --only-keep-debug full debug && "         \
	"objcopy -S --keep-symbols=keep debug mini && xz mini && "                             \
	"objcopy --strip-all --add-section .gnu_debugdata=mini.xz full stripped"

static void test_mini_debug(void)
{
	char *prog = in_dir("stripped");
	struct child c;
	struct usym s;

	if (!run("command -v nm && command -v objcopy && command -v xz")) {
		skip("MiniDebugInfo", "no nm, objcopy or xz");
		return;
	}
	if (ok(run(MINI_DEBUG), "make MiniDebugInfo") && child_start(&c, prog, NULL)) {
		ok(usym_find(c.pid, c.addr, &s), "a program with MiniDebugInfo");
		is_str(s.name, "static_function", "its function");
		ok(usym_find(c.pid,
			     c.addr + (uintptr_t)exported_function - (uintptr_t)static_function,
			     &s),
		   "the same program");
		is_str(s.name, "exported_function", "a function that it exports");
		child_end(&c);
	}
	if (ok(run("rm stripped mini.xz && head -c 100M /dev/zero >>mini && xz -0 mini && "
		   "objcopy --strip-all --add-section .gnu_debugdata=mini.xz full stripped"),
	       "make MiniDebugInfo that is small and becomes large") &&
	    child_start(&c, prog, NULL)) {
		ok(usym_find(c.pid, c.addr, &s) && !s.name, "it is not unpacked");
		child_end(&c);
	}
}

/* The table of a Go program with one function, which is at this address. */
static size_t go_table_of(uint8_t *t, uint32_t magic, uint64_t start, const char *name)
{
	bool relative = magic >= 0xfffffff0 && magic < 0xfffffffa;
	uint64_t head[9] = { magic | 1ull << 48 | 8ull << 56, 1 };
	size_t n = strlen(name) + 1, names = sizeof(head), list = (names + n + 7) & ~7ul;

	memset(t, 0, 512);
	if (magic == 0xfffffffb) { /* 1.2: no more than the list, and what is found from there */
		uint64_t entry[3] = { start, 64, start + 16 };

		memcpy(t, head, 16);
		memcpy(t + 16, entry, sizeof(entry));
		memcpy(t + 64, &start, 8);
		t[72] = 80;
		memcpy(t + 80, name, n);
		return 80 + n;
	}
	if (relative) {
		uint32_t entry[3] = { 0, 12, 16 };

		head[3] = start;
		head[4] = names;
		head[5] = head[6] = head[7] = head[8] = list;
		memcpy(t + list, entry, sizeof(entry)); /* and then: 0, 0 */
	} else {
		uint64_t entry[3] = { start, 24, start + 16 };

		head[3] = names;
		head[4] = head[5] = head[6] = head[7] = list;
		memcpy(t + list, entry, sizeof(entry));
		memcpy(t + list + 24, &start, 8);
	}
	memcpy(t, head, sizeof(head));
	memcpy(t + names, name, n);
	return list + 64;
}

static void test_go(void)
{
	static const uint32_t magics[] = { 0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1 };
	uint8_t table[512];
	struct child c;
	struct usym s;
	Dl_info self;

	if (!dladdr(static_function, &self) || !run("command -v objcopy")) {
		skip("Go's tables", "no objcopy");
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		size_t n = go_table_of(table, magics[i],
				       (uintptr_t)static_function - (uintptr_t)self.dli_fbase,
				       "main.(*T).Burn");

		if (ok(spill(in_dir("table"), table, n) &&
			       run("rm -f stripped && objcopy --strip-all --add-section "
				   ".gopclntab=table full stripped"),
		       "make a Go program") &&
		    child_start(&c, in_dir("stripped"), NULL)) {
			ok(usym_find(c.pid, c.addr, &s), "its function");
			is_str(s.name, "main.(*T).Burn", "by its table");
			child_end(&c);
		}
	}
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Debug files of many programs, which only a checksum can tell apart.  They are sparse. */
static void test_costs(void)
{
	double first = 0, begin;
	struct child c;
	struct usym s;

	if (!run("objcopy --remove-section=.note.gnu.build-id .debug/x.debug; rm -f stripped; "
		 "objcopy --remove-section=.note.gnu.build-id --strip-all "
		 "--add-gnu-debuglink=.debug/x.debug full stripped && truncate -s 400M "
		 ".debug/x.debug")) {
		skip("sparse debug files", "objcopy is not there");
		return;
	}
	begin = cpu_seconds();
	for (int i = 0; i < 8; i++) {
		char *prog = in_dir("copy");

		unlink(prog);
		copy(in_dir("stripped"), prog);
		if (child_start(&c, prog, NULL)) {
			usym_find(c.pid, c.addr, &s);
			child_end(&c);
		}
		usym_drain();
		if (!i)
			first = cpu_seconds() - begin;
	}
	ok(cpu_seconds() - begin < 3 * first, "eight files don't cost what one costs, eight times");
}

static void test_watch(void)
{
	struct pollfd pfd = { .events = POLLIN };
	struct child c, many[20];
	size_t good = 0;
	bool quiet = false, readable = false;
	struct usym_place at;
	struct usym s;
	char *prog = in_dir("watched");
	pid_t pid;

	copy("/proc/self/exe", prog);
	pfd.fd = usym_watch();
	if (pfd.fd < 0) {
		skip("processes that have ended", "perf events are not allowed");
		return;
	}
	is_num(usym_watch(), pfd.fd, "a second watch is the first");
	usym_drain();

	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	usym_drain();
	ok(usym_find(pid, (uintptr_t)exported_function, &s) && s.name &&
		   !strcmp(s.name, "exported_function"),
	   "a child that forked and ended");

	for (size_t i = 0; i < 20; i++) {
		if (child_start(&many[i], prog, NULL))
			child_end(&many[i]);
		if (poll(&pfd, 1, 0) == 1) {
			readable = true;
			usym_drain();
		}
	}
	ok(readable, "the descriptor becomes readable");
	for (int i = 0; i < 100 && !quiet; i++) { /* others start programs, too */
		usym_drain();
		quiet = poll(&pfd, 1, 0) == 0;
	}
	ok(quiet, "and is no more when drained");
	for (size_t i = 0; i < 20; i++)
		good += usym_find(many[i].pid, many[i].addr, &s) && s.name &&
			!strcmp(s.name, "static_function") && !strcmp(s.module, prog);
	is_num(good, 20, "programs that started and ended");
	ok(!usym_find(many[0].pid, (uintptr_t)exported_function, &s),
	   "what their process ran before is no longer there");
	if (ok(usym_place(many[0].pid, (uintptr_t)exported_function,
			  &(struct usym_time){ 0, UINT64_MAX, 0 }, &at),
	       "but it was there once")) {
		usym_name(&at, &s);
		is_str(s.name, "exported_function", "with its name");
		usym_place_put(&at);
	}

	/* several times as many as the rings hold */
	for (int i = 0; i < 300; i++) {
		pid = fork();
		if (!pid) {
			execl(prog, prog, "--end", NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
		usym_drain(); /* each time, because other programs make records, too */
	}
	is_num(usym_lost(), 0, "nothing is lost if drained in time");
	if (child_start(&c, prog, NULL)) {
		usym_drain();
		ok(usym_find(c.pid, c.addr, &s) && s.name, "a process that was seen to start");
		child_end(&c);
	}
}

/* A file that got the inode of a program that has ended, and whose own times are older. */
static void test_inode(void)
{
	char *prog = in_dir("inode"), *other = in_dir("impostor");
	struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct stat was, is = { 0 };
	struct child c;
	struct usym s;

	copy("/proc/self/exe", prog);
	if (usym_watch() < 0 ||
	    !run("objcopy --redefine-sym static_function=impostor inode impostor")) {
		skip("a file that took an inode", "no perf events, or no objcopy");
		return;
	}
	usym_drain();
	if (!child_start(&c, prog, NULL))
		return;
	child_end(&c);
	stat(prog, &was);
	unlink(prog);
	copy(other, prog);
	utimensat(AT_FDCWD, prog, old, 0);
	stat(prog, &is);
	if (is.st_ino != was.st_ino) {
		skip("a file that took an inode", "inodes are not used again here");
		return;
	}
	usym_drain();
	if (ok(usym_find(c.pid, c.addr, &s), "a file took the inode of a program that has ended"))
		is_str(s.name, NULL, "and does not name its functions");
}

static void test_loss(void)
{
	char *prog = in_dir("watched");
	struct child c;
	struct usym s;
	pid_t pid;

	if (usym_watch() < 0) {
		skip("lost records", "perf events are not allowed");
		return;
	}
	for (int i = 0; i < 20000 && !usym_lost(); i++) {
		pid = fork();
		if (!pid) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
		if (i % 1000 == 500) { /* the kernel reports the loss once there is room again */
			usym_drain();
			i += 499;
		}
	}
	ok(usym_lost(), "lost records are counted");
	if (child_start(&c, prog, NULL)) {
		usym_drain();
		ok(usym_find(c.pid, c.addr, &s) && s.name, "processes are still found");
		child_end(&c);
	}
}

static bool enter_namespace(void)
{
	return !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount(in_dir("inner"), in_dir("outer"), NULL, MS_BIND, NULL);
}

static void test_namespace(void)
{
	char *prog = in_dir("outer/prog");
	struct child c;
	struct usym s;

	mkdir(in_dir("inner"), 0755);
	mkdir(in_dir("outer"), 0755);
	copy("/proc/self/exe", in_dir("inner/prog"));
	copy("/bin/true", prog);
	if (!child_start(&c, prog, enter_namespace)) {
		skip("a process in another mount namespace", "not root");
		return;
	}
	usym_drain();
	if (ok(usym_find(c.pid, c.addr, &s), "a process in another mount namespace")) {
		is_str(s.name, "static_function", "its function, from its own file");
		is_str(s.module, prog, "its module");
	}
	child_end(&c);

	/* looked up only after the process has ended */
	unlink(in_dir("inner/prog"));
	copy("/proc/self/exe", in_dir("inner/prog"));
	if (child_start(&c, prog, enter_namespace)) {
		usym_drain();
		child_end(&c);
		usym_drain();
		ok(usym_find(c.pid, c.addr, &s), "the same, ended");
		if (usym_watch() >= 0)
			is_str(s.name, "static_function", "its function");
		else
			is_str(s.name, NULL, "has no name");
	}
}

static uint32_t seed = 1;

static uint32_t rnd(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 8;
}

/* Damaged copies of a program, mapped executable: look up addresses all over them. */
static void corrupt(const char *path, size_t copies)
{
	size_t size = 0, found = 0, asked = 0;
	uint8_t *good = slurp(path, &size), *bad = malloc(size), *at[400];
	uint64_t shoff;
	char *file = in_dir("corrupt"), name[512];
	struct usym s;

	if (!good || size < 4096) {
		skip("damaged ELF files", path);
		free(good);
		free(bad);
		return;
	}
	memcpy(&shoff, good + 40, 8);
	for (size_t i = 0; i < copies; i++) {
		size_t n = size, flips = 1 + rnd() % 16;
		int fd;

		memcpy(bad, good, size);
		if (i % 4 == 3)
			n = rnd() % size;
		for (size_t j = 0; j < flips; j++) {
			size_t where = rnd() % size;

			if (i % 4 == 0)
				where = rnd() % 1024; /* headers */
			else if (i % 4 == 1 && shoff < size)
				where = shoff + rnd() % (size - shoff); /* sections */
			bad[where] ^= i & 8 ? 1u << rnd() % 8 : rnd();
		}
		snprintf(name, sizeof(name), "%s%zu", file, i);
		spill(name, bad, n);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		at[i] = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		close(fd);
	}
	settle();
	usym_drain();
	for (size_t i = 0; i < copies; i++)
		for (size_t off = 0; off < size; off += size / 64) {
			asked++;
			if (!usym_find(getpid(), (uintptr_t)at[i] + off, &s))
				continue;
			found++;
			if (s.name)
				seed += strlen(s.name) & 0; /* the name must be readable */
		}
	is_num(found, asked, "damaged ELF files: every mapping is known");
	for (size_t i = 0; i < copies; i++) {
		snprintf(name, sizeof(name), "%s%zu", file, i);
		unlink(name);
		munmap(at[i], size);
	}
	free(good);
	free(bad);
}

/* A perf map can contain anything, too. */
static void corrupt_map(void)
{
	uint8_t *code = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char text[200000];
	char path[64];
	struct usym s;

	settle();
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = round == 4 ? 'f' : "0f8 \n\0xz"[rnd() % (round & 1 ? 5 : 8)];
		unlink(path);
		spill(path, text, sizeof(text) / (round + 1));
		usleep(20000);
		for (int i = 0; i < 64; i++)
			if (usym_find(getpid(), (uintptr_t)code + i * 64, &s) && s.name)
				seed += strlen(s.name) & 0;
	}
	unlink(path);
	munmap(code, PAGE);
	ok(true, "damaged perf maps");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return strcmp(argv[1], "--child") ? 0 : child_main();
	if (!mkdtemp(dir))
		return 1;
	test_self();
	test_libc();
	test_vdso();
	test_perf_map();
	test_alive();
	test_stripped();
	test_mini_debug();
	test_go();
	test_costs();
	corrupt("/proc/self/exe", 300);
	corrupt_map();
	test_watch();
	test_inode();
	test_namespace();
	corrupt("/bin/true", 300);
	test_loss();
	run("cd / && rm -rf \"$OLDPWD\"");
	rmdir(dir);
	return done();
}
