//! Everything that is made from the code and never written by hand: schemas, completions, man pages, references.

use crate::cli::Cli;
use crate::config::SCHEMAS;
use crate::config::raw::RawConfig;
use crate::exit::{Ended, Exit, Failure};
use crate::output;
use anyhow::Context as _;
use clap::{CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;
use interlock_connect::proven::{self, Server};
use interlock_connect::registry;
use interlock_contain::{ActionSpec, Left, ReversalSpec, TargetKind};
use interlock_model::Stops;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// One generated text: its path below the output folder, and how it is made.
type Generated = (&'static str, fn() -> String);

/// The generated texts that are no schema, completion or man page, sorted by path.
const TEXTS: &[Generated] = &[
    ("openapi.json", openapi),
    ("reference/actions.md", actions),
    ("reference/configuration.md", configuration),
    ("reference/plans.md", crate::plans::page),
];

/// Prints the completion script of one shell.
pub fn completions(shell: Shell) -> Ended {
    output::text(&completion(shell));
    Ok(Exit::Ok)
}

/// Writes everything into a folder.
pub fn run(out: &Path) -> Ended {
    write(out).map_err(Failure::usage)?;
    output::note(format!("generated into `{}`", out.display()));
    Ok(Exit::Ok)
}

fn write(out: &Path) -> anyhow::Result<()> {
    let file = |name: &str, text: &str| -> anyhow::Result<()> {
        let path = out.join(name);
        let parent = path.parent().unwrap_or(out);
        fs::create_dir_all(parent)
            .with_context(|| format!("`{}` cannot be made", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))
    };
    for schema in SCHEMAS {
        file(&format!("schemas/{}", schema.name), &(schema.text)())?;
    }
    for shell in Shell::value_variants() {
        file(&format!("completions/interlock.{shell}"), &completion(*shell))?;
    }
    for (name, text) in TEXTS {
        file(name, &text())?;
    }
    let pages = out.join("man");
    fs::create_dir_all(&pages).with_context(|| format!("`{}` cannot be made", pages.display()))?;
    clap_mangen::generate_to(Cli::command(), &pages)
        .with_context(|| format!("`{}` cannot be written", pages.display()))
}

fn completion(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "interlock", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The description of the HTTP API.
fn openapi() -> String {
    let document = serde_json::to_string_pretty(&crate::serve::document());
    format!("{}\n", document.unwrap_or_default())
}

/// The reference of every action of every connector.
fn actions() -> String {
    let mut text = String::from(
        "# Actions\n\nGenerated from what each action declares of itself: `interlock generate`.\n\
         An action ends new sign-ins, the renewal of sessions, or access that is open now; what it leaves is residual access.\n",
    );
    let all: Vec<&ActionSpec> = registry::KNOWN.iter().flat_map(|it| it.actions).copied().collect();
    let on = |wanted: fn(Server) -> bool| {
        all.iter().filter(|it| proven::proof(it.name).is_some_and(|it| wanted(it.server))).count()
    };
    let _ = writeln!(
        text,
        "Each was carried out, seen by its effect and taken back by a test where the column \"Proven\" says: \
         {} of {} on real servers, {} on an emulator. \
         What is called described, {} in all, was carried out on the connector's own fake and nowhere else, \
         and each of its requests was held against what the vendor publishes about its interface; \
         the rest was tried on the fake alone.",
        on(|it| matches!(it, Server::Real(_))),
        all.len(),
        on(|it| matches!(it, Server::Emulator(_))),
        on(|it| matches!(it, Server::Described(_))),
    );
    for connector in registry::KNOWN {
        let _ = write!(text, "\n## `{}`\n\n{}\n", connector.kind, cell(connector.title));
        if connector.actions.is_empty() {
            continue;
        }
        text.push('\n');
        text.push_str(
            "| Action | Verb | Target | Stops | Leaves | Undo | Settles | Proven | Source |\n",
        );
        text.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
        for action in connector.actions {
            let columns = [
                format!("`{}`", action.name),
                format!("`{}`", action.kind),
                target(action.target),
                stops(action.stops),
                leaves(action),
                undo(action.reversal),
                length(action.settle),
                proven::words(action.name),
                action.source.to_owned(),
            ];
            let columns: Vec<String> = columns.iter().map(|it| cell(it)).collect();
            let _ = writeln!(text, "| {} |", columns.join(" | "));
        }
    }
    text
}

/// The reference of every option of `interlock.toml`.
fn configuration() -> String {
    let schema = schemars::schema_for!(RawConfig).to_value();
    let mut text = String::from(
        "# Options of `interlock.toml`\n\nGenerated from the types that read it: `interlock generate`.\n\
         `interlock init` writes a file in which every option stands with its default.\n",
    );
    options(&schema, &schema, "", &mut text);
    text
}

/// One section: its options as a table, then its sub-sections.
fn options(root: &Value, schema: &Value, path: &str, text: &mut String) {
    let title = if path.is_empty() { "The file".to_owned() } else { format!("`[{path}]`") };
    // One sentence a line, as in every text of ours.
    let _ = write!(text, "\n## {title}\n\n{}\n\n", said(schema).replace(". ", ".\n"));
    text.push_str("| Option | Type | Meaning |\n| --- | --- | --- |\n");
    let mut sections = Vec::new();
    for (name, option) in properties(schema) {
        let form = resolved(root, option);
        let item = form.get("items").map(|it| resolved(root, it));
        let inner = item.unwrap_or(form);
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if inner.get("properties").is_some() || is_tagged(inner) {
            sections.push((path, inner));
        } else {
            let meaning = if option.get("const").is_some() {
                "Which sort it is. No default. Since 0.1.0.".to_owned()
            } else if option.get("description").is_some() {
                said(option)
            } else {
                said(form)
            };
            let _ = writeln!(text, "| `{name}` | {} | {} |", kind(root, option), cell(&meaning));
        }
    }
    for (path, section) in sections {
        if is_tagged(section) {
            let forms = section.get("oneOf").and_then(Value::as_array).into_iter().flatten();
            for form in forms {
                let tag = properties(form).find_map(|(name, it)| {
                    it.get("const")?.as_str().map(|value| format!("{name} = \"{value}\""))
                });
                options(root, form, &format!("{path}: {}", tag.unwrap_or_default()), text);
            }
        } else {
            options(root, section, &path, text);
        }
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// Whether a schema offers several tables.
fn is_tagged(schema: &Value) -> bool {
    let forms = schema.get("oneOf").and_then(Value::as_array);
    forms.is_some_and(|it| it.iter().all(|it| it.get("properties").is_some()))
}

/// Follows a reference, and an optional value to what it is.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let side = schema.get("anyOf").and_then(Value::as_array);
    let schema = side.and_then(|it| it.first()).unwrap_or(schema);
    let to = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
    to.and_then(|it| root.pointer(it)).unwrap_or(schema)
}

fn said(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ")
}

/// The type in words, with the words that it allows.
fn kind(root: &Value, schema: &Value) -> String {
    let schema = resolved(root, schema);
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(root, items));
    }
    let plain = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let told = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let words = plain.chain(told.filter_map(|it| it.get("const"))).filter_map(Value::as_str);
    let words: Vec<String> = words.map(|it| format!("`{it}`")).collect();
    if !words.is_empty() {
        return words.join(", ");
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return format!("`{word}`");
    }
    let name = match schema.get("type") {
        Some(Value::Array(several)) => several.first().and_then(Value::as_str),
        Some(one) => one.as_str(),
        None => None,
    };
    match name {
        Some("integer") => "whole number",
        Some("boolean") => "true or false",
        Some("string") => "text",
        Some(_) | None => "value",
    }
    .to_owned()
}

/// What an action is aimed at.
#[must_use]
pub fn target(target: TargetKind) -> String {
    match target {
        TargetKind::Credential(provider, kind) => format!("{provider} {}", kind.as_str()),
        TargetKind::CredentialNamed(provider, kind, shapes) => {
            format!("{provider} {} {}", kind.as_str(), named(shapes))
        }
        TargetKind::Principal(_, shapes) => named(shapes),
    }
}

/// The shapes that names have; what is left out of them is the next action's.
fn named(shapes: &[&str]) -> String {
    let shown = shapes.iter().filter(|it| !it.starts_with('!')).map(|it| format!("`{it}`"));
    shown.collect::<Vec<_>>().join(" ")
}

/// Which access an action ends, in words.
#[must_use]
pub fn stops(stops: Stops) -> String {
    let Stops { new, refresh, live } = stops;
    let ends = [(new, "new"), (refresh, "renewal"), (live, "live")];
    let ends: Vec<&str> = ends.iter().filter(|it| it.0).map(|it| it.1).collect();
    if ends.is_empty() { "nothing by itself".to_owned() } else { ends.join(", ") }
}

/// What an action leaves alive, and for how long.
#[must_use]
pub fn leaves(action: &ActionSpec) -> String {
    let left = Left { what: action.leaves, at_most: action.leaves_at_most };
    let all = std::iter::once(left).chain(action.beyond.iter().copied());
    let all: Vec<String> = all
        .filter(|it| !it.what.is_empty())
        .map(|it| match it.at_most {
            Some(most) => format!("{} (at most {})", it.what, length(most)),
            None => it.what.to_owned(),
        })
        .collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join("; ") }
}

/// How an action is taken back.
#[must_use]
pub fn undo(reversal: ReversalSpec) -> String {
    match reversal {
        ReversalSpec::Restores { re_arms: false } => "restores".to_owned(),
        ReversalSpec::Restores { re_arms: true } => {
            "restores, and makes a stolen credential valid again".to_owned()
        }
        ReversalSpec::Compensates { loses } => format!("compensates; {loses} is lost"),
        ReversalSpec::Final { why } => format!("none: {why}"),
    }
}

/// A length of time in its largest whole unit.
#[must_use]
pub fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(24 * 3_600, "d"), (3_600, "h"), (60, "m")];
    match units.iter().find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size)) {
        Some((size, unit)) => format!("{}{unit}", seconds / size),
        None => format!("{seconds}s"),
    }
}

/// Text that does not break a table.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_generated() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        for shell in Shell::value_variants() {
            assert!(text(&format!("completions/interlock.{shell}")).contains("replay"), "{shell}");
        }
        for page in ["interlock.1", "interlock-audit-verify.1", "interlock-replay.1"] {
            assert!(text(&format!("man/{page}")).starts_with(".ie"), "{page}");
        }
        for schema in SCHEMAS {
            assert!(!text(&format!("schemas/{}", schema.name)).is_empty());
        }
        let api: Value = serde_json::from_str(&text("openapi.json")).unwrap();
        assert!(api["paths"]["/v1/events"]["post"].is_object());
        let actions = text("reference/actions.md");
        for action in registry::KNOWN.iter().flat_map(|it| it.actions) {
            assert!(actions.contains(&format!("`{}`", action.name)), "{}", action.name);
        }
    }

    /// Default, unit and version are part of every option's own words.
    #[test]
    fn every_option_says_its_default_and_since_when() {
        let text = configuration();
        let rows: Vec<&str> = text.lines().filter(|it| it.starts_with("| `")).collect();
        assert!(rows.len() > 40, "{text}");
        for row in rows {
            let told = row.contains("Default:") || row.contains("o default");
            assert!(row.contains("Since 0.1.0") && told, "{row}");
        }
    }

    #[test]
    fn lengths_read_well() {
        for (seconds, text) in
            [(0, "0s"), (5, "5s"), (90, "90s"), (120, "2m"), (43_200, "12h"), (172_800, "2d")]
        {
            assert_eq!(length(Duration::from_secs(seconds)), text);
        }
    }
}
