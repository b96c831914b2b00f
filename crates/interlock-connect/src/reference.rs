//! What people read about a connector, generated from its spec so that it cannot lie.

use interlock_contain::{ActionSpec, ConnectorSpec, Left, ReversalSpec};
use interlock_model::{Operation, Stops};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a connector must be allowed at its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// To look, plan and read back: every read, sorted.
    pub observe: Vec<Operation>,
    /// To act: every read and every write, sorted.
    pub enforce: Vec<Operation>,
}

/// The permissions that the actions of a connector declare, each once.
#[must_use]
pub fn permissions(spec: &ConnectorSpec) -> Permissions {
    let actions = spec.actions.iter().flat_map(|it| it.reads);
    let looks = spec.discovery.into_iter().flat_map(|it| it.reads);
    let reads: BTreeSet<Operation> = actions.chain(looks).copied().collect();
    let mut all = reads.clone();
    all.extend(spec.actions.iter().flat_map(|it| writes(it)));
    Permissions { observe: reads.into_iter().collect(), enforce: all.into_iter().collect() }
}

/// Everything that one action may write with.
pub fn writes(spec: &ActionSpec) -> impl Iterator<Item = Operation> {
    let delivery = spec.delivery.map(|it| it.operation);
    [Some(spec.write), spec.restore, delivery].into_iter().flatten()
}

/// The table under "What it can do", in Markdown.
#[must_use]
pub fn action_table(spec: &ConnectorSpec) -> String {
    let mut text = String::from(
        "| Action | Intent | What it does | Stops | Undo | Settles in | Stays alive |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for action in spec.actions {
        // INVARIANT: writing to a `String` does not fail.
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {} | {} | {} | {} | {} |",
            action.name,
            action.kind,
            action.summary,
            stops(action.stops),
            undo(action.reversal),
            settle(action),
            stays(action),
        );
    }
    let _ = writeln!(
        text,
        "\nWhere that is undone by others or cannot be done, the next outer boundary is {}.",
        spec.outer
    );
    text
}

/// The two lists under "Permissions", in Markdown.
#[must_use]
pub fn permission_lists(spec: &ConnectorSpec) -> String {
    let Permissions { observe, enforce } = permissions(spec);
    let list = |title: &str, operations: &[Operation]| {
        let lines: Vec<String> = operations.iter().map(|it| format!("- `{it}`\n")).collect();
        format!("{title}:\n\n{}", lines.concat())
    };
    format!("{}\n{}", list("To observe and to recommend", &observe), list("To enforce", &enforce))
}

fn stops(stops: Stops) -> String {
    let parts = [(stops.new, "new"), (stops.refresh, "refresh"), (stops.live, "live")];
    let named: Vec<&str> = parts.iter().filter(|it| it.0).map(|it| it.1).collect();
    if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
}

fn undo(reversal: ReversalSpec) -> String {
    match reversal {
        ReversalSpec::Restores { re_arms: true } => {
            "restores; what was stolen works again".to_owned()
        }
        ReversalSpec::Restores { re_arms: false } => "restores".to_owned(),
        ReversalSpec::Compensates { loses } => format!("gives something of equal use: {loses}"),
        ReversalSpec::Final { why } => format!("none: {why}"),
    }
}

fn settle(action: &ActionSpec) -> String {
    match action.settle.as_secs() {
        0 => "at once".to_owned(),
        seconds => format!("{seconds} s"),
    }
}

fn stays(action: &ActionSpec) -> String {
    let left = Left { what: action.leaves, at_most: action.leaves_at_most };
    let all = std::iter::once(left).chain(action.beyond.iter().copied());
    let all: Vec<String> = all
        .filter(|it| !it.what.is_empty())
        .map(|it| match it.at_most {
            Some(most) => format!("{}; {} s at most", it.what, most.as_secs()),
            None => it.what.to_owned(),
        })
        .collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::KNOWN;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The headings that every connector's README has.
    const HEADINGS: [&str; 6] = [
        "What it can do",
        "Permissions",
        "Settle times",
        "Residual access",
        "Limits and quotas",
        "Try it on the fake",
    ];

    /// A connector is a folder here, or a crate of its own beside this one.
    fn readme(spec: &ConnectorSpec) -> PathBuf {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = here.join("src").join(spec.kind);
        if folder.is_dir() {
            return folder.join("README.md");
        }
        let own = here.with_file_name(format!("interlock-connect-{}", spec.provider));
        let folder = spec.kind.strip_prefix(spec.provider).and_then(|it| it.strip_prefix('_'));
        let folder = folder.map(|it| own.join("src").join(it)).filter(|it| it.is_dir());
        folder.unwrap_or(own).join("README.md")
    }

    #[test]
    fn every_connector_has_a_readme_with_its_headings() {
        for spec in KNOWN {
            let path = readme(spec);
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|it| panic!("{}: {}: {it}", spec.kind, path.display()));
            for heading in HEADINGS {
                let there = text.lines().any(|it| it == format!("## {heading}"));
                assert!(there, "{}: the heading `{heading}` is missing", path.display());
            }
            for action in spec.actions {
                assert!(
                    text.contains(action.name),
                    "{} does not name {}",
                    path.display(),
                    action.name
                );
            }
        }
    }

    /// The text with what stands between the markers of a part put in anew.
    fn with_part(text: &str, part: &str, content: &str) -> String {
        let begin = format!("<!-- generated: {part} -->\n");
        let (head, rest) = text.split_once(&begin).unwrap();
        let (_, tail) = rest.split_once("<!-- end of generated -->").unwrap();
        format!("{head}{begin}\n{content}\n<!-- end of generated -->{tail}")
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the way to have the file written again")]
    fn the_generated_parts_of_the_readme_are_fresh() {
        // The crate of AWS checks what is at its top; what is declared in the configuration is not known here.
        let here = |it: &&&ConnectorSpec| it.kind != "aws_iam" && !it.actions.is_empty();
        for spec in KNOWN.iter().filter(here) {
            let path = readme(spec);
            let there = fs::read_to_string(&path).unwrap();
            let fresh = with_part(&there, "actions", &action_table(spec));
            let fresh = with_part(&fresh, "permissions", &permission_lists(spec));
            if std::env::var("UPDATE_EXPECT").is_ok_and(|it| it == "1") {
                fs::write(&path, fresh).unwrap();
                continue;
            }
            assert_eq!(there, fresh, "run this test again with UPDATE_EXPECT=1");
        }
    }

    #[test]
    fn enforcing_needs_all_that_observing_needs_and_the_writes() {
        for spec in KNOWN.iter().filter(|it| !it.actions.is_empty()) {
            let Permissions { observe, enforce } = permissions(spec);
            assert!(observe.is_sorted() && enforce.is_sorted() && !observe.is_empty());
            for action in spec.actions {
                assert!(action.reads.iter().all(|it| observe.contains(it)), "{}", action.name);
                assert!(writes(action).all(|it| enforce.contains(&it)), "{}", action.name);
                assert!(!writes(action).any(|it| observe.contains(&it)), "{}", action.name);
            }
            assert!(observe.iter().all(|it| enforce.contains(it)));
        }
    }
}
