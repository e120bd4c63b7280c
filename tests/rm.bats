load common

@test "rm removes the segments that are named" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 -k 7)
	c=$("$SHMTOOL" create -s 1)
	touch file
	"$SHMTOOL" create -s 1 --ftok file:X
	shmtool rm "$a" key:7 ftok:file:X
	assert_done
	assert_output ""
	assert_equal "$("$SHMTOOL" ls -q)" "$c"
}

@test "rm without operand and filter removes nothing" {
	id=$("$SHMTOOL" create -s 1)
	for options in "" -f -v -n -i; do
		# shellcheck disable=SC2086
		shmtool rm $options
		assert_wrong_usage "shmtool rm: name segments, or select them with a filter such as --unattached"
	done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "rm with a bad operand removes none of the others" {
	id=$("$SHMTOOL" create -s 1)
	shmtool rm "$id" 12x
	assert_wrong_usage "shmtool rm: '12x': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "rm continues after a failure" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1)
	shmtool rm "$a" 99 "$b"
	assert_failed 3 "shmtool rm: 99: no such segment"
	assert_equal "$("$SHMTOOL" ls -q)" ""
}

@test "rm --force ignores missing segments" {
	id=$("$SHMTOOL" create -s 1)
	shmtool rm -f 99 key:7 "$id"
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" ""
	shmtool rm -f ftok:nowhere
	assert_failed 1 "shmtool rm: ftok:nowhere: no such file for ftok(3)"
	shmtool rm -n -f 99
	assert_done
}

@test "rm by filter removes what ls shows with the same filter" {
	need_root
	a=$("$SHMTOOL" create -s 4K --owner nobody)
	b=$("$SHMTOOL" create -s 8K --owner nobody)
	c=$("$SHMTOOL" create -s 8K)
	assert_equal "$("$SHMTOOL" ls -q --user nobody --min-size 8K)" "$b"
	shmtool rm --user nobody --min-size 8K
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$a
$c"
	shmtool rm --user daemon
	assert_done
	shmtool rm --unattached
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" ""
}

@test "rm by filter alone never removes an attached segment" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	shmtool rm --user root
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$a"
	shmtool rm --min-size 1
	assert_done
	assert_equal "$(column NATTCH,STATUS "$a")" "1 -"
	at_rest --user root --attached
	shmtool rm --user root --attached
	assert_failed 0 "shmtool rm: $a: marked for destruction; 1 attach keeps it alive"
	assert_equal "$(column STATUS "$a")" dest
}

@test "rm with operands and filters removes the operands that match" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	shmtool rm -v --unattached "$a" "$b"
	assert_done
	assert_output "kept $a: attached once
removed $b (key 0x00000000, 4096 bytes)"
	assert_equal "$("$SHMTOOL" ls -q)" "$a"
	shmtool rm --user nobody "$a"
	assert_done
	assert_equal "$(column STATUS "$a")" -
	shmtool rm -n --unattached "$a"
	assert_done
	assert_output ""
	shmtool rm -n -v --unattached "$a"
	assert_done
	assert_output "kept $a: attached once"
}

# detached ID: start a process that attaches and detaches the segment, and runs on.
detached() {
	start /usr/bin/python3 -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
libc.shmdt(ctypes.c_void_p(libc.shmat(int(sys.argv[1]), None, 0)))
print(flush=True)
time.sleep(600)' "$1"
}

@test "rm --verbose by filter says why it keeps each segment" {
	need_root
	a=$("$SHMTOOL" create -s 4K -k 7)
	b=$("$SHMTOOL" create -s 4K)
	c=$("$SHMTOOL" create -s 4K --owner nobody)
	hold "$a" 3
	detached "$b"
	shmtool rm -v -n --orphaned
	assert_done
	assert_line --regexp "^ *$c "
	assert_line "kept $a: attached 3 times"
	assert_line "kept $b: not an orphan: PID ${started[1]} (python3), the last to detach, still runs"
	shmtool rm -v --creator-gone --user root,daemon --max-size 4095
	assert_done
	assert_output "kept $a: attached 3 times
kept $b: does not match --max-size
kept $c: does not match --user
nothing matches"
	shmtool rm -v --orphaned
	assert_done
	assert_output "kept $a: attached 3 times
kept $b: not an orphan: PID ${started[1]} (python3), the last to detach, still runs
removed $c (key 0x00000000, 4096 bytes)"
	shmtool rm -v --orphaned "$a" "$b"
	assert_done
	assert_output "kept $a: not an orphan: attached 3 times
kept $b: not an orphan: PID ${started[1]} (python3), the last to detach, still runs"
	kill -KILL "${started[1]}"
	wait "${started[1]}" || true
	start "$HELPERS/daemon" 0x10 4096 text
	shmtool rm -v --creator-gone "$b" 0x10
	assert_done
	assert_output "removed $b (key 0x00000000, 4096 bytes)
kept 0x10: PID ${started[2]} (daemon), its creator, still runs"
}

@test "rm says if nothing matches" {
	"$SHMTOOL" create -s 4K -k 7
	for options in "-v --min-size 1M" "-n --min-size 1M" "-n -v --locked"; do
		# shellcheck disable=SC2086
		shmtool rm $options
		assert_done
		assert_line --index -1 "nothing matches"
	done
	shmtool rm --min-size 1M
	assert_done
	assert_output ""
	shmtool rm -v --min-size 1M 0x7
	assert_done
	assert_output "kept 0x7: does not match --min-size"
}

@test "rm by filter skips the segments of other users, and counts them" {
	need_root
	chmod 755 .
	a=$("$SHMTOOL" create -s 4K -m 0666)
	b=$(setpriv --reuid=1 --regid=1 --clear-groups "$SHMTOOL" create -s 4K)
	c=$("$SHMTOOL" create -s 4K --owner nobody)
	d=$("$SHMTOOL" create -s 4K --owner nobody)
	as_stranger "$SHMTOOL" rm -n --unattached --max-size 4K
	assert_failed 0 "shmtool rm: skipped 2 segments of other users"
	assert_equal "$(awk 'NR > 1 { print $1 }' <<<"$output" | xargs)" "$c $d"
	as_stranger "$SHMTOOL" rm -n -v --unattached
	assert_failed 0 "shmtool rm: skipped 2 segments of other users"
	assert_line "kept $a: owned by root"
	assert_line "kept $b: owned by daemon"
	run_apart bash -c 'yes | setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$SHMTOOL" rm -i --unattached --filter "ID != $1"' - "$d"
	assert_regex "$stderr" "^shmtool rm: remove segment $c [^?]*\? shmtool rm: skipped 2 segments of other users$"
	as_stranger "$SHMTOOL" rm -v --unattached
	assert_failed 0 "shmtool rm: skipped 2 segments of other users"
	assert_output "kept $a: owned by root
kept $b: owned by daemon
removed $d (key 0x00000000, 4096 bytes)"
	run_apart setpriv --bounding-set=-all --inh-caps=-all "$SHMTOOL" rm --unattached
	assert_failed 0 "shmtool rm: skipped 1 segment of other users"
	assert_equal "$("$SHMTOOL" ls -q)" "$b"
	# A named segment is an error.
	as_stranger "$SHMTOOL" rm --unattached "$b"
	assert_failed 4 "shmtool rm: $b: permission denied: owned by daemon; only its owner, its creator or root may remove it"
}

@test "rm of a segment that is marked already says so" {
	need_strace
	id=$("$SHMTOOL" create -s 4K -k 7)
	hold "$id" 2
	"$SHMTOOL" rm "$id" 2>/dev/null
	shmtool rm -n "$id"
	assert_done
	assert_line "$id: attached twice: already marked for destruction"
	run_apart traced -qq -o calls -e trace=shmctl "$SHMTOOL" rm "$id"
	assert_failed 0 "shmtool rm: $id: already marked for destruction; 2 attaches keep it alive"
	run grep -c IPC_RMID calls
	assert_output 0
	at_rest --attached --dest
	shmtool rm --attached --dest
	assert_failed 0 "shmtool rm: $id: already marked for destruction; 2 attaches keep it alive"
}

@test "rm of an attached segment says how many attaches keep it alive" {
	a=$("$SHMTOOL" create -s 4K -k 7)
	hold "$a" 2
	shmtool rm key:7
	assert_failed 0 "shmtool rm: key:7: marked for destruction; 2 attaches keep it alive"
	kill -KILL "${started[0]}"
	until_true bash -c '[ -z "$("$SHMTOOL" ls)" ]'
}

@test "rm --dry-run shows the table and removes nothing" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K -k 7)
	hold "$a"
	shmtool rm -n --user root
	assert_done
	assert_equal "${#lines[@]}" 2
	assert_line --regexp "^ *$b +0x00000007 +root "
	shmtool rm -n "$a" 99
	assert_failed 3 "shmtool rm: 99: no such segment"
	assert_line --regexp "^ *$a +0x00000000 +root "
	assert_line "$a: attached once: would only be marked for destruction"
	assert_equal "$("$SHMTOOL" ls -q)" "$a
$b"
	assert_equal "$(column STATUS "$a")" -
	hold "$b" 2
	shmtool rm -n key:7
	assert_done
	assert_equal "${lines[2]}" "key:7: attached twice: would only be marked for destruction and lose its key"
}

@test "rm --verbose says what is removed" {
	id=$("$SHMTOOL" create -s 27 -k 5678)
	shmtool rm -v "$id"
	assert_done
	assert_output "removed $id (key 0x0000162e, 27 bytes)"
}

@test "rm --interactive asks, and keeps the segment without an answer" {
	a=$("$SHMTOOL" create -s 4K -k 7)
	b=$("$SHMTOOL" create -s 4K)
	run_apart bash -c 'printf "n\ny\n" | "$SHMTOOL" rm -i "$@"' - "$a" "$b"
	assert_equal "$stderr " "shmtool rm: remove segment $a (key 0x00000007, owner root, size 4K, attaches 0)? shmtool rm: remove segment $b (key 0x00000000, owner root, size 4K, attaches 0)? "
	assert_success
	assert_equal "$("$SHMTOOL" ls -q)" "$a"
	run_apart bash -c '"$SHMTOOL" rm -i --unattached </dev/null'
	assert_success
	assert_equal "$("$SHMTOOL" ls -q)" "$a"
	run bash -c 'echo yes | "$SHMTOOL" rm -i --unattached'
	assert_equal "$("$SHMTOOL" ls -q)" ""
}

@test "rm by filter keeps a segment that was attached during the question" {
	id=$("$SHMTOOL" create -s 4K)
	ask "$SHMTOOL" rm -v -i --unattached
	hold "$id"
	answer y
	end_of_answers
	assert_done
	assert_output "kept $id: attached once"
	assert_equal "$(column STATUS "$id" | sed s/orphan/-/)" -
}

@test "rm by filter keeps a segment whose owner changed during the question" {
	need_root
	id=$("$SHMTOOL" create -s 4K --owner nobody)
	ask "$SHMTOOL" rm -i --user nobody
	"$SHMTOOL" chown root "$id"
	answer y
	end_of_answers
	assert_success
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "only owner, creator and root may remove a segment" {
	need_root
	id=$("$SHMTOOL" create -s 1 -m 0666)
	as_stranger "$SHMTOOL" rm "$id"
	assert_failed 4 "shmtool rm: $id: permission denied: owned by root; only its owner, its creator or root may remove it"
	other=$("$SHMTOOL" create -s 1 -m 0000 --owner nobody)
	as_stranger "$SHMTOOL" rm "$other"
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "rm that fails in different ways exits with 1" {
	need_root
	id=$("$SHMTOOL" create -s 1)
	as_stranger "$SHMTOOL" rm "$id" 99
	assert_equal "$status" 1
	assert_equal "$stderr" "shmtool rm: 99: no such segment
shmtool rm: $id: permission denied: owned by root; only its owner, its creator or root may remove it"
}

@test "rm --interactive keeps a named segment that came into use during the question" {
	id=$("$SHMTOOL" create -s 4K)
	ask "$SHMTOOL" rm -i "$id"
	[[ $question == *"attaches 0"* ]]
	hold "$id"
	answer y
	end_of_answers
	assert_failed 1 "shmtool rm: $id: not removed: attached or detached since it was selected"
	assert_equal "$(column NATTCH,STATUS "$id")" "1 -"
	ask "$SHMTOOL" rm -i "$id"
	[[ $question == *"attaches 1"* ]]
	answer y
	end_of_answers
	assert_failed 0 "shmtool rm: $id: marked for destruction; 1 attach keeps it alive"
}

@test "rm --interactive keeps a named segment that was changed during the question" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	ask "$SHMTOOL" rm -i "$id"
	"$SHMTOOL" chown nobody "$id"
	answer y
	end_of_answers
	assert_failed 1 "shmtool rm: $id: not removed: changed since it was selected"
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "rm --interactive keeps another segment that got the ID during the question" {
	need_root
	[ -w /proc/sys/kernel/shm_next_id ] || skip "this kernel has no kernel.shm_next_id"
	id=$("$SHMTOOL" create -s 4K -k 7)
	ask "$SHMTOOL" rm -i "$id"
	"$SHMTOOL" rm "$id"
	echo "$id" >/proc/sys/kernel/shm_next_id
	# Within the same second, by the same user, with the same key: only the size differs.
	assert_equal "$("$SHMTOOL" create -s 8K -k 7)" "$id"
	answer y
	end_of_answers
	assert_failed 1 "shmtool rm: $id: not removed: changed since it was selected"
	assert_equal "$(column SIZE "$id")" 8192
}

@test "rm --verbose does not print removed for a segment that is only marked" {
	id=$("$SHMTOOL" create -s 4K)
	hold "$id"
	shmtool rm -v "$id"
	assert_failed 0 "shmtool rm: $id: marked for destruction; 1 attach keeps it alive"
	assert_output ""
}

@test "rm of a segment by its ID and its key removes it once" {
	id=$("$SHMTOOL" create -s 4K -k 7)
	shmtool rm -v "$id" key:7 0x7
	assert_done
	assert_output "removed $id (key 0x00000007, 4096 bytes)"
}

@test "rm --orphaned removes segments that were left behind" {
	start "$HELPERS/daemon" 0x10 4096 text
	read -r table cache <<<"$started_line"
	id=$("$SHMTOOL" create -s 4K)
	shmtool rm -v --orphaned
	assert_done
	assert_output "kept $table: attached once
kept $cache: attached once
removed $id (key 0x00000000, 4096 bytes)"
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	shmtool rm --orphaned
	assert_done
	assert_equal "$("$SHMTOOL" ls)" ""
}

@test "rm --pid removes attached segments only with --attached" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	hold "$b"
	shmtool rm --pid "${started[0]}"
	assert_wrong_usage "shmtool rm: --pid: only attached segments match; add --attached"
	shmtool rm -n --unattached --dest
	assert_wrong_usage "shmtool rm: --dest: only attached segments match; add --attached"
	assert_equal "$(column STATUS "$a")" -
	at_rest --pid "${started[0]}" --attached
	shmtool rm --pid "${started[0]}" --attached
	assert_failed 0 "shmtool rm: $a: marked for destruction; 1 attach keeps it alive"
	assert_equal "$(column STATUS "$b")" -
	shmtool rm --pid "${started[0]}" "$b"
	assert_done
	assert_equal "$(column STATUS "$b")" -
}

@test "rm --dry-run reports segments that the caller may not remove" {
	need_root
	chmod 755 .
	id=$("$SHMTOOL" create -s 1 --owner daemon)
	as_stranger "$SHMTOOL" rm -n "$id"
	assert_failed 4 "shmtool rm: $id: permission denied: owned by daemon; only its owner, its creator or root may remove it"
	assert_equal "${#lines[@]}" 2
}

@test "rm --dry-run of a segment of another user that is already marked, as rm itself" {
	need_root
	chmod 755 .
	id=$("$SHMTOOL" create -s 1 --owner daemon)
	hold "$id"
	"$SHMTOOL" rm "$id"
	as_stranger "$SHMTOOL" rm -n "$id"
	assert_done
	assert_line "$id: attached once: already marked for destruction"
	as_stranger "$SHMTOOL" rm "$id"
	assert_failed 0 "shmtool rm: $id: already marked for destruction; 1 attach keeps it alive"
}

@test "rm by filter keeps a segment that was used after it was selected" {
	id=$("$SHMTOOL" create -s 4K)
	ask "$SHMTOOL" rm -v -i --unattached
	# It is unattached again when the answer comes.
	"$SHMTOOL" cat "$id" >/dev/null
	answer y
	end_of_answers
	assert_done
	assert_output "kept $id: attached or detached since it was selected"
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "rm by filter reports a segment that was attached after its last examination" {
	need_strace
	need_root
	export ASAN_OPTIONS=detect_leaks=0
	printf 'y\ny\n' >answers
	cat >late <<-'E'
		# late COUNT ID CALL [OPTION]: run rm on COUNT segments, and stop it after
		# this call of shmctl(2) until segment ID is attached. CALL 0: print the
		# number of the last call that examines segment ID. Answer each question
		# with yes.
		for ((i = 0; i < $1; i++)); do
			"$SHMTOOL" create -s 4K >/dev/null
		done
		id=$2
		rm -f calls
		if [ "$3" = 0 ]; then
			strace -o calls -e trace=shmctl "$SHMTOOL" rm --unattached ${4:-} <answers 2>&3
			grep -n "shmctl($id, IPC_" calls | sed -n '/IPC_RMID/{x;s/:.*//p;q}; h'
			exit
		fi
		strace -o calls -e trace=shmctl -e "inject=shmctl:signal=STOP:when=$3" \
			"$SHMTOOL" rm --unattached ${4:-} <answers &
		strace=$!
		until grep -q "stopped by SIGSTOP" calls 2>/dev/null; do
			kill -0 "$strace"
		done
		exec {held}< <(exec "$HELPERS/hold" "$id" 3>&-)
		holder=$!
		trap 'kill "$holder"' EXIT
		read -r _ <&"$held"
		kill -CONT "$(cut -d " " -f 1 "/proc/$strace/task/$strace/children")"
		wait "$strace"
		"$SHMTOOL" ls -nr -o ID,STATUS
	E
	for which in "1 0" "3 2" "40 0"; do
		# IDs and calls are the same in each new IPC namespace.
		# shellcheck disable=SC2086
		call=$(unshare --ipc bash -eu late $which 0 3>/dev/null)
		# shellcheck disable=SC2086
		run_apart unshare --ipc bash -eu late $which "$call"
		assert_failed 0 "shmtool rm: ${which#* }: marked for destruction; 1 attach keeps it alive"
		assert_output "${which#* } dest"
	done
	# With --interactive, the message appears before the next question.
	call=$(unshare --ipc bash -eu late 2 0 0 -i 3>/dev/null)
	run_apart unshare --ipc bash -eu late 2 0 "$call" -i
	assert_regex "$stderr" "remove segment 0 .*0: marked for destruction; 1 attach keeps it alive.*remove segment 1 "
}

@test "rm by filter keeps a segment that was changed, even if it still matches" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	ask "$SHMTOOL" rm -v -i --max-size 4K
	"$SHMTOOL" chown :daemon "$id"
	answer y
	end_of_answers
	assert_done
	assert_output "kept $id: changed since it was selected"
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
}

@test "rm by filter keeps a segment that replaced the selected one" {
	"$SHMTOOL" create -s 4K -k 7
	ask "$SHMTOOL" rm -i --max-size 4K
	"$SHMTOOL" rm 0x7
	"$SHMTOOL" create -s 4K -k 7
	answer y
	end_of_answers
	assert_done
	assert_output ""
	assert_equal "$("$SHMTOOL" ls -nr -o KEY)" 0x00000007
}

@test "rm --attached --pid checks again whether the process has the segment attached" {
	id=$("$SHMTOOL" create -s 4K)
	hold "$id"
	mkfifo orders
	start /usr/bin/python3 -c '
import ctypes, sys
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
attach = lambda: libc.shmat(int(sys.argv[1]), None, 0)
detach = lambda address: libc.shmdt(ctypes.c_void_p(address))
address = attach()
print(flush=True)
for line in iter(open("orders").readline, ""):
    if line == "detach\n":
        detach(address)
    elif line == "attach\n":
        address = attach()
    else:
        # Attach at a new address before detaching from the old one.
        assert attach() != address
        detach(address)
    open("carried-out", "w").write("done\n")' "$id"
	exec {orders}>orders
	mkfifo carried-out
	# order WORD: let that process carry out an order.
	order() {
		echo "$1" >&"$orders"
		read -r _ <carried-out
	}
	remove=("$SHMTOOL" rm -v -i --attached --pid "${started[1]}")

	at_rest --attached --pid "${started[1]}"
	ask "${remove[@]}"
	order detach
	at_rest --attached
	answer y
	end_of_answers
	assert_done
	assert_output "kept $id: does not match --pid"

	order attach
	at_rest --attached --pid "${started[1]}"
	ask "${remove[@]}"
	order move
	at_rest --attached
	answer y
	end_of_answers
	exec {orders}>&-
	assert_equal "$stderr" "shmtool rm: $id: marked for destruction; 2 attaches keep it alive"
	assert_equal "$(column STATUS "$id")" dest
}

@test "rm --attached --pid of a process with thousands of attaches" {
	start /usr/bin/python3 -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
for _ in range(4000):
    libc.shmat(libc.shmget(0, 1, 0o1600), None, 0)
print("ready", flush=True)
time.sleep(600)'
	at_rest --attached --pid "${started[0]}"
	"$SHMTOOL" rm --attached --pid "${started[0]}" 2>messages
	assert_equal "$(wc -l <messages)" 4000
	assert_equal "$("$SHMTOOL" ls -q --dest | wc -l)" 4000
}

@test "rm --unattached in a loop never marks segments that programs just created and attached" {
	pids=()
	for i in 1 2 3 4; do
		"$HELPERS/churn" 2500 >"counts.$i" &
		pids+=($!)
	done
	started+=("${pids[@]}")
	running() {
		local pid
		for pid in "${pids[@]}"; do
			[ ! -e "/proc/$pid" ] || return 0
		done
		return 1
	}
	while running; do
		"$SHMTOOL" rm -v --unattached >>removed 2>>messages
	done
	"$SHMTOOL" rm -v --unattached >>removed 2>>messages
	assert_equal "$(cat messages)" ""
	assert_equal "$("$SHMTOOL" ls -q)" ""
	# All segments that were left, or gone before they were attached, were removed.
	read -r left gone marked < <(awk '{ l += $1; g += $2; m += $3 } END { print l, g, m }' counts.*)
	assert_equal "$left $marked" "10000 0"
	assert_equal "$(grep -c ^removed removed)" $((left + gone))
}

# in_motion [ATTACHED]: start a process that creates a segment, and attaches and detaches
# it again and again until it is killed. With ATTACHED, it also attaches the segment
# permanently. Set $id.
in_motion() {
	start /usr/bin/python3 -c '
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
id = libc.shmget(0, 4096, 0o1600)
if sys.argv[1]:
    libc.shmat(id, None, 0)
print(id, flush=True)
while True:
    libc.shmdt(ctypes.c_void_p(libc.shmat(id, None, 0)))
    time.sleep(0.01)' "${1:-}"
	id=$started_line
}

@test "rm by filter keeps a segment in motion, and says so" {
	in_motion
	reason="kept $id: in motion: used less than 2 seconds ago by PID ${started[0]} (python3)"
	says() {
		[[ $("$SHMTOOL" rm "$@" 2>>messages) == *"$reason"* ]]
	}
	until_true says -v --unattached
	until_true says -n --unattached
	for _ in $(often 20); do
		"$SHMTOOL" rm --unattached
		"$SHMTOOL" rm --orphaned
	done 2>>messages
	assert_equal "$(cat messages)" ""
	assert_equal "$(column STATUS "$id")" -
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	shmtool rm -v --unattached
	assert_output "removed $id (key 0x00000000, 4096 bytes)"
}

@test "rm --attached by filter keeps a segment in motion, too" {
	in_motion attached
	shmtool rm -v --attached --user 0
	assert_done
	assert_output "kept $id: in motion: used less than 2 seconds ago by PID ${started[0]} (python3)"
}

@test "rm by filter keeps what was just created, and says so" {
	just_created() {
		start /usr/bin/python3 -c '
import ctypes, time
print(ctypes.CDLL(None).shmget(7, 4096, 0o1600), flush=True)
time.sleep(600)'
		shmtool rm -v --unattached
		"$SHMTOOL" rm -f 0x7
		[[ $output == *": in motion: "* ]]
	}
	until_true just_created
	assert_done
	assert_output "kept $started_line: in motion: created or changed less than 2 seconds ago, and PID ${started[-1]} (python3), its creator, may still run"
}

@test "rm removes a named segment that is in motion" {
	in_motion
	shmtool rm --force "$id"
	assert_success
	is_gone() {
		! "$SHMTOOL" ls "$id" 2>/dev/null
	}
	until_true is_gone
}
