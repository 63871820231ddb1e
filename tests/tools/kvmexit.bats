load lib

setup() {
	needs_root
	[ -n "${SNOOPKIT_VM:-}" ] || skip "only in a guest: it needs the modules of KVM"
}

# The processors of most guests (those without --svm) can't run guests.
has_kvm() {
	modprobe kvm_amd 2>/dev/null || return 1
	[ -c /dev/kvm ]
}

# due FILTER and rows FILTER: of the exits that the workload, which does nothing else, knows of; each virtual processor halts once.
due() {
	jq -c ". as [\$pid, \$tid, \$vcpu, \$n] | ([\"CPUID\", \$n], [\"IO\", \$n], [\"HLT\", 1]) as \$r | $1" "$T/did" | sort
}
rows() {
	jq -c "select(.reason == \"CPUID\" or .reason == \"IO\" or .reason == \"HLT\") | $1" "$T/json" | sort
}

@test "kvmexit: each exit, by process, thread and virtual processor; without KVM, a sentence" {
	modprobe -r kvm_amd kvm 2>/dev/null || :
	run -1 "$B/kvmexit" -- true
	[[ $output = *"needs a module of KVM"* ]]
	[ "${#lines[@]}" = 1 ]
	has_kvm || { modprobe kvm; "$B/kvmexit" --json -- true >"$T/json"; not [ -s "$T/json" ]; return; }
	"$B/kvmexit" --json -- "$W/vmexits" "$T/did" 1000 3 >"$T/json"
	nothing_lost "$T/json"
	[ "$(due '[$pid, $tid] + $r' | wc -l)" = 9 ]
	due '[$pid, $tid] + $r' | same - <(rows '[.pid, .tid, .reason, .count]')
	# A process that waits until it is traced.
	mkfifo "$T/go" "$T/done"
	{ read -r _ <"$T/go"; exec "$W/vmexits" "$T/did" 50 2; } 3>&- >"$T/done" &
	T=$T "$B/kvmexit" --json -p $! -v 1 -- bash -c 'exec 5<"$T/done"; echo >"$T/go"; cat <&5' >"$T/json"
	due 'select($vcpu == 1) | $r' | same - <(rows '[.reason, .count]')
	"$B/kvmexit" --json -p $$ -- "$W/vmexits" "$T/did" 50 1 >"$T/json"
	not [ -s "$T/json" ]
}

@test "kvmexit: header and rows are BCC's, and bad input" {
	has_kvm || modprobe kvm
	for bad in "-v 0" "-a" "-p 1 -a -v 0" "-t 1 -T 2" "0" "1 2"; do
		# shellcheck disable=SC2086
		run -2 "$B/kvmexit" $bad
		[ "${#lines[@]}" = 1 ]
	done
	"$B/kvmexit" -p $$ -v 0 1 >"$T/text"
	same <(echo "Display kvm exit reasons and statistics for PID $$ VCPU 0 after sleeping 1 secs."
		printf '%-35s %s\n' KVM_EXIT_REASON COUNT) "$T/text"
	has_kvm || return 0
	"$B/kvmexit" -- "$W/vmexits" "$T/did" 5 1 >"$T/text"
	head -n2 "$T/text" | same <(echo "Display kvm exit reasons and statistics for all threads... Hit Ctrl-C to end."
		printf 'PID      TID      %-35s %s\n' KVM_EXIT_REASON COUNT) -
	grep -Eqx "$(jq -r '"\(.[0]) +\(.[1]) +HLT {33}1 *"' "$T/did")" "$T/text"
}
