// SPDX-License-Identifier: BSD-2-Clause
#include "base/priv.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static u64 kept;

struct caps {
	u64 effective, permitted;
};

static struct caps caps_get(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {};

	if (syscall(SYS_capget, &h, d))
		err(1, "cannot read the capabilities");
	return (struct caps){ d[0].effective | (u64)d[1].effective << 32,
			      d[0].permitted | (u64)d[1].permitted << 32 };
}

static void caps_set(struct caps c)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct d[2] = {
		{ .effective = c.effective, .permitted = c.permitted },
		{ .effective = c.effective >> 32, .permitted = c.permitted >> 32 },
	};

	if (syscall(SYS_capset, &h, d))
		err(1, "cannot drop capabilities");
}

bool priv_has(int cap)
{
	return caps_get().effective >> cap & 1;
}

void priv_keep(int cap)
{
	kept |= 1ull << cap;
}

/* May this process query its own map with no capability in effect? */
static bool map_needs_cap(int map_fd)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);

	return map_fd >= 0 && bpf_obj_get_info_by_fd(map_fd, &info, &len) && errno == EPERM;
}

void priv_drop(int map_fd)
{
	struct caps had = caps_get(), c = had;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err(1, "cannot give up privileges");
	c.effective = 0;
	caps_set(c);
	if (map_needs_cap(map_fd))
		kept |= had.effective & (1ull << CAP_BPF) ? 1ull << CAP_BPF : 1ull << CAP_SYS_ADMIN;
	c.effective = c.permitted = had.effective & kept;
	caps_set(c);
}
