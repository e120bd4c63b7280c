load common
load help

@test "--output prints columns in the order given, in upper or lower case" {
	id=$("$SHMTOOL" create -s 4K -k 7)
	shmtool ls -o size,ID,Key
	assert_done
	assert_output "SIZE ID KEY
  4K  $id 0x00000007"
	shmtool ls -n --output MODE
	assert_output 0600
}

@test "--output +LIST adds to the default columns" {
	"$SHMTOOL" create -s 1
	shmtool ls -o +MODE,SWAP
	assert_equal "$(xargs <<<"${lines[0]}")" \
		"ID KEY OWNER PERMS SIZE RSS NATTCH STATUS IDLE CPID COMMAND MODE SWAP"
	shmtool ls -r -o +ID,MODE,MODE
	assert_equal "${lines[0]}" \
		"ID KEY OWNER PERMS SIZE RSS NATTCH STATUS IDLE CPID COMMAND MODE"
}

@test "--output of an unknown column" {
	shmtool ls -o NOPE
	assert_wrong_usage "shmtool ls: --output: 'NOPE': no such column; --help lists them"
	shmtool ls -o ID,STAUS
	assert_wrong_usage "shmtool ls: --output: 'STAUS': no such column; --help lists them; did you mean 'STATUS'?"
	# Not what was found on the way to another column.
	shmtool ls -o UID,NOPE
	assert_wrong_usage "shmtool ls: --output: 'NOPE': no such column; --help lists them"
	shmtool ls -Q "UID =="
	assert_wrong_usage "shmtool ls: --filter: 'UID ==': incomplete expression"
	for list in "" "," "ID," ",ID" "ID,,KEY" +; do
		shmtool ls -o "$list"
		assert_wrong_usage "shmtool ls: --output: '': a column's name is missing"
	done
	shmtool ls -O -o ID
	assert_wrong_usage "shmtool ls: --output and --output-all cannot be combined"
}

@test "--output-all shows every column of --help" {
	"$SHMTOOL" create -s 1
	shmtool ls -r -O
	assert_done
	assert_equal "${lines[0]}" \
		"$("$SHMTOOL" ls --help | sed -n '/^Columns/,/^$/s/^  \([A-Z]*\) .*/\1/p' | xargs)"
	read -r -a cells <<<"${lines[1]}"
	read -r -a names <<<"${lines[0]}"
	assert_equal "${#cells[@]}" "${#names[@]}"
}

@test "every mode prints the same values" {
	need_root
	"$SHMTOOL" create -k 5678 -s 5000 -m 0640 --owner nobody:daemon >/dev/null
	id=$("$SHMTOOL" create -s 1M)
	"$SHMTOOL" write --string x "$id"
	hold "$id"
	for column in $("$SHMTOOL" ls -r -O | head -n 1); do
		# Without the columns that change by themselves.
		[[ $column != IDLE && $column != AGE ]] || continue
		/usr/bin/python3 - "$SHMTOOL" "$column" <<-'E'
			import json, re, subprocess, sys
			shmtool, column = sys.argv[1:]
			def ls(mode):
			    return subprocess.check_output([shmtool, "ls", mode, "-o", column], text=True)
			def plain(text):
			    return re.sub(r"\\x(..)", lambda m: chr(int(m.group(1), 16)), text)
			def flat(value):
			    if isinstance(value, list):
			        value = ",".join(map(str, value))
			    return "" if value is None else str(value)
			rows = [flat(s[column.lower()]) for s in json.loads(ls("-J"))["segments"]]
			lines = [flat(json.loads(line)[column.lower()]) for line in ls("-j").splitlines()]
			assert lines == rows, lines
			raw = [plain(r) for r in ls("-r").splitlines()]
			assert raw == [column] + [r or "-" for r in rows], (raw, rows)
			export = ls("-e").splitlines()
			name = "OWNER_" + column if column in ("UID", "GID") else column
			assert [plain(e) for e in export] == ['%s="%s"' % (name, r) for r in rows], export
			assert len(rows) == 2
		E
	done
}

@test "JSON of no segments is an empty array" {
	shmtool ls -J
	assert_done
	assert_equal "$(/usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1]))' "$output")" \
		"{'segments': []}"
}

@test "JSON has numbers, null, and arrays" {
	"$SHMTOOL" create -s 5000
	shmtool ls -J -O
	/usr/bin/python3 - "$output" <<-'E'
		import json, sys
		segment = json.loads(sys.argv[1])["segments"][0]
		for name in "id uid gid cuid cgid size rss swap nattch idle age cpid lpid".split():
		    assert type(segment[name]) is int, name
		for name in "key owner user group cuser cgroup perms mode ctime".split():
		    assert type(segment[name]) is str, name
		for name in "attach detach command lcommand".split():
		    assert segment[name] is None, name
		assert segment["status"] == ["orphan"]
		assert segment["size"] == 5000
	E
}

@test "raw output has one blank between cells and no empty cells" {
	"$SHMTOOL" create -s 5000
	id=$("$SHMTOOL" create -s 1M)
	hold "$id"
	shmtool ls -r -O
	assert_equal "${#lines[@]}" 3
	blanks=$(($(columns_of_help ls | wc -l) - 1))
	[ "$blanks" -gt 0 ]
	for line in "${lines[@]}"; do
		assert_equal "$(tr -cd ' ' <<<"$line" | wc -c)" "$blanks"
		[[ $line != *"  "* && $line != *" " && $line != " "* ]] || fail "empty cell: $line"
	done
	while read -r key size status; do
		seen+="$key $size $status;"
	done < <("$SHMTOOL" ls -nr -o KEY,SIZE,STATUS)
	assert_equal "$seen" "0x00000000 5000 orphan;0x00000000 1048576 -;"
}

@test "export pairs survive eval" {
	id=$("$SHMTOOL" create -s 1)
	# shellcheck disable=SC2016
	start bash -c 'exec -a "\$(touch hacked)\"; touch hacked; \`touch hacked\`" "$0" "$1"' \
		"$HELPERS/hold" "$id"
	"$SHMTOOL" ls -e -O >pairs
	# shellcheck disable=SC1091
	. ./pairs
	assert_equal "$ID" "$id"
	[ ! -e hacked ]
	[[ $LCOMMAND == *touch* ]]
}

@test "text from outside is escaped in every mode" {
	# The creator's name has an escape sequence, a newline, quotes and invalid UTF-8.
	printf '#!/usr/bin/python3
import ctypes, os, sys, time
libc = ctypes.CDLL(None)
print(libc.shmget(0, 1, 0o1600), flush=True)
time.sleep(600)
' >program
	start bash -c 'exec -a "$1" /usr/bin/python3 program' - $'\033[2J\n"\x9b\xff\\\u009b\u00fc'
	id=$started_line
	shmtool ls -J -o COMMAND "$id"
	/usr/bin/python3 - "$output" <<-'E'
		import json, sys
		command = json.loads(sys.argv[1])["segments"][0]["command"]
		assert command == '\x1b[2J\n"\\x9b\\xff\\\u009b\u00fc program', command
	E
	shmtool ls -nr -o COMMAND "$id"
	assert_output '\x1b[2J\x0a"\x9b\xff\x5c\xc2\x9b\xc3\xbc\x20program'
	shmtool ls -e -o COMMAND "$id"
	assert_output 'COMMAND="\x1b[2J\x0a\x22\x9b\xff\x5c\xc2\x9b\xc3\xbc program"'
	for mode in ls info; do
		run bash -c '"$SHMTOOL" "$1" "$2" | tr -d "\n" | LC_ALL=C grep -c "[[:cntrl:]]"' - \
			"$mode" "$id"
		assert_output 0
	done
}

@test "output modes cannot be combined" {
	shmtool ls -J -r
	assert_wrong_usage "shmtool ls: --json and --raw cannot be combined"
	shmtool ls -J -e
	assert_wrong_usage "shmtool ls: --json and --export cannot be combined"
	shmtool ls -r -e
	assert_wrong_usage "shmtool ls: --raw and --export cannot be combined"
	shmtool ls --raw --json-lines
	assert_wrong_usage "shmtool ls: --json-lines and --raw cannot be combined"
	shmtool info -J -j 0
	assert_wrong_usage "shmtool info: --json and --json-lines cannot be combined"
	for option in -J -j -r -e -O "-o ID" "--group-by ID" --total; do
		# shellcheck disable=SC2086
		shmtool ls -q $option
		assert_wrong_usage "shmtool ls: --quiet cannot be combined with --output, --output-all, --json, --json-lines, --raw, --export, --group-by or --total"
	done
}

@test "--noheadings and --bytes" {
	"$SHMTOOL" create -s 5000
	shmtool ls -n -o SIZE
	assert_output 4.9K
	shmtool ls -n -b -o SIZE,RSS
	assert_output --regexp '^5000 +0$'
}

@test "sizes for people" {
	need_64_bits
	while read -r bytes text; do
		id=$("$SHMTOOL" create --noreserve -s "$bytes")
		assert_equal "$bytes $("$SHMTOOL" ls -n -o SIZE "$id" | xargs)" "$bytes $text"
	done <<-'E'
		1 1
		1023 1023
		1024 1K
		1536 1.5K
		4096 4K
		10188 9.9K
		10239 10K
		10752 11K
		1048575 1M
		1610612736 1.5G
		1099511627776 1T
		1125899906842624 1P
	E
}

@test "--time-format" {
	id=$("$SHMTOOL" create -s 1)
	epoch=$("$SHMTOOL" ls -n -o CTIME --time-format epoch "$id")
	assert_equal "$("$SHMTOOL" ls -n -o CTIME --time-format iso "$id")" \
		"$(date -d "@$epoch" -Iseconds)"
	assert_equal "$("$SHMTOOL" ls -n -o CTIME --time-format full "$id")" \
		"$(date -d "@$epoch" '+%F %T')"
	assert_equal "$("$SHMTOOL" ls -n -o CTIME --time-format short "$id")" \
		"$("$SHMTOOL" ls -n -o CTIME "$id")"
	assert_regex "$("$SHMTOOL" ls -n -o CTIME "$id")" '^([0-9]{2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2})$'
	assert_equal "$(TZ=Asia/Kolkata "$SHMTOOL" ls -nr -o CTIME "$id")" \
		"$(TZ=Asia/Kolkata date -d "@$epoch" -Iseconds)"
	assert_equal "$(TZ=America/St_Johns "$SHMTOOL" ls -nr -o CTIME "$id")" \
		"$(TZ=America/St_Johns date -d "@$epoch" -Iseconds)"
	shmtool ls -J -o CTIME --time-format epoch
	assert_output --partial "\"ctime\": $epoch"
	shmtool ls --time-format eopch
	assert_wrong_usage "shmtool ls: --time-format: 'eopch': not short, full, iso or epoch; did you mean 'epoch'?"
}

@test "IDLE counts from the last use, AGE from the last change" {
	id=$("$SHMTOOL" create -s 1)
	# Old segments come from a saved table.
	need_root
	now=$(date +%s)
	{
		head -n 1 /proc/sysvipc/shm
		printf '0 1 600 1 1 0 0 0 0 0 0 %d %d %d 0 0\n' \
			$((now - 36000)) $((now - 72000)) $((now - 86400 * 3)) \
			0 0 $((now - 3600)) 0 0 $((now + 1000))
	} | sed '2s/^0 1 /0 1 /;3s/^0 1 /0 2 /;4s/^0 1 /0 3 /' >table
	unshare --time true 2>/dev/null || skip "this kernel has no time namespaces"
	# No segment is older than the boot, which must be long ago.
	run_apart with_mounts unshare --time --boottime 1000000 --fork bash -euc '
		mount --bind table /proc/sysvipc/shm
		"$SHMTOOL" ls -n -o ID,IDLE,AGE,RSS
		"$SHMTOOL" ls -nr -o ID,IDLE,AGE,RSS'
	took=$(($(date +%s) - now))
	assert_line --index 0 --regexp '^ *1 +10h +3d +0$'
	assert_line --index 1 --regexp '^ *2 +1h +1h +0$'
	assert_line --index 2 --regexp '^ *3 +0$'
	read -r _ idle age _ <<<"${lines[3]}"
	assert_equal "$((age - idle))" $((86400 * 3 - 36000))
	[ "$idle" -ge 36000 ]
	[ "$idle" -le $((36000 + took)) ]
	assert_line --index 5 '3 - - 0'
}

@test "output for programs is the same in any locale and at any width" {
	"$SHMTOOL" create -k 5678 -s 5000
	# Without the columns that change by themselves, or with the processes of the namespace.
	columns=$("$SHMTOOL" ls -r -O | head -n 1 | sed 's/IDLE AGE //; s/ NSPID NSCOMMAND//; s/ /,/g')
	for mode in "-r -o $columns" "-e -o $columns" "-J -o $columns" "-j -o $columns" -q; do
		read -r -a options <<<"$mode"
		expected=$("$SHMTOOL" ls "${options[@]}")
		for locale in C C.UTF-8 POSIX; do
			assert_equal "$(LC_ALL=$locale "$SHMTOOL" ls "${options[@]}")" "$expected"
		done
		assert_equal "$(COLUMNS=20 "$SHMTOOL" ls "${options[@]}")" "$expected"
	done
}

@test "output for programs is the same on a narrow terminal and with decimal commas" {
	need script
	need_root
	start "$HELPERS/daemon" 0x10 1500000 "größer als ein schmales Terminal, und mit ü"
	mkdir locales
	localedef -i de_DE -f UTF-8 locales/de_DE.UTF-8 2>/dev/null || rm -r locales
	# Without the columns that change by themselves, or with the processes of the namespace.
	columns=$("$SHMTOOL" ls -r -O | head -n 1 | sed 's/IDLE AGE //; s/ NSPID NSCOMMAND//; s/ /,/g')
	for mode in "ls -r -o $columns" "ls -e -o $columns" "ls -J -o $columns" "ls -q" \
		"ls -j -o $columns" "ls -r --total -o $columns" \
		"info -r -o $columns 0x10" "info -e -o $columns 0x10" "info -J -o $columns 0x10"; do
		read -r -a options <<<"$mode"
		expected=$("$SHMTOOL" "${options[@]}")
		assert_equal "$(on_terminal 20 "$SHMTOOL $mode")" "$expected"
		if [ -e locales ]; then
			assert_equal "$(LOCPATH=$PWD/locales LC_ALL=de_DE.UTF-8 "$SHMTOOL" "${options[@]}")" \
				"$expected"
		fi
	done
}

@test "a table fits a terminal of 80 columns" {
	start "$HELPERS/daemon" 0x10 4096 "a command line that is much longer than a terminal of eighty columns is wide"
	on_terminal 80 "$SHMTOOL" ls >page
	while read -r line; do
		[ "${#line}" -le 80 ] || fail "$line"
		[[ $line == *ID*COMMAND || $line == *daemon*… ]] || fail "$line"
	done <page
	assert_equal "$(wc -l <page)" 3
	[[ $(on_terminal 300 "$SHMTOOL" ls) == *"eighty columns is wide"* ]]
	[[ $("$SHMTOOL" ls) == *"eighty columns is wide"* ]]
}

@test "a command line loses its folder, then its end, and only then an owner is cut" {
	need_root
	# shellcheck disable=SC2016
	start bash -c 'exec -a /opt/billing/bin/billingd "$0" 0x10 4096 "-D /srv/a"' "$HELPERS/daemon"
	"$SHMTOOL" chown 4294967293 0x10
	# narrow COLUMNS: print the row.
	narrow() {
		on_terminal "$1" "$SHMTOOL ls -n -o KEY,OWNER,COMMAND,SIZE 0x10"
	}
	whole="0x00000010 4294967293 /opt/billing/bin/billingd 0x10 4096 -D /srv/a   4K"
	assert_equal "$(narrow "${#whole}")" "$whole"
	assert_equal "$(narrow $((${#whole} - 1)))" \
		"0x00000010 4294967293 billingd 0x10 4096 -D /srv/a   4K"
	assert_equal "$(narrow 55)" "0x00000010 4294967293 billingd 0x10 4096 -D /srv/a   4K"
	assert_equal "$(narrow 54)" "0x00000010 4294967293 billingd 0x10 4096 -D /srv…   4K"
	assert_equal "$(narrow 35)" "0x00000010 4294967293 billing…   4K"
	assert_equal "$(narrow 34)" "0x00000010 42949672… billing…   4K"
	# The line is longer than the terminal before a key is cut, or a cell cannot be read.
	assert_equal "$(narrow 33)" "0x00000010 4294967… billing…   4K"
	assert_equal "$(narrow 10)" "0x00000010 4294967… billing…   4K"
	# A header is whole too.
	assert_equal "$(on_terminal 1 "$SHMTOOL ls -o COMMAND,LCOMMAND 0x10")" "COMMAND  LCOMMAND
billing… billing…"
	# Another locale may have no ellipsis.
	assert_equal "$(LC_ALL=C narrow 35)" "0x00000010 4294967293 billi...   4K"
	# Only a terminal has a width.
	assert_equal "$(COLUMNS=40 "$SHMTOOL" ls -n -o KEY,OWNER,COMMAND,SIZE 0x10)" "$whole"
}

@test "only the path of a program is taken for its folder" {
	cut_command() {
		# shellcheck disable=SC2016
		start bash -c 'exec -a "$1" "$0" "$2" 4096 x' "$HELPERS/daemon" "$1" "$2"
		assert_equal "$(on_terminal 20 "$SHMTOOL ls -n -o COMMAND $2")" "$3"
	}
	cut_command "[kworker/0:1-events_unbound]" 0x11 "[kworker/0:1-events…"
	cut_command "postgres: billing /run/postgresql idle" 0x12 "postgres: billing /…"
	cut_command "/opt/ is a folder, not a program" 0x13 "/opt/ is a folder, …"
	cut_command "/" 0x14 "/ 0x14 4096 x"
	cut_command "/usr/bin/python3 /usr/bin/s-tui" 0x15 "python3 /usr/bin/s-…"
}

@test "a cut cell has room for wide characters, and none for half of one" {
	# shellcheck disable=SC2016
	start bash -c 'exec -a "größer als 共有メモリ" "$0" 0x10 4096 x' "$HELPERS/daemon"
	while read -r columns command; do
		assert_equal "$columns $(on_terminal "$columns" "$SHMTOOL ls -n -o COMMAND,KEY 0x10" | head -n 1)" \
			"$columns $command 0x00000010"
	done <<-'E'
		45 größer als 共有メモリ 0x10 4096 x
		36 größer als 共有メモリ 0x…
		30 größer als 共有メ…
		29 größer als 共有メ…
		28 größer als 共有…
	E
	# Unsafe bytes are escaped as in a whole cell.
	# shellcheck disable=SC2016
	start bash -c 'exec -a "$1" "$0" 0x20 4096 x' "$HELPERS/daemon" $'a\033[2J\n\xff\\x41ü'
	assert_equal "$(on_terminal 99 "$SHMTOOL ls -n -o COMMAND 0x20")" \
		'a\x1b[2J\x0a\xff\x5cx41ü 0x20 4096 x'
	assert_equal "$(on_terminal 16 "$SHMTOOL ls -n -o COMMAND 0x20")" 'a\x1b[2J\x0a\xf…'
	assert_equal "$(LC_ALL=C on_terminal 33 "$SHMTOOL ls -n -o COMMAND 0x20")" \
		'a\x1b[2J\x0a\xff\x5cx41\xc3\xb...'
}

@test "a terminal shows two of more than four PIDs, and how many there are" {
	id=$("$SHMTOOL" create -s 1)
	for _ in 1 2 3 4; do
		hold "$id"
	done
	all=$("$SHMTOOL" ls -n -o PIDS "$id")
	assert_equal "$(tr -cd , <<<"$all" | wc -c)" 3
	assert_equal "$(on_terminal 10 "$SHMTOOL ls -n -o PIDS $id")" "$all"
	hold "$id"
	all=$("$SHMTOOL" ls -n -o PIDS "$id")
	assert_equal "$(on_terminal 80 "$SHMTOOL ls -n -o PIDS $id")" "$(cut -d , -f 1,2 <<<"$all"),… (5)"
	assert_equal "$(LC_ALL=C on_terminal 80 "$SHMTOOL ls -n -o PIDS $id")" \
		"$(cut -d , -f 1,2 <<<"$all"),... (5)"
	assert_equal "$(on_terminal 80 "$SHMTOOL ls -nr -o PIDS $id")" "$all"
	assert_equal "$(tr -cd , <<<"$all" | wc -c)" 4
}

@test "JSON Lines are the objects of JSON, one a line" {
	id=$("$SHMTOOL" create -s 5000 -k 7)
	hold "$id"
	"$SHMTOOL" create -s 2 >/dev/null
	shmtool ls -j -o ID,KEY,ATTACH,STATUS --sort -SIZE
	assert_done
	time=$(column ATTACH "$id")
	assert_output "{\"id\":$id,\"key\":\"0x00000007\",\"attach\":\"$time\",\"status\":[]}
{\"id\":$((id + 1)),\"key\":\"0x00000000\",\"attach\":null,\"status\":[\"orphan\"]}"
	for command in "ls -o +PIDS" "info $id" limits; do
		# shellcheck disable=SC2086
		"$SHMTOOL" $command --json >document
		# shellcheck disable=SC2086
		"$SHMTOOL" $command --json-lines >lines
		/usr/bin/python3 - <<-'E'
			import json
			changing = ("idle", "age")
			def fixed(row):
			    return [(name, value) for name, value in row.items() if name not in changing]
			rows, = json.load(open("document")).values()
			lines = [json.loads(line) for line in open("lines")]
			assert list(map(fixed, rows)) == list(map(fixed, lines)), (rows, lines)
		E
	done
	shmtool ls -j --dest
	assert_done
	assert_output ""
}

@test "JSON has a line for each value" {
	id=$("$SHMTOOL" create -s 1 -k 7)
	"$SHMTOOL" create -s 2 >/dev/null
	shmtool ls -J -o ID,KEY,LPID,STATUS,ATTACH --sort SIZE
	assert_output "{
   \"segments\": [
      {
         \"id\": $id,
         \"key\": \"0x00000007\",
         \"lpid\": 0,
         \"status\": [\"orphan\"],
         \"attach\": null
      },{
         \"id\": $((id + 1)),
         \"key\": \"0x00000000\",
         \"lpid\": 0,
         \"status\": [\"orphan\"],
         \"attach\": null
      }
   ]
}"
}

# same_on_terminal ARGUMENT...: assert that a table is the same on a wide terminal.
same_on_terminal() {
	TERM=dumb on_terminal 1000 "$SHMTOOL" "$@" >terminal
	"$SHMTOOL" "$@" >file
	[ "$(wc -l <file)" -gt 1500 ] || fail "$(head file)"
	cmp terminal file
	[ "$(grep -c ID file)" = 1 ]
}

@test "a table of many rows, printed in batches, looks the same" {
	need script
	# The widest cells are in the middle, at the end, and in the heading.
	awk 'BEGIN {
		print "key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap"
		for (i = 1; i <= 2000; i++)
			print i == 1999 ? -1 : 0, i, i % 2 ? 600 : 1666, i == 800 ? "98765432109876" : i,
				i % 7, i == 1 ? 4194303 : 1, i, i == 2000 ? "4294967294" : i, 0, 0, 0, 0, 0, 0, i, 0
	}' >table
	same_on_terminal ls --input table
	same_on_terminal ls --input table -b --sort -SIZE
	same_on_terminal ls --input table -O
	same_on_terminal ls --input table -o ID
	# A column that is empty in one batch, or in all.
	same_on_terminal ls --input table -o COMMAND,ID,STATUS,ATTACH,SIZE
	# Raw and export lines come in batches too.
	for form in -r -e; do
		"$SHMTOOL" ls --input table "$form" -n -o ID >lines
		assert_equal "$(tr -dc '0-9\n' <lines | md5sum)" "$(seq 2000 | md5sum)"
	done
	assert_equal "$("$SHMTOOL" ls --input table -r -o ID | grep -c ID)" 1
}

@test "a table of many rows has room for wide characters" {
	need script
	start bash -c 'exec -a "größer \\x41" /usr/bin/python3 -u -c "
import signal, sysv_ipc
for i in range(1600):
    sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=1).detach()
print(1)
signal.pause()"'
	same_on_terminal ls -o ID,COMMAND,SIZE
	grep -q größer file
}
