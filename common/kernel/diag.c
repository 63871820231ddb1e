// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/diag.h"
#include "base/message.h"
#include "base/priv.h"
#include "base/run.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* libbpf's messages don't help users, so they are for --verbose; our own message says what failed. */
static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	if (run.verbose)
		vmessage(fmt, ap);
	return 0;
}

static bool file_says(const char *path, const char *what)
{
	char line[4096];
	bool found = false;
	FILE *f = fopen(path, "re");

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, what);
	if (f)
		fclose(f);
	return found;
}

void diag_start(void)
{
	libbpf_set_print(on_libbpf);
}

void diag_may_load(void)
{
	bool bpf = priv_has(CAP_BPF), perfmon = priv_has(CAP_PERFMON);

	if (priv_has(CAP_SYS_ADMIN) || (bpf && perfmon))
		return;
	errx(1, "cannot load BPF programs: permission denied. Run it as root, or with %s.",
	     bpf       ? "CAP_PERFMON, which is missing"
	     : perfmon ? "CAP_BPF, which is missing"
		       : "CAP_BPF and CAP_PERFMON");
}

const char *diag_why(int error)
{
	static char why[160];
	const char *said = strerror(error);
	int paranoid = 0;
	FILE *f;

	if ((error != EACCES && error != EPERM) || priv_has(CAP_SYS_ADMIN))
		return said;
	f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	if (f && fscanf(f, "%d", &paranoid) == 1 && paranoid > 2)
		snprintf(why, sizeof(why),
			 "%s: with kernel.perf_event_paranoid above 2 (here %d), this needs "
			 "CAP_SYS_ADMIN",
			 said, paranoid);
	if (f)
		fclose(f);
	return *why ? why : said;
}

void diag_load_failed(int error, const char *what)
{
	if (file_says("/sys/kernel/security/lockdown", "[confidentiality]"))
		errx(1, "cannot load BPF programs: the kernel is locked down (confidentiality), "
			"which forbids tracing.");
	if (what)
		errx(1, "cannot attach to %s: %s. --verbose shows more.", what, diag_why(error));
	if (error == EPERM && !priv_has(CAP_SYS_RESOURCE) && !priv_has(CAP_SYS_ADMIN))
		errx(1,
		     "the kernel rejected the BPF programs: %s. Before Linux 5.11 their memory "
		     "also needs CAP_SYS_RESOURCE.",
		     strerror(error));
	errx(1, "the kernel rejected the BPF programs: %s. --verbose shows more.", strerror(error));
}
