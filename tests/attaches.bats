load common
load swap

# Which processes have a segment attached.

# holders ID: print the PIDs of all attaches in info's JSON, with repetitions.
holders() {
	"$SHMTOOL" info -J "$1" | /usr/bin/python3 -c '
import json, sys
print(*[a["pid"] for a in json.load(sys.stdin)["segments"][0]["attaches"]])'
}

@test "info lists every attach, with process, user, permissions, address and size" {
	id=$("$SHMTOOL" create -s 64K)
	hold "$id" 2
	shmtool info "$id"
	assert_done
	assert_line "  Attaches      2, by 1 process"
	assert_line --regexp "^ *PID USER PERMS ADDRESS +SIZE COMMAND$"
	run grep -cE "^ *${started[0]} root r +0x[0-9a-f]+ +64K $HELPERS/hold $id 2$" <<<"$output"
	assert_output 2
}

@test "on a terminal, info prints no more than 100 attaches and says how many there are" {
	id=$("$SHMTOOL" create -s 64K)
	for count in 100 101 250; do
		hold "$id" "$count"
		script -qec "$SHMTOOL info $id" /dev/null </dev/null | tr -d '\r' >page
		assert_equal "$(grep -c "0x[0-9a-f]* *64K" page)" 100
		case $count in
			100) run grep more page; assert_failure ;;
			101) grep -qx "and 1 more attach; --json prints all" page ;;
			250) grep -qx "and 150 more attaches; --json prints all" page ;;
		esac
		assert_equal "$("$SHMTOOL" info "$id" | grep -c "0x[0-9a-f]* *64K")" "$count"
		kill -KILL "${started[-1]}"
		detached() {
			[ "$(column NATTCH "$id")" = 0 ]
		}
		until_true detached
	done
}

@test "info --json lists attaches with PID, user, command, address, permissions and size" {
	id=$("$SHMTOOL" create -s 5000)
	start "$HELPERS/daemon" 0x10 4096 text
	hold "$id"
	for segment in "$id" 0x10; do
		"$SHMTOOL" info -J "$segment" >"info"
		/usr/bin/python3 - "${started[@]}" "$segment" "$HELPERS" <<-'E'
			import json, re, sys
			daemon, hold, segment, helpers = sys.argv[1:]
			attach, = json.load(open("info"))["segments"][0]["attaches"]
			assert list(attach) == ["pid", "user", "command", "address", "perms", "size"]
			assert attach["pid"] == int(daemon if segment == "0x10" else hold)
			assert attach["user"] == "root"
			assert attach["perms"] == ("rw" if segment == "0x10" else "r")
			assert attach["size"] == (4096 if segment == "0x10" else 8192)
			assert re.fullmatch("0x[0-9a-f]+", attach["address"])
			assert attach["command"].startswith(helpers)
		E
	done
}

@test "children inherit attaches, and each is listed" {
	id=$("$SHMTOOL" create -s 4K)
	hold "$id" 1 4
	assert_equal "$(column NATTCH "$id")" 5
	shmtool info "$id"
	assert_line "  Attaches      5, by 5 processes"
	children=$(cat "/proc/${started[0]}/task/${started[0]}/children")
	# shellcheck disable=SC2086
	assert_equal "$(holders "$id")" "$(printf '%s\n' "${started[0]}" $children | sort -n | xargs)"
}

@test "PIDS names each process once, as an array in JSON" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a" 3
	hold "$a"
	hold "$b"
	assert_equal "$(column PIDS "$a")" "$(printf '%s\n' "${started[@]:0:2}" | sort -n | paste -sd,)"
	assert_equal "$("$SHMTOOL" ls -nr -o PIDS)" "$(column PIDS "$a")
${started[2]}"
	shmtool ls -J -o PIDS "$b"
	assert_line --partial "\"pids\": [${started[2]}]"
	c=$("$SHMTOOL" create -s 1)
	shmtool ls -J -o PIDS "$c"
	assert_line --partial '"pids": []'
	assert_equal "$(column PIDS "$c")" -
}

@test "ls --pid shows what a process has attached" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	"$SHMTOOL" create -s 4K
	hold "$a"
	hold "$b"
	shmtool ls -q -p "${started[0]}"
	assert_done
	assert_output "$a"
	shmtool ls -q --pid "${started[1]}"
	assert_output "$b"
	shmtool ls -q --pid $$
	assert_done
	assert_output ""
	for text in "" x 0 -1 1x; do
		shmtool ls --pid="$text"
		assert_wrong_usage "shmtool ls: --pid: '$text': not a process ID"
	done
	shmtool ls -p 2147483647
	assert_failed 1 "shmtool ls: --pid 2147483647: no such process"
}

@test "PROCMAP_QUERY and the text of /proc/PID/maps give the same attaches" {
	for key in 1 22 333; do
		id=$("$SHMTOOL" create -s "${key}K" -k "$key")
		hold "$id" 2 3
	done
	hold "$("$SHMTOOL" create -s 4K)"
	"$SHMTOOL" rm 0 2>/dev/null || true
	ids=$("$SHMTOOL" ls -q)
	# shellcheck disable=SC2086
	asked=$("$SHMTOOL" info -J $ids | grep attaches)
	[[ $asked == *0x* ]]
	# shellcheck disable=SC2086
	read=$("$HELPERS/refuse" ioctl:0xc0686611=ENOTTY -- "$SHMTOOL" info -J $ids | grep attaches)
	assert_equal "$read" "$asked"
	need_strace
	# Check that the first way used PROCMAP_QUERY.
	traced -e trace=ioctl -o calls "$SHMTOOL" info -J "$id" >/dev/null
	grep -qi 'ioctl.*0x66, 0x11\|PROCMAP_QUERY' calls || skip "this kernel has no PROCMAP_QUERY"
}

@test "users of a POSIX object are found on older kernels, too" {
	"$SHMTOOL" create --name /object -s 8K
	start /usr/bin/python3 -c '
import mmap, os, time
fd = os.open("/dev/shm/object", os.O_RDWR)
kept = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE), mmap.mmap(fd, 8192)
print("ready", flush=True)
time.sleep(1000)'
	for how in "" "$HELPERS/refuse ioctl:0xc0686611=ENOTTY --"; do
		# shellcheck disable=SC2086
		run_apart $how "$SHMTOOL" ls -nr -o NATTCH,OPEN,PIDS /object
		# mmap duplicates the descriptor.
		assert_output "2 3 ${started[0]}"
	done
}

@test "memory that only looks like a segment is not taken for one" {
	need_root
	start "$HELPERS/impostor" 0x1234
	read -r inode _ <<<"$started_line"
	echo "$inode" >/proc/sys/kernel/shm_next_id || skip "this kernel gives no choice of IDs"
	id=$("$SHMTOOL" create -s 4096 -k 0x1234)
	assert_equal "$id" "$inode"
	private=$("$SHMTOOL" create -s 4096)
	start "$HELPERS/impostor" 0
	hold "$id"
	hold "$private"
	# Make the last user a process that is gone, so that all processes are examined.
	"$SHMTOOL" cat "$id" "$private" >/dev/null
	for how in "" "$HELPERS/refuse ioctl:0xc0686611=ENOTTY --"; do
		# shellcheck disable=SC2086
		assert_equal "$($how "$SHMTOOL" ls -nr -o ID,PIDS | sort -n)" \
			"$(printf '%s %s\n' "$id" "${started[2]}" "$private" "${started[3]}" | sort -n)"
	done
	shmtool ls -q --pid "${started[0]}"
	assert_output ""
}

@test "a memory file whose name ends like a segment's is not taken for one" {
	need_root
	start "$HELPERS/impostor" 0x1234
	read -r _ _ inode <<<"$started_line"
	grep -q " $inode */memfd:x /SYSV00001234 (deleted)" "/proc/${started[0]}/maps"
	echo "$inode" >/proc/sys/kernel/shm_next_id || skip "this kernel gives no choice of IDs"
	id=$("$SHMTOOL" create -s 4096 -k 0x1234)
	assert_equal "$id" "$inode"
	hold "$id"
	"$SHMTOOL" cat "$id" >/dev/null
	for how in "" "$HELPERS/refuse ioctl:0xc0686611=ENOTTY --"; do
		# shellcheck disable=SC2086
		assert_equal "$($how "$SHMTOOL" ls -nr -o PIDS "$id")" "${started[1]}"
	done
}

@test "a file with a segment's name and inode number is not taken for one on another device" {
	need_root
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	# After a lazy unmount, the path of a mapped file begins at the root of its mount.
	# shellcheck disable=SC2016
	start unshare --mount bash -euc '
		mkdir own
		mount -t tmpfs tmpfs own
		exec "$0" 0x1234 own' "$HELPERS/impostor"
	read -r _ inode _ <<<"$started_line"
	nsenter --mount --root --target "${started[0]}" umount -l "$PWD/own"
	grep -q " $inode */SYSV00001234 (deleted)" "/proc/${started[0]}/maps"
	echo "$inode" >/proc/sys/kernel/shm_next_id || skip "this kernel gives no choice of IDs"
	id=$("$SHMTOOL" create -s 4096 -k 0x1234)
	assert_equal "$id" "$inode"
	hold "$id"
	"$SHMTOOL" cat "$id" >/dev/null
	for how in "" "$HELPERS/refuse ioctl:0xc0686611=ENOTTY --"; do
		# shellcheck disable=SC2086
		assert_equal "$($how "$SHMTOOL" ls -nr -o PIDS "$id")" "${started[1]}"
	done
}

@test "a file mapped in place of a segment is not read as the segment" {
	start_swap 00001234
	id=$("$SHMTOOL" create -s 1M -k 0x1234)
	assert_equal "$id" "$inode"
	swap_during "$id" "$SHMTOOL" info "$id"
	grep -q "^  Parts         unknown: no visible process has it attached$" page
}

@test "a segment that is named twice is shown with its attaches each time" {
	id=$("$SHMTOOL" create -s 4096 -k 7)
	hold "$id"
	shmtool ls -nr -o ID,PIDS "$id" key:7 "$id"
	assert_done
	assert_output "$id ${started[0]}
$id ${started[0]}
$id ${started[0]}"
	shmtool info "$id" 0x7
	assert_done
	run grep -c "  Attaches      1, by 1 process" <<<"$output"
	assert_output 2
}

@test "processes that share their memory count as one attach" {
	id=$("$SHMTOOL" create -s 4096)
	# clone(2) with CLONE_VM and without CLONE_THREAD, as in vfork(2).
	start /usr/bin/python3 -c '
import ctypes, mmap, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmat(int(sys.argv[1]), None, 0)
stack = mmap.mmap(-1, 65536)
top = ctypes.addressof(ctypes.c_char.from_buffer(stack)) + 65536
libc.clone(libc.pause, ctypes.c_void_p(top), 0x100, None)
print("ready", flush=True)
time.sleep(600)' "$id"
	assert_equal "$(column NATTCH "$id")" 1
	# Make the last user a process that is gone, like the creator, so that both
	# processes are examined.
	"$SHMTOOL" cat "$id" >/dev/null
	child=$(xargs <"/proc/${started[0]}/task/${started[0]}/children")
	[ -d "/proc/$child" ]
	assert_equal "$(column PIDS "$id")" "${started[0]}"
	hold "$id"
	"$SHMTOOL" cat "$id" >/dev/null
	assert_equal "$(column NATTCH,PIDS "$id")" "2 ${started[0]},${started[1]}"
	kill -KILL "$child"
}

@test "processes that share their memory do not hide the attach of another process" {
	id=$("$SHMTOOL" create -s 4096)
	start "$HELPERS/twins" "$id"
	read -r first second <<<"$started_line"
	hold "$id"
	# Make the last user a process that is gone, like the creator, so that all
	# processes are examined.
	"$SHMTOOL" cat "$id" >/dev/null
	[ -d "/proc/$first" ] && [ -d "/proc/$second" ]
	assert_equal "$(column NATTCH,PIDS "$id")" "2 $first,${started[1]}"
	run_apart "$SHMTOOL" info "$id"
	assert_done
	assert_line "  Attaches      2, by 2 processes"
	# If their memory cannot be compared, all of them are shown.
	assert_equal "$("$HELPERS/refuse" kcmp=EPERM -- "$SHMTOOL" ls -nr -o PIDS "$id")" \
		"$first,$second,${started[1]}"
}

@test "the attach of a process whose main thread ended is found" {
	id=$("$SHMTOOL" create -s 4096)
	start /usr/bin/python3 -c '
import ctypes, sys, threading, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmat(int(sys.argv[1]), None, 0)
print("ready", flush=True)
threading.Thread(target=time.sleep, args=(600,)).start()
libc.pthread_exit(None)' "$id"
	zombie() {
		grep -q "^State:.Z" "/proc/${started[0]}/status"
	}
	until_true zombie
	shmtool ls -nr -o NATTCH,PIDS "$id"
	assert_done
	assert_output "1 ${started[0]}"
	shmtool ls -q --pid "${started[0]}"
	assert_output "$id"
}

@test "the user of an attach is the effective user of the process" {
	need_root
	id=$("$SHMTOOL" create -s 4096 -m 0666)
	start /usr/bin/python3 -c '
import ctypes, os, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmat(int(sys.argv[1]), None, 0)
os.seteuid(1)
print("ready", flush=True)
time.sleep(600)' "$id"
	shmtool info "$id"
	assert_line --regexp "^ *${started[0]} daemon "
}

@test "with the /proc of another PID namespace, attaches are reported as not visible" {
	need_root
	# shellcheck disable=SC2016
	run_apart unshare --pid --fork bash -c '
		export ASAN_OPTIONS=detect_leaks=0
		coproc "$HELPERS/daemon" 0x10 4096 text
		read -r _ <&"${COPROC[0]}"
		"$SHMTOOL" ls -nr -o NATTCH,PIDS,COMMAND,STATUS 0x10
		"$SHMTOOL" ls -q --pid "$COPROC_PID"
		echo "$?"
		kill -KILL "$COPROC_PID"'
	assert_output "1 - - -
1"
	assert_regex "$stderr" "shmtool ls: 1 of 1 attaches is not visible: /proc shows another PID namespace; mount your own"
	assert_regex "$stderr" "shmtool ls: --pid [0-9]+: /proc shows another PID namespace; mount your own"
}

@test "the same ID in another namespace is another segment" {
	need_root
	id=$("$SHMTOOL" create -s 4096 -k 7)
	hold "$id"
	# shellcheck disable=SC2016
	start unshare --ipc bash -c 'echo "$2" >/proc/sys/kernel/shm_next_id
		"$0" create -s 4096 -k 7 >/dev/null; exec "$1" "$2"' "$SHMTOOL" "$HELPERS/hold" "$id"
	assert_equal "$started_line" ready
	assert_equal "$(column PIDS,NATTCH "$id")" "${started[0]} 1"
	assert_equal "$("$SHMTOOL" ls -N "${started[1]}" -nr -o ID,PIDS,NATTCH)" "$id ${started[1]} 1"
	shmtool ls -q --pid "${started[1]}"
	assert_output ""
}

@test "attaches of a segment marked for destruction are still found" {
	id=$("$SHMTOOL" create -s 4096 -k 7)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	assert_equal "$(column KEY,PIDS "$id")" "0x00000000 ${started[0]}"
}

@test "attaches that are not visible are counted, and the message names a remedy" {
	need_root
	chmod 755 .
	id=$("$SHMTOOL" create -s 4096 -m 0666)
	hold "$id" 2
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$HELPERS/hold" "$id" 3
	as_stranger "$SHMTOOL" ls -nr -o NATTCH,PIDS "$id"
	assert_equal "$stderr" "shmtool ls: 2 of 5 attaches are not visible; run as root"
	assert_success
	assert_output "5 ${started[1]}"
	as_stranger "$SHMTOOL" info "$id"
	assert_equal "$stderr" "shmtool info: 2 of 5 attaches are not visible; run as root"
	assert_line "  Attaches      5, by 1 process and others (not visible)"
	as_stranger "$SHMTOOL" ls -p "${started[0]}"
	assert_failed 4 "shmtool ls: --pid ${started[0]}: permission denied; run as root or as the user of the process"
}

@test "an attach by a process in another PID namespace is reported as not visible" {
	need_root
	id=$("$SHMTOOL" create -s 4096)
	hold "$id"
	run_apart unshare --pid --fork --mount --propagation unchanged bash -euc '
		mount --make-rprivate /proc
		mount -t proc proc /proc
		"$SHMTOOL" ls -nr -o NATTCH,PIDS "$1"' - "$id"
	assert_equal "$stderr" "shmtool ls: 1 of 1 attaches is not visible: their processes ended or are in another PID or IPC namespace"
	assert_output "1 -"
}

@test "zombies and kernel threads cause no error" {
	id=$("$SHMTOOL" create -s 4096)
	hold "$id"
	start /usr/bin/python3 -c '
import os, time
if os.fork() == 0:
    os._exit(0)
print("ready", flush=True)
time.sleep(600)'
	assert_equal "$(column PIDS "$id")" "${started[0]}"
	assert_equal "$(column PIDS "$id")" "${started[0]}"
}

@test "processes that start and end during the scan cause no error" {
	id=$("$SHMTOOL" create -s 4096)
	hold "$id"
	bash -c 'while :; do /bin/true; done' 3>&- &
	started+=($!)
	for _ in $(often 100); do
		shmtool ls -nr -o PIDS --attached
		assert_done
		assert_output "${started[0]}"
	done
}

@test "processes are examined only if needed, and no more of them than needed" {
	need_strace
	opened() {
		traced -e trace=openat -o calls "$SHMTOOL" "$@" >/dev/null
		grep -cE '"/proc/[0-9]+/maps"' calls || true
	}
	id=$("$SHMTOOL" create -s 4096)
	other=$("$SHMTOOL" create -s 4096)
	assert_equal "$(opened info "$other")" 0
	assert_equal "$(opened ls -o +PIDS)" 0
	for _ in {1..20}; do
		start bash -c 'echo; exec sleep 600'
	done
	hold "$other"
	assert_equal "$(opened ls -o ID,KEY,OWNER,RSS,NATTCH,IDLE,COMMAND)" 0
	assert_equal "$(opened ls -O "$id")" 0
	# If the host has huge pages, STATUS opens the last user of the segment.
	[ "$(opened ls)" -le 1 ]
	# Attached by its last user: info opens one process.
	assert_equal "$(opened info "$other")" 1
	# Attached by its creator: info opens one process, whatever else runs.
	start "$HELPERS/daemon" 0x10 4096 text
	assert_equal "$(opened info 0x10)" 1
	grep -q 'getdents\|"/proc"' calls && fail "it walked /proc"
	# Processes in other namespaces are not opened.
	start unshare --ipc bash -c 'echo; exec sleep 600'
	traced -e trace=openat -o calls "$SHMTOOL" ls -o +PIDS >/dev/null
	run grep -c "/proc/${started[-1]}/maps" calls
	assert_output 0
}

@test "a message tells root if CAP_SYS_PTRACE is missing, as in containers" {
	need_root
	id=$("$SHMTOOL" create -s 1 -m 0666)
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$HELPERS/hold" "$id"
	as_root_without() {
		run_apart setpriv --bounding-set "-$1" --inh-caps "-$1" "$SHMTOOL" "${@:2}"
	}
	as_root_without sys_ptrace ls -o ID,PIDS
	assert_success
	assert_equal "$stderr" "shmtool ls: 1 of 1 attaches is not visible; needs CAP_SYS_PTRACE"
	as_root_without sys_ptrace ls -p "${started[0]}"
	assert_failed 4 "shmtool ls: --pid ${started[0]}: permission denied; needs CAP_SYS_PTRACE"
	as_root_without sys_ptrace ls -N "${started[0]}"
	assert_failed 4 "shmtool ls: ${started[0]}: permission denied; needs CAP_SYS_PTRACE"
}
