load lib

setup() {
	needs_tool cpuunclaimed
}

# Processes that have to share a CPU, and how many CPUs there are besides it.  Each has its share of the time.
# bats test_tags=smp
@test "cpuunclaimed: half of two CPUs is idle, although a process waits for the other one" {
	cpus=$(nproc)
	"$B/cpuunclaimed" --json -- "$W/switches" "$T/expected" burn=2,1000 >"$T/json"
	cat "$T/json" "$T/expected"
	nothing_lost "$T/json"
	jq -se 'all(.samples > 0 and .cpu_percent + .unclaimed_percent <= 100.01)' "$T/json"
	# On a machine's own kernel others want CPUs, too.
	[ -n "${SNOOPKIT_VM:-}" ] || return 0
	jq -s '(map(.samples) | add) as $n | map(.cpu_percent * .samples / $n) | add' "$T/json" >"$T/busy"
	jq -s '(map(.samples) | add) as $n | map(.unclaimed_percent * .samples / $n) | add' "$T/json" >"$T/unclaimed"
	cat "$T/busy" "$T/unclaimed"
	case $cpus in
	1) jq -e '. > 95' "$T/busy"; jq -e '. == 0' "$T/unclaimed" ;;
	2) jq -e '. > 45 and . < 65' "$T/busy"; jq -e '. > 35 and . <= 50' "$T/unclaimed" ;;
	*) false ;;
	esac
}

@test "cpuunclaimed: text and CSV are BCC's; one row for each sample adds up to the same" {
	"$B/cpuunclaimed" -T 1 2 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Sampling run queues... Output every 1 seconds. Hit Ctrl-C to end." ]
	[ "$(sed 1d "$T/text" | grep -Ecx '[0-9:]{8} %CPU +[0-9]+\.[0-9]{2}%, unclaimed idle [0-9]+\.[0-9]{2}%')" = 2 ]
	[ "$(wc -l <"$T/text")" = 3 ]
	"$B/cpuunclaimed" -J -T -- "$W/switches" "$T/expected" burn=3,150 >"$T/csv"
	head -n 3 "$T/csv"
	head -n 1 "$T/csv" | grep -Eqx 'TIME,TIMESTAMP_ns(,CPU[0-9]+)+(,OFFSET_ns_CPU[0-9]+)+'
	# Each has as many fields as the header; times go up; there was a CPU that three wanted.
	awk -F, 'NR == 1 { n = NF; next } NF != n || $2 <= last { exit 1 } { last = $2; for (i = 3; i < 3 + (n - 2) / 2; i++) if ($i >= 3) long++ } END { exit !(NR > 10 && long > 5) }' "$T/csv"
	for bad in "0" "1 0" "1 2 3" "x" "-j 1" "-j --json" "-p 1"; do
		run -2 --separate-stderr "$B/cpuunclaimed" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
