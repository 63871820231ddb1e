// SPDX-License-Identifier: BSD-2-Clause
#include "domain/iov.h"
#include "base/object.h"
#include "kernel/kaddr.h"

void iov_prepare(void *skel)
{
	static const char *const names[] = { "vmemmap_base", "page_offset_base" };
	struct iov_conf *c = bpf_rodata(((struct skel *)skel)->obj, "iov_conf", sizeof(*c));
	u64 addrs[2];

	kaddrs(names, addrs, 2);
	*c = (struct iov_conf){ addrs[0], addrs[1] };
}
