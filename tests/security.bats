load common
load help

# The claims of SECURITY.md that belong to no single command, and the names of its tests.

# every_command CALLS: run commands of all kinds, and trace these system calls into the
# file "calls".
every_command() {
	need_strace
	id=$("$SHMTOOL" create -s 8K -k 7)
	hold "$id"
	cat /proc/sysvipc/shm >saved
	echo text >text
	while read -r line; do
		# shellcheck disable=SC2086
		traced -qq -A -o calls -e "trace=$1" "$SHMTOOL" $line >/dev/null 2>&1 || true
	done <<-E
		ls -O
		ls -A
		ls --input saved --resolve-owner
		info $id
		cat $id
		limits
		usage
		usage --objects
		create -s 4K --from text
		create -s 4K -k 8 --lock --owner nobody:
		write $id text
		chown nobody: $id
		chmod 600 $id
		lock $id
		unlock $id
		key text
		key --find 0x01020304 .
		wait --timeout 0 --removed $id
		metrics --shmem --output metrics.prom
		help rm
		rm --unattached
		rm $id
		create --name /object -s 4K --from text
		ls -P -A -O
		info /object
		cat /object
		write /object text
		chmod 640 /object
		wait --timeout 0 --removed /object
		rm -P --unattached --idle 0 --settle 0
		rm /object
	E
	for command in $(commands); do
		grep -q "^execve(.*\"$command\"" calls || grep -q "execve(.*, \"$command\"" calls ||
			fail "$command was not run"
	done
}

@test "no command starts another program" {
	every_command execve,execveat
	# strace always shows the calls that it does not know, such as cachestat(2).
	run grep -vE "^[0-9]* *(execve\(\"$SHMTOOL\"|syscall_0x|[-+]{3} )" calls
	assert_output ""
}

@test "no command opens a network socket" {
	every_command execve,socket,socketpair
	run grep -E 'socket(pair)?\(' calls
	refute_output --regexp 'AF_(INET|NETLINK|PACKET|VSOCK)'
}

@test "every test that SECURITY.md names exists" {
	/usr/bin/python3 - "$SOURCE" <<-'E'
		import pathlib, re, sys
		source = pathlib.Path(sys.argv[1])
		text = " ".join((source / "SECURITY.md").read_text().split())
		named = re.findall(r'`tests/(\w+\.bats): "([^`]*)"`', text)
		missing = [(file, name) for file, name in named
		    if '@test "%s" {' % name not in (source / "tests" / file).read_text()]
		print(*missing, sep="\n")
		sys.exit(bool(missing) or len(named) < 30)
	E
}
