load common

@test "shmtool may do exactly what the kernel permits a user, and says why it was refused" {
	need_root
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
	run /usr/bin/python3 "$SOURCE/tests/helpers/permissions.py"
	echo "# $output" >&3
	assert_success
	assert_output --regexp '^[0-9]+ cells, [0-9]+ of them refusals, 0 wrong$'
}
