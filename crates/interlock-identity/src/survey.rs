//! Frozen bytes looked through, or changed, without making a record of them: a start has a million of
//! them, and credentials are over by the thousand.
//!
//! INVARIANT: what passes here is read by [`thaw`](crate::frozen::thaw), byte by byte in the same order.

use crate::aliases::{Aliases, NameId};
use crate::bytes::{Reader, Writer};
use crate::frozen::{
    FLAGS, GRANTED, IdBytes, NAMED, OWNED, PLACED, TOUCHED, read_edge_kind, read_event, read_risk,
};
use crate::near::Near;
use interlock_model::{CredentialRef, OwnerId, Timestamp};

/// What a start has to know of a frozen record. One is used again and again: it keeps its room.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) id: IdBytes,
    /// The principals of the record.
    pub(crate) principals: Vec<NameId>,
    /// Where its edges lead, as far as the index of names knows.
    pub(crate) edges: Vec<NameId>,
    flags: u8,
    /// How many edges there are, and how many of them an event showed.
    counted: (usize, usize),
}

impl Survey {
    /// Whether it is in the list of touched records.
    pub(crate) const fn touched(&self) -> bool {
        self.flags & TOUCHED != 0
    }

    /// Whether all that stands there follows from events and from what people declared.
    ///
    /// What connectors listed is taken in anew after each start, and may be other then: `listed` says
    /// whether there is any such thing. A record that it may have changed does not lie as it is.
    pub(crate) const fn rests_on_events(&self, listed: bool) -> bool {
        let (edges, shown) = self.counted;
        if self.flags & GRANTED != 0 || edges != shown {
            return false;
        }
        let inferred = self.flags & (PLACED | OWNED) != 0 || edges > 0;
        let named = self.flags & NAMED != 0 || self.principals.is_empty();
        !listed || named && !inferred
    }

    /// Looks through the whole record; `None` for bytes that were never written.
    pub(crate) fn read(&mut self, bytes: &[u8], aliases: &Aliases) -> Option<()> {
        self.principals.clear();
        self.edges.clear();
        self.counted = (0, 0);
        let from = &mut Reader(bytes);
        self.id = from.take(10)?.try_into().ok()?;
        self.flags = from.byte()?;
        let told = pass_head(from, self.flags)?;
        for _ in 0..from.count()? {
            let name = u32::try_from(from.number()?).ok()?;
            aliases.parts(name)?;
            self.principals.push(name);
        }
        if self.flags & NAMED != 0 && self.principals.is_empty() {
            return None;
        }
        self.learned(from, aliases, told)?;
        if self.flags & GRANTED != 0 {
            for _ in 0..from.count()? {
                for _ in 0..3 {
                    from.text()?;
                }
                read_risk(from)?;
            }
        }
        from.0.is_empty().then_some(())
    }

    /// Credentials, lineage and consumers.
    fn learned(
        &mut self,
        from: &mut Reader<'_>,
        aliases: &Aliases,
        told: Option<Timestamp>,
    ) -> Option<()> {
        let first = self.principals.first().and_then(|it| aliases.parts(*it));
        let near = Near::of_first(first, told);
        let credentials = from.count()?;
        for _ in 0..credentials {
            pass_credential(from, &near)?;
        }
        for _ in 0..from.count()? {
            let (to, shown) = pass_edge(from)?;
            if let Some(name) = to {
                aliases.parts(name)?;
                self.edges.push(name);
            }
            self.counted.0 += 1;
            self.counted.1 += usize::from(shown);
        }
        for _ in 0..from.count()? {
            match from.number()? {
                0 => {}
                1 => near.pass_credential(from)?,
                index if index - 2 < credentials as u64 => {}
                _ => return None,
            }
            pass_use(from, &near)?;
        }
        Some(())
    }
}

/// Passes over what stands between the flags and the principals; the answer is when it was last told.
fn pass_head(from: &mut Reader<'_>, flags: u8) -> Option<Option<Timestamp>> {
    if flags & !FLAGS != 0 {
        return None;
    }
    let _evidence = u32::try_from(from.number()?).ok()?;
    if flags & NAMED == 0 {
        from.text()?;
    }
    if flags & PLACED != 0 {
        from.byte()?;
        from.option(Reader::text)?;
    }
    if flags & OWNED != 0 {
        let _owner: OwnerId = from.text()?.parse().ok()?;
        from.text()?;
        from.option(read_edge_kind)?;
    }
    from.option(Reader::time)
}

fn pass_credential(from: &mut Reader<'_>, near: &Near<'_>) -> Option<()> {
    near.pass_credential(from)?;
    from.byte()?;
    for _ in 0..3 {
        near.read_time(from)?;
    }
    near.pass_session(from)
}

/// Passes over an edge; where it leads, and whether an event showed it.
fn pass_edge(from: &mut Reader<'_>) -> Option<(Option<NameId>, bool)> {
    read_edge_kind(from)?;
    let to = match from.number()?.checked_sub(1) {
        Some(number) => Some(u32::try_from(number).ok()?),
        None => {
            from.text()?;
            from.text()?;
            None
        }
    };
    from.option(Reader::time)?;
    Some((to, from.option(read_event)?.is_some()))
}

/// Passes over a consumer, but for its credential.
fn pass_use(from: &mut Reader<'_>, near: &Near<'_>) -> Option<()> {
    from.text()?;
    match from.byte()? {
        0 => from.take(3).map(|_| ())?,
        1 => from.take(6).map(|_| ())?,
        2 => from.text().map(|_| ())?,
        3 => {}
        _ => return None,
    }
    from.text()?;
    near.read_moment(from)?;
    near.read_moment(from)?;
    from.number().map(|_| ())
}

/// Whether a frozen record is in the list of touched ones.
pub(crate) fn is_touched(bytes: &[u8]) -> bool {
    bytes.get(10).is_some_and(|it| it & TOUCHED != 0)
}

/// The record without this credential and in the list of touched ones; `None` when it has no such credential.
///
/// The same bytes as those of the record that is made ready, changed and frozen again.
pub(crate) fn without(
    bytes: &[u8],
    credential: &CredentialRef,
    aliases: &Aliases,
) -> Option<Vec<u8>> {
    let from = &mut Reader(bytes);
    let flags = *bytes.get(10)?;
    from.take(11)?;
    let told = pass_head(from, flags)?;
    let mut first = None;
    for _ in 0..from.count()? {
        let name = u32::try_from(from.number()?).ok()?;
        first = first.or(Some(name));
    }
    let near = Near::of_first(first.and_then(|it| aliases.parts(it)), told);
    let at = |from: &Reader<'_>| bytes.len() - from.0.len();
    let before = at(from);
    let count = from.count()?;
    let (begin, mut found) = (at(from), None);
    for index in 0..count as u64 {
        let (here, is) = (at(from), near.is_credential(*from, credential));
        pass_credential(from, &near)?;
        if is {
            found = Some((index, here..at(from)));
        }
    }
    let (index, gone) = found?;
    let mut to = Writer(Vec::with_capacity(bytes.len()));
    to.0.extend_from_slice(bytes.get(..before)?);
    to.0.get_mut(10).map(|it| *it |= TOUCHED)?;
    to.number(count as u64 - 1);
    to.0.extend_from_slice(bytes.get(begin..gone.start)?);
    let edges = gone.end;
    for _ in 0..from.count()? {
        pass_edge(from)?;
    }
    let uses = from.count()?;
    to.0.extend_from_slice(bytes.get(edges..at(from))?);
    for _ in 0..uses {
        // Credentials are named by their place, plus two.
        match (from.number()?, index + 2) {
            (1, _) => {
                let here = at(from);
                near.pass_credential(from)?;
                to.number(1);
                to.0.extend_from_slice(bytes.get(here..at(from))?);
            }
            (named, this) if named == this => {
                to.number(1);
                near.write_credential(&mut to, credential);
            }
            (named, this) => to.number(named - u64::from(named > this)),
        }
        let here = at(from);
        pass_use(from, &near)?;
        to.0.extend_from_slice(bytes.get(here..at(from))?);
    }
    to.0.extend_from_slice(from.0);
    Some(to.0)
}
