//! `[[drill]]`: ways to end access that are proven on canaries.

use super::SecretReference;
use super::check::{Check, one_of};
use super::raw::RawDrill;
use super::reach::Connector;
use super::tree::Node;
use interlock_identity::Declaration;
use interlock_model::{ActionKind, ConnectorId, Gravity, Principal, Problem};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// How often, when nothing is said.
const EVERY: Duration = Duration::from_secs(24 * 3_600);

/// One drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillConfig {
    /// Its name.
    pub id: String,
    /// Where.
    pub connector: ConnectorId,
    /// On whom.
    pub principal: Principal,
    /// What is done.
    pub kind: ActionKind,
    /// Where the canary's own secret is.
    pub secret: SecretReference,
    /// How often.
    pub every: Duration,
}

/// A drill, and where the configuration speaks of it.
#[derive(Debug)]
pub(super) struct Drill {
    pub(super) config: DrillConfig,
    pub(super) span: Option<Range<usize>>,
}

impl Check<'_> {
    pub(super) fn drills(
        &mut self,
        raw: Vec<RawDrill>,
        connectors: &[Connector],
        tree: &Node,
    ) -> Vec<Drill> {
        let mut all: Vec<Drill> = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            let node = tree.get("drill").and_then(|it| it.item(index));
            let at = |key: &str| node.map(|it| it.get(key).unwrap_or(it));
            let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
            if raw.id.is_empty() || !raw.id.chars().all(fits) {
                let what = format!("`{}` is no name of a drill", raw.id.escape_debug());
                self.error(at("id"), what, "lower-case letters, digits and hyphens");
            } else if all.iter().any(|it| it.config.id == raw.id) {
                let what = format!("there are two drills `{}`", raw.id);
                self.error(at("id"), what, "give each its own name");
            }
            let connector = connectors.iter().find(|it| *it.config.id.0 == *raw.connector);
            match connector {
                None => {
                    let names: BTreeMap<&str, usize> =
                        connectors.iter().map(|it| (&*it.config.id.0, 0)).collect();
                    let what = format!("there is no connector `{}`", raw.connector.escape_debug());
                    let help = if names.is_empty() {
                        "there is no connector yet".to_owned()
                    } else {
                        one_of(&raw.connector, &names)
                    };
                    self.error(at("connector"), what, &help);
                }
                Some(it) if !it.config.enforce.contains(&raw.verb) => {
                    let what =
                        format!("connector `{}` may not write `{}`", raw.connector, raw.verb);
                    self.error(at("verb"), what, "name the verb in its `enforce` too");
                }
                Some(_) => {}
            }
            let principal = raw.principal.split_once(':').filter(|it| !it.0.is_empty());
            let Some((provider, name)) = principal else {
                let what = format!("`{}` is no principal", raw.principal.escape_debug());
                self.error(at("principal"), what, "such as `postgresql:interlock_canary`");
                continue;
            };
            let secret = self.secret(raw.secret, at("secret"));
            let every = raw.every.and_then(|it| self.duration(&it, at("every"))).unwrap_or(EVERY);
            if every < Duration::from_secs(60) {
                let what = "a drill every minute is the most".to_owned();
                self.error(at("every"), what, "once a day is usual: `24h`");
            }
            all.push(Drill {
                config: DrillConfig {
                    id: raw.id,
                    connector: ConnectorId(raw.connector.into()),
                    principal: Principal::new(provider, name),
                    kind: raw.verb,
                    secret,
                    every,
                },
                span: node.map(|it| it.span.clone()),
            });
        }
        all
    }
}

/// Canaries are declared, and made for it: anybody else would be cut off for real.
pub(super) fn declared(
    drills: &[Drill],
    declaration: &Declaration,
    counts_for: Duration,
    file: &Arc<str>,
    problems: &mut Vec<Problem>,
) {
    for Drill { config, span } in drills {
        let mut say = |gravity, what: String, help: String| {
            let (file, span) = (Arc::clone(file), span.clone());
            problems.push(Problem { file, span, gravity, what, help: Some(help) });
        };
        let known =
            declaration.identities.iter().find(|it| it.principals.contains(&config.principal));
        if !known.is_some_and(|it| it.for_drills) {
            let what = format!("`{}` is not declared for drills", config.principal);
            let help = "declare an identity of its own in content/directory, with this principal and `for_drills: true`";
            say(Gravity::Error, what, help.to_owned());
        }
        if config.every > counts_for {
            let what = format!("drill `{}` is seldomer than a drill counts", config.id);
            let help = "make `every` shorter than `drill` in `[guard]`, or that longer";
            say(Gravity::Warning, what, help.to_owned());
        }
    }
}
