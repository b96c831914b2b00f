//! What people read about a connector, generated from its spec so that it cannot lie.

use interlock_contain::{ActionSpec, ConnectorSpec, ReversalSpec};
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
    let reads: BTreeSet<Operation> = spec.actions.iter().flat_map(|it| it.reads).copied().collect();
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
    match (action.leaves, action.leaves_at_most) {
        ("", _) => "nothing".to_owned(),
        (leaves, Some(most)) => format!("{leaves}; {} s at most", most.as_secs()),
        (leaves, None) => leaves.to_owned(),
    }
}
