load common

# POSIX objects: each test has a /dev/shm of its own, and this file its own processes.

setup() {
	begin_posix_test
}

teardown() {
	end_posix_test
}

make_object() {
	"$SHMTOOL" create --name "$@" >/dev/null
}

# The files in /dev/shm that are not objects.
make_others() {
	mkfifo /dev/shm/fifo
	mknod /dev/shm/null c 1 3
	ln -s object /dev/shm/link
	mkdir /dev/shm/directory
	touch /dev/shm/sem.x
	touch file /dev/shm/mounted
	mount --bind file /dev/shm/mounted
}

@test "ls -P lists objects in each form of output" {
	make_object /a -s 1M
	make_object /b -s 64K --noreserve -m 640
	shmtool ls -P -n --sort NAME -o NAME,OWNER,PERMS,SIZE,RSS,NATTCH
	assert_done
	assert_output "/a   root  rw-------   1M  1M      0
/b   root  rw-r-----  64K   0      0"
	shmtool ls -P -r --sort -NAME -o TYPE,ID,KEY,NAME,SIZE,STATUS
	assert_output "TYPE ID KEY NAME SIZE STATUS
posix - - /b 65536 -
posix - - /a 1048576 -"
	shmtool ls -P -e -o NAME,MODE,OPEN /b
	assert_output 'NAME="/b" MODE="0640" OPEN="0"'
	shmtool ls -P -j -o NAME,ID,SIZE /b
	assert_output '{"name":"/b","id":null,"size":65536}'
	shmtool ls -P -J
	assert_equal "$(jq -c '[.segments[] | keys_unsorted] | unique[]' <<<"$output")" \
		'["name","owner","perms","size","rss","nattch","idle","command"]'
	shmtool ls -P -q --sort NAME
	assert_output $'/a\n/b'
}

@test "ls -P --sysv lists both kinds, and ls only System V segments" {
	id=$("$SHMTOOL" create -s 4K)
	make_object /a -s 8K
	shmtool ls -nr -P --sysv -o TYPE,ID,NAME,SIZE
	assert_done
	assert_output "sysv $id - 4096
posix - /a 8192"
	shmtool ls -q
	assert_output "$id"
	shmtool ls -q --sysv
	assert_output "$id"
	shmtool ls -q /a "$id"
	assert_output "/a
$id"
	shmtool ls -nr -o NAME,ID "$id" /a /none
	assert_failed 3 "shmtool ls: /none: no such object"
	assert_output "- $id
/a -"
}

@test "columns of an object are those of stat(2) and of its users" {
	make_object /a -s 1M --noreserve -m 631 --owner 7:8
	printf x | dd of=/dev/shm/a bs=4096 seek=3 conv=notrunc status=none
	touch -a -d @1500000000 /dev/shm/a
	use /a map
	map=${started[-1]}
	use /a write
	open=${started[-1]}
	# mmap(2) moves the time of access.
	shmtool ls -nr --time-format epoch -o UID,GID,MODE,SIZE,ATIME,MTIME,CTIME /a
	assert_output "$(stat -c "%u %g 0%a %s %X %Y %Z" /dev/shm/a)"
	assert_equal "$(column RSS,SWAP /a)" "$(($(stat -c %b /dev/shm/a) * 512)) 0"
	assert_equal "$(column NATTCH,OPEN,PIDS /a)" "1 1 $map,$open"
	assert_equal "$(column COMMAND /a)" "$HELPERS/object\\x20/a\\x20map"
	assert_equal "$(column NS,NSPID /a)" "$(stat -Lc %i /proc/self/ns/mnt) 1"
	assert_equal "$(column CPID,LPID,CUID,ATTACH,DETACH,STATUS /a)" "- - - - - -"
}

@test "--total and --group-by sum up objects" {
	make_object /a -s 1M
	make_object /b -s 1M --noreserve --owner nobody
	make_object /c -s 2M --owner nobody
	use /a map
	shmtool ls -P --total -n -o NAME --sort NAME
	assert_equal "${lines[-1]}" "total: 3 objects, SIZE 4M, RSS 3M, SWAP 0"
	shmtool ls -P --group-by OWNER -nr
	assert_output "nobody 2 3145728 2097152 0 0
root 1 1048576 1048576 0 1"
	id=$("$SHMTOOL" create -s 4K)
	shmtool ls -P --sysv --group-by TYPE -nr
	assert_output "posix 3 4194304 3145728 0 1
sysv 1 4096 0 0 0"
}

@test "filters select objects" {
	make_object /a -s 4K --owner nobody
	make_object /b -s 8K --owner root:daemon
	make_object /c -s 12K
	# No age is longer than the uptime.
	touch -d "-1 hour" /dev/shm/c
	use /b map
	pid=${started[-1]}
	selects() {
		assert_equal "$("$SHMTOOL" ls -P -q --sort NAME "${@:2}" | paste -s -d " ")" "$1"
	}
	selects /a -u nobody
	selects "/b /c" -u root
	selects /b -g daemon
	selects /b -p "$pid"
	selects "/a /c" --unattached
	selects /b --attached
	selects "/b /c" --min-size 8K
	selects "/a /b" --max-size 8K
	touch /dev/shm/a /dev/shm/b
	selects /c --idle 20s
	selects "" --older-than 20s
	selects /c --unattached --idle 20s
	selects /b -Q 'NAME == "/b"'
	selects "/a /c" -Q 'NATTCH == 0'
	selects "/a /b /c" -Q 'OPEN == 0 && TYPE == "posix"'
	selects "" -Q 'OPEN > 0'
	selects "" -Q 'ID >= 0'
	# A value that is unknown satisfies no comparison, negated or not.
	selects "" -Q '!(ID >= 0)'
	use /c read
	selects "/b /c" --attached
	selects /c -Q 'OPEN > 0'
	selects /a --unattached
}

@test "filters of System V segments do not apply to objects" {
	make_object /a -s 4K
	for filter in --orphaned "--creator root" --creator-gone --dest --locked --private; do
		for words in "ls -P" "ls -P --sysv" "ls /a" "info /a" "rm /a" "rm -P"; do
			# shellcheck disable=SC2086
			shmtool $words $filter
			assert_wrong_usage "shmtool ${words%% *}: ${filter% *}: does not apply to POSIX objects"
		done
	done
	assert_equal "$("$SHMTOOL" ls -P -q)" /a
}

@test "the name of an object has one slash and at most 255 bytes" {
	long=$(printf %0255d 0)
	make_object "/$long" -s 1
	assert_equal "$("$SHMTOOL" ls -q "/$long")" "/$long"
	shmtool ls "/${long}0"
	assert_wrong_usage "shmtool ls: '/${long}0': the name of a POSIX object has at most 255 bytes after its slash"
	for name in /a/b // /a/; do
		shmtool ls $name
		assert_wrong_usage "shmtool ls: '$name': the name of a POSIX object has no second slash"
	done
	for name in / /. /..; do
		for command in ls rm "create -s 1 --name"; do
			# shellcheck disable=SC2086
			shmtool $command $name
			assert_equal "$status" 2
			assert_regex "$stderr" "'$name': not the name of a POSIX object"
		done
	done
}

@test "on a terminal, ls counts objects, and files that are no objects" {
	run on_terminal 80 "$SHMTOOL ls"
	assert_output "shmtool ls: no System V segments"
	run on_terminal 80 "$SHMTOOL ls -P"
	assert_output "shmtool ls: no POSIX objects"
	make_object /a -s 1
	run on_terminal 80 "$SHMTOOL ls"
	assert_output "shmtool ls: no System V segments; 1 POSIX object: shmtool ls -P"
	make_object /b -s 1
	run on_terminal 80 "$SHMTOOL ls"
	assert_output "shmtool ls: no System V segments; 2 POSIX objects: shmtool ls -P"
	make_others
	run on_terminal 80 "$SHMTOOL ls -P -q"
	assert_line "shmtool ls: not listed: 1 semaphore, 1 symbolic link, 1 directory, 3 other files"
	rm /dev/shm/[ab]
	"$SHMTOOL" create -s 1
	run on_terminal 80 "$SHMTOOL ls -P"
	assert_line "shmtool ls: no POSIX objects; 1 System V segment: shmtool ls"
	# Programs get no such message.
	shmtool ls -P
	assert_done
}

@test "files that are no objects are neither listed nor opened" {
	need_strace
	make_object /object -s 4K
	make_others
	run_apart traced -o calls -e trace=%file,read "$SHMTOOL" ls -P -O
	assert_success
	shmtool ls -P -q
	assert_output /object
	for name in fifo null link directory mounted; do
		for command in "ls -O" info cat "write --string x" "chmod 600" "chown root" "rm -n" "wait --removed"; do
			# shellcheck disable=SC2086
			run_apart timeout 10 strace -f -o calls.now -e trace=%file "$SHMTOOL" $command /$name
			cat calls.now >>calls
			assert_failed 1 "shmtool ${command%% *}: /$name: not a shared memory object: not a regular file of /dev/shm"
		done
	done
	[ -s calls ]
	run grep -E 'open.*"(/dev/shm/)?(fifo|null|link|directory|mounted|sem\.x)"' calls
	assert_output ""
	# An object is opened only to tell swap from memory.
	[ "$(awk 'NR > 1 { n += $4 } END { print n + 0 }' /proc/swaps)" = 0 ] || skip "some memory is in swap"
	run grep 'open.*"object"' calls
	assert_output ""
}

@test "objects that are not accessible are counted" {
	need_root
	make_object /a -s 4K
	make_object /b -s 4K
	# The first call examines one of them.
	deny() {
		run_apart "$HELPERS/failing" statx 1 EACCES -- "$@"
	}
	deny "$SHMTOOL" ls -P -q
	assert_failed 4 "shmtool ls: 1 file in /dev/shm not accessible"
	assert_equal "${#lines[@]}" 1
	deny "$SHMTOOL" rm -P --unattached --idle 0
	assert_failed 4 "shmtool rm: 1 file in /dev/shm not accessible"
	assert_equal "$("$SHMTOOL" ls -P -q | wc -l)" 1
	chmod 744 /dev/shm
	as_stranger "$SHMTOOL" ls -P -q
	assert_failed 4 "shmtool ls: /dev/shm: permission denied"
}

@test "info shows how processes use an object" {
	make_object /a -s 64K
	use /a map
	map=${started[-1]} address=$started_line
	use /a private
	private=${started[-1]} copy=$started_line
	use /a read
	read=${started[-1]}
	use /a write
	write=${started[-1]}
	use /a thread
	thread=${started[-1]}
	shmtool info /a
	assert_done
	assert_line "  Used          mapped twice, open 3 times, by 5 processes"
	assert_line "  --unattached  no: mapped twice, open 3 times"
	shmtool info -J /a
	attaches=$(jq -r '.segments[0].attaches[] | "\(.pid) \(.address) \(.perms) \(.size) \(.fd)"' <<<"$output" | sort)
	assert_equal "$attaches" "$(sort <<-E
		$map $address rw 65536 null
		$private $copy rw 65536 null
		$read null r null 3
		$write null rw null 3
		$thread null r null 3
	E
	)"
	assert_equal "$("$SHMTOOL" ls -P -q -p "$thread")" /a
}

@test "info shows which parts of an object hold data" {
	make_object /a -s 1M --noreserve
	dd if=/dev/urandom of=/dev/shm/a bs=512K count=1 conv=notrunc status=none
	shmtool info -J -o SIZE,RANGES /a 2>/dev/null
	shmtool info /a
	assert_done
	assert_line "Object /a"
	assert_line "  Memory        512K resident, 0 swapped"
	assert_regex "$output" $'Parts +\\[#{31}\\.{31}\\]\n'
	assert_line "  --unattached  yes: neither mapped nor open"
}

@test "looking at objects changes nothing" {
	need_strace
	make_object /a -s 1M --noreserve
	printf x | dd of=/dev/shm/a bs=4096 seek=3 conv=notrunc status=none
	touch -d @1500000000 /dev/shm/a
	use /a write
	state() {
		stat -c "%b %x %y %z" /dev/shm/a
		grep Shmem: /proc/meminfo >/dev/null
		df --output=used /dev/shm
	}
	before=$(state)
	for words in "ls -P -O" "ls -P -J -O" "info /a" "info -J /a" "wait --exists /a" "wait --attached /a" "rm -n /a"; do
		# shellcheck disable=SC2086
		shmtool $words
		assert_success
	done
	assert_equal "$(state)" "$before"
	# Reading does not move the time of access, either, if the caller may ask for that.
	shmtool cat /a
	assert_equal "$(state | head -n 1 | cut -d " " -f 1)" "${before%% *}"
}

@test "names with unsafe bytes reach no terminal, and -q leaves out what are several words" {
	printf x >"/dev/shm/"$'\e[31m\n'
	printf x >"/dev/shm/two words"
	printf x >"/dev/shm/-rf"
	printf x >"/dev/shm/Größe"
	printf x >"/dev/shm/"$'\xff'
	printf x >"/dev/shm/quote\""
	for options in "" -r -e -J -j "--group-by NAME" -O; do
		# shellcheck disable=SC2086
		shmtool ls -P $options
		assert_success
		run grep -c $'\e' <<<"$output"
		assert_output 0
	done
	run on_terminal 80 "$SHMTOOL ls -P; $SHMTOOL info -P; $SHMTOOL rm -n -v -P --unattached --idle 1h"
	run grep -c $'\e' <<<"$output"
	assert_output 0
	shmtool ls -P -nr -o NAME --sort NAME
	assert_line "/two\\x20words"
	assert_line "/-rf"
	assert_line '/Gr\xc3\xb6\xc3\x9fe'
	assert_line '/\x1b[31m\x0a'
	assert_equal "${#lines[@]}" 6
	shmtool ls -P -J
	assert_equal "$(jq -r '.segments[] | select(.name == "/two words").size' <<<"$output")" 1
	shmtool ls -P -q
	assert_failed 1 "shmtool ls: 4 names with blanks, quotes or control characters left out; use --json"
	assert_equal "$(sort <<<"$output")" $'/-rf\n/Größe'
	shmtool rm -v -- "/"$'\e[31m\n' "/two words" /-rf
	assert_done
	assert_line "removed /two words (1 bytes)"
	assert_equal "$("$SHMTOOL" ls -P -q 2>/dev/null)" /Größe
}

@test "cat copies an object, and holes stay holes" {
	make_object /a -s 1M --noreserve
	printf 'hello\0' | dd of=/dev/shm/a bs=512K seek=1 conv=notrunc status=none
	blocks=$(stat -c %b /dev/shm/a)
	shmtool cat /a >out
	"$SHMTOOL" cat /a >out
	cmp out /dev/shm/a
	[ "$(stat -c %b out)" -lt 100 ]
	assert_equal "$(stat -c %b /dev/shm/a)" "$blocks"
	shmtool cat -o 512K -s /a
	assert_output hello
	shmtool cat -o 512K -l 3 /a
	assert_output hel
	shmtool cat -x -o 512K -l 16 /a
	assert_line --index 0 "00080000  68 65 6c 6c 6f 00 00 00  00 00 00 00 00 00 00 00  |hello...........|"
	shmtool cat -o 2M /a
	assert_equal "$status" 2
	"$SHMTOOL" cat /a | cmp - /dev/shm/a
}

@test "write copies into an object" {
	make_object /a -s 64K --noreserve
	shmtool write --string hello -o 5 /a
	assert_done
	shmtool cat -o 4 -l 7 -r /a
	assert_equal "$("$SHMTOOL" cat -o 5 -s /a)" hello
	shmtool write --fill 65 -l 3 /a
	assert_done
	assert_equal "$(head -c 3 /dev/shm/a)" AAA
	head -c 64K /dev/urandom >file
	shmtool write /a file
	assert_done
	cmp file /dev/shm/a
	head -c 1000 /dev/urandom >file
	shmtool write -o 100 /a <file
	assert_done
	cmp -n 1000 <(tail -c +101 /dev/shm/a) file
	head -c 65K /dev/urandom >file
	shmtool write /a file
	assert_equal "$status" 1
	shmtool write /a <file
	assert_equal "$status" 1
	assert_equal "$(stat -c %s /dev/shm/a)" 65536
}

@test "write --zero-rest keeps the memory that is reserved" {
	make_object /a -s 1M
	blocks=$(stat -c %b /dev/shm/a)
	assert_equal "$blocks" 2048
	"$SHMTOOL" write --fill 7 -l 1M /a
	shmtool write --string x --zero-rest /a
	assert_done
	cmp /dev/shm/a <(printf x; head -c 1048575 /dev/zero)
	assert_equal "$(stat -c %b /dev/shm/a)" "$blocks"
}

@test "write --zero-rest touches no hole, whatever lies beside it" {
	make_object /a -s 32M --noreserve
	/usr/bin/python3 -c 'with open("/dev/shm/a", "r+b") as file:
		for i in range(0, 32 << 20, 128 << 10):
			file.seek(i + 5000)
			file.write(b"x")'
	assert_equal "$(stat -c %b /dev/shm/a)" 2048
	shmtool write --string y --zero-rest /a
	assert_done
	assert_equal "$(stat -c %b /dev/shm/a)" 2056
	assert_equal "$(tr -d '\0' </dev/shm/a)" y
}

@test "write and create notice that the object shrank" {
	make_object /a -s 2M
	mkfifo pipe
	for words in "write /a" "create --name /b -s 2M --from -"; do
		# shellcheck disable=SC2086
		"$SHMTOOL" $words <pipe >out 2>err 3>&- &
		started+=($!)
		exec {end}>pipe
		head -c 1M /dev/zero >&"$end"
		object=/dev/shm/a
		[[ $words != create* ]] || object=/dev/shm/b
		until_true test -s "$object"
		# Its size does not tell when the first MiB is written, but that comes first.
		: >"$object"
		printf x >&"$end"
		exec {end}>&-
		wait $! && status=0 || status=$?
		assert_equal "$status $(cat out)" "1 "
		assert_regex "$(cat err)" "^shmtool ${words%% *}: (/a: )?object shrank meanwhile"
	done
	assert [ ! -e /dev/shm/b ]
}

@test "write into an object on a full /dev/shm says so" {
	mount -o remount,size=1M /dev/shm
	make_object /a -s 2M --noreserve
	shmtool write --fill 1 -l 2M /a
	assert_equal "$status" 1
	assert_regex "$stderr" "^shmtool write: /a: .*not enough space on /dev/shm: 0 of 1M free; see 'shmtool ls -P --sort -RSS'"
	shmtool write --fill 1 -l 2M /a
	assert_equal "$status" 1
}

@test "create --name reserves memory, unless --noreserve is given" {
	shmtool create --name /a -s 1M -m 666
	assert_done
	assert_output /a
	assert_equal "$(stat -c "%s %b %a" /dev/shm/a)" "1048576 2048 666"
	umask 077
	shmtool create --name /b -s 1M -m 664 --noreserve
	assert_done
	assert_equal "$(stat -c "%s %b %a" /dev/shm/b)" "1048576 0 664"
	mount -o remount,size=4M /dev/shm
	shmtool create --name /c -s 8M
	assert_failed 1 "shmtool create: not enough space on /dev/shm: 3M of 4M free, 8388608 bytes requested; see 'shmtool ls -P --sort -RSS'"
	assert [ ! -e /dev/shm/c ]
	shmtool create --name /c -s 8M --noreserve
	assert_done
	for other in "-k 7" "--ftok /:R" --new-key --huge --lock; do
		# shellcheck disable=SC2086
		shmtool create --name /d -s 4K $other
		assert_equal "$status" 2
	done
}

@test "create --exist-ok accepts an object that is large enough" {
	make_object /a -s 4K
	make_object /b -s 4K --owner nobody
	shmtool create --name /a -s 4K
	assert_failed 1 "shmtool create: the name is taken by an object owned by root; use --exist-ok to accept the existing object"
	shmtool create --name /a -s 4K --exist-ok
	assert_done
	assert_output /a
	shmtool create --name /a -s 5K --exist-ok
	assert_failed 1 "shmtool create: object /a exists but has only 4096 bytes, not 5120"
	shmtool create --name /b -s 4K --exist-ok
	assert_failed 0 "shmtool create: warning: object /b is owned by nobody"
	ln -s a /dev/shm/link
	shmtool create --name /link -s 4K
	assert_failed 1 "shmtool create: the name is taken; use --exist-ok to accept the existing object"
	shmtool create --name /link -s 4K --exist-ok
	assert_failed 1 "shmtool create: not a shared memory object: not a regular file of /dev/shm"
}

@test "create --from fills an object, and --owner gives it away" {
	printf data >file
	truncate -s 1M file
	shmtool create --name /a --from file -m 440 --owner nobody:daemon
	assert_done
	cmp file /dev/shm/a
	assert_equal "$(stat -c "%U %G %a" /dev/shm/a)" "nobody daemon 440"
	shmtool create --name /b --from file --noreserve
	assert_equal "$(stat -c %b /dev/shm/b)" 8
	shmtool create --name /c --from - -s 2 <file
	assert_equal "$status" 1
	assert [ ! -e /dev/shm/c ]
}

@test "create that is killed before it printed the name leaves no object, and afterwards leaves it" {
	need_strace
	mkfifo from
	"$SHMTOOL" create --name /a -s 4K --from - <from 3>&- &
	started+=($!)
	exec {end}>from
	until_true test -e /dev/shm/a
	kill -KILL "${started[-1]}"
	until_true test ! -e /dev/shm/a
	exec {end}>&-
	# The second message to the process that would remove it says to keep it.
	stop_after sendto 2 "$SHMTOOL" create --name /b -s 4K
	kill -KILL "$(cut -d " " -f 1 "/proc/$tracer/task/$tracer/children")" "$tracer"
	assert_equal "$(cat said)" /b
	assert [ -e /dev/shm/b ]
}

@test "chown and chmod change an object" {
	make_object /a -s 4K
	shmtool chown nobody:daemon /a
	assert_done
	shmtool chmod g+rw,o=r /a
	assert_done
	assert_equal "$(stat -c "%U %G %a" /dev/shm/a)" "nobody daemon 664"
	shmtool chmod 600 /a /none
	assert_failed 3 "shmtool chmod: /none: no such object"
	assert_equal "$(stat -c %a /dev/shm/a)" 600
	shmtool chown :root /a
	assert_equal "$(stat -c "%U %G" /dev/shm/a)" "nobody root"
	make_object /b -s 4K
	as_stranger "$SHMTOOL" chmod 666 /b
	assert_failed 4 "shmtool chmod: /b: permission denied: owned by root; only its owner or root may change it"
	as_stranger "$SHMTOOL" chown nobody /b
	assert_failed 4 "shmtool chown: /b: permission denied: owned by root; only its owner or root may change it"
	for command in lock unlock; do
		shmtool $command /a
		assert_wrong_usage "shmtool $command: '/a': only System V segments can be ${command}ed"
	done
}

@test "wait watches an object" {
	shmtool wait --exists --timeout 0.01 /a
	assert_failed 124 "shmtool wait: /a: timed out: no such object"
	"$SHMTOOL" wait --exists /a 3>&- &
	waiter=$!
	make_object /a -s 4K
	wait "$waiter"
	shmtool wait --exists /a
	assert_done
	shmtool wait --unattached /a
	assert_done
	shmtool wait --attached --timeout 0.01 /a
	assert_failed 124 "shmtool wait: /a: timed out: not in use"
	use /a map
	shmtool wait --attached /a
	assert_done
	shmtool wait --unattached --timeout 0.01 /a
	assert_failed 124 "shmtool wait: /a: timed out: still in use"
	"$SHMTOOL" wait --unattached /a 3>&- &
	waiter=$!
	kill -KILL "${started[-1]}"
	wait "$waiter"
	shmtool wait --byte 3=x --timeout 0.01 /a
	assert_failed 124 "shmtool wait: /a: timed out: byte at offset 3 is 0"
	"$SHMTOOL" wait --byte 3=x /a 3>&- &
	waiter=$!
	"$SHMTOOL" write -o 3 --string x /a
	wait "$waiter"
	shmtool wait --removed --timeout 0.01 /a
	assert_failed 124 "shmtool wait: /a: timed out: not removed"
	# Another object of the same name is another object. The program sleeps when it has found the
	# first one.
	stop_after clock_nanosleep 1 "$SHMTOOL" wait --removed /a
	printf x >/dev/shm/new
	mv /dev/shm/new /dev/shm/a
	go_on
	assert_done
	shmtool wait --removed /none
	assert_failed 3 "shmtool wait: /none: no such object"
}

@test "a process that maps an object and then closes it uses it all the time" {
	make_object /a -s 4K
	use /a move
	# Stop when the descriptors are about to be read.
	stop_after openat 1 -P "/proc/${started[0]}/fd" "$SHMTOOL" ls -P -nr -o NATTCH,OPEN,PIDS
	kill -USR1 "${started[0]}"
	until_true grep -q /dev/shm/a "/proc/${started[0]}/maps"
	until_true test ! -e "/proc/${started[0]}/fd/3"
	go_on
	assert_output "1 0 ${started[0]}"
}

@test "a process that cannot be examined for lack of descriptors may use any object" {
	need_strace
	make_object /a -s 4K
	use /a thread
	for file in fd task maps; do
		run_apart strace -o calls -e inject=openat:error=EMFILE -P "/proc/${started[0]}/$file" \
			"$SHMTOOL" rm -n -v -P --unattached --idle 0
		assert_failed 0 "shmtool rm: cannot examine some processes, which may use POSIX objects"
		assert_output --partial "kept /a: "
	done
}

@test "an ordinary user reads and writes his objects, and is told what he may not examine" {
	need_root
	as_stranger "$SHMTOOL" create --name /own -s 1M --noreserve
	assert_done
	make_object /secret -s 4K
	as_stranger "$SHMTOOL" write --string hello /own
	assert_done
	as_stranger "$SHMTOOL" cat -s /own
	assert_done
	assert_output hello
	assert_equal "$(stat -c %b /dev/shm/own)" 8
	as_stranger "$SHMTOOL" cat /secret
	assert_failed 4 "shmtool cat: /secret: permission denied: owned by root, permissions rw-------; read permission required"
	as_stranger "$SHMTOOL" write --string x /secret
	assert_failed 4 "shmtool write: /secret: permission denied: owned by root, permissions rw-------; read and write permission required"
	as_stranger "$SHMTOOL" ls -P -nr --sort NAME -o NAME,SIZE,RSS
	assert_done
	# If the host has anything in swap, the part of an unreadable object that is in memory is unknown.
	rss=$(awk 'NR > 1 { used += $4 } END { print used ? "-" : 4096 }' /proc/swaps)
	assert_output "/own 1048576 4096
/secret 4096 $rss"
	as_stranger "$SHMTOOL" ls -P -q --unattached
	assert_success
	assert_output ""
	assert_regex "$stderr" "run as root"
	as_stranger "$SHMTOOL" info /own
	assert_line "  --unattached  no: cannot be known: not every process could be examined"
	as_stranger "$SHMTOOL" info /secret
	assert_line "  Parts         unknown: read and write permission required"
	as_stranger "$SHMTOOL" wait --unattached /own
	assert_failed 4 "shmtool wait: /own: cannot examine some processes, which may use it; run as root"
	as_stranger "$SHMTOOL" ls -P -nr -o NAME -Q 'NATTCH == 0'
	assert_output ""
}

@test "--namespace and --all-namespaces reach the /dev/shm of other mount namespaces" {
	not_in_valgrind "openat2(2) is unknown"
	make_object /here -s 4K
	other_mounts "truncate -s 8K /dev/shm/there"
	# Another mount namespace with the /dev/shm of this one.
	start unshare --mount -- bash -c 'echo ready; exec sleep infinity'
	inode=$(stat -Lc %i "/proc/$other/ns/mnt")
	shmtool ls -P -nr -A -o NAME,SIZE,NS --sort NAME
	assert_done
	assert_output "/here 4096 $(stat -Lc %i /proc/self/ns/mnt)
/there 8192 $inode"
	for namespace in "$other" "$inode" "/proc/$other/ns/mnt"; do
		shmtool ls -P -nr -o NAME,NS,NSPID -N "$namespace"
		assert_done
		assert_output "/there $inode $other"
	done
	shmtool create -N "$other" --name /new -s 64K
	assert_done
	shmtool write -N "$other" --string hello /new
	assert_done
	shmtool cat -N "$other" -s /new
	assert_output hello
	shmtool chmod -N "$other" 640 /new
	assert_equal "$(stat -c %a "/proc/$other/root/dev/shm/new")" 640
	shmtool create -N "$other" --name /large -s 2M
	assert_failed 1 "shmtool create: not enough space on /dev/shm: 960K of 1M free, 2097152 bytes requested; see 'shmtool ls -P --sort -RSS'"
	shmtool rm -v -N "$other" /new
	assert_output "removed /new (65536 bytes)"
	assert_equal "$("$SHMTOOL" ls -P -q)" /here
	shmtool rm -N $$ /here
	assert_equal "$status" 1
	assert_regex "$stderr" "the caller.s own /dev/shm"
}

@test "a /dev/shm of another namespace that may not be read does not stop the others" {
	not_in_valgrind "openat2(2) is unknown"
	need_root
	make_object /here -s 4K
	for mode in 700 744; do
		other_mounts "touch /dev/shm/there; chown 1000 /dev/shm; chmod $mode /dev/shm"
		for words in "ls -P -A -nr -o NAME" "metrics -A --output file"; do
			# shellcheck disable=SC2086
			run_apart setpriv --bounding-set=-dac_override,-dac_read_search "$SHMTOOL" $words
			assert_success
			[[ $words == metrics* ]] || assert_output /here
			[[ $words == metrics* ]] || assert_regex "$stderr" "cannot reach /dev/shm of 1 mount namespace"
		done
		assert [ -s file ]
		rm file
		run_apart setpriv --bounding-set=-dac_override,-dac_read_search "$SHMTOOL" \
			rm -A -P --unattached --idle 0 --settle 0 --min-size 1M
		assert_equal "$status" 4
		kill -KILL "$other"
		wait "$other" || true
	done
}

@test "a FUSE file system that somebody mounted on a name is no object, and stops nothing" {
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	need_root
	make_object /a -s 4K
	touch /dev/shm/mounted
	# Root gets no attributes; or the server never answers.
	for options in user_id=65534,group_id=65534 user_id=0,group_id=0,allow_other; do
		exec {server}<>/dev/fuse
		mount -i -n -t fuse -o "fd=$server,rootmode=100000,$options" none /dev/shm/mounted
		run_apart timeout 20 "$SHMTOOL" ls -P -nr -o NAME
		assert_done
		assert_output /a
		run_apart timeout 20 "$SHMTOOL" metrics --output file
		assert_done
		run_apart timeout 20 "$SHMTOOL" info /mounted
		assert_failed 1 "shmtool info: /mounted: not a shared memory object: not a regular file of /dev/shm"
		run_apart timeout 20 "$SHMTOOL" rm -P -v --unattached --idle 0 --settle 0
		assert_output "removed /a (4096 bytes)"
		umount --lazy /dev/shm/mounted
		exec {server}>&-
		make_object /a -s 4K
	done
}

@test "two directories of one tmpfs are two /dev/shm" {
	not_in_valgrind "openat2(2) is unknown"
	other_mounts "mkdir /dev/shm/empty; mount --bind /dev/shm/empty /dev/shm"
	first=$other
	start nsenter --mount --target "$first" -- unshare --mount --propagation private -- \
		bash -c 'umount /dev/shm; touch /dev/shm/there; echo ready; exec sleep infinity'
	shmtool ls -P -A -nr -o NAME
	assert_output /there
}

@test "without search permission on /dev/shm, nothing is known to exist" {
	need_root
	id=$("$SHMTOOL" create -s 4K -m 644)
	chmod 700 /dev/shm
	chmod 755 .
	as_stranger "$SHMTOOL" wait --exists --timeout 1m /none
	assert_failed 4 "shmtool wait: /none: permission denied; search permission on /dev/shm required"
	as_stranger "$SHMTOOL" info /none
	assert_failed 4 "shmtool info: /none: permission denied; search permission on /dev/shm required"
	# Segments are listed all the same.
	as_stranger "$SHMTOOL" ls -P --sysv -nr -o TYPE,ID
	assert_failed 4 "shmtool ls: /dev/shm: permission denied"
	assert_output "sysv $id"
	# Metrics without objects would look as if there were none.
	as_stranger "$SHMTOOL" metrics
	assert_equal "$status" 4
	assert_output ""
	as_stranger "$SHMTOOL" metrics --output file
	assert_equal "$status" 4
	assert [ ! -e file ]
}

@test "without /dev/shm, an object is missing" {
	umount --lazy /dev/shm
	# shellcheck disable=SC2016
	run_apart unshare --mount -- bash -euc '
		mount -t tmpfs tmpfs /dev
		"$SHMTOOL" rm -f /none
		"$SHMTOOL" info /none'
	mount_shm size=1M,mode=1777
	assert_failed 3 "shmtool info: /none: no such object"
}

@test "create --name without /proc says so, and leaves nothing" {
	mkdir empty
	run_apart with_mounts bash -euc 'mount --bind empty /proc; exec "$SHMTOOL" create --name /a -s 4K'
	assert_failed 1 "shmtool create: /proc is not mounted, or shows another PID namespace"
	assert [ ! -e /dev/shm/a ]
}

@test "wait --attached does not say that an object is unused if it cannot know" {
	need_root
	make_object /a -s 4K -m 666
	chmod 755 .
	use /a read
	as_stranger "$SHMTOOL" wait --attached --timeout 100ms /a
	assert_failed 124 "shmtool wait: /a: timed out: no use found, but not every process could be examined; run as root"
}

@test "who may give an object away, and keep an owner that cannot be told" {
	need_root
	chmod 755 .
	as_stranger "$SHMTOOL" create --name /a -s 4K
	as_stranger "$SHMTOOL" chown root /a
	assert_failed 4 "shmtool chown: /a: permission denied: owned by nobody; only a process with CAP_CHOWN may give it to another user, or to a group that it is not in"
	make_object /b -s 4K -m 600
	as_stranger "$SHMTOOL" chmod 600 /b
	assert_failed 4 "shmtool chmod: /b: permission denied: owned by root; only its owner or root may change it"
	# The owner is mapped in the user namespace, the group is not.
	make_object /c -s 4K -m 600 --owner 1000:2000
	setpriv --reuid=1000 --regid=1000 --clear-groups true 2>/dev/null || skip "no user 1000 here"
	run_apart setpriv --reuid=1000 --regid=1000 --clear-groups \
		unshare --user --map-root-user -- "$SHMTOOL" chmod 640 /c
	[[ $stderr != unshare:* ]] || skip "user namespaces are not allowed"
	assert_done
	assert_equal "$(stat -c "%u %g %a" /dev/shm/c)" "1000 2000 640"
	run_apart setpriv --reuid=1000 --regid=1000 --clear-groups \
		unshare --user --map-root-user -- "$SHMTOOL" chown :0 /c
	assert_done
	assert_equal "$(stat -c "%u %g %a" /dev/shm/c)" "1000 1000 640"
}

@test "on a full /dev/shm, create tells space from inodes" {
	mount -o remount,nr_inodes=3,size=16k /dev/shm
	make_object /a -s 4K
	shmtool create --name /b -s 64K
	assert_failed 1 "shmtool create: not enough space on /dev/shm: 12K of 16K free, 65536 bytes requested; see 'shmtool ls -P --sort -RSS'"
	make_object /b -s 4K
	shmtool create --name /c -s 4K
	assert_failed 1 "shmtool create: not enough space on /dev/shm: no inodes left, 4096 bytes requested; see 'shmtool ls -P --sort -RSS'"
}

@test "an object whose times lie in the future has no idle time" {
	make_object /a -s 4K
	touch -d tomorrow /dev/shm/a
	shmtool info /a
	assert_line "  Idle          unknown: its times lie in the future"
}

@test "another /dev/shm is reached while something is mounted elsewhere" {
	need_strace
	other_mounts "truncate -s 8K /dev/shm/there"
	run_apart traced -o calls -e inject=openat2:error=EAGAIN:when=1..3 \
		"$SHMTOOL" ls -P -nr -o NAME -N "$other"
	[ "$(grep -c INJECTED calls)" = 3 ]
	assert_done
	assert_output /there
}

@test "info does not wait for a process that has a lease on the object" {
	need_root
	make_object /leased -s 64K
	start /usr/bin/python3 -c 'if True:
		import fcntl, os, time
		file = os.open("/dev/shm/leased", os.O_RDWR)
		fcntl.fcntl(file, fcntl.F_SETSIG, 0)
		import signal
		signal.signal(signal.SIGIO, signal.SIG_IGN)
		fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
		print("ready", flush=True)
		time.sleep(1 << 20)'
	assert_equal "$started_line" ready
	run_apart timeout 20 "$SHMTOOL" info /leased
	assert_success
	assert_line --regexp "^  Parts +unknown"
}

@test "hostile mount namespaces neither hang nor mislead" {
	not_in_valgrind "openat2(2) is unknown"
	printf secret >secret
	mkdir elsewhere
	touch elsewhere/file
	expect_nothing() {
		run_apart timeout 20 "$SHMTOOL" ls -P -q -N "$other"
		assert_equal "$status" 1
		assert_output ""
		assert_regex "$stderr" "$1"
		run_apart timeout 20 "$SHMTOOL" ls -P -nr -o NAME -A
		[ "$status" != 124 ]
		assert_output ""
		run_apart timeout 20 "$SHMTOOL" cat -N "$other" /file
		assert_equal "$status" 1
		kill -KILL "$other"
		wait "$other" || true
	}
	other_mounts "umount /dev/shm; mount -t tmpfs tmpfs /dev; ln -s $PWD/elsewhere /dev/shm"
	expect_nothing "no tmpfs is mounted on /dev/shm there"
	other_mounts "mount -t tmpfs tmpfs /dev"
	expect_nothing "/dev/shm"
	other_mounts "mount --bind $PWD/elsewhere /dev/shm"
	expect_nothing "no tmpfs is mounted on /dev/shm there"
	[ -c /dev/fuse ] || skip "no /dev/fuse"
	# A server that never answers.
	fuse='exec 9<>/dev/fuse; mount -i -n -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0,allow_other none'
	other_mounts "$fuse /dev/shm"
	expect_nothing "no tmpfs is mounted on /dev/shm there"
	other_mounts "$fuse /dev"
	expect_nothing "/dev/shm"
}
