load lib
load roots

# A program with functions that are called as those of the three libraries.
calls=tlscalls
extra=()

setup() {
	needs_tool sslsniff --extra-lib "openssl:$W/$calls"
	for library in openssl gnutls nss; do
		extra+=(--extra-lib "$library:$W/$calls")
	done
}

# What `tlscalls` says it did, as [pid,tid,function,bytes,data], each with at most so many bytes of data.
due() {	# BYTES EXPECTED
	jq -c --argjson most "$1" '.[4] |= .[:$most * 2]' "$2"
}

# The same of the rows of its process, whichever way JSON has the data.
seen() {	# EXPECTED
	jq -c --argjson pid "$(head -n 1 "$1" | jq '.[0]')" '
		def byte: (. / 16 | floor), . % 16 | "0123456789abcdef"[.:. + 1];
		def bytes: if . < 128 then . elif . < 2048 then (192 + (. / 64 | floor)), 128 + . % 64 else error end;
		select(.pid == $pid and .func != "HANDSHAKE") |
		[.pid, .tid, .func, .len, (.hex // ([.data | explode[] | bytes | byte] | join("")))]' "$T/json"
}

same_calls() {	# BYTES EXPECTED
	due "$1" "$2" >"$T/due"
	seen "$2" >"$T/seen"
	[ -s "$T/due" ]
	cmp "$T/due" "$T/seen" || { cut -c 1-300 "$T/due" >"$T/a"; cut -c 1-300 "$T/seen" | same "$T/a" -; }
}

@test "sslsniff: all that three libraries read and write, once and to the byte, up to the size that is wanted" {
	traced "$B/sslsniff" --json "${extra[@]}" --max-buffer-size 65536 -- "$W/$calls" "$T/expected" 3
	same_calls 65536 "$T/expected"
	[ "$(wc -l <"$T/due")" = 65 ]
	nothing_lost "$T/json"
	jq -se --argjson uid "$(id -u)" 'all(.uid == $uid and .comm == "tlscalls" and .lat_ns > 0 and (.hex == null) != (.data == null) and
		.missing == ([.len - 65536, 0] | max))' "$T/json"
	# Bytes that are no text, or a character that turns text around, are never shown as text.
	[ "$(jq -c 'select(.hex)' "$T/json" | jq -s 'length')" = 15 ]
	[ "$(jq -r 'select(.hex and .func == "WRITE/SEND") | .hex' "$T/json" | sort -u | tail -n 1)" = fffe001b5b33316d20e280ae0a2e ]
	# What is not asked for is counted, and not sent.
	for most in 8192 0; do
		traced "$B/sslsniff" --json "${extra[@]}" --max-buffer-size $most -- "$W/$calls" "$T/expected"
		same_calls $most "$T/expected"
	done
}

@test "sslsniff: -o, -g, -n and the kind of --extra-lib choose functions, --handshake adds one" {
	each() {	# CALLS OPTION...: of one pass through all of them
		"$B/sslsniff" --json "${@:2}" -- "$W/$calls" "$T/expected" >"$T/json"
		[ "$(jq -s "map(select(.comm == \"$calls\")) | length" "$T/json")" = "$1" ]
	}
	each 26 -o -g -n --extra-lib "openssl:$W/$calls"
	each 27 --handshake --no-gnutls --no-nss --extra-lib "openssl:$W/$calls"
	[ "$(jq -c 'select(.func == "HANDSHAKE") | [.len, .data, .hex, .lat_ns > 0]' "$T/json")" = '[0,"",null,true]' ]
	each 3 --no-openssl --extra-lib "gnutls:$W/$calls"
	each 6 -g --extra-lib "nss:$W/$calls"
}

@test "sslsniff: -p, -u, -c choose processes" {
	mkfifo "$T/go"
	"$W/$calls" "$T/expected-p" fifo="$T/go" 3>&- &
	"$B/sslsniff" --json "${extra[@]}" -p $! -- sh -c "'$W/$calls' '$T/other'; echo >$T/go
		while kill -0 $!; do sleep 0.05; done" >"$T/json" 2>/dev/null
	same_calls 8192 "$T/expected-p"
	[ "$(jq -r '.pid // empty' "$T/json" | sort -u)" = $! ]
	"$B/sslsniff" --json "${extra[@]}" -u 65533 -- "$W/$calls" "$T/expected" >"$T/json"
	[ ! -s "$T/json" ]
	"$B/sslsniff" --json "${extra[@]}" -u "$(id -u)" -c $calls -- "$W/$calls" "$T/expected" >"$T/json"
	same_calls 8192 "$T/expected"
	"$B/sslsniff" --json "${extra[@]}" -c tls -- "$W/$calls" "$T/expected" >"$T/json"
	[ ! -s "$T/json" ]
}

@test "sslsniff: text is BCC's, and drives no terminal" {
	"$B/sslsniff" "${extra[@]}" -- "$W/$calls" "$T/expected" >"$T/text"
	[ "$(sed -n 1p "$T/text" | sed 's/ *$//')" = "FUNC         TIME(s)            COMM             PID     LEN" ]
	line=$(sed -n 2p "$T/text")
	read -r func time comm pid len <<<"$line"
	[ "$func" = READ/RECV ] && [[ $time = 0.000000000 ]] && [ "$len" = 34 ]
	[ "$line" = "$(printf '%-12s %-18.9f %-16s %-7d %d' "$func" "$time" "$comm" "$pid" "$len")" ]
	sed -n 3,9p "$T/text" >"$T/first"
	printf '%s\n' "----- DATA -----" "GET / HTTP/1.1" "Host: éxample" "" "" "----- END DATA -----" "" | same - "$T/first"
	grep -Fqx '\377\376\000\033[31m \342\200\256' "$T/text"
	not grep -q $'\033' "$T/text"
	[ "$(grep -Fc -e '----- END DATA (TRUNCATED, 1 bytes lost) -----' "$T/text")" = 1 ]
	"$B/sslsniff" "${extra[@]}" -x -l --handshake --hexdump -- "$W/$calls" "$T/expected" >"$T/text"
	[ "$(sed -n 1p "$T/text")" = "FUNC         TIME(s)            COMM             PID     LEN     UID     TID     LAT(ms)" ]
	sed -n 2p "$T/text" | grep -Eqx "HANDSHAKE +0\.0{9} +$calls +[0-9]+ +0 +$(id -u) +[0-9]+ +[0-9]+\.[0-9]{3}"
	[ "$(sed -n 3p "$T/text" | cut -d ' ' -f 1)" = READ/RECV ]
	sed -n 5,7p "$T/text" >"$T/first"
	printf '%s\n' 474554202f20485454502f312e310d0a 486f73743a20c3a978616d706c650d0a 0d0a | same - "$T/first"
}

@test "sslsniff: OpenSSL itself, of programs and of python3, also in a container" {
	needs_root
	needs_command openssl
	needs_command python3
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/key" -out "$T/cert" -days 2 -subj /CN=localhost 2>"$T/err"
	make_root "$T/root" openssl sleep
	unshare -m chroot "$T/root" /bin/sleep 1000 3>&- &
	sleeping=$!
	mkdir "$T/root/etc"
	ldd "$(type -P openssl)" | grep -o '/[^ ]*/' | sort -u >"$T/root/etc/ld.so.conf"
	ldconfig -r "$T/root"
	until [ "$(readlink /proc/$sleeping/root)" = "$(readlink -f "$T/root")" ]; do
		kill -0 $sleeping
		sleep 0.02
	done
	cat >"$T/serve" <<-'end'
		import socket, ssl, subprocess, sys
		def context():
		    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		    c.load_cert_chain(sys.argv[1] + "/cert", sys.argv[1] + "/key")
		    return c
		s = socket.create_server(("127.0.0.1", 0))
		for command in sys.argv[2:]:
		    client = subprocess.Popen(command % s.getsockname()[1], shell=True, stdout=subprocess.DEVNULL,
		                              stderr=subprocess.DEVNULL)
		    with context().wrap_socket(s.accept()[0], server_side=True) as c:
		        question = c.recv(100)
		        c.sendall(b"answer to " + question)
		    client.wait()
	end
	client="s_client -quiet -connect 127.0.0.1:%d"
	"$B/sslsniff" --json -- python3 "$T/serve" "$T" "echo from here | timeout 20 openssl $client" \
		"echo from a container | timeout 20 chroot '$T/root' /bin/openssl $client" >"$T/json" 2>"$T/err" || status=$?
	kill $sleeping
	cat "$T/err" "$T/json"
	[ -z "${status:-}" ]
	for who in "from here" "from a container"; do
		for row in "openssl WRITE/SEND:$who" "python3 READ/RECV:$who" "python3 WRITE/SEND:answer to $who" \
			"openssl READ/RECV:answer to $who"; do
			[ "$(jq -r 'select(.data) | .comm + " " + .func + ":" + (.data | rtrimstr("\n"))' "$T/json" |
				grep -cxF "$row")" = 1 ]
		done
	done
}

@test "sslsniff: each complaint is a sentence" {
	run -2 "$B/sslsniff" --extra-lib openssl:/no/such/file
	[ "$output" = "sslsniff: there is no file '/no/such/file'" ]
	run -2 "$B/sslsniff" --extra-lib "openssl:$W/resolves"
	[ "$output" = "sslsniff: $W/resolves has no function SSL_read" ]
	run -2 "$B/sslsniff" --extra-lib /lib/libssl.so
	[ "$output" = "sslsniff: --extra-lib: '/lib/libssl.so' is not openssl:PATH, gnutls:PATH or nss:PATH" ]
	for bad in "-p x" "1" "-ogn" "--max-buffer-size 65537" "-c a-name-that-is-too-long" "--extra-lib nss:"; do
		run -2 --separate-stderr "$B/sslsniff" $bad
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}
