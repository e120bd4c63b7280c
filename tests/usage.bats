load common

# The account of Shmem. This file has processes of its own, and each test a /dev/shm. What takes memory
# on the host beside them is "unaccounted" here, or belongs to mounts other than /dev/shm.

setup() {
	begin_posix_test
}

teardown() {
	end_posix_test
}

# take KIND MIB [NAME] [COUNT]: start a process that takes shared memory (tests/helpers/shared.c).
take() {
	start "$HELPERS/shared" "$1" "$(($2 << 20))" "${@:3}"
	assert_equal "$started_line" ready
}

# row KIND [OPTION...]: print the row of a kind, or that of /dev/shm, without its name: bytes in memory
# and in swap, objects, processes.
row() {
	"$SHMTOOL" usage -nr -o KIND,NAME,MEMORY,SWAP,OBJECTS,PROCESSES "${@:2}" 2>/dev/null |
		awk -v kind="$1" '$1 == kind || $2 == kind { print $3, $4, $5, $6; exit }'
}

# assert_row KIND MIB OBJECTS PROCESSES: assert the row of a kind; nothing is in swap.
assert_row() {
	assert_equal "$(row "$1")" "$(($2 << 20)) 0 $3 $4"
}

# objects COLUMNS [OPTION...]: print the objects outside of mounts other than /dev/shm.
objects() {
	"$SHMTOOL" usage --objects -nr -o "KIND,NAME,$1" "${@:2}" 2>/dev/null |
		awk '$1 != "tmpfs" || $2 ~ "^/dev/shm/" { sub(/ /, ":"); print }'
}

# assert_said REGEX: assert that a line of the messages matches. If Shmem changes during the search,
# there is a line more.
assert_said() {
	grep -qE -- "$1" <<<"$stderr" || fail "no line matches '$1' in: $stderr"
}

# fill ID MIB: fill the beginning of a segment.
fill() {
	"$SHMTOOL" write "$1" --fill 1 -l "$2M"
}

@test "usage has a row for each kind, and each object counts once" {
	not_in_valgrind "openat2(2) is unknown"
	for kind in sysv /dev/shm memfd anonymous deleted; do
		assert_row $kind 0 0 0
	done
	id=$("$SHMTOOL" create -s 8M)
	fill "$id" 4
	assert_row sysv 4 1 0
	hold "$id" 2
	hold "$id"
	assert_row sysv 4 1 2
	take memfd 3 open
	take mapped 2 mapped 3
	assert_row memfd 5 2 4
	take anonymous 6 "" 5
	assert_row anonymous 6 1 5
	"$SHMTOOL" create --name /object -s 7M >/dev/null
	assert_row /dev/shm 7 1 0
	use /object map
	use /object private
	use /object read
	assert_row /dev/shm 7 1 3
	take deleted 1 /dev/shm/open
	take unlinked 2 /dev/shm/mapped
	take private 3 /dev/shm/private
	assert_row deleted 6 3 3
	# The file system has both.
	assert_row /dev/shm 7 1 3
	assert_equal "$(stat -f -c '%b %f %S' /dev/shm | awk '{ print ($1 - $2) * $3 }')" \
		$((13 << 20))
	# A second mount of it adds nothing. A second link has an inode of its own on a tmpfs.
	mkdir bound
	mount --bind /dev/shm bound
	run row /dev/shm
	umount bound
	assert_output "$((7 << 20)) 0 1 3"
	ln /dev/shm/object /dev/shm/link
	assert_row /dev/shm 7 2 3
	assert_equal "$(objects MEMORY | grep -c tmpfs)" 1
}

@test "the rows add up to Shmem, which is that of the kernel" {
	not_in_valgrind "openat2(2) is unknown"
	take memfd 3
	take unlinked 5 /dev/shm/x
	"$SHMTOOL" create --name /object -s 7M >/dev/null
	adds_up() {
		before=$(awk '/^Shmem:/ { print $2 * 1024 }' /proc/meminfo)
		"$SHMTOOL" usage -J >account 2>/dev/null || fail "no account"
		after=$(awk '/^Shmem:/ { print $2 * 1024 }' /proc/meminfo)
		jq -e '[.usage[] | select(.kind != "shmem" and .kind != "hugepages") | .memory] | add ==
			([$rows[].usage[] | select(.kind == "shmem") | .memory] | add)' \
			--slurpfile rows account account >/dev/null || fail "$(cat account)"
		# Elsewhere on the host, it may change, and change back.
		[ "$before $before" = "$(jq '.usage[] | select(.kind == "shmem") | .memory' account) $after" ]
	}
	until_true adds_up
	assert_equal "$(jq -r '[.usage[].kind] | unique | join(" ")' account)" \
		"anonymous deleted hugepages memfd shmem sysv tmpfs unaccounted"
}

@test "each kind is as much as the kernel charges a control group for it" {
	limit_memory $((1 << 30))
	stat=$memory_group/memory.stat
	charged() {
		awk '$1 == "shmem" { print $2 }' "$stat"
	}
	grep -q "^shmem " "$stat" || skip "this kernel does not count shmem of control groups"
	sum=0
	for kind in memfd mapped anonymous deleted unlinked; do
		# shellcheck disable=SC2016
		start bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$memory_group" \
			"$HELPERS/shared" $kind $((2 << 20)) "/dev/shm/$kind"
		sum=$((sum + (2 << 20)))
		is_charged() {
			[ "$(charged)" = "$sum" ]
		}
		until_true is_charged
		assert_equal "$(objects MEMORY | awk '{ sum += $NF } END { print sum }')" "$sum"
	done
}

@test "--objects names every object, its owner and its processes, the largest first" {
	not_in_valgrind "openat2(2) is unknown"
	id=$("$SHMTOOL" create -s 8M)
	fill "$id" 8
	hold "$id"
	holders=${started[-1]}
	hold "$id"
	holders+=,${started[-1]}
	as_stranger "$SHMTOOL" create --name /object -s 7M
	assert_success
	take mapped 6 "a name" 1
	mapped=${started[-1]}
	take anonymous 5
	anonymous=${started[-1]}
	take unlinked 4 "/dev/shm/x (deleted)"
	unlinked=${started[-1]}
	mkdir -p /dev/shm/a/b
	head -c 3M /dev/zero >/dev/shm/a/b/file
	mkfifo /dev/shm/fifo
	ln -s "$(printf %0300d 1)" /dev/shm/link
	run objects MEMORY,SWAP,SIZE,UID,PIDS,COMMAND
	assert_output "sysv:$id 8388608 0 8388608 0 $holders $HELPERS/hold\\x20$id
tmpfs:/dev/shm/object 7340032 0 7340032 65534 - -
memfd:a\\x20name 6291456 0 6291456 0 $mapped $HELPERS/shared\\x20mapped\\x206291456\\x20a\\x20name\\x201
anonymous:- 5242880 0 5242880 0 $anonymous $HELPERS/shared\\x20anonymous\\x205242880
deleted:/dev/shm/x\\x20(deleted) 4194304 0 4194304 0 $unlinked $HELPERS/shared\\x20unlinked\\x204194304\\x20/dev/shm/x\\x20(deleted)
tmpfs:/dev/shm/a/b/file 3145728 0 3145728 0 - -
tmpfs:/dev/shm/link 4096 0 300 0 - -"
	run objects MEMORY --min-size 5242881
	assert_output "sysv:$id 8388608
tmpfs:/dev/shm/object 7340032
memfd:a\\x20name 6291456"
	run objects MEMORY --min-size 5M --sort MEMORY
	assert_line --index 0 "anonymous:- 5242880"
	run objects OBJECTS,PROCESSES,NS --min-size 8M
	assert_output "sysv:$id - 2 $(stat -L -c %i /proc/self/ns/ipc)"
	shmtool usage --objects --total --min-size 8M
	assert_line "total: 1 object, MEMORY 8M, SWAP 0"
	shmtool usage --objects --total -J --min-size 8M
	assert_equal "$(jq -c '[.total, .objects[0].kind, .objects[0].pids]' <<<"$output")" \
		"[{\"count\":1,\"memory\":8388608,\"swap\":0},\"sysv\",[$holders]]"
	shmtool usage --objects -e --min-size 8M -o KIND,UID,NAME
	assert_output "KIND=\"sysv\" OWNER_UID=\"0\" NAME=\"$id\""
}

@test "a file that is used and has a name counts in its mount only" {
	head -c 1M /dev/zero >/dev/shm/file
	use /file read
	assert_equal "$(objects MEMORY,PIDS | grep file)" "tmpfs:/dev/shm/file 1048576 ${started[-1]}"
	assert_row deleted 0 0 0
}

@test "mounts of other namespaces are named by a process there, each once" {
	not_in_valgrind "openat2(2) is unknown"
	"$SHMTOOL" create --name /here -s 1M >/dev/null
	other_mounts "head -c 512K /dev/zero >/dev/shm/there; exec 7</dev/shm/there"
	"$SHMTOOL" usage -nr -o KIND,NAME,MEMORY,OBJECTS,PROCESSES,NSPID,NSCOMMAND 2>/dev/null |
		grep " /dev/shm " >mounts
	assert_equal "$(cat mounts)" "tmpfs /dev/shm 1048576 1 0 - -
tmpfs /dev/shm 524288 1 1 $other sleep\\x20infinity"
	assert_equal "$("$SHMTOOL" usage --objects -nr -o NAME,NS,PIDS 2>/dev/null | grep there)" \
		"/dev/shm/there $(stat -L -c %i "/proc/$other/ns/mnt") $other"
	# Two segments with one ID: in this IPC namespace, attached, and in another one.
	id=$("$SHMTOOL" create -s 1M)
	fill "$id" 1
	hold "$id"
	assert_equal "$(row sysv)" "1048576 0 1 1"
	start unshare --ipc bash -c 'echo "$1" >/proc/sys/kernel/shm_next_id; "$0" create -s 1M
		"$0" write "$1" --fill 1 -l 64K; exec sleep infinity' "$SHMTOOL" "$id"
	assert_equal "$started_line" "$id"
	is_filled() {
		[ "$(row sysv)" = "$((65536 + 1048576)) 0 2 1" ]
	}
	until_true is_filled
	assert_equal "$(objects MEMORY,NS | grep sysv)" \
		"sysv:$id 1048576 $(stat -L -c %i /proc/self/ns/ipc)
sysv:$id 65536 $(stat -L -c %i "/proc/${started[-1]}/ns/ipc")"
}

@test "an attach that a process took into another IPC namespace does not count twice" {
	need_root
	start /usr/bin/python3 -c 'if True:
		import ctypes, sys, time
		libc = ctypes.CDLL(None, use_errno=True)
		libc.shmat.restype = ctypes.c_void_p
		id = libc.shmget(0, 1 << 20, 0o1600)
		ctypes.memset(libc.shmat(id, None, 0), 1, 1 << 20)
		assert libc.unshare(0x08000000) == 0
		print(id, flush=True)
		time.sleep(1 << 20)'
	assert_equal "$(row sysv)" "1048576 0 1 1"
	assert_equal "$(objects MEMORY,NS | grep sysv)" \
		"sysv:$started_line 1048576 $(stat -L -c %i /proc/self/ns/ipc)"
	shmtool ls -o PIDS "$started_line"
	assert_equal "$stderr" "shmtool ls: 1 of 1 attaches is not visible: their processes ended or are in another PID or IPC namespace"
}

@test "segments of two namespaces with the same ID count twice, listed or not" {
	need_root
	"$SHMTOOL" create -s 1M >/dev/null
	id=$("$SHMTOOL" ls -q)
	fill "$id" 1
	hold "$id"
	start unshare --ipc bash -c 'echo "$1" >/proc/sys/kernel/shm_next_id; "$0" create -s 1M >/dev/null
		"$0" write "$1" --fill 1 -l 1M; exec "$2" "$1"' "$SHMTOOL" "$id" "$HELPERS/hold"
	assert_equal "$(row sysv)" "2097152 0 2 2"
	# It may not enter the other namespace.
	run_apart setpriv --bounding-set=-sys_admin "$SHMTOOL" usage -nr -o KIND,MEMORY,OBJECTS
	assert_line "sysv 2097152 2"
}

@test "the whole of a tmpfs is preferred to a directory of it" {
	not_in_valgrind "openat2(2) is unknown"
	mkdir whole part
	mount -t tmpfs tmpfs whole
	mkdir whole/part
	head -c 1M /dev/zero >whole/file
	head -c 512K /dev/zero >whole/part/file
	mount --bind whole/part part
	start unshare --mount --propagation private sh -c 'echo; exec sleep infinity'
	umount whole
	names() {
		"$SHMTOOL" usage "$@" -nr -o NAME,MEMORY 2>messages | grep "^$PWD/[wp]" | sort
	}
	assert_equal "$(names)" "$PWD/whole 1572864"
	assert_equal "$(names --objects)" "$PWD/whole/file 1048576
$PWD/whole/part/file 524288"
	# With only a directory mounted, usage says that it could not read the rest.
	kill -KILL "${started[-1]}"
	wait "${started[-1]}" || true
	assert_equal "$(names)" "$PWD/part 1572864"
	assert_equal "$(names --objects)" "$PWD/part/file 524288"
	grep -q "[ ,]1 directory" messages
	umount part
}

@test "a tmpfs without a limit on inodes does not tell how many files it has" {
	not_in_valgrind "openat2(2) is unknown"
	mkdir unlimited
	mount -t tmpfs -o nr_inodes=0 tmpfs unlimited
	head -c 1M /dev/zero >unlimited/file
	start sh -c 'exec 7<unlimited/file; echo; exec sleep infinity'
	assert_equal "$("$SHMTOOL" usage -nr -o NAME,MEMORY,OBJECTS,PROCESSES 2>/dev/null | grep unlimited)" \
		"$PWD/unlimited 1048576 - 1"
	"$SHMTOOL" metrics --shmem | grep -q '^shmtool_shmem_objects{kind="tmpfs"} [1-9]'
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	umount unlimited
}

@test "a mount without a size limit is counted file by file" {
	not_in_valgrind "openat2(2) is unknown"
	mkdir unlimited
	mount -t tmpfs -o size=0 tmpfs unlimited
	head -c 1M /dev/zero >unlimited/file
	ln unlimited/file unlimited/link
	mkdir unlimited/folder unlimited/mounted
	head -c 2M /dev/zero >unlimited/folder/file
	mount -t tmpfs tmpfs unlimited/mounted
	head -c 3M /dev/zero >unlimited/mounted/file
	take deleted 4 unlimited/deleted
	for mount in unlimited unlimited/mounted; do
		assert_equal "$("$SHMTOOL" usage -nr -o NAME,MEMORY 2>/dev/null | grep "$mount ")" \
			"$PWD/$mount 3145728"
	done
	assert_row deleted 4 1 1
	kill "${started[-1]}"
	wait "${started[-1]}" || true
	umount unlimited/mounted unlimited
}

@test "a mount that another one covers, and deep directories, are said to be left out" {
	not_in_valgrind "openat2(2) is unknown"
	"$SHMTOOL" usage -nr >/dev/null 2>before || fail "no account"
	mkdir covered
	mount -t tmpfs tmpfs covered
	head -c 1M /dev/zero >covered/file
	mount -t tmpfs tmpfs covered
	/usr/bin/python3 - covered <<-'E'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(300):
		    os.mkdir("d")
		    os.chdir("d")
		with open("file", "w") as file:
		    file.write("x" * 5000)
	E
	shmtool usage -nr -o NAME,MEMORY
	assert_success
	covered=$(sed -n 's/.* \([0-9]*\) tmpfs mounts\{0,1\}.*/\1/p' before)
	assert_said "not examined: (.*, )?$((${covered:-0} + 1)) tmpfs mounts?($|[,;])"
	refute_regex "$stderr" director
	assert_line "$PWD/covered 8192"
	shmtool usage --objects -nr -o NAME
	assert_said ", 1 directory($|[,;])"
	refute_output --partial covered
	umount covered covered
}

@test "an ordinary user is told in one line what could not be seen" {
	take memfd 1
	take anonymous 2
	mount -t tmpfs tmpfs /dev/shm
	chmod 700 /dev/shm
	other_mounts true
	as_stranger "$SHMTOOL" usage
	assert_success
	assert_equal "$(grep -c "not examined" <<<"$stderr")" 1
	assert_said "^shmtool usage: not examined: [0-9]+ processes.*; run as root$"
	run_apart setpriv --reuid=65534 --regid=65534 --clear-groups bash -c \
		'"$HELPERS/shared" memfd 1048576 & until [ "$("$SHMTOOL" usage -nr -o KIND,MEMORY 2>/dev/null |
		grep memfd)" = "memfd 1048576" ]; do sleep 0.02; done; kill $!'
	assert_success
	umount /dev/shm
}

@test "objects that cannot be measured are counted, and unaccounted" {
	start unshare --user --map-root-user "$HELPERS/shared" mapped 1048576
	run_apart nsenter --user --preserve-credentials --target "${started[-1]}" \
		"$SHMTOOL" usage -nr -o KIND,MEMORY,OBJECTS
	assert_success
	assert_line "memfd 0 1"
	assert_said "1 object($|[,;])"
	run_apart nsenter --user --preserve-credentials --target "${started[-1]}" \
		"$SHMTOOL" usage --objects -nr -o KIND,MEMORY,SWAP,SIZE,OWNER
	assert_line "memfd - - - -"
	# A descriptor can be measured.
	start unshare --user --map-root-user "$HELPERS/shared" memfd 1048576
	run_apart nsenter --user --preserve-credentials --target "${started[-1]}" \
		"$SHMTOOL" usage -nr -o KIND,MEMORY,OBJECTS
	assert_line "memfd 1048576 1"
}

@test "without PROCMAP_QUERY, mappings are read as text" {
	take mapped 1 name
	take anonymous 2
	take private 3 /dev/shm/x
	id=$("$SHMTOOL" create -s 1M)
	fill "$id" 1
	hold "$id"
	run_apart "$HELPERS/refuse" ioctl:0xc0686611=ENOTTY -- \
		"$SHMTOOL" usage -nr -o KIND,MEMORY,OBJECTS,PROCESSES
	assert_success
	assert_line "sysv 1048576 1 1"
	assert_line "memfd 1048576 1 1"
	assert_line "anonymous 2097152 1 1"
	assert_line "deleted 3145728 1 1"
}

@test "usage does without a true /proc" {
	not_in_valgrind "it needs /proc itself"
	run_apart unshare --pid --fork "$SHMTOOL" usage
	assert_failed 1 "shmtool usage: /proc shows another PID namespace; mount your own"
	assert_output ""
	# shellcheck disable=SC2016
	run_apart with_mounts bash -c 'mount -t tmpfs tmpfs /proc; exec "$SHMTOOL" usage'
	# Without /proc, sanitizers cannot read their options and report that they miss it.
	assert_equal "$(grep -v "^==" <<<"$stderr")" "shmtool usage: /proc is not mounted"
	assert_equal "$status" 1
	assert_output ""
}

@test "what root lacks is named, and hidden processes are said to be missing" {
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$HELPERS/shared" mapped 1048576
	run_apart setpriv --bounding-set=-sys_ptrace "$SHMTOOL" usage
	assert_success
	assert_said "not examined: [0-9]+ processes(, .*)?; needs CAP_SYS_PTRACE$"
	run_apart setpriv --bounding-set=-checkpoint_restore,-sys_admin "$SHMTOOL" usage
	assert_said "1 object(, .*)?; needs CAP_CHECKPOINT_RESTORE$"
	# shellcheck disable=SC2016
	run_apart with_mounts bash -c 'mount -o remount,hidepid=invisible /proc 2>/dev/null ||
		mount -t proc -o hidepid=2 proc /proc
		exec setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" usage'
	assert_success
	assert_said "processes that /proc hides; run as root$"
}

@test "a descriptor that becomes another file during the search does not count" {
	need_strace
	head -c 1M /dev/zero >elsewhere
	rm -f fifo
	mkfifo fifo
	start /usr/bin/python3 -c 'if True:
		import os, sys
		there = os.open("elsewhere", os.O_RDWR)
		os.unlink("elsewhere")
		memory = os.memfd_create("x")
		os.dup2(memory, 100)
		os.close(memory)
		print("ready", flush=True)
		open("fifo").read()
		os.dup2(there, 100)
		print("done", flush=True)
		open("fifo").read()'
	target=${started[-1]}
	# Stop after descriptor 100 was examined, and before its file is measured.
	traced -o all -P "/proc/$target/fd" -e trace=statx "$SHMTOOL" usage >/dev/null 2>&1
	nth=$(grep -n ', "100", ' all | head -n 1 | cut -d : -f 1)
	stop_after statx "$nth" -P "/proc/$target/fd" "$SHMTOOL" usage -nr -o KIND,MEMORY,OBJECTS
	echo >fifo
	is_other() {
		[ "$(readlink "/proc/$target/fd/100")" != "/memfd:x (deleted)" ]
	}
	until_true is_other
	go_on
	assert_success
	assert_regex "$output" "memfd 0 1"
	assert_said "[ ,]1 object($|[,;])"
	assert_regex "$output" "deleted 0 0"
}

@test "usage changes nothing" {
	id=$("$SHMTOOL" create -s 1M)
	fill "$id" 1
	mkdir /dev/shm/folder
	"$SHMTOOL" create --name /object -s 64K --noreserve >/dev/null
	echo x >/dev/shm/folder/file
	touch -d "2020-01-01" /dev/shm/object /dev/shm/folder/file /dev/shm/folder /dev/shm
	take mapped 1
	take deleted 1 /dev/shm/deleted
	"$SHMTOOL" ls -nr -o ID,RSS,NATTCH,ATTACH,DETACH,CTIME,LPID >segments
	stat -c "%n %x %y %z %b" /dev/shm /dev/shm/object /dev/shm/folder /dev/shm/folder/file >files
	stat -L -c "%x %y %z %b" "/proc/${started[1]}/fd/3" >deleted
	for options in "" --objects; do
		# shellcheck disable=SC2086
		"$SHMTOOL" usage $options >/dev/null 2>&1
		"$SHMTOOL" ls -nr -o ID,RSS,NATTCH,ATTACH,DETACH,CTIME,LPID | diff - segments
		stat -c "%n %x %y %z %b" /dev/shm /dev/shm/object /dev/shm/folder \
			/dev/shm/folder/file | diff - files
		stat -L -c "%x %y %z %b" "/proc/${started[1]}/fd/3" | diff - deleted
	done
}

@test "while 50 processes come and go, the rest stays within what they take" {
	churning() {
		local i
		for ((i = 0; i < 50; i++)); do
			while "$HELPERS/shared" memfd 65536 churn <&- & pid=$!; do
				kill "$pid"
				wait "$pid"
			done 2>/dev/null &
			started+=($!)
		done
	}
	take memfd 8 steady
	churning
	for ((i = 0; i < 10; i++)); do
		"$SHMTOOL" usage -J >account 2>messages || fail "$(cat messages)"
		memfd=$(jq '.usage[] | select(.kind == "memfd") | .memory' account)
		[ "$memfd" -ge $((8 << 20)) ] && [ "$memfd" -le $(((8 << 20) + 100 * 65536)) ] ||
			fail "$memfd"
		jq -e '([.usage[] | select(.kind != "shmem" and .kind != "hugepages") | .memory] | add) ==
			(.usage[] | select(.kind == "shmem") | .memory)' account
		refute_regex "$(cat messages)" "not examined: [0-9]+ process"
	done
}

@test "if Shmem changes during the search, usage says by how much, and how long it took" {
	need_strace
	stop_after memfd_create 1 "$SHMTOOL" usage -nr -o KIND,MEMORY
	take memfd 8
	go_on
	assert_success
	assert_regex "$stderr" "examined [0-9]+ processes in [0-9]+\.[0-9]+ s; Shmem (grew|shrank) by [0-9.]+[KM] meanwhile"
}

# Write fuse.py. It makes a FUSE file system the root of a mount namespace, with files whose paths look
# like those of memory files and segments; opens and maps them; mounts 1,000 tmpfs below it, one with
# 1 MiB; opens a file of a mount that it then detaches; stops the server, and prints its PID.
make_hostile_fuse() {
	cat >fuse.py <<-'E'
		import ctypes, mmap, os, signal, struct, sys, time
		sys.path.append(os.environ["SOURCE"] + "/tests/helpers")
		import fuse_server as fuse

		libc = fuse.libc
		names = [None, None, b"memfd:x (deleted)", b"SYSV00000000 (deleted)", b"below"]

		def attributes(node):
		    return fuse.attr(node, 0o40755 if node in (1, 4) else 0o100666, 65536)

		def answer(opcode, node, body):
		    if opcode == fuse.LOOKUP and body[:-1] in names:
		        node = names.index(body[:-1])
		        return fuse.entry(node, attributes(node))
		    if opcode == fuse.GETATTR:
		        return struct.pack("Q2I", 0, 0, 0) + attributes(node)
		    if opcode == fuse.READ:
		        return b"x" * min(struct.unpack_from("QQI", body)[2], 65536)
		    return None

		def mount(source, target, kind, flags, options):
		    if libc.mount(source, target, kind, flags, options) < 0:
		        sys.exit("mount %s: %s" % (target, os.strerror(ctypes.get_errno())))

		for folder in "root", "detached":
		    os.mkdir(folder)
		fd = fuse.mount("root", b",allow_other")
		server = os.fork()
		if server == 0:
		    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
		    fuse.serve(fd, answer)
		os.close(fd)
		mount(b"root", b"detached", None, 4096, None)  # MS_BIND
		detached = os.open(b"detached/" + names[3], os.O_RDWR)
		libc.umount2(b"detached", 2)  # MNT_DETACH
		os.chdir("root")
		mount(b"tmpfs", b"below", b"tmpfs", 0, None)
		for i in range(1000):
		    os.mkdir("below/%d" % i)
		    mount(b"tmpfs", b"below/%d" % i, b"tmpfs", 0, None)
		with open("below/0/file", "wb") as file:
		    file.write(b"x" * (1 << 20))
		if libc.syscall(155, b".", b".") < 0:  # pivot_root
		    sys.exit("pivot_root")
		libc.umount2(b".", 2)
		os.chdir("/")
		maps = []
		for name in names[2:4]:
		    file = os.open(name, os.O_RDWR)
		    maps.append(mmap.mmap(file, 65536))
		    maps[-1][0]
		os.kill(server, signal.SIGSTOP)
		print(server, flush=True)
		time.sleep(1 << 20)
	E
}

@test "usage is not stopped by a FUSE server that never answers" {
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	[ "$(uname -m)" = x86_64 ] || skip "the number of pivot_root(2) is another one here"
	figures() {
		"$SHMTOOL" usage -nr -o KIND,MEMORY,OBJECTS,PROCESSES 2>messages |
			grep -E "^(sysv|memfd|anonymous|deleted) " >"$1"
	}
	take memfd 1 "x (deleted)"
	id=$("$SHMTOOL" create -s 1M)
	fill "$id" 1
	hold "$id"
	figures before
	tmpfs=$(sed -n 's/.* \([0-9]*\) tmpfs mount.*/\1/p' messages)
	files=$(sed -n 's/.* \([0-9]*\) open file.*/\1/p' messages)
	make_hostile_fuse
	start unshare --mount --propagation private /usr/bin/python3 fuse.py
	fuse=${started[-1]}
	# A process that ends waits for the server, so end the server first.
	started=("$started_line" "${started[@]}")
	assert_equal "$(readlink "/proc/$fuse/map_files/"* | grep -c "^/\(memfd:x\|SYSV00000000\) (deleted)$")" 2
	figures after
	assert_equal "$(cat after)" "$(cat before)"
	assert_regex "$(cat messages)" " $((${tmpfs:-0} + 1001)) tmpfs mounts[,;]"
	[ "$(sed -n 's/.* \([0-9]*\) open file.*/\1/p' messages)" -gt "${files:-0}" ]
	run objects PIDS
	refute_output --regexp "[ ,]$fuse(,|$)"
	assert_line "memfd:x\\x20(deleted) ${started[1]}"
	# Nor does it stop the other commands that search all processes.
	"$SHMTOOL" create --name /object -s 64K >/dev/null
	shmtool ls -P -nr -o NAME,PIDS
	assert_output "/object -"
	shmtool rm -v -P --unattached --idle 0 --settle 0
	assert_output "removed /object (65536 bytes)"
}

@test "a long search shows progress on a terminal, and clears it" {
	need script
	need_strace
	take nothing 0
	script -qec "ASAN_OPTIONS=detect_leaks=0 strace -o calls -P /proc/1/maps -e trace=openat \
		-e inject=openat:delay_enter=1500000 $SHMTOOL usage >rows" log </dev/null >/dev/null
	grep -q "[0-9] processes examined *"$'\r' log
	grep -q $'\r *\r' log
	grep -q "^shmem " rows
	refute_regex "$("$SHMTOOL" usage 2>&1)" "processes examined"
}

@test "wrong usage of usage" {
	shmtool usage --total
	assert_wrong_usage "shmtool usage: --total requires --objects"
	shmtool usage --min-size 1M
	assert_wrong_usage "shmtool usage: --min-size requires --objects"
	shmtool usage --objects --min-size x
	assert_wrong_usage "shmtool usage: --min-size: 'x': not a size below 16E; give bytes, or a number with a unit, such as 4K or 1.5G"
	shmtool usage 1
	assert_equal "$status" 2
	shmtool usage -o RSS
	assert_equal "$status" 2
}
