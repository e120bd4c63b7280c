load common

@test "chown changes owner, group, or both" {
	need_root
	id=$("$SHMTOOL" create -s 1 -m 0640)
	while read -r spec owner group; do
		shmtool chown "$spec" "$id"
		assert_done
		assert_output ""
		assert_equal "$spec $(column OWNER,GROUP "$id")" "$spec $owner $group"
	done <<-'E'
		nobody nobody root
		:daemon nobody daemon
		root:adm root adm
		nobody: nobody nogroup
		0:0 root root
		1:2 daemon bin
	E
	assert_equal "$(column CUSER,CGROUP,MODE,SIZE "$id")" "root root 0640 1"
}

@test "chown continues after a failure" {
	need_root
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 -k 7)
	shmtool chown nobody "$a" 99 key:7
	assert_failed 3 "shmtool chown: 99: no such segment"
	assert_equal "$("$SHMTOOL" ls -q --user nobody)" "$a
$b"
}

@test "chown refuses an unknown user or group" {
	id=$("$SHMTOOL" create -s 1)
	shmtool chown : "$id"
	assert_wrong_usage "shmtool chown: ':': names neither a user nor a group"
	shmtool chown "" "$id"
	assert_wrong_usage "shmtool chown: '': names neither a user nor a group"
	for user in no-such-user 4294967295 99999999999 0x0; do
		shmtool chown "$user" "$id"
		assert_wrong_usage "shmtool chown: '$user': no such user"
	done
	shmtool chown root:no-such-group "$id"
	assert_wrong_usage "shmtool chown: 'root:no-such-group': no such group"
	shmtool chown 12345: "$id"
	assert_wrong_usage "shmtool chown: '12345:': a user without a name has no login group; name the group"
	assert_equal "$(column OWNER,GROUP "$id")" "root root"
}

@test "chown needs an owner and a segment" {
	shmtool chown
	assert_wrong_usage "shmtool chown: [USER][:[GROUP]] is missing"
	shmtool chown root
	assert_wrong_usage "shmtool chown: SEGMENT is missing"
}

@test "chown of several segments as owner, creator, root and another user" {
	need_root
	stranger=$("$SHMTOOL" create -s 1 -m 0666)
	owned=$("$SHMTOOL" create -s 1 -m 0000 --owner nobody:adm)
	as_stranger "$SHMTOOL" create -s 1 -k 7
	made=$output
	"$SHMTOOL" chown root "$made"
	owners() {
		for id in "$stranger" "$owned" "$made"; do
			column OWNER,GROUP,CUSER,MODE "$id"
		done
	}
	refusal() {
		echo "shmtool chown: $1: permission denied: owned by $2; only its owner, its creator or root may change it"
	}
	as_stranger "$SHMTOOL" chown daemon: "$stranger" "$owned" key:7
	assert_failed 4 "$(refusal "$stranger" root)"
	assert_equal "$(owners)" "root root root 0666
daemon daemon root 0000
daemon daemon nobody 0600"
	# An owner who gives away a segment that another user created loses all rights to
	# it.
	as_stranger "$SHMTOOL" chown :bin "$owned" "$made"
	assert_failed 4 "$(refusal "$owned" daemon)"
	as_stranger "$SHMTOOL" chown nobody "$owned" 99 "$stranger" "$made"
	assert_failed 1 "$(refusal "$owned" daemon)
shmtool chown: 99: no such segment
$(refusal "$stranger" root)"
	assert_equal "$(owners)" "root root root 0666
daemon daemon root 0000
nobody bin nobody 0600"
	shmtool chown bin:adm "$stranger" "$owned" 0x7 "$made"
	assert_done
	assert_equal "$(owners)" "bin adm root 0666
bin adm root 0000
bin adm nobody 0600"
}

@test "chown does nothing if one operand is malformed" {
	need_root
	id=$("$SHMTOOL" create -s 1)
	shmtool chown nobody "$id" nonsense
	assert_wrong_usage "shmtool chown: 'nonsense': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	assert_equal "$(column OWNER "$id")" root
}

@test "chown to a user that the user namespace does not map" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
	run_apart unshare --user --map-root-user bash -c '
		id=$("$SHMTOOL" create -s 1)
		"$SHMTOOL" chown 5 "$id"
		status=$?
		"$SHMTOOL" rm "$id"
		exit "$status"'
	assert_equal "${stderr#*: *: }" "no such user or group in this user namespace"
	assert_equal "$status" 1
}

@test "chown of the group alone does not replace an unmapped owner by the overflow ID" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
	id=$("$SHMTOOL" create -s 1 --owner daemon:daemon)
	run_apart unshare --user --map-root-user "$SHMTOOL" chown :0 "$id"
	assert_failed 1 "shmtool chown: $id: owner or group cannot be told in this user namespace and could be lost; give USER:GROUP"
	assert_equal "$(column OWNER,GROUP "$id")" "daemon daemon"
}
