load common

@test "info prints a page of facts" {
	need_root
	id=$("$SHMTOOL" create -k 5678 -s 5000 -m 0640 --owner nobody:daemon)
	"$SHMTOOL" write --string abc "$id"
	shmtool info "$id"
	assert_done
	assert_line "Segment $id"
	assert_line "  Key           0x0000162e (5678)"
	assert_line "  ftok(3) guess unlikely: PROJ 0, device 0x..00, inode 0x..162e"
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
	# Keys with the highest bit of each part set, and with a PROJ that is not a
	# printable character.
	"$SHMTOOL" create -k 0xff80ffff -s 1
	"$SHMTOOL" create -k 0x1f00a3f2 -s 1
	shmtool info 0xff80ffff
	assert_line "  ftok(3) guess PROJ 255, device 0x..80, inode 0x..ffff"
	shmtool info 0x1f00a3f2
	assert_line "  ftok(3) guess PROJ 31, device 0x..00, inode 0x..a3f2"
	"$SHMTOOL" create -s 1
	shmtool info -J "$("$SHMTOOL" ls -q --sort -ID | head -n 1)"
	assert_output --partial '"ftok": null'
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

@test "info needs a segment" {
	shmtool info
	assert_wrong_usage "shmtool info: SEGMENT is missing"
}
