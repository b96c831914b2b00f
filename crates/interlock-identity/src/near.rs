//! What a record says already, so that its credentials, sessions and times need not say it again.

use crate::bytes::{Reader, Writer};
use crate::principal::Arn;
use interlock_model::{CredentialKind, CredentialRef, Principal, Timestamp};
use std::sync::Arc;

/// What is known before the lists of a record are read. Without anything, all is written in full.
#[derive(Debug, Clone, Default)]
pub(crate) struct Near {
    /// How the names of its provider's credentials begin: `aws:`.
    provider: Option<String>,
    /// How its sessions are named up to their last part.
    session: Option<String>,
    /// A time that others are held against.
    time: Option<Timestamp>,
}

const NONE: u8 = 0;
const WHOLE: u8 = 1;
const NEAR: u8 = 2;

impl Near {
    /// What the first principal and the time of the last use say.
    pub(crate) fn of(principals: &[Principal], time: Option<Timestamp>) -> Self {
        let first = principals.first();
        Self {
            provider: first.map(|it| format!("{}:", it.provider)),
            session: first.and_then(sessions_of),
            time,
        }
    }

    /// The text form of a credential; none is empty.
    pub(crate) fn write_credential(&self, to: &mut Writer, credential: &CredentialRef) {
        let text = credential.as_str();
        let rest = self.provider.as_deref().and_then(|it| text.strip_prefix(it));
        let kind = CredentialKind::ALL.iter().position(|it| Some(*it) == credential.kind());
        match (rest.and_then(|it| it.split_once(':')), kind) {
            (Some((_, id)), Some(kind)) => {
                to.number(0);
                to.number(kind as u64);
                to.text(id);
            }
            _ => to.text(text),
        }
    }

    /// What [`Self::write_credential`] wrote.
    pub(crate) fn read_credential(&self, from: &mut Reader<'_>) -> Option<CredentialRef> {
        match from.text()? {
            "" => {
                let kind = *CredentialKind::ALL.get(usize::try_from(from.number()?).ok()?)?;
                let provider = self.provider.as_deref()?;
                CredentialRef::from_text(&[provider, kind.as_str(), ":", from.text()?].concat())
            }
            whole => CredentialRef::from_text(whole),
        }
    }

    /// What a session calls itself.
    pub(crate) fn write_session(&self, to: &mut Writer, session: Option<&str>) {
        let Some(session) = session else { return to.0.push(NONE) };
        match self.session.as_deref().and_then(|it| session.strip_prefix(it)) {
            Some(rest) => {
                to.0.push(NEAR);
                to.text(rest);
            }
            None => {
                to.0.push(WHOLE);
                to.text(session);
            }
        }
    }

    /// What [`Self::write_session`] wrote.
    pub(crate) fn read_session(&self, from: &mut Reader<'_>) -> Option<Option<Arc<str>>> {
        Some(match from.byte()? {
            NONE => None,
            WHOLE => Some(from.text()?.into()),
            NEAR => Some([self.session.as_deref()?, from.text()?].concat().into()),
            _ => return None,
        })
    }

    /// A time, or none.
    pub(crate) fn write_time(&self, to: &mut Writer, time: Option<Timestamp>) {
        let Some(time) = time else { return to.0.push(NONE) };
        match self.time.filter(|it| it.subsec_nanosecond() == time.subsec_nanosecond()) {
            Some(known) => {
                to.0.push(NEAR);
                let apart = time.as_second() - known.as_second();
                to.number((apart << 1 ^ apart >> 63).cast_unsigned());
            }
            None => {
                to.0.push(WHOLE);
                to.time(time);
            }
        }
    }

    /// A time that is always there.
    pub(crate) fn write_moment(&self, to: &mut Writer, time: Timestamp) {
        match self.time {
            Some(_) => self.write_time(to, Some(time)),
            None => to.time(time),
        }
    }

    /// What [`Self::write_moment`] wrote.
    pub(crate) fn read_moment(&self, from: &mut Reader<'_>) -> Option<Timestamp> {
        match self.time {
            Some(_) => self.read_time(from)?,
            None => from.time(),
        }
    }

    /// What [`Self::write_time`] wrote.
    pub(crate) fn read_time(&self, from: &mut Reader<'_>) -> Option<Option<Timestamp>> {
        Some(match from.byte()? {
            NONE => None,
            WHOLE => Some(from.time()?),
            NEAR => {
                let (known, folded) = (self.time?, from.number()?);
                let apart = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
                let second = known.as_second().checked_add(apart)?;
                Some(Timestamp::new(second, known.subsec_nanosecond()).ok()?)
            }
            _ => return None,
        })
    }
}

/// How the sessions of a role are named, up to what each is called.
fn sessions_of(principal: &Principal) -> Option<String> {
    let (arn, role) = role_of(&principal.name)?;
    Some(format!("arn:{}:sts::{}:assumed-role/{role}/", arn.partition, arn.account))
}

fn role_of(name: &str) -> Option<(Arn<'_>, &str)> {
    let arn = Arn::read(name).filter(|it| it.service == "iam")?;
    let role = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
    Some((arn, role))
}

/// What is checked before the lists of a record are passed over: the same answers as [`Near`] gives,
/// and nothing is made of them.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    /// Provider and name of the first principal.
    first: Option<(&'a str, &'a str)>,
    near: Near,
}

impl<'a> Checked<'a> {
    /// What the first principal and the time of the last use say.
    pub(crate) const fn of(first: Option<(&'a str, &'a str)>, time: Option<Timestamp>) -> Self {
        Self { first, near: Near { provider: None, session: None, time } }
    }

    /// Passes over a credential that [`Near::read_credential`] reads.
    pub(crate) fn credential(&self, from: &mut Reader<'_>) -> Option<()> {
        match from.text()? {
            "" => {
                CredentialKind::ALL.get(usize::try_from(from.number()?).ok()?)?;
                let sound = self.first?.0.bytes().all(|it| it != b':');
                (!from.text()?.is_empty() && sound).then_some(())
            }
            whole => CredentialRef::from_text(whole).map(|_| ()),
        }
    }

    /// Passes over a session that [`Near::read_session`] reads.
    pub(crate) fn session(&self, from: &mut Reader<'_>) -> Option<()> {
        match from.byte()? {
            NONE => Some(()),
            WHOLE => from.text().map(|_| ()),
            NEAR => {
                role_of(self.first?.1)?;
                from.text().map(|_| ())
            }
            _ => None,
        }
    }

    /// Passes over a time that [`Near::read_time`] reads.
    pub(crate) fn time(&self, from: &mut Reader<'_>) -> Option<()> {
        self.near.read_time(from).map(|_| ())
    }

    /// Passes over a time that [`Near::read_moment`] reads.
    pub(crate) fn moment(&self, from: &mut Reader<'_>) -> Option<()> {
        self.near.read_moment(from).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            near: bool,
            id in "[ -~]{1,30}",
            session in prop::option::of("[ -~]{0,30}"),
            second in prop::option::of(1_600_000_000..1_900_000_000_i64),
            part in prop::sample::select(vec![0, 5]),
        ) {
            let role = Principal::new("aws", "arn:aws:iam::111122223333:role/apps/web");
            let base = Timestamp::from_second(1_700_000_000).ok();
            let near = if near { Near::of(&[role], base) } else { Near::default() };
            let session = session.map(|it| match it.len() % 2 {
                0 => format!("arn:aws:sts::111122223333:assumed-role/web/{it}"),
                _ => it,
            });
            let time = second.map(|it| Timestamp::new(it, part).unwrap());
            let provider = if id.len() % 2 == 0 { "aws" } else { "okta" };
            let credential = CredentialRef::new(provider, CredentialKind::Token, &id);
            let mut to = Writer::default();
            near.write_credential(&mut to, &credential);
            near.write_session(&mut to, session.as_deref());
            near.write_time(&mut to, time);
            near.write_moment(&mut to, time.unwrap_or(Timestamp::UNIX_EPOCH));
            let mut from = Reader(&to.0);
            prop_assert_eq!(near.read_credential(&mut from), Some(credential));
            let read = near.read_session(&mut from).unwrap();
            prop_assert_eq!(read.as_deref(), session.as_deref());
            prop_assert_eq!(near.read_time(&mut from), Some(time));
            let moment = time.unwrap_or(Timestamp::UNIX_EPOCH);
            prop_assert_eq!(near.read_moment(&mut from), Some(moment));
            prop_assert!(from.0.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let role = Principal::new("aws", "arn:aws:iam::111122223333:role/web");
            let near = Near::of(&[role], Some(Timestamp::MAX));
            let mut from = Reader(&bytes);
            while near.read_time(&mut from).is_some() && near.read_session(&mut from).is_some() {}
            let _ = near.read_credential(&mut from);
        }
    }

    #[test]
    fn a_session_of_a_role_takes_few_bytes() {
        let role = Principal::new("aws", "arn:aws:iam::111122223333:role/web");
        let mut to = Writer::default();
        let session = Some("arn:aws:sts::111122223333:assumed-role/web/i-0123");
        Near::of(&[role], None).write_session(&mut to, session);
        assert_eq!(to.0.len(), 8);
    }
}
