# The image and the DaemonSet.
load lib

@test "container: the image is built of nothing but the binaries, and traces with few capabilities" {
	needs_root
	needs_command buildah
	needs_tool opensnoop
	# The test's own storage
	STORAGE="--root $T/storage --runroot $T/run --storage-driver vfs"
	export STORAGE
	buildah="buildah $STORAGE"
	packaging/container/build "$B" snoopkit-test
	id=$($buildah from --pull-never snoopkit-test)
	root=$($buildah mount "$id")
	[ "$($buildah inspect --format '{{index .OCIv1.Config.Entrypoint 0}}' "$id")" = /usr/sbin/snoopkit ]
	[ "$(cd "$root" && find . -type f | sort)" = $'./usr/sbin/snoopkit\n./usr/sbin/snoopkit-check' ]
	[ "$(stat -c %s "$root/usr/sbin/snoopkit")" -lt 8000000 ]
	# Namespaces and capabilities as in the DaemonSet, and the image's file system.
	caps=$(awk '/add:/ { p = 1; next } p && /^ *- [A-Z_]+ *#/ { printf ",+%s", tolower($2); next } { p = 0 }' \
		packaging/kubernetes/daemonset.yaml)
	[[ $caps == *+bpf,+perfmon,* ]]
	# (and the one to get there)
	cat >"$T/contain" <<-END
		mount --bind "$root" "$root" && cd "$root" && mkdir -p dev textfiles
		mount --bind "$T" textfiles
		mount --rbind /proc proc && mount --rbind /sys sys && mount --bind /dev dev
		exec setpriv --bounding-set=-all,+sys_chroot$caps --no-new-privs -- chroot "$root" "\$@"
	END
	# While the test runs, there is always something to see, however quiet the machine is.
	while kill -0 $$; do : <"$T/contain"; sleep 0.05; done >/dev/null 2>&1 3>&- &
	unshare -m sh "$T/contain" /usr/sbin/snoopkit execsnoop --version | grep -q '^execsnoop (snoopkit)'
	# also under the tool's name
	unshare -m sh "$T/contain" /usr/sbin/opensnoop --json --fields host=node,cgroup --duration 3 >"$T/json" &
	until [ -s "$T/json" ]; do sleep 0.1; done
	n=0 effective=$((16#$(awk '/CapEff/ { print $2 }' /proc/$!/status)))
	for ((; effective; effective >>= 1)); do n=$((n + (effective & 1))); done
	[ "$n" -le $(($(tr -cd + <<<"$caps" | wc -c) + 1)) ]
	"$W/opens" "$T/ways" ways "$T"
	wait $!
	pid=$(jq -n 'input[0]' "$T/ways")
	jq -c "select(.pid == $pid) | [.pid,.tid,.comm,.fd,.err,.flags,.mode,.path]" "$T/json" |
		grep -v -e '"opens"' -e '/ways"' >"$T/opens"
	same "$T/ways" "$T/opens"
	[ "$(jq -r "select(.pid == $pid) | .host + .cgroup" "$T/json" | sort -u)" = "node$(sed -n 's/^0:://p' /proc/self/cgroup)" ]
	unshare -m sh "$T/contain" /usr/sbin/funccount --openmetrics /textfiles/f.prom -d 1 t:syscalls:sys_enter_openat
	grep -q '^snoopkit_funccount_count_total{func="syscalls:sys_enter_openat"} [1-9]' "$T/f.prom"
	$buildah umount "$id"
	$buildah rm "$id"
}

@test "Kubernetes: the DaemonSet is well-formed, unprivileged, and its command lines are taken" {
	python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))' \
		<packaging/kubernetes/daemonset.yaml >"$T/json"
	jq -e '.kind == "DaemonSet" and .apiVersion == "apps/v1"
		and .spec.selector.matchLabels == .spec.template.metadata.labels' "$T/json"
	jq -e '.spec.template.spec | .hostPID and ([.containers[].securityContext |
		(.privileged | not) and .allowPrivilegeEscalation == false and .capabilities.drop == ["ALL"]] | all)' "$T/json"
	# every mount has a volume, every volume is mounted
	jq -e '.spec.template.spec | ([.containers[].volumeMounts[].name] | unique) == ([.volumes[].name] | sort)' "$T/json"
	jq -r '.spec.template.spec.containers[].args | @sh' "$T/json" >"$T/args"
	[ "$(wc -l <"$T/args")" = 2 ]
	while read -r line; do
		eval "set -- $line"
		"$B/$1" --parse-only "${@:2}"
	done <"$T/args"
	image=$(jq -r '[.spec.template.spec.containers[].image] | unique[]' "$T/json")
	[ "$image" = "snoopkit:$(sed -n 's/^VERSION := //p' Makefile)" ]
}
