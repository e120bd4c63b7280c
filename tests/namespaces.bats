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
	assert_failed 4 "shmtool ls: ${started[0]}: permission denied; run as root or as the user of the process"
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
	assert_regex "$stderr" "shmtool ls: cannot read the namespace of [0-9]+ process(es)?; run as root$"
	run_apart "$HELPERS/refuse" setns=EPERM -- "$SHMTOOL" ls -A -nr -o ID --unattached
	assert_line "$mine"
	assert_regex "$stderr" "shmtool ls: cannot enter [0-9]+ IPC namespaces?"
	shmtool ls -A --input x
	assert_wrong_usage "shmtool ls: --all-namespaces and --input cannot be combined"
	shmtool ls -A -q
	assert_wrong_usage "shmtool ls: --quiet and --all-namespaces cannot be combined: namespaces have segments with the same ID"
}
