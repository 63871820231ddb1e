load lib
load softirqs

setup() {
	needs_root
	needs_tool softirqslower
}

# The lengths of rows of a stage with this condition.
lengths() {	# STAGE CONDITION
	jq -s "map(select(.stage == \"$1\" and ($2)).lat_ns)" "$T/json"
}

@test "softirqslower: each that takes long, for as long as it takes, and those that have to wait for it" {
	traced "$B/softirqslower" --json 5000 -- "$W/slowirqs" "$T/expected" 10
	nothing_lost "$T/json"
	jq -sc 'map([.stage, .softirq, .cpu, .lat_ns, .comm])[-30:][]' "$T/json"
	tail -10 "$T/expected"
	jq -se 'all(.lat_ns >= 5000000)' "$T/json"
	# Each of the ten takes 20 ms and more in the soft interrupt, and all of that is before the packet is there.
	slow=$(lengths "softirq runtime" '.softirq == "net_rx" and .cpu == 0 and (.comm == "slowirqs" or .comm == "ksoftirqd/0")')
	n=$(jq length <<<"$slow") sum=$(jq add <<<"$slow")
	echo "$n took $sum"
	[ "$n" -ge 10 ]
	[ "$n" -le "$(jq -s 'map(select(. >= 5000000)) | length' "$T/expected")" ]
	[ "$sum" -ge 100000000 ]
	[ "$sum" -le "$(jq -s add "$T/expected")" ]
	# Clock ticks come in between, and what they raise has to wait until it is done.
	[ "$(lengths "irq(hard) to softirq" '.softirq != "net_rx"' | jq length)" -ge 1 ]
	# Where that soft interrupt runs within the call, it begins at once, but for a few that something delays.
	[ "$(lengths "irq(hard) to softirq" '.softirq == "net_rx" and .comm == "slowirqs"' | jq length)" -le 3 ]
}

@test "softirqslower: with 0 each kind as often as /proc/softirqs says, and each of them was raised" {
	"$B/softirqslower" --json 0 -- bash -c "$busy" - "$T" >"$T/json"
	nothing_lost "$T/json"
	each_kind 'map(select(.stage == "softirq runtime")) | length'
	ran=$(lengths "softirq runtime" true | jq length) waited=$(lengths "irq(hard) to softirq" true | jq length)
	echo "$ran ran, $waited were raised"
	# The first of each kind and CPU can have been raised before tracing began.
	[ "$waited" -ge $((ran - 30)) ]
	[ "$waited" -le $((ran + 30)) ]
	jq -se 'all(.lat_ns > 0 and .lat_ns < 1000000000)' "$T/json"
}

# bats test_tags=smp
@test "softirqslower: -c traces one CPU" {
	"$B/softirqslower" --json -c 0 0 -- sleep 0.5 >"$T/json"
	jq -se 'length > 0 and all(.cpu == 0)' "$T/json"
	run -1 "$B/softirqslower" -c 4000
	[ "$output" = "softirqslower: there is no CPU 4000" ]
}

@test "softirqslower: text is BCC's" {
	"$B/softirqslower" -- "$W/slowirqs" "$T/expected" 3 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing softirq latency higher than 10000 us... Hit Ctrl-C to end." ]
	[ "$(sed -n 2p "$T/text")" = "TIME     STAGE                SOFTIRQ  LAT(us)        CPU    COMM" ]
	grep -Eq '^[0-9:]{8} softirq runtime      net_rx   [0-9]{5,7} +0      (slowirqs|ksoftirqd/0)$' "$T/text"
}

@test "softirqslower: bad command lines are usage errors" {
	for bad in x "1 2" -1 "-c x" 99999999999; do
		run -2 --separate-stderr "$B/softirqslower" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
