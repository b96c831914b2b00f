//! What is asked of a program or an address, and what it may answer: JSON, the same for both.

use interlock_contain::ActionSpec;
use interlock_model::{ActionKind, Operation, Snapshot, Step, Target, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this form.
const VERSION: u8 = 1;
/// The most characters of a foreign text that people are shown.
const SHOWN: usize = 200;
/// The most values of a state.
const VALUES: usize = 32;
/// The longest name or value of a state, in bytes.
const VALUE_BYTES: usize = 4 << 10;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Call {
    /// Look, and say which state is wanted.
    Read,
    /// Bring the wanted state about.
    Write,
    /// Bring the state before back.
    Undo,
    /// Say whether the wanted state is there.
    Verify,
    /// Try whether access is refused.
    Probe,
}

impl Call {
    /// The operation of this call, as the spec declares it.
    pub(crate) fn operation(self, spec: &ActionSpec) -> Option<Operation> {
        match self {
            Self::Read => spec.reads.first().copied(),
            Self::Verify => spec.reads.get(1).copied(),
            Self::Probe => spec.reads.get(2).copied(),
            Self::Write => Some(spec.write),
            Self::Undo => spec.restore,
        }
    }

    /// Whether it changes something.
    pub(crate) const fn writes(self) -> bool {
        match self {
            Self::Write | Self::Undo => true,
            Self::Read | Self::Verify | Self::Probe => false,
        }
    }

    /// Its word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Undo => "undo",
            Self::Verify => "verify",
            Self::Probe => "probe",
        }
    }
}

/// One question on its way out.
#[derive(Debug)]
pub(crate) struct Ask {
    /// Which operation it is.
    pub operation: Operation,
    /// What is asked.
    pub call: Call,
    /// The step, which makes repeating a write harmless.
    pub step: String,
    /// When.
    pub at: Timestamp,
    /// The target, for messages.
    pub what: String,
    /// The question itself.
    pub body: Vec<u8>,
}

/// The question, as it is sent.
#[derive(Debug, Serialize)]
pub(crate) struct Question<'a> {
    version: u8,
    call: Call,
    connector: &'a str,
    verb: &'a str,
    does: ActionKind,
    step: &'a str,
    at: Timestamp,
    target: Named<'a>,
    /// Whether it is about taking the step back: `from` and `to` are changed over then.
    undo: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a Snapshot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a Snapshot>,
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    provider: &'a str,
    principal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<NamedCredential<'a>>,
}

#[derive(Debug, Serialize)]
struct NamedCredential<'a> {
    kind: &'a str,
    id: &'a str,
}

impl<'a> Question<'a> {
    /// A question about a target of which nothing is known yet.
    pub(crate) fn look(
        spec: &'static ActionSpec,
        connector: &'a str,
        step: &'a str,
        at: Timestamp,
        target: &'a Target,
    ) -> Self {
        let principal = target.principal();
        let credential = target
            .credential()
            .and_then(|it| Some(NamedCredential { kind: it.kind()?.as_str(), id: it.id() }));
        Self {
            version: VERSION,
            call: Call::Read,
            connector,
            verb: spec.name.rsplit('.').next().unwrap_or(spec.name),
            does: spec.kind,
            step,
            at,
            target: Named { provider: &principal.provider, principal: &principal.name, credential },
            undo: false,
            from: None,
            to: None,
        }
    }

    /// A question about a step.
    pub(crate) fn about(
        spec: &'static ActionSpec,
        call: Call,
        connector: &'a str,
        at: Timestamp,
        step: &'a Step,
    ) -> Self {
        let look = Self::look(spec, connector, step.id.as_str(), at, &step.target);
        let undo = step.kind == ActionKind::Restore;
        Self { call, undo, from: Some(&step.before), to: Some(&step.after), ..look }
    }
}

/// The answer to [`Call::Read`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Looked {
    /// What is there.
    pub state: State,
    /// What would end the access; the same as `state` where it is ended already.
    pub wanted: State,
    /// What would be done, for people.
    pub summary: Option<String>,
}

/// The answer to [`Call::Write`] and [`Call::Undo`]; nothing at all is as good.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrote {
    /// An id under which it can be found again.
    pub request: Option<String>,
}

/// The answer to [`Call::Verify`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verified {
    /// Whether the state `to` is there; `null`: it cannot be told.
    #[serde(deserialize_with = "Option::deserialize")]
    pub holds: Option<bool>,
    /// What is there.
    pub state: Option<State>,
    /// What stays alive all the same; absent: what the declaration says.
    pub leaves: Option<Vec<Left>>,
    /// Why it cannot be told.
    pub why: Option<String>,
}

/// Something that stays alive.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Left {
    /// What.
    pub what: String,
    /// Until when at the latest.
    pub until: Option<Timestamp>,
}

/// The answer to [`Call::Probe`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Probed {
    /// How access was answered.
    pub access: Access,
    /// How it was tried, for people.
    pub how: Option<String>,
}

/// How access was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Access {
    /// With a refusal that comes from the step.
    Refused,
    /// It works.
    Accepted,
    /// It could not be tried, or the answer says nothing.
    Unknown,
}

/// Names and values; no secrets.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct State(BTreeMap<String, String>);

impl State {
    /// The same as the journal keeps it; `None` when it is too large for that.
    pub(crate) fn snapshot(self) -> Option<Snapshot> {
        let fits = |(name, value): (&String, &String)| {
            name.len() <= VALUE_BYTES && value.len() <= VALUE_BYTES
        };
        (self.0.len() <= VALUES && self.0.iter().all(fits)).then_some(Snapshot(self.0))
    }
}

/// A foreign text as people are shown it: one line, not long.
pub(crate) fn clean(text: &str) -> String {
    let text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_it_holds_must_be_said() {
        for (text, holds) in [
            (r#"{"holds":true}"#, Some(Some(true))),
            (r#"{"holds":null,"why":"no answer"}"#, Some(None)),
            ("{}", None),
            (r#"{"hold":true}"#, None),
            (r#"{"holds":"yes"}"#, None),
        ] {
            let read = serde_json::from_str::<Verified>(text).ok().map(|it| it.holds);
            assert_eq!(read, holds, "{text}");
        }
    }

    #[test]
    fn foreign_text_is_one_short_line() {
        assert_eq!(clean(" a\n\tb\u{1b}[31m "), "a b [31m");
        assert_eq!(clean(&"x".repeat(1_000)).len(), SHOWN);
    }

    #[test]
    fn a_state_is_bounded() {
        let large = State(BTreeMap::from([("a".to_owned(), "x".repeat(VALUE_BYTES + 1))]));
        assert!(large.snapshot().is_none());
        let many = State((0..=VALUES).map(|it| (it.to_string(), String::new())).collect());
        assert!(many.snapshot().is_none());
    }
}
