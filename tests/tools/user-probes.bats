load lib

# A tool that only the tests have: what user probes can do.
U=$B/tests/probe/userprobes
C=$W/usercalls

setup() {
	[ -x "$U" ] || skip "not built, which takes clang"
	[ -n "${SNOOPKIT_VM:-}" ] || "$U" -f "$C" -- true 2>"$T/why" || skip "this kernel: $(head -n1 "$T/why")"
}

# rows PID: the calls of this process, in $T/json.
rows() {
	jq -c "select(.pid == $1) | [.call,.values]" "$T/json"
}

@test "user probes: arguments and results of functions, and of USDT probes, also a guarded one" {
	"$U" --json -f "$C" -- "$C" "$T/expected" >"$T/json"
	[ "$(wc -l <"$T/expected")" = 8 ]
	rows "$(jq -n 'input.pid' "$T/json")" | same <(jq -c . "$T/expected") -
	nothing_lost "$T/json"
	# While nobody traces, the guarded probe is not reached: the semaphore is 0 again.
	"$C" "$T/expected"
	[ "$(wc -l <"$T/expected")" = 7 ]
}

@test "user probes: two files that are one are probed once; a process's own file" {
	cp "$C" "$T/copy"
	ln "$T/copy" "$T/link"
	"$U" --json -f "$T/link" -- "$T/copy" "$T/expected" >"$T/json"
	rows "$(jq -n 'input.pid' "$T/json")" | same <(jq -c . "$T/expected") -
	# Another copy is not the file.
	"$U" --json -f "$T/copy" -- "$C" "$T/expected" >"$T/json"
	[ ! -s "$T/json" ]
	# --exec: only this process, whose file is found like any other.
	"$U" --json -f "$T/copy" --exec "$T/copy" "$T/expected" >"$T/json"
	rows "$(jq -n 'input.pid' "$T/json")" | same <(jq -c . "$T/expected") -
}

@test "user probes: each complaint is a sentence" {
	complains() {
		run -"$1" "$U" "${@:3}" -- true
		[ "$output" = "userprobes: $2" ] || { echo "$output"; return 1; }
	}
	complains 2 "there is no file '/no/such'" -f /no/such
	complains 1 "there is no program or library 'usercalls'"
	complains 1 "the BPF program 'sum_enter' is attached with 'sum', and has a row of its own" -f "$C" --twice
	complains 2 "/etc/passwd can't be probed: it is not an ELF file" -f /etc/passwd
	complains 2 "$C has no function known_sxi; its nearest is known_six" -f "$C" --symbol known_sxi
	complains 2 "$C has no USDT probe snoop:valuse; its nearest is snoop:values" -f "$C" --usdt snoop:valuse
	complains 1 "the USDT probe snoop:guarded in $C has 1 argument, and 8 are needed" -f "$C" --usdt snoop:guarded
	complains 1 "argument 1 of the USDT probe snoop:odd in $C can't be read: it is '$(odd)'" -f "$C" --usdt snoop:odd
}

# How the assembler writes the number that can't be read.
odd() {
	[ "$(uname -m)" = x86_64 ] && echo '8f@%xmm0' || grep -ao '8f@d[0-9]*' "$C" | head -n1
}
