// SPDX-License-Identifier: BSD-2-Clause
/* Names of numbers: signals, system calls, errors. */
#include "domain/errname.h"
#include "domain/signame.h"
#include "kernel/syscalls.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>

#include "test.h"

int main(void)
{
	is_str(signame(SIGKILL), "KILL", "signals have the names of kill(1)");
	is_str(signame(SIGPOLL), "IO", "SIGIO and SIGPOLL are the same");
	is_str(signame(SIGSYS), "SYS", "the last of the old ones");
	is_str(signame(32), "RTMIN-2", "real-time signals count from those for programs: below");
	is_str(signame(34), "RTMIN", "the first");
	is_str(signame(63), "RTMIN+29", "above");
	is_str(signame(64), "RTMAX", "the last");
	is_str(signame(0), NULL, "0 is no signal");
	is_str(signame(-1), NULL, "-1 is none");
	is_str(signame(65), NULL, "65 is none");

	is_str(syscall_name(SYS_fstat, false), "fstat",
	       "system calls have the names of their pages");
	is_str(syscall_name(SYS_uname, false), "uname", "not those of the kernel's functions");
	is_str(syscall_name(462, false), "mseal", "also those newer than the headers");
	is_str(syscall_name(511, false), NULL, "a number that no call has");
	is_str(syscall_name(512, false), NULL, "a number that no call can have");
	is_str(syscall_name(~0u, true), NULL, "the largest");
#ifdef __x86_64__
	is_str(syscall_name(5, true), "open", "32-bit programs have other numbers");
	is_str(syscall_name(335, true), "rt_tgsigqueueinfo", "where others have none");
	is_str(syscall_name(462, true), "mseal", "but newer calls have the same");
#endif
	is_num(syscall_number("newuname"), SYS_uname,
	       "functions of other names are found by these");
	is_num(syscall_number("mseal"), 462, "newer ones by number");
	is_num(syscall_number("nonsense"), -1, "what is no call has none");

	is_str(errname(ENOENT), "ENOENT", "errors");
	is_str(errname(512), "ERESTARTSYS", "one that programs never see");
	is_str(errname(515), NULL, "no error");
	return done();
}
