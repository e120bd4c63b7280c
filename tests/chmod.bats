load common

# mode_after UMASK OLD MODE ID: set the mode of a segment to OLD, then change it with MODE
# under UMASK.
mode_after() {
	"$SHMTOOL" chmod "$2" "$4"
	run_apart under "$1" "$SHMTOOL" chmod -- "$3" "$4"
}

# under UMASK PROGRAM...: run a program under this umask, in place of the shell that run_apart starts.
under() {
	umask "$1"
	exec "${@:2}"
}

@test "chmod in octal" {
	id=$("$SHMTOOL" create -s 1 -m 0600)
	for mode in 0 000 7 44 640 0640 00777 755; do
		shmtool chmod "$mode" "$id"
		assert_done
		assert_output ""
		assert_equal "$(column MODE "$id")" "$(printf '%04o' "0$mode")"
	done
}

@test "chmod with symbolic modes" {
	id=$("$SHMTOOL" create -s 1)
	while read -r old mode new; do
		mode_after 077 "$old" "$mode" "$id"
		assert_done
		assert_equal "$old $mode $(column MODE "$id")" "$old $mode $new"
	done <<-'E'
		0600 g+rw 0660
		0666 o= 0660
		0600 u=rw,g-w 0600
		0666 u=rw,g-w 0646
		0200 a+r 0644
		0640 g=u 0660
		0640 o=g 0644
		0740 go=u 0777
		0751 u-g 0251
		0604 g+o,o= 0640
		0000 ug+r-r+w 0220
		0777 a-x 0666
		0000 u+x 0100
		0123 a= 0000
		0123 u+ 0123
		0123 - 0123
	E
}

@test "chmod accepts and refuses the same modes as chmod(1), with the same results" {
	id=$("$SHMTOOL" create -s 1)
	touch file
	modes=({u,og,a,}{+,-,=}{r,wx,u,g,})
	[ -z "${SANITIZED:-}${MEMCHECK:-}" ] || modes=({og,}{+,=}{wx,u,})
	for mode in "${modes[@]}" g=u,u= u+r-w=x +r,o-r a=g,g+w ug+r,-w ',' 'u+r,' \
		,u+r u u+rg u+gr u+z r w+r "" " u+r" "u+r " 8 08 0x1ff 778 1e2 6a "6 "; do
		masks=("022 0251")
		# The umask applies if no class is named.
		[[ ! $mode =~ (^|,)[-+=,] ]] || masks+=("077 0777")
		for masked in "${masks[@]}"; do
			read -r mask old <<<"$masked"
			chmod "$old" file
			taken=0
			(umask "$mask" && chmod -- "$mode" file 2>/dev/null) || taken=2
			mode_after "$mask" "$old" "$mode" "$id"
			# shmtool reports more often than chmod(1) what the umask kept.
			[[ $stderr != *"the umask applies" ]] || status=0
			assert_equal "'$mode' $masked $status $(column MODE "$id")" \
				"'$mode' $masked $taken 0$(stat -c %03a file)"
		done
	done
}

@test "chmod refuses mode bits that only files have, and changes nothing" {
	id=$("$SHMTOOL" create -s 1 -m 0644)
	for mode in a+X -X +X u=rwX g+s +t u-s o=t u+rs -s -t g+w,u+s; do
		shmtool chmod "$mode" "$id"
		assert_wrong_usage "shmtool chmod: '$mode': a segment has r, w and x; X, s and t are for files"
	done
	for mode in 1000 02755 07777 1777 177777777777777777777777; do
		shmtool chmod "$mode" "$id"
		assert_wrong_usage "shmtool chmod: '$mode': a segment has nine permission bits, 0 to 777 in octal; set-ID and sticky bits are for files"
	done
	for mode in "" X x g g+q u+rg 8 0x1 +4 "a+r " "$id,"; do
		shmtool chmod "$mode" "$id"
		assert_wrong_usage "shmtool chmod: '$mode': not permissions: give them in octal (0640), or as changes (g+rw, o=)"
	done
	assert_equal "$(column MODE "$id")" 0644
}

@test "chmod with a mode that looks like an option" {
	id=$("$SHMTOOL" create -s 1)
	while read -r words; do
		"$SHMTOOL" chmod 0666 "$id"
		# shellcheck disable=SC2086
		run_apart bash -c 'umask 0; "$SHMTOOL" chmod "$@"' - ${words//ID/$id}
		assert_done
		assert_equal "$words: $(column MODE "$id")" "$words: 0444"
	done <<-E
		-w ID
		-- -w ID
		ID -w
		-N /proc/$$/ns/ipc -w ID
		-w -N /proc/$$/ns/ipc ID
		-w --namespace=/proc/$$/ns/ipc -- ID
		-w,g+r ID
		-wx ID
	E
	shmtool chmod -g "$id"
	assert_done
	assert_equal "$(column MODE "$id")" 0000
	shmtool chmod -w
	assert_wrong_usage "shmtool chmod: SEGMENT is missing"
	shmtool chmod -w g+r "$id"
	assert_wrong_usage "shmtool chmod: 'g+r': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	shmtool chmod -- 0666 "$id" -w
	assert_wrong_usage "shmtool chmod: '-w': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	shmtool chmod --w "$id"
	assert_wrong_usage "shmtool chmod: unknown option '--w'"
	shmtool chmod -q "$id"
	assert_wrong_usage "shmtool chmod: unknown option '-q'"
	shmtool rm -w "$id"
	assert_wrong_usage "shmtool rm: unknown option '-w'"
	shmtool chmod -w --help
	assert_done
	assert_line --index 0 "Change the permissions of segments."
}

@test "chmod reports permissions that -w did not remove because of the umask" {
	id=$("$SHMTOOL" create -s 1)
	mode_after 022 0666 -w "$id"
	assert_failed 1 "shmtool chmod: $id: its permissions are now r--rw-rw-, not r--r--r--: without u, g, o or a, the umask applies"
	assert_equal "$(column MODE "$id")" 0466
	mode_after 022 0644 -w "$id"
	assert_done
	mode_after 022 0666 a-w "$id"
	assert_done
	assert_equal "$(column MODE "$id")" 0444
	mode_after 077 0000 +rw "$id"
	assert_done
	assert_equal "$(column MODE "$id")" 0600
}

@test "chmod needs a mode and a segment" {
	shmtool chmod
	assert_wrong_usage "shmtool chmod: MODE is missing"
	shmtool chmod 0600
	assert_wrong_usage "shmtool chmod: SEGMENT is missing"
}

@test "chmod changes each segment from its own mode, and continues after a failure" {
	a=$("$SHMTOOL" create -s 1 -m 0600)
	b=$("$SHMTOOL" create -s 1 -m 0460 -k 7)
	shmtool chmod g+r,u-w "$a" 99 key:7 0x8
	assert_failed 3 "shmtool chmod: 99: no such segment
shmtool chmod: 0x8: no such segment"
	assert_equal "$(column MODE "$a") $(column MODE "$b")" "0440 0460"
	shmtool chmod 0 "$a" nonsense "$b"
	assert_wrong_usage "shmtool chmod: 'nonsense': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	assert_equal "$(column MODE "$a") $(column MODE "$b")" "0440 0460"
}

@test "chmod changes nothing else" {
	need_root
	id=$("$SHMTOOL" create -s 4096 -k 7 --owner daemon:adm --lock)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	all=KEY,OWNER,GROUP,CUSER,CGROUP,SIZE,NATTCH,STATUS,ATTACH,DETACH,CPID,LPID
	before=$(column "$all" "$id")
	shmtool chmod 0777 "$id"
	assert_done
	assert_equal "$(column "MODE,$all" "$id")" "0777 $before"
}

@test "chmod as owner, creator, root and another user" {
	need_root
	stranger=$("$SHMTOOL" create -s 1 -m 0666)
	owned=$("$SHMTOOL" create -s 1 -m 0000 --owner nobody)
	as_stranger "$SHMTOOL" create -s 1 -m 0000
	made=$output
	"$SHMTOOL" chown daemon "$made"
	as_stranger "$SHMTOOL" chmod 0640 "$owned" "$stranger" "$made"
	assert_failed 4 "shmtool chmod: $stranger: permission denied: owned by root; only its owner, its creator or root may change it"
	assert_equal "$(column MODE,OWNER,CUSER "$owned")" "0640 nobody root"
	assert_equal "$(column MODE,OWNER,CUSER "$made")" "0640 daemon nobody"
	assert_equal "$(column MODE "$stranger")" 0666
	as_stranger "$SHMTOOL" chmod 0640 "$stranger" 99
	assert_failed 1 "shmtool chmod: $stranger: permission denied: owned by root; only its owner, its creator or root may change it
shmtool chmod: 99: no such segment"
	shmtool chmod 0600 "$owned" "$stranger" "$made"
	assert_done
	assert_equal "$(column MODE,OWNER "$owned") $(column MODE,OWNER "$made")" "0600 nobody 0600 daemon"
}

@test "chmod does not replace an unmapped owner by the overflow ID" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
	id=$("$SHMTOOL" create -s 1 -m 0600 --owner daemon:daemon)
	run_apart unshare --user --map-root-user "$SHMTOOL" chmod 0666 "$id"
	assert_failed 1 "shmtool chmod: $id: owner or group cannot be told in this user namespace and could be lost; run chmod outside it"
	assert_equal "$(column OWNER,GROUP,MODE "$id")" "daemon daemon 0600"
}

@test "chmod of a segment that is removed at that moment" {
	id=$("$SHMTOOL" create -s 1)
	# IPC_SET is 1, IPC_STAT 2.
	for call in shmctl:1=EIDRM shmctl:2=EIDRM; do
		run_apart "$HELPERS/refuse" "$call" -- "$SHMTOOL" chmod 0 "$id"
		assert_failed 3 "shmtool chmod: $id: no such segment"
	done
}

@test "chmod and chown undo a change that another process makes at the same moment" {
	need_root
	id=$("$SHMTOOL" create -s 1 -m 0600)
	stop_after shmctl 1 "$SHMTOOL" chmod 0640 "$id"
	"$SHMTOOL" chown daemon "$id"
	go_on
	assert_done
	assert_equal "$(column OWNER,MODE "$id")" "root 0640"
	stop_after shmctl 1 "$SHMTOOL" chown daemon "$id"
	"$SHMTOOL" chmod 0600 "$id"
	go_on
	assert_done
	assert_equal "$(column OWNER,MODE "$id")" "daemon 0640"
}
