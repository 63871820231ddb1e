/* SPDX-License-Identifier: BSD-2-Clause */
/* Live and ended processes, and what they have mapped, for usym.c and usymwatch.c. */
#pragma once
#include "symbols/perfmap.h"
#include "symbols/procmaps.h"

#define GENERATIONS 4  /* programs remembered for each pid: it may exec, or be reused */
#define MAX_PAST    64 /* replaced mappings remembered for each process */
#define MAX_TOKENS  8

/* A program that ran as this pid, with all its mappings but replaced ones (struct past). */
struct program {
	struct maps *maps;
	u64 from, until; /* CLOCK_MONOTONIC ns; 0: unknown, UINT64_MAX: it still runs */
};

struct past {
	struct map map;
	u64 until;
};

struct proc {
	struct proc *next;
	u32 pid;
	bool complete; /* gen[0] has all mappings, not just those made since we knew the process */
	bool dead;
	u32 death;    /* how many had died before it */
	u64 version;  /* differs whenever gen[0] is another program, or has mapped something */
	u64 since;    /* gen[0] is as of this time, CLOCK_MONOTONIC ns: older records are in it */
	u64 tried;    /* when we last read its mappings from /proc */
	u64 checked;  /* and when its identity */
	u64 identity; /* see proc_identity(); 0 if not known */
	u64 user;     /* who it runs as, NO_USER if unknown */
	struct program
		gen[GENERATIONS]; /* newest first; several after an exec or if the pid was reused */
	struct past *past;        /* the last MAX_PAST, a ring */
	u32 npast;
	u64 forgot; /* some mappings that ended before this time are forgotten */
	struct {
		u32 token; /* 0: none; see usym_met() */
		u64 time;
	} tokens[MAX_TOKENS];
	u32 ntokens;
	struct perfmap *perfmap;
};

/* proc_find() returns NULL if the process is unknown, proc_get() only if memory is short. */
struct proc *proc_find(u32 pid);
struct proc *proc_get(u32 pid);
/* Forgets the process that died first if there are too many dead ones. */
void proc_died(struct proc *);
/*
 * From TIME on, the pid runs a new program, with these mappings (takes over the reference) or none
 * yet.
 */
void proc_renew(struct proc *, struct maps *, u64 time);
/* The process made a mapping at map.since.  Takes over the reference to its dso. */
void proc_map_add(struct proc *, struct map);
/* The process had this mapping until then. */
void proc_map_past(struct proc *, const struct map *, u64 until);

extern struct watch_state {
	bool on;
	u64 lost; /* records */
} watch_state;
