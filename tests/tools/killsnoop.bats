load lib

setup() {
	needs_tool killsnoop
	[ -z "${SNOOPKIT_VM:-}" ] || export CALLS_32_BIT=1
}

# The workload's processes.
sender() {
	jq -n 'input[0]' "$T/expected"
}

calls() {
	jq -c "select(.pid == $(sender)) | [.by, .sig, .tpid, .tcomm, .result, .ttid]" "$T/json" | sort
}

signals() {
	jq -c "select(.pid >= $(sender) and (.tcomm | IN(\"sender\", \"crashing\", \"tar\\u001bget\")))
		| [.by, .sig, .tpid, .tcomm, .outcome]" "$T/json" | sort
}

expected() {
	grep "$@" "$T/expected" | sort
}

@test "killsnoop: each way to send a signal, with its target and its result" {
	traced "$B/killsnoop" --json -- "$W/signals" "$T/expected"
	expected -v '^\["process\|^\["kernel\|^\[[0-9]' >"$T/calls"
	calls | same "$T/calls" -
	[ "$(wc -l <"$T/calls")" -ge 13 ]
	nothing_lost "$T/json"
	jq -e "select(.pid == $(sender)) | .comm == \"sender\" and .tid == .pid" "$T/json"
}

@test "sigsnoop: all signals, also the kernel's" {
	traced "$B/sigsnoop" --json -- "$W/signals" "$T/expected"
	expected '^\["process\|^\["kernel' >"$T/signals"
	signals | same "$T/signals" -
	nothing_lost "$T/json"
	# si_code: sent by kill(2), by tkill(2), by sigqueue(3), and the address that is not mapped
	jq -c "select(.pid >= $(sender)) | [.sig, .code]" "$T/json" >"$T/codes"
	for code in '[10,0]' '[12,-6]' '[35,-1]' '[11,1]' '[17,2]'; do
		grep -qxF "$code" "$T/codes"
	done
	traced "$B/sigsnoop" --json -k -- "$W/signals" "$T/expected"
	expected -v '^\["process\|^\["kernel\|^\[[0-9]' >"$T/calls"
	calls | same "$T/calls" -
}

@test "killsnoop: -x, -s, -p and -T choose" {
	"$B/killsnoop" --json -x -- "$W/signals" "$T/expected" >"$T/json"
	calls | same <(expected ',-[0-9]*,[0-9nul]*\]$') -
	[ "$(calls | wc -l)" = 3 ]
	for list in 10,12 USR1,SIGUSR2 10,usr2; do
		"$B/killsnoop" --json -s $list -- "$W/signals" "$T/expected" >"$T/json"
		calls | same <(expected '^\["t\?kill",1[02],') -
	done
	"$B/killsnoop" --json -s 0 -- "$W/signals" "$T/expected" >"$T/json"
	calls | same <(expected '^\["t\?kill",0,') -
	"$B/killsnoop" --json -s 64 -- "$W/signals" "$T/expected" >"$T/json"
	[ -z "$(calls)" ]
	"$B/killsnoop" --json -T 4194304 -- "$W/signals" "$T/expected" >"$T/json"
	calls | same <(expected '4194304') -
	"$B/killsnoop" --json -p 1,$$ -- "$W/signals" "$T/expected" >"$T/json"
	[ -z "$(calls)" ]
	"$B/sigsnoop" --json -x -- "$W/signals" "$T/expected" >"$T/json"
	signals | same <(expected '"ignored"') -
	for bad in "-s 65" "-s -1" "-s NONE" "-s 9,," "-T x"; do
		run -2 "$B/killsnoop" $bad
	done
}

@test "killsnoop: the text is BCC's" {
	"$B/killsnoop" -- "$W/signals" "$T/expected" >"$T/text"
	wide=$(($(wc -c </proc/sys/kernel/pid_max)))
	head -n 1 "$T/text" | same <(printf '%-9s %-*s %-16s %-4s %-*s %s\n' TIME $wide PID COMM SIG $wide TPID RESULT) -
	grep -Eqx "[0-9:]{8}  $(sender) +sender           99   [0-9]+ +-22" "$T/text"
	grep -Eqx "[0-9:]{8}  $(sender) +sender           30   -$(sender) +0" "$T/text"
	"$B/sigsnoop" -n -- "$W/signals" "$T/expected" >"$T/text"
	head -n 1 "$T/text" | same <(printf '%-8s %-7s %-16s %-12s %-7s %-16s %s\n' TIME PID COMM SIG TPID TCOMM RESULT) -
	grep -Eqx "[0-9:]{8} [0-9]+ +sender           SIGRTMIN\+1   [0-9]+ +tar\\\\033get +0" "$T/text"
	grep -Eqx "[0-9:]{8} [0-9]+ +crashing         SIGSEGV      [0-9]+ +crashing +0" "$T/text"
	"$B/sigsnoop" -k -n -- "$W/signals" "$T/expected" >"$T/text"
	grep -Eqx "[0-9:]{8} $(sender) +sender           SIGTERM      4194304 +-3" "$T/text"
}
