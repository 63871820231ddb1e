// SPDX-License-Identifier: BSD-2-Clause
#include "domain/signame.h"
#include <signal.h>
#include <stdio.h>

#define NAME(s) [SIG##s] = #s

/* glibc has sigabbrev_np() since 2.32, others do not. */
const char *signame(int signal)
{
	static const char *const names[] = {
		// clang-format off
		NAME(HUP), NAME(INT), NAME(QUIT), NAME(ILL), NAME(TRAP), NAME(ABRT),
		NAME(BUS), NAME(FPE), NAME(KILL), NAME(USR1), NAME(SEGV), NAME(USR2),
		NAME(PIPE), NAME(ALRM), NAME(TERM), NAME(STKFLT), NAME(CHLD), NAME(CONT),
		NAME(STOP), NAME(TSTP), NAME(TTIN), NAME(TTOU), NAME(URG), NAME(XCPU),
		NAME(XFSZ), NAME(VTALRM), NAME(PROF), NAME(WINCH), NAME(IO), NAME(PWR),
		NAME(SYS),
		// clang-format on
	};
	static char real_time[16];

	if (signal >= 0 && (size_t)signal < sizeof(names) / sizeof(*names))
		return names[signal];
	if (signal < 32 || signal > 64)
		return NULL;
	/* As programs see them: the C library keeps the first two for itself. */
	if (signal == 64)
		return "RTMAX";
	snprintf(real_time, sizeof(real_time), signal == 34 ? "RTMIN" : "RTMIN%+d", signal - 34);
	return real_time;
}
