load common

# Text that other users choose is harmless wherever it is printed.

# Control characters, escapes, quotes, a shell command, invalid UTF-8, and characters that
# reverse text or have no width.
nasty() {
	printf '\033[2J\r\n\t"\x27`touch hacked`$(touch hacked)\\;\x9b\xff\xc2\x9b\xe2\x80\xae\xe2\x80\x8b'
}

# assert_harmless FILE: assert that FILE has no control characters, and that no command
# ran.
assert_harmless() {
	run env LC_ALL=C grep -c -a -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1"
	assert_output 0
	[ ! -e hacked ] || fail "a command ran"
}

@test "hostile operands and option values in messages" {
	text=$(nasty; echo x)
	long=$(head -c 65536 /dev/zero | tr '\0' a)
	for words in "ls" "info" "cat" "rm" "lock" "unlock" "wait --removed" "chmod 0" "write" \
		"key" "key --find" "ls --sort" "ls -o" "ls --user" "rm --pid" "rm --idle" "ls -N" \
		"ls --input" "create -s" "create -s 1 -k" "create -s 1 --owner" "create --from" \
		"create -s 1 --ftok" "ls --filter" "ls --time-format" "chown" "limits -o" "help" ""; do
		rm -f out err
		for value in "$text" "$long" "ftok:$text" "key:$text" "--$text" "--$text=$text"; do
			# shellcheck disable=SC2086
			"$SHMTOOL" $words "$value" 1 </dev/null >>out 2>>err || true
		done
		assert_harmless out
		assert_harmless err
		run grep -v "^shmtool[ :]" err
		assert_output ""
	done
}

@test "in a locale of single bytes, messages and reports have no others" {
	mount_shm size=1M,mode=1777
	# Its bytes include 0x9b, which begins a control sequence there.
	name=$'/\xe2\x9b\x84'
	"$SHMTOOL" create --name "$name" -s 4K >/dev/null
	LC_ALL=C "$SHMTOOL" info "$name" >out 2>&1
	LC_ALL=C "$SHMTOOL" info "${name}x" >>out 2>&1 || true
	LC_ALL=C "$SHMTOOL" rm -v "$name" >>out 2>&1
	umount --lazy /dev/shm
	grep -q '^removed /\\xe2\\x9b\\x84 ' out
	run env LC_ALL=C grep -c -a -P '[\x80-\xff]' out
	assert_output 0
}

@test "hostile names of users, groups and processes in every output mode" {
	need_root
	printf 'root:x:0:0::/:/bin/sh\n' >passwd
	printf '%s:x:4711:4711::/:/bin/sh\n' "$(nasty | tr -d '\n')" >>passwd
	printf 'root:x:0:\n%s:x:4711:\n' "$(nasty | tr -d '\n')" >group
	id=$("$SHMTOOL" create -s 1 --owner 4711:4711 -k 7)
	start bash -c 'exec -a "$(cat "$2")" "$0" "$1"' "$HELPERS/hold" "$id" <(nasty; echo x)
	cat >look <<-'E'
		mount --bind passwd /etc/passwd
		mount --bind group /etc/group
		"$SHMTOOL" ls >table
		"$SHMTOOL" ls -O >all
		"$SHMTOOL" info "$1" >page
		"$SHMTOOL" ls -J -O >json
		"$SHMTOOL" ls -j -O >lines.json
		"$SHMTOOL" ls --group-by LCOMMAND --total >groups
		"$SHMTOOL" ls -r -O >raw
		"$SHMTOOL" ls -e -O >./export
		"$SHMTOOL" info -J "$1" >info
		"$SHMTOOL" ls -A -O >everywhere
		"$SHMTOOL" ls -A -J -O >everywhere.json
		"$SHMTOOL" rm -n "$1" >table.rm
		"$SHMTOOL" rm -i "$1" </dev/null 2>question
		setpriv --reuid=65534 --clear-groups "$SHMTOOL" rm "$1" 2>refused || true
	E
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	unshare --mount bash -eu look "$id"
	for file in table all page json lines.json groups raw export info everywhere everywhere.json table.rm \
		question refused; do
		assert_harmless "$file"
	done
	assert_equal "$(wc -l <raw) $(wc -l <"./export") $(wc -l <refused)" "2 1 1"
	assert_equal "$(tail -n 1 raw | wc -w)" "$(head -n 1 raw | wc -w)"
	/usr/bin/python3 -c 'import json, sys; [json.load(open(f)) for f in sys.argv[1:]]' json lines.json info everywhere.json
	grep -q 'touch hacked' export
	for shell in bash dash zsh; do
		! command -v "$shell" >/dev/null || "$shell" -c 'eval "$(cat export)"'
		[ ! -e hacked ] || fail "a command ran in $shell"
	done
}

@test "characters that reverse text or have no width are printed as they are" {
	id=$("$SHMTOOL" create -s 1)
	name=$(printf 'a\xe2\x80\xaeb\xe2\x80\x8bc')
	start bash -c 'exec -a "$1" "$2" "$3"' - "$name" "$HELPERS/hold" "$id"
	export LC_ALL=C.UTF-8
	run "$SHMTOOL" ls -n -o LCOMMAND "$id"
	assert_output "$name $id"
	run "$SHMTOOL" ls -nr -o LCOMMAND "$id"
	assert_output 'a\xe2\x80\xaeb\xe2\x80\x8bc\x20'"$id"
}

@test "the hostile name of a process without a command line" {
	id=$("$SHMTOOL" create -s 1)
	cat >nameless <<-'E'
		import ctypes, os, time
		libc = ctypes.CDLL(None)
		libc.shmat.restype = ctypes.c_void_p
		assert libc.shmat(int(os.environ["ID"]), None, 0) != ctypes.c_void_p(-1).value
		libc.prctl(15, b"\033[2J\r\n\"`$(x)") # PR_SET_NAME
		print("ready", flush=True)
		time.sleep(600)
	E
	# Its command line is one empty word, so its name is shown instead.
	ID=$id start bash -c 'exec -a "" /usr/bin/python3 <nameless'
	for mode in "ls -O" "ls -J -O" "ls -r -O" "ls -e -O" "info" "info -J"; do
		# shellcheck disable=SC2086
		"$SHMTOOL" $mode "$id" >out
		assert_harmless out
		grep -qF '[' out
	done
	[[ $("$SHMTOOL" ls -nr -o LCOMMAND "$id") == '[\x1b[2J'* ]]
}

@test "the name of a process that keeps a segment from being an orphan" {
	cat >namesake <<-'E'
		import ctypes, time
		libc = ctypes.CDLL(None)
		libc.shmat.restype = ctypes.c_void_p
		id = libc.shmget(7, 4096, 0o1600)
		libc.prctl(15, b"\033[2J\r\n)\"`$(x)") # PR_SET_NAME
		print("ready", flush=True)
		while True: # stay in motion
		    libc.shmdt(ctypes.c_void_p(libc.shmat(id, None, 0)))
		    time.sleep(0.1)
	E
	start /usr/bin/python3 namesake
	names_it() {
		"$SHMTOOL" "$@" >out
		grep -qF '(\x1b[2J\x0d' out
	}
	for words in "info 0x7" "rm -n -v --orphaned" "rm -n -v --unattached" "rm -v --creator-gone"; do
		# shellcheck disable=SC2086
		until_true names_it $words
		assert_harmless out
	done
}

@test "files with hostile names" {
	name=$(nasty | tr -d '/\n')
	mkdir "$name"
	printf x >"$name/$name"
	id=$("$SHMTOOL" create -s 1)
	"$SHMTOOL" key "$name/$name" >out
	key=$(cat out)
	for words in "key --find $key ." "key --find 0x1234 ." "ls --input |/nowhere" "ls --input |" \
		"create --from |/nowhere" "create --from |" "write $id |/nowhere" "write $id ." \
		"info ftok:|" "ls ftok:|/$name" "create -s 1 --ftok |/nowhere" "ls -N |" "ls -N |/$name"; do
		read -ra list <<<"$words"
		"$SHMTOOL" "${list[@]//|/"$name"}" >out 2>err </dev/null || true
		assert_harmless out
		assert_harmless err
		run grep -v "^shmtool" err
		assert_output ""
	done
	"$SHMTOOL" key --find "$key" . >out
	assert_equal "$(grep -c '\\x1b' out)" "$(wc -l <out)"
}

@test "hostile bytes in a segment on a terminal, and in a saved table" {
	need script
	id=$("$SHMTOOL" create -s 4K)
	nasty | "$SHMTOOL" write "$id"
	script -qec "$SHMTOOL cat $id" /dev/null </dev/null | tr -d '\r' >out
	assert_harmless out
	head -n 1 /proc/sysvipc/shm >saved
	nasty >>saved
	head -c 65536 /dev/zero | tr '\0' '7' >>saved
	for mode in "" -J -r -e; do
		# shellcheck disable=SC2086
		"$SHMTOOL" ls $mode --input saved >out 2>err || true
		assert_harmless out
		assert_harmless err
	done
}
