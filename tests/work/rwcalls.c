// SPDX-License-Identifier: BSD-2-Clause
/*
 * rwcalls EXPECTED DIR ways	each way to read and write, of files of all kinds, by two threads
 * rwcalls EXPECTED DIR stream S	two threads and a process that read and write for S seconds
 *
 * Works in DIR and DIR/sub.  Writes what each thread did with each file, by the results of its
 * calls: [tid,comm,type,file,reads,writes,rbytes,wbytes].  Names of files begin with "rw-";
 * sockets have none.
 */
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char buf[1 << 16];
static void *volatile nowhere = (void *)16;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct use {
	int fd;
	const char *type;
	char name[256];
	long long reads, writes, rbytes, wbytes;
};

static struct use use_of(const char *path, int flags)
{
	const char *base = strrchr(path, '/');
	struct use u = { .fd = open(path, flags, 0600), .type = "R" };

	if (u.fd < 0)
		err(1, "%s", path);
	snprintf(u.name, sizeof(u.name), "%s", base ? base + 1 : path);
	return u;
}

static ssize_t rd(struct use *u, ssize_t n)
{
	u->reads++;
	u->rbytes += n > 0 ? n : 0;
	return n;
}

static ssize_t wr(struct use *u, ssize_t n)
{
	u->writes++;
	u->wbytes += n > 0 ? n : 0;
	return n;
}

static void must(ssize_t n, ssize_t want, const char *what)
{
	if (n != want)
		err(1, "%s: %zd instead of %zd", what, n, want);
}

static void done(struct use *u)
{
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	pthread_mutex_lock(&lock);
	expect("[%ld,\"%s\",\"%s\",\"%s\",%lld,%lld,%lld,%lld]", syscall(SYS_gettid), comm, u->type,
	       u->name, u->reads, u->writes, u->rbytes, u->wbytes);
	pthread_mutex_unlock(&lock);
	close(u->fd);
}

static void regular(void)
{
	struct use u = use_of("rw-file", O_RDWR | O_CREAT | O_TRUNC), v;
	struct iovec iov[2] = { { buf, 1000 }, { buf + 1000, 3000 } };
	int out;

	must(wr(&u, write(u.fd, buf, 5000)), 5000, "write");
	must(wr(&u, pwrite(u.fd, buf, 100, 4950)), 100, "pwrite");
	must(wr(&u, writev(u.fd, iov, 2)), 4000, "writev");
	must(wr(&u, pwritev(u.fd, iov, 2, 0)), 4000, "pwritev");
	must(wr(&u, pwritev2(u.fd, iov, 2, -1, 0)), 4000, "pwritev2");
	must(wr(&u, write(u.fd, buf, 0)), 0, "write of nothing");
	must(wr(&u, write(u.fd, nowhere, 77)), -1, "write of what is not there");
	must(lseek(u.fd, 12000, SEEK_SET), 12000, "lseek");
	must(rd(&u, read(u.fd, buf, sizeof(buf))), 1000, "short read");
	must(rd(&u, read(u.fd, buf, sizeof(buf))), 0, "read at the end");
	must(rd(&u, pread(u.fd, buf, 10, 0)), 10, "pread");
	must(rd(&u, readv(u.fd, iov, 2)), 0, "readv at the end");
	must(rd(&u, preadv(u.fd, iov, 2, 10000)), 3000, "preadv");
	must(rd(&u, preadv2(u.fd, iov, 2, 0, 0)), 4000, "preadv2");
	/* Neither is a read or a write. */
	out = memfd_create("out", 0);
	must(sendfile(out, u.fd, &(off_t){ 0 }, 5000), 5000, "sendfile");
	memcpy(buf, mmap(NULL, 4096, PROT_READ, MAP_SHARED, u.fd, 0), 4096);
	/* Two names of one file. */
	unlink("rw-link"); /* from an earlier run */
	must(link("rw-file", "rw-link"), 0, "link");
	v = use_of("rw-link", O_RDONLY);
	must(rd(&v, read(v.fd, buf, 3)), 3, "read");
	done(&u);
	done(&v);
}

static void others(void)
{
	struct use null = use_of("/dev/null", O_RDWR), p[2], s;
	int fds[2];

	null.type = "O";
	must(wr(&null, write(null.fd, buf, 12345)), 12345, "write to /dev/null");
	must(rd(&null, read(null.fd, buf, 100)), 0, "read from /dev/null");
	done(&null);
	must(pipe(fds), 0, "pipe");
	for (int i = 0; i < 2; i++) {
		struct stat st;

		fstat(fds[i], &st);
		p[i] = (struct use){ .fd = fds[i], .type = "O" };
		snprintf(p[i].name, sizeof(p[i].name), "pipe:[%lu]", (long)st.st_ino);
	}
	must(wr(&p[0], write(fds[1], buf, 555)), 555, "write to pipe");
	must(rd(&p[0], read(fds[0], buf, 600)), 555, "read from pipe");
	done(&p[0]);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0, "socketpair");
	s = (struct use){ .fd = fds[0], .type = "S" };
	must(wr(&s, write(s.fd, buf, 44)), 44, "write to socket");
	must(recv(fds[1], buf, 100, 0), 44, "recv");
	must(send(fds[1], buf, 33, 0), 33, "send");
	must(rd(&s, read(s.fd, buf, 100)), 33, "read from socket");
	done(&s);
}

static void *second(void *arg)
{
	struct use u = use_of("rw-file", O_RDONLY), v;

	(void)arg;
	prctl(PR_SET_NAME, "second thread");
	must(rd(&u, pread(u.fd, buf, 999, 0)), 999, "pread");
	v = use_of("sub/rw-a name longer than thirty-two bytes", O_WRONLY | O_CREAT);
	must(wr(&v, write(v.fd, buf, 2047)), 2047, "write");
	done(&u);
	done(&v);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double until;

static void *stream(void *arg)
{
	struct use u = use_of("rw-file", O_RDWR | O_CREAT),
		   v = use_of("sub/rw-other", O_RDWR | O_CREAT);
	char data[4096] = "";

	(void)arg;
	for (size_t n = 1; now() < until; n = n * 7 % 4093) {
		wr(&u, pwrite(u.fd, data, n, 0));
		rd(&u, pread(u.fd, data, n / 2, 0));
		rd(&v, pread(v.fd, data, n, 0));
		wr(&v, pwrite(v.fd, data, n, n));
	}
	done(&u);
	done(&v);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 4)
		errx(2, "usage: rwcalls EXPECTED DIR ways|stream [S]");
	expect_to(argv[1]);
	must(chdir(argv[2]), 0, argv[2]);
	mkdir("sub", 0700);
	if (!strcmp(argv[3], "ways")) {
		regular();
		others();
		pthread_create(&thread, NULL, second, NULL);
		pthread_join(thread, NULL);
	} else {
		until = now() + atof(argv[4]);
		pthread_create(&thread, NULL, stream, NULL);
		if (!fork()) {
			stream(NULL);
			_exit(0);
		}
		stream(NULL);
		pthread_join(thread, NULL);
		wait(NULL);
	}
	return 0;
}
