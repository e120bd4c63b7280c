# What the test files share. Loaded by each of them.
# shellcheck shell=bash
# bats sets status and stderr; the files that load this one use started_line.
# shellcheck disable=SC2154,SC2034

bats_require_minimum_version 1.5.0
# Their files one by one: their load.bash runs dirname(1) for each, and each test loads them again,
# which took longer than many tests do.
for library in bats-support bats-assert; do
	for file in "${BATS_LIB_PATH%%:*}/$library"/src/*.bash; do
		# shellcheck disable=SC1090
		source "$file"
	done
done

# Refuses to run among the host's segments, whatever started the file.
if [ -z "${HOST_IPC:-}" ] || [ "$(readlink /proc/self/ns/ipc)" = "$HOST_IPC" ]; then
	echo "not in an IPC namespace of its own: use tests/run or scripts/test" >&2
	exit 1
fi

# What every test begins with; a file with a setup of its own calls it there.
begin_test() {
	started=()
	cd "$BATS_TEST_TMPDIR" || return
}

setup() {
	begin_test
}

# What every test ends with, likewise.
end_test() {
	local pid
	for pid in "${started[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	ipcrm --all=shm
	[ -z "${memory_group:-}" ] || until_true rmdir "$memory_group" 2>/dev/null
}

teardown() {
	end_test
}

# Runs a command as bats's run does, but its messages are in $stderr and $stderr_lines. What
# run --separate-stderr does, without a mktemp(1) each time.
run_apart() {
	local file=$BATS_TEST_TMPDIR/.stderr
	run to_file "$file" "$@"
	read -r -d "" stderr <"$file" || true
	mapfile -t stderr_lines <"$file"
}

to_file() {
	"${@:2}" 2>"$1"
}

# Runs the program.
shmtool() {
	run_apart "$SHMTOOL" "$@"
}

# Runs a command as a user who is nobody in particular.
as_stranger() {
	run_apart setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# That the last run succeeded, and said nothing on standard error.
assert_done() {
	assert_equal "$stderr" ""
	assert_success
}

# assert_failed STATUS MESSAGE: that the last run ended so, and said just that.
assert_failed() {
	assert_equal "$stderr" "$2"
	assert_equal "$status" "$1"
}

# assert_wrong_usage MESSAGE: the same for a wrong command line; adds where help is.
assert_wrong_usage() {
	local command=${1%%: *}
	local end=.
	[[ $1 != *\? ]] || end=
	assert_failed 2 "$1$end Try '$command --help'."
	assert_output ""
}

# start PROGRAM [ARGUMENT...]: starts a helper and waits for its first line, which is
# then in $started_line.
start() {
	local fd
	exec {fd}< <(exec "$@" 3>&-)
	started+=($!)
	read -r -u "$fd" started_line
}

# hold ID [TIMES]: has another process attach the segment.
hold() {
	start "$HELPERS/hold" "$@"
}

# at_rest FILTER...: waits until none of the segments that rm selects with these filters is
# in motion: used within the last second by a process that runs.
at_rest() {
	until_true is_at_rest "$@"
}

is_at_rest() {
	! "$SHMTOOL" rm -n "$@" | grep -q ": in motion: "
}

# ask COMMAND...: starts a command that asks a question on standard error and waits for that, which
# is then in $question. "answer TEXT" answers; "ask_again" waits for the next question. "end_of_answers"
# waits for the end of the command and sets $status, $output and $stderr, as run_apart does.
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

# until_true COMMAND...: waits until the command succeeds; fails after 20 seconds.
until_true() {
	local end=$((SECONDS + 20))
	until "$@"; do
		# A teardown goes on after a failure, and would wait for ever.
		[ "$SECONDS" -lt "$end" ] || fail "waited in vain for: $*" || return
	done
}

need_root() {
	if [ "$(id -u)" != 0 ] || ! setpriv --reuid=65534 --clear-groups true 2>/dev/null; then
		skip "needs root and a second user"
	fi
}

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# not_in_valgrind REASON: for what cannot be seen, or not be had, where memcheck watches.
not_in_valgrind() {
	[ -z "${MEMCHECK:-}" ] || skip "under valgrind, $1"
}

need_strace() {
	need strace
	not_in_valgrind "strace sees its calls"
}

# need_64_bits: a program for 32 bits (EI_CLASS, elf(5)) can make no segment of gigabytes.
need_64_bits() {
	[ "$(tail -c +5 "$SHMTOOL" | head -c 1)" != $'\1' ] || skip "a segment of that size needs 64 bits"
}

# often N: counts to N; to less where a run of the program takes as long as ten others, and to 3
# where it takes a second.
often() {
	[ -z "${SANITIZED:-}" ] || set -- "$((($1 + 3) / 4))"
	[ -z "${MEMCHECK:-}" ] || set -- 3
	seq "$1"
}

# with_mounts COMMAND...: runs a command in a mount namespace where /proc may be mounted
# over. Not all mounts are made private for it: in a chroot, / is none.
with_mounts() {
	# shellcheck disable=SC2016
	unshare --mount --propagation unchanged -- \
		bash -euc 'mount --make-rprivate /proc; "$@"' - "$@"
}

# limit_memory BYTES [SWAP]: makes a control group of so much memory, and of SWAP bytes of
# swap beyond that, for in_group; skips where it cannot.
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

# in_group COMMAND...: runs a command in that control group.
in_group() {
	# shellcheck disable=SC2016
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$memory_group" "$@"
}

# traced STRACE_OPTION... PROGRAM...: strace, beside which leaks cannot be looked for.
traced() {
	ASAN_OPTIONS=detect_leaks=0 strace -f "$@"
}

# column COLUMN ID: one cell, for programs.
column() {
	"$SHMTOOL" ls -nr -o "$1" "$2"
}
