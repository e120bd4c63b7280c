load common

# Messages and exit statuses, cause by cause.

refused() {
	run_apart "$HELPERS/refuse" "$1" -- "$SHMTOOL" "${@:2}"
}

@test "no such segment" {
	for command in "rm" "info" "cat" "ls" "chown root" "chmod 0" "lock" "unlock" \
		"wait --removed" "write --string x"; do
		# shellcheck disable=SC2086
		shmtool $command 99
		assert_failed 3 "shmtool ${command%% *}: 99: no such segment"
		# shellcheck disable=SC2086
		shmtool $command 0x0000162e
		assert_failed 3 "shmtool ${command%% *}: 0x0000162e: no such segment"
		assert_output ""
	done
}

@test "a key in decimal that was given as an ID" {
	id=$("$SHMTOOL" create -s 4 -k 5678)
	for command in "rm" "info" "cat" "ls" "chown root" "lock" "wait --removed" "write --string x"; do
		# shellcheck disable=SC2086
		shmtool $command 5678
		assert_failed 3 "shmtool ${command%% *}: 5678: no such segment; key 5678 exists: use key:5678"
	done
	shmtool rm 0x162f
	assert_failed 3 "shmtool rm: 0x162f: no such segment"
	# The keys of this host are not those of a saved table.
	head -n 1 /proc/sysvipc/shm >saved
	shmtool ls --input saved 5678
	assert_failed 3 "shmtool ls: 5678: no such segment"
	shmtool rm -f 5678
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "a removed ID, also after its slot is reused" {
	id=$("$SHMTOOL" create -s 1)
	"$SHMTOOL" rm "$id"
	shmtool info "$id"
	assert_failed 3 "shmtool info: $id: no such segment"
	for _ in 1 2 3; do
		"$SHMTOOL" create -s 1
	done
	shmtool rm "$id"
	assert_failed 3 "shmtool rm: $id: no such segment"
	assert_equal "$("$SHMTOOL" ls -q | wc -l)" 3
}

@test "key 0 names no segment" {
	"$SHMTOOL" create -s 1
	for text in 0x0 0x00000000 key:0 key:00 key:0x0 key:-0; do
		shmtool rm "$text"
		assert_wrong_usage "shmtool rm: '$text': key 0 is IPC_PRIVATE and names no segment; give an ID"
	done
	assert_equal "$("$SHMTOOL" ls -q | wc -l)" 1
}

@test "a malformed operand is never taken for a segment" {
	"$SHMTOOL" create -s 1 -k 12
	id=$("$SHMTOOL" ls -q)
	for text in "" 12x x "$id " " $id" "+$id" "0$id" 1.0 1e1 key key12 0b1 ID; do
		shmtool rm "$text"
		assert_wrong_usage "shmtool rm: '$text': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	done
	for text in key: key:12x key:" 12" key:+12 0x "0x 1" 0xg key:08; do
		shmtool rm "$text"
		assert_wrong_usage "shmtool rm: '$text': not a key: give a number in decimal, octal (0...) or hex (0x...)"
	done
	for text in 2147483648 4294967296 $((4294967296 + id)) 99999999999999999999; do
		shmtool rm "$text"
		assert_wrong_usage "shmtool rm: '$text': too large for an ID; write a key as 0x... or key:NUMBER"
	done
	for text in 0x10000000c key:4294967308 key:-2147483649 0x1000000000000000c; do
		shmtool rm "$text"
		assert_wrong_usage "shmtool rm: '$text': not a key: more than 32 bits"
	done
	for text in ftok: ftok::X ftok:/tmp:0 ftok:/tmp:256 ftok:/tmp:ab ftok:/tmp:; do
		shmtool rm "$text"
		assert_wrong_usage "shmtool rm: '$text': not PATH[:PROJ], with PROJ a number from 1 to 255 or one character"
	done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "a key names the segment in every notation" {
	id=$("$SHMTOOL" create -s 1 -k 0xfffffffe)
	for text in 0xfffffffe 0XFFFFFFFE key:-2 key:4294967294 key:037777777776 key:0xfffffffe; do
		shmtool ls -q "$text"
		assert_done
		assert_output "$id"
	done
}

@test "permission denied, to an ordinary user" {
	not_in_qemu "SHM_STAT_ANY is missing"
	not_in_valgrind "it looks at a segment before it lets it be attached"
	need_root
	id=$("$SHMTOOL" create -s 4)
	as_stranger "$SHMTOOL" cat "$id"
	assert_failed 4 "shmtool cat: $id: permission denied: owned by root, permissions rw-------; read permission required"
	as_stranger "$SHMTOOL" write --string abc "$id"
	assert_failed 4 "shmtool write: $id: permission denied: owned by root, permissions rw-------; read and write permission required"
	as_stranger "$SHMTOOL" rm "$id"
	assert_failed 4 "shmtool rm: $id: permission denied: owned by root; only its owner, its creator or root may remove it"
	as_stranger "$SHMTOOL" chown nobody "$id"
	assert_failed 4 "shmtool chown: $id: permission denied: owned by root; only its owner, its creator or root may change it"
	as_stranger "$SHMTOOL" info -nr -o SIZE,RSS "$id"
	assert_done
	assert_output "4 0"
	as_stranger "$SHMTOOL" ls -q
	assert_done
	assert_output "$id"
}

@test "the file of an ftok operand is not accessible" {
	need_root
	mkdir -m 700 closed
	touch closed/file
	as_stranger "$SHMTOOL" rm "ftok:$PWD/closed/file"
	assert_failed 4 "shmtool rm: ftok:$PWD/closed/file: cannot stat the ftok file"
}

@test "the key is taken" {
	need_root
	id=$("$SHMTOOL" create -s 4 -k 5678 --owner nobody)
	shmtool create -s 4 -k 5678
	assert_failed 1 "shmtool create: the key is taken by segment $id, owned by nobody; use --exist-ok to accept the existing segment"
	assert_output ""
}

@test "a size of 0, and a size above shmmax" {
	need_64_bits
	shmtool create -s 0
	assert_failed 1 "shmtool create: size 0: a segment has at least 1 byte"
	echo 4096 >/proc/sys/kernel/shmmax
	shmtool create -s 4097
	assert_failed 1 "shmtool create: 4097 bytes exceed kernel.shmmax (4096); root can raise it with sysctl"
	shmtool create -s 4096
	assert_done
	echo 18446744073692774399 >/proc/sys/kernel/shmmax
	shmtool create -s 9E
	assert_failed 1 "shmtool create: 10376293541461622784 bytes exceed the kernel's maximum segment size"
}

@test "shmmni and shmall are reached" {
	old=$(cat /proc/sys/kernel/shmmni)
	"$SHMTOOL" create -s 1
	"$SHMTOOL" create -s 1
	echo 2 >/proc/sys/kernel/shmmni
	shmtool create -s 1
	echo "$old" >/proc/sys/kernel/shmmni
	assert_failed 1 "shmtool create: kernel.shmmni is exhausted: 2 of 2 segments in use; see 'shmtool ls --unattached'"
	old=$(cat /proc/sys/kernel/shmall)
	echo 10 >/proc/sys/kernel/shmall
	shmtool create -s 32769
	echo "$old" >/proc/sys/kernel/shmall
	assert_failed 1 "shmtool create: kernel.shmall is exhausted: 2 of 10 pages in use, 9 more requested; see 'shmtool ls --sort -SIZE'"
}

@test "more memory than the host has" {
	need_64_bits
	[ "$(cat /proc/sys/vm/overcommit_memory)" = 0 ] || skip "overcommit is not heuristic"
	shmtool create -s 1P
	assert_failed 1 "shmtool create: not enough memory: cannot reserve 1125899906842624 bytes; use --noreserve to create it without a reservation"
}

@test "errors that only races or other kernels cause" {
	not_in_qemu "helpers cannot run"
	id=$("$SHMTOOL" create -s 4)
	# IPC_RMID is 0, IPC_SET 1, IPC_STAT 2.
	refused shmctl:2=EIDRM info "$id"
	assert_failed 3 "shmtool info: $id: no such segment"
	refused shmctl:0=EIDRM rm "$id"
	assert_failed 3 "shmtool rm: $id: no such segment"
	refused shmctl:0=EINVAL rm "$id"
	assert_failed 3 "shmtool rm: $id: no such segment"
	refused shmctl:0=EINVAL rm -f "$id"
	assert_done
	refused shmctl:1=EINVAL chown root "$id"
	assert_failed 1 "shmtool chown: $id: no such user or group in this user namespace"
	refused shmctl:1=EIDRM chown root "$id"
	assert_failed 3 "shmtool chown: $id: no such segment"
	refused shmat=EIDRM cat "$id"
	assert_failed 3 "shmtool cat: $id: no such segment"
	refused shmat=EINVAL write --string x "$id"
	assert_failed 3 "shmtool write: $id: no such segment"
	refused shmat=ENOMEM cat "$id"
	assert_failed 1 "shmtool cat: $id: no room in the address space; see 'ulimit -v'"
	refused shmctl:2=EOVERFLOW cat "$id"
	assert_failed 1 "shmtool cat: $id: a user or group ID of the segment does not fit in the kernel's reply"
	refused shmget=ENFILE create -s 1
	assert_failed 1 "shmtool create: too many open files on this system; see fs.file-max"
	refused shmget=ENOSPC create -s 1
	assert_failed 1 "shmtool create: kernel.shmmni or kernel.shmall was exhausted"
	refused shmget=EPERM create -s 1
	assert_failed 4 "shmtool create: permission denied"
	refused shmget=EACCES create -s 1
	assert_failed 4 "shmtool create: permission denied"
	refused shmget=ENOENT create -s 1
	assert_failed 1 "shmtool create: segment disappeared"
	refused shmctl:11=EPERM create -s 1 --lock
	assert_equal "$status" 4
	assert_regex "$stderr" "^shmtool create: permission denied: without CAP_IPC_LOCK on the host, a user may lock [0-9]+ bytes in all; see 'ulimit -l'$"
	refused shmctl:1=EFAULT chown root "$id"
	assert_failed 1 "shmtool chown: $id: Bad address"
	"$SHMTOOL" write --string x "$id"
	# Without memfd_create(2) and MADV_COLD (20), shmtool cannot identify its own mapping, and
	# copies as it does without root.
	run_apart "$HELPERS/refuse" memfd_create=ENOSYS madvise:20=EINVAL process_vm_writev=EPERM -- \
		"$SHMTOOL" write --string y "$id"
	assert_failed 1 "shmtool write: $id: process_vm_readv(2) and process_vm_writev(2) are refused here"
	assert_equal "$("$SHMTOOL" cat "$id")" x
	run_apart "$HELPERS/refuse" memfd_create=ENOSYS madvise:20=EINVAL process_vm_readv=ENOSYS -- \
		"$SHMTOOL" cat -x "$id"
	assert_failed 1 "shmtool cat: $id: process_vm_readv(2) and process_vm_writev(2) are refused here"
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "a segment without read permission, on a kernel without SHM_STAT_ANY" {
	not_in_qemu "helpers cannot run"
	need_root
	id=$("$SHMTOOL" create -s 4 -m 0600)
	as_stranger "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" info "$id"
	assert_failed 4 "shmtool info: $id: permission denied; read permission required"
}

@test "a segment that is removed while it is examined without permission is missing" {
	need_root
	chmod 755 .
	id=$("$SHMTOOL" create -s 4 -m 0600)
	stop_after shmctl 1 setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" info "$id"
	"$SHMTOOL" rm "$id"
	go_on
	assert_failed 3 "shmtool info: $id: no such segment"
}

@test "one missing segment does not prevent the removal of the others" {
	a=$("$SHMTOOL" create -s 4)
	b=$("$SHMTOOL" create -s 4)
	shmtool rm "$a" 0x7 "$b"
	assert_failed 3 "shmtool rm: 0x7: no such segment"
	assert_equal "$("$SHMTOOL" ls)" ""
}

@test "standard output is a full disk" {
	not_in_qemu "process_vm_readv(2) is missing"
	id=$("$SHMTOOL" create -s 4M)
	for command in "ls" "ls -J" "ls -q" "info $id" "cat $id" "cat -x $id" "rm -n $id" "--help" "ls --help" "--version"; do
		# shellcheck disable=SC2016
		run_apart bash -c '"$SHMTOOL" $1 >/dev/full' - "$command"
		name="shmtool ${command%% *}"
		[[ $command != --* ]] || name=shmtool
		assert_failed 1 "$name: standard output: No space left on device"
	done
}

@test "a message after the output does not hide why the output failed" {
	need_root
	as_stranger bash -c '"$SHMTOOL" usage >/dev/full'
	assert_regex "${stderr_lines[0]}" "^shmtool usage: not examined: "
	assert_equal "${stderr_lines[-1]}" "shmtool usage: standard output: No space left on device"
	assert_equal "$status" 1
}

@test "standard output is closed" {
	not_in_qemu "process_vm_readv(2) is missing"
	not_in_valgrind "it opens closed descriptors"
	id=$("$SHMTOOL" create -s 4)
	for command in "ls" "ls -q" "info $id" "cat $id" "cat -x $id"; do
		# shellcheck disable=SC2016
		run_apart bash -c '"$SHMTOOL" $1 >&-' - "$command"
		assert_failed 1 "shmtool ${command%% *}: standard output: Bad file descriptor"
	done
	# A command that prints nothing does not need standard output.
	run_apart bash -c '"$SHMTOOL" rm "$1" >&-' - "$id"
	assert_done
	run_apart bash -c '"$SHMTOOL" ls <&- 2>&-'
	assert_success
}

@test "a closed pipe ends shmtool quietly" {
	not_in_qemu "process_vm_readv(2) is missing"
	id=$("$SHMTOOL" create -s 4M)
	for command in "cat $id" "cat -x $id" "write -v --fill x $id"; do
		# The reader is gone before the first byte.
		run_apart bash -c '
			mkfifo "pipe$$"
			exec 5<>"pipe$$" 6>"pipe$$" 5<&-
			"$SHMTOOL" $1 >&6' - "$command"
		assert_failed 141 ""
	done
}

@test "a closed pipe is an error if SIGPIPE is ignored" {
	id=$("$SHMTOOL" create -s 4M)
	run_apart bash -c '
		trap "" PIPE
		mkfifo "pipe$$"
		exec 5<>"pipe$$" 6>"pipe$$" 5<&-
		"$SHMTOOL" cat "$1" >&6' - "$id"
	assert_failed 1 "shmtool cat: standard output: Broken pipe"
}
