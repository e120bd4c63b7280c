load common
load swap

# The memory use of a segment, and which parts of it are in memory or in swap.

ranges() {
	"$SHMTOOL" info -J "$1" | /usr/bin/python3 -c '
import json, sys
ranges = json.load(sys.stdin)["segments"][0]["ranges"]
print(*["%s:%s+%s" % (r["in"], r["offset"], r["length"]) for r in ranges] if ranges is not None else ["none"])'
}

# tells_swap: return whether this kernel can tell memory from swap (cachestat(2), Linux
# 6.5). On an older kernel, the parts may be unknown.
tells_swap() {
	/usr/bin/python3 -c '
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall(451, -1, None, None, 0)
exit(ctypes.get_errno() == errno.ENOSYS)'
}

# huge_pages N: set the host's pool to N huge pages of 2 MiB until the test ends; skip the
# test if that fails.
huge_pages() {
	need_root
	pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	[ -w "$pool" ] || skip "this kernel has no huge pages of 2 MiB"
	[ -n "${old_pool:-}" ] || old_pool=$(cat "$pool")
	echo "$1" >"$pool"
	[ "$(cat "$pool")" = "$1" ] || skip "the pool of huge pages cannot be of $1"
}

# borrow N: let that pool borrow N more pages until the test ends.
borrow() {
	overcommit=${pool%/*}/nr_overcommit_hugepages
	old_overcommit=$(cat "$overcommit")
	echo "$1" >"$overcommit"
}

# reserve N: create a segment of N huge pages, which are reserved for it, and print its
# ID.
reserve() {
	/usr/bin/python3 -c '
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.shmget.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_int]
# IPC_CREAT, SHM_HUGETLB
id = libc.shmget(0, int(sys.argv[1]) << 21, 0o1000 | 0o4000 | 0o600)
sys.exit("refused") if id < 0 else print(id)' "$1"
}

# pool: print the row of limits for that pool.
pool() {
	"$SHMTOOL" limits -nr -o RESOURCE,LIMIT,USED,FREE,PERCENT,STATUS,RESERVED,OVERCOMMIT |
		sed -n 's/^hugepages-2048kB //p'
}

# sample SERIES: print its value in the metrics.
sample() {
	"$SHMTOOL" metrics | sed -n "s/^shmtool_$1 //p"
}

# make_swap [MIB]: give the host a swap file until the test ends.
make_swap() {
	swapfile=$PWD/swapfile
	dd if=/dev/zero of="$swapfile" bs=1M count="${1:-32}" status=none
	chmod 600 "$swapfile"
	mkswap "$swapfile" >/dev/null 2>&1
	if ! swapon "$swapfile" 2>/dev/null; then
		swapfile=
		skip "this kernel or file system takes no swap file"
	fi
}

teardown() {
	end_test
	[ -z "${old_pool:-}" ] || echo "$old_pool" >"$pool"
	[ -z "${old_group:-}" ] || echo "$old_group" >/proc/sys/vm/hugetlb_shm_group
	[ -z "${old_overcommit:-}" ] || echo "$old_overcommit" >"$overcommit"
	[ -z "${swapfile:-}" ] || swapoff "$swapfile" || true
}

# multiplies ID: return whether the kernel's RSS of this segment, with one huge page
# touched, is too large. Only such an RSS shows that an unattached segment has huge pages.
multiplies() {
	[ "$(awk -v id="$1" '$2 == id { print $15 }' /proc/sysvipc/shm)" != 2097152 ]
}

# may_multiply: return whether the program has to expect that of this kernel: since Linux 6.7,
# some kernels multiply (6.18), and some do not (Debian's 6.12).
may_multiply() {
	local major minor
	IFS=. read -r major minor _ <<<"$(uname -r)"
	[ "$major" -gt 6 ] || { [ "$major" = 6 ] && [ "${minor%%[!0-9]*}" -ge 7 ]; }
}

@test "RSS of a segment of huge pages is right, with and without an attach" {
	huge_pages 4
	id=$("$HELPERS/huge" 4)
	assert_equal "$(column RSS "$id")" 0
	"$SHMTOOL" write --string x "$id"
	status=orphan
	! multiplies "$id" || status=orphan,huge
	for touched in 1 2 3; do
		"$SHMTOOL" write --string x -o $(((touched - 1) * 2097152)) "$id"
		assert_equal "$(column SIZE,RSS,SWAP,STATUS "$id")" \
			"8388608 $((touched * 2097152)) 0 $status"
	done
	hold "$id"
	assert_equal "$(column RSS,STATUS "$id")" "6291456 huge"
	assert_equal "$(column RSS,STATUS,PIDS "$id")" "6291456 huge ${started[0]}"
	shmtool info "$id"
	assert_done
	assert_line "  Size          8M (8388608 bytes, 4 pages of 2M)"
	assert_line "  Memory        6M resident, 0 swapped"
	assert_line "  Status        huge: consists of huge pages"
	assert_line "  Parts         unknown for huge pages"
}

@test "usage counts no huge pages as segments, attached or not" {
	huge_pages 8
	sysv() {
		"$SHMTOOL" usage -nr -o KIND,MEMORY 2>messages | sed -n 's/^sysv //p'
	}
	"$SHMTOOL" write --fill x "$("$SHMTOOL" create -s 12288)"
	assert_equal "$(sysv)" 12288
	id=$("$HELPERS/huge" 4)
	"$SHMTOOL" write --fill x "$id"
	# Not attached, it may be a segment of small pages.
	assert_equal "$(sysv)" 12288
	hold "$id"
	hold "$id"
	# Neither its creator nor the last to use it has it attached.
	kill -KILL "${started[1]}"
	wait "${started[1]}" || true
	assert_equal "$(sysv)" 12288
	# The kernel may report any part of it as memory.
	"$SHMTOOL" rm "$id" 2>/dev/null
	kill -KILL "${started[0]}"
	wait "${started[0]}" || true
	id=$("$HELPERS/huge" 512)
	"$SHMTOOL" write --string x "$id"
	assert_equal "$(sysv)" 12288
	grep -q "[ ,]1 object" messages
}

@test "RSS that only the file behind a mapping shows" {
	huge_pages 4
	# One of 512 huge pages is touched, and the kernel reports 1 GiB, as if all pages
	# were touched and small.
	id=$("$HELPERS/huge" 512)
	"$SHMTOOL" write --string x "$id"
	multiplies "$id" || skip "this kernel counts right"
	assert_equal "$(awk -v id="$id" '$2 == id { print $15 }' /proc/sysvipc/shm)" 1073741824
	assert_equal "$(column RSS,STATUS "$id")" "- orphan"
	hold "$id"
	assert_equal "$(column RSS,STATUS "$id")" "2097152 huge"
	# Other users may not open that file, and see no value rather than a guess.
	as_stranger "$SHMTOOL" ls -nr -o RSS "$id"
	assert_equal "$output" -
	# For two pages, the kernel reports more than the size of the segment: now the RSS
	# is certain.
	"$SHMTOOL" write --string x -o 2M "$id"
	assert_equal "$(column RSS "$id")" 4194304
	as_stranger "$SHMTOOL" ls -nr -o RSS "$id"
	assert_output 4194304
}

@test "RSS is not read from a file mapped in place of the segment" {
	huge_pages 4
	start_swap 00000000
	id=$("$HELPERS/huge" 512)
	assert_equal "$id" "$inode"
	"$SHMTOOL" write --string x "$id"
	multiplies "$id" || skip "this kernel counts right"
	swap_during "$id" "$SHMTOOL" ls -nr -o RSS "$id"
	assert_equal "$(cat page)" -
}

@test "an RSS that may be of huge or of small pages is not shown" {
	# The table says 1 GiB: either all small pages are touched, or one huge page,
	# multiplied by the kernel. No process has the segment attached, so the answer is
	# unknown.
	huge_pages 2
	used=$("$HELPERS/huge" 1)
	"$SHMTOOL" write --string x "$used"
	{
		cat /proc/sysvipc/shm
		echo '0 77 600 1073741824 0 0 0 0 0 0 0 0 0 1 1073741824 0'
		echo '0 78 600 1073741824 0 0 0 0 0 0 0 0 0 1 1073745920 0'
		echo '0 79 600 4096 0 0 0 0 0 0 0 0 0 1 2097152 0'
	} >table
	run_apart with_mounts bash -euc '
		mount --bind table /proc/sysvipc/shm
		"$SHMTOOL" ls -nr -o ID,RSS'
	assert_line "$used 2097152"
	if may_multiply; then
		assert_line "77 -"
	else
		assert_line "77 1073741824"
	fi
	assert_line "78 1073745920"
	assert_line "79 2097152"
}

@test "a segment of small pages that is 1 GiB in memory keeps its RSS" {
	huge_pages 2
	used=$("$HELPERS/huge" 1)
	"$SHMTOOL" write --string x "$used"
	id=$("$SHMTOOL" create -s 1G)
	"$SHMTOOL" write --fill x "$id"
	if may_multiply; then
		assert_equal "$(column RSS "$id")" -
	else
		assert_equal "$(column RSS "$id")" 1073741824
	fi
	hold "$id"
	assert_equal "$(column RSS,STATUS "$id")" "1073741824 -"
}

@test "info draws which parts are in memory" {
	need_root
	id=$("$SHMTOOL" create -s 64M)
	"$SHMTOOL" write --fill x -l 16M "$id"
	"$SHMTOOL" write --fill x -o 48M -l 4K "$id"
	hold "$id"
	shmtool info "$id"
	assert_done
	assert_line --regexp '^  Parts         \[#{15,16}[#+]?\.+\+\.+\]$'
	assert_line "                # in memory, s in swap, + less than half, . never touched"
	assert_equal "$(ranges "$id")" "memory:0+16777216 memory:50331648+4096"
	# The same on a kernel without cachestat(2).
	run "$HELPERS/refuse" cachestat=ENOSYS -- "$SHMTOOL" info -J "$id"
	assert_line --partial '"ranges": [{"offset":0,"length":16777216,"in":"memory"},{"offset":50331648,"length":4096,"in":"memory"}]'
	assert_equal "$(column RSS "$id")" $((16777216 + 4096))
	for width in 60 132; do
		script -qec "stty cols $width; $SHMTOOL info $id" /dev/null </dev/null |
			tr -d '\r' | grep '  Parts' >bar
		assert_equal "$(head -c -1 bar | wc -c)" "$width"
	done
}

@test "a segment that was never touched, unattached and attached" {
	need_root
	id=$("$SHMTOOL" create -s 64K)
	assert_equal "$(ranges "$id")" none
	shmtool info "$id"
	assert_line "  Parts         unknown: no visible process has it attached"
	hold "$id"
	assert_equal "$(ranges "$id")" ""
	shmtool info "$id"
	assert_line --regexp '^  Parts         \[\.{62}\]$'
}

# sum_of FILE KIND COLUMN: print the sum of a column of the objects in FILE; null if it is unknown.
sum_of() {
	jq --arg kind "$2" --arg column "$3" '[.objects[] | select(.kind == $kind and (.name | endswith("swapped"))) |
		.[$column]] | if any(. == null) then null else add end' "$1"
}

@test "usage tells memory from swap, and says where it cannot" {
	need_root
	need mkswap
	make_swap
	start "$HELPERS/shared" pagedfd 1048576 swapped
	start "$HELPERS/shared" paged 1048576 /dev/shm/swapped
	for kind in memfd tmpfs; do
		"$SHMTOOL" usage --objects -J >usage.json 2>messages
		swap=$(sum_of usage.json $kind swap)
		if ! tells_swap; then
			assert_equal "$swap" null
			assert_equal "$(sum_of usage.json $kind memory)" 1048576
			continue
		fi
		[ "$swap" -gt 0 ]
		assert_equal "$(($(sum_of usage.json $kind memory) + swap))" 1048576
	done
	"$HELPERS/refuse" cachestat=ENOSYS -- "$SHMTOOL" usage --objects -J >old.json 2>messages
	assert_equal "$(sum_of old.json memfd memory) $(sum_of old.json memfd swap)" "1048576 null"
	grep -q "are counted together" messages
	"$HELPERS/refuse" cachestat=ENOSYS -- "$SHMTOOL" usage -J -o KIND,NAME,MEMORY,SWAP >old.json 2>messages
	assert_equal "$(jq -c '.usage[] | select(.name == "/dev/shm") | [.memory, .swap]' old.json | head -n 1)" \
		"[1048576,null]"
	tells_swap || return 0
	"$SHMTOOL" usage -J -o KIND,NAME,MEMORY,SWAP >usage.json
	assert_equal "$(jq '.usage[] | select(.name == "/dev/shm") | .memory + .swap' usage.json | head -n 1)" 1048576
	[ "$(jq '.usage[] | select(.name == "/dev/shm") | .swap' usage.json | head -n 1)" -gt 0 ]
	# Nothing was brought back from swap.
	"$SHMTOOL" usage --objects -J >usage.json 2>messages
	assert_equal "$(sum_of usage.json tmpfs swap)" "$swap"
}

@test "parts in swap are told from parts in memory" {
	need_root
	need mkswap
	make_swap
	id=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" write --fill x -l 512K "$id"
	start "$HELPERS/pageout" "$id" 131072 262144
	# The kernel moves most of what it was asked to move.
	read -r swap rss <<<"$("$SHMTOOL" ls -nr -o SWAP,RSS "$id")"
	[ "$swap" -gt 0 ]
	assert_equal "$((swap + rss))" 524288
	# On a kernel without cachestat(2), the ranges are right or unknown.
	"$HELPERS/refuse" cachestat=ENOSYS -- "$SHMTOOL" info -J "$id" >old.json
	/usr/bin/python3 - "$swap" <<-'E'
		import json, sys
		ranges = json.load(open("old.json"))["segments"][0]["ranges"]
		assert ranges is None or \
		    sum(r["length"] for r in ranges if r["in"] == "swap") == int(sys.argv[1]), ranges
	E
	if ! tells_swap && [ "$(ranges "$id")" = none ]; then
		shmtool info "$id"
		assert_line "  Parts         unknown: part is in swap, and this kernel does not tell which"
		return
	fi
	"$SHMTOOL" info -J "$id" >page.json
	/usr/bin/python3 - "$swap" "$rss" <<-'E'
		import json, sys
		ranges = json.load(open("page.json"))["segments"][0]["ranges"]
		for place, bytes in zip(["swap", "memory"], map(int, sys.argv[1:])):
		    assert sum(r["length"] for r in ranges if r["in"] == place) == bytes, ranges
		for r in ranges:
		    assert r["in"] == "memory" or 131072 <= r["offset"] < r["offset"] + r["length"] <= 393216
		assert [r["offset"] for r in ranges] == sorted(r["offset"] for r in ranges)
	E
	shmtool info "$id"
	assert_line --regexp '^  Parts         \[#{7}[#s+]{16,18}#{6,8}[#+]?\.+\]$'
	assert_line --regexp '^  Parts .*s'
	assert_equal "$(sample 'segments_swapped_bytes{owner="root",state="attached"}')" "$swap"
	# Showing the parts brought nothing back from swap.
	assert_equal "$(column SWAP "$id")" "$swap"
}

@test "data larger than the memory of a control group that may swap is written and read" {
	not_in_valgrind "it needs more itself"
	need_root
	need mkswap
	make_swap 192
	limit_memory $((32 << 20)) $((192 << 20))
	head -c 64M /dev/urandom >big
	for words in "write key:7 big" "write key:7" "create -k 7 --from big" "create -k 7 -s 64M --from -"; do
		[[ $words == create* ]] || "$SHMTOOL" create -s 64M -k 7 >/dev/null
		# shellcheck disable=SC2086
		run in_group "$SHMTOOL" $words <big
		assert_success
		read -r swap rss <<<"$("$SHMTOOL" ls -nr -o SWAP,RSS key:7)"
		[ "$swap" -ge $((32 << 20)) ] || fail "$words: only $swap bytes went to swap"
		assert_equal "$((swap + rss))" $((64 << 20))
		in_group "$SHMTOOL" cat key:7 | cmp - big
		in_group "$SHMTOOL" rm key:7
	done
}

@test "a user who may not see the parts is told why" {
	need_root
	chmod 755 .
	id=$("$SHMTOOL" create -s 64K -m 0666)
	start setpriv --reuid=65534 --regid=65534 --clear-groups "$HELPERS/hold" "$id"
	as_stranger "$SHMTOOL" info "$id"
	assert_success
	assert_line "  Parts         unknown: needs CAP_CHECKPOINT_RESTORE in the initial user namespace"
}

@test "cat of memory that cannot be allocated ends with a message, not a signal" {
	huge_pages 0
	chmod 755 .
	id=$("$HELPERS/huge")
	# For root, untouched pages read as zeros; for other users, the kernel has to
	# allocate a page.
	"$SHMTOOL" cat "$id" | cmp - <(head -c 2M /dev/zero)
	"$SHMTOOL" chown nobody "$id"
	for form in "" --hex --string; do
		as_stranger bash -c '"$SHMTOOL" cat $1 "$2" | cat' - "$form" "$id"
		assert_equal "$stderr" "shmtool cat: $id: cannot allocate memory at offset 0: out of huge pages (vm.nr_hugepages), or of memory in this control group"
	done
	as_stranger "$SHMTOOL" cat "$id"
	assert_equal "$status" 1
}

@test "write into memory that cannot be allocated ends with a message, not a signal" {
	huge_pages 0
	id=$("$HELPERS/huge")
	message="shmtool write: $id: cannot allocate memory at offset 0: out of huge pages (vm.nr_hugepages), or of memory in this control group"
	shmtool write --string abc "$id"
	assert_failed 1 "$message"
	shmtool write --fill x "$id"
	assert_failed 1 "$message"
	shmtool write "$id" /etc/passwd
	assert_failed 1 "$message"
}

# object_cell COLUMN NAME: print a cell of a POSIX object.
object_cell() {
	"$SHMTOOL" ls -nr -o "$1" "$2"
}

@test "memory and swap of a POSIX object, which nothing moves" {
	need_root
	need mkswap
	make_swap
	"$SHMTOOL" create --name /object -s 1M --noreserve
	"$SHMTOOL" write --fill x -l 512K /object
	start "$HELPERS/pageout" /dev/shm/object 131072 262144
	kill -KILL "${started[-1]}"
	tells_swap || {
		assert_equal "$(object_cell RSS,SWAP /object)" "- -"
		return
	}
	read -r swap rss <<<"$(object_cell SWAP,RSS /object)"
	[ "$swap" -gt 0 ]
	assert_equal "$((swap + rss))" 524288
	before=$(stat -c "%x %y %z %b" /dev/shm/object)
	"$SHMTOOL" info -J /object >page.json
	/usr/bin/python3 - "$swap" "$rss" <<-'E'
		import json, sys
		ranges = json.load(open("page.json"))["segments"][0]["ranges"]
		for place, bytes in zip(["swap", "memory"], map(int, sys.argv[1:])):
		    assert sum(r["length"] for r in ranges if r["in"] == place) == bytes, ranges
	E
	shmtool info /object
	assert_line --regexp '^  Parts         \[#{7}[#s+]{16,18}#{6,8}[#+]?\.+\]$'
	shmtool ls -P -O
	assert_equal "$(object_cell SWAP,RSS /object)" "$swap $rss"
	assert_equal "$(stat -c "%x %y %z %b" /dev/shm/object)" "$before"
	# A kernel without cachestat(2) does not tell; who may not read the object cannot ask.
	run "$HELPERS/refuse" cachestat=ENOSYS -- "$SHMTOOL" ls -nr -o RSS,SWAP /object
	assert_output "- -"
	as_stranger "$SHMTOOL" ls -nr -o RSS,SWAP /object
	assert_output "- -"
	assert_equal "$("$SHMTOOL" cat /object | md5sum)" \
		"$({ head -c 512K /dev/zero | tr "\\0" x; head -c 512K /dev/zero; } | md5sum)"
}

@test "reserved memory of a POSIX object counts as memory" {
	need_root
	"$SHMTOOL" create --name /reserved -s 1M
	assert_equal "$(object_cell RSS,SWAP /reserved)" "1048576 0"
	tells_swap || skip "this kernel does not tell which pages are in memory"
	assert_equal "$(ranges /reserved)" "memory:0+1048576"
}

@test "a partial last page in swap is told from the page before it" {
	need_root
	need mkswap
	make_swap
	id=$("$SHMTOOL" create -s 4196)
	"$SHMTOOL" write --fill x "$id"
	start "$HELPERS/pageout" "$id" 4096 4096
	[ "$(column SWAP "$id")" = 4096 ] || skip "the kernel did not move the page"
	tells_swap || [ "$(ranges "$id")" != none ] || return 0
	assert_equal "$(ranges "$id")" "memory:0+4096 swap:4096+100"
}

@test "no byte in swap is taken for a hole" {
	need_root
	need mkswap
	make_swap
	id=$("$SHMTOOL" create -s 4M -m 0644)
	head -c 1M /dev/urandom >data
	"$SHMTOOL" write -o 1M "$id" data
	start "$HELPERS/pageout" "$id" 1048576 1048576
	[ "$(column SWAP "$id")" -gt 0 ]
	expected=$({ head -c 1M /dev/zero; cat data; head -c 2M /dev/zero; } | md5sum)
	assert_equal "$("$SHMTOOL" cat "$id" | md5sum)" "$expected"
	"$SHMTOOL" cat "$id" >image
	assert_equal "$(md5sum <image)" "$expected"
	assert_equal "$(($(column RSS "$id") + $(column SWAP "$id")))" 1048576
	start "$HELPERS/pageout" "$id" 1048576 1048576
	as_stranger bash -c '"$0" cat "$1" | md5sum' "$SHMTOOL" "$id"
	assert_output "$expected"
}

@test "huge pages that were never touched are read as zeros, and not allocated" {
	huge_pages 2
	id=$("$HELPERS/huge" 8)
	"$SHMTOOL" write --string far -o 6M "$id"
	"$SHMTOOL" cat "$id" | cmp - <(head -c 6M /dev/zero; printf far; head -c $((10 * 1048576 - 3)) /dev/zero)
	"$SHMTOOL" cat -x "$id" >/dev/null
	"$SHMTOOL" cat "$id" >image
	assert_equal "$(stat -c %s image)" 16777216
	hold "$id"
	assert_equal "$(column RSS "$id")" 2097152
}

@test "limits says how many huge pages a segment can have" {
	huge_pages 20
	assert_equal "$(pool)" "20 0 20 0 - 0 0"
	id=$(reserve 18)
	assert_equal "$(pool)" "20 18 2 90 - 18 0"
	"$SHMTOOL" write --string x "$id"
	assert_equal "$(pool)" "20 18 2 90 - 17 0"
	run reserve 3
	assert_failure
	reserve 1
	assert_equal "$(pool)" "20 19 1 95 near 18 0"
	reserve 1
	assert_equal "$(pool)" "20 20 0 100 full 19 0"
	assert_equal "$("$SHMTOOL" limits -N $$ -nr -o RESOURCE,USED | grep 2048kB)" \
		"hugepages-2048kB 20"
}

@test "limits counts pages that the pool may borrow once, also when borrowed" {
	huge_pages 2
	borrow 4
	assert_equal "$(pool)" "6 0 6 0 - 0 4"
	reserve 5
	# Three pages are borrowed now, more than the pool has permanently.
	assert_equal "$(cat "${pool%/*}/surplus_hugepages")" 3
	assert_equal "$(pool)" "6 5 1 83 - 5 4"
	run reserve 2
	assert_failure
	# Pages that are already borrowed are not taken back.
	echo 1 >"$overcommit"
	assert_equal "$(pool)" "5 5 0 100 full 5 1"
	run reserve 1
	assert_failure
	# The same for a pool without permanent pages.
	ipcrm --all=shm
	echo 0 >"$pool"
	echo 2 >"$overcommit"
	assert_equal "$(pool)" "2 0 2 0 - 0 2"
	reserve 2
	assert_equal "$(pool)" "2 2 0 100 full 2 2"
}

@test "metrics of huge pages are right, or count the segments with unknown memory use" {
	huge_pages 4
	"$SHMTOOL" write --fill x "$("$SHMTOOL" create -s 12288)"
	used=$("$HELPERS/huge" 4)
	"$SHMTOOL" write --string x "$used"
	assert_equal "$(sample 'segments_resident_bytes{owner="root",state="orphan"}')" $((12288 + 2097152))
	# As above: only the file behind a mapping shows the RSS of this segment.
	id=$("$HELPERS/huge" 512)
	"$SHMTOOL" write --string x "$id"
	[ "$(column RSS "$id")" = - ] || skip "this kernel counts right"
	assert_equal "$(sample 'segments_resident_bytes{owner="root",state="orphan"}')" $((12288 + 2097152))
	assert_equal "$(sample 'segments_memory_unknown{owner="root",state="orphan"}')" 1
	"$SHMTOOL" rm "$used"
	hold "$id"
	assert_equal "$(sample 'segments_resident_bytes{owner="root",state="attached"}')" 2097152
	assert_equal "$(sample 'segments_memory_unknown{owner="root",state="attached"}')" 0
	# Other users may not open that file: memory use is not known for any segment in
	# this state.
	as_stranger "$SHMTOOL" metrics
	assert_done
	assert_line 'shmtool_segments_memory_unknown{owner="root",state="attached"} 1'
	refute_output --partial 'resident_bytes{owner="root",state="attached"}'
	assert_line 'shmtool_segments_resident_bytes{owner="root",state="orphan"} 12288'
	assert_line "shmtool_hugepages_pool_bytes{page_size=\"2097152\"} $((4 * 2097152))"
	assert_line "shmtool_hugepages_used_bytes{page_size=\"2097152\"} 2097152"
	borrow 3
	assert_equal "$(sample 'hugepages_pool_bytes{page_size="2097152"}')" $((7 * 2097152))
	reserve 4
	assert_equal "$(sample 'hugepages_used_bytes{page_size="2097152"}')" $((5 * 2097152))
}

@test "create --huge makes segments of huge pages, which are filled, written and read" {
	huge_pages 6
	head -c 5000001 /dev/urandom >data
	for size in "" =2M =2MiB =0x200000; do
		id=$("$SHMTOOL" create "--huge$size" --from data)
		"$SHMTOOL" cat "$id" | cmp - data
		hold "$id"
		assert_equal "$("$SHMTOOL" info -J "$id" | /usr/bin/python3 -c '
import json, sys
s = json.load(sys.stdin)["segments"][0]
print(s["size"], s["rss"], s["page_size"], s["status"])')" "5000001 6291456 2097152 ['huge']"
		end_test
	done
	id=$("$SHMTOOL" create --size 5000001 --huge)
	"$SHMTOOL" write -o 1 --nul "$id" <(head -c 5000 data)
	head -c 5000 data | "$SHMTOOL" write -o 4190000 "$id"
	"$SHMTOOL" cat "$id" | cmp - <(printf '\0'; head -c 5000 data
		head -c $((4190000 - 5001)) /dev/zero; head -c 5000 data
		head -c $((5000001 - 4195000)) /dev/zero)
	"$SHMTOOL" cat -x "$id" | cmp - <("$SHMTOOL" cat "$id" | hexdump -C)
	# A sparse file leaves no stale bytes, and allocates no more pages.
	truncate -s 5000001 holes
	"$SHMTOOL" write "$id" holes
	"$SHMTOOL" cat "$id" | cmp - <(head -c 5000001 /dev/zero)
	hold "$id"
	assert_equal "$(column RSS "$id")" $((3 * 2097152))
}

@test "create --huge reports what is missing" {
	huge_pages 3
	id=$("$SHMTOOL" create --huge -s 4M)
	shmtool create --huge -s 5M
	assert_failed 1 "shmtool create: not enough huge pages: 3 pages of 2M needed, 1 of 3 free; root can raise vm.nr_hugepages"
	"$SHMTOOL" rm "$id"
	huge_pages 0
	shmtool create --huge=2M -s 1
	assert_failed 1 "shmtool create: not enough huge pages: 1 page of 2M needed, 0 of 0 free; root can raise vm.nr_hugepages"
	if [ -d /sys/kernel/mm/hugepages/hugepages-1048576kB ]; then
		shmtool create --huge=1G -s 1G --noreserve
		assert_done
		id=$output
		shmtool write "$id" --string x
		assert_failed 1 "shmtool write: $id: cannot allocate memory at offset 0: out of huge pages (/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages), or of memory in this control group"
		shmtool create --huge=1G -s 1
		assert_failed 1 "shmtool create: not enough huge pages: 1 page of 1G needed, 0 of 0 free; root can raise /sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"
	fi
	shmtool create --huge=4K -s 1
	assert_equal "$status" 1
	assert_regex "$stderr" "^shmtool create: --huge: '4K': no huge pages of that size; this host has 2M(, 1G)?$"
	for text in "" x 3M 0 -1 2X; do
		shmtool create --huge="$text" -s 1
		assert_wrong_usage "shmtool create: --huge: '$text': not the size of a page, such as 2M"
	done
	# If the available sizes are unknown, the kernel refuses the size.
	run_apart "$HELPERS/refuse" memfd_create=ENOSYS -- "$SHMTOOL" create --huge=4M -s 1
	assert_failed 1 "shmtool create: the kernel has no huge pages of this size"
	shmtool create --huge=2M -s 0
	assert_failed 1 "shmtool create: size 0: a segment has at least 1 byte"
	"$SHMTOOL" rm "${id:-}" 2>/dev/null || true
	assert_equal "$("$SHMTOOL" ls -q)" ""
}

@test "create --huge as an ordinary user needs a group" {
	huge_pages 1
	old_group=$(cat /proc/sys/vm/hugetlb_shm_group)
	echo 12345 >/proc/sys/vm/hugetlb_shm_group
	as_stranger "$SHMTOOL" create --huge -s 1
	assert_failed 4 "shmtool create: permission denied; huge pages need CAP_IPC_LOCK or group vm.hugetlb_shm_group (now 12345)"
	echo 65534 >/proc/sys/vm/hugetlb_shm_group
	as_stranger "$SHMTOOL" create --huge -s 1
	assert_done
}

@test "a fill that runs out of huge pages leaves no segment" {
	huge_pages 1
	head -c 5M /dev/zero >data
	shmtool create --huge --noreserve --from data
	assert_failed 1 "shmtool create: cannot allocate memory at offset 2097152: out of huge pages (vm.nr_hugepages), or of memory in this control group"
	assert_equal "$("$SHMTOOL" ls -q)" ""
}
