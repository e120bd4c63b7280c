# For tests of a process that maps another file in place of a segment.
# shellcheck shell=bash
# The files that load this one use inode.
# shellcheck disable=SC2154,SC2034

# start_swap KEY: start a process that has a file with the name of a segment with KEY,
# eight hex digits, on a device of its own. $inode is the file's inode number. Skip the
# test if that is not possible.
start_swap() {
	key=$1
	need_root
	need_strace
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	mkfifo orders
	exec 9<>orders
	# After a lazy unmount, the path of a mapped file begins at the root of its mount.
	# shellcheck disable=SC2016
	start unshare --mount bash -euc '
		mkdir own
		mount -t tmpfs tmpfs own
		exec "$0" "0x$1" own <orders 9>&-' "$HELPERS/swap" "$key"
	inode=$started_line
	holder=${started[-1]}
	nsenter --mount --root --target "$holder" umount -l "$PWD/own"
	echo "$inode" >/proc/sys/kernel/shm_next_id || skip "this kernel gives no choice of IDs"
}

# swap_device: print the device of the file that is mapped under that name; nothing if
# there is none.
swap_device() {
	sed -n "s,^[^ ]* [^ ]* [^ ]* \(.*\) [0-9]* */SYSV$key (deleted)$,\1,p" "/proc/$holder/maps"
}

swap_device_is_not() {
	[ "$(swap_device)" != "$1" ]
}

# swap_during ID PROGRAM...: let that process attach the segment, and run the program.
# Stop the program when it has seen the attach, and let the process map its file in place
# of the segment. The output of the program is in the file "page".
swap_during() {
	local before strace
	echo "$1" >&9
	until_true swap_device_is_not ""
	before=$(swap_device)
	ASAN_OPTIONS=detect_leaks=0 strace -P "/proc/$holder/maps" -e trace=close \
		-e inject=close:signal=SIGSTOP:when=1 -o calls "${@:2}" >page 3>&- 9>&- &
	strace=$!
	started+=("$strace")
	until_true grep -q "stopped by SIGSTOP" calls
	started+=("$(xargs <"/proc/$strace/task/$strace/children")")
	echo >&9
	until_true swap_device_is_not "$before"
	kill -CONT "${started[-1]}"
	wait "$strace"
}
