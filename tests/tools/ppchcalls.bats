load lib

# hcalls OPTION...: of these calls of one process, as if the kernel were that of a PowerPC machine.
hcalls() {
	local calls="entered 0x8 , left 0x8 0 , entered 0x8 , left 0x8 -4 , entered 8 , left 8 9900 ,
		entered 0xe4 , entered 0x64 , left 0x64 0 , left 0xe4 -16 ,
		entered 0xdead , left 0xdead 0 ,
		left 0xf000 0 , left 0xf000 0"
	# Without -L the tool does not look at the beginning.
	[[ " $*" = *" -"*L* ]] || calls=$(sed -E 's/entered [^,]* , //g' <<<"$calls")
	calls=$calls with_tracepoints "$B/ppchcalls" "$@" -- bash -ec 'LD_PRELOAD=; "$W/rawtp" $calls'
}

@test "ppchcalls: calls, counted and timed, by call and by process; other machines, a sentence" {
	needs_root
	export W
	if [ "$(uname -m)" != ppc64le ]; then
		run -1 --separate-stderr "$B/ppchcalls" -L
		[ -z "$output" ]
		[ "$stderr" = "ppchcalls: cannot trace calls of the hypervisor: this is no PowerPC machine with one, or its kernel does not tell them" ]
	fi
	hcalls --json >"$T/json"
	nothing_lost "$T/json"
	[ "$(jq -c '[.hcall, .count]' "$T/json")" = '["H_ENTER",3]
["H_RTAS",2]
["H_EOI",1]
["H_CONFER",1]
["[unknown: 0xdead]",1]' ]
	# Calls that began before the tool did have no time.  One that a call was inside takes longer than that.
	hcalls --json -L >"$T/json"
	nothing_lost "$T/json"
	[ "$(jq -r .hcall "$T/json" | sort | tr '\n' ' ')" = "H_CONFER H_ENTER H_EOI [unknown: 0xdead] " ]
	jq -se 'all(.min_ns > 0 and .min_ns <= .avg_ns and .avg_ns <= .max_ns and .total_ns >= .max_ns and .total_ns <= .count * .max_ns)' "$T/json"
	jq -se 'map({key: .hcall, value: .}) | from_entries | .H_CONFER.min_ns > .H_EOI.max_ns and .H_ENTER.min_ns < .H_ENTER.max_ns' "$T/json"
	[ "$(hcalls --json -x | jq -c '[.hcall, .count]' | sort)" = '["H_CONFER",1]
["H_ENTER",1]' ]
	for error in 4 EINTR H_PARAMETER h_parameter; do
		[ "$(hcalls --json -e $error | jq -c '[.hcall, .count]')" = '["H_ENTER",1]' ]
	done
	[ "$(hcalls --json -P -L --hcall H_ENTER | jq -c '[.comm, .count, .pid > 0, .max_ns > 0]')" = '["rawtp",3,true,true]' ]
	[ -z "$(hcalls --json -p $$)" ]
}

@test "ppchcalls: text is BCC's; the list, and bad input" {
	needs_root
	export W
	hcalls -T 2 | sed 's/\[..:..:..\]/[TIME]/' | same <(printf '%s\n' "Tracing ppc hcalls, printing top 2... Ctrl+C to quit." "[TIME]"
		printf '%-45s %8s\n' "PPC HCALL" COUNT H_ENTER 3 H_RTAS 2
		printf '\nDetaching...\n') -
	hcalls -xLm --hcall h_enter >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing failed ppc hcall 'H_ENTER'... Ctrl+C to quit." ]
	[ "$(sed -n 3p "$T/text")" = "$(printf '%-45s %8s %17s %17s %17s' "PPC HCALL" COUNT "MIN (ms)" "MAX (ms)" "AVG (ms)")" ]
	sed -n 4p "$T/text" | grep -Eqx 'H_ENTER {46}1( +[0-9]+\.[0-9]+){3}'
	"$B/ppchcalls" -l >"$T/list"
	[ "$(awk '{ print NF }' "$T/list" | head -n 1)" = 4 ]
	[ "$(xargs -n 1 <"$T/list" | sort | uniq -d)" = "" ]
	xargs -n 1 <"$T/list" | grep -qx H_GUEST_RUN_VCPU
	for bad in "-e FOO" "-e 0" "--hcall read" "-p x" "1"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr "$B/ppchcalls" $bad
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
