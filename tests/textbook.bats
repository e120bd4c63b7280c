load common

# The pairs of programs that every course shows. A shell can play either side with
# shmtool.

# The size of the segment that these programs use.
size=$(sed -n 's/.*shmget(5678, \([0-9]*\), .*/\1/p' "$SOURCE/tests/helpers/textbook_client.c")

answered() {
	[ "$("$SHMTOOL" cat -l 1 key:5678)" = "*" ]
}

@test "the textbook server and its client, without shmtool" {
	start "$HELPERS/textbook_server"
	run "$HELPERS/textbook_client"
	assert_output abcdefghijklmnopqrstuvwxyz
}

@test "the shell is the client of the textbook server" {
	exec {answer}< <(exec "$HELPERS/textbook_server" 3>&-)
	started+=($!)
	read -r -u "$answer" _
	assert_equal "$("$SHMTOOL" cat --string key:5678)" abcdefghijklmnopqrstuvwxyz
	assert_equal "$(column SIZE,MODE,NATTCH 0x0000162e)" "$size 0666 1"
	"$SHMTOOL" write --string '*' key:5678
	read -r -u "$answer" -t 120 line
	assert_equal "$line" answered
	"$SHMTOOL" rm key:5678
}

@test "the shell is the server of the textbook client" {
	id=$("$SHMTOOL" create -k 5678 -s "$size" -m 0666)
	printf %s {a..z} | "$SHMTOOL" write --nul "$id"
	run "$HELPERS/textbook_client"
	assert_output abcdefghijklmnopqrstuvwxyz
	until_true answered
	"$SHMTOOL" rm "$id"
}

@test "the shell is both server and client" {
	"$SHMTOOL" create -k 5678 -s "$size" -m 0666
	"$SHMTOOL" write --string "$(printf %s {a..z})" --nul 0x162e
	assert_equal "$("$SHMTOOL" cat -s 0x162e)" abcdefghijklmnopqrstuvwxyz
	"$SHMTOOL" write --fill '*' -l 1 0x162e
	answered
}

@test "what the ftok pair writes, the shell reads" {
	"$HELPERS/ftok_pair" "hello from C"
	assert_equal "$("$SHMTOOL" cat --string ftok:/tmp:X)" "hello from C"
	assert_equal "$(column SIZE,MODE ftok:/tmp:X)" "1024 0644"
	"$SHMTOOL" write --string "hello from the shell" --nul ftok:/tmp:X
	run "$HELPERS/ftok_pair"
	assert_output "hello from the shell"
	"$SHMTOOL" rm ftok:/tmp:X
}

@test "the ftok pair uses a segment that the shell created" {
	id=$("$SHMTOOL" create --ftok /tmp:X -s 1K -m 0644)
	"$SHMTOOL" write --string "made by the shell" "$id"
	run "$HELPERS/ftok_pair"
	assert_output "made by the shell"
	"$HELPERS/ftok_pair" answer
	assert_equal "$("$SHMTOOL" cat -s "$id")" answer
}
