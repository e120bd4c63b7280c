load common

# How scripts use the program.

setup() {
	begin_test
	mkdir bin
	ln -s "$SHMTOOL" bin/shmtool
	PATH=$PWD/bin:$PATH
}

@test "create prints an ID for a variable, and nothing else" {
	for shell in dash bash; do
		need "$shell"
		run_apart "$shell" -euc '
			id=$(shmtool create -s 1M)
			shmtool ls -nr -o ID,SIZE "$id"
			echo "[$id]"'
		assert_done
		read -r id size <<<"${lines[0]}"
		assert_equal "$size" 1048576
		assert_equal "${lines[1]}" "[$id]"
	done
	# A failing create leaves the variable empty and stops the script.
	run_apart dash -euc 'id=$(shmtool create -s 0); echo "not here"'
	assert_equal "$status" 1
	assert_output ""
}

@test "ls -q and xargs remove orphans, and nothing if there are none" {
	start "$HELPERS/daemon" 0x10 4096 text
	read -r table cache <<<"$started_line"
	"$SHMTOOL" create -s 1
	"$SHMTOOL" create -s 1
	run_apart bash -euo pipefail -c 'shmtool ls -q --orphaned | xargs -r shmtool rm'
	assert_done
	assert_output ""
	assert_equal "$("$SHMTOOL" ls -q | sort -n)" "$(printf '%s\n' "$table" "$cache" | sort -n)"
	run_apart bash -euo pipefail -c 'shmtool ls -q --orphaned | xargs -r shmtool rm'
	assert_done
	assert_equal "$("$SHMTOOL" ls -q | wc -l)" 2
}

@test "eval of info --export sets variables" {
	need_root
	id=$("$SHMTOOL" create -s 5000 -k 5678 -m 0640 --owner nobody:daemon)
	for shell in dash bash zsh; do
		command -v "$shell" >/dev/null || continue
		run_apart "$shell" -euc '
			id=$1
			eval "$(shmtool info -e "$id")"
			echo "$ID $KEY $OWNER $OWNER_UID $PERMS $SIZE $NATTCH $STATUS"' - "$id"
		assert_done
		assert_output "$id 0x0000162e nobody 65534 rw-r----- 5000 0 orphan"
	done
}

@test "eval of a hostile command line runs none of it" {
	id=$("$SHMTOOL" create -s 1)
	# shellcheck disable=SC2016
	start bash -c 'exec -a "x\"; touch hacked; \$(touch hacked) \`touch hacked\` '"'"'\\" "$0" "$1"' \
		"$HELPERS/hold" "$id"
	for shell in dash bash zsh; do
		command -v "$shell" >/dev/null || continue
		run_apart "$shell" -euc '
			eval "$(shmtool info -e -o ID,LCOMMAND "$1")"
			echo "$ID"' - "$id"
		assert_done
		assert_output "$id"
		[ ! -e hacked ]
	done
}

@test "while read splits raw lines, whatever a cell holds" {
	a=$("$SHMTOOL" create -s 5000 -k 7)
	b=$("$SHMTOOL" create -s 1)
	# shellcheck disable=SC2016
	start bash -c 'exec -a "$1" "$0" "$2"' "$HELPERS/hold" $'two words\n\t\\ * $HOME' "$b"
	for shell in dash bash; do
		run_apart "$shell" -euc '
			shmtool ls -nr -o ID,LCOMMAND,DETACH,SIZE |
				while read -r id command detach size rest; do
					echo "$id|$command|$detach|$size|$rest"
				done'
		assert_done
		assert_output "$a|-|-|5000|
$b|two\\x20words\\x0a\\x09\\x5c\\x20*\\x20\$HOME\\x20$b|-|1|"
	done
}

@test "rm --unattached SEGMENT removes only unused segments, and the script continues" {
	a=$("$SHMTOOL" create -s 1)
	b=$("$SHMTOOL" create -s 1)
	hold "$a"
	run_apart dash -euc 'for id; do shmtool rm --unattached "$id"; done; echo end' - "$a" "$b"
	assert_done
	assert_output end
	assert_equal "$("$SHMTOOL" ls -q)" "$a"
}
