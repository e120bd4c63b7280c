load common

# Which segments were left behind.

@test "ls --orphaned lists unattached segments whose creator and last user are gone" {
	start "$HELPERS/daemon" 0x10 4096 text
	read -r table cache <<<"$started_line"
	id=$("$SHMTOOL" create -s 1)
	shmtool ls -q --orphaned
	assert_done
	assert_output "$id"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	shmtool ls -q --orphaned --min-size 4K
	assert_output "$(printf '%s\n' "$table" "$cache" | sort -n)"
	shmtool ls -q --orphaned "$table"
	assert_output "$table"
}

@test "a reused PID does not hide an orphan" {
	need_root
	# In a PID namespace of its own, give the creator's PID to another process some
	# seconds after the creation.
	run_apart unshare --pid --fork --mount --propagation unchanged bash -euc '
		mount --make-rprivate /proc
		mount -t proc proc /proc
		id=$("$SHMTOOL" create -s 4096)
		read -r creator ctime < <("$SHMTOOL" ls -nr -o CPID,CTIME --time-format epoch "$id")
		while [ "$(date +%s)" -lt $((ctime + 3)) ]; do :; done
		"$HELPERS/with_pid" "$creator" "$HELPERS/hold" "$("$SHMTOOL" create -s 1)" >/dev/null &
		until grep -qsx hold "/proc/$creator/comm"; do :; done
		"$SHMTOOL" ls -nr -o STATUS,COMMAND "$id"
		"$SHMTOOL" ls -q --orphaned | grep -cx "$id"
		kill -KILL -1 2>/dev/null || true'
	assert_line --index 0 "orphan -"
	assert_line --index 1 1
}

@test "a creator that started long before the segment counts as running" {
	need_root
	# The creator started long before the segment: what counts is that it runs.
	start /usr/bin/python3 -c '
import ctypes, os, sys, time
libc = ctypes.CDLL(None)
print("ready", flush=True)
start = time.time()
while time.time() < start + 3.5:
    time.sleep(0.1)
print(libc.shmget(0, 4096, 0o1600), flush=True)
time.sleep(600)'
	until_true bash -c '[ -n "$("$SHMTOOL" ls -q)" ]'
	assert_equal "$("$SHMTOOL" ls -nr -o STATUS)" -
	[[ $("$SHMTOOL" ls -nr -o COMMAND) == *python3* ]]
}

@test "a creator whose main thread ended counts as running" {
	start /usr/bin/python3 -c '
import ctypes, threading, time
libc = ctypes.CDLL(None)
libc.shmget(0, 4096, 0o1600)
print("ready", flush=True)
threading.Thread(target=time.sleep, args=(600,)).start()
ctypes.CDLL("libpthread.so.0").pthread_exit(None)'
	zombie() {
		grep -q "^State:.Z" "/proc/${started[0]}/status"
	}
	until_true zombie
	assert_equal "$("$SHMTOOL" ls -nr -o STATUS)" -
}

@test "a zombie counts as gone" {
	start /usr/bin/python3 -c '
import ctypes, os, time
libc = ctypes.CDLL(None)
child = os.fork()
if child == 0:
    libc.shmget(0, 4096, 0o1600)
    os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print("ready", flush=True)
time.sleep(600)'
	assert_equal "$("$SHMTOOL" ls -nr -o STATUS)" orphan
}

@test "a segment whose last user runs is not an orphan, even if its creator is gone" {
	id=$("$SHMTOOL" create -s 4096)
	start /usr/bin/python3 -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmdt(ctypes.c_void_p(libc.shmat(int(sys.argv[1]), None, 0)))
print("ready", flush=True)
time.sleep(600)' "$id"
	assert_equal "$(column LPID,NATTCH,STATUS "$id")" "${started[0]} 0 -"
	shmtool rm --orphaned
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	assert_equal "$(column STATUS "$id")" orphan
}

@test "a segment whose creator cannot be seen is not an orphan" {
	need_root
	"$SHMTOOL" create -s 4096 >/dev/null
	assert_equal "$("$SHMTOOL" ls -nr -o STATUS)" orphan
	run_apart unshare --pid --fork --mount --propagation unchanged bash -euc '
		mount --make-rprivate /proc
		mount -t proc proc /proc
		"$SHMTOOL" ls -nr -o CPID,STATUS
		"$SHMTOOL" ls -q --orphaned'
	assert_output "0 -"
	# The /proc of another PID namespace says nothing about these PIDs.
	start "$HELPERS/daemon" 0x10 4096 text
	run_apart unshare --pid --fork bash -c '
		"$SHMTOOL" create -s 4096 >/dev/null
		"$SHMTOOL" ls -nr -o STATUS,COMMAND 0x10'
	assert_output "- -"
}

@test "chown does not change COMMAND, the command line of the creator" {
	need_root
	start "$HELPERS/daemon" 0x10 4096 text
	"$SHMTOOL" chown nobody 0x10
	[[ $(column COMMAND 0x10) == *daemon* ]]
}

@test "a running creator is recognized even if the clock was set since the boot" {
	need_root
	# CTIME is before the boot: the clock was set forward since, so times from before
	# and after cannot be compared.
	start "$HELPERS/hold" "$("$SHMTOOL" create -s 1)"
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 5 600 4096 ${started[0]} 0 0 0 0 0 0 0 0 1000 0 0"
		echo "0 6 600 4096 4194000 0 0 0 0 0 0 0 0 1000 0 0"
	} >table
	run_apart with_mounts bash -euc '
		mount --bind table /proc/sysvipc/shm
		"$SHMTOOL" ls -nr -o ID,STATUS'
	assert_output "5 -
6 orphan"
}

# apart COMMAND: run a command in new PID and mount namespaces with their own /proc.
apart() {
	# shellcheck disable=SC2016
	run_apart unshare --pid --fork --mount --propagation unchanged bash -euc '
		mount --make-rprivate /proc
		mount -t proc proc /proc
		eval "$1"
		kill -KILL -1 2>/dev/null || true' - "$1"
}

# For apart: start a process of another user, and mount a table with one segment. The process is
# younger than the segment, and has the PID of its creator.
younger='
	setpriv --reuid=65534 --regid=65534 --clear-groups sleep 600 &
	until grep -qx sleep "/proc/$!/comm"; do :; done
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 5 600 4096 $! 0 0 0 0 0 0 0 0 $(($(date +%s) - 10)) 0 0"
	} >table
	mount --bind table /proc/sysvipc/shm
	'

@test "a process younger than the segment is not its creator if the clock can be trusted" {
	need_root
	apart "$younger"'"$SHMTOOL" ls -nr -o STATUS,COMMAND'
	assert_done
	assert_output "orphan -"
}

@test "if the clock was set forward since /proc was mounted, a PID in use makes no orphan" {
	need_root
	apart "$younger"'CLOCK_AHEAD=60 LD_PRELOAD=$HELPERS/clock.so "$SHMTOOL" ls -nr -o STATUS,COMMAND'
	assert_success
	assert_output "- -"
	apart "$younger"'echo $!
		CLOCK_AHEAD=60 LD_PRELOAD=$HELPERS/clock.so "$SHMTOOL" rm -n -v --orphaned 2>&1'
	assert_line "kept 5: cannot be known: the clock may have been set, and PID ${lines[0]} may be its creator"
	assert_line "nothing matches"
}

@test "if /proc was mounted long after PID 1 started, a PID in use makes no orphan" {
	need_root
	# What happened to the clock before the mount leaves no trace.
	apart 'end=$(($(date +%s) + 3))
		while [ "$(date +%s)" -lt "$end" ]; do :; done
		mount -t proc proc /proc
		'"$younger"'"$SHMTOOL" ls -nr -o STATUS,COMMAND
		"$SHMTOOL" ls -q --orphaned
		"$SHMTOOL" rm --orphaned'
	assert_done
	assert_output "- -"
}

@test "if PID 1 is hidden, a PID in use makes no orphan" {
	need_root
	apart 'mount -o remount,hidepid=2 /proc 2>/dev/null || exit 0
		'"$younger"'"$SHMTOOL" ls -nr -o STATUS
		setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" ls -nr -o STATUS
		setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" rm -n -v --orphaned'
	[ -n "$output" ] || skip "this kernel has no hidepid"
	assert_success
	assert_output "orphan
-
kept 5: cannot be known: PID 1 is hidden
nothing matches"
}

@test "a kernel that reports PIDs of other namespaces makes no orphan" {
	need_root
	"$SHMTOOL" create -s 1 >/dev/null
	setarch --uname-2.6 true 2>/dev/null || skip "setarch has no --uname-2.6"
	assert_equal "$(setarch --uname-2.6 "$SHMTOOL" ls -nr -o STATUS,COMMAND)" "- -"
	assert_equal "$(setarch --uname-2.6 "$SHMTOOL" ls -q --orphaned)" ""
	assert_equal "$("$SHMTOOL" ls -nr -o STATUS,COMMAND)" "orphan -"
}

@test "rm --orphaned examines the last user again before the removal" {
	need_root
	id=$("$SHMTOOL" create -s 4096)
	ask "$SHMTOOL" rm -v -i --orphaned
	# A process that keeps running becomes the last user.
	start /usr/bin/python3 -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmdt(ctypes.c_void_p(libc.shmat(int(sys.argv[1]), None, 0)))
print(flush=True)
time.sleep(600)' "$id"
	answer y
	end_of_answers
	assert_done
	assert_output "kept $id: attached or detached since it was selected"
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}
