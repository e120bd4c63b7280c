load common
load help

# bash, zsh and fish offer the same: what --help lists.

setup() {
	begin_test
	mkdir bin
	ln -s "$SHMTOOL" bin/shmtool
	export COMPLETIONS=$BUILD/completions
	inside=()
}

teardown() {
	tmux -S "$BATS_TEST_TMPDIR/socket" kill-server 2>/dev/null || true
	ipcrm --all=sem
	find /dev/shm -mindepth 1 -delete
	end_test
}

need_shell() {
	need "$1"
	[ "$1" != bash ] || [ -e /usr/share/bash-completion/bash_completion ] ||
		skip "bash-completion is not installed"
}

# offers SHELL COMMAND_LINE...: write the shell's offers at the end of each command line, with its help
# if any, as lines "COMMAND_LINE<tab>OFFER<tab>HELP" into the file "offered". Messages fail. The shell
# is started by the command in the array "inside".
offers() {
	local shell=$1
	local -x PATH=$PWD/bin:$PATH OFFERS=$PWD/offers ZDOTDIR=$PWD/zsh
	local -x OFFERS_DUMP=$BATS_FILE_TMPDIR/dump
	shift
	printf '%s\n' "$@" >offers.in
	rm -f offers.out
	case $shell in
	bash)
		"${inside[@]}" bash "$SOURCE/tests/helpers/offers.bash" <offers.in >offers.out 2>said
		;;
	fish)
		"${inside[@]}" fish --no-config "$SOURCE/tests/helpers/offers.fish" <offers.in >offers.all 2>said
		# fish offers an option with an optional argument with = too.
		grep -v "^--[a-z-]*=$(printf '\t')" offers.all >offers.out
		;;
	zsh)
		mkdir -p zsh
		echo 'source "$SOURCE/tests/helpers/offers.zsh"' >zsh/.zshrc
		# shellcheck disable=SC2016
		"${inside[@]}" zsh -fc 'zmodload zsh/zpty
			zpty shell zsh --no-globalrcs --interactive
			while zpty -r shell text; do print -r -- "$text"; done' >screen
		grep -a _shmtool screen >said || true
		;;
	esac
	[ ! -s said ] || fail "$shell says: $(cat said)"
	awk -v OFS='\t' '/^== / { line = substr($0, 4); next } { print line, $0 }' offers.out |
		sort -u >offered
}

# assert_offers SHELL: assert that its offers are exactly those in the lines "COMMAND_LINE=> WORD..." of
# standard input, in the order of sort(1). Ignore the part of the word at the cursor that an offer
# repeats: up to a comma and the like, or the dash before a column.
assert_offers() {
	local expected lines
	expected=$(cat)
	mapfile -t lines <<<"$expected"
	lines=("${lines[@]%%=>*}")
	offers "$1" "${lines[@]}"
	printf '%s\n' "${lines[@]}" | awk -F '\t' '
		FILENAME == "offered" {
			before = $1
			sub(/.* /, "", before)
			if (before ~ /^-[A-Z]/)
				before = "-"
			else if (before ~ /[=:,+\/]/)
				sub(/[^=:,+\/]*$/, "", before)
			else
				before = ""
			if ($1 ~ /[=,]-[^ ,]*$/)
				before = before "-"
			offer = $2
			sub(/\/$/, "", offer)
			while (before != "" && index(offer, before) != 1)
				before = substr(before, 2)
			words[$1] = words[$1] " " substr(offer, length(before) + 1)
			next
		}
		{ print $0 "=>" words[$0] }' offered - >actual
	diff - actual <<<"$expected"
}

# help_of COMMAND: print the options in --help as lines "OPTION<tab>HELP".
help_of() {
	# shellcheck disable=SC2086
	"$SHMTOOL" $1 --help | awk -v OFS='\t' '
		function flush() {
			if (name != "")
				print name, help
			if (letter ~ /-/)
				print letter, help
			name = letter = ""
		}
		/^(Columns|Commands)/ { flush(); over = 1 }
		over { next }
		/^  (-.,|   ) --/ {
			flush()
			letter = substr($0, 3, 2)
			help = substr($0, 7)
			name = help
			sub(/[^a-z-].*/, "", name)
			sub(/^[^ ]+ +/, "", help)
			next
		}
		/^ +[^ ]/ && name != "" {
			sub(/^ +/, "")
			help = help " " $0
			next
		}
		{ flush() }
		END { flush() }'
}

# assert_offered SHELL: assert that it offered exactly the lines of the file "expected"; without their
# help if the shell shows none.
assert_offered() {
	if [ "$1" = bash ]; then
		cut -f 1,2 expected | sort -u >bare
		mv bare expected
	fi
	sort -u -o expected expected
	diff expected offered
}

# expect_options COMMAND...: write all options and their help into the file "expected", and the command
# lines that offer them into the array "lines". The same for each shell, so do it once.
expect_options() {
	local cache="$BATS_FILE_TMPDIR/options of $*" command options
	if [ ! -e "$cache" ]; then
		for command; do
			options=$(help_of "$command")
			assert_equal "$(cut -f 1 <<<"$options" | sort)" "$(options_of_help "$command")"
			# shellcheck disable=SC2001
			sed "s/^/shmtool ${command:+$command }-\t/" <<<"$options"
		done >expected
		cp expected "$cache"
	fi
	cp "$cache" expected
	lines=()
	for command; do
		lines+=("shmtool ${command:+$command }-")
	done
}

# options_are_those_of_help SHELL COMMAND...: compare all options and their help.
options_are_those_of_help() {
	local lines
	need_shell "$1"
	expect_options "${@:2}"
	offers "$1" "${lines[@]}"
	assert_offered "$1"
}

@test "bash: the options are those of --help" {
	# shellcheck disable=SC2046
	options_are_those_of_help bash "" $(commands)
}

@test "zsh: the options are those of --help, with their help" {
	# shellcheck disable=SC2046
	options_are_those_of_help zsh "" $(commands)
}

@test "fish: the options are those of --help, with their help" {
	# shellcheck disable=SC2046
	options_are_those_of_help fish "" $(commands)
}

@test "the comparison finds an option that is missing" {
	mkdir copy
	cp "$COMPLETIONS"/{shmtool,_shmtool,shmtool.fish} copy
	COMPLETIONS=$PWD/copy
	sed -i '/^option rm -n --dry-run/d' copy/*
	for shell in bash zsh fish; do
		if command -v "$shell"; then
			run -1 options_are_those_of_help "$shell" rm
			assert_output --partial "--dry-run"
		fi
	done
}

# The shells read a backslash differently.
@test "a backslash in the table fails the build" {
	echo "load '@TABLE@'" >completion
	echo "value FORMAT it's" >table
	: >values
	run -0 "$SOURCE/completions/build" table values completion
	assert_output "load 'value FORMAT it'\\''s
'"
	printf '%s\n' 'value FORMAT a\b' >values
	run -1 "$SOURCE/completions/build" table values completion
	assert_output --partial "a backslash"
}

# Compare commands and columns in the same way.
names_are_those_of_help() {
	local command option lines=("shmtool ") listing names
	need_shell "$1"
	"$SHMTOOL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) *\(.*\)/shmtool \t\1\t\2/p' >expected
	assert_equal "$(wc -l <expected)" "$(commands | wc -l)"
	mapfile -t listing < <(commands_with_columns)
	[ "${#listing[@]}" -ge 3 ]
	for command in "${listing[@]}"; do
		names=$(columns_of_help "$command" | sed 's/ /\t/')
		for option in --output --sort --group-by; do
			options_of_help "$command" | grep -qx -- "$option" || continue
			lines+=("shmtool $command $option ")
			# shellcheck disable=SC2001
			sed "s/^/${lines[-1]}\t/" <<<"$names" >>expected
		done
	done
	offers "$1" "${lines[@]}"
	assert_offered "$1"
}

@test "bash: the commands and the columns are those of --help" {
	names_are_those_of_help bash
}

@test "zsh: the commands and the columns are those of --help, with their help" {
	names_are_those_of_help zsh
}

@test "fish: the commands and the columns are those of --help, with their help" {
	names_are_those_of_help fish
}

# IDs and keys for every SEGMENT, with size, owner and status.
segments_are_offered() {
	local shell=$1 lines=() line a b
	need_shell "$shell"
	a=$("$SHMTOOL" create -s 64K -k 0xabc)
	b=$("$SHMTOOL" create -s 1M)
	for line in ls info cat rm write lock unlock wait "chown nobody" "chmod 0640" "chmod g+r" \
		"chmod u=rw" "chmod -w" "chmod -w $a" "rm -v $b" "rm --user root" "rm -nu root" \
		"rm -uroot" "ls --user=root" "wait --attached" "wait --byte 0=1" "rm --"; do
		lines+=("shmtool $line ")
		printf '%s\n' "$a	64K root, orphan" "0x00000abc	64K root, orphan" \
			"$b	1M root, orphan" | sed "s/^/${lines[-1]}\t/"
	done >expected
	# --input lists segments of another host or time.
	lines+=("shmtool ls --input saved 0x" "shmtool ls --input=saved 0x")
	offers "$shell" "${lines[@]}"
	assert_offered "$shell"
}

@test "bash: segments" {
	segments_are_offered bash
}

@test "zsh: segments, with their facts" {
	segments_are_offered zsh
}

@test "fish: segments, with their facts" {
	segments_are_offered fish
}

# objects_are_offered SHELL: create POSIX objects with usual and with hostile names.
objects_are_offered() {
	local shell=$1 lines=() line name evil='/a b;$(touch hacked)`touch hacked`"%F{red}%B\x41'
	need_shell "$shell"
	"$SHMTOOL" create -s 64K -k 0xabc >/dev/null
	"$SHMTOOL" create -s 64K --name /plain >/dev/null
	"$SHMTOOL" create -s 1000 --name /with:colon >/dev/null
	for line in "ls /" "rm /" "wait --exists /" "chown nobody /" "rm -P " "ls --posix " "rm -nP "; do
		lines+=("shmtool $line")
		printf '%s\n' "/plain	64K root" "/with:colon	1000 root" | sed "s,^,${lines[-1]}\t,"
	done >expected
	lines+=("shmtool rm -P 0x" "shmtool rm -N no-namespace /" "shmtool ls --input saved /"
		"shmtool create --name /")
	offers "$shell" "${lines[@]}"
	assert_offered "$shell"
	for name in "$evil" $'/\e[2J' $'/new\nline' $'/\xff'; do
		"$SHMTOOL" create -s 1M --name "$name" >/dev/null
	done
	offers "$shell" "shmtool rm /" "shmtool rm /a" "shmtool info -P "
	name=$evil
	[ "$shell" != bash ] || printf -v name %q "$evil"
	assert_equal "$(cut -f 2 offered | grep -cFx -- "$name")" 3
	run grep -F "$(printf '\033')" offered
	[ "$shell" = zsh ] || assert_output ""
	[ ! -e hacked ]
}

@test "bash: POSIX objects" {
	objects_are_offered bash
}

@test "zsh: POSIX objects, with their facts" {
	objects_are_offered zsh
}

@test "fish: POSIX objects, with their facts" {
	objects_are_offered fish
}

# many_objects_are_offered SHELL: of more objects than a shell can offer in a moment, those are offered
# that begin with the word at the cursor, if they are not too many, too.
many_objects_are_offered() {
	need_shell "$1"
	(cd /dev/shm && touch one 'with(parenthesis' && printf 'psm_%05d\n' {1..10001} | xargs touch)
	offers "$1" "shmtool rm /" "shmtool rm /psm_" "shmtool rm /psm_1000" "shmtool rm /o" \
		'shmtool rm /with\('
	assert_equal "$(cut -f 1 offered | sort | uniq -c | sed 's/^ *//')" \
		"$(printf '%s\n' "1 shmtool rm /o" "2 shmtool rm /psm_1000" '1 shmtool rm /with\(')"
}

@test "bash: many POSIX objects" {
	many_objects_are_offered bash
}

@test "zsh: many POSIX objects" {
	many_objects_are_offered zsh
}

@test "fish: many POSIX objects" {
	many_objects_are_offered fish
}

# Words of all kinds.
words_are_offered() {
	local sizes semaphore
	need_shell "$1"
	touch some-file
	mkdir some-folder
	"$SHMTOOL" create -s 64K -k 0xabc >/dev/null
	"$SHMTOOL" create -s 64K >/dev/null
	semaphore=$(ipcmk --semaphore 1 | grep -o '[0-9]*$')
	# A host may have several sizes of huge pages.
	sizes=$(find /sys/kernel/mm/hugepages -name 'hugepages-*kB' -printf '%f\n' |
		tr -dc '0-9\n' | numfmt --from-unit=1024 --to=iec --format=%.0f | sort | xargs -r printf ' %s')
	assert_offers "$1" <<-E
		shmtool c=> cat chmod chown create
		shmtool help w=> wait write
		shmtool help wait w=>
		shmtool nonsense x=>
		shmtool nonsense --x=>
		shmtool rm 0x=> 0x00000abc
		shmtool rm -- 0x=> 0x00000abc
		shmtool rm -- --=>
		shmtool wait 0 0x=>
		shmtool wait --timeout 5s 0 0x=>
		shmtool create 0=>
		shmtool create --key 0=>
		shmtool limits 0=>
		shmtool ls -o ID,KE=> KEY
		shmtool ls -o ID,I=> IDLE
		shmtool ls --output +ID,NAT=> NATTCH
		shmtool ls --output=+id,nat=> NATTCH
		shmtool ls --sort NAT=> NATTCH
		shmtool ls --sort -NAT=> NATTCH
		shmtool ls --sort=-nat=> NATTCH
		shmtool limits --sort -PER=> PERCENT
		shmtool ls --sort SIZE,-NAT=> NATTCH
		shmtool ls --group-by NAT=> NATTCH
		shmtool ls --group-by=nat=> NATTCH
		shmtool info --time-format => epoch full iso short
		shmtool rm --user nobod=> nobody
		shmtool rm --user=nobod=> nobody
		shmtool rm -u nobod=> nobody
		shmtool rm -nu nobod=> nobody
		shmtool rm --user root,nobod=> nobody
		shmtool rm --user=root,nobod=> nobody
		shmtool rm -u root,nobod=> nobody
		shmtool ls -g root,daemo=> daemon
		shmtool rm --creator nobod=> nobody
		shmtool ls -g daemo=> daemon
		shmtool ls --group=daemo=> daemon
		shmtool chown nobod=> nobody
		shmtool chown nobody:daemo=> daemon
		shmtool chown :daemo=> daemon
		shmtool create --owner nobody:daemo=> daemon
		shmtool create --owner=nobody:daemo=> daemon
		shmtool create --from some=> some-file some-folder
		shmtool create --ftok some=> some-file some-folder
		shmtool create --size some=>
		shmtool ls --input=some=> some-file some-folder
		shmtool write 0 some=> some-file some-folder
		shmtool write 0 some-file some=>
		shmtool rm ftok:some=> some-file some-folder
		shmtool rm 0 ftok:./some=> some-file some-folder
		shmtool key some=> some-file some-folder
		shmtool key some-file some=>
		shmtool key --find 0=> 0x00000abc
		shmtool key --find=0x=> 0x00000abc
		shmtool key --find 0xabc some=> some-folder
		shmtool key --find=0xabc some-folder some=> some-folder
		shmtool chmod 06=> 0600 0640 0644 0660 0666
		shmtool chmod g+=> r rw
		shmtool create --mode 06=> 0600 0640 0644 0660 0666
		shmtool create -m g=>
		shmtool create --huge==>$sizes
		shmtool create --huge 2=>
		shmtool cat --semaphore => $semaphore
		shmtool write --semaphore => $semaphore
		shmtool cat -N 1 --semaphore =>
		shmtool ls -N /proc/self/ns/ip=> ipc
		shmtool rm -N no-namespace 0x=>
		shmtool wait --byte some=>
	E
}

@test "bash: words of all kinds" {
	words_are_offered bash
}

@test "zsh: words of all kinds" {
	words_are_offered zsh
}

@test "fish: words of all kinds" {
	words_are_offered fish
}

# Find words of --help that no completion knows.
arguments_are_known() {
	local lines=() kind command a option word rest known=" "
	local plain=" /NAME AGE BYTE DURATION EXPR LENGTH OFFSET OFFSET=VALUE =PERCENT SIZE TEXT "
	need_shell "$1"
	touch some-file
	mkdir some-folder
	"$SHMTOOL" create -s 1 -k 0xabc >/dev/null
	ipcmk --semaphore 1 >/dev/null
	[ -d /sys/kernel/mm/hugepages ] || plain+="=PAGESIZE "
	while read -r kind command a option word rest; do
		[[ $kind == option && $word != - && $plain$known != *" $word "* ]] || continue
		known+="$word "
		[[ $word == =* ]] && lines+=("shmtool $command $option=") ||
			lines+=("shmtool $command $option ")
	done < <(grep '^option ' "$COMPLETIONS/shmtool" | grep -v " create .* KEY ")
	[ "${#lines[@]}" -ge 12 ]
	offers "$1" "${lines[@]}"
	printf '%s\n' "${lines[@]}" | sort >expected
	cut -f 1 offered | sort -u | diff expected -
}

@test "bash: the arguments of all options are known" {
	arguments_are_known bash
}

@test "zsh: the arguments of all options are known" {
	arguments_are_known zsh
}

@test "fish: the arguments of all options are known" {
	arguments_are_known fish
}

# namespace_is_offered SHELL PID INODE HELP: is the namespace offered by PID and by inode number, with
# the beginning of its command?
namespace_is_offered() {
	offers "$1" "shmtool ls -N "
	grep -q "^shmtool ls -N 	$2${4:+	$4}" offered && grep -q "^shmtool ls -N 	$3${4:+	$4}" offered
}

# Processes and IPC namespaces with their command, and the segments of the namespace given.
processes_and_namespaces_are_offered() {
	local shell=$1 other inode help=
	need_root
	need_shell "$shell"
	"$SHMTOOL" create -s 1 -k 0xabc >/dev/null
	# shellcheck disable=SC2016
	start unshare --ipc bash -c '"$0" create -s 4K -k 0xdef >/dev/null
		exec "$1" "$("$0" ls -q)"' "$SHMTOOL" "$HELPERS/hold"
	other=${started[0]}
	inode=$(stat -L -c %i "/proc/$other/ns/ipc")
	[ "$shell" = bash ] || help=$HELPERS/hold
	# lsns(8) stops early if a process of the host ends while it reads /proc.
	until_true namespace_is_offered "$shell" "$other" "$inode" "$help"
	offers "$shell" "shmtool rm --pid $other" "shmtool rm -N $other 0x" \
		"shmtool rm --namespace=$inode 0x" "shmtool rm 0x"
	grep "^shmtool rm --pid $other	$other${help:+	$help}" offered
	run grep -c "^shmtool rm -N $other 0x	0x00000def" offered
	assert_output 1
	run grep "0x00000abc" offered
	assert_output --regexp "^shmtool rm 0x	0x00000abc[^[:cntrl:]]*"
	run grep "^shmtool rm --namespace=$inode 0x" offered
	assert_output --partial "0x	0x00000def"
	[ -z "$help" ] || assert_output --partial "4K root"
}

@test "bash: processes and namespaces" {
	processes_and_namespaces_are_offered bash
}

@test "zsh: processes and namespaces, with their commands" {
	processes_and_namespaces_are_offered zsh
}

@test "fish: processes and namespaces, with their commands" {
	processes_and_namespaces_are_offered fish
}

# Names from outside and words of the command line are never run.
names_are_harmless() {
	local evil shell=$1
	need_root
	need_shell "$shell"
	unshare --mount true 2>/dev/null || skip "needs mount namespaces, and / to be a mount"
	evil='$(touch hacked)`touch hacked`;touch hacked;\"%F{red}%B'
	printf 'root:x:0:0::/:/bin/sh\n%s:x:4711:4711::/:/bin/sh\n' "$evil" >passwd
	printf 'root:x:0:\n%s:x:4711:\n' "$evil" >group
	"$SHMTOOL" create -s 1 --owner 4711:4711 -k 7 >/dev/null
	# shellcheck disable=SC2016
	start unshare --ipc bash -c '"$0" create -s 4K >/dev/null
		exec -a "$2" "$1" "$("$0" ls -q)"' "$SHMTOOL" "$HELPERS/hold" "$evil"
	# shellcheck disable=SC2016
	inside=(unshare --mount bash -c 'mount --bind passwd /etc/passwd
		mount --bind group /etc/group
		exec "$@"' -)
	offers "$shell" "shmtool rm " "shmtool rm -N " "shmtool rm -p " "shmtool chown " \
		"shmtool chown root:" "shmtool ls -u " "shmtool ls -g " \
		"shmtool rm -N \$(touch hacked) " "shmtool \`touch hacked\` -" "shmtool \$(touch hacked) " \
		"shmtool rm --pid=\$(touch hacked) " "shmtool ls -o \$(touch hacked)," \
		"shmtool rm -\$(touch hacked) --" "shmtool rm 0 \$(touch hacked)"
	grep -qF "	0x00000007" offered
	grep -F "shmtool ls -u " offered >users
	grep -qF 'touch hacked' users
	grep -F "shmtool rm -p " offered >processes
	[ "$shell" = bash ] || grep -qF "	$evil" processes
	[ ! -e hacked ] || fail "a command ran in $shell"
}

@test "bash: names of users and processes are harmless" {
	names_are_harmless bash
}

@test "zsh: names of users and processes are harmless" {
	names_are_harmless zsh
}

@test "fish: names of users and processes are harmless" {
	names_are_harmless fish
}

# If the program fails, nothing is offered and no message appears.
failures_are_quiet() {
	need_shell "$1"
	rm bin/shmtool
	printf '#!/bin/sh\necho "_shmtool: permission denied" >&2\nexit 4\n' >bin/shmtool
	chmod +x bin/shmtool
	offers "$1" "shmtool rm " "shmtool chmod 0640 " "shmtool key --find " "shmtool rm -N 1 "
	run cat offered
	assert_output ""
}

@test "bash: failures are quiet" {
	failures_are_quiet bash
}

@test "zsh: failures are quiet" {
	failures_are_quiet zsh
}

@test "fish: failures are quiet" {
	failures_are_quiet fish
}

# at_prompt SHELL: start the shell in a terminal, and make a segment.
at_prompt() {
	need tmux
	need_shell "$1"
	"$SHMTOOL" create -s 64K -k 0xabcdef >/dev/null
	cat >rc.bash <<-'E'
		PS1='> '
		. /usr/share/bash-completion/bash_completion
		. "$COMPLETIONS/shmtool"
	E
	cat >.zshrc <<-'E'
		PS1='> '
		fpath=("$COMPLETIONS" $fpath)
		autoload -Uz compinit
		compinit -u -D
	E
	cat >rc.fish <<-'E'
		function fish_prompt
		    echo '> '
		end
		set -p fish_complete_path $COMPLETIONS
	E
	case $1 in
	bash) command="bash --rcfile rc.bash -i" ;;
	zsh) command="ZDOTDIR=$PWD zsh --no-globalrcs -i" ;;
	fish) command="fish --no-config --init-command 'source rc.fish'" ;;
	esac
	tmux=(tmux -S "$PWD/socket" -f /dev/null)
	"${tmux[@]}" new-session -d -x 100 -y 30 "PATH=$PWD/bin:$PATH $command" 3>&-
	until_true on_screen '>'
}

on_screen() {
	"${tmux[@]}" capture-pane -p | grep -qF -- "$1"
}

# Complete the words of a line.
a_line_is_completed() {
	at_prompt "$1"
	"${tmux[@]}" send-keys 'shmtool r' Tab '--dry' Tab '0x' Tab
	until_true on_screen 'shmtool rm --dry-run 0x00abcdef'
	"${tmux[@]}" send-keys C-u 'shmtool nonsense --' Tab C-u 'shmtool ls -o ID,NAT' Tab
	until_true on_screen 'shmtool ls -o ID,NATTCH'
}

help_is_shown() {
	"${tmux[@]}" send-keys C-u 'shmtool rm ' Tab
	until_true on_screen '64K root, orphan'
	"${tmux[@]}" send-keys C-u 'shmtool ls --o' Tab
	until_true on_screen 'Left behind: not attached, creator and last user gone'
	"${tmux[@]}" send-keys C-u 'shmtool ' Tab
	until_true on_screen 'Write the contents of segments to standard output'
}

@test "bash: at a real prompt" {
	a_line_is_completed bash
}

@test "zsh: at a real prompt, with help" {
	a_line_is_completed zsh
	help_is_shown
}

@test "fish: at a real prompt, with help" {
	a_line_is_completed fish
	help_is_shown
}
