# JSON Lines into a pipeline that takes JSON: rsyslog reads, parses, and writes fields and rows.
load lib

setup() {
	S=$T
	needs_root
	needs_tool opensnoop
	touch "$T/in"
	cat >"$T/rsyslog.conf" <<-END
		global(workDirectory="$T" maxMessageSize="64k")
		module(load="imfile" mode="inotify")
		module(load="mmjsonparse")
		template(name="fields" type="list") {
			property(name="\$.seconds") constant(value="\t")
			property(name="\$!host") constant(value="\t")
			property(name="\$!cgroup") constant(value="\t")
			property(name="\$!container") constant(value="\t")
			property(name="\$!pid") constant(value="\t")
			property(name="\$!fd") constant(value="\t")
			property(name="\$!path") constant(value="\n")
		}
		template(name="row" type="list") { property(name="\$!all-json-plain") constant(value="\n") }
		input(type="imfile" file="$T/in" tag="opensnoop" escapeLF="off" addMetadata="off")
		action(type="mmjsonparse" cookie="")
		set \$.seconds = parse_time(\$!time);
		if \$parsesuccess == "OK" then {
			action(type="omfile" file="$T/fields" template="fields")
			action(type="omfile" file="$T/rows" template="row")
		} else {
			action(type="omfile" file="$T/refused")
		}
	END
	start rsyslog rsyslogd -n -f "$T/rsyslog.conf" -i "$T/rsyslog-itself.pid"
}

teardown() {
	stop_all
}

all_there() {
	[ "$(wc -l <"$T/rows")" -ge "$(wc -l <"$T/in")" ]
}

@test "rsyslog: takes each row as it is, every field with its value" {
	mkdir "$T/dir"
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	id=$(printf '0123456789abcdef%.0s' 1 2 3 4)
	mkdir "$root/docker-$id.scope"
	"$B/opensnoop" --json --fields host,cgroup -- sh -c "$W/opens $T/names names $T/dir
		echo \$\$ >$root/docker-$id.scope/cgroup.procs
		$W/opens $T/ways ways $T/dir; echo \$\$ >$root/cgroup.procs" >>"$T/in"
	rmdir "$root/docker-$id.scope"
	[ "$(grep -c "docker-$id" "$T/in")" -ge "$(wc -l <"$T/ways")" ]
	eventually all_there
	[ ! -e "$T/refused" ] || { cat "$T/refused"; false; }
	# the same objects in the same order, however they are written
	jq -c . "$T/in" >"$T/want"
	jq -c . "$T/rows" | same "$T/want" -
	# single fields; rsyslog understands the time, which it prints in whole seconds
	jq -r '[(.time | .[0:19] + "Z" | fromdate), .host, .cgroup // "", .container // "", .pid, .fd, .path]
		| map(tostring) | join("\t")' "$T/in" >"$T/want"
	same "$T/want" "$T/fields"
	grep -q "	$(uname -n)	/docker-$id.scope	$id	" "$T/fields"
}
