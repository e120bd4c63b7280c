# Reads the source and prints what completions are made of, a line each, as the source has it:
#     command NAME SUMMARY
#     option COMMAND -S --LONG ARGUMENT HELP  "-" where there is none; "=ARGUMENT": optional
#     operands COMMAND OPTION WORD...         what it takes with OPTION; "-": without any
#     column COMMAND NAME HELP
#     value ARGUMENT NAME HELP                the names of time formats, and completions/values
# COMMAND is "shmtool" for what precedes a command. ARGUMENT and WORD are as --help has them,
# without brackets: USER:GROUP. Commands come in the order of their files; popt's tables, which
# they include, may be in any file. What cannot be understood is an error, and so no build.

function fail(why) {
	print "table.awk: " FILENAME ": " why >"/dev/stderr"
	failed = 1
	exit 1
}

/^(static )?struct poptOption [a-z_]+\[\] = \{$/ || /^const struct command [a-z_]+ = \{$/ {
	kind = $0 ~ /poptOption/ ? "table" : "command"
	name = $0
	sub(/(\[\])? = \{$/, "", name)
	sub(/.* /, "", name)
	body = ""
	next
}

kind && /^};/ {
	if (kind == "table")
		read_table(name, body)
	else
		read_command(body)
	kind = ""
}

kind {
	body = body $0
}

/^\t\{ "[A-Z]+", COLUMN_/ {
	split($0, quoted, "\"")
	list = FILENAME
	sub(/.*\//, "", list)
	columns[list] = columns[list] quoted[2] " " quoted[4] "\n"
}

# The help of a command lists its columns, which a file of that name has.
/^\toutput_help\([a-z_]+,/ {
	split($0, words, "[(,]")
	lists[FILENAME] = words[2] ".c"
}

/^\t\[TIME_[A-Z]+\] = "[a-z]+",$/ {
	split($0, quoted, "\"")
	values = values "value FORMAT " quoted[2] "\n"
}

/^value / {
	values = values $0 "\n"
}

# Cuts the next token off TEXT.
function next_token(   token) {
	sub(/^[ \t]+/, "", TEXT)
	if (!match(TEXT, /^("([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*([^*]|\*[^\/])*\*\/|[A-Za-z0-9_]+|.)/))
		return ""
	token = substr(TEXT, 1, RLENGTH)
	TEXT = substr(TEXT, RLENGTH + 1)
	return token
}

# Reads up to the end of one {...} of TEXT into field[1], ...: what stands between the commas,
# with the strings as they are meant; bare are those with more than strings. Returns 0 where
# there is none left.
function read_fields(   token, n) {
	while ((token = next_token()) != "{") {
		if (token == "")
			return 0
	}
	split("", field)
	split("", bare)
	n = 1
	while ((token = next_token()) != "}") {
		if (token == "")
			fail(name ": no end")
		if (token == ",") {
			n++
		} else if (token ~ /^"/) {
			token = substr(token, 2, length(token) - 2)
			gsub(/\\"/, "\"", token)
			field[n] = field[n] token
		} else if (token !~ /^\/\*/) {
			field[n] = field[n] token
			bare[n]
		}
	}
	return n
}

function without_brackets(words) {
	gsub(/[][]/, "", words)
	return words
}

# Notes the options of a table, and which other tables it includes.
function read_table(name, body,   n, i, rows, argument) {
	TEXT = body
	while ((n = read_fields())) {
		if (field[1] ~ /^\./) {
			for (i = 1; i <= n; i++) {
				if (field[i] ~ /^\.arg=/)
					rows = rows "include " substr(field[i], 6) "\n"
			}
			continue
		}
		argument = (7 in bare) ? "-" : without_brackets(field[7])
		if (n != 7 || (1 in bare) || field[2] !~ /^'.+'$/ || (6 in bare) || field[6] ~ /\\/ ||
				(argument == "-" && field[7] != "NULL"))
			fail(name ": cannot be read at " field[1])
		if (field[3] ~ /POPT_ARGFLAG_OPTIONAL/)
			argument = "=" argument
		rows = rows (field[2] == "'\\0'" ? "-" : "-" substr(field[2], 2, 1)) \
			" --" field[1] " " argument " " field[6] "\n"
	}
	tables[FILENAME, name] = rows
	# What another file includes is not static.
	shared[name] = FILENAME
}

function read_command(body,   n, i, equals) {
	TEXT = "{" body "}"
	n = read_fields()
	count++
	file[count] = FILENAME
	for (i = 1; i <= n; i++) {
		equals = index(field[i], "=")
		member[count, substr(field[i], 2, equals - 2)] = substr(field[i], equals + 1)
	}
}

# Prints the options of a table in a file, or that another file has.
function print_table(command, from, table,   rows, row, n, i) {
	if (!((from, table) in tables))
		from = shared[table]
	if (!((from, table) in tables))
		fail(command ": no table " table)
	n = split(tables[from, table], rows, "\n")
	for (i = 1; i < n; i++) {
		if (rows[i] ~ /^include /) {
			print_table(command, from, substr(rows[i], 9))
		} else {
			print "option", command, rows[i]
			split(rows[i], row, " ")
			takes[command, row[2]] = row[3] != "-"
		}
	}
}

# Prints the ways in which a command takes operands: "A... | --option ARGUMENT B..." are two.
function print_operands(command, synopsis,   ways, n, i, option) {
	n = split(without_brackets(synopsis), ways, / *\| */)
	for (i = 1; i <= n; i++) {
		option = "-"
		if (ways[i] ~ /^--/) {
			option = ways[i]
			sub(/ .*/, "", option)
			sub(/^[^ ]+ */, "", ways[i])
			if (takes[command, option])
				sub(/^[^ ]+ */, "", ways[i])
		}
		print "operands", command, option, ways[i]
	}
}

function print_columns(command, list,   rows, n, i) {
	if (!(list in columns))
		fail(command ": no columns in " list)
	n = split(columns[list], rows, "\n")
	for (i = 1; i < n; i++)
		print "column", command, rows[i]
}

# As command.c has it: what precedes a command takes --version, all take --help.
function print_command(c,   name) {
	name = member[c, "name"]
	if (name == "" || member[c, "summary"] == "")
		fail("a command without a name or a summary")
	if (name != "shmtool")
		print "command", name, member[c, "summary"]
	if (member[c, "options"] != "")
		print_table(name, file[c], member[c, "options"])
	if (member[c, "namespaced"] == "true")
		print_table(name, file[c], "namespace_options")
	print_table(name, file[c], "help_options")
	if (name != "shmtool")
		print_operands(name, member[c, "arguments"])
	if (file[c] in lists)
		print_columns(name, lists[file[c]])
}

END {
	if (failed)
		exit 1
	for (c = 1; c <= count; c++)
		print_command(c)
	printf "%s", values
}
