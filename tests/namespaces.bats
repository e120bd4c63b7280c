load common

# Segments of other IPC namespaces, as containers have them.

setup() {
	begin_test
	need_root
	# Use a user namespace of its own, except in a chroot, which cannot have one.
	user=(--user --map-root-user)
	unshare "${user[@]}" true 2>/dev/null || user=()
}

# make_namespace OPTION...: start a process in new namespaces, and attach a segment with
# key 7, which has the same ID in each of them. The last PID in $started is that of the
# process, as seen from here.
make_namespace() {
	# The search for leaks fails if /proc shows another PID namespace.
	# shellcheck disable=SC2016
	ASAN_OPTIONS=detect_leaks=0 start unshare --ipc "$@" bash -c '
		id=$("$0" create -s 4096 -k 7)
		"$0" write --string "$2" "$id"
		exec "$1" "$id"' "$SHMTOOL" "$HELPERS/hold" "$*"
	assert_equal "$started_line" ready
}

# child_of PID: print the PID of the process that unshare --fork started.
child_of() {
	xargs <"/proc/$1/task/$1/children"
}

ipc_of() {
	stat -L -c %i "/proc/$1/ns/ipc"
}

@test "--namespace by PID, by path and by inode number" {
	make_namespace
	other=${started[0]}
	mine=$("$SHMTOOL" create -s 27 -k 5678)
	touch handle
	mount --bind "/proc/$other/ns/ipc" handle 2>/dev/null || ln -sf "/proc/$other/ns/ipc" handle
	for name in "$other" "/proc/$other/ns/ipc" "$(ipc_of "$other")" ./handle; do
		shmtool ls -nr -o KEY,NATTCH,NS -N "$name"
		assert_done
		assert_output "0x00000007 1 $(ipc_of "$other")"
	done
	umount handle 2>/dev/null || true
	assert_equal "$("$SHMTOOL" ls -q)" "$mine"
	shmtool ls -q --namespace $$
	assert_output "$mine"
}

@test "--namespace in every command that uses segments" {
	make_namespace
	ns=${started[0]}
	"$SHMTOOL" create -s 27 -k 7 >/dev/null
	before=$(cat /proc/sysvipc/shm)
	shmtool info -N "$ns" key:7
	assert_done
	assert_line "  Attaches      1, by 1 process"
	assert_line --partial "$HELPERS/hold"
	assert_equal "$("$SHMTOOL" cat -N "$ns" -o 1 -l 2 key:7 | tr '\0' 0)" 00
	"$SHMTOOL" write -N "$ns" --string there key:7
	assert_equal "$("$SHMTOOL" cat -N "$ns" -s key:7)" there
	id=$("$SHMTOOL" create -N "$ns" -s 100 -k 8)
	"$SHMTOOL" chown -N "$ns" nobody "$id"
	assert_equal "$("$SHMTOOL" ls -N "$ns" -nr -o OWNER,SIZE key:8)" "nobody 100"
	"$SHMTOOL" chmod -N "$ns" -rwx key:8
	"$SHMTOOL" lock -N "$ns" key:8
	assert_equal "$("$SHMTOOL" ls -N "$ns" -nr -o MODE,STATUS key:8)" "0000 orphan,locked"
	"$SHMTOOL" unlock -N "$ns" key:8
	assert_equal "$("$SHMTOOL" ls -N "$ns" -nr -o STATUS key:8)" "orphan"
	"$SHMTOOL" wait -N "$ns" --unattached key:8
	"$SHMTOOL" wait -N "$ns" --attached key:7
	"$SHMTOOL" rm -N "$ns" key:8
	assert_equal "$("$SHMTOOL" ls -N "$ns" -q --unattached)" ""
	assert_equal "$(cut -c 1-60 /proc/sysvipc/shm)" "$(cut -c 1-60 <<<"$before")"
}

@test "with --namespace, users, files and PIDs stay those of the caller" {
	make_namespace "${user[@]}" --pid --fork --kill-child
	inside=$(child_of "${started[0]}")
	shmtool ls -N "$inside" -nr -o OWNER,CPID,PIDS
	assert_done
	read -r owner cpid pids <<<"$output"
	assert_equal "$owner $pids" "root $inside"
	[ -d "/proc/$cpid" ] || [ "$cpid" -gt 1 ]
	printf 'from here' >file
	"$SHMTOOL" write -N "$inside" key:7 file
	assert_equal "$("$SHMTOOL" cat -N "$inside" -l 9 key:7)" "from here"
}

@test "commands that change something refuse --namespace PID in the caller's own namespace" {
	id=$("$SHMTOOL" create -s 4096 -k 7)
	before=$(cat /proc/sysvipc/shm)
	for words in "rm --unattached" "rm $id" "chown nobody $id" "chmod 644 $id" "lock $id" \
		"unlock $id" "write --string x $id" "create -s 1"; do
		# shellcheck disable=SC2086
		shmtool $words -N $$
		assert_failed 1 "shmtool ${words%% *}: $$: this process is in the caller's own IPC namespace; leave out --namespace, or give the inode number"
		assert_output ""
	done
	assert_equal "$(cat /proc/sysvipc/shm)" "$before"
	# Reading is harmless, and a path or an inode number is not reused like a PID.
	for name in $$ /proc/self/ns/ipc "$(ipc_of $$)"; do
		shmtool ls -q -N "$name"
		assert_done
		assert_output "$id"
	done
	shmtool cat -N $$ "$id"
	assert_success
	shmtool lock -N "$(ipc_of $$)" "$id"
	assert_done
	shmtool rm -N /proc/self/ns/ipc "$id"
	assert_done
}

@test "NSCOMMAND is a process other than the program itself" {
	"$SHMTOOL" create -s 4096 >/dev/null
	# shmtool is the only process in the namespace of the second segment.
	for options in "" --all-namespaces; do
		# shellcheck disable=SC2016
		run_apart unshare --ipc bash -c '"$SHMTOOL" create -s 1 >/dev/null
			exec "$SHMTOOL" ls $1 -nr -o NS,SIZE,NSCOMMAND' - "$options"
		assert_success
		assert_line --regexp "^[0-9]+ 1 -$"
		refute_output --partial "$SHMTOOL"
	done
	assert_line --regexp "^$(ipc_of $$) 4096 [^-]"
	# shmtool has the lowest PID in the namespace, and another process is in it.
	# shellcheck disable=SC2016
	run_apart unshare --ipc --pid --fork --mount --propagation unchanged bash -euc '
		mount --make-rprivate /proc
		mount -t proc proc /proc
		"$HELPERS/hold" "$("$SHMTOOL" create -s 1)" >/dev/null &
		until grep -q SYSV /proc/$!/maps; do :; done
		exec "$SHMTOOL" ls -A -nr -o NSCOMMAND'
	assert_done
	assert_output --partial "$HELPERS/hold"
}

@test "--namespace with an argument that is not an IPC namespace" {
	shmtool ls -N nonsense
	assert_wrong_usage "shmtool ls: --namespace: 'nonsense': not a PID, a path or an inode number"
	shmtool ls -N 4194304
	assert_failed 1 "shmtool ls: 4194304: no such process or namespace"
	shmtool ls -N /proc/self/ns/nowhere
	assert_failed 1 "shmtool ls: /proc/self/ns/nowhere: no such process or namespace"
	shmtool ls -N /proc/self/ns/uts
	assert_failed 1 "shmtool ls: /proc/self/ns/uts: not an IPC namespace"
	shmtool ls -N /dev/null
	assert_equal "$status" 1
	shmtool rm -N 99999999999 --unattached
	assert_equal "$status$output" 1
	for options in "-A -N 1" "--input x -N 1"; do
		# shellcheck disable=SC2086
		shmtool ls $options
		[ "$status" != 0 ]
	done
}

@test "a namespace that may not be entered" {
	make_namespace
	chmod 755 .
	as_stranger "$SHMTOOL" ls -N "${started[0]}"
	assert_failed 4 "shmtool ls: ${started[0]}: permission denied; run as root"
	run_apart "$HELPERS/refuse" setns=EPERM -- "$SHMTOOL" ls -N "${started[0]}"
	assert_failed 4 "shmtool ls: ${started[0]}: permission denied; needs CAP_SYS_ADMIN in its user namespace and in yours"
}

@test "ls --all-namespaces lists every namespace once, with the same IDs and keys in each" {
	mine=$("$SHMTOOL" create -s 4096 -k 7)
	"$SHMTOOL" write --string mine "$mine"
	make_namespace
	# A second process in the same namespace.
	start nsenter --ipc="/proc/${started[0]}/ns/ipc" sh -c 'echo; exec sleep 600'
	make_namespace "${user[@]}"
	make_namespace "${user[@]}" --pid --fork --kill-child
	inside=$(child_of "${started[-1]}")
	shmtool ls -A -nr -o NS,ID,KEY,NATTCH,PIDS key:7
	assert_success
	own=$(stat -L -c %i /proc/self/ns/ipc)
	expected=$(printf '%s\n' \
		"$own $mine 0x00000007 0 -" \
		"$(ipc_of "${started[0]}") 0 0x00000007 1 ${started[0]}" \
		"$(ipc_of "${started[2]}") 0 0x00000007 1 ${started[2]}" \
		"$(ipc_of "$inside") 0 0x00000007 1 $inside" | sort)
	assert_equal "$(sort <<<"$output" | grep -F "$(cut -d ' ' -f 1 <<<"$expected")")" "$expected"
	# The caller's own namespace is unaffected.
	assert_equal "$("$SHMTOOL" ls -q)" "$mine"
}

@test "ls --all-namespaces shows the NS columns" {
	make_namespace
	run_apart "$SHMTOOL" ls -A -r
	assert_success
	assert_equal "$(head -n 1 <<<"$output")" \
		"ID KEY OWNER PERMS SIZE RSS NATTCH STATUS IDLE CPID COMMAND NS NSPID NSCOMMAND"
	assert_line --regexp " $(ipc_of "${started[0]}") ${started[0]} $HELPERS/hold\\\\x20"
	run_apart "$SHMTOOL" ls -A -r -o ID
	assert_line --index 0 ID
	run_apart "$SHMTOOL" ls -A -r -o +PIDS
	assert_line --index 0 --partial " COMMAND PIDS NS NSPID NSCOMMAND"
	run_apart "$SHMTOOL" ls -A -J
	assert_line --partial "\"ns\": $(ipc_of "${started[0]}")"
}

@test "ls --all-namespaces takes filters, and counts namespaces that it may not enter" {
	make_namespace
	mine=$("$SHMTOOL" create -s 1M)
	run_apart "$SHMTOOL" ls -A -nr -o NS --min-size 1M --unattached
	assert_line "$(stat -L -c %i /proc/self/ns/ipc)"
	refute_line "$(ipc_of "${started[0]}")"
	chmod 755 .
	as_stranger "$SHMTOOL" ls -A -nr -o ID --user root --unattached
	assert_line "$mine"
	assert_regex "$stderr" "shmtool ls: cannot examine [0-9]+ process(es)?, which may keep other namespaces alive; run as root$"
	run_apart "$HELPERS/refuse" setns=EPERM -- "$SHMTOOL" ls -A -nr -o ID --unattached
	assert_line "$mine"
	assert_regex "$stderr" "shmtool ls: cannot enter [0-9]+ IPC namespaces?"
	shmtool ls -A --input x
	assert_wrong_usage "shmtool ls: --all-namespaces and --input cannot be combined"
	shmtool ls -A -q
	assert_wrong_usage "shmtool ls: --quiet and --all-namespaces cannot be combined: namespaces have segments with the same ID"
}

# pin FILE SIZE [KEY]: make an IPC namespace with a segment, which only a mount on FILE keeps.
pin() {
	touch "$1"
	unshare --ipc="$1" "$SHMTOOL" create -s "$2" ${3:+-k "$3"} >/dev/null ||
		skip "files of namespaces cannot be mounted here"
	stat -c %i "$1"
}

@test "a namespace that only a mount keeps" {
	not_in_valgrind "openat2(2) is unknown"
	ns=$(pin "of a pod" 8K 7)
	shmtool ls -A -nr -o KEY,SIZE,NS,NSPID,NSCOMMAND key:7
	assert_done
	assert_output "0x00000007 8192 $ns - -"
	shmtool ls -N "$ns" -nr -o KEY,CONTAINER
	assert_done
	assert_output "0x00000007 -"
	shmtool rm -A -v --orphaned
	assert_done
	assert_output "removed 0 (key 0x00000007, 8192 bytes) in namespace $ns"
	umount "of a pod"
	shmtool ls -N "$ns"
	assert_failed 1 "shmtool ls: $ns: no such process or namespace"
}

@test "a namespace that only a mount in another mount namespace keeps" {
	not_in_valgrind "openat2(2) is unknown"
	# shellcheck disable=SC2016
	start unshare --mount --propagation private -- bash -c 'set -e
		mkdir hidden
		mount -t tmpfs tmpfs hidden
		mkdir hidden/x
		touch hidden/x/pin
		unshare --ipc=hidden/x/pin "$0" create -s 8K -k 7 >/dev/null
		stat -c %i hidden/x/pin
		exec sleep infinity' "$SHMTOOL"
	ns=$started_line
	[ -n "$ns" ] || skip "files of namespaces cannot be mounted here"
	shmtool ls -A -nr -o KEY,NS key:7
	assert_done
	assert_output "0x00000007 $ns"
	# What covers the mount is not taken for it.
	nsenter --mount="/proc/${started[-1]}/ns/mnt" mount -t tmpfs tmpfs "$PWD/hidden/x"
	shmtool ls -A -nr -o KEY,NS key:7
	assert_failed 3 "shmtool ls: key:7: no such segment
shmtool ls: cannot enter 1 IPC namespace: the mount that keeps it is out of reach"
	# Nor is a file of the same name.
	touch "/proc/${started[-1]}/root/$PWD/hidden/x/pin"
	shmtool ls -N "$ns"
	assert_failed 1 "shmtool ls: $ns: the mount that keeps it is out of reach"
}

@test "if a process ends, another one shows the mounts of its namespace" {
	need_strace
	# shellcheck disable=SC2016
	start unshare --mount --propagation private -- bash -c 'set -e
		mkdir hidden
		mount -t tmpfs tmpfs hidden
		touch hidden/pin
		unshare --ipc=hidden/pin "$0" create -s 8K -k 7 >/dev/null
		echo ready
		exec sleep infinity' "$SHMTOOL"
	assert_equal "$started_line" ready
	start nsenter --mount="/proc/${started[0]}/ns/mnt" sh -c 'echo; exec sleep infinity'
	run_apart traced -o calls -P "/proc/${started[0]}/mountinfo" -e inject=openat:error=ENOENT \
		"$SHMTOOL" ls -A -nr -o KEY key:7
	grep -q INJECTED calls
	assert_done
	assert_output 0x00000007
}

@test "processes whose descriptors may not be listed are said to be missing" {
	start setpriv --reuid=65534 --regid=65534 --clear-groups sh -c 'echo; exec sleep infinity'
	run_apart setpriv --bounding-set=-dac_override,-dac_read_search "$SHMTOOL" ls -A -nr -o ID
	assert_success
	assert_equal "$stderr" \
		"shmtool ls: cannot examine 1 process, which may keep other namespaces alive; needs CAP_DAC_READ_SEARCH"
}

@test "a process that ends while its namespace is read is not said to be missing" {
	for kind in ipc mnt; do
		options=(ls -A -nr -o TYPE)
		[ "$kind" = ipc ] || options+=(-P)
		start sh -c 'echo; exec sleep infinity'
		traced -o calls -e trace=readlink "$SHMTOOL" "${options[@]}" >/dev/null
		nth=$(grep -n "/proc/${started[-1]}/ns/$kind" calls | head -n 1 | cut -d : -f 1)
		# The kernel may answer this for a process that just ended.
		stop_after readlink "$nth:error=EACCES" "$SHMTOOL" "${options[@]}"
		kill -KILL "${started[-2]}"
		wait "${started[-2]}" || true
		go_on
		assert_equal "$kind $status $stderr" "$kind 0 "
	done
}

# keep SIZE: start a process with descriptor 100, which alone keeps a namespace with a segment. The
# descriptor becomes a FIFO when something is written to the file "fifo".
keep() {
	rm -f fifo
	mkfifo fifo
	start /usr/bin/python3 -c 'if True:
		import ctypes, os, subprocess, sys
		own = os.open("/proc/self/ns/ipc", os.O_RDONLY)
		libc = ctypes.CDLL(None)
		assert libc.unshare(0x08000000) == 0
		kept = os.open("/proc/self/ns/ipc", os.O_RDONLY)
		subprocess.run([sys.argv[1], "create", "-s", sys.argv[2]], stdout=2)
		assert libc.setns(own, 0) == 0
		os.close(own)
		os.dup2(kept, 100)
		os.close(kept)
		print(os.fstat(100).st_ino, flush=True)
		open("fifo").read()
		os.dup2(os.open("fifo", os.O_RDWR), 100)
		open("fifo").read()' "$SHMTOOL" "$1"
	kept=$started_line
}

@test "a namespace that only a descriptor keeps" {
	# A name like that of a namespace.
	exec {other}>"ipc:[12345]"
	keep 8K
	shmtool ls -A -nr -o SIZE,NS,NSPID --min-size 8K
	assert_done
	assert_output "8192 $kept -"
	assert_equal "$("$SHMTOOL" ls -N "$kept" -nr -o SIZE)" 8192
	"$SHMTOOL" create -N "$kept" -s 16K -k 7 >/dev/null
	"$SHMTOOL" write -N "$kept" --string x key:7
	assert_equal "$("$SHMTOOL" usage --objects -nr -o KIND,MEMORY,NS | grep "$kept")" \
		"sysv 4096 $kept"
	# A process may be in it, too: then that is named.
	start nsenter --ipc="/proc/${started[-1]}/fd/100" sh -c 'echo; exec sleep infinity'
	assert_equal "$("$SHMTOOL" ls -A -nr -o NSPID key:7)" "${started[-1]}"
	exec {other}>&-
}

@test "a descriptor that becomes another file is not opened" {
	need_strace
	keep 8K
	target=${started[-1]}
	descriptors=("/proc/$target/fd"/*)
	stop_after readlinkat "${#descriptors[@]}" -P "/proc/$target/fd" \
		"$SHMTOOL" ls -A -nr -o SIZE,NS
	echo >fifo
	is_other() {
		[[ $(readlink "/proc/$target/fd/100") == */fifo ]]
	}
	until_true is_other
	go_on
	assert_success
	refute_output --partial "$kept"
}

@test "rm --all-namespaces removes what matches in every namespace, and names it" {
	not_in_valgrind "openat2(2) is unknown"
	mine=$("$SHMTOOL" create -s 5M)
	make_namespace
	other=$(ipc_of "${started[0]}")
	theirs=$("$SHMTOOL" create -N "$other" -s 5M -k 8)
	pinned=$(pin pin 5M)
	own=$(ipc_of self)
	before=$("$SHMTOOL" ls -A -nr -o NS,ID)
	shmtool rm -A -n --min-size 5M
	assert_done
	assert_line --index 0 --regexp " CPID COMMAND +NS CONTAINER$"
	for ns in "$own" "$other" "$pinned"; do
		assert_line --regexp "^ *[0-9]+ 0x.* 5M .* $ns *$"
	done
	assert_equal "${#lines[@]}" 4
	assert_equal "$("$SHMTOOL" ls -A -nr -o NS,ID)" "$before"
	shmtool rm -A -v --min-size 5M
	assert_done
	assert_equal "$(sort <<<"$output")" "$(sort <<-E
		kept 0 in namespace $other: attached once
		removed $mine (key 0x00000000, 5242880 bytes) in namespace $own
		removed $theirs (key 0x00000008, 5242880 bytes) in namespace $other
		removed 0 (key 0x00000000, 5242880 bytes) in namespace $pinned
	E
	)"
	assert_equal "$("$SHMTOOL" ls -A -nr -o NS,ID)" "$other 0"
	# The caller is where it was.
	assert_equal "$("$SHMTOOL" create -s 4K -k 9 >/dev/null; "$SHMTOOL" ls -nr -o NS key:9)" "$own"
	umount pin
}

@test "rm --all-namespaces removes POSIX objects of every /dev/shm" {
	not_in_valgrind "openat2(2) is unknown"
	other_mounts '"$SHMTOOL" create --name /x -s 64K >/dev/null
		"$SHMTOOL" create --name /used -s 64K >/dev/null
		exec 7</dev/shm/used'
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	"$SHMTOOL" create --name /x -s 4K >/dev/null
	"$SHMTOOL" create -s 4K >/dev/null
	ns=$(stat -L -c %i "/proc/$other/ns/mnt")
	shmtool rm -A -P -v --unattached --idle 0 --settle 0 --min-size 8K
	assert_done
	assert_equal "$(sort <<<"$output")" "kept /used in namespace $ns: open once
kept /x in namespace $(stat -L -c %i /proc/self/ns/mnt): does not match --min-size
removed /x (65536 bytes) in namespace $ns"
	assert_equal "$(ls "/proc/$other/root/dev/shm")" used
	shmtool rm -A -P --sysv -v --unattached --idle 0 --settle 0 --max-size 4K
	assert_success
	assert_line --regexp "^removed [0-9]+ .* in namespace $(ipc_of self)$"
	assert_line "removed /x (4096 bytes) in namespace $(stat -L -c %i /proc/self/ns/mnt)"
	umount /dev/shm
}

@test "rm --all-namespaces examines a segment again in its namespace" {
	make_namespace
	other=$(ipc_of "${started[0]}")
	id=$("$SHMTOOL" create -N "$other" -s 5M)
	ask "$SHMTOOL" rm -A -v -i --min-size 5M
	assert_equal "$question" "shmtool rm: remove segment $id (key 0x00000000, owner root, size 5M, attaches 0) in namespace $other? "
	start nsenter --ipc="/proc/${started[0]}/ns/ipc" "$HELPERS/hold" "$id"
	answer y
	end_of_answers
	assert_equal "$status $output" "0 kept 0 in namespace $other: attached once
kept $id in namespace $other: attached once"
	assert_equal "$("$SHMTOOL" ls -N "$other" -nr -o SIZE,NATTCH "$id")" "5242880 1"
}

@test "rm --all-namespaces says what it could not enter, with status 4" {
	mine=$("$SHMTOOL" create -s 5M)
	make_namespace
	run_apart "$HELPERS/refuse" setns=EPERM -- "$SHMTOOL" rm -A -v --min-size 5M
	assert_failed 4 "shmtool rm: cannot enter 1 IPC namespace; needs CAP_SYS_ADMIN there"
	assert_output "removed $mine (key 0x00000000, 5242880 bytes) in namespace $(ipc_of self)"
	chmod 755 .
	as_stranger "$SHMTOOL" rm -A --unattached
	assert_equal "$status" 4
	assert_regex "$stderr" "^shmtool rm: cannot examine [0-9]+ processes, which may keep other namespaces alive; run as root"
}

@test "rm --all-namespaces names a namespace that it cannot enter once more" {
	need_strace
	make_namespace
	other=$(ipc_of "${started[0]}")
	"$SHMTOOL" create -N "$other" -s 5M >/dev/null
	at_rest -A --min-size 5M
	# The first two calls enter the namespace and leave it, to read its segments.
	run_apart traced -o calls -e trace=setns -e inject=setns:error=EPERM:when=3 \
		"$SHMTOOL" rm -A --min-size 5M
	assert_failed 4 "shmtool rm: namespace $other: permission denied; needs CAP_SYS_ADMIN in its user namespace and in yours"
	assert_output ""
}

@test "wrong usage of rm --all-namespaces" {
	shmtool rm -A 5 --unattached
	assert_wrong_usage "shmtool rm: --all-namespaces cannot be combined with operands: namespaces have segments with the same ID"
	shmtool rm -A -N $$ --unattached
	assert_wrong_usage "shmtool rm: --namespace and --all-namespaces cannot be combined"
	shmtool rm -A
	assert_equal "$status" 2
}
