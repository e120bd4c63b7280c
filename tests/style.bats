load common

setup() {
	begin_test
	cd "$SOURCE" || return
}

@test "C has the format of .clang-format" {
	need clang-format
	version=$(clang-format --version | grep -o '[0-9]*' | head -n 1)
	[ "$version" = 14 ] || skip "this is clang-format $version; the format is that of 14"
	find src completions tests bench -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}

@test "files keep to .editorconfig" {
	/usr/bin/python3 - <<-'E'
		import pathlib, sys
		bad = []
		for top in "src man completions tests bench scripts docs contrib packaging .ci .".split():
		    pattern = "*" if top == "." else "**/*"
		    for path in sorted(pathlib.Path(top).glob(pattern)):
		        if not path.is_file() or path.name == "LICENSE" or \
		                path.suffix == ".svg" or {"corpus", "__pycache__"} & set(path.parts):
		            continue
		        text = path.read_bytes().decode("utf-8")
		        if b"\r" in path.read_bytes():
		            bad.append("%s: CR" % path)
		        if text and not text.endswith("\n"):
		            bad.append("%s: no newline at the end" % path)
		        for number, line in enumerate(text.split("\n"), 1):
		            where = "%s:%d" % (path, number)
		            if line != line.rstrip():
		                bad.append("%s: blanks at the end" % where)
		            if path.suffix in (".c", ".h"):
		                wide = len(line.expandtabs(8)) > 90
		                if wide and '"' not in line and "http" not in line:
		                    bad.append("%s: wider than 90 columns" % where)
		                if line.startswith("    "):
		                    bad.append("%s: indented with blanks" % where)
		print("\n".join(bad))
		sys.exit(bool(bad))
	E
}

@test "scripts, tests and completions pass shellcheck" {
	need shellcheck
	mapfile -t shells < <(grep -lE '^#!.*sh$' scripts/* .ci/run man/build-page \
		completions/build packaging/debian/tests/*)
	[ "${#shells[@]}" -ge 8 ]
	shellcheck "${shells[@]}" tests/run tests/analyze tests/platform tests/with-systemd tests/fuzz/run tests/common.bash tests/help.bash \
		tests/postgresql.bash \
		tests/runbooks/host.bash
	# host.bash sets and uses their variables.
	shellcheck -s bash -e SC2034,SC2154 tests/runbooks/[!h]*.bash
	shellcheck -s bash -e SC2034,SC2154 completions/shmtool.bash
	shellcheck -s bash -e SC1091 tests/helpers/offers.bash
	# Variables that "run" sets, and loaded files.
	shellcheck -s bats -e SC1091,SC2030,SC2031,SC2154,SC2016,SC2317 tests/*.bats
}

@test "man pages pass mandoc and man" {
	[ -e "$BUILD/man/shmtool.1" ] || skip "the man pages are not built"
	need mandoc
	for page in "$BUILD"/man/*.1; do
		[ "$(head -n 1 "$page")" = "'\\\" t" ] || fail "${page##*/}: the first line does not ask for tbl(1)"
	done
	# scdoc puts a paragraph before each section, and does not fold lines.
	run bash -c 'mandoc -T lint -W warning "$BUILD"/man/*.1 | grep -v "skipping paragraph macro: PP"'
	assert_output ""
	for page in "$BUILD"/man/*.1; do
		run env LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page"
		assert_success
		refute_output --partial "warning"
	done
}

@test "folders include only the folders that README.md permits" {
	# kernel and parse include no other folder.
	# Any folder may include a header directly in src/ that says so.
	allowed() {
		case $1 in
		kernel | parse) echo "" ;;
		select) echo "kernel parse" ;;
		data | show) echo "kernel" ;;
		commands) echo "select data show parse kernel" ;;
		esac
	}
	for folder in src/*/; do
		folder=$(basename "$folder")
		found=$(grep -rhoE '#include "[a-z]+/' "src/$folder" | sed 's/.*"//; s,/,,' | sort -u)
		for other in $found; do
			[[ " $folder $(allowed "$folder") " == *" $other "* ]] ||
				fail "src/$folder includes $other"
		done
	done
	run grep -rlE '#include "command.h"' src/kernel src/parse src/select src/data src/show
	assert_output ""
	run grep -rlE 'commands/' src/commands
	assert_output ""
}

@test "only commands print messages and decide exit statuses" {
	run grep -rnE '\b(fprintf|fputs)\(.*stderr|\bexit\(|\berr(x)?\(|\bmessage(_[a-z]+)?\(' \
		src/kernel src/parse src/select src/data
	assert_output ""
}

@test "every test file belongs to a suite" {
	for file in tests/*.bats; do
		name=$(basename "$file" .bats)
		grep -q "'$name'" tests/meson.build || fail "tests/meson.build does not name $name"
	done
}

@test "nothing in src is marked as to do" {
	run grep -rnwE 'TODO|FIXME|XXX|HACK' src man completions scripts
	assert_output ""
}

@test "no text has a banned phrase" {
	git -c "safe.directory=$SOURCE" ls-files >"$BATS_TEST_TMPDIR/files" || skip "not a git checkout"
	# A phrase may be split over two lines.
	run /usr/bin/python3 - "$BATS_TEST_TMPDIR/files" <<-'E'
		import re, sys
		banned = """
		    be it, is to go, it is there, makes no sense, may be looked at, mended, none of ours,
		    of which, one that, shall, those that, what is there, whoever, whom
		"""
		between = r"(?:\s|\*|#|//)+"
		phrases = [between.join(phrase.split()) for phrase in banned.split(",")]
		pattern = re.compile(r"\b(?:%s)\b" % "|".join(phrases), re.I)
		for name in open(sys.argv[1]).read().split():
		    if name in ("LICENSE", "NEWS.md", "tests/style.bats") or \
		            name.startswith("tests/fuzz/corpus/"):
		        continue
		    text = open(name, encoding="utf-8").read()
		    for match in pattern.finditer(text):
		        line = text.count("\n", 0, match.start()) + 1
		        print("%s:%d: %s" % (name, line, " ".join(match[0].split())))
	E
	assert_output ""
	assert_success
}
