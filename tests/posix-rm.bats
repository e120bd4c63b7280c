load common

# rm of POSIX objects. This file has its own processes, and all of them can be examined.

setup() {
	begin_posix_test
	# shellcheck disable=SC2034
	sweep=(rm -v -P --unattached --idle 0 --settle 0)
}

teardown() {
	end_posix_test
}

make_object() {
	"$SHMTOOL" create --name "$1" -s 4K "${@:2}" >/dev/null
}

objects() {
	"$SHMTOOL" ls -P -q --sort NAME | paste -s -d " "
}

@test "rm removes the objects that are named" {
	make_object /a
	make_object /b
	make_object /c
	id=$("$SHMTOOL" create -s 1)
	shmtool rm /a "$id" /none /b
	assert_failed 3 "shmtool rm: /none: no such object"
	assert_equal "$(objects)" /c
	shmtool rm -f /none
	assert_done
	shmtool rm -v /c /c
	assert_done
	assert_output "removed /c (4096 bytes)"
}

@test "rm of an object that is used takes its name, and -n says so beforehand" {
	make_object /a
	use /a map
	use /a read
	shmtool rm -n /a
	assert_done
	assert_line "/a: mapped once, open once: would lose its name; its memory would stay in use"
	assert_equal "$(objects)" /a
	shmtool rm -v --unattached /a
	assert_done
	assert_output "kept /a: mapped once, open once"
	shmtool rm -v /a
	assert_done
	assert_output "removed /a (4096 bytes)"
	grep -q "/dev/shm/a (deleted)" "/proc/${started[0]}/maps"
}

@test "filters remove objects only with --unattached and --idle" {
	make_object /a
	for filter in "" --unattached "--idle 0" "--user root" "--attached --idle 0" --sysv; do
		# shellcheck disable=SC2086
		shmtool rm -P $filter
		assert_equal "$status" 2
		assert_output ""
	done
	shmtool rm -P --unattached
	assert_wrong_usage "shmtool rm: --posix: filters remove objects only with --unattached and --idle AGE: nothing records who used an object last"
	shmtool rm -P --sysv --unattached
	assert_equal "$status" 2
	shmtool rm --settle x -P --unattached --idle 0
	assert_equal "$status" 2
	assert_equal "$(objects)" /a
	touch /dev/shm/a
	shmtool rm -v -P --unattached --idle 15s --settle 0
	assert_done
	assert_output "kept /a: does not match --idle
nothing matches"
	# No age is longer than the uptime.
	touch -d "-2 hours" /dev/shm/a
	shmtool rm -n -P --unattached --idle 15s -v
	assert_done
	assert_line --partial "/a   root"
	shmtool rm -v -P --unattached --idle 15s --settle 0
	assert_done
	assert_output "removed /a (4096 bytes)"
}

@test "rm by filters keeps what is used, and says why" {
	make_object /mapped
	make_object /open
	make_object /free
	make_object /large -s 8K
	use /mapped private
	use /open thread
	shmtool "${sweep[@]}" --max-size 4K
	assert_done
	assert_equal "$(sort <<<"$output")" "kept /large: does not match --max-size
kept /mapped: mapped once
kept /open: open once
removed /free (4096 bytes)"
	assert_equal "$(objects)" "/large /mapped /open"
}

@test "rm -P --sysv removes both kinds" {
	make_object /a
	make_object /b
	use /b map
	id=$("$SHMTOOL" create -s 4K)
	at_rest -P --sysv --unattached --idle 0
	shmtool "${sweep[@]}" --sysv
	assert_done
	assert_line "removed $id (key 0x00000000, 4096 bytes)"
	assert_line "removed /a (4096 bytes)"
	assert_line "kept /b: mapped once"
}

@test "rm never takes files that are no objects" {
	mkfifo /dev/shm/fifo
	ln -s a /dev/shm/link
	mkdir /dev/shm/directory
	touch /dev/shm/sem.x
	make_object /a
	shmtool "${sweep[@]}"
	assert_output "removed /a (4096 bytes)"
	shmtool rm /fifo /link /directory
	assert_equal "$status" 1
	assert_equal "$(cd /dev/shm && echo *)" "directory fifo link sem.x"
}

@test "rm --interactive asks, and looks again after the answer" {
	make_object /a -m 600
	make_object /b
	ask "$SHMTOOL" rm -i /a /b
	assert_equal "$question" "shmtool rm: remove object /a (owner root, size 4K)? "
	answer n
	ask_again
	assert_equal "$question" "shmtool rm: remove object /b (owner root, size 4K)? "
	answer y
	end_of_answers
	assert_done
	assert_equal "$(objects)" /a
	ask "$SHMTOOL" rm -i /a
	chmod 666 /dev/shm/a
	answer y
	end_of_answers
	assert_failed 1 "shmtool rm: /a: not removed: changed since it was selected"
	ask "$SHMTOOL" rm -i --unattached /a
	use /a map
	answer y
	end_of_answers
	assert_equal "$(objects)" /a
	end_test
	ask "$SHMTOOL" rm -i /a
	printf x >/dev/shm/new
	mv /dev/shm/new /dev/shm/a
	answer y
	end_of_answers
	assert_failed 1 "shmtool rm: /a: not removed: changed since it was selected"
	assert_equal "$(cat /dev/shm/a)" x
}

# change_at CALL NUMBER: stop rm after that system call, let something happen to each object but /free,
# and let rm go on.
change_at() {
	need_strace
	for name in mapped opened written moded owned replaced removed timed free; do
		make_object /$name
	done
	stop_after "$@" "$SHMTOOL" "${sweep[@]}"
	use /mapped map
	use /opened thread
	printf x | dd of=/dev/shm/written conv=notrunc status=none
	chmod 666 /dev/shm/moded
	chown nobody /dev/shm/owned
	printf new >/dev/shm/new
	mv /dev/shm/new /dev/shm/replaced
	rm /dev/shm/removed
	# The memory is read by a program that ends.
	cat /dev/shm/timed >/dev/null
	go_on
}

@test "what happens to an object between the two looks keeps it" {
	change_at clock_nanosleep 1
	assert_done
	assert_equal "$(sort <<<"$output")" "kept /mapped: used or changed since it was selected
kept /moded: changed since it was selected
kept /opened: open once
kept /owned: changed since it was selected
kept /replaced: changed since it was selected
kept /timed: used or changed since it was selected
kept /written: used or changed since it was selected
removed /free (4096 bytes)"
	assert_equal "$(objects)" "/mapped /moded /opened /owned /replaced /timed /written"
	assert_equal "$(cat /dev/shm/replaced)" new
}

@test "what happens to an object during the second look keeps it" {
	# The second look begins with facts; the stop is at the first unlink.
	make_object /a
	make_object /b
	need_strace
	stop_after unlinkat 1 "$SHMTOOL" "${sweep[@]}"
	left=$(ls /dev/shm)
	cat "/dev/shm/$left" >/dev/null
	go_on
	assert_done
	assert_equal "$(grep ^kept <<<"$output")" "kept /$left: used or changed since it was selected"
	assert_equal "$(objects)" "/$left"
}

@test "an object that another process removed meanwhile is missing" {
	need_strace
	make_object /a
	stop_after openat 1 "$SHMTOOL" rm /a
	rm /dev/shm/a
	go_on
	assert_failed 3 "shmtool rm: /a: no such object"
}

@test "rm in another namespace never takes objects of its own" {
	need_strace
	make_object /a
	other_mounts "truncate -s 8K /dev/shm/a"
	inode=$(stat -Lc %i "/proc/$other/ns/mnt")
	# The other /dev/shm cannot be examined.
	for namespace in "$other" "$inode"; do
		run_apart traced -o calls -e trace=fstatfs -e inject=fstatfs:error=EIO:when=2 \
			"$SHMTOOL" rm -N "$namespace" /a
		assert_failed 1 "shmtool rm: $namespace: Input/output error"
	done
	# The process ends, and one of this namespace gets its PID, while rm looks for the namespace.
	traced -o calls -e trace=readlink "$SHMTOOL" rm -n -N "$inode" /a >/dev/null
	nth=$(grep -n "/proc/$other/ns/mnt" calls | head -n 1 | cut -d : -f 1)
	stop_after readlink "$nth" "$SHMTOOL" rm -N "$inode" /a
	kill -KILL "$other"
	wait "$other" || true
	start "$HELPERS/with_pid" "$other" sh -c "echo started; exec sleep infinity"
	assert_equal "$started_line" started
	go_on
	assert_failed 1 "shmtool rm: $inode: no such process or namespace"
	assert_equal "$(objects)" /a
}

@test "a process that may not be examined keeps all objects" {
	need_root
	as_stranger "$SHMTOOL" create --name /own -s 4K
	as_stranger "$SHMTOOL" "${sweep[@]}"
	assert_output "kept /own: cannot be known: not every process could be examined
nothing matches"
	assert_regex "$stderr" "run as root"
	# Root without the capability is told exactly that.
	run_apart setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$SHMTOOL" "${sweep[@]}"
	assert_output "kept /own: cannot be known: not every process could be examined
nothing matches"
	assert_regex "$stderr" "needs CAP_SYS_PTRACE"
	assert_equal "$(objects)" /own
}

@test "a descriptor that may not be examined keeps all objects" {
	need_strace
	make_object /a
	use /a read
	# The link of a descriptor is examined after its file, if that is the object.
	traced -o calls -e trace=statx "$SHMTOOL" rm -v --unattached /a >/dev/null
	link=$(grep -n '"[0-9][0-9]*", [A-Z_|]*AT_SYMLINK_NOFOLLOW' calls | head -n 1 | cut -d : -f 1)
	for nth in $((link - 1)) "$link"; do
		for error in EACCES ENOMEM; do
			run_apart traced -o calls -e trace=statx -e "inject=statx:error=$error:when=$nth" \
				"$SHMTOOL" rm -v --unattached /a
			[ "$error $status" = "EACCES 4" ] || [ "$error $status" = "ENOMEM 1" ]
			assert_output "kept /a: cannot be known: not every process could be examined"
			assert_regex "$stderr" "^shmtool rm: /a: cannot examine some processes, which may use it"
		done
	done
	assert_equal "$(objects)" /a
}

@test "a process that ends while it is examined keeps no object" {
	need_strace
	make_object /a
	use /a read
	traced -o calls -e trace=readlink "$SHMTOOL" rm -n --unattached /a >/dev/null
	nth=$(grep -n "/proc/${started[0]}/ns/ipc" calls | head -n 1 | cut -d : -f 1)
	# The kernel may answer this for a process that just ended.
	stop_after readlink "$nth:error=EACCES" "$SHMTOOL" rm -v --unattached /a
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	go_on
	assert_output "removed /a (4096 bytes)"
}

@test "rm --all-namespaces takes no directory that a user bound to /dev/shm" {
	not_in_valgrind "openat2(2) is unknown"
	need_root
	chmod 755 .
	mkdir run
	mount -t tmpfs -o mode=755 tmpfs run
	mkdir run/service
	echo 812 >run/service/pid
	# mount_there OPTION...: let a user mount something on /dev/shm in a namespace of their own.
	mount_there() {
		start setpriv --reuid=65534 --regid=65534 --clear-groups \
			unshare --user --map-root-user --mount -- sh -c \
			'mount "$@" /dev/shm && touch /dev/shm/own; echo ready; exec sleep infinity' - "$@"
		[ "$started_line" = ready ] || skip "user namespaces are not allowed"
	}
	mount_there --rbind run/service
	mount_there --rbind run
	shmtool ls -P -N "${started[0]}"
	assert_failed 1 "shmtool ls: ${started[0]}: a user mounted a directory on its /dev/shm that belongs to somebody else"
	shmtool rm -A -P -v --unattached --idle 0 --settle 0
	assert_failed 4 "shmtool rm: cannot reach /dev/shm of 2 mount namespaces"
	assert_output "nothing matches"
	assert_equal "$(cat run/service/pid)" 812
	# A namespace that has the host's /dev/shm is none of these.
	mount_there --bind /dev/shm 2>/dev/null
	shmtool rm -A -P -v --unattached --idle 0 --settle 0
	assert_failed 4 "shmtool rm: cannot reach /dev/shm of 2 mount namespaces"
	rm -f /dev/shm/own
	mount_there -t tmpfs tmpfs
	shmtool rm -A -P -v --unattached --idle 0 --settle 0
	assert_output "removed /own (0 bytes) in namespace $(stat -Lc %i "/proc/${started[3]}/ns/mnt")"
	umount --lazy run
}

@test "rm --unattached says that it cannot know whether an object is used" {
	need_root
	make_object /a -m 666
	chown nobody /dev/shm/a
	chmod 755 .
	as_stranger "$SHMTOOL" rm --unattached /a
	assert_failed 4 "shmtool rm: /a: cannot examine some processes, which may use it; run as root"
	as_stranger "$SHMTOOL" rm -n --unattached /a
	assert_equal "$status" 4
	assert_equal "${stderr_lines[1]}" "shmtool rm: /a: cannot examine some processes, which may use it; run as root"
	assert_equal "$(objects)" /a
}

# open_in_fuse OPTIONS CHANGED: mount a FUSE file system with these options of mount(2), and start a process of
# its user that has a file in it open. CHANGED: after the file was opened, the server answers that it is a
# directory, so the kernel marks it as bad.
open_in_fuse() {
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	mkdir -p folder
	chmod 755 .
	start /usr/bin/python3 -c 'if True:
		import os, signal, struct, sys, time
		sys.path.append(os.environ["SOURCE"] + "/tests/helpers")
		import fuse_server as fuse
		asked = 0

		def answer(opcode, node, body):
		    global asked
		    if opcode == fuse.LOOKUP:
		        return fuse.entry(2, fuse.attr(2, 0o100666))
		    if opcode == fuse.GETATTR:
		        asked += node == 2 and sys.argv[2] == "yes"
		        mode = 0o40755 if node == 1 or asked else 0o100666
		        return struct.pack("Q2I", 0, 0, 0) + fuse.attr(node, mode)
		    return None

		fd = fuse.mount("folder", sys.argv[1].encode())
		if os.fork() == 0:
		    fuse.libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
		    fuse.serve(fd, answer)
		os.close(fd)
		if "65534" in sys.argv[1]:
		    os.setgid(65534)
		    os.setuid(65534)
		file = os.open("folder/file", os.O_RDONLY)
		if sys.argv[2] == "yes":
		    try:
		        os.fstat(file)
		    except OSError:
		        pass
		print(file, flush=True)
		time.sleep(1 << 20)' "$@"
	run stat -L "/proc/${started[-1]}/fd/$started_line"
	assert_failure
}

@test "a file of a FUSE file system that refuses root, or is bad, does not matter" {
	need_root
	make_object /a
	open_in_fuse ",user_id=65534,group_id=65534" no
	shmtool "${sweep[@]}"
	umount --lazy folder
	assert_done
	assert_output "removed /a (4096 bytes)"
	make_object /a
	open_in_fuse "" yes
	shmtool "${sweep[@]}"
	umount --lazy folder
	assert_done
	assert_output "removed /a (4096 bytes)"
}

@test "with hidden processes, nothing is selected" {
	need_root
	as_stranger "$SHMTOOL" create --name /own -s 4K
	mount -t proc -o hidepid=2 proc /proc
	as_stranger "$SHMTOOL" "${sweep[@]}"
	assert_success
	assert_output "kept /own: cannot be known: not every process could be examined
nothing matches"
	as_stranger "$SHMTOOL" ls -P -q --unattached
	assert_output ""
	as_stranger "$SHMTOOL" wait --unattached --timeout 1 /own
	assert_equal "$status" 4
	umount /proc
	assert_equal "$(objects)" /own
}

@test "with /proc of another PID namespace, nothing is selected" {
	make_object /a
	run_apart unshare --pid --fork "$SHMTOOL" "${sweep[@]}"
	assert_output "kept /a: cannot be known: not every process could be examined
nothing matches"
	assert_regex "$stderr" "/proc shows another PID namespace"
	assert_equal "$(objects)" /a
}

@test "users of objects that are not on tmpfs cannot be known, so nothing is selected" {
	mkdir directory
	[ "$(stat -f -c %T directory)" != tmpfs ] || skip "the folder for tests is on tmpfs"
	mount --bind directory /dev/shm
	make_object /a
	use /a map
	shmtool "${sweep[@]}"
	assert_done
	assert_output "kept /a: cannot be known: /dev/shm is not on tmpfs
nothing matches"
	shmtool ls -P -q --attached
	assert_output ""
	shmtool ls -P -nr -o NAME,RSS,NATTCH,OPEN,PIDS
	assert_output "/a - - - -"
	shmtool wait --unattached /a
	assert_failed 1 "shmtool wait: /a: users cannot be found: /dev/shm is not on tmpfs"
	shmtool rm -v /a
	assert_output "removed /a (4096 bytes)"
	umount --lazy /dev/shm
}

@test "rm says who may remove an object" {
	need_root
	make_object /a
	as_stranger "$SHMTOOL" rm /a
	assert_failed 4 "shmtool rm: /a: permission denied: owned by root; only its owner or root may remove it (sticky bit of /dev/shm)"
	chmod 755 /dev/shm
	as_stranger "$SHMTOOL" rm /a
	assert_failed 4 "shmtool rm: /a: permission denied; write permission on /dev/shm required"
	as_stranger "$SHMTOOL" create --name /b -s 4K
	assert_failed 4 "shmtool create: permission denied; write permission on /dev/shm required"
	as_stranger "$SHMTOOL" rm -n /a
	assert_equal "$status" 4
	touch file /dev/shm/mounted
	mount -o remount,ro /dev/shm
	shmtool rm /a
	assert_equal "$status" 1
	assert_equal "$(objects)" "/a /mounted"
}

@test "rm by filters removes no object that is used, while others come and go" {
	runs=$(often 100 | tail -n 1)
	run /usr/bin/python3 "$SOURCE/tests/helpers/objects.py" "${RACE_RUNS:-$runs}"
	echo "$output"
	assert_success
}
