load common

# Run every command in the pages of docs/runbooks, and compare its output with the page.
# CONTRIBUTING.md says how a page is written.

# alone COMMAND...: run it in new PID, IPC and mount namespaces. Its processes, segments and mounts
# disappear with it.
alone() {
	unshare --ipc --pid --fork --kill-child --mount-proc -- "$@"
}

# follow PAGE TOOL...: run the commands of a page; skip the test if a tool is missing.
follow() {
	local page=$1 tool
	need_root
	shift
	for tool in ps runuser sysctl "$@"; do
		need "$tool"
	done
	alone mount -t tmpfs none /opt 2>/dev/null || skip "namespaces with mounts of their own cannot be had here"
	run alone "$SOURCE/tests/runbooks/host.bash" "$page" 3>&-
	assert_success
}

@test "no-space-left.md" {
	follow no-space-left stress-ng
}

@test "postgresql-will-not-start.md" {
	printf '%s\n' /usr/lib/postgresql/*/bin/initdb | grep -qv '\*' ||
		skip "initdb of PostgreSQL is not installed"
	follow postgresql-will-not-start lsof pg_createcluster
}

@test "dev-shm-is-full.md" {
	not_in_valgrind "cachestat(2) is unknown"
	follow dev-shm-is-full
}

@test "inference-servers.md" {
	not_in_valgrind "openat2(2) is unknown"
	follow inference-servers
}

@test "who-uses-this-segment.md" {
	follow who-uses-this-segment zabbix_agentd
}

@test "segments-vanished.md" {
	follow segments-vanished systemd-analyze
}

@test "memory-is-gone.md" {
	not_in_valgrind "openat2(2) is unknown"
	follow memory-is-gone stress-ng
}

@test "containers.md" {
	not_in_valgrind "openat2(2) is unknown"
	follow containers
}

@test "what-is-in-it.md" {
	follow what-is-in-it
}

@test "moving-and-backup.md" {
	follow moving-and-backup
}

@test "from-ipcs.md" {
	[ -e /proc/sys/kernel/shm_next_id ] ||
		skip "the kernel lets nobody choose an ID (CONFIG_CHECKPOINT_RESTORE)"
	follow from-ipcs lsof lsipc
}

@test "sosreport.md" {
	follow sosreport xz
}

@test "every page is followed, and the index leads to it" {
	cd "$SOURCE/docs/runbooks"
	pages=(*.md)
	[ "${#pages[@]}" -ge 10 ]
	for page in "${pages[@]}"; do
		[ "$page" != README.md ] || continue
		name=${page%.md}
		grep -q "^@test \"$page\" {" "$BATS_TEST_FILENAME" || fail "no test follows $page"
		grep -q "^	follow $name\b" "$BATS_TEST_FILENAME"
		grep -qF "]($page)" README.md || fail "$page is not in the index"
	done
	run grep -n '^```' README.md
	assert_output ""
}

# nsenter(1) runs the program that it finds in the mount namespace it entered: only --ipc is safe.
@test "no document makes root run a program from a container" {
	cd "$SOURCE"
	run grep -rhoE '^[#>] .*\b(nsenter|chroot|docker exec|podman exec|kubectl exec)\b.*|`nsenter [^`]+ [^`]*`' \
		docs contrib man README.md
	assert_line --partial "nsenter --target 5120 --ipc -- "
	for line in "${lines[@]}"; do
		[[ $line =~ nsenter\ --target\ [^\ ]+\ --ipc\ --\ (sysctl|ipcs|ipcrm)\  ]] || fail "$line"
	done
}

@test "the links between the pages have targets" {
	/usr/bin/python3 - "$SOURCE/docs/runbooks" <<-'E'
		import pathlib, re, sys
		bad, count = [], 0
		def anchors(page):
		    heads = re.findall(r"^#+ (.*)$", re.sub(r"(?ms)^```.*?^```$", "", page.read_text()), re.M)
		    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
		for page in pathlib.Path(sys.argv[1]).glob("*.md"):
		    for file, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
		        count += 1
		        target = (page.parent / file) if file else page
		        if not target.exists() or (anchor and anchor not in anchors(target)):
		            bad.append("%s: %s#%s" % (page.name, file, anchor))
		print(count, "links", *bad)
		sys.exit(bool(bad) or count < 20)
	E
}

@test "commands and options of shmtool that the text of the pages names exist" {
	count=0
	while read -r page command words; do
		options=$("$SHMTOOL" "$command" --help) || fail "$page: shmtool $command"
		for word in $words; do
			# Not the values of options, such as the -SIZE to sort by.
			[[ $word == --* || $word =~ ^-[A-Za-z]$ ]] || continue
			grep -qE -- "(^| )${word%%=*}\b" <<<"$options" || fail "$page: shmtool $command $word"
		done
		count=$((count + 1))
	done < <(cd "$SOURCE/docs/runbooks" && grep -oE '`shmtool [a-z][^`|]*' ./*.md |
		sed 's/:`shmtool / /')
	[ "$count" -ge 20 ]
}

# page_is TEXT...: write a page of these lines, with one section, and compare it with the
# output of its commands.
page_is() {
	printf '%s\n' "# A page" "## Look" "$@" >page.md
	run /usr/bin/python3 "$SOURCE/tests/runbooks/page.py" page.md Look nobody
}

# wrong MESSAGE TEXT...: assert that page_is fails with this message.
wrong() {
	page_is "${@:2}"
	assert_failure
	assert_output --partial "$1"
}

@test "errors in a page are found" {
	printf '%s\n' "7001 42" "7002 -" >stands
	a='```console'
	page_is "$a" "# echo 7001; echo 9; echo '7  2026-11-24 10:00:01 3s'" 7001 7002 "7 2025-01-01 00:00:02 1m" '```'
	assert_success
	# A word of the page keeps its counterpart.
	wrong "said something else" "$a" "# echo 8" 7002 '```'
	page_is "$a" "# x=7002" "# echo \$x" 7002 '```'
	assert_success
	page_is "$a" "# seq 9" 1 ... 9 "# echo one two three" "one ... three" '```'
	assert_success
	page_is "$a fails" "# true" "# false" '```' text '```ini' "not run" '```'
	assert_success

	wrong "said something else" "$a" "# echo a" b '```'
	wrong "said something else" "$a" "# echo a" '```'
	wrong "said something else" "$a" "# true" a '```'
	wrong "said something else" "$a" "# echo a; echo b" a '```'
	wrong "said something else" "$a" "# echo 65536" 65537 '```'
	wrong "said something else" "$a" "# echo [##.....................]" "[#......................]" '```'
	wrong "said something else" "$a" "# echo 43" 7001 '```'
	wrong "said something else" "$a" "# echo a >&2" '```'
	wrong "ended with status 3" "$a" "# (exit 3)" '```'
	wrong "ended with status 0" "$a fails" "# true" '```'
	wrong "ended with status 1" "$a fails" "# false" "# true" '```'
	wrong "unknown kind" '```sh' "# true" '```'
	wrong "unknown kind" '```' "# true" '```'
	wrong "without a fence" "    # true"
	wrong "does not begin with a prompt" "$a" "true" '```'
	wrong "without a command" "$a" '```'
	wrong "without an end" "$a" "# true"
	wrong "no commands under" "text"
	wrong "a second section" "$a" "# true" '```' "## Other" "$a" "# true" '```' "## Look" "$a" "# true" '```'
	printf '%s\n' "7003 -" >stands
	wrong "7003 is not known yet" "$a" "# echo 7003" 7003 '```'
}
