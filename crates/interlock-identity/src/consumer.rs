//! Who was seen using an identity's credentials: client, network, session.

use crate::kind::{is_instance, session_name};
use crate::small::one_more;
use interlock_model::{
    CredentialKind, CredentialRef, Event, Finding, Origin, SessionRef, Timestamp,
};
use jiff::SignedDuration;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

/// One distinct user of an identity's credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consumer {
    /// The long-lived credential that was used; `None` for sessions, whose keys come and go.
    pub(crate) credential: Option<CredentialRef>,
    /// The class of client: `aws-cli`, `Boto3`, `browser`.
    pub(crate) agent: Box<str>,
    /// The network, or the service that called on its behalf.
    pub(crate) network: Network,
    /// The session's name with its running numbers removed; empty without one.
    pub(crate) session: Box<str>,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) uses: u64,
}

/// Where a client is, coarse enough that one machine stays one consumer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Network {
    /// An IPv4 network of 256 addresses.
    V4([u8; 3]),
    /// An IPv6 network with a prefix of 48 bits.
    V6([u8; 6]),
    /// A service of the provider.
    Service(Box<str>),
    /// The record does not say.
    Unknown,
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V4([a, b, c]) => write!(f, "{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c, d, e, g]) => {
                write!(f, "{a:02x}{b:02x}:{c:02x}{d:02x}:{e:02x}{g:02x}::/48")
            }
            Self::Service(name) => f.write_str(name),
            Self::Unknown => f.write_str("an unknown network"),
        }
    }
}

/// Most consumers kept of one identity; the one not seen for longest makes room.
pub(crate) const MOST_CONSUMERS: usize = 32;

/// How long an intruder may have been there before the first act that is accused.
const LOOKING_AROUND: SignedDuration = SignedDuration::from_hours(1);

/// The use that one event shows, borrowed from it.
#[derive(Debug)]
pub(crate) struct Use<'e> {
    credential: Option<&'e CredentialRef>,
    agent: &'e str,
    network: NetworkRef<'e>,
    session: Cow<'e, str>,
    time: Timestamp,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NetworkRef<'e> {
    V4([u8; 3]),
    V6([u8; 6]),
    Service(&'e str),
    Unknown,
}

impl<'e> Use<'e> {
    pub(crate) fn of(event: &'e Event) -> Self {
        let actor = &event.actor;
        Self::by(actor.credential.as_ref(), actor.session.as_ref(), &event.origin, event.time)
    }

    /// The use that a finding accuses; `None` when it does not say from which address.
    pub(crate) fn accused(finding: &'e Finding) -> Option<Self> {
        let Finding { credential, session, origin, time, .. } = finding;
        let outside = origin.address.is_some() && origin.service.is_none();
        outside.then(|| Self::by(credential.as_ref(), session.as_ref(), origin, *time))
    }

    /// Whether this consumer is of this use, and was not there long before it.
    pub(crate) fn is_first_of(&self, known: &Consumer) -> bool {
        self.compare(known) == Ordering::Equal
            && self.time.duration_since(known.first) <= LOOKING_AROUND
    }

    fn by(
        credential: Option<&'e CredentialRef>,
        session: Option<&'e SessionRef>,
        origin: &'e Origin,
        time: Timestamp,
    ) -> Self {
        let session = session.map(|it| session_name(&it.id));
        Self {
            credential: credential.filter(|it| is_lasting(it)),
            agent: agent_class(origin.user_agent.as_deref().unwrap_or_default()),
            network: match (origin.address, origin.service.as_deref()) {
                (_, Some(service)) => NetworkRef::Service(clip(service)),
                (Some(address), None) => NetworkRef::of(address),
                (None, None) => NetworkRef::Unknown,
            },
            session: session.map_or(Cow::Borrowed(""), without_numbers),
            time,
        }
    }

    /// Counts the use in a list that is kept sorted and bounded. `lately` is where the last one stood.
    pub(crate) fn count_in(&self, consumers: &mut Vec<Consumer>, lately: &mut u16) {
        let place = usize::from(*lately);
        let found = match consumers.get(place) {
            Some(it) if self.compare(it) == Ordering::Equal => Ok(place),
            _ => consumers.binary_search_by(|it| self.compare(it)),
        };
        match found {
            Ok(index) => {
                *lately = u16::try_from(index).unwrap_or_default();
                if let Some(known) = consumers.get_mut(index) {
                    known.first = known.first.min(self.time);
                    known.last = known.last.max(self.time);
                    known.uses += 1;
                }
            }
            Err(index) => {
                one_more(consumers);
                consumers.insert(
                    index,
                    Consumer {
                        credential: self.credential.cloned(),
                        agent: self.agent.into(),
                        network: self.network.to_owned(),
                        session: self.session.as_ref().into(),
                        first: self.time,
                        last: self.time,
                        uses: 1,
                    },
                );
                make_room(consumers);
            }
        }
    }

    fn compare(&self, known: &Consumer) -> Ordering {
        NetworkRef::from(&known.network)
            .cmp(&self.network)
            .then_with(|| (*known.agent).cmp(self.agent))
            .then_with(|| (*known.session).cmp(self.session.as_ref()))
            .then_with(|| known.credential.as_ref().cmp(&self.credential))
    }
}

/// Joins two lists of consumers.
pub(crate) fn join(into: &mut Vec<Consumer>, from: Vec<Consumer>) {
    for it in from {
        let key = |a: &Consumer, b: &Consumer| {
            a.network
                .cmp(&b.network)
                .then_with(|| a.agent.cmp(&b.agent))
                .then_with(|| a.session.cmp(&b.session))
                .then_with(|| a.credential.cmp(&b.credential))
        };
        match into.binary_search_by(|known| key(known, &it)) {
            Ok(index) => {
                if let Some(known) = into.get_mut(index) {
                    known.first = known.first.min(it.first);
                    known.last = known.last.max(it.last);
                    known.uses += it.uses;
                }
            }
            Err(index) => into.insert(index, it),
        }
    }
    make_room(into);
}

fn make_room(consumers: &mut Vec<Consumer>) {
    while consumers.len() > MOST_CONSUMERS {
        let oldest = consumers.iter().enumerate().min_by_key(|(_, it)| it.last);
        let Some((index, _)) = oldest else { return };
        consumers.remove(index);
    }
}

impl<'e> NetworkRef<'e> {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(it) => {
                let [a, b, c, _] = it.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(it) => {
                let [a, b, c, d, e, f, ..] = it.octets();
                Self::V6([a, b, c, d, e, f])
            }
        }
    }

    fn to_owned(&self) -> Network {
        match self {
            Self::V4(it) => Network::V4(*it),
            Self::V6(it) => Network::V6(*it),
            Self::Service(it) => Network::Service((*it).into()),
            Self::Unknown => Network::Unknown,
        }
    }
}

impl<'e> From<&'e Network> for NetworkRef<'e> {
    fn from(it: &'e Network) -> Self {
        match it {
            Network::V4(it) => Self::V4(*it),
            Network::V6(it) => Self::V6(*it),
            Network::Service(it) => Self::Service(it),
            Network::Unknown => Self::Unknown,
        }
    }
}

/// Whether a credential lives until somebody ends it.
pub(crate) fn is_lasting(credential: &CredentialRef) -> bool {
    is_lasting_kind(credential.kind())
}

/// The same of its kind.
pub(crate) const fn is_lasting_kind(kind: Option<CredentialKind>) -> bool {
    match kind {
        Some(
            CredentialKind::AccessKey | CredentialKind::Password | CredentialKind::Certificate,
        ) => true,
        Some(CredentialKind::SessionKey | CredentialKind::Token) | None => false,
    }
}

/// The class of a client: its product without version, platform and build.
fn agent_class(agent: &str) -> &str {
    let agent = agent.trim_start_matches(['[', '"', ' ']);
    if agent.is_empty() {
        return "unknown client";
    }
    if agent.starts_with("Mozilla/") {
        return "browser";
    }
    if agent.contains("Terraform/") {
        return "terraform";
    }
    clip(agent.split(['/', ' ', ';', '(', ',', ']']).next().unwrap_or(agent))
}

/// The start of a text, 64 bytes at most: what is kept must be bounded.
fn clip(text: &str) -> &str {
    let mut end = text.len().min(64);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A session's name without what changes from run to run: `gh-run-991` becomes `gh-run-#`.
///
/// Kept whole: instance ids, and names without digits.
pub(crate) fn without_numbers(name: &str) -> Cow<'_, str> {
    let name = clip(name);
    if is_instance(name) || !name.bytes().any(|it| it.is_ascii_digit()) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for part in name.split_inclusive(|it: char| !it.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|it: char| !it.is_ascii_alphanumeric());
        let is_hex = word.len() >= 4 && word.bytes().all(|it| it.is_ascii_hexdigit());
        let rest = part.get(word.len()..).unwrap_or_default();
        if is_hex && word.bytes().any(|it| it.is_ascii_digit()) {
            out.push('#');
        } else {
            let mut in_number = false;
            for letter in word.chars() {
                if !letter.is_ascii_digit() {
                    out.push(letter);
                } else if !in_number {
                    out.push('#');
                }
                in_number = letter.is_ascii_digit();
            }
        }
        out.push_str(rest);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_is_one_class() {
        for (agent, class) in [
            ("aws-cli/2.15.0 Python/3.11", "aws-cli"),
            ("[aws-cli/2.15.0 Python/3.11]", "aws-cli"),
            ("Boto3/1.34 md/Botocore#1.34", "Boto3"),
            ("Mozilla/5.0 (X11; Linux x86_64)", "browser"),
            ("APN/1.0 HashiCorp/1.0 Terraform/1.11.0", "terraform"),
            ("console.amazonaws.com", "console.amazonaws.com"),
            ("", "unknown client"),
        ] {
            assert_eq!(agent_class(agent), class, "{agent}");
        }
    }

    #[test]
    fn sessions_of_one_job_are_one_consumer() {
        for (name, kept) in [
            ("gh-run-991", "gh-run-#"),
            ("botocore-session-1700000000", "botocore-session-#"),
            ("i-0abcdef1234567890", "i-0abcdef1234567890"),
            ("alice", "alice"),
            ("job-7f3a9c12-4e2d", "job-#-#"),
            ("é9", "é#"),
        ] {
            assert_eq!(without_numbers(name), kept);
        }
    }
}
