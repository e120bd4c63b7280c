load common

# A command that fails in a pipeline fails the test.
set -o pipefail

@test "cat writes the bytes of a segment exactly" {
	head -c 5000000 /dev/urandom >data
	id=$("$SHMTOOL" create --from data)
	"$SHMTOOL" cat "$id" | cmp - data
	"$SHMTOOL" cat "$id" >copy
	cmp copy data
	"$SHMTOOL" cat "$id" >>copy
	cmp copy <(cat data data)
}

@test "cat of several segments, one after another" {
	a=$("$SHMTOOL" create --from <(printf one) -s 3)
	b=$("$SHMTOOL" create --from <(printf two) -s 3 -k 9)
	shmtool cat "$a" key:9 "$a"
	assert_done
	assert_output onetwoone
}

@test "cat continues after a missing segment" {
	id=$("$SHMTOOL" create --from <(printf one) -s 3)
	shmtool cat 99 "$id" 0x5
	assert_failed 3 "shmtool cat: 99: no such segment
shmtool cat: 0x5: no such segment"
	assert_output one
}

@test "cat --offset and --length" {
	id=$("$SHMTOOL" create --from <(printf abcdefghij) -s 10)
	shmtool cat -o 3 "$id"
	assert_output defghij
	shmtool cat -o 3 -l 2 "$id"
	assert_output de
	shmtool cat -l 0x2 "$id"
	assert_output ab
	shmtool cat -o 10 "$id"
	assert_done
	assert_output ""
}

@test "cat writes nothing at all if the range is past the end of one segment" {
	a=$("$SHMTOOL" create --from <(printf abcdefghij) -s 10)
	b=$("$SHMTOOL" create --from <(printf abc) -s 3)
	shmtool cat -o 11 "$a"
	assert_wrong_usage "shmtool cat: $a: --offset 11 is past the end: size is 10 bytes"
	shmtool cat -o 8 -l 3 "$a"
	assert_wrong_usage "shmtool cat: $a: --length 3 is past the end: 2 bytes left at offset 8"
	shmtool cat -l 5 "$a" "$b"
	assert_wrong_usage "shmtool cat: $b: --length 5 is past the end: 3 bytes left at offset 0"
	shmtool cat -o 16E "$a"
	assert_wrong_usage "shmtool cat: --offset: '16E': not a size below 16E; give bytes, or a number with a unit, such as 4K or 1.5G"
	shmtool cat -o 1 -l 18446744073709551615 "$a"
	assert_wrong_usage "shmtool cat: $a: --length 18446744073709551615 is past the end: 9 bytes left at offset 1"
}

@test "cat --string stops before the first NUL" {
	not_in_qemu "process_vm_readv(2) is missing"
	id=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" write --string "some text" "$id"
	shmtool cat -s "$id"
	assert_output "some text"
	shmtool cat -s -o 5 "$id"
	assert_output text
	shmtool cat -s -o 5 -l 2 "$id"
	assert_output te
	head -c 300000 /dev/zero | tr '\0' x | "$SHMTOOL" write "$id"
	assert_equal "$("$SHMTOOL" cat -s "$id" | wc -c)" 300000
	id=$("$SHMTOOL" create --from <(printf abc) -s 3)
	shmtool cat -s "$id"
	assert_output abc
}

@test "cat --hex prints the same bytes as hexdump -C" {
	not_in_qemu "process_vm_readv(2) is missing"
	{
		printf 'The quick brown fox\n'
		head -c 40 /dev/zero
		head -c 1000 /dev/urandom
		head -c 4096 /dev/zero
		printf '\1\2\177\200\377'
		for _ in 1 2 3 4; do printf 0123456789abcdef; done
		printf tail
	} >data
	id=$("$SHMTOOL" create --from data)
	size=$(stat -c %s data)
	"$SHMTOOL" cat -x "$id" | diff - <(hexdump -C data)
	for offset in 0 1 5 15 16 17 20 60 1100 $((size - 4)) $((size - 1)); do
		"$SHMTOOL" cat -x -o "$offset" "$id" | diff - <(hexdump -C -s "$offset" data)
		for length in 1 3; do
			[ $((offset + length)) -le "$size" ] || continue
			"$SHMTOOL" cat -x -o "$offset" -l "$length" "$id" >mine
			diff mine <(hexdump -C -s "$offset" -n "$length" data)
		done
	done
	for length in 1 15 16 17 31 32 33 64 1060 5000 "$size"; do
		"$SHMTOOL" cat -x -l "$length" "$id" | diff - <(hexdump -C -n "$length" data)
	done
	shmtool cat -x -o "$size" "$id"
	assert_done
	assert_output ""
}

@test "cat --hex of an object prints the same bytes as hexdump -C" {
	table=$SOURCE/tests/data/shm-6.18
	"$SHMTOOL" create --name /object --from "$table"
	"$SHMTOOL" cat -x /object | diff - <(hexdump -C "$table")
	"$SHMTOOL" rm /object
}

@test "cat --hex beyond 4 GiB" {
	not_in_qemu "process_vm_readv(2) is missing"
	need_64_bits
	id=$("$SHMTOOL" create -s 5G --noreserve)
	"$SHMTOOL" write --string far -o 0x100000010 "$id"
	shmtool cat -x -o 0x10000000c -l 20 "$id"
	assert_output "10000000c  00 00 00 00 66 61 72 00  00 00 00 00 00 00 00 00  |....far.........|
10000001c  00 00 00 00                                       |....|
100000020"
}

@test "cat to a terminal shows text as text and anything else in hex" {
	not_in_qemu "process_vm_readv(2) is missing"
	need script
	on_terminal() {
		script -qec "$*" /dev/null </dev/null | tr -d '\r'
	}
	text=$("$SHMTOOL" create --from <(printf 'z\303\274ge\n') -s 6)
	binary=$("$SHMTOOL" create --from <(printf 'a\033[31mb') -s 7)
	assert_equal "$(on_terminal "$SHMTOOL" cat "$text")" "züge"
	assert_equal "$(on_terminal "$SHMTOOL" cat "$binary")" "$("$SHMTOOL" cat -x "$binary")"
	assert_equal "$(on_terminal "$SHMTOOL" cat --raw "$binary")" "$(printf 'a\033[31mb')"
	shmtool cat --hex --raw "$text"
	assert_wrong_usage "shmtool cat: --hex and --raw cannot be combined"
}

@test "cat to a terminal of text with characters that cross the end of the buffer" {
	not_in_qemu "process_vm_readv(2) is missing"
	need script
	# cat reads 256 KiB at a time. After an odd start, two-byte characters cross the
	# ends of these blocks.
	{
		printf x
		printf '\303\274%.0s' {1..150000}
	} >data
	id=$("$SHMTOOL" create --from data)
	script -qec "$SHMTOOL cat $id" /dev/null </dev/null | cmp - data
}

@test "cat needs only read permission" {
	not_in_qemu "IPC_SET loses the mode on s390x"
	need_root
	id=$("$SHMTOOL" create --from <(printf abc) -s 3 -m 0604)
	as_stranger "$SHMTOOL" cat "$id"
	assert_done
	assert_output abc
}

@test "cat writes in large pieces" {
	need_strace
	id=$("$SHMTOOL" create -s 64M)
	traced -e trace=write -o calls "$SHMTOOL" cat "$id" >/dev/null
	[ "$(grep -c 'write(1' calls)" -le 64 ]
}

@test "cat into a full non-blocking pipe" {
	head -c 1000000 /dev/urandom >data
	id=$("$SHMTOOL" create --from data)
	/usr/bin/python3 - "$SHMTOOL" "$id" data <<-'E'
		import os, subprocess, sys
		r, w = os.pipe()
		os.set_blocking(w, False)
		p = subprocess.Popen([sys.argv[1], "cat", sys.argv[2]], stdout=w)
		os.close(w)
		with os.fdopen(r, "rb") as f:
		    got = f.read()
		assert p.wait() == 0
		assert got == open(sys.argv[3], "rb").read()
	E
}

@test "cat needs a segment" {
	shmtool cat
	assert_wrong_usage "shmtool cat: SEGMENT is missing"
}

@test "an object that shrinks while it is read is an error" {
	for form in -r -x; do
		"$SHMTOOL" create --name /object -s 64K
		"$SHMTOOL" write --fill x /object
		# Its first lseek(2) looks for data in the object.
		stop_after lseek 1 "$SHMTOOL" cat "$form" /object
		truncate -s 4K /dev/shm/object
		go_on
		assert_failed 1 "shmtool cat: /object: object shrank meanwhile"
		"$SHMTOOL" rm /object
	done
}
