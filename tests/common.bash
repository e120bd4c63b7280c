# Shared by the test files, which load it.
# shellcheck shell=bash
# bats sets status and stderr; test files use started_line.
# shellcheck disable=SC2154,SC2034

bats_require_minimum_version 1.5.0
# Do not load their load.bash, which runs dirname(1) for each file: each test loads them
# again.
for library in bats-support bats-assert; do
	for file in "${BATS_LIB_PATH%%:*}/$library"/src/*.bash; do
		# shellcheck disable=SC1090
		source "$file"
	done
done

# Refuse to run among the host's segments. Each test loads this file: only the first needs to look.
if [ -z "${HOST_IPC:-}" ] || { [ "${APART_FROM:-}" != "$HOST_IPC" ] &&
	[ "$(readlink /proc/self/ns/ipc)" = "$HOST_IPC" ]; }; then
	echo "not in an IPC namespace of its own: use tests/run or scripts/test" >&2
	exit 1
fi
export APART_FROM=$HOST_IPC

# Begin a test of POSIX objects, with a new /dev/shm.
begin_posix_test() {
	begin_test
	[ "$(readlink /proc/self/ns/mnt)" != "$HOST_MOUNT" ] || fail "not in a mount namespace of its own"
	mount_shm "size=${1:-64M},mode=1777"
}

# mount_shm OPTIONS: mount a new /dev/shm, which end_posix_test() unmounts.
mount_shm() {
	mount -t tmpfs -o "$1" tmpfs /dev/shm || skip "cannot mount a tmpfs"
	mounted=yes
}

end_posix_test() {
	end_test
	[ -z "${mounted:-}" ] || umount --lazy /dev/shm
}

# use /NAME HOW [SIZE]: start a process that uses the object (tests/helpers/object.c).
use() {
	start "$HELPERS/object" "$@"
}

# Begin a test; a file with a setup of its own calls this there.
begin_test() {
	# A pipeline fails if any of its commands does. So read all of a long output,
	# since "grep -q" would end its writer with SIGPIPE.
	set -o pipefail
	set +T
	started=()
	cd "$BATS_TEST_TMPDIR" || return
}

setup() {
	begin_test
}

# End a test, likewise.
end_test() {
	local pid segments
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	# The first line is a heading.
	mapfile -t segments </proc/sysvipc/shm
	[ "${#segments[@]}" = 1 ] || ipcrm --all=shm
	[ -z "${memory_group:-}" ] || until_true rmdir "$memory_group" 2>/dev/null
}

teardown() {
	end_test
}

# Run a command as bats's run does, with its messages in $stderr and $stderr_lines, as
# run --separate-stderr does but without its mktemp(1).
run_apart() {
	local file=$BATS_TEST_TMPDIR/.stderr
	run to_file "$file" "$@"
	read -r -d "" stderr <"$file" || true
	mapfile -t stderr_lines <"$file"
}

# Run a program in the shell that bats starts anyway, not in one more.
to_file() {
	declare -F "$2" >/dev/null || exec "${@:2}" 2>"$1"
	"${@:2}" 2>"$1"
}

# Run the program.
shmtool() {
	run_apart "$SHMTOOL" "$@"
}

# Run a command as an ordinary user.
as_stranger() {
	run_apart setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# Assert that the last run succeeded without a message.
assert_done() {
	assert_equal "$stderr" ""
	assert_success
}

# assert_failed STATUS MESSAGE: assert the status and the exact message of the last run.
assert_failed() {
	assert_equal "$stderr" "$2"
	assert_equal "$status" "$1"
}

# assert_wrong_usage MESSAGE: the same for a wrong command line; adds the pointer to --help.
assert_wrong_usage() {
	local command=${1%%: *}
	local end=.
	[[ $1 != *\? ]] || end=
	assert_failed 2 "$1$end Try '$command --help'."
	assert_output ""
}

# start PROGRAM [ARGUMENT...]: start a helper, wait for its first line and set $started_line to it.
start() {
	local fd
	exec {fd}< <(exec "$@" 3>&-)
	started+=($!)
	read -r -u "$fd" started_line
}

# hold ID [TIMES]: start a process that attaches the segment.
hold() {
	start "$HELPERS/hold" "$@"
}

# at_rest FILTER...: wait until none of the segments that rm selects with these filters is
# in motion: created or used less than 2 seconds ago by a process that may still run.
at_rest() {
	until_true is_at_rest "$@"
}

is_at_rest() {
	local output
	output=$("$SHMTOOL" rm -n "$@")
	[[ $output != *": in motion: "* ]]
}

# ask COMMAND...: start a command that asks on standard error, wait for its question and set $question
# to it. "answer TEXT" answers; "ask_again" waits for the next question; "end_of_answers" waits for the
# end of the command and sets $status, $output and $stderr, as run_apart does.
ask() {
	rm -f answers questions
	mkfifo answers questions
	"$@" <answers >said 2>questions 3>&- &
	asker=$!
	started+=("$asker")
	exec {answers}>answers {questions}<questions
	ask_again
}

ask_again() {
	local byte
	question=
	while [[ $question != *"? " ]]; do
		IFS= read -r -N 1 -u "$questions" byte || fail "no question, but: $question" || return
		question+=$byte
	done
}

answer() {
	echo "$1" >&"$answers"
}

end_of_answers() {
	exec {answers}>&-
	stderr=$(cat <&"$questions")
	exec {questions}<&-
	status=0
	wait "$asker" || status=$?
	output=$(cat said)
}

# stop_after CALL NUMBER COMMAND...: start a command, and stop it after that system call. "go_on" waits
# for its end and sets $status, $output and $stderr, as run_apart does.
stop_after() {
	need_strace
	rm -f calls
	ASAN_OPTIONS=detect_leaks=0 strace -o calls -e "trace=$1" -e "inject=$1:signal=STOP:when=$2" \
		"${@:3}" >said 2>said.err 3>&- &
	tracer=$!
	started+=("$tracer")
	until_true grep -q "stopped by SIGSTOP" calls
}

go_on() {
	kill -CONT "$(cut -d " " -f 1 "/proc/$tracer/task/$tracer/children")"
	status=0
	wait "$tracer" || status=$?
	output=$(cat said)
	stderr=$(cat said.err)
}

# until_true COMMAND...: wait until the command succeeds; fail after two minutes.
until_true() {
	local end=$((SECONDS + 120))
	until "$@"; do
		# A teardown continues after a failure, and would wait forever.
		[ "$SECONDS" -lt "$end" ] || fail "waited in vain for: $*" || return
		# Leave the processor to the process that is waited for.
		sleep 0.02
	done
}

need_root() {
	if [ "$(id -u)" != 0 ] || ! setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
		skip "needs root and a second user"
	fi
}

# on_terminal COLUMNS COMMAND...: print what a shell command writes to a terminal of that width.
on_terminal() {
	need script
	script -qec "stty cols $1; ${*:2}" /dev/null </dev/null | tr -d '\r'
}

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# not_in_valgrind REASON: skip under valgrind.
not_in_valgrind() {
	[ -z "${MEMCHECK:-}" ] || skip "under valgrind, $1"
}

# not_in_qemu REASON: skip where qemu emulates the processor.
not_in_qemu() {
	[ -z "${QEMU:-}" ] || skip "under qemu, $1"
}

need_strace() {
	need strace
	not_in_valgrind "strace sees its calls"
	not_in_qemu "strace sees its calls"
}

# need_64_bits: a 32-bit program (EI_CLASS, elf(5)) cannot create a segment of gigabytes.
need_64_bits() {
	[ "$(tail -c +5 "$BUILD/shmtool" | head -c 1)" != $'\1' ] || skip "a segment of that size needs 64 bits"
}

# often N: count to N; to a quarter with sanitizers and to 3 under valgrind, which slow the program.
often() {
	[ -z "${SANITIZED:-}" ] || set -- "$((($1 + 3) / 4))"
	[ -z "${MEMCHECK:-}" ] || set -- 3
	seq "$1"
}

# with_mounts COMMAND...: run a command in a mount namespace in which /proc can be mounted over. Make
# only /proc private: in a chroot, / is not a mount.
with_mounts() {
	# shellcheck disable=SC2016
	unshare --mount --propagation unchanged -- \
		bash -euc 'mount --make-rprivate /proc; "$@"' - "$@"
}

# limit_memory BYTES [SWAP]: make a control group with that much memory and swap for in_group, or skip.
limit_memory() {
	local root swap=${2:-0}
	need_root
	root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
	if [ -n "$root" ]; then
		memory_group=$root/shmtool-test.$$
		mkdir "$memory_group" 2>/dev/null || skip "control groups cannot be made here"
		echo "$1" >"$memory_group/memory.limit_in_bytes"
		echo "$(($1 + swap))" >"$memory_group/memory.memsw.limit_in_bytes" 2>/dev/null ||
			[ "$(wc -l </proc/swaps)" = 1 ] || skip "this kernel does not limit swap"
		return
	fi
	root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	grep -qw memory "$root/cgroup.subtree_control" 2>/dev/null ||
		skip "no control groups for memory here"
	memory_group=$root/shmtool-test.$$
	mkdir "$memory_group" 2>/dev/null || skip "control groups cannot be made here"
	echo "$1" >"$memory_group/memory.max"
	[ ! -e "$memory_group/memory.swap.max" ] || echo "$swap" >"$memory_group/memory.swap.max"
}

# in_group COMMAND...: run a command in that control group.
in_group() {
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$memory_group" "$@"
}

# traced STRACE_OPTION... PROGRAM...: run strace; the leak sanitizer does not work under it.
traced() {
	ASAN_OPTIONS=detect_leaks=0 strace -f "$@"
}

# other_mounts COMMAND: start a process in a mount namespace with a /dev/shm of its own, after COMMAND,
# a command of bash; set $other to its PID.
other_mounts() {
	# shellcheck disable=SC2016
	start unshare --mount --propagation private -- bash -c \
		'set -e; mount -t tmpfs -o size=1M,mode=1777 tmpfs /dev/shm; eval "$0"; echo ready
		exec sleep infinity' "$1"
	other=${started[-1]}
	assert_equal "$started_line" ready
}

# column COLUMN ID: print one cell in raw format.
column() {
	"$SHMTOOL" ls -nr -o "$1" "$2"
}
