//! The generated parts of this folder's README say what the specs say.

use interlock_connect_aws::{SPEC, operation as op};
use interlock_contain::{ActionSpec, Left, ReversalSpec};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

fn duration(it: Duration) -> String {
    match it.as_secs() {
        seconds if seconds >= 3600 => format!("{} h", seconds / 3600),
        seconds => format!("{seconds} s"),
    }
}

fn reversal(it: &ActionSpec) -> String {
    match it.reversal {
        ReversalSpec::Restores { re_arms: true } => {
            "restores; a stolen credential works again".into()
        }
        ReversalSpec::Restores { re_arms: false } => "restores".into(),
        ReversalSpec::Compensates { loses } => format!("compensates: {loses}"),
        ReversalSpec::Final { why } => format!("none: {why}"),
    }
}

fn actions() -> String {
    let mut text =
        "| Action | What it does | Undo | Settles in |\n| --- | --- | --- | --- |\n".to_owned();
    for it in SPEC.actions {
        let settle = duration(it.settle);
        writeln!(text, "| `{}` | {} | {} | {settle} |", it.name, it.summary, reversal(it)).unwrap();
    }
    text
}

fn residual() -> String {
    let mut text = "| Action | Leaves alive | At most |\n| --- | --- | --- |\n".to_owned();
    for it in SPEC.actions {
        let own = Left { what: it.leaves, at_most: it.leaves_at_most };
        let left: Vec<Left> = std::iter::once(own).chain(it.beyond.iter().copied()).collect();
        let nothing = left.iter().all(|it| it.what.is_empty());
        for left in left {
            let (what, end) = match (left.what, left.at_most) {
                ("", _) if nothing => ("nothing of its own", String::new()),
                ("", _) => continue,
                (what, Some(end)) => (what, duration(end)),
                (what, None) => (what, "no end by itself".to_owned()),
            };
            writeln!(text, "| `{}` | {what} | {end} |", it.name).unwrap();
        }
    }
    text
}

fn settle() -> String {
    SPEC.actions.iter().fold(String::new(), |text, it| {
        let pages: Vec<String> = it.source.split("; ").map(|page| format!("<{page}>")).collect();
        format!("{text}- `{}`: {}, {}.\n", it.name, duration(it.settle), pages.join(", "))
    })
}

fn traps() -> String {
    let mut text = String::new();
    for it in SPEC.actions {
        for trap in it.traps {
            writeln!(text, "- `{}`: {trap}.", it.name).unwrap();
        }
    }
    text
}

/// A policy that allows these; secrets only where keys are delivered by default.
fn policy(names: &BTreeSet<String>) -> String {
    let (secrets, rest): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|it| it.starts_with("secretsmanager:"));
    let statement = |names: &[&String], resource: &str| {
        let names: Vec<String> = names.iter().map(|it| format!("        \"{it}\"")).collect();
        format!(
            "    {{\n      \"Effect\": \"Allow\",\n      \"Action\": [\n{}\n      ],\n      \"Resource\": \"{resource}\"\n    }}",
            names.join(",\n")
        )
    };
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{},\n{}\n  ]\n}}",
        statement(&rest, "*"),
        statement(&secrets, "arn:aws:secretsmanager:*:*:secret:interlock/*")
    )
}

/// Every read, and every write, of every action.
fn operations() -> (BTreeSet<String>, BTreeSet<String>) {
    let mut reads = BTreeSet::new();
    let mut writes = BTreeSet::new();
    for it in SPEC.actions {
        reads.extend(it.reads.iter().map(ToString::to_string));
        writes.insert(it.write.to_string());
        let beside = it.restore.and_then(op::beside);
        writes.extend(it.restore.into_iter().chain(beside).map(|it| it.to_string()));
        writes.extend(it.delivery.map(|it| it.operation.to_string()));
    }
    reads.extend(SPEC.discovery.into_iter().flat_map(|it| it.reads).map(ToString::to_string));
    (reads, writes)
}

/// The policy with which the connector works on the real servers: both lists, nothing more.
pub fn least_privilege() -> String {
    let (reads, writes) = operations();
    let text = policy(&reads.into_iter().chain(writes).collect());
    // One line: a server under test refuses the signature of a document with line breaks.
    serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string()
}

fn permissions() -> String {
    let (reads, writes) = operations();
    format!(
        "Observe: every read of every action, and of the look for identities.\n\n```json\n{}\n```\n\nEnforce: these beside them.\n\n```json\n{}\n```\n",
        policy(&reads),
        policy(&writes)
    )
}

/// A generated part and what writes it.
type Part = (&'static str, fn() -> String);

/// Puts each generated part between its markers.
fn rewritten(readme: &str) -> String {
    let parts: [Part; 5] = [
        ("actions", actions),
        ("permissions", permissions),
        ("settle", settle),
        ("residual", residual),
        ("traps", traps),
    ];
    let mut text = readme.to_owned();
    for (name, part) in parts {
        let begin = format!("<!-- generated: {name} -->\n");
        let end = format!("<!-- end: {name} -->");
        let (head, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no {begin}"));
        let (_, tail) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
        text = format!("{head}{begin}\n{}\n{end}{tail}", part());
    }
    text
}

#[test]
fn generated_parts_are_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let fresh = rewritten(&readme);
    if readme != fresh {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, fresh).unwrap();
            return;
        }
        panic!("README.md is not fresh: run `UPDATE_EXPECT=1 cargo test -p interlock-connect-aws`");
    }
}
