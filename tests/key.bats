load common

# A command that fails in a pipeline fails the test.
set -o pipefail

# ftok PATH PROJ: print the key that glibc's ftok(3) makes.
ftok() {
	/usr/bin/python3 -c '
import ctypes, sys
libc = ctypes.CDLL(None)
print("0x%08x" % (libc.ftok(sys.argv[1].encode(), int(sys.argv[2])) & 0xffffffff))' "$@"
}

# found KEY DIR...: run key --find, and sort the files in $output.
found() {
	shmtool key --find "$@"
	assert_done
	output=$(LC_ALL=C sort <<<"$output")
}

@test "key prints what ftok makes" {
	touch file
	mkdir folder
	ln -s file link
	while read -r spec path proj; do
		shmtool key "$spec"
		assert_done
		assert_output "$(ftok "$path" "$proj")"
	done <<-'E'
		file file 1
		file:1 file 1
		file:255 file 255
		file:0x80 file 128
		file:X file 88
		./file:X ./file 88
		link:7 file 7
		folder folder 1
		/ / 1
	E
	assert_regex "$output" '^0x01[0-9a-f]{6}$'
	mkdir d:
	touch d:/file a:b
	assert_equal "$("$SHMTOOL" key d:/file)" "$(ftok d:/file 1)"
	assert_equal "$("$SHMTOOL" key a:b:X)" "$(ftok a:b 88)"
}

@test "key prints the key that ftok: and --ftok use, and that ls prints" {
	touch file
	id=$("$SHMTOOL" create --ftok file:X -s 1)
	key=$("$SHMTOOL" key file:X)
	assert_equal "$(column KEY ftok:file:X)" "$key"
	assert_equal "$("$SHMTOOL" ls -q "$key")" "$id"
}

@test "key of a missing or inaccessible file" {
	shmtool key none
	assert_failed 1 "shmtool key: none: no such file for ftok(3)"
	assert_output ""
	touch file
	shmtool key file/x:1
	assert_failed 1 "shmtool key: file/x:1: Not a directory"
	need_root
	mkdir -m 700 closed
	touch closed/file
	chmod 755 .
	as_stranger "$SHMTOOL" key closed/file
	assert_failed 4 "shmtool key: closed/file: cannot stat the ftok file"
}

@test "wrong usage of key" {
	shmtool key
	assert_wrong_usage "shmtool key: PATH[:PROJ] is missing"
	shmtool key a b
	assert_wrong_usage "shmtool key: unexpected argument 'b'"
	for spec in "" :X /tmp:0 /tmp:256 /tmp:ab /tmp: /tmp:-1; do
		shmtool key -- "$spec"
		assert_wrong_usage "shmtool key: '$spec': not PATH[:PROJ], with PROJ a number from 1 to 255 or one character"
	done
	shmtool key --all-file-systems /tmp
	assert_wrong_usage "shmtool key: --all-file-systems requires --find"
	shmtool key --find
	assert_wrong_usage "shmtool key: option '--find' needs an argument"
	shmtool key --find 0x1
	assert_wrong_usage "shmtool key: DIR is missing"
	for key in 0 0x0 00 -0; do
		shmtool key --find "$key" .
		assert_wrong_usage "shmtool key: --find: key 0 is IPC_PRIVATE, which no file produces"
	done
	for key in "" x 0x 08 12x "1 " +1; do
		shmtool key --find "$key" .
		assert_wrong_usage "shmtool key: --find: '$key': not a number in decimal, octal (0...) or hex (0x...)"
	done
	for key in 0x100000001 4294967296 -2147483649; do
		shmtool key --find "$key" .
		assert_wrong_usage "shmtool key: --find: '$key': a key has 32 bits"
	done
	shmtool key -N 1 /tmp
	assert_wrong_usage "shmtool key: unknown option '-N'"
}

@test "--find lists the files, directories and links that produce the key" {
	mkdir -p tree/a/b other
	touch tree/a/file tree/a/b/file other/outside
	ln -s ../file tree/a/b/up
	ln -s "$PWD/other/outside" tree/link
	ln -s nowhere tree/dangling
	ln -s loop tree/loop
	ln -s file/x tree/a/through
	ln tree/a/file tree/hard
	mkfifo tree/fifo
	found "$("$SHMTOOL" key tree/a/file:X)" tree
	assert_output "tree/a/b/up:88
tree/a/file:88
tree/hard:88"
	while read -r line; do
		assert_equal "$("$SHMTOOL" key "$line")" "$(ftok tree/a/file 88)"
	done <<<"$output"
	found "$("$SHMTOOL" key tree/a/b:255)" tree
	assert_output "tree/a/b:255"
	found "$("$SHMTOOL" key tree)" tree/
	assert_output "tree/:1"
	found "$("$SHMTOOL" key tree/fifo:9)" tree other
	assert_output "tree/fifo:9"
	# A link that leads out of the tree.
	found "$("$SHMTOOL" key other/outside)" tree
	assert_output "tree/link:1"
	# A file, and a directory that is named through a link.
	found "$("$SHMTOOL" key tree/fifo)" tree/fifo
	assert_output "tree/fifo:1"
	ln -s tree named
	found "$("$SHMTOOL" key tree/a/b)" named other
	assert_output "named/a/b:1"
}

@test "--find accepts a key in every notation" {
	touch file
	key=$("$SHMTOOL" key file:200)
	for text in "$key" "$((key))" "$((key - 4294967296))" "$(printf '0%o' "$key")" "${key^^}"; do
		found "${text/0X/0x}" file
		assert_output "file:200"
	done
}

@test "--find does not follow links into directories" {
	mkdir -p tree other/folder
	touch other/folder/file
	ln -s ../other tree/link
	ln -s .. tree/parent
	ln -s . tree/self
	shmtool key --find "$("$SHMTOOL" key other/folder/file)" tree
	assert_failed 1 "shmtool key: $("$SHMTOOL" key other/folder/file): no matching file found"
	assert_output ""
	found "$("$SHMTOOL" key other)" tree
	assert_output "tree/link:1"
	found "$("$SHMTOOL" key tree:2)" tree
	assert_output "tree/self:2
tree:2"
}

# key_of_inode FILE: the low 32 bits of its inode number.
key_of_inode() {
	printf '0x%08x' $(($(stat -c %i "$1") & 0xffffffff))
}

@test "--find of a key with PROJ 0" {
	touch file
	until [ "$(ftok file 0)" != "$(key_of_inode file)" ]; do
		touch other
		mv file "$(mktemp used.XXXXXX)"
		mv other file
	done
	key=$(ftok file 0)
	shmtool key --find "$key" file
	assert_success
	assert_output "file:0"
	assert_equal "$stderr" "shmtool key: $key: project ID is 0: probably not an ftok(3) key"
	mkdir empty
	key=0x00$(printf '%06x' $((($(stat -c %i empty) & 0xffff) ^ 0xffff | 0x10000)))
	shmtool key --find "$key" empty
	assert_failed 1 "shmtool key: $key: project ID is 0: probably not an ftok(3) key; no file has this inode number either"
	assert_output ""
}

@test "--find of a key that is the inode number of a directory, as in PostgreSQL" {
	mkdir -p 15/main 15/other "15/odd (inode number)"
	ln -s 15/main link
	found "$(key_of_inode 15/main)" .
	assert_output "./15/main (inode number)
./link (inode number)"
	found "$(key_of_inode "15/odd (inode number)")" .
	assert_output "./15/odd (inode number) (inode number)"
	# No such line names a file by chance, or is taken for PATH:PROJ.
	shmtool key "15/main (inode number)"
	assert_failed 1 "shmtool key: 15/main (inode number): no such file for ftok(3)"
	# The whole number counts, not only what ftok(3) makes of it.
	shmtool key --find "$(printf '0x%08x' $(($(key_of_inode 15/main) ^ 0x1000000)))" 15
	refute_output --partial "(inode number)"
}

@test "names that could move a cursor or break a line are escaped" {
	mkdir $'a\nb\033[2J'
	touch $'a\nb\033[2J/\xff: \u00fc'
	found "$("$SHMTOOL" key $'a\nb\033[2J/\xff: \u00fc:X')" .
	assert_output './a\x0ab\x1b[2J/\xff: ü:88'
}

@test "--find reports a directory that it may not read, and continues" {
	need_root
	mkdir -p tree/a tree/closed/inner tree/z
	touch tree/a/file tree/closed/inner/file
	ln tree/a/file tree/z/hard
	chmod 700 tree/closed
	ln -s closed/inner tree/link
	chmod 755 .
	key=$("$SHMTOOL" key tree/a/file)
	as_stranger "$SHMTOOL" key --find "$key" tree
	assert_equal "$status" 4
	assert_equal "$(sort <<<"$output")" "tree/a/file:1
tree/z/hard:1"
	assert_equal "$(sort <<<"$stderr")" "shmtool key: tree/closed: permission denied
shmtool key: tree/link: permission denied"
	# The directory itself can be examined.
	as_stranger "$SHMTOOL" key --find "$("$SHMTOOL" key tree/closed)" tree
	assert_equal "$status" 4
	assert_output "tree/closed:1"
	# An inaccessible directory and no match are failures of different kinds.
	inner=$("$SHMTOOL" key tree/closed/inner/file)
	as_stranger "$SHMTOOL" key --find "$inner" tree/closed
	assert_failed 1 "shmtool key: tree/closed: permission denied
shmtool key: $inner: no matching file found"
	shmtool key --find "$key" none tree/z
	assert_failed 1 "shmtool key: none: No such file or directory"
	assert_output "tree/z/hard:1"
}

@test "--find stays on one file system without --all-file-systems" {
	need_root
	mkdir -p tree/mounted
	touch tree/file
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	run_apart unshare --mount bash -euc '
		mount -t tmpfs tmpfs tree/mounted
		mkdir tree/mounted/below
		touch tree/mounted/below/file
		key=$("$SHMTOOL" key tree/mounted/below/file)
		"$SHMTOOL" key --find "$key" tree 2>&1 || echo "status $?"
		"$SHMTOOL" key --find "$key" --all-file-systems tree
		"$SHMTOOL" key --find "$key" tree/mounted
		"$SHMTOOL" key --find "$("$SHMTOOL" key tree/mounted)" tree'
	assert_done
	assert_line --index 0 --regexp "^shmtool key: 0x[0-9a-f]{8}: no matching file found$"
	assert_line --index 1 "status 1"
	assert_line --index 2 "tree/mounted/below/file:1"
	assert_line --index 3 "tree/mounted/below/file:1"
	assert_line --index 4 "tree/mounted:1"
	assert_equal "${#lines[@]}" 5
}

# Write fuse.py. "python3 fuse.py FOLDER COMMAND..." mounts a file system and runs a command: there is
@test "key --find visits a directory once, whatever names it has" {
	mkdir -p tree/again
	touch tree/file
	mount --bind tree tree/again 2>/dev/null || skip "directories cannot be mounted here"
	shmtool key --find "$(stat -c %i tree/file)" tree
	umount tree/again
	assert_success
	assert_output "tree/file (inode number)"
}

# one file, and its entry has another inode number than the file.
make_fuse() {
	cat >fuse.py <<-'E'
		import os, struct, subprocess, sys
		sys.path.append(os.environ["SOURCE"] + "/tests/helpers")
		import fuse_server as fuse

		def attributes(node):
		    return fuse.attr(0x51234 if node == 2 else 1, 0o40755 if node == 1 else 0o100644)

		def entry(name, place):
		    head = struct.pack("QQII", 0xffffffff, place, len(name), 8)
		    return head + name + bytes(-len(name) % 8)

		def answer(opcode, node, body):
		    if opcode == fuse.LOOKUP and body == b"file\0":
		        return fuse.entry(2, attributes(2))
		    if opcode == fuse.GETATTR:
		        return struct.pack("Q2I", 0, 0, 0) + attributes(node)
		    if opcode == fuse.STATFS:
		        return bytes(80)
		    if opcode == fuse.READDIR:
		        return entry(b"file", 1) if struct.unpack_from("QQ", body)[1] == 0 else b""
		    return None

		fd = fuse.mount(sys.argv[1])
		server = os.fork()
		if server == 0:
		    fuse.serve(fd, answer)
		os.close(fd)  # if the server ends early, no process waits for it
		status = subprocess.run(sys.argv[2:]).returncode
		os.kill(server, 9)
		sys.exit(status)
	E
}

@test "--find on a file system whose directory entries have other inode numbers" {
	need_root
	[ -c /dev/fuse ] || skip "this kernel has no fuse"
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	make_fuse
	mkdir fuse
	# shellcheck disable=SC2016
	run_apart unshare --mount /usr/bin/python3 fuse.py fuse bash -euc '
		stat -c "%i" fuse/file
		"$SHMTOOL" key --find "$("$SHMTOOL" key fuse/file:X)" fuse'
	[ "$status" != 77 ] || skip "fuse cannot be mounted here"
	assert_done
	assert_output "$((0x51234))
fuse/file:88"
}

@test "a path that is too long is reported and not searched" {
	/usr/bin/python3 - <<-'E'
		import os
		name = "d" * 200
		for _ in range(25):
		    os.mkdir(name)
		    os.chdir(name)
	E
	shmtool key --find 0x01ffffff dddd*
	assert_equal "$status" 1
	assert_line_count_stderr 2
	assert_regex "${stderr_lines[0]}" "^shmtool key: (d{200}/){19}d{200}: (File name|Filename) too long$"
}

# assert_line_count_stderr N: assert the number of messages.
assert_line_count_stderr() {
	assert_equal "${#stderr_lines[@]}" "$1"
}

@test "a tree that is deeper than the limit on open files is reported" {
	mkdir tree
	/usr/bin/python3 - <<-'E'
		import os
		os.chdir("tree")
		for _ in range(100):
		    os.mkdir("d")
		    os.chdir("d")
		open("file", "w")
	E
	deep=tree$(printf '/d%.0s' {1..100})
	key=$("$SHMTOOL" key "$deep/file")
	found "$key" tree
	assert_line "$deep/file:1"
	run_apart bash -c 'ulimit -n 64; "$SHMTOOL" key --find "$1" tree' - "$key"
	assert_equal "$status" 1
	assert_regex "${stderr_lines[0]}" "^shmtool key: tree(/d)+: (Too many open files|No file descriptors available)$"
}

@test "a failed write is a failure" {
	run_apart bash -c '"$SHMTOOL" key / >/dev/full'
	# If the C library buffers less than a line, as musl does, the reason is lost.
	reason="No space left on device"
	[ -n "${MEMCHECK:-}${QEMU:-}" ] || [[ $(ldd "$SHMTOOL" 2>/dev/null) == *libc.so.6* ]] ||
		reason="write error"
	assert_failed 1 "shmtool key: standard output: $reason"
}
