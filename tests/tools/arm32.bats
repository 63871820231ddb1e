load lib

# What 32-bit Arm programs do is seen just as what 64-bit ones do.  The workload does not write down what it
# does, because it always does the same.
setup() {
	[ -x "$W/arm32" ] || skip "only on arm64"
	D=$T/dir
	mkdir "$D"
}

# trace TOOL OPTION...: $T/traced, JSON.
trace() {
	"$B/$1" --json "${@:2}" -- "$W/arm32" "$D" >"$T/traced"
	not grep -q '"lost"' "$T/traced"
}

@test "32-bit programs: opensnoop" {
	trace opensnoop
	jq -c 'select(.comm == "arm32" and (.path | test("file|such"))) | [.err,.flags,.path]' "$T/traced" |
		same <(printf '[%d,"%s","%s"]\n' 0 00000102 file 2 00000000 /no/such/32 0 00000000 file) -
}

@test "32-bit programs: statsnoop" {
	trace statsnoop
	for path in file /no/such/32; do
		for call in newstat newlstat stat64 lstat64 fstatat64 statx statfs statfs64; do
			echo "[$([ $path = file ] && echo 0 || echo 2),\"$call\",\"$path\"]"
		done
	done >"$T/expected"
	jq -c 'select(.comm == "arm32") | [.err,.syscall,.path]' "$T/traced" | same "$T/expected" -
}

@test "32-bit programs: syncsnoop" {
	trace syncsnoop
	jq -r 'select(.comm == "arm32") | .call' "$T/traced" |
		same <(printf '%s\n' sync fsync fdatasync msync sync_file_range syncfs) -
}

@test "32-bit programs: mountsnoop" {
	trace mountsnoop
	jq -c 'select(.comm == "arm32") | [.op,.ret,.source,.target,.fs,.data]' "$T/traced" |
		same <(echo '["mount",0,"source","m","tmpfs","size=64k"]'; echo '["umount",0,null,"m",null,null]') -
}

@test "32-bit programs: sofdsnoop" {
	trace sofdsnoop
	jq -c 'select(.comm == "arm32") | [.action,.name]' "$T/traced" |
		same <(printf '["%s","%s"]\n' SEND "$D/file" RECV "$D/file") -
	[ "$(jq -c 'select(.comm == "arm32") | .socket' "$T/traced" | sort -u | wc -l)" = 2 ]
}

@test "32-bit programs: execsnoop" {
	trace execsnoop -x
	pid=$(jq 'select(.comm == "arm32") | .pid' "$T/traced" | head -1)
	jq -c "select(.pid == $pid) | [.ret,.args]" "$T/traced" >"$T/execs"
	same - "$T/execs" <<-EOF
		[0,["$W/arm32","$D"]]
		[-2,["/no/such/32","in 32 bits"]]
		[0,["/proc/self/exe","in 32 bits"]]
	EOF
}
