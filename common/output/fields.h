/* SPDX-License-Identifier: BSD-2-Clause */
/* --fields: where a JSON row comes from, for those who collect rows of many machines. */
#pragma once
#include "lib/types.h"

/* LIST is the option's argument, such as "host,cgroup". */
void fields_set(const char *list);
/* After all options: from now on, JSON rows have the fields. */
void fields_init(void);
/* Is cgroup among the fields, so that BPF must note the cgroups of processes? */
bool fields_cgroup(void);
/* A tool that shows cgroups by itself calls this from .parsed. */
void fields_cgroup_paths(void);
/* The path of the cgroup v2 with this ID; NULL if it was removed before it was first asked for. */
const char *fields_cgroup_path(u64 id);
/* Where cgroup v2 is mounted, or NULL. */
const char *cgroup_root(void);
/* Put `,"host":"NAME"` if it is among the fields: for JSON lines that are not rows. */
void fields_put_host(void);
