// SPDX-License-Identifier: BSD-2-Clause
/*
 * shms EXPECTED	each call of System V shared memory, with success and without
 * SHMS_RARE=1		also as 32-bit programs make them, directly and by ipc(2)
 *
 * Writes what shmsnoop must print: [pid,tid,comm,call,ret,key,size,shmid,shmaddr,shmflg,cmd,buf], null for what the
 * call does not have.
 */
#include "rare.h"
#include "work.h"
#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/shm.h>

#define KEY 0x5e1f0000

static void did(const char *call, long ret, const char *fmt, ...)
{
	char comm[17] = "", rest[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	prctl(PR_GET_NAME, comm);
	expect("[%d,%ld,\"%s\",\"%s\",%ld,%s]", getpid(), syscall(SYS_gettid), comm, call, ret,
	       rest);
}

static long result(long ret)
{
	return ret == -1 ? -errno : ret;
}

static int get(key_t key, size_t size, int flags)
{
	long ret = result(shmget(key, size, flags));

	did("SHMGET", ret, "%u,%zu,null,null,%u,null,null", (unsigned int)key, size, flags);
	return ret;
}

static void *at(int id, void *addr, int flags)
{
	long ret = result((long)shmat(id, addr, flags));

	did("SHMAT", ret, "null,null,%u,%lu,%u,null,null", (unsigned int)id, (unsigned long)addr,
	    flags);
	return (void *)ret;
}

static void dt(void *addr)
{
	long ret = result(shmdt(addr));

	did("SHMDT", ret, "null,null,null,%lu,null,null,null", (unsigned long)addr);
}

static void ctl(int id, int cmd, const char *name, void *buf)
{
	long ret = result(shmctl(id, cmd, buf));

	did("SHMCTL", ret, "null,null,%u,null,null,\"%s\",%lu", (unsigned int)id, name,
	    (unsigned long)buf);
}

static void calls(void)
{
	struct shmid_ds ds;
	struct shm_info info;
	int id = get(IPC_PRIVATE, 123456, IPC_CREAT | 0600), keyed;
	void *p = at(id, NULL, 0), *q = at(id, NULL, SHM_RDONLY);

	dt(q);
	dt(p);
	at(id, p, 0);
	dt(p);
	at(id, (char *)p + 1, SHM_RND);
	dt(p);
	dt(p); /* is not attached any more */
	at(id, (char *)p + 1, 0);
	ctl(id, IPC_STAT, "IPC_STAT", &ds);
	ctl(id, IPC_SET, "IPC_SET", &ds);
	ctl(id, SHM_LOCK, "SHM_LOCK", NULL);
	ctl(id, SHM_UNLOCK, "SHM_UNLOCK", NULL);
	ctl(0, SHM_INFO, "SHM_INFO", &info);
	ctl(id, 99, "?", NULL);
	ctl(id, IPC_RMID, "IPC_RMID", NULL);
	ctl(id, IPC_RMID, "IPC_RMID", NULL);
	at(id, NULL, 0);
	at(-1, NULL, SHM_EXEC);
	keyed = get(KEY, 1, IPC_CREAT | IPC_EXCL | 0640);
	get(KEY, 1, IPC_CREAT | IPC_EXCL | 0640);
	get(KEY, 4096L * 1000000, 0);
	get(-2, 1, 0);
	ctl(keyed, IPC_RMID, "IPC_RMID", NULL);
}

static void *in_thread(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "other thread");
	ctl(get(IPC_PRIVATE, 1, SHM_NORESERVE), IPC_RMID, "IPC_RMID", NULL);
	return NULL;
}

/* A free address below 2 GB: call32() takes others for errors. */
static long low_address(void)
{
	void *p = mmap(NULL, 1 << 20, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS
#ifdef MAP_32BIT
			       | MAP_32BIT
#endif
		       ,
		       -1, 0);

	if (p == MAP_FAILED || munmap(p, 1 << 20))
		err(1, "mmap");
	return (long)p;
}

/* The numbers of 32-bit programs on x86: each call, or one for all. */
static void rare(bool by_ipc)
{
	unsigned int *where = low_memory();
	long at = low_address(), id, ret;

	id = result(by_ipc ? call32(117, 23, IPC_PRIVATE, 777777, 0600, 0)
			   : call32(395, IPC_PRIVATE, 777777, 0600, 0, 0));
	did("SHMGET", id, "%u,%u,null,null,%u,null,null", IPC_PRIVATE, 777777, 0600);
	ret = result(by_ipc ? call32(117, 21, id, SHM_RDONLY, (long)where, at)
			    : call32(397, id, at, SHM_RDONLY, 0, 0));
	if (by_ipc && !ret)
		ret = *where;
	did("SHMAT", ret, "null,null,%ld,%ld,%u,null,null", id, at, SHM_RDONLY);
	ret = result(by_ipc ? call32(117, 22, 0, 0, 0, at) : call32(398, at, 0, 0, 0, 0));
	did("SHMDT", ret, "null,null,null,%ld,null,null,null", at);
	ret = result(by_ipc ? call32(117, 24, id, IPC_RMID, 0, 0)
			    : call32(396, id, IPC_RMID, 0, 0, 0));
	did("SHMCTL", ret, "null,null,%ld,null,null,\"IPC_RMID\",0", id);
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc != 2)
		errx(2, "usage: shms EXPECTED");
	expect_to(argv[1]);
	prctl(PR_SET_NAME, "a sharer");
	calls();
	if (pthread_create(&t, NULL, in_thread, NULL) || pthread_join(t, NULL))
		errx(1, "cannot start a thread");
	if (getenv("SHMS_RARE") && HAVE_CALL32) {
		prctl(PR_SET_NAME, "rare");
		rare(false);
		rare(true);
	}
	return 0;
}
