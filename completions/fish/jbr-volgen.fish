function __jbr-volgen_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-volgen_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __jbr-volgen_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-volgen_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __jbr-volgen_parse_tokens -S
    set -l unparsed_tokens (__jbr-volgen_tokens -pc)
    switch $unparsed_tokens[1]
    case 'jbr-volgen'
        __jbr-volgen_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'recon'
            __jbr-volgen_parse_subcommand 0 'i/input=' 'volume=' 'overlay=' 'local=+' 'socket-directory=' 'recon-port=' 'replica=+' 'plan=' 'part=' 'o/output=' 'force' 'format=' 'version' 'h/help'
        case 'brick'
            __jbr-volgen_parse_subcommand 0 'i/input=' 'volume=' 'overlay=' 'local=+' 'socket-directory=' 'recon-port=' 'replica=+' 'o/output=' 'force' 'format=' 'version' 'h/help'
        case 'client'
            __jbr-volgen_parse_subcommand 0 'i/input=' 'volume=' 'overlay=' 'local=+' 'socket-directory=' 'recon-port=' 'o/output=' 'force' 'format=' 'version' 'h/help'
        case 'check'
            __jbr-volgen_parse_subcommand -r 1 'real' 'option-table=' 'no-bricks' 'format=' 'version' 'h/help'
        case 'format'
            __jbr-volgen_parse_subcommand -r 1 'write' 'o/output=' 'force' 'format=' 'version' 'h/help'
        case 'diff'
            __jbr-volgen_parse_subcommand 2 'format=' 'version' 'h/help'
        case 'graph'
            __jbr-volgen_parse_subcommand 1 'options' 'o/output=' 'force' 'format=' 'version' 'h/help'
        case 'get'
            __jbr-volgen_parse_subcommand -r 2 'volume=+' 'type=+' 'format=' 'version' 'h/help'
        case 'set'
            __jbr-volgen_parse_subcommand -r 2 'unset=+' 'volume=+' 'type=+' 'option-table=' 'write' 'o/output=' 'force' 'format=' 'version' 'h/help'
        case 'help'
            __jbr-volgen_parse_subcommand -r 1 'version'
        end
    end
end

function __jbr-volgen_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __jbr-volgen_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __jbr-volgen_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __jbr-volgen_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__jbr-volgen_tokens -p)
    if test -z "$(__jbr-volgen_tokens -t)"
        set -l index (count (__jbr-volgen_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'jbr-volgen' -f
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'recon' -d 'Make the graphs through which a reconciliation reaches single replicas.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'brick' -d 'Make the graphs that the replicas\' servers run.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'client' -d 'Make the graph that a client mounts.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'check' -d 'Say what is wrong with volfiles, all of it at once.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'format' -d 'Bring volfiles into their canonical layout.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'diff' -d 'Say in what two volfiles mean something else.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'graph' -d 'Draw a volfile, in Graphviz\' language.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'get' -d 'Print options of a volfile.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'set' -d 'Change options of a volfile.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_positional "jbr-volgen" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" i input' -s 'i' -l 'input' -d 'The replica set: a JSON description, the output of \'gluster volume info --xml\', glusterd\'s directory of the volume, or a volfile; \'-\' is standard input.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" volume' -l 'volume' -d 'The volume; needed where the source has several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" overlay' -l 'overlay' -d 'A JSON description of which any key may be missing, to lay over what the source says.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon"' -l 'local' -d 'The replicas of this host, or the replica of this name, are on this machine; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" socket-directory' -l 'socket-directory' -d 'Where recon\'s Unix sockets are to be, NAME.sock for each local replica that has none.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" recon-port' -l 'recon-port' -d 'The port of recon\'s first private server on each other host; the next ones follow.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon"' -l 'replica' -d 'Only this replica; may be given several times. The default is all.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" plan' -l 'plan' -d 'Only the replicas whose bricks this plan of jbr-reconcile changes or reads.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" part' -l 'part' -d 'client: only the client graphs; brick: only the private servers\' graphs.' -rfka 'client brick'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" o output' -s 'o' -l 'output' -d 'Write here instead of on standard output: a file for one graph, a directory for several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" force' -l 'force' -d 'Replace files that exist.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen recon" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" i input' -s 'i' -l 'input' -d 'The replica set: a JSON description, the output of \'gluster volume info --xml\', glusterd\'s directory of the volume, or a volfile; \'-\' is standard input.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" volume' -l 'volume' -d 'The volume; needed where the source has several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" overlay' -l 'overlay' -d 'A JSON description of which any key may be missing, to lay over what the source says.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick"' -l 'local' -d 'The replicas of this host, or the replica of this name, are on this machine; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" socket-directory' -l 'socket-directory' -d 'Where recon\'s Unix sockets are to be, NAME.sock for each local replica that has none.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" recon-port' -l 'recon-port' -d 'The port of recon\'s first private server on each other host; the next ones follow.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick"' -l 'replica' -d 'Only this replica; may be given several times. The default is all.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" o output' -s 'o' -l 'output' -d 'Write here instead of on standard output: a file for one graph, a directory for several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" force' -l 'force' -d 'Replace files that exist.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen brick" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" i input' -s 'i' -l 'input' -d 'The replica set: a JSON description, the output of \'gluster volume info --xml\', glusterd\'s directory of the volume, or a volfile; \'-\' is standard input.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" volume' -l 'volume' -d 'The volume; needed where the source has several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" overlay' -l 'overlay' -d 'A JSON description of which any key may be missing, to lay over what the source says.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client"' -l 'local' -d 'The replicas of this host, or the replica of this name, are on this machine; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" socket-directory' -l 'socket-directory' -d 'Where recon\'s Unix sockets are to be, NAME.sock for each local replica that has none.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" recon-port' -l 'recon-port' -d 'The port of recon\'s first private server on each other host; the next ones follow.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" o output' -s 'o' -l 'output' -d 'Write here instead of on standard output: a file for one graph, a directory for several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" force' -l 'force' -d 'Replace files that exist.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen client" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen check" real' -l 'real' -d 'Have the installed GlusterFS read each graph, too, without starting it or opening anything.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen check" option-table' -l 'option-table' -d 'installed: ask the installed GlusterFS for its translators\' options; built-in: do not.' -rfka 'installed built-in'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen check" no-bricks' -l 'no-bricks' -d 'Do not look at the paths of this machine: compare no volume-ids, and paths by their text.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen check" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen check" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen check" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen format" write' -l 'write' -d 'Replace the files themselves, and keep each original as FILE.orig.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen format" o output' -s 'o' -l 'output' -d 'Write here instead of on standard output: a file for one graph, a directory for several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen format" force' -l 'force' -d 'Replace files that exist.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen format" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen format" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen format" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen diff" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen diff" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen diff" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen graph" options' -l 'options' -d 'Show the volumes\' options, too.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen graph" o output' -s 'o' -l 'output' -d 'Write here instead of on standard output: a file for one graph, a directory for several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen graph" force' -l 'force' -d 'Replace files that exist.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen graph" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen graph" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen graph" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen get"' -l 'volume' -d 'Only this volume; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen get"' -l 'type' -d 'Only volumes of this translator, such as protocol/client; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen get" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen get" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen get" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set"' -l 'unset' -d 'Take this option away; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set"' -l 'volume' -d 'Only this volume; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set"' -l 'type' -d 'Only volumes of this translator, such as protocol/client; may be given several times.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" option-table' -l 'option-table' -d 'installed: ask the installed GlusterFS for its translators\' options; built-in: do not.' -rfka 'installed built-in'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" write' -l 'write' -d 'Replace the file itself, and keep the original as FILE.orig.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" o output' -s 'o' -l 'output' -d 'Write here instead of on standard output: a file for one graph, a directory for several.' -rfka ''
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" force' -l 'force' -d 'Replace files that exist.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen set" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-volgen' -n '__jbr-volgen_should_offer_completions_for_flags_or_options "jbr-volgen help" version' -l 'version' -d 'Show the version.'
