load common

# A command that fails in a pipeline fails the test.
set -o pipefail

# Reading allocates no memory in a segment.

setup() {
	begin_test
	chmod 755 .
	id=$("$SHMTOOL" create -s 64G --noreserve -m 0644)
	"$SHMTOOL" write --string hello -o 32G "$id"
	"$SHMTOOL" write --string world -o 40G "$id"
	assert_equal "$(column RSS "$id")" 8192
}

# disk_use FILE: print the disk space that a file uses, in KiB.
disk_use() {
	du -k "$1" | cut -f 1
}

# check_image FILE: assert that the file is a sparse copy of the segment that setup
# created.
check_image() {
	assert_equal "$(stat -c %s "$1")" 68719476736
	[ "$(disk_use "$1")" -le 64 ]
	assert_equal "$(dd if="$1" bs=1M skip=32K count=1 status=none | tr -d '\0')" hello
	assert_equal "$(dd if="$1" bs=1M skip=40K count=1 status=none | tr -d '\0')" world
	assert_equal "$(dd if="$1" bs=1M skip=33K count=64 status=none | tr -d '\0' | wc -c)" 0
}

@test "64 GiB with two touched pages are copied to a sparse file, and no page is added" {
	need_root
	"$SHMTOOL" cat "$id" >image
	check_image image
	assert_equal "$(column RSS "$id")" 8192
}

@test "the same if /proc does not show this process" {
	not_in_valgrind "that cannot be attached"
	mkdir empty
	for how in "unshare --pid --fork" "mount --bind empty /proc &&"; do
		# shellcheck disable=SC2016
		run_apart with_mounts bash -euc "$how"' "$SHMTOOL" cat "$0" >image' "$id"
		assert_done
		check_image image
		assert_equal "$(column RSS "$id")" 8192
		rm image
	done
}

@test "the same for an ordinary user, if the host has no swap" {
	need_root
	[ "$(wc -l </proc/swaps)" = 1 ] || skip "the host has swap, where pages may be"
	mkdir -m 777 open
	# shellcheck disable=SC2016
	as_stranger bash -c '"$SHMTOOL" cat "$1" >open/image' - "$id"
	assert_done
	check_image open/image
	assert_equal "$(column RSS "$id")" 8192
}

@test "holes go into a pipe as zeros" {
	assert_equal "$("$SHMTOOL" cat -o 32G -l 64M "$id" | md5sum)" \
		"$({ printf hello; head -c $((67108864 - 5)) /dev/zero; } | md5sum)"
	assert_equal "$(column RSS "$id")" 8192
}

@test "--string and --hex allocate no pages for holes, either" {
	shmtool cat -s -o 32G "$id"
	assert_output hello
	shmtool cat -x -o 32G -l 64M "$id"
	assert_output "800000000  68 65 6c 6c 6f 00 00 00  00 00 00 00 00 00 00 00  |hello...........|
800000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
804000000"
	assert_equal "$(column RSS "$id")" 8192
}

@test "a file that ends in a hole has its full length" {
	"$SHMTOOL" cat -o 33G -l 1G "$id" >image
	# The last byte is allocated, to extend the file without truncating it.
	assert_equal "$(stat -c %s image)" 1073741824
	[ "$(disk_use image)" -le 4 ]
	id=$("$SHMTOOL" create -s 5000)
	"$SHMTOOL" cat "$id" >image
	assert_equal "$(stat -c %s image)" 5000
	cmp image <(head -c 5000 /dev/zero)
}

@test "cat of a segment with all pages touched, and of one with its last page untouched" {
	while read -r length kib; do
		id=$("$SHMTOOL" create -s 20481)
		"$SHMTOOL" write --fill x -l "$length" "$id"
		"$SHMTOOL" cat "$id" >image
		"$SHMTOOL" cat -s "$id" | tr -d '\n' | cmp - <(head -c "$length" image)
		assert_equal "$(stat -c %s image) $(disk_use image)" "20481 $kib"
	done <<-E
		20481 24
		20480 24
	E
}

@test "cat to a file never truncates what another program appends" {
	need_strace
	id=$("$SHMTOOL" create -s 5000)
	# Without fallocate(2), as on some network file systems, a zero byte is written.
	for world in "" fallocate=EOPNOTSUPP; do
		: >image
		# The other program appends between the call that reads the size and the
		# next call.
		# shellcheck disable=SC2086
		ASAN_OPTIONS=detect_leaks=0 strace -o calls -P "$PWD/image" -e trace=fstat,newfstatat,fallocate,ftruncate,pwrite64 \
			-e inject=fallocate,ftruncate:delay_enter=1500000 \
			${world:+"$HELPERS/refuse" $world --} "$SHMTOOL" cat "$id" 1<>image 3>&- &
		until_true grep -qE "^(fallocate|ftruncate)" calls
		head -c 20000 /dev/zero | tr '\0' x >>image
		wait $!
		assert_equal "$(stat -c %s image)" 20000
		assert_equal "$(tail -c 15000 image | tr -d x | wc -c)" 0
	done
}

@test "the offset of standard output is honoured" {
	{
		printf before
		"$SHMTOOL" cat -o 32G -l 8193M "$id"
		printf after
	} >image
	assert_equal "$(stat -c %s image)" $((6 + 8193 * 1048576 + 5))
	[ "$(disk_use image)" -le 64 ]
	assert_equal "$(head -c 11 image)" beforehello
	assert_equal "$(tail -c 5 image)" after
	assert_equal "$(tail -c +$((6 + 8 * 1073741824 + 1)) image | head -c 5)" world
}

@test "holes written over existing bytes of a file become zeros" {
	head -c 100000 /dev/zero | tr '\0' x >image
	"$SHMTOOL" cat -o 33G -l 50000 "$id" 1<>image
	cmp image <(head -c 50000 /dev/zero; head -c 50000 /dev/zero | tr '\0' x)
}

@test "holes written over existing bytes of a file use no disk space" {
	printf 'x%.0s' {1..100000} >image
	"$SHMTOOL" cat -o 33G -l 100M "$id" 1<>image
	assert_equal "$(stat -c %s image)" 104857600
	[ "$(disk_use image)" -le 8 ]
	cmp image <(head -c 100M /dev/zero)
	"$SHMTOOL" cat -l 0 "$id" >>image
	assert_equal "$(stat -c %s image)" 104857600
}

@test "cat --length 0 leaves a file as it is" {
	printf abc >image
	{
		dd bs=1 seek=5000 count=0 status=none
		"$SHMTOOL" cat -l 0 "$id"
	} 1<>image
	assert_equal "$(stat -c %s image)" 3
}

@test "holes are written to a file that is open for append" {
	"$SHMTOOL" cat -o 33G -l 100000 "$id" >>empty
	"$SHMTOOL" cat -o 32G -l 5 "$id" >>empty
	cmp empty <(head -c 100000 /dev/zero; printf hello)
	printf before >image
	"$SHMTOOL" cat -o 33G -l 100000 "$id" >>image
	cmp image <(printf before; head -c 100000 /dev/zero)
	assert_equal "$(column RSS "$id")" 8192
}

@test "data between many holes is read" {
	id=$("$SHMTOOL" create -s 300001)
	for page in 0 3 4 5 9 40 73; do
		head -c 100 /dev/urandom | "$SHMTOOL" write -o $((page * 4096 + 17)) "$id"
	done
	"$SHMTOOL" cat "$id" | head -c 300001 >through-a-pipe
	"$SHMTOOL" cat "$id" >image
	cmp image through-a-pipe
	assert_equal "$(stat -c %s image)" 300001
	hexdump -C image | diff - <("$SHMTOOL" cat -x "$id")
	for offset in 0 1 4095 4096 4097 100000 299999; do
		"$SHMTOOL" cat -o "$offset" "$id" | cmp - <(tail -c +$((offset + 1)) image)
	done
	assert_equal "$(column RSS "$id")" $((7 * 4096))
	# An ordinary user reads the same bytes.
	"$SHMTOOL" chown nobody "$id"
	setpriv --reuid=65534 --clear-groups "$SHMTOOL" cat "$id" 2>/dev/null | cmp - image ||
		need_root
}

@test "cat reads all data if mincore fails" {
	# If mincore(2) fails, everything is read as data.
	id=$("$SHMTOOL" create -s 64K)
	"$SHMTOOL" write --string data -o 8K "$id"
	"$HELPERS/refuse" mincore=ENOSYS -- "$SHMTOOL" cat "$id" |
		cmp - <(head -c 8192 /dev/zero; printf data; head -c 57340 /dev/zero)
}
