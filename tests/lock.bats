load common

# The kernel counts a user's locked memory on the whole host, so these tests have a user of their own,
# and concurrent runs have different ones.
user=$((64000 + $$ % 500))

as_user() {
	run_apart setpriv --reuid=$user --regid=$user --clear-groups "$@"
}

# without_ipc_lock COMMAND...: run it as root without CAP_IPC_LOCK. Locked memory counts for the real
# user ID.
without_ipc_lock() {
	run_apart setpriv --ruid=$user --bounding-set=-ipc_lock "$@"
}

make_as_user() {
	as_user "$SHMTOOL" create "$@"
	assert_done
}

status_of() {
	column STATUS "$1"
}

@test "lock and unlock several segments" {
	need_root
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 1 -k 7)
	hold "$a"
	hold "$b"
	shmtool lock "$a" key:7
	assert_done
	assert_output ""
	assert_equal "$(status_of "$a") $(status_of "$b")" "locked locked"
	shmtool lock "$a"
	assert_done
	shmtool unlock 0x00000007
	assert_done
	assert_output ""
	assert_equal "$(status_of "$a") $(status_of "$b")" "locked -"
	shmtool unlock "$b" "$a"
	assert_done
	assert_equal "$(status_of "$a") $(status_of "$b")" "- -"
}

@test "lock and unlock continue after a failure" {
	need_root
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	hold "$b"
	for command in lock unlock; do
		shmtool "$command" "$a" 99 0x8 "$b"
		assert_failed 3 "shmtool $command: 99: no such segment
shmtool $command: 0x8: no such segment"
		[ "$command" != lock ] || assert_equal "$(status_of "$a") $(status_of "$b")" "locked locked"
	done
	assert_equal "$(status_of "$a") $(status_of "$b")" "- -"
}

@test "lock and unlock need a segment, and do nothing if an operand is malformed" {
	id=$("$SHMTOOL" create -s 1)
	hold "$id"
	for command in lock unlock; do
		shmtool "$command"
		assert_wrong_usage "shmtool $command: SEGMENT is missing"
	done
	shmtool lock "$id" x
	assert_wrong_usage "shmtool lock: 'x': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	assert_equal "$(status_of "$id")" "-"
}

@test "lock of a segment that is marked for destruction" {
	need_root
	id=$("$SHMTOOL" create -s 1)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	shmtool lock "$id"
	assert_done
	assert_equal "$(status_of "$id")" "dest,locked"
	shmtool unlock "$id"
	assert_done
	assert_equal "$(status_of "$id")" "dest"
}

@test "lock and unlock as owner, creator, root and another user" {
	need_root
	stranger=$("$SHMTOOL" create -s 1 -m 0666)
	owned=$("$SHMTOOL" create -s 1 -m 0000 --owner $user)
	make_as_user -s 1
	made=$output
	"$SHMTOOL" chown daemon "$made"
	for id in "$stranger" "$owned" "$made"; do
		hold "$id"
	done
	as_user "$SHMTOOL" lock "$owned" "$stranger" "$made"
	assert_failed 4 "shmtool lock: $stranger: permission denied: owned by root; only its owner, its creator or a process with CAP_IPC_LOCK may lock it"
	assert_equal "$(status_of "$owned") $(status_of "$stranger") $(status_of "$made")" "locked - locked"
	"$SHMTOOL" lock "$stranger"
	as_user "$SHMTOOL" unlock "$owned" "$stranger" "$made"
	assert_failed 4 "shmtool unlock: $stranger: permission denied: owned by root; only its owner, its creator or a process with CAP_IPC_LOCK may unlock it"
	assert_equal "$(status_of "$owned") $(status_of "$stranger") $(status_of "$made")" "- locked -"
	shmtool lock "$owned" "$made"
	assert_done
	shmtool unlock "$owned" "$stranger" "$made"
	assert_done
	assert_equal "$(status_of "$owned") $(status_of "$stranger") $(status_of "$made")" "- - -"
}

@test "lock within RLIMIT_MEMLOCK, which counts all that the user has locked" {
	need_root
	make_as_user -s 8K
	a=$output
	b=$("$SHMTOOL" create -s 1 --owner $user)
	hold "$a"
	hold "$b"
	as_user prlimit --memlock=4096 "$SHMTOOL" lock "$a" "$b"
	assert_failed 1 "shmtool lock: $a: lock limit exceeded: without CAP_IPC_LOCK on the host, a user may lock 4096 bytes in all; see 'ulimit -l'"
	assert_equal "$(status_of "$a") $(status_of "$b")" "- locked"
	as_user prlimit --memlock=8192 "$SHMTOOL" lock "$a"
	assert_failed 1 "shmtool lock: $a: lock limit exceeded: without CAP_IPC_LOCK on the host, a user may lock 8192 bytes in all; see 'ulimit -l'"
	# A segment that any user has unlocked no longer counts.
	"$SHMTOOL" unlock "$b"
	as_user prlimit --memlock=8192 "$SHMTOOL" lock "$a"
	assert_done
	assert_equal "$(status_of "$a") $(status_of "$b")" "locked -"
}

@test "a limit of 0 denies lock, not unlock" {
	need_root
	make_as_user -s 1
	id=$output
	hold "$id"
	as_user prlimit --memlock=0 "$SHMTOOL" lock "$id"
	assert_failed 4 "shmtool lock: $id: permission denied: without CAP_IPC_LOCK on the host, a user may lock 0 bytes in all; see 'ulimit -l'"
	"$SHMTOOL" chown daemon "$id"
	as_user prlimit --memlock=0 "$SHMTOOL" lock "$id"
	assert_failed 4 "shmtool lock: $id: permission denied: without CAP_IPC_LOCK on the host, a user may lock 0 bytes in all; see 'ulimit -l'"
	run_apart prlimit --memlock=0 "$SHMTOOL" lock "$id"
	assert_done
	as_user prlimit --memlock=0 "$SHMTOOL" unlock "$id"
	assert_done
	assert_equal "$(status_of "$id")" "-"
}

@test "root without CAP_IPC_LOCK, as in containers" {
	need_root
	not_in_valgrind "its shell gives up an effective user that is not the real one"
	own=$("$SHMTOOL" create -s 1)
	id=$("$SHMTOOL" create -s 1)
	"$SHMTOOL" chown daemon "$id"
	make_as_user -s 1
	others=$output
	without_ipc_lock "$SHMTOOL" lock "$own" "$others" "$id"
	assert_failed 4 "shmtool lock: $others: permission denied: owned by $user; only its owner, its creator or a process with CAP_IPC_LOCK over this IPC namespace may lock it"
	without_ipc_lock "$SHMTOOL" unlock "$own" "$others" "$id"
	assert_failed 4 "shmtool unlock: $others: permission denied: owned by $user; only its owner, its creator or a process with CAP_IPC_LOCK over this IPC namespace may unlock it"
	without_ipc_lock prlimit --memlock=0 "$SHMTOOL" lock "$own"
	assert_failed 4 "shmtool lock: $own: permission denied: without CAP_IPC_LOCK on the host, a user may lock 0 bytes in all; see 'ulimit -l'"
}

@test "different failures for several segments end with status 1" {
	need_root
	id=$("$SHMTOOL" create -s 1)
	as_user "$SHMTOOL" lock "$id" 99
	assert_failed 1 "shmtool lock: $id: permission denied: owned by root; only its owner, its creator or a process with CAP_IPC_LOCK may lock it
shmtool lock: 99: no such segment"
}

@test "errors from races and security modules" {
	id=$("$SHMTOOL" create -s 1)
	# SHM_LOCK is 11, SHM_UNLOCK 12.
	run_apart "$HELPERS/refuse" shmctl:12=EPERM -- "$SHMTOOL" unlock "$id"
	assert_failed 4 "shmtool unlock: $id: permission denied: owned by root; only its owner, its creator or a process with CAP_IPC_LOCK over this IPC namespace may unlock it"
	for error in EINVAL EIDRM; do
		run_apart "$HELPERS/refuse" "shmctl:11=$error" -- "$SHMTOOL" lock "$id"
		assert_failed 3 "shmtool lock: $id: no such segment"
		run_apart "$HELPERS/refuse" "shmctl:12=$error" -- "$SHMTOOL" unlock "$id"
		assert_failed 3 "shmtool unlock: $id: no such segment"
	done
}
