//! What the directory learned, as bytes: without what people declared, which may change until they are
//! read. How they are read stands in `restore.rs`.
//!
//! A record that rests on events alone lies as it is frozen, so that a start need not make it ready.
//! Of one that connectors had a say in, only what was learned is written: they will list it anew.

use crate::aliases::Slot;
use crate::bytes::Writer;
use crate::declare::Declaration;
use crate::directory::Directory;
use crate::frozen::{IdBytes, write_event, write_learned, write_principal};
use crate::keys::{Issuance, Key, TextForm};
use crate::near::Near;
use crate::survey::Survey;
use interlock_model::{Digest, IdentityId, LineageEdge, Principal};

/// How a snapshot begins, before the number of its form. Newer forms are refused, and older ones too:
/// whoever has one learns again.
pub(crate) const FORM: &[u8] = b"interlock-directory/";
/// To be raised as well when other things are inferred from what was learned than before.
pub(crate) const VERSION: u64 = 5;
/// The oldest form that is read: it has no uses of actions.
pub(crate) const OLDEST: u64 = 2;
/// The first form that has the tags of sessions.
pub(crate) const TAGGED: u64 = 4;
/// The first form in which records lie as they are frozen.
pub(crate) const LYING: u64 = 5;

/// Stands for what frozen records rest on beside events: what people declared, and this program.
///
/// Where it is another one, what was inferred is inferred anew.
pub(crate) fn basis(declaration: &Declaration) -> Digest {
    Digest::of(format!("{}\n{declaration:?}", env!("CARGO_PKG_VERSION")).as_bytes())
}

impl Directory {
    /// Everything that was learned. The same directory always gives the same bytes.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.snapshot_into(&mut bytes);
        bytes
    }

    /// The same behind bytes that are there.
    pub fn snapshot_into(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(FORM);
        let mut to = Writer(std::mem::take(bytes));
        to.number(VERSION);
        self.clock.write(&mut to);
        to.option(self.swept, Writer::time);
        to.number(self.unrecorded);
        to.0.extend_from_slice(basis(&self.declaration).as_bytes());
        to.number(self.aliases.len() as u64);
        for (provider, name) in self.aliases.all() {
            to.text(provider);
            to.text(name);
        }
        self.write_records(&mut to);
        self.write_keys(&mut to);
        to.number(self.merged.len() as u64);
        for (was, is) in &self.merged {
            to.text(was.as_str());
            to.text(is.as_str());
        }
        self.usage.write(&mut to);
        *bytes = to.0;
    }

    /// Writes the records that lie as they are, and what was learned of the others, each in order of ids.
    fn write_records(&self, to: &mut Writer) {
        let (mut lying, mut others) = (Vec::<(IdBytes, Slot)>::new(), Vec::new());
        let (mut survey, listed) = (Survey::default(), !self.inventory.listed.is_empty());
        for slot in self.slots() {
            let bytes = self.records.bytes(slot, &self.aliases);
            let read = bytes.and_then(|it| survey.read(&it, &self.aliases));
            if read.is_some() && survey.rests_on_events(listed) {
                lying.push((survey.id, slot));
            } else if let Some((id, _)) = self.records.id(slot) {
                others.push((id, slot));
            }
        }
        lying.sort_unstable();
        to.number(lying.len() as u64);
        for (_, slot) in lying {
            // INVARIANT: it had a frozen form a moment ago.
            to.bytes(&self.records.bytes(slot, &self.aliases).unwrap_or_default());
        }
        others.sort_unstable();
        to.number(others.len() as u64);
        for (id, slot) in others {
            self.write_record(to, &id, slot);
        }
    }

    fn write_record(&self, to: &mut Writer, id: &IdentityId, slot: Slot) {
        let number = |it: &Principal| self.aliases.find(it);
        let Some(record) = self.peek(slot) else { return };
        let it = &record.identity;
        to.text(id.as_str());
        to.number(it.principals.len() as u64);
        it.principals.iter().for_each(|it| write_principal(to, it, &number));
        to.number(u64::from(record.evidence.bits()));
        let shown: Vec<&LineageEdge> =
            it.lineage.iter().filter(|it| it.shown_by.is_some()).collect();
        let near = Near::default();
        write_learned(to, &near, &it.credentials, shown.into_iter(), &record.consumers, number);
        to.option(record.told, Writer::time);
        to.0.push(u8::from(record.touched));
    }

    fn write_keys(&self, to: &mut Writer) {
        let number = |it: &Principal| self.aliases.find(it);
        let mut keys: Vec<(TextForm<'_>, &Key)> = self.keys.iter().collect();
        keys.sort_unstable_by_key(|it| it.0);
        to.number(keys.len() as u64);
        for (reference, it) in keys {
            to.text_of(reference.pieces());
            let mut names = it.names().to_vec();
            names.sort_unstable();
            to.number(names.len() as u64);
            names.into_iter().for_each(|it| to.number(u64::from(it) + 1));
            let alone = it.alone().and_then(|it| self.records.id(it));
            to.option(alone, |to, it| to.text(it.0.as_str()));
            to.option(it.issuance(), |to, it| write_issuance(to, it, &number));
            for time in [it.expires(), it.heard(), it.revoked()] {
                to.option(time, Writer::time);
            }
        }
    }
}

fn write_issuance(to: &mut Writer, it: &Issuance, number: &impl Fn(&Principal) -> Option<u32>) {
    let Issuance { by, with, via, at, shown_by, session, tags } = it;
    to.option(by.as_ref(), |to, it| write_principal(to, it, number));
    to.option(with.as_ref(), |to, it| to.text(it.as_str()));
    to.number(via.len() as u64);
    via.iter().for_each(|it| write_principal(to, it, number));
    to.time(*at);
    write_event(to, shown_by);
    to.option(session.as_ref(), |to, it| {
        to.text(&it.id);
        to.option(it.issued, Writer::time);
        to.0.push(match it.mfa {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
    });
    to.number(tags.len() as u64);
    tags.iter().for_each(|it| to.text(it));
}
