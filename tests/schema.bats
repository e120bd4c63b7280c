load common

# The JSON that the program prints follows docs/schema.json.

setup() {
	begin_test
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null ||
		skip "python3-jsonschema is not installed"
}

# valid FILE...: assert that each holds JSON that the schema allows. Print violations.
valid() {
	/usr/bin/python3 - "$SOURCE/docs/schema.json" "$@" <<-'E'
		import json, sys
		import jsonschema
		def no_twins(pairs):
		    assert len(dict(pairs)) == len(pairs), pairs
		    return dict(pairs)
		schema = json.load(open(sys.argv[1]))
		for name in sys.argv[2:]:
		    # As strict as RFC 8259: no NaN, and no name twice.
		    document = json.load(open(name), object_pairs_hook=no_twins,
		        parse_constant=lambda word: sys.exit(name + ": " + word))
		    # Validate the branch first: errors of the whole schema do not say
		    # where the fault is.
		    branch = {"$ref": "#/$defs/" + next(iter(document)), "$defs": schema["$defs"]}
		    for schema_part in branch, schema:
		        faults = list(jsonschema.Draft202012Validator(schema_part).iter_errors(document))
		        if faults:
		            sys.exit("\n".join("%s: %s: %s" % (name, fault.json_path, fault.message)
		                for fault in faults))
	E
}

# everything NAME [OPTION...]: write all that ls and info can print into files.
everything() {
	local name=$1 ids
	shift
	"$SHMTOOL" ls -J "$@" >"$name-ls" 2>/dev/null
	"$SHMTOOL" ls -J -O "$@" >"$name-all" 2>/dev/null
	"$SHMTOOL" ls -J -O --time-format epoch "$@" >"$name-epoch" 2>/dev/null
	"$SHMTOOL" ls -J --total -o ID "$@" >"$name-total" 2>/dev/null
	for column in $("$SHMTOOL" ls -r -O | head -n 1); do
		"$SHMTOOL" ls -J --total --group-by "$column" "$@" >"$name-by-$column" 2>/dev/null
	done
	mapfile -t ids < <("$SHMTOOL" ls -q "$@")
	if [ "${#ids[@]}" -gt 0 ]; then
		"$SHMTOOL" info -J "$@" "${ids[@]}" >"$name-info" 2>/dev/null
		"$SHMTOOL" info -J -o ID,STATUS "$@" "${ids[@]}" >"$name-two" 2>/dev/null
	fi
	run valid "$name"-*
	assert_output ""
	assert_success
}

# has FILE EXPRESSION: assert that the expression is true for a segment in FILE.
has() {
	/usr/bin/python3 - "$@" <<-'E'
		import json, sys
		segments = json.load(open(sys.argv[1]))["segments"]
		if not any(eval(sys.argv[2], {}, segment) for segment in segments):
		    sys.exit("no segment with %s: %s" % (sys.argv[2], segments))
	E
}

@test "the schema is valid" {
	run /usr/bin/python3 - "$SOURCE/docs/schema.json" <<-'E'
		import json, sys
		import jsonschema
		schema = json.load(open(sys.argv[1]))
		jsonschema.Draft202012Validator.check_schema(schema)
		# Every definition is used, everything is described, and no object is open.
		text = json.dumps(schema)
		for name in schema["$defs"]:
		    assert '"#/$defs/%s"' % name in text, name
		def look(part, path):
		    if not isinstance(part, dict):
		        return
		    if "properties" in part:
		        assert part["additionalProperties"] is False, path
		        for name, value in part["properties"].items():
		            assert "description" in value or "enum" in value or "items" in value, name
		    for name, value in part.items():
		        look(value, path + [name])
		look(schema, [])
	E
	assert_output ""
	assert_success
}

@test "the schema has all columns of --help, and no others" {
	for command in ls info limits; do
		"$SHMTOOL" "$command" --help |
			sed -n '/^Columns/,/^$/s/^  \([A-Z]*\) .*/\1/p' >"columns-$command"
	done
	/usr/bin/python3 - "$SOURCE/docs/schema.json" <<-'E'
		import json, sys
		schema = json.load(open(sys.argv[1]))["$defs"]
		info = ["page_size", "ranges", "attaches", "ftok"]
		for command, part, more in ("ls", "segment", info), ("info", "segment", info), \
		        ("limits", "limit", []):
		    columns = [name.lower() for name in open("columns-" + command).read().split()]
		    assert len(columns) >= 11, columns
		    # In the same order, too, in which people look for a column.
		    assert list(schema[part]["properties"]) == columns + more, command
	E
}

@test "an empty list, and a segment that was never attached" {
	everything nothing
	"$SHMTOOL" create -s 5000 -k 5678
	everything orphan
	has orphan-info 'attach is None and detach is None and status == ["orphan"] and attaches == []'
	has orphan-epoch 'isinstance(ctime, int)'
	has orphan-all 'isinstance(ctime, str)'
}

@test "attached, marked for destruction, locked, and of huge pages" {
	need_root
	"$SHMTOOL" create -s 1M -k 0x55019000 --owner nobody:daemon --lock >/dev/null
	"$SHMTOOL" write --string x -o 512K 0x55019000
	hold "$("$SHMTOOL" ls -q 0x55019000)" 2
	dest=$("$SHMTOOL" create -s 4K -k -1)
	hold "$dest"
	"$SHMTOOL" rm "$dest" 2>/dev/null
	if huge=$("$HELPERS/huge" 2>/dev/null); then
		hold "$huge"
	fi
	"$SHMTOOL" create -s 1 -m 0777
	"$SHMTOOL" create -s 1 -m 0
	"$SHMTOOL" create -s 1 --owner 4294967294:4294967294
	everything used
	has used-info 'len(attaches) == 2 and len(pids) == 1 and status == ["locked"]'
	has used-info 'ranges == [{"offset": 524288, "length": 4096, "in": "memory"}]'
	has used-info 'ftok == {"proj": 0x55, "device": 1, "inode": 0x9000}'
	has used-info 'status == ["dest"] and key == "0x00000000" and ftok is None'
	has used-info 'user is None and owner == "4294967294"'
	[ -z "$huge" ] || has used-info '"huge" in status and ranges is None'
	# As an ordinary user.
	chmod 1777 .
	as_stranger bash -c '
		"$SHMTOOL" ls -J -O >stranger-ls
		"$SHMTOOL" info -J $("$SHMTOOL" ls -q) >stranger-info'
	has stranger-info 'nattch > 0 and attaches == []'
	run valid stranger-*
	assert_output ""
	assert_success
}

@test "POSIX objects, alone and with System V segments" {
	"$SHMTOOL" create --name /mapped -s 8K --noreserve >/dev/null
	"$SHMTOOL" write --string x -o 4K /mapped
	"$SHMTOOL" create --name /unused -s 1 >/dev/null
	start /usr/bin/python3 -c '
import mmap, os, time
fd = os.open("/dev/shm/mapped", os.O_RDWR)
kept = mmap.mmap(fd, 4096)
print("ready", flush=True)
time.sleep(1000)'
	everything objects -P
	has objects-info 'name == "/mapped" and nattch == 1 and open == 2 and id is None and len(pids) == 1'
	has objects-info '[a["address"] is None for a in attaches] == [a.get("fd") is not None for a in attaches] == [False, True, True]'
	has objects-info 'ranges == [{"offset": 4096, "length": 4096, "in": "memory"}]'
	has objects-info 'name == "/unused" and attaches == [] and atime is not None and ftok is None'
	"$SHMTOOL" create -s 1 -k 5678 >/dev/null
	everything both -P --sysv
	has both-all 'type == "sysv" and name is None and open is None and mtime is None'
	run /usr/bin/python3 - "$SOURCE/docs/schema.json" <<-'E'
		import copy, json, sys
		import jsonschema
		check = jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).is_valid
		document = json.load(open("both-all"))
		for name, kind, value in [("id", "sysv", None), ("name", "sysv", "/x"), ("open", "sysv", 0),
		        ("atime", "sysv", "2026-11-24T06:13:35+00:00"), ("id", "posix", 1),
		        ("name", "posix", None), ("name", "posix", "x"), ("name", "posix", "/x/y"),
		        ("key", "posix", "0x00000000"), ("cpid", "posix", 0), ("lpid", "posix", 0)]:
		    wrong = copy.deepcopy(document)
		    next(row for row in wrong["segments"] if row["type"] == kind)[name] = value
		    assert not check(wrong), (name, kind, value)
		document = json.load(open("objects-info"))
		row = next(row for row in document["segments"] if row["attaches"])
		for at, name, value in (0, "fd", 3), (1, "fd", None), (1, "address", "0x1000"), (0, "size", None):
		    old = dict(row["attaches"][at])
		    row["attaches"][at][name] = value
		    assert not check(document), row["attaches"][at]
		    row["attaches"][at] = old
		assert check(document)
	E
	assert_output ""
	assert_success
}

@test "every namespace" {
	need_root
	start unshare --ipc bash -c 'exec "$HELPERS/hold" "$("$SHMTOOL" create -s 4K -k 7)"'
	"$SHMTOOL" create -s 4K >/dev/null
	"$SHMTOOL" ls -J -A >places 2>/dev/null
	"$SHMTOOL" ls -J -A -O >all 2>/dev/null
	has places 'key == "0x00000007" and ns > 0 and "hold" in nscommand'
	run valid places all
	assert_output ""
	assert_success
}

@test "saved tables, also with times that have no date" {
	{
		head -n 1 /proc/sysvipc/shm
		echo "0 5 600 4096 1 1 0 0 0 0 0 253402300799 253402300800 67767976233532799 4096 0"
		echo "0 6 3777 4096 2147483647 1 0 0 0 0 0 0 67768036191676800 9223372036854775807 4096 0"
	} >table
	for file in "$SOURCE"/tests/data/shm-* "$PWD/table"; do
		for options in "" -O "-O --resolve-owner" "-O --time-format epoch"; do
			# shellcheck disable=SC2086
			"$SHMTOOL" ls -J --input "$file" $options >saved
			run valid saved
			assert_output ""
			assert_success
		done
		has saved 'ctime is not None and idle is None and pids is None and ns is None'
	done
}

@test "text that other users choose" {
	id=$("$SHMTOOL" create -s 1)
	start bash -c 'exec -a "$1" "$0" "$2"' "$HELPERS/hold" $'\033[2J\n"\x9b\xff\\\u009b\u00fc' "$id"
	start bash -c 'exec -a "" "$0" "$1"' "$HELPERS/hold" "$id"
	everything hostile
	has hostile-info '"\x1b[2J\n\"" in attaches[0]["command"] + attaches[1]["command"]'
}

@test "limits, also when reached" {
	saved=$(cat /proc/sys/kernel/shmmni)
	"$SHMTOOL" create -s 1
	"$SHMTOOL" limits -J >usual
	"$SHMTOOL" limits -J -O >all
	"$SHMTOOL" limits -J -o FREE,status --sort -PERCENT >some
	echo 1 >/proc/sys/kernel/shmmni
	"$SHMTOOL" limits -J -O >full
	echo "$saved" >/proc/sys/kernel/shmmni
	grep -q '"status": \["full"\]' full
	run valid usual all some full
	assert_output ""
	assert_success
}

@test "limits without /proc and /sys" {
	need_root
	with_mounts true || skip "needs mount namespaces"
	mkdir empty
	with_mounts bash -euc '
		mount --make-rprivate /sys
		mount --bind empty /proc/sys
		mount --bind empty /sys/kernel/mm
		"$SHMTOOL" limits -J -O' >unknown
	grep -q '"limit": null' unknown
	run valid unknown
	assert_output ""
	assert_success
}

@test "each of the JSON Lines follows a part of the schema" {
	id=$("$SHMTOOL" create -s 5000 -k 5678)
	hold "$id"
	"$SHMTOOL" create -s 1 >/dev/null
	"$SHMTOOL" ls -j -O >segment
	"$SHMTOOL" info -j "$id" >>segment
	"$SHMTOOL" ls -j --group-by STATUS >group
	"$SHMTOOL" limits -j -O >limit
	"$SHMTOOL" ls -j --total | sed '$!d; s/^{"total"://; s/}$//' >total
	/usr/bin/python3 - "$SOURCE/docs/schema.json" <<-'E'
		import json, sys
		import jsonschema
		schema = json.load(open(sys.argv[1]))
		for part, count in ("segment", 3), ("group", 2), ("limit", 6), ("total", 1):
		    lines = [json.loads(line) for line in open(part)]
		    assert len(lines) >= count, lines
		    for line in lines:
		        jsonschema.Draft202012Validator(
		            {"$ref": "#/$defs/" + part, "$defs": schema["$defs"]}).validate(line)
	E
}

@test "the schema refuses wrong values" {
	id=$("$SHMTOOL" create -s 1M -k 0x55019000)
	"$SHMTOOL" write --string x "$id"
	hold "$id"
	"$SHMTOOL" info -J "$id" >segments.json
	"$SHMTOOL" limits -J -O >limits.json
	"$SHMTOOL" ls -J --total --group-by OWNER >groups.json
	valid segments.json limits.json groups.json
	run /usr/bin/python3 - "$SOURCE/docs/schema.json" "$(id -u)" <<-'E'
		import copy, json, sys
		import jsonschema
		check = jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).is_valid
		documents = {name: json.load(open(name + ".json")) for name in ("segments", "limits", "groups")}

		def refuse(kind, change):
		    document = copy.deepcopy(documents[kind])
		    change(document[kind][0])
		    assert not check(document), document[kind][0]

		# A value of another type, and a name that is new, at any depth.
		for kind in documents:
		    for name in documents[kind][kind][0]:
		        refuse(kind, lambda row: row.update({name: {"a": 1}}))
		        refuse(kind, lambda row: row.update({name: True}))
		        refuse(kind, lambda row: row.update({name: 1.5}))
		    refuse(kind, lambda row: row.update(new=1))
		    refuse(kind, lambda row: row.clear())
		for array in ["attaches"] + (["ranges"] if sys.argv[2] == "0" else []):
		    refuse("segments", lambda row: row[array][0].update(new=1))
		    for name in documents["segments"]["segments"][0][array][0]:
		        refuse("segments", lambda row: row[array][0].pop(name))
		        refuse("segments", lambda row: row[array][0].update({name: False}))
		for name in "proj", "device", "inode":
		    refuse("segments", lambda row: row["ftok"].pop(name))
		    refuse("segments", lambda row: row["ftok"].update({name: 65536}))

		never_null = """id key owner uid gid cuid cgid perms mode size nattch status cpid lpid
		    attaches""".split()
		for name in never_null:
		    refuse("segments", lambda row: row.update({name: None}))
		for name in "resource", "status", "unit", "description":
		    refuse("limits", lambda row: row.update({name: None}))

		for name, value in [("key", "0x162e"), ("key", "0X0000162E"), ("key", "5678"),
		        ("perms", "rw-"), ("perms", "wr-------"), ("mode", "640"), ("mode", "01640"),
		        ("size", -1), ("size", "4K"), ("size", 2 ** 64), ("id", 2 ** 31),
		        ("status", ["orphaned"]), ("status", ["orphan", "orphan"]), ("status", "orphan"),
		        ("ctime", "2026-11-24 06:13:35"), ("ctime", "06:13"), ("ctime", "2026-11-24"),
		        ("ctime", "2026-11-24T06:13:35"), ("ctime", "2026-13-24T06:13:35+00:00"),
		        ("ctime", 0), ("ctime", "1763964815"), ("idle", "3m"), ("pids", ["1"]),
		        ("pids", [0]), ("owner", ""), ("command", ""), ("uid", "root"),
		        ("page_size", 0)]:
		    refuse("segments", lambda row: row.update({name: value}))
		for name, value in [("status", ["near", "full"]), ("status", ["dest"]),
		        ("limit", "unlimited"), ("resource", "shmmax"), ("unit", "byte")]:
		    refuse("limits", lambda row: row.update({name: value}))

		for name in "count", "size":
		    refuse("groups", lambda row: row.update({name: None}))
		refuse("groups", lambda row: row.update(count=0))
		for name in "count", "size", "rss", "swap":
		    for change in (lambda total: total.pop(name)), (lambda total: total.update({name: -1})):
		        document = copy.deepcopy(documents["groups"])
		        change(document["total"])
		        assert not check(document), document

		# A document has either segments, groups or limits.
		for document in {}, [], dict(**documents["segments"], **documents["limits"]), \
		        {"segments": None}, {"limits": []}, {"total": documents["groups"]["total"]}:
		    assert not check(document), document
	E
	assert_output ""
	assert_success
}
