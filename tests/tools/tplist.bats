load lib

teardown() {
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || :
}

# What readelf finds, as [provider,name,semaphore,[[location,arguments]...]].
notes() {
	readelf -nW "$1" | awk '
		function key() { return provider "\t" name "\t" semaphore }
		/Provider: / { provider = $NF }
		$1 == "Name:" { name = $2 }
		$1 == "Location:" { location = $2; semaphore = $6 }
		$1 == "Arguments:" { sub(/^ *Arguments: */, ""); sub(/ +$/, ""); print key() "\t" location "\t" $0 }' |
		sed 's/,\t/\t/g' | jq -Rsc 'def dec: ltrimstr("0x") | ascii_downcase | explode |
			reduce .[] as $c (0; . * 16 + (if $c > 90 then $c - 87 else $c - 48 end));
			split("\n") | map(select(. != "") | split("\t")) | group_by(.[:2]) |
			.[] | [.[0][0], .[0][1], (.[0][2] | dec), (map([(.[3] | dec), .[4]]) | sort)]' | sort
}

# The same of what tplist says.
listed() {
	jq -c '[.provider, .probe, (.semaphore // 0), (.locations | map([.address, (.arguments | map(
		(if .bytes == 0 then "" else "\(if .kind == "signed" then "-" else "" end)\(.bytes)\(if .kind == "float" then "f" else "" end)@" end) +
		.place) | join(" "))]) | sort)]' "$1" | sort
}

@test "tplist: USDT probes of a file, with semaphores, places and arguments" {
	"$B/tplist" --json -l "$W/usercalls" >"$T/json"
	[ "$(jq -c '[.provider, .probe, .semaphore != null, (.locations | map(.arguments | length))]' "$T/json")" = '["snoop","guarded",true,[1]]
["snoop","odd",false,[8]]
["snoop","values",false,[8,8]]' ]
	[ "$(jq -c 'select(.probe == "values") | .locations[0].arguments[:4] | map([.bytes, .kind])' "$T/json")" = '[[4,"signed"],[8,"unsigned"],[1,"signed"],[2,"signed"]]' ]
	[ "$(jq -c 'select(.probe == "odd") | .locations[0].arguments[0] | [.bytes, .kind]' "$T/json")" = '[8,"float"]' ]
	[ "$(jq -r .file "$T/json" | sort -u)" = "$W/usercalls" ]
	# Offset and address are one here. What sees the guarded probe through its semaphore sees it at that place.
	jq -se 'map(.locations[]) | all(.offset == .address and .offset > 0)' "$T/json"
	! command -v readelf >/dev/null || for file in usercalls calls callers; do
		"$B/tplist" --json -l "$W/$file" >"$T/json"
		listed "$T/json" >"$T/listed"
		notes "$W/$file" | same - "$T/listed"
	done
	# A filter, and a file without any
	"$B/tplist" --json -l "$W/usercalls" 'sn*:*[ou]d*' >"$T/json"
	[ "$(jq -r .probe "$T/json")" = odd ]
	run -0 --separate-stderr "$B/tplist" -l "$W/burn"
	[ "$output$stderr" = "tplist: there are no USDT probes" ]
}

@test "tplist: USDT probes of a process, whose files are in another root, or gone" {
	needs_root
	needs_command chroot
	needs_command ldd
	root=$T/root
	mkdir -p "$root/bin"
	ldd "$W/calls" | grep -o '/[^ ]*' | while read -r lib; do
		mkdir -p "$root${lib%/*}"
		cp "$lib" "$root$lib"
	done
	cp "$W/calls" "$root/bin/there"
	chroot "$root" /bin/there /expected 1 1000000 3>&- &
	pid=$!
	while ! grep -q "libc\.so" "/proc/$pid/maps" 2>/dev/null; do kill -0 "$pid"; done
	for ((i = 0; i < 2; i++)); do
		"$B/tplist" --json -p $pid >"$T/json"
		[ "$(jq -c 'select(.provider == "snoop") | [(.file | sub("^.*/bin/"; "")), .probe, (.locations | length)]' "$T/json")" = '["there","guarded",1]
["there","plain",2]' ]
		# By name, in the same process
		[ "$("$B/tplist" -l libc.so.6 -p $pid 2>/dev/null | grep -cv ' libc:')" = 0 ]
		rm -f "$root/bin/there"
	done
	[ "$("$B/tplist" -p $pid '*:plain' | sed 's/.*\///')" = "there snoop:plain" ]
	kill $pid
	wait $pid || true
	run -1 --separate-stderr "$B/tplist" -p $pid
	[ "$stderr" = "tplist: there is no process or thread $pid" ]
}

@test "tplist: tracepoints and their fields" {
	needs_root
	cd /sys/kernel/tracing/events
	printf '%s\n' */*/ | sed 's|/$||; s|/|:|; /^ftrace:/d' | LC_ALL=C sort >"$T/want"
	cd - >/dev/null
	[ "$(wc -l <"$T/want")" -gt 300 ]
	"$B/tplist" | LC_ALL=C sort >"$T/shown"
	same "$T/want" "$T/shown"
	"$B/tplist" 'sched:sched_*' >"$T/shown"
	grep '^sched:sched_' "$T/want" | same - "$T/shown"
	{ echo sched:sched_switch; sed -n '/common_/d; s/.*field:\([^;]*;\).*/    \1/p' /sys/kernel/tracing/events/sched/sched_switch/format; } >"$T/want"
	"$B/tplist" -v sched:sched_switch | same "$T/want" -
	"$B/tplist" --json sched:sched_process_exec >"$T/json"
	[ "$(jq -c '[.category, .event, (.fields[1] | [.name, .type, .offset, .bytes, .signed])]' "$T/json")" = '["sched","sched_process_exec",["pid","pid_t",12,4,true]]' ]
	[ "$(jq -c '.fields[0] | [.name, .type, .bytes]' "$T/json")" = '["filename","__data_loc char[]",4]' ]
	"$B/tplist" --json sched:sched_process_fork >"$T/json"
	jq -e '.fields | any(.name == "parent_comm" and (.type | test("char")))' "$T/json"
}

@test "tplist: text is BCC's, who may read a file may list it, the rest is a sentence" {
	"$B/tplist" -l "$W/callers" | same <(echo "$W/callers snoop:met") -
	"$B/tplist" -v -l "$W/calls" plain 2>"$T/err" | same /dev/null -
	[ "$(cat "$T/err")" = "tplist: no USDT probe matches 'plain'" ]
	"$B/tplist" -v -l "$W/calls" '*:plain' | same <(printf '%s\n' "snoop:plain [sema 0x0]" "  2 location(s)" "  0 argument(s)") -
	"$B/tplist" -vv -l "$W/usercalls" '*:values' >"$T/text"
	sed -n 1,4p "$T/text"
	[ "$(sed -n 1p "$T/text")" = "snoop:values [sema 0x0]" ]
	sed -n 2p "$T/text" | grep -Eqx "  location #1 $W/usercalls 0x[0-9a-f]+"
	sed -n 3p "$T/text" | grep -Eqx '    argument #1 4 signed   bytes @ (%e?[a-z0-9]+d?|w[0-9]+)'
	sed -n 4p "$T/text" | grep -Eqx '    argument #2 8 unsigned bytes @ (%r[a-z0-9]+|x[0-9]+)'
	[ "$(grep -c '^  location #2 ' "$T/text")" = 1 ]
	needs_root
	needs_command setpriv
	nobody="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
	cp "$W/callers" "$T/file"
	chmod 755 "$T" "$T/file" "${T%/*}" "${T%/*/*}"
	$nobody "$B/tplist" -l "$T/file" | same <(echo "$T/file snoop:met") -
	# Usually only root may read it.
	run --separate-stderr $nobody "$B/tplist" sched:sched_switch
	if $nobody ls /sys/kernel/tracing/events >/dev/null 2>&1; then
		[ "$output" = sched:sched_switch ]
	else
		[ "$status" = 1 ]
		[ "$stderr" = "tplist: cannot list tracepoints: no permission to read /sys/kernel/tracing. Grant it, or CAP_DAC_READ_SEARCH." ]
	fi
	run -1 --separate-stderr $nobody "$B/tplist" -p $$
	[ "$stderr" = "tplist: cannot read what process $$ has mapped: Permission denied" ]
	run -1 --separate-stderr "$B/tplist" -l "$BATS_TEST_FILENAME"
	[ "$stderr" = "tplist: cannot read $BATS_TEST_FILENAME: it is not an ELF file" ]
	run -1 --separate-stderr "$B/tplist" -l nolib
	[ "$stderr" = "tplist: there is no library or program 'nolib'" ]
	run -2 --separate-stderr "$B/tplist" -p 0
	run -2 --separate-stderr "$B/tplist" one two
}
