//! The one tool beside cargo: `cargo xtask <verb>`. Not shipped.
#![expect(
    clippy::disallowed_methods,
    reason = "a build tool reads the environment and times what it runs; no room of the house does"
)]

mod arguments;
mod bench;
mod dist;
mod docs;
mod fuzz;
mod kills;
mod layers;
mod lint;
mod metadata;
mod places;
mod report;
mod scores;
mod targets;
mod test;
mod tidy;

use crate::arguments::WrongUse;
use crate::report::Outcome;
use std::process::ExitCode;

/// One verb of the tool.
struct Verb {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&[String]) -> anyhow::Result<Outcome>,
}

/// Every verb, alphabetical.
const VERBS: &[Verb] = &[
    Verb {
        name: "bench",
        usage: bench::USAGE,
        about: "time `interlock replay` beside plain parsing of the same file",
        run: bench::run,
    },
    Verb {
        name: "dist",
        usage: dist::USAGE,
        about: "build the program as it is shipped, guided by a training run; print where it is",
        run: dist::run,
    },
    Verb {
        name: "docs",
        usage: docs::USAGE,
        about: "write the generated documents again; with --check, fail when they are stale",
        run: docs::run,
    },
    Verb {
        name: "fuzz",
        usage: fuzz::USAGE,
        about: "build the fuzz targets and run each for some seconds",
        run: fuzz::run,
    },
    Verb {
        name: "kills",
        usage: kills::USAGE,
        about: "kill a real house again and again at each real server, as one table",
        run: kills::run,
    },
    Verb {
        name: "layers",
        usage: layers::USAGE,
        about: "check the arrows between rooms and the purity of the pure ones",
        run: layers::run,
    },
    Verb {
        name: "lint",
        usage: lint::USAGE,
        about: "formatting, clippy, cargo-deny, layers, tidy",
        run: lint::run,
    },
    Verb {
        name: "scores",
        usage: scores::USAGE,
        about: "print the tables of what is read, matched and found in the data beside the project",
        run: scores::run,
    },
    Verb {
        name: "test",
        usage: test::USAGE,
        about: "the full suite: installs what is missing, tests, fuzzes; --quick needs no network",
        run: test::run,
    },
    Verb {
        name: "tidy",
        usage: tidy::USAGE,
        about: "check what no compiler checks: head lines, lengths, names, links, pages",
        run: tidy::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        eprint!("{}", help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
        eprint!("error: there is no verb `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|word| word == "--help" || word == "-h") {
        println!("{}\n\nusage: cargo xtask {}", verb.about, verb.usage);
        return ExitCode::SUCCESS;
    }
    match (verb.run)(rest) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Faulty) => ExitCode::from(1),
        Err(error) if error.is::<WrongUse>() => {
            eprintln!("error: {error}\n\nusage: cargo xtask {}", verb.usage);
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(3)
        }
    }
}

/// What `cargo xtask help` prints.
fn help() -> String {
    let mut text = String::from("usage: cargo xtask <verb>\n\n");
    for verb in VERBS {
        text.push_str(&format!("  {:<7} {}\n", verb.name, verb.about));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_sorted_and_their_usage_names_them() {
        assert!(VERBS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for verb in VERBS {
            assert!(verb.usage.starts_with(verb.name), "{}", verb.name);
            assert!(help().contains(verb.about));
        }
    }
}
