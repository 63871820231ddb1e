// SPDX-License-Identifier: BSD-2-Clause
/*
 * LD_PRELOAD=attaches.so: raw tracepoints that the kernel doesn't have seem to be there.  What a tool attaches to them
 * is loaded, and rawtp runs it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long arg[6], ret;
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	ret = real(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	if (number == SYS_bpf && arg[0] == BPF_RAW_TRACEPOINT_OPEN && ret < 0 && errno == ENOENT)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	return ret;
}
