// SPDX-License-Identifier: BSD-2-Clause
#include "diag.h"
#include "tool.h"
#include <err.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char complaints[4096]; /* libbpf's, shown with --verbose */

static int on_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	size_t n = strlen(complaints);

	if (run.verbose)
		return vfprintf(stderr, fmt, ap);
	if (level == LIBBPF_WARN)
		vsnprintf(complaints + n, sizeof(complaints) - n, fmt, ap);
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

static bool has_capability(int cap)
{
	unsigned long long effective = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	if (f)
		fclose(f);
	return effective >> cap & 1;
}

static bool may_use_bpf(void)
{
	return has_capability(CAP_SYS_ADMIN) ||
	       (has_capability(CAP_BPF) && has_capability(CAP_PERFMON));
}

void diag_start(void)
{
	libbpf_set_print(on_libbpf);
	if (!may_use_bpf())
		errx(1, "cannot load BPF programs: permission denied. Run it as root, or with "
			"CAP_BPF and CAP_PERFMON.");
}

void diag_load_failed(int error, const char *what)
{
	if (file_says("/sys/kernel/security/lockdown", "[confidentiality]"))
		errx(1, "cannot load BPF programs: the kernel is locked down (confidentiality), "
			"which forbids tracing.");
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		errx(1, "this kernel has no type information (/sys/kernel/btf/vmlinux): "
			"it was built without CONFIG_DEBUG_INFO_BTF.");
	if (what)
		errx(1, "cannot attach to %s: %s. See --verbose.", what, strerror(error));
	errx(1, "the kernel refuses the BPF programs: %s. See --verbose.", strerror(error));
}
