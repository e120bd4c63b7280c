load common

@test "info prints a page of facts" {
	need_root
	id=$("$SHMTOOL" create -k 5678 -s 5000 -m 0640 --owner nobody:daemon)
	"$SHMTOOL" write --string abc "$id"
	shmtool info "$id"
	assert_done
	assert_line "Segment $id"
	assert_line "  Key           0x0000162e (5678)"
	assert_line "  Owner         nobody:daemon (65534:1)"
	assert_line "  Creator       root:root (0:0)"
	assert_line "  Permissions   rw-r----- (0640)"
	assert_line "  Size          4.9K (5000 bytes)"
	assert_line "  Memory        4K resident, 0 swapped"
	assert_line "  Attaches      0"
	assert_line "  Status        orphan: not attached, creator and last user gone"
	assert_line --regexp "^  Created by    PID [0-9]+ \(gone\)$"
	assert_line --regexp "^  Last used by  PID [0-9]+ \(gone\)$"
	assert_line --regexp "^  Last attach   [0-9-]{10} [0-9:]{8}$"
	assert_line --regexp "^  Last detach   [0-9-]{10} [0-9:]{8}$"
	assert_line --regexp "^  Last change   [0-9-]{10} [0-9:]{8}$"
	assert_line --regexp "^  Idle          [0-9]+s$"
}

@test "info of an untouched segment says never" {
	id=$("$SHMTOOL" create -s 1)
	shmtool info "$id"
	assert_done
	assert_line "  Key           0x00000000 (private)"
	refute_output --partial ftok
	assert_line "  Last used by  never"
	assert_line "  Last attach   never"
	assert_line "  Last detach   never"
}

@test "info does not call a segment private if marking for destruction cleared its key" {
	id=$("$SHMTOOL" create -s 1 -k 7)
	hold "$id"
	"$SHMTOOL" rm "$id" 2>/dev/null
	shmtool info "$id"
	assert_done
	assert_line "  Key           0x00000000 (cleared when marked for destruction)"
}

@test "info shows the command lines of running processes" {
	start "$HELPERS/daemon" 0x10 4096 text
	shmtool info 0x10
	assert_line "  Created by    PID ${started[0]}: $HELPERS/daemon 0x10 4096 text"
	assert_line "  Size          4K (4096 bytes, 1 page of 4K)"
	assert_line "  Attaches      1, by 1 process"
	assert_line "  Status        -"
}

@test "info --bytes and --time-format" {
	id=$("$SHMTOOL" create -s 5000)
	ctime=$(column CTIME "$id")
	shmtool info -b --time-format epoch "$id"
	assert_done
	assert_line "  Size          5000 (5000 bytes)"
	assert_line "  Last change   $(date -d "$ctime" +%s)"
}

@test "info of several segments continues after a missing segment" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1)
	shmtool info "$a" 99 "$b"
	assert_failed 3 "shmtool info: 99: no such segment"
	assert_line "Segment $a"
	assert_line "Segment $b"
}

@test "info --json has every column of each segment" {
	id=$("$SHMTOOL" create -k 5678 -s 27 -m 0640)
	shmtool info -J "$id"
	assert_done
	/usr/bin/python3 - "$output" "$("$SHMTOOL" ls -r -O | head -n 1)" <<-'E'
		import json, sys
		segments = json.loads(sys.argv[1])["segments"]
		assert len(segments) == 1
		assert list(segments[0]) == sys.argv[2].lower().split() + \
		    ["page_size", "ranges", "attaches", "ftok"], segments
		assert segments[0]["ftok"] == {"proj": 0, "device": 0, "inode": 5678}
		assert segments[0]["attaches"] == segments[0]["pids"] == []
		assert segments[0]["ranges"] is None
		assert segments[0]["key"] == "0x0000162e"
		assert segments[0]["size"] == 27
		assert segments[0]["mode"] == "0640"
		assert segments[0]["status"] == ["orphan"]
		assert segments[0]["attach"] is None
		assert segments[0]["command"] is None
	E
}

@test "info splits a key into the parts that ftok(3) combines" {
	touch file
	id=$("$SHMTOOL" create --ftok file:X -s 1)
	/usr/bin/python3 - "$("$SHMTOOL" info -J "$id")" "$("$SHMTOOL" info "$id")" <<-'E'
		import json, os, sys
		st = os.stat("file")
		device, inode = st.st_dev & 0xff, st.st_ino & 0xffff
		segment = json.loads(sys.argv[1])["segments"][0]
		assert segment["ftok"] == {"proj": 88, "device": device, "inode": inode}
		assert "  ftok(3) guess PROJ 88 ('X'), device 0x..%02x, inode 0x..%04x" % \
		    (device, inode) in sys.argv[2].split("\n"), sys.argv[2]
	E
	# Keys with the highest bit of a part set, and with a PROJ that is not a printable
	# character.
	"$SHMTOOL" create -k 0x1f00a3f2 -s 1
	"$SHMTOOL" create -k 0x7e80ffff -s 1
	shmtool info 0x7e80ffff
	assert_line "  ftok(3) guess PROJ 126 ('~'), device 0x..80, inode 0x..ffff"
	shmtool info 0x1f00a3f2
	assert_line "  ftok(3) guess PROJ 31, device 0x..00, inode 0x..a3f2"
	"$SHMTOOL" create -s 1
	shmtool info -J "$("$SHMTOOL" ls -q --sort -ID | head -n 1)"
	assert_output --partial '"ftok": null'
}

@test "info guesses no PROJ that programs do not use" {
	while read -r key guess; do
		"$SHMTOOL" create -k "$key" -s 1 >/dev/null
		assert_equal "$key $("$SHMTOOL" info "$key" | sed -n 's/^  ftok(3) guess //p')" \
			"$key ${guess:+PROJ $guess, device 0x..00, inode 0x..162e}"
	done <<-'E'
		0x0000162e
		0x0100162e 1
		0x1f00162e 31
		0x2000162e 32
		0x4100162e 65 ('A')
		0x7e00162e 126 ('~')
		0x7f00162e
		0x8000162e
		0xff00162e
	E
	shmtool info -J 0xff00162e
	assert_output --partial '"proj":255'
}

@test "info wraps long lines at words, on a terminal" {
	# shellcheck disable=SC2016
	start bash -c 'exec -a /usr/lib/postgresql/bin/postgres "$0" 0x10 4096 "$1"' "$HELPERS/daemon" \
		"-D /var/lib/postgresql/15/main -c größe=12"
	command="/usr/lib/postgresql/bin/postgres 0x10 4096 -D /var/lib/postgresql/15/main -c größe=12"
	shmtool info 0x10
	assert_line "  Created by    PID ${started[0]}: $command"
	on_terminal 50 "$SHMTOOL info 0x10" >page
	assert_equal "$(sed -n '/Created by/,/größe/p' page)" \
		"  Created by    PID ${started[0]}:
                /usr/lib/postgresql/bin/postgres
                0x10 4096 -D
                /var/lib/postgresql/15/main -c
                größe=12"
	# A word is never split.
	on_terminal 40 "$SHMTOOL info 0x10" | grep -x " \{16\}/usr/lib/postgresql/bin/postgres"
	assert_equal "$(on_terminal 300 "$SHMTOOL info 0x10" | grep "Created by")" \
		"  Created by    PID ${started[0]}: $command"
}

@test "info --export can be evaluated by the shells" {
	need_root
	id=$("$SHMTOOL" create -k 5678 -s 27 --owner nobody)
	for shell in bash dash; do
		run "$shell" -c 'eval "$("$1" info -e "$2")" && echo "$KEY $SIZE $OWNER $OWNER_UID $LCOMMAND."' \
			- "$SHMTOOL" "$id"
		assert_output "0x0000162e 27 nobody 65534 ."
		assert_success
	done
}

@test "info needs a segment or a filter" {
	shmtool info
	assert_wrong_usage "shmtool info: name segments, or select them with a filter such as --unattached"
	shmtool info -J
	assert_wrong_usage "shmtool info: name segments, or select them with a filter such as --unattached"
}

@test "info with filters reports on the segments that match" {
	a=$("$SHMTOOL" create -s 4K)
	b=$("$SHMTOOL" create -s 4K)
	hold "$a"
	shmtool info --unattached
	assert_done
	assert_line "Segment $b"
	refute_line "Segment $a"
	shmtool info --unattached "$a" "$b"
	assert_done
	assert_line "Segment $b"
	refute_line "Segment $a"
	shmtool info -nr -o ID --pid "${started[0]}" "$b" "$a"
	assert_done
	assert_output "$a"
	shmtool info -nr -o ID,PIDS --filter 'PIDS == "'"${started[0]}"'"'
	assert_done
	assert_output "$a ${started[0]}"
	shmtool info --min-size 1M
	assert_done
	assert_output ""
	shmtool info --min-size 1M 99
	assert_failed 3 "shmtool info: 99: no such segment"
}

@test "info says on a terminal that nothing matches" {
	need script
	"$SHMTOOL" create -s 4K >/dev/null
	run script -qec "$SHMTOOL info --min-size 1M" /dev/null </dev/null
	assert_output $'shmtool info: nothing matches\r'
	run script -qec "$SHMTOOL info --min-size 1M 99" /dev/null </dev/null
	assert_output $'shmtool info: 99: no such segment\r'
}

# assert_selected ID UNATTACHED ORPHANED: assert the two last lines of the report.
assert_selected() {
	shmtool info "$1"
	assert_done
	assert_equal "$(tail -n 3 <<<"$output")" "
  --unattached  $2
  --orphaned    $3"
}

@test "info ends with what --unattached and --orphaned would select, and why" {
	need_root
	a=$("$SHMTOOL" create -s 4K)
	assert_selected "$a" "yes: not attached" "yes: not attached, creator and last user gone"
	hold "$a" 2
	assert_selected "$a" "no: attached twice" "no: attached twice"
	start /usr/bin/python3 -c '
import ctypes, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
id = libc.shmget(7, 4096, 0o1600)
libc.shmdt(ctypes.c_void_p(libc.shmat(id, None, 0)))
print(id, flush=True)
time.sleep(600)'
	b=$started_line
	at_rest --unattached
	assert_selected "$b" "yes: not attached" "no: PID ${started[1]} (python3), its creator, still runs"
	"$SHMTOOL" cat "$b" >/dev/null
	assert_selected "$b" "yes: not attached" "no: PID ${started[1]} (python3), its creator, still runs"
	start /usr/bin/python3 -c '
import ctypes, time
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
id = libc.shmget(7, 0, 0)
while True:
    libc.shmdt(ctypes.c_void_p(libc.shmat(id, None, 0)))
    print(flush=True)
    time.sleep(0.1)'
	kill -KILL "${started[1]}"
	wait "${started[1]}" || true
	assert_selected "$b" "no: in motion: used less than 2 seconds ago by PID ${started[2]} (python3)" \
		"no: PID ${started[2]} (python3), the last to detach, still runs"
	# What rm says is the same.
	assert_equal "$("$SHMTOOL" rm -n -v --orphaned "$b")" \
		"kept $b: not an orphan: PID ${started[2]} (python3), the last to detach, still runs"
	# The report on several segments has the lines for each.
	shmtool info "$a" "$b"
	assert_equal "$(grep -c '^  --orphaned ' <<<"$output")" 2
}

@test "info says why it is not known whether a segment is an orphan" {
	need_root
	id=$("$SHMTOOL" create -s 4K)
	assert_unknown() {
		assert_success
		assert_line "  --orphaned    no: cannot be known$1"
	}
	# shellcheck disable=SC2016
	apart() {
		run_apart unshare --pid --fork --mount --propagation unchanged bash -euc '
			mount --make-rprivate /proc
			mount -t proc proc /proc
			eval "$1"' - "$1"
	}
	apart "$SHMTOOL info $id"
	assert_unknown ": its creator is in another PID namespace"
	# The creator is the shell's child in the new namespace, and /proc is that of the old one.
	run_apart unshare --pid --fork bash -c '
		/usr/bin/python3 -c "import ctypes, time
ctypes.CDLL(None).shmget(7, 4096, 0o1600)
time.sleep(600)" &
		until "$SHMTOOL" info 0x7 2>/dev/null; do :; done
		kill -KILL $!'
	assert_unknown ": /proc shows another PID namespace"
	setarch --uname-2.6 true 2>/dev/null || skip "setarch has no --uname-2.6"
	run_apart setarch --uname-2.6 "$SHMTOOL" info "$id"
	assert_unknown " before Linux 4.17"
}
