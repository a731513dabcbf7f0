function __jbr-replay_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-replay_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __jbr-replay_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-replay_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __jbr-replay_parse_tokens -S
    set -l unparsed_tokens (__jbr-replay_tokens -pc)
    switch $unparsed_tokens[1]
    case 'jbr-replay'
        __jbr-replay_parse_subcommand -r 1 'term=' 'index=' 'request=+' 'fop=+' 'gfid=' 'parent=' 'name=' 'path=' 'touch=' 'state=' 'since=' 'until=' 'limit=' 'reverse' 'after-cursor=' 'format=' 'journal=' 'dry-run' 'keep-going' 'init' 'volfile=' 'results=' 'no-states' 'agreed-only' 'rate=' 'undo=' 'unchecked' 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'help'
            __jbr-replay_parse_subcommand -r 1 'version'
        end
    end
end

function __jbr-replay_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __jbr-replay_parse_subcommand -S -a positional_count
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

function __jbr-replay_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __jbr-replay_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__jbr-replay_tokens -p)
    if test -z "$(__jbr-replay_tokens -t)"
        set -l index (count (__jbr-replay_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'jbr-replay' -f
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" term' -l 'term' -d 'Only these terms: 3, 3..7, 3.. or ..7, ends included.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" index' -l 'index' -d 'Only these indices: 1, 1..20, 5.. or ..9, ends included.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay"' -l 'request' -d 'Only this request, as 3/17 or 3/17+1; may be repeated.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay"' -l 'fop' -d 'Only these fops, as create,writev; \'!setattr\' for all but that; list prints them.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" gfid' -l 'gfid' -d 'Only requests that name this object by GFID, be it new or open.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" parent' -l 'parent' -d 'Only requests with a name in this directory.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" name' -l 'name' -d 'Only requests with this name in any directory, as text or {"base64":"…"}.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" path' -l 'path' -d 'Only requests on the object that stands at this path when they come; dir/ for all below.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" touch' -l 'touch' -d 'Only requests that write or cut off any of these bytes of a file.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" state' -l 'state' -d 'Only requests that come to this state in the end; fdl journals have none.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" since' -l 'since' -d 'Only requests from this time on; fdl journals have none.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" until' -l 'until' -d 'Only requests up to this time; fdl journals have none.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" limit' -l 'limit' -d 'At most so many requests.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" reverse' -l 'reverse' -d 'The last request first.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" after-cursor' -l 'after-cursor' -d 'Only requests that the journal holds behind the one of this cursor, also with --reverse.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" journal' -l 'journal' -d 'The journal to take requests from: a directory, or one X-meta-N.jnl.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" dry-run' -l 'dry-run' -d 'Change nothing, and print what would be done and what is there now.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" keep-going' -l 'keep-going' -d 'Go on behind a request that failed, and with what can be read of a damaged journal.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" init' -l 'init' -d 'Make an empty or missing directory a brick first.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" volfile' -l 'volfile' -d 'Instead of a brick: a client graph, as jbr-volgen recon writes it. Needs GlusterFS.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" results' -l 'results' -d 'Where results of appends and sums are kept behind GlusterFS; else VOLFILE.results.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" no-states' -l 'no-states' -d 'Leave a jbr journal\'s states alone: for a brick that is not the journal\'s own.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" agreed-only' -l 'agreed-only' -d 'Leave out requests of a jbr journal that are not known to have reached their quorum.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" rate' -l 'rate' -d 'Write at most so many bytes of payload a second: 500000, 500K, 10M, 1G.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" undo' -l 'undo' -d 'Keep in this file what is changed, so that undo can bring it back.' -rfka ''
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" unchecked' -l 'unchecked' -d 'With undo: undo a replay that was cut off, without a check.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_positional "jbr-replay" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'jbr-replay' -n '__jbr-replay_should_offer_completions_for_flags_or_options "jbr-replay help" version' -l 'version' -d 'Show the version.'
