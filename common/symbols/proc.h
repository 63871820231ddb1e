/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes, alive and ended, and what they have mapped: what usym.c and its watch share. */
#pragma once
#include "symbols/perfmap.h"
#include "symbols/procmaps.h"

#define GENERATIONS 4  /* programs remembered per pid: before and after each exec */
#define MAX_PAST    64 /* mappings remembered that others took the place of */
#define MAX_TOKENS  8

/* A program that ran under the pid, with all that it ever mapped and nothing else took the place of. */
struct program {
	struct maps *maps;
	u64 from, until; /* CLOCK_MONOTONIC ns; 0 and UINT64_MAX: unknown, or still */
};

struct past {
	struct map map;
	u64 until;
};

struct proc {
	struct proc *next;
	u32 pid;
	bool complete; /* gen[0] holds all mappings, not just some that came later */
	bool dead;
	u32 death;    /* its number among deaths */
	u64 since;    /* gen[0] is as of then, CLOCK_MONOTONIC ns: older records are in it */
	u64 tried;    /* when /proc was last asked for mappings */
	u64 checked;  /* and for identity */
	u64 identity; /* see proc_identity(); 0 if not known */
	u64 user;     /* who it runs as, NO_USER if unknown */
	struct program
		gen[GENERATIONS]; /* newest first; more than one after an exec or pid reuse */
	struct past *past;        /* the last MAX_PAST, a ring */
	u32 npast;
	u64 forgot; /* of mappings that ended before then not all are known */
	struct {
		u32 token; /* 0: none; see usym_met() */
		u64 time;
	} tokens[MAX_TOKENS];
	u32 ntokens;
	struct perfmap *perfmap;
};

/* NULL if it was never met; with get, only if memory is short. */
struct proc *proc_find(u32 pid);
struct proc *proc_get(u32 pid);
/* The oldest dead make room. */
void proc_died(struct proc *);
/*
 * A new program under this pid since that time; its mappings as given (a reference is taken over)
 * or none yet.
 */
void proc_renew(struct proc *, struct maps *, u64 time);
/* It mapped that at map.since; a reference to its dso is taken over. */
void proc_map_add(struct proc *, struct map);
/* It had that mapped until then. */
void proc_map_past(struct proc *, const struct map *, u64 until);

extern struct watch_state {
	bool on;
	u64 lost; /* records */
} watch_state;
