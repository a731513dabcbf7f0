function __jbr-reconcile_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-reconcile_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __jbr-reconcile_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-reconcile_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __jbr-reconcile_parse_tokens -S
    set -l unparsed_tokens (__jbr-reconcile_tokens -pc)
    switch $unparsed_tokens[1]
    case 'jbr-reconcile'
        __jbr-reconcile_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'status'
            __jbr-reconcile_parse_subcommand -r 1 'format=' 'version' 'h/help'
        case 'plan'
            __jbr-reconcile_parse_subcommand -r 1 'replicas=' 'quorum-percent=' 'leader=' 'o/output=' 'full-copy=+' 'prefer=' 'unsafe-quorum' 'format=' 'version' 'h/help'
        case 'what-if'
            __jbr-reconcile_parse_subcommand -r 1 'without=+' 'damaged=+' 'replicas=' 'quorum-percent=' 'leader=' 'format=' 'version' 'h/help'
        case 'show'
            __jbr-reconcile_parse_subcommand 1 'shell' 'resolve' 'version' 'h/help'
        case 'apply'
            __jbr-reconcile_parse_subcommand 1 'yes' 'accept-loss=' 'dry-run' 'rate=' 'undo=' 'format=' 'version' 'h/help'
        case 'undo'
            __jbr-reconcile_parse_subcommand 1 'dry-run' 'unchecked' 'undo=' 'format=' 'version' 'h/help'
        case 'verify'
            __jbr-reconcile_parse_subcommand -r 1 'mtime' 'touched' 'write-certificate=' 'plan=' 'undo=' 'certificate=' 'format=' 'version' 'h/help'
        case 'explain'
            __jbr-reconcile_parse_subcommand 1 'format=' 'version' 'h/help'
        case 'help'
            __jbr-reconcile_parse_subcommand -r 1 'version'
        end
    end
end

function __jbr-reconcile_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __jbr-reconcile_parse_subcommand -S -a positional_count
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

function __jbr-reconcile_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __jbr-reconcile_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__jbr-reconcile_tokens -p)
    if test -z "$(__jbr-reconcile_tokens -t)"
        set -l index (count (__jbr-reconcile_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'jbr-reconcile' -f
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'status' -d 'Says at once which terms are pending on which replica, and why.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'plan' -d 'Works out what to do on which replica, and why. Touches nothing.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'what-if' -d 'Plans as if a replica were lost, a term damaged, or the quorum another one.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'show' -d 'Prints a plan for people, or as a script that does the same by hand.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'apply' -d 'Does what a plan says.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'undo' -d 'Takes back what applying a plan did to the bricks.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'verify' -d 'Compares the bricks themselves, whole trees, and names every difference.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'explain' -d 'Prints what a label in a plan means; without a label, all of them.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_positional "jbr-reconcile" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile status" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile status" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile status" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" replicas' -l 'replicas' -d 'How many replicas the set has, those that are away included.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" quorum-percent' -l 'quorum-percent' -d 'How many percent of the replicas a write was acknowledged by.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" leader' -l 'leader' -d 'The replica that led.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" o output' -l 'output' -s 'o' -d 'Write the plan to this file, which must not exist.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan"' -l 'full-copy' -d 'Make this replica\'s brick a copy of another one: of a replica whose terms are gone elsewhere, or that has lost its brick, which may be an empty directory.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" prefer' -l 'prefer' -d 'Where two replicas hold different requests under one name, this replica\'s counts. The other one is lost.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" unsafe-quorum' -l 'unsafe-quorum' -d 'Decide with fewer replicas than must vouch. Acknowledged requests may be lost: the plan\'s findings say of which terms, and who may hold them.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile plan" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if"' -l 'without' -d 'Assume that this replica is away.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if"' -l 'damaged' -d 'Assume that all of a term is damaged on a replica.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if" replicas' -l 'replicas' -d 'How many replicas the set has, those that are away included.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if" quorum-percent' -l 'quorum-percent' -d 'How many percent of the replicas a write was acknowledged by.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if" leader' -l 'leader' -d 'The replica that led.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile what-if" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile show" shell' -l 'shell' -d 'Print the steps as a script of bash.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile show" resolve' -l 'resolve' -d 'Look in the journals that the plan names for paths that it does not tell.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile show" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile show" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" yes' -l 'yes' -d 'Go on without a question; enough for a plan without loss.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" accept-loss' -l 'accept-loss' -d 'The plan\'s loss_digest, to confirm what it takes away.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" dry-run' -l 'dry-run' -d 'Check everything, and print what would be done.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" rate' -l 'rate' -d 'Write at most so many bytes of content a second: 500000, 500K, 10M, 1G.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" undo' -l 'undo' -d 'The directory of the undo files, one for each brick; else PLAN.undo.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile apply" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile undo" dry-run' -l 'dry-run' -d 'Change nothing, and print what would become of each object.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile undo" unchecked' -l 'unchecked' -d 'Undo an application that was cut off, without a check.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile undo" undo' -l 'undo' -d 'The directory of the undo files, one for each brick; else PLAN.undo.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile undo" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile undo" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile undo" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" mtime' -l 'mtime' -d 'Compare the mtime of every object.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" touched' -l 'touched' -d 'Compare only objects and names that the journals\' requests touch.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" write-certificate' -l 'write-certificate' -d 'If all are equal, write to this file, which must not exist, what they hold.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" plan' -l 'plan' -d 'Compare the replicas of this plan, if none is named, and put its id into a certificate.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" undo' -l 'undo' -d 'The directory of the undo files, one for each brick; else PLAN.undo.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" certificate' -l 'certificate' -d 'Compare each replica with this certificate, and not with the others.' -rfka ''
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile verify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile explain" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile explain" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile explain" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-reconcile' -n '__jbr-reconcile_should_offer_completions_for_flags_or_options "jbr-reconcile help" version' -l 'version' -d 'Show the version.'
