# Prints what fish offers at the end of each command line in standard input: these, and below each
# a line "OFFER<tab>HELP" for each offer.

source $COMPLETIONS/shmtool.fish
while read -l line
    echo "== $line"
    complete -C $line
end
