load lib

setup() {
	needs_tool hardirqs
}

# What the kernel counts, while a disk works.
busy='cat /proc/interrupts >"$1/a"; '
if [ -n "${SNOOPKIT_TEST_DISK:-}" ]; then
	busy+='dd if="$SNOOPKIT_TEST_DISK" of=/dev/null bs=4k count=100 iflag=direct 2>/dev/null'
else
	busy+='for i in $(seq 20); do dd if=/dev/zero of="$1/file" bs=4k count=1 conv=fsync; done 2>/dev/null'
fi
busy+='; sleep 0.2; cat /proc/interrupts >"$1/b"'

# "COUNT NAME" of each interrupt of /proc/interrupts that has a name for itself, between the two.
due() {
	awk 'FNR == 1 { cpus = NF; next }
		$1 ~ /^[0-9]+:$/ {
			n = 0
			for (i = 2; i < 2 + cpus; i++)
				n += $i
			if ($(NF - 1) !~ /,$/)
				t[$NF] += FILENAME ~ /b$/ ? n : -n
		}
		END { for (name in t) if (t[name]) print t[name], name }' "$T/a" "$T/b"
}

@test "hardirqs: each as often as /proc/interrupts says, by name, and its time" {
	"$B/hardirqs" --json -- sh -c "$busy" - "$T" >"$T/json"
	nothing_lost "$T/json"
	due >"$T/due"
	cat "$T/due"
	[ -s "$T/due" ]
	while read -r due name; do
		n=$(jq -s --arg name "${name:0:31}" 'map(select(.hardirq == $name).count) | add // 0' "$T/json")
		echo "$name: $n, due were $due"
		as_often "$n" "$due"
	done <"$T/due"
	jq -se 'all(.total_ns > 0 and .count > 0 and (has("usecs") | not))' "$T/json"
	jq -se '(map(.hardirq) | length == (unique | length)) and (map(.total_ns) as $t | $t == ($t | sort | reverse))' "$T/json"
}

@test "hardirqs: -d, -N, -C and -c show the same in other ways" {
	"$B/hardirqs" --json -d -- sh -c "$busy" - "$T" >"$T/json"
	jq -se 'length > 0 and all((.usecs | map(.count) | add) == .count and
		(.usecs | map(.lo * .count) | add) * 1000 <= .total_ns and
		(.usecs | map((.hi + 1) * .count) | add) * 1000 >= .total_ns)' "$T/json"
	"$B/hardirqs" --json -dN -- sh -c "$busy" - "$T" >"$T/json"
	jq -se 'length > 0 and all((.nsecs | map(.count) | add) == .count and
		(.nsecs | map(.lo * .count) | add) <= .total_ns)' "$T/json"
	"$B/hardirqs" -C -- sh -c "$busy" - "$T" >"$T/text"
	[ "$(sed -n 1,3p "$T/text")" = "Tracing hard irq events... Hit Ctrl-C to end.

HARDIRQ                    TOTAL_count" ]
	awk 'NR > 3 { print $NF }' "$T/text" | sort -rnc
	run -1 "$B/hardirqs" -c 4000
	[ "$output" = "hardirqs: there is no CPU 4000" ]
}

@test "hardirqs: text is BCC's" {
	"$B/hardirqs" -- sh -c "$busy" - "$T" >"$T/text"
	[ "$(sed -n 1,3p "$T/text")" = "Tracing hard irq event time... Hit Ctrl-C to end.

HARDIRQ                    TOTAL_usecs" ]
	[[ "$(sed -n 4p "$T/text")" =~ ^[^\ ].{25}\ [0-9\ ]{10}[0-9]$ ]]
	"$B/hardirqs" -N -- sh -c "$busy" - "$T" >"$T/text"
	[ "$(sed -n 3p "$T/text")" = "HARDIRQ                    TOTAL_nsecs" ]
	"$B/hardirqs" -d -- sh -c "$busy" - "$T" >"$T/text"
	grep -A1 '^hardirq = ' "$T/text" | grep -qx '     usecs               : count     distribution'
	"$B/hardirqs" -T 1 2 >"$T/text"
	[ "$(grep -Ec '^[0-9]{2}:[0-9]{2}:[0-9]{2}$' "$T/text")" = 2 ]
}

@test "hardirqs: bad command lines are usage errors" {
	for bad in 0 "1 2 3" "-c x" "-c -1" "-C -d" "-C -N"; do
		run -2 --separate-stderr "$B/hardirqs" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
