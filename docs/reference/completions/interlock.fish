# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_interlock_global_optspecs
    string join \n config= json color= v/verbose h/help V/version
end

function __fish_interlock_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_interlock_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_interlock_using_subcommand
    set -l cmd (__fish_interlock_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c interlock -n "__fish_interlock_needs_command" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_needs_command" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_needs_command" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_needs_command" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "demo" -d 'Play a recorded attack on a deploy key: contained for real by the built-in broker, then undone'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "init" -d 'Write a configuration folder with safe starter content'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "check" -d 'Check a configuration folder: all problems at once, with file, line, column and remedy'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "serve" -d 'Run the house: take events and alerts in over HTTP, decide, act, prove, record'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "replay" -d 'Run recorded events through the whole flow in `recommend` mode and tell the story'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "identity" -d 'Identities: who there is, who owns them, what is missing'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "status" -d 'Say whether a running house can take work, and what hinders it. Needs no token'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "readiness" -d 'Say what can be revoked today, by whom, through which proven path, and what would stay alive'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "finding" -d 'Findings: what detectors claim'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "case" -d 'Cases: the open findings on one identity'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "explain" -d 'Say what was, or would be, decided and why: of a finding, case, decision, containment or identity'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "containment" -d 'Containments: what is cut off now, by whom, until when, and how to take it back'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "notice" -d 'Notices: whose attention was asked for, and for what'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "rejected" -d 'Records that were refused'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "contain" -d 'Contain an identity by hand; decided by the same policies'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "approve" -d 'Say yes to a containment\'s plan'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "reject" -d 'Say no to a containment\'s plan'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "resume" -d 'Let a containment go on that is held or stuck, once what kept it is mended'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "undo" -d 'Take a containment back: exactly what it changed, to exactly the state before'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "connector" -d 'Connectors: what they can do, and whether their permissions are there'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "drill" -d 'Drills: ways to end access that are proven on canaries'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "feed" -d 'Feeds: the ways in that the house opens itself, how they are, and whether they can be had'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "audit" -d 'The audit chain: check it, or write it out'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "completions" -d 'Print a shell completion script'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "generate" -d 'Write generated files: man pages, completions, JSON Schemas, OpenAPI, references'
complete -c interlock -n "__fish_interlock_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand demo" -l port -d 'The port of the page on the loopback address; 0 picks a free one' -r
complete -c interlock -n "__fish_interlock_using_subcommand demo" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand demo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand demo" -l once -d 'End when the story is told, instead of serving the page until Ctrl-C'
complete -c interlock -n "__fish_interlock_using_subcommand demo" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand demo" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand demo" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand init" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand init" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand init" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand init" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand check" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand check" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand check" -l strict -d 'Fail also when a declared identity lacks an owner, an environment or a way to revoke it'
complete -c interlock -n "__fish_interlock_using_subcommand check" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand check" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand check" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand serve" -l listen -d 'Listen here instead of where the configuration says, for example `127.0.0.1:7300`' -r
complete -c interlock -n "__fish_interlock_using_subcommand serve" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand serve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand serve" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand serve" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand serve" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l rules -d 'Use the Sigma rules of this folder instead of the rule pack' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l html -d 'Write a self-contained report with pictures' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l geoip -d 'A GeoIP city database (MMDB); without it impossible travel knows only the places that logs name' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l asn -d 'An ASN database (MMDB)' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l threads -d 'Read with this many threads, 1 to 256; what is found does not depend on it. Without it, one for each core' -r
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l no-progress -d 'Show no progress bar'
complete -c interlock -n "__fish_interlock_using_subcommand replay" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand replay" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand replay" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "list" -d 'List identities'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "show" -d 'Show one identity: owner, principals, credentials, lineage, dependents, revocation'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "gaps" -d 'List what is missing: owners, environments, revocation methods'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "history" -d 'Show what an identity was: its owner, environment and names, and since when'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "import" -d 'Write what another place knows of owners as a file of the directory, to be reviewed'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "least-privilege" -d 'Propose smaller policies, from what an identity was seen to use. Changes nothing'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and not __fish_seen_subcommand_from list show gaps history import least-privilege help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -l limit -d 'At most so many' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l limit -d 'About so many: the gaps of one identity stay together' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l after -d 'Only those of identities whose id comes after this one, as the list before says' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from gaps" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -l at -d 'Only what held then: a moment, a day such as `2026-03-15` or a month such as `2026-03`, in UTC' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from history" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l from -d 'What the file is' -r -f -a "backstage\t'A Backstage catalogue'
codeowners\t'A `CODEOWNERS` file of GitHub'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l repository -d 'Of `CODEOWNERS`: whose it is, `owner/name`' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l into -d 'The file of the directory to write, such as `house/content/directory/catalogue.yaml`. Default: it is shown' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l accept-loss -d 'It is right that most of what the file declared before is gone'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from import" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -l days -d 'Over how many days uses count, and no longer than they were counted. Default: 90' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from least-privilege" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "list" -d 'List identities'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one identity: owner, principals, credentials, lineage, dependents, revocation'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "gaps" -d 'List what is missing: owners, environments, revocation methods'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "history" -d 'Show what an identity was: its owner, environment and names, and since when'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "import" -d 'Write what another place knows of owners as a file of the directory, to be reviewed'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "least-privilege" -d 'Propose smaller policies, from what an identity was seen to use. Changes nothing'
complete -c interlock -n "__fish_interlock_using_subcommand identity; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand status" -l server -d 'The address of a running `serve`. Without it the one of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand status" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand status" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand status" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand status" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l limit -d 'At most so many; an identity\'s stay together' -r
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l all -d 'Show everything, also what is ready'
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand readiness" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -f -a "list" -d 'List findings, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -f -a "show" -d 'Show one finding with its evidence'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and not __fish_seen_subcommand_from list show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -l limit -d 'At most so many' -r
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from help" -f -a "list" -d 'List findings, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one finding with its evidence'
complete -c interlock -n "__fish_interlock_using_subcommand finding; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -f -a "list" -d 'List cases, last updated first'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -f -a "show" -d 'Show one case: findings, decision, containments'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -f -a "close" -d 'Close a case: what has not begun does not begin any more. Needs the role `security`'
complete -c interlock -n "__fish_interlock_using_subcommand case; and not __fish_seen_subcommand_from list show close help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -l limit -d 'At most so many' -r
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -l why -d 'Why; kept in the record' -r
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from close" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "list" -d 'List cases, last updated first'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one case: findings, decision, containments'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "close" -d 'Close a case: what has not begun does not begin any more. Needs the role `security`'
complete -c interlock -n "__fish_interlock_using_subcommand case; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand explain" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand explain" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand explain" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand explain" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand explain" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand explain" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -f -a "list" -d 'List what is contained or about to be, last requested first'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -f -a "show" -d 'Show one containment: steps, proof, what stays alive, the way back'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and not __fish_seen_subcommand_from list show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l limit -d 'At most so many' -r
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l all -d 'List those too that are over: taken back, or closed before anything was written'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from help" -f -a "list" -d 'List what is contained or about to be, last requested first'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one containment: steps, proof, what stays alive, the way back'
complete -c interlock -n "__fish_interlock_using_subcommand containment; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'List notices, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l containment -d 'Only those of this containment' -r
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l limit -d 'At most so many' -r
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from help" -f -a "list" -d 'List notices, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand notice; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'List refused records with their place and the reason, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -l limit -d 'At most so many' -r
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from help" -f -a "list" -d 'List refused records with their place and the reason, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand rejected; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l intent -d 'What to do' -r -f -a "revoke_sessions\t''
require_reauthentication\t''
disable_credential\t''
rotate_credential\t''
delete_credential\t''
remove_entitlement\t''
quarantine\t''
disable_identity\t''
block_principal\t''"
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l credential -d 'Only this credential of it, for example `aws:access-key:AKIA…`' -r
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l why -d 'Why; kept in the record' -r
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand contain" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand contain" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand contain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand contain" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l note -d 'A remark; kept in the record' -r
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l plan -d 'Answer only if the plan\'s digest starts with these 12 digits or more. Without it `approve` shows the plan and asks, on a terminal' -r
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand approve" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand approve" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand approve" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l note -d 'A remark; kept in the record' -r
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l plan -d 'Answer only if the plan\'s digest starts with these 12 digits or more. Without it `approve` shows the plan and asks, on a terminal' -r
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand reject" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand reject" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand reject" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand reject" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand resume" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand resume" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand resume" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand resume" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand resume" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand resume" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand resume" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand undo" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand undo" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand undo" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand undo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand undo" -l accept-re-arm -d 'Accept that this makes a credential valid again that may be stolen'
complete -c interlock -n "__fish_interlock_using_subcommand undo" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand undo" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand undo" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -f -a "list" -d 'List connectors and their actions: what each stops, leaves alive, and how it is taken back'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -f -a "test" -d 'Try every read a connector needs, and say which permission is missing'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -f -a "discover" -d 'Ask a running house to look for identities now; without a name, say how far connectors have looked'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and not __fish_seen_subcommand_from list test discover help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from test" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from test" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from test" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from test" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -l accept-loss -d 'It is right that most of what was there is gone'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from discover" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "list" -d 'List connectors and their actions: what each stops, leaves alive, and how it is taken back'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "test" -d 'Try every read a connector needs, and say which permission is missing'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "discover" -d 'Ask a running house to look for identities now; without a name, say how far connectors have looked'
complete -c interlock -n "__fish_interlock_using_subcommand connector; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -f -a "list" -d 'List drills and what came of them'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -f -a "run" -d 'Run one now, and wait for its end'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and not __fish_seen_subcommand_from list run help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from run" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from help" -f -a "list" -d 'List drills and what came of them'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run one now, and wait for its end'
complete -c interlock -n "__fish_interlock_using_subcommand drill; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -f -a "list" -d 'List the feeds of the configuration; with `--server` how they are in the running house'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -f -a "test" -d 'Try to reach what each feed reads; nothing is taken from it'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and not __fish_seen_subcommand_from list test help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -l server -d 'The address of a running `serve`. Without it what is only read comes from the store of the configuration, and what is done goes to the address of the configuration' -r
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -l token-file -d 'A file that holds the API token; else the variable `INTERLOCK_TOKEN`' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from test" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from test" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from test" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from test" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the feeds of the configuration; with `--server` how they are in the running house'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from help" -f -a "test" -d 'Try to reach what each feed reads; nothing is taken from it'
complete -c interlock -n "__fish_interlock_using_subcommand feed; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -f -a "verify" -d 'Check an export with nothing but the file and the public key; without a file, the store'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -f -a "export" -d 'Write the chain out, with signed checkpoints'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and not __fish_seen_subcommand_from verify export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -l key -d 'The public key, as text or as a file' -r
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from verify" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from export" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from export" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from export" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from export" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check an export with nothing but the file and the public key; without a file, the store'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write the chain out, with signed checkpoints'
complete -c interlock -n "__fish_interlock_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand completions" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand completions" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand completions" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand completions" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand generate" -l out -d 'Into which folder' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand generate" -l config -d 'The configuration folder, as `interlock init` writes it' -r -F
complete -c interlock -n "__fish_interlock_using_subcommand generate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c interlock -n "__fish_interlock_using_subcommand generate" -l json -d 'Print JSON instead of text'
complete -c interlock -n "__fish_interlock_using_subcommand generate" -s v -l verbose -d 'Say more about what happens, on standard error; twice for everything'
complete -c interlock -n "__fish_interlock_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c interlock -n "__fish_interlock_using_subcommand generate" -s V -l version -d 'Print version'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "demo" -d 'Play a recorded attack on a deploy key: contained for real by the built-in broker, then undone'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "init" -d 'Write a configuration folder with safe starter content'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "check" -d 'Check a configuration folder: all problems at once, with file, line, column and remedy'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "serve" -d 'Run the house: take events and alerts in over HTTP, decide, act, prove, record'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "replay" -d 'Run recorded events through the whole flow in `recommend` mode and tell the story'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "identity" -d 'Identities: who there is, who owns them, what is missing'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "status" -d 'Say whether a running house can take work, and what hinders it. Needs no token'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "readiness" -d 'Say what can be revoked today, by whom, through which proven path, and what would stay alive'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "finding" -d 'Findings: what detectors claim'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "case" -d 'Cases: the open findings on one identity'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "explain" -d 'Say what was, or would be, decided and why: of a finding, case, decision, containment or identity'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "containment" -d 'Containments: what is cut off now, by whom, until when, and how to take it back'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "notice" -d 'Notices: whose attention was asked for, and for what'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "rejected" -d 'Records that were refused'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "contain" -d 'Contain an identity by hand; decided by the same policies'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "approve" -d 'Say yes to a containment\'s plan'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "reject" -d 'Say no to a containment\'s plan'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "resume" -d 'Let a containment go on that is held or stuck, once what kept it is mended'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "undo" -d 'Take a containment back: exactly what it changed, to exactly the state before'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "connector" -d 'Connectors: what they can do, and whether their permissions are there'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "drill" -d 'Drills: ways to end access that are proven on canaries'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "feed" -d 'Feeds: the ways in that the house opens itself, how they are, and whether they can be had'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "audit" -d 'The audit chain: check it, or write it out'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "completions" -d 'Print a shell completion script'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "generate" -d 'Write generated files: man pages, completions, JSON Schemas, OpenAPI, references'
complete -c interlock -n "__fish_interlock_using_subcommand help; and not __fish_seen_subcommand_from demo init check serve replay identity status readiness finding case explain containment notice rejected contain approve reject resume undo connector drill feed audit completions generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "list" -d 'List identities'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "show" -d 'Show one identity: owner, principals, credentials, lineage, dependents, revocation'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "gaps" -d 'List what is missing: owners, environments, revocation methods'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "history" -d 'Show what an identity was: its owner, environment and names, and since when'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "import" -d 'Write what another place knows of owners as a file of the directory, to be reviewed'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from identity" -f -a "least-privilege" -d 'Propose smaller policies, from what an identity was seen to use. Changes nothing'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from finding" -f -a "list" -d 'List findings, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from finding" -f -a "show" -d 'Show one finding with its evidence'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "list" -d 'List cases, last updated first'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "show" -d 'Show one case: findings, decision, containments'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from case" -f -a "close" -d 'Close a case: what has not begun does not begin any more. Needs the role `security`'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from containment" -f -a "list" -d 'List what is contained or about to be, last requested first'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from containment" -f -a "show" -d 'Show one containment: steps, proof, what stays alive, the way back'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from notice" -f -a "list" -d 'List notices, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from rejected" -f -a "list" -d 'List refused records with their place and the reason, newest first'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "list" -d 'List connectors and their actions: what each stops, leaves alive, and how it is taken back'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "test" -d 'Try every read a connector needs, and say which permission is missing'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from connector" -f -a "discover" -d 'Ask a running house to look for identities now; without a name, say how far connectors have looked'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from drill" -f -a "list" -d 'List drills and what came of them'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from drill" -f -a "run" -d 'Run one now, and wait for its end'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from feed" -f -a "list" -d 'List the feeds of the configuration; with `--server` how they are in the running house'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from feed" -f -a "test" -d 'Try to reach what each feed reads; nothing is taken from it'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "verify" -d 'Check an export with nothing but the file and the public key; without a file, the store'
complete -c interlock -n "__fish_interlock_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "export" -d 'Write the chain out, with signed checkpoints'
