// SPDX-License-Identifier: BSD-2-Clause
#include "domain/device.h"
#include "base/opt.h"
#include <net/if.h>

u32 device_index(const char *name)
{
	u32 index = if_nametoindex(name);

	if (!index)
		usage_error("there is no network device '%s'", name);
	return index;
}
