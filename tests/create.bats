load common

# A command that fails in a pipeline fails the test.
set -o pipefail

no_segment() {
	[ -z "$("$SHMTOOL" ls -q)" ]
}

@test "create prints the ID, alone on a line" {
	shmtool create -s 27
	assert_done
	assert_output "$("$SHMTOOL" ls -q)"
	assert_equal "$(column KEY,MODE,SIZE,OWNER "$output")" "0x00000000 0600 27 root"
}

@test "create accepts sizes with units, and refuses malformed ones" {
	while read -r text bytes; do
		id=$("$SHMTOOL" create --noreserve -s "$text")
		assert_equal "$text $(column SIZE "$id")" "$text $bytes"
	done <<-'E'
		1 1
		0x1000 4096
		4K 4096
		4k 4096
		4KiB 4096
		4KB 4000
		1M 1048576
		1MB 1000000
		1MiB 1048576
		1G 1073741824
		1GB 1000000000
		1T 1099511627776
		1TB 1000000000000
		1P 1125899906842624
		1.5K 1536
		0.5KB 500
		1.250MiB 1310720
		1.1k 1126
	E
	for text in "" K 1.5 1.G .5K 16.0E 1X 1KX 1iB -1 +1 " 1" "1 " 0x 0x1K 16E 18446744073709551616 1e3; do
		shmtool create "--size=$text"
		assert_wrong_usage "shmtool create: --size: '$text': not a size below 16E; give bytes, or a number with a unit, such as 4K or 1.5G"
	done
	shmtool create
	assert_wrong_usage "shmtool create: --size is missing"
}

@test "create --key in decimal, octal, hex and negative" {
	while read -r text key; do
		id=$("$SHMTOOL" create -s 1 --key="$text")
		assert_equal "$text $(column KEY "$id")" "$text $key"
	done <<-'E'
		5678 0x0000162e
		017 0x0000000f
		0xABC 0x00000abc
		-2 0xfffffffe
		-0x80000000 0x80000000
		4294967295 0xffffffff
	E
	for text in 4294967296 -2147483649 0x100000000; do
		shmtool create -s 1 --key="$text"
		assert_wrong_usage "shmtool create: --key: '$text': a key has 32 bits"
	done
	for text in "" 08 12x 0x --1 " 1"; do
		shmtool create -s 1 --key="$text"
		assert_wrong_usage "shmtool create: --key: '$text': not a number in decimal, octal (0...) or hex (0x...)"
	done
	shmtool create -s 1 -k 0
	assert_wrong_usage "shmtool create: --key: key 0 is IPC_PRIVATE; leave out --key for a private segment"
}

@test "create --ftok makes the key that ftok(3) makes" {
	touch 'file' 'with:colon'
	id=$("$SHMTOOL" create -s 1 --ftok file:X)
	assert_equal "$(column KEY "$id")" \
		"$(/usr/bin/python3 -c 'import sysv_ipc; print("0x%08x" % sysv_ipc.ftok("file", ord("X"), True))')"
	id=$("$SHMTOOL" create -s 1 --ftok file:7)
	assert_equal "$(column KEY ftok:file:7)" \
		"$(/usr/bin/python3 -c 'import sysv_ipc; print("0x%08x" % sysv_ipc.ftok("file", 7, True))')"
	"$SHMTOOL" create -s 1 --ftok file
	assert_equal "$(column KEY ftok:file:1)" "$(column KEY ftok:file)"
	"$SHMTOOL" create -s 1 --ftok ./with:colon:9
	shmtool create -s 1 --ftok nowhere
	assert_failed 1 "shmtool create: nowhere: no such file for ftok(3)"
	for text in "" :X file: file:0 file:256 file:XY; do
		shmtool create -s 1 --ftok "$text"
		assert_wrong_usage "shmtool create: --ftok: '$text': not PATH[:PROJ], with PROJ a number from 1 to 255 or one character"
	done
}

@test "create --new-key makes keys that were not in use" {
	for _ in 1 2 3 4 5; do
		"$SHMTOOL" create -s 1 --new-key
	done
	run "$SHMTOOL" ls -nr -o KEY
	assert_equal "$(sort -u <<<"$output" | wc -l)" 5
	refute_line 0x00000000
}

@test "create refuses options for the key that cannot be combined" {
	shmtool create -s 1 -k 1 --new-key
	assert_wrong_usage "shmtool create: --key, --ftok, --new-key and --name cannot be combined"
	shmtool create -s 1 --exist-ok
	assert_wrong_usage "shmtool create: --exist-ok requires --key, --ftok or --name"
	shmtool create -s 1 --exist-ok --new-key
	assert_wrong_usage "shmtool create: --exist-ok requires --key, --ftok or --name"
}

@test "create --mode is octal and has nine bits" {
	id=$("$SHMTOOL" create -s 1 -m 0750)
	assert_equal "$(column PERMS "$id")" rwxr-x---
	id=$("$SHMTOOL" create -s 1 -m 4)
	assert_equal "$(column MODE "$id")" 0004
	for text in 1000 8 rw "" -1; do
		shmtool create -s 1 --mode="$text"
		assert_wrong_usage "shmtool create: --mode: '$text': not octal permissions, 0 to 777"
	done
}

@test "create --owner sets owner and group" {
	need_root
	id=$("$SHMTOOL" create -s 1 --owner nobody)
	assert_equal "$(column OWNER,GID,CUSER,MODE "$id")" "nobody 0 root 0600"
	id=$("$SHMTOOL" create -s 1 --owner 12345:daemon -m 640)
	assert_equal "$(column OWNER,USER,GROUP,MODE "$id")" "12345 - daemon 0640"
	id=$("$SHMTOOL" create -s 1 --owner nobody:)
	assert_equal "$(column OWNER,GROUP "$id")" "nobody nogroup"
	shmtool create -s 1 --owner no-such-user
	assert_wrong_usage "shmtool create: --owner: 'no-such-user': no such user"
	shmtool create -s 1 --owner root:no-such-group
	assert_wrong_usage "shmtool create: --owner: 'root:no-such-group': no such group"
	shmtool create -s 1 --owner :
	assert_wrong_usage "shmtool create: --owner: ':': names neither a user nor a group"
}

@test "create --exist-ok prints the ID of the existing segment and does not change it" {
	id=$("$SHMTOOL" create -s 4K -k 7 -m 0644)
	shmtool create -s 4K -k 7 --exist-ok --owner nobody -m 0600 --from /etc/passwd
	assert_done
	assert_output "$id"
	assert_equal "$(column MODE,OWNER,NATTCH,ATTACH "$id")" "0644 root 0 -"
	shmtool create -s 1 -k 7 --exist-ok
	assert_output "$id"
	shmtool create -s 4097 -k 7 --exist-ok
	assert_failed 1 "shmtool create: segment $id has this key but only 4096 bytes, not 4097"
	assert_output ""
	shmtool create -s 1 -k 8 --exist-ok
	assert_done
	refute_output "$id"
}

@test "create --exist-ok warns if another user owns the segment" {
	need_root
	id=$("$SHMTOOL" create -s 1 -k 7 --owner nobody)
	shmtool create -s 1 -k 7 --exist-ok
	assert_success
	assert_output "$id"
	assert_equal "$stderr" "shmtool create: warning: segment $id is owned by nobody"
}

@test "create --from a file takes size and bytes from it" {
	head -c 300000 /dev/urandom >data
	shmtool create --from data
	assert_done
	assert_equal "$(column SIZE "$output")" 300000
	"$SHMTOOL" cat "$output" | cmp - data
	id=$("$SHMTOOL" create --from data -s 1M -m 0400)
	assert_equal "$(column SIZE,MODE "$id")" "1048576 0400"
	"$SHMTOOL" cat -l 300000 "$id" | cmp - data
	"$SHMTOOL" cat -o 300000 "$id" | cmp - <(head -c $((1048576 - 300000)) /dev/zero)
}

@test "create --from standard input takes the size from a file, but needs --size with a pipe" {
	printf abcdef >data
	id=$("$SHMTOOL" create --from - <data)
	assert_equal "$(column SIZE "$id")" 6
	id=$("$SHMTOOL" create --from - -s 10 < <(printf abc))
	assert_equal "$("$SHMTOOL" cat -s "$id")" abc
	run_apart bash -c 'printf abc | "$SHMTOOL" create --from -'
	assert_failed 2 "shmtool create: --size is missing: the size of standard input is not known. Try 'shmtool create --help'."
}

@test "create --from leaves holes untouched" {
	truncate -s 64M data
	printf start | dd of=data conv=notrunc status=none
	printf middle | dd of=data bs=1M seek=32 conv=notrunc status=none
	id=$("$SHMTOOL" create --from data)
	assert_equal "$(column SIZE,RSS "$id")" "67108864 8192"
	"$SHMTOOL" cat "$id" | cmp - data
}

@test "create --from input that does not fit leaves no segment" {
	head -c 100 /dev/zero >data
	shmtool create --from data -s 99
	assert_failed 1 "shmtool create: data: does not fit: 100 bytes, but --size is 99"
	run_apart bash -c 'head -c 100 /dev/zero | "$SHMTOOL" create --from - -s 99'
	assert_failed 1 "shmtool create: standard input: does not fit: more than 99 bytes"
	shmtool create --from nowhere
	assert_failed 1 "shmtool create: nowhere: No such file or directory"
	shmtool create --from .
	assert_failed 1 "shmtool create: .: Is a directory"
	assert_equal "$("$SHMTOOL" ls)" ""
}

@test "create that cannot print the ID leaves no segment" {
	run_apart bash -c '"$SHMTOOL" create -s 1 >/dev/full'
	assert_failed 1 "shmtool create: standard output: No space left on device"
	assert_equal "$("$SHMTOOL" ls)" ""
	not_in_valgrind "a closed descriptor is open"
	run_apart bash -c '"$SHMTOOL" create -s 1 >&-'
	assert_failed 1 "shmtool create: standard output: Bad file descriptor"
	assert_equal "$("$SHMTOOL" ls)" ""
}

@test "create that cannot complete the segment leaves no segment" {
	shmtool_refused() {
		run_apart "$HELPERS/refuse" "$1" -- "$SHMTOOL" "${@:2}"
	}
	# IPC_SET is 1, SHM_LOCK is 11.
	shmtool_refused shmctl:1=EPERM create -s 1 --owner nobody
	assert_failed 4 "shmtool create: nobody: permission denied: owned by root; only its owner, its creator or a process with CAP_SYS_ADMIN over this IPC namespace may change it"
	shmtool_refused shmctl:11=ENOMEM create -s 1 --lock
	assert_equal "$status" 1
	assert_regex "$stderr" "^shmtool create: lock limit exceeded: without CAP_IPC_LOCK on the host, a user may lock [0-9]+ bytes in all"
	printf abc >data
	shmtool_refused shmat=ENOMEM create --from data
	assert_failed 1 "shmtool create: no room in the address space; see 'ulimit -v'"
	assert_equal "$("$SHMTOOL" ls)" ""
}

@test "create ended by a signal leaves no segment" {
	mkfifo pipe
	for signal in ALRM HUP INT QUIT TERM USR1 USR2 XCPU; do
		# A shell makes its background processes ignore two of them.
		env --default-signal=INT,QUIT "$SHMTOOL" create -s 1M --from pipe 3>&- &
		started+=($!)
		exec {writer}>pipe
		until_true bash -c '[ "$("$SHMTOOL" ls -nr -o NATTCH)" = 1 ]'
		kill -"$signal" $!
		wait $! || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		exec {writer}>&-
		until_true no_segment
	done
}

@test "create says nothing of a kill if a signal ends it" {
	for signal in INT TERM HUP; do
		# The guard has answered, and the ID is not printed yet.
		stop_after poll 1 env "--default-signal=$signal" "$SHMTOOL" create -s 4K
		kill "-$signal" "$(cut -d " " -f 1 "/proc/$tracer/task/$tracer/children")"
		go_on
		assert_equal "$signal $stderr $output" "$signal  "
		until_true bash -c '[ -z "$("$SHMTOOL" ls -q)" ]'
	done
}

@test "create can be ended while standard output blocks" {
	mkfifo pipe
	exec {out}<>pipe
	head -c 65536 /dev/zero >&"$out"
	"$SHMTOOL" create -s 4K >&"$out" 2>err 3>&- &
	started+=($!)
	until_true bash -c '[ "$("$SHMTOOL" ls -q | wc -l)" = 1 ]'
	kill -TERM $!
	wait $! || status=$?
	assert_equal "$status $(cat err)" "143 "
	until_true bash -c '[ -z "$("$SHMTOOL" ls -q)" ]'
	exec {out}>&-
}

@test "create that loses its segment meanwhile says so" {
	mkfifo pipe
	"$SHMTOOL" create -s 8K --from - <pipe >out 2>err 3>&- &
	started+=($!)
	exec {end}>pipe
	until_true bash -c '[ "$("$SHMTOOL" ls -q | wc -l)" = 1 ]'
	"$SHMTOOL" rm "$("$SHMTOOL" ls -q)" 2>/dev/null
	exec {end}>&-
	wait $! || status=$?
	assert_equal "$status $(cat out err)" "1 shmtool create: segment disappeared"
}

@test "create of a segment that it may not examine in the end" {
	need_root
	chmod 755 .
	echo data >file
	as_stranger "$HELPERS/refuse" shmctl:15=EINVAL -- "$SHMTOOL" create -m 200 -s 4K --from file
	assert_done
	assert_equal "$("$SHMTOOL" cat -l 4 "$output")" data
}

@test "create --from a file of a control group, whose size is unknown" {
	group=$(awk '$3 ~ /^cgroup/ { print $2; exit }' /proc/mounts)
	for file in "$group/cgroup.stat" "$group/notify_on_release"; do
		[ ! -r "$file" ] || [ -z "$(cat "$file")" ] || break
	done
	[ -r "$file" ] || skip "no control groups here"
	shmtool create --from "$file"
	assert_equal "$status" 2
	assert_regex "$stderr" "the size of .* is not known"
}

@test "create --from an empty file" {
	: >file
	shmtool create --from file
	assert_failed 1 "shmtool create: size 0: a segment has at least 1 byte"
	mount_shm size=1M,mode=1777
	shmtool create --name /a --from file
	assert_done
	assert_equal "$(stat -c %s /dev/shm/a)" 0
	umount --lazy /dev/shm
}

@test "create that has printed the ID ends with status 0, even if a signal arrives" {
	need_strace
	printf abc >data
	for from in "--from data" "-s 3"; do
		# The last write(2) prints the ID.
		# shellcheck disable=SC2086
		ASAN_OPTIONS=detect_leaks=0 strace -o calls -e trace=write "$SHMTOOL" create $from
		ipcrm --all=shm
		number=$(grep -c "^write(" calls)
		for signal in TERM INT HUP; do
			# shellcheck disable=SC2086
			run_apart env ASAN_OPTIONS=detect_leaks=0 strace -o calls -e trace=write \
				-e "inject=write:signal=$signal:when=$number" "$SHMTOOL" create $from
			assert_success
			assert_output "$("$SHMTOOL" ls -q)"
			"$SHMTOOL" rm "$output"
		done
	done
}

@test "create killed at any moment leaves no segment" {
	need_strace
	need_root
	printf abc >data
	ASAN_OPTIONS=detect_leaks=0 strace -o calls "$SHMTOOL" create --from data --lock --owner nobody
	ipcrm --all=shm
	# Try the calls from the start of the guard to the order to keep the segment, the
	# last message to it.
	end=$(grep -n "^sendto(" calls | tail -n 1 | cut -d : -f 1)
	head -n "$end" calls >unfinished
	mapfile -t names < <(sed -n '/^socketpair/,$s/^\([a-z0-9_]*\)(.*/\1/p' unfinished | sort -u)
	[[ " ${names[*]} " == *" shmat "* ]]
	for name in "${names[@]}"; do
		last=$(grep -c "^$name(" unfinished)
		for number in $(seq $((last > 3 ? last - 2 : 1)) "$last"); do
			run env ASAN_OPTIONS=detect_leaks=0 strace -o killed -e "trace=$name" \
				-e "inject=$name:signal=KILL:when=$number" "$SHMTOOL" create --from data --lock --owner nobody
			assert_failure 137
			until_true no_segment
		done
	done
}

@test "create ended together with its process group leaves no segment" {
	mkfifo pipe
	setsid "$SHMTOOL" create -s 1M --from pipe 2>/dev/null 3>&- &
	started+=($!)
	exec {writer}>pipe
	until_true bash -c '[ "$("$SHMTOOL" ls -nr -o NATTCH)" = 1 ]'
	kill -KILL -- "-$(ps -o pgid= "$(column PIDS "$("$SHMTOOL" ls -q)")" | tr -d ' ')"
	exec {writer}>&-
	until_true no_segment
}

@test "create whose guard was killed removes the segment itself" {
	mkfifo pipe
	for signals in --default-signal=CHLD --ignore-signal=CHLD; do
		env --default-signal=TERM "$signals" "$SHMTOOL" create -s 1M --from pipe 2>err 3>&- &
		creator=$!
		started+=("$creator")
		exec {writer}>pipe
		until_true bash -c '[ "$("$SHMTOOL" ls -nr -o NATTCH)" = 1 ]'
		kill -KILL "$(cut -d " " -f 1 "/proc/$creator/task/$creator/children")"
		kill -TERM "$creator"
		wait "$creator" || true
		exec {writer}>&-
		assert_equal "$(cat err)" "shmtool create: pipe: interrupted after 0 bytes; segment removed"
		assert_equal "$("$SHMTOOL" ls -q)" ""
	done
}

@test "create killed together with its guard leaves the segment" {
	mkfifo pipe
	"$SHMTOOL" create -s 1M --from pipe 3>&- &
	creator=$!
	started+=("$creator")
	exec {writer}>pipe
	until_true bash -c '[ "$("$SHMTOOL" ls -nr -o NATTCH)" = 1 ]'
	kill -STOP "$creator"
	kill -KILL "$(cut -d " " -f 1 "/proc/$creator/task/$creator/children")"
	kill -KILL "$creator"
	wait "$creator" || true
	exec {writer}>&-
	assert_equal "$("$SHMTOOL" ls -nr -o NATTCH,SIZE)" "0 1048576"
}

@test "create without a guard process creates nothing" {
	need_root
	not_in_valgrind "it crashes if fork(2) fails"
	as_stranger env ASAN_OPTIONS=detect_leaks=0 prlimit --nproc=1 "$SHMTOOL" create -s 1
	assert_failed 1 "shmtool create: cannot start the process that removes an unfinished segment: Resource temporarily unavailable"
	no_segment
}

@test "create into a closed pipe leaves no segment" {
	for ignored in "" PIPE; do
		run_apart bash -c '
			[ -z "$1" ] || trap "" "$1"
			mkfifo "pipe$$"
			exec 5<>"pipe$$" 6>"pipe$$" 5<&-
			"$SHMTOOL" create -s 1 >&6' - "$ignored"
		if [ -z "$ignored" ]; then
			assert_failed 141 ""
		else
			assert_failed 1 "shmtool create: standard output: Broken pipe"
		fi
		no_segment
	done
}

@test "create --lock locks, and --noreserve reserves nothing" {
	need_root
	id=$("$SHMTOOL" create -s 4K --lock)
	assert_equal "$(column STATUS "$id")" orphan,locked
	id=$("$SHMTOOL" create -s 1T --noreserve)
	assert_equal "$(column SIZE,RSS "$id")" "1099511627776 0"
}

@test "create takes no operand" {
	shmtool create -s 1 7
	assert_wrong_usage "shmtool create: unexpected argument '7'"
}

@test "create --from a device or a file of /proc or /sys, whose size is unknown" {
	id=$("$SHMTOOL" create -s 10 --from /proc/sys/kernel/ostype)
	assert_equal "$("$SHMTOOL" cat -s "$id")" "$(cat /proc/sys/kernel/ostype)"
	shmtool create -s 1M --from /dev/zero
	assert_failed 1 "shmtool create: /dev/zero: does not fit: more than 1048576 bytes"
	shmtool create -s 1M --from /dev/urandom
	assert_equal "$status" 1
	id=$("$SHMTOOL" create -s 100 --from /sys/kernel/mm/transparent_hugepage/enabled)
	assert_equal "$("$SHMTOOL" cat -s "$id")" "$(cat /sys/kernel/mm/transparent_hugepage/enabled)"
	shmtool create --from /sys/kernel/mm/transparent_hugepage/enabled
	assert_wrong_usage "shmtool create: --size is missing: the size of /sys/kernel/mm/transparent_hugepage/enabled is not known"
}

@test "create that cannot write the ID into a file because of a size limit leaves no segment" {
	run bash -c 'ulimit -f 0; "$SHMTOOL" create -s 1 >file'
	assert_failure
	assert_equal "$("$SHMTOOL" ls)" ""
}

@test "create --from a file that may not be read" {
	need_root
	touch secret
	chmod 600 secret
	chmod 755 .
	as_stranger "$SHMTOOL" create -s 1 --from "$PWD/secret"
	assert_failed 4 "shmtool create: $PWD/secret: permission denied"
}

@test "create --exist-ok gives up if the segment disappears each time" {
	"$SHMTOOL" create -s 1 -k 7
	# IPC_STAT is 2.
	run_apart "$HELPERS/refuse" shmctl:2=EIDRM -- \
		"$SHMTOOL" create -s 1 -k 7 --exist-ok
	assert_failed 1 "shmtool create: segment disappeared"
	assert_output ""
}
