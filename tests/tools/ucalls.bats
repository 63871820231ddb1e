load lib

setup() {
	needs_tool ucalls -x "$W/methods"
}

# [class, method, calls, ms], as the workload writes it.
rows() {
	jq -c 'select(.method) | select(.method | test("run$|step$|fall$|length$")) |
		[.class // "", (.method | sub(".*[.]"; "")), .calls, (.total_ns // 0) / 1000000 | if type == "number" then floor else . end]' "$1" | sort
}

@test "ucalls: all methods of each language, counted and timed" {
	for l in java perl php python ruby tcl; do
		traced "$B/ucalls" --json -L -l $l -- "$W/methods" "$T/expected" $l calls 20
		nothing_lost "$T/json"
		rows "$T/json" >"$T/rows"
		# The times are at least those that the methods took.
		jq -c '.[:3]' "$T/rows" >"$T/seen"
		jq -c '.[:3]' "$T/expected" | sort | same - "$T/seen"
		sort "$T/expected" | paste -d, - "$T/rows" | jq -Rc "\"[\(.)]\" | fromjson" |
			jq -se 'length == 4 and all(.[0][3] <= .[1][3] and .[1][3] < .[0][3] + 3000)'
	done
}

@test "ucalls: the process's own language, -T, -m, an interval, system calls" {
	mkfifo "$T/go"
	"$W/methods" "$T/expected" python calls 30 fifo="$T/go" 3>&- &
	# Without -l, the first of the languages whose probes the program has.
	"$B/ucalls" --json -l python -S $! 1 -- sh -c "echo >$T/go; while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null
	jq -se 'map(select(.method == "app/Main.fall") | .calls) | add == 150' "$T/json"
	jq -se 'map(select(.class == null and .method == "clock_nanosleep") | .calls) | add == 90' "$T/json"
	"$B/javacalls" -T 2 -L -m -- "$W/methods" "$T/expected" java calls 3 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing calls in all threads (language: java)... Ctrl-C to quit." ]
	[ "$(sed -n 2p "$T/text")" = "METHOD                                              # CALLS TIME (ms)" ]
	[ "$(wc -l <"$T/text")" = 4 ]
	# Which two took most time depends on how long the sleeps really were.
	[ "$(sed 1,2d "$T/text" | grep -Ecx 'app/Main.(run {38} +3|fall {37} +15|step {37} +6) +[0-9]+\.[0-9]{2}')" = 2 ]
}

@test "ucalls: what has no probes, and what is no process, is said in a sentence" {
	cp "$(type -P sleep)" "$T/perl5.36"
	"$T/perl5.36" 100 3>&- &
	until [ "$(readlink /proc/$!/exe)" = "$T/perl5.36" ]; do sleep 0.02; done
	run -1 "$B/ucalls" $!
	[ "$output" = "ucalls: $T/perl5.36 has no USDT probes of perl: it must have been built with -Dusedtrace" ]
	run -1 "$B/javacalls" $!
	[[ "$output" = *": process $! uses no program or library with USDT probes of java" ]]
	kill $!
	run -2 "$B/ucalls"
	[ "$output" = "ucalls: which process?  Give its ID, or a command after --, or a language for all of its processes" ]
	for bad in "-l cobol 1" "x" "1 x" "-T x 1" "1 1 1 1"; do
		run -2 --separate-stderr "$B/ucalls" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "ucalls: OpenJDK's methods" {
	[ -n "$(find /usr/lib/jvm/*17* -name libjvm.so 2>/dev/null)" ] || skip "no OpenJDK 17 on this machine"
	cat >"$T/Calls.java" <<-'END'
		class Calls {
			static int n;
			static void called() { n++; }
			public static void main(String[] args) { for (int i = 0; i < 3000; i++) called(); }
		}
	END
	java=$(dirname "$(find /usr/lib/jvm/*17*/bin -name javac | head -n 1)")
	"$java/javac" -d "$T" "$T/Calls.java"
	traced "$B/ucalls" --json -- "$java/java" -XX:+ExtendedDTraceProbes -cp "$T" Calls
	nothing_lost "$T/json"
	jq -se 'map(select(.method == "Calls.called")) | length == 1 and .[0].calls == 3000' "$T/json"
}
