#compdef interlock

autoload -U is-at-least

_interlock() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock_commands" \
"*::: :->interlock" \
&& ret=0
    case $state in
    (interlock)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-command-$line[1]:"
        case $line[1] in
            (demo)
_arguments "${_arguments_options[@]}" : \
'--port=[The port of the page on the loopback address; 0 picks a free one]:PORT:_default' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--once[End when the story is told, instead of serving the page until Ctrl-C]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(init)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':dir -- The folder to make; it must be empty or absent:_files' \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--strict[Fail also when a declared identity lacks an owner, an environment or a way to revoke it]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'::dir -- The configuration folder; without it the one of `--config`:_files' \
&& ret=0
;;
(serve)
_arguments "${_arguments_options[@]}" : \
'--listen=[Listen here instead of where the configuration says, for example \`127.0.0.1\:7300\`]:ADDRESS:_default' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(replay)
_arguments "${_arguments_options[@]}" : \
'--rules=[Use the Sigma rules of this folder instead of the rule pack]:DIR:_files' \
'--html=[Write a self-contained report with pictures]:FILE:_files' \
'--geoip=[A GeoIP city database (MMDB); without it impossible travel knows only the places that logs name]:FILE:_files' \
'--asn=[An ASN database (MMDB)]:FILE:_files' \
'--threads=[Read with this many threads, 1 to 256; what is found does not depend on it. Without it, one for each core]:N:_default' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--no-progress[Show no progress bar]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'*::paths -- Files, folders (an S3 export tree), or `-` for standard input. The format is recognised:_files' \
&& ret=0
;;
(identity)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__identity_commands" \
"*::: :->identity" \
&& ret=0

    case $state in
    (identity)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-identity-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--limit=[At most so many]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- Its id, as lists print it. Identities are also found by principal, name or access key id:_default' \
&& ret=0
;;
(gaps)
_arguments "${_arguments_options[@]}" : \
'--limit=[About so many\: the gaps of one identity stay together]:N:_default' \
'--after=[Only those of identities whose id comes after this one, as the list before says]:ID:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
'--at=[Only what held then\: a moment, a day such as \`2026-03-15\` or a month such as \`2026-03\`, in UTC]:TIME:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The identity\: id, principal, name or access key id. One that is gone is found by its id:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--from=[What the file is]:FROM:((backstage\:"A Backstage catalogue"
codeowners\:"A \`CODEOWNERS\` file of GitHub"))' \
'--repository=[Of \`CODEOWNERS\`\: whose it is, \`owner/name\`]:NAME:_default' \
'--into=[The file of the directory to write, such as \`house/content/directory/catalogue.yaml\`. Default\: it is shown]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--accept-loss[It is right that most of what the file declared before is gone]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':file -- The file:_files' \
&& ret=0
;;
(least-privilege)
_arguments "${_arguments_options[@]}" : \
'--days=[Over how many days uses count, and no longer than they were counted. Default\: 90]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The identity\: id, principal, name or access key id:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__identity__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-identity-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(gaps)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(least-privilege)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it the one of the configuration]:URL:_default' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(readiness)
_arguments "${_arguments_options[@]}" : \
'--limit=[At most so many; an identity'\''s stay together]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--all[Show everything, also what is ready]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(finding)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__finding_commands" \
"*::: :->finding" \
&& ret=0

    case $state in
    (finding)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-finding-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--limit=[At most so many]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- Its id, as lists print it. Identities are also found by principal, name or access key id:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__finding__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-finding-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(case)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__case_commands" \
"*::: :->case" \
&& ret=0

    case $state in
    (case)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-case-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--limit=[At most so many]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- Its id, as lists print it. Identities are also found by principal, name or access key id:_default' \
&& ret=0
;;
(close)
_arguments "${_arguments_options[@]}" : \
'--why=[Why; kept in the record]:TEXT:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The case'\''s id:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__case__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-case-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(explain)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- Its id, as lists print it. Identities are also found by principal, name or access key id:_default' \
&& ret=0
;;
(containment)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__containment_commands" \
"*::: :->containment" \
&& ret=0

    case $state in
    (containment)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-containment-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--limit=[At most so many]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--all[List those too that are over\: taken back, or closed before anything was written]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- Its id, as lists print it. Identities are also found by principal, name or access key id:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__containment__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-containment-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(notice)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__notice_commands" \
"*::: :->notice" \
&& ret=0

    case $state in
    (notice)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-notice-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--containment=[Only those of this containment]:ID:_default' \
'--limit=[At most so many]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__notice__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-notice-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(rejected)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__rejected_commands" \
"*::: :->rejected" \
&& ret=0

    case $state in
    (rejected)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-rejected-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--limit=[At most so many]:N:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__rejected__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-rejected-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(contain)
_arguments "${_arguments_options[@]}" : \
'--intent=[What to do]:KIND:(revoke_sessions require_reauthentication disable_credential rotate_credential delete_credential remove_entitlement quarantine disable_identity block_principal)' \
'--credential=[Only this credential of it, for example \`aws\:access-key\:AKIA…\`]:CREDENTIAL:_default' \
'--why=[Why; kept in the record]:TEXT:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':identity -- The identity\: id, principal, name or access key id:_default' \
&& ret=0
;;
(approve)
_arguments "${_arguments_options[@]}" : \
'--note=[A remark; kept in the record]:TEXT:_default' \
'--plan=[Answer only if the plan'\''s digest starts with these 12 digits or more. Without it \`approve\` shows the plan and asks, on a terminal]:DIGEST:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The containment'\''s id:_default' \
&& ret=0
;;
(reject)
_arguments "${_arguments_options[@]}" : \
'--note=[A remark; kept in the record]:TEXT:_default' \
'--plan=[Answer only if the plan'\''s digest starts with these 12 digits or more. Without it \`approve\` shows the plan and asks, on a terminal]:DIGEST:_default' \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The containment'\''s id:_default' \
&& ret=0
;;
(resume)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The containment'\''s id:_default' \
&& ret=0
;;
(undo)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--accept-re-arm[Accept that this makes a credential valid again that may be stolen]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- The containment'\''s id:_default' \
&& ret=0
;;
(connector)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__connector_commands" \
"*::: :->connector" \
&& ret=0

    case $state in
    (connector)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-connector-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'::id -- Its name; all without it:_default' \
&& ret=0
;;
(discover)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--accept-loss[It is right that most of what was there is gone]' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'::id -- The connector'\''s name:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__connector__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-connector-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(discover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(drill)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__drill_commands" \
"*::: :->drill" \
&& ret=0

    case $state in
    (drill)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-drill-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':id -- Its name, from the configuration:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__drill__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-drill-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(feed)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__feed_commands" \
"*::: :->feed" \
&& ret=0

    case $state in
    (feed)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-feed-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--server=[The address of a running \`serve\`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration]:URL:_default' \
'--token-file=[A file that holds the API token; else the variable \`INTERLOCK_TOKEN\`]:FILE:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'::id -- Its name; all without it:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__feed__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-feed-help-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(audit)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_interlock__subcmd__audit_commands" \
"*::: :->audit" \
&& ret=0

    case $state in
    (audit)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-audit-command-$line[1]:"
        case $line[1] in
            (verify)
_arguments "${_arguments_options[@]}" : \
'--key=[The public key, as text or as a file]:KEY:_default' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'::file -- The export:_files' \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'::file -- The file to write; `-` for standard output:_files' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__audit__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-audit-help-command-$line[1]:"
        case $line[1] in
            (verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(completions)
_arguments "${_arguments_options[@]}" : \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
':shell -- For which shell:(bash elvish fish powershell zsh)' \
&& ret=0
;;
(generate)
_arguments "${_arguments_options[@]}" : \
'--out=[Into which folder]:DIR:_files' \
'--config=[The configuration folder, as \`interlock init\` writes it]:DIR:_files' \
'--color=[When to use colours]:WHEN:((auto\:"On a terminal"
always\:"Always"
never\:"Never"))' \
'--json[Print JSON instead of text]' \
'*-v[Say more about what happens, on standard error; twice for everything]' \
'*--verbose[Say more about what happens, on standard error; twice for everything]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-command-$line[1]:"
        case $line[1] in
            (demo)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(init)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(serve)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(replay)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(identity)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__identity_commands" \
"*::: :->identity" \
&& ret=0

    case $state in
    (identity)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-identity-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(gaps)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(least-privilege)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(readiness)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(finding)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__finding_commands" \
"*::: :->finding" \
&& ret=0

    case $state in
    (finding)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-finding-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(case)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__case_commands" \
"*::: :->case" \
&& ret=0

    case $state in
    (case)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-case-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(explain)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(containment)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__containment_commands" \
"*::: :->containment" \
&& ret=0

    case $state in
    (containment)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-containment-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(notice)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__notice_commands" \
"*::: :->notice" \
&& ret=0

    case $state in
    (notice)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-notice-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(rejected)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__rejected_commands" \
"*::: :->rejected" \
&& ret=0

    case $state in
    (rejected)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-rejected-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(contain)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(approve)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(reject)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(resume)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(undo)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(connector)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__connector_commands" \
"*::: :->connector" \
&& ret=0

    case $state in
    (connector)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-connector-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(discover)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(drill)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__drill_commands" \
"*::: :->drill" \
&& ret=0

    case $state in
    (drill)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-drill-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(feed)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__feed_commands" \
"*::: :->feed" \
&& ret=0

    case $state in
    (feed)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-feed-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(audit)
_arguments "${_arguments_options[@]}" : \
":: :_interlock__subcmd__help__subcmd__audit_commands" \
"*::: :->audit" \
&& ret=0

    case $state in
    (audit)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:interlock-help-audit-command-$line[1]:"
        case $line[1] in
            (verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(completions)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(generate)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_interlock_commands] )) ||
_interlock_commands() {
    local commands; commands=(
'demo:Play a recorded attack on a deploy key\: contained for real by the built-in broker, then undone' \
'init:Write a configuration folder with safe starter content' \
'check:Check a configuration folder\: all problems at once, with file, line, column and remedy' \
'serve:Run the house\: take events and alerts in over HTTP, decide, act, prove, record' \
'replay:Run recorded events through the whole flow in \`recommend\` mode and tell the story' \
'identity:Identities\: who there is, who owns them, what is missing' \
'status:Say whether a running house can take work, and what hinders it. Needs no token' \
'readiness:Say what can be revoked today, by whom, through which proven path, and what would stay alive' \
'finding:Findings\: what detectors claim' \
'case:Cases\: the open findings on one identity' \
'explain:Say what was, or would be, decided and why\: of a finding, case, decision, containment or identity' \
'containment:Containments\: what is cut off now, by whom, until when, and how to take it back' \
'notice:Notices\: whose attention was asked for, and for what' \
'rejected:Records that were refused' \
'contain:Contain an identity by hand; decided by the same policies' \
'approve:Say yes to a containment'\''s plan' \
'reject:Say no to a containment'\''s plan' \
'resume:Let a containment go on that is held or stuck, once what kept it is mended' \
'undo:Take a containment back\: exactly what it changed, to exactly the state before' \
'connector:Connectors\: what they can do, and whether their permissions are there' \
'drill:Drills\: ways to end access that are proven on canaries' \
'feed:Feeds\: the ways in that the house opens itself, how they are, and whether they can be had' \
'audit:The audit chain\: check it, or write it out' \
'completions:Print a shell completion script' \
'generate:Write generated files\: man pages, completions, JSON Schemas, OpenAPI, references' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock commands' commands "$@"
}
(( $+functions[_interlock__subcmd__approve_commands] )) ||
_interlock__subcmd__approve_commands() {
    local commands; commands=()
    _describe -t commands 'interlock approve commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit_commands] )) ||
_interlock__subcmd__audit_commands() {
    local commands; commands=(
'verify:Check an export with nothing but the file and the public key; without a file, the store' \
'export:Write the chain out, with signed checkpoints' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock audit commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit__subcmd__export_commands] )) ||
_interlock__subcmd__audit__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'interlock audit export commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit__subcmd__help_commands] )) ||
_interlock__subcmd__audit__subcmd__help_commands() {
    local commands; commands=(
'verify:Check an export with nothing but the file and the public key; without a file, the store' \
'export:Write the chain out, with signed checkpoints' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock audit help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit__subcmd__help__subcmd__export_commands] )) ||
_interlock__subcmd__audit__subcmd__help__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'interlock audit help export commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__audit__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock audit help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit__subcmd__help__subcmd__verify_commands] )) ||
_interlock__subcmd__audit__subcmd__help__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'interlock audit help verify commands' commands "$@"
}
(( $+functions[_interlock__subcmd__audit__subcmd__verify_commands] )) ||
_interlock__subcmd__audit__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'interlock audit verify commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case_commands] )) ||
_interlock__subcmd__case_commands() {
    local commands; commands=(
'list:List cases, last updated first' \
'show:Show one case\: findings, decision, containments' \
'close:Close a case\: what has not begun does not begin any more. Needs the role \`security\`' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock case commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__close_commands] )) ||
_interlock__subcmd__case__subcmd__close_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case close commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__help_commands] )) ||
_interlock__subcmd__case__subcmd__help_commands() {
    local commands; commands=(
'list:List cases, last updated first' \
'show:Show one case\: findings, decision, containments' \
'close:Close a case\: what has not begun does not begin any more. Needs the role \`security\`' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock case help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__help__subcmd__close_commands] )) ||
_interlock__subcmd__case__subcmd__help__subcmd__close_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case help close commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__case__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__case__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__help__subcmd__show_commands] )) ||
_interlock__subcmd__case__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case help show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__list_commands] )) ||
_interlock__subcmd__case__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__case__subcmd__show_commands] )) ||
_interlock__subcmd__case__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock case show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__check_commands] )) ||
_interlock__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'interlock check commands' commands "$@"
}
(( $+functions[_interlock__subcmd__completions_commands] )) ||
_interlock__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'interlock completions commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector_commands] )) ||
_interlock__subcmd__connector_commands() {
    local commands; commands=(
'list:List connectors and their actions\: what each stops, leaves alive, and how it is taken back' \
'test:Try every read a connector needs, and say which permission is missing' \
'discover:Ask a running house to look for identities now; without a name, say how far connectors have looked' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock connector commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__discover_commands] )) ||
_interlock__subcmd__connector__subcmd__discover_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector discover commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__help_commands] )) ||
_interlock__subcmd__connector__subcmd__help_commands() {
    local commands; commands=(
'list:List connectors and their actions\: what each stops, leaves alive, and how it is taken back' \
'test:Try every read a connector needs, and say which permission is missing' \
'discover:Ask a running house to look for identities now; without a name, say how far connectors have looked' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock connector help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__help__subcmd__discover_commands] )) ||
_interlock__subcmd__connector__subcmd__help__subcmd__discover_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector help discover commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__connector__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__connector__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__help__subcmd__test_commands] )) ||
_interlock__subcmd__connector__subcmd__help__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector help test commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__list_commands] )) ||
_interlock__subcmd__connector__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__connector__subcmd__test_commands] )) ||
_interlock__subcmd__connector__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'interlock connector test commands' commands "$@"
}
(( $+functions[_interlock__subcmd__contain_commands] )) ||
_interlock__subcmd__contain_commands() {
    local commands; commands=()
    _describe -t commands 'interlock contain commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment_commands] )) ||
_interlock__subcmd__containment_commands() {
    local commands; commands=(
'list:List what is contained or about to be, last requested first' \
'show:Show one containment\: steps, proof, what stays alive, the way back' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock containment commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment__subcmd__help_commands] )) ||
_interlock__subcmd__containment__subcmd__help_commands() {
    local commands; commands=(
'list:List what is contained or about to be, last requested first' \
'show:Show one containment\: steps, proof, what stays alive, the way back' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock containment help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__containment__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock containment help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__containment__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock containment help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment__subcmd__help__subcmd__show_commands] )) ||
_interlock__subcmd__containment__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock containment help show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment__subcmd__list_commands] )) ||
_interlock__subcmd__containment__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock containment list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__containment__subcmd__show_commands] )) ||
_interlock__subcmd__containment__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock containment show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__demo_commands] )) ||
_interlock__subcmd__demo_commands() {
    local commands; commands=()
    _describe -t commands 'interlock demo commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill_commands] )) ||
_interlock__subcmd__drill_commands() {
    local commands; commands=(
'list:List drills and what came of them' \
'run:Run one now, and wait for its end' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock drill commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill__subcmd__help_commands] )) ||
_interlock__subcmd__drill__subcmd__help_commands() {
    local commands; commands=(
'list:List drills and what came of them' \
'run:Run one now, and wait for its end' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock drill help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__drill__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock drill help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__drill__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock drill help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill__subcmd__help__subcmd__run_commands] )) ||
_interlock__subcmd__drill__subcmd__help__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'interlock drill help run commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill__subcmd__list_commands] )) ||
_interlock__subcmd__drill__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock drill list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__drill__subcmd__run_commands] )) ||
_interlock__subcmd__drill__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'interlock drill run commands' commands "$@"
}
(( $+functions[_interlock__subcmd__explain_commands] )) ||
_interlock__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'interlock explain commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed_commands] )) ||
_interlock__subcmd__feed_commands() {
    local commands; commands=(
'list:List the feeds of the configuration; with \`--server\` how they are in the running house' \
'test:Try to reach what each feed reads; nothing is taken from it' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock feed commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed__subcmd__help_commands] )) ||
_interlock__subcmd__feed__subcmd__help_commands() {
    local commands; commands=(
'list:List the feeds of the configuration; with \`--server\` how they are in the running house' \
'test:Try to reach what each feed reads; nothing is taken from it' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock feed help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__feed__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock feed help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__feed__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock feed help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed__subcmd__help__subcmd__test_commands] )) ||
_interlock__subcmd__feed__subcmd__help__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'interlock feed help test commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed__subcmd__list_commands] )) ||
_interlock__subcmd__feed__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock feed list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__feed__subcmd__test_commands] )) ||
_interlock__subcmd__feed__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'interlock feed test commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding_commands] )) ||
_interlock__subcmd__finding_commands() {
    local commands; commands=(
'list:List findings, newest first' \
'show:Show one finding with its evidence' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock finding commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding__subcmd__help_commands] )) ||
_interlock__subcmd__finding__subcmd__help_commands() {
    local commands; commands=(
'list:List findings, newest first' \
'show:Show one finding with its evidence' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock finding help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__finding__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock finding help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__finding__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock finding help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding__subcmd__help__subcmd__show_commands] )) ||
_interlock__subcmd__finding__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock finding help show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding__subcmd__list_commands] )) ||
_interlock__subcmd__finding__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock finding list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__finding__subcmd__show_commands] )) ||
_interlock__subcmd__finding__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock finding show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__generate_commands] )) ||
_interlock__subcmd__generate_commands() {
    local commands; commands=()
    _describe -t commands 'interlock generate commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help_commands] )) ||
_interlock__subcmd__help_commands() {
    local commands; commands=(
'demo:Play a recorded attack on a deploy key\: contained for real by the built-in broker, then undone' \
'init:Write a configuration folder with safe starter content' \
'check:Check a configuration folder\: all problems at once, with file, line, column and remedy' \
'serve:Run the house\: take events and alerts in over HTTP, decide, act, prove, record' \
'replay:Run recorded events through the whole flow in \`recommend\` mode and tell the story' \
'identity:Identities\: who there is, who owns them, what is missing' \
'status:Say whether a running house can take work, and what hinders it. Needs no token' \
'readiness:Say what can be revoked today, by whom, through which proven path, and what would stay alive' \
'finding:Findings\: what detectors claim' \
'case:Cases\: the open findings on one identity' \
'explain:Say what was, or would be, decided and why\: of a finding, case, decision, containment or identity' \
'containment:Containments\: what is cut off now, by whom, until when, and how to take it back' \
'notice:Notices\: whose attention was asked for, and for what' \
'rejected:Records that were refused' \
'contain:Contain an identity by hand; decided by the same policies' \
'approve:Say yes to a containment'\''s plan' \
'reject:Say no to a containment'\''s plan' \
'resume:Let a containment go on that is held or stuck, once what kept it is mended' \
'undo:Take a containment back\: exactly what it changed, to exactly the state before' \
'connector:Connectors\: what they can do, and whether their permissions are there' \
'drill:Drills\: ways to end access that are proven on canaries' \
'feed:Feeds\: the ways in that the house opens itself, how they are, and whether they can be had' \
'audit:The audit chain\: check it, or write it out' \
'completions:Print a shell completion script' \
'generate:Write generated files\: man pages, completions, JSON Schemas, OpenAPI, references' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__approve_commands] )) ||
_interlock__subcmd__help__subcmd__approve_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help approve commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__audit_commands] )) ||
_interlock__subcmd__help__subcmd__audit_commands() {
    local commands; commands=(
'verify:Check an export with nothing but the file and the public key; without a file, the store' \
'export:Write the chain out, with signed checkpoints' \
    )
    _describe -t commands 'interlock help audit commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__audit__subcmd__export_commands] )) ||
_interlock__subcmd__help__subcmd__audit__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help audit export commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__audit__subcmd__verify_commands] )) ||
_interlock__subcmd__help__subcmd__audit__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help audit verify commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__case_commands] )) ||
_interlock__subcmd__help__subcmd__case_commands() {
    local commands; commands=(
'list:List cases, last updated first' \
'show:Show one case\: findings, decision, containments' \
'close:Close a case\: what has not begun does not begin any more. Needs the role \`security\`' \
    )
    _describe -t commands 'interlock help case commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__case__subcmd__close_commands] )) ||
_interlock__subcmd__help__subcmd__case__subcmd__close_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help case close commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__case__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__case__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help case list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__case__subcmd__show_commands] )) ||
_interlock__subcmd__help__subcmd__case__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help case show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__check_commands] )) ||
_interlock__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help check commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__completions_commands] )) ||
_interlock__subcmd__help__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help completions commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__connector_commands] )) ||
_interlock__subcmd__help__subcmd__connector_commands() {
    local commands; commands=(
'list:List connectors and their actions\: what each stops, leaves alive, and how it is taken back' \
'test:Try every read a connector needs, and say which permission is missing' \
'discover:Ask a running house to look for identities now; without a name, say how far connectors have looked' \
    )
    _describe -t commands 'interlock help connector commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__connector__subcmd__discover_commands] )) ||
_interlock__subcmd__help__subcmd__connector__subcmd__discover_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help connector discover commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__connector__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__connector__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help connector list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__connector__subcmd__test_commands] )) ||
_interlock__subcmd__help__subcmd__connector__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help connector test commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__contain_commands] )) ||
_interlock__subcmd__help__subcmd__contain_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help contain commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__containment_commands] )) ||
_interlock__subcmd__help__subcmd__containment_commands() {
    local commands; commands=(
'list:List what is contained or about to be, last requested first' \
'show:Show one containment\: steps, proof, what stays alive, the way back' \
    )
    _describe -t commands 'interlock help containment commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__containment__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__containment__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help containment list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__containment__subcmd__show_commands] )) ||
_interlock__subcmd__help__subcmd__containment__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help containment show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__demo_commands] )) ||
_interlock__subcmd__help__subcmd__demo_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help demo commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__drill_commands] )) ||
_interlock__subcmd__help__subcmd__drill_commands() {
    local commands; commands=(
'list:List drills and what came of them' \
'run:Run one now, and wait for its end' \
    )
    _describe -t commands 'interlock help drill commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__drill__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__drill__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help drill list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__drill__subcmd__run_commands] )) ||
_interlock__subcmd__help__subcmd__drill__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help drill run commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__explain_commands] )) ||
_interlock__subcmd__help__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help explain commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__feed_commands] )) ||
_interlock__subcmd__help__subcmd__feed_commands() {
    local commands; commands=(
'list:List the feeds of the configuration; with \`--server\` how they are in the running house' \
'test:Try to reach what each feed reads; nothing is taken from it' \
    )
    _describe -t commands 'interlock help feed commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__feed__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__feed__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help feed list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__feed__subcmd__test_commands] )) ||
_interlock__subcmd__help__subcmd__feed__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help feed test commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__finding_commands] )) ||
_interlock__subcmd__help__subcmd__finding_commands() {
    local commands; commands=(
'list:List findings, newest first' \
'show:Show one finding with its evidence' \
    )
    _describe -t commands 'interlock help finding commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__finding__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__finding__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help finding list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__finding__subcmd__show_commands] )) ||
_interlock__subcmd__help__subcmd__finding__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help finding show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__generate_commands] )) ||
_interlock__subcmd__help__subcmd__generate_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help generate commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity_commands] )) ||
_interlock__subcmd__help__subcmd__identity_commands() {
    local commands; commands=(
'list:List identities' \
'show:Show one identity\: owner, principals, credentials, lineage, dependents, revocation' \
'gaps:List what is missing\: owners, environments, revocation methods' \
'history:Show what an identity was\: its owner, environment and names, and since when' \
'import:Write what another place knows of owners as a file of the directory, to be reviewed' \
'least-privilege:Propose smaller policies, from what an identity was seen to use. Changes nothing' \
    )
    _describe -t commands 'interlock help identity commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity__subcmd__gaps_commands] )) ||
_interlock__subcmd__help__subcmd__identity__subcmd__gaps_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help identity gaps commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity__subcmd__history_commands] )) ||
_interlock__subcmd__help__subcmd__identity__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help identity history commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity__subcmd__import_commands] )) ||
_interlock__subcmd__help__subcmd__identity__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help identity import commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity__subcmd__least-privilege_commands] )) ||
_interlock__subcmd__help__subcmd__identity__subcmd__least-privilege_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help identity least-privilege commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__identity__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help identity list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__identity__subcmd__show_commands] )) ||
_interlock__subcmd__help__subcmd__identity__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help identity show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__init_commands] )) ||
_interlock__subcmd__help__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help init commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__notice_commands] )) ||
_interlock__subcmd__help__subcmd__notice_commands() {
    local commands; commands=(
'list:List notices, newest first' \
    )
    _describe -t commands 'interlock help notice commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__notice__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__notice__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help notice list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__readiness_commands] )) ||
_interlock__subcmd__help__subcmd__readiness_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help readiness commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__reject_commands] )) ||
_interlock__subcmd__help__subcmd__reject_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help reject commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__rejected_commands] )) ||
_interlock__subcmd__help__subcmd__rejected_commands() {
    local commands; commands=(
'list:List refused records with their place and the reason, newest first' \
    )
    _describe -t commands 'interlock help rejected commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__rejected__subcmd__list_commands] )) ||
_interlock__subcmd__help__subcmd__rejected__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help rejected list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__replay_commands] )) ||
_interlock__subcmd__help__subcmd__replay_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help replay commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__resume_commands] )) ||
_interlock__subcmd__help__subcmd__resume_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help resume commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__serve_commands] )) ||
_interlock__subcmd__help__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help serve commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__status_commands] )) ||
_interlock__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help status commands' commands "$@"
}
(( $+functions[_interlock__subcmd__help__subcmd__undo_commands] )) ||
_interlock__subcmd__help__subcmd__undo_commands() {
    local commands; commands=()
    _describe -t commands 'interlock help undo commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity_commands] )) ||
_interlock__subcmd__identity_commands() {
    local commands; commands=(
'list:List identities' \
'show:Show one identity\: owner, principals, credentials, lineage, dependents, revocation' \
'gaps:List what is missing\: owners, environments, revocation methods' \
'history:Show what an identity was\: its owner, environment and names, and since when' \
'import:Write what another place knows of owners as a file of the directory, to be reviewed' \
'least-privilege:Propose smaller policies, from what an identity was seen to use. Changes nothing' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock identity commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__gaps_commands] )) ||
_interlock__subcmd__identity__subcmd__gaps_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity gaps commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help_commands] )) ||
_interlock__subcmd__identity__subcmd__help_commands() {
    local commands; commands=(
'list:List identities' \
'show:Show one identity\: owner, principals, credentials, lineage, dependents, revocation' \
'gaps:List what is missing\: owners, environments, revocation methods' \
'history:Show what an identity was\: its owner, environment and names, and since when' \
'import:Write what another place knows of owners as a file of the directory, to be reviewed' \
'least-privilege:Propose smaller policies, from what an identity was seen to use. Changes nothing' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock identity help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__gaps_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__gaps_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help gaps commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__history_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help history commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__import_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help import commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__least-privilege_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__least-privilege_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help least-privilege commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__help__subcmd__show_commands] )) ||
_interlock__subcmd__identity__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity help show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__history_commands] )) ||
_interlock__subcmd__identity__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity history commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__import_commands] )) ||
_interlock__subcmd__identity__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity import commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__least-privilege_commands] )) ||
_interlock__subcmd__identity__subcmd__least-privilege_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity least-privilege commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__list_commands] )) ||
_interlock__subcmd__identity__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__identity__subcmd__show_commands] )) ||
_interlock__subcmd__identity__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'interlock identity show commands' commands "$@"
}
(( $+functions[_interlock__subcmd__init_commands] )) ||
_interlock__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'interlock init commands' commands "$@"
}
(( $+functions[_interlock__subcmd__notice_commands] )) ||
_interlock__subcmd__notice_commands() {
    local commands; commands=(
'list:List notices, newest first' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock notice commands' commands "$@"
}
(( $+functions[_interlock__subcmd__notice__subcmd__help_commands] )) ||
_interlock__subcmd__notice__subcmd__help_commands() {
    local commands; commands=(
'list:List notices, newest first' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock notice help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__notice__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__notice__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock notice help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__notice__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__notice__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock notice help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__notice__subcmd__list_commands] )) ||
_interlock__subcmd__notice__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock notice list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__readiness_commands] )) ||
_interlock__subcmd__readiness_commands() {
    local commands; commands=()
    _describe -t commands 'interlock readiness commands' commands "$@"
}
(( $+functions[_interlock__subcmd__reject_commands] )) ||
_interlock__subcmd__reject_commands() {
    local commands; commands=()
    _describe -t commands 'interlock reject commands' commands "$@"
}
(( $+functions[_interlock__subcmd__rejected_commands] )) ||
_interlock__subcmd__rejected_commands() {
    local commands; commands=(
'list:List refused records with their place and the reason, newest first' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock rejected commands' commands "$@"
}
(( $+functions[_interlock__subcmd__rejected__subcmd__help_commands] )) ||
_interlock__subcmd__rejected__subcmd__help_commands() {
    local commands; commands=(
'list:List refused records with their place and the reason, newest first' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'interlock rejected help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__rejected__subcmd__help__subcmd__help_commands] )) ||
_interlock__subcmd__rejected__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'interlock rejected help help commands' commands "$@"
}
(( $+functions[_interlock__subcmd__rejected__subcmd__help__subcmd__list_commands] )) ||
_interlock__subcmd__rejected__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock rejected help list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__rejected__subcmd__list_commands] )) ||
_interlock__subcmd__rejected__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'interlock rejected list commands' commands "$@"
}
(( $+functions[_interlock__subcmd__replay_commands] )) ||
_interlock__subcmd__replay_commands() {
    local commands; commands=()
    _describe -t commands 'interlock replay commands' commands "$@"
}
(( $+functions[_interlock__subcmd__resume_commands] )) ||
_interlock__subcmd__resume_commands() {
    local commands; commands=()
    _describe -t commands 'interlock resume commands' commands "$@"
}
(( $+functions[_interlock__subcmd__serve_commands] )) ||
_interlock__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'interlock serve commands' commands "$@"
}
(( $+functions[_interlock__subcmd__status_commands] )) ||
_interlock__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'interlock status commands' commands "$@"
}
(( $+functions[_interlock__subcmd__undo_commands] )) ||
_interlock__subcmd__undo_commands() {
    local commands; commands=()
    _describe -t commands 'interlock undo commands' commands "$@"
}

if [ "$funcstack[1]" = "_interlock" ]; then
    _interlock "$@"
else
    compdef _interlock interlock
fi
