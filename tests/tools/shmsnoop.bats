load lib

setup() {
	needs_tool shmsnoop
	# Tracepoints, if there is nothing better, don't see 32-bit programs.
	[ -z "${SNOOPKIT_VM:-}" ] || export SHMS_RARE=1
}

ROW='[.pid, .tid, .comm, .sys, .ret, .key, .size, .shmid, .shmaddr, .shmflg, .cmd, .buf]'

trace_shms() {
	traced "$B/shmsnoop" --json "$@" -- "$W/shms" "$T/expected"
	nothing_lost "$T/json"
	jq -c "select(.comm == (\"a sharer\", \"other thread\", \"rare\")) | $ROW" "$T/json" >"$T/rows"
}

@test "shmsnoop: each call, with its arguments and its result, also of 32-bit programs and by ipc(2)" {
	trace_shms
	jq -c . "$T/expected" | same - "$T/rows"
	[ "$(wc -l <"$T/rows")" = "$([ -n "${SHMS_RARE:-}" ] && grep -q '"rare"' "$T/expected" && echo 36 || echo 28)" ]
	[ "$(jq -c 'select(.comm == "a sharer" and .errno > 0) | .errno' "$T/json" | paste -sd' ')" = "22 22 22 22 22 22 17 22 2" ]
}

@test "shmsnoop: -x, -n, -t, -p and -u choose calls" {
	trace_shms -x
	jq -c 'select(.[4] < 0)' "$T/expected" | same - "$T/rows"
	trace_shms -n "other"
	jq -c 'select(.[2] == "other thread")' "$T/expected" | same - "$T/rows"
	for none in "-p $$,1" "-t $$" "-u 65534"; do
		# shellcheck disable=SC2086
		trace_shms $none
		[ ! -s "$T/rows" ]
	done
}

@test "shmsnoop: headers and rows are BCC's" {
	"$B/shmsnoop" -- "$W/shms" "$T/expected" >"$T/text"
	head -n 1 "$T/text" | same <(echo "PID    COMM                SYS              RET ARGs") -
	pid=$(jq -n 'input[0]' "$T/expected")
	id=$(jq -n 'input[4]' "$T/expected")
	addr=$(jq -n '[inputs | select(.[3] == "SHMAT")][0][4]' "$T/expected")
	printf -v head "%-6d %-16s " "$pid" "a sharer"
	hex() { printf %x "$1"; }
	row() { printf "$head%6s %16x %s\n" "$@"; }
	{
		row SHMGET "$id" "key: 0x0, size: 123456, shmflg: 0x380 (IPC_CREAT|0600)"
		row SHMAT "$addr" "shmid: 0x$(hex "$id"), shmaddr: 0x0, shmflg: 0x0"
		row SHMDT 0 "shmaddr: 0x$(hex "$addr")"
		row SHMCTL -22 "shmid: 0x$(hex "$id"), cmd: 99 (?), buf: 0x0"
		row SHMGET -17 "key: 0x5e1f0000, size: 1, shmflg: 0x7a0 (IPC_CREAT|IPC_EXCL|0640)"
		row SHMAT -22 "shmid: 0xffffffff, shmaddr: 0x0, shmflg: 0x8000 (SHM_EXEC)"
	} >"$T/wanted"
	while IFS= read -r line; do
		grep -Fx "$line" "$T/text" || { echo "missing: $line"; return 1; }
	done <"$T/wanted"
	"$B/shmsnoop" -T -t "$$" -- true >"$T/text"
	head -n 1 "$T/text" | same <(echo "TIME(s)       TID    COMM                SYS              RET ARGs") -
}
