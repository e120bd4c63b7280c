# Print each command line of standard input, and below it a line "OFFER<tab>HELP" for each of fish's
# offers at its end.

source $COMPLETIONS/shmtool.fish
while read -l line
    echo "== $line"
    complete -C $line
end
