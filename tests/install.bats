load common

# fish_folder PREFIX: where fish(1) finds a completion that is installed with this prefix.
fish_folder() {
	case $1 in
	/usr/local) echo /etc/fish/completions ;;
	*) echo "$1/share/fish/vendor_completions.d" ;;
	esac
}

@test "fish searches where its completion is installed" {
	need fish
	for prefix in /usr /usr/local; do
		env -u XDG_DATA_DIRS fish -c 'contains -- $argv[1] $fish_complete_path' \
			"$(fish_folder "$prefix")"
	done
}

@test "meson install puts everything where distributions expect it" {
	[ -e "$BUILD/man/shmtool.1" ] || skip "the man pages are not built"
	mkdir source
	tar -C "$SOURCE" --exclude='./build*' --exclude=./.git -c . | tar -x -C source
	cd source
	# The objects are the same for each prefix; compile fast, and only what is installed.
	meson setup build -Doptimization=0 -Ddebug=false -Dtests=disabled >/dev/null
	for prefix in /usr /usr/local /opt/tools; do
		meson configure build --prefix="$prefix"
		run env DESTDIR="$PWD/dest" meson install -C build
		assert_success
		[ -x "dest$prefix/bin/shmtool" ]
		[ -s "dest$prefix/share/bash-completion/completions/shmtool" ]
		[ -s "dest$prefix/share/zsh/site-functions/_shmtool" ]
		[ -s "dest$(fish_folder "$prefix")/shmtool.fish" ]
		mapfile -t commands < <("$SHMTOOL" --help |
			sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
		[ "${#commands[@]}" -ge 8 ]
		for page in shmtool "${commands[@]/#/shmtool-}"; do
			[ -s "dest$prefix/share/man/man1/$page.1" ]
		done
		cmp "dest$prefix/share/shmtool/schema.json" "$SOURCE/docs/schema.json"
		# The pages name its place.
		for command in ls info limits usage; do
			sed 's/\\&//g' "dest$prefix/share/man/man1/shmtool-$command.1" |
				grep -F "$prefix/share/shmtool/schema.json"
		done
		# Those pages, the program, its completions and the schema.
		run find dest -type f
		assert_equal "${#lines[@]}" $((${#commands[@]} + 6))
		run "dest$prefix/bin/shmtool" --version
		assert_success
		rm -r dest
	done
}

@test "the binary is hardened" {
	need readelf
	run readelf -hdlW "$BUILD/shmtool"
	assert_line --partial "DYN (Position-Independent Executable file)"
	assert_line --partial BIND_NOW
	assert_line --partial GNU_RELRO
	refute_line --regexp 'GNU_STACK.*E'
	run readelf -sW "$BUILD/shmtool"
	assert_line --partial __stack_chk_fail
	assert_line --regexp '_chk@'
}

@test "the binary needs only the libraries it is linked with" {
	need readelf
	run bash -c 'readelf -dW "$BUILD/shmtool" | sed -n "s/.*NEEDED.*\[\(.*\)\]/\1/p" | sort | xargs'
	assert_output "libc.so.6 libpopt.so.0 libsmartcols.so.1"
}
