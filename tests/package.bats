load common

# Build the packages, and install Debian's on a minimal Debian. Each test continues where the one before
# it ended.

# Below the build directory: device nodes may not work in a tmpfs on /tmp.
ROOT=$BUILD/package-root
PACKAGES=$BUILD/packages

# in_root PROGRAM [ARGUMENT...]: run a program there, with a /proc of its own.
in_root() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=screen LANG=C.UTF-8 HOME=/root \
		DEBIAN_FRONTEND=noninteractive unshare --mount --mount-proc="$ROOT/proc" -- \
		chroot "$ROOT" "$@"
}

# Remove the files of this and of killed runs.
remove_all() {
	rm -rf --one-file-system "$ROOT" "$PACKAGES"
}

# make_root SITE RELEASE: install a minimal Debian. A second try does not fetch files again.
make_root() {
	local fetched=$BATS_FILE_TMPDIR/fetched
	mkdir -p "$fetched"
	for try in 1 2 3; do
		echo "debootstrap, for the $try. time"
		rm -rf --one-file-system "$ROOT"
		unshare --mount -- debootstrap --variant=minbase --cache-dir="$fetched" \
			"$2" "$ROOT" "$1" && return
	done
	return 1
}

# debootstrap waits for the network and uses one core: it runs beside the first tests.
setup_file() {
	remove_all
	[ "$(id -u)" = 0 ] && command -v debootstrap >/dev/null || return 0
	# shellcheck disable=SC1091
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' \
		"Codename: $release" | sort -u | head -n 1)
	reason=$BATS_FILE_TMPDIR/reason
	if [ -z "$site" ]; then
		echo "apt has no source of Debian $release" >"$reason"
	elif ! /usr/lib/apt/apt-helper -o Acquire::Retries=4 download-file \
		"$site/dists/$release/InRelease" "$BATS_FILE_TMPDIR/InRelease" >/dev/null 2>&1; then
		echo "no network: $site cannot be reached, asked 5 times" >"$reason"
	else
		(
			make_root "$site" "$release" >"$BATS_FILE_TMPDIR/log" 2>&1 && made=yes
			echo "${made:-no}" >"$BATS_FILE_TMPDIR/made"
		) 3>&- &
		echo "$!" >"$BATS_FILE_TMPDIR/pid"
	fi
}

# Wait until debootstrap is done. It ends even if the network fails.
until_made() {
	until [ -e "$BATS_FILE_TMPDIR/made" ] || ! kill -0 "$(cat "$BATS_FILE_TMPDIR/pid")" 2>/dev/null; do
		sleep 0.2
	done
}

teardown_file() {
	[ ! -e "$BATS_FILE_TMPDIR/pid" ] || until_made
	remove_all
}

setup() {
	begin_test
	need_root
	need dpkg-buildpackage
	need lintian
	need rpmbuild
}

need_debian() {
	need debootstrap
	[ ! -e "$BATS_FILE_TMPDIR/reason" ] || skip "$(cat "$BATS_FILE_TMPDIR/reason")"
	until_made
	[ "$(cat "$BATS_FILE_TMPDIR/made")" = yes ] || fail "$(tail "$BATS_FILE_TMPDIR/log")"
}

teardown() {
	tmux -S "$BATS_TEST_TMPDIR/socket" kill-server 2>/dev/null || true
	end_test
}

@test "scripts/package builds packages that pass lintian" {
	run "$SOURCE/scripts/package" "$PACKAGES"
	assert_success
	cd "$PACKAGES"
	version=$("$SHMTOOL" --version | sed -n '1s/.* //p')
	run rpm -qp --queryformat '%{VERSION}\n' ./*.rpm
	assert_output "$version
$version"
	run dpkg-deb --field shmtool_*.deb Version
	assert_output --regexp "^${version//./\\.}-"
}

@test "the packages have what meson installs" {
	cd "$PACKAGES"
	version=$("$SHMTOOL" --version | sed -n '1s/.* //p')
	DESTDIR=$BATS_TEST_TMPDIR/dest meson install -C "$BUILD" --no-rebuild >/dev/null
	# With the prefix /usr/local, fish's completion goes to /etc (completions/meson.build).
	expected=$(find "$BATS_TEST_TMPDIR/dest" -type f -printf '%P\n' |
		sed 's,^usr/local/,usr/,; s,^etc/fish/completions/,usr/share/fish/vendor_completions.d/,' | sort)
	[ "$(wc -l <<<"$expected")" -ge 12 ]
	# Debian has a folder of its own for what packages bring to zsh.
	in_deb=$(dpkg-deb --fsys-tarfile shmtool_*.deb | tar -t |
		sed 's,^\./,,; s,/zsh/vendor-completions/,/zsh/site-functions/,' |
		sed '/^$/d; /\/$/d; /^usr\/share\/doc\//d; s/\.1\.gz$/.1/' | sort)
	assert_equal "$in_deb" "$expected"
	# Files only: it also owns its folder.
	in_rpm=$(rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' \
		"shmtool-$version"-*."$(rpm -E %_target_cpu)".rpm | sed -n 's,^-[^ ]* /,,p' |
		sed '/build-id/d; /^usr\/share\/\(doc\|licenses\)\//d; s/\.1\.gz$/.1/' | sort)
	assert_equal "$in_rpm" "$expected"
}

@test "the packages have contrib, where its README says" {
	cd "$PACKAGES"
	version=$("$SHMTOOL" --version | sed -n '1s/.* //p')
	dpkg-deb --fsys-tarfile shmtool_*.deb | tar -x -C "$BATS_TEST_TMPDIR" ./usr/share/doc
	for name in ansible containers kubernetes prometheus; do
		place=$(grep -o '/usr/share/doc/[a-z/]*' "$SOURCE/contrib/$name/README.md")
		diff -r "$SOURCE/contrib/$name" "$BATS_TEST_TMPDIR$place"
		rpm -qpl "shmtool-$version"-*."$(rpm -E %_target_cpu)".rpm | grep "contrib/$name/README.md"
	done
}

@test "the binary of the package is hardened" {
	need readelf
	dpkg-deb --fsys-tarfile "$PACKAGES"/shmtool_*.deb | tar -x ./usr/bin/shmtool
	run readelf -hdlW usr/bin/shmtool
	assert_line --partial "DYN (Position-Independent Executable file)"
	assert_line --partial BIND_NOW
	assert_line --partial GNU_RELRO
	run readelf --dyn-syms -W usr/bin/shmtool
	assert_line --partial __stack_chk_fail
	assert_line --regexp '_chk@'
}

@test "the package installs on a minimal Debian" {
	need_debian
	cp "$PACKAGES"/shmtool_*.deb "$ROOT/tmp/"
	run in_root bash -c 'apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Retries=4 install -y --no-install-recommends \
		/tmp/shmtool_*.deb man-db bash-completion'
	assert_success
	run in_root shmtool --version
	assert_line --index 0 "$("$SHMTOOL" --version | sed -n 1p)"
}

@test "there, shmtool ls lists a segment" {
	[ -e "$ROOT/usr/bin/shmtool" ] || skip "the package is not installed"
	run in_root unshare --ipc sh -c 'shmtool create -k 0x162e -s 64K -m 640 && shmtool ls -r -o ID,KEY,OWNER,PERMS,SIZE'
	assert_success
	assert_output "0
ID KEY OWNER PERMS SIZE
0 0x0000162e root rw-r----- 65536"
}

@test "there, man has the pages" {
	[ -e "$ROOT/usr/bin/shmtool" ] || skip "the package is not installed"
	run in_root man shmtool
	assert_success
	assert_output --partial "shmtool - inspect and clean up shared memory"
	mapfile -t commands < <(in_root shmtool --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	[ "${#commands[@]}" -ge 10 ]
	for command in "${commands[@]}"; do
		run in_root man "shmtool-$command"
		assert_success
		assert_output --partial "shmtool $command"
	done
}

@test "there, bash completes at a prompt" {
	[ -e "$ROOT/usr/bin/shmtool" ] || skip "the package is not installed"
	need tmux
	in_root shmtool create -s 1 -k 0xabcdef
	cat >login <<-E
		$(declare -f in_root)
		ROOT=$ROOT
		in_root bash --login
	E
	tmux=(tmux -S "$PWD/socket" -f /dev/null)
	"${tmux[@]}" new-session -d -x 100 -y 10 "bash $PWD/login" 3>&-
	on_screen() {
		"${tmux[@]}" capture-pane -p | grep -qF -- "$1"
	}
	until_true on_screen '#'
	"${tmux[@]}" send-keys 'shmtool r' Tab '--dry' Tab '0x' Tab
	until_true on_screen 'shmtool rm --dry-run 0x00abcdef'
}

@test "there, purging the package leaves nothing" {
	[ -e "$ROOT/usr/bin/shmtool" ] || skip "the package is not installed"
	mapfile -t files < <(in_root dpkg -L shmtool | grep shmtool)
	[ "${#files[@]}" -ge 15 ]
	run in_root apt-get -qq -o Dpkg::Use-Pty=0 purge -y shmtool
	assert_success
	for file in "${files[@]}"; do
		[ ! -e "$ROOT$file" ] || fail "$file is still there"
	done
}
