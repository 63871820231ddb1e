# Debug files that only a server has.
load lib

setup() {
	needs_root
	needs_command busybox
	needs_command objcopy
	needs_tool profile
	ldconfig -p >"$T/libraries"
	grep -q 'libdebuginfod\.so\.1' "$T/libraries" || skip "no libdebuginfod.so.1"
	port=$(free_port)
	mkdir "$T/www"
	CACHE=$(mktemp -d) # where every user can get to
	objcopy --strip-all "$W/burn" "$T/lonely"
	# Its own names are nowhere else.
	id=$(readelf -n "$T/lonely" | sed -n 's/.*Build ID: //p')
	mkdir -p "$T/www/buildid/$id"
	export DEBUGINFOD_URLS=http://127.0.0.1:$port DEBUGINFOD_CACHE_PATH=$CACHE
}

serve() {
	busybox httpd -f -p "127.0.0.1:$port" -h "$T/www" 3>&- &
	echo $! >>"$T/servers"
	until bash -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null; do sleep 0.05; done
}

teardown() {
	rm -rf "$CACHE"
	[ ! -e "$T/servers" ] || xargs kill <"$T/servers" 2>/dev/null || :
}

@test "debuginfod: a file that only a server has is fetched without privileges, kept, and names functions" {
	objcopy --only-keep-debug "$W/burn" "$T/www/buildid/$id/debuginfo"
	chown nobody "$CACHE"
	serve
	export SUDO_UID SUDO_GID
	SUDO_UID=$(id -u nobody) SUDO_GID=$(id -g nobody)
	cat >"$T/command" <<-END
		cat "/proc/\$(pgrep -xn debuginfod-get)/status" >"$T/status"
		exec "$T/lonely" "$T/expected" ratio=600
	END
	"$B/profile" -f -F 199 -U -- sh "$T/command" >"$T/text" 2>"$T/err"
	cat "$T/text" "$T/err" "$T/status"
	grep -E '^lonely;.*;burn_three[; ]' "$T/text"
	grep -P '^CapPrm:\t0+$' "$T/status"
	grep -P "^Uid:\t$SUDO_UID\t$SUDO_UID\t$SUDO_UID\t" "$T/status"
	grep -P "^NoNewPrivs:\t1" "$T/status"
	[ "$(stat -c %u "$CACHE/$id/debuginfo")" = "$SUDO_UID" ]
	# The process that fetches ends with the tool.
	until ! pgrep -x debuginfod-get; do sleep 0.05; done
	# Without the variable there is no such process, and no name, although the file is here by now.
	DEBUGINFOD_URLS='' "$B/profile" -f -F 199 -U -- sh "$T/command" >"$T/text" 2>"$T/err" || :
	not grep burn_three "$T/text"
}

@test "debuginfod: an event's stack has the names once the file has come" {
	objcopy --only-keep-debug "$W/mangled" "$T/mangled.debug"
	objcopy --strip-all "$W/mangled" "$T/lonely"
	id=$(readelf -n "$T/lonely" | sed -n 's/.*Build ID: //p')
	mkdir -p "$T/www/buildid/$id"
	mv "$T/mangled.debug" "$T/www/buildid/$id/debuginfo"
	serve
	"$B/opensnoop" --json -c -n lonely --demangle -- \
		sh -c "until [ -e '$T/named' ]; do '$T/lonely' 200; done" >"$T/json" 2>"$T/err" &
	for ((i = 0; i < 100; i++)); do
		! grep -q 'crate::module::older+0x' "$T/json" || break
		sleep 0.1
	done
	touch "$T/named"
	wait $!
	grep -m1 'crate::module::older+0x' "$T/json"
}

@test "debuginfod: another program's file is not used, and a server that does not answer is not awaited" {
	objcopy --only-keep-debug "$W/mangled" "$T/www/buildid/$id/debuginfo"
	serve
	"$B/profile" -f -F 199 -U -- "$T/lonely" "$T/expected" ratio=300 >"$T/text" 2>"$T/err"
	[ -s "$CACHE/$id/debuginfo" ]
	grep -E '^lonely;' "$T/text"
	not grep -E '^lonely;.*(burn|crate)' "$T/text"
	# It takes connections, and that is all.
	port=$(free_port)
	socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" EXEC:'sleep 60' 3>&- &
	echo $! >>"$T/servers"
	until bash -c ": </dev/tcp/127.0.0.1/$port" 2>/dev/null; do sleep 0.05; done
	export DEBUGINFOD_CACHE_PATH=$CACHE/new
	export DEBUGINFOD_URLS=http://127.0.0.1:$port
	began=$SECONDS
	"$B/profile" -f -F 199 -U -- "$T/lonely" "$T/expected" ratio=300 >"$T/text" 2>"$T/err" &
	until grep 'waiting for the debug files of .* Ctrl-C' "$T/err"; do sleep 0.1; done
	not grep lonely "$T/text"
	kill -TERM $!
	wait $!
	[ $((SECONDS - began)) -lt 9 ]
	grep -E '^lonely;' "$T/text"
}
