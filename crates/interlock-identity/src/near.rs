//! What a record says already, so that its credentials, sessions and times need not say it again.

use crate::bytes::{Reader, Writer};
use interlock_model::{Arn, CredentialKind, CredentialRef, Principal, Timestamp};
use std::sync::Arc;

/// What is known before the lists of a record are read. Without anything, all is written in full.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Near<'a> {
    /// How the names of its provider's credentials begin, but for the colon.
    provider: Option<&'a str>,
    /// The role that its sessions are of: they are named after it up to their last part.
    role: Option<(Arn<'a>, &'a str)>,
    /// A time that others are held against.
    time: Option<Timestamp>,
}

const NONE: u8 = 0;
const WHOLE: u8 = 1;
const NEAR: u8 = 2;

impl<'a> Near<'a> {
    /// What the first principal and the time of the last use say.
    pub(crate) fn of(principals: &'a [Principal], time: Option<Timestamp>) -> Self {
        Self::of_first(principals.first().map(|it| (&*it.provider, &*it.name)), time)
    }

    /// The same of provider and name of the first principal.
    pub(crate) fn of_first(first: Option<(&'a str, &'a str)>, time: Option<Timestamp>) -> Self {
        let (provider, role) = (first.map(|it| it.0), first.and_then(|it| role_of(it.1)));
        Self { provider, role, time }
    }

    /// The text form of a credential; none is empty.
    pub(crate) fn write_credential(&self, to: &mut Writer, credential: &CredentialRef) {
        let text = credential.as_str();
        let rest = self.provider.and_then(|it| text.strip_prefix(it)?.strip_prefix(':'));
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
                let text = [self.provider?, ":", kind.as_str(), ":", from.text()?].concat();
                CredentialRef::from_text(&text)
            }
            whole => CredentialRef::from_text(whole),
        }
    }

    /// Passes over a credential that [`Self::read_credential`] reads.
    pub(crate) fn pass_credential(&self, from: &mut Reader<'_>) -> Option<()> {
        match from.text()? {
            "" => {
                CredentialKind::ALL.get(usize::try_from(from.number()?).ok()?)?;
                let sound = self.provider?.bytes().all(|it| it != b':');
                (!from.text()?.is_empty() && sound).then_some(())
            }
            whole => CredentialRef::from_text(whole).map(|_| ()),
        }
    }

    /// Whether this credential is what [`Self::read_credential`] reads.
    pub(crate) fn is_credential(&self, mut from: Reader<'_>, credential: &CredentialRef) -> bool {
        match from.text() {
            Some("") => {
                let kind = from.number().and_then(|it| usize::try_from(it).ok());
                let kind = kind.and_then(|it| CredentialKind::ALL.get(it).copied());
                let same = self.provider == Some(credential.provider()) && kind.is_some();
                same && kind == credential.kind() && from.text() == Some(credential.id())
            }
            whole => whole == Some(credential.as_str()),
        }
    }

    /// What a session calls itself.
    pub(crate) fn write_session(&self, to: &mut Writer, session: Option<&str>) {
        let Some(session) = session else { return to.0.push(NONE) };
        match self.rest_of(session) {
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
            NEAR => {
                let (Arn { partition, account, .. }, role) = self.role?;
                let head = ["arn:", partition, STS, account, ASSUMED, role, "/", from.text()?];
                Some(head.concat().into())
            }
            _ => return None,
        })
    }

    /// Passes over a session that [`Self::read_session`] reads.
    pub(crate) fn pass_session(&self, from: &mut Reader<'_>) -> Option<()> {
        match from.byte()? {
            NONE => return Some(()),
            WHOLE => {}
            NEAR => {
                self.role?;
            }
            _ => return None,
        }
        from.text().map(|_| ())
    }

    /// The last part of how a session of the role is named.
    fn rest_of<'s>(&self, session: &'s str) -> Option<&'s str> {
        let (Arn { partition, account, .. }, role) = self.role?;
        let rest = session.strip_prefix("arn:")?.strip_prefix(partition)?.strip_prefix(STS)?;
        let rest = rest.strip_prefix(account)?.strip_prefix(ASSUMED)?.strip_prefix(role)?;
        rest.strip_prefix('/')
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

/// The sessions of a role are named `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
const STS: &str = ":sts::";
const ASSUMED: &str = ":assumed-role/";

fn role_of(name: &str) -> Option<(Arn<'_>, &str)> {
    let arn = Arn::read(name).filter(|it| it.service == "iam")?;
    let role = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
    Some((arn, role))
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
            let roles = [role];
            let near = if near { Near::of(&roles, base) } else { Near::default() };
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
            let roles = [role];
            let near = Near::of(&roles, Some(Timestamp::MAX));
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
