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

@test "chown of several goes on after a failure" {
	need_root
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1 -k 7)
	shmtool chown nobody "$a" 99 key:7
	assert_failed 3 "shmtool chown: 99: no segment has this ID"
	assert_equal "$("$SHMTOOL" ls -q --user nobody)" "$a
$b"
}

@test "chown refuses what names nobody" {
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
	assert_wrong_usage "shmtool chown: '12345:': this user has no name, and so no login group; name the group"
	assert_equal "$(column OWNER,GROUP "$id")" "root root"
}

@test "chown needs an owner and a segment" {
	shmtool chown
	assert_wrong_usage "shmtool chown: [USER][:[GROUP]] is missing"
	shmtool chown root
	assert_wrong_usage "shmtool chown: SEGMENT is missing"
}

@test "chown as owner, as creator and as a stranger" {
	need_root
	stranger=$("$SHMTOOL" create -s 1 -m 0666)
	as_stranger "$SHMTOOL" chown nobody "$stranger"
	assert_failed 4 "shmtool chown: $stranger: permission denied: owned by root; only its owner, its creator or root may change it"
	owned=$("$SHMTOOL" create -s 1 -m 0000 --owner nobody)
	as_stranger "$SHMTOOL" chown daemon "$owned"
	assert_done
	assert_equal "$(column OWNER,MODE "$owned")" "daemon 0000"
	as_stranger "$SHMTOOL" create -s 1
	made=$output
	"$SHMTOOL" chown root "$made"
	as_stranger "$SHMTOOL" chown daemon "$made"
	assert_done
	assert_equal "$(column OWNER,CUSER "$made")" "daemon nobody"
}

@test "chown to somebody the user namespace does not know" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
	run --separate-stderr unshare --user --map-root-user bash -c '
		id=$("$SHMTOOL" create -s 1)
		"$SHMTOOL" chown 5 "$id"
		status=$?
		"$SHMTOOL" rm "$id"
		exit "$status"'
	assert_equal "${stderr#*: *: }" "the kernel knows no such user or group in this user namespace"
	assert_equal "$status" 1
}

@test "chown of one half does not write down an owner that is only shown" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
	id=$("$SHMTOOL" create -s 1 --owner daemon:daemon)
	run --separate-stderr unshare --user --map-root-user "$SHMTOOL" chown :0 "$id"
	assert_failed 1 "shmtool chown: $id: its owner or group is not known in this user namespace, so it cannot be kept; name both"
	assert_equal "$(column OWNER,GROUP "$id")" "daemon daemon"
}
