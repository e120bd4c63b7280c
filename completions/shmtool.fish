# fish completion of shmtool(1)

# Print the rest of each line of completions/table.c that begins with these words.
function __shmtool_table
    string replace -- "$argv " "" (string match -- "$argv *" (string split \n -- '@TABLE@'))
end

# Print the same as offers: a name, a tab and help.
function __shmtool_names
    __shmtool_table $argv | string replace ' ' \t
end

# Print the command before the cursor.
function __shmtool_command
    set -l words (string match -v -- '-*' (commandline -opc)[2..-1])
    echo $words[1]
end

# Is this the command, or, without an argument, is there none yet, and may an option follow? After
# --sort, a word that begins with - is a column, but fish takes it for an option.
function __shmtool_in
    test "$(__shmtool_command)" = "$argv"
    and not __shmtool_sorts
end

function __shmtool_sorts
    test (commandline -opc)[-1] = --sort
end

# Print two lines: the name of the operand at the cursor, and the namespace given. With --posix, a
# SEGMENT is an OBJECT.
function __shmtool_operand
    set -l command (__shmtool_command)
    set -l words (commandline -opc)[2..-1]
    set -l specs
    set -l list
    test -n "$command"
    or set list COMMAND
    for row in (__shmtool_table option $command)
        echo $row | read -l short long argument help
        set -l spec (string replace -- - '' $short | string replace -r '$' /)(string sub -s 3 -- $long)
        switch $argument
            case -
            case '=*'
                set spec "$spec=?"
            case '*'
                set spec "$spec="
        end
        set -a specs (string trim -l -c / -- $spec)
    end
    # A word that is not an option of the command is an operand: the mode -w.
    argparse --ignore-unknown $specs -- $words 2>/dev/null
    or return
    # --input lists segments of another host or time.
    not set -q _flag_input
    or return
    for row in (__shmtool_table operands $command)
        set -l way (string split ' ' -- $row)
        if test $way[1] = -; or string match -qr -- "^$way[1](=|\$)" $words
            set list $way[2..-1]
        end
    end
    set -l place (math max 1, (count $argv))
    if test $place -gt (count $list); and string match -q '*...' -- $list[-1]
        set place -1
    end
    set -l operand (string replace ... '' -- "$list[$place]")
    set -q _flag_posix
    and set operand (string replace SEGMENT OBJECT -- "$operand")
    echo $operand
    echo $_flag_namespace
end

# Is the operand at the cursor a file?
function __shmtool_wants_file
    __shmtool_operand | read -l operand
    contains -- "$operand" FILE PATH:PROJ
end

# Print IDs and keys of the segments in a namespace, with their size, owner and status.
function __shmtool_segments -a namespace
    set -l where
    test -z "$namespace"
    or set where --namespace=$namespace
    command shmtool ls -n -o ID,KEY,SIZE,OWNER,STATUS $where 2>/dev/null | awk '{
            help = $3
            for (i = 4; i <= NF; i++)
                help = help (i > 4 && i == NF ? ", " : " ") $i
            print $1 "\t" help
            if ($2 != "0x00000000")
                print $2 "\t" help
        }'
end

# Print the names of the POSIX objects in a namespace, with their size and owner: of thousands, only
# names that begin with a word, and none if these are more than 10,000, since fish would take too long.
# A name with a control character would not fit on a line.
function __shmtool_objects -a word namespace
    set -l where
    test -z "$namespace"
    or set where --namespace=$namespace
    set -l plain (string match -r '^[a-zA-Z0-9/._-]*' -- $word)
    command shmtool ls -P -nr -o NAME,SIZE,OWNER $where 2>/dev/null | plain=$plain awk '
            { rows[NR] = $0 }
            index($0, ENVIRON["plain"]) == 1 { begins[NR] = 1; count++ }
            END {
                for (i = 1; i <= NR; i++)
                    if (NR < 1000 || (i in begins && count <= 10000))
                        print rows[i]
            }' | awk '$1 !~ /\\\\x([01]|7f)/ {
            unit = 0
            for (size = $2; size >= 1024; size /= 1024)
                unit++
            print $1 "\t" int(size) (unit ? substr("KMGTPE", unit, 1) : "") " " $3
        }' | while read -d \t -l name help
        printf '%b\t%s\n' $name $help
    end
end

# Print the files that begin with a word, after a prefix.
function __shmtool_files -a prefix word
    printf '%s\n' $prefix(complete -C "'' $word")
end

# Print the sizes of huge pages on this host.
function __shmtool_page_sizes
    for size in (string match -rg '/hugepages-(\d+)kB$' /sys/kernel/mm/hugepages/*)
        if test (math $size % 1048576) = 0
            echo (math $size / 1048576)G
        else if test (math $size % 1024) = 0
            echo (math $size / 1024)M
        else
            echo {$size}K
        end
    end
end

# Print the columns that a list does not name yet, each after the list. A + may precede the list, and a
# - each column.
function __shmtool_list -a list
    set -l before (string match -r '^.*[,+-]' -- $list)
    set -l named (string upper -- "$before" | string split , | string trim -c +-)
    for row in (__shmtool_names column (__shmtool_command))
        contains -- (string split \t -- $row)[1] $named
        or echo "$before$row"
    end
end

# Print names, each after the members of a list before the last comma.
function __shmtool_members -a list
    set -l before "$(string replace -r '^-[a-z]' '' -- $list | string match -r '^.*,')"
    printf '%s\n' $before$argv[2..-1]
end

# Print the offers for an argument or operand, named as in --help.
function __shmtool_offer -a what namespace
    set -l command (__shmtool_command)
    # Without a leading --option=.
    set -l word "$(string replace -r -- '^--[a-z-]+=' '' "$(commandline -ct)")"
    switch $what
        case COMMAND
            __shmtool_names command
        case SEGMENT
            if string match -q 'ftok:*' -- $word
                __shmtool_files ftok: (string replace ftok: '' -- $word)
            else if string match -q '/*' -- $word
                string match -q '*lock' -- $command
                or __shmtool_objects "$word" $namespace
            else
                __shmtool_segments $namespace
            end
        case OBJECT
            __shmtool_objects "$word" $namespace
        case KEY
            # create needs a new key.
            test $command = create
            or __shmtool_segments | string match '0x*'
        case USER
            __shmtool_members $word (__fish_complete_users)
        case GROUP
            __shmtool_members $word (__fish_complete_groups)
        case USER:GROUP
            if string match -q '*:*' -- $word
                printf '%s\n' (string replace -r ':.*' : -- $word)(__fish_complete_groups)
            else
                __fish_complete_users
            end
        case PID
            ps -e -o pid= -o args= 2>/dev/null | string trim | string replace -r ' +' \t
        case NS
            if string match -q '*/*' -- $word
                __shmtool_files '' $word
            else
                lsns -nl -t ipc -o NS,PID,COMMAND 2>/dev/null |
                    string replace -r '^ *(\d+) +(\d+) *(.*)' '$1\t$3\n$2\t$3'
            end
        case SEMID:NUM
            string match -qr -- '^(-N|--namespace)' (commandline -opc)
            or ipcs -s 2>/dev/null | awk '/^0x/ {
                    print $2 "\t" $3 ", " $5 ($5 == 1 ? " semaphore" : " semaphores")
                }'
        case LIST
            __shmtool_list "$(string replace -r '^-[a-z]' '' -- $word)"
        case COLUMN,COLUMN...
            __shmtool_list $word
        case COLUMN
            __shmtool_names column $command
        case FORMAT
            __shmtool_names value FORMAT
        case MODE
            __shmtool_names value MODE
            test $command != chmod
            or __shmtool_names value CHANGE
        case PAGESIZE
            __shmtool_page_sizes
        case DIR
            __fish_complete_directories
    end
end

# Print the offers for the operand at the cursor, except files.
function __shmtool_offer_operand
    __shmtool_operand | read -L -l operand namespace
    __shmtool_offer "$operand" $namespace
end

# Define an option from its line of completions/table.c: COMMAND -S --LONG ARGUMENT HELP
function __shmtool_complete_option -a command short long argument help
    set -l option -l (string sub -s 3 -- $long)
    test $short = -
    or set -a option -s (string sub -s 2 -- $short)
    switch $argument
        case -
        case FILE PATH:PROJ
            set -a option -r -F
        case '=*'
            set -a option -a "(__shmtool_offer $(string sub -s 2 -- $argument))"
        case '*'
            set -a option -x -k -a "(__shmtool_offer $argument)"
    end
    complete -c shmtool -n "__shmtool_in $command" $option -d $help
end

complete -c shmtool -f
complete -c shmtool -n __shmtool_wants_file -F
complete -c shmtool -k -a '(__shmtool_offer_operand)'
complete -c shmtool -n __shmtool_sorts -k -a '(__shmtool_offer COLUMN,COLUMN...)'
for row in (__shmtool_table option)
    set row (string split -m 4 ' ' -- $row)
    __shmtool_complete_option (string replace -r '^shmtool$' '' -- $row[1]) $row[2..-1]
end
