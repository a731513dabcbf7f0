function __jbr-journal_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-journal_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __jbr-journal_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __jbr-journal_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __jbr-journal_parse_tokens -S
    set -l unparsed_tokens (__jbr-journal_tokens -pc)
    switch $unparsed_tokens[1]
    case 'jbr-journal'
        __jbr-journal_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'dump'
            __jbr-journal_parse_subcommand -r 1 'term=' 'index=' 'request=+' 'fop=+' 'gfid=' 'parent=' 'name=' 'path=' 'touch=' 'state=' 'since=' 'until=' 'limit=' 'reverse' 'format=' 'cursor' 'after-cursor=' 'cursor-file=' 'payload=' 'version' 'h/help'
        case 'follow'
            __jbr-journal_parse_subcommand 1 'term=' 'index=' 'request=+' 'fop=+' 'gfid=' 'parent=' 'name=' 'path=' 'touch=' 'state=' 'since=' 'until=' 'limit=' 'reverse' 'format=' 'cursor' 'after-cursor=' 'cursor-file=' 'new' 'payload=' 'version' 'h/help'
        case 'import'
            __jbr-journal_parse_subcommand 1 'format=' 'name=' 'volume=' 'replicas=' 'quorum-percent=' 'version' 'h/help'
        case 'stat'
            __jbr-journal_parse_subcommand -r 1 'term=' 'index=' 'request=+' 'fop=+' 'gfid=' 'parent=' 'name=' 'path=' 'touch=' 'state=' 'since=' 'until=' 'limit=' 'reverse' 'format=' 'top=' 'version' 'h/help'
        case 'verify'
            __jbr-journal_parse_subcommand -r 1 'term=' 'index=' 'request=+' 'fop=+' 'gfid=' 'parent=' 'name=' 'path=' 'touch=' 'state=' 'since=' 'until=' 'limit=' 'reverse' 'format=' 'version' 'h/help'
        case 'create'
            __jbr-journal_parse_subcommand 1 'name=' 'volume=' 'replicas=' 'quorum-percent=' 'term=' 'rejoin' 'format=' 'version' 'h/help'
        case 'append'
            __jbr-journal_parse_subcommand 1 'reserve=' 'format=' 'version' 'h/help'
        case 'set-state'
            __jbr-journal_parse_subcommand 2 'request=+' 'term=' 'index=' 'reconciliation-id=' 'format=' 'version' 'h/help'
        case 'close'
            __jbr-journal_parse_subcommand 1 'term=' 'format=' 'version' 'h/help'
        case 'convert'
            __jbr-journal_parse_subcommand 2 'format=' 'name=' 'volume=' 'replicas=' 'quorum-percent=' 'version' 'h/help'
        case 'prune'
            __jbr-journal_parse_subcommand 1 'n/dry-run' 'format=' 'version' 'h/help'
        case 'compress'
            __jbr-journal_parse_subcommand 1 'term=' 'format=' 'version' 'h/help'
        case 'index'
            __jbr-journal_parse_subcommand 1 'term=' 'format=' 'version' 'h/help'
        case 'read'
            __jbr-journal_parse_subcommand 1 'brick=' 'path=' 'gfid=' 'offset=' 'length=' 'at=' 'unagreed' 'version' 'h/help'
        case 'blame'
            __jbr-journal_parse_subcommand 1 'format=' 'brick=' 'path=' 'gfid=' 'offset=' 'length=' 'at=' 'unagreed' 'version' 'h/help'
        case 'at'
            __jbr-journal_parse_subcommand 2 'path=' 'digest' 'format=' 'unagreed' 'version' 'h/help'
        case 'paths'
            __jbr-journal_parse_subcommand 1 'gfid=' 'path=' 'format=' 'at=' 'unagreed' 'version' 'h/help'
        case 'redact'
            __jbr-journal_parse_subcommand 2 'name=' 'volume=' 'replicas=' 'quorum-percent=' 'version' 'h/help'
        case 'help'
            __jbr-journal_parse_subcommand -r 1 'version'
        end
    end
end

function __jbr-journal_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __jbr-journal_parse_subcommand -S -a positional_count
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

function __jbr-journal_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __jbr-journal_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__jbr-journal_tokens -p)
    if test -z "$(__jbr-journal_tokens -t)"
        set -l index (count (__jbr-journal_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'jbr-journal' -f
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'dump' -d 'Prints requests, one a line.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'follow' -d 'Prints requests as dump does, and goes on as the journal is written.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'import' -d 'Writes a journal from the lines of a dump on standard input.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'stat' -d 'Counts requests and bytes by term and fop, and names the busiest files.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'verify' -d 'Checks journals: a line for each finding, and one for each journal.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'create' -d 'Makes an empty jbr journal, and opens its first term.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'append' -d 'Journals requests from standard input, and echoes each once it is durable.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'set-state' -d 'Takes requests, or a term, into another state.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'close' -d 'Ends a term\'s taking of requests; freezes it if nothing more will come of any.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'convert' -d 'Writes a journal anew in a format, fdl or jbr.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'prune' -d 'Deletes the files of retired terms, and of no others.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'compress' -d 'Compresses the data files of frozen terms with zstd.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'index' -d 'Makes the indices of a journal\'s terms from their logs.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'read' -d 'Writes a range of a file to standard output, as the user sees it.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'blame' -d 'Says which request wrote each stretch of a file last.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'at' -d 'Prints the tree as of a request, from the journal alone.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'paths' -d 'Says where objects stood when, from the journal itself.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'redact' -d 'Writes a copy of a journal without contents and names, to share.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_positional "jbr-journal" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" term' -l 'term' -d 'Only these terms: 3, 3..7, 3.. or ..7, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" index' -l 'index' -d 'Only these indices: 1, 1..20, 5.. or ..9, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump"' -l 'request' -d 'Only this request, as 3/17 or 3/17+1; may be repeated.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump"' -l 'fop' -d 'Only these fops, as create,writev; \'!setattr\' for all but that; list prints them.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" gfid' -l 'gfid' -d 'Only requests that name this object by GFID, be it new or open.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" parent' -l 'parent' -d 'Only requests with a name in this directory.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" name' -l 'name' -d 'Only requests with this name in any directory, as text or {"base64":"…"}.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" path' -l 'path' -d 'Only requests on the object that stands at this path when they come; dir/ for all below.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" touch' -l 'touch' -d 'Only requests that write or cut off any of these bytes of a file.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" state' -l 'state' -d 'Only requests that come to this state in the end; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" since' -l 'since' -d 'Only requests from this time on; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" until' -l 'until' -d 'Only requests up to this time; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" limit' -l 'limit' -d 'At most so many requests.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" reverse' -l 'reverse' -d 'The last request first.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" cursor' -l 'cursor' -d 'Adds to each line the cursor behind its request.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" after-cursor' -l 'after-cursor' -d 'Only requests that the journal holds behind the one of this cursor, also with --reverse.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" cursor-file' -l 'cursor-file' -d 'Goes on behind the cursor in this file, if it is there, and keeps that of the journal\'s last printed request in it.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" payload' -l 'payload' -d 'What becomes of payloads: left out, put into the line, or into files of their own in DIR.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal dump" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" term' -l 'term' -d 'Only these terms: 3, 3..7, 3.. or ..7, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" index' -l 'index' -d 'Only these indices: 1, 1..20, 5.. or ..9, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow"' -l 'request' -d 'Only this request, as 3/17 or 3/17+1; may be repeated.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow"' -l 'fop' -d 'Only these fops, as create,writev; \'!setattr\' for all but that; list prints them.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" gfid' -l 'gfid' -d 'Only requests that name this object by GFID, be it new or open.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" parent' -l 'parent' -d 'Only requests with a name in this directory.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" name' -l 'name' -d 'Only requests with this name in any directory, as text or {"base64":"…"}.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" path' -l 'path' -d 'Only requests on the object that stands at this path when they come; dir/ for all below.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" touch' -l 'touch' -d 'Only requests that write or cut off any of these bytes of a file.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" state' -l 'state' -d 'Only requests that come to this state in the end; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" since' -l 'since' -d 'Only requests from this time on; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" until' -l 'until' -d 'Only requests up to this time; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" limit' -l 'limit' -d 'At most so many requests.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" reverse' -l 'reverse' -d 'The last request first.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" cursor' -l 'cursor' -d 'Adds to each line the cursor behind its request.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" after-cursor' -l 'after-cursor' -d 'Only requests that the journal holds behind the one of this cursor, also with --reverse.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" cursor-file' -l 'cursor-file' -d 'Goes on behind the cursor in this file, if it is there, and keeps that of the journal\'s last printed request in it.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" new' -l 'new' -d 'Only requests that come from now on; a cursor that is there comes before.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" payload' -l 'payload' -d 'What becomes of payloads: left out, put into the line, or into files of their own in DIR.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal follow" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" format' -l 'format' -d 'What is written.' -rfka 'fdl jbr'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" name' -l 'name' -d 'The replica\'s name.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" volume' -l 'volume' -d 'The volume\'s UUID; a random one if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" replicas' -l 'replicas' -d 'How many replicas the set has.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" quorum-percent' -l 'quorum-percent' -d 'How many of them, in percent, acknowledge a write.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal import" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" term' -l 'term' -d 'Only these terms: 3, 3..7, 3.. or ..7, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" index' -l 'index' -d 'Only these indices: 1, 1..20, 5.. or ..9, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat"' -l 'request' -d 'Only this request, as 3/17 or 3/17+1; may be repeated.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat"' -l 'fop' -d 'Only these fops, as create,writev; \'!setattr\' for all but that; list prints them.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" gfid' -l 'gfid' -d 'Only requests that name this object by GFID, be it new or open.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" parent' -l 'parent' -d 'Only requests with a name in this directory.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" name' -l 'name' -d 'Only requests with this name in any directory, as text or {"base64":"…"}.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" path' -l 'path' -d 'Only requests on the object that stands at this path when they come; dir/ for all below.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" touch' -l 'touch' -d 'Only requests that write or cut off any of these bytes of a file.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" state' -l 'state' -d 'Only requests that come to this state in the end; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" since' -l 'since' -d 'Only requests from this time on; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" until' -l 'until' -d 'Only requests up to this time; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" limit' -l 'limit' -d 'At most so many requests.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" reverse' -l 'reverse' -d 'The last request first.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" top' -l 'top' -d 'How many of the busiest files to print.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal stat" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" term' -l 'term' -d 'Only these terms: 3, 3..7, 3.. or ..7, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" index' -l 'index' -d 'Only these indices: 1, 1..20, 5.. or ..9, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify"' -l 'request' -d 'Only this request, as 3/17 or 3/17+1; may be repeated.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify"' -l 'fop' -d 'Only these fops, as create,writev; \'!setattr\' for all but that; list prints them.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" gfid' -l 'gfid' -d 'Only requests that name this object by GFID, be it new or open.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" parent' -l 'parent' -d 'Only requests with a name in this directory.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" name' -l 'name' -d 'Only requests with this name in any directory, as text or {"base64":"…"}.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" path' -l 'path' -d 'Only requests on the object that stands at this path when they come; dir/ for all below.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" touch' -l 'touch' -d 'Only requests that write or cut off any of these bytes of a file.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" state' -l 'state' -d 'Only requests that come to this state in the end; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" since' -l 'since' -d 'Only requests from this time on; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" until' -l 'until' -d 'Only requests up to this time; fdl journals have none.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" limit' -l 'limit' -d 'At most so many requests.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" reverse' -l 'reverse' -d 'The last request first.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal verify" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" name' -l 'name' -d 'The replica\'s name.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" volume' -l 'volume' -d 'The volume\'s UUID; a random one if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" replicas' -l 'replicas' -d 'How many replicas the set has.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" quorum-percent' -l 'quorum-percent' -d 'How many of them, in percent, acknowledge a write.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" term' -l 'term' -d 'The first term.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" rejoin' -l 'rejoin' -d 'Open no term: the replica joins a set, or comes back with a new disk, and vouches for nothing until a reconciliation takes it in.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal create" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal append" reserve' -l 'reserve' -d 'Bytes that requests leave free on the file system.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal append" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal append" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal append" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state"' -l 'request' -d 'A request, as 3/17; may be repeated.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state" term' -l 'term' -d 'The term.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state" index' -l 'index' -d 'Requests of the term: 1, 1..20, ends included.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state" reconciliation-id' -l 'reconciliation-id' -d 'For retired: the reconciliation id, 16 hexadecimal digits, equal on all replicas.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal set-state" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal close" term' -l 'term' -d 'The term; the current one if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal close" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal close" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal close" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" format' -l 'format' -d 'What is written.' -rfka 'fdl jbr'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" name' -l 'name' -d 'The replica\'s name.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" volume' -l 'volume' -d 'The volume\'s UUID; a random one if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" replicas' -l 'replicas' -d 'How many replicas the set has.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" quorum-percent' -l 'quorum-percent' -d 'How many of them, in percent, acknowledge a write.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal convert" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal prune" dry-run n' -s 'n' -l 'dry-run' -d 'Only say what would be deleted.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal prune" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal prune" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal prune" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal compress" term' -l 'term' -d 'Only this term; all frozen ones if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal compress" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal compress" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal compress" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal index" term' -l 'term' -d 'Only this term; all if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal index" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal index" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal index" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" brick' -l 'brick' -d 'The brick that the journal is laid over; without it only the journal counts.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" path' -l 'path' -d 'The file at this path, from the brick\'s root.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" gfid' -l 'gfid' -d 'The file with this GFID.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" offset' -l 'offset' -d 'Where the range begins, in bytes.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" length' -l 'length' -d 'How long it is; to the file\'s end if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" at' -l 'at' -d 'As of this request, it included, as 3/17; all if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" unagreed' -l 'unagreed' -d 'Requests count too that are not known to have reached their quorum.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal read" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" brick' -l 'brick' -d 'The brick that the journal is laid over; without it only the journal counts.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" path' -l 'path' -d 'The file at this path, from the brick\'s root.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" gfid' -l 'gfid' -d 'The file with this GFID.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" offset' -l 'offset' -d 'Where the range begins, in bytes.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" length' -l 'length' -d 'How long it is; to the file\'s end if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" at' -l 'at' -d 'As of this request, it included, as 3/17; all if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" unagreed' -l 'unagreed' -d 'Requests count too that are not known to have reached their quorum.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal blame" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal at" path' -l 'path' -d 'Only what stands at this path; dir/ for all below.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal at" digest' -l 'digest' -d 'Reads files, and adds the XXH3-128 of each content.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal at" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal at" unagreed' -l 'unagreed' -d 'Requests count too that are not known to have reached their quorum.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal at" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal at" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" gfid' -l 'gfid' -d 'Only this object.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" path' -l 'path' -d 'Only what ever stood at this path; dir/ for all below.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" format' -l 'format' -d 'json: one object a line; table: columns for people.' -rfka 'json table'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" at' -l 'at' -d 'As of this request, it included, as 3/17; all if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" unagreed' -l 'unagreed' -d 'Requests count too that are not known to have reached their quorum.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal paths" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal redact" name' -l 'name' -d 'The replica\'s name.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal redact" volume' -l 'volume' -d 'The volume\'s UUID; a random one if left out.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal redact" replicas' -l 'replicas' -d 'How many replicas the set has.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal redact" quorum-percent' -l 'quorum-percent' -d 'How many of them, in percent, acknowledge a write.' -rfka ''
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal redact" version' -l 'version' -d 'Show the version.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal redact" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'jbr-journal' -n '__jbr-journal_should_offer_completions_for_flags_or_options "jbr-journal help" version' -l 'version' -d 'Show the version.'
