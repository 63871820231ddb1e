// SPDX-License-Identifier: BSD-2-Clause
/*
 * execs EXPECTED ways DIR	each way to execute a program, once
 * execs EXPECTED fails DIR	each way to fail
 * execs EXPECTED long DIR	arguments of 1.5 MB
 * execs EXPECTED user UID	one as another user
 * execs EXPECTED burst N	N short-lived processes, started by two parents at the same time
 *
 * DIR/plain is a copy of this program.  Writes what execsnoop must print: first the process
 * ID, then [pid,tid,ppid,uid,comm,pcomm,cpu,ret,cwd,args].  The programs executed are all
 * this one: each writes what it sees of itself.  `burst` writes only the number.
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

extern char **environ;
static char self[4096], plain[600], dir[512];
static char *text; /* of the line being written */
static size_t text_len;

/* Bytes that are not UTF-8 are written as `\377`. */
static void json(FILE *f, const char *str)
{
	fputc('"', f);
	for (const unsigned char *s = (const void *)str; *s; s++)
		if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s < 0x20)
			fprintf(f, "\\u%04x", *s);
		else if (*s == 0xff)
			fprintf(f, "\\\\%o", *s);
		else
			fputc(*s, f);
	fputc('"', f);
}

/* Who this is, and what it runs: FILE, and the arguments from ARGV on. */
static void describe(int ret, const char *file, char **argv)
{
	char comm[17] = "", pcomm[64], path[64], cwd[4096];
	FILE *f = open_memstream(&text, &text_len);
	FILE *parent;

	prctl(PR_GET_NAME, comm);
	snprintf(path, sizeof(path), "/proc/%d/comm", getppid());
	parent = fopen(path, "re");
	fscanf(parent, "%63[^\n]", pcomm);
	fclose(parent);
	fprintf(f, "[%d,%ld,%d,%d,", getpid(), syscall(SYS_gettid), getppid(), getuid());
	json(f, comm);
	fputc(',', f);
	json(f, pcomm);
	fprintf(f, ",%d,%d,", sched_getcpu(), ret);
	json(f, getcwd(cwd, sizeof(cwd)));
	fprintf(f, ",[");
	json(f, file);
	for (; *argv; argv++) {
		fputc(',', f);
		json(f, *argv);
	}
	fprintf(f, "]]\n");
	fclose(f);
}

/* One write(2), which appends the line as a whole. */
static void say(void)
{
	int fd = atoi(getenv("EXECS_SAY"));

	for (size_t done = 0; done < text_len;) {
		ssize_t n = write(fd, text + done, text_len - done);

		if (n < 0)
			err(1, "write");
		done += n;
	}
	free(text);
}

/* Run F in a child process, and wait for it. */
static void in_child(void (*f)(void *), void *arg)
{
	pid_t pid = fork();

	if (!pid) {
		f(arg);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void run(void *argv)
{
	execve(plain, argv, environ);
}

static void run_empty(void *arg)
{
	(void)arg;
	execve(plain, (char *[]){ NULL }, environ);
}

static void run_fd(void *argv)
{
	int fd = open(plain, O_PATH);

	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
}

static void run_at(void *argv)
{
	int fd = open(dir, O_PATH | O_DIRECTORY);

	syscall(SYS_execveat, fd, "plain", argv, environ, 0);
}

static void *thread_run(void *argv)
{
	prctl(PR_SET_NAME, "thread");
	run(argv);
	return NULL;
}

static void run_in_thread(void *argv)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_run, argv);
	pthread_join(thread, NULL);
}

static void run_script(void *argv)
{
	execve(((char **)argv)[0], argv, environ);
}

/* Make a file in DIR that begins with this line. */
static char *script(const char *name, const char *interpreter, mode_t mode)
{
	char *path;
	FILE *f;

	asprintf(&path, "%s/%s", dir, name);
	f = fopen(path, "we");
	fprintf(f, "#!%s\n", interpreter);
	fclose(f);
	chmod(path, mode);
	return path;
}

#ifdef __x86_64__
/* Execute as a 32-bit program does: with the 32-bit system call, which takes 32-bit pointers. */
static long execve32(const char *file, char **argv)
{
	char *low = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned int *args = (void *)low, *env = args + 512, n = 0;
	char *p = (char *)(args + 1024), *name = p;
	long ret;

	p = stpcpy(p, file) + 1;
	for (; argv[n]; n++) {
		args[n] = (long)p;
		p = stpcpy(p, argv[n]) + 1;
	}
	for (n = 0; environ[n]; n++)
		if (!strncmp(environ[n], "EXECS_", 6)) {
			*env++ = (long)p;
			p = stpcpy(p, environ[n]) + 1;
		}
	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(11), "b"(name), "c"(args), "d"(args + 512)
		     : "memory", "r8", "r9", "r10", "r11");
	errno = -(int)ret;
	return -1;
}
#else
static long execve32(const char *file, char **argv)
{
	return execve(file, argv, environ);
}
#endif

static void run_32(void *argv)
{
	execve32(plain, argv);
}

static void ways(void)
{
	static char odd[] = "a\nb\t\033[31m\377\303\251";
	char *many[3002] = { "many" }, *big = calloc(1, 100001), shebang[700];
	char *s;

	in_child(run, (char *[]){ "zeroth", "-l", "two words", "", "...", "", NULL });
	in_child(run, (char *[]){ "odd", odd, "q\"uo'te\\", "", NULL });
	in_child(run_empty, NULL);
	for (int i = 1; i < 3001; i++)
		asprintf(&many[i], "argument %d", i);
	in_child(run, many);
	memset(big, 'x', 100000);
	in_child(run, (char *[]){ "big", "before", big, "after", NULL });
	in_child(run_fd, (char *[]){ "by fd", "-1", NULL });
	in_child(run_at, (char *[]){ "below a directory", "-2", NULL });
	in_child(run_in_thread, (char *[]){ "in a thread", "-3", NULL });
	setenv("EXECS_SCRIPT", "1", 1);
	s = script("script", plain, 0755);
	in_child(run_script, (char *[]){ s, "one", s, "two", NULL });
	snprintf(shebang, sizeof(shebang), "%s -x y z", plain);
	in_child(run_script, (char *[]){ script("script 2", shebang, 0755), "one", "", NULL });
	in_child(run_script, (char *[]){ script("script_3", s, 0755), "one", NULL });
	unsetenv("EXECS_SCRIPT");
	if (getenv("EXECS_32BIT"))
		in_child(run_32, (char *[]){ "32 bits", "-4", NULL });
}

/* Describe the call before it is made, which also brings the memory of its arguments in. */
#define FAIL(ret, file, args, call)                                   \
	do {                                                          \
		describe(ret, file, (args) + 1);                      \
		if ((call) != -1 || errno != -(ret))                  \
			err(1, "%s did not fail as it should", file); \
		say();                                                \
	} while (0)

static void *thread_fail(void *args)
{
	prctl(PR_SET_NAME, "thread");
	FAIL(-ENOENT, "/no/such/file", (char **)args, execve("/no/such/file", args, environ));
	return NULL;
}

static void fails(void *arg)
{
	char *args[] = { "zeroth", "-x", "a\nb", "", "\377", NULL }, *big = calloc(1, 200001);
	char *fat[] = { "fat", "before", big, "after", NULL }, *many[602] = { "many" };
	char *data = script("data", "/bin/sh", 0644);
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char file[64];
	pthread_t thread;

	(void)arg;
	memset(big, 'y', 200000);
	for (int i = 1; i < 601; i++)
		asprintf(&many[i], "argument of some length, so that a piece is not enough %d", i);
	FAIL(-ENOENT, "/no/such/file", args, execve("/no/such/file", args, environ));
	FAIL(-EACCES, data, args, execve(data, args, environ));
	FAIL(-E2BIG, plain, fat, execve(plain, fat, environ));
	FAIL(-EFAULT, "", args, syscall(SYS_execve, (char *)8, args, environ));
	FAIL(-ENOENT, "/no/many", many, execve("/no/many", many, environ));
	snprintf(file, sizeof(file), "/dev/fd/%d/none", fd);
	FAIL(-ENOENT, file, args, syscall(SYS_execveat, fd, "none", args, environ, 0));
	pthread_create(&thread, NULL, thread_fail, args);
	pthread_join(thread, NULL);
	if (getenv("EXECS_32BIT"))
		FAIL(-ENOENT, "/no/such/32", args, execve32("/no/such/32", args));
	exit(0);
}

static void long_list(void)
{
	static char words[15][100001];
	char *args[17] = { "long" };

	for (int i = 0; i < 15; i++) {
		memset(words[i], 'a' + i, 100000);
		args[i + 1] = words[i];
	}
	in_child(run, args);
}

static void run_as(void *uid)
{
	if (setgid(atoi(uid)) || setuid(atoi(uid)))
		err(1, "setuid");
	execve(self, (char *[]){ "user", "of mine", NULL }, environ);
}

static void burst(int n)
{
	for (int parent = 0; parent < 2; parent++)
		if (!fork()) {
			for (int i = parent; i < n; i += 2) {
				char number[16], *args[] = { "burst", "burst", number, NULL };
				pid_t pid;

				snprintf(number, sizeof(number), "%d", i);
				posix_spawn(&pid, self, NULL, NULL, args, environ);
				waitpid(pid, NULL, 0);
			}
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	expect("%d", n);
}

int main(int argc, char **argv)
{
	const char *file = (void *)getauxval(AT_EXECFN);
	char number[16];
	cpu_set_t cpu;

	if (argc > 1 && !strcmp(argv[1], "burst"))
		return 0;
	if (getenv("EXECS_SAY")) {
		/* Skip the interpreters' own arguments. */
		for (argv += argc > 0; getenv("EXECS_SCRIPT") && strcmp(*argv++, file);)
			;
		describe(0, file, argv);
		say();
		return 0;
	}
	if (argc < 4)
		errx(2, "usage: execs EXPECTED ways|fails|long|user|burst ARG");
	expect_to(argv[1]);
	readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (!strcmp(argv[2], "burst")) {
		burst(atoi(argv[3]));
		return 0;
	}
	expect("%d", getpid());
	snprintf(number, sizeof(number), "%d", open(argv[1], O_WRONLY | O_APPEND));
	setenv("EXECS_SAY", number, 1);
	CPU_ZERO(&cpu);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	snprintf(dir, sizeof(dir), "%s", argv[3]);
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	if (!strcmp(argv[2], "ways"))
		ways();
	else if (!strcmp(argv[2], "fails"))
		in_child(fails, NULL);
	else if (!strcmp(argv[2], "long"))
		long_list();
	else if (!strcmp(argv[2], "user"))
		in_child(run_as, argv[3]);
	return 0;
}
