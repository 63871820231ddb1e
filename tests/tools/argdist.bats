load lib

setup() {
	needs_root
	export LC_ALL=C
	C=$W/argcalls N=100
}

# Count with these arguments while argcalls runs.
counted() {
	traced "$B/argdist" --json "$@" -- "$C" "$T/did" $N
	nothing_lost "$T/json"
}

# The rows of the specifier labelled so, as [label,"values",count], and what argcalls did.
label() {
	jq -c --arg label "$1" 'select(.label == $label and .values) | [.label, (.values | map(tostring) | join(" ")), .count]' "$T/json" | sort >"$T/got"
	jq -c --arg label "$1" 'select(.[0] == $label)' "$T/did" | sort >"$T/want"
	same "$T/want" "$T/got"
}

# The histogram labelled so, as "LO COUNT" lines.
buckets() {
	jq -r --arg label "$1" 'select(.label == $label) | .hist[] | "\(.lo) \(.count)"' "$T/json" >"$T/got"
	printf '%s\n' "${@:2}" >"$T/want"
	same "$T/want" "$T/got"
}

needs_kprobes() {
	[ -n "${SNOOPKIT_VM:-}" ] || needs_tool argdist -C 'p::vfs_read()'
}

@test "argdist: arguments and results of kernel functions, strings, latencies, tracepoints" {
	needs_kprobes
	counted -C 'p::vfs_read(void *f, char *buf, size_t count):size_t:count:count==33||count==3333#read' \
		-C 'r::ksys_read(int fd, char *buf, size_t count):size_t:$retval:$entry(count)==33||$entry(count)==3333#read back' \
		-C 'p::do_sys_openat2(int dfd, char *filename):int,char*:dfd,filename:dfd==-77#openat' \
		-H 'r::ksys_read():u64:$entry(count):$entry(count)==33||$entry(count)==3333#sizes' \
		-C 'r::ksys_read():u64:$latency/$latency:$entry(count)==3333&&$latency>50&&$latency<9000000000#in time' \
		-C 't:syscalls:sys_enter_openat():int,char*:args->dfd,args->filename:args->dfd==-77#from the tracepoint' \
		-C 'p::sys_openat(int dfd, char *path):int,char*,u32:dfd,path,$PID==$tgid:dfd==-77#from the call' \
		-C 'r::sys_openat(int dfd):long,int:$retval,$entry(dfd):$entry(dfd)==-77#failed'
	label read
	label openat
	buckets sizes "32 $((N * 4))" "2048 $((N * 8))"
	jq -c 'select(.values) | [.label, .event, .count]' "$T/json" | grep -v -e '"read"' -e '"openat"' | sort >"$T/got"
	cat >"$T/want" <<-END
		["failed","\$retval = -9, dfd = -77",$((N * 12))]
		["from the call","dfd = -77, path = argcalls/no such file, \$PID==\$tgid = 1",$((N * 12))]
		["from the tracepoint","args->dfd = -77, args->filename = argcalls/no such file",$((N * 12))]
		["in time","\$latency/\$latency = 1",$((N * 8))]
		["read back","\$retval = 33",$((N * 4))]
		["read back","\$retval = 3333",$((N * 8))]
	END
	same "$T/want" "$T/got"
}

@test "argdist: arguments and results of a program's functions, in threads and nested" {
	counted -C "p:$C:known_sized(char *name, size_t size):char*,size_t:name,size#sized" \
		-C "r:$C:known_deep(int n):int,int:\$entry(n),\$retval#deep" \
		-C "r:$C:known_wait(u32 us):u32:\$entry(us):\$latency>20000000&&\$latency<9000000000#wait" \
		-C "p:$C:known_sized()#calls" -H "p:$C:known_sized(char *name, size_t size):u64:size#sizes" \
		-H "r:$C:known_sized()" -C "r:$C:known_sized(char *name)::\$retval==200&&STRCMP(\"two\",\$entry(name))#twice" \
		-C "r:$C:known_sized(char *name):char*:\$entry(name):\$retval==400#long"
	label sized
	label deep
	label wait
	buckets sizes "64 $((N * 6))" "128 $((N * 6))"
	jq -c '[.label, .event, .count]' "$T/json" | grep -v -e sized -e deep -e wait -e sizes | sort >"$T/got"
	cat >"$T/want" <<-END
		["calls","total calls",$((N * 12))]
		["long","name = one",$((N * 2))]
		["long","name = three, and longer than the others are",$((N * 2))]
		["long","name = two",$((N * 2))]
		["twice","retval = 200",$((N * 2))]
		[null,null,$((N * 12))]
	END
	same "$T/want" "$T/got"
	jq -c 'select(.expression == "retval") | .hist | map([.lo, .hi, .count])' "$T/json" >"$T/got"
	echo "[[128,255,$((N * 6))],[256,511,$((N * 6))]]" >"$T/want"
	same "$T/want" "$T/got"
}

@test "argdist: text is as BCC's; -T, --linear, -z, labels" {
	"$B/argdist" -T 1 --linear 50 -z 4 -C "p:$C:known_sized(char *name):char*:name:!STRCMP(\"two\",name)" \
		-H "p:$C:known_sized(char *n, size_t size):u64:size#bytes" -C "p:$C:known_deep(int n):int:n:n>12" -- "$C" "$T/did" 2 >"$T/out" 2>"$T/err"
	grep -q '^argdist: lost 16 strings cut short' "$T/err"
	sed -E '1s/[0-9]/N/g' "$T/out" >"$T/got"
	cat >"$T/want" <<END
[NN:NN:NN]
p:$C:known_sized(char *name):char*:name:!STRCMP("two",name)
	COUNT      EVENT
	8          name = thr
     bytes         : count     distribution
        0          : 0        |                                        |
        50         : 0        |                                        |
        100        : 12       |****************************************|
        150        : 0        |                                        |
        200        : 12       |****************************************|
p:$C:known_deep(int n):int:n:n>12
	COUNT      EVENT
END
	same "$T/want" "$T/got"
}


@test "argdist: reports begin anew, or go on with -c; what finds no room is counted" {
	for all in add last; do
		: >"$T/json"
		# The second time, once the first report is there.
		"$B/argdist" --json -i 1 $([ $all = add ] || echo -c) -C "p:$C:known_deep(int n):int:n>0" -H "p:$C:known_deep(int n):u64:n%2" \
			-- sh -c "'$C' '$T/did' 5; until grep -q count '$T/json'; do sleep 0.1; done; '$C' '$T/did' 5" >"$T/json"
		for what in event hist; do
			jq -s "map(select(.$what).count)" "$T/json" >"$T/counts"
			[ "$(jq $all "$T/counts")" = 120 ]
			[ "$(jq first "$T/counts")" -le 60 ]
		done
	done
	"$B/argdist" --once --json -C "p:$C:known_each(int i):int:i" -- "$C" "$T/did" 1 11000 >"$T/json" 2>"$T/err"
	[ "$(jq -s 'map(.count // 0) | add' "$T/json")" = 10240 ]
	[ "$(jq -s 'map(.lost.entries // 0) | add' "$T/json")" = 760 ]
	grep -q '^argdist: lost 760 ' "$T/err"
	"$B/argdist" -n 2 -C "p:$C:known_deep()" >"$T/out"
	[ "$(grep -c 'COUNT      EVENT' "$T/out")" = 2 ]
}

@test "argdist: mistakes are underlined, and what is not known is named" {
	run -2 --separate-stderr "$B/argdist"
	[[ $stderr == "argdist: at least one specifier is required: -C or -H"* ]]
	run -2 --separate-stderr "$B/argdist" -C "p:$C:known_sized(char *n, size_t size):size_t:size:size&GFP_ATOMIC"
	[[ $stderr == *"there is no GFP_ATOMIC in the kernel's enums, and what its headers #define is not known: give the number"* ]]
	run -2 --separate-stderr "$B/argdist" -H "p:$C:known_sized()"
	[[ $stderr == *"a histogram is of one value, but this has 0"* ]]
	run -2 --separate-stderr "$B/argdist" -H "p:$C:known_sized(char *n):char*:n"
	[[ $stderr == *"a histogram is of numbers, not of strings"* ]]
	run -2 --separate-stderr "$B/argdist" -C "p:$C:known_sized(char *n):u64:\$latency"
	[[ $stderr == *"only probes of returns, r:, have \$latency"* ]]
	run -2 --separate-stderr "$B/argdist" -C "r:$C:known_sized(char *n):u64:\$entry(m)"
	[[ $stderr == *"the function has no argument m; the nearest is n"* ]]
	run -2 --separate-stderr "$B/argdist" -C "p:$C:known_sized(size_t size):u64:size,size"
	cat >"$T/want" <<-END
		argdist: there are more values than types, which are 1
		  p:$C:known_sized(size_t size):u64:size,size
		  $(printf '%*s' $((${#C} + 36)) '')^
	END
	same "$T/want" <(echo "$stderr")
	run -2 --separate-stderr "$B/argdist" -z 500 -C "p:$C:known_sized(char *n, size_t s):char*,char*:n,n"
	[[ $stderr == *"shorten strings with -z"* ]]
}
