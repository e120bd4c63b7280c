# fish completion of shmtool(1)

# Prints what follows these words in the lines of completions/table.c that begin with them.
function __shmtool_table
    string replace -- "$argv " "" (string match -- "$argv *" (string split \n -- '@TABLE@'))
end

# The same as what is offered: a name, a tab and help.
function __shmtool_names
    __shmtool_table $argv | string replace ' ' \t
end

# Prints the command of the words before the cursor.
function __shmtool_command
    set -l words (string match -v -- '-*' (commandline -opc)[2..-1])
    echo $words[1]
end

# Whether that is the command, or, without an argument, there is none yet, and options of it may
# come. Behind --sort, what begins with - is a column, while fish knows only options that do.
function __shmtool_in
    test "$(__shmtool_command)" = "$argv"
    and not __shmtool_sorts
end

function __shmtool_sorts
    test (commandline -opc)[-1] = --sort
end

# Prints two lines: what the command takes for the operand at the cursor, and the namespace that
# it was given.
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
    # A word that is no option of the command is an operand: the mode -w.
    argparse --ignore-unknown $specs -- $words 2>/dev/null
    or return
    # What --input lists is not here.
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
    string replace ... '' -- "$list[$place]"
    echo $_flag_namespace
end

# Whether the operand at the cursor is a file.
function __shmtool_wants_file
    __shmtool_operand | read -l operand
    contains -- "$operand" FILE PATH:PROJ
end

# Prints IDs and keys of the segments in a namespace, and what they are: 64K postgres, orphan
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

# Prints the files that begin with a word, behind a prefix.
function __shmtool_files -a prefix word
    printf '%s\n' $prefix(complete -C "'' $word")
end

# Prints the sizes of huge pages that this host has.
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

# Prints the columns, behind those of a list that are named already.
function __shmtool_list -a list
    set -l before (string match -r '^.*[,+]' -- $list)
    set -l named (string upper -- "$before" | string split , | string trim -c +)
    for row in (__shmtool_names column (__shmtool_command))
        contains -- (string split \t -- $row)[1] $named
        or echo "$before$row"
    end
end

# Prints what is offered for a word of --help.
function __shmtool_offer -a what namespace
    set -l command (__shmtool_command)
    # Without --option= before it.
    set -l word "$(string replace -r -- '^--[a-z-]+=' '' "$(commandline -ct)")"
    switch $what
        case COMMAND
            __shmtool_names command
        case SEGMENT
            if string match -q 'ftok:*' -- $word
                __shmtool_files ftok: (string replace ftok: '' -- $word)
            else
                __shmtool_segments $namespace
            end
        case KEY
            # The one that create wants is new.
            test $command = create
            or __shmtool_segments | string match '0x*'
        case USER
            __fish_complete_users
        case GROUP
            __fish_complete_groups
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
        case COLUMN
            set -l sign (string match -r '^-' -- $word)
            printf '%s\n' "$sign"(__shmtool_names column $command)
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

# Prints what is offered for the operand at the cursor, files excepted.
function __shmtool_offer_operand
    __shmtool_operand | read -L -l operand namespace
    __shmtool_offer "$operand" $namespace
end

# Tells fish of an option, as in: option COMMAND -S --LONG ...
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
complete -c shmtool -n __shmtool_sorts -k -a '(__shmtool_offer COLUMN)'
for row in (__shmtool_table option)
    set row (string split -m 4 ' ' -- $row)
    __shmtool_complete_option (string replace -r '^shmtool$' '' -- $row[1]) $row[2..-1]
end
