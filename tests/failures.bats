load common

# tests/failures makes them fail; docs/RELIABILITY.md says what it checks. FAILURES=--all:
# each with every error.

@test "every system call and every allocation may fail" {
	not_in_valgrind "it would be its calls that fail"
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	# shellcheck disable=SC2086
	run python3 "$SOURCE/tests/failures" ${FAILURES:-}
	echo "# ${lines[-1]}" >&3
	assert_success
	assert_regex "${lines[-1]}" " 0 wrong,"
}
