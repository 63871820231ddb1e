// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/pidns.h"
#include "base/object.h"
#include "lib/types.h"
#include <err.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_PID_NS 0xeffffffc /* PROC_PID_INIT_INO, since 3.8 */

/* Does /proc belong to another PID namespace, as after unshare --pid without --mount-proc? */
static bool proc_is_foreign(void)
{
	char self[16] = "";

	return readlink("/proc/self", self, sizeof(self) - 1) < 0 || atoi(self) != getpid();
}

void pidns_prepare(const struct bpf_object *obj)
{
	struct pid_ns *ns = bpf_rodata(obj, "pid_ns", sizeof(*ns));
	struct stat st;

	if (!ns)
		return;
	if (stat("/proc/self/ns/pid", &st)) {
		warn("cannot tell which PID namespace this is; PIDs are those of the initial one: "
		     "/proc/self/ns/pid");
		return;
	}
	if (st.st_ino == FIRST_PID_NS)
		return;
	ns->inum = st.st_ino;
	if (proc_is_foreign())
		warnx("/proc belongs to another PID namespace, and may describe other processes: "
		      "mount this namespace's, as unshare --mount-proc does");
}
