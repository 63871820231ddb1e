# What the tests of the scheduler's tools share.  tests/work/switches writes what the kernel says of its processes, a line
# for each: 0 the part, 1 PID, 2 CPU time, 3 waiting, 4 how often it got the CPU, 5 wall-clock time.

# Trace `switches PARTS` with this tool and these arguments: $T/json; what the kernel says is in $T/expected.
trace_switches() {	# TOOL ARGUMENTS -- PARTS
	local tool=$1 arguments=()
	shift
	while [ "$1" != -- ]; do arguments+=("$1"); shift; done
	traced "$B/$tool" --json "${arguments[@]}" -- "$W/switches" "$T/expected" "${@:2}"
}

# The sum of a field of the processes of a part.
expected() {	# PART FIELD
	jq -s "map(select(.[0] == \"$1\")[$2]) | add" "$T/expected"
}

# What FILTER makes of the rows of the processes of a part.
rows_of() {	# PART FILTER
	jq -s --slurpfile e "$T/expected" "map(select(.pid as \$p | \$e | any(.[0] == \"$1\" and .[1] == \$p))) | $2" "$T/json"
}

# Is $1 as much as $2, or by up to $3 more, for processes that had to wait once more after their parent
# had looked?  Some machines' own kernels hide threads of theirs from us, and with them switches; the test kernels don't.
exactly() {
	local least=$(($2 * (${#SNOOPKIT_VM} ? 100 : 85) / 100))
	echo "$1, due were $2"
	[ "$1" -ge "$least" ] && [ "$1" -le $(($2 + $3)) ]
}

# Is $1 within 2 % of $2, or at most LOW % of it less?  On a machine's own kernel, a process also seems to run while a
# hidden thread does.
near() {	# IS DUE [LOW]
	local least=$((${#SNOOPKIT_VM} ? 100 - ${3:-2} : 85)) most=$((${#SNOOPKIT_VM} ? 102 : 115))
	echo "$1, due were $2"
	[ "$1" -ge $(($2 * least / 100)) ] && [ "$1" -le $(($2 * most / 100)) ]
}

# Is a process named by the program that it executed last?  It sleeps as a shell, too.
named_by_last_program() {	# TOOL
	local option
	for option in -P -L; do
		traced "$B/$1" --json $option -- sh -c "echo \$\$ >'$T/pid'; sleep 0.1; sleep 0.1
			exec '$W/switches' '$T/expected' sleep=20,1 burn=2,50"
		[ "$(jq -r "select(.pid == $(cat "$T/pid")).comm" "$T/json")" = switches ]
	done
}

# Is there one row of all processes outside the PID namespace that the tool runs in?
one_row_outside() {	# TOOL OPTION
	local tool=$1 option=$2
	rm -f "$T/go" "$T/outside"
	mkfifo "$T/go"
	"$W/switches" "$T/outside" fifo="$T/go" burn=2,100 3>&- &
	unshare -p -f --mount-proc "$B/$tool" --json "$option" -- sh -c "echo >'$T/go'
		'$W/switches' '$T/expected' burn=2,100
		until [ \"\$(grep -c burn '$T/outside')\" = 2 ]; do sleep 0.1; done" >"$T/json"
	jq -se 'map(select(.pid == 0)) | length == 1 and .[0].comm == ""' "$T/json"
	[ "$(jq -s 'map(select(.pid == 0)) | .[0].count' "$T/json")" -ge \
		$(($(jq -s 'map(.[4]) | add' "$T/outside") * (${#SNOOPKIT_VM} ? 95 : 85) / 100)) ]
	[ "$(rows_of burn 'map(select(.comm == "switches")) | length')" = 2 ]
}

# The sum of a number of the rows of stacks with these conditions.
seen() {	# CONDITION KEY
	jq -s "map(select(has(\"pid\")) | with_entries(.value //= []) | select($1).$2) | add // 0" "$T/json"
}

of() {	# PART: the condition that selects its processes
	echo "(.pid as \$p | $(jq -sc "map(select(.[0] == \"$1\")[1])" "$T/expected") | any(. == \$p))"
}

# Other programs can have more stacks than there is room for; their times are counted all the same.
no_time_lost() {
	jq -c '.lost // empty | del(.nested, .stacks) | select(. != {})' "$T/json" >"$T/lost"
	[ ! -s "$T/lost" ] || { cat "$T/lost"; return 1; }
}

# A process that sleeps: $asleep.
start_asleep() {
	mkfifo "$T/go"
	"$W/switches" "$T/e" fifo="$T/go" asleep=1000000 3>&- &
	echo >"$T/go"
	for _ in {1..100}; do
		asleep=$(pgrep -P $! -x switches) && grep -q nanosleep "/proc/$asleep/wchan" && break
		sleep 0.05
	done
	rm "$T/go"
}
