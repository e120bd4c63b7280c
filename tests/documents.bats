load common
load help

# --help, the man pages and README.md say the same.

options_of_man() {
	sed -n 's/^\(\*-.*\)/\1/p' "$SOURCE/man/shmtool${1:+-$1}.1.scd" |
		grep -o '\*-[a-zA-Z]\*\|\*--[a-z-]*\*' | tr -d '*' | sort -u
}

setup() {
	begin_test
	mkdir bin
	ln -s "$SHMTOOL" bin/shmtool
	[ -e "$BUILD/man/shmtool.1" ] || skip "the man pages are not built"
}

@test "the options of --help and of the man pages are the same" {
	for command in "" $(commands); do
		assert_equal "$command: $(options_of_man "$command")" \
			"$command: $(options_of_help "$command")"
	done
}

@test "the option comparison finds missing options" {
	# Check that the comparison can fail.
	[ "$(options_of_help rm | wc -l)" -ge 13 ]
	options_of_help rm | grep -qx -- --dry-run
	options_of_help rm | grep -qx -- -n
	options_of_man rm | grep -qx -- --dry-run
	options_of_help "" | grep -qx -- -V
}

@test "arguments of options have the same names in man pages and --help" {
	for command in $(commands); do
		help=$("$SHMTOOL" "$command" --help)
		page=$(sed 's/[*_\\]//g' "$SOURCE/man/shmtool-$command.1.scd")
		while IFS="=" read -r option argument; do
			[ "$argument" != FORMAT ] || argument='short|full|iso|epoch'
			grep -qF -- "$option $argument" <<<"$page" ||
				fail "$command: $option $argument is not in the man page"
		done < <(grep -o -- '--[a-z-]*=[^ ]*' <<<"$help" | sort -u)
	done
}

@test "every command has a man page, and shmtool(1) names it" {
	for command in $(commands); do
		[ -s "$BUILD/man/shmtool-$command.1" ]
		grep -q "^\*shmtool $command\*" "$SOURCE/man/shmtool-$command.1.scd"
		grep -qF "*shmtool-$command*(1)" "$SOURCE/man/shmtool.1.scd"
		grep -q "^| .\($command\|$command .*\). |" "$SOURCE/README.md"
	done
}

@test "the synopses of man pages and --help agree" {
	for command in $(commands); do
		page=$(sed -n "s/^\*shmtool $command\* //p" "$SOURCE/man/shmtool-$command.1.scd" | tr -d '*_')
		help=$("$SHMTOOL" "$command" --help | sed -n "s/^Usage: shmtool $command //p")
		assert_equal "$command $page" "$command $help"
	done
}

@test "the columns of --help and man pages are the same" {
	id=$("$SHMTOOL" create -s 1)
	mapfile -t listing < <(commands_with_columns)
	[ "${#listing[@]}" -ge 3 ]
	for command in "${listing[@]}"; do
		names=$(columns_of_help "$command")
		# All columns of the program.
		case $command in
		info) all=$("$SHMTOOL" info -r "$id") ;;
		*) all=$("$SHMTOOL" "$command" -r -O) ;;
		esac
		assert_equal "$(cut -d ' ' -f 1 <<<"$names" | xargs)" "$(head -n 1 <<<"$all")"
		page=$(man -l --no-hyphenation --no-justification "$BUILD/man/shmtool-$command.1" 2>/dev/null |
			col -b | sed -n '/^COLUMNS/,/^[B-Z]/p' | tr -s ' \n' ' ')
		while read -r name help; do
			[[ $page == *" $name "*"$help "* ]] || fail "$command: $name ($help) is not in the man page"
		done <<<"$names"
	done
}

# In an example, "$ " precedes a command, and its output may follow. Numbers, times and the widths of
# columns may differ; keys, sizes and words must not.
@test "the examples of the man pages work, and print what the pages show" {
	need_root
	for page in "$SOURCE"/man/*.scd; do
		"$SHMTOOL" create -k 0x162e -s 4K >/dev/null
		"$SHMTOOL" write --string "hello" 0x162e
		PATH="$PWD/bin:$PATH" run /usr/bin/python3 - "$page" <<-'E'
			import re, subprocess, sys

			def mask(text):
			    for what, word in (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME"), \
			            (r"\b\d+[smhd]\b", "SPAN"), (r"\b\d+\b", "N"), (" +", " "):
			        text = re.sub(what, word, text)
			    return [line.strip() for line in text.splitlines()]

			blocks = re.findall(r"^```$\n(.*?)^```$", open(sys.argv[1]).read(), re.M | re.S)
			steps = []
			for line in "".join(blocks).splitlines(True):
			    if line.startswith("$ "):
			        steps.append([line[2:], ""])
			    else:
			        steps[-1][1] += line
			assert steps, "no examples"
			between = "--- the next example\n"
			script = ("echo %r\n" % between.strip()).join(command for command, _ in steps)
			run = subprocess.run(["bash", "-eu", "-c", script], stdin=subprocess.DEVNULL,
			    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
			printed = run.stdout.decode(errors="replace")
			if run.returncode:
			    sys.exit(printed)
			printed = printed.split(between)
			# The last line may lack its newline.
			assert len(printed) == len(steps), printed
			for (command, shown), output in zip(steps, printed):
			    if shown and mask(output) != mask(shown):
			        sys.exit("%sprints\n%sbut the page shows\n%s" % (command, output, shown))
		E
		assert_output ""
		assert_success
		ipcrm --all=shm
	done
}

@test "each man page has the sections that it needs, in their order" {
	# Between DESCRIPTION and EXIT STATUS, a page may have sections of its own.
	order=(NAME SYNOPSIS DESCRIPTION OPTIONS EXAMPLES COLUMNS JSON "EXIT STATUS" ENVIRONMENT FILES
		"SEE ALSO" BUGS)
	all=(NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO")
	for page in "" $(commands); do
		needed=("${all[@]}")
		# Commands that inspect or change segments document their limits.
		[[ $page == help || $page == *lock ]] || needed+=(BUGS)
		if [ -n "$page" ] && [ -n "$(columns_of_help "$page")" ]; then
			needed+=(COLUMNS ENVIRONMENT FILES)
		fi
		! options_of_help "$page" | grep -qx -- --json || needed+=(JSON)
		[ -n "$page" ] || needed+=(COMMANDS SEGMENTS SIZES DURATIONS ENVIRONMENT FILES)
		found=$(sed -n 's/^# //p' "$SOURCE/man/shmtool${page:+-$page}.1.scd")
		for section in "${needed[@]}"; do
			grep -qx "$section" <<<"$found" || fail "${page:-shmtool}: no section $section"
		done
		common=$(printf '%s\n' "${order[@]}" | grep -Fx "$found")
		assert_equal "$page: $(grep -Fx "$common" <<<"$found")" "$page: $common"
	done
}

@test "shmtool(1) lists the variables and files that the program reads" {
	page=$(sed 's/[*_\\]//g' "$SOURCE/man/shmtool.1.scd")
	grep -rhoE 'getenv\("[A-Z_]+' "$SOURCE/src" | sed 's/.*"//' | while read -r name; do
		grep -q "^${name//_/}" <<<"$page" || fail "$name is not in shmtool(1)"
	done
	grep -rhoE '"/(etc|proc/sys|sys)[a-z/_]*' "$SOURCE/src" | tr -d '"' | while read -r file; do
		file=${file%/hugepages}
		[[ $file == */overflow* ]] || grep -qF "${file//_/}" <<<"$page" ||
			fail "$file is not in shmtool(1)"
	done
	id=$("$SHMTOOL" create -s 1)
	run bash -c 'LIBSMARTCOLS_DEBUG=all "$SHMTOOL" ls 2>&1 >/dev/null'
	assert_output --partial libsmartcols
	for name in POSIXLY_CORRECT POSIX_ME_HARDER; do
		run env "$name=1" "$SHMTOOL" ls "$id" -q
		assert_failure 2
	done
	shmtool ls "$id" -q
	assert_done
	need script
	start "$HELPERS/daemon" 0x10 4096 "a command line that is much longer than eighty columns, by far"
	for columns in 80 100; do
		COLUMNS=$columns script -qec "stty cols 0; $SHMTOOL ls" /dev/null </dev/null | tr -d '\r' >page
		assert_equal "$(wc -L <page)" "$columns"
	done
}

@test "the commands of README.md exist" {
	for script in demo test need; do
		grep -q "scripts/$script" "$SOURCE/README.md"
		[ -x "$SOURCE/scripts/$script" ]
	done
	grep -q scripts/test "$SOURCE/.ci/run"
}

@test "the picture in README.md is up to date" {
	need_root
	/usr/bin/python3 -c 'import rich' 2>/dev/null || skip "python3-rich is not installed"
	[ -x "$BUILD/tests/helpers/daemon" ] || skip "the helpers are not built"
	grep -qF "(docs/session.svg)" "$SOURCE/README.md"
	"$SOURCE/tests/picture" "$PWD/now.svg"
	run /usr/bin/python3 - "$SOURCE/docs/session.svg" now.svg <<-'E'
		import re, sys
		import xml.etree.ElementTree as xml

		# Return the lines of a picture, without the values that differ: PIDs,
		# times, addresses and the blanks around them.
		def lines(name):
		    rows = {}
		    for text in xml.parse(name).iter("{http://www.w3.org/2000/svg}text"):
		        rows.setdefault(float(text.get("y")), []).append(text.text or "")
		    for _, row in sorted(rows.items()):
		        row = "".join(row).replace("\xa0", " ")
		        for what, word in (r"0x[0-9a-f]{9,}", "ADDRESS"), (r"\d+-\d+-\d+ [\d:]+", "TIME"), \
		                (r"\b\d+s\b", "SPAN"), (r"\b\d{2,}\b", "N"), (" +", " "):
		            row = re.sub(what, word, row)
		        yield row.strip()

		then, now = list(lines(sys.argv[1])), list(lines(sys.argv[2]))
		assert len(now) > 30 and "$ shmtool ls" in now[0], now
		if then != now:
		    sys.exit("docs/session.svg shows\n%s\nbut tests/picture draws\n%s" %
		        ("\n".join(then), "\n".join(now)))
	E
	assert_output ""
	assert_success
}

@test "the map in README.md names all folders" {
	for folder in "$SOURCE"/src/*/; do
		grep -qF "| \`src/$(basename "$folder")/\` |" "$SOURCE/README.md"
	done
	for folder in man completions tests bench scripts contrib packaging; do
		grep -qF "| \`$folder/\` |" "$SOURCE/README.md"
	done
}

@test "the packages have the version of meson.build" {
	version=$("$SHMTOOL" --version | sed -n '1s/.* //p')
	run sed -n '1s/shmtool (\(.*\)-.*) .*/\1/p' "$SOURCE/packaging/debian/changelog"
	assert_output "$version"
	run sed -n 's/^Version: *//p' "$SOURCE/packaging/shmtool.spec"
	assert_output "$version"
	run sed -n '/^## /{s/## \([^ ]*\).*/\1/p;q}' "$SOURCE/NEWS.md"
	assert_output "$version"
}

# needed PURPOSE: print the packages that scripts/need installs for it, one a line.
needed() {
	# shellcheck disable=SC1090
	. <(sed -n '/^declare/,/^)/p' "$SOURCE/scripts/need")
	xargs -n 1 <<<"${packages[$1]}"
}

@test "the package depends on what scripts/need installs" {
	# Debian builds packages where a compiler and libc are installed.
	for package in $(needed build | grep -vxE 'gcc|libc6-dev|ninja-build|pkg-config'); do
		grep -qE "^ +$package( |,|\$)" "$SOURCE/packaging/debian/control" ||
			fail "$package is not in debian/control"
	done
	for package in $(needed test) $(needed shells); do
		grep -qE "^ +$package(,|\$)" "$SOURCE/packaging/debian/tests/control" ||
			fail "$package is not in debian/tests/control"
	done
}
