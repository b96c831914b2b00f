//! Frozen bytes looked through without making a record of them: a start has a million of them.
//!
//! INVARIANT: what passes here is read by [`thaw`](crate::frozen::thaw), byte by byte in the same order.

use crate::aliases::{Aliases, NameId};
use crate::bytes::Reader;
use crate::frozen::{
    FLAGS, GRANTED, IdBytes, NAMED, OWNED, PLACED, TOUCHED, read_edge_kind, read_event, read_risk,
};
use crate::near::Checked;
use interlock_model::{OwnerId, Timestamp};

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
        if self.flags & !FLAGS != 0 {
            return None;
        }
        let _evidence = u32::try_from(from.number()?).ok()?;
        if self.flags & NAMED == 0 {
            from.text()?;
        }
        if self.flags & PLACED != 0 {
            from.byte()?;
            from.option(Reader::text)?;
        }
        if self.flags & OWNED != 0 {
            let _owner: OwnerId = from.text()?.parse().ok()?;
            from.text()?;
            from.option(read_edge_kind)?;
        }
        let told = from.option(Reader::time)?;
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
                (from.text()?, from.text()?, from.text()?);
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
        let near = Checked::of(first, told);
        let credentials = from.count()?;
        for _ in 0..credentials {
            near.credential(from)?;
            from.byte()?;
            for _ in 0..3 {
                near.time(from)?;
            }
            near.session(from)?;
        }
        for _ in 0..from.count()? {
            read_edge_kind(from)?;
            match from.number()?.checked_sub(1) {
                Some(number) => {
                    let name = u32::try_from(number).ok()?;
                    aliases.parts(name)?;
                    self.edges.push(name);
                }
                None => {
                    (from.text()?, from.text()?);
                }
            }
            from.option(Reader::time)?;
            let shown = from.option(read_event)?.is_some();
            self.counted.0 += 1;
            self.counted.1 += usize::from(shown);
        }
        for _ in 0..from.count()? {
            match from.number()? {
                0 => {}
                1 => near.credential(from)?,
                index if index - 2 < credentials as u64 => {}
                _ => return None,
            }
            from.text()?;
            match from.byte()? {
                0 => {
                    from.take(3)?;
                }
                1 => {
                    from.take(6)?;
                }
                2 => {
                    from.text()?;
                }
                3 => {}
                _ => return None,
            }
            from.text()?;
            near.moment(from)?;
            near.moment(from)?;
            from.number()?;
        }
        Some(())
    }
}
