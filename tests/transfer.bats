load common

# A command that fails in a pipeline fails the test.
set -o pipefail

# Copying bytes into segments and out of them. Every method gives the same result.

setup() {
	begin_test
	chmod 777 .
	# The size is not a multiple of the page size.
	head -c 5000001 /dev/urandom >data
	chmod 644 data
	id=$("$SHMTOOL" create --from data -m 0666)
}

# Worlds in which the kernel refuses a method of copying, always or for some descriptors.
# Without memfd_create(2) and MADV_COLD (20), shmtool cannot identify its own mapping, and copies
# as it does without root.
worlds=(
	"splice=EINVAL"
	"splice=EPERM"
	"splice=ENOSYS vmsplice=ENOSYS"
	"splice=EINVAL vmsplice=EPERM madvise=EINVAL"
	"fcntl:1031=EPERM"
	"fcntl:1031=EPERM memfd_create=ENOSYS madvise:20=EINVAL"
	"memfd_create=ENOSYS madvise:20=EINVAL"
	"memfd_create=ENOSYS madvise=EINVAL vmsplice=ENOSYS"
	"memfd_create=ENOSYS madvise:20=EINVAL fcntl:1031=EPERM vmsplice=EINVAL"
)

@test "cat into a pipe, a file and a socket, whatever the kernel offers" {
	hexdump -C data >dump
	for world in "ioctl=ENOTTY" "${worlds[@]}"; do
		# shellcheck disable=SC2086
		other() { "$HELPERS/refuse" $world -- "$SHMTOOL" "$@"; }
		other cat "$id" | cmp - data
		other cat -o 4097 -l 3000000 "$id" | cmp - <(tail -c +4098 data | head -c 3000000)
		other cat "$id" >image
		cmp image data
		printf before >image
		other cat "$id" >>image
		cmp image <(printf before; cat data)
		head -c 6000000 /dev/zero >image
		other cat "$id" 1<>image
		cmp image <(cat data; head -c 999999 /dev/zero)
		other cat -x "$id" | cmp - dump
	done
	/usr/bin/python3 - "$SHMTOOL" "$id" data <<-'E'
		import socket, subprocess, sys
		mine, its = socket.socketpair()
		p = subprocess.Popen([sys.argv[1], "cat", sys.argv[2]], stdout=its)
		its.close()
		got = b"".join(iter(lambda: mine.recv(1 << 20), b""))
		assert p.wait() == 0 and got == open(sys.argv[3], "rb").read()
	E
}

@test "an ordinary user gets the same bytes" {
	need_root
	hexdump -C data >dump
	for world in ioctl=ENOTTY process_vm_readv=EPERM process_vm_writev=ENOSYS; do
		# shellcheck disable=SC2016
		as_stranger bash -euo pipefail -c '
			other() { "$HELPERS/refuse" "$world" -- "$SHMTOOL" "$@"; }
			id=$1 world=$2
			other cat "$id" | cmp - data
			other cat "$id" >image; cmp image data
			other cat "$id" >>image; cmp image <(cat data data)
			rm image
			[ "$world" = process_vm_readv=EPERM ] || other cat -x "$id" | cmp - dump
			other write "$id" data; other cat "$id" | cmp - data
			tac data | head -c 5000001 >tada
			other write "$id" <tada; other cat "$id" | cmp - tada
			if cat data | other write -o 1 "$id" 2>message; then exit 1; fi
			grep -q "does not fit" message
			"$SHMTOOL" cat -o 1 "$id" | cmp - <(head -c 5000000 data)
			cat data | other write "$id"; other cat "$id" | cmp - data' - "$id" "$world"
		assert_done
	done
}

@test "after a failed write, the file position follows the last byte written" {
	need_root
	need_strace
	printf '%0200000d' 0 >digits
	chmod 666 digits
	new=$("$SHMTOOL" create -s 200000 -m 0666)
	# shellcheck disable=SC2016
	as_stranger bash -c '{
		ASAN_OPTIONS=detect_leaks=0 strace -qq -o trace \
			-e inject=process_vm_writev:error=EFAULT:when=3 \
			"$SHMTOOL" write "$1" || echo "status $?" >&2
		printf end
	} 0<>digits 1>&0' - "$new"
	assert_equal "${stderr_lines[*]}" "shmtool write: $new: cannot allocate memory at offset 131072: out of memory, on the host or in this control group status 1"
	assert_equal "$(tail -c +131073 digits | head -c 4)" end0
}

# A program that writes a file to standard output in pieces of random sizes.
in_pieces='
import os, random, sys
data = open(sys.argv[1], "rb").read()
while data:
    n = os.write(1, data[:random.choice([1, 100, 4096, 16383, 16384, 70000, 300000])])
    data = data[n:]'

@test "a large write of an ordinary user uses two threads and keeps the order" {
	need_root
	cat data <(tac data) >much
	chmod 644 much
	new=$("$SHMTOOL" create -s 10001000 -m 0666)
	worlds=(ioctl=ENOTTY "clone3=EPERM clone=EAGAIN")
	# valgrind itself crashes without clone(2).
	[ -z "${MEMCHECK:-}" ] || worlds=(ioctl=ENOTTY)
	for world in "${worlds[@]}"; do
		# The search for leaks needs a thread of its own.
		# shellcheck disable=SC2016
		as_stranger env ASAN_OPTIONS=detect_leaks=0 bash -euo pipefail -c '
			other() { "$HELPERS/refuse" $world -- "$SHMTOOL" "$@"; }
			clear() { "$SHMTOOL" write --fill x "$id"; }
			id=$1 world=$2
			clear; { head -c 11 >/dev/null; other write -o 777 "$id"; } <much
			"$SHMTOOL" cat "$id" | cmp - <(printf "x%.0s" {1..777}; tail -c +12 much
				printf "x%.0s" {1..232})
			clear; other write "$id" much; "$SHMTOOL" cat -l 10000002 "$id" | cmp - much
			for i in 1 2 3; do
				clear; /usr/bin/python3 -c "$3" much | other write -o 3 "$id"
				"$SHMTOOL" cat -o 3 -l 10000002 "$id" | cmp - much
			done
			if cat much much | other write "$id" 2>message; then exit 1; fi
			grep -q ": 10001000 bytes written, and there is more" message
			"$SHMTOOL" cat "$id" | cmp - <(cat much much | head -c 10001000)
			# create needs clone(2) to start its guard.
			[[ $world != clone* ]] || exit 0
			made=$(other create --from much); "$SHMTOOL" cat "$made" | cmp - much
			"$SHMTOOL" rm "$made"' - "$new" "$world" "$in_pieces"
		assert_done
	done
}

# threads COMMAND...: print how many threads a command starts.
threads() {
	# shellcheck disable=SC2016
	as_stranger env ASAN_OPTIONS=detect_leaks=0 strace -qq -f -o calls -e trace=clone,clone3 "$@"
	assert_done
	grep -c CLONE_THREAD calls || true
}

@test "a second thread is used for a large write with two processors, but not for root" {
	need_root
	need_strace
	[ "$(nproc)" -gt 1 ] || skip "this machine has one processor"
	[ -z "${TSAN_OPTIONS:-}" ] || skip "ThreadSanitizer starts a thread, too"
	touch calls
	chmod 666 calls
	head -c 2000000 data >little
	chmod 644 little
	assert_equal "$(threads "$SHMTOOL" write "$id" data)" 1
	assert_equal "$(threads "$SHMTOOL" write "$id" little)" 0
	assert_equal "$(threads taskset -c 0 "$SHMTOOL" write "$id" data)" 0
	as_stranger() { run_apart "$@"; }
	assert_equal "$(threads "$SHMTOOL" write "$id" data)" 0
}

@test "if the second thread gets no memory, only the bytes before that count as written" {
	need_root
	[ "$(nproc)" -gt 1 ] || skip "this machine has one processor"
	cat data data >much
	chmod 666 much
	# The second thread may get three pieces before it has written the first one.
	for piece in 1 2 3; do
		new=$("$SHMTOOL" create -s 10000002 -m 0666)
		# shellcheck disable=SC2016
		as_stranger bash -c '{
			LD_PRELOAD=$HELPERS/starved.so STARVED=$2 "$SHMTOOL" write "$1" || echo "status $?" >&2
			printf end
		} 0<>much 1>&0' - "$new" "$piece"
		assert_regex "${stderr_lines[*]}" "^shmtool write: $new: cannot allocate memory at offset [1-9][0-9]*: .* status 1$"
		good=$(grep -oE "offset [0-9]+" <<<"$stderr" | cut -c 8-)
		"$SHMTOOL" cat -l "$good" "$new" | cmp - <(cat data data | head -c "$good")
		# The failure is in the middle of a piece.
		assert_equal "$((good % 131072))" 65536
		assert_equal "$(tail -c +"$((good + 1))" much | head -c 3)" end
		cat data data >much
	done
}

@test "write from a file, a pipe and a socket, whatever the kernel offers" {
	for world in "ioctl=ENOTTY" "${worlds[@]}"; do
		# shellcheck disable=SC2086
		other() { "$HELPERS/refuse" $world -- "$SHMTOOL" "$@"; }
		new=$("$SHMTOOL" create -s 6000000)
		other write -o 4097 "$new" data
		head -c 5000001 data | other write -o 5001 "$new"
		"$SHMTOOL" cat "$new" | cmp - <(head -c 4097 /dev/zero; head -c 904 data; cat data
			head -c 994998 /dev/zero)
		"$SHMTOOL" rm "$new"
		new=$(other create --from data)
		"$SHMTOOL" cat "$new" | cmp - data
		"$SHMTOOL" rm "$new"
		new=$(head -c 5000001 data | other create -s 5000001 --from -)
		"$SHMTOOL" cat "$new" | cmp - data
		"$SHMTOOL" rm "$new"
	done
	new=$("$SHMTOOL" create -s 5000001)
	/usr/bin/python3 - "$SHMTOOL" "$new" data <<-'E'
		import socket, subprocess, sys
		mine, its = socket.socketpair()
		p = subprocess.Popen([sys.argv[1], "write", sys.argv[2]], stdin=its)
		its.close()
		mine.sendall(open(sys.argv[3], "rb").read())
		mine.close()
		assert p.wait() == 0
	E
	"$SHMTOOL" cat "$new" | cmp - data
}

@test "write leaves the file position after the last byte written" {
	printf '%0100000d' 0 >digits
	new=$("$SHMTOOL" create -s 100001)
	for world in ioctl=ENOTTY "memfd_create=ENOSYS madvise:20=EINVAL"; do
		# shellcheck disable=SC2086
		{
			"$HELPERS/refuse" $world -- "$SHMTOOL" write "$new"
			printf end
		} 0<>digits 1>&0
		assert_equal "$(tail -c 4 digits)" 0end
		truncate -s 100000 digits
	done
}

@test "write works with a limit on file size" {
	new=$("$SHMTOOL" create -s 5000001)
	bash -c 'ulimit -f 1; "$SHMTOOL" write "$1" data' - "$new"
	"$SHMTOOL" cat "$new" | cmp - data
}

# waits_to_write PID: return whether the process waits because its pipe is full.
waits_to_write() {
	grep -qE 'pipe_(write|wait|double)|wait_for_space|splice' "/proc/$1/wchan" ||
		[[ $(cut -d ' ' -f 1 "/proc/$1/syscall" 2>/dev/null) =~ ^(1|275|278)$ ]]
}

# cat_into_fifo ARGUMENT...: start cat into a FIFO that no process reads yet, and wait
# until it is full. The descriptor $reader keeps the FIFO open.
cat_into_fifo() {
	[ -e fifo ] || mkfifo fifo
	exec {reader}<>fifo
	env --default-signal=INT,TERM,HUP "$SHMTOOL" cat "$@" >fifo 2>errors 3>&- {reader}>&- &
	started+=($!)
	until_true waits_to_write $!
}

@test "a slow reader gets all, also when the segment is removed meanwhile" {
	for world in root other; do
		id=$("$SHMTOOL" create --from data -m 0666)
		cat_into_fifo "$id"
		"$SHMTOOL" rm "$id" 2>/dev/null
		exec {slow}<fifo {reader}>&-
		# Read small pieces, some of them smaller than a page.
		/usr/bin/python3 - "$slow" <<-'E' >image
			import os, sys
			sizes = [1, 100, 4096, 5000, 65536, 3]
			n = 0
			while True:
			    bytes = os.read(int(sys.argv[1]), sizes[n % len(sizes)])
			    n += 1
			    if not bytes:
			        break
			    os.write(1, bytes)
		E
		exec {slow}<&-
		wait "${started[-1]}"
		cmp image data
		assert_equal "$("$SHMTOOL" ls -q "$id" 2>/dev/null)" ""
	done
}

@test "cat into a pipe of one page that may not grow" {
	/usr/bin/python3 - "$HELPERS/refuse" "$SHMTOOL" "$id" data <<-'E'
		import fcntl, os, subprocess, sys
		refuse, shmtool, id, data = sys.argv[1:]
		for world in "ioctl=ENOTTY", "memfd_create=ENOSYS madvise:20=EINVAL":
		    r, w = os.pipe()
		    fcntl.fcntl(w, 1031, 4096)
		    p = subprocess.Popen([refuse, *world.split(), "fcntl:1031=EPERM", "--", shmtool, "cat", id],
		                         stdout=w)
		    os.close(w)
		    with os.fdopen(r, "rb") as f:
		        got = f.read()
		    assert p.wait() == 0 and got == open(data, "rb").read()
	E
}

@test "holes beyond the largest file are too large" {
	mount_shm size=1M,mode=1777
	"$SHMTOOL" create --name /a -s 7E --noreserve >/dev/null
	[ "$(stat -f -c %T .)" != tmpfs ] || skip "files have no such limit here"
	run_apart bash -c '"$SHMTOOL" cat /a >file'
	umount --lazy /dev/shm
	assert_failed 1 "shmtool cat: standard output: File too large"
}

@test "a failing output is an error, a closed pipe is not" {
	for form in "" -x; do
		# shellcheck disable=SC2016
		run_apart bash -c '"$SHMTOOL" cat $1 "$2" >/dev/full' - "$form" "$id"
		assert_failed 1 "shmtool cat: standard output: No space left on device"
		# shellcheck disable=SC2016
		run_apart bash -c '"$SHMTOOL" cat $1 "$2" | head -c 1 >/dev/null
			exit "${PIPESTATUS[0]}"' - "$form" "$id"
		assert_failed 141 ""
	done
	run_apart bash -c 'ulimit -f 100; trap "" XFSZ; "$SHMTOOL" cat "$1" >image' - "$id"
	assert_failed 1 "shmtool cat: standard output: File too large"
}

@test "a signal ends a hex dump, too, and the semaphore is released" {
	set=$(/usr/bin/python3 -c 'import sysv_ipc
print(sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX, initial_value=1).id)')
	cat_into_fifo -x --semaphore "$set" "$id"
	kill -TERM "${started[-1]}"
	wait "${started[-1]}" || status=$?
	assert_equal "$status" 143
	assert_regex "$(cat errors)" "^shmtool cat: $id: interrupted after [0-9]+ of 5000001 bytes$"
	assert_equal "$(ipcs -s -i "$set" | awk '$1 == 0 && NF == 5 { print $2 }')" 1
	ipcrm -s "$set"
}

@test "a signal that the caller ignores stays ignored" {
	mkfifo fifo
	exec {reader}<>fifo
	env --ignore-signal=INT "$SHMTOOL" cat "$id" >fifo 3>&- {reader}>&- &
	started+=($!)
	until_true waits_to_write $!
	kill -INT $!
	exec {rest}<fifo {reader}>&-
	cmp data - <&"$rest"
	exec {rest}<&-
	wait $!
}

@test "with a semaphore, a pipe gets copies and no pages of the segment" {
	set=$(/usr/bin/python3 -c 'import sysv_ipc
print(sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX, initial_value=1).id)')
	mkfifo fifo
	exec {reader}<>fifo
	"$SHMTOOL" cat -l 32768 --semaphore "$set" "$id" >fifo
	"$SHMTOOL" write --fill x "$id"
	exec {rest}<fifo {reader}>&-
	cmp <(head -c 32768 data) - <&"$rest"
	exec {rest}<&-
	ipcrm -s "$set"
}

@test "after a signal, the file position follows the last byte written" {
	need_strace
	need_root
	{
		ASAN_OPTIONS=detect_leaks=0 strace -o calls -e trace=pwrite64 \
			-e inject=pwrite64:signal=TERM:when=3 "$SHMTOOL" write "$id" 2>errors ||
			assert_equal $? 143
		wc -c >left
	} <data
	assert_regex "$(cat errors)" "interrupted after [1-9][0-9]* of 5000001 bytes$"
	done=$(grep -oE 'after [0-9]+' errors | cut -c 7-)
	[ "$done" -lt 1000000 ]
	assert_equal "$(cat left)" $((5000001 - done))
}

@test "a file that becomes shorter is an error, and create leaves no segment" {
	need_strace
	need_root
	head -c 5000001 /dev/urandom >short
	# shorten COMMAND...: run a command, and truncate the file before the command
	# reads it.
	shorten() {
		cp data short
		stop_after shmat 1 "$@"
		truncate -s 100000 short
		go_on
	}
	shorten "$SHMTOOL" create -k 99 --from short
	assert_failed 1 "shmtool create: short: file shrank while it was read"
	shmtool ls -q key:99
	assert_equal "$status" 3
	shorten "$SHMTOOL" write "$id" short
	assert_failed 1 "shmtool write: short: file shrank while it was read; 100000 bytes written to $id"
}

@test "non-blocking descriptors for input and output" {
	/usr/bin/python3 - "$HELPERS/refuse" "$SHMTOOL" "$id" data <<-'E'
		import os, subprocess, sys, threading
		refuse, shmtool, id, data = sys.argv[1:]
		data = open(data, "rb").read()
		dump = subprocess.run([shmtool, "cat", "-x", id], stdout=subprocess.PIPE).stdout
		for world in "ioctl=ENOTTY", "memfd_create=ENOSYS madvise:20=EINVAL", "memfd_create=ENOSYS madvise:20=EINVAL vmsplice=ENOSYS":
		    run = [refuse] + world.split() + ["--", shmtool]
		    for words, wanted in (["cat", id], data), (["cat", "-x", id], dump):
		        r, w = os.pipe()
		        os.set_blocking(w, False)
		        p = subprocess.Popen(run + words, stdout=w)
		        os.close(w)
		        with os.fdopen(r, "rb") as f:
		            assert f.read() == wanted, (world, words)
		        assert p.wait() == 0
		    new = subprocess.run([shmtool, "create", "-s", str(len(data))],
		                         stdout=subprocess.PIPE, text=True).stdout.strip()
		    r, w = os.pipe()
		    os.set_blocking(r, False)
		    p = subprocess.Popen(run + ["write", new], stdin=r)
		    os.close(r)
		    with os.fdopen(w, "wb") as f:
		        for i in range(0, len(data), 100001):
		            f.write(data[i:i + 100001])
		            f.flush()
		    assert p.wait() == 0
		    assert subprocess.run([shmtool, "cat", new], stdout=subprocess.PIPE).stdout == data
	E
}

@test "SIGINT, SIGTERM and SIGHUP end cat; a message counts the bytes" {
	for signal in INT TERM HUP; do
		cat_into_fifo "$id"
		kill -"$signal" "${started[-1]}"
		wait "${started[-1]}" || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_regex "$(cat errors)" "^shmtool cat: $id: interrupted after [1-9][0-9]* of 5000001 bytes$"
		# The pipe holds as many bytes as the message says.
		exec {rest}<fifo {reader}>&-
		assert_equal "$(wc -c <&"$rest")" "$(grep -oE 'after [0-9]+' errors | cut -c 7-)"
		exec {rest}<&-
	done
}

@test "a signal ends write and create that wait for input; a message counts the bytes" {
	mkfifo input
	for signal in INT TERM HUP; do
		for world in ioctl=ENOTTY "memfd_create=ENOSYS madvise:20=EINVAL"; do
			# shellcheck disable=SC2086
			env --default-signal=INT,TERM,HUP "$HELPERS/refuse" $world -- \
				"$SHMTOOL" write "$id" input 2>errors 3>&- &
			started+=($!)
			exec {writer}>input
			head -c 1234 data >&"$writer"
			until_true input_is_read "$writer"
			kill -"$signal" $!
			wait $! || status=$?
			assert_equal "$status" $((128 + $(kill -l "$signal")))
			assert_equal "$(cat errors)" "shmtool write: $id: interrupted after 1234 bytes"
			exec {writer}>&-
		done
		env --default-signal=INT,TERM,HUP "$SHMTOOL" create -s 1M -k 77 --from input 2>errors 3>&- &
		started+=($!)
		exec {writer}>input
		head -c 1234 data >&"$writer"
		until_true input_is_read "$writer"
		kill -"$signal" $!
		wait $! || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_equal "$(cat errors)" "shmtool create: input: interrupted after 1234 bytes; segment removed"
		exec {writer}>&-
		shmtool ls -q key:77
		assert_equal "$status" 3
	done
}

@test "a signal ends a write by two threads; a message counts the bytes of both" {
	need_root
	cat data data >much
	mkfifo -m 666 input
	for signal in INT TERM HUP; do
		new=$("$SHMTOOL" create -s 20M -m 0666)
		env --default-signal=INT,TERM,HUP setpriv --reuid=65534 --regid=65534 --clear-groups \
			"$SHMTOOL" write "$new" input 2>errors 3>&- &
		started+=($!)
		exec {writer}>input
		cat much >&"$writer"
		until_true input_is_read "$writer"
		kill -"$signal" $!
		wait $! || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_equal "$(cat errors)" "shmtool write: $new: interrupted after 10000002 bytes"
		"$SHMTOOL" cat -l 10000002 "$new" | cmp - much
		exec {writer}>&-
	done
}

# input_is_read FD: return whether the FIFO is empty.
input_is_read() {
	[ "$(/usr/bin/python3 -c 'import array, fcntl, sys, termios
n = array.array("i", [0])
fcntl.ioctl(int(sys.argv[1]), termios.FIONREAD, n)
print(n[0])' "$1")" = 0 ]
}

@test "write of a file with holes leaves no stale bytes, and allocates nothing for holes" {
	for world in ioctl=ENOTTY splice=EINVAL user; do
		other() { "$HELPERS/refuse" "$world" -- "$SHMTOOL" "$@"; }
		if [ "$world" = user ]; then
			need_root
			[ "$(wc -l </proc/swaps)" = 1 ] || skip "the host has swap, where pages may be"
			other() { setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" "$@"; }
		fi
		truncate -s 0 holes
		truncate -s 3000000 holes
		printf middle | dd of=holes bs=1 seek=1500000 conv=notrunc status=none
		old=$("$SHMTOOL" create -s 3000100 -m 666)
		"$SHMTOOL" write --fill x "$old"
		other write -o 50 "$old" holes
		"$SHMTOOL" cat "$old" | cmp - <(printf 'x%.0s' {1..50}; cat holes; printf 'x%.0s' {1..50})
		[ "$(column RSS "$old")" -le $((4 * 4096)) ]
		# Pages that were never touched stay untouched.
		new=$("$SHMTOOL" create -s 3000000 -m 666)
		other write "$new" holes
		"$SHMTOOL" cat "$new" | cmp - holes
		[ "$(column RSS "$new")" -le 8192 ]
		new=$(other create --from holes)
		[ "$(column RSS "$new")" -le 8192 ]
	done
}

@test "write of a few bytes allocates only a few pages" {
	not_in_valgrind "that cannot be attached"
	new=$("$SHMTOOL" create -s 64G --noreserve)
	printf hello | "$SHMTOOL" write -o 5G "$new"
	printf hello >few
	"$SHMTOOL" write -o 6G "$new" few
	"$HELPERS/refuse" memfd_create=ENOSYS madvise:20=EINVAL -- "$SHMTOOL" write -o 7G "$new" few
	printf hello | "$HELPERS/refuse" memfd_create=ENOSYS madvise:20=EINVAL -- "$SHMTOOL" write -o 8G "$new"
	"$SHMTOOL" write --zero-rest --string "" -o 9G "$new"
	assert_equal "$(column RSS "$new")" 16384
}
