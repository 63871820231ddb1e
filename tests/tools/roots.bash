# What can be the root of a container: these programs, each also in /bin, and what they are linked with.
make_root() {	# DIRECTORY PROGRAM...
	local file dir=$1
	shift
	for file; do
		file=$(realpath "$(type -P "$file")")
		{ echo "$file"; ldd "$file" | grep -o '/[^ ]*'; } | while read -r file; do
			mkdir -p "$dir${file%/*}"
			cp -Ln "$file" "$dir$file"
		done
		mkdir -p "$dir/bin"
		[ -e "$dir/bin/${file##*/}" ] || cp "$file" "$dir/bin/${file##*/}"
	done
}
