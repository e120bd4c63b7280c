load common

# The names of all commands, from the program's own list.
commands() {
	"$SHMTOOL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

@test "--help lists the commands and says what each does" {
	shmtool --help
	assert_done
	for command in ls info cat limits create write rm chown chmod lock unlock key wait metrics help; do
		assert_line --regexp "^  $command +[A-Z]"
	done
	shmtool -h
	assert_equal "$output" "$("$SHMTOOL" --help)"
	shmtool help
	assert_equal "$output" "$("$SHMTOOL" --help)"
}

@test "--version" {
	shmtool --version
	assert_done
	assert_line --index 0 --regexp '^shmtool [0-9]+\.[0-9]+\.[0-9]+$'
	assert_line --index 1 --regexp '^libpopt [0-9]+\.[0-9]+'
	assert_line --index 2 --regexp '^libsmartcols [0-9]+\.[0-9]+'
	assert_line --index 3 --regexp '^SHM_STAT_ANY: (from libc|built in)$'
	assert_line --index 4 --regexp '^rpmatch: (from libc|built in)$'
	assert_equal "${#lines[@]}" 5
	shmtool -V
	assert_output --regexp '^shmtool [0-9]'
}

@test "every command has --help, with its synopsis, groups and description" {
	[ "$(commands | wc -l)" -ge 8 ]
	for command in $(commands); do
		shmtool "$command" --help
		assert_done
		assert_line --index 0 --regexp "^[A-Z].*\.$"
		assert_line --regexp "^Usage: shmtool $command \[OPTION\.\.\.\]"
		assert_line "Help:"
		assert_line --regexp "^  -h, --help "
		assert_equal "$("$SHMTOOL" help "$command")" "$output"
		assert_equal "$("$SHMTOOL" "$command" -h)" "$output"
		while read -r line; do
			[ "${#line}" -le 80 ] || fail "wider than 80 columns: $line"
		done <<<"$output"
	done
}

@test "every command has --usage" {
	for command in $(commands); do
		shmtool "$command" --usage
		assert_done
		assert_line --index 0 --regexp "^Usage: shmtool $command "
	done
	shmtool --usage
	assert_done
	assert_line --index 0 --regexp "^Usage: shmtool \["
}

@test "options are shown in groups" {
	run "$SHMTOOL" rm --help
	assert_line "Options:"
	assert_line "Filters:"
	run "$SHMTOOL" ls --help
	assert_line "Output:"
	assert_line "Columns (* printed by default, + for objects):"
}

@test "of an option given twice the last one counts, but a filter given twice is an error" {
	id=$("$SHMTOOL" create -s 1K -s 4K)
	assert_equal "$(column SIZE "$id")" 4096
	shmtool ls -n -o ID -o MODE
	assert_output 0600
	shmtool rm -n --min-size 1G --min-size 1
	assert_wrong_usage "shmtool rm: option '--min-size' was given twice"
	shmtool ls -u root --user nobody
	assert_wrong_usage "shmtool ls: option '--user' was given twice"
}

@test "an unknown command suggests the nearest" {
	shmtool
	assert_wrong_usage "shmtool: COMMAND is missing"
	shmtool lss
	assert_wrong_usage "shmtool: unknown command 'lss'; did you mean 'ls'?"
	shmtool inof
	assert_wrong_usage "shmtool: unknown command 'inof'; did you mean 'info'?"
	shmtool crate
	assert_wrong_usage "shmtool: unknown command 'crate'; did you mean 'create'?"
	for pair in list:ls show:info stat:info delete:rm remove:rm; do
		shmtool "${pair%:*}"
		assert_wrong_usage "shmtool: unknown command '${pair%:*}'; did you mean '${pair#*:}'?"
	done
	shmtool xyzzy
	assert_wrong_usage "shmtool: unknown command 'xyzzy'"
	shmtool ""
	assert_wrong_usage "shmtool: unknown command ''"
	shmtool help xyzzy
	assert_wrong_usage "shmtool help: unknown command 'xyzzy'"
}

@test "an unknown option suggests the nearest" {
	shmtool --versoin
	assert_wrong_usage "shmtool: unknown option '--versoin'; did you mean '--version'?"
	shmtool ls --jsn
	assert_wrong_usage "shmtool ls: unknown option '--jsn'; did you mean '--json'?"
	shmtool ls --unatached
	assert_wrong_usage "shmtool ls: unknown option '--unatached'; did you mean '--unattached'?"
	shmtool rm --dryrun=yes 1
	assert_wrong_usage "shmtool rm: unknown option '--dryrun'; did you mean '--dry-run'?"
	shmtool ls --us
	assert_wrong_usage "shmtool ls: unknown option '--us'; did you mean '--user'?"
	for command in ls info rm; do
		shmtool "$command" --owner root
		assert_wrong_usage "shmtool $command: unknown option '--owner'; did you mean '--user'?"
	done
	shmtool cat --owner root
	assert_wrong_usage "shmtool cat: unknown option '--owner'"
	shmtool rm --xyzzy 1
	assert_wrong_usage "shmtool rm: unknown option '--xyzzy'"
	shmtool rm -z 1
	assert_wrong_usage "shmtool rm: unknown option '-z'"
}

@test "an option without its argument, or with an argument that it does not take" {
	shmtool create -s
	assert_wrong_usage "shmtool create: option '-s' needs an argument"
	shmtool create --size
	assert_wrong_usage "shmtool create: option '--size' needs an argument"
	shmtool ls --json=yes
	assert_equal "$status" 2
	assert_regex "$stderr" "^shmtool ls: option '--json=yes': .* Try 'shmtool ls --help'\.$"
}

@test "a message has no control characters" {
	shmtool $'l\033[2Js'
	assert_wrong_usage "shmtool: unknown command 'l\\x1b[2Js'"
	shmtool rm $'\n\t\x9b\xc2\x9b\xff'
	assert_wrong_usage "shmtool rm: '\\x0a\\x09\\x9b\\xc2\\x9b\\xff': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	shmtool rm züge
	assert_wrong_usage "shmtool rm: 'züge': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
}

@test "options may follow operands, and -- ends them" {
	id=$("$SHMTOOL" create -s 1)
	shmtool ls "$id" -q
	assert_output "$id"
	shmtool ls -q -- "$id"
	assert_output "$id"
	shmtool ls -q -- -1
	assert_wrong_usage "shmtool ls: '-1': not a segment: give an ID (32769), a key (0x0000162e or key:5678), ftok:PATH[:PROJ] or the /NAME of a POSIX object"
	shmtool ls -1
	assert_wrong_usage "shmtool ls: unknown option '-1'"
}

@test "text that libpopt would replace by the next operand stays as it is" {
	id=$("$SHMTOOL" create -s 64)
	shmtool write --string 'a!#:+b!#:+!' "$id"
	assert_done
	assert_equal "$("$SHMTOOL" cat -s "$id")" 'a!#:+b!#:+!'
	shmtool write "--string=!#:+" --verbose "$id"
	assert_output "$id: 4 bytes written at offset 0"
	shmtool rm --dry-run --unattached -u '!#:+' "$id"
	assert_wrong_usage "shmtool rm: --user: '!#:+': no such user"
	shmtool ls '!#:+'
	assert_equal "$status" 2
	assert_regex "$stderr" "^shmtool ls: '!#:\\+': not a segment"
	shmtool ls '--x!#:+'
	assert_wrong_usage "shmtool ls: unknown option '--x!#:+'"
	shmtool ls '--quiet=!#:+'
	assert_wrong_usage "shmtool ls: option '--quiet=!#:+': option does not take an argument"
	shmtool '!#:+' "$id"
	assert_wrong_usage "shmtool: unknown command '!#:+'"
	printf file >'!#:+'
	shmtool write "$id" '!#:+'
	assert_done
	assert_equal "$("$SHMTOOL" cat -l 4 "$id")" file
}

# An alias must not turn --dry-run into another option: neither ~/.popt nor /etc/popt is opened.
@test "no alias file is read or opened" {
	id=$("$SHMTOOL" create -s 1)
	mkdir home
	echo 'shmtool alias --dry-run --verbose' >home/.popt
	HOME=$PWD/home shmtool rm --dry-run "$id"
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"

	need_root
	need_strace
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	# shellcheck disable=SC2016
	run_apart unshare --mount bash -euc '
		mkdir etc
		mount -t overlay overlay -o "lowerdir=/etc,upperdir=$PWD/etc,workdir=$(mktemp -d)" /etc 2>/dev/null ||
			mount -t tmpfs tmpfs /etc
		cp home/.popt /etc/popt
		ASAN_OPTIONS=detect_leaks=0 HOME=$PWD/home strace -f -o trace "$SHMTOOL" rm --dry-run "$1"' - "$id"
	assert_done
	assert_equal "$("$SHMTOOL" ls -q)" "$id"
	grep -q exit_group trace
	run grep 'popt["/]' trace
	assert_output ""
}

@test "POSIXLY_CORRECT ends the options at the first operand" {
	id=$("$SHMTOOL" create -s 1)
	POSIXLY_CORRECT=1 shmtool ls -q "$id" -q
	assert_equal "$status" 2
}
