# A test starts services as plain processes, on loopback and in the test's folder; they end with the test.
load ../tools/lib

# start NAME COMMAND...: its output goes to $S/NAME.log.
start() {
	local name=$1
	shift
	"$@" >"$S/$name.log" 2>&1 3>&- &
	echo $! >"$S/$name.pid"
}

stop_all() {
	local p
	for p in "$S"/*.pid; do
		[ ! -e "$p" ] || kill "$(cat "$p")" 2>/dev/null || true
	done
}

free_port() {
	local p
	while p=$((RANDOM % 20000 + 20000)); do
		(: <"/dev/tcp/127.0.0.1/$p") 2>/dev/null || { echo $p; return; }
	done
}

# eventually COMMAND...: repeat it until it succeeds; print its output if it never does.
eventually() {
	local end=$((SECONDS + 30)) said
	until said=$("$@" 2>&1); do
		[ $SECONDS -lt $end ] || { echo "$said"; return 1; }
		sleep 0.2
	done
}
