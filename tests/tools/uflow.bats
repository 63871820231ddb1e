load lib

setup() {
	needs_tool uflow -x "$W/methods"
}

rows() {
	jq -c 'select(.method) | [.class // "", .method, .depth, if .returns then "<-" else "->" end]' "$T/json"
}

@test "uflow: methods of each language begin and return in order, as deep as they are" {
	for l in java perl php python ruby tcl; do
		traced "$B/uflow" --json -l $l -- "$W/methods" "$T/expected" $l flow 20
		nothing_lost "$T/json"
		rows | same "$T/expected" -
	done
}

@test "uflow: -C and -M choose methods by how their names begin; text is BCC's" {
	"$B/rubyflow" -C app/ -M fal -- "$W/methods" "$T/expected" ruby flow 1 >"$T/text"
	cat "$T/text"
	[ "$(sed -n 1p "$T/text")" = "Tracing method calls in ruby processes... Ctrl-C to quit." ]
	[ "$(sed -n 2p "$T/text")" = "CPU PID    TID    TIME(us) METHOD" ]
	sed 1,2d "$T/text" | sed -E 's/^[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+\.[0-9]{3} +([-<])/\1/; s/^[0-9].*    ( *)([-<])/\2/; s/ +$//' >"$T/rows"
	[ "$(grep -c '^-> app/Main.fall$' "$T/rows")" = 5 ]
	[ "$(grep -c '^<- app/Main.fall$' "$T/rows")" = 5 ]
	[ "$(wc -l <"$T/rows")" = 10 ]
	"$B/uflow" --json -l java -C Str -- "$W/methods" "$T/expected" java flow 3 >"$T/json"
	rows | jq -se 'length == 6 and all(.[:2] == ["String","length"])'
	for bad in "" "-l node 1" "1 1" "-M $(printf %100s x | tr ' ' x) 1"; do
		run -2 --separate-stderr "$B/uflow" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "uflow: Python 3.11 tells only of returns, and the tool says so" {
	python=/usr/bin/python3.11
	[ -x $python ] || skip "no Python 3.11 on this machine"
	grep -q function__return $python || skip "this Python has no probes"
	printf 'def called(): pass\nfor i in range(500): called()\n' >"$T/calls.py"
	"$B/uflow" --json -M called -- $python "$T/calls.py" >"$T/json" 2>"$T/err"
	grep -q "Python 3.11 does not tell when functions begin" "$T/err"
	rows | jq -se --arg f "$T/calls.py" 'length == 500 and all(. == [$f,"called",0,"<-"])'
}
