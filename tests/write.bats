load common

# A command that fails in a pipeline fails the test.
set -o pipefail

setup() {
	begin_test
	id=$("$SHMTOOL" create -s 16)
	"$SHMTOOL" write --fill . "$id"
}

bytes() {
	"$SHMTOOL" cat "$id" | tr '\0' 0
}

@test "write copies a file, standard input, and standard input named -" {
	printf abc >data
	shmtool write "$id" data
	assert_done
	assert_output ""
	assert_equal "$(bytes)" "abc............."
	"$SHMTOOL" write "$id" <<<"defg"
	"$SHMTOOL" write -o 8 "$id" - < <(printf xyz)
	assert_equal "$(bytes | tr '\n' N)" "defgN...xyz....."
}

@test "write --offset, --nul and --zero-rest" {
	"$SHMTOOL" write --string abc -o 2 "$id"
	assert_equal "$(bytes)" "..abc..........."
	"$SHMTOOL" write --string abc -o 6 --nul "$id"
	assert_equal "$(bytes)" "..abc.abc0......"
	"$SHMTOOL" write --string xy -o 10 --zero-rest "$id"
	assert_equal "$(bytes)" "..abc.abc0xy0000"
	"$SHMTOOL" write --string "" -o 16 "$id"
	assert_equal "$(bytes)" "..abc.abc0xy0000"
}

@test "write --fill takes a number or a character" {
	"$SHMTOOL" write --fill x -l 3 "$id"
	"$SHMTOOL" write --fill 0x41 -o 4 -l 2 "$id"
	"$SHMTOOL" write --fill 066 -o 7 -l 1 "$id"
	"$SHMTOOL" write --fill "'7'" -o 9 -l 1 "$id"
	"$SHMTOOL" write --fill 0 -o 12 "$id"
	assert_equal "$(bytes)" "xxx.AA.6.7..0000"
	"$SHMTOOL" write --fill y -o 10 --nul "$id"
	assert_equal "$(bytes)" "xxx.AA.6.7yyyyy0"
	for text in "" 256 xy "''" -1 0x; do
		shmtool write --fill="$text" "$id"
		assert_wrong_usage "shmtool write: --fill: '$text': not a byte: a number from 0 to 255, or a character"
	done
}

@test "write of data that is known not to fit writes nothing" {
	before=$(bytes)
	printf '%017d' 0 >data
	shmtool write "$id" data
	assert_failed 1 "shmtool write: $id: 17 bytes do not fit: 16 bytes left at offset 0"
	run_apart bash -c '"$SHMTOOL" write "$1" <data' - "$id"
	assert_failed 1 "shmtool write: $id: 17 bytes do not fit: 16 bytes left at offset 0"
	shmtool write --string 0123456789abcdef --nul "$id"
	assert_failed 1 "shmtool write: $id: 17 bytes do not fit: 16 bytes left at offset 0"
	shmtool write --string abc -o 14 "$id"
	assert_failed 1 "shmtool write: $id: 3 bytes do not fit: 2 bytes left at offset 14"
	shmtool write --fill x -l 17 "$id"
	assert_failed 1 "shmtool write: $id: 17 bytes do not fit: 16 bytes left at offset 0"
	shmtool write --fill x --nul -l 18446744073709551615 "$id"
	assert_equal "$status" 1
	shmtool write --nul --string "" -o 16 "$id"
	assert_failed 1 "shmtool write: $id: 1 byte does not fit: 0 bytes left at offset 16"
	shmtool write --string "" -o 17 "$id"
	assert_wrong_usage "shmtool write: $id: --offset 17 is past the end: size is 16 bytes"
	assert_equal "$(bytes)" "$before"
}

@test "write starts at the current position in standard input" {
	printf '%017d' 0 >data
	{
		read -r -N 2 _
		"$SHMTOOL" write "$id"
	} <data
	assert_equal "$(bytes)" "000000000000000."
}

@test "write from a pipe with too many bytes says how many were written" {
	run_apart bash -c 'printf %017d 0 | "$SHMTOOL" write "$1"' - "$id"
	assert_failed 1 "shmtool write: $id: input does not fit: 16 bytes written, and there is more"
	run_apart bash -c 'printf %016d 0 | "$SHMTOOL" write --nul "$1"' - "$id"
	assert_failed 1 "shmtool write: $id: input does not fit: 15 bytes written, and there is more"
	run_apart bash -c 'printf %015d 0 | "$SHMTOOL" write --nul "$1"' - "$id"
	assert_done
	assert_equal "$(bytes)" "0000000000000000"
}

@test "write --verbose says what was written" {
	shmtool write -v --string abc -o 2 "$id"
	assert_done
	assert_output "$id: 3 bytes written at offset 2"
}

@test "write refuses more than one source" {
	shmtool write --string a --fill b "$id"
	assert_wrong_usage "shmtool write: FILE, --string and --fill cannot be combined"
	shmtool write --string a "$id" data
	assert_wrong_usage "shmtool write: FILE, --string and --fill cannot be combined"
	shmtool write -l 3 "$id" data
	assert_wrong_usage "shmtool write: --length requires --fill"
	shmtool write "$id" data more
	assert_wrong_usage "shmtool write: unexpected argument 'more'"
	shmtool write
	assert_wrong_usage "shmtool write: SEGMENT is missing"
}

@test "write of a file that cannot be read changes nothing" {
	shmtool write "$id" nowhere
	assert_failed 1 "shmtool write: nowhere: No such file or directory"
	shmtool write "$id" .
	assert_failed 1 "shmtool write: .: Is a directory"
	run_apart bash -c '"$SHMTOOL" write "$1" <&-' - "$id"
	assert_failed 1 "shmtool write: standard input: Bad file descriptor; 0 bytes written to $id"
	shmtool write 99 /etc/passwd
	assert_failed 3 "shmtool write: 99: no such segment"
}

@test "write of megabytes, from a file and from a pipe" {
	head -c 9000000 /dev/urandom >data
	id=$("$SHMTOOL" create -s 9000000)
	"$SHMTOOL" write "$id" data
	"$SHMTOOL" cat "$id" | cmp - data
	"$SHMTOOL" write --fill 0 "$id"
	"$SHMTOOL" cat "$id" | cmp - <(head -c 9000000 /dev/zero)
	head -c 9000000 data | "$SHMTOOL" write "$id"
	"$SHMTOOL" cat "$id" | cmp - data
}

@test "write --zero-rest frees whole pages" {
	id=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" write --fill x "$id"
	assert_equal "$(column RSS "$id")" 1048576
	"$SHMTOOL" write --string abc --zero-rest "$id"
	assert_equal "$(column RSS "$id")" 4096
	"$SHMTOOL" cat "$id" | cmp - <(printf abc; head -c $((1048576 - 3)) /dev/zero)
	# Half a page at both ends of the range.
	id=$("$SHMTOOL" create -s 10000)
	"$SHMTOOL" write --fill x "$id"
	"$SHMTOOL" write --string y -o 2000 --zero-rest "$id"
	"$SHMTOOL" cat "$id" | cmp - <(printf 'x%.0s' {1..2000}; printf y; head -c 7999 /dev/zero)
}

@test "write needs write permission" {
	need_root
	chmod 755 .
	id=$("$SHMTOOL" create -s 3 -m 0604)
	as_stranger "$SHMTOOL" write --string abc "$id"
	assert_failed 4 "shmtool write: $id: permission denied: owned by root, permissions rw----r--; read and write permission required"
}
